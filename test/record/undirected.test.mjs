// A recorder without a directory: what its users hear where nobody takes its samples.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { registry } from "tallystick";
import { recorder } from "tallystick/record";
import { until } from "./recorded.mjs";

const RECORD = new URL("../../dist/esm/record.js", import.meta.url).href;
const small = { bytes: 16_384, ringBytes: 8192 };
const NAME = "tallystick_recorder_samples_total";

/** What the page shows of a recorder. */
function page(prefix) {
  const text = new TextDecoder().decode(registry.exposeSync({ statistics: true }).body);
  const of = (outcome) => text.match(new RegExp(`^${NAME}\\{dir="",recorder="${prefix}",outcome="${outcome}"\\} (\\d+)$`, "m"))?.[1];
  return [of("written"), of("dropped")].map((value) => (value === undefined ? undefined : Number(value)));
}

test("a recorder without a directory that nobody drains tells of the first sample it drops, once, and its metrics show all of them", async () => {
  const told = [];
  const samples = recorder({ prefix: "nowhere", ...small, onError: (error) => told.push(error) });
  const label = samples.label("x");
  const started = label.start();
  for (let i = 0; samples.statistics.dropped === 0; i++) {
    assert.deepEqual(told, []);
    label.record(i);
  }
  assert.deepEqual([told.length, told[0].name, told[0].code, told[0].path], [1, "RecorderError", "full", ""]);
  assert.match(
    told[0].message,
    /^Cannot keep samples of recorder "nowhere": it has no dir, .* drain\(\) .* recorder\(\{ dir \}\) writes it to files$/,
  );
  assert.deepEqual(page("nowhere"), [0, 1]);
  for (let i = 0; i < 100; i++) label.stop(started);
  assert.equal(told.length, 1);
  await until("all are shown", () => page("nowhere")[1] === 101);
  const waiting = samples.statistics.waiting;
  for (const _ of samples.drain());
  assert.deepEqual(page("nowhere"), [waiting, 101]);
  await samples.close();
});

test("a duration that never began, and a policy that drops, are no reason to tell", async () => {
  for (const policy of ["drop-oldest", "drop-newest"]) {
    const samples = recorder({ prefix: policy, policy, ...small, onError: (error) => assert.fail(error) });
    for (let i = 0; i < 1000; i++) samples.record("x", i);
    await samples.close();
    assert.equal(page(policy)[1], samples.statistics.dropped);
  }
  const samples = recorder({ prefix: "never", ...small, onError: (error) => assert.fail(error) });
  samples.record("x", 1);
  samples.label("x").stop(NaN);
  await samples.close();
});

test("each thread tells of its own, and of all of them each drop is shown once", async () => {
  const told = [];
  const samples = recorder({ prefix: "threads", ...small, onError: (error) => told.push(error) });
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { recorder } from ${JSON.stringify(RECORD)};
    const samples = recorder({ ...workerData, onError: (error) => parentPort.postMessage(error.code) });
    for (let i = 0; i < 1000; i++) samples.record("x", i);
    setInterval(() => undefined, 1000);
  `;
  for (let i = 0; i < 1000; i++) samples.record("x", i);
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { prefix: "threads", ...small } });
  assert.deepEqual(await once(worker, "message"), ["full"]);
  await until("all is recorded", () => samples.statistics.recorded === 2000);
  const { dropped } = samples.statistics;
  await until("all are shown", () => page("threads")[1] === dropped);
  // Every thread has looked once more.
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.deepEqual([page("threads"), told.length], [[0, dropped], 1]);
  await worker.terminate();
  await samples.close();
});

test("flush() and close() without a directory write nothing, and what waits is there for drain()", async () => {
  const samples = recorder({ prefix: "waits" });
  samples.record("x", 1);
  await samples.flush();
  await samples.close();
  const again = recorder({ prefix: "waits" });
  assert.deepEqual([again.statistics.waiting, again.statistics.written], [1, 0]);
  assert.match(new TextDecoder().decode(Buffer.concat([...again.drain()])), /,1\.0,x,/);
  await again.close();
});
