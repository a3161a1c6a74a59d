// Frames of a process' image become its links: in their order, once, or not at all.

import { count, family, format, native, summary } from "../formatted";
import {
  applied,
  begun,
  counted,
  described,
  entered,
  familyThere,
  gone,
  listening,
  nonsense,
  published,
  removed,
  said,
  sealed,
  source,
  speaking,
  totalThere,
  whole,
} from "./frames";
import { imageApply } from "../../../assembly/image/apply";
import { FRAME_ENDED, FRAME_FULL, FRAME_LAST, TAG_SERIES } from "../../../assembly/image/format";
import { sourceFamily } from "../../../assembly/image/known";
import { processCreate, processSequence, processSeries } from "../../../assembly/image/processes";
import { sourceFrame } from "../../../assembly/image/sources";
import { COUNTER, GAUGE, HISTOGRAM, MODE_SHARED } from "../../../assembly/layout";
import { BEHIND, FOREIGN, OK, REFUSED, WANTED } from "../../../assembly/status";

let process: usize = 0;
let counter: i32 = 0;

beforeEach(() => {
  format();
  counter = family(COUNTER, 0, "jobs", "a\nb");
  listening();
  process = processCreate(source);
});

describe("imageApply", () => {
  it("shows nothing before it is published", () => {
    count(counter, 'a="1",b="2"', 3);
    expect<i32>(whole(process, counter, 'a="1",b="2"')).toBe(OK);
    expect<bool>(isNaN(totalThere('a="1",b="2"'))).toBe(true);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere('a="1",b="2"')).toBe(3);
    expect<u32>(processSequence(process)).toBe(1);
    expect<u32>(processSeries(process)).toBe(1);
  });

  it("asks for a family once, and takes all parts of it from then on", () => {
    count(counter, "", 3);
    begun(0, 1);
    described(0, counter);
    said(0, counter, "", true);
    expect<i32>(imageApply(process, sealed(FRAME_FULL | FRAME_LAST))).toBe(WANTED);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    const other = processCreate(source);
    speaking(2);
    begun(0, 1);
    described(0, counter);
    said(0, counter, "", true);
    expect<i32>(imageApply(other, sealed(FRAME_FULL | FRAME_LAST))).toBe(OK);
    published();
    expect<f64>(totalThere()).toBe(6);
  });

  it("takes what a sequence says in the place of what was said before", () => {
    count(counter, "", 3);
    whole(process, counter, "");
    expect<i32>(counted(process, counter, "", 4, 2)).toBe(OK);
    published();
    expect<f64>(totalThere()).toBe(7);
  });

  it("passes over a sequence that was applied, and one that is older", () => {
    count(counter, "", 3);
    whole(process, counter, "");
    counted(process, counter, "", 4, 2);
    const bytes = sealed(FRAME_LAST);
    expect<i32>(imageApply(process, bytes)).toBe(OK);
    expect<i32>(whole(process, counter, "")).toBe(OK);
    published();
    expect<f64>(totalThere()).toBe(7);
    expect<u32>(processSequence(process)).toBe(2);
  });

  it("takes a sequence upon an older base, for it has all that changed since", () => {
    count(counter, "", 1);
    whole(process, counter, "");
    counted(process, counter, "", 1, 2);
    count(counter, "", 1);
    begun(1, 5);
    entered(0);
    said(0, counter, "", false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere()).toBe(3);
    expect<u32>(processSequence(process)).toBe(5);
  });

  it("is BEHIND where a sequence builds upon what was not received", () => {
    expect<i32>(counted(process, counter, "", 1, 2)).toBe(BEHIND);
    whole(process, counter, "");
    count(counter, "", 1);
    begun(3, 4);
    entered(0);
    said(0, counter, "", false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(BEHIND);
    speaking(1, 2);
    begun(1, 2);
    entered(0);
    said(0, counter, "", false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(BEHIND);
  });

  it("takes the parts of a sequence one after the other, and is BEHIND where one is missing", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    begun(0, 1, 0);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
    expect<u32>(processSequence(process)).toBe(0);
    begun(0, 1, 2);
    entered(0);
    said(2, counter, 'a="2"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(BEHIND);
    begun(0, 1, 1);
    entered(0);
    said(1, counter, 'a="2"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(1);
    expect<f64>(totalThere('a="2"')).toBe(2);
  });

  it("shows the old image until the last part of a whole new one is there", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    whole(process, counter, 'a="1"');
    published();
    speaking(1, 2);
    begun(0, 1, 0);
    described(0, counter);
    said(0, counter, 'a="2"', true);
    expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(1);
    expect<bool>(isNaN(totalThere('a="2"'))).toBe(true);
    begun(0, 1, 1);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    expect<f64>(totalThere('a="2"')).toBe(2);
  });

  it("forgets half of a whole image when another one begins", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    for (let i: u64 = 2; i < 5; i++) {
      speaking(1, i);
      begun(0, 1, 0);
      described(0, counter);
      said(0, counter, 'a="1"', true);
      applied(process, FRAME_FULL);
    }
    published();
    expect<f64>(totalThere('a="1"')).toBe(1);
    speaking(1, 9);
    expect<i32>(whole(process, counter, 'a="1"')).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(1);
  });

  it("ends series that are removed, families that are gone, and what had a position before", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    count(counter, 'a="3"', 3);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    said(1, counter, 'a="2"', true);
    applied(process, FRAME_FULL | FRAME_LAST);
    published();
    begun(1, 2);
    entered(0);
    removed(0);
    said(1, counter, 'a="3"', true);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    expect<bool>(isNaN(totalThere('a="2"'))).toBe(true);
    expect<f64>(totalThere('a="3"')).toBe(3);
    begun(2, 3);
    gone(0);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere('a="3"'))).toBe(true);
    expect<u32>(processSeries(process)).toBe(0);
  });

  it("takes what it knows of a frame with a family that is refused here", () => {
    const histogram = family(HISTOGRAM, 0, "seconds", "", [0.1, 1]);
    const gauge = family(GAUGE, MODE_SHARED, "level");
    count(histogram, "", 0.5);
    count(counter, "", 3);
    count(gauge, "", 4);
    begun(0, 1);
    described(0, histogram);
    said(0, histogram, "", true);
    described(1, counter);
    said(0, counter, "", true);
    described(2, gauge);
    said(0, gauge, "", true);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    expect<i32>(imageApply(process, bytes)).toBe(WANTED);
    sourceFamily(source, 0, 0);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere("", 0)).toBe(3);
    expect<f64>(totalThere("", 1)).toBe(4);
    expect<u32>(processSeries(process)).toBe(2);
  });

  it("carries every type", () => {
    const seconds = family(HISTOGRAM, 0, "seconds", "", [0.1, 1]);
    const size = native("size", "", 3, 160);
    const wait = summary("wait");
    count(seconds, "", 0.5);
    count(size, "", 7);
    count(wait, "", 9);
    begun(0, 1);
    described(0, seconds);
    said(0, seconds, "", true);
    described(1, size);
    said(0, size, "", true);
    described(2, wait);
    said(0, wait, "", true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere("", 0)).toBe(0.5);
    expect<f64>(totalThere("", 1)).toBe(7);
    expect<f64>(totalThere("", 2)).toBe(9);
  });

  it("notes that a process ended", () => {
    count(counter, "", 1);
    whole(process, counter, "");
    begun(1, 2);
    expect<i32>(applied(process, FRAME_LAST | FRAME_ENDED)).toBe(OK);
  });

  it("refuses the frames of another process, foreign bytes, and nonsense", () => {
    count(counter, "", 1);
    whole(process, counter, "");
    speaking(2);
    expect<i32>(whole(process, counter, "", 3)).toBe(REFUSED);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    store<u32>(sourceFrame(source), 0);
    expect<i32>(imageApply(process, bytes)).toBe(FOREIGN);
    speaking(1);
    for (let byte: u32 = 5; byte < 256; byte += 3) {
      begun(1, 2);
      nonsense(<u8>byte);
      nonsense(0xff);
      const status = applied(process, FRAME_LAST);
      expect<bool>(status == REFUSED || (byte >= TAG_SERIES && status == BEHIND)).toBe(true, byte.toString());
    }
    published();
    expect<f64>(totalThere()).toBe(1);
  });

  it("never fails on a frame that is cut or flipped, whatever the checksum says", () => {
    count(counter, 'a="1"', 1);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    for (let length: u32 = 0; length < bytes; length++) {
      const status = imageApply(process, length);
      expect<bool>(status == REFUSED || status == FOREIGN).toBe(true, length.toString());
    }
    for (let bit: u32 = 0; bit < bytes << 3; bit++) {
      const at = sourceFrame(source) + (bit >> 3);
      const mask: u8 = <u8>((<u32>1) << (bit & 7));
      store<u8>(at, load<u8>(at) ^ mask);
      expect<bool>(imageApply(process, bytes) != OK).toBe(true, bit.toString());
      store<u8>(at, load<u8>(at) ^ mask);
    }
    expect<i32>(familyThere()).toBe(0);
  });
});
