// Requests by raw sockets to an exporter and to a receiver: halves, rows of them, headers without end, chunks that are none, and bytes of
// other protocols. Each is answered or its connection ends, within limits, and others are served meanwhile; nothing of it stays.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
import { receiver } from "tallystick/push";
import { mutated } from "../mutate.mjs";

const TOKEN = "opensesame";
/** As many connections as there may be, and so many that send nothing. */
const CONNECTIONS_MOST = 128;
const IDLE = 60;
const ANSWER_BYTES_MOST = 1 << 20;
/** Others are served in this time, however busy the machine is. */
const SERVED_MS = 10_000;
/** A socket that was answered is left alone so long; one that waits is ended from here. */
const QUIET_MS = 25;
const HONEST_RUNS = 25;
const STATUSES = [100, 200, 204, 400, 401, 403, 404, 405, 408, 409, 410, 411, 413, 414, 415, 417, 426, 431, 501, 505];
const STARTS = ["GET /metrics HTTP/1.1", "GET / HTTP/1.1", "HEAD /metrics HTTP/1.1", "OPTIONS * HTTP/1.1", "POST /metrics HTTP/1.1", "DELETE /metrics HTTP/1.1", "CONNECT a:1 HTTP/1.1", "TRACE / HTTP/1.1", "GET http://evil.example/metrics HTTP/1.1", "GET //metrics HTTP/1.1", "GET /metrics?name[]=%00&name[]=%zz HTTP/1.1", `GET /metrics?${"name[]=a&".repeat(400)} HTTP/1.1`, "GET /metrics HTTP/1.0", "GET /metrics HTTP/2.0", "GET /metrics HTTP/9.9", "get /metrics HTTP/1.1", "GET\t/metrics\tHTTP/1.1", "PRI * HTTP/2.0", "GET /-/healthy HTTP/1.1", "GET /..%2fmetrics HTTP/1.1", "GET /metrics#x HTTP/1.1", "GET  HTTP/1.1", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"]; // prettier-ignore
const HEADERS = ["Host: x", "Host: x", "Host: x\r\nHost: y", "Connection: close", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk", "Expect: 100-continue", "Expect: x", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Length: 5", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Length: 5\r\nTransfer-Encoding: chunked", `Authorization: Bearer ${TOKEN}`, "Accept: */*;q=0", `Accept: ${"text/plain,".repeat(300)}`, "Accept-Encoding: gzip, br, zstd", "Content-Type: application/x-tallystick-image", "Content-Encoding: gzip", "Tallystick-Instance: 0123456789abcdef\r\nTallystick-Share: full", `X: ${"x".repeat(20_000)}`, "X:".repeat(300), " folded: 1", "X\0: 1", "X: \u00e9", ": 1", "X"]; // prettier-ignore
const BODIES = ["", "", "hello", "5\r\nhello\r\n0\r\n\r\n", "5\r\nhel", "zz\r\nhello\r\n", "ffffffffffffffff\r\n", "5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n", "0\r\n\r\n", "x".repeat(100_000), "\u001f\u008b\u0008\u0000"]; // prettier-ignore

function request(random) {
  const headers = Array.from({ length: random.below(5) }, () => random.of(HEADERS));
  if (random.once(60)) headers.push(...Array.from({ length: 3000 }, (_, i) => `X-${i}: 1`));
  return `${[random.of(STARTS), ...headers].join("\r\n")}\r\n\r\n${random.of(BODIES)}`;
}

const descriptors = () => readdirSync("/proc/self/fd").length;

export const requests = {
  name: "requests",
  about: "requests by raw sockets to an exporter and a receiver",
  runs: 5000,
  short: 40,
  async open() {
    const before = descriptors();
    const [registry, there] = [new Registry(), new Registry()];
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    const errors = [];
    const onError = (error) => errors.push(error);
    const settings = { host: "127.0.0.1", port: 0, requestSeconds: 1, answerSeconds: 1, maxConnections: CONNECTIONS_MOST };
    const exporter = await serve({ ...settings, registry, onError });
    const handler = receiver({ registry: there, token: TOKEN, timeoutSeconds: 1, onError: () => {} });
    const limits = { requestTimeout: 1000, headersTimeout: 1000, connectionsCheckingInterval: 250 };
    const server = createServer(limits, handler.nodeHandler());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const ports = [exporter.port, server.address().port];
    const urls = [`http://127.0.0.1:${ports[0]}/metrics`, `http://127.0.0.1:${ports[1]}/push`];
    let done = 0;
    let heap;

    /** A client that writes pieces with pauses between, and what it was answered until nothing came or the connection ended. */
    const spoken = async (port, pieces, end) => {
      const socket = connect(port, "127.0.0.1");
      const parts = [];
      let bytes = 0;
      let last = performance.now();
      socket.on("data", (part) => {
        last = performance.now();
        bytes += part.length;
        if (bytes <= ANSWER_BYTES_MOST) parts.push(part);
      });
      socket.on("error", () => {});
      const closed = new Promise((resolve) => socket.once("close", resolve));
      for (const piece of pieces) {
        socket.write(Buffer.from(piece, "latin1"));
        await sleep(1);
      }
      if (end === "half") socket.end();
      if (end === "reset") socket.resetAndDestroy();
      while (!socket.destroyed && performance.now() - last < QUIET_MS) await Promise.race([closed, sleep(5)]);
      socket.destroy();
      await closed;
      assert.ok(bytes <= ANSWER_BYTES_MOST, `an answer of ${bytes} bytes`);
      return Buffer.concat(parts).toString("latin1");
    };

    const served = async () => {
      for (const [i, url] of urls.entries()) {
        const answer = await fetch(url, { signal: AbortSignal.timeout(SERVED_MS) });
        const text = await answer.text();
        assert.equal(answer.status, i === 0 ? 200 : 405);
        if (i === 0) assert.ok(text.includes("jobs_total 1\n"));
      }
    };

    return {
      input(random) {
        let all = Array.from({ length: 1 + random.below(random.once(10) ? 30 : 3) }, () => request(random)).join("");
        if (random.once(2)) all = Buffer.from(mutated(new Uint8Array(Buffer.from(all, "latin1")), random)).toString("latin1");
        const cuts = Array.from({ length: random.below(4) }, () => random.below(all.length + 1)).sort((one, other) => one - other);
        const pieces = [0, ...cuts].map((cut, i) => all.slice(cut, cuts[i]));
        return { to: random.below(2), pieces, end: random.of(["", "", "half", "reset"]), idle: random.once(100) };
      },
      async check({ to, pieces, end, idle }) {
        const idles = Array.from({ length: idle ? IDLE : 0 }, () => connect(ports[to], "127.0.0.1").on("error", () => {}));
        const said = await spoken(ports[to], pieces, end);
        const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(said) ?? [];
        if (said !== "") assert.ok(STATUSES.includes(Number(status)), said.slice(0, 300));
        assert.ok(!/\n\s+at .*\.[mc]?[jt]s:/.test(said), "a stack is shown to strangers");
        if (idle || done++ % HONEST_RUNS === 0) await served();
        for (const socket of idles) socket.destroy();
        assert.deepEqual(errors.splice(0), [], "what strangers send is told as an error");
        heap ??= process.memoryUsage().rss;
        if (done % 1000 === 0) assert.ok(process.memoryUsage().rss < heap + 300e6, "memory grows with requests");
      },
      async close() {
        await served();
        await exporter.close();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await handler.close();
        for (const each of [registry, there]) each.close();
        // Those that fetch keeps are its own.
        for (let left = 100; left > 0 && descriptors() > before + 16; left--) await sleep(50);
        assert.ok(descriptors() <= before + 16, `${descriptors()} descriptors are open, ${before} were`);
      },
    };
  },
};
