// What both kinds of files have in common: rows end at a line break, and only those whose line break is among the bytes are read. What
// a row is, its reader knows, and reads many of them at once: nothing here happens for each row.

import { type Batch, BAD_LENGTH, type Told } from "./batch.ts";

const LF = 10;
/** In the place of a position: the file is none of ours, and nothing more of it is read. */
export const FOREIGN = -1;

export interface RowReader {
  /** Reads rows up to `whole`, where a line ends, until the batch is full; returns where it stopped, or `FOREIGN`. */
  rows(bytes: Uint8Array, from: number, whole: number, ended: boolean): number;
  /** The last line, which has no end. */
  rest(bytes: Uint8Array, from: number, end: number): void;
}

export class Lines {
  /** The number of the line that comes next. */
  next = 1;
  /** True while the rest of a row that is too long is passed over. */
  #skipping = false;
  readonly #reader: RowReader;
  readonly #batch: Batch;
  readonly #told: Told;

  constructor(reader: RowReader, batch: Batch, told: Told) {
    this.#reader = reader;
    this.#batch = batch;
    this.#told = told;
  }

  begin(): void {
    this.next = 1;
    this.#skipping = false;
  }

  /** As `Format` has it. */
  parse(bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    // Of no bytes the last one would be sought from the other end.
    const whole = from === end ? from : bytes.lastIndexOf(LF, end - 1) + 1;
    let at = from;
    if (this.#skipping && whole <= from) return end;
    if (whole > from) {
      if (this.#skipping) {
        at = bytes.indexOf(LF, at) + 1;
        this.next++;
        this.#skipping = false;
      }
      at = this.#reader.rows(bytes, at, whole, ended);
      if (at === FOREIGN) return end;
    }
    if (!ended || this.#batch.rows === this.#batch.capacity) return at;
    if (at < end) this.#reader.rest(bytes, at, end);
    return end;
  }

  /** Gives a row up; what follows of it is passed over. */
  giveUp(end: number): number {
    this.#told.bad(this.next, BAD_LENGTH);
    this.#skipping = true;
    return end;
  }
}
