// spool({ thread: true }): a thread of its own writes for its process. Whichever way that ends, the last word is written; what
// blocks the event loop does not keep others from reading; and where the thread dies, the one that joined writes on.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test as alone } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { spool } from "tallystick/processes";
import { runtimes } from "../../scripts/runtimes.mjs";
import { beside } from "./beside.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("thread", 3);

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURE = fileURLToPath(new URL("fixtures/threaded.mjs", import.meta.url));
const MEMBER = fileURLToPath(new URL("fixtures/member.mjs", import.meta.url));
const FLAGS = { deno: ["run", "-A", "--quiet"] };
const NAMES = ["node", "node-current", "deno", "bun"];
const LONG = 60_000;

const commandOf = (name, fixture) => [runtimes()[name], ...(FLAGS[name] ?? []), fixture];

/** What a page has that counts nothing itself. */
async function counted(dir) {
  const registry = new Registry();
  const own = spool({ dir, registry, write: false, askSeconds: 0 });
  const { body } = await registry.expose();
  await own.close();
  return Number(/^jobs_total (\d+)$/m.exec(new TextDecoder().decode(body))?.[1] ?? 0);
}

function begin(t, command) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const late = setTimeout(() => child.kill("SIGKILL"), LONG);
  let said = "";
  let complained = "";
  child.stdout.on("data", (data) => (said += data));
  child.stderr.on("data", (data) => (complained += data));
  const ended = once(child, "close").then(([code, signal]) => {
    clearTimeout(late);
    return { code, signal, said: said.split("\n").slice(0, -1), complained };
  });
  return { child, ended, counted: Promise.race([once(child.stdout, "data"), ended]) };
}

/** What the one file of a spool says of its process's end. */
function markIn(dir) {
  const run = join(dir, "run-000001");
  const [name] = readdirSync(run).filter((file) => file.endsWith(".image"));
  return String.fromCharCode(readFileSync(join(run, name))[511]);
}

const SAYS = ["counted", "over"];
const WAYS = {
  "never flushed": { code: 0, signal: null, said: SAYS },
  natural: { code: 0, signal: null, said: SAYS },
  exit: { code: 3, signal: null, said: ["counted"] },
  "at once": { code: 3, signal: null, said: ["counted"] },
  closing: { code: 3, signal: null, said: ["counted"] },
  throw: { code: 1, signal: null, said: SAYS },
  term: { code: null, signal: "SIGTERM", said: SAYS },
  close: { code: 0, signal: null, said: SAYS },
};

/** Whose thread has to start, and to write, within the 2 s that an exit waits for it. */
const HURRIED = ["never flushed", "at once"];

for (const name of NAMES) {
  const skip = runtimes()[name] === undefined && `${name} is absent`;
  for (const [way, ends] of Object.entries(WAYS)) {
    (HURRIED.includes(way) ? alone : test)(`spool thread in ${name}: the last word is written, ${way}`, { skip }, async (t) => {
      const dir = folder(t);
      const member = begin(t, [...commandOf(name, FIXTURE), dir, way]);
      if (way === "term") {
        await member.counted;
        await sleep(50);
        member.child.kill("SIGTERM");
      }
      const { complained, ...end } = await member.ended;
      assert.deepEqual(end, ends, complained);
      assert.equal(await counted(dir), 6);
      // Deno has no exit behind an error that nobody catches, and who is closing may have left: others know of the death all the same.
      if ((name !== "deno" || way !== "throw") && way !== "closing") assert.equal(markIn(dir), ".");
    });
  }

  test(`spool thread in ${name}: another process reads what was counted while this one is blocked`, { skip }, async (t) => {
    const place = folder(t);
    const dir = join(place, "metrics");
    const member = begin(t, [...commandOf(name, FIXTURE), dir, "busy"]);
    await member.counted;
    let shown = 0;
    for (const from = Date.now(); shown !== 6 && Date.now() - from < LONG / 2; await sleep(50)) shown = await counted(dir);
    assert.equal(shown, 6);
    assert.equal(member.child.exitCode, null, "it is blocked until it is told that it was read");
    writeFileSync(join(place, "read"), "");
    const { code, said } = await member.ended;
    assert.deepEqual({ code, said }, { code: 0, said: SAYS });
  });

  test(`spool thread in ${name}: one that dies is told of, and the thread that joined writes on`, { skip }, async (t) => {
    const dir = folder(t);
    const member = new Member(dir, commandOf(name, MEMBER));
    const told = await member.run(async () => {
      const { default: threads } = await import("node:worker_threads");
      const { syncBuiltinESMExports } = await import("node:module");
      const { Worker } = threads;
      // The one of the spool's, which is nobody's to have.
      const posted = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (...args) {
        kept.thread = this;
        return posted.apply(this, args);
      };
      syncBuiltinESMExports();
      const heard = [];
      kept.spool = spool({
        dir,
        thread: true,
        flushSeconds: 0.05,
        onError: (error) => heard.push([error.name, error.code, error.message]),
      });
      kept.jobs = registry.counter({ name: "jobs", help: "Jobs." });
      kept.jobs.inc();
      await kept.spool.flush();
      await kept.thread.terminate();
      kept.jobs.inc(10);
      for (let i = 0; i < 400 && heard.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      return heard;
    });
    assert.equal(told.length, 1);
    assert.deepEqual(told[0].slice(0, 2), ["SpoolError", "thread"]);
    assert.match(told[0][2], /Cannot write the image of this process to ".*" in a thread of its own: it ended; this one does/);
    let shown = 0;
    for (const from = Date.now(); shown !== 11 && Date.now() - from < LONG; await sleep(50)) shown = await counted(dir);
    assert.equal(shown, 11);
    await member.run(async () => {
      kept.jobs.inc(100);
      await kept.spool.flush();
    });
    assert.equal(await counted(dir), 111);
    await member.end();
    assert.equal(await counted(dir), 111);
  });
}

/** A run that is over, of a process that counted 5. */
async function lastRun(t) {
  const dir = folder(t);
  const last = await new Member(dir).join();
  await last.run(() => registry.counter({ name: "jobs", help: "Jobs." }).inc(5));
  await last.end();
  assert.equal(await counted(dir), 5);
  return dir;
}

test("spool thread: the first page has nothing of the last run, however early it is asked for", async (t) => {
  const dir = await lastRun(t);
  const page = await new Member(dir).run(async () => {
    spool({ dir, thread: true, flushSeconds: 3600 });
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    return new TextDecoder().decode((await registry.expose()).body);
  });
  assert.match(page, /^jobs_total 1$/m);
});

for (const blockedMs of [400, 4000]) {
  test(`spool: where another thread writes the first page waits for that to join, a second at most, and has nothing of the last run: ${blockedMs} ms`, async (t) => {
    const dir = await lastRun(t);
    const member = new Member(dir);
    const { page, waitedMs } = await member.run(async (milliseconds) => {
      const { Worker } = await import("node:worker_threads");
      const code = `
        const { parentPort } = require("node:worker_threads");
        Promise.all([import("tallystick"), import("tallystick/processes")]).then(([{ registry }, { spool }]) => {
          spool({ dir: ${JSON.stringify(dir)}, collect: false });
          parentPort.postMessage("claimed");
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${milliseconds});
          parentPort.on("message", () => process.exit());
        });`;
      kept.worker = new Worker(code, { eval: true });
      await new Promise((told, failed) => kept.worker.once("message", told).once("error", failed));
      kept.spool = spool({ dir });
      registry.counter({ name: "jobs", help: "Jobs." }).inc();
      const from = Date.now();
      const { body } = await registry.expose();
      return { page: new TextDecoder().decode(body), waitedMs: Date.now() - from };
    }, blockedMs);
    assert.match(page, /^jobs_total 1$/m, `after ${waitedMs} ms`);
    assert.ok(waitedMs < 3000, `after ${waitedMs} ms`);
    await member.kill();
  });
}

test("spool thread: CommonJS has it, too", async (t) => {
  const dir = folder(t);
  const code = `
    const { registry } = require("tallystick");
    const { spool } = require("tallystick/processes");
    const own = spool({ dir: ${JSON.stringify(dir)}, thread: true, collect: false, flushSeconds: 3600, onError: (error) => console.log(error.message) });
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    own.flush().then(() => { registry.counter({ name: "jobs", help: "Jobs." }).inc(5); console.log("counted"); });`;
  const { code: exit, said } = await begin(t, [process.execPath, "-e", code]).ended;
  assert.deepEqual({ exit, said }, { exit: 0, said: ["counted"] });
  assert.equal(await counted(dir), 6);
  assert.equal(markIn(dir), ".");
});

test("spool thread: what worker threads count is written, and its own page has it once", async (t) => {
  const dir = folder(t);
  const member = await new Member(dir).join({ thread: true });
  await member.run(async () => {
    const { Worker } = await import("node:worker_threads");
    const code = `import("tallystick").then(({ registry }) => { registry.counter({ name: "jobs", help: "Jobs." }).inc(5); process.exit(); })`;
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    const workers = Array.from({ length: 3 }, () => new Worker(code, { eval: true }));
    await Promise.all(workers.map((worker) => new Promise((end) => worker.once("exit", end))));
    await kept.spool.flush();
  });
  assert.equal(await counted(dir), 16);
  assert.equal((await member.values()).get("jobs_total"), 16);
});

for (const thread of [false, true]) {
  test(`spool: without a timer it writes at the start, at its end and when asked, thread: ${thread}`, async (t) => {
    const dir = folder(t);
    const other = await new Member(dir).join({ write: false });
    const member = await new Member(dir).join({ flushSeconds: 0, collect: false, thread });
    const living = () => other.run(() => kept.spool.refresh().then(() => kept.spool.processes().filter(({ live }) => live).length));
    for (const from = Date.now(); (await living()) === 0 && Date.now() - from < LONG;) await sleep(10);
    assert.equal(await living(), 1);
    const jobs = () => member.run(() => void registry.counter({ name: "jobs", help: "Jobs." }).inc());
    await jobs();
    await sleep(1500);
    assert.equal(await counted(dir), 0);
    assert.equal((await other.values()).get("jobs_total"), 1, "for it was asked");
    await jobs();
    assert.equal(await counted(dir), 1);
    await member.end();
    assert.equal(await counted(dir), 2);
  });
}

test("spool thread: options that are wrong are refused at once, not by the thread", () => {
  const registry = new Registry();
  const heard = [];
  const make = (options) => () => spool({ dir: "x", registry, thread: true, onError: (error) => heard.push(error), ...options });
  assert.throws(make({ flushSeconds: -1 }), /Cannot use -1 as flushSeconds of a spool/);
  assert.throws(make({ run: "../x" }), /as the run of a spool/);
  assert.throws(make({ name: "x".repeat(101) }), /as the name of a registry/);
  assert.throws(make({ application: "x".repeat(101) }), /as the application of a spool/);
  assert.deepEqual(heard, []);
  registry.close();
});

test("spool thread: its statistics are those of the thread, as of the last flush", async (t) => {
  const registry = new Registry();
  const own = spool({ dir: folder(t), registry, thread: true, flushSeconds: 3600 });
  assert.equal(own.statistics.writer, undefined);
  await own.flush();
  const { flushes, ...first } = own.statistics.writer;
  assert.ok(first.bytes > 512);
  assert.deepEqual(first, { failures: 0, folded: 0, bytes: first.bytes, run: "run-000001" });
  registry.counter({ name: "jobs", help: "Jobs." }).inc();
  await own.flush();
  assert.equal(own.statistics.writer.flushes, flushes + 1);
  assert.ok(own.statistics.writer.bytes > first.bytes);
  await own.close();
  registry.close();
});

test("spool thread: a directory that cannot be written rejects a flush, and is told of once", async (t) => {
  const dir = join(folder(t), "file");
  writeFileSync(dir, "");
  const heard = [];
  const registry = new Registry();
  const own = spool({ dir, registry, thread: true, collect: false, flushSeconds: 0.02, onError: (error) => heard.push(error) });
  const refused = { name: "SpoolError", code: "unsafe", path: dir, message: /it is there and is no directory/ };
  await assert.rejects(own.flush(), refused);
  await sleep(200);
  await assert.rejects(own.flush(), refused);
  assert.deepEqual(
    heard.map(({ name, code, path }) => ({ name, code, path })),
    [{ name: "SpoolError", code: "unsafe", path: dir }],
  );
  await own.close();
  // Whoever is closed has nothing to write.
  await own.flush();
  registry.close();
});
