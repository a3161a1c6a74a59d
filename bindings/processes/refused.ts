// What images are refused for, and directories that are not there or cannot be read, worded.

import { MetricsError, type MetricsErrorCode, shown } from "../errors.ts";

/** As the core has it: assembly/image/aside.ts. */
const BLOCKS_MOST = 32;

/** Why a frame is refused: for whoever knows where it came from. */
export function frameRefused(why: string): string {
  return `Cannot read the image: ${why}`;
}

/** What the core says is wrong with a metric: assembly/image/refusal.ts. */
const COUNTER = 1;
const WRITER = 2;
const HELP = 3;

/** Why an image is refused that says of a metric what no process can have counted; undefined where there is no such reason. */
export function saidOf(
  { name, help }: { readonly name: string; readonly help: string },
  reason: number,
  value: number,
): string | undefined {
  if (reason === COUNTER) return `counter ${shown(name)} is ${value}, and a counter is neither below 0 nor NaN`;
  if (reason === WRITER) return `gauge ${shown(name)} has two values of writer ${value}, and each writer has one at the most`;
  if (reason === HELP)
    return `the help of ${shown(name)} is ${shown(help)}: it must not end with a carriage return, which no format escapes`;
  return undefined;
}

/** A family that processes have otherwise than this one has it. */
export function familyRefused(name: string, why: string): MetricsError {
  return new MetricsError("image-refused", `Cannot take metric "${name}" from another process: ${why}`);
}

/** A file of Python's client that is not read, or not to its end. */
export function fileSkipped(path: string, why: string): Error {
  return new Error(
    `Cannot read ${shown(path)} as a file of Python's client: ${why}; the page has what was whole of it, and the other files`,
  );
}

/** Pods or pids as default labels, here and in those that died. */
export function labelsBlurred(): MetricsError {
  return new MetricsError(
    "image-refused",
    `Dead processes had more than ${BLOCKS_MOST} sets of default labels that this registry has otherwise: what further ones counted is added up, and where such labels are shown they are "tallystick_overflow"`,
  );
}

/** Whose a metric is that one process has, and maybe others: it is told once for all. */
export function andOthers(whose = "another process"): string {
  return `${whose}, and of any other that defines it so`;
}

/** A metric of others that another one is in the way of: it waits until that is gone. `whose`: those who have it, as far as is known. */
export function familyKept(
  code: MetricsErrorCode,
  name: string,
  whose: string,
  there: string,
  theirs: string,
  kept = "what they count of it is kept",
): MetricsError {
  const why = code === "name-clash" ? "a sample of it would have the same name as one that is shown here" : "it is defined otherwise here";
  return new MetricsError(
    code,
    `Cannot show metric "${name}" of ${whose}: ${why}; ` +
      `${kept}, and is shown here when no process has the other one any more\n  here:   ${there}\n  theirs: ${theirs}`,
  );
}

/** No mistake of who begins before the others, but one of whoever mistyped it. */
export function directoryAbsent(path: string): Error {
  return new Error(`Cannot read the directory ${shown(path)}: it is not there yet, and the page is without it until a process makes it`);
}

export function directoryUnreadable(path: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : shown(cause);
  return new Error(`Cannot read the directory ${shown(path)} of Python's client: ${why}`, { cause });
}

/** Processes that one registry has by two ways. */
export function countedTwice(one: string, other: string): Error {
  return new Error(
    `Cannot count processes once that are in ${one} and in ${other} of one registry: its page has their counts twice; use one of the two`,
  );
}

/** Whose memory is another one's by now: nothing of it is read or written. */
export function sourceClosed(what: string): MetricsError {
  return new MetricsError("closed", `Cannot ${what}: the source that collected it is closed`);
}

/** A registry that collects the same twice. */
export function sourceTaken(): MetricsError {
  return new MetricsError(
    "source-taken",
    "Cannot collect what other processes counted: this registry has that source already, in this thread or in another one",
  );
}
