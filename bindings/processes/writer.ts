// A process's end of the spool: finds its run, puts its image there and keeps it up to date. See runs.ts for how.

import { atExit } from "./exits.ts";
import { Election } from "./election.ts";
import { teller } from "./settings.ts";
import { imageFolded, imageRemoved, imageUnwritten, SpoolError } from "./errors.ts";
import { headBytes } from "./head.ts";
import { BEAT_SECONDS } from "./deaths.ts";
import { codeOf, type Disk, SystemDisk } from "./disk.ts";
import { keep, LowerRuns } from "./lower.ts";
import { discard, Leaf, make, type Made, renamedFirst, saidOf, Walks, type Writes } from "./leaf.ts";
import { imageName, runIdName, temporaryName, WANTED } from "./paths.ts";
import { openDirectory } from "./runs.ts";
import type { FrameWriter } from "./image.ts";
import type { Left } from "./left.ts";
import { type SpoolWriterOptions, type SpoolWriterStatistics, writerSettings } from "./writer-settings.ts";

const JOIN_POLL_MS = 200;
/** Each try means that another process was faster. */
const JOIN_TRIES = 100;

/** Belongs into a process's first thread: where a thread ends, its `exit` looks like the process's. */
export class SpoolWriter {
  readonly #writer: Walks;
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #registry: string;
  readonly #application: string;
  readonly #election: Election;
  readonly #flushSeconds: number;
  readonly #endsProcess: boolean;
  readonly #tell: (error: unknown) => void;
  readonly #collected: SpoolWriterOptions["collected"];
  readonly #leave: () => void;
  readonly #stop: () => void;
  readonly #keeps: boolean;
  readonly #lower: LowerRuns | undefined;
  #run: string | undefined;
  #leaf: Leaf | undefined;
  /** A sequence was made and not written, or not to its end: the next one is a whole image in a new file. */
  #anew = false;
  /** What it counted is in other hands, */
  #baseline = false;
  #removed = false; // or its file is gone, and what it counted is nowhere.
  /** Raised by every synchronous flush: an asynchronous one that finds another number leaves the rest to it. */
  #turn = 0;
  #flushing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  /** Somebody waits for a sign of us, even where nothing changed. */
  #wanted = false;
  /** What is being written beside the event loop: it must stay open until that is done. */
  #writing: number | undefined;
  readonly #late = new Set<number>();
  #touched = -Infinity;
  #followed = -Infinity;
  #unwatch = () => {};
  #leaving = false;
  #closed = false;
  #flushes = 0;
  #failures = 0;
  #foldedCount = 0;

  constructor(writer: FrameWriter, options: SpoolWriterOptions) {
    this.#writer = new Walks(writer);
    this.#disk = options.disk ?? new SystemDisk();
    this.#dir = options.dir;
    const { registry, application, flushSeconds } = writerSettings(options);
    [this.#registry, this.#application, this.#flushSeconds] = [registry, application, flushSeconds];
    this.#tell = teller(options.onError);
    this.#collected = options.collected;
    this.#election = new Election(this.#disk, options.dir, options.run, application, this.#tell);
    this.#keeps = options.keepTotals ?? false;
    // Of runs that have a name none is over.
    const sweeps = (options.sweeps ?? false) && !this.#keeps && options.run === undefined;
    this.#lower = sweeps ? new LowerRuns(this.#disk, options.dir, registry, this.#tell) : undefined;
    this.#endsProcess = options.endsProcess ?? true;
    this.#leave = atExit({ flushSync: (ended) => this.#last(ended) }, (options.signals ?? true) && this.#endsProcess);
    this.#stop = this.#flushSeconds > 0 ? this.#disk.every(this.#flushSeconds * 1000, () => this.#onTimer()) : () => undefined;
    if (this.#flushSeconds > 0 || options.joins === true) this.#onTimer();
  }

  get statistics(): SpoolWriterStatistics {
    return {
      flushes: this.#flushes,
      failures: this.#failures,
      folded: this.#foldedCount,
      bytes: this.#leaf?.bytes ?? 0,
      run: this.#run,
    };
  }

  #onTimer(): void {
    // One that takes longer than the timer's time is not asked twice.
    if (this.#waiting === undefined) this.#flush().catch(this.#tell);
  }

  /** Writes what was counted up to now. Rejects where that is not possible now. */
  async flush(): Promise<void> {
    // Whoever awaits it must not find that the process ended meanwhile.
    const release = this.#disk.hold();
    try {
      await this.#flush();
    } finally {
      release();
    }
  }

  #flush(): Promise<void> {
    // One that waits for its turn will write what was counted until then.
    if (this.#waiting !== undefined) return this.#waiting;
    const waiting = this.#flushing.then(() => {
      this.#waiting = undefined;
      return this.#closed ? undefined : this.#now();
    });
    this.#waiting = waiting;
    this.#flushing = waiting.catch(() => undefined);
    return waiting;
  }

  async #now(): Promise<void> {
    const turn = this.#turn;
    if (this.#leaf === undefined) await this.#awaitRun(turn);
    if (turn !== this.#turn) return;
    const writes = this.#writes(false);
    try {
      let next = writes.next();
      while (next.done !== true) {
        const { descriptor, bytes, position } = next.value;
        // A copy: a flush that cannot wait may walk on in the same memory, and no runtime promises to write from shared ones.
        const result = await this.#beside(descriptor, bytes.slice(), position);
        if (turn !== this.#turn) {
          writes.return();
          return;
        }
        next = typeof result === "number" ? writes.next(result) : writes.throw(result);
      }
    } catch (error) {
      throw this.#failed(error);
    }
    this.#lower?.some(this.#run!);
  }

  /** Resolves to what it was rejected with, too. */
  async #beside(descriptor: number, bytes: Uint8Array, position: number): Promise<unknown> {
    this.#writing = descriptor;
    try {
      return await this.#disk.writeLater(descriptor, bytes, position);
    } catch (error) {
      return error;
    } finally {
      this.#writing = undefined;
      if (this.#late.delete(descriptor)) this.#disk.close(descriptor);
    }
  }

  #close(descriptor: number): void {
    if (descriptor === this.#writing) this.#late.add(descriptor);
    else this.#disk.close(descriptor);
  }

  /** The same at once. What is under way is left to itself, and a whole image put in place of what it wrote. Tells of what fails. */
  flushSync(ended: boolean): void {
    if (this.#closed) return;
    this.#turn++;
    const writes = this.#writes(ended);
    try {
      let next = writes.next();
      while (next.done !== true) {
        const { descriptor, bytes, position } = next.value;
        let written = 0;
        try {
          written = this.#disk.write(descriptor, bytes, position);
        } catch (error) {
          next = writes.throw(error);
          continue;
        }
        next = writes.next(written);
      }
      // A job that ends before its first flush beside the event loop is over has no other time for it.
      this.#lower?.some(this.#run!);
    } catch (error) {
      this.#tell(this.#failed(error));
    }
  }

  #last(ended: boolean): void {
    this.flushSync(ended && this.#endsProcess);
    if (ended) this.#closed = true;
  }

  /** Writes its last and leaves the spool. `lives`: it may join again, so what it wrote stays its own. */
  async close(lives = false): Promise<Left | undefined> {
    if (this.#closed) return undefined;
    this.#turn++;
    const release = this.#disk.hold();
    await this.#flushing;
    release();
    if (lives) {
      this.#leaving = true;
      this.flushSync(false);
      this.#closed = true;
    } else {
      this.#last(true);
    }
    this.#stop();
    this.#unwatch();
    this.#leave();
    const leaf = this.#leaf;
    this.#leaf = undefined;
    if (leaf === undefined) return undefined;
    this.#close(leaf.descriptor);
    return lives ? { path: leaf.path, file: leaf.file } : undefined;
  }

  #failed(error: unknown): unknown {
    this.#failures++;
    return error instanceof SpoolError ? error : imageUnwritten(this.#leaf?.path ?? this.#dir, error);
  }

  *#writes(ended: boolean): Writes<void> {
    // Whatever stops this in the middle, a sequence may be made by then.
    const unfinished = this.#anew;
    this.#anew = true;
    if (this.#leaf !== undefined && !this.#leaf.isThere) this.#missing(this.#leaf.path);
    if (this.#leaf === undefined || this.#baseline || this.#removed || this.#higher()) {
      yield* this.#join(ended);
    } else if (unfinished || this.#leaf.hasGrown) {
      yield* this.#replace(ended);
    } else {
      const bytes = yield* this.#leaf.append(this.#writer, { full: false, ended });
      const now = this.#disk.monotonic();
      const isDue = bytes === 0 && (this.#wanted || now - this.#touched >= BEAT_SECONDS * 1000);
      if (isDue) this.#leaf.touch();
      if (isDue || bytes > 0) this.#touched = now;
    }
    if (this.#leaving) yield* this.#leaf!.leave();
    this.#anew = false;
    this.#wanted = false;
    this.#flushes++;
  }

  /** A collector took it in, or somebody deleted it by hand: then all it said is still ours to say. */
  #missing(path: string): void {
    if (this.#baseline || this.#removed) return;
    if (this.#election.isTaken(this.#run!, this.#registry, this.#writer.instance)) return this.#folded(path);
    this.#removed = true;
    this.#tell(imageRemoved(path));
  }

  #folded(path: string, ended = false): void {
    this.#baseline = true;
    // An image that says so of itself is the dead's at once, and nothing is lost.
    if (ended) return;
    this.#foldedCount++;
    this.#tell(imageFolded(path));
  }

  /** Whether there is a higher run: looked for with each beat. */
  #higher(): boolean {
    const now = this.#disk.monotonic();
    if (now - this.#followed < BEAT_SECONDS * 1000) return false;
    if (this.#election.isHigher(this.#run)) return true;
    this.#followed = now;
    return false;
  }

  /** A new file in place of the one that is there. */
  *#replace(ended: boolean): Writes<void> {
    const made = yield* this.#make(`${this.#dir}/${this.#run}`, ended);
    this.#place(this.#run!, this.#leaf!.path, made);
    if (this.#isTaken(ended)) yield* this.#join(ended);
  }

  #make(directory: string, ended: boolean): Writes<Made> {
    const options = { full: true, ended, ...(this.#baseline && { baseline: true }) };
    const [application, flushSeconds] = [this.#application, this.#flushSeconds];
    const head = (file: string) => headBytes(this.#disk.identity, { file, application, flushSeconds });
    return make(this.#disk, directory, temporaryName(this.#writer.instance), head, this.#writer, options);
  }

  #settle(run: string, path: string, made: Made): void {
    const old = this.#leaf;
    this.#leaf = new Leaf(this.#disk, path, made);
    // The run's directory may be another one by now.
    const isKnown = run === this.#run && old !== undefined && !this.#removed;
    this.#baseline = this.#removed = false;
    this.#touched = this.#disk.monotonic();
    if (old !== undefined) this.#close(old.descriptor);
    if (isKnown) return;
    this.#run = run;
    this.#election.joined(run);
    this.#watch(`${this.#dir}/${run}/${WANTED}`);
  }

  /** Whether what we count was added to the dead's while our new file was on its way; then takes it back. */
  #isTaken(ended: boolean): boolean {
    if (saidOf(this.#disk, `${this.#dir}/${this.#run}`, this.#registry, this.#writer.instance) !== "taken") return false;
    this.#folded(this.#leaf!.path, ended);
    discard(this.#disk, this.#leaf!.path);
    return true;
  }

  /** Waits until it is known which run is to be joined; whoever flushes synchronously meanwhile decides without. */
  async #awaitRun(turn: number): Promise<void> {
    try {
      openDirectory(this.#disk, this.#dir);
      for (let looks = 0; this.#turn === turn && this.#election.chosen(this.#run) === undefined; looks++) {
        if (looks === 0) this.#election.ask();
        await this.#disk.wait(JOIN_POLL_MS, false);
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Puts the whole image into the run that is to be joined. */
  *#join(ended: boolean): Writes<void> {
    openDirectory(this.#disk, this.#dir);
    if (this.#keeps) keep(this.#disk, this.#dir, this.#registry, this.#tell);
    for (let tries = 0; tries < JOIN_TRIES; tries++) {
      const left = this.#leaf?.path;
      const { run, isNew } = this.#election.chosen(this.#run) ?? this.#election.hasty();
      const placed = isNew ? yield* this.#begin(run, ended) : yield* this.#enter(run, ended);
      if (!placed) continue;
      if (left !== undefined && left !== this.#leaf!.path) discard(this.#disk, left);
      if (this.#isTaken(ended)) continue;
      if (left === undefined) this.#election.behind(run, imageName(this.#writer.instance, this.#registry));
      this.#followed = -Infinity;
      if (!this.#higher()) return;
    }
    throw imageUnwritten(this.#dir, new Error(`its runs changed ${JOIN_TRIES} times meanwhile`));
  }

  /** Makes a run with our image in it; false where another process did. */
  *#begin(run: string, ended: boolean): Writes<boolean> {
    const directory = `${this.#dir}/${temporaryName(this.#writer.instance)}`;
    this.#disk.makeDirectory(directory);
    const id = `${directory}/${runIdName(this.#election.idOf(run))}`;
    let made: Made | undefined;
    let isFirst = false;
    try {
      this.#disk.close(this.#disk.open(id, "create"));
      made = yield* this.#make(directory, ended);
      const name = imageName(this.#writer.instance, this.#registry);
      this.#disk.rename(made.path, `${directory}/${name}`);
      isFirst = renamedFirst(this.#disk, directory, `${this.#dir}/${run}`);
      if (isFirst) this.#settle(run, `${this.#dir}/${run}/${name}`, made);
      return isFirst;
    } finally {
      if (!isFirst) {
        discard(this.#disk, id);
        if (made !== undefined) {
          this.#disk.close(made.descriptor);
          discard(this.#disk, made.path);
          discard(this.#disk, `${directory}/${imageName(this.#writer.instance, this.#registry)}`);
        }
        try {
          this.#disk.removeDirectory(directory);
        } catch {}
      }
    }
  }

  /** Puts our image into a run that is there; false where it is gone by now. */
  *#enter(run: string, ended: boolean): Writes<boolean> {
    try {
      const made = yield* this.#make(`${this.#dir}/${run}`, ended);
      this.#place(run, `${this.#dir}/${run}/${imageName(this.#writer.instance, this.#registry)}`, made);
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** Gives what was made its name, or takes it away. */
  #place(run: string, path: string, made: Made): void {
    try {
      this.#disk.rename(made.path, path);
    } catch (error) {
      this.#disk.close(made.descriptor);
      discard(this.#disk, made.path);
      throw error;
    }
    this.#settle(run, path, made);
  }

  #watch(path: string): void {
    this.#unwatch();
    try {
      this.#disk.close(this.#disk.open(path, "create"));
    } catch {} // It is there, or the directory is not writable, which the next flush will say.
    this.#unwatch = this.#disk.watch(path, async () => {
      this.#wanted = true;
      await this.#collected?.();
      this.#flush().catch(this.#tell);
    });
  }
}
