// Times of creation: bit by bit what they were, in few bytes.

import { random, randomFrom } from "../formatted";
import { CREATED_BYTES_MAX, createdBegun, createdPut, createdTaken, createdTime } from "../../../assembly/image/created";

const room: usize = heap.alloc(1 << 16);
const NOW: f64 = 1790000000.123;

/** Puts times and takes them again; the bytes that they took. */
function round(seconds: f64, times: f64[]): usize {
  createdBegun(seconds);
  let to = room;
  for (let i = 0; i < times.length; i++) {
    const from = to;
    to = createdPut(to, times[i]);
    expect<bool>(to - from <= CREATED_BYTES_MAX).toBe(true);
  }
  createdBegun(seconds);
  let at = room;
  for (let i = 0; i < times.length; i++) {
    at = createdTaken(at, to);
    expect<u64>(reinterpret<u64>(createdTime())).toBe(reinterpret<u64>(times[i]));
  }
  expect<usize>(at).toBe(to);
  return to - room;
}

describe("createdTaken", () => {
  it("takes whole milliseconds near one another from a byte or two", () => {
    expect<usize>(round(NOW, [NOW, NOW, 1790000000.124, 1790000000.103])).toBe(4);
    expect<usize>(round(NOW, [1790000001.5])).toBe(2);
  });

  it("takes any other time too", () => {
    round(NOW, [0, -0.0, NOW, 0, NaN, NOW, Infinity, 1e300, -5e-324, NOW, 1 / 3, NOW]);
    round(0.1 + 0.2, [NOW, NOW]);
    randomFrom(5);
    const times: f64[] = [];
    for (let i = 0; i < 2000; i++) times.push(i % 3 == 0 ? random() * 1e10 : Math.round(random() * 1e12) / 1000);
    round(NOW, times);
  });

  it("refuses a difference to what is no whole milliseconds, and an end that comes first", () => {
    createdBegun(NOW);
    const end = createdPut(room, 1 / 3);
    for (let to = room; to < end; to++) {
      createdBegun(NOW);
      expect<usize>(createdTaken(room, to)).toBe(0);
    }
    createdBegun(1 / 3);
    store<u8>(room, 1);
    expect<usize>(createdTaken(room, room + 1)).toBe(0);
  });
});
