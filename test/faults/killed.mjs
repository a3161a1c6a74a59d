// Faults that happen to real processes, disks and threads: each a program of fixtures/ that says as JSON how often and what failed.
// A program that does not end in time hangs, and is ended.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runtimes } from "../../scripts/runtimes.mjs";

const fixture = (name) => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Blocks of 512 bytes or 1,024, as shells have it: all of the images does not fit into either. */
const FILE_BLOCKS = 64;
const DISK_BYTES = 120 << 10;
/**
 * Node 20 may end its process where a thread is terminated in the middle of a request's head: llhttp calls back into an engine
 * that is terminating. Such a run says nothing; there is another one.
 */
const CRASH = /v8::ToLocalChecked Empty MaybeLocal/;
const CRASHES_MAX = 5;

/** Runs a program; its code, and what it said. */
function ran(command, args, { ms, cwd = ROOT }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"]) child[stream].setEncoding("utf8").on("data", (text) => (said[stream] += text));
    let hangs = false;
    const timer = setTimeout(() => {
      hangs = true;
      child.kill("SIGKILL");
    }, ms);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal, hangs, ...said });
    });
  });
}

/** What a program says that counts its runs itself. */
async function counted(command, args, options) {
  for (let crashes = 0; ; crashes++) {
    const result = await ran(command, args, options);
    if (CRASH.test(result.stderr) && crashes < CRASHES_MAX) continue;
    const what = [command, ...args].join(" ");
    if (result.hangs) return { runs: 1, failures: [`It hangs: ${what}`] };
    if (result.code !== 0) return { runs: 1, failures: [`${what} ends with ${result.code}: ${result.stderr.slice(0, 2000)}`] };
    return JSON.parse(result.stdout);
  }
}

function ended(kinds, rounds) {
  return ({ long, seed, dir }) =>
    counted(process.execPath, [fixture("threads-ended"), String(rounds[Number(long)]), String(seed), dir, ...kinds], {
      ms: long ? 600_000 : 60_000,
    });
}

/** What a full disk made of a program: it was told, it went on, and with room again it wrote. */
async function full(command, args) {
  const said = await counted(command, args, { ms: 120_000 });
  if (said.flushes === undefined) return said;
  const failures = [...said.failures];
  if (said.refused === 0) failures.push("the disk was not full");
  if (!said.again) failures.push("with room again nothing is written");
  return { runs: said.flushes, failures };
}

/** Threads that count, of every runtime: the program of test/runtimes/death.test.mjs, with more of them. */
function terminated(runtime, kills) {
  return async ({ long, seed }) => {
    const path = runtimes()[runtime];
    if (path === undefined) return { runs: 0, failures: [`${runtime} is not there`] };
    const { project } = await import("../runtimes/packed.mjs");
    const { run } = await import("../runtimes/programs.mjs");
    const times = kills[Number(long)];
    const result = await run(runtime, join(project("faults-death"), "death.mjs"), [String(times), String(seed)], { within: 900_000 });
    if (runtime === "bun" && result.code === "SIGSEGV" && result.stderr.includes("Bun has crashed")) {
      return { runs: 0, failures: [], note: "Bun itself crashed" };
    }
    if (result.code !== 0) return { runs: times, failures: [`${runtime}, seed ${seed}: ${result.code} ${result.stderr.slice(0, 2000)}`] };
    return { runs: times, failures: [] };
  };
}

/** Name, and what runs it; the number of rounds in a test, and at length. */
export const KILLS = {
  "threads of the library are terminated": ended(["spool", "recorder", "probe"], [1, 60]),
  "an exporter's thread is terminated": ended(["exporter"], [1, 60]),
  "workers of a cluster are killed": ({ long, seed }) =>
    counted(process.execPath, [fixture("cluster-killed"), long ? "200" : "3", String(seed)], { ms: long ? 600_000 : 60_000 }),
  "files may not grow": ({ dir }) =>
    full("sh", ["-c", `ulimit -f ${FILE_BLOCKS}; exec "$0" "$@"`, process.execPath, fixture("disk-full"), dir]),
  "a disk is full": async ({ dir }) => {
    const disk = join(dir, "disk");
    mkdirSync(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "none", disk]);
    if (mounted.status !== 0) return { runs: 0, failures: [], note: "nothing may be mounted here" };
    try {
      return await full(process.execPath, [fixture("disk-full"), disk]);
    } finally {
      spawnSync("umount", [disk]);
    }
  },
  "threads are terminated (node)": terminated("node", [0, 2000]),
  "threads are terminated (deno)": terminated("deno", [0, 1000]),
  "threads are terminated (bun)": terminated("bun", [0, 1000]),
};

/** Runs one of them in a folder of its own: how often, what failed, and where it could not be run why not. */
export async function killed(name, { seed, long = false }) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-killed-"));
  try {
    return await KILLS[name]({ seed, long, dir });
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
