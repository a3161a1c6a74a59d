// The short forms of what `npm run proofs` shows at length.

import assert from "node:assert/strict";
import { test } from "node:test";
import { floats } from "./floats.mjs";
import { foldedExactly, folds } from "./folds.mjs";
import { samples } from "./samples.mjs";

test("valuePut prints random and hard doubles with the digits of String(n)", () => {
  const { printed, different } = floats(300000);
  assert.ok(printed > 340000);
  assert.equal(different, 0);
});

test("totals never go back over folds and adoptions of random floats", () => {
  const { folded, left, lower } = folds(20000);
  assert.ok(folded > 1000 && left > 1000, `only ${folded} cells of ${left} threads were folded`);
  assert.equal(lower, 0);
});

test("folded totals are those of exact arithmetic", () => {
  assert.equal(foldedExactly(1000), 0);
});

for (const [policy, name] of ["flush", "oldest", "newest"].entries()) {
  test(`samples of threads at full speed are whole, in order and counted: ${name}`, { timeout: 60_000 }, async () => {
    for (const kill of [false, true]) {
      const { recorded, rows, wrong, off, unexplained, drains } = await samples(500000, policy, kill);
      assert.ok(rows > 10000 && recorded >= 1000000 && drains > 10, `${rows} rows of ${recorded} samples in ${drains} drains`);
      assert.deepEqual({ wrong, off, unexplained }, { wrong: 0, off: 0, unexplained: 0 });
    }
  });
}
