// Scrapes and requests that are heard of late: behind others on their connection, or behind something that takes time.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { handler, instrument } from "tallystick/http";
import { listening, settled, until } from "../requests/asking.mjs";
import { byRequest, own, sum } from "./counting.mjs";

const HEAD = (path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;

test("handler(): scrapes that wait behind a slow answer, whose client leaves, make room for others", async (t) => {
  const metrics = handler({ registry: own(t), path: "/metrics", maxScrapes: 3 });
  let scrapes = 0;
  const server = createServer((request, response) => {
    if (request.url === "/slow") return;
    scrapes++;
    metrics.listener(request, response);
  });
  const port = await listening(t, server);
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  socket.write(HEAD("/slow") + HEAD("/metrics").repeat(20));
  await until("all have come", () => scrapes === 20);
  assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 503);
  socket.destroy();
  await settled();
  const pages = await Promise.all([1, 2, 3].map(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).status));
  assert.deepEqual(pages, [200, 200, 200]);
});

test("handler(): a scrape whose client left before it came to the endpoint takes no room", async (t) => {
  const told = [];
  const metrics = handler({ registry: own(t), maxScrapes: 1, onError: (error) => told.push(error) });
  let scrapes = 0;
  const late = (request, response) => {
    if (request.url !== "/late") {
      metrics.listener(request, response);
      return;
    }
    const gone = request.stream ?? request.socket;
    const scrape = () => {
      metrics.listener(request, response);
      scrapes++;
    };
    gone.once("close", () => setImmediate(scrape));
  };
  const port = await listening(t, createServer(late));
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  socket.write(HEAD("/late") + HEAD("/late"));
  await settled();
  socket.destroy();
  await until("they have come", () => scrapes === 2);
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);

  const other = await listening(t, http2.createServer(late));
  const client = http2.connect(`http://127.0.0.1:${other}`).on("error", () => undefined);
  t.after(() => client.destroy());
  const stream = client.request({ ":path": "/late" }).on("error", () => undefined);
  await settled();
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await until("it has come", () => scrapes === 3);
  const [head] = await once(client.request({ ":path": "/" }), "response");
  assert.equal(head[":status"], 200);
  assert.deepEqual(told, []);
});

/** A chunk that comes when its request is followed already. */
const LAST = "2\r\nfg\r\n0\r\n\r\n";

test("sizes of bodies of which a part came before their request was followed, and of one that was read by then", async (t) => {
  const registry = own(t);
  const arrived = [];
  const length = async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    response.end(String(bytes));
  };
  const listener = instrument(length, { registry, route: ({ url }) => url });
  const server = createServer(async (request, response) => {
    if (request.url === "/read") await once(request, "data");
    else await until("a part is there", () => request.readableLength === 5);
    arrived.push(request.url);
    listener(request, response);
  });
  const port = await listening(t, server);
  for (const path of ["/buffered", "/read"]) {
    const socket = connect(port, "127.0.0.1").resume();
    socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n`);
    await until("it is followed", () => arrived.includes(path));
    socket.end(LAST);
    await once(socket, "close");
  }
  await until("both are counted", () => sum(byRequest(registry)) === 2);
  assert.deepEqual(byRequest(registry, "http_request_size_bytes_sum"), { "POST /buffered 2xx": 7 });
});
