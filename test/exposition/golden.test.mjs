// Whole expositions, byte for byte, in both dialects; each then goes before every judge.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { registry as defaultRegistry } from "tallystick";
import { DIALECTS, exposed, registryOf } from "./exposed.mjs";
import { writersDefined } from "./golden-writers.mjs";
import { faults, OPENMETRICS, TEXT } from "./rules.mjs";
import { abnf, judged, promtool, strictOpenMetrics } from "./validators.mjs";

function counters(registry) {
  registry.counter({ name: "jobs", help: "Jobs done." });
  registry.counter({ name: "named_total", help: "Named with its suffix." }).inc();
  const requests = registry.counter({ name: "http_requests", help: "Requests by method and status.", labelNames: ["method", "status"] });
  requests.inc({ method: "GET", status: "200" }, 2 ** 53 - 1);
  requests.inc({ status: "200", method: "GET" });
  requests.labels("POST", "200").inc(0.1);
  requests.labels({ status: "200", method: "POST" }).inc(0.2);
  requests.inc({ method: "GET", status: 404 }, 1e21);
  requests.labels("PUT", "500").inc(0);
  const cpu = registry.counter({ name: "cpu_seconds_total", help: "Processor time.", unit: "seconds", labelNames: ["mode"] });
  cpu.labels("user").inc(1234567.25);
  cpu.labels("system").inc(1e-7);
}

const VALUES = [
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
  ["0", 0],
  ["-0", -0],
  ["least", 5e-324],
  ["normal", 2.2250738585072014e-308],
  ["most", Number.MAX_VALUE],
  ["-most", -Number.MAX_VALUE],
  ["2^53", 2 ** 53],
  ["-2^53", -(2 ** 53)],
  ["2^64", 2 ** 64],
  ["1e20", 1e20],
  ["1e21", 1e21],
  ["1e-6", 1e-6],
  ["1e-7", 1e-7],
  ["1/3", 1 / 3],
  ["5e-7", 5e-7],
  ["123456789.125", 123456789.125],
];

function gauges(registry) {
  const temperature = registry.gauge({ name: "temperature_celsius", help: "Of the room.", unit: "celsius" });
  temperature.set(-3.5);
  temperature.inc();
  const values = registry.gauge({ name: "values", help: "Every kind of number.", labelNames: ["kind"] });
  for (const [kind, value] of VALUES) values.set({ kind }, value);
  const part = (mode) => registry.gauge({ name: `parts_${mode}_mode`, help: "One thread's part.", mode });
  const sum = part("sum");
  sum.inc();
  sum.inc(2);
  part("livesum").dec(3);
  part("min").set(1.5);
  part("max").set(1.5);
  part("mostrecent").set(9);
  part("mostrecent").set(8);
  part("all").set(7);
  registry.gauge({ name: "parts_all_labelled", help: "One thread's part.", mode: "all", labelNames: ["pool"] }).set({ pool: "cpu" }, 0.5);
}

function histograms(registry) {
  const latency = registry.histogram({ name: "latency_seconds", help: "Default buckets.", unit: "seconds" });
  // 0.005 is on a bound: it belongs to that bucket.
  for (const value of [0.005, 0.1, 0.25, 100]) latency.observe(value);
  registry.histogram({ name: "untouched_seconds", help: "Nothing observed.", buckets: [1, Infinity] });
  const unbounded = registry.histogram({ name: "unbounded_bytes", help: "No bound but the last.", buckets: [] });
  unbounded.observe(1);
  unbounded.observe(2);
  const buckets = [0, 5e-324, 1e-5, 9.9999e-5, 1e-4, 1 / 3, 1, 1.5, 100000, 999999, 1e6, 1234567, 1e21, 1.1e23, Number.MAX_VALUE];
  registry
    .histogram({ name: "bounds_ratio", help: "How bounds are written.", labelNames: ["form"], buckets })
    .labels("le")
    .observe(1);
  const rpc = registry.histogram({ name: "rpc_seconds", help: "Two label sets.", labelNames: ["service", "method"], buckets: [0.5] });
  rpc.observe({ service: "a", method: "get" }, 0.25);
  rpc.observe({ method: "get", service: "b" }, 0.5);
  rpc.labels("a", "get").observe(1);
}

function negative(registry) {
  const offset = registry.histogram({ name: "offset_celsius", help: "A bound below zero.", buckets: [-1e6, -0.5, -0, 1] });
  offset.observe(-1);
  offset.observe(1);
  const drift = registry.histogram({
    name: "drift_seconds",
    help: "A sum below zero, and one that is not.",
    labelNames: ["clock"],
    buckets: [1],
  });
  drift.observe({ clock: "slow" }, -2);
  drift.observe({ clock: "slow" }, 0.5);
  drift.observe({ clock: "fast" }, 0.25);
}

const ESCAPED = [
  "C:\\dir\\",
  '"quoted"',
  "two\nlines",
  "\\n is no newline",
  '\\"\n',
  "",
  " blanks , and = and { } # ",
  "🦀 世界 é",
  "\ud83e and \udd80",
  "tab\treturn\rnul\0del\x7f",
  "\u2028\ufeff\u00a0",
  12.5,
  true,
];

function escapes(registry) {
  registry.counter({ name: "help_quotes", help: 'Says "no" to \\n and \\ and\na second line, 🦀 and é.' }).inc();
  const paths = registry.gauge({ name: "paths", help: "Label values.", labelNames: ["value"] });
  ESCAPED.forEach((value, i) => paths.set({ value }, i + 1));
  registry.gauge({ name: "helpless", help: "" });
}

function defaults(registry) {
  registry.setDefaultLabels({ app: 'shop "one"', zone: "eu" });
  registry.counter({ name: "jobs", help: "Jobs done." }).inc(2);
  registry.gauge({ name: "queue", help: "Waiting.", labelNames: ["name"] }).set({ name: "mail" }, 3);
  registry.gauge({ name: "lag", help: "Of each thread.", mode: "all" }).set(0.5);
  registry.gauge({ name: "depth", help: "Of each thread.", mode: "all", labelNames: ["name"] }).set({ name: "mail" }, 6);
  registry.histogram({ name: "wait_seconds", help: "Of jobs.", buckets: [1] }).observe(0.75);
  registry.histogram({ name: "run_seconds", help: "Of jobs.", buckets: [1], labelNames: ["name"] }).observe({ name: "mail" }, 2);
}

function order(registry) {
  registry.counter({ name: "zebra", help: "First." });
  registry.histogram({ name: "aardvark_seconds", help: "Second.", buckets: [1] });
  registry.gauge({ name: "mole", help: "Third, with no series.", labelNames: ["den"] });
  const badger = registry.gauge({ name: "badger", help: "Fourth.", labelNames: ["den", "side"] });
  ["z", "a", "m"].forEach((den, i) => badger.set({ side: "left", den }, i + 1));
  // Asked for again: what is there keeps its place.
  registry.counter({ name: "zebra", help: "First." });
}

function goldenOf(name, dialect) {
  return readFileSync(new URL(`golden/${name}.${dialect}.txt`, import.meta.url), "utf8");
}

function assertGolden(registry, name) {
  for (const dialect of DIALECTS) assert.equal(exposed(registry, dialect), goldenOf(name, dialect), `${name} in ${dialect}`);
}

for (const [name, build] of Object.entries({ empty: () => {}, counters, gauges, histograms, negative, escapes, defaults, order })) {
  test(`exposeSync prints golden/${name} byte for byte`, (t) => assertGolden(registryOf(t, build), name));

  test(`expose and stream print golden/${name} as exposeSync does`, async (t) => {
    const registry = registryOf(t, build);
    for (const dialect of DIALECTS) {
      const { body } = await registry.expose({ dialect });
      assert.equal(Buffer.from(body).toString(), goldenOf(name, dialect));
      const { body: stream } = registry.stream({ dialect });
      assert.equal(await new Response(stream).text(), goldenOf(name, dialect));
    }
  });
}

test("exposeSync prints golden/writers from both threads", async (t) => {
  const { work, shared, gauges: parts, seconds } = writersDefined(defaultRegistry);
  work.inc({ route: "/" });
  work.inc({ route: "/only/main" });
  shared.inc();
  for (const gauge of parts) gauge.set(1);
  seconds.observe(1);
  const worker = new Worker(new URL("golden-worker.mjs", import.meta.url));
  t.after(() => worker.terminate());
  worker.postMessage("count");
  await once(worker, "message");
  for (const name of ["text", "openmetrics"]) assert.equal(exposed(defaultRegistry, name), goldenOf("writers", name));
});

const NAMES = ["empty", "counters", "gauges", "histograms", "negative", "escapes", "defaults", "order", "writers"];
// The lint wants a help for each; one is left out on purpose.
const LINTED = new Set(["escapes"]);

test("promtool accepts every golden text", async (t) => {
  if (!judged(t, promtool)) return;
  for (const name of NAMES) {
    const { status, output } = await promtool(goldenOf(name, TEXT));
    assert.equal(status, LINTED.has(name) ? 3 : 0, `${name}: ${output}`);
  }
});

test("strictOpenMetrics accepts every golden OpenMetrics exposition", async (t) => {
  if (!judged(t, strictOpenMetrics)) return;
  const results = await strictOpenMetrics(NAMES.map((name) => goldenOf(name, OPENMETRICS)));
  results.forEach(({ error }, i) => assert.equal(error, undefined, NAMES[i]));
});

test("abnf matches every golden OpenMetrics exposition", (t) => {
  if (!judged(t, abnf)) return;
  for (const name of NAMES) assert.equal(abnf(goldenOf(name, OPENMETRICS)), "", name);
});

test("faults finds nothing in any golden exposition", () => {
  for (const name of NAMES)
    for (const dialect of DIALECTS) assert.deepEqual(faults(goldenOf(name, dialect), dialect), [], `${name} in ${dialect}`);
});
