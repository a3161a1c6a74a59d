// Reads rows of JSON lines from bytes: objects such as {"timepoint":"1700000000000000001","measurement":0.5,"label":"a","pid":7}.
//
// JSON.parse would round timepoints that are written as numbers, and makes five objects a row; this reads a row in place. Keys come
// in any order and any case; others are passed over, whatever they hold. No string of JSON holds a line break, so a line's end
// stops every loop; the caller puts one behind the last byte.

import { BAD_COLUMNS, BAD_LABEL, BAD_MEASUREMENT, BAD_OBJECT, BAD_PID, BAD_TIMEPOINT } from "./batch.ts";
import type { Batch, Format, Told } from "./batch.ts";
import { Field } from "./field.ts";
import { type Labels, UNWANTED } from "./labels.ts";
import { Lines, type RowReader } from "./lines.ts";

const LF = 10;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

const bytesOf = (text: string) => new TextEncoder().encode(text);
const KEYS = ["timepoint", "measurement", "label", "pid"].map(bytesOf);
const KEY_LABEL = 2;
const KEY_OTHER = KEYS.length;
const ALL_KEYS = (1 << KEYS.length) - 1;
/** What a key's value is not, by the key. */
const WRONG = [BAD_TIMEPOINT, BAD_MEASUREMENT, BAD_LABEL, BAD_PID, BAD_OBJECT];
/** Numbers that JSON does not have, as Python and JavaScript write them. */
const WORDS = [
  ["null", NaN],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
].map(([word, value]) => ({ word: bytesOf(word as string), value: value as number }));
/** Values within values that are passed over: nobody writes deeper ones here. */
const DEPTH_MOST = 64;

const starts = (bytes: Uint8Array, at: number, word: Uint8Array) => word.every((byte, i) => bytes[at + i] === byte);

export class JsonlReader implements Format, RowReader {
  readonly foreign = undefined;
  readonly #batch: Batch;
  readonly #labels: Labels;
  readonly #told: Told;
  readonly #field = new Field();
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  readonly #lines: Lines;
  #wrong = BAD_OBJECT;
  /** Where the row that was read last has its line break. */
  #stop = 0;
  #id = 0;
  /** The label of the row before as it was written, and its id. */
  #before = new Uint8Array(256);
  #beforeLength = -1;
  #beforeId = 0;

  constructor(batch: Batch, labels: Labels, told: Told) {
    this.#batch = batch;
    this.#labels = labels;
    this.#told = told;
    this.#lines = new Lines(this, batch, told);
  }

  begin(): void {
    this.#lines.begin();
  }

  parse(bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    return this.#lines.parse(bytes, from, end, ended);
  }

  giveUp(_bytes: Uint8Array, _from: number, end: number): number {
    return this.#lines.giveUp(end);
  }

  rows(bytes: Uint8Array, from: number, whole: number): number {
    const lines = this.#lines;
    const batch = this.#batch;
    let at = from;
    while (at < whole && batch.rows < batch.capacity) {
      if (this.#row(bytes, at)) {
        at = this.#stop + 1;
      } else {
        this.#told.bad(lines.next, this.#wrong);
        at = bytes.indexOf(LF, at) + 1;
      }
      lines.next++;
    }
    return at;
  }

  /** An object that is closed is whole, whether a line break follows or not. */
  rest(bytes: Uint8Array, from: number): void {
    if (!this.#row(bytes, from)) this.#told.unfinished();
  }

  /** False where the line is no row; an empty one is none and no harm. */
  #row(bytes: Uint8Array, from: number): boolean {
    let at = space(bytes, from);
    this.#stop = at;
    if (bytes[at] === LF) return true;
    this.#wrong = BAD_OBJECT;
    if (bytes[at] !== OPEN) return false;
    let seen = 0;
    let key = 0;
    at = space(bytes, at + 1);
    while (bytes[at] === QUOTE) {
      // Most have the keys in this order; none holds a line break, so nothing behind the row can match.
      const expected = KEYS[key];
      let close = at + 1 + (expected?.length ?? 0);
      if (expected === undefined || bytes[close] !== QUOTE || !named(bytes, at + 1, expected)) {
        close = stringEnd(bytes, at);
        if (close === -1) return false;
        key = keyOf(bytes, at + 1, close);
      }
      at = space(bytes, close + 1);
      if (bytes[at] !== COLON) return false;
      at = this.#value(bytes, space(bytes, at + 1), key);
      if (at === -1) {
        this.#wrong = WRONG[key]!;
        return false;
      }
      if (key !== KEY_OTHER) seen |= 1 << key++;
      at = space(bytes, at);
      if (bytes[at] !== COMMA) break;
      at = space(bytes, at + 1);
      if (bytes[at] !== QUOTE) return false;
    }
    if (bytes[at] !== CLOSE) return false;
    this.#stop = space(bytes, at + 1);
    if (bytes[this.#stop] !== LF) return false;
    if (seen !== ALL_KEYS) {
      this.#wrong = seen === 0 ? BAD_OBJECT : BAD_COLUMNS;
      return false;
    }
    this.#put();
    return true;
  }

  #put(): void {
    const field = this.#field;
    const batch = this.#batch;
    if (field.rounded) this.#told.rounded();
    if (this.#id === UNWANTED) return;
    const row = batch.rows++;
    batch.seconds[row] = field.seconds;
    batch.nanos[row] = field.nanos;
    batch.values[row] = field.value;
    batch.whole[row] = field.whole;
    batch.labels[row] = this.#id;
    batch.pids[row] = field.pid;
  }

  /** Behind the value of a key; -1 where it is none. */
  #value(bytes: Uint8Array, from: number, key: number): number {
    if (key === KEY_OTHER) return passed(bytes, from);
    if (key === KEY_LABEL) return this.#label(bytes, from);
    const quoted = bytes[from] === QUOTE;
    const start = quoted ? from + 1 : from;
    let at = -1;
    if (key === 0) at = this.#field.timepoint(bytes, start);
    else if (key === 1) at = this.#number(bytes, start);
    else at = this.#field.process(bytes, start);
    if (at === -1 || !quoted) return at;
    return bytes[at] === QUOTE ? at + 1 : -1;
  }

  #number(bytes: Uint8Array, from: number): number {
    const at = this.#field.measurement(bytes, from);
    if (at !== -1) return at;
    const found = WORDS.find(({ word }) => starts(bytes, from, word));
    if (found === undefined) return -1;
    this.#field.value = found.value;
    this.#field.whole = 0;
    this.#field.rounded = false;
    return from + found.word.length;
  }

  #label(bytes: Uint8Array, from: number): number {
    if (bytes[from] !== QUOTE) return -1;
    const length = this.#beforeLength;
    if (length !== -1 && from + length <= bytes.length) {
      let i = 0;
      while (i < length && bytes[from + i] === this.#before[i]) i++;
      if (i === length) {
        this.#id = this.#beforeId;
        return from + length;
      }
    }
    let close = from + 1;
    let escaped = false;
    for (; bytes[close] !== QUOTE; close++) {
      if (bytes[close] === LF) return -1;
      if (bytes[close] !== BACKSLASH) continue;
      escaped = true;
      if (bytes[close + 1] !== LF) close++;
    }
    if (escaped) {
      let text: unknown;
      try {
        text = JSON.parse(this.#decoder.decode(bytes.subarray(from, close + 1)));
      } catch {
        return -1;
      }
      const plain = this.#encoder.encode(text as string);
      this.#id = this.#labels.find(plain, 0, plain.length);
    } else {
      this.#id = this.#labels.find(bytes, from + 1, close);
    }
    this.#beforeId = this.#id;
    this.#beforeLength = close + 1 - from;
    if (this.#before.length < this.#beforeLength) this.#before = new Uint8Array(this.#beforeLength * 2);
    this.#before.set(bytes.subarray(from, close + 1));
    return close + 1;
  }
}

function space(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! <= SPACE && bytes[at] !== LF) at++;
  return at;
}

/** The closing quote of the string that opens at `from`; -1 where the line ends before. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; ; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === LF) return -1;
    if (byte === BACKSLASH && bytes[at + 1] !== LF) at++;
  }
}

/** The number of the key between its quotes. */
function keyOf(bytes: Uint8Array, from: number, to: number): number {
  for (let key = 0; key < KEYS.length; key++) {
    if (KEYS[key]!.length === to - from && named(bytes, from, KEYS[key]!)) return key;
  }
  return KEY_OTHER;
}

/** Letters in both cases: the CSV has capitals. */
function named(bytes: Uint8Array, from: number, name: Uint8Array): boolean {
  let i = 0;
  while (i < name.length && (bytes[from + i]! | SPACE) === name[i]) i++;
  return i === name.length;
}

/** Behind any value, whatever it holds; -1 where the line ends in it. It is read for where it ends alone. */
function passed(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; ; at++) {
    const byte = bytes[at]!;
    if (byte === LF) return -1;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      if (at === -1) return -1;
    } else if (byte === OPEN || byte === 91) {
      if (++depth > DEPTH_MOST) return -1;
    } else if (byte === CLOSE || byte === 93) {
      if (depth === 0) return at;
      depth--;
    } else if (byte === COMMA && depth === 0) {
      return at;
    }
  }
}
