// The retired as an image: what was folded comes back as it was.

import { count, family, format, native, summary } from "../formatted";
import { answered, applied, begun, described, listening, published, said, source, speaking, totalThere } from "./frames";
import { imageApply } from "../../../assembly/image/apply";
import { FRAME_FULL, FRAME_LAST, RETIRED_INSTANCE } from "../../../assembly/image/format";
import { processCreate, processFold, processRetire } from "../../../assembly/image/processes";
import { retiredBegin, retiredDone, retiredText, retiredWrite } from "../../../assembly/image/retired";
import { sourceCreate, sourceEnd, sourceRoom } from "../../../assembly/image/sources";
import { COUNTER, GAUGE, HISTOGRAM, MODE_ALL, MODE_SUM, KIND_PLAIN } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { OK, WANTED } from "../../../assembly/status";
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
    expect<u32>(written()).toBe(64);
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
});
