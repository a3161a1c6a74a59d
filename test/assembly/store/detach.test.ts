// Emptying a series, or ending it: once, whole, and by whoever comes along.

import { bind, claim, count, family, format, native, seriesOf, summary, tokenOf, total, used } from "../formatted";
import {
  Base,
  Cell,
  COUNTER,
  DETACHED,
  FOLDED,
  GAUGE,
  HISTOGRAM,
  KIND_PLAIN,
  MODE_SHARED,
  MODE_SUM,
  POISON,
  Series,
} from "../../../assembly/layout";
import { bytesFree, bytesReserved, take } from "../../../assembly/memory/arena";
import { isGivenBack } from "../../../assembly/store/cell";
import { detachedOnce, seriesDetach } from "../../../assembly/store/detach";
import { familyEmpty } from "../../../assembly/store/family";
import { limboEmpty } from "../../../assembly/store/limbo";
import { baseBytes, isEmpty, seriesSequence, seriesWord } from "../../../assembly/store/list";
import { begin, clockSet, end } from "../../../assembly/store/writer";
import { STALE } from "../../../assembly/status";

/** An empty base for a series. */
function based(family: i32, series: usize): usize {
  const base = take(baseBytes(family), KIND_PLAIN, true);
  memory.fill(base, 0, baseBytes(family));
  changetype<Base>(base).bytes = baseBytes(family);
  changetype<Base>(base).high = 5;
  changetype<Series>(series).base = <u32>base;
  return base;
}

describe("seriesDetach", () => {
  it("empties a series that goes on: sequence grows, word is 0, handles are STALE", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const token = tokenOf(cell);
    used(jobs, cell, token, 3);
    const series = seriesOf(cell);
    const sequence = seriesSequence(series);
    begin();
    seriesDetach(series, false);
    end();
    expect<u32>(seriesSequence(series)).toBe(sequence + 1);
    expect<bool>(isEmpty(seriesWord(series))).toBe(true);
    expect<i32>(used(jobs, cell, token, 1)).toBe(STALE);
    expect<f64>(total(jobs)).toBe(0);
  });

  it("does nothing to an empty series, and nothing twice to a removed one", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const series = seriesOf(bind(jobs, ""));
    seriesDetach(series, false);
    const sequence = seriesSequence(series);
    seriesDetach(series, false);
    expect<u32>(seriesSequence(series)).toBe(sequence);
    seriesDetach(series, true);
    seriesDetach(series, true);
    expect<u64>(seriesWord(series)).toBe(POISON);
    expect<u32>(seriesSequence(series)).toBe(sequence + 1);
    // Nor does a reset that comes too late bring it back.
    seriesDetach(series, false);
    expect<u64>(seriesWord(series)).toBe(POISON);
  });

  it("takes the tokens of all writers and gives each of their cells back", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cells = new StaticArray<i32>(8);
    const tokens = new StaticArray<u32>(8);
    for (let i = 0; i < 8; i++) {
      if (i > 0) claim();
      cells[i] = bind(jobs, "");
      tokens[i] = tokenOf(cells[i]);
      used(jobs, cells[i], tokens[i], 1);
    }
    begin();
    seriesDetach(seriesOf(cells[0]), false);
    end();
    for (let i = 0; i < 8; i++) {
      expect<i32>(used(jobs, cells[i], tokens[i], 1)).toBe(STALE);
      expect<bool>(isGivenBack(changetype<Cell>(cells[i]).series)).toBe(true);
    }
    expect<f64>(total(jobs)).toBe(0);
  });

  it("empties series of every type, whose cells begin anew", () => {
    format();
    clockSet(2000);
    const families: i32[] = [family(COUNTER, 0, "counter"), family(GAUGE, MODE_SHARED, "shared"), family(GAUGE, MODE_SUM, "parts")];
    families.push(family(HISTOGRAM, 0, "size", "", [1, 2]));
    families.push(native("native", "", 3, 160));
    families.push(summary("wait"));
    for (let i = 0; i < families.length; i++) {
      count(families[i], "", 1.5);
      // A native histogram's first cell is in the base by now.
      count(families[i], "", 40);
      const cell = bind(families[i], "", 1.5);
      const token = tokenOf(cell);
      begin();
      seriesDetach(seriesOf(cell), false);
      end();
      expect<i32>(used(families[i], cell, token, 1.5)).toBe(STALE);
      expect<f64>(total(families[i])).toBe(0);
      count(families[i], "", 1.5);
      expect<f64>(total(families[i])).toBe(1.5);
    }
  });

  it("gives base, cells and all that they hold back: bytes stay over many resets", () => {
    format();
    clockSet(2000);
    const size = native("native", "", 3, 160);
    const wait = summary("wait");
    let reserved: u32 = 0;
    let free: u32 = 0;
    for (let i = 0; i < 200; i++) {
      for (let value: f64 = 1; value < 1e6; value *= 10) {
        count(size, "", value);
        count(wait, "", value);
      }
      familyEmpty(size, load<u32>(size), true);
      familyEmpty(wait, load<u32>(wait), true);
      if (i == 20) {
        limboEmpty();
        reserved = bytesReserved();
        free = bytesFree();
      }
    }
    limboEmpty();
    expect<u32>(bytesReserved()).toBe(reserved);
    expect<u32>(bytesFree()).toBe(free);
  });
});

describe("detachedOnce", () => {
  it("does what it says with the word of now, to the cells and the base", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    const base = based(jobs, series);
    begin();
    expect<bool>(detachedOnce(series, seriesWord(series), seriesSequence(series), false)).toBe(true);
    expect<bool>(isEmpty(seriesWord(series))).toBe(true);
    end();
    limboEmpty();
    // The base is what is taken next.
    expect<usize>(take(baseBytes(jobs), KIND_PLAIN, true)).toBe(base);
  });

  it("leaves a series alone that has another word by now: what came after is not a helper's", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    const word = seriesWord(series);
    const sequence = seriesSequence(series);
    claim();
    const theirs = bind(jobs, "");
    const token = tokenOf(theirs);
    begin();
    expect<bool>(detachedOnce(series, word, sequence, false)).toBe(false);
    end();
    expect<i32>(used(jobs, theirs, token, 2)).toBe(0);
    expect<u32>(seriesSequence(series)).toBe(sequence);
    expect<bool>(isEmpty(seriesWord(series))).toBe(false);
    expect<f64>(total(jobs)).toBe(2);
  });

  it("leaves a list alone that was emptied and made again of the same cell: its word is another one", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    const word = seriesWord(series);
    const sequence = seriesSequence(series);
    familyEmpty(jobs, load<u32>(jobs), true);
    // The limbo lets the cell go, and its owner takes it again.
    let again = bind(jobs, "");
    for (let i = 0; i < 4 && again != cell; i++) {
      familyEmpty(jobs, load<u32>(jobs), true);
      again = bind(jobs, "");
    }
    expect<i32>(again).toBe(cell);
    used(jobs, cell, tokenOf(cell), 4);
    expect<bool>(seriesWord(series) == word).toBe(false);
    begin();
    expect<bool>(detachedOnce(series, word, sequence, false)).toBe(false);
    end();
    expect<f64>(total(jobs)).toBe(4);
  });

  it("does not empty a list that a fold has changed under its walk", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    begin();
    expect<bool>(detachedOnce(series, seriesWord(series), seriesSequence(series) - 1, false)).toBe(false);
    expect<bool>(isEmpty(seriesWord(series))).toBe(false);
    // Its tokens are gone, and whoever looks again ends it.
    expect<u32>(tokenOf(cell)).toBe(DETACHED);
    seriesDetach(series, false);
    end();
    expect<bool>(isEmpty(seriesWord(series))).toBe(true);
  });

  it("leaves a cell that says FOLDED to its folder", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    store<u32>(cell, FOLDED);
    begin();
    seriesDetach(series, false);
    end();
    expect<u32>(tokenOf(cell)).toBe(FOLDED);
    expect<usize>(seriesOf(cell)).toBe(series);
  });

  it("leaves the cell of another series alone that the list leads to", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const cell = bind(jobs, 'queue="a"');
    const other = bind(jobs, 'queue="b"');
    const token = tokenOf(other);
    // A cell that a folder took away, and that has another life.
    changetype<Cell>(cell).next = other;
    begin();
    seriesDetach(seriesOf(cell), false);
    end();
    expect<i32>(used(jobs, other, token, 1)).toBe(0);
    expect<f64>(total(jobs, 'queue="b"')).toBe(1);
  });

  it("poisons a series that ends", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const series = seriesOf(bind(jobs, ""));
    begin();
    expect<bool>(detachedOnce(series, seriesWord(series), seriesSequence(series), true)).toBe(true);
    end();
    expect<u64>(seriesWord(series)).toBe(POISON);
  });
});
