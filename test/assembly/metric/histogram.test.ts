// The self-validating record. Half records are built store by store, for every prefix of the four: a reader
// may see what was before the observation or what is after it, and nothing else.

import { format, random, random64, randomBelow, randomFrom } from "../formatted";
import { BOUNDS_MAX, boundSlots, Header, HEADER, HistogramCell, SCRATCH_TOTALS, Shape } from "../../../assembly/layout";
import {
  histogramAdd,
  histogramFull,
  histogramObserve,
  histogramRead,
  histogramRepair,
  K1_INVERSE,
  weightOf,
} from "../../../assembly/metric/histogram";
import { totalClear, totalValue } from "../../../assembly/metric/total";
import { OK, REFUSED, STALE } from "../../../assembly/status";

const BUCKETS: usize = offsetof<HistogramCell>();
const TOKEN: u32 = 9;

const shape: usize = heap.alloc(offsetof<Shape>() + (boundSlots(BOUNDS_MAX) + BOUNDS_MAX + 1) * 8);
/** 16 bytes more, for the vectors that copy it. */
const cell: usize = heap.alloc(offsetof<HistogramCell>() + (BOUNDS_MAX + 5) * 4);
const kept: usize = heap.alloc(offsetof<HistogramCell>() + (BOUNDS_MAX + 1) * 4);
const into: usize = heap.alloc((BOUNDS_MAX + 1) * 8);
const scratch: usize = heap.alloc(SCRATCH_TOTALS);

let boundCount: u32 = 0;

function boundAt(index: u32): f64 {
  return load<f64>(shape + offsetof<Shape>() + (index << 3));
}

/** An empty record with bounds 0, 10, 20, ... from `first` on. */
function empty(bounds: u32, first: f64 = 0): HistogramCell {
  format();
  boundCount = bounds;
  const record = changetype<Shape>(shape);
  record.boundCount = bounds;
  const slots = boundSlots(bounds);
  for (let i = bounds; i < slots; i++) store<f64>(shape + offsetof<Shape>() + (i << 3), Infinity);
  for (let i: u32 = 0; i < bounds; i++) store<f64>(shape + offsetof<Shape>() + (i << 3), first + <f64>i * 10);
  for (let i: u32 = 0; i <= bounds; i++) store<u64>(shape + offsetof<Shape>() + ((slots + i) << 3), weightOf(i));
  memory.fill(cell, 0, BUCKETS + ((bounds + 1) << 2));
  const made = changetype<HistogramCell>(cell);
  made.token = TOKEN;
  made.shape = <u32>shape;
  return made;
}

/** The bucket of a value, looked for from the left. */
function bucketOf(value: f64): u32 {
  let bucket: u32 = 0;
  while (bucket < boundCount && boundAt(bucket) < value) bucket++;
  return bucket;
}

function countAt(bucket: u32): u32 {
  return load<u32>(cell + BUCKETS + (bucket << 2));
}

/** A value that falls into a bucket. */
function valueIn(bucket: u32): f64 {
  if (bucket == boundCount) return bucket == 0 ? 3 : boundAt(bucket - 1) + 4;
  return boundAt(bucket) - 2.5;
}

/** Reads the record; its sum. The buckets are in `into`. */
function read(): f64 {
  memory.fill(into, 0, (boundCount + 1) << 3);
  totalClear();
  histogramRead(cell, into, scratch);
  return totalValue();
}

function repaired(): u32 {
  return changetype<Header>(HEADER).repaired;
}

function unexplained(): u32 {
  return changetype<Header>(HEADER).unexplained;
}

/** Makes the first `stores` of the four stores of an observation, by hand. */
function prefix(value: f64, stores: u32): void {
  const record = changetype<HistogramCell>(cell);
  const bucket = bucketOf(value);
  memory.copy(kept, cell, BUCKETS + ((boundCount + 1) << 2));
  histogramObserve(cell, TOKEN, value);
  const pending = record.pending;
  const sum = record.sum;
  const check = record.check;
  const count = countAt(bucket);
  memory.copy(cell, kept, BUCKETS + ((boundCount + 1) << 2));
  if (stores > 0) record.pending = pending;
  if (stores > 1) store<u32>(cell + BUCKETS + (bucket << 2), count);
  if (stores > 2) record.sum = sum;
  if (stores > 3) record.check = check;
}

/** True where the buckets just read are those kept before, with one more in `more` where it is a bucket. */
function bucketsAre(more: u32): bool {
  for (let i: u32 = 0; i <= boundCount; i++) {
    if (load<u64>(into + (i << 3)) != <u64>load<u32>(kept + BUCKETS + (i << 2)) + u64(i == more)) return false;
  }
  return true;
}

function keptSum(): f64 {
  return changetype<HistogramCell>(kept).sum;
}

const NONE: u32 = 0xffffffff;
let wrong: u32 = 0;

/** What a half record of `stores` stores must read as: whole before the third store, whole after from it on. */
function expectHalf(value: f64, stores: u32): void {
  const sum = read();
  if (stores < 3) wrong += u32(sum != keptSum() || !bucketsAre(NONE));
  else wrong += u32(sum != keptSum() + value || !bucketsAre(bucketOf(value)));
}

/** True where the record's equation holds. */
function clean(): bool {
  const before = repaired();
  read();
  return repaired() == before;
}

describe("weightOf", () => {
  it("gives every bucket a weight of its own, none 0, no difference twice", () => {
    let same = 0;
    for (let i: u32 = 0; i <= BOUNDS_MAX; i++) {
      same += i32(weightOf(i) == 0);
      for (let j: u32 = i + 1; j <= BOUNDS_MAX; j++) same += i32(weightOf(i) == weightOf(j));
    }
    for (let i: u32 = 1; i < BOUNDS_MAX; i++) same += i32(weightOf(i) - weightOf(i - 1) == weightOf(i + 1) - weightOf(i));
    expect<i32>(same).toBe(0);
  });
});

describe("K1_INVERSE", () => {
  it("inverts the factor that the record's check uses", () => {
    const record = empty(0);
    // The bits of the least double are 1, so the check is the factor and the bucket's weight.
    histogramObserve(cell, TOKEN, 5e-324);
    const factor = record.check - weightOf(0);
    expect<u64>(factor).toBe(0x9e3779b97f4a7c15);
    expect<u64>(factor * K1_INVERSE).toBe(1);
  });
});

describe("histogramObserve", () => {
  it("finds the bucket of every bound and of its neighbours, for every number of bounds", () => {
    let misplaced = 0;
    for (let bounds: u32 = 0; bounds <= 40; bounds++) {
      empty(bounds, -55);
      for (let i: u32 = 0; i < bounds; i++) {
        const bits = reinterpret<u64>(boundAt(i));
        for (let step: i64 = -1; step <= 1; step++) {
          const value = boundAt(i) == 0 ? <f64>step * 5e-324 : reinterpret<f64>(bits + step);
          const bucket = bucketOf(value);
          const before = countAt(bucket);
          histogramObserve(cell, TOKEN, value);
          misplaced += i32(countAt(bucket) != before + 1);
        }
      }
    }
    expect<i32>(misplaced).toBe(0);
  });

  it("counts into the last bucket what is above all bounds, and into the first what is below", () => {
    empty(BOUNDS_MAX);
    histogramObserve(cell, TOKEN, 1.7976931348623157e308);
    histogramObserve(cell, TOKEN, -1.7976931348623157e308);
    histogramObserve(cell, TOKEN, 0);
    histogramObserve(cell, TOKEN, -0.0);
    expect<u32>(countAt(BOUNDS_MAX)).toBe(1);
    expect<u32>(countAt(0)).toBe(3);
  });

  it("keeps count, sum and check together over many values", () => {
    randomFrom(10);
    const record = empty(11);
    let sum: f64 = 0;
    for (let i = 0; i < 5000; i++) {
      const value = random() * 130 - 10;
      sum += value;
      histogramObserve(cell, TOKEN, value);
    }
    let count: u32 = 0;
    for (let i: u32 = 0; i <= 11; i++) count += countAt(i);
    expect<u32>(count).toBe(5000);
    expect<f64>(record.sum).toBe(sum);
    expect<bool>(clean()).toBe(true);
    expect<f64>(read()).toBe(sum);
  });

  it("refuses what is not finite, says STALE for another token, and writes nothing", () => {
    const record = empty(3);
    histogramObserve(cell, TOKEN, 5);
    memory.copy(kept, cell, BUCKETS + 16);
    expect<i32>(histogramObserve(cell, TOKEN, NaN)).toBe(REFUSED);
    expect<i32>(histogramObserve(cell, TOKEN, Infinity)).toBe(REFUSED);
    expect<i32>(histogramObserve(cell, TOKEN, -Infinity)).toBe(REFUSED);
    expect<i32>(histogramObserve(cell, TOKEN + 1, 1)).toBe(STALE);
    expect<i32>(histogramObserve(cell, 0, NaN)).toBe(STALE);
    expect<i32>(memory.compare(kept, cell, BUCKETS + 16)).toBe(0);
    expect<i32>(histogramObserve(cell, TOKEN, -5)).toBe(OK);
    expect<f64>(record.sum).toBe(0);
  });

  it("overflows its sum to an infinity and still tells of every bucket", () => {
    const record = empty(2);
    for (let i = 0; i < 3; i++) histogramObserve(cell, TOKEN, 1.7976931348623157e308);
    expect<f64>(record.sum).toBe(Infinity);
    expect<f64>(read()).toBe(Infinity);
    expect<u64>(load<u64>(into + 16)).toBe(3);
    expect<bool>(clean()).toBe(true);
  });
});

describe("a full bucket", () => {
  it("is STALE for the observation that would wrap it, which writes nothing; the others go on", () => {
    const record = empty(2, 5);
    store<u32>(cell + BUCKETS + 4, 0xfffffffe);
    record.check = 0xfffffffe * weightOf(1);
    expect<bool>(histogramFull(cell)).toBe(false);
    expect<i32>(histogramObserve(cell, TOKEN, 10)).toBe(OK);
    expect<bool>(histogramFull(cell)).toBe(true);
    expect<bool>(clean()).toBe(true);
    memory.copy(kept, cell, BUCKETS + 12);
    expect<i32>(histogramObserve(cell, TOKEN, 10)).toBe(STALE);
    expect<i32>(memory.compare(kept, cell, BUCKETS + 12)).toBe(0);
    expect<i32>(histogramObserve(cell, TOKEN, 1)).toBe(OK);
    expect<f64>(read()).toBe(11);
    expect<u64>(load<u64>(into + 8)).toBe(0xffffffff);
  });
});

describe("histogramAdd", () => {
  it("adds the buckets of 32 bits to totals of 64", () => {
    empty(2, 5);
    store<u32>(cell + BUCKETS + 8, 0xffffffff);
    memory.fill(into, 0, 24);
    histogramAdd(cell, into);
    histogramAdd(cell, into);
    expect<u64>(load<u64>(into)).toBe(0);
    expect<u64>(load<u64>(into + 16)).toBe(0x1fffffffe);
  });
});

describe("histogramRead", () => {
  it("reads every prefix of the four stores as before or after, in every bucket, from an empty record", () => {
    wrong = 0;
    for (let bounds: u32 = 0; bounds <= 12; bounds++) {
      for (let bucket: u32 = 0; bucket <= bounds; bucket++) {
        for (let stores: u32 = 0; stores <= 4; stores++) {
          empty(bounds, 5);
          prefix(valueIn(bucket), stores);
          expectHalf(valueIn(bucket), stores);
        }
      }
    }
    expect<u32>(wrong).toBe(0);
  });

  it("reads every prefix of the four stores as before or after, from random records", () => {
    wrong = 0;
    randomFrom(11);
    for (let round = 0; round < 600; round++) {
      empty(randomBelow(24) + 1, 5);
      for (let i = 0; i < 40; i++) histogramObserve(cell, TOKEN, valueIn(randomBelow(boundCount + 1)));
      const value = valueIn(randomBelow(boundCount + 1)) + random();
      for (let stores: u32 = 0; stores <= 4; stores++) {
        prefix(value, stores);
        expectHalf(value, stores);
        memory.copy(cell, kept, BUCKETS + ((boundCount + 1) << 2));
      }
    }
    expect<u32>(wrong).toBe(0);
    expect<u32>(unexplained()).toBe(0);
  });

  it("counts what it rolls back and what it completes, and nothing else", () => {
    for (let stores: u32 = 0; stores <= 4; stores++) {
      empty(11, 5);
      for (let i: u32 = 0; i <= 11; i++) histogramObserve(cell, TOKEN, valueIn(i));
      prefix(valueIn(4), stores);
      read();
      expect<u32>(repaired()).toBe(stores == 2 || stores == 3 ? 1 : 0);
      expect<u32>(unexplained()).toBe(0);
    }
  });

  it("reads a value that leaves the sum as it is, 0 or one that is lost in it, as before or after", () => {
    wrong = 0;
    for (let kind = 0; kind < 3; kind++) {
      const value = kind == 0 ? 0.0 : kind == 1 ? -0.0 : 1.0;
      for (let stores: u32 = 0; stores <= 4; stores++) {
        empty(3, 0);
        if (kind == 2) histogramObserve(cell, TOKEN, 1e300);
        prefix(value, stores);
        const sum = read();
        const before = sum == keptSum() && bucketsAre(NONE);
        const after = sum == keptSum() + value && bucketsAre(bucketOf(value));
        wrong += u32(!before && !after);
        // What the record says once the observation is done must be said.
        if (stores == 4) wrong += u32(!after);
        if (stores < 2) wrong += u32(!before);
      }
    }
    expect<u32>(wrong).toBe(0);
  });

  it("adds to what is there already", () => {
    empty(1, 5);
    histogramObserve(cell, TOKEN, 1);
    histogramObserve(cell, TOKEN, 100);
    memory.fill(into, 0, 16);
    totalClear();
    histogramRead(cell, into, scratch);
    histogramRead(cell, into, scratch);
    expect<u64>(load<u64>(into)).toBe(2);
    expect<u64>(load<u64>(into + 8)).toBe(2);
    expect<f64>(totalValue()).toBe(202);
  });

  it("ends with the last copy, counted, where nothing explains the record", () => {
    const record = empty(2, 5);
    histogramObserve(cell, TOKEN, 1);
    record.check += 12345;
    expect<f64>(read()).toBe(1);
    expect<u64>(load<u64>(into)).toBe(1);
    expect<u32>(unexplained()).toBe(1);
  });
});

describe("histogramRepair", () => {
  it("ends every prefix of the four stores with what its readers were told, and the record goes on", () => {
    wrong = 0;
    randomFrom(12);
    for (let round = 0; round < 200; round++) {
      empty(randomBelow(12), 5);
      for (let i = 0; i < 20; i++) histogramObserve(cell, TOKEN, valueIn(randomBelow(boundCount + 1)));
      const value = valueIn(randomBelow(boundCount + 1));
      for (let stores: u32 = 0; stores <= 4; stores++) {
        prefix(value, stores);
        const told = read();
        histogramRepair(cell);
        wrong += u32(!clean());
        expectHalf(value, stores);
        wrong += u32(read() != told);
        histogramObserve(cell, TOKEN, 7);
        wrong += u32(!clean() || read() != told + 7);
        memory.copy(cell, kept, BUCKETS + ((boundCount + 1) << 2));
      }
    }
    expect<u32>(wrong).toBe(0);
    expect<u32>(unexplained()).toBe(0);
  });

  it("leaves a clean record as it is, to the byte", () => {
    empty(11, 5);
    for (let i = 0; i < 100; i++) histogramObserve(cell, TOKEN, valueIn(<u32>(random64() % 12)));
    memory.copy(kept, cell, BUCKETS + 48);
    histogramRepair(cell);
    expect<i32>(memory.compare(kept, cell, BUCKETS + 48)).toBe(0);
  });
});
