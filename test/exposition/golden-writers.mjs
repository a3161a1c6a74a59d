// The definitions of golden/writers, which two threads share.

export const MODES = ["sum", "livesum", "min", "max", "mostrecent", "all"];

export function writersDefined(registry) {
  return {
    work: registry.counter({ name: "work", help: "Counted by two threads.", labelNames: ["route"] }),
    shared: registry.gauge({ name: "shared_parts", help: "One for all." }),
    gauges: MODES.map((mode) => registry.gauge({ name: `${mode}_parts`, help: "A part each.", mode })),
    seconds: registry.histogram({ name: "work_seconds", help: "Observed by two threads.", unit: "seconds", buckets: [1, 2] }),
  };
}
