// Exemplars: the newest of each slot over all writers, and gone with what they were about.

import {
  become,
  bind,
  claim,
  define,
  defineNative,
  defined,
  failFrom,
  family,
  familyDefined,
  format,
  input,
  remove,
  seriesOf,
  textAt,
  tokenOf,
  used,
} from "../formatted";
import {
  COUNTER,
  Exemplar,
  EXEMPLAR_BYTES_MAX,
  FAMILY_EXEMPLARS,
  GAUGE,
  HISTOGRAM,
  More,
  NATIVE_EXEMPLARS,
  SUMMARY,
} from "../../../assembly/layout";
import { bytesFree, bytesReserved } from "../../../assembly/memory/arena";
import { nativeIndex } from "../../../assembly/metric/slots";
import { exemplarAt, exemplarGiven, exemplarSet, exemplarSlots, exemplarsRetire } from "../../../assembly/store/exemplar";
import { familyEmpty } from "../../../assembly/store/family";
import { limboEmpty } from "../../../assembly/store/limbo";
import { moreOf } from "../../../assembly/store/more";
import { begin, end, inputAddress, slotForget } from "../../../assembly/store/writer";
import { EXHAUSTED, LIMIT, NO_WRITER, OK, REFUSED, STALE } from "../../../assembly/status";

/** A family whose samples may have exemplars. */
function exemplary(type: u32, bounds: f64[] = []): i32 {
  format();
  define(type, 0, "made", "l", bounds);
  defined().flags = FAMILY_EXEMPLARS;
  return familyDefined();
}

function exemplaryNative(bounds: f64[] = []): i32 {
  format();
  defineNative("made", "l", 3, 160, bounds);
  defined().flags |= FAMILY_EXEMPLARS;
  return familyDefined();
}

/** Keeps what an observation in a cell was about. */
function about(cell: i32, value: f64, seconds: f64, labels: string): i32 {
  const length = input(labels);
  return exemplarSet(cell, tokenOf(cell), value, seconds, length);
}

/** The labels in a slot, "" for none. */
function labelsAt(series: usize, slot: u32): string {
  begin();
  const exemplar = exemplarAt(series, slot);
  const text = exemplar == 0 ? "" : textAt(exemplar + offsetof<Exemplar>(), changetype<Exemplar>(exemplar).length);
  end();
  return text;
}

/** How many slots of a series have an exemplar. */
function kept(family: i32, series: usize): u32 {
  let count: u32 = 0;
  begin();
  for (let slot: u32 = 0; slot < exemplarSlots(family); slot++) count += u32(exemplarAt(series, slot) != 0);
  end();
  return count;
}

describe("exemplarSlots", () => {
  it("is one for a counter, one a bucket for a histogram, NATIVE_EXEMPLARS more for a native one", () => {
    expect<u32>(exemplarSlots(exemplary(COUNTER))).toBe(1);
    expect<u32>(exemplarSlots(exemplary(HISTOGRAM, [1, 2, 5]))).toBe(4);
    expect<u32>(exemplarSlots(exemplaryNative())).toBe(NATIVE_EXEMPLARS);
    expect<u32>(exemplarSlots(exemplaryNative([1, 2]))).toBe(NATIVE_EXEMPLARS + 3);
  });

  it("is 0 for all others, and where the definition does not say so", () => {
    expect<u32>(exemplarSlots(exemplary(GAUGE))).toBe(0);
    expect<u32>(exemplarSlots(exemplary(SUMMARY))).toBe(0);
    format();
    expect<u32>(exemplarSlots(family(COUNTER, 0, "jobs"))).toBe(0);
    expect<u32>(exemplarSlots(family(HISTOGRAM, 0, "size", "", [1]))).toBe(0);
  });
});

describe("exemplarSet", () => {
  it("keeps value, time and labels, and has none before", () => {
    const jobs = exemplary(COUNTER);
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    expect<string>(labelsAt(series, 0)).toBe("");
    expect<i32>(about(cell, 2.5, 1000.25, 'trace="abc"')).toBe(OK);
    expect<string>(labelsAt(series, 0)).toBe('trace="abc"');
    begin();
    const record = changetype<Exemplar>(exemplarAt(series, 0));
    end();
    expect<f64>(record.value).toBe(2.5);
    expect<f64>(record.seconds).toBe(1000.25);
    expect<i32>(about(cell, 1, 1001, "")).toBe(OK);
    expect<u32>(kept(jobs, series)).toBe(1);
    expect<string>(labelsAt(series, 0)).toBe("");
  });

  it("lets the newest by its time win over two writers, whoever comes last", () => {
    const jobs = exemplary(COUNTER);
    const first = claim();
    const mine = bind(jobs, "");
    const second = claim();
    const theirs = bind(jobs, "");
    const series = seriesOf(mine);
    about(theirs, 1, 50, 'of="second",at="50"');
    become(first);
    about(mine, 1, 60, 'of="first",at="60"');
    expect<string>(labelsAt(series, 0)).toBe('of="first",at="60"');
    // One that was on its way for long.
    become(second);
    expect<i32>(about(theirs, 1, 55, 'of="second",at="55"')).toBe(OK);
    expect<string>(labelsAt(series, 0)).toBe('of="first",at="60"');
    about(theirs, 1, 61, 'of="second",at="61"');
    become(first);
    expect<string>(labelsAt(series, 0)).toBe('of="second",at="61"');
    // Of two at one time the later one.
    about(mine, 1, 61, 'of="first",at="61"');
    expect<string>(labelsAt(series, 0)).toBe('of="first",at="61"');
  });

  it("keeps one a bucket", () => {
    const size = exemplary(HISTOGRAM, [1, 2]);
    const cell = bind(size, "");
    const series = seriesOf(cell);
    about(cell, 1, 1, 'v="1"');
    about(cell, 2, 1, 'v="2"');
    expect<string>(labelsAt(series, 2)).toBe("");
    about(cell, 9, 1, 'v="9"');
    expect<string>(labelsAt(series, 0)).toBe('v="1"');
    expect<string>(labelsAt(series, 1)).toBe('v="2"');
    expect<string>(labelsAt(series, 2)).toBe('v="9"');
    about(cell, -5, 2, 'v="-5"');
    expect<string>(labelsAt(series, 0)).toBe('v="-5"');
    expect<string>(labelsAt(series, 1)).toBe('v="2"');
  });

  it("keeps those of a native histogram by their buckets, so that a rare value keeps its own", () => {
    const size = exemplaryNative();
    const cell = bind(size, "", 1);
    const series = seriesOf(cell);
    // Four buckets a power of two, 16 slots for positive values: those of values within four powers of two do not meet.
    about(cell, 1000, 1, 'v="rare"');
    for (let i = 0; i < 200; i++) about(cell, 1.6, 2 + <f64>i, 'v="often' + i.toString() + '"');
    expect<u32>(kept(size, series)).toBe(2);
    expect<string>(labelsAt(series, 1 + (<u32>nativeIndex(1000, 2) % 16))).toBe('v="rare"');
    expect<string>(labelsAt(series, 1 + (<u32>nativeIndex(1.6, 2) % 16))).toBe('v="often199"');
    for (let value: f64 = 1e-9; value < 1e9; value *= 1.1) expect<i32>(about(cell, value, 500, 'v="all"')).toBe(OK);
    expect<u32>(kept(size, series)).toBe(16);
    for (let value: f64 = -1e-9; value > -1e9; value *= 1.1) expect<i32>(about(cell, value, 500, 'v="below"')).toBe(OK);
    expect<u32>(kept(size, series)).toBe(24);
    about(cell, 0, 500, 'v="zero"');
    expect<u32>(kept(size, series)).toBe(NATIVE_EXEMPLARS);
    for (let slot: u32 = 0; slot < NATIVE_EXEMPLARS; slot++) {
      expect<string>(labelsAt(series, slot)).toBe(slot == 0 ? 'v="zero"' : slot <= 16 ? 'v="all"' : 'v="below"');
    }
  });

  it("takes zeros and negative values of a native histogram", () => {
    const size = exemplaryNative();
    const cell = bind(size, "", 1);
    const values: f64[] = [0, -0.0, -1, -1e300, 5e-324, 1.7976931348623157e308];
    for (let i = 0; i < values.length; i++) {
      expect<i32>(about(cell, values[i], <f64>i, 'v="' + i.toString() + '"')).toBe(OK);
    }
    expect<u32>(kept(size, seriesOf(cell))).toBeGreaterThan(1);
    familyEmpty(size, load<u32>(size), true);
    const next = bind(size, "", 1);
    about(next, -0.0, 1, 'v="0"');
    expect<string>(labelsAt(seriesOf(next), 0)).toBe('v="0"');
  });

  it("keeps one a classic bucket of a native histogram that has some, besides", () => {
    const size = exemplaryNative([1, 2]);
    const cell = bind(size, "", 1);
    const series = seriesOf(cell);
    about(cell, 0.5, 1, 'v="a"');
    about(cell, 9, 1, 'v="b"');
    expect<string>(labelsAt(series, NATIVE_EXEMPLARS)).toBe('v="a"');
    expect<string>(labelsAt(series, NATIVE_EXEMPLARS + 1)).toBe("");
    expect<string>(labelsAt(series, NATIVE_EXEMPLARS + 2)).toBe('v="b"');
    expect<u32>(kept(size, series)).toBe(4);
  });

  it("keeps the series of one family apart", () => {
    const jobs = exemplary(COUNTER);
    const one = bind(jobs, 'l="1"');
    const other = bind(jobs, 'l="2"');
    about(one, 1, 1, 'of="1"');
    expect<string>(labelsAt(seriesOf(other), 0)).toBe("");
    about(other, 1, 1, 'of="2"');
    expect<string>(labelsAt(seriesOf(one), 0)).toBe('of="1"');
    expect<string>(labelsAt(seriesOf(other), 0)).toBe('of="2"');
  });

  it("is REFUSED where samples of the family have none", () => {
    format();
    const cell = bind(family(COUNTER, 0, "jobs"), "");
    expect<i32>(about(cell, 1, 1, 'of="1"')).toBe(REFUSED);
  });

  it("is STALE where the cell is no longer the handle's", () => {
    const jobs = exemplary(COUNTER);
    const cell = bind(jobs, 'l="1"');
    const token = tokenOf(cell);
    expect<i32>(exemplarSet(cell, token + 1, 1, 1, input('of="1"'))).toBe(STALE);
    remove(jobs, 'l="1"');
    expect<i32>(exemplarSet(cell, token, 1, 1, input('of="1"'))).toBe(STALE);
    // The cell has another life by now.
    for (let i = 0; i < 4; i++) {
      const series = seriesOf(bind(jobs, 'l="2"'));
      expect<i32>(exemplarSet(cell, token, 1, 1, input('of="1"'))).toBe(STALE);
      expect<u32>(kept(jobs, series)).toBe(0);
    }
  });

  it("says LIMIT past EXEMPLAR_BYTES_MAX, and needs a writer", () => {
    const jobs = exemplary(COUNTER);
    const cell = bind(jobs, "");
    expect<i32>(about(cell, 1, 1, "x".repeat(EXEMPLAR_BYTES_MAX))).toBe(OK);
    expect<i32>(about(cell, 1, 2, "x".repeat(EXEMPLAR_BYTES_MAX + 1))).toBe(LIMIT);
    expect<i32>(labelsAt(seriesOf(cell), 0).length).toBe(EXEMPLAR_BYTES_MAX);
    slotForget();
    expect<i32>(exemplarSet(cell, tokenOf(cell), 1, 1, 0)).toBe(NO_WRITER);
  });

  it("is EXHAUSTED at each allocation, keeps the one before, and is kept afterwards", () => {
    const size = exemplaryNative([1, 2]);
    const cell = bind(size, "", 1);
    const series = seriesOf(cell);
    let refused = 0;
    let before = "";
    for (let i = 1; i < 20; i++) {
      // In sizes for which nothing is in the free lists.
      const labels = "x".repeat(i * 60);
      for (let allocation: u32 = 1; ; allocation++) {
        input(labels);
        failFrom(allocation);
        const status = about(cell, 1.5, <f64>i, labels);
        failFrom(0);
        if (status == OK) break;
        refused++;
        expect<i32>(status).toBe(EXHAUSTED);
        expect<string>(labelsAt(series, NATIVE_EXEMPLARS + 1)).toBe(before);
      }
      before = labels;
      expect<string>(labelsAt(series, NATIVE_EXEMPLARS + 1)).toBe(labels);
    }
    expect<i32>(refused).toBeGreaterThan(20);
  });

  it("leaks nothing over 10,000 replacements, of two writers and any size, some of them too old", () => {
    const size = exemplaryNative([1, 2, 5]);
    const first = claim();
    const mine = bind(size, "", 1);
    const second = claim();
    const theirs = bind(size, "", 1);
    let reserved: u32 = 0;
    let free: u32 = 0;
    for (let i = 0; i < 11000; i++) {
      const one = (i & 1) == 0;
      become(one ? first : second);
      const seconds = i % 5 == 0 ? <f64>(i - 50) : <f64>i;
      about(one ? mine : theirs, <f64>(i % 10), seconds, i % 3 == 0 ? 'trace="0123456789abcdef0123456789abcdef"' : 'id="7"');
      if (i == 999) {
        limboEmpty();
        reserved = bytesReserved();
        free = bytesFree();
      }
    }
    limboEmpty();
    expect<u32>(bytesReserved()).toBe(reserved);
    // Which slots hold the long ones differs from moment to moment: at most all of them.
    expect<u32>(abs<i32>(<i32>(bytesFree() - free))).toBeLessThan((NATIVE_EXEMPLARS + 4) * 64);
  });

  it("leaks nothing over 1,000 series that end with their exemplars", () => {
    const size = exemplaryNative([1, 2, 5]);
    let reserved: u32 = 0;
    let free: u32 = 0;
    for (let i = 0; i < 1100; i++) {
      const cell = bind(size, "", 1);
      for (let value: f64 = 1; value < 100; value *= 3) about(cell, value, <f64>i, 'id="7"');
      familyEmpty(size, load<u32>(size), false);
      if (i == 99) {
        limboEmpty();
        reserved = bytesReserved();
        free = bytesFree();
      }
    }
    limboEmpty();
    expect<u32>(bytesReserved()).toBe(reserved);
    expect<u32>(bytesFree()).toBe(free);
  });
});

/** Takes what another process says that it has in a slot. */
function given(family: i32, series: usize, slot: u32, value: f64): void {
  const length = input('v="given"');
  begin();
  exemplarGiven(family, series, slot, value, 100, inputAddress(length), length);
  end();
}

describe("exemplarGiven", () => {
  it("takes none for a bucket that its value does not fall into", () => {
    const size = exemplary(HISTOGRAM, [1, 2]);
    const series = seriesOf(bind(size, ""));
    given(size, series, 0, 1.5);
    given(size, series, 1, 1);
    given(size, series, 2, 2);
    given(size, series, 3, 9);
    expect<u32>(kept(size, series)).toBe(0);
    given(size, series, 0, 1);
    given(size, series, 2, 2.5);
    expect<u32>(kept(size, series)).toBe(2);
  });

  it("takes them for native slots whatever they are, and for classic ones behind those in their bucket", () => {
    const size = exemplaryNative([1, 2]);
    const series = seriesOf(bind(size, ""));
    given(size, series, 0, 1.5);
    given(size, series, NATIVE_EXEMPLARS, 1.5);
    expect<u32>(kept(size, series)).toBe(1);
    given(size, series, NATIVE_EXEMPLARS + 1, 1.5);
    expect<u32>(kept(size, series)).toBe(2);
  });
});

describe("exemplarsRetire", () => {
  it("lets go of them with a reset and with a removal", () => {
    for (let removal = 0; removal < 2; removal++) {
      const size = exemplary(HISTOGRAM, [1, 2]);
      const cell = bind(size, "");
      const series = seriesOf(cell);
      about(cell, 1, 100, 'v="1"');
      about(cell, 9, 100, 'v="9"');
      familyEmpty(size, load<u32>(size), removal == 0);
      if (removal == 0) expect<u32>(kept(size, series)).toBe(0);
      const next = bind(size, "");
      expect<u32>(kept(size, seriesOf(next))).toBe(0);
      // An older one than those that were there counts again.
      expect<i32>(about(next, 1, 5, 'v="new"')).toBe(OK);
      expect<string>(labelsAt(seriesOf(next), 0)).toBe('v="new"');
      expect<i32>(used(size, next, tokenOf(next), 1)).toBe(OK);
    }
  });

  it("does nothing twice, and nothing to a family without exemplars", () => {
    const jobs = exemplary(COUNTER);
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    about(cell, 1, 1, 'v="1"');
    begin();
    exemplarsRetire(jobs, series);
    end();
    limboEmpty();
    const free = bytesFree();
    begin();
    exemplarsRetire(jobs, series);
    end();
    limboEmpty();
    expect<u32>(bytesFree()).toBe(free);
    expect<u32>(changetype<More>(moreOf(series)).exemplars).toBe(0);
    format();
    const plain = family(COUNTER, 0, "plain", "l");
    const other = seriesOf(bind(plain, 'l="1"'));
    const before = bytesFree();
    begin();
    exemplarsRetire(plain, other);
    end();
    expect<u32>(bytesFree()).toBe(before);
  });

  it("leaves an exemplar to a reader that is in the middle of it", () => {
    const jobs = exemplary(COUNTER);
    const first = claim();
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    about(cell, 1, 1, 'v="seen"');
    const reader = claim();
    begin();
    const exemplar = exemplarAt(series, 0);
    become(first);
    for (let i = 0; i < 50; i++) about(cell, 1, 2 + <f64>i, 'v="next"');
    remove(jobs, "");
    for (let i = 0; i < 50; i++) about(bind(jobs, 'l="2"'), 1, <f64>i, 'v="more"');
    become(reader);
    expect<string>(textAt(exemplar + offsetof<Exemplar>(), changetype<Exemplar>(exemplar).length)).toBe('v="seen"');
    end();
  });
});
