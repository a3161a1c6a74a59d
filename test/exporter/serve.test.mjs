// An exporter as a scraper meets it, in its own thread and in this one: what it answers, to whom, and what it does not wait for.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get as tlsGet } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Registry } from "tallystick";
import { ExporterError, serve } from "tallystick/exporter";

const root = mkdtempSync(join(tmpdir(), "tallystick-exporter-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** An exporter of a registry of its own, until the test ends. */
async function served(t, options = {}) {
  const registry = options.registry ?? new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  const told = [];
  const exporter = await serve({ port: 0, registry, onError: (error) => told.push(error), ...options });
  t.after(async () => {
    await exporter.close();
    registry.close();
    assert.deepEqual(told, []);
  });
  const at = (path, init) => fetch(new URL(path, exporter.url), { redirect: "manual", ...init });
  return { registry, jobs, exporter, at };
}

/** Sends bytes as they are; all that comes back until the connection ends. */
function raw(port, text, then) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(text);
      then?.(socket);
    });
    let said = "";
    socket.setEncoding("latin1").on("data", (piece) => (said += piece));
    socket.on("close", () => resolve(said));
    socket.on("error", reject);
  });
}

for (const thread of [true, false]) {
  const where = thread ? "in its own thread" : "in this thread";
  test(`serve ${where}: the page, as the handler makes it, and what is beside it`, async (t) => {
    const { jobs, exporter, at } = await served(t, { thread, page: false });
    assert.match(exporter.url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    assert.equal(new URL(exporter.url).port, String(exporter.port));
    jobs.inc(3);
    const page = await at("/metrics");
    assert.equal(page.status, 200);
    assert.match(await page.text(), /^jobs_total 3$/m);
    jobs.inc();
    const open = await at("/metrics?name[]=jobs", {
      headers: { accept: "application/openmetrics-text; version=1.0.0", "accept-encoding": "gzip" },
    });
    assert.match(open.headers.get("content-type"), /^application\/openmetrics-text/);
    assert.match(await open.text(), /^jobs_total 4(\.0)?\n# EOF\n$/m);
    const head = await at("/metrics", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    assert.equal((await at("/metrics", { method: "POST", body: "x".repeat(100_000) })).status, 405);
    const healthy = await at("/-/healthy");
    assert.deepEqual([healthy.status, await healthy.text()], [200, "Healthy\n"]);
    assert.equal((await at("/-/healthy", { method: "DELETE" })).status, 405);
    const landing = await at("/");
    assert.deepEqual([landing.status, await landing.text()], [200, "Metrics are at /metrics\n"]);
    for (const path of ["/metric", "/metrics/", "/%6detrics", "/nothing"]) assert.equal((await at(path)).status, 404, path);
    // Targets that are no paths, as they come.
    for (const target of ["*", "http://proxied.example/metrics", "//", "/metrics#x"]) {
      const said = await raw(exporter.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      assert.match(said, target.includes("metrics") ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 404 /, target);
    }
  });

  test(`serve ${where}: paths of one's own`, async (t) => {
    const { exporter, at } = await served(t, { thread, path: "/own/page", healthPath: "/live" });
    assert.ok(exporter.url.endsWith("/own/page"));
    for (const [path, status] of [
      ["/own/page", 200],
      ["/live", 200],
      ["/metrics", 404],
      ["/-/healthy", 404],
    ]) {
      assert.equal((await at(path)).status, status, path);
    }
  });

  test(`serve ${where}: who may read, by tokens or by a name and a password; health is everybody's`, async (t) => {
    const auth = { bearer: ["first-token", "second~token="] };
    const bearer = await served(t, { thread, auth });
    const status = async (exporter, authorization) => {
      const answer = await fetch(exporter.url, authorization === undefined ? {} : { headers: { authorization } });
      await answer.body.cancel();
      return answer.status;
    };
    for (const [authorization, wanted] of [
      [undefined, 401],
      ["", 401],
      ["Bearer", 401],
      ["Bearer first-toke", 401],
      ["Bearer first-token2", 401],
      ["Basic first-token", 401],
      ["Bearer first-token, second~token=", 401],
      ["Bearer first-token", 200],
      ["bearer   second~token=", 200],
      ["BEARER second~token=", 200],
    ]) {
      assert.equal(await status(bearer.exporter, authorization), wanted, authorization);
    }
    const refused = await bearer.at("/metrics");
    assert.equal(refused.headers.get("www-authenticate"), 'Bearer realm="metrics"');
    assert.equal(await refused.text(), "Unauthorized\n");
    assert.equal((await bearer.at("/-/healthy")).status, 200);
    const basic = await served(t, { thread, auth: { user: "prometheus", password: "pässword:1" } });
    const of = (text) => `Basic ${Buffer.from(text).toString("base64")}`;
    assert.equal(await status(basic.exporter, of("prometheus:pässword:1")), 200);
    assert.equal(await status(basic.exporter, of("prometheus:password:1")), 401);
    assert.equal(await status(basic.exporter, "Bearer prometheus"), 401);
    assert.match((await basic.at("/metrics")).headers.get("www-authenticate"), /^Basic realm="metrics"/);
  });

  test(`serve ${where}: heads that are too large or never end, and scrapes beyond the limit`, { timeout: 60_000 }, async (t) => {
    const { registry, exporter, at } = await served(t, { thread, maxHeaderBytes: 2048, requestSeconds: 1, maxScrapes: 1 });
    assert.match(await raw(exporter.port, `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(5000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    const from = performance.now();
    const late = await raw(exporter.port, "GET /metrics HTTP/1.1\r\nHost: x\r\nX: ");
    assert.ok(performance.now() - from < 10_000);
    assert.match(late, /^(HTTP\/1\.1 408 |$)/);
    assert.match(await raw(exporter.port, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /);
    // A page that does not fit into the buffers of a connection, and a client that does not read it.
    const many = registry.gauge({ name: "many", help: "Many.", labelNames: ["i"] });
    for (let i = 0; i < 150_000; i++) many.set({ i: `${i} ${"x".repeat(60)}` }, i);
    const slow = connect(exporter.port, "127.0.0.1");
    slow.on("error", () => {});
    slow.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    slow.pause();
    let full;
    for (const until = Date.now() + 20_000; full?.status !== 503;) {
      assert.ok(Date.now() < until, "it is never full");
      full = await at("/metrics?name[]=jobs");
      await full.body?.cancel();
    }
    assert.equal(full.headers.get("retry-after"), "1");
    assert.equal((await at("/-/healthy")).status, 200, "who is full is healthy");
    slow.destroy();
    for (const until = Date.now() + 20_000; (await at("/metrics?name[]=jobs")).status !== 200;) assert.ok(Date.now() < until);
  });

  test(`serve ${where}: what is closed gives its port back, is closed once, and lets a scrape come to its end`, async (t) => {
    const { exporter, registry } = await served(t, { thread });
    const { port } = exporter;
    await assert.rejects(serve({ port, registry, thread }), (error) => {
      assert.ok(error instanceof ExporterError);
      assert.equal(error.code, "listen");
      assert.match(error.message, new RegExp(`^Cannot serve metrics at "127\\.0\\.0\\.1", port ${port}: `));
      return true;
    });
    const page = await fetch(exporter.url);
    const closing = exporter.close();
    assert.equal(exporter.close(), closing);
    assert.match(await page.text(), /jobs_total/);
    await closing;
    await assert.rejects(fetch(exporter.url));
    const again = await serve({ port, registry, thread });
    assert.equal(again.port, port);
    await again.close();
  });

  test(
    `serve ${where}: with TLS, and with clients that have a certificate`,
    { skip: spawnSync("openssl", ["version"]).status !== 0 && "there is no openssl" },
    async (t) => {
      const [key, cert] = [join(root, `${thread}.key`), join(root, `${thread}.crt`)];
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
      execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", ...subject], {
        stdio: "ignore",
      });
      const own = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
      const statusOf = (url, options) =>
        new Promise((resolve, reject) => {
          tlsGet(url, { agent: false, ca: own.cert, ...options }, (answer) => {
            answer.resume();
            answer.on("end", () => resolve(answer.statusCode));
          }).on("error", reject);
        });
      // As bytes, too, which is what readFileSync gives.
      const open = await served(t, { thread, tls: { key: readFileSync(key), cert: new Uint8Array(readFileSync(cert)) } });
      assert.ok(open.exporter.url.startsWith("https://127.0.0.1:"));
      assert.equal(await statusOf(open.exporter.url, {}), 200);
      const closed = await served(t, { thread, tls: { ...own, ca: readFileSync(cert) } });
      await assert.rejects(statusOf(closed.exporter.url, {}));
      assert.equal(await statusOf(closed.exporter.url, own), 200);
      await assert.rejects(serve({ port: 0, thread, registry: open.registry, tls: { key: "no key", cert: "none" } }), {
        name: "ExporterError",
        code: "listen",
      });
    },
  );
}

test("serve: paths as a URL has them are answered", async (t) => {
  for (const path of ["/m;x", "/a%20b", "/m%C3%A9", "/~a/(b)", "/A", "/a//b", "/"]) {
    const { exporter } = await served(t, { path, thread: false });
    const answer = await fetch(exporter.url);
    assert.match(await answer.text(), /jobs_total/, path);
  }
});

test("serve: what it is told wrongly", async () => {
  const registry = new Registry();
  for (const [options, name, message] of [
    [{ prot: 1 }, "TypeError", /Cannot use option "prot" of serve/],
    [{ port: "9464" }, "TypeError", /port of serve/],
    [{ port: 65_536 }, "RangeError", /Cannot use 65536 as port of serve: it must be a whole number from 0 to 65535/],
    [{ port: 1.5 }, "RangeError", /port of serve/],
    [{ host: "" }, "TypeError", /host of serve/],
    [{ page: "no" }, "TypeError", /page of serve/],
    [{ path: "metrics" }, "TypeError", /Cannot use "metrics" as path of serve: it must begin with "\/"/],
    ...["/a?b", "/a#b", "/a b", "/métriques", "/a/../b", "/a/.", "/{x}", "/a\\b", '/"a', "//a", "/<a>", ""].map((path) => [
      { path },
      "TypeError",
      /path of serve: it must begin with "\/" and be as a URL has it/,
    ]),
    [{ healthPath: "/metrics" }, "TypeError", /the two must differ/],
    [{ maxScrapes: 0 }, "RangeError", /maxScrapes of serve/],
    [{ maxConnections: Infinity }, "RangeError", /maxConnections of serve/],
    [{ maxHeaderBytes: 10 }, "RangeError", /from 1024 to 1048576/],
    [{ requestSeconds: 0 }, "RangeError", /requestSeconds of serve/],
    [{ tls: { key: "x" } }, "TypeError", /tls of serve: it must have a key and a cert/],
    [{ tls: { key: "x", cert: 7 } }, "TypeError", /Cannot use a number as cert of tls of serve: it must be a string or a Uint8Array/],
    [{ auth: {} }, "TypeError", /auth of serve: it must have bearer, or user and password/],
    [{ auth: { bearer: [] } }, "TypeError", /auth of serve/],
    [{ auth: { bearer: "with blank" } }, "TypeError", /auth of serve: a token is a string of visible ASCII/],
    [{ auth: { user: "a:b", password: "secret-word" } }, "TypeError", /auth of serve: a user has no ":" in it/],
    [{ auth: { bearer: "t", user: "a", password: "b" } }, "TypeError", /not both/],
    [{ registry: {} }, "TypeError", /registry of serve/],
  ]) {
    await assert.rejects(serve({ registry, ...options }), (error) => {
      assert.equal(error.name, name, JSON.stringify(options));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret-word|with blank/);
      return true;
    });
  }
  registry.close();
});
