// io.prometheus.write.v2.Request: remote write 2.0, whose strings are all in one table (rules S2 to S7).

import { type Batch, histogramPut, STALE, type TimedExemplar } from "./batch.ts";
import { COUNTER, GAUGE, GAUGE_HISTOGRAM, HISTOGRAM, type Page, SUMMARY } from "./page.ts";
import { ProtoWriter } from "./proto-writer.ts";
import type { FamilyState, Series } from "./series.ts";

/** Where a draft has the time at which a series began: rc.4 in the sample, rc.3 in the series, as Prometheus 3.0 to 3.7 reads it (rule S7). */
export type StartTimestamps = "rc.4" | "rc.3" | "none";

const SYMBOLS = 4;
const TIMESERIES = 5;
/** Of Metadata, by the types of a page. */
const TYPES: Readonly<Record<number, number>> = { [COUNTER]: 1, [GAUGE]: 2, [HISTOGRAM]: 3, [GAUGE_HISTOGRAM]: 4, [SUMMARY]: 5 };
/** Types that a page has as gauges. */
export const TYPE_INFO = 6;
export const TYPE_STATESET = 7;

export class Batch2 implements Batch {
  samples = 0;
  histograms = 0;
  exemplars = 0;
  readonly #start: StartTimestamps;
  readonly #typeOf: (family: string) => number | undefined;
  readonly #symbols = new Map<string, number>();
  readonly #table = new ProtoWriter();
  readonly #out = new ProtoWriter();

  /** `typeOf`: what a family is that is a gauge on the page, where it is something else. */
  constructor(start: StartTimestamps, typeOf: (family: string) => number | undefined) {
    this.#start = start;
    this.#typeOf = typeOf;
    this.#ref("");
  }

  get length(): number {
    return this.#table.length + this.#out.length;
  }

  canName(): boolean {
    return true;
  }

  #ref(text: string): number {
    let ref = this.#symbols.get(text);
    if (ref !== undefined) return ref;
    ref = this.#symbols.size;
    this.#symbols.set(text, ref);
    this.#table.string(SYMBOLS, text);
    return ref;
  }

  #labels(labels: readonly string[]): void {
    const begin = this.#out.begin(1);
    for (const text of labels) this.#out.varint(this.#ref(text));
    this.#out.end(begin);
  }

  #exemplars(exemplars: readonly TimedExemplar[]): void {
    const out = this.#out;
    for (const { labels, value, time } of exemplars) {
      const begin = out.begin(4);
      if (labels.length > 0) this.#labels(labels);
      out.double(2, value);
      out.int(3, time);
      out.end(begin);
    }
    this.exemplars += exemplars.length;
  }

  #metadata({ name, kind, help, unit }: FamilyState): void {
    const out = this.#out;
    const begin = out.begin(5);
    const type = (kind === GAUGE ? this.#typeOf(name) : undefined) ?? TYPES[kind];
    if (type !== undefined) out.uint(1, type);
    if (help !== "") out.uint(3, this.#ref(help));
    if (unit !== "") out.uint(4, this.#ref(unit));
    out.end(begin);
  }

  #ended(begin: number, family: FamilyState, created: number, time: number): void {
    this.#metadata(family);
    if (this.#start === "rc.3" && created > 0 && created < time) this.#out.int(6, created);
    this.#out.end(begin);
  }

  sample(series: Series, value: number | typeof STALE, time: number, created: number, exemplars: readonly TimedExemplar[]): void {
    const out = this.#out;
    const begin = out.begin(TIMESERIES);
    this.#labels(series.labels);
    const sample = out.begin(2);
    if (value === STALE) out.stale(1);
    else out.double(1, value);
    out.int(2, time);
    // Never 0, which would be none.
    if (this.#start === "rc.4" && created > 0 && created < time) out.int(3, created);
    out.end(sample);
    this.#exemplars(exemplars);
    this.#ended(begin, series.family, created, time);
    this.samples++;
  }

  histogram(series: Series, page: Page | undefined, time: number, exemplars: readonly TimedExemplar[]): void {
    const out = this.#out;
    const begin = out.begin(TIMESERIES);
    this.#labels(series.labels);
    const histogram = out.begin(3);
    histogramPut(out, page, time, this.#start === "rc.4" ? 17 : 0);
    out.end(histogram);
    this.#exemplars(exemplars);
    this.#ended(begin, series.family, page?.created ?? NaN, time);
    this.histograms++;
  }

  finished(): Uint8Array<ArrayBuffer> {
    const request = new Uint8Array(this.length);
    request.set(this.#table.bytes);
    request.set(this.#out.bytes, this.#table.length);
    this.#symbols.clear();
    this.#table.truncate(0);
    this.#out.truncate(0);
    this.samples = this.histograms = this.exemplars = 0;
    this.#ref("");
    return request;
  }
}
