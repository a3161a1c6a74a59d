// Many summary cells as one: bins of 64 bits in a room of the caller, and the quantiles of what is in them.
//
//   room     0 touched u64 × 2   chunks of `bins` that are in use, of positive and of negative values: bit by bit
//           16 present u64 × 2   the same, of the cell that is being added
//           32 chunks  u32 × 2 × SUMMARY_CHUNKS   their addresses
//          544 copy    u32 × 2 × (SUMMARY_CHUNKS << chunkShift)   one window of that cell, in the places of the cell
//              bins    u64 × 2 × (SUMMARY_CHUNKS << chunkShift)   all windows of all cells
//
// Only chunks that exist are walked, and a chunk of the room is zeroed when the first one falls into it: beginning
// anew costs nothing. The first cell with a directory decides what range the bins cover; others are shifted by the
// difference, so that one of their chunks falls into two, and what lies beyond the ends is counted in the end bins.
//
// A window is copied between two looks at its stamp, and only then added: it is in the room as a whole or not at all.
// (A processor that reorders loads may look the second time too early, and copy a window that turns at that moment half
// zero. AssemblyScript 0.28.20 cannot compile `atomic.fence`, and a reader writes into nobody's line to get its like.)
//
// A cell may leave its series and be used again while it is added; the caller sees that by the series' sequence and
// begins anew. Until then addresses may be anything: those that do not lie in the arena are not followed.

import { load32 } from "../memory/atomics";
import { Header, HEADER, SUMMARY_CHUNKS, SummaryCell, SummaryWindow } from "../layout";
import { multiplierOf, valueOf } from "./mapping";
import { chunkShiftOf, DIRECTORY_BYTES, isYoung, isYoungIn, windowAt } from "./summary";

const POSITIVE: u32 = 0;
const NEGATIVE: u32 = 1;
const PRESENT: usize = 16;
const CHUNKS: usize = 32;
const COPY: usize = CHUNKS + DIRECTORY_BYTES;

/** The room of this thread's sketch, and what all of its cells have in common. */
let room: usize = 0;
let bins: usize = 0;
let multiplier: f64 = 0;
let windows: u32 = 0;
let shift: u32 = 0;
/** The index of the first bin, once a cell has said it. */
let origin: i32 = 0;
let placed: bool = false;

let zeros: u64 = 0;
let count: u64 = 0;
/** How many observations stand between a quantile's search and its end. */
let left: u64 = 0;

/** Bytes of a room. */
export function sketchBytes(chunkShift: u32): u32 {
  return <u32>COPY + ((2 * SUMMARY_CHUNKS * 12) << chunkShift);
}

/** Begins anew, in a room of sketchBytes(chunkShiftOf(multiplierOf(accuracy))), whatever it holds; 8-byte aligned. */
export function sketchClear(into: usize, accuracy: f64, ageBuckets: u32): void {
  room = into;
  multiplier = multiplierOf(accuracy);
  windows = ageBuckets;
  shift = chunkShiftOf(multiplier);
  bins = into + COPY + ((2 * SUMMARY_CHUNKS * 4) << shift);
  placed = false;
  zeros = 0;
  count = 0;
  store<u64>(into, 0);
  store<u64>(into, 0, 8);
}

/** Finds the chunks of a cell. */
function listed(cell: usize): void {
  const directory: usize = load32(cell + offsetof<SummaryCell>("directory"));
  const next = changetype<Header>(HEADER).next;
  store<u64>(room, 0, PRESENT);
  store<u64>(room, 0, PRESENT + 8);
  if (directory == 0 || directory > next - DIRECTORY_BYTES) return;
  // Less one, so that one comparison leaves out 0 and what reaches behind the arena's end.
  const last = i32x4.splat(next - ((windows << shift) << 2) - 1);
  for (let side = POSITIVE; side <= NEGATIVE; side++) {
    let present: u64 = 0;
    for (let i: u32 = 0; i < SUMMARY_CHUNKS; i += 4) {
      const entry: usize = (side * SUMMARY_CHUNKS + i) << 2;
      const chunks = v128.load(directory + entry);
      v128.store(room + CHUNKS + entry, chunks);
      present |= (<u64>i32x4.bitmask(i32x4.le_u(i32x4.sub(chunks, i32x4.splat(1)), last))) << i;
    }
    store<u64>(room + PRESENT + (side << 3), present);
  }
}

/** The place of a chunk among those of both sides. */
function slotOf(side: u32, chunk: u32): u32 {
  return side * SUMMARY_CHUNKS + chunk;
}

function copyOf(side: u32, chunk: u32): usize {
  return room + COPY + ((slotOf(side, chunk) << shift) << 2);
}

function binsOf(side: u32, chunk: u32): usize {
  return bins + ((slotOf(side, chunk) << shift) << 3);
}

/** Copies one window of the cell whose chunks are listed. */
function copied(window: u32): void {
  const bytes: u32 = 4 << shift;
  for (let side = POSITIVE; side <= NEGATIVE; side++) {
    for (let rest = load<u64>(room + PRESENT + (side << 3)); rest != 0; rest &= rest - 1) {
      const chunk = <u32>ctz<u64>(rest);
      const from = <usize>load<u32>(room + CHUNKS + (slotOf(side, chunk) << 2)) + window * bytes;
      const to = copyOf(side, chunk);
      for (let at: u32 = 0; at < bytes; at += 8) store<u64>(to + at, load<u64>(from + at));
    }
  }
}

/** Makes a chunk of the room usable. */
function touched(side: u32, chunk: u32): void {
  const at = room + (side << 3);
  const bit = (<u64>1) << chunk;
  const there = load<u64>(at);
  if ((there & bit) != 0) return;
  memory.fill(binsOf(side, chunk), 0, 8 << shift);
  store<u64>(at, there | bit);
}

/** Adds the bins of one copied chunk in a row, two at a time. */
function rowAdded(from: usize, side: u32, position: u32): void {
  touched(side, position >> shift);
  touched(side, (position + (1 << shift) - 1) >> shift);
  const to = binsOf(side, 0) + (position << 3);
  const bytes: u32 = 4 << shift;
  let sum = i64x2.splat(0);
  for (let at: u32 = 0; at < bytes; at += 8) {
    const more = v128.load_ext<u32>(from + at);
    sum = i64x2.add(sum, more);
    v128.store(to + (at << 1), i64x2.add(v128.load(to + (at << 1)), more));
  }
  count += i64x2.extract_lane(sum, 0) + i64x2.extract_lane(sum, 1);
}

/** Adds those of a chunk that reaches beyond the ends, one by one. */
function endsAdded(from: usize, side: u32, position: i32): void {
  const last = <i32>(SUMMARY_CHUNKS << shift) - 1;
  for (let i: i32 = 0; i < 1 << shift; i++) {
    const more = <u64>load<u32>(from + (i << 2));
    if (more == 0) continue;
    const to = <u32>max<i32>(min<i32>(position + i, last), 0);
    touched(side, to >> shift);
    const bin = binsOf(side, 0) + (to << 3);
    store<u64>(bin, load<u64>(bin) + more);
    count += more;
  }
}

/** Adds the copied window, moved by so many bins. */
function added(distance: i32): void {
  const last = <i32>((SUMMARY_CHUNKS - 1) << shift);
  for (let side = POSITIVE; side <= NEGATIVE; side++) {
    for (let rest = load<u64>(room + PRESENT + (side << 3)); rest != 0; rest &= rest - 1) {
      const chunk = <u32>ctz<u64>(rest);
      const position = <i32>(chunk << shift) + distance;
      if (position >= 0 && position <= last) rowAdded(copyOf(side, chunk), side, position);
      else endsAdded(copyOf(side, chunk), side, position);
    }
  }
}

/** How far the bins of a cell lie above those of the room. */
function distanceOf(record: SummaryCell): i32 {
  if ((load<u64>(room, PRESENT) | load<u64>(room, PRESENT + 8)) == 0) return 0;
  if (!placed) origin = record.origin;
  placed = true;
  return record.origin - origin;
}

/** Adds the windows of a cell that are young enough. One of another accuracy or with other windows is none of ours. */
export function sketchAdd(cell: usize): void {
  const record = changetype<SummaryCell>(cell);
  if (record.multiplier != multiplier || record.windows != windows || record.chunkShift != shift) return;
  const now = load32(HEADER + offsetof<Header>("ticks"));
  listed(cell);
  const distance = distanceOf(record);
  for (let i: u32 = 0; i < windows; i++) {
    const window = windowAt(cell, i);
    const stamp = load32(window);
    if (!isYoung(record, stamp, now)) continue;
    const zero = <u64>load<u32>(window + offsetof<SummaryWindow>("zeros"));
    copied(i);
    if (load32(window) != stamp) continue;
    added(distance);
    zeros += zero;
    count += zero;
  }
}

/** Adds a count to the bin of an index on one side. */
function entryAdded(side: u32, index: i32, more: u64): void {
  if (!placed) {
    origin = index - <i32>((SUMMARY_CHUNKS / 2) << shift);
    placed = true;
  }
  const last = <i32>(SUMMARY_CHUNKS << shift) - 1;
  const to = <u32>max<i32>(min<i32>(index - origin, last), 0);
  touched(side, to >> shift);
  const bin = binsOf(side, 0) + (to << 3);
  store<u64>(bin, load<u64>(bin) + more);
  count += more;
}

/**
 * Adds windows of another process: how many there are, u32 × 2, then each {stamp, zeros, positive entries, negative entries}
 * and its entries {bin, count}. Their bins are of the room's accuracy; those that are too old are left out.
 */
export function sketchWindowsAdd(from: usize, maxAgeSeconds: f64): void {
  const now = load32(HEADER + offsetof<Header>("ticks"));
  let at = from + 8;
  for (let left = load<u32>(from); left != 0; left--) {
    const young = load<u32>(at) != 0 && isYoungIn(load<u32>(at), now, <u32>((maxAgeSeconds * 100) / <f64>windows), windows);
    const positive = load<u32>(at, 8);
    const negative = load<u32>(at, 12);
    const zero = <u64>load<u32>(at, 4);
    at += 16;
    const end = at + ((positive + negative) << 3);
    if (young) {
      zeros += zero;
      count += zero;
      for (let i: u32 = 0; at < end; at += 8, i++) entryAdded(i < positive ? POSITIVE : NEGATIVE, load<i32>(at), <u64>load<u32>(at, 4));
    }
    at = end;
  }
}

/** Adds one window of a cell, unless it turned since it had that stamp. Else as sketchAdd. */
export function sketchAddWindow(cell: usize, window: u32, stamp: u32): void {
  const record = changetype<SummaryCell>(cell);
  if (record.multiplier != multiplier || record.windows != windows || record.chunkShift != shift) return;
  listed(cell);
  const distance = distanceOf(record);
  const zero = <u64>load<u32>(windowAt(cell, window) + offsetof<SummaryWindow>("zeros"));
  copied(window);
  if (load32(windowAt(cell, window)) != stamp) return;
  added(distance);
  zeros += zero;
  count += zero;
}

/** How many of what was added are too small for a bin. */
export function sketchZeros(): u64 {
  return zeros;
}

/** Bins of each side, their places from 0 on. */
export function sketchPlaces(): u32 {
  return SUMMARY_CHUNKS << shift;
}

/** The first place of a side, from `place` on, that holds anything; `sketchPlaces` at the end. */
export function sketchPlaceFrom(negative: bool, place: u32): u32 {
  const side = negative ? NEGATIVE : POSITIVE;
  const used = load<u64>(room + (side << 3));
  const end = sketchPlaces();
  while (place < end) {
    if (((used >> (place >> shift)) & 1) == 0) place = ((place >> shift) + 1) << shift;
    else if (sketchCountAt(negative, place) != 0) return place;
    else place++;
  }
  return end;
}

/** What a place holds, where its chunk is in use. */
export function sketchCountAt(negative: bool, place: u32): u64 {
  return load<u64>(binsOf(negative ? NEGATIVE : POSITIVE, 0) + (place << 3));
}

/** The index of a place, as mapping.ts has it. */
export function sketchIndexAt(place: u32): i32 {
  return origin + <i32>place;
}

/** How many observations were added. */
export function sketchCount(): u64 {
  return count;
}

/** The observations of a chunk. */
function chunkCount(side: u32, chunk: u32): u64 {
  const from = binsOf(side, chunk);
  const bytes: u32 = 8 << shift;
  let sum = i64x2.splat(0);
  for (let at: u32 = 0; at < bytes; at += 16) sum = i64x2.add(sum, v128.load(from + at));
  return i64x2.extract_lane(sum, 0) + i64x2.extract_lane(sum, 1);
}

/** The position in a chunk that holds it where `left` comes to its end, from 0 away or towards it. */
function positionIn(side: u32, chunk: u32): i32 {
  const last: u32 = (1 << shift) - 1;
  for (let i: u32 = 0; i < last; i++) {
    const position = (chunk << shift) + (side == NEGATIVE ? last - i : i);
    const counted = load<u64>(binsOf(side, 0) + (position << 3));
    if (left < counted) return position;
    left -= counted;
  }
  return (chunk << shift) + (side == NEGATIVE ? 0 : last);
}

/** The position where `left` comes to its end, or -1 where it goes on behind this side. Negative values begin far from 0. */
function positionOn(side: u32): i32 {
  let rest = load<u64>(room + (side << 3));
  while (rest != 0) {
    const chunk = <u32>(side == NEGATIVE ? 63 - clz<u64>(rest) : ctz<u64>(rest));
    rest ^= (<u64>1) << chunk;
    const counted = chunkCount(side, chunk);
    if (left < counted) return positionIn(side, chunk);
    left -= counted;
  }
  return -1;
}

/**
 * The least value that a share of `quantile` of all is not above (nearest rank, as Go's client does), within the accuracy;
 * NaN where nothing was added.
 */
export function sketchQuantile(quantile: f64): f64 {
  if (count == 0) return NaN;
  const rank = <u64>ceil(quantile * <f64>count);
  // A quantile of 0 is the least; a count past 2^53 may have been rounded up.
  left = rank == 0 ? 0 : min<u64>(rank, count) - 1;
  const below = positionOn(NEGATIVE);
  if (below >= 0) return -valueOf(origin + below, multiplier);
  if (left < zeros) return 0;
  left -= zeros;
  return valueOf(origin + positionOn(POSITIVE), multiplier);
}
