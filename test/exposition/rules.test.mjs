// The rules that no tool checks: first that our own check sees each fault, then that the library has none.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { join, registry as defaultRegistry } from "tallystick";
import { DIALECTS, exposed, registryOf } from "./exposed.mjs";
import { boundText, faults, numberOf, OPENMETRICS, OPENMETRICS2, PROTOBUF, readExposition, TEXT, valueText } from "./rules.mjs";
import { readProtobuf } from "./protobuf.mjs";
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
  ["type that text has not", TEXT, "# TYPE a info\na 1\n", /^no type of text: info/],
  ["type that only text has", OPENMETRICS, "# TYPE a untyped\na 1\n", /^no type of openmetrics: untyped/],
  [
    "unit that is no suffix",
    OPENMETRICS,
    "# TYPE a_seconds_ counter\n# UNIT a_seconds_ seconds\n",
    /^a_seconds_ does not end with its unit/,
  ],
  ["unit of an info", OPENMETRICS2, "# TYPE a_s_info info\n# UNIT a_s_info s\n", /^unit of info/],
  ["unit in text", TEXT, "# TYPE a_s gauge\n# UNIT a_s s\n", /^unit of a_s in text|^metadata/],
  ["info that is not 1", OPENMETRICS, "# TYPE a info\na_info 2\n", /^an info that is not 1/],
  ["state that is not of its set", OPENMETRICS, '# TYPE a stateset\na{b="x"} 1\n', /^no state/],
  ["state that is neither 0 nor 1", OPENMETRICS, '# TYPE a stateset\na{a="x"} 2\n', /^a state holds or does not/],
  [
    "state set that lacks a state",
    OPENMETRICS,
    '# TYPE a stateset\na{b="1",a="x"} 1\na{b="1",a="y"} 0\na{b="2",a="x"} 1\n',
    /^state sets of a/,
  ],
  [
    "quantiles out of order",
    TEXT,
    '# TYPE a summary\na{quantile="1"} 1\na{quantile="0.5"} 1\na_sum 1\na_count 1\n',
    /^quantiles not ascending/,
  ],
  ["quantile without its dot", OPENMETRICS, '# TYPE a summary\na{quantile="1"} 1\na_count 1\n', /^quantile not canonical/],
  ["summary below zero", OPENMETRICS, '# TYPE a summary\na{quantile="1.0"} -1\na_count 1\n', /^below zero in a summary/],
  ["summary without its count", TEXT, "# TYPE a summary\na_sum 1\n", /^no sum or no count/],
  [
    "gauge histogram with another count",
    OPENMETRICS,
    '# TYPE a gaugehistogram\na_bucket{le="+Inf"} 1\na_gsum 1\na_gcount 2\n',
    /^count is not the/,
  ],
  ["exemplar of a gauge", OPENMETRICS, "# TYPE a gauge\na 1 # {} 1\n", /^no place for an exemplar/],
  [
    "exemplar of a count",
    OPENMETRICS,
    '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1 # {} 1\n',
    /^no place for an exemplar/,
  ],
  ["exemplar in text", TEXT, "# TYPE a counter\na 1 # {} 1\n", /^no place for an exemplar/],
  [
    "exemplar of 129 code points",
    OPENMETRICS,
    `# TYPE a counter\na_total 1 # {a="${"🦀".repeat(128)}"} 1\n`,
    /^an exemplar of 129 code points/,
  ],
  ["second exemplar", OPENMETRICS, "# TYPE a counter\na_total 1 # {} 1 # {} 1\n", /^more than one exemplar/],
  ["exemplar without a time", OPENMETRICS2, "# TYPE a counter\na 1 # {} 1\n", /^an exemplar without a time/],
  ["label twice", OPENMETRICS, '# TYPE a gauge\na{b="1",b="2"} 1\n', /^label twice/],
  ["label of an exemplar twice", OPENMETRICS, '# TYPE a counter\na_total 1 # {b="1",b="2"} 1\n', /^label twice/],
  ["label without a name", OPENMETRICS, '# TYPE a counter\na_total 1 # {""="1"} 1\n', /^no label name, ""/],
  ["label name that is not legal", OPENMETRICS, '# TYPE a gauge\na{b:c="1"} 1\n', /^no label name, "b:c"/],
  ["name that is not legal", OPENMETRICS, "# TYPE a.b gauge\na.b 1\n", /^no name: a.b 1/],
  ["composite value in 1.0", OPENMETRICS, "# TYPE a histogram\na {count:1,sum:1,bucket:[+Inf:1]}\n", /^not of this version/],
  ["histogram without a composite value", OPENMETRICS2, "# TYPE a histogram\na 1\n", /^no value of a histogram/],
  ["composite value in another order", OPENMETRICS2, "# TYPE a histogram\na {sum:1,count:1,bucket:[+Inf:1]}\n", /^no value of a histogram/],
  ["composite value with another count", OPENMETRICS2, "# TYPE a histogram\na {count:2,sum:1,bucket:[+Inf:1]}\n", /^count is not the last/],
  [
    "composite value out of order",
    OPENMETRICS2,
    "# TYPE a histogram\na {count:1,sum:1,bucket:[2:0,1:0,+Inf:1]}\n",
    /^buckets not ascending/,
  ],
  [
    "native value that does not add up",
    OPENMETRICS2,
    "# TYPE a histogram\na {count:3,sum:1,schema:0,zero_threshold:0,zero_count:1,positive_spans:[0:1],positive_buckets:[1]}\n",
    /^count is not the sum of the native buckets, 2/,
  ],
  [
    "native value with more spans than buckets",
    OPENMETRICS2,
    "# TYPE a histogram\na {count:2,sum:1,schema:0,zero_threshold:0,zero_count:1,positive_spans:[0:2],positive_buckets:[1]}\n",
    /^positive spans for 2 buckets/,
  ],
  ["summary in words of a histogram", OPENMETRICS2, "# TYPE a summary\na {count:1,sum:1,bucket:[+Inf:1]}\n", /^no value of a summary/],
  ["beginning of a gauge", OPENMETRICS2, "# TYPE a gauge\na 1 st@5\n", /^a gauge has no beginning/],
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

test("faults finds nothing in what is right of every type and version", () => {
  const right = [
    [OPENMETRICS, '# TYPE a stateset\na{b="1",a="x"} 1\na{b="1",a="y"} 0\n# TYPE b info\nb_info{c="1"} 1\n# TYPE c unknown\nc -1\n'],
    [OPENMETRICS, '# TYPE s summary\ns{quantile="0.0"} NaN\ns{quantile="1.0"} 2\ns_sum 1\ns_count 1\n'],
    [OPENMETRICS, '# TYPE g gaugehistogram\ng_bucket{le="-1.0"} 1\ng_bucket{le="+Inf"} 1\ng_gsum -2\ng_gcount 1\n'],
    [OPENMETRICS, `# TYPE "a.b" counter\n{"a.b_total","c.d"="1",e="2"} 1 # {"f.g"="${"🦀".repeat(125)}"} 1\n`],
    [TEXT, '# TYPE s summary\ns{quantile="0"} -1\ns_sum -1\ns_count 1\n# TYPE u untyped\nu 1\n'],
    [
      OPENMETRICS2,
      '# TYPE "a.b" counter\n{"a.b",c="1"} 1 5 st@4 # {} 1 5 # {x=" # {"} 2 6\n# TYPE s summary\ns {count:0,sum:0,quantile:[]}\n',
    ],
    [
      OPENMETRICS2,
      "# TYPE h histogram\nh {count:3,sum:NaN,schema:-4,zero_threshold:0,zero_count:1,positive_spans:[-3:1,2:1],positive_buckets:[1,1]}\n",
    ],
  ];
  for (const [dialect, text] of right) assert.deepEqual(faults(text, dialect), [], text);
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

// --- names beyond the classic data model

const UTF8 = { help: "", utf8: true };

test("names that an escaping makes one are refused both ways round (rule E4)", (t) => {
  const meeting = [
    ["gauge", "a.b", "gauge", "a_b"],
    ["gauge", "a.b", "gauge", "a-b"],
    ["gauge", "a.b", "counter", "aéb"],
    ["histogram", "a.b", "gauge", "a_b_count"],
    ["histogram", "a_b", "gauge", "a.b.count"],
    ["counter", "a.b", "gauge", "a_b_total"],
    ["info", "a.b", "gauge", "a_b_info"],
    ["gauge", "1a", "gauge", "_a"],
  ];
  for (const pair of meeting) {
    for (const [kind, name, otherKind, otherName] of [pair, [...pair.slice(2), ...pair.slice(0, 2)]]) {
      const registry = registryOf(t, (made) => made[kind]({ ...UTF8, name }));
      assert.throws(() => registry[otherKind]({ ...UTF8, name: otherName }), { code: "name-clash" }, pair.join());
      // What was refused left nothing behind, and what was there is asked for again.
      registry[kind]({ ...UTF8, name });
      registry.remove(name);
      registry[otherKind]({ ...UTF8, name: otherName });
      assert.equal(readExposition(exposed(registry, OPENMETRICS)).length, 1);
    }
  }
  registryOf(t, (made) => ["a.b", "a.bc", "a.b.c", "a.", "A.b", "a..b", "_.b"].forEach((name) => made.gauge({ ...UTF8, name })));
});

test("labels that an escaping makes one are refused: of a family, of its type, of the registry, and of an exemplar (rule O4)", (t) => {
  const registry = registryOf(t, () => {}, { labels: { app_name: "x" } });
  const refused = [
    ["gauge", { name: "a", labelNames: ["b.c", "b_c"] }, { name: "RangeError" }],
    ["gauge", { name: "a", labelNames: ["..name.."] }, { name: "RangeError" }],
    ["stateSet", { name: "a.b", states: ["on"], labelNames: ["a_b"] }, { name: "RangeError" }],
    ["stateSet", { name: "a_b", states: ["on"], labelNames: ["a.b"] }, { name: "RangeError" }],
    ["gauge", { name: "a", labelNames: ["app.name"] }, { code: "label-conflict" }],
    ["gauge", { name: "a", labelNames: ['app"name'] }, { code: "label-conflict" }],
    ["stateSet", { name: "app.name", states: ["on"] }, { code: "label-conflict" }],
  ];
  for (const [kind, definition, error] of refused) assert.throws(() => registry[kind]({ ...UTF8, ...definition }), error);
  registry.gauge({ ...UTF8, name: "a", labelNames: ["app.names", "zone\nname"] });
  for (const label of ["app_names", "zone_name"])
    assert.throws(() => registry.setDefaultLabels({ [label]: "x" }), { code: "label-conflict" });
  registry.setDefaultLabels({ app_nam: "x" });
  const jobs = registry.counter({ ...UTF8, name: "jobs", exemplars: true });
  for (const labels of [{ "a.b": 1, a_b: 2 }, { "": 1 }, { "\ud800": 1, "\ud801": 2 }]) {
    assert.throws(() => jobs.inc(1, labels), Error);
    assert.equal(jobs.value(), 0);
  }
});

test("state sets with a colon in their name are refused: it is the name of a label (rules O4, O12)", (t) => {
  const registry = registryOf(t, () => {});
  assert.throws(() => registry.stateSet({ name: "a:b", help: "", states: ["on"] }), RangeError);
  assert.throws(() => registry.stateSet({ ...UTF8, name: "a:b.c", states: ["on"] }), RangeError);
  // Nor do labels' names begin with two underscores.
  assert.throws(() => registry.stateSet({ name: "__state", help: "", states: ["on"] }), RangeError);
  assert.throws(() => registry.stateSet({ ...UTF8, name: "..name..", states: ["on"] }), RangeError);
  assert.deepEqual(values(registry), []);
});

test("labels with a colon are escaped, in series and in exemplars (rule O4)", (t) => {
  const registry = registryOf(t, (made) => {
    made.counter({ ...UTF8, name: "jobs", labelNames: ["a:b"], exemplars: true }).inc({ "a:b": "x" }, 1, { "c:d": "y" });
  });
  const printed = (escaping) => Buffer.from(registry.exposeSync({ dialect: OPENMETRICS, escaping }).body).toString();
  assert.match(printed("underscores"), /^jobs_total\{a_b="x"\} 1 # \{c_d="y"\} 1 /m);
  assert.match(printed("dots"), /^jobs__total\{a__b="x"\} 1 # \{c__d="y"\} 1 /m);
  assert.match(printed("values"), /^jobs_total\{U__a_3a_b="x"\} 1 # \{U__c_3a_d="y"\} 1 /m);
  assert.match(printed("allow-utf-8"), /^jobs_total\{"a:b"="x"\} 1 # \{"c:d"="y"\} 1 /m);
  const [{ metrics }] = readProtobuf(registry.exposeSync({ dialect: PROTOBUF }).body);
  assert.deepEqual([metrics[0].labels, metrics[0].exemplar.labels], [{ a_b: "x" }, { c_d: "y" }]);
});

test("unit is left out where doubled underscores part it from a counter's name (rules O5, B5)", (t) => {
  const registry = registryOf(t, (made) => {
    made.counter({ name: "cpu_seconds", help: "", unit: "seconds" });
    made.counter({ ...UTF8, name: "io.seconds_seconds", unit: "seconds" });
    made.gauge({ ...UTF8, name: "age.of_seconds", unit: "seconds" });
  });
  const units = { underscores: 3, dots: 1, values: 2, "allow-utf-8": 3 };
  for (const [escaping, count] of Object.entries(units)) {
    const text = Buffer.from(registry.exposeSync({ dialect: OPENMETRICS, escaping }).body).toString();
    assert.deepEqual(faults(text, OPENMETRICS), []);
    assert.equal(readExposition(text).filter(({ unit }) => unit === "seconds").length, count, escaping);
    assert.equal(readProtobuf(registry.exposeSync({ dialect: PROTOBUF, escaping }).body).filter(({ unit }) => unit !== "").length, count);
  }
});

test("exemplars that escaped names make too long are left out (rule O19)", (t) => {
  const registry = registryOf(t, (made) => {
    made.counter({ name: "at", help: "", exemplars: true }).inc(1, { trace_id: "é".repeat(119) });
    made.counter({ name: "past", help: "", exemplars: true }).inc(1, { trace_id: "é".repeat(120) });
  });
  const found = (escaping) => {
    const text = Buffer.from(registry.exposeSync({ dialect: OPENMETRICS, escaping }).body).toString();
    assert.deepEqual(faults(text, OPENMETRICS), []);
    return readExposition(text).map(({ samples }) => samples[0].exemplars.length);
  };
  assert.deepEqual(found("underscores"), [1, 1]);
  assert.deepEqual(found("dots"), [1, 0]);
});

// --- types

test("infos that are set twice at one moment tell the second one only", (t) => {
  const registry = registryOf(t, () => {});
  const build = registry.info({ name: "build", help: "", labelNames: ["version"] });
  for (let i = 0; i < 100; i++) {
    build.set({ version: i });
    assert.deepEqual(values(registry), [`build_info{version="${i}"} 1`]);
  }
  build.add({ version: "more" });
  assert.equal(values(registry).length, 2);
});

test("native histograms with a bound below zero have no sum and no count in OpenMetrics (rule O13)", (t) => {
  const registry = registryOf(t, (made) => {
    made.histogram({ name: "h", help: "", native: true, buckets: [-1, 1] }).observe(3);
  });
  assert.deepEqual(values(registry), ['h_bucket{le="-1.0"} 0', 'h_bucket{le="1.0"} 0', 'h_bucket{le="+Inf"} 1']);
  assertClean(registry);
});

test("constants with a time have it on all of their lines, the beginning's too (rule O18)", async (t) => {
  const registry = registryOf(t, () => {});
  const at = { timestamp: 1000, created: 5 };
  const buckets = [{ le: 1, count: 1 }];
  registry.collect(() => [
    { type: "counter", name: "jobs", samples: [{ value: 1, ...at }] },
    { type: "histogram", name: "sizes", samples: [{ value: { count: 1, sum: 1, buckets }, ...at }] },
    { type: "summary", name: "waits", samples: [{ value: { count: 1, sum: 1, quantiles: [{ quantile: 0.5, value: 1 }] }, ...at }] },
    { type: "info", name: "build", samples: [{ value: 1, labels: { v: "1" }, timestamp: 1000 }] },
  ]);
  const { body } = await registry.expose({ dialect: OPENMETRICS, created: true, exclude: ["tallystick_collector_age_seconds"] });
  const text = new TextDecoder().decode(body);
  const lines = text.split("\n").filter((line) => /^[a-z]/.test(line));
  assert.equal(lines.length, 2 + 5 + 4 + 1);
  for (const line of lines) assert.match(line, / 1000$/);
  assert.deepEqual(faults(text, OPENMETRICS), []);
  if (!judged(t, strictOpenMetrics)) return;
  assert.equal((await strictOpenMetrics([text]))[0].error, undefined);
});
