// What images are refused for, and directories that are not there, worded.

import { MetricsError, type MetricsErrorCode, shown } from "../errors.ts";

/** Why a frame is refused: for whoever knows where it came from. */
export function frameRefused(why: string): string {
  return `Cannot read the image: ${why}`;
}

/** A family that processes have otherwise than this one has it. */
export function familyRefused(name: string, why: string): MetricsError {
  return new MetricsError("image-refused", `Cannot take metric "${name}" from another process: ${why}`);
}

/** A metric of others that another one is in the way of: it waits until that is gone. `whose`: who has it, as far as is known. */
export function familyKept(
  code: MetricsErrorCode,
  name: string,
  whose: string | undefined,
  there: string,
  theirs: string,
  kept = "What they count of it is kept",
): MetricsError {
  const why = code === "name-clash" ? "a sample of it would have the same name as one that is shown here" : "it is defined otherwise here";
  return new MetricsError(
    code,
    `Cannot show metric "${name}" of ${whose ?? "another process"}: ${why}\n  here:   ${there}\n  theirs: ${theirs}\n` +
      `${kept}; it is shown here when no process has the other one any more`,
  );
}

/** No mistake of who begins before the others, but one of whoever mistyped it. */
export function directoryAbsent(path: string, cause?: unknown): Error {
  const text = `Cannot read the directory ${shown(path)}: it is not there yet, and the page is without it until a process makes it`;
  return new Error(text, cause === undefined ? undefined : { cause });
}

/** A registry that collects the same twice. */
export function sourceTaken(): MetricsError {
  return new MetricsError(
    "source-taken",
    "Cannot collect what other processes counted: this registry has that source already, in this thread or in another one",
  );
}
