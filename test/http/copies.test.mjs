// ES modules and CommonJS in one thread: each has a copy of the library, and what both follow is one request.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import express from "express";
import { request } from "undici";
import { Registry, registry } from "tallystick";
import { instrument } from "tallystick/http";
import { observeUndici } from "tallystick/undici";
import { listening, settled, until } from "../requests/asking.mjs";
import { byRequest, samplesOf, sum } from "./counting.mjs";

const require = createRequire(import.meta.url);
const common = { ...require("tallystick"), ...require("tallystick/http"), ...require("tallystick/undici") };

test("a request that two copies follow or observe for the default registry is counted once; other registries are of one copy each", async (t) => {
  assert.notEqual(common.registry, registry);
  assert.notEqual(common.instrument, instrument);
  const app = common.instrument(express());
  app.get("/users/:id", (_, response) => response.send("user"));
  const others = [new Registry(), new common.Registry()];
  const twice = common.instrument(instrument(instrument(createServer(app)), { registry: others[0] }), { registry: others[1] });
  const stop = observeUndici({ host: () => "shop" });
  assert.equal(common.observeUndici(), stop);
  t.after(() => {
    stop();
    for (const other of others) other.close();
  });
  const port = await listening(t, twice);
  const { body } = await request(`http://127.0.0.1:${port}/users/7`);
  assert.equal(await body.text(), "user");
  for (const each of [registry, ...others]) await until("it is counted", () => sum(byRequest(each)) > 0);
  await settled();
  assert.deepEqual(byRequest(registry), { "GET /users/:id 2xx": 1 });
  for (const other of others) assert.deepEqual(byRequest(other), { "GET unmatched 2xx": 1 });
  assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 0 });
  assert.equal(samplesOf(registry).get('http_client_request_duration_seconds_count{method="GET",host="shop",status="2xx"}'), 1);
  stop();
  const again = common.observeUndici();
  assert.notEqual(again, stop);
  assert.equal(observeUndici(), again);
  again();
});
