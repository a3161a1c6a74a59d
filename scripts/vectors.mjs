// Writes test/assembly/metric/vectors-*.ts: what Go's client and Prometheus say about native buckets, from the tables in
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
const ROWS_A_LINE = 4;

/** A table as a block of static data, and how many rows it has. */
function write(file, name, about, table) {
  const rows = table.map((words) => words.join(", "));
  const lines = Array.from(
    { length: Math.ceil(rows.length / ROWS_A_LINE) },
    (_, i) => `  ${rows.slice(i * ROWS_A_LINE, (i + 1) * ROWS_A_LINE).join(", ")},`,
  );
  writeFileSync(
    new URL(`../test/assembly/metric/${file}`, import.meta.url),
    `// ${about}
// Made by scripts/vectors.mjs from test/exposition/vectors. All words are u64, signed ones in two's complement.

export const ${name}_ROWS: u32 = ${rows.length};
export const ${name}: usize = memory.data<u64>([
${lines.join("\n")}
]);
`,
  );
}

write(
  "vectors-observed.ts",
  "OBSERVED",
  "The bucket of a value: schema, bits of the value, side (0 none, 1 zero bucket, 2 positive, 3 negative), index.",
  rows("native_observe.tsv").map(([schema, bits, , side, index]) => [word(schema), `0x${bits}`, SIDES.indexOf(side), word(index)]),
);
write(
  "vectors-bounds.ts",
  "BOUNDS",
  "The bounds of a positive bucket: schema, index, bits of the lower (exclusive), bits of the upper (inclusive).",
  rows("native_bounds.tsv").map(([schema, index, lower, upper]) => [word(schema), word(index), `0x${lower}`, `0x${upper}`]),
);
