// Bounds for histograms, as prom-client makes them: by adding up, so that a page has the digits that it had.

import { countNeeded, factorNeeded, startNeeded } from "./worded.ts";

/**
 * `count` bounds, each `width` above the one before. Throws an Error for a count below 1.
 *
 * @example
 * ```ts
 * import { linearBuckets } from "tallystick/prom-client";
 *
 * linearBuckets(0, 50, 3); // [0, 50, 100]
 * ```
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw countNeeded("Linear");
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * `count` bounds, each `factor` times the one before. Throws an Error for a start or a count that is not positive, and for a factor of 1 or less.
 *
 * @example
 * ```ts
 * import { exponentialBuckets } from "tallystick/prom-client";
 *
 * exponentialBuckets(1, 2, 4); // [1, 2, 4, 8]
 * ```
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw startNeeded();
  if (count < 1) throw countNeeded("Exponential");
  if (factor <= 1) throw factorNeeded();
  let bound = start;
  return Array.from({ length: count }, () => {
    const own = bound;
    bound *= factor;
    return own;
  });
}
