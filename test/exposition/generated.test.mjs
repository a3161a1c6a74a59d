// Random registries against a model and against every judge: every type, names as wild as they come, names that
// clash, label values with every escape, numbers at every edge, exemplars with any Unicode.

import "./clock.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MetricsError, Registry } from "tallystick";
import { NOW_SECONDS } from "./clock.mjs";
import { pairsOf, sideOf } from "./composite.mjs";
import { DIALECTS, exposed } from "./exposed.mjs";
import { baseName, clash, classicLabel, completed, Model } from "./model.mjs";
import { readProtobuf } from "./protobuf.mjs";
import { faults, numberOf, OPENMETRICS, OPENMETRICS2, PROTOBUF, readExposition, TEXT } from "./rules.mjs";
import { abnf, abnf2, judged, laxText, promtool, strictOpenMetrics } from "./validators.mjs";

// The clock stands still.
const SEED = Number(process.env.EXPOSITION_SEED ?? Math.floor(performance.timeOrigin) % 2 ** 31);
const ESCAPINGS = ["underscores", "dots", "values", "allow-utf-8"];

// --- what registries are made of

const SUFFIXES = [
  "",
  "_total",
  "_sum",
  "_count",
  "_bucket",
  "_created",
  "_info",
  "_total_total",
  "_gcount",
  "_sum_total",
  "_total_created",
];
// Few stems and many suffixes: names meet often.
const closeName = fc.tuple(fc.constantFrom("a", "b", "_", ":"), fc.constantFrom(...SUFFIXES)).map(([stem, suffix]) => stem + suffix);
const ODD_NAMES = ["_total", "__proto__", "constructor", "toString", "NaN", "EOF", "HELP", "le", "Inf", ":::", "_", "x".repeat(1024)];
const metricName = fc.oneof(
  { weight: 3, arbitrary: closeName },
  { weight: 6, arbitrary: fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,30}$/) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_NAMES) },
);

const ODD_LABELS = [
  "le",
  "quantile",
  "writer",
  "constructor",
  "hasOwnProperty",
  "job",
  "instance",
  "_",
  "a",
  "A",
  "length",
  "0".padStart(40, "x"),
];
const labelName = fc.oneof(
  fc.constantFrom(...ODD_LABELS),
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,12}$/).filter((name) => !name.startsWith("__")),
);
const labelNames = fc.uniqueArray(labelName, { maxLength: 5 });

/** Beyond the classic data model: what it cannot tell apart, what must be escaped, and any characters at all. */
const UTF8_PIECES = [
  "a",
  "b",
  "a",
  "_",
  ".",
  ":",
  "-",
  " ",
  '"',
  "\\",
  "\n",
  "9",
  "é",
  "世",
  "🦀",
  "_total",
  "_info",
  "_count",
  "\u{10ffff}",
  "{",
  "=",
];
const utf8Name = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...UTF8_PIECES) }, fc.string({ unit: "binary", maxLength: 2 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join("").toWellFormed())
  .filter((name) => name !== "" && !name.startsWith("tallystick_"));
const utf8Labels = fc.uniqueArray(
  fc.oneof(
    labelName,
    utf8Name.filter((name) => !name.startsWith("__")),
  ),
  { maxLength: 4 },
);

const PIECES = ["\\", '"', "\n", "\r", "\t", "\0", "\\n", '\\"', "{", "}", ",", "=", '="', " # ", "|", " ", "a", "é", "世", "🦀", "👩‍🔬"];
const ODD_PIECES = ["\ud83e", "\udd80", "\ufffd", "\ufeff", "\u2028", "\u0085", "\u001f", "\x7f", "\uffff", "\u{10ffff}", "\u202e"];
const text = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
      fc.constantFrom(...ODD_PIECES),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(""));
/** No help ends with a carriage return: it would be one before the end of the line. */
const help = text.map((made) => made.replace(/\r+$/, ""));
const labelValue = fc.oneof({ weight: 6, arbitrary: text }, fc.double(), fc.integer(), fc.boolean());

const EDGES = [
  0,
  -0,
  1,
  -1,
  0.1,
  5e-324,
  2.2250738585072014e-308,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 53 + 2,
  2 ** 64,
  1e20,
  1e21,
  1e22,
  1e-6,
  1e-7,
  Number.MAX_VALUE,
];
const number = fc.oneof(fc.constantFrom(...EDGES, ...EDGES.map((edge) => -edge), NaN, Infinity, -Infinity), fc.double(), fc.integer());
const finite = number.filter(Number.isFinite);
const positive = finite.map(Math.abs);

const buckets = fc
  .uniqueArray(fc.oneof({ weight: 3, arbitrary: positive }, finite), { maxLength: 12, selector: (bound) => bound + 0 })
  .chain((bounds) => fc.boolean().map((last) => [...bounds.sort((a, b) => a - b), ...(last ? [Infinity] : [])]));

/** Names and values are any text, and all of it has 128 code points at most. */
const exemplar = fc
  .uniqueArray(
    fc.tuple(
      fc
        .oneof(
          labelName,
          utf8Name,
          text.filter((name) => name !== ""),
        )
        .filter((name) => !name.startsWith("__") && classicLabel(name) !== "__name__"),
      fc.oneof(text, fc.constant("x".repeat(90)), fc.integer()),
    ),
    {
      maxLength: 3,
      selector: ([name]) => classicLabel(name),
    },
  )
  .filter((pairs) => Array.from(pairs.flat().join("")).length <= 128)
  .map((pairs) => Object.fromEntries(pairs));

function operations(arity, verb, most = 6) {
  const values = fc.array(labelValue, { minLength: arity, maxLength: arity });
  // How the same thing is said: by position, by an object, or by an object with its keys turned round.
  const way = fc.constantFrom("position", "object", "turned", "handle");
  return fc.array(
    fc.tuple(values, verb, way).map(([labels, operation, how]) => ({ labels, how, ...operation })),
    { maxLength: most },
  );
}

const VERBS = {
  counter: positive.map((amount) => ({ verb: "inc", amount })),
  gauge: fc.oneof(
    number.map((amount) => ({ verb: "set", amount })),
    fc.tuple(fc.constantFrom("inc", "dec"), finite).map(([verb, amount]) => ({ verb, amount })),
  ),
  histogram: finite.map((amount) => ({ verb: "observe", amount })),
  info: fc.constant({ verb: "add" }),
  gaugeHistogram: fc
    .array(
      number.filter((value) => !Number.isNaN(value)),
      { maxLength: 5 },
    )
    .map((amount) => ({ verb: "set", amount })),
};
VERBS.unknown = VERBS.gauge;
VERBS.summary = VERBS.histogram;
// It has no sum over threads.
const MODES = ["shared", "sum", "min", "max", "mostrecent", "all", "livesum", "livemin", "livemax", "livemostrecent", "liveall"];
const SET_ONLY = number.map((amount) => ({ verb: "set", amount }));

function withUnit(definition, unit) {
  if (unit === "") return definition;
  // The unit stands before a counter's suffix, even where the unit looks like one.
  const suffix = definition.kind === "counter" && (unit === "total" || definition.name.endsWith("_total")) ? "_total" : "";
  const name = `${baseName(definition)}_${unit}${suffix}`;
  return name.length > 1024 ? definition : { ...definition, name, unit };
}

/** What a kind may have beside what all have. */
const native = fc.record({
  schema: fc.integer({ min: -4, max: 8 }),
  maxBuckets: fc.constantFrom(1, 4, 160, 4096),
  zeroThreshold: fc.constantFrom(0, 2 ** -128, 0.001, 1),
});
const quantiles = fc
  .uniqueArray(fc.oneof(fc.constantFrom(0, 0.5, 0.99, 1, 1e-7), fc.double({ min: 0, max: 1, noNaN: true })), {
    maxLength: 4,
    selector: (q) => q + 0,
  })
  .map((all) => all.sort((one, other) => one - other));
const states = fc.uniqueArray(
  text.filter((state) => state !== ""),
  { minLength: 1, maxLength: 5, selector: (state) => state.toWellFormed() },
);
const OPTIONS = {
  counter: fc.record({ exemplars: fc.boolean() }),
  gauge: fc.record({ mode: fc.constantFrom(...MODES) }),
  histogram: fc.oneof(
    fc.record({ buckets, exemplars: fc.boolean() }),
    fc.record({ native, exemplars: fc.boolean() }),
    fc.record({ native, buckets, exemplars: fc.boolean() }),
  ),
  summary: fc.record({ quantiles }),
  info: fc.constant({}),
  stateSet: fc.record({ states }),
  unknown: fc.constant({}),
  gaugeHistogram: fc.record({ buckets }),
};
const KINDS = Object.keys(OPTIONS);

/** Operations of a definition. An info is set once, at its end: what is set anew may take the place of what went. */
function operationsOf(definition) {
  const { kind, mode, labelNames: names, exemplars } = definition;
  let verb = mode?.endsWith("mostrecent") ? SET_ONLY : VERBS[kind];
  if (kind === "stateSet") verb = fc.subarray(definition.states).map((amount) => ({ verb: "set", amount }));
  if (exemplars) verb = fc.tuple(verb, fc.option(exemplar, { nil: undefined })).map(([one, about]) => ({ ...one, exemplar: about }));
  const all = operations(names.length, verb);
  if (kind !== "info") return all;
  return fc
    .tuple(all, fc.boolean())
    .map(([adds, set]) => adds.map((add, i) => (set && i === adds.length - 1 ? { ...add, verb: "set" } : add)));
}

const family = fc
  .tuple(fc.constantFrom(...KINDS), fc.boolean())
  .chain(([kind, utf8]) =>
    fc.record({
      kind: fc.constant(kind),
      name: utf8 ? fc.oneof(metricName, utf8Name) : metricName,
      help,
      labelNames: utf8 ? utf8Labels : labelNames,
      unit: fc.constantFrom("", "", "", "seconds", "bytes", "total", "count", ":", "_"),
      options: OPTIONS[kind],
      utf8: fc.constant(utf8),
    }),
  )
  .map(({ unit, options, ...definition }) => {
    const own = ["info", "stateSet"].includes(definition.kind) ? "" : unit;
    return withUnit({ ...definition, ...options }, own === "_" ? "" : own);
  })
  .chain((definition) => fc.record({ definition: fc.constant(definition), operations: operationsOf(definition) }));

const registryPlan = fc.record({
  defaultLabels: fc
    .uniqueArray(fc.tuple(labelName, labelValue), { maxLength: 2, selector: ([name]) => name })
    .map((pairs) => Object.fromEntries(pairs)),
  families: fc.array(family, { maxLength: 6 }),
});

// --- doing it, here and in the model

function perform(metric, names, { verb, amount, exemplar: about, labels, how }) {
  const pairs = names.map((name, i) => [name, labels[i]]);
  const object = Object.fromEntries(how === "turned" ? pairs.reverse() : pairs);
  const whole = metric.labels === undefined || ["position", "handle"].every((way) => way !== how);
  const args = amount === undefined ? [] : [amount, ...(about === undefined ? [] : [about])];
  if (names.length === 0 && amount !== undefined) (how === "handle" && metric.labels ? metric.labels() : metric)[verb](...args);
  else if (whole) metric[verb](object, ...args);
  else (how === "position" ? metric.labels(...labels) : metric.labels(object))[verb](...args);
}

/** Expects what the model refuses to be refused, with the error it names. */
function assertRefused(register, definition, refusal) {
  assert.throws(
    register,
    (error) => {
      if (refusal === "RangeError") return error instanceof RangeError;
      // A label that is a default label already: bad argument or refused by the registry, both say it.
      if (refusal === "label-conflict" && error instanceof RangeError) return true;
      return error instanceof MetricsError && error.code === refusal;
    },
    `${JSON.stringify(definition)} must be refused: ${refusal}`,
  );
}

/** Builds a plan; gives registry and model to `check` and closes the registry. */
async function built({ defaultLabels, families }, check) {
  const registry = new Registry({ labels: defaultLabels });
  try {
    const model = new Model(defaultLabels);
    for (const { definition, operations: steps } of families) {
      const { kind, ...options } = definition;
      const register = () => registry[kind](options);
      const refusal = model.refusal(definition);
      if (refusal !== undefined) {
        assertRefused(register, definition, refusal);
        continue;
      }
      const metric = register();
      const twin = model.family(definition);
      const read = (values) => () => metric.value(...values);
      if (twin.labelNames.length === 0) model.series(twin, [], read([]));
      for (const operation of steps) {
        perform(metric, twin.labelNames, operation);
        const series = model.series(twin, operation.labels, read(operation.labels));
        series.apply(operation);
        if (kind === "info" && operation.verb === "set") model.keep(twin, series);
      }
    }
    await check(registry, model);
  } finally {
    registry.close();
  }
}

async function property(t, numRuns, arbitrary, check) {
  t.diagnostic(`seed ${SEED}, ${numRuns} runs; EXPOSITION_SEED repeats it`);
  await fc.assert(fc.asyncProperty(arbitrary, check), { seed: SEED, numRuns, includeErrorInReport: true });
}

/** As the Python parser gives families back. It reads the integer -0 as 0. */
function asParsed(families) {
  return families.map((one) => ({
    ...one,
    samples: one.samples.map(({ name, labels, value }) => ({
      name,
      labels: Object.fromEntries(labels),
      value: Object.is(value, -0) ? 0 : value,
    })),
  }));
}

// --- properties

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function written(registry, dialect, escaping) {
  return decoder.decode(registry.exposeSync({ dialect, escaping }).body);
}

/** Escaping may make a legal name of one that begins with two underscores, which no rule forbids it. */
function faultsBut(text, dialect) {
  return faults(text, dialect).filter((fault) => !fault.startsWith("label name begins with __"));
}

test("exposeSync prints for any registry what the model says in every escaping, without faults", async (t) => {
  await property(t, 200, registryPlan, (plan) =>
    built(plan, (registry, model) => {
      for (const dialect of DIALECTS) {
        for (const escaping of ESCAPINGS) {
          const printed = written(registry, dialect, escaping);
          assert.equal(printed, model.text(dialect, escaping, NOW_SECONDS));
          assert.deepEqual(faultsBut(printed, dialect), []);
        }
      }
    }),
  );
});

/** A plan without the exemplars that the strict parser cannot read: braces in strings, on a line that has one, mislead it. */
function readable({ defaultLabels, families }) {
  const misled = (value) => /[{}#]/.test(JSON.stringify(value ?? ""));
  const calm = ({ exemplar: about, ...one }) =>
    misled(about) || misled(one.labels) || misled(defaultLabels) ? one : { ...one, exemplar: about };
  return { defaultLabels, families: families.map((one) => ({ ...one, operations: one.operations.map(calm) })) };
}

// --- messages and composite values

const PROTOBUF_TYPES = { info: "gauge", stateset: "gauge", unknown: "untyped", gaugehistogram: "gauge_histogram" };
const total = (counts) => counts.reduce((sum, count) => sum + count, 0);

/** A metric of protobuf as the model tells it: of native buckets their totals. */
function messageTold({ labels, value, count, sum, buckets, quantiles, native: sides }) {
  if (value !== undefined) return { labels, value };
  if (quantiles !== undefined) return { labels, count, sum, quantiles };
  const classic = buckets.map(({ le, count: below }) => ({ le, count: below }));
  if (sides === undefined) return { labels, count, sum, buckets: classic };
  const { zeroCount, positive, negative } = sides;
  const told = { zeroCount, positive: total(Object.values(positive)), negative: total(Object.values(negative)) };
  return { labels, count, sum, buckets: classic, native: told };
}

/** A sample of OpenMetrics 2.0 as the model tells it. */
function sampleTold({ labels: pairs, value, fields }) {
  const labels = Object.fromEntries(pairs.map(({ name, value: text }) => [name, text]));
  if (fields === undefined) return { labels, value };
  const [count, sum] = ["count", "sum"].map((word) => numberOf(fields.get(word) ?? fields.get(`g${word}`)));
  if (fields.has("quantile")) return { labels, count, sum, quantiles: pairsOf(fields.get("quantile")) };
  const buckets = pairsOf(fields.get("bucket")).map(([le, below]) => ({ le, count: below }));
  if (!fields.has("schema")) return { labels, count, sum, buckets };
  const [positive, negative] = ["positive", "negative"].map((side) => total(sideOf(fields, side).counts));
  return { labels, count, sum, buckets, native: { zeroCount: numberOf(fields.get("zero_count")), positive, negative } };
}

/** All exemplars of a decoded family: by value and labels, in any order. */
function exemplarsOf(metrics) {
  const all = metrics.flatMap(({ exemplar: one, buckets = [] }) => [one, ...buckets.map((bucket) => bucket.exemplar)]);
  return all.filter((one) => one !== undefined).map(({ labels, value, seconds }) => [labels, value, seconds]);
}

test("protobuf tells of any registry what the model says", async (t) => {
  await property(t, 150, registryPlan, (plan) =>
    built(plan, (registry, model) => {
      const families = readProtobuf(registry.exposeSync({ dialect: PROTOBUF, escaping: "allow-utf-8" }).body);
      const expected = model.told().filter(({ metrics }) => metrics.length > 0);
      assert.deepEqual(
        families.map(({ metrics, ...more }) => ({ ...more, metrics: metrics.map(messageTold) })),
        expected.map((one) => ({ ...one, help: one.help, type: PROTOBUF_TYPES[one.type] ?? one.type })),
      );
      for (const { kind, name, series } of model.families) {
        const said = families.filter((one) => one.name === `${name}${kind === "counter" ? "_total" : ""}`);
        assert.deepEqual(
          exemplarsOf(said.flatMap(({ metrics }) => metrics)),
          [...series.values()].flatMap((one) => one.exemplarsTold(NOW_SECONDS)),
        );
      }
      // And in names that are legal, and told apart.
      for (const escaping of ["underscores", "dots", "values"]) readProtobuf(registry.exposeSync({ dialect: PROTOBUF, escaping }).body);
    }),
  );
});

test("OpenMetrics 2.0 tells of any registry what the model says, without faults, and abnf2 matches it", async (t) => {
  if (!judged(t, abnf2)) return;
  await property(t, 40, registryPlan, (plan) =>
    built(plan, (registry, model) => {
      const printed = written(registry, OPENMETRICS2, "allow-utf-8");
      assert.deepEqual(
        readExposition(printed).map(({ name, type, unit = "", samples }) => ({ name, type, unit, metrics: samples.map(sampleTold) })),
        model.told().map(({ help: _, ...one }) => one),
      );
      for (const escaping of ESCAPINGS) {
        const text = written(registry, OPENMETRICS2, escaping);
        assert.deepEqual(faultsBut(text, OPENMETRICS2), []);
        assert.equal(abnf2(text), "");
      }
    }),
  );
});

test("stream gives for any registry what exposeSync prints", async (t) => {
  await property(t, 100, registryPlan, (plan) =>
    built(plan, async (registry) => {
      for (const dialect of [...DIALECTS, OPENMETRICS2, PROTOBUF]) {
        const streamed = Buffer.from(await new Response(registry.stream({ dialect }).body).arrayBuffer());
        assert.deepEqual(streamed, Buffer.from(registry.exposeSync({ dialect }).body));
      }
    }),
  );
});

test("strictOpenMetrics reads the model's families, labels and values out of any registry", async (t) => {
  if (!judged(t, strictOpenMetrics)) return;
  await property(t, 250, registryPlan.map(readable), (plan) =>
    built(plan, async (registry, model) => {
      for (const escaping of ["underscores", "dots", "values"]) {
        const [{ error, families }] = await strictOpenMetrics([written(registry, OPENMETRICS, escaping)]);
        assert.equal(error, undefined);
        assert.deepEqual(families, asParsed(model.expected(OPENMETRICS, escaping)));
      }
    }),
  );
});

test("laxText reads the model's labels and values out of any registry", async (t) => {
  if (!judged(t, laxText)) return;
  await property(t, 300, registryPlan, (plan) =>
    built(plan, async (registry, model) => {
      const [{ error, families }] = await laxText([exposed(registry, TEXT)]);
      assert.equal(error, undefined);
      // Of -0 this parser keeps the sign, which the model's families leave out.
      const parsed = families.map((one) => one.samples.map((sample) => ({ ...sample, value: sample.value + 0 })));
      assert.deepEqual(
        parsed,
        asParsed(model.expected(TEXT)).map((one) => one.samples),
      );
    }),
  );
});

test("promtool parses any registry", async (t) => {
  if (!judged(t, promtool)) return;
  await property(t, 20, registryPlan, (plan) =>
    built(plan, async (registry) => {
      const { status, output } = await promtool(exposed(registry, TEXT));
      // 3 is its lint: the names are wild.
      assert.ok(status === 0 || status === 3, output);
    }),
  );
});

test("abnf matches any registry", async (t) => {
  if (!judged(t, abnf)) return;
  await property(t, 40, registryPlan, (plan) =>
    built(plan, (registry) => {
      for (const escaping of ["underscores", "dots", "values"]) assert.equal(abnf(written(registry, OPENMETRICS, escaping)), "");
    }),
  );
});

const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => new Float64Array(BigUint64Array.of(value).buffer)[0]);

test("gauge values of any bit pattern print as String does and are read back equal", async (t) => {
  if (!judged(t, strictOpenMetrics, laxText)) return;
  await property(t, 20, fc.array(bits, { minLength: 250, maxLength: 250 }), async (values) => {
    const registry = new Registry();
    try {
      const gauge = registry.gauge({ name: "value", help: "", labelNames: ["i"] });
      values.forEach((value, i) => gauge.set({ i }, value));
      const [openMetrics] = await strictOpenMetrics([exposed(registry, OPENMETRICS)]);
      const [plain] = await laxText([exposed(registry, TEXT)]);
      const lines = exposed(registry, TEXT).trimEnd().split("\n").slice(1);
      values.forEach((value, i) => {
        const printed = Number.isFinite(value) && !Object.is(value, -0) ? String(value) : undefined;
        if (printed !== undefined) assert.equal(lines[i], `value{i="${i}"} ${printed}`);
        // The parsers read -0 as 0 or as it is.
        assert.equal(openMetrics.families[0].samples[i].value + 0, value + 0);
        assert.equal(plain.families[0].samples[i].value + 0, value + 0);
      });
    } finally {
      registry.close();
    }
  });
});

test("registering two families is refused exactly where a parser would see their names clash", async (t) => {
  const kinds = fc.constantFrom(...KINDS);
  // The same in classic names, and such as only escaping makes the same.
  const names = fc.oneof(
    closeName,
    fc.tuple(closeName, fc.constantFrom(".", "-", "é", ":")).map(([name, mark]) => name.replace("_", mark)),
  );
  const pair = fc
    .tuple(kinds, names, kinds, names)
    .filter(
      ([one, name, other, otherName]) => !(`${one}${other}`.includes("stateSet") && [name, otherName].some((each) => /:|^__/.test(each))),
    );
  await property(t, 800, pair, async ([kind, name, otherKind, otherName]) => {
    const more = (which) => ({ utf8: true, ...(which === "stateSet" ? { states: ["on"] } : {}) });
    const one = { kind, name, help: "One.", ...more(kind) };
    const other = { kind: otherKind, name: otherName, help: "Other.", ...more(otherKind) };
    const registry = new Registry();
    try {
      registry[kind]({ name, help: "One.", ...more(kind) });
      const register = () => registry[otherKind]({ name: otherName, help: "Other.", ...more(otherKind) });
      if (baseName(one) === baseName(other)) assertRefused(register, other, "definition-conflict");
      else if (clash(completed(one), completed(other))) assertRefused(register, other, "name-clash");
      else register();
      // What was refused left nothing behind.
      if (strictOpenMetrics.available) {
        const [{ error }] = await strictOpenMetrics([exposed(registry, OPENMETRICS)]);
        assert.equal(error, undefined);
      }
    } finally {
      registry.close();
    }
  });
});

// --- what goes and comes again

const CHANGING = [
  { kind: "counter", name: "jobs", help: "Jobs.", labelNames: ["a", "b"] },
  { kind: "gauge", name: "queue", help: "Queue.", labelNames: ["a"] },
  { kind: "histogram", name: "wait", help: "Wait.", labelNames: ["a"], buckets: [1, 2] },
  { kind: "counter", name: "plain", help: "Plain." },
  { kind: "gauge", name: "total", help: "Total.", labelNames: ["a"], mode: "sum" },
  { kind: "gauge", name: "highest", help: "Highest.", labelNames: ["a"], mode: "max" },
  // The same name as another thing: only where that one was removed.
  { kind: "gauge", name: "jobs", help: "Jobs, again.", labelNames: ["b"] },
];
const SAME_VALUES = ["x", "y", "\ud800", "\udc00"];
const change = fc.record({
  which: fc.integer({ min: 0, max: CHANGING.length - 1 }),
  what: fc.constantFrom("count", "count", "count", "held", "held", "remove", "remove", "clear", "reset", "removeFamily"),
  values: fc.tuple(fc.constantFrom(...SAME_VALUES), fc.constantFrom(...SAME_VALUES)),
  amount: fc.integer({ min: 1, max: 3 }),
});
const COUNTING = { counter: "inc", gauge: "set", histogram: "observe" };

/** One change, here and in the model. `held` are the handles that outlive what they were made for. */
function changed(registry, model, held, { which, what, values, amount }) {
  const { kind, ...definition } = CHANGING[which];
  if (model.refusal(CHANGING[which]) !== undefined) return;
  const metric = registry[kind](definition);
  const twin = model.family(CHANGING[which]);
  const labels = values.slice(0, twin.labelNames.length);
  const verb = COUNTING[kind];
  if (what === "removeFamily") {
    assert.equal(registry.remove(definition.name), true);
    model.removeFamily(definition.name);
    // Handles of a family that is gone count nowhere.
    held.clear();
  } else if (what === "remove") assert.equal(metric.remove(...labels), model.remove(twin, labels));
  else if (what === "clear") model.clear(twin, metric.clear());
  else if (what === "reset") model.reset(twin, metric.reset());
  else if (what === "held") {
    const key = JSON.stringify([which, labels]);
    if (!held.has(key)) held.set(key, metric.labels(...labels));
    held.get(key)[verb](amount);
    model.series(twin, labels).apply({ verb, amount });
  } else {
    metric.labels(...labels)[verb](amount);
    model.series(twin, labels).apply({ verb, amount });
  }
}

test("exposeSync prints what is left after removing, clearing and resetting, once", async (t) => {
  await property(t, 150, fc.array(change, { maxLength: 60, size: "max" }), async (changes) => {
    const registry = new Registry();
    try {
      const model = new Model();
      const held = new Map();
      for (const one of changes) {
        changed(registry, model, held, one);
        const printed = exposed(registry, OPENMETRICS);
        // What is made again may take the place of what went.
        assert.deepEqual(printed.split("\n").sort(), model.text(OPENMETRICS).split("\n").sort());
        assert.deepEqual(faults(printed, OPENMETRICS), []);
      }
    } finally {
      registry.close();
    }
  });
});

// --- expositions of many slices

test("expose and stream give registries of many slices whole, each series once", async (t) => {
  const plan = fc.record({
    names: fc.integer({ min: 1, max: 4 }),
    series: fc.integer({ min: 500, max: 4000 }),
    length: fc.integer({ min: 0, max: 300 }),
    help: fc.integer({ min: 0, max: 60_000 }),
  });
  await property(t, 4, plan, async ({ names, series, length, help }) => {
    const registry = new Registry({ labels: { app: "x".repeat(length) } });
    try {
      const model = new Model({ app: "x".repeat(length) });
      for (let n = 0; n < names; n++) {
        const kind = ["histogram", "counter", "gauge", "histogram"][n];
        const definition = {
          kind,
          name: `many_${n}`,
          help: '\n"\\'.repeat(help / 3),
          labelNames: ["i"],
          ...(kind === "histogram" ? { buckets: [1, 2, 3] } : {}),
        };
        const { kind: _, ...options } = definition;
        const metric = registry[kind](options);
        const twin = model.family(definition);
        for (let i = 0; i < series; i++) {
          const value = `${i}${"é".repeat(i % (length + 1))}`;
          metric.labels(value)[COUNTING[kind]](i);
          model.series(twin, [value]).apply({ verb: COUNTING[kind], amount: i });
        }
      }
      for (const dialect of DIALECTS) {
        const expected = model.text(dialect);
        // No diff of megabytes.
        assert.ok(exposed(registry, dialect) === expected, `exposeSync, ${dialect}`);
        assert.ok(Buffer.from((await registry.expose({ dialect })).body).toString() === expected, `expose, ${dialect}`);
        let slices = 0;
        const parts = [];
        for await (const slice of registry.stream({ dialect }).body) {
          slices++;
          parts.push(slice);
        }
        assert.ok(Buffer.concat(parts).toString() === expected, `stream, ${dialect}`);
        assert.ok(slices > expected.length / 1_000_000, `${slices} slices of ${expected.length} characters`);
      }
    } finally {
      registry.close();
    }
  });
});

test("exposeSync prints a histogram of 512 buckets with the longest name and labels whole", async (t) => {
  // Names have at most 1,024 characters, default labels 4,096 bytes, and the labels of a series 1 MiB over all its lines.
  const defaults = { app: "x".repeat(4000) };
  const buckets = Array.from({ length: 512 }, (_, i) => (i + 1) * 1.7976931348623157e-300);
  const definition = { kind: "histogram", name: "h".repeat(1024), help: "", labelNames: ["a", "b"], buckets };
  await built({ defaultLabels: defaults, families: [{ definition, operations: [] }] }, (registry, model) => {
    const { kind: _, ...options } = definition;
    const metric = registry.histogram(options);
    const [twin] = model.families;
    for (const character of ["a", "\n", "é", "🦀"]) {
      const value = character.repeat(1000 / Buffer.byteLength(character === "\n" ? "\\n" : character));
      metric.observe({ a: value, b: value }, 1e-298);
      model.series(twin, [value, value]).apply({ verb: "observe", amount: 1e-298 });
    }
    for (const dialect of DIALECTS) assert.ok(exposed(registry, dialect) === model.text(dialect), dialect);
  });
  t.diagnostic("four series of 514 lines");
});
