// A server that answers as a test wants, and keeps what it was sent.

import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

/** Waits until something is there; fails by name. */
export async function until(what, look, within = 15_000) {
  const deadline = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${within} ms for ${what}`);
    await sleep(5);
  }
}

/** Stands still for what is done meanwhile: how long that takes on a machine that does other things says nothing. */
export async function standing(t, during) {
  const { now } = performance;
  const at = now.call(performance);
  t.after(() => (performance.now = now));
  performance.now = () => at;
  try {
    await during();
  } finally {
    performance.now = now;
  }
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

/**
 * `answer(request, response, number)` is called when a request has arrived; without it all is 200. `requests` has method, url, headers and
 * body of each.
 */
export async function answering(t, answer = (_request, response) => response.end()) {
  const requests = [];
  const faults = [];
  const server = createServer(async (request, response) => {
    try {
      const kept = {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: await bodyOf(request),
        at: performance.now(),
      };
      requests.push(kept);
      await answer(kept, response, requests.length);
    } catch (error) {
      // Whoever asked may have gone; all else is a fault of the test.
      if (!request.readableAborted) faults.push(error);
      response.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  t.after(async () => {
    await close();
    if (faults.length > 0) throw faults[0];
  });
  return { requests, close, port: server.address().port, url: `http://127.0.0.1:${server.address().port}` };
}

/** A port where nobody listens. */
export async function nobody() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An answer without an end, until whoever asked goes; `sent` tells of the bytes that it took by then. */
export function endless(response, status, sent = () => {}) {
  const { socket } = response;
  response.on("close", () => sent(socket.bytesWritten));
  response.writeHead(status, { "content-type": "text/html" });
  const more = () => {
    while (!response.destroyed && response.write("<p>no</p>".repeat(1000)));
  };
  response.on("drain", more);
  more();
}
