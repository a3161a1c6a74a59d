// The table of keys: each once, whatever their number, and nothing lost where memory ends.

import { failFrom, format } from "../formatted";
import { file, fileBegin, keyNamed, recordPut } from "./database";
import { bytesEqual, isKey, keyAt, keyFind, Keys, keysFree, keysMake, NO_KEY } from "../../../assembly/image/keys";
import { keyBytes } from "../../../assembly/image/stride";
import { bytesFree, bytesReserved, take } from "../../../assembly/memory/arena";
import { KIND_PLAIN } from "../../../assembly/layout";

function made(): Keys {
  const address = take(offsetof<Keys>(), KIND_PLAIN, false);
  memory.fill(address, 0, offsetof<Keys>());
  const keys = changetype<Keys>(address);
  expect<bool>(keysMake(keys)).toBe(true);
  return keys;
}

/** Finds a key with this name. */
function find(keys: Keys, name: string, origin: u64 = 0): u32 {
  fileBegin();
  recordPut(name, 0);
  return keyFind(keys, origin, file + 8, keyBytes(load<u32>(file, 8)));
}

/** Finds a number as a key. */
function findNumber(keys: Keys, number: u64): u32 {
  store<u64>(file, number * 0x9e3779b97f4a7c15, 8);
  store<u64>(file, number, 16);
  return keyFind(keys, 0, file + 8, 16);
}

describe("keyFind", () => {
  it("gives one number for one key and origin, in the order they were met", () => {
    format();
    const keys = made();
    expect<u32>(find(keys, keyNamed("one"))).toBe(0);
    expect<u32>(find(keys, keyNamed("two"))).toBe(1);
    expect<u32>(find(keys, keyNamed("one"), 1)).toBe(2);
    expect<u32>(find(keys, keyNamed("one"), 1 << 32)).toBe(3);
    expect<u32>(find(keys, keyNamed("one"))).toBe(0);
    expect<u32>(find(keys, keyNamed("one"), 1)).toBe(2);
    expect<u32>(keys.count).toBe(4);
    expect<bool>(isKey(keyAt(keys, 0), 0, file + 8, keyBytes(load<u32>(file, 8)))).toBe(true);
    expect<bool>(isKey(keyAt(keys, 0), 1, file + 8, keyBytes(load<u32>(file, 8)))).toBe(false);
    expect<bool>(isKey(keyAt(keys, 1), 0, file + 8, keyBytes(load<u32>(file, 8)))).toBe(false);
  });

  it("keeps thousands of them while it grows, with their values", () => {
    format();
    fileBegin();
    const keys = made();
    let wrong = 0;
    for (let i: u32 = 0; i < 10000; i++) {
      wrong += i32(findNumber(keys, i) != i);
      store<f64>(<usize>keys.values + (i << 3), <f64>i);
      store<f64>(<usize>keys.stamps + (i << 3), <f64>i + 0.5);
    }
    for (let i: u32 = 0; i < 10000; i++) {
      wrong += i32(findNumber(keys, i) != i || load<f64>(<usize>keys.values + (i << 3)) != <f64>i);
      wrong += i32(load<f64>(<usize>keys.stamps + (i << 3)) != <f64>i + 0.5);
    }
    expect<i32>(wrong).toBe(0);
    expect<u32>(keys.count).toBe(10000);
  });

  it("is NO_KEY where memory ends, and those that are there stay", () => {
    format();
    fileBegin();
    const keys = made();
    let i: u32 = 0;
    while (i < 200000 && findNumber(keys, i) == i) i++;
    expect<bool>(i > 1000 && i < 200000).toBe(true);
    expect<u32>(keys.count).toBe(i);
    expect<u32>(findNumber(keys, i)).toBe(NO_KEY);
    let wrong = 0;
    for (let j: u32 = 0; j < i; j++) wrong += i32(findNumber(keys, j) != j);
    expect<i32>(wrong).toBe(0);
  });
});

describe("keysFree", () => {
  it("gives back all there is, so that the next table needs no more", () => {
    format();
    fileBegin();
    let reserved: u32 = 0;
    let free: u32 = 0;
    for (let round = 0; round < 3; round++) {
      const keys = made();
      for (let i: u32 = 0; i < 5000; i++) findNumber(keys, i);
      keysFree(keys);
      if (round == 1) {
        reserved = bytesReserved();
        free = bytesFree();
      }
    }
    // The 48 bytes of the record itself are of its maker.
    expect<bool>(bytesReserved() - reserved <= 48 && free - bytesFree() <= 48).toBe(true);
  });

  it("gives back what there is of a table that could not be made", () => {
    for (let failing: u32 = 1; failing <= 6; failing++) {
      format();
      const address = take(offsetof<Keys>(), KIND_PLAIN, false);
      memory.fill(address, 0, offsetof<Keys>());
      failFrom(failing);
      expect<bool>(keysMake(changetype<Keys>(address))).toBe(failing == 6);
      failFrom(0);
      keysFree(changetype<Keys>(address));
    }
  });
});

describe("bytesEqual", () => {
  it("sees every byte of whole words", () => {
    format();
    fileBegin();
    const one = file + 64;
    const other = file + 1024;
    let wrong = 0;
    for (let bytes: u32 = 8; bytes <= 64; bytes += 8) {
      wrong += i32(!bytesEqual(one, other, bytes));
      for (let i: u32 = 0; i < 72; i++) {
        store<u8>(other + i, 1);
        wrong += i32(bytesEqual(one, other, bytes) != i >= bytes);
        store<u8>(other + i, 0);
      }
    }
    expect<i32>(wrong).toBe(0);
  });
});
