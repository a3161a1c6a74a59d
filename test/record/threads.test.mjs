// Recorders of many threads and processes, and of those that are blocked or killed.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { Registry } from "tallystick";
import { recorder } from "tallystick/record";
import { crowd } from "./crowd.mjs";
import { folder, names, rowsIn, rowsOf, until } from "./recorded.mjs";

const failed = (error) => assert.fail(error);

test(
  "four threads of each of two processes at full speed, one process killed: every row whole, in order and counted",
  { timeout: 100_000 },
  async () => {
    const result = await crowd(folder(), 4, 50_000, 20_000);
    const { code, said, wrong, off, recorded, rows, rowsOfTheKilled, files } = result;
    assert.deepEqual({ code, said, wrong, off, recorded }, { code: 0, said: [], wrong: 0, off: 0, recorded: 200_000 });
    assert.ok(rows > 10_000 && rowsOfTheKilled > 20_000 && files > 10, JSON.stringify(result));
  },
);

/** A worker that evaluates a module's text, with what it says. */
function hired(source, data) {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: data });
  const exit = new Promise((resolve) => worker.once("exit", resolve));
  const said = (word) =>
    new Promise((resolve, reject) => worker.once("error", reject).on("message", (message) => message === word && resolve()));
  return { worker, exit, said };
}

const RECORD = new URL("../../dist/esm/record.js", import.meta.url).href;

test("what a thread recorded that was terminated in the middle is written, and its ring is the next one's", async () => {
  const dir = folder();
  const samples = recorder({ dir, flushSeconds: 0, bytes: 1 << 20, ringBytes: 1 << 20, onError: failed });
  let sum = 0;
  for (let round = 0; round < 5; round++) {
    const source = `
      import { parentPort, workerData } from "node:worker_threads";
      import { recorder } from ${JSON.stringify(RECORD)};
      const samples = recorder({ dir: workerData, flushSeconds: 0, bytes: 1 << 20, ringBytes: 1 << 20 });
      for (let i = 0; i < 1000; i++) samples.record("x", i);
      parentPort.postMessage("recorded");
      for (;;);
    `;
    const { worker, exit, said } = hired(source, dir);
    await said("recorded");
    await worker.terminate();
    await exit;
    // There is one ring: who had it must be dead and what it left written before the next one has it.
    await samples.flush();
    sum += 1000;
    assert.equal(samples.statistics.written, sum);
  }
  await samples.close();
  assert.equal(rowsIn(dir).length, 5000);
  assert.equal(samples.statistics.dropped, 0);
});

test("a thread that writes itself has the ring that a dead one left, from its first sample on", async () => {
  const dir = folder();
  const options = { dir, prefix: "heir", thread: false, flushSeconds: 0, bytes: 8192, ringBytes: 8192 };
  const samples = recorder({ ...options, onError: failed });
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const samples = recorder(workerData);
    for (let i = 0; i < 10; i++) samples.record("x", i);
    parentPort.postMessage("recorded");
    for (;;);
  `;
  const { worker, exit, said } = hired(source, options);
  await said("recorded");
  await worker.terminate();
  await exit;
  samples.record("x", 10);
  assert.deepEqual([samples.statistics.written, samples.statistics.waiting, samples.statistics.dropped], [10, 1, 0]);
  await samples.close();
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    Array.from({ length: 11 }, (_, i) => i),
  );
});

for (const renames of [1, 2, 3]) {
  test(`a thread that is killed after rename ${renames} of 3, before its commit: each row is there once`, async () => {
    const dir = folder();
    const sizes = { flushSeconds: 0, maxFileBytes: 65536 };
    const source = `
      import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      import { parentPort, workerData } from "node:worker_threads";
      const { renameSync } = fs;
      let renamed = 0;
      fs.renameSync = (...args) => {
        renameSync(...args);
        if (++renamed < workerData.renames) return;
        parentPort.postMessage("renamed");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      };
      syncBuiltinESMExports();
      const { recorder } = await import(${JSON.stringify(RECORD)});
      const samples = recorder({ ...workerData.options, thread: false });
      const label = samples.label("x".repeat(1000));
      for (let i = 1; i <= 150; i++) label.record(i);
      await samples.flush();
    `;
    const { worker, exit, said } = hired(source, { renames, options: { dir, ...sizes } });
    await said("renamed");
    assert.equal(names(dir).length, renames);
    const samples = recorder({ dir, ...sizes, thread: false, onError: failed });
    for (let i = 151; i <= 160; i++) samples.record("y", i);
    // It has the claim while it lives. The files before are safe.
    const before = names(dir).slice(0, -1);
    assert.equal(samples.statistics.written, before.flatMap((name) => rowsOf(join(dir, name))).length);
    await worker.terminate();
    await exit;
    await samples.flush();
    assert.equal(names(dir).length, 3);
    assert.deepEqual(
      rowsIn(dir).map(({ value }) => value),
      Array.from({ length: 160 }, (_, i) => i + 1),
    );
    assert.equal(samples.statistics.written, 160);
    await samples.close();
  });
}

test("a thread that is killed between a rename and its commit: who has written before drains anew, in its own format and what is left", async () => {
  const dir = folder();
  const sizes = { flushSeconds: 0, bytes: 131_072, ringBytes: 65_536, policy: "drop-oldest" };
  const samples = recorder({ dir, ...sizes, thread: false, onError: failed });
  samples.record("x", 0);
  await samples.flush();
  for (let i = 1; i <= 1000; i++) samples.record("x", i);
  const source = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    import { parentPort, workerData } from "node:worker_threads";
    const { renameSync } = fs;
    fs.renameSync = (...args) => {
      renameSync(...args);
      parentPort.postMessage("renamed");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    };
    syncBuiltinESMExports();
    const { recorder } = await import(${JSON.stringify(RECORD)});
    await recorder({ ...workerData, format: "jsonl", thread: false }).flush();
  `;
  const { worker, exit, said } = hired(source, { dir, ...sizes });
  await said("renamed");
  assert.equal(names(dir).filter((name) => name.endsWith(".jsonl")).length, 1);
  await worker.terminate();
  await exit;
  for (let i = 1001; i <= 3000; i++) samples.record("x", i);
  await samples.flush();
  const { recorded, written, dropped } = samples.statistics;
  assert.ok(dropped > 500, `${dropped}`);
  assert.deepEqual([names(dir).length, rowsIn(dir).length, written + dropped], [2, written, recorded]);
  await samples.close();
});

test("the thread that writes goes on while the event loops of all others are blocked", async () => {
  const dir = folder();
  const samples = recorder({ dir, flushSeconds: 0.1, onError: failed });
  samples.record("x", 1);
  await until("the first file", () => existsSync(dir) && names(dir).length === 1);
  samples.record("x", 2);
  for (const from = performance.now(); performance.now() - from < 10_000 && names(dir).length < 2;);
  assert.equal(names(dir).length, 2);
  await samples.close();
});

test("more threads than there are rings: those without one lose theirs, counted, and the others none", async () => {
  const dir = folder();
  const sizes = { bytes: 16384, ringBytes: 8192 };
  const samples = recorder({ dir, flushSeconds: 0, ...sizes, onError: failed });
  samples.record("main", 1);
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const samples = recorder(workerData);
    for (let i = 0; i < 10; i++) samples.record("worker", i);
    parentPort.postMessage("recorded");
    parentPort.once("message", () => {});
  `;
  const all = [1, 2, 3].map(() => hired(source, { dir, flushSeconds: 0, ...sizes }));
  await Promise.all(all.map(({ said }) => said("recorded")));
  assert.equal(samples.statistics.recorded, 31);
  assert.equal(samples.statistics.dropped, 20);
  for (const { worker } of all) worker.postMessage("end");
  await Promise.all(all.map(({ exit }) => exit));
  await samples.close();
  assert.equal(rowsIn(dir).length, 11);
});

test("when the thread that saw to it ends, another one does", { timeout: 60_000 }, async () => {
  const dir = folder();
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const samples = recorder({ dir: workerData, flushSeconds: 0.1 });
    samples.record("first", 1);
    await samples.flush();
    parentPort.postMessage("recorded");
    parentPort.once("message", () => {});
  `;
  const { worker, exit, said } = hired(source, dir);
  await said("recorded");
  const samples = recorder({ dir, flushSeconds: 0.1, onError: failed });
  samples.record("second", 2);
  await until("the first one writes for all", () => rowsIn(dir).length === 2);
  await worker.terminate();
  await exit;
  await wait(50);
  samples.record("second", 3);
  await until("the second one writes", () => rowsIn(dir).length === 3);
  await samples.close();
});

test("in a bundle that is CommonJS it is told once what is missing and what to do, and this thread writes", async () => {
  const path = folder();
  mkdirSync(path, { recursive: true });
  const source = `
    import { recorder } from ${JSON.stringify(fileURLToPath(RECORD))};
    const told = [];
    const samples = recorder({ dir: ${JSON.stringify(join(path, "samples"))}, prefix: "bundled", onError: (error) => told.push(error) });
    samples.record("x", 1);
    samples.close().then(() => console.log(JSON.stringify([samples.statistics.written, told.map(({ code, message }) => [code, message])])));
  `;
  const outfile = join(path, "bundle.cjs");
  await build({
    stdin: { contents: source, resolveDir: path },
    alias: { tallystick: fileURLToPath(new URL("../../dist/esm/node.js", import.meta.url)) },
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile,
    logLevel: "error",
  });
  const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: "utf8" });
  assert.equal(stderr, "");
  const [written, told] = JSON.parse(stdout);
  assert.deepEqual([written, told.length, told[0][0]], [1, 1, "thread"]);
  assert.match(
    told[0][1],
    /^Cannot start the thread that writes for recorder "bundled": .*import\.meta\.url.*\(external\), or say thread: false$/,
  );
});

test("where the thread's file is not beside the bundle, it is told once and this thread writes", async () => {
  const path = folder();
  mkdirSync(join(path, "node_modules"), { recursive: true });
  symlinkSync(fileURLToPath(new URL("../..", import.meta.url)), join(path, "node_modules/tallystick"), "dir");
  mkdirSync(join(path, "bundled"));
  copyFileSync(new URL("../../dist/esm/record.js", import.meta.url), join(path, "bundled/record.js"));
  writeFileSync(join(path, "package.json"), JSON.stringify({ type: "module" }));
  const moved = await import(pathToFileURL(join(path, "bundled/record.js")).href);
  const dir = folder();
  const told = [];
  const samples = moved.recorder({ dir, prefix: "moved", flushSeconds: 0.1, ringBytes: 65536, onError: (error) => told.push(error) });
  const label = samples.label("x");
  for (let i = 0; i < 20_000; i++) label.record(i);
  assert.equal(samples.statistics.dropped, 0);
  await until("it is told", () => told.length > 0);
  assert.equal(told[0].code, "thread");
  assert.match(told[0].message, /The thread that wrote for recorder "moved" ended: .*; this thread writes from now on/);
  samples.record("x", 1);
  await until("all is written", () => samples.statistics.written === 20_001);
  await samples.close();
  assert.equal(told.length, 1);
  assert.equal(rowsIn(dir).length, 20_001);
});

test("a registry of its own, by its ticket in another thread, has a recorder of its own; what it recorded outlives it", async () => {
  const dir = folder();
  const own = new Registry();
  const samples = recorder({ dir, registry: own, flushSeconds: 0, onError: failed });
  const other = recorder({ dir: folder(), flushSeconds: 0, onError: failed });
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { join } from ${JSON.stringify(new URL("../../dist/esm/node.js", import.meta.url).href)};
    import { recorder } from ${JSON.stringify(RECORD)};
    const samples = recorder({ dir: workerData.dir, registry: join(workerData.ticket), flushSeconds: 0 });
    for (let i = 0; i < 10; i++) samples.record("x", i);
    parentPort.postMessage("recorded");
  `;
  const { exit, said } = hired(source, { dir, ticket: own.ticket() });
  await said("recorded");
  await exit;
  assert.equal(samples.statistics.recorded, 10);
  assert.equal(other.statistics.recorded, 0);
  own.close();
  samples.record("y", 1);
  await samples.close();
  await other.close();
  assert.equal(rowsIn(dir).length, 11);
});

test("off() and on() are for all threads", async () => {
  const samples = recorder({ prefix: "switched" });
  const source = `
    import { parentPort } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const samples = recorder({ prefix: "switched" });
    const label = samples.label("x");
    parentPort.on("message", (value) => {
      if (value === "end") parentPort.close();
      label.record(value);
      parentPort.postMessage("recorded");
    });
  `;
  const { worker, exit, said } = hired(source);
  for (const [on, count] of [
    [true, 1],
    [false, 1],
    [true, 2],
  ]) {
    if (on) samples.on();
    else samples.off();
    const heard = said("recorded");
    worker.postMessage(count);
    await heard;
    assert.equal(samples.statistics.recorded, count);
  }
  worker.postMessage("end");
  await exit;
});

test("a thread for which there is no room tells so, once, and what it records is counted as dropped", async () => {
  const dir = folder();
  const options = { dir, flushSeconds: 0, bytes: 65536, ringBytes: 65536 };
  const samples = recorder({ ...options, onError: failed });
  samples.record("x", 1);
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const told = [];
    const samples = recorder({ ...workerData, onError: (error) => told.push([error.code, error.message]) });
    for (const until = performance.now() + 250; performance.now() < until; ) samples.record("y", 1);
    parentPort.postMessage(told);
  `;
  const { worker, exit } = hired(source, options);
  const [told] = await once(worker, "message");
  await exit;
  assert.equal(told.length, 1);
  assert.equal(told[0][0], "threads");
  assert.match(told[0][1], /recorder "samples": bytes 65536 have no room for a ring of 65536 bytes beside those of other threads/);
  await samples.close();
  const { recorded, written, dropped } = samples.statistics;
  assert.deepEqual([written, recorded], [1, 1 + dropped]);
  assert.ok(dropped > 1);
});

test("statistics add up to the sample, and none goes back, while another thread records and a third one writes", async () => {
  const dir = folder();
  const options = { dir, bytes: 1 << 17, ringBytes: 1 << 16, retainBytes: 1 << 20, maxFileBytes: 1 << 18 };
  const samples = recorder({ ...options, onError: failed });
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const label = recorder(workerData).label("x");
    parentPort.postMessage("begun");
    for (;;) label.record(1);
  `;
  const { worker, exit, said } = hired(source, options);
  await said("begun");
  let last = samples.statistics;
  await until("that samples are written and dropped", () => {
    for (let i = 0; i < 500; i++) {
      const next = samples.statistics;
      const { recorded, written, dropped, waiting } = next;
      assert.equal(written + dropped + waiting, recorded, JSON.stringify(next));
      assert.ok(waiting >= 0, JSON.stringify(next));
      for (const what of ["recorded", "written", "dropped"]) assert.ok(next[what] >= last[what], what);
      last = next;
    }
    return last.written > 100_000 && last.dropped > 0;
  });
  await worker.terminate();
  await exit;
  await samples.close();
});
