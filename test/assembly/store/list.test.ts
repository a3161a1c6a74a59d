// The list of cells that hangs from a series.

import { bind, claim, family, format, seriesOf } from "../formatted";
import { Base, Cell, COUNTER, HISTOGRAM, KIND_PLAIN, POISON, Series, WRITERS_MAX } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { familyEmpty } from "../../../assembly/store/family";
import {
  ASTRAY,
  baseBytes,
  baseOf,
  BEFORE,
  cellAfter,
  CELLS_MAX,
  ELSEWHERE,
  emptied,
  headOf,
  isEmpty,
  isIncluded,
  isListed,
  placeOf,
  seriesSequence,
  seriesWord,
  withBase,
  withHead,
} from "../../../assembly/store/list";

describe("cellAfter", () => {
  it("walks the cells of a series, the newest first, and sees through the mark of one that is being unlinked", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const first = bind(jobs, "");
    claim();
    const second = bind(jobs, "");
    claim();
    const third = bind(jobs, "");
    const series: usize = changetype<Cell>(first).series;
    expect<usize>(headOf(seriesWord(series))).toBe(third);
    expect<usize>(cellAfter(third)).toBe(second);
    expect<usize>(cellAfter(second)).toBe(first);
    expect<usize>(cellAfter(first)).toBe(0);
    changetype<Cell>(third).next |= 1;
    expect<usize>(cellAfter(third)).toBe(second);
    expect<u32>(seriesSequence(series)).toBe(0);
  });

  it("ends at more cells than there can be writers", () => {
    expect<u32>(CELLS_MAX).toBeGreaterThan(WRITERS_MAX + 1);
  });
});

describe("placeOf", () => {
  it("says where one cell stands seen from another, and that it was led astray", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const first = bind(jobs, "");
    claim();
    const second = bind(jobs, "");
    claim();
    const third = bind(jobs, "");
    const series = seriesOf(first);
    const word = seriesWord(series);
    expect<u32>(placeOf(word, third, first)).toBe(BEFORE);
    expect<u32>(placeOf(word, second, first)).toBe(BEFORE);
    expect<u32>(placeOf(word, first, third)).toBe(ELSEWHERE);
    expect<u32>(placeOf(word, 4096, first)).toBe(ELSEWHERE);
    expect<u32>(placeOf(word, first, first)).toBe(ELSEWHERE);
    expect<u32>(placeOf(word, 4096, 4104)).toBe(ASTRAY);
    expect<bool>(isListed(series, second)).toBe(true);
    expect<bool>(isListed(series, 4096)).toBe(false);
    changetype<Series>(series).head = <u32>POISON;
    changetype<Series>(series).base = <u32>(POISON >> 32);
    expect<bool>(isListed(series, second)).toBe(false);
  });
});

describe("isIncluded", () => {
  it("is true for the cell that the base of a word has, and for no other", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    expect<bool>(isIncluded(seriesWord(series), cell)).toBe(false);
    const base = take(baseBytes(jobs), KIND_PLAIN, true);
    memory.fill(base, 0, baseBytes(jobs));
    expect<bool>(isIncluded(withBase(seriesWord(series), base), cell)).toBe(false);
    changetype<Base>(base).includes = cell;
    expect<bool>(isIncluded(withBase(seriesWord(series), base), cell)).toBe(true);
    expect<bool>(isIncluded(withBase(seriesWord(series), base), cell + 24)).toBe(false);
    expect<bool>(isIncluded(POISON, cell)).toBe(false);
  });
});

describe("the word of a series", () => {
  it("keeps tag and base where the head changes, tag and head where the base does", () => {
    for (let tag: u64 = 0; tag < 128; tag++) {
      const tags = (tag & 7) | ((tag >> 3) << 32);
      const word = withBase(withHead(tags, 0x12345678), 0x7ffffff0);
      expect<usize>(headOf(word)).toBe(0x12345678);
      expect<usize>(baseOf(word)).toBe(0x7ffffff0);
      expect<u64>(word & 0x0000000f00000007).toBe(tags);
      expect<u64>(withBase(withHead(word, 0), 0)).toBe(tags);
      expect<bool>(isEmpty(word)).toBe(false);
      expect<bool>(isEmpty(tags)).toBe(true);
      expect<bool>(isEmpty(withBase(tags, 16))).toBe(false);
      expect<bool>(isEmpty(withHead(tags, 8))).toBe(false);
    }
  });

  it("has another tag after each of 128 emptyings, and is the first one again after them", () => {
    let word: u64 = withHead(0, 64);
    const first = emptied(word);
    word = first;
    for (let i = 1; i < 128; i++) {
      word = emptied(withBase(withHead(word, 0x1000), 0x2000));
      expect<bool>(isEmpty(word)).toBe(true);
      expect<bool>(word == first).toBe(false);
    }
    expect<u64>(emptied(word)).toBe(first);
  });

  it("is never POISON, whatever the tag", () => {
    const word = withBase(withHead(0xffffffffffffffff, 0xfffffff8), 0x7ffffff0);
    expect<bool>(word == POISON).toBe(false);
  });
});

describe("baseBytes", () => {
  it("is the record, and 64 bits a bucket of a histogram", () => {
    format();
    expect<u32>(baseBytes(family(COUNTER, 0, "jobs"))).toBe(48);
    expect<u32>(baseBytes(family(HISTOGRAM, 0, "size", "", [1, 2, 5]))).toBe(48 + 4 * 8);
  });
});

describe("seriesSequence", () => {
  it("grows with every reset of the family", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const series = seriesOf(bind(jobs, ""));
    const before = seriesSequence(series);
    for (let i: u32 = 1; i < 5; i++) {
      familyEmpty(jobs, load<u32>(jobs), true);
      bind(jobs, "");
      expect<u32>(seriesSequence(series)).toBe(before + i);
    }
  });
});
