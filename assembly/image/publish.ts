// Publishing: every series that changed gets the sum of what its processes have of it, as one finished part. Until then
// nothing that images brought is seen, so all that came between two publishings is seen together, series by series; but for numbers of
// series that one process alone has, which are seen at once: lent.ts.
//
// An entry for which there is no memory keeps back no other one. It is put aside, and from then on new series are, too: what is shown
// already comes first, for it needs no more than it has, and what is new has what is left but SPARE_BYTES. So one process that
// fills the memory is not seen with all that it has, and all others are. With the next publishing those that were put aside come again.

import { Base, Header, HEADER, ImportedCell, isTime } from "../layout";
import { bytesFree, bytesReserved } from "../memory/arena";
import { EXHAUSTED, GONE, NO_WRITER, WANTED } from "../status";
import { limboSift } from "../store/limbo";
import { begin, end } from "../store/writer";
import { baselinesBegun, baselinesEnded, isOwn, isTaken } from "./baselines";
import { entryBound, entryEnd, entryForgotten, isBound, isForgotten, mayEnd, partShown, seriesBegun } from "./entries";
import { isRefused, knownFamily } from "./known";
import { lentEnded } from "./lent";
import { entryChanged } from "./links";
import { ALL, Entry, LAST_CHANGED, Link, linkPart, Process, REST, Source } from "./mirror";
import {
  isAdded,
  isNumberOf,
  numberAdded,
  numberBegun,
  numberEnded,
  numberExact,
  numberGrown,
  numberNothing,
  numberPut,
  numberTimed,
} from "./number";
import { isNumber, partsEqual } from "./part";
import { counts, linkGiven } from "./processes";
import { spareKept, sparesBegun, sparesEnded, spareTaken } from "./spares";
import { summedAdded, summedBegun, summedEnded, summedListed, summedThere } from "./summed";
import { sumAdd, sumBegin, sumCopy, sumEnd, sumMore } from "./sum";

/** Shows a finished part, 0 for none, in the place of the one before. */
function partReplaced(cell: usize, part: usize): void {
  const old = partShown(cell, part);
  if (old != 0) spareKept(old);
}

/** Adds up the numbers of all that counts in an entry; false where nothing does. */
function numberFound(entry: usize, family: usize): bool {
  const kept = summedThere(entry);
  if (kept != 0) {
    numberExact(kept);
    return true;
  }
  let speaks = false;
  const based = baselinesBegun(entry, family);
  numberBegun(family);
  summedBegun();
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    if (!counts(changetype<Link>(link).process, family)) continue;
    lentEnded(link);
    if (based && !isTaken(link)) {
      if (!isOwn(link)) continue;
      numberNothing();
    } else {
      const part = changetype<Base>(linkPart(link));
      numberTimed(part);
      numberAdded(part);
      summedAdded(part);
    }
    speaks = true;
  }
  if (based) baselinesEnded(entry);
  // What a change does to a sum depends on the baseline, too.
  const sum = isAdded(family) && !based ? summedEnded(entry) : 0;
  if (sum != 0) numberExact(sum);
  else numberEnded();
  if (based) numberGrown();
  return speaks;
}

/** Does for a number what `sumShown` does for all others: most series are one. */
function numberShown(entry: usize, family: usize): bool {
  const speaks = numberFound(entry, family);
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
  return true;
}

/**
 * Shows the sum of all that counts in an entry, unless it is what is shown: who tells everything again has not done anything.
 * Where nothing does there is nothing to show, which is not 0. False without memory.
 */
function sumShown(entry: usize, family: usize): bool {
  const based = baselinesBegun(entry, family);
  let bytes: u32 = 0;
  let speaks = false;
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    if (!counts(changetype<Link>(link).process, family)) continue;
    bytes += sumMore(family, linkPart(link));
    if (!based || isTaken(link) || isOwn(link)) speaks = true;
  }
  const sum = speaks ? summed(entry, family, bytes, based) : 0;
  if (based) baselinesEnded(entry);
  const cell: usize = changetype<Entry>(entry).cell;
  if (!speaks) {
    partReplaced(cell, 0);
    return true;
  }
  if (sum == 0) return false;
  const old: usize = changetype<ImportedCell>(cell).part;
  if (old != 0 && partsEqual(old, sum)) return true;
  const part = spareTaken(changetype<Base>(sum).bytes);
  if (part == 0) return false;
  sumCopy(part);
  partReplaced(cell, part);
  return true;
}

/** The sum of all that counts in an entry; 0 without memory. */
function summed(entry: usize, family: usize, bytes: u32, based: bool): usize {
  if (!sumBegin(family, bytes)) return 0;
  for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Link>(link).next) {
    const process: usize = changetype<Link>(link).process;
    if (!counts(process, family)) continue;
    if (!based || isTaken(link)) sumAdd(linkPart(link), <u32>changetype<Process>(process).instance);
    else if (isOwn(link)) numberNothing();
  }
  return sumEnd(false);
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
      if (mayEnd(entry)) entryForgotten(entry);
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
/** Left by new series for what is shown already: a part of its size is enough for each size there is, and parts of 1 KiB are large. */
const SPARE_BYTES: u32 = 16384;

function isScarce(): bool {
  const reserved = bytesReserved();
  const limit = changetype<Header>(HEADER).softLimit;
  return bytesFree() + (limit > reserved ? limit - reserved : 0) < SPARE_BYTES;
}

/** True for an entry of which nothing is shown yet: showing it takes more memory than there was of it. */
function isNew(entry: usize): bool {
  const record = changetype<Entry>(entry);
  if (record.links == 0 || knownFamily(record.known) == 0) return false;
  return isBound(entry) ? changetype<ImportedCell>(<usize>record.cell).part == 0 : !isForgotten(entry);
}

/** True for an entry that is not to be published in this pass. */
function isPutAside(source: usize, entry: usize): bool {
  const record = changetype<Source>(source);
  if (record.pass == ALL && record.failed == LAST_CHANGED && !isScarce()) return false;
  return isNew(entry) && (record.pass != REST || isScarce());
}

function putAside(source: usize, entry: usize): void {
  changetype<Entry>(entry).changed = changetype<Source>(source).failed;
  changetype<Source>(source).failed = entry;
}

/** Begins the next pass, of which there is one while there are entries that were put aside; false after the last. */
function passBegun(source: usize): bool {
  const record = changetype<Source>(source);
  if (record.pass == REST || record.failed == LAST_CHANGED) {
    record.pass = ALL;
    return false;
  }
  record.pass++;
  record.changed = record.failed;
  record.failed = LAST_CHANGED;
  return true;
}

/**
 * Publishes up to `most` of the series that changed. Returns how many it looked at; fewer than `most` when all are, WANTED where a family
 * is to be made first, EXHAUSTED where all are but those for which there is no memory: they show what they showed before.
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
      summedListed(entry);
      status = isPutAside(source, entry) ? EXHAUSTED : published(source, entry);
      if (status == EXHAUSTED) putAside(source, entry);
      else if (status < 0) {
        entryChanged(source, entry);
        break;
      }
      status = 0;
      count++;
    }
    sparesEnded();
    end();
  } while (status >= 0 && count < most && (record.changed != LAST_CHANGED || passBegun(source)));
  if (status < 0) return status;
  return count < most && record.failed != LAST_CHANGED ? EXHAUSTED : <i32>count;
}
