// Parts as bytes: how many they are, and exemplars; that they come back is decode's test.

import { family, format, input } from "../formatted";
import { count, exemplar, observe, seriesAt, Wanted } from "../wanted";
import { counted, everything, partOf } from "./parts";
import { Base, COUNTER, FAMILY_EXEMPLARS, HISTOGRAM, NATIVE } from "../../../assembly/layout";
import { exemplarsFound, exemplarsPut, partFlags, partPut, partPutBytes } from "../../../assembly/image/encode";
import { SERIES_QUANTILES, SERIES_TIMESTAMP, SERIES_VALUE, VALUE_NONE, VALUE_PAIR, VALUE_WHOLE } from "../../../assembly/image/format";
import { takenEnd, varintTaken, wideTaken } from "../../../assembly/image/varint";
import { begin, end } from "../../../assembly/store/writer";

const room: usize = heap.alloc(1 << 20);

describe("partFlags", () => {
  it("tells of a value, a timestamp and quantiles", () => {
    const families = everything(3);
    const told = families[families.length - 1];
    expect<u32>(partFlags(told, partOf(told))).toBe(VALUE_WHOLE | SERIES_TIMESTAMP | SERIES_QUANTILES);
    // Of a gauge that prints all there is no one value; another was never set.
    expect<u32>(partFlags(families[4], partOf(families[4]))).toBe(VALUE_NONE);
    expect<u32>(partFlags(families[11], partOf(families[11]))).toBe(VALUE_NONE);
    const jobs = family(COUNTER, 0, "sums");
    counted(jobs, 0.1);
    counted(jobs, 0.2);
    expect<bool>((partFlags(jobs, partOf(jobs)) & SERIES_VALUE) == VALUE_NONE).toBe(false);
    expect<bool>((partFlags(jobs, partOf(jobs)) & SERIES_VALUE) == VALUE_PAIR).toBe(false);
  });
});

describe("partPut", () => {
  it("writes no more than it was said to, a counter in one byte and an empty histogram in two", () => {
    const families = everything(40);
    for (let i = 0; i < families.length; i++) {
      const part = partOf(families[i]);
      const to = partPut(room, families[i], part);
      expect<bool>(to - room <= partPutBytes(families[i], part)).toBe(true);
      expect<u32>(changetype<Base>(part).bytes & 7).toBe(0);
    }
    const jobs = family(COUNTER, 0, "small");
    counted(jobs, 5);
    expect<usize>(partPut(room, jobs, partOf(jobs)) - room).toBe(1);
    const sizes = family(HISTOGRAM, 0, "empty", "", [1, 2]);
    seriesAt(sizes);
    expect<usize>(partPut(room, sizes, partOf(sizes)) - room).toBe(2);
  });
});

describe("exemplarsPut", () => {
  it("puts those that a series has, by their slots", () => {
    format();
    const wanted = new Wanted(HISTOGRAM, "sizes");
    wanted.bounds = [1, 2];
    wanted.flags = FAMILY_EXEMPLARS;
    const sizes = wanted.family();
    observe(sizes, 0.5);
    begin();
    expect<u32>(exemplarsFound(sizes, seriesAt(sizes))).toBe(0);
    end();
    exemplar(sizes, 9, 17, 'trace="abc"');
    exemplar(sizes, 1.5, 18, "");
    const series = seriesAt(sizes);
    begin();
    const most = exemplarsFound(sizes, series);
    const to = exemplarsPut(room);
    end();
    expect<bool>(to - room <= most).toBe(true);
    expect<u64>(varintTaken(room, to)).toBe(2);
    expect<u64>(varintTaken(takenEnd(), to)).toBe(1);
    expect<u64>(wideTaken(takenEnd(), to)).toBe(reinterpret<u64>(1.5));
    expect<u64>(wideTaken(takenEnd(), to)).toBe(reinterpret<u64>(18.0));
    expect<u64>(varintTaken(takenEnd(), to)).toBe(0);
    expect<u64>(varintTaken(takenEnd(), to)).toBe(2);
    expect<u64>(wideTaken(takenEnd(), to)).toBe(reinterpret<u64>(9.0));
    expect<u64>(wideTaken(takenEnd(), to)).toBe(reinterpret<u64>(17.0));
    expect<u64>(varintTaken(takenEnd(), to)).toBe(11);
    expect<usize>(takenEnd() + 11).toBe(to);
    expect<string>(String.UTF8.decodeUnsafe(takenEnd(), 11)).toBe('trace="abc"');
    expect<u32>(input("")).toBe(0);
  });

  it("finds none where a family has none, and all that a native histogram may have", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    count(jobs, 1);
    begin();
    expect<u32>(exemplarsFound(jobs, seriesAt(jobs))).toBe(0);
    end();
    const wanted = new Wanted(NATIVE, "wait");
    wanted.flags = FAMILY_EXEMPLARS;
    const wait = wanted.family();
    for (let i = 0; i < 40; i++) {
      observe(wait, 1.2 ** <f64>i);
      exemplar(wait, 1.2 ** <f64>i, i, 'n="1"');
    }
    const series = seriesAt(wait);
    begin();
    expect<bool>(exemplarsFound(wait, series) > 16 * 30).toBe(true);
    const to = exemplarsPut(room);
    expect<u64>(varintTaken(room, to)).toBe(16);
    end();
  });
});
