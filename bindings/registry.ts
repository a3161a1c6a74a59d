// Registries: sets of families in a memory, and the way out of them.

import { ABSENT, CLASH, CONFLICT, EXHAUSTED, GONE, LABELS, LIMIT, OK } from "../assembly/status.ts";
import { answererOf, Collectors } from "./collect.ts";
import {
  Body,
  contentTypeOf,
  type Dialect,
  dialectOf,
  EXPOSE_OPTIONS,
  type Exposition,
  type ExpositionStream,
  type FetchHandler,
  negotiate,
  STREAM_OPTIONS,
  Walk,
  type ExposeBytesOptions,
  type ExposeOptions,
} from "./exposition.ts";
import {
  callbackInvalid,
  closed,
  defaultLabelConflict,
  defaultLabelsElsewhere,
  definitionConflict,
  labelIsDefault,
  memoryExhausted,
  nameClash,
  nameInvalid,
  notShared,
  tooMany,
} from "./errors.ts";
import { carry, carryLabels, labelsOf } from "./carry.ts";
import { checkOptions, type CollectorOptions } from "./options.ts";
import {
  defaultLabels,
  define,
  type Definition,
  definitionAt,
  definitionInput,
  definitionText,
  type Kind,
  printedLabels,
} from "./definition.ts";
import { CounterFamily } from "./counter.ts";
import { filled, filledSync, sliced, streamed } from "./scrape.ts";
import { FLAG_AGE, OwnMetrics } from "./own.ts";
import { dropped, placeMade } from "./place.ts";
import { GaugeFamily } from "./gauge.ts";
import { HistogramFamily } from "./histogram.ts";
import { INSPECT } from "./inspect.ts";
import type { LabelValue } from "./labels.ts";
import { fetchHandler, type HandlerOptions, nodeHandler, type NodeHandler } from "./serve/handler.ts";
import type { Core } from "./core.ts";
import type { Counter, CounterOptions, Gauge, GaugeOptions, Histogram, HistogramOptions, LabelNames } from "./metrics.ts";
import type { Refusal } from "./family.ts";
import { type Place, ticketOf } from "./thread.ts";
import type { Ticket } from "./ticket.ts";

type AnyFamily = CounterFamily | GaugeFamily | HistogramFamily;

export interface RegistryOptions {
  /** Labels that every sample gets. */
  readonly labels?: Readonly<Record<string, LabelValue>>;
}

const FAMILIES = { counter: CounterFamily, gauge: GaugeFamily, histogram: HistogramFamily } as const;

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
export class Registry {
  readonly #families = new Map<string, AnyFamily>();
  /** Of the library's own families. */
  readonly #flags = new Map<string, number>();
  readonly #collectors: Collectors;
  #place: () => Place;
  #closed = false;
  #expected = 0;
  /** The block of the default labels that were set here. */
  #labels = "";
  readonly #own: OwnMetrics;

  /** A further registry in this thread's memory. */
  constructor(options?: RegistryOptions);
  /** @internal A registry that is there already. */
  constructor(options: RegistryOptions, place: () => Place);
  constructor(options: RegistryOptions = {}, place?: () => Place) {
    checkOptions("a registry", options, { labels: "Object" });
    if (place === undefined) {
      const made = placeMade();
      dropped.register(this, made, this);
      this.#place = () => made;
    } else {
      this.#place = place;
    }
    this.#own = new OwnMetrics((kind, wanted, flags) => this.#family(kind, define(kind, wanted), flags));
    this.#collectors = new Collectors({
      failed: (name) => this.#own.collectorFailed(name),
      finished: (name) => this.#own.collectorFinished(name),
      gone: (name) => this.#closed || this.#own.collectorGone(name),
    });
    if (options.labels !== undefined) this.setDefaultLabels(options.labels);
  }

  /** @internal What `console.log` prints: what this thread registered. */
  [INSPECT](): string {
    const count = [...this.#families.keys()].filter((name) => !this.#flags.has(name)).length;
    return `Registry { ${this.#closed ? "closed" : `${count} metric${count === 1 ? "" : "s"}`} }`;
  }

  /** @internal The memory that this registry is in. */
  get core(): Core {
    return this.#place().core;
  }

  #here(what: string): Place {
    if (this.#closed) throw closed(what);
    return this.#place();
  }

  /**
   * A counter: a value that only grows. The name may be given with or without `_total`; it is printed with it.
   * Returns the same object for the same definition. Throws a RangeError for a name that is not legal, a
   * MetricsError `definition-conflict`, `name-clash` (OpenMetrics 1.0), or `memory-exhausted`.
   */
  counter<const L extends LabelNames = []>(options: CounterOptions<L>): Counter<L> {
    return this.#family("counter", define("counter", options), 0) as unknown as Counter<L>;
  }

  /** A gauge: a value that goes up and down. `mode` says how the parts of threads become one. Throws as `counter` does. */
  gauge<const L extends LabelNames = []>(options: GaugeOptions<L>): Gauge<L> {
    return this.#family("gauge", define("gauge", options), 0) as unknown as Gauge<L>;
  }

  /** A histogram with fixed upper bounds, ascending. Throws as `counter` does, and a RangeError for bad buckets. */
  histogram<const L extends LabelNames = []>(options: HistogramOptions<L>): Histogram<L> {
    return this.#family("histogram", define("histogram", options), 0) as unknown as Histogram<L>;
  }

  #family(kind: Kind, definition: Definition, flags: number): AnyFamily {
    const place = this.#here(`register ${kind} "${definition.name}"`);
    const text = definitionText(definition);
    const there = this.#families.get(definition.name);
    if (there !== undefined && place.core.verbs.recordState(there.address) === there.state) {
      if (definitionText(there.definition) === text) return there;
      throw definitionConflict(kind, definition.name, definitionText(there.definition), text);
    }
    const address = this.#registered(place, definition, text, flags);
    const family = new FAMILIES[kind](this, definition, address, place.core.verbs.familyState());
    this.#families.set(definition.name, family);
    if (flags !== 0) this.#flags.set(definition.name, flags);
    return family;
  }

  #registered(place: Place, definition: Definition, text: string, flags: number): number {
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

  /** @internal Counts an observation that did not reach its series; never throws. */
  refused(family: string, reason: Refusal): void {
    if (!this.#closed && !family.startsWith("tallystick_")) this.#own.refused(family, reason);
  }

  /**
   * Runs a callback at every scrape, in this thread; it sets gauges and adds to counters. One that throws,
   * rejects or is late delays nothing for longer than 50 ms: the rest is served, its failures are counted in
   * `tallystick_collector_failures_total` and `tallystick_collector_age_seconds` says how old its values are.
   * Returns a function that ends it.
   */
  collect(callback: () => void | Promise<void>, options: CollectorOptions = {}): () => void {
    if (typeof callback !== "function") throw callbackInvalid("collect by", callback);
    checkOptions("collect", options, { name: "string", onError: "function" });
    const { core } = this.#here("collect");
    const end = this.#collectors.add(callback, options);
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
    const place = this.#here("set default labels");
    const { names, block } = defaultLabels(labels);
    const there = labelsOf(place);
    // What is there already stays whose it was.
    if (there === block) return;
    if (block !== "" && there !== "" && there !== this.#labels) throw defaultLabelsElsewhere(there, block);
    const status = place.core.cold(() => place.core.verbs.registryLabels(place.address, place.state, place.core.input(block)));
    if (status === EXHAUSTED) throw memoryExhausted("set default labels", place.core.maxBytes);
    if (status === LABELS) {
      const other = definitionAt(place.core, place.core.verbs.familyDefinition(place.core.verbs.conflictAddress()));
      throw defaultLabelConflict(other.name, printedLabels(other).find((label) => names.includes(label)) ?? names.join(", "));
    }
    this.#labels = block;
  }

  /** @internal Runs the collectors of all threads. */
  async collected(): Promise<void> {
    const { core } = this.#here("collect");
    await Promise.all([this.#collectors.run(), answererOf(core).answerer.ask()]);
  }

  #body(into: Uint8Array<ArrayBuffer> | undefined): Body {
    return new Body(this.#expected + (this.#expected >> 6) + 4096, into);
  }

  #exposition(body: Body, dialect: Dialect): Exposition {
    this.#expected = body.length;
    return { body: body.bytes(), contentType: contentTypeOf(dialect) };
  }

  /** The exposition as bytes, after the collectors of all threads. Yields to the event loop between slices. */
  async expose(options: ExposeBytesOptions = {}): Promise<Exposition> {
    const dialect = dialectOf("expose", options, EXPOSE_OPTIONS);
    await this.collected();
    const walk = new Walk(this.#here("expose"), dialect);
    const body = this.#body(options.into);
    await filled(walk, body);
    return this.#exposition(body, dialect);
  }

  /** The exposition as bytes, at once and without running collectors. */
  exposeSync(options: ExposeBytesOptions = {}): Exposition {
    const dialect = dialectOf("exposeSync", options, EXPOSE_OPTIONS);
    const walk = new Walk(this.#here("expose"), dialect);
    const body = this.#body(options.into);
    filledSync(walk, body);
    return this.#exposition(body, dialect);
  }

  /** The exposition as a stream of slices; the event loop turns between them. */
  stream(options: ExposeOptions = {}): ExpositionStream {
    const dialect = dialectOf("stream", options, STREAM_OPTIONS);
    const walk = new Walk(this.#here("stream"), dialect);
    const body = streamed(walk, () => this.collected(), this.core.maxBytes);
    return { body, contentType: contentTypeOf(dialect) };
  }

  /** @internal The slices, each copied into bytes that `room` gives for so many; the event loop turns between them. */
  async *slices(options: ExposeOptions, room: (bytes: number) => Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    await this.collected();
    const walk = new Walk(this.#here("expose"), negotiate(options.accept));
    yield* sliced(walk, room);
  }

  /** A handler for servers that answer a Request with a Response: Deno.serve, Bun.serve, Hono, workers. */
  handler(options: HandlerOptions = {}): FetchHandler {
    return fetchHandler(this, options);
  }

  /**
   * A handler for `node:http`, `node:http2`, Express and Connect. The bytes it writes are used again when the response has
   * called back: middleware that keeps chunks must copy them.
   */
  nodeHandler(options: HandlerOptions = {}): NodeHandler {
    return nodeHandler(this, options);
  }

  /** What another thread needs to `join` this registry; structured cloning carries it. */
  ticket(): Ticket {
    const place = this.#here("make a ticket");
    if (place.core.memory.buffer instanceof ArrayBuffer) throw notShared();
    // Another thread may use it from now on: only `close` ends it.
    dropped.unregister(this);
    return ticketOf(place);
  }

  /** Removes a family by its name; true where there was one. Handles to it count nowhere from then on. */
  remove(name: string): boolean {
    const { core, address, state: registryState } = this.#here("remove");
    if (typeof name !== "string") throw nameInvalid(name);
    for (const candidate of [name, name.replace(/_total$/, "")]) {
      const family = core.cold(() => core.verbs.familyFind(address, registryState, core.input(candidate)));
      if (family === ABSENT || family < 0) continue;
      const state = core.verbs.familyState();
      const kind = definitionAt(core, core.verbs.familyDefinition(family)).kind;
      if (candidate !== name && kind !== "counter") continue;
      this.#families.delete(candidate);
      return core.cold(() => core.verbs.familyRemove(family, state)) === OK;
    }
    return false;
  }

  /** Removes all families. */
  clear(): void {
    const { core, address, state } = this.#here("clear");
    core.cold(() => core.verbs.registryEmpty(address, state, 0));
    this.#families.clear();
  }

  /** Sets every series of every family to 0. */
  reset(): void {
    const { core, address, state } = this.#here("reset");
    core.cold(() => core.verbs.registryEmpty(address, state, 1));
  }

  /** Bytes of the memory that this registry is in: handed out and in use, and the limit. */
  memoryUsage(): { readonly used: number; readonly reserved: number; readonly limit: number } {
    const { core } = this.#here("tell the memory's usage");
    const reserved = core.verbs.bytesReserved();
    return { used: reserved - core.verbs.bytesFree(), reserved, limit: core.maxBytes };
  }

  /** Removes the registry and everything in it from the memory. Using it afterwards throws `closed`. */
  close(): void {
    if (this.#closed) return;
    const { core, address, state } = this.#place();
    core.cold(() => core.verbs.registryEmpty(address, state, 0));
    core.cold(() => core.verbs.registryRemove(address, state));
    this.#families.clear();
    dropped.unregister(this);
    answererOf(core).groups.delete(this.#collectors);
    this.#closed = true;
  }

  /** @internal Takes this thread's part of every family along into another memory. */
  moveTo(place: Place): void {
    const from = this.#place();
    this.#place = () => place;
    carryLabels(from, place);
    for (const [name, family] of this.#families) {
      // How old values are is told by the slot of here; the next run tells it there.
      if (((this.#flags.get(name) ?? 0) & FLAG_AGE) !== 0) {
        this.#families.delete(name);
        continue;
      }
      try {
        const address = this.#registered(place, family.definition, definitionText(family.definition), this.#flags.get(name) ?? 0);
        carry(from.core, family, place.core, address, place.core.verbs.familyState());
      } catch {
        // The memory that is joined has another family of that name: what was counted stays where it is.
        this.#families.delete(name);
      }
    }
    // Every handle takes the cold way once, which leads to the new place.
    from.core.verbs.writerRevoke(from.core.verbs.writerIndex());
    if (this.#collectors.size === 0) return;
    const { answerer, groups } = answererOf(place.core);
    groups.add(this.#collectors);
    answerer.changed();
  }
}
