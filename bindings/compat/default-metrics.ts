// prom-client's default metrics: those of `tallystick/runtime`, in the store of a registry.

import { collectDefaultMetrics as collectIn } from "../collect/runtime/index.ts";
import type { DefaultMetricsOptions } from "../collect/runtime/settings.ts";
import { MetricsError } from "../errors.ts";
import { withoutLabels } from "./default-labels.ts";
import { globalRegisters, type Listing, listingOf, type Register } from "./listing.ts";
import type { RegistryContentType } from "./shapes.ts";
import { defaultsInvalid, noRegistry } from "./worded.ts";

/** What `collectDefaultMetrics` takes. A registry has them once: a second call changes nothing. */
export interface DefaultMetricsCollectorConfiguration<T extends RegistryContentType = RegistryContentType> {
  /** Where they are shown; the global registry by default. */
  register?: Register<T> | undefined;
  prefix?: string | undefined;
  gcDurationBuckets?: number[] | undefined;
  /** In milliseconds; 10 by default. */
  eventLoopMonitoringPrecision?: number | undefined;
  labels?: object | undefined;
  /** Of no effect: the utilization is a counter of seconds, of which PromQL takes any window. */
  eventLoopUtilizationTimeout?: number | undefined;
  eventLoopUtilizationBuckets?: number[] | undefined;
  eventLoopUtilizationPercentiles?: number[] | undefined;
  eventLoopUtilizationAgeBuckets?: number | undefined;
  eventLoopUtilizationMaxAgeSeconds?: number | undefined;
}

type Collecting = ReturnType<typeof collectIn>;

/** Those that a registry ends already. */
const attached = new WeakSet<Collecting>();

/** Where a default label of the registry has a name of theirs, the registry alone prints it: what a metric says itself goes before. */
function collected(listing: Listing, options: DefaultMetricsOptions): Collecting {
  const registry = listing.store();
  try {
    return collectIn({ ...options, registry });
  } catch (error) {
    if (!(error instanceof MetricsError) || error.code !== "label-conflict") throw error;
    return withoutLabels(registry, () => collectIn({ ...options, registry }));
  }
}

/**
 * Shows what the runtime and the system tell of this process and its threads; `clear()` of the registry ends it. Called again for the
 * same registry it changes nothing. Throws a TypeError for a configuration that is none.
 */
export function collectDefaultMetrics<T extends RegistryContentType>(config?: DefaultMetricsCollectorConfiguration<T> | null): void {
  if (config !== null && config !== undefined && typeof config !== "object") throw defaultsInvalid();
  const { register = globalRegisters()[0]!, prefix, gcDurationBuckets, eventLoopMonitoringPrecision, labels } = config ?? {};
  const listing = listingOf(register);
  if (listing === undefined) throw noRegistry(register);
  const options = { prefix, gcDurationBuckets, eventLoopMonitoringPrecision, labels: labels as DefaultMetricsOptions["labels"] };
  let collecting = collected(listing, options);
  if (attached.has(collecting)) return;
  attached.add(collecting);
  listing.attach({
    close: () => collecting.close(),
    move: () => {
      collecting.close();
      collecting = collected(listing, options);
      attached.add(collecting);
    },
  });
}

/** The groups of metrics that this runtime has. */
collectDefaultMetrics.metricsList = [...collectIn.metricsList] as string[];
