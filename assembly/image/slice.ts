// One slice of an exporter's walk: the families of a registry and their series by their positions, as an exposition's, and
// of each what the sequence's base does not know.
//
// What is at a position is told by a record's address and its state, which has a generation: another family or series in
// the place of one is another one, whatever its name. So whatever is removed and made between two slices, or between two
// looks of one slice, comes out as the end of one and the beginning of another, now or in the next sequence. What was made
// since the walk began is left for the next one, as in a scrape: a series that was removed and made again meanwhile would
// be in one sequence twice.
//
// The shadow changes when a record is put, and at no other time: where a slice ends early, whatever is not in it is as it
// was, and comes in the next one. All of it lies in this thread's own memory. What the walk does to what others see is what
// any scrape does: it ends series that are idle, constants whose collector is no more, and removals that were cut short.

import { load32 } from "../memory/atomics";
import { Definition, Family, FAMILY_EXPIRES, FAMILY_OWN, LABELS_BYTES_MAX, LIVE, Registry, REMOVED, Series, SLICE_BYTES } from "../layout";
import { EXHAUSTED, OK } from "../status";
import { orphansEnded } from "../store/constant";
import { seriesDetach } from "../store/detach";
import { isIdle } from "../store/expiry";
import { isFromImage } from "../store/family";
import { isReceived } from "../store/imported";
import { isEmpty, seriesSequence, seriesWord } from "../store/list";
import { SERIES_KEY } from "../store/more";
import { seriesRemoved } from "../store/series";
import { isAbandoned, isConstant, isOrphan } from "../store/setter";
import { tableCount, tableEntry, tableGet, tableRecord, tableRunEnd } from "../store/table";
import { outputAddress, ownWriter } from "../store/writer";
import { CREATED_BYTES_MAX, createdBegun, createdPut } from "./created";
import { exemplarsFound, exemplarsPut, partFlags, partPut, partPutBytes } from "./encode";
import {
  FRAME_BYTES_MAX,
  FRAME_BASED,
  FRAME_BASELINE,
  FRAME_ENDED,
  FRAME_FULL,
  FRAME_HEAD,
  FRAME_LAST,
  SERIES_EXEMPLARS,
  SERIES_NEW,
  SERIES_REMOVED,
  TAG_ENTER,
  TAG_FAMILY,
  TAG_GONE,
  TAG_HEAD,
  TAG_SERIES,
} from "./format";
import { frameBegun, frameSealed, frameUntilSet } from "./frame";
import { LABELS_PUT_BYTES, labelsPut, labelsPutBegun, labelsPutMost } from "./labels";
import { markBegun, markOf } from "./mark";
import { momentNow } from "./moments";
import { ownPart } from "./own";
import { isWhole } from "./part";
import { Exporter, ShadowFamily, ShadowSeries } from "./records";
import { familiesGrown, familyShadow, seriesForgotten, seriesGrown, seriesShadow } from "./shadow";
import { VARINT_BYTES_MAX, varintPut } from "./varint";

/** In a sequence: its walk goes on. Beside the flags of frames. */
export const UNDER_WAY: u32 = 0x100;
/** A tag, a position or an index, and what enters a family. */
const RECORD_BYTES: u32 = 2 * (1 + VARINT_BYTES_MAX);
/** Vectors may be written so far behind what is put, and a frame ends with zeros. */
const SLACK: u32 = 64;
/** What a frame may be before its zeros. */
const FRAME_MOST: u32 = FRAME_BYTES_MAX - SLACK;
/** What a slice of many small series and the last of them take. */
const OUTPUT_BYTES: u32 = SLICE_BYTES + 2 * LABELS_BYTES_MAX;
/** Nothing found room any more; never leaves this file. */
const STOPPED: i32 = 1;
const NO_POSITION: u32 = 0xffffffff;

let exporter: Exporter = changetype<Exporter>(0);
/** Where labels are coded, in front of the frame: it is the writer's, so a thread that dies leaves it to the next one of its slot. */
let labels: usize = 0;
let frame: usize = 0;
let at: usize = 0;
let limit: usize = 0;
/** Series' records in the frame, and whether it has the coding of labels begun. */
let count: u32 = 0;
let labelled: bool = false;
/** Of the frame's: the family that the records behind are of, and the position of the last one. */
let entered: u32 = 0;
let before: u32 = 0;
/** How many may still be looked at. */
let left: u32 = 0;

/** Makes room for a frame; false without memory. */
function frameMade(bytes: u32): bool {
  labels = outputAddress(LABELS_PUT_BYTES + 8 + bytes + FRAME_HEAD + SLACK);
  if (labels == 0) return false;
  frame = (labels + LABELS_PUT_BYTES + 7) & ~7;
  limit = labels + ownWriter().outputBytes - SLACK;
  at = frame + FRAME_HEAD;
  return true;
}

/** OK where so many bytes may be put, STOPPED where they belong into the next frame, EXHAUSTED without memory. */
function room(bytes: u32): i32 {
  const isFirst = at == frame + FRAME_HEAD;
  const used = <u32>(at - frame);
  if (at + bytes <= limit && (isFirst || (used < SLICE_BYTES && used + bytes <= FRAME_MOST))) return OK;
  if (!isFirst) return STOPPED;
  return frameMade(bytes) ? OK : EXHAUSTED;
}

/** Puts what is known of the process. */
function headPut(): i32 {
  if ((exporter.flags & FRAME_FULL) == 0 || exporter.part != 0) return OK;
  const status = room(RECORD_BYTES + exporter.headLength);
  if (status != OK) return status;
  at = varintPut(varintPut(at, TAG_HEAD), exporter.headLength);
  memory.copy(at, exporter.head, exporter.headLength);
  at += exporter.headLength;
  return OK;
}

function goneWhere(shadow: ShadowFamily, position: u32): i32 {
  const known = shadow.state != 0;
  if (!known && shadow.changed <= exporter.since) return OK;
  const status = room(RECORD_BYTES);
  if (status != OK) return status;
  at = varintPut(varintPut(at, TAG_GONE), position);
  if (!known) return OK;
  seriesForgotten(shadow);
  shadow.state = 0;
  shadow.changed = exporter.turn;
  return OK;
}

function familyDescribed(family: usize, position: u32): i32 {
  const definition: usize = changetype<Family>(family).definition;
  const length = changetype<Definition>(definition).length;
  const status = room(RECORD_BYTES + length);
  if (status != OK) return status;
  at = varintPut(varintPut(varintPut(at, TAG_FAMILY), position), length);
  memory.copy(at, definition, length);
  at += length;
  entered = position;
  before = NO_POSITION;
  return OK;
}

function begunBefore(birth: u32): bool {
  return <i32>(birth - exporter.walk) < 0;
}

/** True for a family that an image tells of. */
function isTold(family: usize, state: u32, isNew: bool): bool {
  if ((state & 3) != LIVE || (changetype<Family>(family).flags & FAMILY_OWN) != 0) return false;
  // Nobody registered it here: who has its definition is who told it.
  if (isFromImage(family)) return false;
  if (isNew && !begunBefore(changetype<Family>(family).birth)) return false;
  // No frame takes it.
  if (changetype<Definition>(<usize>changetype<Family>(family).definition).length > FRAME_MOST - FRAME_HEAD - RECORD_BYTES) return false;
  if (exporter.nextSeries != 0 || !isAbandoned(family)) return true;
  if (changetype<Family>(family).seriesCount != 0) orphansEnded(family, state);
  return false;
}

/** Walks the family at a position, from where the last slice ended in it. */
function familyWalked(position: u32): i32 {
  const family = tableGet(changetype<Registry>(<usize>exporter.registry).table, position);
  const state = family == 0 ? 0 : load32(family);
  const shadow = familyShadow(exporter, position);
  const isNew = shadow.state != state || shadow.family != <u32>family;
  if (isNew) exporter.nextSeries = 0;
  if (family == 0 || !isTold(family, state, isNew)) return goneWhere(shadow, position);
  if (exporter.nextSeries == 0) {
    if (isNew || shadow.changed > exporter.since) {
      const status = familyDescribed(family, position);
      if (status != OK) return status;
    }
    if (isNew) {
      seriesForgotten(shadow);
      shadow.family = <u32>family;
      shadow.state = state;
      shadow.changed = exporter.turn;
    }
    exporter.nextSeries = 1;
  }
  return seriesWalked(family, position, shadow);
}

/** True for a series of which this process has nothing itself: its image would say 0 of what others counted, and keep alive what they removed. */
function isOthers(series: usize): bool {
  const sequence = seriesSequence(series);
  const word = seriesWord(series);
  return isReceived(word) && seriesWord(series) == word && seriesSequence(series) == sequence;
}

/** True where an image tells of a series; ends what is left of one that was removed, and one that is idle. */
function isWanted(family: usize, series: usize, state: u32, isNew: bool): bool {
  if ((state & 3) == REMOVED) seriesDetach(series, true);
  if ((state & 3) != LIVE || (isNew && !begunBefore(changetype<Series>(series).birth))) return false;
  if (isOthers(series)) return false;
  if (isConstant(family) || isWhole(family)) {
    // It is made before it is set as a whole: nobody has said anything yet.
    if (isEmpty(seriesWord(series))) return false;
    if (isConstant(family) && isOrphan(series)) {
      seriesRemoved(family, series);
      return false;
    }
  }
  if ((changetype<Family>(family).flags & FAMILY_EXPIRES) == 0 || !isIdle(family, series)) return true;
  seriesRemoved(family, series);
  return false;
}

/** Looks at the series of a family, from `nextSeries` on. */
function seriesWalked(family: usize, position: u32, shadow: ShadowFamily): i32 {
  const record = changetype<Family>(family);
  const base = exporter.since;
  const table: usize = record.table;
  const end = tableCount(table);
  if (!seriesGrown(shadow, end)) return EXHAUSTED;
  markBegun(family);
  // What nobody but its writers ends, for which a look need be no more than a mark.
  const plain = !isConstant(family) && (record.flags & FAMILY_EXPIRES) == 0;
  let entry: usize = 0;
  let runEnd: u32 = 0;
  let next = exporter.nextSeries;
  for (; next <= end; next++) {
    if (next > runEnd) {
      entry = tableEntry(table, next - 1);
      runEnd = tableRunEnd(next - 1);
    } else if (entry != 0) {
      entry += 4;
    }
    if (left == 0) break;
    left--;
    const series = entry == 0 ? 0 : tableRecord(entry);
    const said = changetype<ShadowSeries>(seriesShadow(shadow, next - 1));
    if (series == 0 && said.state == 0 && said.changed <= base) continue;
    const state = series == 0 ? 0 : load32(series);
    if (plain && series != 0 && said.state == state && said.series == <u32>series && said.changed <= base) {
      if (markOf(series) == said.mark) continue;
    }
    const status = seriesPut(family, position, next - 1, series, state, said);
    if (status == OK) continue;
    exporter.nextSeries = next;
    return status;
  }
  exporter.nextSeries = next;
  return next <= end ? STOPPED : OK;
}

/** Begins the record of a series. */
function recordBegun(tag: u32, family: u32, position: u32): void {
  if (entered != family) {
    at = varintPut(varintPut(at, TAG_ENTER), family);
    entered = family;
    before = NO_POSITION;
  }
  store<u8>(at, <u8>(TAG_SERIES | tag));
  at = varintPut(at + 1, position - before - 1);
  before = position;
  count++;
}

/** Puts that a series is no more, where that is not known. */
function removedPut(family: u32, position: u32, said: ShadowSeries): i32 {
  if (said.state == 0 && said.changed <= exporter.since) return OK;
  const status = room(RECORD_BYTES);
  if (status != OK) return status;
  recordBegun(SERIES_REMOVED, family, position);
  if (said.state != 0) said.changed = exporter.turn;
  said.state = 0;
  return OK;
}

/** Puts what has changed of the series at a position. */
function seriesPut(family: usize, familyPosition: u32, position: u32, series: usize, state: u32, said: ShadowSeries): i32 {
  const isOther = said.state != state || said.series != <u32>series;
  if (series == 0 || !isWanted(family, series, state, isOther)) return removedPut(familyPosition, position, said);
  // A reset begins the series anew, and says so behind the values: the mark has it, too.
  const mark = markOf(series);
  const created = changetype<Series>(series).created;
  const isNew = isOther || reinterpret<u64>(created) != reinterpret<u64>(said.created);
  const isChanged = isNew || mark != said.mark;
  if (!isChanged && said.changed <= exporter.since) return OK;
  const part = ownPart(family, series);
  if (part == 0) return EXHAUSTED;
  const exemplars = exemplarsFound(family, series);
  // What it held last may have been read half way through its end.
  if (load32(series) != state) return removedPut(familyPosition, position, said);
  const describes = isNew || said.described > exporter.since;
  const length = changetype<Series>(series).keyLength;
  const bytes = RECORD_BYTES + partPutBytes(family, part) + exemplars + (describes ? CREATED_BYTES_MAX + labelsPutMost(length) : 0);
  // No frame takes it.
  if (bytes > FRAME_MOST - FRAME_HEAD) return removedPut(familyPosition, position, said);
  const status = room(bytes);
  if (status != OK) return status;
  const tag = partFlags(family, part) | (describes ? SERIES_NEW : 0) | (exemplars != 0 ? SERIES_EXEMPLARS : 0);
  recordBegun(tag, familyPosition, position);
  if (describes) descriptionPut(series, created);
  at = partPut(at, family, part);
  if (exemplars != 0) at = exemplarsPut(at);
  if (!isChanged) return OK;
  said.mark = mark;
  said.created = created;
  said.series = <u32>series;
  said.state = state;
  said.changed = exporter.turn;
  if (isNew) said.described = exporter.turn;
  return OK;
}

function descriptionPut(series: usize, created: f64): void {
  if (!labelled) labelsPutBegun(labels);
  labelled = true;
  at = createdPut(at, created);
  at = labelsPut(at, series + SERIES_KEY, changetype<Series>(series).keyLength);
}

/** Walks on; OK at the end. */
function walked(): i32 {
  const families: usize = changetype<Registry>(<usize>exporter.registry).table;
  const status = headPut();
  if (status != OK) return status;
  for (; exporter.nextFamily < tableCount(families); exporter.nextFamily++, exporter.nextSeries = 0) {
    // One that goes on was looked at when it began: a slice of one look gets on.
    if (exporter.nextSeries == 0) {
      if (left == 0) return STOPPED;
      left--;
    }
    if (!familiesGrown(exporter, exporter.nextFamily + 1)) return EXHAUSTED;
    const stopped = familyWalked(exporter.nextFamily);
    if (stopped != OK) return stopped;
  }
  return OK;
}

/**
 * Writes the next slice of the sequence that an exporter began, looking at up to `most` families and series; the frame's
 * length, 0 where there was nothing to tell, or EXHAUSTED. Between `begin` and `end`; its registry is live.
 */
export function sliceWritten(record: Exporter, most: u32): i32 {
  exporter = record;
  left = max<u32>(most, 1);
  count = 0;
  labelled = false;
  entered = NO_POSITION;
  if (!frameMade(OUTPUT_BYTES)) return EXHAUSTED;
  createdBegun(record.seconds);
  const status = walked();
  const isLast = status == OK;
  const ends = isLast && (record.part != 0 || (record.flags & (FRAME_FULL | FRAME_ENDED)) != 0);
  if (isLast) record.flags &= ~UNDER_WAY;
  if (at == frame + FRAME_HEAD && !ends) return status == EXHAUSTED ? EXHAUSTED : 0;
  let flags = record.flags & (FRAME_FULL | FRAME_BASELINE | FRAME_BASED);
  if (isLast) flags |= FRAME_LAST | (record.flags & FRAME_ENDED);
  frameBegun(frame, record.instance, record.generation, record.base, record.sequence, record.part, record.seconds);
  frameUntilSet(frame, momentNow(record.registry));
  record.part++;
  record.written = record.sequence;
  if (isLast) record.complete = record.sequence;
  return <i32>frameSealed(frame, at, flags, count);
}

/** Where the last slice's frame is. */
export function sliceFrame(): usize {
  return frame;
}
