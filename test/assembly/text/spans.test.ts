// Spans and deltas in protobuf, against ones that are written number by number.

import { randomBelow, randomFrom } from "../formatted";
import { sparseBytes, sparseClear, sparseIndexAt, sparsePut } from "../../../assembly/metric/sparse";
import { Sparse } from "../../../assembly/layout";
import { spansPut } from "../../../assembly/text/spans";
import { deltasPut, lengthEnd, messageBegin, sint64Put, uint64Put } from "../../../assembly/text/wire";

const CAPACITY: u32 = 2048;
const natives: usize = heap.alloc(sparseBytes(CAPACITY));
const at: usize = heap.alloc(65536);
const expected: usize = heap.alloc(65536);

/** Number by number, as the format is described. */
function plain(field: u32, first: u32, count: u32): usize {
  let to = expected;
  let before: i32 = 0;
  for (let i: u32 = 0; i < count;) {
    const index = sparseIndexAt(natives, first + i);
    let length: u32 = 1;
    while (i + length < count && sparseIndexAt(natives, first + i + length) == index + <i32>length) length++;
    const begin = messageBegin(to, field);
    to = lengthEnd(begin, uint64Put(sint64Put(begin, 1, i == 0 ? index : index - before), 2, length));
    before = index + <i32>length;
    i += length;
  }
  return deltasPut(to, field + 1, natives + offsetof<Sparse>() + (first << 3), count, 8);
}

/** Whether both write the same. */
function same(field: u32, first: u32, count: u32): bool {
  const length = spansPut(at, field, natives, first, count) - at;
  return length == plain(field, first, count) - expected && memory.compare(at, expected, length) == 0;
}

/** Buckets whose gaps are below `gap` and whose runs are as long as chance has it, one in `run` ending one. */
function buckets(count: u32, from: i32, gap: u32, run: u32): void {
  sparseClear(natives, CAPACITY, 3);
  let index = from;
  for (let i: u32 = 0; i < count; i++) {
    sparsePut(natives, i, index, 1 + randomBelow(1000));
    index += 1 + (randomBelow(run) == 0 ? <i32>randomBelow(gap) : 0);
  }
}

describe("spansPut", () => {
  it("is the same for buckets that lie within 64 in a row, and a little farther", () => {
    for (let range = 1; range < 130; range++) {
      for (let step = 1; step < 8; step++) {
        for (let from = -70; from < 70; from += 23) {
          sparseClear(natives, CAPACITY, 3);
          let count: u32 = 0;
          for (let index = 0; index < range; index++) {
            if (index == range - 1 || index % step == 0 || step == 7) sparsePut(natives, count++, from + index, 1 + randomBelow(100));
          }
          if (!same(9, 0, count)) expect<i32>(range).toBe(step * 1000);
        }
      }
    }
  });

  it("writes nothing for no buckets", () => {
    sparseClear(natives, CAPACITY, 3);
    expect<usize>(spansPut(at, 9, natives, 0, 0)).toBe(at);
  });

  it("writes one span of one bucket, at any index", () => {
    const indexes = [0, -1, 1, 63, 64, -64, -65, 127, 128, 262144, -274943];
    for (let i = 0; i < indexes.length; i++) {
      sparseClear(natives, CAPACITY, 3);
      sparsePut(natives, 0, indexes[i], 7);
      expect<bool>(same(12, 0, 1)).toBe(true, indexes[i].toString());
    }
  });

  it("writes runs of 127, 128 and more, and gaps of 63, 64 and more", () => {
    const runs: u32[] = [1, 2, 126, 127, 128, 129, 300];
    const gaps = [1, 62, 63, 64, 65, 5000];
    for (let r = 0; r < runs.length; r++) {
      for (let g = 0; g < gaps.length; g++) {
        sparseClear(natives, CAPACITY, 3);
        let index = 5;
        for (let i: u32 = 0; i < runs[r] * 3; i++) {
          sparsePut(natives, i, index, i + 1);
          index += i % runs[r] == runs[r] - 1 ? 1 + gaps[g] : 1;
        }
        expect<bool>(same(9, 0, runs[r] * 3)).toBe(true, runs[r].toString() + " " + gaps[g].toString());
      }
    }
  });

  it("writes what chance has, from the middle, too", () => {
    randomFrom(7);
    let wrong = 0;
    for (let i = 0; i < 3000; i++) {
      const count = 1 + randomBelow(200);
      buckets(count, <i32>randomBelow(200) - 100, 1 + randomBelow(i % 2 == 0 ? 50 : 200), 1 + randomBelow(20));
      const first = randomBelow(count);
      wrong += i32(!same(i % 3 == 0 ? 9 : 12, first, count - first));
    }
    expect<i32>(wrong).toBe(0);
  });
});
