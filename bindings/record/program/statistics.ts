// What a summary knows of one label: its values, and when they were.

import type { Axis, Series } from "./axis.ts";
import { Tally } from "./tally.ts";

export class Statistics extends Tally {
  readonly series: Series;
  /** The first and the last row in time: seconds and nanoseconds. */
  first = { seconds: Infinity, nanos: 0 };
  last = { seconds: -Infinity, nanos: 0 };

  constructor(
    readonly label: string,
    readonly axis: Axis,
    series: Series,
  ) {
    super();
    this.series = series;
    axis.series.push(series);
  }

  add(seconds: number, nanos: number, value: number): void {
    const { first, last } = this;
    if (seconds < first.seconds || (seconds === first.seconds && nanos < first.nanos)) {
      first.seconds = seconds;
      first.nanos = nanos;
    }
    if (seconds > last.seconds || (seconds === last.seconds && nanos > last.nanos)) {
      last.seconds = seconds;
      last.nanos = nanos;
    }
    if (this.take(value)) this.series.add(this.axis.bin(seconds, nanos), value);
  }
}
