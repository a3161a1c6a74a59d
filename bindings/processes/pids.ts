// Whether a file of Python's client is that of a living process. Its name has a pid, and pids come back: after a restart of a
// container the same few of them at once. So a process of that number is not enough, it must be the one that writes the file.
//
// A file that changed after the process began is its own: nobody else writes to it. An older one may be, too, for on tmpfs what is
// written through a mapping changes no time, and a process may go on with a file that it found; then the system is asked
// what the process has mapped, as Python's client has its files for as long as it lives. Where that is not told, as of
// another user's process, the times decide; and where there is no /proc, the pid alone.

/** Of field 22 of /proc/PID/stat: Linux tells programs hundredths on all systems that Node runs on. */
const TICKS_PER_SECOND = 100;
/** /proc/stat has whole seconds since the epoch. */
const PRECISION_SECONDS = 2;
/** The boot's second is looked up so often: it moves when the clock is set. */
const BOOT_MS = 1000;
/** Of files that are known to be mapped: what is forgotten is asked for again. */
const MAPPED_MOST = 16384;

/** What the system tells; undefined where it does not. */
export interface System {
  /** Whether there is such a process. */
  exists(pid: number): boolean | undefined;
  /** When it began, in ticks since the boot; "" where it has ended or is hidden. */
  startOf(pid: number): string | undefined;
  /** Whether it is hidden from us, or ended just now. */
  isHidden(pid: number): boolean;
  /** Seconds since the epoch. */
  bootSeconds(): number | undefined;
  /** Seconds since the epoch, and which file it is. */
  changeOf(path: string): { readonly seconds: number; readonly inode: bigint } | undefined;
  /** What it has mapped, a file a line at its end. */
  mapsOf(pid: number): string | undefined;
}

export class Pids {
  readonly #system: System;
  /** By their paths: process and file, as one that has the other mapped. */
  readonly #mapped = new Map<string, string>();
  #boot: number | undefined;
  #bootAt = -Infinity;

  constructor(system: System) {
    this.#system = system;
  }

  /** True where there surely is no process of that number on this machine, or only one that has nothing to do with the file. */
  isGone(pid: number, path: string): boolean {
    const system = this.#system;
    if (system.exists(pid) === false) return true;
    const start = system.startOf(pid);
    if (start === undefined) return false;
    if (start === "") return !system.isHidden(pid);
    const change = system.changeOf(path);
    const boot = this.#bootSeconds();
    if (change === undefined || boot === undefined) return false;
    const age = boot + Number(start) / TICKS_PER_SECOND - change.seconds;
    if (age < -PRECISION_SECONDS) return false;
    const known = `${start} ${change.inode}`;
    if (this.#mapped.get(path) === known) return false;
    const maps = system.mapsOf(pid);
    if (maps === undefined) return age > PRECISION_SECONDS;
    const name = path.slice(path.lastIndexOf("/"));
    // By its name: where file systems lie upon each other, inodes there are not those here.
    if (!`${maps}\n`.includes(`${name}\n`)) return true;
    if (this.#mapped.size >= MAPPED_MOST) this.#mapped.clear();
    this.#mapped.set(path, known);
    return false;
  }

  #bootSeconds(): number | undefined {
    const now = performance.now();
    if (now - this.#bootAt < BOOT_MS) return this.#boot;
    this.#bootAt = now;
    return (this.#boot = this.#system.bootSeconds());
  }
}
