// The judge of a protobuf exposition: protobufjs decodes it, which nobody here wrote, by metrics.proto, and what comes
// out must obey rules B and N. `readProtobuf` returns the families as plain objects, or throws with the rule.
//
//   family     name, help, type, unit, metrics
//   metric     labels, timestampMs where it has one, and by the family's type
//     counter            value, exemplar, startSeconds
//     gauge, untyped     value
//     summary            count, sum, quantiles [[quantile, value]], startSeconds
//     histogram,         count, sum, buckets [{le, count, exemplar}], startSeconds, and where it is a native one
//     gauge_histogram    native {schema, zeroThreshold, zeroCount, positive, negative, exemplars}: both sides are
//                        absolute counts by bucket index
//   exemplar   labels, value, seconds
//
// What is absent is no property at all. Integers are numbers, and bigints past 2^53, so that nothing is rounded.

import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const root = new protobuf.Root().loadSync(fileURLToPath(new URL("metrics.proto", import.meta.url)));
root.resolveAll();

export const MetricFamily = root.lookupType("io.prometheus.client.MetricFamily");

const PLAIN = { longs: BigInt, enums: String, arrays: true, defaults: true };
const NANOS_BELOW = 1e9;

/** The field of Metric that a type goes with. */
const FIELDS = {
  COUNTER: "counter",
  GAUGE: "gauge",
  SUMMARY: "summary",
  UNTYPED: "untyped",
  HISTOGRAM: "histogram",
  GAUGE_HISTOGRAM: "histogram",
};

function must(holds, rule, text) {
  if (!holds) throw new Error(`${rule}: ${text}`);
}

function exact(integer) {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** Field numbers that metrics.proto does not have: protobufjs keeps them aside, and a scraper drops them. */
function assertKnown(message, path) {
  must(message.$unknowns === undefined, "B1", `${path} has fields that are not in metrics.proto`);
  for (const [name, value] of Object.entries(message)) {
    const parts = Array.isArray(value) ? value : [value];
    for (const part of parts) if (part instanceof protobuf.Message) assertKnown(part, `${path}.${name}`);
  }
}

function labelsOf(pairs, where) {
  const names = pairs.map(({ name }) => name);
  must(!names.includes(""), "B7", `${where} has a label without a name`);
  must(new Set(names).size === names.length, "B7", `${where} has a label twice: ${names}`);
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}

function secondsOf({ seconds, nanos }, where) {
  must(nanos >= 0 && nanos < NANOS_BELOW, "B6", `${where} has a time with ${nanos} nanoseconds`);
  return Number(seconds) + nanos / NANOS_BELOW;
}

function startOf(message, where) {
  return message.startTimestamp === null ? {} : { startSeconds: secondsOf(message.startTimestamp, where) };
}

function exemplarOf({ label, value, timestamp }, where) {
  return { labels: labelsOf(label, where), value, ...(timestamp === null ? {} : { seconds: secondsOf(timestamp, where) }) };
}

function exemplarPart({ exemplar }, where) {
  return exemplar === null ? {} : { exemplar: exemplarOf(exemplar, where) };
}

function bucketsOf(message, count, where) {
  let below = { le: -Infinity, count: 0 };
  const buckets = message.bucket.map((bucket, i) => {
    const le = bucket.upperBound;
    const own = { le, count: bucket.cumulativeCountFloat || exact(bucket.cumulativeCount), ...exemplarPart(bucket, where) };
    must(le > below.le || (i === 0 && le === -Infinity), "B8", `${where} has bound ${le} behind ${below.le}`);
    must(own.count >= below.count, "B8", `${where} has ${own.count} up to ${le} and ${below.count} up to ${below.le}`);
    const fits = own.exemplar === undefined || (own.exemplar.value <= le && (own.exemplar.value > below.le || i === 0));
    must(fits, "O19", `${where} has an exemplar of ${own.exemplar?.value} in the bucket up to ${le}`);
    below = own;
    return own;
  });
  const ends = below.le === Infinity ? below.count === count : below.count <= count;
  must(ends, "B8", `${where} counts ${count} and has ${below.count} in its buckets up to ${below.le}`);
  return buckets;
}

/** Deltas summed up, or counts as they are. */
function countsOf(deltas, counts, where) {
  must(deltas.length === 0 || counts.length === 0, "N9", `${where} has deltas and counts`);
  let sum = 0n;
  const all = deltas.length === 0 ? counts : deltas.map((delta) => exact((sum += delta)));
  must(!all.some((count) => count < 0), "N4", `${where} has a negative bucket: ${all}`);
  return all;
}

/** One side of a native histogram: absolute counts by bucket index. */
function sideOf(spans, deltas, floats, where) {
  const counts = countsOf(deltas, floats, where);
  const indices = [];
  let next = 0;
  for (const [i, { offset, length }] of spans.entries()) {
    must(i === 0 || offset >= 0, "N3", `${where} has a span with offset ${offset}`);
    next += offset;
    for (let left = length; left > 0; left--) indices.push(next++);
  }
  must(indices.length === counts.length, "N3", `${where} has spans for ${indices.length} buckets and ${counts.length} buckets`);
  return Object.fromEntries(indices.map((index, i) => [index, counts[i]]));
}

/** The sum of counts, exact where they are integers. */
function totalOf(counts) {
  const integers = counts.every((count) => typeof count === "bigint" || Number.isInteger(count));
  return integers ? exact(counts.reduce((sum, count) => sum + BigInt(count), 0n)) : counts.reduce((sum, count) => sum + count, 0);
}

/** As Prometheus tells a native histogram from one that is only classic (rule N7). */
function isNative(message) {
  return (
    message.positiveSpan.length + message.negativeSpan.length + message.positiveDelta.length + message.negativeDelta.length > 0 ||
    message.positiveCount.length + message.negativeCount.length > 0 ||
    message.zeroThreshold > 0 ||
    message.zeroCount > 0n ||
    message.zeroCountFloat > 0
  );
}

function nativeOf(message, count, where) {
  const { zeroThreshold } = message;
  const schema = message.schema ?? 0;
  must(schema >= -4 && schema <= 8, "N1", `${where} has schema ${schema}`);
  must(zeroThreshold >= 0 && zeroThreshold < Infinity, "N6", `${where} has a zero bucket up to ${zeroThreshold}`);
  const zeroCount = message.zeroCountFloat || exact(message.zeroCount);
  const positive = sideOf(message.positiveSpan, message.positiveDelta, message.positiveCount, `${where}, positive side,`);
  const negative = sideOf(message.negativeSpan, message.negativeDelta, message.negativeCount, `${where}, negative side,`);
  const exemplars = message.exemplars.map((exemplar) => exemplarOf(exemplar, where));
  must(!exemplars.some(({ seconds }) => seconds === undefined), "N8", `${where} has an exemplar without a time`);
  const sum = totalOf([zeroCount, ...Object.values(positive), ...Object.values(negative)]);
  // Observations of NaN are in no bucket.
  const fits = Number.isNaN(message.sampleSum) ? sum <= count : sum === count;
  must(fits, "N5", `${where} counts ${count} and has ${sum} in its buckets`);
  return { schema, zeroThreshold, zeroCount, positive, negative, exemplars };
}

function histogramOf(message, where) {
  const count = message.sampleCountFloat || exact(message.sampleCount);
  return {
    count,
    sum: message.sampleSum,
    buckets: bucketsOf(message, count, where),
    ...(isNative(message) ? { native: nativeOf(message, count, where) } : {}),
    ...startOf(message, where),
  };
}

function summaryOf(message, where) {
  const quantiles = message.quantile.map(({ quantile, value }) => [quantile, value]);
  const ascend = quantiles.every(([quantile], i) => quantile >= 0 && quantile <= 1 && (i === 0 || quantile > quantiles[i - 1][0]));
  must(ascend, "P9", `${where} has quantiles ${quantiles.map(([quantile]) => quantile)}`);
  return { count: exact(message.sampleCount), sum: message.sampleSum, quantiles, ...startOf(message, where) };
}

const VALUES = {
  counter: (message, where) => ({ value: message.value, ...exemplarPart(message, where), ...startOf(message, where) }),
  gauge: ({ value }) => ({ value }),
  untyped: ({ value }) => ({ value }),
  summary: summaryOf,
  histogram: histogramOf,
};

function metricOf(message, type, where) {
  const field = FIELDS[type];
  const there = Object.keys(VALUES).filter((name) => message[name] !== null);
  must(there.length === 1 && there[0] === field, "B2", `${where} is a ${type} and has ${there.join(" and ") || "no value"}`);
  return {
    labels: labelsOf(message.label, where),
    ...(message.timestampMs === undefined ? {} : { timestampMs: Number(message.timestampMs) }),
    ...VALUES[field](message[field], where),
  };
}

function assertNamed({ name, type, unit }) {
  must(name !== "", "B7", "A family has no name");
  must(type !== "COUNTER" || name.endsWith("_total"), "B3", `Counter ${name} has no _total`);
  const base = type === "COUNTER" ? name.slice(0, -"_total".length) : name;
  must(unit === "" || base.endsWith(`_${unit}`), "B5", `${name} does not end with its unit ${unit}`);
}

function familyOf(message) {
  const { name, help, type, unit } = message;
  must(type in FIELDS, "B2", `${name} has type ${type}`);
  assertNamed(message);
  const metrics = message.metric.map((metric) =>
    metricOf(metric, type, `${name}{${metric.label.map((pair) => `${pair.name}="${pair.value}"`)}}`),
  );
  const keys = metrics.map(({ labels }) => JSON.stringify(Object.entries(labels).sort()));
  must(new Set(keys).size === keys.length, "P8", `${name} has labels twice: ${keys}`);
  return { name, help, type: type.toLowerCase(), unit, metrics };
}

/** The families of an exposition as plain objects; throws where a rule is broken. */
export function readProtobuf(bytes) {
  const reader = protobuf.Reader.create(bytes);
  // So that fields of a wrong number are found.
  reader.discardUnknown = false;
  const families = [];
  while (reader.pos < reader.len) {
    const message = MetricFamily.decodeDelimited(reader);
    assertKnown(message, "MetricFamily");
    families.push(familyOf(MetricFamily.toObject(message, PLAIN)));
  }
  const names = families.map(({ name }) => name);
  must(new Set(names).size === names.length, "B4", `A family is there twice: ${names}`);
  return families;
}
