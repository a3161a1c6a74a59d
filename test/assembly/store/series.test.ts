// Series: found or made by label block, bound, reset, removed, and what a death half way leaves.

import {
  become,
  bind,
  claim,
  count,
  define,
  defined,
  failFrom,
  family,
  familyDefined,
  format,
  input,
  MAX_BYTES,
  read,
  remove,
  seriesOf,
  tokenOf,
  total,
  used,
} from "../formatted";
import { COUNTER, Family, HISTOGRAM, LABELS_BYTES_MAX, Series, SERIES_TEXT_MAX } from "../../../assembly/layout";
import { bytesReserved } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { familyEmpty, familyRemove } from "../../../assembly/store/family";
import { seriesRead, seriesValue } from "../../../assembly/store/report";
import { registryClear } from "../../../assembly/store/clear";
import { memoryBytes, registryFirst } from "../../../assembly/store/registry";
import { seriesBind, seriesRemove, seriesRemoveMatching } from "../../../assembly/store/series";
import { tableGet } from "../../../assembly/store/table";
import { inputAddress, slotForget } from "../../../assembly/store/writer";
import { ABSENT, EXHAUSTED, FULL, GONE, LIMIT, NO_WRITER, OK, STALE } from "../../../assembly/status";

function add(cell: i32, amount: f64): i32 {
  return counterAdd(cell, tokenOf(cell), amount);
}

/** Counters of which there may be so many. */
function limited(maxSeries: u32): i32 {
  define(COUNTER, 0, "jobs", "queue");
  defined().maxSeries = maxSeries;
  return familyDefined();
}

/** A label block of one of 50 lengths in the input, without a string, of which there is no end here; its length. */
function named(number: u32): u32 {
  const at = inputAddress(100);
  let length: u32 = 7;
  store<u64>(at, 0x223d6575657571); // queue="
  for (let i: u32 = number % 50; i > 0; i--) store<u8>(at + length++, 120);
  for (let rest = number; rest != 0; rest /= 10) store<u8>(at + length++, <u8>(48 + (rest % 10)));
  store<u8>(at + length++, 34);
  return length;
}

/** Binds what `named` says and counts one. */
function counted(family: i32, number: u32): i32 {
  const cell = seriesBind(family, load<u32>(family), named(number), false, NaN);
  return cell < 0 ? cell : used(family, cell, tokenOf(cell), 1);
}

describe("seriesBind", () => {
  it("gives one cell a writer and label block, whatever else there is", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const mine = bind(jobs, 'queue="a"');
    expect<i32>(bind(jobs, 'queue="a"')).toBe(mine);
    expect<bool>(bind(jobs, 'queue="b"') == mine).toBe(false);
    claim();
    const theirs = bind(jobs, 'queue="a"');
    expect<bool>(theirs == mine).toBe(false);
    expect<usize>(seriesOf(theirs)).toBe(seriesOf(mine));
    add(mine, 1);
    add(theirs, 2);
    expect<f64>(total(jobs, 'queue="a"')).toBe(3);
    become(first);
    expect<i32>(bind(jobs, 'queue="a"')).toBe(mine);
  });

  it("keeps many series apart", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 3000; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), <f64>i);
    let wrong = 0;
    for (let i = 0; i < 3000; i++) wrong += i32(total(jobs, 'queue="' + i.toString() + '"') != <f64>i);
    expect<i32>(wrong).toBe(0);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(3000);
  });

  it("says LIMIT where all lines of a series would be longer than a scrape writes at once", () => {
    format();
    const bounds: f64[] = [];
    for (let i = 0; i < 509; i++) bounds.push(<f64>i);
    const size = family(HISTOGRAM, 0, "size", "route", bounds);
    const most = SERIES_TEXT_MAX / 512;
    expect<i32>(bind(size, "r".repeat(most))).toBeGreaterThan(0);
    expect<i32>(bind(size, "r".repeat(most + 1))).toBe(LIMIT);
  });

  it("says LIMIT for a block past LABELS_BYTES_MAX, NO_WRITER and GONE where it cannot begin", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    expect<i32>(bind(jobs, "a".repeat(LABELS_BYTES_MAX))).toBeGreaterThan(0);
    expect<i32>(bind(jobs, "a".repeat(LABELS_BYTES_MAX + 1))).toBe(LIMIT);
    const state = load<u32>(jobs);
    familyRemove(jobs, state);
    expect<i32>(seriesBind(jobs, state, input('queue="a"'), false, NaN)).toBe(GONE);
    const length = input('queue="a"');
    slotForget();
    expect<i32>(seriesBind(jobs, state, length, false, NaN)).toBe(NO_WRITER);
  });

  it("says EXHAUSTED at any allocation that fails, and succeeds afterwards", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    let refused = 0;
    for (let i = 0; i < 40; i++) {
      const block = 'queue="' + i.toString() + '"';
      for (let allocation: u32 = 1; ; allocation++) {
        input(block);
        failFrom(allocation);
        const cell = bind(jobs, block);
        failFrom(0);
        if (cell > 0) {
          add(cell, 1);
          break;
        }
        refused++;
        expect<i32>(cell).toBe(EXHAUSTED);
      }
    }
    expect<i32>(refused).toBeGreaterThan(40);
    for (let i = 0; i < 40; i++) expect<f64>(total(jobs, 'queue="' + i.toString() + '"')).toBe(1);
  });

  it("says EXHAUSTED at maxBytes and loses nothing that was counted", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    let made = 0;
    while (true) {
      const cell = bind(jobs, 'queue="' + made.toString() + "x".repeat(4000) + '"');
      if (cell < 0) {
        expect<i32>(cell).toBe(EXHAUSTED);
        break;
      }
      add(cell, 1);
      made++;
    }
    expect<i32>(made).toBeGreaterThan(500);
    expect<u32>(bytesReserved()).toBeLessThan(MAX_BYTES + (1 << 20));
    let sum: f64 = 0;
    for (let i = 0; i < made; i++) sum += total(jobs, 'queue="' + i.toString() + "x".repeat(4000) + '"');
    expect<f64>(sum).toBe(<f64>made);
    // Room again.
    remove(jobs, 'queue="3' + "x".repeat(4000) + '"');
    expect<i32>(bind(jobs, 'queue="new' + "x".repeat(3990) + '"')).toBeGreaterThan(0);
  });
});

describe("seriesRemove", () => {
  it("removes one series: its handles are STALE, its name makes another one", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const cell = bind(jobs, 'queue="a"');
    const kept = bind(jobs, 'queue="b"');
    const token = tokenOf(cell);
    add(cell, 3);
    add(kept, 7);
    const position = changetype<Series>(seriesOf(cell)).position;
    expect<i32>(remove(jobs, 'queue="a"')).toBe(OK);
    expect<i32>(remove(jobs, 'queue="a"')).toBe(ABSENT);
    expect<i32>(remove(jobs, 'queue="c"')).toBe(ABSENT);
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    expect<bool>(isNaN(total(jobs, 'queue="a"'))).toBe(true);
    expect<usize>(tableGet(changetype<Family>(jobs).table, position)).toBe(0);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(1);
    expect<i32>(add(bind(jobs, 'queue="a"'), 1)).toBe(OK);
    expect<f64>(total(jobs, 'queue="a"')).toBe(1);
    expect<f64>(total(jobs, 'queue="b"')).toBe(7);
  });

  it("leaves memory flat over many made and removed, of many writers", () => {
    const first = format();
    const second = claim();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    let reserved: u32 = 0;
    for (let i = 0; i < 2000; i++) {
      if (i == 100) reserved = bytesReserved();
      const block = 'queue="' + (i & 1023).toString() + '"';
      become(first);
      add(bind(jobs, block), 1);
      become(second);
      add(bind(jobs, block), 1);
      remove(jobs, block);
    }
    expect<u32>(bytesReserved()).toBeLessThan(reserved + 4096);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(0);
  });

  it("removes without memory for a smaller bucket; the name still makes another series", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 8; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 5);
    const length = input('queue="3"');
    failFrom(1);
    expect<i32>(seriesRemove(jobs, load<u32>(jobs), length)).toBe(OK);
    failFrom(0);
    expect<bool>(isNaN(total(jobs, 'queue="3"'))).toBe(true);
    expect<i32>(add(bind(jobs, 'queue="3"'), 1)).toBe(OK);
    expect<f64>(total(jobs, 'queue="3"')).toBe(1);
    expect<f64>(total(jobs, 'queue="4"')).toBe(5);
  });
});

describe("a family with a limit", () => {
  it("says FULL past its most series; what is there goes on", () => {
    format();
    const jobs = limited(3);
    for (let i = 0; i < 3; i++) expect<i32>(count(jobs, 'queue="' + i.toString() + '"', 1)).toBe(OK);
    for (let i = 3; i < 10; i++) expect<i32>(bind(jobs, 'queue="' + i.toString() + '"')).toBe(FULL);
    claim();
    expect<i32>(bind(jobs, 'queue="9"')).toBe(FULL);
    expect<i32>(count(jobs, 'queue="2"', 1)).toBe(OK);
    expect<f64>(total(jobs, 'queue="2"')).toBe(2);
    expect<i32>(read(jobs, 'queue="9"')).toBe(ABSENT);
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(3);
    expect<i32>(count(family(COUNTER, 0, "other", "queue"), 'queue="9"', 1)).toBe(OK);
  });

  it("makes the series that takes what is left over all the same", () => {
    format();
    const jobs = limited(2);
    for (let i = 0; i < 2; i++) bind(jobs, 'queue="' + i.toString() + '"');
    expect<i32>(bind(jobs, 'queue="other"')).toBe(FULL);
    const cell = seriesBind(jobs, load<u32>(jobs), input('queue="other"'), true, NaN);
    expect<i32>(cell).toBeGreaterThan(0);
    add(cell, 5);
    expect<i32>(bind(jobs, 'queue="other"')).toBe(cell);
    expect<f64>(total(jobs, 'queue="other"')).toBe(5);
    expect<i32>(bind(jobs, 'queue="2"')).toBe(FULL);
  });

  it("has room again after a removal, of one, of those that match and of all", () => {
    format();
    const jobs = limited(4);
    for (let i = 0; i < 4; i++) bind(jobs, 'queue="' + i.toString() + '"');
    expect<i32>(bind(jobs, 'queue="new"')).toBe(FULL);
    remove(jobs, 'queue="1"');
    expect<i32>(bind(jobs, 'queue="new"')).toBeGreaterThan(0);
    expect<i32>(bind(jobs, 'queue="newer"')).toBe(FULL);
    expect<i32>(seriesRemoveMatching(jobs, load<u32>(jobs), input('queue="new"'))).toBe(1);
    expect<i32>(bind(jobs, 'queue="newer"')).toBeGreaterThan(0);
    expect<i32>(bind(jobs, 'queue="newest"')).toBe(FULL);
    // A reset ends none.
    familyEmpty(jobs, load<u32>(jobs), true);
    expect<i32>(bind(jobs, 'queue="newest"')).toBe(FULL);
    familyEmpty(jobs, load<u32>(jobs), false);
    for (let i = 0; i < 4; i++) expect<i32>(bind(jobs, 'queue="a' + i.toString() + '"')).toBeGreaterThan(0);
    expect<i32>(bind(jobs, 'queue="newest"')).toBe(FULL);
  });

  it("loses no room to series that could not be made for want of memory", () => {
    format();
    const jobs = limited(30);
    for (let i = 0; i < 30; i++) {
      const block = 'queue="' + i.toString() + '"';
      for (let allocation: u32 = 1; ; allocation++) {
        input(block);
        failFrom(allocation);
        const cell = bind(jobs, block);
        failFrom(0);
        if (cell > 0) break;
        expect<i32>(cell).toBe(EXHAUSTED);
      }
    }
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(30);
    expect<i32>(bind(jobs, 'queue="30"')).toBe(FULL);
  });

  it("has none where its definition says 0", () => {
    format();
    const jobs = limited(0);
    for (let i = 0; i < 500; i++) expect<i32>(bind(jobs, 'queue="' + i.toString() + '"')).toBeGreaterThan(0);
  });
});

describe("memory", () => {
  it("stays within twice of a first round's over 20,000 series a round, at most 200 of them alive, of two writers", () => {
    const first = format();
    const second = claim();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const size = family(HISTOGRAM, 0, "size", "queue", [1, 2, 5]);
    const from = bytesReserved();
    let afterFirst: u32 = 0;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 20000; i++) {
        become((i & 1) == 0 ? first : second);
        const number = round * 20000 + i;
        counted((i & 3) == 3 ? size : jobs, number);
        if (number < 200) continue;
        const from = ((number - 200) & 3) == 3 ? size : jobs;
        seriesRemove(from, load<u32>(from), named(number - 200));
      }
      if (round == 0) afterFirst = bytesReserved() - from;
    }
    expect<u32>(changetype<Family>(jobs).seriesCount + changetype<Family>(size).seriesCount).toBe(200);
    expect<u32>(afterFirst).toBeGreaterThan(0);
    expect<u32>(bytesReserved() - from).toBeLessThanOrEqual(2 * afterFirst);
    expect<i32>(seriesRead(jobs, load<u32>(jobs), named(79998))).toBe(0);
    expect<f64>(seriesValue()).toBe(1);
  });

  it("that series have used up takes as many again once they are cleared, time after time, below the hard limit", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const size = family(HISTOGRAM, 0, "size", "queue", [1, 2, 5]);
    let most = 0;
    for (let round = 0; round < 4; round++) {
      let made = 0;
      // A round has names of its own, and of other lengths.
      while (true) {
        const status = counted((made & 1) == 0 ? jobs : size, <u32>((round + 1) * 1000000 + made));
        if (status != OK) {
          expect<i32>(status).toBe(EXHAUSTED);
          break;
        }
        made++;
      }
      expect<u32>(bytesReserved()).toBeLessThan(memoryBytes(MAX_BYTES));
      if (round == 0) expect<i32>(made).toBeGreaterThan(10000);
      // In numbers of as many digits: blocks keep their size class.
      else expect<i32>(made).toBeGreaterThanOrEqual(most - most / 50);
      most = max(most, made);
      if ((round & 1) == 0) {
        familyEmpty(jobs, load<u32>(jobs), false);
        familyEmpty(size, load<u32>(size), false);
      } else {
        registryClear(registryFirst(), load<u32>(registryFirst()));
      }
      expect<u32>(changetype<Family>(jobs).seriesCount).toBe(0);
      expect<u32>(changetype<Family>(size).seriesCount).toBe(0);
    }
  });
});
