// What cell comes next: any finite value is taken, ranges reach what they must, limits lower the schema.

import { random, random64, randomFrom } from "../formatted";
import { NativeCell, SCHEMA_LEAST, SCHEMA_MOST, Shape } from "../../../assembly/layout";
import { nativeObserve, nativeTakes } from "../../../assembly/metric/native";
import { nativeMake, nativePlan, nativePlanBytes } from "../../../assembly/metric/plan";
import { nativeIndex, nativeSlots, NONE, SIDE_MOST, SLOTS } from "../../../assembly/metric/slots";
import { OK } from "../../../assembly/status";

const LARGEST: f64 = 1.7976931348623157e308;
const CELL_BYTES: usize = 65536;
const shape: usize = heap.alloc(8192);
const one: usize = heap.alloc(CELL_BYTES);
const two: usize = heap.alloc(CELL_BYTES);

/** The cell that lives. */
let cell: usize = 0;
let lives: u32 = 0;

/** Plans and makes the cell that takes a value, in the place of the one that lives. */
function next(value: f64, schema: i32, bucketsMax: u32 = 0, threshold: f64 = 0, classic: usize = 0): NativeCell {
  nativePlan(cell, value, schema, threshold, bucketsMax, <u32>classic);
  if (nativePlanBytes() > CELL_BYTES) abort("Larger than the largest cell");
  cell = cell == one ? two : one;
  memory.fill(cell, 0, CELL_BYTES);
  nativeMake(cell);
  lives++;
  if (!nativeTakes(cell, value)) abort("A planned cell takes its value");
  return changetype<NativeCell>(cell);
}

function first(value: f64, schema: i32, bucketsMax: u32 = 0, threshold: f64 = 0, classic: usize = 0): NativeCell {
  cell = 0;
  lives = 0;
  return next(value, schema, bucketsMax, threshold, classic);
}

/** Counts a value, in as many new cells as it takes: one at most. */
function observe(value: f64, schema: i32, bucketsMax: u32 = 0): void {
  if (nativeObserve(cell, 0, value) == OK) return;
  next(value, schema, bucketsMax);
  if (nativeObserve(cell, 0, value) != OK) abort("A planned cell takes its value");
}

function anyDouble(): f64 {
  while (true) {
    const value = reinterpret<f64>(random64());
    if (value - value == 0) return value;
  }
}

describe("nativePlan", () => {
  it("begins with 8 slots around the first value, on its side alone", () => {
    const record = first(1.5, 3);
    expect<i32>(record.schema).toBe(3);
    expect<u32>(record.positiveCount).toBe(8);
    expect<i32>(record.positiveOffset).toBe(nativeIndex(1.5, 3) - 3);
    expect<u32>(record.negativeCount).toBe(0);
    expect<u32>(nativePlanBytes()).toBe(80 + 12 * 4);
    first(-1.5, 3);
    expect<u32>(changetype<NativeCell>(cell).positiveCount).toBe(0);
    expect<u32>(changetype<NativeCell>(cell).negativeCount).toBe(8);
    first(0, 3);
    expect<u32>(nativePlanBytes()).toBe(80 + 4 * 4);
    first(1e-40, 3, 0, 2.938735877055719e-39);
    expect<u32>(nativePlanBytes()).toBe(80 + 4 * 4);
  });

  it("has room for the classic buckets too", () => {
    changetype<Shape>(shape).boundCount = 11;
    const record = first(1.5, 3, 160, 0.5, shape);
    expect<u32>(nativePlanBytes()).toBe(80 + nativeSlots(8, 0, shape) * 4);
    expect<u32>(record.shape).toBe(<u32>shape);
    expect<u32>(record.bucketsMax).toBe(160);
    expect<f64>(record.zeroThreshold).toBe(0.5);
  });

  it("takes any finite double as the first value, at every schema", () => {
    randomFrom(50);
    for (let schema = SCHEMA_LEAST; schema <= SCHEMA_MOST; schema++) {
      first(5e-324, schema);
      first(-LARGEST, schema);
      for (let i = 0; i < 200; i++) expect<i32>(first(anyDouble(), schema).schema).toBe(schema);
    }
  });

  it("takes any finite doubles after one another, and lowers the schema by no more than it must", () => {
    randomFrom(51);
    for (let schema = SCHEMA_LEAST; schema <= SCHEMA_MOST; schema++) {
      first(1, schema);
      for (let i = 0; i < 3000; i++) observe(anyDouble(), schema);
      const record = changetype<NativeCell>(cell);
      // All doubles are 537,089 buckets of schema 8, and 8,393 of schema 2: only from schema 1 on they fit one side.
      expect<bool>(record.schema <= 1).toBe(true);
      expect<i32>(record.schema).toBe(min(schema, max(record.schema, 0)));
      expect<bool>(lives < 60).toBe(true);
    }
  });

  it("keeps what a side had when it widens it, and the other side as it was", () => {
    first(1, 3);
    observe(-100, 3);
    const before = changetype<NativeCell>(cell);
    const offset = before.positiveOffset;
    const end = offset + <i32>before.positiveCount;
    const negativeOffset = before.negativeOffset;
    const negativeCount = before.negativeCount;
    expect<u32>(before.positiveCount).toBe(8);
    const after = next(7, 3);
    expect<bool>(after.positiveOffset <= offset).toBe(true);
    expect<bool>(after.positiveOffset + <i32>after.positiveCount >= end).toBe(true);
    expect<i32>(after.negativeOffset).toBe(negativeOffset);
    expect<u32>(after.negativeCount).toBe(negativeCount);
    expect<i32>(after.schema).toBe(3);
  });

  it("reaches any range in few cells", () => {
    randomFrom(52);
    for (let schema = 0; schema <= 8; schema += 4) {
      first(1, schema);
      for (let i = 0; i < 20000; i++) observe(NativeMath.pow(10, random() * 5 - 4), schema);
      expect<bool>(lives <= 12).toBe(true);
      expect<i32>(changetype<NativeCell>(cell).schema).toBe(schema);
    }
  });

  it("follows a cell at its limit by one of the next coarser schema", () => {
    first(1, 8, 10);
    let value: f64 = 1;
    for (let i = 0; i < 10; i++) {
      observe(value, 8, 10);
      value *= 1.003;
    }
    expect<i32>(changetype<NativeCell>(cell).schema).toBe(8);
    while (changetype<NativeCell>(cell).populated < 10) {
      observe(value, 8, 10);
      value *= 1.003;
    }
    // In its range or not: a new bucket is one too many.
    observe(value * 1.003, 8, 10);
    expect<i32>(changetype<NativeCell>(cell).schema).toBe(7);
    observe(LARGEST, 8, 10);
    for (let i = 0; i < 5000; i++) observe(random() * 1e6 - 5e5, 8, 10);
    expect<bool>(changetype<NativeCell>(cell).schema < 0).toBe(true);
    expect<bool>(changetype<NativeCell>(cell).schema >= SCHEMA_LEAST).toBe(true);
  });

  it("goes on at the least schema, whatever the limit", () => {
    randomFrom(53);
    first(1, 8, 1);
    for (let i = 0; i < 3000; i++) observe(anyDouble(), 8, 1);
    expect<i32>(changetype<NativeCell>(cell).schema).toBe(SCHEMA_LEAST);
    expect<bool>(changetype<NativeCell>(cell).populated > 200).toBe(true);
  });

  it("follows a cell with a full slot by one of the same schema with room for what is populated", () => {
    const record = first(1, 3);
    for (let i = 0; i < 10; i++) observe(1 + <f64>(i % 5), 3);
    const before = changetype<NativeCell>(cell);
    store<u32>(cell + SLOTS + ((<u32>(nativeIndex(2, 3) - before.positiveOffset) + 1) << 2), NONE);
    expect<bool>(nativeTakes(cell, 2)).toBe(false);
    const after = next(2, 3);
    expect<i32>(after.schema).toBe(3);
    for (let i = 0; i < 5; i++) expect<bool>(nativeTakes(cell, 1 + <f64>i)).toBe(true);
    expect<u32>(record.shape).toBe(0);
  });

  it("never goes back to a finer schema than the old cell's, nor past the one that is given", () => {
    first(1, 2);
    expect<i32>(next(1000, 8).schema).toBe(2);
    expect<i32>(next(1e-9, 0).schema).toBe(0);
  });

  it("stays within the largest cell on both sides together, and forgets empty slots before it lowers the schema", () => {
    changetype<Shape>(shape).boundCount = 512;
    first(1, 8, 0, 0, shape);
    const near = next(NativeMath.pow(2, 20), 8, 0, 0, shape);
    expect<i32>(near.schema).toBe(8);
    // Nothing was observed, so nothing of the old range must stay.
    const far = next(NativeMath.pow(2, 900), 8, 0, 0, shape);
    expect<i32>(far.schema).toBe(8);
    nativeObserve(cell, 0, NativeMath.pow(2, 900));
    const both = next(1, 8, 0, 0, shape);
    expect<bool>(both.schema < 8).toBe(true);
    expect<bool>(both.positiveCount <= SIDE_MOST).toBe(true);
  });
});
