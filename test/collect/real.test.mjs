// The probe of this host, in its own thread: children with known descriptors and sockets, and the ways that a probe ends.
// Alone: it compares a host with what others say of it a moment later.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Registry } from "tallystick";
import { probe, ProbeError } from "tallystick/probe";
import { samplesOf, statLine } from "./fakes.mjs";
import { outfile } from "./internals.mjs";

const noProc = process.platform !== "linux" && "there is no /proc";
const children = new Set();
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A child that sleeps, with so many descriptors beside the first three. */
function sleeping(extra) {
  const file = openSync("/dev/null", "r");
  const child = spawn("/bin/sleep", ["600"], { stdio: ["ignore", "ignore", "ignore", ...Array.from({ length: extra }, () => file)] });
  children.add(child);
  return child;
}

/** What the children have: those that this process hands on by mistake are among them. */
function opened(...all) {
  return all.reduce((sum, { pid }) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
}

async function ended(child) {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
  children.delete(child);
}

const pageOf = (registry) => samplesOf(new TextDecoder().decode(registry.exposeSync().body));

/** The samples of an age have the number of the thread's slot. */
const ageOf = (page, of) => Object.entries(page).find(([name]) => name.startsWith(`tallystick_probe_age_seconds{of="${of}"`))?.[1];

/** What is told first: nothing of a probe keeps this process until then. */
async function first(told) {
  for (let i = 0; told.length === 0; i++) {
    assert.ok(i < 1000, "nothing was told");
    await delay(20);
  }
  return told[0];
}

/** The page as soon as it is so. */
async function pageWhere(registry, holds, what) {
  const until = Date.now() + 20_000;
  for (;;) {
    const page = pageOf(registry);
    if (holds(page)) return page;
    assert.ok(Date.now() < until, `${what}: ${JSON.stringify(page)}`);
    await delay(20);
  }
}

test("of a tree: children with known descriptors, as they come, go and are killed", { skip: noProc, timeout: 60_000 }, async () => {
  const registry = new Registry();
  const started = [sleeping(10), sleeping(10), sleeping(3)];
  const probed = probe({ registry, tree: process.pid, periodSeconds: 0.1, slowSeconds: 0.2, budgetPercent: 50 });
  const key = 'processes{command="sleep"}';
  const open = 'processes_open_fds{command="sleep"}';
  // While it begins it has more; that the probe is up is the last word of a round.
  const isWhole = (now) => now[key] === 3 && now[open] === opened(...started) && now.tallystick_probe_up === 1;
  let page = await pageWhere(registry, isWhole, "three children");
  assert.ok(page[open] >= 13 + 13 + 6);
  assert.equal(page['processes_threads{command="sleep"}'], 3);
  assert.ok(page['processes_resident_memory_bytes{command="sleep"}'] > 3 * 4096);
  assert.ok(page['processes{command="node"}'] >= 1);
  assert.deepEqual(
    Object.keys(page).filter((name) => name.startsWith("host_")),
    ["host_time_seconds"],
  );
  await ended(started[0]);
  page = await pageWhere(registry, (now) => now[key] === 2, "one was killed");
  assert.equal(page[open], opened(started[1], started[2]));
  const last = sleeping(20);
  await pageWhere(registry, (now) => now[key] === 3 && now[open] === opened(started[1], started[2], last), "one came");
  await probed.close();
  assert.deepEqual(pageOf(registry), {});
  registry.close();
});

test("CPU of a process that ends stays counted, and is what the kernel says", { skip: noProc, timeout: 60_000 }, async () => {
  const registry = new Registry();
  const probed = probe({ registry, tree: process.pid, periodSeconds: 0.1, budgetPercent: 50 });
  await pageWhere(registry, (now) => now.tallystick_probe_rounds_total >= 2, "a round");
  const child = spawn("/bin/sh", ["-c", "while :; do :; done"], { stdio: "ignore" });
  children.add(child);
  const key = 'processes_cpu_seconds_total{command="sh",mode="user"}';
  const { [key]: used } = await pageWhere(registry, (now) => now[key] >= 0.3, "it runs");
  await ended(child);
  await pageWhere(registry, (now) => now['processes{command="sh"}'] === 0, "it has ended");
  const after = pageOf(registry)[key];
  assert.ok(after >= used && after < used + 5, `${used}, then ${after}`);
  const rounds = pageOf(registry).tallystick_probe_rounds_total;
  await pageWhere(registry, (now) => now.tallystick_probe_rounds_total > rounds + 3, "rounds");
  assert.equal(pageOf(registry)[key], after);
  await probed.close();
  registry.close();
});

test("sockets of this namespace by their state", { skip: noProc, timeout: 60_000 }, async () => {
  const registry = new Registry();
  const probed = probe({ registry, by: "total", periodSeconds: 0.1, slowSeconds: 0.1, budgetPercent: 50 });
  const of = (page, state) =>
    Object.entries(page).reduce(
      (sum, [name, value]) => (name.startsWith("processes_sockets") && name.includes(`"${state}"`) ? sum + value : sum),
      0,
    );
  await pageWhere(registry, (now) => now.tallystick_probe_up === 1, "a round");
  const before = of(pageOf(registry), "listen");
  const servers = await Promise.all(
    Array.from({ length: 25 }, async () => {
      const server = createServer();
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  // Other programs of this host listen, too.
  await pageWhere(registry, (now) => of(now, "listen") >= before + 20, "they listen");
  const page = pageOf(registry);
  assert.ok(page.processes > 1);
  assert.ok(page['host_cpu_seconds_total{mode="user"}'] > 0);
  assert.ok(page.host_memory_total_bytes > page.host_memory_available_bytes);
  assert.ok(page.host_open_files > 0);
  for (const server of servers) server.close();
  await pageWhere(registry, (now) => of(now, "listen") <= before + 5, "they do not");
  await probed.close();
  registry.close();
});

test(
  "a probe shows what it costs and how old what it shows is, also while its own thread stands still",
  { skip: noProc, timeout: 60_000 },
  async () => {
    const registry = new Registry();
    const probed = probe({ registry, tree: process.pid, periodSeconds: 3600 });
    const page = await pageWhere(registry, (now) => now.tallystick_probe_up === 1, "a round");
    assert.ok(page.tallystick_probe_cpu_seconds_total > 0);
    assert.equal(page.tallystick_probe_period_seconds, 3600);
    assert.ok(page.tallystick_probe_round_seconds > 0);
    await delay(300);
    const later = pageOf(registry);
    const ages = Object.keys(later).filter((name) => name.startsWith("tallystick_probe_age_seconds"));
    assert.deepEqual(ages.map((name) => /of="(\w+)"/.exec(name)[1]).sort(), ["descriptors", "processes", "sockets"]);
    for (const name of ages) assert.ok(later[name] >= 0.3 && later[name] < 20, `${name} ${later[name]}`);
    await probed.close();
    registry.close();
  },
);

test("a registry has one probe: asked again it is the same, and after its end another one", { skip: noProc }, async () => {
  const registry = new Registry();
  const one = probe({ registry, tree: process.pid });
  assert.equal(probe({ registry }), one);
  await one.close();
  await one.close();
  const other = probe({ registry, tree: process.pid });
  assert.notEqual(other, one);
  await pageWhere(registry, (now) => now.tallystick_probe_up === 1, "a round");
  await other.close();
  registry.close();
});

test("a registry that is closed ends its probe, and nothing is told", { skip: noProc, timeout: 60_000 }, async () => {
  const registry = new Registry();
  const told = [];
  const probed = probe({ registry, tree: process.pid, periodSeconds: 0.1, onError: (error) => told.push(error) });
  await pageWhere(registry, (now) => now.tallystick_probe_up === 1, "a round");
  registry.close();
  await delay(500);
  // The next one has its place in the memory.
  const next = new Registry();
  const other = probe({ registry: next, tree: process.pid });
  await pageWhere(next, (now) => now.tallystick_probe_up === 1, "a round");
  await other.close();
  next.close();
  await probed.close();
  assert.deepEqual(told, []);
});

test(
  "a metric of the program in a name of the probe's ends the probe, told once, and stays",
  { skip: noProc, timeout: 60_000 },
  async () => {
    const registry = new Registry();
    registry.counter({ name: "processes_states", help: "Mine." }).inc(7);
    const told = [];
    const probed = probe({ registry, tree: process.pid, onError: (error) => told.push(error) });
    const error = await first(told);
    assert.ok(error instanceof ProbeError);
    assert.equal(error.code, "refused");
    assert.match(error.message, /processes_states/);
    await probed.close();
    assert.equal(told.length, 1);
    assert.deepEqual(pageOf(registry), { processes_states_total: 7 });
    registry.close();
  },
);

test("where there is no /proc it is told once, and tallystick_probe_up is 0", { timeout: 60_000 }, async () => {
  const registry = new Registry();
  const told = [];
  const proc = fileURLToPath(new URL("nowhere", import.meta.url));
  const probed = probe({ registry, proc, onError: (error) => told.push(error) });
  assert.equal(told.length, 1);
  assert.equal(told[0].code, "absent");
  assert.match(told[0].message, /nowhere/);
  assert.deepEqual(pageOf(registry), { tallystick_probe_up: 0 });
  await probed.close();
  assert.deepEqual(pageOf(registry), {});
  told.length = 0;
  // A directory without processes is seen by the thread.
  const empty = fileURLToPath(new URL(".", import.meta.url));
  const other = probe({ registry, proc: empty, onError: (error) => told.push(error) });
  assert.equal((await first(told)).code, "absent");
  assert.equal(pageOf(registry).tallystick_probe_up, 0);
  await other.close();
  registry.close();
});

test("a /proc that hangs delays no scrape: what is shown gets older", { skip: noProc, timeout: 60_000 }, async () => {
  const proc = mkdtempSync(join(tmpdir(), "tallystick-probe-"));
  const load = join(proc, "loadavg");
  mkdirSync(join(proc, "1"));
  writeFileSync(join(proc, "1/stat"), statLine(1, { comm: "init" }));
  const registry = new Registry();
  const probed = probe({ registry, proc, periodSeconds: 0.1, budgetPercent: 50 });
  await pageWhere(registry, (now) => now.tallystick_probe_rounds_total >= 2, "rounds");
  // Whoever opens it waits for somebody that writes.
  spawnSync("mkfifo", [load]);
  const stands = await pageWhere(registry, (now) => ageOf(now, "processes") > 0.5, "it hangs");
  // A scrape that waits for all that may be waited for comes to its end.
  await registry.expose();
  const page = pageOf(registry);
  assert.equal(page.tallystick_probe_rounds_total, stands.tallystick_probe_rounds_total);
  assert.equal(page['processes{command="init"}'], 1);
  assert.equal(page.tallystick_probe_up, 1);
  const release = openSync(load, "r+");
  unlinkSync(load);
  closeSync(release);
  await pageWhere(registry, (now) => now.tallystick_probe_rounds_total > stands.tallystick_probe_rounds_total + 1, "it goes on");
  await probed.close();
  registry.close();
  rmSync(proc, { recursive: true });
});

test(
  "a thread that dies is told, shows that it is not there, and takes nothing from the counters",
  { skip: noProc, timeout: 60_000 },
  async () => {
    const registry = new Registry();
    const told = [];
    const born = once(process, "worker");
    const probed = probe({ registry, tree: process.pid, periodSeconds: 0.1, budgetPercent: 50, onError: (error) => told.push(error) });
    const [worker] = await born;
    const { tallystick_probe_rounds_total: rounds } = await pageWhere(registry, (now) => now.tallystick_probe_rounds_total >= 3, "rounds");
    await worker.terminate();
    assert.equal((await first(told)).code, "thread");
    const page = pageOf(registry);
    assert.equal(page.tallystick_probe_up, 0);
    assert.ok(page.tallystick_probe_rounds_total >= rounds);
    assert.equal(page['processes{command="node"}'], 0, "gauges go with it");
    await probed.close();
    assert.deepEqual(pageOf(registry), {});
    registry.close();
  },
);

test("of several threads that probe for a registry one does, and when it ends another one", { skip: noProc, timeout: 60_000 }, async () => {
  const registry = new Registry();
  const options = { tree: process.pid, periodSeconds: 0.1, budgetPercent: 50, by: "total" };
  const probed = probe({ registry, ...options });
  const source =
    'const { parentPort, workerData } = require("node:worker_threads");' +
    '(async () => { const { join } = await import("tallystick"); const { probe } = await import("tallystick/probe");' +
    "const probed = probe({ registry: join(workerData.ticket), ...workerData.options });" +
    'parentPort.on("message", async () => { await probed.close(); parentPort.close(); }); parentPort.postMessage("begun"); })();';
  const worker = new Worker(source, { eval: true, workerData: { ticket: registry.ticket(), options } });
  await once(worker, "message");
  const { tallystick_probe_rounds_total: rounds } = await pageWhere(registry, (now) => now.tallystick_probe_rounds_total > 3, "rounds");
  await pageWhere(registry, (now) => now.tallystick_probe_rounds_total > rounds + 5, "rounds");
  assert.equal(pageOf(registry).tallystick_probe_up, 1, "two would be 2");
  await probed.close();
  await pageWhere(registry, (now) => now.tallystick_probe_up === 1, "the other one");
  worker.postMessage("end");
  await once(worker, "exit");
  assert.deepEqual(pageOf(registry), {});
  registry.close();
});

test("the edge's entry loads no module of a runtime, and says that there is nothing to look at", async () => {
  const file = new URL("../../dist/esm/probe-edge.js", import.meta.url);
  assert.doesNotMatch(readFileSync(file, "utf8"), /node:/);
  const edge = await import(file);
  const registry = new Registry();
  const told = [];
  const probed = edge.probe({ registry, onError: (error) => told.push(error.code) });
  assert.equal(edge.probe({ registry }), probed);
  assert.deepEqual(told, ["absent"]);
  assert.deepEqual(pageOf(registry), { tallystick_probe_up: 0 });
  assert.throws(() => edge.probe({ registry, budget: 1 }), TypeError);
  await probed.close();
  await probed.close();
  assert.deepEqual(pageOf(registry), {});
  assert.deepEqual(Object.keys(edge).sort(), Object.keys(await import("tallystick/probe")).sort());
  registry.close();
});

for (const [options, error, message] of [
  [{ budgetPercent: 0 }, RangeError, /Cannot use 0 as budgetPercent of a probe: it must be a number from 0.01 to 100/],
  [{ budgetPercent: NaN }, RangeError, /NaN/],
  [{ periodSeconds: 0.01 }, RangeError, /0.1 to 3600/],
  [{ periodSeconds: 20, slowSeconds: 5 }, RangeError, /slowSeconds of a probe: it must be a number from 20 to 3600/],
  [{ tree: 1.5 }, RangeError, /whole number/],
  [{ tree: 0 }, RangeError, /from 1 to 4194304/],
  [{ maxGroups: 0 }, RangeError, /maxGroups/],
  [{ maxGroups: 10_001 }, RangeError, /10000/],
  [{ by: "name" }, RangeError, /command or pid or total/],
  [{ proc: "" }, TypeError, /directory/],
  [{ proc: 7 }, TypeError, /string/],
  [{ pid: 7 }, TypeError, /"pid".*registry, tree, by, maxGroups/],
  [{ registry: {} }, TypeError, /Registry/],
]) {
  test(`probe refuses ${JSON.stringify(options)}`, () =>
    assert.throws(
      () => probe(options),
      (thrown) => thrown.constructor === error && message.test(thrown.message),
    ));
}

/** A program of its own, over what is built. */
function program(source, options = {}) {
  const { status, stdout, stderr, signal } = spawnSync(process.execPath, ["-e", `(async () => { ${source} })();`], {
    encoding: "utf8",
    timeout: 30_000,
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    ...options,
  });
  assert.equal(status, 0, `${signal} ${stderr}`);
  return stdout;
}

test("a probe does not keep its process alive", { skip: noProc }, () => {
  program('const { probe } = await import("tallystick/probe"); probe({ periodSeconds: 0.1 });');
  program('const { probe } = await import("tallystick/probe"); probe({ periodSeconds: 0.1 }); setTimeout(() => {}, 500);');
});

test("CommonJS has the same probe", { skip: noProc }, () => {
  const source =
    'const { Registry } = require("tallystick"); const { probe } = require("tallystick/probe"); const registry = new Registry();' +
    "const probed = probe({ registry }); const page = () => new TextDecoder().decode(registry.exposeSync().body);" +
    'while (!page().includes("tallystick_probe_up 1")) await new Promise((done) => setTimeout(done, 20));' +
    'await probed.close(); console.log("closed", page().length);';
  assert.equal(program(source), "closed 0\n");
});

test(
  "what another user's processes do not show is counted, and the rest is shown",
  { skip: noProc || (process.getuid() !== 0 && "it takes root to be another user") },
  () => {
    const source =
      `const { Registry, registry, Rounds, settingsOf, Shown } = await import(${JSON.stringify(outfile)});` +
      'const own = new Registry(); const shown = new Shown(own, "pid", () => {});' +
      "const clock = { seconds: () => performance.now() / 1000, epoch: () => Date.now() / 1000, spent: () => 0 };" +
      'let found; const rounds = new Rounds(settingsOf({ by: "pid" }, registry), clock, (now) => { found = now; shown.show(now); });' +
      "while (found === undefined) rounds.step();" +
      "console.log(process.pid + '\\n' + new TextDecoder().decode(own.exposeSync().body));";
    const out = program(source, { uid: 65534, gid: 65534, cwd: "/" });
    const pid = out.slice(0, out.indexOf("\n"));
    const denied = /tallystick_probe_unreadable_processes\{what="io"\} (\d+)/.exec(out);
    assert.ok(Number(denied[1]) > 0, out);
    assert.match(out, new RegExp(`processes_read_bytes_total\\{command="node",pid="${pid}"\\} \\d`));
    assert.match(out, new RegExp(`processes_open_fds\\{command="node",pid="${pid}"\\} [1-9]`));
    assert.doesNotMatch(out, /processes_read_bytes_total\{command="[^"]+",pid="1"\}/);
    assert.match(out, /processes\{command="[^"]+",pid="1"\} 1/);
  },
);
