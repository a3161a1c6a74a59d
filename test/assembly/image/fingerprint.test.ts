// The hash of keys: every bit counts, the memory's key decides, and no two words of it take each other's place.

import { format, random64, randomFrom } from "../formatted";
import { fingerprint, SECRET_BYTES, secretMake } from "../../../assembly/image/fingerprint";
import { hashOf } from "../../../assembly/store/hash";
import { memoryKey } from "../../../assembly/store/registry";

const secret: usize = heap.alloc(SECRET_BYTES + 16);
const text: usize = heap.alloc(1024 + 16);

function start(): void {
  format();
  memoryKey(1, 2);
  secretMake(secret);
  randomFrom(3);
  for (let i = 0; i < 1024; i += 8) store<u64>(text + i, random64());
}

describe("secretMake", () => {
  it("makes another secret of another key, and no word twice", () => {
    start();
    let twice = 0;
    for (let i: u32 = 0; i < SECRET_BYTES; i += 4) {
      for (let j: u32 = 0; j < i; j += 4) twice += i32(load<u32>(secret + i) == load<u32>(secret + j));
    }
    expect<i32>(twice).toBe(0);
    const first = load<u64>(secret);
    memoryKey(1, 3);
    secretMake(secret);
    expect<bool>(load<u64>(secret) != first).toBe(true);
    expect<u64>(load<u64>(secret) & 0xffffffff).not.toBe(first & 0xffffffff);
  });
});

describe("fingerprint", () => {
  it("is the sum of the products, whatever the length", () => {
    start();
    let wrong = 0;
    for (let bytes: u32 = 0; bytes <= SECRET_BYTES; bytes += 8) {
      let sum: u64 = 0;
      const paired = bytes & ~31;
      for (let i: u32 = 0; i < bytes; i += i < paired && (i & 15) == 12 ? 20 : i < paired ? 4 : 8) {
        const apart: usize = i < paired ? 16 : 4;
        const one = load<u32>(text + i) + load<u32>(secret + i);
        const other = load<u32>(text + i + apart) + load<u32>(secret + i + apart);
        sum += <u64>one * <u64>other;
      }
      const hash = <u32>(((sum ^ (sum >> 32)) * 0x9e3779b97f4a7c15) >> 32);
      wrong += i32(fingerprint(secret, text, bytes) != hash);
    }
    expect<i32>(wrong).toBe(0);
  });

  it("depends on every bit, and on the order of words", () => {
    start();
    let same = 0;
    for (let bytes: u32 = 8; bytes <= 176; bytes += 8) {
      const hash = fingerprint(secret, text, bytes);
      for (let bit: u32 = 0; bit < bytes << 3; bit++) {
        const at = text + (bit >> 3);
        store<u8>(at, load<u8>(at) ^ (<u8>((<u32>1) << (bit & 7))));
        same += i32(fingerprint(secret, text, bytes) == hash);
        store<u8>(at, load<u8>(at) ^ (<u8>((<u32>1) << (bit & 7))));
      }
      if (bytes < 16) continue;
      const first = load<u64>(text);
      const last = load<u64>(text + bytes - 8);
      store<u64>(text, last);
      store<u64>(text + bytes - 8, first);
      same += i32(fingerprint(secret, text, bytes) == hash);
      store<u64>(text, first);
      store<u64>(text + bytes - 8, last);
    }
    expect<i32>(same).toBe(0);
  });

  it("leaves long keys to SipHash", () => {
    start();
    expect<u32>(fingerprint(secret, text, SECRET_BYTES + 8)).toBe(hashOf(text, SECRET_BYTES + 8));
  });
});
