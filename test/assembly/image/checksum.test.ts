// The checksum of frames: what accidents make of one shows.

import { random64, randomFrom } from "../formatted";
import { checksumOf } from "../../../assembly/image/checksum";

const room: usize = heap.alloc(256);
const CHECKSUM: u64 = 16319648322690664227;

function flipOf(bit: u32): u8 {
  return <u8>((<u32>1) << (bit & 7));
}

describe("checksumOf", () => {
  it("is another one for every bit that is another one", () => {
    randomFrom(3);
    for (let at: u32 = 0; at < 64; at += 8) store<u64>(room + at, random64());
    const sum = checksumOf(room, 64);
    for (let bit: u32 = 0; bit < 512; bit++) {
      const byte = room + (bit >> 3);
      store<u8>(byte, load<u8>(byte) ^ flipOf(bit));
      expect<bool>(checksumOf(room, 64) == sum).toBe(false);
      store<u8>(byte, load<u8>(byte) ^ flipOf(bit));
    }
    expect<u64>(checksumOf(room, 64)).toBe(sum);
  });

  it("tells lengths of zeros, and orders, apart", () => {
    memory.fill(room, 0, 64);
    expect<bool>(checksumOf(room, 0) == checksumOf(room, 8)).toBe(false);
    expect<bool>(checksumOf(room, 8) == checksumOf(room, 16)).toBe(false);
    store<u64>(room, 1);
    const sum = checksumOf(room, 16);
    store<u64>(room, 0);
    store<u64>(room, 1, 8);
    expect<bool>(checksumOf(room, 16) == sum).toBe(false);
  });

  it("is what it was in every version: images outlive builds", () => {
    store<u64>(room, 0x0123456789abcdef);
    store<u64>(room, 42, 8);
    expect<u64>(checksumOf(room, 16)).toBe(CHECKSUM);
  });
});
