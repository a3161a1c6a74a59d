// A registry's exposition beside the one that a test expects.

import type { Dialect } from "../index.ts";
import { choiceInvalid } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { differenceOf } from "./difference.ts";
import { type Page, pageOf } from "./page.ts";
import { expectedInvalid, nameMissing, nameNowhere, namesEmpty, notExposed } from "./worded.ts";

/** A registry, or what `mergeRegistries` gives. */
export interface Exposed {
  expose(options: { readonly dialect: Dialect }): Promise<{ readonly body: Uint8Array }>;
}

/** What `collectAndCompare` takes beside what is expected. */
export interface CompareOptions {
  /** Only these metrics of both, by their names with or without `_total` and `_info`; all by default. */
  readonly names?: readonly string[] | undefined;
  /** How both are written: `text` by default, `openmetrics` for exemplars, units and the types that text has not. */
  readonly dialect?: "text" | "openmetrics" | undefined;
}

/** Two expositions differ. `difference` has the lines, and so has the message. */
export class ExpositionError extends Error {
  override readonly name = "ExpositionError";
  /** Lines with - for what was expected and + for what there is, and a hint where only help, type, values or a label differ. */
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

/** What the printed name of a type has behind the metric's: text's families are named by it, OpenMetrics' without. */
const PRINTED = /_(?:total|info)$/;

/** The families of either page that a name is of. */
function namedBy(name: string, families: readonly string[]): readonly string[] {
  const named = families.filter((family) => family === name || family.replace(PRINTED, "") === name);
  return named.length > 0 ? named : families.filter((family) => family === name.replace(PRINTED, ""));
}

/** Those that are compared. A name that is nobody's would compare nothing, whatever is counted. */
function chosenNames(names: readonly string[] | undefined, want: Page, got: Page): (name: string) => boolean {
  if (names === undefined) return (name) => !name.startsWith(OWN) || want.has(name);
  const families = [...want.keys(), ...got.keys()];
  const chosen = new Set<string>();
  for (const name of names) {
    const named = namedBy(name, families);
    if (named.length === 0) throw nameNowhere(name, [...got.keys()]);
    for (const each of named) chosen.add(each);
  }
  return (name) => chosen.has(name);
}

function chosen(page: Page, isChosen: (name: string) => boolean): Page {
  return new Map([...page].filter(([name]) => isChosen(name)));
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
 * Rejects with an `ExpositionError` where they differ, with an Error that names the line where the expected one cannot be read, with one
 * that says what is collected where one of `names` is of no metric of either, with a TypeError or a RangeError for options as elsewhere.
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
  for (const name of names ?? []) if (typeof name !== "string") throw nameMissing(name);
  const want = pageOf(expected, dialect);
  const got = pageOf(await exposed(registry, dialect), dialect);
  const isChosen = chosenNames(names, want, got);
  const difference = differenceOf(chosen(want, isChosen), chosen(got, isChosen));
  if (difference !== undefined) throw new ExpositionError(difference);
}
