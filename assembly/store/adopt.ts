// A slot's lives: claimed, left, revoked, retired, adopted. The states stand in writer.ts.
//
// Whoever claims a RETIRED slot adopts its cells: counters and histograms go on where they were, so no float
// moves and no total can change; what a death left half done in a histogram is ended first. Per-writer gauges
// are folded, for a new owner's `set` must not overwrite what a dead one contributed.

import { add32, exchangeIf32, exchangeIf64, load32, load64, store32, store64 } from "../memory/atomics";
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
  ownState,
  slotAdd,
  slotAt,
  slotCount,
  slotForget,
  slotLife,
  slotMake,
  slotMove,
  slotTake,
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
    const life = slotLife(slot);
    const over = isOver(slot, <u32>life);
    if (((<u32>life) & 3) != RETIRED && !over) continue;
    const before = load32(slot + offsetof<Writer>("identity"));
    if (!slotTake(slot, life, thread)) continue;
    // Whoever made it may have died before it knew.
    changetype<Writer>(slot).index = i;
    introduce(slot, identity, parent);
    if (!begin()) return NO_WRITER;
    adopt(slot);
    end();
    if (over) registriesEnd(before);
    return OK;
  }
  const made = slotMake(thread);
  if (made == 0) return slotCount() < 4095 ? EXHAUSTED : LIMIT;
  introduce(made, identity, parent);
  if (slotAdd(made)) return OK;
  slotForget();
  return EXHAUSTED;
}

/** Says who owns a slot that was just claimed. Whoever buries its thread finds it already. */
function introduce(slot: usize, identity: u32, parent: u32): void {
  const writer = changetype<Writer>(slot);
  store32(slot + offsetof<Writer>("busy"), 0);
  store32(slot + offsetof<Writer>("quiet"), load32(HEADER + offsetof<Header>("epoch")));
  store32(slot + offsetof<Writer>("known"), load32(HEADER + offsetof<Header>("epoch")));
  writer.claimedAt = clockNow();
  writer.collectors = 0;
  store32(slot + offsetof<Writer>("doubted"), doubted);
  store32(slot + offsetof<Writer>("identity"), identity);
  // Of this life alone: nobody has to take it out of a slot, and nobody finds that of the owner before.
  store64(slot + offsetof<Writer>("parent"), ((<u64>parent) << 32) | ownState());
}

/** A number for an instance, the same for all slots it will ever claim. */
export function identityNext(): u32 {
  return add32(HEADER + offsetof<Header>("identities"), 1) + 1;
}

/** The owner's own word that it will not write again. Each step is of the slot as it was claimed: whoever sleeps in between ends nobody else's. */
export function writerLeave(): void {
  const slot = ownSlot();
  const life = slot == 0 ? 0 : slotLife(slot);
  // Old handles take the cold way, and join again. One that dies in between is found by its burial, or by quarantine.
  if (slot != 0 && <u32>life == ownState() && revoked(slot, life)) slotMove(slot, (life & ~3) | REVOKED, RETIRED);
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

/** Moves a slot from ACTIVE, as it was seen, to REVOKED; false where it is not so any more. */
function revoked(slot: usize, life: u64): bool {
  if (!slotMove(slot, life, REVOKED)) return false;
  revokedAt(slot, ((<u32>life) & ~3) | REVOKED);
  tokensClear(slot);
  return true;
}

/**
 * Since when a slot has been in this REVOKED state, in the memory's seconds: since somebody first asked. The time stands
 * together with the state that it is of, so what is there of an owner before, or comes late by one who slept, is none.
 */
function revokedAt(slot: usize, state: u32): f64 {
  const quarantine = slot + offsetof<Writer>("quarantine");
  const said = load64(quarantine);
  if (<u32>said == state) return <f64>(<u32>(said >> 32));
  const now = ceil(clockPassed());
  exchangeIf64(quarantine, said, ((<u64>(<u32>now)) << 32) | state);
  return now;
}

/** Whether a slot has been REVOKED for the whole quarantine. */
function isOver(slot: usize, state: u32): bool {
  return (state & 3) == REVOKED && clockPassed() - revokedAt(slot, state) > QUARANTINE_SECONDS;
}

/** Believes that a slot's owner is dead. Its cells are still summed; nobody else writes them. */
export function writerRevoke(index: u32): i32 {
  const slot = slotAt(index);
  if (slot == 0) return ABSENT;
  const life = slotLife(slot);
  return ((<u32>life) & 3) == ACTIVE && revoked(slot, life) ? OK : ABSENT;
}

/** Takes the proof of a death: the slot may be adopted or folded. */
export function writerRetire(index: u32): i32 {
  const slot = slotAt(index);
  if (slot == 0) return ABSENT;
  const life = slotLife(slot);
  return ((<u32>life) & 3) == REVOKED && slotMove(slot, life, RETIRED) ? OK : ABSENT;
}

/** Retires what has been in quarantine for long enough. */
export function writersSweep(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0) continue;
    foldAbandoned(slot);
    const life = slotLife(slot);
    if (!isOver(slot, <u32>life)) continue;
    const identity = load32(slot + offsetof<Writer>("identity"));
    if (!slotMove(slot, life, RETIRED)) continue;
    count++;
    registriesEnd(identity);
  }
  return count;
}
