// Parts added up, by type and by every mode of gauges: in any order, without a digit lost, and within limits.

import { family, format, native, random, randomBelow, randomFrom, summary } from "../formatted";
import { constant, Wanted } from "../wanted";
import { partOfShares, partOfValue, partWith } from "../others";
import { counted, partOf } from "./parts";
import { sumAdd, sumBegin, sumCopy, sumEnd, sumMore } from "../../../assembly/image/sum";
import { partList, partListed, PART_WINDOWS_MAX } from "../../../assembly/image/part";
import { PartShare } from "../../../assembly/image/records";
import {
  Base,
  BASE_QUANTILES,
  BASE_SET,
  COUNTER,
  GAUGE,
  HISTOGRAM,
  INFO,
  KIND_PLAIN,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  Sparse,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { LEAST_BUCKETS, sparseCount, sparseTotal } from "../../../assembly/metric/sparse";
import { baseSparse } from "../../../assembly/store/base";
import { clockSet } from "../../../assembly/store/writer";

/** The sum of parts, each of the process of its number. */
function sumOf(owner: usize, parts: usize[], limited: bool = false): Base {
  let more: u32 = 0;
  for (let i = 0; i < parts.length; i++) more += sumMore(owner, parts[i]);
  expect<bool>(sumBegin(owner, more)).toBe(true);
  for (let i = 0; i < parts.length; i++) sumAdd(parts[i], i + 1);
  const sum = sumEnd(limited);
  const copy = take(changetype<Base>(sum).bytes, KIND_PLAIN, true);
  sumCopy(copy);
  return changetype<Base>(copy);
}

/** What a family has now, where it stays. */
function keptPart(owner: usize): usize {
  const part = partOf(<i32>owner);
  const copy = take(changetype<Base>(part).bytes, KIND_PLAIN, true);
  memory.copy(copy, part, changetype<Base>(part).bytes);
  return copy;
}

/** The value of a gauge of a mode whose processes have these, the newest one in the middle. */
function gauge(mode: u32, values: f64[]): f64 {
  const made = family(GAUGE, mode, "level" + mode.toString());
  const parts: usize[] = [];
  for (let i = 0; i < values.length; i++) parts.push(partOfValue(values[i], 0, i == 1 ? 100 : <u64>i + 1));
  const sum = sumOf(made, parts);
  const turned = sumOf(made, parts.reverse());
  if (!isNaN(sum.high)) expect<f64>(turned.high).toBe(sum.high);
  expect<u32>(sum.set).toBe(BASE_SET);
  expect<u32>(sum.bytes).toBe(48);
  return sum.high;
}

beforeEach(() => {
  format();
  clockSet(1000);
});

describe("sums of gauges", () => {
  it("add up, or take one of the values, as the mode says", () => {
    const values: f64[] = [3, -1, 2];
    for (let live: u32 = 0; live <= MODE_LIVE; live += MODE_LIVE) {
      if (live == 0) expect<f64>(gauge(MODE_SHARED, values)).toBe(4);
      expect<f64>(gauge(MODE_SUM | live, values)).toBe(4);
      expect<f64>(gauge(MODE_MIN | live, values)).toBe(-1);
      expect<f64>(gauge(MODE_MAX | live, values)).toBe(3);
      expect<f64>(gauge(MODE_MOSTRECENT | live, values)).toBe(-1);
    }
  });

  it("keep infinities, and leave NaN out of the least and the greatest as long as there is a number", () => {
    expect<f64>(gauge(MODE_MIN, [NaN, 4, NaN])).toBe(4);
    expect<f64>(gauge(MODE_MAX, [4, NaN, -4])).toBe(4);
    expect<bool>(isNaN(gauge(MODE_MIN | MODE_LIVE, [NaN, NaN]))).toBe(true);
    expect<bool>(isNaN(gauge(MODE_SUM, [1, NaN]))).toBe(true);
    expect<bool>(isNaN(gauge(MODE_MOSTRECENT, [1, NaN, 2]))).toBe(true);
    expect<f64>(gauge(MODE_SHARED, [1, Infinity])).toBe(Infinity);
    expect<f64>(gauge(MODE_MAX | MODE_LIVE, [1, Infinity, -Infinity])).toBe(Infinity);
    expect<bool>(isNaN(gauge(MODE_SUM | MODE_LIVE, [Infinity, -Infinity]))).toBe(true);
  });

  it("have no value where nobody has set any", () => {
    const made = family(GAUGE, MODE_MAX, "level");
    const none = partWith(0);
    expect<u32>(sumOf(made, [none, none]).set).toBe(0);
    expect<f64>(sumOf(made, [none, partOfValue(-3, 0, 1), none]).high).toBe(-3);
  });

  it("print all, each with its process; what has one keeps it", () => {
    const made = family(GAUGE, MODE_ALL, "each");
    const sum = sumOf(made, [partOfShares(0, [1, 2]), partOfShares(0, []), partOfShares(77, [4])]);
    const at = changetype<usize>(sum);
    expect<u32>(load<u32>(partListed(made, at))).toBe(3);
    const share = changetype<PartShare>(partList(made, at) + 16);
    expect<u32>(share.slot).toBe(1);
    expect<u32>(share.process).toBe(1);
    expect<f64>(share.value).toBe(2);
    expect<u32>(changetype<PartShare>(partList(made, at) + 32).process).toBe(77);
    expect<u32>(sum.bytes).toBe(56 + 48);
  });

  it("that print all leave the newest 256 to the retired", () => {
    const made = family(GAUGE, MODE_ALL | MODE_LIVE, "each");
    const values: f64[] = [];
    for (let i = 0; i < 200; i++) values.push(<f64>i);
    const parts = [partOfShares(8, values), partOfShares(9, values)];
    expect<u32>(sumOf(made, parts, true).bytes).toBe(56 + 256 * 16);
    const at = changetype<usize>(sumOf(made, parts, true));
    expect<f64>(changetype<PartShare>(partList(made, at)).value).toBe(144);
    expect<u32>(changetype<PartShare>(partList(made, at)).process).toBe(8);
    expect<f64>(changetype<PartShare>(partList(made, at) + 255 * 16).value).toBe(199);
    expect<u32>(sumOf(made, parts, false).bytes).toBe(56 + 400 * 16);
  });
});

describe("sums of what is so now", () => {
  it("are in every state that one is in; info is of the newest; unknowns add up", () => {
    const states = new Wanted(STATESET, "states").family();
    expect<f64>(sumOf(states, [partOfValue(1), partOfValue(4), partOfValue(5)]).high).toBe(5);
    expect<f64>(sumOf(states, [partWith(0), partOfValue(2)]).high).toBe(2);
    const odd = new Wanted(UNKNOWN, "odd").family();
    expect<f64>(sumOf(odd, [partOfValue(1.5), partOfValue(2)]).high).toBe(3.5);
    const info = new Wanted(INFO, "build").family();
    expect<u64>(sumOf(info, [partOfValue(1, 0, 5), partOfValue(1, 0, 9), partOfValue(1, 0, 7)]).order).toBe(9);
  });

  it("take no harm from a state set that is none", () => {
    const states = new Wanted(STATESET, "states").family();
    const odd: f64[] = [NaN, -1, Infinity, 1e300];
    for (let i = 0; i < odd.length; i++) expect<u32>(sumOf(states, [partOfValue(odd[i]), partOfValue(2)]).set).toBe(BASE_SET);
  });

  it("have the latest time of constant samples", () => {
    const jobs = family(COUNTER, 0, "jobs");
    const one = partOfValue(1);
    const other = partOfValue(2);
    expect<f64>(sumOf(jobs, [one, other]).timestamp).toBe(0);
    changetype<Base>(one).timestamp = 1700;
    expect<f64>(sumOf(jobs, [one, other]).timestamp).toBe(1700);
    changetype<Base>(other).timestamp = 1600;
    expect<f64>(sumOf(jobs, [one, other]).timestamp).toBe(1700);
    expect<f64>(sumOf(jobs, [other, one]).timestamp).toBe(1700);
  });
});

describe("sums of counters", () => {
  it("are the same in any order, and however they are folded on the way", () => {
    const jobs = family(COUNTER, 0, "jobs");
    randomFrom(5);
    for (let round = 0; round < 50; round++) {
      const parts: usize[] = [];
      for (let i = 0; i < 20; i++) parts.push(partOfValue(random() * Math.pow(10, <f64>randomBelow(12))));
      const sum = sumOf(jobs, parts).high;
      for (let i = parts.length - 1; i > 0; i--) {
        const other = <i32>randomBelow(i + 1);
        const part = parts[i];
        parts[i] = parts[other];
        parts[other] = part;
      }
      let left = changetype<usize>(sumOf(jobs, [parts[0]], true));
      for (let i = 1; i < parts.length; i++) left = changetype<usize>(sumOf(jobs, [left, parts[i]], true));
      expect<f64>(changetype<Base>(left).high).toBe(sum);
    }
  });
});

describe("sums of histograms", () => {
  it("add buckets and sums", () => {
    const sizes = family(HISTOGRAM, 0, "sizes", "", [1, 2]);
    counted(sizes, 0.5);
    counted(sizes, 9);
    const one = keptPart(sizes);
    counted(sizes, 1.5);
    const sum = changetype<usize>(sumOf(sizes, [one, keptPart(sizes), one]));
    expect<f64>(changetype<Base>(sum).high).toBe(30);
    expect<u64>(load<u64>(sum + 48)).toBe(3);
    expect<u64>(load<u64>(sum + 56)).toBe(1);
    expect<u64>(load<u64>(sum + 64)).toBe(3);
    expect<u32>(changetype<Base>(sum).bytes).toBe(72);
  });

  it("that are native have no more buckets than their limit, and every observation", () => {
    const size = native("size", "", 8, 20, [1]);
    const wide = native("wide", "", 8, 1000, [1]);
    const parts: usize[] = [];
    let most: u32 = 0;
    for (let p = 0; p < 12; p++) {
      for (let i = 0; i < 15; i++) counted(p % 3 == 0 ? size : wide, Math.pow(1.7, <f64>(p * 15 + i) - 90) * (i % 2 == 0 ? 1 : -1));
      parts.push(keptPart(p % 3 == 0 ? size : wide));
      most = max<u32>(most, sparseCount(baseSparse(size, parts[p])));
    }
    // Parts of a finer definition than there is room for here.
    expect<u32>(most).toBeGreaterThan(20);
    let expected: u64 = 0;
    for (let i = 0; i < parts.length; i++) expected += sparseTotal(baseSparse(size, parts[i]));
    const sum = changetype<usize>(sumOf(size, parts));
    const sparse = baseSparse(size, sum);
    expect<u64>(sparseTotal(sparse)).toBe(expected);
    expect<u32>(sparseCount(sparse)).toBeLessThan(21);
    expect<u64>(load<u64>(sum + 48) + load<u64>(sum + 56)).toBe(expected);
    expect<u32>(changetype<Base>(sum).bytes).toBe(64 + 24 + ((sparseCount(sparse) * 12 + 7) & ~7));
    expect<u32>(changetype<Sparse>(sparse).capacity).toBe(sparseCount(sparse));
    // And so has what is left of the dead, step by step.
    let left = changetype<usize>(sumOf(size, [parts[0]], true));
    for (let i = 1; i < parts.length; i++) left = changetype<usize>(sumOf(size, [left, parts[i]], true));
    expect<u64>(sparseTotal(baseSparse(size, left))).toBe(expected);
    expect<u32>(sparseCount(baseSparse(size, left))).toBeLessThan(21);
  });

  it("that are native and without a limit have room for all doubles", () => {
    const size = native("size", "", 8, 0);
    const parts: usize[] = [];
    let expected: u64 = 0;
    for (let p = 0; p < 8; p++) {
      for (let i = 0; i < 200; i++) counted(size, Math.pow(2, <f64>((p * 200 + i) % 2000) - 1000) * (i % 2 == 0 ? 1 : -1));
      parts.push(keptPart(size));
      expected += sparseTotal(baseSparse(size, parts[p]));
    }
    const sparse = baseSparse(size, changetype<usize>(sumOf(size, parts)));
    expect<u64>(sparseTotal(sparse)).toBe(expected);
    expect<u32>(sparseCount(sparse)).toBeLessThan(2 * LEAST_BUCKETS + 1);
  });

  it("that are native and empty are a record without buckets", () => {
    const size = native("size", "", 3, 160);
    counted(size, 0);
    const sum = changetype<usize>(sumOf(size, [keptPart(size)]));
    expect<u64>(sparseTotal(baseSparse(size, sum))).toBe(1);
    expect<u32>(sparseCount(baseSparse(size, sum))).toBe(0);
  });
});

describe("sums of summaries", () => {
  it("have all windows that are young enough, and the count of all", () => {
    const wait = summary("wait");
    counted(wait, 5);
    const old = keptPart(wait);
    clockSet(1030);
    counted(wait, 7);
    const young = keptPart(wait);
    let sum = changetype<usize>(sumOf(wait, [old, young]));
    expect<u64>(load<u64>(sum + 48)).toBe(3);
    expect<u32>(load<u32>(partListed(wait, sum))).toBe(3);
    clockSet(1065);
    sum = changetype<usize>(sumOf(wait, [old, young]));
    expect<u64>(load<u64>(sum + 48)).toBe(3);
    expect<u32>(load<u32>(partListed(wait, sum))).toBe(1);
    clockSet(5000);
    sum = changetype<usize>(sumOf(wait, [old, young]));
    expect<u64>(load<u64>(sum + 48)).toBe(3);
    expect<u32>(load<u32>(partListed(wait, sum))).toBe(0);
    expect<u32>(changetype<Base>(sum).bytes).toBe(64);
  });

  it("leave the newest windows to the retired", () => {
    const wait = summary("wait");
    counted(wait, 5);
    const part = keptPart(wait);
    const parts: usize[] = [];
    for (let i: u32 = 0; i < PART_WINDOWS_MAX + 5; i++) parts.push(part);
    expect<u32>(load<u32>(partListed(wait, changetype<usize>(sumOf(wait, parts))))).toBe(PART_WINDOWS_MAX + 5);
    const left = changetype<usize>(sumOf(wait, parts, true));
    expect<u32>(load<u32>(partListed(wait, left))).toBe(PART_WINDOWS_MAX);
    expect<u64>(load<u64>(left + 48)).toBe(<u64>PART_WINDOWS_MAX + 5);
    // Each has one bin of one value.
    expect<u32>(changetype<Base>(left).bytes).toBe(64 + PART_WINDOWS_MAX * 24);
  });

  it("keep quantiles that were given where there is one part alone", () => {
    const told = new Wanted(SUMMARY, "told");
    told.quantiles = [0.5, 0.9];
    const made = told.family();
    constant(made, 8, [4, reinterpret<u64>(0.25), reinterpret<u64>(0.75)], 0, "", BASE_SET | BASE_QUANTILES);
    const part = keptPart(made);
    const one = sumOf(made, [part]);
    expect<u32>(one.set).toBe(BASE_SET | BASE_QUANTILES);
    expect<f64>(load<f64>(changetype<usize>(one) + 56)).toBe(0.25);
    expect<f64>(load<f64>(changetype<usize>(one) + 64)).toBe(0.75);
    for (let i = 2; i < 4; i++) {
      const parts: usize[] = [];
      for (let p = 0; p < i; p++) parts.push(part);
      const all = sumOf(made, parts, true);
      expect<u32>(all.set).toBe(BASE_SET);
      expect<f64>(all.high).toBe(8 * <f64>i);
      expect<u64>(load<u64>(changetype<usize>(all) + 48)).toBe(4 * <u64>i);
      expect<u32>(load<u32>(partListed(made, changetype<usize>(all)))).toBe(0);
      expect<u32>(all.bytes).toBe(64);
    }
  });
});

describe("sumMore", () => {
  it("is what a part may add to the room: entries, windows, shares; and nothing of one number", () => {
    expect<u32>(sumMore(family(COUNTER, 0, "jobs"), partOfValue(1))).toBe(0);
    expect<u32>(sumMore(family(GAUGE, MODE_ALL, "each"), partOfShares(1, [1, 2]))).toBe(40);
    const size = native("size", "", 3, 160);
    counted(size, 5);
    counted(size, 50);
    expect<u32>(sumMore(size, keptPart(size))).toBe(2);
    const wait = summary("wait");
    counted(wait, 5);
    expect<u32>(sumMore(wait, keptPart(wait))).toBe(16 + 24);
  });
});
