// What is said of frames that say what no process can have counted.

import { family, format } from "../formatted";
import { applied, begun, definedBytes, described, listening, number, source, told, wide } from "./frames";
import { FRAME_FULL, FRAME_LAST, VALUE_DOUBLE, VALUE_NONE, VALUE_PAIR } from "../../../assembly/image/format";
import { processCreate, processSeries } from "../../../assembly/image/processes";
import {
  REFUSED_COUNTER,
  REFUSED_HELP,
  REFUSED_WRITER,
  refusalDefinition,
  refusalReason,
  refusalValue,
} from "../../../assembly/image/refusal";
import { COUNTER, Definition, Family, GAUGE, MODE_ALL } from "../../../assembly/layout";
import { OK, REFUSED } from "../../../assembly/status";
import { inputAddress } from "../../../assembly/store/writer";

let process: usize = 0;
let counter: i32 = 0;

beforeEach(() => {
  format();
  counter = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
});

function nameLength(): u32 {
  return changetype<Definition>(refusalDefinition()).nameLength;
}

describe("refusalReason", () => {
  it("is a counter below 0, or NaN, in one half or in two, and what it is", () => {
    const values: f64[] = [-1, -Infinity, NaN, -5e-324];
    for (let i = 0; i < values.length; i++) {
      begun(0, 1);
      described(0, counter);
      told(VALUE_DOUBLE, 0, 'a="1"');
      wide(values[i]);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
      expect<u32>(refusalReason()).toBe(REFUSED_COUNTER);
      expect<u32>(nameLength()).toBe(4);
      expect<u64>(reinterpret<u64>(refusalValue())).toBe(reinterpret<u64>(values[i]));
      expect<u32>(processSeries(process)).toBe(0);
    }
    const halves: f64[][] = [[1e16, -2e16], [1, -Infinity], [Infinity, -Infinity], [1, NaN]]; // prettier-ignore
    for (let i = 0; i < halves.length; i++) {
      begun(0, 1);
      described(0, counter);
      told(VALUE_PAIR, 0, 'a="1"');
      wide(halves[i][0]);
      wide(halves[i][1]);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
      expect<u32>(refusalReason()).toBe(REFUSED_COUNTER);
    }
  });

  it("is none for what a counter may be, and of the next frame", () => {
    const values: f64[] = [Infinity, 0, -0.0, 5e-324, f64.MAX_VALUE];
    for (let i = 0; i < values.length; i++) {
      begun(0, i + 1);
      described(0, counter);
      told(VALUE_DOUBLE, 0, 'a="1"');
      wide(values[i]);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      expect<u32>(refusalReason()).toBe(0);
    }
    begun(0, 9);
    described(0, counter);
    told(VALUE_PAIR, 0, 'a="1"');
    wide(1e16);
    wide(-0.5);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
  });

  it("is a writer that is there twice", () => {
    const each = family(GAUGE, MODE_ALL, "each");
    begun(0, 1);
    described(0, each);
    told(VALUE_NONE, 0, "");
    number(3);
    for (let i: u64 = 0; i < 3; i++) {
      number(i == 2 ? 4000 : 4000 + i);
      wide(7);
    }
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
    expect<u32>(refusalReason()).toBe(REFUSED_WRITER);
    expect<f64>(refusalValue()).toBe(4000);
    expect<u32>(processSeries(process)).toBe(0);
  });

  it("is a help that ends with a carriage return", () => {
    const definition = changetype<Definition>(<usize>changetype<Family>(counter).definition);
    const length = definition.length;
    const room = inputAddress(length + 2);
    // The help stands behind the unit, and is empty in these tests: it gets one.
    const before = <u32>offsetof<Definition>() + definition.unitLength;
    memory.copy(room, changetype<usize>(definition), before);
    store<u8>(room + before, 65);
    store<u8>(room + before + 1, 13);
    memory.copy(room + before + 2, changetype<usize>(definition) + before, length - before);
    expect<u32>(definition.helpLength).toBe(0);
    changetype<Definition>(room).helpLength = 2;
    changetype<Definition>(room).length = length + 2;
    begun(0, 1);
    definedBytes(0, length + 2);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
    expect<u32>(refusalReason()).toBe(REFUSED_HELP);
    expect<u32>(nameLength()).toBe(4);
  });
});
