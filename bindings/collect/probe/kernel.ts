// Numbers of the kernel that programs are started with: how large a page is, and how long a tick. And what this thread has cost.

import { readFileSync } from "node:fs";
import { Files, isDigit, numberAt } from "./files.ts";
import { ProcessStat, SYSTEM, USER } from "./process-stat.ts";

/** Of include/uapi/linux/auxvec.h. */
const AT_PAGESZ = 6;
const AT_CLKTCK = 17;
/** What all have where the auxiliary vector cannot be read. */
const PAGE_BYTES = 4096;
const TICKS = 100;

export interface Kernel {
  readonly pageBytes: number;
  readonly tickSeconds: number;
}

/** Of a process of this host: pairs of words of 64 bits, or of 32, which these two numbers tell apart. */
export function kernelOf(root: string): Kernel {
  try {
    const file = readFileSync(`${root}/self/auxv`);
    const bytes = new DataView(file.buffer, file.byteOffset, file.byteLength);
    return vectorOf(bytes, 8) ?? vectorOf(bytes, 4) ?? { pageBytes: PAGE_BYTES, tickSeconds: 1 / TICKS };
  } catch {
    return { pageBytes: PAGE_BYTES, tickSeconds: 1 / TICKS };
  }
}

function vectorOf(bytes: DataView, wordBytes: number): Kernel | undefined {
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  const word = (at: number) => (wordBytes === 8 ? Number(bytes.getBigUint64(at, little)) : bytes.getUint32(at, little));
  let page = 0;
  let ticks = 0;
  for (let at = 0; at + wordBytes * 2 <= bytes.byteLength; at += wordBytes * 2) {
    const [type, value] = [word(at), word(at + wordBytes)];
    if (type === AT_PAGESZ) page = value;
    else if (type === AT_CLKTCK) ticks = value;
  }
  return page > 0 && ticks > 0 ? { pageBytes: page, tickSeconds: 1 / ticks } : undefined;
}

/** This thread's own files: those of where it runs, wherever it looks. */
const PROC = "/proc";
const SCHEDULED = `${PROC}/thread-self/schedstat`;
const STAT = `${PROC}/thread-self/stat`;
const NANOSECOND = 1e-9;

/** The CPU that this thread has taken: to the nanosecond up to when it last slept, or by ticks; else by a clock that ran while it worked. */
export class Cost {
  readonly #files = new Files(PROC);
  readonly #tickSeconds = kernelOf(PROC).tickSeconds;
  readonly #stat = new ProcessStat();
  #worked = 0;

  /** For systems that do not count: it worked for so long. */
  worked(seconds: number): void {
    this.#worked += seconds;
  }

  seconds(): number {
    const { bytes } = this.#files;
    let length = this.#files.read(SCHEDULED);
    if (length > 0 && isDigit(bytes[0]!)) {
      const nanoseconds = numberAt(bytes, 0, length);
      // Kernels without these figures say 0.
      if (nanoseconds > 0) return nanoseconds * NANOSECOND;
    }
    length = this.#files.read(STAT);
    if (length > 0 && this.#stat.parse(bytes, length)) {
      return (this.#stat.fields[USER]! + this.#stat.fields[SYSTEM]!) * this.#tickSeconds;
    }
    return this.#worked;
  }
}
