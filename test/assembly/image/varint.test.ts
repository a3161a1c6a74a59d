// Numbers of images: every size comes back, and nothing is read behind the end.

import { random64, randomFrom } from "../formatted";
import {
  signedOf,
  takenEnd,
  VARINT_BYTES_MAX,
  varint32Taken,
  varintPut,
  varintsPassed,
  varintTaken,
  wholeBytes,
  wholeOf,
  widePut,
  wideTaken,
  wordPut,
  wordTaken,
  zigzagOf,
  zigzagPut,
  zigzagTaken,
} from "../../../assembly/image/varint";

const room: usize = heap.alloc(64);

describe("varintTaken", () => {
  it("takes what varintPut put, of any size", () => {
    randomFrom(1);
    for (let i: u64 = 0; i < 4000; i++) {
      const value = random64() >> (i & 63);
      const end = varintPut(room, value);
      expect<bool>(end - room <= VARINT_BYTES_MAX).toBe(true);
      expect<u64>(varintTaken(room, end)).toBe(value);
      expect<usize>(takenEnd()).toBe(end);
      const signed = <i64>value;
      expect<i64>(zigzagTaken(room, zigzagPut(room, signed))).toBe(signed);
      expect<i64>(signedOf(zigzagOf(signed))).toBe(signed);
    }
    expect<usize>(varintPut(room, u64.MAX_VALUE) - room).toBe(VARINT_BYTES_MAX);
    expect<usize>(varintPut(room, 127) - room).toBe(1);
    expect<u64>(zigzagOf(-1)).toBe(1);
  });

  it("fails where the end comes first, and goes on failing", () => {
    const end = varintPut(room, u64.MAX_VALUE);
    for (let at = room; at < end; at++) {
      expect<u64>(varintTaken(room, at)).toBe(0);
      expect<usize>(takenEnd()).toBe(0);
    }
    expect<u64>(varintTaken(0, end)).toBe(0);
    expect<u32>(varint32Taken(takenEnd(), end)).toBe(0);
    expect<u64>(wideTaken(takenEnd(), end)).toBe(0);
    expect<u32>(wordTaken(takenEnd(), end)).toBe(0);
    expect<usize>(takenEnd()).toBe(0);
  });

  it("refuses what does not fit", () => {
    memory.fill(room, 0xff, 10);
    store<u8>(room + 9, 2);
    varintTaken(room, room + 10);
    expect<usize>(takenEnd()).toBe(0);
    store<u8>(room + 9, 0x81);
    varintTaken(room, room + 16);
    expect<usize>(takenEnd()).toBe(0);
    varint32Taken(room, varintPut(room, 1 << 32));
    expect<usize>(takenEnd()).toBe(0);
    expect<u32>(varint32Taken(room, varintPut(room, 0xffffffff))).toBe(0xffffffff);
    expect<usize>(takenEnd()).toBe(room + 5);
  });
});

describe("varintsPassed", () => {
  it("ends behind so many, or nowhere", () => {
    let end = room;
    for (let i: u64 = 0; i < 8; i++) end = varintPut(end, 1 << (i << 2));
    expect<usize>(varintsPassed(room, end, 8)).toBe(end);
    expect<usize>(varintsPassed(room, end, 0)).toBe(room);
    expect<usize>(varintsPassed(room, end, 9)).toBe(0);
    expect<usize>(varintsPassed(room, end, u64.MAX_VALUE)).toBe(0);
    expect<usize>(varintsPassed(room, end - 1, 8)).toBe(0);
    expect<usize>(varintsPassed(0, end, 0)).toBe(0);
  });
});

describe("wideTaken", () => {
  it("takes widths as they are", () => {
    const end = wordPut(widePut(room, 0x0123456789abcdef), 0xfedcba98);
    expect<usize>(end).toBe(room + 12);
    expect<u64>(wideTaken(room, end)).toBe(0x0123456789abcdef);
    expect<u32>(wordTaken(takenEnd(), end)).toBe(0xfedcba98);
    wordTaken(room + 8, end - 1);
    expect<usize>(takenEnd()).toBe(0);
    wideTaken(room, room + 7);
    expect<usize>(takenEnd()).toBe(0);
  });
});

describe("wholeBytes and wholeOf", () => {
  it("take what varintPut put, whatever stands behind it, and nothing of more than 8 bytes", () => {
    randomFrom(2);
    for (let i: u64 = 0; i < 4000; i++) {
      const value = random64() >> (i & 63);
      store<u64>(room, random64());
      store<u64>(room, random64(), 8);
      const bytes = <u32>(varintPut(room, value) - room);
      const word = load<u64>(room);
      expect<u32>(wholeBytes(word)).toBe(bytes > 8 ? 0 : bytes);
      if (bytes <= 8) expect<u64>(wholeOf(word, bytes)).toBe(value);
    }
  });
});
