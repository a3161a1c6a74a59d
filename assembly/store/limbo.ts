// Structure that was unlinked while a verb may still look at it: trie nodes, segments, families, series, bases.
//
// Every cold verb writes the epoch into its slot's `busy` when it begins and 0 when it ends. What is retired
// takes the epoch of that moment along and may be reused once no writer is busy since before. A writer that
// died in a cold verb holds the limbo up until its death is proven: that costs bytes and delays nobody. One
// that dies while it sifts loses the one block that it had in hand, with its note.
//
// Epochs are compared by their difference: a verb would have to sleep for 2^31 of them, that is while as many
// records are unlinked, before it was taken for one that began later. Cells do not come here; their readers
// check tokens instead.

import { add32, load32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { waitingFirst, waitingPush, waitingTaken } from "../memory/waiting";
import { HEADER, Header, KIND_PLAIN, Limbo, Writer } from "../layout";
import { mayAct, slotAt, slotCount } from "./writer";

const LIMBO: usize = HEADER + offsetof<Header>("limbo");
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

/** The oldest epoch that a cold verb still under way began in. */
function oldestBusy(): u32 {
  let oldest: u32 = load32(EPOCH);
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0 || !mayAct(slot)) continue;
    const busy = load32(slot + offsetof<Writer>("busy"));
    if (busy != 0 && <i32>(busy - oldest) < 0) oldest = busy;
  }
  return oldest;
}

/** Reuses what can be reused. Called between verbs, by whoever is about to create structure. */
export function limboSift(): void {
  if (waitingFirst(LIMBO) == 0) return;
  const oldest = oldestBusy();
  for (let i: u32 = 0; i < SIFT_MOST; i++) {
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
