// What prom-client's histogram and summary have in common: values that are observed, and timers.

import type { HistogramHandle } from "../histogram.ts";
import type { SummaryHandle } from "../summary.ts";
import { secondsSince, ticks } from "../clock.ts";
import { both, isObject, type LabelsGiven } from "./labels.ts";
import { Metric } from "./metric.ts";
import type { LabelValues } from "./shapes.ts";
import { notNumber } from "./worded.ts";

type Handle = HistogramHandle | SummaryHandle;

/** A timer's end: labels, and of a histogram what it was about. */
type End = (labels?: LabelsGiven, exemplarLabels?: LabelsGiven) => number;

/** Throws a TypeError for what is no number. NaN and infinities are left out and counted as refused: no observation throws for them. */
export function checkNumber(value: unknown): asserts value is number {
  if (typeof value !== "number") throw notNumber("Value", value);
}

/** One label set's part. Its verbs may be taken from it: they are bound. */
export class Child {
  readonly observe: (value: number) => void;
  readonly startTimer: () => End;

  constructor(timer: () => End, bound: (child: Child) => Handle) {
    let handle: Handle | undefined;
    this.observe = (value) => {
      checkNumber(value);
      (handle ??= bound(this)).observe(value);
    };
    this.startTimer = timer;
  }
}

/** A metric that observes values. */
export abstract class Observer<T extends string, K extends "histogram" | "summary"> extends Metric<T, K, Child> {
  /** @internal The verb of the core, which says whether the cell was the one that it is. */
  protected abstract counted(cell: number, token: number, value: number): number;

  /** @internal */
  protected observed(first: unknown, value: unknown): void {
    if (isObject(first)) {
      const { family } = this;
      const at = family.entryOf(first as never) * 2;
      const { words } = family.cache;
      if (typeof value !== "number" || this.counted(words[at]!, words[at + 1]!, value) !== 0) this.again(first, value);
    } else {
      // Who gives no labels first, as `undefined`, gives the value second.
      const own = first ?? value;
      checkNumber(own);
      (this.bare as Handle).observe(own);
    }
  }

  /** @internal The cold way of `observe`. */
  protected again(labels: LabelsGiven, value: unknown): void {
    checkNumber(value);
    (this.handleOf(labels) as Handle).observe(value);
  }

  /** @internal The function it returns tells the seconds since, and the labels of both ends. */
  protected timer(
    labels: LabelsGiven | undefined,
    ended: (seconds: number, labels: LabelsGiven, late: LabelsGiven | undefined) => void,
  ): End {
    const from = ticks();
    return (late, about) => {
      const seconds = secondsSince(from);
      ended(seconds, both(labels, late), about);
      return seconds;
    };
  }

  protected override made(labels: LabelsGiven): Child {
    const timer = () => this.startTimer(labels as LabelValues<T>) as End;
    return new Child(timer, (child) => this.kept(labels, child) as Handle);
  }

  abstract startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
}
