// A slot's lives: claimed, left, revoked, retired, adopted. The states stand in writer.ts.
//
// Whoever claims a RETIRED slot adopts its cells: counters and histograms go on where they were, so no float
// moves and no total can change; what a death left half done in a histogram is ended first. Per-writer gauges
// are folded, for a new owner's `set` must not overwrite what a dead one contributed.

import { add32, exchangeIf32, load32, store32 } from "../memory/atomics";
import {
  ACTIVE,
  Cell,
  DETACHED,
  FOLDED,
  GAUGE,
  HEADER,
  Header,
  HISTOGRAM,
  NATIVE,
  NO_THREAD,
  RETIRED,
  REVOKED,
  REVOKED_TOKEN,
  Slab,
  SUMMARY,
  TOKEN_FIRST,
  Writer,
} from "../layout";
import { ABSENT, EXHAUSTED, LIMIT, NO_WRITER, OK } from "../status";
import { histogramRepair } from "../metric/histogram";
import { nativeRepair } from "../metric/native";
import { summaryRepair } from "../metric/summary";
import { cellFound, cellsForget, cellsReclaim, cellType, firstSlab, isGivenBack, tokenNext } from "./cell";
import { cellFold, foldAbandoned } from "./fold";
import { isIncluded, seriesWord } from "./list";
import { registriesEnd } from "./owner";
import { replacedEnd } from "./unlink";
import {
  begin,
  clockNow,
  clockPassed,
  end,
  owned,
  ownSlot,
  ownWriter,
  slotAdd,
  slotAt,
  SLOT_FIRST,
  slotCount,
  slotForget,
  slotMake,
  slotMove,
  slotOwn,
} from "./writer";

/** How long a death without proof is only believed, in the memory's seconds. Deno's threads wrote on for 20 s after `exit`. */
export const QUARANTINE_SECONDS: f64 = 120;

/** Makes every cell of the slot usable for its new owner, or free. */
function adopt(slot: usize): void {
  cellsReclaim(slot);
  cellsForget(slot);
  for (let slab = firstSlab(slot); slab != 0; slab = changetype<Slab>(slab).next) {
    const record = changetype<Slab>(slab);
    const last = slab + record.bytes - record.cellBytes;
    for (let cell = slab + offsetof<Slab>(); cell <= last; cell += record.cellBytes) {
      const series = load32(cell + offsetof<Cell>("series"));
      if (series == 0) {
        cellFound(slot, cell, record.cellBytes);
        continue;
      }
      if (isGivenBack(series)) continue;
      const type = cellType(cell);
      // Readers skip what a base includes: nothing may be counted there any more.
      if (type == GAUGE || isIncluded(seriesWord(series), cell)) {
        cellFold(slot, cell, true);
        continue;
      }
      if (type == HISTOGRAM) histogramRepair(cell);
      else if (type == NATIVE) {
        replacedEnd(series, changetype<Writer>(slot).index);
        if (load32(cell + offsetof<Cell>("series")) != series) continue;
        nativeRepair(cell);
      } else if (type == SUMMARY) summaryRepair(cell);
      const token = load32(cell);
      if (token == FOLDED) cellFold(slot, cell, true);
      else if (token != DETACHED) exchangeIf32(cell, token, tokenNext());
    }
  }
}

let doubted: u32 = 0;

/** A slot for this instance: an abandoned one where there is one, else a new one. */
export function writerClaim(identity: u32, thread: u32, parent: u32): i32 {
  if (owned()) return OK;
  // Somebody believed us dead. A thread that was told to end may run on for seconds, and ends all the same.
  doubted = u32(ownSlot() != 0);
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0) continue;
    const writer = changetype<Writer>(slot);
    const state = load32(slot);
    const over = (state & 3) == REVOKED && clockPassed() - writer.revokedAt > QUARANTINE_SECONDS;
    if ((state & 3) != RETIRED && !over) continue;
    const before = load32(slot + offsetof<Writer>("identity"));
    if (over) threadClear(slot, state);
    if (!slotMove(slot, state, ACTIVE, 1)) continue;
    introduce(slot, (((state >> 2) + 1) << 2) | ACTIVE, identity, thread, parent);
    if (!begin()) return NO_WRITER;
    adopt(slot);
    end();
    if (over) registriesEnd(before);
    return OK;
  }
  const made = slotMake();
  if (made == 0) return slotCount() < 4095 ? EXHAUSTED : LIMIT;
  introduce(made, SLOT_FIRST, identity, thread, parent);
  if (slotAdd(made)) return OK;
  slotForget();
  return EXHAUSTED;
}

/**
 * Takes the thread out of a slot, in this state, that will have a new owner: whoever buries the thread must not find
 * it there. Exchanged, not stored: the slot may have its new owner already, whose thread is to stay.
 */
function threadClear(slot: usize, state: u32): void {
  const thread = load32(slot + offsetof<Writer>("thread"));
  const parent = load32(slot + offsetof<Writer>("parent"));
  if (load32(slot) != state || exchangeIf32(slot + offsetof<Writer>("thread"), thread, NO_THREAD) != thread) return;
  exchangeIf32(slot + offsetof<Writer>("parent"), parent, NO_THREAD);
}

/**
 * Says who owns a slot that was just claimed. The thread comes last: a slot without one is in nobody's hands but its
 * claimer's, for no burial finds it and `writerRevoke` refuses it.
 */
function introduce(slot: usize, state: u32, identity: u32, thread: u32, parent: u32): void {
  const writer = changetype<Writer>(slot);
  store32(slot + offsetof<Writer>("busy"), 0);
  store32(slot + offsetof<Writer>("quiet"), load32(HEADER + offsetof<Header>("epoch")));
  store32(slot + offsetof<Writer>("known"), load32(HEADER + offsetof<Header>("epoch")));
  writer.claimedAt = clockNow();
  writer.collectors = 0;
  store32(slot + offsetof<Writer>("doubted"), doubted);
  store32(slot + offsetof<Writer>("identity"), identity);
  store32(slot + offsetof<Writer>("parent"), parent);
  store32(slot + offsetof<Writer>("thread"), thread);
  slotOwn(slot, state);
}

/** A number for an instance, the same for all slots it will ever claim. */
export function identityNext(): u32 {
  return add32(HEADER + offsetof<Header>("identities"), 1) + 1;
}

/** The owner's own word that it will not write again. */
export function writerLeave(): void {
  if (owned()) {
    const index = ownWriter().index;
    ownWriter().collectors = 0;
    // Old handles take the cold way, and join again. Nobody finds a slot without a thread: where its owner dies in between, quarantine ends it.
    writerRevoke(index);
    writerRetire(index);
  }
  slotForget();
}

/**
 * Sends every handle of this writer the cold way once. Its cells go on where they are: what has moved to another
 * memory meanwhile is found there, what has not is bound anew, and no part of a gauge is forgotten.
 */
export function writerRenew(): void {
  if (!owned()) return;
  for (let slab = firstSlab(ownSlot()); slab != 0; slab = changetype<Slab>(slab).next) {
    const record = changetype<Slab>(slab);
    const last = slab + record.bytes - record.cellBytes;
    for (let cell = slab + offsetof<Slab>(); cell <= last; cell += record.cellBytes) {
      const token = load32(cell);
      if (token >= TOKEN_FIRST) exchangeIf32(cell, token, tokenNext());
    }
  }
  // Whoever revoked us meanwhile may have missed a token that changed under its eyes.
  if (!owned()) tokensClear(ownSlot());
}

/** Sends every handle of a slot the cold way. */
function tokensClear(slot: usize): void {
  for (let slab = firstSlab(slot); slab != 0; slab = changetype<Slab>(slab).next) {
    const record = changetype<Slab>(slab);
    const last = slab + record.bytes - record.cellBytes;
    for (let cell = slab + offsetof<Slab>(); cell <= last; cell += record.cellBytes) {
      const token = load32(cell);
      if (token != DETACHED && token != FOLDED) exchangeIf32(cell, token, REVOKED_TOKEN);
    }
  }
}

/**
 * Believes that a slot's owner is dead. Its cells are still summed; nobody else writes them. ABSENT for one without a
 * thread: it is about to be claimed, and its claimer has written nothing of itself yet.
 */
export function writerRevoke(index: u32): i32 {
  const slot = slotAt(index);
  if (slot == 0) return ABSENT;
  const state = load32(slot);
  if ((state & 3) != ACTIVE || load32(slot + offsetof<Writer>("thread")) == NO_THREAD) return ABSENT;
  changetype<Writer>(slot).revokedAt = clockPassed();
  if (!slotMove(slot, state, REVOKED, 0)) return ABSENT;
  tokensClear(slot);
  return OK;
}

/** Takes the proof of a death: the slot may be adopted or folded. */
export function writerRetire(index: u32): i32 {
  const slot = slotAt(index);
  if (slot == 0) return ABSENT;
  const state = load32(slot);
  if ((state & 3) != REVOKED) return ABSENT;
  threadClear(slot, state);
  return slotMove(slot, state, RETIRED, 0) ? OK : ABSENT;
}

/** Retires what has been in quarantine for long enough. */
export function writersSweep(): u32 {
  let retired: u32 = 0;
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0) continue;
    foldAbandoned(slot);
    if ((load32(slot) & 3) != REVOKED) continue;
    if (clockPassed() - changetype<Writer>(slot).revokedAt <= QUARANTINE_SECONDS) continue;
    const identity = load32(slot + offsetof<Writer>("identity"));
    if (writerRetire(i) != OK) continue;
    retired++;
    registriesEnd(identity);
  }
  return retired;
}
