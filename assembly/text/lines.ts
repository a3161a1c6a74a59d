// Samples as lines: Prometheus text and OpenMetrics 1.0.

import {
  COUNTER,
  Definition,
  EXEMPLAR_BYTES_MAX,
  Family,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  isTime,
  MODE_ALL,
  MODE_LIVE,
  NATIVE,
  NATIVE_EXEMPLARS,
  Registry,
  Series,
  Shape,
  Sparse,
  STATESET,
  SUMMARY,
} from "../layout";
import { load64 } from "../memory/atomics";
import { sparseTotal } from "../metric/sparse";
import { cellOwner } from "../store/cell";
import { cellAfter } from "../store/list";
import {
  gaugeCellFirst,
  gaugeCellFrom,
  gaugeCellParts,
  gaugeCellsStand,
  gaugeCellValue,
  gaugePartCount,
  gaugeSaid,
  gaugeTotal,
} from "../store/gauges";
import { readingTimestamp } from "../store/reading";
import {
  bucketsAddress,
  counterTotal,
  histogramTotal,
  nativeSparse,
  nativeTotal,
  summaryCount,
  summaryQuantile,
  summaryTotal,
} from "../store/total";
import { slotCount } from "../store/writer";
import { definitionOf, dialectOf, FORMAT_CREATED, OPENMETRICS, stateCount, statesText } from "./dialect";
import { textPut } from "./escape";
import { blockPutBytesMax } from "./name";
import { integerPut, NUMBER_BYTES, valuePut } from "./number";
import { BOUND_BYTES, boundAt, pageLimit, prefixLength } from "./page";
import {
  blocksArePlain,
  boundsMade,
  boundTextPut,
  CLOSE,
  exemplarPut,
  hasExemplars,
  headPut,
  isOpened,
  labelBegun,
  labelsBytes,
  linePut,
  nameLabelPut,
  newlinePut,
  openPut,
  prefixesBegun,
  prefixMade,
  quantilesMade,
  secondsPut,
  timePut,
} from "./prefix";

const BUCKET_SUFFIX: usize = memory.data<u64>([0x74656b6375625f, 0, 0]); // "_bucket"
const SUM_SUFFIX: usize = memory.data<u64>([0x6d75735f, 0, 0]); // "_sum"
const COUNT_SUFFIX: usize = memory.data<u64>([0x746e756f635f, 0, 0]); // "_count"
const GSUM_SUFFIX: usize = memory.data<u64>([0x6d7573675f, 0, 0]); // "_gsum"
const GCOUNT_SUFFIX: usize = memory.data<u64>([0x746e756f63675f, 0, 0]); // "_gcount"
const CREATED_SUFFIX: usize = memory.data<u64>([0x646574616572635f, 0, 0]); // "_created"
const WRITER_LABEL: usize = memory.data<u64>([0x223d726574697277, 0, 0]); // "writer=" and a quote
const COMMA: u32 = 44;
const NEWLINE: u32 = 10;

// The prefixes of a family.
const MAIN: u32 = 0;
const SUM: u32 = 1;
const COUNT: u32 = 2;
const CREATED: u32 = 3;

/** For buckets without any. */
const NO_EXEMPLARS: u32 = 0xffffffff;

let created: bool = false;
let lines: u32 = 0;
let lineBytes: u32 = 0;
let openmetrics: bool = false;
let counted: u64 = 0;

function isHistogram(type: u32): bool {
  return type == HISTOGRAM || type == NATIVE || type == GAUGE_HISTOGRAM;
}

/** True for what grows from a moment on. */
function hasBeginning(type: u32): bool {
  return type == COUNTER || type == SUMMARY || type == HISTOGRAM || type == NATIVE;
}

/** What a family's series have in common, once a slice. */
export function linesBegun(family: usize, format: u32): void {
  const record = changetype<Family>(family);
  const type = record.type;
  const histogram = isHistogram(type);
  openmetrics = dialectOf(format) == OPENMETRICS;
  created = openmetrics && (format & FORMAT_CREATED) != 0 && hasBeginning(type);
  prefixesBegun(family, format);
  const gauge = openmetrics && type == GAUGE_HISTOGRAM;
  if (created) prefixMade(CREATED, family, false, CREATED_SUFFIX, 8);
  if (histogram || type == SUMMARY) {
    prefixMade(SUM, family, true, gauge ? GSUM_SUFFIX : SUM_SUFFIX, gauge ? 5 : 4);
    prefixMade(COUNT, family, true, gauge ? GCOUNT_SUFFIX : COUNT_SUFFIX, gauge ? 7 : 6);
  }
  prefixMade(MAIN, family, true, histogram ? BUCKET_SUFFIX : 0, histogram ? 7 : 0);
  if (histogram) boundsMade(record.shape);
  if (type == SUMMARY) quantilesMade(definitionOf(family));
  lines = linesOf(family) + u32(created);
  lineBytes = prefixLength(MAIN) + BOUND_BYTES + 2 * NUMBER_BYTES + 32;
  if (hasExemplars()) lineBytes += blockPutBytesMax(EXEMPLAR_BYTES_MAX) + 2 * NUMBER_BYTES;
  if (type == STATESET) lineBytes += definitionOf(family).stateLength + 6 * definitionOf(family).nameLength;
}

/** True for a gauge that prints the values of all writers. */
export function isAll(family: usize): bool {
  return (changetype<Family>(family).mode & ~MODE_LIVE) == MODE_ALL;
}

/** The most lines that a series of the family has, but for what other processes have. */
function linesOf(family: usize): u32 {
  const record = changetype<Family>(family);
  if (isAll(family)) return slotCount() + 1;
  if (isHistogram(record.type)) return (record.shape == 0 ? 0 : changetype<Shape>(<usize>record.shape).boundCount) + 3;
  if (record.type == SUMMARY) return definitionOf(family).quantileCount + 2;
  return record.type == STATESET ? stateCount(family) : 1;
}

/** The bytes of a line without its labels, where counters may be written in a row; 0 where they may not. */
export function counterLineBytes(): u32 {
  return blocksArePlain() && !hasExemplars() && !created ? lineBytes : 0;
}

/** The bytes a series may take: each of its lines with its labels. */
export function linesBytes(series: usize, family: usize): u32 {
  const more: u32 = isAll(family) ? gaugePartCount(series) : 0;
  return (lines + more) * (lineBytes + labelsBytes(series));
}

/** With the time of the sample: all lines of a metric have one, or none (rule O18). */
function createdPut(to: usize, series: usize): usize {
  const seconds = changetype<Series>(series).created;
  return created && isTime(seconds) ? newlinePut(timePut(secondsPut(headPut(to, CREATED, series), seconds))) : to;
}

function counterPut(to: usize, series: usize): usize {
  const total = counterTotal(series);
  to = timePut(valuePut(headPut(to, MAIN, series), total));
  return createdPut(newlinePut(exemplarPut(to, series, 0)), series);
}

/** The most bytes of one line of a gauge. */
function openBytes(series: usize): u32 {
  return prefixLength(MAIN) + labelsBytes(series) + 2 * NUMBER_BYTES + 64;
}

/**
 * The name of a writer: its slot; in front of it eight hexadecimal digits of its process and a hyphen, where processes tell each
 * other of what they have. Own ones have the name that others know them by: whoever is scraped, a series is the same.
 */
export function writerPut(to: usize, process: u32, slot: u32): usize {
  if (process == 0) return integerPut(to, slot);
  for (let i: u32 = 0; i < 8; i++) {
    const digit = (process >> (28 - (i << 2))) & 15;
    store<u8>(to + i, digit + (digit < 10 ? 48 : 87));
  }
  store<u8>(to + 8, 45);
  return integerPut(to + 9, slot);
}

/** What this process is called among others where they know a family's registry; 0 where it told none. */
export function ownProcess(family: usize): u32 {
  const registry: usize = changetype<Family>(family).registry;
  return <u32>load64(registry + offsetof<Registry>("instance"));
}

/** One line a writer, told apart by its slot and process; all of them of one moment. */
export function allPut(from: usize, series: usize): usize {
  let to = from;
  for (let tries: u32 = 0; tries == 0 || !gaugeCellsStand(series, tries); tries++) {
    to = from;
    for (let cell = gaugeCellFirst(series); cell != 0; cell = gaugeCellFrom(series, cellAfter(cell))) {
      const parts = gaugeCellParts(series, cell);
      const count: u32 = parts == 0 ? 1 : load<u32>(parts);
      // More writers came than were counted: their lines are in the next scrape.
      for (let i: u32 = 0; i < count && to + openBytes(series) <= pageLimit(); i++) {
        to = textPut(labelBegun(openPut(to, MAIN, series)), WRITER_LABEL, 8);
        const entry = parts + 8 + (i << 4);
        to =
          parts == 0
            ? writerPut(to, ownProcess(changetype<Series>(series).family), cellOwner(cell))
            : writerPut(to, load<u32>(entry, 4), load<u32>(entry));
        store<u32>(to, CLOSE);
        const value = parts == 0 ? gaugeCellValue(changetype<Series>(series).family, cell) : load<f64>(parts + 16 + (i << 4));
        to = newlinePut(valuePut(to + 3, value));
      }
    }
  }
  return to;
}

function infoPut(to: usize, series: usize): usize {
  // Read for its time.
  gaugeTotal(series);
  to = headPut(to, MAIN, series);
  store<u8>(to, 49);
  return newlinePut(timePut(to + 1));
}

/** One line a state: 1 where its bit is set (rule O12). One that was never set is in its first state. */
export function statesPut(to: usize, series: usize, family: usize): usize {
  const definition = definitionOf(family);
  const set = max<u64>(<u64>gaugeTotal(series), 1);
  let from = statesText(family);
  const last = from + definition.stateLength;
  for (let state: u32 = 0; from <= last; state++) {
    let end = from;
    while (end < last && load<u8>(end) != NEWLINE) end++;
    to = nameLabelPut(labelBegun(openPut(to, MAIN, series)), family);
    store<u16>(to, 0x223d);
    to = textPut(to + 2, from, <u32>(end - from));
    store<u32>(to, CLOSE);
    store<u8>(to + 3, 48 + <u32>((set >> state) & 1));
    to = newlinePut(to + 4);
    from = end + 1;
  }
  return to;
}

/** Sum and count; of a histogram only where its sum cannot fall: OpenMetrics has no count without a sum (rule O13). */
function sumPut(to: usize, series: usize, sum: f64, count: u64): usize {
  to = linePut(to, SUM, series, sum);
  return newlinePut(timePut(integerPut(headPut(to, COUNT, series), count)));
}

/** A line a bucket, cumulative; the first one's beginning is that of all: one copy instead of two. Leaves the count in `counted`. */
function bucketsPut(to: usize, series: usize, boundCount: u32, firstExemplar: u32): usize {
  const buckets = bucketsAddress();
  const first = to;
  to = openPut(to, MAIN, series);
  const same = <u32>(to - first);
  const opens = isOpened();
  const constant = isTime(readingTimestamp());
  const exemplars = hasExemplars() && firstExemplar != NO_EXEMPLARS;
  let bound = boundAt(0);
  let count: u64 = 0;
  for (let i: u32 = 0; i <= boundCount; i++) {
    count += load<u64>(buckets + (i << 3));
    if (i != 0) to = textPut(to, first, same);
    const end = textPut(to, bound + 1, load<u8>(bound));
    if (opens) store<u8>(to, COMMA);
    to = integerPut(end, count);
    if (constant) to = timePut(to);
    if (exemplars) to = exemplarPut(to, series, firstExemplar + i);
    store<u8>(to++, NEWLINE);
    bound += BOUND_BYTES;
  }
  counted = count;
  return to;
}

/** Quantiles, sum and count. OpenMetrics has neither quantiles nor sums below zero (rule O15). */
function summaryPut(to: usize, series: usize, family: usize): usize {
  const definition = definitionOf(family);
  const sum = summaryTotal(series);
  const count = summaryCount();
  const from = changetype<usize>(definition) + offsetof<Definition>() + (definition.boundCount << 3);
  for (let i: u32 = 0; i < definition.quantileCount; i++) {
    const value = summaryQuantile(i, load<f64>(from + (i << 3)));
    if (openmetrics && value < 0) continue;
    to = boundTextPut(openPut(to, MAIN, series), i);
    to = newlinePut(timePut(valuePut(to, value)));
  }
  if (!openmetrics || sum >= 0) to = linePut(to, SUM, series, sum);
  return createdPut(newlinePut(timePut(integerPut(headPut(to, COUNT, series), count))), series);
}

/** What of a native histogram lines can tell: its classic buckets, or the count in the one without a bound. */
function nativePut(to: usize, series: usize, family: usize): usize {
  const shape: usize = changetype<Family>(family).shape;
  const sum = nativeTotal(series);
  const sparse = nativeSparse();
  if (sparse == 0) return to;
  // The one bucket that there is then has no exemplars: those of native buckets are not its own.
  if (shape == 0) store<u64>(bucketsAddress(), sparseTotal(sparse));
  to = bucketsPut(to, series, shape == 0 ? 0 : changetype<Shape>(shape).boundCount, shape == 0 ? NO_EXEMPLARS : NATIVE_EXEMPLARS);
  const bounded = shape != 0 && changetype<Shape>(shape).boundCount != 0 && load<f64>(shape + offsetof<Shape>()) < 0;
  const negative = bounded || changetype<Sparse>(sparse).negativeCount != 0 || !(sum >= 0);
  if (openmetrics && negative) return to;
  return createdPut(sumPut(to, series, sum, counted), series);
}

/** Buckets, sum and count. */
function histogramPut(to: usize, series: usize, family: usize): usize {
  const shape: usize = changetype<Family>(family).shape;
  const boundCount = changetype<Shape>(shape).boundCount;
  const sum = histogramTotal(series);
  to = bucketsPut(to, series, boundCount, 0);
  const negative = boundCount != 0 && load<f64>(shape + offsetof<Shape>()) < 0;
  const gauge = changetype<Family>(family).type == GAUGE_HISTOGRAM;
  // NaN, where threads summed up to both infinities, is no sum either. Of a gauge histogram it may be below zero
  // where a bound is (rule O14).
  const falls = gauge ? sum != sum || (sum < 0 && !negative) : !(sum >= 0) || negative;
  if (openmetrics && falls) return to;
  return createdPut(sumPut(to, series, sum, counted), series);
}

/** All lines of a series. */
export function linesPut(to: usize, series: usize, family: usize): usize {
  const type = changetype<Family>(family).type;
  if (type == COUNTER) return counterPut(to, series);
  if (type == HISTOGRAM || type == GAUGE_HISTOGRAM) return histogramPut(to, series, family);
  if (type == NATIVE) return nativePut(to, series, family);
  if (type == SUMMARY) return summaryPut(to, series, family);
  if (type == INFO) return infoPut(to, series);
  if (type == STATESET) return statesPut(to, series, family);
  if (isAll(family)) return allPut(to, series);
  const value = gaugeTotal(series);
  return gaugeSaid() ? linePut(to, MAIN, series, value) : to;
}
