// Each run of the garbage collector in this thread, in seconds, by its kind; and how many there were, under the telemetry
// module's name. How many objects a run freed is not told by V8. Bun and Deno tell nothing of it.

import { constants, PerformanceObserver } from "node:perf_hooks";
import type { Sampler } from "./sampler.ts";

/** As perf_hooks.constants have them. */
const KINDS: Readonly<Record<number, string>> = { 1: "minor", 4: "major", 8: "incremental", 16: "weak callbacks" };

interface Run {
  readonly duration: number;
  readonly detail?: { readonly kind?: number } | null;
}

export const sampleGc: Sampler = (label) => {
  const { supportedEntryTypes } = PerformanceObserver as unknown as { readonly supportedEntryTypes?: readonly string[] };
  // Deno lists the type and never has an entry of it; whoever has, has names for its kinds.
  if (supportedEntryTypes?.includes("gc") !== true || !("NODE_PERFORMANCE_GC_MAJOR" in constants)) return undefined;
  const runs = label("gc collections", { whole: true });
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as readonly Run[]) {
      count++;
      label(`gc ${KINDS[detail?.kind ?? 0] ?? "other"}`).record(duration / 1000);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return {
    sample() {
      runs.record(count);
    },
    stop() {
      observer.disconnect();
    },
  };
};
