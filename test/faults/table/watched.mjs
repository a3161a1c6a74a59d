// Runs the grid of faults in a thread of its own, and sees that it goes on: what hangs is ended, and named.

import { Worker } from "node:worker_threads";

const CONTEXT_BYTES = 4096;
const LOOK_MS = 250;

/**
 * Results of all runs, by world, kind and verb, and what failed. A run that takes longer than `hangMs` hangs: the rest is not run.
 * The first runs make the module with hooks, so the thread may take `startMs` to come to one.
 */
export function watched(options, { hangMs = 30_000, startMs = 240_000, heard = () => {} } = {}) {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const context = new Uint8Array(new SharedArrayBuffer(CONTEXT_BYTES));
  const worker = new Worker(new URL("runner.mjs", import.meta.url), { workerData: { options, beats, context } });
  const rows = new Map();
  const failures = [];
  return new Promise((resolve, reject) => {
    let seen = 0;
    let since = performance.now();
    const timer = setInterval(() => {
      const now = Atomics.load(beats, 0);
      if (now !== seen) [seen, since] = [now, performance.now()];
      if (performance.now() - since < (seen === 0 ? startMs : hangMs)) return;
      failures.push(`It hangs: ${Buffer.from(context.slice()).toString().replaceAll("\0", "")}`);
      void worker.terminate();
    }, LOOK_MS);
    worker.on("message", (result) => {
      const key = `${result.world} ${result.kind}`;
      const row = rows.get(key) ?? { world: result.world, fault: result.kind, verbs: new Set(), runs: 0, failures: 0 };
      rows.set(key, row);
      row.verbs.add(result.verb);
      row.runs += Number(result.happened);
      if (result.failure !== undefined) {
        row.failures++;
        failures.push(result.failure);
      }
      heard(result);
    });
    worker.on("error", reject);
    worker.on("exit", () => {
      clearInterval(timer);
      resolve({ rows: [...rows.values()].map((row) => ({ ...row, verbs: row.verbs.size })), failures });
    });
  });
}
