// Sparse buckets against plain arrays: a place for every index, coarser indexes by rounding up a division.

import { randomBelow, randomFrom } from "../formatted";
import { SCHEMA_LEAST, SCHEMA_MOST, Sparse } from "../../../assembly/layout";
import { nativeIndex } from "../../../assembly/metric/slots";
import {
  coarser,
  LEAST_BUCKETS,
  sparseBytes,
  sparseClear,
  sparseCoarsen,
  sparseCount,
  sparseCountAt,
  sparseIndexAt,
  sparseLimit,
  sparseMerge,
  sparsePut,
  sparseTightened,
  sparseTotal,
} from "../../../assembly/metric/sparse";

/** The indexes that random buckets have, on each side. */
const REACH: i32 = 300;
const PLACES: usize = 2 * (2 * 300 + 1);
const CAPACITY: u32 = 1300;

const one: usize = heap.alloc(sparseBytes(CAPACITY));
const two: usize = heap.alloc(sparseBytes(CAPACITY));
const kept: usize = heap.alloc(sparseBytes(CAPACITY));
const expected: usize = heap.alloc(PLACES << 3);

/** Where the reference counts a bucket: side 0 positive, 1 negative. */
function placeOf(side: u32, index: i32): usize {
  return expected + ((<usize>side * (2 * REACH + 1) + <usize>(index + REACH)) << 3);
}

function forget(): void {
  memory.fill(expected, 0, PLACES << 3);
}

/** The index at a coarser schema, by the bounds: halves are rounded up. */
function halved(index: i32, times: i32): i32 {
  let result = index;
  for (let i = 0; i < times; i++) result = <i32>Math.ceil(<f64>result / 2);
  return result;
}

/** Counts a Sparse in the reference, at a coarser schema. */
function refer(at: usize, schema: i32): void {
  const record = changetype<Sparse>(at);
  for (let i: u32 = 0; i < sparseCount(at); i++) {
    const place = placeOf(u32(i >= record.positiveCount), halved(sparseIndexAt(at, i), record.schema - schema));
    store<u64>(place, load<u64>(place) + sparseCountAt(at, i));
  }
}

function populated(): u32 {
  let count: u32 = 0;
  for (let i: usize = 0; i < PLACES; i++) count += u32(load<u64>(expected + (i << 3)) != 0);
  return count;
}

/** True where a Sparse is in order and holds what the reference holds, no more and no less. */
function holds(at: usize): bool {
  const record = changetype<Sparse>(at);
  const count = sparseCount(at);
  if (count > record.capacity || count != populated()) return false;
  for (let i: u32 = 0; i < count; i++) {
    const side = u32(i >= record.positiveCount);
    const first = i == 0 || i == record.positiveCount;
    if (!first && sparseIndexAt(at, i - 1) >= sparseIndexAt(at, i)) return false;
    if (sparseCountAt(at, i) != load<u64>(placeOf(side, sparseIndexAt(at, i)))) return false;
  }
  return true;
}

/** A Sparse with a random part of the buckets, one in `rarity`. */
function fill(at: usize, capacity: u32, schema: i32, rarity: u32, reach: i32): void {
  sparseClear(at, capacity, schema);
  const record = changetype<Sparse>(at);
  record.zeroCount = randomBelow(1000);
  let count: u32 = 0;
  for (let side: u32 = 0; side < 2; side++) {
    for (let index = -reach; index <= reach && count < capacity; index++) {
      if (randomBelow(rarity) == 0) sparsePut(at, count++, index, 1 + ((<u64>randomBelow(1000)) << randomBelow(40)));
    }
    if (side == 0) record.positiveCount = count;
  }
  record.negativeCount = count - record.positiveCount;
}

/** Bytes from the head to the last index: all that an entry can touch. */
function same(a: usize, b: usize, capacity: u32): bool {
  return memory.compare(a, b, sparseBytes(capacity)) == 0;
}

describe("sparseBytes", () => {
  it("has room for 12 bytes an entry and stays a multiple of 8", () => {
    expect<u32>(sparseBytes(0)).toBe(24);
    expect<u32>(sparseBytes(1)).toBe(40);
    expect<u32>(sparseBytes(2)).toBe(48);
  });
});

describe("coarser", () => {
  it("is half of the index, rounded up, as often as the schema goes down", () => {
    let wrong: u32 = 0;
    for (let index = -5000; index <= 5000; index++) {
      for (let shift = 0; shift <= 12; shift++) wrong += u32(coarser(index, shift) != halved(index, shift));
    }
    expect<u32>(wrong).toBe(0);
  });
});

describe("LEAST_BUCKETS", () => {
  it("are all buckets of the doubles at the least schema", () => {
    const least = nativeIndex(5e-324, SCHEMA_LEAST);
    const largest = nativeIndex(1.7976931348623157e308, SCHEMA_LEAST);
    expect<u32>(<u32>(largest - least + 1)).toBe(LEAST_BUCKETS);
  });
});

describe("sparseClear", () => {
  it("leaves nothing, whatever was there", () => {
    randomFrom(30);
    fill(one, CAPACITY, 3, 4, REACH);
    sparseClear(one, 10, 5);
    const record = changetype<Sparse>(one);
    expect<u32>(sparseCount(one)).toBe(0);
    expect<u64>(sparseTotal(one)).toBe(0);
    expect<u32>(record.capacity).toBe(10);
    expect<i32>(record.schema).toBe(5);
  });
});

describe("sparsePut", () => {
  it("writes an entry that index and count read", () => {
    sparseClear(one, 3, 0);
    sparsePut(one, 0, -7, 1);
    sparsePut(one, 1, 9, u64.MAX_VALUE);
    sparsePut(one, 2, 262144, 3);
    expect<i32>(sparseIndexAt(one, 0)).toBe(-7);
    expect<u64>(sparseCountAt(one, 1)).toBe(u64.MAX_VALUE);
    expect<i32>(sparseIndexAt(one, 2)).toBe(262144);
    expect<u64>(sparseCountAt(one, 2)).toBe(3);
  });

  it("survives a copy to another place", () => {
    randomFrom(31);
    fill(one, 100, 3, 8, REACH);
    forget();
    refer(one, 3);
    memory.copy(two, one, sparseBytes(100));
    expect<bool>(holds(two)).toBe(true);
  });
});

describe("sparseTightened", () => {
  it("leaves the same bytes whatever room there was, and what is held as it is", () => {
    randomFrom(39);
    let wrong: u32 = 0;
    for (let round = 0; round < 200; round++) {
      // What stood there before differs, too.
      memory.fill(one, 0xaa, sparseBytes(CAPACITY));
      fill(one, 40 + randomBelow(300), 3, 5 + randomBelow(9), REACH);
      forget();
      refer(one, 3);
      const count = sparseCount(one);
      memory.fill(two, 0x55, sparseBytes(CAPACITY));
      sparseClear(two, count + randomBelow(9), SCHEMA_MOST);
      sparseMerge(two, one);
      sparseTightened(one);
      sparseTightened(two);
      wrong += u32(!holds(one) || sparseCount(one) != count || changetype<Sparse>(one).capacity != count);
      wrong += u32(memory.compare(one, two, sparseBytes(count)) != 0);
    }
    expect<u32>(wrong).toBe(0);
  });
});

describe("sparseTotal", () => {
  it("adds up both sides and the zero bucket", () => {
    sparseClear(one, 3, 0);
    changetype<Sparse>(one).zeroCount = 5;
    sparsePut(one, 0, 1, 10);
    sparsePut(one, 1, 1, 20);
    changetype<Sparse>(one).positiveCount = 1;
    changetype<Sparse>(one).negativeCount = 1;
    expect<u64>(sparseTotal(one)).toBe(35);
  });
});

describe("sparseCoarsen", () => {
  it("adds up what falls together, at every distance of schemas", () => {
    randomFrom(32);
    let wrong: u32 = 0;
    for (let round: u32 = 0; round < 300; round++) {
      const schema = <i32>randomBelow(13) - 4;
      const to = SCHEMA_LEAST + <i32>randomBelow(<u32>(schema + 5));
      fill(one, CAPACITY, schema, 1 + randomBelow(9), REACH);
      forget();
      refer(one, to);
      const total = sparseTotal(one);
      sparseCoarsen(one, to);
      wrong += u32(!holds(one) || sparseTotal(one) != total || changetype<Sparse>(one).schema != to);
    }
    expect<u32>(wrong).toBe(0);
  });

  it("never makes finer", () => {
    randomFrom(33);
    fill(one, 200, 2, 7, REACH);
    memory.copy(kept, one, sparseBytes(200));
    sparseCoarsen(one, 2);
    sparseCoarsen(one, 8);
    expect<bool>(same(one, kept, 200)).toBe(true);
  });
});

describe("sparseLimit", () => {
  it("halves until the buckets of both sides are few enough, and not once more", () => {
    randomFrom(34);
    let wrong: u32 = 0;
    for (let round = 0; round < 300; round++) {
      const schema = <i32>randomBelow(13) - 4;
      const limit: u32 = 1 + randomBelow(200);
      const zeros = <u64>randomBelow(9);
      fill(one, CAPACITY, schema, 1 + randomBelow(9), REACH);
      changetype<Sparse>(one).zeroCount = zeros;
      let expectedSchema = schema;
      while (true) {
        forget();
        refer(one, expectedSchema);
        if (populated() <= limit || expectedSchema == SCHEMA_LEAST) break;
        expectedSchema--;
      }
      sparseLimit(one, limit);
      wrong += u32(!holds(one) || changetype<Sparse>(one).schema != expectedSchema || changetype<Sparse>(one).zeroCount != zeros);
    }
    expect<u32>(wrong).toBe(0);
  });

  it("stops at the schema that it is given, and knows 0 as no limit", () => {
    randomFrom(35);
    fill(one, CAPACITY, 8, 1, REACH);
    sparseLimit(one, 0);
    expect<i32>(changetype<Sparse>(one).schema).toBe(8);
    sparseLimit(one, 1, 5);
    expect<i32>(changetype<Sparse>(one).schema).toBe(5);
    sparseLimit(one, 1);
    expect<i32>(changetype<Sparse>(one).schema).toBe(SCHEMA_LEAST);
  });
});

describe("sparseMerge", () => {
  it("adds two of any schemas at the coarser one, and leaves the source as it is", () => {
    randomFrom(36);
    let wrong: u32 = 0;
    for (let round = 0; round < 600; round++) {
      const schema = <i32>randomBelow(13) - 4;
      const other = <i32>randomBelow(13) - 4;
      fill(one, CAPACITY, schema, 1 + randomBelow(40), REACH);
      fill(two, CAPACITY, other, 1 + randomBelow(40), REACH);
      memory.copy(kept, two, sparseBytes(CAPACITY));
      forget();
      refer(one, min(schema, other));
      refer(two, min(schema, other));
      const total = sparseTotal(one) + sparseTotal(two);
      wrong += u32(!sparseMerge(one, two) || !holds(one) || !same(two, kept, CAPACITY));
      wrong += u32(changetype<Sparse>(one).schema != min(schema, other) || sparseTotal(one) != total);
    }
    expect<u32>(wrong).toBe(0);
  });

  it("adds nothing to something and something to nothing", () => {
    randomFrom(37);
    fill(one, 300, 3, 5, REACH);
    sparseClear(two, 0, SCHEMA_MOST);
    memory.copy(kept, one, sparseBytes(300));
    expect<bool>(sparseMerge(one, two)).toBe(true);
    expect<bool>(same(one, kept, 300)).toBe(true);
    sparseClear(two, 300, SCHEMA_MOST);
    forget();
    refer(one, 3);
    expect<bool>(sparseMerge(two, one)).toBe(true);
    expect<bool>(holds(two)).toBe(true);
    expect<i32>(changetype<Sparse>(two).schema).toBe(3);
  });

  it("lowers the resolution until there is room, and says where there is none", () => {
    randomFrom(38);
    let wrong: u32 = 0;
    let refused: u32 = 0;
    for (let round = 0; round < 400; round++) {
      const capacity: u32 = 1 + randomBelow(120);
      const schema = <i32>randomBelow(13) - 4;
      fill(one, capacity, schema, 3 + randomBelow(20), REACH);
      fill(two, CAPACITY, schema, 3 + randomBelow(20), REACH);
      let common = schema;
      while (true) {
        forget();
        refer(one, common);
        refer(two, common);
        if (populated() <= capacity || common == SCHEMA_LEAST) break;
        common--;
      }
      const fits = populated() <= capacity;
      const total = sparseTotal(one);
      const both = total + sparseTotal(two);
      const merged = sparseMerge(one, two);
      wrong += u32(merged != fits || changetype<Sparse>(one).schema != common);
      if (fits) wrong += u32(!holds(one) || sparseTotal(one) != both);
      else wrong += u32(sparseTotal(one) != total);
      refused += u32(!fits);
    }
    expect<u32>(wrong).toBe(0);
    expect<bool>(refused > 5 && refused < 350).toBe(true);
  });

  it("is exact at the edges of the doubles, where the sides' keys are nearest", () => {
    sparseClear(one, 4, 8);
    sparseClear(two, 4, 8);
    sparsePut(one, 0, 262144, 1);
    sparsePut(one, 1, 262144, 2);
    changetype<Sparse>(one).positiveCount = 1;
    changetype<Sparse>(one).negativeCount = 1;
    sparsePut(two, 0, -274944, 3);
    sparsePut(two, 1, -274944, 4);
    changetype<Sparse>(two).positiveCount = 1;
    changetype<Sparse>(two).negativeCount = 1;
    expect<bool>(sparseMerge(one, two)).toBe(true);
    expect<u32>(changetype<Sparse>(one).positiveCount).toBe(2);
    for (let i: u32 = 0; i < 4; i++) {
      expect<i32>(sparseIndexAt(one, i)).toBe(i % 2 == 0 ? -274944 : 262144);
    }
    expect<u64>(sparseCountAt(one, 0) * 1000 + sparseCountAt(one, 1) * 100 + sparseCountAt(one, 2) * 10 + sparseCountAt(one, 3)).toBe(3142);
  });
});
