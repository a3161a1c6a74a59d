// Exporters: what tells other processes what this one has counted in a registry, sequence by sequence, each a walk that
// writes frames in slices: slice.ts. An exporter remembers what it said of every series and when, so that a sequence has
// what changed since another one, its base. What the base is, is its user's matter: the last one that arrived.
//
// Numbers. A sequence takes the registry's next number when it begins, whether anything is told then or not: moments.ts. One that was
// given up half way is not complete, and none may build upon it. Base 0 begins the shadow anew, and none may build upon what was
// before that. The shadow counts turns from there on, in 32 bits: a whole image is due, for whoever asks for less, when they are used up.
//
// An exporter is its thread's own, and a registry may have many. With a thread that dies what it remembered stays behind in the
// memory, 32 bytes for each series: nobody else looks at it.

import { give, take } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { EXHAUSTED, GONE, LIMIT, NO_WRITER, OK, REFUSED } from "../status";
import { limboSift } from "../store/limbo";
import { walkBegin } from "../store/registry";
import { isLive } from "../store/series";
import { begin, end, ownWriter } from "../store/writer";
import { FRAME_BASED, FRAME_BASELINE, FRAME_ENDED, FRAME_FULL } from "./format";
import { MOMENTS_MAX, momentNext } from "./moments";
import { Exporter } from "./records";
import { shadowForgotten } from "./shadow";
import { sliceFrame, sliceWritten, UNDER_WAY } from "./slice";

/** What bindings say of a process: its number, its names. */
const HEAD_BYTES_MAX: u32 = 65536;
/** What a shadow can tell apart. */
const TURN_MAX: u64 = u32.MAX_VALUE;

/** An exporter of a registry: its address, EXHAUSTED, GONE or NO_WRITER. */
export function exporterCreate(registry: usize, registryState: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const made = isLive(registry, registryState) ? exporterMade(registry, registryState) : GONE;
  end();
  return made;
}

function exporterMade(registry: usize, registryState: u32): i32 {
  const made = take(<u32>offsetof<Exporter>(), KIND_PLAIN, true);
  if (made == 0) return EXHAUSTED;
  memory.fill(made, 0, offsetof<Exporter>());
  const exporter = changetype<Exporter>(made);
  exporter.registry = <u32>registry;
  exporter.registryState = registryState;
  return <i32>made;
}

function headForgotten(exporter: Exporter): void {
  if (exporter.head != 0) give(exporter.head, exporter.headLength, KIND_PLAIN);
  exporter.head = 0;
  exporter.headLength = 0;
}

/** Gives back all that an exporter has. */
export function exporterEnd(exporter: usize): void {
  shadowForgotten(changetype<Exporter>(exporter));
  headForgotten(changetype<Exporter>(exporter));
  give(exporter, <u32>offsetof<Exporter>(), KIND_PLAIN);
}

/** Keeps the head that is in the input; false without memory. */
function headKept(exporter: Exporter, length: u32): bool {
  const made = length == 0 ? 0 : take(length, KIND_PLAIN, true);
  if (made == 0 && length != 0) return false;
  headForgotten(exporter);
  if (length != 0) memory.copy(made, ownWriter().input, length);
  exporter.head = <u32>made;
  exporter.headLength = length;
  return true;
}

/**
 * Begins a sequence of what changed after `base`, a complete one since the last of base 0 (else REFUSED), at so many seconds since the
 * epoch. 0: of all that there is, with a head of `headLength` bytes in the input. `flags`: FRAME_ENDED where it is the last one of the
 * process, FRAME_BASELINE, FRAME_BASED. OK, REFUSED, LIMIT, EXHAUSTED, GONE without the registry, or NO_WRITER, and then nothing has changed.
 */
export function exporterBegin(exporter: usize, base: f64, flags: u32, headLength: u32, instance: u64, seconds: f64): i32 {
  const record = changetype<Exporter>(exporter);
  if (!(base >= 0 && base < <f64>MOMENTS_MAX)) return REFUSED;
  const upon = <u64>base;
  if (upon != 0 && (upon < record.whole || upon > record.complete)) return REFUSED;
  if (headLength > HEAD_BYTES_MAX) return LIMIT;
  if (!begin()) return NO_WRITER;
  const status = isLive(record.registry, record.registryState) ? begun(record, upon, headLength) : GONE;
  end();
  if (status != OK) return status;
  record.flags = (upon == 0 ? FRAME_FULL : 0) | (flags & (FRAME_ENDED | FRAME_BASELINE | FRAME_BASED)) | UNDER_WAY;
  record.part = 0;
  record.nextFamily = 0;
  record.nextSeries = 0;
  record.instance = instance;
  record.seconds = seconds;
  record.walk = walkBegin();
  return OK;
}

/** Takes a number, before anything is looked at. */
function begun(record: Exporter, base: u64, headLength: u32): i32 {
  if (base == 0 && !headKept(record, headLength)) return EXHAUSTED;
  const sequence = momentNext(record.registry);
  if (base == 0) {
    shadowForgotten(record);
    record.whole = sequence;
    record.complete = 0;
    record.written = 0;
    if (record.generation == 0) record.generation = sequence;
  } else if (sequence - record.whole >= TURN_MAX) {
    return REFUSED;
  }
  record.sequence = sequence;
  record.base = base;
  record.turn = <u32>(sequence - record.whole) + 1;
  record.since = base == 0 ? 0 : <u32>(base - record.whole) + 1;
  return OK;
}

/**
 * Goes on with the sequence: looks at up to `most` families and series, and writes a frame of about SLICE_BYTES at the
 * most. Returns its length, 0 where there is none to tell of; GONE without the registry, EXHAUSTED, from which it may be
 * tried again, or NO_WRITER. The frame is this writer's until its next verb.
 */
export function exporterWrite(exporter: usize, most: u32): i32 {
  limboSift();
  const record = changetype<Exporter>(exporter);
  if ((record.flags & UNDER_WAY) == 0) return 0;
  if (!begin()) return NO_WRITER;
  const length = isLive(record.registry, record.registryState) ? sliceWritten(record, most) : GONE;
  end();
  return length;
}

/** Where the frame of the last exporterWrite is. */
export function exporterText(): usize {
  return sliceFrame();
}

/** Whether the sequence is complete. */
export function exporterDone(exporter: usize): bool {
  return (changetype<Exporter>(exporter).flags & UNDER_WAY) == 0;
}

/** The number of the last sequence of which a frame was written, 0 where none was since the last of base 0 began. */
export function exporterSequence(exporter: usize): f64 {
  return <f64>changetype<Exporter>(exporter).written;
}
