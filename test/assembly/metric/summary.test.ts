// A summary's cell. Half records are built store by store; windows turn by the header's ticks, which stand still
// otherwise; what the bins hold is read by way of the sketch.

import { failFrom, format, random, randomFrom } from "../formatted";
import { Header, HEADER, SUMMARY_CHUNKS, SummaryCell } from "../../../assembly/layout";
import { bytesFree, bytesReserved } from "../../../assembly/memory/arena";
import { multiplierOf, SMALLEST_NORMAL } from "../../../assembly/metric/mapping";
import { sketchAdd, sketchBytes, sketchClear, sketchCount, sketchQuantile } from "../../../assembly/metric/sketch";
import {
  AGE_BUCKETS_MAX,
  chunkShiftOf,
  DIRECTORY_BYTES,
  summaryBytes,
  summaryInit,
  summaryObserve,
  summaryPrepare,
  summaryRead,
  summaryRelease,
  summaryRepair,
  windowAt,
} from "../../../assembly/metric/summary";
import { totalClear, totalValue } from "../../../assembly/metric/total";
import { OK, REFUSED, STALE } from "../../../assembly/status";

const TOKEN: u32 = 9;
const ACCURACY: f64 = 0.01;
const WINDOWS: u32 = 5;
/** 10 s a window. */
const WINDOW: u32 = 1000;

const cell: usize = heap.alloc(summaryBytes(AGE_BUCKETS_MAX) + 16);
const kept: usize = heap.alloc(summaryBytes(AGE_BUCKETS_MAX));
const scratch: usize = heap.alloc(32);
const room: usize = heap.alloc(sketchBytes(10));

function ticks(now: u32): void {
  changetype<Header>(HEADER).ticks = now;
}

/** An empty cell of this instance, at that tick. */
function empty(now: u32 = 100000, windows: u32 = WINDOWS, accuracy: f64 = ACCURACY): SummaryCell {
  format();
  ticks(now);
  memory.fill(cell, 0, summaryBytes(windows));
  const record = changetype<SummaryCell>(cell);
  record.token = TOKEN;
  summaryInit(cell, accuracy, <f64>(windows * WINDOW) / 100, windows);
  return record;
}

/** What a handle does: the cold way where the hot one is not open. */
function observe(value: f64): i32 {
  const status = summaryObserve(cell, TOKEN, value);
  if (status != STALE) return status;
  if (!summaryPrepare(cell, value, false)) return -1;
  return summaryObserve(cell, TOKEN, value);
}

function read(): u64 {
  totalClear();
  return summaryRead(cell, scratch);
}

/** The observations of the windows that are young. */
function inWindow(): u64 {
  const record = changetype<SummaryCell>(cell);
  sketchClear(room, ACCURACY, record.windows);
  sketchAdd(cell);
  return sketchCount();
}

function repaired(): u32 {
  return changetype<Header>(HEADER).repaired;
}

function unexplained(): u32 {
  return changetype<Header>(HEADER).unexplained;
}

/** Makes the first `stores` of the four stores of an observation, by hand; the value's chunk is there already. */
function prefix(value: f64, stores: u32): void {
  const record = changetype<SummaryCell>(cell);
  memory.copy(kept, cell, summaryBytes(record.windows));
  observe(value);
  const pending = record.pending;
  const count = record.count;
  const sum = record.sum;
  const check = record.check;
  memory.copy(cell, kept, summaryBytes(record.windows));
  if (stores > 0) record.pending = pending;
  if (stores > 1) record.count = count;
  if (stores > 2) record.sum = sum;
  if (stores > 3) record.check = check;
}

/** Whether what is read of a record with `stores` stores of an observation is what was before or what is after. */
function halfIs(value: f64, stores: u32): bool {
  const before = changetype<SummaryCell>(kept);
  const count = read();
  // A value that leaves the sum as it is may be taken back once more, until its check is there.
  const rolled = stores < 3 || (stores == 3 && before.sum + value == before.sum);
  const after = count == before.count + 1 && totalValue() == before.sum + value;
  return rolled ? count == before.count && totalValue() == before.sum : after;
}

/** A value of any sign and of many sizes. */
function anyValue(): f64 {
  return (random() - 0.4) * reinterpret<f64>((<u64>(1023 + <i32>(random() * 20))) << 52);
}

describe("summaryInit", () => {
  it("gives a cell that is empty and counts at once what is too small for a bin", () => {
    const record = empty();
    expect<u64>(read()).toBe(0);
    expect<u64>(inWindow()).toBe(0);
    expect<u32>(record.windowTicks).toBe(WINDOW);
    expect<i32>(summaryObserve(cell, TOKEN, 0)).toBe(OK);
    expect<i32>(summaryObserve(cell, TOKEN, -0.0)).toBe(OK);
    expect<i32>(summaryObserve(cell, TOKEN, 5e-324)).toBe(OK);
    expect<i32>(summaryObserve(cell, TOKEN, -SMALLEST_NORMAL / 2)).toBe(OK);
    expect<u64>(read()).toBe(4);
    expect<u64>(inWindow()).toBe(4);
    expect<f64>(sketchQuantile(1)).toBe(0);
  });

  it("makes chunks of 64 bins at an accuracy of 0.01, and covers 2^58 both ways at any", () => {
    expect<u32>(chunkShiftOf(multiplierOf(0.01))).toBe(6);
    expect<u32>(chunkShiftOf(multiplierOf(0.001))).toBe(10);
    expect<u32>(chunkShiftOf(multiplierOf(0.2))).toBe(2);
    const far: f64 = 288230376151711744;
    for (let i = 1; i <= 20; i++) {
      const accuracy = <f64>i * 0.01;
      const record = empty(100000, WINDOWS, accuracy);
      for (let side = -1; side <= 1; side += 2) {
        observe(<f64>side * 3.7);
        observe(<f64>side * 3.7 * far);
        observe((<f64>side * 3.7) / far);
      }
      sketchClear(room, accuracy, record.windows);
      sketchAdd(cell);
      expect<f64>(abs(sketchQuantile(0) / (-3.7 * far) - 1)).toBeLessThanOrEqual(accuracy * (1 + 1e-8));
      expect<f64>(abs(sketchQuantile(0.5) / (-3.7 / far) - 1)).toBeLessThanOrEqual(accuracy * (1 + 1e-8));
      expect<f64>(abs(sketchQuantile(0.6) / (3.7 / far) - 1)).toBeLessThanOrEqual(accuracy * (1 + 1e-8));
      expect<f64>(abs(sketchQuantile(1) / (3.7 * far) - 1)).toBeLessThanOrEqual(accuracy * (1 + 1e-8));
    }
  });
});

describe("summaryObserve", () => {
  it("refuses what is not finite, says STALE for another token or without a chunk, and writes nothing", () => {
    empty();
    observe(2);
    const bytes = summaryBytes(WINDOWS);
    memory.copy(kept, cell, bytes);
    expect<i32>(summaryObserve(cell, TOKEN, NaN)).toBe(REFUSED);
    expect<i32>(summaryObserve(cell, TOKEN, Infinity)).toBe(REFUSED);
    expect<i32>(summaryObserve(cell, TOKEN, -Infinity)).toBe(REFUSED);
    expect<i32>(summaryObserve(cell, TOKEN + 1, 2)).toBe(STALE);
    expect<i32>(summaryObserve(cell, 0, NaN)).toBe(STALE);
    expect<i32>(summaryObserve(cell, TOKEN, -2)).toBe(STALE);
    expect<i32>(summaryObserve(cell, TOKEN, 2000)).toBe(STALE);
    expect<i32>(memory.compare(kept, cell, bytes)).toBe(0);
    expect<i32>(summaryObserve(cell, TOKEN, 2)).toBe(OK);
    expect<u64>(inWindow()).toBe(2);
  });

  it("keeps count, sum, check and bins together over many values", () => {
    randomFrom(50);
    empty();
    let sum: f64 = 0;
    for (let i = 0; i < 5000; i++) {
      const value = anyValue();
      sum += value;
      expect<i32>(observe(value)).toBe(OK);
    }
    expect<u64>(read()).toBe(5000);
    expect<f64>(totalValue()).toBe(sum);
    expect<u64>(inWindow()).toBe(5000);
    expect<u32>(repaired()).toBe(0);
  });

  it("counts what lies beyond the ends in the end bins", () => {
    const record = empty();
    observe(1);
    observe(1e300);
    observe(f64.MAX_VALUE);
    observe(1e-300);
    observe(SMALLEST_NORMAL);
    observe(-1e300);
    expect<u64>(inWindow()).toBe(6);
    expect<f64>(sketchQuantile(0)).toBe(-sketchQuantile(1));
    expect<f64>(sketchQuantile(1)).toBeGreaterThan(536870912);
    expect<f64>(sketchQuantile(0.2)).toBeLessThan(1 / <f64>536870912);
    let chunks = 0;
    for (let i: u32 = 0; i < SUMMARY_CHUNKS * 2; i++) chunks += i32(load<u32>(<usize>record.directory + (i << 2)) != 0);
    expect<i32>(chunks).toBe(4);
  });

  it("leaves a full bin at that, and counts on in the record", () => {
    const record = empty();
    observe(0);
    store<u32>(windowAt(cell, 0) + 4, 0xffffffff);
    observe(0);
    expect<u64>(record.count).toBe(2);
    expect<u64>(inWindow()).toBe(0xffffffff);
  });

  it("overflows its sum to an infinity and still counts", () => {
    empty();
    for (let i = 0; i < 3; i++) observe(f64.MAX_VALUE);
    expect<u64>(read()).toBe(3);
    expect<f64>(totalValue()).toBe(Infinity);
    expect<u64>(inWindow()).toBe(3);
    expect<u32>(repaired()).toBe(0);
  });
});

describe("summaryRead", () => {
  it("reads every prefix of the four stores as before or after, from random records", () => {
    randomFrom(51);
    let wrong = 0;
    for (let round = 0; round < 300; round++) {
      empty();
      for (let i = 0; i < round % 20; i++) observe(anyValue());
      const value = round % 10 == 0 ? 0 : anyValue();
      summaryPrepare(cell, value, false);
      for (let stores: u32 = 0; stores <= 4; stores++) {
        prefix(value, stores);
        wrong += i32(!halfIs(value, stores));
        memory.copy(cell, kept, summaryBytes(WINDOWS));
      }
    }
    expect<i32>(wrong).toBe(0);
    expect<u32>(unexplained()).toBe(0);
  });

  it("counts what it rolls back and what it completes, and nothing else", () => {
    for (let stores: u32 = 0; stores <= 4; stores++) {
      empty();
      observe(3);
      prefix(3.5, stores);
      read();
      expect<u32>(repaired()).toBe(stores == 2 || stores == 3 ? 1 : 0);
      expect<u32>(unexplained()).toBe(0);
    }
  });

  it("reads a value that is lost in the sum, or that the sum is lost in", () => {
    let wrong = 0;
    for (let stores: u32 = 0; stores <= 4; stores++) {
      empty();
      observe(1e300);
      observe(1);
      prefix(1, stores);
      wrong += i32(!halfIs(1, stores));
      empty();
      observe(1);
      observe(1e300);
      prefix(-1e300, stores);
      wrong += i32(!halfIs(-1e300, stores));
    }
    expect<i32>(wrong).toBe(0);
    expect<u32>(unexplained()).toBe(0);
  });

  it("adds to the total that is there, and ends with the last copy where nothing explains the record", () => {
    const record = empty();
    observe(1);
    totalClear();
    summaryRead(cell, scratch);
    summaryRead(cell, scratch);
    expect<f64>(totalValue()).toBe(2);
    record.check += 12345;
    expect<u64>(read()).toBe(1);
    expect<f64>(totalValue()).toBe(1);
    expect<u32>(unexplained()).toBe(1);
  });
});

describe("summaryRepair", () => {
  it("ends every prefix of the four stores with what its readers were told, and the record goes on", () => {
    randomFrom(52);
    let wrong = 0;
    for (let round = 0; round < 100; round++) {
      empty();
      for (let i = 0; i < round % 10; i++) observe(anyValue());
      const value = anyValue();
      summaryPrepare(cell, value, false);
      for (let stores: u32 = 0; stores <= 4; stores++) {
        prefix(value, stores);
        const count = read();
        const sum = totalValue();
        summaryRepair(cell);
        const before = repaired();
        wrong += i32(read() != count || totalValue() != sum || repaired() != before);
        observe(7);
        wrong += i32(read() != count + 1 || totalValue() != sum + 7 || repaired() != before);
        memory.copy(cell, kept, summaryBytes(WINDOWS));
      }
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("windows", () => {
  it("turn one by one; what is older than all of them is no longer there", () => {
    empty();
    for (let i: u32 = 0; i < 12; i++) {
      ticks(100000 + i * WINDOW);
      for (let j: u32 = 0; j <= i; j++) observe(<f64>(i + 1));
      let young: u64 = 0;
      for (let j: i32 = max<i32>(i - 4, 0); j <= <i32>i; j++) young += j + 1;
      expect<u64>(inWindow()).toBe(young);
    }
    expect<u64>(read()).toBe(78);
    // The least of the last five windows' values.
    expect<f64>(abs(sketchQuantile(0) / 8 - 1)).toBeLessThanOrEqual(ACCURACY);
  });

  it("take an observation until the last tick, and are STALE at the next one", () => {
    empty();
    observe(1);
    ticks(100000 + WINDOW - 1);
    expect<i32>(summaryObserve(cell, TOKEN, 1)).toBe(OK);
    ticks(100000 + WINDOW);
    expect<i32>(summaryObserve(cell, TOKEN, 1)).toBe(STALE);
    expect<i32>(summaryObserve(cell, TOKEN, 0)).toBe(STALE);
    expect<bool>(summaryPrepare(cell, 1, false)).toBe(true);
    expect<i32>(summaryObserve(cell, TOKEN, 1)).toBe(OK);
    expect<u64>(inWindow()).toBe(3);
  });

  it("are left out by age alone, without anybody turning them, and come back never", () => {
    const record = empty();
    observe(1);
    observe(0);
    ticks(100000 + WINDOWS * WINDOW - 1);
    expect<u64>(inWindow()).toBe(2);
    ticks(100000 + WINDOWS * WINDOW);
    expect<u64>(inWindow()).toBe(0);
    expect<bool>(isNaN(sketchQuantile(0.5))).toBe(true);
    // Half the way around and more.
    for (let i: u32 = 1; i < 40; i++) {
      ticks(100000 + i * 107000000);
      expect<u64>(inWindow()).toBe(0);
    }
    observe(5);
    expect<u64>(inWindow()).toBe(1);
    let used = 0;
    for (let i: u32 = 0; i < WINDOWS; i++) used += i32(load<u32>(windowAt(cell, i)) != 0);
    expect<i32>(used).toBe(1);
    expect<u64>(record.count).toBe(3);
  });

  it("keep to their grid after a pause", () => {
    const record = empty();
    observe(1);
    ticks(100000 + 3 * WINDOW + 17);
    observe(2);
    expect<u32>(record.turnAt).toBe(100000 + 4 * WINDOW);
    expect<u64>(inWindow()).toBe(2);
    ticks(100000 + 6 * WINDOW);
    observe(3);
    expect<u64>(inWindow()).toBe(2);
  });

  it("go on where the ticks wrap around 2^32, also with a window that begins at tick 0", () => {
    for (let early: u32 = 0; early <= 3 * WINDOW; early += WINDOW / 2) {
      const first: u32 = 0 - early;
      empty(first);
      for (let i: u32 = 0; i < 12; i++) {
        ticks(first + i * WINDOW);
        observe(1);
        expect<u64>(inWindow()).toBe(min<u32>(i + 1, WINDOWS));
      }
      ticks(first + 11 * WINDOW + WINDOWS * WINDOW + 1);
      expect<u64>(inWindow()).toBe(0);
    }
  });

  it("take a clock that steps back by less than a window for one that stands", () => {
    empty();
    observe(1);
    ticks(100000 - WINDOW);
    expect<i32>(summaryObserve(cell, TOKEN, 1)).toBe(OK);
    expect<u64>(inWindow()).toBe(2);
  });

  it("begin anew where it steps back by more; those that lie in the future are out of use", () => {
    empty();
    observe(1);
    ticks(100000 + WINDOW);
    observe(2);
    ticks(50000);
    expect<u64>(inWindow()).toBe(0);
    expect<i32>(summaryObserve(cell, TOKEN, 3)).toBe(STALE);
    observe(3);
    expect<u64>(inWindow()).toBe(1);
    ticks(100000 + WINDOW);
    expect<u64>(inWindow()).toBe(0);
  });

  it("may be one, or as many as there can be", () => {
    empty(100000, 1);
    observe(1);
    ticks(100000 + WINDOW);
    observe(2);
    expect<u64>(inWindow()).toBe(1);
    empty(100000, AGE_BUCKETS_MAX);
    for (let i: u32 = 0; i < 2 * AGE_BUCKETS_MAX; i++) {
      ticks(100000 + i * WINDOW);
      observe(1);
    }
    expect<u64>(inWindow()).toBe(AGE_BUCKETS_MAX);
  });

  it("are zero when they are used again, in every chunk", () => {
    randomFrom(53);
    empty();
    for (let i: u32 = 0; i < 100; i++) {
      ticks(100000 + i * WINDOW);
      for (let j = 0; j < 50; j++) observe(anyValue());
      expect<u64>(inWindow()).toBe(min<u32>(i + 1, WINDOWS) * 50);
    }
  });
});

describe("summaryRelease", () => {
  it("gives all back that the cell took", () => {
    randomFrom(54);
    const record = empty();
    const reserved = bytesReserved();
    const free = bytesFree();
    for (let i = 0; i < 500; i++) observe(anyValue());
    const taken = bytesReserved() - reserved;
    expect<u32>(taken).toBeGreaterThan(DIRECTORY_BYTES);
    summaryRelease(cell);
    expect<u32>(bytesFree() - free).toBe(taken);
    expect<u32>(record.directory).toBe(0);
    summaryRelease(cell);
    expect<u32>(bytesFree() - free).toBe(taken);
  });

  it("leaves blocks that the next cell finds, and zeroes", () => {
    const record = empty();
    for (let i = 1; i <= 1000; i++) observe(<f64>i);
    summaryRelease(cell);
    const reserved = bytesReserved();
    memory.fill(cell, 0, summaryBytes(WINDOWS));
    record.token = TOKEN;
    summaryInit(cell, ACCURACY, 50, WINDOWS);
    for (let i = 1; i <= 1000; i++) observe(<f64>i);
    expect<u32>(bytesReserved()).toBe(reserved);
    expect<u64>(inWindow()).toBe(1000);
    expect<f64>(abs(sketchQuantile(0.5) / 500 - 1)).toBeLessThanOrEqual(ACCURACY);
  });
});

describe("summaryPrepare", () => {
  it("is false without memory, for the directory and for a chunk; the cell is whole and goes on later", () => {
    for (let fail: u32 = 1; fail <= 2; fail++) {
      const record = empty();
      failFrom(fail);
      expect<bool>(summaryPrepare(cell, 5, false)).toBe(false);
      expect<bool>(record.directory != 0).toBe(fail == 2);
      expect<i32>(summaryObserve(cell, TOKEN, 5)).toBe(STALE);
      expect<i32>(summaryObserve(cell, TOKEN, 0)).toBe(OK);
      expect<u64>(read()).toBe(1);
      expect<u64>(inWindow()).toBe(1);
      failFrom(0);
      expect<i32>(observe(5)).toBe(OK);
      expect<u64>(inWindow()).toBe(2);
    }
  });

  it("turns the windows without memory too, and keeps what has its chunk", () => {
    empty();
    observe(1);
    failFrom(1);
    ticks(100000 + WINDOW);
    expect<i32>(observe(1)).toBe(OK);
    expect<i32>(observe(-1)).toBe(-1);
    expect<u64>(inWindow()).toBe(2);
    failFrom(0);
  });

  it("does nothing for a value that needs nothing", () => {
    empty();
    observe(1);
    const reserved = bytesReserved();
    memory.copy(kept, cell, summaryBytes(WINDOWS));
    expect<bool>(summaryPrepare(cell, 1, false)).toBe(true);
    expect<bool>(summaryPrepare(cell, 0, false)).toBe(true);
    expect<i32>(memory.compare(kept, cell, summaryBytes(WINDOWS))).toBe(0);
    expect<u32>(bytesReserved()).toBe(reserved);
  });
});
