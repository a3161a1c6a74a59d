// What changes are refused for leaves nothing, wherever it stands in a frame.

import { family, format } from "../formatted";
import { applied, begun, described, entered, listening, positioned, published, source, speaking, told, totalThere, wide } from "./frames";
import { FRAME_FULL, FRAME_LAST, VALUE_DOUBLE } from "../../../assembly/image/format";
import { processCreate } from "../../../assembly/image/processes";
import { REFUSED_COUNTER, refusalReason } from "../../../assembly/image/refusal";
import { COUNTER } from "../../../assembly/layout";
import { OK, REFUSED } from "../../../assembly/status";

let process: usize = 0;
let counter: i32 = 0;

beforeEach(() => {
  format();
  counter = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
});

describe("isLooked", () => {
  it("gives back what was lent, of one process and of many, where a record behind it is refused", () => {
    const other = family(COUNTER, 0, "more", "a");
    const processes: usize[] = [];
    for (let i = 0; i < 5; i++) {
      processes.push(i == 0 ? process : processCreate(source));
      instanceOf(i);
      begun(0, 1);
      described(0, counter);
      for (let s = 0; s < 3; s++) {
        told(VALUE_DOUBLE, 0, s == 0 ? 'a="all"' : 'a="' + i.toString() + "-" + s.toString() + '"');
        wide(10);
      }
      described(1, other);
      told(VALUE_DOUBLE, 0, 'a="all"');
      wide(10);
      expect<i32>(applied(processes[i], FRAME_FULL | FRAME_LAST)).toBe(OK);
    }
    published();
    for (let round: u64 = 2; round < 8; round++) {
      const value = <f64>round * 10 + 0.5;
      for (let i = 0; i < 5; i++) {
        instanceOf(i);
        expect<i32>(changed(processes[i], round, value, value)).toBe(OK);
      }
      published();
      expect<f64>(totalThere('a="all"')).toBe(5 * value);
      expect<f64>(totalThere('a="0-1"')).toBe(value);
      for (let i = 0; i < 5; i++) {
        instanceOf(i);
        expect<i32>(changed(processes[i], round + 1, 1000, -1)).toBe(REFUSED);
        expect<u32>(refusalReason()).toBe(REFUSED_COUNTER);
      }
      published();
      for (let i = 0; i < 5; i++)
        for (let s = 1; s < 3; s++) expect<f64>(totalThere('a="' + i.toString() + "-" + s.toString() + '"')).toBe(value);
      expect<f64>(totalThere('a="all"')).toBe(5 * value);
      expect<f64>(totalThere('a="all"', 1)).toBe(5 * value);
    }
  });
});

describe("lookingBegun", () => {
  it("takes no family twice, and none out of its order", () => {
    const other = family(COUNTER, 0, "more", "a");
    begun(0, 1);
    described(0, counter);
    told(VALUE_DOUBLE, 0, 'a="1"');
    wide(1);
    described(1, other);
    told(VALUE_DOUBLE, 0, 'a="1"');
    wide(1);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    for (let second: u32 = 0; second < 2; second++) {
      begun(1, 2);
      entered(1);
      positioned(VALUE_DOUBLE, 0);
      wide(2);
      entered(second);
      positioned(VALUE_DOUBLE, 0);
      wide(3);
      expect<i32>(applied(process, FRAME_LAST)).toBe(REFUSED);
      expect<u32>(refusalReason()).toBe(0);
      published();
      expect<f64>(totalThere('a="1"', 1)).toBe(1);
    }
  });
});

function instanceOf(i: i32): void {
  speaking(i + 1);
}

/** Three numbers of the first family, and one of the second. */
function changed(process: usize, sequence: u64, value: f64, last: f64): i32 {
  begun(sequence - 1, sequence);
  entered(0);
  for (let s: u32 = 0; s < 3; s++) {
    positioned(VALUE_DOUBLE, s);
    wide(value);
  }
  entered(1);
  positioned(VALUE_DOUBLE, 0);
  wide(last);
  return applied(process, FRAME_LAST);
}
