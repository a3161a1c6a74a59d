// What the spool asks of a system: the few calls on files that Node, Deno and Bun have alike, what is known of
// processes, and two clocks. Everything else in this room is given a Disk, so that a test can let any call fail.

import * as files from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import process from "node:process";
// Deno's own timers are numbers.
import { clearInterval, setImmediate, setInterval, setTimeout } from "node:timers";

/** Of a file, or of what has its name without following it. */
export interface Status {
  /** Which file it is, as long as it is there: inodes may have more digits than a number. */
  readonly inode: bigint;
  readonly bytes: number;
  readonly changed: bigint;
  readonly mode: number;
  readonly owner: number;
  readonly kind: "file" | "directory" | "link" | "other";
  /** Whether it has a name yet: of one that is open and was removed, or replaced, it has none. */
  readonly isNamed: boolean;
}

/** What tells a process from all others; undefined where the system does not say. */
export interface Identity {
  readonly pid: number;
  /** When it began, in the kernel's own ticks since the boot: pids come back, pairs of both do not. */
  readonly started: string | undefined;
  readonly boot: string | undefined;
  /** Pids mean something within it alone. */
  readonly namespace: string | undefined;
  readonly host: string;
}

export type Opening = "read" | "create" | "append";

/** All of it throws what node:fs throws, with its `code`. */
export interface Disk {
  readonly identity: Identity;
  /** The user; undefined where files have no owners. */
  readonly uid: number | undefined;
  /** Milliseconds that no step of a clock changes. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Calls back again and again, and keeps no process alive. Returns what ends that. */
  every(milliseconds: number, act: () => void): () => void;
  /** Keeps the process alive until what is returned is called. */
  hold(): () => void;
  /** `holding`: the process lives until then. */
  wait(milliseconds: number, holding: boolean): Promise<void>;
  /** Lets the event loop turn once. */
  pause(): Promise<void>;
  /** Whether there is such a process in this namespace: undefined where that cannot be told. */
  exists(pid: number): boolean | undefined;
  /** When a process of this namespace began; "" where it is gone or waits to be reaped, undefined where that cannot be told. */
  startOf(pid: number): string | undefined;
  makeDirectory(path: string, parents?: boolean): void;
  /** Throws what keeps files from being made in a directory, as far as it shows; of one that is absent, in that which it is made in. */
  mayWrite(path: string): void;
  removeDirectory(path: string): void;
  names(path: string): string[];
  status(path: string, follow?: boolean): Status | undefined;
  /** Never follows a link. "create" refuses what is there. */
  open(path: string, opening: Opening): number;
  statusOf(descriptor: number): Status;
  read(descriptor: number, bytes: Uint8Array, position: number): number;
  write(descriptor: number, bytes: Uint8Array, position: number): number;
  /** The same, beside the event loop. */
  writeLater(descriptor: number, bytes: Uint8Array, position: number): Promise<number>;
  truncate(descriptor: number, bytes: number): void;
  sync(descriptor: number): void;
  close(descriptor: number): void;
  touch(path: string, milliseconds: number): void;
  rename(from: string, to: string): void;
  /** Fails where `to` is there: the one way to be the first. */
  link(from: string, to: string): void;
  remove(path: string): void;
  /** Calls back when a file is touched; keeps no process alive. Returns what ends that. */
  watch(path: string, changed: () => void): () => void;
}

export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/** What `act` gives; undefined where what it is about is not there. */
export function unlessAbsent<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A path from the root: a process may go to another directory. */
export function resolved(dir: string): string {
  try {
    return resolve(dir);
  } catch {
    // Deno may not say where it is.
    return dir;
  }
}

interface Permissions {
  querySync?(wanted: { readonly name: "read"; readonly path: string }): { readonly state: string };
}

/** Whether a file of the system's may be looked at: Deno would ask whoever sits at the terminal, and wait for the answer. */
function mayRead(path: string): boolean {
  const { Deno } = globalThis as { readonly Deno?: { readonly permissions?: Permissions } };
  const permissions = Deno?.permissions;
  return permissions?.querySync === undefined || permissions.querySync({ name: "read", path }).state === "granted";
}

/** What a file of the system's says; undefined where it is absent, or may not be read. */
export function text(path: string): string | undefined {
  if (!mayRead(path)) return undefined;
  try {
    return files.readFileSync(path, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** Of /proc/PID/stat: the state, and field 22. The name in front of them may hold anything. */
function startIn(stat: string | undefined): string | undefined {
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined || fields.length < 20) return undefined;
  return fields[0] === "Z" || fields[0] === "X" ? "" : fields[19];
}

/** What the system says of itself; undefined where the runtime does not let us ask, as Deno without --allow-sys. */
function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** Whether /proc is there and has our own pids: it may be that of an outer namespace. */
function hasProcesses(): boolean {
  return text("/proc/self/stat")?.startsWith(`${process.pid} `) === true;
}

const NAMESPACE = "/proc/self/ns/pid";

function identityHere(): Identity {
  let namespace: string | undefined;
  try {
    if (mayRead(NAMESPACE)) namespace = files.readlinkSync(NAMESPACE);
  } catch {}
  return {
    pid: process.pid,
    started: hasProcesses() ? startIn(text("/proc/self/stat")) : undefined,
    boot: text("/proc/sys/kernel/random/boot_id"),
    namespace,
    host: told(hostname) ?? "",
  };
}

function statusFrom(stats: files.BigIntStats): Status {
  const kind = stats.isSymbolicLink() ? "link" : stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  return {
    inode: stats.ino,
    bytes: Number(stats.size),
    changed: stats.mtimeNs,
    mode: Number(stats.mode),
    owner: Number(stats.uid),
    kind,
    isNamed: stats.nlink > 0n,
  };
}

/** The longest that a timer takes. */
const HOLD_MS = 2 ** 31 - 1;

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = files.constants;
/** Absent on Windows, where whoever may make a link is an administrator. */
const O_NOFOLLOW: number = files.constants.O_NOFOLLOW ?? 0;
/** A pipe that somebody put there must not hold us up. */
const O_NONBLOCK: number = files.constants.O_NONBLOCK ?? 0;
const FLAGS = { read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK, append: O_RDWR | O_NOFOLLOW, create: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW };

export class SystemDisk implements Disk {
  readonly identity: Identity = identityHere();
  readonly uid: number | undefined = told(() => process.getuid?.());

  monotonic(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  every(milliseconds: number, act: () => void): () => void {
    const timer = setInterval(act, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  }

  hold(): () => void {
    const timer = setInterval(() => undefined, HOLD_MS);
    return () => clearInterval(timer);
  }

  wait(milliseconds: number, holding: boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      if (!holding) timer.unref();
    });
  }

  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  exists(pid: number): boolean | undefined {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      const code = codeOf(error);
      return code === "ESRCH" ? false : code === "EPERM" ? true : undefined;
    }
  }

  startOf(pid: number): string | undefined {
    if (this.identity.started === undefined) return undefined;
    // Asked first: what is thrown costs 10 us, and most files of a spool that was left alone are of the dead.
    const path = `/proc/${pid}/stat`;
    return files.existsSync(path) ? startIn(text(path)) : "";
  }

  makeDirectory(path: string, parents = false): void {
    try {
      files.mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      const code = codeOf(error);
      // Another process may make the same.
      if (parents && code === "EEXIST") return;
      const parent = dirname(path);
      if (!parents || code !== "ENOENT" || parent === path) throw error;
      // Level by level, each once: Node 20 itself tries for ever below /proc, where all is absent and nothing can be made.
      this.makeDirectory(parent, true);
      this.#made(path);
    }
  }

  #made(path: string): void {
    try {
      files.mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }

  mayWrite(path: string): void {
    let there = path;
    let status = this.status(there, true);
    while (status === undefined && dirname(there) !== there) status = this.status((there = dirname(there)), true);
    if (status !== undefined && status.kind !== "directory")
      throw Object.assign(new Error("ENOTDIR: not a directory"), { code: "ENOTDIR" });
    files.accessSync(there, files.constants.W_OK | files.constants.X_OK);
  }

  removeDirectory(path: string): void {
    files.rmdirSync(path);
  }

  names(path: string): string[] {
    return files.readdirSync(path);
  }

  status(path: string, follow = false): Status | undefined {
    const options = { bigint: true, throwIfNoEntry: false } as const;
    const stats = follow ? files.statSync(path, options) : files.lstatSync(path, options);
    return stats === undefined ? undefined : statusFrom(stats);
  }

  open(path: string, opening: Opening): number {
    return files.openSync(path, FLAGS[opening], 0o600);
  }

  statusOf(descriptor: number): Status {
    return statusFrom(files.fstatSync(descriptor, { bigint: true }));
  }

  read(descriptor: number, bytes: Uint8Array, position: number): number {
    return files.readSync(descriptor, bytes, 0, bytes.length, position);
  }

  write(descriptor: number, bytes: Uint8Array, position: number): number {
    return files.writeSync(descriptor, bytes, 0, bytes.length, position);
  }

  writeLater(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      files.write(descriptor, bytes, 0, bytes.length, position, (error, written) => (error === null ? resolve(written) : reject(error)));
    });
  }

  truncate(descriptor: number, bytes: number): void {
    files.ftruncateSync(descriptor, bytes);
  }

  sync(descriptor: number): void {
    files.fsyncSync(descriptor);
  }

  close(descriptor: number): void {
    files.closeSync(descriptor);
  }

  touch(path: string, milliseconds: number): void {
    files.utimesSync(path, milliseconds / 1000, milliseconds / 1000);
  }

  rename(from: string, to: string): void {
    files.renameSync(from, to);
  }

  link(from: string, to: string): void {
    files.linkSync(from, to);
  }

  remove(path: string): void {
    files.unlinkSync(path);
  }

  watch(path: string, changed: () => void): () => void {
    try {
      // Who removes it may be about to remove all: a file that is put there at once would make that fail.
      const watcher = files.watch(path, { persistent: false }, () => files.existsSync(path) && changed());
      // Deno's and Bun's have no unref, and need none when they are not persistent.
      watcher.unref?.();
      watcher.on("error", () => watcher.close());
      return () => watcher.close();
    } catch {
      return () => undefined;
    }
  }
}
