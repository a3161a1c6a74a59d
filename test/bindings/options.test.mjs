// Options that nobody reads, or of another kind: refused by a name that is right there, for what is ignored in
// silence is a metric without labels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { configure, Registry } from "tallystick";

const OF_COUNTERS = "its options are name, help, labelNames, maxSeries, expireAfterSeconds, labelSets, utf8, unit, exemplars$";

const refusals = [
  [(r) => r.counter({ name: "jobs", labelnames: ["queue"] }), `^Cannot use option "labelnames" of counter "jobs": ${OF_COUNTERS}`],
  [(r) => r.counter({ name: "jobs", buckets: [1] }), `"buckets" of counter "jobs": ${OF_COUNTERS}`],
  [(r) => r.counter({ name: "jobs", mode: "sum" }), `"mode" of counter "jobs": ${OF_COUNTERS}`],
  [(r) => r.counter({ nam: "jobs" }), `"nam" of a counter: ${OF_COUNTERS}`],
  [(r) => r.gauge({ name: "jobs", bucket: [1] }), '"bucket" of gauge "jobs": .*unit, mode$'],
  [(r) => r.histogram({ name: "jobs", bucket: [1] }), '"bucket" of histogram "jobs": .*unit, buckets, exemplars, native$'],
  [(r) => r.counter({ name: "jobs", labelNames: "queue" }), '"queue" as labelNames of counter "jobs": it must be an Array$'],
  [(r) => r.counter({ name: "jobs", labelNames: [5] }), '5 as a label name of "jobs"'],
  [(r) => r.counter({ name: "jobs", help: 3 }), '3 as help of counter "jobs": it must be a string$'],
  [(r) => r.counter({ name: "jobs", unit: {} }), 'an empty object as unit of counter "jobs": it must be a string$'],
  [(r) => r.gauge({ name: "jobs", mode: 1 }), '1 as mode of gauge "jobs": it must be a string$'],
  [(r) => r.histogram({ name: "jobs", buckets: 5 }), '5 as buckets of histogram "jobs": it must be an Array$'],
  // The way of prom-client before its version 10.
  [(r) => r.counter("jobs", "Jobs.", ["queue"]), '^Cannot use "jobs" as the options of a counter: it must be an object with name, help'],
  [(r) => r.counter(), "^Cannot use undefined as the options of a counter"],
  [(r) => r.gauge(null), "^Cannot use null as the options of a gauge"],
  [() => new Registry({ label: { app: "shop" } }), '"label" of a registry: its options are labels$'],
  [() => new Registry("text/plain"), '"text/plain" as the options of a registry: it must be an object with labels$'],
  [() => new Registry({ labels: "app" }), '"app" as labels of a registry: it must be an Object$'],
  [() => configure({ maxbytes: 1 << 20 }), '"maxbytes" of configure: its options are maxBytes, join$'],
  [() => configure({ join: "no" }), '"no" as join of configure: it must be a boolean$'],
  [() => configure({ maxBytes: "64M" }), '"64M" as maxBytes of configure: it must be a number$'],
  [() => configure(), "undefined as the options of configure"],
  [
    (r) => r.exposeSync({ format: "text" }),
    '"format" of exposeSync: its options are accept, dialect, escaping, include, exclude, created, statistics, into$',
  ],
  [(r) => r.exposeSync({ accept: 5 }), "5 as accept of exposeSync: it must be a string$"],
  [(r) => r.exposeSync({ into: new ArrayBuffer(8) }), "an instance of ArrayBuffer as into of exposeSync: it must be a Uint8Array$"],
  [(r) => r.exposeSync({ into: new Uint16Array(8) }), "an instance of Uint16Array as into of exposeSync"],
  [(r) => r.exposeSync("text"), '"text" as the options of exposeSync'],
  [
    (r) => r.stream({ into: new Uint8Array(8) }),
    '"into" of stream: its options are accept, dialect, escaping, include, exclude, created, statistics$',
  ],
  [(r) => r.handler({ onerror: () => {} }), '"onerror" of handler: its options are onError, compress, created, statistics$'],
  [(r) => r.exposeSync({ include: "jobs" }), '"jobs" as include of exposeSync: it must be an Array$'],
  [(r) => r.exposeSync({ exclude: ["jobs", 5] }), "5 as a metric name: it must be a string$"],
  [(r) => r.handler({ compress: "gzip" }), '"gzip" as compress of handler: it must be a boolean$'],
  [(r) => r.handler({ onError: true }), "true as onError of handler: it must be a function$"],
  [(r) => r.nodeHandler({ path: "/metrics" }), '"path" of nodeHandler: its options are onError, compress, created, statistics$'],
  [(r) => r.collect(() => {}, { nam: "a" }), '"nam" of collect: its options are name'],
  [(r) => r.collect(() => {}, { name: 5 }), "5 as name of collect: it must be a string$"],
];

for (const [act, words] of refusals) {
  test(`${act.toString().replace(/^\(.*?\) => /, "")} is refused`, () => {
    const registry = new Registry();
    assert.throws(() => act(registry), { name: "TypeError", message: new RegExp(words) });
    assert.equal(registry.exposeSync().body.length, 0);
    registry.close();
  });
}

test("an escaping that there is none of is refused", () => {
  const registry = new Registry();
  const message = 'Cannot use "utf8" as escaping: it must be underscores or dots or values or allow-utf-8';
  assert.throws(() => registry.exposeSync({ escaping: "utf8" }), { name: "RangeError", message });
  registry.close();
});

for (const verb of ["expose", "exposeSync", "stream"]) {
  test(`${verb}({ dialect: "xml" }) is refused before a collector runs`, async () => {
    const registry = new Registry();
    let runs = 0;
    registry.collect(() => runs++);
    const wrong = {
      name: "RangeError",
      message: 'Cannot use "xml" as dialect: it must be text or openmetrics or openmetrics2 or protobuf',
    };
    await assert.rejects(async () => registry[verb]({ dialect: "xml" }), wrong);
    assert.equal(runs, 0);
    registry.close();
  });
}

for (const [option, words] of Object.entries({
  registers: "here call this method of that registry",
  aggregator: "here a gauge takes a mode",
  collect: "here pass the function to registry.collect\\(\\)",
  percentiles: "here a summary takes quantiles",
  pruneAgedBuckets: "here a summary's windows end by themselves",
  enableExemplars: "here it is called exemplars",
  compressCount: "here a summary's sketch is small by itself",
})) {
  test(`prom-client's option ${option} is refused with what is here instead`, () => {
    const registry = new Registry();
    const message = new RegExp(`^Cannot use option "${option}" of gauge "jobs": it is prom-client's, ${words}; its options are`);
    assert.throws(() => registry.gauge({ name: "jobs", [option]: [] }), { name: "TypeError", message });
    registry.close();
  });
}

test("options that say nothing are as good as none, and options of another realm as good as one's own", () => {
  const registry = new Registry({ labels: undefined });
  const options = { name: "jobs", help: undefined, labelNames: null, buckets: undefined, registers: undefined };
  registry.counter(options).inc();
  const foreign = runInNewContext(`({
    definition: { name: "sizes", labelNames: ["kind"], buckets: [1, 2] },
    expose: { dialect: "text", into: new Uint8Array(4096) },
  })`);
  registry.histogram(foreign.definition).observe({ kind: "a" }, 1);
  const { body } = registry.exposeSync(foreign.expose);
  assert.equal(body.buffer, foreign.expose.into.buffer);
  assert.match(Buffer.from(body).toString(), /^jobs_total 1$[^]*^sizes_count\{kind="a"\} 1$/m);
  registry.close();
});
