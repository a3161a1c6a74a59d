// Whose sample names meet: every type beside every other one, against a list of what each type writes.

import { define, defined, family, familyDefined, format, input } from "../formatted";
import {
  COUNTER,
  Family,
  FAMILY_CLASSIC,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  LIVE,
  MODE_SHARED,
  NATIVE,
  PENDING,
  REMOVED,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../../../assembly/layout";
import { clashing } from "../../../assembly/store/clash";
import { conflictAddress, familyFind, familyRemove } from "../../../assembly/store/family";
import { registryFirst } from "../../../assembly/store/registry";
import { ownWriter } from "../../../assembly/store/writer";
import { ABSENT, CLASH, OK } from "../../../assembly/status";

/** The status of a definition beside one that is there. */
function beside(type: u32, name: string, otherType: u32, otherName: string): i32 {
  format();
  const first = family(type, MODE_SHARED, name);
  const status = family(otherType, MODE_SHARED, otherName);
  if (status == CLASH) expect<usize>(conflictAddress()).toBe(first);
  return status > 0 ? OK : status;
}

/** What a type appends to its name, in any of the formats: OpenMetrics and text 0.0.4. */
function suffixes(type: u32): string[] {
  if (type == COUNTER) return ["", "_total", "_created"];
  if (type == HISTOGRAM || type == NATIVE) return ["", "_created", "_bucket", "_sum", "_count"];
  if (type == SUMMARY) return ["", "_created", "_sum", "_count"];
  if (type == GAUGE_HISTOGRAM) return ["", "_bucket", "_sum", "_count", "_gcount", "_gsum"];
  if (type == INFO) return ["", "_info"];
  return [""];
}

/** True where both write a sample, or describe a family, of one name. */
function meet(type: u32, name: string, otherType: u32, otherName: string): bool {
  const own = suffixes(type);
  const other = suffixes(otherType);
  for (let i = 0; i < own.length; i++) {
    for (let j = 0; j < other.length; j++) if (name + own[i] == otherName + other[j]) return true;
  }
  return false;
}

/** A family of this type that would be named so, beside what is there; 0 where none stands in the way. */
function inTheWay(own: usize, type: u32, name: string): usize {
  const length = input(name);
  return clashing(registryFirst(), own, type, ownWriter().input, length);
}

describe("clashing", () => {
  it("says CLASH where two families would write the same sample name, in either order", () => {
    expect<i32>(beside(HISTOGRAM, "size", GAUGE, "size_count")).toBe(CLASH);
    expect<i32>(beside(GAUGE, "size_count", HISTOGRAM, "size")).toBe(CLASH);
    expect<i32>(beside(HISTOGRAM, "size", GAUGE, "size_sum")).toBe(CLASH);
    expect<i32>(beside(HISTOGRAM, "size", GAUGE, "size_bucket")).toBe(CLASH);
    expect<i32>(beside(HISTOGRAM, "size", GAUGE, "size_created")).toBe(CLASH);
    expect<i32>(beside(COUNTER, "jobs", GAUGE, "jobs_total")).toBe(CLASH);
    expect<i32>(beside(GAUGE, "jobs_total", COUNTER, "jobs")).toBe(CLASH);
    expect<i32>(beside(COUNTER, "jobs", GAUGE, "jobs_created")).toBe(CLASH);
    // jobs_total_total, and the bare name jobs_total that metadata would say twice.
    expect<i32>(beside(COUNTER, "jobs", COUNTER, "jobs_total")).toBe(CLASH);
  });

  it("says CLASH for what the later types write, too", () => {
    expect<i32>(beside(INFO, "build", GAUGE, "build_info")).toBe(CLASH);
    expect<i32>(beside(GAUGE, "build_info", INFO, "build")).toBe(CLASH);
    expect<i32>(beside(SUMMARY, "wait", GAUGE, "wait_count")).toBe(CLASH);
    expect<i32>(beside(SUMMARY, "wait", GAUGE, "wait_created")).toBe(CLASH);
    expect<i32>(beside(NATIVE, "size", UNKNOWN, "size_bucket")).toBe(CLASH);
    expect<i32>(beside(GAUGE_HISTOGRAM, "queue", GAUGE, "queue_gcount")).toBe(CLASH);
    expect<i32>(beside(GAUGE_HISTOGRAM, "queue", GAUGE, "queue_gsum")).toBe(CLASH);
    // As text 0.0.4 prints it.
    expect<i32>(beside(GAUGE_HISTOGRAM, "queue", GAUGE, "queue_sum")).toBe(CLASH);
    expect<i32>(beside(STATESET, "size_count", SUMMARY, "size")).toBe(CLASH);
  });

  it("lets names be that only look alike", () => {
    expect<i32>(beside(COUNTER, "jobs", GAUGE, "jobs_sum")).toBe(OK);
    expect<i32>(beside(GAUGE, "size", GAUGE, "size_count")).toBe(OK);
    expect<i32>(beside(HISTOGRAM, "size", GAUGE, "sizes")).toBe(OK);
    expect<i32>(beside(HISTOGRAM, "size", GAUGE, "size_total")).toBe(OK);
    expect<i32>(beside(GAUGE, "a", GAUGE, "b")).toBe(OK);
    expect<i32>(beside(SUMMARY, "wait", GAUGE, "wait_bucket")).toBe(OK);
    expect<i32>(beside(INFO, "build", GAUGE, "build_total")).toBe(OK);
    expect<i32>(beside(GAUGE_HISTOGRAM, "queue", GAUGE, "queue_created")).toBe(OK);
  });

  it("is right for every pair of types under every pair of suffixes", () => {
    const tails: string[] = ["", "_total", "_created", "_bucket", "_sum", "_count", "_gcount", "_gsum", "_info", "_count_sum"];
    let wrong = 0;
    let met = 0;
    for (let type = COUNTER; type <= GAUGE_HISTOGRAM; type++) {
      for (let i = 0; i < tails.length; i++) {
        format();
        const name = "x" + tails[i];
        const there = family(type, MODE_SHARED, name);
        for (let otherType = COUNTER; otherType <= GAUGE_HISTOGRAM; otherType++) {
          for (let j = 0; j < tails.length; j++) {
            const otherName = "x" + tails[j];
            const expected = meet(type, name, otherType, otherName);
            wrong += i32(inTheWay(0, otherType, otherName) != (expected ? <usize>there : 0));
            met += i32(expected);
          }
        }
      }
    }
    expect<i32>(wrong).toBe(0);
    expect<i32>(met).toBeGreaterThan(1000);
  });

  it("takes a name that is nothing but a suffix, or ends within one", () => {
    expect<i32>(beside(GAUGE, "_total", GAUGE, "_sum")).toBe(OK);
    expect<i32>(beside(COUNTER, "_total", GAUGE, "_total_total")).toBe(CLASH);
    expect<i32>(beside(HISTOGRAM, "a", GAUGE, "a_buckets")).toBe(OK);
    expect<i32>(beside(HISTOGRAM, "a", GAUGE, "a_coun")).toBe(OK);
    expect<i32>(beside(HISTOGRAM, "a", GAUGE, "aa_count")).toBe(OK);
  });

  it("does not stand in its own way, nor does one that is removed", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    expect<usize>(inTheWay(size, HISTOGRAM, "size")).toBe(0);
    expect<usize>(inTheWay(0, GAUGE, "size_sum")).toBe(size);
    const state = load<u32>(size);
    store<u32>(size, (state & ~3) | REMOVED);
    expect<usize>(inTheWay(0, GAUGE, "size_sum")).toBe(0);
    store<u32>(size, state);
    familyRemove(size, state);
    expect<usize>(inTheWay(0, GAUGE, "size_sum")).toBe(0);
  });

  it("lets of two that are published at the same moment the one at the lower address stay", () => {
    format();
    const one = family(HISTOGRAM, 0, "size", "", [1]);
    const other = family(GAUGE, MODE_SHARED, "other");
    const lower = min<usize>(one, other);
    const upper = max<usize>(one, other);
    expect<usize>(lower).toBe(one);
    // As if neither had looked yet.
    store<u32>(one, (load<u32>(one) & ~3) | PENDING);
    expect<usize>(inTheWay(upper, GAUGE, "size_sum")).toBe(lower);
    // For one at a lower address it is the other that gives way.
    expect<usize>(inTheWay(lower - 8, GAUGE, "size_sum")).toBe(0);
    // Whoever only asks meets it all the same.
    expect<usize>(inTheWay(0, GAUGE, "size_sum")).toBe(lower);
    store<u32>(one, (load<u32>(one) & ~3) | LIVE);
    expect<usize>(inTheWay(lower - 8, GAUGE, "size_sum")).toBe(lower);
  });

  it("leaves nothing of a family that clashed: the name is free", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    for (let i = 0; i < 50; i++) expect<i32>(family(GAUGE, MODE_SHARED, "size_count")).toBe(CLASH);
    expect<i32>(familyFind(registryFirst(), load<u32>(registryFirst()), input("size_count"))).toBe(ABSENT);
    familyRemove(size, load<u32>(size));
    expect<i32>(family(GAUGE, MODE_SHARED, "size_count")).toBeGreaterThan(0);
  });

  it("goes by the native type, whether it counts into classic buckets or not", () => {
    format();
    define(NATIVE, 0, "size", "", [1]);
    defined().flags = FAMILY_CLASSIC;
    const size = familyDefined();
    expect<u32>(changetype<Family>(size).type).toBe(NATIVE);
    expect<i32>(family(GAUGE, MODE_SHARED, "size_bucket")).toBe(CLASH);
  });
});
