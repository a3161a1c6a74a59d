// Pair sums: what must hold is that moving addends into a base never changes the rounded total.

import { random, random64, randomBelow, randomFrom } from "../formatted";
import { totalAdd, totalClear, totalHigh, totalLow, totalValue } from "../../../assembly/metric/total";

const addends = new StaticArray<f64>(64);

function totalOf(count: u32): f64 {
  totalClear();
  for (let i: u32 = 0; i < count; i++) totalAdd(addends[i]);
  return totalValue();
}

/** The total where the first `folded` addends went into a base, one by one, and the rest into cells. */
function foldedTotal(count: u32, folded: u32): f64 {
  let high: f64 = 0;
  let low: f64 = 0;
  for (let i: u32 = 0; i < folded; i++) {
    totalClear();
    totalAdd(high);
    totalAdd(low);
    totalAdd(addends[i]);
    high = totalHigh();
    low = totalLow();
  }
  totalClear();
  totalAdd(high);
  totalAdd(low);
  for (let i: u32 = folded; i < count; i++) totalAdd(addends[i]);
  return totalValue();
}

function shuffle(count: u32): void {
  for (let i: u32 = count - 1; i > 0; i--) {
    const other = randomBelow(i + 1);
    const kept = addends[i];
    addends[i] = addends[other];
    addends[other] = kept;
  }
}

function fill(count: u32, spread: i32): void {
  for (let i: u32 = 0; i < count; i++) addends[i] = random() * 10.0 ** (<i32>randomBelow(spread) - spread / 2);
}

describe("totalAdd", () => {
  it("keeps what a plain sum loses", () => {
    totalClear();
    totalAdd(9007199254740992);
    totalAdd(1);
    totalAdd(1);
    expect<f64>(totalValue()).toBe(9007199254740994);
    totalClear();
    totalAdd(1e16);
    totalAdd(1);
    totalAdd(-1e16);
    expect<f64>(totalValue()).toBe(1);
    totalClear();
    for (let i = 0; i < 10; i++) totalAdd(0.1);
    expect<f64>(totalValue()).toBe(1);
  });

  it("gives one total for every order of the same addends", () => {
    randomFrom(3);
    let different = 0;
    for (let round = 0; round < 2000; round++) {
      fill(8, 12);
      const total = totalOf(8);
      for (let i = 0; i < 8; i++) {
        shuffle(8);
        different += i32(totalOf(8) != total);
      }
    }
    expect<i32>(different).toBe(0);
  });

  it("gives the same total however many addends were folded into a pair before", () => {
    randomFrom(4);
    let different = 0;
    for (let round = 0; round < 2000; round++) {
      const count = randomBelow(30) + 2;
      fill(count, 12);
      const total = totalOf(count);
      for (let folded: u32 = 1; folded <= count; folded++) different += i32(foldedTotal(count, folded) != total);
    }
    expect<i32>(different).toBe(0);
  });

  it("holds for amounts of one size, where rounding bites most", () => {
    randomFrom(5);
    let different = 0;
    for (let round = 0; round < 2000; round++) {
      fill(8, 1);
      const total = totalOf(8);
      for (let folded: u32 = 1; folded <= 8; folded++) {
        shuffle(folded);
        different += i32(foldedTotal(8, folded) != total);
      }
    }
    expect<i32>(different).toBe(0);
  });
});

describe("totalHigh and totalLow", () => {
  it("are a normalised pair: high is the rounded total, low less than half its last digit", () => {
    randomFrom(6);
    let wrong = 0;
    for (let round = 0; round < 2000; round++) {
      fill(16, 20);
      const total = totalOf(16);
      wrong += i32(totalHigh() != total || totalHigh() + totalLow() != total);
    }
    expect<i32>(wrong).toBe(0);
  });

  it("are empty after totalClear", () => {
    totalAdd(reinterpret<f64>(random64() >> 2));
    totalClear();
    expect<f64>(totalValue()).toBe(0);
    expect<f64>(totalHigh()).toBe(0);
    expect<f64>(totalLow()).toBe(0);
  });
});

describe("totalValue", () => {
  it("is an infinity past the largest double, and stays one", () => {
    totalClear();
    totalAdd(1.7976931348623157e308);
    totalAdd(1.7976931348623157e308);
    expect<f64>(totalValue()).toBe(Infinity);
    totalAdd(1);
    expect<f64>(totalValue()).toBe(Infinity);
    expect<f64>(totalLow()).toBe(0);
    totalClear();
    totalAdd(-Infinity);
    totalAdd(5);
    expect<f64>(totalValue()).toBe(-Infinity);
  });

  it("is NaN where an addend is, or where infinities meet", () => {
    totalClear();
    totalAdd(NaN);
    totalAdd(1);
    expect<bool>(isNaN(totalValue())).toBe(true);
    totalClear();
    totalAdd(Infinity);
    totalAdd(-Infinity);
    expect<bool>(isNaN(totalValue())).toBe(true);
  });
});
