// Bytes into the output, whole and escaped.

import { textAt } from "../formatted";
import { helpPut, textPut } from "../../../assembly/text/escape";

const from: usize = heap.alloc(256);
const at: usize = heap.alloc(512);

function put(text: string): u32 {
  return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, from);
}

function help(text: string, quotes: bool): string {
  return textAt(at, helpPut(at, from, put(text), quotes) - at);
}

describe("textPut", () => {
  it("copies every length, and overshoots by 15 bytes at the most", () => {
    for (let i: u32 = 0; i < 128; i++) store<u8>(from + i, i + 1);
    let wrong = 0;
    for (let length: u32 = 0; length < 100; length++) {
      memory.fill(at, 0xee, 256);
      wrong += i32(textPut(at + 1, from, length) != at + 1 + length);
      wrong += i32(memory.compare(at + 1, from, length) != 0);
      wrong += i32(load<u8>(at) != 0xee || load<u8>(at + 1 + length + 15) != 0xee);
    }
    expect<i32>(wrong).toBe(0);
  });

  it("writes nothing for no text", () => {
    memory.fill(at, 0xee, 16);
    expect<usize>(textPut(at, from, 0)).toBe(at);
    expect<u64>(load<u64>(at)).toBe(0xeeeeeeeeeeeeeeee);
  });
});

describe("helpPut", () => {
  it("escapes backslash and newline, and the quote where the dialect says so", () => {
    expect<string>(help('a\\b\nc"d', false)).toBe('a\\\\b\\nc"d');
    expect<string>(help('a\\b\nc"d', true)).toBe('a\\\\b\\nc\\"d');
    expect<string>(help("\n\n", false)).toBe("\\n\\n");
    expect<string>(help("", true)).toBe("");
  });

  it("leaves every other byte as it is", () => {
    expect<string>(help("tab\tcarriage\rä€😀", true)).toBe("tab\tcarriage\rä€😀");
  });
});
