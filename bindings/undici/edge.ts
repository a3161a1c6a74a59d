// `tallystick/undici` where there is no undici: it counts nothing, and says so once.

import { registry as defaultRegistry } from "../index.ts";
import { listener, warned } from "../processes/line.ts";
import { type UndiciOptions, undiciSettings } from "./settings.ts";
import { nothingTold } from "./worded.ts";

export type { Dispatching, UndiciOptions } from "./settings.ts";

let isTold = false;

/** Counts nothing, for this runtime tells nothing of its requests; says so on the console once. Throws for options as elsewhere. */
export function observeUndici(options: UndiciOptions = {}): () => void {
  undiciSettings(options, defaultRegistry, listener);
  if (!isTold) warned(nothingTold("this runtime"));
  isTold = true;
  return () => undefined;
}
