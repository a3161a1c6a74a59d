// Quantiles and sums against exact arithmetic: the short forms, and that the comparison can fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "tallystick";
import { DISTRIBUTIONS, NAMES } from "./distributions.mjs";
import { metricsOf, observed, QUANTILES, told } from "./observed.mjs";
import { ACCURACIES, faultsOf, isNear, isSum, judged, plainSum } from "./quantiles.mjs";
import { SEED, Seeded } from "./seeded.mjs";
import { judgedThreads } from "./threads.mjs";

for (const accuracy of ACCURACIES) {
  test(`quantiles are within ${accuracy} of exact ones, and sums are exact in pairs, over processes too, from seed ${SEED}`, () => {
    const random = new Seeded(SEED);
    const faults = NAMES.flatMap((name) => judged(name, accuracy, 1000, random).map((fault) => `${name}, ${fault}`));
    assert.deepEqual(faults, []);
  });
}

test(`quantiles and sums are those over threads, one of which dies, from seed ${SEED}`, async () => {
  const names = ["lognormal", "all signs", "sums that cancel", "where bins are widest"];
  assert.deepEqual(await judgedThreads(names, 0.01, 4000, new Seeded(SEED)), []);
});

test("faultsOf finds a value that is off by more than the accuracy, a count, and a sum that is off by a digit", () => {
  const values = DISTRIBUTIONS.uniform(new Seeded(1), 100, 0.01).sort();
  const at = (quantile) => values[Math.max(0, Math.ceil(quantile * 100) - 1)];
  const sum = plainSum(values);
  const good = (change = {}) => ({
    summary: { count: 100, sum, quantiles: QUANTILES.map((quantile) => ({ quantile, value: at(quantile) * 1.0099 })), ...change.summary },
    native: { count: 100, sum, native: { zeroCount: 0, positive: [{ index: 0, count: 100 }], negative: [] }, ...change.native },
    counter: change.counter ?? sum,
  });
  const found = (change) => faultsOf(good(change), [values], 0.01).length;
  assert.equal(found(), 0);
  assert.equal(faultsOf(good(), [values], 0.0098).length, QUANTILES.length);
  assert.equal(found({ summary: { count: 99 } }), 1);
  assert.equal(found({ summary: { sum: sum * (1 + 2 ** -52) } }), 1);
  assert.equal(found({ native: { count: 101 } }), 1);
  assert.equal(found({ counter: sum * (1 - 2 ** -52) }), 1);
  assert.ok(isNear(1.01, 1, 0.01) && !isNear(1.0100001, 1, 0.01) && isNear(0, -0, 0.01) && !isNear(-1, 1, 0.01));
  // A plain sum of these is 0.
  assert.ok(isSum(1, [1e16, 1, -1e16]) && !isSum(0, [1e16, 1, -1e16]));
});

test("the accuracy is reached: three quarters of it would not do", () => {
  const registry = new Registry();
  const metrics = metricsOf(registry, 0.01);
  const values = DISTRIBUTIONS["where bins are widest"](new Seeded(7), 5000, 0.01);
  observed(metrics, values);
  const now = told(metrics);
  registry.close();
  assert.deepEqual(faultsOf(now, [values], 0.01), []);
  assert.ok(faultsOf(now, [values], 0.0075).length > 0);
});
