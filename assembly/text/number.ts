// Doubles as text: the fewest digits that read back as the same double, and of those the nearest.
//
// Integers below 2^53 take a path of their own. Everything else goes through Schubfach (Giulietti, "The
// Schubfach way to render doubles", 2021; the steps follow section 9.9 with 128-bit powers): with q the
// double's binary exponent, one power of ten scales the three ends of its rounding interval to integers with
// a sticky last bit, and the answer is one of four candidates between them. AssemblyScript's own dtoa is
// Grisu2, whose digits are not the fewest for 28 % of random bit patterns.
//
// Three layouts of the same digits: values print as JavaScript's String(n) does, `le` and `quantile` as Go's
// %g does with `.0` behind integers in OpenMetrics (rule O16), samples of a recorder as Python's repr does.

import { POWERS, POWERS_FIRST } from "./powers";

const INTEGERS_BELOW: f64 = 9007199254740992;
/** "00" to "99". */
const PAIRS: usize = memory.data<u8>([
  48, 48, 48, 49, 48, 50, 48, 51, 48, 52, 48, 53, 48, 54, 48, 55, 48, 56, 48, 57, 49, 48, 49, 49, 49, 50, 49, 51, 49, 52, 49, 53, 49, 54,
  49, 55, 49, 56, 49, 57, 50, 48, 50, 49, 50, 50, 50, 51, 50, 52, 50, 53, 50, 54, 50, 55, 50, 56, 50, 57, 51, 48, 51, 49, 51, 50, 51, 51,
  51, 52, 51, 53, 51, 54, 51, 55, 51, 56, 51, 57, 52, 48, 52, 49, 52, 50, 52, 51, 52, 52, 52, 53, 52, 54, 52, 55, 52, 56, 52, 57, 53, 48,
  53, 49, 53, 50, 53, 51, 53, 52, 53, 53, 53, 54, 53, 55, 53, 56, 53, 57, 54, 48, 54, 49, 54, 50, 54, 51, 54, 52, 54, 53, 54, 54, 54, 55,
  54, 56, 54, 57, 55, 48, 55, 49, 55, 50, 55, 51, 55, 52, 55, 53, 55, 54, 55, 55, 55, 56, 55, 57, 56, 48, 56, 49, 56, 50, 56, 51, 56, 52,
  56, 53, 56, 54, 56, 55, 56, 56, 56, 57, 57, 48, 57, 49, 57, 50, 57, 51, 57, 52, 57, 53, 57, 54, 57, 55, 57, 56, 57, 57,
]);
/** 10^0 to 10^19. */
const TENS: usize = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
  100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000,
]);

const DOT: u32 = 46;
const MINUS: u32 = 45;
const PLUS: u32 = 43;
const ZERO: u32 = 48;
const E: u32 = 101;

/** The longest text of a double, `-2.2250738585072014e-308`, and the vectors that overshoot it. */
export const NUMBER_BYTES: u32 = 48;

function digitCount(value: u64): u32 {
  if (value < 10) return 1;
  // 1233 / 4096 is log10(2) to the precision that 64 bits need.
  const guess = ((64 - <u32>clz<u64>(value)) * 1233) >> 12;
  return guess + u32(value >= load<u64>(TENS + (guess << 3)));
}

/** Eight decimal digits of a number below 10^8 as bytes, the first one lowest: two, four and eight at a time. */
function eightDigits(value: u32): u64 {
  const high = value / 10000;
  const fours = (<u64>high) | ((<u64>(value - high * 10000)) << 32);
  // 10486 / 2^20 and 103 / 2^10 are 1/100 and 1/10, exact below 10,000 and below 100.
  const hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
  const twos = hundreds | ((fours - hundreds * 100) << 16);
  const tens = ((twos * 103) >> 10) & 0x000f000f000f000f;
  return (tens | ((twos - tens * 10) << 8)) + 0x3030303030303030;
}

/** Every double that `shortPut` takes is below this. */
export const SHORT_BELOW: u32 = 10000;

/**
 * The digits of a number below SHORT_BELOW, without a branch: most counts are that short, and how long they are is what
 * no predictor can know. Writes 4 bytes; returns the address behind the digits. One caller, so that it is inlined there.
 */
export function shortPut(at: usize, value: u32): usize {
  // 5243 / 2^19 is 1/100, exact below 43,698; 103 / 2^10 is 1/10, exact below 100.
  const hundreds = (value * 5243) >> 19;
  const twos = hundreds | ((value - hundreds * 100) << 16);
  const tens = ((twos * 103) >> 10) & 0x000f000f;
  const all = tens | ((twos - tens * 10) << 8);
  // Bits of the zeros in front, the last digit left out.
  const skipped = ctz<u32>(all | 0x01000000) & 0x18;
  store<u32>(at, (all + 0x30303030) >> skipped);
  return at + 4 - (skipped >> 3);
}

/** Writes the decimal digits; returns the address behind them. */
export function integerPut(at: usize, value: u64): usize {
  if (value < 10) {
    store<u8>(at, ZERO + <u32>value);
    return at + 1;
  }
  const end = at + digitCount(value);
  let to = end;
  while (value >= 0x100000000) {
    const rest = value / 100000000;
    to -= 8;
    store<u64>(to, eightDigits(<u32>(value - rest * 100000000)));
    value = rest;
  }
  let small = <u32>value;
  while (small >= 100) {
    const rest = small / 100;
    to -= 2;
    store<u16>(to, load<u16>(PAIRS + ((small - rest * 100) << 1)));
    small = rest;
  }
  if (small >= 10) store<u16>(to - 2, load<u16>(PAIRS + (small << 1)));
  else if (to > at) store<u8>(to - 1, ZERO + small);
  return end;
}

/** The shortest digits of the last double, and the power of ten behind them. */
let digits: u64 = 0;
let exponent: i32 = 0;

function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const low = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (low >> 32);
}

/** Finds the digits of a positive finite double. */
function shorten(bits: u64): void {
  const fraction = bits & 0xfffffffffffff;
  const biased = <i32>(bits >> 52);
  const c = biased == 0 ? fraction : fraction | 0x10000000000000;
  const q = biased == 0 ? -1074 : biased - 1075;
  const closer = fraction == 0 && biased > 1;
  const odd = c & 1;
  // floor(log10) of the interval's width; the constants are log10(2) and log10(3/4) times 2^22.
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
  // 1741647 is log2(10) times 2^19.
  const h = <u64>(q + ((-k * 1741647) >> 19) + 1);
  const power = POWERS + ((<usize>(-k - POWERS_FIRST)) << 4);
  const powerHigh = load<u64>(power);
  const powerLow = load<u64>(power, 8);
  // The scaled middle, 192 bits; the ends of the interval are the power, shifted, above and below it. Of each
  // the top counts, its last bit sticky.
  const scaled = (4 * c) << h;
  const low = powerLow * scaled;
  const carried = multiplyHigh(powerLow, scaled);
  const middleLow = powerHigh * scaled + carried;
  const middleHigh = multiplyHigh(powerHigh, scaled) + u64(middleLow < carried);
  const up = h + 1;
  const upLow = powerLow << up;
  const upMiddle = (powerHigh << up) | (powerLow >> (64 - up));
  const sumLow = low + upLow;
  const sumMiddle = middleLow + upMiddle;
  const sum = sumMiddle + u64(sumLow < low);
  const upperHigh = middleHigh + (powerHigh >> (64 - up)) + u64(sumMiddle < middleLow) + u64(sum < sumMiddle);
  const down = up - u64(closer);
  const downLow = powerLow << down;
  const downMiddle = (powerHigh << down) | (powerLow >> (64 - down));
  const restMiddle = middleLow - downMiddle;
  const rest = restMiddle - u64(low < downLow);
  const lowerHigh = middleHigh - (powerHigh >> (64 - down)) - u64(middleLow < downMiddle) - u64(restMiddle < u64(low < downLow));
  const middle = middleHigh | u64(middleLow > 1);
  const upper = (upperHigh | u64(sum > 1)) - odd;
  const lower = (lowerHigh | u64(rest > 1)) + odd;
  const s = middle >> 2;
  if (s >= 10) {
    const tenth = s / 10;
    const below = lower <= 40 * tenth;
    const above = 40 * tenth + 40 <= upper;
    if (below != above) {
      digits = tenth + u64(above);
      exponent = k + 1;
      return;
    }
  }
  const below = lower <= 4 * s;
  const above = 4 * s + 4 <= upper;
  exponent = k;
  if (below != above) {
    digits = s + u64(above);
    return;
  }
  const half = 4 * s + 2;
  digits = s + u64(middle > half || (middle == half && (s & 1) != 0));
}

/** Sets digits and exponent so that the digits do not end in 0; not for 0. */
function decompose(value: f64): void {
  if (value < INTEGERS_BELOW && value == floor(value)) {
    digits = <u64>value;
    exponent = 0;
  } else {
    shorten(reinterpret<u64>(value));
  }
  // Most digits end in no 0; one multiplication by the inverse of 10 tells, without a division.
  if (rotr<u64>(digits * 0xcccccccccccccccd, 1) > 0x1999999999999999) return;
  // Those of a double end in up to 16 zeros; most of them go in two divisions.
  if (digits % 100000000 == 0) {
    digits /= 100000000;
    exponent += 8;
  }
  if (digits % 10000 == 0) {
    digits /= 10000;
    exponent += 4;
  }
  while (digits % 10 == 0) {
    digits /= 10;
    exponent++;
  }
}

function zerosPut(at: usize, count: i32): usize {
  for (let i = 0; i < count; i++) store<u8>(at + i, ZERO);
  return at + max(count, 0);
}

/** Digits, `count` of them, with a point after the first `whole`, 0 < whole < count. */
function pointPut(at: usize, count: u32, whole: u32): usize {
  if (whole > 9) {
    // Seldom: to their places, then the whole ones one back.
    const end = integerPut(at + 1, digits);
    memory.copy(at, at + 1, whole);
    store<u8>(at + whole, DOT);
    return end;
  }
  // As 17 digits: one, eight and eight, in registers. The whole ones are stored without the point, then what is
  // behind it one place further; what a store puts too far the next one covers.
  const all = digits * load<u64>(TENS + ((17 - count) << 3));
  const first = all / 10000000000000000;
  const others = all - first * 10000000000000000;
  const high = others / 100000000;
  const next = eightDigits(<u32>high);
  store<u8>(at, ZERO + <u32>first);
  store<u64>(at + 1, next);
  store<u8>(at + whole, DOT);
  store<u64>(at + whole + 1, next >> ((whole - 1) << 3));
  store<u64>(at + 10, eightDigits(<u32>(others - high * 100000000)));
  return at + 1 + count;
}

function plainPut(at: usize, count: i32, point: i32): usize {
  if (point <= 0) {
    store<u16>(at, 0x2e30);
    return integerPut(zerosPut(at + 2, -point), digits);
  }
  if (point < count) return pointPut(at, count, point);
  return zerosPut(integerPut(at, digits), point - count);
}

function exponentPut(at: usize, count: i32, power: i32, leastDigits: i32): usize {
  at = count == 1 ? integerPut(at, digits) : pointPut(at, count, 1);
  store<u8>(at, E);
  store<u8>(at + 1, power < 0 ? MINUS : PLUS);
  at += 2;
  const size = <u32>abs(power);
  if (leastDigits == 2 && size < 10) store<u8>(at++, ZERO);
  return integerPut(at, size);
}

function wordPut(at: usize, word: u32, length: u32): usize {
  store<u32>(at, word);
  return at + length;
}

/** NaN, +Inf, -Inf; the address itself where the value is finite. */
function specialPut(at: usize, value: f64): usize {
  if (value - value == 0) return at;
  if (value != value) return wordPut(at, 0x4e614e, 3);
  return wordPut(at, value > 0 ? 0x666e492b : 0x666e492d, 4);
}

/** Writes a sample's value as String(n) does, but `NaN`, `+Inf`, `-Inf` and `-0`. At most NUMBER_BYTES. */
export function valuePut(at: usize, value: f64): usize {
  // Most values: counts, and they are small enough for a conversion of 32 bits, which costs half of one of 64.
  if (value >= 0 && value < 0x100000000 && <f64>(<u32>value) == value && reinterpret<i64>(value) >= 0) return integerPut(at, <u32>value);
  if (value >= 0 && value < INTEGERS_BELOW) {
    const whole = <u64>value;
    if (<f64>whole == value && (whole != 0 || reinterpret<u64>(value) == 0)) return integerPut(at, whole);
  }
  const special = specialPut(at, value);
  if (special != at) return special;
  if (reinterpret<i64>(value) < 0) store<u8>(at++, MINUS);
  value = abs(value);
  if (value == 0) {
    store<u8>(at, ZERO);
    return at + 1;
  }
  decompose(value);
  const count = <i32>digitCount(digits);
  const point = count + exponent;
  // String(n): plain from 1e-6 up to 1e21.
  return point > -6 && point <= 21 ? plainPut(at, count, point) : exponentPut(at, count, point - 1, 1);
}

/** Writes a bound as Go's %g; with `.0` behind integers where `dotted`. At most NUMBER_BYTES. */
export function boundPut(at: usize, value: f64, dotted: bool): usize {
  const special = specialPut(at, value);
  if (special != at) return special;
  if (reinterpret<i64>(value) < 0) store<u8>(at++, MINUS);
  value = abs(value);
  let count = 1;
  let point = 1;
  if (value == 0) {
    digits = 0;
  } else {
    decompose(value);
    count = <i32>digitCount(digits);
    point = count + exponent;
    if (point - 1 < -4 || point - 1 >= 6) return exponentPut(at, count, point - 1, 2);
  }
  at = plainPut(at, count, point);
  if (dotted && point >= count) {
    store<u16>(at, 0x302e);
    at += 2;
  }
  return at;
}

/** True for a value without a fraction below 2^53 in size. */
export function isWhole(value: f64): bool {
  return value > -INTEGERS_BELOW && value < INTEGERS_BELOW && value == floor(value);
}

/** Writes a double as Python's `repr` does: `1.0`, `1e-05`, `1e+16`, `nan`, `-inf`. At most NUMBER_BYTES. */
export function pythonPut(at: usize, value: f64): usize {
  if (value != value) return wordPut(at, 0x6e616e, 3);
  if (reinterpret<i64>(value) < 0) store<u8>(at++, MINUS);
  value = abs(value);
  if (value == Infinity) return wordPut(at, 0x666e69, 3);
  if (value == 0) return wordPut(at, 0x302e30, 3);
  decompose(value);
  const count = <i32>digitCount(digits);
  const point = count + exponent;
  // Python's float_repr_style "short": plain from 1e-4 up to 1e16.
  if (point <= -4 || point > 16) return exponentPut(at, count, point - 1, 2);
  at = plainPut(at, count, point);
  return point < count ? at : wordPut(at, 0x302e, 2);
}
