// The types that users see: label names are inferred from the definition and required by every call.

import type { CounterHandle } from "./counter.ts";
import type { GaugeHandle } from "./gauge.ts";
import type { HistogramHandle } from "./histogram.ts";
import type { HistogramValue, SummaryValue } from "./reading.ts";
import type { NativeBuckets } from "./buckets.ts";
import type { GaugeMode } from "./definition.ts";
import type { ExemplarLabels } from "./exemplar.ts";
import type { SummaryHandle } from "./summary.ts";
import type { LabelValue } from "./labels.ts";

/** Names of labels, as `labelNames` has them: the order is that of values by position. */
export type LabelNames = readonly string[];

/** An object with a value for each label. */
export type Labels<L extends LabelNames> = { readonly [Name in L[number]]: LabelValue };

/** The values in the order of the label names. */
export type Values<L extends LabelNames> = { readonly [Index in keyof L]: LabelValue };

/** What names one series: the values in order, or one object. */
export type Which<L extends LabelNames> = readonly [...Values<L>] | (L extends readonly [] ? readonly [] : readonly [labels: Labels<L>]);

/** The labels that are left for a timer's end, where its beginning had those of `Early`; known ones may be given anew. */
export type Late<L extends LabelNames, Early extends string> = string extends L[number]
  ? readonly [labels?: Partial<Labels<L>>]
  : [Exclude<L[number], Early>] extends [never]
    ? readonly [labels?: Partial<Labels<L>>]
    : readonly [labels: Partial<Labels<L>> & { readonly [Name in Exclude<L[number], Early>]: LabelValue }];

interface Options<L extends LabelNames> {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`, at most 1,024 characters. */
  readonly name: string;
  /** One sentence for people; printed as HELP. */
  readonly help?: string;
  /** At most 64, none beginning with `__`. */
  readonly labelNames?: L;
  /**
   * Label sets that are there from the start, at 0, and again after `clear` of those that are there then; at most `maxSeries`.
   * One that was removed, or that nobody touched for `expireAfterSeconds`, ends like any other series, and begins again where
   * it is asked for again: by the same definition or by its first use.
   */
  readonly labelSets?: readonly Labels<L>[];
  /** So many series at most; what comes beyond is counted in one whose labels are all `tallystick_overflow`. */
  readonly maxSeries?: number;
  /**
   * A series that nobody has touched for so many seconds ends, also one of `labelSets`; looked at when there is a scrape and
   * when series are made.
   */
  readonly expireAfterSeconds?: number;
  /** Allows names beyond those of the classic data model: any Unicode. Scrapers that cannot read them get them escaped. */
  readonly utf8?: boolean;
}

/** The label names without some of them, in their order. */
export type Rest<L extends LabelNames, Given extends string> = L extends readonly [
  infer First extends string,
  ...infer Others extends LabelNames,
]
  ? First extends Given
    ? Rest<Others, Given>
    : [First, ...Rest<Others, Given>]
  : L extends readonly []
    ? []
    : L;

interface MeasuredOptions<L extends LabelNames> extends Options<L> {
  /** The unit; the name must end in it, as in `latency_seconds`. Printed as UNIT in OpenMetrics. */
  readonly unit?: string;
}

interface ExemplarOptions {
  /** Keeps the newest exemplar of every counter or bucket: see `registry.setExemplars`, and the last argument of `inc` and `observe`. */
  readonly exemplars?: boolean;
}

/** What `registry.counter` takes. */
export interface CounterOptions<L extends LabelNames> extends MeasuredOptions<L>, ExemplarOptions {}

/** What `registry.gauge` takes. */
export interface GaugeOptions<L extends LabelNames> extends MeasuredOptions<L> {
  /** `shared` by default. */
  readonly mode?: GaugeMode;
}

/** What `registry.histogram` takes. */
export interface HistogramOptions<L extends LabelNames> extends MeasuredOptions<L>, ExemplarOptions {
  /** Upper bounds, finite and ascending, at most 512; the one without a bound is added. */
  readonly buckets?: readonly number[];
  /**
   * Counts into exponential buckets that nobody has to choose, printed in protobuf and OpenMetrics 2.0; `true` for
   * schema 3, 160 buckets at most. With `buckets`, into these, too, for the formats that know no other.
   */
  readonly native?: boolean | Partial<NativeBuckets>;
}

/** What `registry.summary` takes. */
export interface SummaryOptions<L extends LabelNames> extends MeasuredOptions<L> {
  /** From 0 to 1, ascending, at most 64; 0.5, 0.9, 0.95 and 0.99 by default. */
  readonly quantiles?: readonly number[];
  /** Relative error of the quantiles, from 0.001 to 0.2; 0.01 by default. */
  readonly accuracy?: number;
  /** How long a value counts for the quantiles; 600 by default. */
  readonly maxAgeSeconds?: number;
  /** In how many windows, 1 to 60; 5 by default. One is forgotten at a time. */
  readonly ageBuckets?: number;
}

/** What `registry.info` takes. */
export interface InfoOptions<L extends LabelNames> extends Options<L> {}

/** What `registry.stateSet` takes. */
export interface StateSetOptions<S extends readonly string[], L extends LabelNames> extends Options<L> {
  /** From 1 to 52; the first one holds at the start. */
  readonly states: S;
}

/** What `registry.unknown` takes. */
export interface UnknownOptions<L extends LabelNames> extends MeasuredOptions<L> {}

/** What `registry.gaugeHistogram` takes. */
export interface GaugeHistogramOptions<L extends LabelNames> extends MeasuredOptions<L> {
  /** Upper bounds, as a histogram's. */
  readonly buckets?: readonly number[];
}

interface Ended<L extends LabelNames> {
  readonly name: string;
  /** Removes one series; true where there was one. Handles to it begin a new one when they are used again. */
  remove(...which: Which<L>): boolean;
  /** Removes all series; a metric without labels begins again at 0. */
  clear(): void;
  /** Removes the series that have all of these labels; how many. A RangeError for no label: `clear` removes all. */
  removeMatching(labels: Partial<Labels<L>>): number;
  /** Sets all series to 0. */
  reset(): void;
}

interface Series<L extends LabelNames, H> extends Ended<L> {
  /** The handle of one series, made where there is none: bind once, use often. */
  labels(...which: Which<L>): H;
}

/** What a metric can do for one series or for those that have some labels: it cannot end all of them. */
export type Curried<M> = Omit<M, "clear" | "reset" | "removeMatching">;

/**
 * A number that only grows. In all metrics a label that is missing or unknown is a RangeError, and labels that are no object are a TypeError.
 *
 * @example
 * ```ts
 * const requests = registry.counter({ name: "requests", help: "Requests.", labelNames: ["method", "code"] });
 * requests.inc({ method: "GET", code: 200 });
 * requests.labels("GET", 200).inc(2);
 * requests.value({ method: "GET", code: 200 }); // 3
 * ```
 */
export interface Counter<L extends LabelNames = []> extends Series<L, CounterHandle> {
  /**
   * Adds an amount, 1 by default: finite and not negative, else a RangeError; also for an exemplar where `exemplars` is
   * not set. A TypeError for no number.
   */
  inc(
    ...args: L extends readonly []
      ? [amount?: number, exemplar?: ExemplarLabels]
      : [labels: Labels<L>, amount?: number, exemplar?: ExemplarLabels]
  ): void;
  /** The value over all threads; 0 for a series that is not there. */
  value(...which: Which<L>): number;
  /** The counter with some labels given: the others are asked for in every call. */
  curry<Given extends L[number]>(labels: { readonly [Name in Given]: LabelValue }): Curried<Counter<Rest<L, Given>>>;
}

/**
 * A number that goes up and down; `mode` says what the page has of many threads.
 *
 * @example
 * ```ts
 * const depth = registry.gauge({ name: "queue_depth", help: "Jobs waiting.", labelNames: ["queue"] });
 * depth.set({ queue: "mail" }, 5);
 * depth.dec({ queue: "mail" }, 2);
 * depth.value({ queue: "mail" }); // 3
 * ```
 */
export interface Gauge<L extends LabelNames = []> extends Series<L, GaugeHandle> {
  /** Sets the value: any number, NaN and infinities too; a TypeError for anything else. */
  set(...args: L extends readonly [] ? [value: number] : [labels: Labels<L>, value: number]): void;
  /** Adds an amount, 1 by default: finite, else a RangeError, as in the modes `mostrecent` and `livemostrecent`; a TypeError for no number. */
  inc(...args: L extends readonly [] ? [amount?: number] : [labels: Labels<L>, amount?: number]): void;
  /** Takes an amount away, 1 by default; throws as `inc` does. */
  dec(...args: L extends readonly [] ? [amount?: number] : [labels: Labels<L>, amount?: number]): void;
  /** Sets the value to the time, in seconds since the epoch. */
  setToCurrentTime(...args: L extends readonly [] ? [] : [labels: Labels<L>]): void;
  /** The function it returns sets the gauge to the seconds since, and returns them. */
  startTimer(...args: L extends readonly [] ? [] : [labels: Labels<L>]): () => number;
  /** Runs a function, sync or async, and sets the gauge to the seconds it took. */
  time<T>(...args: L extends readonly [] ? [fn: () => T] : [labels: Labels<L>, fn: () => T]): T;
  /**
   * The value over all threads; 0 for a series that is not there. Of modes `all` and `liveall`, which have no such value, this
   * thread's own part, or the first one where it has none; `registry.describe()` has them all.
   */
  value(...which: Which<L>): number;
  /** The gauge with some labels given: the others are asked for in every call. */
  curry<Given extends L[number]>(labels: { readonly [Name in Given]: LabelValue }): Curried<Gauge<Rest<L, Given>>>;
}

interface Observer<L extends LabelNames, H> extends Series<L, H> {
  /** Counts a value. NaN and infinities are left out and counted as refused. */
  observe(
    ...args: L extends readonly []
      ? [value: number, exemplar?: ExemplarLabels]
      : [labels: Labels<L>, value: number, exemplar?: ExemplarLabels]
  ): void;
  /** The function it returns observes the seconds since, and returns them; labels may be given at either end. */
  startTimer<Early extends L[number] = never>(labels?: { readonly [Name in Early]: LabelValue }): (...late: Late<L, Early>) => number;
  /** Runs a function, sync or async, and observes the seconds it took. */
  time<T>(...args: L extends readonly [] ? [fn: () => T] : [labels: Labels<L>, fn: () => T]): T;
}

/**
 * Observations counted in buckets.
 *
 * @example
 * ```ts
 * const latency = registry.histogram({ name: "latency_seconds", help: "Latency.", labelNames: ["route"], buckets: [0.1, 1] });
 * latency.observe({ route: "/" }, 0.25);
 * latency.value({ route: "/" }).sum; // 0.25
 * latency.value({ route: "/" }).buckets; // [{ le: 0.1, count: 0 }, { le: 1, count: 1 }, { le: Infinity, count: 1 }]
 * ```
 */
export interface Histogram<L extends LabelNames = []> extends Observer<L, HistogramHandle> {
  /** Count, sum and buckets over all threads. */
  value(...which: Which<L>): HistogramValue;
  /** The histogram with some labels given: the others are asked for in every call. */
  curry<Given extends L[number]>(labels: { readonly [Name in Given]: LabelValue }): Curried<Histogram<Rest<L, Given>>>;
}

/**
 * Count, sum and quantiles of what was observed in the last `maxAgeSeconds`; count and sum are of all.
 *
 * @example
 * ```ts
 * const size = registry.summary({ name: "response_bytes", help: "Size of responses.", quantiles: [0.5], accuracy: 0.01 });
 * for (const bytes of [100, 200, 300]) size.observe(bytes);
 * size.value().count; // 3
 * size.value().quantiles.map(({ value }) => Math.round(value / 10) * 10); // [200]
 * ```
 */
export interface Summary<L extends LabelNames = []> extends Observer<L, SummaryHandle> {
  /** Count, sum and quantiles over all threads. */
  value(...which: Which<L>): SummaryValue;
  /** The summary with some labels given: the others are asked for in every call. */
  curry<Given extends L[number]>(labels: { readonly [Name in Given]: LabelValue }): Curried<Summary<Rest<L, Given>>>;
}

/**
 * What does not change often, as labels: printed with `_info` and the value 1.
 *
 * @example
 * ```ts
 * const build = registry.info({ name: "build", help: "Build.", labelNames: ["version"] });
 * build.set({ version: "1.2.3" });
 * new TextDecoder().decode(registry.exposeSync().body).match(/^build.*$/m)[0]; // 'build_info{version="1.2.3"} 1'
 * ```
 */
export interface Info<L extends LabelNames = []> extends Ended<L> {
  /** Tells these labels, and no others any more. */
  set(labels: Labels<L>): void;
  /** Tells one more set of labels. */
  add(labels: Labels<L>): void;
  /** The info with some labels given: the others are asked for in every call. */
  curry<Given extends L[number]>(labels: { readonly [Name in Given]: LabelValue }): Curried<Info<Rest<L, Given>>>;
}

/**
 * Which of a few states hold: a series a state, of 1 or 0.
 *
 * @example
 * ```ts
 * const power = registry.stateSet({ name: "power", help: "Power.", states: ["off", "on"] });
 * power.value(); // ["off"]
 * power.set("on");
 * power.value(); // ["on"]
 * ```
 */
export interface StateSet<S extends readonly string[], L extends LabelNames = []> extends Ended<L> {
  /** The state, or the states, that hold now; a RangeError for one that is not of the set, a TypeError where none is said. */
  set(
    ...args: L extends readonly []
      ? [states: S[number] | readonly S[number][]]
      : [labels: Labels<L>, states: S[number] | readonly S[number][]]
  ): void;
  /** The states that hold. */
  value(...which: Which<L>): readonly S[number][];
  /** The state set with some labels given: the others are asked for in every call. */
  curry<Given extends L[number]>(labels: { readonly [Name in Given]: LabelValue }): Curried<StateSet<S, Rest<L, Given>>>;
}

/**
 * The distribution of what is there now, set as a whole.
 *
 * @example
 * ```ts
 * const ages = registry.gaugeHistogram({ name: "job_age_seconds", help: "Age of the jobs that wait.", buckets: [1, 60] });
 * ages.set([0.5, 30, 90]);
 * ages.value().buckets; // [{ le: 1, count: 1 }, { le: 60, count: 2 }, { le: Infinity, count: 3 }]
 * ```
 */
export interface GaugeHistogram<L extends LabelNames = []> extends Ended<L> {
  /** Counts all values into buckets; what was there before is replaced. A TypeError for what is no number, and for NaN. */
  set(...args: L extends readonly [] ? [values: Iterable<number>] : [labels: Labels<L>, values: Iterable<number>]): void;
  /** Count, sum and buckets. */
  value(...which: Which<L>): HistogramValue;
  /** The gauge histogram with some labels given: the others are asked for in every call. */
  curry<Given extends L[number]>(labels: { readonly [Name in Given]: LabelValue }): Curried<GaugeHistogram<Rest<L, Given>>>;
}
