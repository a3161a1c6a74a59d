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

import { add32, exchangeIf32, load32, store32, store64 } from "../memory/atomics";
import { take } from "../memory/arena";
import {
  Family,
  FREE,
  Header,
  HEADER,
  KIND_SERIES,
  LABELS_BYTES_MAX,
  LIVE,
  More,
  PENDING,
  REMOVED,
  Series,
  SERIES_TEXT_MAX,
  Shape,
} from "../layout";
import { ABSENT, EXHAUSTED, FULL, GONE, LIMIT, NO_WRITER, OK } from "../status";
import { attached, observing, ownBytes, prepared } from "./attach";
import { seriesDetach } from "./detach";
import { exemplarsRetire } from "./exemplar";
import { isIdle } from "./expiry";
import { hashOf } from "./hash";
import { limboEmpty, limboSift, retireSeries } from "./limbo";
import { WORD } from "./list";
import { isOverflow, seriesMatches } from "./match";
import { hasMore, moreOf, SERIES_KEY, seriesRecordBytes } from "./more";
import { NO_POSITION, tableAdd, tableCount, tableGet, tableRemove } from "./table";
import { trieFind, trieInsert, trieRemove } from "./trie";
import { begin, clockNow, clockPassed, end, ownWriter } from "./writer";

function rootOf(family: usize): usize {
  return family + offsetof<Family>("root");
}

function bytesOf(family: usize, series: usize): u32 {
  return seriesRecordBytes(family, changetype<Series>(series).keyLength);
}

/** Counts a series where its family's limit does; the one that takes what is beyond takes nobody's place. */
function counted(family: usize, series: usize, by: i32): void {
  const limited = changetype<Family>(family).maxSeries != 0;
  if (limited && isOverflow(series + SERIES_KEY, changetype<Series>(series).keyLength)) return;
  add32(family + offsetof<Family>("seriesCount"), by);
}

/** Makes a series that is in the trie visible to walks that begin from now on. */
function confirm(series: usize): void {
  const state = load32(series);
  if ((state & 3) != PENDING) return;
  exchangeIf32(series + offsetof<Series>("birth"), 0, load32(HEADER + offsetof<Header>("walks")));
  if (exchangeIf32(series, state, (state & ~3) | LIVE) == state) {
    counted(changetype<Series>(series).family, series, 1);
  }
}

/** Undoes a making that lost or failed; nobody else has seen the record. */
function unmake(family: usize, series: usize): void {
  store32(series, (load32(series) & ~3) | FREE);
  if (changetype<Series>(series).position != NO_POSITION) {
    tableRemove(changetype<Family>(family).table, changetype<Series>(series).position);
  }
  retireSeries(series, bytesOf(family, series));
}

/** A PENDING record in the family's table and in no trie; 0 without memory. */
function made(family: usize, key: usize, length: u32, hash: u32): usize {
  const series = take(seriesRecordBytes(family, length), KIND_SERIES, ownBytes(family));
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
  if (hasMore(family)) {
    memory.fill(moreOf(series), 0, offsetof<More>());
    changetype<More>(moreOf(series)).since = <u32>clockPassed();
  }
  store32(series, state | PENDING);
  record.position = tableAdd(changetype<Family>(family).table, series, ownBytes(family));
  return series;
}

/** True where a family may have no more series. Threads that make some at the same moment may pass the limit by one each. */
function isFull(family: usize): bool {
  const most = changetype<Family>(family).maxSeries;
  return most != 0 && load32(family + offsetof<Family>("seriesCount")) >= most;
}

/** So many positions are looked at for every series that is made: what comes in cannot outrun what goes out. */
const HAND_STEPS: u32 = 2;

/** Looks at some of a family's series, each in its turn, and ends those that are idle. */
function handTurned(family: usize): void {
  const record = changetype<Family>(family);
  if (record.expireSeconds == 0) return;
  const hand = family + offsetof<Family>("hand");
  const count = tableCount(record.table);
  for (let i: u32 = 0; i < HAND_STEPS && count != 0; i++) {
    let position = add32(hand, 1);
    // Not modulo the count: one that grows with every turn would hold the hand at the newest positions.
    if (position >= count) {
      position = 0;
      store32(hand, 1);
    }
    const series = tableGet(record.table, position);
    if (series != 0 && (load32(series) & 3) == LIVE && isIdle(family, series)) seriesRemoved(family, series);
  }
}

/** The live series of a label block, made where there is none; 0 without memory, FULL past the family's limit. */
function found(family: usize, key: usize, length: u32, overflow: bool): i32 {
  const hash = hashOf(key, length);
  let series = trieFind(rootOf(family), hash, key, length, SERIES_KEY);
  if (series == 0) {
    handTurned(family);
    if (!overflow && isFull(family)) return FULL;
    series = made(family, key, length, hash);
    if (series == 0) return 0;
    const placed = changetype<Series>(series).position != NO_POSITION;
    const there = placed ? trieInsert(rootOf(family), series, SERIES_KEY) : 0;
    if (there != series) {
      unmake(family, series);
      if (there == 0) return 0;
      series = there;
    }
  }
  confirm(series);
  return <i32>series;
}

/** True for a label block that a series of a family may have. */
export function seriesFits(family: usize, length: u32): bool {
  return length <= LABELS_BYTES_MAX && length * lines(family) <= SERIES_TEXT_MAX;
}

/** The series of the label block in the input, made where there is none, within the limits; EXHAUSTED, FULL or LIMIT. */
export function seriesFound(family: usize, length: u32, overflow: bool): i32 {
  return seriesFoundAt(family, ownWriter().input, length, overflow);
}

/** The same for a label block anywhere. */
export function seriesFoundAt(family: usize, key: usize, length: u32, overflow: bool): i32 {
  if (!seriesFits(family, length)) return LIMIT;
  const series = found(family, key, length, overflow);
  return series == 0 ? EXHAUSTED : series;
}

/** True for a record that is live and the one that a state was read of. */
export function isLive(record: usize, state: u32): bool {
  return (state & 3) == LIVE && load32(record) == state;
}

function lines(family: usize): u32 {
  const shape: usize = changetype<Family>(family).shape;
  return shape == 0 ? 1 : changetype<Shape>(shape).boundCount + 3;
}

function bound(family: usize, state: u32, length: u32, overflow: bool): i32 {
  while (true) {
    if (!isLive(family, state)) return GONE;
    const series = seriesFound(family, length, overflow);
    if (series < 0) return series;
    const cell = attached(family, series);
    if (cell == 1) continue;
    if (isLive(family, state)) return cell == 0 || !prepared(family, cell) ? EXHAUSTED : <i32>cell;
    // Removed meanwhile, and its remover may not have seen this series: nobody shall count into it.
    seriesDetach(series, true);
    return GONE;
  }
}

/**
 * The address of this writer's cell for the label block in the input, made where there is none. The token that
 * its handle must show is in `seriesToken`. `overflow`: the series that takes what a full family cannot. `value`: what
 * will be observed, NaN where that is not known yet; cells of summaries and native histograms are made fit for it.
 */
export function seriesBind(family: usize, state: u32, length: u32, overflow: bool, value: f64): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  observing(value);
  const cell = bound(family, state, length, overflow);
  end();
  return cell;
}

/** The series of the label block in the input, or 0. Only between `begin` and `end`. */
export function seriesFind(family: usize, length: u32): usize {
  const key: usize = ownWriter().input;
  return trieFind(rootOf(family), hashOf(key, length), key, length, SERIES_KEY);
}

/** The live series of a label block anywhere, or 0. Only between `begin` and `end`. */
export function seriesFindAt(family: usize, key: usize, length: u32): usize {
  const series = trieFind(rootOf(family), hashOf(key, length), key, length, SERIES_KEY);
  return series != 0 && (load32(series) & 3) == LIVE ? series : 0;
}

/** Removes a live series; false where somebody else did. */
export function seriesRemoved(family: usize, series: usize): bool {
  const state = load32(series);
  if ((state & 3) != LIVE || exchangeIf32(series, state, (state & ~3) | REMOVED) != state) return false;
  const record = changetype<Family>(family);
  seriesDetach(series, true);
  const unlinked = trieRemove(rootOf(family), series);
  tableRemove(record.table, changetype<Series>(series).position);
  counted(family, series, -1);
  // Without memory for a smaller bucket the record stays where it is, REMOVED, and is never used again.
  if (unlinked) {
    const bytes = bytesOf(family, series);
    exemplarsRetire(family, series);
    store32(series, (state & ~3) | FREE);
    retireSeries(series, bytes);
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
    status = series != 0 && seriesRemoved(family, series) ? OK : ABSENT;
  }
  end();
  return status;
}

/**
 * Removes the series that have all labels of the block in the input; a newline between them. Returns
 * how many.
 */
export function seriesRemoveMatching(family: usize, state: u32, length: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status = GONE;
  if (isLive(family, state)) {
    status = 0;
    const table: usize = changetype<Family>(family).table;
    for (let i: u32 = 0; i < tableCount(table); i++) {
      const series = tableGet(table, i);
      if (series != 0 && seriesMatches(series, ownWriter().input, length)) status += i32(seriesRemoved(family, series));
    }
  }
  end();
  limboEmpty();
  return status;
}

/** Removes every series of a family; between `begin` and `end`. */
export function seriesRemoveAll(family: usize): void {
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series != 0) seriesRemoved(family, series);
  }
}

/** Sets every series of a family back to nothing; between `begin` and `end`. */
export function seriesResetAll(family: usize): void {
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series == 0 || (load32(series) & 3) != LIVE) continue;
    seriesDetach(series, false);
    exemplarsRetire(family, series);
    changetype<Series>(series).created = clockNow();
  }
}
