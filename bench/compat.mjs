// What does one observation cost by prom-client's API: in tallystick/prom-client, and in the libraries whose API it is?
import * as ours from "tallystick/prom-client";
import { check, hotSample, loop } from "./harness.mjs";
import { load } from "./rivals/load.mjs";
import { OURS, sampleTotal } from "./subjects.mjs";

const METHODS = ["get", "put", "post", "head", "patch", "trace", "delete", "options"];
const CODES = [200, 404, 500];
const help = "Measured by the benchmark";
const labelNames = ["method", "code"];
const LABELS = "{ method: methods[i & 7], code: codes[i % 3] }";

const four = ({ Counter }, of) => ["", "_b", "_c", "_d"].map((end) => new Counter({ ...of, name: `${of.name}${end}`, labelNames: [] }));

/**
 * Each row: what is made of a library and a registry, the body of its loop, and the sample that has as much as there were turns, or so much of it.
 * One counter in a loop waits for its own last store: prom-client's has a small integer there, and a double from its first fraction on.
 */
const ROWS = {
  "inc()": [({ Counter }, of) => new Counter({ ...of, labelNames: [] }), "metric.inc()", "measured"],
  "inc(0.5)": [({ Counter }, of) => new Counter({ ...of, labelNames: [] }), "metric.inc(0.5)", "measured", 0.5],
  "inc() of four": [four, "metric[0].inc(); metric[1].inc(); metric[2].inc(); metric[3].inc()", "measured"],
  "inc(labels)": [({ Counter }, of) => new Counter(of), `metric.inc(${LABELS})`, "measured"],
  "labels(...).inc()": [({ Counter }, of) => new Counter(of), "metric.labels(methods[i & 7], codes[i % 3]).inc()", "measured"],
  "child.inc()": [({ Counter }, of) => new Counter(of).labels("get", 200), "metric.inc()", "measured"],
  "gauge.inc(labels)": [({ Gauge }, of) => new Gauge(of), `metric.inc(${LABELS})`, "measured"],
  "observe(labels, value)": [({ Histogram }, of) => new Histogram(of), `metric.observe(${LABELS}, (i & 63) / 8)`, "measured_count"],
  "startTimer(labels)(labels)": [
    ({ Histogram }, of) => new Histogram(of),
    "metric.startTimer({ method: methods[i & 7] })({ code: codes[i % 3] })",
    "measured_count",
  ],
  "inc() with an exemplar": [
    ({ Counter }, of) => new Counter({ ...of, enableExemplars: true }),
    `metric.inc({ labels: ${LABELS}, exemplarLabels: { trace_id: methods[i & 7] } })`,
    "measured_total",
  ],
};

function entry(context, name, library, row) {
  const [made, body, sample, each = 1] = ROWS[row];
  const registry = new library.Registry(
    library.Registry[sample.endsWith("_total") ? "OPENMETRICS_CONTENT_TYPE" : "PROMETHEUS_CONTENT_TYPE"],
  );
  const metric = made(library, { name: "measured", help, labelNames, registers: [registry] });
  const observe = loop(body, ["metric", "methods", "codes"]);
  let expected = 0;
  const run = (count) => {
    observe(count, metric, METHODS, CODES);
    expected += count * each;
  };
  const verify = async () => {
    // An exemplar stands behind the value.
    const page = (await registry.metrics()).replaceAll(/ # \{.*$/gm, "");
    check(sampleTotal(page, sample), expected, `${name} ${row}`);
    registry.clear();
  };
  return { subject: name, sample: hotSample(context, run), verify };
}

export async function run(context) {
  const libraries = [];
  for (const { name } of await context.loaded()) libraries.push([name, name === OURS ? ours : await load(name)]);
  for (const row of Object.keys(ROWS)) {
    await context.interleave(
      row,
      "ns/op",
      libraries.map(([name, library]) => entry(context, name, library.default ?? library, row)),
    );
  }
}
