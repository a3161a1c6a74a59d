// Writes assembly/metric/roots.ts: the bounds of native buckets within one power of two, as Prometheus has them, and how
// many of them lie below each 256th of [1, 2).
//
// They are not the correctly rounded 2^(i/256): Prometheus and its Go client hold tables that were made once, by repeated
// multiplication, and are up to 4 units in the last place lower. A value on a bound must fall into the bucket that every
// other client counts it into, so that way is gone again: the bounds of a schema are those of the coarser one, and each
// between them is the one before it, times the schema's factor, rounded. The steps are those of IEEE 754, in any order of
// engines; the factors are rounded here, from integers.
import { writeFileSync } from "node:fs";

const SCHEMA_MOST = 8;
const ROOTS = 256;
const FRACTION_BITS = 52n;
const FRACTION = (1n << FRACTION_BITS) - 1n;

/** The integer below or at the square root, by Newton's steps from above. */
function squareRoot(n) {
  let root = 1n << (BigInt(n.toString(2).length + 1) / 2n);
  while (true) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** 2^(2^-schema), correctly rounded: never half way between two, for it is irrational where the schema is not 0. */
function rounded(schema) {
  let power = 2n << ((FRACTION_BITS + 1n) << BigInt(schema));
  for (let step = 0; step < schema; step++) power = squareRoot(power);
  return Number((power + 1n) >> 1n) / 2 ** 52;
}

/** The factors that the tables were made with: Go's Exp2 gives the square root of 2 one unit too low. */
function factorOf(schema) {
  return schema === 1 ? rounded(1) - 2 ** -52 : rounded(schema);
}

let roots = [1];
for (let schema = 1; schema <= SCHEMA_MOST; schema++) {
  const factor = factorOf(schema);
  roots = roots.flatMap((root) => [root, root * factor]);
}

const bits = new DataView(new ArrayBuffer(8));
const fractions = roots.map((root) => {
  bits.setFloat64(0, root);
  return bits.getBigUint64(0) & FRACTION;
});
const guesses = Array.from({ length: ROOTS }, (_, part) => {
  const from = BigInt(part) << (FRACTION_BITS - 8n);
  // Two are compared from the guess on, and both must be there.
  return Math.min(fractions.filter((fraction) => fraction < from).length, ROOTS - 2);
});

const hex = (n) => "0x" + n.toString(16).toUpperCase().padStart(13, "0");
const lines = (values, each) =>
  Array.from({ length: values.length / each }, (_, i) => `  ${values.slice(i * each, (i + 1) * each).join(", ")},`).join("\n");

writeFileSync(
  new URL("../assembly/metric/roots.ts", import.meta.url),
  `// Made by scripts/roots.mjs. The bounds of native buckets of schema 8 within one power of two: 2^(i/256) for i from 0 to
// 255, as the 52 bits of their fractions. Those of coarser schemas are among them. They are what Prometheus and its Go
// client count by, up to 4 units in the last place below the correctly rounded ones; the script says why.
// Source: https://prometheus.io/docs/specs/native_histograms/

export const ROOTS: usize = memory.data<u64>([
${lines(fractions.map(hex), 8)}
]);

/**
 * How many roots lie below the fractions that begin with these 8 bits, at most 254. No more than two of them begin
 * with the same 8 bits: the smallest distance of two is 0.69 / 256.
 */
export const GUESSES: usize = memory.data<u8>([
${lines(guesses, 32)}
]);
`,
);
