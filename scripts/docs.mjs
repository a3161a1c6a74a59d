// Runs the examples: every `js` block of the README and of the documents below, whose output must be the `text` block behind it, and every
// `@example` of the bindings' public docstrings, whose trailing comments must be what the line gives.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const build = join(ROOT, "build");
mkdirSync(build, { recursive: true });
const folder = mkdtempSync(join(build, "docs-"));
let run = 0;

function output(source, name) {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, source);
  run++;
  return execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
}

const documents = { "the README": readFileSync(join(ROOT, "README.md"), "utf8") };
for (const path of ["docs/exporter.md", "docs/http.md", "docs/metrics.md", "docs/recorder.md", "docs/remote.md", "docs/threads.md"])
  documents[path] = readFileSync(join(ROOT, path), "utf8");
for (const [name, text] of Object.entries(documents)) {
  for (const [, code, expected] of text.matchAll(/```js\n([^]*?)```\n(?:\n```text\n([^]*?)```)?/g)) {
    const printed = output(code, `document-${run}`);
    assert.equal(printed.trim(), (expected ?? "").trim(), `An example of ${name} prints something else:\n${code}`);
  }
}
for (const code of Object.values(documents).flatMap((text) => [...text.matchAll(/```ts\n([^]*?)```\n/g)].map(([, block]) => block))) {
  // What needs a server, a database or the edge: its syntax here, its behaviour in tests.
  transformSync(code, { loader: "ts" });
}

/** An example's lines, with a check behind each that shows what it gives. */
function checked(example) {
  const head = example.includes("import ") ? "" : 'import { Registry } from "tallystick";\nconst registry = new Registry();\n';
  const lines = example.split("\n");
  const body = [];
  for (let i = 0; i < lines.length; i++) {
    const inline = /^(.+?); \/\/ (.+)$/.exec(lines[i]);
    if (inline !== null && !inline[1].startsWith("const ")) {
      body.push(`assert.deepEqual(${inline[1]}, (${inline[2]}));`);
    } else if (lines[i + 1]?.startsWith("// ")) {
      const shown = [];
      const statement = lines[i].replace(/;$/, "");
      while (lines[i + 1]?.startsWith("// ")) shown.push(lines[++i].slice(3));
      body.push(`assert.equal((${statement}).trim(), ${JSON.stringify(shown.join("\n"))});`);
    } else {
      body.push(lines[i]);
    }
  }
  return `import assert from "node:assert/strict";\n${head}${body.join("\n")}\n`;
}

const sources = [
  "bindings",
  "bindings/processes",
  "bindings/collect/probe",
  "bindings/collect/runtime",
  "bindings/exporter",
  "bindings/push",
  "bindings/record",
  "bindings/requests",
  "bindings/undici",
  "bindings/http",
  "bindings/lint",
  "bindings/testing",
  "bindings/compat",
].flatMap((room) => readdirSync(join(ROOT, room)).map((file) => join(room, file)));
for (const path of sources.filter((file) => file.endsWith(".ts"))) {
  const name = path.replaceAll(/\W/g, "-");
  const text = readFileSync(join(ROOT, path), "utf8");
  for (const [, block] of text.matchAll(/@example\n \* ```ts\n([^]*?) \* ```/g)) {
    output(checked(block.replaceAll(/^ \* ?/gm, "").trimEnd()), `${name}-${run}`);
  }
}

rmSync(folder, { recursive: true });
console.log(`${run} examples ran and gave what they show`);
