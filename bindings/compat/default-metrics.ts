// prom-client's default metrics: those of `tallystick/runtime`, in the store of a registry.

import { collectDefaultMetrics as collectIn } from "../collect/runtime/index.ts";
import type { DefaultMetricsOptions } from "../collect/runtime/settings.ts";
import type { Registry as Store } from "../index.ts";
import { globalRegisters, listingOf, type Register } from "./listing.ts";
import { defaultsInvalid, noRegistry } from "./worded.ts";

export interface DefaultMetricsCollectorConfiguration {
  /** Where they are shown; the global registry by default. */
  register?: Register | undefined;
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

/**
 * Shows what the runtime and the system tell of this process and its threads; `clear()` of the registry ends it. Called again for the
 * same registry it changes nothing. Throws a TypeError for a configuration that is none.
 */
export function collectDefaultMetrics(config?: DefaultMetricsCollectorConfiguration | null): void {
  if (config !== null && config !== undefined && typeof config !== "object") throw defaultsInvalid();
  const { register = globalRegisters()[0]!, prefix, gcDurationBuckets, eventLoopMonitoringPrecision, labels } = config ?? {};
  const listing = listingOf(register);
  if (listing === undefined) throw noRegistry(register);
  const options = { prefix, gcDurationBuckets, eventLoopMonitoringPrecision, labels: labels as DefaultMetricsOptions["labels"] };
  const collected = (registry: Store) => collectIn({ registry, ...options });
  let collecting = collected(listing.store());
  if (attached.has(collecting)) return;
  attached.add(collecting);
  listing.attach({
    close: () => collecting.close(),
    moveTo: (store) => {
      collecting.close();
      collecting = collected(store);
      attached.add(collecting);
    },
  });
}

/** The groups of metrics that this runtime has. */
collectDefaultMetrics.metricsList = [...collectIn.metricsList] as string[];
