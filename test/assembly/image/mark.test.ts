// Marks of series: another one after every change, and the same one after none.

import { bind, claim, family, format, native, remove, seriesOf, summary, tokenOf, used } from "../formatted";
import { constant, exemplar, set, Wanted } from "../wanted";
import {
  COUNTER,
  FAMILY_EXEMPLARS,
  GAUGE,
  HISTOGRAM,
  IMPORTED,
  MODE_LIVE,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  UNKNOWN,
} from "../../../assembly/layout";
import { markBegun, markOf } from "../../../assembly/image/mark";
import { writerRevoke } from "../../../assembly/store/adopt";
import { familyEmpty } from "../../../assembly/store/family";
import { begin, clockSet, end, ownWriter } from "../../../assembly/store/writer";

let marks: u64[] = [];

function markAt(family: i32, series: usize): u64 {
  begin();
  markBegun(family);
  const mark = markOf(series);
  const again = markOf(series);
  end();
  expect<u64>(again).toBe(mark);
  return mark;
}

/** True where the mark is none of those before. */
function isOther(family: i32, series: usize): bool {
  const mark = markAt(family, series);
  const there = marks.includes(mark);
  marks.push(mark);
  return !there;
}

describe("markOf", () => {
  it("changes with what any writer counts, by all types", () => {
    for (let type = 0; type < 6; type++) {
      format();
      marks = [];
      let made = 0;
      if (type == 0) made = family(COUNTER, 0, "jobs");
      else if (type == 1) made = family(GAUGE, MODE_SHARED, "level");
      else if (type == 2) made = family(GAUGE, MODE_SUM, "parts");
      else if (type == 3) made = family(HISTOGRAM, 0, "sizes", "", [1, 2]);
      else if (type == 4) made = native("wait", "", 3, 40);
      else made = summary("spent");
      let cell = bind(made, "", 1);
      const series = seriesOf(cell);
      expect<bool>(isOther(made, series)).toBe(true);
      for (let writer = 0; writer < 3; writer++) {
        for (let i = 0; i < 4; i++) {
          used(made, cell, tokenOf(cell), 1 + <f64>(writer * 4 + i) / 100);
          expect<bool>(isOther(made, series)).toBe(true);
        }
        expect<bool>(isOther(made, series)).toBe(false);
        claim();
        cell = bind(made, "", 1);
        marks.push(markAt(made, series));
      }
    }
  });

  it("changes with a setting of the same value where the newest counts, and not where it does not", () => {
    format();
    marks = [];
    const latest = family(GAUGE, MODE_MOSTRECENT, "latest");
    set(latest, 5);
    const series = seriesOf(bind(latest, ""));
    isOther(latest, series);
    set(latest, 5);
    expect<bool>(isOther(latest, series)).toBe(true);
    const level = family(GAUGE, MODE_SHARED, "level");
    set(level, 5);
    const other = seriesOf(bind(level, ""));
    isOther(level, other);
    set(level, 5);
    expect<bool>(isOther(level, other)).toBe(false);
  });

  it("changes with resets, constants, exemplars, and the deaths of those that count while they live", () => {
    format();
    marks = [];
    const wanted = new Wanted(COUNTER, "jobs");
    wanted.flags = FAMILY_EXEMPLARS;
    const jobs = wanted.family();
    const cell = bind(jobs, "");
    const series = seriesOf(cell);
    isOther(jobs, series);
    exemplar(jobs, 1, 2, 'a="b"');
    expect<bool>(isOther(jobs, series)).toBe(true);
    exemplar(jobs, 1, 3, 'a="c"');
    expect<bool>(isOther(jobs, series)).toBe(true);
    expect<bool>(isOther(jobs, series)).toBe(false);
    familyEmpty(jobs, load<u32>(jobs), true);
    expect<bool>(isOther(jobs, series)).toBe(true);
    clockSet(1234);
    familyEmpty(jobs, load<u32>(jobs), true);
    expect<bool>(isOther(jobs, series)).toBe(true);
    const odd = new Wanted(UNKNOWN, "odd").family();
    constant(odd, 1);
    const told = seriesOf(bind(odd, ""));
    isOther(odd, told);
    constant(odd, 1);
    expect<bool>(isOther(odd, told)).toBe(true);
    const live = family(GAUGE, MODE_LIVE | MODE_SUM, "live");
    set(live, 1);
    const lived = seriesOf(bind(live, ""));
    const dead = ownWriter().index;
    claim();
    isOther(live, lived);
    writerRevoke(dead);
    expect<bool>(isOther(live, lived)).toBe(true);
  });

  it("is one of a removed series, too, and passes over what was imported", () => {
    format();
    marks = [];
    const jobs = family(COUNTER, 0, "jobs", "q");
    const cell = bind(jobs, 'q="a"');
    const series = seriesOf(cell);
    const before = markAt(jobs, series);
    const word = load<u32>(cell + 12);
    store<u32>(cell + 12, (word & 0xffffff) | (IMPORTED << 24));
    const imported = markAt(jobs, series);
    store<u32>(cell, load<u32>(cell) + 1);
    expect<u64>(markAt(jobs, series)).toBe(imported);
    store<u32>(cell, load<u32>(cell) - 1);
    store<u32>(cell + 12, word);
    expect<u64>(markAt(jobs, series)).toBe(before);
    begin();
    markBegun(jobs);
    remove(jobs, 'q="a"');
    begin();
    expect<bool>(markOf(series) == before).toBe(false);
    end();
  });
});
