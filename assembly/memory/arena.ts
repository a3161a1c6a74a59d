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
// What it does not do: join, or give back to the system. A block keeps its class until the memory is full; then larger
// free ones of its kind, or plain ones, are split for those who find none of their own.

import { add32, exchangeIf32, exchangeIf64, load32, load64, store32 } from "./atomics";
import { FREE_HEADS, HEADER, Header, KIND_PLAIN, KIND_SHARED_CELL, SIZE_CLASSES } from "../layout";

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

/** A free block of that kind and class, or 0. */
function popped(kind: u32, sizeClass: u32): usize {
  const head = headOf(kind, sizeClass);
  while (true) {
    const seen = load64(head);
    const block = <u32>seen;
    if (block == 0) return 0;
    const rest = load32(block + 4);
    if (exchangeIf64(head, seen, (((seen >> 32) + 1) << 32) | (<u64>rest)) != seen) continue;
    add32(FREE_BYTES, -sizeOfClass(sizeClass));
    return block;
  }
}

/** The front of a larger free block of the kind; what is left of it goes to the lists of its sizes. */
function split(bytes: u32, kind: u32): usize {
  for (let sizeClass = sizeClassOf(bytes) + 1; sizeClass < SIZE_CLASSES; sizeClass++) {
    const block = popped(kind, sizeClass);
    if (block == 0) continue;
    const end = <u32>block + sizeOfClass(sizeClass);
    for (let at = <u32>block + bytes; at < end;) {
      let piece = sizeClassOf(end - at);
      while (sizeOfClass(piece) > end - at) piece--;
      give(at, sizeOfClass(piece), kind);
      at += sizeOfClass(piece);
    }
    return block;
  }
  return 0;
}

/**
 * A block of that kind, or 0. Only a fresh one is zeroed: whoever takes it writes every field. Past the limit it is a
 * part of a larger one: what was freed by one size of series would be of no use to another.
 */
export function take(bytes: u32, kind: u32, reserve: bool): usize {
  const sizeClass = sizeClassOf(bytes);
  const block = popped(kind, sizeClass);
  if (block != 0) return block;
  const size = sizeOfClass(sizeClass);
  const fresh = bump(size, kind == KIND_SHARED_CELL ? 64 : 16, reserve);
  // Shared cells have lines of their own. Where a test lets allocations fail, they do.
  if (fresh != 0 || kind == KIND_SHARED_CELL || load32(HEADER + offsetof<Header>("failAfter")) != 0) return fresh;
  const part = split(size, kind);
  return part != 0 || kind == KIND_PLAIN ? part : split(size, KIND_PLAIN);
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
