// Indexes against every row that Go's client and Prometheus gave; slots against a search from the left.

import { random64, randomBelow, randomFrom } from "../formatted";
import { boundSlots, NativeCell, SCHEMA_LEAST, SCHEMA_MOST, Shape } from "../../../assembly/layout";
import {
  classicSlotOf,
  classicSlots,
  isLimited,
  nativeIndex,
  nativeSlots,
  NONE,
  slotAt,
  slotOf,
  SLOTS,
} from "../../../assembly/metric/slots";
import { BOUNDS, BOUNDS_ROWS } from "./vectors-bounds";
import { OBSERVED, OBSERVED_ROWS } from "./vectors-observed";

const ZERO_THRESHOLD: f64 = 2.938735877055719e-39;
const LARGEST: f64 = 1.7976931348623157e308;

const shape: usize = heap.alloc(256);
const cell: usize = heap.alloc(1024);

function word(table: usize, row: u32, column: u32): u64 {
  return load<u64>(table + (((row << 2) + column) << 3));
}

/** A cell without counts. */
function empty(schema: i32, positiveOffset: i32, positiveCount: u32, negativeOffset: i32, negativeCount: u32): NativeCell {
  memory.fill(cell, 0, 1024);
  const record = changetype<NativeCell>(cell);
  record.schema = schema;
  record.zeroThreshold = ZERO_THRESHOLD;
  record.bucketsMax = NONE;
  record.positiveOffset = positiveOffset;
  record.positiveCount = positiveCount;
  record.negativeOffset = negativeOffset;
  record.negativeCount = negativeCount;
  return record;
}

describe("nativeIndex", () => {
  it("says what Go's client says of every value that it observes", () => {
    let wrong: u32 = 0;
    let rows: u32 = 0;
    for (let row: u32 = 0; row < OBSERVED_ROWS; row++) {
      const side = word(OBSERVED, row, 2);
      const value = reinterpret<f64>(word(OBSERVED, row, 1));
      // What is not finite is refused by whoever counts.
      if (side < 2 || value - value != 0) continue;
      rows++;
      wrong += u32(nativeIndex(value, <i32>word(OBSERVED, row, 0)) != <i32>word(OBSERVED, row, 3));
      wrong += u32(value < 0 != (side == 3));
    }
    expect<u32>(wrong).toBe(0);
    expect<bool>(rows > 1000).toBe(true);
  });

  it("ends and begins every bucket where Prometheus does", () => {
    let wrong: u32 = 0;
    let rows: u32 = 0;
    for (let row: u32 = 0; row < BOUNDS_ROWS; row++) {
      const schema = <i32>word(BOUNDS, row, 0);
      const index = <i32>word(BOUNDS, row, 1);
      const lower = word(BOUNDS, row, 2);
      const upper = word(BOUNDS, row, 3);
      // The buckets past the doubles: no value falls into them.
      if (lower == upper || upper == reinterpret<u64>(Infinity)) continue;
      rows++;
      wrong += u32(nativeIndex(reinterpret<f64>(upper), schema) != index);
      wrong += u32(nativeIndex(reinterpret<f64>(lower + 1), schema) != index);
      if (lower != 0) wrong += u32(nativeIndex(reinterpret<f64>(lower), schema) != index - 1);
    }
    expect<u32>(wrong).toBe(0);
    expect<bool>(rows > 750).toBe(true);
  });

  it("grows with the value, halves with the schema, and does not see the sign", () => {
    randomFrom(20);
    let wrong: u32 = 0;
    for (let i = 0; i < 20000; i++) {
      const bits = random64() & 0x7fefffffffffffff;
      if (bits == 0) continue;
      const value = reinterpret<f64>(bits);
      for (let schema = SCHEMA_LEAST; schema <= SCHEMA_MOST; schema++) {
        const index = nativeIndex(value, schema);
        wrong += u32(index != nativeIndex(-value, schema));
        if (schema < SCHEMA_MOST) wrong += u32(index != <i32>Math.ceil(<f64>nativeIndex(value, schema + 1) / 2));
        if (bits > 1) wrong += u32(nativeIndex(reinterpret<f64>(bits - 1), schema) > index);
      }
    }
    expect<u32>(wrong).toBe(0);
  });

  it("takes the least and the largest double at every schema", () => {
    expect<i32>(nativeIndex(5e-324, 8)).toBe(-274944);
    expect<i32>(nativeIndex(LARGEST, 8)).toBe(262144);
    expect<i32>(nativeIndex(5e-324, 0)).toBe(-1074);
    expect<i32>(nativeIndex(LARGEST, 0)).toBe(1024);
    expect<i32>(nativeIndex(5e-324, -4)).toBe(-67);
    expect<i32>(nativeIndex(LARGEST, -4)).toBe(64);
  });
});

describe("slotOf", () => {
  it("is the zero bucket up to the threshold, on both sides and inclusive", () => {
    empty(3, -2000, 8, -2000, 8);
    expect<u32>(slotOf(cell, 0)).toBe(0);
    expect<u32>(slotOf(cell, -0.0)).toBe(0);
    expect<u32>(slotOf(cell, ZERO_THRESHOLD)).toBe(0);
    expect<u32>(slotOf(cell, -ZERO_THRESHOLD)).toBe(0);
    expect<u32>(slotOf(cell, 5e-324)).toBe(0);
    expect<u32>(slotOf(cell, reinterpret<f64>(reinterpret<u64>(ZERO_THRESHOLD) + 1))).toBe(NONE);
  });

  it("puts into the zero bucket what Go's client does, and onto its side what it does", () => {
    let wrong: u32 = 0;
    for (let row: u32 = 0; row < OBSERVED_ROWS; row++) {
      const side = word(OBSERVED, row, 2);
      const value = reinterpret<f64>(word(OBSERVED, row, 1));
      if (side == 0 || value - value != 0) continue;
      const index = <i32>word(OBSERVED, row, 3);
      empty(<i32>word(OBSERVED, row, 0), index, 1, index, 1);
      wrong += u32(slotOf(cell, value) != <u32>(side - 1));
    }
    expect<u32>(wrong).toBe(0);
  });

  it("knows no zero bucket but 0 without a threshold", () => {
    const record = empty(-4, -70, 140, -70, 140);
    record.zeroThreshold = 0;
    expect<u32>(slotOf(cell, 0)).toBe(0);
    expect<u32>(slotOf(cell, 5e-324)).toBe(1 + 3);
    expect<u32>(slotOf(cell, -5e-324)).toBe(1 + 140 + 3);
  });

  it("counts positive slots from 1 and negative ones behind them, and ends with their ranges", () => {
    // Schema 0: bucket 1 is (1, 2].
    empty(0, 1, 4, 3, 2);
    expect<u32>(slotOf(cell, 1)).toBe(NONE);
    expect<u32>(slotOf(cell, 1.5)).toBe(1);
    expect<u32>(slotOf(cell, 2)).toBe(1);
    expect<u32>(slotOf(cell, 16)).toBe(4);
    expect<u32>(slotOf(cell, 16.5)).toBe(NONE);
    expect<u32>(slotOf(cell, -4)).toBe(NONE);
    expect<u32>(slotOf(cell, -8)).toBe(5);
    expect<u32>(slotOf(cell, -16)).toBe(6);
    expect<u32>(slotOf(cell, -17)).toBe(NONE);
    expect<u32>(slotOf(cell, LARGEST)).toBe(NONE);
    expect<u32>(slotOf(cell, -LARGEST)).toBe(NONE);
    empty(0, 0, 0, 0, 0);
    expect<u32>(slotOf(cell, 1)).toBe(NONE);
    expect<u32>(slotOf(cell, -1)).toBe(NONE);
  });
});

describe("classicSlotOf", () => {
  it("stands behind the native slots", () => {
    const record = changetype<Shape>(shape);
    record.boundCount = 3;
    for (let i: u32 = 0; i < boundSlots(3); i++) store<f64>(shape + offsetof<Shape>() + (i << 3), i < 3 ? <f64>i : Infinity);
    empty(0, 1, 4, 3, 2);
    expect<u32>(classicSlots(shape)).toBe(4);
    expect<u32>(classicSlots(0)).toBe(0);
    expect<u32>(classicSlotOf(cell, shape, -5)).toBe(7);
    expect<u32>(classicSlotOf(cell, shape, 2)).toBe(9);
    expect<u32>(classicSlotOf(cell, shape, 3)).toBe(10);
    expect<u32>(nativeSlots(4, 2, shape)).toBe(12);
    expect<u32>(nativeSlots(4, 2, 0)).toBe(8);
    expect<u32>(nativeSlots(0, 0, 0)).toBe(4);
  });
});

describe("slotAt", () => {
  it("reads the count of a slot", () => {
    empty(0, 1, 4, 3, 2);
    for (let i: u32 = 0; i < 8; i++) store<u32>(cell + SLOTS + (i << 2), 100 + i);
    expect<u32>(slotAt(cell, 0)).toBe(100);
    expect<u32>(slotAt(cell, 7)).toBe(107);
  });
});

describe("isLimited", () => {
  it("is so from the most buckets on, but never at the least schema", () => {
    randomFrom(21);
    const record = empty(3, 0, 8, 0, 8);
    record.bucketsMax = 2 + randomBelow(4);
    record.populated = record.bucketsMax - 1;
    expect<bool>(isLimited(cell)).toBe(false);
    record.populated++;
    expect<bool>(isLimited(cell)).toBe(true);
    record.schema = SCHEMA_LEAST;
    expect<bool>(isLimited(cell)).toBe(false);
  });
});
