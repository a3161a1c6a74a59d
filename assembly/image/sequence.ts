// Sequences of a process: which frame is the next, and what changes with the last part of one.
//
// Why whoever tells more than another one can be known by their numbers stands in moments.ts. A sequence of the exporter that told
// what there is builds upon that when its base was applied and it was not: then it is newer, and has all that changed
// since. One that is older was applied before, or something newer was: it is passed over, so that what is sent twice or
// comes late counts once. One that builds upon what is not there is BEHIND: only the whole image helps. So is one that another exporter
// tells, but for a whole image whose walk began when all that is there had been seen; and what comes between two parts of a newer one of
// its exporter, for what those brought must not go back.
//
// A whole image of a process of which something is there fills another process beside it, hidden, and takes its place with the last part.
// So nobody sees half of it, and neither do those who never get the rest. Each exporter that is in the middle of one has a hidden one of
// its own: two that send theirs part by part, in turns, both come to an end. The one that ends last takes the place if it is the newer
// one, and else has nothing new to say.
//
// What a process had counted when it took its instance, its baseline, is told by each of its exporters, of a walk of its own. Of all that
// come whole the earliest one counts: all of them were walked when nobody counted under the name before any more.

import { BEHIND, OK } from "../status";
import { processMade } from "./aside";
import { baselineSeen } from "./baselines";
import { FRAME_ENDED, FRAME_FULL, FRAME_LAST } from "./format";
import { frameBase, frameFlags, frameGeneration, framePart, frameSeconds, frameSequence, frameUntil } from "./frame";
import { entryChanged, heldAt, heldEnd } from "./links";
import { Held, Link, Process, PROCESS_BASELINE, PROCESS_ENDED, PROCESS_HIDDEN } from "./mirror";
import { incomingEnded, linksChanged, linksDropped, processEnd, unsaidEnded } from "./processes";

/** Whole images of one process that are under way at once: exporters of one registry that each need several bodies. Of more the oldest goes. */
export const INCOMING_MOST: u32 = 8;

/** True where something is there that nobody may take back. */
function isBegun(record: Process): bool {
  return record.sequence != 0 || record.count != 0 || record.apart != 0;
}

function isBaseline(record: Process): bool {
  return (record.flags & PROCESS_BASELINE) != 0;
}

/** The hidden process that a sequence fills; 0 where none does. */
function incomingOf(record: Process, sequence: u64): usize {
  let incoming: usize = record.incoming;
  while (incoming != 0 && changetype<Process>(incoming).pending != sequence) incoming = changetype<Process>(incoming).incoming;
  return incoming;
}

/** True where a newer whole image of the same exporter is under way. */
function isOvertaken(record: Process, generation: u64, sequence: u64): bool {
  for (let incoming: usize = record.incoming; incoming != 0; incoming = changetype<Process>(incoming).incoming) {
    if (changetype<Process>(incoming).generation == generation && changetype<Process>(incoming).pending > sequence) return true;
  }
  return false;
}

/** Whether a frame is the next one of a process: OK, BEHIND, or 1 where it says nothing new. */
export function isNext(record: Process, frame: usize): i32 {
  const sequence = frameSequence(frame);
  const there = record.sequence;
  const full = (frameFlags(frame) & FRAME_FULL) != 0;
  if (there != 0) {
    const own = frameGeneration(frame) == record.generation;
    if (isBaseline(record)) {
      if (!full || frameUntil(frame) >= there) return 1;
    } else {
      if (own ? sequence <= there : frameUntil(frame) < there) return 1;
      if (!full && (!own || frameBase(frame) > there)) return BEHIND;
    }
  } else if (!full) {
    return BEHIND;
  }
  if (framePart(frame) != 0) {
    const incoming = full ? incomingOf(record, sequence) : 0;
    // A whole image goes on where its beginning is.
    if (full && there != 0 && incoming == 0) return BEHIND;
    const under = incoming == 0 ? record : changetype<Process>(incoming);
    return under.pending == sequence && under.part == framePart(frame) ? OK : BEHIND;
  }
  if (!isBaseline(record) && sequence <= record.until && sequence != record.pending) return BEHIND;
  return isOvertaken(record, frameGeneration(frame), sequence) ? BEHIND : OK;
}

/** Whether a frame of a process that has a baseline may be taken: the baseline is there, and was seen before. */
export function isBased(record: Process, frame: usize): bool {
  if (record.baseline == 0) return false;
  const baseline = changetype<Process>(<usize>record.baseline);
  if (baseline.sequence == 0) return false;
  return frameGeneration(frame) == baseline.generation || frameSequence(frame) > baseline.until;
}

/** By what links and families know the sequence that said them last: never 0, and another one for all that are less than 2^32 - 1 apart. */
export function sayingOf(frame: usize): u32 {
  return <u32>(frameSequence(frame) % u32.MAX_VALUE) + 1;
}

/** Ends the whole images under way of one exporter, and so many of others that there is room for one more. */
function incomingsShortened(owner: usize, generation: u64): void {
  let oldest: usize = 0;
  let count: u32 = 0;
  for (let place = owner + offsetof<Process>("incoming"); load<u32>(place) != 0;) {
    const incoming = changetype<Process>(<usize>load<u32>(place));
    if (incoming.generation == generation) {
      incomingEnded(place);
      continue;
    }
    if (oldest == 0 || incoming.pending < changetype<Process>(<usize>load<u32>(oldest)).pending) oldest = place;
    count++;
    place = changetype<usize>(incoming) + offsetof<Process>("incoming");
  }
  if (count >= INCOMING_MOST) incomingEnded(oldest);
}

/**
 * The process that a frame fills, which is the next one: the one it is of; of a whole image, where something is there, a hidden one. 0
 * without memory.
 */
export function filled(owner: usize, frame: usize): usize {
  const record = changetype<Process>(owner);
  const full = (frameFlags(frame) & FRAME_FULL) != 0;
  const sequence = frameSequence(frame);
  let under = owner;
  if (full && framePart(frame) != 0) {
    const incoming = incomingOf(record, sequence);
    if (incoming != 0) under = incoming;
  } else if (full) {
    incomingsShortened(owner, frameGeneration(frame));
    if (isBegun(record)) under = incomingMade(record, frameGeneration(frame));
    if (under == 0) return 0;
    if (under != owner && record.pending == sequence) record.pending = 0;
  }
  // What fails may come once more, and what comes behind it is no sequence: `advanced` says which part is the next one.
  changetype<Process>(under).pending = sequence;
  changetype<Process>(under).part = framePart(frame);
  if (under == owner) seen(record, frame);
  return under;
}

/** A hidden process for a whole image of an exporter; 0 without memory. */
function incomingMade(record: Process, generation: u64): usize {
  const made = processMade(record.source, record.flags | PROCESS_HIDDEN);
  if (made == 0) return 0;
  changetype<Process>(made).generation = generation;
  changetype<Process>(made).incoming = record.incoming;
  record.incoming = made;
  return made;
}

/** Notes when what is there was seen. */
function seen(record: Process, frame: usize): void {
  record.until = isBaseline(record) ? frameUntil(frame) : max(record.until, frameUntil(frame));
}

/** Puts what a hidden process has in the place of what its owner had. */
function replaced(owner: usize, incoming: usize): void {
  const record = changetype<Process>(owner);
  const other = changetype<Process>(incoming);
  let place = owner + offsetof<Process>("incoming");
  while (load<u32>(place) != <u32>incoming) place = <usize>load<u32>(place) + offsetof<Process>("incoming");
  store<u32>(place, other.incoming);
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

/** Ends the whole images under way that can never take the place of what is there: they are older, and of a baseline newer. */
function incomingsPassed(owner: usize): void {
  const record = changetype<Process>(owner);
  for (let place = owner + offsetof<Process>("incoming"); load<u32>(place) != 0;) {
    const incoming: usize = load<u32>(place);
    const pending = changetype<Process>(incoming).pending;
    if (isBaseline(record) ? pending >= record.sequence && record.sequence != 0 : pending <= record.until) incomingEnded(place);
    else place = incoming + offsetof<Process>("incoming");
  }
}

/**
 * Forgets a whole image of which a frame was refused, with all of it that came before, where it would be the first that there is of its
 * process, or fills a hidden one: nobody who was refused has left anything.
 */
export function withdrawn(owner: usize, process: usize, frame: usize): void {
  if ((frameFlags(frame) & FRAME_FULL) == 0) return;
  if (process == owner) {
    const record = changetype<Process>(owner);
    if (record.sequence != 0) return;
    linksDropped(owner);
    heldEnd(owner);
    record.pending = 0;
    record.until = 0;
    return;
  }
  let place = owner + offsetof<Process>("incoming");
  while (load<u32>(place) != <u32>process) place = <usize>load<u32>(place) + offsetof<Process>("incoming");
  incomingEnded(place);
}

/** Notes that a frame was applied, to the process that `filled` told. */
export function advanced(owner: usize, process: usize, frame: usize): void {
  const record = changetype<Process>(owner);
  const under = changetype<Process>(process);
  const last = (frameFlags(frame) & FRAME_LAST) != 0;
  under.pending = frameSequence(frame);
  under.part = framePart(frame) + 1;
  if (last) unsaidEnded(process, sayingOf(frame));
  if (last && process != owner) replaced(owner, process);
  if (last) {
    seen(record, frame);
    record.generation = frameGeneration(frame);
    record.sequence = frameSequence(frame);
  }
  if (last || process == owner) incomingsPassed(owner);
  if (!last) return;
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
  baselineSeen();
  record.baseline = made;
  record.flags |= hidden;
  return made;
}

/** The sequence of the baseline that is subtracted from it; 0 where none is, or that is not whole. */
export function processBaseline(process: usize): f64 {
  const baseline: usize = changetype<Process>(process).baseline;
  return baseline == 0 ? 0 : <f64>changetype<Process>(baseline).sequence;
}

/** When its newest sequence began, in seconds since the epoch. */
export function processSeconds(process: usize): f64 {
  return changetype<Process>(process).seconds;
}
