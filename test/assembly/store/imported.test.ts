// Cells of sources in the list of a series: whose they are, what of them counts, and what a series without more says.

import { bind, count, family, format, total } from "../formatted";
import { constant, seriesAt, Wanted } from "../wanted";
import { partOfValue, shown } from "../others";
import { Cell, COUNTER, DETACHED, FOLDED, GAUGE, ImportedCell, MODE_SHARED, POISON, Series, TOKEN_FIRST } from "../../../assembly/layout";
import { hasImported, importedCellOf, isEnding, isImported, isReceived, partOf, saysNothing } from "../../../assembly/store/imported";
import { CELLS_MAX, seriesWord } from "../../../assembly/store/list";
import { familyState } from "../../../assembly/store/family";
import { familyImported } from "../../../assembly/store/report";
import { registryFirst } from "../../../assembly/store/registry";
import { seriesFoundAt } from "../../../assembly/store/series";

let jobs: i32 = 0;
let series: usize = 0;

/** A series that nobody has a cell of. */
function bare(): usize {
  return seriesFoundAt(jobs, registryFirst(), 0, false);
}

beforeEach(() => {
  format();
  jobs = family(COUNTER, 0, "jobs", "a");
  series = bare();
});

describe("partOf", () => {
  it("is what a source shows in the series, and 0 in another one's cell, a folded one and an own one", () => {
    const part = partOfValue(3);
    const cell = shown(series, part);
    expect<bool>(isImported(cell)).toBe(true);
    expect<usize>(partOf(series, cell)).toBe(part);
    expect<usize>(partOf(series + 8, cell)).toBe(0);
    changetype<Cell>(cell).token = FOLDED;
    expect<usize>(partOf(series, cell)).toBe(0);
    const own = <usize>bind(jobs, 'a="1"');
    expect<bool>(isImported(own)).toBe(false);
    expect<usize>(partOf(changetype<Cell>(own).series, own)).toBe(0);
  });

  it("still counts while its series is being detached: the reader ends that first", () => {
    const part = partOfValue(3);
    const cell = shown(series, part);
    expect<bool>(isEnding(series, cell)).toBe(false);
    changetype<Cell>(cell).token = DETACHED;
    expect<bool>(isEnding(series, cell)).toBe(true);
    expect<bool>(isEnding(series + 8, cell)).toBe(false);
    expect<usize>(partOf(series, cell)).toBe(part);
  });
});

describe("importedCellOf", () => {
  it("finds the cell of a source among those of others and of writers", () => {
    const one = shown(series, 0, 64);
    const other = shown(series, 0, 128);
    bind(jobs, "");
    const word = seriesWord(series);
    expect<usize>(importedCellOf(series, word, 64)).toBe(one);
    expect<usize>(importedCellOf(series, word, 128)).toBe(other);
    expect<usize>(importedCellOf(series, word, 192)).toBe(0);
    expect<usize>(importedCellOf(series, POISON, 64)).toBe(0);
  });

  it("passes over a cell that was given back, and ends on a list that runs in a circle", () => {
    const cell = shown(series, 0);
    changetype<Cell>(cell).series = 5;
    changetype<Cell>(cell).next = <u32>cell;
    expect<usize>(importedCellOf(series, seriesWord(series), 64)).toBe(0);
    expect<bool>(hasImported(seriesWord(series))).toBe(false);
    expect<u32>(CELLS_MAX).toBeGreaterThan(1);
  });
});

describe("saysNothing and hasImported", () => {
  it("tell a series that sources have and show nothing in from all others", () => {
    // Nobody's, which is 0 as ever.
    expect<bool>(saysNothing(seriesWord(series))).toBe(false);
    expect<bool>(hasImported(seriesWord(series))).toBe(false);
    expect<bool>(saysNothing(POISON)).toBe(false);
    expect<bool>(hasImported(POISON)).toBe(false);
    const cell = shown(series, 0);
    shown(series, 0, 128);
    expect<bool>(saysNothing(seriesWord(series))).toBe(true);
    expect<bool>(hasImported(seriesWord(series))).toBe(false);
    changetype<ImportedCell>(cell).part = <u32>partOfValue(3);
    expect<bool>(saysNothing(seriesWord(series))).toBe(false);
    expect<bool>(hasImported(seriesWord(series))).toBe(true);
  });

  it("are false for a series with a writer's cell, or with a base", () => {
    shown(series, 0);
    count(jobs, "", 2);
    expect<bool>(saysNothing(seriesWord(series))).toBe(false);
    expect<f64>(total(jobs, "")).toBe(2);
    const level = new Wanted(GAUGE, "level", MODE_SHARED).family();
    constant(level, 5);
    const set = seriesAt(level);
    shown(set, 0);
    expect<bool>(saysNothing(seriesWord(set))).toBe(false);
  });
});

describe("isReceived", () => {
  it("is true where sources alone have cells, whether they show anything or not", () => {
    expect<bool>(isReceived(seriesWord(series))).toBe(false);
    expect<bool>(isReceived(POISON)).toBe(false);
    shown(series, partOfValue(3));
    shown(series, 0, 128);
    expect<bool>(isReceived(seriesWord(series))).toBe(true);
    // In front of theirs and behind them.
    bind(jobs, "");
    expect<bool>(isReceived(seriesWord(series))).toBe(false);
    const own = <usize>bind(jobs, 'a="1"');
    shown(changetype<Cell>(own).series, partOfValue(3));
    expect<bool>(isReceived(seriesWord(changetype<Cell>(own).series))).toBe(false);
    const level = new Wanted(GAUGE, "level", MODE_SHARED).family();
    constant(level, 5);
    const set = seriesAt(level);
    shown(set, partOfValue(3));
    expect<bool>(isReceived(seriesWord(set))).toBe(false);
  });
});

describe("cells of sources", () => {
  it("have tokens as all cells have", () => {
    const cell = shown(series, 0);
    expect<u32>(changetype<Cell>(cell).token).toBeGreaterThan(TOKEN_FIRST - 1);
    expect<u32>(changetype<Series>(series).head & ~7).toBe(<u32>cell);
  });
});

describe("familyImported", () => {
  it("is 1 once a source has a cell of any series, 0 before and for a family that is gone", () => {
    const state = familyState();
    bind(jobs, 'a="1"');
    expect<i32>(familyImported(jobs, state)).toBe(0);
    const last = seriesFoundAt(jobs, registryFirst(), 0, false);
    shown(last, partOfValue(3));
    expect<i32>(familyImported(jobs, state)).toBe(1);
    expect<i32>(familyImported(jobs, state + 4)).toBe(0);
  });
});
