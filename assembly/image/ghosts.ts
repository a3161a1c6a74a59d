// Entries of definitions that are refused here: nobody sees them, and they are kept all the same, with what their processes
// have of them. A collector that has such a family otherwise folds the dead and removes what they left; so it writes this,
// too, for one that takes it. When the family is taken here after all, they are entries as all others are.
//
// There is no series by which one could be found. So a definition has an index while it is refused, and as long alone: it is
// made of its entries when the first one is looked for.

import { give, take } from "../memory/arena";
import { Definition, KIND_PLAIN } from "../layout";
import { EXHAUSTED, LIMIT } from "../status";
import { hashOf } from "../store/hash";
import { isOverflow } from "../store/match";
import { seriesFits } from "../store/series";
import { bytesEqual } from "../store/shape";
import { Entry, ENTRY_BYTES, entryBlock, Known, KNOWN_BYTES, KNOWN_FAMILY } from "./mirror";
import { overflowBlock, overflowLength } from "./overflow";

const CAPACITY_FIRST: u32 = 8;

/** True for the family by which parts of a refused definition are kept. */
export function isGhost(known: usize, family: usize): bool {
  return family == known + KNOWN_FAMILY;
}

/** Where the entries of a block begin. */
function placeOf(known: usize, block: usize, length: u32): usize {
  const record = changetype<Known>(known);
  return <usize>record.index + ((hashOf(block, length) & (record.capacity - 1)) << 2);
}

function chained(known: usize, entry: usize): void {
  const place = placeOf(known, entryBlock(entry), changetype<Entry>(entry).length);
  changetype<Entry>(entry).chain = load<u32>(place);
  store<u32>(place, entry);
}

/** Gives back the index of a definition. */
export function indexGiven(known: usize): void {
  const record = changetype<Known>(known);
  const block: usize = record.index;
  record.index = 0;
  if (block != 0) give(block, record.capacity << 2, KIND_PLAIN);
}

/** Makes the index for so many entries in place of the one before; false without memory, and that stays. */
function indexed(known: usize, wanted: u32): bool {
  const record = changetype<Known>(known);
  let capacity = CAPACITY_FIRST;
  while (capacity < wanted) capacity <<= 1;
  const block = take(capacity << 2, KIND_PLAIN, false);
  if (block == 0) return false;
  memory.fill(block, 0, capacity << 2);
  indexGiven(known);
  record.capacity = capacity;
  record.index = block;
  for (let entry: usize = record.entries; entry != 0; entry = changetype<Entry>(entry).next) chained(known, entry);
  return true;
}

function indexMade(known: usize): bool {
  const record = changetype<Known>(known);
  if (record.index != 0) return true;
  record.count = 0;
  for (let entry: usize = record.entries; entry != 0; entry = changetype<Entry>(entry).next) record.count++;
  return indexed(known, record.count);
}

function found(known: usize, block: usize, length: u32): usize {
  let entry: usize = load<u32>(placeOf(known, block, length));
  while (entry != 0 && (changetype<Entry>(entry).length != length || !bytesEqual(entryBlock(entry), block, length))) {
    entry = changetype<Entry>(entry).chain;
  }
  return entry;
}

/** Puts an entry in front of those of its definition. */
export function entryListed(known: usize, entry: usize): void {
  const record = changetype<Entry>(entry);
  record.next = changetype<Known>(known).entries;
  if (record.next != 0) changetype<Entry>(record.next).before = entry;
  changetype<Known>(known).entries = entry;
}

/** The entry of a block of a refused definition, made where there is none; EXHAUSTED, or LIMIT for a block that no series has. */
export function ghostOf(known: usize, family: usize, block: usize, length: u32): i32 {
  const record = changetype<Known>(known);
  if (!seriesFits(family, length)) return LIMIT;
  if (!indexMade(known)) return EXHAUSTED;
  let there = found(known, block, length);
  if (there != 0) return <i32>there;
  const most = changetype<Definition>(known + KNOWN_BYTES).maxSeries;
  if (most != 0 && record.count >= most && !isOverflow(block, length)) {
    // As where it is taken: what is beyond the limit is one series, which takes nobody's place.
    const over = overflowBlock(family);
    if (over == 0) return EXHAUSTED;
    there = found(known, over, overflowLength());
    if (there == 0 || record.count > most) {
      if (there != 0) return <i32>there;
      block = over;
      length = overflowLength();
    }
  }
  if (record.count >= record.capacity && !indexed(known, record.count + 1)) return EXHAUSTED;
  const made = take(ENTRY_BYTES + length, KIND_PLAIN, false);
  if (made == 0) return EXHAUSTED;
  memory.fill(made, 0, ENTRY_BYTES);
  memory.copy(entryBlock(made), block, length);
  changetype<Entry>(made).known = known;
  changetype<Entry>(made).length = length;
  chained(known, made);
  record.count++;
  entryListed(known, made);
  return <i32>made;
}

/** Takes an entry that ends out of the index, if there is one. */
export function ghostEnded(entry: usize): void {
  const known: usize = changetype<Entry>(entry).known;
  if (changetype<Known>(known).index == 0) return;
  let place = placeOf(known, entryBlock(entry), changetype<Entry>(entry).length);
  while (load<u32>(place) != <u32>entry) {
    if (load<u32>(place) == 0) return;
    place = <usize>load<u32>(place) + offsetof<Entry>("chain");
  }
  store<u32>(place, changetype<Entry>(entry).chain);
  changetype<Known>(known).count--;
}
