// Runs programs in every runtime that is installed. A test names the runtime and the version that its binary
// tells; one that is not installed is skipped by name.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { runtimes, version } from "../../scripts/runtimes.mjs";

const PATHS = runtimes();
/** How a file is run. */
const ARGUMENTS = { deno: ["run", "-A", "--no-lock", "--quiet"] };

export const NODES = ["node", "node-current"];
export const THREADED = [...NODES, "deno", "bun"];

export function pathOf(runtime) {
  return PATHS[runtime];
}

export function titleOf(runtime) {
  if (PATHS[runtime] === undefined) return runtime;
  const told = version(runtime).replace(/ \(.*/, "");
  return told.includes(runtime) ? told : `${runtime} ${told}`;
}

/**
 * A test for each of these runtimes, under its name and version. `together`: all of them begin with the first test and each test has
 * its own one's end, for what waits more than it computes; its body has no test.
 */
export function each(names, what, body, { together = false, ...options } = {}) {
  let begun;
  const began = (runtime) => {
    const ending = body(runtime);
    // Its own test says so.
    ending.catch(() => undefined);
    return [runtime, ending];
  };
  const awaited = (runtime) => {
    begun ??= new Map(names.filter((name) => PATHS[name] !== undefined).map(began));
    return begun.get(runtime);
  };
  for (const runtime of names) {
    const skip = PATHS[runtime] === undefined ? `${runtime} is not installed in test/runtimes` : false;
    test(`${what} (${titleOf(runtime)})`, { skip, ...options }, (t) => (together ? awaited(runtime) : body(runtime, t)));
  }
}

/** Runs a command; one that takes longer than `within` milliseconds is killed and has the code `undefined`. */
export async function ran(command, args, { cwd, within = 30000, env } = {}) {
  const began = performance.now();
  const child = spawn(command, args, { cwd, env: { ...process.env, NO_COLOR: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), within);
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  const late = signal === "SIGKILL" && performance.now() - began >= within;
  return { code: late ? undefined : (code ?? signal), stdout, stderr, milliseconds: performance.now() - began };
}

/** Runs a file in a runtime. */
export function run(runtime, file, args = [], options = {}) {
  return ran(PATHS[runtime], [...(options.arguments ?? ARGUMENTS[runtime] ?? []), file, ...args], options);
}

/** What a failed program said, for messages. */
export function said({ code, stdout, stderr }) {
  return `exit code ${code ?? "none, killed"}\n${stdout}${stderr}`;
}

/** A subtest for each line of `ok - ...` or `not ok - ...`; what was announced as `1..n` must have been told. */
export async function told(t, result) {
  const lines = result.stdout.split("\n");
  let count = 0;
  for (const [i, line] of lines.entries()) {
    const [, not, name] = /^(not )?ok - (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    count++;
    const rest = lines.slice(i + 1);
    const next = rest.findIndex((other) => /^(not )?ok - |^1\.\./.test(other));
    await t.test(name, () => {
      if (not !== undefined) throw new Error(rest.slice(0, next === -1 ? rest.length : next).join("\n"));
    });
  }
  const announced = Number(/^1\.\.(\d+)$/m.exec(result.stdout)?.[1]);
  if (result.code !== 0 || announced !== count || count === 0) throw new Error(`${count} of ${announced} steps were told, ${said(result)}`);
}
