// Our own reading of an exposition, and the faults that it can have and no tool reports: see `faults`.
// What a tool does report is left to the tool, so this reader takes lines apart without judging much.

export const TEXT = "text";
export const OPENMETRICS = "openmetrics";

/**
 * A finite number as `le` and `quantile` are written: Go's shortest %g, which OpenMetrics follows with `.0`
 * where neither a dot nor an exponent would tell that it is a float (rule O16).
 */
export function boundText(value, dialect) {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return dialect === OPENMETRICS ? "-0.0" : "-0";
  const [digits, power] = value.toExponential().split("e");
  const exponent = Number(power);
  // A zero has exponent 0.
  if (exponent < -4 || exponent >= 6) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  // Between these exponents String(n) never uses an exponent of its own.
  const plain = String(value);
  return dialect === OPENMETRICS && !plain.includes(".") ? `${plain}.0` : plain;
}

/** A sample's value as the library prints it: String(n), but for the names of infinities and minus zero. */
export function valueText(value) {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The number that an exposition's text means; NaN where it means none. */
export function numberOf(text) {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

const ESCAPE = /\\([\s\S]?)/g;

function unescaped(text) {
  return text.replace(ESCAPE, (whole, character) => (character === "n" ? "\n" : /["\\]/.test(character) ? character : whole));
}

/** Reads `{a="1",b="2"}` from `from`; returns the pairs in their order and where they end. */
function labelsAt(line, from) {
  const pair = /([^=,{}"]+)="((?:\\[\s\S]|[^"\\])*)"(,?)/y;
  const labels = [];
  let at = from + 1;
  while (line[at] !== "}") {
    pair.lastIndex = at;
    const found = pair.exec(line);
    if (found === null) throw new Error(`Cannot read the labels of ${JSON.stringify(line)} from ${at}`);
    labels.push({ name: found[1], value: unescaped(found[2]), raw: found[2] });
    at = pair.lastIndex;
  }
  return { labels, end: at + 1 };
}

/** Reads ` number [time]` and where it ends. */
function numberAt(line, from) {
  const found = /^ ([^ ]+)(?: ([^ #]+))?/.exec(line.slice(from));
  if (found === null) throw new Error(`Cannot read the value of ${JSON.stringify(line)} from ${from}`);
  return { number: { text: found[1], value: numberOf(found[1]), time: found[2] }, end: from + found[0].length };
}

function sampleOf(line) {
  const name = /^[^{ ]+/.exec(line)?.[0];
  if (name === undefined) throw new Error(`Cannot read ${JSON.stringify(line)} as a sample`);
  const block = line[name.length] === "{" ? labelsAt(line, name.length) : { labels: [], end: name.length };
  let { number, end } = numberAt(line, block.end);
  const sample = { name, labels: block.labels, line, ...number, exemplars: [] };
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

/**
 * Families in the order of their appearance: `{name, type, unit, help, metadata, samples}`. `metadata` is the
 * order of its lines; help is as it was written. A sample is `{name, labels, text, value, time, exemplars}`.
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
    const metadata = /^# (TYPE|HELP|UNIT) ([^ ]+) ([\s\S]*)$/.exec(line);
    if (metadata !== null) {
      begin(metadata[2]);
      family[metadata[1].toLowerCase()] = metadata[3];
      family.metadata.push(metadata[1]);
    } else if (!line.startsWith("#")) {
      const sample = sampleOf(line);
      if (family === undefined || (sample.name !== family.name && sample.name.replace(SUFFIXES, "") !== family.name)) begin(sample.name);
      family.samples.push(sample);
    }
  }
  return families;
}

/** Rule O8; text knows neither `_created` nor an info's and a gauge histogram's suffixes. */
const SAMPLE_SUFFIXES = {
  counter: { text: [""], openmetrics: ["_total", "_created"] },
  gauge: { text: [""], openmetrics: [""] },
  histogram: { text: ["_bucket", "_sum", "_count"], openmetrics: ["_bucket", "_sum", "_count", "_created"] },
  gaugehistogram: { text: [], openmetrics: ["_bucket", "_gsum", "_gcount"] },
  summary: { text: ["", "_sum", "_count"], openmetrics: ["", "_sum", "_count", "_created"] },
  info: { text: [], openmetrics: ["_info"] },
};

function* nameFaults(family, dialect) {
  const suffixes = SAMPLE_SUFFIXES[family.type]?.[dialect] ?? [""];
  for (const { name, line } of family.samples) {
    if (!suffixes.includes(name.slice(family.name.length))) yield `no sample name of a ${family.type}: ${line}`;
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
    if (suffix === "_count") histogram.count = sample;
    if (suffix === "_sum") histogram.sum = sample;
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

function* labelFaults(sample, family, dialect) {
  for (const { name, value, raw } of sample.labels) {
    if (name.startsWith("__")) yield `label name begins with __: ${sample.line}`;
    if (/\\(?![\\"n])/.test(raw.replaceAll("\\\\", ""))) yield `undefined escape in a label value: ${sample.line}`;
    const bound = name === "le" && sample.name === `${family.name}_bucket`;
    const threshold = bound || (name === "quantile" && family.type === "summary");
    if (threshold && value !== boundText(numberOf(value), dialect)) yield `${name} not canonical: ${sample.line}`;
  }
}

function* metadataFaults(family, dialect) {
  const order = dialect === OPENMETRICS ? ["TYPE", "UNIT", "HELP"] : ["HELP", "TYPE"];
  const wanted = order.filter((line) => family.metadata.includes(line));
  if (wanted.join() !== family.metadata.join())
    yield `metadata of ${family.name} in the order ${family.metadata.join()}, not ${wanted.join()}`;
  if (family.help === undefined) return;
  const known = dialect === OPENMETRICS ? /\\(?![\\"n])/ : /\\(?![\\n])/;
  if (known.test(family.help.replaceAll("\\\\", ""))) yield `undefined escape in the help of ${family.name}`;
}

/**
 * What the tools do not see, one sentence each, and an empty list where all is well. In both dialects:
 * a series twice, also with its labels in another order; `le` twice; `le="1"` for `1.0` (in text: what is not
 * Go's %g); an exemplar outside its bucket; an undefined escape; label names that begin with two
 * underscores; a sample whose name its family cannot have; in text also all that makes a classic histogram one.
 */
export function faults(text, dialect) {
  const found = [];
  const seen = new Map();
  const names = new Set();
  for (const family of readExposition(text)) {
    if (names.has(family.name)) found.push(`family ${family.name} in two places`);
    names.add(family.name);
    found.push(...metadataFaults(family, dialect), ...nameFaults(family, dialect));
    for (const sample of family.samples) {
      // A family may have several points of a series, told apart by their time.
      const key = `${seriesKey(sample.name, sample.labels)} ${sample.time ?? ""}`;
      const before = seen.get(key);
      if (before !== undefined) {
        const reordered = before.labels.map(({ name }) => name).join() !== sample.labels.map(({ name }) => name).join();
        found.push(`duplicate series${reordered ? ", labels in another order" : ""}: ${sample.line}`);
      }
      seen.set(key, sample);
      found.push(...labelFaults(sample, family, dialect));
    }
    if (family.type === "histogram") found.push(...histogramFaults(family));
  }
  return found;
}
