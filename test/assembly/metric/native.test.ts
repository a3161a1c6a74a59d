// The record of a native histogram's cell. Half observations are built store by store, for every prefix: a reader may see
// what was before or what is after, and nothing else, in cells with and without classic buckets.

import { format, random, random64, randomBelow, randomFrom } from "../formatted";
import { boundSlots, Header, HEADER, NativeCell, SCHEMA_LEAST, Shape, Sparse } from "../../../assembly/layout";
import { weightOf } from "../../../assembly/metric/histogram";
import {
  nativeAdd,
  nativeObserve,
  nativePopulated,
  nativeRead,
  nativeRepair,
  nativeScratchBytes,
  nativeScratchFor,
  nativeTakes,
} from "../../../assembly/metric/native";
import { classicSlotOf, nativeIndex, nativeSlots, NONE, slotAt, slotOf, SLOTS } from "../../../assembly/metric/slots";
import { sparseBytes, sparseClear, sparseCount, sparseCountAt, sparseIndexAt, sparsePut } from "../../../assembly/metric/sparse";
import { totalClear, totalValue } from "../../../assembly/metric/total";
import { OK, REFUSED, STALE } from "../../../assembly/status";

const TOKEN: u32 = 9;
const CELL_BYTES: usize = 65536;
const FULL: u32 = 0xffffffff;
const CAPACITY: u32 = 2048;
const SCRATCH_MOST: usize = 65536;
const THRESHOLD: f64 = 2.938735877055719e-39;

const shape: usize = heap.alloc(512);
const cell: usize = heap.alloc(CELL_BYTES);
const kept: usize = heap.alloc(CELL_BYTES);
const into: usize = heap.alloc(sparseBytes(CAPACITY));
const classicInto: usize = heap.alloc(4096);
const scratch: usize = heap.alloc(SCRATCH_MOST);

let boundCount: u32 = 0;

function slots(record: NativeCell): u32 {
  return nativeSlots(record.positiveCount, record.negativeCount, record.shape);
}

/** Bytes of the cell. */
function bytes(): usize {
  return SLOTS + (slots(changetype<NativeCell>(cell)) << 2);
}

/** An empty cell of a schema, with `count` slots a side around 1 and -1, and bounds 0, 10, 20, ... where there are any. */
function empty(schema: i32, count: u32, bounds: i32 = -1): NativeCell {
  format();
  boundCount = <u32>max(bounds, 0);
  if (bounds >= 0) {
    changetype<Shape>(shape).boundCount = boundCount;
    for (let i: u32 = 0; i < boundSlots(boundCount); i++) {
      store<f64>(shape + offsetof<Shape>() + (i << 3), i < boundCount ? <f64>i * 10 : Infinity);
    }
  }
  memory.fill(cell, 0, CELL_BYTES);
  const record = changetype<NativeCell>(cell);
  record.token = TOKEN;
  record.shape = bounds >= 0 ? <u32>shape : 0;
  record.schema = schema;
  record.zeroThreshold = THRESHOLD;
  record.bucketsMax = NONE;
  record.positiveOffset = 1 - <i32>(count >> 1);
  record.positiveCount = count;
  record.negativeOffset = 1 - <i32>(count >> 1);
  record.negativeCount = count;
  return record;
}

/** A value that the cell has a slot for: zero, either side, anywhere in a bucket. */
function anyValue(): f64 {
  const record = changetype<NativeCell>(cell);
  const kind = randomBelow(20);
  if (kind == 0) return randomBelow(2) == 0 ? -0.0 : 5e-324;
  const negative = record.negativeCount > 0 && kind < 8;
  const count = negative ? record.negativeCount : record.positiveCount;
  const index = (negative ? record.negativeOffset : record.positiveOffset) + <i32>randomBelow(count);
  const value = NativeMath.pow(2, (<f64>index - random() * 0.9 - 0.05) * NativeMath.pow(2, <f64>-record.schema));
  return negative ? -value : value;
}

function observeSome(count: u32): void {
  for (let i: u32 = 0; i < count; i++) nativeObserve(cell, TOKEN, anyValue());
}

/** Reads the cell into nothing; its sum. */
function read(): f64 {
  sparseClear(into, CAPACITY, 8);
  memory.fill(classicInto, 0, 4096);
  totalClear();
  if (!nativeRead(cell, into, classicInto, scratch, SCRATCH_MOST)) abort("There is room for it");
  return totalValue();
}

/** True where what was just read is what a cell at `from` holds, with one more for a value where that is a number. */
function isRead(from: usize, more: f64): bool {
  const record = changetype<NativeCell>(from);
  const sparse = changetype<Sparse>(into);
  const slot = more == more ? slotOf(from, more) : NONE;
  const classicSlot = more == more && record.shape != 0 ? classicSlotOf(from, shape, more) : NONE;
  if (sparse.zeroCount != <u64>slotAt(from, 0) + u64(slot == 0)) return false;
  let entry: u32 = 0;
  const nativeEnd = <u32>1 + record.positiveCount + record.negativeCount;
  for (let i: u32 = 1; i < nativeEnd; i++) {
    const count = <u64>slotAt(from, i) + u64(i == slot);
    if (count == 0) continue;
    const positive = i <= record.positiveCount;
    const index = positive ? record.positiveOffset + <i32>(i - 1) : record.negativeOffset + <i32>(i - 1 - record.positiveCount);
    if (entry >= sparseCount(into) || entry < sparse.positiveCount != positive) return false;
    if (sparseIndexAt(into, entry) != index || sparseCountAt(into, entry) != count) return false;
    entry++;
  }
  if (entry != sparseCount(into) || sparse.schema != record.schema) return false;
  for (let i = nativeEnd; record.shape != 0 && i <= nativeEnd + boundCount; i++) {
    if (load<u64>(classicInto + ((i - nativeEnd) << 3)) != <u64>slotAt(from, i) + u64(i == classicSlot)) return false;
  }
  return true;
}

/** Makes the first `stores` of the stores of an observation, by hand; `kept` is the cell before. */
function prefix(value: f64, stores: u32): void {
  const record = changetype<NativeCell>(cell);
  memory.copy(kept, cell, bytes());
  nativeObserve(cell, TOKEN, value);
  const slot = slotOf(cell, value);
  const pending = record.pending;
  const sum = record.sum;
  const check = record.check;
  const populated = record.populated;
  const classicSlot = record.shape != 0 ? classicSlotOf(cell, shape, value) : 0;
  const count = slotAt(cell, slot);
  const classic = slotAt(cell, classicSlot);
  memory.copy(cell, kept, bytes());
  // Without a classic slot store 4 is none, and the prefixes 3 and 4 are one.
  if (stores > 0) record.populated = populated;
  if (stores > 1) record.pending = pending;
  if (stores > 2) store<u32>(cell + SLOTS + (slot << 2), count);
  if (stores > 3 && record.shape != 0) store<u32>(cell + SLOTS + (classicSlot << 2), classic);
  if (stores > 4) record.sum = sum;
  if (stores > 5) record.check = check;
}

const STORES: u32 = 6;

function keptSum(): f64 {
  return changetype<NativeCell>(kept).sum;
}

let wrong: u32 = 0;

/** What a half observation must read as: whole before the sum is stored, whole after from then on. */
function expectHalf(value: f64, stores: u32): void {
  const sum = read();
  if (stores < 5) wrong += u32(sum != keptSum() || !isRead(kept, NaN));
  else wrong += u32(sum != keptSum() + value || !isRead(kept, value));
}

function repaired(): u32 {
  return changetype<Header>(HEADER).repaired;
}

function unexplained(): u32 {
  return changetype<Header>(HEADER).unexplained;
}

/** True where the record's equation holds. */
function clean(): bool {
  const before = repaired();
  read();
  return repaired() == before;
}

/** How many slots but the zero bucket's hold something. */
function populated(): u32 {
  const record = changetype<NativeCell>(cell);
  let count: u32 = 0;
  for (let i: u32 = 1; i <= record.positiveCount + record.negativeCount; i++) count += u32(slotAt(cell, i) != 0);
  return count;
}

describe("nativeObserve", () => {
  it("keeps slots, sum, check and the number of populated slots together over many values", () => {
    randomFrom(40);
    for (let bounds = -1; bounds < 12; bounds += 6) {
      const record = empty(3, 64, bounds);
      let sum: f64 = 0;
      let zeros: u32 = 0;
      for (let i = 0; i < 5000; i++) {
        const value = anyValue();
        sum += value;
        zeros += u32(abs(value) <= THRESHOLD);
        if (nativeObserve(cell, TOKEN, value) != OK) abort("It has a slot");
      }
      expect<f64>(record.sum).toBe(sum);
      expect<u32>(record.populated).toBe(populated());
      expect<f64>(read()).toBe(sum);
      expect<bool>(isRead(cell, NaN)).toBe(true);
      expect<bool>(clean()).toBe(true);
      let count = changetype<Sparse>(into).zeroCount;
      expect<u64>(count).toBe(zeros);
      for (let i: u32 = 0; i < sparseCount(into); i++) count += sparseCountAt(into, i);
      expect<u64>(count).toBe(5000);
      let classic: u64 = 0;
      for (let i: u32 = 0; i <= boundCount; i++) classic += load<u64>(classicInto + (i << 3));
      expect<u64>(classic).toBe(bounds < 0 ? 0 : 5000);
    }
  });

  it("counts a value into the bucket of its index, and of its bounds", () => {
    empty(2, 32, 3);
    nativeObserve(cell, TOKEN, 3);
    nativeObserve(cell, TOKEN, -0.3);
    nativeObserve(cell, TOKEN, 12);
    expect<f64>(read()).toBe(14.7);
    expect<u32>(changetype<Sparse>(into).positiveCount).toBe(2);
    expect<u32>(changetype<Sparse>(into).negativeCount).toBe(1);
    expect<i32>(sparseIndexAt(into, 0)).toBe(nativeIndex(3, 2));
    expect<i32>(sparseIndexAt(into, 1)).toBe(nativeIndex(12, 2));
    expect<i32>(sparseIndexAt(into, 2)).toBe(nativeIndex(0.3, 2));
    expect<u64>(load<u64>(classicInto)).toBe(1);
    expect<u64>(load<u64>(classicInto + 8)).toBe(1);
    expect<u64>(load<u64>(classicInto + 16)).toBe(1);
  });

  it("refuses what is not finite, is STALE for another token or out of range, and writes nothing", () => {
    empty(3, 16, 4);
    observeSome(50);
    memory.copy(kept, cell, CELL_BYTES);
    expect<i32>(nativeObserve(cell, TOKEN, NaN)).toBe(REFUSED);
    expect<i32>(nativeObserve(cell, TOKEN, Infinity)).toBe(REFUSED);
    expect<i32>(nativeObserve(cell, TOKEN, -Infinity)).toBe(REFUSED);
    expect<i32>(nativeObserve(cell, TOKEN + 1, 1)).toBe(STALE);
    expect<i32>(nativeObserve(cell, 0, NaN)).toBe(STALE);
    expect<i32>(nativeObserve(cell, TOKEN, 1e9)).toBe(STALE);
    expect<i32>(nativeObserve(cell, TOKEN, -1e9)).toBe(STALE);
    expect<i32>(nativeObserve(cell, TOKEN, 1e-9)).toBe(STALE);
    expect<i32>(nativeObserve(cell, TOKEN, -1e-9)).toBe(STALE);
    expect<i32>(memory.compare(kept, cell, CELL_BYTES)).toBe(0);
  });

  it("is STALE for one bucket more than it may have, which writes nothing; those it has and zero go on", () => {
    const record = empty(0, 16, 2);
    record.bucketsMax = 3;
    expect<i32>(nativeObserve(cell, TOKEN, 1)).toBe(OK);
    expect<i32>(nativeObserve(cell, TOKEN, -2)).toBe(OK);
    expect<i32>(nativeObserve(cell, TOKEN, 4)).toBe(OK);
    memory.copy(kept, cell, CELL_BYTES);
    expect<bool>(nativeTakes(cell, 8)).toBe(false);
    expect<i32>(nativeObserve(cell, TOKEN, 8)).toBe(STALE);
    expect<i32>(memory.compare(kept, cell, CELL_BYTES)).toBe(0);
    expect<i32>(nativeObserve(cell, TOKEN, -2)).toBe(OK);
    expect<i32>(nativeObserve(cell, TOKEN, 0)).toBe(OK);
    expect<u32>(record.populated).toBe(3);
    record.schema = SCHEMA_LEAST;
    expect<bool>(nativeTakes(cell, 1e19)).toBe(true);
    expect<i32>(nativeObserve(cell, TOKEN, 1e19)).toBe(OK);
    expect<u32>(record.populated).toBe(4);
  });

  it("overflows its sum to an infinity and still tells of every bucket", () => {
    const record = empty(-4, 132);
    for (let i = 0; i < 3; i++) nativeObserve(cell, TOKEN, 1.7976931348623157e308);
    expect<f64>(record.sum).toBe(Infinity);
    expect<f64>(read()).toBe(Infinity);
    expect<u64>(sparseCountAt(into, 0)).toBe(3);
    expect<bool>(clean()).toBe(true);
  });
});

describe("a full slot", () => {
  it("is STALE for the observation that would wrap it, native or classic, which writes nothing", () => {
    for (let kind = 0; kind < 2; kind++) {
      const record = empty(3, 16, 2);
      const slot = kind == 0 ? slotOf(cell, 1) : classicSlotOf(cell, shape, 1);
      store<u32>(cell + SLOTS + (slot << 2), FULL - 1);
      record.check = <u64>(FULL - 1) * weightOf(slot);
      expect<bool>(nativeTakes(cell, 1)).toBe(true);
      expect<i32>(nativeObserve(cell, TOKEN, 1)).toBe(OK);
      expect<u32>(slotAt(cell, slot)).toBe(FULL);
      expect<bool>(clean()).toBe(true);
      memory.copy(kept, cell, CELL_BYTES);
      expect<bool>(nativeTakes(cell, 1)).toBe(false);
      expect<i32>(nativeObserve(cell, TOKEN, 1)).toBe(STALE);
      expect<i32>(memory.compare(kept, cell, CELL_BYTES)).toBe(0);
      expect<i32>(nativeObserve(cell, TOKEN, 0)).toBe(OK);
    }
  });
});

describe("nativeTakes", () => {
  it("says of any finite value what observing it says", () => {
    randomFrom(41);
    wrong = 0;
    for (let round = 0; round < 200; round++) {
      const record = empty(<i32>randomBelow(13) - 4, 8 << randomBelow(4), <i32>randomBelow(4) - 1);
      record.bucketsMax = randomBelow(12);
      for (let i = 0; i < 60; i++) {
        const value = randomBelow(8) == 0 ? reinterpret<f64>(random64() & 0xbfffffffffffffff) : anyValue();
        const takes = nativeTakes(cell, value);
        wrong += u32(takes != (nativeObserve(cell, TOKEN, value) == OK));
      }
    }
    expect<u32>(wrong).toBe(0);
  });
});

describe("nativeRead", () => {
  it("reads every prefix of the stores as before or after, from empty cells, in every slot", () => {
    wrong = 0;
    for (let bounds = -1; bounds < 5; bounds++) {
      for (let index = -3; index <= 4; index++) {
        for (let side = 0; side < 2; side++) {
          for (let stores: u32 = 0; stores <= STORES; stores++) {
            const value = (side == 0 ? 0.75 : -0.75) * NativeMath.pow(2, <f64>index);
            empty(0, 8, bounds);
            prefix(value, stores);
            expectHalf(value, stores);
          }
        }
      }
    }
    expect<u32>(wrong).toBe(0);
    expect<u32>(unexplained()).toBe(0);
  });

  it("reads every prefix of the stores as before or after, from random cells", () => {
    wrong = 0;
    randomFrom(42);
    let unexplaineds: u32 = 0;
    for (let round = 0; round < 400; round++) {
      empty(<i32>randomBelow(6), 8 << randomBelow(6), <i32>randomBelow(8) - 1);
      observeSome(randomBelow(80));
      const value = anyValue();
      // A value that the sum swallows may be told either way, and has a test of its own.
      if (changetype<NativeCell>(cell).sum + value == changetype<NativeCell>(cell).sum) continue;
      for (let stores: u32 = 0; stores <= STORES; stores++) {
        prefix(value, stores);
        expectHalf(value, stores);
        memory.copy(cell, kept, bytes());
      }
      unexplaineds += unexplained();
    }
    expect<u32>(wrong).toBe(0);
    expect<u32>(unexplaineds).toBe(0);
  });

  it("counts what it rolls back and what it completes, and nothing else", () => {
    for (let stores: u32 = 0; stores <= STORES; stores++) {
      empty(2, 16, 3);
      for (let i = 0; i < 5; i++) nativeObserve(cell, TOKEN, 1.5);
      prefix(1.25, stores);
      read();
      expect<u32>(repaired()).toBe(stores > 2 && stores < 6 ? 1 : 0);
      expect<u32>(unexplained()).toBe(0);
    }
  });

  it("reads a value that leaves the sum as it is, 0 or one that is lost in it, as before or after", () => {
    wrong = 0;
    for (let kind = 0; kind < 4; kind++) {
      const value = kind == 0 ? 0.0 : kind == 1 ? -0.0 : kind == 2 ? 1.0 : 5e-324;
      for (let bounds = -1; bounds < 3; bounds += 2) {
        for (let stores: u32 = 0; stores <= STORES; stores++) {
          const record = empty(-4, 64, bounds);
          if (kind == 2) {
            record.positiveOffset = 0;
            nativeObserve(cell, TOKEN, 1e300);
          }
          prefix(value, stores);
          const sum = read();
          const before = sum == keptSum() && isRead(kept, NaN);
          const after = sum == keptSum() + value && isRead(kept, value);
          wrong += u32(!before && !after);
          if (stores == STORES) wrong += u32(!after);
          if (stores < 3) wrong += u32(!before);
        }
      }
    }
    expect<u32>(wrong).toBe(0);
  });

  it("adds to what is there: same schema, other schema, other buckets", () => {
    randomFrom(43);
    empty(3, 64, 2);
    observeSome(200);
    read();
    const entries = sparseCount(into);
    const first = sparseCountAt(into, 0);
    expect<bool>(nativeRead(cell, into, classicInto, scratch, SCRATCH_MOST)).toBe(true);
    expect<u32>(sparseCount(into)).toBe(entries);
    expect<u64>(sparseCountAt(into, 0)).toBe(first * 2);
    sparseClear(into, CAPACITY, 0);
    sparsePut(into, 0, 900, 7);
    changetype<Sparse>(into).positiveCount = 1;
    expect<bool>(nativeRead(cell, into, 0, scratch, SCRATCH_MOST)).toBe(true);
    expect<i32>(changetype<Sparse>(into).schema).toBe(0);
    const last = changetype<Sparse>(into).positiveCount - 1;
    expect<i32>(sparseIndexAt(into, last)).toBe(900);
    expect<u64>(sparseCountAt(into, last)).toBe(7);
    let count = changetype<Sparse>(into).zeroCount;
    for (let i: u32 = 0; i < sparseCount(into); i++) count += sparseCountAt(into, i);
    expect<u64>(count).toBe(207);
  });

  it("reads with exactly the scratch that it asks for, full cells too, and not a byte behind it", () => {
    wrong = 0;
    randomFrom(44);
    for (let round = 0; round < 120; round++) {
      const record = empty(<i32>randomBelow(4), 8 << randomBelow(6), <i32>randomBelow(8) - 1);
      record.bucketsMax = randomBelow(2) == 0 ? NONE : 1 + randomBelow(60);
      observeSome(randomBelow(3) == 0 ? 1 + randomBelow(9) : 3000);
      const most = nativeScratchBytes(cell);
      store<u64>(scratch + most, 0x1234567890abcdef);
      // Into nothing, and into something, which takes the other way.
      for (let way = 0; way < 2; way++) {
        sparseClear(into, CAPACITY, way == 0 ? 8 : -4);
        totalClear();
        wrong += u32(!nativeRead(cell, into, classicInto, scratch, most) || totalValue() != record.sum);
        let count = changetype<Sparse>(into).zeroCount;
        for (let i: u32 = 0; i < sparseCount(into); i++) count += sparseCountAt(into, i);
        let expected: u64 = 0;
        for (let i: u32 = 0; i <= record.positiveCount + record.negativeCount; i++) expected += slotAt(cell, i);
        wrong += u32(count != expected || load<u64>(scratch + most) != 0x1234567890abcdef);
      }
    }
    expect<u32>(wrong).toBe(0);
  });

  it("adds nothing where scratch or Sparse have no room", () => {
    randomFrom(45);
    empty(3, 64, 2);
    observeSome(500);
    sparseClear(into, CAPACITY, 8);
    totalClear();
    expect<bool>(nativeRead(cell, into, 0, scratch, 0)).toBe(false);
    expect<bool>(nativeRead(cell, into, 0, scratch, 100)).toBe(false);
    expect<bool>(nativeRead(cell, into, 0, scratch, nativeScratchFor(10))).toBe(false);
    expect<bool>(nativeRead(cell, into, 0, scratch, nativeScratchFor(populated()))).toBe(false);
    expect<u32>(sparseCount(into)).toBe(0);
    sparseClear(into, 1, 8);
    expect<bool>(nativeRead(cell, into, 0, scratch, SCRATCH_MOST)).toBe(false);
    expect<u32>(sparseCount(into)).toBe(0);
    expect<f64>(totalValue()).toBe(0);
    // Fewer than it has at its schema is a coarser schema.
    sparseClear(into, 20, 8);
    expect<bool>(nativeRead(cell, into, 0, scratch, SCRATCH_MOST)).toBe(true);
    expect<bool>(sparseCount(into) <= 20 && changetype<Sparse>(into).schema < 3).toBe(true);
  });

  it("ends with the last copy, counted, where nothing explains the record", () => {
    const record = empty(3, 64);
    nativeObserve(cell, TOKEN, 2);
    nativeObserve(cell, TOKEN, 1);
    record.check += 12345;
    expect<f64>(read()).toBe(3);
    expect<u32>(sparseCount(into)).toBe(2);
    expect<u32>(unexplained()).toBe(1);
  });

  it("does no harm with a cell that has become something else", () => {
    randomFrom(46);
    for (let round = 0; round < 300; round++) {
      empty(3, 16);
      for (let at: usize = 20; at < 400; at += 4) store<u32>(cell + at, (<u32>random64()) >> randomBelow(32));
      sparseClear(into, CAPACITY, 8);
      memory.fill(classicInto, 0, 4096);
      store<u64>(scratch + 8192, 0x1234567890abcdef);
      nativeRead(cell, into, classicInto, scratch, 8192);
      expect<u64>(load<u64>(scratch + 8192)).toBe(0x1234567890abcdef);
      expect<bool>(sparseCount(into) <= CAPACITY).toBe(true);
      expect<u64>(load<u64>(classicInto)).toBe(0);
    }
    // A cell at the end of the memory that says it is longer.
    const end = ((<usize>memory.size()) << 16) - 128;
    memory.copy(end, cell, 128);
    changetype<NativeCell>(end).positiveCount = 8000;
    expect<bool>(nativeRead(end, into, 0, scratch, SCRATCH_MOST)).toBe(false);
  });
});

describe("nativeRepair", () => {
  it("ends every prefix of the stores with what its readers were told, and the record goes on", () => {
    wrong = 0;
    randomFrom(47);
    for (let round = 0; round < 200; round++) {
      const record = empty(<i32>randomBelow(6), 8 << randomBelow(6), <i32>randomBelow(8) - 1);
      observeSome(randomBelow(60));
      const value = anyValue();
      if (record.sum + value == record.sum) continue;
      for (let stores: u32 = 0; stores <= STORES; stores++) {
        prefix(value, stores);
        const told = read();
        nativeRepair(cell);
        wrong += u32(!clean() || record.populated != populated());
        expectHalf(value, stores);
        wrong += u32(read() != told);
        const next = anyValue();
        nativeObserve(cell, TOKEN, next);
        wrong += u32(!clean() || read() != told + next || record.populated != populated());
        memory.copy(cell, kept, bytes());
      }
    }
    expect<u32>(wrong).toBe(0);
  });

  it("leaves a clean record as it is, to the byte", () => {
    randomFrom(48);
    empty(3, 64, 11);
    observeSome(300);
    memory.copy(kept, cell, CELL_BYTES);
    nativeRepair(cell);
    expect<i32>(memory.compare(kept, cell, CELL_BYTES)).toBe(0);
  });
});

describe("nativeAdd", () => {
  it("adds slots of 32 bits to counts of 64, and no sum", () => {
    empty(3, 16, 2);
    const slot = slotOf(cell, 1);
    store<u32>(cell + SLOTS + (slot << 2), FULL);
    store<u32>(cell + SLOTS, FULL);
    store<u32>(cell + SLOTS + (classicSlotOf(cell, shape, 100) << 2), FULL);
    changetype<NativeCell>(cell).sum = 5;
    sparseClear(into, CAPACITY, 8);
    memory.fill(classicInto, 0, 64);
    totalClear();
    expect<bool>(nativeAdd(cell, into, classicInto, scratch, SCRATCH_MOST)).toBe(true);
    expect<bool>(nativeAdd(cell, into, classicInto, scratch, SCRATCH_MOST)).toBe(true);
    expect<u64>(changetype<Sparse>(into).zeroCount).toBe(0x1fffffffe);
    expect<u64>(sparseCountAt(into, 0)).toBe(0x1fffffffe);
    expect<u64>(load<u64>(classicInto + 16)).toBe(0x1fffffffe);
    expect<u64>(load<u64>(classicInto)).toBe(0);
    expect<f64>(totalValue()).toBe(0);
    expect<bool>(nativeAdd(cell, into, classicInto, scratch, nativeScratchFor(2))).toBe(false);
  });
});

describe("nativePopulated", () => {
  it("bounds what the cell can ever have, by its slots, its limit, and the doubles there are", () => {
    const record = empty(3, 64);
    expect<u32>(nativePopulated(cell)).toBe(128);
    record.bucketsMax = 100;
    expect<u32>(nativePopulated(cell)).toBe(100);
    record.schema = SCHEMA_LEAST;
    expect<u32>(nativePopulated(cell)).toBe(128);
    record.positiveCount = 256;
    expect<u32>(nativePopulated(cell)).toBe(132 + 64);
    expect<u32>(nativeScratchBytes(cell)).toBe(nativeScratchFor(132 + 64 + 1));
  });
});
