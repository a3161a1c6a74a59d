// What is measured: tallystick and its rivals behind one shape, each in its fastest documented configuration.
// `calls` holds source text, because every measured loop is compiled by itself (see `loop` in harness.mjs).
import { load } from "./rivals/load.mjs";

export const OURS = "tallystick";
export const PLATFORM = "Float64Array";

/** The default buckets of tallystick and of the prom-client family; OpenTelemetry is told to use the same. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

// More label sets than any benchmark makes: OpenTelemetry merges the 2,000th and all later ones into one otherwise.
const OPENTELEMETRY_CARDINALITY = 2_000_000;

const help = "Measured by the benchmark";

/** Without what is undefined: not every library takes that for its default. */
const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const prometheusCalls = {
  counter: {
    unlabelled: (metric = "metric") => `${metric}.inc()`,
    bound: (handle) => `${handle}.inc()`,
    positional: (values) => `metric.labels(${values}).inc()`,
    object: (labels, amount) => (amount === undefined ? `metric.inc(${labels})` : `metric.inc(${labels}, ${amount})`),
  },
  histogram: {
    bound: (handle, value) => `${handle}.observe(${value})`,
    object: (labels, value) => `metric.observe(${labels}, ${value})`,
  },
};

/** A scrape as node:http makes it, into a response that takes everything at once. */
const served = (handler) => () =>
  new Promise((resolve, reject) => {
    const response = {
      headersSent: false,
      destroyed: false,
      writeHead: () => {},
      write: (_bytes, written) => (written(), true),
      end: resolve,
      destroy: reject,
      on: () => {},
      once: () => {},
    };
    handler({ method: "GET", headers: {} }, response);
  });

const bindByPosition = (metric, labels) => metric.labels(...Object.values(labels));

function tallystick() {
  return {
    name: OURS,
    calls: prometheusCalls,
    bind: bindByPosition,
    async load() {
      const { Registry } = await import("tallystick");
      return ({ buckets } = {}) => {
        const registry = new Registry();
        return {
          counter: (name, labelNames = []) => registry.counter({ name, help, labelNames }),
          histogram: (name, labelNames = []) => registry.histogram({ name, help, labelNames, ...given({ buckets }) }),
          gauge: (name, labelNames = []) => registry.gauge({ name, help, labelNames }),
          summary: (name, labelNames = []) => registry.summary({ name, help, labelNames }),
          native: (name, labelNames = []) => registry.histogram({ name, help, labelNames, native: true }),
          nativeClassic: (name, labelNames = []) => registry.histogram({ name, help, labelNames, native: true, buckets: BUCKETS }),
          expose: async () => (await registry.expose()).body,
          exposeAs: (options) => registry.expose(options),
          exposeSync: () => registry.exposeSync().body,
          exposeInto: async (into) => (await registry.expose({ into })).body,
          stream: () => registry.stream().body,
          serve: served(registry.nodeHandler()),
          arenaBytes: () => registry.memoryUsage().used,
          close: () => registry.close(),
        };
      };
    },
  };
}

function promClient(name, minimumNode) {
  return {
    name,
    minimumNode,
    calls: prometheusCalls,
    bind: bindByPosition,
    async load() {
      const { Counter, Histogram, Registry, Summary } = await load(name);
      return ({ buckets } = {}) => {
        const registry = new Registry();
        const registers = [registry];
        return {
          counter: (name, labelNames = []) => new Counter({ name, help, labelNames, registers }),
          histogram: (name, labelNames = []) => new Histogram({ name, help, labelNames, registers, ...given({ buckets }) }),
          // Of the last minutes, as ours: without an age it would be another summary.
          summary: (name, labelNames = []) => new Summary({ name, help, labelNames, registers, maxAgeSeconds: 600, ageBuckets: 5 }),
          expose: () => registry.metrics(),
          close: () => registry.clear(),
        };
      };
    },
  };
}

function openTelemetry() {
  return {
    name: "@opentelemetry/sdk-metrics",
    minimumNode: "22.15.0",
    // It has no bound instrument and no positional form; a prebuilt attributes object is the nearest to a handle.
    calls: {
      counter: {
        unlabelled: (metric = "metric") => `${metric}.add(1)`,
        bound: (handle) => `metric.add(1, ${handle})`,
        object: (labels, amount = 1) => `metric.add(${amount}, ${labels})`,
      },
      histogram: {
        bound: (handle, value) => `metric.record(${value}, ${handle})`,
        object: (labels, value) => `metric.record(${value}, ${labels})`,
      },
    },
    bind: (_metric, labels) => labels,
    async load() {
      const { AggregationType, InstrumentType, MeterProvider } = await load("@opentelemetry/sdk-metrics");
      const { PrometheusExporter, PrometheusSerializer } = await load("@opentelemetry/exporter-prometheus");
      const viewsOf = (boundaries) => [
        { instrumentType: InstrumentType.COUNTER, aggregationCardinalityLimit: OPENTELEMETRY_CARDINALITY },
        {
          instrumentType: InstrumentType.HISTOGRAM,
          aggregationCardinalityLimit: OPENTELEMETRY_CARDINALITY,
          aggregation: {
            type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
            options: { boundaries, recordMinMax: false },
          },
        },
      ];
      return ({ buckets = BUCKETS } = {}) => {
        const views = viewsOf(buckets);
        const reader = new PrometheusExporter({ preventServerStart: true });
        const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
        const provider = new MeterProvider({ readers: [reader], views });
        const meter = provider.getMeter("bench");
        return {
          counter: (name) => meter.createCounter(name, { description: help }),
          histogram: (name) => meter.createHistogram(name, { description: help }),
          expose: async () => serializer.serialize((await reader.collect()).resourceMetrics),
          close: () => provider.shutdown(),
        };
      };
    },
  };
}

/** Ours first: `minimumNode` is what a rival's own `engines` asks for. */
export const SUBJECTS = [
  tallystick(),
  promClient("prom-client"),
  promClient("@platformatic/prom-client"),
  promClient("@prometheus-io/client", "22.0.0"),
  openTelemetry(),
];

const decoder = new TextDecoder();

const textOf = (exposition) => (typeof exposition === "string" ? exposition : decoder.decode(exposition));

/** The sum over all samples called `name` in an exposition. */
export function sampleTotal(exposition, name) {
  let total = 0;
  for (const line of textOf(exposition).split("\n")) {
    if (!line.startsWith(name)) continue;
    const after = line[name.length];
    if (after === "{" || after === " ") total += Number(line.slice(line.lastIndexOf(" ") + 1));
  }
  return total;
}

/** Samples of a page, without the library's own, and the sum of their values: what all rows must agree about. */
export function summed(body) {
  const lines = textOf(body)
    .split("\n")
    .filter((line) => line !== "" && !/^(#|tallystick_)/.test(line));
  return { samples: lines.length, total: lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0) };
}

/** The number of sample lines in an exposition. */
export function sampleCount(exposition) {
  let count = 0;
  for (const line of textOf(exposition).split("\n")) if (line !== "" && line[0] !== "#") count += 1;
  return count;
}
