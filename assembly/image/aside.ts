// Labels that are set aside. Of two labels of one name a registry prints its own default one; so series of other processes
// lose those that they have of such names, and several of them may become one. What the dead left is written without the
// registry's, for others to read, and with those: so the retired are one process for each block of labels that was set aside.
//
// A dead process' default labels are told as it comes: those that are printed here stand behind the labels of its series, the
// others are set aside for all of it. In the image of the retired both stand in each series' labels; what is to be set aside
// of one makes its link that of a process apart, of the same image.
//
// Who has a default label of its own each, a pod or a pid, would leave one more of the retired with each death, for ever. So
// there are BLOCKS_MOST blocks that are kept apart, those that came first: what others can read as series of their own must not
// go back. Those that come later are set aside as what takes all beyond a limit, as labels beyond `maxSeries` are.

import { give, take } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { EXHAUSTED, OK, REFUSED } from "../status";
import { hashOf } from "../store/hash";
import { isOverflow } from "../store/match";
import { bytesEqual } from "../store/shape";
import { ownWriter, roomAddress } from "../store/writer";
import { beyondPut, isDefaults, withinPut } from "./block";
import { RETIRED_INSTANCE } from "./format";
import { Process, PROCESS_BYTES, PROCESS_DEAD, PROCESS_OVERFLOW, PROCESS_RETIRED, Source } from "./mirror";
import { overflowLength, overflowOf } from "./overflow";

/**
 * So many blocks of a source, and of one image: each has all series of those that had it, which are written with every fold. A
 * search looks at this many hashes.
 */
export const BLOCKS_MOST: u32 = 32;
/** Blocks of different names for what is beyond. */
export const OVERFLOWS_MOST: u32 = 8;
/** What may be read behind labels that are hashed. */
export const HASHED_MORE: u32 = 8;

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
  const room = roomAddress(length + HASHED_MORE);
  if (room == 0) return EXHAUSTED;
  const beyond = beyondPut(room, said, length, said + length, added);
  record.hash = asideHash(room, beyond);
  if (beyond != 0) {
    record.aside = labelsKept(room, beyond);
    if (record.aside == 0) return EXHAUSTED;
  }
  if (added == 0) return OK;
  record.labels = labelsKept(said + length, added);
  return record.labels == 0 ? EXHAUSTED : OK;
}

/** True where a process has set those labels aside. */
function setsAside(process: usize, labels: usize, length: u32): bool {
  const aside: usize = changetype<Process>(process).aside;
  if (aside == 0) return length == 0;
  return load<u32>(aside) == length && bytesEqual(aside + 4, labels, length);
}

/** Of labels behind which 7 bytes more may be read, which change nothing. */
function asideHash(labels: usize, length: u32): u32 {
  return length == 0 ? 0 : hashOf(labels, length);
}

/** A process of the dead that sets labels aside, in front of a list of such; 0 without memory. */
function asideMade(list: usize, source: usize, flags: u32, labels: usize, length: u32, hash: u32): usize {
  const block = length == 0 ? 0 : labelsKept(labels, length);
  if (length != 0 && block == 0) return 0;
  const made = processMade(source, PROCESS_DEAD | flags);
  if (made == 0) {
    if (block != 0) give(block, 4 + length, KIND_PLAIN);
    return 0;
  }
  const record = changetype<Process>(made);
  record.aside = block;
  record.hash = hash;
  record.apart = load<u32>(list);
  store<u32>(list, made);
  return made;
}

/**
 * The process of a list, which begins at an address, that sets labels aside, made where there is none; 0 without memory. Where
 * there is no room for one more block it is the one of the same names with what takes those beyond a limit; where there is none
 * for that either, the one that sets nothing aside.
 */
function asideOf(list: usize, source: usize, flags: u32, labels: usize, length: u32, hash: u32): usize {
  let blocks: u32 = 0;
  let overflows: u32 = 0;
  for (let one: usize = load<u32>(list); one != 0; one = changetype<Process>(one).apart) {
    const record = changetype<Process>(one);
    if (record.hash == hash && setsAside(one, labels, length)) return one;
    if ((record.flags & PROCESS_OVERFLOW) != 0) overflows++;
    else blocks += u32(record.aside != 0);
  }
  if (length == 0) return asideMade(list, source, flags, labels, 0, 0);
  const beyond = isOverflow(labels, length);
  if (beyond && overflows < OVERFLOWS_MOST) return asideMade(list, source, flags | PROCESS_OVERFLOW, labels, length, hash);
  if (!beyond && blocks < BLOCKS_MOST) return asideMade(list, source, flags, labels, length, hash);
  changetype<Source>(source).blurred = 1;
  if (beyond) return asideOf(list, source, flags, labels, 0, 0);
  const over = overflowOf(labels, length);
  if (over == 0) return 0;
  // Longer than default labels may be: no registry could say it.
  const bytes = isDefaults(over, overflowLength()) ? overflowLength() : 0;
  return asideOf(list, source, flags, over, bytes, asideHash(over, bytes));
}

/** The retired that set labels aside, made where there are none yet; 0 without memory. */
function retiredAside(source: usize, labels: usize, length: u32, hash: u32): usize {
  return asideOf(source + offsetof<Source>("retired"), source, PROCESS_RETIRED, labels, length, hash);
}

/** The retired that take what a process leaves; 0 without memory. */
export function retiredOf(process: usize): usize {
  const aside: usize = changetype<Process>(process).aside;
  const length: u32 = aside == 0 ? 0 : load<u32>(aside);
  const hash: u32 = aside == 0 ? 0 : changetype<Process>(process).hash;
  return retiredAside(changetype<Process>(process).source, aside + 4, length, hash);
}

/** The process of an image of the retired that sets other labels aside than one of that image does; 0 without memory. */
function besideOf(process: usize, labels: usize, length: u32): usize {
  const record = changetype<Process>(process);
  const beside = asideOf(process + offsetof<Process>("apart"), record.source, 0, labels, length, asideHash(labels, length));
  if (beside != 0) changetype<Process>(beside).instance = record.instance;
  return beside;
}

/** Whose a link of the dead is where those labels of its series are set aside; of the living there is one alone. 0 without memory. */
export function processAside(process: usize, labels: usize, length: u32): usize {
  const record = changetype<Process>(process);
  // What no registry says by itself nobody could read.
  if (setsAside(process, labels, length) || !isDefaults(labels, length)) return process;
  if ((record.flags & PROCESS_RETIRED) != 0) return retiredAside(record.source, labels, length, asideHash(labels, length));
  return record.instance == RETIRED_INSTANCE ? besideOf(process, labels, length) : process;
}

/** The same where labels of a block are set aside that have names of `own`, in the image of the retired. */
export function processApart(process: usize, block: usize, length: u32, own: usize): usize {
  const room = roomAddress(length + HASHED_MORE);
  if (room == 0) return 0;
  return processAside(process, room, withinPut(room, block, length, own + 4, load<u32>(own)));
}

/** True once labels were set aside for which there was no room. */
export function sourceBlurred(source: usize): bool {
  return changetype<Source>(source).blurred != 0;
}
