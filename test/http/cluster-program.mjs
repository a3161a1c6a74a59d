// A primary whose two workers serve: what they counted, and what is in flight before and after one of them is killed.

import cluster from "node:cluster";
import { createServer } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { registry } from "tallystick";
import { instrument } from "tallystick/http";
import { cluster as counted } from "tallystick/processes";
import { sent, until } from "../requests/asking.mjs";
import { byRequest } from "./counting.mjs";

counted();

if (cluster.isPrimary) {
  const workers = await Promise.all(
    Array.from({ length: 2 }, async () => {
      const worker = cluster.fork();
      for await (const [message] of onceEach(worker)) if (message.port !== undefined) return { worker, port: message.port };
    }),
  );
  for (const { port } of workers) for (let i = 0; i < 6; i++) await sent(port, "GET /a");
  const [{ worker, port }] = workers;
  connect(port, "127.0.0.1")
    .on("error", () => undefined)
    .write("GET /never HTTP/1.1\r\nhost: a\r\n\r\n");
  const seen = async (is) => {
    for (let found; ;) {
      await registry.expose();
      found = { requests: byRequest(registry)["GET /a 2xx"], inFlight: byRequest(registry, "http_requests_in_flight").GET };
      if (is(found)) return found;
    }
  };
  const before = await seen(({ requests, inFlight }) => requests === 12 && inFlight === 1);
  worker.process.kill("SIGKILL");
  await until("it is dead", () => worker.isDead());
  const after = await seen(({ inFlight }) => inFlight === 0);
  console.log(JSON.stringify({ counted: after.requests, inFlight: [before.inFlight, after.inFlight] }));
  process.exit(0);
}

/** Messages of a worker, one at a time. */
async function* onceEach(worker) {
  for (;;) yield await once(worker, "message");
}

const server = instrument(
  createServer((request, response) => {
    if (request.url !== "/never") response.end("done");
  }),
  { route: ({ url }) => url },
);
// A port of its own, not the cluster's.
server.listen({ port: 0, host: "127.0.0.1", exclusive: true }, () => process.send({ port: server.address().port }));
