// The store of a receiver in a directory, for `tallystick collect --store`: a journal of changes, one record each, and at times a new
// journal of what the old one comes to.
//
// receive-journal-record.ts has the drawing of a record. A change is durable when its record is: it is written behind the last one and
// synced. A new journal ends with a record of no changes: nothing that was written anew is an end that a crash cut off.
//
// A new journal is written under another name and takes its place by a rename, so there is a whole one at any moment. `owner` says
// which process has the directory: two of them would write over each other's records. Of one in another container, or on another host,
// nobody knows whether it lives; so whoever begins takes the directory from whoever had it, and that one may write at that moment:
//
//   who begins                        who had it
//   1 writes a word of its own        1 writes a change, and syncs it
//     into `owner`                    2 looks whether `owner` has its word yet, and `journal` is the file that it writes: if not, it
//   2 removes journals that others      acknowledges nothing, and writes nothing more until it is started anew
//     were writing                    A new journal: writes it, looks as in 2, and renames it.
//   3 reads the journal
//   4 writes it anew, and renames it
//
// What was acknowledged was looked for before 1, so it was written before 3. What is written later goes into a file that has no name any
// more, and a new journal that was renamed behind 2 is not there to be renamed. Where there is no room for 4 the journal that is there goes
// on at once only where whoever had it is seen to be dead. Else that one may be between its look and its write: what the journal holds is
// shown, and no change is taken before there is room for 4, or 120 s have passed. Who stood still for longer may damage it.

import * as files from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, type Disk, text } from "./disk.ts";
import { warned } from "./line.ts";
import { idNew } from "./names.ts";
import { HEAD_BYTES, readOf, recordOf } from "./receive-journal-record.ts";
import type { ReceiverStore } from "./receive-keep.ts";
import { journalCut, journalDamaged, storeLost, storeNarrow, storeTaken, storeUnsafe } from "./receive-worded.ts";

/** A journal is written anew where more than half of it and this is of no more use. */
const IDLE_BYTES = 1048576;
/** Where there is room for less than two of it and this, already where a fifth of it and so much is of no more use. */
const IDLE_BYTES_LEAST = 65536;
/** What is written at once while it is. */
const PIECE_BYTES = 4194304;
/** So long nobody who lives stands still between a look and a write: the time in which threads, too, are taken for dead. */
const QUARANTINE_MS = 120_000;
/** What is read at once. */
const READ_BYTES = 1 << 30;
const JOURNAL = "journal";
/** One that is being written: an owner's own. */
const JOURNAL_NEW = /^journal(?:\.[0-9a-f]{16})?\.new$/;
const OWNER = "owner";
/** Of what it says, all of it by one write: where two begin at once one of them has it, for none has anything to cut off. */
const OWNER_BYTES = 256;
/** Beside the journal: what was cut off its end last. */
const CUT = ".cut";
/** There is no more room, for anybody or for this user. */
const FULL: readonly string[] = ["ENOSPC", "EDQUOT"];
const isFull = (error: unknown) => FULL.includes(codeOf(error));
/** Makes what is named in a directory durable; not every system lets directories be synced. */
function named(dir: string): void {
  try {
    const descriptor = files.openSync(dir, "r");
    try {
      files.fsyncSync(descriptor);
    } finally {
      files.closeSync(descriptor);
    }
  } catch {}
}

/** Writes a short file, for which a full disk has room where there is one already. */
function claimed(path: string, said: string): void {
  const descriptor = files.openSync(path, files.constants.O_RDWR | files.constants.O_CREAT, 0o600);
  try {
    files.writeSync(descriptor, said, 0);
    files.ftruncateSync(descriptor, said.length);
  } finally {
    files.closeSync(descriptor);
  }
}

/** So many bytes of a file, or as many as there are. In pieces: the system, and Node's `readFile`, give no more than 2 GiB at once. */
async function read(file: FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(length - at, READ_BYTES), at);
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

/** Bytes of a file; of one that is absent there are none. */
async function bytesOf(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    return await read(file, (await file.stat()).size);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return new Uint8Array(0);
    throw error;
  } finally {
    await file?.close();
  }
}

export type JournalDisk = Pick<Disk, "identity" | "startOf" | "makeDirectory" | "monotonic">;

export class JournalStore implements ReceiverStore {
  readonly #dir: string;
  readonly #path: string;
  readonly #newPath: string;
  /** What `owner` says for as long as the directory is this one's. */
  readonly #owner: string;
  readonly #tell: (error: Error) => void;
  readonly #disk: JournalDisk;
  /** From then on nobody else can write to the journal that was there. */
  readonly #aloneFrom: number;
  /** What that holds, where there was no room for a new one: it is not ours to write to. */
  #foreign: ReadonlyMap<string, Uint8Array> | undefined;
  #isLost = false;
  #file: FileHandle | undefined;
  /** The journal's bytes, and those of each value in it. */
  #end = 0;
  readonly #places = new Map<string, number>();
  #used = 0;
  /** A change did not come to its end. */
  #isTorn = false;
  /** It is not tried again before so many bytes. */
  #anewFrom = 0;

  /**
   * Makes the directory where it is absent, and takes it from whoever had it. Throws where it cannot be used, or another process that is
   * seen to live uses it. `tell` hears what was cut off.
   */
  constructor(dir: string, disk: JournalDisk, tell: (error: Error) => void = warned) {
    this.#dir = dir;
    this.#disk = disk;
    this.#tell = tell;
    this.#path = join(dir, JOURNAL);
    disk.makeDirectory(dir, true);
    if ((files.statSync(dir).mode & 0o002) !== 0) throw storeUnsafe(dir);
    const { pid, started, boot, namespace } = disk.identity;
    const path = join(dir, OWNER);
    const said = text(path) ?? "";
    const [there, since, ...where] = said.split("\n")[0]!.split(" ");
    // Of another container or host nobody knows whether it lives.
    const isNear = where.join(" ") === `${boot} ${namespace}` && boot !== undefined;
    const startedThere = isNear && Number(there) !== pid ? disk.startOf(Number(there)) : "";
    if (isNear && startedThere === since) throw storeTaken(dir, Number(there));
    this.#aloneFrom = said === "" || (isNear && startedThere !== undefined) ? -Infinity : disk.monotonic() + QUARANTINE_MS;
    const word = idNew();
    this.#newPath = `${this.#path}.${word}.new`;
    this.#owner = `${pid} ${started} ${boot} ${namespace}\n${word}\n`.padEnd(OWNER_BYTES, "\n");
    claimed(path, this.#owner);
  }

  async load(): Promise<ReadonlyMap<string, Uint8Array>> {
    await this.#own();
    for (const name of files.readdirSync(this.#dir)) if (JOURNAL_NEW.test(name)) files.rmSync(join(this.#dir, name));
    const bytes = await bytesOf(this.#path);
    const { kept, end } = readOf(bytes, this.#path);
    if (end < bytes.length) await this.#cut(bytes.subarray(end), end);
    this.#foreign = undefined;
    try {
      await this.#anew(kept);
    } catch (error) {
      if (!isFull(error)) throw error;
      await this.#file?.close();
      this.#file = undefined;
      this.#end = end;
      if (this.#isAlone) await this.#stayed();
      else this.#foreign = kept;
    }
    this.#isTorn = false;
    this.#places.clear();
    this.#used = 0;
    for (const [key, { length }] of kept) this.#placed(key, length);
    return kept;
  }

  get #isAlone(): boolean {
    return this.#disk.monotonic() >= this.#aloneFrom;
  }

  /** Goes on with the journal that is there. */
  async #stayed(): Promise<void> {
    await this.#file?.close();
    // Looked for behind it: what has the name later may be another one's, and this is not.
    this.#file = await open(this.#path, files.constants.O_RDWR | files.constants.O_CREAT, 0o600);
    await this.#own();
    await this.#file.truncate(this.#end);
  }

  async change(put: ReadonlyMap<string, Uint8Array>, remove: ReadonlySet<string>): Promise<void> {
    await this.#own();
    if (this.#foreign !== undefined) await this.#renewed(this.#foreign);
    if (this.#file === undefined) throw new Error("The store was not loaded");
    const record = recordOf(put, remove);
    try {
      await this.#appended(this.#file, record);
    } catch (error) {
      if (!isFull(error)) throw error;
      await this.#own();
      await this.#file.truncate(this.#end);
      this.#isTorn = false;
      // What is of no more use in it may be the room.
      if (this.#idle < IDLE_BYTES_LEAST || (await this.#room()) < this.#used) throw error;
      await this.#anew(readOf(await this.#whole(this.#file), this.#path).kept);
      await this.#appended(this.#file, record);
    }
    // Behind it: whoever took the directory before may have read the journal without this.
    await this.#own();
    this.#isTorn = false;
    this.#end += record.length;
    for (const [key, { length }] of put) this.#placed(key, length);
    for (const key of remove) this.#placed(key, undefined);
    if (this.#end < this.#anewFrom || !(await this.#isLong())) return;
    try {
      await this.#anew(readOf(await this.#whole(this.#file), this.#path).kept);
    } catch {
      // The old one is whole.
      this.#anewFrom = this.#end + IDLE_BYTES;
    }
  }

  /** Bytes of the journal that are of no more use. */
  get #idle(): number {
    return this.#end - this.#used;
  }

  /** Bytes that may be written beside it; where the system does not say, any. */
  async #room(): Promise<number> {
    try {
      const { bavail, bsize } = await files.promises.statfs(this.#dir);
      return bavail * bsize;
    } catch {
      return Infinity;
    }
  }

  /** Whether it is to be written anew: before there is no room to do so. */
  async #isLong(): Promise<boolean> {
    if (this.#idle >= this.#used + IDLE_BYTES) return true;
    if (this.#idle < this.#used / 4 + IDLE_BYTES_LEAST) return false;
    const room = await this.#room();
    return room >= this.#used && room < 2 * this.#used + IDLE_BYTES;
  }

  async #appended(file: FileHandle, record: Uint8Array): Promise<void> {
    // What one before left half way would stand behind this one.
    if (this.#isTorn) await file.truncate(this.#end);
    this.#isTorn = true;
    await this.#written(file, record, this.#end);
    await file.datasync();
  }

  /** Keeps aside what is cut off, in the place of what was so before. */
  async #cut(bytes: Uint8Array, at: number): Promise<void> {
    const path = `${this.#path}${CUT}`;
    let failed: unknown;
    try {
      await files.promises.writeFile(path, bytes, { mode: 0o600 });
    } catch (error) {
      failed = error;
      try {
        // Half of it would take the room of what counts.
        files.rmSync(path, { force: true });
      } catch {}
    }
    this.#tell(journalCut(this.#path, at, bytes.length, path, failed));
  }

  /** Throws where the directory is another one's by now: then nothing is written there any more. */
  async #own(): Promise<void> {
    if (!this.#isLost) {
      const owner = new TextDecoder().decode(await bytesOf(join(this.#dir, OWNER)));
      this.#isLost = owner !== this.#owner || !(await this.#isNamed(this.#file));
      // What has no name any more takes room until it is closed.
      if (this.#isLost) await this.#file?.close();
    }
    if (this.#isLost) throw storeLost(this.#dir);
  }

  /** Whether the journal is the file that is written to. */
  async #isNamed(file: FileHandle | undefined): Promise<boolean> {
    if (file === undefined) return true;
    const own = await file.stat({ bigint: true });
    try {
      return (await files.promises.stat(this.#path, { bigint: true })).ino === own.ino;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** What is durable of it; not by its path, which may be another one's. */
  async #whole(file: FileHandle): Promise<Uint8Array> {
    const bytes = await read(file, this.#end);
    if (bytes.length < this.#end) throw journalDamaged(this.#path, bytes.length);
    return bytes;
  }

  /** Puts a new journal into the place of one that another may write to, or waits until nobody does. */
  async #renewed(kept: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const isAlone = this.#isAlone;
    if ((await this.#room()) >= this.#used) await this.#anew(kept);
    else if (isAlone) await this.#stayed();
    else throw storeNarrow(this.#path);
    this.#foreign = undefined;
  }

  #placed(key: string, length: number | undefined): void {
    this.#used -= this.#places.get(key) ?? 0;
    if (length === undefined) this.#places.delete(key);
    else this.#places.set(key, HEAD_BYTES + 8 + key.length + length);
    this.#used += this.#places.get(key) ?? 0;
  }

  async #written(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, from, bytes.length - from, at + from);
      from += bytesWritten;
    }
  }

  /** Writes what the journal comes to, and puts it in its place. */
  async #anew(kept: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const file = await open(this.#newPath, "wx+", 0o600);
    let end = 0;
    try {
      let some = new Map<string, Uint8Array>();
      let bytes = 0;
      const flush = async () => {
        const record = recordOf(some, []);
        await this.#written(file, record, end);
        end += record.length;
        [some, bytes] = [new Map(), 0];
      };
      for (const [key, value] of kept) {
        some.set(key, value);
        if ((bytes += value.length) >= PIECE_BYTES) await flush();
      }
      if (some.size > 0) await flush();
      await flush();
      await file.datasync();
      await this.#own();
      files.renameSync(this.#newPath, this.#path);
    } catch (error) {
      files.rmSync(this.#newPath, { force: true });
      await file.close();
      throw error;
    }
    named(this.#dir);
    const old = this.#file;
    this.#file = file;
    this.#end = end;
    this.#anewFrom = 0;
    await old?.close();
  }
}
