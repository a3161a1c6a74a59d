// Names as scrapers of the classic data model get them: which of them meet there.

import { classicLabelIs, classicNamesMeet } from "../../../assembly/store/classic";

const one: usize = heap.alloc(4096);
const other: usize = heap.alloc(4096);

function put(text: string, at: usize): u32 {
  return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, at);
}

const NONE: u64 = 0;
const TOTAL: u64 = 0x6c61746f745f; // "_total"

function meet(name: string, suffix: u64, otherName: string): bool {
  const length = put(name, one);
  return classicNamesMeet(one, length, suffix, other, put(otherName, other));
}

function label(legal: string, name: string): bool {
  const length = put(legal, one);
  return classicLabelIs(one, length, other, put(name, other));
}

describe("classicNamesMeet", () => {
  it("takes every rune that is not legal for an underscore, and a digit in front", () => {
    const names = ["a.b", "a_b", "a-b", "aéb", "a世b", "a🦀b", "a\nb", 'a"b'];
    for (let i = 0; i < names.length; i++) {
      for (let j = 0; j < names.length; j++) expect<bool>(meet(names[i], NONE, names[j])).toBe(true);
    }
    expect<bool>(meet("1a", NONE, "_a")).toBe(true);
    expect<bool>(meet("a1", NONE, "a_")).toBe(false);
    expect<bool>(meet("é", NONE, "_")).toBe(true);
    expect<bool>(meet("é", NONE, "__")).toBe(false);
  });

  it("tells apart what differs in length, case, a colon or a letter", () => {
    const names = ["a.b", "a.bc", "a.", "A.b", "a..b", "a:b", "x.b", ""];
    for (let i = 0; i < names.length; i++) {
      for (let j = 0; j < names.length; j++) expect<bool>(meet(names[i], NONE, names[j])).toBe(i == j);
    }
  });

  it("puts the suffix behind the first name only", () => {
    expect<bool>(meet("a.b", TOTAL, "a_b_total")).toBe(true);
    expect<bool>(meet("a.b", TOTAL, "a_b.total")).toBe(true);
    expect<bool>(meet("a.b", TOTAL, "a_bétotal")).toBe(true);
    expect<bool>(meet("a.b", TOTAL, "a_b")).toBe(false);
    expect<bool>(meet("a.b", TOTAL, "a_b_tota")).toBe(false);
    expect<bool>(meet("a.b", TOTAL, "a_b_totals")).toBe(false);
    expect<bool>(meet("a.b_total", NONE, "a_b")).toBe(false);
  });
});

describe("classicLabelIs", () => {
  it("reads names in quotes, what is escaped in them as one rune, and colons as not legal", () => {
    expect<bool>(label("a_b", '"a.b"')).toBe(true);
    expect<bool>(label("a_b", '"a\\"b"')).toBe(true);
    expect<bool>(label("a_b", '"a\\nb"')).toBe(true);
    expect<bool>(label("a_b", '"a\\\\b"')).toBe(true);
    expect<bool>(label("a_b", '"a:b"')).toBe(true);
    expect<bool>(label("_a", '"1a"')).toBe(true);
    expect<bool>(label("_", '"世"')).toBe(true);
  });

  it("reads a name that is legal, and one of a state set that has no quotes", () => {
    expect<bool>(label("a_b", "a_b")).toBe(true);
    expect<bool>(label("a_b", "a.b")).toBe(true);
    expect<bool>(label("le", "le")).toBe(true);
    expect<bool>(label("le", "lea")).toBe(false);
    expect<bool>(label("lea", "le")).toBe(false);
    expect<bool>(label("a_b", '"a.bc"')).toBe(false);
    expect<bool>(label("a_bc", '"a.b"')).toBe(false);
    expect<bool>(label("a", "")).toBe(false);
  });
});
