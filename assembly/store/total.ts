// A series over all its cells: what a scrape, a test or an image reads.
//
// Each reader copies, then looks whether `sequence` is still the one it began with; a reset, a removal or a
// fold in between makes it look again. Those are rare and end, and nothing is held: no writer waits for a
// reader and no reader for a writer. After RETRIES the last copy is used: it can only miss what left the
// series while it was read.

import { load32, load64 } from "../memory/atomics";
import {
  ACTIVE,
  Base,
  BASE_QUANTILES,
  BOUNDS_MAX,
  Cell,
  COUNTER,
  CounterCell,
  Definition,
  DETACHED,
  Family,
  FAMILY_AGE,
  FOLDED,
  GAUGE,
  GaugeCell,
  HistogramCell,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  NATIVE,
  POISON,
  SCRATCH_TOTALS,
  Series,
  Shape,
  SHARED_WRITER,
  SUMMARY,
  Writer,
} from "../layout";
import { histogramRead } from "../metric/histogram";
import { multiplierOf } from "../metric/mapping";
import { nativeRead, nativeScratchFor } from "../metric/native";
import { successorOf } from "../metric/outgrown";
import { LEAST_BUCKETS, sparseBytes, sparseClear, sparseLimit, sparseMerge } from "../metric/sparse";
import { sketchAdd, sketchBytes, sketchClear, sketchQuantile } from "../metric/sketch";
import { chunkShiftOf, summaryRead } from "../metric/summary";
import { totalAdd, totalClear, totalValue } from "../metric/total";
import { baseSparse } from "./base";
import { cellOwner, cellType } from "./cell";
import { baseOf, bucketBytes, CELLS_MAX, cellAfter, ELSEWHERE, headOf, placeOf, seriesSequence, seriesWord } from "./list";
import { detachedOnce } from "./detach";
import { clockNow, ownWriter, roomAddress, slotAt } from "./writer";

const RETRIES: u32 = 16;
const VALUE: usize = offsetof<CounterCell>("value");
if (VALUE != offsetof<GaugeCell>("value")) ERROR("Counters and gauges keep their value at the same place");

/** The cell that the base already includes, for one reading. */
let included: usize = 0;
let base: usize = 0;
let word: u64 = 0;
let sequence: u32 = 0;
let detaching: bool = false;
let timestamp: f64 = 0;

/** The time of the constant sample that was read last, in seconds since the epoch; no time (isTime) where it has none. */
export function readingTimestamp(): f64 {
  return timestamp;
}

/** Whether what other processes counted is left out. */
let alone: bool = false;

/** From here on readings are of this process alone, or of all. */
export function readingAlone(own: bool): void {
  alone = own;
}

/** Begins a reading and returns the first cell. */
function first(series: usize): usize {
  sequence = seriesSequence(series);
  detaching = false;
  word = seriesWord(series);
  if (word == POISON) word = 0;
  base = baseOf(word);
  included = base == 0 ? 0 : load32(base + offsetof<Base>("includes"));
  timestamp = base == 0 ? 0 : changetype<Base>(base).timestamp;
  return headOf(word);
}

/** True where a cell counts for this series. */
function counts(series: usize, cell: usize, type: u32): bool {
  if (load32(cell + offsetof<Cell>("series")) != series || cellType(cell) != type || cell == included) return false;
  const token = load32(cell);
  detaching = detaching || token == DETACHED;
  return token != FOLDED;
}

/** True for a cell that counts, and that no other one on the way to it replaces: see replace.ts. */
function countsNative(series: usize, cell: usize): bool {
  if (!counts(series, cell, NATIVE)) return false;
  const successor = successorOf(cell);
  return successor == 0 || placeOf(word, successor, cell) == ELSEWHERE;
}

/**
 * True where the reading stands. Not where a reset was met half way: its maker may be dead, and what is
 * counted from now on must not be thrown away by whoever completes it some day.
 */
function stands(series: usize): bool {
  if (detaching) {
    detachedOnce(series, word, sequence, false);
    return false;
  }
  return seriesSequence(series) == sequence;
}

/** A cell's double, by way of scratch: see atomics.ts. */
function valueOf(cell: usize, scratch: usize): f64 {
  store<u64>(scratch, load64(cell + VALUE));
  return load<f64>(scratch);
}

export function counterTotal(series: usize): f64 {
  const scratch: usize = ownWriter().scratch;
  let tries: u32 = 0;
  while (true) {
    let cell = first(series);
    totalClear();
    if (base != 0) {
      totalAdd(changetype<Base>(base).high);
      totalAdd(changetype<Base>(base).low);
    }
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      if (counts(series, cell, COUNTER)) totalAdd(valueOf(cell, scratch));
      cell = cellAfter(cell);
    }
    if (stands(series) || tries++ == RETRIES) return totalValue();
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
    let cell = first(series);
    totalClear();
    for (let at: u32 = 0; at < bytes; at += 8) store<u64>(into + at, 0);
    if (base != 0) {
      totalAdd(changetype<Base>(base).high);
      totalAdd(changetype<Base>(base).low);
      const from = base + offsetof<Base>();
      for (let at: u32 = 0; at < bytes; at += 8) store<u64>(into + at, load<u64>(from + at));
    }
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      const ours = changetype<HistogramCell>(cell).shape == shape;
      if (ours && counts(series, cell, changetype<Family>(family).type)) histogramRead(cell, into, scratch);
      cell = cellAfter(cell);
    }
    if (stands(series) || tries++ == RETRIES) return totalValue();
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
    let cell = first(series);
    totalClear();
    sparseClear(room, entries, definition.schema);
    const into = bucketsAddress();
    const classicBytes = bucketBytes(family);
    for (let at: u32 = 0; at < classicBytes; at += 8) store<u64>(into + at, 0);
    if (base != 0) {
      totalAdd(changetype<Base>(base).high);
      totalAdd(changetype<Base>(base).low);
      const from = base + offsetof<Base>();
      for (let at: u32 = 0; at < classicBytes; at += 8) store<u64>(into + at, load<u64>(from + at));
      sparseMerge(room, baseSparse(family, base));
      // What was carried from elsewhere may be more, and no cell may come after it.
      sparseLimit(room, definition.bucketsMax);
    }
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      if (countsNative(series, cell)) {
        nativeRead(cell, room, classic, scratch, scratchBytes);
        sparseLimit(room, definition.bucketsMax);
      }
      cell = cellAfter(cell);
    }
    if (stands(series) || tries++ == RETRIES) return totalValue();
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

/** Returns the sum; `summaryCount` is the count, and `summaryQuantile` tells the quantiles. */
export function summaryTotal(series: usize): f64 {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  const definition = changetype<Definition>(<usize>family.definition);
  const scratch: usize = ownWriter().scratch;
  const room = roomAddress(sketchBytes(chunkShiftOf(multiplierOf(definition.accuracy))));
  sketched = room != 0;
  let tries: u32 = 0;
  while (true) {
    let cell = first(series);
    totalClear();
    counted = 0;
    given = 0;
    if (room != 0) sketchClear(room, definition.accuracy, definition.ageBuckets);
    if (base != 0) {
      totalAdd(changetype<Base>(base).high);
      totalAdd(changetype<Base>(base).low);
      counted = load<u64>(base + offsetof<Base>());
      if ((changetype<Base>(base).set & BASE_QUANTILES) != 0) given = base + offsetof<Base>() + 8;
    }
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      if (counts(series, cell, SUMMARY)) {
        counted += summaryRead(cell, scratch);
        if (room != 0) sketchAdd(cell);
      }
      cell = cellAfter(cell);
    }
    if (stands(series) || tries++ == RETRIES) return totalValue();
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

function alive(cell: usize): bool {
  const slot = slotAt(cellOwner(cell));
  return slot != 0 && (load32(slot) & 3) == ACTIVE && load32(slot + offsetof<Writer>("doubted")) == 0;
}

/** True where a gauge's cell has something to say. */
function says(series: usize, cell: usize, type: u32, mode: u32): bool {
  if (!counts(series, cell, type)) return false;
  if ((mode == MODE_SHARED) != (cellOwner(cell) == SHARED_WRITER)) return false;
  if (mode == MODE_SHARED) return true;
  if (load64(cell + offsetof<GaugeCell>("order")) == 0) return false;
  return (mode & MODE_LIVE) == 0 || alive(cell);
}

/** Whether the last total had a part. */
let said: bool = false;

/** False where no living writer has a part of a live gauge: 0 would be a lie, except as a sum. */
export function gaugeSaid(): bool {
  return said;
}

export function gaugeTotal(series: usize): f64 {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  const mode = family.mode & ~MODE_LIVE;
  const live = family.mode != mode;
  const scratch: usize = ownWriter().scratch;
  const adds = mode == MODE_SUM;
  let tries: u32 = 0;
  while (true) {
    let cell = first(series);
    let set = false;
    let value: f64 = 0;
    let order: u64 = 0;
    totalClear();
    if (base != 0 && changetype<Base>(base).set != 0) {
      value = changetype<Base>(base).high;
      order = changetype<Base>(base).order;
      set = true;
      totalAdd(value);
      totalAdd(changetype<Base>(base).low);
    }
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      if (says(series, cell, GAUGE, family.mode)) {
        // The order before the value: see gaugeSetLatest.
        const cellOrder = load64(cell + offsetof<GaugeCell>("order"));
        const own = valueOf(cell, scratch);
        if (adds) totalAdd(own);
        else if (
          !set ||
          (mode != MODE_MOSTRECENT && value != value) ||
          (mode == MODE_MIN && own < value) ||
          (mode == MODE_MAX && own > value) ||
          (mode == MODE_MOSTRECENT && cellOrder > order)
        ) {
          value = own;
          order = cellOrder;
          set = true;
        }
      }
      cell = cellAfter(cell);
    }
    if (stands(series) || tries++ == RETRIES) {
      said = set || adds || !live;
      return adds ? totalValue() : value;
    }
  }
}

/** For `all`: the next cell that has something to say, from `cell` on; 0 at the end. */
export function gaugeCellFrom(series: usize, cell: usize): usize {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    if (says(series, cell, GAUGE, family.mode)) return cell;
    cell = cellAfter(cell);
  }
  return 0;
}

export function gaugeCellFirst(series: usize): usize {
  return gaugeCellFrom(series, first(series));
}

/** Whether what was read from `gaugeCellFirst` on stands; after RETRIES of them, what was read last is used. */
export function gaugeCellsStand(series: usize, tries: u32): bool {
  return stands(series) || tries >= RETRIES;
}

export function gaugeCellValue(family: usize, cell: usize): f64 {
  const value = valueOf(cell, ownWriter().scratch);
  return (changetype<Family>(family).flags & FAMILY_AGE) != 0 ? max(clockNow() - value, 0) : value;
}
