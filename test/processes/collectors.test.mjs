// What collectors set in other processes is of the moment at which one of them is scraped: each has run once for it, wherever the
// page was asked for, by whatever way the processes tell what they count.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { cluster } from "tallystick/processes";
import { pusher, receiver } from "tallystick/push";
import { folder, Member } from "./members.mjs";

const CHILD = fileURLToPath(new URL("fixtures/collecting.mjs", import.meta.url));
const SCRAPES = 5;
/** A machine that is busy answers a scrape late: then the page has what was there before, and all of it with the next ones. */
const TRIES = 20;

function valuesOf(text) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** Scrapes until all runs are on the page; what was seen. */
async function seen(scrape, isAll) {
  let values;
  for (let tries = 0; tries < TRIES; tries++) {
    values = await scrape();
    if (isAll(values)) break;
    await sleep(100);
  }
  return values;
}

for (const thread of [false, true]) {
  test(`a spool ${thread ? "with a thread of its own" : "written by the thread that joined"}: collectors of all processes run for a scrape of one`, async (t) => {
    const dir = folder(t);
    const members = await Promise.all(Array.from({ length: 3 }, () => new Member(dir).join({ thread, askSeconds: 2, flushSeconds: 60 })));
    for (const [i, member] of members.entries()) {
      await member.run((number) => {
        const runs = registry.counter({ name: "runs", help: "Runs.", labelNames: ["member"] });
        const queue = registry.gauge({ name: "queue", help: "Jobs that wait.", mode: "livesum" });
        kept.waiting = number;
        kept.runs = 0;
        registry.collect(() => {
          kept.runs++;
          runs.inc({ member: String(number) });
          queue.set(kept.waiting);
        });
      }, i + 1);
    }
    // Whoever joined has told that there is such a series by now.
    assert.equal(
      (
        await seen(
          () => members[0].values(),
          (values) => values.get("queue") === 6,
        )
      ).get("queue"),
      6,
    );
    await members[2].run(() => void (kept.waiting = 30));
    assert.equal((await members[1].values()).get("queue"), 33, "what is now, not what was at the last scrape");
    // Counted where they run: a page has what had run within 25 ms.
    const runs = () => Promise.all(members.map((member) => member.run(() => kept.runs)));
    await sleep(100);
    const before = await runs();
    for (let i = 0; i < SCRAPES; i++) {
      await members[0].values();
      await sleep(100);
    }
    const after = await runs();
    for (const [i, ran] of after.entries()) assert.equal(ran - before[i], SCRAPES, `member ${i + 1} has run its collector once a scrape`);
    const values = await seen(
      () => members[0].values(),
      (shown) => after.every((ran, i) => shown.get(`runs_total{member="${i + 1}"}`) > ran),
    );
    assert.ok(after.every((ran, i) => values.get(`runs_total{member="${i + 1}"}`) > ran));
  });
}

test("a cluster: collectors of all processes and of their threads run once for each scrape", async (t) => {
  const collected = new Registry();
  const shared = cluster({ registry: collected, onRefused: () => undefined });
  t.after(() => shared.close());
  const children = ["alone", "threads"].map((mode) => fork(CHILD, [mode]));
  t.after(() => children.forEach((child) => child.kill("SIGKILL")));
  await Promise.all(children.map((child) => once(child, "message")));
  for (const child of children) shared.add(child);
  const scrape = async () => valuesOf(new TextDecoder().decode((await collected.expose()).body));
  const MAIN = 'runs_total{thread="main"}';
  const WORKER = 'runs_total{thread="worker"}';
  // The first ones compile.
  await seen(scrape, (values) => values.get(MAIN) >= 4 && values.get(WORKER) >= 1);
  let before;
  let after;
  for (let tries = 0; tries < TRIES; tries++) {
    await sleep(100);
    const { lateTotal } = shared.statistics;
    before = await scrape();
    await sleep(100);
    after = await scrape();
    if (shared.statistics.lateTotal === lateTotal) break;
  }
  assert.equal(after.get(MAIN) - before.get(MAIN), 2);
  assert.equal(after.get(WORKER) - before.get(WORKER), 1);
});

test("a pusher: collectors run before each push, and one that hangs delays it by a second", async (t) => {
  const [own, received] = [new Registry(), new Registry()];
  const TO = { url: "https://collector.example/push", token: "a-secret" };
  const receive = receiver({ registry: received, token: TO.token });
  t.after(() => receive.close());
  const counting = pusher({ ...TO, registry: own, fetch: (url, init) => receive(new Request(url, init)) });
  let waiting = 3;
  const queue = own.gauge({ name: "queue", help: "Jobs that wait." });
  own.collect(
    async () => {
      await sleep(80);
      queue.set(waiting);
    },
    { timeoutSeconds: 10 },
  );
  const shown = async () => valuesOf(new TextDecoder().decode((await received.expose()).body)).get("queue");
  await counting.push();
  assert.equal(await shown(), 3, "one that may take longer is awaited");
  waiting = 4;
  await counting.push();
  assert.equal(await shown(), 4);
  own.collect(() => new Promise(() => undefined), { timeoutSeconds: 4, onError: () => undefined });
  waiting = 5;
  const from = performance.now();
  assert.equal((await counting.push()).outcome, "sent");
  assert.ok(performance.now() - from < 3000, "one that hangs is not awaited for its own time");
  assert.equal(await shown(), 5);
});
