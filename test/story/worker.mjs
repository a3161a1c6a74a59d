// The other side of the threads' story. Everything it needs arrives by message.

import { parentPort, workerData } from "node:worker_threads";
import { registry } from "tallystick";

const { buckets, gate } = workerData;
const words = new Int32Array(gate);
const jobs = registry.counter({ name: "story_jobs", help: "Jobs.", labelNames: ["queue"] });
const sizes = registry.histogram({ name: "story_sizes", help: "Sizes.", buckets });
const took = registry.summary({ name: "story_took", help: "Took.", quantiles: [0, 0.5, 1] });
const spread = registry.histogram({ name: "story_spread", help: "Spread.", native: { schema: 0 } });
const phase = registry.stateSet({ name: "story_phase", help: "Phase.", states: ["on", "off", "away"] });
const build = registry.info({ name: "story_build", help: "Build.", labelNames: ["version"] });
const active = registry.gauge({ name: "story_active", help: "Active.", mode: "livesum" });

const tasks = {
  count({ times }) {
    const mail = jobs.labels("mail");
    for (let i = 0; i < times; i++) {
      mail.inc();
      sizes.observe(buckets[i % buckets.length]);
    }
  },
  spread({ times, from }) {
    for (let i = 0; i < times; i++) {
      took.observe(from + i);
      spread.observe(2 ** (i % 8));
    }
    phase.set(["off", "away"]);
    build.set({ version: String(from) });
  },
  /** Counts for ever, telling how far it is: words[0] is raised before each count, words[1] after it. */
  forever() {
    active.inc();
    const ghost = jobs.labels("ghost");
    for (;;) {
      Atomics.add(words, 0, 1);
      ghost.inc();
      Atomics.add(words, 1, 1);
    }
  },
  /** Only counts, for ever: nothing in the loop but the handle. */
  tight() {
    const busy = jobs.labels("busy");
    for (;;) busy.inc();
  },
  tightly() {
    const busy = sizes.labels();
    for (;;) busy.observe(1);
  },
  collector() {
    const gauge = registry.gauge({ name: "story_collected", help: "Collected.", labelNames: ["thread"] });
    registry.collect(() => gauge.labels("worker").inc());
  },
};

parentPort.on("message", (message) => {
  if (message.task === "end") {
    parentPort.close();
    return;
  }
  if (["forever", "tight", "tightly"].includes(message.task)) parentPort.postMessage("begun");
  tasks[message.task](message);
  parentPort.postMessage("done");
});
parentPort.postMessage("ready");
