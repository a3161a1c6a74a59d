// Our own reading of an exposition, and the faults that it can have and no tool reports: see `faults`.
// What a tool does report is left to the tool, so this reader takes lines apart without judging much.

import { compositeAt, compositeFaults } from "./composite.mjs";
import { boundText, numberOf, OPENMETRICS, OPENMETRICS2, TEXT } from "./numbers.mjs";

export { boundText, numberOf, OPENMETRICS, OPENMETRICS2, PROTOBUF, TEXT, valueText } from "./numbers.mjs";

const ESCAPE = /\\([\s\S]?)/g;

function unescaped(text) {
  return text.replace(ESCAPE, (whole, character) => (character === "n" ? "\n" : /["\\]/.test(character) ? character : whole));
}

/** A string in quotes, without them. */
const STRING = String.raw`"((?:\\[\s\S]|[^"\\])*)"`;

/**
 * Reads `{a="1","b.c"="2"}` from `from`, or `,a="1"}` behind a quoted name; returns the pairs in their order and where they
 * end. `quoted` says which names were in quotes.
 */
function labelsAt(line, from) {
  const pair = new RegExp(`(?:([^=,{}"]+)|${STRING})=${STRING}(,?)`, "y");
  const labels = [];
  let at = line[from] === "}" ? from : from + 1;
  while (line[at] !== "}") {
    pair.lastIndex = at;
    const found = pair.exec(line);
    if (found === null) throw new Error(`Cannot read the labels of ${JSON.stringify(line)} from ${at}`);
    const [, plain, quoted, raw] = found;
    labels.push({ name: plain ?? unescaped(quoted), value: unescaped(raw), raw, quoted: plain === undefined });
    at = pair.lastIndex;
  }
  return { labels, end: at + 1 };
}

/** Reads ` number [time] [st@time]`, or a composite value instead of the number, and where it ends. */
function numberAt(line, from) {
  const composite = line.startsWith(" {", from) ? compositeAt(line, from + 1) : undefined;
  const rest = composite === undefined ? /^ ([^ ]+)/.exec(line.slice(from)) : [line.slice(from, composite.end)];
  if (rest === null) throw new Error(`Cannot read the value of ${JSON.stringify(line)} from ${from}`);
  const end = from + rest[0].length;
  const times = /^(?: ([^ #]+?))??(?: st@([^ ]+))?(?= #|$)/.exec(line.slice(end));
  if (times === null) throw new Error(`Cannot read the time of ${JSON.stringify(line)} from ${end}`);
  const value = composite === undefined ? numberOf(rest[1]) : undefined;
  const number = { text: rest[1], value, fields: composite?.fields, time: times[1], start: times[2] };
  return { number, end: end + times[0].length };
}

/** A sample's name and labels: `name{a="1"}`, or `{"my.name",a="1"}`. */
function headOf(line) {
  const quoted = new RegExp(`^{${STRING}(?=[,}])`).exec(line);
  if (quoted !== null) return { name: unescaped(quoted[1]), quotedName: true, ...labelsAt(line, quoted[0].length) };
  const name = /^[^{ ]+/.exec(line)?.[0];
  if (name === undefined) throw new Error(`Cannot read ${JSON.stringify(line)} as a sample`);
  return { name, quotedName: false, ...(line[name.length] === "{" ? labelsAt(line, name.length) : { labels: [], end: name.length }) };
}

function sampleOf(line) {
  const { name, quotedName, labels: own, end: headEnd } = headOf(line);
  let { number, end } = numberAt(line, headEnd);
  const sample = { name, quotedName, labels: own, line, ...number, exemplars: [] };
  while (line.startsWith(" # {", end)) {
    const { labels, end: labelsEnd } = labelsAt(line, end + 3);
    ({ number, end } = numberAt(line, labelsEnd));
    sample.exemplars.push({ labels, ...number });
  }
  if (end !== line.length) throw new Error(`Cannot read ${JSON.stringify(line)} from ${end}`);
  return sample;
}

/** What a sample may add to the name of its family; see also `SAMPLE_SUFFIXES`. */
const SUFFIXES = /(?:_total|_created|_bucket|_sum|_count|_gcount|_gsum|_info)$/;

const METADATA = new RegExp(`^# (TYPE|HELP|UNIT) (?:([^ "]+)|${STRING}) ([\\s\\S]*)$`);

/**
 * Families in the order of their appearance: `{name, type, unit, help, metadata, samples}`. `metadata` is the
 * order of its lines; help is as it was written. A sample is `{name, labels, text, value, time, exemplars}`,
 * and in OpenMetrics 2.0 has `start`, and `fields` where its value is composite.
 */
export function readExposition(text) {
  const families = [];
  let family;
  const begin = (name) => {
    if (family?.name === name) return;
    family = { name, type: undefined, unit: undefined, help: undefined, metadata: [], samples: [] };
    families.push(family);
  };
  for (const line of text.split("\n")) {
    if (line === "" || line === "# EOF") continue;
    const metadata = METADATA.exec(line);
    if (metadata !== null) {
      begin(metadata[2] ?? unescaped(metadata[3]));
      family[metadata[1].toLowerCase()] = metadata[4];
      family.metadata.push(metadata[1]);
    } else if (!line.startsWith("#")) {
      const sample = sampleOf(line);
      if (family === undefined || (sample.name !== family.name && sample.name.replace(SUFFIXES, "") !== family.name)) begin(sample.name);
      family.samples.push(sample);
    }
  }
  return families;
}

/** Rule O8; text has neither `_created` nor the types of OpenMetrics (rule P3). In 2.0 a sample is named as its family (rule Q1). */
const SAMPLE_SUFFIXES = {
  counter: { text: [""], openmetrics: ["_total", "_created"] },
  gauge: { text: [""], openmetrics: [""] },
  histogram: { text: ["_bucket", "_sum", "_count"], openmetrics: ["_bucket", "_sum", "_count", "_created"] },
  gaugehistogram: { openmetrics: ["_bucket", "_gsum", "_gcount"] },
  summary: { text: ["", "_sum", "_count"], openmetrics: ["", "_sum", "_count", "_created"] },
  info: { openmetrics: ["_info"] },
  stateset: { openmetrics: [""] },
  unknown: { openmetrics: [""] },
  untyped: { text: [""] },
};

function* nameFaults(family, dialect) {
  const own = SAMPLE_SUFFIXES[family.type ?? (dialect === TEXT ? "untyped" : "unknown")];
  const suffixes = dialect === OPENMETRICS2 && own?.openmetrics !== undefined ? [""] : own?.[dialect];
  if (suffixes === undefined) yield `no type of ${dialect}: ${family.type}, ${family.name}`;
  for (const { name, line } of family.samples) {
    if (!(suffixes ?? [""]).includes(name.slice(family.name.length))) yield `no sample name of a ${family.type}: ${line}`;
  }
}

/** A series told apart by its labels whatever their order; an empty value is no label (rule O4). */
export function seriesKey(name, labels) {
  const pairs = labels.filter(({ value }) => value !== "").map(({ name: label, value }) => [label, value]);
  pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return JSON.stringify([name, pairs]);
}

function labelValue(sample, name) {
  return sample.labels.find((label) => label.name === name)?.value;
}

/** The buckets of each histogram of a family, by its labels without `le`, in the order of appearance. */
function histogramsOf(family) {
  const histograms = new Map();
  for (const sample of family.samples) {
    const suffix = sample.name.slice(family.name.length);
    const others = sample.labels.filter(({ name }) => name !== "le");
    const key = seriesKey(family.name, others);
    const histogram = histograms.get(key) ?? { buckets: [] };
    histograms.set(key, histogram);
    if (suffix === "_bucket") histogram.buckets.push(sample);
    if (suffix === "_count" || suffix === "_gcount") histogram.count = sample;
    if (suffix === "_sum" || suffix === "_gsum") histogram.sum = sample;
  }
  return histograms;
}

/** Order, +Inf and count: text 0.0.4 with faults in them passes every tool (rules P9, O13). */
function* histogramFaults(family) {
  for (const [key, { buckets, count, sum }] of histogramsOf(family)) {
    const bounds = buckets.map((bucket) => numberOf(labelValue(bucket, "le") ?? ""));
    for (let i = 1; i < buckets.length; i++) {
      if (bounds[i] === bounds[i - 1]) yield `duplicate le: ${buckets[i].line}`;
      else if (!(bounds[i] > bounds[i - 1])) yield `le not ascending: ${buckets[i].line}`;
      if (!(buckets[i].value >= buckets[i - 1].value)) yield `buckets not cumulative: ${buckets[i].line}`;
    }
    if (bounds.at(-1) !== Infinity) yield `no bucket le="+Inf": ${key}`;
    if (count !== undefined && count.value !== buckets.at(-1)?.value) yield `count is not the last bucket's: ${count.line}`;
    if ((count === undefined) !== (sum === undefined)) yield `sum and count not together: ${key}`;
    for (const [i, bucket] of buckets.entries()) {
      for (const exemplar of bucket.exemplars) {
        const inside = exemplar.value <= bounds[i] && (i === 0 || exemplar.value > bounds[i - 1]);
        if (!inside) yield `exemplar outside its bucket: ${bucket.line}`;
      }
    }
  }
}

/** Rule O12: as many samples a series as there are states, each 0 or 1, under a label named as the family. */
function* stateFaults({ name, samples }) {
  const sets = new Map();
  for (const sample of samples) {
    if (labelValue(sample, name) === undefined) yield `no state: ${sample.line}`;
    if (sample.value !== 0 && sample.value !== 1) yield `a state holds or does not: ${sample.line}`;
    const key = seriesKey(
      name,
      sample.labels.filter((label) => label.name !== name),
    );
    sets.set(key, [...(sets.get(key) ?? []), labelValue(sample, name)]);
  }
  if (new Set([...sets.values()].map((states) => states.join("\n"))).size > 1) yield `state sets of ${name} have not the same states`;
}

/** Rules P9 and O15. */
function* summaryFaults({ name, samples }, dialect) {
  const summaries = new Map();
  for (const sample of samples) {
    const key = seriesKey(
      name,
      sample.labels.filter((label) => label.name !== "quantile"),
    );
    const summary = summaries.get(key) ?? { quantiles: [], suffixes: [] };
    summaries.set(key, summary);
    const suffix = sample.name.slice(name.length);
    if (suffix === "") summary.quantiles.push(numberOf(labelValue(sample, "quantile") ?? ""));
    else summary.suffixes.push(suffix);
    if (dialect === OPENMETRICS && sample.value < 0) yield `below zero in a summary: ${sample.line}`;
  }
  for (const [key, { quantiles, suffixes }] of summaries) {
    const right = quantiles.every((quantile, i) => quantile >= 0 && quantile <= 1 && (i === 0 || quantile > quantiles[i - 1]));
    if (!right) yield `quantiles not ascending from 0 to 1: ${key}`;
    if (!suffixes.includes("_count") || (dialect === TEXT && !suffixes.includes("_sum"))) yield `no sum or no count: ${key}`;
  }
}

/** Where exemplars may be, and what they may say (rules O19, P10, Q6). */
function* exemplarFaults({ type, name: familyName }, sample, dialect) {
  if (sample.exemplars.length === 0) return;
  const suffix = sample.name.slice(familyName.length);
  const place = type === "counter" ? "_total" : "_bucket";
  const fits = dialect === OPENMETRICS2 ? ["counter", "histogram", "gaugehistogram"].includes(type) : suffix === place;
  if (!fits || dialect === TEXT) yield `no place for an exemplar: ${sample.line}`;
  if (dialect === OPENMETRICS && sample.exemplars.length > 1) yield `more than one exemplar: ${sample.line}`;
  for (const { labels, time } of sample.exemplars) {
    const points = Array.from(labels.map(({ name, value }) => name + value).join("")).length;
    if (dialect === OPENMETRICS && points > 128) yield `an exemplar of ${points} code points: ${sample.line}`;
    if (dialect === OPENMETRICS2 && time === undefined) yield `an exemplar without a time: ${sample.line}`;
  }
}

/** Rules O4 and E5: what is not legal is in quotes, and nothing is twice. */
function* labelNameFaults(labels, line) {
  const names = labels.map(({ name }) => name);
  if (new Set(names).size !== names.length) yield `label twice: ${line}`;
  for (const { name, quoted } of labels) {
    const legal = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
    if (name === "" || !(legal || quoted)) yield `no label name, ${JSON.stringify(name)}: ${line}`;
    if (name.startsWith("__")) yield `label name begins with __: ${line}`;
  }
}

function* labelFaults(sample, family, dialect) {
  for (const labels of [sample.labels, ...sample.exemplars.map((exemplar) => exemplar.labels)]) {
    yield* labelNameFaults(labels, sample.line);
    const escapes = labels.some(({ raw }) => /\\(?![\\"n])/.test(raw.replaceAll("\\\\", "")));
    if (escapes) yield `undefined escape in a label value: ${sample.line}`;
  }
  if (!sample.quotedName && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(sample.name)) yield `no name: ${sample.line}`;
  for (const { name, value } of sample.labels) {
    const bound = name === "le" && sample.name === `${family.name}_bucket`;
    const threshold = bound || (name === "quantile" && family.type === "summary");
    if (threshold && value !== boundText(numberOf(value), dialect)) yield `${name} not canonical: ${sample.line}`;
  }
}

/** Rule O5; in 2.0 a name need not end with its unit (rule Q1). */
function* unitFaults({ name, type, unit }, dialect) {
  if (unit === undefined) return;
  if (dialect === TEXT) yield `unit of ${name} in text`;
  if (type === "info" || type === "stateset") yield `unit of ${type} ${name}`;
  if (dialect === OPENMETRICS && !name.endsWith(`_${unit}`)) yield `${name} does not end with its unit ${unit}`;
}

function* metadataFaults(family, dialect) {
  const order = dialect === TEXT ? ["HELP", "TYPE"] : ["TYPE", "UNIT", "HELP"];
  const wanted = order.filter((line) => family.metadata.includes(line));
  if (wanted.join() !== family.metadata.join())
    yield `metadata of ${family.name} in the order ${family.metadata.join()}, not ${wanted.join()}`;
  if (family.help === undefined) return;
  const known = dialect === TEXT ? /\\(?![\\n])/ : /\\(?![\\"n])/;
  if (known.test(family.help.replaceAll("\\\\", ""))) yield `undefined escape in the help of ${family.name}`;
}

/** What belongs to a type. */
function* typeFaults(family, dialect) {
  const { type, samples } = family;
  if (dialect === OPENMETRICS2) {
    const composite = ["histogram", "gaugehistogram", "summary"].includes(type);
    for (const sample of samples) {
      if (composite !== (sample.fields !== undefined)) yield `no value of a ${type}: ${sample.line}`;
      else if (composite) yield* compositeFaults(sample, type);
      const begins = ["counter", "histogram", "summary"].includes(type);
      if (sample.start !== undefined && !begins) yield `a ${type} has no beginning: ${sample.line}`;
    }
  } else {
    for (const sample of samples)
      if (sample.fields !== undefined || sample.start !== undefined) yield `not of this version: ${sample.line}`;
    if (type === "histogram" || type === "gaugehistogram") yield* histogramFaults(family);
    if (type === "summary") yield* summaryFaults(family, dialect);
  }
  if (type === "stateset") yield* stateFaults(family);
  if (type === "info") for (const { value, line } of samples) if (value !== 1) yield `an info that is not 1: ${line}`;
}

/**
 * What the tools do not see, one sentence each, and an empty list where all is well. In all dialects of text:
 * a series twice, also with its labels in another order; `le` twice; `le="1"` for `1.0` (in text: what is not
 * Go's %g); an exemplar outside its bucket, in a place that has none, too long, or in 2.0 without a time; an undefined
 * escape; label names that begin with two underscores, come twice, or are not legal and not in quotes; a sample whose name
 * its family cannot have; a unit that is no suffix; states that are not 0 or 1; quantiles out of order; in 2.0 composite
 * values that do not add up; in text also all that makes a classic histogram one.
 */
export function faults(text, dialect) {
  const found = [];
  const seen = new Map();
  const names = new Set();
  for (const family of readExposition(text)) {
    if (names.has(family.name)) found.push(`family ${family.name} in two places`);
    names.add(family.name);
    found.push(...metadataFaults(family, dialect), ...nameFaults(family, dialect), ...unitFaults(family, dialect));
    for (const sample of family.samples) {
      // A family may have several points of a series, told apart by their time.
      const key = `${seriesKey(sample.name, sample.labels)} ${sample.time ?? ""}`;
      const before = seen.get(key);
      if (before !== undefined) {
        const reordered = before.labels.map(({ name }) => name).join() !== sample.labels.map(({ name }) => name).join();
        found.push(`duplicate series${reordered ? ", labels in another order" : ""}: ${sample.line}`);
      }
      seen.set(key, sample);
      found.push(...labelFaults(sample, family, dialect), ...exemplarFaults(family, sample, dialect));
    }
    found.push(...typeFaults(family, dialect));
  }
  return found;
}
