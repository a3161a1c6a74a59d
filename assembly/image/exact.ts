// Sums that are exact: whole numbers of 192 bits, of units of 2^-96. Nothing is ever rounded in one, so what was added can be taken out
// again without a rest, and the same numbers make the same sum in whatever order they came. What is shown is the pair of doubles next to
// it.
//
// Numbers from 2^-44 to 2^68 fit with all their digits, smaller ones with those that they have there: seconds of CPU, bytes, and what
// rounding left of their sums. 65,536 of them do not fill it.

/*
 * An exact sum, in two's complement
 *   0 lowest  u64
 *   8 middle  u64
 *  16 highest u64
 */
export const EXACT_BYTES: u32 = 24;

/** The exponent of a double, as its bits have it, whose lowest digit is the unit. */
const EXPONENT_LEAST: i32 = 979;
/** A double's digits and so many behind are 164 bits; as many numbers as said above have 16 more, */
const SHIFT_MOST: i32 = 111;
/** and are less than this; */
const VALUE_MOST: f64 = 295147905179352825856.0;
/** a sum that is taken as one double ends in the third word. */
const SUM_SHIFT_MOST: i32 = 127;
const DIGITS: u64 = 0x000fffffffffffff;
const FIRST_DIGIT: u64 = 0x0010000000000000;
const SIGN: u64 = 0x8000000000000000;

export function exactClear(at: usize): void {
  store<u64>(at, 0);
  store<u64>(at, 0, 8);
  store<u64>(at, 0, 16);
}

export function exactCopy(to: usize, at: usize): void {
  store<u64>(to, load<u64>(at));
  store<u64>(to, load<u64>(at, 8), 8);
  store<u64>(to, load<u64>(at, 16), 16);
}

/** Adds a number; false for one that does not fit, and nothing was added. */
export function exactAdd(at: usize, value: f64): bool {
  return added(at, value, SHIFT_MOST);
}

/** Adds what a number becomes, less what it was, which was added before; false where the new one does not fit, and nothing was added. */
export function exactMove(at: usize, from: f64, to: f64): bool {
  const step = to - from;
  // Mostly the difference is a double: so says what rounding left of it, by Knuth's TwoSum.
  const back = step - to;
  if (to - (step - back) == from + back && abs<f64>(to) < VALUE_MOST) return added(at, step, SHIFT_MOST);
  return added(at, to, SHIFT_MOST) && added(at, -from, SHIFT_MOST);
}

function added(at: usize, value: f64, most: i32): bool {
  const bits = reinterpret<u64>(value);
  let digits = (bits & DIGITS) | FIRST_DIGIT;
  let shift = ((<i32>(bits >> 52)) & 0x7ff) - EXPONENT_LEAST;
  if (<u32>shift > <u32>most) {
    if (bits << 1 == 0) return true;
    // Infinities and NaN, and what has digits below the unit.
    if (shift > 0 || shift < -52 || digits << (64 + shift) != 0) return false;
    digits >>= -shift;
    shift = 0;
  }
  // By 64 nothing is shifted.
  const low = digits << shift;
  const high = (digits >> 1) >> (63 - (shift & 63));
  const negative = bits >> 63;
  const flip = 0 - negative;
  const first = load<u64>(at);
  const second = load<u64>(at, 8);
  const third = load<u64>(at, 16);
  const sum = first + ((shift < 64 ? low : 0) ^ flip);
  const whole = sum + negative;
  const carry = u64(sum < first) + u64(whole < sum);
  const sum2 = second + ((shift < 64 ? high : low) ^ flip);
  const whole2 = sum2 + carry;
  const carry2 = u64(sum2 < second) + u64(whole2 < sum2);
  store<u64>(at, whole);
  store<u64>(at, whole2, 8);
  store<u64>(at, third + ((shift < 64 ? 0 : high) ^ flip) + carry2, 16);
  return true;
}

/** Takes the double next to a sum out of it; of two that are as near the even one. */
export function exactTaken(at: usize): f64 {
  const value = nearest(at);
  added(at, -value, SUM_SHIFT_MOST);
  return value;
}

function nearest(at: usize): f64 {
  const negative = <i64>load<u64>(at, 16) < 0;
  const flip: u64 = negative ? 0xffffffffffffffff : 0;
  let first = (load<u64>(at) ^ flip) + u64(negative);
  let second = (load<u64>(at, 8) ^ flip) + u64(negative && first == 0);
  let third = (load<u64>(at, 16) ^ flip) + u64(negative && first == 0 && second == 0);
  // The first digit is to stand in front.
  let place: i32 = 191;
  while (third == 0) {
    if (place == 63) return 0;
    place -= 64;
    third = second;
    second = first;
    first = 0;
  }
  const zeros = <i32>clz<u64>(third);
  const front = (third << zeros) | ((second >> 1) >> (63 - zeros));
  const behind = (second << zeros) | first;
  let digits = front >> 11;
  const rest = front & 0x7ff;
  if (rest > 0x400 || (rest == 0x400 && (behind != 0 || (digits & 1) != 0))) digits++;
  const bits = ((<u64>(place - zeros - 96 + 1022)) << 52) + digits;
  return reinterpret<f64>(negative ? bits | SIGN : bits);
}
