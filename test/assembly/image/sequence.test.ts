// Which frame of a process is the next. What becomes of those that are, apply.test.ts has.

import { format } from "../formatted";
import { listening, source } from "./frames";
import { FRAME_BASELINE, FRAME_ENDED, FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { frameBegun, frameSealed, frameUntilSet } from "../../../assembly/image/frame";
import { Process, PROCESS_BASELINE, PROCESS_ENDED, PROCESS_HIDDEN } from "../../../assembly/image/mirror";
import { processCreate, processDrop } from "../../../assembly/image/processes";
import { advanced, baselineOf, filled, INCOMING_MOST, isBased, isNext, sayingOf } from "../../../assembly/image/sequence";
import { KIND_PLAIN } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { BEHIND, OK } from "../../../assembly/status";

const PASSED: i32 = 1;
let process: usize = 0;
let frame: usize = 0;

beforeEach(() => {
  format();
  listening();
  process = processCreate(source);
  frame = take(256, KIND_PLAIN, true);
});

/** A frame without records, of a walk during which so many others began. */
function made(generation: u64, base: u64, sequence: u64, part: u32, flags: u32, others: u64 = 0): usize {
  const to = frameBegun(frame, 1, generation, base, sequence, part, 1000);
  frameUntilSet(frame, sequence + others);
  frameSealed(frame, to, flags | (base == 0 ? FRAME_FULL : 0), 0);
  return frame;
}

function nextOf(owner: usize, generation: u64, base: u64, sequence: u64, part: u32, others: u64): i32 {
  return isNext(changetype<Process>(owner), made(generation, base, sequence, part, FRAME_LAST, others));
}

function next(generation: u64, base: u64, sequence: u64, part: u32 = 0, others: u64 = 0): i32 {
  return nextOf(process, generation, base, sequence, part, others);
}

function advancedBy(owner: usize, generation: u64, base: u64, sequence: u64, part: u32, flags: u32, others: u64): void {
  const filling = filled(owner, made(generation, base, sequence, part, flags, others));
  // What was taken of it: something is there.
  changetype<Process>(filling).count++;
  advanced(owner, filling, frame);
}

function advancedTo(generation: u64, base: u64, sequence: u64, part: u32, flags: u32, others: u64 = 0): void {
  advancedBy(process, generation, base, sequence, part, flags, others);
}

function sequenceThere(): u64 {
  return changetype<Process>(process).sequence;
}

/** Whole images that are under way. */
function incomings(owner: usize = process): u32 {
  let count: u32 = 0;
  for (let one: usize = changetype<Process>(owner).incoming; one != 0; one = changetype<Process>(one).incoming) count++;
  return count;
}

describe("isNext", () => {
  it("takes a whole image first, and then what builds upon what there is", () => {
    expect<i32>(next(5, 6, 7)).toBe(BEHIND);
    expect<i32>(next(5, 0, 5)).toBe(OK);
    advancedTo(5, 0, 5, 0, FRAME_LAST);
    expect<i32>(next(5, 0, 5)).toBe(PASSED);
    expect<i32>(next(5, 5, 6)).toBe(OK);
    expect<i32>(next(5, 5, 9)).toBe(OK);
    expect<i32>(next(5, 6, 7)).toBe(BEHIND);
  });

  it("takes another exporter's whole image that began when all that is there was seen, and nothing else of it", () => {
    advancedTo(5, 0, 5, 0, FRAME_LAST, 2);
    expect<i32>(next(3, 0, 8)).toBe(OK);
    expect<i32>(next(3, 0, 7)).toBe(BEHIND, "it began while that was seen");
    expect<i32>(next(3, 4, 8)).toBe(BEHIND, "it builds upon a state of its own");
    expect<i32>(next(3, 0, 3, 0, 2)).toBe(BEHIND, "it ended while that was seen");
    expect<i32>(next(3, 0, 3, 0, 1)).toBe(PASSED, "all of it was seen before");
    expect<i32>(next(3, 2, 4)).toBe(PASSED);
    advancedTo(3, 0, 8, 0, FRAME_LAST);
    expect<i32>(next(5, 5, 9)).toBe(BEHIND);
    expect<i32>(next(5, 0, 9)).toBe(OK);
    expect<i32>(next(3, 8, 9)).toBe(OK);
  });

  it("takes parts one after the other, of one sequence", () => {
    advancedTo(5, 0, 5, 0, FRAME_LAST);
    advancedTo(5, 5, 6, 0, 0);
    expect<i32>(next(5, 5, 6, 1)).toBe(OK);
    expect<i32>(next(5, 5, 6, 2)).toBe(BEHIND);
    expect<i32>(next(5, 5, 7, 1)).toBe(BEHIND);
    // A whole image whose beginning is not here: what is under way is another one.
    expect<i32>(next(5, 0, 6, 1)).toBe(BEHIND);
    expect<i32>(next(6, 0, 7, 1)).toBe(BEHIND);
    expect<i32>(next(5, 5, 6, 0)).toBe(OK, "from its beginning once more");
    expect<u64>(sequenceThere()).toBe(5);
  });

  it("takes nothing older between two parts of a newer sequence", () => {
    advancedTo(5, 0, 5, 0, FRAME_LAST);
    advancedTo(5, 5, 8, 0, 0, 1);
    expect<i32>(next(5, 5, 6)).toBe(BEHIND);
    expect<i32>(next(5, 5, 8, 1)).toBe(OK);
    expect<i32>(next(7, 0, 9)).toBe(BEHIND, "nor what another exporter began meanwhile");
    expect<i32>(next(7, 0, 10)).toBe(OK);
    advancedTo(5, 5, 8, 1, FRAME_LAST, 1);
    advancedTo(5, 0, 12, 0, 0);
    expect<i32>(next(5, 8, 11)).toBe(BEHIND, "nor before a whole image of the same exporter");
    expect<i32>(next(5, 0, 11)).toBe(BEHIND);
    expect<i32>(next(5, 0, 12, 1)).toBe(OK);
    expect<u64>(sequenceThere()).toBe(8);
  });

  it("takes a first image in the middle of which another exporter's came, and the other way round", () => {
    advancedTo(5, 0, 5, 0, 0);
    advancedTo(6, 0, 6, 0, 0);
    expect<i32>(next(5, 0, 5, 1)).toBe(OK);
    expect<i32>(next(6, 0, 6, 1)).toBe(OK);
    advancedTo(6, 0, 6, 1, FRAME_LAST);
    expect<u64>(sequenceThere()).toBe(6);
    expect<i32>(next(5, 0, 5, 1)).toBe(PASSED);
    expect<i32>(next(5, 0, 5, 1, 1)).toBe(BEHIND);
  });
});

describe("advanced", () => {
  it("ends a whole image that had begun by the time at which what is there was seen", () => {
    for (let others: u64 = 0; others < 3; others++) {
      process = processCreate(source);
      advancedTo(5, 0, 5, 0, FRAME_LAST);
      advancedTo(6, 0, 9, 0, 0);
      // Changes that were walked up to the moment 8, 9 or 10.
      advancedTo(5, 5, 8, 0, FRAME_LAST, others);
      expect<u32>(incomings()).toBe(u32(others == 0));
    }
  });

  it("notes the sequence with its last part, and that a process ended", () => {
    advancedTo(5, 0, 5, 0, FRAME_LAST | FRAME_ENDED);
    expect<u64>(sequenceThere()).toBe(5);
    expect<u64>(changetype<Process>(process).generation).toBe(5);
    expect<u32>(changetype<Process>(process).flags & PROCESS_ENDED).toBe(PROCESS_ENDED);
    // Another thread of it goes on.
    advancedTo(5, 5, 6, 0, FRAME_LAST);
    expect<u32>(changetype<Process>(process).flags & PROCESS_ENDED).toBe(0);
  });

  it("lets two exporters that send theirs by turns, part by part, both come to an end", () => {
    advancedTo(5, 0, 5, 0, FRAME_LAST);
    advancedTo(6, 0, 6, 0, 0);
    advancedTo(7, 0, 7, 0, 0);
    expect<u32>(incomings()).toBe(2);
    expect<i32>(next(6, 0, 6, 1)).toBe(OK);
    advancedTo(6, 0, 6, 1, FRAME_LAST);
    expect<u64>(sequenceThere()).toBe(6);
    expect<u32>(incomings()).toBe(1);
    expect<i32>(next(7, 0, 7, 1)).toBe(OK);
    advancedTo(7, 0, 7, 1, FRAME_LAST);
    expect<u64>(sequenceThere()).toBe(7);
    expect<u32>(incomings()).toBe(0);
  });

  it("gives up what is under way and older than what came to its end", () => {
    advancedTo(5, 0, 5, 0, FRAME_LAST);
    advancedTo(6, 0, 6, 0, 0);
    advancedTo(9, 0, 9, 0, 0);
    advancedTo(5, 5, 7, 0, FRAME_LAST);
    expect<u32>(incomings()).toBe(1);
    expect<i32>(next(6, 0, 6, 1)).toBe(PASSED);
    expect<i32>(next(9, 0, 9, 1)).toBe(OK);
    // What its exporter begins anew takes its place, and of many exporters the oldest goes.
    advancedTo(9, 0, 10, 0, 0);
    expect<u32>(incomings()).toBe(1);
    for (let i: u64 = 0; i < INCOMING_MOST; i++) advancedTo(20 + i, 0, 20 + i, 0, 0);
    expect<u32>(incomings()).toBe(INCOMING_MOST);
    expect<i32>(next(9, 0, 10, 1)).toBe(BEHIND);
    expect<i32>(next(20, 0, 20, 1)).toBe(OK);
    processDrop(process);
  });
});

describe("filled", () => {
  it("is a hidden one for a whole image of a process of which something is there", () => {
    expect<usize>(filled(process, made(5, 0, 5, 0, 0))).toBe(process);
    expect<usize>(filled(process, made(6, 0, 6, 0, 0))).toBe(process, "nothing came of the other one");
    advancedTo(6, 0, 6, 0, 0);
    const beside = filled(process, made(6, 0, 6, 0, 0));
    expect<bool>(beside != process).toBe(true, "half of it may be shown");
    advanced(process, beside, frame);
    expect<usize>(filled(process, made(6, 0, 6, 1, 0))).toBe(beside);
    advancedTo(6, 0, 6, 1, FRAME_LAST);
    expect<usize>(filled(process, made(6, 6, 7, 0, 0))).toBe(process);
    const hidden = filled(process, made(9, 0, 9, 0, 0));
    expect<bool>(hidden != process).toBe(true);
    expect<u32>(changetype<Process>(hidden).flags).toBe(PROCESS_HIDDEN);
    expect<usize>(filled(process, made(9, 0, 9, 1, 0))).toBe(hidden);
  });

  it("is the same one once more where a part failed, and what is behind that part is none", () => {
    advancedTo(5, 0, 5, 0, FRAME_LAST);
    filled(process, made(5, 5, 6, 0, 0));
    expect<i32>(next(5, 5, 6, 1)).toBe(BEHIND);
    expect<i32>(next(5, 5, 6, 0)).toBe(OK);
    filled(process, made(5, 0, 7, 0, 0));
    expect<i32>(next(5, 0, 7, 1)).toBe(BEHIND);
    expect<i32>(next(5, 0, 7, 0)).toBe(OK);
  });
});

describe("sayingOf", () => {
  it("is never 0, and another one for the next 4 billion sequences", () => {
    expect<u32>(sayingOf(made(1, 0, 1, 0, 0))).toBe(2);
    expect<u32>(sayingOf(made(1, 0, 0xfffffffe, 0, 0))).toBe(0xffffffff);
    expect<u32>(sayingOf(made(1, 0, 0xffffffff, 0, 0))).toBe(1);
    expect<u32>(sayingOf(made(1, 0, 0x100000000, 0, 0))).toBe(2);
  });
});

describe("baselineOf", () => {
  it("hides a process and its baseline until both are whole", () => {
    const baseline = baselineOf(process);
    expect<usize>(baselineOf(process)).toBe(baseline);
    expect<u32>(changetype<Process>(baseline).flags).toBe(PROCESS_BASELINE | PROCESS_HIDDEN);
    expect<u32>(changetype<Process>(process).flags).toBe(PROCESS_HIDDEN);
    advancedTo(5, 0, 5, 0, FRAME_LAST);
    expect<u32>(changetype<Process>(process).flags).toBe(0);
    expect<u32>(changetype<Process>(baseline).flags).toBe(PROCESS_BASELINE);
    processDrop(process);
  });

  it("is the earliest of those that were told, whichever comes first", () => {
    const baseline = baselineOf(process);
    advancedBy(baseline, 7, 0, 7, 0, FRAME_BASELINE | FRAME_LAST, 1);
    expect<i32>(nextOf(baseline, 9, 0, 9, 0, 0)).toBe(PASSED);
    expect<i32>(nextOf(baseline, 6, 0, 6, 0, 1)).toBe(PASSED, "they overlap");
    expect<i32>(nextOf(baseline, 5, 0, 5, 0, 1)).toBe(OK);
    advancedBy(baseline, 5, 0, 5, 0, FRAME_BASELINE, 0);
    expect<u64>(changetype<Process>(baseline).sequence).toBe(7);
    advancedBy(baseline, 5, 0, 5, 1, FRAME_BASELINE | FRAME_LAST, 1);
    expect<u64>(changetype<Process>(baseline).sequence).toBe(5);
    expect<u64>(changetype<Process>(baseline).until).toBe(6);
    expect<u32>(incomings(baseline)).toBe(0);
  });

  it("is there, and was seen, before anything that builds upon it", () => {
    expect<bool>(isBased(changetype<Process>(process), made(5, 0, 9, 0, 0))).toBe(false);
    const baseline = baselineOf(process);
    advancedBy(baseline, 5, 0, 6, 0, FRAME_BASELINE, 0);
    expect<bool>(isBased(changetype<Process>(process), made(5, 0, 9, 0, 0))).toBe(false);
    advancedBy(baseline, 5, 0, 6, 1, FRAME_BASELINE | FRAME_LAST, 1);
    expect<bool>(isBased(changetype<Process>(process), made(5, 0, 7, 0, 0))).toBe(true);
    expect<bool>(isBased(changetype<Process>(process), made(7, 0, 7, 0, 0))).toBe(false);
    expect<bool>(isBased(changetype<Process>(process), made(7, 0, 8, 0, 0))).toBe(true);
  });
});
