// How the formats of Python's files are told apart.

import { format } from "../formatted";
import { file, fileBegin, keyNamed, recordPut, used } from "./database";
import { doublesOf, isHead, KEY_BYTES_MAX, keyBytes, UNDECIDED } from "../../../assembly/image/stride";

function begin(): void {
  format();
  fileBegin();
}

/** A timestamp that looks like a length of 24 and the beginning of a key. */
function mistaken(): f64 {
  return reinterpret<f64>(0x41d9_225b_0000_0018);
}

describe("keyBytes", () => {
  it("is the length, the key, and from one to eight spaces", () => {
    for (let length: u32 = 4; length < 40; length++) {
      const bytes = keyBytes(length);
      expect<u32>(bytes & 7).toBe(0);
      expect<bool>(bytes > length + 4 && bytes <= length + 12).toBe(true);
      expect<u32>(bytes).toBe(4 + length + (8 - ((length + 4) % 8)));
    }
  });
});

describe("isHead", () => {
  it("wants a length that may be one and the beginning of a key", () => {
    begin();
    recordPut(keyNamed("jobs"), 1);
    expect<bool>(isHead(file + 8, file + used)).toBe(true);
    expect<bool>(isHead(file + 8, file + 15)).toBe(false);
    const length = load<u32>(file, 8);
    store<u32>(file, KEY_BYTES_MAX, 8);
    expect<bool>(isHead(file + 8, file + used)).toBe(true);
    store<u32>(file, KEY_BYTES_MAX + 1, 8);
    expect<bool>(isHead(file + 8, file + used)).toBe(false);
    store<u32>(file, 3, 8);
    expect<bool>(isHead(file + 8, file + used)).toBe(false);
    store<i32>(file, -1, 8);
    expect<bool>(isHead(file + 8, file + used)).toBe(false);
    store<u32>(file, length, 8);
    store<u8>(file, 0x7b, 12);
    expect<bool>(isHead(file + 8, file + used)).toBe(false);
  });
});

describe("doublesOf", () => {
  it("knows one double from two, for one record and for many", () => {
    for (let doubles: u32 = 1; doubles <= 2; doubles++) {
      begin();
      for (let i = 0; i < 5; i++) {
        recordPut(keyNamed("jobs" + i.toString()), 1.5, doubles, 1.7e9);
        expect<u32>(doublesOf(file, used, used, 0)).toBe(doubles);
      }
    }
  });

  it("goes the whole way where a timestamp looks like the next key", () => {
    for (let filled: u32 = 0; filled < 2; filled++) {
      begin();
      recordPut(keyNamed("jobs"), 1, 2, mistaken());
      recordPut(keyNamed("jobs_two"), 1, 2, mistaken());
      recordPut(keyNamed("jobs_third"), 1, 2, 5);
      expect<u32>(doublesOf(file, used, used + filled * 8, 1)).toBe(2);
    }
  });

  it("cannot say before the next key is there, and does not guess where it can never say", () => {
    begin();
    recordPut(keyNamed("jobs"), 1);
    const first = used;
    recordPut(keyNamed("jobs_two"), 1);
    for (let filled: u32 = 8; filled < first + 8; filled++) expect<u32>(doublesOf(file, filled, used, 1)).toBe(UNDECIDED);
    expect<u32>(doublesOf(file, first + 8, used, 1)).toBe(2);
    // Behind the first key is none, with either width.
    memory.fill(file + first, 0, used - first);
    expect<u32>(doublesOf(file, used, used, 1)).toBe(1);
    expect<u32>(doublesOf(file, used, used, 2)).toBe(2);
    memory.fill(file + 8, 0, used);
    expect<u32>(doublesOf(file, used, used, 2)).toBe(2);
  });
});
