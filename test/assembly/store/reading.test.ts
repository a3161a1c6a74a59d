// One reading of a series: what it begins with, what counts in it, and whether it stands.

import { bind, count, family, format } from "../formatted";
import { constant, seriesAt, Wanted } from "../wanted";
import { partOfValue, shown } from "../others";
import { Base, Cell, COUNTER, DETACHED, FOLDED, GAUGE, MODE_SHARED, POISON, Series, UNKNOWN } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { totalClear, totalHigh, totalLow } from "../../../assembly/metric/total";
import { baseBytes, cellAfter, headOf, seriesSequence, seriesWord } from "../../../assembly/store/list";
import {
  counts,
  imported,
  readingAlone,
  readingBase,
  readingBegun,
  readingStands,
  readingTimestamp,
  readingWord,
  sumAdded,
  valueOf,
} from "../../../assembly/store/reading";
import { begin, end, ownWriter } from "../../../assembly/store/writer";

let jobs: i32 = 0;
let series: usize = 0;
let own: usize = 0;

beforeEach(() => {
  format();
  jobs = family(COUNTER, 0, "jobs");
  count(jobs, "", 2.5);
  own = <usize>bind(jobs);
  series = changetype<Cell>(own).series;
});

afterEach(() => {
  readingAlone(false);
});

describe("readingBegun", () => {
  it("is the first cell; word, base and time are those of the series", () => {
    expect<usize>(readingBegun(series)).toBe(own);
    expect<u64>(readingWord()).toBe(seriesWord(series));
    expect<usize>(readingBase()).toBe(0);
    expect<f64>(readingTimestamp()).toBe(0);
    const level = new Wanted(UNKNOWN, "level").family();
    constant(level, 5, [], 1700);
    expect<usize>(readingBegun(seriesAt(level))).toBe(0);
    expect<f64>(changetype<Base>(readingBase()).high).toBe(5);
    expect<f64>(readingTimestamp()).toBe(1700);
    // Nothing is left of the one before.
    readingBegun(series);
    expect<f64>(readingTimestamp()).toBe(0);
  });

  it("is nothing for a removed series", () => {
    store<u64>(series + offsetof<Series>("head"), POISON);
    expect<usize>(readingBegun(series)).toBe(0);
    expect<u64>(readingWord()).toBe(0);
    expect<usize>(readingBase()).toBe(0);
  });
});

describe("counts", () => {
  it("is true for a cell of the type in the series, unless it is folded, or in the base already", () => {
    readingBegun(series);
    expect<bool>(counts(series, own, COUNTER)).toBe(true);
    expect<bool>(counts(series, own, GAUGE)).toBe(false);
    expect<bool>(counts(series + 8, own, COUNTER)).toBe(false);
    const base = take(baseBytes(jobs), 0, true);
    memory.fill(base, 0, baseBytes(jobs));
    changetype<Base>(base).bytes = baseBytes(jobs);
    changetype<Base>(base).includes = <u32>own;
    changetype<Series>(series).base = <u32>base;
    readingBegun(series);
    expect<bool>(counts(series, own, COUNTER)).toBe(false);
    changetype<Base>(base).includes = 0;
    readingBegun(series);
    expect<bool>(counts(series, own, COUNTER)).toBe(true);
    changetype<Cell>(own).token = FOLDED;
    expect<bool>(counts(series, own, COUNTER)).toBe(false);
  });
});

describe("imported", () => {
  it("is what a source shows, and its time is the sample's", () => {
    const part = partOfValue(3);
    changetype<Base>(part).timestamp = 900;
    const cell = shown(series, part);
    expect<usize>(readingBegun(series)).toBe(cell);
    expect<usize>(imported(series, cell)).toBe(part);
    expect<f64>(readingTimestamp()).toBe(900);
    expect<usize>(imported(series, own)).toBe(0);
    expect<usize>(cellAfter(cell)).toBe(own);
  });

  it("is nothing where this process is read alone", () => {
    const cell = shown(series, partOfValue(3));
    readingAlone(true);
    readingBegun(series);
    expect<usize>(imported(series, cell)).toBe(0);
    readingAlone(false);
    expect<usize>(imported(series, cell)).not.toBe(0);
  });
});

describe("readingStands", () => {
  it("is false once the series was reset, removed or folded in between", () => {
    readingBegun(series);
    expect<bool>(readingStands(series)).toBe(true);
    changetype<Series>(series).sequence++;
    expect<bool>(readingStands(series)).toBe(false);
  });

  it("ends a detaching that it met half way, of writers' cells and of sources', and does not stand", () => {
    shown(series, partOfValue(3));
    begin();
    for (let cell = readingBegun(series); cell != 0; cell = cellAfter(cell)) {
      changetype<Cell>(cell).token = DETACHED;
      if (imported(series, cell) == 0) counts(series, cell, COUNTER);
    }
    expect<bool>(readingStands(series)).toBe(false);
    end();
    expect<usize>(headOf(seriesWord(series))).toBe(0);
  });

  it("knows by the cell of a source alone that its series is being detached", () => {
    const cell = shown(series, partOfValue(3));
    changetype<Cell>(cell).token = DETACHED;
    begin();
    readingBegun(series);
    imported(series, cell);
    const sequence = seriesSequence(series);
    expect<bool>(readingStands(series)).toBe(false);
    expect<u32>(seriesSequence(series)).toBeGreaterThan(sequence);
    end();
    // And not in the next reading, which begins anew.
    readingBegun(series);
    expect<bool>(readingStands(series)).toBe(true);
  });
});

describe("sumAdded and valueOf", () => {
  it("add both halves of a sum, and read a cell's double", () => {
    totalClear();
    sumAdded(partOfValue(1, 1e-20));
    sumAdded(partOfValue(2, 1e-20));
    expect<f64>(totalHigh()).toBe(3);
    expect<f64>(totalLow()).toBe(2e-20);
    expect<f64>(valueOf(own, ownWriter().scratch)).toBe(2.5);
    const level = family(GAUGE, MODE_SHARED, "level");
    count(level, "", -0.0);
    expect<u64>(reinterpret<u64>(valueOf(bind(level), ownWriter().scratch))).toBe(0x8000000000000000);
  });
});
