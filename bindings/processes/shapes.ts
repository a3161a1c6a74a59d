// Definitions as images bring them: made again, and compared.

import type { Definition, DefinitionOptions } from "../definition.ts";

/** The options that make a definition again. */
export function optionsOf(definition: Definition): DefinitionOptions {
  const { kind, name, help, unit, labelNames, mode, buckets, native, states, quantiles, accuracy, maxAgeSeconds, ageBuckets } = definition;
  const shared = { name, help, labelNames, utf8: true, maxSeries: definition.maxSeries || undefined };
  const told = { ...shared, expireAfterSeconds: definition.expireAfterSeconds || undefined, unit: unit === "" ? undefined : unit };
  const { exemplars } = definition;
  const own: Partial<Record<Definition["kind"], object>> = {
    counter: { exemplars },
    gauge: { mode },
    histogram: { exemplars, native, buckets: buckets.length > 0 || native === undefined ? buckets : undefined },
    summary: { quantiles, accuracy, maxAgeSeconds, ageBuckets },
    stateset: { states },
    gaugeHistogram: { buckets },
  };
  const all = { ...told, ...own[kind] };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as DefinitionOptions;
}

/** What must be equal for parts of one to be parts of another; of a summary without quantiles windows are nothing to anybody. */
export function shapeText(definition: Definition, sorted = false): string {
  const { kind, name, labelNames, mode, buckets, native, states, quantiles, accuracy, maxAgeSeconds, ageBuckets } = definition;
  const windows = sorted && kind === "summary" ? [] : [quantiles, accuracy, maxAgeSeconds, ageBuckets];
  return JSON.stringify([kind, name, sorted ? labelNames.toSorted() : labelNames, mode, buckets, native, states, windows]);
}
