// Fits against data whose line is known, and what rounds and rivals come to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { growth, line } from "../../bench/report/fit.mjs";
import { exponents } from "../../bench/report/growth.mjs";
import { noise, spread } from "../../bench/report/noise.mjs";
import { ahead, merged, sized } from "../../bench/report/rows.mjs";

const near = (actual, expected, within = 1e-9) => assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

test("line: Anscombe's first data set has the slope and the standard error that books print", () => {
  const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  const fit = line([10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5].map((x, i) => [x, y[i]]));
  near(fit.slope, 0.5001, 5e-5);
  near(fit.intercept, 3.0001, 5e-5);
  near(fit.standardError, 0.1179, 5e-5);
  assert.equal(fit.count, 11);
});

test("line: two points have no standard error", () => {
  const fit = line([
    [1, 2],
    [2, 4],
  ]);
  near(fit.slope, 2);
  assert.ok(Number.isNaN(fit.standardError));
});

test("growth: the exponent of a power is found, without an error where all lie on it", () => {
  for (const exponent of [0, 0.5, 1, 1.5, 2]) {
    const fit = growth([10, 100, 1_000, 10_000].map((size) => [size, 3 * size ** exponent]));
    near(fit.exponent, exponent);
    near(fit.factor, 3, 1e-6);
    near(fit.standardError, 0, 1e-6);
  }
  const off = growth([
    [1, 1],
    [10, 20],
    [100, 100],
  ]);
  near(off.exponent, 1);
  // The logarithms' residuals are -ln 2 / 3, 2 ln 2 / 3, -ln 2 / 3.
  near(off.standardError, Math.sqrt((6 * (Math.LN2 / 3) ** 2) / 1 / (2 * Math.LN10 ** 2)));
});

test("exponents: what has the size 0 is left out, and the larger sizes are fitted alone", () => {
  const points = [0, 1, 10, 100, 1_000, 10_000, 100_000].map((size) => [size, size < 100 ? 100 : size]);
  const { all, larger } = exponents(points);
  assert.equal(all.count, 6);
  assert.equal(larger.count, 3);
  near(larger.exponent, 1);
  assert.ok(all.exponent < 1 && all.exponent > 0.5);
  assert.equal(exponents([[0, 1], [1, 2]]).all, undefined); // prettier-ignore
});

const row = (bench, subject, unit, median, min = median, max = median) => ({ bench, subject, runtime: "node", unit, median, min, max });

test("merged: the median of the rounds' medians, and the least and the most of all", () => {
  const rounds = [
    row("a/b", "x", "ms", 3, 1, 9),
    row("a/b", "x", "ms", 5, 2, 6),
    row("a/b", "x", "ms", 4, 3, 12),
    row("a/c", "x", "ms", 7),
  ];
  assert.deepEqual(merged(rounds), [row("a/b", "x", "ms", 4, 1, 12), row("a/c", "x", "ms", 7)]);
});

test("sized: by the number between both ends of a name, in order, and no other row", () => {
  const rows = ["a/b-10", "a/b-2", "a/b-x", "a/b-3-threads", "other/b-3"].map((bench) => row(bench, "x", "ms", 1));
  const sizes = (ends) => [...(sized(rows, ends).get("node")?.get("x") ?? [])].map(([size]) => size);
  assert.deepEqual(sizes({ prefix: "a/b-" }), [2, 10]);
  assert.deepEqual(sizes({ prefix: "a/b-", suffix: "-threads" }), [3]);
  assert.deepEqual(sizes({ prefix: "none" }), []);
});

test("ahead: less is better but for rates, and it is clear where the ranges do not meet", () => {
  const rows = [
    row("a/fast", "ours", "ms", 2, 1.5, 3),
    row("a/fast", "rival", "ms", 1, 0.5, 1.4),
    row("a/fast", "slow", "ms", 4),
    row("a/fast", "ours, in another way", "ms", 1),
    row("a/rate", "ours", "million/s", 2, 1, 3),
    row("a/rate", "rival", "million/s", 3, 2, 4),
    row("a/rate", "slow", "million/s", 1),
    row("a/part", "ours", "turns/scrape", 2),
    row("a/part", "rival", "turns/scrape", 1),
    row("a/itself", "ours", "x of 1 thread", 2),
    row("a/itself", "rival", "x of 1 thread", 4),
    row("a/alone", "rival", "ms", 1),
  ];
  const found = ahead(rows, "ours").map(({ row: { bench, subject }, times, isClear }) => ({ bench, subject, times, isClear }));
  assert.deepEqual(found, [
    { bench: "a/fast", subject: "rival", times: 2, isClear: true },
    { bench: "a/rate", subject: "rival", times: 1.5, isClear: false },
  ]);
});

test("noise: the spread is from p10 to p90, of the median", () => {
  const { median, p10, p90, max, spreadPercent } = spread(Array.from({ length: 11 }, (_, i) => 10 + i));
  assert.deepEqual({ median, p10, p90, max }, { median: 15, p10: 11, p90: 19, max: 20 });
  near(spreadPercent, (8 / 15) * 100);
  assert.ok(noise(3).median > 1, "the loop takes some milliseconds");
});
