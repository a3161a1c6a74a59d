// What samples are observed by: a summary, a native histogram and a counter, the same in a thread and in a process.

export const QUANTILES = [0, 1e-9, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

/** The metrics of one registry. */
export function metricsOf(registry, accuracy) {
  return {
    summary: registry.summary({ name: "summed", help: "Help.", quantiles: QUANTILES, accuracy }),
    native: registry.histogram({ name: "finely", help: "Help.", native: { schema: 8, maxBuckets: 160 } }),
    counter: registry.counter({ name: "counted", help: "Help." }),
  };
}

export function observed({ summary, native, counter }, values) {
  for (const value of values) {
    summary.observe(value);
    native.observe(value);
    counter.inc(Math.abs(value));
  }
}

export const told = ({ summary, native, counter }) => ({ summary: summary.value(), native: native.value(), counter: counter.value() });
