// What prom-client's four metrics have in common: a configuration that is checked in its order and words, a family in a store, label
// sets, values as plain objects.

import type { CounterFamily } from "../counter.ts";
import { define, type Definition, type DefinitionOptions } from "../definition.ts";
import type { GaugeFamily } from "../gauge.ts";
import type { HistogramFamily } from "../histogram.ts";
import type { SummaryFamily } from "../summary.ts";
import { keep, Keeper } from "./keeper.ts";
import { allValues, checkKnown, copied, givenBlock, type LabelsGiven, labelsGiven } from "./labels.ts";
import { globalRegisters, listingOf, type Register } from "./listing.ts";
import {
  type Aggregator,
  type CollectFunction,
  type LabelValues,
  type MetricObjectWithValues,
  type MetricType,
  type MetricValueWithName,
  PROMETHEUS,
} from "./shapes.ts";
import type { Stored } from "./stored.ts";
import { invalidLabelNames, validateMetricName } from "./validation.ts";
import { valuesOf } from "./values.ts";
import { collectInvalid, exemplarsNeedOpenMetrics, labelNamesInvalid, missing, nameInvalid, noConfiguration } from "./worded.ts";

/** What every metric is made of. */
export interface MetricConfiguration<T extends string> {
  name: string;
  help: string;
  labelNames?: T[] | readonly T[] | undefined;
  /** Where it is listed; the global registry by default. */
  registers?: Register[] | undefined;
  /** How values of several processes become one; `sum` by default. */
  aggregator?: Aggregator | undefined;
  /** Needs a registry of OpenMetrics. */
  enableExemplars?: boolean | undefined;
}

/** @internal */
export interface FamilyOf {
  readonly counter: CounterFamily;
  readonly gauge: GaugeFamily;
  readonly histogram: HistogramFamily;
  readonly summary: SummaryFamily;
}

/** @internal */
export type HandleOf<K extends MetricType> = ReturnType<FamilyOf[K]["handleOnce"]>;

/** @internal A configuration's own way to a family that is there already. */
export const JOINED = Symbol("joined");

/** Label sets that lack some labels have no place in a family's cache: so many handles of a metric are kept for them. */
const PARTIAL_MOST = 4096;
const NO_LABELS: LabelsGiven = {};

/** A label set's part of a metric, as `labels(...)` gives it: kept where its handle is. */
const CHILD = Symbol("child");

/** @internal The definition's own part of each kind. */
export type Own = Omit<DefinitionOptions, "name" | "help" | "labelNames">;

/** Throws what prom-client throws, in its order. */
function checkConfiguration(config: MetricConfiguration<string> & { readonly collect?: unknown }): void {
  if (typeof config !== "object" || config === null) throw noConfiguration();
  if (!config.help) throw missing("help");
  if (!config.name) throw missing("name");
  if (!validateMetricName(config.name)) throw nameInvalid(config.name);
  const wrong = invalidLabelNames(config.labelNames ?? []);
  if (wrong.length > 0) throw labelNamesInvalid(wrong);
  if (config.collect && typeof config.collect !== "function") throw collectInvalid();
}

export abstract class Metric<T extends string, K extends MetricType, C extends object> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: T[];
  readonly registers: Register[];
  readonly aggregator: Aggregator;
  readonly enableExemplars: boolean;
  readonly type: K;
  /** @internal */
  declare readonly family: FamilyOf[K];
  readonly #keeper: Keeper<FamilyOf[K]>;
  readonly #partial = new Map<string, HandleOf<K>>();
  #bare: HandleOf<K> | undefined;
  #collect: CollectFunction<never> | undefined;

  /** @internal Checks a configuration and registers the metric. */
  protected constructor(type: K, config: MetricConfiguration<T> & { collect?: unknown }, own: (config: MetricConfiguration<T>) => Own) {
    const joined = (config as { readonly [JOINED]?: Stored } | null | undefined)?.[JOINED];
    if (joined === undefined) checkConfiguration(config);
    const { collect } = config;
    this.type = type;
    this.name = config.name;
    this.help = String(config.help);
    this.labelNames = [...(config.labelNames ?? [])];
    this.registers = config.registers ?? globalRegisters();
    this.aggregator = config.aggregator ?? "sum";
    this.enableExemplars = config.enableExemplars === true;
    for (const register of joined === undefined ? this.registers : []) {
      if (this.enableExemplars && register.contentType === PROMETHEUS) throw exemplarsNeedOpenMetrics();
      listingOf(register)?.checkFree(this.name);
    }
    this.#keeper = joined === undefined ? this.#kept(own(config)) : Keeper.joined(this.name, joined, Metric.prototype.get);
    Object.defineProperty(this, "family", { value: this.#keeper.family });
    keep(this, this.#keeper);
    if (joined !== undefined) return;
    for (const register of this.registers) register.registerMetric(this);
    if (collect) this.collect = collect as CollectFunction<never>;
  }

  #kept(own: Own): Keeper<FamilyOf[K]> {
    const { name, type, labelNames, enableExemplars: exemplars } = this;
    // prom-client takes carriage returns at its end, which would stand before the end of a line: a page goes without them.
    const help = this.help.replace(/(?<!\r)\r+$/, "");
    const options = { name, help, labelNames: [...new Set<string>(labelNames)], ...own };
    const defined = define(type, type === "counter" || type === "histogram" ? { ...options, exemplars } : options);
    const definition: Definition = type === "counter" && defined.name === name ? { ...defined, bare: true } : defined;
    // What is left out of the sums of processes is not told to any.
    const home = this.aggregator === "omit" ? undefined : this.registers.map(listingOf).find((listing) => listing !== undefined);
    const store = home?.store();
    // A label of the metric goes before a default label: the registry alone prints those then.
    home?.freeLabels(labelNames);
    return new Keeper<FamilyOf[K]>(name, definition, store, Metric.prototype.get, home?.isHidden(name));
  }

  /** Called at every scrape, with the metric as `this`: of any labels, so that a metric of some labels is one of any. */
  get collect(): CollectFunction<never> | undefined {
    return this.#collect;
  }

  set collect(collect: CollectFunction<never> | undefined) {
    this.#collect = collect;
    this.#keeper.collects(typeof collect === "function" ? () => collect.call(this as never) : undefined);
  }

  /** Its values, after its own `collect`. Rejects with what that throws. */
  async get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>> {
    await this.#keeper.collected();
    const { help, name, type, aggregator } = this;
    const values = valuesOf(this.#keeper.settled) as MetricValueWithName<T>[];
    return { help, name, type, values, aggregator };
  }

  /** Takes a label set from the metric: its values in order, or an object. */
  remove(...values: (string | number)[]): void;
  remove(labels: LabelValues<T>): void;
  remove(...values: unknown[]): void {
    this.removed(labelsGiven(this.labelNames, values));
  }

  /** @internal */
  protected get stored(): Stored {
    return this.#keeper.stored;
  }

  /** @internal What is done before values are read. */
  protected settles(settle: () => void): void {
    this.#keeper.settle = settle;
  }

  /** @internal Begins a label set. */
  protected begun(labels: LabelsGiven): void {
    this.family.bind(givenBlock(this.labelNames, labels), false);
  }

  /** @internal */
  protected removed(labels: LabelsGiven): void {
    this.removedBlock(givenBlock(this.labelNames, labels));
  }

  /** @internal */
  protected removedBlock(block: string): void {
    const { family } = this;
    const { core } = family;
    if (block.length > core.labelsBytesMax) return;
    core.cold(() => core.verbs.seriesRemove(family.address, family.state, core.input(block)));
  }

  /** Takes all label sets from the metric; one without labels begins again at 0. */
  reset(): void {
    this.family.clear();
  }

  /**
   * @internal The handle of a label set, made where there is none; it is kept for whoever comes again by this way. Throws for a label
   * that the metric has not.
   */
  protected handleOf(labels: LabelsGiven, isKept = false): HandleOf<K> {
    const { labelNames, family } = this;
    checkKnown(labelNames, labels);
    const values = labelNames.length === 0 ? undefined : allValues(labelNames, labels);
    if (values !== undefined) {
      // What is no text as it comes is not found by what it is.
      const keeps = isKept || values.some((value, i) => value !== labels[labelNames[i]!]);
      return (keeps ? family.handle(values) : family.handleOnce(values)) as HandleOf<K>;
    }
    const block = givenBlock(labelNames, labels);
    let handle = this.#partial.get(block);
    if (handle === undefined) {
      handle = (family as unknown as { made(block: string): HandleOf<K> }).made(block);
      if (this.#partial.size >= PARTIAL_MOST) this.#partial.clear();
      this.#partial.set(block, handle);
    }
    return handle;
  }

  /** @internal The handle of a label set that is likely to come again. */
  protected observedHandle(labels: LabelsGiven): HandleOf<K> {
    const { family } = this;
    return (family.cache.handle(family.entryOf(labels as never)) as HandleOf<K> | undefined) ?? this.handleOf(labels, true);
  }

  /** @internal The handle of the label set without labels. */
  protected get bare(): HandleOf<K> {
    return (this.#bare ??= this.handleOf(NO_LABELS));
  }

  /** @internal What `labels(...)` gives: made once for as long as its handle is kept. */
  protected child(values: readonly unknown[]): C {
    const { family, labelNames } = this;
    const [first] = values;
    let entry = 0;
    if (typeof first === "object" && first !== null) entry = family.entryOf(first as never);
    else if (values.length === labelNames.length) entry = family.cache.find(values as never);
    const handle = family.cache.handle(entry) as (HandleOf<K> & { [CHILD]?: C }) | undefined;
    const there = handle?.[CHILD];
    if (there !== undefined) return there;
    return this.made(copied(labelsGiven(labelNames, values)));
  }

  /** @internal A child, which begins its series when it is used first. */
  protected abstract made(labels: LabelsGiven): C;

  /** @internal The handle of a child that is used; it is found by its label set from now on. */
  protected kept(labels: LabelsGiven, child: C): HandleOf<K> {
    const { labelNames, family } = this;
    const values = labelNames.length === 0 ? undefined : allValues(labelNames, labels);
    if (values === undefined) return this.handleOf(labels);
    const handle = family.handle(values) as HandleOf<K> & { [CHILD]?: C };
    handle[CHILD] = child;
    return handle;
  }
}
