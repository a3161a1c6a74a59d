// docs/http.md has every option, every shape and every metric.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Registry } from "tallystick";
import { handler, instrument } from "tallystick/http";
import { observeUndici } from "tallystick/undici";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const document = read("docs/http.md");

function section(heading) {
  const [, text] = document.split(`\n## ${heading}`);
  return text.split("\n## ")[0];
}

for (const [heading, file, name] of [
  ["`handler(options)`", "bindings/http/handler-settings.ts", "EndpointOptions"],
  ["`instrument(target, options)`", "bindings/http/instrument-settings.ts", "InstrumentOptions"],
  ["`observeUndici(options)`", "bindings/undici/settings.ts", "UndiciOptions"],
]) {
  test(`docs/http.md has every option of ${heading}`, () => {
    const [, body] = new RegExp(`export interface ${name} \\{\\n([^]*?)\\n\\}`).exec(read(file));
    const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
    assert.ok(fields.length > 5);
    for (const field of fields) assert.match(section(heading), new RegExp(`^\\| [^|]*\`${field}\`[^|]* \\|`, "m"), field);
  });
}

test("docs/http.md has every shape of the endpoint", () => {
  const text = section("`handler(options)`");
  for (const shape of Object.keys(handler())) assert.ok(text.includes(`metrics.${shape}`), shape);
});

test("docs/http.md has every metric", () => {
  const registry = new Registry();
  instrument(() => undefined, { registry });
  observeUndici({ registry, pools: { one: { stats: {} } } })();
  const names = registry.describe().map(({ name, type }) => (type === "counter" ? `${name}_total` : name));
  assert.ok(names.length > 12);
  for (const name of names) assert.ok(document.includes(`\`${name}\``), name);
});
