// What a registry has in this thread: its families by name, made where there are none, and their ends.

import { ABSENT, CLASH, CONFLICT, EXHAUSTED, GONE, LABELS, LIMIT, OK } from "../assembly/status.ts";
import {
  callbackInvalid,
  closed,
  definitionConflict,
  labelIsDefault,
  memoryExhausted,
  MetricsError,
  nameClash,
  nameInvalid,
  nameReserved,
  tooMany,
} from "./errors.ts";
import { ConstantSet } from "./constant.ts";
import { CounterFamily } from "./counter.ts";
import { define, type Definition, type DefinitionOptions, definitionText, type Kind, printedLabels } from "./definition.ts";
import type { Core } from "./core.ts";
import { Exposer } from "./exposer.ts";
import { exemplarBlock, type ExemplarSource } from "./exemplar.ts";
import { GaugeFamily } from "./gauge.ts";
import { HistogramFamily } from "./histogram.ts";
import type {
  Counter,
  CounterOptions,
  Gauge,
  GaugeHistogram,
  GaugeHistogramOptions,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  Info,
  InfoOptions,
  LabelNames,
  StateSet,
  StateSetOptions,
  Summary,
  SummaryOptions,
  UnknownOptions,
} from "./metrics.ts";
import { hidden, labelValues, type Refusal } from "./family.ts";
import { definitionAt, definitionInput } from "./stored.ts";
import { SummaryFamily } from "./summary.ts";
import type { Place } from "./thread.ts";
import { GaugeHistogramFamily, InfoFamily, StateSetFamily } from "./whole.ts";

const FAMILIES = {
  counter: CounterFamily,
  gauge: GaugeFamily,
  histogram: HistogramFamily,
  summary: SummaryFamily,
  info: InfoFamily,
  stateset: StateSetFamily,
  unknown: GaugeFamily,
  gaugeHistogram: GaugeHistogramFamily,
} as const;

/** A name may be given with what its type's samples have behind it. */
const SUFFIXES: readonly (readonly [string, Kind | undefined])[] = [
  ["", undefined],
  ["_total", "counter"],
  ["_info", "info"],
];

/** Of families that two threads define and end at once: so often one is looked for anew. */
const TRIES = 8;

/** @internal */
export type AnyFamily = InstanceType<(typeof FAMILIES)[Kind]> | ConstantSet;

/** A set of metric families, as far as they are made and ended in this thread. */
export abstract class Catalog extends Exposer {
  /** @internal */
  declare readonly families: Map<string, AnyFamily>;
  /** @internal Of the library's own families. */
  declare readonly flags: Map<string, number>;
  #exemplars: ExemplarSource | undefined;

  constructor() {
    super();
    hidden(this, { families: new Map(), flags: new Map() });
  }

  /** @internal Where it is; throws where that is over, for what somebody wanted of it. */
  abstract here(what: string): Place;

  /** @internal The memory that it is in. */
  abstract get core(): Core;

  /** @internal */
  abstract refused(family: string, reason: Refusal): void;

  /**
   * A counter: a value that only grows. The name may be given with or without `_total`; it is printed with it.
   * Returns the same object for the same definition. Throws a RangeError for a name that is not legal, a
   * MetricsError `definition-conflict`, `name-clash` (OpenMetrics 1.0), or `memory-exhausted`.
   */
  counter<const L extends LabelNames = []>(options: CounterOptions<L>): Counter<L> {
    return this.#made("counter", options) as unknown as Counter<L>;
  }

  /** A gauge: a value that goes up and down. `mode` says how the parts of threads become one. Throws as `counter` does. */
  gauge<const L extends LabelNames = []>(options: GaugeOptions<L>): Gauge<L> {
    return this.#made("gauge", options) as unknown as Gauge<L>;
  }

  /** A histogram with fixed upper bounds, ascending. Throws as `counter` does, and a RangeError for bad buckets. */
  histogram<const L extends LabelNames = []>(options: HistogramOptions<L>): Histogram<L> {
    return this.#made("histogram", options) as unknown as Histogram<L>;
  }

  /**
   * A summary: count, sum, and quantiles of the values of the last minutes, right over all threads within `accuracy`.
   * Throws as `counter` does, and a RangeError for quantiles outside 0 to 1 or windows of less than a second.
   */
  summary<const L extends LabelNames = []>(options: SummaryOptions<L>): Summary<L> {
    return this.#made("summary", options) as unknown as Summary<L>;
  }

  /** An info: labels that are what is told; printed with `_info` and the value 1. Throws as `counter` does. */
  info<const L extends LabelNames = []>(options: InfoOptions<L>): Info<L> {
    return this.#made("info", options) as unknown as Info<L>;
  }

  /** A state set: which of its states hold. Throws as `counter` does, and a RangeError for no state, more than 52, or one twice. */
  stateSet<const S extends readonly string[], const L extends LabelNames = []>(options: StateSetOptions<S, L>): StateSet<S, L> {
    return this.#made("stateset", options) as unknown as StateSet<S, L>;
  }

  /** A metric of which nobody knows what it is; used like a gauge of mode `shared`. Throws as `counter` does. */
  unknown<const L extends LabelNames = []>(options: UnknownOptions<L>): Gauge<L> {
    return this.#made("unknown", options) as unknown as Gauge<L>;
  }

  /** A gauge histogram: the distribution of what is there now, set as a whole. Throws as `histogram` does. */
  gaugeHistogram<const L extends LabelNames = []>(options: GaugeHistogramOptions<L>): GaugeHistogram<L> {
    return this.#made("gaugeHistogram", options) as unknown as GaugeHistogram<L>;
  }

  /** A family, with the series that its definition begins with. */
  #made(kind: Kind, options: DefinitionOptions): AnyFamily {
    const definition = define(kind, options);
    const labelSets = options.labelSets ?? [];
    // Before anything is registered.
    for (const labels of labelSets) labelValues(definition, labels);
    const there = this.families.get(definition.name);
    const family = this.family(kind, definition, 0);
    // What is asked for again has begun; it may have been removed since.
    if (family !== there) family.begin();
    family.beginWith(labelSets);
    return family;
  }

  /**
   * Says where the exemplars come from of metrics with `exemplars: true` whose observations bring none. `spanExemplars`
   * makes such a source of OpenTelemetry's `trace`. In this thread.
   */
  setExemplars(source: ExemplarSource | undefined): void {
    if (source !== undefined && typeof source !== "function") throw callbackInvalid("take exemplars from", source);
    this.#exemplars = source;
  }

  /** @internal The block of what the source says now. One that throws says nothing, or says what no exemplar may be: none. */
  exemplar(metric: string): string | undefined {
    try {
      const labels = this.#exemplars?.();
      return labels === undefined || labels === null ? undefined : exemplarBlock(metric, labels);
    } catch {
      return undefined;
    }
  }

  /**
   * @internal A family whose series a collector sets. Constants that stand in its way end where this thread alone has samples
   * in them, unless their name is `taken`: a collector gave them otherwise before.
   */
  constant(kind: Kind, options: DefinitionOptions, taken: (name: string) => boolean): ConstantSet {
    const definition = define(kind, options, true);
    for (let i = 0; ; i++) {
      try {
        return this.family(kind, definition, 0) as unknown as ConstantSet;
      } catch (error) {
        const meets = error instanceof MetricsError && (error.code === "definition-conflict" || error.code === "name-clash");
        if (!meets || i === TRIES || !this.#yields(definition.name, taken)) throw error;
      }
    }
  }

  /** Removes the family that was just in the way of a name; false where it stays. */
  #yields(name: string, taken: (name: string) => boolean): boolean {
    const { core } = this;
    const { verbs } = core;
    const known = this.families.get(name);
    const [address, state] =
      known !== undefined && verbs.recordState(known.address) === known.state
        ? [known.address, known.state]
        : [verbs.conflictAddress(), verbs.familyState()];
    if (taken(definitionAt(core, verbs.familyDefinition(address)).name)) return false;
    const status = core.cold(() => verbs.constantRemove(address, state, core.identity));
    return status === OK || status === GONE;
  }

  /** @internal Forgets a family of constants that collectors of this thread give no more. */
  forget(set: ConstantSet): void {
    if (this.families.get(set.name) === set) this.families.delete(set.name);
  }

  /** @internal The family of a definition, made where there is none. */
  family(kind: Kind, definition: Definition, flags: number): AnyFamily {
    const place = this.here(`register ${kind} "${definition.name}"`);
    if (flags === 0 && definition.name.startsWith("tallystick_")) throw nameReserved(definition.name);
    const text = definitionText(definition);
    const there = this.families.get(definition.name);
    if (there !== undefined && place.core.verbs.recordState(there.address) === there.state) {
      if (definitionText(there.definition) === text) return there;
      throw definitionConflict(kind, definition.name, definitionText(there.definition), text);
    }
    const address = this.registered(place, definition, text, flags);
    const Family = definition.constant ? ConstantSet : FAMILIES[kind];
    const family = new Family(this, definition, address, place.core.verbs.familyState());
    this.families.set(definition.name, family);
    if (flags !== 0) this.flags.set(definition.name, flags);
    return family;
  }

  /** @internal Its address in a place. */
  registered(place: Place, definition: Definition, text: string, flags: number): number {
    const { core } = place;
    const { kind, name } = definition;
    const status = core.cold(() => {
      definitionInput(core, definition);
      return core.verbs.familyCreate(place.address, place.state, flags);
    });
    if (status > 0) return status;
    if (status === EXHAUSTED) throw memoryExhausted(`register ${kind} "${name}"`, core.maxBytes);
    if (status === GONE) throw closed(`register ${kind} "${name}"`);
    if (status === LABELS) throw labelIsDefault(kind, name, printedLabels(definition));
    if (status === LIMIT) throw tooMany(`register ${kind} "${name}"`, "1024 characters of name, 512 buckets");
    const other = definitionText(definitionAt(core, core.verbs.familyDefinition(core.verbs.conflictAddress())));
    if (status === CONFLICT) throw definitionConflict(kind, name, other, text);
    if (status === CLASH) throw nameClash(kind, name, other);
    throw new TypeError(`Cannot register ${kind} "${name}": the core answered ${status}`);
  }

  /** Removes a family by its name; true where there was one. Handles to it count nowhere from then on. */
  remove(name: string): boolean {
    const { core, address, state: registryState } = this.here("remove");
    if (typeof name !== "string") throw nameInvalid(name);
    for (const [suffix, own] of SUFFIXES) {
      if (!name.endsWith(suffix)) continue;
      const candidate = name.slice(0, name.length - suffix.length);
      const family = core.cold(() => core.verbs.familyFind(address, registryState, core.input(candidate)));
      if (family === ABSENT || family < 0) continue;
      const state = core.verbs.familyState();
      if (own !== undefined && definitionAt(core, core.verbs.familyDefinition(family)).kind !== own) continue;
      this.families.delete(candidate);
      return core.cold(() => core.verbs.familyRemove(family, state)) === OK;
    }
    return false;
  }

  /** Removes all families. */
  clear(): void {
    const { core, address, state } = this.here("clear");
    core.cold(() => core.verbs.registryEmpty(address, state, 0));
    this.families.clear();
  }

  /** Sets every series of every family to 0. */
  reset(): void {
    const { core, address, state } = this.here("reset");
    core.cold(() => core.verbs.registryEmpty(address, state, 1));
  }

  /** Ends every series of every family; the families stay, and those without labels begin again at 0. */
  clearSeries(): void {
    const { core, address, state } = this.here("clear the series");
    core.cold(() => core.verbs.registryClear(address, state));
    for (const family of this.families.values()) {
      family.cache.clear();
      if (!family.definition.constant) family.begin();
    }
  }
}
