// When series were created, in an image: most of them within seconds of one another, and at whole milliseconds. So what
// stands there is how many lie between a series and the one that was described before it in the frame.

import { signedOf, takenEnd, varintPut, varintTaken, widePut, wideTaken, zigzagOf } from "./varint";

/** The most bytes of one. */
export const CREATED_BYTES_MAX: u32 = 11;
/** Past it milliseconds are no whole numbers any more. */
const MILLISECONDS_MOST: f64 = 4503599627370496;
const WIDE: u64 = 0;
const FIRST_DIFFERENCE: u64 = 1;

/** That of the series described before. */
let before: f64 = 0;

/** Begins a frame whose walk began at so many seconds since the epoch. */
export function createdBegun(seconds: f64): void {
  before = seconds;
}

function millisecondsOf(seconds: f64): f64 {
  return nearest(seconds * 1000);
}

/** True where a time is whole milliseconds, and comes out of them as it went in. */
function isWhole(seconds: f64): bool {
  const milliseconds = millisecondsOf(seconds);
  if (!(abs(milliseconds) < MILLISECONDS_MOST)) return false;
  // Not -0, which no whole number is.
  return reinterpret<u64>(<f64>(<i64>milliseconds) / 1000) == reinterpret<u64>(seconds);
}

/** Puts a time as records have it, 0 for none; where it ends. */
export function createdPut(to: usize, seconds: f64): usize {
  const last = before;
  before = seconds;
  if (!isWhole(last) || !isWhole(seconds)) return widePut(varintPut(to, WIDE), reinterpret<u64>(seconds));
  return varintPut(to, zigzagOf(<i64>millisecondsOf(seconds) - <i64>millisecondsOf(last)) + FIRST_DIFFERENCE);
}

/** Takes one, which `createdTime` tells; where it ends, 0 for nonsense. */
export function createdTaken(at: usize, end: usize): usize {
  const said = varintTaken(at, end);
  const behind = takenEnd();
  if (behind == 0) return 0;
  if (said == WIDE) {
    before = reinterpret<f64>(wideTaken(behind, end));
    return takenEnd();
  }
  if (!isWhole(before)) return 0;
  const milliseconds = <i64>millisecondsOf(before) + signedOf(said - FIRST_DIFFERENCE);
  before = <f64>milliseconds / 1000;
  return behind;
}

/** The time that was taken last. */
export function createdTime(): f64 {
  return before;
}

/** The year 5138: a binding takes no time beyond. */
const SECONDS_MAX: f64 = 1e11;

/** True for a time that a binding may have given; none is 0. */
export function isSeconds(seconds: f64): bool {
  return abs(seconds) <= SECONDS_MAX;
}
