// Native histograms: exponential buckets in a cell of one writer, counted by plain stores and read at any moment.
//
// It is the self-validating record of histogram.ts, whose essay comes first, with another way from a value to its slot
// and, where the family has bounds too, with two slots an observation: the native and the classic one. The stores of an
// observation of v, in this order:
//
//   0  populated += 1, where the native slot was 0; for the owner and its limit, the record does not need it
//   1  pending = v
//   2  slots[native] += 1
//   3  slots[classic] += 1, in a cell with a shape
//   4  sum = old + v
//   5  check += (bits(sum) - bits(old)) * K1 + weightOf(native) + weightOf(classic)
//
// so between observations   check = bits(sum) * K1 + Σ slots[i] * weightOf(i).   A reader asks as before: clean; with
// pending's native slot taken back by one; with both taken back; or complete but for the check. Which slots they are
// follows from pending, and what the cell says about its buckets never changes in its life. A value that has no slot,
// or whose slot is full, or one bucket too many is STALE: another cell takes its place and what it holds (outgrown.ts).
//
// Reading. A cell may have thousands of slots and a few that are not 0, and a copy that takes longer than an
// observation is torn. So a first look, which binds to nothing, lists the vectors that hold anything, and the copy is of
// pending, sum and check and of those vectors alone, as short as it can be. A slot that was 0 at the first look is
// missing in the copy like an observation after it, and where the check says otherwise, or its value is what is pending, the
// copy is made again; the look too when `populated` has changed, and every LOOKS copies. Then slots become pairs of slot and count, are weighed,
// and go into the reader's Sparse.
//
// A reader may hold a cell whose owner makes another one of it. What it reads then is thrown away by whoever called, but
// it must be read without harm: counts are bounded, and nothing lies outside the memory.
//
// It does not handle: two writers, values that are not finite (refused, as in classic histograms), a count past 2^64.

import { add32, load64 } from "../memory/atomics";
import { Header, HEADER, NativeCell, SCHEMA_LEAST, SCHEMA_MOST, Sparse } from "../layout";
import { OK, REFUSED, STALE } from "../status";
import { completes, FULL, K1, K1_INVERSE, RETRIES, weightOf } from "./histogram";
import { classicSlotOf, classicSlots, isLimited, nativeSlots, NONE, SIDE_MOST, slotAt, slotOf, SLOTS } from "./slots";
import { indexesOf, LEAST_BUCKETS, sparseClear, sparseCount, sparseMerge } from "./sparse";
import { totalAdd } from "./total";

/** Copies that one look at the slots serves. */
const LOOKS: u32 = 64;
const RECORD: usize = offsetof<NativeCell>("pending");
/** Pending, sum and check. */
const HEAD: usize = 24;
if (offsetof<NativeCell>("check") + 8 - RECORD != HEAD) ERROR("Pending, sum and check stand together");
/** What one entry takes of scratch: its place in the list, its vector, its pair. And what all take: the head, room to spare. */
const ENTRY_SCRATCH: u32 = 4 + 16 + 8;
const FIXED_SCRATCH: u32 = 32 + 4 * 4 + 4 * 8;

/** Counts a finite value; STALE where this cell cannot take it. */
export function nativeObserve(cell: usize, token: u32, value: f64): i32 {
  const record = changetype<NativeCell>(cell);
  if (record.token != token) return STALE;
  if (!(value - value == 0)) return REFUSED;
  const slot = slotOf(cell, value);
  if (slot == NONE) return STALE;
  const counted = cell + SLOTS + (slot << 2);
  const count = load<u32>(counted);
  if (count == FULL) return STALE;
  const shape: usize = record.shape;
  let weight = weightOf(slot);
  let classic: usize = 0;
  if (shape != 0) {
    const classicSlot = classicSlotOf(cell, shape, value);
    classic = cell + SLOTS + (classicSlot << 2);
    if (load<u32>(classic) == FULL) return STALE;
    weight += weightOf(classicSlot);
  }
  if (count == 0 && slot != 0) {
    if (isLimited(cell)) return STALE;
    record.populated += 1;
  }
  const old = record.sum;
  const sum = old + value;
  record.pending = value;
  store<u32>(counted, count + 1);
  if (shape != 0) store<u32>(classic, load<u32>(classic) + 1);
  record.sum = sum;
  record.check += (reinterpret<u64>(sum) - reinterpret<u64>(old)) * K1 + weight;
  return OK;
}

/** True where the cell has room for one more of a finite value; else its owner makes another one. */
export function nativeTakes(cell: usize, value: f64): bool {
  const slot = slotOf(cell, value);
  if (slot == NONE || slotAt(cell, slot) == FULL) return false;
  const shape: usize = changetype<NativeCell>(cell).shape;
  if (shape != 0 && slotAt(cell, classicSlotOf(cell, shape, value)) == FULL) return false;
  return slot == 0 || slotAt(cell, slot) != 0 || !isLimited(cell);
}

/** Most native buckets, the zero bucket aside, that the cell can have populated as long as it lives. */
export function nativePopulated(cell: usize): u32 {
  const record = changetype<NativeCell>(cell);
  const positive = min(record.positiveCount, SIDE_MOST);
  const negative = min(record.negativeCount, SIDE_MOST);
  if (record.schema > SCHEMA_LEAST) return min(positive + negative, record.bucketsMax);
  return min(positive, LEAST_BUCKETS) + min(negative, LEAST_BUCKETS);
}

/** Bytes of scratch for reading a cell that has so many slots populated, of all its kinds. */
export function nativeScratchFor(entries: u32): u32 {
  return FIXED_SCRATCH + ENTRY_SCRATCH * entries;
}

/** Bytes of scratch for reading this cell, as long as it lives. */
export function nativeScratchBytes(cell: usize): u32 {
  return nativeScratchFor(nativePopulated(cell) + 1 + classicSlots(changetype<NativeCell>(cell).shape));
}

/** The cell that is being read, as it was when that began, and where its copy lies. */
let schema: i32 = 0;
let positiveFirst: i32 = 0;
let positiveEnd: u32 = 0;
let negativeFirst: i32 = 0;
let negativeEnd: u32 = 0;
let classicEnd: u32 = 0;
let slotBytes: u32 = 0;
let most: u32 = 0;
let list: usize = 0;
let copies: usize = 0;
let pairs: usize = 0;

/** Begins to read a cell: false where the scratch is too small for anything, or this is no cell any more. */
function begun(cell: usize, scratch: usize, scratchBytes: u32): bool {
  const record = changetype<NativeCell>(cell);
  schema = max(SCHEMA_LEAST, min(SCHEMA_MOST, record.schema));
  positiveFirst = record.positiveOffset;
  positiveEnd = 1 + min(record.positiveCount, SIDE_MOST);
  negativeFirst = record.negativeOffset;
  negativeEnd = positiveEnd + min(record.negativeCount, SIDE_MOST);
  const shape: usize = record.shape;
  classicEnd = negativeEnd + classicSlots(shape);
  slotBytes = nativeSlots(positiveEnd - 1, negativeEnd - positiveEnd, shape) << 2;
  most = scratchBytes < FIXED_SCRATCH ? 0 : (scratchBytes - FIXED_SCRATCH) / ENTRY_SCRATCH;
  list = scratch + 32;
  copies = list + ((most + 4) << 2);
  pairs = copies + (most << 4);
  return most > 0 && <u64>cell + SLOTS + slotBytes <= (<u64>memory.size()) << 16;
}

/** Puts a vector of slots onto the list, where it holds anything. */
function noted(count: u32, at: u32, vector: v128): u32 {
  store<u32>(list + (count << 2), at);
  return count + u32(v128.any_true(vector));
}

/** Lists the vectors that hold anything; more than `most` where there is no room for them. */
function listed(cell: usize): u32 {
  const slots = cell + SLOTS;
  let count: u32 = 0;
  let at: u32 = 0;
  for (; at + 64 <= slotBytes && count <= most; at += 64) {
    const first = v128.load(slots + at);
    const second = v128.load(slots + at, 16);
    const third = v128.load(slots + at, 32);
    const fourth = v128.load(slots + at, 48);
    if (!v128.any_true(v128.or(v128.or(first, second), v128.or(third, fourth)))) continue;
    count = noted(count, at, first);
    count = noted(count, at + 16, second);
    count = noted(count, at + 32, third);
    count = noted(count, at + 48, fourth);
  }
  for (; at < slotBytes && count <= most; at += 16) count = noted(count, at, v128.load(slots + at));
  return count;
}

/** The check before the copy. */
let before: u64 = 0;

/** The copy: its head first, then the vectors of the list. */
function copied(cell: usize, scratch: usize, vectors: u32): void {
  before = load64(cell + offsetof<NativeCell>("check"));
  v128.store(scratch, v128.load(cell + RECORD));
  v128.store(scratch, v128.load(cell + RECORD, 16), 16);
  const slots = cell + SLOTS;
  for (let i: u32 = 0; i < vectors; i++) v128.store(copies + (i << 4), v128.load(slots + load<u32>(list + (i << 2))));
}

function paired(to: usize, slot: u32, value: u32): usize {
  store<u64>(to, ((<u64>value) << 32) | slot);
  return to + (usize(value != 0) << 3);
}

/** Makes pairs of slot and count of the copy, without zeros; at most `most`, and 3. */
function compressed(vectors: u32): u32 {
  let to = pairs;
  const last = pairs + ((<usize>most) << 3);
  for (let i: u32 = 0; i < vectors && to <= last; i++) {
    const copy = copies + (i << 4);
    const slot = load<u32>(list + (i << 2)) >> 2;
    to = paired(to, slot, load<u32>(copy));
    to = paired(to, slot + 1, load<u32>(copy, 4));
    to = paired(to, slot + 2, load<u32>(copy, 8));
    to = paired(to, slot + 3, load<u32>(copy, 12));
  }
  return <u32>((to - pairs) >> 3);
}

/** Σ slots × weights of the pairs. */
function weighed(count: u32): u64 {
  let sum: u64 = 0;
  const end = pairs + (count << 3);
  for (let at = pairs; at < end; at += 8) sum += <u64>load<u32>(at, 4) * weightOf(load<u32>(at));
  return sum;
}

/** Takes so many back from a slot, 0 to look; false where the copy has nothing there. */
function takenBack(count: u32, slot: u32, many: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const pair = pairs + (i << 3);
    if (load<u32>(pair) != slot) continue;
    store<u32>(pair, load<u32>(pair, 4) - many, 4);
    return true;
  }
  return false;
}

const CLEAN: u32 = 0;
const EXPLAINED: u32 = 1;
const TORN: u32 = 2;

/** What the copy is, and makes it whole where that can be said. */
function judged(cell: usize, scratch: usize, count: u32): u32 {
  const sum = load<u64>(scratch, 8);
  const check = load<u64>(scratch, 16);
  const slots = weighed(count);
  const whole = sum * K1 + slots;
  if (whole == check) return CLEAN;
  const pending = load<f64>(scratch);
  const slot = slotOf(cell, pending);
  const shape: usize = changetype<NativeCell>(cell).shape;
  const classicSlot = shape == 0 ? NONE : classicSlotOf(cell, shape, pending);
  let weight = weightOf(slot);
  if (whole - weight == check) return takenBack(count, slot, 1) ? EXPLAINED : TORN;
  if (shape != 0) {
    weight += weightOf(classicSlot);
    if (whole - weight == check) return takenBack(count, slot, 1) && takenBack(count, classicSlot, 1) ? EXPLAINED : TORN;
  }
  // What is older than the check may fit it by accident: see histogram.ts. So may a copy without the vectors that were empty when it was
  // looked for them: beside the first value of all any old sum vanishes.
  if (before != check || !takenBack(count, slot, 0) || (shape != 0 && !takenBack(count, classicSlot, 0))) return TORN;
  // Of the cell only the head is compared: no observation leaves it as it was.
  return completes(sum, (check - (slots - weight)) * K1_INVERSE, pending, cell + RECORD, scratch, HEAD) ? EXPLAINED : TORN;
}

/** Entries written so far. */
let put: u32 = 0;

/** Writes the pairs from the `from`th on, up to a slot, as entries of indexes `offset` + slot; the number of the next pair. */
function sidePoured(sparse: usize, from: u32, count: u32, end: u32, offset: i32): u32 {
  let at = pairs + (from << 3);
  const last = pairs + (count << 3);
  let counts = sparse + offsetof<Sparse>() + (put << 3);
  let indexes = indexesOf(sparse) + (put << 2);
  const first = counts;
  for (; at < last && load<u32>(at) < end; at += 8) {
    const value = load<u32>(at, 4);
    store<u64>(counts, value);
    store<i32>(indexes, offset + <i32>load<u32>(at));
    // One that was taken back may be 0 now.
    const more = usize(value != 0);
    counts += more << 3;
    indexes += more << 2;
  }
  put += <u32>((counts - first) >> 3);
  return <u32>((at - pairs) >> 3);
}

/** Adds the pairs to a Sparse, by way of scratch unless it is empty, and the classic ones to their buckets. */
function poured(count: u32, into: usize, classicInto: usize, scratch: usize): bool {
  const direct = sparseCount(into) == 0 && changetype<Sparse>(into).schema >= schema && changetype<Sparse>(into).capacity >= count;
  const target = direct ? into : scratch;
  const sparse = changetype<Sparse>(target);
  if (direct) sparse.schema = schema;
  else sparseClear(scratch, count, schema);
  const zeros = count > 0 && load<u32>(pairs) == 0 ? load<u32>(pairs, 4) : 0;
  sparse.zeroCount += zeros;
  put = 0;
  let i = sidePoured(target, u32(count > 0 && load<u32>(pairs) == 0), count, positiveEnd, positiveFirst - 1);
  const positive = put;
  i = sidePoured(target, i, count, negativeEnd, negativeFirst - <i32>positiveEnd);
  sparse.positiveCount = positive;
  sparse.negativeCount = put - positive;
  if (!direct && !sparseMerge(into, scratch)) return false;
  for (; classicInto != 0 && i < count && load<u32>(pairs + (i << 3)) < classicEnd; i++) {
    const total = classicInto + ((load<u32>(pairs + (i << 3)) - negativeEnd) << 3);
    store<u64>(total, load<u64>(total) + <u64>load<u32>(pairs + (i << 3), 4));
  }
  return true;
}

/**
 * Adds a cell's native buckets to a Sparse, its classic ones to the u64s at `classicInto` (0: none wanted) and its sum
 * to the total. Where the cell may become another one meanwhile, `classicInto` has room for BOUNDS_MAX + 1. False, and nothing added, where the scratch is smaller than nativeScratchBytes, or the Sparse has no
 * room even at the least schema.
 */
export function nativeRead(cell: usize, into: usize, classicInto: usize, scratch: usize, scratchBytes: u32): bool {
  if (!begun(cell, scratch, scratchBytes)) return false;
  const record = changetype<NativeCell>(cell);
  let populated: u32 = 0;
  let vectors: u32 = 0;
  let count: u32 = 0;
  let tries: u32 = 0;
  while (true) {
    if (tries % LOOKS == 0 || populated != record.populated) {
      populated = record.populated;
      vectors = listed(cell);
      if (vectors > most) return false;
    }
    copied(cell, scratch, vectors);
    count = compressed(vectors);
    if (count > most) return false;
    const verdict = judged(cell, scratch, count);
    if (verdict == CLEAN) break;
    if (verdict == TORN && tries++ < RETRIES) continue;
    if (verdict == TORN) add32(HEADER + offsetof<Header>("unexplained"), 1);
    add32(HEADER + offsetof<Header>("repaired"), 1);
    break;
  }
  const sum = load<f64>(scratch, 8);
  if (!poured(count, into, classicInto, scratch)) return false;
  totalAdd(sum);
  return true;
}

/** Adds the buckets of a cell that nobody writes, but not its sum; else as nativeRead. */
export function nativeAdd(cell: usize, into: usize, classicInto: usize, scratch: usize, scratchBytes: u32): bool {
  if (!begun(cell, scratch, scratchBytes)) return false;
  const vectors = listed(cell);
  if (vectors > most) return false;
  copied(cell, scratch, vectors);
  const count = compressed(vectors);
  return count <= most && poured(count, into, classicInto, scratch);
}

function slotLowered(cell: usize, slot: u32): void {
  store<u32>(cell + SLOTS + (slot << 2), slotAt(cell, slot) - 1);
}

/** Σ slots × weights of a cell that nobody writes; counts again what is populated. */
function weighedAll(cell: usize): u64 {
  const record = changetype<NativeCell>(cell);
  const nativeEnd: u32 = 1 + record.positiveCount + record.negativeCount;
  const end: u32 = nativeEnd + classicSlots(record.shape);
  let populated: u32 = 0;
  let sum: u64 = 0;
  for (let slot: u32 = 0; slot < end; slot++) {
    const count = slotAt(cell, slot);
    if (count == 0) continue;
    sum += <u64>count * weightOf(slot);
    populated += u32(slot - 1 < nativeEnd - 1);
  }
  record.populated = populated;
  return sum;
}

/**
 * Ends what a dead owner began, as histogramRepair does: by one store, or by two of which the first alone is the state
 * that an owner leaves too.
 */
export function nativeRepair(cell: usize): void {
  const record = changetype<NativeCell>(cell);
  const whole = reinterpret<u64>(record.sum) * K1 + weighedAll(cell);
  if (whole == record.check) return;
  const slot = slotOf(cell, record.pending);
  const shape: usize = record.shape;
  const rest = whole - weightOf(slot) - record.check;
  const classicSlot = shape == 0 ? NONE : classicSlotOf(cell, shape, record.pending);
  if (rest != 0 && (shape == 0 || rest != weightOf(classicSlot))) {
    record.check = whole;
    return;
  }
  if (rest != 0) slotLowered(cell, classicSlot);
  slotLowered(cell, slot);
  record.populated -= u32(slot != 0 && slotAt(cell, slot) == 0);
}
