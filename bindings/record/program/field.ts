// What both kinds of files have in a row beside its label: a timepoint, a number, a process id, read from bytes. Each leaves
// what it read in a field and returns where it stopped; -1 where there is none. A line's end stops all of them.

import { decimal, LEADING_MOST, TRAILING_MOST } from "./decimal.ts";

const NANO_DIGITS = 9;
/** Of seconds: the greatest int64 of nanoseconds has 19. */
const SECOND_DIGITS_MOST = 10;
const INT64_SECONDS = 9223372036;
const INT64_NANOS = 854775807;
const PID_DIGITS_MOST = 15;
const EXPONENT_DIGITS_MOST = 4;
/** Characters of a number: its digits may go on, but nobody writes so many. */
const NUMBER_MOST = 1024;

const POINT = 46;
const MINUS = 45;
const PLUS = 43;
const ZERO = 48;
const UPPER_E = 69;
const LOWER_E = 101;
const LOWER_I = 105;
const LOWER_N = 110;

export class Field {
  seconds = 0;
  nanos = 0;
  value = 0;
  whole = 0;
  /** True for an integer that no double holds exactly. */
  rounded = false;
  pid = 0;

  timepoint(bytes: Uint8Array, from: number): number {
    let to = from;
    while ((bytes[to]! - ZERO) >>> 0 <= 9) to++;
    const leading = to - from - NANO_DIGITS;
    if (to === from || leading > SECOND_DIGITS_MOST) return -1;
    let at = from;
    let seconds = 0;
    for (const point = to - NANO_DIGITS; at < point; at++) seconds = seconds * 10 + (bytes[at]! - ZERO);
    let nanos = 0;
    for (; at < to; at++) nanos = (nanos * 10 + (bytes[at]! - ZERO)) | 0;
    if (seconds >= INT64_SECONDS && (seconds > INT64_SECONDS || nanos > INT64_NANOS)) return -1;
    this.seconds = seconds;
    this.nanos = nanos;
    return to;
  }

  measurement(bytes: Uint8Array, from: number): number {
    const negative = bytes[from] === MINUS;
    const start = negative ? from + 1 : from;
    let at = start;
    let leading = 0;
    let count = 0;
    let trailing = 0;
    let trailingCount = 0;
    let scale = 0;
    let pointAt = -1;
    let over = false;
    this.rounded = false;
    for (; ; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit >>> 0 <= 9) {
        if (count < LEADING_MOST) {
          leading = leading * 10 + digit;
          if (leading !== 0) count++;
        } else if (trailingCount < TRAILING_MOST) {
          trailing = trailing * 10 + digit;
          trailingCount++;
        } else {
          over = true;
        }
      } else if (digit === POINT - ZERO && pointAt === -1) {
        pointAt = at;
      } else {
        break;
      }
    }
    const digits = at - start - (pointAt === -1 ? 0 : 1);
    if (digits === 0) return this.#word(bytes, from, start, negative);
    if (pointAt !== -1) scale = at - pointAt - 1;
    this.whole = pointAt === -1 ? 1 : 0;
    const end = at;
    if (bytes[at] === LOWER_E || bytes[at] === UPPER_E) {
      at++;
      this.whole = 0;
      const minus = bytes[at] === MINUS;
      if (minus || bytes[at] === PLUS) at++;
      const first = at;
      let exponent = 0;
      for (; (bytes[at]! - ZERO) >>> 0 <= 9; at++) exponent = exponent * 10 + (bytes[at]! - ZERO);
      if (at === first || at - first > EXPONENT_DIGITS_MOST) return -1;
      scale += minus ? exponent : -exponent;
    }
    if (at - from > NUMBER_MOST || end - from > NUMBER_MOST) return -1;
    let value = over ? NaN : decimal(leading, trailing, trailingCount, scale);
    if (value !== value) value = asked(bytes, start, at);
    this.value = negative ? -value : value;
    if (this.whole === 1 && count + trailingCount >= LEADING_MOST && !Number.isSafeInteger(value)) {
      this.rounded = over || BigInt(value) !== BigInt(ascii(bytes, start, at));
    }
    return at;
  }

  /** inf, -inf and nan, as Python writes them. */
  #word(bytes: Uint8Array, from: number, start: number, negative: boolean): number {
    const second = bytes[start + 1]!;
    const third = bytes[start + 2]!;
    this.whole = 0;
    if (bytes[start] === LOWER_I && second === LOWER_N && third === 102) {
      this.value = negative ? -Infinity : Infinity;
      return start + 3;
    }
    if (bytes[from] === LOWER_N && second === 97 && third === LOWER_N) {
      this.value = NaN;
      return start + 3;
    }
    return -1;
  }

  process(bytes: Uint8Array, from: number): number {
    let pid = 0;
    let at = from;
    for (; (bytes[at]! - ZERO) >>> 0 <= 9; at++) pid = pid * 10 + (bytes[at]! - ZERO);
    if (at === from || at - from > PID_DIGITS_MOST) return -1;
    this.pid = pid;
    return at;
  }
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** What the digits alone could not decide. */
function asked(bytes: Uint8Array, from: number, to: number): number {
  return Number(ascii(bytes, from, to));
}
