// Default metrics of several threads: each has its own, the process' are there once, and who has ended is gone from the page.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Registry } from "tallystick";
import { collectDefaultMetrics } from "tallystick/runtime";
import { samplesOf } from "./internals.mjs";

const program = new URL("fixtures/threads.mjs", import.meta.url);
const textOf = async (registry) => new TextDecoder().decode((await registry.expose()).body);
const page = async (registry) => samplesOf(await textOf(registry));
const threadsOf = (samples) => [...new Set(Object.keys(samples).flatMap((name) => /thread="([^"]*)"/.exec(name)?.[1] ?? []))].toSorted();
const HEAP = "nodejs_heap_size_used_bytes";

/** A worker that does as it is told. */
async function working(t, registry, options) {
  const worker = new Worker(program, { workerData: { ticket: registry.ticket(), options } });
  t.after(() => worker.terminate());
  await once(worker, "message");
  const tell = async (word) => {
    worker.postMessage(word);
    await once(worker, "message");
  };
  await tell("collect");
  return { worker, tell, thread: String(worker.threadId) };
}

/** The page as soon as it is so. */
async function pageWhere(registry, holds, what) {
  for (const until = Date.now() + 20_000; ; await sleep(50)) {
    const now = await page(registry);
    if (holds(now)) return now;
    assert.ok(Date.now() < until, `${what}: ${Object.keys(now).join("\n")}`);
  }
}

function collecting(t) {
  const registry = new Registry();
  const collected = collectDefaultMetrics({ registry });
  t.after(() => collected.close());
  return { registry, collected };
}

test(
  "threads: the main thread's series are the same with workers and without, and a worker's have its number",
  { timeout: 60_000 },
  async (t) => {
    const { registry } = collecting(t);
    const alone = Object.keys(await page(registry)).filter((name) => !name.startsWith("nodejs_active_"));
    const workers = [await working(t, registry), await working(t, registry)];
    const together = await page(registry);
    for (const name of alone) assert.ok(name in together, name);
    assert.deepEqual(threadsOf(together), workers.map(({ thread }) => thread).toSorted());
    for (const { thread } of workers) {
      assert.ok(together[`${HEAP}{thread="${thread}"}`] > 1e6);
      assert.ok(`nodejs_heap_space_size_used_bytes{space="old",thread="${thread}"}` in together);
      assert.ok(`nodejs_eventloop_lag_seconds{thread="${thread}"}` in (await page(registry)));
    }
    assert.notEqual(together[`${HEAP}{thread="${workers[0].thread}"}`], together[HEAP]);
  },
);

test("threads: what is of the process is there once, and is not added up", { timeout: 60_000 }, async (t) => {
  const { registry } = collecting(t);
  await working(t, registry);
  await working(t, registry);
  const samples = await page(registry);
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  assert.ok(samples.process_cpu_seconds_total <= (userCPUTime + systemCPUTime) / 1e6);
  assert.ok(samples.process_resident_memory_bytes < 1.5 * process.memoryUsage.rss());
  assert.equal(Object.keys(samples).filter((name) => name.startsWith("process_") && name.includes("thread=")).length, 0);
});

test("threads: a page has each series once", { timeout: 60_000 }, async (t) => {
  const { registry } = collecting(t);
  await working(t, registry);
  const names = (await textOf(registry))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.slice(0, line.lastIndexOf(" ")));
  assert.equal(new Set(names).size, names.length);
});

test("threads: when the one that measures the process ends, another one does, and no counter goes back", { timeout: 60_000 }, async (t) => {
  const registry = new Registry();
  const first = await working(t, registry);
  const second = await working(t, registry);
  const before = await page(registry);
  assert.ok(before.process_cpu_seconds_total > 0);
  assert.equal(Object.keys(before).filter((name) => name.startsWith(`${HEAP}{`)).length, 2);
  await first.worker.terminate();
  const gone = (now) => !(`${HEAP}{thread="${first.thread}"}` in now);
  const after = await pageWhere(registry, (now) => gone(now) && "process_cpu_seconds_total" in now, "the second one measures the process");
  assert.ok(after.process_cpu_seconds_total >= before.process_cpu_seconds_total);
  assert.deepEqual(threadsOf(after), [second.thread]);
});

test("threads: all of a worker that ends is gone from the page", { timeout: 60_000 }, async (t) => {
  const { registry } = collecting(t);
  const { worker, tell } = await working(t, registry);
  assert.equal(threadsOf(await page(registry)).length, 1);
  worker.postMessage("end");
  await once(worker, "exit");
  await pageWhere(registry, (now) => threadsOf(now).length === 0, "the worker's series are gone");
  assert.equal(typeof tell, "function");
});

test(
  "threads: close() takes its own thread's series from the page, and what is of the process stays while another one is there",
  { timeout: 60_000 },
  async (t) => {
    const { registry, collected } = collecting(t);
    const { tell, thread } = await working(t, registry);
    collected.close();
    const after = await pageWhere(registry, (now) => "process_cpu_seconds_total" in now, "the worker measures the process");
    assert.equal(HEAP in after, false);
    assert.deepEqual(threadsOf(after), [thread]);
    await tell("close");
    assert.deepEqual(await page(registry), {});
  },
);

test("threads: a worker may say what it is called", { timeout: 60_000 }, async (t) => {
  const { registry } = collecting(t);
  await working(t, registry, { thread: "images" });
  assert.deepEqual(threadsOf(await page(registry)), ["images"]);
});

test("threads: of one that is blocked there are the last values, and how old they are", { timeout: 60_000 }, async (t) => {
  const { registry } = collecting(t);
  const { worker, thread } = await working(t, registry);
  const series = `${HEAP}{thread="${thread}"}`;
  const before = (await page(registry))[series];
  worker.postMessage(3000);
  await sleep(1000);
  const from = performance.now();
  const text = await textOf(registry);
  assert.ok(performance.now() - from < 2000, "nobody waits for it");
  assert.equal(samplesOf(text)[series], before);
  const ages = [...text.matchAll(/^tallystick_collector_age_seconds\{collector="runtime",writer="\d+"\} (\S+)$/gm)].map(([, age]) =>
    Number(age),
  );
  assert.equal(ages.length, 2);
  assert.ok(Math.max(...ages) > 0.5 && Math.min(...ages) < 0.5, ages.join());
  await once(worker, "message");
});

test(
  "threads: with a default label named thread a worker's series are refused, for a page would have the label twice",
  { timeout: 60_000 },
  async (t) => {
    const registry = new Registry({ labels: { thread: "x" } });
    const collected = collectDefaultMetrics({ registry });
    t.after(() => collected.close());
    const worker = new Worker(program, { workerData: { ticket: registry.ticket() } });
    t.after(() => worker.terminate());
    await once(worker, "message");
    const failed = once(worker, "error");
    worker.postMessage("collect");
    const [error] = await failed;
    assert.equal(error.code, "label-conflict");
    assert.match(error.message, /^Cannot use "thread" as a label of all default metrics/);
    assert.ok(`${HEAP}{thread="x"}` in (await page(registry)));
  },
);

test(
  "threads: those that give one name are told apart, and one that comes takes the place of one that went",
  { timeout: 60_000 },
  async (t) => {
    const { registry } = collecting(t);
    const pool = { thread: "pool" };
    const [first] = [await working(t, registry, pool), await working(t, registry, pool)];
    const other = await working(t, registry, { ...pool, prefix: "own_" });
    const samples = await page(registry);
    assert.deepEqual(threadsOf(samples), ["pool", "pool-2"]);
    for (const name of [`${HEAP}{thread="pool"}`, `${HEAP}{thread="pool-2"}`, `own_${HEAP}{thread="pool"}`])
      assert.ok(samples[name] > 1e6, name);
    await first.worker.terminate();
    await other.tell("close");
    await working(t, registry, pool);
    await pageWhere(registry, (now) => threadsOf(now).join() === "pool,pool-2", "the place of the first");
  },
);

test("threads: a name that is another one's number, and one that closed and begins again", { timeout: 60_000 }, async (t) => {
  const { registry } = collecting(t);
  const one = await working(t, registry);
  const other = await working(t, registry, { thread: one.thread });
  assert.deepEqual(threadsOf(await page(registry)), [one.thread, `${one.thread}-2`]);
  await one.tell("close");
  await one.tell("collect");
  await other.tell("close");
  assert.deepEqual(threadsOf(await page(registry)), [one.thread]);
});
