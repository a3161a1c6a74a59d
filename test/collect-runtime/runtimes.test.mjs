// What each runtime gives: names by name, so that nothing comes or goes unseen, and values beside the runtime's own.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { runtimes } from "../../scripts/runtimes.mjs";
import { each, run, said } from "../runtimes/programs.mjs";
import { samplesOf } from "./internals.mjs";

const program = fileURLToPath(new URL("fixtures/collected.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isLinux = process.platform === "linux";

const PROCESS = [
  "process_context_switches_total",
  "process_cpu_seconds_total",
  "process_cpu_system_seconds_total",
  "process_cpu_user_seconds_total",
  "process_major_pagefaults_total",
  "process_minor_pagefaults_total",
  "process_resident_memory_bytes",
  "process_start_time_seconds",
];
const LINUX = [
  "process_heap_bytes",
  "process_max_fds",
  "process_num_threads",
  "process_open_fds",
  "process_resident_memory_anon_bytes",
  "process_resident_memory_file_bytes",
  "process_resident_memory_peak_bytes",
  "process_resident_memory_shared_bytes",
  "process_virtual_memory_bytes",
  "process_virtual_memory_peak_bytes",
];
const LAG = ["", "_max", "_mean", "_min", "_p50", "_p90", "_p99", "_stddev"].map((what) => `eventloop_lag${what}_seconds`);
const HEAP = ["external_memory_bytes", "heap_size_total_bytes", "heap_size_used_bytes", "version_info"];
const SPACES = ["total", "used", "available"].map((what) => `heap_space_size_${what}_bytes`);
const NODE = [
  ...["resources", "handles", "requests"].map((what) => `active_${what}_total`),
  "active_resources",
  "eventloop_time_seconds_total",
  "eventloop_utilization_ratio",
  "gc_duration_seconds",
];
/** What depends on the kernel, and on what happens to be under way. */
const BESIDE = /^process_(io|pressure)_|^nodejs_active_(handles|requests)$/;
const own = (prefix, ...lists) => lists.flat().map((name) => `${prefix}_${name}`);
const OF = {
  node: own("nodejs", LAG, HEAP, SPACES, NODE),
  "node-current": own("nodejs", LAG, HEAP, SPACES, NODE),
  deno: own("deno", LAG, HEAP, SPACES),
  bun: own("bun", LAG, HEAP),
};
const FLAGS = {
  node: ["--expose-gc"],
  "node-current": ["--expose-gc"],
  deno: ["run", "-A", "--no-lock", "--quiet", "--v8-flags=--expose-gc"],
  bun: ["--expose-gc"],
};

function families(text) {
  return [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name).filter((name) => !name.startsWith("tallystick_"));
}

async function ran(runtime, args) {
  const result = await run(runtime, program, [], { cwd: ROOT, arguments: args });
  assert.equal(result.code, 0, said(result));
  return JSON.parse(result.stdout);
}

each(Object.keys(OF), "default metrics are these", async (runtime) => {
  const { first, text, truth, left } = await ran(runtime, FLAGS[runtime]);
  const expected = [...PROCESS, ...(isLinux ? LINUX : []), ...OF[runtime]];
  assert.deepEqual(
    families(text)
      .filter((name) => !BESIDE.test(name))
      .toSorted(),
    expected.toSorted(),
  );
  assert.deepEqual(families(left), []);
  const page = samplesOf(text);
  const prefix = runtime.startsWith("node") ? "nodejs" : runtime;
  const about = (name, value, factor) =>
    assert.ok(page[name] > value / factor && page[name] < value * factor, `${name} is ${page[name]}, and the runtime says ${value}`);
  about(`${prefix}_heap_size_used_bytes`, truth.heapUsed, 4);
  about("process_resident_memory_bytes", truth.rss, 2);
  assert.ok(page.process_cpu_seconds_total <= truth.cpu && page.process_cpu_seconds_total >= truth.cpu / 10);
  assert.ok(page.process_cpu_seconds_total >= samplesOf(first).process_cpu_seconds_total);
  assert.ok(Math.abs(page.process_start_time_seconds - Date.now() / 1000) < 120);
  const version = Object.keys(page).find((name) => name.startsWith(`${prefix}_version_info{`));
  const [major, minor, patch] = truth.version.split(".");
  assert.equal(version, `${prefix}_version_info{version="v${truth.version}",major="${major}",minor="${minor}",patch="${patch}"}`);
  assert.equal(page[version], 1);
  assert.equal(Object.keys(page).filter((name) => name.includes("thread=")).length, 0);
  assert.ok(page[`${prefix}_eventloop_lag_max_seconds`] >= page[`${prefix}_eventloop_lag_min_seconds`]);
  for (const [name, value] of Object.entries(page)) assert.ok(value >= 0 && value < Infinity, `${name} is ${value}`);
});

each(["deno"], "without the permission to read /proc there is what the runtime tells alone", async (runtime) => {
  const { text } = await ran(runtime, ["run", "--quiet", "--no-lock", "--no-prompt", "--allow-read", "--allow-env"]);
  assert.deepEqual(families(text).toSorted(), [...PROCESS, ...OF.deno].toSorted());
  assert.ok(samplesOf(text).process_resident_memory_bytes > 1e7);
});

/** Threads wait for seconds, so that what began first is told from what began last. */
const TOGETHER = { together: true };

const workers = fileURLToPath(new URL("fixtures/workers.mjs", import.meta.url));
for (const [kind, names, thread] of [
  ["thread", Object.keys(OF), /^\d+$/],
  ["web", ["deno"], /^web-\d+$/],
]) {
  each(
    names,
    `a worker has a label thread, and the process is there once: ${kind}`,
    async (runtime) => {
      const result = await run(runtime, workers, [kind], { cwd: ROOT });
      assert.equal(result.code, 0, said(result));
      const page = samplesOf(result.stdout);
      const prefix = runtime.startsWith("node") ? "nodejs" : runtime;
      const heaps = Object.keys(page).filter((name) => name.startsWith(`${prefix}_heap_size_used_bytes`));
      assert.equal(heaps.length, 2, result.stdout);
      assert.equal(heaps[0], `${prefix}_heap_size_used_bytes`);
      assert.match(/^\w+\{thread="(.*)"\}$/.exec(heaps[1])[1], thread);
      assert.equal(Object.keys(page).filter((name) => /^process_.*thread=/.test(name)).length, 0);
      // Of the process, and not of the thread that began last.
      assert.ok(Date.now() / 1000 - page.process_start_time_seconds >= 1, String(page.process_start_time_seconds));
      assert.ok(page.process_cpu_seconds_total > 0.03 && page.process_cpu_seconds_total < 60);
    },
    TOGETHER,
  );
}

/** Within a minute of now, and not the worker's, which began 1.5 s later. */
function checkStart({ process_start_time_seconds: start, process_cpu_seconds_total: cpu }) {
  assert.ok(cpu > 0.03 && cpu < 60);
  assert.ok(Date.now() / 1000 - start >= 1 && Date.now() / 1000 - start < 60, String(start));
}

each(
  Object.keys(OF),
  "a worker that is alone with it tells when the process began, where the runtime or the system tells it",
  async (runtime) => {
    const result = await run(runtime, workers, ["alone", "thread"], { cwd: ROOT });
    assert.equal(result.code, 0, said(result));
    const page = samplesOf(result.stdout);
    if (runtime.startsWith("node") || isLinux) checkStart(page);
    else assert.equal(page.process_start_time_seconds, undefined);
  },
  TOGETHER,
);

for (const [kind, names] of [
  ["thread", Object.keys(OF)],
  ["web", ["deno"]],
]) {
  each(
    names,
    `where a worker was first, the page has when the process began: ${kind}`,
    async (runtime) => {
      const result = await run(runtime, workers, ["first", kind], { cwd: ROOT });
      assert.equal(result.code, 0, said(result));
      checkStart(samplesOf(result.stdout));
    },
    TOGETHER,
  );
}

each(["deno"], "where a worker was first and /proc may not be read, the main thread says when the process began", async (runtime) => {
  const flags = ["run", "--quiet", "--no-lock", "--no-prompt", "--allow-read", "--allow-env"];
  const result = await run(runtime, workers, ["first", "thread"], { cwd: ROOT, arguments: flags });
  assert.equal(result.code, 0, said(result));
  checkStart(samplesOf(result.stdout));
});

const late = fileURLToPath(new URL("fixtures/late.mjs", import.meta.url));
each(
  ["node", "node-current", "bun"],
  "a worker that had a memory of its own takes what it shows along to its parent's",
  async (runtime) => {
    const result = await run(runtime, late, [], { cwd: ROOT });
    assert.equal(result.code, 0, said(result));
    const { alone, texts, asked } = JSON.parse(result.stdout);
    const prefix = runtime.startsWith("node") ? "nodejs" : runtime;
    assert.match(alone, new RegExp(`^${prefix}_heap_size_used_bytes\\{thread="1"\\} `, "m"));
    assert.match(alone, /^process_cpu_seconds_total /m);
    // The parent measures the process now.
    assert.equal(asked, 0);
    for (const text of texts) {
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      const names = lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
      assert.equal(new Set(names).size, names.length);
      assert.ok(names.includes(`${prefix}_heap_size_used_bytes`) && names.includes(`${prefix}_heap_size_used_bytes{thread="1"}`), text);
      assert.ok(names.includes("process_cpu_seconds_total"));
    }
  },
  TOGETHER,
);

test("metricsList says which groups a runtime has", { skip: runtimes().bun === undefined && "bun is not installed" }, async () => {
  const { list } = await ran("bun", FLAGS.bun);
  assert.ok(list.includes("eventLoopLag") && list.includes("heapSizeAndUsed") && list.includes("version"));
  for (const name of ["gc", "processHandles", "heapSpacesSizeAndUsed", "eventLoopUtilization"])
    assert.equal(list.includes(name), false, name);
});
