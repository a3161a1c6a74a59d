// Records of known series of which a number is said and nothing else, one after the other, as most of a frame are. What they
// touch is touched in the order of the frame: for a series that this process alone has its place in the table of what is lent, and
// the part that is shown; for one that others have, too, its link, and the sum that is kept of its entry.

import { Base, BASE_SET, ImportedCell } from "../layout";
import { importedEnds } from "../store/detach";
import { isBound } from "./entries";
import { TAG_SERIES, VALUE_DOUBLE, VALUE_PAIR, VALUE_WHOLE } from "./format";
import { Lent, LENT_SHIFT, lentEnded, lentsMade } from "./lent";
import { entryChanged, entryMoved } from "./links";
import { Entry, Held, Link, linkPart } from "./mirror";
import { isAdded, recordPut } from "./number";
import { summedMoved } from "./summed";
import { WHOLE_MOST, wholeBytes, wholeOf } from "./varint";

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

/** Lends a link, whose process counts, at a place what is shown of its entry, if that is its number and nothing else. */
function lend(held: Held, place: u32, link: usize, saying: u32): Lent | null {
  const entry = changetype<Entry>(<usize>changetype<Link>(link).entry);
  if (entry.links != <u32>link || entry.changed != 0 || !isBound(changetype<usize>(entry))) return null;
  const shown: usize = changetype<ImportedCell>(<usize>entry.cell).part;
  if (shown == 0) return null;
  const part = changetype<Base>(shown);
  if (part.set != BASE_SET || reinterpret<u64>(part.low) != 0 || part.order != 0 || reinterpret<u64>(part.timestamp) != 0) return null;
  const lents = lentsMade(held);
  if (lents == 0) return null;
  const lent = changetype<Lent>(lents + (place << LENT_SHIFT));
  lent.said = saying;
  lent.value = part.high;
  lent.part = shown;
  changetype<Link>(link).lent = changetype<usize>(lent);
  return lent;
}

/** Shows a number where it is lent. */
function lentSet(lent: Lent, value: f64, saying: u32): void {
  lent.said = saying;
  if (reinterpret<u64>(lent.value) == reinterpret<u64>(value)) return;
  lent.value = value;
  const part = changetype<Base>(<usize>lent.part);
  part.high = value;
  // Says that the series is not idle: expiry.ts.
  part.includes++;
}

/** Gives a number to a link, and its entry to those that are published. */
function linkNumbered(source: usize, link: usize, high: f64, low: f64, saying: u32, adding: bool): void {
  const entry: usize = changetype<Link>(link).entry;
  if (adding && summedMoved(entry, link, high, low)) entryMoved(source, entry);
  else entryChanged(source, entry);
  // Not before: what was lent ends there.
  changetype<Link>(link).said = saying;
  recordPut(linkPart(link), BASE_SET, high, low, 0, 0, <u32>offsetof<Base>());
}

/**
 * Takes records from `at` on of a family of which a process, that counts, has `held`; where the first one is that is to be taken the long way.
 * `first` is the position before.
 */
export function numbersTaken(source: usize, family: usize, held: Held, saying: u32, first: u32, at: usize, stop: usize): usize {
  const adding = isAdded(family);
  const links: usize = held.links;
  const capacity = held.capacity;
  // Before what is lent is looked at, and what is to be: an ending in between shows the next time.
  const ends = importedEnds();
  if (held.ends != ends) lentsChecked(held, ends);
  let lents: usize = held.lents;
  position = first;
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
      plain = value - value == 0 && reinterpret<u64>(value) != NEGATIVE_ZERO;
      from += 8;
    } else if (tag == (TAG_SERIES | VALUE_PAIR) && stop - at > 16) {
      value = load<f64>(from);
      low = load<f64>(from, 8);
      plain = false;
      from += 16;
    } else break;
    if (from > stop) break;
    const lent = changetype<Lent>(lents + (place << LENT_SHIFT));
    if (plain && lents != 0 && lent.part != 0) lentSet(lent, value, saying);
    else {
      const link: usize = load<u32>(links + (place << 2));
      if (link == 0) break;
      const taken = plain && changetype<Link>(link).next == 0 ? lend(held, place, link, saying) : null;
      lents = held.lents;
      if (taken != null) lentSet(taken, value, saying);
      else linkNumbered(source, link, value, low, saying, adding);
    }
    position = place;
    at = from;
  }
  return at;
}
