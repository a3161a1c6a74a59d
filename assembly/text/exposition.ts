// A scrape: the families of a registry and their series, in the order of their positions, as text.
//
// The walk is resumable. Its whole state is a family's position and state, a series' position and the walk's
// number; the caller keeps them between slices, so a walk that is given up leaves nothing behind. A slice
// ends between two series: a histogram's lines are of one moment. Families and series that were born after
// the walk began are left for the next one: what was removed and made again meanwhile is not printed twice.
//
// Output block of a writer: prefixes, bounds, then the text.
//
//   0 prefix of the family's samples, up to three     3 × PREFIX_BYTES
//   + one text a bound, `le="0.5"} `                   (BOUNDS_MAX + 1) × BOUND_BYTES
//   + text                                            SLICE_BYTES and one series more

import { load32, load64 } from "../memory/atomics";
import {
  BOUNDS_MAX,
  Cell,
  COUNTER,
  CounterCell,
  Family,
  HISTOGRAM,
  LIVE,
  MODE_ALL,
  MODE_LIVE,
  Registry,
  REMOVED,
  Series,
  Shape,
  TOKEN_FIRST,
} from "../layout";
import { EXHAUSTED, GONE, NO_WRITER } from "../status";
import { cellOwner } from "../store/cell";
import { baseOf, cellAfter, headOf, seriesSequence, seriesWord } from "../store/list";
import { isLive, SERIES_KEY, seriesDetach } from "../store/series";
import {
  bucketsAddress,
  counterTotal,
  gaugeCellFirst,
  gaugeCellFrom,
  gaugeCellValue,
  gaugeSaid,
  gaugeTotal,
  histogramTotal,
} from "../store/total";
import { tableCount, tableEntry, tableGet, tableRecord, tableRunEnd } from "../store/table";
import { begin, end, outputAddress, ownWriter, slotCount } from "../store/writer";
import { definitionOf, endPut, metadataBytes, metadataPut, OPENMETRICS, TOTAL_SUFFIX } from "./dialect";
import { textPut } from "./escape";
import { boundPut, integerPut, NUMBER_BYTES, SHORT_BELOW, shortPut, valuePut } from "./number";

/** A name of 1,024 bytes, a suffix, default labels of 4,096 bytes. */
export const DEFAULT_LABELS_MAX: u32 = 4096;
const PREFIX_BYTES: u32 = 1024 + 4096 + 64;
const BOUND_BYTES: u32 = 64;
const FIXED_BYTES: u32 = 3 * PREFIX_BYTES + (BOUNDS_MAX + 1) * BOUND_BYTES;

const BUCKET_SUFFIX: usize = memory.data<u64>([0x74656b6375625f, 0, 0]); // "_bucket"
const SUM_SUFFIX: usize = memory.data<u64>([0x6d75735f, 0, 0]); // "_sum"
const COUNT_SUFFIX: usize = memory.data<u64>([0x746e756f635f, 0, 0]); // "_count"
const NEWLINE: u32 = 10;
const LE: usize = memory.data<u64>([0x223d656c2c, 0, 0]); // ",le=" and a quote
const WRITER_LABEL: usize = memory.data<u64>([0x223d726574697277, 0, 0]); // "writer=" and a quote

/** Where the last slice ended: the family's position, and the next series' position + 1, 0 before its metadata. */
let nextFamily: u32 = 0;
let nextSeries: u32 = 0;
let familyState: u32 = 0;
let finished: bool = false;

let text: usize = 0;
let at: usize = 0;
let limit: usize = 0;

let prefixLengths0: u32 = 0;
let prefixLengths1: u32 = 0;
let prefixLengths2: u32 = 0;
let braced: bool = false;
let lines: u32 = 0;
let lineBytes: u32 = 0;

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
  return text;
}

/** What the text's address shall be modulo 8. */
let alignment: u32 = 0;

function output(): usize {
  return ownWriter().output;
}

function prefixAt(index: u32): usize {
  return output() + index * PREFIX_BYTES;
}

function boundAt(index: u32): usize {
  return output() + 3 * PREFIX_BYTES + index * BOUND_BYTES;
}

/** Name, suffix, brace, default labels, and a comma where labels of the series follow. Returns its length. */
function prefixMade(index: u32, family: usize, suffix: usize, suffixLength: u32, labelled: bool, labels: usize): u32 {
  const from = prefixAt(index);
  let to = textPut(from, family + offsetof<Family>(), changetype<Family>(family).keyLength);
  to = textPut(to, suffix, suffixLength);
  const length = labels == 0 ? 0 : load32(labels);
  braced = length != 0 || labelled;
  if (braced) {
    store<u8>(to++, 123);
    if (length != 0) {
      to = textPut(to, labels + 4, length);
      if (labelled) store<u8>(to++, 44);
    }
  }
  return <u32>(to - from);
}

/** The texts of the bounds: their length in the first byte, and `,` or `{` before `le` as the prefix needs. */
function boundsMade(family: usize, dialect: u32): void {
  const shape: usize = changetype<Family>(family).shape;
  const boundCount = changetype<Shape>(shape).boundCount;
  for (let i: u32 = 0; i <= boundCount; i++) {
    const from = boundAt(i) + 1;
    const bound = i == boundCount ? Infinity : load<f64>(shape + offsetof<Shape>() + (i << 3));
    let to = textPut(from, LE, 5);
    if (!braced) store<u8>(from, 123);
    to = boundPut(to, bound, dialect == OPENMETRICS);
    store<u32>(to, 0x207d22); // quote, brace, blank
    store<u8>(boundAt(i), <u8>(to + 3 - from));
  }
}

/** What a family's series have in common, once a slice. */
function familyBegun(family: usize, dialect: u32): void {
  const record = changetype<Family>(family);
  const labelled = definitionOf(family).labelLength != 0;
  // Once: they may be replaced while we write, and all prefixes must be of one mind.
  const labels: usize = load32(<usize>record.registry + offsetof<Registry>("labels"));
  lines = (record.mode & ~MODE_LIVE) == MODE_ALL ? slotCount() + 1 : 1;
  if (record.type == HISTOGRAM) {
    prefixLengths1 = prefixMade(1, family, SUM_SUFFIX, 4, labelled, labels);
    prefixLengths2 = prefixMade(2, family, COUNT_SUFFIX, 6, labelled, labels);
    prefixLengths0 = prefixMade(0, family, BUCKET_SUFFIX, 7, labelled, labels);
    boundsMade(family, dialect);
    lines = changetype<Shape>(<usize>record.shape).boundCount + 3;
  } else if (record.type == COUNTER) {
    prefixLengths0 = prefixMade(0, family, TOTAL_SUFFIX, 6, labelled, labels);
  } else {
    prefixLengths0 = prefixMade(0, family, TOTAL_SUFFIX, 0, labelled, labels);
  }
  lineBytes = prefixLengths0 + BOUND_BYTES + NUMBER_BYTES + 16;
}

/** Prefix, labels of the series, the closing brace and a blank. */
function headPut(to: usize, prefix: usize, prefixLength: u32, series: usize): usize {
  to = textPut(to, prefix, prefixLength);
  to = textPut(to, series + SERIES_KEY, changetype<Series>(series).keyLength);
  store<u16>(to, braced ? 0x207d : 0x20);
  return to + 1 + usize(braced);
}

function linePut(to: usize, index: u32, length: u32, series: usize, value: f64): usize {
  to = valuePut(headPut(to, prefixAt(index), length, series), value);
  store<u8>(to, NEWLINE);
  return to + 1;
}

/** One line a writer, told apart by its slot. */
function allPut(to: usize, series: usize): usize {
  for (let cell = gaugeCellFirst(series); cell != 0; cell = gaugeCellFrom(series, cellAfter(cell))) {
    // More writers came than were counted: their lines are in the next scrape.
    if (to + seriesBytes(series) / lines > limit) return to;
    to = textPut(to, prefixAt(0), prefixLengths0);
    to = textPut(to, series + SERIES_KEY, changetype<Series>(series).keyLength);
    store<u8>(to, braced ? 44 : 123);
    to = integerPut(textPut(to + 1, WRITER_LABEL, 8), cellOwner(cell));
    store<u32>(to, 0x207d22);
    to = valuePut(to + 3, gaugeCellValue(changetype<Series>(series).family, cell));
    store<u8>(to++, NEWLINE);
  }
  return to;
}

/** Buckets, count and sum. OpenMetrics has no sum that may fall, and no count without one (rule O13). */
function histogramPut(to: usize, series: usize, family: usize, dialect: u32): usize {
  const shape: usize = changetype<Family>(family).shape;
  const boundCount = changetype<Shape>(shape).boundCount;
  const sum = histogramTotal(series);
  const buckets = bucketsAddress();
  // The first line's beginning is that of all of them: one copy instead of two.
  const first = to;
  const same = prefixLengths0 + changetype<Series>(series).keyLength;
  to = textPut(textPut(to, prefixAt(0), prefixLengths0), series + SERIES_KEY, changetype<Series>(series).keyLength);
  let bound = boundAt(0);
  let count: u64 = 0;
  for (let i: u32 = 0; i <= boundCount; i++) {
    count += load<u64>(buckets + (i << 3));
    if (i != 0) to = textPut(to, first, same);
    to = integerPut(textPut(to, bound + 1, load<u8>(bound)), count);
    store<u8>(to++, NEWLINE);
    bound += BOUND_BYTES;
  }
  // NaN, where threads summed up to both infinities, is no sum either.
  const falls = !(sum >= 0) || (boundCount != 0 && load<f64>(shape + offsetof<Shape>()) < 0);
  if (dialect == OPENMETRICS && falls) return to;
  to = linePut(to, 1, prefixLengths1, series, sum);
  to = integerPut(headPut(to, prefixAt(2), prefixLengths2, series), count);
  store<u8>(to, NEWLINE);
  return to + 1;
}

/**
 * Writes counters from an entry of a table on, `left` of them at most, and returns how many: up to the first that
 * is not alive, has no cell or several or a base, or does not fit. What `seriesPut` does in five calls and with
 * `counterTotal`'s checks, in one place for what most series are: 30 ns a line become 21.
 */
function countersPut(entry: usize, left: u32, walk: u32, most: u32): u32 {
  const prefix = prefixAt(0);
  const prefixLength = prefixLengths0;
  const close: u32 = braced ? 0x207d : 0x20;
  const closeLength = 1 + usize(braced);
  const scratch: usize = ownWriter().scratch;
  const stop = min<usize>(limit - lineBytes, text + most);
  let to = at;
  let done: u32 = 0;
  for (; done < left; done++, entry += 4) {
    const series = tableRecord(entry);
    if (series == 0 || (load32(series) & 3) != LIVE) break;
    const length = changetype<Series>(series).keyLength;
    if (<i32>(changetype<Series>(series).birth - walk) >= 0 || to + length > stop) break;
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    const cell = headOf(word);
    if (cell == 0 || baseOf(word) != 0) break;
    // {token, next}: a token that counts, and no cell behind. {series, writer}: still this series' counter.
    const first = load64(cell);
    const second = load64(cell + offsetof<Cell>("series"));
    if (first - TOKEN_FIRST > 0xffffffff - TOKEN_FIRST || <u32>second != <u32>series || second >> 56 != COUNTER) break;
    store<u64>(scratch, load64(cell + offsetof<CounterCell>("value")));
    if (seriesSequence(series) != sequence) break;
    const value = load<f64>(scratch);
    to = textPut(textPut(to, prefix, prefixLength), series + SERIES_KEY, length);
    store<u16>(to, close);
    to += closeLength;
    const short = <i32>value;
    // Not -0: it prints its sign.
    if (<u32>short < SHORT_BELOW && <f64>short == value && (short != 0 || reinterpret<u64>(value) == 0)) to = shortPut(to, short);
    else to = valuePut(to, value);
    store<u8>(to++, NEWLINE);
  }
  at = to;
  return done;
}

function seriesPut(to: usize, series: usize, family: usize, dialect: u32): usize {
  const type = changetype<Family>(family).type;
  if (type == COUNTER) return linePut(to, 0, prefixLengths0, series, counterTotal(series));
  if (type == HISTOGRAM) return histogramPut(to, series, family, dialect);
  if ((changetype<Family>(family).mode & ~MODE_LIVE) == MODE_ALL) return allPut(to, series);
  const value = gaugeTotal(series);
  return gaugeSaid() ? linePut(to, 0, prefixLengths0, series, value) : to;
}

/** The bytes a series may take: each of its lines with its labels. */
function seriesBytes(series: usize): u32 {
  return lines * (lineBytes + changetype<Series>(series).keyLength);
}

/** Makes the output hold at least `bytes` of text; what it held is gone. */
function outputMade(bytes: u32): bool {
  const block = outputAddress(FIXED_BYTES + bytes + 72);
  if (block == 0) return false;
  text = block + FIXED_BYTES + alignment;
  at = text;
  limit = block + ownWriter().outputBytes - 64;
  return true;
}

/** Walks on from where the numbers say; the text's length, or a status. */
function written(registry: usize, walk: u32, dialect: u32, most: u32): i32 {
  const families: usize = changetype<Registry>(registry).table;
  let familyAt = nextFamily;
  let resume = nextSeries;
  let full = false;
  for (; familyAt < tableCount(families); familyAt++, resume = 0) {
    const family = tableGet(families, familyAt);
    if (family == 0) continue;
    const state = load32(family);
    const record = changetype<Family>(family);
    if ((state & 3) != LIVE || <i32>(record.birth - walk) >= 0) continue;
    // Another family took the position of the one that the last slice ended in.
    if (resume != 0 && state != familyState) continue;
    if (resume == 0) {
      const bytes = metadataBytes(family);
      full = at > text && at + bytes > limit;
      if (full) break;
      if (at + bytes > limit && !outputMade(bytes)) return EXHAUSTED;
      at = metadataPut(at, family, dialect);
      resume = 1;
    }
    familyState = state;
    familyBegun(family, dialect);
    const table: usize = record.table;
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
      if (record.type == COUNTER) {
        const plain = countersPut(entry, min(runEnd, tableCount(table)) - resume + 1, walk, most);
        if (plain != 0) {
          resume += plain - 1;
          entry += (plain - 1) << 2;
          continue;
        }
      }
      const series = tableRecord(entry);
      if (series == 0) continue;
      const seriesState = load32(series) & 3;
      // Its remover may be dead: handles must not go on counting into it.
      if (seriesState == REMOVED) seriesDetach(series, true);
      if (seriesState != LIVE || <i32>(changetype<Series>(series).birth - walk) >= 0) continue;
      const bytes = seriesBytes(series);
      full = <u32>(at - text) >= most || (at > text && at + bytes > limit);
      if (full) break;
      if (at + bytes > limit) {
        if (!outputMade(bytes)) return EXHAUSTED;
        familyBegun(family, dialect);
      }
      at = seriesPut(at, series, family, dialect);
    }
    if (full) break;
  }
  nextFamily = familyAt;
  nextSeries = resume;
  finished = !full;
  if (finished) at = endPut(at, dialect);
  return <i32>(at - text);
}

/**
 * Writes the next slice, of about `most` bytes, of a walk that `walkBegin` numbered. Family, series and state
 * are those the last slice ended with, 0 at first. Returns its length; its place is in `expositionText`, whose
 * address modulo 8 is `aligned` (V8 copies out of shared memory by words only where both sides agree in that:
 * 1.2 GB/s or 6), and `expositionDone` says whether it was the last.
 */
export function expositionWrite(
  registry: usize,
  registryState: u32,
  walk: u32,
  dialect: u32,
  family: u32,
  series: u32,
  state: u32,
  most: u32,
  aligned: u32,
): i32 {
  if (!begin()) return NO_WRITER;
  let length: i32 = GONE;
  if (isLive(registry, registryState)) {
    nextFamily = family;
    nextSeries = series;
    familyState = state;
    alignment = aligned & 7;
    length = outputMade(most) ? written(registry, walk, dialect, most) : EXHAUSTED;
  }
  end();
  return length;
}
