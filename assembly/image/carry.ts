// What a thread takes along when it joins a memory after it has counted in one of its own: the cells of its
// writer there, one by one, become part of the base of the same series here, each by one swap. A scrape sees
// a histogram's carried record whole or not at all.

import { add32, exchangeIf64, load32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import {
  Base,
  COUNTER,
  CounterCell,
  Family,
  GaugeCell,
  HISTOGRAM,
  KIND_PLAIN,
  LIVE,
  POISON,
  Series,
  Shape,
  SHARED_WRITER,
} from "../layout";
import { ABSENT, EXHAUSTED, GONE, NO_WRITER, OK } from "../status";
import { histogramRead } from "../metric/histogram";
import { totalAdd, totalClear, totalHigh, totalLow, totalValue } from "../metric/total";
import { cellOwner } from "../store/cell";
import { helpIncluded } from "../store/fold";
import { labelsWord } from "../store/defaults";
import { retire } from "../store/limbo";
import { baseBytes, baseOf, cellAfter, CELLS_MAX, headOf, SEQUENCE, seriesWord, withBase, WORD } from "../store/list";
import { isLive, SERIES_KEY, seriesFind } from "../store/series";
import { bucketsAddress } from "../store/total";
import { tableCount, tableGet } from "../store/table";
import { begin, end, ownWriter } from "../store/writer";

let value: f64 = 0;
let key: usize = 0;
let keyLength: u32 = 0;

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

/** Of the last carryRead: its buckets, u64s, not cumulative. */
export function carryBuckets(): usize {
  return bucketsAddress();
}

function read(series: usize): i32 {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  const own = ownWriter().index;
  let cell = headOf(seriesWord(series));
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const owner = cellOwner(cell);
    if (owner == own || owner == SHARED_WRITER) {
      key = series + SERIES_KEY;
      keyLength = changetype<Series>(series).keyLength;
      if (family.type != HISTOGRAM) {
        if (family.type == COUNTER) value = changetype<CounterCell>(cell).value;
        else if (owner != SHARED_WRITER && changetype<GaugeCell>(cell).order == 0) return ABSENT;
        else value = changetype<GaugeCell>(cell).value;
        return 0;
      }
      const buckets = changetype<Shape>(<usize>family.shape).boundCount + 1;
      memory.fill(carryBuckets(), 0, buckets << 3);
      totalClear();
      histogramRead(cell, carryBuckets(), ownWriter().scratch);
      value = totalValue();
      return <i32>buckets;
    }
    cell = cellAfter(cell);
  }
  return ABSENT;
}

/**
 * Reads this writer's part of the series at a position: its number of buckets, 0 without any, ABSENT where it
 * has no part, GONE behind the last position.
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

/** Adds to the base of the series whose label block is in the input, the buckets behind it at `bucketsAt`. */
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
  const bytes = baseBytes(family);
  while (true) {
    const word = seriesWord(series);
    if (word == POISON) return ABSENT;
    const old = baseOf(word);
    const made = take(bytes, KIND_PLAIN, true);
    if (made == 0) return EXHAUSTED;
    if (old != 0) {
      helpIncluded(series, old);
      memory.copy(made, old, bytes);
    } else {
      memory.fill(made, 0, bytes);
    }
    const base = changetype<Base>(made);
    base.includes = 0;
    totalClear();
    totalAdd(base.high);
    totalAdd(base.low);
    totalAdd(carried);
    base.high = totalHigh();
    base.low = totalLow();
    base.set = 1;
    for (let at: u32 = <u32>offsetof<Base>(); at < bytes; at += 8) {
      store<u64>(made + at, load<u64>(made + at) + load<u64>(buckets + at - offsetof<Base>()));
    }
    if (exchangeIf64(series + WORD, word, withBase(word, made)) == word) {
      add32(series + SEQUENCE, 1);
      if (old != 0) retire(old, bytes, KIND_PLAIN);
      return OK;
    }
    give(made, bytes, KIND_PLAIN);
  }
}
