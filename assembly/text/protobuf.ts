// Samples as protobuf: io.prometheus.client.MetricFamily, one message a family, each behind its length (rules B and N).
//
// Messages in messages are written as they come and moved where their length takes more than a byte: see wire.ts. The
// numbers are those of Prometheus' client model.

import { load32 } from "../memory/atomics";
import {
  COUNTER,
  Definition,
  Exemplar,
  EXEMPLAR_BYTES_MAX,
  Family,
  FAMILY_EXEMPLARS,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  isTime,
  NATIVE,
  NATIVE_EXEMPLARS,
  Series,
  Shape,
  Sparse,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../layout";
import { LEAST_BUCKETS, sparseTotal } from "../metric/sparse";
import { cellOwner } from "../store/cell";
import { exemplarAt } from "../store/exemplar";
import { cellAfter } from "../store/list";
import { SERIES_KEY } from "../store/more";
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
import { definitionOf, escapingOf, fullNamePut, helpText, labelsArePlain, stateCount, statesText, unitLengthIn, unitText } from "./dialect";
import { isAll, ownProcess, writerPut } from "./lines";
import { spansPut } from "./spans";
import { textPut } from "./escape";
import {
  blockPutBytesMax,
  labelFirst,
  labelName,
  labelNameLength,
  labelNext,
  labelValue,
  labelValueLength,
  namePut,
  namePutBytesMax,
  rawPut,
} from "./name";
import { defaultsOf } from "./prefix";
import { doublePut, lengthEnd, messageBegin, sint64Put, stringPut, uint64Put } from "./wire";

// MetricType, and the field of Metric that goes with it.
const TYPE_COUNTER: u32 = 0;
const TYPE_GAUGE: u32 = 1;
const TYPE_SUMMARY: u32 = 2;
const TYPE_UNTYPED: u32 = 3;
const TYPE_HISTOGRAM: u32 = 4;
const TYPE_GAUGE_HISTOGRAM: u32 = 5;
const FIELD_GAUGE: u32 = 2;
const FIELD_COUNTER: u32 = 3;
const FIELD_SUMMARY: u32 = 4;
const FIELD_UNTYPED: u32 = 5;
const FIELD_HISTOGRAM: u32 = 7;
/** The field of Histogram that has exemplars of native buckets. */
const NATIVE_EXEMPLAR: u32 = 16;

const NEWLINE: u32 = 10;
const BACKSLASH: u32 = 92;
const LE_WRITER: usize = memory.data<u64>([0x726574697277, 0, 0]); // "writer"

let format: u32 = 0;
let plain: bool = false;
let labels: usize = 0;

function typeOf(type: u32): u32 {
  if (type == COUNTER) return TYPE_COUNTER;
  if (type == SUMMARY) return TYPE_SUMMARY;
  if (type == UNKNOWN) return TYPE_UNTYPED;
  if (type == HISTOGRAM || type == NATIVE) return TYPE_HISTOGRAM;
  return type == GAUGE_HISTOGRAM ? TYPE_GAUGE_HISTOGRAM : TYPE_GAUGE;
}

/** Begins a family in this slice. */
export function messagesBegun(family: usize, wanted: u32): void {
  format = wanted;
  plain = labelsArePlain(family, format);
  labels = defaultsOf(family);
}

/** The most bytes that `descriptionPut` takes. */
export function descriptionBytes(family: usize): u32 {
  const definition = definitionOf(family);
  return namePutBytesMax(2 * definition.nameLength + 32) + definition.helpLength + definition.unitLength + 128;
}

/** Name, help, type and unit. */
export function descriptionPut(to: usize, family: usize): usize {
  const definition = definitionOf(family);
  const begin = messageBegin(to, 1);
  to = lengthEnd(begin, fullNamePut(begin, family, format, true, 0, 0));
  to = stringPut(to, 2, helpText(family), definition.helpLength);
  to = uint64Put(to, 3, typeOf(changetype<Family>(family).type));
  return stringPut(to, 5, unitText(family), unitLengthIn(family, format));
}

/** Copies escaped text as it is meant; most has nothing to escape and is copied in vectors. */
function meantPut(to: usize, from: usize, length: u32): usize {
  for (let at: u32 = 0; at < length; at += 16) {
    const slashes = i8x16.bitmask(i8x16.eq(v128.load(from + at), i8x16.splat(<i8>BACKSLASH)));
    // What lies behind the end does not count.
    if (slashes != 0 && at + ctz<u32>(slashes) < length) return rawPut(to, from, length);
  }
  return textPut(to, from, length);
}

/** A label of the cursor's. */
function labelPut(to: usize, field: u32): usize {
  const pair = messageBegin(to, field);
  let begin = messageBegin(pair, 1);
  if (plain) {
    to = meantPut(begin, labelName(), labelNameLength());
  } else {
    // Raw where nothing is written yet: no scheme lets a byte become more than five.
    const raw = begin + namePutBytesMax(labelNameLength());
    to = namePut(begin, raw, <u32>(rawPut(raw, labelName(), labelNameLength()) - raw), escapingOf(format), false);
  }
  begin = messageBegin(lengthEnd(begin, to), 2);
  to = lengthEnd(begin, meantPut(begin, labelValue(), labelValueLength()));
  return lengthEnd(pair, to);
}

function blockLabelsPut(to: usize, field: u32, block: usize, length: u32): usize {
  for (let more = labelFirst(block, length); more; more = labelNext()) to = labelPut(to, field);
  return to;
}

/** Default labels and those of the series. */
function labelsPut(to: usize, series: usize): usize {
  if (labels != 0) to = blockLabelsPut(to, 1, labels + 4, load32(labels));
  return blockLabelsPut(to, 1, series + SERIES_KEY, changetype<Series>(series).keyLength);
}

/** A google.protobuf.Timestamp of seconds since the epoch; nothing for 0. */
function timePut(to: usize, field: u32, seconds: f64): usize {
  if (!isTime(seconds)) return to;
  const begin = messageBegin(to, field);
  const nanos = <u64>nearest<f64>((seconds - floor(seconds)) * 1e9);
  to = uint64Put(begin, 1, <u64>(<i64>floor(seconds)) + nanos / 1000000000);
  return lengthEnd(begin, uint64Put(to, 2, nanos % 1000000000));
}

function exemplarPut(to: usize, field: u32, series: usize, slot: u32): usize {
  const exemplar = exemplarAt(series, slot);
  if (exemplar == 0) return to;
  const record = changetype<Exemplar>(exemplar);
  // Rule N8.
  if (field == NATIVE_EXEMPLAR && record.seconds == 0) return to;
  const begin = messageBegin(to, field);
  to = blockLabelsPut(begin, 1, exemplar + offsetof<Exemplar>(), record.length);
  return lengthEnd(begin, timePut(doublePut(to, 2, record.value), 3, record.seconds));
}

function hasExemplars(family: usize): bool {
  return (changetype<Family>(family).flags & FAMILY_EXEMPLARS) != 0;
}

/** Field 3: cumulative, the one without a bound, too. */
function bucketsPut(to: usize, series: usize, family: usize, shape: usize, firstExemplar: u32): usize {
  const boundCount = changetype<Shape>(shape).boundCount;
  const buckets = bucketsAddress();
  const exemplars = hasExemplars(family);
  let count: u64 = 0;
  for (let i: u32 = 0; i <= boundCount; i++) {
    count += load<u64>(buckets + (i << 3));
    const begin = messageBegin(to, 3);
    to = doublePut(uint64Put(begin, 1, count), 2, i == boundCount ? Infinity : load<f64>(shape + offsetof<Shape>() + (i << 3)));
    if (exemplars) to = exemplarPut(to, 3, series, firstExemplar + i);
    to = lengthEnd(begin, to);
  }
  return to;
}

function classicCount(shape: usize): u64 {
  let count: u64 = 0;
  for (let i: u32 = 0; i <= changetype<Shape>(shape).boundCount; i++) count += load<u64>(bucketsAddress() + (i << 3));
  return count;
}

/** The content of a message; `sum` is what `nativeTotal` found. */
function nativePut(to: usize, series: usize, family: usize, sum: f64): usize {
  const sparse = nativeSparse();
  const record = changetype<Sparse>(sparse);
  const shape: usize = changetype<Family>(family).shape;
  const threshold = definitionOf(family).zeroThreshold;
  to = doublePut(uint64Put(to, 1, sparseTotal(sparse)), 2, sum);
  if (shape != 0) to = bucketsPut(to, series, family, shape, NATIVE_EXEMPLARS);
  to = uint64Put(doublePut(sint64Put(to, 5, record.schema), 6, threshold), 7, record.zeroCount);
  to = spansPut(to, 9, sparse, record.positiveCount, record.negativeCount);
  to = spansPut(to, 12, sparse, 0, record.positiveCount);
  // Rule N7: without a bucket and a threshold it would be taken for a classic one.
  if (threshold == 0 && record.positiveCount + record.negativeCount == 0) {
    const begin = messageBegin(to, 12);
    to = lengthEnd(begin, uint64Put(sint64Put(begin, 1, 0), 2, 0));
  }
  to = timePut(to, 15, changetype<Series>(series).created);
  if (hasExemplars(family)) for (let i: u32 = 0; i < NATIVE_EXEMPLARS; i++) to = exemplarPut(to, NATIVE_EXEMPLAR, series, i);
  return to;
}

function histogramPut(to: usize, series: usize, family: usize): usize {
  const shape: usize = changetype<Family>(family).shape;
  const sum = histogramTotal(series);
  to = bucketsPut(doublePut(uint64Put(to, 1, classicCount(shape)), 2, sum), series, family, shape, 0);
  return changetype<Family>(family).type == HISTOGRAM ? timePut(to, 15, changetype<Series>(series).created) : to;
}

function summaryPut(to: usize, series: usize, family: usize): usize {
  const definition = definitionOf(family);
  const wanted = changetype<usize>(definition) + offsetof<Definition>() + (definition.boundCount << 3);
  const sum = summaryTotal(series);
  to = doublePut(uint64Put(to, 1, summaryCount()), 2, sum);
  for (let i: u32 = 0; i < definition.quantileCount; i++) {
    const quantile = load<f64>(wanted + (i << 3));
    const begin = messageBegin(to, 3);
    to = lengthEnd(begin, doublePut(doublePut(begin, 1, quantile), 2, summaryQuantile(i, quantile)));
  }
  return timePut(to, 4, changetype<Series>(series).created);
}

/** Begins a metric with the labels of a series; what it began is kept for `metricEnd`. */
let metric: usize = 0;

function metricBegin(to: usize, series: usize): usize {
  metric = messageBegin(to, 4);
  return labelsPut(metric, series);
}

function metricEnd(to: usize): usize {
  const seconds = readingTimestamp();
  if (isTime(seconds)) to = uint64Put(to, 6, <u64>(<i64>floor(seconds * 1000 + 0.5)));
  return lengthEnd(metric, to);
}

function gaugePut(to: usize, field: u32, value: f64): usize {
  const begin = messageBegin(to, field);
  return metricEnd(lengthEnd(begin, doublePut(begin, 1, value)));
}

/** One metric a writer, told apart by its slot; all of them of one moment. */
function allPut(from: usize, series: usize, limit: usize): usize {
  let to = from;
  for (let tries: u32 = 0; tries == 0 || !gaugeCellsStand(series, tries); tries++) {
    to = from;
    for (let cell = gaugeCellFirst(series); cell != 0; cell = gaugeCellFrom(series, cellAfter(cell))) {
      const family: usize = changetype<Series>(series).family;
      const parts = gaugeCellParts(series, cell);
      const count: u32 = parts == 0 ? 1 : load<u32>(parts);
      for (let i: u32 = 0; i < count && to + metricBytes(series, family) <= limit; i++) {
        to = metricBegin(to, series);
        const pair = messageBegin(to, 1);
        const value = messageBegin(stringPut(pair, 1, LE_WRITER, 6), 2);
        const entry = parts + 8 + (i << 4);
        const process = parts == 0 ? ownProcess(family) : load<u32>(entry, 4);
        const end = writerPut(value, process, parts == 0 ? cellOwner(cell) : load<u32>(entry));
        to = lengthEnd(pair, lengthEnd(value, end));
        to = gaugePut(to, FIELD_GAUGE, parts == 0 ? gaugeCellValue(family, cell) : load<f64>(parts + 16 + (i << 4)));
      }
    }
  }
  return to;
}

/** One metric a state, under a label of the family's own name. */
function statesPut(to: usize, series: usize, family: usize): usize {
  const set = max<u64>(<u64>gaugeTotal(series), 1);
  let from = statesText(family);
  const last = from + definitionOf(family).stateLength;
  for (let state: u32 = 0; from <= last; state++) {
    let end = from;
    while (end < last && load<u8>(end) != NEWLINE) end++;
    to = metricBegin(to, series);
    const pair = messageBegin(to, 1);
    const name = messageBegin(pair, 1);
    const value = messageBegin(lengthEnd(name, fullNamePut(name, family, format, true, 0, 0)), 2);
    to = lengthEnd(pair, lengthEnd(value, meantPut(value, from, <u32>(end - from))));
    to = gaugePut(to, FIELD_GAUGE, <f64>((set >> state) & 1));
    from = end + 1;
  }
  return to;
}

/** The most bytes that one metric of a series takes. */
function metricBytes(series: usize, family: usize): u32 {
  const record = changetype<Family>(family);
  const definition = definitionOf(family);
  const length = changetype<Series>(series).keyLength + (labels == 0 ? 0 : load32(labels));
  const exemplar: u32 = hasExemplars(family) ? blockPutBytesMax(EXEMPLAR_BYTES_MAX) + 64 : 0;
  let bytes = blockPutBytesMax(length) + 4 * length + definition.stateLength + namePutBytesMax(definition.nameLength) + 192 + exemplar;
  const shape: usize = record.shape;
  if (shape != 0) bytes += (changetype<Shape>(shape).boundCount + 1) * (32 + exemplar);
  if (record.type == SUMMARY) bytes += definition.quantileCount * 24;
  if (record.type == NATIVE) bytes += (max<u32>(definition.bucketsMax, LEAST_BUCKETS) + LEAST_BUCKETS) * 32 + NATIVE_EXEMPLARS * exemplar;
  return bytes;
}

/** The most bytes that all metrics of a series take. */
export function messagesBytes(series: usize, family: usize): u32 {
  const bytes = metricBytes(series, family);
  if (isAll(family)) return bytes * (slotCount() + 1 + gaugePartCount(series));
  if (changetype<Family>(family).type != STATESET) return bytes;
  // The name as it is stands behind its escaped form for a moment.
  return bytes * stateCount(family) + namePutBytesMax(2 * definitionOf(family).nameLength);
}

/** All metrics of a series. */
export function messagesPut(to: usize, series: usize, family: usize, limit: usize): usize {
  const type = changetype<Family>(family).type;
  if (type == STATESET) return statesPut(to, series, family);
  if (isAll(family)) return allPut(to, series, limit);
  if (type == GAUGE || type == UNKNOWN || type == INFO) {
    const value = gaugeTotal(series);
    if (type == GAUGE && !gaugeSaid()) return to;
    return gaugePut(metricBegin(to, series), type == UNKNOWN ? FIELD_UNTYPED : FIELD_GAUGE, type == INFO ? 1 : value);
  }
  const sum = type == NATIVE ? nativeTotal(series) : 0;
  // A count that falls would be a reset: nothing without memory to add it up.
  if (type == NATIVE && nativeSparse() == 0) return to;
  to = metricBegin(to, series);
  if (type == COUNTER) {
    const begin = messageBegin(to, FIELD_COUNTER);
    to = doublePut(begin, 1, counterTotal(series));
    if (hasExemplars(family)) to = exemplarPut(to, 2, series, 0);
    return metricEnd(lengthEnd(begin, timePut(to, 3, changetype<Series>(series).created)));
  }
  const begin = messageBegin(to, type == SUMMARY ? FIELD_SUMMARY : FIELD_HISTOGRAM);
  if (type == SUMMARY) to = summaryPut(begin, series, family);
  else to = type == NATIVE ? nativePut(begin, series, family, sum) : histogramPut(begin, series, family);
  return metricEnd(lengthEnd(begin, to));
}
