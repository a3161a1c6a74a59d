// docs/migration.md: every block runs, and prints what stands behind it.

import { equal, ok } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run, said } from "../runtimes/programs.mjs";
import { project } from "../runtimes/packed.mjs";

const document = readFileSync(new URL("../../docs/migration.md", import.meta.url), "utf8");
const blocks = [...document.matchAll(/```js\n([^]*?)```\n(?:\n```text\n([^]*?)```)?/g)];

test("docs/migration.md: every block runs and prints what it shows", async () => {
  ok(blocks.length >= 3);
  const path = project("migration");
  for (const [i, [, code, shown]] of blocks.entries()) {
    const file = join(path, `block-${i}.mjs`);
    writeFileSync(file, code);
    const result = await run("node", file, [], { cwd: path });
    equal(result.code, 0, said(result));
    equal(result.stdout.trim(), (shown ?? "").trim(), code);
  }
});

test("docs/migration.md: the override is one that npm reads, and names the package that there is", () => {
  const [, text] = /```json\n([^]*?)```/.exec(document);
  const { dependencies, overrides } = JSON.parse(text);
  const { name, version } = JSON.parse(readFileSync(new URL("../../compat/prom-client/package.json", import.meta.url), "utf8"));
  equal(dependencies["prom-client"], `file:./${name}-${version}.tgz`);
  equal(overrides["prom-client"], "$prom-client");
});
