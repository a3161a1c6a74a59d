// What is subtracted from a process takes nothing from others.

import { family, format } from "../formatted";
import { applied, begun, described, entered, listening, positioned, published, source, speaking, told, totalThere, wide } from "./frames";
import { grows } from "../../../assembly/image/baselines";
import { FRAME_BASED, FRAME_BASELINE, FRAME_FULL, FRAME_LAST, VALUE_DOUBLE } from "../../../assembly/image/format";
import { processCreate, processFold } from "../../../assembly/image/processes";
import { COUNTER, GAUGE, HISTOGRAM, MODE_SUM } from "../../../assembly/layout";
import { OK } from "../../../assembly/status";

let other: usize = 0;
let process: usize = 0;

/** A whole image of one series of a family; of a process, or of its baseline. */
function imageOf(process: usize, family: i32, sequence: u64, value: f64, flags: u32): void {
  begun(0, sequence);
  described(0, family);
  told(VALUE_DOUBLE, 0, "");
  wide(value);
  expect<i32>(applied(process, FRAME_FULL | FRAME_LAST | flags)).toBe(OK);
}

function begunWith(family: i32, others: f64, baseline: f64, value: f64): void {
  listening();
  other = processCreate(source);
  speaking(1);
  imageOf(other, family, 1, others, 0);
  process = processCreate(source);
  speaking(2);
  imageOf(process, family, 1, baseline, FRAME_BASELINE);
  imageOf(process, family, 2, value, FRAME_BASED);
  published();
}

function said(sequence: u64, value: f64): f64 {
  begun(sequence - 1, sequence);
  entered(0);
  positioned(VALUE_DOUBLE, 0);
  wide(value);
  expect<i32>(applied(process, FRAME_LAST | FRAME_BASED)).toBe(OK);
  published();
  return totalThere();
}

describe("baselinesBegun", () => {
  it("lets a process add nothing while it has less than its baseline, and then what it has more", () => {
    format();
    begunWith(family(COUNTER, 0, "jobs"), 100, 50, 50);
    expect<f64>(totalThere()).toBe(100);
    expect<f64>(said(3, 53)).toBe(103);
    expect<f64>(said(4, 7)).toBe(100);
    expect<f64>(said(5, 50.25)).toBe(100.25);
    expect<i32>(processFold(process)).toBe(OK);
    published();
    expect<f64>(totalThere()).toBe(100.25);
  });

  it("takes nothing of what others have into a fold", () => {
    format();
    begunWith(family(COUNTER, 0, "jobs"), 100, 1e6, 1);
    expect<f64>(totalThere()).toBe(100);
    expect<i32>(processFold(process)).toBe(OK);
    expect<i32>(processFold(other)).toBe(OK);
    published();
    expect<f64>(totalThere()).toBe(100);
  });

  it("takes what is neither above nor below for nothing: infinities", () => {
    format();
    begunWith(family(COUNTER, 0, "jobs"), 100, Infinity, Infinity);
    expect<f64>(totalThere()).toBe(100);
  });

  it("adds up gauges as they are", () => {
    format();
    const level = family(GAUGE, MODE_SUM, "level");
    begunWith(level, 100, 50, 20);
    expect<f64>(totalThere()).toBe(70);
  });
});

describe("grows", () => {
  it("is true of what only grows", () => {
    format();
    expect<bool>(grows(family(COUNTER, 0, "jobs"))).toBe(true);
    expect<bool>(grows(family(HISTOGRAM, 0, "sizes", "", [1]))).toBe(true);
    expect<bool>(grows(family(GAUGE, MODE_SUM, "level"))).toBe(false);
  });
});
