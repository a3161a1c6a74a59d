// What a late thread takes along into the memory that it joins: two cores in one thread, and a family of each.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = at("../../build/carry.mjs");
await build({
  stdin: {
    contents: `
      export { carry, carryLabels } from "./bindings/carry.ts";
      export { Core } from "./bindings/core.ts";
      export { define } from "./bindings/definition.ts";
      export { definitionInput } from "./bindings/stored.ts";
      export { GaugeFamily } from "./bindings/gauge.ts";
      export { setRuntime } from "./bindings/runtime.ts";
    `,
    resolveDir: at("../.."),
    loader: "ts",
  },
  bundle: true,
  format: "esm",
  target: "es2022",
  outfile,
});
const { carry, carryLabels, Core, define, definitionInput, GaugeFamily, setRuntime } = await import(outfile);
setRuntime({ parent: () => 0 });
const module = new WebAssembly.Module(readFileSync(at("../../build/core.wasm")));

/** A memory of its own with one registry. */
function placeMade() {
  const core = Core.create(module, 1 << 22, true, 1);
  const address = core.cold(() => core.verbs.registryCreate());
  return { core, address, state: core.verbs.recordState(address) };
}

/** The address and state of a gauge without labels. */
function registered({ core, address, state }, definition) {
  const family = core.cold(() => {
    definitionInput(core, definition);
    return core.verbs.familyCreate(address, state, 0);
  });
  assert.ok(family > 0, String(family));
  return [family, core.verbs.familyState()];
}

function gauge(place, mode) {
  const definition = define("gauge", { name: "level", help: "", mode });
  const family = new GaugeFamily({ core: place.core, refused() {} }, definition, ...registered(place, definition));
  return { definition, family };
}

/** What a gauge that is `there` in the joined memory shows once a late thread has brought `late`. */
function joined(mode, there, late) {
  const [from, to] = [placeMade(), placeMade()];
  const theirs = gauge(to, mode).family;
  if (there !== undefined) theirs.set(there);
  const mine = gauge(from, mode);
  mine.family.set(late);
  carry(from.core, mine.family, to.core, ...registered(to, mine.definition));
  return theirs.value();
}

test("carry: a finite value of a shared gauge is added to what is there", () => {
  assert.equal(joined("shared", 3, 4), 7);
  assert.equal(joined("shared", undefined, 4), 4);
});

test("carry: NaN and infinities of a shared gauge are set, as they were in the late thread", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.equal(joined("shared", 3, value), value);
    assert.equal(joined("shared", undefined, value), value);
  }
});

test("carry: NaN and infinities of a part are this thread's part", () => {
  assert.equal(joined("mostrecent", 3, NaN), NaN);
  assert.equal(joined("max", undefined, Infinity), Infinity);
});

const set = ({ core, address, state }, block) => core.cold(() => core.verbs.registryLabels(address, state, core.input(block)));
function labels({ core, address, state }) {
  const length = core.cold(() => core.verbs.carryLabels(address, state));
  return length <= 0 ? "" : core.text(core.verbs.carryKey(), length);
}

test("carryLabels: default labels are taken along where there are none", () => {
  const [from, to] = [placeMade(), placeMade()];
  carryLabels(from, to);
  assert.equal(labels(to), "");
  set(from, 'app="zürich"');
  carryLabels(from, to);
  assert.equal(labels(to), 'app="zürich"');
});

test("carryLabels: those that are there stay, and those that a family there meets are left", () => {
  const [from, to] = [placeMade(), placeMade()];
  set(from, 'app="late"');
  set(to, 'app="first"');
  carryLabels(from, to);
  assert.equal(labels(to), 'app="first"');
  const other = placeMade();
  registered(other, define("gauge", { name: "level", help: "", labelNames: ["app"] }));
  carryLabels(from, other);
  assert.equal(labels(other), "");
});
