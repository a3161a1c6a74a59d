// A series over all its cells: what a scrape, a test or an image reads. How, stands in reading.ts; gauges in gauges.ts.

import {
  Base,
  BASE_QUANTILES,
  BOUNDS_MAX,
  COUNTER,
  Definition,
  Family,
  HistogramCell,
  NATIVE,
  SCRATCH_TOTALS,
  Series,
  Shape,
  SUMMARY,
} from "../layout";
import { histogramRead } from "../metric/histogram";
import { multiplierOf } from "../metric/mapping";
import { nativeRead, nativeScratchFor } from "../metric/native";
import { successorOf } from "../metric/outgrown";
import { LEAST_BUCKETS, sparseBytes, sparseClear, sparseLimit, sparseMerge } from "../metric/sparse";
import { sketchAdd, sketchBytes, sketchClear, sketchQuantile, sketchWindowsAdd } from "../metric/sketch";
import { chunkShiftOf, summaryRead } from "../metric/summary";
import { totalAdd, totalClear, totalValue } from "../metric/total";
import { baseSparse } from "./base";
import { bucketBytes, cellAfter, CELLS_MAX, ELSEWHERE, placeOf } from "./list";
import { counts, imported, readingBase, readingBegun, readingStands, readingWord, RETRIES, sumAdded, valueOf } from "./reading";
import { ownWriter, roomAddress } from "./writer";

/** Adds the sum of a base or a part, and its classic buckets, of which there are so many bytes, to those at `into`. */
function bucketsAdded(from: usize, into: usize, bytes: u32): void {
  sumAdded(from);
  from += offsetof<Base>();
  for (let at: u32 = 0; at < bytes; at += 8) store<u64>(into + at, load<u64>(into + at) + load<u64>(from + at));
}

/** Adds the buckets of a native histogram's base or part. */
function sparseAdded(family: usize, from: usize, room: usize, bucketsMax: u32): void {
  bucketsAdded(from, bucketsAddress(), bucketBytes(family));
  sparseMerge(room, baseSparse(family, from));
  // What was carried from elsewhere may be more, and no cell may come after it.
  sparseLimit(room, bucketsMax);
}

/** True for a cell that counts, and that no other one on the way to it replaces: see replace.ts. */
function countsNative(series: usize, cell: usize): bool {
  if (!counts(series, cell, NATIVE)) return false;
  const successor = successorOf(cell);
  return successor == 0 || placeOf(readingWord(), successor, cell) == ELSEWHERE;
}

export function counterTotal(series: usize): f64 {
  const scratch: usize = ownWriter().scratch;
  let tries: u32 = 0;
  while (true) {
    let cell = readingBegun(series);
    totalClear();
    if (readingBase() != 0) sumAdded(readingBase());
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      const part = imported(series, cell);
      if (part != 0) sumAdded(part);
      else if (counts(series, cell, COUNTER)) totalAdd(valueOf(cell, scratch));
      cell = cellAfter(cell);
    }
    if (readingStands(series) || tries++ == RETRIES) return totalValue();
  }
}

/** Fills the buckets (u64, not cumulative) that `bucketsAddress` points at and returns the sum. */
export function histogramTotal(series: usize): f64 {
  const family: usize = changetype<Series>(series).family;
  const shape = changetype<Family>(family).shape;
  const bytes = (changetype<Shape>(<usize>shape).boundCount + 1) << 3;
  const into = bucketsAddress();
  const scratch: usize = ownWriter().scratch;
  let tries: u32 = 0;
  while (true) {
    let cell = readingBegun(series);
    totalClear();
    for (let at: u32 = 0; at < bytes; at += 8) store<u64>(into + at, 0);
    if (readingBase() != 0) bucketsAdded(readingBase(), into, bytes);
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      const part = imported(series, cell);
      const ours = changetype<HistogramCell>(cell).shape == shape;
      if (part != 0) bucketsAdded(part, into, bytes);
      else if (ours && counts(series, cell, changetype<Family>(family).type)) histogramRead(cell, into, scratch);
      cell = cellAfter(cell);
    }
    if (readingStands(series) || tries++ == RETRIES) return totalValue();
  }
}

let sparse: usize = 0;

/** How many buckets of a native histogram are added up at once: two parts, each at its limit, or all at the least schema. */
function entriesOf(bucketsMax: u32): u32 {
  return 2 * bucketsMax + 2 * LEAST_BUCKETS;
}

/**
 * Adds up a native histogram and returns its sum: `nativeSparse` has its buckets, and where the family has classic ones,
 * too, they are where `bucketsAddress` points at. Without memory for that it is empty.
 */
export function nativeTotal(series: usize): f64 {
  const family: usize = changetype<Series>(series).family;
  const definition = changetype<Definition>(<usize>changetype<Family>(family).definition);
  const shape: usize = changetype<Family>(family).shape;
  const entries = entriesOf(definition.bucketsMax);
  const bytes = sparseBytes(entries);
  const scratchBytes = nativeScratchFor(entries + BOUNDS_MAX + 2);
  const room = roomAddress(bytes + scratchBytes + 8);
  sparse = room;
  if (room == 0) return 0;
  const scratch = (room + bytes + 7) & ~7;
  const classic = shape == 0 ? 0 : bucketsAddress();
  let tries: u32 = 0;
  while (true) {
    let cell = readingBegun(series);
    totalClear();
    sparseClear(room, entries, definition.schema);
    const into = bucketsAddress();
    const classicBytes = bucketBytes(family);
    for (let at: u32 = 0; at < classicBytes; at += 8) store<u64>(into + at, 0);
    if (readingBase() != 0) sparseAdded(family, readingBase(), room, definition.bucketsMax);
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      const part = imported(series, cell);
      if (part != 0) sparseAdded(family, part, room, definition.bucketsMax);
      else if (countsNative(series, cell)) {
        nativeRead(cell, room, classic, scratch, scratchBytes);
        sparseLimit(room, definition.bucketsMax);
      }
      cell = cellAfter(cell);
    }
    if (readingStands(series) || tries++ == RETRIES) return totalValue();
  }
}

/** The buckets of the last nativeTotal, a Sparse; 0 without memory. */
export function nativeSparse(): usize {
  return sparse;
}

let counted: u64 = 0;
/** False where there was no memory for the windows. */
let sketched: bool = false;
/** Where a constant's quantiles are; 0 where they are those of the sketch. */
let given: usize = 0;

/** Adds the sum and the count of a base or a part; quantiles that were given stand for all. */
function summaryAdded(from: usize): void {
  sumAdded(from);
  counted += load<u64>(from + offsetof<Base>());
  if ((changetype<Base>(from).set & BASE_QUANTILES) != 0) given = from + offsetof<Base>() + 8;
}

/** Returns the sum; `summaryCount` is the count, and `summaryQuantile` tells the quantiles. */
export function summaryTotal(series: usize): f64 {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  const definition = changetype<Definition>(<usize>family.definition);
  const scratch: usize = ownWriter().scratch;
  const room = roomAddress(sketchBytes(chunkShiftOf(multiplierOf(definition.accuracy))));
  sketched = room != 0;
  let tries: u32 = 0;
  while (true) {
    let cell = readingBegun(series);
    totalClear();
    counted = 0;
    given = 0;
    if (room != 0) sketchClear(room, definition.accuracy, definition.ageBuckets);
    if (readingBase() != 0) summaryAdded(readingBase());
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      const part = imported(series, cell);
      if (part != 0) {
        summaryAdded(part);
        if (room != 0 && given == 0) sketchWindowsAdd(part + offsetof<Base>() + 8, definition.maxAgeSeconds);
      } else if (counts(series, cell, SUMMARY)) {
        counted += summaryRead(cell, scratch);
        if (room != 0) sketchAdd(cell);
      }
      cell = cellAfter(cell);
    }
    if (readingStands(series) || tries++ == RETRIES) return totalValue();
  }
}

export function summaryCount(): u64 {
  return counted;
}

/**
 * Of the last summaryTotal, NaN without memory; `index` is that of the quantile in the definition. Only between the same
 * `begin` and `end`.
 */
export function summaryQuantile(index: u32, quantile: f64): f64 {
  if (given != 0) return load<f64>(given + (index << 3));
  return sketched ? sketchQuantile(quantile) : NaN;
}

/** Where histogramTotal leaves the buckets: behind the copy of a record. */
export function bucketsAddress(): usize {
  return <usize>ownWriter().scratch + SCRATCH_TOTALS;
}
