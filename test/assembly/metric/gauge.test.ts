// A gauge's cells, shared and per writer: what is taken, what is refused, and the order of the last set.

import { format } from "../formatted";
import { GaugeCell } from "../../../assembly/layout";
import { gaugeAdd, gaugeOrder, gaugeSet, gaugeSetLatest, sharedAdd, sharedSet } from "../../../assembly/metric/gauge";
import { OK, REFUSED, STALE } from "../../../assembly/status";

const cell: usize = heap.alloc(64);

function put(token: u32, value: f64): GaugeCell {
  memory.fill(cell, 0, 64);
  const record = changetype<GaugeCell>(cell);
  record.token = token;
  record.value = value;
  return record;
}

describe("sharedSet", () => {
  it("sets every double, to the bit", () => {
    const record = put(5, 1);
    expect<i32>(sharedSet(cell, 5, -0.0)).toBe(OK);
    expect<u64>(reinterpret<u64>(record.value)).toBe(0x8000000000000000);
    sharedSet(cell, 5, 5e-324);
    expect<f64>(record.value).toBe(5e-324);
    sharedSet(cell, 5, Infinity);
    expect<f64>(record.value).toBe(Infinity);
    expect<i32>(sharedSet(cell, 5, NaN)).toBe(OK);
    expect<bool>(isNaN(record.value)).toBe(true);
  });

  it("says STALE for another token and writes nothing", () => {
    const record = put(5, 1);
    expect<i32>(sharedSet(cell, 4, 2)).toBe(STALE);
    expect<f64>(record.value).toBe(1);
  });
});

describe("sharedAdd", () => {
  it("adds finite amounts of either sign", () => {
    const record = put(5, 1);
    expect<i32>(sharedAdd(cell, 5, 2.5)).toBe(OK);
    expect<i32>(sharedAdd(cell, 5, -4)).toBe(OK);
    expect<f64>(record.value).toBe(-0.5);
    for (let i = 0; i < 1000; i++) sharedAdd(cell, 5, 1);
    expect<f64>(record.value).toBe(999.5);
  });

  it("refuses what is not finite, says STALE for another token, and writes nothing", () => {
    const record = put(5, 1);
    expect<i32>(sharedAdd(cell, 5, NaN)).toBe(REFUSED);
    expect<i32>(sharedAdd(cell, 5, Infinity)).toBe(REFUSED);
    expect<i32>(sharedAdd(cell, 5, -Infinity)).toBe(REFUSED);
    expect<i32>(sharedAdd(cell, 6, 1)).toBe(STALE);
    expect<i32>(sharedAdd(cell, 6, NaN)).toBe(STALE);
    expect<f64>(record.value).toBe(1);
  });

  it("goes on from an infinity and from NaN, as doubles do", () => {
    const record = put(5, Infinity);
    expect<i32>(sharedAdd(cell, 5, 1)).toBe(OK);
    expect<f64>(record.value).toBe(Infinity);
    put(5, NaN);
    expect<i32>(sharedAdd(cell, 5, 1)).toBe(OK);
    expect<bool>(isNaN(record.value)).toBe(true);
  });
});

describe("gaugeSet", () => {
  it("sets every double and says that there is a value", () => {
    const record = put(5, 0);
    expect<u64>(gaugeOrder(cell)).toBe(0);
    expect<i32>(gaugeSet(cell, 5, -2.5)).toBe(OK);
    expect<f64>(record.value).toBe(-2.5);
    expect<u64>(gaugeOrder(cell)).toBe(1);
    gaugeSet(cell, 5, NaN);
    expect<bool>(isNaN(record.value)).toBe(true);
  });

  it("says STALE for another token and writes nothing", () => {
    const record = put(5, 1);
    expect<i32>(gaugeSet(cell, 4, 2)).toBe(STALE);
    expect<f64>(record.value).toBe(1);
    expect<u64>(gaugeOrder(cell)).toBe(0);
  });
});

describe("gaugeSetLatest", () => {
  it("takes an order that is one for the whole memory and grows with every set", () => {
    format();
    const record = put(5, 0);
    expect<i32>(gaugeSetLatest(cell, 5, 1, 0)).toBe(OK);
    const first = gaugeOrder(cell);
    expect<u64>(first).toBeGreaterThan(0);
    gaugeSetLatest(cell, 5, 2, 0);
    expect<u64>(gaugeOrder(cell)).toBe(first + 1);
    expect<f64>(record.value).toBe(2);
  });

  it("takes no order for another token", () => {
    format();
    put(5, 0);
    gaugeSetLatest(cell, 5, 1, 0);
    const first = gaugeOrder(cell);
    expect<i32>(gaugeSetLatest(cell, 4, 9, 0)).toBe(STALE);
    expect<u64>(gaugeOrder(cell)).toBe(first);
    gaugeSetLatest(cell, 5, 1, 0);
    expect<u64>(gaugeOrder(cell)).toBe(first + 1);
  });
});

describe("gaugeAdd", () => {
  it("adds finite amounts of either sign and says that there is a value", () => {
    const record = put(5, 0);
    expect<i32>(gaugeAdd(cell, 5, 2)).toBe(OK);
    expect<i32>(gaugeAdd(cell, 5, -3.5)).toBe(OK);
    expect<f64>(record.value).toBe(-1.5);
    expect<u64>(gaugeOrder(cell)).toBe(2);
  });

  it("refuses what is not finite, says STALE for another token, and writes nothing", () => {
    const record = put(5, 1);
    expect<i32>(gaugeAdd(cell, 5, NaN)).toBe(REFUSED);
    expect<i32>(gaugeAdd(cell, 5, -Infinity)).toBe(REFUSED);
    expect<i32>(gaugeAdd(cell, 6, 1)).toBe(STALE);
    expect<f64>(record.value).toBe(1);
    expect<u64>(gaugeOrder(cell)).toBe(0);
  });
});
