// What prom-client takes and tallystick has otherwise: options at their limits, values in other shapes, default labels that meet a metric's.

import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { registry as defaultStore } from "tallystick";
import client from "tallystick/prom-client";
import { warned } from "./warned.mjs";

const { collectDefaultMetrics, Counter, Gauge, Histogram, register, Registry, Summary } = client;
const values = async (metric) => (await metric.get()).values.map(({ value }) => value);

test("a summary takes windows that are shorter, longer or more than there are, as near as there is", async () => {
  for (const [asked, had] of [
    [{ maxAgeSeconds: 1 }, [1, 1]],
    [{ maxAgeSeconds: 2.5, ageBuckets: 4 }, [2.5, 2]],
    [{ maxAgeSeconds: 0.25, ageBuckets: 5 }, [1, 1]],
    [{ maxAgeSeconds: 1000, ageBuckets: 100 }, [1000, 60]],
    [{ maxAgeSeconds: 86400 * 90, ageBuckets: 3 }, [86400 * 60, 3]],
    [{ maxAgeSeconds: Infinity }, [86400 * 60, 5]],
    [{ ageBuckets: 7 }, [86400 * 60, 7]],
    [{ maxAgeSeconds: "60", ageBuckets: "6" }, [60, 6]],
    [{ maxAgeSeconds: 600, ageBuckets: 5 }, [600, 5]],
  ]) {
    new Summary({ name: "windows", help: "W.", ...asked }).observe(1);
    const { maxAgeSeconds, ageBuckets } = defaultStore.definitions().find(({ name }) => name === "windows");
    deepEqual([maxAgeSeconds, ageBuckets], had, JSON.stringify(asked));
    register.clear();
  }
  throws(() => new Summary({ name: "windows", help: "W.", maxAgeSeconds: -5, ageBuckets: 5, registers: [] }), RangeError);
  throws(() => new Summary({ name: "windows", help: "W.", maxAgeSeconds: 60, ageBuckets: 2.5, registers: [] }), RangeError);
});

test("buckets may be text, as out of a setting", async () => {
  const seconds = new Histogram({ name: "seconds", help: "S.", buckets: "0.5,1, 2.5".split(","), registers: [] });
  deepEqual(seconds.buckets, [0.5, 1, 2.5]);
  for (const wrong of ["", "fast"])
    throws(() => new Histogram({ name: "seconds", help: "S.", buckets: [wrong], registers: [] }), /Value is not a valid number/);
});

test("observe() with no labels in the first place takes the value in the second", async () => {
  const seconds = new Histogram({ name: "seconds", help: "S.", buckets: [1], registers: [] });
  const size = new Summary({ name: "size", help: "S.", percentiles: [], registers: [] });
  for (const metric of [seconds, size]) {
    metric.observe(undefined, 5);
    metric.observe(null, 6);
    throws(() => metric.observe(undefined), /Value is not a valid number: undefined/);
  }
  deepEqual((await values(seconds)).slice(-2), [11, 2]);
  deepEqual(await values(size), [11, 2]);
});

test("amounts are checked on every way: with labels that are known already, without, and of a child", async () => {
  const jobs = new Counter({ name: "jobs", help: "J.", labelNames: ["queue"], registers: [] });
  const all = new Counter({ name: "all", help: "A.", registers: [] });
  const ways = [(value) => jobs.inc({ queue: "mail" }, value), (value) => jobs.labels("mail").inc(value), (value) => all.inc(value)];
  for (const inc of ways) {
    inc(2);
    throws(() => inc(-1), /It is not possible to decrease a counter/);
    throws(() => inc(Infinity), /Value is not a valid number: Infinity/);
    throws(() => inc("3"), /Value is not a valid number: 3/);
    inc(NaN);
    inc(null);
    inc();
    inc(0);
  }
  deepEqual(await values(jobs), [8]);
  deepEqual(await values(all), [4]);
  all.reset();
  all.inc();
  all.remove();
  all.inc(5);
  deepEqual(await values(all), [5], "what is kept of the series without labels follows it");
});

test("labels that an object has from its class's Object are none, and unknown ones are refused where the rest is known", async () => {
  const jobs = new Counter({ name: "jobs", help: "J.", labelNames: ["constructor", "a"], registers: [] });
  jobs.inc({ a: "1" });
  jobs.inc({ a: "1", constructor: "x" });
  deepEqual(
    (await jobs.get()).values.map(({ labels }) => labels),
    [{ a: "1" }, { constructor: "x", a: "1" }],
  );
  for (let i = 0; i < 2; i++) throws(() => jobs.inc({ a: "1", constructor: "x", typo: 1 }), /Added label "typo"/);
});

test("label sets that lack some are as many as there are, and values that are no text are found again", async () => {
  const jobs = new Counter({ name: "jobs", help: "J.", labelNames: ["a", "b"], registers: [] });
  for (let round = 0; round < 2; round++) for (let i = 0; i < 5000; i++) jobs.inc({ a: i });
  for (let i = 0; i < 3; i++) jobs.inc({ a: undefined, b: null });
  const told = await values(jobs);
  equal(told.length, 5001);
  ok(told.slice(0, 5000).every((value) => value === 2));
  equal(told[5000], 3);
});

test("zero() sets a label set back that was observed, and refuses a label that there is not", async () => {
  const seconds = new Histogram({ name: "seconds", help: "S.", labelNames: ["code"], buckets: [1], registers: [] });
  seconds.observe({ code: 200 }, 0.5);
  seconds.zero({ code: 200 });
  deepEqual(await values(seconds), [0, 0, 0, 0]);
  throws(() => seconds.zero({ path: "/" }), /Added label "path"/);
});

test("default labels may have names that default metrics have as labels: those print their own", async (t) => {
  t.after(() => register.clear());
  const told = await warned(async () => {
    register.setDefaultLabels({ app: "shop", version: "1.2.3" });
    collectDefaultMetrics();
    const page = await register.metrics();
    match(page, /^nodejs_version_info\{version="v\d+\.[^}]*,app="shop"\} 1$/m);
    match(page, /^process_start_time_seconds\{app="shop",version="1\.2\.3"\} \d/m);
  });
  ok(
    told.some((words) => words.includes('default label "version" is printed by its registry alone')),
    told.join("\n"),
  );
  ok(!told.some((words) => words.includes('"app"')));
  // The other one is told to whoever shows the metrics else.
  match(new TextDecoder().decode(defaultStore.exposeSync().body), /^process_start_time_seconds\{[^}]*app="shop"\} /m);
  register.clear();
  ok(!new TextDecoder().decode(defaultStore.exposeSync().body).includes('app="shop"'), "clear() takes them from there, too");
});

test("a metric that has a default label's name as its label leaves the others to the store", async (t) => {
  t.after(() => register.clear());
  await warned(async () => {
    register.setDefaultLabels({ app: "shop", queue: "none" });
    new Counter({ name: "queued_jobs", help: "J.", labelNames: ["queue"] }).inc({ queue: "mail" });
    new Gauge({ name: "queued_depth", help: "D." }).set(1);
  });
  match(await register.metrics(), /^queued_jobs\{queue="mail",app="shop"\} 1\n[^]*^queued_depth\{app="shop",queue="none"\} 1$/m);
  const body = new TextDecoder().decode(defaultStore.exposeSync().body);
  match(body, /^queued_jobs_total\{[^}]*app="shop"[^}]*\} 1$/m);
  match(body, /^queued_depth\{app="shop"\} 1$/m);
});

test("setRegistries() takes a registry's default metrics and default labels along", async (t) => {
  const own = new Registry();
  t.after(() => {
    own.clear();
    register.clear();
  });
  await warned(async () => {
    own.setDefaultLabels({ zone: "north", version: "1.2.3" });
    collectDefaultMetrics({ register: own, prefix: "own_" });
    client.WorkerRegistry.setRegistries(own);
  });
  match(await new client.WorkerRegistry().workerMetrics(), /^own_process_start_time_seconds(\{[^}]*\})? \d/m);
  match(new TextDecoder().decode(defaultStore.exposeSync().body), /^own_process_start_time_seconds\{[^}]*zone="north"[^}]*\} \d/m);
});

test("a default label named le or quantile stands in no line twice", async () => {
  const own = new Registry();
  const registers = [own];
  await warned(async () => {
    own.setDefaultLabels({ le: "a", quantile: "q" });
    new Histogram({ name: "seconds", help: "S.", buckets: [1], registers }).observe(1);
    new Summary({ name: "size", help: "S.", percentiles: [0.5], registers });
  });
  const page = await own.metrics();
  match(page, /^seconds_bucket\{le="1",quantile="q"\} 1$/m);
  match(page, /^seconds_count\{le="a",quantile="q"\} 1$/m);
  match(page, /^size\{quantile="0\.5",le="a"\} 0$/m);
  match(page, /^size_count\{le="a",quantile="q"\} 0$/m);
});

test("in JSON a value's own label goes before a default one", async () => {
  const own = new Registry();
  own.setDefaultLabels({ env: "default", app: "shop" });
  new Counter({ name: "jobs", help: "J.", labelNames: ["env"], registers: [own] }).inc({ env: "own" });
  const [{ values: told }] = await own.getMetricsAsJSON();
  deepEqual(told[0].labels, { env: "own", app: "shop" });
});

test("a metric that leaves its registry and comes back takes its collect and its exemplars along", async () => {
  const own = new Registry(client.openMetricsContentType);
  let collected = 0;
  const registers = [own];
  const depth = new Gauge({ name: "depth", help: "D.", registers, collect: () => depth.set(++collected) });
  const jobs = new Counter({ name: "jobs", help: "J.", registers, enableExemplars: true });
  const seconds = new Histogram({ name: "seconds", help: "S.", buckets: [1], registers, enableExemplars: true });
  jobs.inc({ value: 2, exemplarLabels: { trace: "a" } });
  jobs.inc({ value: 3, exemplarLabels: { trace: "b" } });
  seconds.observe({ value: 0.5, exemplarLabels: { trace: "c" } });
  const before = await own.metrics();
  match(before, /^jobs_total 5 # \{trace="b"\} 3 \d/m, "the exemplar is of what was added");
  for (const name of ["depth", "jobs", "seconds"]) own.removeSingleMetric(name);
  equal(await own.metrics(), "# EOF\n");
  equal((await values(depth))[0], 2);
  for (const metric of [depth, jobs, seconds]) own.registerMetric(metric);
  const after = await own.metrics();
  match(after, /^depth 3$/m);
  equal(after.replace(/^depth .*$/m, ""), before.replace(/^depth .*$/m, ""));
});

test("of several processes' exemplars the newest is told", () => {
  const told = (timestamp) => [
    { name: "jobs", help: "J.", type: "counter", values: [{ value: 1, labels: {}, exemplar: { labelSet: {}, value: 1, timestamp } }] },
  ];
  const newest = (times) => Registry.aggregate(times.map(told)).getSingleMetric("jobs").get().values[0].exemplar.timestamp;
  deepEqual([newest([1, 3, 2]), newest([3, 1]), newest([1, 2])], [3, 3, 2]);
});

test("without percentiles pruneAgedBuckets has nothing to see that a value is old by, and takes nothing away", async () => {
  const size = new Summary({ name: "size", help: "S.", percentiles: [], pruneAgedBuckets: true, registers: [] });
  size.observe(3);
  deepEqual(await values(size), [3, 1]);
});

test("a collect that takes longer than a scrape's usual patience is waited for", async () => {
  const own = new Registry();
  const depth = new Gauge({
    name: "depth",
    help: "D.",
    registers: [own],
    async collect() {
      await new Promise((resolve) => setTimeout(resolve, 200));
      depth.set(5);
    },
  });
  match(await own.metrics(), /^depth 5$/m);
});

test("the event loop turns while a long page is written", async () => {
  const own = new Registry();
  const jobs = new Counter({ name: "jobs", help: "J.", labelNames: ["i"], registers: [own] });
  for (let i = 0; i < 3000; i++) jobs.inc({ i });
  let turns = 0;
  const turning = setInterval(() => turns++, 0);
  const counting = () => {
    turns++;
    if (isRunning) setImmediate(counting);
  };
  let isRunning = true;
  await own.metrics();
  turns = 0;
  setImmediate(counting);
  await own.metrics();
  isRunning = false;
  clearInterval(turning);
  ok(turns >= 5, `${turns} turns`);
});
