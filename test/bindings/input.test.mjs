// Bad input: each row of the table in docs/limits.md. What is refused is refused at the right place, with the metric,
// the value and the limit in the words, and nothing that was counted moves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, join, MetricsError, Registry, registry as byDefault } from "tallystick";

const decoder = new TextDecoder();
const textOf = (registry) => decoder.decode(registry.exposeSync().body);

function scene() {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue", "kind"] });
  jobs.inc({ queue: "mail", kind: "a" }, 5);
  return { registry, jobs };
}

const refusals = [
  ["an invalid metric name", (r) => r.counter({ name: "no-dashes", help: "" }), RangeError, /"no-dashes".*\[a-zA-Z_:\]/],
  [
    "a metric name that the library keeps for its own",
    (r) => r.gauge({ name: "tallystick_collector_age_seconds", labelNames: ["collector"] }),
    RangeError,
    /^Cannot use "tallystick_collector_age_seconds" as a metric name: what begins with tallystick_ is the library's own$/,
  ],
  ["an empty metric name", (r) => r.counter({ name: "", help: "" }), RangeError, /must match/],
  [
    "a metric name that is no string",
    (r) => r.gauge({ name: 7, help: "" }),
    TypeError,
    /Cannot use 7 as name of a gauge: it must be a string/,
  ],
  ["a metric name of 1,025 characters", (r) => r.gauge({ name: "a".repeat(1025), help: "" }), RangeError, /at most 1024/],
  ["an invalid label name", (r) => r.counter({ name: "a", help: "", labelNames: ["9lives"] }), RangeError, /"9lives".*"a"/],
  [
    "a label name with two underscores in front",
    (r) => r.counter({ name: "a", help: "", labelNames: ["__x"] }),
    RangeError,
    /not begin with __/,
  ],
  ["a doubled label name", (r) => r.counter({ name: "a", help: "", labelNames: ["x", "x"] }), RangeError, /"x" twice/],
  ["the label le of a histogram", (r) => r.histogram({ name: "a", help: "", labelNames: ["le"] }), RangeError, /"le".*bounds/],
  [
    "the label writer of a gauge of mode all",
    (r) => r.gauge({ name: "a", help: "", mode: "all", labelNames: ["writer"] }),
    RangeError,
    /"writer"/,
  ],
  ["an unknown mode", (r) => r.gauge({ name: "a", help: "", mode: "median" }), RangeError, /"median".*shared, sum/],
  ["a unit that the name does not end in", (r) => r.gauge({ name: "a", help: "", unit: "seconds" }), RangeError, /_seconds/],
  ["unsorted buckets", (r) => r.histogram({ name: "a", help: "", buckets: [1, 3, 2] }), RangeError, /2 at index 2 must be greater than 3/],
  ["doubled buckets", (r) => r.histogram({ name: "a", help: "", buckets: [1, 1] }), RangeError, /1 at index 1 must be greater/],
  ["a NaN bucket", (r) => r.histogram({ name: "a", help: "", buckets: [NaN] }), RangeError, /NaN at index 0/],
  ["513 buckets", (r) => r.histogram({ name: "a", help: "", buckets: Array.from({ length: 513 }, (_, i) => i) }), RangeError, /513.*512/],
  [
    "another definition under the same name",
    (r) => r.gauge({ name: "jobs", help: "" }),
    MetricsError,
    /there: {2}counter "jobs", labels \[queue, kind\][^]*wanted: gauge "jobs"/,
  ],
  [
    "other labels under the same name",
    (r) => r.counter({ name: "jobs_total", help: "Jobs.", labelNames: ["queue"] }),
    MetricsError,
    /\[queue, kind\][^]*\[queue\]/,
  ],
  [
    "a sample name that another family has",
    (r) => r.gauge({ name: "jobs_total", help: "" }),
    MetricsError,
    /same name as one of counter "jobs"/,
  ],
  ["labels() with too few values", (_, jobs) => jobs.labels("mail"), RangeError, /1 label value for "jobs": it takes 2 \(queue, kind\)/],
  ["labels() with too many values", (_, jobs) => jobs.labels("mail", "a", "b"), RangeError, /3 label values/],
  ["labels() without any", (_, jobs) => jobs.labels(), RangeError, /^Cannot use 0 label values for "jobs": it takes 2 \(queue, kind\)$/],
  ["value() without labels", (_, jobs) => jobs.value(), RangeError, /^Cannot use 0 label values for "jobs"/],
  ["remove() without labels", (_, jobs) => jobs.remove(), RangeError, /^Cannot use 0 label values for "jobs"/],
  ["value() with null", (_, jobs) => jobs.value("mail", null), RangeError, /label "kind" has no value/],
  [
    "a missing label",
    (_, jobs) => jobs.inc({ queue: "mail" }),
    RangeError,
    /^Cannot use these labels for "jobs": label "kind" has no value; "jobs" takes queue, kind$/,
  ],
  ["an undefined label", (_, jobs) => jobs.inc({ queue: "mail", kind: undefined }), RangeError, /"kind" has no value/],
  ["an unknown label", (_, jobs) => jobs.inc({ queue: "mail", kind: "a", typo: 1 }), RangeError, /"typo" is not one of its labels/],
  [
    "an unknown label in the place of a known one",
    (_, jobs) => jobs.inc({ queue: "mail", knd: "a" }),
    RangeError,
    /^Cannot use these labels for "jobs": "knd" is not one of its labels \(queue, kind\)$/,
  ],
  [
    "a label of a metric without",
    (r) => r.counter({ name: "a" }).inc({ x: 1 }),
    RangeError,
    /"x" is not one of its labels \(it has none\)/,
  ],
  [
    "a number where labels belong",
    (_, jobs) => jobs.inc(1),
    TypeError,
    /^Cannot use 1 as the labels of "jobs": .* object with queue, kind$/,
  ],
  ["an array where labels belong", (_, jobs) => jobs.labels(["mail", "a"]), TypeError, /an array of 2 as the labels of "jobs"/],
  [
    "a label value without a string",
    (_, jobs) => jobs.inc({ queue: Object.create(null), kind: "a" }),
    TypeError,
    /as label "queue" of "jobs"/,
  ],
  [
    "a label value that is an object",
    (_, jobs) => jobs.inc({ queue: new Date(), kind: "a" }),
    TypeError,
    /^Cannot use an instance of Date as label "queue" of "jobs": it must be a string, number, bigint or boolean$/,
  ],
  ["a label value that is an array", (_, jobs) => jobs.labels("mail", ["a"]), TypeError, /an array of 1 as label "kind" of "jobs"/],
  ["a label value that is a function", (_, jobs) => jobs.labels("mail", () => "a"), TypeError, /a function as label "kind" of "jobs"/],
  ["a label value that is a symbol", (_, jobs) => jobs.value("mail", Symbol("a")), TypeError, /Symbol\(a\) as label "kind" of "jobs"/],
  ["a label value without a string in value()", (_, jobs) => jobs.value(Object.create(null), "a"), TypeError, /as label "queue" of "jobs"/],
  [
    "a negative increment",
    (_, jobs) => jobs.inc({ queue: "mail", kind: "a" }, -1),
    RangeError,
    /Cannot add -1 to counter "jobs": the amount must be finite and not negative/,
  ],
  ["an increment of NaN", (_, jobs) => jobs.inc({ queue: "mail", kind: "a" }, NaN), RangeError, /NaN/],
  ["an infinite increment", (_, jobs) => jobs.inc({ queue: "mail", kind: "a" }, Infinity), RangeError, /Infinity/],
  [
    "an increment that is a string",
    (_, jobs) => jobs.inc({ queue: "mail", kind: "a" }, "5"),
    TypeError,
    /^Cannot add "5" to counter "jobs": the amount is a string, not a number$/,
  ],
  ["an increment that is an object", (_, jobs) => jobs.labels("mail", "a").inc({}), TypeError, /add an empty object .* is an object, not/],
  [
    "an increment by what has no string",
    (_, jobs) => jobs.labels("mail", "a").inc(Object.create(null, { x: { value: 1, enumerable: true } })),
    TypeError,
    /Cannot add an object with x to/,
  ],
  [
    "an increment by what throws",
    (_, jobs) => jobs.labels("mail", "a").inc(new Proxy({}, { ownKeys: () => assert.fail() })),
    TypeError,
    /add an unreadable object to/,
  ],
  ["an increment by a function", (_, jobs) => jobs.labels("mail", "a").inc(() => 1), TypeError, /add a function to/],
  ["an increment by a symbol", (_, jobs) => jobs.labels("mail", "a").inc(Symbol("x")), TypeError, /add Symbol\(x\) to .* is a symbol/],
  ["an increment that is a bigint", (_, jobs) => jobs.labels("mail", "a").inc(5n), TypeError, /5n/],
  ["an increment of null", (_, jobs) => jobs.labels("mail", "a").inc(null), TypeError, /is null, not a number/],
  ["a gauge set to a string", (r) => r.gauge({ name: "g", help: "" }).set("7"), TypeError, /"7" in gauge "g": the value is a string, not/],
  ["a gauge increased by NaN", (r) => r.gauge({ name: "g", help: "" }).inc(NaN), RangeError, /NaN to gauge "g"/],
  ["adding to a gauge of mode mostrecent", (r) => r.gauge({ name: "g", help: "", mode: "mostrecent" }).inc(), RangeError, /mostrecent/],
  ["observing a string", (r) => r.histogram({ name: "h", help: "" }).observe("1"), TypeError, /"1" in "h": the value is a string, not/],
  ["a default label that a metric has", (r) => r.setDefaultLabels({ queue: "x" }), MetricsError, /"queue".*"jobs"/],
  ["default labels past 4,096 bytes", (r) => r.setDefaultLabels({ app: "x".repeat(5000) }), RangeError, /at most 4096/],
  ["a collector that is no function", (r) => r.collect(7), TypeError, /7: it must be a function/],
  ["help that is no string", (r) => r.counter({ name: "a", help: 7 }), TypeError, /help of counter "a": it must be a string/],
  ["help of 65,537 characters", (r) => r.counter({ name: "a", help: "x".repeat(65537) }), RangeError, /at most 65536/],
  ["joining what is no ticket", () => join({}), TypeError, /^Cannot join an empty object: it is no ticket/],
  ["joining what has keys", () => join({ port: 1, url: 2 }), TypeError, /^Cannot join an object with port, url: it is no ticket/],
  ["joining an instance", () => join(Promise.resolve()), TypeError, /^Cannot join an instance of Promise: it is no ticket/],
  [
    "a timer of a histogram that begins with what is no labels",
    (r) => r.histogram({ name: "h", labelNames: ["kind"] }).startTimer("a"),
    TypeError,
    /^Cannot use "a" as the labels of "h": it must be an object with kind$/,
  ],
  ["a timer that begins with an array", (r) => r.histogram({ name: "h" }).startTimer([]), TypeError, /array of 0 as the labels of "h"/],
  [
    "a timer of a histogram that ends with what is no labels",
    (r) => r.histogram({ name: "h", labelNames: ["kind"] }).startTimer({ kind: "a" })(5),
    TypeError,
    /^Cannot use 5 as the labels of "h"/,
  ],
  [
    "a timer of a bare histogram with labels",
    (r) => r.histogram({ name: "h" }).startTimer(5),
    TypeError,
    /as the labels of "h": it has no/,
  ],
  [
    "a timer of a bare gauge with labels",
    (r) => r.gauge({ name: "g" }).startTimer(5),
    TypeError,
    /5 as the labels of "g": it has no labels/,
  ],
  ["a time of a bare gauge with labels", (r) => r.gauge({ name: "g" }).setToCurrentTime("a"), TypeError, /"a" as the labels of "g"/],
  ["time of what is no function", (r) => r.histogram({ name: "h" }).labels().time(5), TypeError, /^Cannot time 5: it must be a function$/],
  ["time without a function", (r) => r.gauge({ name: "g", labelNames: ["n"] }).time({ n: 1 }), TypeError, /^Cannot time undefined: it/],
  ["time of a bare metric without a function", (r) => r.histogram({ name: "h" }).time(), TypeError, /^Cannot time undefined/],
  ["time with what is no labels", (r) => r.histogram({ name: "h" }).time("a", () => 1), TypeError, /"a" as the labels of "h"/],
  [
    "removing by a metric",
    (r, jobs) => r.remove(jobs),
    TypeError,
    /^Cannot use an instance of Counter as a metric name: it must be a string$/,
  ],
  ["a default label that is a function", (r) => r.setDefaultLabels({ app: () => 1 }), TypeError, /a function as label "app" of "default/],
  ["removing by no name", (r) => r.remove(7), TypeError, /7 as a metric name: it must be a string/],
  ["default labels that are no object", (r) => r.setDefaultLabels("app"), TypeError, /"app" as default labels of a registry/],
  [
    "a default label without a value",
    (r) => r.setDefaultLabels({ app: undefined }),
    TypeError,
    /undefined as label "app" of "default labels": it must be a string, number/,
  ],
  ["joining a ticket of another layout", (r) => join({ ...r.ticket(), layoutVersion: 99 }), MetricsError, /layout version 99/],
  ["joining a ticket without a memory", (r) => join({ ...r.ticket(), memory: undefined }), TypeError, /no ticket/],
  ["configuring too late", () => (byDefault.memoryUsage(), configure({ maxBytes: 1 << 21 })), MetricsError, /before the first one/],
];

for (const [what, act, type, words] of refusals) {
  test(`${what} is refused, and nothing counted moves`, () => {
    const { registry, jobs } = scene();
    assert.throws(
      () => act(registry, jobs),
      (error) => {
        assert.ok(error instanceof type, `${error.name}: ${error.message}`);
        assert.match(error.message, words);
        assert.match(error.message, /^[A-Z]/);
        assert.doesNotMatch(error.message, /\.$/);
        return true;
      },
    );
    assert.equal(jobs.value("mail", "a"), 5);
    assert.match(textOf(registry), /^jobs_total\{queue="mail",kind="a"\} 5$/m);
    registry.close();
  });
}

test("labels are an object's own and what it inherits and lists, in the cold way and in the hot one", () => {
  const { registry, jobs } = scene();
  const inherits = Object.assign(Object.create({ kind: "b" }), { queue: "mail" });
  for (let i = 0; i < 3; i++) jobs.inc(inherits);
  jobs.labels(inherits).inc();
  assert.equal(jobs.value("mail", "b"), 4);
  // Another library adds to the prototype of all objects.
  const polluting = Object.assign(Object.create({ added: () => 1 }), { queue: "mail", kind: "c" });
  for (let i = 0; i < 3; i++) jobs.inc(polluting);
  jobs.labels(polluting).inc();
  assert.equal(jobs.value(polluting), 4);
  const bare = Object.assign(Object.create(null), { queue: "mail", kind: "d" });
  for (let i = 0; i < 3; i++) jobs.inc(bare);
  assert.equal(jobs.value(bare), 3);
  const odd = registry.counter({ name: "odd", labelNames: ["constructor"] });
  assert.throws(() => odd.inc({}), /label "constructor" has no value/);
  odd.inc({ constructor: "x" });
  assert.equal(odd.value("x"), 1);
  registry.close();
});

test("a metric label that is a default label is refused", () => {
  const { registry } = scene();
  registry.setDefaultLabels({ app: "shop" });
  assert.throws(
    () => registry.counter({ name: "a", help: "", labelNames: ["app"] }),
    /Cannot register counter "a": one of its labels app is a default label/,
  );
  assert.match(textOf(registry), /^jobs_total\{app="shop",queue="mail",kind="a"\} 5$/m);
  registry.close();
});

test("observe of NaN and infinities changes nothing and is counted as refused", () => {
  const registry = new Registry();
  const sizes = registry.histogram({ name: "sizes", help: "", buckets: [1] });
  sizes.observe(0.5);
  for (const value of [NaN, Infinity, -Infinity]) sizes.observe(value);
  assert.deepEqual(sizes.value(), {
    count: 1,
    sum: 0.5,
    buckets: [
      { le: 1, count: 1 },
      { le: Infinity, count: 1 },
    ],
  });
  assert.match(textOf(registry), /tallystick_refused_observations_total\{family="sizes",reason="not_finite"\} 3/);
  registry.close();
});

test("label values are strings, numbers, bigints and booleans, NaN too", () => {
  const { registry, jobs } = scene();
  for (let i = 0; i < 2; i++) for (const kind of ["", 1.5, NaN, 7n, false]) jobs.inc({ queue: "mail", kind });
  assert.deepEqual([...textOf(registry).matchAll(/kind="([^"]*)"\} 2$/gm)].map(([, kind]) => kind).sort(), [
    "",
    "1.5",
    "7",
    "NaN",
    "false",
  ]);
  registry.close();
});

test("prom-client's one argument is told how it is passed here", (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  const plain = registry.histogram({ name: "ported_plain", buckets: [1] });
  const labelled = registry.counter({ name: "ported_labelled", labelNames: ["a"] });
  const hint = /are arguments here, one after the other$/;
  assert.throws(() => labelled.inc({ labels: { a: 1 }, value: 1, exemplarLabels: { trace_id: "x" } }), {
    name: "RangeError",
    message: hint,
  });
  assert.throws(() => plain.observe({ value: 1, exemplarLabels: { trace_id: "x" } }), { name: "RangeError", message: hint });
  assert.throws(() => labelled.inc({ labels: 1 }), { name: "RangeError", message: /"labels" is not one of its labels \(a\)$/ });
  assert.throws(() => registry.gauge({ name: "ported_gauge" }).time(5), {
    name: "TypeError",
    message: "Cannot time 5: it must be a function",
  });
  assert.throws(() => plain.time(5), { name: "TypeError", message: "Cannot time 5: it must be a function" });
  const conflict = /Use the same definition or another name, or call registry\.remove\("ported_labelled"\) first$/;
  assert.throws(() => registry.counter({ name: "ported_labelled" }), { code: "definition-conflict", message: conflict });
});

test("what is no function is not timed: nothing is observed", () => {
  const registry = new Registry();
  const sizes = registry.histogram({ name: "took_seconds", buckets: [1] });
  assert.throws(() => sizes.time(5), TypeError);
  assert.equal(sizes.value().count, 0);
  registry.close();
});

test("label values of 1 MB are counted in the overflow series and as refused", () => {
  const { registry, jobs } = scene();
  const long = "x".repeat(1 << 20);
  jobs.inc({ queue: long, kind: "a" });
  jobs.labels(`${long}y`, "b").inc(2);
  assert.equal(jobs.value("tallystick_overflow", "tallystick_overflow"), 3);
  assert.match(textOf(registry), /tallystick_refused_observations_total\{family="jobs",reason="label_bytes"\} 2/);
  assert.equal(jobs.value("mail", "a"), 5);
  registry.close();
});

test("65,000 label values are 65,000 series, each with its own count", () => {
  const { registry, jobs } = scene();
  for (let i = 0; i < 65000; i++) jobs.inc({ queue: `q${i}`, kind: "b" }, i);
  for (const i of [0, 1, 8191, 8192, 16384, 64999]) assert.equal(jobs.value(`q${i}`, "b"), i);
  for (let i = 0; i < 65000; i += 1000) jobs.inc({ queue: `q${i}`, kind: "b" }, 1);
  assert.equal(jobs.value("q64000", "b"), 64001);
  assert.equal(textOf(registry).split("\n").length, 65000 + 1 + 3);
  registry.close();
});

test("join of one ticket twice gives one registry", () => {
  const { registry } = scene();
  const ticket = registry.ticket();
  assert.equal(join(ticket), join(ticket));
  assert.equal(
    join(ticket)
      .counter({ name: "jobs", help: "Jobs.", labelNames: ["queue", "kind"] })
      .value("mail", "a"),
    5,
  );
  registry.close();
});

test("use after close throws closed, and old handles count nowhere", async () => {
  const { registry, jobs } = scene();
  const handle = jobs.labels("mail", "a");
  registry.close();
  registry.close();
  await assert.rejects(registry.expose(), /^MetricsError: Cannot expose: the registry is closed$/);
  for (const act of [
    () => registry.counter({ name: "a", help: "" }),
    () => registry.clearSeries(),
    () => registry.exposeSync(),
    () => registry.ticket(),
    () => registry.clear(),
  ]) {
    assert.throws(act, (error) => error instanceof MetricsError && error.code === "closed");
  }
  handle.inc();
  assert.equal(jobs.value("mail", "a"), 0);
});

test("a collector that registers metrics while a scrape runs has them in it", async () => {
  const { registry } = scene();
  registry.collect(() => registry.gauge({ name: "found_late", help: "" }).set(9));
  assert.match(decoder.decode((await registry.expose()).body), /^found_late 9$/m);
  registry.close();
});

test("a collector that hangs delays a scrape by its timeout and no longer, and its age grows", async () => {
  const { registry } = scene();
  let runs = 0;
  registry.collect(() => (runs++ === 0 ? undefined : new Promise(() => {})), { name: "hangs" });
  const age = (text) => Number(/tallystick_collector_age_seconds\{collector="hangs",writer="0"\} (\S+)/.exec(text)[1]);
  await registry.expose();
  const from = performance.now();
  const first = age(decoder.decode((await registry.expose()).body));
  const took = performance.now() - from;
  assert.ok(took >= 45 && took < 2000, `the scrape took ${took} ms`);
  const second = age(decoder.decode((await registry.expose()).body));
  assert.ok(second > first && first > 0.04, `ages ${first} and ${second}`);
  // It is not started again while it hangs.
  assert.equal(runs, 2);
  registry.close();
});
