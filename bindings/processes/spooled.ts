// A process's part in a spool: it leaves its image there, and where it is scraped it serves the sum of all.

import { registry as defaultRegistry, type Registry } from "../index.ts";
import { shown } from "../errors.ts";
import { threadFileLost } from "./reason.ts";
import { currentRuntime } from "../runtime.ts";
import { claimed, Kept } from "./claims.ts";
import { ASKED_MS, collectedWithin } from "./collected.ts";
import { resolved, SystemDisk } from "./disk.ts";
import { optionsOther, registriesOfOneName, threadEnded } from "./errors.ts";
import { Exporter, instanceOf } from "./exporter.ts";
import { Joining } from "./joining.ts";
import { type Left, leaversSwept, remembered } from "./left.ts";
import { sourceLabel, sourceName } from "./names.ts";
import { OwnOfProcesses } from "./own.ts";
import { imageName, registryPart } from "./paths.ts";
import { type SpoolProcess, SpoolReader, type SpoolStatistics } from "./reader.ts";
import { teller } from "./settings.ts";
import { othersIn, spoolChecked, type SpoolOptions } from "./spool-options.ts";
import { Source } from "./source.ts";
import { Way } from "./ways.ts";
import { WriterThread } from "./writer-thread.ts";
import { SpoolWriter } from "./writer.ts";
import { type SpoolWriterStatistics, writerSettings } from "./writer-settings.ts";

/** A scrape waits so long for what the others left: the first one reads it all. */
const TIMEOUT_SECONDS = 10;

/** A directory by which processes count together: what `spool` gives. */
export interface Spool {
  /** Writes what this process has counted up to now. Rejects where that is not possible. */
  flush(): Promise<void>;
  /** Reads what the others left, as every scrape does first. Rejects where the directory cannot be read. */
  refresh(): Promise<void>;
  /** Folds dead processes into one file now, instead of beside a scrape; resolves to whether there were any. */
  compact(): Promise<boolean>;
  /** The others, as far as their files tell. */
  processes(): SpoolProcess[];
  /** What it did so far; with `thread`, what that did up to the last `flush()`. */
  readonly statistics: { readonly writer: SpoolWriterStatistics | undefined; readonly reader: SpoolStatistics | undefined };
  /** Writes a last time, and takes what the others counted from the page. */
  close(): Promise<void>;
}

const spools = new Kept<Spooled>();
/** Which registry has which files: two with one name would write over each other's. */
const registries = new Map<string, Registry>();
/** Those that are not closed yet: the next one begins then. */
const closings = new Map<string, Promise<void>>();

/** Tells a spool from others of the process. */
function keyOf({ dir, name, run }: SpoolOptions): string {
  return `${dir}\n${name ?? "default"}\n${run ?? ""}`;
}

/** How often a thread looks whether the one that wrote for all is dead. */
const CLAIM_MS = 2000;

export class Spooled implements Spool {
  readonly #options: SpoolOptions;
  readonly #registry: Registry;
  readonly #key: string;
  readonly #own: OwnOfProcesses;
  readonly #told: (error: unknown) => void;
  /** What ends at once, and what does with its last word. */
  readonly #stops: (() => void)[] = [];
  readonly #ends: (() => void)[] = [];
  /** It writes, where it does. */
  readonly #begun: Promise<void> | undefined;
  #exporter: Exporter | undefined;
  #writer: SpoolWriter | undefined;
  #thread: WriterThread | undefined;
  #reader: SpoolReader | undefined;
  #way: Way | undefined;
  #refused = 0;
  #joining: Joining | undefined;
  #closing: Promise<void> | undefined;
  readonly #forget: (closing: Promise<void>) => void;

  constructor(options: SpoolOptions, forget: (closing: Promise<void>) => void) {
    const { registry = defaultRegistry, collect = true, write = true } = options;
    this.#options = options;
    this.#registry = registry;
    this.#key = keyOf(options);
    this.#forget = forget;
    this.#told = teller(options.onError);
    this.#own = new OwnOfProcesses(registry, sourceLabel("spool", options.name));
    try {
      if (collect) this.#reads();
      const before = closings.get(this.#key);
      // What is wrong is thrown now.
      if (write) writerSettings({ ...options, registry: options.name });
      if (write && before === undefined) this.#beginsToWrite();
      else if (write) this.#begun = before!.then(() => this.#beginsToWrite()).catch(this.#told);
      if (!collect) return;
      const what = `the spool ${shown(options.dir)}${options.name === undefined ? "" : `, name ${shown(options.name)},`}`;
      const way = new Way(registry, what, () => this.processes().map(({ instance }) => instance));
      this.#way = way;
      this.#ends.push(() => way.close());
      const uncollect = registry.gather(() => this.refresh(), { name: "spool", timeoutSeconds: TIMEOUT_SECONDS, onError: this.#told });
      this.#stops.push(uncollect);
    } catch (error) {
      // A writer is the last that can fail, but for a registry that is closed: whatever is there ends at once.
      void this.close();
      throw error;
    }
  }

  /** Somebody asks for it once more. */
  asked(options: SpoolOptions): void {
    const others = othersIn(options, this.#options);
    if (others.length > 0) this.#told(optionsOther(this.#options.dir, others));
  }

  get #common() {
    const { dir, name, application, run } = this.#options;
    return { dir, registry: name, application, run, onError: this.#told };
  }

  #beginsToWrite(): void {
    if (this.#writes()) return;
    // Another thread writes what all of them count.
    const stop = new SystemDisk().every(CLAIM_MS, () => {
      if (this.#exporter === undefined && this.#thread === undefined) this.#writes();
    });
    this.#ends.push(stop);
  }

  /** Begins to write for all threads; false where another one does. */
  #writes(): boolean {
    const claim = claimed(this.#registry, "spool writer", this.#key);
    if (claim === undefined) return false;
    try {
      if (this.#options.thread === true) this.#begins();
      else this.#writesHere();
    } catch (error) {
      claim.close();
      throw error;
    }
    this.#ends.push(() => claim.close());
    return true;
  }

  #writesHere(): void {
    const { flushSeconds, keepTotals, signals } = this.#options;
    const exporter = new Exporter(this.#registry);
    const endsProcess = currentRuntime().thread === 0;
    this.#writer = new SpoolWriter(exporter, {
      ...this.#common,
      flushSeconds,
      keepTotals,
      signals,
      joins: true,
      sweeps: true,
      endsProcess,
      collected: () => collectedWithin(this.#registry, ASKED_MS),
    });
    this.#exporter = exporter;
  }

  /** Begins a thread that writes, as long as it lives. */
  #begins(): void {
    const { dir, name, application, run, flushSeconds, keepTotals, signals = true } = this.#options;
    const options = { dir, registry: name, application, run, flushSeconds, keepTotals };
    // What is wrong is thrown here, and not there.
    writerSettings(options);
    const lost = threadFileLost(import.meta.url, "spool-thread.js");
    if (lost !== undefined) {
      this.#told(threadEnded(dir, lost));
      this.#writesHere();
      return;
    }
    this.#thread = new WriterThread(this.#registry, options, signals, this.#told, () => {
      this.#thread = undefined;
      if (this.#closing === undefined) this.#writesHere();
    });
  }

  /** Begins to read for all threads; false where another one does, whose collector answers every scrape. */
  #reads(): boolean {
    if (this.#reader !== undefined) return true;
    const claim = claimed(this.#registry, "spool reader", this.#key);
    if (claim === undefined) return false;
    const name = sourceName("spool", this.#key);
    // A higher run is another source, beside the one before until that is closed: so two names are enough. One that a dead
    // thread may have left under the second shows nothing any more.
    claimed(this.#registry, "spool", `${this.#key}\n1`)?.close();
    let lives = 0;
    const make = () => {
      const own = lives++ % 2 === 0 ? name : sourceName("spool", `${this.#key}\n1`);
      const told = (error: Error) => {
        this.#refused++;
        this.#told(error);
      };
      return new Source(this.#registry, own, told, true);
    };
    const { write: sweeps, keepTotals, askSeconds, deadAfterSeconds, foldAfterSeconds } = this.#options;
    const seconds = { askSeconds, deadAfterSeconds, foldAfterSeconds };
    const skip = () => this.#instance;
    try {
      this.#reader = new SpoolReader(make, { ...this.#common, ...seconds, keepTotals, sweeps, skip });
    } catch (error) {
      claim.close();
      throw error;
    }
    this.#stops.push(() => claim.close());
    return true;
  }

  /** That of this process, whichever thread writes: what it counted is in this memory. */
  get #instance(): string | undefined {
    if (this.#exporter !== undefined) return this.#exporter.instance;
    if (this.#thread?.instance !== undefined) return this.#thread.instance;
    return this.#options.write === false ? undefined : instanceOf(this.#registry);
  }

  #joins(): Joining {
    const { dir, name = "default", run, application = "" } = this.#options;
    return new Joining(new SystemDisk(), {
      dir,
      run,
      application,
      image: () => imageName(this.#instance!, registryPart(name)),
      joiner: () => this.#writer?.statistics ?? this.#thread?.joiner,
      again: () => void this.#writer?.flush().catch(this.#told),
    });
  }

  async flush(): Promise<void> {
    await this.#begun;
    await (this.#writer ?? this.#thread)?.flush();
  }

  async refresh(): Promise<void> {
    if (this.#closing !== undefined || !this.#reads()) return;
    if (this.#options.write !== false && !(await (this.#joining ??= this.#joins()).settled(() => this.#closing !== undefined))) return;
    const reader = this.#reader!;
    await reader.refresh();
    const living = reader.processes().filter(({ live }) => live);
    this.#own.tell({
      processes: living.length,
      ageSeconds: living.reduce((most, { ageSeconds }) => Math.max(most, ageSeconds), 0),
      refused: reader.statistics.refused + this.#refused,
    });
    this.#way?.look(this.#told);
  }

  async compact(): Promise<boolean> {
    return (await this.#reader?.compact()) ?? false;
  }

  processes(): SpoolProcess[] {
    return this.#reader?.processes() ?? [];
  }

  get statistics(): Spool["statistics"] {
    return { writer: (this.#writer ?? this.#thread)?.statistics, reader: this.#reader?.statistics };
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#close();
      this.#forget(this.#closing);
    }
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#reader?.close();
    this.#own.over();
    for (const stop of this.#stops.splice(0)) stop();
    await this.#begun;
    const left = await this.#leave(currentRuntime().thread === 0);
    this.#exporter?.close();
    for (const end of this.#ends.splice(0)) end();
    if (left !== undefined) remembered(new SystemDisk(), this.#registry, left);
  }

  /** Writes a last time. `all`: for every thread of the process, which leaves. */
  async #leave(all: boolean): Promise<Left | undefined> {
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread !== undefined) {
      const closed = await thread.close(all);
      if (closed !== undefined) return closed.left;
      // It died of it.
      this.#writesHere();
    }
    return this.#writer?.close(all);
  }
}

/**
 * Joins a spool: a directory in which the processes of an application leave what they have counted, so that any of them, or
 * `npx tallystick collect`, serves the sum. Each writes what changed once a second and at its end; what a killed process had
 * written counts on, in one file for all the dead. Gauges add up over the processes that live, or go by their `mode`.
 *
 * Call it in every process; in worker threads it may be called, too, as modules are that all of them load: one thread of a process
 * writes and reads for all. The same directory and registry once more is the same object. Throws a TypeError for options that
 * there are not, without a directory, and where it should neither write nor collect; a RangeError for seconds that are out of
 * bounds. What goes wrong later is told to `onError`, and never to the application.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { spool } from "tallystick/processes";
 *
 * const shared = spool({ dir: "metrics" });
 * registry.counter({ name: "spooled_jobs", help: "Jobs of all processes." }).inc();
 * await shared.flush();
 * await shared.close();
 * ```
 */
export function spool(options: SpoolOptions): Spool {
  spoolChecked(options);
  leaversSwept();
  const { registry = defaultRegistry, name = "default" } = options;
  const dir = resolved(options.dir);
  const whole = { ...options, dir };
  const key = keyOf(whole);
  const other = registries.get(key);
  if (other !== undefined && other !== registry) throw registriesOfOneName(dir, name);
  let isNew = false;
  const joined = spools.of(registry, key, (forget) => {
    isNew = true;
    const made = new Spooled(whole, (closing) => {
      forget();
      registries.delete(key);
      const over = closing.catch(() => undefined).finally(() => closings.get(key) === over && closings.delete(key));
      closings.set(key, over);
    });
    registries.set(key, registry);
    return made;
  });
  if (!isNew) joined.asked(whole);
  return joined;
}
