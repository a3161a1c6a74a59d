// Spans and deltas: the buckets of one side of a native histogram, in protobuf. A span has as many buckets in a row as there
// are without a gap; a delta is by how much a bucket has more than the one before.

import { Sparse } from "../layout";
import { indexesOf, sparseIndexAt } from "../metric/sparse";
import { spanEnd, spanOffset } from "./composite";
import { BYTES, deltasPut, messageBegin, sint64Put, uint64Put, zigzag } from "./wire";

/** A span in its short form: both tags, the length of four, and two numbers of a byte each. */
const SPAN_BYTES: u32 = 6;

/** A span of any form: how far it is behind the one before, and how many buckets it has. */
function spanPut(to: usize, field: u32, offset: i32, length: u32): usize {
  // Two numbers: never as long as 128 bytes.
  const begin = messageBegin(to, field);
  to = uint64Put(sint64Put(begin, 1, offset), 2, length);
  store<u8>(begin - 1, <u32>(to - begin));
  return to;
}

/** The short form, but for its two numbers. */
function shortHead(field: u32): u64 {
  return 0x1000080400 | (field << 3) | BYTES;
}

/**
 * All spans of buckets that lie within 64 in a row; 0 where they do not, or the first span is not of the short form. Each
 * bucket is a bit, and each span a run of ones: two counts of zeros a span, and no branch on where it ends.
 */
function nearSpansPut(to: usize, field: u32, sparse: usize, first: u32, count: u32): usize {
  const indexes = indexesOf(sparse) + (first << 2);
  const end = indexes + (count << 2);
  const from = load<i32>(indexes);
  let gap = zigzag(from);
  if (gap >= 0x80 || <u32>(load<i32>(end - 4) - from) >= 64) return 0;
  let bits: u64 = 0;
  for (let at = indexes; at < end; at += 4) {
    const place = load<i32>(at) - from;
    bits |= (<u64>1) << place;
  }
  const head = shortHead(field);
  while (true) {
    const length = ctz<u64>(~bits);
    store<u64>(to, head | (gap << 24) | (length << 40));
    to += SPAN_BYTES;
    // In two steps: a shift by 64 is none.
    bits = (bits >> 1) >> (length - 1);
    if (bits == 0) return to;
    const unset = ctz<u64>(bits);
    bits >>= unset;
    gap = unset << 1;
  }
}

/**
 * All spans, where each is of the short form; 0 where one is not. Where a span ends is anybody's guess, so there is no branch
 * on it: the span that a bucket belongs to is written anew with every bucket, and a new one is 6 bytes further on.
 */
function shortSpansPut(to: usize, field: u32, sparse: usize, first: u32, count: u32): usize {
  const head = shortHead(field);
  let before = -1;
  let gap: u64 = 0;
  let length: u64 = 0;
  let long: u64 = 0;
  to -= SPAN_BYTES;
  for (let i: u32 = 0; i < count; i++) {
    const index = sparseIndexAt(sparse, first + i);
    const begins = bool(u32(i == 0) | u32(index != before + 1));
    gap = select<u64>(zigzag(index - before - 1), gap, begins);
    length = select<u64>(1, length + 1, begins);
    long |= gap | length;
    to += select<usize>(SPAN_BYTES, 0, begins);
    store<u64>(to, head | (gap << 24) | (length << 40));
    before = index;
  }
  return long < 0x80 ? to + SPAN_BYTES : 0;
}

/** Spans and deltas of one side of a native histogram (rules N3 and N4), the latter in the next field. May write 2 bytes further. */
export function spansPut(to: usize, field: u32, sparse: usize, first: u32, count: u32): usize {
  let short: usize = count == 0 ? 0 : nearSpansPut(to, field, sparse, first, count);
  if (short == 0 && count != 0) short = shortSpansPut(to, field, sparse, first, count);
  if (short != 0) return deltasPut(short, field + 1, sparse + offsetof<Sparse>() + (first << 3), count, 8);
  for (let from: u32 = 0, end: u32 = 0; from < count; from = end) {
    end = spanEnd(sparse, first, count, from);
    to = spanPut(to, field, spanOffset(sparse, first, from), end - from);
  }
  return deltasPut(to, field + 1, sparse + offsetof<Sparse>() + (first << 3), count, 8);
}
