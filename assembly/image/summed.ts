// Sums of one number over many processes that follow each change: what a process said before is taken out of the sum, and what it says
// now is added. Else a series that 50 processes have would be added up anew for a change of one of them, from 50 places in the memory.
//
// A sum is kept where a series has so many links that this is worth its bytes, where all of them say a number and nothing else, and where
// those numbers fit: exact.ts. It is believed until something else than one link's number changes; whatever changes the links of an
// entry, whether they count, or what else they say, ends it, and the next publishing adds up what there is and keeps that.
//
// It is lent to the links: lent.ts. What is kept is what adding up would find: of the same numbers it is the same sum, to the last digit.

import { give, take } from "../memory/arena";
import { Base, BASE_SET, KIND_PLAIN } from "../layout";
import { ownWriter } from "../store/writer";
import { exactAdd, exactClear, exactCopy, exactMove, EXACT_BYTES } from "./exact";
import { Entry } from "./mirror";

/** Fewer links are added up as fast. */
const LINKS_LEAST: i32 = 4;
/** As many as an exact sum has room for. */
const LINKS_MOST: i32 = 65536;
/*
 * Sum, private to the source's thread
 *   0 an exact sum
 *  24 stands u32  BROKEN; STANDS while it is the sum of the entry's links; MOVED where it has changed since, too, and the entry is listed
 *  28 entry  u32
 */
const SUM_BYTES: u32 = EXACT_BYTES + 8;
const BROKEN: u32 = 0;
const STANDS: u32 = 1;
const MOVED: u32 = 2;
/** No entry's address. */
export const SUM_LISTED: usize = 1;

/** Links whose numbers were added; -1 where one of them cannot be kept so. */
let links: i32 = 0;
/** The exact sum of them. */
let sum: usize = 0;

/** Begins to add up. */
export function summedBegun(): void {
  links = 0;
  sum = ownWriter().scratch;
  exactClear(sum);
}

/** Adds what a link says. */
export function summedAdded(part: Base): void {
  if (links < 0) return;
  const plain = part.set == BASE_SET && part.order == 0 && reinterpret<u64>(part.timestamp) == 0;
  links = plain && exactAdd(sum, part.high) && exactAdd(sum, part.low) ? links + 1 : -1;
}

/** Ends adding up the links of an entry: the exact sum, which is kept where there is memory for it; 0 where there is none. */
export function summedEnded(entry: usize): usize {
  if (links < LINKS_LEAST || links > LINKS_MOST) return 0;
  const record = changetype<Entry>(entry);
  if (record.sum == 0) record.sum = take(SUM_BYTES, KIND_PLAIN, false);
  if (record.sum != 0) {
    exactCopy(record.sum, sum);
    store<u32>(record.sum, STANDS, EXACT_BYTES);
    store<u32>(record.sum, entry, EXACT_BYTES + 4);
  }
  return sum;
}

/** A copy of the exact sum that is kept of an entry; 0 where there is none that stands. */
export function summedThere(entry: usize): usize {
  const kept = summedOf(entry);
  if (kept == 0) return 0;
  sum = ownWriter().scratch;
  exactCopy(sum, kept);
  return sum;
}

/** Says that the sum of an entry's links is another one by now. */
export function summedBroken(entry: usize): void {
  const kept: usize = changetype<Entry>(entry).sum;
  if (kept != 0) store<u32>(kept, BROKEN, EXACT_BYTES);
}

/** The sum that is kept of an entry, itself; 0 where there is none that stands. */
export function summedOf(entry: usize): usize {
  const kept: usize = changetype<Entry>(entry).sum;
  return kept != 0 && load<u32>(kept, EXACT_BYTES) != BROKEN ? kept : 0;
}

/** Notes that an entry is in no list of changes any more. */
export function summedListed(entry: usize): void {
  const kept = summedOf(entry);
  if (kept != 0) store<u32>(kept, STANDS, EXACT_BYTES);
}

/**
 * Lets a sum that is kept follow a number that is another one by now. The entry that is to be listed for it; SUM_LISTED where it is already,
 * 0 where the sum does not stand, or the number does not fit.
 */
export function summedMoved(kept: usize, from: f64, to: f64): usize {
  const stands = load<u32>(kept, EXACT_BYTES);
  if (stands == BROKEN || !exactMove(kept, from, to)) return 0;
  if (stands == MOVED) return SUM_LISTED;
  store<u32>(kept, MOVED, EXACT_BYTES);
  return load<u32>(kept, EXACT_BYTES + 4);
}

/** Gives back what is kept of an entry. */
export function summedGiven(entry: usize): void {
  const kept: usize = changetype<Entry>(entry).sum;
  changetype<Entry>(entry).sum = 0;
  if (kept != 0) give(kept, SUM_BYTES, KIND_PLAIN);
}
