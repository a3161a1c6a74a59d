// A thread of samples.mjs: it records as fast as it can, and says how many samples found no place.

import { parentPort, workerData } from "node:worker_threads";

const { module, memory, recorder, origin, number, count, labels, values, start } = workerData;
const core = new WebAssembly.Instance(module, { env: { memory } }).exports;
core.clockSet(1000);
core.writerClaim(core.identityNext(), 10 + number, 0);
const ring = core.ringBind(recorder, origin);
const { sampleRecord } = core;
parentPort.postMessage("ready");
Atomics.wait(start, 0, 0);
let refused = 0;
for (let i = 1; i <= count; i++) {
  const full = sampleRecord(ring, labels[i & 1], i / 1000, number * values + i) === 2;
  if (full) refused++;
  // Else whoever drains would seldom be there: a ring is full in microseconds, and threads take turns in milliseconds.
  if (full || i % 1000 === 0) Atomics.wait(start, 0, 1, 0.05);
}
parentPort.postMessage(refused);
