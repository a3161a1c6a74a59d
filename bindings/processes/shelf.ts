// What a collector has read of a spool: the files of its run, how far each was read, and whether its process lives. See
// runs.ts for what the files are. Reading goes in steps, between which the event loop may turn; what was read shows
// when its image reader is told to publish, so that nobody sees half of it.

import { type Deaths, sightedAgain, type Verdict } from "./deaths.ts";
import { type Disk, unlessAbsent } from "./disk.ts";
import { entryForeign, imageRefused, imageUnread } from "./errors.ts";
import { foreign, type Run, runsIn } from "./runs.ts";
import { HEAD_BYTES, headOf, NONE, type Retired, takenOf } from "./head.ts";
import { highestRetired } from "./leaf.ts";
import { keep } from "./lower.ts";
import { named, retiredName, runIdIn } from "./paths.ts";
import { type Sheet, sheetOf, type SheetOptions, SheetReader } from "./sheet.ts";
import type { ImageReader } from "./image.ts";

export interface ShelfOptions extends SheetOptions {
  readonly registry: string;
  readonly named: string | undefined;
  readonly keepTotals: boolean;
  /** False: lower runs are left to whoever writes. */
  readonly sweeps?: boolean | undefined;
  /** The instance of our own process. */
  readonly skip: () => string | undefined;
}

/** Each new try means that another collector was at work meanwhile. */
const READ_TRIES = 20;

export class Shelf {
  readonly disk: Disk;
  readonly deaths: Deaths;
  readonly options: ShelfOptions;
  readonly sheets = new Map<string, Sheet>();
  readonly reading: SheetReader;
  run: string | undefined;
  retired: Retired = NONE;
  /** The lower runs that are there, */
  lower: readonly Run[] = [];
  /** and those of which all was looked at, or is in one above them. */
  readonly looked = new Set<string>();
  readonly #make: () => ImageReader;
  /** Of runs that are over; they show until the next is published. */
  #over: ImageReader[] = [];
  /** Nothing went while it was read: else what was read may lack it, and does not show. */
  #isWhole = false;
  /** What tells the run from another one of its name. */
  #id: string | undefined;
  /** Of each lower run's retired file, by its path. */
  readonly #takenBelow = new Map<string, ReadonlySet<string>>();

  constructor(disk: Disk, deaths: Deaths, make: () => ImageReader, options: ShelfOptions) {
    this.disk = disk;
    this.deaths = deaths;
    this.options = options;
    this.#make = make;
    this.reading = new SheetReader(disk, make(), options);
  }

  get image(): ImageReader {
    return this.reading.image;
  }

  get directory(): string {
    return `${this.options.dir}/${this.run}`;
  }

  publish(): void {
    if (!this.#isWhole) return;
    for (const image of this.#over.splice(0)) image.close();
    this.image.publish();
  }

  /** The same in slices, where the image reader can. */
  async published(pause: () => Promise<void>): Promise<void> {
    // From one run to the next at once: between slices both would show, or neither.
    if (!this.#isWhole || this.#over.length > 0 || this.image.published === undefined) this.publish();
    else await this.image.published(pause);
  }

  close(): void {
    for (const image of this.#over.splice(0)) image.close();
    this.image.close();
  }

  /** Reads what is new. */
  *read(): Generator<void, void> {
    this.#isWhole = false;
    for (let tries = 0; tries < READ_TRIES && !this.#isWhole; tries++) {
      this.#isWhole = !this.#choose() || (yield* this.#pass());
    }
  }

  /** Finds the run; false where there is none. */
  #choose(): boolean {
    const { dir, named, tell } = this.options;
    let run = named;
    if (named === undefined) {
      const runs = unlessAbsent(() => this.disk.status(dir, true)) === undefined ? [] : runsIn(this.disk, dir, tell).all;
      run = runs.at(-1)?.name;
      this.lower = runs.slice(0, -1);
    } else {
      const status = this.disk.status(`${dir}/${named}`);
      const why = status && foreign(this.disk, status, "directory");
      if (why !== undefined) tell(entryForeign(`${dir}/${named}`, why));
      if (status === undefined || why !== undefined) run = undefined;
    }
    // One that is gone without a next one: what it said stays.
    if (run === undefined) return false;
    if (this.run !== undefined && this.run !== run) this.#next();
    this.run = run;
    if (this.options.keepTotals) keep(this.disk, dir, this.options.registry, tell);
    return true;
  }

  /** Begins with another run; what was read of the one before shows until there is something to show of this one. */
  #next(): void {
    this.#over.push(this.image);
    this.reading.image = this.#make();
    this.sheets.clear();
    this.retired = NONE;
    this.reading.application = this.options.application;
    this.#id = undefined;
    this.#takenBelow.clear();
  }

  /**
   * Looks whether the run is the one of that name before: who removed the directory while nobody lived there, and began anew,
   * has another run of the same number. One whose id was deleted alone is the same.
   */
  #identify(names: readonly string[]): void {
    const id = runIdIn(names);
    if (id === undefined || id === this.#id) return;
    if (this.#id !== undefined || (this.#hasRead && !this.#isKnown(names))) this.#next();
    this.#id = id;
  }

  get #hasRead(): boolean {
    return this.sheets.size > 0 || this.retired.number > 0;
  }

  /** Whether anything that was read is among the names. One that an older version made has no id. */
  #isKnown(names: readonly string[]): boolean {
    const { number } = this.retired;
    const isThere = (name: string) => this.sheets.has(`${this.directory}/${name}`);
    return names.some(isThere) || (number > 0 && names.includes(retiredName(number, this.options.registry)));
  }

  /** True where there is a run, or a process, of which nothing was read yet: whom a scrape asks is known behind that. */
  get isBehind(): boolean {
    const { dir, named: own, registry, skip } = this.options;
    const run = own ?? runsIn(this.disk, dir, () => undefined).all.at(-1)?.name;
    if (run === undefined) return false;
    const names = unlessAbsent(() => this.disk.names(`${dir}/${run}`)) ?? [];
    if (run !== this.run || (runIdIn(names) ?? this.#id) !== this.#id) return true;
    return names.some((name) => {
      const what = named(name);
      if (what?.kind !== "image" || what.registry !== registry || this.sheets.has(`${this.directory}/${name}`)) return false;
      return what.instance !== skip() && !this.retired.taken.has(what.instance);
    });
  }

  /** One look at all there is; false where something went meanwhile, and it is to be looked at again. */
  *#pass(): Generator<void, boolean> {
    const names = unlessAbsent(() => this.disk.names(this.directory));
    if (names === undefined) return false;
    this.#identify(names);
    const highest = this.highest(names);
    // A listing that is made while files come and go may miss what is there.
    const before = highest < this.retired.number ? this.disk.status(this.#retiredPath(this.retired.number)) : undefined;
    if (before !== undefined && foreign(this.disk, before, "file") === undefined) return false;
    if (highest > this.retired.number && !this.load(highest)) return false;
    const there = new Set<string>();
    let whole = true;
    for (const [run, all] of this.#listed(names)) {
      const top = run === this.run ? 0 : this.highest(all, run);
      for (const name of all) {
        const what = named(name);
        if (what?.kind !== "image" && what?.kind !== "retired") continue;
        if (what.registry !== this.options.registry) continue;
        const isRetired = what.kind === "retired";
        if (isRetired && (run === this.run || what.number !== top)) continue;
        const instance = isRetired ? `${run}/${what.number}` : what.instance;
        if (instance === this.options.skip() || this.retired.taken.has(instance)) continue;
        const path = `${this.options.dir}/${run}/${name}`;
        there.add(path);
        const sheet = this.sheets.get(path) ?? sheetOf(path, run, instance, isRetired);
        sheet.number = this.retired.number;
        try {
          if (!this.#look(sheet)) whole = false;
        } catch (error) {
          // Too many open files, say: it is read the next time, and what it said before stays.
          sheet.seen.changed = -1n;
          this.reading.refuse(imageUnread(path, error));
        }
        yield;
      }
    }
    // What was removed meanwhile is in a higher one: it was linked before, and this listing is younger.
    const again = unlessAbsent(() => this.disk.names(this.directory));
    if (again === undefined || this.highest(again) > this.retired.number) return false;
    return this.#missing(there, again) && whole;
  }

  /** The names in the run, and where totals are kept, in lower ones: without what a retired file of theirs has. */
  *#listed(names: readonly string[]): Generator<[string, readonly string[]]> {
    yield [this.run!, names];
    if (!this.options.keepTotals || this.options.named !== undefined) return;
    this.looked.clear();
    const own = new Set(names.map((name) => instanceIn(name)));
    const taken = new Set<string>(this.retired.taken.keys());
    const { registry, dir } = this.options;
    for (const { name: run } of [...this.lower].reverse()) {
      if (taken.has(run)) {
        this.looked.add(run);
        continue;
      }
      const all = unlessAbsent(() => this.disk.names(`${dir}/${run}`));
      // Taken in and removed since the runs were listed: the retired file that is there by now has it.
      if (all === undefined) continue;
      const highest = this.highest(all, run);
      const its = highest === 0 ? new Set<string>() : this.#takenAt(`${dir}/${run}/${retiredName(highest, registry)}`);
      if (its === undefined) continue;
      for (const what of its) taken.add(what);
      this.looked.add(run);
      // Whoever follows into the higher run is in both for a moment.
      yield [run, all.filter((name) => !own.has(instanceIn(name) ?? name) && !its.has(instanceIn(name) ?? ""))];
    }
  }

  /** What a lower run's retired file names: it never changes. Undefined where it is gone. */
  #takenAt(path: string): ReadonlySet<string> | undefined {
    const known = this.#takenBelow.get(path);
    if (known !== undefined) return known;
    const bytes = unlessAbsent(() => this.#whole(path));
    if (bytes === undefined) return undefined;
    const head = headOf(bytes);
    const names = typeof head === "string" ? [] : takenOf(bytes.subarray(HEAD_BYTES, HEAD_BYTES + head.takenBytes)).keys();
    const taken = new Set(names);
    this.#takenBelow.set(path, taken);
    return taken;
  }

  /** The number of the highest retired file among the names in a run. */
  highest(names: readonly string[], run = this.run): number {
    return highestRetired(this.disk, `${this.options.dir}/${run}`, names, this.options.registry, this.options.tell);
  }

  #retiredPath(number: number): string {
    return `${this.directory}/${retiredName(number, this.options.registry)}`;
  }

  #whole(path: string): Uint8Array {
    const descriptor = this.disk.open(path, "read");
    try {
      const { bytes } = this.disk.statusOf(descriptor);
      const all = new Uint8Array(Math.min(bytes, this.options.bytesMax));
      let length = 0;
      for (let count = -1; count !== 0 && length < all.length; length += count) {
        count = this.disk.read(descriptor, all.subarray(length), length);
      }
      return all.subarray(0, length);
    } finally {
      this.disk.close(descriptor);
    }
  }

  /** Takes a retired file in place of the one before, with all it names; false where it is gone already. */
  load(number: number): boolean {
    const path = this.#retiredPath(number);
    const status = this.disk.status(path);
    if (status === undefined) return false;
    const why = foreign(this.disk, status, "file", this.options.bytesMax);
    const bytes = why === undefined ? unlessAbsent(() => this.#whole(path)) : new Uint8Array(0);
    if (bytes === undefined) return false;
    const head = why ?? headOf(bytes);
    if (typeof head === "string") {
      this.reading.refuse(imageRefused(path, 0, head));
      this.retired = { ...this.retired, number, refused: true };
      return true;
    }
    const other = this.reading.otherApplication(this.run!, head);
    if (other !== undefined) {
      this.reading.refuse(other);
      this.retired = { ...this.retired, number, refused: true };
      return true;
    }
    const from = HEAD_BYTES + head.takenBytes;
    this.unfold();
    const { consumed, refused } = this.image.retire(bytes.subarray(from));
    const torn = refused ?? (from + consumed < bytes.length ? "its last frame is not whole" : undefined);
    if (torn !== undefined) this.reading.refuse(imageRefused(path, from + consumed, torn));
    this.retired = { number, since: head.since, taken: takenOf(bytes.subarray(HEAD_BYTES, from)), refused: torn !== undefined };
    for (const sheet of this.sheets.values()) {
      if (this.retired.taken.has(sheet.instance) || this.retired.taken.has(sheet.run)) this.forget(sheet);
    }
    return true;
  }

  forget(sheet: Sheet): void {
    this.sheets.delete(sheet.path);
    if (sheet.process !== undefined && !sheet.folded) this.image.drop(sheet.process);
  }

  /** Reads what is new in a file; false where it is gone. */
  #look(sheet: Sheet): boolean {
    if (sheet.done) return true;
    // Before its file is read: what is proven now has written all it ever will.
    const before = sheet.verdict;
    const verdict = this.verdict(sheet);
    const isOver = verdict === "dead";
    if (sheet.seen.inode === -1n) {
      this.sheets.set(sheet.path, sheet);
      if (!this.reading.read(sheet, () => this.verdict(sheet) === "dead")) {
        this.sheets.delete(sheet.path);
        return false;
      }
      this.verdict(sheet);
      this.#live(sheet);
      this.#fold(sheet);
      return true;
    }
    const status = this.disk.status(sheet.path);
    if (status === undefined) return false;
    const isOther = sightedAgain(this.disk, sheet.seen, status);
    // What looks the same may be another file (head.ts): what is to be folded is read once more, whatever it looks like.
    const isLast = isOver || (verdict === "lost" && before !== "lost");
    if (isOther || isLast || sheet.young) {
      sheet.vanished = false;
      if (!this.reading.read(sheet)) return false;
      this.verdict(sheet);
    }
    sheet.done = isOver;
    this.#live(sheet);
    return true;
  }

  /** What is known of its process now. */
  verdict(sheet: Sheet): Verdict {
    if (sheet.isRetired || sheet.ended) sheet.verdict = "dead";
    else if (sheet.head !== undefined && sheet.verdict !== "dead") {
      const verdict = this.deaths.verdict(sheet.seen, sheet.head);
      sheet.verdict = sheet.left && (verdict === "lives" || verdict === "unsure") ? "silent" : verdict;
    }
    return sheet.verdict;
  }

  #live(sheet: Sheet): void {
    const live = !sheet.vanished && (sheet.verdict === "lives" || sheet.verdict === "unsure");
    if (sheet.process === undefined || sheet.folded || live === sheet.live) return;
    sheet.live = live;
    this.image.live(sheet.process, live);
  }

  /**
   * Moves what a dead process counted to the retired at once: most files of a spool that was left alone are of the dead, and
   * nothing is to be kept of each. Of lower runs all or none counts, which only the compaction decides.
   */
  #fold(sheet: Sheet): void {
    if (!sheet.done || sheet.process === undefined || sheet.isRetired || sheet.run !== this.run) return;
    this.image.fold(sheet.process);
    sheet.folded = true;
  }

  /** Forgets the dead that are folded in memory alone: the retired are about to be others, and their files are read again. */
  unfold(): void {
    for (const sheet of this.sheets.values()) if (sheet.folded) this.sheets.delete(sheet.path);
  }

  /** Looks after files that went. False where there may be more to see. */
  #missing(there: ReadonlySet<string>, names: readonly string[]): boolean {
    const gone = [...this.sheets.values()].filter((sheet) => !sheet.vanished && !there.has(sheet.path));
    for (const sheet of gone) {
      // Known of before this number, and the names reach not as far back: so it was taken in.
      const isTaken = this.retired.number > sheet.number && this.retired.since > sheet.number + 1;
      const isElsewhere = sheet.run !== this.run && (sheet.isRetired || names.some((name) => instanceIn(name) === sheet.instance));
      if (isTaken || isElsewhere || sheet.process === undefined) {
        this.forget(sheet);
        continue;
      }
      sheet.vanished = true;
      this.#live(sheet);
    }
    return true;
  }
}

function instanceIn(name: string): string | undefined {
  const what = named(name);
  return what?.kind === "image" ? what.instance : undefined;
}
