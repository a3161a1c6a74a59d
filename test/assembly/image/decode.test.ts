// From parts to bytes and back: every type, and whatever bytes there are instead.

import { failFrom, family, format, native, random64, randomBelow, randomFrom, summary } from "../formatted";
import { everything, partOf } from "./parts";
import { Base, BASE_SET, COUNTER, GAUGE, HISTOGRAM, MODE_ALL, MODE_SHARED } from "../../../assembly/layout";
import { EXHAUSTED, OK, REFUSED } from "../../../assembly/status";
import { partTaken, takenPart, takenStatus } from "../../../assembly/image/decode";
import { partFlags, partPut, partPutBytes } from "../../../assembly/image/encode";
import { VALUE_DOUBLE, VALUE_NONE, VALUE_PAIR, VALUE_WHOLE } from "../../../assembly/image/format";
import { partList } from "../../../assembly/image/part";
import { PartShare } from "../../../assembly/image/records";
import { varintPut, widePut, wordPut, zigzagPut } from "../../../assembly/image/varint";
import { ownWriter } from "../../../assembly/store/writer";

const room: usize = heap.alloc(1 << 20);

/** Puts a part and takes it again; the bytes that it took. */
function round(family: i32, part: usize): u32 {
  const flags = partFlags(family, part);
  const end = partPut(room, family, part);
  expect<bool>(end - room <= partPutBytes(family, part)).toBe(true);
  expect<usize>(partTaken(family, flags, room, end, false)).toBe(end);
  expect<i32>(takenStatus()).toBe(OK);
  const taken = takenPart();
  const bytes = changetype<Base>(part).bytes;
  expect<u32>(changetype<Base>(taken).bytes).toBe(bytes);
  expect<i32>(memory.compare(taken, part, bytes)).toBe(0);
  return <u32>(end - room);
}

describe("partTaken", () => {
  it("takes what partPut put, of every type, little and much", () => {
    for (let seed = 0; seed < 90; seed += 11) {
      const families = everything(seed);
      for (let i = 0; i < families.length; i++) round(families[i], partOf(families[i]));
    }
  });

  it("keeps every bit of any value, whole numbers in few bytes", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level");
    const part: usize = heap.alloc(64);
    memory.fill(part, 0, offsetof<Base>());
    const record = changetype<Base>(part);
    record.bytes = <u32>offsetof<Base>();
    record.set = BASE_SET;
    const values = [0, -0.0, 1, 127, 128, -1, 0.5, 9007199254740991, 9007199254740992, Infinity, -Infinity, NaN, 5e-324];
    const flags = [VALUE_WHOLE, VALUE_DOUBLE, VALUE_WHOLE, VALUE_WHOLE, VALUE_WHOLE, VALUE_DOUBLE, VALUE_DOUBLE, VALUE_WHOLE];
    for (let i = 0; i < values.length; i++) {
      record.high = values[i];
      expect<u32>(partFlags(level, part)).toBe(i < flags.length ? flags[i] : VALUE_DOUBLE);
      round(level, part);
    }
    record.high = 127;
    expect<u32>(round(level, part)).toBe(1);
    record.low = 1e-17;
    expect<u32>(partFlags(level, part)).toBe(VALUE_PAIR);
    round(level, part);
    randomFrom(4);
    for (let i = 0; i < 500; i++) {
      record.high = reinterpret<f64>(random64());
      record.low = reinterpret<f64>(random64());
      round(level, part);
    }
    memory.fill(part, 0, 40);
    expect<u32>(partFlags(level, part)).toBe(VALUE_NONE);
    expect<u32>(round(level, part)).toBe(0);
  });

  it("refuses every end that comes first", () => {
    const families = everything(23);
    for (let i = 0; i < families.length; i++) {
      const part = partOf(families[i]);
      const flags = partFlags(families[i], part);
      const end = partPut(room, families[i], part);
      for (let at = room; at < end; at++) {
        expect<usize>(partTaken(families[i], flags, room, at, false)).toBe(0);
        expect<i32>(takenStatus()).toBe(REFUSED);
        expect<usize>(takenPart()).toBe(0);
      }
    }
  });

  it("stands any bit that is another one, and any flags", () => {
    const families = everything(23);
    for (let i = 0; i < families.length; i++) {
      const part = partOf(families[i]);
      const flags = partFlags(families[i], part);
      const end = partPut(room, families[i], part);
      for (let other: u32 = 0; other < 128; other += 8) partTaken(families[i], other, room, end, false);
      for (let bit: u32 = 0; bit < (<u32>(end - room)) << 3; bit++) {
        const byte = room + (bit >> 3);
        const was = load<u8>(byte);
        store<u8>(byte, was ^ (<u8>((<u32>1) << (bit & 7))));
        const stop = partTaken(families[i], flags, room, end, false);
        if (stop > end) abort("Read behind the end");
        store<u8>(byte, was);
      }
    }
    expect<i32>(families.length).toBe(16);
  });

  it("stands bytes that nobody put", () => {
    const families = everything(1);
    randomFrom(8);
    let sound = 0;
    for (let i = 0; i < 30000; i++) {
      const length = randomBelow(60);
      // Small numbers get further.
      for (let at: u32 = 0; at < length; at++) store<u8>(room + at, <u8>(randomBelow(256) & randomBelow(256) & randomBelow(256)));
      const stop = partTaken(families[randomBelow(<u32>families.length)], randomBelow(16) << 3, room, room + length, false);
      if (stop > room + length) abort("Read behind the end");
      sound += i32(stop != 0);
    }
    expect<bool>(sound > 1000).toBe(true);
  });

  it("allocates nothing for numbers that nothing follows", () => {
    format();
    const most = ownWriter().roomBytes;
    const wait = native("wait", "", 3, 40);
    const spent = summary("spent");
    const each = family(GAUGE, MODE_ALL, "each");
    // Value 0, schema 3, zero count 0, a million positive buckets.
    let to = varintPut(varintPut(varintPut(zigzagPut(varintPut(room, 0), 3), 0), 1 << 20), 0);
    expect<usize>(partTaken(wait, VALUE_WHOLE, room, to + 100, false)).toBe(0);
    to = varintPut(varintPut(varintPut(zigzagPut(varintPut(room, 0), 3), 0), u32.MAX_VALUE), u32.MAX_VALUE);
    expect<usize>(partTaken(wait, VALUE_WHOLE, room, to + 100, false)).toBe(0);
    // One window of a million bins, then 100 windows.
    to = varintPut(varintPut(varintPut(wordPut(varintPut(varintPut(varintPut(room, 0), 0), 1), 5), 0), 1 << 20), 0);
    expect<usize>(partTaken(spent, VALUE_WHOLE, room, to + 100, false)).toBe(0);
    to = varintPut(varintPut(varintPut(room, 0), 0), 100);
    memory.fill(to, 0, 800);
    expect<usize>(partTaken(spent, VALUE_WHOLE, room, to + 800, false)).toBe(0);
    expect<usize>(partTaken(each, VALUE_NONE, room, varintPut(room, 4000) + 100, false)).toBe(0);
    expect<i32>(takenStatus()).toBe(REFUSED);
    expect<u32>(ownWriter().roomBytes).toBe(most);
  });

  it("is EXHAUSTED without memory", () => {
    format();
    const sizes = family(HISTOGRAM, 0, "sizes", "", [1, 2]);
    const end = varintPut(varintPut(room, 5), 0);
    failFrom(1);
    expect<usize>(partTaken(sizes, VALUE_WHOLE, room, end, false)).toBe(0);
    expect<i32>(takenStatus()).toBe(EXHAUSTED);
    failFrom(0);
    expect<usize>(partTaken(sizes, VALUE_WHOLE, room, end, false)).toBe(end);
  });

  it("refuses what no process can have counted", () => {
    format();
    const sizes = family(HISTOGRAM, 0, "sizes", "", [1, 2]);
    // More buckets than there are, then more observations than may be.
    let end = varintPut(varintPut(varintPut(varintPut(varintPut(varintPut(room, 5), 4), 1), 1), 1), 1);
    expect<usize>(partTaken(sizes, VALUE_WHOLE, room, end, false)).toBe(0);
    end = varintPut(varintPut(varintPut(room, 5), 1), 1 << 57);
    expect<usize>(partTaken(sizes, VALUE_WHOLE, room, end, false)).toBe(0);
    end = varintPut(varintPut(varintPut(room, 5), 1), 1 << 56);
    expect<usize>(partTaken(sizes, VALUE_WHOLE, room, end, false)).toBe(end);
    expect<usize>(partTaken(sizes, VALUE_NONE, room, end, false)).toBe(0);
    const wait = native("wait", "", 3, 40);
    const indexes: i64[][] = [
      [3, 0],
      [3, -1],
      [1 << 40, 1],
      [-(1 << 40), 1],
      [i64.MIN_VALUE, 1],
      [8192, 1],
    ];
    for (let i = 0; i < indexes.length; i++) {
      let to = varintPut(varintPut(varintPut(zigzagPut(varintPut(room, 0), 3), 0), 2), 0);
      to = varintPut(zigzagPut(to, indexes[i][0]), 1);
      to = varintPut(zigzagPut(to, indexes[i][1]), 1);
      expect<usize>(partTaken(wait, VALUE_WHOLE, room, to, false)).toBe(0);
    }
    // A finer schema than the definition's, a coarser one than there are, a bucket without observations.
    const schemas = [4, -5];
    for (let i = 0; i < 2; i++) {
      const to = varintPut(varintPut(varintPut(zigzagPut(varintPut(room, 0), schemas[i]), 0), 0), 0);
      expect<usize>(partTaken(wait, VALUE_WHOLE, room, to, false)).toBe(0);
    }
    let to = varintPut(varintPut(varintPut(zigzagPut(varintPut(room, 0), 3), 0), 1), 0);
    to = varintPut(zigzagPut(to, 1), 0);
    expect<usize>(partTaken(wait, VALUE_WHOLE, room, to, false)).toBe(0);
    const jobs = family(COUNTER, 0, "jobs");
    end = varintPut(room, 1 << 53);
    expect<usize>(partTaken(jobs, VALUE_WHOLE, room, end, false)).toBe(0);
    const each = family(GAUGE, MODE_ALL, "each");
    expect<usize>(partTaken(each, VALUE_WHOLE, room, end, false)).toBe(0);
    end = widePut(varintPut(varintPut(room, 1), 4095), 0);
    expect<usize>(partTaken(each, VALUE_NONE, room, end, false)).toBe(0);
    expect<usize>(partTaken(each, VALUE_NONE, room, end, true)).toBe(0);
  });

  it("takes the shares of several processes of the retired alone", () => {
    format();
    const each = family(GAUGE, MODE_ALL, "each");
    const processes: u64[] = [0, 1, 0x80000000, 0xffffffff];
    for (let i = 0; i < processes.length; i++) {
      const end = widePut(varintPut(varintPut(room, 1), 4094 | (processes[i] << 12)), reinterpret<u64>(<f64>7));
      expect<usize>(partTaken(each, VALUE_NONE, room, end, false)).toBe(processes[i] == 0 ? end : 0);
      expect<usize>(partTaken(each, VALUE_NONE, room, end, true)).toBe(end);
      const share = changetype<PartShare>(partList(each, takenPart()));
      expect<u32>(share.slot).toBe(4094);
      expect<u32>(share.process).toBe(<u32>processes[i]);
      expect<f64>(share.value).toBe(7);
      const part: usize = heap.alloc(64);
      memory.copy(part, takenPart(), changetype<Base>(takenPart()).bytes);
      expect<usize>(partPut(room + 64, each, part)).toBe(room + 64 + (end - room));
      expect<i32>(memory.compare(room + 64, room, end - room)).toBe(0);
      heap.free(part);
    }
    const beyond = widePut(varintPut(varintPut(room, 1), (<u64>1) << 44), 0);
    expect<usize>(partTaken(each, VALUE_NONE, room, beyond, true)).toBe(0);
    expect<i32>(takenStatus()).toBe(REFUSED);
  });
});
