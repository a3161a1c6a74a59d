// The image file of this process: how it is put into place, appended to and left. Each way is a row of writes that its
// driver makes, so that one text serves the timer, which writes beside the event loop, and the exit, which cannot wait.

import { codeOf, type Disk, unlessAbsent } from "./disk.ts";
import { entryForeign } from "./errors.ts";
import { ENDED_MARK, HEAD_BYTES, headOf, LEFT_MARK, type Taken, takenOf, UNPROVEN_MAX } from "./head.ts";
import { idNew } from "./names.ts";
import { named, retiredName } from "./paths.ts";
import { foreign } from "./runs.ts";
import type { FramesOptions, FrameWriter } from "./image.ts";

export interface Write {
  readonly descriptor: number;
  readonly bytes: Uint8Array;
  readonly position: number;
}

/** Is resumed with the number of bytes that were written. */
export type Writes<T> = Generator<Write, T, number>;

function* all(descriptor: number, bytes: Uint8Array, position: number): Writes<void> {
  for (let written = 0; written < bytes.length;) {
    const count = yield { descriptor, bytes: bytes.subarray(written), position: position + written };
    // A full disk may say so by writing nothing.
    if (count === 0) throw Object.assign(new Error("ENOSPC: no byte was written"), { code: "ENOSPC" });
    written += count;
  }
}

/** A writer of which one walk at most is under way: one that is begun ends the one before. */
export class Walks implements FrameWriter {
  readonly #writer: FrameWriter;
  #current: Generator<Uint8Array, void> | undefined;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  get instance(): string {
    return this.#writer.instance;
  }

  frames(options: FramesOptions): Generator<Uint8Array, void> {
    this.#current?.return();
    this.#current = this.#writer.frames(options);
    return this.#current;
  }
}

/** Past twice what it began with and this, a file is written anew: it then costs less to read than to keep. */
const GROWN_BYTES = 65536;

export class Leaf {
  readonly path: string;
  readonly #disk: Disk;
  readonly descriptor: number;
  /** Which stays its own as long as it is open. */
  readonly inode: bigint;
  /** What its head says of it. */
  readonly file: string;
  /** Up to here there are whole frames. */
  #bytes: number;
  readonly #grownBytes: number;
  #touched = 0;

  constructor(disk: Disk, path: string, made: Made) {
    this.path = path;
    this.#disk = disk;
    this.descriptor = made.descriptor;
    this.inode = made.inode;
    this.file = made.file;
    this.#bytes = made.bytes;
    this.#grownBytes = 2 * made.bytes + GROWN_BYTES;
  }

  /** False once somebody removed it, put another file in its place or cut it: what is appended to that nobody can read. */
  get isThere(): boolean {
    const status = this.#disk.status(this.path);
    return status !== undefined && status.inode === this.inode && status.bytes >= this.#bytes;
  }

  get hasGrown(): boolean {
    return this.#bytes > this.#grownBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Another time than before, whatever the clock does: others see by a change that we live. */
  touch(): void {
    const wall = this.#disk.wall();
    this.#touched = wall === this.#touched ? wall + 1 : wall;
    this.#disk.touch(this.path, this.#touched);
  }

  /** Appends a sequence; returns how many bytes. What fails leaves whole frames. */
  *append(writer: FrameWriter, options: FramesOptions): Writes<number> {
    const from = this.#bytes;
    try {
      for (const frame of writer.frames(options)) {
        yield* all(this.descriptor, frame, this.#bytes);
        this.#bytes += frame.length;
      }
      if (options.ended) yield* all(this.descriptor, ENDED_MARK.bytes, ENDED_MARK.position);
    } catch (error) {
      // A reader must not wait for the rest of a frame for ever.
      this.#disk.truncate(this.descriptor, this.#bytes);
      throw error;
    }
    return this.#bytes - from;
  }

  /** Says that its process leaves, and lives on. */
  *leave(): Writes<void> {
    yield* all(this.descriptor, LEFT_MARK.bytes, LEFT_MARK.position);
  }
}

export interface Made {
  readonly descriptor: number;
  readonly inode: bigint;
  readonly file: string;
  readonly bytes: number;
  readonly path: string;
}

/** Writes the whole image under a temporary name in a directory. Whoever takes it gives it a name, or removes it. */
export function* make(
  disk: Disk,
  directory: string,
  name: string,
  head: (file: string) => Uint8Array,
  writer: FrameWriter,
  options: FramesOptions,
): Writes<Made> {
  const path = `${directory}/${name}`;
  const descriptor = disk.open(path, "create");
  let made: Made | undefined;
  try {
    let bytes = HEAD_BYTES;
    for (const frame of writer.frames(options)) {
      yield* all(descriptor, frame, bytes);
      bytes += frame.length;
    }
    // Behind the frames: with `baseline` it is the first step that gives the instance.
    const file = idNew();
    yield* all(descriptor, head(file), 0);
    if (options.ended) yield* all(descriptor, ENDED_MARK.bytes, ENDED_MARK.position);
    made = { descriptor, inode: disk.statusOf(descriptor).inode, file, bytes, path };
    return made;
  } finally {
    if (made === undefined) {
      disk.close(descriptor);
      discard(disk, path);
    }
  }
}

/** Takes away what was made and is not needed; what cannot be removed is somebody's work later. */
export function discard(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {}
}

/** Whether a run that appears with its first file was the first to. */
export function renamedFirst(disk: Disk, from: string, to: string): boolean {
  try {
    disk.rename(from, to);
    return true;
  } catch (error) {
    // Windows says EPERM.
    if (["ENOTEMPTY", "EEXIST", "EPERM"].includes(codeOf(error))) return false;
    throw error;
  }
}

/** The highest retired file of a registry among names: its number, 0 where there is none. What is none of ours is told of, and left out. */
export function highestRetired(
  disk: Disk,
  directory: string,
  names: readonly string[],
  registry: string,
  tell?: (error: Error) => void,
): number {
  const numbers: number[] = [];
  for (const name of names) {
    // Most are others, and a look at the first letters is cheap.
    const what = name.startsWith("retired-") ? named(name) : undefined;
    if (what?.kind === "retired" && what.registry === registry) numbers.push(what.number);
  }
  for (const number of numbers.sort((a, b) => b - a)) {
    const path = `${directory}/${retiredName(number, registry)}`;
    const status = disk.status(path);
    const why = status && foreign(disk, status, "file");
    // One that is gone was there: whoever reads it finds out.
    if (why === undefined) return number;
    tell?.(entryForeign(path, why));
  }
  return 0;
}

function highestIn(disk: Disk, directory: string, registry: string): number {
  return highestRetired(disk, directory, unlessAbsent(() => disk.names(directory)) ?? [], registry);
}

/** What is in front of a retired file; undefined where it is gone, a string where it cannot be read. */
function frontAt(disk: Disk, path: string): { readonly since: number; readonly taken: ReadonlyMap<string, Taken> } | string | undefined {
  const descriptor = unlessAbsent(() => disk.open(path, "read"));
  if (descriptor === undefined) return undefined;
  try {
    const front = new Uint8Array(HEAD_BYTES);
    const head = headOf(front.subarray(0, disk.read(descriptor, front, 0)));
    if (typeof head === "string") return head;
    const taken = new Uint8Array(Math.min(head.takenBytes, disk.statusOf(descriptor).bytes));
    const length = disk.read(descriptor, taken, HEAD_BYTES);
    return { since: head.since, taken: takenOf(taken.subarray(0, length)) };
  } finally {
    disk.close(descriptor);
  }
}

/** What the retired of a run say of an instance: that they have what it counted, that they have not, or nothing for sure. */
export type Said = "taken" | "free" | "unknown";

const LISTINGS = 10;

/** `also`: names that mean it, too. Where others are above, only a run's names tell, and none of them may be missing. */
export function saidOf(disk: Disk, directory: string, registry: string, instance: string, also?: (what: string) => boolean): Said {
  for (let times = 0; times < LISTINGS; times++) {
    const highest = highestIn(disk, directory, registry);
    const front =
      highest === 0 ? { since: 0, taken: new Map<string, Taken>() } : frontAt(disk, `${directory}/${retiredName(highest, registry)}`);
    // A higher one came meanwhile; and a listing that is made while files come and go may miss what is there.
    if (front === undefined || highestIn(disk, directory, registry) !== highest) continue;
    if (typeof front === "string") return "unknown";
    const { since, taken } = front;
    if (taken.has(instance) || (also !== undefined && [...taken.keys()].some(also))) return "taken";
    if (since <= 1) return "free";
    // Whoever can ask lives, so its death was never proven, and those names are forgotten only when there are many.
    const isComplete = also === undefined && [...taken.values()].filter(({ proven }) => !proven).length < UNPROVEN_MAX;
    return isComplete ? "free" : "unknown";
  }
  return "unknown";
}
