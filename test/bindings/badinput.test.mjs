// Bad input of the types and options beyond counters, gauges and classic histograms: the error's class and its words, and
// nothing is registered by what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricsError, Registry } from "tallystick";

const native = (options) => (r) => r.histogram({ name: "m", native: options });
const summary = (options) => (r) => r.summary({ name: "m", ...options });
const states = (list) => (r) => r.stateSet({ name: "m", states: list });
const utf8 = (name) => (r) => r.gauge({ name, utf8: true });
const labels =
  (...labelNames) =>
  (r) =>
    r.gauge({ name: "m", utf8: true, labelNames });
const options = (given) => (r) => r.counter({ name: "m", labelNames: ["a", "b"], ...given });
const lone = "\ud83d";

/** What, the words behind `Cannot use `, and the class where it is no RangeError. */
const refusals = [
  ["a schema above 8", native({ schema: 9 }), /^9 as schema of "m": it must be an integer from -4 to 8$/],
  ["a schema below -4", native({ schema: -5 }), /^-5 as schema of "m": it must be an integer from -4 to 8$/],
  ["a schema that is no integer", native({ schema: 2.5 }), /^2\.5 as schema of "m"/],
  ["a schema of NaN", native({ schema: NaN }), /^NaN as schema of "m"/],
  ["a schema that is no number", native({ schema: "3" }), /^"3" as schema of native of histogram "m": it must be a number$/, TypeError],
  ["maxBuckets 0", native({ maxBuckets: 0 }), /^0 as maxBuckets of "m": it must be an integer from 1 to 4096$/],
  ["maxBuckets 4097", native({ maxBuckets: 4097 }), /^4097 as maxBuckets of "m"/],
  ["maxBuckets of a half", native({ maxBuckets: 0.5 }), /^0\.5 as maxBuckets of "m"/],
  ["a zeroThreshold of NaN", native({ zeroThreshold: NaN }), /^NaN as zeroThreshold of "m": it must be finite and not negative$/],
  ["a negative zeroThreshold", native({ zeroThreshold: -1 }), /^-1 as zeroThreshold of "m": it must be finite and not negative$/],
  ["an infinite zeroThreshold", native({ zeroThreshold: Infinity }), /^Infinity as zeroThreshold of "m"/],
  [
    "an unknown option of native",
    native({ buckets: 7 }),
    /^option "buckets" of native of histogram "m": its options are schema, maxBuckets, zeroThreshold$/,
    TypeError,
  ],
  ["native that is a number", native(3), /^3 as native of histogram "m": it must be a boolean or an Object$/, TypeError],
  ["native of a counter", (r) => r.counter({ name: "m", native: true }), /^option "native" of counter "m": its options are/, TypeError],

  ["a quantile above 1", summary({ quantiles: [0.5, 1.01] }), /^these quantiles for (?:summary )?"m": 1\.01 at 1 is not from 0 to 1$/],
  ["a quantile below 0", summary({ quantiles: [-0.1] }), /^these quantiles for (?:summary )?"m": -0\.1 at 0 is not from 0 to 1$/],
  ["a quantile of NaN", summary({ quantiles: [NaN] }), /: NaN at 0 is not from 0 to 1$/],
  ["a quantile that is a string", summary({ quantiles: ["0.5"] }), /: "0\.5" at 0 is not from 0 to 1$/],
  ["unsorted quantiles", summary({ quantiles: [0.9, 0.5] }), /: 0\.5 at 1 must be greater than 0\.9 before it$/],
  ["doubled quantiles", summary({ quantiles: [0.5, 0.5] }), /: 0\.5 at 1 must be greater than 0\.5 before it$/],
  ["65 quantiles", summary({ quantiles: Array.from({ length: 65 }, (_, i) => i / 65) }), /: there are 65, and at most 64 are allowed$/],
  ["accuracy 0", summary({ accuracy: 0 }), /^0 as accuracy of "m": it must be from 0\.001 to 0\.2$/],
  ["accuracy 0.3", summary({ accuracy: 0.3 }), /^0\.3 as accuracy of "m"/],
  ["accuracy NaN", summary({ accuracy: NaN }), /^NaN as accuracy of "m"/],
  ["ageBuckets 61", summary({ ageBuckets: 61 }), /^61 as ageBuckets of "m": it must be an integer from 1 to 60$/],
  ["ageBuckets 0", summary({ ageBuckets: 0 }), /^0 as ageBuckets of "m": it must be an integer from 1 to 60$/],
  ["ageBuckets of a half", summary({ ageBuckets: 1.5 }), /^1\.5 as ageBuckets of "m"/],
  [
    "maxAgeSeconds below a second for each window",
    summary({ maxAgeSeconds: 4.9, ageBuckets: 5 }),
    /^4\.9 as maxAgeSeconds of "m": it must be at least a second for each of its 5 ageBuckets, and at most 60 days$/,
  ],
  ["maxAgeSeconds of more than 60 days", summary({ maxAgeSeconds: 86400 * 60 + 1 }), /^5184001 as maxAgeSeconds of "m"/],
  ["maxAgeSeconds that is infinite", summary({ maxAgeSeconds: Infinity }), /^Infinity as maxAgeSeconds of "m"/],
  [
    "prom-client's percentiles",
    summary({ percentiles: [0.5] }),
    /^option "percentiles" of summary "m": .*takes quantiles; its options/,
    TypeError,
  ],
  [
    "prom-client's pruneAgedBuckets",
    summary({ pruneAgedBuckets: true }),
    /^option "pruneAgedBuckets" of summary "m": .*windows end by themselves; its options/,
    TypeError,
  ],
  ["exemplars of a summary", summary({ exemplars: true }), /^option "exemplars" of summary "m": its options are/, TypeError],
  ["the label quantile of a summary", summary({ labelNames: ["quantile"] }), /^"quantile" as a label name of "m": a summary prints/],

  ["no states", states([]), /^these states for "m": there are 0, and there must be from 1 to 52$/],
  ["states that are not there", states(undefined), /^undefined as the states of "m": it must be an array of 1 to 52 names$/, TypeError],
  [
    "a state set whose name no label may have",
    (r) => r.stateSet({ name: "__state", states: ["on"] }),
    /^these states .* no label's begins with __$/,
  ],
  [
    "53 states",
    states(Array.from({ length: 53 }, (_, i) => `s${i}`)),
    /^these states for "m": there are 53, and there must be from 1 to 52$/,
  ],
  ["doubled states", states(["on", "off", "on"]), /^these states for "m": "on" is there twice$/],
  ["an empty state", states(["on", ""]), /^these states for "m": "" is no name of a state$/],
  ["a state that is a number", states([1]), /^these states for "m": 1 is no name of a state$/],
  ["states that are a string", states("on"), /^"on" as states of stateset "m": it must be an Array$/, TypeError],
  [
    "the label of a state set",
    (r) => r.stateSet({ name: "m", states: ["on"], labelNames: ["m"] }),
    /^"m" as a label name of "m": a state set/,
  ],
  ["a unit of a state set", (r) => r.stateSet({ name: "m", states: ["on"], unit: "m" }), /^option "unit" of stateset "m": its/, TypeError],

  ["a unit that the name does not end in", summary({ unit: "seconds" }), /^"seconds" as the unit of "m": the name must end in "_seconds"/],
  [
    "a unit that is not parted",
    (r) => r.gauge({ name: "tookseconds", unit: "seconds" }),
    /^"seconds" as the unit of "tookseconds": the name/,
  ],
  ["a unit behind _total", (r) => r.counter({ name: "m_total_seconds_total", unit: "total" }), /^"total" as the unit of "m_total_seconds/],
  [
    "a unit of an info",
    (r) => r.info({ name: "m_version", unit: "version" }),
    /^option "unit" of info "m_version": its options are name/,
    TypeError,
  ],
  [
    "exemplars of a gauge",
    (r) => r.gauge({ name: "m", exemplars: true }),
    /^option "exemplars" of gauge "m": its options are .*mode$/,
    TypeError,
  ],
  [
    "exemplars that are a function",
    options({ exemplars: () => {} }),
    /^a function as exemplars of counter "m": it must be a boolean$/,
    TypeError,
  ],
  ["prom-client's enableExemplars", options({ enableExemplars: true }), /^option "enableExemplars" of .*called exemplars; /, TypeError],
  ["the mode of an unknown", (r) => r.unknown({ name: "m", mode: "sum" }), /^option "mode" of unknown "m"/, TypeError],
  [
    "buckets of a gauge histogram",
    (r) => r.gaugeHistogram({ name: "m", buckets: [2, 1] }),
    /^these buckets for .*"m": 1 at index 1 must be greater/,
  ],
  [
    "native of a gauge histogram",
    (r) => r.gaugeHistogram({ name: "m", native: true }),
    /^option "native" of gaugeHistogram "m"/,
    TypeError,
  ],
  ["the label le of a gauge histogram", (r) => r.gaugeHistogram({ name: "m", labelNames: ["le"] }), /^"le" as a label name of "m"/],

  ["a name with a lone surrogate", utf8(`a${lone}b`), /as a metric name: it must be whole Unicode of 1 to 1024 bytes of UTF-8$/],
  ["an empty name, also as UTF-8", utf8(""), /^"" as a metric name: it must be whole Unicode/],
  ["a name of 1,026 bytes of UTF-8", utf8("ä".repeat(513)), /as a metric name: it must be whole Unicode of 1 to 1024 bytes of UTF-8$/],
  ["a name of 1,025 letters as UTF-8", utf8("a".repeat(1025)), /^"a{80}…" as a metric name: it must be whole Unicode/],
  [
    "a name with dots where utf8 is not asked for",
    (r) => r.gauge({ name: "http.requests" }),
    /^"http\.requests" as a metric name: it must match/,
  ],
  [
    "a label name with a lone surrogate",
    labels(lone),
    /as a label name of "m": it must be whole Unicode of 1 to 1024 bytes of UTF-8 and not/,
  ],
  ["a label name of 1,026 bytes of UTF-8", labels("ä".repeat(513)), /as a label name of "m": it must be whole Unicode/],
  ["an empty label name", labels(""), /^"" as a label name of "m": it must be whole Unicode/],
  ["a label name that begins with __, as UTF-8", labels("__ä"), /^"__ä" as a label name of "m": it must be .* not begin with __$/],
  ["label names that are one after escaping", labels("a.b", "a-b"), /^"a-b" twice as a label name of "m"$/],
  ["label names that meet a legal one after escaping", labels("a_b", "a b"), /^"a b" twice as a label name of "m"$/],
  ["label names that begin with a digit after escaping", labels("1b", "_b"), /^"_b" twice as a label name of "m"$/],
  ["label names of a character beyond 16 bits", labels("😀", "_"), /^"_" twice as a label name of "m"$/],
  ["utf8 that is no boolean", options({ utf8: 1 }), /^1 as utf8 of counter "m": it must be a boolean$/, TypeError],

  ["expireAfterSeconds -1", options({ expireAfterSeconds: -1 }), /^-1 as expireAfterSeconds of "m": it must be a whole number of seconds$/],
  ["expireAfterSeconds of a half", options({ expireAfterSeconds: 0.5 }), /^0\.5 as expireAfterSeconds of "m"/],
  ["expireAfterSeconds NaN", options({ expireAfterSeconds: NaN }), /^NaN as expireAfterSeconds of "m"/],
  ["maxSeries 1.5", options({ maxSeries: 1.5 }), /^1\.5 as maxSeries of "m": it must be a whole number from 1 to 134217728$/],
  ["maxSeries 0", options({ maxSeries: 0 }), /^0 as maxSeries of "m"/],
  ["maxSeries -1", options({ maxSeries: -1 }), /^-1 as maxSeries of "m"/],
  [
    "maxSeries of too many",
    options({ maxSeries: 2 ** 27 + 1 }),
    /^134217729 as maxSeries of "m": it must be a whole number from 1 to 134217728$/,
  ],
  ["maxSeries that is a string", options({ maxSeries: "10" }), /^"10" as maxSeries of counter "m": it must be a number$/, TypeError],
  ["labelSets that are an object", options({ labelSets: { a: 1, b: 2 } }), /as labelSets of counter "m": it must be an Array$/, TypeError],
];

for (const [what, act, words, type = RangeError] of refusals) {
  test(`${what} is refused when the metric is registered`, () => {
    const registry = new Registry();
    assert.throws(
      () => act(registry),
      (error) => {
        assert.equal(error.constructor, type, `${error.name}: ${error.message}`);
        assert.match(error.message, /^Cannot use /);
        assert.match(error.message.replace("Cannot use ", ""), words);
        assert.doesNotMatch(error.message, /\.$|undefined of|NaN of undefined/);
        return true;
      },
    );
    assert.equal(registry.exposeSync().body.length, 0);
    registry.close();
  });
}

const SETS = [
  ["a label that is missing", [{ a: 1 }], /^RangeError: Cannot use these labels for "m": label "b" has no value; "m" takes a, b$/],
  [
    "a label that there is none of",
    [{ a: 1, b: 2, c: 3 }],
    /^RangeError: Cannot use these labels for "m": "c" is not one of its labels \(a, b\)$/,
  ],
  [
    "a label that is an object",
    [{ a: 1, b: {} }],
    /^TypeError: Cannot use an empty object as label "b" of "m": it must be a string, number/,
  ],
  ["what is no object", [5], /^TypeError: Cannot use 5 as the labels of "m": it must be an object with a, b$/],
];

for (const [what, labelSets, words] of SETS) {
  test(`labelSets with ${what} are refused, and nothing is registered`, () => {
    const registry = new Registry();
    assert.throws(() => registry.counter({ name: "m", labelNames: ["a", "b"], labelSets: [{ a: 0, b: 0 }, ...labelSets] }), words);
    assert.equal(registry.exposeSync().body.length, 0);
    // Another definition is not in anybody's way.
    registry.gauge({ name: "m" }).set(1);
    registry.close();
  });
}

test("the least and the most of every option are taken", () => {
  const registry = new Registry();
  let n = 0;
  const name = () => `m_${n++}`;
  for (const schema of [-4, 8]) registry.histogram({ name: name(), native: { schema, maxBuckets: 1, zeroThreshold: 0 } }).observe(3);
  registry.histogram({ name: name(), native: { maxBuckets: 4096, zeroThreshold: Number.MAX_VALUE } }).observe(3);
  registry.histogram({ name: name(), native: false }).observe(3);
  registry.summary({ name: name(), quantiles: [-0, 1], accuracy: 0.001, maxAgeSeconds: 60, ageBuckets: 60 }).observe(3);
  registry.summary({ name: name(), accuracy: 0.2, maxAgeSeconds: 86400 * 60, ageBuckets: 1 }).observe(3);
  registry.stateSet({ name: name(), states: Array.from({ length: 52 }, (_, i) => `s${i}`) }).set("s51");
  registry.counter({ name: name(), expireAfterSeconds: 2 ** 31, maxSeries: 2 ** 27 }).inc();
  registry.counter({ name: name(), expireAfterSeconds: 0, maxSeries: 1 }).inc();
  registry
    .gauge({ name: "ä".repeat(512), utf8: true, labelNames: ["1", "b.c", "b:d", "😀😀"] })
    .set({ 1: 1, "b.c": 2, "b:d": 3, "😀😀": 4 }, 5);
  assert.doesNotMatch(new TextDecoder().decode(registry.exposeSync().body), /tallystick_refused/);
  registry.close();
});

/** Definitions that differ in one thing. */
const CONFLICTS = [
  [(r) => r.summary({ name: "m" }), (r) => r.summary({ name: "m", accuracy: 0.02 }), /accuracy 0\.01.*\n.*accuracy 0\.02/],
  [
    (r) => r.summary({ name: "m" }),
    (r) => r.summary({ name: "m", quantiles: [0.5] }),
    /quantiles \[0\.5, 0\.9, 0\.95, 0\.99\].*\n.*quantiles \[0\.5\]/,
  ],
  [(r) => r.summary({ name: "m" }), (r) => r.summary({ name: "m", maxAgeSeconds: 60 }), /maxAgeSeconds 600.*\n.*maxAgeSeconds 60,/],
  [(r) => r.histogram({ name: "m" }), (r) => r.histogram({ name: "m", native: true }), /buckets \[.*\n.*native schema 3, maxBuckets 160/],
  [(r) => r.histogram({ name: "m", native: true }), native({ schema: 4 }), /native schema 3.*\n.*native schema 4/],
  [states(["on", "off"]), states(["off", "on"]), /states \[on, off\].*\n.*states \[off, on\]/],
  [
    (r) => r.counter({ name: "m" }),
    (r) => r.counter({ name: "m", exemplars: true }),
    /there: {2}counter "m", labels \[\], help.*\n.*exemplars/,
  ],
  [(r) => r.counter({ name: "m" }), (r) => r.counter({ name: "m", maxSeries: 5 }), /\n.*wanted: counter "m".*maxSeries 5/],
  [
    (r) => r.counter({ name: "m" }),
    (r) => r.counter({ name: "m", expireAfterSeconds: 5 }),
    /\n.*wanted: counter "m".*expireAfterSeconds 5/,
  ],
  [(r) => r.gauge({ name: "m" }), (r) => r.unknown({ name: "m" }), /there: {2}gauge "m".*\n.*wanted: unknown "m"/],
];

for (const [first, second, words] of CONFLICTS) {
  test(`${second.toString().replace(/^\(.*?\) => /, "")} after another definition is a conflict: ${words.source}`, () => {
    const registry = new Registry();
    const metric = first(registry);
    assert.throws(
      () => second(registry),
      (error) => {
        assert.ok(error instanceof MetricsError && error.code === "definition-conflict", error.message);
        assert.match(error.message, words);
        return true;
      },
    );
    assert.equal(first(registry), metric);
    registry.close();
  });
}
