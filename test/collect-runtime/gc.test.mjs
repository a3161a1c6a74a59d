// Runs of the garbage collector: none is missed, in the main thread and in a worker, and each thread has its own.
// Alone: a burst of the collector is told late on a machine that computes.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { each, run, said } from "../runtimes/programs.mjs";
import { samplesOf } from "./internals.mjs";

const program = fileURLToPath(new URL("fixtures/gc.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

each(["node", "node-current"], "gc: each of 42 runs of one burst is counted, in the main thread and in a worker", async (runtime) => {
  const result = await run(runtime, program, [], { cwd: ROOT, arguments: ["--expose-gc"] });
  assert.equal(result.code, 0, said(result));
  const { texts, worker } = JSON.parse(result.stdout);
  const [before, after] = texts.map(samplesOf);
  const grown = (name) => after[name] - (before[name] ?? 0);
  const main = 'nodejs_gc_duration_seconds_count{kind="major"}';
  const own = `nodejs_gc_duration_seconds_count{kind="major",thread="${worker}"}`;
  assert.equal(grown(main), 42);
  assert.equal(grown(own), 17);
  // Those are full runs, asked for one by one: each took some time, and is in a bucket.
  for (const labels of ['kind="major"', `kind="major",thread="${worker}"`]) {
    assert.ok(grown(`nodejs_gc_duration_seconds_sum{${labels}}`) > 0);
    assert.equal(after[`nodejs_gc_duration_seconds_bucket{${labels},le="+Inf"}`], after[`nodejs_gc_duration_seconds_count{${labels}}`]);
    assert.equal(after[`nodejs_gc_duration_seconds_bucket{${labels},le="1e-09"}`], 0);
    assert.equal(after[`nodejs_gc_duration_seconds_bucket{${labels},le="1000"}`], after[`nodejs_gc_duration_seconds_count{${labels}}`]);
  }
});
