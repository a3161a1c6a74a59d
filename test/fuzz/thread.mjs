// A target in a thread of its own: whoever started it sees by a shared word which input it is at, and that it is not at it for ever.

import { parentPort, workerData } from "node:worker_threads";
import { keep } from "./corpus.mjs";
import { fuzzed } from "./fuzzing.mjs";
import { targetOf } from "./targets.mjs";

const { name, seed, from, runs, seconds, at } = workerData;
const target = await targetOf(name);
const begin = performance.now();
const { runs: tried, failures } = await fuzzed(target, {
  seed,
  from,
  runs: runs ?? target.runs,
  until: begin + (seconds ?? Infinity) * 1000,
  begun: (run) => Atomics.store(at, 0, BigInt(run) + 1n),
});
const told = failures.map(({ run, input, error }) => ({ run, file: keep(name, input), error: String(error?.stack ?? error) }));
parentPort.postMessage({ tried, about: target.about, failures: told, seconds: (performance.now() - begin) / 1000 });
// What a target leaves behind keeps nobody waiting.
setTimeout(() => process.exit(0), 1000).unref();
