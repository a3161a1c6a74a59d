// The endpoint in every server's shape: the same page, the same refusals, and scrapes that are cut.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Router } from "@koa/router";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { Registry, registry as defaultRegistry } from "tallystick";
import { handler } from "tallystick/http";
import { listening, until } from "../requests/asking.mjs";

/** A server of the fetch standard, as adapters of frameworks make them. */
function fetchServer(handle) {
  return createServer(async (request, response) => {
    const url = `http://example.org${request.url}`;
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const answer = await handle(new Request(url, { method: request.method, headers }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
}

function expressServer(make, options) {
  const metrics = handler(options);
  const app = make();
  app.use((_request, response, next) => {
    response.setHeader("x-before", "1");
    next();
  });
  if (options.path === undefined) app.use("/metrics", metrics.express);
  else app.use(metrics.express);
  app.get("/other", (_, response) => response.send("other"));
  return createServer(app);
}

/** A server of each kind, with the endpoint at /metrics and something else at /other. */
const SERVERS = {
  "node:http": (options) => createServer(handler({ path: "/metrics", ...options }).listener),
  "Express 4": (options) => expressServer(express4, options),
  "Express 5": (options) => expressServer(express, options),
  "Express 5 by path": (options) => expressServer(express, { path: "/metrics", ...options }),
  async Fastify(options) {
    const app = fastify();
    app.addHook("onRequest", (_request, reply, done) => {
      reply.header("x-before", "1");
      done();
    });
    app.register(handler(options).fastify);
    app.get("/other", async () => "other");
    await app.ready();
    return app.server;
  },
  Koa(options) {
    const app = new Koa();
    app.silent = true;
    app.use((context, next) => {
      context.set("x-before", "1");
      return next();
    });
    const router = new Router();
    router.all("/metrics", handler(options).koa);
    router.get("/other", (context) => (context.body = "other"));
    app.use(router.routes());
    return createServer(app.callback());
  },
  "Koa by path"(options) {
    const app = new Koa();
    app.silent = true;
    app.use((context, next) => {
      context.set("x-before", "1");
      return next();
    });
    app.use(handler({ path: "/metrics", ...options }).koa);
    app.use((context) => {
      if (context.path === "/other") context.body = "other";
    });
    return createServer(app.callback());
  },
  fetch: (options) => fetchServer(handler({ path: "/metrics", ...options }).fetch),
  Hono(options) {
    const app = new Hono();
    app.use(async (context, next) => {
      await next();
      context.header("x-before", "1");
    });
    app.all("/metrics", handler(options).hono);
    app.get("/other", (context) => context.text("other"));
    return fetchServer(app.fetch);
  },
  "Hono by path"(options) {
    const app = new Hono();
    app.use(handler({ path: "/metrics", ...options }).hono);
    app.get("/other", (context) => context.text("other"));
    return fetchServer(app.fetch);
  },
};

/** A registry of its own with one counter, until the test is over. */
function counted(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
  return registry;
}

for (const [name, make] of Object.entries(SERVERS)) {
  test(`${name}: the page, negotiated and compressed, HEAD, OPTIONS, and 405`, async (t) => {
    const registry = counted(t);
    const port = await listening(t, await make({ registry }));
    const at = (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
    const page = await at("/metrics?name[]=jobs");
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
    assert.equal(await page.text(), "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 3\n");
    if (!/http$|fetch|Hono by path/.test(name)) assert.equal(page.headers.get("x-before"), "1");
    const open = await at("/metrics", { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
    assert.match(open.headers.get("content-type"), /^application\/openmetrics-text/);
    assert.match(await open.text(), /^jobs_total 3$[^]*# EOF\n$/m);
    const head = await at("/metrics", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    assert.match(head.headers.get("content-type"), /^text\/plain/);
    const options = await at("/metrics", { method: "OPTIONS" });
    assert.deepEqual([options.status, options.headers.get("allow")], [204, "GET, HEAD, OPTIONS"]);
    for (const method of ["POST", "DELETE"]) {
      const refused = await at("/metrics", { method });
      assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD, OPTIONS"], method);
    }
    const other = await at("/other");
    assert.equal(other.status, /^(node:http|fetch)$/.test(name) ? 404 : 200);
    assert.equal(await other.text(), /^(node:http|fetch)$/.test(name) ? "Not found\n" : "other");
    const elsewhere = await at("/metric");
    assert.equal(elsewhere.status, 404);
    await elsewhere.text();
    for (let i = 0; i < 100; i++) registry.counter({ name: `filler_${i}`, help: "Fills the page." }).inc();
    const text = await (await at("/metrics", { headers: { "accept-encoding": "identity" } })).text();
    const [packed, head2] = await raw(port, "GET /metrics HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n");
    assert.match(head2, /content-encoding: gzip/i);
    assert.equal(gunzipSync(packed).toString(), text);
  });

  test(`${name}: who has no token is answered with 401, and hears nothing of the page`, async (t) => {
    const port = await listening(t, await make({ registry: counted(t), auth: { bearer: ["first", "second"] } }));
    for (const [authorization, status] of [
      [undefined, 401],
      ["", 401],
      ["Bearer", 401],
      ["Bearer ", 401],
      ["Bearer third", 401],
      ["Bearer firs", 401],
      ["Bearer firstfirst", 401],
      ["Bearer first second", 401],
      ["Basic first", 401],
      ["Bearer first", 200],
      ["bearer   second ", 200],
    ]) {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, authorization === undefined ? {} : { headers: { authorization } });
      assert.equal(answer.status, status, authorization);
      const text = await answer.text();
      if (status === 200) continue;
      assert.equal(text, "Unauthorized\n");
      assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="metrics"');
    }
  });
}

/** The body, joined of its chunks, and the head of an answer, byte by byte. */
async function raw(port, text) {
  const socket = connect(port, "127.0.0.1");
  const pieces = [];
  socket.on("data", (piece) => pieces.push(piece));
  socket.write(text);
  await once(socket, "close");
  const all = Buffer.concat(pieces);
  const end = all.indexOf("\r\n\r\n");
  const head = all.subarray(0, end).toString("latin1");
  let body = all.subarray(end + 4);
  if (!/transfer-encoding: chunked/i.test(head)) return [body, head];
  const chunks = [];
  for (;;) {
    const line = body.indexOf("\r\n");
    const length = parseInt(body.subarray(0, line).toString("latin1"), 16);
    if (length === 0) return [Buffer.concat(chunks), head];
    chunks.push(body.subarray(line + 2, line + 2 + length));
    body = body.subarray(line + 2 + length + 2);
  }
}

/** A registry whose page has some megabytes. */
function large(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  const filler = registry.counter({ name: "filler", help: "Fills the page.", labelNames: ["n"], maxSeries: 200_000 });
  for (let i = 0; i < 120_000; i++) filler.inc({ n: `a value that takes some room ${i}` });
  return registry;
}

for (const name of ["node:http", "Express 5", "Fastify", "Koa"]) {
  test(`${name}: a scrape that nobody reads holds nothing up, one that is cut ends, and others are served meanwhile`, async (t) => {
    const told = [];
    const server = await SERVERS[name]({ registry: large(t), maxScrapes: 2, compress: false, onError: (error) => told.push(error) });
    let open = 0;
    const written = [];
    server.on("request", (_, response) => {
      open++;
      response.on("close", () => open--);
      written.push(response);
    });
    const port = await listening(t, server);
    const slow = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    for (const socket of slow) {
      socket.on("error", () => undefined).pause();
      socket.write("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n");
    }
    await until("both are under way", () => open === 2 && written.every((response) => response.writableNeedDrain));
    // No more is made than is taken: the page has some 8 MB.
    for (const response of written) assert.ok(response.writableLength < 1 << 20, `${response.writableLength} bytes wait`);
    const refused = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
    assert.match(await refused.text(), /There are 2 scrapes/);
    for (const socket of slow) socket.destroy();
    await until("they are gone", () => open === 0);
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.equal(page.split("\n").length, 120_000 + 3);
    assert.deepEqual(told, []);
  });
}

test("fetch: scrapes beyond maxScrapes are answered with 503, and the next ones are let in again", async (t) => {
  const registry = counted(t);
  let go;
  registry.collect(() => new Promise((resolve) => (go = resolve)), { timeoutSeconds: 20 });
  const metrics = handler({ registry, maxScrapes: 1 });
  const ask = () => metrics.fetch(new Request("https://example.org/metrics"));
  const first = ask();
  await until("it waits", () => go !== undefined);
  assert.equal((await ask()).status, 503);
  go();
  assert.equal((await first).status, 200);
  go = undefined;
  const again = ask();
  await until("it waits", () => go !== undefined);
  go();
  assert.equal((await again).status, 200);
});

test("what fails is answered with 500 and told, and lets the next one in", async (t) => {
  const registry = new Registry();
  const told = [];
  const metrics = handler({ registry, path: "/metrics", maxScrapes: 1, onError: (error) => told.push(error.code) });
  const port = await listening(t, createServer(metrics.listener));
  registry.close();
  for (let i = 0; i < 2; i++) {
    assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 500);
    assert.equal((await metrics.fetch(new Request("https://example.org/metrics"))).status, 500);
  }
  assert.deepEqual(told, Array(4).fill("closed"));
});

test("node:http2 and whole URLs of proxies", async (t) => {
  const metrics = handler({ registry: counted(t), path: "/metrics" });
  const port = await listening(t, http2.createServer(metrics.listener));
  const client = http2.connect(`http://127.0.0.1:${port}`);
  t.after(() => client.destroy());
  const stream = client.request({ ":path": "/metrics?name[]=jobs" });
  let text = "";
  stream.setEncoding("utf8").on("data", (piece) => (text += piece));
  await once(stream, "end");
  assert.match(text, /jobs_total 3/);
  const plain = await listening(t, createServer(metrics.listener));
  const [body] = await raw(plain, "GET http://example.org/metrics?name[]=jobs HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  assert.match(body.toString(), /jobs_total 3/);
});

test("Fastify: the path of its registration, of the options, and /metrics, in this order", async () => {
  for (const [options, own, expected] of [
    [{}, undefined, "/metrics"],
    [{ path: "/a" }, undefined, "/a"],
    [{ path: "/a" }, { path: "/b" }, "/b"],
  ]) {
    const app = fastify();
    app.register(handler(options).fastify, own);
    await app.ready();
    assert.equal((await app.inject(expected)).statusCode, 200);
  }
});

test("a header that is long and hostile costs no more than its length", { timeout: 20_000 }, async (t) => {
  const metrics = handler({ registry: counted(t), auth: { user: "u", password: "p" } });
  const authorization = `Basic b${" ".repeat(15_000)}c`;
  for (let i = 0; i < 200; i++) {
    const answer = await metrics.fetch(new Request("https://example.org/metrics", { headers: { authorization } }));
    assert.equal(answer.status, 401);
  }
  const right = { authorization: `Basic ${btoa("u:p")}` };
  assert.equal((await metrics.fetch(new Request("https://example.org/metrics", { headers: right }))).status, 200);
});

test("handler() serves the default registry, and refuses what it does not know", async () => {
  defaultRegistry.counter({ name: "of_default", help: "There." }).inc();
  assert.match(await (await handler().fetch(new Request("https://example.org/"))).text(), /of_default_total 1/);
  for (const [options, name, message] of [
    [{ port: 1 }, "TypeError", /Cannot use option "port" of handler: its options are registry, path, auth/],
    [{ path: "metrics" }, "TypeError", /Cannot use "metrics" as path of handler: it must begin with "\/"/],
    [{ path: "/a?b" }, "TypeError", /path of handler/],
    [{ registry: {} }, "TypeError", /Cannot use an empty object as registry of handler: it must be a Registry/],
    [{ maxScrapes: 0 }, "RangeError", /Cannot use 0 as maxScrapes of handler: it must be a whole number from 1 to 1024/],
    [{ maxScrapes: 1025 }, "RangeError", /maxScrapes/],
    [{ maxScrapes: 1.5 }, "RangeError", /maxScrapes/],
    [{ auth: {} }, "TypeError", /^Cannot use auth of handler: it must have bearer, or user and password, not empty$/],
    [{ auth: { bearer: "geheim mit Leerzeichen" } }, "TypeError", /^Cannot use auth of handler: a token is/],
    [{ auth: { user: "a:b", password: "geheim" } }, "TypeError", /^Cannot use auth of handler: a user has no ":"/],
    [{ compress: 1 }, "TypeError", /Cannot use 1 as compress of handler: it must be a boolean/],
  ]) {
    assert.throws(
      () => handler(options),
      (error) => {
        assert.equal(error.name, name);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /geheim/);
        return true;
      },
    );
  }
});
