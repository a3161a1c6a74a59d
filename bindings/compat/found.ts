// What other threads made, or other copies of the library in this one, as a metric that counts: programs write
// `register.getSingleMetric(name) || new Counter(...)`, and whoever comes second finds what the first one made.

import type { Definition, GaugeMode } from "../definition.ts";
import { Counter } from "./counter.ts";
import { Gauge } from "./gauge.ts";
import { Histogram } from "./histogram.ts";
import type { Register } from "./listing.ts";
import { JOINED } from "./metric.ts";
import type { Aggregator } from "./shapes.ts";
import { printedName, type Stored } from "./stored.ts";
import { Summary } from "./summary.ts";

/** Those that a part of a thread can be set in by the verbs of prom-client's gauge. */
const AGGREGATORS: Partial<Record<GaugeMode, Aggregator>> = {
  shared: "sum",
  sum: "sum",
  livesum: "sum",
  min: "min",
  livemin: "min",
  max: "max",
  livemax: "max",
};

function configurationOf(stored: Stored, register: Register) {
  const { definition } = stored;
  const { help, labelNames, exemplars: enableExemplars, buckets, quantiles: percentiles, maxAgeSeconds, ageBuckets, mode } = definition;
  const name = printedName(definition);
  const own = { percentiles, maxAgeSeconds, ageBuckets, aggregator: AGGREGATORS[mode], buckets, enableExemplars };
  return { name, help, labelNames: [...labelNames], registers: [register], [JOINED]: stored, ...own };
}

/** True for what a collector does not set anew at each scrape, and prom-client has the verbs for. */
function isCounted({ kind, constant, native, mode }: Definition): boolean {
  if (constant || native !== undefined) return false;
  return kind === "counter" || kind === "histogram" || kind === "summary" || (kind === "gauge" && AGGREGATORS[mode] !== undefined);
}

/** The metric of a family, listed nowhere; undefined for families that prom-client's verbs are not for. */
function foundMetric(stored: Stored, register: Register): Counter | Gauge | Histogram | Summary | undefined {
  const { definition } = stored;
  if (!isCounted(definition)) return undefined;
  const configuration = configurationOf(stored, register);
  if (definition.kind === "counter") return new Counter(configuration);
  if (definition.kind === "gauge") return new Gauge(configuration);
  return definition.kind === "histogram" ? new Histogram(configuration) : new Summary(configuration);
}

/** Those that were asked for, by their names. */
export class Found {
  readonly #metrics = new Map<string, { readonly stored: Stored; readonly metric: ReturnType<typeof foundMetric> }>();

  /** The same one for as long as the family is. */
  of(stored: Stored, register: Register): ReturnType<typeof foundMetric> {
    const { name } = stored.definition;
    const there = this.#metrics.get(name);
    if (there?.stored.address === stored.address && there.stored.state === stored.state && there.stored.core === stored.core)
      return there.metric;
    const metric = foundMetric(stored, register);
    this.#metrics.set(name, { stored, metric });
    return metric;
  }
}
