// Publishing: what changed is shown, series by series, as one finished part.

import { count, failFrom, family, format, input, native, summary } from "../formatted";
import {
  applied,
  begun,
  counted,
  described,
  entered,
  familyThere,
  listening,
  published,
  removed,
  said,
  source,
  speaking,
  there,
  totalThere,
  whole,
} from "./frames";
import { FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { processCreate, processDrop, processFold } from "../../../assembly/image/processes";
import { sourcePublish } from "../../../assembly/image/publish";
import { COUNTER, Header, HEADER, HISTOGRAM, ImportedCell, KIND_PLAIN, Series } from "../../../assembly/layout";
import { give, take } from "../../../assembly/memory/arena";
import { EXHAUSTED, OK, WANTED } from "../../../assembly/status";
import { registryEmpty } from "../../../assembly/store/family";
import { seriesFind, seriesRemove } from "../../../assembly/store/series";
import { counterAdd } from "../../../assembly/metric/counter";
import { seriesBind } from "../../../assembly/store/series";
import { importedVersion } from "../../../assembly/store/imported";
import { headOf, seriesWord } from "../../../assembly/store/list";
import { begin, end } from "../../../assembly/store/writer";

let jobs: i32 = 0;
let process: usize = 0;

beforeEach(() => {
  format();
  jobs = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
});

function removedThere(block: string): i32 {
  return seriesRemove(familyThere(), load<u32>(familyThere()), input(block));
}

/** A text that has little in common with others of its kind. */
function longText(number: u32): string {
  return (number.toString() + "-").repeat(400);
}

/** Takes all bytes there are but so many; the limit that there was. */
function drained(left: u32): u32 {
  const header = changetype<Header>(HEADER);
  const limit = header.softLimit;
  const block = left == 0 ? 0 : take(left, KIND_PLAIN, false);
  header.softLimit = header.next;
  for (let bytes: u32 = 1 << 20; bytes >= 16; bytes >>= 1) while (take(bytes, KIND_PLAIN, false) != 0) {}
  if (block != 0) give(block, left, KIND_PLAIN);
  return limit;
}

/** How often what the source has of the series of a family was replaced, or a number in it. */
function versionThere(position: u32): u32 {
  begin();
  const cell = headOf(seriesWord(seriesFind(familyThere(position), input('a="1"'))));
  const version = importedVersion(cell);
  end();
  return <u32>(version >> 32) + <u32>version;
}

describe("sourcePublish", () => {
  it("shows so many series at once", () => {
    begun(0, 1);
    described(0, jobs);
    for (let i = 0; i < 10; i++) {
      count(jobs, 'a="' + i.toString() + '"', 1);
      said(i, jobs, 'a="' + i.toString() + '"', true);
    }
    applied(process, FRAME_FULL | FRAME_LAST);
    expect<i32>(sourcePublish(source, 4)).toBe(4);
    expect<i32>(sourcePublish(source, 4)).toBe(4);
    expect<i32>(sourcePublish(source, 4)).toBe(2);
    expect<i32>(sourcePublish(source, 4)).toBe(0);
    for (let i = 0; i < 10; i++) expect<f64>(totalThere('a="' + i.toString() + '"')).toBe(1);
  });

  it("adds to what this process counts, and leaves that when the others have nothing more", () => {
    count(jobs, 'a="1"', 3);
    whole(process, jobs, 'a="1"');
    published();
    const cell = seriesBind(familyThere(), load<u32>(familyThere()), input('a="1"'), false, NaN);
    counterAdd(cell, load<u32>(cell), 10);
    expect<f64>(totalThere('a="1"')).toBe(13);
    begun(1, 2);
    entered(0);
    removed(0);
    applied(process, FRAME_LAST);
    published();
    expect<f64>(totalThere('a="1"')).toBe(10);
  });

  it("shows a series again that was removed here when its process counts on", () => {
    count(jobs, 'a="1"', 3);
    whole(process, jobs, 'a="1"');
    published();
    expect<i32>(removedThere('a="1"')).toBe(OK);
    expect<i32>(published()).toBe(0);
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    counted(process, jobs, 'a="1"', 1, 2);
    published();
    expect<f64>(totalThere('a="1"')).toBe(4);
  });

  it("joins what it has of a series that was removed here, whoever counts first", () => {
    count(jobs, 'a="1"', 3);
    const other = processCreate(source);
    speaking(1);
    whole(process, jobs, 'a="1"');
    published();
    removedThere('a="1"');
    speaking(2);
    whole(other, jobs, 'a="1"');
    published();
    expect<f64>(totalThere('a="1"')).toBe(3);
    speaking(1);
    counted(process, jobs, 'a="1"', 1, 2);
    published();
    expect<f64>(totalThere('a="1"')).toBe(7);
    processDrop(other);
    published();
    expect<f64>(totalThere('a="1"')).toBe(4);
  });

  it("forgets what dead processes left of a series that was removed here", () => {
    count(jobs, 'a="1"', 3);
    whole(process, jobs, 'a="1"');
    processFold(process);
    published();
    removedThere('a="1"');
    const other = processCreate(source);
    speaking(2);
    whole(other, jobs, 'a="1"');
    published();
    expect<f64>(totalThere('a="1"')).toBe(3);
  });

  it("asks for families that were removed here", () => {
    count(jobs, 'a="1"', 3);
    whole(process, jobs, 'a="1"');
    published();
    registryEmpty(there, load<u32>(there), false);
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    count(jobs, 'a="1"', 1);
    begun(1, 2);
    entered(0);
    said(0, jobs, 'a="1"', false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    expect<i32>(sourcePublish(source, 10)).toBe(1);
    expect<f64>(totalThere('a="1"')).toBe(4);
    registryEmpty(there, load<u32>(there), false);
    processDrop(process);
    expect<i32>(published()).toBe(1);
    expect<i32>(sourcePublish(source, 10) == WANTED ? 1 : 0).toBe(0);
  });

  it("without memory shows what it showed, and later the rest", () => {
    count(jobs, 'a="1"', 3);
    whole(process, jobs, 'a="1"');
    published();
    counted(process, jobs, 'a="1"', 1, 2);
    failFrom(1);
    const status = sourcePublish(source, 10);
    failFrom(0);
    if (status == EXHAUSTED) expect<f64>(totalThere('a="1"')).toBe(3);
    published();
    expect<f64>(totalThere('a="1"')).toBe(4);
  });

  it("without memory for some shows all others, and first what was shown before", () => {
    const header = changetype<Header>(HEADER);
    const seconds = family(HISTOGRAM, 0, "seconds", "a", [0.1, 1]);
    count(seconds, 'a="1"', 0.5);
    whole(process, seconds, 'a="1"');
    published();
    // Of what it showed before one part is kept for the next.
    counted(process, seconds, 'a="1"', 0.5, 2);
    published();
    for (let sequence: u32 = 3; sequence < 6; sequence++) {
      const position = sequence - 2;
      const block = 'a="' + longText(position) + '"';
      count(seconds, block, 0.5);
      count(seconds, 'a="1"', 0.5);
      begun(sequence - 1, sequence);
      entered(0);
      said(0, seconds, 'a="1"', false);
      // What was said last comes first.
      said(position, seconds, block, true);
      expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
      const limit = drained(0);
      const status = sourcePublish(source, sequence == 4 ? 1 : 100);
      for (let left = status; left == 1;) left = sourcePublish(source, 1);
      header.softLimit = limit;
      if (sequence != 4) expect<i32>(status).toBe(EXHAUSTED);
      expect<f64>(totalThere('a="1"')).toBe(0.5 * <f64>sequence);
      for (let i: u32 = 1; i <= position; i++) expect<bool>(isNaN(totalThere('a="' + longText(i) + '"'))).toBe(true);
    }
    expect<i32>(published()).toBeGreaterThan(0);
    for (let i: u32 = 1; i < 4; i++) expect<f64>(totalThere('a="' + longText(i) + '"')).toBe(0.5);
    expect<i32>(published()).toBe(0);
  });

  it("leaves a few bytes for what is shown already", () => {
    const seconds = family(HISTOGRAM, 0, "seconds", "a", [0.1, 1]);
    const header = changetype<Header>(HEADER);
    count(seconds, 'a="1"', 0.5);
    whole(process, seconds, 'a="1"');
    published();
    const other = processCreate(source);
    speaking(2);
    begun(0, 1);
    described(0, seconds);
    for (let i = 0; i < 300; i++) {
      count(seconds, 'a="' + longText(i) + '"', 0.5);
      said(i, seconds, 'a="' + longText(i) + '"', true);
    }
    expect<i32>(applied(other, FRAME_FULL | FRAME_LAST)).toBe(OK);
    const limit = drained(20000);
    expect<i32>(published()).toBe(EXHAUSTED);
    expect<u32>(header.freeBytes).toBeGreaterThan(8192);
    expect<f64>(totalThere('a="' + longText(299) + '"')).toBe(0.5);
    speaking(1);
    for (let sequence: u32 = 2; sequence < 5; sequence++) {
      counted(process, seconds, 'a="1"', 0.5, sequence);
      published();
      expect<f64>(totalThere('a="1"')).toBe(0.5 * <f64>sequence);
    }
    header.softLimit = limit;
    expect<i32>(published()).toBeGreaterThan(0);
    for (let i = 0; i < 300; i++) expect<f64>(totalThere('a="' + longText(i) + '"')).toBe(0.5);
  });

  it("shows nothing anew where a process tells everything again, so that idle series stay idle", () => {
    count(jobs, 'a="1"', 3);
    whole(process, jobs, 'a="1"');
    published();
    begin();
    const cell = headOf(seriesWord(seriesFind(familyThere(), input('a="1"'))));
    end();
    const part = changetype<ImportedCell>(cell).part;
    const version = changetype<ImportedCell>(cell).version;
    speaking(1, 2);
    expect<i32>(whole(process, jobs, 'a="1"')).toBe(OK);
    expect<i32>(published()).toBe(1);
    expect<u32>(changetype<ImportedCell>(cell).part).toBe(part);
    expect<u32>(changetype<ImportedCell>(cell).version).toBe(version);
    counted(process, jobs, 'a="1"', 1, 2);
    published();
    expect<u32>(versionThere(0)).toBe(version + 1);
  });

  it("shows nothing anew of what has buckets, either, where several processes tell everything again", () => {
    const families: i32[] = [
      family(HISTOGRAM, 0, "sizes", "a", [1, 2, 4]),
      native("wait", "a", 3, 40),
      native("both", "a", 0, 160, [1, 10]),
      summary("spent", "a"),
    ];
    for (let i = 0; i < families.length; i++) {
      const one = processCreate(source);
      const other = processCreate(source);
      for (let value: f64 = 1; value < 8; value += 2) count(families[i], 'a="1"', value);
      for (let generation: u64 = 1; generation <= 2; generation++) {
        speaking(<u64>i * 2 + 1, generation);
        expect<i32>(whole(one, families[i], 'a="1"')).toBe(OK);
        speaking(<u64>i * 2 + 2, generation);
        expect<i32>(whole(other, families[i], 'a="1"')).toBe(OK);
        const before = generation == 1 ? 0 : versionThere(i);
        published();
        if (generation == 2) expect<u32>(versionThere(i)).toBe(before);
      }
      count(families[i], 'a="1"', 3);
      speaking(<u64>i * 2 + 2, 3);
      expect<i32>(whole(other, families[i], 'a="1"')).toBe(OK);
      const before = versionThere(i);
      published();
      expect<u32>(versionThere(i)).toBe(before + 1);
    }
  });

  it("lets a series begin when the first of all processes began it", () => {
    count(jobs, 'a="1"', 3);
    begun(0, 1);
    described(0, jobs);
    said(0, jobs, 'a="1"', true, 900);
    applied(process, FRAME_FULL | FRAME_LAST);
    published();
    begin();
    expect<f64>(changetype<Series>(seriesFind(familyThere(), input('a="1"'))).created).toBe(900);
    end();
  });
});
