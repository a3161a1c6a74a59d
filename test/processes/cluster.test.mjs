// Collecting over real channels: node:cluster and child_process.fork, with fakes for what images hold.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import "./cluster-built.mjs";
import { FakeReader } from "./cluster-fakes.mjs";

const { ClusterCollector, clusterRuntime, KEY } = await import(process.env.CLUSTER_BUILT);
const CHILD = fileURLToPath(new URL("cluster-child.mjs", import.meta.url));
const { host } = clusterRuntime();
/** One scrape waits 45 ms, and a timer may be late: the quickest of some is not, on a busy machine, and none waits as long as a worker is blocked. */
const SCRAPE_MS = 60;
const BLOCKED_MS = 2000;

/** `npm run faults` has more: workers that come and go, and those that are killed. */
const [WORKERS, KILLS] = process.env.TALLYSTICK_LONG === undefined ? [60, 6] : [200, 20];

const folder = mkdtempSync(join(tmpdir(), "tallystick-cluster-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function collecting(t, options) {
  const reader = new FakeReader();
  const collector = new ClusterCollector(reader, host, options);
  t.after(() => collector.close());
  const counted = () => reader.page.get("counted") ?? 0;
  /** When all are in time: a machine that is busy may need more than a scrape has. */
  const shown = async () => {
    let late;
    do {
      late = collector.statistics.lateTotal;
      await collector.scrape();
    } while (collector.statistics.lateTotal !== late);
    return counted();
  };
  return { reader, collector, shown, counted };
}

/** The program's own messages; ours go by. */
function said(child, wanted) {
  return new Promise((resolve, reject) => {
    const hear = (message) => {
      if (message[wanted] === undefined) return;
      child.off("message", hear);
      child.off("exit", ended);
      resolve(message[wanted]);
    };
    const ended = (code, signal) => reject(new Error(`It ended with ${code ?? signal} before it said ${wanted}`));
    child.on("message", hear);
    child.on("exit", ended);
  });
}

async function told(child, wanted, message) {
  const answer = said(child, wanted);
  child.send(message);
  return answer;
}

async function child(t, { mode = "", ...options } = {}) {
  const started = fork(CHILD, { env: { ...process.env, CLUSTER_MODE: mode, CLUSTER_FOLDER: folder }, ...options });
  t.after(() => started.kill("SIGKILL"));
  return started;
}

async function ready(t, options) {
  const started = await child(t, options);
  await said(started, "ready");
  return started;
}

function workers(t, { serialization = "json" } = {}) {
  cluster.setupPrimary({ exec: CHILD, serialization });
  t.after(async () => {
    const left = Object.values(cluster.workers);
    for (const worker of left) worker.process.kill("SIGKILL");
    await Promise.all(left.map((worker) => worker.isDead() || once(worker, "exit")));
    await sleep(20);
  });
  return (mode = "") => cluster.fork({ CLUSTER_MODE: mode, CLUSTER_FOLDER: folder });
}

const counted = (pid) => Number(readFileSync(join(folder, String(pid)), "utf8"));

for (const serialization of ["json", "advanced"]) {
  test(`ClusterCollector: adds up the workers of a cluster whose channels are ${serialization}`, async (t) => {
    const start = workers(t, { serialization });
    const { collector, shown } = collecting(t);
    const before = start();
    collector.watch(cluster);
    const all = [before, start(), start(), start()];
    await Promise.all(all.map((worker) => said(worker.process, "ready")));
    for (const [index, worker] of all.entries()) await told(worker.process, "counted", { inc: 10 ** index });
    assert.equal(await shown(), 1111);
    assert.equal(collector.statistics.workers, 4);
    assert.equal(collector.statistics.late, 0);
    assert.equal(collector.statistics.refused, 0);
    await told(all[0].process, "counted", { inc: 8 });
    const { bytes } = collector.statistics;
    assert.equal(await shown(), 1119);
    assert.ok(collector.statistics.bytes > bytes, "What changed was sent");
    const more = collector.statistics.frames;
    assert.equal(await shown(), 1119);
    assert.equal(collector.statistics.frames, more, "Nothing is sent where nothing changed");
  });

  test(`ClusterCollector: asks forked children over a channel that is ${serialization}`, async (t) => {
    const { collector, shown } = collecting(t);
    const one = await ready(t, { serialization });
    await told(one, "counted", { inc: 5 });
    collector.add(one);
    assert.equal(await shown(), 5, "What was counted before anybody collected");
    await told(one, "counted", { inc: 1 });
    assert.equal(await shown(), 6);
    const two = await child(t, { serialization });
    collector.add(two);
    await said(two, "ready");
    await told(two, "counted", { inc: 100 });
    assert.equal(await shown(), 106);
  });
}

test("ClusterCollector: a blocked worker delays no scrape beyond its time, is counted, and its last image is shown", async (t) => {
  const start = workers(t);
  const { collector, shown, counted } = collecting(t);
  collector.watch(cluster);
  const [busy, free] = [start(), start()];
  await Promise.all([busy, free].map((worker) => said(worker.process, "ready")));
  await told(busy.process, "counted", { inc: 3 });
  await told(free.process, "counted", { inc: 40 });
  assert.equal(await shown(), 43);
  await told(busy.process, "blocked", { block: BLOCKED_MS });
  await sleep(30);
  const times = [];
  for (let i = 0; i < 6; i++) {
    await told(free.process, "counted", { inc: 100 });
    const from = performance.now();
    await collector.scrape();
    times.push(performance.now() - from);
    assert.equal(counted(), 43 + (i + 1) * 100);
    assert.equal(collector.statistics.late, 1);
    await sleep(150);
  }
  const taken = `Scrapes took ${times.map((time) => time.toFixed(1)).join(", ")} ms`;
  assert.ok(Math.max(...times) < BLOCKED_MS / 4, taken);
  assert.ok(Math.min(...times.slice(0, 3)) < SCRAPE_MS, taken);
  assert.ok(Math.min(...times.slice(3)) < 30, `After three it is not waited for. ${taken}`);
  assert.equal(collector.statistics.lateTotal, 6);
  assert.ok(collector.statistics.oldestSeconds > 0.5, "Its age is told");
  while (collector.statistics.late > 0) {
    await sleep(100);
    await collector.scrape();
  }
  await told(busy.process, "counted", { inc: 1 });
  assert.equal(await shown(), 644);
  assert.ok(collector.statistics.oldestSeconds < 0.5);
});

test("ClusterCollector: a worker without the library is no error and waited for no more than three times", async (t) => {
  const { collector } = collecting(t);
  const foreign = await ready(t, { mode: "without" });
  collector.add(foreign);
  const times = [];
  for (let i = 0; i < 6; i++) {
    const from = performance.now();
    await collector.scrape();
    times.push(performance.now() - from);
  }
  const taken = `Scrapes took ${times.map((time) => time.toFixed(1)).join(", ")} ms`;
  assert.ok(Math.min(...times.slice(0, 3)) < SCRAPE_MS, taken);
  assert.ok(Math.min(...times.slice(3)) < 20, `The fourth scrape waits for nobody, nor those behind it. ${taken}`);
  assert.deepEqual(
    { ...collector.statistics, oldestSeconds: 0 },
    { workers: 0, late: 0, lateTotal: 0, oldestSeconds: 0, frames: 0, bytes: 0, refused: 0 },
  );
  foreign.send({ quit: true });
  await once(foreign, "exit");
});

test("ClusterCollector: a young worker without the library is never waited for", async (t) => {
  const start = workers(t);
  const { collector } = collecting(t);
  collector.watch(cluster);
  const heard = [];
  const foreign = start("without");
  foreign.on("message", (message) => heard.push(message));
  await said(foreign.process, "ready");
  const times = [];
  for (let i = 0; i < 3; i++) {
    const from = performance.now();
    await collector.scrape();
    times.push(performance.now() - from);
  }
  assert.ok(Math.min(...times) < 20, `Scrapes took ${times.map((time) => time.toFixed(1)).join(", ")} ms`);
  assert.deepEqual(heard, [{ ready: true }]);
});

test("ClusterCollector: scrapes at once share one round", async (t) => {
  const { collector, shown } = collecting(t);
  const one = await ready(t);
  collector.add(one);
  await told(one, "counted", { inc: 1 });
  await shown();
  let wishes = 0;
  const { send } = one;
  one.send = (...values) => {
    wishes++;
    return send.apply(one, values);
  };
  const rounds = [collector.scrape(), collector.scrape(), collector.scrape()];
  assert.equal(rounds[0], rounds[2]);
  await Promise.all(rounds);
  assert.equal(wishes, 1);
});

test("ClusterCollector: what a worker counted stays when it exits, disconnects, ends by itself or throws", async (t) => {
  const { collector, reader, shown } = collecting(t);
  let total = 0;
  for (const end of [
    { exit: 0 },
    { disconnect: true },
    { close: true, disconnect: true },
    { exit: 3 },
    { throw: true },
    { signal: "SIGTERM" },
    { signal: "SIGINT" },
  ]) {
    const one = await child(t, { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    collector.add(one);
    await said(one, "ready");
    await shown();
    // Not scraped any more: the last word says it.
    one.send({ inc: 7 });
    one.send(end);
    total += 7;
    const [code, signal] = one.exitCode === null ? await once(one, "exit") : [one.exitCode, one.signalCode];
    assert.deepEqual([code, signal], end.signal === undefined ? [end.exit ?? (end.throw ? 1 : 0), null] : [null, end.signal]);
    await sleep(10);
    assert.equal(await shown(), total, JSON.stringify(end));
    assert.equal(reader.processes.size, 0);
    assert.equal(reader.folds, total / 7);
  }
});

test("ClusterCollector: large images come in slices and whole, also from one that exits at once", async (t) => {
  const { collector, reader, shown } = collecting(t);
  const one = await ready(t);
  collector.add(one);
  await told(one, "series", { series: 2000 });
  while (reader.page.size < 2000) await shown();
  assert.equal(reader.page.size, 2000);
  one.send({ inc: 1 });
  one.send({ exit: 0 });
  await once(one, "exit");
  await sleep(10);
  assert.equal(await shown(), 1);
  assert.equal(reader.retired.size, 2001);
});

test("ClusterWorker: cluster.disconnect loses nothing but what is counted after the channel is closed", async (t) => {
  const start = workers(t);
  const { collector, shown } = collecting(t);
  collector.watch(cluster);
  const all = [start("counts"), start("counts")];
  await Promise.all(all.map((worker) => said(worker.process, "ready")));
  await sleep(300);
  const pids = all.map((worker) => worker.process.pid);
  const gone = Promise.all(all.map((worker) => once(worker, "exit")));
  cluster.disconnect();
  await gone;
  await sleep(10);
  const total = pids.reduce((sum, pid) => sum + counted(pid), 0);
  const there = await shown();
  // Timers run on until the process ends, which is when the channel is closed already.
  assert.ok(there <= total && there >= total - 20, `${there} of ${total}`);
});

test("ClusterCollector: SIGKILL at random loses at most what was counted since the last flush, and no total goes back", async (t) => {
  const start = workers(t);
  const { collector, reader, shown } = collecting(t);
  collector.watch(cluster);
  /** When each had said that it counted how much. */
  const known = new Map();
  const begin = () => {
    const worker = start("counts");
    const at = [];
    known.set(worker.process.pid, at);
    worker.on("message", (message) => message.counted !== undefined && at.push([performance.now(), message.counted]));
    return worker;
  };
  const alive = new Set(Array.from({ length: 4 }, begin));
  const dead = [];
  let last = 0;
  let next = performance.now() + 500;
  while (dead.length < KILLS) {
    await sleep(Math.random() * 60);
    const total = await shown();
    assert.ok(total >= last, `The total went back from ${last} to ${total}`);
    last = total;
    if (performance.now() < next) continue;
    next = performance.now() + Math.random() * 900;
    const worker = [...alive][Math.floor(Math.random() * alive.size)];
    worker.process.kill("SIGKILL");
    alive.delete(worker);
    dead.push({ pid: worker.process.pid, time: performance.now() });
    await once(worker, "exit");
    alive.add(begin());
  }
  // A push a second, and time for it to come to its turn: what was said before that must be there.
  const flushed = (pid, time) => known.get(pid).filter(([at]) => at < time - 1300);
  while ([...alive].some(({ process: { pid } }) => flushed(pid, performance.now()).length === 0)) await sleep(100);
  for (const worker of alive) {
    worker.process.kill("SIGKILL");
    dead.push({ pid: worker.process.pid, time: performance.now() });
    await once(worker, "exit");
  }
  await sleep(20);
  const total = await shown();
  assert.ok(total >= last);
  assert.equal(reader.processes.size, 0);
  let [least, most] = [0, 0];
  for (const { pid, time } of dead) {
    least += flushed(pid, time).at(-1)?.[1] ?? 0;
    try {
      most += counted(pid);
    } catch {
      // It was killed before it counted.
    }
  }
  assert.ok(total >= least && total <= most, `${total} is not from ${least} to ${most}`);
  assert.ok(least > 0 && dead.length === KILLS + 4);
});

test(`ClusterCollector: ${WORKERS} workers come and go`, async (t) => {
  const start = workers(t);
  const { collector, reader, shown } = collecting(t);
  collector.watch(cluster);
  let last = 0;
  let done = 0;
  const one = async () => {
    while (done < WORKERS) {
      const number = done++;
      const worker = start();
      await said(worker.process, "ready");
      await told(worker.process, "counted", { inc: 1 });
      const exit = once(worker, "exit");
      if (number % 2 === 0) worker.process.send({ exit: 0 });
      else {
        // The first may take part in a round that began before it counted.
        await shown();
        await shown();
        worker.process.kill("SIGKILL");
      }
      await exit;
      const total = await shown();
      assert.ok(total >= last);
      last = total;
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  await sleep(20);
  assert.equal(await shown(), WORKERS);
  assert.equal(reader.processes.size, 0);
  assert.equal(collector.statistics.workers, 0);
});

test("ClusterWorker: keeps no process alive, and a listener of the program's own does", async (t) => {
  const { collector, shown } = collecting(t);
  const one = await child(t, { mode: "deaf" });
  collector.add(one);
  const [code] = await once(one, "exit");
  assert.equal(code, 0);
  await sleep(10);
  assert.equal(await shown(), 7, "It was asked before it ended");
  const two = await ready(t);
  collector.add(two);
  assert.equal(await Promise.race([once(two, "exit"), sleep(500, "alive")]), "alive");
});

test("ClusterWorker: what changed before it ends by itself is said", async (t) => {
  const { collector, shown } = collecting(t);
  const one = await child(t, { mode: "deaf,late" });
  collector.add(one);
  await once(one, "exit");
  await sleep(10);
  assert.equal(await shown(), 8);
});

test("ClusterWorker: messages that came before the program listened are its own still", async (t) => {
  const { collector } = collecting(t);
  const one = await child(t, { mode: "listens-late" });
  collector.add(one);
  await said(one, "ready");
  assert.equal(await told(one, "counted", { inc: 2 }), 2);
  assert.equal(await told(one, "counted", { inc: 2 }), 4);
});

test("ClusterCollector: leaves no listener and says goodbye", async (t) => {
  const { collector, reader } = collecting(t);
  const one = await ready(t);
  const events = ["message", "disconnect", "exit", "newListener"];
  const count = () => events.map((event) => one.listenerCount(event));
  const before = count();
  collector.add(one);
  collector.add(one);
  await collector.scrape();
  assert.notDeepEqual(count(), before);
  collector.close();
  assert.deepEqual(count(), before);
  assert.equal(reader.closed, true);
  await told(one, "counted", { inc: 1 });
  const after = [];
  one.on("message", (message) => after.push(message));
  await sleep(1200);
  assert.deepEqual(
    after.filter((message) => KEY in message),
    [],
    "It pushes no more",
  );
  await collector.scrape();
});

test("ClusterCollector: refuses what is no child", (t) => {
  const { collector } = collecting(t);
  for (const value of [{}, { process: {} }, { on() {} }]) {
    assert.throws(() => collector.add(value), /^TypeError: Cannot collect from .*: it must be what child_process\.fork returns/);
  }
});
