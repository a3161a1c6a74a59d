// Parts that were replaced, for the next ones that are shown. What is shown of a series is never written to: a new part takes its
// place, and readers may still look at the old one until the cold verb that they are in has ended. The limbo says when that is, but a
// note there and the free lists cost a dozen exchanges a part, several times what adding it up does. So a source
// keeps the last ones that it replaced by itself, with the epoch of that moment, in the order in which they were replaced. Where nobody
// reads, a round in which all series change goes along with as many parts as one batch shows.
//
// What was replaced in an epoch may be known to the verbs that began in it or before; so there must be a later one before it
// is used again: `sparesEnded` begins it, once a batch. What there is no room for, while somebody reads for long, goes into the limbo.
//
// The thread may die at any moment: a part is out of the list before it is used, and not shown any more before it is in it. A death
// loses one.

import { give, sizeClassOf, take } from "../memory/arena";
import { Base, KIND_PLAIN } from "../layout";
import { epochNext, epochNow, oldestBusy, retire } from "../store/limbo";
import { Source } from "./mirror";

/** More than one batch of publishing shows, so that all of one find room while the next one uses them. */
const SPARES_MOST: u32 = 126;
/*
 * A block of SPARES_BYTES, private to the source's thread
 *   0 first u32  place of the oldest
 *   4 count u32
 *   8 {part u32, epoch u32} × SPARES_MOST, around the end
 */
const SPARES_BYTES: u32 = 8 + SPARES_MOST * 8;

let spares: usize = 0;
let oldest: u32 = 0;
let kept: bool = false;

function bytesOf(part: usize): u32 {
  return changetype<Base>(part).bytes;
}

/** Where the part is that is so many behind the oldest. */
function placeAt(behind: u32): usize {
  const place = load<u32>(spares) + behind;
  return spares + 8 + ((place >= SPARES_MOST ? place - SPARES_MOST : place) << 3);
}

/** Takes the oldest out; its address. */
function taken(): usize {
  const part: usize = load<u32>(placeAt(0));
  const next = load<u32>(spares) + 1;
  store<u32>(spares, load<u32>(spares, 4) - 1, 4);
  store<u32>(spares, next == SPARES_MOST ? 0 : next);
  return part;
}

/** Begins a batch; not in a cold verb, which would be one that may look at them. */
export function sparesBegun(source: usize): void {
  spares = changetype<Source>(source).spares;
  kept = false;
  if (spares == 0) {
    spares = take(SPARES_BYTES, KIND_PLAIN, false);
    if (spares == 0) return;
    store<u64>(spares, 0);
    changetype<Source>(source).spares = spares;
  }
  oldest = load<u32>(spares, 4) == 0 ? epochNow() : oldestBusy();
}

/** A block of so many bytes, which nobody looks at; 0 without memory. */
export function spareTaken(bytes: u32): usize {
  while (spares != 0 && load<u32>(spares, 4) != 0 && <i32>(load<u32>(placeAt(0), 4) - oldest) < 0) {
    const part = taken();
    if (sizeClassOf(bytesOf(part)) == sizeClassOf(bytes)) return part;
    give(part, bytesOf(part), KIND_PLAIN);
  }
  return take(bytes, KIND_PLAIN, false);
}

/** Keeps a part that is not shown any more. */
export function spareKept(part: usize): void {
  const count: u32 = spares == 0 ? SPARES_MOST : load<u32>(spares, 4);
  if (count == SPARES_MOST) {
    retire(part, bytesOf(part), KIND_PLAIN);
    return;
  }
  const place = placeAt(count);
  store<u32>(place, part);
  store<u32>(place, epochNow(), 4);
  store<u32>(spares, count + 1, 4);
  kept = true;
}

/** Ends a batch. */
export function sparesEnded(): void {
  if (kept) epochNext();
  spares = 0;
}

/** Leaves a source's parts to the limbo. */
export function sparesRetired(source: usize): void {
  spares = changetype<Source>(source).spares;
  while (spares != 0 && load<u32>(spares, 4) != 0) {
    const part = taken();
    retire(part, bytesOf(part), KIND_PLAIN);
  }
  spares = 0;
}

/** Gives the block back, in which there is nothing any more. */
export function sparesGiven(source: usize): void {
  const block: usize = changetype<Source>(source).spares;
  changetype<Source>(source).spares = 0;
  if (block != 0) give(block, SPARES_BYTES, KIND_PLAIN);
}
