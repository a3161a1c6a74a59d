// What is unlinked stays as it is for verbs that began before, and no longer.

import { become, claim, format } from "../formatted";
import { Header, HEADER, KIND_PLAIN } from "../../../assembly/layout";
import { bytesFree, bytesReserved, take } from "../../../assembly/memory/arena";
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
    slotMove(second, load<u32>(second), 0, 0);
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
    expect<u32>(<u32>changetype<Header>(HEADER).limbo).toBe(0);
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
