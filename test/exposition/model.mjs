// What a registry of one thread must print, worked out anew in JavaScript from the rules: for the generated
// registries. Nothing here is shared with the library.

import { boundText, OPENMETRICS, valueText } from "./rules.mjs";

/** A counter's name as OpenMetrics' metadata has it: `jobs` and `jobs_total` are one counter. */
export function baseName({ kind, name }) {
  return kind === "counter" ? name.replace(/(?<=.)_total$/s, "") : name;
}

const SUFFIXES = {
  counter: ["", "_total", "_created"],
  gauge: [""],
  histogram: ["", "_bucket", "_sum", "_count", "_created"],
};

/** Whether two families, completed, take the same name for themselves (rule O9). */
export function clash(one, other) {
  const names = SUFFIXES[other.kind].map((suffix) => other.name + suffix);
  return SUFFIXES[one.kind].some((suffix) => names.includes(one.name + suffix));
}

function escaped(text, quotes) {
  const plain = text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return quotes ? plain.replaceAll('"', '\\"') : plain;
}

/** Label pairs as an exposition has them: strings, and U+FFFD for what is no character. */
function pairsOf(names, values) {
  return names.map((name, i) => [name, String(values[i]).toWellFormed()]);
}

/** The definition with the defaults filled in, so that equal definitions are equal JSON. */
export function completed(definition) {
  const { kind, help, unit = "", labelNames = [], mode = "shared", buckets = [] } = definition;
  const bounds = buckets.filter((bound) => bound !== Infinity).map((bound) => bound + 0);
  return { kind, name: baseName(definition), help: help.toWellFormed(), unit, labelNames, mode, buckets: bounds };
}

class Series {
  constructor(family, pairs) {
    this.family = family;
    this.pairs = pairs;
    this.value = 0;
    this.touched = false;
    this.counts = [...family.buckets, Infinity].map(() => 0);
  }

  apply({ verb, amount }) {
    this.touched = true;
    if (verb === "set") this.value = amount;
    else this.value += verb === "dec" ? -amount : amount;
    if (verb !== "observe") return;
    this.counts[[...this.family.buckets, Infinity].findIndex((bound) => amount <= bound)] += 1;
  }

  *samples(dialect) {
    const { kind, name, mode, buckets } = this.family;
    const sample = (suffix, value, more = []) => ({ name: name + suffix, labels: [...this.pairs, ...more], value });
    if (kind === "counter") yield sample("_total", this.value);
    // A sum begins at 0, and 0 + -0 is 0.
    else if (kind === "gauge" && mode.endsWith("sum")) yield sample("", this.value + 0);
    else if (kind === "gauge" && mode.endsWith("all")) {
      if (this.touched) yield sample("", this.value, [["writer", "0"]]);
    } else if (kind === "gauge" && mode.startsWith("live")) {
      if (this.touched) yield sample("", this.value);
    } else if (kind === "gauge") yield sample("", this.value);
    else {
      let count = 0;
      for (const [i, bound] of [...buckets, Infinity].entries()) {
        count += this.counts[i];
        yield sample("_bucket", count, [["le", boundText(bound, dialect)]]);
      }
      if (dialect === OPENMETRICS && (this.value < 0 || buckets[0] < 0)) return;
      yield sample("_sum", this.value);
      yield sample("_count", count);
    }
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
    const own = [...(wanted.kind === "histogram" ? ["le"] : []), ...(wanted.mode?.endsWith("all") ? ["writer"] : [])];
    if (wanted.labelNames.some((name) => own.includes(name))) return "RangeError";
    const same = this.families.find(({ name }) => name === wanted.name);
    if (same !== undefined) return JSON.stringify(same.definition) === JSON.stringify(wanted) ? undefined : "definition-conflict";
    if ([...own, ...wanted.labelNames].some((name) => defaults.includes(name))) return "label-conflict";
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

  series(family, values) {
    const pairs = pairsOf(family.labelNames, values);
    const key = JSON.stringify(pairs);
    if (!family.series.has(key)) family.series.set(key, new Series(family, [...this.defaults, ...pairs]));
    return family.series.get(key);
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

  removeFamily(name) {
    this.families = this.families.filter((family) => family.name !== name);
  }

  /** `{name, type, unit, help, samples: [{name, labels: [[name, value]], value}]}` a family. */
  expected(dialect) {
    return this.families.map(({ name, kind, unit, help, series }) => ({
      name,
      type: kind,
      unit: dialect === OPENMETRICS ? unit : "",
      help,
      samples: [...series.values()].flatMap((one) => [...one.samples(dialect)]),
    }));
  }

  /** The whole exposition. */
  text(dialect) {
    const lines = [];
    for (const { name, type, unit, help, samples } of this.expected(dialect)) {
      const printed = dialect === OPENMETRICS || type !== "counter" ? name : `${name}_total`;
      const helps = help === "" ? [] : [`# HELP ${printed} ${escaped(help, dialect === OPENMETRICS)}`];
      const types = [`# TYPE ${printed} ${type}`];
      const units = unit === "" ? [] : [`# UNIT ${printed} ${unit}`];
      lines.push(...(dialect === OPENMETRICS ? [...types, ...units, ...helps] : [...helps, ...types]));
      for (const sample of samples) {
        const labels = sample.labels.map(([label, value]) => `${label}="${escaped(value, true)}"`).join(",");
        lines.push(`${sample.name}${labels === "" ? "" : `{${labels}}`} ${valueText(sample.value)}`);
      }
    }
    if (dialect === OPENMETRICS) lines.push("# EOF");
    return lines.map((line) => `${line}\n`).join("");
  }
}
