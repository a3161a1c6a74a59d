// Publishing: every series that changed gets the sum of what its processes have of it, as one finished part. Until then
// nothing that images brought is seen, so all that came between two publishings is seen together, series by series; but for numbers of
// series that one process alone has, which are seen at once: lent.ts.

import { Base, ImportedCell, isTime } from "../layout";
import { EXHAUSTED, GONE, NO_WRITER, WANTED } from "../status";
import { limboSift } from "../store/limbo";
import { begin, end } from "../store/writer";
import { entryBound, entryEnd, entryForgotten, isBound, isForgotten, partShown, seriesBegun } from "./entries";
import { isRefused, knownFamily } from "./known";
import { lent } from "./lent";
import { entryChanged } from "./links";
import { Entry, LAST_CHANGED, Link, linkPart, Process, Source } from "./mirror";
import { isNumberOf, numberAdded, numberBegun, numberEnded, numberPut, numberTimed } from "./number";
import { isNumber, partsEqual } from "./part";
import { counts, linkGiven } from "./processes";
import { spareKept, sparesBegun, sparesEnded, spareTaken } from "./spares";
import { sumAdd, sumBegin, sumCopy, sumEnd, sumMore } from "./sum";

/** Shows a finished part, 0 for none, in the place of the one before. */
function partReplaced(cell: usize, part: usize): void {
  const old = partShown(cell, part);
  if (old != 0) spareKept(old);
}

/** Does for a number what `sumShown` does for all others: most series are one. */
function numberShown(entry: usize, family: usize): bool {
  let speaks = false;
  numberBegun(family);
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    if (!counts(changetype<Link>(link).process, family)) continue;
    const part = changetype<Base>(linkPart(link));
    numberTimed(part);
    numberAdded(part);
    speaks = true;
  }
  numberEnded();
  const cell: usize = changetype<Entry>(entry).cell;
  const old: usize = changetype<ImportedCell>(cell).part;
  if (!speaks) {
    partReplaced(cell, 0);
    return true;
  }
  if (old == 0 || !isNumberOf(old)) {
    const part = spareTaken(<u32>offsetof<Base>());
    if (part == 0) return false;
    numberPut(part, <u32>offsetof<Base>(), 0);
    partReplaced(cell, part);
  }
  lent(entry);
  return true;
}

/**
 * Shows the sum of all that counts in an entry, unless it is what is shown: who tells everything again has not done anything.
 * Where nothing does there is nothing to show, which is not 0. False without memory.
 */
function sumShown(entry: usize, family: usize): bool {
  let bytes: u32 = 0;
  let speaks = false;
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    if (!counts(changetype<Link>(link).process, family)) continue;
    bytes += sumMore(family, linkPart(link));
    speaks = true;
  }
  const cell: usize = changetype<Entry>(entry).cell;
  if (!speaks) {
    partReplaced(cell, 0);
    return true;
  }
  if (!sumBegin(family, bytes)) return false;
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    const process: usize = changetype<Link>(link).process;
    if (counts(process, family)) sumAdd(linkPart(link), <u32>changetype<Process>(process).instance);
  }
  const sum = sumEnd(false);
  const old: usize = changetype<ImportedCell>(cell).part;
  if (old != 0 && partsEqual(old, sum)) return true;
  const part = spareTaken(changetype<Base>(sum).bytes);
  if (part == 0) return false;
  sumCopy(part);
  partReplaced(cell, part);
  return true;
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
  if (!(isNumber(family) ? numberShown(entry, family) : sumShown(entry, family))) return EXHAUSTED;
  if (isTime(record.begun)) seriesBegun(record.series, record.begun);
  return 0;
}

/** What is replaced in one batch is used again in the next where nobody reads: few enough that it is still near. */
const BATCH: u32 = 64;

/**
 * Publishes up to `most` of the series that changed. Returns how many; fewer than `most` when all are, WANTED where a family
 * is to be made first, EXHAUSTED without memory: those that are left show what they showed before.
 */
export function sourcePublish(source: usize, most: u32): i32 {
  const record = changetype<Source>(source);
  let count: u32 = 0;
  let status: i32 = 0;
  do {
    limboSift();
    sparesBegun(source);
    if (!begin()) return NO_WRITER;
    const until = min(most, count + BATCH);
    while (count < until && record.changed != LAST_CHANGED) {
      const entry: usize = record.changed;
      record.changed = changetype<Entry>(entry).changed;
      changetype<Entry>(entry).changed = 0;
      status = published(source, entry);
      if (status < 0) {
        entryChanged(source, entry);
        break;
      }
      count++;
    }
    sparesEnded();
    end();
  } while (status >= 0 && count < most && record.changed != LAST_CHANGED);
  return status < 0 ? status : <i32>count;
}
