// From bytes to a part, which lies in this writer's room afterwards. The bytes may be anything: a checksum keeps accidents
// away and nobody else. So nothing is read behind their end, nothing is allocated that they are too few for (what says
// how many there are of something is followed by them, and they are passed over first), and what no process can have
// counted is refused: buckets that do not ascend, or that no double falls into, counts of 0, numbers past TOTAL_MOST, by
// which sums over processes could come around; a counter below 0, or NaN, and a writer that has two values. Other values may be anything
// that doubles are.

import { Base, BASE_QUANTILES, BASE_SET, COUNTER, Family, NATIVE, SCHEMA_LEAST, Sparse, WRITERS_MAX } from "../layout";
import { EXHAUSTED, OK, REFUSED } from "../status";
import { multiplierOf } from "../metric/mapping";
import { nativeIndex } from "../metric/slots";
import { sparseBytes, sparseClear, sparsePut } from "../metric/sparse";
import { baseSparse } from "../store/base";
import { bucketBytes } from "../store/list";
import { roomAddress } from "../store/writer";
import { SERIES_QUANTILES, SERIES_TIMESTAMP, SERIES_VALUE, SHARE_PROCESS_SHIFT, VALUE_DOUBLE, VALUE_NONE, VALUE_WHOLE } from "./format";
import { recordPut } from "./number";
import {
  definitionOf,
  hasOrder,
  hasShares,
  isNumber,
  isSummary,
  PART_WINDOWS_MAX,
  partBehind,
  partList,
  partListed,
  partMade,
} from "./part";
import { PartBin, PartShare, PartWindow } from "./records";
import { REFUSED_COUNTER, REFUSED_WRITER, refusalNoted } from "./refusal";
import { takenEnd, varint32Taken, varintsPassed, varintTaken, WHOLE_MOST, wideTaken, wordTaken, zigzagTaken } from "./varint";
import { isFirstOf, writersBegun } from "./writers";

/** Observations of one series: those of 256 processes still fit 64 bits. */
const TOTAL_MOST: u64 = 1 << 56;
/** Octaves that doubles have, and some. */
const OCTAVES: f64 = 1080;
/** The smallest double that is not 0. */
const SMALLEST: f64 = 5e-324;

let status: i32 = 0;
let part: usize = 0;
/** Observations so far, of all kinds of buckets. */
let total: u64 = 0;

/** What became of the last partTaken: OK, REFUSED for nonsense, EXHAUSTED without memory. */
export function takenStatus(): i32 {
  return status;
}

/** The part that was taken last, until this writer's room is used again. */
export function takenPart(): usize {
  return part;
}

if (WRITERS_MAX > 1 << SHARE_PROCESS_SHIFT) ERROR("A slot must end where its process begins");
/** Whether shares may name processes. */
let naming: bool = false;

/**
 * Takes the value of a series of a family and what stands behind it; where it ends, 0 for nonsense or without memory.
 * `names`: of the retired, whose shares are of several processes; nobody else speaks for others.
 */
export function partTaken(family: usize, flags: u32, at: usize, end: usize, names: bool): usize {
  naming = names;
  status = REFUSED;
  part = 0;
  total = 0;
  const behind = taken(family, flags, at, end);
  if (behind != 0) status = OK;
  else part = 0;
  return behind;
}

/** Makes the part; false without memory. */
function made(behind: u32): bool {
  part = partMade(behind);
  if (part == 0) status = EXHAUSTED;
  return part != 0;
}

/** The value that was taken last. */
let high: f64 = 0;
let low: f64 = 0;

/** Takes a value; where it ends, 0 for nonsense. */
function valueTaken(value: u32, at: usize, end: usize): usize {
  low = 0;
  if (value == VALUE_WHOLE) {
    const whole = varintTaken(at, end);
    high = <f64>whole;
    return whole > WHOLE_MOST ? 0 : takenEnd();
  }
  high = value == VALUE_NONE ? 0 : reinterpret<f64>(wideTaken(at, end));
  if (value == VALUE_NONE || value == VALUE_DOUBLE) return value == VALUE_NONE ? at : takenEnd();
  low = reinterpret<f64>(wideTaken(takenEnd(), end));
  return takenEnd();
}

function taken(family: usize, flags: u32, at: usize, end: usize): usize {
  const value = flags & SERIES_VALUE;
  if ((flags & SERIES_QUANTILES) != 0 && !isSummary(family)) return 0;
  at = valueTaken(value, at, end);
  if (isNumber(family)) return numberTaken(family, flags, at, end);
  if (at != 0) at = value == VALUE_NONE ? sharesTaken(family, at, end) : restTaken(family, flags, at, end);
  if (at == 0) return 0;
  const record = changetype<Base>(part);
  record.high = high;
  record.low = low;
  if (value != VALUE_NONE) record.set |= BASE_SET;
  if ((flags & SERIES_TIMESTAMP) == 0) return at;
  record.timestamp = reinterpret<f64>(wideTaken(at, end));
  return takenEnd();
}

/** Takes what stands behind a number, and puts its part as it is then. */
function numberTaken(family: usize, flags: u32, at: usize, end: usize): usize {
  const missing = (flags & SERIES_VALUE) == VALUE_NONE;
  let order: u64 = 0;
  let timestamp: f64 = 0;
  if (!missing && hasOrder(family)) {
    order = wideTaken(at, end);
    at = takenEnd();
  }
  if ((flags & SERIES_TIMESTAMP) != 0) {
    timestamp = reinterpret<f64>(wideTaken(at, end));
    at = takenEnd();
  }
  if (at == 0) return 0;
  // NaN is neither. What the dead left was so written by a collector that subtracted more than they had.
  if (changetype<Family>(family).type == COUNTER && !(high + low >= 0)) {
    if (!naming) return refusalNoted(REFUSED_COUNTER, definitionOf(family), high + low);
    high = 0;
    low = 0;
  }
  part = roomAddress(<u32>offsetof<Base>());
  if (part != 0) recordPut(part, missing ? 0 : BASE_SET, high, low, order, timestamp, <u32>offsetof<Base>());
  else status = EXHAUSTED;
  return part == 0 ? 0 : at;
}

function restTaken(family: usize, flags: u32, at: usize, end: usize): usize {
  if (hasShares(family)) return 0;
  if (isSummary(family)) {
    return (flags & SERIES_QUANTILES) != 0 ? quantilesTaken(family, at, end) : windowsTaken(family, at, end);
  }
  return bucketsTaken(family, at, end);
}

function sharesTaken(family: usize, at: usize, end: usize): usize {
  // Nothing else has no value.
  if (!hasShares(family)) return 0;
  const count = varint32Taken(at, end);
  at = takenEnd();
  // A slot and a double each.
  if (at == 0 || count > WRITERS_MAX || count * 9 > <u32>(end - at)) return 0;
  if (!made(8 + count * <u32>offsetof<PartShare>())) return 0;
  store<u64>(partListed(family, part), count);
  // Of the retired there are several processes, and a collector wrote them.
  if (!naming) writersBegun();
  let share = partList(family, part);
  for (let i: u32 = 0; i < count; i++, share += offsetof<PartShare>()) {
    const writer = varintTaken(at, end);
    const slot = (<u32>writer) & ((1 << SHARE_PROCESS_SHIFT) - 1);
    const process = writer >> SHARE_PROCESS_SHIFT;
    if (slot >= WRITERS_MAX || process > (naming ? <u64>u32.MAX_VALUE : 0)) return 0;
    const bits = wideTaken(takenEnd(), end);
    at = takenEnd();
    if (at == 0) return 0;
    if (!naming && !isFirstOf(slot)) return refusalNoted(REFUSED_WRITER, definitionOf(family), slot);
    changetype<PartShare>(share).slot = slot;
    changetype<PartShare>(share).process = <u32>process;
    changetype<PartShare>(share).value = reinterpret<f64>(bits);
  }
  if (count != 0) changetype<Base>(part).set = BASE_SET;
  return at;
}

/** A count of observations, which may be 0; false where there are too many. */
function isCounted(count: u64): bool {
  if (count > TOTAL_MOST) return false;
  total += count;
  return total <= TOTAL_MOST;
}

function quantilesTaken(family: usize, at: usize, end: usize): usize {
  const count = varintTaken(at, end);
  at = takenEnd();
  const bytes = definitionOf(family).quantileCount << 3;
  if (at == 0 || !isCounted(count) || <u32>(end - at) < bytes || !made(8 + bytes)) return 0;
  changetype<Base>(part).set = BASE_QUANTILES;
  store<u64>(partBehind(part), count);
  memory.copy(partBehind(part) + 8, at, bytes);
  return at + bytes;
}

/** Passes over the windows of a summary; the bytes that they take in a part, or -1 for nonsense. */
function windowsMeasured(at: usize, end: usize, count: u32): i32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    wordTaken(at, end);
    varint32Taken(takenEnd(), end);
    const positive = varint32Taken(takenEnd(), end);
    const negative = varint32Taken(takenEnd(), end);
    const entries = <u64>positive + negative;
    at = varintsPassed(takenEnd(), end, entries << 1);
    if (at == 0) return -1;
    bytes += <u32>offsetof<PartWindow>() + <u32>entries * <u32>offsetof<PartBin>();
  }
  return <i32>bytes;
}

function windowsTaken(family: usize, at: usize, end: usize): usize {
  const observed = varintTaken(at, end);
  const count = varint32Taken(takenEnd(), end);
  at = takenEnd();
  if (at == 0 || !isCounted(observed) || count > PART_WINDOWS_MAX) return 0;
  const bytes = windowsMeasured(at, end, count);
  if (bytes < 0 || !made(16 + <u32>bytes)) return 0;
  store<u64>(partBehind(part), observed);
  store<u64>(partListed(family, part), count);
  const most = <i64>(OCTAVES * multiplierOf(definitionOf(family).accuracy));
  let window = partList(family, part);
  for (let i: u32 = 0; i < count; i++) {
    const record = changetype<PartWindow>(window);
    record.stamp = wordTaken(at, end);
    record.zeros = varint32Taken(takenEnd(), end);
    record.positiveCount = varint32Taken(takenEnd(), end);
    record.negativeCount = varint32Taken(takenEnd(), end);
    at = binsTaken(takenEnd(), end, window + offsetof<PartWindow>(), record.positiveCount, most);
    window += offsetof<PartWindow>() + record.positiveCount * offsetof<PartBin>();
    at = binsTaken(at, end, window, record.negativeCount, most);
    window += record.negativeCount * offsetof<PartBin>();
    if (at == 0) return 0;
  }
  return at;
}

/** Takes the bins of one side of a window; where they end, 0 for nonsense. */
function binsTaken(at: usize, end: usize, to: usize, count: u32, most: i64): usize {
  let before: i64 = 0;
  for (let i: u32 = 0; i < count; i++, to += offsetof<PartBin>()) {
    const step = zigzagTaken(at, end);
    const observed = varint32Taken(takenEnd(), end);
    at = takenEnd();
    if (at == 0 || observed == 0 || !isNext(i, step, before, -most, most)) return 0;
    before += step;
    changetype<PartBin>(to).index = <i32>before;
    changetype<PartBin>(to).count = observed;
  }
  return at;
}

/** True where an index follows the one before on its side, within its bounds. */
function isNext(position: u32, step: i64, before: i64, least: i64, most: i64): bool {
  return (position == 0 || step > 0) && step >= least - before && step <= most - before;
}

/** Passes over how many entries there are on both sides, and these. */
function entriesPassed(at: usize, end: usize): usize {
  const positive = varint32Taken(at, end);
  const negative = varint32Taken(takenEnd(), end);
  return varintsPassed(takenEnd(), end, (<u64>positive + negative) << 1);
}

/** Passes over how many windows there are, and these. */
function windowsPassed(at: usize, end: usize): usize {
  let left = varint32Taken(at, end);
  at = takenEnd();
  for (; at != 0 && left != 0; left--) {
    wordTaken(at, end);
    at = entriesPassed(varintsPassed(takenEnd(), end, 1), end);
  }
  return at;
}

/** Passes over a part that is no number and no row of shares, as far as it is not nonsense; where it ends, 0 where it does not. */
export function partPassed(family: usize, flags: u32, at: usize, end: usize): usize {
  const value = flags & SERIES_VALUE;
  if (value == VALUE_NONE) return 0;
  at = valueTaken(value, at, end);
  if (isSummary(family)) {
    at = varintsPassed(at, end, 1);
    if ((flags & SERIES_QUANTILES) != 0) {
      const bytes = definitionOf(family).quantileCount << 3;
      at = at == 0 || <u32>(end - at) < bytes ? 0 : at + bytes;
    } else at = windowsPassed(at, end);
  } else {
    if (bucketBytes(family) != 0 && at != 0) {
      const count = varint32Taken(at, end);
      at = varintsPassed(takenEnd(), end, count);
    }
    if (changetype<Family>(family).type == NATIVE) at = entriesPassed(varintsPassed(at, end, 2), end);
  }
  if (at != 0 && (flags & SERIES_TIMESTAMP) != 0) {
    wideTaken(at, end);
    at = takenEnd();
  }
  return at;
}

/** Takes classic buckets, and where the family has native ones those behind. */
function bucketsTaken(family: usize, at: usize, end: usize): usize {
  const slots = bucketBytes(family) >> 3;
  const native = changetype<Family>(family).type == NATIVE;
  let count: u32 = 0;
  if (slots != 0) {
    count = varint32Taken(at, end);
    at = takenEnd();
    if (at == 0 || count > slots) return 0;
  }
  const behind = varintsPassed(at, end, count);
  const entries = native ? entriesMeasured(behind, end) : 0;
  if (behind == 0 || entries < 0) return 0;
  if (!made((slots << 3) + (native ? sparseBytes(<u32>entries) : 0))) return 0;
  const to = partBehind(part);
  memory.fill(to, 0, slots << 3);
  for (let i: u32 = 0; i < count; i++) {
    const observed = varintTaken(at, end);
    at = takenEnd();
    if (!isCounted(observed)) return 0;
    store<u64>(to + (i << 3), observed);
  }
  return native ? sparseTaken(family, at, end, <u32>entries) : at;
}

/** Passes over native buckets; how many there are, or -1 for nonsense. */
function entriesMeasured(at: usize, end: usize): i32 {
  at = varintsPassed(at, end, 2);
  const positive = varint32Taken(at, end);
  const negative = varint32Taken(takenEnd(), end);
  const entries = <u64>positive + negative;
  return varintsPassed(takenEnd(), end, entries << 1) == 0 ? -1 : <i32>entries;
}

function sparseTaken(family: usize, at: usize, end: usize, entries: u32): usize {
  const schema = zigzagTaken(at, end);
  const zeros = varintTaken(takenEnd(), end);
  if (schema < SCHEMA_LEAST || schema > definitionOf(family).schema) return 0;
  // What is counted into classic buckets, too, is counted twice.
  total = 0;
  if (!isCounted(zeros)) return 0;
  const sparse = baseSparse(family, part);
  sparseClear(sparse, entries, <i32>schema);
  const positive = varint32Taken(takenEnd(), end);
  const negative = varint32Taken(takenEnd(), end);
  at = takenEnd();
  const least = <i64>nativeIndex(SMALLEST, <i32>schema);
  const most = <i64>nativeIndex(f64.MAX_VALUE, <i32>schema);
  let before: i64 = 0;
  for (let i: u32 = 0; i < entries; i++) {
    const first = i == 0 || i == positive;
    if (first) before = 0;
    const step = zigzagTaken(at, end);
    const observed = varintTaken(takenEnd(), end);
    at = takenEnd();
    if (observed == 0 || !isCounted(observed) || !isNext(first ? 0 : i, step, before, least, most)) return 0;
    before += step;
    sparsePut(sparse, i, <i32>before, observed);
  }
  changetype<Sparse>(sparse).zeroCount = zeros;
  changetype<Sparse>(sparse).positiveCount = positive;
  changetype<Sparse>(sparse).negativeCount = negative;
  return at;
}
