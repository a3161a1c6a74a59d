// The types that users see: label names are inferred from the definition and required by every call.

import type { CounterHandle } from "./counter.ts";
import type { GaugeHandle } from "./gauge.ts";
import type { HistogramHandle, HistogramValue } from "./histogram.ts";
import type { GaugeMode } from "./definition.ts";
import type { LabelValue } from "./labels.ts";

export type LabelNames = readonly string[];

/** An object with a value for each label. */
export type Labels<L extends LabelNames> = { readonly [Name in L[number]]: LabelValue };

/** The values in the order of the label names. */
export type Values<L extends LabelNames> = { readonly [Index in keyof L]: LabelValue };

/** What names one series: the values in order, or one object. */
export type Which<L extends LabelNames> = readonly [...Values<L>] | (L extends readonly [] ? readonly [] : readonly [labels: Labels<L>]);

interface Options<L extends LabelNames> {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`, at most 1,024 characters. */
  readonly name: string;
  /** One sentence for people; printed as HELP. */
  readonly help?: string;
  /** The unit; the name must end in it, as in `latency_seconds`. Printed as UNIT in OpenMetrics. */
  readonly unit?: string;
  /** At most 64, none beginning with `__`. */
  readonly labelNames?: L;
}

export interface CounterOptions<L extends LabelNames> extends Options<L> {}

export interface GaugeOptions<L extends LabelNames> extends Options<L> {
  /** `shared` by default. */
  readonly mode?: GaugeMode;
}

export interface HistogramOptions<L extends LabelNames> extends Options<L> {
  /** Upper bounds, finite and ascending, at most 512; the one without a bound is added. */
  readonly buckets?: readonly number[];
}

interface Series<L extends LabelNames, H> {
  readonly name: string;
  /** The handle of one series, made where there is none: bind once, use often. */
  labels(...which: Which<L>): H;
  /** Removes one series; true where there was one. Handles to it begin a new one when they are used again. */
  remove(...which: Which<L>): boolean;
  /** Removes all series; a metric without labels begins again at 0. */
  clear(): void;
  /** Sets all series to 0. */
  reset(): void;
}

export interface Counter<L extends LabelNames = []> extends Series<L, CounterHandle> {
  /** Adds an amount, 1 by default: finite and not negative, else a RangeError. */
  inc(...args: L extends readonly [] ? [amount?: number] : [labels: Labels<L>, amount?: number]): void;
  /** The value over all threads; 0 for a series that is not there. */
  value(...which: Which<L>): number;
}

export interface Gauge<L extends LabelNames = []> extends Series<L, GaugeHandle> {
  set(...args: L extends readonly [] ? [value: number] : [labels: Labels<L>, value: number]): void;
  /** Adds a finite amount, 1 by default. */
  inc(...args: L extends readonly [] ? [amount?: number] : [labels: Labels<L>, amount?: number]): void;
  dec(...args: L extends readonly [] ? [amount?: number] : [labels: Labels<L>, amount?: number]): void;
  setToCurrentTime(...args: L extends readonly [] ? [] : [labels: Labels<L>]): void;
  /** The function it returns sets the gauge to the seconds since, and returns them. */
  startTimer(...args: L extends readonly [] ? [] : [labels: Labels<L>]): () => number;
  /** Runs a function, sync or async, and sets the gauge to the seconds it took. */
  time<T>(...args: L extends readonly [] ? [fn: () => T] : [labels: Labels<L>, fn: () => T]): T;
  /** The value over all threads; 0 for a series that is not there. */
  value(...which: Which<L>): number;
}

export interface Histogram<L extends LabelNames = []> extends Series<L, HistogramHandle> {
  /** Counts a value. NaN and infinities are left out and counted as refused. */
  observe(...args: L extends readonly [] ? [value: number] : [labels: Labels<L>, value: number]): void;
  /** The function it returns observes the seconds since, and returns them; labels may be given at either end. */
  startTimer(labels?: Partial<Labels<L>>): (labels?: Partial<Labels<L>>) => number;
  /** Runs a function, sync or async, and observes the seconds it took. */
  time<T>(...args: L extends readonly [] ? [fn: () => T] : [labels: Labels<L>, fn: () => T]): T;
  /** Count, sum and buckets over all threads. */
  value(...which: Which<L>): HistogramValue;
}
