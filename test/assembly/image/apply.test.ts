// Frames of a process' image become its links: in their order, once, or not at all.

import { count, define, failFrom, family, format, input, native, summary } from "../formatted";
import { constant, Wanted } from "../wanted";
import {
  answered,
  applied,
  begun,
  bytesUsed,
  counted,
  definedBytes,
  described,
  entered,
  familyThere,
  gone,
  listening,
  nonsense,
  number,
  positioned,
  published,
  removed,
  said,
  sealed,
  source,
  speaking,
  there,
  told,
  totalThere,
  whole,
  wide,
} from "./frames";
import { processBaseline } from "../../../assembly/image/sequence";
import { imageApply, imageCheck } from "../../../assembly/image/apply";
import { processLabels } from "../../../assembly/image/aside";
import {
  FRAME_ENDED,
  FRAME_BASED,
  FRAME_BASELINE,
  FRAME_FULL,
  FRAME_LAST,
  RETIRED_INSTANCE,
  SERIES_TIMESTAMP,
  TAG_SERIES,
  VALUE_NONE,
  VALUE_WHOLE,
} from "../../../assembly/image/format";
import { sourceFamily } from "../../../assembly/image/known";
import { processCreate, processDrop, processName, processSequence, processSeries } from "../../../assembly/image/processes";
import { sourcePublish } from "../../../assembly/image/publish";
import { sourceFrame } from "../../../assembly/image/sources";
import { COUNTER, Family, GAUGE, HISTOGRAM, MODE_ALL, MODE_SHARED, Series, UNKNOWN } from "../../../assembly/layout";
import { BEHIND, EXHAUSTED, FOREIGN, OK, REFUSED, WANTED } from "../../../assembly/status";
import { registryEmpty } from "../../../assembly/store/family";
import { gaugeTotal } from "../../../assembly/store/gauges";
import { limboEmpty } from "../../../assembly/store/limbo";
import { readingTimestamp } from "../../../assembly/store/reading";
import { familySeries } from "../../../assembly/store/report";
import { tableGet } from "../../../assembly/store/table";
import { begin, end } from "../../../assembly/store/writer";

let process: usize = 0;
let counter: i32 = 0;

beforeEach(() => {
  format();
  counter = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
});

describe("imageApply", () => {
  it("shows nothing before it is published", () => {
    count(counter, 'a="1"', 3);
    expect<i32>(whole(process, counter, 'a="1"')).toBe(OK);
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere('a="1"')).toBe(3);
    expect<f64>(processSequence(process)).toBe(1);
    expect<u32>(processSeries(process)).toBe(1);
  });

  it("asks for a family once, and takes all parts of it from then on", () => {
    count(counter, 'a="1"', 3);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(imageApply(process, sealed(FRAME_FULL | FRAME_LAST))).toBe(WANTED);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    const other = processCreate(source);
    speaking(2);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(imageApply(other, sealed(FRAME_FULL | FRAME_LAST))).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(6);
  });

  it("goes on where it asked for a family, and begins anew for another process", () => {
    const other = family(COUNTER, 0, "other");
    count(counter, 'a="1"', 3);
    count(other, "", 4);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    described(1, other);
    said(0, other, "", true);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    expect<i32>(imageApply(process, bytes)).toBe(WANTED);
    answered();
    expect<i32>(imageApply(process, bytes)).toBe(WANTED);
    expect<u32>(processSeries(process)).toBe(1);
    processDrop(process);
    const next = processCreate(source);
    expect<i32>(imageApply(next, bytes)).toBe(WANTED);
    expect<u32>(processSeries(next)).toBe(1);
    answered();
    expect<i32>(imageApply(next, bytes)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"', 0)).toBe(3);
    expect<f64>(totalThere("", 1)).toBe(4);
  });

  it("takes what a sequence says in the place of what was said before", () => {
    count(counter, 'a="1"', 3);
    whole(process, counter, 'a="1"');
    expect<i32>(counted(process, counter, 'a="1"', 4, 2)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(7);
  });

  it("passes over a sequence that was applied, and one that is older", () => {
    count(counter, 'a="1"', 3);
    whole(process, counter, 'a="1"');
    counted(process, counter, 'a="1"', 4, 2);
    const bytes = sealed(FRAME_LAST);
    expect<i32>(imageApply(process, bytes)).toBe(OK);
    expect<i32>(whole(process, counter, 'a="1"')).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(7);
    expect<f64>(processSequence(process)).toBe(2);
  });

  it("takes a sequence upon an older base, for it has all that changed since", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    counted(process, counter, 'a="1"', 1, 2);
    count(counter, 'a="1"', 1);
    begun(1, 5);
    entered(0);
    said(0, counter, 'a="1"', false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(3);
    expect<f64>(processSequence(process)).toBe(5);
  });

  it("is BEHIND where a sequence builds upon what was not received", () => {
    expect<i32>(counted(process, counter, 'a="1"', 1, 2)).toBe(BEHIND);
    whole(process, counter, 'a="1"');
    count(counter, 'a="1"', 1);
    begun(3, 4);
    entered(0);
    said(0, counter, 'a="1"', false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(BEHIND);
    speaking(1, 2);
    begun(1, 2);
    entered(0);
    said(0, counter, 'a="1"', false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(BEHIND);
  });

  it("takes the parts of a sequence one after the other, and is BEHIND where one is missing", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    begun(0, 1, 0);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
    expect<f64>(processSequence(process)).toBe(0);
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
    count(counter, 'a="1"', 3);
    count(gauge, "", 4);
    begun(0, 1);
    described(0, histogram);
    said(0, histogram, "", true);
    described(1, counter);
    said(0, counter, 'a="1"', true);
    described(2, gauge);
    said(0, gauge, "", true);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    expect<i32>(imageApply(process, bytes)).toBe(WANTED);
    sourceFamily(source, 0, 0);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"', 0)).toBe(3);
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
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    begun(1, 2);
    expect<i32>(applied(process, FRAME_LAST | FRAME_ENDED)).toBe(OK);
  });

  it("refuses the frames of another process, foreign bytes, and nonsense", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    speaking(2);
    expect<i32>(whole(process, counter, 'a="1"', 3)).toBe(REFUSED);
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
    expect<f64>(totalThere('a="1"')).toBe(1);
  });

  it("takes a constant with its time, and exemplars behind it", () => {
    const wanted = new Wanted(UNKNOWN, "odd");
    const odd = wanted.family();
    constant(odd, 5, [], 1700);
    begun(0, 1);
    described(0, odd);
    said(0, odd, "", true);
    described(1, counter);
    count(counter, 'a="1"', 2);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere("", 0)).toBe(5);
    expect<f64>(totalThere('a="1"', 1)).toBe(2);
    begin();
    gaugeTotal(tableGet(changetype<Family>(familyThere(0)).table, 0));
    expect<f64>(readingTimestamp()).toBe(1700);
    end();
  });

  it("forgets the series of a family that was made anew at the same number, once its sequence is at its end", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    said(1, counter, 'a="2"', true);
    applied(process, FRAME_FULL | FRAME_LAST);
    published();
    count(counter, 'a="1"', 4);
    begun(1, 2);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, 0)).toBe(OK);
    published();
    // The rest may come in another part.
    expect<f64>(totalThere('a="1"')).toBe(5);
    expect<f64>(totalThere('a="2"')).toBe(2);
    begun(1, 2, 1);
    entered(0);
    count(counter, 'a="3"', 3);
    said(2, counter, 'a="3"', true);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(5);
    expect<bool>(isNaN(totalThere('a="2"'))).toBe(true);
    expect<f64>(totalThere('a="3"')).toBe(3);
    expect<u32>(processSeries(process)).toBe(2);
  });

  it("keeps those of a family that was made anew which are told by their numbers alone", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    said(1, counter, 'a="2"', true);
    applied(process, FRAME_FULL | FRAME_LAST);
    published();
    count(counter, 'a="1"', 4);
    begun(1, 2);
    described(0, counter);
    said(0, counter, 'a="1"', false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(5);
    expect<bool>(isNaN(totalThere('a="2"'))).toBe(true);
  });

  it("changes nothing of a family that is refused for ever after it was taken", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    published();
    expect<i32>(published()).toBe(0);
    registryEmpty(there, load<u32>(there), false);
    count(counter, 'a="1"', 4);
    begun(1, 2);
    entered(0);
    said(0, counter, 'a="1"', false);
    const bytes = sealed(FRAME_LAST);
    expect<i32>(imageApply(process, bytes)).toBe(WANTED);
    sourceFamily(source, 0, 0);
    expect<i32>(imageApply(process, bytes)).toBe(OK);
    expect<i32>(published()).toBe(0);
    expect<f64>(processSequence(process)).toBe(2);
  });

  it("forgets at once what a number had of another definition, of another type, too", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    published();
    const wait = summary("wait");
    count(wait, "", 9);
    begun(1, 2);
    described(0, wait);
    expect<i32>(applied(process, 0)).toBe(OK);
    expect<u32>(processSeries(process)).toBe(0);
    begun(1, 2, 1);
    entered(0);
    said(0, wait, "", true);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere('a="1"', 0))).toBe(true);
    expect<f64>(totalThere("", 1)).toBe(9);
    // A series of the one before is none of this one's.
    begun(2, 3);
    described(0, counter);
    said(0, counter, 'a="1"', false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(BEHIND);
  });

  it("adds definitions that lead to one family, whatever their help says", () => {
    count(counter, 'a="1"', 3);
    whole(process, counter, 'a="1"');
    const length = define(COUNTER, 0, "jobs", "a", [], "Other words");
    speaking(2);
    begun(0, 1);
    definedBytes(0, length);
    told(VALUE_WHOLE, 0, 'a="1"');
    number(4);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    const other = processCreate(source);
    expect<i32>(imageApply(other, bytes)).toBe(WANTED);
    sourceFamily(source, familyThere(), load<u32>(familyThere()));
    expect<i32>(imageApply(other, bytes)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(7);
    processDrop(process);
    published();
    expect<f64>(totalThere('a="1"')).toBe(4);
    // The family is asked for again by both definitions.
    registryEmpty(there, load<u32>(there), false);
    begun(1, 2);
    entered(0);
    positioned(VALUE_WHOLE, 0);
    number(6);
    expect<i32>(applied(other, FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"', 0)).toBe(6);
  });

  it("takes no part of another generation for the next one, nor one behind a first part that failed", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    published();
    speaking(1, 2);
    begun(0, 1, 0);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
    speaking(1, 3);
    begun(0, 1, 1);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(BEHIND);
    begun(0, 1, 0);
    described(0, counter);
    nonsense(77);
    expect<i32>(applied(process, FRAME_FULL)).toBe(REFUSED);
    begun(0, 1, 1);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(BEHIND);
    published();
    expect<f64>(totalThere('a="1"')).toBe(1);
    expect<i32>(whole(process, counter, 'a="1"')).toBe(OK);
  });

  it("knows the numbers of sequences to their end", () => {
    const last: u64 = (1 << 53) - 1;
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"', last - 1);
    expect<i32>(counted(process, counter, 'a="1"', 1, last)).toBe(OK);
    begun(last, last + 1);
    expect<i32>(applied(process, FRAME_LAST)).toBe(REFUSED);
    begun(last, 0);
    expect<i32>(applied(process, FRAME_LAST)).toBe(REFUSED);
    begun(0, 0);
    expect<i32>(applied(process, FRAME_LAST | FRAME_FULL)).toBe(REFUSED);
    // One that comes around is an old one.
    expect<i32>(whole(process, counter, 'a="1"', 1)).toBe(OK);
    expect<f64>(processSequence(process)).toBe(<f64>last);
    published();
    expect<f64>(totalThere('a="1"')).toBe(2);
    speaking(0);
    expect<i32>(whole(processCreate(source), counter, 'a="1"', 1)).toBe(REFUSED);
  });

  it("forgets at the end of a sequence what it did not say of a family that it described, 2^32 sequences later, too", () => {
    for (let i = 0; i < 3; i++) {
      const sequence: u64 = i == 0 ? 1 : i == 1 ? 0xffffffff : 0x100000000;
      count(counter, 'a="' + i.toString() + '"', 1);
      begun(i == 0 ? 0 : 1, sequence);
      described(0, counter);
      said(i, counter, 'a="' + i.toString() + '"', true);
      expect<i32>(applied(process, i == 0 ? FRAME_FULL | FRAME_LAST : FRAME_LAST)).toBe(OK);
      expect<u32>(processSeries(process)).toBe(1);
    }
  });

  it("takes a whole image of another exporter for all that there is, and changes of it not at all", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    whole(process, counter, 'a="1"');
    published();
    speaking(1, 2);
    expect<i32>(counted(process, counter, 'a="1"', 1, 2)).toBe(BEHIND);
    expect<i32>(whole(process, counter, 'a="2"', 3)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    expect<f64>(totalThere('a="2"')).toBe(2);
    speaking(1, 1);
    expect<i32>(counted(process, counter, 'a="1"', 1, 2)).toBe(OK, "all of it was seen before");
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
  });

  it("does not take what there is back for a first image that begins anew", () => {
    count(counter, 'a="1"', 3);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
    published();
    for (let sequence: u64 = 1; sequence < 3; sequence++) {
      begun(0, sequence);
      expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
      published();
      expect<f64>(totalThere('a="1"')).toBe(3);
      expect<f64>(processSequence(process)).toBe(0);
    }
    begun(0, 2, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(3);
    expect<f64>(processSequence(process)).toBe(2);
  });

  it("takes nothing of a process with a baseline before that is there, of whichever exporter, and was seen before", () => {
    count(counter, 'a="1"', 5);
    expect<i32>(whole(process, counter, 'a="1"')).toBe(OK);
    processDrop(process);
    process = processCreate(source);
    begun(0, 4);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST | FRAME_BASED)).toBe(BEHIND);
    begun(0, 3);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST | FRAME_BASELINE)).toBe(OK);
    expect<f64>(processBaseline(process)).toBe(3);
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    count(counter, 'a="1"', 2);
    speaking(1, 2);
    begun(0, 4);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST | FRAME_BASED)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(2);
    // A later baseline belongs to another exporter: the earlier one counts.
    begun(0, 5);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST | FRAME_BASELINE)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(2);
    expect<f64>(processBaseline(process)).toBe(3);
  });

  it("refuses absurd positions, numbers and lengths, and what would break a page", () => {
    const length = define(COUNTER, 0, "jobs", "a");
    const steps: u32[] = [65537, 0x7fffffff, 0x80000000, u32.MAX_VALUE - 1, u32.MAX_VALUE];
    for (let i = 0; i < steps.length; i++) {
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, steps[i], 'a="1"');
      number(1);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
    }
    begun(0, 1);
    definedBytes(65536, length);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
    const blocks: string[] = ['a="1', 'a="1\n"', 'a="1",a="2"', "a=1", 'a\0="1"'];
    for (let i = 0; i < blocks.length; i++) {
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, 0, blocks[i]);
      number(1);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED, blocks[i]);
    }
    const times: f64[] = [NaN, Infinity, -Infinity];
    for (let i = 0; i < times.length; i++) {
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE | SERIES_TIMESTAMP, 0, 'a="1"');
      number(1);
      wide(times[i]);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, 0, 'a="1"', times[i]);
      number(1);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      process = processCreate(source);
    }
    published();
    begin();
    const created = changetype<Series>(tableGet(changetype<Family>(familyThere()).table, 0)).created;
    expect<bool>(isFinite(created)).toBe(true);
    end();
  });

  it("adds a series whose labels are too long with those of its process to what there is no room for", () => {
    const long = 'a="' + "x".repeat(16300) + '"';
    count(counter, long, 3);
    count(counter, 'a="1"', 4);
    const zone = 'zone="' + "z".repeat(100) + '"';
    processLabels(process, input(zone + zone) - zone.length, zone.length);
    begun(0, 1);
    described(0, counter);
    said(0, counter, long, true);
    said(1, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="tallystick_overflow"')).toBe(3);
    expect<f64>(totalThere('a="1",zone="' + "z".repeat(100) + '"')).toBe(4);
    expect<i32>(counted(process, counter, long, 2, 2)).toBe(OK);
    published();
    expect<f64>(totalThere('a="tallystick_overflow"')).toBe(5);
  });

  it("keeps no series of which only nonsense came", () => {
    const length = define(COUNTER, 0, "jobs", "a");
    let used: u32 = 0;
    for (let i = 0; i < 100; i++) {
      define(COUNTER, 0, "jobs", "a");
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, 0, 'a="' + (1000 + i).toString() + '"');
      number(u64.MAX_VALUE);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
      published();
      limboEmpty();
      expect<i32>(familySeries(familyThere())).toBe(0);
      if (i == 50) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBeLessThan(used + 256);
  });

  it("takes the last of what has one position in one frame", () => {
    count(counter, 'a="1"', 1);
    count(counter, 'a="2"', 2);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    entered(0);
    said(0, counter, 'a="2"', true);
    entered(0);
    said(0, counter, 'a="2"', true);
    described(0, counter);
    said(3, counter, 'a="2"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    // Its process says that it has two such series.
    expect<f64>(totalThere('a="2"')).toBe(4);
    expect<u32>(processSeries(process)).toBe(2);
    processDrop(process);
    published();
    expect<i32>(familySeries(familyThere())).toBe(0);
  });

  it("takes no more memory than a frame is worth, however many families it says that there are", () => {
    const length = define(COUNTER, 0, "jobs", "a");
    begun(0, 1);
    for (let i = 0; i < 4000; i++) {
      define(COUNTER, 0, "jobs", "a");
      definedBytes(i, length);
      told(VALUE_WHOLE, 0, 'a="1"');
      number(1);
      told(VALUE_WHOLE, 65000, 'a="2"');
      number(1);
    }
    // The room for the frame stays.
    sealed(FRAME_FULL | FRAME_LAST);
    const used = bytesUsed();
    const last = applied(process, FRAME_FULL | FRAME_LAST);
    expect<bool>(last == REFUSED || last == EXHAUSTED).toBe(true);
    processDrop(process);
    published();
    limboEmpty();
    expect<u32>(bytesUsed()).toBeLessThan(used + 65536);
  });

  it("without memory for any of what it takes goes on later, and neither loses nor repeats anything", () => {
    const seconds = family(HISTOGRAM, 0, "seconds", "a", [0.1, 1]);
    let used: u32 = 0;
    for (let allocation: u32 = 1; allocation < 120; allocation++) {
      const next = processCreate(source);
      speaking(allocation + 1);
      begun(0, 1);
      described(0, counter);
      for (let i = 0; i < 5; i++) {
        count(counter, 'a="' + i.toString() + '"', 1);
        said(i, counter, 'a="' + i.toString() + '"', true);
      }
      described(1, seconds);
      for (let i = 0; i < 5; i++) {
        count(seconds, 'a="' + i.toString() + '"', 0.5);
        said(i, seconds, 'a="' + i.toString() + '"', true);
      }
      const bytes = sealed(FRAME_FULL | FRAME_LAST);
      failFrom(allocation);
      const status = imageApply(next, bytes);
      failFrom(0);
      expect<bool>(status == OK || status == EXHAUSTED || status == WANTED).toBe(true);
      expect<i32>(applied(next, FRAME_FULL | FRAME_LAST)).toBe(OK);
      expect<u32>(processSeries(next)).toBe(10);
      failFrom(allocation);
      sourcePublish(source, 100);
      failFrom(0);
      published();
      for (let i = 0; i < 5; i++) {
        expect<f64>(totalThere('a="' + i.toString() + '"', 0)).toBe(<f64>allocation);
        expect<f64>(totalThere('a="' + i.toString() + '"', 1)).toBe(0.5 * <f64>allocation);
      }
      processDrop(next);
      if (allocation % 3 != 0) continue;
      published();
      limboEmpty();
      if (allocation == 60) used = bytesUsed();
    }
    published();
    limboEmpty();
    expect<u32>(bytesUsed()).toBeLessThan(used + 1024);
    expect<i32>(familySeries(familyThere(0))).toBe(0);
    expect<i32>(familySeries(familyThere(1))).toBe(0);
  });

  it("without memory for a whole image in the place of one shows that one, and later the other", () => {
    let used: u32 = 0;
    count(counter, 'a="0"', 1);
    whole(process, counter, 'a="0"');
    published();
    for (let allocation: u32 = 1; allocation < 60; allocation++) {
      const before = totalThere('a="0"');
      speaking(1, allocation + 1);
      begun(0, 1);
      described(0, counter);
      for (let i = 0; i < 4; i++) {
        count(counter, 'a="' + i.toString() + '"', 1);
        said(i, counter, 'a="' + i.toString() + '"', true);
      }
      const bytes = sealed(FRAME_FULL | FRAME_LAST);
      failFrom(allocation);
      const status = imageApply(process, bytes);
      failFrom(0);
      published();
      if (status != OK) expect<f64>(totalThere('a="0"')).toBe(before);
      expect<i32>(imageApply(process, bytes)).toBe(OK);
      published();
      for (let i = 0; i < 4; i++) expect<f64>(totalThere('a="' + i.toString() + '"')).toBe(<f64>allocation + (i == 0 ? 1 : 0));
      limboEmpty();
      if (allocation == 30) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBeLessThan(used + 512);
    expect<u32>(processSeries(process)).toBe(4);
  });

  it("without memory shows no less of a series that is described anew", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    published();
    count(counter, 'a="1"', 1);
    for (let allocation: u32 = 1; allocation < 12; allocation++) {
      begun(1, 2);
      described(0, counter);
      said(0, counter, 'a="1"', true);
      const bytes = sealed(FRAME_LAST);
      failFrom(allocation);
      const status = imageApply(process, bytes);
      failFrom(0);
      published();
      if (status == OK) break;
      expect<f64>(totalThere('a="1"')).toBe(1);
    }
    expect<f64>(totalThere('a="1"')).toBe(2);
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
      const one: u32 = 1;
      const mask = <u8>(one << (bit & 7));
      store<u8>(at, load<u8>(at) ^ mask);
      expect<bool>(imageApply(process, bytes) != OK).toBe(true, bit.toString());
      store<u8>(at, load<u8>(at) ^ mask);
    }
    expect<i32>(familyThere()).toBe(0);
  });

  it("takes writers of several processes from the retired alone: nobody else speaks for others", () => {
    const level = family(GAUGE, MODE_ALL, "level");
    const instances: u64[] = [5, RETIRED_INSTANCE];
    for (let i = 0; i < instances.length; i++) {
      speaking(instances[i]);
      begun(0, 1);
      described(0, level);
      told(VALUE_NONE, 0, "");
      number(1);
      number(3 | ((<u64>77) << 12));
      wide(2.5);
      const asked = processCreate(source);
      processName(asked, instances[i]);
      expect<i32>(applied(asked, FRAME_FULL | FRAME_LAST)).toBe(i == 0 ? REFUSED : OK);
    }
  });

  it("takes what the retired left where it was asked for alone, and of a process that has a name nothing of another one", () => {
    count(counter, 'a="1"', 3);
    const instances: u64[] = [1, 2, RETIRED_INSTANCE];
    const names: u64[] = [0, 1, 2, RETIRED_INSTANCE];
    for (let i = 0; i < names.length; i++) {
      for (let j = 0; j < instances.length; j++) {
        const one = processCreate(source);
        if (i != 0) processName(one, names[i]);
        speaking(instances[j]);
        const taken = i == 0 ? j != 2 : names[i] == instances[j];
        expect<i32>(whole(one, counter, 'a="1"')).toBe(taken ? OK : REFUSED);
        expect<u32>(processSeries(one)).toBe(u32(taken));
        const bytes = sealed(FRAME_FULL | FRAME_LAST);
        expect<i32>(imageCheck(one, bytes)).toBe(taken ? OK : REFUSED);
        processDrop(one);
      }
    }
  });

  it("refuses a series that lacks a label of its definition, has them in another order, or one that its type prints", () => {
    const two = family(HISTOGRAM, 0, "two", 'a\nb\n"c.d"', [0.1, 1]);
    const plain = family(COUNTER, 0, "plain");
    const whole = 'a="1",b="2","c.d"="3"';
    const right: string[] = [whole, whole + ',zone="eu"', 'a="",b="","c.d"=""'];
    const wrong: string[] = [
      "",
      'a="1"',
      'a="1",b="2"',
      'a="1",b="2",c="3"',
      'b="2",a="1","c.d"="3"',
      'zone="eu",' + whole,
      whole + ',le="1"',
    ];
    for (let i = 0; i < right.length + wrong.length + 2; i++) {
      const ofTwo = i < right.length + wrong.length;
      const block = i < right.length ? right[i] : ofTwo ? wrong[i - right.length] : i & 1 ? 'zone="eu"' : "";
      const one = processCreate(source);
      const taken = i < right.length || !ofTwo;
      begun(0, 1);
      described(0, ofTwo ? two : plain);
      told(VALUE_WHOLE, 0, block);
      number(1);
      if (ofTwo) number(0);
      expect<i32>(applied(one, FRAME_FULL | FRAME_LAST)).toBe(taken ? OK : REFUSED, block);
      processDrop(one);
    }
  });
});
