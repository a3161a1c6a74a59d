// A native histogram's cell that cannot take a value: what it holds goes along into the one that takes its place.
//
// The new cell is whole before anybody sees it, and the old one names it; store/replace.ts says how readers count one of
// the two. Its name stands where the number of populated slots was, which the owner alone reads, and no longer needs.

import { NativeCell } from "../layout";
import { classicSlots, slotAt, SLOTS } from "./slots";
import { FULL, K1, weightOf } from "./histogram";
import { coarser } from "./sparse";

/** Says that `populated` names a cell: addresses and numbers of slots are smaller. */
const NAMES: u32 = 0x80000000;

/** The cell that takes the place of a native histogram's, 0 none. */
export function successorOf(cell: usize): usize {
  const said = changetype<NativeCell>(cell).populated;
  return (said & NAMES) == 0 ? 0 : said & ~NAMES;
}

/** Names the cell that takes this one's place; returns what stood there. */
export function successorSet(cell: usize, successor: usize): u32 {
  const record = changetype<NativeCell>(cell);
  const populated = record.populated;
  record.populated = (<u32>successor) | NAMES;
  return populated;
}

/** Takes back what `successorSet` said. */
export function successorUnset(cell: usize, populated: u32): void {
  changetype<NativeCell>(cell).populated = populated;
}

let weights: u64 = 0;

/** Adds to a slot; false where it would be full. */
function added(cell: usize, slot: u32, count: u32): bool {
  const had = slotAt(cell, slot);
  if (<u64>had + count >= <u64>FULL) return false;
  store<u32>(cell + SLOTS + (slot << 2), had + count);
  weights += <u64>count * weightOf(slot);
  return true;
}

/** Adds one side of a cell to that of another one, whose schema is no finer. */
function sideAdded(old: usize, made: usize, from: u32, first: i32, slots: u32, to: u32, toFirst: i32, toSlots: u32): bool {
  const record = changetype<NativeCell>(made);
  const shift = changetype<NativeCell>(old).schema - record.schema;
  for (let i: u32 = 0; i < slots; i++) {
    const count = slotAt(old, from + i);
    if (count == 0) continue;
    const place = <u32>(coarser(first + <i32>i, shift) - toFirst);
    if (place >= toSlots) return false;
    if (slotAt(made, to + place) == 0) record.populated += 1;
    if (!added(made, to + place, count)) return false;
  }
  return true;
}

/**
 * Adds all that a cell holds, which nobody writes, to a fresh one that was planned after it. False where a slot would be
 * full; the fresh one is then good for nothing.
 */
export function outgrownMoved(cell: usize, into: usize): bool {
  const old = changetype<NativeCell>(cell);
  const made = changetype<NativeCell>(into);
  weights = 0;
  if (slotAt(cell, 0) != 0 && !added(into, 0, slotAt(cell, 0))) return false;
  const negative = 1 + old.positiveCount;
  const madeNegative = 1 + made.positiveCount;
  if (!sideAdded(cell, into, 1, old.positiveOffset, old.positiveCount, 1, made.positiveOffset, made.positiveCount)) return false;
  if (!sideAdded(cell, into, negative, old.negativeOffset, old.negativeCount, madeNegative, made.negativeOffset, made.negativeCount)) {
    return false;
  }
  const classic = negative + old.negativeCount;
  const madeClassic = madeNegative + made.negativeCount;
  for (let i: u32 = 0; i < classicSlots(old.shape); i++) {
    const count = slotAt(cell, classic + i);
    if (count != 0 && !added(into, madeClassic + i, count)) return false;
  }
  made.sum = old.sum;
  made.check = reinterpret<u64>(old.sum) * K1 + weights;
  return true;
}
