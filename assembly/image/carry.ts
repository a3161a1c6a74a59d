// What a thread takes along when it joins a memory after it has counted in one of its own: the cells of its
// writer there, one by one, become part of the base of the same series here, each by one swap. A scrape sees
// a histogram's carried record whole or not at all.

import { add32, exchangeIf64, load32 } from "../memory/atomics";
import {
  Base,
  BASE_SET,
  COUNTER,
  CounterCell,
  Family,
  GAUGE,
  GaugeCell,
  HISTOGRAM,
  KIND_PLAIN,
  LIVE,
  NativeCell,
  POISON,
  Series,
  SHARED_WRITER,
  SUMMARY,
} from "../layout";
import { ABSENT, EXHAUSTED, GONE, NO_WRITER, OK } from "../status";
import { histogramRead } from "../metric/histogram";
import { nativePopulated, nativeRead, nativeScratchBytes } from "../metric/native";
import { sparseBytes, sparseClear, sparseCount, sparseMerge } from "../metric/sparse";
import { summaryRead } from "../metric/summary";
import { totalAdd, totalClear, totalHigh, totalLow, totalValue } from "../metric/total";
import { baseGive, baseGrown, baseSparse, isNative } from "../store/base";
import { cellOwner, cellType } from "../store/cell";
import { labelsWord } from "../store/defaults";
import { helpIncluded } from "../store/fold";
import { isImported } from "../store/imported";
import { retire } from "../store/limbo";
import { baseOf, bucketBytes, cellAfter, CELLS_MAX, headOf, SEQUENCE, seriesWord, withBase, WORD } from "../store/list";
import { SERIES_KEY } from "../store/more";
import { isLive, seriesFind } from "../store/series";
import { bucketsAddress } from "../store/total";
import { tableCount, tableGet } from "../store/table";
import { begin, end, ownWriter, roomAddress, slotCount } from "../store/writer";

let value: f64 = 0;
let key: usize = 0;
let keyLength: u32 = 0;
let buckets: usize = 0;

/** Of the last carryRead: the value or the sum. */
export function carryValue(): f64 {
  return value;
}

export function carryKey(): usize {
  return key;
}

export function carryKeyLength(): u32 {
  return keyLength;
}

/**
 * The length of a registry's default labels, 0 for none, GONE without the registry; `carryKey` is where they are,
 * until this writer's next verb.
 */
export function carryLabels(registry: usize, state: u32): i32 {
  if (!begin()) return NO_WRITER;
  let length: i32 = GONE;
  if (isLive(registry, state)) {
    const labels: usize = <u32>labelsWord(registry);
    length = labels == 0 ? 0 : <i32>load32(labels);
    key = labels + 4;
    keyLength = length;
  }
  end();
  return length;
}

/** Of the last carryRead: its buckets, u64s, not cumulative; of a native histogram a Sparse behind them. */
export function carryBuckets(): usize {
  return buckets;
}

/** Adds the sum and the classic buckets of a base to what was read. */
function baseAdded(base: usize, bytes: u32): void {
  totalAdd(changetype<Base>(base).high);
  totalAdd(changetype<Base>(base).low);
  const from = base + offsetof<Base>();
  for (let at: u32 = 0; at < bytes; at += 8) store<u64>(buckets + at, load<u64>(buckets + at) + load<u64>(from + at));
}

/**
 * Reads a cell that this writer has, and what its earlier ones left in a base, into `value` and where `carryBuckets`
 * points; how many words stand there.
 */
function readCell(family: usize, base: usize, cell: usize): i32 {
  const type = cellType(cell);
  if (type == COUNTER || type == GAUGE) {
    const shared = cellOwner(cell) == SHARED_WRITER;
    if (type == GAUGE && !shared && changetype<GaugeCell>(cell).order == 0) return ABSENT;
    value = type == COUNTER ? changetype<CounterCell>(cell).value : changetype<GaugeCell>(cell).value;
    return 0;
  }
  const bytes = bucketBytes(family);
  buckets = bucketsAddress();
  memory.fill(buckets, 0, bytes);
  totalClear();
  let words = bytes >> 3;
  if (type == HISTOGRAM) histogramRead(cell, buckets, ownWriter().scratch);
  else if (type == SUMMARY) store<u64>(buckets, summaryRead(cell, ownWriter().scratch));
  else {
    const more = nativeCarried(family, base, cell, bytes);
    if (more == 0) return EXHAUSTED;
    words += more;
  }
  if (base != 0) baseAdded(base, bytes);
  value = totalValue();
  return <i32>words;
}

/**
 * Puts classic buckets and, behind them, the Sparse of a native histogram's cell and base into the room; its words, 0
 * without memory.
 */
function nativeCarried(family: usize, base: usize, cell: usize, bytes: u32): u32 {
  const left: usize = base == 0 ? 0 : baseSparse(family, base);
  const capacity = nativePopulated(cell) + (left == 0 ? 0 : sparseCount(left));
  const scratchBytes = nativeScratchBytes(cell);
  const size = sparseBytes(capacity);
  const room = roomAddress(bytes + size + scratchBytes);
  if (room == 0) return 0;
  buckets = room;
  memory.fill(room, 0, bytes);
  sparseClear(room + bytes, capacity, changetype<NativeCell>(cell).schema);
  nativeRead(cell, room + bytes, bytes == 0 ? 0 : room, room + bytes + size, scratchBytes);
  if (left != 0) sparseMerge(room + bytes, left);
  return size >> 3;
}

function read(series: usize): i32 {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  const own = ownWriter().index;
  const word = seriesWord(series);
  if (word == POISON) return ABSENT;
  // A native histogram's that was outgrown, a bucket that was full. Only where no other writer ever was: else it may be
  // of others, who take theirs along themselves.
  const base = slotCount() == 1 ? baseOf(word) : 0;
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const owner = cellOwner(cell);
    if ((owner == own || owner == SHARED_WRITER) && !isImported(cell)) {
      key = series + SERIES_KEY;
      keyLength = changetype<Series>(series).keyLength;
      return readCell(changetype<usize>(family), base, cell);
    }
    cell = cellAfter(cell);
  }
  return ABSENT;
}

/**
 * Reads this writer's part of the series at a position: its number of buckets, 0 without any, ABSENT where it
 * has no part, GONE behind the last position, EXHAUSTED without memory for a native histogram's.
 */
export function carryRead(family: usize, state: u32, position: u32): i32 {
  if (!begin()) return NO_WRITER;
  let status: i32 = GONE;
  const table: usize = changetype<Family>(family).table;
  if (isLive(family, state) && position < tableCount(table)) {
    const series = tableGet(table, position);
    status = series == 0 || (load32(series) & 3) != LIVE ? ABSENT : read(series);
  }
  end();
  return status;
}

/** Adds to the base of the series whose label block is in the input what `carryBuckets` had, behind it at `bucketsAt`. */
export function carryMerge(family: usize, state: u32, length: u32, carried: f64, bucketsAt: u32): i32 {
  if (!begin()) return NO_WRITER;
  let status: i32 = GONE;
  if (isLive(family, state)) {
    const series = seriesFind(family, length);
    status = series == 0 ? ABSENT : merge(family, series, carried, <usize>ownWriter().input + bucketsAt);
  }
  end();
  return status;
}

function merge(family: usize, series: usize, carried: f64, buckets: usize): i32 {
  const bytes = bucketBytes(family);
  const sparse = buckets + bytes;
  const entries = isNative(family) ? sparseCount(sparse) : 0;
  while (true) {
    const word = seriesWord(series);
    if (word == POISON) return ABSENT;
    const old = baseOf(word);
    if (old != 0) helpIncluded(series, old);
    const made = baseGrown(family, old, entries);
    if (made == 0) return EXHAUSTED;
    const base = changetype<Base>(made);
    base.includes = 0;
    totalClear();
    totalAdd(base.high);
    totalAdd(base.low);
    totalAdd(carried);
    base.high = totalHigh();
    base.low = totalLow();
    base.set = BASE_SET;
    const into = made + offsetof<Base>();
    for (let at: u32 = 0; at < bytes; at += 8) store<u64>(into + at, load<u64>(into + at) + load<u64>(buckets + at));
    if (isNative(family)) sparseMerge(baseSparse(family, made), sparse);
    if (exchangeIf64(series + WORD, word, withBase(word, made)) == word) {
      add32(series + SEQUENCE, 1);
      if (old != 0) retire(old, changetype<Base>(old).bytes, KIND_PLAIN);
      return OK;
    }
    baseGive(made);
  }
}
