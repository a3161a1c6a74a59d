// Frames: those that were put are taken, and nothing else is.

import "../formatted";
import { FOREIGN, OK, REFUSED } from "../../../assembly/status";
import { FRAME_BASED, FRAME_BASELINE, FRAME_ENDED, FRAME_FULL, FRAME_HEAD, FRAME_LAST } from "../../../assembly/image/format";
import {
  frameBase,
  frameBegun,
  frameChecked,
  frameCount,
  frameFlags,
  frameGeneration,
  frameInstance,
  frameLength,
  framePart,
  frameSeconds,
  frameSealed,
  frameSequence,
  frameUntil,
  frameUntilSet,
} from "../../../assembly/image/frame";

const room: usize = heap.alloc(512);

/** A frame with so many bytes of records; its length. */
function made(bytes: u32, base: u64, sequence: u64, flags: u32, count: u32, until: u64 = sequence): u32 {
  const at = frameBegun(room, 11, 12, base, sequence, 3, 1.5);
  frameUntilSet(room, until);
  memory.fill(at, 7, bytes);
  return frameSealed(room, at + bytes, flags, count);
}

function flipOf(bit: u32): u8 {
  return <u8>((<u32>1) << (bit & 7));
}

describe("frameChecked", () => {
  it("takes what was sealed, and tells what stands in it", () => {
    const length = made(13, 4, 9, FRAME_LAST | FRAME_ENDED, 5, 10);
    expect<u32>(length).toBe(FRAME_HEAD + 16);
    expect<i32>(frameChecked(room, length)).toBe(OK);
    expect<i32>(frameChecked(room, 500)).toBe(OK);
    expect<u32>(frameLength(room, length)).toBe(length);
    expect<u64>(frameInstance(room)).toBe(11);
    expect<u64>(frameGeneration(room)).toBe(12);
    expect<u64>(frameBase(room)).toBe(4);
    expect<u64>(frameSequence(room)).toBe(9);
    expect<u64>(frameUntil(room)).toBe(10);
    expect<u32>(framePart(room)).toBe(3);
    expect<u32>(frameCount(room)).toBe(5);
    expect<f64>(frameSeconds(room)).toBe(1.5);
    expect<u32>(frameFlags(room)).toBe(FRAME_LAST | FRAME_ENDED);
    expect<u64>(load<u64>(room + length - 8) >> 40).toBe(0);
  });

  it("refuses it at every length that is too short", () => {
    const length = made(40, 0, 1, FRAME_FULL, 1);
    expect<i32>(frameChecked(room, length)).toBe(OK);
    for (let bytes: u32 = 0; bytes < length; bytes++) expect<i32>(frameChecked(room, bytes)).toBe(REFUSED);
    expect<u32>(frameLength(room, FRAME_HEAD - 1)).toBe(0);
  });

  it("refuses it with any bit another one", () => {
    const length = made(24, 0, 1, FRAME_FULL | FRAME_LAST, 1);
    for (let bit: u32 = 0; bit < length << 3; bit++) {
      const byte = room + (bit >> 3);
      store<u8>(byte, load<u8>(byte) ^ flipOf(bit));
      // Of flags whose meaning is sound the checksum knows nothing.
      const told = frameChecked(room, length);
      expect<bool>(told == OK && bit >> 3 != 12).toBe(false);
      if (bit < 64) expect<i32>(told).toBe(FOREIGN);
      store<u8>(byte, load<u8>(byte) ^ flipOf(bit));
    }
  });

  it("refuses what cannot be, whatever its checksum", () => {
    expect<i32>(frameChecked(room, made(8, 0, 1, FRAME_FULL, 1))).toBe(OK);
    expect<i32>(frameChecked(room, made(8, 0, 1, 0, 1))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 2, FRAME_FULL, 1))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 2, 2, FRAME_LAST, 1))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 2, FRAME_ENDED, 1))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 2, FRAME_BASED << 1, 1))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 2, FRAME_BASED, 1))).toBe(OK);
    expect<i32>(frameChecked(room, made(8, 0, 2, FRAME_FULL | FRAME_BASED | FRAME_BASELINE, 1))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 5, FRAME_LAST, 1, 4))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 5, FRAME_LAST, 1, (1 << 53) - 1))).toBe(OK);
    expect<i32>(frameChecked(room, made(8, 1, 5, FRAME_LAST, 1, 1 << 53))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 2, 0, 5))).toBe(REFUSED);
    expect<i32>(frameChecked(room, made(8, 1, 2, 0, 4))).toBe(OK);
  });
});
