// A thread that runs the grid of faults, for one that looks whether it goes on: see watched.mjs.

import { parentPort, workerData } from "node:worker_threads";
import { run } from "./grid.mjs";

const { options, beats, context } = workerData;
const encoder = new TextEncoder();

function note(text) {
  context.fill(0);
  encoder.encodeInto(text.slice(0, context.length >> 2), context);
  Atomics.add(beats, 0, 1);
}

if (options.hangs) {
  note("a thread that hangs");
  for (;;);
}
run(options, note, (result) => parentPort.postMessage(result));
