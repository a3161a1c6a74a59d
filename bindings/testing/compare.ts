// A registry's exposition beside the one that a test expects.

import type { Dialect } from "../index.ts";
import { choiceInvalid } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { differenceOf } from "./difference.ts";
import { type Page, type PageFamily, pageOf } from "./page.ts";
import { expectedInvalid, namesEmpty, notExposed } from "./worded.ts";

/** A registry, or what `mergeRegistries` gives. */
export interface Exposed {
  expose(options: { readonly dialect: Dialect }): Promise<{ readonly body: Uint8Array }>;
}

export interface CompareOptions {
  /** Only these metrics of both, by their names with or without `_total` and `_info`; all by default. */
  readonly names?: readonly string[] | undefined;
  /** How both are written: `text` by default, `openmetrics` for exemplars, units and the types that text has not. */
  readonly dialect?: "text" | "openmetrics" | undefined;
}

/** Two expositions differ. `difference` has the lines, and so has the message. */
export class ExpositionError extends Error {
  override readonly name = "ExpositionError";
  readonly difference: string;

  constructor(difference: string) {
    super(`The exposition is not as expected ${difference}`);
    this.difference = difference;
  }
}

/** Those that are lines of text, and no draft. */
const DIALECTS: readonly string[] = ["text", "openmetrics"];

/** The library's own are there beside a collector, and depend on how long that takes. */
const OWN = "tallystick_";

/** The families that are compared. */
function chosen(page: Page, names: ReadonlySet<string> | undefined, expected: Page): Page {
  const isChosen = ({ name }: PageFamily) => {
    if (names !== undefined) return names.has(name) || names.has(name.replace(/_(?:total|info)$/, ""));
    return !name.startsWith(OWN) || expected.has(name);
  };
  return new Map([...page].filter(([, family]) => isChosen(family)));
}

/** @internal The exposition of a registry, behind its collectors. */
export async function exposed(registry: Exposed, dialect: "text" | "openmetrics"): Promise<string> {
  if (typeof (registry as { readonly expose?: unknown } | undefined)?.expose !== "function") throw notExposed(registry);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode((await registry.expose({ dialect })).body);
}

/**
 * Collects a registry and compares it with the exposition that is expected, whatever the order of families, series and labels. Blanks at
 * the ends of lines are none, so an indented template will do. Numbers are compared as numbers, `le` and `quantile`, too. A family without
 * series is one with its help and type, as it is printed. The library's own metrics are left out where they are not expected.
 * Rejects with an `ExpositionError` where they differ, with an Error that names the line where the expected one cannot be read, with a
 * TypeError or a RangeError for options as elsewhere.
 *
 * @example
 * ```ts
 * import { Registry } from "tallystick";
 * import { collectAndCompare } from "tallystick/testing";
 *
 * const registry = new Registry();
 * registry.counter({ name: "jobs", help: "Jobs done.", labelNames: ["kind"] }).inc({ kind: "mail" }, 2);
 * const expected = (kind) => `
 *   # HELP jobs_total Jobs done.
 *   # TYPE jobs_total counter
 *   jobs_total{kind="${kind}"} 2`;
 * await collectAndCompare(registry, expected("mail"));
 * await collectAndCompare(registry, expected("fax")).catch((error) => error.difference.split("\n").at(-1));
 * // jobs_total: only a label differs: label kind is "mail" where "fax" is expected
 * ```
 */
export async function collectAndCompare(registry: Exposed, expected: string, options: CompareOptions = {}): Promise<void> {
  checkOptions("collectAndCompare", options, { names: "Array", dialect: "string" });
  const { names, dialect = "text" } = options;
  if (!DIALECTS.includes(dialect)) throw choiceInvalid("dialect", dialect, DIALECTS);
  if (typeof expected !== "string") throw expectedInvalid(expected);
  if (names?.length === 0) throw namesEmpty();
  const want = pageOf(expected, dialect);
  const got = pageOf(await exposed(registry, dialect), dialect);
  const only = names === undefined ? undefined : new Set(names);
  const difference = differenceOf(chosen(want, only, want), chosen(got, only, want));
  if (difference !== undefined) throw new ExpositionError(difference);
}
