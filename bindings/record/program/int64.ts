// Columns of 64-bit integers from seconds and nanoseconds, without a BigInt for each.

import type { Batch } from "./batch.ts";

const SECOND = 1_000_000_000;
const HALF = 2 ** 32;

/** Nanoseconds since the epoch of a batch's rows, from `at` on. */
export function putTimes(to: BigInt64Array, at: number, { rows, seconds, nanos }: Batch): void {
  const halves = new Uint32Array(to.buffer, to.byteOffset + at * 8, rows * 2);
  for (let i = 0; i < rows; i++) {
    // The lower half wraps as integers do; the upper one is what is nearest to the rest, which a double knows well enough.
    const low = (Math.imul(seconds[i]! % HALF, SECOND) + nanos[i]!) >>> 0;
    halves[2 * i] = low;
    halves[2 * i + 1] = Math.round((seconds[i]! * SECOND + nanos[i]! - low) / HALF);
  }
}

/** The process ids of a batch's rows. */
export function putPids(to: BigInt64Array, at: number, { rows, pids }: Batch): void {
  const halves = new Uint32Array(to.buffer, to.byteOffset + at * 8, rows * 2);
  for (let i = 0; i < rows; i++) {
    const low = pids[i]! % HALF;
    halves[2 * i] = low;
    halves[2 * i + 1] = (pids[i]! - low) / HALF;
  }
}
