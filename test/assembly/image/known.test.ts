// Definitions that images have: kept once, asked for once, and looked at before they are believed.

import { define, defined, defineNative, failFrom, family, format } from "../formatted";
import { bytesUsed, listening, source, there } from "./frames";
import {
  isDefinition,
  isRefused,
  knownDefinition,
  knownFamily,
  knownLike,
  knownOf,
  sourceFamily,
  sourceWanted,
} from "../../../assembly/image/known";
import { Source } from "../../../assembly/image/mirror";
import {
  BOUNDS_MAX,
  COUNTER,
  Definition,
  Family,
  GAUGE,
  GAUGE_HISTOGRAM,
  Header,
  HEADER,
  HISTOGRAM,
  KIND_PLAIN,
  MODE_MAX,
  NATIVE,
  SUMMARY,
} from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { familyCreate, familyRemove, familyState } from "../../../assembly/store/family";
import { bucketBytes } from "../../../assembly/store/list";

let kept: usize = 0;
let length: u32 = 0;

/** Keeps the definition that is in the input. */
function keep(bytes: u32): void {
  length = bytes;
  memory.copy(kept, changetype<usize>(defined()), bytes);
}

function record(): Definition {
  return changetype<Definition>(kept);
}

function known(): usize {
  return knownOf(source, kept, length);
}

/** Leads a definition to a family of the registry that takes in. */
function led(to: usize): i32 {
  changetype<Source>(source).wanted = <u32>to;
  memory.copy(changetype<usize>(defined()), sourceWanted(source), length);
  const made = familyCreate(there, load<u32>(there), 0);
  sourceFamily(source, made, familyState());
  return made;
}

beforeEach(() => {
  format();
  listening();
  kept = take(4096, KIND_PLAIN, true);
  keep(define(COUNTER, 0, "jobs", "a"));
});

describe("knownOf", () => {
  it("is one record for equal bytes, and another one for others", () => {
    const one = known();
    expect<usize>(known()).toBe(one);
    expect<i32>(memory.compare(knownDefinition(one), kept, length)).toBe(0);
    keep(define(COUNTER, 0, "jobs", "b"));
    const other = known();
    expect<usize>(other).not.toBe(one);
    // The same length, and another byte at the end.
    keep(define(COUNTER, 0, "jobt", "a"));
    expect<usize>(known()).not.toBe(one);
    keep(define(COUNTER, 0, "jobs", "a"));
    expect<usize>(known()).toBe(one);
  });

  it("is 0 without memory", () => {
    keep(define(COUNTER, 0, "a_name_of_a_length_that_nothing_else_has_had_in_this_memory_so_far", "a"));
    failFrom(1);
    const made = known();
    failFrom(0);
    expect<usize>(made).toBe(0);
    expect<usize>(known()).not.toBe(0);
  });
});

describe("knownFamily", () => {
  it("is asked for first, then the family, until that is no more", () => {
    const one = known();
    expect<usize>(knownFamily(one)).toBe(0);
    expect<bool>(isRefused(one)).toBe(false);
    const made = led(one);
    expect<usize>(knownFamily(one)).toBe(made);
    familyRemove(made, load<u32>(made));
    expect<usize>(knownFamily(one)).toBe(0);
    expect<bool>(isRefused(one)).toBe(false);
    expect<usize>(knownFamily(one)).toBe(0);
    const again = led(one);
    expect<usize>(knownFamily(one)).toBe(again);
  });

  it("is none where it is refused, whatever the state said with it", () => {
    const one = known();
    changetype<Source>(source).wanted = <u32>one;
    sourceFamily(source, 0, 77);
    expect<usize>(knownFamily(one)).toBe(0);
    expect<bool>(isRefused(one)).toBe(true);
  });
});

describe("knownLike", () => {
  it("has the type, the mode and the number of buckets, and takes no memory", () => {
    const shapes = changetype<Header>(HEADER).shapes;
    keep(define(GAUGE, MODE_MAX, "level"));
    const gauge = changetype<Family>(knownLike(known()));
    expect<u32>(gauge.type).toBe(GAUGE);
    expect<u32>(gauge.mode).toBe(MODE_MAX);
    expect<u32>(gauge.shape).toBe(0);
    keep(define(HISTOGRAM, 0, "seconds", "", [NaN, -1, 5]));
    const one = known();
    const used = bytesUsed();
    const like = knownLike(one);
    expect<u32>(bucketBytes(like)).toBe(32);
    expect<usize>(knownLike(one)).toBe(like);
    expect<u32>(bytesUsed()).toBe(used);
    expect<u32>(changetype<Header>(HEADER).shapes).toBe(shapes);
    keep(define(SUMMARY, 0, "wait"));
    expect<u32>(bucketBytes(knownLike(known()))).toBe(8);
  });
});

describe("isDefinition", () => {
  it("is true for what the binding serialises", () => {
    expect<bool>(isDefinition(kept, length)).toBe(true);
    keep(define(GAUGE_HISTOGRAM, 0, "sizes", "a\nb", [1, 2], "Help", "seconds"));
    expect<bool>(isDefinition(kept, length)).toBe(true);
    defineNative("size", "", 3, 160, [1]);
    keep(defined().length);
    expect<bool>(isDefinition(kept, length)).toBe(true);
  });

  it("is false where the bytes are not what the parts say", () => {
    for (let bytes: u32 = 0; bytes < length; bytes++) expect<bool>(isDefinition(kept, bytes)).toBe(false);
    expect<bool>(isDefinition(kept, length + 1)).toBe(false);
    for (let at: usize = offsetof<Definition>("boundCount"); at <= offsetof<Definition>("nameLength"); at += 4) {
      const said = load<u32>(kept + at);
      const lies: u32[] = [said + 1, said - 1, u32.MAX_VALUE, 0x80000000, 0x20000000];
      for (let i = 0; i < lies.length; i++) {
        store<u32>(kept + at, lies[i]);
        expect<bool>(isDefinition(kept, length)).toBe(false, at.toString());
      }
      store<u32>(kept + at, said);
    }
    expect<bool>(isDefinition(kept, length)).toBe(true);
  });

  it("is false for counts whose sum or product comes around", () => {
    record().boundCount = 0x80000000;
    record().quantileCount = 0x80000000;
    expect<bool>(isDefinition(kept, length)).toBe(false);
    record().boundCount = 0x20000000;
    record().quantileCount = 0;
    expect<bool>(isDefinition(kept, length)).toBe(false);
    record().boundCount = 0;
    record().helpLength = 0xffffffff;
    record().unitLength = 1;
    expect<bool>(isDefinition(kept, length)).toBe(false);
    expect<u32>(BOUNDS_MAX).toBeLessThan(0x10000000);
  });

  it("is false for types that there are not, and schemas that no native histogram has", () => {
    const types: u32[] = [0, GAUGE_HISTOGRAM + 1, u32.MAX_VALUE];
    for (let i = 0; i < types.length; i++) {
      record().type = types[i];
      expect<bool>(isDefinition(kept, length)).toBe(false);
    }
    record().type = NATIVE;
    const schemas: i32[] = [-5, 9, i32.MAX_VALUE, i32.MIN_VALUE];
    for (let i = 0; i < schemas.length; i++) {
      record().schema = schemas[i];
      expect<bool>(isDefinition(kept, length)).toBe(false);
    }
    record().schema = 8;
    expect<bool>(isDefinition(kept, length)).toBe(true);
    expect<i32>(family(COUNTER, 0, "unlike")).toBeGreaterThan(0);
  });
});
