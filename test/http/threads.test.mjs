// Servers in threads and in processes of a cluster: counts are those of all of them, and the dead leave nothing in flight.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { registry } from "tallystick";
import { ran, said } from "../runtimes/programs.mjs";
import { sent, until } from "../requests/asking.mjs";
import { byRequest } from "./counting.mjs";

test("threads count into one page, and one that is terminated leaves nothing in flight", async () => {
  const workers = await Promise.all(
    Array.from({ length: 2 }, async () => {
      const worker = new Worker(new URL("crowd-thread.mjs", import.meta.url));
      const [{ port }] = await once(worker, "message");
      return { worker, port };
    }),
  );
  for (const { port } of workers) for (let i = 0; i < 5; i++) await sent(port, "GET /a");
  await until("all are counted", () => byRequest(registry)["GET /a 2xx"] === 10);
  const waiting = workers.map(async ({ worker, port }) => {
    const heard = once(worker, "message");
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    socket.write("GET /never HTTP/1.1\r\nhost: a\r\n\r\n");
    await heard;
    return socket;
  });
  await Promise.all(waiting);
  assert.deepEqual(byRequest(registry, "http_requests_in_flight"), { GET: 2 });
  await workers[0].worker.terminate();
  await until("it is forgotten", () => byRequest(registry, "http_requests_in_flight").GET === 1);
  await sent(workers[1].port, "GET /a");
  await until("it is counted", () => byRequest(registry)["GET /a 2xx"] === 11);
  await workers[1].worker.terminate();
  await until("both are forgotten", () => byRequest(registry, "http_requests_in_flight").GET === 0);
  assert.equal(byRequest(registry)["GET /a 2xx"], 11);
});

test("processes of a cluster count into one page, and one that is killed leaves nothing in flight", async () => {
  const program = fileURLToPath(new URL("cluster-program.mjs", import.meta.url));
  const result = await ran(process.execPath, [program], { cwd: fileURLToPath(new URL("../..", import.meta.url)), within: 60_000 });
  assert.equal(result.code, 0, said(result));
  assert.deepEqual(JSON.parse(result.stdout), { counted: 12, inFlight: [1, 0] });
});
