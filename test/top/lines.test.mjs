// Lines of a table, the exporter's or a terminal's: what is found, how it is sorted, and what is folded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inside, watched } from "./internals.mjs";

const { KINDS, linesOf } = inside;

const PAGE = (n) => `# HELP b_total Bees that fly.
# TYPE b_total counter
b_total{who="x"} ${n}
b_total{who="y"} ${5 * n}
# TYPE a gauge
a 7
# TYPE h histogram
h_bucket{le="1"} ${n}
h_bucket{le="+Inf"} ${n}
h_count ${n}
h_sum 1
other 3
`;

function shown(more = {}, pages = [PAGE(1), PAGE(2)]) {
  const wanted = { query: "", kinds: new Set(KINDS), sort: "page", descending: true, folds: new Map(), ...more };
  const { lines, families, series } = linesOf(watched(pages).watch, wanted);
  const named = lines.map(({ family, series, level, isOpen }) => `${level === 2 ? " " : ""}${level === 2 ? series.text : family.shown}${isOpen === false ? "+" : ""}`); // prettier-ignore
  return { named, families, series, lines };
}

test("families in the page's order, open where there are few; one series stands for its family", () => {
  assert.deepEqual(shown().named, ["b_total", ' who="x"', ' who="y"', "a", "h", "other"]);
  assert.deepEqual([shown().families, shown().series], [4, 5]);
  assert.deepEqual(shown({ folds: new Map([["b_total", false]]) }).named, ["b_total+", "a", "h", "other"]);
  const many = shown({}, [`# TYPE m gauge\n${Array.from({ length: 61 }, (_, i) => `m{i="${i}"} ${i}\n`).join("")}`]);
  assert.deepEqual(many.named, ["m+"]);
  assert.equal(many.lines[0].count, 61);
});

test("words are looked for in names, labels, types and helps, all of them", () => {
  assert.deepEqual(shown({ query: "B_TOT" }).named, ["b_total", ' who="x"', ' who="y"']);
  assert.deepEqual(shown({ query: 'bees ="y' }).named, ["b_total", ' who="y"']);
  assert.deepEqual(shown({ query: "gauge" }).named, ["a"]);
  assert.deepEqual(shown({ query: "who= nothing" }).named, []);
  assert.deepEqual(shown({ kinds: new Set(["histogram", "other"]) }).named, ["h", "other"]);
});

test("sorted by what is asked for, in both directions; what has no such number comes last", () => {
  assert.deepEqual(shown({ sort: "name", descending: false }).named, ["a", "b_total", ' who="x"', ' who="y"', "h", "other"]);
  assert.deepEqual(shown({ sort: "rate" }).named, ["b_total", ' who="y"', ' who="x"', "h", "a", "other"]);
  assert.deepEqual(shown({ sort: "rate", descending: false }).named, ["h", "b_total", ' who="x"', ' who="y"', "a", "other"]);
  assert.deepEqual(shown({ sort: "value" }).named, ["b_total", ' who="y"', ' who="x"', "a", "other", "h"]);
  assert.equal(shown({ sort: "p99" }).named[0], "h");
});
