// Express 4 and 5, Fastify, Koa and Hono on node:http: their patterns, whoever answers, and what they do without a route.

import { deepEqual, equal, ok } from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { once } from "node:events";
import { test } from "node:test";
import { Router } from "@koa/router";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { left, listening, sent, settled, until } from "./asking.mjs";
import { brief, kept } from "./internals.mjs";

const quiet = () => undefined;

/** Sends each request alone; what was told of it. */
async function told(port, finished, requests) {
  const found = [];
  for (const request of requests) {
    const before = finished.length;
    await sent(port, request);
    await until(request, () => finished.length > before);
    found.push(...brief(finished.slice(before)));
  }
  await settled();
  equal(finished.length, requests.length);
  return found;
}

/** Each request with what is told of it. */
async function asked(t, server, finished, table) {
  const port = await listening(t, server);
  const found = await told(port, finished, Object.keys(table));
  deepEqual(Object.fromEntries(Object.keys(table).map((request, i) => [request, found[i]])), table);
  return port;
}

/** An application with routers in routers, whose errors the outermost one answers. */
function applicationOf(make) {
  const app = make();
  const tenants = make.Router();
  const users = make.Router({ mergeParams: true });
  users.get("/", (_, response) => response.send("all"));
  users.get("/:id", (request, response) => response.json(request.params));
  users.get("/:id/fails", () => {
    throw new Error("of a handler");
  });
  users.get("/:id/rejects", async (_request, _response, next) => {
    await Promise.resolve();
    next(new Error("later"));
  });
  users.get("/:id/skips", (_request, _response, next) => next());
  tenants.use("/:tenant/users", users);
  const admin = make();
  admin.get("/status/:part", (request, response) => response.send(request.baseUrl));
  return { app, tenants, admin };
}

const EXPRESSES = { "Express 4": express4, "Express 5": express };
for (const [name, make] of Object.entries(EXPRESSES)) {
  test(`${name}: patterns of mounted routers, of errors, and of what nothing is there for`, async (t) => {
    const { requests, finished, told: complaints } = kept();
    const { app, tenants, admin } = applicationOf(make);
    app.use(requests.express());
    const later = [];
    app.use((request, _response, next) => {
      later.push(request.route, request.baseUrl);
      next();
    });
    app.get("/", (_, response) => response.send("root"));
    app.get(["/a", "/b"], (_, response) => response.send("both"));
    app.get(/^\/ex(\d+)$/, (_, response) => response.send("expression"));
    app.all("/any", (_, response) => response.sendStatus(204));
    app.route("/chain").get((_, response) => response.send("chain"));
    app.get("/twice", (_request, _response, next) => next());
    app.get("/:what", (request, response, next) => (request.params.what === "twice" ? response.send("second") : next()));
    app.use("/tenants", tenants);
    // What the first of two mounts passes on.
    app.get("/tenants/:name/plain", (_, response) => response.send("plain"));
    app.use(
      "/tenants/:name",
      make.Router().get("/late/:id", (_, response) => response.send("late")),
    );
    app.use("/admin", admin);
    app.use("/files", (_, response) => response.send("file"));
    app.use("/gone", (_, response) => response.sendStatus(404));
    app.use("/guarded", (_request, response) => response.status(401).end());
    app.use((error, _request, response, _next) => response.status(503).send(error.message));
    const port = await asked(t, createServer(app), finished, {
      "GET /": "/ [GET] 200",
      "HEAD /": "/ [HEAD] 200",
      "GET /a?x=1": "/a|/b [GET] 200",
      "GET /b": "/a|/b [GET] 200",
      "GET /ex42": "/^\\/ex(\\d+)$/ [GET] 200",
      "POST /any": "/any [POST] 204",
      "GET /chain": "/chain [GET] 200",
      "GET /twice": "/:what [GET] 200",
      "GET /tenants/acme/users": "/tenants/:tenant/users [GET] 200",
      "GET /tenants/acme/users/7": "/tenants/:tenant/users/:id [GET] 200",
      "GET /TENANTS/Other/Users/8/": "/tenants/:tenant/users/:id [GET] 200",
      "GET /tenants/acme/users/7/fails": "/tenants/:tenant/users/:id/fails [GET] 503",
      "GET /tenants/acme/users/7/rejects": "/tenants/:tenant/users/:id/rejects [GET] 503",
      "GET /tenants/acme/users/7/skips": "/tenants/:tenant/users/:id/skips [GET] 404",
      "GET /tenants/acme/plain": "/tenants/:name/plain [GET] 200",
      "GET /tenants/acme/late/7": "/tenants/:name/late/:id [GET] 200",
      "GET /tenants/acme/nothing": "unmatched [GET] 404",
      "GET /tenants/acme/users/a/b/c": "unmatched [GET] 404",
      "DELETE /tenants/acme": "unmatched [DELETE] 404",
      "GET /admin/status/disk": "/admin/status/:part [GET] 200",
      "GET /files/x/y.png": "/files [GET] 200",
      "GET /guarded/42": "/guarded [GET] 401",
      "GET /gone/42": "unmatched [GET] 404",
      "GET /nothing/here": "unmatched [GET] 404",
      "GET /%zz": "unmatched [GET] 503",
      "PROPFIND /a": "unmatched [OTHER] 404",
    });
    // What the application sees of a request is what it would see without.
    ok((await sent(port, "GET /tenants/acme/users/7")).endsWith('{"tenant":"acme","id":"7"}'));
    ok((await sent(port, "GET /admin/status/disk")).endsWith("/admin"));
    deepEqual([...new Set(later)], [undefined, ""]);
    deepEqual(complaints, []);
  });

  test(`${name}: a server and its application, an application in another one, and a middleware that is there twice`, async (t) => {
    const { requests, finished } = kept();
    const { app, admin } = applicationOf(make);
    app.use(requests.express(), requests.express());
    admin.use(requests.express());
    app.use("/admin", admin);
    const server = requests.server(createServer(app));
    await asked(t, server, finished, {
      "GET /admin/status/disk": "/admin/status/:part [GET] 200",
      "GET /nothing": "unmatched [GET] 404",
    });
  });

  test(`${name}: while it is off nothing is added to a request`, async (t) => {
    const { requests, sink, finished } = kept();
    const app = make();
    const seen = [];
    app.use(requests.express());
    app.get("/:x", (request, response) => {
      seen.push(typeof Object.getOwnPropertyDescriptor(request, "baseUrl").get);
      response.send("sent");
    });
    const port = await listening(t, createServer(app));
    for (const on of [false, true]) {
      sink.isOn = on;
      ok((await sent(port, "GET /x")).endsWith("sent"));
    }
    await until("one is told", () => finished.length === 1);
    deepEqual(seen, ["undefined", "function"]);
  });
}

test("Express: clients that leave a mounted route are told with it", async (t) => {
  const { requests, finished } = kept();
  const app = express();
  const router = express.Router();
  let heard = false;
  router.get("/:id", (_, response) => {
    heard = true;
    response.write("half");
  });
  app.use(requests.express());
  app.use("/halves", router);
  const port = await listening(t, createServer(app));
  await left(port, () => until("it is heard", () => heard), "GET /halves/7");
  await until("it is told", () => finished.length === 1);
  deepEqual(brief(finished), ["/halves/:id [GET] 200 aborted"]);
});

function fastifyOf(requests, options) {
  const app = fastify(options);
  app.register(requests.fastify());
  app.setErrorHandler((error, _request, reply) => reply.code(503).send(error.message));
  app.get("/users/:id", async () => ({}));
  app.register(
    async (inner) => {
      inner.get("/:a/files/*", async () => "file");
      inner.get("/fails", async () => {
        throw new Error("of a handler");
      });
      inner.setNotFoundHandler((_request, reply) => reply.code(404).send("none in here"));
    },
    { prefix: "/inner" },
  );
  app.get("/hijacked", (_request, reply) => {
    reply.hijack();
    reply.raw.end("raw");
  });
  app.get("/never", quiet);
  return app;
}

test("Fastify: patterns of prefixes, errors, hijacked replies, clients that leave, and inject()", async (t) => {
  const { requests, finished } = kept();
  const app = fastifyOf(requests);
  await app.ready();
  const port = await asked(t, app.server, finished, {
    "GET /users/42?x": "/users/:id [GET] 200",
    "HEAD /users/42": "/users/:id [HEAD] 200",
    "GET /inner/1/files/x/y": "/inner/:a/files/* [GET] 200",
    "GET /inner/fails": "/inner/fails [GET] 503",
    "GET /inner/none/": "unmatched [GET] 404",
    "GET /none": "unmatched [GET] 404",
    "POST /users/42": "unmatched [POST] 404",
    "GET /hijacked": "/hijacked [GET] 200",
  });
  finished.length = 0;
  await left(port, () => new Promise((resolve) => setTimeout(resolve, 50)), "GET /never");
  await until("it is told", () => finished.length === 1);
  await app.inject("/users/1");
  await app.inject("/none");
  await until("they are told", () => finished.length === 3);
  await settled();
  deepEqual(brief(finished), ["/never [GET] 0 aborted", "/users/:id [GET] 200", "unmatched [GET] 404"]);
});

test("Fastify: what it answers before its hooks, as a URL that cannot be decoded, has no route", async (t) => {
  const { requests, finished } = kept();
  const app = fastifyOf(requests);
  await app.ready();
  await asked(t, app.server, finished, {
    "GET /users/%ZZ": "unmatched [GET] 400",
    "GET /users/42": "/users/:id [GET] 200",
    "GET /word/%ZZ": "unmatched [GET] 400",
  });
});

test("Fastify: within a plugin it follows what is in there, and nothing else", async (t) => {
  const { requests, finished } = kept();
  const app = fastify();
  app.register(async (inner) => {
    inner.register(requests.fastify());
    inner.get("/in/:id", async () => "in");
  });
  app.get("/out", async () => "out");
  await app.ready();
  const port = await listening(t, app.server);
  for (const path of ["/out", "/in/%ZZ", "/in/1"]) await sent(port, `GET ${path}`);
  await until("one", () => finished.length > 0);
  await settled();
  deepEqual(brief(finished), ["/in/:id [GET] 200"]);
});

test("Fastify over HTTP/2", async (t) => {
  const { requests, finished } = kept();
  const app = fastifyOf(requests, { http2: true });
  await app.ready();
  const port = await listening(t, app.server);
  const client = http2.connect(`http://127.0.0.1:${port}`).on("error", quiet);
  t.after(() => client.destroy());
  await Promise.all(Array.from({ length: 4 }, (_, i) => once(client.request({ ":path": `/users/${i}` }).resume(), "close")));
  await until("four", () => finished.length === 4);
  deepEqual(brief(finished), Array(4).fill("/users/:id [GET] 200"));
});

test("Koa: patterns of @koa/router, errors, and what has no route", async (t) => {
  const { requests, finished } = kept();
  const app = new Koa();
  app.silent = true;
  const router = new Router({ prefix: "/api" });
  const inner = new Router();
  inner.get("/:id/parts", (context) => (context.body = context.params));
  router.get("/users/:id", (context) => (context.body = "user"));
  router.get("/fails", () => {
    throw new Error("of a handler");
  });
  router.get("/late", async (context) => {
    await Promise.resolve();
    context.status = 202;
  });
  router.use("/nested", inner.routes());
  app.use(requests.koa());
  app.use(router.routes()).use(router.allowedMethods());
  app.use((context, next) => {
    if (context.path !== "/plain") return next();
    context.body = "plain";
  });
  await asked(t, createServer(app.callback()), finished, {
    "GET /api/users/42?x": "/api/users/:id [GET] 200",
    "HEAD /api/users/42": "/api/users/:id [HEAD] 200",
    "GET /api/fails": "/api/fails [GET] 500",
    "GET /api/late": "/api/late [GET] 202",
    "GET /api/nested/7/parts": "/api/nested/:id/parts [GET] 200",
    "GET /none": "unmatched [GET] 404",
    "GET /plain": "unmatched [GET] 200",
  });
  const context = {};
  const promise = Promise.resolve("given");
  equal(
    requests.koa()(context, () => promise),
    promise,
  );
});

test("Koa without a router: the path is the pattern, as of a server without a framework, until there is one", async (t) => {
  const { requests, finished } = kept();
  const app = new Koa();
  app.use(requests.koa());
  app.use((context, next) => {
    if (context.path.startsWith("/none")) return;
    if (context.path.startsWith("/routed")) return next();
    context.body = "plain";
  });
  app.use(new Router().get("/routed/:id", (context) => (context.body = "routed")).routes());
  await asked(t, createServer(app.callback()), finished, {
    "GET /users/42?x": "/users/:id [GET] 200",
    "GET /none/42": "unmatched [GET] 404",
    "GET /routed/42": "/routed/:id [GET] 200",
    "GET /users/43": "unmatched [GET] 200",
  });
  const own = kept({ route: () => "own" });
  const plain = new Koa().use(own.requests.koa()).use((context) => (context.body = "plain"));
  await asked(t, createServer(plain.callback()), own.finished, { "GET /users/42": "own [GET] 200" });
});

/** As @hono/node-server has it: the environment has what is beneath. */
function honoServer(app) {
  return createServer(async (incoming, outgoing) => {
    const url = `http://example.org${incoming.url}`;
    const response = await app.fetch(new Request(url, { method: incoming.method }), { incoming, outgoing });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body !== null) for await (const chunk of response.body) outgoing.write(chunk);
    outgoing.end();
  });
}

function honoOf(requests) {
  const app = new Hono();
  app.use(requests.hono());
  app.use("/guarded/*", (c, next) => (c.req.path.endsWith("in") ? next() : c.text("no", 401)));
  app.get("/users/:id", (c) => c.text("user", 200, { "x-own": "1" }));
  app.get("/guarded/in", (c) => c.text("in"));
  app.get("/skips", (_, next) => next());
  app.all("/any/:id", (c) => c.text("any"));
  app.get("/files/*", (c) => c.text("file"));
  app.get("/fails", () => {
    throw new Error("of a handler");
  });
  app.get(
    "/stream",
    () => new Response(new ReadableStream({ start: (it) => (it.enqueue(new Uint8Array(3)), it.close()) }), { headers: { "x-own": "2" } }),
  );
  app.route(
    "/inner",
    new Hono().get("/:part", (c) => c.text("part")),
  );
  app.onError((error, c) => c.text(error.message, 503));
  return app;
}

const HONO = {
  "GET /users/42?x": "/users/:id [GET] 200",
  "HEAD /users/42": "/users/:id [HEAD] 200",
  "GET /guarded/in": "/guarded/in [GET] 200",
  "GET /guarded/out": "/guarded/* [GET] 401",
  "GET /skips": "/skips [GET] 404",
  "PUT /any/7": "/any/:id [PUT] 200",
  "GET /files/x/y": "/files/* [GET] 200",
  "GET /fails": "/fails [GET] 503",
  "GET /stream": "/stream [GET] 200",
  "GET /inner/7": "/inner/:part [GET] 200",
  "GET /none": "unmatched [GET] 404",
};

test("Hono on node:http: patterns, errors, and what has no route", async (t) => {
  const { requests, finished } = kept();
  await asked(t, honoServer(honoOf(requests)), finished, HONO);
});

test("Hono where nobody tells of the end, alone and within fetch()", async () => {
  const { requests, finished, told: complaints } = kept();
  const app = honoOf(requests);
  for (const handler of [app.fetch, requests.fetch(app.fetch)]) {
    finished.length = 0;
    for (const request of Object.keys(HONO)) {
      const [method, path] = request.split(" ");
      const response = await handler(new Request(`http://example.org${path}`, { method }));
      if (path === "/stream") {
        deepEqual([response.headers.get("x-own"), finished.some(({ route }) => route === "/stream")], ["2", false]);
      }
      await response.arrayBuffer();
    }
    deepEqual(brief(finished), Object.values(HONO));
  }
  deepEqual(complaints, []);
});

test("an application with its own route() is asked where its framework found none", async (t) => {
  const { requests, finished } = kept({ route: (request) => (request.url === "/plain" ? "plain" : undefined) });
  const app = express();
  app.use(requests.express());
  app.get("/users/:id", (_, response) => response.send("user"));
  app.use((_, response) => response.send("plain"));
  await asked(t, createServer(app), finished, {
    "GET /users/1": "/users/:id [GET] 200",
    "GET /plain": "plain [GET] 200",
    "GET /other": "unmatched [GET] 200",
  });
});
