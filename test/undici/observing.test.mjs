// Requests of fetch and of undici as metrics: what was asked for is what is counted, by method, host and status, also what failed.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { Agent, Client, fetch as packageFetch, Pool, request, upgrade } from "undici";
import { Registry } from "tallystick";
import { observeUndici } from "tallystick/undici";
import { samplesOf } from "../http/counting.mjs";
import { listening, settled, until } from "../requests/asking.mjs";

/** A registry that is observed until the test is over, and what its page says of one metric, by the values of its labels. */
function observed(t, options = {}) {
  const registry = new Registry();
  const told = [];
  const stop = observeUndici({ registry, onError: (error) => told.push(error.message), ...options });
  t.after(() => {
    stop();
    registry.close();
  });
  const of = (name) => {
    const found = {};
    for (const [sample, value] of samplesOf(registry)) {
      const [, metric, block] = /^(\w+)(?:\{(.*)\})?$/.exec(sample);
      if (metric === name) found[[...(block ?? "").matchAll(/\w+="([^"]*)"/g)].map(([, text]) => text).join(" ")] = value;
    }
    return found;
  };
  return { registry, stop, told, of };
}

/** A server of whose answers some are slow, and some end too soon. */
async function answering(t) {
  const port = await listening(
    t,
    createServer((request, response) => {
      if (request.url === "/slow") return;
      if (request.url === "/early") response.writeEarlyHints({ link: "</a>; rel=preload" });
      if (request.url === "/cut") {
        response.writeHead(200, { "content-length": "10" });
        response.write("x", () => response.destroy());
        return;
      }
      response.writeHead(request.url === "/none" ? 404 : 200).end("text");
    }),
  );
  return { port, host: `127.0.0.1:${port}`, at: (path) => `http://127.0.0.1:${port}${path}` };
}

/** A port at which nobody listens. */
async function closed() {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const asking = {
  "Node's fetch": async (url, init) => (await fetch(url, init)).text(),
  "undici's fetch": async (url, init) => (await packageFetch(url, init)).text(),
  "undici's request": async (url, init) => (await request(url, init)).body.text(),
};

for (const [name, ask] of Object.entries(asking)) {
  test(`${name}: answers, failures and connections are counted`, async (t) => {
    const { of, told } = observed(t);
    const { host, at } = await answering(t);
    for (const [path, method] of [["/a"], ["/b"], ["/none"], ["/early"], ["/c", "POST"]]) await ask(at(path), { method: method ?? "GET" });
    await assert.rejects(ask(at("/cut")));
    const aborting = new AbortController();
    const slow = ask(at("/slow"), { signal: aborting.signal });
    await until("it is in flight", () => of("http_client_requests_in_flight")[`GET ${host}`] === 1);
    aborting.abort();
    await assert.rejects(slow);
    const nobody = `127.0.0.1:${await closed()}`;
    await assert.rejects(ask(`http://${nobody}/`));
    // Whoever aborts a fetch hears of it before undici tells it.
    await until("all have ended", () => Object.values(of("http_client_requests_in_flight")).every((count) => count === 0));
    assert.deepEqual(of("http_client_request_duration_seconds_count"), {
      [`GET ${host} 2xx`]: 3,
      [`GET ${host} 4xx`]: 1,
      [`POST ${host} 2xx`]: 1,
      [`GET ${host} error`]: 2,
      [`GET ${nobody} error`]: 1,
    });
    assert.deepEqual(of("http_client_first_byte_seconds_count"), { [`GET ${host}`]: 5, [`POST ${host}`]: 1, [`GET ${nobody}`]: 0 });
    assert.deepEqual(of("http_client_request_errors_total"), {
      [`${host} UND_ERR_SOCKET`]: 1,
      [`${host} AbortError`]: 1,
      [`${nobody} ECONNREFUSED`]: 1,
    });
    assert.deepEqual(of("http_client_requests_in_flight"), { [`GET ${host}`]: 0, [`POST ${host}`]: 0, [`GET ${nobody}`]: 0 });
    assert.deepEqual(of("http_client_connection_failures_total"), { [`${nobody} ECONNREFUSED`]: 1 });
    assert.deepEqual(of("http_client_request_retries_total"), { [host]: 0, [nobody]: 0 });
    const { [host]: made, [nobody]: none } = of("http_client_connections_total");
    assert.ok(made >= 2 && none === 0, `${made} and ${none} connections`);
    assert.ok(of("http_client_connections_open")[host] <= made);
    assert.deepEqual(told, []);
  });
}

test("connections are open until they close", async (t) => {
  const { of } = observed(t);
  const { host, at } = await answering(t);
  const agent = new Agent();
  await (await request(at("/a"), { dispatcher: agent })).body.text();
  assert.deepEqual([of("http_client_connections_open"), of("http_client_connections_total")], [{ [host]: 1 }, { [host]: 1 }]);
  await agent.close();
  await until("it is closed", () => of("http_client_connections_open")[host] === 0);
  assert.deepEqual(of("http_client_connections_total"), { [host]: 1 });
});

test("a request that is sent again on another connection is one request, and one retry", async (t) => {
  const { of } = observed(t);
  let connections = 0;
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    const nth = ++connections;
    let requests = 0;
    socket.on("data", () => {
      // The first one answers once, and ends when the next request is there, as servers do with idle connections.
      if (nth === 1 && ++requests === 2) socket.end();
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx");
    });
  });
  const port = await listening(t, server);
  const client = new Client(`http://127.0.0.1:${port}`, { pipelining: 2 });
  t.after(() => client.destroy());
  await (await client.request({ path: "/", method: "GET" })).body.text();
  const both = [1, 2].map(async () => (await client.request({ path: "/", method: "GET", blocking: false })).body.text());
  const outcomes = await Promise.allSettled(both);
  const answered = outcomes.filter(({ status }) => status === "fulfilled").length;
  const host = `127.0.0.1:${port}`;
  const counts = of("http_client_request_duration_seconds_count");
  assert.equal(counts[`GET ${host} 2xx`], 1 + answered);
  assert.equal(counts[`GET ${host} error`] ?? 0, 2 - answered);
  assert.ok(of("http_client_request_retries_total")[host] >= 1, JSON.stringify(of("http_client_request_retries_total")));
  assert.deepEqual(of("http_client_requests_in_flight"), { [`GET ${host}`]: 0 });
});

test("upgrades and tunnels are connections, and no requests: nobody hears of their end", async (t) => {
  const { of } = observed(t);
  const server = createServer()
    .on("upgrade", (_, socket) => {
      socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: own\r\n\r\n");
    })
    .on("connect", (_, socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  const port = await listening(t, server);
  const client = new Client(`http://127.0.0.1:${port}`);
  const tunnel = await client.connect({ path: "example.org:443" });
  tunnel.socket.destroy();
  await client.destroy();
  const { socket } = await upgrade(`http://127.0.0.1:${port}/`, { protocol: "own" });
  socket.destroy();
  assert.deepEqual(of("http_client_requests_in_flight"), {});
  assert.deepEqual(of("http_client_connections_total"), { [`127.0.0.1:${port}`]: 2 });
});

test("status: the code, where it is wanted; methods are a closed list", async (t) => {
  const { of } = observed(t, { status: "code", prefix: "shop_", buckets: [60] });
  const { host, at } = await answering(t);
  await (await request(at("/none"))).body.text();
  await (await request(at("/a"), { method: "PROPFIND" })).body.text();
  assert.deepEqual(of("shop_http_client_request_duration_seconds_count"), { [`GET ${host} 404`]: 1, [`other ${host} 200`]: 1 });
  assert.equal(of("shop_http_client_request_duration_seconds_bucket")[`GET ${host} 404 60`], 1);
});

test("hosts have a limit, and are what host() says; one that throws harms no request", async (t) => {
  const { of } = observed(t, { maxHosts: 1 });
  const { host, at } = await answering(t);
  await (await request(at("/a"))).body.text();
  await (await request(at("/a").replace("127.0.0.1", "localhost"))).body.text();
  assert.deepEqual(of("http_client_request_duration_seconds_count"), { [`GET ${host} 2xx`]: 1, "GET other 2xx": 1 });
  const named = observed(t, { host: (origin) => new URL(origin).hostname });
  await (await request(at("/a"))).body.text();
  assert.deepEqual(named.of("http_client_request_duration_seconds_count"), { "GET 127.0.0.1 2xx": 1 });
  const failing = observed(t, {
    host: () => {
      throw new Error("of host");
    },
  });
  for (let i = 0; i < 2; i++) await (await request(at(`/${i}`))).body.text();
  assert.deepEqual(failing.of("http_client_request_duration_seconds_count"), { "GET other 2xx": 2 });
  assert.deepEqual(failing.told, ["Cannot count a request of undici: of host; requests go on, and this is told once"]);
});

test("pools, clients and agents are shown as undici has them at the scrape", async (t) => {
  const { at, port } = await answering(t);
  const origin = `http://127.0.0.1:${port}`;
  const pools = { pool: new Pool(origin, { connections: 1 }), client: new Client(origin), agent: new Agent({ connections: 1 }) };
  t.after(() => Promise.all(Object.values(pools).map((pool) => pool.destroy())));
  const { registry, of, stop } = observed(t, { pools });
  assert.equal(of("http_client_pool_connections")["pool connected"], 0);
  const aborting = new AbortController();
  const waiting = [1, 2, 3].map(() =>
    pools.pool.request({ path: "/slow", method: "GET", signal: aborting.signal }).catch((error) => error.name),
  );
  await (await pools.client.request({ path: "/a", method: "GET" })).body.text();
  await (await request(at("/a"), { dispatcher: pools.agent })).body.text();
  await until("it runs", () => pools.pool.stats.running === 1);
  await registry.expose();
  const connections = of("http_client_pool_connections");
  assert.deepEqual([connections["pool connected"], connections["client connected"], connections["agent connected"]], [1, 1, 1]);
  const requests = of("http_client_pool_requests");
  const { running, pending, queued } = pools.pool.stats;
  assert.deepEqual([requests["pool running"], requests["pool pending"], requests["pool queued"]], [running, pending, queued]);
  assert.ok(running === 1 && pending + queued >= 2);
  aborting.abort();
  assert.deepEqual(await Promise.all(waiting), Array(3).fill("AbortError"));
  stop();
  assert.deepEqual([of("http_client_pool_connections"), of("http_client_pool_requests")], [{}, {}]);
});

test("what is stopped counts nothing more, and takes back what is open; asked for twice it is one", async (t) => {
  const { registry, of, stop } = observed(t);
  const { host, at } = await answering(t);
  assert.equal(observeUndici({ registry }), stop);
  const agent = new Agent();
  t.after(() => agent.destroy());
  await (await request(at("/a"), { dispatcher: agent })).body.text();
  const slow = request(at("/slow"), { dispatcher: agent }).catch((error) => error);
  await until("it is in flight", () => of("http_client_requests_in_flight")[`GET ${host}`] === 1);
  assert.equal(of("http_client_connections_open")[host], 1);
  stop();
  stop();
  assert.deepEqual([of("http_client_requests_in_flight"), of("http_client_connections_open")], [{ [`GET ${host}`]: 0 }, { [host]: 0 }]);
  await agent.destroy();
  await slow;
  await settled();
  await (await request(at("/b"))).body.text();
  assert.deepEqual([of("http_client_requests_in_flight"), of("http_client_connections_open")], [{ [`GET ${host}`]: 0 }, { [host]: 0 }]);
  assert.deepEqual(of("http_client_request_duration_seconds_count"), { [`GET ${host} 2xx`]: 1 });
  const again = observeUndici({ registry });
  assert.notEqual(again, stop);
  await (await request(at("/c"))).body.text();
  assert.deepEqual(of("http_client_request_duration_seconds_count"), { [`GET ${host} 2xx`]: 2 });
  again();
});

test("a registry that is closed harms no request", async (t) => {
  const { registry, stop } = observed(t);
  const { at } = await answering(t);
  registry.close();
  assert.equal(await (await request(at("/a"))).body.text(), "text");
  stop();
});

test("observeUndici() refuses what it does not know, by the option, the value and the limit", () => {
  for (const [options, name, message] of [
    [{ hosts: 1 }, "TypeError", /^Cannot use option "hosts" of observeUndici: its options are registry, prefix/],
    [{ registry: {} }, "TypeError", /registry of observeUndici: it must be a Registry/],
    [{ status: "codes" }, "TypeError", /^Cannot use "codes" as status of observeUndici: it must be one of class, code$/],
    [{ maxHosts: 0 }, "RangeError", /^Cannot use 0 as maxHosts of observeUndici: it must be a whole number from 1 to 10000$/],
    [{ pools: { api: {} } }, "TypeError", /^Cannot use an empty object as the pool "api" of observeUndici: it must have stats/],
    [{ pools: { api: null } }, "TypeError", /^Cannot use null as the pool "api"/],
  ]) {
    assert.throws(() => observeUndici(options), { name, message });
  }
});
