// One cell takes the place of another: counted once, whatever else happens to the series.

import { become, bind, claim, count, failFrom, format, native, seriesOf, tokenOf, total, used } from "../formatted";
import { Cell, DETACHED, Family, FOLDED, NativeCell, POISON } from "../../../assembly/layout";
import { FULL as FULL_SLOT, weightOf } from "../../../assembly/metric/histogram";
import { successorOf } from "../../../assembly/metric/outgrown";
import { slotOf, SLOTS } from "../../../assembly/metric/slots";
import { isGivenBack } from "../../../assembly/store/cell";
import { seriesDetach } from "../../../assembly/store/detach";
import { baseOf, cellAfter, headOf, seriesSequence, seriesWord } from "../../../assembly/store/list";
import { replaced } from "../../../assembly/store/replace";
import { begin, end } from "../../../assembly/store/writer";
import { EXHAUSTED, FULL, OK, STALE } from "../../../assembly/status";

function replace(family: i32, cell: i32, value: f64, series: usize = seriesOf(cell)): i32 {
  begin();
  const status = replaced(family, series, cell, value, false);
  end();
  return status;
}

describe("replaced", () => {
  it("puts a cell with the same counts in front and takes the old one out; the sequence grows twice", () => {
    const first = format();
    const size = native("size", "", 3, 160);
    count(size, "", 1);
    const cell = bind(size, "");
    const token = tokenOf(cell);
    claim();
    count(size, "", 5);
    const theirs = bind(size, "");
    become(first);
    const series = seriesOf(cell);
    const sequence = seriesSequence(series);
    const cells = changetype<Family>(size).cellCount;
    expect<i32>(replace(size, cell, 100)).toBe(OK);
    const head = headOf(seriesWord(series));
    expect<usize>(cellAfter(head)).toBe(theirs);
    expect<usize>(cellAfter(theirs)).toBe(0);
    expect<u32>(changetype<Cell>(cell).token).toBe(FOLDED);
    expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
    expect<u32>(seriesSequence(series)).toBe(sequence + 2);
    expect<u32>(changetype<Family>(size).cellCount).toBe(cells);
    expect<i32>(used(size, cell, token, 1)).toBe(STALE);
    expect<f64>(total(size)).toBe(6);
    expect<i32>(bind(size, "", 100)).toBe(<i32>head);
  });

  it("is EXHAUSTED without memory, and nothing happened", () => {
    format();
    const size = native("size", "", 3, 160);
    count(size, "", 1);
    const cell = bind(size, "");
    failFrom(1);
    expect<i32>(replace(size, cell, 1e9)).toBe(EXHAUSTED);
    failFrom(0);
    expect<usize>(successorOf(cell)).toBe(0);
    expect<i32>(used(size, cell, tokenOf(cell), 1)).toBe(OK);
    expect<f64>(total(size)).toBe(2);
    expect<i32>(replace(size, cell, 1e9)).toBe(OK);
    expect<f64>(total(size)).toBe(2);
  });

  it("is FULL where no slot can hold so much, and nothing happened", () => {
    format();
    const size = native("size", "", 3, 160);
    count(size, "", 1);
    const cell = bind(size, "");
    const slot = slotOf(cell, 1);
    changetype<NativeCell>(cell).check += <u64>(FULL_SLOT - 1) * weightOf(slot);
    store<u32>(cell + SLOTS + (slot << 2), FULL_SLOT);
    expect<i32>(replace(size, cell, 1)).toBe(FULL);
    expect<usize>(successorOf(cell)).toBe(0);
    expect<usize>(headOf(seriesWord(seriesOf(cell)))).toBe(cell);
    expect<usize>(baseOf(seriesWord(seriesOf(cell)))).toBe(0);
  });

  it("is OK and puts nothing into a series that is gone, or whose cell is being detached", () => {
    format();
    const size = native("size", "", 3, 160);
    count(size, "", 1);
    const cell = bind(size, "");
    const series = seriesOf(cell);
    // A detacher got as far as the token, and died.
    changetype<Cell>(cell).token = DETACHED;
    expect<i32>(replace(size, cell, 100)).toBe(OK);
    expect<usize>(headOf(seriesWord(series))).toBe(cell);
    expect<usize>(successorOf(cell)).toBe(0);
    // What comes along ends the detaching, and nothing is left.
    expect<i32>(count(size, "", 100)).toBe(OK);
    expect<f64>(total(size)).toBe(100);
    const next = bind(size, "");
    begin();
    seriesDetach(series, true);
    end();
    expect<u64>(seriesWord(series)).toBe(POISON);
    expect<i32>(replace(size, next, 1e9, series)).toBe(OK);
    expect<u64>(seriesWord(series)).toBe(POISON);
  });
});
