// docs/runtime.md has every option, every metric, and every label that is taken.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Registry } from "tallystick";
import { collectDefaultMetrics } from "tallystick/runtime";
import { inside } from "./internals.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const document = read("docs/runtime.md");

test("docs/runtime.md has every option", () => {
  const [, body] = /export interface DefaultMetricsOptions \{\n([^]*?)\n\}/.exec(read("bindings/collect/runtime/settings.ts"));
  const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
  assert.ok(fields.length > 5);
  for (const field of fields) assert.match(document, new RegExp(`^\\| \`${field}\` \\|`, "m"), field);
});

test("docs/runtime.md has every metric", async (t) => {
  const registry = new Registry();
  const collected = collectDefaultMetrics({ registry });
  t.after(() => collected.close());
  await sleep(50);
  const text = new TextDecoder().decode((await registry.expose()).body);
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name).filter((name) => !name.startsWith("tallystick_"));
  assert.ok(names.length > 30);
  for (const name of names) assert.ok(document.includes(`\`${name}\``), name);
});

test("docs/runtime.md has every label that is taken", () => {
  const [row] = /^\| `labels` \|.*$/m.exec(document);
  for (const label of inside.OWN_LABELS) assert.ok(row.includes(`\`${label}\``), label);
});

test("docs/runtime.md has the names of all groups that prom-client has not", () => {
  for (const name of [
    "eventLoopUtilization",
    "processThreads",
    "processIo",
    "processPageFaults",
    "processContextSwitches",
    "processPressure",
  ]) {
    assert.ok(inside.namesOf("nodejs").includes(name), name);
    assert.ok(document.includes(`\`${name}\``), name);
  }
});
