// A server of Deno or Bun whose requests are recorded, and its clients, in one program; it prints what was recorded, by label.

import { createServer } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { Hono } from "hono";
import { recorder, requests } from "tallystick/record";

const CLIENTS = 4;
const EACH = 10;
const samples = recorder({ prefix: "serving" });
const told = [];
const followed = requests(samples, { onError: (error) => told.push(String(error)) });
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const text = new TextEncoder();

async function until(what, is) {
  for (const from = performance.now(); !is(); await wait(2))
    if (performance.now() - from > 20_000) throw new Error(`${what} did not happen`);
}

/** What a client sees of a response that is not of this connection alone. */
async function seen(address, path, method = "GET") {
  const response = await fetch(`${address}${path}`, { method });
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !["date", "vary", "keep-alive"].includes(name)));
  return JSON.stringify([response.status, headers, await response.text()]);
}

function streamed(milliseconds) {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(text.encode("first"));
      await wait(milliseconds);
      try {
        controller.enqueue(text.encode("last"));
        controller.close();
      } catch {
        // The client left.
      }
    },
  });
}

const EVENTS = { headers: { "content-type": "text/event-stream" } };

function handler(request, info) {
  const { pathname } = new URL(request.url);
  if (pathname === "/text") return new Response("text");
  if (pathname === "/bytes") return new Response(new Uint8Array(3));
  if (pathname === "/json") return Response.json({ a: 1 });
  if (pathname === "/empty") return new Response(null, { status: 204 });
  if (pathname === "/missing") return new Response("nothing", { status: 404 });
  if (pathname === "/events") return wait(1).then(() => new Response(streamed(60), EVENTS));
  if (pathname === "/long") return new Response(streamed(2000), EVENTS);
  if (pathname === "/fails") throw new Error("of a handler");
  if (pathname === "/rejects") return Promise.reject(new Error("of a handler"));
  if (pathname === "/socket") {
    if (globalThis.Bun !== undefined) return info.upgrade(request) ? undefined : new Response("no", { status: 400 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => socket.send("welcome");
    return response;
  }
  return wait(1).then(() => new Response(`later ${pathname}`));
}

/** A server on a port of its own; its address and its end. */
function serve(handler, options = {}) {
  if (globalThis.Bun !== undefined) {
    const server = Bun.serve({
      ...options,
      port: 0,
      fetch: handler,
      error: () => new Response("failed", { status: 500 }),
      websocket: { open: (socket) => socket.send("welcome"), message: () => undefined },
    });
    return { port: server.port, close: () => server.stop(true) };
  }
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => undefined, onError: () => new Response("failed", { status: 500 }) },
    handler,
  );
  return { port: server.addr.port, close: () => server.shutdown() };
}

/** Labels with their counts since the last time; and the longest seconds of each. */
function taken() {
  const counts = {};
  const longest = {};
  for (const chunk of samples.drain({ format: "jsonl" })) {
    for (const line of new TextDecoder().decode(chunk).split("\n").slice(0, -1)) {
      const { label, measurement } = JSON.parse(line);
      counts[label] = (counts[label] ?? 0) + 1;
      longest[label] = Math.max(longest[label] ?? 0, measurement);
    }
  }
  return { counts, longest };
}

async function socketed(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`);
  await new Promise((resolve, reject) => {
    socket.onmessage = resolve;
    socket.onerror = reject;
  });
  socket.close();
  await new Promise((resolve) => (socket.onclose = resolve));
}

async function abandoned(port, path) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: example.org\r\n\r\n`);
  await once(socket, "data");
  socket.destroy();
}

const PATHS = ["/text", "/bytes", "/json", "/empty", "/missing", "/events", "/fails", "/rejects", "/users/7?x=1"];
const results = {};

{
  const bare = serve(handler);
  const own = serve(followed.fetch(handler));
  const different = [];
  for (const [method, path] of [...PATHS.map((path) => ["GET", path]), ["HEAD", "/text"], ["HEAD", "/events"]]) {
    const [expected, found] = [
      await seen(`http://127.0.0.1:${bare.port}`, path, method),
      await seen(`http://127.0.0.1:${own.port}`, path, method),
    ];
    if (expected !== found) different.push(`${method} ${path}: ${expected} and ${found}`);
  }
  results.different = different;
  await until("all are told", () => samples.statistics.waiting === PATHS.length + 2);
  taken();
  const address = `http://127.0.0.1:${own.port}`;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let i = 0; i < EACH; i++) for (const path of PATHS) await seen(address, path);
      await socketed(own.port);
      await abandoned(own.port, "/long");
    }),
  );
  await until("all are told", () => samples.statistics.waiting === CLIENTS * (EACH * PATHS.length + 2));
  const { counts, longest } = taken();
  results.fetch = counts;
  results.events = longest["/events [GET]"];
  results.long = longest["/long [GET]"];
  await bare.close();
  await own.close();
}

{
  const server = serve(followed.fetch(() => new Response("hello")));
  await seen(`http://127.0.0.1:${server.port}`, "/hello");
  await until("it is told", () => samples.statistics.waiting === 1);
  results.withoutParameters = taken().counts;
  await server.close();
}

if (globalThis.Bun !== undefined) {
  const routes = followed.routes({
    "/users/:id": (request) => new Response(request.params.id),
    "/both/:id": { GET: async (request) => Response.json(request.params), POST: () => new Response(null, { status: 201 }) },
    "/fixed": new Response("fixed"),
  });
  const server = serve(
    followed.fetch(() => new Response("none", { status: 404 })),
    { routes },
  );
  const address = `http://127.0.0.1:${server.port}`;
  for (const id of ["ann", "%C3%A9", "7"]) await seen(address, `/users/${id}`);
  results.answers = [
    await seen(address, "/users/7"),
    await seen(address, "/both/7"),
    await seen(address, "/both/7", "POST"),
    await seen(address, "/fixed"),
    await seen(address, "/none"),
  ];
  results.routes = taken().counts;
  await server.close();
}

{
  const app = new Hono();
  app.use(followed.hono());
  app.get("/users/:id", (c) => c.text(c.req.param("id")));
  app.get("/events", () => new Response(streamed(60), EVENTS));
  const server = serve(app.fetch);
  const address = `http://127.0.0.1:${server.port}`;
  for (const path of ["/users/1", "/users/2", "/events", "/none"]) await seen(address, path);
  await until("all are told", () => samples.statistics.waiting === 4);
  const { counts, longest } = taken();
  results.hono = counts;
  results.honoEvents = longest["/events [GET]"];
  await server.close();
}

{
  const server = followed.server(
    createServer((request, response) => {
      if (request.url === "/half") response.write("half");
      else response.end("done");
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, i) => {
      await seen(`http://127.0.0.1:${port}`, `/users/${i}`);
      await abandoned(port, "/half");
    }),
  );
  await until("all are told", () => samples.statistics.waiting === 2 * CLIENTS);
  results.node = taken().counts;
  server.closeAllConnections?.();
  server.close();
}

console.log(JSON.stringify({ ...results, told }));
setTimeout(() => process.exit(), 50);
