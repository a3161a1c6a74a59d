// What this process has of a series: over all its threads, and exactly.

import { bind, claim, failFrom, family, format, native, random, randomFrom, summary, tokenOf, total } from "../formatted";
import { constant, set, Wanted } from "../wanted";
import { at, counted, everything, onlySeries, partOf } from "./parts";
import {
  Base,
  BASE_QUANTILES,
  BASE_SET,
  COUNTER,
  FAMILY_CONSTANT,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  Sparse,
  SUMMARY,
} from "../../../assembly/layout";
import { definitionOf, partBehind, partList, partListed } from "../../../assembly/image/part";
import { PartBin, PartShare, PartWindow } from "../../../assembly/image/records";
import { indexOf, multiplierOf } from "../../../assembly/metric/mapping";
import { sparseCountAt, sparseIndexAt } from "../../../assembly/metric/sparse";
import { gaugeSet } from "../../../assembly/metric/gauge";
import { writerRevoke } from "../../../assembly/store/adopt";
import { baseSparse } from "../../../assembly/store/base";
import { ownWriter } from "../../../assembly/store/writer";

function high(part: usize): f64 {
  return changetype<Base>(part).high;
}

describe("ownPart", () => {
  it("adds counters up in two parts, as a scrape does", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    randomFrom(2);
    for (let writer = 0; writer < 6; writer++) {
      for (let i = 0; i < 5; i++) counted(jobs, random() * 1e6);
      claim();
    }
    const whole = total(jobs);
    const part = partOf(jobs);
    expect<f64>(high(part)).toBe(whole);
    expect<u32>(changetype<Base>(part).set).toBe(BASE_SET);
    expect<u32>(changetype<Base>(part).bytes).toBe(48);
    expect<f64>(high(part) + changetype<Base>(part).low).toBe(whole);
  });

  it("tells gauges by their modes, and those that nobody set", () => {
    const modes = [MODE_SUM, MODE_MIN, MODE_MAX, MODE_MOSTRECENT];
    const values: f64[] = [3, -2, 5, -2];
    for (let i = 0; i < modes.length; i++) {
      format();
      const gauge = family(GAUGE, modes[i], "gauge");
      bind(gauge, "");
      expect<u32>(changetype<Base>(partOf(gauge)).set).toBe(0);
      set(gauge, 5);
      claim();
      set(gauge, -2);
      const part = partOf(gauge);
      expect<f64>(high(part)).toBe(values[i]);
      expect<u32>(changetype<Base>(part).set).toBe(BASE_SET);
      expect<bool>(changetype<Base>(part).order != 0).toBe(modes[i] == MODE_MOSTRECENT);
    }
    format();
    const level = family(GAUGE, MODE_SHARED, "level");
    set(level, 7);
    expect<f64>(high(partOf(level))).toBe(7);
  });

  it("leaves out what the dead had of live gauges", () => {
    format();
    const live = family(GAUGE, MODE_LIVE | MODE_SUM, "live");
    const each = family(GAUGE, MODE_LIVE | MODE_ALL, "each");
    set(live, 5);
    set(each, 5);
    const dead = ownWriter().index;
    claim();
    set(live, 2);
    set(each, 2);
    expect<f64>(high(partOf(live))).toBe(7);
    expect<u32>(load<u32>(partListed(each, partOf(each)))).toBe(2);
    writerRevoke(dead);
    expect<f64>(high(partOf(live))).toBe(2);
    const part = partOf(each);
    expect<u32>(load<u32>(partListed(each, part))).toBe(1);
    const share = changetype<PartShare>(partList(each, part));
    expect<f64>(share.value).toBe(2);
    expect<u32>(share.slot).toBe(ownWriter().index);
    expect<u32>(share.process).toBe(0);
    expect<u32>(changetype<Base>(part).set).toBe(BASE_SET);
  });

  it("has no shares of a gauge that nobody set", () => {
    format();
    const each = family(GAUGE, MODE_ALL, "each");
    const cell = bind(each, "");
    expect<u32>(changetype<Base>(partOf(each)).set).toBe(0);
    gaugeSet(cell, tokenOf(cell), 4);
    expect<u32>(changetype<Base>(partOf(each)).set).toBe(BASE_SET);
  });

  it("adds histograms and native ones up, bucket by bucket", () => {
    format();
    const sizes = family(HISTOGRAM, 0, "sizes", "", [1, 2]);
    const both = native("both", "", 0, 160, [1, 10]);
    for (let writer = 0; writer < 2; writer++) {
      counted(sizes, 0.5);
      counted(sizes, 9);
      counted(both, 3);
      counted(both, -3);
      counted(both, 0);
      claim();
    }
    let part = partOf(sizes);
    expect<f64>(high(part)).toBe(19);
    expect<u64>(load<u64>(partBehind(part))).toBe(2);
    expect<u64>(load<u64>(partBehind(part) + 8)).toBe(0);
    expect<u64>(load<u64>(partBehind(part) + 16)).toBe(2);
    part = partOf(both);
    expect<f64>(high(part)).toBe(0);
    expect<u64>(load<u64>(partBehind(part))).toBe(4);
    const sparse = baseSparse(both, part);
    expect<i32>(changetype<Sparse>(sparse).schema).toBe(0);
    expect<u64>(changetype<Sparse>(sparse).zeroCount).toBe(2);
    expect<u32>(changetype<Sparse>(sparse).positiveCount).toBe(1);
    expect<u32>(changetype<Sparse>(sparse).negativeCount).toBe(1);
    expect<u32>(changetype<Sparse>(sparse).capacity).toBe(2);
    expect<i32>(sparseIndexAt(sparse, 0)).toBe(2);
    expect<u64>(sparseCountAt(sparse, 1)).toBe(2);
  });

  it("keeps the windows of a summary apart, and those of threads that count at the same time together", () => {
    format();
    at(1000);
    const spent = summary("spent");
    counted(spent, 3);
    counted(spent, 0);
    claim();
    at(1003);
    counted(spent, 3);
    counted(spent, -5);
    at(1025);
    counted(spent, 100);
    const part = partOf(spent);
    expect<u64>(load<u64>(partBehind(part))).toBe(5);
    expect<f64>(high(part)).toBe(101);
    expect<u32>(load<u32>(partListed(spent, part))).toBe(2);
    const multiplier = multiplierOf(definitionOf(spent).accuracy);
    const window = changetype<PartWindow>(partList(spent, part));
    expect<u32>(window.zeros).toBe(1);
    expect<u32>(window.positiveCount).toBe(1);
    expect<u32>(window.negativeCount).toBe(1);
    expect<u32>(window.stamp).toBe(100300);
    const bin = changetype<PartBin>(partList(spent, part) + offsetof<PartWindow>());
    expect<i32>(bin.index).toBe(indexOf(3, multiplier));
    expect<u32>(bin.count).toBe(2);
    const other = changetype<PartBin>(changetype<usize>(bin) + offsetof<PartBin>());
    expect<i32>(other.index).toBe(indexOf(5, multiplier));
    const second = changetype<PartWindow>(changetype<usize>(other) + offsetof<PartBin>());
    expect<u32>(second.positiveCount).toBe(1);
    expect<u32>(changetype<Base>(part).bytes).toBe(48 + 16 + 2 * 16 + 3 * 8);
    // Those that are too old are out.
    at(1200);
    const later = partOf(spent);
    expect<u32>(load<u32>(partListed(spent, later))).toBe(0);
    expect<u64>(load<u64>(partBehind(later))).toBe(5);
  });

  it("has constants as they were given", () => {
    const families = everything(2);
    const told = families[families.length - 1];
    let part = partOf(told);
    expect<u32>(changetype<Base>(part).set).toBe(BASE_SET | BASE_QUANTILES);
    expect<f64>(changetype<Base>(part).timestamp).toBe(1700000000.5);
    expect<u64>(load<u64>(partBehind(part))).toBe(4);
    expect<f64>(load<f64>(partBehind(part) + 8)).toBe(0.25);
    const whole = new Wanted(GAUGE_HISTOGRAM, "rows");
    whole.bounds = [1];
    const rows = whole.family();
    constant(rows, 3, [1, 2]);
    part = partOf(rows);
    expect<f64>(high(part)).toBe(3);
    expect<u64>(load<u64>(partBehind(part) + 8)).toBe(2);
    const info = new Wanted(INFO, "fixed");
    info.flags = FAMILY_CONSTANT;
    const fixed = info.family();
    constant(fixed, 1, [], 0, "", BASE_SET, 0, 5);
    expect<u64>(changetype<Base>(partOf(fixed)).order).toBe(0);
    expect<u32>(definitionOf(told).type).toBe(SUMMARY);
  });

  it("is none without memory", () => {
    format();
    const wait = native("wait", "", 3, 40);
    const spent = summary("spent");
    const jobs = family(COUNTER, 0, "jobs");
    counted(wait, 1);
    counted(spent, 1);
    counted(jobs, 1);
    failFrom(1);
    expect<usize>(partOf(wait)).toBe(0);
    expect<usize>(partOf(spent)).toBe(0);
    expect<usize>(partOf(jobs)).toBe(0);
    failFrom(0);
    expect<f64>(high(partOf(jobs))).toBe(1);
    expect<bool>(onlySeries(jobs) != 0).toBe(true);
  });
});
