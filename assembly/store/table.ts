// Positions that stay: a record keeps its position for life, so a walk can be resumed by number after any
// change. Segments double and are never moved; a freed position is linked into a tagged list and used again.
// A thread that dies between taking a position and filling it leaves a hole; a walk steps over it.

import { add32, exchangeIf32, exchangeIf64, load32, load64, store32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { KIND_PLAIN, Table, TABLE_BYTES, TABLE_SEGMENTS } from "../layout";

/** The first segment holds 8 positions. */
const FIRST_SHIFT: u32 = 3;
export const NO_POSITION: u32 = 0xffffffff;

function segmentOf(position: u32): u32 {
  return 31 - clz<u32>((position >> FIRST_SHIFT) + 1);
}

function segmentBytes(segment: u32): u32 {
  return (4 << FIRST_SHIFT) << segment;
}

/** The entry's address, or 0 where its segment does not exist. */
function entryOf(table: usize, position: u32): usize {
  const segment = segmentOf(position);
  if (segment >= TABLE_SEGMENTS) return 0;
  const from = load32(table + offsetof<Table>() + (segment << 2));
  if (from == 0) return 0;
  const first = ((1 << segment) - 1) << FIRST_SHIFT;
  return from + ((position - first) << 2);
}

function entryMade(table: usize, position: u32, reserve: bool): usize {
  const entry = entryOf(table, position);
  if (entry != 0) return entry;
  const segment = segmentOf(position);
  if (segment >= TABLE_SEGMENTS) return 0;
  const bytes = segmentBytes(segment);
  const made = take(bytes, KIND_PLAIN, reserve);
  if (made == 0) return 0;
  memory.fill(made, 0, bytes);
  if (exchangeIf32(table + offsetof<Table>() + (segment << 2), 0, made) != 0) give(made, bytes, KIND_PLAIN);
  return entryOf(table, position);
}

/** A new empty table, or 0. */
export function tableCreate(reserve: bool): usize {
  const table = take(TABLE_BYTES, KIND_PLAIN, reserve);
  if (table != 0) memory.fill(table, 0, TABLE_BYTES);
  return table;
}

export function tableCount(table: usize): u32 {
  return load32(table);
}

/** Puts a record in and returns its position, or NO_POSITION. */
export function tableAdd(table: usize, record: usize, reserve: bool): u32 {
  const free = table + offsetof<Table>("free");
  while (true) {
    const seen = load64(free);
    const head = <u32>seen;
    if (head == 0) break;
    const entry = entryOf(table, head - 1);
    const link = load32(entry);
    // No longer a link: somebody took it after we looked.
    if ((link & 1) == 0) continue;
    if (exchangeIf64(free, seen, (((seen >> 32) + 1) << 32) | (<u64>(link >> 1))) == seen) {
      store32(entry, record);
      return head - 1;
    }
  }
  // The segment first: a position that was counted but has no entry would be lost with every failure.
  if (entryMade(table, load32(table), reserve) == 0) return NO_POSITION;
  const position = add32(table, 1);
  const entry = entryMade(table, position, reserve);
  if (entry == 0) return NO_POSITION;
  store32(entry, record);
  return position;
}

/** The record at a position, or 0. */
export function tableGet(table: usize, position: u32): usize {
  const entry = entryOf(table, position);
  return entry == 0 ? 0 : tableRecord(entry);
}

/** The address of a position's entry, 0 where there is none yet. The entries up to `tableRunEnd` follow it. */
export function tableEntry(table: usize, position: u32): usize {
  return entryOf(table, position);
}

/** The first position behind `position` whose entry does not follow in memory. */
export function tableRunEnd(position: u32): u32 {
  return ((2 << segmentOf(position)) - 1) << FIRST_SHIFT;
}

/** The record in an entry, or 0. */
export function tableRecord(entry: usize): usize {
  const record = load32(entry);
  return (record & 1) == 0 ? record : 0;
}

/** Empties a position, for its record's remover only. */
export function tableRemove(table: usize, position: u32): void {
  const free = table + offsetof<Table>("free");
  const entry = entryOf(table, position);
  while (true) {
    const seen = load64(free);
    store32(entry, ((<u32>seen) << 1) | 1);
    if (exchangeIf64(free, seen, (((seen >> 32) + 1) << 32) | (<u64>(position + 1))) == seen) return;
  }
}

/** What of a table must be given back when its owner goes. */
export function tableSegment(table: usize, segment: u32): usize {
  return load32(table + offsetof<Table>() + (segment << 2));
}

export function tableSegmentBytes(segment: u32): u32 {
  return segmentBytes(segment);
}
