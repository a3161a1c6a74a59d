// Writes assembly/text/powers.ts: 10^k for every k that Schubfach asks for, rounded up to 128 bits.
import { writeFileSync } from "node:fs";

const FIRST = -292;
const LAST = 324;
const bitLength = (n) => n.toString(2).length;
const ceilDivide = (a, b) => (a + b - 1n) / b;
const hex = (n) => "0x" + n.toString(16).toUpperCase().padStart(16, "0");

const rows = [];
for (let k = FIRST; k <= LAST; k++) {
  const power = 10n ** BigInt(Math.abs(k));
  const bits = BigInt(bitLength(power));
  let g;
  if (k < 0) g = ceilDivide(1n << (127n + bits), power);
  else g = bits <= 128n ? power << (128n - bits) : ceilDivide(power, 1n << (bits - 128n));
  rows.push(`  ${hex(g >> 64n)}, ${hex(g & ((1n << 64n) - 1n))}, // ${k}`);
}

writeFileSync(
  new URL("../assembly/text/powers.ts", import.meta.url),
  `// Made by scripts/powers.mjs. Powers of ten from 10^${FIRST} to 10^${LAST}, each as the upper and lower half of the 128
// bits ceil(10^k / 2^e) with the top bit set. Source: Giulietti, "The Schubfach way to render doubles", 2021.

export const POWERS_FIRST: i32 = ${FIRST};

export const POWERS: usize = memory.data<u64>([
${rows.join("\n")}
]);
`,
);
