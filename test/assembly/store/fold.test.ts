// Folding, with the death of a folder at each of its steps played by hand.

import {
  become,
  bind,
  claim,
  count,
  failFrom,
  family,
  format,
  native,
  random,
  randomBelow,
  randomFrom,
  read,
  remove,
  seriesOf,
  summary,
  tokenOf,
  total,
} from "../formatted";
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
  NativeCell,
  RETIRED,
  Series,
  SummaryCell,
  Writer,
} from "../../../assembly/layout";
import { bytesFree, bytesReserved, take } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet, gaugeSetLatest } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import { nativeObserve } from "../../../assembly/metric/native";
import { slotOf, SLOTS } from "../../../assembly/metric/slots";
import { summaryObserve } from "../../../assembly/metric/summary";
import { writerLeave, writerRetire, writerRevoke } from "../../../assembly/store/adopt";
import { cellTake, isGivenBack } from "../../../assembly/store/cell";
import { familyEmpty } from "../../../assembly/store/family";
import { helpIncluded, writerFold } from "../../../assembly/store/fold";
import { limboEmpty, limboSift } from "../../../assembly/store/limbo";
import { baseBytes, cellAfter, headOf, isEmpty, seriesSequence, seriesWord } from "../../../assembly/store/list";
import {
  seriesBuckets,
  seriesQuantiles,
  seriesRead,
  seriesSchema,
  seriesSparseBucket,
  seriesSparseCount,
  seriesSparseIndex,
  seriesValue,
  seriesZeroCount,
  snapshotsUnexplained,
  writerState,
} from "../../../assembly/store/report";
import { begin, clockSet, end, slotMove } from "../../../assembly/store/writer";
import { ABSENT, EXHAUSTED, OK, STALE } from "../../../assembly/status";

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
    if (latest) gaugeSetLatest(cell, tokenOf(cell), to, 0);
    else gaugeSet(cell, tokenOf(cell), to);
  };
  const second = claim();
  setTo(bind(gauge, ""), one, (mode & ~MODE_LIVE) == MODE_MOSTRECENT);
  const last = claim();
  setTo(bind(gauge, ""), other, (mode & ~MODE_LIVE) == MODE_MOSTRECENT);
  become(first);
  setTo(bind(gauge, ""), third, (mode & ~MODE_LIVE) == MODE_MOSTRECENT);
  const before = total(gauge);
  bury(second, first);
  bury(last, first);
  writerFold(indexOf(second), 100);
  writerFold(indexOf(last), 100);
  const after = total(gauge);
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
    for (let i = 0; i < 50; i++) expect<f64>(total(jobs, 'queue="' + i.toString() + '"')).toBe(<f64>i);
    expect<i32>(writerFold(indexOf(second), 1000)).toBe(0);
    const reserved = bytesReserved();
    claim();
    for (let i = 0; i < 50; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 1);
    expect<u32>(bytesReserved()).toBeLessThan(reserved + 256);
    for (let i = 0; i < 50; i++) expect<f64>(total(jobs, 'queue="' + i.toString() + '"')).toBe(<f64>i + 1);
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
    for (let i = 0; i < 10; i++) expect<f64>(total(jobs, 'queue="' + i.toString() + '"')).toBe(1);
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
    expect<f64>(total(size)).toBe(0);
    expect<bool>(isNaN(total(jobs))).toBe(true);
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
    expect<f64>(total(jobs)).toBe(3);
    writerFold(indexOf(second), 10);
    expect<f64>(total(jobs)).toBe(3);
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
    for (let i = 0; i < 6; i++) expect<f64>(total(jobs, 'queue="' + i.toString() + '"')).toBe(2);
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
        const before = total(jobs);
        lower += i32(before < printed);
        bury(writer, first);
        if (randomBelow(3) != 0) writerFold(indexOf(writer), 10);
        printed = total(jobs);
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
    expect<f64>(total(jobs, 'queue="5"')).toBe(400);
    expect<f64>(total(size)).toBe(800);
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
      expect<f64>(total(jobs)).toBe(7);
      expect<i32>(writerFold(indexOf(second), 10)).toBe(1);
      expect<f64>(total(jobs)).toBe(7);
      expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
      // The series and the slot go on.
      claim();
      add(bind(jobs, ""), 1);
      expect<f64>(total(jobs)).toBe(8);
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
    expect<f64>(total(jobs)).toBe(0);
    writerFold(indexOf(second), 10);
    expect<f64>(total(jobs)).toBe(0);
    expect<bool>(isEmpty(seriesWord(series))).toBe(true);
  });

  it("leaves a slot that is FOLDING for ever to nobody but the next folder", () => {
    const first = format();
    const second = claim();
    bury(second, first);
    slotMove(second, load<u64>(second), FOLDING);
    changetype<Writer>(second).folder = 77;
    // Of a folder that never was: there is no proof that it is dead, and no harm in taking over.
    expect<bool>(claim() == second).toBe(false);
    become(first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(0);
    expect<i32>(writerState(indexOf(second))).toBe(RETIRED);
  });
});

/** True where a list has a cell. */
function isListed(series: usize, cell: i32): bool {
  for (let at = headOf(seriesWord(series)); at != 0; at = cellAfter(at)) if (at == <usize>cell) return true;
  return false;
}

/** Cells of this writer, one a series; how many of them are this one. */
function met(family: i32, cell: i32, rounds: i32): i32 {
  let times = 0;
  for (let i = 0; i < rounds; i++) {
    times += i32(bind(family, 'queue="' + i.toString() + '"') == cell);
    remove(family, 'queue="' + i.toString() + '"');
  }
  return times;
}

describe("a folded cell", () => {
  it("is not used again before every cold verb that was under way has ended; the next owner binds another one", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const second = claim();
    const cell = bind(jobs, "");
    add(cell, 5);
    const series = seriesOf(cell);
    // In the middle of unlinking that cell, say: it remembers whose `next` leads to it.
    const sleeper = claim();
    begin();
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(1);
    expect<bool>(isListed(series, cell)).toBe(false);
    expect<usize>(claim()).toBe(second);
    const next = bind(jobs, "");
    expect<bool>(next == cell).toBe(false);
    add(next, 2);
    expect<bool>(isListed(series, cell)).toBe(false);
    expect<i32>(met(jobs, cell, 100)).toBe(0);
    expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
    expect<f64>(total(jobs)).toBe(7);
    become(sleeper);
    end();
    // Handed to the owner of the slot, who takes it when it needs one.
    become(second);
    expect<i32>(met(jobs, cell, 100)).toBeGreaterThan(0);
    expect<f64>(total(jobs)).toBe(7);
  });

  it("does not wait for a cold verb that began after the fold", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const second = claim();
    const cell = bind(jobs, "");
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(1);
    claim();
    const later = claim();
    begin();
    become(second);
    expect<bool>(later != second).toBe(true);
    expect<i32>(met(jobs, cell, 100)).toBeGreaterThan(0);
  });

  it("is not used again by a folder that is in the middle of the same verb", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const second = claim();
    for (let i = 0; i < 20; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 1);
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 1000)).toBe(20);
    // None of them is free while the verb goes on, however many are folded: the owner's list is as it was.
    expect<u32>(changetype<Writer>(second).reclaim).toBe(0);
    limboSift();
    expect<bool>(changetype<Writer>(second).reclaim != 0).toBe(true);
  });

  it("that its own writer outgrew is not used again before every cold verb that was under way has ended, either", () => {
    const first = format();
    const size = native("size", "queue", 3, 160);
    const cell = bind(size, "", 1);
    nativeObserve(cell, tokenOf(cell), 1);
    const sleeper = claim();
    begin();
    become(first);
    let seen = 0;
    for (let i = 0; i < 50; i++) {
      const next = bind(size, 'queue="' + i.toString() + '"', 1);
      seen += i32(next == cell);
      if (i == 10) bind(size, "", 1e9);
    }
    expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
    expect<i32>(seen).toBe(0);
    become(sleeper);
    end();
    become(first);
    for (let i = 50; i < 200; i++) seen += i32(bind(size, 'queue="' + i.toString() + '"', 1) == cell);
    expect<i32>(seen).toBe(1);
  });

  it("of a reset is not used again before every cold verb that was under way has ended, either", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const cell = bind(jobs, 'queue="a"');
    const sleeper = claim();
    begin();
    become(first);
    familyEmpty(jobs, load<u32>(jobs), true);
    expect<bool>(bind(jobs, 'queue="a"') == cell).toBe(false);
    expect<i32>(met(jobs, cell, 100)).toBe(0);
    become(sleeper);
    end();
    become(first);
    expect<i32>(met(jobs, cell, 100)).toBeGreaterThan(0);
  });
});

/** What is read of a native histogram, to be compared bit by bit. */
function nativeText(family: i32): string {
  if (read(family) < 0) return "not there";
  let text = seriesSchema().toString() + " " + seriesZeroCount().toString() + " " + seriesValue().toString();
  for (let side = 0; side < 2; side++) {
    for (let i: u32 = 0; i < seriesSparseCount(side == 1); i++) {
      text += (side == 1 ? " -" : " +") + seriesSparseIndex(side == 1, i).toString() + ":" + seriesSparseBucket(side == 1, i).toString();
    }
  }
  for (let i = 0; i < 3; i++) text += " " + load<u64>(seriesBuckets() + (i << 3)).toString();
  return text;
}

describe("a native histogram of dead writers", () => {
  it("is folded into what was read before: schema, both sides, zeros, classic buckets and sum", () => {
    randomFrom(41);
    for (let round = 0; round < 40; round++) {
      const first = format();
      const size = native("size", "", 8, round < 20 ? 160 : 12, [1, 10]);
      const second = claim();
      const third = claim();
      const writers: usize[] = [first, second, third];
      // Every other time without a cell of a living writer, so that the base alone is read in the end.
      for (let i = round & 1; i < 3; i++) {
        become(writers[i]);
        const observations = randomBelow(30) + 1;
        for (let j: u32 = 0; j < observations; j++) {
          const magnitude = NativeMath.pow(2, <f64>randomBelow(round < 10 ? 3 : 40) - 8);
          count(size, "", randomBelow(9) == 0 ? 0 : (random() + 0.5) * magnitude * (randomBelow(3) == 0 ? -1 : 1));
        }
      }
      become(first);
      const before = nativeText(size);
      bury(second, first);
      writerFold(indexOf(second), 10);
      expect<string>(nativeText(size)).toBe(before);
      bury(third, first);
      writerFold(indexOf(third), 10);
      expect<string>(nativeText(size)).toBe(before);
    }
  });

  it("goes on in the cell of a slot that has a new owner, what was half done there taken back", () => {
    const first = format();
    const size = native("size", "", 3, 160, [1, 10]);
    const second = claim();
    const cell = bind(size, "", 3);
    nativeObserve(cell, tokenOf(cell), 3);
    const before = nativeText(size);
    // The first three stores of an observation of 3.5, into another slot.
    const slot = slotOf(cell, 3.5);
    expect<bool>(slot == slotOf(cell, 3)).toBe(false);
    changetype<NativeCell>(cell).populated += 1;
    changetype<NativeCell>(cell).pending = 3.5;
    store<u32>(cell + SLOTS + (slot << 2), 1);
    bury(second, first);
    expect<usize>(claim()).toBe(second);
    expect<i32>(bind(size, "", 3)).toBe(cell);
    expect<u32>(changetype<NativeCell>(cell).populated).toBe(1);
    expect<string>(nativeText(size)).toBe(before);
    expect<i32>(nativeObserve(cell, tokenOf(cell), 4)).toBe(OK);
    expect<f64>(total(size)).toBe(7);
    expect<u32>(snapshotsUnexplained()).toBe(0);
  });

  it("is folded with what was half done taken back", () => {
    const first = format();
    const size = native("size", "", 3, 160, [1, 10]);
    const second = claim();
    const cell = bind(size, "", 3);
    nativeObserve(cell, tokenOf(cell), 3);
    const before = nativeText(size);
    changetype<NativeCell>(cell).populated += 1;
    changetype<NativeCell>(cell).pending = 3.5;
    store<u32>(cell + SLOTS + (slotOf(cell, 3.5) << 2), 1);
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(1);
    expect<string>(nativeText(size)).toBe(before);
  });

  it("is EXHAUSTED at each allocation, reads as before, and is folded in the end", () => {
    const first = format();
    const size = native("size", "", 8, 160);
    const second = claim();
    // In one cell, so that no base was made and given back.
    for (let i = 0; i < 100; i++) count(size, "", 1 + <f64>i / 10000);
    become(first);
    const before = nativeText(size);
    bury(second, first);
    let refused = 0;
    for (let allocation: u32 = 1; ; allocation++) {
      failFrom(allocation);
      const status = writerFold(indexOf(second), 10);
      failFrom(0);
      expect<string>(nativeText(size)).toBe(before);
      if (status >= 0) break;
      expect<i32>(status).toBe(EXHAUSTED);
      refused++;
    }
    expect<i32>(refused).toBeGreaterThan(0);
    expect<i32>(writerState(indexOf(second))).toBe(RETIRED);
  });

  it("leaves memory flat over many writers that come and go", () => {
    const first = format();
    const size = native("size", "", 3, 160);
    let reserved: u32 = 0;
    for (let i = 0; i < 400; i++) {
      if (i == 40) reserved = bytesReserved();
      claim();
      for (let value: f64 = 1; value < 1e6; value *= 7) count(size, "", value);
      writerLeave();
      become(first);
      if ((i & 1) == 0) writerFold(1, 100);
    }
    expect<u32>(bytesReserved()).toBe(reserved);
  });
});

/** What is read of a summary. */
function summaryText(family: i32): string {
  if (read(family) < 0) return "not there";
  const quantiles = load<f64>(seriesQuantiles()).toString() + " " + load<f64>(seriesQuantiles() + 8).toString();
  return load<u64>(seriesBuckets()).toString() + " " + seriesValue().toString() + " " + quantiles;
}

describe("a summary of dead writers", () => {
  it("keeps its quantiles: no base has windows, so a fold leaves the cell where it is", () => {
    const first = format();
    clockSet(2000);
    const wait = summary("wait");
    const second = claim();
    for (let i = 1; i <= 200; i++) count(wait, "", <f64>i);
    const cell = bind(wait, "", 1);
    const before = summaryText(wait);
    bury(second, first);
    expect<i32>(writerFold(indexOf(second), 10)).toBe(0);
    expect<i32>(writerState(indexOf(second))).toBe(RETIRED);
    expect<string>(summaryText(wait)).toBe(before);
    expect<bool>(isListed(seriesOf(cell), cell)).toBe(true);
    const least = load<f64>(seriesQuantiles());
    expect<bool>(least > 98 && least < 103).toBe(true);
  });

  it("goes on in the cell of a slot that has a new owner: windows, count and sum", () => {
    const first = format();
    clockSet(2000);
    const wait = summary("wait");
    const second = claim();
    for (let i = 1; i <= 100; i++) count(wait, "", <f64>i);
    const cell = bind(wait, "", 1);
    const token = tokenOf(cell);
    const before = summaryText(wait);
    // The first two stores of an observation of 7.
    changetype<SummaryCell>(cell).pending = 7;
    changetype<SummaryCell>(cell).count += 1;
    bury(second, first);
    expect<usize>(claim()).toBe(second);
    expect<u64>(changetype<SummaryCell>(cell).count).toBe(100);
    expect<string>(summaryText(wait)).toBe(before);
    expect<i32>(summaryObserve(cell, token, 1)).toBe(STALE);
    expect<i32>(bind(wait, "", 150)).toBe(cell);
    for (let i = 101; i <= 200; i++) count(wait, "", <f64>i);
    read(wait);
    expect<u64>(load<u64>(seriesBuckets())).toBe(200);
    expect<f64>(seriesValue()).toBe(20100);
    const half = load<f64>(seriesQuantiles());
    const most = load<f64>(seriesQuantiles() + 8);
    expect<bool>(half > 98 && half < 103 && most > 176 && most < 183).toBe(true);
    expect<u32>(snapshotsUnexplained()).toBe(0);
  });

  it("gives its chunks back with its series, and leaves memory flat over many writers that come and go", () => {
    const first = format();
    clockSet(2000);
    const wait = summary("wait");
    let reserved: u32 = 0;
    let free: u32 = 0;
    for (let i = 0; i < 300; i++) {
      claim();
      for (let value: f64 = 0.001; value < 1e6; value *= 7) count(wait, "", value);
      writerLeave();
      become(first);
      if ((i & 1) == 0) writerFold(1, 100);
      if (i % 3 == 0) familyEmpty(wait, load<u32>(wait), false);
      if (i == 59) {
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
