// Metrics that another thread made, found by their names: `getSingleMetric(name) || new Counter(...)` is how programs share them.

import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { registry as defaultStore } from "tallystick";
import client from "tallystick/prom-client";

const { Counter, Gauge, Histogram, register, Registry, Summary } = client;

test("getSingleMetric() gives a thread what another one made, and it counts in both", async (t) => {
  t.after(() => {
    register.clear();
    defaultStore.clear();
  });
  new Counter({ name: "found_jobs", help: "Jobs.", labelNames: ["queue"] }).inc({ queue: "mail" });
  new Gauge({ name: "found_depth", help: "Depth." });
  new Histogram({ name: "found_seconds", help: "Seconds.", buckets: [1] });
  new Summary({ name: "found_size", help: "Size.", percentiles: [0.9, 0.5], maxAgeSeconds: 60, ageBuckets: 3 });
  defaultStore.counter({ name: "found_native" });
  const worker = new Worker(new URL("fixtures/finding-thread.mjs", import.meta.url));
  const [{ same, isCounter }] = await once(worker, "message");
  await once(worker, "exit");
  deepEqual({ same, isCounter }, { same: true, isCounter: true });
  const page = await register.metrics();
  match(page, /^found_jobs\{queue="mail"\} 14$/m);
  match(page, /^found_depth 7$/m);
  match(page, /^found_seconds_count 1$/m);
  match(page, /^found_size_count 1$/m);
  match(page, /^found_native_total 4$/m);
  const late = register.getSingleMetric("found_late");
  equal(late.inc, undefined, "what prom-client has no verbs for can be read");
  deepEqual((await late.get()).values, [{ value: 1, labels: {} }]);
});

test("a metric that was found is another one when its family is", async (t) => {
  t.after(() => defaultStore.clear());
  defaultStore.counter({ name: "again" }).inc(2);
  const first = register.getSingleMetric("again_total");
  first.inc();
  defaultStore.remove("again");
  defaultStore.counter({ name: "again", labelNames: ["a"] });
  const second = register.getSingleMetric("again_total");
  ok(second !== first);
  second.inc({ a: "x" }, 3);
  match(await register.metrics(), /^again_total\{a="x"\} 3$/m);
  ok(!register.getMetricsAsArray().includes(second), "it is listed by nobody");
});

test("before what was found is read, the collectors of its store run", async (t) => {
  const depth = defaultStore.gauge({ name: "found_collected" });
  const end = defaultStore.collect(() => depth.set(5));
  t.after(() => {
    end();
    defaultStore.clear();
  });
  deepEqual((await register.getSingleMetric("found_collected").get()).values, [{ value: 5, labels: {} }]);
});

test("a default metric can be read, not counted, and one that was taken out makes room for the program's own", async (t) => {
  const own = new Registry();
  const { warn } = console;
  const told = [];
  console.warn = (...words) => told.push(words.join(" "));
  t.after(() => {
    console.warn = warn;
    own.clear();
  });
  client.collectDefaultMetrics({ register: own });
  const name = "nodejs_version_info";
  equal(own.getSingleMetric(name).set, undefined);
  throws(() => new Gauge({ name, help: "Own.", registers: [own] }), /has already been registered/);
  own.removeSingleMetric(name);
  new Gauge({ name, help: "Own.", labelNames: ["v"], registers: [own] }).set({ v: 1 }, 7);
  const lines = (await own.metrics()).split("\n").filter((line) => line.includes(name));
  deepEqual(lines, [`# HELP ${name} Own.`, `# TYPE ${name} gauge`, `${name}{v="1"} 7`]);
  match(told.join("\n"), /"nodejs_version_info" is kept apart/);
});
