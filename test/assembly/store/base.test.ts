// Bases: grown from nothing and from an old one, for what each type has behind the record.

import { count, defined, defineNative, failFrom, family, familyDefined, format, native, read, seriesOf, summary, bind } from "../formatted";
import {
  Base,
  BASE_SET,
  COUNTER,
  Family,
  FAMILY_CLASSIC,
  GAUGE,
  HISTOGRAM,
  KIND_PLAIN,
  MODE_SUM,
  NativeCell,
  Sparse,
} from "../../../assembly/layout";
import { bytesFree, give, take } from "../../../assembly/memory/arena";
import { FULL, weightOf } from "../../../assembly/metric/histogram";
import { slotAt, slotOf, SLOTS } from "../../../assembly/metric/slots";
import {
  sparseBytes,
  sparseClear,
  sparseCount,
  sparseCountAt,
  sparseIndexAt,
  sparseMerge,
  sparsePut,
} from "../../../assembly/metric/sparse";
import { baseGive, baseGrown, baseSparse, isNative, schemaMost } from "../../../assembly/store/base";
import { baseOf, bucketBytes, seriesWord } from "../../../assembly/store/list";

const HEAD: u32 = 48;

/** What is taken next was in use before. */
function dirty(bytes: u32): void {
  const block = take(bytes, KIND_PLAIN, false);
  memory.fill(block, 0xee, bytes);
  give(block, bytes, KIND_PLAIN);
}

/** How many bytes between two places of a record are not 0. */
function filled(at: usize, from: u32, to: u32): u32 {
  let wrong: u32 = 0;
  for (let i = from; i < to; i++) wrong += u32(load<u8>(at + i) != 0);
  return wrong;
}

/** Fills in a base, from its record to what stands behind it. */
function fill(base: usize, fixed: u32): void {
  const record = changetype<Base>(base);
  record.set = BASE_SET;
  record.high = 1.5;
  record.low = 0.25;
  record.order = 7;
  record.timestamp = 1000;
  for (let at = HEAD; at < fixed; at += 8) store<u64>(base + at, at);
}

describe("baseGrown", () => {
  it("begins at nothing without an old one, for every type", () => {
    for (let type = 0; type < 4; type++) {
      format();
      let made = 0;
      if (type == 0) made = family(COUNTER, 0, "made");
      else if (type == 1) made = family(GAUGE, MODE_SUM, "made");
      else if (type == 2) made = family(HISTOGRAM, 0, "made", "", [1, 2, 5]);
      else made = summary("made");
      const bytes: u32 = type == 2 ? HEAD + 4 * 8 : type == 3 ? HEAD + 8 : HEAD;
      dirty(bytes);
      const base = baseGrown(made, 0, 99);
      expect<u32>(changetype<Base>(base).bytes).toBe(bytes);
      changetype<Base>(base).bytes = 0;
      expect<u32>(filled(base, 0, bytes)).toBe(0);
      expect<bool>(isNative(made)).toBe(false);
    }
  });

  it("begins with an empty Sparse of the definition's schema for a native histogram, behind its classic buckets", () => {
    format();
    const size = native("size", "", 5, 160, [1, 2]);
    const fixed = HEAD + 3 * 8;
    dirty(fixed + sparseBytes(10));
    const base = baseGrown(size, 0, 10);
    expect<bool>(isNative(size)).toBe(true);
    expect<u32>(changetype<Base>(base).bytes).toBe(fixed + sparseBytes(10));
    expect<usize>(baseSparse(size, base)).toBe(base + fixed);
    changetype<Base>(base).bytes = 0;
    expect<u32>(filled(base, 0, fixed)).toBe(0);
    const sparse = changetype<Sparse>(baseSparse(size, base));
    expect<i32>(sparse.schema).toBe(5);
    expect<u32>(sparse.capacity).toBe(10);
    expect<u32>(sparseCount(baseSparse(size, base))).toBe(0);
    expect<u64>(sparse.zeroCount).toBe(0);
  });

  it("copies the old one, record and buckets, for every type", () => {
    for (let type = 0; type < 4; type++) {
      format();
      let made = 0;
      if (type == 0) made = family(COUNTER, 0, "made");
      else if (type == 1) made = family(GAUGE, MODE_SUM, "made");
      else if (type == 2) made = family(HISTOGRAM, 0, "made", "", [1, 2, 5]);
      else made = summary("made");
      const old = baseGrown(made, 0, 0);
      const bytes = changetype<Base>(old).bytes;
      fill(old, bytes);
      dirty(bytes);
      const base = baseGrown(made, old, 5);
      expect<bool>(base == old).toBe(false);
      expect<i32>(memory.compare(base, old, bytes)).toBe(0);
    }
  });

  it("copies what an old native histogram holds, and takes so many buckets more", () => {
    format();
    const size = native("size", "", 3, 160, [1, 2]);
    const fixed = HEAD + bucketBytes(size);
    const old = baseGrown(size, 0, 4);
    fill(old, fixed);
    const held = baseSparse(size, old);
    sparsePut(held, 0, -2, 11);
    sparsePut(held, 1, 5, 0x100000000);
    sparsePut(held, 2, 7, 13);
    changetype<Sparse>(held).positiveCount = 2;
    changetype<Sparse>(held).negativeCount = 1;
    changetype<Sparse>(held).zeroCount = 3;
    dirty(fixed + sparseBytes(8));
    const base = baseGrown(size, old, 5);
    const bytes = changetype<Base>(base).bytes;
    expect<u32>(bytes).toBe(fixed + sparseBytes(8));
    changetype<Base>(base).bytes = changetype<Base>(old).bytes;
    expect<i32>(memory.compare(base, old, fixed)).toBe(0);
    const grown = baseSparse(size, base);
    expect<u32>(changetype<Sparse>(grown).capacity).toBe(8);
    expect<i32>(changetype<Sparse>(grown).schema).toBe(3);
    expect<u64>(changetype<Sparse>(grown).zeroCount).toBe(3);
    expect<u32>(changetype<Sparse>(grown).positiveCount).toBe(2);
    expect<u32>(changetype<Sparse>(grown).negativeCount).toBe(1);
    expect<i32>(sparseIndexAt(grown, 0)).toBe(-2);
    expect<u64>(sparseCountAt(grown, 1)).toBe(0x100000000);
    expect<i32>(sparseIndexAt(grown, 2)).toBe(7);
    expect<u64>(sparseCountAt(grown, 2)).toBe(13);
    // The five more fit without a loss of resolution.
    const more = heap.alloc(sparseBytes(5));
    sparseClear(more, 5, 3);
    for (let i: u32 = 0; i < 5; i++) sparsePut(more, i, 20 + <i32>i, 1);
    changetype<Sparse>(more).positiveCount = 5;
    expect<bool>(sparseMerge(grown, more)).toBe(true);
    expect<i32>(changetype<Sparse>(grown).schema).toBe(3);
    expect<u32>(sparseCount(grown)).toBe(8);
  });

  it("goes on at the schema of the coarser of definition and old base", () => {
    format();
    const size = native("size", "", 3, 160);
    const old = baseGrown(size, 0, 4);
    sparsePut(baseSparse(size, old), 0, 5, 2);
    changetype<Sparse>(baseSparse(size, old)).positiveCount = 1;
    changetype<Sparse>(baseSparse(size, old)).schema = -1;
    const base = baseGrown(size, old, 4);
    expect<i32>(changetype<Sparse>(baseSparse(size, base)).schema).toBe(-1);
    expect<i32>(sparseIndexAt(baseSparse(size, base), 0)).toBe(5);
    // A base that came from elsewhere may be finer: two of its buckets are one.
    changetype<Sparse>(baseSparse(size, old)).schema = 4;
    const finer = baseGrown(size, old, 4);
    expect<i32>(changetype<Sparse>(baseSparse(size, finer)).schema).toBe(3);
    expect<i32>(sparseIndexAt(baseSparse(size, finer), 0)).toBe(3);
    expect<u64>(sparseCountAt(baseSparse(size, finer), 0)).toBe(2);
  });

  it("is 0 without memory", () => {
    format();
    const size = native("size", "", 3, 160);
    failFrom(1);
    expect<usize>(baseGrown(size, 0, 5000)).toBe(0);
    failFrom(0);
    expect<bool>(baseGrown(size, 0, 5000) != 0).toBe(true);
  });

  it("has room for the one bucket of classic buckets without a bound", () => {
    format();
    defineNative("size", "", 3, 160);
    defined().flags = FAMILY_CLASSIC;
    const size = familyDefined();
    expect<bool>(changetype<Family>(size).shape != 0).toBe(true);
    const base = baseGrown(size, 0, 1);
    expect<usize>(baseSparse(size, base)).toBe(base + HEAD + 8);
  });
});

describe("schemaMost", () => {
  it("is the definition's without a base, and the coarser one with it", () => {
    format();
    const size = native("size", "", 3, 160);
    expect<i32>(schemaMost(size, 0)).toBe(3);
    const base = baseGrown(size, 0, 1);
    expect<i32>(schemaMost(size, base)).toBe(3);
    changetype<Sparse>(baseSparse(size, base)).schema = -2;
    expect<i32>(schemaMost(size, base)).toBe(-2);
    changetype<Sparse>(baseSparse(size, base)).schema = 8;
    expect<i32>(schemaMost(size, base)).toBe(3);
  });
});

describe("baseGive", () => {
  it("gives back all bytes of one that was never published", () => {
    format();
    const size = native("size", "", 3, 160, [1, 2]);
    baseGive(baseGrown(size, 0, 100));
    const free = bytesFree();
    for (let i: u32 = 0; i < 50; i++) baseGive(baseGrown(size, 0, 100));
    expect<u32>(bytesFree()).toBe(free);
    const base = baseGrown(size, 0, 100);
    expect<u32>(bytesFree()).toBeLessThan(free);
    baseGive(base);
    expect<u32>(bytesFree()).toBe(free);
  });
});

describe("a base", () => {
  it("is as long as it says, after many cells were folded into it", () => {
    format();
    const size = native("size", "", 8, 160, [1, 2]);
    let value: f64 = 1;
    for (let i = 0; i < 40; i++) {
      expect<i32>(count(size, "", value)).toBe(0);
      // Full: no other cell can take along what is in it.
      const cell = bind(size, "");
      const slot = slotOf(cell, value);
      const record = changetype<NativeCell>(cell);
      record.check += <u64>(FULL - slotAt(cell, slot)) * weightOf(slot);
      store<u32>(cell + SLOTS + (slot << 2), FULL);
      expect<i32>(count(size, "", value)).toBe(0);
      value *= 3;
    }
    const base = baseOf(seriesWord(seriesOf(bind(size, "", 1))));
    const sparse = baseSparse(size, base);
    expect<u32>(changetype<Base>(base).bytes).toBe(HEAD + 3 * 8 + sparseBytes(changetype<Sparse>(sparse).capacity));
    expect<bool>(sparseCount(sparse) <= changetype<Sparse>(sparse).capacity).toBe(true);
    expect<i32>(read(size)).toBe(3);
  });
});
