// What a process has of a series, given by the binding: it becomes a link like any other, and what is as it was changes nothing.

import { family, format, input, summary } from "../formatted";
import { listening, published, source, there, totalThere } from "./frames";
import { givenFamily, givenGone, givenSet } from "../../../assembly/image/given";
import { processCreate, processSeries } from "../../../assembly/image/processes";
import { COUNTER, Definition, Family, HISTOGRAM } from "../../../assembly/layout";
import { GONE, OK, REFUSED } from "../../../assembly/status";
import { familyCreate, familyRemove, familyState } from "../../../assembly/store/family";
import { seriesBuckets } from "../../../assembly/store/report";
import { inputAddress } from "../../../assembly/store/writer";

let process: usize = 0;

beforeEach(() => {
  format();
  listening();
  process = processCreate(source);
});

/** The same family in the registry that takes in. */
function shared(made: i32): i32 {
  const definition: usize = changetype<Family>(made).definition;
  const length = changetype<Definition>(definition).length;
  memory.copy(inputAddress(length + 8), definition, length);
  return familyCreate(there, load<u32>(there), 0);
}

function given(position: u32, block: string, value: f64): i32 {
  return givenSet(process, 0, position, input(block), value, 64);
}

describe("givenSet", () => {
  it("sets, changes and ends series of a family that is there", () => {
    const jobs = shared(family(COUNTER, 0, "jobs", "a"));
    expect<i32>(given(0, 'a="1"', 3)).toBe(REFUSED);
    expect<i32>(givenFamily(process, 0, jobs, familyState())).toBe(OK);
    expect<i32>(given(0, 'a="1"', 3)).toBe(OK);
    expect<i32>(given(1, 'a="2"', 4)).toBe(OK);
    expect<i32>(published()).toBe(2);
    expect<f64>(totalThere('a="1"')).toBe(3);
    expect<f64>(totalThere('a="2"')).toBe(4);
    expect<i32>(given(0, 'a="1"', 3)).toBe(OK);
    expect<i32>(published()).toBe(0);
    expect<i32>(given(0, 'a="1"', 5)).toBe(OK);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere('a="1"')).toBe(5);
    givenGone(process, 0, 1);
    givenGone(process, 0, 7);
    published();
    expect<bool>(isNaN(totalThere('a="2"'))).toBe(true);
    expect<u32>(processSeries(process)).toBe(1);
  });

  it("takes buckets of a histogram, and the count of a summary", () => {
    const seconds = shared(family(HISTOGRAM, 0, "seconds", "a", [0.1, 1]));
    givenFamily(process, 0, seconds, familyState());
    const length = input('a="1"');
    for (let i: u32 = 0; i < 3; i++) store<u64>(inputAddress(0) + 64 + (i << 3), i + 5);
    expect<i32>(givenSet(process, 0, 0, length, 9, 64)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(9);
    for (let i: u32 = 0; i < 3; i++) expect<u64>(load<u64>(seriesBuckets() + (i << 3))).toBe(i + 5);
    const wait = shared(summary("wait"));
    givenFamily(process, 1, wait, familyState());
    const none = input("");
    store<u64>(inputAddress(0) + 64, 7);
    expect<i32>(givenSet(process, 1, 0, none, 2.5, 64)).toBe(OK);
    published();
    expect<f64>(totalThere("", 1)).toBe(2.5);
    expect<u64>(load<u64>(seriesBuckets())).toBe(7);
  });

  it("is GONE where the family was removed, until it is said anew", () => {
    const made = family(COUNTER, 0, "jobs", "a");
    const jobs = shared(made);
    givenFamily(process, 0, jobs, familyState());
    given(0, 'a="1"', 3);
    published();
    familyRemove(jobs, familyState());
    expect<i32>(given(0, 'a="1"', 3)).toBe(GONE);
    expect<i32>(givenFamily(process, 0, jobs, familyState())).toBe(GONE);
    const again = shared(made);
    expect<i32>(givenFamily(process, 0, again, familyState())).toBe(OK);
    expect<i32>(given(0, 'a="1"', 4)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(4);
  });
});
