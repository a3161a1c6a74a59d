// Exact arithmetic on doubles: every double is an integer of 2^-1074, and bounds of native buckets are roots of integers.

const bits = new BigUint64Array(1);
const float = new Float64Array(bits.buffer);
const FRACTION = 0xfffffffffffffn;
const ONE = 0x10000000000000n;

/** The double so many steps away from a positive one. */
export function stepped(value, steps) {
  float[0] = value;
  bits[0] += BigInt(steps);
  return float[0];
}

/** The integer m and the exponent e of |value| = m × 2^e. */
export function parts(value) {
  float[0] = Math.abs(value);
  const exponent = bits[0] >> 52n;
  const fraction = bits[0] & FRACTION;
  return exponent === 0n ? [fraction, -1074n] : [fraction | ONE, exponent - 1075n];
}

/** A finite double in units of 2^-1074. */
export function units(value) {
  const [mantissa, exponent] = parts(value);
  const size = mantissa << (exponent + 1074n);
  return value < 0 ? -size : size;
}

/** How many bits a positive integer has; 0 of 0. */
export function lengthOf(integer) {
  const hex = integer.toString(16);
  return BigInt((hex.length - 1) * 4 + 32 - Math.clz32(Number.parseInt(hex[0], 16)));
}

/** The nearest double to so many units, ties to even; infinite past the largest. */
export function nearest(total) {
  if (total < 0n) return -nearest(-total);
  const length = lengthOf(total);
  if (length <= 53n) return Number(total) * 2 ** -1074;
  const shift = length - 53n;
  const half = 1n << (shift - 1n);
  const rest = total & ((1n << shift) - 1n);
  let top = total >> shift;
  if (rest > half || (rest === half && (top & 1n) === 1n)) top++;
  // In two steps: a power beyond the largest double would be infinite by itself.
  const power = Number(shift) - 1074;
  return Number(top) * 2 ** Math.min(power, 900) * 2 ** Math.max(power - 900, 0);
}

/** The exact sum of finite doubles, in units. */
export function exactSum(values) {
  let total = 0n;
  for (const value of values) total += units(value);
  return total;
}

/** The native bucket of a value that is not 0: the least i with |value| <= 2^(i / 2^schema), by powers of integers. */
export function bucketOf(value, schema) {
  const [mantissa, exponent] = parts(value);
  if (schema <= 0) return Number(-(-(exponent + lengthOf(mantissa - 1n)) >> BigInt(-schema)));
  const power = 2n ** BigInt(schema);
  return Number(lengthOf(mantissa ** power - 1n) + exponent * power);
}

/** The largest double from 1 to 2 that is not above 2^(i / 256). */
function root(i) {
  const wanted = 1n << BigInt(52 * 256 + i);
  let near = BigInt(Math.round(2 ** (i / 256) * 2 ** 52));
  while (near ** 256n > wanted) near--;
  while ((near + 1n) ** 256n <= wanted) near++;
  return Number(near) * 2 ** -52;
}

const FINEST = Array.from({ length: 256 }, (_, i) => root(i));
/** The same of 2^(i / 2^schema) for all i from 0 to 2^schema - 1, by schema from 0 to 8. */
export const ROOTS = Array.from({ length: 9 }, (_, schema) => FINEST.filter((_, i) => i % 2 ** (8 - schema) === 0));
