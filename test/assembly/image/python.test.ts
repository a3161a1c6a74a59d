// Readings of Python's files: the rules, the pieces in which a file may come, and files that are not what they say.

import { format, random64, randomBelow, randomFrom, textAt } from "../formatted";
import { file, fileBegin, keyNamed, recordPut, used } from "./database";
import {
  pythonBegin,
  pythonCreate,
  pythonEnd,
  pythonFile,
  pythonInput,
  pythonKey,
  pythonKeyCount,
  pythonKeyKind,
  pythonKeyLength,
  pythonKeyProcess,
  pythonKeySeen,
  pythonRead,
  pythonRefused,
  pythonSamples,
  pythonStamps,
  pythonValues,
  RULE_GREATEST,
  RULE_LAST,
  RULE_LATEST,
  RULE_LEAST,
  RULE_SUM,
} from "../../../assembly/image/python";
import { KEY_BYTES_MAX } from "../../../assembly/image/stride";
import { bytesFree, bytesReserved } from "../../../assembly/memory/arena";
import { EXHAUSTED, FOREIGN, OK } from "../../../assembly/status";

let table: i32 = 0;

function start(): void {
  format();
  table = pythonCreate();
  pythonBegin(table);
}

/** Reads the file there is, of so many bytes and zeros behind them, in pieces of so many at the most. */
function read(rule: u32, process: u32 = 0, bytes: u32 = 0xffffffff, piece: u32 = 0xffffffff): i32 {
  const end = min<u32>(bytes, 262144);
  let at: u32 = 0;
  let wanted = <i32>pythonFile(table, rule, rule + 7, process);
  while (wanted > 0) {
    const length = min(min(<u32>wanted, piece), end - at);
    memory.copy(pythonInput(table), file + at, length);
    at += length;
    wanted = pythonRead(table, length);
    if (length == 0 && wanted > 0) abort("It wants more at the end");
  }
  return wanted;
}

function value(index: u32): f64 {
  return pythonKeySeen(table, index) ? load<f64>(pythonValues(table) + (index << 3)) : NaN;
}

/** One value of one key in a file of its own. */
function sample(rule: u32, number: f64, stamp: f64 = 0, process: u32 = 0): void {
  fileBegin();
  recordPut(keyNamed("jobs"), number, 2, stamp);
  expect<i32>(read(rule, process)).toBe(OK);
}

describe("pythonRead", () => {
  it("merges by the rule of the file", () => {
    const rules: StaticArray<u32> = [RULE_SUM, RULE_LEAST, RULE_GREATEST, RULE_LATEST, RULE_LAST];
    const merged: StaticArray<f64> = [10.5, 2, 5, 3.5, 2];
    for (let i = 0; i < 5; i++) {
      start();
      sample(rules[i], 3.5, 30);
      sample(rules[i], 5, 10);
      sample(rules[i], 2, 30);
      expect<u32>(pythonKeyCount(table)).toBe(1);
      expect<f64>(value(0)).toBe(merged[i]);
      expect<u32>(pythonSamples(table)).toBe(3);
    }
    expect<string>(textAt(pythonKey(table, 0), pythonKeyLength(table, 0))).toBe(keyNamed("jobs"));
    expect<u32>(pythonKeyKind(table, 0)).toBe(RULE_LAST + 7);
  });

  it("keeps processes apart where they are told apart", () => {
    start();
    sample(RULE_LAST, 1, 0, 1);
    sample(RULE_LAST, 2, 0, 2);
    sample(RULE_LAST, 3, 0, 1);
    expect<u32>(pythonKeyCount(table)).toBe(2);
    expect<f64>(value(0)).toBe(3);
    expect<f64>(value(1)).toBe(2);
    expect<u32>(pythonKeyProcess(table, 0)).toBe(1);
    expect<u32>(pythonKeyProcess(table, 1)).toBe(2);
  });

  it("has no value of a latest that was never set, nor of one that has no time", () => {
    start();
    sample(RULE_LATEST, 4, 0);
    sample(RULE_LATEST, 4, NaN);
    sample(RULE_LATEST, 4, -1);
    expect<bool>(pythonKeySeen(table, 0)).toBe(false);
    sample(RULE_LATEST, 5, 1);
    expect<f64>(value(0)).toBe(5);
    expect<f64>(load<f64>(pythonStamps(table))).toBe(1);
  });

  it("treats NaN and zeros as Python does: sums begin at 0, comparisons with NaN are false", () => {
    start();
    sample(RULE_SUM, -0.0);
    expect<u64>(load<u64>(pythonValues(table))).toBe(0);
    start();
    sample(RULE_LEAST, NaN);
    sample(RULE_LEAST, 1);
    expect<bool>(isNaN(load<f64>(pythonValues(table)))).toBe(true);
    start();
    sample(RULE_GREATEST, 1);
    sample(RULE_GREATEST, NaN);
    expect<f64>(value(0)).toBe(1);
  });

  it("begins a reading without values and with all keys", () => {
    start();
    sample(RULE_SUM, 3);
    sample(RULE_LEAST, 3);
    pythonBegin(table);
    expect<u32>(pythonSamples(table)).toBe(0);
    expect<bool>(pythonKeySeen(table, 0)).toBe(false);
    sample(RULE_SUM, 4);
    expect<f64>(value(0)).toBe(4);
    expect<bool>(pythonKeySeen(table, 1)).toBe(false);
    expect<u32>(pythonKeyCount(table)).toBe(2);
  });

  it("reads both formats, in whatever pieces they come", () => {
    for (let doubles: u32 = 1; doubles <= 2; doubles++) {
      start();
      fileBegin();
      let sum: f64 = 0;
      for (let i = 0; i < 40; i++) {
        recordPut(keyNamed("jobs" + (i % 30).toString()), <f64>i, doubles, 1.7e9);
        sum += <f64>i;
      }
      for (let piece: u32 = 1; piece <= used; piece += piece < 40 ? 1 : 97) {
        pythonBegin(table);
        expect<i32>(read(RULE_SUM, 0, 0xffffffff, piece)).toBe(OK);
        let total: f64 = 0;
        for (let i: u32 = 0; i < pythonKeyCount(table); i++) total += value(i);
        expect<f64>(total).toBe(sum);
        expect<u32>(pythonSamples(table)).toBe(40);
      }
      expect<u32>(pythonKeyCount(table)).toBe(30);
    }
  });

  it("follows another order than the last file's", () => {
    start();
    randomFrom(5);
    for (let round = 0; round < 20; round++) {
      fileBegin();
      for (let i = 0; i < 20; i++) recordPut(keyNamed("jobs" + randomBelow(10).toString()), 1);
      expect<i32>(read(RULE_SUM)).toBe(OK);
    }
    expect<u32>(pythonKeyCount(table)).toBe(10);
    let total: f64 = 0;
    for (let i: u32 = 0; i < 10; i++) total += value(i);
    expect<f64>(total).toBe(400);
  });

  it("reads a file that is larger than its room", () => {
    start();
    fileBegin();
    let records: u32 = 0;
    while (used < 250000) {
      recordPut(keyNamed("jobs" + (records % 700).toString()), 1);
      records++;
    }
    expect<i32>(read(RULE_SUM)).toBe(OK);
    expect<u32>(pythonSamples(table)).toBe(records);
    expect<i32>(read(RULE_SUM, 0, used - 1)).toBe(FOREIGN);
    expect<u32>(pythonSamples(table)).toBe(2 * records - 1);
  });

  it("reads what is whole of a file that is cut anywhere", () => {
    for (let doubles: u32 = 1; doubles <= 2; doubles++) {
      start();
      fileBegin();
      const ends: u32[] = [];
      for (let i = 0; i < 6; i++) {
        recordPut(keyNamed("jobs" + i.toString()), 1, doubles);
        ends.push(used);
      }
      // What the files before were, is told by them.
      expect<i32>(read(RULE_SUM)).toBe(OK);
      for (let bytes: u32 = 0; bytes < used; bytes++) {
        pythonBegin(table);
        expect<i32>(read(RULE_SUM, 0, bytes)).toBe(FOREIGN);
        let records: u32 = 0;
        for (let i = 0; i < ends.length; i++) records += u32(ends[i] <= bytes);
        expect<u32>(pythonSamples(table)).toBe(records);
      }
    }
  });

  it("takes a file that was only just made as an empty one, and refuses what is none", () => {
    start();
    fileBegin();
    expect<i32>(read(RULE_SUM)).toBe(OK);
    store<u32>(file, 0);
    expect<i32>(read(RULE_SUM)).toBe(OK);
    expect<i32>(read(RULE_SUM, 0, 0)).toBe(FOREIGN);
    store<u32>(file, 5);
    expect<i32>(read(RULE_SUM)).toBe(FOREIGN);
    store<i32>(file, -8);
    expect<i32>(read(RULE_SUM)).toBe(FOREIGN);
    store<u32>(file, 0x7fffffff);
    expect<i32>(read(RULE_SUM)).toBe(FOREIGN);
    expect<u32>(pythonSamples(table)).toBe(0);
  });

  it("stops at a length that is none, and reads what is before", () => {
    const lengths: StaticArray<i32> = [-1, 0, 3, KEY_BYTES_MAX + 1, 0x7fffffff, -0x80000000, 2000];
    for (let i = 0; i < lengths.length; i++) {
      start();
      fileBegin();
      recordPut(keyNamed("jobs"), 1);
      const at = used;
      recordPut(keyNamed("late"), 1);
      recordPut(keyNamed("later"), 1);
      store<i32>(file + at, lengths[i]);
      expect<i32>(read(RULE_SUM)).toBe(FOREIGN);
      expect<u32>(pythonSamples(table)).toBe(1);
    }
  });

  it("survives whatever is in a file", () => {
    start();
    fileBegin();
    randomFrom(11);
    for (let i = 0; i < 12; i++) recordPut(keyNamed("jobs" + i.toString()), 1);
    const end = used;
    const kept = bytesReserved();
    for (let round = 0; round < 3000; round++) {
      const at = randomBelow(end);
      const old = load<u8>(file + at);
      store<u8>(file + at, old ^ ((<u8>1) << (<u8>randomBelow(8))));
      read(RULE_SUM, 0, randomBelow(4) == 0 ? randomBelow(end) : end + 8, randomBelow(3) == 0 ? randomBelow(64) + 1 : 65536);
      store<u8>(file + at, old);
    }
    for (let at: u32 = 0; at < 4096; at += 8) store<u64>(file + at, random64());
    read(RULE_SUM);
    pythonBegin(table);
    expect<bool>(bytesReserved() - kept < 4194304).toBe(true);
    expect<u32>(pythonSamples(table)).toBe(0);
  });
});

describe("pythonRefused", () => {
  it("counts the samples for whose keys there is no memory", () => {
    start();
    let name = "";
    for (let i = 0; i < 500; i++) name += "abcdefghijklmnopqrstuvwxyz";
    let files = 0;
    while (pythonRefused(table) == 0 && files < 400) {
      fileBegin();
      for (let i = 0; i < 8; i++) recordPut(keyNamed(name + (files * 8 + i).toString()), 1);
      expect<i32>(read(RULE_SUM)).toBe(OK);
      files++;
    }
    expect<bool>(files > 4).toBe(true);
  });
});

describe("pythonCreate", () => {
  it("is EXHAUSTED without memory, and pythonEnd gives all of it back", () => {
    format();
    let tables = 0;
    while (tables < 200) {
      if (pythonCreate() == EXHAUSTED) break;
      tables++;
    }
    expect<bool>(tables > 10 && tables < 200).toBe(true);
    format();
    pythonEnd(pythonCreate());
    const free = bytesFree();
    const reserved = bytesReserved();
    for (let i = 0; i < 50; i++) pythonEnd(pythonCreate());
    expect<u32>(bytesFree()).toBe(free);
    expect<u32>(bytesReserved()).toBe(reserved);
  });
});
