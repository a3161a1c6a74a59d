// A series over all its cells, type by type and mode by mode.

import { become, bind, claim, failFrom, family, format, tokenOf } from "../formatted";
import { constant, count, observe, seriesAt, set as put, Wanted } from "../wanted";
import {
  Base,
  BASE_QUANTILES,
  BASE_SET,
  Cell,
  COUNTER,
  DETACHED,
  FAMILY_AGE,
  FAMILY_CLASSIC,
  Family,
  FOLDED,
  GAUGE,
  HISTOGRAM,
  KIND_PLAIN,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  NATIVE,
  Series,
  Sparse,
  SUMMARY,
  Writer,
} from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet, gaugeSetLatest, sharedSet } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import { writerRevoke } from "../../../assembly/store/adopt";
import { baseBytes, cellAfter, isEmpty, seriesSequence, seriesWord } from "../../../assembly/store/list";
import { gaugeCellFirst, gaugeCellFrom, gaugeCellValue, gaugeSaid, gaugeTotal } from "../../../assembly/store/gauges";
import { readingTimestamp } from "../../../assembly/store/reading";
import {
  bucketsAddress,
  counterTotal,
  histogramTotal,
  nativeSparse,
  nativeTotal,
  summaryCount,
  summaryQuantile,
  summaryTotal,
} from "../../../assembly/store/total";
import { sparseCount, sparseCountAt, sparseIndexAt, sparseTotal } from "../../../assembly/metric/sparse";
import { writerFold } from "../../../assembly/store/fold";
import { writerRetire } from "../../../assembly/store/adopt";
import { sparseWords } from "../text/largest";
import { clockSet, slotAt } from "../../../assembly/store/writer";

function seriesOf(cell: i32): usize {
  return changetype<Cell>(cell).series;
}

function set(cell: i32, value: f64): i32 {
  return gaugeSet(cell, tokenOf(cell), value);
}

/** A gauge of a mode with one series that three writers set to 3, -1 and 2, in that order; the first is this instance. */
function gauge(mode: u32): usize {
  const first = format();
  const made = family(GAUGE, mode, "level");
  const cell = bind(made, "");
  gaugeSetLatest(cell, tokenOf(cell), 3, 0);
  claim();
  const second = bind(made, "");
  gaugeSetLatest(second, tokenOf(second), -1, 0);
  claim();
  const third = bind(made, "");
  gaugeSetLatest(third, tokenOf(third), 2, 0);
  claim();
  // One that has nothing to say.
  bind(made, "");
  become(first);
  return seriesOf(cell);
}

describe("counterTotal", () => {
  it("adds the cells of all writers and the base, losing no digit", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    counterAdd(cell, tokenOf(cell), 9007199254740992);
    for (let i = 0; i < 4; i++) {
      claim();
      const next = bind(jobs, "");
      counterAdd(next, tokenOf(next), 1);
    }
    become(first);
    expect<f64>(counterTotal(seriesOf(cell))).toBe(9007199254740996);
    const base = take(baseBytes(jobs), KIND_PLAIN, true);
    memory.fill(base, 0, baseBytes(jobs));
    changetype<Base>(base).high = 100;
    changetype<Base>(base).low = 2;
    changetype<Series>(seriesOf(cell)).base = <u32>base;
    expect<f64>(counterTotal(seriesOf(cell))).toBe(9007199254741098);
  });

  it("skips the cell that the base includes, and cells that say FOLDED", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    counterAdd(cell, tokenOf(cell), 4);
    const base = take(baseBytes(jobs), KIND_PLAIN, true);
    memory.fill(base, 0, baseBytes(jobs));
    changetype<Base>(base).high = 4;
    changetype<Base>(base).includes = cell;
    changetype<Series>(seriesOf(cell)).base = <u32>base;
    expect<f64>(counterTotal(seriesOf(cell))).toBe(4);
    changetype<Cell>(cell).token = FOLDED;
    changetype<Base>(base).includes = 0;
    expect<f64>(counterTotal(seriesOf(cell))).toBe(4);
  });

  it("is 0 for a removed series", () => {
    format();
    const cell = bind(family(COUNTER, 0, "jobs"), "");
    counterAdd(cell, tokenOf(cell), 4);
    const series = changetype<Series>(seriesOf(cell));
    series.head = 0xffffffff;
    series.base = 0xffffffff;
    expect<f64>(counterTotal(seriesOf(cell))).toBe(0);
  });

  it("completes a reset that it meets half way", () => {
    format();
    const cell = bind(family(COUNTER, 0, "jobs"), "");
    counterAdd(cell, tokenOf(cell), 4);
    const series = seriesOf(cell);
    const sequence = seriesSequence(series);
    changetype<Cell>(cell).token = DETACHED;
    expect<f64>(counterTotal(series)).toBe(0);
    expect<u32>(seriesSequence(series)).toBe(sequence + 1);
    expect<bool>(isEmpty(seriesWord(series))).toBe(true);
  });

  it("ends on a list that runs in a circle", () => {
    format();
    const cell = bind(family(COUNTER, 0, "jobs"), "");
    changetype<Cell>(cell).next = cell;
    counterAdd(cell, tokenOf(cell), 0);
    expect<f64>(counterTotal(seriesOf(cell))).toBe(0);
  });
});

describe("gaugeTotal", () => {
  it("follows the mode, over those that have something to say", () => {
    expect<f64>(gaugeTotal(gauge(MODE_SUM))).toBe(4);
    expect<f64>(gaugeTotal(gauge(MODE_LIVE | MODE_SUM))).toBe(4);
    expect<f64>(gaugeTotal(gauge(MODE_MIN))).toBe(-1);
    expect<f64>(gaugeTotal(gauge(MODE_MAX))).toBe(3);
    expect<f64>(gaugeTotal(gauge(MODE_MOSTRECENT))).toBe(2);
  });

  it("forgets the dead in a `livesum`, and nobody in a `sum`", () => {
    const live = gauge(MODE_LIVE | MODE_SUM);
    writerRevoke(1);
    expect<f64>(gaugeTotal(live)).toBe(5);
    const sum = gauge(MODE_SUM);
    writerRevoke(1);
    expect<f64>(gaugeTotal(sum)).toBe(4);
  });

  it("leaves out of a `livesum` who was believed dead once: a thread may run on after its end was asked for", () => {
    const live = gauge(MODE_LIVE | MODE_SUM);
    changetype<Writer>(slotAt(2)).doubted = 1;
    expect<f64>(gaugeTotal(live)).toBe(2);
  });

  it("is the one cell of a shared gauge, 0 before it was ever set", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level");
    const cell = bind(level, "");
    expect<f64>(gaugeTotal(seriesOf(cell))).toBe(0);
    sharedSet(cell, tokenOf(cell), -0.0);
    expect<u64>(reinterpret<u64>(gaugeTotal(seriesOf(cell)))).toBe(0x8000000000000000);
    sharedSet(cell, tokenOf(cell), Infinity);
    expect<f64>(gaugeTotal(seriesOf(cell))).toBe(Infinity);
  });

  it("keeps an infinity and NaN of a sum", () => {
    const series = gauge(MODE_SUM);
    set(changetype<Series>(series).head, Infinity);
    expect<f64>(gaugeTotal(series)).toBe(Infinity);
  });

  it("prints how long ago a time is where the family says so, and never less than 0", () => {
    format();
    const made = family(GAUGE, MODE_ALL, "seen");
    changetype<Family>(made).flags = FAMILY_AGE;
    const cell = bind(made, "");
    gaugeSet(cell, tokenOf(cell), 990);
    clockSet(1000.5);
    expect<f64>(gaugeCellValue(made, cell)).toBe(10.5);
    clockSet(900);
    expect<f64>(gaugeCellValue(made, cell)).toBe(0);
  });
});

describe("gaugeCellFirst and gaugeCellFrom", () => {
  it("walk the cells of an `all` gauge that have something to say", () => {
    const series = gauge(MODE_ALL);
    const third = gaugeCellFirst(series);
    expect<f64>(gaugeCellValue(changetype<Series>(series).family, third)).toBe(2);
    const second = gaugeCellFrom(series, cellAfter(third));
    expect<f64>(gaugeCellValue(changetype<Series>(series).family, second)).toBe(-1);
    const first = gaugeCellFrom(series, cellAfter(second));
    expect<f64>(gaugeCellValue(changetype<Series>(series).family, first)).toBe(3);
    expect<usize>(gaugeCellFrom(series, cellAfter(first))).toBe(0);
  });
});

describe("histogramTotal", () => {
  it("adds buckets and sums of all writers and the base", () => {
    const first = format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const cell = bind(size, "");
    histogramObserve(cell, tokenOf(cell), 1);
    claim();
    const other = bind(size, "");
    histogramObserve(other, tokenOf(other), 1.5);
    histogramObserve(other, tokenOf(other), 7);
    become(first);
    const base = take(baseBytes(size), KIND_PLAIN, true);
    memory.fill(base, 0, baseBytes(size));
    changetype<Base>(base).high = 0.5;
    store<u64>(base + offsetof<Base>(), 0x100000000);
    changetype<Series>(seriesOf(cell)).base = <u32>base;
    expect<f64>(histogramTotal(seriesOf(cell))).toBe(10);
    expect<u64>(load<u64>(bucketsAddress())).toBe(0x100000001);
    expect<u64>(load<u64>(bucketsAddress() + 8)).toBe(1);
    expect<u64>(load<u64>(bucketsAddress() + 16)).toBe(1);
  });

  it("begins from nothing every time", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const cell = bind(size, "");
    histogramObserve(cell, tokenOf(cell), 1);
    for (let i = 0; i < 3; i++) {
      expect<f64>(histogramTotal(seriesOf(cell))).toBe(1);
      expect<u64>(load<u64>(bucketsAddress())).toBe(1);
    }
  });
});

describe("nativeTotal", () => {
  it("adds buckets of both kinds, zero counts and sums of several writers and a base, at the coarsest schema", () => {
    const first = format();
    const wanted = new Wanted(NATIVE, "wait");
    wanted.flags = FAMILY_CLASSIC;
    wanted.bounds = [1, 2];
    wanted.schema = 1;
    const wait = wanted.family();
    // Of schema 0, which all of them meet at: (1, 2] twice, and -(2, 4].
    const words: u64[] = [0, 2, 1, 0x100000000, 0x200000001, 5, 2, 1, 0x200000001];
    constant(wait, 0.5, words);
    observe(wait, 1);
    observe(wait, 0);
    claim();
    observe(wait, 3);
    observe(wait, -3);
    claim();
    observe(wait, 1);
    become(first);
    const series = seriesAt(wait);
    expect<f64>(nativeTotal(series)).toBe(2.5);
    const sparse = nativeSparse();
    const record = changetype<Sparse>(sparse);
    expect<i32>(record.schema).toBe(0);
    expect<u64>(record.zeroCount).toBe(6);
    expect<u32>(record.positiveCount).toBe(3);
    expect<u32>(record.negativeCount).toBe(1);
    // 1 twice; the base's; 3; -3 and the base's.
    const indexes: i32[] = [0, 1, 2, 2];
    const counts: u64[] = [2, 2, 1, 2];
    for (let i = 0; i < 4; i++) {
      expect<i32>(sparseIndexAt(sparse, i)).toBe(indexes[i]);
      expect<u64>(sparseCountAt(sparse, i)).toBe(counts[i]);
    }
    expect<u64>(sparseTotal(sparse)).toBe(13);
    const classic: u64[] = [4, 2, 2];
    for (let i = 0; i < 3; i++) expect<u64>(load<u64>(bucketsAddress() + (i << 3))).toBe(classic[i]);
  });

  it("begins from nothing every time, and is the same when its writers were folded", () => {
    format();
    const wait = new Wanted(NATIVE, "wait").family();
    observe(wait, 1);
    claim();
    observe(wait, 5);
    observe(wait, -5);
    claim();
    for (let round = 0; round < 3; round++) {
      expect<f64>(nativeTotal(seriesAt(wait))).toBe(1);
      expect<u64>(sparseTotal(nativeSparse())).toBe(3);
      expect<u32>(sparseCount(nativeSparse())).toBe(3);
      if (round == 1) {
        writerRevoke(0);
        writerRetire(0);
        writerFold(0, 100);
        writerRevoke(1);
        writerRetire(1);
        writerFold(1, 100);
        expect<usize>(changetype<Series>(seriesAt(wait)).head & ~7).toBe(0);
      }
    }
  });

  it("keeps to the family's limit of buckets, in what only the base has, too", () => {
    const limits: u32[] = [1, 20, 160];
    for (let i = 0; i < limits.length; i++) {
      format();
      const wanted = new Wanted(NATIVE, "wait");
      wanted.schema = 8;
      wanted.bucketsMax = limits[i];
      const wait = wanted.family();
      constant(wait, 1, sparseWords(-1, 8, 500, 40, 7, 11));
      nativeTotal(seriesAt(wait));
      const sparse = nativeSparse();
      // Of the least schema more than the limit may be left.
      expect<bool>(sparseCount(sparse) <= limits[i] || changetype<Sparse>(sparse).schema == -4).toBe(true);
      expect<u64>(sparseTotal(sparse)).toBe(270 * 8 + (u64.MAX_VALUE >> 1));
    }
  });

  it("is empty without memory", () => {
    format();
    const wait = new Wanted(NATIVE, "wait").family();
    observe(wait, 1);
    const series = seriesAt(wait);
    failFrom(1);
    expect<f64>(nativeTotal(series)).toBe(0);
    expect<usize>(nativeSparse()).toBe(0);
    failFrom(0);
    expect<f64>(nativeTotal(series)).toBe(1);
  });
});

describe("summaryTotal", () => {
  it("adds counts, sums and windows of several writers, and count and sum of a base", () => {
    const first = format();
    const wait = new Wanted(SUMMARY, "wait").family();
    for (let i = 0; i < 3; i++) observe(wait, 10);
    claim();
    for (let i = 0; i < 4; i++) observe(wait, -20);
    claim();
    observe(wait, 0);
    become(first);
    const series = seriesAt(wait);
    expect<f64>(summaryTotal(series)).toBe(-50);
    expect<u64>(summaryCount()).toBe(8);
    expect<bool>(Math.abs(summaryQuantile(0, 0) + 20) < 0.2).toBe(true);
    expect<bool>(Math.abs(summaryQuantile(0, 3 / 7.0) + 20) < 0.2).toBe(true);
    expect<f64>(summaryQuantile(0, 4.1 / 7.0)).toBe(0);
    expect<bool>(Math.abs(summaryQuantile(0, 1) - 10) < 0.1).toBe(true);
    // The dead are in count and sum, and in no window.
    constant(wait, 100, [5]);
    expect<f64>(summaryTotal(series)).toBe(50);
    expect<u64>(summaryCount()).toBe(13);
    expect<bool>(Math.abs(summaryQuantile(0, 1) - 10) < 0.1).toBe(true);
  });

  it("has a constant's quantiles, those alone, and its time", () => {
    format();
    const wanted = new Wanted(SUMMARY, "wait");
    wanted.quantiles = [0.5, 0.9];
    const wait = wanted.family();
    constant(wait, 6.5, [3, reinterpret<u64>(0.25), reinterpret<u64>(4.5)], 77.5, "", BASE_SET | BASE_QUANTILES);
    expect<f64>(summaryTotal(seriesAt(wait))).toBe(6.5);
    expect<u64>(summaryCount()).toBe(3);
    expect<f64>(summaryQuantile(0, 0.5)).toBe(0.25);
    expect<f64>(summaryQuantile(1, 0.9)).toBe(4.5);
    expect<f64>(readingTimestamp()).toBe(77.5);
  });

  it("has count and sum and no quantile without memory", () => {
    format();
    const wait = new Wanted(SUMMARY, "wait").family();
    observe(wait, 3);
    const series = seriesAt(wait);
    failFrom(1);
    expect<f64>(summaryTotal(series)).toBe(3);
    failFrom(0);
    expect<u64>(summaryCount()).toBe(1);
    expect<bool>(isNaN(summaryQuantile(0, 0.5))).toBe(true);
    summaryTotal(series);
    expect<bool>(isNaN(summaryQuantile(0, 0.5))).toBe(false);
  });
});

describe("readingTimestamp", () => {
  it("is that of the constant that was read last, of any type, and 0 where it has none", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const level = family(GAUGE, MODE_SHARED, "level");
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    const wait = new Wanted(NATIVE, "wait").family();
    const plain = family(COUNTER, 0, "plain");
    constant(jobs, 1, [], 5);
    constant(level, 1, [], 6);
    constant(size, 1, [1, 2], 7);
    constant(wait, 1, sparseWords(-1, 3, 2, 2, 1, 3), 8);
    count(plain, 1);
    counterTotal(seriesAt(jobs));
    expect<f64>(readingTimestamp()).toBe(5);
    gaugeTotal(seriesAt(level));
    expect<f64>(readingTimestamp()).toBe(6);
    histogramTotal(seriesAt(size));
    expect<f64>(readingTimestamp()).toBe(7);
    nativeTotal(seriesAt(wait));
    expect<f64>(readingTimestamp()).toBe(8);
    counterTotal(seriesAt(plain));
    expect<f64>(readingTimestamp()).toBe(0);
  });
});

describe("gaugeTotal and NaN", () => {
  it("is NaN of `mostrecent` where that was set last, and not where it was before", () => {
    const first = format();
    const level = family(GAUGE, MODE_MOSTRECENT, "level");
    put(level, 1);
    claim();
    put(level, NaN);
    become(first);
    expect<bool>(isNaN(gaugeTotal(seriesAt(level)))).toBe(true);
    put(level, 2);
    expect<f64>(gaugeTotal(seriesAt(level))).toBe(2);
  });

  it("leaves NaN out of `min` and `max` as long as another writer has a number, whoever comes first", () => {
    const modes: u32[] = [MODE_MIN, MODE_MAX];
    for (let i = 0; i < 2; i++) {
      for (let which = 0; which < 3; which++) {
        const first = format();
        const level = family(GAUGE, modes[i], "level");
        for (let writer = 0; writer < 3; writer++) {
          if (writer != 0) claim();
          put(level, writer == which ? NaN : writer + 1);
        }
        become(first);
        const low = which == 0 ? 2 : 1;
        const high = which == 2 ? 2 : 3;
        expect<f64>(gaugeTotal(seriesAt(level))).toBe(modes[i] == MODE_MIN ? low : high);
      }
      const first = format();
      const alone = family(GAUGE, modes[i], "alone");
      put(alone, NaN);
      become(first);
      expect<bool>(isNaN(gaugeTotal(seriesAt(alone)))).toBe(true);
      expect<bool>(gaugeSaid()).toBe(true);
    }
  });
});
