// A directory of recordings: whole files under their names, whoever is killed when.
//
//   .PREFIX.ID.csv.RANDOM.tmp   a file while it is written; nobody reads it
//   PREFIX.ID.csv               renamed when it is whole; readers may take it away at once
//
// ID is 32 hexadecimal digits: 16 of the registry, which no other process has; 8 of the drain, which one that is made again
// has, too; 8 of the file within it. A drain is committed once all its files have their names, so a drain whose thread died
// before that is written once more over the same names, and each row is there once, unless a reader took the first away.

import type { Disk } from "../processes/disk.ts";
import type { Drain } from "./drain.ts";
import { removed, Retention } from "./retention.ts";
import type { Writing } from "./settings.ts";
import { RecorderError, rowsUnwritten } from "./worded.ts";

/** Of one write: more is no faster. */
const SLICE_BYTES = 1 << 18;
/** A row, all bytes of whose label are escaped. */
const ROW_BYTES_MOST = 28 << 10;
const CSV_HEADER = new TextEncoder().encode("Timepoint,Measurement,Label,PID\r\n");

const hexadecimal = (number: number, digits: number) => (number >>> 0).toString(16).padStart(digits, "0");

interface Part {
  readonly temporary: string;
  readonly name: string;
  renamed: boolean;
}

export class Folder {
  readonly #disk: Disk;
  readonly #writing: Writing;
  readonly #instance: string;
  readonly #slice: number;
  readonly #retention: Retention;
  #first = true;

  constructor(disk: Disk, writing: Writing, instance: string) {
    this.#disk = disk;
    this.#writing = writing;
    this.#instance = instance;
    this.#slice = Math.max(Math.min(SLICE_BYTES, writing.maxFileBytes - CSV_HEADER.length - ROW_BYTES_MOST), 1);
    // A prefix has no character that means something here.
    const final = new RegExp(`^${writing.prefix}\\.[0-9a-f]{32}\\.(csv|jsonl)$`);
    const temporary = new RegExp(`^\\.${writing.prefix}\\.[0-9a-f]{32}\\.(csv|jsonl)\\.[0-9a-f]+\\.tmp$`);
    this.#retention = new Retention(disk, writing, final, temporary);
  }

  #path(name: string): string {
    return `${this.#writing.dir}/${name}`;
  }

  #name(drain: number, part: number): string {
    const { prefix, format } = this.#writing;
    return `${prefix}.${this.#instance}${hexadecimal(drain, 8)}${hexadecimal(part, 8)}.${format}`;
  }

  /** Throws what would keep it from writing, as far as that shows without writing. What is absent is made with the first file. */
  look(): void {
    const { dir } = this.#writing;
    try {
      this.#disk.mayWrite(dir);
    } catch (error) {
      throw rowsUnwritten(dir, error);
    }
  }

  /** Writes a drain as files and commits it. `wrote` hears before of what came of it: who waits for the commit has that, too. */
  write(drain: Drain, wrote: (files: number, bytes: number) => void): void {
    const { dir, maxFileBytes, format } = this.#writing;
    const disk = this.#disk;
    const parts: Part[] = [];
    let descriptor: number | undefined;
    let bytes = 0;
    let total = 0;
    let committed = false;
    const put = (slice: Uint8Array) => {
      for (let at = 0; at < slice.length;) {
        const written = disk.write(descriptor!, slice.subarray(at), bytes + at);
        if (written === 0) throw rowsUnwritten(dir, "nothing was written");
        at += written;
      }
      bytes += slice.length;
      total += slice.length;
    };
    const close = () => {
      const open = descriptor;
      descriptor = undefined;
      if (open !== undefined) disk.close(open);
    };
    try {
      this.#opened(drain.number);
      for (let slice = drain.next(this.#slice); slice !== undefined; slice = drain.next(this.#slice)) {
        if (descriptor !== undefined && bytes + slice.length > maxFileBytes) close();
        if (descriptor === undefined) {
          const name = this.#name(drain.number, parts.length);
          const temporary = `.${name}.${Math.floor(Math.random() * 2 ** 48).toString(16)}.tmp`;
          descriptor = disk.open(this.#path(temporary), "create");
          parts.push({ temporary, name, renamed: false });
          bytes = 0;
          // The core writes it in front of a drain, and this may be its second file.
          if (parts.length > 1 && format === "csv") put(CSV_HEADER);
        }
        put(slice);
      }
      close();
      for (const part of parts) {
        disk.rename(this.#path(part.temporary), this.#path(part.name));
        part.renamed = true;
      }
      wrote(parts.length, total);
      drain.commit();
      committed = true;
    } catch (error) {
      // What Deno does not permit has no code.
      throw error instanceof RecorderError ? error : rowsUnwritten(dir, error);
    } finally {
      if (!committed) this.#undone(drain, close, parts);
    }
    this.#retention.wrote(total);
  }

  /** Nobody has what was begun: the next drain has its samples. */
  #undone(drain: Drain, close: () => void, parts: readonly Part[]): void {
    drain.abandon();
    try {
      close();
    } catch {
      // What is said of the first failure says it all.
    }
    for (const { temporary, name, renamed } of parts) removed(this.#disk, this.#path(renamed ? name : temporary));
  }

  /** The directory is there, and has no files of a drain of that number, which then was never committed. */
  #opened(drain: number): void {
    const { dir, prefix } = this.#writing;
    if (this.#disk.status(dir, true) === undefined) this.#disk.makeDirectory(dir, true);
    if (!this.#first) return;
    this.#first = false;
    const begin = `${prefix}.${this.#instance}${hexadecimal(drain, 8)}`;
    for (const name of this.#disk.names(dir)) if (name.startsWith(begin)) removed(this.#disk, this.#path(name));
  }
}
