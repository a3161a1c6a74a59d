// The first moments of a subject: import it, count once. Nothing is imported statically, since that would be time that
// the subject no longer needs.
const name = "first_total";
const help = "Measured by the benchmark";

/** How to load: of the subject's own package, by ESM or by CommonJS. */
async function loader(subject, style) {
  const from = subject === "tallystick" ? import.meta.url : new URL("rivals/load.mjs", import.meta.url);
  if (style === "require") return (await import("node:module")).createRequire(from);
  return subject === "tallystick" ? (specifier) => import(specifier) : (await import("./rivals/load.mjs")).load;
}

const FIRST = {
  nothing: () => {},
  tallystick: async (load) => {
    const { registry } = await load("tallystick");
    registry.counter({ name, help }).inc();
  },
  "@opentelemetry/sdk-metrics": async (load) => {
    const { MeterProvider } = await load("@opentelemetry/sdk-metrics");
    const { PrometheusExporter } = await load("@opentelemetry/exporter-prometheus");
    const reader = new PrometheusExporter({ preventServerStart: true });
    new MeterProvider({ readers: [reader] }).getMeter("bench").createCounter(name, { description: help }).add(1);
  },
};

const promClient = (subject) => async (load) => {
  const { Counter } = await load(subject);
  new Counter({ name, help }).inc();
};

/** Milliseconds from before the import until after the first increment. */
export async function firstIncrement(subject, style) {
  const load = await loader(subject, style);
  const first = FIRST[subject] ?? promClient(subject);
  const start = performance.now();
  await first(load);
  return performance.now() - start;
}
