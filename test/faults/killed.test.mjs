// A few of the faults of real threads, processes and disks: `npm run faults` has more of each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { killed } from "./killed.mjs";

const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9));

for (const name of [
  "threads of the library are terminated",
  "an exporter's thread is terminated",
  "workers of a cluster are killed",
  "files may not grow",
  "a disk is full",
]) {
  test(`${name}: who uses them is told or goes on, pages are whole, and no total goes back (FAULTS_SEED=${seed})`, async (t) => {
    const { runs, failures, note } = await killed(name, { seed });
    assert.deepEqual(failures, []);
    if (note !== undefined) return t.skip(note);
    assert.ok(runs > 0);
  });
}
