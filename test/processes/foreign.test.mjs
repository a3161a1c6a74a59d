// Images that say they are of others: whoever may push, or write into a spool, speaks for itself, and nobody for the retired.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { spooling } from "./spooling.mjs";

const { Exporter, imageReceiver, Registry, Source, SpoolReader, SpoolWriter } = spooling;

const RETIRED = 2n ** 64n - 1n;
const HEAD_BYTES = 512;
let sources = 9000n;

const text = (instance) => instance.toString(16).padStart(16, "0");

/** The whole image of a process that counted one job, by whatever instance. */
function imageOf(instance) {
  const registry = new Registry();
  registry.counter({ name: "jobs", help: "Jobs." }).inc();
  const exporter = new Exporter(registry, {}, BigInt.asIntN(64, instance));
  const frames = Array.from(exporter.frames({ full: true, ended: false }), (frame) => frame.slice());
  exporter.close();
  registry.close();
  return Buffer.concat(frames);
}

function receiving(options = {}) {
  const registry = new Registry();
  const source = new Source(registry, sources++);
  const told = [];
  const receive = imageReceiver(source, { token: "opensesame", onError: (error) => told.push(error.message), ...options }, () => false);
  const push = async (instance, body) => {
    const headers = {
      authorization: "Bearer opensesame",
      "content-type": "application/x-tallystick-image",
      "tallystick-instance": text(instance),
      "tallystick-share": "full",
    };
    const response = await receive(new Request("https://collector.example/push", { method: "POST", headers, body }));
    return [response.status, await response.text()];
  };
  const page = async () => {
    await receive.settled();
    return textOf(registry)
      .split("\n")
      .filter((line) => line.startsWith("jobs"));
  };
  return { receive, told, push, page };
}

test("receiver: a push is refused of which any frame is of another instance than its header, before any of it counts", async () => {
  const kept = new Map();
  const store = {
    load: () => Promise.resolve(new Map()),
    change: async (put, remove) => {
      for (const [key, bytes] of put) kept.set(key, bytes);
      for (const key of remove) kept.delete(key);
    },
  };
  const { receive, push, page } = receiving({ store });
  const [own, other, retired] = [imageOf(1n), imageOf(2n), imageOf(RETIRED)];
  const refused = [400, "The frames are of another instance than the headers say\n"];
  for (const body of [other, retired, Buffer.concat([own, other]), Buffer.concat([own, retired])]) {
    assert.deepEqual(await push(1n, body), refused);
    assert.deepEqual(await page(), []);
    assert.equal(kept.size, 0);
  }
  assert.equal((await push(RETIRED, retired))[0], 400);
  assert.equal(receive.counts().processes, 0);
  assert.equal(receive.counts().refusedImages, 5);
  // And one that is known stays what it is.
  assert.equal((await push(1n, own))[0], 200);
  for (const body of [other, retired]) assert.deepEqual(await push(1n, body), refused);
  assert.deepEqual(await page(), ["jobs_total 1"]);
});

test("receiver: what was kept of one instance and is another's, or not the retired's, is told of and left out", async () => {
  const kept = new Map([
    ["body/0000000000000001/0000000000", imageOf(1n)],
    ["body/0000000000000002/0000000000", imageOf(3n)],
    ["body/0000000000000004/0000000000", imageOf(RETIRED)],
    ["retired", imageOf(5n)],
  ]);
  const { told, page } = receiving({ store: { load: () => Promise.resolve(kept), change: () => Promise.resolve() } });
  assert.deepEqual(await page(), ["jobs_total 1"]);
  assert.deepEqual(told.map((message) => /"(.*?)"/.exec(message)?.[1]).sort(), [
    "body/0000000000000002/0000000000",
    "body/0000000000000004/0000000000",
    "retired",
  ]);
});

test("spool: a file has the frames of the process that it is named after, and a retired one those of the retired", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-foreign-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const counted = new Registry();
  counted.counter({ name: "jobs", help: "Jobs." }).inc();
  const writing = new SpoolWriter(new Exporter(counted, {}, 1n), { dir, flushSeconds: 0, signals: false });
  t.after(() => writing.close());
  await writing.flush();
  const run = join(dir, "run-000001");
  const [file] = readdirSync(run).filter((name) => name.endsWith(".image"));
  const told = [];
  const registry = new Registry();
  const options = { dir, askSeconds: 0, compactSeconds: 0, onError: (error) => told.push(error) };
  const reading = new SpoolReader(() => new Source(registry, sources++), options);
  t.after(() => reading.close());
  const page = async () => {
    await reading.refresh();
    return textOf(registry)
      .split("\n")
      .filter((line) => line.startsWith("jobs"));
  };
  const names = ["0123456789abcdef", "0000000000000007", "0000000000000000", "f".repeat(16)];
  for (const name of names) copyFileSync(join(run, file), join(run, `${name}-default.image`));
  // What says that it is of the retired, under the name of a process.
  const head = readFileSync(join(run, file)).subarray(0, HEAD_BYTES);
  writeFileSync(join(run, "0000000000000007-default.image"), Buffer.concat([head, imageOf(RETIRED)]));
  assert.deepEqual(await page(), ["jobs_total 1"]);
  assert.deepEqual(await page(), ["jobs_total 1"]);
  const refusals = () => told.filter(({ code }) => code === "refused").map(({ path }) => path.slice(run.length + 1));
  // The others have names that no process has.
  assert.deepEqual(refusals().sort(), ["0000000000000007-default.image", "0123456789abcdef-default.image"]);
  told.length = 0;
  copyFileSync(join(run, file), join(run, "retired-1-default.image"));
  assert.deepEqual(await page(), ["jobs_total 1"]);
  assert.deepEqual(refusals(), ["retired-1-default.image"]);
});
