// An exporter that is closed ends in time, whatever its connections do; and what goes wrong with its thread keeps its code.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
import { project } from "../runtimes/packed.mjs";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Scrapes that are not over are cut off after five seconds: who waited for that has waited for nothing. */
const LATE_MS = 4500;
const hasKeys = spawnSync("openssl", ["version"]).status === 0;

function keys(name) {
  if (!hasKeys) return [];
  const [key, cert] = ["key", "crt"].map((end) => join(project(name), `own.${end}`));
  const subject = ["-subj", "/CN=localhost"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", ...subject], {
    stdio: "ignore",
  });
  return [key, cert];
}

each(THREADED, "close: a scrape under way ends its kept connection, and one that says nothing is not waited for", async (runtime) => {
  const program = fileURLToPath(new URL("ending.mjs", import.meta.url));
  const result = await run(runtime, program, keys(`exporter-ending-${runtime}`), { cwd: ROOT, within: 60_000 });
  assert.match(result.stdout, /^\{/, said(result));
  for (const [what, took] of Object.entries(JSON.parse(result.stdout))) {
    if (typeof took === "boolean") assert.ok(took, what);
    else assert.ok(took < LATE_MS, `${what}: ${took} ms`);
  }
});

for (const thread of [true, false]) {
  test(`serve ${thread ? "in its own thread" : "in this thread"}: a port that is taken is told with the system's code`, async (t) => {
    const taken = createServer().listen(0, "127.0.0.1");
    t.after(() => taken.close());
    await once(taken, "listening");
    const { port } = taken.address();
    const told = [];
    await assert.rejects(
      serve({ registry: new Registry(), port, thread, onError: (error) => told.push(error) }),
      ({ code, cause, message }) => {
        assert.deepEqual([code, cause.code, cause.syscall, cause.port], ["listen", "EADDRINUSE", "listen", port]);
        assert.match(message, /; of several processes one serves for all$/);
        return true;
      },
    );
    assert.deepEqual(told, []);
  });
}

test("replace in its own thread: what the thread refuses keeps its name and its code", async (t) => {
  const registry = new Registry();
  const exporter = await serve({ registry, port: 0 });
  t.after(() => exporter.close());
  // As of another version of the library.
  const refused = exporter.replace({ ticket: () => ({ ...registry.ticket(), layoutVersion: 1 }) });
  await assert.rejects(refused, ({ name, code }) => {
    assert.deepEqual([name, code], ["MetricsError", "foreign-memory"]);
    return true;
  });
});

// Both wait for five seconds.
describe("answers that are not read", { concurrency: true }, () => {
  for (const thread of [true, false]) {
    const where = thread ? "in its own thread" : "in this thread";
    test(`close ${where}: an answer that its client does not read is cut off after five seconds`, { timeout: 60_000 }, async (t) => {
      const registry = new Registry();
      const many = registry.gauge({ name: "many", help: "Many.", labelNames: ["i"] });
      for (let i = 0; i < 150_000; i++) many.set({ i: `${i} ${"x".repeat(60)}` }, i);
      const exporter = await serve({ registry, port: 0, thread, answerSeconds: 3600 });
      const slow = connect(exporter.port, "127.0.0.1");
      t.after(() => (slow.destroy(), registry.close()));
      slow.on("error", () => {});
      slow.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
      await once(slow, "readable");
      // It is over or the test is, by its limit.
      await exporter.close();
      await assert.rejects(fetch(exporter.url));
    });
  }
});

const LOST = `
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
const told = [];
const rejected = await serve({ registry: new Registry(), port: 0, onError: (error) => told.push(error) }).catch((error) => error);
console.log(rejected.name, rejected.code, told.length, told[0] === rejected);
`;

const UNHEARD = `
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
await serve({ registry: new Registry(), port: 0 }).catch(({ message }) => console.log(message));
`;

each(THREADED, "serve: onError hears, once, of a thread that cannot begin", async (runtime) => {
  const path = project(`exporter-lost-${runtime}`);
  rmSync(join(path, "node_modules/tallystick/dist/esm/exporter-thread.js"));
  writeFileSync(join(path, "lost.mjs"), LOST);
  const result = await run(runtime, join(path, "lost.mjs"), [], { cwd: path, within: 30_000 });
  assert.equal(result.stdout, "ExporterError thread 1 true\n", said(result));
  if (runtime !== "node") return;
  writeFileSync(join(path, "unheard.mjs"), UNHEARD);
  const unheard = await run(runtime, join(path, "unheard.mjs"), [], { cwd: path, within: 30_000 });
  assert.match(
    unheard.stdout,
    /exporter-thread\.js'?: leave tallystick out of the bundle, as external; nothing is served\n$/,
    said(unheard),
  );
  assert.equal(unheard.stderr, "", "what rejects is not told by the console as well");
});
