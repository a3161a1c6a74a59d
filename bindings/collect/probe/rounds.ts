// The order of a probe's work: rounds in steps, spread over the period, with a part of the tour in each step. Whoever calls
// `step` waits as long as it says; a clock is given, so a test is one. What a round found is handed on at its end, whole.

import { Files, GONE, UNREAD } from "./files.ts";
import { Groups } from "./groups.ts";
import { Host } from "./host.ts";
import { type Kernel, kernelOf } from "./kernel.ts";
import { Pace } from "./pacing.ts";
import { HOST, IO, LIST, OPEN, Parts, SHOW, SOCKETS, STAT } from "./parts.ts";
import type { Settings } from "./settings.ts";
import { Namespaces, NAMESPACES_MOST, SocketReader } from "./sockets.ts";
import { NONE } from "./table.ts";
import { Walk } from "./walk.ts";

/** So many processes a step, 1 to 3 ms: more steps would each begin with cold caches, fewer would be bursts. */
const STEP_ROWS = 256;
/** A step that takes longer goes on in the next one; looked at every so many rows. */
const STEP_SECONDS = 0.01;
const LOOK_ROWS = 16;
/** Of the period: behind it a round has its end, and the next one is not held up by a step that is late. */
const SPREAD = 0.9;
const WAIT_LEAST = 0.001;
/** The first round may take so much longer, to have all that is shown. */
const FIRST_SECONDS = 0.05;
/**
 * Processes that sleep are read so often, where rounds are more often: half of what a host of a thousand costs. It is what one that
 * wakes up, works and ends may have used and nobody saw.
 */
const IDLE_SECONDS = 2;
/** Processes of one namespace that are tried in a tour: those that ended are forgotten by it. */
const TRIED_MOST = 16;
/** Where there is no /proc it may come, for it is mounted late. */
const ABSENT_SECONDS = 30;

/** What tells the time, and what it is worth; in seconds. */
export interface Clock {
  /** Only grows. */
  seconds(): number;
  /** Since the epoch. */
  epoch(): number;
  /** CPU that this thread has taken, as far as it is told yet. */
  spent(): number;
}

/** What a round found, valid until the next step. */
export interface Found {
  /** False where there are no processes at all, or never was one that the tree is of: then nothing is, and the times are of before. */
  readonly present: boolean;
  readonly kernel: Kernel;
  readonly walk: Walk;
  readonly groups: Groups;
  readonly namespaces: Namespaces;
  /** Undefined where only a tree is looked at. */
  readonly host: Host | undefined;
  readonly pace: Pace;
  /** Of this thread, since it began. */
  readonly cpuSeconds: number;
  /** What each part of the work took by the clock, since it began; see parts.ts for their order. */
  readonly partSeconds: Float64Array;
  /** From the first reading to the last. */
  readonly roundSeconds: number;
  /** Since the epoch: when the round came to its end. */
  readonly epochSeconds: number;
  /** Since the epoch: when the oldest reading was made of all that is shown; NaN where there is none. */
  readonly processesRead: number;
  readonly descriptorsRead: number;
  readonly socketsRead: number;
}

export class Rounds {
  readonly pace: Pace;
  readonly walk: Walk;
  readonly #files: Files;
  readonly #kernel: Kernel;
  readonly #groups: Groups;
  readonly #namespaces = new Namespaces();
  readonly #sockets: SocketReader;
  readonly #host: Host | undefined;
  readonly #clock: Clock;
  readonly #parts: Parts;
  readonly #found: (found: Found) => void;
  #began = -Infinity;
  #spent = 0;
  /** Whether a round is under way, and whether what the last one cost is known. */
  #reading = false;
  #accounted = true;
  #first = true;
  #row = 0;
  #ownSeconds = 0;
  #touringSeconds = 0;
  /** Where the tour is: rows, namespaces, and what is due of the next row. */
  #tourRow = 0;
  #tourNamespace = 0;
  #tourDue = 0;

  /** `found` hears at the end of each round what it found. */
  constructor(settings: Settings, clock: Clock, found: (found: Found) => void) {
    const { by, maxGroups, tree, proc, budgetPercent, periodSeconds, slowSeconds } = settings;
    this.#clock = clock;
    this.#parts = new Parts(() => clock.seconds());
    this.#found = found;
    this.#files = new Files(proc);
    this.#kernel = kernelOf(proc);
    this.#groups = new Groups(by, maxGroups);
    this.#sockets = new SocketReader(this.#files);
    this.#host = tree === undefined ? new Host(this.#files) : undefined;
    this.pace = new Pace(budgetPercent, periodSeconds, slowSeconds);
    // By what is asked for: by what it comes to, a probe that has too much to do would read more.
    const turns = Math.max(1, Math.floor(IDLE_SECONDS / periodSeconds));
    this.walk = new Walk(this.#files, this.#groups, this.#namespaces, tree, turns);
  }

  /** Works for a moment; returns how long to wait for the next one, in seconds. */
  step(): number {
    const at = this.#clock.seconds();
    const next = this.#step(at);
    return Math.max(WAIT_LEAST, next - this.#clock.seconds());
  }

  #step(at: number): number {
    this.#parts.begin(at);
    if (!this.#reading) {
      const spent = this.#clock.spent();
      if (!this.#accounted) {
        // Only now: the kernel counts what ran when it no longer runs.
        this.#accounted = true;
        this.pace.rounded(spent - this.#spent, this.#ownSeconds, this.#touringSeconds);
      }
      const due = this.#began + this.pace.period;
      if (at < due - WAIT_LEAST) return due;
      this.#spent = spent;
      this.#began = at;
      this.#ownSeconds = 0;
      this.#touringSeconds = 0;
      const isThere = this.walk.begin(at);
      this.#parts.lap(LIST);
      if (!isThere) {
        this.#ended(false);
        return at + Math.max(ABSENT_SECONDS, this.pace.period);
      }
      this.#reading = true;
      this.#row = 0;
    }
    this.#read(at);
    if (this.#row < this.walk.table.high) return this.#planned();
    this.#ended(true);
    return this.#began + this.pace.period;
  }

  /** When the step is planned that comes next. The first round does not wait: there is nothing to show yet. */
  #planned(): number {
    if (this.#first) return this.#began;
    return this.#began + this.pace.period * SPREAD * (this.#row / this.walk.table.high);
  }

  #read(at: number): void {
    const { walk } = this;
    const from = this.#row;
    const end = Math.min(walk.table.high, from + STEP_ROWS);
    let now = at;
    while (this.#row < end && now - at < STEP_SECONDS) {
      const block = Math.min(end, this.#row + LOOK_ROWS);
      while (this.#row < block) walk.read(this.#row++);
      now = this.#readDue(this.#parts.lap(STAT));
    }
    this.#ownSeconds += now - at;
    // The first round looks at everything anyway.
    if (this.#first) return;
    this.#tour(now, this.#row - from, STEP_SECONDS);
    this.#touringSeconds += this.#clock.seconds() - now;
  }

  /** Reads what is due of rows whose stat was, one kind after the other; returns the time. */
  #readDue(now: number): number {
    const { walk } = this;
    if (!walk.isDue) return now;
    walk.countOpen();
    this.#parts.lap(OPEN);
    walk.readIo();
    this.#parts.lap(IO);
    walk.findNamespaces();
    return this.#parts.lap(SOCKETS);
  }

  /** The tour's part beside so many rows of the round. */
  #tour(at: number, rows: number, seconds: number): void {
    const { walk } = this;
    const { high } = walk.table;
    this.#tourDue += rows * this.pace.part;
    while (this.#tourDue >= 1 && this.#tourRow < high) {
      this.#tourDue--;
      walk.look(this.#tourRow++);
    }
    this.#readDue(this.#parts.lap(STAT));
    const all = Math.min(this.#namespaces.all.length, NAMESPACES_MOST);
    const due = this.#tourRow >= high ? all : Math.floor((all * this.#tourRow) / high);
    while ((this.#sockets.busy || this.#tourNamespace < due) && this.#clock.seconds() - at < seconds) {
      if (this.#sockets.busy) this.#sockets.step(this.#began);
      else this.#socketsBegun(this.#tourNamespace++);
    }
    this.#parts.lap(SOCKETS);
    if (this.#tourRow < high) return;
    // Nothing more is due while the sockets are behind.
    this.#tourDue = Math.min(this.#tourDue, 1);
    if (this.#sockets.busy || this.#tourNamespace < all) return;
    this.#tourRow = 0;
    this.#tourNamespace = 0;
    this.#namespaces.keep(walk.table.namespace.subarray(0, high));
    this.pace.toured();
  }

  #socketsBegun(number: number): void {
    const namespace = this.#namespaces.all[number];
    if (namespace === undefined) return;
    const { table } = this.walk;
    const rows = table.namespace.subarray(0, table.high);
    let row = rows.indexOf(number);
    for (let tried = 0; row !== NONE && tried < TRIED_MOST; tried++) {
      const why = this.#sockets.begin(namespace, `${this.#files.root}/${table.pid[row]}`);
      if (why >= 0 || why === UNREAD) return;
      // It has ended: another one may be in there still.
      if (why === GONE) rows[row] = NONE;
      row = rows.indexOf(number, row + 1);
    }
    if (!rows.includes(number)) this.#namespaces.end(number);
  }

  #ended(isThere: boolean): void {
    const { walk } = this;
    const at = this.#clock.seconds();
    walk.grow();
    this.#readDue(this.#parts.lap(SHOW));
    walk.end();
    this.#parts.lap(SHOW);
    this.#host?.read();
    this.#ownSeconds += this.#parts.lap(HOST) - at;
    if (this.#first && isThere) this.#toured();
    const now = this.#clock.seconds();
    const ago = this.#clock.epoch() - now;
    let oldest = Infinity;
    for (const namespace of this.#namespaces.all)
      if (namespace !== undefined && namespace.read > 0) oldest = Math.min(oldest, namespace.read);
    this.#reading = false;
    this.#accounted = false;
    if (isThere) this.#first = false;
    this.#found({
      present: isThere && walk.rooted,
      kernel: this.#kernel,
      walk,
      groups: this.#groups,
      namespaces: this.#namespaces,
      host: this.#host,
      pace: this.pace,
      cpuSeconds: this.#clock.spent(),
      partSeconds: this.#parts.seconds,
      roundSeconds: now - this.#began,
      epochSeconds: now + ago,
      processesRead: walk.oldest + ago,
      descriptorsRead: walk.looked + ago,
      socketsRead: oldest === Infinity ? NaN : oldest + ago,
    });
    this.#ownSeconds += this.#parts.lap(SHOW) - now;
  }

  /** What is shown first has sockets, too, where there are not too many. */
  #toured(): void {
    const at = this.#clock.seconds();
    this.#tourRow = this.walk.table.high;
    this.#tour(at, 0, FIRST_SECONDS);
    this.#touringSeconds += this.#clock.seconds() - at;
  }

  close(): void {
    this.#sockets.close();
  }
}
