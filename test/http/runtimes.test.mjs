// The endpoint and instrumented servers in every runtime, of node:http and of the runtime's own; and on the edge.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { each, NODES, run, said, THREADED } from "../runtimes/programs.mjs";
import { worked } from "../record/worker.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const program = fileURLToPath(new URL("serving.mjs", import.meta.url));

const ANSWERS = { user: [200, 4], head: [200, 0], body: [200, 7], refused: [401, 13], post: [405, 0] };
const PAGE = [200, "application/openmetrics-text", true, true];
const NOTHING = { GET: 0, HEAD: 0, POST: 0 };

each(THREADED, "Express with instrument() and handler(), and the runtime's own server", async (runtime) => {
  const result = await run(runtime, program, [], { cwd: ROOT, within: 60_000 });
  assert.equal(result.code, 0, said(result));
  const { node, fetch, told } = JSON.parse(result.stdout);
  assert.deepEqual(told, []);
  assert.deepEqual(node, {
    answers: { ...ANSWERS, none: [404, 143], page: PAGE },
    requests: { "GET /users/:id 2xx": 1, "HEAD /users/:id 2xx": 1, "POST /in 2xx": 1, "GET unmatched 4xx": 1 },
    received: { "GET /users/:id 2xx": 0, "HEAD /users/:id 2xx": 0, "POST /in 2xx": 300, "GET unmatched 4xx": 0 },
    sent: { "GET /users/:id 2xx": 4, "HEAD /users/:id 2xx": 0, "POST /in 2xx": 7, "GET unmatched 4xx": 143 },
    inFlight: NOTHING,
  });
  if (NODES.includes(runtime)) return;
  assert.deepEqual(fetch, {
    answers: { ...ANSWERS, none: [404, 4], page: PAGE },
    requests: { "GET /users/:id 2xx": 1, "HEAD /users/:id 2xx": 1, "POST unmatched 2xx": 1, "GET unmatched 4xx": 1 },
    received: { "GET /users/:id 2xx": 0, "HEAD /users/:id 2xx": 0, "POST unmatched 2xx": 300, "GET unmatched 4xx": 0 },
    // A text has no length that is told before it is sent.
    sent: { "HEAD /users/:id 2xx": 0, "POST unmatched 2xx": 7 },
    inFlight: NOTHING,
  });
});

each(["workerd"], "handler() and instrument() on the edge", async () => {
  await worked("../../http/fixtures/edge.mjs", async (address) => {
    for (const path of ["/users/1", "/users/2", "/none", "/hono/users/7"]) await (await fetch(`${address}${path}`)).text();
    const refused = await fetch(`${address}/metrics`);
    assert.equal(refused.status, 401);
    await refused.text();
    const page = await fetch(`${address}/metrics`, { headers: { authorization: "Bearer t" } });
    assert.equal(page.status, 200);
    const text = await page.text();
    for (const [labels, count] of [
      ['route="/users/:id",status="2xx"', 2],
      ['route="unmatched",status="4xx"', 1],
      ['route="/hono/users/:id",status="2xx"', 1],
    ])
      assert.ok(text.includes(`http_request_duration_seconds_count{method="GET",${labels}} ${count}`), `${labels}\n${text}`);
    assert.match(text, /http_requests_in_flight\{method="GET"\} 0/);
  });
});

each(["node"], "the edge's entry needs nothing of a runtime", async () => {
  assert.doesNotMatch(readFileSync(new URL("../../dist/esm/http-edge.js", import.meta.url), "utf8"), /from "node:/);
});
