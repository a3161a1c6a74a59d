// prom-client's registry: a list of metrics by their names, in the order in which they came, over a store, which has their series. The
// global one's store is the default registry, which all threads of a process share.

import { Registry as Store, registry as defaultStore } from "../index.ts";
import { aggregators } from "./aggregators.ts";
import type { Counter } from "./counter.ts";
import { tellLabels } from "./default-labels.ts";
import type { Gauge } from "./gauge.ts";
import type { Histogram } from "./histogram.ts";
import { failed, type Keeper, keeperOf, otherThreads } from "./keeper.ts";
import { defaultsOf, type Page } from "./lines.ts";
import { Found } from "./found.ts";
import { type Attached, enlist, type Listing, listingOf, type Register, setGlobalRegister } from "./listing.ts";
import {
  type Gettable,
  type MetricObject,
  type MetricObjectWithValues,
  type MetricValue,
  OPENMETRICS,
  type OpenMetricsContentType,
  PROMETHEUS,
  type PrometheusContentType,
  type RegistryContentType,
} from "./shapes.ts";
import { storedOf, Text } from "./text.ts";
import type { Summary } from "./summary.ts";
import { valuesOf } from "./values.ts";
import { View, viewOf, viewsOf } from "./view.ts";
import { aggregatorUnknown, contentTypesDiffer, contentTypeUnsupported, registeredAlready } from "./worded.ts";

/** Any of the four. */
export type Metric<T extends string = string> = Counter<T> | Gauge<T> | Histogram<T> | Summary<T>;

type Json = MetricObjectWithValues<MetricValue<string>>;

function isSupported(contentType: unknown): contentType is RegistryContentType {
  return contentType === PROMETHEUS || contentType === OPENMETRICS;
}

/**
 * A list of metrics, and their page.
 *
 * @example
 * ```ts
 * import { Gauge, Registry } from "tallystick/prom-client";
 *
 * const shop = new Registry();
 * new Gauge({ name: "orders_open", help: "Open orders.", registers: [shop] }).set(3);
 * await shop.metrics();
 * // # HELP orders_open Open orders.
 * // # TYPE orders_open gauge
 * // orders_open 3
 * ```
 */
export class Registry<T extends RegistryContentType = RegistryContentType> {
  /** `text/plain; version=0.0.4; charset=utf-8`. */
  static get PROMETHEUS_CONTENT_TYPE(): PrometheusContentType {
    return PROMETHEUS;
  }

  /** `application/openmetrics-text; version=1.0.0; charset=utf-8`. */
  static get OPENMETRICS_CONTENT_TYPE(): OpenMetricsContentType {
    return OPENMETRICS;
  }

  /** The registry of metrics that are given none. */
  static globalRegistry: Registry<RegistryContentType>;

  #contentType: RegistryContentType;
  #listed = new Map<string, Gettable>();
  #defaults: Readonly<Record<string, unknown>> = {};
  /** Names of families that somebody else sets anew, and that are not to be shown. */
  readonly #hidden = new Set<string>();
  #store: Store | undefined;
  /** Whether the store has default labels from here. */
  #isLabelled = false;
  readonly #attached: Attached[] = [];
  readonly #found = new Found();

  /** Throws a TypeError for another content type than these two. */
  constructor(contentType: RegistryContentType = PROMETHEUS) {
    if (!isSupported(contentType)) throw contentTypeUnsupported(contentType, true);
    this.#contentType = contentType;
    enlist(this, this.#listing());
  }

  /** @internal The one over the default registry. */
  static over(store: Store): Registry<RegistryContentType> {
    const made = new Registry<RegistryContentType>();
    made.#store = store;
    return made;
  }

  #listing(): Listing {
    return {
      store: () => (this.#store ??= new Store()),
      has: (metric) => [...this.#listed.values()].includes(metric as Gettable),
      checkFree: (name) => {
        if (this.#listed.has(name)) throw registeredAlready(name);
      },
      isHidden: (name) => this.#hidden.has(name),
      freeLabels: (names) => {
        if (names.some((name) => Object.hasOwn(this.#defaults, name))) this.#relabel(names);
      },
      attach: (attached) => {
        this.#hidden.clear();
        this.#attached.push(attached);
      },
      text: (contentType) => this.#text(contentType),
      moveTo: (store, taken) => this.#moveTo(store, taken),
    };
  }

  /** Moves its metrics into another store, where other threads and processes have them. */
  #moveTo(to: Store, taken: (name: string) => boolean): void {
    const from = this.#store;
    this.#store = to;
    if (from === undefined || from === to) return;
    for (const metric of this.#listed.values()) {
      const keeper = keeperOf(metric);
      if (keeper !== undefined && keeper.store === from && !taken(keeper.family.definition.name)) moved(keeper, to, false);
    }
    for (const attached of this.#attached) attached.move();
    this.#relabel();
  }

  /** The content type of `metrics()`. */
  get contentType(): RegistryContentType {
    return this.#contentType;
  }

  /** Says what `metrics()` is written as. Throws an Error for another content type than these two. */
  setContentType(contentType: T | RegistryContentType): void {
    if (!isSupported(contentType)) throw contentTypeUnsupported(contentType, false);
    this.#contentType = contentType;
  }

  /** The page of all metrics: after their `collect` functions, of which one that fails costs the page no other metric. */
  metrics(): Promise<string> {
    return this.#text(this.#contentType);
  }

  async #text(contentType: RegistryContentType): Promise<string> {
    const page = this.#page(contentType);
    const text = new Text(page);
    const texts: string[] = [];
    for (const metric of await this.#collected()) {
      try {
        texts.push(await text.of(metric));
      } catch (error) {
        failed(metric.name, error);
      }
    }
    return page.openMetrics ? `${[...texts, "# EOF"].join("\n")}\n` : `${texts.join("\n\n")}\n`;
  }

  #page(contentType: RegistryContentType): Page {
    return { openMetrics: contentType === OPENMETRICS, defaults: defaultsOf(this.#defaults) };
  }

  /** Everything that is shown, after the collectors of every store that it is in. */
  async #collected(): Promise<Gettable[]> {
    const stores = new Set<Store>();
    if (this.#store !== undefined) stores.add(this.#store);
    for (const metric of this.#listed.values()) {
      const stored = storedOf(metric);
      if (stored !== undefined) stores.add(stored.store);
    }
    await Promise.all([...stores].map((store) => store.collected()));
    return this.#shown();
  }

  /** What is listed, then what its store has besides. */
  #shown(): Gettable[] {
    const listed = [...this.#listed.values()];
    if (this.#store === undefined) return listed;
    const own = new Set(listed.flatMap((metric) => keeperOf(metric)?.family.definition.name ?? []));
    const views = viewsOf(this.#store, own);
    return [...listed, ...views.filter(({ name }) => !this.#listed.has(name) && !this.#hidden.has(name))];
  }

  /** Lists a metric. Throws an Error where another one has its name. */
  registerMetric(metric: Gettable): void {
    const there = this.#listed.get(metric.name);
    if (there !== undefined && there !== metric) throw registeredAlready(metric.name);
    this.#listed.set(metric.name, metric);
    this.#hidden.delete(metric.name);
    const keeper = keeperOf(metric);
    if (keeper?.isApart === true && (metric as Partial<MetricObject>).aggregator !== "omit") moved(keeper, listingOf(this)!.store(), false);
  }

  /** The text of one metric, in the content type of this registry. */
  async getMetricsAsString(metric: Gettable): Promise<string> {
    if (metric instanceof View) await View.stored(metric).store.collected();
    else await keeperOf(metric)?.collected();
    return new Text(this.#page(this.#contentType)).of(metric);
  }

  /** The text of the metric of a name. */
  getSingleMetricAsString(name: string): Promise<string> {
    return this.getMetricsAsString((this.#listed.get(name) ?? this.#view(name)) as Gettable);
  }

  /** The metric of a name. One that another thread made counts here, too; default metrics can only be read. */
  getSingleMetric<L extends string>(name: string): Metric<L> | undefined {
    const listed = this.#listed.get(name);
    if (listed !== undefined) return listed as Gettable as Metric<L>;
    const view = this.#view(name);
    return (view && (this.#found.of(View.stored(view), this) ?? view)) as Metric<L> | undefined;
  }

  /** What its store has besides. */
  #view(name: string): View | undefined {
    return this.#store === undefined || this.#hidden.has(name) ? undefined : viewOf(this.#store, name);
  }

  /** All metrics, or those whose `aggregator` is this one. */
  getMetricsAsArray(aggregator?: string): MetricObject[] {
    const all = this.#shown() as unknown as MetricObject[];
    return aggregator === undefined ? all : all.filter((metric) => (metric.aggregator ?? "sum") === aggregator);
  }

  /** All metrics with their values, or those whose `aggregator` is this one. */
  async getMetricsAsJSON(aggregator?: string): Promise<Json[]> {
    const found: Json[] = [];
    const defaults = Object.entries(this.#defaults);
    for (const metric of await this.#collected()) {
      if (aggregator !== undefined && ((metric as Partial<MetricObject>).aggregator ?? "sum") !== aggregator) continue;
      try {
        const told = await this.#told(metric);
        for (const value of defaults.length === 0 ? [] : (told.values ?? [])) {
          const labels: Record<string, unknown> = { ...value.labels };
          // What every object inherits is no label.
          for (const [name, text] of defaults) labels[name] = (Object.hasOwn(labels, name) ? labels[name] : undefined) ?? text;
          value.labels = labels as Json["values"][number]["labels"];
        }
        found.push(told);
      } catch (error) {
        failed(metric.name, error);
      }
    }
    return found;
  }

  async #told(metric: Gettable): Promise<Json> {
    const stored = storedOf(metric);
    if (stored === undefined) return (await metric.get()) as Json;
    const { name, help, type, aggregator } = metric as unknown as MetricObject;
    return { help, name, type, values: valuesOf(stored), aggregator };
  }

  /** Takes the metric of a name from the list; its name is free, and the metric goes on outside of the registry. */
  removeSingleMetric(name: string): void {
    const metric = this.#listed.get(name);
    this.#listed.delete(name);
    if (metric !== undefined) {
      this.#leave([metric]);
      return;
    }
    if (this.#store === undefined) return;
    const view = viewOf(this.#store, name);
    if (view === undefined) return;
    // What is set anew at each scrape comes back, and is not shown.
    this.#hidden.add(name);
  }

  /** Takes all metrics from the list, the default metrics and the default labels too. */
  clear(): void {
    const metrics = [...this.#listed.values()];
    this.#listed = new Map();
    this.#hidden.clear();
    for (const attached of this.#attached.splice(0)) attached.close();
    this.#leave(metrics);
    this.setDefaultLabels({});
  }

  /**
   * Frees the names of metrics that are listed no more: their families go into a store beside, with what they counted. While other
   * threads live the families stay, for they are theirs, too: nothing that was counted goes back. So do those that other processes count
   * in, for what they counted would be taken along as this one's, and be there twice.
   */
  #leave(metrics: readonly Gettable[]): void {
    const store = this.#store;
    if (store === undefined) return;
    const leaving = metrics.filter((metric) => keeperOf(metric)?.store === store && !keeperOf(metric)!.isImported);
    if (leaving.length === 0 || otherThreads(store.core) > 0) return;
    const beside = new Store();
    for (const metric of leaving) {
      const { registers = [] } = metric as { readonly registers?: readonly Register[] };
      const elsewhere = registers.map(listingOf).find((listing) => listing?.has(metric) === true);
      moved(keeperOf(metric)!, elsewhere?.store() ?? beside, elsewhere === undefined);
    }
  }

  /** Sets all metrics back, each as its own `reset()` does. */
  resetMetrics(): void {
    for (const metric of this.#shown()) (metric as { reset?(): void }).reset?.();
  }

  /** Labels that each sample of the page gets which has none of that name. */
  setDefaultLabels(labels: object): void {
    this.#defaults = { ...labels };
    this.#relabel();
  }

  /** Tells them to the store: other threads and processes print them. Those that this registry told before are over. */
  #relabel(without: readonly string[] = []): void {
    if (!this.#isLabelled && Object.keys(this.#defaults).length === 0) return;
    this.#isLabelled = tellLabels(listingOf(this)!.store(), this.#defaults, without);
  }

  /** A registry that lists the metrics of all of these. Throws an Error where names meet, or content types differ. */
  static merge(registers: readonly Registry<RegistryContentType>[]): Registry<RegistryContentType> {
    const contentType = registers[0]!.contentType;
    if (registers.some((registry) => registry.contentType !== contentType)) throw contentTypesDiffer();
    const merged = new Registry<RegistryContentType>(contentType);
    for (const metric of registers.flatMap((registry) => registry.#shown())) {
      const there = merged.#listed.get(metric.name);
      if (there !== undefined && there !== metric) throw registeredAlready(metric.name);
      // Listed alone: its family is where it was.
      merged.#listed.set(metric.name, metric);
    }
    return merged;
  }

  /**
   * One registry of what `getMetricsAsJSON()` gave in several processes, each metric by its `aggregator`. Throws an Error for one that
   * there is not.
   */
  static aggregate<L extends RegistryContentType>(
    metricsArr: readonly object[],
    contentType: RegistryContentType = PROMETHEUS,
  ): Registry<L> {
    const aggregated = new Registry<L>(contentType);
    const byName = new Map<string, Json[]>();
    for (const metric of (metricsArr as readonly (readonly Json[])[]).flatMap((metrics) => [...metrics])) {
      const there = byName.get(metric.name);
      if (there === undefined) byName.set(metric.name, [metric]);
      else there.push(metric);
    }
    for (const metrics of byName.values()) {
      const name = metrics[0]!.aggregator ?? "sum";
      if (!Object.hasOwn(aggregators, name)) throw aggregatorUnknown(name);
      const one = aggregators[name](metrics);
      if (one !== undefined) aggregated.registerMetric({ get: () => one, ...one });
    }
    return aggregated;
  }
}

/** Moves a family; where the store has another one of its name it stays where it is. */
function moved(keeper: Keeper, to: Store, isApart: boolean): void {
  try {
    keeper.move(to, isApart);
  } catch (error) {
    failed(keeper.name, error);
  }
}

/** The global registry, `register` of prom-client's API: it is the default registry of `tallystick`, of all threads. */
export const globalRegistry: Registry<RegistryContentType> = Registry.over(defaultStore);
Registry.globalRegistry = globalRegistry;
setGlobalRegister(globalRegistry);
