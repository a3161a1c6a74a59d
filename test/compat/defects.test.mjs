// The sixteen defects that were seen in @prometheus-io/client 0.16.1: here none of them is. Those of threads and clusters are in
// threads.test.mjs and cluster.test.mjs, those of other runtimes in runtimes.test.mjs.

import { deepEqual, doesNotThrow, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import client from "tallystick/prom-client";
import { lint } from "tallystick/lint";
import { warned } from "./warned.mjs";

const { Counter, Gauge, Histogram, Registry, Summary } = client;
const OPENMETRICS = client.openMetricsContentType;

test("4: a counter has one _total in OpenMetrics, aggregated ones too, and keeps its exemplar", async () => {
  const register = new Registry(OPENMETRICS);
  const jobs = new Counter({ name: "jobs_total", help: "Jobs.", registers: [register], enableExemplars: true });
  jobs.inc({ value: 2, exemplarLabels: { trace_id: "abc" } });
  const line = /^jobs_total 2 # \{trace_id="abc"\} 2 \d/m;
  const text = await register.metrics();
  match(text, line);
  const aggregated = Registry.aggregate([await register.getMetricsAsJSON()], OPENMETRICS);
  match(await aggregated.metrics(), line);
  ok(!text.includes("_total_total"));
});

test("6: quantiles are not summed over processes, and a gauge of threads is one value", async () => {
  const told = [];
  for (let i = 0; i < 3; i++) {
    const register = new Registry();
    new Summary({ name: "size", help: "Sizes.", percentiles: [0.5], registers: [register] }).observe(3);
    told.push(await register.getMetricsAsJSON());
  }
  const { values } = Registry.aggregate(told).getSingleMetric("size").get();
  const [p50, sum, count] = values.map(({ value }) => value);
  ok(Math.abs(p50 - 3) < 0.05, String(p50));
  equal(sum, 9);
  equal(count, 3);
});

test("6: quantiles of several processes are weighted by what was observed", () => {
  const told = (value, count) => [
    {
      name: "size",
      help: "Sizes.",
      type: "summary",
      aggregator: "sum",
      values: [
        { labels: { quantile: 0.5 }, value },
        { metricName: "size_sum", labels: {}, value: value * count },
        { metricName: "size_count", labels: {}, value: count },
      ],
    },
  ];
  const { values } = Registry.aggregate([told(1, 3), told(5, 1)])
    .getSingleMetric("size")
    .get();
  deepEqual(
    values.map(({ value }) => value),
    [2, 8, 4],
  );
  deepEqual(
    Registry.aggregate([told(0, 0), told(0, 0)])
      .getSingleMetric("size")
      .get().values[0].value,
    0,
  );
});

test("7: label sets whose values have bars are two series, here and aggregated", async () => {
  const register = new Registry();
  const jobs = new Counter({ name: "jobs", help: "Jobs.", labelNames: ["a", "b"], registers: [register] });
  jobs.inc({ a: "x|y", b: "z" });
  jobs.inc({ a: "x", b: "y|z" }, 2);
  match(await register.metrics(), /jobs\{a="x\|y",b="z"\} 1\njobs\{a="x",b="y\|z"\} 2\n/);
  const both = await register.getMetricsAsJSON();
  match(await Registry.aggregate([both, both]).metrics(), /jobs\{a="x\|y",b="z"\} 2\njobs\{a="x",b="y\|z"\} 4\n/);
});

test("8: a label object that is changed later changes nothing", async () => {
  const register = new Registry();
  const registers = [register];
  const jobs = new Counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"], registers });
  const depth = new Gauge({ name: "depth", help: "Depth.", labelNames: ["queue"], registers });
  const labels = { queue: "mail" };
  jobs.inc(labels);
  const child = jobs.labels(labels);
  const bound = depth.labels(labels);
  labels.queue = "post";
  child.inc();
  bound.set(3);
  jobs.inc(labels);
  match(await register.metrics(), /jobs\{queue="mail"\} 2\njobs\{queue="post"\} 1\n[^]*depth\{queue="mail"\} 3\n/);
});

test("9: buckets are put in order, each once", async () => {
  const register = new Registry();
  const seconds = new Histogram({ name: "seconds", help: "Seconds.", buckets: [5, 1, 1, Infinity, 0.5], registers: [register] });
  seconds.observe(2);
  deepEqual(seconds.buckets, [0.5, 1, 5]);
  match(await register.metrics(), /le="0.5"\} 0\nseconds_bucket\{le="1"\} 0\nseconds_bucket\{le="5"\} 1\nseconds_bucket\{le="\+Inf"\} 1\n/);
});

test("10: a page of OpenMetrics changes no name for the next one", async () => {
  const register = new Registry();
  const jobs = new Counter({ name: "jobs_total", help: "Jobs.", registers: [register] });
  const before = await register.metrics();
  register.setContentType(OPENMETRICS);
  match(await register.metrics(), /^# TYPE jobs counter\njobs_total 0\n/m);
  register.setContentType(client.prometheusContentType);
  equal(await register.metrics(), before);
  equal(jobs.name, "jobs_total");
});

test("11: OpenMetrics has floats as bounds, HELP and labels escaped, and the lint finds nothing wrong", async () => {
  const register = new Registry(OPENMETRICS);
  const registers = [register];
  const seconds = new Histogram({ name: "a_seconds", help: 'Said "so".', labelNames: ["code"], buckets: [1, 2.5], registers });
  seconds.observe({ code: 200 }, 1);
  seconds.observe({ code: 'a"b' }, 3);
  new Summary({ name: "b_seconds", help: "Quantiles.", percentiles: [0.5, 1], registers }).observe(1);
  register.registerMetric({
    name: "told",
    get: () => ({ name: "told", help: "T", type: "gauge", values: [{ value: 1, labels: { what: { toString: () => 'a"b\n' } } }] }),
  });
  const text = await register.metrics();
  match(text, /le="1\.0",code="200"\} 1\n/);
  match(text, /le="2\.5",code="200"\} 1\n/);
  match(text, /^# HELP a_seconds Said \\"so\\"\.$/m);
  match(text, /^told\{what="a\\"b\\n"\} 1$/m);
  match(text, /quantile="1\.0"\}/);
  const wrong = lint(text, { contentType: OPENMETRICS }).filter(({ severity }) => severity === "error");
  deepEqual(wrong, []);
});

test("12: a collect that throws, and an object that cannot tell, cost the page no other metric; both are told once", async () => {
  const register = new Registry();
  const registers = [register];
  new Gauge({
    name: "broken_twelve",
    help: "Broken.",
    registers,
    collect() {
      throw new Error("no database");
    },
  }).set(7);
  register.registerMetric({ name: "untold_twelve", get: () => Promise.reject(new Error("no value")) });
  new Counter({ name: "jobs", help: "Jobs.", registers }).inc();
  let text = "";
  const words = await warned(async () => {
    for (let i = 0; i < 3; i++) text = await register.metrics();
    equal((await register.getMetricsAsJSON()).length, 2);
  });
  match(text, /^jobs 1$/m);
  match(text, /^broken_twelve 7$/m);
  ok(!text.includes("untold"));
  equal(words.filter((each) => each.includes("no database")).length, 1, words.join("\n"));
  equal(words.filter((each) => each.includes("no value")).length, 1, words.join("\n"));
});

test("12: the metric's own get() rejects with what its collect throws, as it always did", async () => {
  const gauge = new Gauge({ name: "a", help: "A.", registers: [], collect: () => Promise.reject(new Error("no database")) });
  let told;
  await gauge.get().catch((error) => (told = error.message));
  equal(told, "no database");
});

test("13: NaN and infinities are observed without an exception, and counted nowhere", async () => {
  const register = new Registry();
  const registers = [register];
  const seconds = new Histogram({ name: "seconds", help: "Seconds.", buckets: [1], registers });
  const size = new Summary({ name: "size", help: "Sizes.", percentiles: [], registers });
  const jobs = new Counter({ name: "jobs", help: "Jobs.", registers });
  doesNotThrow(() => {
    for (const value of [NaN, Infinity, -Infinity]) {
      seconds.observe(value);
      seconds.observe({}, value);
      seconds.labels().observe(value);
      size.observe(value);
    }
    jobs.inc(NaN);
  });
  seconds.observe(0.5);
  const text = await register.metrics();
  match(text, /seconds_sum 0\.5\nseconds_count 1\n/);
  match(text, /size_sum 0\nsize_count 0\n/);
  match(text, /^jobs 0$/m);
});

test("a help that ends with carriage returns is taken, and no line of a page ends with one", async () => {
  const register = new Registry();
  const jobs = new Counter({ name: "jobs", help: "Jobs\r done.\r\r", registers: [register] });
  equal(jobs.help, "Jobs\r done.\r\r");
  match(await register.metrics(), /^# HELP jobs Jobs\r done\.\n/);
});
