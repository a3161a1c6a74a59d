// How the harness measures what it runs, with a clock that the test moves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hotSample } from "../../bench/harness.mjs";

const ROUND_MS = 20;

/** Of a loop whose turns take that many nanoseconds each, and which may wait for a processor: its sample, and its counts. */
function looped(t, nanoseconds) {
  let now = 0;
  const loop = { waitsMs: 0, counts: [] };
  t.mock.method(performance, "now", () => now);
  loop.sample = hotSample({ roundMilliseconds: ROUND_MS }, (count) => {
    loop.counts.push(count);
    now += loop.waitsMs + (count * nanoseconds) / 1e6;
    loop.waitsMs = 0;
  });
  return loop;
}

test("hotSample: a first run that waits for a processor does not make all samples short", (t) => {
  const loop = looped(t, 50);
  loop.waitsMs = 100;
  for (let i = 0; i < 3; i++) {
    assert.equal(Math.round(loop.sample()), 50);
    assert.ok(loop.counts.at(-1) * 50 >= (ROUND_MS / 2) * 1e6, `${loop.counts.at(-1)} turns are less than half a round`);
  }
});

test("hotSample: what takes longer than a round is run once a sample, behind one that finds how often", (t) => {
  const loop = looped(t, 50_000);
  for (let i = 0; i < 2; i++) assert.equal(Math.round(loop.sample()), 50_000);
  assert.deepEqual(loop.counts, [1000, 1000, 1000]);
});
