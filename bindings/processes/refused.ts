// What images are refused for, worded.

import { MetricsError } from "../errors.ts";

/** Why a frame is refused: for whoever knows where it came from. */
export function frameRefused(why: string): string {
  return `Cannot read the image: ${why}`;
}

/** A family that processes have otherwise than this one has it. */
export function familyRefused(name: string, why: string): MetricsError {
  return new MetricsError("image-refused", `Cannot take metric "${name}" from another process: ${why}`);
}

/** A registry that collects the same twice. */
export function sourceTaken(): MetricsError {
  return new MetricsError(
    "source-taken",
    "Cannot collect what other processes counted: this registry has that source already, in this thread or in another one",
  );
}
