// Sparse buckets: what the cells of a native histogram become on their way to an encoder, and what dead cells leave in
// a base. Entries of a bucket index and a count, positive ones first, each side ascending; merged, made coarser and
// limited in place, without memory of their own.
//
// A schema's bucket covers exactly two of the next finer one: index i becomes ((i - 1) >> 1) + 1, so k schemas at once
// are one arithmetic shift by k, and the order of entries stays. Two Sparses of different schemas therefore meet at the
// coarser one.
//
// Merging goes backwards, as in the last step of a merge sort: the entries of both are counted first, so the place of
// the last one is known, and what is written never overtakes what is still to be read. Both sides are one sequence there:
// an entry's *key* is its index, raised by SIDE on the negative side. The source is read through a shift and stays as
// it is, so that it may be the base of a series.
//
// Where the union does not fit, the resolution is halved until it does: to the caller, capacity is a limit of buckets.
// At the least schema all doubles are 264 buckets, LEAST_BUCKETS on each side; whoever has room for them never fails.
//
// It does not handle: counts past 2^64, and indexes that no double has.

import { SCHEMA_LEAST, Sparse } from "../layout";

/** Of the negative side's keys. Indexes lie between -274,943 and 262,144: those of the least and the largest double, schema 8. */
const SIDE: i32 = 1 << 20;
/** Buckets of the least schema on one side: indexes -67 to 64, the unit test proves it. */
export const LEAST_BUCKETS: u32 = 132;

/** Bytes of a Sparse; a multiple of 8. */
export function sparseBytes(capacity: u32): u32 {
  return <u32>offsetof<Sparse>() + ((capacity * 12 + 7) & ~7);
}

export function sparseClear(at: usize, capacity: u32, schema: i32): void {
  const record = changetype<Sparse>(at);
  record.schema = schema;
  record.positiveCount = 0;
  record.negativeCount = 0;
  record.capacity = capacity;
  record.zeroCount = 0;
}

/** Entries of both sides: the positive ones come first. */
export function sparseCount(at: usize): u32 {
  return changetype<Sparse>(at).positiveCount + changetype<Sparse>(at).negativeCount;
}

/** Where the indexes of the entries stand. */
export function indexesOf(at: usize): usize {
  return at + offsetof<Sparse>() + (changetype<Sparse>(at).capacity << 3);
}

/** The bucket index of an entry. */
export function sparseIndexAt(at: usize, position: u32): i32 {
  return load<i32>(indexesOf(at) + (position << 2));
}

/** The count of an entry. */
export function sparseCountAt(at: usize, position: u32): u64 {
  return load<u64>(at + offsetof<Sparse>() + (position << 3));
}

/** Writes an entry, which must be inside the capacity. Its side is what the two counts of the record say in the end. */
export function sparsePut(at: usize, position: u32, index: i32, count: u64): void {
  store<u64>(at + offsetof<Sparse>() + (position << 3), count);
  store<i32>(indexesOf(at) + (position << 2), index);
}

/** Gives back the room that nothing is in. What holds the same has the same bytes then, whatever room it was made with. */
export function sparseTightened(at: usize): void {
  const count = sparseCount(at);
  const from = indexesOf(at);
  changetype<Sparse>(at).capacity = count;
  const to = indexesOf(at);
  memory.copy(to, from, count << 2);
  // Half a word that belongs to none.
  if ((count & 1) != 0) store<i32>(to + (count << 2), 0);
}

/** All observations that it holds. */
export function sparseTotal(at: usize): u64 {
  let total = changetype<Sparse>(at).zeroCount;
  for (let i: u32 = 0; i < sparseCount(at); i++) total += sparseCountAt(at, i);
  return total;
}

/** The bucket at a schema that is coarser by `shift`. */
export function coarser(index: i32, shift: i32): i32 {
  return ((index - 1) >> shift) + 1;
}

/** Makes the entries from `from` to `end` coarser and writes them from `to` on; where the last one ends. */
function sideCoarsened(at: usize, from: u32, end: u32, to: u32, shift: i32): u32 {
  let next = to;
  for (let i = from; i < end; i++) {
    const index = coarser(sparseIndexAt(at, i), shift);
    const count = sparseCountAt(at, i);
    if (next > to && sparseIndexAt(at, next - 1) == index) sparsePut(at, next - 1, index, sparseCountAt(at, next - 1) + count);
    else sparsePut(at, next++, index, count);
  }
  return next;
}

/** Lowers the resolution to a schema; a finer one than it has changes nothing. */
export function sparseCoarsen(at: usize, schema: i32): void {
  const record = changetype<Sparse>(at);
  const shift = record.schema - schema;
  if (shift <= 0) return;
  const positive = sideCoarsened(at, 0, record.positiveCount, 0, shift);
  const all = sideCoarsened(at, record.positiveCount, sparseCount(at), positive, shift);
  record.schema = schema;
  record.positiveCount = positive;
  record.negativeCount = all - positive;
}

/** Halves the resolution until there are at most so many entries, or the least schema is reached; 0 is no limit. */
export function sparseLimit(at: usize, bucketsMax: u32, leastSchema: i32 = SCHEMA_LEAST): void {
  if (bucketsMax == 0) return;
  while (sparseCount(at) > bucketsMax && changetype<Sparse>(at).schema > leastSchema) sparseCoarsen(at, changetype<Sparse>(at).schema - 1);
}

/** Where an entry stands among those of both sides, at a schema that is coarser by `shift`. */
function keyAt(indexes: usize, position: u32, positiveCount: u32, shift: i32): i32 {
  return coarser(load<i32>(indexes + (position << 2)), shift) + (i32(position >= positiveCount) << 20);
}

/** The same, or what is larger than all keys past the end. */
function keyUpTo(indexes: usize, position: u32, end: u32, positiveCount: u32, shift: i32): i32 {
  return position < end ? keyAt(indexes, position, positiveCount, shift) : i32.MAX_VALUE;
}

/** The key before a position, or what is smaller than all keys before the first. */
function keyBefore(indexes: usize, position: u32, positiveCount: u32, shift: i32): i32 {
  return position > 0 ? keyAt(indexes, position - 1, positiveCount, shift) : i32.MIN_VALUE;
}

/** How many of the entries that `united` counted last are positive. */
let unitedPositive: u32 = 0;

/** How many entries both have together, where one is read through a shift. */
function united(into: usize, from: usize, shift: i32): u32 {
  const own = indexesOf(into);
  const other = indexesOf(from);
  const ownPositive = changetype<Sparse>(into).positiveCount;
  const otherPositive = changetype<Sparse>(from).positiveCount;
  const ownEnd = sparseCount(into);
  const otherEnd = sparseCount(from);
  let i: u32 = 0;
  let j: u32 = 0;
  let count: u32 = 0;
  let positive: u32 = 0;
  let ownKey = keyUpTo(own, 0, ownEnd, ownPositive, 0);
  let otherKey = keyUpTo(other, 0, otherEnd, otherPositive, shift);
  while (i < ownEnd || j < otherEnd) {
    const key = min(ownKey, otherKey);
    count++;
    positive += u32(key < SIDE >> 1);
    if (ownKey == key) ownKey = keyUpTo(own, ++i, ownEnd, ownPositive, 0);
    while (otherKey == key) otherKey = keyUpTo(other, ++j, otherEnd, otherPositive, shift);
  }
  unitedPositive = positive;
  return count;
}

/** Merges the entries of `from` backwards, when `count` of them fit. */
function merged(into: usize, from: usize, shift: i32, count: u32): void {
  const own = indexesOf(into);
  const other = indexesOf(from);
  const ownCounts = into + offsetof<Sparse>();
  const otherCounts = from + offsetof<Sparse>();
  const ownPositive = changetype<Sparse>(into).positiveCount;
  const otherPositive = changetype<Sparse>(from).positiveCount;
  let i = sparseCount(into);
  let j = sparseCount(from);
  let ownKey = keyBefore(own, i, ownPositive, 0);
  let otherKey = keyBefore(other, j, otherPositive, shift);
  // Once the source is empty the rest is where it belongs.
  for (let to = count - 1; j > 0; to--) {
    const key = max(ownKey, otherKey);
    let sum: u64 = 0;
    if (ownKey == key) {
      sum = load<u64>(ownCounts + (--i << 3));
      ownKey = keyBefore(own, i, ownPositive, 0);
    }
    while (otherKey == key) {
      sum += load<u64>(otherCounts + (--j << 3));
      otherKey = keyBefore(other, j, otherPositive, shift);
    }
    store<u64>(ownCounts + (to << 3), sum);
    store<i32>(own + (to << 2), key < SIDE >> 1 ? key : key - SIDE);
  }
}

/** What merging comes to where there is nothing yet: most series have one cell, and a base or none. */
function copied(into: usize, from: usize): void {
  const to = changetype<Sparse>(into);
  const source = changetype<Sparse>(from);
  const schema = min(to.schema, source.schema);
  const count = sparseCount(from);
  const own = indexesOf(into);
  const other = indexesOf(from);
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(into + offsetof<Sparse>() + (i << 3), load<u64>(from + offsetof<Sparse>() + (i << 3)));
    store<i32>(own + (i << 2), load<i32>(other + (i << 2)));
  }
  to.positiveCount = source.positiveCount;
  to.negativeCount = source.negativeCount;
  to.zeroCount += source.zeroCount;
  to.schema = source.schema;
  sparseCoarsen(into, schema);
}

/**
 * Of one side, one schema, and with room for the entries of both: in one pass, from the end of what the room would take if
 * none were the same; then all that was written moves down to what stayed. Returns how many there are.
 */
function oneSideMerged(into: usize, from: usize): u32 {
  const own = indexesOf(into);
  const other = indexesOf(from);
  const ownCounts = into + offsetof<Sparse>();
  const otherCounts = from + offsetof<Sparse>();
  let i = changetype<Sparse>(into).positiveCount;
  let j = changetype<Sparse>(from).positiveCount;
  const end = i + j;
  let to = end;
  // Without a branch on what they hold: which of them is next is anybody's guess. Where there is none, what stands in front is
  // read and not used.
  while (j > 0) {
    const ownIndex = select<i32>(load<i32>(own + ((i - 1) << 2)), i32.MIN_VALUE, i > 0);
    const otherIndex = load<i32>(other + ((j - 1) << 2));
    const index = select<i32>(ownIndex, otherIndex, ownIndex > otherIndex);
    const isOwn = u32(ownIndex == index);
    const isOther = u32(otherIndex == index);
    const sum = (load<u64>(ownCounts + ((i - 1) << 3)) & (0 - <u64>isOwn)) + (load<u64>(otherCounts + ((j - 1) << 3)) & (0 - <u64>isOther));
    to--;
    store<u64>(ownCounts + (to << 3), sum);
    store<i32>(own + (to << 2), index);
    i -= isOwn;
    j -= isOther;
  }
  if (to == i) return end;
  for (; to < end; to++, i++) {
    store<u64>(ownCounts + (i << 3), load<u64>(ownCounts + (to << 3)));
    store<i32>(own + (i << 2), load<i32>(own + (to << 2)));
  }
  return i;
}

/**
 * Adds what `from` holds, which stays as it is. Both meet at the coarser schema, or at one that is coarser still where
 * there is no room; false where there is none even at the least, and nothing was added.
 */
export function sparseMerge(into: usize, from: usize): bool {
  const to = changetype<Sparse>(into);
  const source = changetype<Sparse>(from);
  if (sparseCount(into) == 0 && sparseCount(from) <= to.capacity) {
    copied(into, from);
    return true;
  }
  if (
    to.schema == source.schema &&
    (to.negativeCount | source.negativeCount) == 0 &&
    to.positiveCount + source.positiveCount <= to.capacity
  ) {
    to.positiveCount = oneSideMerged(into, from);
    to.zeroCount += source.zeroCount;
    return true;
  }
  sparseCoarsen(into, source.schema);
  let count = united(into, from, source.schema - to.schema);
  while (count > to.capacity) {
    if (to.schema <= SCHEMA_LEAST) return false;
    sparseCoarsen(into, to.schema - 1);
    count = united(into, from, source.schema - to.schema);
  }
  merged(into, from, source.schema - to.schema, count);
  to.positiveCount = unitedPositive;
  to.negativeCount = count - unitedPositive;
  to.zeroCount += source.zeroCount;
  return true;
}

/** Makes all counts negative, modulo 2^64: added to what has them, they take them away. */
export function sparseNegated(at: usize): void {
  changetype<Sparse>(at).zeroCount = 0 - changetype<Sparse>(at).zeroCount;
  for (let i: u32 = 0; i < sparseCount(at); i++) sparsePut(at, i, sparseIndexAt(at, i), 0 - sparseCountAt(at, i));
}

/** Leaves out entries of which nothing is left. */
export function sparseZerosDropped(at: usize): void {
  const record = changetype<Sparse>(at);
  const positive = record.positiveCount;
  const count = sparseCount(at);
  let to: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i == positive) record.positiveCount = to;
    if (sparseCountAt(at, i) != 0) sparsePut(at, to++, sparseIndexAt(at, i), sparseCountAt(at, i));
  }
  if (positive == count) record.positiveCount = to;
  record.negativeCount = to - record.positiveCount;
}
