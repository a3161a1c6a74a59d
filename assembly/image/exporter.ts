// Exporters: what tells other processes what this one has counted in a registry, sequence by sequence, each a walk that
// writes frames in slices: slice.ts. An exporter remembers what it said of every series and when, so that a sequence has
// what changed since another one, its base. What the base is, is its user's matter: the last one that arrived.
//
// Numbers. A sequence has the number behind the last one of which a frame was written; where nothing has changed none is
// written, and the number is still free. A sequence that was given up half way has its number all the same, and the next
// one may not build upon it: it is not complete. Base 0 begins a generation anew, with sequence 1.
//
// An exporter is its thread's own. With a thread that dies what it remembered stays behind in the memory, 32 bytes for
// each series, and nothing else: nobody else looks at it.

import { give, take } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { EXHAUSTED, GONE, LIMIT, NO_WRITER, OK, REFUSED } from "../status";
import { limboSift } from "../store/limbo";
import { walkBegin } from "../store/registry";
import { isLive } from "../store/series";
import { begin, end, ownWriter } from "../store/writer";
import { FRAME_BASELINE, FRAME_ENDED, FRAME_FULL } from "./format";
import { LABELS_PUT_BYTES } from "./labels";
import { Exporter } from "./records";
import { shadowForgotten } from "./shadow";
import { sliceFrame, sliceWritten, UNDER_WAY } from "./slice";

/** What bindings say of a process: its number, its names. */
const HEAD_BYTES_MAX: u32 = 65536;

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
  exporter.labels = <u32>take(LABELS_PUT_BYTES, KIND_PLAIN, true);
  if (exporter.labels != 0) return <i32>made;
  give(made, <u32>offsetof<Exporter>(), KIND_PLAIN);
  return EXHAUSTED;
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
  give(changetype<Exporter>(exporter).labels, LABELS_PUT_BYTES, KIND_PLAIN);
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
 * Begins a sequence of what changed after `base`, a complete one (else REFUSED), at so many seconds since the epoch. 0: of
 * all that there is, with a head of `headLength` bytes in the input, in the generation of that number or of the next
 * greater one. `flags`: FRAME_ENDED where it is the last one of the process, FRAME_BASELINE. OK, REFUSED, LIMIT, EXHAUSTED or NO_WRITER,
 * and then nothing has changed.
 */
export function exporterBegin(exporter: usize, base: u32, flags: u32, headLength: u32, generation: u64, instance: u64, seconds: f64): i32 {
  const record = changetype<Exporter>(exporter);
  if (base > record.complete) return REFUSED;
  if (headLength > HEAD_BYTES_MAX) return LIMIT;
  if (!begin()) return NO_WRITER;
  const kept = base != 0 || headKept(record, headLength);
  end();
  if (!kept) return EXHAUSTED;
  if (base == 0) {
    shadowForgotten(record);
    record.generation = max(generation, record.generation + 1);
    record.sequence = 1;
    record.complete = 0;
  } else if (record.part != 0) {
    record.sequence++;
  }
  record.base = base;
  record.flags = (base == 0 ? FRAME_FULL : 0) | (flags & (FRAME_ENDED | FRAME_BASELINE)) | UNDER_WAY;
  record.part = 0;
  record.nextFamily = 0;
  record.nextSeries = 0;
  record.instance = instance;
  record.seconds = seconds;
  record.walk = walkBegin();
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

/** The number of the last sequence of which a frame was written, 0 in a generation without any. */
export function exporterSequence(exporter: usize): u32 {
  const record = changetype<Exporter>(exporter);
  return record.part == 0 && record.sequence != 0 ? record.sequence - 1 : record.sequence;
}
