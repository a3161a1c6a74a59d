// What does a collector of many probes cost: the bytes of their reports, and the time and the garbage of merging them?
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { spooling } from "../test/processes/spooling.mjs";
import { check } from "./harness.mjs";
import { host, rounds } from "./probe.mjs";
import { Collector, plainMerge, plainTotals, Reporter, reporters, valuesApart } from "./reporters.mjs";
import { OURS } from "./subjects.mjs";

/** Processes of the host whose report is weighed: as many as in weaveworks/scope's figures. */
const ENTITIES = 1_070;
const SHARES = [0.01, 0.1, 1];
const PROBES = [2, 5, 10, 50];
const PROBE_ENTITIES = 1_000;
const PLAIN = "plain JavaScript";
const ROUNDS = 9;

const kilobytes = (bytes) => bytes.length / 1000;
const percent = (share) => `${share * 100}-percent-changed`;

/** What one round of a probe sends. */
function sizes(context) {
  const reporter = new Reporter("host-1", ENTITIES, 1n);
  reporter.frames(true);
  for (const share of SHARES) {
    const rows = new Map();
    const weighed = (subject, bytes) => {
      for (const [name, weight] of [
        [subject, kilobytes(bytes)],
        [`${subject}, gzip`, kilobytes(gzipSync(bytes))],
      ]) {
        rows.set(name, [...(rows.get(name) ?? []), weight]);
      }
    };
    for (let round = 0; round < (context.quick ? 3 : ROUNDS); round++) {
      const changed = reporter.change(share);
      weighed(OURS, Buffer.concat(reporter.frames(false)));
      weighed("JSON of what changed", Buffer.from(JSON.stringify(reporter.report(changed))));
      weighed("JSON of what changed, as scope writes it", Buffer.from(JSON.stringify(reporter.reportAsScope(changed))));
      weighed("JSON of all", Buffer.from(JSON.stringify(reporter.report())));
      weighed(`${OURS}, the whole image`, Buffer.concat(reporter.frames(true)));
    }
    for (const [subject, values] of rows) context.row(`bytes-${percent(share)}`, subject, "kB", values);
  }
  reporter.close();
}

/** The same of a real probe's registry, on a host whose processes are nearly all idle. */
async function probed(context) {
  if (!existsSync("/proc/self/stat")) {
    context.missing(OURS, new Error("there is no /proc"));
    return;
  }
  const { Registry } = await import("tallystick");
  const { probe } = await import("tallystick/probe");
  const { Exporter } = spooling;
  const end = await host(context.quick ? 100 : ENTITIES);
  const registry = new Registry();
  const running = probe({ registry, by: "pid", maxGroups: 2 * ENTITIES });
  const exporter = new Exporter(registry);
  const [whole, changed] = [[], []];
  try {
    for (let round = 3, before = 0; round < (context.quick ? 6 : 3 + ROUNDS); round++) {
      context.progress(`probe round ${round}`);
      while (rounds(registry) < round) await delay(50);
      if (before !== 0) changed.push(kilobytes(Buffer.concat([...exporter.frames({ full: false, ended: false })])));
      whole.push(kilobytes(Buffer.concat([...exporter.frames({ full: true, ended: false })])));
      before = round;
    }
  } finally {
    await running.close();
    exporter.close();
    registry.close();
    end();
  }
  context.row("bytes-of-a-real-probe", OURS, "kB", changed);
  context.row("bytes-of-a-real-probe", `${OURS}, the whole image`, "kB", whole);
}

const timed = (act) => {
  const start = performance.now();
  act();
  return performance.now() - start;
};

/** What all rows must agree about. */
function checked(collector, probes) {
  const ours = collector.totals();
  const theirs = plainTotals(plainMerge(probes.map((probe) => probe.report())));
  for (const [i, { series, total }] of ours.entries()) {
    check(series, theirs[i].series, "the number of series");
    check(total, theirs[i].total, "the sum of all values");
  }
}

/**
 * A page of the reports of so many probes: the first one, the one behind it, which makes tables of where numbers go, and when some or
 * all values have changed since the last.
 */
async function merges(context, count, apart) {
  const entities = context.quick ? 100 : PROBE_ENTITIES;
  const probes = reporters(count, entities, apart);
  const collector = new Collector(count);
  collector.merge(probes.map((probe) => probe.frames(true)));
  const round = (share) => () => {
    for (const probe of probes) probe.change(share);
    const reports = probes.map((probe) => probe.frames(false));
    return timed(() => collector.merge(reports));
  };
  const whole = () => probes.map((probe) => probe.frames(true));
  const first = () => {
    const fresh = new Collector(count);
    const reports = whole();
    const elapsed = timed(() => fresh.merge(reports));
    fresh.close();
    // The long-lived one has the new image's numbers, too, and its tables of them.
    collector.merge(reports);
    round(1)();
    return elapsed;
  };
  const behind = () => {
    collector.merge(whole());
    return round(1)();
  };
  const decoded = () => {
    const reports = probes.map((probe) => probe.report());
    return timed(() => plainMerge(reports));
  };
  const parsed = () => {
    const texts = probes.map((probe) => JSON.stringify(probe.report()));
    return timed(() => plainMerge(texts.map((text) => JSON.parse(text))));
  };
  await context.interleave(`merge-of-${count}-probes${apart ? "" : "-with-the-same-series"}`, "ms", [
    { subject: OURS, sample: round(1), verify: () => checked(collector, probes) },
    { subject: `${OURS}, 10 % changed`, sample: round(0.1) },
    { subject: `${OURS}, 1 % changed`, sample: round(0.01) },
    { subject: `${OURS}, the first merge behind whole images`, sample: behind },
    { subject: `${OURS}, its first page, of whole images`, sample: first },
    { subject: `${PLAIN}, of decoded reports`, sample: decoded },
    { subject: `${PLAIN}, with JSON.parse`, sample: parsed },
  ]);
  collector.close();
  for (const probe of probes) probe.close();
}

/** Gauges whose values all stay beside one another, of one process and of several: each value says whose it is. */
async function merging(context) {
  const series = context.quick ? 100 : PROBE_ENTITIES;
  for (const count of [1, 4]) {
    const { merged, plain, close } = valuesApart(count, series);
    await context.interleave(`merge-of-all-values-of-${count}-process${count === 1 ? "" : "es"}`, "ms", [
      { subject: OURS, sample: () => timed(merged()) },
      { subject: `${PLAIN}, of decoded reports`, sample: () => timed(plain()) },
      { subject: `${PLAIN}, with JSON.parse`, sample: () => timed(plain(true)) },
    ]);
    close();
  }
}

/** What one merge leaves on the heap of its thread, counted by V8 between two collections. */
async function garbage(context) {
  for (const count of PROBES) {
    context.progress(`garbage of ${count} probes`);
    const workerData = { count, entities: context.quick ? 100 : PROBE_ENTITIES, rounds: context.quick ? 3 : ROUNDS };
    // So much room for what is young that nothing is collected meanwhile.
    const resourceLimits = { maxYoungGenerationSizeMb: 512 };
    const worker = new Worker(new URL("./reports-garbage.mjs", import.meta.url), { workerData, resourceLimits });
    const { ours, plain } = await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    await worker.terminate();
    context.row(`garbage-of-a-merge-of-${count}-probes`, OURS, "kB", ours);
    context.row(`garbage-of-a-merge-of-${count}-probes`, `${PLAIN}, of decoded reports`, "kB", plain);
  }
}

export async function run(context) {
  sizes(context);
  await probed(context);
  for (const apart of [true, false]) for (const count of PROBES) await merges(context, count, apart);
  await merging(context);
  await garbage(context);
}
