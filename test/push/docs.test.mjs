// Every option and every code of an error of what hands metrics to other systems is in docs/remote.md.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const document = read("docs/remote.md");

function section(heading) {
  const [, text] = document.split(`\n## ${heading}\n`);
  assert.ok(text !== undefined, heading);
  return text.split("\n## ")[0];
}

/** The first column of all tables of a section. */
function named(heading) {
  const rows = section(heading).matchAll(/^\| ([^|]*) \|/gm);
  return [...rows].flatMap(([, cell]) => [...cell.matchAll(/`(\w[\w-]*)/g)].map(([, name]) => name));
}

function fieldsOf(path, name) {
  const [, base, body] = new RegExp(`export interface ${name}(?: extends (\\w+))? \\{\\n([^]*?)\\n\\}`).exec(read(path));
  const fields = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, field]) => field);
  assert.ok(fields.length > 0);
  return base === "TargetOptions" ? [...fieldsOf("bindings/push/target.ts", base), ...fields] : fields;
}

for (const [heading, path, ...names] of [
  ["The Pushgateway", "pushgateway.ts", "PushgatewayOptions", "Pushgateway"],
  ["Remote write", "write-settings.ts", "RemoteWriteOptions"],
  ["Remote write", "writer.ts", "RemoteWriter"],
  ["OTLP", "otlp-settings.ts", "OtlpOptions"],
  ["OTLP", "otlp-exporter.ts", "OtlpExporter"],
]) {
  for (const name of names) {
    test(`docs/remote.md has all of ${name}`, () => {
      const there = named(heading);
      for (const field of fieldsOf(`bindings/push/${path}`, name)) assert.ok(there.includes(field), field);
    });
  }
}

test("docs/remote.md has every code of a SendError", () => {
  const [, codes] = /export type SendErrorCode =([^;]*);/.exec(read("bindings/push/worded.ts"));
  const there = named("What goes wrong");
  for (const [, code] of codes.matchAll(/"([\w-]+)"/g)) assert.ok(there.includes(code), code);
});
