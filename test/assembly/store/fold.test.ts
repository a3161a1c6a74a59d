// Folding, with the death of a folder at each of its steps played by hand.

import { become, bind, claim, failFrom, family, format, input, random, randomBelow, randomFrom, tokenOf } from "../formatted";
import {
  Base,
  Cell,
  COUNTER,
  FOLDED,
  FOLDING,
  GAUGE,
  HISTOGRAM,
  KIND_PLAIN,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SUM,
  RETIRED,
  Series,
  Writer,
} from "../../../assembly/layout";
import { bytesReserved, take } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet, gaugeSetLatest } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import { writerLeave, writerRetire, writerRevoke } from "../../../assembly/store/adopt";
import { cellTake, isGivenBack } from "../../../assembly/store/cell";
import { familyEmpty } from "../../../assembly/store/family";
import { helpIncluded, writerFold } from "../../../assembly/store/fold";
import { baseBytes, isEmpty, seriesSequence, seriesWord } from "../../../assembly/store/list";
import { seriesBuckets, seriesRead, seriesValue, writerState } from "../../../assembly/store/report";
import { slotMove } from "../../../assembly/store/writer";
import { ABSENT, EXHAUSTED } from "../../../assembly/status";

function value(family: i32, block: string = ""): f64 {
  return seriesRead(family, load<u32>(family), input(block)) < 0 ? NaN : seriesValue();
}

function add(cell: i32, amount: f64): void {
  counterAdd(cell, tokenOf(cell), amount);
}

function indexOf(slot: usize): u32 {
  return changetype<Writer>(slot).index;
}

/** This instance becomes `survivor`, and `dead` is revoked and retired. */
function bury(dead: usize, survivor: usize): void {
  become(survivor);
  writerRevoke(indexOf(dead));
  writerRetire(indexOf(dead));
}

/** A gauge of a mode that three writers set, each after the other; the first two die and are folded. */
function foldedGauge(mode: u32, one: f64, other: f64, third: f64): f64 {
  const first = format();
  const gauge = family(GAUGE, mode, "level");
  const setTo = (cell: i32, to: f64, latest: bool): void => {
    if (latest) gaugeSetLatest(cell, tokenOf(cell), to);
    else gaugeSet(cell, tokenOf(cell), to);
  };
  const second = claim();
  setTo(bind(gauge, ""), one, (mode & ~MODE_LIVE) == MODE_MOSTRECENT);
  const last = claim();
  setTo(bind(gauge, ""), other, (mode & ~MODE_LIVE) == MODE_MOSTRECENT);
  become(first);
  setTo(bind(gauge, ""), third, (mode & ~MODE_LIVE) == MODE_MOSTRECENT);
  const before = value(gauge);
  bury(second, first);
  bury(last, first);
  writerFold(indexOf(second), 100);
  writerFold(indexOf(last), 100);
  const after = value(gauge);
  if ((mode & MODE_LIVE) == 0) expect<f64>(after).toBe(before);
  return after;
}

describe("writerFold", () => {
  it("moves what a dead writer counted into the base; totals stay, cells are free", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const second = claim();
    for (let i = 0; i < 50; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), <f64>i);
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 1000)).toBe(50);
    expect<i32>(writerState(indexOf(second))).toBe(RETIRED);
    for (let i = 0; i < 50; i++) expect<f64>(value(jobs, 'queue="' + i.toString() + '"')).toBe(<f64>i);
    expect<i32>(writerFold(indexOf(second), 1000)).toBe(0);
    const reserved = bytesReserved();
    claim();
    for (let i = 0; i < 50; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 1);
    expect<u32>(bytesReserved()).toBeLessThan(reserved + 256);
    for (let i = 0; i < 50; i++) expect<f64>(value(jobs, 'queue="' + i.toString() + '"')).toBe(<f64>i + 1);
  });

  it("folds a histogram whole: buckets, count and sum", () => {
    const first = format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const second = claim();
    const cell = bind(size, "");
    histogramObserve(cell, tokenOf(cell), 0.5);
    histogramObserve(cell, tokenOf(cell), 1.5);
    histogramObserve(cell, tokenOf(cell), 9);
    become(first);
    const own = bind(size, "");
    histogramObserve(own, tokenOf(own), 1.25);
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(1);
    expect<i32>(seriesRead(size, load<u32>(size), 0)).toBe(3);
    expect<f64>(seriesValue()).toBe(12.25);
    expect<u64>(load<u64>(seriesBuckets())).toBe(1);
    expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(2);
    expect<u64>(load<u64>(seriesBuckets() + 16)).toBe(1);
  });

  it("folds gauges by their mode", () => {
    expect<f64>(foldedGauge(MODE_SUM, 1, 2, 4)).toBe(7);
    expect<f64>(foldedGauge(MODE_MIN, 5, -3, 4)).toBe(-3);
    expect<f64>(foldedGauge(MODE_MIN, 5, 6, 4)).toBe(4);
    expect<f64>(foldedGauge(MODE_MAX, 5, -3, 4)).toBe(5);
    expect<f64>(foldedGauge(MODE_MAX, -5, -6, -4)).toBe(-4);
    expect<f64>(foldedGauge(MODE_MOSTRECENT, 5, 6, 4)).toBe(4);
    expect<f64>(foldedGauge(MODE_LIVE | MODE_SUM, 5, 6, 4)).toBe(4);
    expect<f64>(foldedGauge(MODE_LIVE | MODE_MIN, 1, 2, 4)).toBe(4);
    expect<f64>(foldedGauge(MODE_LIVE | MODE_MAX, 5, 6, 4)).toBe(4);
    expect<f64>(foldedGauge(MODE_LIVE | MODE_MOSTRECENT, 5, 6, 4)).toBe(4);
  });

  it("keeps the cell of an `all` gauge until the slot has a new owner", () => {
    const first = format();
    const gauge = family(GAUGE, MODE_ALL, "level");
    const second = claim();
    const cell = bind(gauge, "");
    gaugeSet(cell, tokenOf(cell), 5);
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(0);
    expect<bool>(changetype<Cell>(cell).series != 0).toBe(true);
    claim();
    expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
  });

  it("goes in steps: as many cells as it is allowed, the slot held in between", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const second = claim();
    for (let i = 0; i < 10; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 1);
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 4)).toBe(4);
    expect<i32>(writerState(indexOf(second))).toBe(FOLDING);
    // Nobody may claim what is being folded, nor fold it too.
    const third = claim();
    expect<bool>(third == second).toBe(false);
    expect<i32>(writerFold(indexOf(second), 4)).toBe(ABSENT);
    become(first);
    expect<i32>(writerFold(indexOf(second), 4)).toBe(4);
    expect<i32>(writerFold(indexOf(second), 4)).toBe(2);
    expect<i32>(writerState(indexOf(second))).toBe(RETIRED);
    for (let i = 0; i < 10; i++) expect<f64>(value(jobs, 'queue="' + i.toString() + '"')).toBe(1);
  });

  it("frees a cell that was taken for a series and never attached: its taker died", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs");
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    const second = claim();
    const series: usize = changetype<Cell>(bind(size, "")).series;
    const stray = cellTake(24, COUNTER, series, false);
    bury(second, first);
    writerFold(indexOf(second), 10);
    expect<u32>(changetype<Cell>(stray).series).toBe(0);
    expect<f64>(value(size)).toBe(0);
    expect<bool>(isNaN(value(jobs))).toBe(true);
  });

  it("is ABSENT for a slot that is not retired", () => {
    const first = format();
    const second = claim();
    become(first);
    expect<i32>(writerFold(indexOf(second), 1)).toBe(ABSENT);
    writerRevoke(indexOf(second));
    expect<i32>(writerFold(indexOf(second), 1)).toBe(ABSENT);
    expect<i32>(writerFold(99, 1)).toBe(ABSENT);
  });

  it("is EXHAUSTED without memory for a base; nothing is lost, and it can be repeated", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs");
    const second = claim();
    add(bind(jobs, ""), 3);
    bury(second, first);
    // As if all of the arena and the free lists were used up.
    failFrom(1);
    const status = writerFold(indexOf(second), 10);
    failFrom(0);
    expect<bool>(status == EXHAUSTED || status == 1).toBe(true);
    expect<f64>(value(jobs)).toBe(3);
    writerFold(indexOf(second), 10);
    expect<f64>(value(jobs)).toBe(3);
  });

  it("takes a slot over whose folder died, and ends what that one began", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const second = claim();
    for (let i = 0; i < 6; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 2);
    const folder = claim();
    bury(second, folder);
    expect<i32>(writerFold(indexOf(second), 3)).toBe(3);
    become(first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(ABSENT);
    bury(folder, first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(3);
    for (let i = 0; i < 6; i++) expect<f64>(value(jobs, 'queue="' + i.toString() + '"')).toBe(2);
  });

  it("never lowers a total, whatever is folded when", () => {
    randomFrom(40);
    let lower = 0;
    for (let round = 0; round < 60; round++) {
      const first = format();
      const jobs = family(COUNTER, 0, "jobs");
      let printed: f64 = 0;
      for (let death = 0; death < 20; death++) {
        const writer = claim();
        const cell = bind(jobs, "");
        const adds = randomBelow(4) + 1;
        for (let i: u32 = 0; i < adds; i++) add(cell, random());
        const before = value(jobs);
        lower += i32(before < printed);
        bury(writer, first);
        if (randomBelow(3) != 0) writerFold(indexOf(writer), 10);
        printed = value(jobs);
        lower += i32(printed != before);
      }
    }
    expect<i32>(lower).toBe(0);
  });

  it("leaves memory flat over many writers that come and go", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const size = family(HISTOGRAM, 0, "size", "", [1, 2, 3]);
    let reserved: u32 = 0;
    for (let i = 0; i < 400; i++) {
      if (i == 40) reserved = bytesReserved();
      claim();
      for (let queue = 0; queue < 8; queue++) add(bind(jobs, 'queue="' + queue.toString() + '"'), 1);
      const cell = bind(size, "");
      histogramObserve(cell, tokenOf(cell), 2);
      writerLeave();
      become(first);
      if ((i & 1) == 0) writerFold(1, 100);
    }
    expect<u32>(bytesReserved()).toBe(reserved);
    expect<f64>(value(jobs, 'queue="5"')).toBe(400);
    expect<f64>(value(size)).toBe(800);
  });
});

describe("a fold cut short", () => {
  it("counts a cell once after each of its steps, and the next folder ends it", () => {
    for (let step = 1; step <= 4; step++) {
      const first = format();
      const jobs = family(COUNTER, 0, "jobs");
      const second = claim();
      const cell = bind(jobs, "");
      add(cell, 5);
      const series: usize = changetype<Cell>(cell).series;
      become(first);
      add(bind(jobs, ""), 2);
      bury(second, first);
      const made = take(baseBytes(jobs), KIND_PLAIN, true);
      memory.fill(made, 0, baseBytes(jobs));
      const base = changetype<Base>(made);
      base.bytes = baseBytes(jobs);
      base.high = 5;
      base.includes = <u32>cell;
      // Step 2, `sequence`, is for readers under way.
      changetype<Series>(series).base = <u32>made;
      if (step >= 3) changetype<Cell>(cell).token = FOLDED;
      if (step >= 4) base.includes = 0;
      expect<f64>(value(jobs)).toBe(7);
      expect<i32>(writerFold(indexOf(second), 10)).toBe(1);
      expect<f64>(value(jobs)).toBe(7);
      expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
      // The series and the slot go on.
      claim();
      add(bind(jobs, ""), 1);
      expect<f64>(value(jobs)).toBe(8);
    }
  });

  it("is helped on by whoever replaces the base", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    add(cell, 5);
    const base = heap.alloc(64);
    memory.fill(base, 0, 64);
    changetype<Base>(base).includes = <u32>cell;
    const series: usize = changetype<Cell>(cell).series;
    const sequence = seriesSequence(series);
    helpIncluded(series, base);
    expect<u32>(tokenOf(cell)).toBe(FOLDED);
    // Readers that still hold the old base look again.
    expect<u32>(seriesSequence(series)).toBe(sequence + 1);
    helpIncluded(series, base);
    expect<u32>(seriesSequence(series)).toBe(sequence + 1);
  });

  it("meets a reset that was faster: what was reset does not come back", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs");
    const second = claim();
    const cell = bind(jobs, "");
    add(cell, 5);
    const series: usize = changetype<Cell>(cell).series;
    bury(second, first);
    familyEmpty(jobs, load<u32>(jobs), true);
    expect<f64>(value(jobs)).toBe(0);
    writerFold(indexOf(second), 10);
    expect<f64>(value(jobs)).toBe(0);
    expect<bool>(isEmpty(seriesWord(series))).toBe(true);
  });

  it("leaves a slot that is FOLDING for ever to nobody but the next folder", () => {
    const first = format();
    const second = claim();
    bury(second, first);
    slotMove(second, load<u32>(second), FOLDING, 0);
    changetype<Writer>(second).folder = 77;
    // Of a folder that never was: there is no proof that it is dead, and no harm in taking over.
    expect<bool>(claim() == second).toBe(false);
    become(first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(0);
    expect<i32>(writerState(indexOf(second))).toBe(RETIRED);
  });
});
