// Processes of a source: they come, are believed dead, are folded into the retired, or forgotten.

import { processSeconds } from "../../../assembly/image/sequence";
import { count, failFrom, family, format, input, remove, summary } from "../formatted";
import {
  applied,
  begun,
  bytesUsed,
  counted,
  described,
  familyThere,
  listening,
  published,
  said,
  source,
  speaking,
  totalThere,
  whole,
} from "./frames";
import { FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import {
  processCreate,
  processDrop,
  processFold,
  processInstance,
  processLive,
  processRetire,
  processSequence,
} from "../../../assembly/image/processes";
import {
  COUNTER,
  Family,
  GAUGE,
  HISTOGRAM,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  UNKNOWN,
} from "../../../assembly/layout";
import { EXHAUSTED, OK } from "../../../assembly/status";
import { gaugePartCount } from "../../../assembly/store/gauges";
import { seriesBuckets, seriesRead } from "../../../assembly/store/report";
import { limboEmpty } from "../../../assembly/store/limbo";
import { tableGet } from "../../../assembly/store/table";
import { seriesRemove } from "../../../assembly/store/series";
import { begin, end, writerRest } from "../../../assembly/store/writer";

let one: usize = 0;
let other: usize = 0;

beforeEach(() => {
  format();
  listening();
  one = processCreate(source);
  other = processCreate(source);
});

/** Both processes say what a family has now; `first` and `second` are set before each. */
function bothSay(type: u32, mode: u32, first: f64, second: f64): void {
  const made = family(type, mode, "level");
  count(made, "", first);
  speaking(1);
  whole(one, made, "");
  count(made, "", second);
  speaking(2);
  whole(other, made, "");
  published();
}

function dead(process: usize): f64 {
  processLive(process, false);
  published();
  return totalThere();
}

function folded(process: usize): f64 {
  expect<i32>(processFold(process)).toBe(OK);
  published();
  return totalThere();
}

describe("gauges of several processes", () => {
  it("shared: the sum of those that live", () => {
    bothSay(GAUGE, MODE_SHARED, 3, 4);
    expect<f64>(totalThere()).toBe(7);
    expect<f64>(dead(one)).toBe(4);
    expect<f64>(folded(one)).toBe(4);
    expect<bool>(isNaN(dead(other))).toBe(true);
  });

  it("sum: of all, dead or alive", () => {
    const made = family(GAUGE, MODE_SUM, "level");
    count(made, "", 3);
    speaking(1);
    whole(one, made, "");
    speaking(2);
    whole(other, made, "");
    published();
    expect<f64>(totalThere()).toBe(6);
    expect<f64>(dead(one)).toBe(6);
    expect<f64>(folded(one)).toBe(6);
    expect<f64>(folded(other)).toBe(6);
  });

  it("livesum: of those that live", () => {
    bothSay(GAUGE, MODE_SUM | MODE_LIVE, 3, 4);
    expect<f64>(totalThere()).toBe(7);
    expect<f64>(dead(one)).toBe(4);
    expect<f64>(folded(one)).toBe(4);
  });

  it("min and max: of all, and of those that live", () => {
    bothSay(GAUGE, MODE_MIN, 4, 3);
    expect<f64>(totalThere()).toBe(3);
    expect<f64>(folded(other)).toBe(3);
    format();
    listening();
    one = processCreate(source);
    other = processCreate(source);
    bothSay(GAUGE, MODE_MAX | MODE_LIVE, 3, 4);
    expect<f64>(totalThere()).toBe(4);
    expect<f64>(dead(other)).toBe(3);
    expect<f64>(folded(other)).toBe(3);
  });

  it("mostrecent: the newest of all", () => {
    bothSay(GAUGE, MODE_MOSTRECENT, 9, 4);
    expect<f64>(totalThere()).toBe(4);
    expect<f64>(folded(other)).toBe(4);
    expect<f64>(folded(one)).toBe(4);
  });

  it("all: each, whoever is dead; liveall: each that lives", () => {
    bothSay(GAUGE, MODE_ALL, 9, 4);
    begin();
    const series = tableGet(changetype<Family>(familyThere()).table, 0);
    expect<u32>(gaugePartCount(series)).toBe(2);
    end();
    folded(one);
    begin();
    expect<u32>(gaugePartCount(series)).toBe(2);
    end();
    format();
    listening();
    one = processCreate(source);
    other = processCreate(source);
    bothSay(GAUGE, MODE_ALL | MODE_LIVE, 9, 4);
    folded(one);
    begin();
    expect<u32>(gaugePartCount(tableGet(changetype<Family>(familyThere()).table, 0))).toBe(1);
    end();
  });

  it("all keeps the newest 256 of the dead", () => {
    const made = family(GAUGE, MODE_ALL, "level");
    count(made, "", 3);
    for (let i: u64 = 10; i < 400; i++) {
      const process = processCreate(source);
      speaking(i);
      whole(process, made, "");
      expect<i32>(processFold(process)).toBe(OK);
    }
    published();
    begin();
    expect<u32>(gaugePartCount(tableGet(changetype<Family>(familyThere()).table, 0))).toBe(256);
    end();
  });

  it("what is unknown is of those that live", () => {
    bothSay(UNKNOWN, MODE_SHARED, 3, 4);
    expect<f64>(totalThere()).toBe(7);
    expect<f64>(folded(one)).toBe(4);
  });
});

describe("processFold", () => {
  it("changes no total, whatever the number of the dead, and keeps no bytes of them", () => {
    const jobs = family(COUNTER, 0, "jobs", "a");
    const seconds = family(HISTOGRAM, 0, "seconds", "", [0.1, 1]);
    let expected: f64 = 0;
    let used: u32 = 0;
    for (let i: u64 = 10; i < 310; i++) {
      const process = processCreate(source);
      speaking(i);
      count(jobs, 'a="1"', 0.1);
      count(seconds, "", 0.5);
      begun(0, 1);
      described(0, jobs);
      said(0, jobs, 'a="1"', true);
      described(1, seconds);
      said(0, seconds, "", true);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      expected += <f64>(i - 9);
      published();
      const before = totalThere('a="1"', 0);
      expect<i32>(processFold(process)).toBe(OK);
      published();
      expect<f64>(totalThere('a="1"', 0)).toBe(before);
      limboEmpty();
      if (i == 20) used = bytesUsed();
    }
    expect<f64>(totalThere("", 1)).toBe(expected * 0.5);
    const histogram = familyThere(1);
    seriesRead(histogram, load<u32>(histogram), 0);
    expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(<u64>expected);
    expect<u32>(bytesUsed()).toBeLessThan(used + 2048);
  });

  it("needs no memory but for the retired themselves: without that it folds nothing", () => {
    const jobs = family(COUNTER, 0, "jobs", "a");
    const seconds = family(HISTOGRAM, 0, "seconds", "", [0.1, 1]);
    const each = family(GAUGE, MODE_ALL, "each");
    for (let i = 0; i < 20; i++) count(jobs, 'a="' + i.toString() + '"', 1);
    count(seconds, "", 0.5);
    count(each, "", 7);
    for (let p: u64 = 1; p < 5; p++) {
      const process = p == 1 ? one : p == 2 ? other : processCreate(source);
      speaking(p);
      begun(0, 1);
      described(0, jobs);
      for (let i = 0; i < 20; i++) said(i, jobs, 'a="' + i.toString() + '"', true);
      described(1, seconds);
      said(0, seconds, "", true);
      described(2, each);
      said(0, each, "", true);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      published();
      failFrom(1);
      const status = processFold(process);
      failFrom(0);
      expect<i32>(status).toBe(p == 1 ? EXHAUSTED : OK);
      for (let times = 0; times < 2; times++) {
        published();
        for (let i = 0; i < 20; i++) expect<f64>(totalThere('a="' + i.toString() + '"')).toBe(<f64>p);
        expect<f64>(totalThere("", 1)).toBe(0.5 * <f64>p);
        begin();
        expect<u32>(gaugePartCount(tableGet(changetype<Family>(familyThere(2)).table, 0))).toBe(<u32>p);
        end();
        if (p == 1 && times == 0) expect<i32>(processFold(process)).toBe(OK);
      }
    }
  });

  it("keeps nothing of series that ended here, of which only the dead had something", () => {
    const jobs = family(COUNTER, 0, "jobs", "a");
    let used: u32 = 0;
    for (let i: u64 = 10; i < 100; i++) {
      const block = 'a="' + i.toString() + '"';
      count(jobs, block, 1);
      const process = processCreate(source);
      speaking(i);
      whole(process, jobs, block);
      processFold(process);
      published();
      expect<f64>(totalThere(block)).toBe(1);
      // As it does where it expires.
      expect<i32>(seriesRemove(familyThere(), load<u32>(familyThere()), input(block))).toBe(OK);
      remove(jobs, block);
      writerRest();
      limboEmpty();
      if (i == 40) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBeLessThan(used + 1024);
    // A living one of such a series is shown again with the next that it counts.
    count(jobs, 'a="1"', 2);
    speaking(1);
    whole(one, jobs, 'a="1"');
    published();
    seriesRemove(familyThere(), load<u32>(familyThere()), input('a="1"'));
    processFold(other);
    counted(one, jobs, 'a="1"', 1, 2);
    published();
    expect<f64>(totalThere('a="1"')).toBe(3);
  });

  it("keeps the count of a summary, and its newest windows", () => {
    const wait = summary("wait");
    count(wait, "", 5);
    speaking(1);
    whole(one, wait, "");
    published();
    processFold(one);
    published();
    expect<f64>(totalThere()).toBe(5);
  });
});

describe("processDrop", () => {
  it("forgets what a process counted, and ends series that nobody else has", () => {
    const jobs = family(COUNTER, 0, "jobs");
    count(jobs, "", 3);
    speaking(1);
    whole(one, jobs, "");
    speaking(2);
    whole(other, jobs, "");
    published();
    processDrop(one);
    published();
    expect<f64>(totalThere()).toBe(3);
    processDrop(other);
    published();
    expect<bool>(isNaN(totalThere())).toBe(true);
  });
});

describe("processRetire", () => {
  it("puts an image in the place of the retired", () => {
    const jobs = family(COUNTER, 0, "jobs");
    count(jobs, "", 3);
    speaking(1);
    whole(one, jobs, "");
    processFold(one);
    count(jobs, "", 2);
    speaking(9);
    whole(other, jobs, "");
    published();
    expect<f64>(totalThere()).toBe(8);
    expect<i32>(processRetire(other)).toBe(OK);
    published();
    expect<f64>(totalThere()).toBe(5);
    const next = processCreate(source);
    speaking(10);
    whole(next, jobs, "");
    published();
    processFold(next);
    published();
    expect<f64>(totalThere()).toBe(10);
  });
});

describe("what is told of a process", () => {
  it("is its instance, its sequence and its time", () => {
    const jobs = family(COUNTER, 0, "jobs");
    count(jobs, "", 3);
    speaking(77);
    whole(one, jobs, "");
    counted(one, jobs, "", 1, 2);
    expect<u64>(processInstance(one)).toBe(77);
    expect<f64>(processSequence(one)).toBe(2);
    expect<f64>(processSeconds(one)).toBe(1000);
    expect<u64>(processInstance(other)).toBe(0);
  });
});
