// The application of docs/deployment.md, as it stands there: two of it, and one that is killed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function served(port, path) {
  for (const until = performance.now() + 10_000; ; await sleep(20)) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      assert.equal(answer.status, 200);
      return await answer.text();
    } catch (error) {
      // It has not begun to listen.
      if (error.name !== "TypeError" || performance.now() > until) throw error;
    }
  }
}

test("docs/deployment.md: no block looks like the output of the application, which prints nothing", () => {
  const fences = [...readFileSync(join(ROOT, "docs/deployment.md"), "utf8").matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  assert.equal(fences[0], "js");
  assert.ok(fences.length > 5 && !fences.includes("text"), fences.join());
});

test("docs/deployment.md: any process answers with the sum of all, the killed ones, too", { timeout: 60_000 }, async (t) => {
  const [, program] = /```js\n([^]*?)```/.exec(readFileSync(join(ROOT, "docs/deployment.md"), "utf8"));
  mkdirSync(join(ROOT, "build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "build", "deployment-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "app.mjs"), program);
  const begun = async () => {
    const port = await freePort();
    const env = { ...process.env, METRICS_DIR: join(folder, "metrics"), PORT: String(port) };
    const child = spawn(process.execPath, ["app.mjs"], { cwd: folder, env, stdio: ["ignore", "inherit", "pipe"] });
    t.after(() => child.kill("SIGKILL"));
    let told = "";
    child.stderr.on("data", (chunk) => (told += chunk));
    return { port, child, told: () => told };
  };
  const apps = [await begun(), await begun(), await begun()];
  for (const [i, { port }] of apps.entries()) {
    for (let request = 0; request <= i; request++) assert.equal(await served(port, "/"), "Served.\n");
  }
  for (const { port } of apps) assert.match(await served(port, "/metrics"), /^served_total 6$/m);
  apps[2].child.kill("SIGKILL");
  await once(apps[2].child, "exit");
  for (const { port } of apps.slice(0, 2)) assert.match(await served(port, "/metrics"), /^served_total 6$/m);
  for (const { told } of apps) assert.equal(told(), "");
});
