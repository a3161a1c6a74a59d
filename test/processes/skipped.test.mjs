// Files of Python's client that are broken: on the page, and told of once.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Registry } from "tallystick";
import { readMultiprocessDir } from "tallystick/processes";
import { put } from "./database.mjs";

function place(t) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-skipped-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const text = async (registry) => new TextDecoder().decode((await registry.expose()).body);

test("readMultiprocessDir: a file that is broken is counted once on the page and told of once, until it is another one", async (t) => {
  const dir = place(t);
  const registry = new Registry();
  const told = [];
  const own = readMultiprocessDir(dir, { registry, onError: (error) => told.push(error.message) });
  t.after(() => own.close());
  const refused = async () => Number(/^tallystick_refused_images_total\{source="python [^"]*"\} (\d+)$/m.exec(await text(registry))?.[1]);
  put(dir, "counter_1.db", [["jobs", "jobs_total", {}, 5]]);
  // Made this moment.
  writeFileSync(join(dir, "counter_2.db"), "");
  assert.equal(await refused(), 0);
  assert.deepEqual(told, []);
  put(dir, "counter_3.db", [["jobs", "jobs_total", {}, 2]]);
  const whole = readFileSync(join(dir, "counter_3.db"));
  truncateSync(join(dir, "counter_3.db"), 20);
  writeFileSync(join(dir, "sessions_5.db"), "SQLite format 3\0");
  mkdirSync(join(dir, "counter_6.db"));
  assert.equal(await refused(), 3);
  assert.equal(await refused(), 3);
  assert.match(await text(registry), /^jobs_total 5$/m);
  assert.deepEqual(told.map((message) => /counter_3|sessions_5|counter_6/.exec(message)?.[0]).toSorted(), [
    "counter_3",
    "counter_6",
    "sessions_5",
  ]);
  assert.match(
    told.find((message) => message.includes("counter_3")),
    /as a file of Python's client: it is cut short, or holds something else/,
  );
  assert.equal(own.statistics.skipped, 4);
  writeFileSync(join(dir, "counter_3.db"), whole);
  assert.equal(await refused(), 3);
  assert.match(await text(registry), /^jobs_total 7$/m);
  own.close();
  assert.doesNotMatch(await text(registry), /python/);
});

test("readMultiprocessDir: metrics that cannot be taken are counted there, too", async (t) => {
  const dir = place(t);
  const registry = new Registry();
  const told = [];
  registry.gauge({ name: "jobs", help: "No counter." }).set(1);
  put(dir, "counter_1.db", [["jobs", "jobs_total", {}, 5]]);
  const own = readMultiprocessDir(dir, { registry, onError: (error) => told.push(error.message) });
  t.after(() => own.close());
  assert.match(await text(registry), /^tallystick_refused_images_total\{source="python [^"]*"\} 1$/m);
  assert.equal(told.length, 1);
});

test("readMultiprocessDir: refresh rejects as long as the directory is not there, and what was shown stays", async (t) => {
  const dir = place(t);
  const registry = new Registry();
  const own = readMultiprocessDir(join(dir, "later"), { registry, onError: () => {} });
  t.after(() => own.close());
  await assert.rejects(own.refresh(), /it is not there yet/);
  mkdirSync(join(dir, "later"));
  put(join(dir, "later"), "counter_1.db", [["jobs", "jobs_total", {}, 5]]);
  await own.refresh();
  rmSync(join(dir, "later"), { recursive: true });
  await assert.rejects(own.refresh(), /it is not there yet/);
  assert.match(await text(registry), /^jobs_total 5$/m);
});
