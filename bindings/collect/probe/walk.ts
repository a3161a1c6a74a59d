// A round over all processes, some rows at a time. Nothing that it reads is shown before its end: then what stands is added up
// by groups, and what was used since the last round is added to what was counted. A process that ends takes nothing back.
//
// A process is told by its pid and when it began: one that has the pid of another counts anew. Those that were there before the
// probe begin at 0, for a counter that began with their whole life would jump with each restart of the probe; those that began
// later count from their birth. A series of one process (`pid`) always does: it is the kernel's own number.
//
// Most processes sleep: one that used no CPU over ten readings is read every two seconds, where rounds are more often, until it does. What
// costs more is looked at in tours: descriptors, I/O and namespace of each process once in a tour, of one that has not run
// since the last look every third time, for it can have opened nothing. I/O is read with each round of those that ran.

import { Due } from "./due.ts";
import { DENIED, type Files, GONE, pidOf, UNREAD } from "./files.ts";
import {
  DESCRIPTORS,
  DESCRIPTORS_KNOWN,
  FIELDS,
  type Groups,
  IO_KNOWN,
  PROCESSES,
  READ_BYTES,
  RESIDENT_BYTES,
  SYSTEM_TICKS,
  THREADS as THREADS_SUM,
  USER_TICKS,
  WRITTEN_BYTES,
} from "./groups.ts";
import { ProcessIo } from "./process-io.ts";
import {
  FLAGS,
  isOver,
  KERNEL_THREAD,
  PARENT,
  ProcessStat,
  RESIDENT,
  RUNNING,
  START,
  STATE_OF,
  STATES,
  SYSTEM,
  THREADS,
  USER,
  WAITING,
} from "./process-stat.ts";
import type { Namespaces } from "./sockets.ts";
import { DENIED_ROW, FROM_BIRTH, HIDDEN, KERNEL, MEMBER, NEW, NONE, Table, USED, WITH_IO } from "./table.ts";

/** Without a sign of new processes they are listed all the same. */
const LIST_SECONDS = 5;
/** An idle process is looked at in each third tour; what was denied is tried at every seventh look. */
const IDLE_TURNS = 2;
const DENIED_TURNS = 7;
/** So many readings without a tick, and a process is read in fewer rounds. */
const STILL_READINGS = 10;

export class Walk {
  readonly table: Table;
  readonly states = new Float64Array(STATES.length);
  /** Whether there ever was a process that the tree is of; true of all processes. */
  rooted: boolean;
  /** Processes whose stat, and whose I/O and namespaces could not be read. */
  hidden = 0;
  denied = 0;
  /** When the oldest reading was that counts, the oldest look at descriptors, and when the round began. */
  oldest = 0;
  looked = 0;
  began = 0;
  readonly #files: Files;
  readonly #groups: Groups;
  readonly #namespaces: Namespaces;
  readonly #tree: number | undefined;
  /** Of so many rounds one reads those that sleep. */
  readonly #turns: number;
  readonly #stat = new ProcessStat();
  readonly #io = new ProcessIo();
  readonly #openDue = new Due();
  readonly #ioDue = new Due();
  readonly #namespacesDue = new Due();
  readonly #loadPath: string;
  #round = 0;
  #listing = 0;
  #lastPid = 0;
  #listed = -Infinity;
  /** The youngest process of the first round began then: whoever began before was there before the probe. */
  #youngest = Infinity;
  #beyond = 0;
  #fresh = false;

  constructor(files: Files, groups: Groups, namespaces: Namespaces, tree: number | undefined, turns: number) {
    this.table = new Table(files.root);
    this.#files = files;
    this.#groups = groups;
    this.#namespaces = namespaces;
    this.#tree = tree;
    this.rooted = tree === undefined;
    this.#turns = turns;
    this.#loadPath = `${files.root}/loadavg`;
  }

  /** Begins a round, `seconds` by a clock that only grows; false where there are no processes at all. */
  begin(seconds: number): boolean {
    this.began = seconds;
    this.#round++;
    this.#groups.seconds = seconds;
    const last = this.#files.lastPid(this.#loadPath);
    if (last !== 0 && last === this.#lastPid && seconds - this.#listed < LIST_SECONDS) return true;
    // Read before the list: who comes in between is found by the next one.
    this.#lastPid = last;
    this.#listed = seconds;
    return this.#list();
  }

  #list(): boolean {
    const { table } = this;
    const names = this.#files.names();
    // Descriptors are used up: those that are known are looked at, as far as that goes.
    if (names === undefined) {
      this.#lastPid = 0;
      return table.count > 0;
    }
    const listing = ++this.#listing;
    let found = false;
    this.#beyond = 0;
    for (const name of names) {
      const pid = pidOf(name);
      if (pid === 0) continue;
      found = true;
      let row = table.rowOf(pid);
      if (row === NONE) row = table.add(pid);
      if (row === NONE) this.#beyond++;
      else table.listed[row] = listing;
    }
    for (let row = 0; row < table.high; row++) if (table.flags[row] !== 0 && table.listed[row] !== listing) this.#gone(row);
    return found;
  }

  /** Reads the stat of one process. */
  read(row: number): void {
    const flags = this.table.flags[row]!;
    // Of those that cannot be read, of zombies and of those outside the tree a tour finds out.
    if (flags === 0 || (flags & HIDDEN) !== 0 || ((flags & NEW) === 0 && this.#still(row))) return;
    // Each row in its own turn, so that no round has all of them.
    if (this.table.still[row]! >= STILL_READINGS && (this.#round + row) % this.#turns !== 0) return;
    this.#visited(row);
  }

  #visited(row: number): void {
    this.#read(row);
    const { flags } = this.table;
    if ((flags[row]! & (NEW | USED | HIDDEN)) !== (NEW | USED)) return;
    if (this.#tree !== undefined) this.#fresh = true;
    else this.#joined(row);
  }

  #still(row: number): boolean {
    const { flags, state } = this.table;
    return isOver(state[row]!) || (this.#tree !== undefined && (flags[row]! & MEMBER) === 0);
  }

  #read(row: number): void {
    const { table } = this;
    const stat = this.#stat;
    const length = this.#files.read(table.statPath[row]!);
    if (length === GONE) {
      this.#gone(row);
      return;
    }
    if (length <= 0 || !stat.parse(this.#files.bytes, length)) {
      if (length !== DENIED && (table.flags[row]! & NEW) === 0) return;
      // What it used until now counts, and nothing of it stands until it can be read.
      this.#counted(row);
      table.group[row] = NONE;
      table.flags[row]! |= HIDDEN;
      return;
    }
    const { fields } = stat;
    if ((table.flags[row]! & NEW) === 0 && table.start[row] !== fields[START]) {
      this.#counted(row);
      table.renew(row);
    }
    if ((table.flags[row]! & NEW) !== 0 || table.nameHash[row] !== stat.nameHash) {
      table.nameHash[row] = stat.nameHash;
      table.name[row] = stat.name(this.#files.bytes);
      // What it used since the last round is its new name's.
      table.group[row] = NONE;
    }
    if ((fields[FLAGS]! & KERNEL_THREAD) !== 0) table.flags[row]! |= KERNEL;
    const ran = fields[USER] !== table.user[row] || fields[SYSTEM] !== table.system[row];
    const sleeps = !ran && stat.state !== RUNNING && stat.state !== WAITING;
    table.still[row] = sleeps ? Math.min(table.still[row]! + 1, STILL_READINGS) : 0;
    table.stat[row] = this.began;
    table.flags[row]! &= ~HIDDEN;
    table.state[row] = stat.state;
    table.parent[row] = fields[PARENT]!;
    table.start[row] = fields[START]!;
    table.user[row] = fields[USER]!;
    table.system[row] = fields[SYSTEM]!;
    table.threads[row] = fields[THREADS]!;
    table.resident[row] = fields[RESIDENT]!;
    // Nothing is open in it any more, and nobody finds its namespace by it.
    if (isOver(stat.state)) table.descriptors[row] = table.namespace[row] = NONE;
    if (ran && (table.flags[row]! & (MEMBER | NEW | KERNEL | DENIED_ROW)) === MEMBER) this.#ioDue.add(row);
  }

  /** It is one of those that are looked at, from now on. */
  #joined(row: number): void {
    const { table } = this;
    const born = this.#groups.by === "pid" || table.start[row]! > this.#youngest;
    table.flags[row] = (table.flags[row]! & ~NEW) | MEMBER | (born ? FROM_BIRTH : 0);
    if (!born) {
      table.userCounted[row] = table.user[row]!;
      table.systemCounted[row] = table.system[row]!;
    }
    this.look(row, true);
  }

  /** The part of a tour that is about one process. */
  look(row: number, now = false): void {
    const { table } = this;
    const flags = table.flags[row]!;
    if ((flags & USED) === 0) return;
    if ((flags & HIDDEN) !== 0) {
      if (!this.#waits(row, DENIED_TURNS)) this.#visited(row);
      return;
    }
    if ((flags & NEW) !== 0) return;
    if (!now && this.#still(row)) {
      this.#visited(row);
      return;
    }
    if ((flags & KERNEL) !== 0 || isOver(table.state[row]!)) {
      table.descriptors[row] = NONE;
      return;
    }
    if (!now && this.#waits(row, table.ticks(row) === table.lookedTicks[row] ? IDLE_TURNS : 0)) return;
    this.#openDue.add(now ? ~row : row);
  }

  /** Whether something is due of rows that were read or looked at: whoever did that asks for it next, one kind after the other. */
  get isDue(): boolean {
    return this.#openDue.count + this.#ioDue.count > 0;
  }

  /** Counts the descriptors that are due. */
  countOpen(): void {
    for (let i = 0; i < this.#openDue.count; i++) this.#open(this.#openDue.rows[i]!);
    this.#openDue.count = 0;
  }

  /** Counts those of a row, or of the complement of a new one. */
  #open(due: number): void {
    const { table } = this;
    const isNew = due < 0;
    const row = isNew ? ~due : due;
    const descriptors = this.#files.descriptors(table.filesPath[row]!);
    if (descriptors === GONE || descriptors === UNREAD) return;
    table.looked[row] = this.began;
    // All began with the probe, and would each be looked at in the same third tour.
    if (!isNew && table.lookedTicks[row] === NONE) table.skipped[row] = row % (IDLE_TURNS + 1);
    // What it has while it begins is not what it stays with.
    table.lookedTicks[row] = isNew ? NONE : table.ticks(row);
    table.descriptors[row] = descriptors === DENIED ? NONE : descriptors;
    // Whose descriptors may be counted, since Linux 6.2 by all, has I/O that may not be read.
    if ((table.flags[row]! & DENIED_ROW) === 0 || table.denials[row]!++ % DENIED_TURNS === 0) this.#ioDue.add(~row);
  }

  /** Reads the I/O that is due. */
  readIo(): void {
    const { rows, count } = this.#ioDue;
    this.#ioDue.count = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (row >= 0) this.#readIo(row);
      else if (this.#readIo(~row) !== DENIED) this.#namespacesDue.add(~row);
    }
  }

  /** Looks in which namespaces those are whose I/O was read beside their descriptors. */
  findNamespaces(): void {
    const { rows, count } = this.#namespacesDue;
    this.#namespacesDue.count = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      this.table.namespace[row] = this.#namespaces.of(this.#files.link(this.table.namespacePath[row]!));
    }
  }

  /** Whether a tour leaves it out: so many in a row do. */
  #waits(row: number, turns: number): boolean {
    const { skipped } = this.table;
    const waits = skipped[row]! < turns;
    skipped[row] = waits ? skipped[row]! + 1 : 0;
    return waits;
  }

  /** The length of what was read, or why there is none. */
  #readIo(row: number): number {
    const { table } = this;
    const length = this.#files.read(table.ioPath[row]!);
    if (length === DENIED) table.flags[row]! |= DENIED_ROW;
    if (length <= 0 || !this.#io.parse(this.#files.bytes, length)) return length;
    table.flags[row]! &= ~DENIED_ROW;
    table.read[row] = this.#io.read;
    table.written[row] = this.#io.written;
    if ((table.flags[row]! & WITH_IO) !== 0) return length;
    table.flags[row]! |= WITH_IO;
    if ((table.flags[row]! & FROM_BIRTH) !== 0) return length;
    table.readCounted[row] = table.read[row]!;
    table.writtenCounted[row] = table.written[row]!;
    return length;
  }

  /** Adds what a process used since the last time to its group. */
  #counted(row: number): void {
    const { table } = this;
    if ((table.flags[row]! & (MEMBER | HIDDEN)) !== MEMBER) return;
    if (table.group[row] === NONE) {
      const isKernel = (table.flags[row]! & KERNEL) !== 0;
      table.group[row] = this.#groups.of(table.name[row]!, table.pid[row]!, table.start[row]!, isKernel);
      // It has the kernel's numbers from the birth of its process on, whatever that was called before.
      if (this.#groups.isOfOne(table.group[row]!)) table.uncount(row);
    }
    const { sums } = this.#groups;
    const at = table.group[row]! * FIELDS;
    sums[at + USER_TICKS]! += Math.max(0, table.user[row]! - table.userCounted[row]!);
    sums[at + SYSTEM_TICKS]! += Math.max(0, table.system[row]! - table.systemCounted[row]!);
    sums[at + READ_BYTES]! += Math.max(0, table.read[row]! - table.readCounted[row]!);
    sums[at + WRITTEN_BYTES]! += Math.max(0, table.written[row]! - table.writtenCounted[row]!);
    // What steps back counts again from where it was.
    table.userCounted[row] = Math.max(table.user[row]!, table.userCounted[row]!);
    table.systemCounted[row] = Math.max(table.system[row]!, table.systemCounted[row]!);
    table.readCounted[row] = Math.max(table.read[row]!, table.readCounted[row]!);
    table.writtenCounted[row] = Math.max(table.written[row]!, table.writtenCounted[row]!);
  }

  #gone(row: number): void {
    this.#counted(row);
    this.table.remove(row);
  }

  /**
   * Whoever descends from the tree's root belongs to it, in whatever order they were read; and stays when its parent ends. Of those that
   * are new something is due.
   */
  grow(): void {
    const { table } = this;
    if (!this.#fresh) return;
    this.#fresh = false;
    for (let more = true; more;) {
      more = false;
      for (let row = 0; row < table.high; row++) {
        if ((table.flags[row]! & (NEW | USED | HIDDEN)) !== (NEW | USED)) continue;
        const parent = table.rowOf(table.parent[row]!);
        // The root was there before the probe: whoever has its pid later is somebody else.
        const isRoot = table.pid[row] === this.#tree && table.start[row]! <= this.#youngest;
        if (!isRoot && (parent === NONE || (table.flags[parent]! & MEMBER) === 0)) continue;
        if (isRoot) this.rooted = true;
        this.#joined(row);
        more = true;
      }
    }
    for (let row = 0; row < table.high; row++) if ((table.flags[row]! & HIDDEN) === 0) table.flags[row]! &= ~NEW;
  }

  /** Ends a round that has grown: adds up what stands, and what was used. */
  end(): void {
    const { table } = this;
    const groups = this.#groups;
    groups.clear();
    this.states.fill(0);
    this.hidden = this.#beyond;
    this.denied = 0;
    this.looked = this.began;
    this.oldest = this.began;
    let youngest = 0;
    for (let row = 0; row < table.high; row++) {
      const flags = table.flags[row]!;
      if ((flags & HIDDEN) !== 0) this.hidden++;
      if (flags !== 0) youngest = Math.max(youngest, table.start[row]!);
      if ((flags & (MEMBER | HIDDEN)) !== MEMBER) continue;
      this.#counted(row);
      const { sums } = groups;
      const at = table.group[row]! * FIELDS;
      sums[at + PROCESSES]!++;
      sums[at + THREADS_SUM]! += table.threads[row]!;
      sums[at + RESIDENT_BYTES]! += table.resident[row]!;
      // A zombie stays what it is.
      if (!isOver(table.state[row]!)) this.oldest = Math.min(this.oldest, table.stat[row]!);
      this.states[STATE_OF[table.state[row]!]!]!++;
      if ((flags & DENIED_ROW) !== 0) this.denied++;
      if ((flags & WITH_IO) !== 0) sums[at + IO_KNOWN]!++;
      if (table.descriptors[row]! < 0) continue;
      sums[at + DESCRIPTORS]! += table.descriptors[row]!;
      sums[at + DESCRIPTORS_KNOWN]!++;
      this.looked = Math.min(this.looked, table.looked[row]!);
    }
    if (this.#youngest === Infinity && table.count > 0) this.#youngest = youngest;
  }
}
