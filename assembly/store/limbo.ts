// Structure that was unlinked while a verb may still look at it: trie nodes, segments, families, registries.
//
// Every cold verb writes the epoch into its slot's `busy` when it begins and 0 when it ends. What is retired
// takes the epoch of that moment along and may be reused once no writer is busy since before. A writer that
// died in a cold verb holds the limbo up until its death is proven: that costs bytes and delays nobody.
// Cells and series do not come here; their readers check tokens and generations instead.

import { add32, exchangeIf64, load32, load64, store32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { HEADER, Header, KIND_PLAIN, Limbo, RETIRED, Writer } from "../layout";
import { tableCount, tableGet } from "./table";

const LIMBO: usize = HEADER + offsetof<Header>("limbo");
const SIFTED: usize = HEADER + offsetof<Header>("limboSifted");
const EPOCH: usize = HEADER + offsetof<Header>("epoch");

function push(limbo: usize): void {
  while (true) {
    const seen = load64(LIMBO);
    changetype<Limbo>(limbo).next = <u32>seen;
    if (exchangeIf64(LIMBO, seen, (((seen >> 32) + 1) << 32) | (<u64>limbo)) == seen) return;
  }
}

/** Gives a block back as soon as nobody can look at it any more. Without memory for the note it is lost. */
export function retire(address: usize, bytes: u32, kind: u32): void {
  const limbo = take(offsetof<Limbo>(), KIND_PLAIN, true);
  if (limbo == 0) return;
  const record = changetype<Limbo>(limbo);
  record.address = address;
  record.bytes = bytes;
  record.kind = kind;
  record.epoch = add32(EPOCH, 1);
  push(limbo);
}

/** The oldest epoch that a cold verb still under way began in. */
function oldestBusy(): u32 {
  const writers = changetype<Header>(HEADER).writers;
  let oldest: u32 = load32(EPOCH);
  for (let i: u32 = 0; i < tableCount(writers); i++) {
    const slot = tableGet(writers, i);
    if (slot == 0 || (load32(slot) & 3) == RETIRED) continue;
    const busy = load32(slot + offsetof<Writer>("busy"));
    if (busy != 0 && <i32>(busy - oldest) < 0) oldest = busy;
  }
  return oldest;
}

/** Reuses what can be reused. Called between verbs, by whoever is about to create structure. */
export function limboSift(): void {
  const seen = load64(LIMBO);
  if (<u32>seen == 0) return;
  const oldest = oldestBusy();
  // What is there now is not older than when it was last looked through.
  if (load32(SIFTED) == oldest) return;
  if (exchangeIf64(LIMBO, seen, ((seen >> 32) + 1) << 32) != seen) return;
  store32(SIFTED, oldest);
  let limbo: usize = <u32>seen;
  while (limbo != 0) {
    const record = changetype<Limbo>(limbo);
    const next: usize = record.next;
    if (<i32>(record.epoch - oldest) < 0) {
      give(record.address, record.bytes, record.kind);
      give(limbo, offsetof<Limbo>(), KIND_PLAIN);
    } else {
      push(limbo);
    }
    limbo = next;
  }
}
