// What users of QuantumLeap's telemetry module had, and what they ran into: the rows of docs/telemetry.md that no other test here has.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Registry, registry } from "tallystick";
import { recorder } from "tallystick/record";
import { together } from "./crowd.mjs";
import { folder, names, rowsIn, rowsOf } from "./recorded.mjs";

const failed = (error) => assert.fail(error);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Of a sample in its ring. */
const SAMPLE_BYTES = 28;

test("filled to the cap again and again, where a thread writes itself: memory is flat, nothing is lost, each flush is one file", async () => {
  const dir = folder();
  const ringBytes = 1 << 20;
  const samples = recorder({ dir, prefix: "full", thread: false, flushSeconds: 0, bytes: ringBytes, ringBytes, onError: failed });
  const label = samples.label("x");
  let recorded = 0;
  // The first drain makes its room for text, for good.
  while (samples.statistics.files === 0) label.record(recorded++);
  const { used } = registry.memoryUsage();
  while (recorded < 200_000) label.record(recorded++);
  assert.equal(registry.memoryUsage().used, used);
  await samples.close();
  const { written, dropped, files } = samples.statistics;
  assert.deepEqual({ written, dropped }, { written: recorded, dropped: 0 });
  const counts = names(dir).map((name) => rowsOf(join(dir, name)).length);
  assert.equal(counts.length, files);
  const half = ringBytes / 2 / SAMPLE_BYTES;
  for (const count of counts.slice(0, -1)) assert.ok(count > half * 0.95 && count < half * 1.05, `${counts}`);
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    Array.from({ length: recorded }, (_, i) => i),
  );
});

test("100,000 samples after the first flush are a few files, not one each", async () => {
  const dir = folder();
  const samples = recorder({ dir, prefix: "few", flushSeconds: 0, onError: failed });
  const label = samples.label("a label of 17 cha");
  for (let i = 0; i < 20_000; i++) label.record(i);
  await samples.flush();
  const before = names(dir).length;
  for (let i = 0; i < 100_000; i++) label.record(i);
  await samples.close();
  const { recorded, written, dropped } = samples.statistics;
  assert.deepEqual([recorded, written + dropped], [120_000, 120_000]);
  assert.equal(rowsIn(dir).length, written);
  // A ring asks when half of it is full: 18,724 samples.
  assert.ok(names(dir).length - before <= 7, names(dir).join("\n"));
});

test("a sample takes 28 bytes, and all of a recorder no more than its cap, its labels and what a drain writes into", () => {
  const own = new Registry();
  own.counter({ name: "there", help: "There." }).inc();
  const { used } = own.memoryUsage();
  const bytes = 1 << 20;
  const samples = recorder({ registry: own, prefix: "capped", bytes, ringBytes: bytes, maxLabels: 16, policy: "drop-newest" });
  const label = samples.label("x");
  for (let i = 0; i < 100_000; i++) label.record(i);
  const { waiting } = samples.statistics;
  assert.ok(waiting > (bytes / SAMPLE_BYTES) * 0.95 && waiting * SAMPLE_BYTES <= bytes, `${waiting}`);
  assert.ok(own.memoryUsage().used - used < bytes + 32_768, `${own.memoryUsage().used - used}`);
  for (const chunk of samples.drain()) assert.ok(chunk.length > 0);
  assert.ok(own.memoryUsage().used - used < bytes + (1 << 20), `${own.memoryUsage().used - used}`);
});

test("a million durations that are never stopped leave nothing behind", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const samples = recorder({ prefix: "unstopped" });
  const label = samples.label("x");
  const begin = (count) => {
    let last = 0;
    for (let i = 0; i < count; i++) last = i % 2 === 0 ? label.start() : samples.start("x");
    return last;
  };
  begin(10_000);
  collect();
  const { used } = registry.memoryUsage();
  const { heapUsed } = process.memoryUsage();
  const last = begin(1_000_000);
  collect();
  assert.ok(process.memoryUsage().heapUsed - heapUsed < 1_000_000, `${process.memoryUsage().heapUsed - heapUsed}`);
  assert.equal(registry.memoryUsage().used, used);
  assert.equal(samples.statistics.recorded, 0);
  label.stop(last);
  assert.equal(samples.statistics.recorded, 1);
  await samples.close();
});

test("four threads at once nest, recurse and overlap: each duration is there, none is another's", async () => {
  const dir = folder();
  const { status, stdout, stderr } = spawnSync(process.execPath, [at("fixtures/overlapping.mjs"), dir], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  const { recorded, written, dropped } = JSON.parse(stdout);
  const each = { recursive: 20 * 31, outer: 20, middle: 20, inner: 20, overlapping: 4 };
  const sum = 4 * Object.values(each).reduce((one, other) => one + other);
  assert.deepEqual({ recorded, written, dropped }, { recorded: sum, written: sum, dropped: 0 });
  const found = Map.groupBy?.(rowsIn(dir), ({ label }) => label) ?? grouped(rowsIn(dir));
  assert.equal(found.size, 20);
  const values = (label) => found.get(label).map(({ value }) => value);
  for (const thread of new Set([...found.keys()].map((label) => label.split("-")[0]))) {
    for (const [name, count] of Object.entries(each)) assert.equal(values(`${thread}-${name}`).length, count, `${thread}-${name}`);
    const recursive = values(`${thread}-recursive`);
    // Whoever began first ends last, in each of the 20 descents.
    for (const [i, value] of recursive.entries()) if (i % 31 !== 0) assert.ok(value >= recursive[i - 1]);
    const [outer, middle, inner] = ["outer", "middle", "inner"].map((name) => values(`${thread}-${name}`));
    for (const [i, value] of outer.entries()) assert.ok(value >= middle[i] && middle[i] >= inner[i]);
    // They end in the order of their waits, whoever began first, and each has its own.
    const overlapping = values(`${thread}-overlapping`);
    for (const [i, least] of [0.02, 0.04, 0.06, 0.08].entries()) assert.ok(overlapping[i] > least - 0.003, `${overlapping}`);
  }
});

function grouped(rows) {
  const found = new Map();
  for (const row of rows) found.set(row.label, [...(found.get(row.label) ?? []), row]);
  return found;
}

test("two threads of each of two processes write while a reader deletes: no part of a file is seen, and the sum of rows is exact", async () => {
  const count = 60_000;
  const { files, ...result } = await together(folder(), 2, count);
  assert.deepEqual(result, { codes: [0, 0], said: [], wrong: 0, rows: [2 * count, 2 * count], dropped: [0, 0] });
  assert.ok(files >= 8, `${files}`);
});

test("a label for each path and verb of requests counts them by route", async (t) => {
  const dir = folder();
  const samples = recorder({ dir, prefix: "duration", flushSeconds: 0, onError: failed });
  const server = createServer((request, response) => {
    const label = `${new URL(request.url, "http://any").pathname} [${request.method}]`;
    const started = samples.start(label);
    response.once("close", () => samples.stop(label, started));
    setTimeout(() => response.end("done"), 5);
  });
  t.after(() => server.close());
  await once(server.listen(0), "listening");
  const ask = async (path, method) => (await fetch(`http://localhost:${server.address().port}${path}`, { method })).text();
  await Promise.all([
    ...Array.from({ length: 20 }, () => ask("/version?x=1", "GET")),
    ...Array.from({ length: 10 }, () => ask("/v2/notify", "POST")),
  ]);
  while (samples.statistics.recorded < 30) await new Promise(setImmediate);
  await samples.close();
  const rows = rowsIn(dir);
  assert.equal(rows.filter(({ label }) => label === "/version [GET]").length, 20);
  assert.equal(rows.filter(({ label }) => label === "/v2/notify [POST]").length, 10);
  for (const { value } of rows) assert.ok(value > 0.003);
});

test("recorders are for their owner alone: nobody else reads who asked for what", async () => {
  const dir = folder();
  const samples = recorder({ dir, prefix: "owned", flushSeconds: 0, onError: failed });
  samples.record("x", 1);
  await samples.close();
  assert.deepEqual([statSync(dir).mode & 0o777, statSync(join(dir, names(dir)[0])).mode & 0o777], [0o700, 0o600]);
});

test("the gauge of what a sample costs runs: npm run bench -- --only recorder", { timeout: 120_000 }, async () => {
  const args = [at("../../bench/index.mjs"), "--only", "recorder", "--runtime", "node", "--quick"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
  assert.deepEqual(await once(child, "close"), [0, null]);
  for (const row of ["record", "start-stop", "off", "drain"])
    assert.match(text, new RegExp(`^recorder/${row}, .*\\n +tallystick +[\\d,.]+`, "m"));
});
