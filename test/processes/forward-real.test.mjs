// Collectors that hand on over HTTP, three levels of them, and the program that stands alone.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { pusher, receiver } from "tallystick/push";
import { sample } from "../bindings/hired.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const TOKENS = ["of-the-root", "of-the-middle", "of-the-leaves"];
const token = "opensesame";

/** A collector behind node:http. */
async function served(options) {
  const registry = new Registry();
  const receive = receiver({ registry, onError: () => undefined, ...options });
  const [pushed, scraped] = [receive.nodeHandler(), registry.nodeHandler()];
  const server = createServer((request, response) => (request.url === "/push" ? pushed : scraped)(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { receive, server, url: `http://127.0.0.1:${server.address().port}/push` };
}

async function pageOf(url) {
  return (await fetch(url.replace("/push", "/metrics"))).text();
}

/** A process that counts, and pushes until it has been heard. */
function counting(url, pushToken) {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  const running = registry.gauge({ name: "running", help: "Running.", mode: "livesum" });
  const own = pusher({ url, token: pushToken, registry, idleSeconds: 0.2, onError: () => undefined });
  const heard = async () => {
    for (let result; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      result = await own.push();
      if (result.outcome === "sent" || result.outcome === "nothing") return;
    }
  };
  return { jobs, running, own, heard };
}

/** Waits for a page to have what it should have. */
async function has(url, name, value) {
  for (let page; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    page = await pageOf(url);
    if (sample(page, name) === value) return page;
    assert.ok((sample(page, name) ?? 0) <= value, `${name} is ${sample(page, name)}, more than the ${value} that were counted`);
  }
}

function started(t, env, ...args) {
  const child = spawn(process.execPath, [CLI, "collect", ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  return { child, exit: once(child, "exit"), lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), said: () => said };
}

async function urlOf({ lines, said }) {
  const { value } = await lines.next();
  assert.ok(value?.startsWith("tallystick serves "), value ?? said());
  return value.slice("tallystick serves ".length).replace("/metrics", "/push");
}

test("forward: three levels over HTTP, and the one in the middle is killed", { timeout: 60000 }, async (t) => {
  const forward = (url, its) => ({ url, token: its, everySeconds: 0.05 });
  const root = await served({ token: TOKENS[0] });
  const env = { TALLYSTICK_PUSH_TOKEN: TOKENS[1], TALLYSTICK_FORWARD_TOKEN: TOKENS[0] };
  const middle = started(t, env, "--forward", root.url, "--port", "0");
  const url = await urlOf(middle);
  const leaves = [];
  for (let i = 0; i < 2; i++) leaves.push(await served({ token: TOKENS[2], forward: forward(url, TOKENS[1]) }));
  const processes = [0, 0, 1].map((leaf) => counting(leaves[leaf].url, TOKENS[2]));
  t.after(async () => {
    for (const { own } of processes) own.close();
    for (const { server, receive } of [...leaves, root]) {
      server.close();
      server.closeAllConnections();
      await receive.close();
    }
  });
  for (const [i, { jobs, running, heard }] of processes.entries()) {
    jobs.inc(10 ** i);
    running.set(1);
    await heard();
  }
  assert.equal(sample(await has(root.url, "jobs_total", 111), "running"), 3);
  middle.child.kill("SIGKILL");
  await middle.exit;
  for (const { jobs, heard } of processes) {
    jobs.inc();
    await heard();
  }
  await urlOf(started(t, env, "--forward", root.url, "--port", new URL(url).port));
  // What waits at the leaves is tried again after a while; each process says all when it is asked, so soon as it says that it lives.
  const isKept = setInterval(() => {
    for (const { heard } of processes) void heard();
  }, 500);
  try {
    await has(root.url, "jobs_total", 114);
    await has(url, "jobs_total", 114);
  } finally {
    clearInterval(isKept);
  }
  const [first] = processes;
  first.jobs.inc(1000);
  await first.own.push({ ended: true });
  // Its last word goes on though the leaf ends.
  await leaves[0].receive.close();
  assert.equal(sample(await has(root.url, "jobs_total", 1114), "running"), 2);
});

test("collect --forward: hands on what is pushed, and what waits before a signal ends it", { timeout: 60000 }, async (t) => {
  const root = started(t, { TALLYSTICK_PUSH_TOKEN: TOKENS[0] }, "--port", "0");
  const url = await urlOf(root);
  const env = { TALLYSTICK_PUSH_TOKEN: token, TALLYSTICK_FORWARD_TOKEN: TOKENS[0] };
  const leaf = started(t, env, "--forward", url, "--port", "0");
  const { jobs, own } = counting(await urlOf(leaf), token);
  jobs.inc(3);
  await own.push();
  await has(url, "jobs_total", 3);
  jobs.inc(4);
  assert.equal((await own.push({ ended: true })).outcome, "sent");
  leaf.child.kill("SIGTERM");
  assert.deepEqual(await leaf.exit, [null, "SIGTERM"]);
  assert.equal(sample(await pageOf(url), "jobs_total"), 7);
  assert.equal(leaf.said(), "");
});

test("collect --forward: to nobody, it says so, and a second signal ends it at once", { timeout: 60000 }, async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const nowhere = `http://127.0.0.1:${server.address().port}/push`;
  server.close();
  const leaf = started(t, {}, "--push-token", token, "--forward", nowhere, "--forward-token", "x", "--port", "0");
  const { jobs, own } = counting(await urlOf(leaf), token);
  jobs.inc();
  await own.push();
  while (!/Cannot hand images on to .*ECONNREFUSED/.test(leaf.said())) await new Promise((resolve) => setTimeout(resolve, 20));
  leaf.child.kill("SIGTERM");
  let isOver = false;
  void leaf.exit.then(() => (isOver = true));
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(isOver, false, "it tries for ten seconds");
  leaf.child.kill("SIGINT");
  assert.deepEqual(await leaf.exit, [null, "SIGINT"]);
  own.close();
});

for (const [what, args, word] of [
  ["no token of it", ["--push-token", token, "--forward", "http://127.0.0.1/push"], /--forward wants the next collector's token/],
  [
    "nothing that is pushed",
    ["--dir", "m", "--forward", "http://127.0.0.1/push"],
    /--forward is of what is pushed: give --push-token, too/,
  ],
  ["a token and no address", ["--push-token", token, "--forward-token", "x"], /--forward-token is of --forward/],
  ["what is no address", ["--push-token", token, "--forward", "elsewhere", "--forward-token", "x"], /Cannot forward to "elsewhere"/],
  ["an empty token", ["--push-token", token, "--forward", "http://127.0.0.1/push", "--forward-token", ""], /--forward-token is ""/],
  ["an empty address", ["--push-token", token, "--forward", "", "--forward-token", "x"], /--forward is "", which names nothing/],
]) {
  test(`collect --forward with ${what}: one line, and 64`, async (t) => {
    const { exit, said } = started(t, { TALLYSTICK_FORWARD_TOKEN: "" }, "--port", "0", ...args);
    assert.deepEqual(await exit, [64, null]);
    assert.match(said(), /^tallystick: .{1,300}\n$/);
    assert.match(said(), word);
  });
}
