// Structure that was unlinked while a verb may still look at it: trie nodes, segments, families, series, bases.
//
// Every cold verb writes the epoch into its slot's `busy` when it begins and 0 when it ends. What is retired
// takes the epoch of that moment along and may be reused once no writer is busy since before. A writer that
// died in a cold verb holds the limbo up until its death is proven: that costs bytes and delays nobody. One
// that dies while it sifts loses the one block that it had in hand, with its note.
//
// A removed series waits without a note, for there may be a million of them at once, in a memory that is full: it links
// by the word that a free block links by, and says its epoch and its bytes where a living one has its birth and position.
//
// Epochs are compared by their difference: a verb would have to sleep for 2^31 of them, that is while as many
// records are unlinked, before it was taken for one that began later. Cells that
// were given back wait here, too: see cell.ts.

import { add32, load32, store32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { waitingFirst, waitingPush, waitingTaken } from "../memory/waiting";
import { HEADER, Header, KIND_PLAIN, KIND_SERIES, Limbo, Series, Writer } from "../layout";
import { cellsSift, cellsWait } from "./cell";
import { mayAct, slotAt, slotCount } from "./writer";

const LIMBO: usize = HEADER + offsetof<Header>("limbo");
const SERIES: usize = HEADER + offsetof<Header>("series");
const EPOCH: usize = HEADER + offsetof<Header>("epoch");
/** So many blocks are given back by one verb at most: one that comes after a million removals is no slower. */
const SIFT_MOST: u32 = 256;

/** Gives a block back as soon as nobody can look at it any more. Without memory for the note it is lost. */
export function retire(address: usize, bytes: u32, kind: u32): void {
  const limbo = take(offsetof<Limbo>(), KIND_PLAIN, true);
  if (limbo == 0) return;
  const record = changetype<Limbo>(limbo);
  record.address = address;
  record.bytes = bytes;
  record.kind = kind;
  record.epoch = add32(EPOCH, 1);
  waitingPush(LIMBO, limbo);
}

/** The epoch it is: what is unlinked before may be known to verbs that began in it, and to older ones. */
export function epochNow(): u32 {
  return load32(EPOCH);
}

/** Begins another epoch: verbs that begin from now on know nothing of what was unlinked before. */
export function epochNext(): void {
  add32(EPOCH, 1);
}

/** The oldest epoch that a cold verb still under way began in. */
export function oldestBusy(): u32 {
  let oldest: u32 = load32(EPOCH);
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0 || !mayAct(slot)) continue;
    const busy = load32(slot + offsetof<Writer>("busy"));
    if (busy != 0 && <i32>(busy - oldest) < 0) oldest = busy;
  }
  return oldest;
}

/** Gives a series' record back as soon as nobody can look at it any more. It is FREE, and in no trie and no table. */
export function retireSeries(series: usize, bytes: u32): void {
  changetype<Series>(series).position = bytes;
  store32(series + offsetof<Series>("birth"), add32(EPOCH, 1));
  waitingPush(SERIES, series);
}

/** Reuses up to `most` of the blocks that have a note. */
function notesSift(oldest: u32, most: u32): void {
  for (let i: u32 = 0; i < most; i++) {
    const limbo = waitingFirst(LIMBO);
    if (limbo == 0) return;
    const record = changetype<Limbo>(limbo);
    // What lies below it is hardly older: it comes up when the verbs that hold this one have ended.
    if (<i32>(load32(limbo + offsetof<Limbo>("epoch")) - oldest) >= 0) return;
    if (!waitingTaken()) continue;
    give(record.address, record.bytes, record.kind);
    give(limbo, offsetof<Limbo>(), KIND_PLAIN);
  }
}

function seriesSift(oldest: u32, most: u32): void {
  for (let i: u32 = 0; i < most; i++) {
    const series = waitingFirst(SERIES);
    if (series == 0 || <i32>(load32(series + offsetof<Series>("birth")) - oldest) >= 0) return;
    if (waitingTaken()) give(series, changetype<Series>(series).position, KIND_SERIES);
  }
}

function sift(most: u32): void {
  if (waitingFirst(LIMBO) == 0 && waitingFirst(SERIES) == 0 && !cellsWait()) return;
  const oldest = oldestBusy();
  cellsSift(oldest, most);
  notesSift(oldest, most);
  seriesSift(oldest, most);
}

/** Reuses what can be reused. Called between verbs, by whoever is about to create structure. */
export function limboSift(): void {
  sift(SIFT_MOST);
}

/** The same without a limit, for whoever has just removed as much. */
export function limboEmpty(): void {
  sift(u32.MAX_VALUE);
}
