// A series over all its cells, type by type and mode by mode.

import { become, bind, claim, family, format, tokenOf } from "../formatted";
import {
  Base,
  Cell,
  COUNTER,
  DETACHED,
  FAMILY_AGE,
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
  Series,
  Writer,
} from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet, gaugeSetLatest, sharedSet } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import { writerRevoke } from "../../../assembly/store/adopt";
import { baseBytes, cellAfter, isEmpty, seriesSequence, seriesWord } from "../../../assembly/store/list";
import {
  bucketsAddress,
  counterTotal,
  gaugeCellFirst,
  gaugeCellFrom,
  gaugeCellValue,
  gaugeTotal,
  histogramTotal,
} from "../../../assembly/store/total";
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
  gaugeSetLatest(cell, tokenOf(cell), 3);
  claim();
  const second = bind(made, "");
  gaugeSetLatest(second, tokenOf(second), -1);
  claim();
  const third = bind(made, "");
  gaugeSetLatest(third, tokenOf(third), 2);
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
