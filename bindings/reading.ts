// Series over all threads, as the core reads them, and what a user sees of them.

import { EXHAUSTED, GONE } from "../assembly/status.ts";
import type { Core } from "./core.ts";
import { type Definition, printsWriters } from "./definition.ts";
import { memoryExhausted } from "./errors.ts";

/** A bucket of a native histogram. */
export interface NativeBucket {
  readonly index: number;
  readonly count: number;
}

/** What a native histogram counted, at the resolution it has now. */
export interface NativeValue {
  readonly schema: number;
  readonly zeroCount: number;
  /** Bucket i holds the values from base^(i-1), not included, to base^i, base being 2^(2^-schema); ascending. */
  readonly positive: readonly NativeBucket[];
  /** The same of the values below zero, by their absolute value. */
  readonly negative: readonly NativeBucket[];
}

/** A histogram over all threads at one moment. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  /** Upper bounds with the observations at or below each; the last is Infinity. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  /** Of a native histogram. */
  readonly native?: NativeValue;
}

/** A summary over all threads. */
export interface SummaryValue {
  readonly count: number;
  readonly sum: number;
  /** Of the values of the last `maxAgeSeconds`; NaN where there are none. */
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** @internal */
export interface Reading {
  /** Or the sum. */
  readonly value: number;
  /** Of classic buckets, not cumulative; of a summary its count. */
  readonly buckets: readonly bigint[];
  readonly quantiles: readonly number[];
  readonly sparse: NativeValue | undefined;
  /** Of a gauge that prints the parts of all writers. */
  readonly parts: readonly { readonly writer: number; readonly value: number }[];
}

function sparseRead({ verbs }: Core): NativeValue {
  const side = (negative: number) =>
    Array.from({ length: verbs.seriesSparseCount(negative) }, (_, i) => ({
      index: verbs.seriesSparseIndex(negative, i),
      count: Number(verbs.seriesSparseBucket(negative, i)),
    }));
  return { schema: verbs.seriesSchema(), zeroCount: Number(verbs.seriesZeroCount()), positive: side(0), negative: side(1) };
}

/** @internal The series of a label block; undefined for none. */
export function readSeries(core: Core, definition: Definition, address: number, state: number, block: string): Reading | undefined {
  const { verbs } = core;
  const status = core.cold(() => verbs.seriesRead(address, state, core.input(block)));
  if (status === EXHAUSTED) throw memoryExhausted(`read "${definition.name}"`, core.maxBytes);
  if (status < 0 || status === GONE) return undefined;
  const bucketCount = definition.kind === "summary" ? 1 : status;
  const words = core.view(verbs.seriesBuckets(), bucketCount * 8);
  const numbers = core.view(verbs.seriesQuantiles(), definition.quantiles.length * 8);
  return {
    value: verbs.seriesValue(),
    buckets: Array.from({ length: bucketCount }, (_, i) => words.getBigUint64(i * 8, true)),
    quantiles: definition.quantiles.map((_, i) => numbers.getFloat64(i * 8, true)),
    parts: printsWriters(definition.mode)
      ? Array.from({ length: bucketCount / 2 }, (_, i) => ({
          writer: words.getUint32(i * 16, true),
          value: words.getFloat64(i * 16 + 8, true),
        }))
      : [],
    sparse: definition.native === undefined ? undefined : sparseRead(core),
  };
}

/** @internal */
export function histogramValue({ buckets: bounds, native }: Definition, read: Reading | undefined): HistogramValue {
  let count = 0;
  const buckets = [...bounds, Infinity].map((le, i) => {
    count += Number(read?.buckets[i] ?? 0n);
    return { le, count };
  });
  const sum = read?.value ?? 0;
  if (native === undefined) return { count, sum, buckets };
  const sparse = read?.sparse ?? { schema: native.schema, zeroCount: 0, positive: [], negative: [] };
  count = [...sparse.positive, ...sparse.negative].reduce((total, bucket) => total + bucket.count, sparse.zeroCount);
  return { count, sum, buckets: bounds.length === 0 ? [{ le: Infinity, count }] : buckets, native: sparse };
}

/** @internal */
export function summaryValue({ quantiles }: Definition, read: Reading | undefined): SummaryValue {
  return {
    count: Number(read?.buckets[0] ?? 0n),
    sum: read?.value ?? 0,
    quantiles: quantiles.map((quantile, i) => ({ quantile, value: read?.quantiles[i] ?? NaN })),
  };
}

/** @internal The states that hold. One that was never set is in its first state, as a program that has just begun. */
export function statesOf({ states }: Definition, read: Reading | undefined): string[] {
  const mask = BigInt(read?.value ?? 0);
  return states.filter((_, i) => (mask === 0n ? i === 0 : ((mask >> BigInt(i)) & 1n) === 1n));
}
