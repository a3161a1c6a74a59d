// Links: what a process has of a series, in the list of its entry and at a number of its image.

import { give, take } from "../memory/arena";
import { Base, KIND_PLAIN } from "../layout";
import { lentEnded, lentsEnded, lentsGiven } from "./lent";
import { Entry, Held, HELD_BYTES, isRetired, LAST_CHANGED, Link, linkBytes, linkPart, Process, Source } from "./mirror";
import { partCopied } from "./part";
import { summedBroken } from "./summed";

/** Positions that an image may leave free: it numbers them as its tables do, and those fill the lowest first. */
const FREE_MOST: u32 = 65536;
/** And all tables of one process: 16 MiB, however many families it says that it has. */
const PLACES_FREE_MOST: u32 = 4194304;
const CAPACITY_FIRST: u32 = 8;
/** Families of one image; their numbers are those of a table, too. */
export const FAMILIES_MOST: u32 = 65536;

/** Puts an entry into the list of those to publish, of which anything may have changed. */
export function entryChanged(source: usize, entry: usize): void {
  summedBroken(entry);
  if (changetype<Entry>(entry).changed != 0) return;
  entryMoved(source, entry);
  lentEnded(changetype<Entry>(entry).links);
}

/** The same with an entry of which a sum is kept, that has followed: what is lent of it is that. */
export function entryMoved(source: usize, entry: usize): void {
  if (changetype<Entry>(entry).changed != 0) return;
  changetype<Entry>(entry).changed = changetype<Source>(source).changed;
  changetype<Source>(source).changed = entry;
}
if (LAST_CHANGED == 0) ERROR("0 says that an entry is in no list");

/** A larger block of `unit` bytes each, with what the old one has; 0 without memory. */
function grown(block: usize, capacity: u32, wanted: u32, unit: u32): usize {
  const bytes = wanted * unit;
  const made = take(bytes, KIND_PLAIN, false);
  if (made == 0) return 0;
  memory.copy(made, block, capacity * unit);
  memory.fill(made + capacity * unit, 0, bytes - capacity * unit);
  return made;
}

/** What a process has of the family at a number below FAMILIES_MOST, made where there is none; 0 without memory. */
export function heldMade(process: usize, index: u32): usize {
  const record = changetype<Process>(process);
  if (index >= record.capacity) {
    let wanted = max<u32>(record.capacity, CAPACITY_FIRST);
    while (wanted <= index) wanted <<= 1;
    const block = grown(record.held, record.capacity, wanted, HELD_BYTES);
    if (block == 0) return 0;
    const old: usize = record.held;
    const bytes = record.capacity * HELD_BYTES;
    record.held = block;
    record.capacity = wanted;
    if (old != 0) give(old, bytes, KIND_PLAIN);
  }
  return heldAt(process, index);
}

/** What a process has of the family at a number, whether it knows of one or not; 0 beyond its last. */
export function heldAt(process: usize, index: u32): usize {
  const record = changetype<Process>(process);
  return index < record.capacity ? <usize>record.held + index * HELD_BYTES : 0;
}

function capacityFor(capacity: u32, position: u32): u32 {
  let wanted = max<u32>(capacity, CAPACITY_FIRST);
  while (wanted <= position) wanted <<= 1;
  return wanted;
}

/** False for a position that no table has: one that leaves so many free that nobody can have had so many series. */
export function isPlace(process: usize, held: usize, position: u32): bool {
  const record = changetype<Held>(held);
  if (position < record.capacity) return true;
  if (position > (record.count << 1) + FREE_MOST) return false;
  const places = changetype<Process>(process).places - record.capacity + capacityFor(record.capacity, position);
  return places <= (changetype<Process>(process).count << 2) + PLACES_FREE_MOST;
}

/** Where the link at a position, for which `isPlace` is true, is kept; 0 without memory. */
export function placeMade(process: usize, held: usize, position: u32): usize {
  const record = changetype<Held>(held);
  if (position >= record.capacity) {
    const wanted = capacityFor(record.capacity, position);
    const block = grown(record.links, record.capacity, wanted, 4);
    if (block == 0) return 0;
    lentsEnded(record);
    const old: usize = record.links;
    const bytes = record.capacity << 2;
    changetype<Process>(process).places += wanted - record.capacity;
    record.links = block;
    record.capacity = wanted;
    if (old != 0) give(old, bytes, KIND_PLAIN);
  }
  return placeAt(held, position);
}

export function placeAt(held: usize, position: u32): usize {
  const record = changetype<Held>(held);
  return position < record.capacity ? <usize>record.links + (position << 2) : 0;
}

/** A link of an entry with a copy of a part, in the entry's list; 0 without memory. */
export function linkMade(entry: usize, process: usize, part: usize): usize {
  const bytes = linkBytes(part);
  const link = take(bytes, KIND_PLAIN, false);
  if (link == 0) return 0;
  const record = changetype<Link>(link);
  record.entry = entry;
  record.process = process;
  record.bytes = bytes;
  record.said = 0;
  record.lent = 0;
  record.before = 0;
  record.next = changetype<Entry>(entry).links;
  lentEnded(record.next);
  partCopied(linkPart(link), part, changetype<Base>(part).bytes);
  if (record.next != 0) changetype<Link>(record.next).before = link;
  changetype<Entry>(entry).links = link;
  summedBroken(entry);
  changetype<Process>(process).count++;
  return link;
}

/** True where a process that is not among the retired has something of an entry. */
export function isHeld(entry: usize): bool {
  let link: usize = changetype<Entry>(entry).links;
  while (link != 0 && isRetired(link)) link = changetype<Link>(link).next;
  return link != 0;
}

/** Takes a link out of its entry's list. */
function unlinked(link: usize): void {
  const record = changetype<Link>(link);
  if (record.before != 0) changetype<Link>(record.before).next = record.next;
  else changetype<Entry>(record.entry).links = record.next;
  if (record.next != 0) changetype<Link>(record.next).before = record.before;
  summedBroken(record.entry);
}

/** Ends a link; whoever kept its address has forgotten it. */
export function linkEnd(link: usize): void {
  lentEnded(link);
  unlinked(link);
  changetype<Process>(changetype<Link>(link).process).count--;
  give(link, changetype<Link>(link).bytes, KIND_PLAIN);
}

/** Moves a link into the list of another entry of the same series. */
export function linkMoved(link: usize, entry: usize): void {
  lentEnded(link);
  unlinked(link);
  const record = changetype<Link>(link);
  record.entry = entry;
  record.before = 0;
  record.next = changetype<Entry>(entry).links;
  lentEnded(record.next);
  if (record.next != 0) changetype<Link>(record.next).before = link;
  changetype<Entry>(entry).links = link;
  summedBroken(entry);
}

/** Gives a part to the link at a place: into its block, or into a larger one. False without memory; it stays as it was. */
export function linkSet(place: usize, part: usize): bool {
  const link: usize = load<u32>(place);
  lentEnded(link);
  if (linkBytes(part) <= changetype<Link>(link).bytes) {
    partCopied(linkPart(link), part, changetype<Base>(part).bytes);
    return true;
  }
  const made = linkMade(changetype<Link>(link).entry, changetype<Link>(link).process, part);
  if (made == 0) return false;
  store<u32>(place, made);
  linkEnd(link);
  return true;
}

/** Gives back the numbers of an image; the links are no more, or somebody else's. */
export function heldEnd(process: usize): void {
  const record = changetype<Process>(process);
  for (let i: u32 = 0; i < record.capacity; i++) {
    const held = changetype<Held>(heldAt(process, i));
    if (held.links == 0) continue;
    lentsGiven(held);
    const links: usize = held.links;
    held.links = 0;
    give(links, held.capacity << 2, KIND_PLAIN);
    held.capacity = 0;
  }
  const block: usize = record.held;
  const bytes = record.capacity * HELD_BYTES;
  // In this order: whoever comes after a death walks as many as the capacity says.
  record.capacity = 0;
  record.held = 0;
  record.places = 0;
  if (block != 0) give(block, bytes, KIND_PLAIN);
}
