// A family's definition: checked, completed, and serialised as the core keeps it.

import { checkBuckets, DEFAULT_BUCKETS, type NativeBuckets, nativeOf } from "./buckets.ts";
import {
  helpInvalid,
  labelReserved,
  labelSetsTooMany,
  modeInvalid,
  optionOutside,
  shown,
  statesInvalid,
  statesMissing,
  unitInvalid,
} from "./errors.ts";
import { checkLabelNames, checkName, classicLabel, isReserved } from "./names.ts";
import { checkOptions, type Kinds } from "./options.ts";
import { checkQuantiles, DEFAULT_QUANTILES, NO_WINDOWS, windowsOf } from "./quantiles.ts";
import type { LabelValue } from "./labels.ts";
import { within } from "./values.ts";

/** @internal Flags of families, as the core knows them: the library's own; printed as the time since. */
export const FLAG_OWN = 1;
/** @internal */
export const FLAG_AGE = 2;

/** @internal */
export type Kind = "counter" | "gauge" | "histogram" | "summary" | "info" | "stateset" | "unknown" | "gaugeHistogram";

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

const MODES: readonly GaugeMode[] = [
  "shared",
  "sum",
  "min",
  "max",
  "mostrecent",
  "all",
  "livesum",
  "livemin",
  "livemax",
  "livemostrecent",
  "liveall",
];

/** @internal Prints every writer's part, under a label of its own. */
export function printsWriters(mode: GaugeMode): boolean {
  return mode === "all" || mode === "liveall";
}

/** @internal Keeps the part that was set last. */
export function keepsLatest(mode: GaugeMode): boolean {
  return mode === "mostrecent" || mode === "livemostrecent";
}

/** Suffixes that belong to a kind's samples and may be given with the name. */
const OWN_SUFFIXES: Partial<Record<Kind, string>> = { counter: "_total", info: "_info" };

/** @internal What a kind's samples have behind the name, in one format or another; rule O9. */
export const SAMPLE_SUFFIXES: Readonly<Record<Kind, readonly string[]>> = {
  counter: ["", "_total", "_created"],
  gauge: [""],
  histogram: ["", "_bucket", "_sum", "_count", "_created"],
  summary: ["", "_sum", "_count", "_created"],
  info: ["", "_info"],
  stateset: [""],
  unknown: [""],
  gaugeHistogram: ["", "_bucket", "_sum", "_count", "_gsum", "_gcount"],
};

/** As many bits as a double has for whole numbers. */
const STATES_MAX = 52;
const HELP_MAX = 65536;

/** @internal */
export interface Definition {
  readonly kind: Kind;
  /** Without a counter's `_total` and an info's `_info`. */
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly labelNames: readonly string[];
  readonly mode: GaugeMode;
  readonly buckets: readonly number[];
  readonly native: NativeBuckets | undefined;
  readonly states: readonly string[];
  readonly quantiles: readonly number[];
  readonly accuracy: number;
  readonly maxAgeSeconds: number;
  readonly ageBuckets: number;
  readonly maxSeries: number;
  readonly expireAfterSeconds: number;
  readonly exemplars: boolean;
  /** Its series are set as a whole, by a collector. */
  readonly constant: boolean;
  /** A counter that whoever named it prints without `_total` in text 0.0.4: `tallystick/prom-client`. */
  readonly bare?: boolean;
}

/** @internal */
export interface DefinitionOptions {
  readonly name: string;
  readonly help?: string;
  readonly unit?: string;
  readonly labelNames?: readonly string[];
  readonly mode?: GaugeMode;
  readonly buckets?: readonly number[];
  readonly native?: boolean | Partial<NativeBuckets>;
  readonly states?: readonly string[];
  readonly quantiles?: readonly number[];
  readonly accuracy?: number;
  readonly maxAgeSeconds?: number;
  readonly ageBuckets?: number;
  readonly maxSeries?: number;
  readonly expireAfterSeconds?: number;
  readonly exemplars?: boolean;
  readonly utf8?: boolean;
  readonly labelSets?: readonly Readonly<Record<string, LabelValue>>[];
}

const OPTIONS: Kinds = {
  name: "string",
  help: "string",
  labelNames: "Array",
  maxSeries: "number",
  expireAfterSeconds: "number",
  labelSets: "Array",
  utf8: "boolean",
};
const MEASURED: Kinds = { ...OPTIONS, unit: "string" };
const OPTIONS_OF: Readonly<Record<Kind, Kinds>> = {
  counter: { ...MEASURED, exemplars: "boolean" },
  gauge: { ...MEASURED, mode: "string" },
  histogram: { ...MEASURED, buckets: "Array", exemplars: "boolean", native: ["boolean", "Object"] },
  summary: { ...MEASURED, quantiles: "Array", accuracy: "number", maxAgeSeconds: "number", ageBuckets: "number" },
  info: OPTIONS,
  stateset: { ...OPTIONS, states: "Array" },
  unknown: MEASURED,
  gaugeHistogram: { ...MEASURED, buckets: "Array" },
};

function checkStates(metric: string, states: readonly string[] | undefined | null): readonly string[] {
  if (states === undefined || states === null) throw statesMissing(metric, states, STATES_MAX);
  const { length } = states;
  if (length === 0 || length > STATES_MAX) throw statesInvalid(metric, `there are ${length}, and there must be from 1 to ${STATES_MAX}`);
  const seen = new Set<string>();
  for (const state of states) {
    if (typeof state !== "string" || state === "") throw statesInvalid(metric, `${shown(state)} is no name of a state`);
    if (seen.has(state)) throw statesInvalid(metric, `${shown(state)} is there twice`);
    seen.add(state);
  }
  return [...states];
}

/** Labels that a kind prints itself, and why nobody else may. */
function checkReserved(kind: Kind, metric: string, name: string, mode: GaugeMode, labelNames: readonly string[]): void {
  const reserved: (string | undefined)[][] = [
    [kind === "histogram" || kind === "gaugeHistogram" ? "le" : undefined, "a histogram prints its bounds under it"],
    [kind === "summary" ? "quantile" : undefined, "a summary prints its quantiles under it"],
    [kind === "stateset" ? name : undefined, "a state set prints its states under its own name"],
    [printsWriters(mode) ? "writer" : undefined, `a gauge of mode "${mode}" prints its writers under it`],
  ];
  const printed = labelNames.map(classicLabel);
  for (const [label, why] of reserved)
    if (label !== undefined && printed.includes(classicLabel(label))) throw labelReserved(metric, label, why!);
}

/** The name of a state set is the name of a label, too. */
function checkStateLabel(metric: string, name: string): void {
  if (name.includes(":")) throw statesInvalid(metric, "it prints them under its own name, which has a colon");
  if (isReserved(name)) throw statesInvalid(metric, "it prints them under its own name, and no label's begins with __");
}

/** Classic buckets: of a native histogram only where some are asked for. */
function bucketsOf(kind: Kind, options: DefinitionOptions): readonly number[] {
  if (kind !== "histogram" && kind !== "gaugeHistogram") return [];
  if (options.buckets === undefined && options.native !== undefined && options.native !== false) return [];
  return checkBuckets(options.name, options.buckets ?? DEFAULT_BUCKETS);
}

/** @internal Checks what a user wrote and completes it. */
export function define(kind: Kind, options: DefinitionOptions, constant = false): Definition {
  const named: unknown = (options as DefinitionOptions | undefined | null)?.name;
  checkOptions(typeof named === "string" ? `${kind} ${shown(named)}` : `a ${kind}`, options, OPTIONS_OF[kind]);
  const utf8 = options.utf8 === true;
  checkName(named, utf8);
  const own = OWN_SUFFIXES[kind] ?? "";
  const name = own !== "" && named.length > own.length && named.endsWith(own) ? named.slice(0, -own.length) : named;
  const help = options.help ?? "";
  if (help.length > HELP_MAX) throw helpInvalid(named, help, "have at most 65536 characters");
  if (help.endsWith("\r")) throw helpInvalid(named, help, "not end with a carriage return, which no format escapes");
  const labelNames = [...(options.labelNames ?? [])];
  checkLabelNames(named, labelNames, utf8);
  const mode = kind === "gauge" ? (options.mode ?? "shared") : "shared";
  if (!MODES.includes(mode)) throw modeInvalid(named, mode, MODES);
  checkReserved(kind, named, name, mode, labelNames);
  if (kind === "stateset") checkStateLabel(named, name);
  const unit = options.unit ?? "";
  if (unit !== "" && (!/^[a-zA-Z0-9_:]+$/.test(unit) || !name.endsWith(`_${unit}`))) throw unitInvalid(named, unit);
  const maxSeries = options.maxSeries ?? 0;
  if (options.maxSeries !== undefined && options.maxSeries !== null && !within(maxSeries, 1, 2 ** 27, true))
    throw optionOutside(named, "maxSeries", maxSeries, "a whole number from 1 to 134217728");
  const begun = options.labelSets?.length ?? 0;
  if (maxSeries !== 0 && begun > maxSeries) throw labelSetsTooMany(named, begun, maxSeries);
  const expireAfterSeconds = options.expireAfterSeconds ?? 0;
  if (!within(expireAfterSeconds, 0, 2 ** 31, true))
    throw optionOutside(named, "expireAfterSeconds", expireAfterSeconds, "a whole number of seconds");
  return {
    kind,
    name,
    help,
    unit,
    labelNames,
    mode,
    buckets: bucketsOf(kind, options),
    native: kind === "histogram" ? nativeOf(named, options.native) : undefined,
    states: kind === "stateset" ? checkStates(named, options.states) : [],
    quantiles: kind === "summary" ? checkQuantiles(named, options.quantiles ?? DEFAULT_QUANTILES) : [],
    ...(kind === "summary" ? windowsOf(named, options) : NO_WINDOWS),
    maxSeries,
    expireAfterSeconds,
    exemplars: options.exemplars === true,
    constant,
  };
}

/** @internal A definition as a person writes it, for errors. */
export function definitionText(definition: Definition): string {
  const { kind, native, constant } = definition;
  const parts = [`${kind} "${definition.name}"`];
  if (kind === "gauge") parts.push(`mode ${definition.mode}`);
  parts.push(`labels [${definition.labelNames.join(", ")}]`);
  if (kind === "gaugeHistogram" || (kind === "histogram" && (native === undefined || definition.buckets.length > 0)))
    parts.push(`buckets [${definition.buckets.join(", ")}]`);
  if (native !== undefined)
    parts.push(`native schema ${native.schema}, maxBuckets ${native.maxBuckets}, zeroThreshold ${native.zeroThreshold}`);
  if (kind === "stateset") parts.push(`states [${definition.states.join(", ")}]`);
  if (kind === "summary") {
    parts.push(`quantiles [${definition.quantiles.join(", ")}]`, `accuracy ${definition.accuracy}`);
    parts.push(`maxAgeSeconds ${definition.maxAgeSeconds}`, `ageBuckets ${definition.ageBuckets}`);
  }
  if (definition.exemplars) parts.push("exemplars");
  if (definition.maxSeries !== 0) parts.push(`maxSeries ${definition.maxSeries}`);
  if (definition.expireAfterSeconds !== 0) parts.push(`expireAfterSeconds ${definition.expireAfterSeconds}`);
  if (constant) parts.push("set by a collector");
  if (definition.bare === true) parts.push("named without _total");
  if (definition.unit !== "") parts.push(`unit ${definition.unit}`);
  parts.push(`help ${JSON.stringify(definition.help)}`);
  return parts.join(", ");
}

/** @internal The labels that a family prints, its own and those of its type. */
export function printedLabels({ kind, name, labelNames, mode }: Definition): string[] {
  const own = { histogram: ["le"], gaugeHistogram: ["le"], summary: ["quantile"], stateset: [name] } as Partial<Record<Kind, string[]>>;
  return [...labelNames, ...(own[kind] ?? []), ...(printsWriters(mode) ? ["writer"] : [])];
}
