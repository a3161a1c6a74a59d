// Every error of recorders is worded here: the recorder, the file or directory, and what must be.

import { shown } from "../errors.ts";
import { reason } from "../processes/reason.ts";

/** What keeps a recorder from being made, or its samples from being written. `code` is stable; the text is for people. */
export class RecorderError extends Error {
  override readonly name = "RecorderError";
  readonly code: RecorderErrorCode;
  /** The file or directory; "" where it is about none. */
  readonly path: string;

  constructor(code: RecorderErrorCode, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }
}

/**
 * `busy`: another thread drains, or has a profile under way; `conflict`: the recorder was made before, here or in another thread, with other sizes; `full`: a ring that
 * nobody drains; `memory`: the memory's `maxBytes` are used up; `options`: this thread made it before, with others; `over`: another drain has the
 * samples; `profiler`: the inspector refused or lost a profile; `thread`: the thread that wrote is no more; `threads`: no room for this thread's ring;
 * `too-many`: the 65th recorder of a memory; `unwritable`: a file or the directory.
 */
export type RecorderErrorCode =
  "busy" | "conflict" | "full" | "memory" | "options" | "over" | "profiler" | "thread" | "threads" | "too-many" | "unwritable";

export function recorderOther(prefix: string, what: string): Error {
  return new RecorderError(
    "conflict",
    "",
    `Cannot make recorder ${shown(prefix)} with other ${what}: it was made before, here or in another thread, and all threads of a process name the same`,
  );
}

export function optionsOther(prefix: string, names: readonly string[]): Error {
  return new RecorderError(
    "options",
    "",
    `Cannot change the options of recorder ${shown(prefix)}: this thread made it before, with another ${names.join(", ")}; ` +
      "those of the first call hold until it is closed",
  );
}

export function ringNone(prefix: string, bytes: number, ringBytes: number): Error {
  return new RecorderError(
    "threads",
    "",
    `Cannot keep samples of this thread in recorder ${shown(prefix)}: bytes ${bytes} have no room for a ring of ${ringBytes} bytes ` +
      "beside those of other threads, or the memory is used up; they are dropped and counted until there is room",
  );
}

export function ringFull(prefix: string): Error {
  return new RecorderError(
    "full",
    "",
    `Cannot keep samples of recorder ${shown(prefix)}: it has no dir, and what waits fills this thread's ring; they are dropped and counted ` +
      "until drain() or stream() takes what waits; recorder({ dir }) writes it to files",
  );
}

export function recordersTooMany(prefix: string): Error {
  return new RecorderError("too-many", "", `Cannot make recorder ${shown(prefix)}: a memory has 64 recorders at most, each for good`);
}

export function recorderNoMemory(prefix: string, bytes: number): Error {
  return new RecorderError("memory", "", `Cannot make recorder ${shown(prefix)}: the memory's limit of ${bytes} bytes is used up`);
}

export function drainBusy(prefix: string): Error {
  return new RecorderError("busy", "", `Cannot drain recorder ${shown(prefix)} now: another thread drains it`);
}

export function drainOver(prefix: string): Error {
  return new RecorderError(
    "over",
    "",
    `Cannot go on with this drain of recorder ${shown(prefix)}: another one began, which has its samples`,
  );
}

export function drainNoMemory(prefix: string, bytes: number): Error {
  return new RecorderError("memory", "", `Cannot drain recorder ${shown(prefix)}: the memory's limit of ${bytes} bytes is used up`);
}

export function rowsUnwritten(path: string, error: unknown): Error {
  return new RecorderError(
    "unwritable",
    path,
    `Cannot write samples to ${shown(path)}: ${reason(error)}; they wait in memory as long as there is room, and it is tried again`,
    error,
  );
}

export function threadOver(prefix: string, cause: unknown): Error {
  const why = cause === undefined ? "" : `: ${reason(cause)}`;
  return new RecorderError(
    "thread",
    "",
    `The thread that wrote for recorder ${shown(prefix)} ended${why}; this thread writes from now on`,
    cause,
  );
}

export function threadLost(prefix: string): Error {
  return new RecorderError(
    "thread",
    "",
    `Cannot start the thread that writes for recorder ${shown(prefix)}: a bundler took away import.meta.url, by which its file is found; ` +
      "this thread writes. Leave tallystick out of the bundle (external), or say thread: false",
  );
}

export function lastRowsLate(prefix: string, seconds: number): Error {
  return new RecorderError(
    "busy",
    "",
    `Cannot write the last samples of recorder ${shown(prefix)}: another thread drained it for ${seconds} s`,
  );
}

export function prefixInvalid(prefix: unknown): Error {
  return new RangeError(`Cannot begin the names of files with ${shown(prefix)}: a prefix has 1 to 100 letters, digits, "_" and "-"`);
}

export function choiceInvalid(act: string, option: string, value: unknown, choices: readonly string[]): Error {
  return new RangeError(`Cannot ${act} a recorder with ${option} ${shown(value)}: it is one of ${choices.join(", ")}`);
}

export function numberOutside(what: string, option: string, value: unknown, least: number, most: number): Error {
  return new RangeError(`Cannot make a ${what} with ${option} ${shown(value)}: it must be at least ${least} and at most ${most}`);
}

export function secondsOutside(value: unknown, least: number, most: number): Error {
  return new RangeError(`Cannot sample every ${shown(value)} seconds: it must be at least ${least} and at most ${most}`);
}

export function samplersNone(): Error {
  return new TypeError("Cannot sample: this runtime tells nothing of its process");
}

export function directoryMissing(option: string): Error {
  return new TypeError(`Cannot make a recorder with ${option} and without dir: nothing is written to a disk then`);
}

export function directoryNone(dir: string): Error {
  return new TypeError(`Cannot record into ${shown(dir)}: this runtime has no files; leave dir out and take what recorder.drain() gives`);
}

export function labelInvalid(label: unknown): Error {
  return new TypeError(`Cannot record a label ${shown(label)}: it must be a string`);
}

export function timedInvalid(what: unknown): Error {
  return new TypeError(`Cannot time ${shown(what)}: it must be a function, or a method, getter, setter or field of a class`);
}

export function timedLegacy(key: string | symbol): Error {
  return new TypeError(
    `Cannot time ${shown(String(key))}: with TypeScript's experimentalDecorators timed() is for methods, getters and setters; ` +
      "fields need the decorators of ECMAScript, without that flag, or timed()(fn) around their function",
  );
}

export function profilesNone(why: string): Error {
  return new TypeError(`Cannot profile: ${why}`);
}

export function profilesMissing(): Error {
  return new TypeError("Cannot make a profiler with cpu false and heap false: nothing is left to profile");
}

export function profileTooLong(seconds: number, intervalMicroseconds: number, most: number): Error {
  return new RangeError(
    `Cannot make a profiler with seconds ${seconds} and intervalMicroseconds ${intervalMicroseconds}: a profile has at most ${most} samples`,
  );
}

export function inspectorSilent(method: string): Error {
  return new TypeError(`This runtime's inspector does not answer ${method} at once`);
}

export function profileBusy(kind: string, seconds: number): Error {
  return new RecorderError(
    "busy",
    "",
    `Cannot begin a ${kind} profile: another session of this thread has one under way; it is tried again every ${seconds} s`,
  );
}

export function profileNotBegun(kind: string, error: unknown, seconds: number): Error {
  return new RecorderError("profiler", "", `Cannot begin a ${kind} profile: ${reason(error)}; it is tried again every ${seconds} s`, error);
}

export function profileLost(kind: string, error: unknown): Error {
  return new RecorderError("profiler", "", `Cannot take the ${kind} profile that was under way: ${reason(error)}; it is lost`, error);
}

export function profileUnwritten(dir: string, error: unknown): Error {
  return new RecorderError(
    "unwritable",
    dir,
    `Cannot write a profile to ${shown(dir)}: ${reason(error)}; it is lost, and the next one is tried again`,
    error,
  );
}

export function profilesUnwritable(dir: string, error: unknown): Error {
  return new RecorderError(
    "unwritable",
    dir,
    `Cannot write profiles to ${shown(dir)}: ${reason(error)}; it is tried again with each of them`,
    error,
  );
}

export function profilerOther(prefix: string, options: readonly string[]): Error {
  return new RecorderError(
    "options",
    "",
    `Cannot make profiler ${shown(prefix)} with other ${options.join(", ")}: this thread has it, and what was said first holds`,
  );
}

export function profilesLate(threads: number, seconds: number): Error {
  return new RecorderError(
    "busy",
    "",
    `Cannot wait for the last profiles of ${threads} other thread${threads === 1 ? "" : "s"}: they did not write within ${seconds} s`,
  );
}

export function recorderForeign(samples: unknown): Error {
  return new TypeError(`Cannot record requests into ${shown(samples)}: it must be what recorder() gave`);
}

export function requestLabelsOutside(value: unknown, most: number): Error {
  return new RangeError(`Cannot record requests with maxLabels ${shown(value)}: it must be at least 1 and at most ${most}`);
}
