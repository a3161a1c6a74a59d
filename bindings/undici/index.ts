// `tallystick/undici`: metrics of the requests that a program makes by fetch and by undici.

import { registry as defaultRegistry } from "../index.ts";
import { listener, warned } from "../processes/line.ts";
import { observing } from "./observe.ts";
import { type UndiciOptions, undiciSettings } from "./settings.ts";
import { nothingTold } from "./worded.ts";

export type { Dispatching, UndiciOptions } from "./settings.ts";

let isTold = false;

/**
 * Counts what this thread asks others for by Node's `fetch` and by the package undici: durations, times to the head of the response, requests
 * in flight, errors by their code, what was sent again, and connections, by method, host and status. With `pools` also what undici says
 * of these. Asked again for the same registry it is the same again, with the options of the first call.
 *
 * In Deno it is the package undici alone, whose own `fetch` tells nothing; in Bun neither does, which is said once on the console. Nothing that
 * the program asks for changes, and nothing in here throws into it. Returns what ends it, and takes back what is open and in flight.
 *
 * Throws a TypeError for options that there are not and for one of another kind, a RangeError for numbers that are out of bounds, and a
 * MetricsError `definition-conflict` where a name is taken.
 *
 * @example
 * ```ts
 * import { observeUndici } from "tallystick/undici";
 *
 * const stop = observeUndici({ status: "code" });
 * observeUndici() === stop; // true
 * stop();
 * ```
 */
export function observeUndici(options: UndiciOptions = {}): () => void {
  const settings = undiciSettings(options, defaultRegistry, listener);
  if ("Bun" in globalThis && !isTold) {
    isTold = true;
    warned(nothingTold("Bun"));
  }
  return observing(settings);
}
