// Blocks that wait until nobody can use them any more: where to put them, and how to look at them one by one.
//
// Two stacks. New blocks go onto the one that fills; whoever sifts pops from the one that is emptied, which
// gets older from block to block and no younger. When it is empty the two change places, so every block comes
// up after at most two rounds, however many are put in meanwhile and however long some of them must wait.
//
// A block is out of a stack between the pop and whatever its popper does with it, and no other block is: a
// thread that dies there loses that one. The heads carry a tag, as the arena's do, so a head seen twice is the
// same head; what is read of a block before the pop may be anything, and the pop vouches for it.
//
// A push that read the turn before it changed lands on the stack that is emptied. There it only waits on top.
//
// What it does not do: keep an order, or say what may leave. That is for limbo.ts and cell.ts in store/.

import { exchangeIf32, exchangeIf64, load32, load64, store32 } from "./atomics";
import { Waiting, WAITING_NEXT } from "../layout";

const TURN: usize = offsetof<Waiting>("turn");

/** The stack and the head that `waitingFirst` looked at last. */
let stack: usize = 0;
let seen: u64 = 0;

function stackOf(waiting: usize, turn: u32): usize {
  return waiting + ((turn & 1) << 3);
}

/** Puts a block onto the stack that fills. */
export function waitingPush(waiting: usize, block: usize): void {
  const to = stackOf(waiting, load32(waiting + TURN) + 1);
  while (true) {
    const head = load64(to);
    store32(block + WAITING_NEXT, <u32>head);
    if (exchangeIf64(to, head, (((head >> 32) + 1) << 32) | (<u64>block)) == head) return;
  }
}

/** The block that would be taken next, 0 for none. */
export function waitingFirst(waiting: usize): usize {
  const turn = load32(waiting + TURN);
  stack = stackOf(waiting, turn);
  seen = load64(stack);
  if (<u32>seen != 0) return <u32>seen;
  stack = stackOf(waiting, turn + 1);
  seen = load64(stack);
  // Where somebody else was faster the stack is the one that is emptied now, or fills once more.
  if (<u32>seen != 0) exchangeIf32(waiting + TURN, turn, turn + 1);
  return <u32>seen;
}

/** Takes what `waitingFirst` found; false where it is no longer the first. */
export function waitingTaken(): bool {
  const next = load32(<usize>(<u32>seen) + WAITING_NEXT);
  return exchangeIf64(stack, seen, (((seen >> 32) + 1) << 32) | (<u64>next)) == seen;
}
