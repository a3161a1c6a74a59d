// Samplers: their series, at their pace, until they are stopped.
// Alone: it counts what a sampler takes in a set time.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { recorder } from "tallystick/record";
import { each, run, said } from "../runtimes/programs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Values by label. */
function taken(samples) {
  const csv = new TextDecoder().decode(Buffer.concat([...samples.drain()]));
  const found = {};
  for (const line of csv.split("\r\n").slice(1, -1)) {
    const [, value, label] = line.split(",");
    (found[label] ??= []).push(value);
  }
  return found;
}

const SERIES = [
  "user time",
  "system time",
  "max rss",
  "fs reads",
  "fs writes",
  "voluntary context switches",
  "involuntary context switches",
];
SERIES.push("heap used", "heap total", "external memory", "rss", "gc collections");

test("samples() records what the process takes, at once and then at its pace, and stops", async () => {
  const samples = recorder({ prefix: "pace" });
  const stop = samples.samples({ seconds: 0.1 });
  for (const from = process.cpuUsage().user; process.cpuUsage().user - from < 200_000;);
  await wait(600);
  stop();
  stop();
  const found = taken(samples);
  for (const label of SERIES) assert.ok(found[label].length >= 3 && found[label].length <= 9, `${label}: ${found[label]}`);
  const [user, rss] = [found["user time"].map(Number), found["max rss"]];
  assert.ok(user.at(-1) - user[0] > 0.15 && user.at(-1) < 600, `${user}`);
  for (const label of SERIES.slice(2)) for (const value of found[label]) assert.match(value, /^\d+$/, label);
  assert.ok(Number(rss.at(-1)) * 1024 >= Number(found["rss"].at(-1)) * 0.9, `${rss} kB, ${found["rss"]} bytes`);
  await wait(300);
  assert.deepEqual(taken(samples), {});
  await samples.close();
});

test("samples() records each run of the garbage collector, and their number", async () => {
  const samples = recorder({ prefix: "collector" });
  const stop = samples.samples({ seconds: 0.05 });
  let kept;
  for (let i = 0; i < 3_000_000; i++) kept = { i, kept: [i] };
  assert.ok(kept);
  await wait(200);
  stop();
  const found = taken(samples);
  const runs = Object.entries(found).filter(([label]) => /^gc (minor|major|incremental|weak callbacks)$/.test(label));
  const count = runs.reduce((sum, [, values]) => sum + values.length, 0);
  assert.ok(found["gc minor"].length > 3, JSON.stringify(runs));
  for (const [, values] of runs) for (const value of values) assert.ok(Number(value) > 0 && Number(value) < 5);
  assert.equal(Number(found["gc collections"].at(-1)), count);
  await samples.close();
});

each(
  ["node", "node-current", "deno", "bun"],
  "samples() has rows of the garbage collector where the runtime tells of it alone",
  async (runtime) => {
    const program = fileURLToPath(new URL("fixtures/sampled.mjs", import.meta.url));
    const result = await run(runtime, program, [], { cwd: ROOT, within: 60_000 });
    assert.equal(result.code, 0, said(result));
    const labels = JSON.parse(result.stdout);
    for (const label of SERIES) assert.equal(labels.includes(label), label !== "gc collections" || runtime.startsWith("node"), label);
  },
);

test("samples() tells how late the event loop is", async () => {
  const samples = recorder({ prefix: "delay" });
  const stop = samples.samples({ seconds: 0.25 });
  await wait(50);
  for (const from = performance.now(); performance.now() - from < 150;);
  await wait(400);
  stop();
  const found = taken(samples);
  const most = found["event loop delay max"].map(Number);
  const mean = found["event loop delay mean"].map(Number);
  assert.ok(Math.max(...most) > 0.1, `${most}`);
  for (const [i, value] of mean.entries()) assert.ok(value >= 0 && value <= most[i], `${mean}, ${most}`);
  await samples.close();
});

test("samples() ends with its recorder, keeps no process alive, and refuses what is no interval", async () => {
  const samples = recorder({ prefix: "refused" });
  for (const seconds of [0, 0.01, NaN, 1e6])
    assert.throws(() => samples.samples({ seconds }), { name: "RangeError", message: /at least 0.05 and at most 86400/ });
  assert.throws(() => samples.samples({ second: 1 }), TypeError);
  samples.samples({ seconds: 0.05 });
  await samples.close();
  const { recorded } = samples.statistics;
  await wait(150);
  assert.equal(samples.statistics.recorded, recorded);
  const record = JSON.stringify(new URL("../../dist/esm/record.js", import.meta.url).href);
  const program = `import { recorder } from ${record}; recorder().samples({ seconds: 0.05 });`;
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 20_000 });
  assert.equal(status, 0);
});
