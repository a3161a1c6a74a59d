// The self-validating record: a histogram's cell that a reader can copy at any moment, from a writer at full
// speed, descheduled or dead, and get buckets and sum that belong together.
//
// The writer, for a value v that falls into bucket b, makes four plain stores in this order:
//
//   1  pending = v
//   2  buckets[b] += 1
//   3  sum = old + v
//   4  check += (bits(sum) - bits(old)) * K1 + W[b]
//
// so that between observations   check = bits(sum) * K1 + Σ buckets[i] * W[i]   holds, over the integers
// modulo 2^64. K1 is odd, thus invertible; W has a weight per bucket. The count is Σ buckets, never stored.
//
// The reader copies pending, sum, check and the buckets, and asks in turn:
//
//   clean      the equation holds: either nothing was under way or only store 1 was done
//   roll back  it holds once pending's bucket is taken back by one: stores 1 and 2 were done
//   complete   the check is still what it was before the copy; solved for the old sum, old + pending gives the sum
//              read, and sum - pending the old one (or, where rounding takes that away, the cell has not changed
//              since): stores 1 to 3 were done; what is missing is only the check, so buckets and sum are
//              already those of after
//
// Anything else was read across several observations: copy again. The copy is what counts, so it is made
// first, in vectors, and weighed afterwards: 72 bytes for 11 bounds, about one observation's time. Where two
// threads share a core's caches a copy may still meet a store again and again, and one in twenty succeeds; so
// there are RETRIES of them, some 100 µs at the worst, before the last copy is used as it is: its buckets and
// count agree with each other by construction, its sum may be off by the observations in between, and
// Header.unexplained counts it. (With 64 copies, weighed as they were read, that was the answer of 1 in 100
// scrapes under Bun.)
//
// Buckets are 32 bits wide: half the bytes of a series, and of what a scrape reads. An observation that would
// wrap one is STALE; binding again folds the full cell into the base, whose buckets have 64 bits.
//
// record.pml has all of this over every order of loads and stores. It holds where stores are seen in the order that they
// are made, as on x86. Where any store may overtake another, as the memory model of WebAssembly lets plain ones do, clean
// and rolled back are still exact, but `complete` is not: it may fit by an accident that only a store which is seen later
// than two whole copies shows.
//
// It does not handle: two writers (cells have one), values that are not finite (refused), a count past 2^64.

import { add32, load64 } from "../memory/atomics";
import { boundSlots, Header, HEADER, HistogramCell, Shape } from "../layout";
import { OK, REFUSED, STALE } from "../status";
import { totalAdd } from "./total";

/** Odd; 2^64 divided by the golden ratio. */
export const K1: u64 = 0x9e3779b97f4a7c15;
/** Its inverse modulo 2^64: K1 * K1_INVERSE = 1, which the unit test multiplies out. */
export const K1_INVERSE: u64 = 0xf1de83e19937733d;
export const RETRIES: u32 = 4096;
/** A bucket that may not be counted up any more. */
export const FULL: u32 = 0xffffffff;
/** The record begins with pending, sum and check; the buckets follow. */
const RECORD: usize = offsetof<HistogramCell>("pending");
const HEAD: usize = offsetof<HistogramCell>() - RECORD;

/** The weight of a bucket: SplitMix64's finaliser, so that no small set of buckets cancels out. */
export function weightOf(bucket: u32): u64 {
  let z = (<u64>bucket + 1) * K1;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** So many bounds are compared in a row, two at a time, instead of one after the other by halves. */
const SCAN_MOST: u32 = 16;

/**
 * The first bucket whose bound is not below the value; boundCount for the one without a bound. Counts the bounds below
 * it: no comparison waits for the one before, and no branch depends on the value, which no predictor can know.
 */
export function bucketOf(shape: usize, boundCount: u32, value: f64): u32 {
  let from = shape + offsetof<Shape>();
  let left = boundCount;
  while (left > SCAN_MOST) {
    const half = left >> 1;
    from = select<usize>(from + (half << 3), from, load<f64>(from + ((half - 1) << 3)) < value);
    left -= half;
  }
  const values = f64x2.splat(value);
  const end = from + (left << 3);
  let below = i64x2.splat(0);
  // The last pair may reach past `left`: bounds ascend and end in Infinity, so none of those is counted too many.
  for (let at = from; at < end; at += 16) below = i64x2.sub(below, f64x2.lt(v128.load(at), values));
  const scanned = <u32>(i64x2.extract_lane(below, 0) + i64x2.extract_lane(below, 1));
  return ((<u32>(from - shape) - <u32>offsetof<Shape>()) >> 3) + scanned;
}

/** Where the weights of a shape begin: behind its bounds, which are made an even number. */
function weightsOf(shape: usize, boundCount: u32): usize {
  return shape + offsetof<Shape>() + (boundSlots(boundCount) << 3);
}

/** Counts a finite value. */
export function histogramObserve(cell: usize, token: u32, value: f64): i32 {
  const record = changetype<HistogramCell>(cell);
  if (record.token != token) return STALE;
  if (!(value - value == 0)) return REFUSED;
  const shape: usize = record.shape;
  const boundCount = changetype<Shape>(shape).boundCount;
  const bucket = bucketOf(shape, boundCount, value);
  const counted = cell + offsetof<HistogramCell>() + (bucket << 2);
  const count = load<u32>(counted);
  if (count == FULL) return STALE;
  const weight = load<u64>(weightsOf(shape, boundCount) + (bucket << 3));
  const old = record.sum;
  const sum = old + value;
  record.pending = value;
  store<u32>(counted, count + 1);
  record.sum = sum;
  record.check += (reinterpret<u64>(sum) - reinterpret<u64>(old)) * K1 + weight;
  return OK;
}

/** True where a bucket is full and the cell must be folded by its owner. */
export function histogramFull(cell: usize): bool {
  const boundCount = changetype<Shape>(<usize>changetype<HistogramCell>(cell).shape).boundCount;
  const buckets = cell + offsetof<HistogramCell>();
  for (let i: u32 = 0; i <= boundCount; i++) if (load<u32>(buckets + (i << 2)) == FULL) return true;
  return false;
}

/** Σ buckets × weights of a record's buckets. */
function weighed(buckets: usize, weights: usize, boundCount: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i <= boundCount; i++) sum += <u64>load<u32>(buckets + (i << 2)) * load<u64>(weights + (i << 3));
  return sum;
}

/**
 * True where old + pending is the sum, and no accident: where the pending value is as large as the sum, a torn copy
 * solves to any old sum, and a tiny one vanishes in the addition. So the subtraction must give it back, or, where
 * rounding forbids that, the cell must still say what was copied: its owner stands still, and nothing is torn.
 */
export function completes(sum: u64, old: u64, pending: f64, from: usize, copy: usize, bytes: usize): bool {
  if (reinterpret<u64>(reinterpret<f64>(old) + pending) != sum) return false;
  if (reinterpret<u64>(reinterpret<f64>(sum) - pending) == old) return true;
  for (let at: usize = 0; at < bytes; at += 4) if (load<u32>(from + at) != load<u32>(copy + at)) return false;
  return true;
}

/**
 * Adds a cell's buckets to the u64s at `into` and its sum to the total. `scratch` takes the copy of a record
 * and 16 bytes more.
 */
export function histogramRead(cell: usize, into: usize, scratch: usize): void {
  const shape: usize = changetype<HistogramCell>(cell).shape;
  const boundCount = changetype<Shape>(shape).boundCount;
  const weights = weightsOf(shape, boundCount);
  const from = cell + RECORD;
  const bytes = HEAD + ((boundCount + 1) << 2);
  const buckets = scratch + HEAD;
  let tries: u32 = 0;
  while (true) {
    // First of all: a sum and a pending value that are older than the check may fit it by accident, where values have both signs.
    const before = load64(cell + offsetof<HistogramCell>("check"));
    // The bits go to scratch and come back from there, so that what is tested is what is used: see atomics.ts.
    for (let at: usize = 0; at < bytes; at += 16) v128.store(scratch + at, v128.load(from + at));
    const sum = load<u64>(scratch, 8);
    const check = load<u64>(scratch, 16);
    const whole = sum * K1 + weighed(buckets, weights, boundCount);
    if (whole == check) break;
    const pending = load<f64>(scratch);
    const bucket = bucketOf(shape, boundCount, pending);
    const weight = load<u64>(weights + (bucket << 3));
    const counted = buckets + (bucket << 2);
    if (whole - weight == check) {
      store<u32>(counted, load<u32>(counted) - 1);
    } else if (before != check || !completes(sum, (check - (whole - sum * K1 - weight)) * K1_INVERSE, pending, from, scratch, bytes)) {
      if (tries++ < RETRIES) continue;
      add32(HEADER + offsetof<Header>("unexplained"), 1);
    }
    add32(HEADER + offsetof<Header>("repaired"), 1);
    break;
  }
  for (let i: u32 = 0; i <= boundCount; i++) {
    const total = into + (i << 3);
    store<u64>(total, load<u64>(total) + <u64>load<u32>(buckets + (i << 2)));
  }
  totalAdd(load<f64>(scratch, 8));
}

/**
 * Ends what a dead owner began, by one store: whoever takes the cell over does this before anything else, for
 * the next observation would bury the half one. What a reader printed of the record stays true.
 */
export function histogramRepair(cell: usize): void {
  const record = changetype<HistogramCell>(cell);
  const shape: usize = record.shape;
  const boundCount = changetype<Shape>(shape).boundCount;
  const weights = weightsOf(shape, boundCount);
  const buckets = cell + offsetof<HistogramCell>();
  const whole = reinterpret<u64>(record.sum) * K1 + weighed(buckets, weights, boundCount);
  if (whole == record.check) return;
  const bucket = bucketOf(shape, boundCount, record.pending);
  const counted = buckets + (bucket << 2);
  if (whole - load<u64>(weights + (bucket << 3)) == record.check) store<u32>(counted, load<u32>(counted) - 1);
  else record.check = whole;
}

/** Adds the buckets of a cell that nobody writes to the u64s at `into`. */
export function histogramAdd(cell: usize, into: usize): void {
  const boundCount = changetype<Shape>(<usize>changetype<HistogramCell>(cell).shape).boundCount;
  const buckets = cell + offsetof<HistogramCell>();
  for (let i: u32 = 0; i <= boundCount; i++) {
    const total = into + (i << 3);
    store<u64>(total, load<u64>(total) + <u64>load<u32>(buckets + (i << 2)));
  }
}
