// Recorders: every sample with its time, kept raw in the memory that all threads share, until it is written to files or taken.

import { clock } from "../clock.ts";
import { registry as defaultRegistry, type Registry } from "../index.ts";
import type { ExpositionStream } from "../exposition.ts";
import { currentRuntime } from "../runtime.ts";
import { INSPECT } from "../inspect.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { chunks } from "./drain.ts";
import { NOT_STARTED, RecorderLabel } from "./label.ts";
import { OwnOfRecorder } from "./own.ts";
import type { DrainOptions, LabelOptions } from "./recorder-options.ts";
import { Rings } from "./rings.ts";
import { type Sampler, sampling } from "./sampler.ts";
import {
  checked,
  type Format,
  formatOf,
  keepingOf,
  othersIn,
  type RecorderOptions,
  type SamplesOptions,
  secondsOf,
  type Writing,
  writingOf,
} from "./settings.ts";
import { type Claim, Shown } from "./shown.ts";
import { type Timed, timedBy } from "./timed.ts";
import { listener } from "../processes/line.ts";
import { directoryNone, labelInvalid, optionsOther, ringFull, ringNone, samplersNone } from "./worded.ts";

/** @internal Writes into the directory; a runtime that has files brings one along. */
export interface FileWriter {
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** @internal */
export type MakeWriter = (
  registry: Registry,
  rings: Rings,
  writing: Writing,
  own: OwnOfRecorder,
  options: { readonly thread: boolean; readonly signals: boolean; readonly told: (error: unknown) => void },
) => FileWriter;

/** @internal What an entry knows of its runtime. */
export interface Surroundings {
  /** What rows show; 0 where there is none. */
  readonly process: number;
  readonly files: MakeWriter | undefined;
  /** A path that stays the same wherever the process goes. */
  readonly absolute: (dir: string) => string;
  readonly claim: Claim;
  readonly samplers: readonly Sampler[];
  /** Calls back again and again, and keeps no process alive; gives what ends that. */
  readonly every: (milliseconds: number, act: () => void) => () => void;
}

/** Of all threads since the recorder was made; files and bytes are this process's. */
export interface RecorderStatistics {
  /** Samples that were recorded by all threads: `written`, `dropped` and what waits add up to it. */
  readonly recorded: number;
  readonly written: number;
  readonly dropped: number;
  readonly waiting: number;
  /** How often a label was asked for that there was no room for, or that had more than 4096 bytes. */
  readonly refusedLabels: number;
  /** Files that this process wrote, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

const LABEL_OPTIONS: Kinds = { whole: "boolean" };
const DRAIN_OPTIONS: Kinds = { format: "string" };

/** Samples of all threads under one name, `prefix`: what `recorder()` gives. Values are numbers; of durations they are seconds. */
export class Recorder {
  readonly #rings: Rings;
  readonly #surroundings: Surroundings;
  readonly #own: OwnOfRecorder;
  readonly #files: FileWriter | undefined;
  /** Nobody else tells of a recorder without files. */
  readonly #shown: Shown | undefined;
  readonly #forget: () => void;
  readonly #options: RecorderOptions;
  readonly #told: (error: unknown) => void;
  /** What was told of options that differ. */
  readonly #others = new Set<string>();
  readonly #format: Format;
  readonly #labels = new Map<string, RecorderLabel>();
  #overflow: RecorderLabel | undefined;
  readonly #samplings = new Set<() => void>();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(options: RecorderOptions, surroundings: Surroundings, forget: () => void) {
    const { dir, registry = defaultRegistry, on, signals = true } = options;
    const keeping = keepingOf(options);
    const writing = dir === undefined ? undefined : writingOf({ ...options, dir });
    this.#format = formatOf(options.format);
    this.#surroundings = surroundings;
    this.#forget = forget;
    this.#options = options;
    this.#told = listener(options.onError);
    const rings = new Rings(registry, keeping);
    this.#rings = rings;
    rings.ringless = () => this.#told(ringNone(keeping.prefix, keeping.bytes, keeping.ringBytes));
    this.#own = new OwnOfRecorder(registry, keeping);
    // What another thread switched stays so, unless this one says something.
    if (on !== undefined || rings.isNew) rings.switched(on ?? true);
    if (writing === undefined) {
      this.#shown = new Shown(registry, rings, this.#own, surroundings.claim, surroundings.every);
      rings.dropping = () => {
        this.#shown!.show();
        // Who says that samples may be dropped need not hear of it.
        if (keeping.policy === "flush") this.#told(ringFull(keeping.prefix));
      };
      return;
    }
    const thread = options.thread ?? currentRuntime().shared;
    this.#files = surroundings.files!(registry, rings, writing, this.#own, { thread, signals, told: this.#told });
  }

  /**
   * A label, bound: the fast way to record. The same once more for the same name. Labels that there is no room for, and those of
   * more than 4096 bytes, are `tallystick_overflow`. Of a name the first call's options hold. Throws a TypeError for what is no
   * string, and for an option that there is not.
   */
  label(name: string, options?: LabelOptions): RecorderLabel {
    if (options !== undefined) checkOptions("label", options, LABEL_OPTIONS);
    const there = this.#labels.get(name);
    if (there !== undefined) return there;
    if (typeof name !== "string") throw labelInvalid(name);
    // Of texts with halves of characters, which are one in UTF-8, there are any number.
    const text = name.toWellFormed();
    if (text !== name) return this.label(text, options);
    const number = this.#rings.intern(name, options?.whole === true);
    // Labels come from anybody: nothing is kept of those that there was no room for.
    if (number === 0) return (this.#overflow ??= new RecorderLabel(this.#rings, "tallystick_overflow", 0));
    const label = new RecorderLabel(this.#rings, name, number);
    this.#labels.set(name, label);
    return label;
  }

  /** @internal A label that strangers chose: of those all threads together keep so many at most, and half of all. */
  strangers(name: string, most: number): RecorderLabel | undefined {
    const number = this.#rings.admit(name, most);
    return number === 0 ? undefined : new RecorderLabel(this.#rings, name, number);
  }

  /**
   * Records a value, now. What is no number becomes one as WebAssembly has it, for nothing is looked at: "1" is 1, undefined NaN; a
   * bigint and a symbol throw its TypeError.
   */
  record(label: string, value: number): void {
    if (this.#rings.words[this.#rings.on] === 0) return;
    this.label(label).record(value);
  }

  /** The moment that a duration begins at; a number, for `stop`. */
  start(label: string): number {
    return this.#rings.words[this.#rings.on] === 0 ? NOT_STARTED : this.label(label).start();
  }

  /** @internal The moment that a duration begins at whose label is not known yet; what `start` gives while recording is off. */
  began(): number {
    const rings = this.#rings;
    return rings.words[rings.on] === 0 ? NOT_STARTED : clock.now();
  }

  /** Records the seconds since `start` gave that number. */
  stop(label: string, started: number): void {
    if (this.#rings.words[this.#rings.on] !== 0) this.label(label).stop(started);
  }

  /** Runs a function and records how many seconds it took; see `RecorderLabel.time`. */
  time<T>(label: string, fn: () => T): T {
    return this.label(label).time(fn);
  }

  /**
   * A decorator of methods, getters, setters and fields with functions, as ECMAScript and TypeScript have them; with TypeScript's
   * `experimentalDecorators` of methods, getters and setters, and a TypeError for what else there is. Also a function that wraps
   * one: each call is timed. Without a label it is the name of what is decorated, which is empty for a function that has none.
   */
  timed(label?: string): Timed {
    return timedBy((name) => this.label(name), label);
  }

  /** Records from now on, in all threads. */
  on(): void {
    if (this.#closing === undefined) this.#rings.switched(true);
  }

  /** Records nothing from now on, in all threads: what is called meanwhile costs a look at one word. */
  off(): void {
    if (this.#closing === undefined) this.#rings.switched(false);
  }

  get isOn(): boolean {
    return this.#rings.isOn;
  }

  /**
   * What waits, as chunks of a file; taken once the last chunk was. Who stops before that leaves all of it for the next drain.
   * Throws a RecorderError `busy` while another thread drains; `over` where this thread began another drain meanwhile, and where
   * another one, or the thread that writes files, wanted to and waited a second without a chunk being taken: it has all of it then.
   */
  drain(options: DrainOptions = {}): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    checkOptions("drain", options, DRAIN_OPTIONS);
    const format = formatOf(options.format ?? this.#format, "drain");
    const drained = chunks(this.#rings, format, this.#surroundings.process);
    return this.#files === undefined ? this.#counted(drained) : drained;
  }

  *#counted(drained: Generator<Uint8Array<ArrayBuffer>, void, undefined>): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    yield* drained;
    this.#shown?.show();
  }

  /** The same as a stream, for a Response. */
  stream(options: DrainOptions = {}): ExpositionStream["body"] {
    const drained = this.drain(options);
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const { done, value } = drained.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        drained.return();
      },
    });
    return stream as unknown as ExpositionStream["body"];
  }

  /**
   * Samples what the runtime and the system tell of this thread and its process: CPU, memory, files, each run of the garbage
   * collector, and how late timers are. Keeps no process alive. Gives what ends it; `close()` does, too. Throws a RangeError for
   * seconds out of bounds, a TypeError where the runtime tells nothing.
   */
  samples(options: SamplesOptions = {}): () => void {
    const { samplers, every } = this.#surroundings;
    const seconds = secondsOf(options);
    if (samplers.length === 0) throw samplersNone();
    const one = sampling(samplers, (name, labelled) => this.label(name, labelled));
    const end = every(seconds * 1000, () => one.sample());
    const stop = () => {
      if (!this.#samplings.delete(stop)) return;
      end();
      one.stop();
    };
    this.#samplings.add(stop);
    one.sample();
    return stop;
  }

  /**
   * Writes what waits into the directory. Rejects where that is not possible. Without a directory it resolves at once and nothing
   * is written: what waits is for `drain()` and `stream()`.
   */
  async flush(): Promise<void> {
    await this.#files?.flush();
  }

  get statistics(): RecorderStatistics {
    const written = this.#files === undefined ? { files: 0, bytes: 0 } : this.#own.written;
    return { ...this.#rings.counts, refusedLabels: this.#rings.refusedLabels, ...written };
  }

  /** @internal Somebody asks for it once more. */
  asked(options: RecorderOptions): void {
    const others = othersIn(options, this.#options);
    if (others.length === 0 || this.#others.has(others.join())) return;
    this.#others.add(others.join());
    this.#told(optionsOther(this.#rings.keeping.prefix, others));
  }

  /**
   * Ends recording in this thread and writes what waits; other threads go on, and one of them writes. Rejects where that is not
   * possible: then it is tried once more when the process ends, and `recorder()` with the same options has what waits, too. Without
   * a directory nothing is written: what waits is there for `drain()`, here and of that recorder, and lost with the process. Called
   * again it gives the same promise.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#ended());
  }

  async #ended(): Promise<void> {
    for (const stop of this.#samplings) stop();
    this.#rings.leave();
    this.#forget();
    this.#shown?.close();
    await this.#files?.close();
  }

  /** @internal */
  [INSPECT](): string {
    const { prefix, dir } = this.#rings.keeping;
    return `Recorder { ${prefix}${dir === "" ? "" : ` in ${JSON.stringify(dir)}`} }`;
  }
}

/** What there is in this thread: asked for twice it is the same, until it is closed. */
const recorders = new WeakMap<Registry, Map<string, Recorder>>();

/** @internal The recorder of such options in this thread. */
export function recorderOf(given: RecorderOptions, surroundings: Surroundings): Recorder {
  const options = checked(given);
  const { registry = defaultRegistry, prefix = "samples" } = options;
  if (options.dir !== undefined && surroundings.files === undefined) throw directoryNone(options.dir);
  const dir = options.dir === undefined ? undefined : surroundings.absolute(options.dir);
  let own = recorders.get(registry);
  if (own === undefined) recorders.set(registry, (own = new Map()));
  const key = `${dir ?? ""}\n${prefix}`;
  const there = own.get(key);
  if (there !== undefined) {
    there.asked({ ...options, dir });
    return there;
  }
  const made = new Recorder({ ...options, dir }, surroundings, () => own.delete(key));
  own.set(key, made);
  return made;
}
