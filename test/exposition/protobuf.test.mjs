// The judge of protobuf expositions judged itself: it must read what is right exactly, and refuse what is not.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { MetricFamily, readProtobuf } from "./protobuf.mjs";
import { readExposition } from "./rules.mjs";
import { SHARED_DATA } from "./validators.mjs";

const vector = (name) => readFileSync(new URL(`vectors/${name}`, import.meta.url));

/** An exposition of families in protobufjs' own form. */
function encoded(...families) {
  return Buffer.concat(families.map((family) => MetricFamily.encodeDelimited(MetricFamily.fromObject(family)).finish()));
}

const START = { startSeconds: 1795211446.826 };
const SECONDS = 1795211546.826;
const family = (name, help, type, unit, ...metrics) => ({ name, help, type, unit, metrics });

test("readProtobuf reads good_all.pb: every type, native and classic buckets, exemplars, times", () => {
  assert.deepEqual(readProtobuf(vector("good_all.pb")), [
    family("pb_requests_total", "Reqs", "counter", "", {
      labels: { code: "200" },
      value: 5,
      exemplar: { labels: { trace_id: "abc" }, value: 1, seconds: SECONDS },
      ...START,
    }),
    family("pb_temp_celsius", "T", "gauge", "celsius", { labels: {}, value: -3.5 }, { labels: { r: "nan" }, value: NaN }),
    family("pb_rpc_seconds", "S", "summary", "", { labels: {}, count: 10, sum: 5, quantiles: [[0.5, 0.25]], ...START }),
    family("pb_native_seconds", "N", "histogram", "", {
      labels: { m: "g" },
      count: 7,
      sum: 20.5,
      buckets: [],
      native: {
        schema: 3,
        zeroThreshold: 2 ** -128,
        zeroCount: 1,
        positive: { 0: 2, 1: 1, 5: 3 },
        negative: {},
        exemplars: [{ labels: { trace_id: "nx" }, value: 1.05, seconds: SECONDS }],
      },
      ...START,
    }),
    family("pb_both_seconds", "B", "histogram", "", {
      labels: {},
      count: 6,
      sum: 20.5,
      buckets: [
        { le: 1.1, count: 3, exemplar: { labels: { trace_id: "cl" }, value: 1.05, seconds: SECONDS } },
        { le: Infinity, count: 6 },
      ],
      native: { schema: 0, zeroThreshold: 0.001, zeroCount: 1, positive: { 1: 4 }, negative: { 0: 1 }, exemplars: [] },
    }),
    family("pb_empty_native", "E", "histogram", "", {
      labels: {},
      count: 0,
      sum: 0,
      buckets: [],
      native: { schema: 3, zeroThreshold: 0, zeroCount: 0, positive: {}, negative: {}, exemplars: [] },
    }),
    family("pb_classic_seconds", "C", "histogram", "", { labels: {}, count: 6, sum: 20.5, buckets: [{ le: 1, count: 3 }] }),
    family("pb_gh", "GH", "gauge_histogram", "", {
      labels: {},
      count: 6.5,
      sum: 20.5,
      buckets: [],
      native: { schema: 1, zeroThreshold: 0.001, zeroCount: 1.5, positive: { 1: 2, 2: 3 }, negative: {}, exemplars: [] },
    }),
  ]);
});

/** The samples that a family's metric has in text 0.0.4: name, labels, value. */
function samplesOf({ name, type }, { labels, value, count, sum, quantiles = [], buckets = [] }) {
  if (value !== undefined) return [[name, labels, value]];
  const ends = [[`${name}_sum`, labels, sum], [`${name}_count`, labels, count]]; // prettier-ignore
  if (type === "summary") return [...quantiles.map(([quantile, each]) => [name, { ...labels, quantile: String(quantile) }, each]), ...ends];
  const last = buckets.at(-1)?.le === Infinity ? [] : [{ le: Infinity, count }];
  const lines = [...buckets, ...last].map(({ le, count: below }) => [
    `${name}_bucket`,
    { ...labels, le: le === Infinity ? "+Inf" : String(le) },
    below,
  ]);
  return [...lines, ...ends];
}

test("readProtobuf reads good_all.pb as Prometheus' own library does, which wrote it as text", () => {
  const theirs = readExposition(vector("good_all.expected.prom004.txt").toString());
  const ours = readProtobuf(vector("good_all.pb"));
  assert.deepEqual(
    ours.map(({ name, help, type }) => [name, help, type.replace("gauge_", "")]),
    theirs.map(({ name, help, type }) => [name, help, type]),
  );
  for (const [i, each] of ours.entries()) {
    assert.deepEqual(
      each.metrics.flatMap((metric) => samplesOf(each, metric)),
      theirs[i].samples.map(({ name, labels, value }) => [
        name,
        Object.fromEntries(labels.map((label) => [label.name, label.value])),
        value,
      ]),
    );
  }
});

test("readProtobuf reads nothing from no bytes, any UTF-8, a metric's own time, and counts past 2^53 exactly", () => {
  assert.deepEqual(readProtobuf(new Uint8Array()), []);
  const [{ metrics }] = readProtobuf(
    encoded({
      name: "größe.π",
      type: "UNTYPED",
      metric: [{ label: [{ name: "__proto__", value: 'a\n"\\😀' }], untyped: { value: -0 }, timestampMs: 1795211446826 }],
    }),
  );
  assert.deepEqual(metrics, [{ labels: Object.fromEntries([["__proto__", 'a\n"\\😀']]), timestampMs: 1795211446826, value: -0 }]);
  const histogram = {
    sampleCount: "18446744073709551615",
    zeroCount: "9007199254740993",
    positiveSpan: [{ offset: -2, length: 2 }],
    positiveDelta: ["9218868437227405311", 0],
  };
  const [big] = readProtobuf(encoded({ name: "big", type: "HISTOGRAM", metric: [{ histogram }] }))[0].metrics;
  assert.equal(big.count, 18446744073709551615n);
  assert.equal(big.native.zeroCount, 9007199254740993n);
  assert.deepEqual(big.native.positive, { "-2": 9218868437227405311n, "-1": 9218868437227405311n });
});

const counter = (metric) => ({ name: "a_total", type: "COUNTER", metric: [metric] });
const classic = (bucket, more) => ({ name: "a", type: "HISTOGRAM", metric: [{ histogram: { sampleCount: 6, bucket, ...more } }] });
const native = (more) =>
  classic([], {
    sampleCount: 7,
    schema: 3,
    zeroThreshold: 1e-9,
    zeroCount: 1,
    positiveSpan: [
      { offset: -1, length: 2 },
      { offset: 3, length: 1 },
    ],
    positiveDelta: [2, -1, 2],
    ...more,
  });
const label = (...names) => names.map((name) => ({ name, value: "x" }));
const gauge = (more) => ({ name: "g", type: "GAUGE", metric: [{ gauge: { value: 1 } }], ...more });

const BROKEN = [
  ["B2", "a counter with a gauge's field", counter({ gauge: { value: 1 } })],
  ["B2", "two fields in a metric", counter({ counter: { value: 1 }, gauge: { value: 1 } })],
  ["B2", "no field", counter({})],
  ["B3", "a counter without _total", { ...counter({ counter: { value: 1 } }), name: "a" }],
  ["B4", "a family twice", gauge({}), gauge({})],
  ["B5", "a unit that is no suffix", gauge({ unit: "seconds" })],
  ["B6", "10^9 nanoseconds", counter({ counter: { value: 1, startTimestamp: { seconds: 1, nanos: 1e9 } } })],
  ["B7", "a family without a name", gauge({ name: "" })],
  ["B7", "a label without a name", counter({ label: label(""), counter: { value: 1 } })],
  ["B7", "a label twice", counter({ label: label("a", "a"), counter: { value: 1 } })],
  ["P8", "the same labels twice", gauge({ metric: [label("a", "b"), label("b", "a")].map((each) => ({ label: each, gauge: {} })) })],
  ["P9", "quantiles that fall", { name: "s", type: "SUMMARY", metric: [{ summary: { quantile: [{ quantile: 1 }, { quantile: 0.5 }] } }] }],
  ["B8", "bounds that fall", classic([{ upperBound: 2 }, { upperBound: 1 }])],
  ["B8", "a bound of NaN", classic([{ upperBound: NaN }])],
  ["B8", "buckets that are not cumulative", classic([{ upperBound: 1, cumulativeCount: 2 }, { upperBound: 2, cumulativeCount: 1 }])], // prettier-ignore
  ["B8", "a last bucket that is not the count", classic([{ upperBound: Infinity, cumulativeCount: 5 }])],
  ["B8", "a bucket above the count", classic([{ upperBound: 1, cumulativeCount: 7 }])],
  ["O19", "an exemplar outside its bucket", classic([{ upperBound: 1 }, { upperBound: 2, exemplar: { value: 1 } }])],
  ["N1", "schema 9", native({ schema: 9 })],
  ["N1", "schema -5", native({ schema: -5 })],
  ["N3", "a later span that goes back", native({ positiveSpan: [{ offset: 0, length: 2 }, { offset: -3, length: 1 }] })], // prettier-ignore
  ["N3", "more buckets than spans", native({ positiveDelta: [2, -1, 2, 0] })],
  ["N3", "fewer buckets than spans", native({ positiveDelta: [2, -1] })],
  ["N4", "a negative bucket", native({ positiveDelta: [2, -3, 2] })],
  ["N5", "a count that is not the sum", native({ sampleCount: 8 })],
  ["N5", "a count below the sum, with NaN", native({ sampleCount: 6, sampleSum: NaN })],
  ["N6", "a negative threshold", native({ zeroThreshold: -1 })],
  ["N8", "a native exemplar without a time", native({ exemplars: [{ value: 1 }] })],
  ["N9", "deltas and counts on one side", native({ positiveCount: [2, 1, 3] })],
];

for (const [rule, name, ...families] of BROKEN) {
  test(`readProtobuf refuses ${name} (${rule})`, () => {
    assert.throws(
      () => readProtobuf(encoded(...families)),
      (error) => error.message.startsWith(`${rule}: `),
    );
  });
}

test("readProtobuf takes the right neighbours of what it refuses", () => {
  const right = [
    gauge({ name: "g_seconds", unit: "seconds" }),
    { ...counter({ counter: { value: 1 } }), name: "a_seconds_total", unit: "seconds" },
    { ...classic([{ upperBound: -Infinity }, { upperBound: 1, exemplar: { value: 1 } }]), name: "b" },
    { ...native({ sampleCount: 9, sampleSum: NaN }), name: "c" },
    { ...native({ exemplars: [{ value: 1, timestamp: { seconds: 1 } }] }), name: "d" },
    { ...native({ schema: -4 }), name: "e" },
  ];
  assert.equal(readProtobuf(encoded(...right)).length, right.length);
});

test("readProtobuf refuses bytes that are no exposition: cut, without lengths, fields that nobody knows, bad UTF-8", () => {
  const bytes = encoded(gauge({ help: "ZZ" }));
  for (let length = 1; length < bytes.length; length++) assert.throws(() => readProtobuf(bytes.subarray(0, length)), `${length} bytes`);
  assert.throws(() => readProtobuf(bytes.subarray(1)));
  // Field 6 of MetricFamily, and field 2 of Gauge.
  assert.throws(() => readProtobuf(Buffer.from([7, 0x0a, 1, 0x67, 0x18, 1, 0x30, 1])), /^Error: B1/);
  assert.throws(() => readProtobuf(Buffer.from([11, 0x0a, 1, 0x67, 0x18, 1, 0x22, 4, 0x12, 2, 0x10, 1])), /^Error: B1/);
  const broken = Buffer.from(bytes);
  broken[broken.indexOf("ZZ")] = 0xff;
  assert.throws(() => readProtobuf(broken), TypeError);
});

/** Called bad where they were made; today's scrapers take the first, and the second is right. */
const FINE = ["bad_name_dash.pb", "bad_sint_as_int.pb"];
const SAMPLES = new URL("samples/protobuf/", SHARED_DATA);

test("readProtobuf tells the good samples of Prometheus' scrapers from the bad ones", (t) => {
  if (!existsSync(SAMPLES)) return t.skip("the samples are not beside the project: ../shared/data/samples/protobuf");
  for (const name of readdirSync(SAMPLES).filter((each) => !FINE.includes(each))) {
    const read = () => readProtobuf(readFileSync(new URL(name, SAMPLES)));
    if (name.startsWith("good_")) assert.doesNotThrow(read, name);
    else assert.throws(read, name);
  }
});
