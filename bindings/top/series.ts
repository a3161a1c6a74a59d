// One series over time: a number, or a distribution with its buckets. Between two pages a counter has a rate, and a distribution
// quantiles of what was observed in between.

import { labelText } from "./label-text.ts";
import type { Label } from "../lint/scan.ts";
import { History } from "./history.ts";

/** What a series has of its family. */
export interface FamilyTold {
  readonly shown: string;
  /** What it counts only goes up, until it begins anew. */
  readonly isGrowing: boolean;
}

export interface Bucket {
  readonly bound: number;
  /** Cumulative, as it is written, in the last page and in the one before. */
  now: number;
  before: number;
  /** The page in which it was last. */
  tick: number;
}

/** Bounds of a histogram, and quantiles of a summary, that are kept of one series: native ones have some hundreds. */
export const PARTS_MOST = 1000;

/** What a sample is of its series. */
export type Part = "value" | "count" | "sum" | "bucket" | "quantile" | "none";

export class Series {
  readonly family: FamilyTold;
  /** Names it within its family. */
  readonly key: string;
  /** Without `le` and `quantile`. */
  readonly labels: readonly Label[];
  /** The labels as they are shown: `method="GET",code="200"`; empty without any. */
  readonly text: string;
  /** Of a distribution how much was observed. */
  value = NaN;
  /** By second, of what only goes up; else NaN. */
  rate = NaN;
  sum = NaN;
  /** Bounds and what is counted up to them, in their order; none for numbers. */
  buckets: Bucket[] = [];
  /** Of a summary, as it says them. */
  readonly quantiles = new Map<number, number>();
  /** The page in which it was last. */
  tick = -1;
  /** What is drawn: rates of what has one, values of the rest. */
  readonly past = new History();
  /** What came into each bucket, page by page; of buckets alone. */
  heat: History | undefined;
  #before = NaN;
  #sumBefore = NaN;
  /** Observations of the last interval, and their sum. */
  #mean = NaN;

  constructor(family: FamilyTold, key: string, labels: readonly Label[]) {
    this.family = family;
    this.key = key;
    this.labels = labels;
    this.text = labelText(labels);
  }

  /** What a distribution observed in the last interval, divided by how often. */
  get mean(): number {
    return this.#mean;
  }

  /** The bucket up to a bound, made where there is room for one more; else undefined. */
  bucket(bound: number, hasRoom: boolean): Bucket | undefined {
    let at = 0;
    for (let end = this.buckets.length; at < end;) {
      const middle = (at + end) >> 1;
      if (this.buckets[middle]!.bound < bound) at = middle + 1;
      else end = middle;
    }
    const there = this.buckets[at];
    if (there?.bound === bound) return there;
    if (!hasRoom || this.buckets.length >= PARTS_MOST) return undefined;
    const made = { bound, now: NaN, before: NaN, tick: -1 };
    this.buckets.splice(at, 0, made);
    this.heat = undefined;
    return made;
  }

  /** The page is over; `seconds` since the one before it, NaN for the first. How many buckets ended: a program that began anew may have others. */
  turn(tick: number, seconds: number): number {
    this.tick = tick;
    const { isGrowing } = this.family;
    const ended = this.#ended(tick);
    // Whatever begins anew begins with 0; the sum of its buckets may have overtaken what was there meanwhile.
    const isReset = isGrowing && (this.value < this.#before || this.buckets.some(({ now, before }) => now < before));
    this.rate = isGrowing && seconds > 0 ? (this.value - (isReset ? 0 : this.#before)) / seconds : NaN;
    const count = this.value - (isReset ? 0 : this.#before);
    this.#mean = count > 0 ? (this.sum - (isReset ? 0 : this.#sumBefore)) / count : NaN;
    this.past.set(tick, isGrowing ? this.rate : this.value);
    if (this.buckets.length > 0) this.#heated(tick, isGrowing, isReset);
    this.#before = this.value;
    this.#sumBefore = this.sum;
    return ended;
  }

  #ended(tick: number): number {
    const there = this.buckets.length;
    if (this.buckets.every((bucket) => bucket.tick === tick)) return 0;
    this.buckets = this.buckets.filter((bucket) => bucket.tick === tick);
    this.heat = undefined;
    return there - this.buckets.length;
  }

  #heated(tick: number, isGrowing: boolean, isReset: boolean): void {
    this.heat ??= new History(this.buckets.length);
    let below = 0;
    for (const [i, bucket] of this.buckets.entries()) {
      const from = !isGrowing || isReset ? 0 : bucket.before;
      const upTo = bucket.now - from;
      this.heat.set(tick, upTo - below, i);
      below = upTo;
      bucket.before = bucket.now;
    }
  }

  /** It was in no page of this number. */
  skip(tick: number): void {
    this.past.skip(tick);
    this.heat?.skip(tick);
    // What it grows to meanwhile came in more than one interval.
    this.rate = NaN;
    this.#before = NaN;
    this.#sumBefore = NaN;
    for (const bucket of this.buckets) bucket.before = NaN;
  }

  /** What came into a bucket in `ticks` pages up to `tick`; NaN where nothing is known. */
  came(bucket: number, tick: number, ticks: number): number {
    let sum = NaN;
    for (let each = Math.max(0, tick - ticks + 1); each <= tick; each++) {
      const value = this.heat?.get(each, bucket) ?? NaN;
      if (!Number.isNaN(value)) sum = (Number.isNaN(sum) ? 0 : sum) + value;
    }
    return sum;
  }

  /** See quantileOf; of a summary what it says itself. */
  quantile(q: number, tick: number, ticks = 1): number {
    if (this.quantiles.size > 0) return this.quantiles.get(q) ?? NaN;
    return quantileOf([this], q, tick, ticks);
  }
}

/** What came into each bucket of several series together; empty where their bounds are not the same. */
export function cameOf(series: readonly Series[], tick: number, ticks: number): readonly number[] {
  const bounds = series[0]?.buckets ?? [];
  const isSame = series.every(
    ({ buckets }) => buckets.length === bounds.length && buckets.every(({ bound }, i) => bound === bounds[i]!.bound),
  );
  if (!isSame) return [];
  const sums: number[] = Array.from({ length: bounds.length }, () => NaN);
  for (const each of series) {
    for (let i = 0; i < sums.length; i++) {
      const came = each.came(i, tick, each.family.isGrowing ? ticks : 1);
      if (!Number.isNaN(came)) sums[i] = (Number.isNaN(sums[i]!) ? 0 : sums[i]!) + came;
    }
  }
  return sums;
}

/** A quantile of what several series observed in `ticks` pages up to `tick`. */
export function quantileOf(series: readonly Series[], q: number, tick: number, ticks: number): number {
  return quantileIn(series[0]?.buckets.map(({ bound }) => bound) ?? [], cameOf(series, tick, ticks), q);
}

/**
 * A quantile of what came into buckets, within its bucket by its share, as histogram_quantile of Prometheus: above the last bound it is
 * that, below the first it begins at 0. NaN where nothing came.
 */
export function quantileIn(bounds: readonly number[], counts: readonly number[], q: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) return NaN;
  const rank = q * total;
  let below = 0;
  for (const [i, count] of counts.entries()) {
    if (below + count < rank || count === 0) {
      below += count;
      continue;
    }
    const bound = bounds[i]!;
    const lower = i === 0 ? Math.min(0, bound) : bounds[i - 1]!;
    if (bound === Infinity) return i === 0 ? NaN : lower;
    return i === 0 && bound <= 0 ? bound : lower + (bound - lower) * ((rank - below) / count);
  }
  return NaN;
}
