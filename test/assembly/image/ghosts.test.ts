// Entries of what is refused here: found by their blocks, kept within the limits, and shown when the family is taken after all.

import { count, family, failFrom, format, input } from "../formatted";
import {
  answered,
  applied,
  begun,
  bytesUsed,
  described,
  familyThere,
  listening,
  published,
  said,
  source,
  speaking,
  there,
  totalThere,
} from "./frames";
import { Wanted } from "../wanted";
import { entryEnd } from "../../../assembly/image/entries";
import { FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { ghostOf, indexGiven, isGhost } from "../../../assembly/image/ghosts";
import { imageApply } from "../../../assembly/image/apply";
import { isKept, knownAgain, knownLike, sourceKept } from "../../../assembly/image/known";
import { Entry, entryBlock, Known, Source } from "../../../assembly/image/mirror";
import { processCreate, processDrop, processFold, processSeries } from "../../../assembly/image/processes";
import { sealed } from "./frames";
import { COUNTER, KIND_PLAIN, LABELS_BYTES_MAX } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { EXHAUSTED, LIMIT, OK, WANTED } from "../../../assembly/status";
import { begin, end } from "../../../assembly/store/writer";
import { textAt } from "../formatted";

let known: usize = 0;
let jobs: i32 = 0;

/** Applies a whole image of the series at the labels, and refuses its family for now. */
function refusedWhole(process: usize, blocks: string[]): void {
  begun(0, 1);
  described(0, jobs);
  for (let i = 0; i < blocks.length; i++) said(i, jobs, blocks[i], true);
  const bytes = sealed(FRAME_FULL | FRAME_LAST);
  let status = imageApply(process, bytes);
  while (status == WANTED) {
    known = changetype<Source>(source).wanted;
    sourceKept(source, 0, 0);
    status = imageApply(process, bytes);
  }
  expect<i32>(status).toBe(OK);
}

function ghost(block: string): i32 {
  const length = input(block);
  const copy = take(4096, KIND_PLAIN, false);
  const text = String.UTF8.encode(block);
  memory.copy(copy, changetype<usize>(text), length);
  begin();
  const found = ghostOf(known, knownLike(known), copy, length);
  end();
  return found;
}

function blockOf(entry: i32): string {
  return textAt(entryBlock(entry), changetype<Entry>(entry).length);
}

beforeEach(() => {
  format();
  const few = new Wanted(COUNTER, "jobs");
  few.labels = "a";
  few.maxSeries = 3;
  jobs = few.family();
  listening();
  known = 0;
});

describe("ghostOf", () => {
  it("is one entry for a block, however many there are and whichever of them end", () => {
    jobs = family(COUNTER, 0, "many", "a");
    count(jobs, 'a="0"', 1);
    refusedWhole(processCreate(source), ['a="0"']);
    expect<bool>(isGhost(known, knownLike(known))).toBe(true);
    expect<bool>(isGhost(known, jobs)).toBe(false);
    const all: i32[] = [];
    for (let i = 0; i < 100; i++) all.push(ghost('a="' + i.toString() + '"'));
    for (let i = 0; i < 100; i++) {
      expect<i32>(ghost('a="' + i.toString() + '"')).toBe(all[i]);
      expect<string>(blockOf(all[i])).toBe('a="' + i.toString() + '"');
    }
    expect<u32>(changetype<Known>(known).count).toBe(100);
    for (let i = 1; i < 100; i += 2) entryEnd(all[i]);
    expect<u32>(changetype<Known>(known).count).toBe(50);
    // Of those that are left an index is made anew.
    indexGiven(known);
    for (let i = 0; i < 100; i += 2) expect<i32>(ghost('a="' + i.toString() + '"')).toBe(all[i]);
    expect<u32>(changetype<Known>(known).count).toBe(50);
  });

  it("keeps as many as the definition says, and one for what is beyond", () => {
    count(jobs, 'a="1"', 1);
    refusedWhole(processCreate(source), ['a="1"']);
    ghost('a="2"');
    const third = ghost('a="3"');
    const over = ghost('a="4"');
    expect<string>(blockOf(over)).toBe('a="tallystick_overflow"');
    expect<i32>(ghost('a="5"')).toBe(over);
    expect<i32>(ghost('a="tallystick_overflow"')).toBe(over);
    expect<i32>(ghost('a="3"')).toBe(third);
    entryEnd(third);
    expect<string>(blockOf(ghost('a="6"'))).toBe('a="6"');
    expect<i32>(ghost('a="7"')).toBe(over);
  });

  it("is LIMIT for a block that no series has, and EXHAUSTED without memory", () => {
    count(jobs, 'a="1"', 1);
    refusedWhole(processCreate(source), ['a="1"']);
    begin();
    expect<i32>(ghostOf(known, knownLike(known), entryBlock(changetype<Known>(known).entries), LABELS_BYTES_MAX + 1)).toBe(LIMIT);
    end();
    jobs = family(COUNTER, 0, "many", "a");
    count(jobs, 'a="0"', 1);
    refusedWhole(processCreate(source), ['a="0"']);
    for (let i = 0; i < 64; i++) ghost('a="' + i.toString() + '"');
    // A larger index, then the entry.
    const text = 'a="' + "x".repeat(900) + '"';
    const block = String.UTF8.encode(text);
    for (let allocation: u32 = 2; allocation > 0; allocation--) {
      indexGiven(known);
      begin();
      failFrom(allocation);
      const status = ghostOf(known, knownLike(known), changetype<usize>(block), block.byteLength);
      failFrom(0);
      end();
      expect<i32>(status).toBe(EXHAUSTED);
      expect<i32>(ghost('a="63"')).toBeGreaterThan(0);
      expect<u32>(changetype<Known>(known).count).toBe(64);
    }
    expect<string>(blockOf(ghost(text))).toBe(text);
  });
});

describe("what is refused for now", () => {
  it("shows nothing and is there: the living and the dead, added up, when the family is taken", () => {
    const one = processCreate(source);
    const other = processCreate(source);
    const living = processCreate(source);
    count(jobs, 'a="1"', 3);
    refusedWhole(one, ['a="1"']);
    expect<bool>(isKept(known)).toBe(true);
    expect<u32>(processSeries(one)).toBe(1);
    count(jobs, 'a="1"', 37);
    count(jobs, 'a="2"', 7);
    speaking(2);
    refusedWhole(other, ['a="1"', 'a="2"']);
    speaking(3);
    refusedWhole(living, ['a="2"']);
    expect<i32>(published()).toBe(2);
    expect<i32>(familyThere()).toBe(0);
    expect<i32>(processFold(one)).toBe(OK);
    expect<i32>(processFold(other)).toBe(OK);
    begin();
    knownAgain(source, known);
    end();
    expect<i32>(published()).toBe(2);
    expect<f64>(totalThere('a="1"')).toBe(43);
    expect<f64>(totalThere('a="2"')).toBe(14);
    // From now on it is as all others are.
    expect<u32>(changetype<Known>(known).index).toBe(0);
    begun(0, 2);
    described(0, jobs);
    count(jobs, 'a="2"', 1);
    said(0, jobs, 'a="2"', true);
    expect<i32>(applied(living, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="2"')).toBe(15);
  });

  it("leaves nothing behind when its processes are gone", () => {
    count(jobs, 'a="1"', 3);
    count(jobs, 'a="2"', 3);
    let used: u32 = 0;
    for (let i = 0; i < 20; i++) {
      const process = processCreate(source);
      speaking(<u64>i + 1);
      refusedWhole(process, ['a="1"', 'a="2"']);
      processDrop(process);
      published();
      if (i == 5) used = bytesUsed();
    }
    expect<u32>(changetype<Known>(known).entries).toBe(0);
    expect<u32>(bytesUsed()).toBe(used);
    expect<u32>(load<u32>(there) & 3).not.toBe(0);
    answered();
  });
});
