// The table of roots against pow, and its guesses against counting from the left.

import { GUESSES, ROOTS } from "../../../assembly/metric/roots";

const FRACTION: u64 = 0xfffffffffffff;

function rootAt(index: u32): u64 {
  return load<u64>(ROOTS + (index << 3));
}

function below(fraction: u64): u32 {
  let count: u32 = 0;
  while (count < 256 && rootAt(count) < fraction) count++;
  return count;
}

function guessed(fraction: u64): u32 {
  const guess = <u32>load<u8>(GUESSES + <usize>(fraction >> 44));
  return guess + u32(rootAt(guess) < fraction) + u32(rootAt(guess + 1) < fraction);
}

describe("ROOTS", () => {
  it("ascends from 1, each within 6 units of the last place of 2^(i/256)", () => {
    let wrong = u32(rootAt(0) != 0);
    for (let i: u32 = 1; i < 256; i++) {
      wrong += u32(rootAt(i) <= rootAt(i - 1) || rootAt(i) > FRACTION);
      const theirs = reinterpret<u64>(NativeMath.pow(2, <f64>i / 256)) & FRACTION;
      const distance = <i64>(theirs - rootAt(i));
      wrong += u32(distance < -6 || distance > 6);
    }
    expect<u32>(wrong).toBe(0);
  });

  it("holds the bounds of Prometheus, which are not the correctly rounded ones", () => {
    expect<u64>(rootAt(128)).toBe(0x6a09e667f3bcc);
    expect<u64>(rootAt(64)).toBe(0x306fe0a31b715);
  });
});

describe("GUESSES", () => {
  it("leads to the number of roots below in two comparisons: at every root, beside it, and where a guess begins", () => {
    let wrong: u32 = 0;
    for (let i: u32 = 0; i < 256; i++) {
      const root = rootAt(i);
      wrong += u32(guessed(root) != i) + u32(guessed(root + 1) != i + 1);
      if (i > 0) wrong += u32(guessed(root - 1) != i);
      const begin = (<u64>i) << 44;
      const end = begin + (1 << 44) - 1;
      wrong += u32(guessed(begin) != below(begin)) + u32(guessed(end) != below(end));
    }
    expect<u32>(wrong).toBe(0);
  });
});
