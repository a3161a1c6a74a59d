// Names of metrics and labels: which are taken, and how label blocks have them.

import { defaultLabelsTooLong, kindOf, labelDoubled, labelNameInvalid, labelReserved, nameInvalid, optionInvalid } from "./errors.ts";
import { labelBlock, type LabelValue, quoted } from "./labels.ts";

const LABELS_MAX = 64;
const NAME_MAX = 1024;
const DEFAULT_LABELS_MAX = 4096;
const encoder = new TextEncoder();
/** Those of the classic data model. */
export const LEGAL_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
export const LEGAL_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

function utf8Fits(name: string): boolean {
  return name !== "" && !LONE_SURROGATE.test(name) && encoder.encode(name).length <= NAME_MAX;
}

/** @internal */
export function checkName(name: unknown, utf8: boolean): asserts name is string {
  if (typeof name === "string" && name.length <= NAME_MAX && (LEGAL_NAME.test(name) || (utf8 && utf8Fits(name)))) return;
  throw nameInvalid(name, utf8);
}

/** @internal A metric's name as scrapers of the classic data model get it. */
export function classicName(name: string): string {
  return Array.from(name, (character, i) => (/[a-zA-Z_:]/.test(character) || (i > 0 && /[0-9]/.test(character)) ? character : "_")).join(
    "",
  );
}

/** @internal A label's name as scrapers of the classic data model get it: two that become one there would be one label twice. */
export function classicLabel(label: string): string {
  return Array.from(label, (character, i) => (/[a-zA-Z_]/.test(character) || (i > 0 && /[0-9]/.test(character)) ? character : "_")).join(
    "",
  );
}

/** @internal What no label may be called: the data model's own names, as `__name__`, and what scrapers get as that. */
export function isReserved(label: string): boolean {
  return label.startsWith("__") || classicLabel(label) === "__name__";
}

/** @internal */
export function checkLabelNames(metric: string, names: readonly string[], utf8 = false): void {
  if (names.length > LABELS_MAX) throw labelReserved(metric, names[LABELS_MAX]!, `a metric has at most ${LABELS_MAX} labels`);
  const seen = new Set<string>();
  for (const label of names) {
    const fits = typeof label === "string" && label.length <= NAME_MAX && (LEGAL_LABEL.test(label) || (utf8 && utf8Fits(label)));
    if (!fits || label.startsWith("__")) throw labelNameInvalid(metric, label, utf8);
    const escaped = classicLabel(label);
    if (escaped === "__name__") throw labelReserved(metric, label, "it would be printed as __name__, which is the metric's own name");
    if (seen.has(escaped)) throw labelDoubled(metric, label);
    seen.add(escaped);
  }
}

/** @internal A label's name as blocks have it: quoted where it is not legal. */
export function blockName(name: string): string {
  return LEGAL_LABEL.test(name) ? name : quoted(name);
}

/** @internal A registry's default labels: their names, and the block that every sample gets. */
export function defaultLabels(labels: Readonly<Record<string, LabelValue>>): { names: string[]; block: string } {
  if (kindOf(labels) !== "Object") throw optionInvalid("a registry", "default labels", labels, "Object");
  const names = Object.keys(labels);
  checkLabelNames("default labels", names);
  const values = names.map((name) => {
    const value: unknown = labels[name];
    if (value === undefined || typeof value === "object") throw optionInvalid("the default labels", `"${name}"`, value, "string");
    return String(value);
  });
  const block = labelBlock(names, values);
  if (block.length * 3 > DEFAULT_LABELS_MAX && encoder.encode(block).length > DEFAULT_LABELS_MAX) throw defaultLabelsTooLong(block.length);
  return { names, block };
}
