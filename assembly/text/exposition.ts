// A scrape: the families of a registry and their series, in the order of their positions, in one of the dialects.
//
// The walk is resumable. Its whole state is a family's position and state, a series' position and the walk's
// number; the caller keeps them between slices, so a walk that is given up leaves nothing behind. A slice
// ends between two series: a histogram's lines are of one moment. Families and series that were born after
// the walk began are left for the next one: what was removed and made again meanwhile is not printed twice.
//
// Messages of protobuf say their length first. A family whose message ends in the slice that it began in gets it here;
// of one that does not, the slices have the message's content alone, and the caller puts the length in front when it
// has them all: `expositionPart` tells which is which.

import { load32 } from "../memory/atomics";
import { COUNTER, Family, FAMILY_EXPIRES, FAMILY_STATISTICS, LIVE, Registry, REMOVED, Series } from "../layout";
import { EXHAUSTED, GONE, NO_WRITER } from "../status";
import { orphansEnded } from "../store/constant";
import { isIdle } from "../store/expiry";
import { seriesDetach } from "../store/detach";
import { isEmpty, seriesWord } from "../store/list";
import { RETRIES } from "../store/reading";
import { isLive, seriesRemoved } from "../store/series";
import { saysNothing } from "../store/imported";
import { isAbandoned, isConstant, isOrphan } from "../store/setter";
import { tableCount, tableEntry, tableGet, tableRecord, tableRunEnd } from "../store/table";
import { begin, end, ownWriter } from "../store/writer";
import { dialectOf, endPut, FORMAT_STATISTICS, metadataBytes, metadataPut, OPENMETRICS2, PROTOBUF } from "./dialect";
import { compositesBegun, compositesBytes, compositesPut } from "./openmetrics2";
import { descriptionBytes, descriptionPut, messagesBegun, messagesBytes, messagesPut } from "./protobuf";
import { lengthBegin, lengthEnd } from "./wire";
import { countersEnd, countersPut } from "./counters";
import { counterLineBytes, linesBegun, linesBytes, linesPut } from "./lines";
import { pageAlign, pageLimit, pageMade, pageText } from "./page";

/** Filters: all families, only those listed, all but those. */
const FILTER_NONE: u32 = 0;
const FILTER_INCLUDE: u32 = 1;

/** What a metric takes, at a guess; a wrong one costs a slice that is written twice. */
const MESSAGE_BYTES: u32 = 96;
/** Never leaves this file. */
const FAMILY_AGAIN: i32 = -100;
const WHOLE: u32 = 0;
const PART: u32 = 1;
const LAST_PART: u32 = 2;

/** Where the last slice ended: the family's position, and the next series' position + 1, 0 before its metadata. */
let nextFamily: u32 = 0;
let nextSeries: u32 = 0;
let familyState: u32 = 0;
let finished: bool = false;

let at: usize = 0;
/** Where the content of the slice begins. */
let origin: usize = 0;
let format: u32 = 0;
let walk: u32 = 0;
let most: u32 = 0;
let dialect: u32 = 0;
let part: u32 = 0;
let filterMode: u32 = 0;
let filterCount: u32 = 0;
/** Whether the family that is written has constants. */
let constant: bool = false;

export function expositionFamily(): u32 {
  return nextFamily;
}

export function expositionSeries(): u32 {
  return nextSeries;
}

export function expositionState(): u32 {
  return familyState;
}

export function expositionDone(): bool {
  return finished;
}

/** Where the last slice's text begins. */
export function expositionText(): usize {
  return part == WHOLE ? pageText() : pageText() + 1;
}

/** Whether the last slice is whole messages, a part of one message's content, or the last part. */
export function expositionPart(): u32 {
  return part;
}

/** False for a family that the filter leaves out: its list of positions is in the input. */
function passes(position: u32, flags: u32): bool {
  if ((flags & FAMILY_STATISTICS) != 0 && (format & FORMAT_STATISTICS) == 0) return false;
  if (filterMode == FILTER_NONE) return true;
  const list: usize = ownWriter().input;
  let listed = false;
  for (let i: u32 = 0; i < filterCount && !listed; i++) listed = load<u32>(list + (i << 2)) == position;
  return listed == (filterMode == FILTER_INCLUDE);
}

function begunBefore(birth: u32): bool {
  return <i32>(birth - walk) < 0;
}

/** True where there is nothing to say of a series: it is made before it is set as a whole, or others took back what they had of it. */
function isSilent(word: u64): bool {
  return saysNothing(word) || (constant && isEmpty(word));
}

/** True where a series is to be written; ends what is left of one that was removed, and one that is idle. */
function isWanted(family: usize, series: usize): bool {
  const state = load32(series) & 3;
  // Its remover may be dead: handles must not go on counting into it.
  if (state == REMOVED) seriesDetach(series, true);
  if (state != LIVE || !begunBefore(changetype<Series>(series).birth)) return false;
  if (isSilent(seriesWord(series))) return false;
  if (constant && isOrphan(series)) {
    seriesRemoved(family, series);
    return false;
  }
  if ((changetype<Family>(family).flags & FAMILY_EXPIRES) == 0 || !isIdle(family, series)) return true;
  seriesRemoved(family, series);
  return false;
}

/** What a family's series have in common, once a slice. */
function familyBegun(family: usize): void {
  constant = isConstant(family);
  if (dialect == PROTOBUF) messagesBegun(family, format);
  else if (dialect == OPENMETRICS2) compositesBegun(family, format);
  else linesBegun(family, format);
}

/** The bytes a series may take. */
function seriesBytes(series: usize, family: usize): u32 {
  if (dialect == PROTOBUF) return messagesBytes(series, family);
  return dialect == OPENMETRICS2 ? compositesBytes(series, family) : linesBytes(series, family);
}

/**
 * What a removed series said last is nobody's: it may have been read half way through its end, or behind it, as one with nothing. So may a
 * constant that was emptied meanwhile; one that was set again, too, has another word.
 */
function seriesPut(series: usize, family: usize): void {
  const state = load32(series);
  if ((state & 3) != LIVE) return;
  let tries: u32 = 0;
  while (true) {
    const word = constant ? seriesWord(series) : 0;
    let to: usize = 0;
    if (dialect == PROTOBUF) to = messagesPut(at, series, family, pageLimit());
    else to = dialect == OPENMETRICS2 ? compositesPut(at, series, family) : linesPut(at, series, family);
    const behind = seriesWord(series);
    if (load32(series) != state || isSilent(behind)) return;
    if (!constant || behind == word || tries++ == RETRIES) {
      at = to;
      return;
    }
  }
}

/** Writes the series of a family from a position + 1 on; that of the first that found no room, 0 at the end, or a status. */
function familyPut(family: usize, resume: u32): i32 {
  const record = changetype<Family>(family);
  familyBegun(family);
  const table: usize = record.table;
  const inRow: u32 = record.type == COUNTER && dialect < OPENMETRICS2 && (record.flags & FAMILY_EXPIRES) == 0 ? counterLineBytes() : 0;
  let entry: usize = 0;
  let runEnd: u32 = 0;
  for (; resume <= tableCount(table); resume++) {
    if (resume > runEnd) {
      entry = tableEntry(table, resume - 1);
      runEnd = tableRunEnd(resume - 1);
    } else if (entry != 0) {
      entry += 4;
    }
    if (entry == 0) continue;
    if (inRow != 0) {
      const done = countersPut(at, entry, min(runEnd, tableCount(table)) - resume + 1, walk, most, inRow);
      at = countersEnd();
      if (done != 0) {
        resume += done - 1;
        entry += (done - 1) << 2;
        continue;
      }
    }
    const series = tableRecord(entry);
    if (series == 0 || !isWanted(family, series)) continue;
    const bytes = seriesBytes(series, family);
    // One at least: a walk goes on at any size of slices.
    if (at > origin && (<u32>(at - pageText()) >= most || at + bytes > pageLimit())) return resume;
    if (at + bytes > pageLimit()) {
      if (!pageMade(bytes + 1)) return EXHAUSTED;
      begunAt();
      familyBegun(family);
    }
    seriesPut(series, family);
  }
  return 0;
}

/** Writes what stands above a family's series; false where it found no room, which is told by `at`. */
function metadataMade(family: usize): i32 {
  const bytes = metadataBytes(family);
  if (at > pageText() && at + bytes > pageLimit()) return 1;
  if (at + bytes > pageLimit()) {
    if (!pageMade(bytes)) return EXHAUSTED;
    begunAt();
  }
  at = metadataPut(at, family, format);
  return 0;
}

/** Where a slice's content begins: a part's one byte further, where its length would stand. */
function begunAt(): void {
  origin = part == WHOLE ? pageText() : lengthBegin(pageText());
  at = origin;
}

/** The bytes of the slice; a part begins one byte further, where its length would stand. */
function sliceLength(): i32 {
  return <i32>(at - expositionText());
}

/** True where the message of a family would hardly fit behind what is in the slice. */
function isLarge(family: usize): bool {
  const likely = descriptionBytes(family) + changetype<Family>(family).seriesCount * MESSAGE_BYTES;
  return at > pageText() && <u32>(at - pageText()) + likely > most;
}

/**
 * Writes a family's message, from a series on where the last slice ended in it. Returns what `familyPut` does, and
 * FAMILY_AGAIN where the family must begin a slice of its own.
 */
function messagePut(family: usize, resume: u32): i32 {
  if (resume != 0) {
    part = PART;
    begunAt();
    const stopped = familyPut(family, resume);
    if (stopped == 0) part = LAST_PART;
    return stopped;
  }
  const bytes = descriptionBytes(family);
  if (isLarge(family) || (at > pageText() && at + bytes > pageLimit())) return FAMILY_AGAIN;
  if (at + bytes > pageLimit()) {
    if (!pageMade(bytes)) return EXHAUSTED;
    begunAt();
  }
  const from = at;
  const content = lengthBegin(at);
  messagesBegun(family, format);
  at = descriptionPut(content, family);
  const described = at;
  const stopped = familyPut(family, 1);
  if (stopped == 0) at = at == described ? from : lengthEnd(content, at);
  if (stopped <= 0) return stopped;
  if (from > pageText()) {
    at = from;
    return FAMILY_AGAIN;
  }
  part = PART;
  return stopped;
}

/** Walks on from where the numbers say; the text's length, or a status. */
function written(registry: usize): i32 {
  const families: usize = changetype<Registry>(registry).table;
  let resume = nextSeries;
  finished = false;
  for (; nextFamily < tableCount(families); nextFamily++, resume = 0) {
    const family = tableGet(families, nextFamily);
    if (family == 0 || !passes(nextFamily, changetype<Family>(family).flags)) continue;
    const state = load32(family);
    if ((state & 3) != LIVE || !begunBefore(changetype<Family>(family).birth)) continue;
    // Another family took the position of the one that the last slice ended in.
    if (resume != 0 && state != familyState) continue;
    if (resume == 0 && isAbandoned(family)) {
      // One that has no series was just made, or waits for its collector.
      if (changetype<Family>(family).seriesCount != 0) orphansEnded(family, state);
      continue;
    }
    if (dialect == PROTOBUF) {
      familyState = state;
      const stopped = messagePut(family, resume);
      if (stopped == FAMILY_AGAIN) nextSeries = resume;
      else if (stopped < 0) return stopped;
      else nextSeries = stopped;
      if (stopped == 0 && part == WHOLE) continue;
      if (part == LAST_PART) nextFamily++;
      return sliceLength();
    }
    if (resume == 0) {
      const full = metadataMade(family);
      nextSeries = 0;
      if (full != 0) return full < 0 ? full : <i32>(at - pageText());
      resume = 1;
    }
    familyState = state;
    const stopped = familyPut(family, resume);
    if (stopped < 0) return stopped;
    nextSeries = stopped;
    if (stopped > 0) return <i32>(at - pageText());
  }
  nextSeries = 0;
  finished = true;
  at = endPut(at, format);
  return <i32>(at - pageText());
}

/**
 * Writes the next slice, of about `slice` bytes, of a walk that `walkBegin` numbered. Family, series and state
 * are those the last slice ended with, 0 at first. Returns its length; its place is in `expositionText`, whose
 * address modulo 8 is `aligned` (V8 copies out of shared memory by words only where both sides agree in that:
 * 1.2 GB/s or 6), and `expositionDone` says whether it was the last. `wanted` is a format: see dialect.ts. A filter's
 * positions, `listed` of them, are in the input.
 */
export function expositionWrite(
  registry: usize,
  registryState: u32,
  number: u32,
  wanted: u32,
  family: u32,
  series: u32,
  state: u32,
  slice: u32,
  aligned: u32,
  filter: u32,
  listed: u32,
): i32 {
  if (!begin()) return NO_WRITER;
  let length: i32 = GONE;
  if (isLive(registry, registryState)) {
    nextFamily = family;
    nextSeries = series;
    familyState = state;
    walk = number;
    format = wanted;
    dialect = dialectOf(wanted);
    part = WHOLE;
    most = slice;
    filterMode = filter;
    filterCount = listed;
    pageAlign(aligned);
    length = EXHAUSTED;
    if (pageMade(slice)) {
      begunAt();
      length = written(registry);
    }
  }
  end();
  return length;
}
