// A directory of profiles: whole files under names that nobody had before, whoever is killed when.
//
//   .PREFIX.PID.ID.cpuprofile.tmp         a file while it is written
//   PREFIX.PID.ID.cpuprofile              of a process's first thread
//   PREFIX.PID.THREAD.ID.cpuprofile       of its thread of that number; `.heapprofile` likewise
//
// ID is the moment when it was taken, to the millisecond in UTC, and 12 random hexadecimal digits: pids come back, the first
// process of each container has the same one, and clocks are set back. In the order of their names the files of a thread are
// in the order in which they were taken.

import type { Disk } from "../processes/disk.ts";
import { profilesUnwritable, profileUnwritten } from "./worded.ts";
import { removed, type Retaining, Retention } from "./retention.ts";

const ID_DIGITS = 12;
const ID = `\\d{8}T\\d{9}Z-[0-9a-f]{${ID_DIGITS}}`;

function idOf(wall: number): string {
  const random = crypto.getRandomValues(new Uint8Array(ID_DIGITS / 2));
  const digits = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${new Date(wall).toISOString().replaceAll(/[-:.]/g, "")}-${digits}`;
}

/** Of an absolute path; that of a root is itself, more or less. */
function parentOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return end <= 0 ? "/" : path.slice(0, end);
}

export interface ProfileFile {
  readonly path: string;
  readonly bytes: number;
}

export class ProfileFolder {
  readonly #disk: Disk;
  readonly #dir: string;
  /** Names of files begin with it, and with the thread's number. */
  readonly #begin: string;
  readonly #retention: Retention;

  /** `thread`: 0 for the first. */
  constructor(disk: Disk, retaining: Retaining & { readonly prefix: string }, thread: number) {
    const { dir, prefix } = retaining;
    this.#disk = disk;
    this.#dir = dir;
    this.#begin = `${prefix}.${disk.identity.pid}${thread === 0 ? "" : `.${thread}`}`;
    // A prefix has no character that means something here.
    const name = `${prefix}\\.\\d+(\\.\\d+)?\\.${ID}\\.(cpu|heap)profile`;
    this.#retention = new Retention(disk, retaining, new RegExp(`^${name}$`), new RegExp(`^\\.${name}\\.tmp$`));
  }

  /**
   * Throws what would keep a profile from being written, as far as that can be known before there is one: who is told after a minute
   * has lost it. Where it does not `make` the directory, nothing is changed on the disk.
   */
  ready(make: boolean): void {
    const disk = this.#disk;
    try {
      const isThere = disk.status(this.#dir, true) !== undefined;
      if (!isThere && !make) {
        this.#mayBeMade();
        return;
      }
      if (!isThere) disk.makeDirectory(this.#dir, true);
      const temporary = `${this.#dir}/.${this.#begin}.${idOf(disk.wall())}.cpuprofile.tmp`;
      disk.close(disk.open(temporary, "create"));
      disk.remove(temporary);
    } catch (error) {
      throw profilesUnwritable(this.#dir, error);
    }
  }

  /** Throws where the directory would be below what is none. */
  #mayBeMade(): void {
    for (let path = parentOf(this.#dir); ; path = parentOf(path)) {
      const status = this.#disk.status(path, true);
      if (status?.kind === "directory" || path === parentOf(path)) return;
      if (status !== undefined) throw Object.assign(new Error(`${path} is no directory`), { code: "ENOTDIR" });
    }
  }

  /** Writes a profile. Throws where that is not possible; nothing is left of it then. */
  write(ending: string, profile: unknown): ProfileFile {
    const disk = this.#disk;
    const name = `${this.#begin}.${idOf(disk.wall())}.${ending}`;
    const path = `${this.#dir}/${name}`;
    const temporary = `${this.#dir}/.${name}.tmp`;
    let descriptor: number | undefined;
    let isOurs = false;
    let wrote = 0;
    try {
      const bytes = new TextEncoder().encode(JSON.stringify(profile));
      if (disk.status(this.#dir, true) === undefined) disk.makeDirectory(this.#dir, true);
      descriptor = disk.open(temporary, "create");
      isOurs = true;
      for (let at = 0; at < bytes.length;) {
        const written = disk.write(descriptor, bytes.subarray(at), at);
        if (written === 0) throw new Error("nothing was written");
        at += written;
      }
      const open = descriptor;
      descriptor = undefined;
      disk.close(open);
      disk.rename(temporary, path);
      isOurs = false;
      wrote = bytes.length;
      return { path, bytes: bytes.length };
    } catch (error) {
      throw profileUnwritten(this.#dir, error);
    } finally {
      if (descriptor !== undefined) this.#closed(descriptor);
      if (isOurs) removed(disk, temporary);
      // Also where it failed: what is too old may be what there is no room for it beside.
      this.#retention.wrote(wrote);
    }
  }

  /** Removes what grew too old, where it is time to look. */
  tidy(): void {
    this.#retention.passed();
  }

  #closed(descriptor: number): void {
    try {
      this.#disk.close(descriptor);
    } catch {
      // What is said of the first failure says it all.
    }
  }
}
