// prom-client's summary. Its quantiles are tallystick's: within 1 % of a value, right over threads and processes, in windows of time.

import { summaryValue } from "../reading.ts";
import type { LabelsGiven } from "./labels.ts";
import type { MetricConfiguration } from "./metric.ts";
import { Observer } from "./observer.ts";
import type { CollectFunction, LabelValues } from "./shapes.ts";
import { seriesOf } from "./stored.ts";
import { labelReserved } from "./worded.ts";

/** What `new Summary` takes: 64 percentiles at the most. Quantiles are within 1 % of a value that was observed. */
export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> {
  /** From 0 to 1; 0.01 to 0.999 by default. */
  percentiles?: number[] | readonly number[] | undefined;
  /** How long a value counts for the quantiles: a second at least; by default for as long as can be, 60 days. */
  maxAgeSeconds?: number | undefined;
  /** In how many windows, which are no shorter than a second: 60 at the most, 5 by default. */
  ageBuckets?: number | undefined;
  /** Takes label sets away of which no value is left in the windows. */
  pruneAgedBuckets?: boolean | undefined;
  /** Of no effect: what quantiles are taken from does not grow. */
  compressCount?: number | undefined;
  collect?: CollectFunction<Summary<T>> | undefined;
}

const DEFAULT_PERCENTILES: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];
/** The longest that there is. */
const FOREVER_SECONDS = 86400 * 60;
const AGE_BUCKETS = 5;
const AGE_BUCKETS_MOST = 60;

/** As near to what was asked for as there is: no window is shorter than a second. */
function windowsOf(age: number | undefined, count: number | undefined): { maxAgeSeconds: number; ageBuckets: number } {
  const asked = Number(age || FOREVER_SECONDS);
  const maxAgeSeconds = asked > 0 ? Math.min(Math.max(asked, 1), FOREVER_SECONDS) : asked;
  const windows = Number(count || AGE_BUCKETS);
  return { maxAgeSeconds, ageBuckets: windows >= 1 ? Math.min(windows, AGE_BUCKETS_MOST, Math.floor(maxAgeSeconds)) : windows };
}

function ascending(percentiles: readonly number[] | undefined): number[] {
  return [...new Set(percentiles ?? DEFAULT_PERCENTILES)].sort((a, b) => a - b);
}

/**
 * Count, sum and quantiles of what was observed.
 *
 * @example
 * ```ts
 * import { Summary } from "tallystick/prom-client";
 *
 * const size = new Summary({ name: "size", help: "Bytes.", percentiles: [0.5] });
 * for (const bytes of [100, 200, 300]) size.observe(bytes);
 * (await size.get()).values.map(({ value }) => Math.round(value / 10) * 10); // [200, 600, 0]
 * ```
 */
export class Summary<T extends string = string> extends Observer<T, "summary"> {
  readonly percentiles: readonly number[];
  readonly maxAgeSeconds: number | undefined;
  readonly ageBuckets: number | undefined;
  readonly pruneAgedBuckets: boolean;

  constructor(configuration: SummaryConfiguration<T>) {
    super("summary", configuration, (config) => {
      const { labelNames, percentiles, maxAgeSeconds, ageBuckets } = config as SummaryConfiguration<T>;
      if ((labelNames as readonly string[] | undefined)?.includes("quantile") === true) throw labelReserved("quantile");
      return { quantiles: ascending(percentiles), ...windowsOf(maxAgeSeconds, ageBuckets) };
    });
    const { percentiles, maxAgeSeconds, ageBuckets, pruneAgedBuckets } = configuration;
    this.percentiles = percentiles ?? DEFAULT_PERCENTILES;
    this.maxAgeSeconds = maxAgeSeconds;
    this.ageBuckets = ageBuckets;
    this.pruneAgedBuckets = pruneAgedBuckets === true;
    if (this.pruneAgedBuckets) this.settles(() => this.#prune());
  }

  protected override counted(cell: number, token: number, value: number): number {
    return this.family.core.summaryObserve(cell, token, value);
  }

  /** Counts a value. Throws a TypeError for what is no number, an Error for a label that there is not; NaN and infinities are left out. */
  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(first: unknown, value?: number): void {
    this.observed(first, value);
  }

  /** The function it returns observes the seconds since, and returns them; labels may be given at either end. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    return this.timer(labels as LabelsGiven | undefined, (seconds, all) => this.observed(all, seconds));
  }

  /** Sets all label sets to 0. */
  override reset(): void {
    this.family.reset();
  }

  /** The summary of one label set. Throws an Error for another number of values than there are labels. */
  labels(...values: (string | number)[]): Summary.Internal<T>;
  labels(labels: LabelValues<T>): Summary.Internal<T>;
  labels(...values: unknown[]): Summary.Internal<T> {
    return this.child(values) as Summary.Internal<T>;
  }

  /** Takes the label sets away that nobody observed a value of for `maxAgeSeconds`. */
  #prune(): void {
    const { definition } = this.family;
    for (const { block, reading } of seriesOf(this.stored)) {
      const { quantiles } = summaryValue(definition, reading);
      if (quantiles.length > 0 && quantiles.every(({ value }) => Number.isNaN(value))) this.removedBlock(block);
    }
  }
}

export namespace Summary {
  export interface Internal<T extends string> {
    observe(value: number): void;
    startTimer(): (labels?: LabelValues<T>) => number;
  }

  export interface Config {
    percentiles?: number[];
  }
}
