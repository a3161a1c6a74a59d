// Recorders: time-stamped samples, kept raw in shared memory until somebody drains them.
//
// What the bindings have of this room, and which file says how it works:
//
//   recorder.ts  recorderCreate recorderFind recorderSwitch recorderOnAddress recorderWantedAddress recorderCapacity
//                recorderRecorded recorderRows recorderDropped recorderWaiting recorderHead recorderDrained recorderRefused
//   label.ts     labelIntern labelAdmit
//   ring.ts      ringBind sampleLost
//   sample.ts    sampleRecord durationRecord
//   drain.ts     drainBegin drainTake drainLimit drainResting drainReached drainRest drainResume drainNumber drainDone drainCommit drainAbandon
//   rows.ts      drainWrite drainText
//
// A recorder is for good: the hot way has no moment at which nobody is in a ring, so a ring is only ever used as a ring. Who has
// done with one switches it off. Their number is bounded, and each has a cap: `maxBytes` of rings, which are made when writers
// come; and beside it the table of its labels, made with it.
//
// Counts are exact: what was recorded is written, dropped or waits. Nobody adds up what is dropped by being written over: it is
// what the tail has passed and is not in the rows.

import { exchangeIf32, load32, load64 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { HEADER, Header, KIND_PLAIN, WRITERS_MAX } from "../layout";
import { ABSENT, CONFLICT, EXHAUSTED, LIMIT, NO_WRITER } from "../status";
import { owned } from "../store/writer";
import { labelTaken } from "./label";
import {
  Group,
  Label,
  LABEL_ROOM_MAX,
  LABELS_MAX,
  POLICY_NEWEST,
  Recorder,
  RECORDERS_MAX,
  Ring,
  RING_BYTES_MAX,
  RING_BYTES_MIN,
} from "./records";
import { ringAt, ringCapacity, ringFirst, ringRows, ringTail } from "./ring";

const RECORDERS: usize = HEADER + offsetof<Header>("recorders");
/** Of the record, to the next line. */
const RECORDER_BYTES: u32 = 192;
/** What aligning it to a line may cost. */
const RECORDER_SLACK: u32 = 64;
/** "tallystick_overflow", as the overflow series' label. */
const OVERFLOW_TEXT: usize = memory.data<u8>([116, 97, 108, 108, 121, 115, 116, 105, 99, 107, 95, 111, 118, 101, 114, 102, 108, 111, 119]);
const OVERFLOW_LENGTH: u32 = 19;

/** The recorder of a name, or ABSENT. */
export function recorderFind(name: u64): i32 {
  for (let recorder: usize = load32(RECORDERS); recorder != 0; recorder = changetype<Recorder>(recorder).next) {
    if (changetype<Recorder>(recorder).name == name) return <i32>recorder;
  }
  return ABSENT;
}

/** The power of two that is not above `bytes`. */
function powerBelow(bytes: u32): u32 {
  return 1 << (31 - clz<u32>(bytes));
}

/** Places of the table of so many labels, without the overflow label's. */
function slotsFor(labelsMax: u32): u32 {
  return powerBelow(labelsMax << 1) << 1;
}

/** The bytes of a recorder, with its tables and its labels. */
function bytesFor(ringsMax: u32, labelsMax: u32, labelRoom: u32): u32 {
  const slots = slotsFor(labelsMax);
  const tables = (slots + 1) * offsetof<Group>() + ((ringsMax + slots + 2) << 2);
  return RECORDER_SLACK + RECORDER_BYTES + <u32>tables + labelTaken(OVERFLOW_LENGTH) + labelRoom;
}

/** A recorder that nobody knows yet, or 0 without memory. */
function recorderMade(ringBytes: u32, ringsMax: u32, labelsMax: u32, labelRoom: u32): usize {
  const slots = slotsFor(labelsMax);
  const bytes = bytesFor(ringsMax, labelsMax, labelRoom);
  const block = take(bytes, KIND_PLAIN, false);
  if (block == 0) return 0;
  const made = (block + RECORDER_SLACK - 1) & ~(RECORDER_SLACK - 1);
  memory.fill(made, 0, bytes - RECORDER_SLACK);
  const record = changetype<Recorder>(made);
  record.slot = made;
  record.recorder = made;
  record.block = block;
  record.ringsMax = ringsMax;
  record.ringBytes = ringBytes;
  record.slotBits = 32 - clz<u32>(ringCapacity(ringBytes));
  record.labelsMax = labelsMax;
  record.labelRoom = labelRoom;
  record.labelSlots = slots;
  record.groups = made + RECORDER_BYTES;
  record.rings = record.groups + (slots + 1) * offsetof<Group>();
  record.labels = record.rings + (ringsMax << 2);
  record.labelBytes = (record.labels + ((slots + 1) << 2) + 7) & ~7;
  // The overflow label has bytes of its own, in front of all others.
  const label: usize = record.labelBytes;
  changetype<Label>(label).length = OVERFLOW_LENGTH;
  memory.copy(label + offsetof<Label>(), OVERFLOW_TEXT, OVERFLOW_LENGTH);
  store<u32>(record.labels, label);
  record.labelBytes += labelTaken(OVERFLOW_LENGTH);
  return made;
}

/** What a recorder that is there is, where it is what is wanted; else CONFLICT. */
function asWanted(recorder: i32, policy: u32, ringBytes: u32, ringsMax: u32, labelsMax: u32, labelRoom: u32): i32 {
  const record = changetype<Recorder>(<usize>recorder);
  const same =
    record.policy == policy &&
    record.ringBytes == ringBytes &&
    record.ringsMax == ringsMax &&
    record.labelsMax == labelsMax &&
    record.labelRoom == labelRoom;
  return same ? recorder : CONFLICT;
}

/** Recorders from one of the list on. */
function countFrom(recorder: usize): u32 {
  let count: u32 = 0;
  for (; recorder != 0; recorder = changetype<Recorder>(recorder).next) count++;
  return count;
}

/**
 * The recorder of a name, not 0: the one that is there, or a new one, which is off. Each writer's ring takes `ringBytes`, at the
 * most half as much less where that is no power of two, and all rings `maxBytes`. CONFLICT where it is there and another one; LIMIT
 * for sizes that are none, and for one recorder too many; EXHAUSTED without memory.
 */
export function recorderCreate(name: u64, policy: u32, ringBytes: u32, maxBytes: u32, labelsMax: u32, labelRoom: u32): i32 {
  if (!owned()) return NO_WRITER;
  if (name == 0 || policy > POLICY_NEWEST || ringBytes < RING_BYTES_MIN || ringBytes > RING_BYTES_MAX) return LIMIT;
  if (maxBytes < ringBytes || maxBytes > 0x7fffffff) return LIMIT;
  if (labelsMax == 0 || labelsMax > LABELS_MAX || labelRoom > LABEL_ROOM_MAX) return LIMIT;
  ringBytes = powerBelow(ringBytes);
  const ringsMax = min<u32>(maxBytes / ringBytes, WRITERS_MAX);
  let found = recorderFind(name);
  if (found != ABSENT) return asWanted(found, policy, ringBytes, ringsMax, labelsMax, labelRoom);
  const made = recorderMade(ringBytes, ringsMax, labelsMax, labelRoom);
  if (made == 0) return EXHAUSTED;
  changetype<Recorder>(made).name = name;
  changetype<Recorder>(made).policy = policy;
  let status: i32 = LIMIT;
  while (true) {
    const first = load32(RECORDERS);
    // What the list has behind `first` never changes.
    if (countFrom(first) >= RECORDERS_MAX) break;
    found = recorderFind(name);
    if (found != ABSENT) {
      status = asWanted(found, policy, ringBytes, ringsMax, labelsMax, labelRoom);
      break;
    }
    changetype<Recorder>(made).next = first;
    if (exchangeIf32(RECORDERS, first, made) == first) return <i32>made;
  }
  give(changetype<Recorder>(made).block, bytesFor(ringsMax, labelsMax, labelRoom), KIND_PLAIN);
  return status;
}

/** Switches recording on or off, for all threads. */
export function recorderSwitch(recorder: usize, on: bool): void {
  changetype<Recorder>(recorder).on = u32(on);
}

/** Where the word is that is 0 while recording is off: bindings look at it themselves before they read a clock. */
export function recorderOnAddress(recorder: usize): usize {
  return recorder + offsetof<Recorder>("on");
}

/** Where the word is that grows when a ring asks to be drained: to wait for. */
export function recorderWantedAddress(recorder: usize): usize {
  return recorder + offsetof<Recorder>("wanted");
}

/** Samples that one ring holds. */
export function recorderCapacity(recorder: usize): u32 {
  return ringCapacity(changetype<Recorder>(recorder).ringBytes);
}

/** Samples ever recorded, dropped ones too. */
export function recorderRecorded(recorder: usize): f64 {
  let sum = load64(recorder + offsetof<Recorder>("lost"));
  for (let i: u32 = 0; i < changetype<Recorder>(recorder).ringsMax; i++) {
    const ring = ringAt(recorder, i);
    if (ring != 0) sum += load64(ring + offsetof<Ring>("head")) + load64(ring + offsetof<Ring>("refused"));
  }
  return <f64>sum;
}

/** Samples that were written and whose drain is over. */
export function recorderRows(recorder: usize): f64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < changetype<Recorder>(recorder).ringsMax; i++) {
    const ring = ringAt(recorder, i);
    if (ring != 0) sum += ringRows(ring);
  }
  return <f64>sum;
}

/** The first position of a ring that can still be drained. */
function firstWaiting(ring: usize): u64 {
  return max<u64>(ringTail(ring), ringFirst(ring));
}

/** Samples of a ring that were written over, or were not whole: what the tail has passed, or will, and is in no rows. */
function ringPassed(ring: usize): u64 {
  while (true) {
    const rows = ringRows(ring);
    const first = firstWaiting(ring);
    // A drain that ends moves both at once.
    if (ringRows(ring) == rows) return first - rows;
  }
}

/** Samples that no drain will ever have: there was no ring, no place, or a later one took theirs. */
export function recorderDropped(recorder: usize): f64 {
  let sum = load64(recorder + offsetof<Recorder>("lost"));
  for (let i: u32 = 0; i < changetype<Recorder>(recorder).ringsMax; i++) {
    const ring = ringAt(recorder, i);
    if (ring != 0) sum += load64(ring + offsetof<Ring>("refused")) + ringPassed(ring);
  }
  return <f64>sum;
}

/** Samples that wait for a drain, or for the end of one. */
export function recorderWaiting(recorder: usize): f64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < changetype<Recorder>(recorder).ringsMax; i++) {
    const ring = ringAt(recorder, i);
    if (ring == 0) continue;
    // The head last: it is never before what was seen of the tail.
    const first = firstWaiting(ring);
    sum += load64(ring + offsetof<Ring>("head")) - first;
  }
  return <f64>sum;
}

/** The position behind the last sample of the ring of that number: 0 where there is none yet, -1 for one that no ring will have. */
export function recorderHead(recorder: usize, number: u32): f64 {
  if (number >= changetype<Recorder>(recorder).ringsMax) return -1;
  const ring = ringAt(recorder, number);
  return ring == 0 ? 0 : <f64>load64(ring + offsetof<Ring>("head"));
}

/** The first position of the ring of that number that waits: what was before a head then is written or dropped by now. */
export function recorderDrained(recorder: usize, number: u32): f64 {
  if (number >= changetype<Recorder>(recorder).ringsMax) return -1;
  const ring = ringAt(recorder, number);
  return ring == 0 ? 0 : <f64>firstWaiting(ring);
}

/** How often a label was asked for that went to the overflow label. */
export function recorderRefused(recorder: usize): u32 {
  return load32(recorder + offsetof<Recorder>("refused"));
}
