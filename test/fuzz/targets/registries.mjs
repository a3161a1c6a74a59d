// Registries of whatever is typed: what cannot be is refused in words, with nothing changed; what can be is a page in every dialect that
// readers take, with the values that were set.

import assert from "node:assert/strict";
import fc from "fast-check";
import { MetricsError, Registry } from "tallystick";
import { lint } from "tallystick/lint";
import { readProtobuf } from "../../exposition/protobuf.mjs";
import { faults, OPENMETRICS, OPENMETRICS2, PROTOBUF, readExposition, TEXT } from "../../exposition/rules.mjs";
import { promtool } from "../../exposition/validators.mjs";

/** promtool is a process of its own each time. */
const PROMTOOL_RUNS = 50;
const KINDS = ["counter", "gauge", "histogram", "summary", "info", "stateSet", "gaugeHistogram", "unknown"];
const ODD_WORDS = ["", "a", "le", "quantile", "__proto__", "constructor", "toString", "__name__", "a b", "1a", "ü", "a\0", "a\n", 'a"', "\\", "\ud83e", "\udd80", "\ufeff", "a_total", "tallystick_x", "_", ":", "x".repeat(1024), "x".repeat(1025), "{", "}", ","]; // prettier-ignore
const word = fc.oneof(
  fc.constantFrom(...ODD_WORDS),
  fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const long = fc.constantFrom(...'x\n"\\é\ud83e'.split("")).map((character) => character.repeat(1 << 20));
const text = fc.oneof({ weight: 60, arbitrary: word }, { weight: 1, arbitrary: long });
const EDGES = [0, -0, 1, -1, 0.1, NaN, Infinity, -Infinity, 5e-324, -5e-324, 2.2e-308, 2 ** 53, 2 ** 53 + 2, 1e21, 1e-7, Number.MAX_VALUE, -Number.MAX_VALUE]; // prettier-ignore
const number = fc.oneof(fc.constantFrom(...EDGES), fc.double(), fc.integer());
/** What may be typed where a number or a text is expected. */
const anything = fc.oneof(number, word, fc.constantFrom(null, undefined, true, [], {}, [1], "1"));
const rarely = (arbitrary, otherwise) => fc.oneof({ weight: 12, arbitrary: otherwise }, { weight: 1, arbitrary });
const numbers = fc.oneof(
  { weight: 3, arbitrary: fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }).map((all) => all.sort((a, b) => a - b)) },
  { weight: 1, arbitrary: fc.array(anything, { maxLength: 4 }) },
); // prettier-ignore
const options = fc.record(
  {
    unit: fc.constantFrom("", "seconds", "a b", 7),
    maxSeries: rarely(anything, fc.integer({ min: 1, max: 5 })),
    expireAfterSeconds: rarely(anything, fc.integer({ min: 1, max: 100 })),
    mode: fc.constantFrom("shared", "sum", "min", "max", "mostrecent", "all", "livesum", "liveall", "none", 1),
    buckets: numbers,
    native: fc.oneof(fc.boolean(), fc.record({ schema: anything, maxBuckets: anything, zeroThreshold: anything }, { requiredKeys: [] })),
    quantiles: numbers,
    states: fc.array(text, { maxLength: 4 }),
    accuracy: anything,
    maxAgeSeconds: anything,
    ageBuckets: anything,
    exemplars: rarely(anything, fc.boolean()),
  },
  { requiredKeys: [] },
);
const OF_KIND = { counter: ["exemplars"], gauge: ["mode"], histogram: ["buckets", "native", "exemplars"], summary: ["quantiles", "accuracy", "maxAgeSeconds", "ageBuckets"], info: [], stateSet: ["states"], gaugeHistogram: ["buckets"], unknown: [] }; // prettier-ignore
const SHARED = ["unit", "maxSeries", "expireAfterSeconds"];

/** Options that the kind has, but for one time in many. */
function own(kind, all, others, rare) {
  if (rare) return all;
  const names = [...OF_KIND[kind], ...SHARED.filter((_, i) => others >> i === 1)];
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

const family = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    name: rarely(anything, word),
    help: rarely(anything, text),
    labelNames: rarely(anything, fc.array(word, { maxLength: 3 })),
    utf8: fc.boolean(),
    all: options,
    others: fc.nat(15),
    rare: fc.nat(20).map((chance) => chance === 0),
    steps: fc.array(fc.record({ labels: fc.array(rarely(anything, text), { minLength: 3, maxLength: 3 }), value: rarely(anything, number) }), { maxLength: 4 }),
  })
  .map(({ kind, name, help, labelNames, utf8, all, others, rare, steps }) => ({ kind, options: { name, help, labelNames, utf8, ...own(kind, all, others, rare) }, steps })); // prettier-ignore
const plan = fc.record({
  labels: fc.array(fc.tuple(word, rarely(anything, text)), { maxLength: 2 }).map((pairs) => pairs.filter(([name]) => name !== "__proto__")),
  families: fc.array(family, { minLength: 1, maxLength: 4 }),
});

/** What it gives, or nothing where it is refused; what is refused is said in words. */
function tried(what) {
  try {
    return { given: what() };
  } catch (error) {
    assert.ok(error instanceof MetricsError || error.constructor === TypeError || error.constructor === RangeError, error.stack);
    assert.match(error.message, /^Cannot |^The /, error.stack);
    assert.ok(error.message.length < 3000, `a message of ${error.message.length} characters`);
    return {};
  }
}

/** No series has labels of more than 16,384 bytes; three of these, escaped, are below. */
const LABEL_MOST = 200;
const VERBS = { counter: "inc", gauge: "set", histogram: "observe", summary: "observe", info: "set", stateSet: "set", gaugeHistogram: "set", unknown: "set" }; // prettier-ignore

/** Does the steps of a family; what its series are to be, where that is one number. */
function stepped(metric, { kind, options: { labelNames = [], native: _, ...more }, steps }) {
  const names = Array.isArray(labelNames) ? labelNames : [];
  const wanted = new Map();
  for (const { labels, value: typed } of steps) {
    // Without an amount it is one.
    const value = kind === "counter" && typed === undefined ? 1 : typed;
    const pairs = Object.fromEntries(names.map((name, i) => [name, labels[i]]));
    const argument = kind === "stateSet" ? (more.states ?? [])[0] : kind === "gaugeHistogram" ? [value] : value;
    const given = kind === "info" ? [pairs] : names.length === 0 ? [argument] : [pairs, argument];
    const isDone = tried(() => (metric[VERBS[kind]](...given), true)).given;
    // What is too long is counted in the overflow series.
    if (names.some((_, i) => String(labels[i]).length > LABEL_MOST)) continue;
    if (isDone !== true || !["counter", "gauge"].includes(kind) || typeof value !== "number") continue;
    const key = JSON.stringify(names.map((name, i) => [name, String(labels[i]).toWellFormed()]).sort());
    wanted.set(key, kind === "counter" ? (wanted.get(key) ?? 0) + value : value);
  }
  return wanted;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What becomes of a name by escaping may begin with two underscores. */
function isOwn({ severity, rule }) {
  return severity === "error" && rule !== "label" && rule !== "limit";
}

function checkPages(registry) {
  for (const escaping of ["underscores", "allow-utf-8"]) {
    for (const dialect of [TEXT, OPENMETRICS]) {
      const page = decoder.decode(registry.exposeSync({ dialect, escaping }).body);
      const found = lint(page, { format: dialect, utf8: escaping === "allow-utf-8" }).filter(isOwn);
      assert.deepEqual(found, [], `${dialect}, ${escaping}: ${page.slice(0, 2000)}`);
    }
    const page = decoder.decode(registry.exposeSync({ dialect: OPENMETRICS2, escaping }).body);
    assert.deepEqual(faults(page, OPENMETRICS2).filter((fault) => !fault.startsWith("label name begins with __")), []); // prettier-ignore
    readProtobuf(registry.exposeSync({ dialect: PROTOBUF, escaping }).body);
  }
}

/** The values that a page has, against those that were set. */
function checkValues(registry, wanted, defaults) {
  const page = decoder.decode(registry.exposeSync({ dialect: TEXT, escaping: "allow-utf-8" }).body);
  const families = readExposition(page);
  for (const { name, kind, series } of wanted) {
    const sample = kind === "counter" && !name.endsWith("_total") ? `${name}_total` : name;
    const there = families.flatMap(({ samples }) => samples).filter((one) => one.name === sample);
    for (const [key, value] of series) {
      const found = there.find(({ labels }) => JSON.stringify(labels.filter((label) => !defaults.has(label.name)).map((label) => [label.name, label.value]).sort()) === key); // prettier-ignore
      assert.ok(found !== undefined, `${sample} ${key} is not in ${page.slice(0, 2000)}`);
      assert.ok(Object.is(found.value + 0, value + 0), `${sample} ${key}: ${found.value}, not ${value}`);
    }
  }
}

const bare = (name) => String(name).replace(/_total$/, "");

export const registries = {
  name: "registries",
  about: "names, labels, options and values that are typed",
  runs: 20_000,
  short: 100,
  async open() {
    let done = 0;
    return {
      input: (random) => fc.sample(plan, { seed: random.word() | 0, numRuns: 1 })[0],
      async check({ labels, families }) {
        const { given: registry } = tried(() => new Registry({ labels: Object.fromEntries(labels) }));
        if (registry === undefined) return;
        try {
          const wanted = [];
          for (const one of families) {
            const { given: metric } = tried(() => registry[one.kind](one.options));
            if (metric === undefined) continue;
            const series = stepped(metric, one);
            // Others may be shown as one, or go meanwhile.
            const { maxSeries, mode = "shared" } = one.options;
            const isPlain = maxSeries === undefined && ["shared", "sum", "max", "min"].includes(mode);
            // What is registered twice is one.
            const isOnce = families.filter(({ options: { name } }) => bare(name) === bare(one.options.name)).length === 1;
            if (isPlain && isOnce) wanted.push({ name: one.options.name, kind: one.kind, series });
          }
          checkPages(registry);
          checkValues(registry, wanted, new Set(labels.map(([name]) => name)));
          if (done++ % PROMTOOL_RUNS === 0 && promtool.available) {
            const { status, output } = await promtool(decoder.decode(registry.exposeSync({ dialect: TEXT, escaping: "underscores" }).body));
            // 3 is its lint: the names are wild.
            assert.ok(status === 0 || status === 3, output);
          }
        } finally {
          registry.close();
        }
      },
    };
  },
};
