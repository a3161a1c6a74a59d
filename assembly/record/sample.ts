// The hot way: a sample into its writer's ring. Plain stores, in this order:
//
//   begun = position + 1     from here on the sample that was in this place is gone
//   time, value, label       the sample
//   check                    of the three and of the position
//   last, next               own: what the next one goes by
//   head = position + 1      from here on the sample is there
//
// Who dies in between leaves a place that `head` does not show and `begun` says is spoilt: the ring's next owner begins at
// the same place. Who drains takes positions below `head` alone, copies a sample, and takes the copy where its check fits and
// `begun` had not come around to its place: on processors that keep the order of stores, as x86-64, that alone is certain. On
// others a store may come late, and the check tells: one of 2^32 that are torn would pass.
//
// Full rings take the slow way by one comparison that is there anyhow: `limit` is the position at which there is something
// to look at, half the ring where somebody is to be asked, the ring's end, or, where the oldest are dropped, none.
//
// Times come as milliseconds of the binding's clock since its origin: a double has no nanoseconds of the epoch, but 200 days
// of them. A clock that steps back repeats the last time; one that says nothing of use stands still.

import { add32, load64 } from "../memory/atomics";
import { FLUSH, OK, REFUSED, STALE } from "../status";
import { POLICY_FLUSH, Recorder, Ring, Sample } from "./records";

/** So far from its origin a clock is one: 126 years, so that no sum passes 63 bits. */
export const CLOCK_MOST: f64 = 4e12;

/** Ties the words of a sample to its position. Odd constants of SplitMix64 and of xxHash. */
export function checkOf(time: i64, bits: u64, label: u32, position: u64): u32 {
  let sum = ((<u64>time) ^ 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  sum = ((sum ^ (sum >> 32)) + bits) * 0x94d049bb133111eb;
  sum = ((sum ^ (sum >> 29)) + (((<u64>label) << 40) ^ position)) * 0x9e3779b185ebca87;
  return <u32>(sum >> 32);
}

/** Where a ring's limit is met: FLUSH where somebody is to be asked, REFUSED where the sample is dropped. */
function reached(ring: usize): i32 {
  const record = changetype<Ring>(ring);
  const recorder: usize = record.recorder;
  const tail = load64(ring + offsetof<Ring>("tail"));
  const used = record.head - tail;
  if (used >= record.capacity) {
    record.refused++;
    return REFUSED;
  }
  const half: u64 = record.capacity >> 1;
  if (changetype<Recorder>(recorder).policy == POLICY_FLUSH && used < half) {
    record.limit = tail + half;
    return OK;
  }
  record.limit = tail + record.capacity;
  if (changetype<Recorder>(recorder).policy != POLICY_FLUSH) return OK;
  add32(recorder + offsetof<Recorder>("wanted"), 1);
  return FLUSH;
}

/**
 * Records a value at so many milliseconds of this writer's clock. OK, also while recording is off; FLUSH where it was recorded
 * and the ring is half full, once; REFUSED where there is no place, and that was counted; STALE for a ring that is not this
 * writer's any more, and for a recorder in its place: bind, then repeat.
 */
export function sampleRecord(ring: usize, label: u32, milliseconds: f64, value: f64): i32 {
  const record = changetype<Ring>(ring);
  if (changetype<Recorder>(<usize>record.recorder).on == 0) return OK;
  if (load<u32>(record.slot) != record.slotState) return STALE;
  const position = record.head;
  let status = OK;
  if (position == record.limit) {
    status = reached(ring);
    if (status == REFUSED) return REFUSED;
  }
  // False for NaN too.
  const since: f64 = milliseconds > 0 && milliseconds < CLOCK_MOST ? milliseconds : 0;
  // Rounded: 1.001 ms are 1000999.9999999999 ns.
  const time = max<i64>(record.origin + <i64>(since * 1000000 + 0.5), record.last);
  const place: usize = record.next;
  const sample = changetype<Sample>(place);
  record.begun = position + 1;
  sample.time = time;
  sample.value = value;
  sample.label = label;
  sample.check = checkOf(time, reinterpret<u64>(value), label, position);
  record.last = time;
  const next = <u32>(place + offsetof<Sample>());
  record.next = next == record.end ? record.samples : next;
  record.head = position + 1;
  return status;
}

/**
 * Records how many seconds have passed since `started`, by the same clock; 0 where it stepped back. REFUSED, and not counted,
 * where `started` is no time.
 */
export function durationRecord(ring: usize, label: u32, started: f64, milliseconds: f64): i32 {
  const passed = milliseconds - started;
  if (passed != passed) return REFUSED;
  return sampleRecord(ring, label, milliseconds, max<f64>(passed, 0) / 1000);
}
