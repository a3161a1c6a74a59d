// Entries: one for each series that a source has something of, with its cell there, whatever becomes of either.

import { count, defined, family, format, input, textAt } from "../formatted";
import { Wanted } from "../wanted";
import {
  applied,
  begun,
  bytesUsed,
  counted,
  described,
  entered,
  familyThere,
  listening,
  published,
  said,
  source,
  speaking,
  there,
  totalThere,
  whole,
} from "./frames";
import { partOfValue } from "../others";
import { cellEnd, entryBound, entryEnd, entryOf, isBound, partShown, seriesBegun } from "../../../assembly/image/entries";
import { FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { knownOf, sourceFamily } from "../../../assembly/image/known";
import { entryChanged, linkMade } from "../../../assembly/image/links";
import { Entry, entryBlock, Known, Link, Source } from "../../../assembly/image/mirror";
import { processCreate, processDrop } from "../../../assembly/image/processes";
import { Cell, COUNTER, DETACHED, Family, FOLDED, GAUGE, ImportedCell, MODE_SHARED, Series } from "../../../assembly/layout";
import { EXHAUSTED, GONE, OK } from "../../../assembly/status";
import { failFrom } from "../formatted";
import { familyCreate, familyEmpty, familyRemove, familyState, registryEmpty } from "../../../assembly/store/family";
import { importedCellOf } from "../../../assembly/store/imported";
import { limboEmpty } from "../../../assembly/store/limbo";
import { cellAfter, headOf, seriesWord } from "../../../assembly/store/list";
import { isIdle } from "../../../assembly/store/expiry";
import { seriesBind, seriesFind, seriesRemove } from "../../../assembly/store/series";
import { counterAdd } from "../../../assembly/metric/counter";
import { begin, clockSet, end, writerRest } from "../../../assembly/store/writer";

let known: usize = 0;
let jobs: i32 = 0;

/** A definition that leads to a family of the registry that takes in. */
function led(wanted: Wanted): usize {
  const length = wanted.put();
  const made = knownOf(source, changetype<usize>(defined()), length);
  changetype<Source>(source).wanted = <u32>made;
  const family = familyCreate(there, load<u32>(there), 0);
  sourceFamily(source, family, familyState());
  jobs = family;
  return made;
}

function wanted(name: string, labels: string = "a"): Wanted {
  const made = new Wanted(COUNTER, name);
  made.labels = labels;
  return made;
}

function entry(block: string): i32 {
  const length = input(block);
  begin();
  const found = entryOf(source, known, jobs, changetype<usize>(defined()), length);
  end();
  return found;
}

function record(at: i32): Entry {
  return changetype<Entry>(at);
}

function blockOf(at: i32): string {
  return textAt(entryBlock(at), record(at).length);
}

function find(block: string): usize {
  begin();
  const series = seriesFind(jobs, input(block));
  end();
  return series;
}

function remove(block: string): i32 {
  return seriesRemove(jobs, load<u32>(jobs), input(block));
}

/** What this process counts here. */
function countThere(block: string, amount: f64): void {
  const cell = seriesBind(jobs, load<u32>(jobs), input(block), false, NaN);
  counterAdd(cell, load<u32>(cell), amount);
}

beforeEach(() => {
  format();
  listening();
  known = led(wanted("jobs"));
});

describe("entryOf", () => {
  it("is one entry for a block, bound to a cell in its series", () => {
    const one = entry('a="1"');
    expect<i32>(one).toBeGreaterThan(0);
    expect<i32>(entry('a="1"')).toBe(one);
    expect<i32>(entry('a="2"')).not.toBe(one);
    expect<bool>(isBound(one)).toBe(true);
    expect<string>(blockOf(one)).toBe('a="1"');
    const series = find('a="1"');
    expect<u32>(record(one).series).toBe(<u32>series);
    expect<usize>(importedCellOf(series, seriesWord(series), source)).toBe(record(one).cell);
    expect<u32>(changetype<ImportedCell>(record(one).cell).entry).toBe(<u32>one);
    expect<u32>(changetype<Family>(jobs).cellCount).toBe(2);
  });

  it("is the same one for two definitions that lead to one family", () => {
    const one = entry('a="1"');
    const other = wanted("jobs");
    other.help = "Says it in other words";
    const length = other.put();
    const second = knownOf(source, changetype<usize>(defined()), length);
    expect<usize>(second).not.toBe(known);
    changetype<Source>(source).wanted = <u32>second;
    sourceFamily(source, jobs, load<u32>(jobs));
    known = second;
    expect<i32>(entry('a="1"')).toBe(one);
    expect<u32>(changetype<Known>(second).entries).toBe(0);
  });

  it("makes nothing without memory, and leaves nothing behind", () => {
    entry('a="1"');
    for (let allocation: u32 = 1; allocation < 8; allocation++) {
      failFrom(allocation);
      const status = entry('a="2"');
      failFrom(0);
      if (status != EXHAUSTED) break;
      expect<u32>(changetype<Known>(known).entries).not.toBe(0);
    }
    const two = entry('a="2"');
    expect<i32>(two).toBeGreaterThan(0);
    expect<bool>(isBound(two)).toBe(true);
  });

  it("is GONE with its family, and makes no series that nobody would end", () => {
    const one = entry('a="1"');
    const family = jobs;
    familyRemove(family, load<u32>(family));
    begin();
    const length = input('a="2"');
    expect<i32>(entryOf(source, known, family, changetype<usize>(defined()), length)).toBe(GONE);
    end();
    expect<bool>(isBound(one)).toBe(false);
  });
});

describe("the entry of what is beyond a family's limit", () => {
  it("has the block that all of them go to, and stays theirs when there is room again", () => {
    const few = wanted("few");
    few.maxSeries = 2;
    known = led(few);
    const one = entry('a="1"');
    entry('a="2"');
    const other = entry('a="3"');
    expect<string>(blockOf(other)).toBe('a="tallystick_overflow"');
    expect<i32>(entry('a="4"')).toBe(other);
    expect<i32>(entry('a="1"')).toBe(one);
    // Room again, and the overflow's series is removed, too.
    remove('a="2"');
    remove('a="tallystick_overflow"');
    begin();
    expect<i32>(entryBound(source, other, jobs)).toBe(other);
    end();
    expect<u32>(record(other).series).toBe(<u32>find('a="tallystick_overflow"'));
    expect<usize>(find('a="3"')).toBe(0);
  });

  it("takes the links of one that finds no room any more", () => {
    const few = wanted("few");
    few.maxSeries = 1;
    known = led(few);
    const one = entry('a="1"');
    const link = linkMade(one, processCreate(source), partOfValue(3));
    remove('a="1"');
    countThere('a="2"', 1);
    begin();
    const bound = entryBound(source, one, jobs);
    end();
    expect<i32>(bound).not.toBe(one);
    expect<string>(blockOf(bound)).toBe('a="tallystick_overflow"');
    entryChanged(source, one);
    expect<i32>(published()).toBe(2);
    expect<u32>(changetype<Link>(link).entry).toBe(<u32>bound);
    expect<f64>(totalThere('a="tallystick_overflow"', 1)).toBe(3);
  });

  it("leaves no total out, whatever is removed and comes again", () => {
    format();
    const told = wanted("few");
    told.maxSeries = 3;
    const few = told.family();
    listening();
    // The process that tells has had no limit.
    changetype<Family>(few).maxSeries = 0;
    const process = processCreate(source);
    begun(0, 1);
    described(0, few);
    for (let i = 0; i < 10; i++) {
      count(few, 'a="' + i.toString() + '"', <f64>(i + 1));
      said(i, few, 'a="' + i.toString() + '"', true);
    }
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(2);
    expect<f64>(totalThere('a="tallystick_overflow"')).toBe(49);
    registryEmpty(there, load<u32>(there), false);
    begun(1, 2);
    entered(0);
    for (let i = 9; i >= 0; i--) count(few, 'a="' + i.toString() + '"', 1);
    for (let i = 0; i < 10; i++) said(i, few, 'a="' + i.toString() + '"', false);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    let all = totalThere('a="tallystick_overflow"');
    for (let i = 0; i < 10; i++) {
      const one = totalThere('a="' + i.toString() + '"');
      if (!isNaN(one)) {
        expect<f64>(one).toBe(<f64>(i + 2));
        all += one;
      }
    }
    expect<f64>(all).toBe(65);
    processDrop(process);
    published();
    expect<bool>(isNaN(totalThere('a="tallystick_overflow"'))).toBe(true);
  });
});

describe("isBound", () => {
  it("is false once the series, or the cell, is another one", () => {
    const one = entry('a="1"');
    remove('a="1"');
    expect<bool>(isBound(one)).toBe(false);
    const other = entry('a="1"');
    expect<i32>(other).not.toBe(one);
    expect<bool>(isBound(other)).toBe(true);
    familyEmpty(jobs, load<u32>(jobs), true);
    expect<bool>(isBound(other)).toBe(false);
  });
});

describe("entryBound", () => {
  it("finds the series again, or the entry that has it by now and gets the links", () => {
    const one = entry('a="1"');
    const link = linkMade(one, processCreate(source), partOfValue(3));
    remove('a="1"');
    begin();
    expect<i32>(entryBound(source, one, jobs)).toBe(one);
    end();
    expect<bool>(isBound(one)).toBe(true);
    remove('a="1"');
    const other = entry('a="1"');
    begin();
    expect<i32>(entryBound(source, one, jobs)).toBe(other);
    end();
    entryChanged(source, one);
    published();
    expect<u32>(record(other).links).toBe(<u32>link);
    expect<u32>(changetype<Known>(known).entries).toBe(<u32>other);
  });

  it("ends a cell that a death left half ended, and makes another one", () => {
    const tokens: u32[] = [FOLDED, DETACHED];
    for (let i = 0; i < tokens.length; i++) {
      const one = entry('a="' + i.toString() + '"');
      const cell: usize = record(one).cell;
      const series: usize = record(one).series;
      partShown(cell, partOfValue(3));
      changetype<Cell>(cell).token = tokens[i];
      begin();
      expect<i32>(entryBound(source, one, jobs)).toBe(one);
      end();
      expect<u32>(record(one).cell).not.toBe(<u32>cell);
      expect<usize>(headOf(seriesWord(series))).toBe(record(one).cell);
      expect<usize>(cellAfter(record(one).cell)).toBe(0);
      expect<u32>(changetype<Cell>(cell).series & 1).toBe(1);
    }
    expect<u32>(changetype<Family>(jobs).cellCount).toBe(2);
  });
});

describe("partShown", () => {
  it("shows one part in the place of another one, which it tells", () => {
    const one = entry('a="1"');
    const cell = record(one).cell;
    const version = changetype<ImportedCell>(cell).version;
    const first = partOfValue(3);
    expect<usize>(partShown(cell, first)).toBe(0);
    expect<f64>(totalThere('a="1"')).toBe(3);
    expect<usize>(partShown(cell, partOfValue(4))).toBe(first);
    expect<f64>(totalThere('a="1"')).toBe(4);
    expect<u32>(changetype<ImportedCell>(cell).version).toBe(version + 2);
  });

  it("leaves nothing behind in cells that are detached", () => {
    count(jobs, "", 1);
    let used: u32 = 0;
    for (let i = 0; i < 60; i++) {
      const one = entry('a="1"');
      partShown(record(one).cell, partOfValue(<f64>i));
      if (i % 2 == 0) remove('a="1"');
      else familyEmpty(jobs, load<u32>(jobs), true);
      begin();
      entryEnd(one);
      end();
      writerRest();
      limboEmpty();
      if (i == 20) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBeLessThan(used + 256);
  });
});

describe("cellEnd and entryEnd", () => {
  it("end a series that nobody else has", () => {
    const one = entry('a="1"');
    partShown(record(one).cell, partOfValue(3));
    begin();
    entryEnd(one);
    end();
    expect<usize>(find('a="1"')).toBe(0);
    expect<u32>(changetype<Known>(known).entries).toBe(0);
    expect<u32>(changetype<Family>(jobs).cellCount).toBe(0);
  });

  it("leave a series to whoever counts in it", () => {
    countThere('a="1"', 2);
    const one = entry('a="1"');
    partShown(record(one).cell, partOfValue(3));
    expect<f64>(totalThere('a="1"')).toBe(5);
    begin();
    cellEnd(jobs, record(one).series, record(one).cell);
    end();
    expect<f64>(totalThere('a="1"')).toBe(2);
    expect<u32>(changetype<Family>(jobs).cellCount).toBe(1);
    expect<bool>(isBound(one)).toBe(false);
  });

  it("leave the list of entries whole, whichever goes", () => {
    const entries: i32[] = [entry('a="1"'), entry('a="2"'), entry('a="3"')];
    begin();
    entryEnd(entries[1]);
    end();
    expect<u32>(changetype<Known>(known).entries).toBe(entries[2]);
    expect<u32>(record(entries[2]).next).toBe(entries[0]);
    expect<u32>(record(entries[0]).before).toBe(entries[2]);
    begin();
    entryEnd(entries[2]);
    entryEnd(entries[0]);
    end();
    expect<u32>(changetype<Known>(known).entries).toBe(0);
  });
});

describe("seriesBegun", () => {
  it("keeps the earliest, and what is unknown", () => {
    const series = <usize>record(entry('a="1"')).series;
    changetype<Series>(series).created = 1000;
    seriesBegun(series, 1100);
    expect<f64>(changetype<Series>(series).created).toBe(1000);
    seriesBegun(series, 900);
    expect<f64>(changetype<Series>(series).created).toBe(900);
    changetype<Series>(series).created = 0;
    seriesBegun(series, 900);
    expect<f64>(changetype<Series>(series).created).toBe(0);
  });
});

describe("series of other processes that expire", () => {
  it("end when nothing has come for so long, and begin again with what they stood at", () => {
    format();
    const told = wanted("jobs");
    told.expireSeconds = 20;
    const counter = told.family();
    listening();
    count(counter, 'a="1"', 3);
    const process = processCreate(source);
    speaking(1);
    whole(process, counter, 'a="1"');
    published();
    const here = familyThere();
    begin();
    const series = seriesFind(here, input('a="1"'));
    expect<bool>(isIdle(here, series)).toBe(false);
    clockSet(1015);
    expect<bool>(isIdle(here, series)).toBe(false);
    end();
    counted(process, counter, 'a="1"', 1, 2);
    published();
    begin();
    expect<bool>(isIdle(here, series)).toBe(false);
    clockSet(1030);
    expect<bool>(isIdle(here, series)).toBe(false);
    clockSet(1040);
    expect<bool>(isIdle(here, series)).toBe(true);
    end();
    seriesRemove(here, load<u32>(here), input('a="1"'));
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    expect<i32>(published()).toBe(0);
    counted(process, counter, 'a="1"', 1, 3);
    published();
    expect<f64>(totalThere('a="1"')).toBe(5);
  });

  it("do not in a family that lets none", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level");
    listening();
    count(level, "", 3);
    whole(processCreate(source), level, "");
    published();
    clockSet(100000);
    expect<f64>(totalThere()).toBe(3);
  });
});
