// Entries: the series that a source has something of, each with its cell there. Found by the cell: no table of their own.

import { add32, exchangeIf64, load32, store32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { Base, Cell, Family, IMPORTED, ImportedCell, KIND_PLAIN, LIVE, POISON, Series } from "../layout";
import { EXHAUSTED, FULL, GONE } from "../status";
import { ownBytes } from "../store/attach";
import { cellGiveBack, sharedFree, sharedTake } from "../store/cell";
import { familyFreed } from "../store/family";
import { importedCellOf } from "../store/imported";
import { retire } from "../store/limbo";
import { headOf, isEmpty, seriesWord, withHead, WORD } from "../store/list";
import { seriesFoundAt, seriesRemoved } from "../store/series";
import { isConstant } from "../store/setter";
import { sayFolded, unlink } from "../store/unlink";
import { Entry, ENTRY_BYTES, entryBlock, Known, Link, Source } from "./mirror";
import { linkMoved } from "./links";
import { overflowBlock, overflowLength } from "./overflow";

/** The source's cell in a series, made where it has none: 0 without memory, 1 where the series is gone. */
function cellMade(family: usize, series: usize, source: usize): usize {
  let cell: usize = 0;
  while (true) {
    const word = seriesWord(series);
    const there = word == POISON ? 1 : importedCellOf(series, word, source);
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

/** The live series of a block; or of what takes those beyond its family's limit. A status where there is none. */
function seriesOf(family: usize, block: usize, length: u32): i32 {
  const status = seriesFoundAt(family, block, length, false);
  if (status != FULL) return status;
  const other = overflowBlock(family);
  return other == 0 ? EXHAUSTED : seriesFoundAt(family, other, overflowLength(), true);
}

/** True for an entry whose series and cell are still what they were. */
export function isBound(entry: usize): bool {
  const record = changetype<Entry>(entry);
  if (record.cell == 0 || (record.state & 3) != LIVE || load32(record.series) != record.state) return false;
  return load32(record.cell) == record.token && load32(record.cell + offsetof<Cell>("series")) == record.series;
}

/** Lets an entry find its series again, or another one of its block; the entry that is there already where it has one. */
function bound(source: usize, entry: usize, family: usize): i32 {
  const record = changetype<Entry>(entry);
  const status = seriesOf(family, entryBlock(entry), record.length);
  if (status < 0) return status;
  const series = <usize>status;
  const state = load32(series);
  const cell = cellMade(family, series, source);
  if (cell == 0) return EXHAUSTED;
  if (cell == 1 || (state & 3) != LIVE) return GONE;
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

/** Binds an entry anew; where another one has its series by now, that gets its links, and is returned. A status else. */
export function entryBound(source: usize, entry: usize, family: usize): i32 {
  const status = bound(source, entry, family);
  if (status < 0 || status == <i32>entry) return status;
  let link: usize = changetype<Entry>(entry).links;
  while (link != 0) {
    const next: usize = changetype<Link>(link).next;
    linkMoved(link, <usize>status);
    link = next;
  }
  return status;
}

/** The entry of a block, made where there is none; a status without memory, and where the family is gone. */
export function entryOf(source: usize, known: usize, family: usize, block: usize, length: u32): i32 {
  const status = seriesOf(family, block, length);
  if (status < 0) return status;
  const there = importedCellOf(<usize>status, seriesWord(<usize>status), source);
  if (there != 0 && changetype<ImportedCell>(there).life == changetype<Source>(source).life) {
    const entry: usize = changetype<ImportedCell>(there).entry;
    if (entry != 0 && isBound(entry)) return <i32>entry;
  }
  const made = take(ENTRY_BYTES + length, KIND_PLAIN, false);
  if (made == 0) return EXHAUSTED;
  memory.fill(made, 0, ENTRY_BYTES);
  memory.copy(entryBlock(made), block, length);
  const record = changetype<Entry>(made);
  record.known = known;
  record.length = length;
  const found = bound(source, made, family);
  if (found != <i32>made) {
    give(made, ENTRY_BYTES + length, KIND_PLAIN);
    return found;
  }
  record.next = changetype<Known>(known).entries;
  if (record.next != 0) changetype<Entry>(record.next).before = made;
  changetype<Known>(known).entries = made;
  return found;
}

/** Shows a finished part, 0 for none, in the place of the one before. */
export function partShown(cell: usize, part: usize): void {
  const record = changetype<ImportedCell>(cell);
  const old: usize = record.part;
  store32(cell + offsetof<ImportedCell>("part"), part);
  record.version++;
  if (old != 0) retire(old, changetype<Base>(old).bytes, KIND_PLAIN);
}

/** Takes a source's cell out of its series, and the series out of its family where nobody else has anything of it. */
export function cellEnd(family: usize, series: usize, cell: usize): void {
  partShown(cell, 0);
  if (!sayFolded(cell)) return;
  unlink(series, cell);
  if (cellGiveBack(cell, series)) add32(family + offsetof<Family>("cellCount"), -1);
  if (!isEmpty(seriesWord(series)) || !seriesRemoved(family, series)) return;
  if (isConstant(family)) familyFreed(family, load32(family));
}

/** Ends an entry that is in no list of changes and has no links. */
export function entryEnd(entry: usize): void {
  const record = changetype<Entry>(entry);
  if (isBound(entry)) cellEnd(record.family, record.series, record.cell);
  if (record.before != 0) changetype<Entry>(record.before).next = record.next;
  else changetype<Known>(<usize>record.known).entries = record.next;
  if (record.next != 0) changetype<Entry>(record.next).before = record.before;
  give(entry, ENTRY_BYTES + record.length, KIND_PLAIN);
}

/** The series' beginning is that of the earliest of all processes. */
export function seriesBegun(series: usize, seconds: f64): void {
  const record = changetype<Series>(series);
  if (!(record.created <= seconds)) record.created = seconds;
}
