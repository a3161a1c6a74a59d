// What console.log prints of metrics, handles and registries: one short line, not the core.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Registry } from "tallystick";

const registry = new Registry();
const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] });
const depth = registry.gauge({ name: "depth", mode: "livesum" });
const sizes = registry.histogram({ name: "sizes", labelNames: ["kind", "size"], buckets: [1, 2.5] });

const PRINTED = [
  [jobs, "Counter { name: 'jobs', labelNames: ['queue'] }"],
  [depth, "Gauge { name: 'depth', labelNames: [], mode: 'livesum' }"],
  [sizes, "Histogram { name: 'sizes', labelNames: ['kind', 'size'], buckets: [1, 2.5] }"],
  [jobs.labels("mail"), 'CounterHandle { jobs{queue="mail"} }'],
  [depth.labels(), "GaugeHandle { depth }"],
  [sizes.labels("a", 1), 'HistogramHandle { sizes{kind="a",size="1"} }'],
  [registry, "Registry { 3 metrics }"],
];

for (const [value, text] of PRINTED) {
  test(`inspect gives ${text}`, () => {
    assert.equal(inspect(value), text);
    assert.equal(inspect({ deep: { deeper: [value] } }, { depth: 5, breakLength: 200 }), `{ deep: { deeper: [ ${text} ] } }`);
  });
}

test("inspect cuts long label values and many buckets, and counts the metrics that are there", () => {
  assert.ok(inspect(jobs.labels("x".repeat(10000))).length < 120);
  const buckets = Array.from({ length: 512 }, (_, i) => i);
  assert.ok(inspect(registry.histogram({ name: "many", buckets })).length < 300);
  const other = new Registry();
  assert.equal(inspect(other), "Registry { 0 metrics }");
  // The library's own are not the user's.
  other.histogram({ name: "one" }).observe(NaN);
  assert.equal(inspect(other), "Registry { 1 metric }");
  other.close();
  assert.equal(inspect(other), "Registry { closed }");
});
