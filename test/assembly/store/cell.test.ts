// Cells: their classes and slabs, their tokens, and who may use one again when.

import { become, bind, claim, family, format, input, tokenOf } from "../formatted";
import {
  Cell,
  CELL_CLASSES,
  CounterCell,
  COUNTER,
  DETACHED,
  GAUGE,
  GaugeCell,
  Header,
  HEADER,
  MODE_SHARED,
  SHARED_CELL_BYTES,
  SHARED_WRITER,
  SharedCell,
  TOKEN_FIRST,
} from "../../../assembly/layout";
import { bytesReserved } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { sharedSet } from "../../../assembly/metric/gauge";
import {
  cellClassOf,
  cellFree,
  cellGiveBack,
  cellOwner,
  cellsReclaim,
  cellTake,
  cellType,
  firstSlab,
  isGivenBack,
  sharedTake,
  tokenNext,
} from "../../../assembly/store/cell";
import { limboSift } from "../../../assembly/store/limbo";
import { familyEmpty } from "../../../assembly/store/family";
import { seriesRemove } from "../../../assembly/store/series";
import { begin, end, ownSlot, ownWriter, writerRest } from "../../../assembly/store/writer";
import { OK, STALE } from "../../../assembly/status";

/** Any address above the marks that `series` may hold. */
const SERIES: usize = 4096;

describe("cellClassOf", () => {
  it("never falls as the size grows, and stays below CELL_CLASSES up to the largest cell", () => {
    let wrong = 0;
    let before: u32 = 0;
    for (let bytes: u32 = 1; bytes <= 65536; bytes++) {
      const cellClass = cellClassOf(bytes);
      wrong += i32(cellClass < before || cellClass > before + 1);
      before = cellClass;
    }
    expect<i32>(wrong).toBe(0);
    expect<u32>(before).toBe(CELL_CLASSES - 1);
  });

  it("gives counters, gauges and small histograms a class of exactly their size", () => {
    expect<u32>(cellClassOf(offsetof<CounterCell>())).toBe(2);
    expect<u32>(cellClassOf(offsetof<GaugeCell>())).toBe(3);
    for (let bytes: u32 = 8; bytes <= 384; bytes += 8) expect<u32>(cellClassOf(bytes)).toBe(bytes / 8 - 1);
  });
});

describe("cellTake", () => {
  it("gives zeroed cells of every size that do not meet, and that lie in this writer's slabs", () => {
    format();
    let wrong = 0;
    for (let bytes: u32 = 16; bytes < 4200; bytes += 56) {
      const one = cellTake(bytes, COUNTER, SERIES, false);
      const other = cellTake(bytes, COUNTER, SERIES, false);
      const apart = one < other ? other - one : one - other;
      wrong += i32(one == 0 || other == 0 || apart < bytes || (one & 7) != 0);
      for (let at = offsetof<Cell>(); at + 8 <= <usize>bytes; at += 8) wrong += i32(load<u64>(one + at) != 0);
      memory.fill(one + offsetof<Cell>(), 0xee, bytes - offsetof<Cell>());
      for (let at = offsetof<Cell>(); at + 8 <= <usize>bytes; at += 8) wrong += i32(load<u64>(other + at) != 0);
    }
    expect<i32>(wrong).toBe(0);
    expect<bool>(firstSlab(ownSlot()) != 0).toBe(true);
  });

  it("writes owner, type and series into the cell, and a token of its own", () => {
    format();
    claim();
    const one = cellTake(32, GAUGE, SERIES, false);
    const other = cellTake(32, GAUGE, SERIES, false);
    expect<u32>(cellOwner(one)).toBe(ownWriter().index);
    expect<u32>(cellOwner(one)).toBe(1);
    expect<u32>(cellType(one)).toBe(GAUGE);
    expect<u32>(changetype<Cell>(one).series).toBe(SERIES);
    expect<u32>(changetype<Cell>(one).token).toBeGreaterThanOrEqual(TOKEN_FIRST);
    expect<bool>(changetype<Cell>(one).token == changetype<Cell>(other).token).toBe(false);
  });

  it("never puts cells of two writers into one line of 64 bytes", () => {
    const first = format();
    const second = claim();
    let wrong = 0;
    for (let i = 0; i < 200; i++) {
      become(first);
      const one = cellTake(24, COUNTER, SERIES, false);
      become(second);
      const other = cellTake(24, COUNTER, SERIES, false);
      // A slab begins at a line and ends at one, so it is enough that the slabs differ.
      wrong += i32(one >> 6 == other >> 6 || (one + 23) >> 6 == other >> 6 || (other + 23) >> 6 == one >> 6);
    }
    expect<i32>(wrong).toBe(0);
  });

  it("takes free cells first, zeroed again", () => {
    format();
    const cell = cellTake(24, COUNTER, SERIES, false);
    changetype<CounterCell>(cell).value = 5;
    const token = changetype<Cell>(cell).token;
    cellFree(ownSlot(), cell);
    expect<usize>(cellTake(24, COUNTER, SERIES, false)).toBe(cell);
    expect<f64>(changetype<CounterCell>(cell).value).toBe(0);
    expect<bool>(changetype<Cell>(cell).token == token).toBe(false);
  });
});

describe("tokenNext", () => {
  it("never gives a reserved token, even where the count wraps around", () => {
    format();
    expect<u32>(tokenNext()).toBe(TOKEN_FIRST);
    expect<u32>(tokenNext()).toBe(TOKEN_FIRST + 1);
    ownWriter().tokens = 0xfffffffe;
    expect<u32>(tokenNext()).toBe(0xffffffff);
    expect<u32>(tokenNext()).toBe(TOKEN_FIRST);
  });
});

describe("cellGiveBack", () => {
  it("leaves a cell to its owner, who alone takes it again", () => {
    const first = format();
    const cell = cellTake(24, COUNTER, SERIES, false);
    const second = claim();
    cellGiveBack(cell, SERIES);
    expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
    expect<bool>(cellTake(24, COUNTER, SERIES, false) == cell).toBe(false);
    expect<usize>(ownSlot()).toBe(second);
    become(first);
    limboSift();
    cellsReclaim(first);
    expect<u32>(changetype<Cell>(cell).series).toBe(0);
    expect<usize>(cellTake(24, COUNTER, SERIES, false)).toBe(cell);
  });

  it("does nothing to a cell that has left the series", () => {
    format();
    const cell = cellTake(24, COUNTER, SERIES, false);
    cellGiveBack(cell, SERIES + 64);
    expect<u32>(changetype<Cell>(cell).series).toBe(SERIES);
    cellGiveBack(cell, SERIES);
    cellGiveBack(cell, SERIES);
    limboSift();
    cellsReclaim(ownSlot());
    expect<usize>(cellTake(24, COUNTER, SERIES, false)).toBe(cell);
    expect<bool>(cellTake(24, COUNTER, SERIES, false) == cell).toBe(false);
  });

  it("keeps a shared cell until every live writer has passed a cold verb", () => {
    const first = format();
    const gauge = family(GAUGE, MODE_SHARED, "level", "kind");
    const cell = bind(gauge, 'kind="a"');
    expect<u32>(cellOwner(cell)).toBe(SHARED_WRITER);
    claim();
    familyEmpty(gauge, load<u32>(gauge), false);
    expect<u32>(tokenOf(cell)).toBe(DETACHED);
    // The first writer may be past its look at the token: its store must not meet another life of the cell.
    expect<bool>(bind(gauge, 'kind="b"') == cell).toBe(false);
    expect<bool>(bind(gauge, 'kind="c"') == cell).toBe(false);
    become(first);
    // In a cold verb it is not in a hot one.
    expect<i32>(bind(gauge, 'kind="d"')).toBe(cell);
  });
});

describe("sharedTake", () => {
  it("gives a zeroed line of 64 bytes that belongs to nobody, with a token of its own", () => {
    format();
    const one = sharedTake(SERIES, GAUGE, false);
    const other = sharedTake(SERIES, GAUGE, false);
    expect<usize>(one & 63).toBe(0);
    expect<usize>(other & 63).toBe(0);
    expect<u32>(cellOwner(one)).toBe(SHARED_WRITER);
    expect<u32>(cellType(one)).toBe(GAUGE);
    expect<bool>(changetype<Cell>(one).token == changetype<Cell>(other).token).toBe(false);
    expect<u32>(changetype<SharedCell>(one).born).toBe(changetype<Header>(HEADER).epoch);
    changetype<SharedCell>(one).born = 0;
    for (let at: u32 = 16; at < SHARED_CELL_BYTES; at += 8) expect<u64>(load<u64>(one + at)).toBe(0);
  });
});

describe("a handle whose cell was given another life", () => {
  it("shows a token that is STALE, whatever the cell of a counter has become", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const cell = bind(jobs, 'queue="a"');
    const token = tokenOf(cell);
    expect<i32>(counterAdd(cell, token, 1)).toBe(OK);
    familyEmpty(jobs, load<u32>(jobs), false);
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    const reserved = bytesReserved();
    for (let i = 0; i < 20; i++) {
      const next = bind(jobs, 'queue="b"');
      expect<i32>(counterAdd(next, tokenOf(next), 1)).toBe(OK);
      expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
      familyEmpty(jobs, load<u32>(jobs), false);
    }
    expect<u32>(bytesReserved()).toBeLessThan(reserved + 2048);
  });

  it("shows a token that is STALE, whatever the cell of a shared gauge has become", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level", "kind");
    const cell = bind(level, 'kind="a"');
    const token = tokenOf(cell);
    let lives = 0;
    for (let i = 0; i < 20; i++) {
      familyEmpty(level, load<u32>(level), false);
      lives += i32(bind(level, 'kind="b"') == cell);
      expect<i32>(sharedSet(cell, token, 1)).toBe(STALE);
    }
    expect<i32>(lives).toBeGreaterThan(5);
  });
});

/** Rounds of a series that is made, set and removed; how many of them had one of the cells in `held`. */
function churn(level: i32, rounds: i32, held: StaticArray<i32>): i32 {
  let met = 0;
  for (let i = 0; i < rounds; i++) {
    const cell = bind(level, 'kind="churn"');
    sharedSet(cell, tokenOf(cell), 1);
    for (let j = 0; j < held.length; j++) met += i32(held[j] == cell);
    seriesRemove(level, load<u32>(level), input('kind="churn"'));
  }
  return met;
}

describe("a shared cell", () => {
  it("that a blocked writer may be setting is used again when that writer has rested, not before", () => {
    const first = format();
    const level = family(GAUGE, MODE_SHARED, "level", "kind");
    const blocked = claim();
    const held = new StaticArray<i32>(30);
    for (let i = 0; i < 30; i++) held[i] = bind(level, 'kind="' + i.toString() + '"');
    become(first);
    familyEmpty(level, load<u32>(level), false);
    expect<i32>(churn(level, 500, held)).toBe(0);
    become(blocked);
    writerRest();
    become(first);
    expect<i32>(churn(level, 500, held)).toBeGreaterThan(0);
  });

  it("that a blocked writer never heard of is used again while it is blocked, whatever the churn", () => {
    const first = format();
    const level = family(GAUGE, MODE_SHARED, "level", "kind");
    claim();
    const held = new StaticArray<i32>(30);
    for (let i = 0; i < 30; i++) held[i] = bind(level, 'kind="' + i.toString() + '"');
    become(first);
    familyEmpty(level, load<u32>(level), false);
    expect<i32>(churn(level, 100, held)).toBe(0);
    const reserved = bytesReserved();
    expect<i32>(churn(level, 5000, held)).toBe(0);
    expect<u32>(bytesReserved()).toBe(reserved);
  });

  it("is not used again while a writer is in a cold verb that began before its end", () => {
    const first = format();
    const level = family(GAUGE, MODE_SHARED, "level", "kind");
    const slow = claim();
    begin();
    become(first);
    // Long after the last verb of the slow one had ended.
    changetype<Header>(HEADER).epoch += 10;
    const one = bind(level, 'kind="late"');
    // Whatever the slow verb has found by now.
    seriesRemove(level, load<u32>(level), input('kind="late"'));
    const held = new StaticArray<i32>(1);
    held[0] = one;
    expect<i32>(churn(level, 100, held)).toBe(0);
    become(slow);
    end();
    become(first);
    expect<i32>(churn(level, 100, held)).toBe(0);
    become(slow);
    writerRest();
    become(first);
    let met = 0;
    for (let i = 0; i < 100; i++) met += i32(bind(level, 'kind="' + i.toString() + '"') == one);
    expect<i32>(met).toBe(1);
  });

  it("has a token that says nothing else, when their numbers have come around, too", () => {
    format();
    changetype<Header>(HEADER).sharedTokens = 0xfffffffd;
    for (let i = 0; i < 8; i++) expect<u32>(changetype<Cell>(sharedTake(SERIES, GAUGE, false)).token).toBeGreaterThanOrEqual(TOKEN_FIRST);
  });
});
