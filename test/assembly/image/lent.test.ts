// Numbers that one process alone has are stored where they are shown; all else goes the long way, and nothing is lost between the two.

import { count, family, format, input } from "../formatted";
import {
  applied,
  begun,
  counted,
  described,
  entered,
  familyThere,
  listening,
  number,
  positioned,
  published,
  said,
  source,
  speaking,
  totalThere,
  whole,
  wide,
} from "./frames";
import {
  FRAME_FULL,
  FRAME_LAST,
  SERIES_TIMESTAMP,
  VALUE_DOUBLE,
  VALUE_NONE,
  VALUE_PAIR,
  VALUE_WHOLE,
} from "../../../assembly/image/format";
import { processCreate, processDrop, processFold, processLive } from "../../../assembly/image/processes";
import { sourcePublish } from "../../../assembly/image/publish";
import { Base, BASE_SET, COUNTER, GAUGE, ImportedCell, MODE_LIVE, MODE_MOSTRECENT, MODE_SUM } from "../../../assembly/layout";
import { OK } from "../../../assembly/status";
import { importedVersion } from "../../../assembly/store/imported";
import { headOf, seriesWord } from "../../../assembly/store/list";
import { familyEmpty } from "../../../assembly/store/family";
import { seriesFind, seriesRemove } from "../../../assembly/store/series";
import { begin, end } from "../../../assembly/store/writer";

const BLOCK = 'a="1"';
let jobs: i32 = 0;
let process: usize = 0;

beforeEach(() => {
  format();
  jobs = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
});

function cellThere(position: u32 = 0): ImportedCell {
  begin();
  const cell = headOf(seriesWord(seriesFind(familyThere(position), input(BLOCK))));
  end();
  return changetype<ImportedCell>(cell);
}

/** How often what is shown of a series has changed. */
function version(position: u32 = 0): u32 {
  begin();
  const version = importedVersion(changetype<usize>(cellThere(position)));
  end();
  // With every part, and with every number in it.
  return <u32>(version >> 32) + <u32>version;
}

/** Says a number of the series at the first position, as bytes say it, and nothing else. */
function saidAs(flags: u32, value: f64, sequence: u32): i32 {
  begun(sequence - 1, sequence);
  entered(0);
  positioned(flags, 0);
  if ((flags & ~SERIES_TIMESTAMP) == VALUE_DOUBLE) wide(value);
  else if (flags == VALUE_PAIR) {
    wide(value);
    wide(1);
  } else if (flags == VALUE_WHOLE) number(<u64>value);
  if ((flags & SERIES_TIMESTAMP) != 0) wide(1234);
  return applied(process, FRAME_LAST);
}

/** The one series of a family, shown. */
function shown(metric: i32): void {
  count(metric, BLOCK, 3);
  whole(process, metric, BLOCK);
  published();
}

describe("lentSet", () => {
  it("shows a number at once, in the part that is there, and says that the series is not idle", () => {
    shown(jobs);
    const part = cellThere().part;
    expect<u32>(version()).toBe(1);
    counted(process, jobs, BLOCK, 2, 2);
    expect<f64>(totalThere(BLOCK)).toBe(5);
    expect<u32>(version()).toBe(2);
    expect<u32>(cellThere().part).toBe(part);
    expect<i32>(published()).toBe(0);
    // Who says the same again has not done anything.
    counted(process, jobs, BLOCK, 0, 3);
    expect<u32>(version()).toBe(2);
  });

  it("leaves a sum of two to the next publishing, and is back when one of them is gone", () => {
    shown(jobs);
    const other = processCreate(source);
    speaking(2);
    whole(other, jobs, BLOCK);
    // It is the second one's that is not shown yet: what comes of the first meanwhile is not, either.
    speaking(1);
    counted(process, jobs, BLOCK, 2, 2);
    expect<f64>(totalThere(BLOCK)).toBe(3);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere(BLOCK)).toBe(8);
    counted(process, jobs, BLOCK, 1, 3);
    expect<f64>(totalThere(BLOCK)).toBe(8);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(9);
    processDrop(other);
    counted(process, jobs, BLOCK, 1, 4);
    expect<f64>(totalThere(BLOCK)).toBe(9);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(7);
    counted(process, jobs, BLOCK, 1, 5);
    expect<f64>(totalThere(BLOCK)).toBe(8);
  });

  it("adds what was stored to what others say later", () => {
    shown(jobs);
    counted(process, jobs, BLOCK, 4, 2);
    const other = processCreate(source);
    speaking(2);
    whole(other, jobs, BLOCK);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(14);
  });

  it("leaves values that are no plain double to the sum, which shows them", () => {
    shown(family(GAUGE, MODE_SUM, "level", "a"));
    const bits = [NaN, Infinity, -Infinity, -0.0];
    for (let i = 0; i < bits.length; i++) {
      saidAs(VALUE_DOUBLE, bits[i], 2 + 2 * i);
      expect<i32>(published()).toBe(1);
      // A sum that begins with 0.
      const wanted: f64 = bits[i] == 0 ? 0 : bits[i];
      expect<u64>(reinterpret<u64>(totalThere(BLOCK))).toBe(reinterpret<u64>(wanted));
      saidAs(VALUE_WHOLE, 7, 3 + 2 * i);
      published();
      expect<f64>(totalThere(BLOCK)).toBe(7);
    }
    saidAs(VALUE_NONE, 0, 10);
    expect<u32>(changetype<Base>(<usize>cellThere().part).set).toBe(BASE_SET);
    published();
    expect<u32>(changetype<Base>(<usize>cellThere().part).set).toBe(0);
    saidAs(VALUE_WHOLE, 9, 11);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(9);
    saidAs(VALUE_DOUBLE, 0.5, 12);
    expect<f64>(totalThere(BLOCK)).toBe(0.5);
    saidAs(VALUE_PAIR, 1e16, 13);
    published();
    expect<f64>(changetype<Base>(<usize>cellThere().part).low).toBe(1);
    // The smallest double, and 0.
    saidAs(VALUE_DOUBLE, 5e-324, 14);
    published();
    saidAs(VALUE_DOUBLE, 5e-324, 15);
    expect<f64>(totalThere(BLOCK)).toBe(5e-324);
    saidAs(VALUE_WHOLE, 0, 16);
    expect<f64>(totalThere(BLOCK)).toBe(0);
  });

  it("keeps away from what has a time", () => {
    shown(jobs);
    saidAs(VALUE_DOUBLE | SERIES_TIMESTAMP, 4, 2);
    expect<f64>(totalThere(BLOCK)).toBe(3);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(4);
    saidAs(VALUE_DOUBLE, 5, 3);
    expect<f64>(totalThere(BLOCK)).toBe(4);
    published();
    saidAs(VALUE_DOUBLE, 6, 4);
    expect<f64>(totalThere(BLOCK)).toBe(6);
  });

  it("keeps away from the newest of all, whose order is part of it", () => {
    const newest = family(GAUGE, MODE_MOSTRECENT, "newest", "a");
    shown(newest);
    counted(process, newest, BLOCK, 4, 2);
    expect<f64>(totalThere(BLOCK)).toBe(3);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(4);
  });

  it("shows a series that was removed here again, and one that was reset", () => {
    shown(jobs);
    expect<i32>(seriesRemove(familyThere(), load<u32>(familyThere()), input(BLOCK))).toBe(OK);
    counted(process, jobs, BLOCK, 2, 2);
    expect<bool>(isNaN(totalThere(BLOCK))).toBe(true);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere(BLOCK)).toBe(5);
    counted(process, jobs, BLOCK, 1, 3);
    expect<f64>(totalThere(BLOCK)).toBe(6);
    familyEmpty(familyThere(), load<u32>(familyThere()), true);
    counted(process, jobs, BLOCK, 1, 4);
    expect<f64>(totalThere(BLOCK)).toBe(0);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere(BLOCK)).toBe(7);
    counted(process, jobs, BLOCK, 1, 5);
    expect<f64>(totalThere(BLOCK)).toBe(8);
  });

  it("hides what no living process has, until one is back", () => {
    const live = family(GAUGE, MODE_SUM | MODE_LIVE, "live", "a");
    shown(live);
    processLive(process, false);
    counted(process, live, BLOCK, 2, 2);
    published();
    expect<u32>(cellThere().part).toBe(0);
    counted(process, live, BLOCK, 1, 3);
    expect<i32>(published()).toBe(1);
    expect<u32>(cellThere().part).toBe(0);
    processLive(process, true);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(1);
    counted(process, live, BLOCK, 7, 4);
    expect<f64>(totalThere(BLOCK)).toBe(7);
  });

  it("goes on after its process was folded, with the next one that has the series", () => {
    shown(jobs);
    counted(process, jobs, BLOCK, 2, 2);
    expect<i32>(processFold(process)).toBe(OK);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(5);
    const next = processCreate(source);
    speaking(2);
    whole(next, jobs, BLOCK);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(10);
    counted(next, jobs, BLOCK, 1, 2);
    expect<f64>(totalThere(BLOCK)).toBe(10);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(11);
  });

  it("shows nothing of a whole image before its last part", () => {
    shown(jobs);
    count(jobs, BLOCK, 10);
    begun(0, 2);
    described(0, jobs);
    said(0, jobs, BLOCK, true);
    expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(3);
    begun(0, 2, 1);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(13);
    counted(process, jobs, BLOCK, 1, 3);
    expect<f64>(totalThere(BLOCK)).toBe(14);
  });

  it("publishes fewer than there are, and lends what it has shown", () => {
    begun(0, 1);
    described(0, jobs);
    for (let i = 0; i < 4; i++) {
      count(jobs, 'a="' + i.toString() + '"', 1);
      said(i, jobs, 'a="' + i.toString() + '"', true);
    }
    applied(process, FRAME_FULL | FRAME_LAST);
    expect<i32>(sourcePublish(source, 2)).toBe(2);
    begun(1, 2);
    entered(0);
    for (let i = 0; i < 4; i++) {
      count(jobs, 'a="' + i.toString() + '"', 1);
      said(i, jobs, 'a="' + i.toString() + '"', false);
    }
    applied(process, FRAME_LAST);
    // The last ones that changed are shown first.
    expect<f64>(totalThere('a="3"')).toBe(2);
    expect<f64>(totalThere('a="2"')).toBe(2);
    expect<bool>(isNaN(totalThere('a="0"'))).toBe(true);
    expect<i32>(published()).toBe(2);
    for (let i = 0; i < 4; i++) expect<f64>(totalThere('a="' + i.toString() + '"')).toBe(2);
  });
});
