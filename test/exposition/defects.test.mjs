// Defects of other libraries that show in the exposition, by their numbers in the table of the peers: what
// each does there, this library must not do.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { registry as defaultRegistry } from "tallystick";
import { defectsDefined } from "./defects-metrics.mjs";
import { exposed, registryOf } from "./exposed.mjs";
import { readProtobuf } from "./protobuf.mjs";
import { faults, numberOf, OPENMETRICS, OPENMETRICS2, PROTOBUF, readExposition, TEXT } from "./rules.mjs";
import { abnf, abnf2, judged, promtool, strictOpenMetrics } from "./validators.mjs";

function lines(text, name) {
  return readExposition(text).flatMap(({ samples }) => samples.filter((sample) => sample.name === name).map(({ line }) => line));
}

/** What the judges that this machine has say about a registry. */
async function assertJudged(registry) {
  const text = exposed(registry, TEXT);
  const openmetrics = exposed(registry, OPENMETRICS);
  assert.deepEqual([...faults(text, TEXT), ...faults(openmetrics, OPENMETRICS)], []);
  if (promtool.available) assert.notEqual((await promtool(text)).status, 1);
  if (strictOpenMetrics.available) assert.equal((await strictOpenMetrics([openmetrics]))[0].error, undefined);
  if (abnf.available) assert.equal(abnf(openmetrics), "");
  const openmetrics2 = exposed(registry, OPENMETRICS2);
  assert.deepEqual(faults(openmetrics2, OPENMETRICS2), []);
  if (abnf2.available) assert.equal(abnf2(openmetrics2), "");
  readProtobuf(registry.exposeSync({ dialect: PROTOBUF }).body);
}

/** Three worker threads that have counted and stay until the test ends; this thread has counted, too. */
async function counted(t) {
  const metrics = defectsDefined(defaultRegistry);
  t.after(() => defaultRegistry.clear());
  metrics.jobs.inc({ queue: "mail" }, 10, { trace_id: "main" });
  for (let i = 0; i < 100; i++) metrics.size.observe(3);
  metrics.shared.set(7);
  for (const workerData of ["one", "two", "three"]) {
    const worker = new Worker(new URL("defects-worker.mjs", import.meta.url), { workerData });
    t.after(() => worker.terminate());
    await once(worker, "message");
  }
  return metrics;
}

test("defect 4: OpenMetrics with workers names counters once and keeps exemplars", async (t) => {
  const { jobs } = await counted(t);
  assert.equal(jobs.value("mail"), 40);
  for (let scrape = 0; scrape < 3; scrape++) {
    // Also after a scrape in the other format, which is what doubled the suffix.
    assert.deepEqual(lines(exposed(defaultRegistry, TEXT), "jobs_total"), ['jobs_total{queue="mail"} 40']);
    const text = exposed(defaultRegistry, OPENMETRICS);
    assert.doesNotMatch(text, /_total_total/);
    assert.match(text, /^# TYPE jobs counter$/m);
    const [{ samples: counters }, { samples: buckets }] = readExposition(text);
    assert.deepEqual(
      counters.map(({ name, value }) => [name, value]),
      [["jobs_total", 40]],
    );
    // The newest of all threads, in the one bucket that has any.
    for (const { exemplars } of [counters[0], buckets[0]])
      assert.deepEqual(
        exemplars.map(({ labels }) => labels.map(({ name, value }) => [name, value])),
        [[["trace_id", "three"]]],
      );
    const [decoded] = readProtobuf(defaultRegistry.exposeSync({ dialect: PROTOBUF }).body);
    assert.deepEqual(
      [decoded.name, decoded.metrics[0].value, decoded.metrics[0].exemplar.labels],
      ["jobs_total", 40, { trace_id: "three" }],
    );
  }
  await assertJudged(defaultRegistry);
});

test("defect 6: quantiles over workers are those of all values, and gauges are not summed", async (t) => {
  const { size, shared } = await counted(t);
  assert.equal(shared.value(), 7);
  const { count, sum, quantiles } = size.value();
  assert.deepEqual([count, sum], [400, 1200]);
  for (const { value } of quantiles) assert.ok(Math.abs(value - 3) <= 0.03, String(value));
  const printed = (dialect) => readExposition(exposed(defaultRegistry, dialect)).find(({ name }) => name === "size_bytes").samples;
  for (const dialect of [TEXT, OPENMETRICS]) {
    const [half, most, ...ends] = printed(dialect);
    for (const { value } of [half, most]) assert.ok(Math.abs(value - 3) <= 0.03, `${value} in ${dialect}`);
    assert.deepEqual(
      ends.map(({ value }) => value),
      [1200, 400],
    );
    assert.deepEqual(lines(exposed(defaultRegistry, dialect), "temperature_celsius"), ["temperature_celsius 7"]);
  }
  // And of values that differ: nine tenths are 3, the rest 100.
  for (let i = 0; i < 44; i++) size.observe(100);
  const [half, most] = size.value().quantiles;
  assert.ok(Math.abs(half.value - 3) <= 0.03, String(half.value));
  assert.ok(Math.abs(most.value - 100) <= 1, String(most.value));
  await assertJudged(defaultRegistry);
});

test("defect 7: label values with a separator in them stay two series", async (t) => {
  const registry = registryOf(t, () => {});
  const jobs = registry.counter({ name: "jobs", help: "", labelNames: ["a", "b"] });
  const separators = ["|", ",", ";", ":", "\0", "\x1f", "\xff", '"', '","', '",b="', "\\", "\\\\", "\n", " ", "=", "\ufffd"];
  for (const separator of separators) {
    jobs.inc({ a: `x${separator}y`, b: "z" });
    jobs.inc({ a: "x", b: `y${separator}z` });
    jobs.labels(`x${separator}`, "yz").inc();
    jobs.labels("x", `${separator}yz`).inc();
  }
  const [{ samples }] = readExposition(exposed(registry, TEXT));
  assert.equal(samples.length, separators.length * 4);
  assert.ok(samples.every(({ value }) => value === 1));
  for (const separator of separators) assert.equal(jobs.value(`x${separator}y`, "z"), 1);
  await assertJudged(registry);
});

test("defect 8: a label object changed after the call changes nothing that is exported", async (t) => {
  const registry = registryOf(t, () => {});
  const labels = { method: "GET" };
  const requests = registry.counter({ name: "requests", help: "", labelNames: ["method"] });
  const queue = registry.gauge({ name: "queue", help: "", labelNames: ["method"] });
  const wait = registry.histogram({ name: "wait_seconds", help: "", labelNames: ["method"], buckets: [1] });
  requests.inc(labels);
  queue.set(labels, 2);
  wait.observe(labels, 0.5);
  const handle = requests.labels(labels);
  const end = wait.startTimer(labels);
  const before = exposed(registry, TEXT);
  labels.method = "POST";
  labels.other = "x";
  assert.equal(exposed(registry, TEXT), before);
  handle.inc();
  assert.deepEqual(lines(exposed(registry, TEXT), "requests_total"), ['requests_total{method="GET"} 2']);
  // The timer's labels are read when it ends, as those of any other observation.
  labels.method = "GET";
  delete labels.other;
  end();
  assert.deepEqual(lines(exposed(registry, TEXT), "wait_seconds_count"), ['wait_seconds_count{method="GET"} 2']);
  await assertJudged(registry);
});

test("defect 8: arrays and objects of a definition changed later change nothing that is exported", async (t) => {
  const labelNames = ["method"];
  const buckets = [1, 2];
  const defaults = { app: "shop" };
  const registry = registryOf(t, () => {}, { labels: defaults });
  const wait = registry.histogram({ name: "wait_seconds", help: "", labelNames, buckets });
  wait.observe({ method: "GET" }, 1.5);
  const before = exposed(registry, TEXT);
  labelNames[0] = "path";
  buckets[0] = 1.75;
  defaults.app = "other";
  assert.equal(exposed(registry, TEXT), before);
  wait.observe({ method: "GET" }, 1.5);
  assert.deepEqual(lines(exposed(registry, TEXT), "wait_seconds_bucket"), [
    'wait_seconds_bucket{app="shop",method="GET",le="1"} 0',
    'wait_seconds_bucket{app="shop",method="GET",le="2"} 2',
    'wait_seconds_bucket{app="shop",method="GET",le="+Inf"} 2',
  ]);
  await assertJudged(registry);
});

test("defect 8: what infos, states, gauge histograms and exemplars were given may be changed afterwards", async (t) => {
  const registry = registryOf(t, () => {});
  const labels = { version: "1" };
  const states = ["on", "off"];
  const values = [0.5, 2];
  const about = { trace_id: "x" };
  registry.info({ name: "build", help: "", labelNames: ["version"] }).set(labels);
  const mode = registry.stateSet({ name: "mode", help: "", states });
  registry.gaugeHistogram({ name: "age", help: "", buckets: [1] }).set(values);
  registry.counter({ name: "jobs", help: "", exemplars: true }).inc(1, about);
  const before = exposed(registry, OPENMETRICS);
  labels.version = "2";
  states[0] = "broken";
  values.push(3);
  about.trace_id = "y";
  assert.equal(exposed(registry, OPENMETRICS), before);
  assert.throws(() => mode.set("broken"), RangeError);
  mode.set("on");
  assert.equal(exposed(registry, OPENMETRICS), before);
  await assertJudged(registry);
});

test("defect 9: unsorted buckets are refused with the place, and never exported", async (t) => {
  const registry = registryOf(t, () => {});
  for (const buckets of [[5, 1], [1, 2, 2], [1, NaN], [NaN], [Infinity, 1], [-Infinity, 1], [0, -1]]) {
    assert.throws(
      () => registry.histogram({ name: "wait_seconds", help: "", buckets }),
      (error) => error instanceof RangeError && error.message.includes('"wait_seconds"'),
      String(buckets),
    );
  }
  assert.equal(exposed(registry, TEXT), "");
  // The name is still free.
  registry.histogram({ name: "wait_seconds", help: "", buckets: [1, 5] }).observe(3);
  assert.deepEqual(lines(exposed(registry, TEXT), "wait_seconds_bucket"), [
    'wait_seconds_bucket{le="1"} 0',
    'wait_seconds_bucket{le="5"} 1',
    'wait_seconds_bucket{le="+Inf"} 1',
  ]);
  await assertJudged(registry);
});

test("defect 10: a scrape in one dialect changes nothing in the other", async (t) => {
  const registry = registryOf(t, (made) => {
    made.counter({ name: "jobs", help: "Jobs." }).inc();
    made.counter({ name: "named_total", help: "Named." }).inc();
    made.histogram({ name: "wait_seconds", help: "Wait.", unit: "seconds", buckets: [1] }).observe(2);
  });
  const text = exposed(registry, TEXT);
  const openmetrics = exposed(registry, OPENMETRICS);
  for (let i = 0; i < 3; i++) {
    assert.equal(exposed(registry, OPENMETRICS), openmetrics);
    assert.equal(exposed(registry, TEXT), text);
    assert.equal(
      Buffer.from((await registry.expose({ accept: "application/openmetrics-text; version=1.0.0" })).body).toString(),
      openmetrics,
    );
    assert.equal(Buffer.from((await registry.expose()).body).toString(), text);
  }
  // Two at once, in slices.
  const [one, other] = await Promise.all([registry.expose({ dialect: OPENMETRICS }), registry.expose({ dialect: TEXT })]);
  assert.equal(Buffer.from(one.body).toString(), openmetrics);
  assert.equal(Buffer.from(other.body).toString(), text);
  assert.match(text, /^# TYPE named_total counter$/m);
  assert.match(openmetrics, /^# TYPE named counter$/m);
  await assertJudged(registry);
});

test("defect 11: OpenMetrics writes bounds as floats and escapes quotes in help and in labels that are no strings", async (t) => {
  const registry = registryOf(t, (made) => {
    made.histogram({ name: "wait_seconds", help: 'Says "wait".', buckets: [0.00001, 1, 10, 1000000] });
    const jobs = made.counter({ name: "jobs", help: "", labelNames: ["name"] });
    jobs.inc({ name: 'a "b"\n\\' });
    jobs.inc({ name: 'c,"d"' });
    jobs.inc({ name: 17 });
    jobs.inc({ name: -0 });
    jobs.inc({ name: NaN });
    jobs.inc({ name: false });
    jobs.inc({ name: 10n });
  });
  const text = exposed(registry, OPENMETRICS);
  assert.deepEqual(
    lines(text, "wait_seconds_bucket").map((line) => /le="(.*)"/.exec(line)[1]),
    ["1e-05", "1.0", "10.0", "1e+06", "+Inf"],
  );
  assert.match(text, /^# HELP wait_seconds Says \\"wait\\"\.$/m);
  assert.deepEqual(lines(text, "jobs_total"), [
    'jobs_total{name="a \\"b\\"\\n\\\\"} 1',
    'jobs_total{name="c,\\"d\\""} 1',
    'jobs_total{name="17"} 1',
    'jobs_total{name="0"} 1',
    'jobs_total{name="NaN"} 1',
    'jobs_total{name="false"} 1',
    'jobs_total{name="10"} 1',
  ]);
  await assertJudged(registry);
});

test("defect 10: a scrape in any format changes nothing in any other, of any type", async (t) => {
  const registry = registryOf(t, (made) => {
    made.counter({ name: "jobs_total", help: "Jobs.", exemplars: true }).inc(2, { trace_id: "x" });
    made.summary({ name: "size_bytes", help: "Size.", unit: "bytes" }).observe(3);
    made.info({ name: "build_info", help: "Build.", labelNames: ["version"] }).set({ version: "1" });
    made.stateSet({ name: "mode", help: "Mode.", states: ["on", "off"] }).set("off");
    made.unknown({ name: "legacy", help: "Legacy." }).set(-1);
    made.gaugeHistogram({ name: "age_seconds", help: "Age.", unit: "seconds", buckets: [1] }).set([0.5, 7]);
    made.histogram({ name: "answer_seconds", help: "Answer.", unit: "seconds", native: true }).observe(0.25);
    made.gauge({ name: "queue.length", help: "Queue.", utf8: true }).set(4);
  });
  const formats = [TEXT, OPENMETRICS, OPENMETRICS2, PROTOBUF].flatMap((dialect) =>
    ["underscores", "dots", "values", "allow-utf-8"].map((escaping) => ({ dialect, escaping })),
  );
  const before = formats.map((format) => Buffer.from(registry.exposeSync(format).body));
  for (const format of [...formats].reverse()) {
    registry.exposeSync(format);
    for (const [i, other] of formats.entries()) assert.deepEqual(Buffer.from(registry.exposeSync(other).body), before[i]);
  }
  // All at once, in slices.
  const bodies = await Promise.all(formats.map(async (format) => Buffer.from((await registry.expose(format)).body)));
  assert.deepEqual(bodies, before);
  await assertJudged(registry);
});

test("defect 11: OpenMetrics writes quantiles, infos, states and exemplars as it does bounds and labels", async (t) => {
  const registry = registryOf(t, (made) => {
    made.summary({ name: "size", help: 'Says "size".', quantiles: [0, 0.00001, 0.5, 1] }).observe(1);
    made.gaugeHistogram({ name: "age", help: "", buckets: [0.00001, 1, 1000000] }).set([2]);
    made.info({ name: "build", help: "", labelNames: ["a", "b", "c"] }).set({ a: 'x "y"\n\\', b: 17, c: false });
    made.stateSet({ name: "mode", help: "", states: ['o"n', "o\\ff\n"] });
    made.counter({ name: "jobs", help: "", exemplars: true }).inc(1, { a: 'x "y"\n\\', b: 17, c: false });
  });
  const text = exposed(registry, OPENMETRICS);
  const told = (name, label) => lines(text, name).map((line) => new RegExp(`${label}="(.*?)"}`).exec(line)[1]);
  assert.deepEqual(told("size", "quantile"), ["0.0", "1e-05", "0.5", "1.0"]);
  assert.deepEqual(told("age_bucket", "le"), ["1e-05", "1.0", "1e+06", "+Inf"]);
  assert.match(text, /^# HELP size Says \\"size\\"\.$/m);
  const labels = 'a="x \\"y\\"\\n\\\\",b="17",c="false"';
  assert.deepEqual(lines(text, "build_info"), [`build_info{${labels}} 1`]);
  assert.deepEqual(lines(text, "mode"), ['mode{mode="o\\"n"} 1', 'mode{mode="o\\\\ff\\n"} 0']);
  assert.ok(lines(text, "jobs_total")[0].startsWith(`jobs_total 1 # {${labels}} 1 `));
  await assertJudged(registry);
});

test("defect 12: a collector that throws, rejects or hangs leaves the rest of the scrape as it is", async (t) => {
  const registry = registryOf(t, () => {});
  const jobs = registry.counter({ name: "jobs", help: "" });
  const queue = registry.gauge({ name: "queue", help: "" });
  const ends = [
    registry.collect(
      () => {
        throw new Error("no");
      },
      { name: "throws" },
    ),
    registry.collect(async () => Promise.reject(new Error("no")), { name: "rejects" }),
    registry.collect(
      () => {
        throw undefined;
      },
      { name: "throws_nothing" },
    ),
    registry.collect(() => new Promise(() => {}), { name: "hangs" }),
    registry.collect(() => queue.set(7), { name: "works" }),
  ];
  t.after(() => ends.forEach((end) => end()));
  jobs.inc(3);
  for (let scrape = 1; scrape <= 2; scrape++) {
    for (const dialect of [TEXT, OPENMETRICS]) {
      const text = Buffer.from((await registry.expose({ dialect })).body).toString();
      assert.deepEqual(lines(text, "jobs_total"), ["jobs_total 3"]);
      assert.deepEqual(lines(text, "queue"), ["queue 7"]);
      assert.deepEqual(faults(text, dialect), []);
    }
  }
  const failures = readExposition(exposed(registry, OPENMETRICS)).find(({ name }) => name === "tallystick_collector_failures").samples;
  const counted = Object.fromEntries(failures.map(({ labels, value }) => [labels.find(({ name }) => name === "collector").value, value]));
  assert.deepEqual(counted, { throws: 4, rejects: 4, throws_nothing: 4, hangs: 4 });
  await assertJudged(registry);
});

test("defect 13: observing NaN into a summary or a native histogram throws nothing and changes no other number", async (t) => {
  const registry = registryOf(t, () => {});
  const size = registry.summary({ name: "size", help: "" });
  const answer = registry.histogram({ name: "answer", help: "", native: true, exemplars: true });
  for (const metric of [size, answer]) metric.observe(2);
  const own = () => readProtobuf(registry.exposeSync({ dialect: PROTOBUF, exclude: ["tallystick_refused_observations"] }).body);
  const before = own();
  for (const value of [NaN, Infinity, -Infinity]) {
    size.observe(value);
    answer.observe(value, { trace_id: "x" });
  }
  assert.deepEqual(own(), before);
  assert.deepEqual(lines(exposed(registry, TEXT), "tallystick_refused_observations_total"), [
    'tallystick_refused_observations_total{family="size",reason="not_finite"} 3',
    'tallystick_refused_observations_total{family="answer",reason="not_finite"} 3',
  ]);
  await assertJudged(registry);
});

test("defect 13: observing NaN throws nothing into the application and changes no other number", async (t) => {
  const registry = registryOf(t, () => {});
  const wait = registry.histogram({ name: "wait_seconds", help: "", buckets: [1] });
  const labelled = registry.histogram({ name: "rpc_seconds", help: "", labelNames: ["path"], buckets: [1] });
  wait.observe(0.5);
  labelled.observe({ path: "/" }, 2);
  const own = (text) => text.split("\n").filter((line) => /wait_seconds|rpc_seconds/.test(line) && !line.includes("tallystick"));
  const before = own(exposed(registry, OPENMETRICS));
  for (const value of [NaN, Infinity, -Infinity, 0 / 0]) {
    wait.observe(value);
    wait.labels().observe(value);
    labelled.observe({ path: "/" }, value);
    labelled.labels("/").observe(value);
  }
  const after = exposed(registry, OPENMETRICS);
  assert.deepEqual(own(after), before);
  // Nothing is lost in silence.
  const refused = readExposition(after).find(({ name }) => name === "tallystick_refused_observations").samples;
  assert.deepEqual(
    refused.map(({ line }) => line),
    [
      'tallystick_refused_observations_total{family="wait_seconds",reason="not_finite"} 8',
      'tallystick_refused_observations_total{family="rpc_seconds",reason="not_finite"} 8',
    ],
  );
  assert.ok(
    readExposition(after)
      .flatMap(({ samples }) => samples)
      .every(({ text }) => !Number.isNaN(numberOf(text))),
  );
  await assertJudged(registry);
});

test("promtool, strictOpenMetrics, abnf and abnf2 were there to judge the expositions of the defects", (t) => {
  judged(t, promtool, strictOpenMetrics, abnf, abnf2);
});
