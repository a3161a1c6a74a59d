// Beside prom-client's own default metrics, in the same process: names, types, helps and names of labels; and promtool reads the page.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import prom from "prom-client";
import { Registry } from "tallystick";
import { collectDefaultMetrics } from "tallystick/runtime";
import { promtool } from "../exposition/validators.mjs";
import { samplesOf } from "./internals.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** Each family of a page: its type, help, and the names of its labels. */
function familiesOf(text) {
  const families = {};
  for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) families[name] = { help, labels: [] };
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) families[name].type = type;
  for (const series of Object.keys(samplesOf(text))) {
    const [, name] = /^([^{]+)/.exec(series);
    const family = families[name] ?? families[name.replace(/_(bucket|sum|count)$/, "")];
    for (const [, label] of series.matchAll(/[{,](\w+)="/g)) if (!family.labels.includes(label)) family.labels.push(label);
  }
  for (const { labels } of Object.values(families)) labels.sort();
  return Object.fromEntries(Object.entries(families).filter(([name]) => !name.startsWith("tallystick_")));
}

/** Both pages, with something of everything. */
async function pages(t, options = {}) {
  const theirs = new prom.Registry();
  const registry = new Registry();
  prom.collectDefaultMetrics({ ...options, register: theirs });
  const collected = collectDefaultMetrics({ ...options, register: registry });
  t.after(() => collected.close());
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  gc();
  // What prom-client measures by a scrape is on its next page.
  await theirs.metrics();
  await sleep(100);
  const [ours, other] = await Promise.all([registry.expose(), theirs.metrics()]);
  return { ours: new TextDecoder().decode(ours.body), theirs: other };
}

/** What prom-client has not. */
const MORE = [
  /^process_(minor|major)_pagefaults_total$/,
  /^process_context_switches_total$/,
  /^process_num_threads$/,
  /^process_(virtual|resident)_memory_(peak|anon|file|shared)_bytes$/,
  /^process_io_(storage_)?(read|written)_bytes_total$/,
  /^process_io_(read|write)_syscalls_total$/,
  /^process_pressure_(cpu|io|memory)_(waiting|stalled)_seconds_total$/,
  /^nodejs_eventloop_time_seconds_total$/,
  /^nodejs_eventloop_utilization_ratio$/,
];
/** Of a moment: there is none where nothing was of any type, and there no sample says which label it has. */
const OF_A_MOMENT = ["nodejs_active_requests", "nodejs_active_handles", "nodejs_active_resources"];

test("default metrics have prom-client's names, types, helps and labels", async (t) => {
  const { ours, theirs } = await pages(t);
  const own = familiesOf(ours);
  const other = familiesOf(theirs);
  assert.ok(Object.keys(other).length >= 30);
  for (const name of OF_A_MOMENT) {
    for (const families of [own, other]) if (families[name]?.labels.length === 0) delete families[name];
    if (!(name in other)) delete own[name];
    if (!(name in own)) delete other[name];
  }
  const common = Object.fromEntries(Object.entries(own).filter(([name]) => !MORE.some((more) => more.test(name))));
  assert.deepEqual(common, other);
  assert.ok(Object.keys(own).length > Object.keys(common).length);
});

test("default metrics with a prefix and labels have prom-client's names and labels", async (t) => {
  const { ours, theirs } = await pages(t, { prefix: "shop_", labels: { app: "a", shard: 1 }, gcDurationBuckets: [0.5] });
  const series = (text) =>
    Object.keys(samplesOf(text))
      .filter((name) => !/_active_/.test(name) && !MORE.some((more) => more.test(name.replace("shop_", "").replace(/\{.*/, ""))))
      .map((name) => name.replace(/\{(.*)\}/, (_, labels) => `{${labels.split(",").toSorted().join()}}`))
      .filter((name) => !/kind="(minor|incremental|weakcb)"/.test(name))
      .toSorted();
  assert.deepEqual(series(ours), series(theirs));
});

test("values are prom-client's, where both ask the same", async (t) => {
  const { ours, theirs } = await pages(t);
  const [own, other] = [samplesOf(ours), samplesOf(theirs)];
  const exact = ["process_max_fds", "process_start_time_seconds", "nodejs_active_handles_total"];
  for (const name of exact) assert.equal(own[name], other[name], name);
  // Descriptors are opened and closed by what both read.
  assert.ok(Math.abs(own.process_open_fds - other.process_open_fds) <= 3);
  for (const name of [
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_heap_bytes",
    "nodejs_heap_size_total_bytes",
  ])
    assert.ok(own[name] / other[name] > 0.8 && own[name] / other[name] < 1.25, `${name}: ${own[name]} and ${other[name]}`);
  const version = Object.keys(other).find((name) => name.startsWith("nodejs_version_info"));
  assert.equal(own[version], other[version]);
  const major = 'nodejs_gc_duration_seconds_count{kind="major"}';
  assert.ok(own[major] >= other[major]);
});

test("metricsList has all of prom-client's names", () => {
  const { metricsList } = prom.collectDefaultMetrics;
  for (const name of metricsList) assert.ok(collectDefaultMetrics.metricsList.includes(name), name);
});

test(
  "promtool reads the page, and finds fault with prom-client's own names alone",
  { skip: promtool.available ? false : promtool.missing },
  async (t) => {
    const registry = new Registry();
    const collected = collectDefaultMetrics({ registry });
    t.after(() => collected.close());
    gc();
    await sleep(100);
    const { status, output } = await promtool(new TextDecoder().decode((await registry.expose()).body));
    assert.ok(status === 0 || status === 3, output);
    const faults = output
      .trim()
      .split("\n")
      .filter((line) => line !== "");
    // Gauges that have names of counters: dashboards know them so.
    assert.deepEqual(
      faults.filter(
        (line) => !/^nodejs_active_(handles|requests|resources)_total non-counter metrics should not have "_total" suffix$/.test(line),
      ),
      [],
    );
  },
);
