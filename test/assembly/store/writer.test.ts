// Slots as such: their words, their room for input and output, and how many there may be.

import { become, claim, failFrom, format, input, textAt } from "../formatted";
import { ACTIVE, Header, HEADER, NO_THREAD, RETIRED, REVOKED, Writer, WRITERS_MAX } from "../../../assembly/layout";
import { identityNext, writerClaim } from "../../../assembly/store/adopt";
import {
  begin,
  clockNow,
  clockPassed,
  clockSet,
  end,
  inputAddress,
  outputAddress,
  owned,
  ownSlot,
  ownWriter,
  slotAt,
  slotCount,
  slotForget,
  slotMove,
  slotOwn,
  slotTake,
  STEP_MOST,
  writerRest,
} from "../../../assembly/store/writer";
import { EXHAUSTED, LIMIT, OK } from "../../../assembly/status";

describe("a slot", () => {
  it("lies in lines of its own", () => {
    format();
    claim();
    for (let i: u32 = 0; i < slotCount(); i++) expect<usize>(slotAt(i) & 63).toBe(0);
    expect<u32>(slotCount()).toBe(2);
  });

  it("is owned until its state or its generation changes", () => {
    format();
    expect<bool>(owned()).toBe(true);
    const state = load<u32>(ownSlot());
    expect<u32>(state & 3).toBe(ACTIVE);
    const mine = ownSlot();
    slotMove(mine, load<u64>(mine), RETIRED);
    expect<bool>(owned()).toBe(false);
    expect<bool>(begin()).toBe(false);
    expect<bool>(slotTake(mine, load<u64>(mine), 9)).toBe(true);
    slotOwn(mine, state);
    expect<bool>(owned()).toBe(false);
  });
});

describe("slotMove", () => {
  it("moves a slot that is as it was seen, thread and all, and no other", () => {
    const slot = format();
    const life = load<u64>(slot);
    for (let other = 0; other < 2; other++) {
      expect<bool>(slotMove(slot, life + (other == 0 ? 4 : (<u64>1) << 32), RETIRED)).toBe(false);
      expect<u64>(load<u64>(slot)).toBe(life);
    }
    expect<bool>(slotMove(slot, life, REVOKED)).toBe(true);
    expect<u64>(load<u64>(slot)).toBe((life & ~3) | REVOKED);
    expect<bool>(slotMove(slot, load<u64>(slot), RETIRED)).toBe(true);
    expect<u64>(load<u64>(slot)).toBe(((<u64>NO_THREAD) << 32) | ((<u32>life) & ~3) | RETIRED);
  });
});

describe("slotTake", () => {
  it("gives a slot that is as it was seen to this instance, with its thread, for another life", () => {
    const slot = format();
    const life = load<u64>(slot);
    slotForget();
    expect<bool>(slotTake(slot, life + 4, 9)).toBe(false);
    expect<usize>(ownSlot()).toBe(0);
    expect<bool>(slotTake(slot, life, 9)).toBe(true);
    expect<bool>(owned()).toBe(true);
    expect<u64>(load<u64>(slot)).toBe(((<u64>9) << 32) | (<u32>life + 4));
  });
});

describe("begin and end", () => {
  it("say in the slot that a cold verb is under way, and since when", () => {
    const slot = format();
    changetype<Header>(HEADER).epoch = 41;
    expect<bool>(begin()).toBe(true);
    expect<u32>(changetype<Writer>(slot).busy).toBe(41);
    expect<u32>(changetype<Writer>(slot).quiet).toBe(41);
    changetype<Header>(HEADER).epoch = 42;
    end();
    expect<u32>(changetype<Writer>(slot).busy).toBe(0);
    expect<u32>(changetype<Writer>(slot).quiet).toBe(41);
    expect<u32>(changetype<Writer>(slot).known).toBe(42);
  });
});

describe("writerRest", () => {
  it("says that this writer is in no verb, as a cold one would", () => {
    const slot = format();
    changetype<Header>(HEADER).epoch = 41;
    writerRest();
    expect<u32>(changetype<Writer>(slot).quiet).toBe(41);
    changetype<Header>(HEADER).epoch = 42;
    slotMove(slot, load<u64>(slot), RETIRED);
    writerRest();
    expect<u32>(changetype<Writer>(slot).quiet).toBe(41);
  });
});

describe("inputAddress", () => {
  it("gives room that grows as it is asked for, and keeps it", () => {
    format();
    const at = inputAddress(10);
    expect<usize>(inputAddress(1000)).toBe(at);
    const length = input("abc");
    expect<string>(textAt(inputAddress(length), length)).toBe("abc");
    const larger = inputAddress(100000);
    expect<bool>(larger == at).toBe(false);
    memory.fill(larger, 1, 100000);
    expect<u32>(ownWriter().inputBytes).toBeGreaterThanOrEqual(100000);
    expect<usize>(inputAddress(5)).toBe(larger);
  });

  it("is 0 without memory; what was there stays", () => {
    format();
    const at = inputAddress(10);
    failFrom(1);
    expect<usize>(inputAddress(200000)).toBe(0);
    failFrom(0);
    expect<usize>(inputAddress(10)).toBe(at);
  });
});

describe("outputAddress", () => {
  it("gives room that grows as it is asked for, 0 without memory", () => {
    format();
    const at = outputAddress(1000);
    expect<usize>(outputAddress(500)).toBe(at);
    failFrom(1);
    expect<usize>(outputAddress(300000)).toBe(0);
    failFrom(0);
    expect<usize>(outputAddress(1000)).toBe(at);
    memory.fill(outputAddress(300000), 1, 300000);
  });
});

describe("clockSet", () => {
  it("sets what the instance takes for the time", () => {
    clockSet(1234.5);
    expect<f64>(clockNow()).toBe(1234.5);
  });

  it("tells the memory the wall clock in hundredths of a second, modulo 2^32, also where it is set back", () => {
    format();
    const header = changetype<Header>(HEADER);
    clockSet(1234.5);
    expect<u32>(header.ticks).toBe(123450);
    clockSet(1234.25);
    expect<u32>(header.ticks).toBe(123425);
    clockSet(1760000000.125);
    expect<u32>(header.ticks).toBe(<u32>((<u64>176000000012) & 0xffffffff));
    clockSet(42949672.96);
    expect<u32>(header.ticks).toBe(0);
  });
});

describe("clockPassed", () => {
  it("grows with the clock, by STEP_MOST at a leap, and not when the clock is set back", () => {
    format();
    clockSet(2000);
    const from = clockPassed();
    clockSet(2010.5);
    expect<f64>(clockPassed() - from).toBe(10.5);
    clockSet(90000);
    expect<f64>(clockPassed() - from).toBe(10.5 + STEP_MOST);
    clockSet(1000);
    expect<f64>(clockPassed() - from).toBe(10.5 + STEP_MOST);
    clockSet(1001.5);
    expect<f64>(clockPassed() - from).toBe(12 + STEP_MOST);
  });

  it("is what any instance has counted, and is not counted twice", () => {
    format();
    clockSet(2000);
    const from = clockPassed();
    // Another instance was ahead.
    changetype<Header>(HEADER).seconds = <u32>from + 100;
    expect<f64>(clockPassed()).toBe(Math.floor(from) + 100);
    clockSet(2020);
    expect<f64>(clockPassed()).toBe(Math.floor(from) + 100);
    clockSet(2025);
    expect<u32>(changetype<Header>(HEADER).seconds).toBe(<u32>from + 105);
  });
});

describe("slots without end", () => {
  it("are refused with LIMIT past WRITERS_MAX, with EXHAUSTED without memory", () => {
    const first = format();
    slotForget();
    failFrom(1);
    expect<i32>(writerClaim(identityNext(), 1, 0)).toBe(EXHAUSTED);
    failFrom(0);
    become(first);
    // Slots of their own would not fit the memory of this test: the table is told of more than there are.
    const table: usize = changetype<Header>(HEADER).writers;
    store<u32>(table, WRITERS_MAX);
    slotForget();
    expect<i32>(writerClaim(identityNext(), 1, 0)).toBe(LIMIT);
    store<u32>(table, 1);
    expect<i32>(writerClaim(identityNext(), 1, 0)).toBe(OK);
  });
});
