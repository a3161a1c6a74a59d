// A thread that is terminated at any moment: it counts and does what the others race with, one verb after the other.
// words[0] is raised before each count, words[1] behind it; words[2] and words[3] are the same of observations.

import { parentPort, workerData } from "node:worker_threads";
import { randomFrom } from "./barrier.mjs";
import { loaded, pageOf } from "./door.mjs";

const { ticket, gate, seed, first } = workerData;
const words = new Int32Array(gate);
const { join } = await loaded();
const registry = join(ticket);
const random = randomFrom(seed);
const counted = registry.counter({ name: "counted", help: "Counted.", labelNames: ["k"] });
const sizes = registry.histogram({ name: "sizes", help: "Sizes.", buckets: [1, 2, 4] });
const own = registry.counter({ name: "own", help: "Series that come and go.", labelNames: ["k"] });
const level = registry.gauge({ name: "level", help: "A level.", mode: "livesum" });
const handle = counted.labels("a");

const VERBS = [
  () => own.inc({ k: Math.floor(random() * 64) }),
  () => own.remove({ k: Math.floor(random() * 64) }),
  () => own.reset(),
  () => level.set(1),
  () => pageOf(registry),
  () => registry.counter({ name: `made_${Math.floor(random() * 8)}`, help: "Made." }).inc(),
  () => registry.remove(`made_${Math.floor(random() * 8)}`),
];

function step() {
  Atomics.add(words, 0, 1);
  handle.inc();
  Atomics.add(words, 1, 1);
  Atomics.add(words, 2, 1);
  sizes.observe(1 << (random() * 4));
  Atomics.add(words, 3, 1);
}

step();
parentPort.postMessage("ready");
const mostly = VERBS[first % VERBS.length];
for (;;) {
  for (let i = 0; i < 200; i++) {
    step();
    if (i % 8 === 0) (random() < 0.5 ? mostly : VERBS[Math.floor(random() * VERBS.length)])();
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}
