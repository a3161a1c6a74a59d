// A metric family as it stands in an exposition, and what its type says of the names of its samples.

import type { Hashes } from "./hashes.ts";
import type { LintFormat, RuleName } from "./rules.ts";

export type FamilyType = "counter" | "gauge" | "histogram" | "gaugehistogram" | "summary" | "stateset" | "info" | "unknown" | "untyped";

const TEXT_TYPES: readonly string[] = ["counter", "gauge", "histogram", "summary", "untyped"];
const OPENMETRICS_TYPES: readonly string[] = ["counter", "gauge", "histogram", "gaugehistogram", "summary", "stateset", "info", "unknown"];

export function typesOf(format: LintFormat): readonly string[] {
  return format === "text" ? TEXT_TYPES : OPENMETRICS_TYPES;
}

/** What samples of OpenMetrics have behind their family's name. */
const SUFFIXES: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_count", "_sum", "_created"],
  gaugehistogram: ["_bucket", "_gcount", "_gsum"],
  summary: ["", "_count", "_sum", "_created"],
  stateset: [""],
  info: ["_info"],
  unknown: [""],
  untyped: [""],
};
const TEXT_SUFFIXES: Readonly<Partial<Record<FamilyType, readonly string[]>>> = {
  counter: [""],
  histogram: ["_bucket", "_count", "_sum"],
  summary: ["", "_count", "_sum"],
};

export function suffixesOf(type: FamilyType, format: LintFormat): readonly string[] {
  return format === "openmetrics" ? SUFFIXES[type] : (TEXT_SUFFIXES[type] ?? SUFFIXES[type]);
}

/** A type with its article. */
export function typed(type: FamilyType): string {
  return `${/^[iu]/.test(type) ? "an" : "a"} ${type}`;
}

/** All suffixes that any type has. */
const ANY_SUFFIX = /_(?:total|created|bucket|count|sum|gcount|gsum|info)$/;

/** The name without what a sample's name may have behind its family's. */
export function baseOf(name: string): string {
  return name.replace(ANY_SUFFIX, "");
}

export class Family {
  readonly name: string;
  /** Of its first line. */
  readonly line: number;
  type: FamilyType | undefined;
  /** It has one that is not empty, which is all that is kept of it. */
  hasHelp = false;
  /** Shortened. */
  unit: string | undefined;
  /** What kinds of metadata there were. */
  readonly metadata = new Set<string>();
  samples = 0;
  /** Other lines stood between its own. */
  isSplit = false;
  readonly #told: Hashes;
  #things = 0;

  /** `told` is what was told of all families. */
  constructor(name: string, line: number, told: Hashes) {
    this.name = name;
    this.line = line;
    this.#told = told;
  }

  /** Its type, or what it is without one. */
  typeIn(format: LintFormat): FamilyType {
    return this.type ?? (format === "text" ? "untyped" : "unknown");
  }

  /** True the first time: what is so of a whole family is told once. */
  once(rule: RuleName, what = ""): boolean {
    if (this.#things >= TOLD_MOST || !this.#told.add(`${rule}\n${this.name}\n${what}`)) return false;
    this.#things++;
    return true;
  }
}

/** Things told of one family. */
const TOLD_MOST = 100;
