// Sequences of a process: which frame is the next, and what changes with the last part of one.
//
// A sequence builds upon what there is when its base was applied and it was not: then it is newer, and has all that changed
// since. One that is older was applied before, or something newer was: it is passed over, so that what is sent twice or
// comes late counts once. One that builds upon what is not there is BEHIND: only the whole image helps.
//
// A whole image of a process that has one fills another process beside it, hidden, and takes its place with the last part.
// So nobody sees half of it, and neither do those who never get the rest.

import { BEHIND, OK } from "../status";
import { processMade } from "./aside";
import { FRAME_ENDED, FRAME_FULL, FRAME_LAST } from "./format";
import { frameBase, frameFlags, frameGeneration, framePart, frameSeconds, frameSequence } from "./frame";
import { entryChanged, heldAt, heldEnd } from "./links";
import { Held, Link, Process, PROCESS_BASELINE, PROCESS_ENDED, PROCESS_HIDDEN } from "./mirror";
import { incomingDropped, linksChanged, linksDropped, processEnd, unsaidEnded } from "./processes";

/** Whether a frame is the next one of a process: OK, BEHIND, or 1 where it says nothing new. */
export function isNext(record: Process, frame: usize): i32 {
  const generation = frameGeneration(frame);
  const sequence = frameSequence(frame);
  if (generation < record.generation) return 1;
  const full = (frameFlags(frame) & FRAME_FULL) != 0;
  if (generation > record.generation && !full) return BEHIND;
  if (generation == record.generation) {
    if (sequence <= record.sequence) return 1;
    if (!full && frameBase(frame) > record.sequence) return BEHIND;
  }
  if (framePart(frame) == 0) return OK;
  // A whole image goes on where its beginning is.
  if (full && record.sequence != 0 && record.incoming == 0) return BEHIND;
  const pending = record.pending == sequence && record.pendingGeneration == generation;
  return pending && record.part == framePart(frame) ? OK : BEHIND;
}

/** The process that a frame of a whole image fills: the one it is of where that has nothing yet, else a hidden one. */
export function filled(owner: usize, frame: usize): usize {
  const record = changetype<Process>(owner);
  if ((frameFlags(frame) & FRAME_FULL) == 0 || record.sequence == 0) return owner;
  if (framePart(frame) == 0) {
    incomingDropped(owner);
    record.incoming = processMade(record.source, record.flags | PROCESS_HIDDEN);
  }
  return record.incoming;
}

/** Puts what a hidden process has in the place of what its owner had. */
function replaced(owner: usize): void {
  const record = changetype<Process>(owner);
  const incoming: usize = record.incoming;
  const other = changetype<Process>(incoming);
  record.incoming = 0;
  linksDropped(owner);
  heldEnd(owner);
  const held = other.held;
  const capacity = other.capacity;
  // Never both have it: a death in between loses a table, and gives none back twice.
  other.capacity = 0;
  other.held = 0;
  record.held = held;
  record.capacity = capacity;
  record.places = other.places;
  record.count = other.count;
  for (let i: u32 = 0; i < record.capacity; i++) {
    const family = changetype<Held>(heldAt(owner, i));
    for (let at: usize = family.links, last = at + (family.capacity << 2); at < last; at += 4) {
      const link: usize = load<u32>(at);
      if (link == 0) continue;
      if (changetype<Link>(link).process == <u32>incoming) changetype<Link>(link).process = owner;
      entryChanged(record.source, changetype<Link>(link).entry);
    }
  }
  processEnd(incoming);
}

/** Notes that a frame was applied, to the process that `filled` told. */
export function advanced(owner: usize, process: usize, frame: usize): void {
  const record = changetype<Process>(owner);
  record.pending = frameSequence(frame);
  record.pendingGeneration = frameGeneration(frame);
  record.part = framePart(frame) + 1;
  if ((frameFlags(frame) & FRAME_LAST) == 0) return;
  unsaidEnded(process, frameSequence(frame));
  if (record.incoming != 0 && (frameFlags(frame) & FRAME_FULL) != 0) replaced(owner);
  record.generation = frameGeneration(frame);
  record.sequence = frameSequence(frame);
  record.seconds = frameSeconds(frame);
  record.pending = 0;
  // One that goes on behind its last word, by another thread, lives.
  if ((frameFlags(frame) & FRAME_ENDED) != 0) record.flags |= PROCESS_ENDED;
  else record.flags &= ~PROCESS_ENDED;
  if (record.baseline == 0 || (record.flags & PROCESS_HIDDEN) == 0) return;
  shown(owner);
  shown(record.baseline);
}

/** Lets count what was hidden until it was whole. */
function shown(hidden: usize): void {
  changetype<Process>(hidden).flags &= ~PROCESS_HIDDEN;
  linksChanged(hidden);
}

/** The process that a baseline of another one is kept in; 0 without memory. */
export function baselineOf(owner: usize): usize {
  const record = changetype<Process>(owner);
  if (record.baseline != 0) return record.baseline;
  // Neither counts before both are whole: the one without the other would be too much, or too little.
  const hidden: u32 = record.sequence == 0 ? PROCESS_HIDDEN : 0;
  const made = processMade(record.source, PROCESS_BASELINE | hidden);
  if (made == 0) return 0;
  record.baseline = made;
  record.flags |= hidden;
  return made;
}
