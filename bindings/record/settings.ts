// What users say of a recorder, checked, with what holds where they say nothing.

import type { Registry } from "../index.ts";
import { optionInvalid } from "../errors.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { choiceInvalid, directoryMissing, numberOutside, prefixInvalid, secondsOutside } from "./worded.ts";

/** What `samples` of a recorder takes. */
export interface SamplesOptions {
  /** How often: 1 by default, 0.05 at least. */
  readonly seconds?: number;
}

/** What `recorder` takes. */
export interface RecorderOptions {
  /** Where files are written, for as many processes as like to; made where it is absent. Without it, take what `drain()` gives. */
  readonly dir?: string | undefined;
  /** What the names of files begin with; recorders of one directory and registry are told apart by it. `samples` by default. */
  readonly prefix?: string | undefined;
  /** Threads of this registry share the recorder; the default registry. */
  readonly registry?: Registry | undefined;
  /** The most that the samples of all threads take, in bytes, 28 each: 32 MiB by default. */
  readonly bytes?: number | undefined;
  /** What one thread's take of it: 1 MiB by default, and less where it is no power of two. */
  readonly ringBytes?: number | undefined;
  /** Labels that are told apart: 1024 by default, at most 65,535. Others are `tallystick_overflow`. */
  readonly maxLabels?: number | undefined;
  /**
   * What becomes of samples that find their thread's ring full. `flush`, the default: at half the ring it is written; who is still
   * faster loses the newest. `drop-oldest` and `drop-newest`: it is written at `flushSeconds` and `flushBytes` alone.
   */
  readonly policy?: Policy | undefined;
  /** Whether recording begins at once: true by default. */
  readonly on?: boolean | undefined;
  /** `csv`, the default: Timepoint,Measurement,Label,PID; or `jsonl`: an object a line. */
  readonly format?: Format | undefined;
  /** Writes what waits so often, in seconds: 10 by default; 0: not by time. */
  readonly flushSeconds?: number | undefined;
  /** Writes as soon as samples of so many bytes wait, 28 each; 0, the default: when half a ring is full. */
  readonly flushBytes?: number | undefined;
  /** The longest file: 64 MiB by default, 64 KiB at least. */
  readonly maxFileBytes?: number | undefined;
  /** Removes the oldest files of this prefix, whoever wrote them, where all of them have more bytes. */
  readonly retainBytes?: number | undefined;
  /** Removes files of this prefix that are older. */
  readonly retainSeconds?: number | undefined;
  /** True, the default where there are threads: a thread of its own writes. False: a thread that records does, in between. */
  readonly thread?: boolean | undefined;
  /** False where the process calls `flush()` itself before a signal ends it. True by default. */
  readonly signals?: boolean | undefined;
  /** Hears what went wrong, once for as long as it is wrong; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const POLICIES = ["flush", "drop-oldest", "drop-newest"] as const;
export const FORMATS = ["csv", "jsonl"] as const;

/**
 * What becomes of a ring that fills: `flush` writes it from its half on, and drops the newest of who is faster; the others write by time and by
 * `flushBytes` alone, and drop the oldest or the newest. What is dropped is counted.
 */
export type Policy = (typeof POLICIES)[number];

/** How samples are written: CSV with a header, or an object a line. */
export type Format = (typeof FORMATS)[number];

/** The core's numbers of both. */
export const policyNumber = (policy: Policy) => POLICIES.indexOf(policy);
export const formatNumber = (format: Format) => FORMATS.indexOf(format);

const KINDS: Kinds = {
  dir: "string",
  prefix: "string",
  registry: "Object",
  bytes: "number",
  ringBytes: "number",
  maxLabels: "number",
  policy: "string",
  on: "boolean",
  format: "string",
  flushSeconds: "number",
  flushBytes: "number",
  maxFileBytes: "number",
  retainBytes: "number",
  retainSeconds: "number",
  thread: "boolean",
  signals: "boolean",
  onError: "function",
};

/** Of what is written, and how: what a thread that writes needs, and what can be cloned. */
export interface Writing {
  readonly dir: string;
  readonly prefix: string;
  readonly format: Format;
  readonly flushSeconds: number;
  readonly flushBytes: number;
  readonly maxFileBytes: number;
  readonly retainBytes: number;
  readonly retainSeconds: number;
}

/** Of what is kept in memory. */
export interface Keeping {
  readonly prefix: string;
  /** "" for none. */
  readonly dir: string;
  readonly policy: Policy;
  readonly bytes: number;
  readonly ringBytes: number;
  readonly maxLabels: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const BYTES_DEFAULT = 32 * MIB;
/** 37,000 samples: more than the telemetry module that this is like keeps in its 1 MiB. */
const RING_BYTES_DEFAULT = MIB;
const RING_BYTES_LEAST = 4 * KIB;
const RING_BYTES_MOST = 256 * MIB;
const BYTES_MOST = 0x7fffffff;
const LABELS_DEFAULT = 1024;
const LABELS_MOST = 65535;
const FLUSH_SECONDS_DEFAULT = 10;
/** A day; also of seconds that files are kept, times a thousand. */
const SECONDS_MOST = 86400;
const FILE_BYTES_DEFAULT = 64 * MIB;
/** A row with its label is no longer than half of it. */
export const FILE_BYTES_LEAST = 64 * KIB;
const PREFIX = /^[\w-]{1,100}$/;

/** Of an option, or what holds where nothing is said; `what` says whose it is. */
export function numberOf(option: string, value: number | undefined, own: number, least: number, most: number, what = "recorder"): number {
  const number = value ?? own;
  if (!(number >= least && number <= most)) throw numberOutside(what, option, value, least, most);
  return number;
}

function choiceOf<T extends string>(option: string, value: T | undefined, choices: readonly T[], act = "make"): T {
  const choice = value ?? choices[0]!;
  if (!choices.includes(choice)) throw choiceInvalid(act, option, value, choices);
  return choice;
}

/** `act` says what is done with the recorder. */
export function formatOf(format: Format | undefined, act = "make"): Format {
  return choiceOf("format", format, FORMATS, act);
}

/** Of samplers. */
const INTERVAL_LEAST = 0.05;

export function secondsOf(options: SamplesOptions): number {
  checkOptions("samples", options, { seconds: "number" });
  const seconds = options.seconds ?? 1;
  if (!(seconds >= INTERVAL_LEAST && seconds <= SECONDS_MOST)) throw secondsOutside(seconds, INTERVAL_LEAST, SECONDS_MOST);
  return seconds;
}

/** What is null says nothing. */
export function said<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as T;
}

/** Rejects what is no directory, no registry or no prefix. */
export function placed(what: string, { dir, registry, prefix }: Pick<RecorderOptions, "dir" | "registry" | "prefix">, own: string): void {
  if (dir === "") throw optionInvalid(what, "dir", dir, "string that names a directory");
  // Of another copy it may be, or of a worker's.
  if (registry !== undefined && typeof registry.expose !== "function") throw optionInvalid(what, "registry", registry, "Registry");
  if (!PREFIX.test(prefix ?? own)) throw prefixInvalid(prefix);
}

/** What was said. Rejects what is no option, and what needs a directory where there is none. */
export function checked(given: RecorderOptions): RecorderOptions {
  checkOptions("recorder", given, KINDS);
  const options = said(given);
  placed("recorder", options, "samples");
  const { dir } = options;
  if (dir !== undefined) return options;
  for (const option of ["flushSeconds", "flushBytes", "maxFileBytes", "retainBytes", "retainSeconds", "thread"] as const) {
    if (options[option] !== undefined) throw directoryMissing(option);
  }
  return options;
}

export function keepingOf(options: RecorderOptions): Keeping {
  const { dir = "", prefix = "samples" } = options;
  const bytes = Math.floor(numberOf("bytes", options.bytes, BYTES_DEFAULT, RING_BYTES_LEAST, BYTES_MOST));
  const most = Math.min(bytes, RING_BYTES_MOST);
  return {
    prefix,
    dir,
    policy: choiceOf("policy", options.policy, POLICIES),
    bytes,
    ringBytes: Math.floor(numberOf("ringBytes", options.ringBytes, Math.min(most, RING_BYTES_DEFAULT), RING_BYTES_LEAST, most)),
    maxLabels: Math.floor(numberOf("maxLabels", options.maxLabels, LABELS_DEFAULT, 1, LABELS_MOST)),
  };
}

export function writingOf(options: RecorderOptions & { readonly dir: string }): Writing {
  const { dir, prefix = "samples" } = options;
  const retainBytes = numberOf("retainBytes", options.retainBytes, Infinity, FILE_BYTES_LEAST, Infinity);
  const fileMost = Math.min(retainBytes, Number.MAX_SAFE_INTEGER);
  return {
    dir,
    prefix,
    format: formatOf(options.format),
    flushSeconds: numberOf("flushSeconds", options.flushSeconds, FLUSH_SECONDS_DEFAULT, 0, SECONDS_MOST),
    flushBytes: numberOf("flushBytes", options.flushBytes, 0, 0, BYTES_MOST),
    maxFileBytes: numberOf("maxFileBytes", options.maxFileBytes, Math.min(FILE_BYTES_DEFAULT, fileMost), FILE_BYTES_LEAST, fileMost),
    retainBytes,
    retainSeconds: numberOf("retainSeconds", options.retainSeconds, Infinity, 1, Infinity),
  };
}

/** All that a recorder goes by, where it is made with these options. */
function effective(options: RecorderOptions): Readonly<Record<string, unknown>> {
  const { dir, on = true, thread = true, signals = true, format } = options;
  const writing = dir === undefined ? { format: formatOf(format) } : writingOf({ ...options, dir });
  return { ...keepingOf(options), ...writing, on, thread, signals };
}

/** What somebody says otherwise who asks for a recorder that is there; who says nothing of an option takes what there is. */
export function othersIn(asked: RecorderOptions, there: RecorderOptions): string[] {
  const [wanted, own] = [effective(asked), effective(there)];
  return Object.keys(own).filter((name) => asked[name as keyof RecorderOptions] !== undefined && wanted[name] !== own[name]);
}
