// What a summary knows of one label: counted row by row, in memory that does not grow with the rows.

import type { Axis, Series } from "./axis.ts";
import { Sketch } from "./sketch.ts";

export class Statistics {
  /** Rows, those without a number among them. */
  rows = 0;
  /** Rows whose measurement is no number. */
  nans = 0;
  min = Infinity;
  max = -Infinity;
  readonly sketch = new Sketch();
  readonly series: Series;
  /** The first and the last row in time: seconds and nanoseconds. */
  first = { seconds: Infinity, nanos: 0 };
  last = { seconds: -Infinity, nanos: 0 };
  /** The sum of what is finite, and what its additions rounded away (Neumaier). */
  #sum = 0;
  #lost = 0;

  constructor(
    readonly label: string,
    readonly axis: Axis,
    series: Series,
  ) {
    this.series = series;
    axis.series.push(series);
  }

  add(seconds: number, nanos: number, value: number): void {
    this.rows++;
    const { first, last } = this;
    if (seconds < first.seconds || (seconds === first.seconds && nanos < first.nanos)) {
      first.seconds = seconds;
      first.nanos = nanos;
    }
    if (seconds > last.seconds || (seconds === last.seconds && nanos > last.nanos)) {
      last.seconds = seconds;
      last.nanos = nanos;
    }
    if (value !== value) {
      this.nans++;
      return;
    }
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.sketch.add(value);
    if (value - value !== 0) return;
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
    this.series.add(this.axis.bin(seconds, nanos), value);
  }

  /** Rows that have a number: what pandas counts. */
  get count(): number {
    return this.rows - this.nans;
  }

  get mean(): number {
    const infinite = (this.max === Infinity ? Infinity : 0) + (this.min === -Infinity ? -Infinity : 0);
    if (infinite !== 0) return infinite;
    // What was lost of a sum that left the doubles is no number.
    if (Math.abs(this.#sum) === Infinity) return this.#sum;
    return (this.#sum + this.#lost) / this.count;
  }

  /** No estimate lies beyond what was seen. */
  quantiles(wanted: readonly number[]): number[] {
    return this.sketch.quantiles(wanted).map((value) => Math.min(Math.max(value, this.min), this.max));
  }
}
