// The rows of the table: a family of every type, and what each may have. `fill` counts into one, with exemplars or without.

const TRACE = { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", span_id: "00f067aa0ba902b7" };
/** Of 128 code points, the most that there may be, and with all that must be escaped. */
const LONGEST = { note: '🦀"\\\n'.padEnd(125, "é") };

function observed(metric, exemplified) {
  // Twice into one bucket: the newer one stays. And one on a bound, and one above all of them.
  metric.observe({ path: "/" }, 0.25, exemplified ? { dropped: "yes" } : undefined);
  metric.observe({ path: "/" }, 0.5, exemplified ? TRACE : undefined);
  metric.observe({ path: "/" }, 17, exemplified ? LONGEST : undefined);
  metric.observe({ path: "/none" }, 1);
}

/** Native histograms have values on both sides of zero, gaps between them, and some in the bucket of zero. */
function nativeObserved(metric, exemplified) {
  observed(metric, exemplified);
  for (const value of [-3, -0.001, 0, 1e-200]) metric.observe({ path: "/signed" }, value, exemplified ? {} : undefined);
}

const observers = { labelNames: ["path"], exemplars: true, unit: true, fill: observed };

export const ROWS = {
  counter: {
    verb: "counter",
    name: "requests",
    help: "Requests answered.",
    labelNames: ["path"],
    exemplars: true,
    unit: true,
    fill(metric, exemplified) {
      metric.inc({ path: "/" }, 2, exemplified ? { dropped: "yes" } : undefined);
      metric.inc({ path: "/" }, 0.5, exemplified ? TRACE : undefined);
      metric.inc({ path: '"\\\n' }, 1, exemplified ? LONGEST : undefined);
      metric.labels("/none").inc(0);
    },
  },
  gauge: {
    verb: "gauge",
    name: "queue",
    help: "Waiting.",
    labelNames: ["path"],
    unit: true,
    fill(metric) {
      [-1.5, NaN, Infinity, -Infinity, -0, 1e21].forEach((value, path) => metric.set({ path }, value));
    },
  },
  histogram: { ...observers, verb: "histogram", name: "wait", help: "Time in the queue.", options: { buckets: [0.5, 1, 1e6] } },
  native: { ...observers, verb: "histogram", name: "latency", help: "Time to answer.", options: { native: true }, fill: nativeObserved },
  both: {
    ...observers,
    verb: "histogram",
    name: "delay",
    help: "Native and classic.",
    options: { native: { schema: 0, maxBuckets: 4, zeroThreshold: 0.001 }, buckets: [-1, 0.5, 1] },
    fill: nativeObserved,
  },
  summary: {
    ...observers,
    verb: "summary",
    name: "size",
    help: "Of replies.",
    options: { quantiles: [0, 0.5, 0.99, 1], accuracy: 0.001 },
    exemplars: false,
    fill(metric) {
      observed(metric, false);
      // Neither quantiles nor a sum below zero are allowed in OpenMetrics.
      metric.observe({ path: "/negative" }, -2);
      metric.labels("/empty");
    },
  },
  info: {
    verb: "info",
    name: "build",
    help: "What runs.",
    labelNames: ["version", "branch"],
    fill(metric) {
      metric.set({ version: "0.9", branch: "old" });
      metric.set({ version: "1.0", branch: 'ma"in' });
      metric.add({ version: "1.1", branch: "" });
    },
  },
  stateset: {
    verb: "stateSet",
    name: "mode",
    help: "What it does.",
    labelNames: ["path"],
    options: { states: ["idle", "busy", 'in "trouble"\\\n'] },
    fill(metric) {
      metric.set({ path: "one" }, "busy");
      metric.set({ path: "two" }, ["idle", 'in "trouble"\\\n']);
      metric.set({ path: "none" }, []);
    },
  },
  unknown: {
    verb: "unknown",
    name: "legacy",
    help: "Nobody knows.",
    labelNames: ["path"],
    unit: true,
    fill: (metric) => metric.set({ path: "/" }, -2.5),
  },
  gaugehistogram: {
    verb: "gaugeHistogram",
    name: "backlog",
    help: "Ages of what waits.",
    labelNames: ["path"],
    unit: true,
    options: { buckets: [-1, 0.5, 1] },
    fill(metric) {
      metric.set({ path: "/" }, [9, 9, 9]);
      metric.set({ path: "/" }, [-7, 0.25, 0.5, 3]);
      metric.set({ path: "/empty" }, []);
    },
  },
};

function made(registry, row, name, more) {
  const { verb, help, labelNames, options } = row;
  return registry[verb]({ name, help, labelNames, ...options, ...more });
}

/** All that a row may have, in families of one registry. `timeless` runs where there is no clock yet. */
export function rowBuilt(registry, row, timeless) {
  row.fill(made(registry, row, `${row.name}_plain`), false);
  if (row.unit) row.fill(made(registry, row, `${row.name}_seconds`, { unit: "seconds" }), false);
  if (row.exemplars) row.fill(made(registry, row, `${row.name}_traced`, { exemplars: true }), true);
  timeless(() => row.fill(made(registry, row, `${row.name}_early`, row.exemplars ? { exemplars: true } : {}), row.exemplars === true));
  const { labelNames: _, ...single } = row;
  made(registry, single, `${row.name}_single`);
}

/** A family of every type whose name and label are of no classic data model. */
export function namesBuilt(registry) {
  registry.setDefaultLabels({ app: "shop" });
  for (const row of Object.values(ROWS)) {
    const labelNames = row.labelNames.map((label) => `Größe.der "${label}"\\\n`);
    const metric = made(registry, { ...row, labelNames }, `${row.name}.größe 🦀"\\\n_per${row.verb === "stateSet" ? "-" : ":"}x`, {
      utf8: true,
      ...(row.exemplars ? { exemplars: true } : {}),
    });
    row.fill(relabelled(metric, row.labelNames, labelNames), row.exemplars === true);
    if (row.unit) made(registry, { ...row, labelNames: [] }, `${row.name}.all_seconds`, { utf8: true, unit: "seconds" });
  }
  // Legal, but for its label; and legal altogether: dots writes both anew.
  registry.counter({ name: "plain_jobs", help: "A legal name.", labelNames: ["service.name"], utf8: true }).inc({ "service.name": "a.b" });
  registry.gauge({ name: "plain_queue_length", help: "A legal name.", labelNames: ["queue_name"] }).set({ queue_name: "a_b" }, 1);
  registry.counter({ name: "1abc_total", help: "Begins with a digit.", labelNames: ["x:9"], utf8: true }).inc({ "x:9": "x" });
}

/** The metric, for who calls its labels by other names. */
function relabelled(metric, from, to) {
  const labels = (old) => Object.fromEntries(from.map((name, i) => [to[i], old[name]]));
  return new Proxy(metric, {
    get(target, verb) {
      return (first, ...rest) => target[verb](typeof first === "object" ? labels(first) : first, ...rest);
    },
  });
}
