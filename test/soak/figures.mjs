// A page as the soak reads it: what the ledger compares, how many series there are, and what went back.

const UNESCAPED = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Names of the samples that figures of the ledger are added up from. */
const FIGURES = {
  requests: "soak_requests_total",
  bytes: "soak_bytes_total",
  sizes: "soak_sizes_count",
  spread: "soak_spread_count",
  answers: "soak_answers_total",
};
/** Series that end and never come back. */
const COME_AND_GO = /^soak_(sessions|visits|open)/;

export class Page {
  #values = new Map();
  #sums = new Map();
  #cumulative = new Set();

  constructor(text) {
    const types = new Map();
    for (const line of text.split("\n")) {
      if (line.startsWith("# TYPE ")) {
        const [, , name, type] = line.split(" ");
        types.set(name, type);
      }
      if (line === "" || line.startsWith("#")) continue;
      const blank = line.lastIndexOf(" ");
      const series = line.slice(0, blank);
      const value = Number(line.slice(blank + 1));
      const name = series.split("{", 1)[0];
      this.#values.set(series, value);
      if (types.get(name) === "counter" || types.get(name.replace(/_(bucket|count|sum)$/, "")) === "histogram")
        this.#cumulative.add(series);
      const labels = Object.fromEntries([...series.matchAll(UNESCAPED)].map(([, label, text]) => [label, text]));
      const key = `${name} ${labels.slot ?? labels.status ?? ""}`;
      this.#sums.set(key, (this.#sums.get(key) ?? 0) + value);
    }
  }

  /** A figure of the ledger; 0 where nothing was counted yet. */
  figure(name, slot) {
    return this.#sums.get(`${FIGURES[name]} ${slot}`) ?? 0;
  }

  get seriesCount() {
    return this.#values.size;
  }

  /** What may only grow and is lower than before, or gone. */
  lowerThan(before) {
    const lower = [];
    for (const series of before.#cumulative) {
      const [was, now] = [before.#values.get(series), this.#values.get(series)];
      if (now === undefined && COME_AND_GO.test(series)) continue;
      if (!(now >= was)) lower.push(`${series} was ${was} and is ${now}`);
    }
    return lower;
  }
}
