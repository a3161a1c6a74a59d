// Points of OTLP over many exports: differences that add up to what was counted, whatever fails and whoever joins; beginnings, sums, exemplars, large pages.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { otlp } from "tallystick/otlp";
import { pusher, receiver as imageReceiver } from "tallystick/push";
import { judged } from "../exposition/validators.mjs";
import { answering } from "./answering.mjs";
import { collecting, metricsOf, protos } from "./collecting.mjs";
import { registryOf } from "./writing.mjs";

function exporting(t, registry, url, options = {}) {
  const exporter = otlp({ url, registry, intervalSeconds: 0, closeSeconds: 0, retrySeconds: [60, 60], onError: () => {}, ...options });
  t.after(() => exporter.close());
  return exporter;
}

const numberOf = (value) => Number(value ?? 0);
const sum = (values = []) => values.reduce((all, value) => all + numberOf(value), 0);

test("delta: a process that is older comes in, and the beginning goes back: what is added is what it counted", async (t) => {
  if (!judged(t, protos)) return;
  const older = registryOf(t);
  const counter = { name: "jobs", help: "Jobs." };
  older.counter(counter).inc(3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const registry = registryOf(t);
  registry.counter(counter).inc(100);
  const token = "a-token-of-the-tests";
  const images = imageReceiver({ token, registry });
  const server = createServer(images.nodeHandler()).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
    images.close();
  });
  const receiver = await collecting(t);
  const exporter = exporting(t, registry, receiver.url, { temporality: "delta", include: ["jobs"] });
  const point = async () => {
    assert.equal(await exporter.flush(), true);
    return receiver.metrics()[0].points[0];
  };
  const first = await point();
  const pushing = pusher({ url: `http://127.0.0.1:${server.address().port}/`, token, registry: older });
  t.after(() => pushing.close());
  assert.equal((await pushing.push()).outcome, "sent");
  const second = await point();
  assert.deepEqual([first.asDouble, second.asDouble, second.startTimeUnixNano], [100, 3, first.timeUnixNano]);
  older.counter(counter).inc(2);
  await pushing.push();
  assert.equal((await point()).asDouble, 2);
});

/** Numbers from 0 to 1 that are the same each time. */
function randomFrom(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

for (const seed of [1, 2, 3, 4]) {
  test(`delta: whatever fails, what arrived adds up to what was counted, bucket by bucket (${seed})`, async (t) => {
    if (!judged(t, protos)) return;
    const random = randomFrom(seed);
    const arrived = [];
    const receiver = await collecting(t, (request, response) => {
      const fails = random() < 0.2;
      if (!fails) arrived.push(request);
      response.writeHead(fails ? 503 : 200).end();
    });
    const registry = registryOf(t);
    const of = (name, more) => ({ name, help: `${name}, told.`, labelNames: ["zone"], ...more });
    const jobs = registry.counter(of("jobs"));
    const took = registry.histogram(of("took", { buckets: [1, 10, 100] }));
    const spread = registry.histogram(of("spread", { native: { maxBuckets: seed % 2 === 0 ? 160 : 20 } }));
    const options = { temporality: "delta", include: ["jobs", "took", "spread"], maxPoints: seed };
    const exporter = exporting(t, registry, receiver.url, options);
    const values = [];
    for (let round = 0; round < 25; round++) {
      for (let i = 0; i < 12; i++) {
        const zone = String(Math.floor(random() * 3));
        const value = Math.exp((random() - 0.4) * random() * 100) * (random() < 0.3 ? -1 : 1);
        values.push(value);
        jobs.inc({ zone });
        took.observe({ zone }, Math.abs(value));
        spread.observe({ zone }, value);
      }
      await exporter.flush();
    }
    while (!(await exporter.flush()));
    const points = arrived.flatMap(metricsOf).flatMap((metric) => metric.points.map((point) => ({ ...point, name: metric.name })));
    const all = (name) => points.filter((point) => point.name === name);
    assert.equal(sum(all("jobs").map(({ asDouble }) => asDouble)), values.length);
    const within = (least, most) => values.filter((value) => Math.abs(value) > least && Math.abs(value) <= most).length;
    assert.deepEqual(
      [0, 1, 2, 3].map((i) => sum(all("took").map(({ bucketCounts }) => bucketCounts[i]))),
      [within(0, 1), within(1, 10), within(10, 100), within(100, Infinity)],
    );
    const scale = Math.min(...all("spread").map((point) => numberOf(point.scale)));
    const counts = new Map();
    const count = (side, index, number) => number !== 0 && counts.set(`${side} ${index}`, (counts.get(`${side} ${index}`) ?? 0) + number);
    for (const point of all("spread")) {
      for (const side of ["positive", "negative"]) {
        for (const [i, number] of (point[side]?.bucketCounts ?? []).entries())
          count(side, Math.floor((numberOf(point[side].offset) + i) / 2 ** (numberOf(point.scale) - scale)), -numberOf(number));
      }
    }
    for (const value of values) count(value < 0 ? "negative" : "positive", Math.ceil(Math.log2(Math.abs(value)) * 2 ** scale) - 1, 1);
    assert.deepEqual(
      [...counts].filter(([, number]) => number !== 0),
      [],
    );
  });
}

test("delta: constants of a collector that fails for a while go on from where they were; what is away while many others come is forgotten", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  let samples = [];
  const collected = () => {
    if (samples === undefined) throw new RangeError("The database is down");
    return [{ type: "counter", name: "rows", help: "Rows.", labelNames: ["id"], samples }];
  };
  registry.collect(collected, { onError: () => {} });
  const exporter = exporting(t, registry, receiver.url, { temporality: "delta", include: ["rows"] });
  const added = async (shown) => {
    samples = shown;
    receiver.requests.length = 0;
    await exporter.flush();
    const points = receiver.requests.flatMap((request) => metricsOf(request).flatMap((metric) => metric.points));
    return points.filter(({ attributes }) => attributes.id === "own").map(({ asDouble }) => numberOf(asDouble));
  };
  const own = (value) => ({ labels: { id: "own" }, value });
  assert.deepEqual(await added([own(100)]), [100]);
  assert.deepEqual(await added(undefined), []);
  assert.deepEqual(await added([]), []);
  assert.deepEqual(await added([own(110)]), [10]);
  assert.deepEqual(await added(undefined), []);
  assert.deepEqual(await added([own(3)]), [3]);
  const others = (round) => Array.from({ length: 1100 }, (_, i) => ({ labels: { id: `${round} ${i}` }, value: 1 }));
  for (const round of [1, 2, 3]) await added(others(round));
  assert.deepEqual(await added([own(4)]), [4]);
  // One that is always there is never among those that go.
  for (const round of [4, 5, 6, 7]) assert.deepEqual(await added([own(round + 1), ...others(round)]), [1]);
});

test("delta: a histogram that has other bounds is another one, whose counts are all new", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  let bounds = [1, 2];
  const value = () => ({ count: 9, sum: 3, buckets: bounds.map((le, i) => ({ le, count: 2 * i + 3 })) });
  registry.collect(() => [{ type: "histogram", name: "own", help: "Own.", samples: [{ value: value() }] }]);
  const exporter = exporting(t, registry, receiver.url, { temporality: "delta", include: ["own"] });
  const counts = [];
  for (bounds of [
    [1, 2],
    [1, 2],
    [1, 3],
    [1, 3],
  ]) {
    await exporter.flush();
    counts.push(receiver.metrics()[0].points[0].bucketCounts.map(Number));
  }
  assert.deepEqual(counts, [
    [3, 2, 4],
    [0, 0, 0],
    [3, 2, 4],
    [0, 0, 0],
  ]);
});

test("delta: a sum that fell is none", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await collecting(t);
  const registry = registryOf(t);
  const took = registry.histogram({ name: "took", help: "Took.", buckets: [1, 10] });
  const exporter = exporting(t, registry, receiver.url, { temporality: "delta", include: ["took"] });
  const sums = [];
  for (const value of [20, -5, 7]) {
    took.observe(value);
    await exporter.flush();
    sums.push(receiver.metrics()[0].points[0].sum);
  }
  assert.deepEqual(sums, [20, undefined, 7]);
});

for (const temporality of ["cumulative", "delta"]) {
  test(`${temporality}: no beginning is after its time, also where the clock steps back, or a constant's time does`, async (t) => {
    if (!judged(t, protos)) return;
    const receiver = await collecting(t);
    const registry = registryOf(t);
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    registry.summary({ name: "sizes", help: "Sizes." }).observe(1);
    registry.histogram({ name: "took", help: "Took." }).observe(1);
    let timestamp = 2000;
    registry.collect(() => [{ type: "counter", name: "timed", help: "Timed.", samples: [{ value: 3000 - timestamp, timestamp }] }]);
    const { now } = Date;
    t.after(() => (Date.now = now));
    Date.now = () => now() - 3_600_000;
    const exporter = exporting(t, registry, receiver.url, { temporality });
    for (timestamp of [2000, 1000]) {
      await exporter.flush();
      const points = receiver.metrics().flatMap((metric) => metric.points);
      assert.ok(points.length >= 4);
      for (const { startTimeUnixNano, timeUnixNano } of points) assert.ok(BigInt(startTimeUnixNano ?? 0) <= BigInt(timeUnixNano));
    }
  });
}

test("L11: exemplars of a part that arrived are not sent again for another part that did not", async (t) => {
  if (!judged(t, protos)) return;
  let isDown = false;
  const receiver = await collecting(t, (_, response, number) => response.writeHead(isDown && number > 1 ? 503 : 200).end());
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["zone"], exemplars: true });
  // All at the same time, and of the same value.
  const at = Date.now();
  t.mock.method(Date, "now", () => at);
  const inc = (zone, id) => jobs.inc({ zone }, 1, { trace_id: `0123456789abcdef0123456789abcde${id}` });
  const exporter = exporting(t, registry, receiver.url, { include: ["jobs"], maxPoints: 1 });
  const exported = async (result) => {
    assert.equal(await exporter.flush(), result);
    const points = receiver.requests.splice(0).flatMap((request) => metricsOf(request).flatMap((metric) => metric.points));
    return points.flatMap(({ exemplars = [] }) => exemplars.map(({ traceId }) => Buffer.from(traceId, "base64").toString("hex").at(-1)));
  };
  inc("a", 1);
  assert.deepEqual(await exported(true), ["1"]);
  inc("a", 3);
  inc("b", 2);
  isDown = true;
  assert.deepEqual(await exported(false), ["3", "2"]);
  isDown = false;
  assert.deepEqual(await exported(true), ["2"]);
  assert.deepEqual(await exported(true), []);
});

test("a page of many series is made in turns: the event loop goes on", async (t) => {
  const { requests, url } = await answering(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["id"] });
  for (let i = 0; i < 20_000; i++) jobs.inc({ id: String(i) });
  const { expose } = registry;
  let turns = 0;
  let on = true;
  const turn = () => on && (turns++, setImmediate(turn));
  // From the page to the first request, which both need turns of their own.
  registry.expose = async (options) => {
    const page = await expose.call(registry, options);
    setImmediate(turn);
    return page;
  };
  const way = async (...request) => {
    on = false;
    return fetch(...request);
  };
  const exporter = exporting(t, registry, url, { include: ["jobs"], maxPoints: 100_000, fetch: way });
  assert.equal(await exporter.flush(), true);
  assert.ok(turns > 5, `${turns} turns`);
  assert.equal(requests.length, 1);
  assert.equal(await exporting(t, registry, url, { include: ["jobs"] }).flush(), true);
  assert.equal(requests.length, 11);
});

test("cumulative: an export that failed half way is made again, whole", async (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["id"] });
  for (let i = 0; i < 3; i++) jobs.inc({ id: String(i) });
  const lengths = [];
  const way = async (_, { body }) => {
    lengths.push(body.length);
    return new Response("", { status: lengths.length === 2 ? 503 : 200 });
  };
  const exporter = exporting(t, registry, "http://receiver.example/", { include: ["jobs"], maxPoints: 1, fetch: way });
  assert.equal(await exporter.flush(), false);
  assert.deepEqual([lengths.length, exporter.statistics.sent], [2, 1]);
  assert.equal(await exporter.flush(), true);
  assert.deepEqual([lengths.length, exporter.statistics.sent], [5, 4]);
});
