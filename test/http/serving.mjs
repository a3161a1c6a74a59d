// The endpoint and instrumented servers in one program, of node:http and of the runtime's own; it prints what its page says in the end.

import { createServer } from "node:http";
import { once } from "node:events";
import express from "express";
import { Registry } from "tallystick";
import { handler, instrument } from "tallystick/http";
import { byRequest, sum } from "./counting.mjs";

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const told = [];
const onError = (error) => told.push(String(error));

async function until(what, is) {
  for (const from = performance.now(); !is(); await wait(2))
    if (performance.now() - from > 20_000) throw new Error(`${what} did not happen`);
}

/** Status and length of an answer. */
async function asked(port, path, init) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return [response.status, (await response.text()).length];
}

/** What a client gets of the endpoint and of the application. */
async function answers(port) {
  const found = {
    user: await asked(port, "/users/7"),
    head: await asked(port, "/users/8", { method: "HEAD" }),
    body: await asked(port, "/in", { method: "POST", body: "b".repeat(300) }),
    none: await asked(port, "/none"),
    refused: await asked(port, "/metrics"),
    post: await asked(port, "/metrics", { method: "POST", headers: { authorization: "Bearer t" } }),
  };
  const page = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: "Bearer t", accept: "application/openmetrics-text" },
  });
  const text = await page.text();
  return {
    ...found,
    page: [page.status, page.headers.get("content-type").split(";")[0], text.trim().endsWith("# EOF"), text.includes("_bucket{")],
  };
}

function counted(registry) {
  return {
    requests: byRequest(registry),
    received: byRequest(registry, "http_request_size_bytes_sum"),
    sent: byRequest(registry, "http_response_size_bytes_sum"),
    inFlight: byRequest(registry, "http_requests_in_flight"),
  };
}

const results = {};

{
  const registry = new Registry();
  const metrics = handler({ registry, auth: { bearer: "t" }, onError });
  const app = instrument(express(), { registry, onError });
  app.use("/metrics", metrics.express);
  app.get("/users/:id", (_, response) => response.send("user"));
  app.post("/in", (request, response) => {
    let length = 0;
    request.on("data", (chunk) => (length += chunk.length));
    request.on("end", () => {
      response.write("got ");
      response.end(String(length));
    });
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const found = await answers(server.address().port);
  await until("all are counted", () => sum(byRequest(registry)) === 4);
  results.node = { answers: found, ...counted(registry) };
  server.closeAllConnections?.();
  server.close();
}

{
  const registry = new Registry();
  const metrics = handler({ registry, path: "/metrics", auth: { bearer: "t" }, onError });
  const application = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/metrics") return metrics.fetch(request);
    if (pathname.startsWith("/users/")) return new Response("user");
    if (pathname === "/in") return new Response(`got ${(await request.text()).length}`, { headers: { "content-length": "7" } });
    return new Response("none", { status: 404 });
  };
  const route = ({ url }) => (new URL(url).pathname.startsWith("/users/") ? "/users/:id" : undefined);
  const followed = instrument({ fetch: application }, { registry, route, onError }).fetch;
  let close;
  let port;
  if (globalThis.Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: followed });
    port = server.port;
    close = () => server.stop(true);
  } else if (globalThis.Deno !== undefined) {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => undefined }, followed);
    port = server.addr.port;
    close = () => server.shutdown();
  }
  if (port !== undefined) {
    const found = await answers(port);
    await until("all are counted", () => sum(byRequest(registry)) === 4);
    results.fetch = { answers: found, ...counted(registry) };
    await close();
  }
}

console.log(JSON.stringify({ ...results, told }));
setTimeout(() => process.exit(), 50);
