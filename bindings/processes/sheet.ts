// One file of a spool as a collector reads it: from its front, then what is new behind what was read. A file that is
// none of ours, or that does not hold what it should, is told of once and left alone until it is another one.

import { shown } from "../errors.ts";
import { applicationOther, entryForeign, imageRefused, imageTruncated } from "./errors.ts";
import { codeOf, type Disk, type Status } from "./disk.ts";
import { foreign } from "./runs.ts";
import { RETIRED_INSTANCE } from "./frames.ts";
import { FRONT_BYTES, type Head, HEAD_BYTES, headOf, isFront, markOf } from "./head.ts";
import { sighted, sightedAgain, type Sighting, type Verdict } from "./deaths.ts";
import type { ImageProcess, ImageReader } from "./image.ts";

/** One file, and the process that wrote it. */
export interface Sheet {
  readonly path: string;
  readonly run: string;
  readonly instance: string;
  /** What a lower run's dead left. */
  readonly isRetired: boolean;
  readonly seen: Sighting;
  head: Head | undefined;
  process: ImageProcess | undefined;
  /** How far it was read, of which file: an inode may be another one's by now, and what is in front is not. */
  offset: number;
  inode: bigint;
  front: Uint8Array | undefined;
  /** It was read so soon after it was written that the next one in its place might have the same inode, time and size. */
  young: boolean;
  ended: boolean;
  /** Its process left and lives: no live gauge counts, and all the rest does, for it may come back. */
  left: boolean;
  verdict: Verdict;
  /** What its live gauges were last told. */
  live: boolean;
  /** Nothing will come any more, and all was read. */
  done: boolean;
  /** What it counted is with the retired, in memory alone: no retired file has it yet. */
  folded: boolean;
  refused: boolean;
  /** Somebody removed it, and no retired file has it. */
  vanished: boolean;
  /** The highest retired file when it was last there. */
  number: number;
  /** How many wishes it did not answer, one after the other. */
  missed: number;
}

/** One of which nothing was read yet. */
export function sheetOf(path: string, run: string, instance: string, isRetired: boolean): Sheet {
  const seen = { inode: -1n, bytes: 0, changed: -1n, since: 0, looked: -Infinity };
  const first = { head: undefined, process: undefined, offset: 0, inode: -1n, ended: false, verdict: "unsure", live: true } as const;
  return {
    path,
    run,
    instance,
    isRetired,
    seen,
    ...first,
    front: undefined,
    young: false,
    left: false,
    done: false,
    folded: false,
    refused: false,
    vanished: false,
    number: 0,
    missed: 0,
  };
}

export interface SheetOptions {
  readonly dir: string;
  /** Undefined: that of the first file. */
  readonly application: string | undefined;
  readonly bytesMax: number;
  readonly tell: (error: unknown) => void;
}

/** Of one read; a file with more is read in several. */
const CHUNK_BYTES = 262144;
/** A frame has at most 4 MiB: what does not fit twice that is none. */
const CHUNK_BYTES_MAX = 8388608;
/** File systems keep times by a coarse clock: of 4 ms in Linux, of 2 s in FAT. */
const YOUNG_MS = 2000;
const BARRED = new Set(["ELOOP", "EMLINK", "EACCES", "EPERM", "EISDIR", "ENXIO"]);

export class SheetReader {
  /** Where what is read goes. */
  image: ImageReader;
  /** Undefined: that of the first file. */
  application: string | undefined;
  refusals = 0;
  readonly #disk: Disk;
  readonly #options: SheetOptions;
  #buffer = new Uint8Array(CHUNK_BYTES);
  readonly #front = new Uint8Array(HEAD_BYTES);

  constructor(disk: Disk, image: ImageReader, options: SheetOptions) {
    this.#disk = disk;
    this.image = image;
    this.#options = options;
    this.application = options.application;
  }

  refuse(error: Error): void {
    this.refusals++;
    this.#options.tell(error);
  }

  /**
   * Reads what is new in a file; false where it is gone. `isOver` is asked then whether its process is dead: where nothing was
   * written since, all there will ever be was read.
   */
  read(sheet: Sheet, isOver?: () => boolean): boolean {
    let descriptor: number;
    try {
      descriptor = this.#disk.open(sheet.path, "read");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      // A link says ELOOP (or EMLINK); what may not be opened is another's.
      if (!BARRED.has(codeOf(error))) throw error;
      this.#bar(sheet, this.#disk.status(sheet.path), codeOf(error));
      return true;
    }
    try {
      const status = this.#disk.statusOf(descriptor);
      const why = foreign(this.#disk, status, "file", this.#options.bytesMax);
      if (why === undefined) this.#readOpen(sheet, descriptor, status);
      else this.#bar(sheet, status, why);
      if (isOver !== undefined && !sheet.refused && sheet.process !== undefined && isOver())
        this.#readLast(sheet, sheet.process, descriptor);
    } finally {
      this.#disk.close(descriptor);
    }
    return true;
  }

  /** Leaves a file out until it is another one. */
  #bar(sheet: Sheet, status: Status | undefined, why: string): void {
    const reason = (status && foreign(this.#disk, status, "file", this.#options.bytesMax)) ?? why;
    if (status !== undefined) Object.assign(sheet.seen, sighted(this.#disk, status));
    if (!sheet.refused || sheet.inode !== sheet.seen.inode) this.refuse(entryForeign(sheet.path, reason));
    sheet.inode = sheet.seen.inode;
    // If it is ours again one day it is read anew, whatever it was before.
    sheet.front = undefined;
    sheet.young = false;
    sheet.refused = true;
  }

  #readOpen(sheet: Sheet, descriptor: number, status: Status): void {
    if (sheet.seen.inode === -1n) Object.assign(sheet.seen, sighted(this.#disk, status));
    sheet.young = Math.abs(this.#disk.wall() - Number(status.changed / 1_000_000n)) < YOUNG_MS;
    if (sheet.front === undefined || status.inode !== sheet.inode) return this.#begin(sheet, descriptor, status);
    // Before what is behind it: who says its last has written all.
    const length = this.#disk.read(descriptor, this.#front, 0);
    if (!isFront(sheet.front, this.#front.subarray(0, length))) return this.#begin(sheet, descriptor, status);
    if (sheet.refused || sheet.process === undefined) return;
    if (status.bytes < sheet.offset) {
      sheet.refused = true;
      this.refuse(imageTruncated(sheet.path));
      return;
    }
    const { ended, left } = markOf(this.#front[HEAD_BYTES - 1]);
    sheet.ended ||= ended;
    sheet.left = left;
    this.#apply(sheet, sheet.process, descriptor);
  }

  /** What a dead process wrote while it was read; without any, and where the file is still that of its name, it is done. */
  #readLast(sheet: Sheet, process: ImageProcess, descriptor: number): void {
    const status = this.#disk.statusOf(descriptor);
    if (!status.isNamed) return;
    sheet.done = !sightedAgain(this.#disk, sheet.seen, status);
    if (!sheet.done) this.#apply(sheet, process, descriptor);
  }

  /** A file from its front: the process before is forgotten as soon as there is more to say of this one. */
  #begin(sheet: Sheet, descriptor: number, status: Status): void {
    const old = sheet.process;
    sheet.inode = status.inode;
    sheet.refused = false;
    sheet.ended = sheet.left = false;
    const length = this.#disk.read(descriptor, this.#buffer, 0);
    sheet.front = this.#buffer.slice(0, Math.min(length, FRONT_BYTES));
    const head = headOf(this.#buffer.subarray(0, length));
    const other = typeof head === "string" ? head : this.otherApplication(sheet.run, head);
    if (other !== undefined) {
      sheet.refused = true;
      if (typeof other === "string") this.refuse(imageRefused(sheet.path, 0, other));
      else this.refuse(other);
      return;
    }
    sheet.head = head as Head;
    if (!sheet.isRetired) Object.assign(sheet, { ended: sheet.head.ended, left: sheet.head.left });
    sheet.offset = HEAD_BYTES + sheet.head.takenBytes;
    const process = this.image.process(
      sheet.isRetired ? RETIRED_INSTANCE : sheet.instance,
      `${sheet.isRetired ? "dead processes" : `process ${sheet.head.pid}`} (${shown(sheet.path)})`,
    );
    try {
      this.#apply(sheet, process, descriptor, length);
    } catch (error) {
      // Begun anew the next time; until then the one before counts.
      sheet.front = undefined;
      this.image.drop(process);
      throw error;
    }
    if (sheet.refused && sheet.offset === HEAD_BYTES + sheet.head.takenBytes) {
      this.image.drop(process);
      return;
    }
    if (old !== undefined) this.image.drop(old);
    sheet.process = process;
    if (!sheet.live) this.image.live(process, false);
  }

  /** What is wrong with a file of a run whose writer says another application, or none. */
  otherApplication(run: string, { application }: Head): Error | undefined {
    this.application ??= application;
    if (application === this.application) return undefined;
    return applicationOther(`${this.#options.dir}/${run}`, application, this.application);
  }

  /** Takes in what is whole; `there`: how many bytes from the front are in the buffer already. */
  #apply(sheet: Sheet, process: ImageProcess, descriptor: number, there = 0): void {
    let begin = 0;
    let length = there;
    if (length === 0) {
      begin = sheet.offset;
      length = this.#disk.read(descriptor, this.#buffer, begin);
    }
    while (begin + length > sheet.offset) {
      const { consumed, refused, ended } = process.apply(this.#buffer.subarray(sheet.offset - begin, length));
      sheet.offset += consumed;
      if (ended) sheet.ended = true;
      if (refused !== undefined) {
        sheet.refused = true;
        this.refuse(imageRefused(sheet.path, sheet.offset, refused));
        return;
      }
      const isFull = length === this.#buffer.length;
      if (!isFull) return;
      if (consumed === 0 && begin === sheet.offset) {
        if (this.#buffer.length >= CHUNK_BYTES_MAX) return;
        this.#buffer = new Uint8Array(this.#buffer.length * 2);
      }
      begin = sheet.offset;
      length = this.#disk.read(descriptor, this.#buffer, begin);
    }
  }
}
