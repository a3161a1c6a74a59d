// What hands metrics to other systems in an isolate of workerd: one request's state in another one, failures, and requests that end before it is sent.

import assert from "node:assert/strict";
import { worked } from "../record/worker.mjs";
import { each } from "../runtimes/programs.mjs";
import { answering, until } from "./answering.mjs";

each(["workerd"], "what is handed to other systems by an isolate arrives, from request to request", async (_, t) => {
  let status = 200;
  const { requests, url } = await answering(t, async (request, response) => {
    if (request.url === "/second") response.setHeader("X-Prometheus-Remote-Write-Samples-Written", "1");
    response.writeHead(status).end();
  });
  const to = (path) => requests.filter((request) => request.url === path);
  const deltas = () =>
    to("/otlp").flatMap(({ body }) => {
      const [{ scopeMetrics }] = JSON.parse(body.toString()).resourceMetrics;
      return scopeMetrics[0].metrics.flatMap(({ sum }) => sum.dataPoints.map(({ asDouble }) => asDouble));
    });
  await worked("../../push/fixtures/edge.mjs", async (address) => {
    const asked = async (path) => (await fetch(`${address}${path}?base=${encodeURIComponent(url)}`)).json();
    assert.deepEqual(await asked("/flush"), { results: [true, true, true], told: [], sent: [1, 1, 1], dropped: [0, 0, 0] });
    assert.deepEqual(await asked("/flush"), { results: [true, true, true], told: [], sent: [2, 2, 2], dropped: [0, 0, 0] });
    assert.equal(to("/metrics/job@base64/YS9i").length, 2);
    status = 503;
    const failed = await asked("/flush");
    assert.deepEqual([failed.results, failed.sent, failed.told], [[false, false, false], [2, 2, 2], Array(4).fill("refused 503")]);
    status = 200;
    assert.deepEqual(await asked("/flush"), { results: [true, true, true], told: [], sent: [4, 4, 3], dropped: [0, 0, 0] });
    await fetch(`${address}/behind?base=${encodeURIComponent(url)}`);
    await until("it is sent behind the answer", () => to("/metrics/job@base64/YS9i").length === 5);
    // Its last sample and its end.
    assert.deepEqual(await asked("/close"), { results: [], told: [], sent: [7, 7, 5], dropped: [0, 0, 0] });
  });
  // The third did not arrive, and is in the fourth.
  assert.deepEqual(deltas(), [1, 1, 1, 2, 1, 1]);
});
