// Which series have certain labels, and that no others end.

import { bind, count, family, format, input, read, seriesOf, textAt, total } from "../formatted";
import { COUNTER, Family, Series } from "../../../assembly/layout";
import { familyRemove } from "../../../assembly/store/family";
import { isOverflow, seriesMatches } from "../../../assembly/store/match";
import { SERIES_KEY } from "../../../assembly/store/more";
import { seriesRemoveMatching } from "../../../assembly/store/series";
import { ownWriter, slotForget } from "../../../assembly/store/writer";
import { ABSENT, GONE, NO_WRITER } from "../../../assembly/status";

let jobs: i32 = 0;

function begun(labels: string = "route,code"): void {
  format();
  jobs = family(COUNTER, 0, "jobs", labels);
}

/** Removes those of a list of labels. */
function removed(labels: string): i32 {
  return seriesRemoveMatching(jobs, load<u32>(jobs), input(labels));
}

/** True where the series of a block has all labels of a list. */
function matches(block: string, labels: string): bool {
  const series = seriesOf(bind(jobs, block));
  expect<string>(textAt(series + SERIES_KEY, changetype<Series>(series).keyLength)).toBe(block);
  const length = input(labels);
  return seriesMatches(series, ownWriter().input, length);
}

describe("seriesMatches", () => {
  it("finds a label wherever it stands in the block", () => {
    begun();
    const block = 'a="1",b="2",c="3"';
    expect<bool>(matches(block, 'a="1"')).toBe(true);
    expect<bool>(matches(block, 'b="2"')).toBe(true);
    expect<bool>(matches(block, 'c="3"')).toBe(true);
    expect<bool>(matches(block, 'd="4"')).toBe(false);
    expect<bool>(matches(block, 'a="2"')).toBe(false);
  });

  it("wants every label of the list, in any order", () => {
    begun();
    const block = 'a="1",b="2",c="3"';
    expect<bool>(matches(block, 'c="3"\na="1"')).toBe(true);
    expect<bool>(matches(block, 'a="1"\nb="2"\nc="3"')).toBe(true);
    expect<bool>(matches(block, 'a="1"\nb="3"')).toBe(false);
    expect<bool>(matches(block, 'b="3"\na="1"')).toBe(false);
    expect<bool>(matches(block, 'a="1"\nd="1"')).toBe(false);
  });

  it("takes no prefix and no suffix of a value or of a name", () => {
    begun();
    expect<bool>(matches('route="/users"', 'route="/user"')).toBe(false);
    expect<bool>(matches('route="/user"', 'route="/users"')).toBe(false);
    expect<bool>(matches('route="/users"', 'route="users"')).toBe(false);
    expect<bool>(matches('route="/users"', 'oute="/users"')).toBe(false);
    expect<bool>(matches('my_route="/users"', 'route="/users"')).toBe(false);
    expect<bool>(matches('route="/users"', 'my_route="/users"')).toBe(false);
    expect<bool>(matches('route=""', 'route=""')).toBe(true);
    expect<bool>(matches('route="x"', 'route=""')).toBe(false);
    expect<bool>(matches('route=""', 'route="x"')).toBe(false);
  });

  it("is not led astray by commas and equals signs in values", () => {
    begun();
    expect<bool>(matches('a="x,b=2",c="3"', 'a="x,b=2"')).toBe(true);
    expect<bool>(matches('a="x,b=2",c="3"', 'c="3"')).toBe(true);
    expect<bool>(matches('a="x,y",b="2"', 'a="x"')).toBe(false);
    expect<bool>(matches('a=",,,",b="2"', 'b="2"')).toBe(true);
  });

  it("is not led astray by escaped quotes, backslashes and newlines in values", () => {
    begun();
    // A value that looks as if another label followed.
    const block = 'a="x\\",b=\\"2",c="3"';
    expect<bool>(matches(block, 'b=\\"2"')).toBe(false);
    expect<bool>(matches(block, 'b="2"')).toBe(false);
    expect<bool>(matches(block, 'c="3"')).toBe(true);
    expect<bool>(matches(block, 'a="x\\",b=\\"2"')).toBe(true);
    // An escaped backslash at the end of a value: the quote behind it is its end.
    expect<bool>(matches('a="C:\\\\",b="2"', 'b="2"')).toBe(true);
    expect<bool>(matches('a="C:\\\\",b="2"', 'a="C:\\\\"')).toBe(true);
    expect<bool>(matches('a="1\\n2",b="2"', 'a="1\\n2"')).toBe(true);
    expect<bool>(matches('a="\\\\\\"",b="2"', 'b="2"')).toBe(true);
  });

  it("knows names in quotes, with quotes, commas and equals signs of their own", () => {
    begun();
    const block = '"http.route"="/a","a,b=\\"c\\""="2",plain="3"';
    expect<bool>(matches(block, '"http.route"="/a"')).toBe(true);
    expect<bool>(matches(block, '"a,b=\\"c\\""="2"')).toBe(true);
    expect<bool>(matches(block, 'plain="3"')).toBe(true);
    expect<bool>(matches(block, 'b=\\"c\\""="2"')).toBe(false);
    expect<bool>(matches(block, '"http.route"="/"')).toBe(false);
    expect<bool>(matches(block, '"a,b=\\"c\\""="2"\n"http.route"="/a"')).toBe(true);
  });

  it("finds nothing in a series without labels, and no label that is longer than the block", () => {
    begun();
    expect<bool>(matches("", 'a="1"')).toBe(false);
    expect<bool>(matches('a="1"', 'a="1",b="2"')).toBe(false);
  });

  it("compares text beyond ASCII byte by byte", () => {
    begun();
    expect<bool>(matches('stadt="Köln",plz="5"', 'stadt="Köln"')).toBe(true);
    expect<bool>(matches('stadt="Köln",plz="5"', 'stadt="Kölm"')).toBe(false);
    expect<bool>(matches('stadt="日本",plz="5"', 'plz="5"')).toBe(true);
  });
});

describe("seriesRemoveMatching", () => {
  it("removes those that match, tells how many, and leaves the others", () => {
    begun();
    for (let route = 0; route < 10; route++) {
      for (let code = 0; code < 3; code++) {
        count(jobs, 'route="/' + route.toString() + '",code="' + code.toString() + '"', 1);
      }
    }
    expect<i32>(removed('route="/3"')).toBe(3);
    expect<i32>(read(jobs, 'route="/3",code="1"')).toBe(ABSENT);
    expect<f64>(total(jobs, 'route="/4",code="1"')).toBe(1);
    expect<i32>(removed('code="1"')).toBe(9);
    expect<i32>(removed('code="1"')).toBe(0);
    expect<i32>(removed('route="/4"\ncode="2"')).toBe(1);
    expect<i32>(removed('code="0"\nroute="/4"')).toBe(1);
    expect<i32>(removed('route="/5"\ncode="7"')).toBe(0);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(30 - 3 - 9 - 2);
    // Those that ended begin anew.
    expect<i32>(count(jobs, 'route="/3",code="1"', 2)).toBe(0);
    expect<f64>(total(jobs, 'route="/3",code="1"')).toBe(2);
  });

  it("ends nothing for an empty list but the series without labels", () => {
    begun();
    count(jobs, 'route="/a"', 1);
    expect<i32>(removed("")).toBe(0);
    count(jobs, "", 1);
    expect<i32>(removed("")).toBe(1);
    expect<f64>(total(jobs, 'route="/a"')).toBe(1);
  });

  it("sends handles of all writers the cold way", () => {
    begun();
    const cell = bind(jobs, 'route="/a"');
    const token = load<u32>(cell);
    expect<i32>(removed('route="/a"')).toBe(1);
    expect<bool>(load<u32>(cell) == token).toBe(false);
  });

  it("is GONE for a family that was removed, and needs a writer", () => {
    begun();
    const state = load<u32>(jobs);
    familyRemove(jobs, state);
    const length = input('route="/a"');
    expect<i32>(seriesRemoveMatching(jobs, state, length)).toBe(GONE);
    slotForget();
    expect<i32>(seriesRemoveMatching(jobs, state, length)).toBe(NO_WRITER);
  });
});

describe("isOverflow", () => {
  it("is true where all values are the one of the overflow series, and nowhere else", () => {
    begun();
    const yes = ['a="tallystick_overflow"', 'a="tallystick_overflow",b="tallystick_overflow"', '"a.\\"b"="tallystick_overflow"'];
    const no = [
      "",
      'a="x"',
      'a="tallystick_overflow",b="x"',
      'a="x",b="tallystick_overflow"',
      'a="xtallystick_overflow"',
      'a="tallystick_overflowx"',
      'a="=\\"tallystick_overflow"',
      'a="x,b=\\"tallystick_overflow"',
      'a="tallystick_overflow",b=""',
    ];
    for (let i = 0; i < yes.length; i++) expect<bool>(isOverflow(ownWriter().input, input(yes[i]))).toBe(true, yes[i]);
    for (let i = 0; i < no.length; i++) expect<bool>(isOverflow(ownWriter().input, input(no[i]))).toBe(false, no[i]);
  });

  it("is not counted by a family that has a limit", () => {
    begun();
    changetype<Family>(jobs).maxSeries = 2;
    count(jobs, 'route="a",code="1"', 1);
    count(jobs, 'route="tallystick_overflow",code="tallystick_overflow"', 1);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(1);
    expect<i32>(removed('code="tallystick_overflow"')).toBe(1);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(1);
  });
});
