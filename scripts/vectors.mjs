// Writes test/assembly/metric/vectors.ts: what Go's client and Prometheus say about native buckets, from the tables in
// test/exposition/vectors, for unit tests that cannot read files.
import { readFileSync, writeFileSync } from "node:fs";

const SIDES = ["none", "zero", "+", "-"];

function rows(name) {
  const text = readFileSync(new URL(`../test/exposition/vectors/${name}`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.split("\t"));
}

const word = (value) => "0x" + BigInt.asUintN(64, BigInt(value)).toString(16).toUpperCase();
const line = (words) => `  ${words.join(", ")},`;
const observed = rows("native_observe.tsv").map(([schema, bits, , side, index]) =>
  line([word(schema), `0x${bits}`, SIDES.indexOf(side), word(index)]),
);
const bounds = rows("native_bounds.tsv").map(([schema, index, lower, upper]) =>
  line([word(schema), word(index), `0x${lower}`, `0x${upper}`]),
);

writeFileSync(
  new URL("../test/assembly/metric/vectors.ts", import.meta.url),
  `// Made by scripts/vectors.mjs from test/exposition/vectors. All words are u64, signed ones in two's complement.

/** The bucket of a value: schema, bits of the value, side (0 none, 1 zero bucket, 2 positive, 3 negative), index. */
export const OBSERVED_ROWS: u32 = ${observed.length};
export const OBSERVED: usize = memory.data<u64>([
${observed.join("\n")}
]);

/** The bounds of a positive bucket: schema, index, bits of the lower (exclusive), bits of the upper (inclusive). */
export const BOUNDS_ROWS: u32 = ${bounds.length};
export const BOUNDS: usize = memory.data<u64>([
${bounds.join("\n")}
]);
`,
);
