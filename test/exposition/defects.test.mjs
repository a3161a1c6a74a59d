// Defects of other libraries that show in the exposition, by their numbers in the table of the peers: what
// each does there, this library must not do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { exposed, registryOf } from "./exposed.mjs";
import { faults, numberOf, OPENMETRICS, readExposition, TEXT } from "./rules.mjs";
import { abnf, judged, promtool, strictOpenMetrics } from "./validators.mjs";

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
}

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

test("promtool, strictOpenMetrics and abnf were there to judge the expositions of the defects", (t) => {
  judged(t, promtool, strictOpenMetrics, abnf);
});
