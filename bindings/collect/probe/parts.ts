// What each part of a probe's work takes, by the clock: one reading of it behind each block of readings that are of one kind, and
// none beside a single file, whose reading takes little longer than that. Whoever else has the processor is in these times, too;
// what the kernel counts of the whole thread is beside them, and says how much that is.

/** The parts, by what they are called. */
export const PARTS = ["list", "stat", "io", "descriptors", "sockets", "host", "show"] as const;
/** Which processes there are. */
export const LIST = 0;
/** /proc/PID/stat. */
export const STAT = 1;
/** /proc/PID/io. */
export const IO = 2;
/** How many entries /proc/PID/fd has. */
export const OPEN = 3;
/** Network namespaces, and the tables of their sockets. */
export const SOCKETS = 4;
/** Processors, memory, disks and network. */
export const HOST = 5;
/** Adding up, and writing to the cells. */
export const SHOW = 6;

export class Parts {
  /** Of each part, from the beginning on. */
  readonly seconds = new Float64Array(PARTS.length);
  readonly #now: () => number;
  #from = 0;

  /** `now` is a clock that only grows. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What was before `at` is no part's: it was waited for. */
  begin(at: number): void {
    this.#from = at;
  }

  /** What ran since the last time was of this part; returns the time. */
  lap(part: number): number {
    const now = this.#now();
    if (now > this.#from) this.seconds[part]! += now - this.#from;
    this.#from = now;
    return now;
  }
}
