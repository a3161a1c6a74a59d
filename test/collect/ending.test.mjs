// How `tallystick probe` ends where something does not answer: a receiver, a push that is under way, the thread that reads a /proc that
// hangs, and where that thread is over.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { receiver } from "tallystick/push";
import { FakeHost, samplesOf } from "./fakes.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const TOKEN = "opensesame";
const UNSHARED = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const noFifo = process.platform === "win32" && "there are no named pipes";
const noNamespace = spawnSync("unshare", [...UNSHARED, "true"]).status !== 0 && "no namespace of processes may be made here";

function running(t, binary, args) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TALLYSTICK_PUSH_TOKEN: "" } });
  t.after(() => child.kill("SIGKILL"));
  const exit = once(child, "exit");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return { child, exit, begun: once(child.stdout, "data"), said: () => stderr };
}

const started = (t, ...args) => running(t, process.execPath, [CLI, "probe", ...args]);

async function serving(t, handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/push`;
}

/** A host whose first reading never comes back: whoever opens a pipe waits for somebody that writes. */
function hanging() {
  const host = new FakeHost();
  host.process(1, { comm: "init" });
  assert.equal(spawnSync("mkfifo", [join(host.proc, "loadavg")]).status, 0);
  return host.proc;
}

test("a silent receiver and a /proc that hangs hold the program up for one time together", { skip: noFifo, timeout: 60_000 }, async (t) => {
  let requests = 0;
  const url = await serving(t, () => requests++);
  const probe = started(t, "--proc", hanging(), "--push", url, "--push-token", TOKEN, "--push-seconds", "0.1");
  await probe.begun;
  while (requests === 0) await delay(20);
  const from = performance.now();
  probe.child.kill("SIGTERM");
  assert.deepEqual(await probe.exit, [null, "SIGTERM"]);
  // One after the other they would be 15 seconds.
  assert.ok(performance.now() - from < 10_000, `${performance.now() - from} ms`);
});

test("a push that is under way is given up for the last one, and nobody hears of that", { timeout: 60_000 }, async (t) => {
  const registry = new Registry();
  const receive = receiver({ token: TOKEN, registry, onError: () => {} });
  const handler = receive.nodeHandler();
  let requests = 0;
  let isGone = false;
  let isGivenUp = false;
  const url = await serving(t, async (request, response) => {
    if (++requests === 1) {
      response.on("close", () => (isGone = true));
      return;
    }
    await delay(300);
    isGivenUp = isGone;
    handler(request, response);
  });
  const host = new FakeHost();
  host.process(1, { comm: "web", fds: 1 });
  host.write("stat", "cpu  700 0 0 0 0 0 0 0 0 0\n");
  const probe = started(t, "--proc", host.proc, "--push", url, "--push-token", TOKEN, "--period", "0.1", "--port", "0");
  const [line] = await probe.begun;
  const own = /serves (\S+)/.exec(line)[1];
  while (!(await (await fetch(own)).text()).includes("host_cpu_seconds_total") || requests === 0) await delay(20);
  probe.child.kill("SIGTERM");
  assert.deepEqual(await probe.exit, [null, "SIGTERM"]);
  assert.equal(requests, 2);
  assert.equal(isGivenUp, true, "it went before the last one was answered");
  assert.equal(probe.said(), "");
  await receive.settled();
  const page = samplesOf(new TextDecoder().decode(registry.exposeSync().body));
  assert.equal(page['host_cpu_seconds_total{mode="user"}'], 7);
  await receive.close();
});

test("the first process of a container ends by SIGTERM, also where its /proc hangs", { skip: noNamespace, timeout: 60_000 }, async (t) => {
  const unshare = running(t, "unshare", [...UNSHARED, process.execPath, CLI, "probe", "--proc", hanging(), "--port", "0"]);
  await unshare.begun;
  await delay(500);
  // As from outside of a container: unshare's child is the first process within.
  process.kill(Number(readFileSync(`/proc/${unshare.child.pid}/task/${unshare.child.pid}/children`, "utf8")), "SIGTERM");
  const [code, signal] = await unshare.exit;
  assert.ok(code > 128 || signal !== null, `${code} ${signal}`);
});

test("a program whose probe is over ends with 1, after a last push", { timeout: 60_000 }, async (t) => {
  const ended = [];
  const url = await serving(t, (request, response) => {
    ended.push(request.headers);
    response.writeHead(503).end();
  });
  const host = new FakeHost();
  host.process(1, { comm: "web" });
  // The thread ends after a while, as one does whose memory is used up.
  const preload =
    'import threads, { Worker as Own } from "node:worker_threads"; import { syncBuiltinESMExports } from "node:module";' +
    "threads.Worker = class extends Own { constructor(...all) { super(...all); setTimeout(() => this.terminate(), 1000); } };" +
    "syncBuiltinESMExports();";
  const own = ["--import", `data:text/javascript,${encodeURIComponent(preload)}`, CLI, "probe", "--proc", host.proc];
  const push = ["--push", url, "--push-token", TOKEN, "--push-seconds", "3600"];
  for (const more of [["--port", "0"], push]) {
    const probe = running(t, process.execPath, [...own, ...more]);
    assert.deepEqual(await probe.exit, [1, null]);
    assert.match(probe.said(), /^tallystick: Cannot go on with the probe's thread: it ended/);
  }
  assert.equal(ended.length, 1);
});
