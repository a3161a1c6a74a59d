// What this process has of one series, over all its threads, as a part: what a scrape would add up, but for what other
// processes counted, and with sums in two parts, so that nothing is lost on the way to whoever adds them up.
//
// Windows. Each thread's cell of a summary has windows that begin when that cell says. A part has one for each stretch of
// a window's length, on the clock that all processes share, with the stamp of the newest that fell into it: a value counts
// at most one window longer than it would by itself, and a part is no larger for many threads than for one. The windows
// are added up one by one in the room of a sketch, after count and sum; an observation in between is in one and not in the
// other, as it is for a scrape.

import { load32 } from "../memory/atomics";
import {
  Base,
  BASE_QUANTILES,
  BASE_SET,
  COUNTER,
  Family,
  GAUGE_HISTOGRAM,
  HEADER,
  Header,
  HISTOGRAM,
  MODE_LIVE,
  MODE_SUM,
  NATIVE,
  Sparse,
  SUMMARY,
  SummaryCell,
} from "../layout";
import { multiplierOf } from "../metric/mapping";
import {
  sketchAddWindow,
  sketchBytes,
  sketchClear,
  sketchCountAt,
  sketchIndexAt,
  sketchPlaceFrom,
  sketchPlaces,
  sketchZeros,
} from "../metric/sketch";
import { sparseBytes, sparseClear, sparseCount, sparseMerge } from "../metric/sparse";
import { chunkShiftOf, isYoung, summaryRead, windowAt } from "../metric/summary";
import { totalAdd, totalClear, totalHigh, totalLow } from "../metric/total";
import { cellOwner } from "../store/cell";
import { bucketBytes, cellAfter, CELLS_MAX } from "../store/list";
import { gaugeCellFirst, gaugeCellFrom, gaugeCellsStand, gaugeCellValue, gaugeIsSet, gaugeNewest, gaugeTotal } from "../store/gauges";
import { counts, readingAlone, readingBase, readingBegun, readingTimestamp } from "../store/reading";
import { bucketsAddress, counterTotal, histogramTotal, nativeSparse, nativeTotal } from "../store/total";
import { isConstant } from "../store/setter";
import { ownWriter, roomAddress, slotCount } from "../store/writer";
import { definitionOf, hasOrder, hasShares, PART_WINDOWS_MAX, partBehind, partCleared, partList, partListed, partMade } from "./part";
import { PartBin, PartShare, PartWindow } from "./records";
import { isFirstOf, writersBegun } from "./writers";

/**
 * Of one summary's windows, which are in a frame as a whole. Five windows of an accuracy of 0.01 take 330,000 with values
 * in every bin that a cell has; what is beyond is left out, from the newest on.
 */
const WINDOWS_BYTES_MAX: u32 = 393216;
/** What counts in a part end at. */
const U32_MOST: u64 = 0xffffffff;

/** Folds a live series of a family into a part in this writer's room; 0 without memory. Only between `begin` and `end`. */
export function ownPart(family: usize, series: usize): usize {
  readingAlone(true);
  const part = folded(family, series);
  readingAlone(false);
  return part;
}

function folded(family: usize, series: usize): usize {
  const type = changetype<Family>(family).type;
  if (hasShares(family)) return sharesPart(family, series);
  if (type == NATIVE) return nativePart(family, series);
  if (type == SUMMARY) return summaryPart(family, series);
  if (type == HISTOGRAM || type == GAUGE_HISTOGRAM) return histogramPart(family, series);
  return numberPart(family, series);
}

/** A part whose value is the total that was added up last; 0 for none. */
function summed(part: usize): usize {
  if (part == 0) return 0;
  const record = changetype<Base>(part);
  record.set |= BASE_SET;
  record.high = totalHigh();
  record.low = totalLow();
  record.timestamp = readingTimestamp();
  return part;
}

function numberPart(family: usize, series: usize): usize {
  if (changetype<Family>(family).type == COUNTER) {
    counterTotal(series);
    return summed(partMade(0));
  }
  const value = gaugeTotal(series);
  const part = partMade(0);
  if (part == 0) return 0;
  const record = changetype<Base>(part);
  const adds = (changetype<Family>(family).mode & ~MODE_LIVE) == MODE_SUM;
  record.set = gaugeIsSet() ? BASE_SET : 0;
  record.high = adds ? totalHigh() : value;
  record.low = adds ? totalLow() : 0;
  record.timestamp = readingTimestamp();
  // Of a constant it tells who set it, which is nothing to another process.
  if (hasOrder(family) && !isConstant(family)) record.order = gaugeNewest();
  return part;
}

function histogramPart(family: usize, series: usize): usize {
  histogramTotal(series);
  const bytes = bucketBytes(family);
  const part = partMade(bytes);
  if (part == 0) return 0;
  memory.copy(partBehind(part), bucketsAddress(), bytes);
  return summed(part);
}

/** The part of a gauge that prints all: of each writer what it set. */
function sharesPart(family: usize, series: usize): usize {
  const most = slotCount();
  const part = partMade(8 + most * <u32>offsetof<PartShare>());
  if (part == 0) return 0;
  let count: u32 = 0;
  for (let tries: u32 = 0; tries == 0 || !gaugeCellsStand(series, tries); tries++) {
    count = 0;
    let looked: u32 = 0;
    writersBegun();
    // Those of writers that came since are in the next sequence.
    for (let cell = gaugeCellFirst(series); cell != 0 && looked < most; cell = gaugeCellFrom(series, cellAfter(cell)), looked++) {
      const share = changetype<PartShare>(partList(family, part) + count * offsetof<PartShare>());
      share.slot = cellOwner(cell);
      // A list that never stood still may have shown one twice.
      if (!isFirstOf(share.slot)) continue;
      share.process = 0;
      share.value = gaugeCellValue(family, cell);
      count++;
    }
  }
  changetype<Base>(part).bytes = <u32>offsetof<Base>() + 8 + count * <u32>offsetof<PartShare>();
  store<u64>(partListed(family, part), count);
  if (count != 0) changetype<Base>(part).set = BASE_SET;
  return part;
}

/**
 * The part of a native histogram. It is made behind the Sparse that the room begins with, where nothing else is needed any
 * more: what a reading needs there is larger, for each bucket and for all classic ones.
 */
function nativePart(family: usize, series: usize): usize {
  nativeTotal(series);
  const sparse = nativeSparse();
  if (sparse == 0) return 0;
  const classic = bucketBytes(family);
  const capacity = sparseCount(sparse);
  const part = (sparse + sparseBytes(changetype<Sparse>(sparse).capacity) + 7) & ~7;
  partCleared(part, classic + sparseBytes(capacity));
  memory.copy(partBehind(part), bucketsAddress(), classic);
  const into = partBehind(part) + classic;
  sparseClear(into, capacity, changetype<Sparse>(sparse).schema);
  sparseMerge(into, sparse);
  return summed(part);
}

/** Of the last summaryCounted: where somebody's quantiles stand, 0 where they are those of the cells. */
let given: usize = 0;

/** Adds up the sums of a summary, as summaryTotal does, but no windows; its count. */
function summaryCounted(series: usize): u64 {
  const scratch: usize = ownWriter().scratch;
  let count: u64 = 0;
  for (let tries: u32 = 0; tries == 0 || !gaugeCellsStand(series, tries); tries++) {
    let cell = readingBegun(series);
    const base = readingBase();
    totalClear();
    count = 0;
    given = 0;
    if (base != 0) {
      totalAdd(changetype<Base>(base).high);
      totalAdd(changetype<Base>(base).low);
      count = load<u64>(partBehind(base));
      if ((changetype<Base>(base).set & BASE_QUANTILES) != 0) given = partBehind(base) + 8;
    }
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      if (counts(series, cell, SUMMARY)) count += summaryRead(cell, scratch);
      cell = cellAfter(cell);
    }
  }
  return count;
}

function summaryPart(family: usize, series: usize): usize {
  const definition = definitionOf(family);
  const count = summaryCounted(series);
  if (given != 0) {
    const bytes = definition.quantileCount << 3;
    const constant = partMade(8 + bytes);
    if (constant == 0) return 0;
    changetype<Base>(constant).set = BASE_QUANTILES;
    store<u64>(partBehind(constant), count);
    memory.copy(partBehind(constant) + 8, given, bytes);
    return summed(constant);
  }
  const sketch = sketchBytes(chunkShiftOf(multiplierOf(definition.accuracy)));
  const room = roomAddress(sketch + <u32>offsetof<Base>() + 16 + WINDOWS_BYTES_MAX);
  if (room == 0) return 0;
  const part = room + sketch;
  partCleared(part, 16);
  summed(part);
  store<u64>(partBehind(part), count);
  store<u64>(partListed(family, part), 0);
  // Only where it has quantiles anybody asks for what they are of.
  if (definition.quantileCount != 0) changetype<Base>(part).bytes += windowsPut(family, series, room, part);
  return part;
}

/** The stretch of a window's length that a stamp falls into. */
function stretchOf(cell: usize, stamp: u32): u32 {
  return stamp / max<u32>(changetype<SummaryCell>(cell).windowTicks, 1);
}

/** The next cell of a series that counts and that has windows of the family's, from `cell` on; 0 at the end. */
function cellFrom(family: usize, series: usize, cell: usize): usize {
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const fits = counts(series, cell, SUMMARY) && changetype<SummaryCell>(cell).windows == definitionOf(family).ageBuckets;
    if (fits) return cell;
    cell = cellAfter(cell);
  }
  return 0;
}

let stretch: u32 = 0;
let stretched: bool = false;

/** Finds the first stretch that young windows fall into, from `least` on; false where there is none. */
function stretchFound(family: usize, series: usize, least: u32, now: u32): bool {
  stretched = false;
  for (let cell = cellFrom(family, series, readingBegun(series)); cell != 0; cell = cellFrom(family, series, cellAfter(cell))) {
    for (let i: u32 = 0; i < changetype<SummaryCell>(cell).windows; i++) {
      const stamp = load32(windowAt(cell, i));
      if (!isYoung(changetype<SummaryCell>(cell), stamp, now)) continue;
      const place = stretchOf(cell, stamp);
      if (place < least || (stretched && place >= stretch)) continue;
      stretch = place;
      stretched = true;
    }
  }
  return stretched;
}

/** Adds up all windows of a stretch in the sketch; the newest stamp. */
function stretchAdded(family: usize, series: usize, room: usize, now: u32): u32 {
  const definition = definitionOf(family);
  let newest: u32 = 0;
  for (let tries: u32 = 0; tries == 0 || !gaugeCellsStand(series, tries); tries++) {
    sketchClear(room, definition.accuracy, definition.ageBuckets);
    newest = 0;
    for (let cell = cellFrom(family, series, readingBegun(series)); cell != 0; cell = cellFrom(family, series, cellAfter(cell))) {
      for (let i: u32 = 0; i < changetype<SummaryCell>(cell).windows; i++) {
        const stamp = load32(windowAt(cell, i));
        if (!isYoung(changetype<SummaryCell>(cell), stamp, now) || stretchOf(cell, stamp) != stretch) continue;
        sketchAddWindow(cell, i, stamp);
        newest = max(newest, stamp);
      }
    }
  }
  return newest;
}

/** Puts one side of the sketch behind a window's record; how many bins, at most those that there is room for. */
function binsPut(to: usize, end: usize, negative: bool): u32 {
  let count: u32 = 0;
  const places = sketchPlaces();
  for (let place = sketchPlaceFrom(negative, 0); place < places && to < end; place = sketchPlaceFrom(negative, place + 1)) {
    changetype<PartBin>(to).index = sketchIndexAt(place);
    changetype<PartBin>(to).count = <u32>min(sketchCountAt(negative, place), U32_MOST);
    to += offsetof<PartBin>();
    count++;
  }
  return count;
}

/** Puts the windows of a part; their bytes. */
function windowsPut(family: usize, series: usize, room: usize, part: usize): u32 {
  const now = load32(HEADER + offsetof<Header>("ticks"));
  const from = partList(family, part);
  const end = from + WINDOWS_BYTES_MAX;
  let to = from;
  let windows: u32 = 0;
  for (let least: u32 = 0; stretchFound(family, series, least, now); least = stretch + 1) {
    if (windows == PART_WINDOWS_MAX || to + offsetof<PartWindow>() > end) break;
    const window = changetype<PartWindow>(to);
    window.stamp = stretchAdded(family, series, room, now);
    window.zeros = <u32>min(sketchZeros(), U32_MOST);
    to += offsetof<PartWindow>();
    window.positiveCount = binsPut(to, end, false);
    to += window.positiveCount * offsetof<PartBin>();
    window.negativeCount = binsPut(to, end, true);
    to += window.negativeCount * offsetof<PartBin>();
    windows++;
    if (stretch == u32.MAX_VALUE) break;
  }
  store<u32>(partListed(family, part), windows);
  return <u32>(to - from);
}
