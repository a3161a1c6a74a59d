// Within one memory: what a writer counted is read and merged into another registry's families.

import { bind, claim, define, failFrom, family, format, input, textAt, tokenOf } from "../formatted";
import { constant, observe, seriesAt, Wanted } from "../wanted";
import {
  Base,
  COUNTER,
  Family,
  FAMILY_CLASSIC,
  GAUGE,
  HISTOGRAM,
  MODE_SHARED,
  MODE_SUM,
  NATIVE,
  NativeCell,
  Series,
  Sparse,
  SUMMARY,
} from "../../../assembly/layout";
import { FULL, weightOf } from "../../../assembly/metric/histogram";
import { slotOf, SLOTS } from "../../../assembly/metric/slots";
import { sparseTotal } from "../../../assembly/metric/sparse";
import { carryBuckets, carryKey, carryKeyLength, carryLabels, carryMerge, carryRead, carryValue } from "../../../assembly/image/carry";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet, sharedSet } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import { familyCreate, registryLabels } from "../../../assembly/store/family";
import { registryCreate, registryFirst } from "../../../assembly/store/registry";
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
} from "../../../assembly/store/report";
import { seriesRemove } from "../../../assembly/store/series";
import { tableCount } from "../../../assembly/store/table";
import { inputAddress, slotForget } from "../../../assembly/store/writer";
import { ABSENT, EXHAUSTED, GONE, NO_WRITER, OK } from "../../../assembly/status";

let there: i32 = 0;

/** The family of the same definition in a second registry. */
function twin(type: u32, mode: u32, name: string, labels: string = "", bounds: f64[] = []): i32 {
  define(type, mode, name, labels, bounds);
  return familyCreate(there, load<u32>(there), 0);
}

function start(): void {
  format();
  there = registryCreate();
}

function positions(family: i32): u32 {
  return tableCount(changetype<Family>(family).table);
}

/** Carries every series of this writer from one family to another; how many. */
function carry(from: i32, to: i32): i32 {
  let carried = 0;
  for (let position: u32 = 0; position < positions(from); position++) {
    const buckets = carryRead(from, load<u32>(from), position);
    if (buckets < 0) continue;
    const length = carryKeyLength();
    const at = (length + 7) & ~7;
    const block = textAt(carryKey(), length);
    bind(to, block);
    const value = carryValue();
    const room = inputAddress(at + (buckets << 3) + 8);
    memory.copy(room, carryKey(), length);
    memory.copy(room + at, carryBuckets(), buckets << 3);
    if (carryMerge(to, load<u32>(to), length, value, at) == OK) carried++;
  }
  return carried;
}

function value(family: i32, block: string = ""): f64 {
  return seriesRead(family, load<u32>(family), input(block)) < 0 ? NaN : seriesValue();
}

/** What `from` has in the test of native histograms, so many times. */
function checkNative(family: i32, times: u64, classic: bool): void {
  expect<i32>(seriesRead(family, load<u32>(family), 0)).toBe(classic ? 3 : 0);
  expect<f64>(seriesValue()).toBe(<f64>times);
  expect<i32>(seriesSchema()).toBe(0);
  expect<u64>(seriesZeroCount()).toBe(times);
  expect<u32>(seriesSparseCount(false)).toBe(1);
  expect<i32>(seriesSparseIndex(false, 0)).toBe(2);
  expect<u64>(seriesSparseBucket(false, 0)).toBe(2 * times);
  expect<u32>(seriesSparseCount(true)).toBe(1);
  expect<i32>(seriesSparseIndex(true, 0)).toBe(3);
  expect<u64>(seriesSparseBucket(true, 0)).toBe(times);
  if (!classic) return;
  expect<u64>(load<u64>(seriesBuckets())).toBe(2 * times);
  expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(2 * times);
  expect<u64>(load<u64>(seriesBuckets() + 16)).toBe(0);
}

describe("carryRead", () => {
  it("reads this writer's part alone, with its labels", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    let cell = bind(jobs, 'queue="a"');
    counterAdd(cell, tokenOf(cell), 2);
    claim();
    expect<i32>(carryRead(jobs, load<u32>(jobs), 0)).toBe(ABSENT);
    cell = bind(jobs, 'queue="a"');
    counterAdd(cell, tokenOf(cell), 5);
    expect<i32>(carryRead(jobs, load<u32>(jobs), 0)).toBe(0);
    expect<f64>(carryValue()).toBe(5);
    expect<string>(textAt(carryKey(), carryKeyLength())).toBe('queue="a"');
  });

  it("is GONE behind the last position and without the family, ABSENT for a removed series", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    bind(jobs, 'queue="a"');
    expect<i32>(carryRead(jobs, load<u32>(jobs), 1)).toBe(GONE);
    expect<i32>(carryRead(jobs, load<u32>(jobs) + 4, 0)).toBe(GONE);
    seriesRemove(jobs, load<u32>(jobs), input('queue="a"'));
    expect<i32>(carryRead(jobs, load<u32>(jobs), 0)).toBe(ABSENT);
    slotForget();
    expect<i32>(carryRead(jobs, load<u32>(jobs), 0)).toBe(NO_WRITER);
  });
});

describe("carryLabels", () => {
  it("tells of a registry's default labels, 0 without any, GONE without the registry", () => {
    start();
    expect<i32>(carryLabels(there, load<u32>(there))).toBe(0);
    registryLabels(there, load<u32>(there), input('zone="a"'));
    const length = carryLabels(there, load<u32>(there));
    expect<string>(textAt(carryKey(), length)).toBe('zone="a"');
    expect<i32>(carryLabels(registryFirst(), load<u32>(registryFirst()))).toBe(0);
    expect<i32>(carryLabels(there, load<u32>(there) + 4)).toBe(GONE);
    slotForget();
    expect<i32>(carryLabels(there, load<u32>(there))).toBe(NO_WRITER);
  });
});

describe("carryMerge", () => {
  it("adds counters to what is there", () => {
    start();
    const from = family(COUNTER, 0, "jobs", "queue");
    const to = twin(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 30; i++) {
      const block = 'queue="' + i.toString() + '"';
      let cell = bind(from, block);
      counterAdd(cell, tokenOf(cell), <f64>i);
      cell = bind(to, block);
      counterAdd(cell, tokenOf(cell), 0.5);
    }
    expect<i32>(carry(from, to)).toBe(30);
    for (let i = 0; i < 30; i++) expect<f64>(value(to, 'queue="' + i.toString() + '"')).toBe(<f64>i + 0.5);
    expect<i32>(carry(from, to)).toBe(30);
    for (let i = 0; i < 30; i++) expect<f64>(value(to, 'queue="' + i.toString() + '"')).toBe(<f64>i * 2 + 0.5);
  });

  it("adds histograms whole", () => {
    start();
    const from = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const to = twin(HISTOGRAM, 0, "size", "", [1, 2]);
    let cell = bind(from, "");
    histogramObserve(cell, tokenOf(cell), 0.5);
    histogramObserve(cell, tokenOf(cell), 9);
    cell = bind(to, "");
    histogramObserve(cell, tokenOf(cell), 1.5);
    expect<i32>(carry(from, to)).toBe(1);
    expect<i32>(seriesRead(to, load<u32>(to), 0)).toBe(3);
    expect<f64>(seriesValue()).toBe(11);
    for (let bucket = 0; bucket < 3; bucket++) expect<u64>(load<u64>(seriesBuckets() + (bucket << 3))).toBe(1);
  });

  it("adds a summary's count and sum, and leaves its windows where they are", () => {
    start();
    const wanted = new Wanted(SUMMARY, "wait");
    wanted.quantiles = [0.5];
    const from = wanted.family();
    const to = wanted.family(there);
    observe(from, 8);
    observe(from, -2);
    expect<i32>(carryRead(from, load<u32>(from), 0)).toBe(1);
    expect<f64>(carryValue()).toBe(6);
    expect<u64>(load<u64>(carryBuckets())).toBe(2);
    // Into a series without anything, then into one that has what it had.
    for (let round: u64 = 1; round < 4; round++) {
      expect<i32>(carry(from, to)).toBe(1);
      expect<i32>(seriesRead(to, load<u32>(to), 0)).toBe(1);
      expect<f64>(seriesValue()).toBe(<f64>round * 6);
      expect<u64>(load<u64>(seriesBuckets())).toBe(round * 2);
      expect<bool>(isNaN(load<f64>(seriesQuantiles()))).toBe(true);
    }
    observe(to, 10);
    seriesRead(to, load<u32>(to), 0);
    expect<f64>(seriesValue()).toBe(28);
    expect<u64>(load<u64>(seriesBuckets())).toBe(7);
    expect<bool>(Math.abs(load<f64>(seriesQuantiles()) - 10) < 0.1).toBe(true);
  });

  it("adds native histograms, with and without classic buckets, into an empty series and a used one", () => {
    for (let classic = 0; classic < 2; classic++) {
      start();
      const wanted = new Wanted(NATIVE, "wait");
      wanted.schema = 0;
      if (classic == 1) {
        wanted.flags = FAMILY_CLASSIC;
        wanted.bounds = [1, 10];
      }
      const from = wanted.family();
      const to = wanted.family(there);
      observe(from, 0);
      observe(from, 3);
      observe(from, 3);
      observe(from, -5);
      expect<i32>(carry(from, to)).toBe(1);
      checkNative(to, 1, classic == 1);
      // What the series counted itself beside what it was brought.
      observe(to, 3);
      observe(to, 100);
      seriesRead(to, load<u32>(to), 0);
      expect<u32>(seriesSparseCount(false)).toBe(2);
      expect<u64>(seriesSparseBucket(false, 0)).toBe(3);
      expect<i32>(carry(from, to)).toBe(1);
      seriesRead(to, load<u32>(to), 0);
      expect<f64>(seriesValue()).toBe(105);
      expect<u64>(seriesZeroCount()).toBe(2);
      expect<u64>(seriesSparseBucket(false, 0)).toBe(5);
      expect<i32>(seriesSparseIndex(false, 1)).toBe(7);
      expect<u64>(seriesSparseBucket(false, 1)).toBe(1);
      expect<u64>(seriesSparseBucket(true, 0)).toBe(2);
      // What it was read from is as it was.
      checkNative(from, 1, classic == 1);
    }
  });

  it("takes along what a cell left in the base when it was full, unless there was another writer", () => {
    start();
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    constant(size, 2.5, [3, 1]);
    observe(size, 0.5);
    expect<i32>(carryRead(size, load<u32>(size), 0)).toBe(2);
    expect<f64>(carryValue()).toBe(3);
    expect<u64>(load<u64>(carryBuckets())).toBe(4);
    expect<u64>(load<u64>(carryBuckets() + 8)).toBe(1);
    const wait = new Wanted(NATIVE, "wait").family();
    // Far apart: each makes another cell.
    for (let i = 0; i < 8; i++) observe(wait, 10.0 ** i);
    const cell = bind(wait, "");
    const slot = slotOf(cell, 10);
    changetype<NativeCell>(cell).check += <u64>(FULL - 1) * weightOf(slot);
    store<u32>(cell + SLOTS + (slot << 2), FULL);
    observe(wait, 10);
    expect<usize>(changetype<Series>(seriesAt(wait)).base & ~15).not.toBe(0);
    expect<i32>(carryRead(wait, load<u32>(wait), 0)).toBeGreaterThan(0);
    expect<f64>(carryValue()).toBe(11111121);
    expect<u64>(sparseTotal(carryBuckets())).toBe(<u64>FULL + 8);
    claim();
    observe(size, 0.5);
    carryRead(size, load<u32>(size), 0);
    expect<f64>(carryValue()).toBe(0.5);
    expect<u64>(load<u64>(carryBuckets())).toBe(1);
  });

  it("is EXHAUSTED without memory for a native histogram", () => {
    start();
    const wait = new Wanted(NATIVE, "wait").family();
    observe(wait, 1);
    failFrom(1);
    expect<i32>(carryRead(wait, load<u32>(wait), 0)).toBe(EXHAUSTED);
    failFrom(0);
    expect<i32>(carryRead(wait, load<u32>(wait), 0)).toBeGreaterThan(0);
  });

  it("meets a coarser histogram at its schema, and an empty one brings nothing", () => {
    start();
    const wanted = new Wanted(NATIVE, "wait");
    wanted.schema = 3;
    wanted.bucketsMax = 2;
    const from = wanted.family();
    const to = wanted.family(there);
    bind(from, "");
    bind(to, "");
    expect<i32>(carry(from, to)).toBe(1);
    expect<i32>(seriesRead(to, load<u32>(to), 0)).toBe(0);
    expect<f64>(seriesValue()).toBe(0);
    expect<u32>(seriesSparseCount(false) + seriesSparseCount(true)).toBe(0);
    observe(to, 1.01);
    // Two buckets at most: four values an octave apart are of schema -1 or less.
    for (let i = 0; i < 4; i++) observe(from, 1.5 * 2.0 ** i);
    expect<i32>(carry(from, to)).toBe(1);
    seriesRead(to, load<u32>(to), 0);
    expect<i32>(seriesSchema()).toBeLessThan(0);
    expect<u32>(seriesSparseCount(false)).toBeLessThan(3);
    let all: u64 = 0;
    for (let i: u32 = 0; i < seriesSparseCount(false); i++) all += seriesSparseBucket(false, i);
    expect<u64>(all).toBeGreaterThan(0);
    const base: usize = changetype<Series>(seriesAt(to)).base & ~15;
    const left = changetype<Sparse>(base + offsetof<Base>());
    expect<i32>(left.schema).toBeLessThan(0);
  });

  it("adds the parts of summed gauges", () => {
    start();
    const from = family(GAUGE, MODE_SUM, "parts");
    const to = twin(GAUGE, MODE_SUM, "parts");
    let cell = bind(from, "");
    gaugeSet(cell, tokenOf(cell), -2);
    cell = bind(to, "");
    gaugeSet(cell, tokenOf(cell), 5);
    expect<i32>(carry(from, to)).toBe(1);
    expect<f64>(value(to)).toBe(3);
  });

  it("reads a shared gauge's value, which its binding sets", () => {
    start();
    const from = family(GAUGE, MODE_SHARED, "level");
    const cell = bind(from, "");
    sharedSet(cell, tokenOf(cell), 7);
    expect<i32>(carryRead(from, load<u32>(from), 0)).toBe(0);
    expect<f64>(carryValue()).toBe(7);
  });

  it("is ABSENT without the series, GONE without the family, EXHAUSTED without memory, whole or not at all", () => {
    start();
    const to = twin(HISTOGRAM, 0, "size", "route", [1, 2]);
    expect<i32>(carryMerge(to, load<u32>(to), input('route="a"'), 1, 16)).toBe(ABSENT);
    expect<i32>(carryMerge(to, load<u32>(to) + 4, input('route="a"'), 1, 16)).toBe(GONE);
    bind(to, 'route="a"');
    const length = input('route="a"');
    memory.fill(inputAddress(64) + 16, 0, 24);
    failFrom(1);
    expect<i32>(carryMerge(to, load<u32>(to), length, 1, 16)).toBe(EXHAUSTED);
    failFrom(0);
    expect<f64>(value(to, 'route="a"')).toBe(0);
    memory.fill(inputAddress(64) + 16, 0, 24);
    store<u64>(inputAddress(64) + 16, 3);
    expect<i32>(carryMerge(to, load<u32>(to), input('route="a"'), 2.5, 16)).toBe(OK);
    expect<i32>(seriesRead(to, load<u32>(to), input('route="a"'))).toBe(3);
    expect<f64>(seriesValue()).toBe(2.5);
    expect<u64>(load<u64>(seriesBuckets())).toBe(3);
  });
});
