// Rings: one a writer and recorder, for as long as the writer lives; then, drained to its end, somebody else's.
//
// A ring is its owner's while the owner's slot has the state that stands in the ring: revoking a writer changes that word, so
// a writer that is believed dead and lives takes the cold way, as with cells, and finds another ring. A ring is bound anew by
// one swap of {slot, state}, once the old owner's death is proven and nothing waits in it: so all that waits in a ring is of
// one writer, in the order of time.
//
// A ring is made as large as it will ever be, with the links that a drain needs, and never given back: draining takes no
// memory. Who dies while it makes one loses that one.

import { add32, add64, exchangeIf32, exchangeIf64, load32, load64 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { ACTIVE, FOLDING, KIND_PLAIN, RETIRED } from "../layout";
import { EXHAUSTED, LIMIT, NO_WRITER } from "../status";
import { owned, ownSlot, ownWriter, slotState } from "../store/writer";
import { POLICY_OLDEST, Recorder, Ring, RING_SLACK, Sample, SAMPLE_BYTES, SAMPLES_FROM } from "./records";
import { CLOCK_MOST } from "./sample";

/** Samples of a ring of so many bytes. */
export function ringCapacity(bytes: u32): u32 {
  return (bytes - RING_SLACK - SAMPLES_FROM) / SAMPLE_BYTES;
}

/** The ring of that number, 0 where there is none. */
export function ringAt(recorder: usize, number: u32): usize {
  return load32(<usize>changetype<Recorder>(recorder).rings + (number << 2));
}

/**
 * A position or a number of rows, as it is after the last drain that is over, whether its drainer came to say so in the ring
 * or not. A drain that begins sets `drain` to 0 before it changes what a drain before has left.
 */
function settled(ring: usize, ever: usize, after: usize): u64 {
  const committed = <usize>changetype<Ring>(ring).recorder + offsetof<Recorder>("committed");
  while (true) {
    const drain = load32(ring + offsetof<Ring>("drain"));
    const found = load64(ring + (drain != 0 && drain == load32(committed) ? after : ever));
    if (load32(ring + offsetof<Ring>("drain")) == drain) return found;
  }
}

/** The position of the first sample that is not drained. */
export function ringTail(ring: usize): u64 {
  return settled(ring, offsetof<Ring>("tail"), offsetof<Ring>("mark"));
}

/** Rows ever written of a ring. */
export function ringRows(ring: usize): u64 {
  return settled(ring, offsetof<Ring>("rows"), offsetof<Ring>("markRows"));
}

/** The first position whose sample nobody has written over. */
export function ringFirst(ring: usize): u64 {
  const begun = load64(ring + offsetof<Ring>("begun"));
  const capacity: u64 = changetype<Ring>(ring).capacity;
  return begun > capacity ? begun - capacity : 0;
}

/** True for a ring whose owner is proven dead. */
function isLeft(word: u64): bool {
  const claimed = <u32>(word >> 32);
  const state = slotState(<usize>(<u32>word));
  return state >> 2 != claimed >> 2 || (state & 3) == RETIRED || (state & 3) == FOLDING;
}

/** True for a ring whose owner is proven dead and that nothing waits in. */
function isFree(ring: usize, word: u64): bool {
  return isLeft(word) && ringTail(ring) == load64(ring + offsetof<Ring>("head"));
}

/**
 * Asks for a drain where rings that the dead left wait for one and are more than those that are there for writers to come, of
 * which there are none where this one `found` none. So threads that come and go, each with a few samples, find a ring.
 */
function asked(recorder: usize, found: bool): void {
  let open: u32 = 0;
  let left: u32 = 0;
  for (let i: u32 = 0; i < changetype<Recorder>(recorder).ringsMax; i++) {
    const ring = ringAt(recorder, i);
    const word = ring == 0 ? 0 : load64(ring);
    if (ring == 0 || isFree(ring, word)) open++;
    else if (isLeft(word)) left++;
  }
  if (left > (found ? open : 0)) add32(recorder + offsetof<Recorder>("wanted"), 1);
}

/** Milliseconds since the epoch in nanoseconds, as exactly as a double has them; 0 for what is no time. */
function originOf(milliseconds: f64): i64 {
  if (!(milliseconds > 0 && milliseconds < CLOCK_MOST)) return 0;
  const whole = floor(milliseconds);
  return <i64>whole * 1000000 + <i64>((milliseconds - whole) * 1000000 + 0.5);
}

/** What a new owner goes by. All of it follows from the head, wherever the one before died. */
function introduced(ring: usize, milliseconds: f64): void {
  const record = changetype<Ring>(ring);
  const policy = changetype<Recorder>(<usize>record.recorder).policy;
  record.next = record.samples + <u32>(record.head % record.capacity) * offsetof<Sample>();
  // At once: the first sample finds out how far the tail is, and where there is something to look at next.
  record.limit = policy == POLICY_OLDEST ? u64.MAX_VALUE : record.head;
  record.last = 0;
  record.origin = originOf(milliseconds);
  record.thread = ownWriter().thread;
}

/** Somebody else has the number. */
const TAKEN: usize = 1;

/** A new ring of that number, 0 without memory, or TAKEN. */
function ringMade(recorder: usize, number: u32, word: u64): usize {
  const bytes = changetype<Recorder>(recorder).ringBytes;
  const block = take(bytes, KIND_PLAIN, false);
  if (block == 0) return 0;
  const ring = (block + RING_SLACK - 1) & ~(RING_SLACK - 1);
  memory.fill(ring, 0, offsetof<Ring>());
  const record = changetype<Ring>(ring);
  const capacity = ringCapacity(bytes);
  store<u64>(ring, word);
  record.recorder = recorder;
  record.samples = ring + SAMPLES_FROM;
  record.end = record.samples + capacity * offsetof<Sample>();
  record.capacity = capacity;
  record.links = record.end;
  record.number = number;
  if (exchangeIf32(<usize>changetype<Recorder>(recorder).rings + (number << 2), 0, ring) == 0) return ring;
  give(block, bytes, KIND_PLAIN);
  return TAKEN;
}

/**
 * This writer's ring: the one it has, one whose owner is dead and that is drained, or a new one. `milliseconds` since the
 * epoch are what its clock counts from; binding again sets them anew. LIMIT where the recorder has all the rings that its bytes
 * allow, EXHAUSTED without memory: count what is lost by that with `sampleLost`, and bind again later. Where rings of the dead
 * are all there is, or soon will be, a drain is asked for by the word of `recorderWantedAddress`.
 */
export function ringBind(recorder: usize, milliseconds: f64): i32 {
  if (!owned()) return NO_WRITER;
  const state = slotState(ownSlot());
  // Revoked since.
  if ((state & 3) != ACTIVE) return NO_WRITER;
  const word = ((<u64>state) << 32) | (<u64>ownSlot());
  const count = changetype<Recorder>(recorder).ringsMax;
  for (let i: u32 = 0; i < count; i++) {
    const ring = ringAt(recorder, i);
    if (ring == 0 || load64(ring) != word) continue;
    // Its last bind may have been cut short.
    const last = changetype<Ring>(ring).last;
    introduced(ring, milliseconds);
    changetype<Ring>(ring).last = last;
    return <i32>ring;
  }
  for (let i: u32 = 0; i < count; i++) {
    const ring = ringAt(recorder, i);
    if (ring == 0) continue;
    const seen = load64(ring);
    if (!isFree(ring, seen) || exchangeIf64(ring, seen, word) != seen) continue;
    introduced(ring, milliseconds);
    asked(recorder, true);
    return <i32>ring;
  }
  for (let i: u32 = 0; i < count; i++) {
    if (ringAt(recorder, i) != 0) continue;
    const ring = ringMade(recorder, i, word);
    if (ring == TAKEN) continue;
    if (ring == 0) {
      asked(recorder, false);
      return EXHAUSTED;
    }
    introduced(ring, milliseconds);
    asked(recorder, true);
    return <i32>ring;
  }
  asked(recorder, false);
  return LIMIT;
}

/** Counts samples of a writer that found no ring. */
export function sampleLost(recorder: usize, count: u32): void {
  if (changetype<Recorder>(recorder).on != 0) add64(recorder + offsetof<Recorder>("lost"), count);
}
