// What a process has of a series, given by the binding and not by an image: what other programs leave, read elsewhere. It
// becomes a link like any other. What is as it was changes nothing.

import { Base, BASE_SET, Definition, Family, SUMMARY } from "../layout";
import { EXHAUSTED, GONE, NO_WRITER, OK, REFUSED } from "../status";
import { isLive } from "../store/series";
import { limboSift } from "../store/limbo";
import { bucketBytes } from "../store/list";
import { begin, end, ownWriter, roomAddress } from "../store/writer";
import { entryOf } from "./entries";
import { knownFamily, knownLed, knownOf } from "./known";
import { entryChanged, heldAt, heldMade, isPlace, linkEnd, linkMade, linkSet, placeAt, placeMade } from "./links";
import { Held, Link, linkPart, Process } from "./mirror";
import { familyDropped } from "./processes";

/** Says that a number of a process stands for a family of this memory. */
export function givenFamily(process: usize, index: u32, family: usize, state: u32): i32 {
  if (!begin()) return NO_WRITER;
  const status = isLive(family, state) ? numbered(process, index, family, state) : GONE;
  end();
  return status;
}

function numbered(process: usize, index: u32, family: usize, state: u32): i32 {
  const definition: usize = changetype<Family>(family).definition;
  const known = knownOf(changetype<Process>(process).source, definition, changetype<Definition>(definition).length);
  const held = heldMade(process, index);
  if (known == 0 || held == 0) return EXHAUSTED;
  if (changetype<Held>(held).known != <u32>known) familyDropped(process, held);
  knownLed(known, family, state);
  changetype<Held>(held).known = known;
  return OK;
}

/** A part in the room: a value, and so many bytes of buckets or of a summary's count; 0 without memory. */
function partGiven(family: usize, value: f64, tail: usize): usize {
  const buckets = bucketBytes(family);
  // A summary's windows: none.
  const bytes = <u32>offsetof<Base>() + buckets + (changetype<Family>(family).type == SUMMARY ? 8 : 0);
  const part = roomAddress(bytes);
  if (part == 0) return 0;
  memory.fill(part, 0, bytes);
  const record = changetype<Base>(part);
  record.set = BASE_SET;
  record.high = value;
  record.order = 1;
  record.bytes = bytes;
  memory.copy(part + offsetof<Base>(), tail, buckets);
  return part;
}

function given(process: usize, index: u32, position: u32, length: u32, value: f64, tailAt: u32): i32 {
  const held = heldAt(process, index);
  if (held == 0 || changetype<Held>(held).known == 0) return REFUSED;
  const known: usize = changetype<Held>(held).known;
  const family = knownFamily(known);
  if (family == 0) return GONE;
  const input: usize = ownWriter().input;
  const place = isPlace(process, held, position) ? placeMade(process, held, position) : 0;
  if (place == 0) return EXHAUSTED;
  const source: usize = changetype<Process>(process).source;
  let link: usize = load<u32>(place);
  const part = partGiven(family, value, input + tailAt);
  if (part == 0) return EXHAUSTED;
  if (link != 0) {
    const bytes = changetype<Base>(part).bytes;
    if (changetype<Base>(linkPart(link)).bytes == bytes && memory.compare(linkPart(link), part, bytes) == 0) return OK;
    entryChanged(source, changetype<Link>(link).entry);
    return linkSet(place, part) ? OK : EXHAUSTED;
  }
  const entry = entryOf(source, known, family, input, length);
  if (entry < 0) return entry;
  link = linkMade(<usize>entry, process, part);
  if (link == 0) return EXHAUSTED;
  store<u32>(place, link);
  changetype<Held>(held).count++;
  entryChanged(source, <usize>entry);
  return OK;
}

/**
 * Sets the series at a position of a family's number. Its label block, `length` bytes, is in the input, and so are its buckets
 * or its count, u64 each, at `tailAt` behind; a process has no other parts. GONE: the family is to be said anew.
 */
export function givenSet(process: usize, index: u32, position: u32, length: u32, value: f64, tailAt: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const status = given(process, index, position, length, value, tailAt);
  end();
  return status;
}

/** Ends the series at a position. */
export function givenGone(process: usize, index: u32, position: u32): i32 {
  if (!begin()) return NO_WRITER;
  const held = heldAt(process, index);
  const place = held == 0 ? 0 : placeAt(held, position);
  const link: usize = place == 0 ? 0 : load<u32>(place);
  if (link != 0) {
    store<u32>(place, 0);
    entryChanged(changetype<Process>(process).source, changetype<Link>(link).entry);
    linkEnd(link);
    changetype<Held>(held).count--;
  }
  end();
  return OK;
}
