// The public API, the same for every runtime. Doors re-export it after they have said where they are.

import { insideShown } from "./inside.ts";
import { registryAt } from "./place.ts";
import { Registry } from "./registry.ts";
import { checkTicket, type Ticket, threadCores } from "./ticket.ts";
import { movesTo, openThread, placeOf, settleLate, threadPlace } from "./thread.ts";
import { LAYOUT_VERSION } from "./generated/layout.ts";

export { configure, type Configuration } from "./thread.ts";
export { CounterHandle } from "./counter.ts";
export { DEFAULT_BUCKETS, exponentialBuckets, linearBuckets, type NativeBuckets } from "./buckets.ts";
export type { GaugeMode } from "./definition.ts";
export { type ExemplarLabels, type ExemplarSource, spanExemplars, type Tracing } from "./exemplar.ts";
export type {
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
export type { ConstantFamily, ConstantHistogram, ConstantInfoSample, ConstantSample, ConstantSummary } from "./samples.ts";
export type { MetricDescription, SeriesDescription } from "./describe.ts";
export { HistogramHandle } from "./histogram.ts";
export type { HistogramValue, NativeBucket, NativeValue, SummaryValue } from "./reading.ts";
export type { LabelValue } from "./labels.ts";
export type { Dialect, Escaping } from "./negotiate.ts";
export type {
  Counter,
  CounterOptions,
  Curried,
  Gauge,
  GaugeHistogram,
  GaugeHistogramOptions,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  Info,
  InfoOptions,
  LabelNames,
  Labels,
  StateSet,
  StateSetOptions,
  Summary,
  SummaryOptions,
  UnknownOptions,
  Values,
  Which,
} from "./metrics.ts";
export { MetricsError, type MetricsErrorCode } from "./errors.ts";
export { Registry, type RegistryOptions } from "./registry.ts";
export { DEFAULT_QUANTILES } from "./quantiles.ts";
export { SummaryHandle } from "./summary.ts";
export { mergeRegistries, type MergedRegistries } from "./merge.ts";
export type { Extras } from "./negotiate.ts";
export type { CollectorOptions } from "./options.ts";
export type { Ticket } from "./ticket.ts";

insideShown();

/** The default registry of this thread: one for all threads that joined its memory. */
export const registry: Registry = new Registry({}, () => threadPlace());

/**
 * Joins the registry that a ticket tells of; twice the same ticket, twice the same registry, and of a registry that this
 * thread made that one. The ticket of another thread's default registry takes the default registry of a thread that
 * inherited nothing along, with what it counted, and gives `registry` itself. Throws a TypeError for what is no ticket, a
 * MetricsError `foreign-memory` for one of another layout version.
 *
 * @example
 * ```ts
 * import { join, Registry } from "tallystick";
 *
 * const shop = new Registry();
 * const same = join(shop.ticket());
 * same.counter({ name: "joined", help: "Counted through the ticket." }).inc();
 * shop.counter({ name: "joined", help: "Counted through the ticket." }).value(); // 1
 * ```
 */
export function join(ticket: Ticket): Registry {
  checkTicket(ticket, LAYOUT_VERSION);
  const place = placeOf(ticket);
  if (movesTo(place)) {
    // What was counted is read from the old place: the registry moves before the thread does.
    registry.moveTo(place);
    settleLate(ticket);
  }
  const own = openThread();
  if (own.core === place.core && own.address === place.address && own.state === place.state) return registry;
  return registryAt(place, () => new Registry({}, () => place));
}

/**
 * Says that this thread will not count any more; its cells are the next thread's, and registries that it made and gave
 * no ticket of end. What runtimes do not tell of (Deno's web Workers) should call it before it ends. Counting afterwards
 * joins again.
 *
 * @example
 * ```ts
 * import { leave, Registry } from "tallystick";
 *
 * const jobs = new Registry().counter({ name: "jobs", help: "Jobs." });
 * leave();
 * jobs.inc();
 * ```
 */
export function leave(): void {
  for (const { verbs, identity } of threadCores()) {
    verbs.registriesEnd(identity);
    verbs.writerLeave();
  }
}
