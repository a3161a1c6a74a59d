// What a program that comes from another client runs into: each is an error at the right place, or works.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { exponentialBuckets, join, linearBuckets, MetricsError, Registry } from "tallystick";

const text = (registry) => new TextDecoder().decode(registry.exposeSync().body);

test("another thread's default labels are not replaced: that would rename its series", async () => {
  const registry = new Registry({ labels: { service: "shop" } });
  registry.counter({ name: "jobs" }).inc();
  const worker = new Worker(
    `import { parentPort, workerData } from "node:worker_threads";
     import { join } from "tallystick";
     const registry = join(workerData);
     registry.setDefaultLabels({ service: "shop" });
     try {
       registry.setDefaultLabels({ service: "shop", thread: "1" });
       parentPort.postMessage("replaced");
     } catch (error) {
       parentPort.postMessage(error.code + ": " + error.message);
     }`,
    { eval: true, workerData: registry.ticket(), execArgv: ["--input-type=module"] },
  );
  const said = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  assert.match(said, /^label-conflict: .*another one set \{service="shop"\}/);
  assert.match(text(registry), /^jobs_total\{service="shop"\} 1$/m);
  // Whoever set them may replace them, and anyone may begin anew.
  registry.setDefaultLabels({ service: "store" });
  registry.setDefaultLabels({});
  assert.match(text(registry), /^jobs_total 1$/m);
  registry.close();
});

test("collect: onError hears of what was thrown, of rejections and of lateness; without it the first is warned of", async (t) => {
  const registry = new Registry();
  const heard = [];
  const onError = (error) => heard.push(error.message);
  registry.collect(
    () => {
      throw new Error("thrown");
    },
    { name: "a", onError },
  );
  registry.collect(() => Promise.reject(new Error("rejected")), { name: "b", onError });
  registry.collect(() => new Promise(() => {}), { name: "c", onError });
  registry.collect(
    () => {
      throw new Error("quiet");
    },
    { name: "d" },
  );
  const warn = t.mock.method(console, "warn", () => {});
  await registry.expose();
  await registry.expose();
  assert.deepEqual(heard.sort(), [
    'Cannot wait for collector "c": it did not finish within 50 ms (timeoutSeconds of collect)',
    'Cannot wait for collector "c": it did not finish within 50 ms (timeoutSeconds of collect)',
    "rejected",
    "rejected",
    "thrown",
    "thrown",
  ]);
  assert.equal(warn.mock.callCount(), 1);
  const warned = 'tallystick: collector "d" failed. Only the first failure is reported here; pass onError to collect() to hear of all:';
  assert.equal(warn.mock.calls[0].arguments[0], warned);
  assert.equal(warn.mock.calls[0].arguments[1].message, "quiet");
  registry.close();
});

test("collect: an onError that throws disturbs nothing", async () => {
  const registry = new Registry();
  registry.collect(
    () => {
      throw new Error("thrown");
    },
    {
      name: "a",
      onError: () => {
        throw new Error("too");
      },
    },
  );
  assert.match(new TextDecoder().decode((await registry.expose()).body), /failures_total\{collector="a"\} 1/);
  registry.close();
});

test("handlers say what they take", async () => {
  const registry = new Registry();
  assert.throws(() => registry.nodeHandler()({ raw: {} }, { raw: {} }), /in Fastify pass `request.raw` and `reply.raw`/);
  await assert.rejects(async () => registry.handler()({ method: "GET", headers: {} }), /registry.nodeHandler\(\)/);
  assert.throws(() => registry.nodeHandler({ headers: {}, method: "GET" }), /pass registry.nodeHandler\(\) to the server/);
  registry.close();
});

test("a handler whose onError throws still answers 500", async (t) => {
  const registry = new Registry();
  const onError = () => {
    throw new Error("too");
  };
  const server = createServer(registry.nodeHandler({ onError })).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const handler = registry.handler({ onError });
  registry.close();
  const warn = t.mock.method(console, "warn", () => {});
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
  assert.equal(answer.status, 500);
  assert.equal((await handler(new Request("http://localhost/"))).status, 500);
  assert.equal(warn.mock.callCount(), 2);
});

test("JSON and enumeration of a metric stop at what it is", () => {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] });
  assert.equal(JSON.stringify({ jobs }), '{"jobs":{"kind":"counter","name":"jobs","help":"Jobs.","labelNames":["queue"]}}');
  for (const metric of [jobs, registry.gauge({ name: "depth" }), registry.histogram({ name: "size" }), jobs.labels("mail"), registry])
    assert.deepEqual(Object.keys(metric), []);
  assert.equal(JSON.stringify(registry), "{}");
  registry.close();
});

test("startTimer refuses a label that is not the metric's before the work begins; late labels complete it", () => {
  const registry = new Registry();
  const size = registry.histogram({ name: "took_seconds", labelNames: ["method", "route"], buckets: [10] });
  assert.throws(() => size.startTimer({ methd: "GET" }), /"methd" is not one of its labels/);
  size.startTimer({ method: "GET" })({ route: "/" });
  assert.equal(size.value("GET", "/").count, 1);
  registry.close();
});

test("clearSeries ends every series and keeps the metrics; those without labels begin again at 0", async () => {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", labelNames: ["queue"] });
  const plain = registry.counter({ name: "plain" });
  const level = registry.gauge({ name: "level", mode: "livemin" });
  const mail = jobs.labels("mail");
  for (const act of [() => mail.inc(2), () => jobs.inc({ queue: "sms" }), () => plain.inc(3), () => level.set(4)]) act();
  registry.clearSeries();
  assert.equal(text(registry), "# TYPE jobs_total counter\n# TYPE plain_total counter\nplain_total 0\n# TYPE level gauge\n");
  assert.equal(registry.counter({ name: "jobs", labelNames: ["queue"] }), jobs);
  for (let i = 0; i < 2; i++) {
    for (const act of [() => mail.inc(), () => jobs.inc({ queue: "sms" }), () => plain.inc(), () => level.set(1)]) act();
  }
  assert.deepEqual([jobs.value("mail"), jobs.value("sms"), plain.value(), level.value()], [2, 2, 2, 1]);
  // What another thread registered ends with them.
  const theirs = join(structuredClone(registry.ticket()));
  new Worker(
    `import { workerData } from "node:worker_threads";
     import { join } from "tallystick";
     join(workerData).counter({ name: "theirs", labelNames: ["n"] }).inc({ n: 1 });`,
    { eval: true, workerData: registry.ticket(), execArgv: ["--input-type=module"] },
  );
  for (let i = 0; i < 200 && !text(theirs).includes("theirs_total{"); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.match(text(registry), /^theirs_total\{n="1"\} 1$/m);
  registry.clearSeries();
  assert.match(text(registry), /^# TYPE theirs_total counter$/m);
  assert.doesNotMatch(text(registry), /theirs_total\{/);
  registry.close();
});

test("the value of a gauge that has no part is 0, whatever its mode", () => {
  const registry = new Registry();
  for (const mode of ["min", "max", "mostrecent", "livemin", "livemax", "livemostrecent", "livesum", "all"]) {
    assert.equal(registry.gauge({ name: `none_${mode}`, mode }).value(), 0, mode);
  }
  registry.close();
});

test("linearBuckets and exponentialBuckets", () => {
  assert.deepEqual(linearBuckets(0.5, 0.5, 3), [0.5, 1, 1.5]);
  assert.deepEqual(exponentialBuckets(0.001, 10, 4), [0.001, 0.01, 0.1, 1]);
  const wrong = [
    () => linearBuckets(0, 0, 3),
    () => linearBuckets(0, NaN, 3),
    () => linearBuckets(0, 1, 0),
    () => linearBuckets(0, 1, 1.5),
    () => linearBuckets(0, 1, 513),
    () => exponentialBuckets(0, 2, 3),
    () => exponentialBuckets(1, 1, 3),
    () => exponentialBuckets(1, "2", 3),
  ];
  for (const make of wrong) assert.throws(make, RangeError);
  const message = "Cannot make buckets from 0 by a width of 5 without a count: it takes a positive width and a count from 1 to 512";
  assert.throws(() => linearBuckets(0, 5), { name: "RangeError", message });
  assert.throws(() => linearBuckets(0, 5, 0), /^RangeError: Cannot make 0 buckets from 0 by a width of 5: it takes/);
});

test("a family's code is its error", () => {
  const registry = new Registry();
  registry.counter({ name: "jobs", help: "Jobs." });
  assert.throws(
    () => registry.counter({ name: "jobs", help: "Other." }),
    (error) => error instanceof MetricsError && error.code === "definition-conflict",
  );
  registry.close();
});

test("what is refused through a label object makes no series", () => {
  const registry = new Registry();
  const labelNames = ["n"];
  const counter = registry.counter({ name: "c", labelNames });
  const gauge = registry.gauge({ name: "g", labelNames });
  const latest = registry.gauge({ name: "l", labelNames, mode: "mostrecent" });
  const histogram = registry.histogram({ name: "h", labelNames });
  for (const act of [
    () => counter.inc({ n: 1 }, NaN),
    () => counter.inc({ n: 1 }, -1),
    () => counter.inc({ n: 1 }, "1"),
    () => gauge.set({ n: 1 }, "1"),
    () => gauge.inc({ n: 1 }, Infinity),
    () => gauge.dec({ n: 1 }, "1"),
    () => latest.inc({ n: 1 }),
    () => histogram.observe({ n: 1 }, "1"),
  ])
    assert.throws(act);
  histogram.observe({ n: 1 }, NaN);
  assert.doesNotMatch(text(registry), /^[cglh](_\w+)?\{/m);
  assert.match(text(registry), /refused_observations_total\{family="h",reason="not_finite"\} 1/);
  // Wrong labels are told before a wrong amount.
  assert.throws(() => counter.inc({ m: 1 }, NaN), /"m" is not one of its labels/);
  registry.close();
});

test("collect: one that was ended does not age, and ending leaves nothing behind", async () => {
  const registry = new Registry();
  const ages = async () =>
    [...new TextDecoder().decode((await registry.expose()).body).matchAll(/^\w+_age_seconds\{collector="(\w+)"/gm)].map(([, name]) => name);
  const end = registry.collect(() => {}, { name: "gone" });
  const twin = registry.collect(() => {}, { name: "gone" });
  for (let i = 0; i < 1000; i++) registry.collect(() => {})();
  const stays = registry.collect(() => {});
  assert.deepEqual((await ages()).sort(), ["collector_1", "gone"]);
  end();
  end();
  assert.deepEqual((await ages()).sort(), ["collector_1", "gone"]);
  twin();
  assert.deepEqual(await ages(), ["collector_1"]);
  stays();
  assert.deepEqual(await ages(), []);
  registry.close();
});

test("default labels that change for ever use no memory up", () => {
  const registry = new Registry();
  const set = (i) => registry.setDefaultLabels({ build: String(i).padStart(200, "0") });
  for (let i = 0; i < 1000; i++) set(i);
  const before = registry.memoryUsage().reserved;
  for (let i = 0; i < 20000; i++) set(i);
  assert.ok(registry.memoryUsage().reserved - before < 65536, `${registry.memoryUsage().reserved - before} bytes more`);
  registry.close();
});

test("labels may be an object of a class, with getters", () => {
  class Route {
    get method() {
      return "GET";
    }
  }
  const registry = new Registry();
  const answers = registry.counter({ name: "answers", labelNames: ["method"] });
  for (let i = 0; i < 3; i++) answers.inc(new Route());
  answers.labels(new Route()).inc();
  assert.equal(answers.value("GET"), 4);
  const odd = registry.counter({ name: "odd", labelNames: ["constructor"] });
  assert.throws(() => odd.inc({}), /label "constructor" has no value/);
  registry.close();
});
