// Processes of a source: they come, are believed dead, are folded into the retired, or forgotten.
//
// Folding gives a link that the retired have no like of to them as it is; else its part is added to theirs. What is shown
// does not change by it, but for gauges of the living. It needs no memory, and gives some back: it is what makes room where there is none.

import { give } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { EXHAUSTED, NO_WRITER, OK } from "../status";
import { begin, end } from "../store/writer";
import { labelsGiven, processMade, retiredOf } from "./aside";
import { baselineSettled } from "./baselines";
import { livesAlone, printsAll } from "./modes";
import {
  Entry,
  Held,
  isRetired,
  Known,
  Link,
  linkBytes,
  linkPart,
  Process,
  PROCESS_BYTES,
  PROCESS_DEAD,
  PROCESS_HIDDEN,
  PROCESS_RETIRED,
  Source,
} from "./mirror";
import { entryForgotten, isForgotten, mayEnd } from "./entries";
import { lentEnded, linkSaid } from "./lent";
import { entryChanged, heldAt, heldEnd, linkEnd, linkMade, linkMoved } from "./links";
import { familyOf } from "./known";
import { partNamed, sumAdd, sumBegin, sumCopy, sumEnd, sumMore } from "./sum";

/** A new process, or EXHAUSTED. */
export function processCreate(source: usize): i32 {
  const made = processMade(source, 0);
  return made == 0 ? EXHAUSTED : <i32>made;
}

/** Says which process a new one is, so that frames of others are refused; else it is the one that its first frame says. */
export function processName(process: usize, instance: u64): void {
  changetype<Process>(process).instance = instance;
}

/** Takes a process out of its source. */
function processUnlinked(process: usize): void {
  const record = changetype<Process>(process);
  const source = changetype<Source>(<usize>record.source);
  if (source.processes == <u32>process) source.processes = record.next;
  else {
    let before: usize = source.processes;
    while (before != 0 && changetype<Process>(before).next != <u32>process) before = changetype<Process>(before).next;
    if (before != 0) changetype<Process>(before).next = record.next;
  }
}

let endings: u32 = 0;

/** How many processes ended in this thread: another one may be where one was. */
export function processEndings(): u32 {
  return endings;
}

/** Notes that processes ended otherwise. */
export function processesEnded(): void {
  endings++;
}

/** Gives back a process whose links are gone. */
export function processEnd(process: usize): void {
  endings++;
  labelsGiven(process);
  heldEnd(process);
  processUnlinked(process);
  give(process, PROCESS_BYTES, KIND_PLAIN);
}

/** Forgets all links of a process; what is shown changes with the next publishing. */
export function linksDropped(process: usize): void {
  for (let i: u32 = 0; i < changetype<Process>(process).capacity; i++) familyDropped(process, heldAt(process, i));
}

/** Forgets the links of a process in one family. */
export function familyDropped(process: usize, held: usize): void {
  const record = changetype<Held>(held);
  const source: usize = changetype<Process>(process).source;
  for (let at: usize = record.links, last = at + (record.capacity << 2); at < last; at += 4) {
    const link: usize = load<u32>(at);
    if (link == 0) continue;
    store<u32>(at, 0);
    entryChanged(source, changetype<Link>(link).entry);
    linkEnd(link);
  }
  record.count = 0;
}

/** Forgets what a sequence that has come to its end did not say of the families that it described. */
export function unsaidEnded(process: usize, sequence: u32): void {
  const record = changetype<Process>(process);
  for (let i: u32 = 0; i < record.capacity; i++) {
    const held = changetype<Held>(heldAt(process, i));
    if (held.again != sequence) continue;
    held.again = 0;
    for (let at: usize = held.links, last = at + (held.capacity << 2); at < last; at += 4) {
      const link: usize = load<u32>(at);
      if (link == 0 || linkSaid(link) == sequence) continue;
      store<u32>(at, 0);
      entryChanged(record.source, changetype<Link>(link).entry);
      linkEnd(link);
      held.count--;
    }
  }
}

/** The link of a process of the retired in an entry, or 0. */
function retiredLink(retired: usize, entry: usize): usize {
  let link: usize = changetype<Entry>(entry).links;
  while (link != 0 && changetype<Link>(link).process != <u32>retired) link = changetype<Link>(link).next;
  return link;
}

/** Forgets all that the retired have, and them. */
function retiredEnded(source: usize): void {
  const record = changetype<Source>(source);
  if (record.retired == 0) return;
  for (let known: usize = record.known; known != 0; known = changetype<Known>(known).next) {
    for (let entry: usize = changetype<Known>(known).entries; entry != 0; entry = changetype<Entry>(entry).next) {
      for (let link: usize = changetype<Entry>(entry).links; link != 0;) {
        const next: usize = changetype<Link>(link).next;
        if (isRetired(link)) {
          entryChanged(source, entry);
          linkEnd(link);
        }
        link = next;
      }
    }
  }
  while (record.retired != 0) {
    const retired: usize = record.retired;
    record.retired = changetype<Process>(retired).apart;
    processEnd(retired);
  }
}

/** Ends those that are apart of a process, which have no links any more. */
function apartEnded(process: usize): void {
  while (changetype<Process>(process).apart != 0) {
    const apart: usize = changetype<Process>(process).apart;
    changetype<Process>(process).apart = changetype<Process>(apart).apart;
    processEnd(apart);
  }
}

/**
 * Adds one link of the retired to another one of theirs, and ends it; the link that has both now, 0 without memory, and both
 * are as they were.
 */
function linkMerged(family: usize, link: usize, theirs: usize): usize {
  const own = linkPart(link);
  if (!sumBegin(family, sumMore(family, own) + sumMore(family, linkPart(theirs)))) return 0;
  sumAdd(linkPart(theirs), 0);
  sumAdd(own, 0);
  const part = sumEnd(true);
  if (linkBytes(part) <= changetype<Link>(theirs).bytes) {
    sumCopy(linkPart(theirs));
    linkEnd(link);
    return theirs;
  }
  const made = linkMade(changetype<Link>(theirs).entry, changetype<Link>(theirs).process, part);
  if (made == 0) return 0;
  sumCopy(linkPart(made));
  linkEnd(link);
  linkEnd(theirs);
  return made;
}

/** Makes a link another process'. */
function linkOwned(link: usize, process: usize): void {
  changetype<Process>(<usize>changetype<Link>(link).process).count--;
  changetype<Process>(process).count++;
  changetype<Link>(link).process = process;
}

/** Gives a link to another entry, and to another process of the dead; false without memory, and it is where it was. */
export function linkGiven(family: usize, link: usize, entry: usize, process: usize): bool {
  const theirs = isRetired(link) ? retiredLink(process, entry) : 0;
  if (theirs != 0 && theirs != link) return linkMerged(family, link, theirs) != 0;
  linkOwned(link, process);
  linkMoved(link, entry);
  return true;
}

/** Makes one of what each process of the retired has in one series: one link of it is written, and looked for. */
function retiredMerged(source: usize): void {
  for (let known: usize = changetype<Source>(source).known; known != 0; known = changetype<Known>(known).next) {
    const family = familyOf(known);
    for (let entry: usize = changetype<Known>(known).entries; entry != 0; entry = changetype<Entry>(entry).next) {
      for (let link: usize = changetype<Entry>(entry).links; link != 0;) {
        const next: usize = changetype<Link>(link).next;
        if (isRetired(link)) {
          const retired = changetype<Process>(<usize>changetype<Link>(link).process);
          const merged = retired.entry == <u32>entry ? linkMerged(family, link, retired.link) : link;
          if (merged == 0) return;
          retired.entry = entry;
          retired.link = merged;
        }
        link = next;
      }
    }
  }
}

/** Makes a link, that has its entry alone of the retired, one of theirs. */
function linkTaken(family: usize, retired: usize, link: usize): void {
  const own = linkPart(link);
  const more = sumMore(family, own);
  // What grows is within its limits from now on, and without windows that are too old; where there is no room for it, with the next one.
  if (more != 0 && sumBegin(family, more)) {
    sumAdd(own, 0);
    if (linkBytes(sumEnd(true)) <= changetype<Link>(link).bytes) sumCopy(own);
  }
  linkOwned(link, retired);
}

/**
 * Gives one link to the retired. It always succeeds: where there is no memory for one link of both, theirs of that series are two, which
 * mean the same, and whoever reads them as an image makes one of them again.
 */
function linkFolded(source: usize, retired: usize, place: usize): void {
  const link: usize = load<u32>(place);
  const entry: usize = changetype<Link>(link).entry;
  // Also of what is refused here: others may take it.
  const family = familyOf(changetype<Entry>(entry).known);
  store<u32>(place, 0);
  lentEnded(link);
  if (livesAlone(family)) {
    entryChanged(source, entry);
    linkEnd(link);
    return;
  }
  // Only this thread reads it: what is shown is another copy.
  if (printsAll(family)) partNamed(linkPart(link), <u32>changetype<Process>(<usize>changetype<Link>(link).process).instance);
  const theirs = retiredLink(retired, entry);
  if (theirs == 0) linkTaken(family, retired, link);
  else if (linkMerged(family, link, theirs) == 0) linkOwned(link, retired);
}

/** Ends what the dead alone had of series that ended here: no image says anything of them any more. */
function forgottenEnded(source: usize): void {
  for (let known: usize = changetype<Source>(source).known; known != 0; known = changetype<Known>(known).next) {
    for (let entry: usize = changetype<Known>(known).entries; entry != 0;) {
      const next: usize = changetype<Entry>(entry).next;
      if (changetype<Entry>(entry).changed == 0 && isForgotten(entry) && mayEnd(entry)) entryForgotten(entry);
      entry = next;
    }
  }
}

/** Sees to it that there are the retired of each that is apart of a process; false without memory. */
function isFoldable(process: usize): bool {
  for (let one = process; one != 0; one = changetype<Process>(one).apart) if (retiredOf(one) == 0) return false;
  return true;
}

/**
 * Folds a dead process into the retired, and ends it. EXHAUSTED without memory for those, where they are none yet: then it is as it was.
 * No memory is needed for what it has.
 */
export function processFold(process: usize): i32 {
  if (!begin()) return NO_WRITER;
  const source: usize = changetype<Process>(process).source;
  if ((changetype<Process>(process).flags & PROCESS_HIDDEN) != 0) {
    // It never came to the end of what it had to say first: nothing of it counted.
    ended(process);
    end();
    return OK;
  }
  const isFolded = isFoldable(process);
  if (isFolded) {
    const baseline = baselineSettled(process);
    linksFolded(source, retiredOf(process), process);
    if (baseline != 0) linksFolded(source, retiredOf(process), baseline);
    incomingDropped(process);
    baselineDropped(process);
    apartEnded(process);
    processEnd(process);
    forgottenEnded(source);
  }
  end();
  return isFolded ? OK : EXHAUSTED;
}

/** Folds all links of a process, for each of whose owners there are the retired. */
function linksFolded(source: usize, retired: usize, process: usize): void {
  const record = changetype<Process>(process);
  for (let i: u32 = 0; i < record.capacity; i++) {
    const held = changetype<Held>(heldAt(process, i));
    for (let at: usize = held.links, last = at + (held.capacity << 2); at < last; at += 4) {
      const link: usize = load<u32>(at);
      if (link == 0) continue;
      const owner: usize = changetype<Link>(link).process;
      linkFolded(source, owner == process ? retired : retiredOf(owner), at);
    }
  }
}

/** Forgets what a process had counted before. */
function baselineDropped(process: usize): void {
  const baseline: usize = changetype<Process>(process).baseline;
  if (baseline == 0) return;
  changetype<Process>(process).baseline = 0;
  linksDropped(baseline);
  processEnd(baseline);
}

/** Forgets all whole images that have not come to their ends. */
export function incomingDropped(process: usize): void {
  while (changetype<Process>(process).incoming != 0) incomingEnded(process + offsetof<Process>("incoming"));
}

/** Forgets the one that is linked at an address. */
export function incomingEnded(place: usize): void {
  const incoming: usize = load<u32>(place);
  store<u32>(place, changetype<Process>(incoming).incoming);
  linksDropped(incoming);
  processEnd(incoming);
}

function ended(process: usize): void {
  incomingDropped(process);
  baselineDropped(process);
  linksDropped(process);
  apartEnded(process);
  processEnd(process);
}

/** Forgets a process and what it counted. */
export function processDrop(process: usize): i32 {
  if (!begin()) return NO_WRITER;
  ended(process);
  end();
  return OK;
}

/** All that a process has changes with the next publishing. */
export function linksChanged(process: usize): void {
  const record = changetype<Process>(process);
  for (let i: u32 = 0; i < record.capacity; i++) {
    const held = changetype<Held>(heldAt(process, i));
    for (let at: usize = held.links, last = at + (held.capacity << 2); at < last; at += 4) {
      const link: usize = load<u32>(at);
      if (link != 0) entryChanged(record.source, changetype<Link>(link).entry);
    }
  }
}

/** Believes that a process is dead, or back: gauges of the living change with the next publishing. */
export function processLive(process: usize, live: bool): i32 {
  const record = changetype<Process>(process);
  const flags = live ? record.flags & ~PROCESS_DEAD : record.flags | PROCESS_DEAD;
  if (flags == record.flags) return OK;
  record.flags = flags;
  linksChanged(process);
  return OK;
}

/** Makes a process, whose image was applied to its end, the retired in place of those there were. */
export function processRetire(process: usize): i32 {
  if (!begin()) return NO_WRITER;
  const source: usize = changetype<Process>(process).source;
  retiredEnded(source);
  incomingDropped(process);
  heldEnd(process);
  changetype<Source>(source).retired = process;
  for (let one = process; one != 0; one = changetype<Process>(one).apart) changetype<Process>(one).flags |= PROCESS_DEAD | PROCESS_RETIRED;
  retiredMerged(source);
  end();
  return OK;
}

/** True where a process' parts count now. */
export function counts(process: usize, family: usize): bool {
  const flags = changetype<Process>(process).flags;
  return (flags & PROCESS_HIDDEN) == 0 && ((flags & PROCESS_DEAD) == 0 || !livesAlone(family));
}

/** How many series a process has something of. */
export function processSeries(process: usize): u32 {
  return changetype<Process>(process).count;
}

/** The last sequence that was applied to its end; 0 none. */
export function processSequence(process: usize): f64 {
  return <f64>changetype<Process>(process).sequence;
}

/** The process that the images are of; 0 before the first. */
export function processInstance(process: usize): u64 {
  return changetype<Process>(process).instance;
}
