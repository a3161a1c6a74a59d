// Each run of the garbage collector in this thread, by its kind. The runtime hands runs over in lists, a turn or two of the event loop
// later: every one of a list is counted, and what waits is taken at each collection.

import { PerformanceObserver } from "node:perf_hooks";
import type { Part, RuntimeName } from "./part.ts";
import type { Metric, Sample, Sheet } from "./sheet.ts";

export const GC_NAMES = ["gc"];

/** As perf_hooks.constants have them; V8's minor mark-sweep, 2, is one more of young objects. */
const KINDS: Readonly<Record<number, string>> = { 1: "minor", 2: "minor", 4: "major", 8: "incremental", 16: "weakcb" };
const OTHER = "other";
const MILLISECONDS = 1e3;

interface Run {
  readonly duration: number;
  readonly detail?: { readonly kind?: number } | null;
}

/** Durations of one kind. */
class Durations {
  readonly #counts: BigUint64Array;
  readonly #bounds: readonly number[];
  readonly #sample: Sample;
  #sum = 0;

  constructor(metric: Metric, kind: string, bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new BigUint64Array(bounds.length + 1);
    this.#sample = metric.sample([kind], new Uint8Array(this.#counts.buffer));
  }

  add(seconds: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += seconds;
  }

  tell(): void {
    this.#sample.is(this.#sum);
  }
}

export function gc(sheet: Sheet, runtime: RuntimeName): Part | undefined {
  const { supportedEntryTypes } = PerformanceObserver as unknown as { readonly supportedEntryTypes?: readonly string[] };
  if (supportedEntryTypes?.includes("gc") !== true) return undefined;
  const { gcBuckets } = sheet.settings;
  const metric = sheet.metric({
    kind: "histogram",
    name: `${runtime}_gc_duration_seconds`,
    help: "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
    labelNames: ["kind"],
    buckets: gcBuckets,
  });
  const durations = new Map<string, Durations>();
  const count = (runs: readonly Run[]) => {
    for (const { duration, detail } of runs) {
      const kind = KINDS[detail?.kind ?? 0] ?? OTHER;
      let own = durations.get(kind);
      if (own === undefined) durations.set(kind, (own = new Durations(metric, kind, gcBuckets)));
      own.add(duration / MILLISECONDS);
    }
  };
  const observer = new PerformanceObserver((list) => count(list.getEntries() as readonly Run[]));
  observer.observe({ entryTypes: ["gc"] });
  return {
    collect() {
      count(observer.takeRecords() as readonly Run[]);
      for (const own of durations.values()) own.tell();
    },
    close() {
      observer.disconnect();
    },
  };
}
