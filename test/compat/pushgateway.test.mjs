// A Pushgateway, played by a server: methods, paths, bodies and what goes wrong.

import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import client from "tallystick/prom-client";

const { Counter, Gauge, Pushgateway, Registry } = client;

/** A gateway that answers with a status, and what it was sent; one of `undefined` never answers. */
async function gateway(t, status) {
  const sent = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    sent.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks) });
    if (status !== undefined) response.writeHead(status).end("said");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { sent, url: `http://127.0.0.1:${server.address().port}` };
}

function registry() {
  const own = new Registry();
  new Counter({ name: "test", help: "test", registers: [own] }).inc(100);
  return own;
}
const BODY = "# HELP test test\n# TYPE test counter\ntest 100\n";

test("pushAdd is a POST, push a PUT, delete a DELETE without a body; paths have the job and the groups, escaped", async (t) => {
  const { sent, url } = await gateway(t, 202);
  const pusher = new Pushgateway(`${url}/path/`.replace(/\/$/, ""), { headers: { Authorization: "Bearer x" } }, registry());
  const { resp, body } = await pusher.pushAdd({ jobName: "a/b", groupings: { "k&": "v w" } });
  equal(resp.statusCode, 202);
  equal(body, "said");
  await pusher.push({ jobName: "job" });
  await pusher.delete({ jobName: "job" });
  deepEqual(
    sent.map(({ method, url: path, body: bytes }) => [method, path, bytes.toString()]),
    [
      ["POST", "/path/metrics/job/a%2Fb/k%26/v%20w", BODY],
      ["PUT", "/path/metrics/job/job", BODY],
      ["DELETE", "/path/metrics/job/job", ""],
    ],
  );
  equal(sent[0].headers.authorization, "Bearer x");
});

test("a registry may be the second argument, and a job's name be left out where that is said", async (t) => {
  const { sent, url } = await gateway(t, 200);
  await new Pushgateway(url, registry()).push({ jobName: "job" });
  await new Pushgateway(url, { requireJobName: false }, registry()).push();
  deepEqual(
    sent.map(({ url: path, body }) => [path, body.toString()]),
    [
      ["/metrics/job/job", BODY],
      ["/metrics", BODY],
    ],
  );
  throws(() => new Pushgateway(url, null, registry()).push({}), /^Error: Missing jobName parameter$/);
});

test("a body is packed where its header says so, and the options stay as they were", async (t) => {
  const { sent, url } = await gateway(t, 200);
  const options = { headers: { "Content-Encoding": "gzip" } };
  const pusher = new Pushgateway(url, options, registry());
  await pusher.delete({ jobName: "job" });
  await pusher.push({ jobName: "job" });
  equal(sent[0].headers["content-encoding"], undefined);
  equal(gunzipSync(sent[1].body).toString(), BODY);
  deepEqual(options, { headers: { "Content-Encoding": "gzip" } });
});

test("a status of 400, silence, nobody there, and a registry that fails reject the push", async (t) => {
  const refusing = await gateway(t, 400);
  await rejects(new Pushgateway(refusing.url, registry()).push({ jobName: "job" }), /^Error: push failed with status 400, said$/);
  const silent = await gateway(t, undefined);
  await rejects(new Pushgateway(silent.url, { timeout: 50 }, registry()).push({ jobName: "job" }), /Pushgateway request timed out/);
  await rejects(new Pushgateway("http://127.0.0.1:1", registry()).push({ jobName: "job" }), /ECONNREFUSED/);
  const failing = { metrics: () => Promise.reject(new Error("no page")) };
  await rejects(new Pushgateway(silent.url, failing).push({ jobName: "job" }), /no page/);
});

test("without a registry the global one is pushed", async (t) => {
  t.after(() => client.register.clear());
  const { sent, url } = await gateway(t, 200);
  new Gauge({ name: "global_depth", help: "Depth." }).set(3);
  await new Pushgateway(url).push({ jobName: "job" });
  match(sent[0].body.toString(), /^global_depth 3$/m);
});
