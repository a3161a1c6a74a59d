// What good names are, as promlint has it: https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint.
// Words of units are the same as there, so that both say the same.

import { type Family, typed } from "./family.ts";
import { short } from "./findings.ts";
import type { LintFormat, RuleName } from "./rules.ts";

const BASE = "amperes bytes celsius grams joules kelvin meters metres seconds volts".split(" ");
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  seconds: ["minutes", "hours", "days", "weeks"],
  kelvin: ["kelvins"],
  celsius: ["fahrenheit", "rankine"],
  meters: ["inches", "yards", "miles"],
  bytes: ["bits"],
  joules: ["calories"],
  grams: ["pounds", "ounces"],
};
/** The base unit by a unit's word. */
const UNITS = new Map<string, string>([
  ...BASE.map((unit) => [unit, unit] as const),
  ...Object.entries(OTHERS).flatMap(([base, units]) => units.map((unit) => [unit, base] as const)),
]);
const PREFIXES = "pico nano micro milli centi deci deca hecto kilo kibi mega mibi giga gibi tera tebi peta pebi".split(" ");
const ABBREVIATIONS = new Set("s ms us ns sec b kb mb gb tb pb m h d".split(" "));
/** Types as client_golang has them; `gauge_histogram` has gauge and histogram in it. */
const TYPES = ["counter", "gauge", "summary", "histogram"];
const CAMEL = /[a-z][A-Z]/;

type Tell = (rule: RuleName, message: string) => void;

/** The base unit of a word that is another one's. */
function baseUnit(word: string): string | undefined {
  const plain = UNITS.get(word);
  if (plain !== undefined) return plain === word ? undefined : plain;
  for (const prefix of PREFIXES) {
    const base = word.startsWith(prefix) ? UNITS.get(word.slice(prefix.length)) : undefined;
    if (base !== undefined) return base;
  }
  return undefined;
}

function unitsTold(name: string, tell: Tell): void {
  const words = name.split("_");
  for (const word of words) {
    const base = baseUnit(word);
    if (base !== undefined) tell("base-unit", `the name has ${word}: use the base unit ${base}`);
  }
  for (const word of words.slice(1).map((each) => each.toLowerCase())) {
    if (ABBREVIATIONS.has(word)) tell("unit-abbreviation", `the name has ${word}: write units in full`);
  }
}

/** What a name is, of which suffixes are others'. */
function suffixesTold(family: Family, format: LintFormat, tell: Tell): void {
  const { name } = family;
  const type = family.typeIn(format);
  if (type === "untyped" || type === "unknown") return;
  if (type === "counter") {
    if (format === "text" && !name.endsWith("_total")) tell("counter-total", "a counter's name ends in _total");
  } else if (name.endsWith("_total")) {
    tell("total-suffix", `${typed(type)} does not end in _total, which is of counters`);
  }
  const isHistogram = type === "histogram" || type === "gaugehistogram";
  if (!isHistogram && name.endsWith("_bucket")) tell("reserved-suffix", `${typed(type)} does not end in _bucket, which is of histograms`);
  if (isHistogram || type === "summary") return;
  for (const suffix of ["_count", "_sum"]) {
    if (name.endsWith(suffix)) tell("reserved-suffix", `${typed(type)} does not end in ${suffix}, which is of histograms and summaries`);
  }
}

/** What is said of a family's name and help. */
export function nameTold(family: Family, format: LintFormat, tell: Tell): void {
  const { name } = family;
  if (!family.hasHelp) tell("help", "there is no help");
  suffixesTold(family, format, tell);
  const lower = name.toLowerCase();
  for (const type of TYPES) {
    if (lower.includes(`_${type}_`) || lower.endsWith(`_${type}`)) tell("type-in-name", `the name says ${type}: TYPE says that`);
  }
  if (name.includes(":")) tell("colon", "the name has a colon, which is for recording rules");
  if (CAMEL.test(name)) tell("camel-case", "the name is camelCase: write snake_case");
  unitsTold(name, tell);
  if (format === "text") return;
  if (name.startsWith("_")) tell("reserved-prefix", "the name begins with _, which is reserved");
  if (name.startsWith("scrape_")) tell("reserved-prefix", "the name begins with scrape_, which is Prometheus' own");
}

/** What is said of a label's name in a family. */
export function labelTold(label: string, family: Family, format: LintFormat, tell: Tell): void {
  const type = family.typeIn(format);
  if (CAMEL.test(label) && family.once("camel-case", label)) tell("camel-case", `label ${short(label)} is camelCase: write snake_case`);
  if (format === "openmetrics" && label.startsWith("_") && !label.startsWith("__") && family.once("reserved-prefix", label)) {
    tell("reserved-prefix", `label ${short(label)} begins with _, which is reserved`);
  }
  if (type === "untyped" || type === "unknown") return;
  if (label === "le" && type !== "histogram" && type !== "gaugehistogram" && family.once("reserved-label", label)) {
    tell("reserved-label", `${typed(type)} has no label le, which is of histograms`);
  }
  if (label === "quantile" && type !== "summary" && family.once("reserved-label", label)) {
    tell("reserved-label", `${typed(type)} has no label quantile, which is of summaries`);
  }
}
