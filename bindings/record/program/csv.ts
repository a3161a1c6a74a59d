// Reads rows of CSV from bytes as Python's csv writes them: the header `Timepoint,Measurement,Label,PID`, quotes only where they
// are needed, CR LF or LF behind each row.
//
// Only rows whose line break is among the bytes are read, so no loop of a field needs to look where the bytes end: none passes a
// line break. A label is compared with the one of the row before, for files are grouped by label. A row that is wrong ends at its
// first line break, wherever its quotes are, so that one stray quote does not take the rest of the file with it.

import { BAD_COLUMNS, BAD_LABEL, BAD_LENGTH, BAD_MEASUREMENT, BAD_PID, BAD_TIMEPOINT } from "./batch.ts";
import type { Batch, Format, Told } from "./batch.ts";
import { Field } from "./field.ts";
import { HEADER, otherHeader } from "./header.ts";
import { type Labels, UNWANTED } from "./labels.ts";
import { FOREIGN, Lines, type RowReader } from "./lines.ts";

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const HEADER_BYTES = Array.from(HEADER, (letter) => letter.charCodeAt(0));

/** In the place of a position: the bytes end before the field does, what stands there is no such field, the line ends. */
const MORE = -1;
const WRONG = -2;
const SHORT = -3;

export class CsvReader implements Format, RowReader {
  foreign: string | undefined;
  readonly #batch: Batch;
  readonly #labels: Labels;
  readonly #told: Told;
  readonly #field = new Field();
  readonly #lines: Lines;
  /** True until the header was read. */
  #head = true;
  /** The label field of the row before as it was written, its id and the line breaks in it. */
  #before = new Uint8Array(256);
  #beforeLength = -1;
  #beforeLines = 0;
  #beforeId = 0;
  /** A label without its quotes. */
  #plain = new Uint8Array(256);

  constructor(batch: Batch, labels: Labels, told: Told) {
    this.#batch = batch;
    this.#labels = labels;
    this.#told = told;
    this.#lines = new Lines(this, batch, told);
  }

  begin(): void {
    this.foreign = undefined;
    this.#lines.begin();
    this.#head = true;
  }

  parse(bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    return this.#lines.parse(bytes, from, end, ended);
  }

  giveUp(bytes: Uint8Array, from: number, end: number): number {
    const at = bytes.subarray(0, end).indexOf(LF, from);
    if (at === -1) return this.#lines.giveUp(end);
    // A quote that nobody closed: behind its line others may be rows.
    this.#told.bad(this.#lines.next++, BAD_LENGTH);
    return at + 1;
  }

  /** Behind the header; `FOREIGN` where it is another. */
  #header(bytes: Uint8Array, from: number): number {
    let at = BYTE_ORDER_MARK.every((byte, i) => bytes[from + i] === byte) ? from + BYTE_ORDER_MARK.length : from;
    const ours = HEADER_BYTES.every((byte, i) => bytes[at + i] === byte);
    at += HEADER_BYTES.length;
    if (bytes[at] === CR) at++;
    if (!ours || bytes[at] !== LF) {
      const stop = bytes.indexOf(LF, from);
      this.foreign = otherHeader(bytes.subarray(from, bytes[stop - 1] === CR ? Math.max(from, stop - 1) : stop));
      return FOREIGN;
    }
    this.#head = false;
    this.#lines.next = 2;
    return at + 1;
  }

  /** The last line, which has no end: whoever writes it is at it, or died. */
  rest(bytes: Uint8Array, from: number, end: number): void {
    const ours = !this.#head || HEADER_BYTES.slice(0, end - from).every((byte, i) => bytes[from + i] === byte);
    if (ours) this.#told.unfinished();
    else this.foreign = otherHeader(bytes.subarray(from, end));
  }

  rows(bytes: Uint8Array, from: number, whole: number, ended: boolean): number {
    let at = from;
    if (this.#head) {
      at = this.#header(bytes, at);
      if (at === FOREIGN) return at;
    }
    const lines = this.#lines;
    const batch = this.#batch;
    const field = this.#field;
    const { capacity, seconds, nanos, values, labels, pids } = batch;
    const wholes = batch.whole;
    let row = batch.rows;
    while (at < whole && row < capacity) {
      const start = at;
      let wrong = BAD_TIMEPOINT;
      at = field.timepoint(bytes, at);
      if (at !== -1 && bytes[at] === COMMA) {
        wrong = BAD_MEASUREMENT;
        at = field.measurement(bytes, at + 1);
        if (at !== -1 && bytes[at] === COMMA) {
          at = this.#label(bytes, at + 1, whole);
          if (at === MORE) {
            if (!ended) {
              batch.rows = row;
              return start;
            }
            wrong = BAD_LABEL;
          } else if (at < 0) {
            wrong = at === WRONG ? BAD_LABEL : BAD_COLUMNS;
          } else {
            wrong = BAD_PID;
            at = field.process(bytes, at + 1);
            if (at !== -1) {
              if (bytes[at] === CR) at++;
              if (bytes[at] === LF) {
                at++;
                lines.next += 1 + this.#beforeLines;
                if (field.rounded) this.#told.rounded();
                const id = this.#beforeId;
                // Labels that nobody asked for go no further.
                if (id === UNWANTED) continue;
                seconds[row] = field.seconds;
                nanos[row] = field.nanos;
                values[row] = field.value;
                wholes[row] = field.whole;
                labels[row] = id;
                pids[row] = field.pid;
                row++;
                continue;
              }
              if (bytes[at] === COMMA) wrong = BAD_COLUMNS;
            }
          }
        }
      }
      at = this.#pass(bytes, start, wrong);
    }
    batch.rows = row;
    return at;
  }

  /** Passes a line over. An empty one is none. */
  #pass(bytes: Uint8Array, start: number, wrong: number): number {
    const behind = bytes.indexOf(LF, start) + 1;
    const empty = behind === start + 1 || (behind === start + 2 && bytes[start] === CR);
    if (!empty) this.#told.bad(this.#lines.next, bytes.subarray(start, behind).includes(COMMA) ? wrong : BAD_COLUMNS);
    this.#lines.next++;
    return behind;
  }

  /** Where the label's comma is, or why there is none. */
  #label(bytes: Uint8Array, from: number, whole: number): number {
    const length = this.#beforeLength;
    const before = this.#before;
    if (length !== -1 && from + length < whole) {
      let i = 0;
      while (i < length && bytes[from + i] === before[i]) i++;
      if (i === length && bytes[from + length] === COMMA) return from + length;
    }
    let at = from;
    let lines = 0;
    if (bytes[from] !== QUOTE) {
      while (bytes[at] !== COMMA && bytes[at] !== LF) at++;
      if (bytes[at] === LF) return SHORT;
      this.#beforeId = this.#labels.find(bytes, from, at);
    } else {
      at = this.#quoted(bytes, from, whole);
      if (at < 0) return at;
      for (let i = from; i < at; i++) if (bytes[i] === LF) lines++;
    }
    this.#beforeLines = lines;
    this.#beforeLength = at - from;
    if (this.#before.length < at - from) this.#before = new Uint8Array((at - from) * 2);
    this.#before.set(bytes.subarray(from, at));
    return at;
  }

  #quoted(bytes: Uint8Array, from: number, whole: number): number {
    let at = from + 1;
    let used = 0;
    for (;;) {
      const quote = bytes.indexOf(QUOTE, at);
      if (quote === -1 || quote >= whole) return MORE;
      const length = quote - at;
      if (this.#plain.length < used + length + 1) {
        const larger = new Uint8Array((used + length + 1) * 2);
        larger.set(this.#plain.subarray(0, used));
        this.#plain = larger;
      }
      this.#plain.set(bytes.subarray(at, quote), used);
      used += length;
      // A quote is no line break, so there is a byte behind it.
      if (bytes[quote + 1] !== QUOTE) {
        if (bytes[quote + 1] !== COMMA) return WRONG;
        this.#beforeId = this.#labels.find(this.#plain, 0, used);
        return quote + 1;
      }
      this.#plain[used++] = QUOTE;
      at = quote + 2;
    }
  }
}
