// How long does a new worker thread take until it has counted once in the shared memory, against one that does nothing?
import { Worker } from "node:worker_threads";
import { check, hasOurs } from "./harness.mjs";
import { OURS, sampleTotal } from "./subjects.mjs";

const NOTHING = "nothing";
const THREAD = new URL("first-thread.mjs", import.meta.url);

export async function run(context) {
  const subjects = await context.loaded();
  // Rivals count in a memory of their own; ours joins this thread's, and the total here is the proof.
  const registry = hasOurs(subjects) ? (await import("tallystick")).registry : undefined;
  const names = [...subjects.map(({ name }) => name), NOTHING];
  const inside = new Map(names.map((name) => [name, []]));
  let joined = 0;

  const entries = names.map((name) => ({
    subject: name,
    sample: async (round) => {
      const start = performance.now();
      const worker = new Worker(THREAD, { workerData: { subject: name } });
      const elapsed = await new Promise((resolve, reject) => {
        worker.once("error", reject);
        worker.once("message", resolve);
      });
      const wall = performance.now() - start;
      await worker.terminate();
      if (name === OURS) joined += 1;
      if (round >= 0) inside.get(name).push(elapsed);
      return wall;
    },
    verify: async () => {
      if (name !== OURS) return;
      check(sampleTotal((await registry.expose()).body, "first_total"), joined, "the threads that joined");
    },
  }));
  await context.interleave("new-worker-to-first-inc", "ms", entries, { rounds: context.quick ? 3 : 15 });
  for (const name of names) if (name !== NOTHING) context.row("import-to-first-inc", name, "ms", inside.get(name));
}
