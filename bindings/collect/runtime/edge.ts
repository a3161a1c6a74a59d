// `tallystick/runtime` where nobody tells a program what its process takes: it shows nothing, and says so once.

import { registry as defaultRegistry, type Registry } from "../../index.ts";
import { warned } from "../../processes/line.ts";
import { type DefaultMetrics, type DefaultMetricsOptions, settingsOf } from "./settings.ts";
import { nothingKnown } from "./worded.ts";

export type { DefaultMetrics, DefaultMetricsOptions } from "./settings.ts";

const all = new WeakMap<Registry, DefaultMetrics>();
let isTold = false;

/** Shows nothing, for an isolate has no process of its own; says so on the console once. Throws for options as elsewhere. */
export function collectDefaultMetrics(options: DefaultMetricsOptions = {}): DefaultMetrics {
  const { registry } = settingsOf(options ?? {}, defaultRegistry);
  if (!isTold) warned(nothingKnown());
  isTold = true;
  const there = all.get(registry);
  if (there !== undefined) return there;
  const made = { close: () => void all.delete(registry) };
  all.set(registry, made);
  return made;
}

/** None. */
collectDefaultMetrics.metricsList = [] as readonly string[];
