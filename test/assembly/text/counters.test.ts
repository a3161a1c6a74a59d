// Counters in a row: the same lines as one by one, and where a row ends.

import { become, bind, claim, format, input, random64, randomBelow, randomFrom, textAt } from "../formatted";
import { constant, count, seriesAt, Wanted } from "../wanted";
import { Cell, COUNTER, Family, REVOKED_TOKEN } from "../../../assembly/layout";
import { seriesDetach } from "../../../assembly/store/detach";
import { walkBegin } from "../../../assembly/store/registry";
import { seriesRemove } from "../../../assembly/store/series";
import { tableEntry } from "../../../assembly/store/table";
import { countersEnd, countersPut } from "../../../assembly/text/counters";
import { OPENMETRICS, TEXT } from "../../../assembly/text/dialect";
import { counterLineBytes, linesBegun, linesPut } from "../../../assembly/text/lines";
import { pageAlign, pageMade, pageText } from "../../../assembly/text/page";
import { pageOf } from "./sheet";

const MOST: u32 = 1 << 20;

let jobs: i32 = 0;

/** A family with series `queue="0"` and so on, each 1 more than the one before. */
function start(series: i32): void {
  format();
  const wanted = new Wanted(COUNTER, "jobs");
  wanted.labels = "queue";
  jobs = wanted.family();
  for (let i = 0; i < series; i++) count(jobs, <f64>i, block(i));
}

function block(i: i32): string {
  return 'queue="' + i.toString() + '"';
}

function put(from: u32, left: u32, walk: u32, most: u32 = MOST): u32 {
  linesBegun(jobs, TEXT);
  return countersPut(pageText(), tableEntry(changetype<Family>(jobs).table, from), left, walk, most, counterLineBytes());
}

/** How many of the first eight there are in a row from the first on. */
function row(): u32 {
  pageAlign(0);
  pageMade(MOST);
  return put(0, 8, walkBegin());
}

function written(): string {
  return textAt(pageText(), countersEnd() - pageText());
}

describe("countersPut", () => {
  it("writes so many as there are left, from an entry on", () => {
    start(8);
    expect<u32>(row()).toBe(8);
    expect<bool>(written().startsWith('jobs_total{queue="0"} 0\njobs_total{queue="1"} 1\n')).toBe(true);
    expect<i32>(written().split("\n").length).toBe(9);
    expect<u32>(put(3, 2, walkBegin())).toBe(2);
    expect<string>(written()).toBe('jobs_total{queue="3"} 3\njobs_total{queue="4"} 4\n');
    expect<u32>(put(3, 0, walkBegin())).toBe(0);
    expect<string>(written()).toBe("");
  });

  it("writes what linesPut does, whatever the value is", () => {
    randomFrom(1);
    let wrong = 0;
    const values: f64[] = [0, 1, 9999, 10000, 10001, 0.5, 1e21, 1e300, Infinity, NaN, -1, 4294967296, 9007199254740993, 5e-324];
    for (let i = 0; i < 400; i++) values.push(i < 200 ? <f64>randomBelow(20000) : reinterpret<f64>(random64() >> 1));
    start(1);
    const cell = bind(jobs, block(0));
    const series = seriesAt(jobs, block(0));
    const walk = walkBegin();
    for (let i = 0; i < values.length; i++) {
      store<f64>(cell + offsetof<Cell>(), values[i]);
      for (let format = TEXT; format <= OPENMETRICS; format++) {
        pageMade(MOST);
        linesBegun(jobs, format);
        const one = textAt(pageText(), linesPut(pageText(), series, jobs) - pageText());
        wrong += i32(countersPut(pageText(), tableEntry(changetype<Family>(jobs).table, 0), 1, walk, MOST, counterLineBytes()) != 1);
        wrong += i32(written() != one);
      }
    }
    expect<i32>(wrong).toBe(0);
  });

  it("ends at a series that was removed, and at one without a cell", () => {
    start(8);
    seriesRemove(jobs, load<u32>(jobs), input(block(5)));
    expect<u32>(row()).toBe(5);
    seriesDetach(seriesAt(jobs, block(3)), false);
    expect<u32>(row()).toBe(3);
  });

  it("ends at a series of two writers, and at one with a base", () => {
    start(8);
    const first = claim();
    count(jobs, 1, block(6));
    become(first);
    expect<u32>(row()).toBe(6);
    constant(jobs, 5, [], 0, block(2));
    expect<u32>(row()).toBe(2);
  });

  it("ends at a cell without a token that counts, and at one that is somebody else's by now", () => {
    start(8);
    const revoked = changetype<Cell>(bind(jobs, block(4)));
    const token = revoked.token;
    revoked.token = REVOKED_TOKEN;
    expect<u32>(row()).toBe(4);
    revoked.token = token;
    expect<u32>(row()).toBe(8);
    const foreign = changetype<Cell>(bind(jobs, block(1)));
    foreign.series = <u32>seriesAt(jobs, block(2));
    expect<u32>(row()).toBe(1);
    foreign.series = <u32>seriesAt(jobs, block(1));
    // Another type: it is no counter any more.
    foreign.writer += 1 << 24;
    expect<u32>(row()).toBe(1);
  });

  it("ends at a series that was born after the walk began", () => {
    start(3);
    const walk = walkBegin();
    count(jobs, 1, block(3));
    pageMade(MOST);
    expect<u32>(put(0, 4, walk)).toBe(3);
    expect<u32>(put(0, 4, walkBegin())).toBe(4);
  });

  it("ends where the slice is full, and never writes past the page", () => {
    start(8);
    pageMade(MOST);
    const walk = walkBegin();
    // Lines of 24 bytes: one begins as long as the labels of it do not reach the end.
    expect<u32>(put(0, 8, walk, 40)).toBe(2);
    expect<u32>(put(0, 8, walk, 8)).toBe(0);
    let wrong = 0;
    for (let room: u32 = 0; room < 1000; room++) {
      pageOf(room);
      memory.fill(pageText(), 0xee, room + 256);
      put(0, 8, walk);
      wrong += i32(countersEnd() > pageText() + room + 1);
      for (let i: u32 = 64; i < 256; i++) wrong += i32(load<u8>(pageText() + room + i) != 0xee);
    }
    expect<i32>(wrong).toBe(0);
    expect<u32>(put(0, 8, walk)).toBe(8);
  });
});
