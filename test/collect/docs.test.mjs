// docs/probe.md has every option and every metric of the probe.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { probing } from "./internals.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const document = read("docs/probe.md");

test("docs/probe.md has every option", () => {
  const [, body] = /export interface ProbeOptions \{\n([^]*?)\n\}/.exec(read("bindings/collect/probe/settings.ts"));
  const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
  assert.ok(fields.length > 5);
  for (const field of fields) assert.match(document, new RegExp(`^\\| \`${field}\` \\|`, "m"), field);
});

test("docs/probe.md has every metric", () => {
  const { FAMILIES, OWN_FAMILIES } = probing;
  for (const name of [...FAMILIES, ...OWN_FAMILIES]) assert.match(document, new RegExp(`\`${name}(_total)?\``), name);
});

test("docs/probe.md names tests that there are, for everything that scope's probe had", () => {
  const [, table] = /^## What scope's probe had\n([^]*)$/m.exec(document);
  const rows = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| scope"));
  assert.equal(rows.length, 10);
  for (const row of rows) {
    const proofs = row.split(" | ").at(-1);
    assert.match(proofs, /^`[\w/]+` "/, row);
    for (const [, file, names] of proofs.matchAll(/`([\w/]+)` ("[^`]*)/g)) {
      const source = read(`test/${file}.test.mjs`);
      // A name that is cut, or made of parts, ends with an ellipsis.
      for (const [, name] of names.matchAll(/"([^"]+)"/g)) assert.ok(source.includes(name.replace(/ ?…$/, "")), `${file}: ${name}`);
    }
  }
});
