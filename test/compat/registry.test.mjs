// Registries: what is listed, what leaves, what is shown besides, and what becomes of values on the way.

import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { registry as defaultStore } from "tallystick";
import client from "tallystick/prom-client";

const { collectDefaultMetrics, Counter, Gauge, Histogram, register, Registry, Summary } = client;
const values = async (metric) => (await metric.get()).values.map(({ value }) => value);

test("metrics that are given no registry are in the default registry of tallystick, too", async (t) => {
  t.after(() => register.clear());
  const jobs = new Counter({ name: "shared_jobs", help: "Jobs.", labelNames: ["queue"] });
  jobs.inc({ queue: "mail" }, 3);
  const [family] = defaultStore.describe().filter(({ name }) => name === "shared_jobs");
  deepEqual(family.series, [{ labels: { queue: "mail" }, value: 3 }]);
  defaultStore.counter({ name: "own_jobs", help: "Own." }).inc(2);
  match(await register.metrics(), /shared_jobs\{queue="mail"\} 3\n\n[^]*^own_jobs_total 2$/m);
  equal(register.getSingleMetric("own_jobs_total").name, "own_jobs_total");
  deepEqual(
    (await register.getMetricsAsJSON()).map(({ name }) => name),
    ["shared_jobs", "own_jobs_total"],
  );
  equal(register.getSingleMetric("own_jobs"), undefined);
  defaultStore.remove("own_jobs");
});

test("clear() frees names and default labels; a metric that is still held keeps its values and counts on", async () => {
  const own = new Registry();
  const registers = [own];
  own.setDefaultLabels({ app: "shop" });
  const jobs = new Counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"], registers });
  const depth = new Gauge({ name: "depth", help: "Depth.", registers });
  const seconds = new Histogram({ name: "seconds", help: "Seconds.", buckets: [1], registers });
  const size = new Summary({ name: "size", help: "Size.", percentiles: [0.5], registers });
  const bound = jobs.labels("mail");
  bound.inc(2);
  depth.set(4);
  seconds.observe(0.5);
  size.observe(3);
  own.clear();
  equal(await own.metrics(), "\n");
  bound.inc();
  jobs.inc({ queue: "mail" });
  depth.inc();
  seconds.observe(2);
  size.observe(3);
  deepEqual(await values(jobs), [4]);
  deepEqual(await values(depth), [5]);
  deepEqual(await values(seconds), [1, 2, 2.5, 2]);
  deepEqual((await values(size)).slice(1), [6, 2]);
  const again = new Counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"], registers });
  again.inc({ queue: "mail" });
  equal(await own.metrics(), '# HELP jobs Jobs.\n# TYPE jobs counter\njobs{queue="mail"} 1\n');
  deepEqual(await values(jobs), [4]);
  throws(() => own.registerMetric(jobs), /has already been registered/);
  own.removeSingleMetric("jobs");
  own.registerMetric(jobs);
  bound.inc();
  match(await own.metrics(), /^jobs\{queue="mail"\} 5$/m);
  deepEqual(await values(again), [1]);
});

test("a metric of two registries stays on the page of one when the other is cleared", async () => {
  const registers = [new Registry(), new Registry()];
  const jobs = new Counter({ name: "jobs", help: "Jobs.", registers });
  jobs.inc(2);
  registers[0].clear();
  jobs.inc();
  match(await registers[1].metrics(), /^jobs 3$/m);
  equal(await registers[0].metrics(), "\n");
});

test("reset() takes label sets away, and a histogram without labels until it is observed; of a summary it sets them to 0", async () => {
  const registers = [new Registry()];
  const jobs = new Counter({ name: "jobs", help: "Jobs.", registers });
  const labelled = new Gauge({ name: "depth", help: "Depth.", labelNames: ["queue"], registers });
  const seconds = new Histogram({ name: "seconds", help: "Seconds.", buckets: [1], registers });
  const size = new Summary({ name: "size", help: "Size.", percentiles: [0.5], labelNames: ["code"], registers });
  jobs.inc(2);
  labelled.set({ queue: "mail" }, 3);
  seconds.observe(2);
  size.observe({ code: 200 }, 2);
  registers[0].resetMetrics();
  deepEqual(await values(jobs), [0]);
  deepEqual(await values(labelled), []);
  deepEqual(await values(seconds), []);
  deepEqual(await values(size), [0, 0, 0]);
  seconds.observe(0.5);
  labelled.labels("mail").inc();
  deepEqual(await values(seconds), [1, 1, 0.5, 1]);
  deepEqual(await values(labelled), [1]);
});

test("a metric's own label goes before a default label, whichever came first, and both are printed as prom-client does", async () => {
  const own = new Registry();
  const jobs = new Counter({ name: "jobs", help: "Jobs.", labelNames: ["app"], registers: [own] });
  jobs.inc({ app: "own" });
  jobs.inc(2);
  const { warn } = console;
  console.warn = () => undefined;
  own.setDefaultLabels({ app: "shop", zone: 1 });
  console.warn = warn;
  match(await own.metrics(), /^jobs\{app="own",zone="1"\} 1\njobs\{app="shop",zone="1"\} 2$/m);
  const late = new Registry();
  late.setDefaultLabels({ app: "shop" });
  new Gauge({ name: "depth", help: "Depth.", labelNames: ["app"], registers: [late] }).set({ app: "own" }, 3);
  match(await late.metrics(), /^depth\{app="own"\} 3$/m);
});

test("merge() lists the metrics of all, default metrics too, and leaves them where they are", async () => {
  const first = new Registry();
  const second = new Registry();
  const jobs = new Counter({ name: "jobs", help: "Jobs.", registers: [first] });
  collectDefaultMetrics({ register: second });
  const merged = Registry.merge([first, second]);
  jobs.inc(3);
  const text = await merged.metrics();
  match(text, /^jobs 3$/m);
  match(text, /^process_cpu_user_seconds_total \d/m);
  const again = new Counter({ name: "jobs", help: "Jobs.", registers: [second] });
  throws(() => Registry.merge([first, second]), /A metric with the name jobs has already been registered/);
  equal(again.name, "jobs");
  second.clear();
  equal(await second.metrics(), "\n");
});

test("default metrics are prom-client's, one by one removable, and end with clear()", async (t) => {
  const own = new Registry();
  t.after(() => own.clear());
  collectDefaultMetrics({ register: own, prefix: "shop_", labels: { app: 7 } });
  collectDefaultMetrics({ register: own, prefix: "shop_", labels: { app: 7 } });
  const told = await own.getMetricsAsJSON();
  ok(told.length > 20 && told.every(({ name }) => name.startsWith("shop_")));
  ok(told.every(({ values: all }) => all.every(({ labels }) => labels.app === "7")));
  equal(own.getSingleMetric("shop_process_cpu_user_seconds_total").type, "counter");
  throws(() => new Counter({ name: "shop_process_cpu_user_seconds_total", help: "Own.", registers: [own] }), /has already been registered/);
  own.removeSingleMetric("shop_process_cpu_user_seconds_total");
  ok(!(await own.metrics()).includes("shop_process_cpu_user_seconds_total"));
  equal(own.getSingleMetric("shop_process_cpu_user_seconds_total"), undefined);
  own.clear();
  equal((await own.getMetricsAsJSON()).length, 0);
  ok(collectDefaultMetrics.metricsList.includes("eventLoopLag"));
});

test("registerMetric() takes any object that tells its values", async () => {
  const own = new Registry();
  own.setDefaultLabels({ app: "shop" });
  const told = {
    name: "told",
    help: "T.",
    type: "counter",
    values: [{ value: 2, labels: { app: "own", code: 200 } }, { value: -Infinity }],
  };
  const foreign = { name: "told", get: async () => told };
  own.registerMetric(foreign);
  own.registerMetric(foreign);
  equal(await own.metrics(), '# HELP told T.\n# TYPE told counter\ntold{app="own",code="200"} 2\ntold{app="shop"} -Inf\n');
  equal(own.getSingleMetric("told"), foreign);
  await rejects(own.getSingleMetricAsString("nothing"), TypeError);
  match(await own.getSingleMetricAsString("told"), /^# HELP told T\.\n/);
  throws(() => own.registerMetric({ name: "told", get: () => told }), /has already been registered/);
});

test("a metric whose get() is its program's own is asked", async () => {
  class Doubled extends Gauge {
    async get() {
      const told = await super.get();
      return { ...told, values: told.values.map((each) => ({ ...each, value: each.value * 2 })) };
    }
  }
  const own = new Registry();
  new Doubled({ name: "doubled", help: "D.", registers: [own] }).set(4);
  match(await own.metrics(), /^doubled 8$/m);
});

test("aggregators: first, min, max, average and omit, and one of the program's choice for each metric", () => {
  const told = (aggregator, value) => [{ name: aggregator, help: "H.", type: "gauge", aggregator, values: [{ value, labels: { a: 1 } }] }];
  const names = ["sum", "first", "min", "max", "average", "omit"];
  const all = Registry.aggregate(names.flatMap((name) => [told(name, 4), told(name, 1)]));
  const [sum, first, min, max, average, omit] = names.map((name) => all.getSingleMetric(name)?.get().values[0].value);
  deepEqual({ sum, first, min, max, average, omit }, { sum: 5, first: 4, min: 1, max: 4, average: 2.5, omit: undefined });
});

test("an aggregator that is given says how threads and processes become one: as a mode of the gauge", () => {
  const store = () => defaultStore.definitions().find(({ name }) => name === "moded").mode;
  for (const [aggregator, mode] of Object.entries({ sum: "livesum", min: "livemin", max: "livemax", average: "livemax" })) {
    new Gauge({ name: "moded", help: "M.", aggregator }).set(2);
    equal(store(), mode);
    register.clear();
  }
  new Gauge({ name: "moded", help: "M." });
  equal(store(), "shared");
  register.clear();
  new Gauge({ name: "moded", help: "M.", aggregator: "omit" });
  ok(!defaultStore.definitions().some(({ name }) => name === "moded"), "what is left out is told to no other process");
  register.clear();
});

test("a definition that meets another one's is kept apart, with a word about it, and is on the page", async (t) => {
  t.after(() => {
    register.clear();
    defaultStore.clear();
  });
  defaultStore.gauge({ name: "met", help: "Another one's." }).set(1);
  const { warn } = console;
  const told = [];
  console.warn = (...words) => told.push(words.join(" "));
  const own = new Counter({ name: "met", help: "Ours." });
  console.warn = warn;
  own.inc(5);
  match(await register.metrics(), /# TYPE met counter\nmet 5\n$/);
  equal(told.length, 1, told.join());
  match(told[0], /^tallystick: metric "met" is kept apart: .*definition.*gauge "met"/s);
});

test("pruneAgedBuckets takes label sets away that nobody observed", async () => {
  const size = new Summary({
    name: "size",
    help: "Size.",
    labelNames: ["code"],
    percentiles: [0.5],
    maxAgeSeconds: 1,
    ageBuckets: 1,
    pruneAgedBuckets: true,
    registers: [],
  });
  size.observe({ code: 200 }, 3);
  equal((await values(size)).length, 3);
  const until = Date.now() + 10_000;
  while ((await values(size)).length > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  equal((await values(size)).length, 0);
});

test("timers, children and verbs that are taken from them work as prom-client's do", async () => {
  const registers = [new Registry()];
  const seconds = new Histogram({ name: "seconds", help: "S.", labelNames: ["a", "b"], buckets: [100], registers });
  const end = seconds.startTimer({ a: "1" });
  ok(end({ b: "2" }) >= 0);
  seconds.labels("1", "2").startTimer()();
  const { inc, dec, set, setToCurrentTime, startTimer } = new Gauge({ name: "depth", help: "D.", labelNames: ["q"], registers }).labels(
    "x",
  );
  set(3);
  inc();
  dec(2);
  deepEqual(await values(registers[0].getSingleMetric("depth")), [2]);
  startTimer()();
  setToCurrentTime();
  ok(Math.abs(registers[0].getSingleMetric("depth")._getValue({ q: "x" }) - Date.now() / 1000) < 60);
  const [bucket, , , count] = await values(seconds);
  deepEqual([bucket, count], [2, 2]);
  const child = new Counter({ name: "lazy", help: "L.", labelNames: ["q"], registers }).labels("x");
  deepEqual(await values(registers[0].getSingleMetric("lazy")), [], "labels() alone begins no series");
  child.inc();
  deepEqual(await values(registers[0].getSingleMetric("lazy")), [1]);
  new Gauge({ name: "endless", help: "E.", registers }).inc(Infinity);
  deepEqual(await values(registers[0].getSingleMetric("endless")), [Infinity]);
});

test("exemplars of histograms are in their buckets, in JSON and on the page, and one that is too long is refused before it counts", async () => {
  const own = new Registry(client.openMetricsContentType);
  const seconds = new Histogram({
    name: "seconds",
    help: "S.",
    labelNames: ["code"],
    buckets: [1, 2],
    registers: [own],
    enableExemplars: true,
  });
  own.setDefaultLabels({ app: "shop" });
  const trace = 'a # {b="c"} 1';
  seconds.observe({ labels: { code: '20"0,le="9"' }, value: 1.5, exemplarLabels: { trace } });
  seconds.observe({ labels: { code: "plain" }, value: 0.5 });
  const told = (await seconds.get()).values.filter(({ exemplar }) => exemplar);
  equal(told.length, 1);
  deepEqual(told[0].labels, { le: 2, code: '20"0,le="9"' });
  deepEqual(told[0].exemplar.labelSet, { trace });
  equal(told[0].exemplar.value, 1.5);
  match(await own.metrics(), /le="2\.0",app="shop",code="20\\"0,le=\\"9\\""\} 1 # \{trace="a # \{b=\\"c\\"\} 1"\} 1\.5 \d+(\.\d+)?\n/);
  throws(() => seconds.observe({ labels: { code: "x" }, value: 1, exemplarLabels: { a: "j".repeat(200) } }), RangeError);
  equal((await seconds.get()).values.length, 10);
});
