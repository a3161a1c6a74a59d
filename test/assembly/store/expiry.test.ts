// When a series is idle, in the memory's seconds, and what becomes of those who still have a handle of it.

import {
  become,
  bind,
  claim,
  count,
  define,
  defined,
  defineNative,
  familyDefined,
  format,
  read,
  seriesOf,
  tokenOf,
  total,
  used,
} from "../formatted";
import {
  BASE_SET,
  COUNTER,
  Family,
  GAUGE,
  HEADER,
  Header,
  HISTOGRAM,
  INFO,
  LIVE,
  MODE_LIVE,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  NATIVE,
  POISON,
  SUMMARY,
  UNKNOWN,
} from "../../../assembly/layout";
import { gaugeSetLatest, sharedAdd } from "../../../assembly/metric/gauge";
import { writerLeave } from "../../../assembly/store/adopt";
import { constantSet } from "../../../assembly/store/constant";
import { seriesDetach } from "../../../assembly/store/detach";
import { seriesWord } from "../../../assembly/store/list";
import { familyEmpty } from "../../../assembly/store/family";
import { isIdle } from "../../../assembly/store/expiry";
import { writerFold } from "../../../assembly/store/fold";
import { seriesRemoved } from "../../../assembly/store/series";
import { tableCount, tableGet } from "../../../assembly/store/table";
import { begin, clockNow, clockPassed, clockSet, end, ownWriter } from "../../../assembly/store/writer";
import { ABSENT, OK, STALE } from "../../../assembly/status";

const EXPIRE: u32 = 60;

/** A family whose series end after EXPIRE seconds. */
function idling(type: u32, mode: u32 = 0, name: string = "made"): i32 {
  if (type == SUMMARY) {
    define(type, mode, name, "l");
    defined().accuracy = 0.01;
    defined().maxAgeSeconds = 50;
    defined().ageBuckets = 5;
  } else if (type == NATIVE) {
    defineNative(name, "l", 3, 160);
  } else {
    const bounds: f64[] = type == HISTOGRAM ? [1, 2] : [];
    define(type, mode, name, "l", bounds);
  }
  defined().expireSeconds = EXPIRE;
  return familyDefined();
}

/** Time goes by for this memory; no step counts for more than 30 s. */
function pass(seconds: f64): void {
  for (; seconds > 0; seconds -= 10) clockSet(clockNow() + min<f64>(seconds, 10));
}

/** One look at a series. */
function idle(family: i32, series: usize): bool {
  begin();
  const is = isIdle(family, series);
  end();
  return is;
}

/** What a walk does: looks at all series once, and ends those that are idle. How many ended. */
function swept(family: i32): i32 {
  let ended = 0;
  begin();
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series == 0 || (load<u32>(series) & 3) != LIVE) continue;
    if (isIdle(family, series)) ended += i32(seriesRemoved(family, series));
  }
  end();
  return ended;
}

describe("isIdle", () => {
  it("is false at the first look and for as long as the family says, and true afterwards", () => {
    format();
    const jobs = idling(COUNTER);
    count(jobs, "", 1);
    const series = seriesOf(bind(jobs, ""));
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(<f64>EXPIRE);
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(2);
    expect<bool>(idle(jobs, series)).toBe(true);
  });

  it("goes by the first look that found nothing new, however long the change was ago", () => {
    format();
    const jobs = idling(COUNTER);
    count(jobs, "", 1);
    const series = seriesOf(bind(jobs, ""));
    pass(500);
    // Nobody looked meanwhile: it may have been counted a moment ago.
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(<f64>EXPIRE - 5);
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(10);
    expect<bool>(idle(jobs, series)).toBe(true);
  });

  it("counts a leap of the clock as no more than one step, and none for a clock that was set back", () => {
    format();
    const jobs = idling(COUNTER);
    count(jobs, "", 1);
    const series = seriesOf(bind(jobs, ""));
    expect<bool>(idle(jobs, series)).toBe(false);
    clockSet(clockNow() + 86400);
    expect<bool>(idle(jobs, series)).toBe(false);
    clockSet(clockNow() - 172800);
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(35);
    expect<bool>(idle(jobs, series)).toBe(true);
  });

  it("is never true for a series of any type that is used, and true for one that is not", () => {
    const types: u32[] = [COUNTER, GAUGE, GAUGE, GAUGE, HISTOGRAM, SUMMARY, NATIVE];
    const modes: u32[] = [0, MODE_SHARED, MODE_SUM, MODE_LIVE | MODE_SUM, 0, 0, 0];
    for (let i = 0; i < types.length; i++) {
      format();
      const made = idling(types[i], modes[i]);
      count(made, "", 1.5);
      const series = seriesOf(bind(made, "", 1.5));
      for (let round = 0; round < 10; round++) {
        expect<bool>(idle(made, series)).toBe(false);
        pass(<f64>EXPIRE + 10);
        expect<i32>(count(made, "", 1.5)).toBe(OK);
      }
      expect<bool>(idle(made, series)).toBe(false);
      pass(<f64>EXPIRE + 10);
      expect<bool>(idle(made, series)).toBe(true);
    }
  });

  it("is false for a gauge that is set to what it was, of every mode, and for one that 0 is added to", () => {
    const modes: u32[] = [MODE_SHARED, MODE_SUM, MODE_MOSTRECENT];
    for (let i = 0; i < modes.length; i++) {
      format();
      const level = idling(GAUGE, modes[i]);
      const cell = bind(level, "");
      const series = seriesOf(cell);
      for (let round = 0; round < 6; round++) {
        if (modes[i] == MODE_MOSTRECENT) gaugeSetLatest(cell, tokenOf(cell), 0, 0);
        else if (modes[i] == MODE_SHARED && (round & 1) == 0) sharedAdd(cell, tokenOf(cell), 0);
        else used(level, cell, tokenOf(cell), 0);
        expect<bool>(idle(level, series)).toBe(false);
        pass(<f64>EXPIRE + 10);
      }
      expect<bool>(idle(level, series)).toBe(true);
    }
  });

  it("sees what any writer counts, and that a writer comes to it", () => {
    const first = format();
    const jobs = idling(COUNTER);
    const mine = bind(jobs, "");
    const second = claim();
    const theirs = bind(jobs, "");
    const series = seriesOf(mine);
    for (let round = 0; round < 6; round++) {
      become((round & 1) == 0 ? first : second);
      const cell = (round & 1) == 0 ? mine : theirs;
      used(jobs, cell, tokenOf(cell), 1);
      become(first);
      expect<bool>(idle(jobs, series)).toBe(false);
      pass(<f64>EXPIRE + 10);
    }
    // One that has counted nothing yet, but is about to.
    claim();
    bind(jobs, "");
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(<f64>EXPIRE + 10);
    expect<bool>(idle(jobs, series)).toBe(true);
  });

  it("takes a fold for a change, and no more than that", () => {
    const first = format();
    const jobs = idling(COUNTER);
    claim();
    count(jobs, "", 5);
    const index = ownWriter().index;
    const series = seriesOf(bind(jobs, ""));
    writerLeave();
    become(first);
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(<f64>EXPIRE + 10);
    writerFold(index, 10);
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(<f64>EXPIRE + 10);
    expect<bool>(idle(jobs, series)).toBe(true);
  });

  it("is false for samples that are set as a whole, be it to what they were, and true once nobody sets them", () => {
    const types: u32[] = [GAUGE, INFO, UNKNOWN, COUNTER];
    for (let i = 0; i < types.length; i++) {
      format();
      const made = idling(types[i], MODE_SHARED);
      for (let round = 0; round < 8; round++) {
        // Twice between two looks, so that the bases change places.
        for (let times = 0; times <= (round & 1); times++) {
          expect<i32>(constantSet(made, load<u32>(made), 0, false, BASE_SET, 1, 0, 0, 1, 0, 0)).toBe(OK);
        }
        const series = tableGet(changetype<Family>(made).table, 0);
        expect<bool>(idle(made, series)).toBe(false);
        pass(<f64>EXPIRE + 10);
      }
      expect<bool>(idle(made, tableGet(changetype<Family>(made).table, 0))).toBe(true);
    }
  });

  it("takes a reset for a change, and counting up to the same number again", () => {
    format();
    const jobs = idling(COUNTER);
    count(jobs, "", 1);
    const series = seriesOf(bind(jobs, ""));
    for (let round = 0; round < 5; round++) {
      expect<bool>(idle(jobs, series)).toBe(false);
      pass(<f64>EXPIRE + 10);
      familyEmpty(jobs, load<u32>(jobs), true);
      count(jobs, "", 1);
    }
    expect<bool>(idle(jobs, series)).toBe(false);
  });

  it("is true in the end for a series that was made and never used", () => {
    format();
    const jobs = idling(COUNTER);
    const series = seriesOf(bind(jobs, ""));
    expect<bool>(idle(jobs, series)).toBe(false);
    pass(<f64>EXPIRE + 10);
    expect<bool>(idle(jobs, series)).toBe(true);
  });

  it("looks at a series that was removed since it was seen, and finds nothing there", () => {
    format();
    const jobs = idling(COUNTER);
    const series = seriesOf(bind(jobs, ""));
    begin();
    seriesDetach(series, true);
    expect<u64>(seriesWord(series)).toBe(POISON);
    expect<bool>(isIdle(jobs, series)).toBe(false);
    end();
  });

  it("holds where the memory's seconds are those of another instance", () => {
    format();
    const jobs = idling(COUNTER);
    count(jobs, "", 1);
    const series = seriesOf(bind(jobs, ""));
    expect<bool>(idle(jobs, series)).toBe(false);
    // Another one has set its clock meanwhile, and this one has not.
    changetype<Header>(HEADER).seconds = <u32>clockPassed() + EXPIRE + 5;
    expect<bool>(idle(jobs, series)).toBe(true);
  });
});

describe("the hand of the clock", () => {
  it("ends idle series while others are made, with nobody who scrapes", () => {
    format();
    const jobs = idling(COUNTER);
    let most: u32 = 0;
    for (let i = 0; i < 3000; i++) {
      expect<i32>(count(jobs, 'l="' + i.toString() + '"', 1)).toBe(OK);
      pass(2);
      const there = changetype<Family>(jobs).seriesCount;
      most = max(most, there);
    }
    // 30 are younger than EXPIRE at any time; each of the others is looked at twice before it goes.
    expect<u32>(most).toBeLessThan(200);
    expect<u32>(most).toBeGreaterThanOrEqual(30);
  });

  it("leaves those alone that are used", () => {
    format();
    const jobs = idling(COUNTER);
    let sum: f64 = 0;
    for (let i = 0; i < 1000; i++) {
      expect<i32>(count(jobs, 'l="kept"', 1)).toBe(OK);
      sum += 1;
      count(jobs, 'l="' + i.toString() + '"', 1);
      pass(5);
    }
    expect<f64>(total(jobs, 'l="kept"')).toBe(sum);
    expect<i32>(read(jobs, 'l="10"')).toBe(ABSENT);
  });

  it("does not turn for a family whose series do not end", () => {
    format();
    define(COUNTER, 0, "jobs", "l");
    const jobs = familyDefined();
    for (let i = 0; i < 500; i++) {
      count(jobs, 'l="' + i.toString() + '"', 1);
      pass(10);
    }
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(500);
    expect<u32>(changetype<Family>(jobs).hand).toBe(0);
  });

  it("makes room in a family that is full", () => {
    format();
    define(COUNTER, 0, "jobs", "l");
    defined().expireSeconds = EXPIRE;
    defined().maxSeries = 10;
    const jobs = familyDefined();
    for (let i = 0; i < 10; i++) expect<i32>(count(jobs, 'l="' + i.toString() + '"', 1)).toBe(OK);
    expect<bool>(count(jobs, 'l="more"', 1) == OK).toBe(false);
    swept(jobs);
    pass(<f64>EXPIRE + 10);
    expect<i32>(count(jobs, 'l="more"', 1)).toBe(OK);
  });

  it("goes on where its count comes around", () => {
    format();
    const jobs = idling(COUNTER);
    for (let i = 0; i < 7; i++) count(jobs, 'l="' + i.toString() + '"', 1);
    changetype<Family>(jobs).hand = 0xfffffffd;
    for (let i = 7; i < 20; i++) expect<i32>(count(jobs, 'l="' + i.toString() + '"', 1)).toBe(OK);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(20);
  });
});

describe("a handle of a series that has ended", () => {
  it("begins anew, and never counts into whatever its cell has become", () => {
    const first = format();
    const jobs = idling(COUNTER);
    const handles = new StaticArray<i32>(20);
    const tokens = new StaticArray<u32>(20);
    for (let i = 0; i < 20; i++) {
      handles[i] = bind(jobs, 'l="old' + i.toString() + '"');
      tokens[i] = tokenOf(handles[i]);
      used(jobs, handles[i], tokens[i], 1000);
    }
    swept(jobs);
    pass(<f64>EXPIRE + 10);
    expect<i32>(swept(jobs)).toBe(20);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(0);
    // The cells are used again, by others.
    let met = 0;
    for (let i = 0; i < 60; i++) {
      const cell = bind(jobs, 'l="new' + i.toString() + '"');
      used(jobs, cell, tokenOf(cell), 1);
      for (let j = 0; j < 20; j++) met += i32(handles[j] == cell);
      for (let j = 0; j < 20; j++) expect<i32>(used(jobs, handles[j], tokens[j], 7)).toBe(STALE);
    }
    expect<i32>(met).toBeGreaterThan(0);
    for (let i = 0; i < 60; i++) expect<f64>(total(jobs, 'l="new' + i.toString() + '"')).toBe(1);
    expect<i32>(read(jobs, 'l="old3"')).toBe(ABSENT);
    expect<i32>(count(jobs, 'l="old3"', 2)).toBe(OK);
    expect<f64>(total(jobs, 'l="old3"')).toBe(2);
    become(first);
  });
});
