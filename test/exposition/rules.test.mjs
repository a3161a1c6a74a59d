// The rules that no tool checks: first that our own check sees each fault, then that the library has none.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { join, registry as defaultRegistry } from "tallystick";
import { DIALECTS, exposed, registryOf } from "./exposed.mjs";
import { boundText, faults, numberOf, OPENMETRICS, readExposition, TEXT, valueText } from "./rules.mjs";
import { judged, strictOpenMetrics } from "./validators.mjs";

// --- the checks

const HISTOGRAM = (lines) => `# TYPE h histogram\n${lines.join("\n")}\n`;

// Each is one of the faults that passed every tool, or a histogram's in text, where none is looked for.
const FAULTS = [
  ["duplicate series", OPENMETRICS, '# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n', /^duplicate series: a\{x="1"\} 2$/],
  [
    "duplicate series with its labels in another order",
    OPENMETRICS,
    '# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 2\n',
    /^duplicate series, labels in another order/,
  ],
  ["duplicate series that differs by an empty label", TEXT, '# TYPE a gauge\na{x="1",y=""} 1\na{x="1"} 2\n', /^duplicate series/],
  [
    "duplicate le",
    TEXT,
    HISTOGRAM(['h_bucket{le="1"} 1', 'h_bucket{le="1.0"} 1', 'h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 1"]),
    /^duplicate le/,
  ],
  [
    "le without its dot",
    OPENMETRICS,
    HISTOGRAM(['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 1"]),
    /^le not canonical/,
  ],
  [
    "le as JavaScript writes it",
    TEXT,
    HISTOGRAM(['h_bucket{le="1000000"} 1', 'h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 1"]),
    /^le not canonical/,
  ],
  [
    "exemplar above its bucket",
    OPENMETRICS,
    HISTOGRAM(['h_bucket{le="1.0"} 1 # {x="1"} 5', 'h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 1"]),
    /^exemplar outside its bucket/,
  ],
  [
    "exemplar below its bucket",
    OPENMETRICS,
    HISTOGRAM(['h_bucket{le="1.0"} 1', 'h_bucket{le="+Inf"} 2 # {x=" # "} 1 1.5', "h_sum 1", "h_count 2"]),
    /^exemplar outside its bucket/,
  ],
  ["undefined escape in a help", OPENMETRICS, "# TYPE a gauge\n# HELP a \\\\ \\x\n", /^undefined escape in the help/],
  ["quote escaped in a help of text", TEXT, '# HELP a \\"\n# TYPE a gauge\n', /^undefined escape in the help/],
  ["undefined escape in a label", OPENMETRICS, '# TYPE a gauge\na{x="\\t"} 1\n', /^undefined escape in a label value/],
  ["label name that begins with two underscores", OPENMETRICS, '# TYPE a gauge\na{__x="1"} 1\n', /^label name begins with __/],
  ["histogram without its last bucket", TEXT, HISTOGRAM(['h_bucket{le="1"} 1', "h_sum 1", "h_count 1"]), /^no bucket le="\+Inf"/],
  [
    "histogram out of order",
    TEXT,
    HISTOGRAM(['h_bucket{le="2"} 1', 'h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 1"]),
    /^le not ascending/,
  ],
  [
    "histogram that is not cumulative",
    TEXT,
    HISTOGRAM(['h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 1"]),
    /^buckets not cumulative/,
  ],
  ["histogram with another count", TEXT, HISTOGRAM(['h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 2"]), /^count is not the last bucket's/],
  ["histogram with half of sum and count", TEXT, HISTOGRAM(['h_bucket{le="+Inf"} 1', "h_sum 1"]), /^sum and count not together/],
  ["family in two places", TEXT, "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# HELP a Again.\n", /^family a in two places/],
  ["metadata in the other dialect's order", OPENMETRICS, "# HELP a A.\n# TYPE a gauge\n", /^metadata of a in the order HELP,TYPE/],
  ["suffix of another type", OPENMETRICS, "# TYPE a gauge\na_total 1\n", /^no sample name of a gauge/],
];

for (const [name, dialect, text, message] of FAULTS) {
  test(`faults reports a ${name}`, () => {
    const found = faults(text, dialect);
    assert.ok(
      found.some((fault) => message.test(fault)),
      `found: ${found.join("; ")}`,
    );
  });
}

test("faults finds nothing in what is right", () => {
  const histogram = ['h_bucket{le="1.0"} 1 # {x="1"} 1', 'h_bucket{le="+Inf"} 2 # {} 1.5 17.5', "h_sum 1", "h_count 2"];
  assert.deepEqual(faults(`${HISTOGRAM(histogram)}# TYPE a gauge\na{x="} # {"} NaN\na{x="\\\\t"} -0\n# EOF\n`, OPENMETRICS), []);
});

test("readExposition takes labels, values and exemplars apart", () => {
  const [family] = readExposition('# TYPE a counter\n# HELP a \\"A\\"\na_total{x="\\\\\\"\\n{} # "} 1e+21 5.5 # {y="2"} 3 4\n');
  assert.equal(family.help, '\\"A\\"');
  const [{ name, labels, value, time, exemplars }] = family.samples;
  assert.deepEqual([name, labels[0].value, value, time], ["a_total", '\\"\n{} # ', 1e21, "5.5"]);
  assert.deepEqual([exemplars[0].labels[0].value, exemplars[0].value, exemplars[0].time], ["2", 3, "4"]);
});

// --- the library

function assertClean(registry) {
  for (const dialect of DIALECTS) assert.deepEqual(faults(exposed(registry, dialect), dialect), [], dialect);
}

function values(registry, dialect = OPENMETRICS) {
  return readExposition(exposed(registry, dialect)).flatMap(({ samples }) => samples.map(({ line }) => line));
}

// --- floats

const vectors = readFileSync(new URL("vectors/float.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [bits, go, openmetrics] = line.split("\t");
    const [value] = new Float64Array(BigUint64Array.of(BigInt(`0x${bits}`)).buffer);
    return { value, [TEXT]: go, [OPENMETRICS]: openmetrics };
  })
  .filter(({ value }) => !Number.isNaN(value));

test("boundText writes every vector as Go and OpenMetrics do", () => {
  assert.equal(vectors.length, 4793);
  for (const vector of vectors) for (const dialect of DIALECTS) assert.equal(boundText(vector.value, dialect), vector[dialect]);
});

// The vectors repeat some values; a minus zero is a bound of 0.
const bounds = [
  ...new Map(
    vectors.filter(({ value }) => Number.isFinite(value) && !Object.is(value, -0)).map((vector) => [vector.value, vector]),
  ).values(),
];
bounds.sort((one, other) => one.value - other.value);
const BOUNDS_EACH = 500;

test("histogram bounds print every vector as Go and OpenMetrics do (rule O16)", (t) => {
  const registry = registryOf(t, (made) => {
    for (let from = 0; from < bounds.length; from += BOUNDS_EACH) {
      const buckets = bounds.slice(from, from + BOUNDS_EACH).map(({ value }) => value);
      made.histogram({ name: `bounds_${from}`, help: "", buckets });
    }
  });
  for (const dialect of DIALECTS) {
    const printed = readExposition(exposed(registry, dialect))
      .flatMap(({ samples }) => samples)
      .flatMap(({ labels }) => labels.map(({ value }) => value))
      .filter((le) => le !== "+Inf");
    assert.deepEqual(
      printed,
      bounds.map((vector) => vector[dialect]),
    );
  }
  t.diagnostic(`${bounds.length} bounds`);
});

test("gauge values print every vector as String does (rule O17)", (t) => {
  const registry = registryOf(t, (made) => {
    const gauge = made.gauge({ name: "value", help: "", labelNames: ["i"] });
    vectors.forEach(({ value }, i) => gauge.set({ i }, value));
  });
  const [{ samples }] = readExposition(exposed(registry, TEXT));
  assert.deepEqual(
    samples.map(({ text }) => text),
    vectors.map(({ value }) => valueText(value)),
  );
});

test("valueText and numberOf are each other's way back", () => {
  for (const { value } of vectors) assert.ok(Object.is(numberOf(valueText(value)), value), valueText(value));
});

// --- what is printed

test("labels in any order, as numbers or as text, are one series (rule P8)", (t) => {
  const registry = registryOf(t, (made) => {
    const jobs = made.counter({ name: "jobs", help: "", labelNames: ["size", "ok"] });
    jobs.inc({ size: 1, ok: true });
    jobs.inc({ ok: "true", size: "1" });
    jobs.labels(1, "true").inc();
    jobs.labels({ ok: true, size: "1" }).inc();
    jobs.labels(1.0, true).inc();
  });
  assertClean(registry);
  assert.deepEqual(values(registry), ['jobs_total{size="1",ok="true"} 5']);
});

test("labels that differ in lone surrogates only are one series, for they print as one (rule P8)", (t) => {
  const registry = registryOf(t, (made) => {
    const jobs = made.counter({ name: "jobs", help: "", labelNames: ["name"] });
    for (const name of ["\ud800", "\udfff", "\ufffd", "\udbff"]) jobs.inc({ name });
  });
  assertClean(registry);
  assert.deepEqual(values(registry), ['jobs_total{name="\ufffd"} 4']);
});

test("labels removed and made again are printed once (rule P8)", (t) => {
  const registry = registryOf(t, (made) => {
    const jobs = made.counter({ name: "jobs", help: "", labelNames: ["name"] });
    const handle = jobs.labels("a");
    for (let i = 0; i < 100; i++) {
      handle.inc();
      jobs.inc({ name: "a" });
      jobs.inc({ name: "b" });
      jobs.remove("a");
    }
    handle.inc(3);
  });
  assertClean(registry);
  assert.deepEqual(values(registry).sort(), ['jobs_total{name="a"} 3', 'jobs_total{name="b"} 100']);
});

test("histogram refuses a bound that comes twice, also as 0 and -0 (rule O13)", (t) => {
  const registry = registryOf(t, () => {});
  for (const buckets of [
    [1, 1],
    [0, -0],
    [-0, 0],
    [1, Infinity, Infinity],
    [0.1, 0.1 + 2 ** -60],
  ]) {
    assert.throws(() => registry.histogram({ name: "h", help: "", buckets }), RangeError, String(buckets));
  }
  assert.deepEqual(values(registry), []);
});

test("histogram refuses le, and all label names beginning with two underscores are refused (rules P9, O4)", (t) => {
  const registry = registryOf(t, () => {});
  assert.throws(() => registry.histogram({ name: "h", help: "", labelNames: ["le"] }), RangeError);
  assert.throws(() => registry.gauge({ name: "g", help: "", labelNames: ["writer"], mode: "all" }), RangeError);
  for (const name of ["__name__", "__x", "__"]) {
    assert.throws(() => registry.counter({ name: "c", help: "", labelNames: [name] }), RangeError, name);
    assert.throws(() => registry.setDefaultLabels({ [name]: "x" }), RangeError, name);
  }
  assert.deepEqual(values(registry), []);
});

test("setDefaultLabels takes an empty object", (t) => {
  const registry = registryOf(t, (made) => made.counter({ name: "jobs", help: "" }), { labels: {} });
  assert.deepEqual(values(registry), ["jobs_total 0"]);
  registry.setDefaultLabels({ app: "shop" });
  assert.deepEqual(values(registry), ['jobs_total{app="shop"} 0']);
  registry.setDefaultLabels({});
  assert.deepEqual(values(registry), ["jobs_total 0"]);
});

test("setDefaultLabels and a family never give a sample a label name twice (rule O4)", (t) => {
  const families = [
    ["histogram", { name: "h", help: "", buckets: [1] }, "le"],
    ["gauge", { name: "g", help: "", mode: "all" }, "writer"],
    ["counter", { name: "c", help: "", labelNames: ["app"] }, "app"],
  ];
  for (const [kind, definition, label] of families) {
    const before = registryOf(t, () => {}, { labels: { [label]: "x" } });
    assert.throws(() => before[kind](definition), Error, `${label} is a default label, then ${kind}`);
    const after = registryOf(t, (made) => made[kind](definition));
    assert.throws(() => after.setDefaultLabels({ [label]: "x" }), Error, `${kind}, then ${label} becomes a default label`);
  }
});

test("setDefaultLabels knows the families that another thread registered, and they its labels (rule O4)", (t) => {
  // A registry joined by its ticket stands for another thread's: it has no JavaScript in common with the first.
  const labelled = { name: "c", help: "", labelNames: ["app"] };
  const first = registryOf(t, (made) => made.setDefaultLabels({ app: "x" }));
  assert.throws(() => join(first.ticket()).counter(labelled), Error);
  const second = registryOf(t, () => {});
  join(second.ticket()).counter(labelled);
  assert.throws(() => second.setDefaultLabels({ app: "x" }), Error);
});

test("help prints no escape but the dialect's own (rules P2, O6)", (t) => {
  const help = 'a\\x \\n \\\\ "q" \n \\';
  const registry = registryOf(t, (made) => made.gauge({ name: "g", help }));
  assertClean(registry);
  const [text, openmetrics] = DIALECTS.map((dialect) => readExposition(exposed(registry, dialect))[0].help);
  assert.equal(text, 'a\\\\x \\\\n \\\\\\\\ "q" \\n \\\\');
  assert.equal(openmetrics, 'a\\\\x \\\\n \\\\\\\\ \\"q\\" \\n \\\\');
});

test("text has no unit, no exemplar, no creation time and no end mark (rule P10)", (t) => {
  const registry = registryOf(t, (made) => {
    made.counter({ name: "work_seconds", help: "", unit: "seconds" }).inc();
    made.histogram({ name: "wait_seconds", help: "", unit: "seconds", buckets: [1] }).observe(1);
  });
  assert.doesNotMatch(exposed(registry, TEXT), /# UNIT|_created|EOF| # \{/);
  assert.match(exposed(registry, OPENMETRICS), /# UNIT work_seconds seconds\n/);
});

test("exposition ends with exactly one newline and has no carriage return, blank line or byte order mark (rules P1, O1)", (t) => {
  const registry = registryOf(t, (made) => {
    made.counter({ name: "a", help: " \ufeff " });
    made.gauge({ name: "b", help: "", labelNames: ["x"] }).set({ x: "\n\n" }, 1);
  });
  for (const dialect of DIALECTS) {
    const text = exposed(registry, dialect);
    assert.match(text, /[^\n]\n$/);
    assert.doesNotMatch(text, /\n\n|\r|^\ufeff/);
  }
  assert.match(exposed(registry, OPENMETRICS), /\n# EOF\n$/);
});

test("counter, gauge and histogram names that would meet are refused both ways round (rule O9)", (t) => {
  const meeting = [
    ["counter", "a", "gauge", "a_total"],
    ["counter", "a", "gauge", "a_created"],
    ["counter", "a", "counter", "a_created"],
    ["counter", "a", "histogram", "a_total"],
    ["histogram", "a", "gauge", "a_bucket"],
    ["histogram", "a", "gauge", "a_sum"],
    ["histogram", "a", "gauge", "a_count"],
    ["histogram", "a", "gauge", "a_created"],
    ["histogram", "a", "histogram", "a_count"],
    ["histogram", "a_sum", "histogram", "a"],
    ["counter", "a_count", "histogram", "a"],
    ["counter", "a_total", "counter", "a_total_total"],
  ];
  for (const [kind, name, otherKind, otherName] of meeting) {
    for (const [first, second] of [
      [
        [kind, name],
        [otherKind, otherName],
      ],
      [
        [otherKind, otherName],
        [kind, name],
      ],
    ]) {
      const registry = registryOf(t, (made) => made[first[0]]({ name: first[1], help: "" }));
      assert.throws(
        () => registry[second[0]]({ name: second[1], help: "" }),
        { name: "MetricsError", code: "name-clash" },
        `${first}; ${second}`,
      );
      assert.equal(readExposition(exposed(registry, OPENMETRICS)).length, 1);
    }
  }
});

test("histogram sums of two threads that cancel to no number leave sum and count out of OpenMetrics (rule O13)", async (t) => {
  const spread = () => defaultRegistry.histogram({ name: "spread", help: "", buckets: [1] });
  t.after(() => defaultRegistry.remove("spread"));
  // Twice the largest double is infinite: here below, there above.
  for (let i = 0; i < 2; i++) spread().observe(-Number.MAX_VALUE);
  const worker = new Worker(new URL("rules-worker.mjs", import.meta.url));
  t.after(() => worker.terminate());
  await once(worker, "message");
  const lines = values(defaultRegistry);
  assert.ok(lines.includes('spread_bucket{le="+Inf"} 4'));
  assert.deepEqual(
    lines.filter((line) => /^spread_(sum|count)/.test(line)),
    [],
  );
  if (!judged(t, strictOpenMetrics)) return;
  const [{ error }] = await strictOpenMetrics([exposed(defaultRegistry, OPENMETRICS)]);
  assert.equal(error, undefined);
});
