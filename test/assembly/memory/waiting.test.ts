// Two stacks that take turns: nothing is lost, nothing comes twice, and everything comes up.

import { format } from "../formatted";
import { Header, HEADER, KIND_PLAIN, Waiting, WAITING_NEXT } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { waitingFirst, waitingPush, waitingTaken } from "../../../assembly/memory/waiting";

const WAITING: usize = HEADER + offsetof<Header>("limbo");

function made(): usize {
  return take(64, KIND_PLAIN, false);
}

describe("waitingFirst and waitingTaken", () => {
  it("give every block once, and 0 when there is none", () => {
    format();
    expect<usize>(waitingFirst(WAITING)).toBe(0);
    const blocks = new StaticArray<usize>(50);
    for (let i = 0; i < 50; i++) {
      blocks[i] = made();
      waitingPush(WAITING, blocks[i]);
    }
    let found = 0;
    for (let i = 0; i < 50; i++) {
      const block = waitingFirst(WAITING);
      expect<bool>(waitingTaken()).toBe(true);
      for (let j = 0; j < 50; j++) {
        if (blocks[j] != block) continue;
        blocks[j] = 0;
        found++;
      }
    }
    expect<i32>(found).toBe(50);
    expect<usize>(waitingFirst(WAITING)).toBe(0);
  });

  it("bring every block up within two rounds, though those that come up are put back and others come", () => {
    format();
    const oldest = made();
    waitingPush(WAITING, oldest);
    for (let i = 0; i < 20; i++) waitingPush(WAITING, made());
    let rounds = 0;
    for (; rounds < 200; rounds++) {
      const block = waitingFirst(WAITING);
      waitingTaken();
      if (block == oldest) break;
      waitingPush(WAITING, block);
      waitingPush(WAITING, made());
    }
    expect<i32>(rounds).toBe(20);
  });

  it("do not take a block that somebody else took and put back", () => {
    format();
    const one = made();
    const other = made();
    waitingPush(WAITING, one);
    waitingPush(WAITING, other);
    expect<usize>(waitingFirst(WAITING)).toBe(other);
    // Another thread: the same block is first again, with another one behind it.
    const stack = WAITING + ((changetype<Waiting>(WAITING).turn & 1) << 3);
    const head = load<u64>(stack);
    store<u32>(other + WAITING_NEXT, 0);
    store<u64>(stack, head + ((<u64>4) << 32));
    expect<bool>(waitingTaken()).toBe(false);
    expect<usize>(waitingFirst(WAITING)).toBe(other);
    expect<bool>(waitingTaken()).toBe(true);
    expect<usize>(waitingFirst(WAITING)).toBe(0);
  });
});
