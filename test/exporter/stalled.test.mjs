// Clients that ask and take nothing: they have one scrape for each connection, and lose it.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";

const LONG = { timeout: 60_000 };
const METRICS = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
const HEALTH = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n";
const SMALL = "/metrics?name[]=jobs";

/** A page that does not fit into the buffers of a connection. */
const registry = new Registry();
before(() => {
  registry.counter({ name: "jobs", help: "Jobs." }).inc();
  const many = registry.gauge({ name: "many", help: "Many.", labelNames: ["i"] });
  for (let i = 0; i < 150_000; i++) many.set({ i: `${i} ${"x".repeat(60)}` }, i);
});
after(() => registry.close());

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, is) {
  for (const late = Date.now() + 20_000; !(await is()); await pause(20)) assert.ok(Date.now() < late, `never: ${what}`);
}

async function served(t, options) {
  const exporter = await serve({ port: 0, registry, onError: (error) => assert.fail(error), ...options });
  const clients = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    await exporter.close();
  });
  return {
    /** A client that asks, and reads nothing until it is told to. */
    asks(text) {
      const client = connect(exporter.port, "127.0.0.1");
      clients.push(client);
      client.on("error", () => {});
      client.write(text);
      return client.pause();
    },
    async status(path = SMALL) {
      const answer = await fetch(new URL(path, exporter.url));
      await answer.body.cancel();
      return answer.status;
    },
  };
}

for (const thread of [true, false]) {
  const where = thread ? "in its own thread" : "in this thread";

  test(`serve ${where}: whoever takes nothing of scrapes loses them, and the connection`, LONG, async (t) => {
    const { asks, status } = await served(t, { thread, maxScrapes: 2, answerSeconds: 1 });
    const clients = [asks(METRICS), asks(HEALTH + METRICS)];
    await until("full", async () => (await status()) === 503);
    await until("free", async () => (await status()) === 200);
    for (const client of clients) {
      client.resume();
      await until("the connection's end", () => client.closed);
    }
  });

  test(`serve ${where}: of one connection one scrape is under way, whatever it asks for`, LONG, async (t) => {
    const { asks, status } = await served(t, { thread, maxScrapes: 2 });
    const client = asks(METRICS + METRICS.replace("/metrics", SMALL).repeat(7));
    const other = asks(HEALTH + METRICS + HEALTH);
    await until("full by two", async () => (await status()) === 503);
    other.destroy();
    await until("free by one", async () => (await status()) === 200);
    for (let i = 0; i < 10; i++) assert.equal(await status(), 200);
    // All eight are answered, one after another.
    let said = "";
    client.setEncoding("latin1").on("data", (text) => (said += text));
    client.resume();
    await until("eight ends", () => said.split("\r\n0\r\n\r\n").length > 8);
    assert.equal(said.split("HTTP/1.1 200 OK").length - 1, 8);
  });

  test(`serve ${where}: who asks on and on without reading is left`, LONG, async (t) => {
    const { asks, status } = await served(t, { thread, maxScrapes: 1 });
    const client = asks(METRICS.repeat(40));
    client.resume();
    await until("the connection's end", () => client.closed);
    await until("free", async () => (await status()) === 200);
  });

  test(`serve ${where}: clients that go while others of their requests wait leave nothing behind`, LONG, async (t) => {
    const { asks, status } = await served(t, { thread, maxScrapes: 1 });
    for (let i = 0; i < 3; i++) {
      let client;
      // Where the request that looks has the one scrape still, this client's are refused: it is another one's turn.
      await until("full", async () => {
        client?.destroy();
        client = asks(METRICS.repeat(3) + HEALTH);
        await pause(100);
        return (await status()) === 503;
      });
      client.destroy();
      await until("free", async () => (await status()) === 200);
    }
  });

  test(`serve ${where}: a client that reads slowly and steadily, and a collector that takes its time, lose nothing`, LONG, async (t) => {
    const { asks } = await served(t, { thread, answerSeconds: 1 });
    const ended = registry.collect(() => pause(1500), { timeoutSeconds: 10 });
    t.after(ended);
    const client = asks(METRICS);
    let [bytes, end, pieces] = [0, "", 0];
    client.on("data", (piece) => {
      bytes += piece.length;
      end = (end + piece.toString("latin1")).slice(-5);
      // About 5 MB a second.
      if (++pieces % 16 !== 0) return;
      client.pause();
      setTimeout(() => client.resume(), 200);
    });
    client.resume();
    await until("the end of the page", () => end === "0\r\n\r\n" || client.closed);
    assert.equal(end, "0\r\n\r\n", `${bytes} bytes`);
    assert.ok(bytes > 8e6);
  });
}

test(
  "serve with TLS: who connects and says nothing is left, too",
  { ...LONG, skip: spawnSync("openssl", ["version"]).status !== 0 && "there is no openssl" },
  async (t) => {
    const root = mkdtempSync(join(tmpdir(), "tallystick-stalled-"));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const [key, cert] = [join(root, "key"), join(root, "crt")];
    const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"];
    execFileSync("openssl", args, { stdio: "ignore" });
    const tls = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
    const { asks } = await served(t, { tls, requestSeconds: 1 });
    const client = asks("");
    client.resume();
    await until("the connection's end", () => client.closed);
  },
);
