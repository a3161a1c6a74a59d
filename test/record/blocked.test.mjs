// Threads that are blocked, idle or gone beside those that record: none of them has a claim or a ring that others wait for.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { recorder } from "tallystick/record";
import { folder, names, rowsIn, until } from "./recorded.mjs";

const failed = (error) => assert.fail(error);
const RECORD = new URL("../../dist/esm/record.js", import.meta.url).href;

/** A worker that evaluates a module's text, with `samples` and `label`; it asks with what it says, and goes on when it is answered. */
function hired(body, options) {
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const samples = recorder(workerData.options);
    const label = samples.label("worker");
    const answered = () => new Promise((resolve) => parentPort.once("message", resolve));
    const blocked = () => Atomics.wait(workerData.gate, 0, 0);
    ${body}
  `;
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { options, gate } });
  const exit = new Promise((resolve) => worker.once("exit", resolve));
  const said = () => new Promise((resolve, reject) => worker.once("error", reject).once("message", resolve));
  const open = () => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
  return { worker, exit, said, open };
}

/** Flushes more than one piece of a file, and stands still a turn later. */
const FLUSHES_AND_STANDS_STILL = `
  for (let i = 0; i < 17_000; i++) label.record(i);
  const flushed = samples.flush();
  await new Promise(setImmediate);
  parentPort.postMessage("blocked");
  blocked();
  await flushed;
`;

for (const thread of [true, false]) {
  test(`a thread that calls flush() and then stands still is in nobody's way (thread: ${thread})`, { timeout: 60_000 }, async () => {
    const dir = folder();
    const options = { dir, thread, flushSeconds: 0 };
    const samples = recorder({ ...options, onError: failed });
    const label = samples.label("main");
    samples.record("main", 0);
    await samples.flush();
    const { exit, said, open } = hired(FLUSHES_AND_STANDS_STILL, options);
    await said();
    for (let round = 0; round < 5; round++) {
      // Half a ring is full by that, and somebody writes.
      for (let i = 0; i < 20_000; i++) label.record(i);
      await samples.flush();
    }
    const { recorded, written, dropped } = samples.statistics;
    assert.deepEqual({ recorded, written, dropped }, { recorded: 117_001, written: 117_001, dropped: 0 });
    open();
    await exit;
    await samples.close();
    assert.equal(rowsIn(dir).length, 117_001);
  });
}

test("process.exit() waits for no thread that called flush() and stands still, and loses nothing", async () => {
  const dir = folder();
  const source = `
    import { Worker } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const options = ${JSON.stringify({ dir, flushSeconds: 0 })};
    const samples = recorder({ ...options, onError: (error) => console.log(error.message) });
    samples.record("main", 1);
    await samples.flush();
    const worker = ${JSON.stringify(`
      import { parentPort } from "node:worker_threads";
      import { recorder } from ${JSON.stringify(RECORD)};
      const samples = recorder(${JSON.stringify({ dir, flushSeconds: 0 })});
      const label = samples.label("worker");
      const blocked = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      ${FLUSHES_AND_STANDS_STILL}
    `)};
    const one = new Worker(new URL("data:text/javascript," + encodeURIComponent(worker)));
    await new Promise((resolve) => one.once("message", resolve));
    for (let i = 0; i < 5000; i++) samples.record("main", i);
    process.exit();
  `;
  const program = `${dir}.mjs`;
  writeFileSync(program, source);
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
  assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
  assert.equal(text, "");
  assert.equal(rowsIn(dir).length, 22_001);
});

/** One after another, each with 100 samples: there are four rings, and nobody writes by time. */
async function comeAndGo(thread, count, between) {
  const dir = folder();
  const options = { dir, thread, flushSeconds: 0, bytes: 65536, ringBytes: 16384 };
  const samples = recorder({ ...options, onError: failed });
  for (let i = 0; i < count; i++) {
    const { exit } = hired("for (let i = 0; i < 100; i++) label.record(i);", options);
    await exit;
    await between(samples);
  }
  const { recorded, dropped } = samples.statistics;
  assert.deepEqual({ recorded, dropped }, { recorded: count * 100, dropped: 0 });
  await samples.close();
  assert.equal(rowsIn(dir).length, count * 100);
  return dir;
}

test("threads that come and go, each with a few samples, lose none, however many: the thread that writes is asked in time", async () => {
  await comeAndGo(true, 8, (samples) => until("rings are free again", () => samples.statistics.waiting < 300));
});

test("threads that come and go, each with a few samples, lose none, however many: they write themselves", async () => {
  const dir = await comeAndGo(false, 12, () => undefined);
  // A drain each few threads, not one each.
  assert.ok(names(dir).length < 10, `${names(dir).length}`);
});

test("a thread that found no ring has one soon after what a dead one left is written", async () => {
  const options = { dir: folder(), flushSeconds: 0, bytes: 16384, ringBytes: 16384 };
  const samples = recorder({ ...options, onError: failed });
  await hired("label.record(1);", options).exit;
  // There is one ring, and whoever finds it taken asks.
  await until("a ring", () => {
    const before = samples.statistics.dropped;
    samples.record("main", 2);
    return samples.statistics.dropped === before;
  });
  await samples.close();
  const { recorded, written, dropped } = samples.statistics;
  assert.equal(written, 2);
  assert.equal(recorded, written + dropped);
});

/** Takes one chunk of a drain with each message, and says what came of it. */
const TAKES_CHUNKS = `
  const wide = samples.label("x".repeat(4000));
  for (let i = 0; i < 1000; i++) wide.record(i);
  const drain = samples.drain();
  for (;;) {
    let outcome;
    try {
      outcome = drain.next().done ? "done" : "chunk";
    } catch (error) {
      outcome = error.code;
    }
    parentPort.postMessage(outcome);
    if (outcome !== "chunk") break;
    await answered();
  }
`;

test("a drain that rests between two chunks is over once another one bore with it for a second and no chunk was taken", async () => {
  const options = { prefix: "resting" };
  const samples = recorder(options);
  const { worker, exit, said } = hired(TAKES_CHUNKS, options);
  assert.equal(await said(), "chunk");
  const { now } = performance;
  let time = now.call(performance);
  performance.now = () => time;
  try {
    const busy = (milliseconds) => {
      time += milliseconds;
      assert.throws(() => samples.drain().next(), { code: "busy" });
    };
    const takes = async () => {
      const heard = said();
      worker.postMessage("take");
      return heard;
    };
    // Nobody was in the way for this long.
    busy(10_000);
    busy(999);
    assert.equal(await takes(), "chunk");
    busy(100);
    busy(999);
    time += 1;
    let text = "";
    for (const chunk of samples.drain()) text += new TextDecoder().decode(chunk);
    assert.equal(text.split("\r\n").length, 1002);
    assert.equal(await takes(), "over");
  } finally {
    performance.now = now;
  }
  await exit;
  assert.deepEqual({ ...samples.statistics }, { ...samples.statistics, recorded: 1000, written: 1000, waiting: 0 });
  await samples.close();
});

test("a stream that nobody reads on keeps no files from being written, and ends with an error", { timeout: 60_000 }, async () => {
  const dir = folder();
  const samples = recorder({ dir, flushSeconds: 0.1, onError: failed });
  const label = samples.label("x".repeat(1000));
  for (let i = 0; i < 2000; i++) label.record(i);
  const reader = samples.stream().getReader();
  await reader.read();
  // The thread that writes finds it in its way.
  await until("files", () => samples.statistics.written === 2000);
  await assert.rejects(
    async () => {
      while (!(await reader.read()).done);
    },
    { code: "over" },
  );
  await samples.close();
  assert.equal(rowsIn(dir).length, 2000);
});

test("a drain of this thread that was begun is over by its own flush()", async () => {
  const dir = folder();
  const samples = recorder({ dir, flushSeconds: 0, onError: failed });
  const label = samples.label("x".repeat(1000));
  for (let i = 0; i < 2000; i++) label.record(i);
  const drain = samples.drain();
  drain.next();
  await wait(10);
  await samples.flush();
  assert.equal(samples.statistics.written, 2000);
  assert.throws(() => drain.next(), { code: "over" });
  await samples.close();
});
