// The block that a slice of text is written into: room, alignment, and what stands in front of the text.

import { failFrom, format } from "../formatted";
import { BOUNDS_MAX } from "../../../assembly/layout";
import { bytesReserved } from "../../../assembly/memory/arena";
import { ownWriter } from "../../../assembly/store/writer";
import {
  BOUND_BYTES,
  boundAt,
  DEFAULT_LABELS_MAX,
  keptLabels,
  pageAlign,
  pageLimit,
  pageMade,
  pageText,
  prefixAt,
  PREFIXES,
  prefixKept,
  prefixLength,
} from "../../../assembly/text/page";

describe("pageMade", () => {
  it("makes room for the bytes that were asked for, and for vectors behind them, at every alignment", () => {
    let wrong = 0;
    for (let bytes: u32 = 0; bytes < 100000; bytes = bytes * 3 + 1) {
      for (let aligned: u32 = 0; aligned < 16; aligned++) {
        format();
        pageAlign(aligned);
        wrong += i32(!pageMade(bytes) || (pageText() & 7) != (aligned & 7));
        wrong += i32(pageText() + bytes > pageLimit());
        wrong += i32(pageLimit() + 64 > <usize>ownWriter().output + ownWriter().outputBytes);
      }
    }
    expect<i32>(wrong).toBe(0);
  });

  it("keeps a block that is large enough, all of which may be used then", () => {
    format();
    pageAlign(0);
    pageMade(5000);
    const text = pageText();
    const limit = pageLimit();
    const reserved = bytesReserved();
    expect<bool>(pageMade(100)).toBe(true);
    expect<usize>(pageText()).toBe(text);
    expect<usize>(pageLimit()).toBe(limit);
    expect<u32>(bytesReserved()).toBe(reserved);
  });

  it("is false without memory, and leaves the page as it was", () => {
    format();
    pageAlign(3);
    pageMade(100);
    const text = pageText();
    const limit = pageLimit();
    failFrom(1);
    expect<bool>(pageMade(1 << 20)).toBe(false);
    failFrom(0);
    expect<usize>(pageText()).toBe(text);
    expect<usize>(pageLimit()).toBe(limit);
    expect<bool>(pageMade(1 << 20)).toBe(true);
  });
});

describe("prefixAt and boundAt", () => {
  it("are places of their own, in front of the text", () => {
    format();
    pageAlign(0);
    pageMade(100);
    expect<usize>(prefixAt(0)).toBe(<usize>ownWriter().output + 8);
    for (let i: u32 = 1; i < PREFIXES; i++) {
      // A name of 1,024 bytes that becomes five times as long, and default labels.
      expect<usize>(prefixAt(i) - prefixAt(i - 1)).toBeGreaterThan(5 * 1024 + DEFAULT_LABELS_MAX);
    }
    expect<usize>(boundAt(0) - prefixAt(PREFIXES - 1)).toBe(prefixAt(1) - prefixAt(0) - 8);
    for (let i: u32 = 1; i <= BOUNDS_MAX; i++) expect<usize>(boundAt(i) - boundAt(i - 1)).toBe(BOUND_BYTES);
    expect<usize>(keptLabels()).toBe(boundAt(BOUNDS_MAX) + BOUND_BYTES);
    expect<usize>(pageText() - keptLabels()).toBeGreaterThan(DEFAULT_LABELS_MAX + 16);
  });
});

describe("prefixKept", () => {
  it("keeps the length of each prefix, which no other one touches", () => {
    format();
    pageMade(100);
    for (let i: u32 = 0; i < PREFIXES; i++) prefixKept(i, prefixAt(i) + 10 * i);
    for (let i: u32 = 0; i < PREFIXES; i++) expect<u32>(prefixLength(i)).toBe(10 * i);
  });
});
