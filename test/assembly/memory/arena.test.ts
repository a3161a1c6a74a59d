// Every byte's source: sizes, limits, free lists, and what a refused allocation leaves behind.

import { failFrom, format, MAX_BYTES, random64, randomBelow, randomFrom } from "../formatted";
import { FREE_HEADS, Header, HEADER, KIND_FAMILY, KIND_PLAIN, KIND_SERIES, KIND_SHARED_CELL, SIZE_CLASSES } from "../../../assembly/layout";
import { bump, bytesFree, bytesReserved, give, sizeClassOf, sizeOfClass, take } from "../../../assembly/memory/arena";
import { memoryBytes } from "../../../assembly/store/registry";

/** True where the bytes at an address are all 0. */
function zeroed(from: usize, bytes: u32): bool {
  for (let i: u32 = 0; i < bytes; i++) if (load<u8>(from + i) != 0) return false;
  return true;
}

const taken = new StaticArray<usize>(256);
const sizes = new StaticArray<u32>(256);

describe("sizeClassOf", () => {
  it("gives every size the smallest class that holds it", () => {
    let wrong = 0;
    for (let bytes: u32 = 1; bytes <= 70000; bytes++) {
      const sizeClass = sizeClassOf(bytes);
      wrong += i32(sizeClass == 0 || sizeClass >= SIZE_CLASSES || sizeOfClass(sizeClass) < bytes);
      wrong += i32(sizeClass > 1 && sizeOfClass(sizeClass - 1) >= bytes);
    }
    expect<i32>(wrong).toBe(0);
  });

  it("holds the edges of every power of two up to 1 GiB", () => {
    let wrong = 0;
    for (let shift: u32 = 10; shift <= 30; shift++) {
      const bytes: u32 = 1 << shift;
      wrong += i32(sizeOfClass(sizeClassOf(bytes)) != bytes);
      wrong += i32(sizeOfClass(sizeClassOf(bytes - 1)) != bytes);
      if (shift < 30) wrong += i32(sizeOfClass(sizeClassOf(bytes + 1)) != bytes << 1);
    }
    expect<i32>(wrong).toBe(0);
    expect<u32>(sizeClassOf(1 << 30)).toBeLessThan(SIZE_CLASSES);
  });

  it("gives 0 bytes the smallest class too", () => {
    expect<u32>(sizeClassOf(0)).toBe(1);
  });
});

describe("bump", () => {
  it("hands out zeroed bytes at the alignment asked for, one behind the other", () => {
    format();
    let end: usize = 0;
    let wrong = 0;
    randomFrom(20);
    for (let i = 0; i < 1000; i++) {
      const bytes = randomBelow(500) + 1;
      const alignment: u32 = 8 << randomBelow(4);
      const block = bump(bytes, alignment, false);
      wrong += i32(block < end || (block & (alignment - 1)) != 0 || !zeroed(block, bytes));
      end = block + bytes;
      memory.fill(block, 0xff, bytes);
    }
    expect<i32>(wrong).toBe(0);
    expect<u32>(bytesReserved()).toBe(<u32>end);
  });

  it("ends at the soft limit, and with the reserve at the hard limit; nothing is lost by a refusal", () => {
    format();
    while (bump(65536, 16, false) != 0) {}
    expect<u32>(bytesReserved()).toBeLessThanOrEqual(MAX_BYTES);
    expect<u32>(bytesReserved()).toBeGreaterThan(MAX_BYTES - 65536 - 16);
    const reserved = bytesReserved();
    expect<usize>(bump(65536, 16, false)).toBe(0);
    expect<u32>(bytesReserved()).toBe(reserved);
    while (bump(65536, 16, true) != 0) {}
    expect<u32>(bytesReserved()).toBeLessThanOrEqual(memoryBytes(MAX_BYTES));
    expect<u32>(bytesReserved()).toBeGreaterThan(memoryBytes(MAX_BYTES) - 65536 - 16);
    // What is left is still handed out.
    expect<bool>(bump(16, 16, true) != 0).toBe(true);
  });

  it("refuses sizes that no memory has, without wrapping around", () => {
    format();
    expect<usize>(bump(0xffffffff, 16, true)).toBe(0);
    expect<usize>(bump(0x80000000, 16, true)).toBe(0);
    expect<usize>(bump(MAX_BYTES, 64, false)).toBe(0);
  });

  it("grows the memory 16 bytes past the end, for vectors that read too far", () => {
    format();
    const block = bump(1 << 20, 64, false);
    expect<bool>((<usize>memory.size()) << 16 >= block + (1 << 20) + 16).toBe(true);
  });
});

describe("take and give", () => {
  it("hands a block that was given back out again, last first, to the same kind and class only", () => {
    format();
    const one = take(40, KIND_PLAIN, false);
    const other = take(48, KIND_PLAIN, false);
    give(one, 40, KIND_PLAIN);
    give(other, 48, KIND_PLAIN);
    expect<bool>(take(40, KIND_SERIES, false) == other).toBe(false);
    expect<bool>(take(64, KIND_PLAIN, false) == other).toBe(false);
    expect<usize>(take(33, KIND_PLAIN, false)).toBe(other);
    expect<usize>(take(48, KIND_PLAIN, false)).toBe(one);
  });

  it("keeps the first word of a block while it is free: a state outlives the pause", () => {
    format();
    const block = take(100, KIND_FAMILY, false);
    store<u32>(block, 0xabcd);
    give(block, 100, KIND_FAMILY);
    expect<u32>(load<u32>(block)).toBe(0xabcd);
    expect<usize>(take(100, KIND_FAMILY, false)).toBe(block);
    expect<u32>(load<u32>(block)).toBe(0xabcd);
  });

  it("gives shared cells a cache line of their own", () => {
    format();
    take(16, KIND_PLAIN, false);
    for (let i = 0; i < 8; i++) expect<usize>(take(64, KIND_SHARED_CELL, false) & 63).toBe(0);
  });

  it("never hands a block to two takers, in any order of taking and giving", () => {
    format();
    randomFrom(21);
    let wrong = 0;
    for (let i = 0; i < 256; i++) taken[i] = 0;
    for (let i = 0; i < 20000; i++) {
      const at = randomBelow(256);
      if (taken[at] != 0) {
        // Nobody else has written into it.
        wrong += i32(load<u64>(taken[at] + 8) != <u64>at);
        give(taken[at], sizes[at], KIND_PLAIN);
        taken[at] = 0;
      } else {
        sizes[at] = <u32>(random64() % 2000) + 16;
        taken[at] = take(sizes[at], KIND_PLAIN, false);
        store<u64>(taken[at] + 8, at);
      }
    }
    expect<i32>(wrong).toBe(0);
  });

  it("changes a head's tag with every pop and push, so that a head seen twice is the same head", () => {
    format();
    const head = FREE_HEADS + ((KIND_PLAIN * SIZE_CLASSES + sizeClassOf(16)) << 3);
    const block = take(16, KIND_PLAIN, false);
    for (let i: u32 = 0; i < 10; i++) {
      give(block, 16, KIND_PLAIN);
      expect<u64>(load<u64>(head)).toBe(((<u64>(i * 2 + 1)) << 32) | block);
      take(16, KIND_PLAIN, false);
      expect<u64>(load<u64>(head)).toBe((<u64>(i * 2 + 2)) << 32);
    }
  });

  it("fails at the allocation that a test asked to fail and at all after it, and goes on after that", () => {
    format();
    failFrom(3);
    expect<bool>(take(2000, KIND_PLAIN, true) != 0).toBe(true);
    expect<bool>(take(2000, KIND_PLAIN, true) != 0).toBe(true);
    expect<usize>(take(2000, KIND_PLAIN, true)).toBe(0);
    expect<usize>(take(2000, KIND_PLAIN, true)).toBe(0);
    failFrom(0);
    expect<bool>(take(2000, KIND_PLAIN, true) != 0).toBe(true);
  });
});

describe("bytesFree", () => {
  it("counts what lies in the free lists, by what the blocks really hold", () => {
    format();
    expect<u32>(bytesFree()).toBe(0);
    const small = take(17, KIND_PLAIN, false);
    const large = take(1025, KIND_SERIES, false);
    give(small, 17, KIND_PLAIN);
    give(large, 1025, KIND_SERIES);
    expect<u32>(bytesFree()).toBe(32 + 2048);
    expect<u32>(changetype<Header>(HEADER).failAfter).toBe(0);
  });
});
