// `tallystick/runtime`: what the runtime and the system tell of the process and its threads.

export { collectDefaultMetrics } from "./default-metrics.ts";
export type { DefaultMetrics, DefaultMetricsOptions } from "./settings.ts";
