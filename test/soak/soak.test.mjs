// The short form of `npm run soak`, and what judges a soak: each of its verdicts can fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Page } from "./figures.mjs";
import { Ledger } from "./ledger.mjs";
import { isThere } from "./prometheus.mjs";
import { holds, judged, plotted, printed, slopeOf } from "./report.mjs";
import { soak } from "./soak.mjs";

const SECONDS = 8;
const MIB = 2 ** 20;

/** A soak of ten minutes without a fault; the RSS grows by so many MiB an hour. */
function sound({ slope = 0 } = {}) {
  const samples = Array.from({ length: 600 }, (_, seconds) => ({
    seconds,
    rss: 100 * MIB + (seconds * slope * MIB) / 3600,
    used: MIB,
    stallMilliseconds: 1,
    series: 10,
    pageBytes: 100,
    scrapeMilliseconds: 2,
  }));
  return {
    runtime: "node 20.0.0",
    seed: 1,
    seconds: 600,
    rows: [{ slot: "thread-0", name: "requests", sent: 7, counted: 7, open: 0, right: true }],
    deaths: { threads: 3, processes: 2, undecided: 1 },
    wrong: [],
    prometheus: { version: "2", requests: 7, counters: 3, resets: [], scrapes: 600, failed: 0, p99Milliseconds: 2 },
    scrapes: [2, 2, 3],
    stalls: { late: 9, running: 5, blocked: 5, starting: 9, waited: 0 },
    samples,
  };
}

const wrongOf = (result) => judged(result).flatMap(({ what, holds }) => (holds === false ? [what] : [])); // prettier-ignore

test("soak: what clients sent is what the page counts, over deaths of threads and processes", { timeout: 120_000 }, async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const result = await soak({ runtime: "node", seconds: SECONDS, seed, progress: () => {} });
  t.diagnostic(`\n${printed(result)}`);
  const { rows, wrong, deaths, prometheus, samples } = result;
  assert.deepEqual(rows.filter(({ right }) => !right), [], `seed ${seed}`); // prettier-ignore
  assert.deepEqual(wrong, [], `seed ${seed}`);
  assert.equal(rows.length, 6 * 4 + 2);
  assert.ok(rows.every(({ name, sent }) => name === "answers 503" || sent > 0));
  assert.ok(deaths.threads > 0 && deaths.processes > 0);
  assert.ok(samples.length > 2);
  const skip = isThere() ? false : "prometheus is not installed";
  await t.test("a real Prometheus saw all of it, and no reset of any counter", { skip }, () => {
    assert.deepEqual(prometheus.resets, [], `seed ${seed}`);
    assert.ok(prometheus.counters > 10);
    const requests = rows.filter(({ name }) => name === "requests").reduce((sum, { sent }) => sum + sent, 0);
    assert.equal(prometheus.requests, requests);
  });
});

test("soak: a sound one holds, and each fault is told", () => {
  assert.deepEqual(wrongOf(sound()), []);
  assert.ok(holds(sound()));
  const faults = {
    "counted = sent": (result) => Object.assign(result.rows[0], { counted: 6, right: false }),
    "what cannot be": (result) => result.wrong.push("Lower: a was 2 and is 1"),
    deaths: (result) => (result.deaths.threads = 0),
    "longest stall of the event loop, running": (result) => (result.stalls.running = 101),
    "longest stall, blocked": (result) => (result.stalls.blocked = 251),
    "resets, by Prometheus 2": (result) => result.prometheus.resets.push("soak_requests_total: 1"),
    "requests, by Prometheus": (result) => (result.prometheus.requests = 6),
  };
  for (const [what, break_] of Object.entries(faults)) {
    const result = sound();
    break_(result);
    assert.deepEqual(wrongOf(result), [what]);
    assert.ok(!holds(result));
    assert.match(printed(result), /WRONG/);
  }
  assert.deepEqual(wrongOf(sound({ slope: 65 })), ["RSS of the service"]);
  assert.deepEqual(wrongOf(sound({ slope: 63 })), []);
});

test("soak: a slope is that of what follows the first minute, and none is said of a short one", () => {
  const { samples } = sound({ slope: 12 });
  for (const sample of samples.slice(0, 60)) sample.rss = 0;
  assert.ok(Math.abs(slopeOf(samples, "rss").slope - 12) < 1e-6);
  assert.equal(slopeOf(samples.slice(0, 299), "rss"), undefined);
  const short = { ...sound({ slope: 1000 }), samples: samples.slice(0, 20) };
  assert.match(printed(short), /not judged: too short/);
});

test("soak: its pictures have a line for each figure", () => {
  const picture = plotted(sound());
  for (const name of ["RSS", "p99 of the last minute", "samples", "longest since the last scrape"])
    assert.ok(picture.includes(`>${name}<`), name);
  assert.ok(!/NaN|undefined/.test(picture));
});

test("Ledger: who dies has counted what the page says, once, within what was sent", () => {
  const page = (counts) => (name) => counts[name];
  const ledger = new Ledger();
  ledger.open("a", ["requests"]);
  ledger.sent("a", 1, { requests: 5 });
  ledger.sent("a", 2, { requests: 3 });
  ledger.acknowledged("a", 1);
  ledger.died("a", page({ requests: 7 }));
  assert.deepEqual(ledger.wrong, []);
  assert.equal(ledger.rows(page({ requests: 7 }))[0].right, true);
  assert.equal(ledger.rows(page({ requests: 8 }))[0].right, false);
  ledger.died("a", page({ requests: 6 }));
  assert.match(ledger.wrong[0], /a died: requests is 6, and 7 to 7 were sent/);
});

test("Ledger: what is flushed at once counts wholly or not at all, and what is open is told", () => {
  const ledger = new Ledger();
  ledger.open("p", ["requests"], { whole: true });
  ledger.sent("p", 1, { requests: 5 });
  assert.equal(ledger.rows(() => 0)[0].right, false);
  ledger.died("p", () => 3);
  assert.match(ledger.wrong[0], /a part of what was flushed at once, 0 or 5/);
  ledger.acknowledged("p", 9);
  assert.match(ledger.wrong[1], /p acknowledged 9, which was not sent/);
});

test("Page: adds up by slot, and tells what went back or is gone", () => {
  const text = (value) =>
    `# TYPE soak_requests_total counter\nsoak_requests_total{slot="a",route="/"} ${value}\nsoak_requests_total{slot="a",route="/b"} 1\n` +
    "# TYPE soak_sessions_total counter\n";
  const [before, after] = [new Page(text(4)), new Page(text(3))];
  assert.equal(before.figure("requests", "a"), 5);
  assert.equal(before.figure("requests", "b"), 0);
  assert.deepEqual(before.lowerThan(before), []);
  assert.equal(after.lowerThan(before).length, 1);
  assert.equal(new Page("").lowerThan(before).length, 2);
  const session = new Page('# TYPE soak_sessions_total counter\nsoak_sessions_total{session="s"} 1\n');
  assert.deepEqual(new Page("").lowerThan(session), []);
});
