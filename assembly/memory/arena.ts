// Where every byte comes from: an atomic bump of the memory, and free lists by kind and size.
//
// `take` first pops a block of the same kind and size class, else moves `next` by compare-and-swap after the
// memory has grown far enough. Whoever dies between the two loses nothing: the memory has grown, `next` has
// not. A block popped by a thread that dies before linking it is lost; that is the price of having no lock,
// one block a death.
//
// The free heads carry a tag in their upper half that changes with every pop and push, so that a head seen
// twice is the same head. A free block's second word links to the next: the first word of the kinds that are
// recycled only as themselves is their state and must outlive the pause.
//
// What it does not do: split, join or give back to the system. Blocks keep their class for ever.

import { add32, exchangeIf32, exchangeIf64, load32, load64, store32 } from "./atomics";
import { FREE_HEADS, HEADER, Header, KIND_SHARED_CELL, SIZE_CLASSES } from "../layout";

/** WebAssembly's page. */
const PAGE: u32 = 65536;
/** Grow by a quarter of a MiB at the least: a growth costs a system call and stales every JavaScript view. */
const GROWTH: u32 = 262144;

const FREE_BYTES: usize = HEADER + offsetof<Header>("freeBytes");

function headOf(kind: u32, sizeClass: u32): usize {
  return FREE_HEADS + ((kind * SIZE_CLASSES + sizeClass) << 3);
}

/** The class of a size: 1 to 64 in steps of 16 bytes, then one a power of two. */
export function sizeClassOf(bytes: u32): u32 {
  if (bytes <= 1024) return max<u32>((bytes + 15) >> 4, 1);
  return 64 + (32 - clz<u32>(bytes - 1)) - 10;
}

/** What a block of that class really holds. */
export function sizeOfClass(sizeClass: u32): u32 {
  return sizeClass <= 64 ? sizeClass << 4 : 1 << (sizeClass - 64 + 10);
}

/** Sees to it that the memory reaches `end`. */
function grownTo(end: u32): bool {
  let pages = <u32>memory.size();
  while ((<u64>pages) << 16 < <u64>end) {
    const wanted = (end - (pages << 16) + PAGE - 1) >> 16;
    // The larger step may pass the memory's maximum where the needed one does not.
    if (memory.grow(max(wanted, GROWTH >> 16)) == -1 && memory.grow(wanted) == -1) {
      // Somebody else may have grown it meanwhile.
      if ((<u64>memory.size()) << 16 < <u64>end) return false;
    }
    pages = <u32>memory.size();
  }
  return true;
}

/** Fresh zeroed bytes at a multiple of `alignment`, or 0. `reserve` may pass the soft limit. */
export function bump(bytes: u32, alignment: u32, reserve: bool): usize {
  const header = changetype<Header>(HEADER);
  const next = HEADER + offsetof<Header>("next");
  const limit = reserve ? header.hardLimit : header.softLimit;
  if (failed()) return 0;
  while (true) {
    const from = load32(next);
    const start = (from + alignment - 1) & ~(alignment - 1);
    if (start < from || bytes > limit || start > limit - bytes) return 0;
    // 16 bytes more: text is copied in vectors that may read past the end of their source.
    if (!grownTo(start + bytes + 16)) return 0;
    if (exchangeIf32(next, from, start + bytes) == from) return start;
  }
}

/** Tests count allocations down to the one that fails. */
function failed(): bool {
  const failAfter = HEADER + offsetof<Header>("failAfter");
  if (load32(failAfter) == 0) return false;
  if (add32(failAfter, -1) > 1) return false;
  store32(failAfter, 1);
  return true;
}

/** A block of that kind, or 0. Only a fresh one is zeroed: whoever takes it writes every field. */
export function take(bytes: u32, kind: u32, reserve: bool): usize {
  const sizeClass = sizeClassOf(bytes);
  const head = headOf(kind, sizeClass);
  while (true) {
    const seen = load64(head);
    const block = <u32>seen;
    if (block == 0) return bump(sizeOfClass(sizeClass), kind == KIND_SHARED_CELL ? 64 : 16, reserve);
    const rest = load32(block + 4);
    if (exchangeIf64(head, seen, (((seen >> 32) + 1) << 32) | (<u64>rest)) != seen) continue;
    add32(FREE_BYTES, -sizeOfClass(sizeClass));
    return block;
  }
}

/** Gives a block back. Nobody may hold its address but readers who check its generation. */
export function give(block: usize, bytes: u32, kind: u32): void {
  const sizeClass = sizeClassOf(bytes);
  const head = headOf(kind, sizeClass);
  add32(FREE_BYTES, sizeOfClass(sizeClass));
  while (true) {
    const seen = load64(head);
    store32(block + 4, <u32>seen);
    if (exchangeIf64(head, seen, (((seen >> 32) + 1) << 32) | (<u64>block)) == seen) return;
  }
}

/** Bytes ever handed out, whether used or free. */
export function bytesReserved(): u32 {
  return load32(HEADER + offsetof<Header>("next"));
}

/** Bytes that lie in free lists; a death between two stores tells a block too many. */
export function bytesFree(): u32 {
  return load32(FREE_BYTES);
}
