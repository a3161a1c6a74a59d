// /proc/PID/io, parsed from its bytes: lines of a name, a colon and a number, in the order of proc(5).

import { isDigit, numberAt } from "./files.ts";

/** read_bytes and write_bytes by their lines, from 0. */
const READ_LINE = 4;
const WRITTEN_LINE = 5;

const NEWLINE = 10;
const COLON = 58;

/** One object that each reading fills anew. */
export class ProcessIo {
  readonly #lines = new Float64Array(WRITTEN_LINE + 1);

  get read(): number {
    return this.#lines[READ_LINE]!;
  }

  get written(): number {
    return this.#lines[WRITTEN_LINE]!;
  }

  /** False for what is no such file, or not a whole one. */
  parse(bytes: Uint8Array, length: number): boolean {
    let line = 0;
    for (let at = 0; at < length && line <= WRITTEN_LINE; line++) {
      while (at < length && bytes[at] !== COLON) at++;
      at += 2;
      if (at >= length || !isDigit(bytes[at]!)) return false;
      this.#lines[line] = numberAt(bytes, at, length);
      while (at < length && bytes[at] !== NEWLINE) at++;
      // Of a number that was cut nobody knows how much is missing.
      if (at >= length) return false;
      at++;
    }
    return line > WRITTEN_LINE;
  }
}
