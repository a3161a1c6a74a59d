// A reading of a series, over its base, its cells and what other processes have of it; totals are made of readings.
//
// Each reader copies, then looks whether `sequence` is still the one it began with; a reset, a removal or a
// fold in between makes it look again. Those are rare and end, and nothing is held: no writer waits for a
// reader and no reader for a writer. After RETRIES the last copy is used: it can only miss what left the
// series while it was read.

import { load32, load64 } from "../memory/atomics";
import { Base, Cell, CounterCell, DETACHED, FOLDED, GaugeCell, isTime, POISON } from "../layout";
import { totalAdd } from "../metric/total";
import { cellType } from "./cell";
import { detachedOnce } from "./detach";
import { isEnding, isImported, partOf } from "./imported";
import { baseOf, headOf, seriesSequence, seriesWord } from "./list";

export const RETRIES: u32 = 16;
export const VALUE: usize = offsetof<CounterCell>("value");
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

/** The base of the series that is read, 0 without one. */
export function readingBase(): usize {
  return base;
}

/** The word of the series that is read. */
export function readingWord(): u64 {
  return word;
}

/** Begins a reading and returns the first cell. */
export function readingBegun(series: usize): usize {
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
export function counts(series: usize, cell: usize, type: u32): bool {
  if (load32(cell + offsetof<Cell>("series")) != series || cellType(cell) != type || cell == included) return false;
  const token = load32(cell);
  detaching = detaching || token == DETACHED;
  return token != FOLDED;
}

/** What a cell holds of other processes; 0 nothing. */
export function imported(series: usize, cell: usize): usize {
  if (!isImported(cell)) return 0;
  detaching = detaching || isEnding(series, cell);
  const part = alone ? 0 : partOf(series, cell);
  if (part != 0 && isTime(changetype<Base>(part).timestamp)) timestamp = changetype<Base>(part).timestamp;
  return part;
}

/** Adds the value or sum of a base or a part. */
export function sumAdded(from: usize): void {
  totalAdd(changetype<Base>(from).high);
  totalAdd(changetype<Base>(from).low);
}

/**
 * True where the reading stands. Not where a reset was met half way: its maker may be dead, and what is
 * counted from now on must not be thrown away by whoever completes it some day.
 */
export function readingStands(series: usize): bool {
  if (detaching) {
    detachedOnce(series, word, sequence, false);
    return false;
  }
  return seriesSequence(series) == sequence;
}

/** A cell's double, by way of scratch: see atomics.ts. */
export function valueOf(cell: usize, scratch: usize): f64 {
  store<u64>(scratch, load64(cell + VALUE));
  return load<f64>(scratch);
}
