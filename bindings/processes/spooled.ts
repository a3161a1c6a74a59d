// A process's part in a spool: it leaves its image there, and where it is scraped it serves the sum of all.

import { registry as defaultRegistry, type Registry } from "../index.ts";
import { optionInvalid } from "../errors.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { currentRuntime } from "../runtime.ts";
import { claimed, Kept } from "./claims.ts";
import { resolved, SystemDisk } from "./disk.ts";
import { registriesOfOneName, spoolIdle } from "./errors.ts";
import { Exporter, instanceOf } from "./exporter.ts";
import { Joining } from "./joining.ts";
import { type Left, leaversSwept, remembered } from "./left.ts";
import { sourceLabel, sourceName } from "./names.ts";
import { OwnOfProcesses } from "./own.ts";
import { imageName, registryPart } from "./paths.ts";
import { type SpoolProcess, SpoolReader, type SpoolStatistics } from "./reader.ts";
import { teller } from "./settings.ts";
import { Source } from "./source.ts";
import { WriterThread } from "./writer-thread.ts";
import { SpoolWriter } from "./writer.ts";
import { type SpoolWriterStatistics, writerSettings } from "./writer-settings.ts";

export interface SpoolOptions {
  /** The directory, from where the process is now; made by who writes, where it is absent. On a disk of this machine, or one that all processes share. */
  readonly dir: string;
  /** What is told and shown; the default registry. */
  readonly registry?: Registry | undefined;
  /** The registry's name, the same in all processes: each has files of its own. `default` by default. */
  readonly name?: string | undefined;
  /** False: this process only leaves its image; what it serves is its own alone. True by default. */
  readonly collect?: boolean | undefined;
  /** False: this process counts nothing itself, it only serves what others left. True by default. */
  readonly write?: boolean | undefined;
  /** What tells this application from others, where two might use one directory. */
  readonly application?: string | undefined;
  /** Names the run, for totals that go on when all processes end and begin again. By default a run ends with its last process. */
  readonly run?: string | undefined;
  /** Takes what earlier runs counted along. False by default: totals begin at 0 when the application does. */
  readonly keepTotals?: boolean | undefined;
  /** How often this process writes what changed, in seconds: 1 by default. 0: only at the start, at its end and when asked. */
  readonly flushSeconds?: number | undefined;
  /** True: a thread of its own writes, which goes on while this one is blocked. False by default: a flush takes some 0.1 ms. */
  readonly thread?: boolean | undefined;
  /**
   * False where the process flushes itself before a signal ends it. True by default: then a signal that nobody else listens to
   * ends it, once it has flushed. Whoever listens and waits to be the only one that does would wait for us, but for signal-exit.
   */
  readonly signals?: boolean | undefined;
  /** How long a scrape waits for the others to write what they have, in seconds: 0.05 by default, 0 for not asking. */
  readonly askSeconds?: number | undefined;
  /** After so long without a sign of one whose death nobody can prove, its live gauges are left out: 60 seconds. */
  readonly deadAfterSeconds?: number | undefined;
  /** And after so long it is folded, and its file removed: 600 seconds. */
  readonly foldAfterSeconds?: number | undefined;
  /** Hears what went wrong, each thing at each path once; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: Kinds = {
  dir: "string",
  registry: "Object",
  name: "string",
  collect: "boolean",
  write: "boolean",
  application: "string",
  run: "string",
  keepTotals: "boolean",
  flushSeconds: "number",
  thread: "boolean",
  signals: "boolean",
  askSeconds: "number",
  deadAfterSeconds: "number",
  foldAfterSeconds: "number",
  onError: "function",
};

function checked(options: SpoolOptions): void {
  checkOptions("spool", options, OPTIONS);
  const { dir, registry = defaultRegistry, collect = true, write = true } = options;
  // Of another copy it may be, or of a worker's.
  if (typeof registry.expose !== "function") throw optionInvalid("spool", "registry", registry, "Registry");
  if (typeof dir !== "string" || dir === "") throw optionInvalid("spool", "dir", dir, "string that names a directory");
  if (!collect && !write) throw spoolIdle(dir);
}

/** A scrape waits so long for what the others left: the first one reads it all. */
const TIMEOUT_SECONDS = 10;

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

const spools = new Kept<Spool>();
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
      const uncollect = registry.collect(() => this.refresh(), { name: "spool", timeoutSeconds: TIMEOUT_SECONDS, onError: this.#told });
      this.#stops.push(uncollect);
    } catch (error) {
      // A writer is the last that can fail, but for a registry that is closed: whatever is there ends at once.
      void this.close();
      throw error;
    }
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
    });
    this.#exporter = exporter;
  }

  /** Begins a thread that writes, as long as it lives. */
  #begins(): void {
    const { dir, name, application, run, flushSeconds, keepTotals, signals = true } = this.#options;
    const options = { dir, registry: name, application, run, flushSeconds, keepTotals };
    // What is wrong is thrown here, and not there.
    writerSettings(options);
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
      return new Source(this.#registry, own, (error) => {
        this.#refused++;
        this.#told(error);
      });
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
  checked(options);
  leaversSwept();
  const { registry = defaultRegistry, name = "default" } = options;
  const dir = resolved(options.dir);
  const whole = { ...options, dir };
  const key = keyOf(whole);
  const other = registries.get(key);
  if (other !== undefined && other !== registry) throw registriesOfOneName(dir, name);
  return spools.of(registry, key, (forget) => {
    const made = new Spooled(whole, (closing) => {
      forget();
      registries.delete(key);
      const over = closing.catch(() => undefined).finally(() => closings.get(key) === over && closings.delete(key));
      closings.set(key, over);
    });
    registries.set(key, registry);
    return made;
  });
}
