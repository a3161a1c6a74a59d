// Composite values of OpenMetrics 2.0, `{count:17,sum:3.5,bucket:[1:8,+Inf:17]}`: how they are read, and the faults in
// them that the grammar does not see (rules Q3 to Q5).

import { boundText, numberOf, OPENMETRICS, TEXT } from "./numbers.mjs";

/** Reads a value that begins with a brace at `from`; `fields` are its texts in their order, lists are arrays of texts. */
export function compositeAt(line, from) {
  const field = /([a-z_]+):(?:\[([^\]]*)\]|([^,[\]}]+))(,?)/y;
  const fields = new Map();
  let at = from + 1;
  while (line[at] !== "}") {
    field.lastIndex = at;
    const found = field.exec(line);
    if (found === null || fields.has(found[1])) throw new Error(`Cannot read the value of ${JSON.stringify(line)} from ${at}`);
    fields.set(found[1], found[2] === undefined ? found[3] : found[2].split(",").filter((text) => text !== ""));
    at = field.lastIndex;
  }
  return { fields, end: at + 1 };
}

/** `[0.01:0,1:8]` as pairs of numbers. */
export function pairsOf(list = []) {
  return list.map((pair) => pair.split(":").map(numberOf));
}

/** Bucket index -> count, of one side of a native histogram. */
export function sideOf(fields, side) {
  const counts = (fields.get(`${side}_buckets`) ?? []).map(numberOf);
  const indices = [];
  let next = 0;
  for (const [offset, length] of pairsOf(fields.get(`${side}_spans`))) {
    next += offset;
    for (let left = length; left > 0; left--) indices.push(next++);
  }
  return { indices, counts };
}

const SIDES = "(?:negative_spans,negative_buckets,)?(?:positive_spans,positive_buckets,)?";
const BUCKETS = `(?:schema,zero_threshold,zero_count,${SIDES})?(?:bucket,)?`;
const WORDS = {
  histogram: new RegExp(`^count,sum,${BUCKETS}$`),
  gaugehistogram: new RegExp(`^gcount,gsum,${BUCKETS}$`),
  summary: /^count,sum,quantile,$/,
};

function* bucketFaults(fields, count, line) {
  const buckets = pairsOf(fields.get("bucket"));
  if (buckets.at(-1)?.[0] !== Infinity) yield `no last bucket +Inf: ${line}`;
  if (buckets.at(-1)?.[1] !== count) yield `count is not the last bucket's: ${line}`;
  const falls = buckets.some(([le, below], i) => i > 0 && !(le > buckets[i - 1][0] && below >= buckets[i - 1][1]));
  if (falls) yield `buckets not ascending and cumulative: ${line}`;
}

function* nativeFaults(fields, count, line) {
  const schema = numberOf(fields.get("schema"));
  if (!(schema >= -4 && schema <= 8)) yield `no such schema: ${line}`;
  let sum = numberOf(fields.get("zero_count"));
  for (const side of ["negative", "positive"]) {
    const { indices, counts } = sideOf(fields, side);
    if (indices.length !== counts.length) yield `${side} spans for ${indices.length} buckets: ${line}`;
    if (fields.has(`${side}_spans`) && counts.length === 0) yield `${side} side is there and empty: ${line}`;
    if (pairsOf(fields.get(`${side}_spans`)).some(([offset], i) => i > 0 && offset < 0)) yield `${side} spans go back: ${line}`;
    sum += counts.reduce((all, each) => all + each, 0);
  }
  if (sum !== count) yield `count is not the sum of the native buckets, ${sum}: ${line}`;
}

/** Faults of a sample with a composite value, of a family of a type. */
export function* compositeFaults({ fields, line }, type) {
  const words = [...fields.keys()].map((word) => `${word},`).join("");
  if (!WORDS[type]?.test(words) || !/bucket,|schema,|quantile,/.test(words)) {
    yield `no value of a ${type}: ${line}`;
    return;
  }
  const count = numberOf(fields.get("count") ?? fields.get("gcount"));
  if (!(count >= 0)) yield `no count: ${line}`;
  if (fields.has("bucket")) yield* bucketFaults(fields, count, line);
  if (fields.has("schema")) yield* nativeFaults(fields, count, line);
  const quantiles = pairsOf(fields.get("quantile")).map(([quantile]) => quantile);
  const right = quantiles.every((quantile, i) => quantile >= 0 && quantile <= 1 && (i === 0 || quantile > quantiles[i - 1]));
  if (!right) yield `quantiles not ascending from 0 to 1: ${line}`;
  for (const pair of [...(fields.get("bucket") ?? []), ...(fields.get("quantile") ?? [])]) {
    const [bound] = pair.split(":");
    const canonical = [TEXT, OPENMETRICS].map((dialect) => boundText(numberOf(bound), dialect));
    if (!canonical.includes(bound)) yield `${bound} not canonical: ${line}`;
  }
}
