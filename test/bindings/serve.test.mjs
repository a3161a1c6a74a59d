// The metrics endpoint over node:http and for Requests: methods, content codings, and scrapes that several clients share.
// Alone: 20 scrapes are to come while a collector takes 20 ms.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import zlib from "node:zlib";
import { request as undici } from "undici";
import { Registry } from "tallystick";

const decoder = new TextDecoder();
const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const VARY = "Accept, Accept-Encoding";
const SERIES = 40000;

/** A registry of some megabytes, every sample of the same number. */
function large(t) {
  const registry = new Registry();
  const scrapes = registry.counter({ name: "scrapes", labelNames: ["n"] });
  const series = Array.from({ length: SERIES }, (_, n) => scrapes.labels(String(n).padStart(40, "0")));
  const count = () => series.forEach((one) => one.inc());
  count();
  t.after(() => registry.close());
  return { registry, count };
}

function small(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  registry.counter({ name: "jobs", help: "Jobs done." }).inc(3);
  return registry;
}

const plain = (registry) => decoder.decode(registry.exposeSync().body);
const numbers = (text) => [...new Set([...text.matchAll(/^scrapes_total\{.*\} (\d+)$/gm)].map(([, number]) => Number(number)))];

async function listening(t, listener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

/** Asks both kinds of handler alike: what comes back is status, headers and bytes. */
async function endpoints(t, registry, options) {
  const port = await listening(t, registry.nodeHandler(options));
  const handler = registry.handler(options);
  return {
    async nodeHandler(init = {}) {
      const answer = await undici(`http://127.0.0.1:${port}/metrics`, init);
      return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.from(await answer.body.arrayBuffer()) };
    },
    async handler(init = {}) {
      const answer = await handler(new Request("http://localhost/metrics", init));
      return { status: answer.status, headers: Object.fromEntries(answer.headers), bytes: Buffer.from(await answer.arrayBuffer()) };
    },
  };
}

const KINDS = ["nodeHandler", "handler"];

for (const kind of KINDS) {
  test(`${kind}: GET has the text, HEAD its headers and no collector runs, OPTIONS and others are told what there is`, async (t) => {
    const registry = small(t);
    let runs = 0;
    registry.collect(() => void runs++, { name: "runs" });
    const ask = (await endpoints(t, registry))[kind];
    const got = await ask();
    assert.equal(runs, 1);
    assert.equal(got.status, 200);
    assert.match(got.bytes.toString(), /^jobs_total 3$/m);
    const head = await ask({ method: "HEAD" });
    assert.deepEqual([head.status, head.bytes.length, runs], [200, 0, 1]);
    for (const name of ["content-type", "vary"]) assert.equal(head.headers[name], got.headers[name]);
    assert.equal(got.headers["content-type"], TEXT);
    assert.equal(got.headers.vary, VARY);
    const options = await ask({ method: "OPTIONS" });
    assert.deepEqual([options.status, options.headers.allow, options.bytes.length], [204, "GET, HEAD, OPTIONS", 0]);
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const refused = await ask({ method });
      assert.deepEqual([refused.status, refused.headers.allow], [405, "GET, HEAD, OPTIONS"]);
    }
    assert.equal(runs, 1);
  });

  test(`${kind}: what nobody serves is answered with text, never by 406`, async (t) => {
    const ask = (await endpoints(t, small(t)))[kind];
    for (const accept of ["application/json", "text/plain;q=0", "*/*;q=0", '"', "application/openmetrics-text;version=9"]) {
      const { status, headers } = await ask({ headers: { accept, "accept-encoding": "identity;q=0, *;q=0" } });
      assert.deepEqual([status, headers["content-type"], headers["content-encoding"]], [200, TEXT, undefined], accept);
    }
  });

  test(`${kind}: compresses by gzip what is worth it, where it is wanted`, async (t) => {
    const { registry } = large(t);
    const ask = (await endpoints(t, registry))[kind];
    const text = plain(registry);
    const zipped = await ask({ headers: { "accept-encoding": "gzip" } });
    assert.equal(zipped.headers["content-encoding"], "gzip");
    assert.equal(zipped.headers.vary, VARY);
    assert.ok(zipped.bytes.length < text.length / 4);
    assert.ok(zlib.gunzipSync(zipped.bytes).equals(Buffer.from(text)));
    for (const coding of ["identity", "gzip;q=0", "br", ""]) {
      const whole = await ask({ headers: { "accept-encoding": coding } });
      assert.equal(whole.headers["content-encoding"], undefined, coding);
      assert.ok(whole.bytes.equals(Buffer.from(text)), coding);
    }
    const never = (await endpoints(t, registry, { compress: false }))[kind];
    assert.equal((await never({ headers: { "accept-encoding": "gzip" } })).headers["content-encoding"], undefined);
  });

  test(`${kind}: compresses by zstd where the runtime can and the client asks`, async (t) => {
    if (zlib.zstdDecompressSync === undefined) return t.skip(`Node ${process.versions.node} has no zstd`);
    const { registry } = large(t);
    const zipped = await (await endpoints(t, registry))[kind]({ headers: { "accept-encoding": "gzip, zstd" } });
    assert.equal(zipped.headers["content-encoding"], "zstd");
    assert.ok(zlib.zstdDecompressSync(zipped.bytes).equals(Buffer.from(plain(registry))));
  });

  test(`${kind}: sends less than a kilobyte as it is`, async (t) => {
    const registry = small(t);
    const { headers, bytes } = await (await endpoints(t, registry))[kind]({ headers: { "accept-encoding": "gzip" } });
    assert.equal(headers["content-encoding"], undefined);
    assert.equal(bytes.toString(), plain(registry));
    const empty = await (await endpoints(t, new Registry()))[kind]({ headers: { "accept-encoding": "gzip" } });
    assert.deepEqual([empty.status, empty.bytes.length], [200, 0]);
  });
}

test("handler: says how long the body is, compressed or not", async (t) => {
  const { registry } = large(t);
  const { handler } = await endpoints(t, registry);
  for (const coding of ["gzip", "identity"]) {
    const { headers, bytes } = await handler({ headers: { "accept-encoding": coding } });
    assert.equal(headers["content-length"], String(bytes.length));
  }
});

test("20 scrapes at once run a collector once, whichever handlers they come to, and all get equal bytes", async (t) => {
  const { registry, count } = large(t);
  const { nodeHandler, handler } = await endpoints(t, registry);
  let runs = 0;
  registry.collect(
    async () => {
      runs++;
      await sleep(20);
      count();
    },
    { name: "slow" },
  );
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? nodeHandler() : handler())));
  assert.equal(runs, 1);
  for (const { bytes } of all) assert.ok(bytes.equals(all[0].bytes));
  assert.deepEqual(numbers(all[0].bytes.toString()), [2]);
  assert.deepEqual(numbers((await nodeHandler()).bytes.toString()), [3]);
  assert.equal(runs, 2);
});

test("scrapes that want different things do not share one", async (t) => {
  const { registry } = large(t);
  const { nodeHandler } = await endpoints(t, registry);
  const wanted = [
    { accept: "text/plain", "accept-encoding": "gzip" },
    { accept: "text/plain" },
    { accept: "application/openmetrics-text;version=1.0.0" },
  ];
  const [zipped, text, openmetrics] = await Promise.all(wanted.map((headers) => nodeHandler({ headers })));
  assert.ok(zlib.gunzipSync(zipped.bytes).equals(text.bytes));
  assert.ok(openmetrics.bytes.toString().endsWith("# EOF\n"));
});

/** A response of node:http that takes chunks, and says when it wants more: at once, or when it is told to. */
class Client extends EventEmitter {
  headersSent = false;
  destroyed = false;
  text = "";
  chunks = 0;
  stalled = false;
  ended = new Promise((resolve) => this.once("end", resolve));

  writeHead() {
    this.headersSent = true;
  }

  write(chunk, written) {
    this.text += decoder.decode(chunk, { stream: true });
    this.chunks++;
    this.emit("chunk");
    if (this.stalled) return false;
    setImmediate(() => (written(), this.emit("drain")));
    return false;
  }

  end() {
    this.emit("end");
  }

  destroy() {
    this.destroyed = true;
    this.emit("close");
  }
}

const GET = { method: "GET", url: "/metrics", headers: {} };

test("nodeHandler: who comes while the text is being written gets all of it, and who comes behind it another", async (t) => {
  const { registry, count } = large(t);
  const handler = registry.nodeHandler();
  let runs = 0;
  registry.collect(() => (runs++, count()), { name: "runs" });
  const [first, second, third] = [new Client(), new Client(), new Client()];
  handler(GET, first);
  await once(first, "chunk");
  await once(first, "chunk");
  handler(GET, second);
  await Promise.all([first.ended, second.ended]);
  assert.equal(runs, 1);
  assert.equal(second.text, first.text);
  handler(GET, third);
  await third.ended;
  assert.equal(runs, 2);
  assert.deepEqual(numbers(third.text), [3]);
});

test("nodeHandler: a client that stops reading holds up nobody, and what it began is not joined when it is old", async (t) => {
  const { registry, count } = large(t);
  const handler = registry.nodeHandler();
  const stopped = new Client();
  stopped.stalled = true;
  const others = Array.from({ length: 5 }, () => new Client());
  for (const client of [stopped, ...others]) handler(GET, client);
  await Promise.all(others.map((client) => client.ended));
  assert.deepEqual(
    others.map(({ text }) => numbers(text)),
    others.map(() => [1]),
  );
  assert.equal(stopped.chunks, 1);
  count();
  // Alone it holds its own scrape up, with what was written before it.
  const alone = new Client();
  alone.stalled = true;
  handler(GET, alone);
  await once(alone, "chunk");
  await sleep(300);
  count();
  const late = new Client();
  handler(GET, late);
  await late.ended;
  assert.deepEqual(numbers(late.text), [3]);
  for (const client of [stopped, alone]) client.destroy();
});

test("nodeHandler: a socket that is not read holds up no other", async (t) => {
  const { registry } = large(t);
  const port = await listening(t, registry.nodeHandler());
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.pause();
  socket.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const text = plain(registry);
  const others = await Promise.all(
    Array.from({ length: 5 }, () => undici(`http://127.0.0.1:${port}/metrics`).then(({ body }) => body.text())),
  );
  for (const other of others) assert.equal(other, text);
});

test("nodeHandler: answers HTTP/1.0 whole, and ends the connection", async (t) => {
  const { registry } = large(t);
  const port = await listening(t, registry.nodeHandler());
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /metrics HTTP/1.0\r\n\r\n");
  let answer = "";
  for await (const bytes of socket) answer += bytes;
  assert.equal(answer.slice(answer.indexOf("\r\n\r\n") + 4), plain(registry));
  assert.doesNotMatch(answer, /transfer-encoding/i);
});

for (const coding of ["identity", "gzip"]) {
  test(`nodeHandler: clients that go away in the middle are forgotten (${coding})`, async (t) => {
    const { registry } = large(t);
    const port = await listening(t, registry.nodeHandler());
    const url = `http://127.0.0.1:${port}/metrics`;
    const warned = t.mock.method(console, "warn", () => {});
    for (let i = 0; i < 30; i++) {
      const { body } = await undici(url, { headers: { "accept-encoding": coding } });
      await once(body, "data");
      body.on("error", () => {}).destroy();
    }
    assert.equal(await undici(url).then(({ body }) => body.text()), plain(registry));
    assert.equal(warned.mock.callCount(), 0);
  });
}

test("handlers: a scrape that fails fails for all that share it, and each is told", async (t) => {
  const { registry } = large(t);
  const errors = [];
  const ask = await endpoints(t, registry, { onError: (error) => errors.push(error) });
  registry.close();
  const all = await Promise.all([ask.nodeHandler(), ask.nodeHandler(), ask.handler(), ask.handler()]);
  assert.deepEqual(
    all.map(({ status }) => status),
    [500, 500, 500, 500],
  );
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["closed", "closed", "closed", "closed"],
  );
});

test("handlers: a registry that is closed in the middle of an answer cuts it short", async (t) => {
  const { registry } = large(t);
  const handler = registry.nodeHandler();
  const [first, second] = [new Client(), new Client()];
  for (const client of [first, second]) handler(GET, client);
  await once(first, "chunk");
  registry.close();
  await Promise.all([once(first, "close"), once(second, "close")]);
  assert.ok(first.destroyed && second.destroyed);
});
