// --since and --until of files that have more rows than are read in one piece: what is left out at the end of a piece is no end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { folder, output, recording } from "./recorded.mjs";

const START = 1764237600000000000n;
const ROWS = 20_000;
const at = (second) => START + BigInt(second) * 1_000_000_000n;
const LABELS = ["a", "b"];

/** Two labels, one behind the other as drains have them, a row a second: of each piece some rows fit, all, or none. */
const FILES = { "a.csv": recording(LABELS.flatMap((label) => Array.from({ length: ROWS }, (_, i) => [at(i), i, label, 7]))) };

const WITHIN = [
  { what: "the last tenth", from: 18_000, to: ROWS },
  { what: "the first tenth", from: 0, to: 2000 },
  { what: "the middle", from: 8000, to: 12_000 },
  { what: "all but one row", from: 1, to: ROWS },
  { what: "the last row", from: ROWS - 1, to: ROWS },
];

/** How many rows each command says there are of a label. */
const COMMANDS = {
  summary: (dir, args) => JSON.parse(output("summary", dir, "--json", ...args)).labels.map(({ label, count }) => [label, count]),
  resample: (dir, args) => {
    const sums = new Map();
    for (const line of output("resample", dir, "--every", "1min", "--format", "jsonl", ...args)
      .trimEnd()
      .split("\n")) {
      const { label, count } = JSON.parse(line);
      sums.set(label, (sums.get(label) ?? 0) + count);
    }
    return [...sums];
  },
  export: (dir, args) => {
    const lines = output("export", dir, "--format", "csv", ...args)
      .trimEnd()
      .split("\r\n")
      .slice(1);
    return LABELS.map((label) => [label, lines.filter((line) => line.split(",")[2] === label).length]);
  },
};

for (const [command, counted] of Object.entries(COMMANDS)) {
  test(`${command} --since, --until: every row that fits, of a file that is read in many pieces`, (t) => {
    const dir = folder(t, FILES);
    for (const { what, from, to } of WITHIN) {
      const found = counted(dir, ["--since", String(at(from)), "--until", String(at(to))]);
      assert.deepEqual(
        found.toSorted(),
        LABELS.map((label) => [label, to - from]),
        what,
      );
    }
  });
}
