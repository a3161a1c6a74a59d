// Everything of a registry as plain data: what JSON can write, over all threads.

import { ABSENT } from "../assembly/status.ts";
import type { Core } from "./core.ts";
import { type Definition, printsWriters } from "./definition.ts";
import { blockLabels, unquoted } from "./labels.ts";
import { histogramValue, type HistogramValue, type Reading, readSeries, statesOf, summaryValue, type SummaryValue } from "./reading.ts";
import { definitionAt } from "./stored.ts";

type DescribedValue = number | readonly string[] | HistogramValue | SummaryValue;

/** A series of a described metric. */
export interface SeriesDescription<V = DescribedValue> {
  /** Of a gauge of mode `all` or `liveall` with the label `writer`: each thread's part is a series, as it is printed. */
  readonly labels: Readonly<Record<string, string>>;
  /** A number, the states that hold, or what `value()` of a histogram or a summary gives; of an info 1. */
  readonly value: V;
}

interface DescribedAs<T extends string, V> {
  readonly type: T;
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly labelNames: readonly string[];
  readonly series: readonly SeriesDescription<V>[];
}

/** One member of the union for each type: `filter` and `find` narrow no member of two. */
type Described<T extends string, V> = T extends string ? DescribedAs<T, V> : never;

/**
 * A described metric: its definition, and its series in the order in which they are printed. Its `type` says what the
 * values are.
 */
export type MetricDescription =
  | Described<"counter" | "gauge" | "unknown" | "info", number>
  | Described<"histogram" | "gaugeHistogram", HistogramValue>
  | Described<"summary", SummaryValue>
  | Described<"stateset", readonly string[]>;

function labelsOf(block: string): Record<string, string> {
  return Object.fromEntries(blockLabels(block).map(([name, value]) => [unquoted(name), unquoted(value)]));
}

/** @internal The label blocks of a family's series. */
export function* blocks(core: Core, address: number, state: number): Generator<string> {
  for (let position = 0; ; position++) {
    const length = core.cold(() => core.verbs.seriesAt(address, state, position));
    if (length === ABSENT) continue;
    if (length < 0) return;
    yield core.text(core.inputRoom(length), length);
  }
}

function valueOf(definition: Definition, read: Reading | undefined): DescribedValue {
  const { kind } = definition;
  if (kind === "histogram" || kind === "gaugeHistogram") return histogramValue(definition, read);
  if (kind === "summary") return summaryValue(definition, read);
  if (kind === "stateset") return statesOf(definition, read);
  return kind === "info" ? 1 : (read?.value ?? 0);
}

function described(core: Core, definition: Definition, address: number, state: number): MetricDescription {
  const { kind, name, help, unit, labelNames } = definition;
  // All blocks first: a reading uses the room that they are told in.
  const series = [...blocks(core, address, state)].flatMap((block): SeriesDescription[] => {
    const labels = labelsOf(block);
    const read = readSeries(core, definition, address, state, block);
    if (!printsWriters(definition.mode)) return [{ labels, value: valueOf(definition, read) }];
    return (read?.parts ?? []).map(({ writer, value }) => ({ labels: { ...labels, writer: String(writer) }, value }));
  });
  // Which values there are follows from the kind.
  return { type: kind, name, help, unit, labelNames, series } as MetricDescription;
}

interface Found {
  readonly definition: Definition;
  readonly address: number;
  readonly state: number;
}

/** @internal Every family of a registry, by whatever thread it was made. */
export function* definitions(core: Core, registry: number, registryState: number): Generator<Found> {
  for (let position = 0; ; position++) {
    const address = core.cold(() => core.verbs.familyAt(registry, registryState, position));
    if (address === ABSENT) continue;
    if (address < 0) return;
    const state = core.verbs.familyAtState();
    yield { definition: definitionAt(core, core.verbs.familyDefinition(address)), address, state };
  }
}

/** @internal Everything but the library's own. */
export function describe(core: Core, registry: number, registryState: number): MetricDescription[] {
  const found = [...definitions(core, registry, registryState)].filter(({ definition }) => !definition.name.startsWith("tallystick_"));
  return found.map(({ definition, address, state }) => described(core, definition, address, state));
}
