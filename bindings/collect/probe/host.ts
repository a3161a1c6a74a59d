// What the kernel says of the whole host: its processors' time, its memory, its open files, its disks and network.

import { DISKS, NETWORK } from "./device-kinds.ts";
import { Devices } from "./devices.ts";
import { type Files, isDigit, numberAt } from "./files.ts";

/** The first columns of /proc/stat; guests' time is in `user` and `nice` already. */
export const CPU_MODES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const KIBIBYTE = 1024;

const encoder = new TextEncoder();
const TOTAL = encoder.encode("MemTotal:");
const AVAILABLE = encoder.encode("MemAvailable:");

export class Host {
  /** In ticks. */
  readonly cpu = new Float64Array(CPU_MODES.length);
  /** NaN for what was never told; what cannot be read in a round stands. */
  memoryTotal = NaN;
  memoryAvailable = NaN;
  openFiles = NaN;
  readonly disks: Devices;
  readonly network: Devices;
  readonly #files: Files;
  readonly #statPath: string;
  readonly #memoryPath: string;
  readonly #openPath: string;

  constructor(files: Files) {
    this.#files = files;
    this.disks = new Devices(files, DISKS);
    this.network = new Devices(files, NETWORK);
    this.#statPath = `${files.root}/stat`;
    this.#memoryPath = `${files.root}/meminfo`;
    this.#openPath = `${files.root}/sys/fs/file-nr`;
  }

  read(): void {
    const { bytes } = this.#files;
    let length = this.#files.read(this.#statPath);
    // "cpu  1 2 3": all processors together are the first line.
    for (let at = length > 4 ? 4 : length, mode = 0; at < length && mode < CPU_MODES.length && bytes[at] !== NEWLINE; at++) {
      if (!isDigit(bytes[at]!)) continue;
      this.cpu[mode++] = numberAt(bytes, at, length);
      while (at < length && isDigit(bytes[at]!)) at++;
      if (bytes[at] === NEWLINE) break;
    }
    length = this.#files.read(this.#memoryPath);
    const total = behind(bytes, length, TOTAL) * KIBIBYTE;
    if (total >= 0) this.memoryTotal = total;
    const available = behind(bytes, length, AVAILABLE) * KIBIBYTE;
    if (available >= 0) this.memoryAvailable = available;
    length = this.#files.read(this.#openPath);
    if (length > 0 && isDigit(bytes[0]!)) this.openFiles = numberAt(bytes, 0, length);
    this.disks.read();
    this.network.read();
  }
}

/** The number in the line that begins with a word. */
function behind(bytes: Uint8Array, length: number, word: Uint8Array): number {
  for (let line = 0; line < length; line++) {
    let at = 0;
    while (at < word.length && line + at < length && bytes[line + at] === word[at]) at++;
    if (at === word.length) {
      at += line;
      while (at < length && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
      return at < length && isDigit(bytes[at]!) ? numberAt(bytes, at, length) : NaN;
    }
    const end = bytes.indexOf(NEWLINE, line);
    if (end === -1) break;
    line = end;
  }
  return NaN;
}
