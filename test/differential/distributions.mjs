// Samples that make it hard for a sketch and for a sum: all at a bin's end, many alike, few far apart, tails, cancelling signs.

import { stepped } from "./exact.mjs";

/** So many values, each by its number. */
const values = (count, value) => Float64Array.from({ length: count }, (_, i) => value(i));

/** Bins of a summary lie around the first value of a series, 17 powers of ten up and down: what is beyond is counted in the last. */
const within = (value) => Math.sign(value) * Math.min(1e8, Math.max(1e-8, Math.abs(value)));

/** By their names; each of a random source, a number of values, and the accuracy that is asked for. */
export const DISTRIBUTIONS = {
  one: (random) => values(1, () => 10 ** (8 * random.next() - 4)),
  "two alike": (random) => values(2, () => random.next() + 0.5),
  constant: (random, count) => values(count, () => 0.1),
  uniform: (random, count) => values(count, () => random.next() + 1e-6),
  "integers from 1 on": (random, count) => values(count, (i) => i + 1),
  "integers down to 1": (random, count) => values(count, (i) => count - i),
  exponential: (random, count) => values(count, () => within(-Math.log(1 - random.next()))),
  lognormal: (random, count) => values(count, () => within(Math.exp(random.normal() * 3))),
  "a tail of Pareto": (random, count) => values(count, () => within((1 - random.next()) ** -1.5)),
  "two heaps, 12 powers of ten apart": (random, count) =>
    values(count, () => (random.chance(0.5) ? 1e-6 : 1e6) * (1 + random.next() / 1e3)),
  "one far out": (random, count) => values(count, (i) => (i === count - 1 ? 1e8 : 1 + random.next())),
  "all signs": (random, count) => values(count, () => within(random.normal())),
  negative: (random, count) => values(count, () => -within(Math.exp(random.normal()))),
  "mostly zeros": (random, count) => values(count, () => (random.chance(0.9) ? 0 : random.normal())),
  "zeros of both signs": (random, count) => values(count, (i) => (i % 2 === 0 ? 0 : -0)),
  // As far from one another as a bin is wide.
  "a bin's width apart": (random, count, accuracy) => values(count, (i) => ((1 + accuracy) / (1 - accuracy)) ** (i % 40)),
  // Powers of two begin an octave of bins: the doubles on both sides are in two of them.
  "beside powers of two": (random, count) => values(count, (i) => stepped(2 ** (i % 20), (i % 3) - 1)),
  // Where the bins of the cubic are widest: their slope is least at two thirds of an octave.
  "where bins are widest": (random, count) => values(count, (i) => 2 ** (i % 20) * (5 / 3 + (random.next() - 0.5) / 50)),
  "sums that cancel": (random, count) => values(count, (i) => (i % 2 === 0 ? 1 : -1) * 1e8 + random.next()),
  "sums that lose small ones": (random, count) => values(count, (i) => (i % 100 === 0 ? 1e8 : 1e-8 * (1 + random.next()))),
};

export const NAMES = Object.keys(DISTRIBUTIONS);
