// Threads share one memory: each counts with prom-client's API, and the page has them all, whatever becomes of them.

import { equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import client from "tallystick/prom-client";

const { Counter, Gauge, Summary, WorkerRegistry } = client;

function thread(workerData = {}) {
  return new Worker(new URL("fixtures/counting-thread.mjs", import.meta.url), { workerData });
}

async function counted(worker) {
  await once(worker, "message");
  return worker;
}

test("a registry of threads has nothing to say where there are no metrics, and its shutdown waits for nobody", async () => {
  const all = new WorkerRegistry();
  equal(await all.workerMetrics(), "");
  equal(await all.shutdown(), undefined);
  equal(all.primary, true);
});

test("1, 2, 3, 6, 16: dead and blocked threads delay no page, the collecting thread counts, quantiles and process metrics are right", async (t) => {
  const jobs = new Counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] });
  jobs.inc({ queue: "mail" }, 10);
  const size = new Summary({ name: "size", help: "Sizes.", percentiles: [0.5] });
  for (let i = 0; i < 10; i++) size.observe(3);
  new Gauge({ name: "version", help: "The same in all." }).set(3);
  client.collectDefaultMetrics();
  t.after(() => client.register.clear());

  const all = new WorkerRegistry();
  const [killed, blocked, cleared] = await Promise.all([thread(), thread({ blocks: true }), thread({ clears: true })].map(counted));
  t.after(() => Promise.all([killed, blocked, cleared].map((worker) => worker.terminate())));
  equal(WorkerRegistry.workerCount(), 3);
  // 1: a thread that ends without a word.
  await killed.terminate();
  const from = performance.now();
  const page = await all.workerMetrics();
  ok(performance.now() - from < 4000, "2: nobody waits for the thread that is blocked as long as 5 s");
  match(page, /^jobs\{queue="mail"\} 40$/m, "3: 10 of this thread, 10 of each other");
  match(page, /^threads_only 3$/m, "a counter that only threads declare has the name that they gave it");
  match(page, /^version 3$/m, "6: a gauge is one value");
  const [, p50] = /^size\{quantile="0\.5"\} (.*)$/m.exec(page);
  ok(Math.abs(p50 - 3) < 0.05, `6: ${p50}`);
  match(page, /^size_count 40$/m);
  match(page, /^seconds_bucket\{le="1"\} 3$/m);
  match(page, /^own_jobs 12$/m, "setRegistries takes another registry's metrics along");
  equal(page.match(/^process_resident_memory_bytes /gm).length, 1, "16: once for the process");
  const rss = Number(/^process_resident_memory_bytes (.*)$/m.exec(page)[1]);
  ok(rss < process.memoryUsage.rss() * 2, "16: not summed over threads");
});

test("in OpenMetrics the page of threads has each counter's _total once", async (t) => {
  t.after(() => client.register.clear());
  new Counter({ name: "steps_total", help: "Steps." }).inc(2);
  new Counter({ name: "walks", help: "Walks." }).inc(3);
  const page = await new WorkerRegistry(client.openMetricsContentType).workerMetrics();
  match(page, /^steps_total 2$/m);
  match(page, /^walks_total 3$/m);
  ok(!page.includes("_total_total") && page.endsWith("# EOF\n"));
});
