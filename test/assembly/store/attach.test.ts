// How a writer comes to its cell: type by type, where the cell cannot take what comes, and where memory ends on the way.

import {
  become,
  bind,
  claim,
  count,
  define,
  failFrom,
  family,
  familyDefined,
  format,
  input,
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
  used,
  ZERO_THRESHOLD,
} from "../formatted";
import {
  Cell,
  COUNTER,
  CounterCell,
  DETACHED,
  Family,
  FAMILY_OWN,
  GAUGE,
  GaugeCell,
  HISTOGRAM,
  HistogramCell,
  MODE_SHARED,
  MODE_SUM,
  NATIVE,
  NativeCell,
  REMOVED,
  REVOKED_TOKEN,
  SHARED_WRITER,
  Sparse,
  SUMMARY,
  SummaryCell,
  TOKEN_FIRST,
} from "../../../assembly/layout";
import { weightOf } from "../../../assembly/metric/histogram";
import { nativeIndex, nativeSlots, slotOf, SLOTS } from "../../../assembly/metric/slots";
import { sparseTotal } from "../../../assembly/metric/sparse";
import { attached, observing, ownBytes, prepared, seriesToken } from "../../../assembly/store/attach";
import { baseSparse } from "../../../assembly/store/base";
import { writerLeave } from "../../../assembly/store/adopt";
import { writerFold } from "../../../assembly/store/fold";
import { cellOwner, cellType, isGivenBack } from "../../../assembly/store/cell";
import { baseOf, cellAfter, headOf, seriesWord } from "../../../assembly/store/list";
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
import { nativeSparse } from "../../../assembly/store/total";
import { begin, clockNow, clockSet, end, ownWriter } from "../../../assembly/store/writer";
import { EXHAUSTED, OK, STALE } from "../../../assembly/status";

const FULL: u32 = 0xffffffff;
/** Of the values that a test observes. */
const values = new StaticArray<f64>(2000);

/** How many of the last read native histogram's buckets on a side are not what the first `count` values say. */
function wrongOn(negative: bool, count: i32): i32 {
  let wrong = 0;
  let counted: u64 = 0;
  const schema = seriesSchema();
  for (let bucket: u32 = 0; bucket < seriesSparseCount(negative); bucket++) {
    const index = seriesSparseIndex(negative, bucket);
    let expected: u64 = 0;
    for (let i = 0; i < count; i++) {
      const value = values[i];
      if (abs(value) > ZERO_THRESHOLD && value < 0 == negative) expected += u64(nativeIndex(value, schema) == index);
    }
    wrong += i32(expected == 0 || seriesSparseBucket(negative, bucket) != expected);
    counted += expected;
  }
  for (let i = 0; i < count; i++) counted -= u64(abs(values[i]) > ZERO_THRESHOLD && values[i] < 0 == negative);
  return wrong + i32(counted != 0);
}

/** Makes a cell of a histogram whole with a bucket that took 2^32 - 1 observations of 0. */
function filled(cell: i32): void {
  store<u32>(cell + offsetof<HistogramCell>(), FULL);
  changetype<HistogramCell>(cell).check = <u64>FULL * weightOf(0);
}

describe("seriesToken", () => {
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

  it("tells the new token of a cell that replaces one that cannot take the value", () => {
    format();
    const size = native("size", "", 3, 160);
    const cell = bind(size, "", 1);
    const token = tokenOf(cell);
    const next = bind(size, "", 1e9);
    expect<u32>(seriesToken()).toBe(tokenOf(next));
    expect<bool>(seriesToken() == token).toBe(false);
  });
});

describe("attached", () => {
  it("gives a counter a zeroed cell, the newest of the list", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const mine = bind(jobs, "");
    claim();
    const theirs = bind(jobs, "");
    expect<u32>(cellType(theirs)).toBe(COUNTER);
    expect<u32>(cellOwner(theirs)).toBe(ownWriter().index);
    expect<f64>(changetype<CounterCell>(theirs).value).toBe(0);
    expect<usize>(headOf(seriesWord(seriesOf(theirs)))).toBe(theirs);
    expect<usize>(cellAfter(theirs)).toBe(mine);
    expect<usize>(cellAfter(mine)).toBe(0);
  });

  it("gives all writers one cell of a shared gauge, and cells of their own of the others", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level");
    const parts = family(GAUGE, MODE_SUM, "parts");
    const shared = bind(level, "");
    const part = bind(parts, "");
    expect<u32>(cellOwner(shared)).toBe(SHARED_WRITER);
    expect<u64>(changetype<GaugeCell>(part).order).toBe(0);
    claim();
    expect<i32>(bind(level, "")).toBe(shared);
    expect<bool>(bind(parts, "") == part).toBe(false);
  });

  it("gives a histogram's cell its shape", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const cell = bind(size, "");
    expect<u32>(cellType(cell)).toBe(HISTOGRAM);
    expect<u32>(changetype<HistogramCell>(cell).shape).toBe(changetype<Family>(size).shape);
  });

  it("gives a native histogram's cell what its definition says, and slots around the value that comes", () => {
    format();
    const size = native("size", "", 5, 40, [1, 2]);
    const cell = bind(size, "", -3);
    const record = changetype<NativeCell>(cell);
    expect<u32>(cellType(cell)).toBe(NATIVE);
    expect<i32>(record.schema).toBe(5);
    expect<u32>(record.bucketsMax).toBe(40);
    expect<f64>(record.zeroThreshold).toBe(ZERO_THRESHOLD);
    expect<u32>(record.shape).toBe(changetype<Family>(size).shape);
    expect<u32>(record.positiveCount).toBe(0);
    expect<u32>(record.negativeCount).toBeGreaterThan(0);
    expect<i32>(used(size, cell, tokenOf(cell), -3)).toBe(OK);
    expect<i32>(used(size, cell, tokenOf(cell), 3)).toBe(STALE);
  });

  it("gives a native histogram's cell no slots but that of zero where the value is not known", () => {
    format();
    const size = native("size", "", 3, 160);
    const cell = bind(size, "");
    expect<i32>(used(size, cell, tokenOf(cell), 0)).toBe(OK);
    expect<i32>(used(size, cell, tokenOf(cell), 1)).toBe(STALE);
    expect<i32>(count(size, "", 1)).toBe(OK);
    expect<i32>(count(size, "", 0)).toBe(OK);
    read(size);
    expect<u64>(seriesZeroCount()).toBe(2);
    expect<u64>(seriesSparseBucket(false, 0)).toBe(1);
  });

  it("gives a summary's cell windows, and makes it fit for the value that comes", () => {
    format();
    clockSet(2000);
    const wait = summary("wait");
    const cell = bind(wait, "");
    const record = changetype<SummaryCell>(cell);
    expect<u32>(cellType(cell)).toBe(SUMMARY);
    expect<u32>(record.windows).toBe(5);
    expect<u32>(record.windowTicks).toBe(1000);
    expect<u32>(record.directory).toBe(0);
    expect<i32>(used(wait, cell, tokenOf(cell), 1)).toBe(STALE);
    expect<i32>(bind(wait, "", 1)).toBe(cell);
    expect<i32>(used(wait, cell, tokenOf(cell), 1)).toBe(OK);
    // Far enough for a chunk of its own.
    expect<i32>(used(wait, cell, tokenOf(cell), 1000)).toBe(STALE);
    expect<i32>(bind(wait, "", 1000)).toBe(cell);
    expect<i32>(used(wait, cell, tokenOf(cell), 1000)).toBe(OK);
    expect<f64>(total(wait)).toBe(1001);
    expect<u64>(load<u64>(seriesBuckets())).toBe(2);
  });

  it("turns a summary's windows, so that quantiles are of the last 50 s and the count of all time", () => {
    format();
    clockSet(2000);
    const wait = summary("wait");
    const cell = bind(wait, "", 5);
    expect<i32>(used(wait, cell, tokenOf(cell), 5)).toBe(OK);
    for (let i = 0; i < 3; i++) clockSet(clockNow() + 20);
    expect<i32>(used(wait, cell, tokenOf(cell), 7)).toBe(STALE);
    expect<i32>(bind(wait, "", 7)).toBe(cell);
    expect<i32>(used(wait, cell, tokenOf(cell), 7)).toBe(OK);
    expect<i32>(read(wait)).toBe(2);
    expect<u64>(load<u64>(seriesBuckets())).toBe(2);
    expect<f64>(seriesValue()).toBe(12);
    const least = load<f64>(seriesQuantiles());
    expect<bool>(least > 6.9 && least < 7.1).toBe(true);
  });

  it("takes its cell back where a revoking only cleared its token", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    const token = tokenOf(cell);
    used(jobs, cell, token, 3);
    store<u32>(cell, REVOKED_TOKEN);
    expect<i32>(used(jobs, cell, token, 1)).toBe(STALE);
    expect<i32>(bind(jobs, "")).toBe(cell);
    expect<u32>(tokenOf(cell)).toBeGreaterThan(token);
    expect<u32>(seriesToken()).toBe(tokenOf(cell));
    expect<i32>(used(jobs, cell, tokenOf(cell), 1)).toBe(OK);
    expect<f64>(total(jobs)).toBe(4);
  });

  it("takes a cell of each type back, with all that it holds", () => {
    format();
    clockSet(2000);
    const families: i32[] = [family(GAUGE, MODE_SUM, "parts"), native("native", "", 3, 160), summary("wait")];
    families.push(family(HISTOGRAM, 0, "size", "", [1, 2]));
    for (let i = 0; i < families.length; i++) {
      expect<i32>(count(families[i], "", 1.5)).toBe(OK);
      const cell = bind(families[i], "", 1.5);
      store<u32>(cell, REVOKED_TOKEN);
      expect<i32>(bind(families[i], "", 1.5)).toBe(cell);
      expect<u32>(tokenOf(cell)).toBeGreaterThanOrEqual(TOKEN_FIRST);
      expect<f64>(total(families[i])).toBe(1.5);
    }
  });

  it("completes a reset that its maker left half done, so that nothing counted since is lost", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    used(jobs, cell, tokenOf(cell), 3);
    // What a death right after the first step of detaching leaves.
    store<u32>(cell, DETACHED);
    const again = bind(jobs, "");
    expect<u32>(tokenOf(again)).toBeGreaterThanOrEqual(TOKEN_FIRST);
    expect<i32>(used(jobs, again, tokenOf(again), 1)).toBe(OK);
    expect<f64>(total(jobs)).toBe(1);
  });

  it("says 1 for a series whose remover has made its first step and no more", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const series = seriesOf(bind(jobs, 'queue="a"'));
    claim();
    store<u32>(series, (load<u32>(series) & ~3) | REMOVED);
    begin();
    observing(NaN);
    expect<usize>(attached(jobs, series)).toBe(1);
    end();
  });

  it("says 1 for a series that was removed meanwhile; its name makes another one", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const series = seriesOf(bind(jobs, 'queue="a"'));
    claim();
    remove(jobs, 'queue="a"');
    begin();
    observing(NaN);
    expect<usize>(attached(jobs, series)).toBe(1);
    end();
    expect<i32>(count(jobs, 'queue="a"', 2)).toBe(OK);
    expect<f64>(total(jobs, 'queue="a"')).toBe(2);
  });
});

describe("a histogram's cell with a full bucket", () => {
  it("is folded into the base, and a new one begins", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const cell = bind(size, "");
    filled(cell);
    const token = tokenOf(cell);
    expect<i32>(used(size, cell, token, 0)).toBe(STALE);
    for (let i = 0; i < 3; i++) expect<i32>(count(size, "", 0.5)).toBe(OK);
    expect<i32>(used(size, cell, token, 0)).toBe(STALE);
    expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
    expect<f64>(total(size)).toBe(1.5);
    expect<u64>(load<u64>(seriesBuckets())).toBe(0x100000002);
  });

  it("goes on uncounted without memory for the base, and loses nothing", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1, 2]);
    const cell = bind(size, "");
    filled(cell);
    failFrom(1);
    expect<i32>(bind(size, "", 0.5)).toBe(cell);
    failFrom(0);
    expect<i32>(used(size, cell, tokenOf(cell), 0.5)).toBe(STALE);
    // The others take what comes.
    expect<i32>(used(size, cell, tokenOf(cell), 1.5)).toBe(OK);
    expect<i32>(count(size, "", 0.5)).toBe(OK);
    expect<f64>(total(size)).toBe(2);
    expect<u64>(load<u64>(seriesBuckets())).toBe(0x100000000);
    expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(1);
  });
});

describe("a native histogram's cell that cannot take a value", () => {
  it("takes along what it counted; the next one holds the old range and the value", () => {
    format();
    const size = native("size", "", 3, 160);
    expect<i32>(count(size, "", 1)).toBe(OK);
    const cell = bind(size, "", 1);
    const next = bind(size, "", 40);
    expect<bool>(next == cell).toBe(false);
    expect<bool>(isGivenBack(changetype<Cell>(cell).series)).toBe(true);
    const series = seriesOf(next);
    expect<usize>(baseOf(seriesWord(series))).toBe(0);
    expect<bool>(slotOf(next, 1) != 0xffffffff).toBe(true);
    expect<f64>(total(size)).toBe(1);
    expect<i32>(used(size, next, tokenOf(next), 40)).toBe(OK);
    expect<i32>(used(size, next, tokenOf(next), 1)).toBe(OK);
    expect<f64>(total(size)).toBe(42);
    expect<i32>(seriesSchema()).toBe(3);
    expect<u32>(seriesSparseCount(false)).toBe(2);
    expect<u64>(seriesSparseBucket(false, 0)).toBe(2);
  });

  it("ends as one range after a few cells, over all magnitudes and both signs", () => {
    format();
    randomFrom(50);
    const size = native("size", "", 8, 160);
    let cells = 0;
    let last = 0;
    let sum: f64 = 0;
    for (let i = 0; i < 2000; i++) {
      const exponent = <i32>randomBelow(600) - 300;
      values[i] = (1 + random()) * NativeMath.pow(2, <f64>exponent) * (randomBelow(2) == 0 ? -1 : 1);
      expect<i32>(count(size, "", values[i])).toBe(OK);
      const cell = bind(size, "", values[i]);
      cells += i32(cell != last);
      last = cell;
    }
    expect<i32>(cells).toBeLessThan(40);
    read(size);
    expect<u64>(sparseTotal(nativeSparse())).toBe(2000);
    expect<i32>(seriesSchema()).toBeLessThan(0);
    expect<u32>(seriesSparseCount(false) + seriesSparseCount(true)).toBeLessThanOrEqual(160);
    expect<i32>(wrongOn(false, 2000)).toBe(0);
    expect<i32>(wrongOn(true, 2000)).toBe(0);
    for (let i = 0; i < 2000; i++) sum += values[i];
    expect<bool>(abs(seriesValue() - sum) <= abs(sum) * 1e-9).toBe(true);
  });

  it("halves its resolution at the limit of its buckets, and other writers begin at that of the base", () => {
    const first = format();
    const size = native("size", "", 3, 4);
    for (let i = 0; i < 4; i++) {
      values[i] = NativeMath.pow(2, <f64>i / 8);
      expect<i32>(count(size, "", values[i])).toBe(OK);
    }
    read(size);
    expect<i32>(seriesSchema()).toBe(3);
    // There is a slot for it, but it would be the fifth.
    values[4] = NativeMath.pow(2, 0.5);
    expect<i32>(count(size, "", values[4])).toBe(OK);
    const cell = bind(size, "", values[4]);
    expect<i32>(changetype<NativeCell>(cell).schema).toBe(2);
    read(size);
    expect<u32>(seriesSparseCount(false)).toBeLessThanOrEqual(4);
    expect<i32>(wrongOn(false, 5)).toBe(0);
    for (let i = 5; i < 48; i++) {
      values[i] = NativeMath.pow(2, <f64>i);
      expect<i32>(count(size, "", values[i])).toBe(OK);
    }
    read(size);
    expect<u32>(seriesSparseCount(false)).toBeLessThanOrEqual(4);
    expect<i32>(wrongOn(false, 48)).toBe(0);
    const series = seriesOf(bind(size, "", 1));
    const second = claim();
    become(first);
    writerLeave();
    become(second);
    expect<i32>(writerFold(0, 10)).toBe(1);
    const schema = changetype<Sparse>(baseSparse(size, baseOf(seriesWord(series)))).schema;
    expect<i32>(schema).toBeLessThan(0);
    const theirs = bind(size, "", 3);
    expect<bool>(changetype<NativeCell>(theirs).schema <= schema).toBe(true);
    used(size, theirs, tokenOf(theirs), 3);
    values[48] = 3;
    read(size);
    expect<i32>(wrongOn(false, 49)).toBe(0);
  });

  it("is folded where a slot is full, be it a native or a classic one", () => {
    for (let classic = 0; classic < 2; classic++) {
      format();
      const size = native("size", "", 3, 160, [1, 5]);
      const cell = bind(size, "", 3);
      const record = changetype<NativeCell>(cell);
      // Whole, with one slot of each kind that took as many.
      const classicSlot = 1 + record.positiveCount + record.negativeCount + 1;
      const slot = slotOf(cell, 3);
      expect<u32>(nativeSlots(record.positiveCount, record.negativeCount, record.shape)).toBeGreaterThan(classicSlot);
      const counted = classic == 0 ? FULL : FULL - 1;
      store<u32>(cell + SLOTS + (slot << 2), counted);
      store<u32>(cell + SLOTS + (classicSlot << 2), FULL);
      record.check = <u64>counted * weightOf(slot) + <u64>FULL * weightOf(classicSlot);
      record.populated = 1;
      expect<i32>(used(size, cell, tokenOf(cell), 3)).toBe(STALE);
      expect<i32>(count(size, "", 3)).toBe(OK);
      expect<i32>(count(size, "", 3)).toBe(OK);
      expect<i32>(read(size)).toBe(3);
      expect<f64>(seriesValue()).toBe(6);
      expect<u64>(seriesSparseBucket(false, 0)).toBe(<u64>counted + 2);
      expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(<u64>FULL + 2);
      expect<u64>(load<u64>(seriesBuckets())).toBe(0);
    }
  });

  it("is EXHAUSTED without memory, keeps what was counted, and takes the value afterwards", () => {
    format();
    const size = native("size", "", 3, 160);
    bind(size, "");
    let value: f64 = 1;
    let sum: f64 = 0;
    let refused = 0;
    for (let i = 0; i < 30; i++) {
      for (let allocation: u32 = 1; ; allocation++) {
        input("");
        failFrom(allocation);
        const status = count(size, "", value);
        failFrom(0);
        if (status == OK) break;
        refused++;
        expect<i32>(status).toBe(EXHAUSTED);
        expect<f64>(total(size)).toBe(sum);
        expect<u64>(sparseTotal(nativeSparse())).toBe(i);
      }
      sum += value;
      value *= 8;
      expect<f64>(total(size)).toBe(sum);
    }
    expect<i32>(refused).toBeGreaterThan(5);
  });
});

describe("seriesBind without memory", () => {
  it("is EXHAUSTED at each allocation for a cell of each type; the next one counts", () => {
    for (let type = 0; type < 7; type++) {
      format();
      clockSet(2000);
      let made = 0;
      if (type == 0) made = family(COUNTER, 0, "made", "l");
      else if (type == 1) made = family(GAUGE, MODE_SHARED, "made", "l");
      else if (type == 2) made = family(GAUGE, MODE_SUM, "made", "l");
      else if (type == 3) made = family(HISTOGRAM, 0, "made", "l", [1, 2, 5]);
      else if (type == 4) made = native("made", "l", 3, 160);
      else if (type == 5) made = native("made", "l", 3, 160, [1, 2]);
      else made = summary("made", "l");
      let refused = 0;
      for (let i = 0; i < 12; i++) {
        const block = 'l="' + i.toString() + '"';
        for (let allocation: u32 = 1; ; allocation++) {
          input(block);
          failFrom(allocation);
          const status = count(made, block, 1.5);
          failFrom(0);
          if (status == OK) break;
          refused++;
          expect<i32>(status).toBe(EXHAUSTED);
          const there = total(made, block);
          expect<bool>(isNaN(there) || there == 0).toBe(true);
        }
        expect<f64>(total(made, block)).toBe(1.5);
      }
      expect<i32>(refused).toBeGreaterThan(12);
    }
  });
});

describe("prepared", () => {
  it("is true for whatever is not known, and false where a cell cannot take the value", () => {
    format();
    const size = native("size", "", 3, 160);
    const cell = bind(size, "", 1);
    observing(NaN);
    expect<bool>(prepared(size, cell)).toBe(true);
    observing(Infinity);
    expect<bool>(prepared(size, cell)).toBe(true);
    observing(1);
    expect<bool>(prepared(size, cell)).toBe(true);
    observing(1e9);
    expect<bool>(prepared(size, cell)).toBe(false);
  });
});

describe("ownBytes", () => {
  it("lets the library's own series be made where all others are EXHAUSTED", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    define(COUNTER, 0, "own", "l");
    const own = familyDefined(FAMILY_OWN);
    expect<bool>(ownBytes(jobs)).toBe(false);
    expect<bool>(ownBytes(own)).toBe(true);
    let made = 0;
    while (bind(jobs, 'queue="' + made.toString() + "x".repeat(4000) + '"') > 0) made++;
    for (let i = 0; i < 20; i++) expect<i32>(count(own, 'l="' + i.toString() + "x".repeat(4000) + '"', 1)).toBe(OK);
    expect<i32>(bind(jobs, 'queue="' + made.toString() + "x".repeat(4000) + '"')).toBe(EXHAUSTED);
  });
});
