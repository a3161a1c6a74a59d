// A directory of files that others write and delete meanwhile, as one stream of rows. Reads what was there of a file when it was
// opened, however it grows; whatever cannot be read is counted and passed over.

import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Batch, type Format, REASONS, type Told } from "./batch.ts";
import { CsvReader } from "./csv.ts";
import { JsonlReader } from "./jsonl.ts";
import type { Labels } from "./labels.ts";
import { digitsOf } from "./moment.ts";

/** Bytes of one read: fewer cost more calls, more leave the second cache. */
const CHUNK_BYTES = 1 << 18;
/** Bytes of one row: a label of 1 MB, each byte of it escaped, and room. */
const ROW_BYTES_MOST = 8 << 20;

/** What a name ends in that is read of a directory. */
export const ENDINGS = [".csv", ".jsonl", ".ndjson"] as const;
export const isRecording = (name: string) => !name.startsWith(".") && ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
/** Reading is synchronous, which zlib's streams are not: what is compressed is told, lest anybody miss it. */
const isCompressed = (name: string) => /\.gz$/i.test(name);
/** The first bytes of gzip (RFC 1952, 2.3.1). */
const GZIP = [0x1f, 0x8b] as const;
/** Where a timepoint lies that was written in another unit, in seconds when it is taken for nanoseconds: 2001 to 2128. */
const OTHER_UNITS = [
  { name: "seconds", from: 1, to: 5 },
  { name: "milliseconds", from: 1e3, to: 5e3 },
  { name: "microseconds", from: 1e6, to: 5e6 },
] as const;

/** What was wrong with files, told once it is known. */
export interface Counted {
  files: number;
  bytes: number;
  rows: number;
  badLines: number;
  /** Of the first of them. */
  firstBad: string | undefined;
  unfinished: number;
  /** Files that another deleted before they could be opened. */
  gone: number;
  /** Files that are not read, for they are compressed; the first of them. */
  compressed: number;
  firstCompressed: string | undefined;
  /** A timepoint that seems to be in another unit than nanoseconds. */
  otherUnit: string | undefined;
  /** Files whose first line is none of ours; of the first of them. */
  foreign: number;
  firstForeign: string | undefined;
  unreadable: number;
  firstUnreadable: string | undefined;
  /** Integers beyond what a double holds. */
  rounded: number;
}

/** The recordings of a directory by name; a file stands for itself. Throws what the system says. */
export function recordings(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => isRecording(isCompressed(name) ? name.slice(0, -3) : name))
    .sort()
    .map((name) => join(path, name));
}

/** What tells a file from all others, whatever its name; undefined where that cannot be known. A link is what it leads to, or itself. */
export function fileOf(path: string, asLink = false): string | undefined {
  try {
    const { dev, ino } = asLink ? lstatSync(path, { bigint: true }) : statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    // Whoever reads or writes it tells.
    return undefined;
  }
}

export class Recording implements Told {
  readonly counted: Counted = {
    files: 0,
    bytes: 0,
    rows: 0,
    badLines: 0,
    firstBad: undefined,
    unfinished: 0,
    gone: 0,
    compressed: 0,
    firstCompressed: undefined,
    otherUnit: undefined,
    foreign: 0,
    firstForeign: undefined,
    unreadable: 0,
    firstUnreadable: undefined,
    rounded: 0,
  };
  readonly #paths: readonly string[];
  readonly #batch = new Batch();
  readonly #csv: CsvReader;
  readonly #jsonl: JsonlReader;
  /** One byte more than is read into it: a line break behind the last one. */
  #buffer = new Uint8Array(CHUNK_BYTES * 2 + 1);
  #path = "";

  constructor(paths: readonly string[], labels: Labels) {
    this.#paths = paths;
    this.#csv = new CsvReader(this.#batch, labels, this);
    this.#jsonl = new JsonlReader(this.#batch, labels, this);
  }

  /** What there is to read by now, for whoever waits. */
  bytesThere(): number {
    let bytes = 0;
    for (const path of this.#paths) {
      try {
        bytes += statSync(path).size;
      } catch {
        // Gone, or a link that cannot be followed: whoever opens it tells.
      }
    }
    return bytes;
  }

  bad(line: number, reason: number): void {
    this.counted.badLines++;
    this.counted.firstBad ??= `${basename(this.#path)}:${line}: ${REASONS[reason]!}`;
  }

  unfinished(): void {
    this.counted.unfinished++;
  }

  rounded(): void {
    this.counted.rounded++;
  }

  /** All rows, in the order of the files; the same batch each time, and an empty one now and then, for whoever shows progress. */
  *batches(): Generator<Batch, void, undefined> {
    for (const path of this.#paths) {
      if (isCompressed(path)) {
        this.#compressed(path);
        continue;
      }
      const opened = this.#open(path);
      if (opened === undefined) continue;
      try {
        yield* this.#file(opened.file, opened.size, /\.csv$/i.test(path) ? this.#csv : this.#jsonl);
      } finally {
        closeSync(opened.file);
      }
    }
  }

  #open(path: string): { file: number; size: number } | undefined {
    this.#path = path;
    let file: number | undefined;
    try {
      // A pipe of that name would not open until somebody writes into it.
      file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new Error("it is no file");
      this.counted.files++;
      return { file, size: stats.size };
    } catch (error) {
      if (file !== undefined) closeSync(file);
      if ((error as NodeJS.ErrnoException).code === "ENOENT") this.counted.gone++;
      else this.#unreadable(error as Error);
      return undefined;
    }
  }

  #compressed(path: string): void {
    this.counted.compressed++;
    this.counted.firstCompressed ??= basename(path);
  }

  /** Of a batch one row tells: a file is written in one unit. */
  #unit({ seconds, nanos }: Batch): void {
    const second = seconds[0]!;
    const unit = OTHER_UNITS.find(({ from, to }) => second >= from && second < to);
    if (unit !== undefined) this.counted.otherUnit ??= `${digitsOf(second, nanos[0]!)} in ${basename(this.#path)} looks like ${unit.name}`;
  }

  #unreadable(error: Error): void {
    this.counted.unreadable++;
    this.counted.firstUnreadable ??= `${basename(this.#path)}: ${error.message}`;
  }

  *#file(file: number, size: number, format: Format): Generator<Batch, void, undefined> {
    const batch = this.#batch;
    let start = 0;
    let end = 0;
    let unread = size;
    format.begin();
    for (;;) {
      const read = unread === 0 ? 0 : this.#read(file, end, Math.min(CHUNK_BYTES, unread));
      const ended = read === 0;
      unread -= read;
      end += read;
      this.counted.bytes += read;
      if (unread + read === size && GZIP.every((byte, i) => end > i && this.#buffer[i] === byte)) {
        this.#compressed(this.#path);
        return;
      }
      if (ended) this.#buffer[end] = 10;
      let isFull;
      do {
        batch.rows = 0;
        start = format.parse(this.#buffer, start, end, ended);
        this.counted.rows += batch.rows;
        if (batch.rows > 0) this.#unit(batch);
        // Asked first: whoever takes the batch may leave out rows of it.
        isFull = batch.rows === batch.capacity;
        yield batch;
      } while (isFull);
      if (format.foreign !== undefined) {
        this.counted.foreign++;
        this.counted.firstForeign ??= `${basename(this.#path)}: ${format.foreign}`;
        return;
      }
      if (ended) return;
      if (end - start > ROW_BYTES_MOST) start = format.giveUp(this.#buffer, start, end);
      end = this.#makeRoom(start, end);
      start = 0;
    }
  }

  /** 0 at the end, and where the file cannot be read any more. */
  #read(file: number, at: number, length: number): number {
    try {
      return readSync(file, this.#buffer, at, length, null);
    } catch (error) {
      this.#unreadable(error as Error);
      return 0;
    }
  }

  /** Moves what is not read yet to the front; returns where it ends. */
  #makeRoom(start: number, end: number): number {
    const left = end - start;
    if (left + CHUNK_BYTES >= this.#buffer.length) {
      const larger = new Uint8Array(Math.min(this.#buffer.length * 2, ROW_BYTES_MOST + 2 * CHUNK_BYTES) + 1);
      larger.set(this.#buffer.subarray(start, end));
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, start, end);
    }
    return left;
  }
}
