// Rounds of a probe in a thread of their own, one after the other, with what each leaves on the heap: see probe.mjs.
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { probing } from "../test/collect/internals.mjs";

const { Registry, registry: defaultRegistry, Rounds, settingsOf, Shown } = probing;
const { warm, rounds, proc } = workerData;

Error.stackTraceLimit = 0;
const settings = settingsOf({ periodSeconds: 1, proc }, defaultRegistry);
const shown = new Shown(new Registry(), settings.by, () => {});
let now = performance.now() / 1000;
let ended = false;
// The time is the rounds' own, so that none is waited for: each is what it would be once a second.
const clock = { seconds: () => now, epoch: () => Date.now() / 1000, spent: () => 0 };
const walk = new Rounds(settings, clock, (found) => {
  shown.show(found);
  ended = true;
});

function round() {
  for (ended = false; !ended;) now += walk.step();
}

const kilobytes = [];
let before = 0;
for (let i = 0; i < warm + rounds; i++) {
  // The list of processes is made by whoever starts one: here by the round's own time.
  const from = process.memoryUsage().heapUsed;
  round();
  before = process.memoryUsage().heapUsed - from;
  if (i >= warm) kilobytes.push(before / 1000);
  await delay(5);
}
parentPort.postMessage(kilobytes);
