// Who set a constant, and what becomes of what nobody who is there has set.

import { claim, define, defined, family, familyDefined, format, input } from "../formatted";
import { BASE_SET, COUNTER, Family, FAMILY_CONSTANT, GAUGE, MODE_SHARED } from "../../../assembly/layout";
import { constantSet, constantSweep } from "../../../assembly/store/constant";
import { registryFirst } from "../../../assembly/store/registry";
import { familyFind, familyFreed } from "../../../assembly/store/family";
import { familySeries, seriesAt } from "../../../assembly/store/report";
import { seriesFind } from "../../../assembly/store/series";
import { isAbandoned, isConstant, isOrphan, isOwnAlone, isSealed, isThere, SEALED, setterOf } from "../../../assembly/store/setter";
import { writerLeave } from "../../../assembly/store/adopt";
import { begin, end, ownWriter } from "../../../assembly/store/writer";
import { ABSENT, CLASH, CONFLICT, GONE, OK } from "../../../assembly/status";

const NOBODY: u64 = 0x7fffffff;

/** A gauge that collectors set. */
function constants(name: string): i32 {
  define(GAUGE, MODE_SHARED, name, "l");
  defined().flags = FAMILY_CONSTANT;
  return familyDefined();
}

function set(family: i32, block: string, setter: u64): void {
  const length = input(block);
  const status = constantSet(family, load<u32>(family), length, false, BASE_SET, 1, 0, 0, (setter << 32) | 1, length, 0);
  expect<i32>(status).toBe(OK);
}

function named(family: i32, block: string): usize {
  const length = input(block);
  begin();
  const series = seriesFind(family, length);
  end();
  return series;
}

describe("setters", () => {
  it("stand in the upper half of a number, and are there while they own a slot; 0 is whoever does not say", () => {
    format();
    expect<u32>(setterOf(0x500000007)).toBe(5);
    expect<bool>(isThere(ownWriter().identity)).toBe(true);
    expect<bool>(isThere(<u32>NOBODY)).toBe(false);
    expect<bool>(isThere(0)).toBe(true);
  });
});

describe("isOrphan", () => {
  it("is true for a sample whose setter is no instance that is there, false for nobody's and for a series without one", () => {
    format();
    const level = constants("level");
    set(level, 'l="own"', ownWriter().identity);
    set(level, 'l="nobody"', 0);
    set(level, 'l="gone"', NOBODY);
    expect<bool>(isOrphan(named(level, 'l="own"'))).toBe(false);
    expect<bool>(isOrphan(named(level, 'l="nobody"'))).toBe(false);
    expect<bool>(isOrphan(named(level, 'l="gone"'))).toBe(true);
    expect<bool>(isOrphan(0)).toBe(false);
  });

  it("is not told of by seriesAt, but of families that are no constants", () => {
    format();
    const level = constants("level");
    set(level, 'l="gone"', NOBODY);
    set(level, 'l="own"', ownWriter().identity);
    expect<i32>(seriesAt(level, load<u32>(level), 0)).toBe(ABSENT);
    expect<i32>(seriesAt(level, load<u32>(level), 1)).toBe(7);
    const whole = family(GAUGE, MODE_SHARED, "whole", "l");
    set(whole, 'l="gone"', NOBODY);
    expect<i32>(seriesAt(whole, load<u32>(whole), 0)).toBe(8);
  });
});

describe("isSealed", () => {
  it("is true of constants without a series that are to be freed: who sets into them is told, also where the end was cut short", () => {
    format();
    const level = constants("level");
    const state = load<u32>(level);
    set(level, 'l="a"', ownWriter().identity);
    begin();
    expect<bool>(familyFreed(level, state)).toBe(false);
    expect<bool>(isSealed(level)).toBe(false);
    end();
    constantSweep(level, state, ((<u64>ownWriter().identity) << 32) | 2);
    expect<bool>(load<u32>(level) == state).toBe(false);
    const again = constants("level");
    changetype<Family>(again).seriesCount = SEALED;
    expect<u32>(familySeries(again)).toBe(0);
    const length = input('l="a"');
    expect<i32>(constantSet(again, load<u32>(again), length, false, BASE_SET, 1, 0, 0, 1, length, 0)).toBe(GONE);
    set(constants("level"), 'l="a"', ownWriter().identity);
    const jobs = family(COUNTER, 0, "jobs", "l");
    begin();
    expect<bool>(familyFreed(jobs, load<u32>(jobs))).toBe(false);
    end();
  });
});

describe("isOwnAlone, isAbandoned", () => {
  it("tell constants that one setter has, or none, from those of others and from what is no constant", () => {
    format();
    const level = constants("level");
    const own = ownWriter().identity;
    expect<bool>(isConstant(level)).toBe(true);
    expect<bool>(isAbandoned(level)).toBe(true);
    set(level, 'l="gone"', NOBODY);
    expect<bool>(isAbandoned(level)).toBe(true);
    set(level, 'l="own"', own);
    expect<bool>(isAbandoned(level)).toBe(false);
    expect<bool>(isOwnAlone(level, own)).toBe(true);
    set(level, 'l="nobody"', 0);
    expect<bool>(isOwnAlone(level, own)).toBe(false);
    const jobs = family(COUNTER, 0, "jobs");
    expect<bool>(isConstant(jobs)).toBe(false);
    expect<bool>(isAbandoned(jobs)).toBe(false);
  });

  it("free the name of what is abandoned for whoever registers it otherwise, and for a name that would clash", () => {
    format();
    const jobs = constants("jobs");
    const state = load<u32>(jobs);
    set(jobs, 'l="a"', ownWriter().identity);
    expect<i32>(family(COUNTER, 0, "jobs")).toBe(CONFLICT);
    const total = constants("done_total");
    set(total, 'l="a"', ownWriter().identity);
    expect<i32>(family(COUNTER, 0, "done")).toBe(CLASH);
    writerLeave();
    claim();
    expect<i32>(family(COUNTER, 0, "jobs")).toBeGreaterThan(0);
    expect<bool>(load<u32>(jobs) == state).toBe(false);
    expect<i32>(family(COUNTER, 0, "done")).toBeGreaterThan(0);
    expect<i32>(familyFind(registryFirst(), load<u32>(registryFirst()), input("done_total"))).toBe(ABSENT);
  });
});
