// Every error of the spool is worded here: the directory or file, what is there and what must be.

import { cut, shown } from "../errors.ts";
import { reason } from "./reason.ts";

/** What keeps a process from leaving its image, or a collector from reading one. `code` is stable; the text is for people. */
export class SpoolError extends Error {
  override readonly name = "SpoolError";
  readonly code: SpoolErrorCode;
  /** The file or directory. */
  readonly path: string;

  constructor(code: SpoolErrorCode, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }
}

/**
 * `unsafe`: no directory, or one that every user may write to; `unwritable`, `unreadable`: it is tried again; `not-ours`: a file that others wrote or
 * may write, or no image; `refused`: an image that is corrupt, cut or of another version; `removed`: this process's image was, and is written anew;
 * `folded`: this process was taken for dead; `application`: another one uses the directory; `options`: the same spool was asked for otherwise;
 * `kept`: runs that are over stay; `thread`: the thread that writes ended, and this one writes.
 */
export type SpoolErrorCode =
  "application" | "folded" | "kept" | "not-ours" | "options" | "refused" | "removed" | "unreadable" | "unsafe" | "unwritable" | "thread";

export function directoryOpen(path: string): Error {
  return new SpoolError(
    "unsafe",
    path,
    `Cannot use ${shown(path)} as a spool: every user may write to it; name a directory below it, which is then made for this user alone`,
  );
}

export function directoryNone(path: string): Error {
  return new SpoolError("unsafe", path, `Cannot use ${shown(path)} as a spool: it is there and is no directory`);
}

export function directoryUnwritable(path: string, error: unknown): Error {
  return new SpoolError("unwritable", path, `Cannot use ${shown(path)} as a spool: ${reason(error)}`, error);
}

export function directoryUnreadable(path: string, error: unknown): Error {
  return new SpoolError("unreadable", path, `Cannot read the spool ${shown(path)}: ${reason(error)}`, error);
}

export function entryForeign(path: string, why: string): Error {
  return new SpoolError("not-ours", path, `Cannot take ${shown(path)} as a part of the spool: ${why}; it is left out`);
}

export function runsKept(path: string, run: string): Error {
  return new SpoolError(
    "kept",
    path,
    `Cannot remove ${shown(run)}, which is over: the file ${shown(path)} says that totals are kept, and this process keeps none; say keepTotals in all processes, or remove that file`,
  );
}

export const entryLinked = "it is a symbolic link";
export const entryIrregular = "it is no regular file";

export function entryOwned(owner: number, uid: number): string {
  return (
    `it belongs to user ${owner}, and all processes of a spool run as one user, here ${uid}: ` +
    "remove it once, where no process of that user needs it any more"
  );
}

export function entryWritable(mode: number): string {
  return `others may write to it (mode ${(mode & 0o777).toString(8)})`;
}

export function entryTooLarge(bytes: number, most: number): string {
  return `it has ${bytes} bytes, and the limit is ${most}`;
}

export function headForeign(why: string): string {
  return `it does not begin as an image file does: ${why}`;
}

export function headVersion(version: unknown, known: number): string {
  return `its version is ${shown(version)}, and this library knows ${known}: all processes of a spool have one version of it`;
}

export function imageRefused(path: string, at: number, why: string): Error {
  return new SpoolError(
    "refused",
    path,
    `Cannot read ${shown(path)} from byte ${at} on: ${why}; what it said before still counts, and other files are read`,
  );
}

export function imageUnread(path: string, error: unknown): Error {
  return new SpoolError("unreadable", path, `Cannot read ${shown(path)} now: ${reason(error)}; it is read the next time`, error);
}

export function imageTruncated(path: string): Error {
  return new SpoolError("refused", path, `Cannot read ${shown(path)}: it became shorter; what it said before still counts`);
}

function applicationText(name: string): string {
  return name === "" ? "an application without a name" : `application ${shown(name)}`;
}

export function applicationOther(path: string, there: string, own: string): Error {
  return new SpoolError(
    "application",
    path,
    `Cannot use ${shown(path)} for ${applicationText(own)}: processes of ${applicationText(there)} use it; ` +
      "give each application a directory of its own, and say the same one in all of its processes",
  );
}

export function imageUnwritten(path: string, error: unknown): Error {
  return new SpoolError(
    "unwritable",
    path,
    `Cannot write the image of this process to ${shown(path)}: ${reason(error)}; it goes on counting and tries again`,
    error,
  );
}

export function imageFolded(path: string): Error {
  return new SpoolError(
    "folded",
    path,
    `Cannot go on with ${shown(path)}: while this process was silent it was taken for dead, and what it had counted was added to the dead's; ` +
      "its image begins anew with what it counts from now on",
  );
}

export function imageRemoved(path: string): Error {
  return new SpoolError(
    "removed",
    path,
    `Cannot go on with ${shown(path)}: it was removed, replaced or cut by none of the spool's processes; all that this process counted is written ` +
      "anew, and what dead processes had counted is gone where it was removed, too: keep cleaners of temporary files away",
  );
}

export function retiredUnwritten(path: string, error: unknown): Error {
  return new SpoolError(
    "unwritable",
    path,
    `Cannot write what dead processes counted to ${shown(path)}: ${reason(error)}; their own files stay until that succeeds`,
    error,
  );
}

export function runNameInvalid(run: unknown): Error {
  return new RangeError(
    `Cannot use ${shown(run)} as the run of a spool: it must match [A-Za-z_][A-Za-z0-9_.-]* and have at most 100 characters`,
  );
}

export function registriesOfOneName(dir: string, name: string): Error {
  return new TypeError(`Cannot spool two registries to "${dir}" by the name "${name}": give one of them another name`);
}

export function registryNameInvalid(name: unknown): Error {
  return new RangeError(`Cannot use ${shown(name)} as the name of a registry in a spool: it must have 1 to 100 bytes in a file's name`);
}

export function applicationInvalid(name: unknown): Error {
  return new RangeError(`Cannot use ${shown(name)} as the application of a spool: it must be a string of at most 100 bytes of UTF-8`);
}

export function secondsInvalid(option: string, value: unknown, least: number, most: number): Error {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of a spool: it must be from ${least} to ${most}`);
}

/** Who is taken for dead is folded later, not sooner. */
export function foldBeforeDeath(foldAfter: number, deadAfter: number): Error {
  return new RangeError(
    `Cannot use ${foldAfter} as foldAfterSeconds of a spool: it must be at least its deadAfterSeconds, which is ${deadAfter}`,
  );
}

export function optionsOther(dir: string, names: readonly string[]): Error {
  return new SpoolError(
    "options",
    dir,
    `Cannot change the options of the spool ${shown(dir)}: this registry joined it before, with another ${names.join(", ")}; ` +
      "those of the first call hold until it is closed",
  );
}

export function spoolIdle(dir: string): Error {
  return new TypeError(`Cannot use ${shown(dir)} as a spool with neither write nor collect: one that only serves has collect alone`);
}

export function threadEnded(dir: string, cause: unknown): Error {
  const why = cause === undefined ? "it ended" : reason(cause);
  return new SpoolError(
    "thread",
    dir,
    `Cannot write the image of this process to "${cut(dir)}" in a thread of its own: ${why}; this one does`,
    cause,
  );
}

export function lastWordLate(dir: string, seconds: number): Error {
  return new SpoolError("thread", dir, `Cannot wait longer than ${seconds} s for the last image of this process in "${cut(dir)}"`);
}
