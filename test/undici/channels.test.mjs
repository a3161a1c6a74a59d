// What becomes of messages as undici publishes them, be they as odd as a program makes them: each request has one end, and all labels are bounded.

import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { test } from "node:test";
import { observeUndici } from "tallystick/undici";
import { byRequest, own, samplesOf, sum } from "../http/counting.mjs";

const publish = (name, message) => channel(`undici:${name}`).publish(message);

function begun(origin = "http://shop", method = "GET") {
  const request = { origin, method };
  publish("request:create", { request });
  return request;
}

const errors = (registry) => [...samplesOf(registry)].filter(([sample]) => sample.startsWith("http_client_request_errors_total"));

function observed(t, options) {
  const registry = own(t);
  t.after(observeUndici({ registry, ...options }));
  return registry;
}

test("a request that fails behind its end, or ends twice, has ended once", (t) => {
  const registry = observed(t);
  const request = begun();
  publish("request:headers", { request, response: { statusCode: 200 } });
  publish("request:trailers", { request });
  publish("request:error", { request, error: new Error("behind its end") });
  publish("request:trailers", { request });
  assert.deepEqual(byRequest(registry, "http_client_request_duration_seconds_count"), { "GET 2xx shop": 1 });
  assert.deepEqual(byRequest(registry, "http_client_requests_in_flight"), { "GET shop": 0 });
  assert.deepEqual(errors(registry), []);
});

test("codes of errors are bounded, and what is none is other", (t) => {
  const registry = observed(t);
  const failed = (error) => publish("request:error", { request: begun(), error });
  for (let i = 0; i < 200; i++) failed({ code: `E${i}` });
  for (const error of [undefined, null, "text", 7, { code: "with blanks" }, { code: "x".repeat(65) }, { code: {}, name: [] }])
    failed(error);
  const counted = errors(registry);
  assert.equal(counted.length, 65);
  assert.equal(
    counted.reduce((total, [, count]) => total + count, 0),
    207,
  );
  assert.deepEqual(counted.at(-1), ['http_client_request_errors_total{host="shop",code="other"}', 143]);
});

test("origins without number are one host, and no more are remembered than may be", (t) => {
  let asked = 0;
  const host = (origin) => {
    asked++;
    return origin;
  };
  const registry = observed(t, { maxHosts: 2, host });
  const end = (origin) => publish("request:error", { request: begun(origin), error: new Error("none") });
  for (let i = 0; i < 1500; i++) end(`http://${i}`);
  assert.equal(asked, 1500);
  // The first ones are remembered, the last ones are asked for again.
  end("http://0");
  end("http://1001");
  assert.equal(asked, 1500);
  end("http://1002");
  end("http://1002");
  assert.equal(asked, 1502);
  const counts = byRequest(registry, "http_client_request_duration_seconds_count");
  assert.deepEqual(Object.keys(counts).length, 3);
  assert.equal(sum(counts), 1504);
});
