// Samples as OpenMetrics 2.0 has them (release candidate 0, rules Q): one line a metric, the values of histograms and
// summaries composite, start times and exemplars behind the value.

import {
  COUNTER,
  Definition,
  EXEMPLAR_BYTES_MAX,
  Family,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  isTime,
  NATIVE,
  Series,
  Shape,
  Sparse,
  STATESET,
  SUMMARY,
} from "../layout";
import { LEAST_BUCKETS, sparseTotal } from "../metric/sparse";
import { exemplarSlots } from "../store/exemplar";
import { gaugePartCount, gaugeSaid, gaugeTotal } from "../store/gauges";
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
import {
  classicBytesMax,
  classicPut,
  COMPOSITE_BYTES,
  compositeBegin,
  compositeEnd,
  histogramValuePut,
  nativePut,
  quantilesBytesMax,
  quantilesPut,
  sideBytesMax,
  sidePut,
} from "./composite";
import { definitionOf, stateCount } from "./dialect";
import { textPut } from "./escape";
import { allPut, isAll, statesPut } from "./lines";
import { blockPutBytesMax } from "./name";
import { NUMBER_BYTES, valuePut } from "./number";
import { prefixLength } from "./page";
import { exemplarPut, headPut, labelsBytes, linePut, newlinePut, prefixesBegun, prefixMade, secondsPut, timePut } from "./prefix";

const MAIN: u32 = 0;
const START_MARK: usize = memory.data<u64>([0x40747320, 0, 0]); // " st@"

/** What a family's series have in common, once a slice. */
export function compositesBegun(family: usize, format: u32): void {
  prefixesBegun(family, format);
  prefixMade(MAIN, family, true, 0, 0);
}

/** The bytes a series may take. */
export function compositesBytes(series: usize, family: usize): u32 {
  const record = changetype<Family>(family);
  const definition = definitionOf(family);
  let bytes = prefixLength(MAIN) + labelsBytes(series) + 4 * NUMBER_BYTES + 64;
  if (isAll(family)) return bytes * (slotCount() + 1 + gaugePartCount(series));
  if (record.type == STATESET) return (bytes + definition.stateLength + 6 * definition.nameLength) * stateCount(family);
  bytes += COMPOSITE_BYTES + exemplarSlots(family) * (blockPutBytesMax(EXEMPLAR_BYTES_MAX) + 2 * NUMBER_BYTES + 16);
  const shape: usize = record.shape;
  if (shape != 0) bytes += classicBytesMax(changetype<Shape>(shape).boundCount);
  if (record.type == SUMMARY) bytes += quantilesBytesMax(definition.quantileCount);
  return record.type == NATIVE ? bytes + 2 * sideBytesMax(max<u32>(definition.bucketsMax, LEAST_BUCKETS)) : bytes;
}

/** What stands behind a value: its time, its beginning, its exemplars (rules Q2 and Q6). */
function behindPut(to: usize, series: usize, family: usize): usize {
  to = timePut(to);
  const seconds = changetype<Series>(series).created;
  if (changetype<Family>(family).type != GAUGE_HISTOGRAM && isTime(seconds)) to = secondsPut(textPut(to, START_MARK, 4), seconds);
  const slots = exemplarSlots(family);
  for (let i: u32 = 0; i < slots; i++) to = exemplarPut(to, series, i);
  return newlinePut(to);
}

/** Nothing without memory to add it up. */
function nativeLinePut(to: usize, series: usize, family: usize): usize {
  const sum = nativeTotal(series);
  const sparse = nativeSparse();
  if (sparse == 0) return to;
  const record = changetype<Sparse>(sparse);
  to = compositeBegin(headPut(to, MAIN, series), false, sparseTotal(sparse), sum);
  to = nativePut(to, record.schema, definitionOf(family).zeroThreshold, record.zeroCount);
  to = sidePut(to, true, sparse, record.positiveCount, record.negativeCount);
  to = sidePut(to, false, sparse, 0, record.positiveCount);
  const shape: usize = changetype<Family>(family).shape;
  if (shape != 0) to = classicPut(to, bucketsAddress(), shape + offsetof<Shape>(), changetype<Shape>(shape).boundCount);
  return behindPut(compositeEnd(to), series, family);
}

/** Quantiles and their values, where the classic buckets of others stand. */
function summaryValuePut(to: usize, series: usize, family: usize): usize {
  const definition = definitionOf(family);
  const count = definition.quantileCount;
  const wanted = changetype<usize>(definition) + offsetof<Definition>() + (definition.boundCount << 3);
  const sum = summaryTotal(series);
  const pairs = bucketsAddress();
  for (let i: u32 = 0; i < count; i++) {
    const quantile = load<f64>(wanted + (i << 3));
    store<f64>(pairs + (i << 4), quantile);
    store<f64>(pairs + (i << 4), summaryQuantile(i, quantile), 8);
  }
  return compositeEnd(quantilesPut(compositeBegin(to, false, summaryCount(), sum), pairs, count));
}

function histogramPut(to: usize, series: usize, family: usize): usize {
  const shape: usize = changetype<Family>(family).shape;
  const gauge = changetype<Family>(family).type == GAUGE_HISTOGRAM;
  const sum = histogramTotal(series);
  return histogramValuePut(to, gauge, sum, bucketsAddress(), shape + offsetof<Shape>(), changetype<Shape>(shape).boundCount);
}

/** All lines of a series. */
export function compositesPut(to: usize, series: usize, family: usize): usize {
  const type = changetype<Family>(family).type;
  if (type == STATESET) return statesPut(to, series, family);
  if (isAll(family)) return allPut(to, series);
  if (type == COUNTER) {
    const total = counterTotal(series);
    return behindPut(valuePut(headPut(to, MAIN, series), total), series, family);
  }
  if (type == SUMMARY) return behindPut(summaryValuePut(headPut(to, MAIN, series), series, family), series, family);
  if (type == NATIVE) return nativeLinePut(to, series, family);
  if (type == HISTOGRAM || type == GAUGE_HISTOGRAM)
    return behindPut(histogramPut(headPut(to, MAIN, series), series, family), series, family);
  const value = gaugeTotal(series);
  if (type == INFO) return linePut(to, MAIN, series, 1);
  return gaugeSaid() ? linePut(to, MAIN, series, value) : to;
}
