// Profilers: where the time of each thread goes and what it keeps alive, by the runtime's own profilers, on and off at run time, as
// files that DevTools opens. Each thread profiles itself, and what is taken is written by the thread that took it.
//
// A profile that runs for ever would grow for ever, so each `seconds` what there is becomes a file and the next one begins. The
// last word is written where the process ends; there the first thread switches all others off and waits for them, for with it they end.

import { registry as defaultRegistry, type Registry } from "../index.ts";
import { INSPECT } from "../inspect.ts";
import { Kept } from "../processes/claims.ts";
import { SystemDisk } from "../processes/disk.ts";
import { atExit } from "../processes/exits.ts";
import { listener } from "../processes/line.ts";
import { currentRuntime } from "../runtime.ts";
import { OwnOfRecorder } from "./own.ts";
import { ProfileFolder } from "./profile-folder.ts";
import { Inspector } from "./profile-inspector.ts";
import { cpuKind, hasHeap, heapKind } from "./profile-kinds.ts";
import { Recording } from "./profile-recording.ts";
import { ProfileSwitch } from "./profile-switch.ts";
import { type ProfilerOptions, type Profiling, profilingOf } from "./profiler-settings.ts";
import { profilerOther, profilesLate, profilesNone } from "./worded.ts";

/** How long the end of the process waits for the profiles of other threads: one takes some 50 ms, and one whose event loop stands still takes none. */
const LAST_MS = 1000;
/**
 * An end has several ways and some come one after the other, on a busy machine tens of milliseconds later: what is so young is the last
 * word's own, and no file.
 */
const SAID_MS = 100;
/** What may be an end and is none, as a signal that the application handles, comes as often as it likes; each file takes some 50 ms. */
const MAYBE_LAST_EACH_MS = 1000;

/** How often it is asked whether profiles grew too old: who looks at the directory is the retention, sixteen times in that time at most. */
const TIDY_MS = 1000;

/** Throws a TypeError where this runtime has not what is wanted. */
function wanted({ heap }: Profiling): void {
  const inspector = new Inspector();
  try {
    inspector.open();
  } catch (error) {
    throw error instanceof TypeError ? error : profilesNone(String(error));
  }
  try {
    if (heap && !hasHeap(inspector)) throw profilesNone("this runtime has no profiles of the heap; leave heap out");
  } finally {
    inspector.close();
  }
}

/** Profiles of this thread, a file each `seconds`: what `profiler()` gives. What goes wrong while nobody waits is told to `onError`. */
export class Profiler {
  readonly #profiling: Profiling;
  readonly #told: (error: unknown) => void;
  readonly #disk = new SystemDisk();
  readonly #signals: boolean;
  readonly #optionsTold = new Set<string>();
  readonly #folder: ProfileFolder;
  readonly #recordings: readonly Recording[];
  readonly #switch: ProfileSwitch;
  readonly #own: OwnOfRecorder;
  readonly #forget: () => void;
  readonly #isFirst: boolean;
  readonly #unlisten: () => void;
  /** Profiles grow older also while there are none. */
  readonly #untidy: (() => void) | undefined;
  /** While this thread profiles. */
  #untime: (() => void) | undefined;
  #saidAt = -Infinity;
  #closed = false;

  /** @internal */
  constructor(options: ProfilerOptions, profiling: Profiling, registry: Registry, forget: () => void) {
    const { dir, prefix, seconds, cpu, heap, intervalMicroseconds, heapIntervalBytes } = profiling;
    const { thread } = currentRuntime();
    this.#profiling = profiling;
    this.#forget = forget;
    this.#told = listener(options.onError);
    this.#isFirst = thread === 0;
    wanted(profiling);
    const folder = new ProfileFolder(this.#disk, profiling, thread);
    this.#folder = folder;
    const kinds = [...(cpu ? [cpuKind(intervalMicroseconds, seconds)] : []), ...(heap ? [heapKind(heapIntervalBytes, seconds)] : [])];
    this.#recordings = kinds.map((kind) => new Recording(kind, folder, seconds, this.#told));
    this.#switch = new ProfileSwitch(registry, dir, prefix);
    this.#own = new OwnOfRecorder(registry, { dir, prefix });
    this.#signals = options.signals ?? true;
    this.#unlisten = atExit({ flushSync: (ended) => this.#last(ended) }, this.#signals && this.#isFirst);
    if (profiling.retainSeconds < Infinity) this.#untidy = this.#disk.every(TIDY_MS, () => folder.tidy());
    // What another thread switched stays so, unless this one says something.
    if (options.on !== undefined || this.#switch.isNew) this.#switch.set(options.on ?? true);
    if (!this.#switch.isOn) this.#ready(false);
    this.#follow().catch(this.#told);
  }

  /** @internal The same profiler was asked for once more: `on` is heard, and of all else what was said first holds. */
  again(options: ProfilerOptions, profiling: Profiling): void {
    const mine = { ...this.#profiling, signals: this.#signals };
    const others = { ...profiling, signals: options.signals ?? true };
    const told = Object.keys(mine).filter((option) => {
      const name = option as keyof typeof mine & keyof ProfilerOptions;
      return options[name] !== undefined && others[name] !== mine[name] && !this.#optionsTold.has(name);
    });
    for (const option of told) this.#optionsTold.add(option);
    if (told.length > 0) this.#told(profilerOther(this.#profiling.prefix, told));
    // Who says false may have said it before, and somebody switched it on since.
    if (options.on === true) this.on();
  }

  /** Tells what would keep profiles from being written. */
  #ready(make: boolean): void {
    try {
      this.#folder.ready(make);
    } catch (error) {
      this.#recordings[0]?.telling.tell(error);
    }
  }

  /** Does as the switch says, now and whenever it changes. */
  async #follow(): Promise<void> {
    while (!this.#closed) {
      const { isOn } = this.#switch;
      this.#switched(isOn);
      await this.#switch.changed(isOn);
    }
  }

  /** This thread, as the switch is; gives the files that were written. */
  #switched(on: boolean): readonly string[] {
    if (on === (this.#untime !== undefined)) return [];
    if (on) {
      this.#ready(true);
      this.#switch.busy(true);
      this.#untime = this.#disk.every(this.#profiling.seconds * 1000, () => this.#turned(true));
      return this.#turned(true);
    }
    return this.#ended(() => this.#turned(false));
  }

  #ended<T>(act: () => T): T {
    this.#untime?.();
    this.#untime = undefined;
    const result = act();
    this.#switch.busy(false);
    return result;
  }

  /** A turn of each kind; what went wrong is told, unless somebody else is to `hear` of it. */
  #turned(goesOn: boolean, hear?: (failure: unknown) => void): readonly string[] {
    const paths: string[] = [];
    for (const recording of this.#recordings) {
      const { file, failure } = recording.turn(goesOn);
      if (file !== undefined) {
        paths.push(file.path);
        this.#own.wrote(1, file.bytes);
      }
      if (failure === undefined) {
        // One that has begun only may not be written yet.
        if (file !== undefined) recording.telling.well();
        continue;
      }
      this.#own.failed();
      if (hear === undefined) recording.telling.tell(failure);
      else hear(failure);
    }
    return paths;
  }

  /** The last word. Never throws. */
  #last(ended: boolean): void {
    if (this.#untime !== undefined) {
      const sinceSaid = this.#disk.monotonic() - this.#saidAt;
      if (!ended) {
        // Whoever finds more to do goes on, and so do we.
        if (sinceSaid < MAYBE_LAST_EACH_MS) return;
        this.#turned(true);
      } else if (sinceSaid < SAID_MS) {
        this.#ended(() => {
          for (const recording of this.#recordings) recording.drop();
        });
      } else this.#switched(false);
      this.#saidAt = this.#disk.monotonic();
    }
    if (!ended || !this.#isFirst || this.#closed) return;
    this.#switch.set(false);
    const late = this.#switch.idle(LAST_MS);
    if (late > 0) this.#told(profilesLate(late, LAST_MS / 1000));
  }

  /** Profiles from now on, in all threads: in this one at once, in others as soon as their event loop turns. */
  on(): void {
    if (this.#closed) return;
    this.#switch.set(true);
    this.#switched(true);
  }

  /**
   * Profiles no more, in any thread; each writes what it has, this one at once. Gives the paths of the files that this thread wrote.
   * Never throws: what goes wrong is told to `onError`.
   */
  off(): readonly string[] {
    if (this.#closed) return [];
    this.#switch.set(false);
    return this.#switched(false);
  }

  /** Whether it is switched on, for all threads. */
  get isOn(): boolean {
    return !this.#closed && this.#switch.isOn;
  }

  /**
   * Writes what this thread has and goes on; gives the paths of the files, none while it is off. Rejects where that is not possible.
   */
  async flush(): Promise<readonly string[]> {
    return this.#untime === undefined ? [] : this.#heard(() => this.#turned(true, this.#fail));
  }

  /** Ends it in this thread and writes what it has; other threads go on. Gives the paths of the files. Rejects where that is not possible. */
  async close(): Promise<readonly string[]> {
    if (this.#closed) return [];
    this.#closed = true;
    this.#unlisten();
    this.#untidy?.();
    this.#forget();
    // Whoever waits for a change looks again and finds it closed.
    this.#switch.wake();
    return this.#untime === undefined ? [] : this.#heard(() => this.#ended(() => this.#turned(false, this.#fail)));
  }

  #failures: unknown[] = [];
  readonly #fail = (failure: unknown) => {
    this.#failures.push(failure);
  };

  /** What `act` gives; throws the first of what went wrong in it. */
  #heard<T>(act: () => T): T {
    this.#failures = [];
    const result = act();
    if (this.#failures.length > 0) throw this.#failures[0];
    return result;
  }

  /** @internal */
  [INSPECT](): string {
    const { prefix, dir } = this.#profiling;
    return `Profiler { ${prefix} in ${JSON.stringify(dir)} }`;
  }
}

/** What there is in this thread: asked for twice it is the same, until it is closed. */
const profilers = new Kept<Profiler>();

/**
 * Profiles of this thread, and of every other one that says the same: by the runtime's own profilers, as `.cpuprofile` and
 * `.heapprofile` files that DevTools and editors open. The same options once more are the same profiler. It is on at once, unless
 * `on` is false, and `on()` and `off()` switch all threads of the registry. While it is off, it costs nothing. Of a profiler that this
 * thread has, other options than at first are told and do not hold, but for `on: true`.
 *
 * Throws a TypeError for options that there are not and where the runtime has no such profiler, a RangeError for those out of bounds,
 * and a RecorderError: `too-many` for the 65th of a memory, recorders and profilers together, `memory`. What goes wrong later is
 * told to `onError`, and never to the application: `busy` where another session has the one profile that there can be, `profiler`
 * where the runtime fails, `unwritable`, `options`.
 *
 * @example
 * ```ts
 * import { profiler } from "tallystick/record";
 *
 * const profile = profiler({ dir: "profiles", on: false });
 * profile.on();
 * profile.off().length; // 1
 * ```
 */
export function profiler(given: ProfilerOptions): Profiler {
  const { options, profiling } = profilingOf(given);
  const { registry = defaultRegistry } = options;
  const key = `${profiling.dir}\n${profiling.prefix}`;
  let made: Profiler | undefined;
  const profile = profilers.of(registry, key, (forget) => (made = new Profiler(options, profiling, registry, forget)));
  if (made === undefined) profile.again(options, profiling);
  return profile;
}
