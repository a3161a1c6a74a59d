// Frames of a process' image become its links: in their order, once, or not at all. Here what sequences do; families, frames that are refused, and
// what happens without memory are beside it, in one module with this, for each takes seconds to compile.

import "./apply-families";
import "./apply-memory";
import "./apply-refused";
import { count, family } from "../formatted";
import { another, counter, process, ready } from "./applying";
import {
  answered,
  applied,
  begun,
  counted,
  described,
  entered,
  nonsense,
  published,
  said,
  sealed,
  source,
  speaking,
  totalThere,
  whole,
} from "./frames";
import { processBaseline } from "../../../assembly/image/sequence";
import { imageApply } from "../../../assembly/image/apply";
import { FRAME_ENDED, FRAME_BASED, FRAME_BASELINE, FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { processCreate, processDrop, processSequence, processSeries } from "../../../assembly/image/processes";
import { COUNTER } from "../../../assembly/layout";
import { BEHIND, OK, REFUSED, WANTED } from "../../../assembly/status";

describe("imageApply", () => {
  beforeEach(ready);

  it("shows nothing before it is published", () => {
    count(counter, 'a="1"', 3);
    expect<i32>(whole(process, counter, 'a="1"')).toBe(OK);
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere('a="1"')).toBe(3);
    expect<f64>(processSequence(process)).toBe(1);
    expect<u32>(processSeries(process)).toBe(1);
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

  it("notes that a process ended", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    begun(1, 2);
    expect<i32>(applied(process, FRAME_LAST | FRAME_ENDED)).toBe(OK);
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
    another();
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
});
