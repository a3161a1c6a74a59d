// Every type through a real Prometheus with native histograms and exemplars, in text, in OpenMetrics and in protobuf: what
// it stores and what it answers by PromQL is what was observed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "tallystick";
import { exposed } from "./exposed.mjs";
import { readProtobuf } from "./protobuf.mjs";
import { OPENMETRICS, PROTOBUF, TEXT } from "./rules.mjs";
import { assertSound, decodedSeries, printedSeries, scraped, served, sorted, storedSeries, until } from "./scraping.mjs";
import { namesBuilt, rowBuilt, ROWS } from "./table-rows.mjs";
import { judged, prometheusServer } from "./validators.mjs";

const FLAGS = ["--enable-feature=native-histograms,exemplar-storage"];
const ACCEPTED = { text: "text/plain;version=0.0.4", openmetrics: "application/openmetrics-text;version=1.0.0" };
const TYPES = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  protobuf: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
};

/** Under one Prometheus, a job for each dialect; protobuf it asks for by itself. */
async function ingesting(t, registry, exclude = []) {
  const jobs = Object.keys(TYPES).map((name) => [name, served(t, registry.handler(), ACCEPTED[name])]);
  const targets = await Promise.all(
    // Prometheus 2 gives the buckets, sum and count of a gauge histogram in protobuf one name.
    jobs.map(async ([name, { port }]) => ({ name, port: await port, params: name === "protobuf" ? { "exclude[]": exclude } : {} })),
  );
  const prometheus = await prometheusServer(targets, FLAGS);
  t.after(() => prometheus.stop());
  assert.equal((await scraped(prometheus)).length, 3);
  for (const [name, { types }] of jobs) assert.deepEqual([...types], [TYPES[name]]);
  return prometheus;
}

function registryMade(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

/** The bounds of a native histogram's bucket of positive values. */
function boundsOf(schema, index) {
  return [2 ** ((index - 1) / 2 ** schema), 2 ** (index / 2 ** schema)];
}

/** The buckets of a decoded native histogram as Prometheus tells them, from the lowest: bounds and count, but for empty ones. */
function bucketsTold({ schema, zeroThreshold, zeroCount, positive, negative }) {
  const side = (counts) => Object.entries(counts).map(([index, count]) => [...boundsOf(schema, Number(index)), count]);
  const below = side(negative).map(([low, high, count]) => [-high, -low, count]);
  return [...below, [-zeroThreshold, zeroThreshold, zeroCount], ...side(positive)]
    .filter(([, , count]) => count > 0)
    .sort(([one], [other]) => one - other);
}

function assertNear(actual, expected, what) {
  assert.ok(Math.abs(actual - expected) <= Math.abs(expected) * 1e-12, `${what}: ${actual} is not ${expected}`);
}

/** Each native histogram of a job, against what was sent. */
function assertNative(results, families) {
  const sent = families.flatMap(({ name, metrics }) => metrics.filter(({ native }) => native).map((metric) => ({ name, ...metric })));
  const found = results.filter(({ histogram }) => histogram !== undefined);
  assert.equal(found.length, sent.length);
  for (const { name, labels, count, sum, native } of sent) {
    const what = `${name} ${JSON.stringify(labels)}`;
    const one = found.find(({ metric }) => metric.__name__ === name && Object.entries(labels).every(([key, text]) => metric[key] === text));
    assert.ok(one, what);
    const [, told] = one.histogram;
    assert.deepEqual([Number(told.count), Number(told.sum)], [count, sum], what);
    const buckets = (told.buckets ?? []).map(([, low, high, each]) => [low, high, each].map(Number)).sort(([a], [b]) => a - b);
    const expected = bucketsTold(native);
    assert.equal(buckets.length, expected.length, what);
    buckets.forEach((bucket, i) => bucket.forEach((number, j) => assertNear(number, expected[i][j], what)));
  }
}

test("handler is scraped with every type in text, OpenMetrics and protobuf, and every value comes back equal", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const registry = registryMade(t);
  namesBuilt(registry);
  for (const row of Object.values(ROWS)) rowBuilt(registry, row, (fn) => fn());
  const names = readProtobuf(registry.exposeSync({ dialect: PROTOBUF, escaping: "allow-utf-8" }).body);
  const exclude = names.filter(({ type }) => type === "gauge_histogram").map(({ name }) => name);
  assert.equal(exclude.length, 6);
  const prometheus = await ingesting(t, registry, exclude);
  for (const dialect of [TEXT, OPENMETRICS]) {
    const stored = storedSeries(await prometheus.query(`{job="${dialect}"}`));
    assert.deepEqual(sorted(stored), sorted(printedSeries(exposed(registry, dialect))), dialect);
  }
  const families = readProtobuf(registry.exposeSync({ dialect: PROTOBUF, exclude }).body);
  const results = await prometheus.query('{job="protobuf"}');
  assert.deepEqual(sorted(storedSeries(results)), sorted(decodedSeries(families)));
  // What it says in protobuf it says in text, too.
  const inText = storedSeries(await prometheus.query('{job="text"}'));
  for (const [key, value] of storedSeries(results)) assert.equal(value, inText.get(key), key);
  assertNative(results, families);
  await assertSound(prometheus);
});

/** From 0.003 to 16 on both sides of zero, with zeros, so that every part of a native histogram is filled. */
const OBSERVED = Array.from({ length: 1000 }, (_, i) => (i % 50 === 0 ? 0 : (i % 7 === 0 ? -1 : 1) * 2 ** (((i * 37) % 1000) / 80 - 8.5)));

test("native histograms are answered by PromQL as they were observed: count, sum, and quantiles within their buckets", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const registry = registryMade(t);
  const schemas = [3, 0, 8, -4];
  const metrics = schemas.map((schema, i) =>
    registry.histogram({ name: `answer_${i}_seconds`, help: "Time.", native: { schema, maxBuckets: 4096 }, unit: "seconds" }),
  );
  // Most values of the first half; the rest comes while it is scraped.
  for (const metric of metrics) for (const value of OBSERVED.slice(0, 500)) metric.observe(value);
  const prometheus = await ingesting(t, registry);
  const asked = async (expression) => {
    const results = await prometheus.query(expression);
    assert.equal(results.length, 1, expression);
    return Number(results[0].value[1]);
  };
  for (const metric of metrics) for (const value of OBSERVED.slice(500)) metric.observe(value);
  await until("all observations", async () => ((await asked("histogram_count(answer_3_seconds)")) === 1000 ? true : undefined));
  const ascending = [...OBSERVED].sort((one, other) => one - other);
  for (const [i, schema] of schemas.entries()) {
    const name = `answer_${i}_seconds`;
    assert.equal(await asked(`histogram_count(${name})`), 1000, name);
    assert.equal(await asked(`histogram_sum(${name})`), metrics[i].value().sum, name);
    assertNear(
      await asked(`histogram_sum(${name})`),
      OBSERVED.reduce((sum, value) => sum + value, 0),
      name,
    );
    for (const quantile of [0.01, 0.05, 0.25, 0.5, 0.9, 0.99, 0.999]) {
      const told = await asked(`histogram_quantile(${quantile}, ${name})`);
      // Both are in one bucket of the histogram: a factor at the most apart, and of one sign.
      const value = ascending[Math.ceil(quantile * 1000) - 1];
      const factor = 2 ** (1 / 2 ** schema) * (1 + 1e-9);
      const near = value === 0 ? Math.abs(told) <= 2 ** -128 : told / value <= factor && value / told <= factor;
      assert.ok(near, `${quantile} of schema ${schema}: Prometheus says ${told}, and it was ${value}`);
    }
  }
  await scraped(prometheus);
  await assertSound(prometheus);
});

/** What a query for exemplars gave: by series, labels and value of each, and whether its time is one of the last minute. */
function exemplarsTold(results, now) {
  const told = results.map(({ seriesLabels, exemplars }) => [
    [seriesLabels.__name__, seriesLabels.le ?? ""].join(" ").trim(),
    exemplars.map(({ labels, value, timestamp }) => [labels, Number(value), Math.abs(timestamp - now) < 60]),
  ]);
  return Object.fromEntries(told.sort(([one], [other]) => (one < other ? -1 : 1)));
}

test("exemplars of counters and buckets are answered by query_exemplars from OpenMetrics and from protobuf", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const registry = registryMade(t);
  const trace = { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", span_id: "00f067aa0ba902b7" };
  // As long as they may be.
  const note = { note: "世🦀é ".repeat(31) };
  const options = { help: "", exemplars: true };
  registry.counter({ ...options, name: "jobs" }).inc(3, trace);
  const wait = registry.histogram({ ...options, name: "wait_seconds", buckets: [0.5, 1] });
  wait.observe(0.5, trace);
  wait.observe(7, note);
  registry.histogram({ ...options, name: "delay_seconds", native: true, buckets: [0.5, 1] }).observe(0.75, trace);
  registry.histogram({ ...options, name: "answer_seconds", native: true }).observe(0.75, trace);
  const prometheus = await ingesting(t, registry);
  const now = Date.now() / 1000;
  const classic = {
    jobs_total: [[trace, 3, true]],
    "wait_seconds_bucket +Inf": [[note, 7, true]],
    "wait_seconds_bucket 0.5": [[trace, 0.5, true]],
  };
  assert.deepEqual(exemplarsTold(await prometheus.exemplars('{job="openmetrics"}'), now), {
    "delay_seconds_bucket 1.0": [[trace, 0.75, true]],
    ...classic,
  });
  // Prometheus 2 takes a native histogram's from its classic buckets, where it has some.
  assert.deepEqual(exemplarsTold(await prometheus.exemplars('{job="protobuf"}'), now), {
    delay_seconds: [[trace, 0.75, true]],
    ...classic,
  });
  assert.deepEqual(await prometheus.exemplars('{job="text"}'), []);
  await assertSound(prometheus);
});
