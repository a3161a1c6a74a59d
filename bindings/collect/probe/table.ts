// What is known of each process: a row of columns that are used again. Rows are numbers, and what is in them are numbers, for a
// thousand objects a second would be the collector's work.

/** Some 400 bytes each: those beyond are told, not read. */
export const PROCESSES_MOST = 131_072;
const ROWS_LEAST = 256;

// Flags of a row.
/** It has a process. */
export const USED = 1;
/** Nothing was read of it yet. */
export const NEW = 2;
/** A thread of the kernel: it has no descriptors and no I/O of its own. */
export const KERNEL = 4;
/** Belongs to the tree that is looked at. */
export const MEMBER = 8;
/** Its I/O and namespaces are another user's. */
export const DENIED_ROW = 16;
/** Not even its stat can be read. */
export const HIDDEN = 32;
/** Its I/O was read at least once. */
export const WITH_IO = 64;
/** What it had used before it was seen is counted, too. */
export const FROM_BIRTH = 128;

/** No group, no namespace, a number that is not known. */
export const NONE = -1;

export class Table {
  /** Rows that were ever used: below it. */
  high = 0;
  count = 0;
  flags = new Uint8Array(ROWS_LEAST);
  state = new Uint8Array(ROWS_LEAST);
  pid = new Int32Array(ROWS_LEAST);
  parent = new Int32Array(ROWS_LEAST);
  /** The number of the listing that it was in last. */
  listed = new Uint32Array(ROWS_LEAST);
  group = new Int32Array(ROWS_LEAST);
  nameHash = new Int32Array(ROWS_LEAST);
  namespace = new Int32Array(ROWS_LEAST);
  descriptors = new Float64Array(ROWS_LEAST);
  threads = new Float64Array(ROWS_LEAST);
  resident = new Float64Array(ROWS_LEAST);
  /** In ticks since the boot: with the pid it tells a process from all others. */
  start = new Float64Array(ROWS_LEAST);
  /** Ticks and bytes as they were read, and as far as they are counted. */
  user = new Float64Array(ROWS_LEAST);
  system = new Float64Array(ROWS_LEAST);
  read = new Float64Array(ROWS_LEAST);
  written = new Float64Array(ROWS_LEAST);
  userCounted = new Float64Array(ROWS_LEAST);
  systemCounted = new Float64Array(ROWS_LEAST);
  readCounted = new Float64Array(ROWS_LEAST);
  writtenCounted = new Float64Array(ROWS_LEAST);
  /** User and system ticks at the last look at what costs more, when that was, and how many turns it was left out since. */
  lookedTicks = new Float64Array(ROWS_LEAST);
  looked = new Float64Array(ROWS_LEAST);
  skipped = new Uint8Array(ROWS_LEAST);
  /** Readings in a row that found no CPU used since the one before, and when the last one was. */
  still = new Uint8Array(ROWS_LEAST);
  stat = new Float64Array(ROWS_LEAST);
  /** Looks since its I/O was denied. */
  denials = new Uint8Array(ROWS_LEAST);
  readonly name: string[] = [];
  readonly statPath: string[] = [];
  readonly filesPath: string[] = [];
  readonly ioPath: string[] = [];
  readonly namespacePath: string[] = [];
  readonly #rows = new Map<number, number>();
  readonly #free: number[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The row of a pid; NONE where it has none. */
  rowOf(pid: number): number {
    return this.#rows.get(pid) ?? NONE;
  }

  /** A new row for a pid; NONE where there are as many as may be. */
  add(pid: number): number {
    if (this.count >= PROCESSES_MOST) return NONE;
    const row = this.#free.pop() ?? this.high++;
    if (row >= this.flags.length) this.#grow();
    this.count++;
    this.#rows.set(pid, row);
    this.pid[row] = pid;
    const place = `${this.#root}/${pid}`;
    this.statPath[row] = `${place}/stat`;
    this.filesPath[row] = `${place}/fd`;
    this.ioPath[row] = `${place}/io`;
    this.namespacePath[row] = `${place}/ns/net`;
    this.renew(row);
    return row;
  }

  /** Makes the row that of another process with the same pid. */
  renew(row: number): void {
    this.flags[row] = USED | NEW;
    this.name[row] = "";
    for (const column of [this.group, this.namespace, this.descriptors, this.lookedTicks]) column[row] = NONE;
    for (const column of [
      this.state,
      this.skipped,
      this.denials,
      this.still,
      this.nameHash,
      this.parent,
      this.threads,
      this.resident,
      this.start,
    ])
      column[row] = 0;
    for (const column of [this.user, this.system, this.read, this.written, this.looked, this.stat]) column[row] = 0;
    this.uncount(row);
  }

  /** What it used so far. */
  ticks(row: number): number {
    return this.user[row]! + this.system[row]!;
  }

  /** Nothing of what it used is counted. */
  uncount(row: number): void {
    for (const column of [this.userCounted, this.systemCounted, this.readCounted, this.writtenCounted]) column[row] = 0;
  }

  remove(row: number): void {
    this.#rows.delete(this.pid[row]!);
    this.flags[row] = 0;
    this.namespace[row] = NONE;
    for (const text of [this.name, this.statPath, this.filesPath, this.ioPath, this.namespacePath]) text[row] = "";
    this.#free.push(row);
    this.count--;
  }

  #grow(): void {
    const length = Math.min(PROCESSES_MOST, this.flags.length * 2);
    const bytes = (old: Uint8Array<ArrayBuffer>) => grown(new Uint8Array(length), old);
    const whole = (old: Int32Array<ArrayBuffer>) => grown(new Int32Array(length), old);
    const doubles = (old: Float64Array<ArrayBuffer>) => grown(new Float64Array(length), old);
    this.flags = bytes(this.flags);
    this.state = bytes(this.state);
    this.skipped = bytes(this.skipped);
    this.denials = bytes(this.denials);
    this.still = bytes(this.still);
    this.stat = doubles(this.stat);
    this.listed = grown(new Uint32Array(length), this.listed);
    this.pid = whole(this.pid);
    this.parent = whole(this.parent);
    this.group = whole(this.group);
    this.nameHash = whole(this.nameHash);
    this.namespace = whole(this.namespace);
    this.descriptors = doubles(this.descriptors);
    this.threads = doubles(this.threads);
    this.resident = doubles(this.resident);
    this.start = doubles(this.start);
    this.user = doubles(this.user);
    this.system = doubles(this.system);
    this.read = doubles(this.read);
    this.written = doubles(this.written);
    this.userCounted = doubles(this.userCounted);
    this.systemCounted = doubles(this.systemCounted);
    this.readCounted = doubles(this.readCounted);
    this.writtenCounted = doubles(this.writtenCounted);
    this.lookedTicks = doubles(this.lookedTicks);
    this.looked = doubles(this.looked);
  }
}

function grown<T extends { set(from: T): void }>(column: T, old: T): T {
  column.set(old);
  return column;
}
