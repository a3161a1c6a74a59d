// Positions that stay while a table grows, and are used again.

import { failFrom, format, randomBelow, randomFrom } from "../formatted";
import {
  NO_POSITION,
  tableAdd,
  tableCount,
  tableCreate,
  tableGet,
  tableRemove,
  tableSegment,
  tableSegmentBytes,
} from "../../../assembly/store/table";
import { TABLE_SEGMENTS } from "../../../assembly/layout";

/** A record is any even number but 0. */
function record(index: u32): usize {
  return (index + 1) << 4;
}

const held = new StaticArray<u32>(4096);

describe("tableAdd", () => {
  it("gives positions from 0 on, which keep their records while the table grows", () => {
    format();
    const table = tableCreate(true);
    let wrong = 0;
    for (let i: u32 = 0; i < 5000; i++) wrong += i32(tableAdd(table, record(i), false) != i);
    for (let i: u32 = 0; i < 5000; i++) wrong += i32(tableGet(table, i) != record(i));
    expect<i32>(wrong).toBe(0);
    expect<u32>(tableCount(table)).toBe(5000);
  });

  it("makes segments of 8, 16, 32, ... positions, and only those it needs", () => {
    format();
    const table = tableCreate(true);
    for (let i: u32 = 0; i < 8 + 16 + 32; i++) tableAdd(table, record(i), false);
    for (let i: u32 = 0; i < TABLE_SEGMENTS; i++) {
      expect<bool>(tableSegment(table, i) != 0).toBe(i < 3);
      expect<u32>(tableSegmentBytes(i)).toBe(32 << i);
    }
    expect<u32>(tableAdd(table, record(56), false)).toBe(56);
    expect<bool>(tableSegment(table, 3) != 0).toBe(true);
  });

  it("takes positions that were freed first, the last one freed before the others", () => {
    format();
    const table = tableCreate(true);
    for (let i: u32 = 0; i < 20; i++) tableAdd(table, record(i), false);
    tableRemove(table, 3);
    tableRemove(table, 17);
    tableRemove(table, 9);
    expect<u32>(tableAdd(table, record(100), false)).toBe(9);
    expect<u32>(tableAdd(table, record(101), false)).toBe(17);
    expect<u32>(tableAdd(table, record(102), false)).toBe(3);
    expect<u32>(tableAdd(table, record(103), false)).toBe(20);
    expect<usize>(tableGet(table, 17)).toBe(record(101));
  });

  it("says NO_POSITION without memory, loses no position by it, and goes on afterwards", () => {
    format();
    const table = tableCreate(true);
    for (let i: u32 = 0; i < 8; i++) tableAdd(table, record(i), false);
    failFrom(1);
    for (let i = 0; i < 5; i++) expect<u32>(tableAdd(table, record(8), false)).toBe(NO_POSITION);
    failFrom(0);
    expect<u32>(tableCount(table)).toBe(8);
    expect<u32>(tableAdd(table, record(8), false)).toBe(8);
    expect<usize>(tableGet(table, 8)).toBe(record(8));
  });

  it("never gives a position twice, in any order of adding and removing", () => {
    format();
    randomFrom(30);
    const table = tableCreate(true);
    for (let i = 0; i < 4096; i++) held[i] = 0;
    let wrong = 0;
    for (let i: u32 = 0; i < 20000; i++) {
      const position = randomBelow(1024);
      if (held[position] != 0) {
        wrong += i32(tableGet(table, position) != <usize>held[position]);
        tableRemove(table, position);
        held[position] = 0;
      } else {
        const added = tableAdd(table, record(i), false);
        wrong += i32(added >= 1025 || held[added] != 0);
        held[added] = <u32>record(i);
      }
    }
    for (let i: u32 = 0; i < 1025; i++) wrong += i32(tableGet(table, i) != <usize>held[i]);
    expect<i32>(wrong).toBe(0);
  });
});

describe("tableGet", () => {
  it("is 0 for what was removed, never taken, or lies behind every segment", () => {
    format();
    const table = tableCreate(true);
    expect<usize>(tableGet(table, 0)).toBe(0);
    tableAdd(table, record(0), false);
    tableAdd(table, record(1), false);
    tableRemove(table, 0);
    expect<usize>(tableGet(table, 0)).toBe(0);
    expect<usize>(tableGet(table, 1)).toBe(record(1));
    expect<usize>(tableGet(table, 2)).toBe(0);
    expect<usize>(tableGet(table, 134217719)).toBe(0);
    expect<usize>(tableGet(table, 0x7ffffff0)).toBe(0);
  });
});
