// Samples that are set as a whole: type by type, replaced, swept, and what stands in the way.

import {
  become,
  claim,
  define,
  defined,
  failFrom,
  family,
  familyDefined,
  format,
  native,
  read,
  remove,
  summary,
  total,
} from "../formatted";
import {
  BASE_QUANTILES,
  BASE_SET,
  COUNTER,
  Family,
  FAMILY_CONSTANT,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  isTime,
  KIND_PLAIN,
  LABELS_BYTES_MAX,
  MODE_SHARED,
  Series,
  Sparse,
} from "../../../assembly/layout";
import { bytesFree, bytesReserved, take } from "../../../assembly/memory/arena";
import { sparseBytes, sparseClear, sparsePut } from "../../../assembly/metric/sparse";
import { constantRemove, constantSet, constantSweep } from "../../../assembly/store/constant";
import { familyRemove } from "../../../assembly/store/family";
import { limboEmpty } from "../../../assembly/store/limbo";
import { baseOf, headOf, seriesWord } from "../../../assembly/store/list";
import {
  seriesBuckets,
  seriesQuantiles,
  seriesSchema,
  seriesSparseBucket,
  seriesSparseCount,
  seriesSparseIndex,
  seriesValue,
  seriesZeroCount,
} from "../../../assembly/store/report";
import { seriesFind } from "../../../assembly/store/series";
import { readingTimestamp } from "../../../assembly/store/reading";
import { begin, clockNow, end, inputAddress, ownWriter, slotForget } from "../../../assembly/store/writer";
import { ABSENT, CONFLICT, EXHAUSTED, FULL, GONE, LIMIT, NO_WRITER, OK } from "../../../assembly/status";

const TAIL_MOST: u32 = 262144;

/** What stands behind the base of the next sample. */
const tail: usize = heap.alloc(TAIL_MOST + 16);
let tailBytes: u32 = 0;

/** Sets a sample with the tail that was laid out. */
function set(
  family: i32,
  block: string,
  value: f64,
  number: u64 = 1,
  flags: u32 = BASE_SET,
  timestamp: f64 = 0,
  created: f64 = 0,
  overflow: bool = false,
): i32 {
  const length = <u32>String.UTF8.byteLength(block);
  const tailAt = (length + 7) & ~7;
  const at = inputAddress(tailAt + tailBytes + 8);
  String.UTF8.encodeUnsafe(changetype<usize>(block), block.length, at);
  memory.copy(at + tailAt, tail, tailBytes);
  return constantSet(family, load<u32>(family), length, overflow, flags, value, timestamp, created, number, tailAt, tailBytes);
}

function sweep(family: i32, number: u64): i32 {
  return constantSweep(family, load<u32>(family), number);
}

/** A gauge that collectors set. */
function constants(name: string, labels: string): i32 {
  define(GAUGE, MODE_SHARED, name, labels);
  defined().flags = FAMILY_CONSTANT;
  return familyDefined();
}

/** Lays words out behind the base. */
function laid(words: u64[]): void {
  for (let i = 0; i < words.length; i++) store<u64>(tail + (i << 3), words[i]);
  tailBytes = words.length << 3;
}

/** Forgets the tail and begins. */
function begun(): void {
  format();
  tailBytes = 0;
}

/** The live series of a block, 0 for none. */
function seriesNamed(family: i32, block: string): usize {
  const length = <u32>String.UTF8.byteLength(block);
  String.UTF8.encodeUnsafe(changetype<usize>(block), block.length, inputAddress(length + 8));
  begin();
  const series = seriesFind(family, length);
  end();
  return series;
}

describe("constantSet", () => {
  it("sets a counter, and replaces it as a whole, be it by less", () => {
    begun();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    expect<i32>(set(jobs, 'queue="a"', 5)).toBe(OK);
    expect<f64>(total(jobs, 'queue="a"')).toBe(5);
    expect<i32>(set(jobs, 'queue="a"', 2.5, 2)).toBe(OK);
    expect<f64>(total(jobs, 'queue="a"')).toBe(2.5);
    expect<i32>(read(jobs, 'queue="b"')).toBe(ABSENT);
    const series = seriesNamed(jobs, 'queue="a"');
    expect<usize>(headOf(seriesWord(series))).toBe(0);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(1);
  });

  it("sets gauges and infos to any double", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level");
    const values: f64[] = [0, -0.0, 1.5, -3, Infinity, -Infinity, 5e-324];
    for (let i = 0; i < values.length; i++) {
      expect<i32>(set(level, "", values[i])).toBe(OK);
      expect<u64>(reinterpret<u64>(total(level))).toBe(reinterpret<u64>(values[i]));
    }
    expect<i32>(set(level, "", NaN)).toBe(OK);
    expect<i32>(read(level)).toBe(0);
    expect<bool>(isNaN(seriesValue())).toBe(true);
    const build = family(INFO, 0, "build", "version");
    expect<i32>(set(build, 'version="1"', 1)).toBe(OK);
    expect<f64>(total(build, 'version="1"')).toBe(1);
  });

  it("sets a histogram and a gauge histogram: sum and buckets together", () => {
    const types: u32[] = [HISTOGRAM, GAUGE_HISTOGRAM];
    for (let i = 0; i < types.length; i++) {
      begun();
      const size = family(types[i], 0, "size", "", [1, 2]);
      laid([3, 0x100000000, 5]);
      expect<i32>(set(size, "", -7.5)).toBe(OK);
      expect<i32>(read(size)).toBe(3);
      expect<f64>(seriesValue()).toBe(-7.5);
      expect<u64>(load<u64>(seriesBuckets())).toBe(3);
      expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(0x100000000);
      expect<u64>(load<u64>(seriesBuckets() + 16)).toBe(5);
      laid([1, 0, 0]);
      expect<i32>(set(size, "", 0.5)).toBe(OK);
      expect<i32>(read(size)).toBe(3);
      expect<f64>(seriesValue()).toBe(0.5);
      expect<u64>(load<u64>(seriesBuckets())).toBe(1);
      expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(0);
    }
  });

  it("sets a native histogram, with classic buckets or without", () => {
    for (let classic = 0; classic < 2; classic++) {
      begun();
      const size = classic == 0 ? native("size", "", 3, 160) : native("size", "", 3, 160, [1, 2]);
      const buckets = classic == 0 ? 0 : 3 * 8;
      if (classic == 1) laid([4, 5, 6]);
      sparseClear(tail + buckets, 3, 2);
      sparsePut(tail + buckets, 0, -4, 7);
      sparsePut(tail + buckets, 1, 9, 0x100000000);
      sparsePut(tail + buckets, 2, 1, 2);
      changetype<Sparse>(tail + buckets).positiveCount = 2;
      changetype<Sparse>(tail + buckets).negativeCount = 1;
      changetype<Sparse>(tail + buckets).zeroCount = 12;
      tailBytes = buckets + sparseBytes(3);
      expect<i32>(set(size, "", 99)).toBe(OK);
      expect<i32>(read(size)).toBe(classic == 0 ? 0 : 3);
      expect<f64>(seriesValue()).toBe(99);
      expect<i32>(seriesSchema()).toBe(2);
      expect<u64>(seriesZeroCount()).toBe(12);
      expect<u32>(seriesSparseCount(false)).toBe(2);
      expect<u32>(seriesSparseCount(true)).toBe(1);
      expect<i32>(seriesSparseIndex(false, 0)).toBe(-4);
      expect<u64>(seriesSparseBucket(false, 1)).toBe(0x100000000);
      expect<i32>(seriesSparseIndex(true, 0)).toBe(1);
      expect<u64>(seriesSparseBucket(true, 0)).toBe(2);
      if (classic == 1) expect<u64>(load<u64>(seriesBuckets() + 16)).toBe(6);
    }
  });

  it("sets a summary with its quantiles, and one without", () => {
    begun();
    const wait = summary("wait", "", [0.5, 0.9, 0.99]);
    laid([0x100000000, reinterpret<u64>(1.5), reinterpret<u64>(2.5), reinterpret<u64>(-3.5)]);
    expect<i32>(set(wait, "", 42, 1, BASE_SET | BASE_QUANTILES)).toBe(OK);
    expect<i32>(read(wait)).toBe(3);
    expect<f64>(seriesValue()).toBe(42);
    expect<u64>(load<u64>(seriesBuckets())).toBe(0x100000000);
    expect<f64>(load<f64>(seriesQuantiles())).toBe(1.5);
    expect<f64>(load<f64>(seriesQuantiles() + 8)).toBe(2.5);
    expect<f64>(load<f64>(seriesQuantiles() + 16)).toBe(-3.5);
    laid([3]);
    expect<i32>(set(wait, "", 43)).toBe(OK);
    expect<i32>(read(wait)).toBe(3);
    expect<u64>(load<u64>(seriesBuckets())).toBe(3);
    expect<bool>(isNaN(load<f64>(seriesQuantiles()))).toBe(true);
  });

  it("keeps the time of a sample, and forgets it with one that has none", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level");
    set(level, "", 1, 1, BASE_SET, 1234.5);
    read(level);
    expect<f64>(readingTimestamp()).toBe(1234.5);
    set(level, "", 2);
    read(level);
    expect<f64>(readingTimestamp()).toBe(0);
  });

  it("keeps when a series began where it is told, and what it was where not", () => {
    begun();
    const jobs = family(COUNTER, 0, "jobs");
    set(jobs, "", 1);
    const series = changetype<Series>(seriesNamed(jobs, ""));
    expect<f64>(series.created).toBe(clockNow());
    set(jobs, "", 2, 1, BASE_SET, 0, 500.25);
    expect<f64>(series.created).toBe(500.25);
    set(jobs, "", 3);
    expect<f64>(series.created).toBe(500.25);
  });

  it("is seen by readers under way as a change: sequence grows, the word is another one", () => {
    begun();
    const jobs = family(COUNTER, 0, "jobs");
    set(jobs, "", 1);
    const series = changetype<Series>(seriesNamed(jobs, ""));
    const sequence = series.sequence;
    const base = series.base;
    set(jobs, "", 1);
    expect<u32>(series.sequence).toBe(sequence + 1);
    expect<bool>(series.base == base).toBe(false);
  });

  it("leaves the base of before to a reader that is in the middle of it", () => {
    begun();
    const first = claim();
    const jobs = family(COUNTER, 0, "jobs");
    set(jobs, "", 7);
    const base = baseOf(seriesWord(seriesNamed(jobs, "")));
    const reader = claim();
    begin();
    become(first);
    for (let i = 0; i < 100; i++) set(jobs, "", <f64>i + 100);
    expect<f64>(load<f64>(base + 8)).toBe(7);
    become(reader);
    end();
    become(first);
    limboEmpty();
    let met = 0;
    for (let i = 0; i < 200; i++) met += i32(take(48, KIND_PLAIN, false) == base);
    expect<i32>(met).toBe(1);
  });

  it("leaks nothing over 1,000 settings of samples of any size", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level", "l");
    const size = family(HISTOGRAM, 0, "size", "", [1, 2, 3, 4, 5, 6, 7]);
    const spread = native("native", "", 3, 160);
    let reserved: u32 = 0;
    let free: u32 = 0;
    for (let i = 0; i < 1100; i++) {
      tailBytes = 0;
      set(level, 'l="' + (i % 3).toString() + '"', <f64>i);
      laid([1, 2, 3, 4, 5, 6, 7, 8]);
      set(size, "", <f64>i);
      const capacity = <u32>(i % 10) * 20;
      sparseClear(tail, capacity, 3);
      tailBytes = sparseBytes(capacity);
      set(spread, "", <f64>i);
      if (i == 99) {
        limboEmpty();
        reserved = bytesReserved();
        free = bytesFree();
      }
    }
    limboEmpty();
    expect<u32>(bytesReserved()).toBe(reserved);
    expect<u32>(bytesFree()).toBe(free);
    expect<f64>(total(spread)).toBe(1099);
  });

  it("says LIMIT for more than stands behind any base, and for a block that is too long", () => {
    begun();
    const size = native("size", "l", 3, 160);
    sparseClear(tail, 10, 3);
    tailBytes = TAIL_MOST;
    expect<i32>(set(size, "", 1)).toBe(OK);
    tailBytes = TAIL_MOST + 8;
    expect<i32>(set(size, "", 2)).toBe(LIMIT);
    expect<f64>(total(size)).toBe(1);
    tailBytes = sparseBytes(10);
    expect<i32>(set(size, "l".repeat(LABELS_BYTES_MAX), 1)).toBe(OK);
    expect<i32>(set(size, "l".repeat(LABELS_BYTES_MAX + 1), 1)).toBe(LIMIT);
  });

  it("says FULL past the family's most series, but for the one that takes what is left over", () => {
    begun();
    define(GAUGE, MODE_SHARED, "level", "l");
    defined().maxSeries = 2;
    const level = familyDefined();
    expect<i32>(set(level, 'l="a"', 1)).toBe(OK);
    expect<i32>(set(level, 'l="b"', 1)).toBe(OK);
    expect<i32>(set(level, 'l="c"', 1)).toBe(FULL);
    expect<i32>(read(level, 'l="c"')).toBe(ABSENT);
    // What is there can be set all the same.
    expect<i32>(set(level, 'l="a"', 2, 2)).toBe(OK);
    expect<i32>(set(level, 'l="other"', 9, 2, BASE_SET, 0, 0, true)).toBe(OK);
    expect<i32>(sweep(level, 2)).toBe(1);
    expect<i32>(set(level, 'l="c"', 1)).toBe(FULL);
    remove(level, 'l="a"');
    expect<i32>(set(level, 'l="c"', 1)).toBe(OK);
  });

  it("is EXHAUSTED at each allocation, leaves the sample of before, and is set afterwards", () => {
    begun();
    const size = native("size", "l", 3, 160);
    sparseClear(tail, 100, 3);
    tailBytes = sparseBytes(100);
    set(size, 'l="kept"', 100);
    let refused = 0;
    // Larger and larger ones, for which nothing is in the free lists.
    for (let i: u32 = 1; i < 8; i++) {
      tailBytes = sparseBytes(100 << i);
      for (let which = 0; which < 2; which++) {
        const block = which == 0 ? 'l="kept"' : 'l="' + i.toString() + '"';
        for (let allocation: u32 = 1; ; allocation++) {
          inputAddress(tailBytes + 64);
          failFrom(allocation);
          const status = set(size, block, 100 + <f64>i);
          failFrom(0);
          if (status == OK) break;
          refused++;
          expect<i32>(status).toBe(EXHAUSTED);
          expect<f64>(total(size, 'l="kept"')).toBe(<f64>(99 + i + which));
        }
        expect<f64>(total(size, block)).toBe(100 + <f64>i);
      }
    }
    expect<i32>(refused).toBeGreaterThan(8);
  });

  it("is GONE for a family that was removed, and needs a writer", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level");
    const state = load<u32>(level);
    set(level, "", 1);
    familyRemove(level, state);
    expect<i32>(constantSet(level, state, 0, false, BASE_SET, 1, 0, 0, 1, 0, 0)).toBe(GONE);
    slotForget();
    expect<i32>(constantSet(level, state, 0, false, BASE_SET, 1, 0, 0, 1, 0, 0)).toBe(NO_WRITER);
    expect<i32>(constantSweep(level, state, 1)).toBe(NO_WRITER);
  });

  it("keeps the epoch as a time, and tells it from none", () => {
    begun();
    const jobs = family(COUNTER, 0, "jobs");
    set(jobs, "", 1, 1, BASE_SET, -0.0, -0.0);
    read(jobs);
    expect<bool>(isTime(readingTimestamp())).toBe(true);
    expect<bool>(isTime(changetype<Series>(seriesNamed(jobs, "")).created)).toBe(true);
    set(jobs, "", 2, 1, BASE_SET, 0, 5);
    read(jobs);
    expect<bool>(isTime(readingTimestamp())).toBe(false);
  });

  it("begins a series anew that was removed", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level", "l");
    set(level, 'l="a"', 1);
    expect<i32>(remove(level, 'l="a"')).toBe(OK);
    expect<i32>(read(level, 'l="a"')).toBe(ABSENT);
    expect<i32>(set(level, 'l="a"', 2)).toBe(OK);
    expect<f64>(total(level, 'l="a"')).toBe(2);
  });
});

describe("constantSweep", () => {
  it("ends what has another number, tells how many, and leaves the rest", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level", "l");
    for (let i = 0; i < 20; i++) set(level, 'l="' + i.toString() + '"', <f64>i, 1);
    expect<i32>(sweep(level, 1)).toBe(0);
    for (let i = 0; i < 5; i++) set(level, 'l="' + i.toString() + '"', <f64>i + 100, 2);
    expect<i32>(sweep(level, 2)).toBe(15);
    expect<i32>(sweep(level, 2)).toBe(0);
    for (let i = 0; i < 5; i++) expect<f64>(total(level, 'l="' + i.toString() + '"')).toBe(<f64>i + 100);
    for (let i = 5; i < 20; i++) expect<i32>(read(level, 'l="' + i.toString() + '"')).toBe(ABSENT);
    expect<u32>(changetype<Family>(level).seriesCount).toBe(5);
    // Numbers are told apart, not compared.
    expect<i32>(sweep(level, 1)).toBe(5);
  });

  it("tells numbers apart by all of their 64 bits", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level");
    set(level, "", 1, 0x100000001);
    expect<i32>(sweep(level, 0x100000001)).toBe(0);
    // Another setter's, who is there.
    expect<i32>(sweep(level, 1)).toBe(0);
    expect<i32>(sweep(level, 0x100000002)).toBe(1);
  });

  it("leaves no series that was made and never set for want of memory", () => {
    begun();
    const size = native("size", "", 3, 160);
    sparseClear(tail, 8000, 3);
    tailBytes = sparseBytes(8000);
    inputAddress(tailBytes + 64);
    let refused: u32 = 0;
    for (let allocation: u32 = 1; ; allocation++) {
      failFrom(allocation);
      const status = set(size, "", 1, 7);
      failFrom(0);
      if (status == OK) break;
      refused++;
      expect<i32>(status).toBe(EXHAUSTED);
      expect<usize>(seriesNamed(size, "")).toBe(0);
    }
    expect<u32>(refused).toBeGreaterThan(2);
    expect<usize>(seriesNamed(size, "")).not.toBe(0);
  });

  it("is GONE for a family that was removed", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level");
    const state = load<u32>(level);
    familyRemove(level, state);
    expect<i32>(constantSweep(level, state, 1)).toBe(GONE);
  });

  it("leaves memory flat over many samples that come and go", () => {
    begun();
    const level = family(GAUGE, MODE_SHARED, "level", "l");
    let reserved: u32 = 0;
    for (let round: u64 = 1; round < 200; round++) {
      for (let i = 0; i < 20; i++) set(level, 'l="' + ((<i32>round * 7 + i) % 100).toString() + '"', 1, round);
      sweep(level, round);
      expect<u32>(changetype<Family>(level).seriesCount).toBe(20);
      if (round == 50) reserved = bytesReserved();
    }
    expect<u32>(bytesReserved()).toBe(reserved);
  });

  it("removes a family of constants with its last series, whoever set it, and no other family", () => {
    begun();
    const first = claim();
    const own = (<u64>ownWriter().identity) << 32;
    const level = constants("level", "l");
    const state = load<u32>(level);
    set(level, 'l="a"', 1, own | 1);
    expect<i32>(sweep(level, own | 1)).toBe(0);
    claim();
    const other = (<u64>ownWriter().identity) << 32;
    set(level, 'l="b"', 2, other | 1);
    become(first);
    expect<i32>(sweep(level, own | 2)).toBe(1);
    expect<u32>(load<u32>(level)).toBe(state);
    set(level, 'l="c"', 1, ((<u64>0x7fffffff) << 32) | 1);
    expect<i32>(sweep(level, other | 2)).toBe(2);
    expect<bool>(load<u32>(level) == state).toBe(false);
    expect<i32>(constantSet(level, state, 0, false, BASE_SET, 1, 0, 0, 1, 0, 0)).toBe(GONE);
    expect<i32>(constantSweep(level, state, own | 3)).toBe(GONE);
    const whole = family(GAUGE_HISTOGRAM, 0, "whole", "l", [1]);
    laid([1, 0]);
    set(whole, 'l="a"', 1, own | 4);
    expect<i32>(sweep(whole, own | 5)).toBe(1);
    expect<i32>(constantSweep(whole, load<u32>(whole), own | 6)).toBe(0);
  });

  it("leaves memory flat over many families that come and go", () => {
    begun();
    const own = (<u64>ownWriter().identity) << 32;
    let reserved: u32 = 0;
    for (let round = 0; round < 400; round++) {
      const level = constants("level_" + round.toString(), "l");
      set(level, 'l="a"', 1, own | 1);
      expect<i32>(sweep(level, own | 2)).toBe(1);
      if (round == 100) reserved = bytesReserved();
    }
    expect<u32>(bytesReserved() - reserved).toBeLessThan(2048);
  });
});

describe("constantRemove", () => {
  it("removes what is the setter's alone, or of those who are no more; CONFLICT for what another one has", () => {
    begun();
    const first = claim();
    const own = ownWriter().identity;
    const level = constants("level", "l");
    const state = load<u32>(level);
    set(level, 'l="a"', 1, ((<u64>own) << 32) | 1);
    set(level, 'l="b"', 1, ((<u64>0x7fffffff) << 32) | 1);
    claim();
    const other = ownWriter().identity;
    expect<i32>(constantRemove(level, state, other)).toBe(CONFLICT);
    set(level, 'l="c"', 1, ((<u64>other) << 32) | 1);
    become(first);
    expect<i32>(constantRemove(level, state, own)).toBe(CONFLICT);
    remove(level, 'l="c"');
    expect<i32>(constantRemove(level, state, own)).toBe(OK);
    expect<i32>(constantRemove(level, state, own)).toBe(GONE);
    const counted = family(COUNTER, 0, "jobs");
    expect<i32>(constantRemove(counted, load<u32>(counted), own)).toBe(CONFLICT);
    slotForget();
    expect<i32>(constantRemove(counted, load<u32>(counted), own)).toBe(NO_WRITER);
  });
});
