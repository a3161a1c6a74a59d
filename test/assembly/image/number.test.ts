// Numbers of parts added up: the same in any order, down to what two parts say alike.

import { family, format } from "../formatted";
import { partOfValue } from "../others";
import { isNumberOf, numberAdded, numberBegun, numberEnded, numberPut, numberTimed } from "../../../assembly/image/number";
import { Base, GAUGE, KIND_PLAIN, MODE_MAX, MODE_MIN, MODE_MOSTRECENT, MODE_SUM } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";

const BYTES: u32 = <u32>offsetof<Base>();

beforeEach(() => {
  format();
});

/** The record that two values make, of settings of one order. */
function both(mode: u32, first: f64, second: f64): Base {
  numberBegun(family(GAUGE, mode, "level" + mode.toString()));
  numberAdded(changetype<Base>(partOfValue(first, 0, 7)));
  numberAdded(changetype<Base>(partOfValue(second, 0, 7)));
  numberEnded();
  const made = take(BYTES, KIND_PLAIN, true);
  numberPut(made, BYTES, 0);
  expect<bool>(isNumberOf(made)).toBe(true);
  return changetype<Base>(made);
}

function expectBoth(mode: u32, one: f64, other: f64, wanted: f64): void {
  expect<u64>(reinterpret<u64>(both(mode, one, other).high)).toBe(reinterpret<u64>(wanted));
  expect<u64>(reinterpret<u64>(both(mode, other, one).high)).toBe(reinterpret<u64>(wanted));
}

describe("numberAdded", () => {
  it("takes the greater of two settings of one order", () => {
    expectBoth(MODE_MOSTRECENT, 3, -5, 3);
    expectBoth(MODE_MOSTRECENT, NaN, -5, -5);
    expectBoth(MODE_MOSTRECENT, -0.0, 0, 0);
  });

  it("takes the least and the greatest, of which -0 is less than 0, and NaN neither", () => {
    expectBoth(MODE_MIN, 3, -5, -5);
    expectBoth(MODE_MAX, 3, -5, 3);
    expectBoth(MODE_MIN, 0, -0.0, -0.0);
    expectBoth(MODE_MAX, 0, -0.0, 0);
    expectBoth(MODE_MIN, NaN, 4, 4);
    expectBoth(MODE_MAX, NaN, 4, 4);
  });

  it("loses no digit of what is added", () => {
    const sum = both(MODE_SUM, 1e16, 1);
    expect<f64>(sum.high + sum.low - 1e16).toBe(0);
    expect<f64>(sum.low).toBe(1);
  });
});

describe("isNumberOf", () => {
  it("is false where anything is another", () => {
    const made = changetype<usize>(both(MODE_SUM, 1, 2));
    for (let at: u32 = 0; at < 40; at += 8) {
      const before = load<u64>(made + at);
      store<u64>(made + at, before ^ (1 << 32));
      expect<bool>(isNumberOf(made)).toBe(false);
      store<u64>(made + at, before);
    }
    expect<bool>(isNumberOf(made)).toBe(true);
  });
});

describe("numberTimed", () => {
  it("keeps the latest time", () => {
    numberBegun(family(GAUGE, MODE_SUM, "level"));
    const times: f64[] = [3, 9, 5];
    for (let i = 0; i < 3; i++) {
      const part = changetype<Base>(partOfValue(1));
      part.timestamp = times[i];
      numberTimed(part);
    }
    numberEnded();
    const made = take(BYTES, KIND_PLAIN, true);
    numberPut(made, BYTES, 0);
    expect<f64>(changetype<Base>(made).timestamp).toBe(9);
  });
});
