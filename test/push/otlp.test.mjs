// OTLP over HTTP as a receiver meets it: every rule L, on bytes that protobufjs decodes by the official messages, and on JSON.

import assert from "node:assert/strict";
import { test } from "node:test";
import { otlp } from "tallystick/otlp";
import { judged } from "../exposition/validators.mjs";
import { answering, endless, nobody, standing, until } from "./answering.mjs";
import { attributesOf, collecting, decoded, metricsOf, partly, protos } from "./collecting.mjs";
import { allTypes, registryOf } from "./writing.mjs";

function exporting(t, registry, url, options = {}) {
  const told = [];
  const exporter = otlp({
    url,
    registry,
    intervalSeconds: 0,
    closeSeconds: 0,
    retrySeconds: [0.001, 0.01],
    onError: (error) => told.push(error),
    ...options,
  });
  t.after(() => exporter.close());
  return { exporter, told };
}

/** The same number, as JSON or protobufjs have it. */
const numberOf = (value) => Number(value ?? 0);
const sum = (values = []) => values.reduce((all, value) => all + numberOf(value), 0);

test("L1: POST to /v1/metrics, with its Content-Type, compressed where that is wanted", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  for (const [options, path, type, coding] of [
    [{}, "/v1/metrics", "application/x-protobuf", undefined],
    [{ protocol: "json" }, "/v1/metrics", "application/json", undefined],
    [{ gzip: true }, "/v1/metrics", "application/x-protobuf", "gzip"],
    [{ gzip: true, protocol: "json", url: `${receiver.url}/own/path?x=1` }, "/own/path?x=1", "application/json", "gzip"],
  ]) {
    const { exporter, told } = exporting(t, registry, receiver.url, { auth: { bearer: "t" }, ...options });
    assert.equal(await exporter.flush(), true);
    const { method, url, headers } = receiver.requests.at(-1);
    assert.deepEqual([method, url, headers["content-type"], headers["content-encoding"]], ["POST", path, type, coding]);
    assert.match(headers["user-agent"], /^tallystick\//);
    assert.equal(headers.authorization, "Bearer t");
    assert.equal(receiver.metrics()[0].points[0].asDouble, 1);
    assert.deepEqual([told, exporter.statistics], [[], { sent: 1, dropped: 0, failures: 0 }]);
  }
});

test("L2: JSON has lowerCamelCase, enums as numbers, 64 bits as text, ids in hexadecimal, and NaN as text", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  const { took } = allTypes(registry);
  registry.gauge({ name: "none", help: "None.", labelNames: ["id"] });
  for (const [id, value] of [["nan", NaN], ["more", Infinity], ["less", -Infinity]]) registry.gauge({ name: "none", help: "None.", labelNames: ["id"] }).set({ id }, value); // prettier-ignore
  const trace = "0123456789abcdef0123456789ABCDEF";
  took.observe(0.9, { trace_id: trace, span_id: "0123456789abcdef", user: "7" });
  const resource = { "service.name": "shop", count: 3, big: 2 ** 60, share: 0.5, on: true };
  const { exporter } = exporting(t, registry, receiver.url, { protocol: "json", resource });
  await exporter.flush();
  const text = receiver.requests[0].body.toString();
  assert.doesNotMatch(text, /"[a-z]+_[a-z_]+":/);
  const { resourceMetrics } = JSON.parse(text);
  assert.deepEqual(
    resourceMetrics[0].resource.attributes.map(({ value }) => value),
    [{ stringValue: "shop" }, { intValue: "3" }, { doubleValue: 2 ** 60 }, { doubleValue: 0.5 }, { boolValue: true }],
  );
  const metrics = receiver.metrics();
  const byName = (name) => metrics.find((metric) => metric.name === name);
  assert.deepEqual(
    byName("none").points.map(({ asDouble }) => asDouble),
    ["NaN", "Infinity", "-Infinity"],
  );
  assert.equal(byName("jobs").aggregationTemporality, 2);
  const [point] = byName("took").points;
  for (const value of [point.count, point.timeUnixNano, point.startTimeUnixNano, ...point.bucketCounts])
    assert.equal(typeof value, "string");
  assert.deepEqual(
    point.exemplars.map(({ traceId, spanId, filteredAttributes, asDouble }) => [
      traceId,
      spanId,
      attributesOf(filteredAttributes),
      asDouble,
    ]),
    [[trace.toLowerCase(), "0123456789abcdef", { user: "7" }, 0.9]],
  );
});

test("L2: JSON and protobuf say the same", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  allTypes(registry).jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "0123456789abcdef0123456789abcdef" });
  for (const protocol of ["protobuf", "json"]) await exporting(t, registry, receiver.url, { protocol }).exporter.flush();
  const plain = (value, name = "") => {
    if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((each) => plain(each));
    if (typeof value === "object") {
      const entries = Object.entries(value)
        .filter(([key]) => key !== "timeUnixNano" || "filteredAttributes" in value)
        .map(([key, each]) => [key, plain(each, key)]);
      return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
    }
    // protobufjs has bytes as base64, and nothing where there is 0.
    if (name === "traceId") return value.length === 32 ? value : Buffer.from(value, "base64").toString("hex");
    return value === 0 || value === "0" || value === "" ? undefined : value;
  };
  assert.deepEqual(...receiver.requests.map((request) => plain(decoded(request))));
});

test("L3: every point has a time in nanoseconds, all 64 bits of it, and what counts has its beginning", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  allTypes(registry);
  registry.collect(() => [{ type: "gauge", name: "timed", help: "Timed.", samples: [{ value: 1, timestamp: 1_700_000_000.123 }] }]);
  const before = BigInt(Date.now()) * 1_000_000n;
  await exporting(t, registry, receiver.url).exporter.flush();
  const after = BigInt(Date.now() + 1) * 1_000_000n;
  for (const { name, kind, points } of receiver.metrics()) {
    for (const { timeUnixNano, startTimeUnixNano } of points) {
      const time = BigInt(timeUnixNano);
      if (name === "timed") assert.equal(time, 1_700_000_000_123_000_000n);
      else assert.ok(time >= before && time <= after, name);
      if (kind === "gauge") assert.equal(numberOf(startTimeUnixNano), 0);
      else assert.ok(BigInt(startTimeUnixNano) > 1_700_000_000_000_000_000n && BigInt(startTimeUnixNano) <= time, name);
    }
  }
});

test("L4, L7, L8: counters are monotonic sums, all else is what it is; names without suffixes, units of UCUM, keys once", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  allTypes(registry);
  registry.setDefaultLabels({ app: "shop" });
  registry.counter({ name: "read_bytes", help: "Read.", unit: "bytes" }).inc(5);
  registry.counter({ name: "my.jobs", help: "", labelNames: ["a.b"], utf8: true }).inc({ "a.b": "ü" });
  const { exporter } = exporting(t, registry, receiver.url, { resource: { "service.name": "shop" } });
  await exporter.flush();
  const [request] = receiver.requests;
  const [{ resource, scopeMetrics }] = decoded(request).resourceMetrics;
  assert.deepEqual(attributesOf(resource.attributes), { "service.name": "shop" });
  assert.equal(scopeMetrics[0].scope.name, "tallystick");
  const metrics = receiver.metrics();
  assert.deepEqual(
    metrics.map(({ name, kind, unit, description, aggregationTemporality, isMonotonic }) => [
      name,
      kind,
      unit,
      description,
      aggregationTemporality,
      isMonotonic,
    ]),
    [
      ["jobs", "sum", undefined, "jobs, told.", 2, true],
      ["depth", "gauge", undefined, "depth, told.", undefined, undefined],
      ["odd", "gauge", undefined, "odd, told.", undefined, undefined],
      ["build_info", "gauge", undefined, "build, told.", undefined, undefined],
      ["state", "gauge", undefined, "state, told.", undefined, undefined],
      ["took", "histogram", "s", "took_seconds, told.", 2, undefined],
      ["spread", "exponentialHistogram", undefined, "spread, told.", 2, undefined],
      // A gauge histogram is none of OTLP's.
      ["sizes", "summary", undefined, "sizes, told.", undefined, undefined],
      ["read", "sum", "By", "Read.", 2, true],
      ["my.jobs", "sum", undefined, undefined, 2, true],
    ],
  );
  for (const { name, points } of metrics) {
    for (const { attributes, asDouble, count } of points) {
      assert.equal(attributes.app, "shop");
      assert.ok(asDouble !== undefined || count !== undefined, name);
    }
  }
  const [{ count, sum: all, quantileValues }] = metrics.find(({ name }) => name === "sizes").points;
  assert.deepEqual([numberOf(count), all, quantileValues.map(({ quantile }) => quantile)], [3, 6, [0.5, 1]]);
  assert.deepEqual(metrics.at(-1).points[0].attributes, { app: "shop", "a.b": "ü" });
});

test("L5: buckets of a histogram are not cumulative, one more than bounds, and add up; no sum where it may fall", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  allTypes(registry);
  const below = registry.histogram({ name: "below", help: "Below.", buckets: [-1, 1] });
  for (const value of [-5, 0, 7, 7]) below.observe(value);
  registry.collect(() => [
    { type: "histogram", name: "own", help: "Own.", samples: [{ value: { count: 9, sum: 3, buckets: [{ le: 1, count: 4 }, { le: 2, count: 6 }] } }] }, // prettier-ignore
  ]);
  await exporting(t, registry, receiver.url).exporter.flush();
  const found = receiver
    .metrics()
    .filter(({ kind }) => kind === "histogram")
    .map(({ name, points: [{ count, sum: all, bucketCounts, explicitBounds }] }) => [
      name,
      numberOf(count),
      all,
      bucketCounts.map(Number),
      explicitBounds,
    ]);
  assert.deepEqual(found, [
    ["took", 4, 1000000003.2, [0, 2, 1, 1], [0.00001, 1, 1e6]],
    ["below", 4, undefined, [1, 1, 2], [-1, 1]],
    ["own", 9, 3, [4, 2, 3], [1, 2]],
  ]);
});

test("L6: an exponential histogram has its scale, indices one lower, and counts that add up; what is very sparse is made coarser", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  const spread = registry.histogram({ name: "spread", help: "Spread.", native: {} });
  const values = [-4, -4, 0, 1, 1.5, 2, 4, 4.1, 1000];
  for (const value of values) spread.observe(value);
  const far = registry.histogram({ name: "far", help: "Far.", native: {} });
  for (const value of [1e-38, 1e300]) far.observe(value);
  await exporting(t, registry, receiver.url).exporter.flush();
  const [near, wide] = receiver.metrics().map(({ points: [point] }) => point);
  assert.equal(numberOf(near.count), values.length);
  assert.equal(numberOf(near.zeroCount), 1);
  assert.equal(near.sum, undefined);
  assert.equal(near.zeroThreshold, 2 ** -128);
  const base = 2 ** (2 ** -numberOf(near.scale));
  const boundsOf = (buckets) =>
    buckets.bucketCounts.flatMap((count, i) => {
      const index = numberOf(buckets.offset) + i;
      return Array.from({ length: numberOf(count) }, () => [base ** index, base ** (index + 1)]);
    });
  // Each value lies in its bucket: above the lower bound, at or below the upper one.
  const fits = (own, buckets) => {
    const bounds = boundsOf(buckets);
    assert.equal(bounds.length, own.length);
    own.forEach((value, i) =>
      assert.ok(value > bounds[i][0] * (1 - 1e-12) && value <= bounds[i][1] * (1 + 1e-12), `${value} in ${bounds[i]}`),
    );
    // A power of two is the upper bound of its bucket.
    if (own.includes(4)) assert.ok(bounds.some(([, high]) => Math.abs(high - 4) < 1e-9));
  };
  fits([1, 1.5, 2, 4, 4.1, 1000], near.positive);
  fits([4, 4], near.negative);
  assert.deepEqual([numberOf(wide.count), sum(wide.positive.bucketCounts)], [2, 2]);
  assert.ok(wide.positive.bucketCounts.length <= 1025);
  assert.equal(wide.sum, 1e300);
  const other = await collecting(t);
  await exporting(t, registry, other.url, { nativeHistograms: false }).exporter.flush();
  const [{ kind, points }] = other.metrics();
  assert.deepEqual([kind, points[0].bucketCounts.map(Number), points[0].explicitBounds], ["histogram", [values.length], []]);
});

test("L9: partial success is told and counted, and nothing is sent again; a warning is told; garbage in an answer is none", async (t) => {
  if (!judged(t, protos)) return;
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth.", labelNames: ["id"], labelSets: [{ id: "1" }, { id: "2" }, { id: "3" }] });
  for (const protocol of ["protobuf", "json"]) {
    for (const [rejected, message, wanted, words] of [
      [2, "too many", { sent: 1, dropped: 2, failures: 0 }, /^Cannot export all to .*\/v1\/metrics: it rejected 2 points, "too many"$/],
      [0, "old names", { sent: 3, dropped: 0, failures: 0 }, /it rejected 0 points, "old names"$/],
      [0, "", { sent: 3, dropped: 0, failures: 0 }, undefined],
      [99, "all", { sent: 0, dropped: 3, failures: 0 }, /rejected 3 points/],
    ]) {
      const { requests, url } = await answering(t, (request, response) => partly(request, response, rejected, message));
      const { exporter, told } = exporting(t, registry, url, { protocol });
      assert.equal(await exporter.flush(), true);
      assert.deepEqual([requests.length, exporter.statistics], [1, wanted]);
      if (words === undefined) assert.deepEqual(told, []);
      else assert.ok(told.length === 1 && told[0].code === "partial" && words.test(told[0].message), String(told));
    }
    for (const said of [
      "",
      "{",
      "<html>",
      "\xff\xff\xff",
      "null",
      '{"partialSuccess":null}',
      '{"partialSuccess":{"rejectedDataPoints":"x"}}',
    ]) {
      const { url } = await answering(t, (_, response) => response.end(said));
      const { exporter, told } = exporting(t, registry, url, { protocol });
      assert.equal(await exporter.flush(), true);
      assert.deepEqual([told, exporter.statistics.sent], [[], 3], said);
    }
    const { url } = await answering(t, (_, response) => endless(response, 200));
    const { exporter, told } = exporting(t, registry, url, { protocol });
    assert.equal(await exporter.flush(), true);
    assert.deepEqual([told, exporter.statistics.sent], [[], 3]);
  }
});

for (const status of [429, 502, 503, 504]) {
  test(`L9: ${status} is tried again, of the state by then`, async (t) => {
    if (!judged(t, protos)) return;
    const registry = registryOf(t);
    const jobs = registry.counter({ name: "jobs", help: "Jobs." });
    jobs.inc();
    let left = 2;
    const { requests, url } = await answering(t, (_, response) => {
      jobs.inc();
      response.writeHead(left-- > 0 ? status : 200).end("busy");
    });
    const { exporter, told } = exporting(t, registry, url);
    assert.equal(await exporter.flush(), false);
    await until("it arrives", () => exporter.statistics.sent > 0);
    assert.deepEqual(
      requests.map((request) => metricsOf(request)[0].points[0].asDouble),
      [1, 2, 3],
    );
    assert.deepEqual([told.length, told[0].code, told[0].status, exporter.statistics.failures], [1, "refused", status, 2]);
    assert.match(told[0].message, /"busy"; it is made again$/);
  });
}

for (const status of [400, 401, 404, 413, 500, 501, 505, 302]) {
  test(`L9: ${status} is never tried again: it is told and counted`, async (t) => {
    const registry = registryOf(t);
    registry.gauge({ name: "depth", help: "Depth." }).set(1);
    const { requests, url } = await answering(t, (_, response, number) => response.writeHead(number === 1 ? status : 200).end("no"));
    const { exporter, told } = exporting(t, registry, url);
    assert.equal(await exporter.flush(), true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([requests.length, told.length, told[0].code, told[0].status], [1, 1, "refused", status]);
    assert.deepEqual(exporter.statistics, { sent: 0, dropped: 1, failures: 0 });
    assert.equal(await exporter.flush(), true);
  });
}

test("L9: no answer is tried again; Retry-After is kept to, whoever asks", async (t) => {
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const port = await nobody();
  const away = exporting(t, registry, `http://ann:s3cret@127.0.0.1:${port}/?key=s3cret`);
  assert.equal(await away.exporter.flush(), false);
  await until("it is tried again", () => away.exporter.statistics.failures > 3);
  assert.deepEqual([away.told.length, away.told[0].code], [1, "no-answer"]);
  assert.doesNotMatch(away.told[0].message, /s3cret/);
  const { requests, url } = await answering(t, (_, response, number) =>
    response.writeHead(number === 1 ? 503 : 200, { "retry-after": "1" }).end(),
  );
  const { exporter } = exporting(t, registry, url);
  await standing(t, async () => {
    for (let i = 0; i < 3; i++) assert.equal(await exporter.flush(), false);
    assert.equal(requests.length, 1);
  });
  await until("it arrives", () => requests.length === 2);
  assert.ok(requests[1].at - requests[0].at > 950);
});

test("L11: exemplars of counters and both histograms, once each; ids that are none are attributes", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  const { jobs, took, spread } = allTypes(registry);
  jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "short", span_id: "0123456789abcdef" });
  took.observe(0.9, { trace_id: "0123456789abcdef0123456789abcdef" });
  spread.observe(3, { user: "x" });
  const { exporter } = exporting(t, registry, receiver.url);
  await exporter.flush();
  const exemplars = () => receiver.metrics().flatMap(({ name, points }) => points.flatMap((point) => (point.exemplars ?? []).map((each) => [name, each.asDouble, attributesOf(each.filteredAttributes), each.traceId?.length > 0, each.spanId?.length > 0, BigInt(each.timeUnixNano) > 1n << 60n]))); // prettier-ignore
  assert.deepEqual(exemplars(), [
    ["jobs", 1, { trace_id: "short" }, false, true, true],
    ["took", 0.9, {}, true, false, true],
    ["spread", 3, { user: "x" }, false, false, true],
  ]);
  await exporter.flush();
  assert.deepEqual(exemplars(), []);
});

test("delta: what was added since the last time, from then to now; a failure loses nothing, and a new beginning counts from there", async (t) => {
  if (!judged(t, protos)) return;
  let status = 200;
  const receiver = await collecting(t, (_, response) => response.writeHead(status).end());
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["zone"] });
  const took = registry.histogram({ name: "took_seconds", help: "Took.", buckets: [1, 2] });
  const spread = registry.histogram({ name: "spread", help: "Spread.", native: {} });
  const depth = registry.gauge({ name: "depth", help: "Depth." });
  const { exporter } = exporting(t, registry, receiver.url, { temporality: "delta", retrySeconds: [3600, 3600] });
  const told = async () => {
    const result = await exporter.flush();
    const found = Object.fromEntries(receiver.metrics().map((metric) => [metric.name, metric]));
    const of = (name) => found[name].points[0];
    return { result, found, of, jobs: of("jobs").asDouble };
  };
  jobs.inc({ zone: "eu" }, 5);
  for (const value of [0.5, 1.5, 9]) took.observe(value);
  for (const value of [1, 4, 0]) spread.observe(value);
  depth.set(7);
  const first = await told();
  assert.deepEqual([first.jobs, numberOf(first.of("took_seconds").count), numberOf(first.of("spread").count)], [5, 3, 3]);
  assert.deepEqual(
    ["jobs", "took_seconds", "spread"].map((name) => first.found[name].aggregationTemporality),
    [1, 1, 1],
  );
  assert.equal(first.found.depth.aggregationTemporality, undefined);
  jobs.inc({ zone: "eu" }, 2);
  took.observe(1.5);
  for (const value of [4, 100, -3]) spread.observe(value);
  // 500 is for good; 503 is not.
  status = 503;
  assert.equal((await told()).result, false);
  jobs.inc({ zone: "eu" }, 1);
  status = 200;
  const second = await told();
  assert.equal(second.jobs, 3);
  assert.equal(second.of("jobs").startTimeUnixNano, first.of("jobs").timeUnixNano);
  const { count, bucketCounts, sum: added, startTimeUnixNano } = second.of("took_seconds");
  assert.deepEqual(
    [numberOf(count), bucketCounts.map(Number), added, startTimeUnixNano],
    [1, [0, 1, 0], 1.5, first.of("took_seconds").timeUnixNano],
  );
  const exponential = second.of("spread");
  assert.deepEqual(
    [
      numberOf(exponential.count),
      numberOf(exponential.zeroCount),
      sum(exponential.positive.bucketCounts),
      sum(exponential.negative.bucketCounts),
    ],
    [3, 0, 2, 1],
  );
  assert.equal(second.of("depth").asDouble, 7);
  // Nothing was added.
  const third = await told();
  assert.deepEqual([numberOf(third.jobs), numberOf(third.of("spread").count), numberOf(third.of("took_seconds").count)], [0, 0, 0]);
  // The same series again is a new one.
  jobs.remove({ zone: "eu" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  jobs.inc({ zone: "eu" }, 100);
  const fourth = await told();
  assert.equal(fourth.jobs, 100);
  assert.ok(BigInt(fourth.of("jobs").startTimeUnixNano) > BigInt(third.of("jobs").timeUnixNano));
  assert.ok(BigInt(fourth.of("jobs").startTimeUnixNano) <= BigInt(fourth.of("jobs").timeUnixNano));
});

test("delta: a native histogram that becomes coarser loses and doubles nothing", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  const spread = registry.histogram({ name: "spread", help: "Spread.", native: { maxBuckets: 16 } });
  const { exporter } = exporting(t, registry, receiver.url, { temporality: "delta" });
  const scales = new Set();
  let all = 0;
  for (let round = 1; round <= 12; round++) {
    for (let i = 0; i < 10; i++) spread.observe(1.01 ** (round * i * 7));
    await exporter.flush();
    const [{ points: [point] }] = receiver.metrics(); // prettier-ignore
    scales.add(numberOf(point.scale));
    assert.equal(numberOf(point.count), 10);
    assert.equal(sum(point.positive.bucketCounts), 10);
    assert.ok(point.positive.bucketCounts.every((count) => numberOf(count) >= 0));
    all += numberOf(point.count);
  }
  assert.equal(all, 120);
  assert.ok(scales.size > 1, `it was never made coarser: ${[...scales]}`);
});

test("requests are bounded in points, and hold each once", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["id"] });
  for (let i = 0; i < 25; i++) jobs.inc({ id: String(i) }, i + 1);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const { exporter } = exporting(t, registry, receiver.url, { maxPoints: 10, temporality: "delta" });
  for (let round = 0; round < 2; round++) {
    await exporter.flush();
    const points = receiver.requests.splice(0).map((request) => metricsOf(request).flatMap((metric) => metric.points));
    assert.deepEqual(
      points.map(({ length }) => length),
      [10, 10, 6],
    );
    assert.deepEqual(
      points.flat().map(({ asDouble }) => numberOf(asDouble)),
      [...Array.from({ length: 25 }, (_, i) => (round === 0 ? i + 1 : 0)), 1],
    );
  }
  assert.equal(exporter.statistics.sent, 52);
});

test("an export every interval; close exports the last state; what cannot be is told", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  jobs.inc();
  const { exporter, told } = exporting(t, registry, receiver.url, { intervalSeconds: 0.1, closeSeconds: 5 });
  await until("three exports", () => receiver.requests.length >= 3);
  jobs.inc(41);
  await exporter.close();
  assert.equal(receiver.metrics()[0].points[0].asDouble, 42);
  await assert.rejects(exporter.flush(), { name: "SendError", code: "closed" });
  const { length } = receiver.requests;
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.deepEqual([receiver.requests.length, told], [length, []]);
  const silent = await answering(t, () => {});
  const hanging = exporting(t, registry, silent.url, { closeSeconds: 0.2 });
  await hanging.exporter.close();
  assert.deepEqual(
    hanging.told.map(({ code }) => code),
    ["no-answer", "dropped"],
  );
});

test("options that are wrong are refused by name, value and limit", () => {
  const url = "http://receiver.example";
  for (const [options, kind, words] of [
    [{ url: "x" }, TypeError, /url of otlp/],
    [{ protocol: "grpc" }, RangeError, /"grpc" as protocol of otlp: it must be one of "protobuf", "json"/],
    [{ temporality: "both" }, RangeError, /"both" as temporality/],
    [{ resource: { "": "x" } }, TypeError, /label "" in resource/],
    [{ resource: { x: {} } }, TypeError, /label "x" in resource of otlp: its value must be/],
    [{ resource: { x: "\ud800" } }, TypeError, /label "x" in resource/],
    [{ intervalSeconds: 0.01 }, RangeError, /0.01 as intervalSeconds of otlp: it must be from 0.1 to 3600/],
    [{ maxPoints: 0 }, RangeError, /0 as maxPoints/],
    [{ timeoutSeconds: -1 }, RangeError, /-1 as timeoutSeconds/],
    [{ retrySeconds: [5, 1] }, RangeError, /1 as the second of retrySeconds/],
    [{ closeSeconds: 301 }, RangeError, /301 as closeSeconds/],
    [{ headers: { "content-type": "x" } }, TypeError, /"content-type" in headers/],
    [{ interval: 1 }, TypeError, /option "interval" of otlp/],
  ]) {
    assert.throws(
      () => otlp({ url, ...options }),
      (error) => error instanceof kind && words.test(error.message),
      String(words),
    );
  }
});
