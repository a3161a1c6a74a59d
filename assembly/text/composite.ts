// Composite values of OpenMetrics 2.0: a histogram or a summary on one line (rules Q3 to Q5).
//
// A value is put together from parts, in this order; a histogram has native or classic buckets or both:
//
//   compositeBegin   {count:17,sum:3.5
//   nativePut        ,schema:3,zero_threshold:1e-4,zero_count:0
//   sidePut          ,negative_spans:[0:2,3:1],negative_buckets:[2,1,3]      nothing for no buckets; negative first
//   classicPut       ,bucket:[0.01:0,1:8,+Inf:17]
//   quantilesPut     ,quantile:[0.5:1,0.9:4]
//   compositeEnd     }
//
// Buckets of a native histogram are those of a Sparse, one side of it: `count` entries from `first` on.

import { sparseCountAt, sparseIndexAt } from "../metric/sparse";
import { textPut } from "./escape";
import { boundPut, integerPut, NUMBER_BYTES, valuePut } from "./number";

const COUNT_MARK: usize = memory.data<u64>([0x3a746e756f637b, 0, 0]); // "{count:"
const SUM_MARK: usize = memory.data<u64>([0x3a6d75732c, 0, 0]); // ",sum:"
const GAUGE_COUNT_MARK: usize = memory.data<u64>([0x3a746e756f63677b, 0, 0]); // "{gcount:"
const GAUGE_SUM_MARK: usize = memory.data<u64>([0x3a6d7573672c, 0, 0]); // ",gsum:"
const BUCKET_MARK: usize = memory.data<u64>([0x3a74656b6375622c, 0x5b, 0]); // ",bucket:["
const QUANTILE_MARK: usize = memory.data<u64>([0x6c69746e6175712c, 0x5b3a65, 0]); // ",quantile:["
const SCHEMA_MARK: usize = memory.data<u64>([0x3a616d656863732c, 0, 0]); // ",schema:"
const THRESHOLD_MARK: usize = memory.data<u64>([0x68745f6f72657a2c, 0x3a646c6f68736572, 0]); // ",zero_threshold:"
const ZERO_COUNT_MARK: usize = memory.data<u64>([0x6f635f6f72657a2c, 0x3a746e75, 0]); // ",zero_count:"
const NEGATIVE_MARK: usize = memory.data<u64>([0x7669746167656e2c, 0x5f65, 0]); // ",negative_"
const POSITIVE_MARK: usize = memory.data<u64>([0x76697469736f702c, 0x5f65, 0]); // ",positive_"
const SPANS_MARK: usize = memory.data<u64>([0x5b3a736e617073, 0, 0]); // "spans:["
const BUCKETS_MARK: usize = memory.data<u64>([0x3a7374656b637562, 0x5b, 0]); // "buckets:["
const BRACKET: u32 = 93;
const COLON: u32 = 58;
const COMMA: u32 = 44;
const MINUS: u32 = 45;

/** Two numbers, a colon and a comma. */
const PAIR_BYTES: u32 = 2 * NUMBER_BYTES + 2;

function bytePut(at: usize, byte: u32): usize {
  store<u8>(at, byte);
  return at + 1;
}

function signedPut(at: usize, value: i32): usize {
  if (value >= 0) return integerPut(at, value);
  return integerPut(bytePut(at, MINUS), -(<i64>value));
}

/** A bracket instead of the last comma; behind an empty list there is none. */
function listEnd(at: usize): usize {
  return bytePut(load<u8>(at - 1) == COMMA ? at - 1 : at, BRACKET);
}

/** A gauge histogram's words begin with a `g` (rule Q5). */
export function compositeBegin(at: usize, gauge: bool, count: u64, sum: f64): usize {
  at = integerPut(gauge ? textPut(at, GAUGE_COUNT_MARK, 8) : textPut(at, COUNT_MARK, 7), count);
  return valuePut(gauge ? textPut(at, GAUGE_SUM_MARK, 6) : textPut(at, SUM_MARK, 5), sum);
}

export function compositeEnd(at: usize): usize {
  return bytePut(at, 125);
}

/** What a value without lists takes at the most, `nativePut` and the words of the lists included. */
export const COMPOSITE_BYTES: u32 = 384 + NUMBER_BYTES;

/** What `classicPut` adds for so many bounds. */
export function classicBytesMax(boundCount: u32): u32 {
  return (boundCount + 1) * PAIR_BYTES;
}

/** Classic buckets: boundCount f64 and one u64 more, which are not cumulative here and are in the text. */
export function classicPut(at: usize, buckets: usize, bounds: usize, boundCount: u32): usize {
  at = textPut(at, BUCKET_MARK, 9);
  let count: u64 = 0;
  for (let i: u32 = 0; i <= boundCount; i++) {
    count += load<u64>(buckets + (i << 3));
    at = bytePut(boundPut(at, i == boundCount ? Infinity : load<f64>(bounds + (i << 3)), false), COLON);
    at = bytePut(integerPut(at, count), COMMA);
  }
  return listEnd(at);
}

/** The whole value of a histogram with classic buckets; their sum is its count. */
export function histogramValuePut(at: usize, gauge: bool, sum: f64, buckets: usize, bounds: usize, boundCount: u32): usize {
  let count: u64 = 0;
  for (let i: u32 = 0; i <= boundCount; i++) count += load<u64>(buckets + (i << 3));
  return compositeEnd(classicPut(compositeBegin(at, gauge, count, sum), buckets, bounds, boundCount));
}

/** What a native histogram has besides buckets; the lists of both sides follow. */
export function nativePut(at: usize, schema: i32, zeroThreshold: f64, zeroCount: u64): usize {
  at = signedPut(textPut(at, SCHEMA_MARK, 8), schema);
  at = valuePut(textPut(at, THRESHOLD_MARK, 16), zeroThreshold);
  return integerPut(textPut(at, ZERO_COUNT_MARK, 12), zeroCount);
}

/** The first bucket behind the span that begins with `bucket`: indices without a gap are one span (rule N3). */
export function spanEnd(sparse: usize, first: u32, count: u32, bucket: u32): u32 {
  let end = bucket + 1;
  let next = sparseIndexAt(sparse, first + bucket) + 1;
  for (; end < count && sparseIndexAt(sparse, first + end) == next; end++) next++;
  return end;
}

/** What a span that begins with `bucket` has as its offset: its index, or the gap to the span before it. */
export function spanOffset(sparse: usize, first: u32, bucket: u32): i32 {
  const index = sparseIndexAt(sparse, first + bucket);
  return bucket == 0 ? index : index - sparseIndexAt(sparse, first + bucket - 1) - 1;
}

function spansPut(at: usize, sparse: usize, first: u32, count: u32): usize {
  at = textPut(at, SPANS_MARK, 7);
  for (let from: u32 = 0, end: u32 = 0; from < count; from = end) {
    end = spanEnd(sparse, first, count, from);
    at = bytePut(signedPut(at, spanOffset(sparse, first, from)), COLON);
    at = bytePut(integerPut(at, end - from), COMMA);
  }
  return listEnd(at);
}

/** What `sidePut` adds for so many buckets, each of which may be a span. */
export function sideBytesMax(count: u32): u32 {
  return count * (PAIR_BYTES + NUMBER_BYTES);
}

/** Spans and absolute counts of one side; nothing for no buckets (rule Q4). */
export function sidePut(at: usize, negative: bool, sparse: usize, first: u32, count: u32): usize {
  if (count == 0) return at;
  const mark = negative ? NEGATIVE_MARK : POSITIVE_MARK;
  at = spansPut(textPut(at, mark, 10), sparse, first, count);
  at = textPut(textPut(at, mark, 10), BUCKETS_MARK, 9);
  for (let i: u32 = 0; i < count; i++) at = bytePut(integerPut(at, sparseCountAt(sparse, first + i)), COMMA);
  return listEnd(at);
}

/** What `quantilesPut` adds for so many. */
export function quantilesBytesMax(count: u32): u32 {
  return count * PAIR_BYTES;
}

/** Pairs of f64, the quantile and its value, ascending; an empty list for none, which a summary must have (rule Q5). */
export function quantilesPut(at: usize, quantiles: usize, count: u32): usize {
  at = textPut(at, QUANTILE_MARK, 11);
  for (let i: u32 = 0; i < count; i++, quantiles += 16) {
    at = bytePut(boundPut(at, load<f64>(quantiles), false), COLON);
    at = bytePut(valuePut(at, load<f64>(quantiles, 8)), COMMA);
  }
  return listEnd(at);
}
