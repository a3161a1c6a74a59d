// One round of remote write: every series of a page as a sample, markers for those that ended, in requests of bounded size.

import { boundText } from "../lint/numbers.ts";
import { currentRuntime } from "../runtime.ts";
import { type Batch, type Counts, STALE, type TimedExemplar, timedExemplar } from "./batch.ts";
import { momentAfter } from "./moment.ts";
import { COUNTER, GAUGE_HISTOGRAM, HISTOGRAM, Page, type Range, SUMMARY } from "./page.ts";
import { type FamilyState, type Group, hashOf, type Series, SeriesTable, sortedLabels } from "./series.ts";

export interface RoundSettings {
  readonly maxSamples: number;
  readonly maxBytes: number;
  readonly exemplars: boolean;
  readonly nativeHistograms: boolean;
}

/** A request that is whole, and what is in it. */
export interface Made extends Counts {
  readonly request: Uint8Array<ArrayBuffer>;
  /** Milliseconds since the epoch, of the round. */
  readonly time: number;
}

/** So long a round keeps the event loop. */
const BUSY_MS = 5;
/** Metrics between two looks at the clock. */
const LOOK = 64;
const NO_EXEMPLARS: readonly TimedExemplar[] = [];

export class Rounds {
  readonly #settings: RoundSettings;
  readonly #table: SeriesTable;
  #batch!: Batch;
  #made!: (made: Made) => void;
  #time = -Infinity;

  constructor(settings: RoundSettings, external: readonly (readonly [string, string])[]) {
    this.#settings = settings;
    this.#table = new SeriesTable(external);
  }

  /** Later than the round before (rule R4). */
  begin(now: number): number {
    return (this.#time = momentAfter(this.#time, now));
  }

  /** Makes the requests of a page; the event loop turns between metrics. */
  async taken(bytes: Uint8Array, batch: Batch, made: (made: Made) => void): Promise<void> {
    this.#batch = batch;
    this.#made = made;
    this.#table.round++;
    const page = new Page(bytes);
    let since = performance.now();
    let count = 0;
    while (page.nextFamily()) {
      const family = this.#table.family(page);
      while (page.nextMetric()) {
        this.#metric(family, page);
        if (++count % LOOK !== 0 || performance.now() - since < BUSY_MS) continue;
        await currentRuntime().pause();
        since = performance.now();
      }
    }
    this.#endings();
  }

  /** All series end. */
  ended(batch: Batch, made: (made: Made) => void): void {
    this.#batch = batch;
    this.#made = made;
    this.#table.round++;
    this.#endings();
  }

  #endings(): void {
    for (const series of this.#table.ended()) {
      // What has times of its own may come back with one that was before its end: like Prometheus, no marker.
      if (series.last === -Infinity || series.hasOwnTimes || !this.#batch.canName(series)) continue;
      if (series.isHistogram) this.#batch.histogram(series, undefined, this.#time, NO_EXEMPLARS);
      else this.#batch.sample(series, STALE, this.#time, NaN, NO_EXEMPLARS);
      this.#cut(false);
    }
    this.#cut(true);
  }

  /** Hands over what is full, or all there is. */
  #cut(all: boolean): void {
    const batch = this.#batch;
    const { samples, histograms, exemplars } = batch;
    const count = samples + histograms;
    if (count === 0 || !(all || count >= this.#settings.maxSamples || batch.length >= this.#settings.maxBytes)) return;
    this.#made({ request: batch.finished(), time: this.#time, samples, histograms, exemplars });
  }

  #metric(family: FamilyState, page: Page): void {
    const group = this.#table.group(family, page);
    if (page.kind === HISTOGRAM || page.kind === GAUGE_HISTOGRAM) this.#histogram(family, group, page);
    else if (page.kind === SUMMARY) this.#summary(family, group, page);
    else this.#sample(page, this.#table.series(family, group, "", ""), page.value, page.kind === COUNTER ? page.exemplars[0] : undefined);
  }

  #summary(family: FamilyState, group: Group, page: Page): void {
    for (let i = 0; i < page.bounds.length; i++) {
      const quantile = page.bounds[i]!;
      // It is no count, and did not begin. A text, for a bound of the histogram that it becomes may be the same number.
      const series = this.#part(family, group, String(quantile), "quantile", quantile, "");
      this.#sample(page, series, page.values[i]!, undefined, NaN);
    }
    this.#totals(family, group, page, "_sum", "_count");
  }

  /** The series of a bucket or a quantile: its label is written where the series is new. */
  #part(family: FamilyState, group: Group, part: string | number, label: string, value: number, suffix: string): Series {
    const known = group.parts.get(part);
    const more: readonly [string, string] | undefined = known === undefined ? [label, boundText(value)] : undefined;
    return this.#table.series(family, group, part, suffix, more);
  }

  #totals(family: FamilyState, group: Group, page: Page, sum: string, count: string): void {
    this.#sample(page, this.#table.series(family, group, sum, sum), page.value);
    this.#sample(page, this.#table.series(family, group, count, count), page.count);
  }

  #histogram(family: FamilyState, group: Group, page: Page): void {
    const isNative = page.isNative && this.#settings.nativeHistograms;
    if (isNative) this.#native(page, this.#table.series(family, group, "", "", undefined, true));
    if (isNative && page.bounds.length === 0) return;
    for (let i = 0; i < page.bounds.length; i++) {
      const bound = page.bounds[i]!;
      this.#sample(page, this.#part(family, group, bound, "le", bound, "_bucket"), page.values[i]!, page.exemplars[i]);
    }
    // Of a native one that has no classic buckets, but for the last.
    if (page.bounds.length === 0) this.#sample(page, this.#part(family, group, Infinity, "le", Infinity, "_bucket"), page.count);
    const isGauge = page.kind === GAUGE_HISTOGRAM;
    this.#totals(family, group, page, isGauge ? "_gsum" : "_sum", isGauge ? "_gcount" : "_count");
  }

  #timeOf(page: Page, series: Series): number | undefined {
    const hasOwnTime = !Number.isNaN(page.timestamp);
    const time = hasOwnTime ? page.timestamp : this.#time;
    // A constant that says a time was sent before; rounds go back only where the clock was wrong.
    if (time <= series.last && (hasOwnTime || series.hasOwnTimes)) return undefined;
    series.last = time;
    series.hasOwnTimes = hasOwnTime;
    return time;
  }

  #sample(page: Page, series: Series, value: number, exemplar?: Range, created: number = page.created): void {
    const time = this.#timeOf(page, series);
    if (time === undefined) return;
    const ranges = exemplar === undefined ? undefined : [exemplar];
    this.#batch.sample(series, value, time, created, this.#exemplars(page, series, ranges));
    this.#cut(false);
  }

  #native(page: Page, series: Series): void {
    const time = this.#timeOf(page, series);
    if (time === undefined) return;
    this.#batch.histogram(series, page, time, this.#exemplars(page, series, page.nativeExemplars));
    this.#cut(false);
  }

  /** Those that were not sent before; by their time, as receivers want them. */
  #exemplars(page: Page, series: Series, ranges: readonly Range[] | undefined): readonly TimedExemplar[] {
    if (ranges === undefined || ranges.length === 0 || !this.#settings.exemplars) return NO_EXEMPLARS;
    const { bytes } = page.reader;
    const before = series.exemplars;
    series.exemplars = ranges.map(({ from, to }) => hashOf(bytes, from, to));
    return ranges
      .filter((_, i) => !before.includes(series.exemplars[i]!))
      .map((range) => timedExemplar(page.exemplar(range), sortedLabels))
      .filter((each) => each !== undefined)
      .sort((one, other) => one.time - other.time);
  }
}
