// Parts: what one process, or several, have of one series. A part is a Base, and behind it stands what the family's type
// asks for; it holds no address, so that it may be copied as it is.
//
//   histogram, gauge histogram, native with classic buckets     buckets, u64 × (boundCount + 1), not cumulative
//   native histogram, behind them                               a Sparse
//   summary                                                     count u64; with BASE_QUANTILES an f64 for each quantile,
//                                                               else windowCount u32, reserved u32, PartWindow each
//   gauge that prints all                                       count u32, reserved u32, PartShare each
//
// `set` is BASE_SET where there is a value: not of a gauge that nobody has set, nor of one that prints all and has none.
// `includes` is 0 in all of them, but for what is shown and lent: lent.ts.

import {
  Base,
  COUNTER,
  Definition,
  Family,
  GAUGE,
  GAUGE_HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_MOSTRECENT,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../layout";
import { AGE_BUCKETS_MAX } from "../metric/summary";
import { roomAddress } from "../store/writer";
import { recordPut } from "./number";

/** Those of several writers lie apart: one window of each begins before the oldest, and one lies in the future. */
export const PART_WINDOWS_MAX: u32 = AGE_BUCKETS_MAX + 2;

export function partBehind(part: usize): usize {
  return part + offsetof<Base>();
}

export function definitionOf(family: usize): Definition {
  return changetype<Definition>(<usize>changetype<Family>(family).definition);
}

/** True for a gauge that prints the values of all writers. */
export function hasShares(family: usize): bool {
  const record = changetype<Family>(family);
  return record.type == GAUGE && (record.mode & ~MODE_LIVE) == MODE_ALL;
}

/** True for families whose parts are one number, and nothing behind it. */
export function isNumber(family: usize): bool {
  const type = changetype<Family>(family).type;
  return (type == GAUGE && !hasShares(family)) || type == COUNTER || type == INFO || type == STATESET || type == UNKNOWN;
}

/** True where the newest value counts. */
export function hasOrder(family: usize): bool {
  const record = changetype<Family>(family);
  return record.type == INFO || (record.type == GAUGE && (record.mode & ~MODE_LIVE) == MODE_MOSTRECENT);
}

/** True where the series have no cells, but are set as a whole. */
export function isWhole(family: usize): bool {
  const type = changetype<Family>(family).type;
  return type == INFO || type == GAUGE_HISTOGRAM;
}

export function isSummary(family: usize): bool {
  return changetype<Family>(family).type == SUMMARY;
}

/** Of a summary without quantiles, or a gauge that prints all: where their number stands. */
export function partListed(family: usize, part: usize): usize {
  return partBehind(part) + (isSummary(family) ? 8 : 0);
}

/** And where the first of them is. */
export function partList(family: usize, part: usize): usize {
  return partListed(family, part) + 8;
}

/** An empty part with so many bytes behind its record, which are not touched, in this writer's room; 0 without memory. */
export function partMade(behind: u32): usize {
  const part = roomAddress(<u32>offsetof<Base>() + behind);
  if (part != 0) partCleared(part, behind);
  return part;
}

/** Makes the record of a part, wherever it lies; `behind` is a multiple of 8. */
export function partCleared(part: usize, behind: u32): void {
  recordPut(part, 0, 0, 0, 0, 0, <u32>offsetof<Base>() + behind);
  // A Sparse may end with half a word that nothing is put into: equal parts have equal bytes.
  if (behind != 0) store<u64>(part + offsetof<Base>() + behind - 8, 0);
}

/** Copies a part to a block of its `bytes`; word by word as far as all have it, for the engine calls out of the module to copy. */
export function partCopied(to: usize, part: usize, bytes: u32): void {
  for (let at: usize = 0; at < offsetof<Base>(); at += 8) store<u64>(to + at, load<u64>(part + at));
  if (bytes != <u32>offsetof<Base>()) memory.copy(partBehind(to), partBehind(part), bytes - <u32>offsetof<Base>());
}

/** True where two parts say the same. */
export function partsEqual(one: usize, other: usize): bool {
  for (let at: usize = 0; at < offsetof<Base>(); at += 8) if (load<u64>(one + at) != load<u64>(other + at)) return false;
  return memory.compare(partBehind(one), partBehind(other), changetype<Base>(one).bytes - <u32>offsetof<Base>()) == 0;
}
