// Registries: sets of families in a memory, and the way out of them.

import { CONFLICT, EXHAUSTED, LABELS } from "../assembly/status.ts";
import { answererOf, type CollectorMetrics, Collectors, type Purpose } from "./collect.ts";
import { carry, carryLabels, labelsOf } from "./carry.ts";
import { Catalog } from "./catalog.ts";
import { type Collected, Constants } from "./constants.ts";
import { type Core, utf8Length } from "./core.ts";
import type { CounterFamily } from "./counter.ts";
import { definitions, describe, type MetricDescription } from "./describe.ts";
import { FLAG_AGE, type Definition, define, definitionText, printedLabels } from "./definition.ts";
import { callbackInvalid, closed, defaultLabelConflict, defaultLabelsElsewhere, memoryExhausted, notShared } from "./errors.ts";
import { type ExposeOptions, Walk } from "./exposition.ts";
import type { Refusal } from "./family.ts";
import type { GaugeFamily } from "./gauge.ts";
import { INSPECT } from "./inspect.ts";
import type { LabelValue } from "./labels.ts";
import { defaultLabels } from "./names.ts";
import type { Format } from "./negotiate.ts";
import { checkOptions, type CollectorOptions } from "./options.ts";
import { OwnMetrics } from "./own.ts";
import { dropped, placeMade, placeShared } from "./place.ts";
import { Statistics } from "./statistics.ts";
import { definitionAt } from "./stored.ts";
import { type Place, ticketOf } from "./thread.ts";
import type { Ticket } from "./ticket.ts";
import { checkDefaultLabels } from "./values.ts";

/** What `new Registry` takes. */
export interface RegistryOptions {
  /** Labels that every sample gets. */
  readonly labels?: Readonly<Record<string, LabelValue>>;
}

/**
 * A set of metric families.
 *
 * @example
 * ```ts
 * import { Registry } from "tallystick";
 *
 * const registry = new Registry({ labels: { app: "shop" } });
 * registry.counter({ name: "orders", help: "Orders taken." }).inc(3);
 * new TextDecoder().decode(registry.exposeSync().body);
 * // # HELP orders_total Orders taken.
 * // # TYPE orders_total counter
 * // orders_total{app="shop"} 3
 * ```
 */
export class Registry extends Catalog {
  readonly #collectors: Collectors;
  #place: () => Place;
  #closed = false;
  readonly #constants = new Constants(this);
  readonly #statistics = new Statistics(this);
  /** The block of the default labels that were set here. */
  #labels = "";
  readonly #own: OwnMetrics;

  /** A further registry in this thread's memory. */
  constructor(options?: RegistryOptions);
  /** @internal A registry that is there already. */
  constructor(options: RegistryOptions, place: () => Place);
  constructor(options: RegistryOptions = {}, place?: () => Place) {
    super();
    checkOptions("a registry", options, { labels: "Object" });
    if (place === undefined) {
      const made = placeMade();
      dropped.register(this, made, this);
      this.#place = () => made;
    } else {
      this.#place = place;
    }
    this.#own = new OwnMetrics((kind, wanted, flags) => this.family(kind, define(kind, wanted), flags) as CounterFamily | GaugeFamily);
    const metrics: CollectorMetrics = {
      given: (collector, result) => this.#constants.given(collector, result),
      over: (collector) => this.#closed || this.#constants.over(collector),
      failed: (name) => this.#own.collectorFailed(name),
      finished: (name) => this.#own.collectorFinished(name),
      gone: (name) => this.#closed || this.#own.collectorGone(name),
    };
    this.#collectors = new Collectors(metrics, place !== undefined);
    if (options.labels !== undefined) this.setDefaultLabels(options.labels);
  }

  /** @internal What `console.log` prints: what this thread registered. */
  [INSPECT](): string {
    const count = [...this.families.keys()].filter((name) => !this.flags.has(name)).length;
    return `Registry { ${this.#closed ? "closed" : `${count} metric${count === 1 ? "" : "s"}`} }`;
  }

  /** @internal The memory that this registry is in. */
  override get core(): Core {
    return this.#place().core;
  }

  /** @internal */
  override here(what: string): Place {
    if (this.#closed) throw closed(what);
    return this.#place();
  }

  /** @internal Counts an observation that did not reach its series; never throws. */
  override refused(family: string, reason: Refusal): void {
    if (!this.#closed && !family.startsWith("tallystick_")) this.#own.refused(family, reason);
  }

  /**
   * Runs a callback at every scrape, in this thread; it sets gauges and adds to counters, or returns constant metrics,
   * which are replaced as a whole: what is not there again ends. One that throws,
   * rejects or is late delays nothing for longer than `timeoutSeconds`, 0.05 by default: the rest is served, its failures
   * are counted in `tallystick_collector_failures_total` and `tallystick_collector_age_seconds` says how old its values are.
   * Returns a function that ends it. Throws a RangeError for a timeout that is not above 0 and at most 60.
   */
  collect(callback: () => Collected | Promise<Collected>, options: CollectorOptions = {}): () => void {
    if (typeof callback !== "function") throw callbackInvalid("collect by", callback);
    checkOptions("collect", options, { name: "string", onError: "function", timeoutSeconds: "number" });
    return this.#collects(callback, options, false);
  }

  /** @internal The same of a callback that reads what others count, and that is run for pages of this process alone. */
  gather(callback: () => Promise<void>, options: CollectorOptions): () => void {
    return this.#collects(callback, options, true);
  }

  #collects(callback: () => unknown, options: CollectorOptions, gathers: boolean): () => void {
    const { core } = this.here("collect");
    const end = this.#collectors.add(callback, options, gathers);
    const { answerer, groups } = answererOf(core);
    groups.add(this.#collectors);
    answerer.changed();
    return () => {
      end();
      // Asked again: a late thread may have moved to another memory since.
      const now = answererOf(this.core);
      if (this.#collectors.size === 0) now.groups.delete(this.#collectors);
      now.answerer.changed();
    };
  }

  /**
   * Labels that every sample of the registry gets, in all threads. Replaces those that this thread set; throws a
   * MetricsError `label-conflict` where another thread set others, for it would rename that thread's series.
   */
  setDefaultLabels(labels: Readonly<Record<string, LabelValue>>): void {
    const place = this.here("set default labels");
    checkDefaultLabels(labels);
    const { names, block } = defaultLabels(labels);
    const there = labelsOf(place);
    // What is there already stays whose it was.
    if (there === block) return;
    if (block !== "" && there !== "" && there !== this.#labels) throw defaultLabelsElsewhere(there, block);
    const { core } = place;
    const status = core.cold(() => {
      const length = core.input(block + there) - utf8Length(there);
      return core.verbs.registryRelabel(place.address, place.state, length, utf8Length(there));
    });
    if (status === CONFLICT) throw defaultLabelsElsewhere(labelsOf(place), block);
    if (status === EXHAUSTED) throw memoryExhausted("set default labels", place.core.maxBytes);
    if (status === LABELS) {
      const other = definitionAt(place.core, place.core.verbs.familyDefinition(place.core.verbs.conflictAddress()));
      throw defaultLabelConflict(other.name, printedLabels(other).find((label) => names.includes(label)) ?? names.join(", "));
    }
    this.#labels = block;
  }

  /** @internal When this thread's collectors were last begun to be run: what a scrape takes from then on is its own. */
  get collectionBegan(): number {
    return this.#collectors.began;
  }

  /** @internal Runs the collectors of all threads. */
  override async collected(purpose: Purpose = "page"): Promise<void> {
    const { core } = this.here("expose");
    await Promise.all([this.#collectors.run(purpose), answererOf(core).answerer.ask(purpose)]);
  }

  /** @internal */
  override walk(format: Format, options: ExposeOptions, open = false): Walk {
    const place = this.here("expose");
    if (options.statistics !== true) return new Walk(place, format, options, open);
    this.#statistics.update(place);
    return new Walk(place, format, options, open, (seconds, bytes) => this.#statistics.served(format.dialect, seconds, bytes));
  }

  /** @internal Whether its endpoints tell what the library is doing: those of the memory's first registry do. */
  override get isDefault(): boolean {
    if (this.#closed) return false;
    const { core, address } = this.#place();
    return core.verbs.registryFirst() === address;
  }

  /** What another thread needs to `join` this registry; structured cloning carries it. */
  ticket(): Ticket {
    const place = this.here("make a ticket");
    if (place.core.memory.buffer instanceof ArrayBuffer) throw notShared();
    placeShared(this, place);
    this.#collectors.held = true;
    if (this.#collectors.size > 0) answererOf(place.core).groups.add(this.#collectors);
    return ticketOf(place);
  }

  /** @internal The definitions of its families, but for the library's own. */
  definitions(): Definition[] {
    const { core, address, state } = this.here("expose");
    return [...definitions(core, address, state)].map(({ definition }) => definition).filter(({ name }) => !name.startsWith("tallystick_"));
  }

  /** Everything that is in the registry, over all threads, as plain data. The library's own metrics are left out. */
  describe(): MetricDescription[] {
    const { core, address, state } = this.here("describe the registry");
    return describe(core, address, state);
  }

  /** Bytes of the memory that this registry is in: handed out and in use, and the limit. */
  memoryUsage(): { readonly used: number; readonly reserved: number; readonly limit: number } {
    const { core } = this.here("tell the memory's usage");
    const reserved = core.verbs.bytesReserved();
    return { used: reserved - core.verbs.bytesFree(), reserved, limit: core.maxBytes };
  }

  /** Removes the registry and everything in it from the memory. Using it afterwards throws `closed`. */
  close(): void {
    if (this.#closed) return;
    const { core, address, state } = this.#place();
    core.cold(() => core.verbs.registryEmpty(address, state, 0));
    core.cold(() => core.verbs.registryRemove(address, state));
    this.families.clear();
    dropped.unregister(this);
    answererOf(core).groups.delete(this.#collectors);
    this.#closed = true;
    this.#collectors.giveUp();
  }

  /** @internal Takes this thread's part of every family along into another memory. */
  moveTo(place: Place): void {
    const from = this.#place();
    this.#place = () => place;
    carryLabels(from, place);
    for (const [name, family] of this.families) {
      // How old values are is told by the slot of here; the next run tells it there.
      if (((this.flags.get(name) ?? 0) & FLAG_AGE) !== 0) {
        this.families.delete(name);
        continue;
      }
      try {
        const address = this.registered(place, family.definition, definitionText(family.definition), this.flags.get(name) ?? 0);
        carry(from.core, family, place.core, address, place.core.verbs.familyState());
      } catch {
        // The memory that is joined has another family of that name: what was counted stays where it is.
        this.families.delete(name);
      }
    }
    // Every handle takes the cold way once: those of this registry lead to the new place.
    from.core.verbs.writerRenew();
    if (this.#collectors.size === 0) return;
    for (const { core } of [from, place]) {
      const { answerer, groups } = answererOf(core);
      if (core === from.core) groups.delete(this.#collectors);
      else groups.add(this.#collectors);
      answerer.changed();
    }
  }
}
