// What a registry of one thread must print, worked out anew in JavaScript from the rules: for the generated
// registries. Nothing here is shared with the library.

import { boundText, OPENMETRICS, OPENMETRICS2, TEXT, valueText } from "./rules.mjs";

/** What a kind's own name ends in, and may be given with. */
const OWN = { counter: "_total", info: "_info" };

/** A family's name as OpenMetrics' metadata has it: `jobs` and `jobs_total` are one counter. */
export function baseName({ kind, name }) {
  const own = OWN[kind] ?? "";
  return own !== "" && name.length > own.length && name.endsWith(own) ? name.slice(0, -own.length) : name;
}

const SUFFIXES = {
  counter: ["", "_total", "_created"],
  gauge: [""],
  histogram: ["", "_bucket", "_sum", "_count", "_created"],
  summary: ["", "_sum", "_count", "_created"],
  info: ["", "_info"],
  stateSet: [""],
  unknown: [""],
  gaugeHistogram: ["", "_bucket", "_gsum", "_gcount", "_sum", "_count"],
};

/** The type in OpenMetrics. */
const TYPES = { stateSet: "stateset", gaugeHistogram: "gaugehistogram" };
/** And in text, where it has another name there (rule P3). */
const TEXT_TYPES = { stateSet: "gauge", info: "gauge", unknown: "untyped", gaugeHistogram: "histogram" };

/** Whether two families, completed, take the same name for themselves (rules O9, E4). */
export function clash(one, other) {
  const names = SUFFIXES[other.kind].map((suffix) => escapedName(other.name, "underscores") + suffix);
  return SUFFIXES[one.kind].some((suffix) => names.includes(escapedName(one.name, "underscores") + suffix));
}

const isLegalName = (name) => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
const isLegalLabel = (name) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);

/** Rules E1 to E3. Colons are legal in metrics' names alone. */
export function escapedName(name, escaping, isLegal = isLegalName) {
  if (escaping === "allow-utf-8" || (escaping !== "dots" && isLegal(name))) return name;
  const runes = Array.from(name, (rune, i) => {
    if (rune === "_") return escaping === "underscores" ? "_" : "__";
    if (isLegal(i === 0 ? rune : `a${rune}`)) return rune;
    if (escaping === "underscores") return "_";
    if (escaping === "dots") return rune === "." ? "_dot_" : "__";
    return `_${rune.codePointAt(0).toString(16)}_`;
  });
  return (escaping === "values" ? "U__" : "") + runes.join("");
}

/** A label's name as scrapers of the classic data model get it. */
export function classicLabel(name) {
  return escapedName(name, "underscores", isLegalLabel);
}

function escaped(text, quotes) {
  const plain = text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return quotes ? plain.replaceAll('"', '\\"') : plain;
}

/** Label pairs as an exposition has them: strings, and U+FFFD for what is no character. */
function pairsOf(names, values) {
  return names.map((name, i) => [name.toWellFormed(), String(values[i]).toWellFormed()]);
}

/** The definition with the defaults filled in, so that equal definitions are equal JSON. */
export function completed(definition) {
  const { kind, help, unit = "", labelNames = [], mode = "shared", buckets = [], states = [], native, exemplars = false } = definition;
  const bounds = buckets.filter((bound) => bound !== Infinity).map((bound) => bound + 0);
  const quantiles = (definition.quantiles ?? []).map((quantile) => quantile + 0);
  const name = baseName(definition);
  return { kind, name, help: help.toWellFormed(), unit, labelNames, mode, buckets: bounds, states, native, quantiles, exemplars };
}

/** Labels that a family prints beside its own. */
function ownLabels({ kind, name, mode }) {
  if (kind === "histogram" || kind === "gaugeHistogram") return ["le"];
  if (kind === "summary") return ["quantile"];
  if (kind === "stateSet") return [name];
  return mode.endsWith("all") ? ["writer"] : [];
}

class Series {
  constructor(family, pairs) {
    this.family = family;
    this.pairs = pairs;
    this.value = 0;
    this.touched = false;
    this.counts = [...family.buckets, Infinity].map(() => 0);
    this.observed = [];
    this.exemplars = [];
    this.states = family.states.slice(0, 1);
  }

  #counted(amount) {
    const bucket = [...this.family.buckets, Infinity].findIndex((bound) => amount <= bound);
    this.counts[bucket] += 1;
    this.observed.push(amount);
    return bucket;
  }

  apply({ verb, amount, exemplar }) {
    const { kind } = this.family;
    this.touched = true;
    if (kind === "stateSet") this.states = amount;
    else if (kind === "info") this.value = 1;
    else if (kind === "gaugeHistogram") {
      this.value = 0;
      this.counts.fill(0);
      for (const value of amount) {
        this.#counted(value);
        this.value += value;
      }
    } else if (verb === "set") this.value = amount;
    else this.value += verb === "dec" ? -amount : amount;
    const slot = verb === "observe" ? this.#counted(amount) : 0;
    if (exemplar !== undefined) this.exemplars[slot] = { pairs: pairsOf(Object.keys(exemplar), Object.values(exemplar)), value: amount };
  }

  /**
   * A native histogram adds with more digits than a double has, so its sum is asked for: it must be as near to the plain
   * one as adding in any order could make it.
   */
  get #sum() {
    if (this.family.native === undefined) return this.value;
    const { sum } = this.read();
    // Past the largest double the order decides.
    if (!Number.isFinite(this.value) || !Number.isFinite(sum)) return sum;
    const size = this.observed.reduce((all, value) => all + Math.abs(value), 0);
    if (!(Math.abs(sum - this.value) <= size * 1e-15 * this.observed.length)) throw new Error(`The sum is ${sum}, not ${this.value}`);
    return sum;
  }

  /** Values below zero that a native histogram has not in its bucket of zero. */
  get #below() {
    const { native, buckets } = this.family;
    return buckets[0] < 0 || (native !== undefined && this.observed.some((value) => value < -native.zeroThreshold));
  }

  /** OpenMetrics 1.0 has no sum that may fall, and no count without a sum (rules O13 to O15). */
  #tellsSum(dialect) {
    const { kind, buckets } = this.family;
    if (dialect !== OPENMETRICS) return true;
    if (kind === "gaugeHistogram") return this.value >= 0 || (this.value < 0 && buckets[0] < 0);
    return this.#sum >= 0 && !this.#below;
  }

  *#histogramSamples(dialect, sample) {
    const { kind, buckets, native } = this.family;
    const gauge = kind === "gaugeHistogram" && dialect === OPENMETRICS ? "g" : "";
    // Lines tell nothing of native buckets, whose exemplars are not those of the one bucket that there is then.
    const exemplars = native !== undefined && buckets.length === 0 ? [] : this.exemplars;
    let count = 0;
    for (const [i, bound] of [...buckets, Infinity].entries()) {
      count += this.counts[i];
      yield sample("_bucket", count, [["le", boundText(bound, dialect)]], exemplars[i]);
    }
    if (!this.#tellsSum(dialect)) return;
    yield sample(`_${gauge}sum`, this.#sum);
    yield sample(`_${gauge}count`, count);
  }

  *#summarySamples(dialect, sample) {
    for (const { quantile, value } of this.read().quantiles) {
      if (dialect === OPENMETRICS && value < 0) continue;
      yield sample("", value, [["quantile", boundText(quantile, dialect)]]);
    }
    if (dialect === TEXT || this.value >= 0) yield sample("_sum", this.value);
    yield sample("_count", this.observed.length);
  }

  /** What lines tell of it. */
  *samples(dialect) {
    const { kind, name, mode } = this.family;
    const sample = (suffix, value, more = [], exemplar = undefined) => ({ suffix, labels: [...this.pairs, ...more], value, exemplar });
    if (kind === "counter") yield sample("", this.value, [], this.exemplars[0]);
    else if (kind === "histogram" || kind === "gaugeHistogram") yield* this.#histogramSamples(dialect, sample);
    else if (kind === "summary") yield* this.#summarySamples(dialect, sample);
    else if (kind === "info") yield sample("", 1);
    else if (kind === "stateSet") {
      for (const state of this.family.states)
        yield sample("", this.states.includes(state) ? 1 : 0, [[name.toWellFormed(), state.toWellFormed(), "state"]]);
    }
    // A sum begins at 0, and 0 + -0 is 0.
    else if (mode.endsWith("sum")) yield sample("", this.value + 0);
    else if (mode.endsWith("all")) {
      if (this.touched) yield sample("", this.value, [["writer", "0"]]);
    } else if (this.touched || !mode.startsWith("live")) yield sample("", this.value);
  }

  /** The exemplars of a counter or of classic buckets, in their order: labels, value, time. */
  exemplarsTold(seconds) {
    const { native, buckets } = this.family;
    const all = native !== undefined && buckets.length === 0 ? [] : this.exemplars.filter((one) => one !== undefined);
    return all.map(({ pairs, value }) => [Object.fromEntries(pairs), value, seconds]);
  }

  /** What composite values and messages tell of it, without labels, times and exemplars; of native buckets their totals. */
  told() {
    const { kind, buckets, native } = this.family;
    const count = this.observed.length;
    if (kind === "summary")
      return { count, sum: this.value, quantiles: this.read().quantiles.map(({ quantile, value }) => [quantile, value]) };
    let below = 0;
    const cumulative = [...buckets, Infinity].map((le, i) => ({ le, count: (below += this.counts[i]) }));
    if (native === undefined) return { count: below, sum: this.value, buckets: cumulative };
    const zero = this.observed.filter((value) => Math.abs(value) <= native.zeroThreshold).length;
    const positive = this.observed.filter((value) => value > native.zeroThreshold).length;
    const sides = { zeroCount: zero, positive, negative: count - zero - positive };
    return { count, sum: this.#sum, buckets: buckets.length === 0 ? [] : cumulative, native: sides };
  }
}

/** The families of a registry in order, each with its series in order. */
export class Model {
  families = [];

  constructor(defaultLabels = {}) {
    this.defaults = pairsOf(Object.keys(defaultLabels), Object.values(defaultLabels));
  }

  /** Why a definition must be refused: `RangeError`, a MetricsError's code, or undefined. */
  refusal(definition) {
    const wanted = completed(definition);
    const defaults = this.defaults.map(([name]) => name);
    const own = ownLabels(wanted).map(classicLabel);
    const names = wanted.labelNames.map(classicLabel);
    if (names.some((name) => own.includes(name)) || new Set(names).size !== names.length) return "RangeError";
    // It would be printed as a label.
    if (names.includes("__name__") || (wanted.kind === "stateSet" && /:|^__/.test(wanted.name))) return "RangeError";
    const same = this.families.find(({ name }) => name === wanted.name);
    if (same !== undefined) return JSON.stringify(same.definition) === JSON.stringify(wanted) ? undefined : "definition-conflict";
    if ([...own, ...names].some((name) => defaults.includes(name))) return "label-conflict";
    return this.families.some(({ definition: other }) => clash(wanted, other)) ? "name-clash" : undefined;
  }

  family(definition) {
    const wanted = completed(definition);
    const there = this.families.find(({ name }) => name === wanted.name);
    if (there !== undefined) return there;
    const made = { ...wanted, definition: wanted, series: new Map() };
    this.families.push(made);
    // Without labels it is there from the start.
    if (wanted.labelNames.length === 0) this.series(made, []);
    return made;
  }

  /** A series; `read` gives what the metric says of it, for what is not worked out here. */
  series(family, values, read) {
    const pairs = pairsOf(family.labelNames, values);
    const key = JSON.stringify(pairs);
    if (!family.series.has(key)) family.series.set(key, new Series(family, [...this.defaults, ...pairs]));
    const series = family.series.get(key);
    if (read !== undefined) series.read = read;
    return series;
  }

  /** Sets all series of a family to nothing. */
  reset(family) {
    for (const series of family.series.values()) {
      series.value = 0;
      series.counts.fill(0);
    }
  }

  remove(family, values) {
    return family.series.delete(JSON.stringify(pairsOf(family.labelNames, values)));
  }

  clear(family) {
    family.series.clear();
    if (family.labelNames.length === 0) this.series(family, []);
  }

  /** Ends all series of a family but one. */
  keep(family, one) {
    for (const [key, series] of family.series) if (series !== one) family.series.delete(key);
  }

  removeFamily(name) {
    this.families = this.families.filter((family) => family.name !== name);
  }

  /** `{name, type, unit, help, samples: [{name, labels: [[name, value]], value}]}` a family, names as they are escaped. */
  expected(dialect, escaping = "underscores") {
    return this.families.map((family) => {
      const { name, kind, unit, help, series } = family;
      const own = OWN[kind] ?? "";
      const full = escapedName(name + own, isLegalName(name) && escaping !== "dots" ? "allow-utf-8" : escaping);
      const bare = full.slice(0, full.length - own.length);
      // Doubled underscores part a counter's name from its unit.
      const doubled = escaping === "dots" || (escaping === "values" && !isLegalName(name));
      const label = ([each, value, state]) => [escapedName(each, escaping, state === undefined ? isLegalLabel : isLegalName), value];
      const samples = [...series.values()].flatMap((one) => [...one.samples(dialect)]);
      return {
        name: dialect === OPENMETRICS ? bare : full,
        type: dialect === TEXT ? (TEXT_TYPES[kind] ?? kind) : (TYPES[kind] ?? kind),
        unit: dialect === TEXT || (doubled && kind === "counter") ? "" : unit,
        help,
        samples: samples.map(({ suffix, labels, value, exemplar }) => ({
          name: full + suffix,
          labels: labels.map(label),
          value,
          exemplar: dialect === TEXT ? undefined : exemplar,
        })),
      };
    });
  }

  /** The whole exposition; `seconds` are the time of all exemplars. */
  text(dialect, escaping = "underscores", seconds = 0) {
    const lines = [];
    const openmetrics = dialect !== TEXT;
    const quoted = (name) => `"${escaped(name, true)}"`;
    const labelText = ([name, value]) => `${isLegalLabel(name) ? name : quoted(name)}="${escaped(value, true)}"`;
    for (const { name, type, unit, help, samples } of this.expected(dialect, escaping)) {
      const printed = isLegalName(name) ? name : quoted(name);
      const helps = help === "" ? [] : [`# HELP ${printed} ${escaped(help, openmetrics)}`];
      const types = [`# TYPE ${printed} ${type}`];
      const units = unit === "" ? [] : [`# UNIT ${printed} ${unit}`];
      lines.push(...(openmetrics ? [...types, ...units, ...helps] : [...helps, ...types]));
      for (const sample of samples) {
        const own = isLegalName(name) ? [] : [quoted(sample.name)];
        const labels = [...own, ...sample.labels.map(labelText)].join(",");
        const head = `${own.length === 0 ? sample.name : ""}${labels === "" ? "" : `{${labels}}`}`;
        lines.push(`${head} ${valueText(sample.value)}${exemplarText(sample.exemplar, escaping, labelText, seconds)}`);
      }
    }
    if (openmetrics) lines.push("# EOF");
    return lines.map((line) => `${line}\n`).join("");
  }

  /** What messages and composite values tell, family by family that has any: `{name, labels, ...}` a series, names as they are. */
  told() {
    return this.families.map((family) => {
      const composite = ["histogram", "gaugeHistogram", "summary"].includes(family.kind);
      const series = [...family.series.values()];
      return {
        name: family.name + (OWN[family.kind] ?? ""),
        type: TYPES[family.kind] ?? family.kind,
        help: family.help,
        unit: family.unit,
        metrics: composite
          ? series.map((one) => ({ labels: Object.fromEntries(one.pairs), ...one.told() }))
          : series
              .flatMap((one) => [...one.samples(OPENMETRICS2)])
              .map(({ labels, value }) => ({ labels: Object.fromEntries(labels.map(([name, text]) => [name, text])), value })),
      };
    });
  }
}

/** ` # {labels} value time`; nothing where the escaped names are more than an exemplar may have (rule O19). */
function exemplarText(exemplar, escaping, labelText, seconds) {
  if (exemplar === undefined) return "";
  const pairs = exemplar.pairs.map(([name, value]) => [escapedName(name, escaping, isLegalLabel), value]);
  const points = Array.from(pairs.flat().join("")).length;
  return points > 128 ? "" : ` # {${pairs.map(labelText).join(",")}} ${valueText(exemplar.value)} ${valueText(seconds)}`;
}
