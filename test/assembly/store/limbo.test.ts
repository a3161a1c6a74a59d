// What is unlinked stays as it is for verbs that began before, and no longer.

import { become, claim, format } from "../formatted";
import { Header, HEADER, KIND_PLAIN, Writer } from "../../../assembly/layout";
import { bytesFree, bytesReserved, take } from "../../../assembly/memory/arena";
import { waitingFirst } from "../../../assembly/memory/waiting";
import { limboSift, retire } from "../../../assembly/store/limbo";
import { begin, end, ownSlot, slotMove } from "../../../assembly/store/writer";

/** Bytes of a class that nothing else in these tests uses. */
const BYTES: u32 = 3000;

describe("retire", () => {
  it("gives a block back once no cold verb is under way that began before", () => {
    format();
    const block = take(BYTES, KIND_PLAIN, false);
    retire(block, BYTES, KIND_PLAIN);
    expect<bool>(take(BYTES, KIND_PLAIN, false) == block).toBe(false);
    limboSift();
    expect<usize>(take(BYTES, KIND_PLAIN, false)).toBe(block);
  });

  it("keeps a block while another writer is in a cold verb that began before, and not longer", () => {
    const first = format();
    const second = claim();
    begin();
    become(first);
    const block = take(BYTES, KIND_PLAIN, false);
    retire(block, BYTES, KIND_PLAIN);
    limboSift();
    limboSift();
    expect<bool>(take(BYTES, KIND_PLAIN, false) == block).toBe(false);
    become(second);
    end();
    become(first);
    limboSift();
    expect<usize>(take(BYTES, KIND_PLAIN, false)).toBe(block);
  });

  it("does not wait for a verb that began afterwards", () => {
    const first = format();
    const second = claim();
    become(first);
    const block = take(BYTES, KIND_PLAIN, false);
    retire(block, BYTES, KIND_PLAIN);
    become(second);
    begin();
    become(first);
    limboSift();
    expect<usize>(take(BYTES, KIND_PLAIN, false)).toBe(block);
  });

  it("waits for a writer that died in a cold verb until its slot is retired", () => {
    const first = format();
    const second = claim();
    begin();
    become(first);
    const block = take(BYTES, KIND_PLAIN, false);
    retire(block, BYTES, KIND_PLAIN);
    limboSift();
    expect<bool>(take(BYTES, KIND_PLAIN, false) == block).toBe(false);
    slotMove(second, load<u64>(second), 0);
    limboSift();
    expect<usize>(take(BYTES, KIND_PLAIN, false)).toBe(block);
    expect<usize>(ownSlot()).toBe(first);
  });

  it("keeps many blocks apart from one another, and loses none", () => {
    format();
    const reserved = bytesReserved();
    const free = bytesFree();
    for (let i = 0; i < 100; i++) retire(take(BYTES, KIND_PLAIN, false), BYTES, KIND_PLAIN);
    limboSift();
    // The blocks, and the notes about them.
    expect<u32>(bytesFree() - free).toBe(bytesReserved() - reserved);
    expect<usize>(waitingFirst(HEADER + offsetof<Header>("limbo"))).toBe(0);
  });

  it("gives a part of many back at a time, and all of them in the end", () => {
    format();
    const free = bytesFree();
    for (let i = 0; i < 600; i++) retire(take(16, KIND_PLAIN, false), 16, KIND_PLAIN);
    limboSift();
    const part = bytesFree() - free;
    expect<u32>(part).toBeGreaterThan(0);
    limboSift();
    expect<u32>(bytesFree() - free).toBe(part * 2);
    limboSift();
    limboSift();
    expect<usize>(waitingFirst(HEADER + offsetof<Header>("limbo"))).toBe(0);
  });

  it("gives old blocks back though there is always a verb under way and newer ones keep coming", () => {
    const first = format();
    const second = claim();
    const third = claim();
    begin();
    let reserved: u32 = 0;
    for (let round = 0; round < 2000; round++) {
      // One of the two begins before the other ends.
      become((round & 1) == 0 ? second : third);
      begin();
      become((round & 1) == 0 ? third : second);
      end();
      become(first);
      for (let i = 0; i < 4; i++) {
        limboSift();
        retire(take(BYTES, KIND_PLAIN, false), BYTES, KIND_PLAIN);
      }
      if (round == 20) reserved = bytesReserved();
    }
    expect<u32>(bytesReserved()).toBe(reserved);
  });

  it("waits for a verb that began when the epochs came around to 0", () => {
    const first = format();
    changetype<Header>(HEADER).epoch = 0;
    const second = claim();
    begin();
    expect<bool>(changetype<Writer>(second).busy == 0).toBe(false);
    become(first);
    const block = take(BYTES, KIND_PLAIN, false);
    retire(block, BYTES, KIND_PLAIN);
    limboSift();
    expect<bool>(take(BYTES, KIND_PLAIN, false) == block).toBe(false);
    become(second);
    end();
    become(first);
    limboSift();
    expect<usize>(take(BYTES, KIND_PLAIN, false)).toBe(block);
  });

  it("holds for epochs that wrap around", () => {
    const first = format();
    changetype<Header>(HEADER).epoch = 0xfffffffe;
    const second = claim();
    begin();
    become(first);
    const block = take(BYTES, KIND_PLAIN, false);
    for (let i = 0; i < 4; i++) retire(take(16, KIND_PLAIN, false), 16, KIND_PLAIN);
    retire(block, BYTES, KIND_PLAIN);
    limboSift();
    expect<bool>(take(BYTES, KIND_PLAIN, false) == block).toBe(false);
    become(second);
    end();
    limboSift();
    expect<usize>(take(BYTES, KIND_PLAIN, false)).toBe(block);
  });
});
