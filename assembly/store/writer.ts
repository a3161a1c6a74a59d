// Writer slots: who owns cells, and what is known of their lives.
//
//   claim -> ACTIVE -> leave ------------------------> RETIRED -> claim (adopts what is there)
//                   -> revoke -> REVOKED -> proof ---> RETIRED -> fold -> FOLDING -> RETIRED, empty
//
// The state holds a generation, so that an instance knows its slot again, and is one word with its thread: a slot has
// an owner together with the number that the owner is buried by, and whoever moves it moves the life of it that was
// seen, also who slept in between for longer than a quarantine. A death is a hint until it is
// proven: REVOKED only clears the tokens of the slot's cells, so that a writer that lives after all takes the
// cold way, sees that the slot is no longer its own and claims another. Only a proof (the owner's own leave,
// Node's `exit`, minutes of quarantine) makes the slot RETIRED, and only a RETIRED slot's cells may be
// written by somebody else. For a thread that is past its look at a token makes one more store, and one in the
// middle of a cold verb uses its slot's lists and rooms: tokens alone do not keep a new owner and a thread that
// still runs apart, only time does. So a quarantine is measured in the memory's own seconds and not by a clock
// that may leap: whoever sets its clock adds what has passed since it did so last, STEP_MOST at the most and
// nothing where the clock was set back. No instance counts time that passed for none, so the sum runs slow where
// few threads are at work, never fast; one leap of a clock is worth STEP_MOST once, however many threads see it.
//
// This file knows the slot of this instance and the states. What happens to the cells stands in cell.ts,
// adopt.ts and fold.ts.

import { exchangeIf32, exchangeIf64, load32, load64, store32, store64 } from "../memory/atomics";
import { bump, give, take } from "../memory/arena";
import { ACTIVE, HEADER, Header, KIND_PLAIN, NO_THREAD, REVOKED, SCRATCH_BYTES, Writer, WRITER_BYTES, WRITERS_MAX } from "../layout";
import { NO_POSITION, tableAdd, tableCount, tableGet } from "./table";

/** The slot of this instance and the state it was claimed with; 0 none. */
let slot: usize = 0;
let claimedState: u32 = 0;

/** Seconds since the epoch, as the binding last said. */
let now: f64 = 0;
/** The memory's seconds, as this instance counts them. */
let passed: f64 = 0;
/** What one step of the clock counts for at most. Scrapes come every 15 to 60 s and set the clock. */
export const STEP_MOST: f64 = 30;
const SECONDS: usize = HEADER + offsetof<Header>("seconds");
const TICKS: usize = HEADER + offsetof<Header>("ticks");
const EPOCH: usize = HEADER + offsetof<Header>("epoch");

export function clockSet(seconds: f64): void {
  // The first time tells nothing of what has passed.
  const step = now == 0 ? 0 : seconds - now;
  now = seconds;
  // The windows of summaries go by the wall clock: a step of it costs them some values, and never a total.
  store32(TICKS, <u32>(<i64>(seconds * 100)));
  passed = max<f64>(passed + min<f64>(max<f64>(step, 0), STEP_MOST), <f64>load32(SECONDS));
  const whole = <u32>passed;
  while (true) {
    const there = load32(SECONDS);
    if (there >= whole || exchangeIf32(SECONDS, there, whole) == there) return;
  }
}

/** Seconds that have passed for this memory: for differences. */
export function clockPassed(): f64 {
  return max<f64>(passed, <f64>load32(SECONDS));
}

export function clockNow(): f64 {
  return now;
}

export function ownSlot(): usize {
  return slot;
}

export function ownWriter(): Writer {
  return changetype<Writer>(slot);
}

export function slotCount(): u32 {
  return tableCount(changetype<Header>(HEADER).writers);
}

export function slotAt(index: u32): usize {
  return tableGet(changetype<Header>(HEADER).writers, index);
}

/** The state of a slot. */
export function slotState(slot: usize): u32 {
  return <u32>slotLife(slot);
}

/** The state of a slot and its thread: one word, so that a slot has an owner together with the number that it is buried by. */
export function slotLife(slot: usize): u64 {
  return load64(slot);
}

/** The life of a slot in a state. */
function lifeOf(state: u32, thread: u32): u64 {
  return ((<u64>thread) << 32) | state;
}

/** The thread of a life. */
export function threadOf(life: u64): u32 {
  return <u32>(life >> 32);
}

/** True while the slot that this instance claimed is still its own. */
export function owned(): bool {
  return slot != 0 && slotState(slot) == claimedState;
}

/** The state that this instance claimed its slot with. */
export function ownState(): u32 {
  return claimedState;
}

/** True where the owner of a slot may still be running. */
export function mayAct(slot: usize): bool {
  const state = slotState(slot) & 3;
  return state == ACTIVE || state == REVOKED;
}

/** Begins a cold verb: what it looks at stays in place until `end`. False: claim a slot first. */
export function begin(): bool {
  if (!owned()) return false;
  const epoch = load32(EPOCH);
  store32(slot + offsetof<Writer>("quiet"), epoch);
  // 0 says that there is no verb. One that begins when the epochs have come around waits for one more.
  store32(slot + offsetof<Writer>("busy"), epoch == 0 ? -1 : epoch);
  return true;
}

export function end(): void {
  // Before it is no longer busy: whatever the verb found was made before.
  store32(slot + offsetof<Writer>("known"), load32(EPOCH));
  store32(slot + offsetof<Writer>("busy"), 0);
}

/** Moves a slot from the life that was seen to another state, of the same generation. It keeps its thread while it has an owner. */
export function slotMove(from: usize, seen: u64, state: u32): bool {
  const thread = state == ACTIVE || state == REVOKED ? threadOf(seen) : NO_THREAD;
  return exchangeIf64(from, seen, lifeOf(((<u32>seen) & ~3) | state, thread)) == seen;
}

/** Gives a slot from the life that was seen to this instance and a thread; false where somebody else was first. */
export function slotTake(from: usize, seen: u64, thread: u32): bool {
  const state = ((((<u32>seen) >> 2) + 1) << 2) | ACTIVE;
  if (exchangeIf64(from, seen, lifeOf(state, thread)) != seen) return false;
  slot = from;
  claimedState = state;
  return true;
}

/** Takes a slot whose state this instance has written. */
export function slotOwn(claimed: usize, state: u32): void {
  slot = claimed;
  claimedState = state;
}

/** Says that this writer is in no verb: shared cells that were detached before may be used again. */
export function writerRest(): void {
  if (owned()) store32(slot + offsetof<Writer>("quiet"), load32(EPOCH));
}

export function slotForget(): void {
  slot = 0;
  claimedState = 0;
}

/** The state of a slot that is new. */
const SLOT_FIRST: u32 = (1 << 2) | ACTIVE;

/** A slot nobody had before, this instance's and a thread's, in no table yet; or 0. */
export function slotMake(thread: u32): usize {
  if (slotCount() >= WRITERS_MAX) return 0;
  const made = bump((WRITER_BYTES + 63) & ~63, 64, true);
  if (made == 0) return 0;
  const scratch = take(SCRATCH_BYTES, KIND_PLAIN, true);
  if (scratch == 0) return 0;
  changetype<Writer>(made).scratch = scratch;
  changetype<Writer>(made).tokens = 2;
  store64(made, lifeOf(SLOT_FIRST, thread));
  slotOwn(made, SLOT_FIRST);
  return made;
}

/** Publishes a made slot. */
export function slotAdd(made: usize): bool {
  const position = tableAdd(changetype<Header>(HEADER).writers, made, true);
  if (position == NO_POSITION) return false;
  changetype<Writer>(made).index = position;
  return true;
}

/** A room of this writer's with at least `bytes`, 0 without memory; `room` is where its address and its size stand. Keeps no old content. */
function roomy(room: usize, bytes: u32): usize {
  const oldBytes = load<u32>(room, 4);
  if (oldBytes < bytes) {
    const block = take(bytes, KIND_PLAIN, true);
    if (block == 0) return 0;
    const old: usize = load<u32>(room);
    // In this order: a death in between may leave a room that is larger than its owner's heir believes, or lose
    // the old one, but no room that is free.
    store<u32>(room, block);
    store<u32>(room, bytes, 4);
    if (old != 0) give(old, oldBytes, KIND_PLAIN);
  }
  return load<u32>(room);
}

/** Where the binding puts at least `bytes` of names, labels or definitions; 0 without memory. */
export function inputAddress(bytes: u32): usize {
  return roomy(changetype<usize>(ownWriter()) + offsetof<Writer>("input"), max<u32>(bytes, 1024));
}

/** Where this writer's slices of text are written: at least `bytes`; 0 without memory. */
export function outputAddress(bytes: u32): usize {
  return roomy(changetype<usize>(ownWriter()) + offsetof<Writer>("output"), bytes);
}

/** Where this writer adds up what needs more than its scratch: at least `bytes`; 0 without memory. */
export function roomAddress(bytes: u32): usize {
  return roomy(changetype<usize>(ownWriter()) + offsetof<Writer>("room"), bytes);
}
