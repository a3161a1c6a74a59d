// A collector's end of the spool: asks the processes to flush, reads what is new, folds the dead. See runs.ts for how.

import { applicationOf, secondsOf, teller } from "./settings.ts";
import { Compaction } from "./compaction.ts";
import { Deaths } from "./deaths.ts";
import { type Disk, type Status, SystemDisk } from "./disk.ts";
import { isDirectory } from "./runs.ts";
import { idNew } from "./names.ts";
import { registryPart, runNamed, WANTED } from "./paths.ts";
import { Shelf } from "./shelf.ts";
import type { ImageReader } from "./image.ts";
import type { Sheet } from "./sheet.ts";

export interface SpoolReaderOptions {
  /** Never made by who reads. */
  readonly dir: string;
  /** The registry's name, as its writers have it. */
  readonly registry?: string | undefined;
  /** Files of others are refused, and without it those of whoever says one. */
  readonly application?: string | undefined;
  /** A run that has this name, instead of the highest that has a number. */
  readonly run?: string | undefined;
  /** Adds what processes of lower runs counted. */
  readonly keepTotals?: boolean | undefined;
  /** Removes lower runs that are over, where nobody keeps totals. True by default. */
  readonly sweeps?: boolean | undefined;
  /** The instance of our own process, whose counts are in its memory. */
  readonly skip?: string | (() => string | undefined) | undefined;
  /** After so long without a sign the live gauges of a process whose end is not proven are left out: 60. */
  readonly deadAfterSeconds?: number | undefined;
  /** After so long it is folded: 600. */
  readonly foldAfterSeconds?: number | undefined;
  /** After so long since the last time a refresh folds the dead, beside the scrape; 10, and 0 for never. */
  readonly compactSeconds?: number | undefined;
  /** How long a refresh waits for processes to flush: 0.05, and 0 for not asking. */
  readonly askSeconds?: number | undefined;
  /** A file with more is refused: 256 MiB. */
  readonly fileBytesMax?: number | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  /** @internal */
  readonly disk?: Disk | undefined;
}

/** A process, as far as its file tells. */
export interface SpoolProcess {
  readonly pid: number;
  readonly host: string;
  readonly instance: string;
  readonly live: boolean;
  /** How long its file is unchanged. */
  readonly ageSeconds: number;
  readonly bytes: number;
}

/** What a spool's reader has found in its directory, as of its last look, which every scrape takes. */
export interface SpoolStatistics {
  /** Whether there is a directory, as far as was looked: without one the page is this process's own alone. */
  readonly isThere: boolean;
  readonly run: string | undefined;
  readonly files: number;
  readonly live: number;
  readonly bytes: number;
  /** How often something was refused. */
  readonly refused: number;
  /** Of this collector; the number of the retired file counts those of all. */
  readonly compactions: number;
  readonly retiredNumber: number;
}

export const DEAD_AFTER_SECONDS = 60;
export const FOLD_AFTER_SECONDS = 600;
const COMPACT_SECONDS = 10;
export const ASK_SECONDS = 0.05;
const DAY_SECONDS = 86400;
const FILE_BYTES_MAX = 268435456;
/** How long the event loop is kept from turning: a slice of a scrape takes as long. */
const SLICE_MS = 2;
const NANOSECONDS_OF_MS = 1_000_000n;
const ASK_POLL_MS = 2;
/** So many wishes in a row that a process did not answer, and it is not waited for, */
const MISSED_MOST = 3;
/** until there were so many. */
const MISSED_FORGOTTEN = 100;

/** Ends what is under way where it was closed meanwhile. */
const CLOSED = new Error("the spool was closed");

export class SpoolReader {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #shelf: Shelf;
  readonly #compaction: Compaction;
  readonly #tell: (error: unknown) => void;
  readonly #askMs: number;
  readonly #compactMs: number;
  /** One at a time reads or folds; the others come after it. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  readonly #began: number;
  #compacted: number | undefined;
  #wished = 0;
  #isThere = false;
  #closed = false;

  /** `reader` makes one that knows of nobody: for each run another. */
  constructor(reader: () => ImageReader, options: SpoolReaderOptions) {
    const { skip } = options;
    this.#disk = options.disk ?? new SystemDisk();
    this.#dir = options.dir;
    this.#tell = teller(options.onError);
    const deadAfter = secondsOf("deadAfterSeconds", options.deadAfterSeconds, DEAD_AFTER_SECONDS, 0, DAY_SECONDS);
    const foldAfter = secondsOf(
      "foldAfterSeconds",
      options.foldAfterSeconds,
      Math.max(FOLD_AFTER_SECONDS, deadAfter),
      deadAfter,
      365 * DAY_SECONDS,
    );
    this.#compactMs = 1000 * secondsOf("compactSeconds", options.compactSeconds, COMPACT_SECONDS, 0, DAY_SECONDS);
    this.#askMs = 1000 * secondsOf("askSeconds", options.askSeconds, ASK_SECONDS, 0, 60);
    this.#shelf = new Shelf(this.#disk, new Deaths(this.#disk, deadAfter, foldAfter), reader, {
      dir: options.dir,
      registry: registryPart(options.registry ?? "default"),
      application: applicationOf(options.application),
      named: options.run === undefined ? undefined : runNamed(options.run),
      keepTotals: options.keepTotals ?? false,
      sweeps: options.sweeps,
      bytesMax: options.fileBytesMax ?? FILE_BYTES_MAX,
      skip: typeof skip === "function" ? skip : () => skip,
      tell: this.#tell,
    });
    this.#compaction = new Compaction(this.#shelf, idNew(), foldAfter);
    this.#began = this.#disk.monotonic();
  }

  /** Asks the processes, reads what is new and lets it show. Rejects where the directory cannot be read; what showed before stays. */
  refresh(): Promise<void> {
    // One that waits for its turn will read what comes until then.
    this.#waiting ??= this.#next(async () => {
      this.#waiting = undefined;
      if (this.#closed) return;
      // What was read before stays.
      if (!this.#find()) return;
      // Whom to wait for is known once it was read.
      const isFirst = this.#shelf.isBehind;
      if (isFirst) await this.#walk(this.#shelf.read());
      const asked = new Set<Sheet>();
      const isAsked = await this.#ask(asked);
      if (isAsked || !isFirst) await this.#walk(this.#shelf.read());
      // Who has joined since the last reading was not waited for.
      if (await this.#ask(asked)) await this.#walk(this.#shelf.read());
      if (this.#closed) return;
      await this.#publish();
      if (!this.#closed) this.#compactLater();
    });
    return this.#waiting;
  }

  /** Folds the dead; resolves to whether there were any. */
  compact(): Promise<boolean> {
    return this.#next(async () => {
      if (this.#closed) return false;
      this.#compacted = this.#disk.monotonic();
      if (!this.#find()) return false;
      // What fails in the middle does not show: the next refresh reads it to an end.
      const folded = await this.#walk(this.#compaction.run());
      if (!this.#closed) await this.#publish();
      return folded ?? false;
    });
  }

  #find(): boolean {
    this.#isThere = isDirectory(this.#disk, this.#dir);
    return this.#isThere;
  }

  processes(): SpoolProcess[] {
    const now = this.#disk.monotonic();
    return this.#sheets().map(({ head, instance, verdict, seen, vanished }) => ({
      pid: head!.pid,
      host: head!.host,
      instance,
      live: !vanished && (verdict === "lives" || verdict === "unsure"),
      ageSeconds: (now - seen.since) / 1000,
      bytes: seen.bytes,
    }));
  }

  get statistics(): SpoolStatistics {
    const { run, reading, retired, sheets } = this.#shelf;
    let bytes = 0;
    for (const { seen } of sheets.values()) bytes += seen.bytes;
    return {
      isThere: this.#isThere,
      run,
      files: sheets.size,
      live: this.processes().filter(({ live }) => live).length,
      bytes,
      refused: reading.refusals,
      compactions: this.#compaction.count,
      retiredNumber: retired.number,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#shelf.close();
  }

  #sheets(): Sheet[] {
    return [...this.#shelf.sheets.values()].filter(
      ({ head, isRetired, process }) => head !== undefined && process !== undefined && !isRetired,
    );
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #compactLater(): void {
    if (this.#compactMs === 0) return;
    // Lower runs may wait to be removed, too: where processes live for a shorter time than that, nobody else does.
    const isFirst = this.#compacted === undefined && this.#shelf.lower.length > 0;
    if (!isFirst && this.#disk.monotonic() - (this.#compacted ?? this.#began) < this.#compactMs) return;
    if (this.#compaction.isDue || this.#shelf.lower.length > 0) this.compact().catch(this.#tell);
  }

  /** Walks on, letting the event loop turn between. Undefined where it was closed meanwhile. */
  async #walk<T>(steps: Generator<void, T>): Promise<T | undefined> {
    let from = this.#disk.monotonic();
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      if (this.#disk.monotonic() - from < SLICE_MS) continue;
      await this.#disk.pause();
      if (this.#closed) return undefined;
      from = this.#disk.monotonic();
    }
  }

  /** Within the turn of whoever read: nothing is read or folded in between. */
  async #publish(): Promise<void> {
    let from = this.#disk.monotonic();
    try {
      await this.#shelf.published(async () => {
        if (this.#disk.monotonic() - from < SLICE_MS) return;
        await this.#disk.pause();
        // Its image is, too.
        if (this.#closed) throw CLOSED;
        from = this.#disk.monotonic();
      });
    } catch (error) {
      if (error !== CLOSED) throw error;
    }
  }

  /**
   * Has all processes flush that were not `asked`, and waits for those that answer. False where there is nobody to ask. Who came since the
   * others were asked has heard of that, and may have answered before it was read.
   */
  async #ask(asked: Set<Sheet>): Promise<boolean> {
    if (this.#askMs === 0 || this.#shelf.run === undefined || this.#closed) return false;
    const isAgain = asked.size > 0;
    const hasAnswered = ({ seen }: Sheet) => isAgain && seen.changed > BigInt(Math.ceil(this.#wished)) * NANOSECONDS_OF_MS;
    let left = this.#sheets()
      .filter(({ verdict, vanished, refused }) => !vanished && !refused && (verdict === "lives" || verdict === "unsure"))
      .filter((sheet) => !asked.has(sheet) && !hasAnswered(sheet))
      .map((sheet) => ({ sheet, before: isAgain ? { ...sheet.seen } : this.#disk.status(sheet.path) }));
    if (left.length === 0) return false;
    for (const { sheet } of left) asked.add(sheet);
    const waited = left;
    if (!isAgain) {
      try {
        const wall = this.#disk.wall();
        this.#wished = wall === this.#wished ? wall + 1 : wall;
        this.#disk.touch(`${this.#shelf.directory}/${WANTED}`, this.#wished);
      } catch {
        // Nobody watches it, then.
        return false;
      }
    }
    const from = this.#disk.monotonic();
    while (left.some(({ sheet }) => sheet.missed < MISSED_MOST) && this.#disk.monotonic() - from < this.#askMs && !this.#closed) {
      await this.#disk.wait(ASK_POLL_MS, true);
      left = left.filter(({ sheet, before }) => !hasChanged(before, this.#disk.status(sheet.path)));
    }
    const late = new Set(left.map(({ sheet }) => sheet));
    // Now and then it is waited for again: what was blocked may not be.
    for (const { sheet } of waited) sheet.missed = late.has(sheet) ? (sheet.missed + 1) % MISSED_FORGOTTEN : 0;
    return true;
  }
}

type Seen = Pick<Status, "inode" | "bytes" | "changed">;

function hasChanged(before: Seen | undefined, now: Seen | undefined): boolean {
  return now?.inode !== before?.inode || now?.bytes !== before?.bytes || now?.changed !== before?.changed;
}
