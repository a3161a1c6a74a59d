// Which cell of a native histogram is next: its schema and the ranges of its two sides, from the cell that could not take
// a value, if there was one, and that value. The new one has room for what is populated of the old one, which goes along
// (outgrown.ts).
//
// A cell begins with SLOTS_FIRST slots around its first value. A value outside of the ranges widens its side to hold
// the old range, the value and a quarter more, so that a side doubles or so with each cell and a few cells reach any
// range. Where that cannot be, the old range shrinks to what is populated; where even that cannot be, the schema goes down
// by one and each bucket covers two. At the least schema all doubles are LEAST_BUCKETS on a side, so every finite value can
// be taken. A cell at its limit of buckets is followed by one of the next coarser schema.
//
// Small cells are made in steps of a few bytes, and sides of powers of two keep their sizes few; past SMALL_BYTES they
// come in powers of two, and the side that grows gets all that is left of one.
//
// The plan is kept in this thread, between two calls without another plan in between.

import { NativeCell } from "../layout";
import { isLimited, nativeIndex, nativeSlots, NONE, SIDE_MOST, slotAt, slotOf } from "./slots";
import { coarser } from "./sparse";

/** Slots that a side begins with: at schema 3, values up to twice as large and half as small as the first fit mostly. */
const SLOTS_FIRST: u32 = 8;
/** Up to here the slots of a side are a power of two. */
const SLOTS_STEPPED: u32 = 64;
/** Cells come in steps of 8 bytes up to here, then in powers of two, up to there: CELL_CLASSES. */
const SMALL_BYTES: u32 = 384;
const LARGEST_BYTES: u32 = 65536;

let schema: i32 = 0;
let zeroThreshold: f64 = 0;
let bucketsMax: u32 = 0;
let shape: u32 = 0;
let positiveOffset: i32 = 0;
let positiveCount: u32 = 0;
let negativeOffset: i32 = 0;
let negativeCount: u32 = 0;

/** The side that was planned last. */
let offset: i32 = 0;
let count: u32 = 0;

/** Slots for so many that are needed. */
function sized(span: u32): u32 {
  const wanted = span + (span >> 2);
  if (wanted > SLOTS_STEPPED) return min(wanted, SIDE_MOST);
  return max(SLOTS_FIRST, 1 << (32 - clz<u32>(wanted - 1)));
}

/** True where a value is counted on a side. */
function isOn(negative: bool, value: f64): bool {
  return abs(value) > zeroThreshold && value < 0 == negative;
}

/** Plans one side; false where it has no room at this schema. `whole`: for the old range, not what is populated of it. */
function sidePlanned(old: NativeCell | null, negative: bool, value: f64, whole: bool): bool {
  let low: i32 = i32.MAX_VALUE;
  let high: i32 = i32.MIN_VALUE;
  offset = 0;
  count = 0;
  if (old !== null) {
    const cell = changetype<usize>(old);
    const from = negative ? 1 + old.positiveCount : 1;
    const first = negative ? old.negativeOffset : old.positiveOffset;
    const slots = negative ? old.negativeCount : old.positiveCount;
    let begin: u32 = 0;
    let end = slots;
    while (!whole && begin < end && slotAt(cell, from + begin) == 0) begin++;
    while (!whole && end > begin && slotAt(cell, from + end - 1) == 0) end--;
    if (begin < end) {
      low = coarser(first + <i32>begin, old.schema - schema);
      high = coarser(first + <i32>(end - 1), old.schema - schema);
      if (whole && old.schema == schema) {
        offset = first;
        count = slots;
      }
    }
  }
  if (isOn(negative, value)) {
    const index = nativeIndex(value, schema);
    if (index < low || index > high) count = 0;
    low = min(low, index);
    high = max(high, index);
  }
  if (low > high || count != 0) return true;
  const span = <u32>(high - low + 1);
  if (span > SIDE_MOST) return false;
  count = sized(span);
  offset = low - <i32>((count - span) >> 1);
  return true;
}

function bytesOf(positive: u32, negative: u32): u32 {
  return <u32>offsetof<NativeCell>() + (nativeSlots(positive, negative, shape) << 2);
}

/** Gives what is left of the cell's size to the side that grows. */
function filled(negative: bool): void {
  const bytes = nativePlanBytes();
  if (bytes <= SMALL_BYTES) return;
  const left = ((1 << (32 - clz<u32>(bytes - 1))) - bytes) >> 2;
  if (negative) {
    const more = min(left, SIDE_MOST - negativeCount);
    negativeCount += more;
    negativeOffset -= <i32>(more >> 1);
  } else if (positiveCount != 0) {
    const more = min(left, SIDE_MOST - positiveCount);
    positiveCount += more;
    positiveOffset -= <i32>(more >> 1);
  }
}

/** Plans both sides at this schema, or says that it cannot be. */
function planned(old: NativeCell | null, value: f64, whole: bool): bool {
  if (!sidePlanned(old, false, value, whole)) return false;
  positiveOffset = offset;
  positiveCount = count;
  if (!sidePlanned(old, true, value, whole)) return false;
  negativeOffset = offset;
  negativeCount = count;
  if (nativePlanBytes() > LARGEST_BYTES) return false;
  filled(isOn(true, value));
  return true;
}

/**
 * Plans the cell that takes a finite value, after one that does not (0: there was none). `buckets` limits the slots that
 * it may populate, 0: not; `classic` is the Shape that is counted beside, 0: none.
 */
export function nativePlan(cell: usize, value: f64, schemaMost: i32, threshold: f64, buckets: u32, classic: u32): void {
  schema = schemaMost;
  zeroThreshold = threshold;
  bucketsMax = buckets;
  shape = classic;
  let whole = false;
  if (cell != 0) {
    const slot = slotOf(cell, value);
    const opens = slot == NONE || (slot != 0 && slotAt(cell, slot) == 0);
    schema = min(schema, changetype<NativeCell>(cell).schema - i32(opens && isLimited(cell)));
    whole = slot == NONE;
  }
  const old = changetype<NativeCell | null>(cell);
  while (!planned(old, value, whole)) {
    if (!whole) schema--;
    whole = false;
  }
}

/** Bytes of the cell that was planned. */
export function nativePlanBytes(): u32 {
  return bytesOf(positiveCount, negativeCount);
}

/** The schema of the cell that was planned. */
export function nativePlanSchema(): i32 {
  return schema;
}

/** Writes the plan into a zeroed cell, which then takes the value. */
export function nativeMake(cell: usize): void {
  const record = changetype<NativeCell>(cell);
  record.shape = shape;
  record.schema = schema;
  record.zeroThreshold = zeroThreshold;
  record.bucketsMax = bucketsMax == 0 ? NONE : bucketsMax;
  record.positiveOffset = positiveOffset;
  record.positiveCount = positiveCount;
  record.negativeOffset = negativeOffset;
  record.negativeCount = negativeCount;
}
