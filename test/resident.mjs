// The program of the command line, as it is built, run after run in one thread: a process for each takes ten times what the run
// does. Each run evaluates the program anew, with arguments, environment and streams of its own, and is one that ends by itself. What
// a process has besides, its pipes, its signals and a default registry that nobody had before, is for tests that begin one.

import { once } from "node:events";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

/** No run takes a tenth of that; one that does hangs. */
const RUN_MILLISECONDS = 120_000;

let resident;

/** The thread, which keeps nobody alive. */
function begun() {
  if (resident !== undefined) return resident;
  const { port1: port, port2: theirs } = new MessageChannel();
  // Nobody reads its own streams: each run has others in their place, which know no parent that asks for more.
  const streams = { stdout: true, stderr: true };
  const worker = new Worker(new URL("./resident-thread.mjs", import.meta.url), { workerData: theirs, transferList: [theirs], ...streams });
  worker.unref();
  port.unref();
  return (resident = { worker, port, last: Promise.resolve() });
}

function asked({ worker }, args, { env = {}, input = "" }) {
  const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  worker.postMessage({ args, env, input, done });
  return done;
}

function told(result, args) {
  if (result?.error !== undefined) throw new Error(`tallystick ${args.join(" ")}: ${result.error}`);
  if (result === undefined) throw new Error(`tallystick ${args.join(" ")} has not ended within ${RUN_MILLISECONDS / 1000} s`);
  return result;
}

/** Runs the program while this thread waits; `env` is beside this thread's own, and what is undefined in it is not set. */
export function residentSync(args, options = {}) {
  const thread = begun();
  const done = asked(thread, args, options);
  Atomics.wait(done, 0, 0, RUN_MILLISECONDS);
  return told(receiveMessageOnPort(thread.port)?.message, args);
}

/** The same while this thread goes on, and may be who answers: one run after another. */
export function residentRun(args, options = {}) {
  const thread = begun();
  const run = thread.last.then(async () => {
    asked(thread, args, options);
    const [result] = await once(thread.port, "message", { signal: AbortSignal.timeout(RUN_MILLISECONDS) });
    thread.port.unref();
    return told(result, args);
  });
  thread.last = run.catch(() => undefined);
  return run;
}
