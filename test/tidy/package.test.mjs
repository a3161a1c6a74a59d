// The package as it is published: what its exports name is there, and every door offers the same.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { none, ROOT, text } from "./sources.mjs";

const manifest = JSON.parse(text("package.json"));

function targets(value) {
  return typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(targets);
}

test("package.json: every file that it names is built", () => {
  const named = [...targets(manifest.exports), manifest.main, manifest.module, manifest.types].filter((path) => path !== undefined);
  const missing = named.filter((path) => !path.includes("*") && !existsSync(join(ROOT, path)));
  none(missing, "Run npm run build, or take these out of package.json");
});

test("package.json: the README's links lead to files that are packed", () => {
  const links = [...text("README.md").matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
  assert.ok(links.length > 0);
  const packed = ["README.md", "LICENSE", "package.json", ...manifest.files];
  none(
    links.filter((path) => !packed.some((file) => path === file || path.startsWith(`${file}/`))),
    "Name them in files of package.json",
  );
});

test("package.json: types come first under every condition", () => {
  const conditions = (value) => (typeof value === "string" ? [] : [value, ...Object.values(value).flatMap(conditions)]);
  for (const each of conditions(manifest.exports["."])) {
    if (each.types !== undefined) assert.equal(Object.keys(each)[0], "types", "TypeScript takes the first condition that fits");
  }
});

test("package.json: no dependency at run time", () => {
  assert.deepEqual(manifest.dependencies ?? {}, {}, "The core and the doors have none; optional entries name peers");
});

test("ESM and CommonJS offer the same names", async () => {
  const esm = Object.keys(await import("tallystick"));
  const cjs = Object.keys(createRequire(import.meta.url)("tallystick"));
  assert.deepEqual(cjs.filter((name) => name !== "__esModule").toSorted(), esm.filter((name) => name !== "default").toSorted());
});
