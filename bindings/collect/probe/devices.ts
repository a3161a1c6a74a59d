// Tables of the kernel with a line for each device, such as /proc/diskstats and /proc/net/dev: a name and columns of numbers. They
// are read in pieces of any length and from their bytes, for a host of containers has a network device for each of them. Devices
// have slots that are used again, and there is a limit to them: those that come when it is reached are counted, and not shown.

import { DENIED, type Files, GONE, isDigit } from "./files.ts";

/** Hosts have some; of hosts of containers most are one end of a pair. */
export const DEVICES_MOST = 100;
/** DISK_NAME_LEN of the kernel's include/linux/blkdev.h; IFNAMSIZ of network devices is half of it. */
const NAME_MOST = 32;
/** No table has more columns of numbers. */
const COLUMNS_MOST = 24;
/** A line has some 130 bytes: what is behind 2,000 of them is not looked at. */
const TABLE_BYTES_MOST = 262_144;

const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const COLON = 58;
const ZERO = 48;
const LETTER_P = 112;
const BACKSLASH = 92;
const ASCII_END = 128;

/** A column of a table that is shown, with the family that it is shown in. */
export interface DeviceColumn {
  readonly family: string;
  readonly help: string;
  /** From 0, behind the name. */
  readonly column: number;
  /** What one of it is, in the family's unit. */
  readonly unit: number;
}

/** A table of devices. */
export interface DeviceKind {
  readonly what: string;
  /** Below the root, the best first. */
  readonly paths: readonly string[];
  /** Columns in front of the name. */
  readonly before: number;
  /** Devices of these names and a number are nobody's hardware. */
  readonly without: readonly string[];
  /** Whether a device is followed by its parts, whose names begin with its own. */
  readonly hasParts: boolean;
  readonly columns: readonly DeviceColumn[];
}

export class Devices {
  readonly kind: DeviceKind;
  /** Slots that were ever used: below it. */
  high = 0;
  /** Devices that have no slot. */
  beyond = 0;
  /** Of each slot the numbers of the kind's columns. */
  readonly values: Float64Array;
  /** Raised when a slot gets a device and when it has none any more: odd while it has one. */
  readonly turns = new Uint32Array(DEVICES_MOST);
  readonly #files: Files;
  readonly #paths: readonly string[];
  readonly #without: readonly Uint8Array[];
  readonly #least: number;
  readonly #names = new Uint8Array(DEVICES_MOST * NAME_MOST);
  readonly #lengths = new Uint8Array(DEVICES_MOST);
  readonly #seen = new Uint8Array(DEVICES_MOST);
  /** Of the line that is under way. */
  readonly #name = new Uint8Array(NAME_MOST);
  #length = 0;
  readonly #numbers = new Float64Array(COLUMNS_MOST);
  #column = 0;
  #inColumn = false;
  #isWrong = false;
  /** Of the last device that has parts. */
  readonly #whole = new Uint8Array(NAME_MOST);
  #wholeLength = 0;
  /** The slot that comes next where the table has the order of the last time. */
  #next = 0;

  constructor(files: Files, kind: DeviceKind) {
    const encoder = new TextEncoder();
    this.kind = kind;
    this.values = new Float64Array(DEVICES_MOST * kind.columns.length);
    this.#files = files;
    this.#paths = kind.paths.map((path) => `${files.root}/${path}`);
    this.#without = kind.without.map((name) => encoder.encode(name));
    this.#least = Math.max(...kind.columns.map(({ column }) => column)) + 1;
  }

  /** What a slot's device is called: no two have the same. */
  name(slot: number): string {
    const at = slot * NAME_MOST;
    return nameOf(this.#names.subarray(at, at + this.#lengths[slot]!));
  }

  /** Reads the table; where that cannot be done now, what was known stands. */
  read(): void {
    let file = GONE;
    for (let i = 0; i < this.#paths.length && (file === GONE || file === DENIED); i++) file = this.#files.open(this.#paths[i]!);
    if (file < 0) return;
    this.begin();
    let length = 0;
    for (let bytes = 0; bytes < TABLE_BYTES_MOST; bytes += length) {
      length = this.#files.next(file);
      if (length <= 0) break;
      this.take(this.#files.bytes, length);
    }
    this.#files.close(file);
    if (length >= 0) this.end();
  }

  begin(): void {
    this.beyond = 0;
    this.#next = 0;
    this.#wholeLength = 0;
    this.#seen.fill(0);
    this.#line();
  }

  #line(): void {
    this.#column = 0;
    this.#length = 0;
    this.#inColumn = false;
    this.#isWrong = false;
  }

  /** Takes the next piece of the table. What is no line of a device, such as its head, is left out. */
  take(bytes: Uint8Array, length: number): void {
    const { before } = this.kind;
    for (let at = 0; at < length; at++) {
      const byte = bytes[at]!;
      if (byte === NEWLINE) {
        this.#ended();
        this.#line();
        continue;
      }
      // A name ends with a colon where it is the first column; none has one in it.
      if (byte === SPACE || byte === TAB || (byte === COLON && before === 0)) {
        this.#inColumn = false;
        continue;
      }
      if (!this.#inColumn) {
        this.#inColumn = true;
        this.#column++;
        const number = this.#column - before - 2;
        if (number >= 0 && number < COLUMNS_MOST) this.#numbers[number] = 0;
      }
      const number = this.#column - before - 2;
      if (number === -1) {
        if (this.#length < NAME_MOST) this.#name[this.#length++] = byte;
        else this.#isWrong = true;
      } else if (number >= 0 && number < COLUMNS_MOST) {
        if (isDigit(byte)) this.#numbers[number] = this.#numbers[number]! * 10 + (byte - ZERO);
        else this.#isWrong = true;
      }
    }
  }

  /** Ends a table that was taken whole: devices that were not in it are gone. */
  end(): void {
    for (let slot = 0; slot < this.high; slot++) {
      if (this.#seen[slot] !== 0 || this.#lengths[slot] === 0) continue;
      this.#lengths[slot] = 0;
      this.turns[slot]!++;
    }
  }

  #ended(): void {
    if (this.#isWrong || this.#length === 0 || this.#column - this.kind.before - 1 < this.#least) return;
    if (this.kind.hasParts) {
      if (this.#isPart()) return;
      this.#whole.set(this.#name);
      this.#wholeLength = this.#length;
    }
    for (const name of this.#without) if (this.#isNumbered(name)) return;
    const slot = this.#slot();
    if (slot === -1) {
      this.beyond++;
      return;
    }
    this.#seen[slot] = 1;
    this.#next = slot + 1;
    const { columns } = this.kind;
    for (let i = 0; i < columns.length; i++) this.values[slot * columns.length + i] = this.#numbers[columns[i]!.column]!;
  }

  /** As the kernel names parts: `sda1` of `sda`, and `nvme0n1p1` of `nvme0n1`, which ends with a digit itself. */
  #isPart(): boolean {
    let at = this.#wholeLength;
    if (at === 0 || this.#length <= at) return false;
    for (let i = 0; i < at; i++) if (this.#name[i] !== this.#whole[i]) return false;
    if (isDigit(this.#whole[at - 1]!) && this.#name[at++] !== LETTER_P) return false;
    return this.#digitsFrom(at);
  }

  #isNumbered(name: Uint8Array): boolean {
    for (let i = 0; i < name.length; i++) if (this.#name[i] !== name[i]) return false;
    return this.#digitsFrom(name.length);
  }

  #digitsFrom(at: number): boolean {
    if (at >= this.#length) return false;
    for (; at < this.#length; at++) if (!isDigit(this.#name[at]!)) return false;
    return true;
  }

  /** The slot of the line's device, a new one where it has none; -1 where there is no room. */
  #slot(): number {
    for (let i = 0; i < this.high; i++) {
      const slot = (this.#next + i) % this.high;
      if (this.#isOf(slot)) return slot;
    }
    let free = 0;
    while (free < this.high && this.#lengths[free] !== 0) free++;
    if (free === DEVICES_MOST) return -1;
    this.high = Math.max(this.high, free + 1);
    this.#names.set(this.#name, free * NAME_MOST);
    this.#lengths[free] = this.#length;
    this.turns[free]!++;
    return free;
  }

  #isOf(slot: number): boolean {
    if (this.#lengths[slot] !== this.#length) return false;
    const at = slot * NAME_MOST;
    for (let i = 0; i < this.#length; i++) if (this.#names[at + i] !== this.#name[i]) return false;
    return true;
  }
}

/** A backslash, and in a name that is not UTF-8 what is not ASCII, is written as `\x5c`: no other name looks so. */
export function nameOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replaceAll("\\", escaped(BACKSLASH));
  } catch {
    return Array.from(bytes, (byte) => (byte < ASCII_END && byte !== BACKSLASH ? String.fromCharCode(byte) : escaped(byte))).join("");
  }
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
