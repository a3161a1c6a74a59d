// Numbers of a file of lines such as /proc/PID/status, parsed from its bytes: a name at the begin of a line, blanks or a colon, digits.

import { isDigit, numberAt } from "../probe/files.ts";

const NEWLINE = 10;
const BLANKS: readonly number[] = [9, 32, 58];

/** One object that each reading fills anew. */
export class NamedLines {
  /** By the names' order; NaN for what is not there. */
  readonly values: Float64Array;
  readonly #names: readonly Uint8Array[];
  /** Read behind this in the line, where it is not what follows the name. */
  readonly #mark: Uint8Array;

  /** Of lines that begin with these names; the number is the one behind `mark`, or the first one. */
  constructor(names: readonly string[], mark = "") {
    const encoder = new TextEncoder();
    this.#names = names.map((name) => encoder.encode(name));
    this.#mark = encoder.encode(mark);
    this.values = new Float64Array(names.length);
  }

  parse(bytes: Uint8Array, length: number): void {
    this.values.fill(NaN);
    for (let at = 0; at < length;) {
      let end = at;
      while (end < length && bytes[end] !== NEWLINE) end++;
      // Of a line that was cut nobody knows how much is missing.
      if (end >= length) return;
      this.#line(bytes, at, end);
      at = end + 1;
    }
  }

  #line(bytes: Uint8Array, from: number, end: number): void {
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!;
      if (!begins(bytes, from, end, name)) continue;
      let at = from + name.length;
      // `Threads` is not what `ThreadsMax` is.
      if (at >= end || !BLANKS.includes(bytes[at]!)) continue;
      while (at < end && !begins(bytes, at, end, this.#mark)) at++;
      at += this.#mark.length;
      while (at < end && BLANKS.includes(bytes[at]!)) at++;
      if (at < end && isDigit(bytes[at]!)) this.values[i] = numberAt(bytes, at, end);
      return;
    }
  }
}

function begins(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}
