// Records of known series of which a number is said and nothing else, one after the other, as most of a frame are. What they
// touch is touched in the order of the frame: the table of what is lent, and what is: lent.ts.

import { Base, BASE_SET, COUNTER, Family, ImportedCell } from "../layout";
import { importedEnds } from "../store/detach";
import { outputAddress } from "../store/writer";
import { isBound } from "./entries";
import { TAG_ENTER, TAG_SERIES, VALUE_DOUBLE, VALUE_PAIR, VALUE_WHOLE } from "./format";
import { Lent, LENT_SHIFT, LENT_SUM, lentEnded, lentsMade } from "./lent";
import { entryChanged, entryMoved, heldAt } from "./links";
import { Entry, Held, Link, linkPart } from "./mirror";
import { isAdded, recordPut } from "./number";
import { SUM_LISTED, summedMoved, summedOf } from "./summed";
import { takenEnd, varint32Taken, WHOLE_MOST, wholeBytes, wholeOf } from "./varint";

/** 0 alone keeps its sign in no sum. */
const NEGATIVE_ZERO: u64 = 0x8000000000000000;
let position: u32 = 0;

/** The position of the record that was taken last. */
export function numbersPosition(): u32 {
  return position;
}

/** Ends what is lent of series that have ended here since it was looked at last. */
function lentsChecked(held: Held, ends: u32): void {
  for (let i: u32 = 0; i < held.capacity; i++) {
    const link: usize = load<u32>(<usize>held.links + (i << 2));
    if (link != 0 && changetype<Link>(link).lent != 0 && !isBound(changetype<Link>(link).entry)) lentEnded(link);
  }
  held.ends = ends;
}

/** What may be lent to a link, to which nothing is and whose process counts; 0 for none. */
function lendable(link: usize, adding: bool): usize {
  const record = changetype<Link>(link);
  const entry = changetype<Entry>(<usize>record.entry);
  if (record.next != 0 || record.before != 0) {
    const kept = adding ? summedOf(record.entry) : 0;
    return kept != 0 && reinterpret<u64>(changetype<Base>(linkPart(link)).low) == 0 ? kept | LENT_SUM : 0;
  }
  if (entry.changed != 0 || !isBound(record.entry)) return 0;
  const shown: usize = changetype<ImportedCell>(<usize>entry.cell).part;
  if (shown == 0) return 0;
  const part = changetype<Base>(shown);
  const only = part.set == BASE_SET && reinterpret<u64>(part.low) == 0 && part.order == 0 && reinterpret<u64>(part.timestamp) == 0;
  return only ? shown : 0;
}

/** Lends a link at a place what may be; null where nothing is. */
function lend(held: Held, place: u32, link: usize, adding: bool): Lent | null {
  const what = lendable(link, adding);
  const lents: usize = what == 0 ? 0 : lentsMade(held);
  if (lents == 0) return null;
  const lent = changetype<Lent>(lents + (place << LENT_SHIFT));
  lent.said = changetype<Link>(link).said;
  lent.value = changetype<Base>(linkPart(link)).high;
  lent.what = what;
  changetype<Link>(link).lent = changetype<usize>(lent);
  return lent;
}

/** Lets a sum that is kept follow a number; false where it does not stand, or the number does not fit. */
function sumMoved(source: usize, kept: usize, from: f64, to: f64): bool {
  if (reinterpret<u64>(from) == reinterpret<u64>(to)) return true;
  const entry = summedMoved(kept, from, to);
  if (entry == 0) return false;
  if (entry != SUM_LISTED) entryMoved(source, entry);
  return true;
}

/** Stores a number where it is lent; false where it is to be stored in the link, by what it was lent before. */
function lentSet(source: usize, lent: Lent, value: f64, saying: u32): bool {
  const what: usize = lent.what;
  if ((what & LENT_SUM) != 0) {
    if (!sumMoved(source, what & ~LENT_SUM, lent.value, value)) return false;
    lent.said = saying;
    lent.value = value;
    return true;
  }
  lent.said = saying;
  if (reinterpret<u64>(lent.value) == reinterpret<u64>(value)) return true;
  lent.value = value;
  const part = changetype<Base>(what);
  part.high = value;
  // Says that the series is not idle: expiry.ts.
  part.includes++;
  return true;
}

/** Gives a number to a link, and its entry to those that are published. */
function linkNumbered(source: usize, link: usize, high: f64, low: f64, saying: u32, adding: bool): void {
  lentEnded(link);
  const entry: usize = changetype<Link>(link).entry;
  const part = changetype<Base>(linkPart(link));
  const kept = adding ? summedOf(entry) : 0;
  if (kept == 0 || !sumMoved(source, kept, part.low, low) || !sumMoved(source, kept, part.high, high)) entryChanged(source, entry);
  changetype<Link>(link).said = saying;
  recordPut(changetype<usize>(part), BASE_SET, high, low, 0, 0, <u32>offsetof<Base>());
}

/** Numbers before those that a frame stored, in its order: 64 KiB are more than what most frames say. */
const BEFORE_BYTES: u32 = 65536;
/** Where the next one is kept; 0 where none is. */
let before: usize = 0;
let beforeEnd: usize = 0;

/** From here on numbers that are lent are kept, and all others left to be looked at: nothing else uses this writer's output meanwhile. */
export function numbersBegun(): void {
  before = outputAddress(BEFORE_BYTES);
  beforeEnd = before == 0 ? 0 : before + BEFORE_BYTES;
}

/** Keeps none any more. */
export function numbersSure(): void {
  before = 0;
}

/** Gives the number at a place back that it had before. */
function numberReturned(source: usize, held: Held, place: u32, value: f64): void {
  const lent = changetype<Lent>(<usize>held.lents + (place << LENT_SHIFT));
  if (held.lents != 0 && lent.what != 0 && lentSet(source, lent, value, 0)) return;
  const link: usize = load<u32>(<usize>held.links + (place << 2));
  linkNumbered(source, link, value, 0, 0, false);
}

/** Gives back all numbers that were kept, of the records of a process from `at` to `end`, which are nothing but those and what enters a family. */
export function numbersReturned(source: usize, process: usize, at: usize, end: usize): void {
  if (before == 0) return;
  let old = beforeEnd - BEFORE_BYTES;
  let held = changetype<Held>(0);
  let place: u32 = 0;
  before = 0;
  while (at < end) {
    const tag: u32 = load<u8>(at++);
    const number = varint32Taken(at, end);
    at = takenEnd();
    if (tag == TAG_ENTER) {
      held = changetype<Held>(heldAt(process, number));
      place = -1;
      continue;
    }
    place += number + 1;
    numberReturned(source, held, place, load<f64>(old));
    old += 8;
    if (tag == (TAG_SERIES | VALUE_DOUBLE)) at += 8;
    else at += wholeBytes(load<u64>(at));
  }
}

/**
 * Takes records from `at` on of a family of which a process, that counts, has `held`; where the first one is that is to be taken the long way, or,
 * while numbers are kept, to be looked at. `first` is the position before.
 */
export function numbersTaken(source: usize, family: usize, held: Held, saying: u32, first: u32, at: usize, stop: usize): usize {
  const adding = isAdded(family);
  // What is refused is taken the long way, which says why.
  const counting = changetype<Family>(family).type == COUNTER;
  const links: usize = held.links;
  const capacity = held.capacity;
  // Before what is lent is looked at, and what is to be: an ending in between shows the next time.
  const ends = importedEnds();
  if (held.ends != ends) lentsChecked(held, ends);
  let lents: usize = held.lents;
  position = first;
  const keeps = before != 0;
  const oldEnd = beforeEnd;
  let old = before;
  while (at < stop) {
    // Up to 10 bytes behind the frame's end may be read: the room has them, and what was read of them is not believed.
    const tag: u32 = load<u8>(at);
    let step: u32 = load<u8>(at, 1);
    let from = at + 2;
    if (step > 127) {
      const more: u32 = load<u8>(at, 2);
      if (more > 127) break;
      step = (step & 127) | (more << 7);
      from++;
    }
    const place = position + step + 1;
    if (place >= capacity) break;
    let value: f64 = 0;
    let low: f64 = 0;
    let plain = true;
    if (tag == (TAG_SERIES | VALUE_WHOLE)) {
      const word = load<u64>(from);
      const bytes = wholeBytes(word);
      const whole = wholeOf(word, bytes);
      if (bytes == 0 || whole > WHOLE_MOST) break;
      value = <f64>(<i64>whole);
      from += bytes;
    } else if (tag == (TAG_SERIES | VALUE_DOUBLE)) {
      value = load<f64>(from);
      if (counting && !(value >= 0)) break;
      plain = value - value == 0 && reinterpret<u64>(value) != NEGATIVE_ZERO;
      from += 8;
    } else if (tag == (TAG_SERIES | VALUE_PAIR) && stop - at > 16) {
      value = load<f64>(from);
      low = load<f64>(from, 8);
      if (counting && !(value + low >= 0)) break;
      plain = false;
      from += 16;
    } else break;
    if (from > stop) break;
    const lent = changetype<Lent>(lents + (place << LENT_SHIFT));
    const lends = plain && lents != 0 && lent.what != 0;
    if (keeps) {
      if (!lends || old == oldEnd) break;
      store<f64>(old, lent.value);
      if (!lentSet(source, lent, value, saying)) break;
      old += 8;
    } else if (!lends || !lentSet(source, lent, value, saying)) {
      const link: usize = load<u32>(links + (place << 2));
      if (link == 0) break;
      lentEnded(link);
      const taken = plain ? lend(held, place, link, adding) : null;
      lents = held.lents;
      if (taken == null || !lentSet(source, taken, value, saying)) linkNumbered(source, link, value, low, saying, adding);
    }
    position = place;
    at = from;
  }
  before = old;
  return at;
}
