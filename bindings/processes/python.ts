// How Python's client names things: files, and the keys in them.

import { blockName, checkLabelNames, checkName } from "../names.ts";
import { labelBlock } from "../labels.ts";
import type { ProcessGaugeMode, SinkDefinition } from "./sink.ts";

/** How values of one series become one; the core has the numbers in image/python.ts. */
export const RULES = { sum: 0, min: 1, max: 2, mostrecent: 3, all: 4 } as const;

/** What a file holds. */
export interface FileKind {
  readonly kind: Exclude<SinkDefinition["kind"], "unknown">;
  readonly mode: ProcessGaugeMode | undefined;
  readonly rule: number;
  /** Each process has a series of its own, under the label `pid`. */
  readonly apart: boolean;
  /** Python forgets it when a process is marked as dead. */
  readonly live: boolean;
}

function gauge(live: "" | "live", mode: keyof typeof RULES): [string, FileKind] {
  const full = `${live}${mode}` as const;
  return [`gauge_${full}`, { kind: "gauge", mode: full, rule: RULES[mode], apart: mode === "all", live: live !== "" }];
}

function summed(kind: "counter" | "histogram" | "summary"): [string, FileKind] {
  return [kind, { kind, mode: undefined, rule: RULES.sum, apart: false, live: false }];
}

const KINDS = new Map<string, FileKind>([
  ...(["counter", "histogram", "summary"] as const).map(summed),
  ...(["all", "min", "max", "sum", "mostrecent"] as const).flatMap((mode) => [gauge("", mode), gauge("live", mode)]),
]);

/** By the numbers that the core keeps. */
export const FILE_KINDS: readonly FileKind[] = [...KINDS.values()];
const NUMBERS = new Map([...KINDS.keys()].map((prefix, number) => [prefix, number]));

const FILE = /^(counter|histogram|summary|gauge_[a-z]+)_(.+)\.db$/s;

/** What Python's client looks at in a directory: not hidden, and with this ending. */
export function isListed(name: string): boolean {
  return name.endsWith(".db") && !name.startsWith(".");
}

/** The number of a file's kind, and whose it is: a pid, unless the application has another name for its processes. Undefined for other programs' files. */
export function fileNamed(name: string): { readonly number: number; readonly process: string } | undefined {
  const parts = FILE.exec(name);
  const number = parts === null ? undefined : NUMBERS.get(parts[1]!);
  return number === undefined ? undefined : { number, process: parts![2]! };
}

/** What one key says. */
export interface KeyMeaning {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly block: string;
  /** Which number of its series it is. */
  readonly part: "value" | "count" | "bucket";
  /** Of a bucket. */
  readonly bound: number;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/;

/** A bound as Python's float() reads it; NaN where there is none. */
function boundOf(text: string): number {
  const lower = text.trim().toLowerCase();
  if (/^\+?inf(inity)?$/.test(lower)) return Infinity;
  return NUMBER.test(lower) ? Number(lower) : NaN;
}

/** What formats before the fourth element said. */
const HELP = "Multiprocess metric";

/** Which part of its series a sample is, by the rest of its name; undefined for what a page does not have from files. */
function partOf(kind: FileKind["kind"], name: string, sample: string): KeyMeaning["part"] | undefined {
  const rest = sample.startsWith(name) ? sample.slice(name.length) : undefined;
  if (kind === "counter") return rest === "_total" || rest === "" ? "value" : undefined;
  if (kind === "gauge") return rest === "" ? "value" : undefined;
  if (rest === "_sum") return "value";
  // A histogram's count is that of its buckets.
  if (kind === "histogram") return rest === "_bucket" ? "bucket" : undefined;
  return rest === "_count" ? "count" : undefined;
}

/** The labels of a key, sorted as Python prints them; undefined where a value is no text. */
function labelsOf(labels: object, { kind }: FileKind): [string, string][] | undefined {
  const sorted = Object.entries(labels as Readonly<Record<string, unknown>>).sort(([one], [other]) => (one < other ? -1 : 1));
  if (!sorted.every((label): label is [string, string] => typeof label[1] === "string")) return undefined;
  // Python takes every gauge's `pid` for that of the process, whoever set it.
  return kind === "gauge" ? sorted.filter(([label]) => label !== "pid") : sorted;
}

function isLawful(name: string, labelNames: readonly string[]): boolean {
  try {
    checkName(name, true);
    checkLabelNames(name, labelNames, true);
    return true;
  } catch {
    return false;
  }
}

/** Reads a key, as JSON, of a file of this kind; undefined where it is none that a page could have. */
export function keyMeaning(json: string, file: FileKind, process: string): KeyMeaning | undefined {
  let key: unknown;
  try {
    key = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(key) || key.length < 3 || key.length > 4) return undefined;
  const [metric, sample, labels, help = HELP] = key as unknown[];
  if (typeof metric !== "string" || typeof sample !== "string" || typeof help !== "string") return undefined;
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) return undefined;
  const part = partOf(file.kind, metric, sample);
  const sorted = labelsOf(labels, file);
  if (part === undefined || sorted === undefined) return undefined;
  let bound = NaN;
  if (part === "bucket") {
    const le = sorted.findIndex(([label]) => label === "le");
    bound = le === -1 ? NaN : boundOf(sorted.splice(le, 1)[0]![1]);
    if (Number.isNaN(bound)) return undefined;
  }
  if (file.apart) {
    const at = sorted.findIndex(([label]) => label > "pid");
    sorted.splice(at === -1 ? sorted.length : at, 0, ["pid", process]);
  }
  const labelNames = sorted.map(([label]) => label);
  const reserved = file.kind === "histogram" ? "le" : file.kind === "summary" ? "quantile" : undefined;
  const name = file.kind === "counter" && metric.endsWith("_total") ? metric.slice(0, -"_total".length) : metric;
  if (!isLawful(name, labelNames) || (reserved !== undefined && labelNames.includes(reserved))) return undefined;
  const values = sorted.map(([, value]) => value);
  if (/\p{Surrogate}/u.test(values.join(",") + help)) return undefined;
  return { name, help, labelNames, block: labelBlock(labelNames.map(blockName), values), part, bound };
}
