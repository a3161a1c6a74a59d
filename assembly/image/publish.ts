// Publishing: every series that changed gets the sum of what its processes have of it, as one finished part. Until then
// nothing that images brought is seen, so all that came between two publishings is seen together, series by series.

import { give, take } from "../memory/arena";
import { Base, ImportedCell, isTime, KIND_PLAIN } from "../layout";
import { EXHAUSTED, GONE, NO_WRITER, WANTED } from "../status";
import { limboSift } from "../store/limbo";
import { begin, end } from "../store/writer";
import { entryBound, entryEnd, entryForgotten, isBound, isForgotten, partShown, seriesBegun } from "./entries";
import { isRefused, knownFamily } from "./known";
import { entryChanged } from "./links";
import { Entry, LAST_CHANGED, Link, linkPart, Process, Source } from "./mirror";
import { counts, linkGiven } from "./processes";
import { sumAdd, sumBegin, sumCopy, sumEnd, sumMore } from "./sum";

/** A finished part of all that counts in an entry; 0 without memory. */
function partMade(entry: usize, family: usize): usize {
  let more: u32 = 0;
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    if (counts(changetype<Link>(link).process, family)) more += sumMore(family, linkPart(link));
  }
  if (!sumBegin(family, more)) return 0;
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    const process: usize = changetype<Link>(link).process;
    if (counts(process, family)) sumAdd(linkPart(link), <u32>changetype<Process>(process).instance);
  }
  const part = take(changetype<Base>(sumEnd(false)).bytes, KIND_PLAIN, false);
  if (part != 0) sumCopy(part);
  return part;
}

/** True where any process counts in an entry: else there is nothing to show, which is not 0. */
function isSpoken(entry: usize, family: usize): bool {
  let link: usize = changetype<Entry>(entry).links;
  while (link != 0 && !counts(changetype<Link>(link).process, family)) link = changetype<Link>(link).next;
  return link != 0;
}

/** Shows a part, unless it is what is shown: who tells everything again has not done anything. */
function partGiven(cell: usize, part: usize): void {
  const old: usize = changetype<ImportedCell>(cell).part;
  if (part == 0 || old == 0 || changetype<Base>(old).bytes != changetype<Base>(part).bytes) {
    partShown(cell, part);
  } else if (memory.compare(old, part, changetype<Base>(part).bytes) != 0) {
    partShown(cell, part);
  } else {
    give(part, changetype<Base>(part).bytes, KIND_PLAIN);
  }
}

/** Publishes one entry that is in no list; a negative status where it must come again. */
function published(source: usize, entry: usize): i32 {
  const record = changetype<Entry>(entry);
  if (record.links == 0) {
    entryEnd(entry);
    return 0;
  }
  const known: usize = record.known;
  const family = knownFamily(known);
  if (family == 0) {
    if (!isRefused(known)) {
      changetype<Source>(source).wanted = known;
      return WANTED;
    }
    // It is refused here: its links stay, for their images know them, and nothing is shown.
    return 0;
  }
  if (!isBound(entry) || record.family != <u32>family) {
    if (isForgotten(entry)) {
      entryForgotten(entry);
      return 0;
    }
    const status = entryBound(source, entry, family);
    if (status == GONE) changetype<Source>(source).wanted = known;
    if (status < 0) return status == GONE ? WANTED : status;
    if (status != <i32>entry) {
      entryChanged(source, <usize>status);
      while (record.links != 0)
        if (!linkGiven(family, record.links, <usize>status, changetype<Link>(record.links).process)) return EXHAUSTED;
      entryEnd(entry);
      return 0;
    }
  }
  const speaks = isSpoken(entry, family);
  const part = speaks ? partMade(entry, family) : 0;
  if (speaks && part == 0) return EXHAUSTED;
  partGiven(record.cell, part);
  if (isTime(record.begun)) seriesBegun(record.series, record.begun);
  return 0;
}

/**
 * Publishes up to `most` of the series that changed. Returns how many; fewer than `most` when all are, WANTED where a family
 * is to be made first, EXHAUSTED without memory: those that are left show what they showed before.
 */
export function sourcePublish(source: usize, most: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const record = changetype<Source>(source);
  let count: u32 = 0;
  let status: i32 = 0;
  while (count < most && record.changed != LAST_CHANGED) {
    const entry: usize = record.changed;
    record.changed = changetype<Entry>(entry).changed;
    changetype<Entry>(entry).changed = 0;
    status = published(source, entry);
    if (status < 0) {
      entryChanged(source, entry);
      break;
    }
    count++;
    // What is replaced is used again at once where nobody reads.
    if ((count & 63) == 0) {
      end();
      limboSift();
      if (!begin()) return NO_WRITER;
    }
  }
  end();
  return status < 0 ? status : <i32>count;
}
