// What a native histogram's cell holds goes along into the next one, whole.

import { count, format, native, random64, randomBelow, randomFrom, bind } from "../formatted";
import { NativeCell, SCHEMA_LEAST } from "../../../assembly/layout";
import { FULL, K1, weightOf } from "../../../assembly/metric/histogram";
import { nativeObserve, nativeTakes } from "../../../assembly/metric/native";
import { outgrownMoved, successorOf, successorSet, successorUnset } from "../../../assembly/metric/outgrown";
import { nativeMake, nativePlan, nativePlanSchema } from "../../../assembly/metric/plan";
import { nativeSlots, slotAt, slotOf, SLOTS } from "../../../assembly/metric/slots";
import { OK } from "../../../assembly/status";

const CELL_BYTES: usize = 65536;
const one: usize = heap.alloc(CELL_BYTES);
const two: usize = heap.alloc(CELL_BYTES);
let cell: usize = 0;

function begin(value: f64, schema: i32, bucketsMax: u32, shape: u32): void {
  nativePlan(0, value, schema, 0, bucketsMax, shape);
  cell = one;
  memory.fill(cell, 0, CELL_BYTES);
  nativeMake(cell);
}

/** A cell planned after the one that lives, with what that one holds; false where it holds too much. */
function next(value: f64, bucketsMax: u32, shape: u32): bool {
  const schema = changetype<NativeCell>(cell).schema;
  const made = cell == one ? two : one;
  for (let most = schema; ; most = nativePlanSchema() - 1) {
    nativePlan(cell, value, most, 0, bucketsMax, shape);
    memory.fill(made, 0, CELL_BYTES);
    nativeMake(made);
    if (!outgrownMoved(cell, made)) return false;
    if (nativeTakes(made, value)) break;
    if (nativePlanSchema() <= SCHEMA_LEAST) abort("The least schema takes everything");
  }
  cell = made;
  return true;
}

/** How many slots of a cell are wrong, going by values that were counted one by one; and by check, sum and populated. */
function wrong(values: f64[], sum: f64): i32 {
  const record = changetype<NativeCell>(cell);
  const slots = nativeSlots(record.positiveCount, record.negativeCount, record.shape);
  const natives: u32 = 1 + record.positiveCount + record.negativeCount;
  let wrong: i32 = 0;
  let populated: u32 = 0;
  let weights: u64 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    let expected: u32 = 0;
    for (let i = 0; i < values.length; i++) expected += u32(slotOf(cell, values[i]) == slot);
    if (slot < natives) wrong += i32(slotAt(cell, slot) != expected);
    populated += u32(slot > 0 && slot < natives && slotAt(cell, slot) != 0);
    weights += <u64>slotAt(cell, slot) * weightOf(slot);
  }
  wrong += i32(record.populated != populated) + i32(record.sum != sum);
  return wrong + i32(record.check != reinterpret<u64>(sum) * K1 + weights);
}

describe("outgrownMoved", () => {
  it("keeps every count, the sum and the check over both sides, all schemas and limits", () => {
    randomFrom(77);
    for (let run = 0; run < 60; run++) {
      const bucketsMax: u32 = run % 3 == 0 ? 0 : 1 + randomBelow(40);
      const values: f64[] = [];
      let sum: f64 = 0;
      begin(1, <i32>randomBelow(13) - 4, bucketsMax, 0);
      let cells = 0;
      for (let i = 0; i < 60; i++) {
        const exponent = <i32>randomBelow(1 + run * 8) - run * 4;
        let value = (1 + <f64>(random64() >> 40) / 16777216) * NativeMath.pow(2, <f64>exponent);
        if (randomBelow(3) == 0) value = -value;
        if (randomBelow(20) == 0) value = 0;
        if (!nativeTakes(cell, value)) {
          expect<bool>(next(value, bucketsMax, 0)).toBe(true);
          cells++;
          expect<i32>(wrong(values, sum)).toBe(0);
        }
        expect<i32>(nativeObserve(cell, 0, value)).toBe(OK);
        values.push(value);
        sum += value;
      }
      expect<i32>(wrong(values, sum)).toBe(0);
      if (run > 10) expect<i32>(cells).toBeGreaterThan(0);
    }
  });

  it("takes the classic buckets along", () => {
    format();
    const size = native("size", "", 3, 160, [1, 5, 25]);
    count(size, "", 1);
    const shape = changetype<NativeCell>(bind(size, "")).shape;
    begin(1, 3, 0, shape);
    for (let i = 0; i < 20; i++) {
      const value = NativeMath.pow(1.5, <f64>i);
      if (!nativeTakes(cell, value)) expect<bool>(next(value, 0, shape)).toBe(true);
      expect<i32>(nativeObserve(cell, 0, value)).toBe(OK);
    }
    const record = changetype<NativeCell>(cell);
    const classic = 1 + record.positiveCount + record.negativeCount;
    expect<u32>(slotAt(cell, classic)).toBe(1);
    expect<u32>(slotAt(cell, classic + 1)).toBe(3);
    expect<u32>(slotAt(cell, classic + 2)).toBe(4);
    expect<u32>(slotAt(cell, classic + 3)).toBe(12);
  });

  it("is refused where a slot would be full: the zero bucket, one alone, one of two that meet", () => {
    for (let kind = 0; kind < 4; kind++) {
      begin(1, 3, 2, 0);
      nativeObserve(cell, 0, 1.05);
      nativeObserve(cell, 0, 1.1);
      if (kind == 0) store<u32>(cell + SLOTS, FULL);
      else store<u32>(cell + SLOTS + (slotOf(cell, 1.05) << 2), kind == 1 ? FULL : kind == 2 ? FULL - 1 : FULL - 2);
      // At half of the resolution they are one.
      expect<bool>(next(2, 2, 0)).toBe(kind == 3);
    }
  });
});

describe("successorSet", () => {
  it("names a cell where the number of populated slots was, and can be taken back", () => {
    begin(1, 3, 0, 0);
    nativeObserve(cell, 0, 1);
    expect<usize>(successorOf(cell)).toBe(0);
    const populated = successorSet(cell, 4096);
    expect<u32>(populated).toBe(1);
    expect<usize>(successorOf(cell)).toBe(4096);
    successorUnset(cell, populated);
    expect<usize>(successorOf(cell)).toBe(0);
    expect<u32>(changetype<NativeCell>(cell).populated).toBe(1);
  });
});
