// A family's definition: checked, completed, and serialised as the core keeps it.

import {
  bucketsInvalid,
  bucketsUnmade,
  defaultLabelsTooLong,
  helpTooLong,
  kindOf,
  labelDoubled,
  labelNameInvalid,
  labelReserved,
  modeInvalid,
  nameInvalid,
  optionInvalid,
  shown,
  unitInvalid,
} from "./errors.ts";
import { checkOptions, type Kinds } from "./options.ts";
import type { Core } from "./core.ts";
import { type LabelValue, labelBlock } from "./labels.ts";

/** @internal */
export type Kind = "counter" | "gauge" | "histogram";

/**
 * How the parts that threads have of a gauge become one value.
 *
 * `shared`: one value for all, `set` is last-write-wins, `inc` and `dec` exact. The others keep a part per
 * thread: `sum`, `min`, `max`; `mostrecent` is the part set last; `all` prints every part, with a label
 * `writer`. Their `live` forms forget the parts of threads that died; where none is left there is no sample,
 * but of `livesum`, which is 0. The names are those of Python's client.
 */
export type GaugeMode =
  "shared" | "sum" | "min" | "max" | "mostrecent" | "all" | "livesum" | "livemin" | "livemax" | "livemostrecent" | "liveall";

/** The modes by the core's numbers. */
const MODES: ReadonlyMap<GaugeMode, number> = new Map([
  ["shared", 0],
  ["sum", 1],
  ["min", 2],
  ["max", 3],
  ["mostrecent", 4],
  ["all", 5],
  ["livesum", 9],
  ["livemin", 10],
  ["livemax", 11],
  ["livemostrecent", 12],
  ["liveall", 13],
]);
const MODE_NAMES: ReadonlyMap<number, GaugeMode> = new Map([...MODES].map(([name, number]) => [number, name]));

/** @internal Prints every writer's part, under a label of its own. */
export function printsWriters(mode: GaugeMode): boolean {
  return mode === "all" || mode === "liveall";
}

/** @internal Keeps the part that was set last. */
export function keepsLatest(mode: GaugeMode): boolean {
  return mode === "mostrecent" || mode === "livemostrecent";
}
const KINDS: readonly Kind[] = ["counter", "gauge", "histogram"];

/** Prometheus' own default: request latencies in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/**
 * `count` bounds, each `width` above the one before: for `buckets`. Throws a RangeError for none, and for a width that is not
 * positive.
 *
 * @example
 * ```ts
 * import { linearBuckets } from "tallystick";
 *
 * linearBuckets(0, 5, 4); // [0, 5, 10, 15]
 * ```
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  checkSteps("width", start, width, width > 0, count);
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * `count` bounds, each `factor` times the one before: for `buckets`. Throws a RangeError for none, for a start that is not
 * positive and for a factor of 1 or less.
 *
 * @example
 * ```ts
 * import { exponentialBuckets } from "tallystick";
 *
 * exponentialBuckets(1, 2, 5); // [1, 2, 4, 8, 16]
 * ```
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  checkSteps("factor", start, factor, start > 0 && factor > 1, count);
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}

function checkSteps(step: string, start: number, by: number, good: boolean, count: number): void {
  if (good && Number.isFinite(start) && Number.isFinite(by) && Number.isInteger(count) && count > 0 && count <= BOUNDS_MAX) return;
  throw bucketsUnmade(step, start, by, count, BOUNDS_MAX);
}

const BOUNDS_MAX = 512;
const LABELS_MAX = 64;
const HELP_MAX = 65536;
const NAME_MAX = 1024;
const DEFAULT_LABELS_MAX = 4096;
const encoder = new TextEncoder();
/** Bytes before the bounds. */
const HEAD = 32;

/** @internal */
export interface Definition {
  readonly kind: Kind;
  /** Without a counter's `_total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly labelNames: readonly string[];
  readonly mode: GaugeMode;
  readonly buckets: readonly number[];
}

/** @internal */
export interface DefinitionOptions {
  readonly name: string;
  readonly help?: string;
  readonly unit?: string;
  readonly labelNames?: readonly string[];
  readonly mode?: GaugeMode;
  readonly buckets?: readonly number[];
}

function checkName(name: unknown): asserts name is string {
  if (typeof name !== "string" || name.length > NAME_MAX || !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw nameInvalid(name);
}

/** @internal */
export function checkLabelNames(metric: string, names: readonly string[]): void {
  if (names.length > LABELS_MAX) throw labelReserved(metric, names[LABELS_MAX]!, `a metric has at most ${LABELS_MAX} labels`);
  const seen = new Set<string>();
  for (const label of names) {
    if (typeof label !== "string" || label.length > NAME_MAX || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label.startsWith("__"))
      throw labelNameInvalid(metric, label);
    if (seen.has(label)) throw labelDoubled(metric, label);
    seen.add(label);
  }
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

function checkBuckets(metric: string, buckets: readonly number[]): readonly number[] {
  const bounds = buckets.at(-1) === Infinity ? buckets.slice(0, -1) : [...buckets];
  if (bounds.length > BOUNDS_MAX) throw bucketsInvalid(metric, `there are ${bounds.length}, and at most ${BOUNDS_MAX} are allowed`);
  bounds.forEach((bound, i) => {
    if (typeof bound !== "number" || !Number.isFinite(bound))
      throw bucketsInvalid(metric, `${shown(bound)} at ${i} is not a finite number`);
    // -0 and 0 are one bound.
    if (i > 0 && !(bound > bounds[i - 1]!))
      throw bucketsInvalid(metric, `${bound} at ${i} must be greater than ${bounds[i - 1]!} before it`);
  });
  return bounds.map((bound) => (bound === 0 ? 0 : bound));
}

const OPTIONS: Kinds = { name: "string", help: "string", unit: "string", labelNames: "Array" };
const OPTIONS_OF: Readonly<Record<Kind, Kinds>> = {
  counter: OPTIONS,
  gauge: { ...OPTIONS, mode: "string" },
  histogram: { ...OPTIONS, buckets: "Array" },
};

/** @internal Checks what a user wrote and completes it. */
export function define(kind: Kind, options: DefinitionOptions): Definition {
  const named: unknown = (options as DefinitionOptions | undefined | null)?.name;
  checkOptions(typeof named === "string" ? `${kind} ${shown(named)}` : `a ${kind}`, options, OPTIONS_OF[kind]);
  checkName(named);
  const name = kind === "counter" && options.name.length > 6 && options.name.endsWith("_total") ? options.name.slice(0, -6) : options.name;
  const help = options.help ?? "";
  if (help.length > HELP_MAX) throw helpTooLong(options.name, help);
  const labelNames = [...(options.labelNames ?? [])];
  checkLabelNames(options.name, labelNames);
  const mode = kind === "gauge" ? (options.mode ?? "shared") : "shared";
  if (!MODES.has(mode)) throw modeInvalid(options.name, mode, [...MODES.keys()]);
  if (kind === "histogram" && labelNames.includes("le")) throw labelReserved(options.name, "le", "a histogram prints its bounds under it");
  if (printsWriters(mode) && labelNames.includes("writer"))
    throw labelReserved(options.name, "writer", `a gauge of mode "${mode}" prints its writers under it`);
  const unit = options.unit ?? "";
  if (unit !== "" && (!/^[a-zA-Z0-9_:]+$/.test(unit) || !name.endsWith(`_${unit}`))) throw unitInvalid(options.name, unit);
  const buckets = kind === "histogram" ? checkBuckets(options.name, options.buckets ?? DEFAULT_BUCKETS) : [];
  return { kind, name, help, unit, labelNames, mode, buckets };
}

/** @internal A definition as a person writes it, for errors. */
export function definitionText(definition: Definition): string {
  const parts = [`${definition.kind} "${definition.name}"`];
  if (definition.kind === "gauge") parts.push(`mode ${definition.mode}`);
  parts.push(`labels [${definition.labelNames.join(", ")}]`);
  if (definition.kind === "histogram") parts.push(`buckets [${definition.buckets.join(", ")}]`);
  if (definition.unit !== "") parts.push(`unit ${definition.unit}`);
  parts.push(`help ${JSON.stringify(definition.help)}`);
  return parts.join(", ");
}

/** @internal Puts a definition into the writer's input; equal definitions are equal bytes. */
export function definitionInput(core: Core, definition: Definition): void {
  const unit = encoder.encode(definition.unit);
  const help = encoder.encode(definition.help);
  const labels = encoder.encode(definition.labelNames.join(","));
  const name = encoder.encode(definition.name);
  const bounds = definition.buckets;
  const length = HEAD + bounds.length * 8 + unit.length + help.length + labels.length + name.length;
  const address = core.inputRoom(length);
  const view = core.view(address, length);
  [
    length,
    KINDS.indexOf(definition.kind) + 1,
    MODES.get(definition.mode)!,
    bounds.length,
    unit.length,
    help.length,
    labels.length,
    name.length,
  ].forEach((word, i) => view.setUint32(i * 4, word, true));
  bounds.forEach((bound, i) => view.setFloat64(HEAD + i * 8, bound, true));
  let at = address + HEAD + bounds.length * 8;
  const bytes = core.bytes(address + length);
  for (const part of [unit, help, labels, name]) {
    bytes.set(part, at);
    at += part.length;
  }
}

/** @internal Reads a family's definition back from the memory. */
export function definitionAt(core: Core, address: number): Definition {
  const length = core.view(address, 4).getUint32(0, true);
  const view = core.view(address, length);
  const word = (i: number) => view.getUint32(i * 4, true);
  const boundCount = word(3);
  const buckets = Array.from({ length: boundCount }, (_, i) => view.getFloat64(HEAD + i * 8, true));
  let at = address + HEAD + boundCount * 8;
  const part = (bytes: number) => {
    const text = core.text(at, bytes);
    at += bytes;
    return text;
  };
  const unit = part(word(4));
  const help = part(word(5));
  const labels = part(word(6));
  const name = part(word(7));
  return {
    kind: KINDS[word(1) - 1]!,
    name,
    help,
    unit,
    labelNames: labels === "" ? [] : labels.split(","),
    mode: MODE_NAMES.get(word(2))!,
    buckets,
  };
}

/** @internal The labels that a family prints, its own and those of its type. */
export function printedLabels({ kind, labelNames, mode }: Definition): string[] {
  return [...labelNames, ...(kind === "histogram" ? ["le"] : []), ...(printsWriters(mode) ? ["writer"] : [])];
}
