// /proc/PID/stat, parsed from its bytes: proc(5) has the numbers of the fields. The name in front of them is in parentheses and
// may hold anything that its process put there, also `) R 1`: it ends at the last parenthesis.

import { isDigit } from "./files.ts";

export const PARENT = 4;
export const FLAGS = 9;
export const USER = 14;
export const SYSTEM = 15;
export const THREADS = 20;
export const START = 22;
export const RESIDENT = 24;
const LAST = RESIDENT;

/** PF_KTHREAD of the kernel's include/linux/sched.h. */
export const KERNEL_THREAD = 0x0020_0000;
/** A name has 15 bytes, of which some are written as four; that of a kernel's thread has 63. */
const NAME_MOST = 64;

const OPENING = 40;
const CLOSING = 41;
const SPACE = 32;
const NEWLINE = 10;
const MINUS = 45;
const ZERO = 48;

/** FNV-1a of 32 bits, of Fowler, Noll and Vo. */
const HASH_BASIS = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

export const RUNNING = 82;
export const WAITING = 68;
const ZOMBIE = 90;
const DEAD = 88;

/** States by what they are called; the last is of all others. */
export const STATES = ["running", "sleeping", "waiting", "idle", "stopped", "zombie", "other"] as const;
const LETTERS = ["R", "S", "D", "I", "Tt", "ZX"];
/** The number of a state, by its character. */
export const STATE_OF = new Uint8Array(256).fill(LETTERS.length);
LETTERS.forEach((letters, state) => {
  for (const letter of letters) STATE_OF[letter.charCodeAt(0)] = state;
});

/** Whether a process in this state has ended, and is only still there. */
export function isOver(state: number): boolean {
  return state === ZOMBIE || state === DEAD;
}

const decoder = new TextDecoder();

/** One object that each reading fills anew. */
export class ProcessStat {
  /** By the numbers of proc(5); those in front of PARENT are not here. */
  readonly fields = new Float64Array(LAST + 1);
  /** A character: R, S, D, Z and others. */
  state = 0;
  nameHash = 0;
  #nameAt = 0;
  #nameEnd = 0;

  /** False for what is no line of this file, or not a whole one. */
  parse(bytes: Uint8Array, length: number): boolean {
    let at = 0;
    while (at < length && bytes[at] !== OPENING) at++;
    const name = at + 1;
    let end = Math.min(length - 1, name + NAME_MOST);
    while (end > at && bytes[end] !== CLOSING) end--;
    if (end <= at) return false;
    let hash = HASH_BASIS;
    for (let i = name; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_PRIME);
    if (bytes[end + 1] !== SPACE || bytes[end + 3] !== SPACE || end + 4 >= length) return false;
    this.nameHash = hash;
    this.#nameAt = name;
    this.#nameEnd = end;
    this.state = bytes[end + 2]!;
    at = end + 4;
    for (let field = PARENT; field <= LAST; field++) {
      const negative = bytes[at] === MINUS;
      if (negative) at++;
      let number = 0;
      const from = at;
      for (; at < length && isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
      if (at === from || at >= length || (bytes[at] !== SPACE && bytes[at] !== NEWLINE)) return false;
      this.fields[field] = negative ? -number : number;
      at++;
    }
    return true;
  }

  /** The name in the bytes that were parsed last; what is not UTF-8 in it becomes U+FFFD. */
  name(bytes: Uint8Array): string {
    return decoder.decode(bytes.subarray(this.#nameAt, this.#nameEnd));
  }
}
