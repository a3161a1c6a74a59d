// What is subtracted from a process never takes more than that process has. Its baseline is what it had counted when it took its instance: its
// other instance has that here, or had it. A series that was reset since is less than that, honestly; and whoever may push can say anything.
// Neither is to be seen: of a series that only grows, of which a process has less than its baseline in any count, nothing of the two counts
// until it has more. So what a process adds to a page is never less than nothing, whatever else there is, and in whatever order it came.
// Gauges are added up as they are.
//
// It is a process' matter, not a link's: labels beyond a limit lead several series to one entry, and all of them are looked at together.
//
// While an entry is added up, the baselines of those who have links in it say so by `entry`, and by `link` whether it counts; before that the
// links of each are a chain, the first one there, the next ones in `beside`. A walk over an entry's links is one more, but only where
// there ever was a baseline in this thread.

import { Base, COUNTER, Family, HISTOGRAM, NATIVE, Sparse, SUMMARY } from "../layout";
import { sparseCount, sparseCountAt } from "../metric/sparse";
import { baseSparse } from "../store/base";
import { lentEnded } from "./lent";
import { heldAt, linkEnd } from "./links";
import { familyOf } from "./known";
import { Entry, Held, Link, linkBytes, linkPart, Process, PROCESS_BASELINE, PROCESS_HIDDEN } from "./mirror";
import { numberNothing } from "./number";
import { sumAdd, sumBegin, sumCopy, sumEnd, sumMore } from "./sum";

/** Whether there ever was a baseline in this thread. */
let any: bool = false;

export function baselineSeen(): void {
  any = true;
}

/** True for what only grows. */
export function grows(family: usize): bool {
  const type = changetype<Family>(family).type;
  return type == COUNTER || type == HISTOGRAM || type == SUMMARY || type == NATIVE;
}

/** True where no count of a part is below 0. */
function isWhole(family: usize, part: usize): bool {
  const record = changetype<Base>(part);
  if (changetype<Family>(family).type == COUNTER) return record.high >= 0;
  const behind = baseSparse(family, part);
  for (let at = part + offsetof<Base>(); at < behind; at += 8) if (<i64>load<u64>(at) < 0) return false;
  if (changetype<Family>(family).type != NATIVE) return true;
  if (<i64>changetype<Sparse>(behind).zeroCount < 0) return false;
  for (let i: u32 = 0; i < sparseCount(behind); i++) if (<i64>sparseCountAt(behind, i) < 0) return false;
  return true;
}

/** Adds up two links, and those beside the first; the sum, 0 without memory. */
function added(family: usize, first: usize, second: usize): usize {
  let more = second == 0 ? 0 : sumMore(family, linkPart(second));
  for (let link = first; link != 0; link = changetype<Link>(link).beside) more += sumMore(family, linkPart(link));
  if (!sumBegin(family, more)) return 0;
  for (let link = first; link != 0; link = changetype<Link>(link).beside) {
    lentEnded(link);
    sumAdd(linkPart(link), 0);
  }
  if (second != 0) sumAdd(linkPart(second), 0);
  return sumEnd(false);
}

/** True where what a process has in an entry, by a chain of its links and its baseline's, is not less than that; or where it has no baseline there. */
function isCovered(family: usize, chain: usize): bool {
  let own = false;
  let subtracted = false;
  for (let link = chain; link != 0; link = changetype<Link>(link).beside) {
    if (isBaseline(link)) subtracted = true;
    else own = true;
  }
  if (!own || !subtracted) return own;
  const sum = added(family, chain, 0);
  return sum != 0 && isWhole(family, sum);
}

function isBaseline(link: usize): bool {
  return (changetype<Process>(<usize>changetype<Link>(link).process).flags & PROCESS_BASELINE) != 0;
}

/** The baseline that has a say about a link of what only grows; 0 for none. */
function keyOf(link: usize): usize {
  const process: usize = changetype<Link>(link).process;
  const record = changetype<Process>(process);
  if ((record.flags & PROCESS_HIDDEN) != 0) return 0;
  return (record.flags & PROCESS_BASELINE) != 0 ? process : <usize>record.baseline;
}

/** Puts a link in front of the chain of its baseline. */
function chained(entry: usize, link: usize, key: usize): void {
  const baseline = changetype<Process>(key);
  if (baseline.entry != <u32>entry) baseline.link = 0;
  baseline.entry = entry;
  changetype<Link>(link).beside = baseline.link;
  baseline.link = link;
}

/** Finds out which links of an entry count, before any is added up; false where none has to do with a baseline. */
export function baselinesBegun(entry: usize, family: usize): bool {
  if (!any || !grows(family)) return false;
  let found = false;
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    const key = keyOf(link);
    if (key == 0) continue;
    chained(entry, link, key);
    found = true;
  }
  for (let link: usize = changetype<Entry>(entry).links; found && link != 0; link = changetype<Link>(link).next) {
    const key = keyOf(link);
    if (key == 0 || changetype<Process>(key).link != <u32>link) continue;
    if (!isCovered(family, link)) changetype<Process>(key).link = 0;
  }
  return found;
}

/** Between baselinesBegun, which was true, and baselinesEnded: true for a link that is to be added. */
export function isTaken(link: usize): bool {
  const key = keyOf(link);
  return key == 0 || changetype<Process>(key).link != 0;
}

/** Between them, of a link that is not: true where its process has it, which is shown then. */
export function isOwn(link: usize): bool {
  return !isBaseline(link);
}

export function baselinesEnded(entry: usize): void {
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    const key = keyOf(link);
    if (key == 0) continue;
    changetype<Process>(key).entry = 0;
    changetype<Process>(key).link = 0;
  }
}

/** Lets a link have nothing. */
function emptied(family: usize, link: usize): void {
  if (!sumBegin(family, 0)) return;
  numberNothing();
  lentEnded(link);
  if (linkBytes(sumEnd(false)) <= changetype<Link>(link).bytes) sumCopy(linkPart(link));
}

/** Takes one link of a baseline out of what its process has; false where that is left to whoever adds both up. */
function settled(process: usize, family: usize, link: usize): bool {
  const entry: usize = changetype<Link>(link).entry;
  const baseline: usize = changetype<Link>(link).process;
  let own: usize = 0;
  for (let one: usize = changetype<Entry>(entry).links; one != 0; one = changetype<Link>(one).next) {
    const whose: usize = changetype<Link>(one).process;
    if (whose == process) own = one;
    if (whose == process || whose == baseline) chained(entry, one, baseline);
  }
  const isLess = !isCovered(family, changetype<Process>(baseline).link);
  changetype<Process>(baseline).entry = 0;
  changetype<Process>(baseline).link = 0;
  if (isLess) {
    for (let one: usize = changetype<Entry>(entry).links; one != 0; one = changetype<Link>(one).next) {
      if (changetype<Link>(one).process == <u32>process) emptied(family, one);
    }
    return true;
  }
  changetype<Link>(own).beside = 0;
  const sum = added(family, own, link);
  if (sum == 0 || !isWhole(family, sum) || linkBytes(sum) > changetype<Link>(own).bytes) return false;
  sumCopy(linkPart(own));
  return true;
}

/**
 * Takes the baseline of a process that died out of what it has, before the dead get that: what they have is never less than nothing either.
 * The baseline, of which what is no matter of growing is left; 0 for none.
 */
export function baselineSettled(process: usize): usize {
  const baseline: usize = changetype<Process>(process).baseline;
  if (baseline == 0) return 0;
  for (let i: u32 = 0; i < changetype<Process>(baseline).capacity; i++) {
    const held = changetype<Held>(heldAt(baseline, i));
    for (let at: usize = held.links, last = at + (held.capacity << 2); at < last; at += 4) {
      const link: usize = load<u32>(at);
      if (link == 0) continue;
      const family = familyOf(changetype<Entry>(<usize>changetype<Link>(link).entry).known);
      if (!grows(family) || !settled(process, family, link)) continue;
      store<u32>(at, 0);
      linkEnd(link);
    }
  }
  return baseline;
}
