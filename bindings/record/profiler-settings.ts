// What users say of a profiler, checked, with what holds where they say nothing.

import type { Registry } from "../index.ts";
import { optionInvalid } from "../errors.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { resolved } from "../processes/disk.ts";
import type { Retaining } from "./retention.ts";
import { numberOf, placed, said } from "./settings.ts";
import { profilesMissing, profileTooLong } from "./worded.ts";

/** What `profiler` takes. */
export interface ProfilerOptions {
  /** Where profiles are written, by as many threads and processes as like to; made where it is absent, for its owner alone. */
  readonly dir: string;
  /** What the names of files begin with; profilers of one directory and registry are told apart by it. `profiler` by default. */
  readonly prefix?: string | undefined;
  /** Threads of this registry are switched on and off together; the default registry. */
  readonly registry?: Registry | undefined;
  /** Whether profiling begins at once: true by default. */
  readonly on?: boolean | undefined;
  /** Where the time goes: true by default. */
  readonly cpu?: boolean | undefined;
  /** What is alive of what is allocated from now on: false by default. Bun has none. */
  readonly heap?: boolean | undefined;
  /** How often the CPU profile looks: 1000 by default, V8's own; 100 to 1,000,000. */
  readonly intervalMicroseconds?: number | undefined;
  /** How many bytes are allocated between two samples of the heap: 524,288 by default, as of Node's `--heap-prof`; 1024 to 1,073,741,824. */
  readonly heapIntervalBytes?: number | undefined;
  /** A file each so many seconds: 60 by default, 1 to 3600, and at most 3,600,000 samples. */
  readonly seconds?: number | undefined;
  /** Removes the oldest files of this prefix, whoever wrote them, where all of them have more bytes: 256 MiB by default, 1 MiB at least. */
  readonly retainBytes?: number | undefined;
  /** Removes files of this prefix that are older. */
  readonly retainSeconds?: number | undefined;
  /** False where the process calls `off()` or `close()` itself before a signal ends it. True by default. */
  readonly signals?: boolean | undefined;
  /** Hears what went wrong, once for as long as it is wrong; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const KINDS: Kinds = {
  dir: "string",
  prefix: "string",
  registry: "Object",
  on: "boolean",
  cpu: "boolean",
  heap: "boolean",
  intervalMicroseconds: "number",
  heapIntervalBytes: "number",
  seconds: "number",
  retainBytes: "number",
  retainSeconds: "number",
  signals: "boolean",
  onError: "function",
};

/** What holds. */
export interface Profiling extends Retaining {
  readonly prefix: string;
  readonly cpu: boolean;
  readonly heap: boolean;
  readonly intervalMicroseconds: number;
  readonly heapIntervalBytes: number;
  readonly seconds: number;
}

const PROFILER = "profiler";
/** V8's, Node's and Bun's. */
const INTERVAL_DEFAULT = 1000;
/** Below that a thread does little else than being looked at. */
const INTERVAL_LEAST = 100;
const INTERVAL_MOST = 1_000_000;
/** Of Node's `--heap-prof-interval`: one allocation of 10,000 is seen, and V8 spends nothing that could be measured. */
const HEAP_INTERVAL_DEFAULT = 512 * 1024;
const HEAP_INTERVAL_LEAST = 1024;
const HEAP_INTERVAL_MOST = 2 ** 30;
/** A file of some 1 MB from a busy thread, and that much memory meanwhile. */
const SECONDS_DEFAULT = 60;
const SECONDS_MOST = 3600;
/** An hour at the default interval: some 150 MB while it is taken, and a file of 40. */
const SAMPLES_MOST = 3_600_000;
const MICROSECONDS = 1_000_000;
/** Four hours of a busy thread: a profiler that is forgotten fills no disk. */
const RETAIN_BYTES_DEFAULT = 256 << 20;
const RETAIN_BYTES_LEAST = 1 << 20;

/** Throws a TypeError or a RangeError for what is no option or out of bounds. */
export function profilingOf(given: ProfilerOptions): { readonly options: ProfilerOptions; readonly profiling: Profiling } {
  checkOptions(PROFILER, given, KINDS);
  const options = said(given);
  const { dir, prefix = PROFILER, cpu = true, heap = false } = options;
  if (dir === undefined) throw optionInvalid(PROFILER, "dir", dir, "string that names a directory");
  placed(PROFILER, options, PROFILER);
  if (!cpu && !heap) throw profilesMissing();
  const bounded = (option: keyof ProfilerOptions & keyof Profiling, own: number, least: number, most: number) =>
    numberOf(option, options[option] as number | undefined, own, least, most, PROFILER);
  const intervalMicroseconds = bounded("intervalMicroseconds", INTERVAL_DEFAULT, INTERVAL_LEAST, INTERVAL_MOST);
  const seconds = bounded("seconds", SECONDS_DEFAULT, 1, SECONDS_MOST);
  if ((seconds * MICROSECONDS) / intervalMicroseconds > SAMPLES_MOST) throw profileTooLong(seconds, intervalMicroseconds, SAMPLES_MOST);
  const profiling = {
    dir: resolved(dir),
    prefix,
    cpu,
    heap,
    intervalMicroseconds,
    heapIntervalBytes: bounded("heapIntervalBytes", HEAP_INTERVAL_DEFAULT, HEAP_INTERVAL_LEAST, HEAP_INTERVAL_MOST),
    seconds,
    retainBytes: bounded("retainBytes", RETAIN_BYTES_DEFAULT, RETAIN_BYTES_LEAST, Infinity),
    retainSeconds: bounded("retainSeconds", Infinity, 1, Infinity),
  };
  return { options, profiling };
}
