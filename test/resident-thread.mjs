// The thread of resident.mjs: what the program takes for its process is made anew for each run.

import process from "node:process";
import { Readable, Writable } from "node:stream";
import { parentPort, workerData as port } from "node:worker_threads";

const CLI = new URL("../dist/esm/cli.js", import.meta.url).href;

class Ended extends Error {}

let runs = 0;

/** What a run writes there, as a pipe takes it. */
function gathered(name) {
  const parts = [];
  const stream = new Writable({
    decodeStrings: true,
    write(bytes, _, taken) {
      // Whoever writes may use its bytes again.
      parts.push(Buffer.from(bytes));
      taken();
    },
  });
  Object.defineProperty(process, name, { value: stream, configurable: true });
  return () => Buffer.concat(parts).toString();
}

/** Sets variables, and returns what sets them back. */
function set(env) {
  const before = Object.keys(env).map((name) => [name, process.env[name]]);
  const assign = ([name, value]) => (value === undefined ? delete process.env[name] : (process.env[name] = value));
  Object.entries(env).forEach(assign);
  return () => before.forEach(assign);
}

async function run({ args, env, input }) {
  const [stdout, stderr] = [gathered("stdout"), gathered("stderr")];
  Object.defineProperty(process, "stdin", { value: Readable.from(input === "" ? [] : [Buffer.from(input)]), configurable: true });
  process.argv = [process.execPath, CLI, ...args];
  const restored = set(env);
  let status;
  const ends = new Promise((resolve) => {
    process.exit = (code = 0) => {
      // What a process does no more does not count.
      status ??= { status: code, stdout: stdout(), stderr: stderr() };
      resolve();
      throw new Ended();
    };
  });
  const evaluated = import(`${CLI}?${runs++}`);
  const failed = evaluated.then(
    () => ends,
    (error) => {
      if (!(error instanceof Ended)) throw error;
    },
  );
  try {
    await Promise.race([ends, failed]);
    return status;
  } catch (error) {
    return { error: error.stack };
  } finally {
    restored();
    process.removeAllListeners("uncaughtException");
  }
}

parentPort.on("message", async (asked) => {
  port.postMessage(await run(asked));
  Atomics.store(asked.done, 0, 1);
  Atomics.notify(asked.done, 0);
});
