// Which series comes behind which: found without a search where the order is the same, and never believed of what may have ended.

import { count, family, format } from "../formatted";
import { begun, described, listening, published, said, source, speaking, totalThere, applied } from "./frames";
import { entryDescribed, entryExpected, expectedBegun, expectedEnded } from "../../../assembly/image/expected";
import { entryBlock, Entry, Known, Source } from "../../../assembly/image/mirror";
import { FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { processCreate } from "../../../assembly/image/processes";
import { COUNTER } from "../../../assembly/layout";
import { OK } from "../../../assembly/status";

const BLOCKS: string[] = ['a="1"', 'a="2"', 'a="3"'];
let jobs: i32 = 0;

/** The whole image of a process that describes the series in this order. */
function told(process: u64, order: i32[]): i32 {
  speaking(process);
  begun(0, 1);
  described(0, jobs);
  for (let i = 0; i < order.length; i++) said(i, jobs, BLOCKS[order[i]], true);
  return applied(processCreate(source), FRAME_FULL | FRAME_LAST);
}

function knownOnly(): usize {
  return changetype<Source>(source).known;
}

/** The entry of a block, and the one that is expected behind it, if it has that other block. */
function entryAt(block: string): usize {
  let entry: usize = changetype<Known>(knownOnly()).entries;
  while (load<u8>(entryBlock(entry), 3) != <u8>block.charCodeAt(3)) entry = changetype<Entry>(entry).next;
  return entry;
}

function expected(block: string, next: string): usize {
  expectedBegun();
  entryDescribed(entryAt(block));
  const text = String.UTF8.encode(next);
  return entryExpected(knownOnly(), changetype<usize>(text), text.byteLength);
}

beforeEach(() => {
  format();
  jobs = family(COUNTER, 0, "jobs", "a");
  listening();
  for (let i = 0; i < 3; i++) count(jobs, BLOCKS[i], <f64>i + 1);
});

describe("entryExpected", () => {
  it("tells what was described behind another one last, if that is what is asked for", () => {
    expect<i32>(told(1, [0, 1, 2])).toBe(OK);
    expect<usize>(expected(BLOCKS[0], BLOCKS[1])).toBe(entryAt(BLOCKS[1]));
    expect<usize>(expected(BLOCKS[1], BLOCKS[2])).toBe(entryAt(BLOCKS[2]));
    expect<usize>(expected(BLOCKS[0], BLOCKS[2])).toBe(0);
    expect<i32>(told(2, [0, 2, 1])).toBe(OK);
    expect<usize>(expected(BLOCKS[0], BLOCKS[2])).toBe(entryAt(BLOCKS[2]));
  });

  it("tells nothing of another definition, whatever its labels", () => {
    const done = family(COUNTER, 0, "done", "a");
    count(done, BLOCKS[1], 1);
    // A frame that asks for a family begins anew behind that: the second one does not.
    for (let process: u64 = 1; process <= 2; process++) {
      speaking(process);
      begun(0, 1);
      described(0, jobs);
      said(0, jobs, BLOCKS[0], true);
      described(1, done);
      said(0, done, BLOCKS[1], true);
      expect<i32>(applied(processCreate(source), FRAME_FULL | FRAME_LAST)).toBe(OK);
    }
    // The newest is first.
    const other = changetype<Source>(source).known;
    const known: usize = changetype<Known>(other).next;
    const text = String.UTF8.encode(BLOCKS[1]);
    const block = changetype<usize>(text);
    expectedBegun();
    entryDescribed(changetype<Known>(known).entries);
    expect<usize>(entryExpected(other, block, text.byteLength)).toBe(changetype<Known>(other).entries);
    expect<usize>(entryExpected(known, block, text.byteLength)).toBe(0);
  });

  it("tells nothing after an end, nor at the beginning of a frame", () => {
    told(1, [0, 1, 2]);
    expectedEnded();
    expect<usize>(expected(BLOCKS[0], BLOCKS[1])).toBe(0);
    told(2, [0, 1, 2]);
    expect<usize>(expected(BLOCKS[0], BLOCKS[1])).toBe(entryAt(BLOCKS[1]));
    expectedBegun();
    const text = String.UTF8.encode(BLOCKS[1]);
    expect<usize>(entryExpected(knownOnly(), changetype<usize>(text), text.byteLength)).toBe(0);
  });
});

describe("images in any order", () => {
  it("add up to the same", () => {
    told(1, [0, 1, 2]);
    told(2, [2, 1, 0]);
    told(3, [0, 1, 2]);
    published();
    for (let i = 0; i < 3; i++) expect<f64>(totalThere(BLOCKS[i])).toBe(3 * (<f64>i + 1));
  });
});
