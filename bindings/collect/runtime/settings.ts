// What users say of default metrics, checked: prom-client's options and ours.

import { labelValueInvalid, optionInvalid } from "../../errors.ts";
import type { Registry } from "../../index.ts";
import type { LabelValue } from "../../labels.ts";
import { checkOptions, type Kinds } from "../../options.ts";
import { labelTaken, numberOutside, registriesDiffer, threadInvalid } from "./worded.ts";

/** What `collectDefaultMetrics` takes. */
export interface DefaultMetricsOptions {
  /** Where they are shown; the default registry. */
  readonly registry?: Registry | undefined;
  /** The same under prom-client's name. */
  readonly register?: Registry | undefined;
  /** In front of every name; none by default. */
  readonly prefix?: string | undefined;
  /** Labels that every sample gets; none by default. */
  readonly labels?: Readonly<Record<string, LabelValue>> | undefined;
  /** Upper bounds for durations of the garbage collector, in seconds: 0.001, 0.01, 0.1, 1, 2, 5 by default. */
  readonly gcDurationBuckets?: readonly number[] | undefined;
  /** How often the event loop's delay is measured, in milliseconds: 10 by default, from 1 to 10,000. */
  readonly eventLoopMonitoringPrecision?: number | undefined;
  /**
   * What this thread's series have as their label `thread`, by default its number; the main thread's have no such label. Where another
   * living thread has that, it is `name-2`, and so on.
   */
  readonly thread?: string | undefined;
}

/** Default metrics that this thread shows: one for each registry, whoever asks again. */
export interface DefaultMetrics {
  /** Ends what this thread measures and takes it from the page. */
  close(): void;
}

const OPTIONS: Kinds = {
  registry: "Object",
  register: "Object",
  prefix: "string",
  labels: "Object",
  gcDurationBuckets: "Array",
  eventLoopMonitoringPrecision: "number",
  thread: "string",
};

/** Labels that some of the metrics have. */
export const OWN_LABELS = ["thread", "kind", "space", "type", "version", "major", "minor", "patch", "nodejs_eventloop_state"] as const;

/** What may be a label's value. */
const PRINTED = ["string", "number", "bigint", "boolean"];
/** Those of prom-client. */
const GC_BUCKETS: readonly number[] = [0.001, 0.01, 0.1, 1, 2, 5];
const PRECISION_MS = 10;
/** Timers do not come more often. */
const PRECISION_LEAST = 1;
const PRECISION_MOST = 10_000;
/** It is a label of some sixty series. */
const THREAD_MOST = 128;

/** The options with their defaults. */
export interface Settings {
  readonly registry: Registry;
  readonly prefix: string;
  readonly labelNames: readonly string[];
  readonly labelValues: readonly string[];
  readonly gcBuckets: readonly number[];
  readonly precisionMs: number;
  readonly thread: string | undefined;
}

export function settingsOf(options: DefaultMetricsOptions, defaultRegistry: Registry): Settings {
  checkOptions("collectDefaultMetrics", options, OPTIONS);
  const { register, thread, labels = {} } = options;
  const registry = options.registry ?? register ?? defaultRegistry;
  if (register !== undefined && register !== null && register !== registry) throw registriesDiffer();
  // Of another copy it may be, or of a worker's.
  if (typeof registry.expose !== "function") throw optionInvalid("collectDefaultMetrics", "registry", registry, "Registry");
  const precisionMs = options.eventLoopMonitoringPrecision ?? PRECISION_MS;
  if (!(precisionMs >= PRECISION_LEAST && precisionMs <= PRECISION_MOST))
    throw numberOutside("eventLoopMonitoringPrecision", precisionMs, PRECISION_LEAST, PRECISION_MOST);
  if (typeof thread === "string" && (thread === "" || thread.length > THREAD_MOST)) throw threadInvalid(thread, THREAD_MOST);
  const entries = Object.entries(labels ?? {});
  for (const [name, value] of entries) {
    if (!PRINTED.includes(typeof value)) throw labelValueInvalid("default metrics", name, value);
    if ((OWN_LABELS as readonly string[]).includes(name)) throw labelTaken(name, OWN_LABELS);
  }
  return {
    registry,
    prefix: options.prefix ?? "",
    labelNames: entries.map(([name]) => name),
    labelValues: entries.map(([, value]) => String(value)),
    gcBuckets: [...(options.gcDurationBuckets ?? GC_BUCKETS)],
    precisionMs,
    thread: thread ?? undefined,
  };
}
