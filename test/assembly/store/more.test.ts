// What lies behind a series' key, for the families that want it.

import { bind, define, defined, familyDefined, format, remove, seriesOf } from "../formatted";
import { COUNTER, Family, FAMILY_EXEMPLARS, FAMILY_EXPIRES, More, Series } from "../../../assembly/layout";
import { hasMore, moreOf, SERIES_KEY, seriesRecordBytes } from "../../../assembly/store/more";
import { clockNow, clockPassed, clockSet } from "../../../assembly/store/writer";

const MORE_BYTES: u32 = 16;

/** A family of counters with these flags, whose idle series end after so long. */
function counters(flags: u32, expireSeconds: u32): i32 {
  format();
  define(COUNTER, 0, "jobs", "queue");
  defined().flags = flags;
  defined().expireSeconds = expireSeconds;
  return familyDefined();
}

describe("hasMore", () => {
  it("is true where series have exemplars or may end, and for no other flag", () => {
    expect<bool>(hasMore(counters(0, 0))).toBe(false);
    expect<bool>(hasMore(counters(FAMILY_EXEMPLARS, 0))).toBe(true);
    expect<bool>(hasMore(counters(0, 60))).toBe(true);
    expect<bool>(hasMore(counters(FAMILY_EXEMPLARS, 60))).toBe(true);
    const jobs = counters(0, 0);
    changetype<Family>(jobs).flags = ~(FAMILY_EXEMPLARS | FAMILY_EXPIRES);
    expect<bool>(hasMore(jobs)).toBe(false);
  });
});

describe("seriesRecordBytes", () => {
  it("is record and key, and where the family wants more of it an 8-aligned More", () => {
    const plain = counters(0, 0);
    for (let length: u32 = 0; length < 40; length++) expect<u32>(seriesRecordBytes(plain, length)).toBe(SERIES_KEY + length);
    const more = counters(FAMILY_EXEMPLARS, 0);
    for (let length: u32 = 0; length < 40; length++) {
      const bytes = seriesRecordBytes(more, length);
      expect<u32>(bytes & 7).toBe(0);
      expect<u32>(bytes).toBeGreaterThanOrEqual(SERIES_KEY + length + MORE_BYTES);
      expect<u32>(bytes).toBeLessThan(SERIES_KEY + length + MORE_BYTES + 8);
    }
  });
});

describe("moreOf", () => {
  it("ends where the record ends and begins behind the key", () => {
    const jobs = counters(FAMILY_EXEMPLARS, 0);
    for (let length = 9; length < 30; length++) {
      const series = seriesOf(bind(jobs, 'queue="' + "q".repeat(length - 8) + '"'));
      const keyLength = changetype<Series>(series).keyLength;
      expect<u32>(keyLength).toBe(length);
      expect<usize>(moreOf(series) & 7).toBe(0);
      expect<usize>(moreOf(series)).toBeGreaterThanOrEqual(series + SERIES_KEY + keyLength);
      expect<usize>(moreOf(series) + MORE_BYTES).toBe(series + seriesRecordBytes(jobs, keyLength));
    }
  });

  it("begins with no mark and no exemplars, whatever the record was before, and with the seconds of its making", () => {
    const jobs = counters(FAMILY_EXEMPLARS, 60);
    const first = seriesOf(bind(jobs, 'queue="a"'));
    memory.fill(moreOf(first), 0xee, MORE_BYTES);
    changetype<More>(moreOf(first)).exemplars = 0;
    remove(jobs, 'queue="a"');
    clockSet(clockNow() + 20);
    const series = seriesOf(bind(jobs, 'queue="b"'));
    expect<usize>(series).toBe(first);
    expect<u32>(changetype<More>(moreOf(series)).mark).toBe(0);
    expect<u32>(changetype<More>(moreOf(series)).exemplars).toBe(0);
    expect<u32>(changetype<More>(moreOf(series)).since).toBe(<u32>clockPassed());
  });

  it("leaves the key as it is", () => {
    const jobs = counters(FAMILY_EXEMPLARS, 60);
    for (let length = 1; length < 20; length++) {
      const cell = bind(jobs, 'queue="' + "q".repeat(length) + '"');
      memory.fill(moreOf(seriesOf(cell)), 0xff, MORE_BYTES);
      expect<i32>(bind(jobs, 'queue="' + "q".repeat(length) + '"')).toBe(cell);
      memory.fill(moreOf(seriesOf(cell)), 0, MORE_BYTES);
    }
  });
});
