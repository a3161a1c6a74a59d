// Which series have certain labels: their blocks are compared as they are written, label by label.

import { Series } from "../layout";
import { SERIES_KEY } from "./more";

const NEWLINE: u32 = 10;
const COMMA: u32 = 44;
const QUOTE: u32 = 34;
const BACKSLASH: u32 = 92;

const OVERFLOW_BYTES: u32 = 22;
// prettier-ignore
const OVERFLOW: usize = memory.data<u8>([61, 34, 116, 97, 108, 108, 121, 115, 116, 105, 99, 107, 95, 111, 118, 101, 114, 102, 108, 111, 119, 34]);

/** True where a series' block has this label. */
function hasLabel(series: usize, label: usize, labelLength: u32): bool {
  const length = changetype<Series>(series).keyLength;
  const key = series + SERIES_KEY;
  for (let at: u32 = 0; at + labelLength <= length;) {
    const end = at + labelLength;
    const whole = end == length || load<u8>(key + end) == COMMA;
    if (whole && memory.compare(key + at, label, labelLength) == 0) return true;
    at = labelEnd(key, length, at);
  }
  return false;
}

/** Where the next label of a block begins, from where one begins; behind the end for none. */
function labelEnd(key: usize, length: u32, at: u32): u32 {
  let quotes: u32 = load<u8>(key + at) == QUOTE ? 4 : 2;
  while (quotes != 0 && at < length) {
    const byte = load<u8>(key + at);
    if (byte == BACKSLASH) at++;
    else if (byte == QUOTE) quotes--;
    at++;
  }
  return at + 1;
}

/** True for the block of the series that takes what a full family cannot: its labels are all `tallystick_overflow`. */
export function isOverflow(key: usize, length: u32): bool {
  let next: u32 = 0;
  for (let at: u32 = 0; at < length; at = next) {
    next = labelEnd(key, length, at);
    const size = next - 1 - at;
    if (size <= OVERFLOW_BYTES || memory.compare(key + next - 1 - OVERFLOW_BYTES, OVERFLOW, OVERFLOW_BYTES) != 0) return false;
  }
  return length != 0;
}

/** True where a series has every label of a list: `name="value"` as blocks have it, with newlines between them. */
export function seriesMatches(series: usize, labels: usize, length: u32): bool {
  let from: u32 = 0;
  for (let at: u32 = 0; at <= length; at++) {
    if (at != length && load<u8>(labels + at) != NEWLINE) continue;
    if (!hasLabel(series, labels + from, at - from)) return false;
    from = at + 1;
  }
  return true;
}
