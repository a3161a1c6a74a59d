// A page as OTLP's metrics: names and units by its conventions, points of each series, and, where only what was added since the last time is wanted, the difference.

import { currentRuntime } from "../runtime.ts";
import { COUNTER, GAUGE_HISTOGRAM, HISTOGRAM, type Page, type PageExemplar, type Range, SUMMARY } from "./page.ts";
import { type Buckets, CUMULATIVE, DELTA, type Exemplar, type KeyValue, type Metric } from "./otlp-wire.ts";

/** UCUM for the units that Prometheus has; others stay as they are. */
const UNITS: Readonly<Record<string, string>> = {
  seconds: "s",
  bytes: "By",
  ratio: "1",
  celsius: "Cel",
  meters: "m",
  volts: "V",
  amperes: "A",
  joules: "J",
  grams: "g",
};
/** Buckets of one side in a row; one that is sparser is made coarser. */
const DENSE_MOST = 1024;
const MILLION = 1_000_000n;
/** So long the making of points keeps the event loop, and points between two looks at the clock. */
const BUSY_MS = 5;
const LOOK = 64;
/** Series that are not on the page and not forgotten: as many as are there, and so many. */
const ABSENT = 1000;
const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

/** Numbers that only grow, by what they are of: a bucket, or the whole. */
type Numbers = ReadonlyMap<number, number>;
/** Of a counter; of values within the zero bucket. Indices of buckets are smaller. */
const WHOLE = 2 ** 40;
/** Buckets of values below zero lie that much further. */
const NEGATIVE = 2 ** 33;

/** What was sent of a series last. */
interface Sent {
  readonly created: number;
  /** What has another one began anew. */
  readonly shape: string;
  readonly scale: number;
  readonly numbers: Numbers;
  readonly sum: number;
  readonly time: bigint;
}

export interface PointSettings {
  readonly isDelta: boolean;
  readonly exemplars: boolean;
  readonly nativeHistograms: boolean;
  readonly maxPoints: number;
}

/** Metrics of one request, and what is to be remembered of them when it has arrived. */
export interface Part {
  readonly metrics: readonly Metric[];
  readonly points: number;
  readonly sent: ReadonlyMap<string, Sent>;
  readonly exemplars: ReadonlySet<string>;
}

function nanos(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * MILLION;
}

/** Since when; undefined where that is not known, or a clock says that it is yet to come. */
function beginning({ created }: Page, time: bigint): bigint | undefined {
  const start = created > 0 ? nanos(created) : undefined;
  return start === undefined || start > time ? undefined : start;
}

function attributesOf(labels: readonly (readonly [string, string])[]): KeyValue[] {
  return labels.map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** Without the suffixes that Prometheus wants and gives itself (rule L8). */
function nameOf({ name, kind, unit }: Page): string {
  const base = kind === COUNTER && name.endsWith("_total") ? name.slice(0, -"_total".length) : name;
  return unit !== "" && base.endsWith(`_${unit}`) && base.length > unit.length + 1 ? base.slice(0, -unit.length - 1) : base;
}

function exemplarOf({ labels, value, time }: PageExemplar): Exemplar | undefined {
  if (time === undefined) return undefined;
  const traceId = labels.find(([name, text]) => name === "trace_id" && TRACE_ID.test(text))?.[1].toLowerCase();
  const spanId = labels.find(([name, text]) => name === "span_id" && SPAN_ID.test(text))?.[1].toLowerCase();
  const rest = labels.filter(([name]) => !(name === "trace_id" && traceId !== undefined) && !(name === "span_id" && spanId !== undefined));
  return {
    filteredAttributes: attributesOf(rest),
    timeUnixNano: nanos(time.milliseconds) + BigInt(time.nanoseconds),
    asDouble: value,
    ...(spanId === undefined ? {} : { spanId }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** Counts by index, made coarser by so many halvings. */
function coarser(counts: Iterable<readonly [number, number]>, halvings: number): Map<number, number> {
  const all = new Map<number, number>();
  for (const [index, count] of counts) {
    const side = index >= WHOLE ? undefined : index > NEGATIVE / 2 ? NEGATIVE : 0;
    const own = side === undefined ? index : Math.floor((index - side) / 2 ** halvings) + side;
    all.set(own, (all.get(own) ?? 0) + count);
  }
  return all;
}

function dense(counts: ReadonlyMap<number, number>): Buckets {
  const there = [...counts].filter(([, count]) => count !== 0).map(([index]) => index);
  if (there.length === 0) return { offset: 0, bucketCounts: [] };
  const [first, last] = [Math.min(...there), Math.max(...there)];
  return { offset: first, bucketCounts: Array.from({ length: last - first + 1 }, (_, i) => BigInt(counts.get(first + i) ?? 0)) };
}

interface Difference {
  readonly start: bigint | undefined;
  readonly numbers: Numbers;
  readonly sum: number;
}

function total(numbers: Numbers): bigint {
  let all = 0;
  for (const count of numbers.values()) all += count;
  return BigInt(all);
}

export class Points {
  readonly #settings: PointSettings;
  readonly #began: bigint;
  /** Also of what is not there any more: behind a collector that failed once it is back, and would count twice. */
  readonly #last = new Map<string, Sent>();
  /** Exemplars that arrived, as long as a page has them. */
  readonly #exemplarsSent = new Set<string>();
  // Of the round.
  #page!: Page;
  #time = 0n;
  #seen = new Set<string>();
  #exemplarsSeen = new Set<string>();
  // Of the part.
  #metrics: Metric[] = [];
  #points = 0;
  #sent = new Map<string, Sent>();
  #exemplarsNew = new Set<string>();

  constructor(settings: PointSettings, now: number) {
    this.#settings = settings;
    this.#began = nanos(now);
  }

  /** A page part by part, at a time in milliseconds: each is made when the one before was sent. The event loop turns between points. */
  async *taken(page: Page, now: number): AsyncGenerator<Part, void, undefined> {
    this.#page = page;
    this.#time = nanos(now);
    this.#seen = new Set();
    this.#exemplarsSeen = new Set();
    this.#begin();
    let since = performance.now();
    let count = 0;
    while (page.nextFamily()) {
      // OTLP has no such type, and its rules for Prometheus' leave it out.
      if (page.kind === GAUGE_HISTOGRAM) continue;
      let points: { readonly kind: string; readonly list: unknown[] } | undefined;
      while (page.nextMetric()) {
        if (this.#points >= this.#settings.maxPoints) {
          yield this.#part();
          points = undefined;
          since = performance.now();
        }
        const { kind, point } = this.#point(page);
        if (points?.kind !== kind) this.#metrics.push(this.#metric(page, kind, (points = { kind, list: [] }).list));
        points.list.push(point);
        this.#points++;
        if (++count % LOOK !== 0 || performance.now() - since < BUSY_MS) continue;
        await currentRuntime().pause();
        since = performance.now();
      }
    }
    if (this.#points > 0) yield this.#part();
    // Those that this page did not have are in front: the ones that were not there for longest go first.
    for (const key of this.#last.keys()) {
      if (this.#last.size <= 2 * this.#seen.size + ABSENT) break;
      this.#last.delete(key);
    }
    for (const key of this.#exemplarsSent) if (!this.#exemplarsSeen.has(key)) this.#exemplarsSent.delete(key);
  }

  /** It arrived, or never will. */
  settled({ sent, exemplars }: Part): void {
    for (const [key, each] of sent) {
      this.#last.delete(key);
      this.#last.set(key, each);
    }
    for (const key of exemplars) this.#exemplarsSent.add(key);
  }

  #begin(): void {
    this.#metrics = [];
    this.#points = 0;
    this.#sent = new Map();
    this.#exemplarsNew = new Set();
  }

  #part(): Part {
    const part = { metrics: this.#metrics, points: this.#points, sent: this.#sent, exemplars: this.#exemplarsNew };
    this.#begin();
    return part;
  }

  #metric(page: Page, kind: string, dataPoints: unknown[]): Metric {
    const aggregationTemporality = this.#settings.isDelta ? DELTA : CUMULATIVE;
    const counts = kind === "sum" || kind === "histogram" || kind === "exponentialHistogram";
    return {
      name: nameOf(page),
      ...(page.help === "" ? {} : { description: page.help }),
      ...(page.unit === "" ? {} : { unit: UNITS[page.unit] ?? page.unit }),
      [kind]: { dataPoints, ...(counts ? { aggregationTemporality } : {}), ...(kind === "sum" ? { isMonotonic: true } : {}) },
    } as Metric;
  }

  #point(page: Page): { readonly kind: string; readonly point: unknown } {
    const timeUnixNano = Number.isNaN(page.timestamp) ? this.#time : nanos(page.timestamp);
    const head = { attributes: attributesOf(page.labels()), timeUnixNano };
    if (page.kind === COUNTER) return { kind: "sum", point: { ...head, ...this.#counter(page, timeUnixNano) } };
    if (page.kind === SUMMARY) return { kind: "summary", point: { ...head, ...this.#summary(page, timeUnixNano) } };
    if (page.kind !== HISTOGRAM) return { kind: "gauge", point: { ...head, asDouble: page.value } };
    if (page.isNative && this.#settings.nativeHistograms) {
      return { kind: "exponentialHistogram", point: { ...head, ...this.#exponential(page, timeUnixNano) } };
    }
    return { kind: "histogram", point: { ...head, ...this.#histogram(page, timeUnixNano) } };
  }

  /** Since when, and how much; all of it where it began anew. */
  #difference(page: Page, time: bigint, numbers: Numbers, shape = "", scale = 0): Difference {
    const created = beginning(page, time);
    if (!this.#settings.isDelta) return { start: created, numbers, sum: page.value };
    const key = this.#key(page);
    const last = this.#last.get(key);
    this.#sent.set(key, { created: page.created, shape, scale, numbers, sum: page.value, time });
    const notAfter = (start: bigint) => (start > time ? time : start);
    // What began later is another one. A beginning that goes back is that of an older process that came in: its counts are among what was added.
    if (last !== undefined && last.shape === shape && last.scale >= scale && !(page.created > last.created)) {
      const before = coarser(last.numbers, last.scale - scale);
      if ([...before].every(([index, count]) => (numbers.get(index) ?? 0) >= count)) {
        const added = new Map([...numbers].map(([index, count]) => [index, count - (before.get(index) ?? 0)]));
        return { start: notAfter(last.time), numbers: added, sum: page.value - last.sum };
      }
    }
    return { start: notAfter(created ?? last?.time ?? this.#began), numbers, sum: page.value };
  }

  #key(page: Page): string {
    let key = `${page.name}\0`;
    const { bytes } = page.reader;
    for (let i = page.labelsFrom; i < page.labelsTo; i++) key += String.fromCharCode(bytes[i]!);
    this.#seen.add(key);
    return key;
  }

  #counter(page: Page, time: bigint): object {
    const { start, numbers } = this.#difference(page, time, new Map([[WHOLE, page.value]]));
    return { startTimeUnixNano: start, asDouble: numbers.get(WHOLE)!, exemplars: this.#exemplars(page.exemplars) };
  }

  #summary(page: Page, time: bigint): object {
    const quantileValues = page.bounds.map((quantile, i) => ({ quantile, value: page.values[i]! })).sort((a, b) => a.quantile - b.quantile);
    return { startTimeUnixNano: beginning(page, time), count: BigInt(page.count), sum: page.value, quantileValues };
  }

  #histogram(page: Page, time: bigint): object {
    const bounds = page.bounds.filter((bound) => bound !== Infinity);
    let below = 0;
    const counts = new Map<number, number>();
    for (const [i, count] of [...page.values.slice(0, bounds.length), page.count].entries()) {
      counts.set(i, count - below);
      below = count;
    }
    const { start, numbers, sum } = this.#difference(page, time, counts, bounds.join());
    // A sum that may fall is none of OTLP's (rule L5).
    const hasSum = !(bounds[0]! < 0) && !(page.value < 0) && !(sum < 0);
    return {
      startTimeUnixNano: start,
      count: total(numbers),
      sum: hasSum ? sum : undefined,
      bucketCounts: [...numbers.values()].map(BigInt),
      explicitBounds: bounds,
      exemplars: this.#exemplars(page.exemplars),
    };
  }

  #exponential(page: Page, time: bigint): object {
    const counts = new Map([[WHOLE, page.zeroCount]]);
    let halvings = 0;
    for (const [side, from] of [
      [page.positive, 0],
      [page.negative, NEGATIVE],
    ] as const) {
      const { indices, counts: own } = page.sparse(side);
      // OTLP's index is one less than Prometheus' (rule L6).
      indices.forEach((index, i) => counts.set(index - 1 + from, own[i]!));
      const width = indices.length === 0 ? 0 : indices.at(-1)! - indices[0]! + 1;
      while (width / 2 ** halvings > DENSE_MOST) halvings++;
    }
    const scale = page.schema - halvings;
    const { start, numbers, sum } = this.#difference(page, time, coarser(counts, halvings), String(page.zeroThreshold), scale);
    const sideOf = (from: number) =>
      [...numbers]
        .filter(([index]) => index !== WHOLE && index > NEGATIVE / 2 === from > 0)
        .map(([index, count]) => [index - from, count] as const);
    const hasSum = page.negative.spans.length === 0 && !(page.value < 0);
    return {
      startTimeUnixNano: start,
      count: total(numbers),
      sum: hasSum ? sum : undefined,
      scale,
      zeroCount: BigInt(numbers.get(WHOLE)!),
      zeroThreshold: page.zeroThreshold,
      positive: dense(new Map(sideOf(0))),
      negative: dense(new Map(sideOf(NEGATIVE))),
      exemplars: this.#exemplars(page.nativeExemplars),
    };
  }

  #exemplars(ranges: readonly (Range | undefined)[]): readonly Exemplar[] | undefined {
    if (!this.#settings.exemplars) return undefined;
    const all: Exemplar[] = [];
    for (const range of ranges) {
      if (range === undefined) continue;
      const read = this.#page.exemplar(range);
      const exemplar = exemplarOf(read);
      if (exemplar === undefined) continue;
      const key = `${this.#page.name} ${exemplar.timeUnixNano} ${exemplar.asDouble} ${String(read.labels)}`;
      this.#exemplarsSeen.add(key);
      if (this.#exemplarsSent.has(key)) continue;
      this.#exemplarsNew.add(key);
      all.push(exemplar);
    }
    return all.length === 0 ? undefined : all;
  }
}
