// Requests of every server and framework as metrics: what was sent is what is counted, by pattern, method and status.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Router } from "@koa/router";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { instrument } from "tallystick/http";
import { left, listening, sent, settled, until } from "../requests/asking.mjs";
import { byRequest, own, samplesOf, sum } from "./counting.mjs";

function expressApp(make, registry) {
  const app = instrument(make(), { registry });
  const users = make.Router();
  users.get("/:id", (_, response) => response.send("user"));
  users.get("/:id/fails", () => {
    throw new Error("of a handler");
  });
  app.use("/users", users);
  app.use((error, _request, response, _next) => response.status(503).send(error.message));
  return createServer(app);
}

const FRAMEWORKS = {
  "Express 4": (registry) => expressApp(express4, registry),
  "Express 5": (registry) => expressApp(express, registry),
  async Fastify(registry) {
    const app = instrument(fastify(), { registry });
    app.get("/users/:id", async () => "user");
    app.get("/users/:id/fails", (_, reply) => reply.code(503).send("failed"));
    await app.ready();
    return app.server;
  },
  async "Fastify, after its routes"(registry) {
    const app = fastify();
    app.get("/users/:id", async () => "user");
    app.get("/users/:id/fails", (_, reply) => reply.code(503).send("failed"));
    instrument(app, { registry });
    await app.ready();
    return app.server;
  },
  Koa(registry) {
    const app = instrument(new Koa(), { registry });
    const router = new Router();
    router.get("/users/:id", (context) => (context.body = "user"));
    router.get("/users/:id/fails", (context) => context.throw(503));
    app.silent = true;
    app.use(router.routes());
    return createServer(app.callback());
  },
  Hono(registry) {
    const app = instrument(new Hono(), { registry });
    app.get("/users/:id", (context) => context.text("user"));
    app.get("/users/:id/fails", (context) => context.text("failed", 503));
    return createServer(async (incoming, outgoing) => {
      const request = new Request(`http://example.org${incoming.url}`, { method: incoming.method });
      const response = await app.fetch(request, { incoming, outgoing });
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    });
  },
};

for (const [name, make] of Object.entries(FRAMEWORKS)) {
  test(`${name}: counts by pattern, method and class of status; paths that nobody registered are one route`, async (t) => {
    const registry = own(t);
    const port = await listening(t, await make(registry));
    const paths = ["/users/1", "/users/2?x=1", "/users/3", "/users/1/fails", "/none/a", "/none/b", "/metrics", "/metrics?name[]=a"];
    for (const path of paths) await sent(port, `GET ${path}`);
    await sent(port, "HEAD /users/4");
    await sent(port, "PROPFIND /users/4");
    await until("all are counted", () => sum(byRequest(registry)) === 8);
    await settled();
    assert.deepEqual(byRequest(registry), {
      "GET /users/:id 2xx": 3,
      "GET /users/:id/fails 5xx": 1,
      "GET unmatched 4xx": 2,
      "HEAD /users/:id 2xx": 1,
      "other unmatched 4xx": 1,
    });
    assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 0, HEAD: 0, other: 0 });
    assert.equal(byRequest(registry, "http_response_size_bytes_sum")["GET /users/:id 2xx"], 12);
    assert.equal(byRequest(registry, "http_response_size_bytes_sum")["HEAD /users/:id 2xx"], 0);
    assert.equal(byRequest(registry, "http_request_size_bytes_count")["GET /users/:id 2xx"], 3);
    const samples = samplesOf(registry);
    assert.equal(samples.get('http_request_duration_seconds_bucket{method="GET",route="/users/:id",status="2xx",le="10"}'), 3);
    assert.equal(samples.get('http_response_size_bytes_bucket{method="GET",route="/users/:id",status="2xx",le="100"}'), 3);
    assert.equal(samples.get('http_request_label_failures_total{label="route",reason="limit"}'), 0);
  });
}

test("a server, whoever listens to it, and an application on it: a request is counted once, with the framework's route", async (t) => {
  const registry = own(t);
  const app = instrument(express(), { registry });
  app.get("/a/:b", (_, response) => response.send("x"));
  const server = instrument(createServer(app), { registry });
  assert.equal(instrument(server, { registry }), server);
  const port = await listening(t, server);
  await sent(port, "GET /a/1", "GET /b");
  await until("both", () => sum(byRequest(registry)) >= 2);
  await settled();
  assert.deepEqual(byRequest(registry), { "GET /a/:b 2xx": 1, "GET unmatched 4xx": 1 });
  assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 0 });
});

test("a listener and a handler are told apart when they are called, and stay what they were", async (t) => {
  const registry = own(t);
  const listener = instrument(
    function named(request, response) {
      response.end(this === undefined ? "none" : "own");
    },
    { registry, route: ({ url }) => url },
  );
  assert.deepEqual([listener.name, listener.length], ["named", 2]);
  const port = await listening(t, createServer(listener));
  assert.ok((await sent(port, "GET /listener")).endsWith("own"));
  const handler = instrument(async (request) => new Response(request.method), { registry, route: ({ url }) => new URL(url).pathname });
  assert.equal(await (await handler(new Request("https://example.org/handler", { method: "PUT" }))).text(), "PUT");
  await until("both", () => sum(byRequest(registry)) === 2);
  assert.deepEqual(byRequest(registry), { "GET /listener 2xx": 1, "PUT /handler 2xx": 1 });
});

test("objects with fetch and routes are followed as they are served", async (t) => {
  const registry = own(t);
  const worker = { port: 1, fetch: async () => new Response(null, { status: 404 }), routes: { "/users/:id": () => new Response("user") } };
  const served = instrument(worker, { registry });
  assert.equal(served.port, 1);
  assert.notEqual(served.fetch, worker.fetch);
  await served.routes["/users/:id"](new Request("https://example.org/users/7"));
  await served.fetch(new Request("https://example.org/none"));
  assert.deepEqual(byRequest(registry), { "GET /users/:id 2xx": 1, "GET unmatched 4xx": 1 });
});

test("requests that are in flight are counted until they end; those whose client left have a status of their own", async (t) => {
  const registry = own(t);
  const app = instrument(express(), { registry, status: "code" });
  const waiting = [];
  app.get("/slow/:id", (request, response) => {
    response.write("half");
    waiting.push(response);
  });
  const port = await listening(t, createServer(app));
  const answers = [sent(port, "GET /slow/1"), sent(port, "GET /slow/2")];
  let go;
  const gone = left(port, () => new Promise((resolve) => (go = resolve)), "GET /slow/3");
  await until("three are there", () => waiting.length === 3);
  assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 3 });
  assert.deepEqual(byRequest(registry), {});
  go();
  await gone;
  await until("one is gone", () => byRequest(registry, "http_requests_in_flight").GET === 2);
  for (const response of waiting) response.end("s");
  await Promise.all(answers);
  await until("all ended", () => sum(byRequest(registry)) === 3);
  assert.deepEqual(byRequest(registry), { "GET /slow/:id 200": 2, "GET /slow/:id aborted": 1 });
  assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 0 });
});

test("fetch handlers that throw or reject are 5xx, and throw as they did", async (t) => {
  const registry = own(t);
  const failing = instrument(
    () => {
      throw new Error("sync");
    },
    { registry },
  );
  assert.throws(() => failing(new Request("https://example.org/")), { message: "sync" });
  const rejecting = instrument(() => Promise.reject(new Error("async")), { registry });
  await assert.rejects(rejecting(new Request("https://example.org/")), { message: "async" });
  assert.deepEqual(byRequest(registry), { "GET unmatched 5xx": 2 });
  assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 0 });
});

/** Sends bytes as they are, and reads until the server ends the connection. */
async function raw(port, ...pieces) {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let text = "";
  socket.on("data", (more) => (text += more)).on("error", () => undefined);
  for (const piece of pieces) socket.write(piece);
  await once(socket, "close");
  return text;
}

const CLOSE = "host: a\r\nconnection: close\r\n";
const chunked = (...texts) => `${texts.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join("")}0\r\n\r\n`;

test("sizes are those of bodies as they went over the connection, whatever was declared and however they were written", async (t) => {
  const registry = own(t);
  const route = ({ url }) => url;
  const answers = {
    "/end": (_, response) => response.end("é".repeat(10)),
    "/latin1": (_, response) => response.end("é".repeat(10), "latin1"),
    "/writes": (_, response) => {
      response.write("a".repeat(100));
      response.write(Buffer.alloc(1000));
      response.end(new Uint8Array(50), () => undefined);
    },
    "/nothing": (_, response) => response.writeHead(204).end(),
    "/unmodified": (_, response) => response.writeHead(304).end("no body"),
    "/behind": (_, response) => {
      response.on("error", () => undefined);
      response.end("x");
      response.write("behind the end");
    },
    "/read": async (request, response) => {
      let length = 0;
      for await (const chunk of request) length += chunk.length;
      response.end(String(length));
    },
    "/unread": (_, response) => response.writeHead(413).end(),
  };
  const server = createServer((request, response) => answers[request.url](request, response));
  const port = await listening(t, instrument(server, { registry, route }));
  for (const path of ["/end", "/latin1", "/writes", "/nothing", "/unmodified", "/behind"])
    await raw(port, `GET ${path} HTTP/1.1\r\n${CLOSE}\r\n`);
  await raw(port, `HEAD /writes HTTP/1.1\r\n${CLOSE}\r\n`);
  assert.match(await raw(port, `POST /read HTTP/1.1\r\n${CLOSE}content-length: 300\r\n\r\n${"b".repeat(300)}`), /300$/);
  const text = `PUT /read HTTP/1.1\r\n${CLOSE}transfer-encoding: chunked\r\n\r\n${chunked("c".repeat(70), "d".repeat(7000))}`;
  assert.match(await raw(port, text), /7070$/);
  await raw(port, `POST /unread HTTP/1.1\r\n${CLOSE}content-length: 999999999999\r\n\r\n${"e".repeat(40)}`);
  await until("all are counted", () => sum(byRequest(registry)) === 10);
  const responses = byRequest(registry, "http_response_size_bytes_sum");
  assert.deepEqual(responses, {
    "GET /end 2xx": 20,
    "GET /latin1 2xx": 10,
    "GET /writes 2xx": 1150,
    "GET /nothing 2xx": 0,
    "GET /unmodified 3xx": 0,
    "GET /behind 2xx": 1,
    "HEAD /writes 2xx": 0,
    "POST /read 2xx": 3,
    "PUT /read 2xx": 4,
    "POST /unread 4xx": 0,
  });
  const requests = byRequest(registry, "http_request_size_bytes_sum");
  assert.deepEqual([requests["POST /read 2xx"], requests["PUT /read 2xx"], requests["GET /end 2xx"]], [300, 7070, 0]);
  // Nobody declares a size that did not come.
  assert.ok(requests["POST /unread 4xx"] <= 40, String(requests["POST /unread 4xx"]));
});

test("what inherits from a response that is counted may be counted for another one: what it writes is in both", async (t) => {
  const [whole, part] = [own(t), own(t)];
  const answering = instrument((_, response) => void (response.write("of "), response.end("a part")), { registry: part });
  const server = createServer(
    instrument(
      (request, response) => {
        response.write("begun; ");
        answering(request, Object.assign(Object.create(response), { end: (chunk) => response.end(chunk) }));
      },
      { registry: whole },
    ),
  );
  const port = await listening(t, server);
  await sent(port, "GET /");
  const name = "http_response_size_bytes_sum";
  await until("both", () => sum(byRequest(whole)) + sum(byRequest(part)) === 2);
  assert.deepEqual(byRequest(whole, name), { "GET unmatched 2xx": 16 });
  assert.deepEqual(byRequest(part, name), { "GET unmatched 2xx": 9 });
});

test("sizes of HTTP/2, where bodies need no header that says there is one", async (t) => {
  const registry = own(t);
  const server = instrument(http2.createServer(), { registry });
  server.on("request", async (request, response) => {
    let length = 0;
    for await (const chunk of request) length += chunk.length;
    response.write("first");
    response.end(String(length));
  });
  const port = await listening(t, server);
  const client = http2.connect(`http://127.0.0.1:${port}`).on("error", () => undefined);
  t.after(() => client.destroy());
  const post = client.request({ ":method": "POST", ":path": "/" });
  post.end(Buffer.alloc(5000));
  await once(post.resume(), "close");
  await once(client.request({ ":path": "/" }).resume(), "close");
  await until("both are counted", () => sum(byRequest(registry)) === 2);
  assert.deepEqual(byRequest(registry, "http_request_size_bytes_sum"), { "POST unmatched 2xx": 5000, "GET unmatched 2xx": 0 });
  assert.deepEqual(byRequest(registry, "http_response_size_bytes_sum"), { "POST unmatched 2xx": 9, "GET unmatched 2xx": 6 });
});

test("sizes of fetch handlers are those of content-length, where it is known that it came", async (t) => {
  const registry = own(t);
  const handler = instrument(
    async (request) => {
      if (request.url.endsWith("/read")) await request.text();
      return new Response("answer", request.url.endsWith("/silent") ? {} : { headers: { "content-length": "6" } });
    },
    { registry, route: ({ url }) => new URL(url).pathname },
  );
  const ask = (path, init) => handler(new Request(`https://example.org${path}`, init));
  const body = { method: "POST", body: "12345", headers: { "content-length": "5" } };
  await ask("/read", body);
  await ask("/unread", body);
  await ask("/silent");
  await ask("/empty/silent", { method: "POST", headers: { "content-length": "0" } });
  assert.deepEqual(byRequest(registry, "http_request_size_bytes_sum"), {
    "POST /read 2xx": 5,
    "GET /silent 2xx": 0,
    "POST /empty/silent 2xx": 0,
  });
  assert.deepEqual(byRequest(registry, "http_response_size_bytes_sum"), { "POST /read 2xx": 6, "POST /unread 2xx": 6 });
  assert.equal(sum(byRequest(registry)), 4);
});

const LATE = (framework, count) =>
  new RegExp(
    `^Cannot follow all requests of this application of ${framework}: it has ${count} .*call instrument\\(app\\) before they are added$`,
  );

test("an application of Express or a router is followed whatever it has already, with what it is mounted below", async (t) => {
  for (const make of [express4, express]) {
    const registry = own(t);
    const app = make();
    app.use((request, response, next) => (request.url === "/early" ? response.send("early") : next()));
    app.get("/users/:id", (request, response) => response.send(request.baseUrl));
    const shop = make().get("/items/:item", (request, response) => response.send(request.baseUrl));
    const router = make.Router().get("/parts/:part", (request, response) => response.send(request.baseUrl));
    assert.equal(instrument(shop, { registry, prefix: "shop_" }), shop);
    assert.equal(instrument(router, { registry, prefix: "router_" }), router);
    app.use("/shops/:shop", shop);
    app.use("/lists/:list", router);
    assert.equal(instrument(app, { registry }), app);
    const port = await listening(t, createServer(app));
    for (const path of ["/early", "/users/1", "/shops/2/items/3", "/lists/4/parts/5"]) await sent(port, `GET ${path}`);
    const name = "http_request_duration_seconds_count";
    await until("all", () => sum(byRequest(registry, name)) === 4);
    assert.deepEqual(byRequest(registry, name), {
      "GET unmatched 2xx": 1,
      "GET /users/:id 2xx": 1,
      "GET /shops/:shop/items/:item 2xx": 1,
      "GET /lists/:list/parts/:part 2xx": 1,
    });
    assert.deepEqual(byRequest(registry, `shop_${name}`), { "GET /shops/:shop/items/:item 2xx": 1 });
    assert.deepEqual(byRequest(registry, `router_${name}`), { "GET /lists/:list/parts/:part 2xx": 1 });
  }
});

test("an application of Koa or Hono that has routes already is refused: they would answer unseen", () => {
  assert.throws(() => instrument(new Koa().use(() => undefined)), { message: LATE("Koa", "1 route or middleware") });
  const hono = new Hono();
  hono.get("/a", () => undefined).get("/b", () => undefined);
  assert.throws(() => instrument(hono), { message: LATE("Hono", "2 routes and middleware") });
});

test("what cannot be followed is refused by name", () => {
  for (const target of [
    undefined,
    null,
    1,
    "server",
    {},
    [],
    new Map(),
    { routes: 1 },
    new (class Own {
      fetch() {}
    })(),
  ]) {
    assert.throws(() => instrument(target), {
      name: "TypeError",
      message: /^Cannot follow the requests of .*: it must be a server of node:http/,
    });
  }
});
