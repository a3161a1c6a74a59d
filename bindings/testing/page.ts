// An exposition as families and series, so that two of them can be compared whatever the order is that they are written in.

import { baseOf, type FamilyType, suffixesOf, typesOf } from "../lint/family.ts";
import { numberOf } from "../lint/numbers.ts";
import type { LintFormat } from "../lint/rules.ts";
import { type Label, metadataOf, type Reading, type Sample, sampleOf } from "../lint/scan.ts";
import { lineUnreadable } from "./worded.ts";

export interface PageSample {
  readonly name: string;
  /** By name, in the order of their names. */
  readonly labels: readonly Label[];
  readonly value: number;
  /** Timestamp and exemplar, as they are written. */
  readonly rest: string;
  /** Name and labels as they are printed. */
  readonly shown: string;
}

export interface PageFamily {
  readonly name: string;
  help: string;
  type: string;
  unit: string;
  /** By what is the same for the same series. */
  readonly samples: Map<string, PageSample>;
}

export type Page = ReadonlyMap<string, PageFamily>;

/** Labels whose values are numbers: `1` and `1.0` are the same bound. */
const BOUNDS = new Set(["le", "quantile"]);

function printed(labels: readonly Label[]): string {
  return labels.length === 0 ? "" : `{${labels.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(",")}}`;
}

/** A bound as String writes it, other values as they are. */
function plain({ name, value }: Label): Label {
  const number = BOUNDS.has(name) ? numberOf(value) : undefined;
  if (number === undefined) return { name, value };
  return { name, value: number === Infinity ? "+Inf" : String(number) };
}

function pageSample({ name, labels, value, timestamp, exemplar }: Sample, number: number): PageSample {
  const sorted = labels.map(plain).toSorted((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
  const example = exemplar === undefined ? "" : ` # ${printed(exemplar.labels) || "{}"} ${exemplar.value}`;
  const when = exemplar?.timestamp === undefined ? "" : ` ${exemplar.timestamp}`;
  const rest = `${timestamp === undefined ? "" : ` ${timestamp}`}${example}${when}`;
  return { name, labels: sorted, value: number ?? Number(value), rest, shown: name + printed(sorted) };
}

class Pages {
  readonly families = new Map<string, PageFamily>();
  readonly #format: LintFormat;

  constructor(format: LintFormat) {
    this.#format = format;
  }

  family(name: string): PageFamily {
    let family = this.families.get(name);
    if (family === undefined) {
      family = { name, help: "", type: "", unit: "", samples: new Map() };
      this.families.set(name, family);
    }
    return family;
  }

  /** The family that a sample is of: its own name's, or the one whose type has such samples. */
  of(name: string): PageFamily {
    const base = this.families.get(baseOf(name));
    // A type may be any word.
    if (this.families.has(name) || base === undefined || !typesOf(this.#format).includes(base.type)) return this.family(name);
    const suffixes = suffixesOf(base.type as FamilyType, this.#format);
    return suffixes.includes(name.slice(base.name.length)) ? base : this.family(name);
  }
}

/** Reads a page. Blanks at both ends of a line are none. Throws an Error with the line for what cannot be read, or is there twice. */
export function pageOf(text: string, format: LintFormat): Page {
  const pages = new Pages(format);
  let at = 0;
  let line = "";
  const fails = (why: string): never => {
    throw lineUnreadable(at, line, why);
  };
  const reading: Reading = {
    strict: format === "openmetrics",
    utf8: true,
    tell: (rule, message) => rule === "odd-escape" || fails(message),
  };
  for (const each of text.split("\n")) {
    at++;
    line = each.trim();
    if (line === "" || line === "# EOF") continue;
    if (line.startsWith("#")) {
      // An empty help has its blank behind the name.
      const metadata = metadataOf(each.trimStart().replace(/\r$/, ""), reading);
      if (metadata === undefined) continue;
      const family = pages.family(metadata.name);
      if (metadata.kind === "HELP") family.help = metadata.text.trimEnd();
      else if (metadata.kind === "TYPE") family.type = metadata.text.trimEnd();
      else family.unit = metadata.text.trimEnd();
      continue;
    }
    const sample = sampleOf(line, reading) ?? fails("it is no sample");
    const sampled = pageSample(sample, numberOf(sample.value) ?? fails(`${JSON.stringify(sample.value)} is no number`));
    const { samples } = pages.of(sample.name);
    if (samples.has(sampled.shown)) fails("the series is there twice");
    samples.set(sampled.shown, sampled);
  }
  return pages.families;
}
