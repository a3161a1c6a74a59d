// The trie on its own: records are bare Keyed ones with a number of eight bytes as their key.

import { failFrom, format, randomBelow, randomFrom } from "../formatted";
import { Keyed, KIND_SERIES, LIVE, PENDING, REMOVED } from "../../../assembly/layout";
import { bytesReserved, take } from "../../../assembly/memory/arena";
import { hashOf } from "../../../assembly/store/hash";
import { trieFind, trieGive, trieInsert, trieRemove } from "../../../assembly/store/trie";

const KEY: u32 = offsetof<Keyed>();
const MOST: u32 = 4096;

const root: usize = heap.alloc(16);
const key: usize = heap.alloc(16);
const records = new StaticArray<usize>(MOST);
/** Of all keys, where a test wants them to meet; 0 for their own. */
let common: u32 = 0;
let colliding: bool = false;

function hash(number: u64): u32 {
  store<u64>(key, number);
  return colliding ? common : hashOf(key, 8);
}

function made(number: u64): usize {
  const record = take(KEY + 8, KIND_SERIES, true);
  const keyed = changetype<Keyed>(record);
  keyed.state = (1 << 2) | PENDING;
  keyed.keyLength = 8;
  keyed.hash = hash(number);
  store<u64>(record + KEY, number);
  return record;
}

/** Inserts a live record; what is found under its key then. */
function insert(number: u64): usize {
  const record = made(number);
  const there = trieInsert(root, record, KEY);
  if (there == record) store<u32>(record, (1 << 2) | LIVE);
  return there;
}

function find(number: u64): usize {
  const keyHash = hash(number);
  return trieFind(root, keyHash, key, 8, KEY);
}

function remove(record: usize): bool {
  store<u32>(record, (1 << 2) | REMOVED);
  return trieRemove(root, record);
}

function empty(collide: bool = false): void {
  format();
  store<u64>(root, 0);
  colliding = collide;
  for (let i: u32 = 0; i < MOST; i++) records[i] = 0;
}

/** How many of the numbers below `count` are not found as what `records` says. */
function lost(count: u32): u32 {
  let wrong: u32 = 0;
  for (let i: u32 = 0; i < count; i++) wrong += u32(find(i) != records[i]);
  return wrong;
}

describe("trieInsert", () => {
  it("finds what was inserted, and nothing else", () => {
    empty();
    expect<usize>(find(0)).toBe(0);
    for (let i: u32 = 0; i < MOST; i++) records[i] = insert(i);
    expect<u32>(lost(MOST)).toBe(0);
    for (let i: u32 = 0; i < 1000; i++) expect<usize>(find(0x100000000 + i)).toBe(0);
  });

  it("returns the record that is there already under the same key", () => {
    empty();
    const first = insert(7);
    expect<usize>(insert(7)).toBe(first);
    expect<usize>(find(7)).toBe(first);
  });

  it("tells keys apart that share their whole hash, past the depth where it is used up", () => {
    empty(true);
    common = 0x12345678;
    for (let i: u32 = 0; i < 100; i++) records[i] = insert(i);
    expect<u32>(lost(100)).toBe(0);
    for (let i: u32 = 0; i < 100; i += 3) {
      expect<bool>(remove(records[i])).toBe(true);
      records[i] = 0;
    }
    expect<u32>(lost(100)).toBe(0);
  });

  it("tells keys of other lengths apart", () => {
    empty();
    const record = insert(5);
    const keyHash = hash(5);
    expect<usize>(trieFind(root, keyHash, key, 7, KEY)).toBe(0);
    expect<usize>(trieFind(root, keyHash, key, 8, KEY)).toBe(record);
  });

  it("returns 0 without memory at any allocation, leaves the rest as it was, and goes on afterwards", () => {
    empty();
    let inserted: u32 = 0;
    let refused = 0;
    for (let i: u32 = 0; i < 300; i++) {
      for (let allocation: u32 = 1; ; allocation++) {
        const record = made(i);
        failFrom(allocation);
        const there = trieInsert(root, record, KEY);
        failFrom(0);
        if (there == record) {
          store<u32>(record, (1 << 2) | LIVE);
          records[i] = record;
          inserted++;
          break;
        }
        refused++;
        expect<usize>(there).toBe(0);
        expect<usize>(find(i)).toBe(0);
      }
    }
    expect<u32>(inserted).toBe(300);
    expect<i32>(refused).toBeGreaterThan(0);
    expect<u32>(lost(300)).toBe(0);
  });
});

describe("trieRemove", () => {
  it("takes out the record alone, whichever it is, and lets its key be inserted again", () => {
    empty();
    randomFrom(31);
    for (let i: u32 = 0; i < MOST; i++) records[i] = insert(i);
    for (let round = 0; round < 20000; round++) {
      const i = randomBelow(MOST);
      if (records[i] == 0) records[i] = insert(i);
      else {
        remove(records[i]);
        records[i] = 0;
      }
    }
    expect<u32>(lost(MOST)).toBe(0);
  });

  it("is content with a record that is not there", () => {
    empty();
    const record = insert(1);
    expect<bool>(remove(record)).toBe(true);
    expect<bool>(trieRemove(root, record)).toBe(true);
    expect<usize>(find(1)).toBe(0);
  });

  it("says false without memory for the smaller bucket; the record is not found all the same", () => {
    empty();
    for (let i: u32 = 0; i < 5; i++) records[i] = insert(i);
    failFrom(1);
    // The bucket it came from may lie in the free list: take what is there.
    while (take(4 + (4 << 2), KIND_SERIES, true) != 0) {}
    const removed = remove(records[2]);
    failFrom(0);
    records[2] = 0;
    expect<u32>(lost(5)).toBe(0);
    if (!removed) expect<usize>(insert(2)).not.toBe(0);
  });

  it("uses the same memory again and again", () => {
    empty();
    for (let i: u32 = 0; i < 500; i++) records[i] = insert(i);
    let reserved: u32 = 0;
    for (let round = 0; round < 40; round++) {
      if (round == 5) reserved = bytesReserved();
      for (let i: u32 = 0; i < 500; i++) {
        const record = records[i];
        remove(record);
        store<u32>(record, (1 << 2) | PENDING);
        records[i] = trieInsert(root, record, KEY);
        store<u32>(record, (1 << 2) | LIVE);
      }
    }
    expect<u32>(lost(500)).toBe(0);
    expect<u32>(bytesReserved()).toBe(reserved);
  });
});

describe("trieGive", () => {
  it("empties the trie, which can be filled again", () => {
    empty();
    for (let i: u32 = 0; i < 1000; i++) insert(i);
    trieGive(root);
    expect<u32>(lost(1000)).toBe(0);
    for (let i: u32 = 0; i < 1000; i++) records[i] = insert(i);
    expect<u32>(lost(1000)).toBe(0);
    trieGive(root);
    trieGive(root);
  });
});
