// The files of a /proc, read into one buffer that is used again: no strings, and where V8 has compiled these few calls nothing
// is left for the collector but what `stat` of a directory makes. Nothing of it throws: what is gone is gone.

import * as fs from "node:fs";
import { Buffer } from "node:buffer";

/** It has ended, or was never there. */
export const GONE = -1;
/** It is another user's. */
export const DENIED = -2;
/** Descriptors or memory are used up, or whatever else: what was known of it stands. */
export const UNREAD = -3;

/** A line of /proc/PID/stat has some 400 bytes; the most a pseudo file gives at once is a page. */
const BYTES = 16_384;
const READ_MOST = 4096;
/** The kernel tells how many descriptors are open, since 6.2: where it says something else it does not. */
const COUNTS_APART = 2;
/** One object for all: what is gone is no error then, whose making costs more than the reading. */
const WHERE_THERE = { bigint: false, throwIfNoEntry: false } as const;
/** A pid has at most so many digits. */
const PID_DIGITS = 7;
const ZERO = 48;
const NINE = 57;

function refusal(error: unknown): number {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === "ENOENT" || code === "ESRCH" || code === "ENOTDIR") return GONE;
  return code === "EACCES" || code === "EPERM" ? DENIED : UNREAD;
}

export class Files {
  readonly root: string;
  /** What `read` and `next` gave. */
  readonly bytes = Buffer.allocUnsafeSlow(BYTES);
  readonly #counted: boolean;

  constructor(root: string) {
    this.root = root;
    this.#counted = this.#counts();
  }

  /** The beginning of a file, a page at most: its length, or why there is none. */
  read(path: string): number {
    let file = -1;
    try {
      file = fs.openSync(path, fs.constants.O_RDONLY);
      return fs.readSync(file, this.bytes, 0, READ_MOST, null);
    } catch (error) {
      return refusal(error);
    } finally {
      if (file !== -1) fs.closeSync(file);
    }
  }

  /** Opens what is read piece by piece. */
  open(path: string): number {
    try {
      return fs.openSync(path, fs.constants.O_RDONLY);
    } catch (error) {
      return refusal(error);
    }
  }

  /** The next piece of it; 0 or less at its end. */
  next(file: number): number {
    try {
      return fs.readSync(file, this.bytes, 0, BYTES, null);
    } catch (error) {
      return refusal(error);
    }
  }

  close(file: number): void {
    try {
      fs.closeSync(file);
    } catch {}
  }

  /** How many descriptors are in a directory of them. */
  descriptors(path: string): number {
    try {
      if (this.#counted) return fs.statSync(path, WHERE_THERE)?.size ?? GONE;
      return fs.readdirSync(path).length;
    } catch (error) {
      return refusal(error);
    }
  }

  /** Where a link leads; "" where it cannot be read. */
  link(path: string): string {
    try {
      return fs.readlinkSync(path);
    } catch {
      return "";
    }
  }

  /** What is in the root; undefined where it cannot be told now. Where there is no root there is nothing in it. */
  names(): string[] | undefined {
    try {
      return fs.readdirSync(this.root);
    } catch (error) {
      return refusal(error) === UNREAD ? undefined : [];
    }
  }

  /**
   * The last field of /proc/loadavg, the pid that was given last: where it is the one of before, no process has begun since.
   * 0 where it is not told.
   */
  lastPid(path: string): number {
    const length = this.read(path);
    let at = length;
    while (at > 0 && !isDigit(this.bytes[at - 1]!)) at--;
    const end = at;
    while (at > 0 && isDigit(this.bytes[at - 1]!)) at--;
    return end > at ? numberAt(this.bytes, at, end) : 0;
  }

  #counts(): boolean {
    const own = `${this.root}/self/fd`;
    try {
      const { size } = fs.statSync(own);
      return size > 0 && Math.abs(fs.readdirSync(own).length - size) <= COUNTS_APART;
    } catch {
      return false;
    }
  }
}

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** The digits from `at` on, to the first byte that is none. As a double: past 2^53 the last digits are lost, and nothing else. */
export function numberAt(bytes: Uint8Array, at: number, end: number): number {
  let number = 0;
  for (; at < end && isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
  return number;
}

/** The pid that a name in /proc is; 0 for what is none. */
export function pidOf(name: string): number {
  if (name.length > PID_DIGITS) return 0;
  let pid = 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (!isDigit(code)) return 0;
    pid = pid * 10 + code - ZERO;
  }
  return pid;
}
