// The soaked service: service.mjs DIR THREADS. Answers requests by its threads, and does what it is told: ends a thread, starts
// another, ends series, says how it is. Its page is served from a thread of the exporter, and has its processes' counts by a spool.
// Runs in Node, Deno and Bun.

import { createServer } from "node:http";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { registry } from "tallystick";
import { serve } from "tallystick/exporter";
import { spool } from "tallystick/processes";
import { answers, sessions } from "./metrics.mjs";
import { StallMeter } from "./stall.mjs";

const [dir, threadCount] = process.argv.slice(2);
const stalls = new StallMeter();
const threads = new Map();
let nextId = 1;
let errors = 0;

const said = [];
const joined = spool({ dir, onError: (error) => said.push(error.message) });

function start(slot) {
  const worker = new Worker(new URL("worker.mjs", import.meta.url), { workerData: { slot } });
  const waiting = new Map();
  threads.set(slot, { worker, waiting });
  return new Promise((resolve) => {
    worker.on("message", ({ ready, answered }) => {
      if (ready) return resolve({});
      waiting.get(answered)?.(200);
      waiting.delete(answered);
    });
    worker.on("error", () => errors++);
  });
}

async function started(slot) {
  stalls.starting();
  await start(slot);
  stalls.starting();
  return {};
}

async function end(slot) {
  const { worker, waiting } = threads.get(slot);
  await worker.terminate();
  for (const answer of waiting.values()) answer(503);
  threads.delete(slot);
  return { waiting: waiting.size };
}

function work(slot, request) {
  const thread = threads.get(slot);
  // It ended while the request was on its way.
  if (thread === undefined) return 503;
  const id = nextId++;
  return new Promise((resolve) => {
    thread.waiting.set(id, resolve);
    thread.worker.postMessage({ id, request });
  });
}

const ways = {
  "/work": async ({ slot, ...request }) => ({ status: await work(slot, request) }),
  "/start": ({ slot }) => started(slot),
  "/end": ({ slot }) => end(slot),
  "/forget": ({ session }) => ({ removed: sessions.removeMatching({ session }) }),
  "/state": () => ({
    rss: process.memoryUsage().rss,
    used: registry.memoryUsage().used,
    stalls: stalls.read(),
    processes: joined.processes().length,
    errors,
    said,
  }),
};

/** Longer than any stall, so that no connection ends under a request that is on its way. */
const KEPT_MILLISECONDS = 60_000;
const server = createServer({ keepAliveTimeout: KEPT_MILLISECONDS }, async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const { status = 200, ...answer } = await ways[request.url](JSON.parse(body));
  if (request.url === "/work") answers.inc({ status: String(status) });
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
});

for (let i = 0; i < Number(threadCount); i++) await start(`thread-${i}`);
const exporter = await serve({ port: 0 });
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
stalls.start();
process.stdout.write(`${JSON.stringify({ port: server.address().port, metrics: exporter.url })}\n`);
// Whoever started it has gone.
process.stdin.on("end", () => process.exit(0)).resume();
