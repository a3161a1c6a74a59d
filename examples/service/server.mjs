// The service: this thread accepts requests and hands their work to a pool of threads; another one answers /metrics.
// It runs in a process of its own, since a stall here must not stop the clock of whoever measures it. Its parent
// steers it over IPC; when the parent is gone, it ends.
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { instrument } from "tallystick/http";
import { nowMilliseconds } from "./clock.mjs";
import { responses, unavailable } from "./metrics.mjs";
import { Pool } from "./pool.mjs";
import { readStalls, StallMeter, watchStalls } from "./stall.mjs";
import { routes } from "./work.mjs";

const METHODS = new Set(["GET", "POST"]);
const MAX_BODY_BYTES = 1024 * 1024;
/** Longer than any pause of the load, so that no connection closes under a request that is on its way. */
const KEEP_ALIVE_MILLISECONDS = 60_000;

const port = Number(process.argv[2] ?? 0);
const threadCount = Math.max(2, availableParallelism());

const meter = new StallMeter();
const pool = new Pool(threadCount);
const exporter = new Worker(new URL("./exporter.mjs", import.meta.url), {
  // A given port is the service's, the next one the exporter's.
  workerData: { port: port === 0 ? 0 : port + 1 },
});
const listener = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS }, (request, response) => {
  accept(request, response).catch(() => response.destroy());
});
// `http_request_duration_seconds` and what else is of every server: what the service is for is counted in metrics.mjs.
const server = instrument(listener, { status: "code", route: ({ url }) => (routes.has(routeOf(url)) ? routeOf(url) : undefined) });

function routeOf(url) {
  return url.split("?", 1)[0];
}

async function accept(request, response) {
  const acceptedMilliseconds = nowMilliseconds();
  const [route, query = ""] = request.url.split("?", 2);
  const { method } = request;
  if (!routes.has(route)) return send(response, 404, `Try one of ${[...routes].join(", ")}\n`);
  if (!METHODS.has(method)) return send(response, 405, `Use one of ${[...METHODS].join(", ")}\n`);
  const body = await read(request);
  if (body === null) return send(response, 413, `The body is longer than ${MAX_BODY_BYTES} bytes\n`);
  const answer = await pool.run({ route, method, query, body, acceptedMilliseconds });
  if (answer.unavailable === undefined) return send(response, answer.status, answer.body);
  unavailable.inc({ route, method, reason: answer.unavailable });
  return send(response, 503, `Unavailable: ${answer.unavailable}\n`);
}

/** The body of a request, empty where there is none; `null` where it is too long. */
async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// Counted before it is sent: a client that has its answer finds it in the next scrape.
function send(response, status, body) {
  if (response.destroyed) return;
  responses.inc({ status: String(status) });
  // The rest of a body that is too long is not read: the connection can't be used again.
  if (status === 413) response.setHeader("connection", "close");
  const type = body.startsWith("{") ? "application/json" : "text/plain; charset=utf-8";
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

const commands = {
  /** Holds this thread's event loop, as a synchronous bug in a handler would. */
  block({ milliseconds }) {
    const beganMilliseconds = nowMilliseconds();
    meter.without(() => {
      while (nowMilliseconds() < beganMilliseconds + milliseconds);
    });
    return { beganMilliseconds, endedMilliseconds: nowMilliseconds() };
  },

  terminateBusyWorker({ milliseconds }) {
    return pool.terminateBusy(milliseconds);
  },

  watchStalls() {
    meter.watch();
    pool.watchStalls();
    watchStalls(exporter);
  },

  async readStalls() {
    return {
      accepting: meter.read(),
      workers: await pool.readStalls(),
      exporter: await readStalls(exporter),
    };
  },

  stop() {
    server.close();
    server.closeAllConnections();
    exporter.removeAllListeners("exit");
    return Promise.all([pool.close(), exporter.terminate()]);
  },
};

async function listen() {
  exporter.on("exit", () => fail(new Error("The exporter thread ended")));
  exporter.on("error", fail);
  server.on("error", fail);
  const [exporterPort] = await Promise.all([
    new Promise((resolve) => exporter.once("message", (message) => resolve(message.port))),
    new Promise((resolve) => server.listen(port, "127.0.0.1", resolve)),
    pool.ready(),
  ]);
  return { port: server.address().port, exporterPort, threadCount };
}

function fail(error) {
  console.error(`The service failed: ${error.message}`);
  process.exit(1);
}

// Ctrl-C reaches every process of the terminal: the parent decides when this one ends.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", async ({ id, command, details }) => {
  const answer = await commands[command](details);
  tell({ id, answer });
  if (command === "stop") process.disconnect();
});
tell({ listening: await listen() });

// A parent that is gone can't be told anything; "disconnect" says so soon enough.
function tell(message) {
  if (process.connected) process.send(message, undefined, undefined, () => {});
}
