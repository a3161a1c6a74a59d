// That each verb is the one its name says, in one thread; what threads see of one another is tested with threads.

import "../formatted";
import { add32, add64, exchange32, exchangeIf32, exchangeIf64, load32, load64, store32, store64 } from "../../../assembly/memory/atomics";

const at: usize = heap.alloc(16);

describe("words of 32 bits", () => {
  it("are loaded and stored whole, and nothing beside them", () => {
    memory.fill(at, 0xee, 16);
    store32(at + 4, 0x12345678);
    expect<u32>(load32(at + 4)).toBe(0x12345678);
    expect<u32>(load32(at)).toBe(0xeeeeeeee);
    expect<u32>(load32(at + 8)).toBe(0xeeeeeeee);
  });

  it("are exchanged where they are what was expected, and tell what they were", () => {
    store32(at, 5);
    expect<u32>(exchangeIf32(at, 4, 9)).toBe(5);
    expect<u32>(load32(at)).toBe(5);
    expect<u32>(exchangeIf32(at, 5, 9)).toBe(5);
    expect<u32>(load32(at)).toBe(9);
    expect<u32>(exchange32(at, 1)).toBe(9);
    expect<u32>(load32(at)).toBe(1);
  });

  it("are added to around 2^32, and tell what they were", () => {
    store32(at, 0xffffffff);
    expect<u32>(add32(at, 2)).toBe(0xffffffff);
    expect<u32>(load32(at)).toBe(1);
    expect<u32>(add32(at, -1)).toBe(1);
    expect<u32>(load32(at)).toBe(0);
  });
});

describe("words of 64 bits", () => {
  it("are loaded, stored, exchanged and added to whole", () => {
    store64(at, 0x1122334455667788);
    expect<u64>(load64(at)).toBe(0x1122334455667788);
    expect<u32>(load32(at + 4)).toBe(0x11223344);
    expect<u64>(exchangeIf64(at, 0x1122334455667789, 1)).toBe(0x1122334455667788);
    expect<u64>(exchangeIf64(at, 0x1122334455667788, 0xffffffffffffffff)).toBe(0x1122334455667788);
    expect<u64>(add64(at, 3)).toBe(0xffffffffffffffff);
    expect<u64>(load64(at)).toBe(2);
  });
});
