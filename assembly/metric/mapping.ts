// Where a value falls among bins whose bounds grow by a constant factor, nearly: DDSketch's mapping by exponent and
// cubic interpolation (Masson, Rim and Lee, "DDSketch", 2019; CubicallyInterpolatedMapping in DataDog/sketches-java).
//
// A value v = 2^e * (1 + s), 0 <= s < 1, has the index floor(multiplier * (e + P(s))), with
//
//   P(s) = A s^3 + B s^2 + C s,   A = 6/35, B = -3/5, C = 10/7,   P(0) = 0, P(1) = 1
//
// in place of the binary logarithm, which it meets at both ends. No logarithm is taken: the exponent is there in
// the bits, and three multiplications do the rest. The slope of e + P(s) over ln v is (1 + s) * P'(s); it is least
// at s = 0 and s = 2/3, where it is C = 10/7. So with
//
//   multiplier = 7 / (10 ln gamma),   gamma = (1 + accuracy) / (1 - accuracy)
//
// no bin is wider than a factor of gamma, and 2 low high / (low + high) is within `accuracy` of everything in it. That
// takes 1 % more bins than the logarithm would.
//
// Values below the smallest normal double have no index; whoever counts takes them for 0.

/** Bounds of the relative accuracy: past them a cell takes 60 KiB a chunk and more, or says little. */
export const ACCURACY_MIN: f64 = 0.001;
export const ACCURACY_MAX: f64 = 0.2;
/** What is nearer to 0 has no exponent of its own. */
export const SMALLEST_NORMAL: f64 = 2.2250738585072014e-308;

const A: f64 = 6.0 / 35;
const B: f64 = -3.0 / 5;
const C: f64 = 10.0 / 7;
const MANTISSA: u64 = 0x000fffffffffffff;
const ONE: u64 = 0x3ff0000000000000;
/** Terms of the series below: for the least accuracy the next one is 0.2^26 / 27, a hundredth of an ulp. */
const TERMS: u32 = 13;
/** The first error is below 0.12, and each step leaves 0.81 times its square at most: 1e-17 after five. */
const STEPS: u32 = 5;

/** Bins an octave, such that each is within the relative accuracy of its middle. */
export function multiplierOf(accuracy: f64): f64 {
  // ln gamma = 2 artanh(accuracy), by its series: the core then needs no logarithm, which comes with a table.
  const square = accuracy * accuracy;
  let sum: f64 = 0;
  for (let i = TERMS; i > 0; i--) sum = sum * square + 1 / <f64>(2 * i - 1);
  return 0.35 / (accuracy * sum);
}

/** The index of a positive normal value. */
export function indexOf(value: f64, multiplier: f64): i32 {
  const bits = reinterpret<u64>(value);
  const exponent = <f64>(<i32>(bits >> 52) - 1023);
  const part = reinterpret<f64>((bits & MANTISSA) | ONE) - 1;
  return <i32>floor(multiplier * (exponent + ((A * part + B) * part + C) * part));
}

/** The part s with P(s) = height. P is concave and rises, so Newton's steps from the right of it never leave [0, 1]. */
function partOf(height: f64): f64 {
  let part = height;
  for (let i: u32 = 0; i < STEPS; i++) {
    part -= (((A * part + B) * part + C) * part - height) / ((3 * A * part + 2 * B) * part + C);
  }
  return part;
}

/** What stands for all values of an index: the same relative distance from both ends of its bin. */
export function valueOf(index: i32, multiplier: f64): f64 {
  const low = <f64>index / multiplier;
  const high = <f64>(index + 1) / multiplier;
  const exponent = floor(low);
  const lowPart = 1 + partOf(low - exponent);
  // A bin reaches into the next octave at most.
  const highPart = (1 + partOf(high - floor(high))) * (floor(high) - exponent + 1);
  const middle = (2 * lowPart * highPart) / (lowPart + highPart);
  // The first bin begins below the smallest normal double, and the last one ends behind the largest.
  if (exponent < -1022) return middle * 0.5 * SMALLEST_NORMAL;
  return min<f64>(middle * reinterpret<f64>((<u64>(<i32>exponent + 1023)) << 52), f64.MAX_VALUE);
}
