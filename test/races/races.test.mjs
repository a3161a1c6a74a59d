// The short form of `npm run races`: what pairs of verbs of two threads come to is in their tables, in every runtime.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installed, NAMES, races, terminations } from "./running.mjs";

const SEED = Math.floor(Math.random() * 2 ** 31);
const ROUNDS = { node: 200, deno: 60, bun: 60 };
const KILLS = { node: 12, deno: 4, bun: 4 };
const WITHIN_MS = 60000;

test("an outcome that is in no table is told with its runtime, its round and how it is played again", async () => {
  const { wrong } = await races("node", SEED, 3, ["refused/refused"], WITHIN_MS);
  assert.equal(wrong.length, 1);
  assert.match(
    wrong[0],
    /^refused\/refused: came to "2" in round 0; npm run races -- --seed \d+ --pair refused\/refused --runtime node --rounds 3$/,
  );
});

for (const [runtime, rounds] of Object.entries(ROUNDS)) {
  const skip = installed(runtime) ? false : `${runtime} is not installed in test/runtimes`;
  test(`pairs of verbs come to what their tables allow (${runtime})`, { skip }, async (t) => {
    const { rows, wrong } = await races(runtime, SEED, rounds, NAMES, WITHIN_MS);
    t.diagnostic(`seed ${SEED}`);
    assert.deepEqual(wrong, []);
    assert.equal(rows.length, NAMES.length);
    for (const { pair, rounds: done, seen } of rows) {
      assert.equal(done, rounds, pair);
      assert.equal(
        Object.values(seen).reduce((sum, count) => sum + count, 0),
        rounds,
        pair,
      );
    }
  });

  test(`threads that are terminated in the middle of any verb leave totals and pages whole (${runtime})`, { skip }, async (t) => {
    const { row, wrong } = await terminations(runtime, SEED, KILLS[runtime], WITHIN_MS);
    assert.equal(wrong, undefined);
    t.diagnostic(`seed ${SEED}: ${JSON.stringify(row)}`);
    assert.ok(row.kills === KILLS[runtime] && row.scrapes > 0 && row.counted > 0);
  });
}
