// What stands on metrics: curried ones, constant ones, plain data, several registries as one, and the library's own.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { mergeRegistries, Registry, registry as byDefault } from "tallystick";

const decoder = new TextDecoder();
const textOf = (registry, options) => decoder.decode(registry.exposeSync(options).body);
const scraped = async (registry, options) => decoder.decode((await registry.expose(options)).body);
/** The samples of a text, without the library's own. */
const samples = (text) => text.split("\n").filter((line) => line !== "" && !/^(#|tallystick_)/.test(line));

function made(t, options) {
  const registry = new Registry(options);
  t.after(() => registry.close());
  return registry;
}

test("curry: the rest of the labels is asked for, by object and in order, and all reach the series of all", (t) => {
  const registry = made(t);
  const requests = registry.counter({ name: "requests", labelNames: ["service", "method", "status"] });
  const shop = requests.curry({ service: "shop" });
  shop.inc({ method: "GET", status: 200 });
  shop.inc({ method: "GET", status: 200 }, 2);
  shop.labels("GET", 200).inc(3);
  shop.curry({ method: "GET" }).inc({ status: 200 }, 4);
  shop.curry({ method: "GET", status: 200 }).inc(5);
  shop.curry({ method: "GET" }).curry({ status: 200 }).labels().inc(6);
  assert.equal(shop.value("GET", 200), 21);
  assert.equal(requests.value("shop", "GET", 200), 21);
  assert.equal(shop.name, "requests");
  assert.equal(shop.remove("GET", 200), true);
  assert.equal(requests.value("shop", "GET", 200), 0);
});

test("curry: every type, and what it was given stays as it was", (t) => {
  const registry = made(t);
  const labelNames = ["a", "b"];
  const given = { a: 1 };
  const gauge = registry.gauge({ name: "g", labelNames }).curry(given);
  const histogram = registry.histogram({ name: "h", labelNames, buckets: [1] }).curry(given);
  const summary = registry.summary({ name: "s", labelNames }).curry(given);
  given.a = 2;
  gauge.set({ b: 1 }, 5);
  gauge.dec({ b: 1 });
  histogram.observe({ b: 1 }, 0.5);
  histogram.startTimer()({ b: 1 });
  summary.observe({ b: 1 }, 7);
  assert.equal(gauge.value(1), 4);
  assert.equal(Number(histogram.value(1).count), 2);
  assert.equal(summary.value({ b: 1 }).sum, 7);
  assert.equal(registry.gauge({ name: "g", labelNames }).value(1, 1), 4);
});

test("curry: a label that is not there, is given already, is missing, or is one too many", (t) => {
  const registry = made(t);
  const metric = registry.counter({ name: "requests", labelNames: ["service", "method"] });
  const shop = metric.curry({ service: "shop" });
  assert.throws(() => metric.curry({ servise: "shop" }), { name: "RangeError", message: /"servise".*service, method/ });
  assert.throws(() => shop.inc({ service: "bank", method: "GET" }), { name: "RangeError", message: /"service"/ });
  assert.throws(() => shop.curry({ service: "bank" }), { name: "RangeError", message: /"service"/ });
  assert.throws(() => shop.inc(1), { name: "RangeError", message: /"method"/ });
  assert.throws(() => shop.inc(), { name: "RangeError", message: /"method"/ });
  assert.throws(() => shop.labels("GET", "POST"), { name: "RangeError", message: /method/ });
  assert.throws(() => shop.labels(), { name: "RangeError", message: /method/ });
  assert.deepEqual(samples(textOf(registry)), []);
});

test("curry: what is given has a value, and errors name only what is still wanted", (t) => {
  const registry = made(t);
  const metric = registry.counter({ name: "requests", labelNames: ["service", "method"] });
  for (const wrong of [undefined, null, 5]) assert.throws(() => metric.curry(wrong), { name: "TypeError", message: /as the labels of/ });
  assert.throws(() => metric.curry({ service: undefined }), { name: "RangeError", message: /label "service" has no value/ });
  assert.throws(() => metric.curry({ service: {} }), { name: "TypeError", message: /as label "service"/ });
  const shop = metric.curry({ service: "shop" });
  for (const act of [() => shop.inc(), () => shop.inc({}), () => shop.inc({ method: undefined })])
    assert.throws(act, {
      name: "RangeError",
      message: 'Cannot use these labels for "requests": label "method" has no value; "requests" takes method',
    });
  assert.throws(() => shop.inc({ metod: 1 }), { name: "RangeError", message: /"metod" is not one of its labels \(method\)$/ });
  // Of every type, also of those that are set as a whole.
  const build = registry.info({ name: "build", labelNames: ["v", "os"] });
  build.curry({ v: 1 }).add({ os: "a" });
  build.curry({ v: 1, os: "b" }).add();
  assert.deepEqual(samples(textOf(registry)), ['build_info{v="1",os="a"} 1', 'build_info{v="1",os="b"} 1']);
});

test("describe: everything as data that JSON can write", (t) => {
  const registry = made(t);
  registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] }).inc({ queue: 'a"\\\nü' }, 2);
  registry.gauge({ name: "depth_meters", unit: "meters" }).set(-1.5);
  registry.stateSet({ name: "door", states: ["open", "shut"] }).set("shut");
  registry.info({ name: "build", labelNames: ["version"] }).set({ version: "1" });
  registry.histogram({ name: "wait", buckets: [1] }).observe(0.5);
  const described = registry.describe();
  assert.deepEqual(
    described.map(({ type, name, help, unit, labelNames }) => ({ type, name, help, unit, labelNames })),
    [
      { type: "counter", name: "jobs", help: "Jobs.", unit: "", labelNames: ["queue"] },
      { type: "gauge", name: "depth_meters", help: "", unit: "meters", labelNames: [] },
      { type: "stateset", name: "door", help: "", unit: "", labelNames: [] },
      { type: "info", name: "build", help: "", unit: "", labelNames: ["version"] },
      { type: "histogram", name: "wait", help: "", unit: "", labelNames: [] },
    ],
  );
  const values = Object.fromEntries(described.map(({ name, series }) => [name, series]));
  assert.deepEqual(values.jobs, [{ labels: { queue: 'a"\\\nü' }, value: 2 }]);
  assert.deepEqual(values.depth_meters, [{ labels: {}, value: -1.5 }]);
  assert.deepEqual(values.door, [{ labels: {}, value: ["shut"] }]);
  assert.deepEqual(values.build, [{ labels: { version: "1" }, value: 1 }]);
  assert.equal(Number(values.wait[0].value.count), 1);
  assert.doesNotThrow(() => JSON.stringify(described, (_, value) => (typeof value === "bigint" ? String(value) : value)));
});

test("mergeRegistries: one page of several, in every dialect, and an endpoint", async (t) => {
  const [shop, bank] = [made(t, { labels: { service: "shop" } }), made(t)];
  shop.counter({ name: "orders" }).inc();
  bank.counter({ name: "payments" }).inc(2);
  shop.collect(() => shop.gauge({ name: "open_orders" }).set(3));
  const all = mergeRegistries(shop, bank, shop);
  for (const dialect of ["text", "openmetrics", "openmetrics2"]) {
    const text = await scraped(all, { dialect, exclude: ["tallystick_collector_age_seconds"] });
    assert.deepEqual(
      samples(text).map((line) => line.replace(/ st@.*/, "")),
      ['orders_total{service="shop"} 1', 'open_orders{service="shop"} 3', "payments_total 2"],
    );
    assert.equal(text.match(/^# EOF$/gm)?.length ?? 0, dialect === "text" ? 0 : 1);
  }
  assert.ok(all.exposeSync({ dialect: "protobuf" }).body.length > 50);
  const response = await all.handler()({ method: "GET", url: "http://x/metrics?name[]=payments", headers: new Headers() });
  assert.deepEqual(samples(await response.text()), ["payments_total 2"]);
});

test("mergeRegistries: two metrics of one name are told apart by nobody", (t) => {
  const [one, other] = [made(t), made(t)];
  one.counter({ name: "jobs" });
  other.gauge({ name: "jobs" });
  assert.throws(() => mergeRegistries(one, other).exposeSync(), { code: "name-clash", message: /"jobs"/ });
});

test("constant metrics: values, times and starts as a collector returns them, in every dialect", async (t) => {
  const registry = made(t);
  let rooms = ["attic", "cellar"];
  registry.collect(() => [
    {
      type: "gauge",
      name: "room_celsius",
      help: "Temperature.",
      unit: "celsius",
      labelNames: ["room"],
      samples: rooms.map((room, i) => ({ labels: { room }, value: 20.5 + i, timestamp: 1700000000.25 })),
    },
    { type: "counter", name: "visits", samples: [{ value: 7, created: new Date(1600000000000) }] },
    {
      type: "summary",
      name: "stay",
      samples: [{ value: { count: 3n, sum: 6, quantiles: [{ quantile: 0.5, value: 2 }] } }],
    },
    {
      type: "histogram",
      name: "size",
      samples: [
        {
          value: {
            count: 5,
            sum: 9,
            buckets: [
              { le: 1, count: 2 },
              { le: 4, count: 4 },
            ],
          },
        },
      ],
    },
  ]);
  const exclude = ["tallystick_collector_age_seconds"];
  assert.deepEqual(samples(await scraped(registry, { exclude })), [
    'room_celsius{room="attic"} 20.5 1700000000250',
    'room_celsius{room="cellar"} 21.5 1700000000250',
    "visits_total 7",
    'stay{quantile="0.5"} 2',
    "stay_sum 6",
    "stay_count 3",
    'size_bucket{le="1"} 2',
    'size_bucket{le="4"} 4',
    'size_bucket{le="+Inf"} 5',
    "size_sum 9",
    "size_count 5",
  ]);
  const open = await scraped(registry, { dialect: "openmetrics", created: true, exclude });
  assert.match(open, /^room_celsius\{room="attic"\} 20\.5 1700000000\.25$/m);
  assert.match(open, /^visits_created 1600000000(\.0)?$/m);
  rooms = ["cellar"];
  const later = samples(await scraped(registry, { include: ["room_celsius"] }));
  assert.deepEqual(later, ['room_celsius{room="cellar"} 20.5 1700000000250']);
});

test("constant metrics: what is none fails its collector, and the rest is served", async (t) => {
  const registry = made(t);
  registry.counter({ name: "jobs" }).inc();
  const bad = [
    [{ type: "gauge", name: "g", samples: [{ value: "1" }] }],
    [{ type: "counter", name: "c", samples: [{ value: -1 }] }],
    [{ type: "histogram", name: "h", samples: [{ value: { count: 1, sum: 1, buckets: [{ le: 1, count: 2 }] } }] }],
    [{ type: "meter", name: "m", samples: [{ value: 1 }] }],
    [{ type: "gauge", name: "no name", samples: [{ value: 1 }] }],
    [null, { type: "gauge", name: "g", samples: [] }],
  ];
  for (const [i, returned] of bad.entries()) {
    const errors = [];
    const end = registry.collect(() => returned, { name: `bad_${i}`, onError: (error) => errors.push(error) });
    const text = await scraped(registry);
    assert.equal(errors.length, 1, JSON.stringify(returned));
    assert.match(text, /^jobs_total 1$/m);
    assert.match(text, new RegExp(`collector_failures_total\\{collector="bad_${i}"\\} 1`));
    end();
  }
});

test("constant metrics: end with their collector", async (t) => {
  const registry = made(t);
  const end = registry.collect(() => [{ type: "gauge", name: "g", samples: [{ value: 1 }] }]);
  assert.match(await scraped(registry), /^g 1$/m);
  end();
  assert.doesNotMatch(await scraped(registry), /^g 1$/m);
});

test("created: start times of OpenMetrics 1.0 where they are asked for, later than the test began", async (t) => {
  const registry = made(t);
  const from = Date.now() / 1000;
  registry.counter({ name: "jobs" }).inc();
  registry.histogram({ name: "wait", buckets: [1] }).observe(0.5);
  registry.summary({ name: "stay" }).observe(1);
  registry.gauge({ name: "depth" }).set(1);
  assert.doesNotMatch(textOf(registry, { dialect: "openmetrics" }), /_created/);
  assert.doesNotMatch(textOf(registry, { created: true }), /_created/);
  const text = textOf(registry, { dialect: "openmetrics", created: true });
  const starts = [...text.matchAll(/^(\w+)_created (\S+)$/gm)];
  assert.deepEqual(
    starts.map(([, name]) => name),
    ["jobs", "wait", "stay"],
  );
  for (const [, , seconds] of starts) assert.ok(Number(seconds) >= from - 1 && Number(seconds) <= Date.now() / 1000 + 1);
});

test("statistics: the handlers of the default registry tell what the library is doing, unless they are told not to", async (t) => {
  byDefault.counter({ name: "statistics_jobs", labelNames: ["n"] });
  t.after(() => byDefault.remove("statistics_jobs"));
  for (const n of [1, 2, 3]) byDefault.counter({ name: "statistics_jobs", labelNames: ["n"] }).inc({ n });
  const request = { method: "GET", url: "http://x/metrics", headers: new Headers() };
  const handler = byDefault.handler();
  await (await handler(request)).text();
  const text = await (await handler(request)).text();
  assert.match(text, /^tallystick_series\{family="statistics_jobs"\} 3$/m);
  assert.match(text, /^tallystick_cells\{family="statistics_jobs"\} 3$/m);
  assert.match(text, /^tallystick_writers\{state="active"\} 1$/m);
  assert.match(text, /^tallystick_scrape_duration_seconds_count\{dialect="text"\} [1-9]/m);
  assert.match(text, /^tallystick_scrape_size_bytes_sum\{dialect="text"\} [1-9]/m);
  const bytes = Object.fromEntries(
    [...text.matchAll(/^tallystick_memory_bytes\{state="(\w+)"\} (\d+)$/gm)].map(([, key, value]) => [key, +value]),
  );
  const usage = byDefault.memoryUsage();
  assert.equal(bytes.limit, usage.limit);
  assert.ok(bytes.used > 0 && bytes.used <= bytes.reserved && bytes.reserved <= bytes.limit);
  assert.doesNotMatch(await (await byDefault.handler({ statistics: false })(request)).text(), /tallystick_series/);
  assert.doesNotMatch(await scraped(byDefault), /tallystick_series/);
  assert.match(await scraped(byDefault, { statistics: true }), /tallystick_series/);
  assert.doesNotMatch(await (await made(t).handler()(request)).text(), /tallystick_series/);
});

test("setDefaultLabels: of two threads that set others at once one is refused, and every sample has those of the other", async (t) => {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; round < 10; round++) {
    const registry = made(t);
    registry.counter({ name: "jobs" }).inc();
    const ticket = registry.ticket();
    shared[0] = 0;
    const workers = ["a", "b"].map(
      (label) =>
        new Worker(
          `import { parentPort, workerData } from "node:worker_threads";
           import { join } from ${JSON.stringify(import.meta.resolve("tallystick"))};
           const registry = join(workerData.ticket);
           Atomics.add(workerData.shared, 0, 1);
           while (Atomics.load(workerData.shared, 0) < 2);
           let code = "set";
           try { registry.setDefaultLabels({ thread: workerData.label }); } catch (error) { code = error.code; }
           registry.counter({ name: "jobs" }).inc();
           parentPort.postMessage(code);`,
          { eval: true, workerData: { ticket, shared, label } },
        ),
    );
    const codes = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
    await Promise.all(workers.map((worker) => worker.terminate()));
    assert.deepEqual(codes.toSorted(), ["label-conflict", "set"]);
    const winner = ["a", "b"][codes.indexOf("set")];
    assert.deepEqual(samples(textOf(registry)), [`jobs_total{thread="${winner}"} 3`]);
  }
});

test("nodeHandler: HTTP/2 is served, and who aborts is forgotten", async (t) => {
  const registry = made(t);
  const many = registry.counter({ name: "many", labelNames: ["n"] });
  for (let n = 0; n < 50_000; n++) many.inc({ n });
  const server = http2.createServer(registry.nodeHandler({ compress: false }));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const client = http2.connect(`http://127.0.0.1:${server.address().port}`);
  t.after(() => client.close());
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => {
      const request = client.request({ ":path": "/metrics" });
      request.once("data", () => request.close(http2.constants.NGHTTP2_CANCEL));
      request.on("close", resolve);
      request.on("error", () => {});
    });
  }
  const text = await new Promise((resolve, reject) => {
    const chunks = [];
    const request = client.request({ ":path": "/metrics" });
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => resolve(Buffer.concat(chunks).toString()));
    request.on("error", reject);
  });
  assert.equal(samples(text).length, 50_000);
});

test("a server that is asked by ten at once while a thread counts serves sums that never go back", async (t) => {
  const registry = made(t);
  const jobs = registry.counter({ name: "jobs" });
  const server = createServer(registry.nodeHandler());
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  let before = 0;
  for (let round = 0; round < 5; round++) {
    const texts = await Promise.all(
      Array.from({ length: 10 }, async () => (jobs.inc(), (await fetch(`http://127.0.0.1:${server.address().port}/`)).text())),
    );
    const counts = texts.map((text) => Number(/^jobs_total (\d+)$/m.exec(text)[1]));
    assert.ok(Math.min(...counts) >= before, `${counts} after ${before}`);
    before = Math.max(...counts);
  }
  assert.equal(before, 50);
});

test("mergeRegistries: what is no registry, and names of samples that meet", (t) => {
  const [a, b, c, d] = [made(t), made(t), made(t), made(t)];
  assert.throws(() => mergeRegistries(), { name: "TypeError", message: /takes registries/ });
  for (const wrong of [[[a, b]], [a, undefined], [a, {}]]) {
    assert.throws(() => mergeRegistries(...wrong), { name: "TypeError", message: /one by one/ });
  }
  a.counter({ name: "same" });
  b.gauge({ name: "same_total" });
  c.histogram({ name: "x.y", buckets: [1], utf8: true });
  d.gauge({ name: "x_y_count" });
  assert.throws(() => mergeRegistries(a, b), { code: "name-clash", message: /"same_total"/ });
  assert.throws(() => mergeRegistries(c, d), { code: "name-clash", message: /"x_y_count"/ });
  assert.deepEqual(samples(textOf(mergeRegistries(mergeRegistries(a, d), made(t), a), { include: ["same", "x_y_count"] })), [
    "same_total 0",
    "x_y_count 0",
  ]);
  assert.deepEqual(
    mergeRegistries(a, d)
      .describe()
      .map(({ name }) => name),
    ["same", "x_y_count"],
  );
});

test("mergeRegistries: of registries that have collectors the page has each of the library's own metrics once", async (t) => {
  const [a, b] = [made(t), made(t)];
  for (const registry of [a, b]) {
    registry.collect(
      () => {
        throw new Error("no");
      },
      { onError() {} },
    );
  }
  for (const dialect of ["text", "openmetrics"]) {
    const text = await scraped(mergeRegistries(a, b), { dialect });
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    assert.ok(types.length >= 2);
    assert.deepEqual(types, [...new Set(types)]);
  }
});

test("constant metrics: all are checked before any is set, and what failed is not there", async (t) => {
  const registry = made(t);
  const gauge = (name, value, rest) => ({ type: "gauge", name, samples: [{ value, ...rest }] });
  let returned = [gauge("a", 1), gauge("b", 2)];
  registry.collect(() => returned, { onError() {} });
  const told = async () => samples(await scraped(registry));
  assert.deepEqual(await told(), ["a 1", "b 2"]);
  returned = [gauge("a", 3), gauge("b", "4")];
  assert.deepEqual(await told(), []);
  returned = [gauge("a", 5), gauge("b", 6)];
  assert.deepEqual(await told(), ["a 5", "b 6"]);
  const bad = [
    gauge("a", 1, { timestamp: NaN }),
    gauge("a", 1, { timestamp: new Date(NaN) }),
    gauge("a", 1, { timestamp: Date.now() }),
    gauge("a", 1, { timestamp: "2026" }),
    gauge("a", 1, { timestamp: 5n }),
    gauge("a", 1, { created: Infinity }),
    gauge("a", 1, { lables: {} }),
    { ...gauge("a", 1), lableNames: [] },
    { ...gauge("a", 1), type: "gauges" },
    { ...gauge("a", 1), type: "stateset" },
    { type: "histogram", name: "h", samples: [{}] },
    { type: "histogram", name: "h", samples: [{ value: { count: 1, sum: 1, native: {} } }] },
    {
      type: "histogram",
      name: "h",
      samples: [
        {
          value: {
            count: 3,
            sum: 1,
            buckets: [
              { le: 1, count: 2 },
              { le: Infinity, count: 7 },
            ],
          },
        },
      ],
    },
    { type: "histogram", name: "h", samples: [{ value: { count: 2 ** 64, sum: 1, buckets: [{ le: 1, count: 2 }] } }] },
    { type: "summary", name: "s", samples: [{ value: 1 }] },
    { type: "gauge", name: "s", labelNames: ["l"], samples: [1, 1].map((value) => ({ labels: { l: "x" }, value })) },
  ];
  for (const family of bad) {
    const errors = [];
    const end = registry.collect(() => [family], { name: "bad", onError: (error) => errors.push(error) });
    returned = undefined;
    assert.deepEqual(await told(), [], String(family.type));
    assert.equal(errors.length, 1);
    assert.match(errors[0].message, /^Cannot set constant metric "[ahs]": /, errors[0].message);
    end();
  }
  returned = gauge("a", 1);
  assert.deepEqual(await told(), []);
  // One for what was no number, and one for each time that it was no array.
  assert.match(await scraped(registry), /collector_failures_total\{collector="collector_1"\} 3/);
  returned = [undefined, gauge("a", 1)];
  assert.deepEqual(await told(), ["a 1"]);
});

test("constant metrics: other bounds, another help and labels in another order are taken as they come", async (t) => {
  const registry = made(t);
  const errors = [];
  let run = 0;
  registry.collect(
    () => [
      {
        type: "histogram",
        name: "h",
        help: `Run ${run}.`,
        samples: [
          { labels: run % 2 === 0 ? { a: 1, b: 2 } : { b: 2, a: 1 }, value: { count: 1, sum: 1, buckets: [{ le: ++run, count: 1 }] } },
        ],
      },
    ],
    { onError: (error) => errors.push(error) },
  );
  for (const le of [1, 2, 3])
    assert.match(await scraped(registry), new RegExp(`^h_bucket\\{a="1",b="2",le="${le}"\\} 1\nh_bucket.*Inf`, "m"));
  assert.deepEqual(errors, []);
});

test("constant metrics: of two collectors that return one metric both are told, and each ends its own", async (t) => {
  const registry = made(t);
  const given = (a, value) => () => [{ type: "gauge", name: "x", help: "X.", samples: [{ labels: { a }, value }] }];
  const end = registry.collect(given("1", 1));
  registry.collect(given("2", 2));
  for (let i = 0; i < 3; i++) assert.deepEqual(samples(await scraped(registry)), ['x{a="1"} 1', 'x{a="2"} 2']);
  end();
  assert.deepEqual(samples(await scraped(registry)), ['x{a="2"} 2']);
});

test("constant metrics: a collector that was ended while it ran leaves nothing", async (t) => {
  const registry = made(t);
  let go;
  const gone = new Promise((resolve) => (go = resolve));
  const end = registry.collect(async () => (await gone, [{ type: "gauge", name: "x", samples: [{ value: 1 }] }]), { onError() {} });
  await registry.expose();
  end();
  go();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(samples(await scraped(registry)), []);
});

test("constant metrics: end with their thread, and clearSeries leaves none at 0", async (t) => {
  const registry = made(t);
  registry.collect(() => undefined);
  const worker = new Worker(
    `import { parentPort, workerData } from "node:worker_threads";
     import { join } from ${JSON.stringify(import.meta.resolve("tallystick"))};
     join(workerData).collect(() => [{ type: "gauge", name: "of_worker", samples: [{ value: 1 }] }]);
     parentPort.postMessage("ready");
     setInterval(() => {}, 1000);`,
    { eval: true, workerData: registry.ticket() },
  );
  await new Promise((resolve) => worker.once("message", resolve));
  await registry.expose();
  assert.deepEqual(samples(await scraped(registry)), ["of_worker 1"]);
  registry.clearSeries();
  assert.deepEqual(samples(textOf(registry)), []);
  assert.deepEqual(samples(await scraped(registry)), ["of_worker 1"]);
  await worker.terminate();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(samples(await scraped(registry)), []);
});

test("constant metrics: those that find no memory are counted as refused", async () => {
  const worker = new Worker(
    `import { parentPort } from "node:worker_threads";
     import { configure, Registry } from ${JSON.stringify(import.meta.resolve("tallystick"))};
     configure({ maxBytes: 2 ** 20, join: false });
     const registry = new Registry();
     const fill = registry.counter({ name: "fill", labelNames: ["a"] });
     for (let i = 0; i < 20000; i++) fill.inc({ a: "v" + i + "-".repeat(i % 50) });
     const given = Array.from({ length: 2000 }, (_, i) => ({ labels: { a: i + "-".repeat(40) }, value: i }));
     registry.collect(() => [{ type: "gauge", name: "x", samples: given }]);
     registry.expose().then(({ body }) => parentPort.postMessage(new TextDecoder().decode(body)));`,
    { eval: true },
  );
  const text = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  const told = text.match(/^x\{/gm)?.length ?? 0;
  const refused = Number(/refused_observations_total\{family="x",reason="memory"\} (\d+)/.exec(text)?.[1] ?? 0);
  // Those that found no memory for a sample, and the counter itself may have found none for the first.
  assert.ok(told < 2000 && refused > 0 && told + refused <= 2000, `${told} told, ${refused} refused`);
});

test("mergeRegistries: a clash that collectors make fails the stream, and one that is there is thrown at once", async (t) => {
  const [a, b] = [made(t), made(t)];
  for (const registry of [a, b]) registry.collect(() => [{ type: "gauge", name: "x", samples: [{ value: 1 }] }]);
  const { body } = mergeRegistries(a, b).stream();
  await assert.rejects(new Response(body).text(), { code: "name-clash", message: /"x"/ });
  assert.throws(() => mergeRegistries(a, b), { code: "name-clash" });
  const merged = mergeRegistries(made(t), a);
  a.close();
  assert.throws(() => merged.stream(), { code: "closed" });
  assert.throws(() => b.stream({ dialect: "none" }), RangeError);
});

test("stream: the library's own statistics are of after the collectors", async (t) => {
  const end = byDefault.collect(() => byDefault.gauge({ name: "collected_late" }).set(1));
  t.after(() => {
    end();
    byDefault.remove("collected_late");
  });
  const text = await new Response(byDefault.stream({ statistics: true }).body).text();
  assert.match(text, /^tallystick_series\{family="collected_late"\} 1$/m);
});

/** Default labels that the library's own metrics have, too, or print. */
const MET = { state: "CA", family: "web", collector: "z", reason: "r", result: "s", dialect: "d", quantile: "q", writer: "w", zone: "eu" };

for (const first of ["labels", "metrics"]) {
  test(`default labels of the names that the library's own metrics have leave those as they are, the ${first} first`, async (t) => {
    const registry = made(t);
    const set = () => registry.setDefaultLabels(MET);
    if (first === "labels") set();
    registry.histogram({ name: "sizes", buckets: [1] }).observe(NaN);
    registry.collect(
      () => {
        throw new Error("no");
      },
      { name: "broken", onError() {} },
    );
    await scraped(registry, { statistics: true });
    if (first === "metrics") set();
    const text = await scraped(registry, { statistics: true, dialect: "openmetrics", escaping: "underscores" });
    const own = text.split("\n").filter((line) => line.startsWith("tallystick_"));
    const blocks = own.map((line) => [/^\w+/.exec(line)[0], [...line.matchAll(/(\w+)="/g)].map(([, name]) => name)]);
    for (const [name, labels] of blocks) assert.deepEqual(labels.toSorted(), [...new Set(labels)].toSorted(), name);
    for (const [name, labels] of blocks) assert.ok(labels.includes("zone"), name);
    const said = (head, label) => assert.match(text, new RegExp(`^${head}\\{[^}]*${label}[^}]*\\} `, "m"));
    said("tallystick_refused_observations_total", 'family="sizes",reason="not_finite"');
    said("tallystick_collector_failures_total", 'collector="broken"');
    said("tallystick_collector_age_seconds", 'collector="broken",writer="\\d+"');
    said("tallystick_series", 'family="sizes"');
    said("tallystick_memory_bytes", 'state="used"');
    said("tallystick_snapshots_total", 'result="repaired"');
    said("tallystick_scrape_duration_seconds_count", 'dialect="text"');
    said("sizes_count", 'state="CA",family="web"');
    // In every other format they are there, too.
    for (const dialect of ["text", "openmetrics2"]) {
      const page = await scraped(registry, { statistics: true, dialect });
      assert.match(
        page,
        /^tallystick_series\{state="CA",collector="z",reason="r",result="s",dialect="d",quantile="q",writer="w",zone="eu",family="sizes"\} /m,
      );
    }
    const bytes = await scraped(registry, { statistics: true, dialect: "protobuf" });
    for (const name of ["tallystick_series", "tallystick_refused_observations_total", "tallystick_writers"])
      assert.ok(bytes.includes(name));
    // A program's own metrics are still refused.
    assert.throws(() => registry.gauge({ name: "mine", labelNames: ["zone"] }), { code: "label-conflict" });
  });
}

test("default labels that are all the library's own leave a metric without any", async (t) => {
  const registry = made(t, { labels: { family: "web" } });
  registry.gauge({ name: "level" }).set(1);
  for (const dialect of ["text", "openmetrics2"])
    assert.match(await scraped(registry, { statistics: true, dialect }), /^tallystick_series\{family="level"\} 1$/m);
});

test("statistics: what was removed is not told any more, whichever thread told it first", async (t) => {
  for (const name of ["stale_a", "stale_b"]) byDefault.counter({ name }).inc();
  t.after(() => byDefault.remove("stale_b"));
  const worker = new Worker(
    `import { parentPort } from "node:worker_threads";
     import { registry } from ${JSON.stringify(import.meta.resolve("tallystick"))};
     parentPort.on("message", async () => parentPort.postMessage(new TextDecoder().decode((await registry.expose({ statistics: true })).body)));
     parentPort.postMessage("ready");`,
    { eval: true },
  );
  t.after(() => worker.terminate());
  await new Promise((resolve) => worker.once("message", resolve));
  assert.match(await scraped(byDefault, { statistics: true }), /^tallystick_cells\{family="stale_a"\} 1$/m);
  byDefault.remove("stale_a");
  const told = new Promise((resolve) => worker.once("message", resolve));
  worker.postMessage("scrape");
  const text = await told;
  assert.doesNotMatch(text, /stale_a/);
  assert.match(text, /^tallystick_cells\{family="stale_b"\} 1$/m);
});

test("statistics: two threads that serve at once lose no sample", async (t) => {
  for (let n = 0; n < 20; n++) byDefault.counter({ name: `both_${n}` }).inc();
  t.after(() => {
    for (let n = 0; n < 20; n++) byDefault.remove(`both_${n}`);
  });
  const worker = new Worker(
    `import { parentPort } from "node:worker_threads";
     import { registry } from ${JSON.stringify(import.meta.resolve("tallystick"))};
     parentPort.postMessage("ready");
     for (;;) { await registry.expose({ statistics: true }); await new Promise((resolve) => setImmediate(resolve)); }`,
    { eval: true },
  );
  await new Promise((resolve) => worker.once("message", resolve));
  for (let i = 0; i < 100; i++) {
    const text = await scraped(byDefault, { statistics: true });
    assert.equal(text.match(/^tallystick_series\{family="both_/gm)?.length, 20);
  }
  await worker.terminate();
});

test("curry: late labels, inherited ones, and values that are lists", (t) => {
  const registry = made(t);
  const labelNames = ["a", "b"];
  const wait = registry.histogram({ name: "h", labelNames, buckets: [1] }).curry({ a: 1 });
  assert.throws(() => wait.startTimer({ b: 1 })({ a: 3 }), { name: "RangeError", message: /"a"/ });
  wait.startTimer()({ b: 1 });
  wait.startTimer({ b: 1 })();
  wait.observe(Object.create({ b: 1 }), 1);
  assert.equal(Number(wait.value(1).count), 3);
  const ages = registry.gaugeHistogram({ name: "g", labelNames: ["a"], buckets: [1] });
  ages.curry({ a: 1 }).set([1, 2]);
  assert.equal(ages.value(1).sum, 3);
  const door = registry.stateSet({ name: "s", labelNames: ["l"], states: ["a", "b"] });
  door.curry({ l: 1 }).set(["b"]);
  assert.deepEqual(door.value(1), ["b"]);
});

test("labelSets: are there after clear and clearSeries, and those that are asked for later, too", (t) => {
  const registry = made(t);
  const jobs = registry.counter({ name: "jobs", labelNames: ["q"], labelSets: [{ q: "a" }] });
  jobs.inc({ q: "b" });
  registry.counter({ name: "jobs", labelNames: ["q"], labelSets: [{ q: "c" }] });
  assert.deepEqual(samples(textOf(registry)), ['jobs_total{q="a"} 0', 'jobs_total{q="b"} 1', 'jobs_total{q="c"} 0']);
  for (const emptied of [() => jobs.clear(), () => registry.clearSeries()]) {
    jobs.inc({ q: "b" });
    emptied();
    assert.deepEqual(samples(textOf(registry)).toSorted(), ['jobs_total{q="a"} 0', 'jobs_total{q="c"} 0']);
  }
});

test("maxSeries: the overflow series takes nobody's place; an info's set needs one", (t) => {
  const registry = made(t);
  const jobs = registry.counter({ name: "jobs", labelNames: ["q"], maxSeries: 2 });
  for (let q = 0; q < 5; q++) jobs.inc({ q });
  jobs.remove(0);
  jobs.inc({ q: "new" });
  assert.deepEqual(samples(textOf(registry)).toSorted(), [
    'jobs_total{q="1"} 1',
    'jobs_total{q="new"} 1',
    'jobs_total{q="tallystick_overflow"} 3',
  ]);
  const build = registry.info({ name: "build", labelNames: ["version"], maxSeries: 1 });
  for (const version of [1, 2, 3]) build.set({ version });
  assert.deepEqual(samples(textOf(registry, { include: ["build"] })), ['build_info{version="3"} 1']);
  assert.throws(() => registry.counter({ name: "none", maxSeries: 0 }), { name: "RangeError", message: /maxSeries/ });
});

test("exemplars: one that is refused counts nothing; labels without a value are left out", (t) => {
  const registry = made(t);
  const plain = registry.counter({ name: "plain", labelNames: ["a"] });
  assert.throws(() => plain.labels(1).inc(1, { trace_id: "x" }), RangeError);
  assert.throws(() => plain.inc({ a: 1 }, 1, { trace_id: "x" }), RangeError);
  const wait = registry.histogram({ name: "wait", buckets: [1] });
  assert.throws(() => wait.observe(1, { trace_id: "x" }), RangeError);
  assert.equal(plain.value(1), 0);
  assert.equal(Number(wait.value().count), 0);
  const traced = registry.counter({ name: "traced", exemplars: true });
  traced.inc(1, { trace_id: undefined });
  assert.equal(traced.value(), 1);
  assert.doesNotMatch(textOf(registry, { dialect: "openmetrics" }), / # \{/);
  traced.inc(1, { trace_id: undefined, span_id: "s" });
  assert.match(textOf(registry, { dialect: "openmetrics" }), /^traced_total 2(\.0)? # \{span_id="s"\} 1/m);
});

test("stateSet: without a state nothing is set", (t) => {
  const registry = made(t);
  const door = registry.stateSet({ name: "door", states: ["open", "shut"], labelNames: ["a"] });
  const message = /^Cannot set "door" without a state: .* one of open, shut or an array/;
  assert.throws(() => door.set({ a: "1" }), { name: "TypeError", message });
  assert.throws(() => door.set({ a: "1" }, "ajar"), { name: "RangeError" });
  assert.throws(() => registry.stateSet({ name: "bare", states: ["on"] }).set(), { name: "TypeError", message: /^Cannot set "bare"/ });
  assert.deepEqual(samples(textOf(registry)), ['bare{bare="on"} 1']);
  door.set({ a: "1" }, []);
  assert.deepEqual(door.value("1"), []);
});

test("stateSet: a second argument behind a state is refused", (t) => {
  const registry = made(t);
  const door = registry.stateSet({ name: "door", states: ["open", "shut"] });
  assert.throws(() => door.set("open", false), TypeError);
  assert.deepEqual(door.value(), ["open"]);
});
