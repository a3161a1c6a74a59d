// Reads an exposition (Prometheus text 0.0.4, without timestamps) as far as this example needs it.

export class Samples {
  #types = new Map();
  #values = new Map();

  constructor(text) {
    for (const line of text.split("\n")) {
      if (line.startsWith("# TYPE ")) {
        const [, , name, type] = line.split(" ");
        this.#types.set(name, type);
      } else if (line !== "" && !line.startsWith("#")) {
        const blank = line.lastIndexOf(" ");
        this.#values.set(line.slice(0, blank), readValue(line.slice(blank + 1)));
      }
    }
  }

  get seriesCount() {
    return this.#values.size;
  }

  /** Adds up the samples called `name` that have all of `labels`. */
  sum(name, labels = {}) {
    let total = 0;
    for (const [series, value] of this.#values) {
      if (nameOf(series) === name && fits(labelsOf(series), labels)) total += value;
    }
    return total;
  }

  /** The values that the label `label` takes in the samples called `name`. */
  labelValues(name, label) {
    const values = new Set();
    for (const series of this.#values.keys()) {
      if (nameOf(series) === name) values.add(labelsOf(series)[label]);
    }
    return values;
  }

  /** The series that may only grow and are lower here than `before`, or gone. */
  lowerThan(before) {
    const lower = [];
    for (const [series, value] of before.#values) {
      const now = this.#values.get(series);
      // What a thread measures of itself ends with it; what it counted of the service stays.
      if (now === undefined && series.includes('thread="')) continue;
      if (before.#isCumulative(series) && !(now >= value)) lower.push(series);
    }
    return lower;
  }

  /** The histograms whose count is not the sum of their buckets. */
  inconsistentHistograms() {
    const wrong = [];
    for (const [series, value] of this.#values) {
      if (!series.includes('le="+Inf"')) continue;
      const count = series
        .replace("_bucket{", "_count{")
        .replace(/,?le="\+Inf"/, "")
        .replace("{}", "");
      if (this.#values.get(count) !== value) wrong.push(count);
    }
    return wrong;
  }

  #isCumulative(series) {
    const name = nameOf(series);
    return this.#types.get(name) === "counter" || this.#types.get(name.replace(/_(bucket|count|sum)$/, "")) === "histogram";
  }
}

function nameOf(series) {
  return series.split("{", 1)[0];
}

function labelsOf(series) {
  const labels = {};
  for (const [, name, value] of series.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[name] = value;
  return labels;
}

function fits(labels, wanted) {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function readValue(text) {
  return text.endsWith("Inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
}
