// Requests that are followed late: behind something that takes time, when their client may have left already.

import { deepEqual } from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import express from "express";
import express4 from "express4";
import Koa from "koa";
import { listening, settled, until } from "./asking.mjs";
import { brief, kept } from "./internals.mjs";

/** A server that hands a request on when its connection is gone, and those that came with it. */
function handingOn(application) {
  return createServer((request, response) => {
    request.socket.on("close", () => setImmediate(application, request, response));
  });
}

const APPLICATIONS = {
  "a listener": (requests) => requests.listener((_, response) => response.end("x")),
  "Express 4": (requests) =>
    express4()
      .use(requests.express())
      .get("/:id", (_, response) => response.send("x")),
  "Express 5": (requests) =>
    express()
      .use(requests.express())
      .get("/:id", (_, response) => response.send("x")),
  Koa: (requests) =>
    new Koa()
      .use(requests.koa())
      .use((context) => (context.body = "x"))
      .callback(),
};

for (const [name, make] of Object.entries(APPLICATIONS)) {
  test(`${name}: a client that left before its request was followed is told, and so are those pipelined behind it`, async (t) => {
    const { requests, finished, told } = kept({ route: () => "/:id" });
    const port = await listening(t, handingOn(make(requests)));
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    const head = "GET /7 HTTP/1.1\r\nhost: a\r\n\r\n";
    socket.write(head + head);
    await once(socket, "connect");
    await settled();
    socket.destroy();
    await until("both are told", () => finished.length === 2);
    await settled();
    deepEqual(brief(finished), ["/:id [GET] 0 aborted", "/:id [GET] 0 aborted"]);
    deepEqual(told, []);
  });
}

test("node:http2: a stream that was reset before its request was followed is told", async (t) => {
  const { requests, finished } = kept({ route: () => "/:id" });
  const listener = requests.listener((_, response) => response.end("x"));
  const server = http2.createServer((request, response) => {
    request.stream.on("close", () => setImmediate(listener, request, response));
  });
  const port = await listening(t, server);
  const client = http2.connect(`http://127.0.0.1:${port}`).on("error", () => undefined);
  t.after(() => client.destroy());
  const stream = client.request({ ":path": "/7" }).on("error", () => undefined);
  await settled();
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await until("it is told", () => finished.length === 1);
  await settled();
  deepEqual(brief(finished), ["/:id [GET] 0 aborted"]);
});

test("a response that had ended before its request was followed is told once", async (t) => {
  const { requests, finished } = kept({ route: () => "/:id" });
  const listener = requests.listener(() => undefined);
  const server = createServer((request, response) => {
    response.on("close", () => setImmediate(listener, request, response));
    response.end("x");
  });
  const port = await listening(t, server);
  await (await fetch(`http://127.0.0.1:${port}/7`)).text();
  await until("it is told", () => finished.length === 1);
  await settled();
  deepEqual(brief(finished), ["/:id [GET] 200"]);
});
