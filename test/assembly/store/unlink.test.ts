// Cells leave the list of their series, and what a dead writer replaced leaves it too.

import { become, bind, claim, count, family, format, native, seriesOf, total } from "../formatted";
import { Cell, COUNTER, DETACHED, FOLDED, TOKEN_FIRST } from "../../../assembly/layout";
import { successorSet } from "../../../assembly/metric/outgrown";
import { isGivenBack } from "../../../assembly/store/cell";
import { cellAfter, headOf, isListed, seriesSequence, seriesWord } from "../../../assembly/store/list";
import { replacedEnd, replacedGone, sayFolded, unlink } from "../../../assembly/store/unlink";
import { begin, end, ownWriter } from "../../../assembly/store/writer";

/** The cells of three writers in one series, the newest first. */
function three(): StaticArray<usize> {
  format();
  const jobs = family(COUNTER, 0, "jobs");
  const cells = new StaticArray<usize>(3);
  for (let i = 2; i >= 0; i--) {
    cells[i] = bind(jobs, "");
    if (i > 0) claim();
  }
  return cells;
}

describe("unlink", () => {
  it("takes out the first, one in the middle, the last; the sequence grows", () => {
    for (let i = 0; i < 3; i++) {
      const cells = three();
      const series = seriesOf(<i32>cells[i]);
      const sequence = seriesSequence(series);
      begin();
      unlink(series, cells[i]);
      end();
      expect<bool>(isListed(series, cells[i])).toBe(false);
      for (let other = 0; other < 3; other++) if (other != i) expect<bool>(isListed(series, cells[other])).toBe(true);
      expect<u32>(seriesSequence(series)).toBe(sequence + 1);
    }
  });

  it("sweeps what another one marked and did not take out", () => {
    const cells = three();
    const series = seriesOf(<i32>cells[0]);
    changetype<Cell>(cells[0]).next |= 1;
    begin();
    unlink(series, cells[1]);
    end();
    expect<usize>(headOf(seriesWord(series))).toBe(cells[2]);
    expect<usize>(cellAfter(cells[2])).toBe(0);
  });
});

describe("sayFolded", () => {
  it("takes any token but that of a detached cell", () => {
    const cells = three();
    expect<bool>(changetype<Cell>(cells[0]).token >= TOKEN_FIRST).toBe(true);
    expect<bool>(sayFolded(cells[0])).toBe(true);
    expect<bool>(sayFolded(cells[0])).toBe(true);
    expect<u32>(changetype<Cell>(cells[0]).token).toBe(FOLDED);
    changetype<Cell>(cells[1]).token = DETACHED;
    expect<bool>(sayFolded(cells[1])).toBe(false);
    expect<bool>(replacedGone(seriesOf(<i32>cells[1]), cells[1])).toBe(false);
    expect<u32>(changetype<Cell>(cells[1]).token).toBe(DETACHED);
  });
});

describe("replacedEnd", () => {
  it("takes out a cell that one in front of it replaces, of this writer alone", () => {
    const first = format();
    const size = native("size", "", 3, 160);
    count(size, "", 1);
    const old = bind(size, "");
    const second = claim();
    count(size, "", 2);
    const made = bind(size, "");
    const series = seriesOf(old);
    // As if the second one's cell held what the first one's does.
    successorSet(old, made);
    expect<f64>(total(size)).toBe(2);
    begin();
    replacedEnd(series, ownWriter().index);
    end();
    expect<bool>(isListed(series, old)).toBe(true);
    become(first);
    const index = ownWriter().index;
    become(second);
    begin();
    replacedEnd(series, index);
    end();
    expect<bool>(isListed(series, old)).toBe(false);
    expect<bool>(isGivenBack(changetype<Cell>(old).series)).toBe(true);
    expect<f64>(total(size)).toBe(2);
  });

  it("leaves a cell that names one which is not in front of it", () => {
    format();
    const size = native("size", "", 3, 160);
    count(size, "", 1);
    const old = bind(size, "");
    const index = ownWriter().index;
    claim();
    successorSet(old, 4096);
    begin();
    replacedEnd(seriesOf(old), index);
    end();
    expect<bool>(isListed(seriesOf(old), old)).toBe(true);
    expect<f64>(total(size)).toBe(1);
  });
});
