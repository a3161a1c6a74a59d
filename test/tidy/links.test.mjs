// Documents that lead somewhere: links to files and headings that are there, and a README that names every entry.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { files, none, ROOT, text } from "./sources.mjs";

const documents = files("", ".md").filter((path) => !path.startsWith("test/"));

/** What a heading is called in a link, as GitHub and npm make it. */
function anchorsOf(path) {
  const headings = text(path).match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) => {
    const words = heading.replace(/^#+ /, "").toLowerCase();
    return words.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
  });
}

test("links of documents lead to files and headings that are there", () => {
  let count = 0;
  const broken = documents.flatMap((path) =>
    [...text(path).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(([link, to, anchor]) => {
      count++;
      const target = to === "" ? path : posix.join(posix.dirname(path), to);
      if (!existsSync(join(ROOT, target))) return [`${path}: ${link} no such file`];
      return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : [`${path}: ${link} no such heading`];
    }),
  );
  assert.ok(count > 50, `only ${count} links were found`);
  none(broken, "Name the file or the heading as it is called now");
});

test("README.md names every entry of package.json", () => {
  const entries = Object.keys(JSON.parse(text("package.json")).exports)
    .filter((entry) => entry !== "./package.json" && !entry.includes("*") && !entry.endsWith(".wasm"))
    .map((entry) => `\`tallystick${entry.slice(1)}\``);
  assert.ok(entries.length > 10);
  const readme = text("README.md");
  none(
    entries.filter((entry) => !readme.includes(entry)),
    "Give it a row in the table of entries",
  );
});
