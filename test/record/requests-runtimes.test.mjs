// Requests of Deno.serve, Bun.serve and workerd: counts by route are what was sent, and clients see what they would see without.

import { deepEqual, equal, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { WebSocket } from "undici";
import { each, run, said } from "../runtimes/programs.mjs";
import { worked } from "./worker.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const program = fileURLToPath(new URL("serving.mjs", import.meta.url));
const SENT = {
  "/text [GET]": 40,
  "/bytes [GET]": 40,
  "/json [GET]": 40,
  "/empty [GET]": 40,
  "unmatched [GET]": 40,
  "/events [GET]": 40,
  "/fails [GET]": 40,
  "/rejects [GET]": 40,
  "/users/:id [GET]": 40,
  "/socket [GET]": 4,
  "/long [GET]": 4,
};

each(["deno", "bun"], "requests of four clients, by fetch(), by Hono and by node:http", async (runtime) => {
  const result = await run(runtime, program, [], { cwd: ROOT, within: 60_000 });
  equal(result.code, 0, said(result));
  const { different, told, ...found } = JSON.parse(result.stdout);
  deepEqual([different, told], [[], []]);
  deepEqual(found.fetch, SENT);
  deepEqual(found.withoutParameters, { "/hello [GET]": 1 });
  ok(found.events > 0.055 && found.honoEvents > 0.055, `${found.events}, ${found.honoEvents}`);
  deepEqual(found.hono, { "/users/:id [GET]": 2, "/events [GET]": 1, "unmatched [GET]": 1 });
  deepEqual(found.node, { "/users/:id [GET]": 4, "/half [GET]": 4 });
  if (runtime !== "bun") return;
  deepEqual(
    found.answers.map((answer) => JSON.parse(answer)).map(([status, , text]) => [status, text]),
    [
      [200, "7"],
      [200, '{"id":"7"}'],
      [201, ""],
      [200, "fixed"],
      [404, "none"],
    ],
  );
  // Bun answers by itself with what is fixed.
  deepEqual(found.routes, { "/users/:id [GET]": 4, "/both/:id [GET]": 1, "/both/:id [POST]": 1, "unmatched [GET]": 1 });
});

each(["workerd"], "requests on the edge, by fetch() and by Hono", async () => {
  await worked("requests-edge.mjs", async (address) => {
    const seen = async (path, method = "GET") => {
      const response = await fetch(`${address}${path}`, { method });
      return [response.status, Object.fromEntries(response.headers), await response.text()];
    };
    deepEqual((await seen("/adapters"))[2], '["fetch","hono"]');
    for (const [path, method] of [["/text"], ["/bytes"], ["/stream"], ["/missing"], ["/users/7"], ["/text", "HEAD"], ["/stream", "HEAD"]]) {
      deepEqual(await seen(path, method), await seen(`${path}?bare`, method), `${method} ${path}`);
    }
    equal((await seen("/fails"))[0], 500);
    const socket = new WebSocket(`${address.replace("http", "ws")}/socket`);
    equal(await new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(data))), "welcome");
    // A socket that is open holds workerd up at its end.
    const closed = new Promise((resolve) => (socket.onclose = resolve));
    socket.close();
    await closed;
    equal((await seen("/hono/users/7"))[2], "7");
    equal((await seen("/hono/stream"))[2], "firstlast");
    equal((await seen("/hono/none"))[0], 404);
    const counts = {};
    for (let left = 12, from = performance.now(); left > 0 && performance.now() - from < 20_000;) {
      const [, , rows] = await seen("/samples");
      for (const row of rows.split("\n").slice(0, -1)) {
        const { label } = JSON.parse(row);
        counts[label] = (counts[label] ?? 0) + 1;
        left--;
      }
    }
    deepEqual(counts, {
      "/text [GET]": 1,
      "/bytes [GET]": 1,
      "/stream [GET]": 1,
      "unmatched [GET]": 2,
      "/users/:id [GET]": 1,
      "/text [HEAD]": 1,
      "/stream [HEAD]": 1,
      "/fails [GET]": 1,
      "/socket [GET]": 1,
      "/hono/users/:id [GET]": 1,
      "/hono/stream [GET]": 1,
    });
  });
});
