// Requests that wait in files, so that they outlive the process: a file each, written beside its place and renamed, with what is in it in its name.
//
// What is read there is sent under this process's name and token: it has to be this user's own. A folder that everybody may write to is
// not used, and a link, or what another user may have written, is not read.

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Shelf, Waiting } from "./queue.ts";
import type { Bytes } from "./request.ts";
import { notOwn } from "./worded.ts";

/** The user alone: what is counted may be nobody's business. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS_WRITE = 0o002;
const GROUP_OR_OTHERS_WRITE = 0o022;
/** Absent on Windows. A pipe that somebody put there must not hold us up. */
const OWN = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const NAME = /^(\d{15})-\d{8}-[0-9a-f]{8}\.v([12])\.s(\d{1,9})\.h(\d{1,9})\.e(\d{1,9})\.snappy$/;
const HALF = /^(\d{15})-\d{8}-[0-9a-f]{8}\.half$/;
/** A half file that is older belongs to nobody who still writes it. */
const HALF_MS = 60_000;
/** The system has no room for one more open file, or for what else a moment takes. */
const PASSING: readonly unknown[] = ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EAGAIN", "EBUSY", "ETIMEDOUT"];

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}

/** The user; undefined where files have no owners, or the runtime does not say. */
function userOf(): number | undefined {
  try {
    return process.getuid?.();
  } catch {
    return undefined;
  }
}

export class DiskShelf implements Shelf {
  readonly #folder: string;
  /** Tells files of one process from those of another one at the same time. */
  readonly #own = randomBytes(4).toString("hex");
  readonly #uid = userOf();
  #made: Promise<unknown> | undefined;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async load(): Promise<readonly Waiting[]> {
    await this.#folderMade();
    const left: Waiting[] = [];
    for (const name of (await readdir(this.#folder)).sort()) {
      const half = HALF.exec(name);
      if (half !== null && Date.now() - Number(half[1]) > HALF_MS) await rm(join(this.#folder, name), { force: true });
      const [, time, version, samples, histograms, exemplars] = NAME.exec(name) ?? [];
      if (time === undefined) continue;
      const { size } = await lstat(join(this.#folder, name)).catch(() => ({ size: 0 }));
      const counts = { samples: Number(samples), histograms: Number(histograms), exemplars: Number(exemplars) };
      left.push({ name, bytes: size, time: Number(time), version: version === "2" ? 2 : 1, ...counts });
    }
    return left;
  }

  #folderMade(): Promise<unknown> {
    this.#made ??= this.#makeFolder();
    // One that failed is tried again.
    this.#made.catch(() => (this.#made = undefined));
    return this.#made;
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    const { mode } = await stat(this.#folder);
    if (this.#uid !== undefined && (mode & OTHERS_WRITE) !== 0) throw notOwn();
  }

  async put(body: Bytes, about: Omit<Waiting, "name" | "bytes">): Promise<string> {
    try {
      return await this.#put(body, about);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      // Somebody removed the folder.
      this.#made = undefined;
      return this.#put(body, about);
    }
  }

  async #put(body: Bytes, { time, version, samples, histograms, exemplars }: Omit<Waiting, "name" | "bytes">): Promise<string> {
    await this.#folderMade();
    const begin = `${String(time).padStart(15, "0")}-${String(++this.#count).padStart(8, "0")}-${this.#own}`;
    const name = `${begin}.v${version}.s${samples}.h${histograms}.e${exemplars}.snappy`;
    const half = join(this.#folder, `${begin}.half`);
    try {
      const file = await open(half, "wx", FILE_MODE);
      try {
        await file.writeFile(body);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(half, join(this.#folder, name));
    } catch (error) {
      await rm(half, { force: true }).catch(() => undefined);
      throw error;
    }
    return name;
  }

  async get({ name }: Waiting): Promise<Bytes | undefined> {
    try {
      const file = await open(join(this.#folder, name), OWN);
      try {
        const status = await file.stat();
        // What another user may have put there, or may write to yet.
        if (!status.isFile() || (this.#uid !== undefined && (status.uid !== this.#uid || (status.mode & GROUP_OR_OTHERS_WRITE) !== 0)))
          throw notOwn();
        return new Uint8Array(await file.readFile());
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  isPassing(error: unknown): boolean {
    return PASSING.includes(codeOf(error));
  }

  async drop({ name }: Waiting): Promise<void> {
    if (NAME.test(name)) await rm(join(this.#folder, name), { force: true });
  }
}
