// A registry before the lint.

import assert from "node:assert/strict";
import { test } from "node:test";
import { freshRegistry, lint } from "tallystick/testing";

test("lint: what is against the rules, once for both formats; nothing of what is right", async (t) => {
  const registry = freshRegistry(t);
  registry.counter({ name: "jobs", help: "Jobs." }).inc();
  registry.histogram({ name: "latency_seconds", help: "L." }).observe(1);
  assert.deepEqual(await lint(registry), []);
  registry.counter({ name: "sentMs", labelNames: ["toHost"] }).inc({ toHost: "a" });
  registry.gauge({ name: "_hidden", help: "H." }).set(1);
  const found = await lint(registry);
  assert.deepEqual(found.map(({ dialect, metric, rule }) => `${dialect} ${metric} ${rule}`).toSorted(), [
    "openmetrics _hidden reserved-prefix",
    "text sentMs_total camel-case",
    "text sentMs_total camel-case",
    "text sentMs_total help",
  ]); // prettier-ignore
  assert.deepEqual(
    (await lint(registry, { disable: ["camel-case", "help"] })).map(({ rule }) => rule),
    ["reserved-prefix"],
  );
});

test("lint: collectors run before", async (t) => {
  const registry = freshRegistry(t);
  registry.collect(() => [{ type: "gauge", name: "lateMs", help: "L.", samples: [{ value: 1 }] }]);
  assert.deepEqual((await lint(registry)).map(({ rule }) => rule), ["camel-case"]); // prettier-ignore
});

test("lint with what is wrong: rejects in words", async (t) => {
  await assert.rejects(
    lint(freshRegistry(t), { disable: ["none"] }),
    /^RangeError: Cannot disable "none" in a lint: there is no rule "none"/,
  );
  await assert.rejects(lint(freshRegistry(t), { rules: [] }), /^TypeError: Cannot use option "rules" of lint: its options are disable$/);
  await assert.rejects(lint(5), /^TypeError: Cannot collect 5: it must be a registry/);
});

test("lint: more than 1,000 findings of a format are told as so many more", async (t) => {
  const registry = freshRegistry(t);
  for (let i = 0; i < 600; i++) registry.gauge({ name: `g${i}`, help: "" }).set(1);
  for (let i = 0; i < 600; i++) registry.gauge({ name: `camelCase${i}`, help: "H." }).set(1);
  const found = await lint(registry);
  assert.deepEqual(
    found.filter(({ rule }) => rule === "limit").map(({ dialect, severity, message }) => [dialect, severity, message]),
    ["text", "openmetrics"].map((dialect) => [dialect, "error", "there are 200 more"]),
  );
});
