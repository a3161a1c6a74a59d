// Protobuf's wire format: against the plain way of writing it, and read back.

import { random64, randomBelow, randomFrom } from "../formatted";
import {
  BYTES,
  bytesPut,
  deltasPut,
  deltasPutBytesMax,
  doublePut,
  FIXED64,
  fixed64Put,
  lengthBegin,
  lengthEnd,
  messageBegin,
  sint64Put,
  stringPut,
  TAG_BYTES_MAX,
  tagPut,
  uint64Put,
  VARINT,
  VARINT_BYTES_MAX,
  varintBytes,
  varintPut,
  zigzag,
  zigzagPut,
} from "../../../assembly/text/wire";

const from: usize = heap.alloc(65536);
const at: usize = heap.alloc(65536);

/** What stands from `at` on, as hexadecimal digits. */
function hex(end: usize): string {
  let text = "";
  for (let i = at; i < end; i++) text += load<u8>(i).toString(16).padStart(2, "0");
  return text;
}

/** A varint as the encoding's description says: seven bits a byte, the lowest first, a bit where more follow. */
function plainly(value: u64): string {
  let text = "";
  do {
    const rest = value / 128;
    text += (<u32>(value % 128) + (rest == 0 ? 0 : 128)).toString(16).padStart(2, "0");
    value = rest;
  } while (value != 0);
  return text;
}

let readEnd: usize = 0;

function varintAt(address: usize): u64 {
  let value: u64 = 0;
  let shift: u64 = 0;
  while (load<u8>(address) >= 128) {
    value |= (<u64>(load<u8>(address++) & 127)) << shift;
    shift += 7;
  }
  value |= (<u64>load<u8>(address)) << shift;
  readEnd = address + 1;
  return value;
}

function zigzagAt(address: usize): i64 {
  const value = varintAt(address);
  return (value & 1) == 0 ? <i64>(value >> 1) : -(<i64>(value >> 1)) - 1;
}

/** The first value whose varint is wrong, or 1 for none. */
let wrong: u64 = 1;

function check(value: u64): void {
  const end = varintPut(at, value);
  const right = hex(end) == plainly(value) && end - at == varintBytes(value) && varintAt(at) == value && readEnd == end;
  if (!right && wrong == 1) wrong = value;
}

describe("varintPut and varintBytes", () => {
  it("write and measure both sides of every power of two", () => {
    for (let i: u64 = 0; i < 64; i++) {
      const power = (<u64>1) << i;
      check(power - 1);
      check(power);
      check(power + 1);
    }
    check(u64.MAX_VALUE);
    expect<u64>(wrong).toBe(1);
  });

  it("write and measure random numbers of every length", () => {
    randomFrom(1);
    for (let i: u64 = 0; i < 4000; i++) check(random64() >> (i & 63));
    expect<u64>(wrong).toBe(1);
  });

  it("are what the encoding's description shows", () => {
    expect<string>(hex(varintPut(at, 0))).toBe("00");
    expect<string>(hex(varintPut(at, 127))).toBe("7f");
    expect<string>(hex(varintPut(at, 128))).toBe("8001");
    expect<string>(hex(varintPut(at, 150))).toBe("9601");
    expect<string>(hex(varintPut(at, u64.MAX_VALUE))).toBe("ffffffffffffffffff01");
    expect<u32>(varintBytes(u64.MAX_VALUE)).toBe(VARINT_BYTES_MAX);
    expect<u32>(varintBytes(0)).toBe(1);
  });
});

describe("zigzagPut", () => {
  it("makes small numbers of those near 0", () => {
    expect<u64>(zigzag(0)).toBe(0);
    expect<u64>(zigzag(-1)).toBe(1);
    expect<u64>(zigzag(1)).toBe(2);
    expect<u64>(zigzag(-2)).toBe(3);
    expect<u64>(zigzag(2147483647)).toBe(4294967294);
    expect<u64>(zigzag(-2147483648)).toBe(4294967295);
    expect<u64>(zigzag(i64.MAX_VALUE)).toBe(u64.MAX_VALUE - 1);
    expect<u64>(zigzag(i64.MIN_VALUE)).toBe(u64.MAX_VALUE);
    expect<string>(hex(zigzagPut(at, -64))).toBe("7f");
    expect<string>(hex(zigzagPut(at, 64))).toBe("8001");
  });

  it("reads back for random numbers of both signs and every length", () => {
    randomFrom(2);
    let different = 0;
    for (let i: i64 = 0; i < 4000; i++) {
      const value = (<i64>random64()) >> (i & 63);
      const end = zigzagPut(at, value);
      different += i32(zigzagAt(at) != value || readEnd != end);
    }
    expect<i32>(different).toBe(0);
  });
});

describe("fields", () => {
  it("begin with their number and how they are written", () => {
    expect<string>(hex(tagPut(at, 1, VARINT))).toBe("08");
    expect<string>(hex(tagPut(at, 15, BYTES))).toBe("7a");
    expect<string>(hex(tagPut(at, 16, FIXED64))).toBe("8101");
    expect<string>(hex(tagPut(at, 536870911, BYTES))).toBe("faffffff0f");
    expect<usize>(tagPut(at, 536870911, BYTES) - at).toBe(TAG_BYTES_MAX);
  });

  it("hold numbers", () => {
    expect<string>(hex(uint64Put(at, 1, 150))).toBe("089601");
    expect<string>(hex(uint64Put(at, 6, -1))).toBe("30ffffffffffffffffff01");
    expect<string>(hex(sint64Put(at, 5, -4))).toBe("2807");
    expect<string>(hex(fixed64Put(at, 3, 0x0102030405060708))).toBe("190807060504030201");
    expect<string>(hex(doublePut(at, 2, 1))).toBe("11000000000000f03f");
    expect<string>(hex(doublePut(at, 2, -0.0))).toBe("110000000000000080");
    expect<string>(hex(doublePut(at, 2, Infinity))).toBe("11000000000000f07f");
  });

  it("hold bytes behind their length, and no string where it is empty", () => {
    String.UTF8.encodeUnsafe(changetype<usize>("testing"), 7, from);
    expect<string>(hex(bytesPut(at, 2, from, 7))).toBe("120774657374696e67");
    expect<string>(hex(stringPut(at, 2, from, 7))).toBe("120774657374696e67");
    expect<string>(hex(bytesPut(at, 2, from, 0))).toBe("1200");
    expect<string>(hex(stringPut(at, 2, from, 0))).toBe("");
    memory.fill(from, 0x61, 300);
    const end = bytesPut(at, 2, from, 300);
    expect<usize>(end - at).toBe(303);
    expect<u64>(varintAt(at + 1)).toBe(300);
    expect<i32>(memory.compare(at + 3, from, 300)).toBe(0);
  });
});

/** Puts random bytes of a length between a begin and an end; true where they stand behind their length and nothing else moved. */
function surrounded(length: u32): bool {
  for (let i: u32 = 0; i < length; i++) store<u8>(from + i, <u32>random64());
  store<u8>(at, 0xee);
  const begin = lengthBegin(at + 1);
  memory.copy(begin, from, length);
  store<u8>(begin + length, 0xee);
  const end = lengthEnd(begin, begin + length);
  if (varintAt(at + 1) != length || load<u8>(at) != 0xee) return false;
  return readEnd + length == end && memory.compare(readEnd, from, length) == 0;
}

describe("lengthEnd", () => {
  it("moves what is longer than its room, at every length where that grows", () => {
    randomFrom(3);
    expect<bool>(surrounded(0)).toBe(true);
    expect<bool>(surrounded(1)).toBe(true);
    expect<bool>(surrounded(127)).toBe(true);
    expect<bool>(surrounded(128)).toBe(true);
    expect<bool>(surrounded(129)).toBe(true);
    expect<bool>(surrounded(16383)).toBe(true);
    expect<bool>(surrounded(16384)).toBe(true);
    let different = 0;
    for (let i = 0; i < 200; i++) different += i32(!surrounded(randomBelow(20000)));
    expect<i32>(different).toBe(0);
  });

  it("nests: each level is moved by those in it and moves with those around it", () => {
    const sizes: u32[] = [0, 100, 120, 123, 124, 125, 126, 127, 128, 200, 16370, 16376, 16380, 16383, 16384];
    let different = 0;
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[i];
      memory.fill(from, 0x61, size);
      const outer = messageBegin(at, 4);
      const middle = messageBegin(doublePut(outer, 1, 17), 3);
      const inner = bytesPut(middle, 1, from, size);
      const end = lengthEnd(outer, uint64Put(lengthEnd(middle, inner), 6, 5));
      // Read from the outside in.
      different += i32(load<u8>(at) != 0x22);
      const outerLength = varintAt(at + 1);
      different += i32(readEnd + <usize>outerLength != end);
      different += i32(load<f64>(readEnd + 1) != 17 || load<u8>(readEnd + 9) != 0x1a);
      const middleLength = varintAt(readEnd + 10);
      different += i32(readEnd + <usize>middleLength + 2 != end || load<u16>(end - 2) != 0x0530);
      different += i32(load<u8>(readEnd) != 0x0a || varintAt(readEnd + 1) != size);
      different += i32(memory.compare(readEnd, from, size) != 0 || readEnd + size + 2 != end);
    }
    expect<i32>(different).toBe(0);
  });
});

describe("deltasPut", () => {
  it("writes differences, the first from 0, and nothing for none", () => {
    const counts: u64[] = [2, 1, 3, 3, 100];
    for (let i = 0; i < counts.length; i++) store<u64>(from + ((<usize>i) << 3), counts[i]);
    expect<string>(hex(deltasPut(at, 13, from, 3, 8))).toBe("6a03040104");
    expect<string>(hex(deltasPut(at, 13, from, 5, 8))).toBe("6a0604010400c201");
    expect<string>(hex(deltasPut(at, 13, from, 2, 16))).toBe("6a020402");
    expect<string>(hex(deltasPut(at, 13, from, 0, 8))).toBe("");
  });

  it("sums up to the counts again, whatever they are, within its bound", () => {
    randomFrom(4);
    let different = 0;
    for (let round: u64 = 0; round < 64; round++) {
      const count = randomBelow(200) + 1;
      for (let i: u32 = 0; i < count; i++) store<u64>(from + (i << 4), random64() >> ((round + i) & 63));
      const end = deltasPut(at, 10, from, count, 16);
      different += i32(end - at > deltasPutBytesMax(count));
      const length = varintAt(at + 1);
      different += i32(readEnd + <usize>length != end);
      let sum: u64 = 0;
      for (let i: u32 = 0; i < count; i++) {
        sum += zigzagAt(readEnd);
        different += i32(sum != load<u64>(from + (i << 4)));
      }
      different += i32(readEnd != end);
    }
    expect<i32>(different).toBe(0);
  });
});
