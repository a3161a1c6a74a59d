// Series: found or made by their label block, and the list of cells that hangs from each.
//
// The pair {head, base} is one word. Attaching a cell, detaching all of them and folding one are each one
// compare-and-swap of that word; whatever a thread does before it is invisible, whatever it does after it can
// be done by the next one who comes along.
//
//   make    record and position first, state PENDING; the trie's swap publishes it; then LIVE, which anyone
//           who finds it PENDING may set. A PENDING record in no trie is what a death leaves: some bytes.
//   attach  a finished cell with a token of its own becomes the head.
//   detach  (reset, remove) first every token is cleared, so that handles take the cold way; then the word is
//           swapped for empty or POISON; then `sequence` grows; then the cells go back to their owners. A
//           writer that comes the cold way meanwhile and finds its own cell without a token completes the
//           detaching itself: what it counts afterwards is never thrown away.
//   remove  the state goes to REMOVED by one compare-and-swap, whose winner does the rest. A walk that meets
//           a REMOVED series detaches its cells too: the winner may have died.
//
// Readers compare `sequence` before and after; it grows before any cell leaves the list or is used again.
// Records and bases are reused through the limbo only, so an address seen in a cold verb stays what it was.

import { add32, exchangeIf32, exchangeIf64, load32, store32, store64 } from "../memory/atomics";
import { take } from "../memory/arena";
import {
  Cell,
  COUNTER,
  CounterCell,
  DETACHED,
  Family,
  FAMILY_OWN,
  FOLDED,
  FREE,
  GaugeCell,
  Header,
  HEADER,
  HISTOGRAM,
  HistogramCell,
  KIND_PLAIN,
  KIND_SERIES,
  LABELS_BYTES_MAX,
  LIVE,
  MODE_SHARED,
  PENDING,
  POISON,
  REMOVED,
  REVOKED_TOKEN,
  Series,
  Shape,
  SERIES_TEXT_MAX,
  SHARED_WRITER,
  TOKEN_FIRST,
} from "../layout";
import { ABSENT, EXHAUSTED, GONE, LIMIT, NO_WRITER, OK } from "../status";
import { histogramFull } from "../metric/histogram";
import { cellFree, cellGiveBack, cellOwner, cellTake, cellType, sharedFree, sharedTake, tokenNext } from "./cell";
import { cellFold } from "./fold";
import { hashOf } from "./hash";
import { limboSift, retire } from "./limbo";
import {
  baseBytes,
  baseOf,
  cellAfter,
  CELLS_MAX,
  emptied,
  headOf,
  isEmpty,
  SEQUENCE,
  seriesSequence,
  seriesWord,
  withHead,
  WORD,
} from "./list";
import { NO_POSITION, tableAdd, tableCount, tableGet, tableRemove } from "./table";
import { trieFind, trieInsert, trieRemove } from "./trie";
import { begin, clockNow, end, ownSlot, ownWriter } from "./writer";

export const SERIES_KEY: u32 = 48;
if (SERIES_KEY != offsetof<Series>()) ERROR("SERIES_KEY must follow the record");

function rootOf(family: usize): usize {
  return family + offsetof<Family>("root");
}

function bytesOf(series: usize): u32 {
  return SERIES_KEY + changetype<Series>(series).keyLength;
}

function ownBytes(family: usize): bool {
  return (changetype<Family>(family).flags & FAMILY_OWN) != 0;
}

/** Makes a series that is in the trie visible to walks that begin from now on. */
function confirm(series: usize): void {
  const state = load32(series);
  if ((state & 3) != PENDING) return;
  exchangeIf32(series + offsetof<Series>("birth"), 0, load32(HEADER + offsetof<Header>("walks")));
  if (exchangeIf32(series, state, (state & ~3) | LIVE) == state) {
    add32(changetype<Series>(series).family + offsetof<Family>("seriesCount"), 1);
  }
}

/** Undoes a making that lost or failed; nobody else has seen the record. */
function unmake(family: usize, series: usize): void {
  store32(series, (load32(series) & ~3) | FREE);
  if (changetype<Series>(series).position != NO_POSITION) {
    tableRemove(changetype<Family>(family).table, changetype<Series>(series).position);
  }
  retire(series, bytesOf(series), KIND_SERIES);
}

/** The live series of a label block, made where there is none; 0 without memory. */
function found(family: usize, key: usize, length: u32): usize {
  const hash = hashOf(key, length);
  let series = trieFind(rootOf(family), hash, key, length, SERIES_KEY);
  if (series == 0) {
    series = take(SERIES_KEY + length, KIND_SERIES, ownBytes(family));
    if (series == 0) return 0;
    const record = changetype<Series>(series);
    const state = ((load32(series) >> 2) + 1) << 2;
    store32(series, state | FREE);
    record.hash = hash;
    record.keyLength = length;
    store64(series + WORD, 0);
    record.created = clockNow();
    record.family = family;
    record.birth = 0;
    record.position = NO_POSITION;
    memory.copy(series + SERIES_KEY, key, length);
    store32(series, state | PENDING);
    record.position = tableAdd(changetype<Family>(family).table, series, ownBytes(family));
    const there = record.position == NO_POSITION ? 0 : trieInsert(rootOf(family), series, SERIES_KEY);
    if (there != series) {
      unmake(family, series);
      if (there == 0) return 0;
      series = there;
    }
  }
  confirm(series);
  return series;
}

/** What a detached base becomes. */
function baseRetire(family: usize, base: usize): void {
  if (base != 0) retire(base, baseBytes(family), KIND_PLAIN);
}

/** Takes the token of every cell of a list; what a folder has is left to the folder. False where the word changed. */
function tokensTaken(series: usize, word: u64): bool {
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    // Until it is DETACHED: an adopter may be giving it another token just now.
    while (true) {
      const token = load32(cell);
      // The token was read while the cell was in this life of this list, and no other life has it: the
      // exchange cannot hit another. A cell that a folder took away meanwhile is somebody else's.
      if (seriesWord(series) != word) return false;
      if (load32(cell + offsetof<Cell>("series")) != series) break;
      if (token == DETACHED || token == FOLDED || exchangeIf32(cell, token, DETACHED) == token) break;
    }
    cell = cellAfter(cell);
  }
  return true;
}

/**
 * Empties the list that a word stands for, if the series still has it. `poison` for a series that is removed.
 * Helpers call this once, with the word in which they met a detached cell: what came after is not theirs.
 */
export function detachedOnce(series: usize, word: u64, sequence: u32, poison: bool): bool {
  if (!tokensTaken(series, word)) return false;
  // A fold meanwhile may have led the walk astray.
  if (seriesSequence(series) != sequence) return false;
  if (exchangeIf64(series + WORD, word, poison ? POISON : emptied(word)) != word) return false;
  add32(series + SEQUENCE, 1);
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const next = cellAfter(cell);
    if (load32(cell) == DETACHED) cellGiveBack(cell, series);
    cell = next;
  }
  baseRetire(changetype<Series>(series).family, baseOf(word));
  return true;
}

/** Empties a series, whatever it has now. */
export function seriesDetach(series: usize, poison: bool): void {
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    if (word == POISON || (!poison && isEmpty(word))) return;
    if (detachedOnce(series, word, sequence, poison)) return;
  }
}

function cellBytes(family: usize): u32 {
  const record = changetype<Family>(family);
  if (record.type == COUNTER) return offsetof<CounterCell>();
  if (record.type == HISTOGRAM) return changetype<Shape>(<usize>record.shape).cellBytes;
  return offsetof<GaugeCell>();
}

/** The token of the cell that was bound last: read where it was certainly alive. */
let boundToken: u32 = 0;

export function seriesToken(): u32 {
  return boundToken;
}

/**
 * This writer's cell in the list, the shared one for a shared gauge, or 0; `boundToken` is its token. Completes
 * a detaching it meets, and folds a histogram's cell that is full.
 */
function ownCell(series: usize, word: u64, sequence: u32, index: u32): usize {
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    if (cellOwner(cell) == index && load32(cell + offsetof<Cell>("series")) == series) {
      boundToken = load32(cell);
      if (boundToken >= TOKEN_FIRST) {
        if (cellType(cell) != HISTOGRAM || !histogramFull(cell)) return cell;
        // Without memory for the base it stays full; what it holds is whole.
        return cellFold(ownSlot(), cell, true) < 0 ? cell : 0;
      }
      if (boundToken == DETACHED) {
        detachedOnce(series, word, sequence, false);
        return 0;
      }
      if (boundToken == REVOKED_TOKEN) {
        // Cleared by a revoking that did not touch us: the slot is ours again, and so is the cell.
        boundToken = tokenNext();
        if (exchangeIf32(cell, REVOKED_TOKEN, boundToken) == REVOKED_TOKEN) return cell;
      }
    }
    cell = cellAfter(cell);
  }
  return 0;
}

/** A cell of this writer in a live series; 0 without memory, 1 where the series is no longer live. */
function attached(family: usize, series: usize): usize {
  const state = load32(series);
  if ((state & 3) != LIVE) return 1;
  const type = changetype<Family>(family).type;
  const shared = changetype<Family>(family).mode == MODE_SHARED && type != COUNTER && type != HISTOGRAM;
  const index = shared ? SHARED_WRITER : ownWriter().index;
  let cell: usize = 0;
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    const there = word == POISON ? 0 : ownCell(series, word, sequence, index);
    const gone = word == POISON || load32(series) != state;
    if (there != 0 || gone) {
      if (cell != 0) {
        if (shared) sharedFree(cell);
        else cellFree(ownSlot(), cell);
      }
      return gone ? 1 : there;
    }
    if (seriesWord(series) != word) continue;
    if (cell == 0) {
      cell = shared ? sharedTake(series, ownBytes(family)) : cellTake(cellBytes(family), type, series, ownBytes(family));
      if (cell == 0) return 0;
      if (type == HISTOGRAM) changetype<HistogramCell>(cell).shape = changetype<Family>(family).shape;
    }
    store32(cell + offsetof<Cell>("next"), headOf(word));
    boundToken = changetype<Cell>(cell).token;
    if (exchangeIf64(series + WORD, word, withHead(word, cell)) == word) return cell;
  }
}

/** True for a record that is live and the one that a state was read of. */
export function isLive(record: usize, state: u32): bool {
  return (state & 3) == LIVE && load32(record) == state;
}

function lines(family: usize): u32 {
  const shape: usize = changetype<Family>(family).shape;
  return shape == 0 ? 1 : changetype<Shape>(shape).boundCount + 3;
}

function bound(family: usize, state: u32, length: u32): i32 {
  while (true) {
    if (!isLive(family, state)) return GONE;
    if (length > LABELS_BYTES_MAX || length * lines(family) > SERIES_TEXT_MAX) return LIMIT;
    const series = found(family, ownWriter().input, length);
    if (series == 0) return EXHAUSTED;
    const cell = attached(family, series);
    if (cell == 1) continue;
    if (isLive(family, state)) return cell == 0 ? EXHAUSTED : <i32>cell;
    // Removed meanwhile, and its remover may not have seen this series: nobody shall count into it.
    seriesDetach(series, true);
    return GONE;
  }
}

/**
 * The address of this writer's cell for the label block in the input, made where there is none. The token that
 * its handle must show is in `seriesToken`.
 */
export function seriesBind(family: usize, state: u32, length: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const cell = bound(family, state, length);
  end();
  return cell;
}

/** The series of the label block in the input, or 0. Only between `begin` and `end`. */
export function seriesFind(family: usize, length: u32): usize {
  const key: usize = ownWriter().input;
  return trieFind(rootOf(family), hashOf(key, length), key, length, SERIES_KEY);
}

/** Removes a live series; false where somebody else did. */
function removed(family: usize, series: usize): bool {
  const state = load32(series);
  if ((state & 3) != LIVE || exchangeIf32(series, state, (state & ~3) | REMOVED) != state) return false;
  const record = changetype<Family>(family);
  seriesDetach(series, true);
  const unlinked = trieRemove(rootOf(family), series);
  tableRemove(record.table, changetype<Series>(series).position);
  add32(family + offsetof<Family>("seriesCount"), -1);
  // Without memory for a smaller bucket the record stays where it is, REMOVED, and is never used again.
  if (unlinked) {
    store32(series, (state & ~3) | FREE);
    retire(series, bytesOf(series), KIND_SERIES);
  }
  return true;
}

/** Removes the series of the label block in the input. */
export function seriesRemove(family: usize, state: u32, length: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status = GONE;
  if (isLive(family, state)) {
    const series = seriesFind(family, length);
    status = series != 0 && removed(family, series) ? OK : ABSENT;
  }
  end();
  return status;
}

/** Removes every series of a family; between `begin` and `end`. */
export function seriesRemoveAll(family: usize): void {
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series != 0) removed(family, series);
  }
}

/** Sets every series of a family back to nothing; between `begin` and `end`. */
export function seriesResetAll(family: usize): void {
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series == 0 || (load32(series) & 3) != LIVE) continue;
    seriesDetach(series, false);
    changetype<Series>(series).created = clockNow();
  }
}
