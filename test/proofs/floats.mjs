// Shortest floats: random bit patterns and the hard cases against the digits of String(n).

import { memoryMade } from "../faults/thread.mjs";

/** Powers of two and ten and their neighbours, subnormals, halves between two doubles, integers around 2^53. */
export function* hard() {
  const bits = new BigUint64Array(1);
  const float = new Float64Array(bits.buffer);
  const around = function* (value) {
    float[0] = value;
    const at = bits[0];
    for (let i = -3n; i <= 3n; i++) {
      bits[0] = BigInt.asUintN(64, at + i);
      yield float[0];
    }
  };
  for (let e = -1074; e < 1024; e++) yield* around(2 ** e);
  for (let e = -323; e <= 308; e++) for (let m = 1; m <= 9; m++) yield* around(Number(`${m}e${e}`));
  for (let n = 1n; n < 4096n; n++) {
    bits[0] = n;
    yield float[0];
  }
  for (const value of [2 ** 53, 1e21, 1e-6, 1e-7, 9007199254740993, 1.7976931348623157e308, 2.2250738585072014e-308, 4.35, 0.3, 5e-324])
    yield* around(value);
}

/** Random bit patterns: of all sizes, also what is no number. `next` draws from 0 to 1. */
export function* random(count, next = Math.random) {
  const words = new Uint32Array(2);
  const float = new Float64Array(words.buffer);
  for (let i = 0; i < count; i++) {
    words[0] = next() * 0x100000000;
    words[1] = next() * 0x100000000;
    yield float[0];
  }
}

/** How many were printed otherwise than String(n) does, longer, or so that they read back as another double. */
export function floats(count, progress = () => {}, next = Math.random) {
  const { core, memory } = memoryMade();
  const at = core.inputAddress(64);
  const bytes = new Uint8Array(memory.buffer);
  const result = { printed: 0, different: 0, longer: 0, broken: 0 };
  const check = (value) => {
    const end = core.valuePut(at, value);
    let text = "";
    for (let i = at; i < end; i++) text += String.fromCharCode(bytes[i]);
    const expected = Object.is(value, -0)
      ? "-0"
      : String(value)
          .replace(/^Infinity$/, "+Inf")
          .replace(/^-Infinity$/, "-Inf");
    result.printed++;
    if (text === expected) return;
    result.different++;
    if (text.length > expected.length) result.longer++;
    if (!Object.is(Number(text), value)) result.broken++;
  };
  for (const value of hard()) {
    check(value);
    check(-value);
  }
  for (const value of random(count, next)) {
    check(value);
    if (result.printed % 500000 === 0) progress(result.printed / count);
  }
  return result;
}
