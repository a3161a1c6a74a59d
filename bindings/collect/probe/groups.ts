// What processes are counted together: by their command's name, by their pid, or all. Names come from whoever may start a
// process, so there is a limit: those that come when it is reached are one group more, `other`. Threads of the kernel are one,
// too, for their names are many and say where, not what. A process that calls itself by one of these two names gets a mark that no
// name of a process has room for. By pid a group is one process under one name: a pid that is given again is another group, whose
// labels may be those of the one before.

import type { ProbeGrouping } from "./settings.ts";

export const OTHER = 0;
export const KERNEL_GROUP = 1;
const FIRST = 2;
export const OTHER_NAME = "other";
export const KERNEL_NAME = "[kernel]";
/** Behind the names of processes that call themselves so: longer than the 15 bytes that a process has for its name. */
export const MARK = " (a process)";

// Of a group's sums. What stands at the moment is added up anew by each round.
export const PROCESSES = 0;
export const THREADS = 1;
export const RESIDENT_BYTES = 2;
export const DESCRIPTORS = 3;
/** Of how many processes the descriptors are known. */
export const DESCRIPTORS_KNOWN = 4;
/** Of how many the I/O is. */
export const IO_KNOWN = 5;
const STANDING = 6;
// And what was used since the last round, to be added to what was counted.
export const USER_TICKS = 6;
export const SYSTEM_TICKS = 7;
export const READ_BYTES = 8;
export const WRITTEN_BYTES = 9;
export const FIELDS = 10;

export class Groups {
  readonly by: ProbeGrouping;
  /** FIELDS numbers a group. */
  readonly sums: Float64Array;
  readonly names: string[] = [OTHER_NAME, KERNEL_NAME];
  readonly pids: string[] = ["", ""];
  /** The time, as the round that is under way has it. */
  seconds = 0;
  /** When it had a process last, in seconds. */
  readonly #seen: Float64Array;
  readonly #most: number;
  readonly #index = new Map<string, number>();
  readonly #keys: string[] = ["", ""];
  readonly #free: number[] = [];
  #high = FIRST;

  constructor(by: ProbeGrouping, most: number) {
    this.by = by;
    this.#most = most;
    this.sums = new Float64Array((most + FIRST) * FIELDS);
    this.#seen = new Float64Array(most + FIRST);
  }

  /** Groups that were ever used: below it. */
  get high(): number {
    return this.#high;
  }

  /** Whether there is such a group now. */
  has(group: number): boolean {
    return group < FIRST || this.#index.get(this.#keys[group]!) === group;
  }

  /** Whether it is of one process alone, whose own numbers it has. */
  isOfOne(group: number): boolean {
    return this.by === "pid" && group >= FIRST;
  }

  /** The group of a process, that began at `start`. */
  of(comm: string, pid: number, start: number, kernel: boolean): number {
    if (this.by === "total") return OTHER;
    if (kernel) return KERNEL_GROUP;
    const name = comm === OTHER_NAME || comm === KERNEL_NAME ? comm + MARK : comm;
    const number = this.by === "pid" ? String(pid) : "";
    const key = number === "" ? name : `${number} ${start} ${name}`;
    const there = this.#index.get(key);
    if (there !== undefined) return there;
    if (this.#index.size >= this.#most) return OTHER;
    const group = this.#free.pop() ?? this.#high++;
    this.names[group] = name;
    this.pids[group] = number;
    this.#keys[group] = key;
    this.#seen[group] = this.seconds;
    this.#index.set(key, group);
    this.sums.fill(0, group * FIELDS, (group + 1) * FIELDS);
    return group;
  }

  /** Lets a round add up what stands. */
  clear(): void {
    for (let group = 0; group < this.#high; group++) this.sums.fill(0, group * FIELDS, group * FIELDS + STANDING);
  }

  /** Ends a group that has had no process for so long; true where it did. */
  ended(group: number, afterSeconds: number): boolean {
    if (this.sums[group * FIELDS + PROCESSES]! > 0) {
      this.#seen[group] = this.seconds;
      return false;
    }
    if (group < FIRST || this.seconds - this.#seen[group]! < afterSeconds || !this.has(group)) return false;
    this.#index.delete(this.#keys[group]!);
    this.#free.push(group);
    return true;
  }
}
