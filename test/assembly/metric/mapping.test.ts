// The mapping of values to bins: its accuracy over all normal doubles, and its ends.

import { random, random64, randomFrom } from "../formatted";
import { ACCURACY_MAX, ACCURACY_MIN, indexOf, multiplierOf, SMALLEST_NORMAL, valueOf } from "../../../assembly/metric/mapping";

const ACCURACIES: f64[] = [ACCURACY_MIN, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, ACCURACY_MAX];
/** Rounding: an index of 350,000 leaves 36 bits for the place in its bin. */
const ROUNDING: f64 = 1 + 1e-8;

/** True where a value's bin speaks for it. */
function fits(value: f64, multiplier: f64, accuracy: f64): bool {
  const said = valueOf(indexOf(value, multiplier), multiplier);
  return abs(said / value - 1) <= accuracy * ROUNDING;
}

/** A positive normal double, all exponents alike. */
function anyNormal(): f64 {
  while (true) {
    const value = reinterpret<f64>(random64() >> 1);
    if (value >= SMALLEST_NORMAL && value <= f64.MAX_VALUE) return value;
  }
}

describe("multiplierOf", () => {
  it("is 7 / (10 ln gamma), gamma = (1 + accuracy) / (1 - accuracy)", () => {
    for (let i = 0; i < ACCURACIES.length; i++) {
      const gamma = Math.log1p((2 * ACCURACIES[i]) / (1 - ACCURACIES[i]));
      expect<f64>(abs(multiplierOf(ACCURACIES[i]) * gamma - 0.7)).toBeLessThan(1e-14);
    }
  });
});

describe("indexOf and valueOf", () => {
  it("keep the accuracy for random values of the whole normal range", () => {
    randomFrom(40);
    let wrong = 0;
    for (let i = 0; i < ACCURACIES.length; i++) {
      const multiplier = multiplierOf(ACCURACIES[i]);
      for (let round = 0; round < 20000; round++) wrong += i32(!fits(anyNormal(), multiplier, ACCURACIES[i]));
    }
    expect<i32>(wrong).toBe(0);
  });

  it("keep it where the bins are widest, and at the ends of an octave", () => {
    let wrong = 0;
    for (let i = 0; i < ACCURACIES.length; i++) {
      const multiplier = multiplierOf(ACCURACIES[i]);
      for (let exponent = -1000; exponent <= 1000; exponent += 40) {
        const power = reinterpret<f64>((<u64>(exponent + 1023)) << 52);
        for (let step = -200; step <= 200; step++) {
          const part = <f64>step * ACCURACIES[i] * 0.01;
          wrong += i32(!fits(power * (1 + part), multiplier, ACCURACIES[i]));
          wrong += i32(!fits(power * (5.0 / 3 + part), multiplier, ACCURACIES[i]));
        }
      }
    }
    expect<i32>(wrong).toBe(0);
  });

  it("would not keep it with one part in a hundred fewer bins", () => {
    randomFrom(41);
    let wrong = 0;
    const multiplier = multiplierOf(0.01) * 0.99;
    for (let round = 0; round < 20000; round++) wrong += i32(!fits(anyNormal(), multiplier, 0.01));
    expect<i32>(wrong).toBeGreaterThan(0);
  });

  it("take the first and the last normal double", () => {
    for (let i = 0; i < ACCURACIES.length; i++) {
      const multiplier = multiplierOf(ACCURACIES[i]);
      expect<bool>(fits(SMALLEST_NORMAL, multiplier, ACCURACIES[i])).toBe(true);
      expect<bool>(fits(f64.MAX_VALUE, multiplier, ACCURACIES[i])).toBe(true);
      expect<f64>(valueOf(indexOf(f64.MAX_VALUE, multiplier) + 1, multiplier)).toBe(f64.MAX_VALUE);
    }
  });

  it("rise with the value, by no more bins than it takes", () => {
    randomFrom(42);
    let wrong = 0;
    const multiplier = multiplierOf(0.01);
    for (let round = 0; round < 20000; round++) {
      const value = anyNormal() / 2 + SMALLEST_NORMAL;
      const next = reinterpret<f64>(reinterpret<u64>(value) + 1);
      const larger = value * (1 + random());
      const step = indexOf(next, multiplier) - indexOf(value, multiplier);
      wrong += i32(step < 0 || step > 1 || indexOf(larger, multiplier) < indexOf(value, multiplier));
      wrong += i32(indexOf(value * 2, multiplier) - indexOf(value, multiplier) > 36);
    }
    expect<i32>(wrong).toBe(0);
  });

  it("give every bin's value back to its bin", () => {
    let wrong = 0;
    const multiplier = multiplierOf(0.01);
    for (let index = -35000; index <= 35000; index += 7) wrong += i32(indexOf(valueOf(index, multiplier), multiplier) != index);
    expect<i32>(wrong).toBe(0);
  });
});
