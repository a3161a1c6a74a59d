// What stays of a directory's files: neither older than is said, nor more than is said of one kind together, whoever wrote them;
// and what the killed left unfinished goes.

import type { Disk } from "../processes/disk.ts";

/** A file is written within milliseconds; what is older was left by one that was killed. */
const LEFT_MS = 600_000;
/** Looking after what is there costs a call a file, */
const TIDY_MS = 1000;
/** and where nothing is ever removed there may be millions: then only what the killed left is looked for. */
const TIDY_LEFT_MS = 3_600_000;
/** And of what may be there so much is written in between at most, or so much of the time that it may be there passes. */
const TIDY_SHARE = 16;

export interface Retaining {
  readonly dir: string;
  /** Infinity: no limit. */
  readonly retainBytes: number;
  readonly retainSeconds: number;
}

interface Found {
  readonly path: string;
  readonly bytes: number;
  readonly changed: bigint;
}

/** Where it is gone already, somebody else did. */
export function removed(disk: Disk, path: string): boolean {
  try {
    disk.remove(path);
    return true;
  } catch {
    return false;
  }
}

export class Retention {
  readonly #disk: Disk;
  readonly #retaining: Retaining;
  readonly #final: RegExp;
  readonly #temporary: RegExp;
  #tidied = -Infinity;
  #written = 0;

  /** Of files whose whole names these say. */
  constructor(disk: Disk, retaining: Retaining, final: RegExp, temporary: RegExp) {
    this.#disk = disk;
    this.#retaining = retaining;
    this.#final = final;
    this.#temporary = temporary;
  }

  /** So many bytes came into the directory: removes what is too old or too much, where it is time for that. Never throws. */
  wrote(bytes: number): void {
    const { retainBytes, retainSeconds } = this.#retaining;
    this.#written += bytes;
    const now = this.#disk.monotonic();
    const retains = retainBytes < Infinity || retainSeconds < Infinity;
    if (now - this.#tidied < (retains ? TIDY_MS : TIDY_LEFT_MS) && this.#written < retainBytes / TIDY_SHARE) return;
    this.#tidy(now, retains);
  }

  /** Nothing came: what is there grows older. Never throws. */
  passed(): void {
    const { retainSeconds } = this.#retaining;
    if (retainSeconds === Infinity) return;
    const now = this.#disk.monotonic();
    if (now - this.#tidied >= Math.max((retainSeconds * 1000) / TIDY_SHARE, TIDY_MS)) this.#tidy(now, true);
  }

  #tidy(now: number, retains: boolean): void {
    const { dir, retainBytes, retainSeconds } = this.#retaining;
    this.#tidied = now;
    this.#written = 0;
    try {
      const wall = this.#disk.wall();
      const there: Found[] = [];
      for (const name of this.#disk.names(dir)) {
        const isTemporary = this.#temporary.test(name);
        if (!isTemporary && (!retains || !this.#final.test(name))) continue;
        const path = `${dir}/${name}`;
        const status = this.#disk.status(path);
        if (status?.kind !== "file") continue;
        const age = wall - Number(status.changed / 1_000_000n);
        if (age > (isTemporary ? LEFT_MS : retainSeconds * 1000)) removed(this.#disk, path);
        else if (!isTemporary) there.push({ path, bytes: status.bytes, changed: status.changed });
      }
      let sum = there.reduce((bytes, file) => bytes + file.bytes, 0);
      there.sort((one, other) => Number(one.changed - other.changed) || (one.path < other.path ? -1 : 1));
      // The newest stays: it is what was written just now.
      for (const { path, bytes } of there.slice(0, -1)) {
        if (sum <= retainBytes) break;
        if (removed(this.#disk, path)) sum -= bytes;
      }
    } catch {
      // Who cannot look there will hear of it by the next file.
    }
  }
}
