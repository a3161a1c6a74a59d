// The public API, the same for every runtime. Doors re-export it after they have said where they are.

import { Registry } from "./registry.ts";
import { checkTicket, type Ticket, threadCores } from "./ticket.ts";
import { placeOf, threadPlace } from "./thread.ts";
import { LAYOUT_VERSION } from "./generated/layout.ts";

export { configure, type Configuration } from "./thread.ts";
export { CounterHandle } from "./counter.ts";
export { DEFAULT_BUCKETS, exponentialBuckets, type GaugeMode, linearBuckets } from "./definition.ts";
export type {
  Dialect,
  ExposeBytesOptions,
  ExposeOptions,
  Exposition,
  ExpositionStream,
  FetchHandler,
  FetchRequest,
  FetchResponse,
  PlainResponse,
  PlainStream,
} from "./exposition.ts";
export { GaugeHandle } from "./gauge.ts";
export type { HandlerOptions, NodeHandler } from "./serve/handler.ts";
export { HistogramHandle, type HistogramValue } from "./histogram.ts";
export type { LabelValue } from "./labels.ts";
export type {
  Counter,
  CounterOptions,
  Gauge,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  LabelNames,
  Labels,
  Values,
  Which,
} from "./metrics.ts";
export { MetricsError, type MetricsErrorCode } from "./errors.ts";
export { Registry, type RegistryOptions } from "./registry.ts";
export type { CollectorOptions } from "./options.ts";
export type { Ticket } from "./ticket.ts";

/** The default registry of this thread: one for all threads that joined its memory. */
export const registry: Registry = new Registry({}, () => threadPlace());

const joined = new WeakMap<WebAssembly.Memory, Map<string, Registry>>();

/**
 * Joins the registry that a ticket tells of; twice the same ticket, twice the same registry. Throws a
 * TypeError for what is no ticket, a MetricsError `foreign-memory` for one of another layout version.
 *
 * @example
 * ```ts
 * import { join, registry } from "tallystick";
 *
 * const same = join(registry.ticket());
 * same.counter({ name: "joined", help: "Counted through the ticket." }).inc();
 * registry.counter({ name: "joined", help: "Counted through the ticket." }).value(); // 1
 * ```
 */
export function join(ticket: Ticket): Registry {
  checkTicket(ticket, LAYOUT_VERSION);
  const place = placeOf(ticket);
  let registries = joined.get(place.core.memory);
  if (registries === undefined) joined.set(place.core.memory, (registries = new Map()));
  // The same address may be another registry's by now.
  const key = `${place.address} ${place.state}`;
  let there = registries.get(key);
  if (there === undefined) registries.set(key, (there = new Registry({}, () => place)));
  return there;
}

/**
 * Says that this thread will not count any more; its cells are the next thread's. What runtimes do not tell of
 * (Deno's web Workers) should call it before it ends. Counting afterwards joins again.
 */
export function leave(): void {
  for (const core of threadCores()) core.verbs.writerLeave();
}
