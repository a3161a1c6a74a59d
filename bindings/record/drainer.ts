// When samples are written: as soon as a ring asks, by their bytes, by time, and when somebody says so. What cannot be written
// is told once for as long as it is so, waits in memory, and is tried again. What waits is written file by file, each safe by itself:
// what a disk has room for is on it, however much more waits.

import { codeOf, type Disk } from "../processes/disk.ts";
import { Drain } from "./drain.ts";
import { Folder } from "./folder.ts";
import type { OwnOfRecorder } from "./own.ts";
import type { Rings } from "./rings.ts";
import { FILE_BYTES_LEAST, type Writing } from "./settings.ts";
import { Telling } from "./telling.ts";
import { RecorderError } from "./worded.ts";

/** A disk that is full stays so for a while. */
const FAILED_MS = 1000;
/** How often bytes are looked at where they are what matters: nobody is told when a sample comes. */
const BYTES_MS = 20;
/** Another thread's drain is over soon. */
const BUSY_MS = 5;
/** How often it is looked in any case. */
const LOOK_MS = 1000;
/** A disk, a quota or a limit of one file's bytes: for a shorter file there may be room. */
const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];
/** So many times as long as the one before may each file be after that. */
const LONGER = 8;
/** Of a sample in its ring. */
const SAMPLE_BYTES = 28;

/** Whether another thread drains, or has begun to: what it has is no longer ours. */
export function isBusy(error: unknown): boolean {
  return error instanceof RecorderError && (error.code === "busy" || error.code === "over");
}

export class Drainer {
  readonly #rings: Rings;
  readonly #writing: Writing;
  readonly #disk: Disk;
  readonly #folder: Folder;
  readonly #own: OwnOfRecorder;
  readonly #telling: Telling;
  /** Of the next file. */
  #bytesMost: number;
  #served = 0;
  #drainedAt: number;
  #notBefore = 0;
  #looked = false;
  #shown = -1;

  constructor(rings: Rings, writing: Writing, disk: Disk, instance: string, own: OwnOfRecorder, told: (error: unknown) => void) {
    this.#rings = rings;
    this.#writing = writing;
    this.#disk = disk;
    this.#folder = new Folder(disk, writing, instance, rings.address);
    this.#bytesMost = writing.maxFileBytes;
    this.#own = own;
    this.#telling = new Telling(told);
    this.#drainedAt = disk.monotonic();
  }

  /** The oldest that waits, as a file. */
  #file(): void {
    const drain = new Drain(this.#rings, this.#writing.format, this.#disk.identity.pid, this.#bytesMost);
    this.#folder.write(drain, (files, bytes) => this.#own.wrote(files, bytes));
    this.#bytesMost = Math.min(this.#bytesMost * LONGER, this.#writing.maxFileBytes);
  }

  /** The same, as the shortest where a longer one has no room. */
  #fitting(): void {
    try {
      this.#file();
    } catch (error) {
      if (this.#bytesMost === FILE_BYTES_LEAST || !FULL.includes(codeOf((error as Error).cause))) throw error;
      this.#bytesMost = FILE_BYTES_LEAST;
      this.#file();
    }
  }

  /** Writes all that waits now. Throws what keeps it from that; what was written until then is. */
  write(): void {
    // Whoever asks from here on asks again.
    const wanted = this.#rings.wanted;
    const heads = this.#rings.heads;
    this.#drainedAt = this.#disk.monotonic();
    try {
      while (!this.#rings.isDrained(heads)) this.#fitting();
    } catch (error) {
      if (isBusy(error)) throw error;
      this.#notBefore = this.#disk.monotonic() + FAILED_MS;
      this.#own.failed();
      throw error;
    }
    this.#served = wanted;
    this.#notBefore = 0;
    this.#telling.well();
  }

  /** The same, with what went wrong told. */
  drain(): "done" | "busy" | "failed" {
    try {
      this.write();
      return "done";
    } catch (error) {
      if (isBusy(error)) return "busy";
      this.#telling.tell(error);
      return "failed";
    }
  }

  /** Tells at the start what would keep it from writing: the first samples may come much later, and be many. */
  #look(): void {
    if (this.#looked) return;
    this.#looked = true;
    try {
      this.#folder.look();
    } catch (error) {
      this.#telling.tell(error);
    }
  }

  #isDue(now: number): boolean {
    if (now < this.#notBefore) return false;
    const { flushSeconds, flushBytes } = this.#writing;
    if (this.#rings.wanted !== this.#served) return true;
    if (flushSeconds > 0 && now - this.#drainedAt >= flushSeconds * 1000) return true;
    return flushBytes > 0 && this.#rings.waiting * SAMPLE_BYTES >= flushBytes;
  }

  /** Writes where that is due; gives the milliseconds until it is to be called again, unless a ring asks before. */
  step(): number {
    this.#look();
    const busy = this.#isDue(this.#disk.monotonic()) && this.drain() === "busy";
    this.#folder.tidy();
    this.shown();
    const { flushSeconds, flushBytes } = this.#writing;
    const now = this.#disk.monotonic();
    if (now < this.#notBefore) return Math.min(this.#notBefore - now, LOOK_MS);
    if (busy) return BUSY_MS;
    const least = flushSeconds > 0 ? this.#drainedAt + flushSeconds * 1000 - now : LOOK_MS;
    return Math.max(Math.min(least, LOOK_MS, flushBytes > 0 ? BYTES_MS : LOOK_MS), 1);
  }

  /** Brings the library's own metrics up to date. */
  shown(): void {
    const { written, dropped } = this.#rings.counts;
    if (written + dropped === this.#shown) return;
    this.#shown = written + dropped;
    this.#own.samples({ written, dropped });
  }
}
