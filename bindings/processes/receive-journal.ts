// The store of a receiver in a directory, for `tallystick collect --store`: a journal of changes, one record each, and at times a new
// journal of what the old one comes to.
//
//   record  0 magic  u32  "TLYJ"
//           4 length u32  of the changes
//           8 check  u32  of the changes
//          12 front  u32  check of the 12 bytes before: a length that is damaged is no record that was cut off
//          16 changes, each: 0 length of the key u32, 4 length of the value u32 (REMOVED: there is none any more), the key, the value
//
// A change is durable when its record is: it is written behind the last one and synced. One that a crash cut off is at the journal's end,
// and was acknowledged to nobody; any pages of it may be there, and others not. So what is no record, and has none behind it, is cut off;
// it is told and kept aside, for nobody sees whether it is a record that was whole once. Damage anywhere else is told, and nothing is
// taken in: what stands behind it counted. A new journal ends with a record of no changes: nothing that was written anew is an end.
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
// more, and a new journal that was renamed behind 2 is not there to be renamed.

import { Buffer } from "node:buffer";
import * as files from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, type Disk, text } from "./disk.ts";
import { warned } from "./line.ts";
import { idNew } from "./names.ts";
import { joined } from "./push-body.ts";
import type { ReceiverStore } from "./receive-keep.ts";
import { journalCut, journalDamaged, storeLost, storeTaken, storeUnsafe } from "./receive-worded.ts";

const MAGIC = 0x4a594c54;
/** As its bytes are. */
const MAGIC_TEXT = "TLYJ";
const HEAD_BYTES = 16;
const FRONT_AT = 12;
const REMOVED = 0xffffffff;
/** A journal is written anew where more than half of it and this is of no more use. */
const IDLE_BYTES = 1048576;
/** Where there is room for less than two of it and this, already where a fifth of it and so much is of no more use. */
const IDLE_BYTES_LEAST = 65536;
/** What is written at once while it is. */
const PIECE_BYTES = 4194304;
const JOURNAL = "journal";
/** One that is being written: an owner's own. */
const JOURNAL_NEW = /^journal(?:\.[0-9a-f]{16})?\.new$/;
const OWNER = "owner";
/** Beside the journal: what was cut off its end last. */
const CUT = ".cut";
/** There is no more room, for anybody or for this user. */
const FULL: readonly string[] = ["ENOSPC", "EDQUOT"];
const isFull = (error: unknown) => FULL.includes(codeOf(error));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** FNV-1a. */
function checkOf(bytes: Uint8Array): number {
  let check = 2166136261;
  for (const byte of bytes) check = Math.imul(check ^ byte, 16777619);
  return check >>> 0;
}

function recordOf(put: ReadonlyMap<string, Uint8Array>, remove: Iterable<string>): Uint8Array {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const add = (key: string, value: Uint8Array | undefined) => {
    const name = encoder.encode(key);
    const head = new DataView(new ArrayBuffer(8));
    head.setUint32(0, name.length, true);
    head.setUint32(4, value?.length ?? REMOVED, true);
    parts.push(new Uint8Array(head.buffer), name, new Uint8Array(value ?? []));
  };
  for (const [key, value] of put) add(key, value);
  for (const key of remove) add(key, undefined);
  const changes = joined(parts);
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setUint32(0, MAGIC, true);
  head.setUint32(4, changes.length, true);
  head.setUint32(8, checkOf(changes), true);
  head.setUint32(FRONT_AT, checkOf(new Uint8Array(head.buffer, 0, FRONT_AT)), true);
  return joined([new Uint8Array(head.buffer), changes]);
}

/** Applies the changes of one record. */
function applied(kept: Map<string, Uint8Array>, changes: Uint8Array): void {
  const view = new DataView(changes.buffer, changes.byteOffset, changes.length);
  for (let at = 0; at < changes.length;) {
    const behind = at + 8 + view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const key = decoder.decode(changes.subarray(at + 8, behind));
    if (length === REMOVED) kept.delete(key);
    else kept.set(key, changes.slice(behind, behind + length));
    at = behind + (length === REMOVED ? 0 : length);
  }
}

/** Where the record that begins there ends; undefined where none does, or it is not whole. */
function endOf(bytes: Uint8Array, at: number): number | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const head = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD_BYTES);
  if (head.getUint32(0, true) !== MAGIC || head.getUint32(FRONT_AT, true) !== checkOf(bytes.subarray(at, at + FRONT_AT))) return undefined;
  const end = at + HEAD_BYTES + head.getUint32(4, true);
  return end <= bytes.length && checkOf(bytes.subarray(at + HEAD_BYTES, end)) === head.getUint32(8, true) ? end : undefined;
}

/** Whether a whole record begins anywhere from there on. */
function isFollowed(bytes: Uint8Array, from: number): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = from; (at = all.indexOf(MAGIC_TEXT, at, "latin1")) >= 0; at++) if (endOf(bytes, at) !== undefined) return true;
  return false;
}

/** What a journal comes to, and how much of it is whole: the rest was cut off. Throws where it is damaged. */
function readOf(bytes: Uint8Array, path: string): { readonly kept: Map<string, Uint8Array>; readonly end: number } {
  const kept = new Map<string, Uint8Array>();
  let at = 0;
  for (let end; (end = endOf(bytes, at)) !== undefined; at = end) applied(kept, bytes.subarray(at + HEAD_BYTES, end));
  const isDamaged = at < bytes.length && (at === 0 || isFollowed(bytes, at + 1));
  if (isDamaged) throw journalDamaged(path, at);
  return { kept, end: at };
}

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

/** Bytes of a file; of one that is absent there are none. */
async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await files.promises.readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return new Uint8Array(0);
    throw error;
  }
}

export class JournalStore implements ReceiverStore {
  readonly #dir: string;
  readonly #path: string;
  readonly #newPath: string;
  /** What `owner` says for as long as the directory is this one's. */
  readonly #owner: string;
  readonly #tell: (error: Error) => void;
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
  constructor(dir: string, disk: Pick<Disk, "identity" | "startOf">, tell: (error: Error) => void = warned) {
    this.#dir = dir;
    this.#tell = tell;
    this.#path = join(dir, JOURNAL);
    files.mkdirSync(dir, { recursive: true, mode: 0o700 });
    if ((files.statSync(dir).mode & 0o002) !== 0) throw storeUnsafe(dir);
    const { pid, started, boot, namespace } = disk.identity;
    const path = join(dir, OWNER);
    const [there, since, ...where] = (text(path) ?? "").split("\n")[0]!.split(" ");
    const isNear = where.join(" ") === `${boot} ${namespace}` && boot !== undefined;
    // Of another container or host nobody knows whether it lives.
    if (isNear && Number(there) !== pid && disk.startOf(Number(there)) === since) throw storeTaken(dir, Number(there));
    const word = idNew();
    this.#newPath = `${this.#path}.${word}.new`;
    this.#owner = `${pid} ${started} ${boot} ${namespace}\n${word}\n`;
    claimed(path, this.#owner);
  }

  async load(): Promise<ReadonlyMap<string, Uint8Array>> {
    await this.#own();
    for (const name of files.readdirSync(this.#dir)) if (JOURNAL_NEW.test(name)) files.rmSync(join(this.#dir, name));
    const bytes = await bytesOf(this.#path);
    const { kept, end } = readOf(bytes, this.#path);
    if (end < bytes.length) await this.#cut(bytes.subarray(end), end);
    try {
      await this.#anew(kept);
    } catch (error) {
      if (!isFull(error)) throw error;
      await this.#own();
      // Where there is no room for two of it nobody else can write to the one that is there, either.
      await this.#file?.close();
      this.#file = await open(this.#path, files.constants.O_RDWR | files.constants.O_CREAT, 0o600);
      await this.#file.truncate(end);
      this.#end = end;
    }
    this.#isTorn = false;
    this.#places.clear();
    this.#used = 0;
    for (const [key, { length }] of kept) this.#placed(key, length);
    return kept;
  }

  async change(put: ReadonlyMap<string, Uint8Array>, remove: ReadonlySet<string>): Promise<void> {
    await this.#own();
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
    const bytes = new Uint8Array(this.#end);
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, at);
      if (bytesRead === 0) throw journalDamaged(this.#path, at);
      at += bytesRead;
    }
    return bytes;
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
