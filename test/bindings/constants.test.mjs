// Constant metrics over time: what a collector gives otherwise, whose it is, when it ends, and what is refused of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { join, Registry } from "tallystick";

const decoder = new TextDecoder();
const textOf = (registry, options) => decoder.decode(registry.exposeSync(options).body);
const scraped = async (registry, options) => decoder.decode((await registry.expose(options)).body);
/** The samples of a text, without the library's own. */
const samples = (text) => text.split("\n").filter((line) => line !== "" && !/^(#|tallystick_)/.test(line));
/** A text without the library's own. */
const shown = (text) => text.split("\n").filter((line) => line !== "" && !line.includes("tallystick_"));

function made(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

const gauge = (name, value = 1, rest = {}) => ({ type: "gauge", name, samples: [{ value }], ...rest });
const labelled = (name, labels, rest = {}) => ({ type: "gauge", name, samples: [{ labels, value: 1 }], ...rest });

/** A registry with a collector that returns what `give` was told last; its errors. */
function scene(t, registry = made(t)) {
  let returned;
  const errors = [];
  const end = registry.collect(
    () => {
      if (returned instanceof Error) throw returned;
      return returned;
    },
    { onError: (error) => errors.push(error) },
  );
  const give = async (now) => {
    returned = now;
    return shown(await scraped(registry));
  };
  return { registry, give, errors, end };
}

const gaps = { "a failed run": new Error("down"), "a run without samples": [gauge("x", 1, { samples: [] })], "a run without it": [] };
const changes = {
  "another help": [gauge("x", 1, { help: "One." }), gauge("x", 1, { help: "Other." })],
  "other labels": [labelled("x", { a: 1 }), labelled("x", { a: 1, b: 2 })],
  "another type": [gauge("x"), { type: "counter", name: "x", samples: [{ value: 1 }] }],
  "a name that would clash": [{ type: "counter", name: "x", samples: [{ value: 1 }] }, gauge("x_total")],
};

for (const [what, [one, other]] of Object.entries(changes)) {
  test(`constant metrics: ${what} is taken at once, and after any gap`, async (t) => {
    const { give, errors } = scene(t);
    const first = await give([one]);
    assert.equal(first.at(-1).endsWith(" 1"), true);
    const second = await give([other]);
    assert.notDeepEqual(second, first);
    assert.equal(second.length, other.help === undefined ? 2 : 3);
    for (const gap of Object.values(gaps)) {
      assert.deepEqual(await give([one]), first);
      assert.deepEqual(await give(gap), []);
      assert.deepEqual(await give([other]), second);
    }
    assert.deepEqual(
      errors.map(({ message }) => message),
      ["down"],
    );
  });
}

test("constant metrics: one of another name is left alone, also where it begins alike", async (t) => {
  const { give, errors, registry } = scene(t);
  await give([gauge("http"), labelled("http_requests", { a: 1 })]);
  const both = ["http 1", 'http_requests{a="1",b="2"} 1'];
  assert.deepEqual(samples((await give([gauge("http"), labelled("http_requests", { a: 1, b: 2 })])).join("\n")), both);
  assert.deepEqual(errors, []);
  registry.gauge({ name: "http_errors" }).set(5);
  await give([gauge("http"), gauge("http_errors", 9, { help: "Other." })]);
  assert.equal(errors[0].code, "definition-conflict");
  assert.deepEqual(samples(textOf(registry)), ["http_errors 5"]);
});

test("constant metrics: two that meet in one run are a failure of it, and neither is there", async (t) => {
  for (const other of [
    gauge("x_total"),
    gauge("x", 1, { help: "Other." }),
    { type: "counter", name: "x_total", samples: [{ value: 1 }] },
  ]) {
    const { give, errors } = scene(t);
    assert.deepEqual(await give([{ type: "counter", name: "x", samples: [{ value: 1 }] }, other]), []);
    assert.equal(errors.length, 1);
  }
});

test("constant metrics: a collector takes no metric of the application's", async (t) => {
  for (const removed of ["remove", "clear"]) {
    const { registry, give, errors } = scene(t);
    await give([gauge("x", 1, { help: "Given." })]);
    registry[removed]("x");
    const own = registry.gauge({ name: "x", help: "Own." });
    own.set(42);
    assert.deepEqual(samples((await give([gauge("x", 1, { help: "Given." })])).join("\n")), ["x 42"]);
    own.inc();
    assert.equal(own.value(), 43);
    assert.equal(errors.at(-1).code, "definition-conflict");
    assert.equal(registry.gauge({ name: "x", help: "Own." }), own);
  }
});

test("constant metrics: end with their names, headers and bytes", async (t) => {
  const { registry, give, end } = scene(t);
  await give([gauge("jobs"), gauge("depth", 1, { help: "Depth." })]);
  assert.deepEqual(await give([gauge("jobs")]), ["# TYPE jobs gauge", "jobs 1"]);
  registry.counter({ name: "depth" });
  registry.remove("depth");
  end();
  assert.deepEqual(shown(textOf(registry)), []);
  registry.counter({ name: "jobs" }).inc();
  registry.remove("jobs");
  const { registry: other, give: giveOther } = scene(t);
  let used;
  for (let i = 0; i < 2000; i++) {
    const text = await giveOther([gauge(`queue_${i}_depth`), labelled("queue", { i })]);
    assert.equal(text.length, 4);
    if (i === 200) used = other.memoryUsage().used;
  }
  assert.ok(other.memoryUsage().used - used < 4096, `${other.memoryUsage().used - used} bytes`);
  assert.ok(other.families.size < 10, `${other.families.size} families`);
});

test("constant metrics: clearSeries leaves no header behind, and what a collector gives comes again", async (t) => {
  const { registry, give } = scene(t);
  const given = [gauge("x")];
  const there = await give(given);
  registry.clearSeries();
  assert.deepEqual(shown(textOf(registry)), []);
  assert.deepEqual(shown(textOf(registry, { dialect: "openmetrics" })), ["# EOF"]);
  assert.deepEqual(await give(given), there);
});

/** A thread that joins a registry and gives what it is told to; `give` scrapes after. */
async function thread(t, registry, returned) {
  const worker = new Worker(
    `import { parentPort, workerData } from "node:worker_threads";
     import { join } from ${JSON.stringify(import.meta.resolve("tallystick"))};
     const registry = join(workerData.ticket);
     let { returned } = workerData;
     let errors = [];
     registry.collect(() => returned, { onError: (error) => errors.push(error.code ?? error.message) });
     parentPort.on("message", async (now) => {
       returned = now;
       errors = [];
       await registry.expose();
       parentPort.postMessage(errors);
     });
     parentPort.postMessage("ready");`,
    { eval: true, workerData: { ticket: registry.ticket(), returned } },
  );
  t.after(() => worker.terminate());
  const heard = () => new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await heard();
  return {
    worker,
    give(now) {
      const told = heard();
      worker.postMessage(now);
      return told;
    },
  };
}

test("constant metrics: of two threads that give one metric, one that defines it otherwise fails and takes nothing", async (t) => {
  const { registry, give, errors } = scene(t);
  const of = (writer, help) => [labelled("x", { writer }, { help })];
  const other = await thread(t, registry, of("b", "One."));
  await give(of("a", "One."));
  assert.deepEqual(samples(await scraped(registry)).toSorted(), ['x{writer="a"} 1', 'x{writer="b"} 1']);
  assert.ok((await other.give(of("b", "Other."))).includes("definition-conflict"));
  assert.deepEqual(samples(await scraped(registry)), ['x{writer="a"} 1']);
  assert.deepEqual(errors, []);
  // Once it is nobody's, its name is for who wants it.
  await give([]);
  assert.deepEqual(await other.give(of("b", "Other.")), []);
  assert.deepEqual(shown(textOf(registry)), ["# HELP x Other.", "# TYPE x gauge", 'x{writer="b"} 1']);
});

test("constant metrics: those of a thread that ended are described no more, hold no name and have no header", async (t) => {
  const registry = made(t);
  const given = [gauge("x"), gauge("y"), gauge("z_total")];
  const { worker } = await thread(t, registry, given);
  registry.collect(() => undefined);
  await scraped(registry);
  assert.deepEqual(samples(textOf(registry)), ["x 1", "y 1", "z_total 1"]);
  assert.equal(registry.describe().length, 3);
  await worker.terminate();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(registry.describe(), []);
  registry.counter({ name: "x" }).inc();
  registry.counter({ name: "z" }).inc();
  assert.deepEqual(samples(textOf(registry)), ["x_total 1", "z_total 1"]);
  assert.doesNotMatch(textOf(registry), /^# TYPE (y|x gauge)/m);
});

test("constant metrics: two threads that give and take one metric all the time lose it to nobody for good", async (t) => {
  const registry = made(t);
  const source = (writer) =>
    `import { parentPort, workerData } from "node:worker_threads";
     import { join } from ${JSON.stringify(import.meta.resolve("tallystick"))};
     const registry = join(workerData);
     let run = 0;
     const errors = [];
     registry.collect(
       () => (run++ % 3 === ${writer} ? [] : [{ type: "gauge", name: "x", samples: [{ labels: { w: ${writer} }, value: run }] }]),
       { onError: (error) => errors.push(error.message) },
     );
     for (let i = 0; i < 400; i++) await registry.expose();
     run = 2;
     await registry.expose();
     parentPort.postMessage(errors.filter((message) => !message.includes("did not finish")));
     setInterval(() => {}, 1000);`;
  const workers = [0, 1].map((writer) => new Worker(source(writer), { eval: true, workerData: registry.ticket() }));
  t.after(() => Promise.all(workers.map((worker) => worker.terminate())));
  for (const errors of await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)))))
    assert.deepEqual(errors, []);
  registry.collect(() => undefined);
  let seen = [];
  for (let i = 0; i < 20 && seen.length < 2; i++) seen = samples(await scraped(registry)).map((line) => line.split(" ")[0]);
  assert.deepEqual(seen.toSorted(), ['x{w="0"}', 'x{w="1"}']);
});

test("constant metrics: a thread has one object for a registry, so that two of its collectors end nothing of each other", async (t) => {
  const registry = made(t);
  const same = join(registry.ticket());
  assert.equal(same, registry);
  assert.equal(join(structuredClone(registry.ticket())), registry);
  registry.collect(() => [labelled("x", { a: 1 })]);
  same.collect(() => [labelled("x", { a: 2 })]);
  for (let i = 0; i < 3; i++) assert.deepEqual(samples(await scraped(registry)), ['x{a="1"} 1', 'x{a="2"} 1']);
});

test("constant metrics: what another collector gave already fails the second, and its own again does not", async (t) => {
  const registry = made(t);
  const errors = [];
  const end = registry.collect(() => [labelled("x", { a: 1 })], { onError: (error) => errors.push(error) });
  registry.collect(() => [labelled("x", { a: 1 }), gauge("y")], { name: "second", onError: (error) => errors.push(error) });
  for (let i = 1; i <= 3; i++) {
    assert.deepEqual(samples(await scraped(registry)), ['x{a="1"} 1']);
    assert.equal(errors.length, i);
  }
  assert.match(errors[0].message, /^Cannot set constant metric "x": another collector gave a sample with the labels \{a="1"\}$/);
  end();
  assert.deepEqual(samples(await scraped(registry)), ['x{a="1"} 1', "y 1"]);
  assert.equal(errors.length, 3);
});

test("constant metrics: any iterable is taken; what only looks like one is told of, and results of others are not ours", async (t) => {
  const { give, errors } = scene(t);
  const x = gauge("x");
  const there = ["# TYPE x gauge", "x 1"];
  const iterables = [
    new Set([x]),
    new Map([["x", x]]).values(),
    (function* () {
      yield x;
    })(),
    [undefined, x],
  ];
  for (const taken of iterables) assert.deepEqual(await give(taken), there);
  for (const foreign of [[1, "a", undefined], [null], [[1], [2]], [{ rows: [] }, 1], new Uint8Array(3), "text", 7, { size: 1 }, new Map()])
    assert.deepEqual(await give(foreign), []);
  assert.deepEqual(errors, []);
  const wrong = [
    [(async function* () {})(), /async iterable/],
    [x, /an object with type, name, samples: it returns an array of metrics$/],
    [{ metrics: [] }, /an object with metrics: it returns an array/],
    [[x, null], /returned, null at 1:/],
    [[x, 5], /returned, 5 at 1:/],
    [[[x], [x]], /returned, an array of 1 at 0: .*flat/],
    [new Map([["x", x]]), /an array of 2 at 0/],
    [[{ nme: "x", type: "gauge", samples: [] }], /at 0: its name is undefined/],
  ];
  for (const [returned, message] of wrong) {
    assert.deepEqual(await give(returned), []);
    assert.match(errors.at(-1).message, message);
    assert.equal(errors.at(-1).name, "TypeError");
  }
  assert.equal(errors.length, wrong.length);
});

test("constant metrics: the epoch is a time", async (t) => {
  for (const [timestamp, created] of [
    [0, 0],
    [new Date(0), new Date(0)],
    [-0, -0],
  ]) {
    const registry = made(t);
    const sample = { timestamp, created };
    const buckets = [{ le: 1, count: 1 }];
    registry.collect(() => [
      { type: "counter", name: "c", samples: [{ ...sample, value: 1 }] },
      { type: "histogram", name: "h", samples: [{ ...sample, value: { count: 1, sum: 1, buckets } }] },
    ]);
    const include = ["c", "h"];
    const lines = async (options) => samples(await scraped(registry, { include, ...options }));
    assert.deepEqual(await lines(), ["c_total 1 0", 'h_bucket{le="1"} 1 0', 'h_bucket{le="+Inf"} 1 0', "h_sum 1 0", "h_count 1 0"]);
    const open = await lines({ dialect: "openmetrics", created: true });
    assert.deepEqual(open.slice(0, 2), ["c_total 1 0", "c_created 0 0"]);
    assert.equal(open.at(-1), "h_created 0 0");
    assert.deepEqual(await lines({ dialect: "openmetrics2" }), ["c_total 1 0 st@0", "h {count:1,sum:1,bucket:[1:1,+Inf:1]} 0 st@0"]);
    const body = (await registry.expose({ include: ["c"], dialect: "protobuf" })).body;
    // A metric's timestamp_ms, field 6, of 0.
    assert.deepEqual(Array.from(body.slice(-2)), [0x30, 0]);
  }
  const registry = made(t);
  registry.collect(() => [{ type: "counter", name: "c", samples: [{ value: 1 }] }]);
  assert.deepEqual(samples(await scraped(registry, { dialect: "openmetrics2", include: ["c"] })), ["c_total 1"]);
});

test("constant metrics: an info needs no value", async (t) => {
  const { give } = scene(t);
  assert.deepEqual(
    await give([{ type: "info", name: "build", samples: [{ labels: { version: "1" } }] }]),
    ["# HELP build_info ", "# TYPE build_info gauge", 'build_info{version="1"} 1'].filter((line) => !line.startsWith("# HELP")),
  );
});

test("remove: takes an info's name with its suffix or without, as of counters", (t) => {
  const registry = made(t);
  for (const name of ["build", "build_info"]) {
    registry.info({ name: "build", labelNames: ["v"] });
    registry.counter({ name: "jobs" });
    assert.equal(registry.remove(name), true);
    assert.equal(registry.remove(name), false);
  }
  registry.gauge({ name: "build" });
  for (const name of ["jobs_info", "build_info", "build_total", "_info", "_total"]) assert.equal(registry.remove(name), false);
  assert.equal(registry.remove("jobs_total"), true);
});

const histogram = (value, rest = {}) => ({ type: "histogram", name: "x", samples: [{ labels: { a: "1" }, value, ...rest }] });
const buckets = (...pairs) => pairs.map(([le, count]) => ({ le, count }));
const summary = (value) => ({ type: "summary", name: "x", samples: [{ labels: { a: "1" }, value }] });
const counter = (value) => ({ type: "counter", name: "x", samples: [{ labels: { a: "1" }, value }] });
const refused = {
  "an invalid Date": [gauge("x", 1, { samples: [{ value: 1, timestamp: new Date(NaN) }] }), RangeError, /timestamp is an invalid Date$/],
  milliseconds: [
    gauge("x", 1, { samples: [{ value: 1, timestamp: 1767225600000 }] }),
    RangeError,
    /timestamp is 1767225600000 .*it looks like milliseconds$/,
  ],
  "an infinite time": [gauge("x", 1, { samples: [{ value: 1, created: Infinity }] }), RangeError, /created is Infinity .*epoch$/],
  "a time as text": [gauge("x", 1, { samples: [{ value: 1, created: "2026" }] }), TypeError, /created is "2026" and must be a Date/],
  "a key of a metric": [{ type: "gauge", name: "x", sample: [], samples: [] }, TypeError, /has no "sample"; it has type, name/],
  "samples that are missing": [{ type: "gauge", name: "x" }, TypeError, /its samples are undefined and must be an array$/],
  "a sample that is none": [gauge("x", 1, { samples: [{ value: 1 }, 5] }), TypeError, /its sample 1 is 5 /],
  "a type": [gauge("x", 1, { type: "meter" }), RangeError, /its type is "meter"/],
  "a type that is no text": [gauge("x", 1, { type: 5 }), TypeError, /its type is 5/],
  "a counter below 0": [counter(-1), RangeError, /"x" \{a="1"\}: its value is -1 /],
  "a counter of NaN": [counter(NaN), RangeError, /"x" \{a="1"\}: its value is NaN /],
  "a value as text": [counter("7"), TypeError, /"x" \{a="1"\}: its value is "7" and must be a number/],
  "native buckets": [histogram({ count: 1, sum: 1, buckets: [], native: {} }), TypeError, /"x" \{a="1"\}: its value has native/],
  "a histogram that is a number": [histogram(5), TypeError, /its value is 5 and must be \{ count, sum, buckets \}/],
  "bounds that descend": [
    histogram({ count: 2, sum: 1, buckets: buckets([2, 1], [1, 2]) }),
    RangeError,
    /its bucket 1 has the le 1, which must be above 2$/,
  ],
  "a bound that is none": [
    histogram({ count: 2, sum: 1, buckets: buckets(["1", 1]) }),
    TypeError,
    /its bucket 0 has the le "1", which is no number$/,
  ],
  "a bound of NaN": [histogram({ count: 2, sum: 1, buckets: buckets([NaN, 1]) }), RangeError, /its bucket 0 has the le NaN/],
  "counts that fall": [
    histogram({ count: 9, sum: 1, buckets: buckets([1, 5], [2, 3]) }),
    RangeError,
    /up to le 2 is 3, below the 5 of the bucket before$/,
  ],
  "a count below the last bucket": [
    histogram({ count: 1, sum: 1, buckets: buckets([1, 2]) }),
    RangeError,
    /"x" \{a="1"\}: its count is 1, below the 2 of its last bucket/,
  ],
  "a count that is not the last bucket's": [
    histogram({ count: 5, sum: 1, buckets: buckets([1, 2], [Infinity, 3]) }),
    RangeError,
    /its count is 5, and up to le Infinity it is 3/,
  ],
  "half a count": [histogram({ count: 2, sum: 1, buckets: buckets([1, 0.5]) }), RangeError, /up to le 1 is 0.5 and must be a whole number/],
  "other bounds than the first": [
    {
      ...histogram(),
      samples: [1, 2].map((le) => ({ labels: { a: le }, value: { count: 2, sum: 1, buckets: buckets([le, 1]) } })),
    },
    RangeError,
    /"x" \{a=2\}: its buckets are \[2\], and those of its first sample \[1\]$/,
  ],
  "a quantile without a value": [
    summary({ count: 1, sum: 1, quantiles: [{ quantile: 0.5 }] }),
    TypeError,
    /"x" \{a="1"\}: the value of quantile 0.5 is undefined and must be a number/,
  ],
  "a quantile's value as text": [summary({ count: 1, sum: 1, quantiles: [{ quantile: 0.5, value: "7" }] }), TypeError, /0.5 is "7" /],
  "a quantile's value that is an object": [
    summary({ count: 1, sum: 1, quantiles: [{ quantile: 0.5, value: {} }] }),
    TypeError,
    /empty obj/,
  ],
  "half a count of a summary": [summary({ count: 0.5, sum: 1, quantiles: [] }), RangeError, /its count is 0.5 /],
};

for (const [what, [family, Wrong, message]] of Object.entries(refused)) {
  test(`constant metrics: ${what}: refused, with its words`, async (t) => {
    const { give, errors } = scene(t);
    // Beside one that is none, or it would be taken for something else.
    assert.deepEqual(await give([gauge("y"), family]), []);
    assert.equal(errors.length, 1);
    assert.match(errors[0].message, /^Cannot set constant metric "x"( \{.*\})?: /);
    assert.match(errors[0].message, message);
    assert.equal(errors[0].constructor, Wrong);
  });
}
