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
import { beyondPut, isDefaults, withinPut } from "./block";
import { RETIRED_INSTANCE } from "./format";
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

/** The process of an image of the retired that sets other labels aside than one of that image does; 0 without memory. */
function besideOf(process: usize, labels: usize, length: u32): usize {
  let beside: usize = changetype<Process>(process).apart;
  while (beside != 0 && !setsAside(beside, labels, length)) beside = changetype<Process>(beside).apart;
  if (beside != 0) return beside;
  beside = asideMade(changetype<Process>(process).source, 0, labels, length);
  if (beside == 0) return 0;
  changetype<Process>(beside).instance = changetype<Process>(process).instance;
  changetype<Process>(beside).apart = changetype<Process>(process).apart;
  changetype<Process>(process).apart = beside;
  return beside;
}

/** Whose a link of the dead is where those labels of its series are set aside; of the living there is one alone. 0 without memory. */
export function processAside(process: usize, labels: usize, length: u32): usize {
  const record = changetype<Process>(process);
  // What no registry says by itself nobody could read.
  if (setsAside(process, labels, length) || !isDefaults(labels, length)) return process;
  if ((record.flags & PROCESS_RETIRED) != 0) return retiredAside(record.source, labels, length);
  return record.instance == RETIRED_INSTANCE ? besideOf(process, labels, length) : process;
}

/** The same where labels of a block are set aside that have names of `own`, in the image of the retired. */
export function processApart(process: usize, block: usize, length: u32, own: usize): usize {
  const room = roomAddress(length + 1);
  if (room == 0) return 0;
  return processAside(process, room, withinPut(room, block, length, own + 4, load<u32>(own)));
}
