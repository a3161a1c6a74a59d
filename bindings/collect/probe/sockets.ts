// Sockets by protocol and state, of each network namespace once: /proc/PID/net/tcp is the same for all processes of one, and the
// kernel walks its whole hash table to write it. The tables are read in pieces, with a limit for each step.

import { type Files, GONE } from "./files.ts";

/** Of include/net/tcp_states.h, by their numbers. */
export const TCP_STATES: readonly string[] = [
  "",
  "established",
  "syn_sent",
  "syn_recv",
  "fin_wait1",
  "fin_wait2",
  "time_wait",
  "close",
  "close_wait",
  "last_ack",
  "listen",
  "closing",
  "new_syn_recv",
];
/** UDP has two of them: one that is connected, and one that is not. */
export const UDP_STATES: readonly string[] = ["", "established", "", "", "", "", "", "unconnected"];
const TABLES = ["tcp", "tcp6", "udp", "udp6"] as const;
const UDP_TABLES = 2;
/** Counts of a namespace: those of TCP by state, and those of UDP behind them. */
export const UDP_AT = 16;
export const STATES = UDP_AT * 2;
/** Read at once before others have their turn: some 0.5 ms. */
const STEP_BYTES = 262_144;
/** Each container has one. Those beyond are counted, and neither read nor shown. */
export const NAMESPACES_MOST = 1024;

const NEWLINE = 10;
const SPACE = 32;
/** The column of the state. */
const STATE_COLUMN = 4;

export class Namespace {
  /** The inode, by which `lsns` and `ip netns` know it. */
  readonly name: string;
  readonly counts = new Float64Array(STATES);
  /** When its tables were read last; 0 for never. */
  read = 0;
  /** Whether a process of it is known. */
  alive = true;

  constructor(name: string) {
    this.name = name;
  }
}

/** `net:[4026531840]`, or "" for what is no such link. */
function inodeOf(link: string): string {
  return /^net:\[(\d{1,20})\]$/.exec(link)?.[1] ?? "";
}

export class Namespaces {
  /** By their numbers: those from NAMESPACES_MOST on are beyond the limit. */
  readonly all: (Namespace | undefined)[] = [];
  /** How many there are beyond the limit. */
  beyond = 0;
  readonly #index = new Map<string, number>();
  /** Numbers beyond the limit that nobody has any more. */
  readonly #spare: number[] = [];

  /** The number of what a link says; -1 for one that cannot be read. */
  of(link: string): number {
    const there = this.#index.get(link);
    const hasRoom = this.#index.size - this.beyond < NAMESPACES_MOST;
    if (there !== undefined && (there < NAMESPACES_MOST || !hasRoom)) return there;
    const inode = inodeOf(link);
    if (inode === "") return -1;
    // One that was beyond the limit has room by now.
    if (there !== undefined) this.end(there);
    const number = hasRoom ? this.#free() : (this.#spare.pop() ?? this.all.length);
    this.all[number] = new Namespace(inode);
    this.#index.set(link, number);
    if (!hasRoom) this.beyond++;
    return number;
  }

  #free(): number {
    const free = this.all.indexOf(undefined);
    return free === -1 ? this.all.length : free;
  }

  /** Forgets those beyond the limit whose number is not among these. */
  keep(numbers: Int32Array): void {
    if (this.beyond === 0) return;
    const kept = new Set(numbers);
    for (let number = NAMESPACES_MOST; number < this.all.length; number++) if (!kept.has(number)) this.end(number);
  }

  /** Forgets one. */
  end(number: number): void {
    const namespace = this.all[number];
    if (namespace === undefined) return;
    this.all[number] = undefined;
    this.#index.delete(`net:[${namespace.name}]`);
    if (number < NAMESPACES_MOST) return;
    this.beyond--;
    this.#spare.push(number);
  }
}

/** Counts the lines of a table by their state, whatever pieces it comes in. The head's fourth column is no state. */
export class StateCounter {
  readonly counts = new Float64Array(UDP_AT);
  #column = 0;
  #inColumn = false;
  #state = 0;

  begin(): void {
    this.counts.fill(0);
    this.#line();
  }

  #line(): void {
    this.#column = 0;
    this.#inColumn = false;
    this.#state = 0;
  }

  take(bytes: Uint8Array, length: number): void {
    for (let at = 0; at < length; at++) {
      const byte = bytes[at]!;
      if (byte === NEWLINE) {
        if (this.#column >= STATE_COLUMN && this.#state < UDP_AT) this.counts[this.#state]!++;
        this.#line();
        continue;
      }
      if (this.#column > STATE_COLUMN) {
        // Nothing behind it is of interest.
        const end = bytes.indexOf(NEWLINE, at);
        if (end === -1 || end >= length) return;
        at = end - 1;
        continue;
      }
      if (byte === SPACE) {
        this.#inColumn = false;
        if (this.#column === STATE_COLUMN) this.#column++;
        continue;
      }
      if (!this.#inColumn) this.#column++;
      this.#inColumn = true;
      if (this.#column === STATE_COLUMN) this.#state = this.#state * 16 + hexadecimal(byte);
    }
  }
}

/** A digit of the kernel's, in capitals; for anything else a number that is no state. */
function hexadecimal(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  return byte >= 65 && byte <= 70 ? byte - 55 : UDP_AT;
}

/** Reads the tables of one namespace after another, in steps. */
export class SocketReader {
  readonly #files: Files;
  readonly #counter = new StateCounter();
  readonly #counts = new Float64Array(STATES);
  #namespace: Namespace | undefined;
  #place = "";
  #table = 0;
  #file = -1;

  constructor(files: Files) {
    this.#files = files;
  }

  get busy(): boolean {
    return this.#namespace !== undefined;
  }

  /** Begins with a namespace, by the directory of a process that is in it; less than 0 says why it cannot be read there. */
  begin(namespace: Namespace, place: string): number {
    this.#place = place;
    this.#table = 0;
    const file = this.#open();
    if (file < 0) return file;
    this.#namespace = namespace;
    this.#counts.fill(0);
    return file;
  }

  /** Reads on; what was read whole is the namespace's. One whose process ends meanwhile keeps what it had. */
  step(seconds: number): void {
    for (let bytes = 0; this.#namespace !== undefined && bytes < STEP_BYTES;) {
      if (this.#file < 0 && !this.#opened(seconds)) continue;
      const length = this.#files.next(this.#file);
      if (length > 0) {
        bytes += length;
        this.#counter.take(this.#files.bytes, length);
        continue;
      }
      this.#files.close(this.#file);
      this.#file = -1;
      if (length < 0) {
        this.#namespace = undefined;
        return;
      }
      const at = this.#table < UDP_TABLES ? 0 : UDP_AT;
      for (let state = 0; state < UDP_AT; state++) this.#counts[at + state]! += this.#counter.counts[state]!;
      this.#nextTable(seconds);
    }
  }

  #opened(seconds: number): boolean {
    if (this.#open() >= 0) return true;
    // A kernel without IPv6 has no such tables. A process that ended has none.
    if (this.#file === GONE && this.#hasFirst()) this.#nextTable(seconds);
    else this.#namespace = undefined;
    return false;
  }

  #hasFirst(): boolean {
    const file = this.#files.open(`${this.#place}/net/${TABLES[0]}`);
    if (file >= 0) this.#files.close(file);
    return file >= 0;
  }

  #open(): number {
    this.#file = this.#files.open(`${this.#place}/net/${TABLES[this.#table]}`);
    if (this.#file >= 0) this.#counter.begin();
    return this.#file;
  }

  #nextTable(seconds: number): void {
    if (++this.#table < TABLES.length) return;
    this.#namespace!.read = seconds;
    this.#namespace!.counts.set(this.#counts);
    this.#namespace = undefined;
  }

  /** Lets go of what is open. */
  close(): void {
    if (this.#file >= 0) this.#files.close(this.#file);
    this.#file = -1;
    this.#namespace = undefined;
  }
}
