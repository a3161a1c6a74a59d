// Frames of a process' image become its links. A frame is applied as one; nothing is shown before it is published.
//
// Which frames are taken, and what becomes of a whole image, stands in sequence.ts.
//
// Bytes come from anywhere: a checksum is no seal. Every number is bounded before it is used, and a frame that is nonsense
// is REFUSED where that shows; what it said before that stays, for it is of this process alone.

import { Base, isTime } from "../layout";
import { BEHIND, EXHAUSTED, GONE, LIMIT, NO_WRITER, OK, REFUSED, WANTED } from "../status";
import { labelsMeet } from "../store/defaults";
import { limboSift } from "../store/limbo";
import { begin, end, roomAddress } from "../store/writer";
import { processApart } from "./aside";
import { beyondPut, isBlock, isBlockOf, withinPut } from "./block";
import { createdBegun, createdTaken, createdTime, isSeconds } from "./created";
import { partTaken, takenPart, takenStatus } from "./decode";
import { entryOf, entryThere, isBound } from "./entries";
import { exemplarsTaken } from "./exemplars";
import { entryDescribed, expectedBegun } from "./expected";
import {
  FRAME_BASED,
  FRAME_BASELINE,
  FRAME_FULL,
  FRAME_HEAD,
  RETIRED_INSTANCE,
  SERIES_EXEMPLARS,
  SERIES_NEW,
  SERIES_REMOVED,
  TAG_END,
  TAG_ENTER,
  TAG_FAMILY,
  TAG_GONE,
  TAG_HEAD,
  TAG_SERIES,
} from "./format";
import { frameSum, frameChecked, frameFlags, frameInstance, frameLength, frameSeconds } from "./frame";
import { isDescribed, isPassed, isRefused, knownDefinition, knownFamily, knownLike, knownOf } from "./known";
import { labelsLength, labelsTakeBegun, labelsTaken, labelsText } from "./labels";
import { entryChanged, FAMILIES_MOST, heldAt, heldMade, isPlace, linkEnd, linkMade, linkSet, placeAt, placeMade } from "./links";
import { Entry, Held, Link, Process, PROCESS_BASELINE, Source } from "./mirror";
import { numbersPosition, numbersTaken } from "./numbers";
import { overflowBlock, overflowLength } from "./overflow";
import { hasOrder, isNumber } from "./part";
import { counts, familyDropped, processEndings } from "./processes";
import { refusalBegun } from "./refusal";
import { isOwnLabel, labelsOwn } from "./relabel";
import { advanced, baselineOf, filled, isBased, isNext, sayingOf, withdrawn } from "./sequence";
import { isLooked, isLooking, lookingBegun } from "./sound";
import { sourceFrame, sourceLabels } from "./sources";
import { partNegated } from "./sum";
import { takenEnd, varint32Taken } from "./varint";

const COMMA: u32 = 44;
/** No table has more. */
const POSITION_MOST: u64 = 0x7fffffff;

let process: usize = 0;
/** The process that the frame is of; `process` is another one while a whole image fills it. */
let owning: usize = 0;
let source: usize = 0;
let held: usize = 0;
let family: usize = 0;
/** Whether the family is refused for ever: what is of it is passed over. */
let passing: bool = false;
let position: u32 = 0;
/** Whose the link of the series is. */
let keeper: usize = 0;
let stop: usize = 0;
/** The sequence of the frame, as links know it. */
let saying: u32 = 0;

/** Enters the family of a number; false for one that was not described. */
function entered(index: u32): i32 {
  held = heldAt(process, index);
  position = -1;
  plain = false;
  if (held == 0 || changetype<Held>(held).known == 0) return REFUSED;
  const known: usize = changetype<Held>(held).known;
  const more: usize = changetype<Process>(owning).labels;
  // No registry lets a metric and its default labels have one name: it would be there twice.
  if (more != 0 && labelsMeet(more + 4, load<u32>(more), knownDefinition(known))) return REFUSED;
  family = knownFamily(known);
  passing = family == 0 && isPassed(known);
  // What is refused while this registry is what it is, is kept: for others, and for later.
  if (family == 0 && isRefused(known)) family = knownLike(known);
  plain = isPlain();
  if (family != 0) return OK;
  return wanted();
}

/** Asks for the family of the definition that is entered. */
function wanted(): i32 {
  changetype<Source>(source).wanted = changetype<Held>(held).known;
  return WANTED;
}

/**
 * Describes the family of a number. Another one that had it is gone at once; of the same one what this sequence does not
 * say again, at its end: it may be one that was made anew, or be told once more.
 */
function described(index: u32, definition: usize, length: u32): i32 {
  if (!isDescribed(definition, length) || index >= FAMILIES_MOST) return REFUSED;
  const known = knownOf(source, definition, length);
  if (known == 0) return EXHAUSTED;
  const place = heldMade(process, index);
  if (place == 0) return EXHAUSTED;
  if (changetype<Held>(place).known != <u32>known) {
    familyDropped(process, place);
    changetype<Held>(place).known = known;
  }
  changetype<Held>(place).again = saying;
  return entered(index);
}

/** Ends the link at a place. */
function linkGone(place: usize): void {
  const link: usize = load<u32>(place);
  if (link == 0) return;
  store<u32>(place, 0);
  entryChanged(source, changetype<Link>(link).entry);
  linkEnd(link);
  changetype<Held>(held).count--;
}

/** Keeps a part at a place: in the link there, or in a new one where there is none of this entry; then that ends. */
function kept(place: usize, entry: usize, part: usize): i32 {
  const there: usize = load<u32>(place);
  entryChanged(source, entry);
  if (there != 0 && changetype<Link>(there).entry == <u32>entry) {
    if (!linkSet(place, part)) return EXHAUSTED;
  } else {
    const link = linkMade(entry, keeper, part);
    if (link == 0) return EXHAUSTED;
    linkGone(place);
    store<u32>(place, link);
    changetype<Held>(held).count++;
  }
  changetype<Link>(load<u32>(place)).said = saying;
  return OK;
}

/** True while the image of the retired is read: it may be of processes that had default labels of any names. */
function isOfRetired(): bool {
  return changetype<Process>(owning).instance == RETIRED_INSTANCE;
}

/** The entry of the labels that were taken last, with the default labels of the process behind. */
function entryFound(): i32 {
  const known: usize = changetype<Held>(held).known;
  const more: usize = changetype<Process>(owning).labels;
  let own = labelsOwn(source);
  if (isOwnLabel(known, own)) own = 0;
  if (own != 0 && isOfRetired()) {
    keeper = processApart(owning, labelsText(), labelsLength(), own);
    if (keeper == 0) return EXHAUSTED;
  }
  if (more == 0 && own == 0) return entryOf(source, known, family, labelsText(), labelsLength());
  const added: u32 = more == 0 ? 0 : load<u32>(more);
  // It would be there twice.
  if (more != 0 && withinPut(0, labelsText(), labelsLength(), more + 4, added) != 0) return REFUSED;
  const room = roomAddress(labelsLength() + 1 + added);
  if (room == 0) return EXHAUSTED;
  // What the dead left may have labels that this registry says by itself.
  const length = own == 0 ? labelsLength() : beyondPut(room, labelsText(), labelsLength(), own + 4, load<u32>(own));
  if (own == 0) memory.copy(room, labelsText(), length);
  if (more == 0) return entryOf(source, known, family, room, length);
  if (length != 0) store<u8>(room + length, COMMA);
  const from = length + u32(length != 0);
  memory.copy(room + from, more + 4, added);
  return entryOf(source, known, family, room, from + added);
}

let failed: i32 = 0;

function refused(status: i32): usize {
  failed = status;
  return 0;
}

/** True where the numbers of the family that is entered are taken one after the other: those that count, of their process alone. */
let plain: bool = false;

function isPlain(): bool {
  if (family == 0 || passing || !isNumber(family) || hasOrder(family) || isOfRetired()) return false;
  return (changetype<Process>(process).flags & PROCESS_BASELINE) == 0 && counts(process, family);
}

/** Takes the record of a series, behind its tag; where it ends, 0 where `failed` says why not. */
function seriesTaken(flags: u32, at: usize): usize {
  const next = <u64>(position + 1) + <u64>varint32Taken(at, stop);
  at = takenEnd();
  if (at == 0 || held == 0 || next > POSITION_MOST) return refused(REFUSED);
  position = <u32>next;
  let entry: usize = 0;
  keeper = process;
  let place = placeAt(held, position);
  if ((flags & SERIES_NEW) != 0) {
    at = createdTaken(at, stop);
    const created = createdTime();
    at = at == 0 ? 0 : labelsTaken(at, stop);
    if (at == 0 || !isPlace(process, held, position)) return refused(REFUSED);
    // What there is an entry of was looked at before.
    const labelled = changetype<Process>(owning).labels != 0 || labelsOwn(source) != 0;
    const there = passing || labelled ? 0 : entryThere(source, changetype<Held>(held).known, family, labelsText(), labelsLength());
    if (there == 0 && !isBlock(labelsText(), labelsLength())) return refused(REFUSED);
    // Without one of its labels, or with one twice, it is a line that nobody can read.
    if (there == 0 && !isBlockOf(labelsText(), labelsLength(), knownDefinition(changetype<Held>(held).known))) return refused(REFUSED);
    place = placeMade(process, held, position);
    if (place == 0) return refused(EXHAUSTED);
    if (passing) linkGone(place);
    else {
      let status = there != 0 ? <i32>there : entryFound();
      // Longer than a block may be with what its process adds: it goes where all do that there is no room for.
      if (status == LIMIT) status = entryOf(source, changetype<Held>(held).known, family, overflowBlock(family), overflowLength());
      if (status < 0) return refused(status == GONE ? wanted() : status);
      entry = <usize>status;
      entryDescribed(entry);
      // Where nothing comes of it, it ends with the next publishing.
      entryChanged(source, entry);
      const record = changetype<Entry>(entry);
      if (isTime(created) && isSeconds(created) && (!isTime(record.begun) || created < record.begun)) record.begun = created;
    }
  } else if ((flags & SERIES_REMOVED) != 0) {
    if (place != 0) linkGone(place);
    return at;
  }
  at = partTaken(family, flags, at, stop, isOfRetired());
  if (at == 0) return refused(takenStatus());
  const link: usize = place == 0 ? 0 : load<u32>(place);
  if (link == 0 && entry == 0 && !passing) return refused(BEHIND);
  if (entry == 0 && link != 0) entry = changetype<Link>(link).entry;
  const series: usize = entry != 0 && isBound(entry) ? changetype<Entry>(entry).series : 0;
  const part = takenPart();
  // In the page it would be no number, or one that nobody reads as a time.
  if (!isSeconds(changetype<Base>(part).timestamp)) return refused(REFUSED);
  if ((flags & SERIES_EXEMPLARS) != 0) at = exemplarsTaken(family, series, at, stop);
  if (at == 0) return refused(REFUSED);
  if (passing) return at;
  if ((changetype<Process>(process).flags & PROCESS_BASELINE) != 0 && !partNegated(family, part)) return at;
  const status = kept(place, entry, part);
  return status == OK ? at : refused(status);
}

/** The record at which a frame asked for a family: it goes on there, for what was taken before stays. */
let waiting: usize = 0;
/** Of which frame that is: the process, and the checksum. */
let waitingOwner: usize = 0;
let waitingSum: u64 = 0;
let waitingEndings: u32 = 0;

function stopped(status: i32, record: usize): i32 {
  if (status != WANTED) return status;
  waiting = record;
  waitingEndings = processEndings();
  return status;
}

/** Takes all records of a frame. */
function recordsTaken(at: usize): i32 {
  while (at < stop) {
    const record = at;
    const tag: u32 = load<u8>(at++);
    if (tag >= TAG_SERIES) {
      if (plain) {
        at = numbersTaken(source, family, changetype<Held>(held), saying, position, record, stop);
        if (at != record) {
          position = numbersPosition();
          continue;
        }
        at++;
      }
      if (isLooking()) {
        if (!isLooked(process, held, family, record)) return REFUSED;
        at = record;
        continue;
      }
      at = seriesTaken(tag & ~TAG_SERIES, at);
      if (at == 0) return failed;
      continue;
    }
    if (tag == TAG_END) return OK;
    if (tag != TAG_ENTER && !isLooked(process, held, family, record)) return REFUSED;
    if (tag == TAG_ENTER || tag == TAG_GONE) {
      const index = varint32Taken(at, stop);
      at = takenEnd();
      if (at == 0) return REFUSED;
      if (tag == TAG_GONE) {
        const gone = heldAt(process, index);
        if (gone == 0) continue;
        familyDropped(process, gone);
        changetype<Held>(gone).known = 0;
        held = 0;
        plain = false;
        continue;
      }
      const from = held;
      const whose = family;
      const status = entered(index);
      if ((status != OK || held <= from) && !isLooked(process, from, whose, record)) return REFUSED;
      if (status != OK) return stopped(status, record);
      continue;
    }
    const index: u32 = tag == TAG_FAMILY ? varint32Taken(at, stop) : 0;
    const length = varint32Taken(tag == TAG_FAMILY ? takenEnd() : at, stop);
    at = takenEnd();
    if (at == 0 || <u64>length > <u64>(stop - at) || (tag != TAG_FAMILY && tag != TAG_HEAD)) return REFUSED;
    // What is said of the process is the binding's matter.
    if (tag == TAG_FAMILY) {
      const status = described(index, at, length);
      if (status != OK) return stopped(status, record);
    }
    at += length;
  }
  return OK;
}

/** Goes on with a frame that waited for a family; everything is as it was left. */
function continued(owner: usize, frame: usize): i32 {
  const record = waiting;
  waiting = 0;
  lookingBegun(false);
  expectedBegun();
  return finished((frameFlags(frame) & FRAME_BASELINE) != 0 ? baselineOf(owner) : owner, frame, recordsTaken(record));
}

/** Ends a frame whose records were taken, or not all of them. */
function finished(owner: usize, frame: usize, status: i32): i32 {
  if (status == OK) advanced(owner, process, frame);
  else if (status == REFUSED) withdrawn(owner, process, frame);
  return status;
}

/** True for a frame of a process. The retired are none, and what is theirs is read where they were asked for, by their instance. */
function isIts(owner: usize, frame: usize): bool {
  const instance = changetype<Process>(owner).instance;
  const said = frameInstance(frame);
  return instance == 0 ? said != 0 && said != RETIRED_INSTANCE : said == instance;
}

function applied(owner: usize, frame: usize): i32 {
  const same = waitingOwner == owner && waitingSum == frameSum(frame) && waitingEndings == processEndings();
  if (waiting != 0 && same) return continued(owner, frame);
  waiting = 0;
  waitingOwner = owner;
  waitingSum = frameSum(frame);
  owning = owner;
  source = changetype<Process>(owner).source;
  if (!isIts(owner, frame)) return REFUSED;
  changetype<Process>(owner).instance = frameInstance(frame);
  const based = (frameFlags(frame) & FRAME_BASELINE) != 0;
  if (based && isOfRetired()) return REFUSED;
  if (based) owner = baselineOf(owner);
  if (owner == 0) return EXHAUSTED;
  const record = changetype<Process>(owner);
  const next = isNext(record, frame);
  if (next != OK) return next == 1 ? OK : next;
  if ((frameFlags(frame) & FRAME_BASED) != 0 && !isBased(record, frame)) return BEHIND;
  process = filled(owner, frame);
  if (process == 0) return EXHAUSTED;
  saying = sayingOf(frame);
  stop = frame + frameLength(frame, FRAME_HEAD);
  held = 0;
  family = 0;
  plain = false;
  createdBegun(frameSeconds(frame));
  labelsTakeBegun(sourceLabels(source));
  expectedBegun();
  lookingBegun((frameFlags(frame) & FRAME_FULL) == 0);
  return finished(owner, frame, recordsTaken(frame + FRAME_HEAD));
}

/** OK for a frame in a source's room that is whole and of this process: what it says of itself may be believed. */
export function imageCheck(owner: usize, length: u32): i32 {
  refusalBegun();
  const frame = sourceFrame(changetype<Process>(owner).source);
  const checked = frameChecked(frame, length);
  if (checked != OK) return checked;
  return isIts(owner, frame) ? OK : REFUSED;
}

/**
 * Applies the frame in a source's room, of which there are `length` bytes, to a process. REFUSED and FOREIGN for what is no
 * frame, or not of this process; BEHIND where the whole image is needed; WANTED where a family is to be found or made first:
 * then the same frame is applied again, with nothing of another source in between, and goes on where it was.
 */
export function imageApply(owner: usize, length: u32): i32 {
  const frame = sourceFrame(changetype<Process>(owner).source);
  refusalBegun();
  const checked = frameChecked(frame, length);
  if (checked != OK) return checked;
  limboSift();
  if (!begin()) return NO_WRITER;
  const status = applied(owner, frame);
  end();
  return status;
}
