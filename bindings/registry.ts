// Registries: sets of families in a memory, and the way out of them.

import { EXHAUSTED, LABELS } from "../assembly/status.ts";
import { answererOf, Collectors } from "./collect.ts";
import { carry, carryLabels, labelsOf } from "./carry.ts";
import { Catalog } from "./catalog.ts";
import type { Core } from "./core.ts";
import type { CounterFamily } from "./counter.ts";
import { define, definitionText, printedLabels } from "./definition.ts";
import { callbackInvalid, closed, defaultLabelConflict, defaultLabelsElsewhere, memoryExhausted, notShared } from "./errors.ts";
import {
  Body,
  EXPOSE_OPTIONS,
  type ExposeBytesOptions,
  type ExposeOptions,
  type Exposition,
  type ExpositionStream,
  type FetchHandler,
  formatAsked,
  STREAM_OPTIONS,
  Walk,
} from "./exposition.ts";
import type { Refusal } from "./family.ts";
import type { GaugeFamily } from "./gauge.ts";
import { INSPECT } from "./inspect.ts";
import type { LabelValue } from "./labels.ts";
import { defaultLabels } from "./names.ts";
import type { Format } from "./negotiate.ts";
import { checkOptions, type CollectorOptions } from "./options.ts";
import { FLAG_AGE, OwnMetrics } from "./own.ts";
import { dropped, placeMade, placeShared } from "./place.ts";
import { filled, filledSync, streamed } from "./scrape.ts";
import { fetchHandler, type HandlerOptions, nodeHandler, type NodeHandler } from "./serve/handler.ts";
import { definitionAt } from "./stored.ts";
import { type Place, ticketOf } from "./thread.ts";
import type { Ticket } from "./ticket.ts";
import { checkDefaultLabels } from "./values.ts";

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
  #expected = 0;
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
    this.#collectors = new Collectors({
      failed: (name) => this.#own.collectorFailed(name),
      finished: (name) => this.#own.collectorFinished(name),
      gone: (name) => this.#closed || this.#own.collectorGone(name),
    });
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
   * Runs a callback at every scrape, in this thread; it sets gauges and adds to counters. One that throws,
   * rejects or is late delays nothing for longer than 50 ms: the rest is served, its failures are counted in
   * `tallystick_collector_failures_total` and `tallystick_collector_age_seconds` says how old its values are.
   * Returns a function that ends it.
   */
  collect(callback: () => void | Promise<void>, options: CollectorOptions = {}): () => void {
    if (typeof callback !== "function") throw callbackInvalid("collect by", callback);
    checkOptions("collect", options, { name: "string", onError: "function" });
    const { core } = this.here("collect");
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
    const place = this.here("set default labels");
    checkDefaultLabels(labels);
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
    const { core } = this.here("expose");
    await Promise.all([this.#collectors.run(), answererOf(core).answerer.ask()]);
  }

  /** @internal */
  walk(format: Format, names: ExposeOptions): Walk {
    return new Walk(this.here("expose"), format, names);
  }

  /** @internal A body that the next exposition probably fits into. */
  body(into: Uint8Array<ArrayBuffer> | undefined): Body {
    return new Body(this.#expected + (this.#expected >> 6) + 4096, into);
  }

  /** @internal */
  exposition(body: Body, { contentType }: Format): Exposition {
    // By halves: one that was filtered says nothing of the next.
    this.#expected = Math.max(body.length, this.#expected >> 1);
    return { body: body.bytes(), contentType };
  }

  /** The exposition as bytes, after the collectors of all threads. Yields to the event loop between slices. */
  async expose(options: ExposeBytesOptions = {}): Promise<Exposition> {
    const format = formatAsked("expose", options, EXPOSE_OPTIONS);
    await this.collected();
    const walk = this.walk(format, options);
    const body = this.body(options.into);
    await filled(walk, body);
    return this.exposition(body, format);
  }

  /** The exposition as bytes, at once and without running collectors. */
  exposeSync(options: ExposeBytesOptions = {}): Exposition {
    const format = formatAsked("exposeSync", options, EXPOSE_OPTIONS);
    const walk = this.walk(format, options);
    const body = this.body(options.into);
    filledSync(walk, body);
    return this.exposition(body, format);
  }

  /** The exposition as a stream of slices; the event loop turns between them. */
  stream(options: ExposeOptions = {}): ExpositionStream {
    const format = formatAsked("stream", options, STREAM_OPTIONS);
    const walk = new Walk(this.here("stream"), format, options);
    return { body: streamed(walk, () => this.collected()), contentType: format.contentType };
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
    const place = this.here("make a ticket");
    if (place.core.memory.buffer instanceof ArrayBuffer) throw notShared();
    placeShared(this, place);
    return ticketOf(place);
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
