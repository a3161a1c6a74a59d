// Native buckets against exact arithmetic: around every bound of every schema, in every octave that is asked for, a value has the
// index of the least bound that is not below it.
//
// Bounds of schemas above 0 are irrational, and Prometheus and its Go client count by a table of them that is off by up to four doubles.
// So do we: buckets of two clients must add up. That table decides within `TABLE_STEPS` doubles of the exact bound; outside of that, and in all schemas up to 0, nothing is off by one double.

import { Registry } from "tallystick";
import { bucketOf, ROOTS, stepped } from "./exact.mjs";

/** The most that Prometheus' table is off, in doubles. */
export const TABLE_STEPS = 4;
const STEPS = [-8, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 8];

class Compared {
  values = 0;
  /** What neither exact arithmetic nor a table explains. */
  wrong = [];
  /** At which steps from the exact bound the table decided, by its place in schema 8. */
  tables = new Map();

  /** Values of one sign that have buckets at least two apart, so that one in a neighbour's bucket is seen as that. */
  all(histogram, values, check) {
    if (values.length === 0) return;
    for (const { value } of values) histogram.observe(value);
    const { positive, negative } = histogram.value().native;
    histogram.reset();
    const counts = new Map((values[0].value < 0 ? negative : positive).map(({ index, count }) => [index, count]));
    this.values += values.length;
    for (const each of values) {
      const off = [-1, 0, 1].find((distance) => counts.get(each.wanted + distance) === 1);
      if (off !== undefined) counts.delete(each.wanted + off);
      if (off !== 0) check(each, off);
    }
    if (counts.size !== 0) this.wrong.push({ surplus: [...counts] });
  }

  /** A value in a neighbour's bucket: the table's bound lies on the other side of it. */
  table(schema, { value, step, root }, off) {
    const place = root * 2 ** (8 - schema);
    const isBeside = off === (step > 0 ? -1 : 1) && Math.abs(step) < TABLE_STEPS + (step > 0 ? 1 : 0);
    if (schema <= 0 || root === 0 || !isBeside) this.wrong.push({ schema, value, step, off });
    else this.tables.set(place, (this.tables.get(place) ?? new Set()).add(step));
  }
}

/** Powers of two and the doubles beside them, also those that are not normal. */
function powers(compared, histogram, schema) {
  const width = 2 ** -schema;
  for (const step of STEPS)
    for (const turn of [0, 1])
      for (const sign of [1, -1]) {
        const values = [];
        // Least doubles are few steps from one another.
        for (let exponent = -1056 + turn * width; exponent <= 1024 - width; exponent += 2 * width) {
          const value = sign * stepped(2 ** exponent, step);
          if (Number.isFinite(value)) values.push({ value, wanted: bucketOf(value, schema), step, root: 0 });
        }
        compared.all(histogram, values, (each, off) => compared.table(schema, each, off));
      }
}

/** All bounds of one octave. */
function octave(compared, histogram, schema, exponent) {
  const roots = ROOTS[schema];
  const base = exponent * roots.length;
  const sign = exponent % 2 === 0 ? 1 : -1;
  for (const step of STEPS)
    for (const turn of [0, 1]) {
      const values = roots
        .map((root, i) => ({ value: sign * stepped(root * 2 ** exponent, step), wanted: base + i + (step > 0 ? 1 : 0), step, root: i }))
        .filter((_, i) => i % 2 === turn);
      compared.all(histogram, values, (each, off) => compared.table(schema, each, off));
    }
}

/** Every `stride`th octave from the least normal double to the largest: `{values, wrong, tables}`. */
export function bounds(stride, progress = () => {}) {
  const registry = new Registry();
  const compared = new Compared();
  const made = (schema) => registry.histogram({ name: `bounds_${schema + 4}`, native: { schema, maxBuckets: 4096, zeroThreshold: 0 } });
  try {
    for (let schema = -4; schema <= 0; schema++) powers(compared, made(schema), schema);
    for (let schema = 1; schema <= 8; schema++) {
      const histogram = made(schema);
      for (let exponent = -1021; exponent <= 1023; exponent += stride) {
        octave(compared, histogram, schema, exponent);
        progress((schema - 1 + (exponent + 1021) / 2045) / 8);
      }
    }
  } finally {
    registry.close();
  }
  return compared;
}
