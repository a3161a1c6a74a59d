// Spans and deltas: the buckets of one side of a native histogram, in protobuf. A span has as many buckets in a row as there
// are without a gap; a delta is by how much a bucket has more than the one before.

import { Sparse } from "../layout";
import { sparseIndexAt } from "../metric/sparse";
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

/**
 * All spans, where each is of the short form; 0 where one is not. Where a span ends is anybody's guess, so there is no branch
 * on it: the span that a bucket belongs to is written anew with every bucket, and a new one is 6 bytes further on.
 */
function shortSpansPut(to: usize, field: u32, sparse: usize, first: u32, count: u32): usize {
  const head: u64 = 0x1000080400 | (field << 3) | BYTES;
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
  const short = count == 0 ? 0 : shortSpansPut(to, field, sparse, first, count);
  if (short != 0) return deltasPut(short, field + 1, sparse + offsetof<Sparse>() + (first << 3), count, 8);
  for (let from: u32 = 0, end: u32 = 0; from < count; from = end) {
    end = spanEnd(sparse, first, count, from);
    to = spanPut(to, field, spanOffset(sparse, first, from), end - from);
  }
  return deltasPut(to, field + 1, sparse + offsetof<Sparse>() + (first << 3), count, 8);
}
