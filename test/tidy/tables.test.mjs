// Tables of the documents that say which feature is proven where: the tests that they name are there.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { none } from "./sources.mjs";

const at = (path) => new URL(`../../${path}`, import.meta.url);
const read = (path) => readFileSync(at(path), "utf8");

/** The last cell of each row of the tables whose last column is of tests. */
function cellsOf(path) {
  const cells = [];
  let inside = false;
  for (const line of read(path).split("\n")) {
    if (!line.startsWith("|")) inside = false;
    const cell = line.split("|").at(-2)?.trim() ?? "";
    if (inside && !/^-+$/.test(cell)) cells.push(cell);
    if (cell === "test") inside = true;
  }
  return cells;
}

/** The files that a name stands for: `room/file`, `room/*`, `room`, or `bench file`. */
function filesOf(name) {
  if (name.startsWith("bench ")) return [`bench/${name.slice(6)}.mjs`].filter((path) => existsSync(at(path)));
  if (existsSync(at(`test/${name}`))) return [`test/${name}`];
  const [, folder, base] = /^(.*?)\/?([^/]+)$/.exec(name);
  if (!existsSync(at(`test/${folder}`))) return [];
  const pattern = new RegExp(`^${base.replaceAll("*", ".*")}(\\.test)?\\.(mjs|ts)$`);
  return readdirSync(at(`test/${folder}`)).filter((file) => pattern.test(file)).map((file) => `test/${folder}/${file}`); // prettier-ignore
}

/** What tests of a file are called: one of the first strings of their call. */
function titlesOf(file) {
  const literal = /(["'`])((?:\\.|(?!\1)[^\\])*)\1/g;
  const calls = read(file).split(/\b(?:test|each)\(/).slice(1); // prettier-ignore
  return calls.flatMap((call) => [...call.slice(0, 500).matchAll(literal)].slice(0, 2).map(([, , text]) => text));
}

for (const path of ["docs/multiprocess.md", "docs/telemetry.md"]) {
  test(`${path}: each test that it names is there`, () => {
    const cells = cellsOf(path);
    assert.ok(cells.length > 20, `only ${cells.length} rows were found`);
    const wrong = [];
    for (const cell of cells) {
      const named = [...cell.matchAll(/`([^`]+)`(?::((?:,? ?"[^"]+")+))?/g)];
      if (named.length === 0) wrong.push(`${cell}: no test`);
      for (const [, name, titles = ""] of named) {
        const files = filesOf(name);
        if (files.length === 0) wrong.push(`${name}: no such file`);
        for (const [, title] of titles.matchAll(/"([^"]+)"/g)) {
          if (!files.some((file) => titlesOf(file).some((own) => own.includes(title)))) wrong.push(`${name}: no test "${title}"`);
        }
      }
    }
    none(wrong, "Name the test as it is called now");
  });
}
