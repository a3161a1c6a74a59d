// What options of instrument() do, what strangers cannot do, and what of the application's own may fail.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express from "express";
import { Registry } from "tallystick";
import { instrument } from "tallystick/http";
import { listening, sent, until } from "../requests/asking.mjs";
import { byRequest, own, samplesOf, sum } from "./counting.mjs";

/** A handler of the fetch standard whose routes are its paths, and what asks it. */
function asking(options, answer = () => new Response()) {
  const handler = instrument(answer, { route: ({ url }) => new URL(url).pathname, ...options });
  return (path, init) => handler(new Request(`https://example.org${path}`, init));
}

test("names, prefix and buckets are those that are given, and what is false is left out", (t) => {
  const registry = own(t);
  const ask = asking({
    registry,
    prefix: "shop_",
    names: { duration: "latency_seconds", inFlight: false, responseSize: false, requestSize: "sent" },
    buckets: [0.5, 60],
    sizeBuckets: [1, 2],
  });
  ask("/a");
  const families = registry.describe().map(({ name }) => name);
  assert.deepEqual(families.toSorted(), ["shop_http_request_label_failures", "shop_latency_seconds", "shop_sent"]);
  const samples = samplesOf(registry);
  const labels = 'method="GET",route="/a",status="2xx"';
  assert.equal(samples.get(`shop_latency_seconds_bucket{${labels},le="60"}`), 1);
  assert.equal(samples.has(`shop_latency_seconds_bucket{${labels},le="0.5"}`), true);
  assert.equal(samples.has(`shop_latency_seconds_bucket{${labels},le="1"}`), false);
  assert.equal(samples.get(`shop_sent_bucket{${labels},le="1"}`), 1);
});

test("what is instrumented twice is counted once by one set of names, and once by each of several", async (t) => {
  const registry = own(t);
  const once = instrument(() => new Response("x"), { registry });
  const handler = instrument(instrument(once, { registry }), { registry, prefix: "own_" });
  await handler(new Request("https://example.org/"));
  assert.deepEqual(byRequest(registry), { "GET unmatched 2xx": 1 });
  assert.deepEqual(byRequest(registry, "own_http_request_duration_seconds_count"), { "GET unmatched 2xx": 1 });
});

test("native histograms are native, with classic buckets where some are given", (t) => {
  const registry = own(t);
  asking({ registry, native: true, buckets: [1, 10] })("/a");
  const [duration, size] = ["http_request_duration_seconds", "http_request_size_bytes"].map((name) =>
    registry.describe().find((each) => each.name === name),
  );
  assert.equal(duration.series.length, 1);
  const text = new TextDecoder().decode(registry.exposeSync({ dialect: "openmetrics2" }).body);
  assert.match(text, /http_request_duration_seconds\{[^}]*\} \{count:1,sum:[^}]*schema:3/);
  assert.match(text, /http_request_size_bytes\{[^}]*\} \{count:1,sum:0/);
  assert.equal(size.series.length, 1);
  assert.equal(samplesOf(registry).has('http_request_duration_seconds_bucket{method="GET",route="/a",status="2xx",le="10"}'), true);
});

test("status is a class, or the code; what is none is other, and aborted stays", (t) => {
  const registry = own(t);
  const responses = [100, 200, 204, 301, 404, 500, 599].map((status) => ({ status }));
  const odd = [{ status: 600 }, { status: 99 }, { status: -1 }, { status: NaN }, { status: 1e9 }, Response.error()];
  let next;
  for (const [status, prefix] of [
    ["class", "a_"],
    ["code", "b_"],
  ]) {
    const ask = asking({ registry, status, prefix, route: () => "/" }, () => next);
    for (next of [...responses, ...odd]) ask("/");
  }
  assert.deepEqual(byRequest(registry, "a_http_request_duration_seconds_count"), {
    "GET / 1xx": 1,
    "GET / 2xx": 2,
    "GET / 3xx": 1,
    "GET / 4xx": 1,
    "GET / 5xx": 2,
    "GET / other": 5,
    // Of a Response.error() nothing is sent.
    "GET / aborted": 1,
  });
  const codes = Object.fromEntries(responses.map(({ status }) => [`GET / ${status}`, 1]));
  assert.deepEqual(byRequest(registry, "b_http_request_duration_seconds_count"), { ...codes, "GET / other": 5, "GET / aborted": 1 });
});

test("ignore: paths and expressions as they are given, a function, and nothing", async (t) => {
  const registry = own(t);
  const ask = asking({ registry, ignore: ["/healthz", /^\/internal\//g] });
  for (const path of [
    "/healthz",
    "/healthz?deep=1",
    "/healthz#deep",
    "/internal/a",
    "/internal/b",
    "/internal/c",
    "/healthz/x",
    "/metrics",
  ])
    ask(path);
  assert.deepEqual(byRequest(registry), { "GET /healthz/x 2xx": 1, "GET /metrics 2xx": 1 });
  const other = own(t);
  const every = asking({ registry: other, ignore: (request) => request.headers.has("x-probe") });
  every("/a", { headers: { "x-probe": "1" } });
  every("/b");
  asking({ registry: other, ignore: [] })("/metrics");
  assert.deepEqual(byRequest(other), { "GET /b 2xx": 1, "GET /metrics 2xx": 1 });
  const failing = own(t);
  const told = [];
  const throwing = asking({
    registry: failing,
    onError: (error) => told.push(error.message),
    ignore: () => {
      throw new Error("of ignore");
    },
  });
  throwing("/a");
  throwing("/b");
  assert.deepEqual(byRequest(failing), { "GET /a 2xx": 1, "GET /b 2xx": 1 });
  assert.deepEqual(told, ["Cannot take whether to ignore of a request: of ignore; requests go on, each is counted, and this is told once"]);
});

test("routes have a limit, whatever strangers send; what is beyond it is other, and counted", (t) => {
  const registry = own(t);
  const ask = asking({ registry, maxRoutes: 3 });
  // What is too long for a name is none, also where there is room for more.
  ask(`/${"x".repeat(1100)}`);
  for (let i = 0; i < 50; i++) ask(`/${i}`);
  ask("/0");
  assert.deepEqual(byRequest(registry), { "GET /0 2xx": 2, "GET /1 2xx": 1, "GET /2 2xx": 1, "GET other 2xx": 48 });
  assert.equal(samplesOf(registry).get('http_request_label_failures_total{label="route",reason="limit"}'), 48);
});

test("paths, methods and headers of strangers make no series", async (t) => {
  const registry = own(t);
  const app = instrument(express(), { registry });
  app.get("/users/:id", (_, response) => response.send("x"));
  app.use((_, response) => response.status(404).send("none"));
  const port = await listening(t, createServer(app));
  const methods = ["GET", "PURGE", "MKCOL", "LOCK", "SEARCH", "REPORT"];
  for (let i = 0; i < 60; i++) await sent(port, `${methods[i % 6]} /${i}/${"a".repeat(i)}?${i}`);
  for (let i = 0; i < 20; i++) await sent(port, `GET /users/${i}%2f..%2f${i}`);
  await until("all are counted", () => sum(byRequest(registry)) === 80);
  assert.deepEqual(byRequest(registry), { "GET unmatched 4xx": 10, "other unmatched 4xx": 50, "GET /users/:id 2xx": 20 });
});

test("labels of the application's own: at the end of a request, bounded, and none of its business what goes wrong in them", async (t) => {
  const registry = own(t);
  const told = [];
  const app = instrument(express(), {
    registry,
    labelNames: ["tenant", "plan"],
    maxLabelValues: 2,
    onError: (error) => told.push(error.message),
    labels(request, response) {
      if (request.url.endsWith("throws")) throw new Error("of labels");
      if (request.url.endsWith("nothing")) return undefined;
      if (request.url.endsWith("getter"))
        return {
          get tenant() {
            throw new Error("of a getter");
          },
          plan: "b",
        };
      if (request.url.endsWith("object")) return { tenant: {}, plan: Symbol("no") };
      return { tenant: request.tenant, plan: response.statusCode === 200 ? "free" : undefined, unknown: "x" };
    },
  });
  app.get("/t/:tenant", (request, response) => {
    request.tenant = request.params.tenant;
    response.send("x");
  });
  const port = await listening(t, createServer(app));
  const paths = ["a", "b", "c", "d", "a", "throws", "nothing", "getter", "object"];
  for (const path of paths) assert.match(await sent(port, `GET /t/${path}`), /^HTTP\/1.1 200/);
  await sent(port, "GET /none");
  await until("all are counted", () => sum(byRequest(registry)) === paths.length + 1);
  assert.deepEqual(byRequest(registry), {
    "GET /t/:tenant 2xx a free": 2,
    "GET /t/:tenant 2xx b free": 1,
    "GET /t/:tenant 2xx other free": 2,
    "GET /t/:tenant 2xx  ": 3,
    "GET /t/:tenant 2xx  b": 1,
    "GET unmatched 4xx  ": 1,
  });
  const failures = Object.fromEntries(
    [...samplesOf(registry)].filter(([name, value]) => name.startsWith("http_request_label_failures") && value > 0),
  );
  assert.deepEqual(failures, {
    'http_request_label_failures_total{label="tenant",reason="limit"}': 2,
    'http_request_label_failures_total{label="tenant",reason="threw"}': 3,
    'http_request_label_failures_total{label="plan",reason="threw"}': 2,
    'http_request_label_failures_total{label="tenant",reason="invalid"}': 1,
    'http_request_label_failures_total{label="plan",reason="invalid"}': 1,
  });
  assert.deepEqual(told, ["Cannot take labels of a request: of labels; requests go on, each is counted, and this is told once"]);
});

test("a route that throws or gives no text is unmatched, counted and told once", (t) => {
  const registry = own(t);
  const told = [];
  let route = () => {
    throw new Error("of route");
  };
  const ask = asking({ registry, route: (request) => route(request), onError: (error) => told.push(error.message) });
  ask("/a");
  ask("/b");
  route = () => 7;
  ask("/c");
  route = () => undefined;
  ask("/d");
  assert.deepEqual(byRequest(registry), { "GET unmatched 2xx": 4 });
  const failures = (reason) => samplesOf(registry).get(`http_request_label_failures_total{label="route",reason="${reason}"}`);
  assert.deepEqual([failures("threw"), failures("invalid")], [2, 1]);
  assert.deepEqual(told, ["Cannot take the route of a request: of route; requests go on, each is counted, and this is told once"]);
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

test("exemplars are those of traceparent, of a function, and of the registry, in this order", (t) => {
  const registry = own(t);
  const exposed = () => new TextDecoder().decode(registry.exposeSync({ dialect: "openmetrics" }).body);
  let ask = asking({ registry, exemplars: true, prefix: "a_" });
  for (const traceparent of [
    "",
    "nothing",
    `00-${TRACE}-${SPAN}-00`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01x`,
  ])
    ask("/", { headers: { traceparent } });
  assert.doesNotMatch(exposed(), /trace_id/);
  ask("/", { headers: { traceparent: `00-${TRACE}-${SPAN}-01` } });
  assert.match(
    exposed(),
    new RegExp(`a_http_request_duration_seconds_bucket\\{[^}]*\\} \\d+ # \\{trace_id="${TRACE}",span_id="${SPAN}"\\}`),
  );
  ask = asking({ registry, prefix: "b_", exemplars: (request) => ({ id: request.headers.get("x-id") }) });
  ask("/", { headers: { "x-id": "seven" } });
  assert.match(exposed(), /b_http_request_duration_seconds_bucket\{[^}]*\} 1 # \{id="seven"\}/);
  registry.setExemplars(() => ({ own: "registry" }));
  ask = asking({ registry, exemplars: true, prefix: "c_" });
  ask("/");
  assert.match(exposed(), /c_http_request_duration_seconds_bucket\{[^}]*\} 1 # \{own="registry"\}/);
  const told = [];
  ask = asking({
    registry,
    prefix: "d_",
    onError: (error) => told.push(error.message),
    exemplars: () => {
      throw new Error("of exemplars");
    },
  });
  ask("/");
  ask("/");
  assert.equal(byRequest(registry, "d_http_request_duration_seconds_count")["GET / 2xx"], 2);
  assert.equal(told.length, 1);
});

test("an exemplar that is none harms no request: it is counted without", (t) => {
  const registry = own(t);
  const told = [];
  const ask = asking({ registry, exemplars: () => ({ __bad: "x".repeat(500) }), onError: (error) => told.push(error.message) });
  assert.equal(ask("/").status, 200);
  assert.equal(ask("/").status, 200);
  assert.deepEqual(byRequest(registry), { "GET / 2xx": 2 });
  assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 0 });
  assert.equal(byRequest(registry, "http_request_size_bytes_count")["GET / 2xx"], 2);
  assert.equal(told.length, 1);
});

test("a registry that is closed harms no request", async (t) => {
  const registry = new Registry();
  const told = [];
  const port = await listening(
    t,
    instrument(
      createServer((_, response) => response.end("x")),
      { registry, onError: (error) => told.push(error) },
    ),
  );
  await sent(port, "GET /");
  await until("it is counted", () => sum(byRequest(registry)) === 1);
  registry.close();
  assert.match(await sent(port, "GET /"), /^HTTP\/1.1 200/);
  assert.match(await sent(port, "GET /"), /^HTTP\/1.1 200/);
  assert.ok(told.length <= 1, String(told));
});

test("instrument() refuses what it does not know, by the option, the value and the limit", (t) => {
  const registry = own(t);
  for (const [options, name, message] of [
    [{ metrics: true }, "TypeError", /^Cannot use option "metrics" of instrument: its options are registry, prefix/],
    [{ registry: {} }, "TypeError", /registry of instrument: it must be a Registry/],
    [{ status: "codes" }, "TypeError", /^Cannot use "codes" as status of instrument: it must be one of class, code$/],
    [{ names: { durations: "x" } }, "TypeError", /^Cannot use "durations" in names of instrument: it must be one of duration, inFlight/],
    [{ names: { duration: 7 } }, "TypeError", /^Cannot use 7 as the name of duration of instrument: it must be a string, or false/],
    [{ ignore: ["/a", 7] }, "TypeError", /^Cannot ignore 7: ignore of instrument has paths and regular expressions, or is a function$/],
    [{ maxRoutes: 0 }, "RangeError", /^Cannot use 0 as maxRoutes of instrument: it must be a whole number from 1 to 10000$/],
    [{ maxLabelValues: 1.5 }, "RangeError", /^Cannot use 1.5 as maxLabelValues of instrument/],
    [{ labelNames: ["a"] }, "TypeError", /^Cannot use labels of requests without labels: labelNames needs labels/],
    [{ labels: () => ({}) }, "TypeError", /^Cannot use labels of requests without labelNames: labels needs labelNames$/],
    [
      { labelNames: ["route"], labels: () => ({}) },
      "TypeError",
      /^Cannot use "route" in labelNames of instrument: method, route, status are there/,
    ],
    [{ labelNames: ["le"], labels: () => ({}) }, "RangeError", /le/],
    [{ buckets: [2, 1] }, "RangeError", /buckets/],
  ]) {
    assert.throws(() => instrument(() => undefined, { registry, ...options }), { name, message });
  }
  instrument(() => undefined, { registry });
  assert.throws(() => instrument(() => undefined, { registry, buckets: [7] }), { code: "definition-conflict" });
});
