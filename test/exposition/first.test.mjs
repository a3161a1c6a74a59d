// What can go wrong only in a memory where nothing was done yet; each test relies on those before it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { exposed, registryOf } from "./exposed.mjs";
import { OPENMETRICS, readExposition } from "./rules.mjs";

function lines(registry) {
  return readExposition(exposed(registry, OPENMETRICS)).flatMap(({ samples }) => samples.map(({ line }) => line));
}

test("Registry takes empty default labels before anything else was done", (t) => {
  const registry = registryOf(t, () => {}, { labels: {} });
  assert.equal(exposed(registry, OPENMETRICS), "# EOF\n");
  registry.counter({ name: "jobs", help: "" });
  assert.deepEqual(lines(registry), ["jobs_total 0"]);
});

test("gauge handles of the first series write into no other series after a reset", (t) => {
  const registry = registryOf(t, () => {});
  const queue = registry.gauge({ name: "queue", help: "", labelNames: ["name"] });
  const held = queue.labels("x");
  held.set(5);
  queue.reset();
  // May take the memory that the reset gave back.
  queue.labels("y").set(7);
  held.set(9);
  assert.deepEqual(lines(registry), ['queue{name="x"} 9', 'queue{name="y"} 7']);
});
