// The definitions of defects 4 and 6, which several threads share.

export function defectsDefined(registry) {
  return {
    jobs: registry.counter({ name: "jobs_total", help: "Jobs.", labelNames: ["queue"], exemplars: true }),
    wait: registry.histogram({ name: "wait_seconds", help: "Wait.", buckets: [0.5, 1], exemplars: true }),
    size: registry.summary({ name: "size_bytes", help: "Size.", quantiles: [0.5, 0.99] }),
    shared: registry.gauge({ name: "temperature_celsius", help: "Shared." }),
  };
}
