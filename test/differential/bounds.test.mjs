// Native buckets against exact arithmetic: the short form, and the exact arithmetic itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bounds, TABLE_STEPS } from "./bounds.mjs";
import { bucketOf, exactSum, nearest, ROOTS, stepped, units } from "./exact.mjs";
import { SEED, Seeded } from "./seeded.mjs";

test("native buckets are those of exact arithmetic at and beside each bound of all schemas, but where Prometheus' table decides", () => {
  const { values, wrong, tables } = bounds(256);
  assert.deepEqual(wrong, []);
  assert.ok(values > 150_000, `${values} values`);
  // 2^(1/2) is within half a double of its bound in the table, others are not: the values are close enough to tell.
  assert.ok(tables.size > 100 && !tables.has(0) && !tables.has(128), `${tables.size} bounds are off`);
  for (const [place, steps] of tables) for (const step of steps) assert.ok(Math.abs(step) <= TABLE_STEPS, `${place}: ${step}`);
});

test("the roots and the powers that bounds are taken from agree, and tell neighbours apart", () => {
  for (const [schema, roots] of ROOTS.entries()) {
    assert.equal(roots.length, 2 ** schema);
    for (const [i, root] of roots.entries()) {
      assert.deepEqual([bucketOf(root, schema), bucketOf(stepped(root, 1), schema)], [i, i + 1]);
      assert.deepEqual(
        [bucketOf(root * 2 ** 700, schema), bucketOf(stepped(root * 2 ** -700, 1), schema)],
        [700 * 2 ** schema + i, i + 1 - 700 * 2 ** schema],
      );
    }
  }
});

test(`exact sums are rounded to the nearest double, ties to even, from seed ${SEED}`, () => {
  const random = new Seeded(SEED);
  for (let i = 0; i < 2000; i++) {
    const value = random.double();
    assert.equal(nearest(units(value)), value);
    // A sum of two is what the processor has it.
    const other = random.double();
    assert.equal(nearest(exactSum([value, other])), value + other);
    const near = value * (random.next() - 2);
    if (Number.isFinite(near)) assert.equal(nearest(exactSum([value, near])), value + near);
  }
  assert.equal(nearest(exactSum([1, 2 ** -53])), 1);
  assert.equal(nearest(exactSum([1, 2 ** -53, 2 ** -1074])), 1 + 2 ** -52);
  assert.equal(nearest(exactSum([Number.MAX_VALUE, Number.MAX_VALUE])), Infinity);
});
