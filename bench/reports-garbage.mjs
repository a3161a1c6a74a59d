// Merges of many probes' reports, in which all values changed, with what each leaves on the heap: see reports.mjs.
import { parentPort, workerData } from "node:worker_threads";
import { Collector, plainMerge, reporters } from "./reporters.mjs";

const { count, entities, rounds } = workerData;
/** As many as V8 takes to compile them. */
const WARM_ROUNDS = 20;

const probes = reporters(count, entities, true);
const collector = new Collector(count);
collector.merge(probes.map((probe) => probe.frames(true)));

/** Kilobytes that an act leaves on the heap. */
function left(act) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  act();
  return (process.memoryUsage().heapUsed - before) / 1000;
}

const [ours, plain] = [[], []];
for (let round = -WARM_ROUNDS; round < rounds; round++) {
  for (const probe of probes) probe.change(1);
  const reports = probes.map((probe) => probe.frames(false));
  const decoded = probes.map((probe) => probe.report());
  const kilobytes = [left(() => collector.merge(reports)), left(() => plainMerge(decoded))];
  if (round < 0) continue;
  ours.push(kilobytes[0]);
  plain.push(kilobytes[1]);
}
parentPort.postMessage({ ours, plain });
