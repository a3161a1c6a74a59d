// The retired as an image: what was folded comes back as it was.

import { count, failFrom, family, format, input, native, summary } from "../formatted";
import { Wanted } from "../wanted";
import {
  answered,
  applied,
  begun,
  described,
  familyThere,
  listening,
  published,
  said,
  sealed,
  source,
  speaking,
  totalThere,
  whole,
} from "./frames";
import { imageApply } from "../../../assembly/image/apply";
import { FRAME_FULL, FRAME_HEAD, FRAME_LAST, RETIRED_INSTANCE } from "../../../assembly/image/format";
import { sourceKept } from "../../../assembly/image/known";
import { processCreate, processFold, processName, processRetire } from "../../../assembly/image/processes";
import { sourceRenew } from "../../../assembly/image/renew";
import { retiredBegin, retiredDone, retiredText, retiredWrite } from "../../../assembly/image/retired";
import { sourceCreate, sourceEnd, sourceRoom } from "../../../assembly/image/sources";
import { COUNTER, Family, GAUGE, HISTOGRAM, MODE_ALL, MODE_SUM, KIND_PLAIN } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { OK, WANTED } from "../../../assembly/status";
import { gaugePartCount } from "../../../assembly/store/gauges";
import { seriesBind, seriesRemove } from "../../../assembly/store/series";
import { tableGet } from "../../../assembly/store/table";
import { begin, end } from "../../../assembly/store/writer";
import { there } from "./frames";

const BYTES: u32 = 1 << 20;
let kept: usize = 0;
let ends: u32[] = [];

/** Keeps all frames of the retired; how many bytes. */
function written(): u32 {
  kept = take(BYTES, KIND_PLAIN, true);
  ends = [];
  let at: u32 = 0;
  retiredBegin(source, RETIRED_INSTANCE, 5, 1000);
  while (!retiredDone()) {
    const length = retiredWrite(source);
    expect<i32>(length).toBeGreaterThan(0);
    memory.copy(kept + at, retiredText(), length);
    at += length;
    ends.push(at);
  }
  return at;
}

/** Applies what was kept to a new source of the same name. */
function readBack(): void {
  sourceEnd(source);
  expect<i32>(sourceCreate(there, load<u32>(there), 7)).toBe(<i32>source);
  const process = processCreate(source);
  processName(process, RETIRED_INSTANCE);
  let from: u32 = 0;
  for (let i = 0; i < ends.length; i++) {
    const length = ends[i] - from;
    memory.copy(sourceRoom(source, length), kept + from, length);
    let status = imageApply(process, length);
    while (status == WANTED) {
      answered();
      status = imageApply(process, length);
    }
    expect<i32>(status).toBe(OK);
    from = ends[i];
  }
  processRetire(process);
  published();
}

/** A text that has little in common with others of its kind. */
function longText(number: i32): string {
  return (number.toString() + "-").repeat(200);
}

beforeEach(() => {
  format();
  listening();
});

describe("retiredWrite", () => {
  it("writes an empty image where there are none", () => {
    expect<u32>(written()).toBe(FRAME_HEAD);
    readBack();
  });

  it("writes families of every type that stay, and they come back", () => {
    const jobs = family(COUNTER, 0, "jobs", "a");
    const seconds = family(HISTOGRAM, 0, "seconds", "", [0.1, 1]);
    const size = native("size", "", 3, 160);
    const wait = summary("wait");
    const level = family(GAUGE, MODE_SUM, "level");
    const each = family(GAUGE, MODE_ALL, "each");
    count(jobs, 'a="1"', 0.1);
    count(jobs, 'a="2"', 2);
    count(seconds, "", 0.5);
    count(size, "", 7);
    count(wait, "", 9);
    count(level, "", 4);
    count(each, "", 5);
    for (let i: u64 = 1; i < 4; i++) {
      const process = processCreate(source);
      speaking(i);
      begun(0, 1);
      described(0, jobs);
      said(0, jobs, 'a="1"', true);
      said(1, jobs, 'a="2"', true);
      described(1, seconds);
      said(0, seconds, "", true);
      described(2, size);
      said(0, size, "", true);
      described(3, wait);
      said(0, wait, "", true);
      described(4, level);
      said(0, level, "", true);
      described(5, each);
      said(0, each, "", true);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      processFold(process);
    }
    published();
    const tenths = totalThere('a="1"', 0);
    const bytes = written();
    readBack();
    expect<f64>(totalThere('a="1"', 0)).toBe(tenths);
    expect<f64>(totalThere('a="2"', 0)).toBe(6);
    expect<f64>(totalThere("", 1)).toBe(1.5);
    expect<f64>(totalThere("", 2)).toBe(21);
    expect<f64>(totalThere("", 3)).toBe(27);
    expect<f64>(totalThere("", 4)).toBe(12);
    expect<u32>(written()).toBe(bytes);
  });

  it("is read as one part of a series where there was no memory to make one of two", () => {
    const each = family(GAUGE, MODE_ALL, "each");
    const jobs = family(COUNTER, 0, "jobs");
    count(each, "", 5);
    count(jobs, "", 3);
    for (let i: u64 = 1; i < 4; i++) {
      const process = processCreate(source);
      speaking(i);
      begun(0, 1);
      described(0, each);
      said(0, each, "", true);
      described(1, jobs);
      said(0, jobs, "", true);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      published();
      failFrom(i == 1 ? 0 : 1);
      expect<i32>(processFold(process)).toBe(OK);
      failFrom(0);
    }
    const bytes = written();
    for (let times = 0; times < 2; times++) {
      readBack();
      expect<f64>(totalThere("", 1)).toBe(9);
      begin();
      expect<u32>(gaugePartCount(tableGet(changetype<Family>(familyThere()).table, 0))).toBe(3);
      end();
      expect<u32>(written()).toBeLessThan(bytes);
    }
  });

  it("writes more than one frame where one does not take them", () => {
    const jobs = family(COUNTER, 0, "jobs", "a");
    for (let p = 0; p < 8; p++) {
      const process = processCreate(source);
      speaking(<u64>p + 1);
      begun(0, 1);
      described(0, jobs);
      for (let i = 0; i < 100; i++) {
        const block = 'a="' + longText(p * 100 + i) + '"';
        count(jobs, block, 1);
        said(i, jobs, block, true);
      }
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      processFold(process);
    }
    published();
    written();
    expect<i32>(ends.length).toBeGreaterThan(1);
    readBack();
    for (let i = 0; i < 800; i++) expect<f64>(totalThere('a="' + longText(i) + '"')).toBe(1);
  });

  it("writes what is refused here, as it was, for whoever takes it", () => {
    const jobs = family(COUNTER, 0, "jobs", "a");
    const size = native("size", "", 3, 160);
    const wait = summary("wait");
    count(jobs, 'a="1"', 0.1);
    count(size, "", 7);
    count(wait, "", 9);
    for (let i: u64 = 1; i < 4; i++) {
      const process = processCreate(source);
      speaking(i);
      begun(0, 1);
      described(0, jobs);
      said(0, jobs, 'a="1"', true);
      described(1, size);
      said(0, size, "", true);
      described(2, wait);
      said(0, wait, "", true);
      const bytes = sealed(FRAME_FULL | FRAME_LAST);
      let status = imageApply(process, bytes);
      while (status == WANTED) {
        sourceKept(source, 0, 0);
        status = imageApply(process, bytes);
      }
      expect<i32>(status).toBe(OK);
      expect<i32>(processFold(process)).toBe(OK);
    }
    published();
    expect<i32>(familyThere()).toBe(0);
    const bytes = written();
    expect<u32>(bytes).toBeGreaterThan(200);
    readBack();
    expect<f64>(totalThere('a="1"', 2)).toBe(0.1 + 0.1 + 0.1);
    expect<f64>(totalThere("", 1)).toBe(21);
    expect<f64>(totalThere("", 0)).toBe(27);
    expect<u32>(written()).toBe(bytes);
  });

  it("writes one part of a series, whatever series became one", () => {
    const told = new Wanted(COUNTER, "few");
    told.labels = "a";
    told.maxSeries = 1;
    const few = told.family();
    // The processes that tell had no limit.
    changetype<Family>(few).maxSeries = 0;
    count(few, 'a="1"', 3);
    count(few, 'a="2"', 50);
    const dead = processCreate(source);
    begun(0, 1);
    described(0, few);
    said(0, few, 'a="1"', true);
    said(1, few, 'a="2"', true);
    expect<i32>(applied(dead, FRAME_FULL | FRAME_LAST)).toBe(OK);
    speaking(2);
    const living = processCreate(source);
    expect<i32>(whole(living, few, 'a="1"')).toBe(OK);
    published();
    processFold(dead);
    expect<f64>(totalThere('a="1"')).toBe(6);
    // Another one takes the place: what both had goes where what is beyond the limit goes.
    const limited = familyThere();
    expect<i32>(seriesRemove(limited, load<u32>(limited), input('a="1"'))).toBe(OK);
    expect<i32>(seriesBind(limited, load<u32>(limited), input('a="3"'), false, NaN)).toBeGreaterThan(0);
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    published();
    expect<f64>(totalThere('a="tallystick_overflow"')).toBe(56);
    written();
    readBack();
    expect<f64>(totalThere('a="tallystick_overflow"')).toBe(53);
  });
});
