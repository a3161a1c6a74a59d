// Which frame of a process is the next. What becomes of those that are, apply.test.ts has.

import { format } from "../formatted";
import { listening, source } from "./frames";
import { FRAME_ENDED, FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { frameBegun, frameSealed } from "../../../assembly/image/frame";
import { Process, PROCESS_BASELINE, PROCESS_ENDED, PROCESS_HIDDEN } from "../../../assembly/image/mirror";
import { processCreate, processDrop } from "../../../assembly/image/processes";
import { advanced, baselineOf, filled, isNext } from "../../../assembly/image/sequence";
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

/** A frame without records. */
function made(generation: u64, base: u32, sequence: u32, part: u32, flags: u32): usize {
  frameSealed(frame, frameBegun(frame, 1, generation, base, sequence, part, 1000), flags | (base == 0 ? FRAME_FULL : 0), 0);
  return frame;
}

function next(generation: u64, base: u32, sequence: u32, part: u32 = 0): i32 {
  return isNext(changetype<Process>(process), made(generation, base, sequence, part, FRAME_LAST));
}

function advancedTo(generation: u64, base: u32, sequence: u32, part: u32, flags: u32): void {
  advanced(process, process, made(generation, base, sequence, part, flags));
}

describe("isNext", () => {
  it("takes a whole image first, and then what builds upon what there is", () => {
    expect<i32>(next(5, 1, 2)).toBe(BEHIND);
    expect<i32>(next(5, 0, 1)).toBe(OK);
    advancedTo(5, 0, 1, 0, FRAME_LAST);
    expect<i32>(next(5, 0, 1)).toBe(PASSED);
    expect<i32>(next(5, 1, 2)).toBe(OK);
    expect<i32>(next(5, 1, 9)).toBe(OK);
    expect<i32>(next(5, 2, 3)).toBe(BEHIND);
    expect<i32>(next(4, 0, 9)).toBe(PASSED);
    expect<i32>(next(6, 1, 2)).toBe(BEHIND);
    expect<i32>(next(6, 0, 1)).toBe(OK);
  });

  it("takes parts one after the other, of one sequence and generation", () => {
    advancedTo(5, 0, 1, 0, FRAME_LAST);
    advancedTo(5, 1, 2, 0, 0);
    expect<i32>(next(5, 1, 2, 1)).toBe(OK);
    expect<i32>(next(5, 1, 2, 2)).toBe(BEHIND);
    expect<i32>(next(5, 1, 3, 1)).toBe(BEHIND);
    expect<i32>(next(6, 0, 2, 1)).toBe(BEHIND);
    // A whole image whose beginning is not here: what is under way is another one.
    expect<i32>(next(5, 0, 2, 1)).toBe(BEHIND);
    expect<u32>(changetype<Process>(process).sequence).toBe(1);
  });
});

describe("advanced", () => {
  it("notes the sequence with its last part, and that a process ended", () => {
    advancedTo(5, 0, 3, 0, FRAME_LAST | FRAME_ENDED);
    expect<u32>(changetype<Process>(process).sequence).toBe(3);
    expect<u64>(changetype<Process>(process).generation).toBe(5);
    expect<u32>(changetype<Process>(process).flags & PROCESS_ENDED).toBe(PROCESS_ENDED);
    // Another thread of it goes on.
    advancedTo(5, 3, 4, 0, FRAME_LAST);
    expect<u32>(changetype<Process>(process).flags & PROCESS_ENDED).toBe(0);
  });
});

describe("filled", () => {
  it("is a hidden one for a whole image of a process that has one", () => {
    expect<usize>(filled(process, made(5, 0, 1, 0, 0))).toBe(process);
    advancedTo(5, 0, 1, 0, FRAME_LAST);
    expect<usize>(filled(process, made(5, 1, 2, 0, 0))).toBe(process);
    const hidden = filled(process, made(6, 0, 1, 0, 0));
    expect<bool>(hidden != process).toBe(true);
    expect<u32>(changetype<Process>(hidden).flags).toBe(PROCESS_HIDDEN);
    expect<usize>(filled(process, made(6, 0, 1, 1, 0))).toBe(hidden);
  });
});

describe("baselineOf", () => {
  it("hides a process and its baseline until both are whole", () => {
    const baseline = baselineOf(process);
    expect<usize>(baselineOf(process)).toBe(baseline);
    expect<u32>(changetype<Process>(baseline).flags).toBe(PROCESS_BASELINE | PROCESS_HIDDEN);
    expect<u32>(changetype<Process>(process).flags).toBe(PROCESS_HIDDEN);
    advancedTo(5, 0, 1, 0, FRAME_LAST);
    expect<u32>(changetype<Process>(process).flags).toBe(0);
    expect<u32>(changetype<Process>(baseline).flags).toBe(PROCESS_BASELINE);
    processDrop(process);
  });
});
