// What a late thread takes along into the memory that it joins: two cores in one thread, and a family of each.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundled } from "../bundled.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = await bundled(
  "carry",
  `
    export { carry, carryLabels } from "./bindings/carry.ts";
    export { Core } from "./bindings/core.ts";
    export { define } from "./bindings/definition.ts";
    export { definitionInput } from "./bindings/stored.ts";
    export { GaugeFamily } from "./bindings/gauge.ts";
    export { GaugeHistogramFamily, InfoFamily, StateSetFamily } from "./bindings/whole.ts";
    export { HistogramFamily } from "./bindings/histogram.ts";
    export { SummaryFamily } from "./bindings/summary.ts";
    export { blocks } from "./bindings/describe.ts";
    export { setRuntime } from "./bindings/runtime.ts";
  `,
);
const bundle = await import(outfile);
const { blocks, carry, carryLabels, Core, define, definitionInput, GaugeFamily, setRuntime } = bundle;
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

/** A metric of a kind that counted in a memory of its own, and is now in another one, where another thread has it, too. */
function moved(Family, kind, options, use) {
  const [from, to] = [placeMade(), placeMade()];
  const definition = define(kind, { name: "x", ...options });
  const made = (place) => new Family({ core: place.core, refused() {}, exemplar() {} }, definition, ...registered(place, definition));
  const [mine, theirs] = [made(from), made(to)];
  use(mine);
  const place = registered(to, definition);
  carry(from.core, mine, to.core, ...place);
  // As a registry does that moves: handles take the cold way.
  from.core.verbs.writerRenew();
  return { mine, theirs, blocks: () => [...blocks(to.core, ...place)] };
}

test("carry: the states that hold, and others can be set afterwards", () => {
  const options = { states: ["open", "shut", "ajar"], labelNames: ["door"] };
  const { mine, theirs } = moved(bundle.StateSetFamily, "stateset", options, (door) => door.set({ door: "a" }, ["shut", "ajar"]));
  assert.deepEqual(theirs.value("a"), ["shut", "ajar"]);
  mine.set({ door: "a" }, "open");
  assert.deepEqual(theirs.value("a"), ["open"]);
  theirs.set({ door: "a" }, "ajar");
  assert.deepEqual(mine.value("a"), ["ajar"]);
});

test("carry: a metric of no known type, which can be set afterwards", () => {
  const { mine, theirs } = moved(GaugeFamily, "unknown", {}, (metric) => metric.set(4));
  assert.equal(theirs.value(), 4);
  mine.set(5);
  assert.equal(theirs.value(), 5);
});

test("carry: what an info tells, and a gauge histogram's distribution", () => {
  const info = moved(bundle.InfoFamily, "info", { labelNames: ["version"] }, (build) => build.set({ version: "1" }));
  assert.deepEqual(info.blocks(), ['version="1"']);
  info.mine.set({ version: "2" });
  assert.deepEqual(info.blocks(), ['version="2"']);
  const ages = moved(bundle.GaugeHistogramFamily, "gaugeHistogram", { buckets: [1, 2] }, (ages) => ages.set([0.5, 1.5, 5]));
  assert.equal(ages.theirs.value().sum, 7);
  assert.deepEqual(
    ages.theirs.value().buckets.map(({ count }) => count),
    [1, 2, 3],
  );
  ages.mine.set([1]);
  assert.deepEqual(
    ages.theirs.value().buckets.map(({ count }) => count),
    [1, 1, 1],
  );
});

test("carry: native histograms and their classic buckets, whose cells were outgrown; sums of summaries", () => {
  const options = { native: true, buckets: [1, 10] };
  const values = [0.001, -3, 0, 5, 5, 700, 1e9];
  const native = moved(bundle.HistogramFamily, "histogram", options, (metric) => values.forEach((value) => metric.observe(value)));
  const { count, sum, buckets, native: sparse } = native.theirs.value();
  assert.deepEqual([count, sum], [7, values.reduce((all, value) => all + value)]);
  assert.deepEqual(
    buckets.map((bucket) => bucket.count),
    [3, 5, 7],
  );
  assert.equal(sparse.zeroCount, 1);
  assert.equal(sparse.negative.length, 1);
  assert.equal(
    sparse.positive.reduce((all, bucket) => all + bucket.count, 0),
    5,
  );
  native.mine.observe(5);
  assert.equal(native.theirs.value().count, 8);
  const summary = moved(bundle.SummaryFamily, "summary", {}, (metric) => [1, 2, 3].forEach((value) => metric.observe(value)));
  summary.mine.observe(4);
  assert.deepEqual([summary.theirs.value().count, summary.theirs.value().sum], [4, 10]);
});
