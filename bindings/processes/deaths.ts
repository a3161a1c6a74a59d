// Whether a process lives.
//
// Where its pid means something to us (same boot, same namespace of pids) the system knows: there is no such process, or
// there is one that began at another time, for pids come back. That is a proof, and so is a process that said its last.
// Where it means nothing (another container, another host that shares the volume, a system that tells no times) there is
// only the file, which every process writes or touches at least every few seconds. Then silence is all there is, and
// silence is a hint: first the process counts as silent, and a long time later as lost. How long a file is unchanged is
// measured from when *we* first saw it so, by a clock that nobody sets: its own time is compared with nothing but itself.
// After a reboot of the same host a short silence is enough, for two hosts may have one name, but seldom both with one
// directory.

import type { Disk, Status } from "./disk.ts";
import type { Head } from "./head.ts";

export type Verdict =
  /** The system says that it lives, */
  | "lives"
  /** its file does not speak against it, */
  | "unsure"
  /** its file has not changed for a while, */
  | "silent"
  /** nor for very long (it is folded, and may come back), */
  | "lost"
  /** or its end is proven. */
  | "dead";

/** What was seen of a file. */
export interface Sighting {
  inode: bigint;
  bytes: number;
  changed: bigint;
  /** When this was first seen, and when its process's start was last looked at: on our own clock. */
  since: number;
  looked: number;
}

/** No file is silent for longer while its process lives, however seldom it flushes otherwise. */
export const BEAT_SECONDS = 2;
/** A process whose thread is busy misses a beat or two. */
const BEATS_MISSED = 3;
/** Reading /proc costs 7 to 15 us, asking for a pid 1: pids do not come back within a second. */
const LOOK_MS = 1000;

export function sighted(disk: Disk, { inode, bytes, changed }: Status): Sighting {
  return { inode, bytes, changed, since: disk.monotonic(), looked: -Infinity };
}

/** Notes what is seen now; true where it is another than before. */
export function sightedAgain(disk: Disk, seen: Sighting, { inode, bytes, changed }: Status): boolean {
  if (seen.inode === inode && seen.bytes === bytes && seen.changed === changed) return false;
  Object.assign(seen, { inode, bytes, changed, since: disk.monotonic() });
  return true;
}

/** How long the file of a living process may be unchanged, in milliseconds. */
export function patience({ flushSeconds }: Pick<Head, "flushSeconds">): number {
  return (BEATS_MISSED * Math.max(flushSeconds, BEAT_SECONDS) + 1) * 1000;
}

export class Deaths {
  readonly #disk: Disk;
  readonly #deadAfter: number;
  readonly #lostAfter: number;

  constructor(disk: Disk, deadAfterSeconds: number, lostAfterSeconds: number) {
    this.#disk = disk;
    this.#deadAfter = deadAfterSeconds * 1000;
    this.#lostAfter = lostAfterSeconds * 1000;
  }

  verdict(seen: Sighting, head: Head): Verdict {
    const known = this.#known(seen, head);
    if (known !== undefined) return known;
    const unchanged = this.#disk.monotonic() - seen.since;
    const patient = patience(head);
    const lostAfter = this.#rebooted(head) ? patient : Math.max(this.#lostAfter, patient);
    if (unchanged > lostAfter) return "lost";
    return unchanged > Math.max(this.#deadAfter, patient) ? "silent" : "unsure";
  }

  /** What the system says, where it can. */
  #known(seen: Sighting, { pid, started, boot, namespace, host }: Head): Verdict | undefined {
    const own = this.#disk.identity;
    if (boot !== own.boot || namespace !== own.namespace || (boot === undefined && (host === "" || host !== own.host))) return undefined;
    const isLooked = this.#disk.monotonic() - seen.looked < LOOK_MS;
    const start = isLooked || started === undefined ? undefined : this.#disk.startOf(pid);
    if (start !== undefined) {
      if (start !== started) return "dead";
      seen.looked = this.#disk.monotonic();
      return "lives";
    }
    const there = this.#disk.exists(pid);
    if (there === false) return "dead";
    return there === true && isLooked ? "lives" : undefined;
  }

  #rebooted({ boot, host }: Head): boolean {
    const own = this.#disk.identity;
    return boot !== undefined && own.boot !== undefined && boot !== own.boot && host !== "" && host === own.host;
  }
}
