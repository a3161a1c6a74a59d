// collectDefaultMetrics as it is called: what it refuses and in which words, the second call, its end, and who else is on the page.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { PerformanceObserver } from "node:perf_hooks";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MetricsError, Registry, registry as defaultRegistry } from "tallystick";
import { collectDefaultMetrics } from "tallystick/runtime";
import { inside, partOf, samplesOf } from "./internals.mjs";

const page = async (registry) => samplesOf(new TextDecoder().decode((await registry.expose()).body));
const sync = (registry) => samplesOf(new TextDecoder().decode(registry.exposeSync().body));

/** What collects for as long as the test goes on. */
function collecting(t, options = {}) {
  const registry = options.registry ?? new Registry();
  const collected = collectDefaultMetrics({ registry, ...options });
  t.after(() => collected.close());
  return { registry, collected };
}

for (const [what, options, error, words] of [
  ["no object", 5, TypeError, /collectDefaultMetrics/],
  ["an option that there is not", { registre: {} }, TypeError, /"registre"/],
  ["prom-client's timeout of old", { timeout: 5000 }, TypeError, /"timeout"/],
  ["a registry that is none", { registry: {} }, TypeError, /registry/],
  ["two registries", { registry: new Registry(), register: new Registry() }, TypeError, /^Cannot use two registries for default metrics/],
  ["a prefix that is no text", { prefix: 5 }, TypeError, /prefix/],
  ["a prefix that no name may have", { prefix: "my-app-" }, RangeError, /my-app-/],
  ["labels that are a list", { labels: ["a"] }, TypeError, /labels/],
  ["a label that is an object", { labels: { app: {} } }, TypeError, /"app"/],
  ["a label that no label may be called", { labels: { "a-b": "c" } }, RangeError, /"a-b"/],
  [
    "a label that some metrics have",
    { labels: { space: "x" } },
    MetricsError,
    /^Cannot use "space" as a label of all default metrics: .*thread, kind, space/,
  ],
  ["buckets that are a number", { gcDurationBuckets: 5 }, TypeError, /gcDurationBuckets/],
  ["buckets that do not ascend", { gcDurationBuckets: [2, 1] }, RangeError, /nodejs_gc_duration_seconds/],
  [
    "a precision of nothing",
    { eventLoopMonitoringPrecision: 0 },
    RangeError,
    /^Cannot use 0 as eventLoopMonitoringPrecision of default metrics: .* from 1 to 10000$/,
  ],
  ["a precision that is none", { eventLoopMonitoringPrecision: NaN }, RangeError, /NaN/],
  ["a precision that is a text", { eventLoopMonitoringPrecision: "10" }, TypeError, /eventLoopMonitoringPrecision/],
  ["a thread without a name", { thread: "" }, RangeError, /^Cannot use "" as thread of default metrics/],
  ["a thread of a long name", { thread: "x".repeat(129) }, RangeError, /from 1 to 128 characters$/],
]) {
  test(`collectDefaultMetrics with ${what} is refused, and leaves nothing`, async () => {
    const registry = typeof options === "object" && !("registry" in options) ? new Registry() : undefined;
    assert.throws(
      () => collectDefaultMetrics(registry === undefined ? options : { registry, ...options }),
      (thrown) => thrown instanceof error && words.test(thrown.message),
    );
    if (registry === undefined) return;
    assert.deepEqual(await page(registry), {});
    // And the next one is as the first.
    collectDefaultMetrics({ registry }).close();
  });
}

test("collectDefaultMetrics: null and undefined say nothing", (t) => {
  const { registry } = collecting(t, { registry: new Registry(), prefix: undefined, labels: null, register: null, thread: undefined });
  assert.ok("process_cpu_seconds_total" in sync(registry));
});

test("collectDefaultMetrics: without options it is the default registry's, and so it is with null", (t) => {
  const first = collectDefaultMetrics();
  t.after(() => first.close());
  assert.equal(collectDefaultMetrics(null), first);
  assert.equal(collectDefaultMetrics({ register: defaultRegistry }), first);
  assert.ok("process_cpu_seconds_total" in sync(defaultRegistry));
});

test("collectDefaultMetrics: values are there before the first scrape", (t) => {
  const { registry } = collecting(t);
  assert.ok(sync(registry).nodejs_heap_size_used_bytes > 1e6);
});

test("collectDefaultMetrics: called again it is the same, with the first one's options, and nothing is there twice", async (t) => {
  const { registry, collected } = collecting(t, { prefix: "a_" });
  assert.equal(collectDefaultMetrics({ registry, prefix: "b_" }), collected);
  assert.equal(collectDefaultMetrics({ register: registry }), collected);
  const text = new TextDecoder().decode((await registry.expose()).body);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const names = lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.filter((name) => !name.startsWith("tallystick_")).every((name) => name.startsWith("a_")));
});

test("collectDefaultMetrics: each registry has its own", async (t) => {
  const one = collecting(t);
  const other = collecting(t, { labels: { app: "shop", shard: 5 } });
  one.collected.close();
  assert.deepEqual(await page(one.registry), {});
  const names = Object.keys(await page(other.registry));
  assert.ok(names.length > 40);
  assert.ok(
    names.every((name) => /[{,]app="shop",shard="5"[,}]/.test(name)),
    names.join("\n"),
  );
});

test("close() takes everything from the page, lets the names go, and the next one begins anew", async (t) => {
  const { registry, collected } = collecting(t);
  await page(registry);
  collected.close();
  collected.close();
  assert.deepEqual(registry.describe(), []);
  registry.gauge({ name: "process_open_fds", help: "Mine." }).set(5);
  registry.remove("process_open_fds");
  const again = collectDefaultMetrics({ registry });
  t.after(() => again.close());
  assert.notEqual(again, collected);
  assert.ok("process_cpu_seconds_total" in (await page(registry)));
});

test("close() of a registry that was closed before throws nothing", () => {
  const registry = new Registry();
  const collected = collectDefaultMetrics({ registry });
  registry.close();
  collected.close();
});

test("a registry that is closed without close() is noticed: what measures for it ends", { timeout: 30_000 }, async (t) => {
  const ended = t.mock.method(PerformanceObserver.prototype, "disconnect");
  const registry = new Registry();
  collectDefaultMetrics({ registry });
  registry.close();
  while (ended.mock.callCount() === 0) await sleep(50);
  assert.equal(ended.mock.callCount(), 1);
});

test("collectDefaultMetrics: a name that the program has is a definition-conflict at the call, and leaves nothing", async () => {
  const registry = new Registry();
  registry.gauge({ name: "process_open_fds", help: "Mine." }).set(5);
  assert.throws(
    () => collectDefaultMetrics({ registry }),
    (error) => error.code === "definition-conflict" && /process_open_fds/.test(error.message),
  );
  assert.deepEqual(await page(registry), { process_open_fds: 5 });
  registry.remove("process_open_fds");
  collectDefaultMetrics({ registry }).close();
});

test("registry.clear() takes it from the page until the next scrape; registry.remove() of one metric, too", async (t) => {
  const { registry } = collecting(t);
  registry.clear();
  assert.deepEqual(sync(registry), {});
  assert.ok("nodejs_heap_size_used_bytes" in (await page(registry)));
  assert.equal(registry.remove("nodejs_heap_size_used_bytes"), true);
  assert.ok("nodejs_heap_size_used_bytes" in (await page(registry)));
});

test("counters are the system's own numbers, and never go back", async (t) => {
  const { registry } = collecting(t);
  const first = await page(registry);
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  assert.ok(first.process_cpu_seconds_total <= (userCPUTime + systemCPUTime) / 1e6);
  assert.ok(first.process_cpu_seconds_total > 0.01);
  for (const until = performance.now() + 100; performance.now() < until;);
  const second = await page(registry);
  assert.ok(second.process_cpu_seconds_total > first.process_cpu_seconds_total);
  for (const name of Object.keys(first).filter((each) => each.includes("_total") && !each.startsWith("nodejs_active_")))
    assert.ok(second[name] >= first[name], `${name}: ${first[name]}, then ${second[name]}`);
});

test("two copies of the library in one thread: the process is measured once", async (t) => {
  const cjs = createRequire(import.meta.url)("tallystick/runtime");
  const copies = [cjs.collectDefaultMetrics(), collectDefaultMetrics()];
  t.after(() => copies.forEach((copy) => copy.close()));
  const asked = t.mock.method(process, "resourceUsage");
  const threads = t.mock.method(process, "getActiveResourcesInfo");
  assert.ok("process_cpu_seconds_total" in (await page(defaultRegistry)));
  assert.equal(threads.mock.callCount(), 2);
  assert.equal(asked.mock.callCount(), 1);
});

test("active resources: what is there, and 0 of a type that was", async (t) => {
  const { registry } = collecting(t);
  const timers = [1, 2, 3].map(() => setTimeout(() => {}, 60_000));
  const series = 'nodejs_active_resources{type="Timeout"}';
  const before = (await page(registry))[series];
  assert.ok(before >= 3);
  for (const timer of timers) clearTimeout(timer);
  assert.equal((await page(registry))[series], before - 3);
});

test("active handles: beyond 100 types they are counted together", (t) => {
  const handles = Array.from({ length: 150 }, (_, i) => ({ constructor: { name: `Own${i}` } }));
  t.mock.method(process, "_getActiveHandles", () => [...handles, null, handles[0]]);
  const samples = partOf(inside.active).shown();
  const series = Object.keys(samples).filter((name) => name.startsWith("nodejs_active_handles{"));
  assert.equal(series.length, 101);
  assert.equal(samples['nodejs_active_handles{type="other"}'], 50);
  assert.equal(samples['nodejs_active_handles{type="Own0"}'], 2);
  assert.equal(samples.nodejs_active_handles_total, 152);
});

test("utilization: idle and active time grow with what the loop does", async (t) => {
  const { registry } = collecting(t);
  await sleep(20);
  const time = (samples, state) => samples[`nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="${state}"}`];
  const first = await page(registry);
  await sleep(300);
  const idle = await page(registry);
  assert.ok(time(idle, "idle") - time(first, "idle") > 0.1, JSON.stringify([time(first, "idle"), time(idle, "idle")]));
  for (const until = performance.now() + 300; performance.now() < until;);
  const active = await page(registry);
  assert.ok(time(active, "active") - time(idle, "active") > 0.25);
  assert.ok(active.nodejs_eventloop_utilization_ratio > 0.5 && active.nodejs_eventloop_utilization_ratio <= 1);
});

test("metricsList has prom-client's names, and the CommonJS entry offers the same", () => {
  const cjs = createRequire(import.meta.url)("tallystick/runtime");
  assert.deepEqual(cjs.collectDefaultMetrics.metricsList, collectDefaultMetrics.metricsList);
  const registry = new (createRequire(import.meta.url)("tallystick").Registry)();
  const collected = cjs.collectDefaultMetrics({ registry });
  assert.ok("process_cpu_seconds_total" in sync(registry));
  collected.close();
});
