// What users pass as options: an unknown one or one of another kind is refused, for `labelnames` would be a
// metric without labels that nobody notices.

import { kindOf, optionInvalid, optionsInvalid, optionUnknown } from "./errors.ts";

/** The options of something, each with the kind it has: see kindOf. */
export type KindName = "string" | "number" | "boolean" | "function" | "Array" | "Object" | "Uint8Array";
export type Kinds = Readonly<Record<string, KindName | readonly KindName[]>>;

/** Rejects what is no object of these options. Null and undefined say nothing, under whatever name. */
export function checkOptions(what: string, options: unknown, kinds: Kinds): void {
  const known = Object.keys(kinds);
  if (kindOf(options) !== "Object") throw optionsInvalid(what, options, known);
  for (const [key, value] of Object.entries(options as object)) {
    if (value === undefined || value === null) continue;
    if (!known.includes(key)) throw optionUnknown(what, key, known);
    const allowed = [kinds[key]!].flat();
    if (!allowed.includes(kindOf(value) as KindName)) throw optionInvalid(what, key, value, allowed);
  }
}

/** Of `registry.collect`. */
export interface CollectorOptions {
  /** Its label in the library's own metrics. */
  readonly name?: string | undefined;
  /** How long a scrape waits for it: 0.05 by default, above 0 and at most 60. */
  readonly timeoutSeconds?: number | undefined;
  /** Hears of every failure: what it threw, or that a scrape went without it. Without it the first is warned of. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
