// What does a probe of a host with 1,070 processes cost every second, beside plain walks of /proc by node:fs in the same run?
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { check, p99 } from "./harness.mjs";
import { OURS } from "./subjects.mjs";

const CHILDREN = 1_000;
const EXTRA_DESCRIPTORS = 10;
/** Windows of these seconds: with the probe alone, and walks of the plain way behind each. */
const WINDOW_SECONDS = 4;
const WINDOWS = 5;
const WALKS = 4;
const DELAY_WINDOWS = 4;
const DELAY_SECONDS = 3;
const DELAY_BUDGET = 5;
/** Rounds of which the garbage is counted, behind as many as V8 takes to compile them; and those before it has. */
const WARM_ROUNDS = 40;
const ROUNDS = 40;
const FIRST_ROUNDS = 10;
/** Less than rounds cost that come every tenth of a second. */
const BUDGETS = [2, 1];
/** Of each the same rounds: the first ones are slow, for V8 has not compiled them. */
const BUDGET_WARM_ROUNDS = 24;
const BUDGET_ROUNDS = 8;
const BUDGET_FIRST_ROUNDS = 3;
/** Ticks of CPU that a process of this name takes meanwhile. */
const COMMAND = "tallystick-burn";
const BURNT_TICKS = 100;
const SCRAPE_SECONDS = 5;
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

/** How a plain walk counts descriptors; the probe does so every 10 to 30 seconds, and by the size of the directory where that says it. */
const listed = (name) => readdirSync(`/proc/${name}/fd`).length;
/** Of each tenth process another second. A kernel that does not count them there says 0, and they are listed. */
const SELDOM = 10;
let turn = 0;
const known = new Map();
function seldom(name) {
  if (Number(name) % SELDOM === turn % SELDOM) known.set(name, statSync(`/proc/${name}/fd`).size || listed(name));
  return known.get(name) ?? 0;
}
const never = () => 0;
const WAYS = new Map([
  ["every descriptor directory listed each second", listed],
  ["a tenth of the descriptors counted each second", seldom],
  ["no descriptors", never],
]);

/** As a few lines do it, from bytes where that is as short: the CPU of all processes and how many descriptors they have. */
function plainWalk(descriptorsOf) {
  turn++;
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
      descriptors += descriptorsOf(name);
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
  const page = `\n${new TextDecoder().decode(registry.exposeSync().body)}`;
  const at = page.indexOf(`\n${name} `);
  return at === -1 ? 0 : Number.parseFloat(page.slice(at + name.length + 2));
};

/** Rounds of a probe that came to their end. */
export const rounds = (registry) => sample(registry, "tallystick_probe_rounds_total");

/** The probe's own thread, and the process as a whole, each in percent of a core; the plain walk once a second beside it. */
async function cost(context, { Registry, probe }) {
  const registry = new Registry();
  const probed = probe({ registry });
  const settled = Date.now() + (context.quick ? 3_000 : 10_000);
  while (rounds(registry) < 3 || Date.now() < settled) await delay(100);
  const seconds = context.quick ? 2 : WINDOW_SECONDS;
  const [own, whole, periods] = [[], [], []];
  const plain = new Map([...WAYS.keys()].map((way) => [way, []]));
  for (let i = 0; i < (context.quick ? 2 : WINDOWS); i++) {
    context.progress(`cost window ${i + 1}`);
    const [cpu, thread, from] = [process.cpuUsage(), sample(registry, "tallystick_probe_cpu_seconds_total"), performance.now()];
    await delay(seconds * 1000);
    const elapsed = (performance.now() - from) / 1000;
    own.push(((sample(registry, "tallystick_probe_cpu_seconds_total") - thread) / elapsed) * 100);
    whole.push(cpuMs(cpu) / elapsed / 10);
    periods.push(sample(registry, "tallystick_probe_period_seconds"));
    for (let walk = 0; walk < WALKS; walk++) {
      for (const [way, descriptorsOf] of WAYS) {
        const before = process.cpuUsage();
        plainWalk(descriptorsOf);
        plain.get(way).push(cpuMs(before) / 10);
        await delay(100);
      }
    }
  }
  const { processes, descriptors } = plainWalk(listed);
  context.row("processes", "this host", "processes", [processes]);
  context.row("cpu-every-second", `${OURS}, its thread`, "% of a core", own);
  context.row("cpu-every-second", `${OURS}, the whole process`, "% of a core", whole);
  for (const [way, values] of plain) context.row("cpu-every-second", `plain walk, ${way}`, "% of a core", values);
  context.row("period", OURS, "s", periods);
  const shown = [...new TextDecoder().decode(registry.exposeSync().body).matchAll(/^processes(_open_fds)?\{.*\} (\d+)$/gm)];
  const total = (of) => shown.filter(([, suffix]) => suffix === of).reduce((sum, [, , value]) => sum + Number(value), 0);
  // Other processes come and go.
  check(Math.abs(total(undefined) - processes) < 100, true, `the number of processes, ${total(undefined)} and ${processes},`);
  check(Math.abs(total("_open_fds") / descriptors - 1) < 0.1, true, `the number of descriptors, ${total("_open_fds")} and ${descriptors},`);
  await probed.close();
  registry.close();
}

/** The user and system ticks of a process, as the kernel has them. */
function ticksOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

const counted = (registry) =>
  ["user", "system"].reduce((sum, mode) => sum + sample(registry, `processes_cpu_seconds_total{command="${COMMAND}",mode="${mode}"}`), 0);

/**
 * Where the budget rules: half of it is twice the period, and nothing is lost. Both at the same time, over one host in which a process
 * takes some CPU and then stands still: what both have counted of it is what the kernel has.
 */
async function budgets(context, { Registry, probe }) {
  context.progress("budget");
  const options = { periodSeconds: 0.1, slowSeconds: 10, maxGroups: 1_000 };
  const all = BUDGETS.map((budgetPercent) => {
    const registry = new Registry();
    return { budgetPercent, registry, probed: probe({ registry, budgetPercent, ...options }), periods: [], seen: 0 };
  });
  for (const { registry } of all) while (rounds(registry) < BUDGET_FIRST_ROUNDS) await delay(50);
  const place = mkdtempSync(join(tmpdir(), "tallystick-bench-"));
  symlinkSync("/bin/sh", join(place, COMMAND));
  const burning = spawn(join(place, COMMAND), ["-c", "while :; do :; done"], { stdio: "ignore" });
  try {
    while (ticksOf(burning.pid) < BURNT_TICKS) await delay(50);
    burning.kill("SIGSTOP");
    const stands = all.map(({ registry }) => rounds(registry));
    while (all.some(({ seen }) => seen < BUDGET_WARM_ROUNDS + BUDGET_ROUNDS)) {
      for (const each of all) {
        const ended = rounds(each.registry);
        if (ended === each.seen) continue;
        each.seen = ended;
        const isCounted = ended > BUDGET_WARM_ROUNDS && each.periods.length < BUDGET_ROUNDS;
        if (isCounted) each.periods.push(sample(each.registry, "tallystick_probe_period_seconds"));
      }
      await delay(20);
    }
    // One that used no CPU for a while is read in each twentieth round.
    for (const [i, { registry }] of all.entries()) {
      while (rounds(registry) < stands[i] + 2) await delay(50);
    }
    const ticks = ticksOf(burning.pid) / 100;
    for (const { budgetPercent, registry, probed, periods } of all) {
      context.row("period-by-budget", `${OURS}, ${budgetPercent} % of a core`, "s", periods);
      context.row("cpu-counted-by-budget", `${OURS}, ${budgetPercent} % of a core`, "s", [counted(registry)]);
      check(Math.abs(counted(registry) - ticks) < 1e-9, true, `CPU at ${budgetPercent} %, ${counted(registry)} of ${ticks} s,`);
      await probed.close();
      registry.close();
    }
    context.row("cpu-counted-by-budget", "the kernel", "s", [ticks]);
  } finally {
    burning.kill("SIGKILL");
    rmSync(place, { recursive: true });
  }
}

/** A scrape while a round is under way, which it nearly always is, and one of a page of the same size that nobody writes to. */
async function scrapes(context, { Registry, probe }) {
  context.progress("scrapes");
  const [busy, idle] = [new Registry(), new Registry()];
  const probes = [probe({ registry: busy, periodSeconds: 0.1, budgetPercent: 100 }), probe({ registry: idle, periodSeconds: 3600 })];
  while (rounds(busy) < 20 || rounds(idle) < 1) await delay(50);
  const times = new Map([
    [busy, []],
    [idle, []],
  ]);
  const ended = rounds(busy);
  let turn = 0;
  for (const end = performance.now() + (context.quick ? 1 : SCRAPE_SECONDS) * 1000; performance.now() < end; await delay(2)) {
    // Each comes first as often as the other, behind a moment in which this thread may have lost the processor.
    turn++;
    for (const [registry, into] of turn % 2 === 0 ? times : [...times].reverse()) {
      const from = performance.now();
      registry.exposeSync();
      into.push(performance.now() - from);
    }
  }
  check(rounds(busy) > ended + 1, true, "that rounds were under way");
  for (const [what, fold] of [
    ["p99", p99],
    ["max", (values) => Math.max(...values)],
  ]) {
    context.row(`scrape-${what}`, `${OURS}, rounds under way`, "ms", [fold(times.get(busy))]);
    context.row(`scrape-${what}`, `${OURS}, none`, "ms", [fold(times.get(idle))]);
  }
  for (const probed of probes) await probed.close();
  for (const registry of times.keys()) registry.close();
}

/** Bytes that one round leaves on the heap of its thread, counted by V8 between two collections. */
async function garbage(context) {
  const workerData = { warm: 0, rounds: WARM_ROUNDS + ROUNDS };
  // So much room for what is young that nothing is collected meanwhile.
  const resourceLimits = { maxYoungGenerationSizeMb: 256 };
  const worker = new Worker(new URL("./probe-rounds.mjs", import.meta.url), { workerData, resourceLimits });
  const kilobytes = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  check(kilobytes.length, workerData.rounds, "the number of rounds");
  // Where something was collected in it all the same it is less than nothing.
  const left = (from, to) => kilobytes.slice(from, to).filter((each) => each > 0);
  context.row("garbage-per-round", OURS, "kB", left(WARM_ROUNDS));
  context.row("garbage-per-round", `${OURS}, the first ${FIRST_ROUNDS}, not compiled`, "kB", left(0, FIRST_ROUNDS));
  // The same of the plain walk, in this thread.
  for (const [way, descriptorsOf] of WAYS) {
    for (let i = 0; i < 10; i++) plainWalk(descriptorsOf);
    const plain = [];
    for (let i = 0; i < 9; i++) {
      globalThis.gc();
      const before = process.memoryUsage().heapUsed;
      plainWalk(descriptorsOf);
      plain.push((process.memoryUsage().heapUsed - before) / 1000);
    }
    context.row("garbage-per-round", `plain walk, ${way}`, "kB", plain);
  }
}

/** The delay of a working event loop, in turns without and with a probe beside it. */
async function delays(context, { Registry, probe }) {
  const work = setInterval(() => {
    for (const end = performance.now() + WORK_MS; performance.now() < end;);
  }, WORK_EVERY_MS);
  const [without, beside] = [[], []];
  const plain = new Map([...WAYS.keys()].map((way) => [way, []]));
  const measured = async (into) => {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    await delay(context.quick ? 1_000 : DELAY_SECONDS * 1000);
    histogram.disable();
    into.push(histogram.percentile(99) / MEGABYTE);
  };
  for (let i = 0; i < (context.quick ? 2 : DELAY_WINDOWS); i++) {
    context.progress(`event loop window ${i + 1}`);
    await measured(without);
    const registry = new Registry();
    // More than it has by itself: its first rounds would be paid off by a wait that has none in it.
    const probed = probe({ registry, budgetPercent: DELAY_BUDGET });
    while (rounds(registry) < 2) await delay(100);
    await measured(beside);
    await probed.close();
    registry.close();
    for (const [way, descriptorsOf] of WAYS) {
      const walking = setInterval(plainWalk, 1000, descriptorsOf);
      await measured(plain.get(way));
      clearInterval(walking);
    }
  }
  clearInterval(work);
  context.row("event-loop-delay-p99", `${OURS}, a round a second in its thread`, "ms", beside);
  context.row("event-loop-delay-p99", "no probe", "ms", without);
  for (const [way, values] of plain) context.row("event-loop-delay-p99", `plain walk in this thread, ${way}`, "ms", values);
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
    await budgets(context, { Registry, probe });
    await scrapes(context, { Registry, probe });
    await garbage(context);
    await delays(context, { Registry, probe });
  } finally {
    end();
  }
}
