// What SECURITY.md promises is shown by tests: each that it names is there, and each promise names one.

import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { files, none, text } from "./sources.mjs";

const DOCUMENT = "SECURITY.md";
/** `[name](test/...): "a part of a test's name", "another one"`. */
const SHOWN = /\[([\w-]+)\]\((test\/[\w/.-]+)\): ("[^"]+"(?:, "[^"]+")*)/g;

/** Rows of the tables whose last column says what shows them. */
const rows = text(DOCUMENT)
  .split("\n### ")
  .slice(1)
  .flatMap((section) => section.split("\n## ")[0].split("\n"))
  .filter((line) => line.startsWith("| ") && !/^\| (---|holds)/.test(line))
  .map((line) => line.slice(2, -2).split(" | "));

test("SECURITY.md: each promise names a test that is there, by its file and a part of its name", () => {
  assert.ok(rows.length > 20, `${rows.length} promises`);
  const wrong = rows.flatMap(([promise, shown, ...more]) => {
    const found = [...(shown ?? "").matchAll(SHOWN)];
    if (more.length > 0 || found.length === 0) return [`${promise}: no test`];
    // Nothing stands between what was found.
    if (found.map(([whole]) => whole).join("; ") !== shown) return [`${promise}: ${shown}`];
    return found.flatMap(([, name, path, parts]) => {
      if (!files("test/").includes(path) || posix.basename(path) !== `${name}.test.mjs`) return [`${promise}: no file ${path}`];
      const names = text(path)
        .split("\n")
        .filter((line) => /^\s*(test\(|await t\.test\()?[`"]|^\s*test\(/.test(line));
      return [...parts.matchAll(/"([^"]+)"/g)]
        .filter(([, part]) => !names.some((line) => line.includes(part)))
        .map(([, part]) => `${path} has no test that is called "${part}"`);
    });
  });
  none(wrong, "Show it by a test, or promise less");
});

test("SECURITY.md: says which versions, how to report, what holds and what does not, without an address of its own", () => {
  const document = text(DOCUMENT);
  for (const heading of ["Supported versions", "How to report", "Who is not trusted, and what holds", "What is not defended"])
    assert.ok(document.includes(`\n## ${heading}\n`), heading);
  assert.match(document, /private vulnerability reporting/);
  assert.doesNotMatch(document, /https?:|[\w.]+@[\w-]+\./);
});
