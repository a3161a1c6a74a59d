// prom-client's histogram.

import { exemplarOf } from "./about.ts";
import { both, checkKnown, isObject, type LabelsGiven } from "./labels.ts";
import type { MetricConfiguration } from "./metric.ts";
import { checkNumber, Observer } from "./observer.ts";
import type { CollectFunction, LabelValues } from "./shapes.ts";
import { labelReserved, notNumber } from "./worded.ts";

/** What `new Histogram` takes: 512 buckets at the most. */
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Upper bounds; 0.005 to 10 by default. */
  buckets?: number[] | readonly number[] | undefined;
  collect?: CollectFunction<Histogram<T>> | undefined;
}

/** What `observe` takes of a histogram with `enableExemplars`. */
export interface ObserveDataWithExemplar<T extends string> {
  value: number;
  labels?: LabelValues<T>;
  exemplarLabels?: LabelValues<string>;
}

const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Numbers may come as text, as out of a setting. */
function boundOf(bound: unknown): unknown {
  return typeof bound === "string" && bound.trim() !== "" ? Number(bound) : bound;
}

/** Ascending, each once, and without the one that every histogram has. */
function bucketsOf(buckets: readonly number[] | undefined): number[] {
  const bounds = [...new Set((buckets ?? DEFAULT_BUCKETS).map(boundOf) as number[])].filter((bound) => bound !== Infinity);
  const wrong = bounds.find((bound) => typeof bound !== "number" || !Number.isFinite(bound));
  if (wrong !== undefined) throw notNumber("Value", wrong);
  return bounds.sort((a, b) => a - b);
}

/**
 * Observations counted in buckets.
 *
 * @example
 * ```ts
 * import { Histogram } from "tallystick/prom-client";
 *
 * const seconds = new Histogram({ name: "seconds", help: "Latency.", buckets: [0.1, 1] });
 * seconds.observe(0.25);
 * (await seconds.get()).values.map(({ value }) => value); // [0, 1, 1, 0.25, 1]
 * ```
 */
export class Histogram<T extends string = string> extends Observer<T, "histogram"> {
  readonly buckets: readonly number[];
  readonly upperBounds: readonly number[];

  constructor(configuration: HistogramConfiguration<T>) {
    super("histogram", configuration, (config) => {
      if ((config.labelNames as readonly string[] | undefined)?.includes("le") === true) throw labelReserved("le");
      return { buckets: bucketsOf((config as HistogramConfiguration<T>).buckets) };
    });
    this.buckets = Object.freeze([...this.family.definition.buckets]);
    this.upperBounds = this.buckets;
  }

  protected override counted(cell: number, token: number, value: number): number {
    return this.family.core.histogramObserve(cell, token, value);
  }

  /** Counts a value. Throws a TypeError for what is no number, an Error for a label that there is not; NaN and infinities are left out. */
  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(data: ObserveDataWithExemplar<T>): void;
  observe(first: unknown, value?: number): void {
    if (!this.enableExemplars) this.observed(first, value);
    else if (isObject(first)) {
      const { labels, value: own, exemplarLabels } = first as { labels?: LabelsGiven; value?: unknown; exemplarLabels?: object };
      this.#exemplified(labels ?? {}, own, exemplarLabels);
    } else this.observed(first, value);
  }

  #exemplified(labels: LabelsGiven, value: unknown, exemplarLabels: object | undefined): void {
    const about = exemplarOf(exemplarLabels);
    checkNumber(value);
    const handle = this.observedHandle(labels);
    handle.observe(value);
    if (about === undefined || !Number.isFinite(value)) return;
    this.family.core.exemplarSet(handle.cell, handle.token, value, about);
  }

  /** The function it returns observes the seconds since, and returns them; labels may be given at either end. */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: LabelValues<string>,
  ): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<string>) => number {
    return this.timer(labels, (seconds, all, about) => {
      if (this.enableExemplars) this.#exemplified(all, seconds, both(exemplarLabels, about));
      else this.observed(all, seconds);
    });
  }

  /** Begins a label set at 0, or sets it back. */
  zero(labels: LabelValues<T>): void {
    checkKnown(this.labelNames, labels);
    this.removed(labels);
    this.begun(labels);
  }

  /** Takes all label sets from the histogram, and the one without labels until something is observed. */
  override reset(): void {
    this.family.clear();
    if (this.labelNames.length === 0) this.removed({});
  }

  /** The histogram of one label set. Throws an Error for another number of values than there are labels. */
  labels(...values: (string | number)[]): Histogram.Internal<T>;
  labels(labels: LabelValues<T>): Histogram.Internal<T>;
  labels(...values: unknown[]): Histogram.Internal<T> {
    return this.child(values) as Histogram.Internal<T>;
  }
}

export namespace Histogram {
  export interface Internal<T extends string> {
    observe(value: number): void;
    startTimer(): (labels?: LabelValues<T>) => number;
  }

  export interface Config {
    buckets?: number[];
  }
}
