// Buckets: those that a program chooses, and how native histograms choose theirs.

import { bucketsInvalid, bucketsUnmade, optionOutside, shown } from "./errors.ts";
import { checkOptions } from "./options.ts";
import { within } from "./values.ts";

const BOUNDS_MAX = 512;

/** Prometheus' own: 1 % steps would be schema 6; 3 doubles a bucket's bound every eight buckets. */
const NATIVE_DEFAULTS: NativeBuckets = { schema: 3, maxBuckets: 160, zeroThreshold: 2 ** -128 };

/** How a native histogram counts. */
export interface NativeBuckets {
  /** Buckets in each power of two: 2^schema. From -4 to 8, 3 by default; each bucket's width is then 9 % of its bound. */
  readonly schema: number;
  /** So many buckets at most, 160 by default: past it the resolution is halved. */
  readonly maxBuckets: number;
  /** Values not farther from 0 are counted in the bucket of zero; 2^-128 by default. */
  readonly zeroThreshold: number;
}

/** Prometheus' own default: request latencies in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/**
 * `count` bounds, each `width` above the one before: for `buckets`. Throws a RangeError for none, and for a width that is not
 * positive.
 *
 * @example
 * ```ts
 * import { linearBuckets } from "tallystick";
 *
 * linearBuckets(0, 5, 4); // [0, 5, 10, 15]
 * ```
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  checkSteps("width", start, width, width > 0, count);
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * `count` bounds, each `factor` times the one before: for `buckets`. Throws a RangeError for none, for a start that is not
 * positive and for a factor of 1 or less.
 *
 * @example
 * ```ts
 * import { exponentialBuckets } from "tallystick";
 *
 * exponentialBuckets(1, 2, 5); // [1, 2, 4, 8, 16]
 * ```
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  checkSteps("factor", start, factor, start > 0 && factor > 1, count);
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}

function checkSteps(step: string, start: number, by: number, good: boolean, count: number): void {
  if (good && Number.isFinite(start) && Number.isFinite(by) && Number.isInteger(count) && count > 0 && count <= BOUNDS_MAX) return;
  throw bucketsUnmade(step, start, by, count, BOUNDS_MAX);
}

/** @internal The bounds that a program chose, without the last Infinity. */
export function checkBuckets(metric: string, buckets: readonly number[]): readonly number[] {
  const bounds = buckets.at(-1) === Infinity ? buckets.slice(0, -1) : [...buckets];
  if (bounds.length > BOUNDS_MAX) throw bucketsInvalid(metric, `there are ${bounds.length}, and at most ${BOUNDS_MAX} are allowed`);
  bounds.forEach((bound, i) => {
    if (typeof bound !== "number" || !Number.isFinite(bound))
      throw bucketsInvalid(metric, `${shown(bound)} at index ${i} is not a finite number`);
    // -0 and 0 are one bound.
    if (i > 0 && !(bound > bounds[i - 1]!))
      throw bucketsInvalid(metric, `${bound} at index ${i} must be greater than ${bounds[i - 1]!} before it`);
  });
  return bounds.map((bound) => (bound === 0 ? 0 : bound));
}

/** @internal The schema and limits of a native histogram; undefined for a classic one. */
export function nativeOf(metric: string, native: boolean | Partial<NativeBuckets> | undefined): NativeBuckets | undefined {
  if (native === undefined || native === false) return undefined;
  if (native === true) return NATIVE_DEFAULTS;
  checkOptions(`native of histogram "${metric}"`, native, { schema: "number", maxBuckets: "number", zeroThreshold: "number" });
  const { schema, maxBuckets, zeroThreshold } = { ...NATIVE_DEFAULTS, ...native };
  if (!within(schema, -4, 8, true)) throw optionOutside(metric, "schema", schema, "an integer from -4 to 8");
  if (!within(maxBuckets, 1, 4096, true)) throw optionOutside(metric, "maxBuckets", maxBuckets, "an integer from 1 to 4096");
  if (!within(zeroThreshold, 0, Number.MAX_VALUE, false))
    throw optionOutside(metric, "zeroThreshold", zeroThreshold, "finite and not negative");
  return { schema, maxBuckets, zeroThreshold };
}
