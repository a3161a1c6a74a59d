// Exact sums: no order, and nothing that was in between, changes a digit.

import "../formatted";
import { exactAdd, EXACT_BYTES, exactClear, exactCopy, exactMove, exactTaken } from "../../../assembly/image/exact";
import { totalAdd, totalClear, totalHigh, totalLow } from "../../../assembly/metric/total";

const sum: usize = heap.alloc(EXACT_BYTES);
const other: usize = heap.alloc(EXACT_BYTES);

let seed: u64 = 0;
function bits(): u64 {
  seed += 0x9e3779b97f4a7c15;
  let z = seed;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Any double of either sign from 2^-44 to 2^68. */
function value(): f64 {
  const exponent = 1023 - 44 + (bits() % 112);
  return reinterpret<f64>((bits() & 0x800fffffffffffff) | (exponent << 52));
}

function isSame(one: usize, two: usize): bool {
  return memory.compare(one, two, EXACT_BYTES) == 0;
}

beforeEach(() => {
  seed = 1;
  exactClear(sum);
  exactClear(other);
});

describe("exactAdd", () => {
  it("takes numbers from 2^-44 to 2^68, and smaller ones without digits below 2^-96", () => {
    const least: f64 = reinterpret<f64>((<u64>(1023 - 44)) << 52);
    const most: f64 = reinterpret<f64>(((<u64>(1023 + 67)) << 52) | 0x000fffffffffffff);
    const fit: f64[] = [0, -0.0, least, -least, most, -most, reinterpret<f64>((<u64>(1023 - 96)) << 52), 0.1, 4096 * 1e9];
    for (let i = 0; i < fit.length; i++) {
      exactClear(sum);
      expect<bool>(exactAdd(sum, fit[i])).toBe(true);
      expect<f64>(exactTaken(sum)).toBe(fit[i]);
      expect<bool>(isSame(sum, other)).toBe(true);
    }
    const not: f64[] = [
      NaN,
      Infinity,
      -Infinity,
      5e-324,
      1e-300,
      f64.MAX_VALUE,
      reinterpret<f64>((<u64>(1023 + 68)) << 52),
      reinterpret<f64>(((<u64>(1023 - 45)) << 52) | 1),
      reinterpret<f64>((<u64>(1023 - 97)) << 52),
    ];
    for (let i = 0; i < not.length; i++) {
      expect<bool>(exactAdd(sum, not[i])).toBe(false);
      expect<bool>(isSame(sum, other)).toBe(true);
    }
  });

  it("makes one sum of the same numbers in any order, and leaves nothing of what is taken out again", () => {
    const values = new Array<f64>();
    for (let i = 0; i < 2000; i++) values.push(value());
    for (let i = 0; i < values.length; i++) exactAdd(sum, values[i]);
    for (let i = values.length - 1; i >= 0; i--) exactAdd(other, values[i]);
    expect<bool>(isSame(sum, other)).toBe(true);
    for (let i = 0; i < values.length; i++) if (i != 1234) exactAdd(sum, -values[i]);
    expect<f64>(exactTaken(sum)).toBe(values[1234]);
    exactClear(other);
    expect<bool>(isSame(sum, other)).toBe(true);
  });
});

describe("exactMove", () => {
  it("is the same as taking one out and adding the other", () => {
    for (let i = 0; i < 5000; i++) {
      const from = value();
      // Also what lies near, as numbers of a process do.
      const to = i % 3 == 0 ? value() : i % 3 == 1 ? from + 0.01 * <f64>i : from + <f64>(bits() % 1000);
      exactAdd(sum, from);
      exactCopy(other, sum);
      expect<bool>(exactMove(sum, from, to)).toBe(abs<f64>(to) < 295147905179352825856.0);
      if (abs<f64>(to) >= 295147905179352825856.0) continue;
      exactAdd(other, -from);
      exactAdd(other, to);
      expect<bool>(isSame(sum, other)).toBe(true);
    }
  });

  it("adds nothing where the new number does not fit", () => {
    exactAdd(sum, 3);
    exactAdd(other, 3);
    const not: f64[] = [NaN, Infinity, 5e-324, 295147905179352825856.0, 1e300];
    for (let i = 0; i < not.length; i++) {
      expect<bool>(exactMove(sum, 3, not[i])).toBe(false);
      expect<bool>(isSame(sum, other)).toBe(true);
    }
    // Each step is small, and what they lead to is too large.
    const large: f64 = 295147905179352825856.0 - 65536;
    exactClear(sum);
    exactAdd(sum, large);
    expect<bool>(exactMove(sum, large, large + 65536)).toBe(false);
  });
});

describe("exactTaken", () => {
  it("is the nearest double, of two that are as near the even one, and then what is left", () => {
    const whole: f64 = 9007199254740992;
    const odd: f64 = 9007199254740994;
    exactAdd(sum, whole);
    exactAdd(sum, 1);
    expect<f64>(exactTaken(sum)).toBe(whole);
    expect<f64>(exactTaken(sum)).toBe(1);
    exactAdd(sum, odd);
    exactAdd(sum, 1);
    expect<f64>(exactTaken(sum)).toBe(odd + 2);
    expect<f64>(exactTaken(sum)).toBe(-1);
    exactAdd(sum, -whole);
    exactAdd(sum, -1);
    exactAdd(sum, -0.25);
    expect<f64>(exactTaken(sum)).toBe(-odd);
    expect<f64>(exactTaken(sum)).toBe(0.75);
    expect<f64>(exactTaken(sum)).toBe(0);
  });

  it("is what pairs of doubles say, where those lose nothing", () => {
    for (let round = 0; round < 500; round++) {
      exactClear(sum);
      totalClear();
      for (let i = 0; i < 50; i++) {
        const next = <f64>(bits() % 100000) / 100 - 300;
        exactAdd(sum, next);
        totalAdd(next);
      }
      expect<f64>(exactTaken(sum)).toBe(totalHigh());
      expect<f64>(exactTaken(sum)).toBe(totalLow());
    }
  });

  it("has room for the greatest numbers of 65,536 processes", () => {
    const most: f64 = reinterpret<f64>(((<u64>(1023 + 67)) << 52) | 0x000fffffffffffff);
    for (let i = 0; i < 65536; i++) exactAdd(sum, -most);
    expect<f64>(exactTaken(sum)).toBe(-most * 65536);
    expect<f64>(exactTaken(sum)).toBe(0);
  });
});
