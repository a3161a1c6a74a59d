// Labels that are set aside. Of two labels of one name a registry prints its own default one; so series of other processes
// lose those that they have of such names, and several of them may become one. What the dead left is written without the
// registry's, for others to read, and with those: so the retired are one process for each block of labels that was set aside.
//
// A dead process' default labels are told as it comes: those that are printed here stand behind the labels of its series, the
// others are set aside for all of it. In the image of the retired both stand in each series' labels; what is to be set aside
// of one makes its link that of a process apart, of the same image.

import { give, take } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { EXHAUSTED, OK, REFUSED } from "../status";
import { bytesEqual } from "../store/shape";
import { ownWriter, roomAddress } from "../store/writer";
import { beyondPut, isDefaults, mergedPut, withinPut } from "./block";
import { Process, PROCESS_BYTES, PROCESS_DEAD, PROCESS_RETIRED, Source } from "./mirror";

/** A process that has nothing yet; 0 without memory. */
export function processMade(source: usize, flags: u32): usize {
  const made = take(PROCESS_BYTES, KIND_PLAIN, false);
  if (made == 0) return 0;
  memory.fill(made, 0, PROCESS_BYTES);
  const record = changetype<Process>(made);
  record.source = source;
  record.flags = flags;
  record.next = changetype<Source>(source).processes;
  changetype<Source>(source).processes = made;
  return made;
}

/** Gives back the labels of a process. */
export function labelsGiven(process: usize): void {
  const block: usize = changetype<Process>(process).labels;
  changetype<Process>(process).labels = 0;
  if (block != 0) give(block, 4 + load<u32>(block), KIND_PLAIN);
  const aside: usize = changetype<Process>(process).aside;
  changetype<Process>(process).aside = 0;
  if (aside != 0) give(aside, 4 + load<u32>(aside), KIND_PLAIN);
}

/** A block {length, bytes} of labels; 0 without memory. */
function labelsKept(labels: usize, length: u32): usize {
  const block = take(4 + length, KIND_PLAIN, false);
  if (block == 0) return 0;
  store<u32>(block, length);
  memory.copy(block + 4, labels, length);
  return block;
}

/**
 * In the input are the default labels that a process says it has, `length` bytes, and behind them those of them, `added`
 * bytes, that are put behind the labels of all series that it describes from now on. The others are set aside. REFUSED for
 * what no registry has.
 */
export function processLabels(process: usize, length: u32, added: u32): i32 {
  const said: usize = ownWriter().input;
  if (!isDefaults(said, length) || !isDefaults(said + length, added)) return REFUSED;
  labelsGiven(process);
  const record = changetype<Process>(process);
  const room = roomAddress(length + 1);
  if (room == 0) return EXHAUSTED;
  const beyond = beyondPut(room, said, length, said + length, added);
  if (beyond != 0) {
    record.aside = labelsKept(room, beyond);
    if (record.aside == 0) return EXHAUSTED;
  }
  if (added == 0) return OK;
  record.labels = labelsKept(said + length, added);
  return record.labels == 0 ? EXHAUSTED : OK;
}

/** The next process of the retired, from one on; 0 for none. */
export function retiredFrom(process: usize): usize {
  while (process != 0 && (changetype<Process>(process).flags & PROCESS_RETIRED) == 0) process = changetype<Process>(process).next;
  return process;
}

/** True where a process has set those labels aside. */
function setsAside(process: usize, labels: usize, length: u32): bool {
  const aside: usize = changetype<Process>(process).aside;
  if (aside == 0) return length == 0;
  return load<u32>(aside) == length && bytesEqual(aside + 4, labels, length);
}

/** A process of the dead that sets labels aside; 0 without memory. */
function asideMade(source: usize, flags: u32, labels: usize, length: u32): usize {
  const block = length == 0 ? 0 : labelsKept(labels, length);
  if (length != 0 && block == 0) return 0;
  const made = processMade(source, PROCESS_DEAD | flags);
  if (made != 0) changetype<Process>(made).aside = block;
  else if (block != 0) give(block, 4 + length, KIND_PLAIN);
  return made;
}

/** The retired that set labels aside, made where there are none yet; 0 without memory. */
function retiredAside(source: usize, labels: usize, length: u32): usize {
  let retired = retiredFrom(changetype<Source>(source).processes);
  while (retired != 0 && !setsAside(retired, labels, length)) retired = retiredFrom(changetype<Process>(retired).next);
  return retired != 0 ? retired : asideMade(source, PROCESS_RETIRED, labels, length);
}

/** The retired that take what a process leaves; 0 without memory. */
export function retiredOf(process: usize): usize {
  const aside: usize = changetype<Process>(process).aside;
  const length: u32 = aside == 0 ? 0 : load<u32>(aside);
  return retiredAside(changetype<Process>(process).source, aside + 4, length);
}

let labels: usize = 0;

/** Finds the labels that a process sets aside, and those of a block that have names of `own`; their bytes, 0 for none of those. */
function asideFound(process: usize, block: usize, length: u32, own: usize): u32 {
  const aside: usize = changetype<Process>(process).aside;
  const asideLength: u32 = aside == 0 ? 0 : load<u32>(aside);
  labels = roomAddress(2 * length + asideLength + 2);
  if (labels == 0) return 0;
  const bytes = withinPut(labels, block, length, own + 4, load<u32>(own));
  if (bytes == 0 || aside == 0) return bytes;
  const merged = labels + bytes;
  const all = mergedPut(merged, labels, bytes, aside + 4, asideLength, 0);
  labels = merged;
  return all;
}

/**
 * The process that has a series of the retired whose block is one with labels of names that `own` has, too: those are set aside.
 * It is of the same image; the process itself where there is nothing to set aside, 0 without memory.
 */
export function processApart(process: usize, block: usize, length: u32, own: usize): usize {
  const bytes = asideFound(process, block, length, own);
  if (labels == 0) return 0;
  if (bytes == 0 || !isDefaults(labels, bytes)) return process;
  let apart: usize = changetype<Process>(process).apart;
  while (apart != 0 && !setsAside(apart, labels, bytes)) apart = changetype<Process>(apart).apart;
  if (apart != 0) return apart;
  apart = asideMade(changetype<Process>(process).source, 0, labels, bytes);
  if (apart == 0) return 0;
  changetype<Process>(apart).instance = changetype<Process>(process).instance;
  changetype<Process>(apart).apart = changetype<Process>(process).apart;
  changetype<Process>(process).apart = apart;
  return apart;
}

/** The retired to whom a link of theirs goes when labels of its block are printed otherwise from now on; 0 without memory. */
export function retiredApart(retired: usize, block: usize, length: u32, own: usize): usize {
  const bytes = asideFound(retired, block, length, own);
  if (labels == 0) return 0;
  return bytes == 0 || !isDefaults(labels, bytes) ? retired : retiredAside(changetype<Process>(retired).source, labels, bytes);
}
