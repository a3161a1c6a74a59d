// Families of an image and their series: what is asked for, what a number stands for, and what ends.

import { count, define, family, native, summary } from "../formatted";
import { constant, Wanted } from "../wanted";
import { counter, process, ready } from "./applying";
import {
  applied,
  begun,
  definedBytes,
  described,
  entered,
  familyThere,
  gone,
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
} from "./frames";
import { imageApply } from "../../../assembly/image/apply";
import { FRAME_FULL, FRAME_LAST, VALUE_WHOLE } from "../../../assembly/image/format";
import { sourceFamily } from "../../../assembly/image/known";
import { processCreate, processDrop, processSequence, processSeries } from "../../../assembly/image/processes";
import { COUNTER, Family, GAUGE, HISTOGRAM, MODE_SHARED, UNKNOWN } from "../../../assembly/layout";
import { BEHIND, OK, WANTED } from "../../../assembly/status";
import { registryEmpty } from "../../../assembly/store/family";
import { gaugeTotal } from "../../../assembly/store/gauges";
import { readingTimestamp } from "../../../assembly/store/reading";
import { familySeries } from "../../../assembly/store/report";
import { tableGet } from "../../../assembly/store/table";
import { begin, end } from "../../../assembly/store/writer";

describe("imageApply, families and series", () => {
  beforeEach(ready);

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
});
