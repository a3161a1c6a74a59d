// How a process ends that has joined: as it would without us, whoever else listens, and never before its last word.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { spool } from "tallystick/processes";
import { runtimes } from "../../scripts/runtimes.mjs";
import { beside } from "./beside.mjs";
import { folder } from "./members.mjs";

const test = beside("exits", 4);

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LONG = 60_000;
const HEAD = `
  import { createRequire } from "node:module";
  import { registry } from "tallystick";
  import { cluster, spool } from "tallystick/processes";
  const require = createRequire(process.cwd() + "/here.mjs");
  const dir = process.env.DIR;
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  setInterval(() => {}, 1000);
`;
const READY = `jobs.inc(); console.log("ready");`;

function begin(t, dir, text, { command = [process.execPath], stdio = ["ignore", "pipe", "pipe"] } = {}) {
  const [program, ...args] = [...command, "--input-type=module", "-e", HEAD + text + READY];
  const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, DIR: dir }, stdio });
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (data) => (said += data));
  child.stderr.on("data", (data) => (said += data));
  const late = setTimeout(() => {
    said += "It did not end in time\n";
    child.kill("SIGKILL");
  }, LONG);
  const ended = once(child, "close").then(([code, signal]) => {
    clearTimeout(late);
    return { code, signal, said: said.split("\n").slice(0, -1) };
  });
  return { child, ended, ready: Promise.race([once(child.stdout, "data"), ended]) };
}

/** What those who joined had counted, as one reads who counts nothing. */
async function counted(dir) {
  const registry = new Registry();
  const own = spool({ dir, registry, write: false });
  const { body } = await registry.expose();
  await own.close();
  return Number(/^jobs_total (\d+)$/m.exec(new TextDecoder().decode(body))?.[1] ?? 0);
}

async function countsOn(dir) {
  const from = Date.now();
  const before = await counted(dir);
  let after = before;
  for (; after < before + 10 && Date.now() - from < LONG; await sleep(20)) after = await counted(dir);
  assert.ok(after >= before + 10, `${before}, then ${after}`);
}

const killed = (signal) => ({ code: null, signal, said: ["ready"] });
const LISTENS = `process.once("SIGTERM", () => { console.log("draining"); setTimeout(() => { jobs.inc(); console.log("drained"); process.exit(4); }, 100); });`;
const DRAINED = { code: 4, signal: null, said: ["ready", "draining", "drained"] };
const leaves = (name) => `{ const leave = require("${name}"); (leave.onExit ?? leave)((code, signal) => console.log("left by", signal)); }`;
const LEFT = { code: null, signal: "SIGTERM", said: ["ready", "left by SIGTERM"] };
const COPY = `require("tallystick/processes").spool({ dir, name: "copy", registry: new (require("tallystick").Registry)() });`;
const SPOOL = `spool({ dir });`;

const CASES = {
  "alone, SIGTERM": [SPOOL, "SIGTERM", killed("SIGTERM"), 1],
  "alone, SIGINT": [SPOOL, "SIGINT", killed("SIGINT"), 1],
  "alone, SIGHUP": [SPOOL, "SIGHUP", killed("SIGHUP"), 1],
  "two copies of the library": [SPOOL + COPY, "SIGTERM", killed("SIGTERM"), 1],
  "two spools and a cluster": [
    `${SPOOL} spool({ dir, name: "other", registry: new (require("tallystick").Registry)() }); cluster();`,
    "SIGTERM",
    killed("SIGTERM"),
    1,
  ],
  "the application listened before, once": [LISTENS + SPOOL, "SIGTERM", DRAINED, 2],
  "the application listened after, once": [SPOOL + LISTENS, "SIGTERM", DRAINED, 2],
  "the application listens always": [SPOOL + LISTENS.replace("once", "on"), "SIGTERM", DRAINED, 2],
  "signal-exit 4 before": [leaves("signal-exit") + SPOOL, "SIGTERM", LEFT, 1],
  "signal-exit 4 after": [SPOOL + leaves("signal-exit"), "SIGTERM", LEFT, 1],
  "signal-exit 3 before": [leaves("signal-exit-3") + SPOOL, "SIGTERM", LEFT, 1],
  "signal-exit 3 after": [SPOOL + leaves("signal-exit-3"), "SIGTERM", LEFT, 1],
  "signal-exit of both and two copies": [
    leaves("signal-exit-3") + SPOOL + COPY + leaves("signal-exit"),
    "SIGTERM",
    { ...LEFT, said: ["left by SIGTERM", "left by SIGTERM", "ready"] },
    1,
  ],
};

for (const [name, [text, signal, ends, total]] of Object.entries(CASES)) {
  test(`spool: a signal ends a process as it would without it: ${name}`, async (t) => {
    const dir = folder(t);
    const { child, ended, ready } = begin(t, dir, text);
    await ready;
    child.kill(signal);
    const { said, ...end } = await ended;
    assert.deepEqual({ ...end, said: name.startsWith("signal-exit of both") ? said.toSorted() : said }, ends);
    assert.equal(await counted(dir), total);
  });
}

for (const name of ["node", "node-current", "deno", "bun"]) {
  const skip = process.platform !== "linux" ? "it is Linux that says so" : runtimes()[name] === undefined && `${name} is absent`;
  test(`spool: a signal that is ignored ends the process as little as without it, in ${name}`, { skip }, async (t) => {
    const ends = async (text) => {
      const dir = folder(t);
      const flags = name === "deno" ? ["eval", "--ext=mjs"] : ["--input-type=module", "-e"];
      const program = [runtimes()[name], ...flags, HEAD + text + READY].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
      const child = spawn("sh", ["-c", `trap '' HUP; exec ${program}`], {
        cwd: ROOT,
        env: { ...process.env, DIR: dir },
        stdio: ["ignore", "pipe", "inherit"],
      });
      t.after(() => child.kill("SIGKILL"));
      const ended = once(child, "close");
      await once(child.stdout, "data");
      child.kill("SIGHUP");
      await Promise.race([sleep(300), ended]);
      child.kill("SIGTERM");
      const [, signal] = await ended;
      return { signal, total: await counted(dir) };
    };
    const without = await ends("");
    // Node lets go of what its parent ignored.
    assert.equal(without.signal, name.startsWith("node") ? "SIGHUP" : "SIGTERM");
    assert.deepEqual(await ends(SPOOL), { signal: without.signal, total: 1 });
  });
}

test("spool: closed, it leaves a signal alone", async (t) => {
  const { child, ended, ready } = begin(
    t,
    folder(t),
    `const own = ${SPOOL} await own.close(); if (process.listenerCount("SIGTERM") !== 0) console.log("it listens");`,
  );
  await ready;
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { ...killed("SIGTERM"), said: ["ready"] });
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
  test(`cluster: ${signal} ends a child that only joined as it would without it`, async (t) => {
    const { child, ended, ready } = begin(t, folder(t), `cluster();`, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    await ready;
    child.kill(signal);
    assert.deepEqual(await ended, killed(signal));
  });
}

test("spool: the first process of a container goes on after a signal, as it would without it, and counts on", async (t) => {
  const namespace = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
  if (spawnSync(namespace[0], [...namespace.slice(1), "true"]).status !== 0) {
    t.skip("namespaces of process ids cannot be made here");
    return;
  }
  const dir = folder(t);
  const { child, ended, ready } = begin(t, dir, `${SPOOL} setInterval(() => jobs.inc(), 20);`, {
    command: [...namespace, process.execPath],
  });
  await ready;
  const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ").map(Number);
  process.kill(pid, "SIGTERM");
  await countsOn(dir);
  process.kill(pid, "SIGKILL");
  await ended;
});

test("spool: it stays in its directory for whoever listens and does not end", async (t) => {
  const dir = folder(t);
  const { child, ended, ready } = begin(t, dir, `process.on("SIGTERM", () => {}); ${SPOOL} setInterval(() => jobs.inc(), 20);`);
  await ready;
  child.kill("SIGTERM");
  await countsOn(dir);
  child.kill("SIGKILL");
  await ended;
});
