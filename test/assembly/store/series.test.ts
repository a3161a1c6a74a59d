// Series: found or made by label block, bound, reset, removed, and what a death half way leaves.

import { become, bind, claim, failFrom, family, format, input, MAX_BYTES, tokenOf } from "../formatted";
import {
  Cell,
  COUNTER,
  DETACHED,
  Family,
  GAUGE,
  HISTOGRAM,
  HistogramCell,
  LABELS_BYTES_MAX,
  MODE_SHARED,
  MODE_SUM,
  POISON,
  REVOKED_TOKEN,
  Series,
  SERIES_TEXT_MAX,
  TOKEN_FIRST,
} from "../../../assembly/layout";
import { bytesReserved } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { histogramObserve, weightOf } from "../../../assembly/metric/histogram";
import { seriesToken } from "../../../assembly/store/attach";
import { seriesDetach } from "../../../assembly/store/detach";
import { familyEmpty, familyRemove } from "../../../assembly/store/family";
import { seriesBuckets, seriesRead, seriesValue } from "../../../assembly/store/report";
import { isEmpty, seriesSequence, seriesWord } from "../../../assembly/store/list";
import { seriesBind, seriesRemove } from "../../../assembly/store/series";
import { tableGet } from "../../../assembly/store/table";
import { begin, end, slotForget } from "../../../assembly/store/writer";
import { ABSENT, EXHAUSTED, GONE, LIMIT, NO_WRITER, OK, STALE } from "../../../assembly/status";

function add(cell: i32, amount: f64): i32 {
  return counterAdd(cell, tokenOf(cell), amount);
}

function value(family: i32, block: string): f64 {
  return seriesRead(family, load<u32>(family), input(block)) < 0 ? NaN : seriesValue();
}

function remove(from: i32, block: string): i32 {
  return seriesRemove(from, load<u32>(from), input(block));
}

function seriesOf(cell: i32): usize {
  return changetype<Cell>(cell).series;
}

describe("seriesBind", () => {
  it("gives one cell a writer and label block, whatever else there is", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const mine = bind(jobs, 'queue="a"');
    expect<i32>(bind(jobs, 'queue="a"')).toBe(mine);
    expect<bool>(bind(jobs, 'queue="b"') == mine).toBe(false);
    claim();
    const theirs = bind(jobs, 'queue="a"');
    expect<bool>(theirs == mine).toBe(false);
    expect<usize>(seriesOf(theirs)).toBe(seriesOf(mine));
    add(mine, 1);
    add(theirs, 2);
    expect<f64>(value(jobs, 'queue="a"')).toBe(3);
    become(first);
    expect<i32>(bind(jobs, 'queue="a"')).toBe(mine);
  });

  it("gives all writers one cell of a shared gauge, and cells of their own of the others", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level");
    const parts = family(GAUGE, MODE_SUM, "parts");
    const shared = bind(level, "");
    const part = bind(parts, "");
    claim();
    expect<i32>(bind(level, "")).toBe(shared);
    expect<bool>(bind(parts, "") == part).toBe(false);
  });

  it("gives a histogram's cell its shape", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const cell = bind(size, "");
    expect<u32>(changetype<HistogramCell>(cell).shape).toBe(changetype<Family>(size).shape);
  });

  it("keeps many series apart", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 3000; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), <f64>i);
    let wrong = 0;
    for (let i = 0; i < 3000; i++) wrong += i32(value(jobs, 'queue="' + i.toString() + '"') != <f64>i);
    expect<i32>(wrong).toBe(0);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(3000);
  });

  it("tells the token that the handle must show", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 3; i++) {
      const cell = bind(jobs, 'queue="a"');
      expect<u32>(seriesToken()).toBe(tokenOf(cell));
      expect<u32>(seriesToken()).toBeGreaterThanOrEqual(TOKEN_FIRST);
    }
    const level = bind(family(GAUGE, MODE_SHARED, "level"), "");
    expect<u32>(seriesToken()).toBe(tokenOf(level));
  });

  it("says LIMIT where all lines of a series would be longer than a scrape writes at once", () => {
    format();
    const bounds: f64[] = [];
    for (let i = 0; i < 509; i++) bounds.push(<f64>i);
    const size = family(HISTOGRAM, 0, "size", "route", bounds);
    const most = SERIES_TEXT_MAX / 512;
    expect<i32>(bind(size, "r".repeat(most))).toBeGreaterThan(0);
    expect<i32>(bind(size, "r".repeat(most + 1))).toBe(LIMIT);
  });

  it("says LIMIT for a block past LABELS_BYTES_MAX, NO_WRITER and GONE where it cannot begin", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    expect<i32>(bind(jobs, "a".repeat(LABELS_BYTES_MAX))).toBeGreaterThan(0);
    expect<i32>(bind(jobs, "a".repeat(LABELS_BYTES_MAX + 1))).toBe(LIMIT);
    const state = load<u32>(jobs);
    familyRemove(jobs, state);
    expect<i32>(seriesBind(jobs, state, input('queue="a"'), false, NaN)).toBe(GONE);
    const length = input('queue="a"');
    slotForget();
    expect<i32>(seriesBind(jobs, state, length, false, NaN)).toBe(NO_WRITER);
  });

  it("says EXHAUSTED at any allocation that fails, and succeeds afterwards", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    let refused = 0;
    for (let i = 0; i < 40; i++) {
      const block = 'queue="' + i.toString() + '"';
      for (let allocation: u32 = 1; ; allocation++) {
        input(block);
        failFrom(allocation);
        const cell = bind(jobs, block);
        failFrom(0);
        if (cell > 0) {
          add(cell, 1);
          break;
        }
        refused++;
        expect<i32>(cell).toBe(EXHAUSTED);
      }
    }
    expect<i32>(refused).toBeGreaterThan(40);
    for (let i = 0; i < 40; i++) expect<f64>(value(jobs, 'queue="' + i.toString() + '"')).toBe(1);
  });

  it("says EXHAUSTED at maxBytes and loses nothing that was counted", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    let made = 0;
    while (true) {
      const cell = bind(jobs, 'queue="' + made.toString() + "x".repeat(4000) + '"');
      if (cell < 0) {
        expect<i32>(cell).toBe(EXHAUSTED);
        break;
      }
      add(cell, 1);
      made++;
    }
    expect<i32>(made).toBeGreaterThan(500);
    expect<u32>(bytesReserved()).toBeLessThan(MAX_BYTES + (1 << 20));
    let sum: f64 = 0;
    for (let i = 0; i < made; i++) sum += value(jobs, 'queue="' + i.toString() + "x".repeat(4000) + '"');
    expect<f64>(sum).toBe(<f64>made);
    // Room again.
    remove(jobs, 'queue="3' + "x".repeat(4000) + '"');
    expect<i32>(bind(jobs, 'queue="new' + "x".repeat(3990) + '"')).toBeGreaterThan(0);
  });

  it("takes its cell back where a revoking only cleared its token", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const token = tokenOf(cell);
    add(cell, 3);
    store<u32>(cell, REVOKED_TOKEN);
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    expect<i32>(bind(jobs, "")).toBe(cell);
    expect<u32>(tokenOf(cell)).toBeGreaterThan(token);
    expect<i32>(add(cell, 1)).toBe(OK);
    expect<f64>(value(jobs, "")).toBe(4);
  });

  it("folds this writer's cell of a histogram where a bucket is full, and begins a new one", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const cell = bind(size, "");
    // Whole, with a bucket that took 2^32 - 1 observations of 0.
    store<u32>(cell + offsetof<HistogramCell>(), 0xffffffff);
    changetype<HistogramCell>(cell).check = 0xffffffff * weightOf(0);
    expect<i32>(histogramObserve(cell, tokenOf(cell), 0)).toBe(STALE);
    const token = tokenOf(cell);
    for (let i = 0; i < 3; i++) {
      const next = bind(size, "");
      expect<i32>(histogramObserve(next, tokenOf(next), 0.5)).toBe(OK);
    }
    expect<i32>(histogramObserve(cell, token, 0)).toBe(STALE);
    expect<f64>(value(size, "")).toBe(1.5);
    expect<u64>(load<u64>(seriesBuckets())).toBe(0x100000002);
  });

  it("completes a reset that its maker left half done, so that nothing counted since is lost", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    add(cell, 3);
    // What a death right after the first step of detaching leaves.
    store<u32>(cell, DETACHED);
    const again = bind(jobs, "");
    expect<u32>(tokenOf(again)).toBeGreaterThanOrEqual(TOKEN_FIRST);
    expect<i32>(add(again, 1)).toBe(OK);
    expect<f64>(value(jobs, "")).toBe(1);
  });
});

describe("seriesDetach", () => {
  it("empties a series that goes on: sequence grows, word is 0, handles are STALE", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const token = tokenOf(cell);
    add(cell, 3);
    const series = seriesOf(cell);
    const sequence = seriesSequence(series);
    begin();
    seriesDetach(series, false);
    end();
    expect<u32>(seriesSequence(series)).toBe(sequence + 1);
    expect<bool>(isEmpty(seriesWord(series))).toBe(true);
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    expect<f64>(value(jobs, "")).toBe(0);
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
  });
});

describe("seriesRemove", () => {
  it("removes one series: its handles are STALE, its name makes another one", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const cell = bind(jobs, 'queue="a"');
    const kept = bind(jobs, 'queue="b"');
    const token = tokenOf(cell);
    add(cell, 3);
    add(kept, 7);
    const position = changetype<Series>(seriesOf(cell)).position;
    expect<i32>(remove(jobs, 'queue="a"')).toBe(OK);
    expect<i32>(remove(jobs, 'queue="a"')).toBe(ABSENT);
    expect<i32>(remove(jobs, 'queue="c"')).toBe(ABSENT);
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    expect<bool>(isNaN(value(jobs, 'queue="a"'))).toBe(true);
    expect<usize>(tableGet(changetype<Family>(jobs).table, position)).toBe(0);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(1);
    expect<i32>(add(bind(jobs, 'queue="a"'), 1)).toBe(OK);
    expect<f64>(value(jobs, 'queue="a"')).toBe(1);
    expect<f64>(value(jobs, 'queue="b"')).toBe(7);
  });

  it("leaves memory flat over many made and removed, of many writers", () => {
    const first = format();
    const second = claim();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    let reserved: u32 = 0;
    for (let i = 0; i < 2000; i++) {
      if (i == 100) reserved = bytesReserved();
      const block = 'queue="' + (i & 1023).toString() + '"';
      become(first);
      add(bind(jobs, block), 1);
      become(second);
      add(bind(jobs, block), 1);
      remove(jobs, block);
    }
    expect<u32>(bytesReserved()).toBeLessThan(reserved + 4096);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(0);
  });

  it("removes without memory for a smaller bucket; the name still makes another series", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 8; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 5);
    const length = input('queue="3"');
    failFrom(1);
    expect<i32>(seriesRemove(jobs, load<u32>(jobs), length)).toBe(OK);
    failFrom(0);
    expect<bool>(isNaN(value(jobs, 'queue="3"'))).toBe(true);
    expect<i32>(add(bind(jobs, 'queue="3"'), 1)).toBe(OK);
    expect<f64>(value(jobs, 'queue="3"')).toBe(1);
    expect<f64>(value(jobs, 'queue="4"')).toBe(5);
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
