// A directory of recordings: whole files under their names, whoever is killed when.
//
//   .PREFIX.ID.csv.RANDOM.tmp   a file while it is written; nobody reads it
//   PREFIX.ID.csv               renamed when it is whole; readers may take it away at once
//
// ID is 32 hexadecimal digits: 16 of the registry, which no other process has; 8 of the recorder, for two of a process may have one
// directory under two names; 8 of the drain, which one that is made again has, too. A file is a drain, which is committed once the
// file has its name: a drain whose thread died before that is written once more over the same name, and each row is there once,
// unless a reader took the first away.

import type { Disk } from "../processes/disk.ts";
import type { Drain } from "./drain.ts";
import { removed, Retention } from "./retention.ts";
import { FORMATS, type Writing } from "./settings.ts";
import { RecorderError, rowsUnwritten } from "./worded.ts";

/** Of one write: more is no faster. */
const SLICE_BYTES = 1 << 18;

const hexadecimal = (number: number, digits: number) => (number >>> 0).toString(16).padStart(digits, "0");

export class Folder {
  readonly #disk: Disk;
  readonly #writing: Writing;
  /** What its files' names begin with. */
  readonly #own: string;
  readonly #retention: Retention;

  /** `recorder` is a number that no other one of that instance has. */
  constructor(disk: Disk, writing: Writing, instance: string, recorder: number) {
    this.#disk = disk;
    this.#writing = writing;
    this.#own = `${writing.prefix}.${instance}${hexadecimal(recorder, 8)}`;
    // A prefix has no character that means something here.
    const final = new RegExp(`^${writing.prefix}\\.[0-9a-f]{32}\\.(csv|jsonl)$`);
    const temporary = new RegExp(`^\\.${writing.prefix}\\.[0-9a-f]{32}\\.(csv|jsonl)\\.[0-9a-f]+\\.tmp$`);
    this.#retention = new Retention(disk, writing, final, temporary);
  }

  #path(name: string): string {
    return `${this.#writing.dir}/${name}`;
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

  /** Writes a drain as a file and commits it. `wrote` hears before of what came of it: who waits for the commit has that, too. */
  write(drain: Drain, wrote: (files: number, bytes: number) => void): void {
    const { dir, format } = this.#writing;
    const disk = this.#disk;
    const name = `${this.#own}${hexadecimal(drain.number, 8)}`;
    const temporary = this.#path(`.${name}.${format}.${Math.floor(Math.random() * 2 ** 48).toString(16)}.tmp`);
    let descriptor: number | undefined;
    let bytes = 0;
    let isNamed = false;
    let committed = false;
    try {
      if (disk.status(dir, true) === undefined) disk.makeDirectory(dir, true);
      for (let slice = drain.next(SLICE_BYTES); slice !== undefined; slice = drain.next(SLICE_BYTES)) {
        descriptor ??= disk.open(temporary, "create");
        for (let at = 0; at < slice.length;) {
          const written = disk.write(descriptor, slice.subarray(at), bytes + at);
          if (written === 0) throw rowsUnwritten(dir, "nothing was written");
          at += written;
        }
        bytes += slice.length;
      }
      if (descriptor !== undefined) {
        const whole = descriptor;
        descriptor = undefined;
        disk.close(whole);
        // A drain of that number whose thread died had the same rows, perhaps in the other format.
        for (const other of FORMATS) if (other !== format) removed(disk, this.#path(`${name}.${other}`));
        disk.rename(temporary, this.#path(`${name}.${format}`));
        isNamed = true;
      }
      wrote(Number(isNamed), bytes);
      drain.commit();
      committed = true;
    } catch (error) {
      // What Deno does not permit has no code.
      throw error instanceof RecorderError ? error : rowsUnwritten(dir, error);
    } finally {
      if (!committed) this.#undone(drain, descriptor, isNamed ? undefined : temporary);
      // Also where it failed: what is too old may be what there is no room for it beside.
      this.#retention.wrote(committed ? bytes : 0);
    }
  }

  /** Removes what grew too old, where it is time to look. */
  tidy(): void {
    this.#retention.passed();
  }

  /**
   * Nobody has what was begun: the next drain has its samples. A file that has its name stays, for the next one has the same, and
   * whoever drains by then may have put it there.
   */
  #undone(drain: Drain, descriptor: number | undefined, temporary: string | undefined): void {
    try {
      if (descriptor !== undefined) this.#disk.close(descriptor);
    } catch {
      // What is said of the first failure says it all.
    }
    if (temporary !== undefined) removed(this.#disk, temporary);
    drain.abandon();
  }
}
