// Exemplars: given with an observation, by a source, by OpenTelemetry; the newest of all threads, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry, spanExemplars } from "tallystick";
import { readProtobuf } from "../exposition/protobuf.mjs";
import { clockOf, hired, lasting, textOf } from "./hired.mjs";

function registryOf(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

/** The exemplars of a text, by their sample: [labels, value]. */
function exemplarsOf(registry) {
  const found = textOf(registry, "openmetrics").matchAll(/^(\S+) \S+ # \{(.*)\} (\S+) (\S+)$/gm);
  return Object.fromEntries([...found].map(([, head, labels, value]) => [head, [labels, Number(value)]]));
}

const exemplarOf = (registry) => exemplarsOf(registry).jobs_total;

test("exemplars: one that is given with an amount is printed with labels, amount and time", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  jobs.inc(2);
  assert.deepEqual(exemplarsOf(registry), {});
  const before = Date.now() / 1000;
  jobs.inc(3, { trace_id: 'a"b', part: 7 });
  const after = Date.now() / 1000;
  const [, labels, value, seconds] = /^jobs_total 5(?:\.0)? # (\{.*\}) (\S+) (\S+)$/m.exec(textOf(registry, "openmetrics"));
  assert.equal(labels, '{trace_id="a\\"b",part="7"}');
  assert.equal(Number(value), 3);
  assert.ok(Number(seconds) >= before - 0.001 && Number(seconds) <= after + 0.001, `${seconds} is not from ${before} to ${after}`);
  // An observation without one leaves it.
  jobs.inc();
  assert.equal(exemplarOf(registry)[1], 3);
  jobs.inc(undefined, { trace_id: "next" });
  assert.deepEqual(exemplarOf(registry), ['trace_id="next"', 1]);
  assert.equal(jobs.value(), 7);
  assert.doesNotMatch(textOf(registry), /trace_id/);
});

test("exemplars: by labels, by handles, and of each series its own", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true, labelNames: ["queue"] });
  jobs.inc({ queue: "a" }, 1, { id: 1 });
  jobs.inc({ queue: "a" }, 1, { id: 2 });
  jobs.labels("b").inc(5, { id: 3 });
  assert.deepEqual(exemplarsOf(registry), {
    'jobs_total{queue="a"}': ['id="2"', 1],
    'jobs_total{queue="b"}': ['id="3"', 5],
  });
});

test("exemplars: every bucket of a histogram keeps the newest of its own", (t) => {
  const registry = registryOf(t);
  const sizes = registry.histogram({ name: "sizes", exemplars: true, buckets: [1, 10] });
  for (const [value, id] of [
    [0.5, 1],
    [1, 2],
    [1.5, 3],
    [99, 4],
    [-7, 5],
  ])
    sizes.observe(value, { id });
  assert.deepEqual(exemplarsOf(registry), {
    'sizes_bucket{le="1.0"}': ['id="5"', -7],
    'sizes_bucket{le="10.0"}': ['id="3"', 1.5],
    'sizes_bucket{le="+Inf"}': ['id="4"', 99],
  });
  // The judge compares each exemplar with the bounds of its bucket.
  const [family] = readProtobuf(registry.exposeSync({ dialect: "protobuf" }).body);
  assert.deepEqual(
    family.metrics[0].buckets.map(({ exemplar }) => exemplar.value),
    [-7, 1.5, 99],
  );
});

test("exemplars: a native histogram keeps some, with classic buckets beside it those of each bucket, too", (t) => {
  const registry = registryOf(t);
  const sizes = registry.histogram({ name: "sizes", exemplars: true, native: true });
  const both = registry.histogram({ name: "both", exemplars: true, native: true, buckets: [1, 10] });
  for (const value of [0, 0.5, 5, 5000]) {
    sizes.observe(value, { of: value });
    both.labels().observe(value, { of: value });
  }
  const families = readProtobuf(registry.exposeSync({ dialect: "protobuf" }).body);
  for (const { metrics } of families) {
    const { exemplars } = metrics[0].native;
    assert.deepEqual(
      exemplars.map(({ value }) => value).sort((a, b) => a - b),
      [0, 0.5, 5, 5000],
    );
    for (const { value, labels } of exemplars) assert.deepEqual(labels, { of: String(value) });
  }
  assert.deepEqual(
    families[1].metrics[0].buckets.map(({ exemplar }) => exemplar.value),
    [0.5, 5, 5000],
  );
});

test("exemplars: a native histogram keeps those of 0, of negative values and of positive ones apart", (t) => {
  const registry = registryOf(t);
  const kept = () =>
    [...textOf(registry, "openmetrics2").matchAll(/ # \{of="([^"]+)"\}/g)].map(([, of]) => Number(of)).toSorted((a, b) => a - b);
  const change = registry.histogram({ name: "change", native: true, exemplars: true });
  const values = [-1.4, -1, 0, 1, 1.4, 2, 7];
  for (const value of values) change.observe(value, { of: value });
  assert.deepEqual(kept(), values);
  // Any finite value may have one.
  for (const value of [-Number.MAX_VALUE, -Number.MIN_VALUE, 0, Number.MIN_VALUE, Number.MAX_VALUE]) {
    change.reset();
    change.observe(value, { of: value });
    assert.deepEqual(kept(), [value]);
  }
});

test("exemplars: names that no label may have are refused, and what is wrong is said", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  assert.throws(() => jobs.inc(1, { __name__: "x" }), { name: "RangeError", message: /"__name__" .*must not begin with __$/ });
  assert.throws(() => jobs.inc(1, { __a: "x" }), { name: "RangeError", message: /must not begin with __$/ });
  assert.throws(() => jobs.inc(1, { "": "x" }), {
    name: "RangeError",
    message: /"" as a label of an exemplar of "jobs": the name is empty$/,
  });
  assert.equal(jobs.value(), 0);
});

test("spanExemplars: what has no getActiveSpan is a TypeError that says what it takes", () => {
  for (const wrong of [undefined, null, {}, { trace: { getActiveSpan() {} } }])
    assert.throws(() => spanExemplars(wrong), { name: "TypeError", message: /`trace` of @opentelemetry\/api/ });
});

test("exemplars: a source is asked where an observation brings none, until it is taken back", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  const sizes = registry.histogram({ name: "sizes", exemplars: true, buckets: [] });
  const plain = registry.counter({ name: "plain" });
  let asked = 0;
  registry.setExemplars(() => ({ trace_id: `t${++asked}` }));
  jobs.inc();
  sizes.observe(4);
  plain.inc();
  assert.equal(asked, 2);
  assert.deepEqual(exemplarsOf(registry), { jobs_total: ['trace_id="t1"', 1], 'sizes_bucket{le="+Inf"}': ['trace_id="t2"', 4] });
  jobs.inc(1, { trace_id: "mine" });
  assert.equal(asked, 2);
  assert.equal(exemplarOf(registry)[0], 'trace_id="mine"');
  // Nothing to say leaves what is there.
  registry.setExemplars(() => undefined);
  jobs.inc();
  assert.equal(exemplarOf(registry)[0], 'trace_id="mine"');
  registry.setExemplars(undefined);
  jobs.inc();
  assert.equal(jobs.value(), 4);
  assert.throws(() => registry.setExemplars(5), /^TypeError: Cannot take exemplars from 5: it must be a function$/);
});

test("exemplars: a source that throws hurts nobody", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  const sizes = registry.histogram({ name: "sizes", exemplars: true });
  registry.setExemplars(() => {
    throw new Error("no");
  });
  jobs.inc();
  sizes.observe(1);
  sizes.time(() => 1);
  assert.deepEqual([jobs.value(), sizes.value().count, exemplarsOf(registry)], [1, 2, {}]);
});

/** As much of OpenTelemetry's `trace` as there is to read. */
function tracing() {
  let active;
  const trace = { getActiveSpan: () => active };
  const span = (traceId, traceFlags) =>
    (active = { spanContext: () => ({ traceId, spanId: `${traceId}-s`, traceFlags, isRemote: false }) });
  return { trace, span, none: () => (active = undefined) };
}

test("exemplars: spanExemplars names the active span where it is sampled", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  const { trace, span, none } = tracing();
  registry.setExemplars(spanExemplars(trace));
  jobs.inc();
  assert.deepEqual(exemplarsOf(registry), {});
  span("a", 1);
  jobs.inc();
  assert.deepEqual(exemplarOf(registry), ['trace_id="a",span_id="a-s"', 1]);
  for (const [traceId, flags] of [
    ["b", 0],
    ["c", 2],
    ["d", 254],
  ]) {
    span(traceId, flags);
    jobs.inc(2);
  }
  assert.equal(exemplarOf(registry)[0], 'trace_id="a",span_id="a-s"');
  span("e", 3);
  jobs.inc(4);
  none();
  jobs.inc(8);
  assert.deepEqual(exemplarOf(registry), ['trace_id="e",span_id="e-s"', 4]);
  assert.equal(jobs.value(), 20);
});

test("exemplars: of all threads the newest wins, and it outlives its thread", async (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  const thread = await hired(
    registry,
    `const jobs = registry.counter({ name: "jobs", exemplars: true });
    const tasks = { inc: ({ amount, id }) => jobs.inc(amount, { id }) };`,
  );
  jobs.inc(1, { id: "here" });
  await thread.ask("inc", { amount: 2, id: "there" });
  assert.deepEqual(exemplarOf(registry), ['id="there"', 2]);
  // This thread's clock is late: what it says is older.
  clock.pass(-100);
  jobs.inc(1, { id: "older" });
  assert.deepEqual(exemplarOf(registry), ['id="there"', 2]);
  clock.pass(200);
  jobs.inc(1, { id: "newer" });
  await thread.ask("inc", { amount: 2, id: "late" });
  assert.deepEqual(exemplarOf(registry), ['id="newer"', 1]);
  clock.pass(-100);
  jobs.clear();
  await thread.ask("inc", { amount: 3, id: "last" });
  await thread.end();
  assert.deepEqual(exemplarOf(registry), ['id="last"', 3]);
});

test("exemplars: while threads write them a scrape sees whole ones, of the value that they are of", async (t) => {
  const registry = registryOf(t);
  registry.histogram({ name: "sizes", exemplars: true, buckets: [10, 100] });
  const source = `const sizes = registry.histogram({ name: "sizes", exemplars: true, buckets: [10, 100] });
    const about = (i) => ({ of: String(i).repeat(1 + (i % 9)), times: 1 + (i % 9) });
    const tasks = { observe() { for (let i = 1; ; i = (i * 7) % 211) sizes.observe(i, about(i)); } };`;
  const threads = await Promise.all([1, 2].map(() => hired(registry, source)));
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  for (const thread of threads) thread.start("observe");
  const seen = new Set();
  const goesOn = lasting(800, () => seen.size > 50);
  while (goesOn()) {
    for (const [labels, value] of Object.values(exemplarsOf(registry))) {
      assert.equal(labels, `of="${String(value).repeat(1 + (value % 9))}",times="${1 + (value % 9)}"`);
      seen.add(value);
    }
  }
  assert.ok(seen.size > 50, `${seen.size} seen`);
});

test("exemplars: 128 code points of names and values are taken, one more is a RangeError and nothing is counted", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  const sizes = registry.histogram({ name: "sizes", exemplars: true, buckets: [1], labelNames: ["kind"] });
  const native = registry.histogram({ name: "native", exemplars: true, native: true });
  // A code point outside of the first plane is one, and two of JavaScript's characters.
  for (const point of ["x", "ä", "😀"]) {
    jobs.inc(1, { id: point.repeat(126) });
    assert.equal(exemplarOf(registry)[0], `id="${point.repeat(126)}"`);
    const long = { id: point.repeat(100), n: point.repeat(26) };
    const words = /^RangeError: Cannot use an exemplar of 129 code points for "\w+": its names and values may have 128 together$/;
    assert.throws(() => jobs.inc(1, long), words);
    assert.throws(() => sizes.observe({ kind: "a" }, 1, long), words);
    assert.throws(() => native.observe(1, long), words);
  }
  assert.deepEqual([jobs.value(), sizes.value("a").count, native.value().count], [3, 0, 0]);
  for (const labels of [5, "trace", ["a"], { id: {} }])
    assert.throws(() => jobs.labels().inc(1, labels), /^TypeError: Cannot use .* as exemplar of "jobs": it must be an object of labels/);
  assert.throws(() => jobs.inc(-1, { id: 1 }), /^RangeError: Cannot add -1/);
  assert.equal(jobs.value(), 3);
});

test("exemplars: what was not counted has none", (t) => {
  const registry = registryOf(t);
  const sizes = registry.histogram({ name: "sizes", exemplars: true, buckets: [1] });
  sizes.observe(0.5, { id: "kept" });
  for (const value of [NaN, Infinity, -Infinity]) sizes.observe(value, { id: "lost" });
  assert.deepEqual(exemplarsOf(registry), { 'sizes_bucket{le="1.0"}': ['id="kept"', 0.5] });
  assert.equal(sizes.value().count, 1);
});

const WITHOUT = [
  [
    "a counter that was defined without",
    "counter",
    (r) => r.counter({ name: "m" }),
    (m) => m.inc(1, { id: 1 }),
    "define it with exemplars: true",
  ],
  [
    "a counter's series",
    "counter",
    (r) => r.counter({ name: "m", labelNames: ["a"] }),
    (m) => m.inc({ a: 1 }, 1, { id: 1 }),
    "define it with exemplars: true",
  ],
  ["a histogram", "histogram", (r) => r.histogram({ name: "m" }), (m) => m.observe(1, { id: 1 }), "define it with exemplars: true"],
  [
    "a native histogram",
    "histogram",
    (r) => r.histogram({ name: "m", native: true }),
    (m) => m.labels().observe(1, { id: 1 }),
    "define it",
  ],
  ["a summary", "summary", (r) => r.summary({ name: "m" }), (m) => m.observe(1, { id: 1 }), "a summary has none"],
  [
    "a summary's series",
    "summary",
    (r) => r.summary({ name: "m", labelNames: ["a"] }),
    (m) => m.labels(1).observe(1, { id: 1 }),
    "has none",
  ],
];

for (const [what, kind, make, act, why] of WITHOUT) {
  test(`exemplars: ${what} takes none, and says so by a RangeError`, (t) => {
    const metric = make(registryOf(t));
    assert.throws(() => act(metric), { name: "RangeError", message: new RegExp(`^Cannot use an exemplar for ${kind} "m": .*${why}`) });
  });
}

test("exemplars: remove, reset and clear end them with their series", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", exemplars: true, labelNames: ["queue"] });
  const head = 'jobs_total{queue="a"}';
  const bound = jobs.labels("a");
  const ends = [
    () => jobs.remove("a"),
    () => jobs.reset(),
    () => jobs.clear(),
    () => jobs.removeMatching({ queue: "a" }),
    () => registry.clearSeries(),
  ];
  for (const end of ends) {
    bound.inc(1, { id: "before" });
    assert.deepEqual(exemplarsOf(registry)[head], ['id="before"', 1]);
    end();
    assert.deepEqual(exemplarsOf(registry), {}, String(end));
    bound.inc(2);
    assert.deepEqual(exemplarsOf(registry), {}, String(end));
    bound.inc(4, { id: "after" });
    assert.deepEqual(exemplarsOf(registry)[head], ['id="after"', 4]);
    jobs.clear();
  }
  // And give back what they took.
  const churn = () => {
    for (let i = 0; i < 5000; i++) {
      jobs.inc({ queue: i % 10 }, 1, { id: i });
      if (i % 100 === 99) jobs.clear();
    }
  };
  churn();
  const { used } = registry.memoryUsage();
  churn();
  churn();
  assert.ok(registry.memoryUsage().used <= used + 65536, `${used} bytes grew to ${registry.memoryUsage().used}`);
});

test("setExemplars: a source that throws, or says what no exemplar may be, costs nobody a count", (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  const wait = registry.histogram({ name: "wait", buckets: [1], exemplars: true });
  const sources = [
    () => {
      throw new Error("no span");
    },
    () => ({ trace_id: "x".repeat(200) }),
    () => ({ trace_id: undefined }),
    () => "abc",
    () => null,
    () => undefined,
  ];
  for (const source of sources) {
    registry.setExemplars(source);
    jobs.inc();
    wait.observe(0.5);
  }
  registry.setExemplars(undefined);
  assert.equal(jobs.value(), sources.length);
  assert.equal(Number(wait.value().count), sources.length);
  assert.doesNotMatch(new TextDecoder().decode(registry.exposeSync({ dialect: "openmetrics" }).body), / # \{/);
});

test("a counter without labels refuses what is no exemplar", (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  const jobs = registry.counter({ name: "jobs", exemplars: true });
  assert.throws(() => jobs.inc(1, "trace"), { name: "TypeError", message: /"jobs"/ });
  assert.equal(jobs.value(), 0);
  jobs.inc(2, { trace_id: "1" });
  assert.equal(jobs.value(), 2);
});
