// Entries: the series that a source has something of, each with its cell there. Found by the cell: no table of their own.

import { add32, exchangeIf64, load32, store32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { Base, Cell, DETACHED, Family, FOLDED, IMPORTED, ImportedCell, KIND_PLAIN, LIVE, POISON, Series } from "../layout";
import { EXHAUSTED, FULL, GONE } from "../status";
import { ownBytes } from "../store/attach";
import { cellGiveBack, sharedFree, sharedTake } from "../store/cell";
import { detachedOnce, importedEndings, importedExpected, seriesDetach } from "../store/detach";
import { familyFreed, familyRemoved } from "../store/family";
import { importedCellOf } from "../store/imported";
import { retire } from "../store/limbo";
import { baseOf, cellAfter, headOf, isEmpty, seriesSequence, seriesWord, withHead, WORD } from "../store/list";
import { isOverflow } from "../store/match";
import { seriesFindAt, seriesFoundAt, seriesRemoved } from "../store/series";
import { isConstant, isSealed } from "../store/setter";
import { sayFolded, unlink } from "../store/unlink";
import { entryExpected, expectedEnded } from "./expected";
import { entryListed, ghostEnded, ghostOf, isGhost } from "./ghosts";
import { knownFamily } from "./known";
import { isHeld, linkEnd } from "./links";
import { Entry, ENTRY_BYTES, entryBlock, Known, Link, Process, Source } from "./mirror";
import { overflowBlock, overflowLength } from "./overflow";
import { summedGiven } from "./summed";

/** Never leaves this file. */
const OVERFLOWS: i32 = -100;

/** Takes a cell that says FOLDED out of its series. */
function cellUnlinked(family: usize, series: usize, cell: usize): void {
  unlink(series, cell);
  if (cellGiveBack(cell, series)) add32(family + offsetof<Family>("cellCount"), -1);
}

/** The source's cell in a series, made where it has none: 0 without memory, 1 where the series is gone. */
function cellMade(family: usize, series: usize, source: usize): usize {
  let cell: usize = 0;
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    const there = word == POISON ? 1 : importedCellOf(series, word, source);
    if (there > 1) {
      // What a death left half ended shows nothing any more: it is ended first.
      const token = load32(there);
      if (token == DETACHED) detachedOnce(series, word, sequence, false);
      else if (token == FOLDED) cellUnlinked(family, series, there);
      if (token == DETACHED || token == FOLDED) continue;
    }
    if (there != 0) {
      if (cell != 0) sharedFree(cell);
      return there;
    }
    if (cell == 0) {
      cell = sharedTake(series, IMPORTED, ownBytes(family));
      if (cell == 0) return 0;
      changetype<ImportedCell>(cell).source = source;
    }
    store32(cell + offsetof<Cell>("next"), headOf(word));
    if (exchangeIf64(series + WORD, word, withHead(word, cell)) != word) continue;
    add32(family + offsetof<Family>("cellCount"), 1);
    return cell;
  }
}

/** The block that seriesOf came to. */
let key: usize = 0;
let keyLength: u32 = 0;

/** The live series of a block; or of what takes those beyond its family's limit. A status where there is none. */
function seriesOf(family: usize, block: usize, length: u32): i32 {
  key = block;
  keyLength = length;
  const status = seriesFoundAt(family, block, length, false);
  if (status != FULL) return status;
  if (!isOverflow(block, length)) {
    key = overflowBlock(family);
    if (key == 0) return EXHAUSTED;
    keyLength = overflowLength();
  }
  return seriesFoundAt(family, key, keyLength, true);
}

/** True for an entry whose series and cell are still what they were. */
export function isBound(entry: usize): bool {
  const record = changetype<Entry>(entry);
  if (record.cell == 0 || (record.state & 3) != LIVE || load32(record.series) != record.state) return false;
  return load32(record.cell) == record.token && load32(record.cell + offsetof<Cell>("series")) == record.series;
}

/** True while an entry's family is there. One that was removed meanwhile may not have been seen with this series in it. */
function stays(entry: usize, family: usize, series: usize): bool {
  if (isSealed(family)) familyRemoved(family, load32(family));
  if (knownFamily(changetype<Entry>(entry).known) == family) return true;
  seriesDetach(series, true);
  return false;
}

/**
 * Lets an entry find its series again, or another one of its block; the entry that is there already where it has one. GONE
 * without its family; OVERFLOWS where there is no room for its block, and it is not the one of what takes the rest.
 */
function bound(source: usize, entry: usize, family: usize): i32 {
  const record = changetype<Entry>(entry);
  let series: usize = 0;
  let state: u32 = 0;
  let cell: usize = 0;
  do {
    if (knownFamily(record.known) != family) return GONE;
    const status = seriesOf(family, entryBlock(entry), record.length);
    if (status < 0) return status;
    if (key != entryBlock(entry)) return OVERFLOWS;
    series = <usize>status;
    state = load32(series);
    cell = cellMade(family, series, source);
    if (cell == 0) return EXHAUSTED;
    // Removed since it was found: there is another one, or is to be.
  } while (cell == 1 || (state & 3) != LIVE || load32(series) != state);
  if (!stays(entry, family, series)) return GONE;
  const imported = changetype<ImportedCell>(cell);
  const life = changetype<Source>(source).life;
  if (imported.life == life && imported.entry != 0 && imported.entry != <u32>entry) return <i32>imported.entry;
  record.series = series;
  record.state = state;
  record.cell = cell;
  record.token = load32(cell);
  record.family = family;
  imported.life = life;
  imported.entry = entry;
  return <i32>entry;
}

/** Binds an entry anew; another one that has its series by now, and is to get its links. A status else. */
export function entryBound(source: usize, entry: usize, family: usize): i32 {
  const status = bound(source, entry, family);
  // Others' links come to it then, so that its block is to be theirs, too.
  if (status != OVERFLOWS) return status;
  return entryOf(source, changetype<Entry>(entry).known, family, entryBlock(entry), changetype<Entry>(entry).length);
}

/** The entry that a source has of a series in its present life, or 0. */
function entryIn(source: usize, series: usize): usize {
  const cell = importedCellOf(series, seriesWord(series), source);
  if (cell == 0 || changetype<ImportedCell>(cell).life != changetype<Source>(source).life) return 0;
  const entry: usize = changetype<ImportedCell>(cell).entry;
  return entry != 0 && isBound(entry) ? entry : 0;
}

/** The entry of a block that a source has already, or 0. */
export function entryThere(source: usize, known: usize, family: usize, block: usize, length: u32): usize {
  const expected = entryExpected(known, block, length);
  if (expected != 0 && changetype<Entry>(expected).family == <u32>family && isBound(expected)) return expected;
  const series = seriesFindAt(family, block, length);
  return series == 0 ? 0 : entryIn(source, series);
}

/** The entry of a block, made where there is none; a status without memory, and where the family is gone. */
export function entryOf(source: usize, known: usize, family: usize, block: usize, length: u32): i32 {
  if (isGhost(known, family)) return ghostOf(known, family, block, length);
  const status = seriesOf(family, block, length);
  if (status < 0) return status;
  const there = entryIn(source, <usize>status);
  if (there != 0) return <i32>there;
  const bytes = ENTRY_BYTES + keyLength;
  const made = take(bytes, KIND_PLAIN, false);
  if (made == 0) return EXHAUSTED;
  memory.fill(made, 0, ENTRY_BYTES);
  memory.copy(entryBlock(made), key, keyLength);
  const record = changetype<Entry>(made);
  record.known = known;
  record.length = keyLength;
  const found = bound(source, made, family);
  if (found != <i32>made) {
    give(made, bytes, KIND_PLAIN);
    // Another one took the last place since the look above.
    return found == OVERFLOWS ? entryOf(source, known, family, key, keyLength) : found;
  }
  entryListed(known, made);
  return found;
}

/** Shows a finished part, 0 for none; the one before, which readers may still look at, 0 for none. */
export function partShown(cell: usize, part: usize): usize {
  const record = changetype<ImportedCell>(cell);
  const old: usize = record.part;
  store32(cell + offsetof<ImportedCell>("part"), part);
  record.version++;
  return old;
}

/** Takes a source's cell out of its series, and the series out of its family where nobody else has anything of it. */
export function cellEnd(family: usize, series: usize, cell: usize): void {
  const word = seriesWord(series);
  // One swap: a death between the end of the cell and that of the series would leave one that is 0.
  if (word == POISON || headOf(word) != cell || cellAfter(cell) != 0 || baseOf(word) != 0) {
    const old = partShown(cell, 0);
    if (old != 0) retire(old, changetype<Base>(old).bytes, KIND_PLAIN);
    if (!sayFolded(cell)) return;
    cellUnlinked(family, series, cell);
    if (!isEmpty(seriesWord(series))) return;
  }
  const before = importedEndings();
  const removed = seriesRemoved(family, series);
  importedExpected(before);
  if (!removed) return;
  if (isConstant(family)) familyFreed(family, load32(family));
}

/** Ends an entry that is in no list of changes and has no links. */
export function entryEnd(entry: usize): void {
  const record = changetype<Entry>(entry);
  if (isBound(entry)) cellEnd(record.family, record.series, record.cell);
  expectedEnded();
  ghostEnded(entry);
  if (record.before != 0) changetype<Entry>(record.before).next = record.next;
  else changetype<Known>(<usize>record.known).entries = record.next;
  if (record.next != 0) changetype<Entry>(record.next).before = record.before;
  summedGiven(entry);
  give(entry, ENTRY_BYTES + record.length, KIND_PLAIN);
}

/**
 * True where the retired alone are left in an entry, and its series ended here by itself: nobody asks for it any more. One
 * that ended with its family did not: the family makes way for others, and may be back.
 */
export function isForgotten(entry: usize): bool {
  const record = changetype<Entry>(entry);
  if (record.cell == 0 || isBound(entry) || record.family == 0 || knownFamily(record.known) != <usize>record.family) return false;
  return !isHeld(entry);
}

/**
 * Whether what the dead have of an entry that is forgotten ends with it. Where others read what the dead left it is theirs, too, whatever was removed
 * here; but what ended for nothing changed does so on all pages.
 */
export function mayEnd(entry: usize): bool {
  const record = changetype<Entry>(entry);
  if (record.links == 0 || changetype<Family>(<usize>record.family).expireSeconds != 0) return true;
  const process: usize = changetype<Link>(<usize>record.links).process;
  return changetype<Source>(<usize>changetype<Process>(process).source).shared == 0;
}

/** Ends an entry that is in no list of changes, and its links. */
export function entryForgotten(entry: usize): void {
  while (changetype<Entry>(entry).links != 0) linkEnd(changetype<Entry>(entry).links);
  entryEnd(entry);
}

/** The series' beginning is that of the earliest of all processes. */
export function seriesBegun(series: usize, seconds: f64): void {
  const record = changetype<Series>(series);
  if (!(record.created <= seconds)) record.created = seconds;
}
