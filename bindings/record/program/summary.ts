// Counts rows by label, and gives the result as an object of plain values.

import { Axis, BINS, Series } from "./axis.ts";
import type { Batch } from "./batch.ts";
import { OTHERS } from "./labels.ts";
import { digitsOf } from "./moment.ts";
import { Statistics } from "./statistics.ts";

export const QUANTILES = [0.5, 0.9, 0.99] as const;
/** What stands for all labels that were too many. */
export const OTHERS_NAME = "(others)";

export class Summary {
  readonly axis = new Axis();
  readonly #names: readonly string[];
  readonly #byId: Statistics[] = [];
  #others: Statistics | undefined;

  /** With the names that ids stand for, which may grow. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  add(batch: Batch): void {
    const { rows, seconds, nanos, values, labels } = batch;
    let id = NaN;
    let own: Statistics | undefined;
    for (let i = 0; i < rows; i++) {
      if (labels[i] !== id) {
        id = labels[i]!;
        own = this.#of(id);
      }
      own!.add(seconds[i]!, nanos[i]!, values[i]!);
    }
  }

  #of(id: number): Statistics {
    if (id === OTHERS) return (this.#others ??= new Statistics(OTHERS_NAME, this.axis, new Series()));
    // Ids go to labels as they come, and rows may be filtered after: some have none here.
    return (this.#byId[id] ??= new Statistics(this.#names[id]!, this.axis, new Series()));
  }

  /** Those that have rows, the most first, and the others last. */
  statistics(): Statistics[] {
    const all = Object.values(this.#byId).sort((a, b) => b.rows - a.rows || (a.label < b.label ? -1 : 1));
    return this.#others === undefined ? all : [...all, this.#others];
  }

  get others(): Statistics | undefined {
    return this.#others;
  }

  /** As `--json` prints it. */
  plain(): object[] {
    return this.statistics().map((one) => {
      const [p50, p90, p99] = one.quantiles(QUANTILES);
      return {
        label: one === this.#others ? null : one.label,
        count: one.count,
        nan: one.nans,
        mean: plainOf(one.mean),
        min: plainOf(one.count === 0 ? NaN : one.min),
        p50: plainOf(p50!),
        p90: plainOf(p90!),
        p99: plainOf(p99!),
        max: plainOf(one.count === 0 ? NaN : one.max),
        quantileError: one.sketch.exact ? 0 : one.sketch.error,
        first: digitsOf(one.first.seconds, one.first.nanos),
        last: digitsOf(one.last.seconds, one.last.nanos),
        series: this.#plainSeries(one),
      };
    });
  }

  #plainSeries({ series }: Statistics): object[] {
    const found = [];
    for (let i = 0; i < BINS; i++) {
      const count = series.counts[i]!;
      if (count === 0) continue;
      const mean = plainOf(series.sums[i]! / count);
      found.push({ from: new Date(this.axis.at(i)).toISOString(), count, mean, min: series.least[i]!, max: series.most[i]! });
    }
    return found;
  }
}

/** JSON has no such numbers: they go as Python writes them. */
export function plainOf(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
