// Worker threads that tests hire: each joins a registry, runs a source text that defines `tasks`, and answers what it is
// asked, one task at a time.

import { once } from "node:events";
import { Worker } from "node:worker_threads";

const tallystick = JSON.stringify(import.meta.resolve("tallystick"));

/** The text knows `registry`, `data` and `told`, which sends a message while a task runs. */
export async function hired(registry, text, data = {}) {
  const source = `import { parentPort, workerData } from "node:worker_threads";
    import * as tallystick from ${tallystick};
    const registry = tallystick.join(workerData.ticket);
    const { data } = workerData;
    const told = (message) => parentPort.postMessage(message);
    ${text}
    parentPort.on("message", async ({ task, value }) => told({ answer: await tasks[task](value) }));
    told({ answer: "ready" });`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const worker = new Worker(url, { workerData: { ticket: registry.ticket(), data } });
  const heard = async () => (await once(worker, "message"))[0].answer;
  await heard();
  return {
    /** Runs a task to its end; its answer. */
    ask: (task, value) => {
      worker.postMessage({ task, value });
      return heard();
    },
    /** Starts a task that has no end. */
    start: (task, value) => worker.postMessage({ task, value }),
    end: () => worker.terminate(),
  };
}

/** True for so many milliseconds, and on a machine that is busy with something else until there was enough. */
export function lasting(milliseconds, enough) {
  const from = performance.now();
  return () => {
    const passed = performance.now() - from;
    return passed < milliseconds || (passed < milliseconds + 30000 && !enough());
  };
}

export const decoder = new TextDecoder();

export function textOf(registry, dialect = "text") {
  return decoder.decode(registry.exposeSync({ dialect }).body);
}

/** The value of a sample, by its name and labels as they are printed. */
export function sample(text, head) {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${head} `));
  return line === undefined ? undefined : Number(line.slice(head.length + 1).replace("+Inf", "Infinity"));
}

/** A clock that a test turns: from the real time on, and back after the test. */
export function clockOf(t) {
  const real = Date.now;
  let ahead = 0;
  Date.now = () => real() + ahead;
  t.after(() => (Date.now = real));
  return { pass: (seconds) => (ahead += seconds * 1000) };
}
