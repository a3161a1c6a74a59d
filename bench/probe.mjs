// What does a probe of a host with 1,070 processes cost every second, beside a plain walk of /proc by node:fs in the same run?
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { check } from "./harness.mjs";
import { OURS } from "./subjects.mjs";

const CHILDREN = 1_000;
const EXTRA_DESCRIPTORS = 10;
/** Windows of these seconds: with the probe alone, and with the plain walk beside it. */
const WINDOW_SECONDS = 5;
const WINDOWS = 5;
/** Rounds of which the garbage is counted, behind as many as V8 takes to compile them. */
const WARM_ROUNDS = 40;
const ROUNDS = 40;
/** Less than the rounds of so many processes cost in a second. */
const BUDGETS = [0.5, 0.25];
const BUDGET_ROUNDS = 8;
/** An application that does something, so that there is a delay to speak of. */
const WORK_EVERY_MS = 5;
const WORK_MS = 1;
const MEGABYTE = 1e6;

/** Children that sleep; each has descriptors beside the first three. */
export async function host(count) {
  const file = openSync("/dev/null", "r");
  const stdio = ["ignore", "ignore", "ignore", ...Array.from({ length: EXTRA_DESCRIPTORS }, () => file)];
  const children = Array.from({ length: count }, () => spawn("/bin/sleep", ["3600"], { stdio }));
  closeSync(file);
  await delay(500 + count * 2);
  return () => children.forEach((child) => child.kill("SIGKILL"));
}

const buffer = Buffer.allocUnsafe(4096);

/** As a few lines do it, from bytes where that is as short: the CPU of all processes and how many descriptors they have. */
function plainWalk() {
  let processes = 0;
  let ticks = 0;
  let descriptors = 0;
  for (const name of readdirSync("/proc")) {
    const code = name.charCodeAt(0);
    if (code < 48 || code > 57) continue;
    try {
      const file = openSync(`/proc/${name}/stat`);
      const length = readSync(file, buffer, 0, 4096, 0);
      closeSync(file);
      let at = buffer.lastIndexOf(41, length);
      for (let spaces = 0; at < length && spaces < 12; at++) if (buffer[at] === 32) spaces++;
      let user = 0;
      for (; buffer[at] !== 32; at++) user = user * 10 + buffer[at] - 48;
      ticks += user;
      descriptors += readdirSync(`/proc/${name}/fd`).length;
      processes++;
    } catch {}
  }
  return { processes, ticks, descriptors };
}

const cpuMs = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

const sample = (registry, name) => {
  const found = new RegExp(`^${name} (.*)$`, "m").exec(new TextDecoder().decode(registry.exposeSync().body));
  return found === null ? 0 : Number(found[1]);
};

/** Rounds of a probe that came to their end. */
export const rounds = (registry) => sample(registry, "tallystick_probe_rounds_total");

/** The probe's own thread, and the process as a whole, each in percent of a core; the plain walk once a second beside it. */
async function cost(context, { Registry, probe }) {
  const registry = new Registry();
  const probed = probe({ registry });
  const settled = Date.now() + (context.quick ? 3_000 : 12_000);
  while (rounds(registry) < 3 || Date.now() < settled) await delay(100);
  const seconds = context.quick ? 2 : WINDOW_SECONDS;
  const [own, whole, plain, periods] = [[], [], [], []];
  for (let i = 0; i < (context.quick ? 2 : WINDOWS); i++) {
    context.progress(`cost window ${i + 1}`);
    const [cpu, thread, from] = [process.cpuUsage(), sample(registry, "tallystick_probe_cpu_seconds_total"), performance.now()];
    await delay(seconds * 1000);
    const elapsed = (performance.now() - from) / 1000;
    own.push(((sample(registry, "tallystick_probe_cpu_seconds_total") - thread) / elapsed) * 100);
    whole.push(cpuMs(cpu) / elapsed / 10);
    periods.push(sample(registry, "tallystick_probe_period_seconds"));
    for (let tick = 0; tick < seconds; tick++) {
      const before = process.cpuUsage();
      plainWalk();
      plain.push(cpuMs(before) / 10);
      await delay(1000);
    }
  }
  const { processes, descriptors } = plainWalk();
  context.row("cpu-every-second", `${OURS}, its thread`, "% of a core", own);
  context.row("cpu-every-second", `${OURS}, the whole process`, "% of a core", whole);
  context.row("cpu-every-second", `plain walk of ${processes} processes`, "% of a core", plain);
  context.row("period", OURS, "s", periods);
  const shown = [...new TextDecoder().decode(registry.exposeSync().body).matchAll(/^processes(_open_fds)?\{.*\} (\d+)$/gm)];
  const total = (of) => shown.filter(([, suffix]) => suffix === of).reduce((sum, [, , value]) => sum + Number(value), 0);
  // Other processes come and go.
  check(Math.abs(total(undefined) - processes) < 100, true, `the number of processes, ${total(undefined)} and ${processes},`);
  check(Math.abs(total("_open_fds") / descriptors - 1) < 0.1, true, `the number of descriptors, ${total("_open_fds")} and ${descriptors},`);
  await probed.close();
  registry.close();
}

/** Where the budget rules: half of it is twice the period. */
async function budgets(context, { Registry, probe }) {
  for (const budgetPercent of BUDGETS) {
    context.progress(`budget ${budgetPercent}`);
    const registry = new Registry();
    const probed = probe({ registry, budgetPercent });
    const periods = [];
    // The first rounds are slow, for V8 has not compiled them.
    for (let round = 1; round <= BUDGET_ROUNDS; round++) {
      while (rounds(registry) < round) await delay(50);
      if (round > BUDGET_ROUNDS / 2) periods.push(sample(registry, "tallystick_probe_period_seconds"));
    }
    context.row("period-by-budget", `${OURS}, ${budgetPercent} % of a core`, "s", periods);
    await probed.close();
    registry.close();
  }
}

/** Bytes that one round leaves on the heap of its thread, counted by V8 between two collections. */
async function garbage(context) {
  const rounds = context.quick ? 5 : ROUNDS;
  const workerData = { warm: context.quick ? 5 : WARM_ROUNDS, rounds };
  // So much room for what is young that nothing is collected meanwhile.
  const resourceLimits = { maxYoungGenerationSizeMb: 256 };
  const worker = new Worker(new URL("./probe-rounds.mjs", import.meta.url), { workerData, resourceLimits });
  const kilobytes = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  check(kilobytes.length, rounds, "the number of rounds");
  context.row("garbage-per-round", OURS, "kB", kilobytes);
  // The same of the plain walk, in this thread.
  for (let i = 0; i < 10; i++) plainWalk();
  const plain = [];
  for (let i = 0; i < 9; i++) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    plainWalk();
    plain.push((process.memoryUsage().heapUsed - before) / 1000);
  }
  context.row("garbage-per-round", "plain walk", "kB", plain);
}

/** The delay of a working event loop, in turns without and with a probe beside it. */
async function delays(context, { Registry, probe }) {
  const work = setInterval(() => {
    for (const end = performance.now() + WORK_MS; performance.now() < end;);
  }, WORK_EVERY_MS);
  const [without, beside, plain] = [[], [], []];
  const measured = async (into) => {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    await delay(context.quick ? 1_000 : WINDOW_SECONDS * 1000);
    histogram.disable();
    into.push(histogram.percentile(99) / MEGABYTE);
  };
  for (let i = 0; i < (context.quick ? 2 : WINDOWS); i++) {
    context.progress(`event loop window ${i + 1}`);
    await measured(without);
    const registry = new Registry();
    const probed = probe({ registry });
    while (rounds(registry) < 2) await delay(100);
    await measured(beside);
    await probed.close();
    registry.close();
    const walking = setInterval(plainWalk, 1000);
    await measured(plain);
    clearInterval(walking);
  }
  clearInterval(work);
  context.row("event-loop-delay-p99", `${OURS}, in its thread`, "ms", beside);
  context.row("event-loop-delay-p99", "no probe", "ms", without);
  context.row("event-loop-delay-p99", "plain walk in this thread", "ms", plain);
}

export async function run(context) {
  if (!existsSync("/proc/self/stat")) {
    context.missing(OURS, new Error("there is no /proc"));
    return;
  }
  const { Registry } = await import("tallystick");
  const { probe } = await import("tallystick/probe");
  const end = await host(context.quick ? 100 : CHILDREN);
  try {
    await cost(context, { Registry, probe });
    if (!context.quick) await budgets(context, { Registry, probe });
    await garbage(context);
    await delays(context, { Registry, probe });
  } finally {
    end();
  }
}
