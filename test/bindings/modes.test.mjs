// Gauge modes over threads that live, die, and are adopted or folded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryMade, Thread } from "../faults/thread.mjs";
import { parsed } from "../faults/page.mjs";
import { Registry } from "tallystick";
import { hired } from "./hired.mjs";

const KINDS = ["sum", "min", "max", "mostrecent", "all"];
const MODES = [...KINDS, ...KINDS.map((kind) => `live${kind}`)];

/** What the live forms of the modes are to read. */
const lively = (parts) => Object.fromEntries(Object.entries(parts).map(([kind, value]) => [`live${kind}`, value]));

/** Three threads set 5, 2 and 9 in this order; the value of each mode. */
function scene() {
  const first = memoryMade();
  const families = Object.fromEntries(MODES.map((mode) => [mode, first.family("gauge", { name: `gauge_${mode}`, mode })]));
  const others = [2, 9].map((value, i) => ({ thread: new Thread(first.memory, undefined, i + 2).claim(), value }));
  const set = (thread, value) => {
    for (const mode of MODES) {
      const handle = thread.bind(families[mode], "");
      const status = thread.core[mode.endsWith("mostrecent") ? "gaugeSetLatest" : "gaugeSet"](handle.cell, handle.token, value, Date.now());
      assert.equal(status, 0);
    }
  };
  set(first, 5);
  for (const { thread, value } of others) set(thread, value);
  const read = () => {
    const samples = parsed(first.scrape());
    const parts = (mode) =>
      [...samples]
        .filter(([name]) => name.startsWith(`gauge_${mode}{`))
        .map(([, value]) => value)
        .sort();
    return Object.fromEntries(MODES.map((mode) => [mode, mode.endsWith("all") ? parts(mode) : samples.get(`gauge_${mode}`)]));
  };
  return { first, others: others.map(({ thread }) => thread), set, read };
}

test("gauge modes: the parts of live threads", () => {
  const parts = { sum: 16, min: 2, max: 9, mostrecent: 9, all: [2, 5, 9] };
  assert.deepEqual(scene().read(), { ...parts, ...lively(parts) });
});

for (const proof of ["left", "revoked", "folded"]) {
  test(`gauge modes: after one of them was ${proof}`, () => {
    const { first, others, read } = scene();
    const slot = others[1].slot();
    if (proof === "revoked") first.core.writerRevoke(slot);
    else others[1].core.writerLeave();
    if (proof === "folded") assert.ok(first.fold(slot) > 0);
    const parts = { sum: 16, min: 2, max: 9, mostrecent: 9, all: [2, 5, 9] };
    assert.deepEqual(read(), { ...parts, ...lively({ sum: 7, min: 2, max: 5, mostrecent: 2, all: [2, 5] }) });
  });
}

test("gauge modes: a new owner of the slot does not overwrite what the dead one left", () => {
  const { first, others, set, read } = scene();
  others[1].core.writerLeave();
  const heir = new Thread(first.memory, undefined, 9).claim();
  assert.equal(heir.slot(), 2);
  const parts = { sum: 16, min: 2, max: 9, mostrecent: 9, all: [2, 5] };
  assert.deepEqual(read(), { ...parts, ...lively({ sum: 7, min: 2, max: 5, mostrecent: 2, all: [2, 5] }) });
  set(heir, 1);
  const after = { sum: 17, min: 1, max: 9, mostrecent: 1, all: [1, 2, 5] };
  assert.deepEqual(read(), { ...after, ...lively({ ...after, sum: 8, max: 5 }) });
});

test("gauge modes: reset and remove forget the dead too", () => {
  const { first, others, read } = scene();
  others[0].core.writerLeave();
  first.fold(1);
  const registry = first.core.registryFirst();
  first.core.registryEmpty(registry, first.state(registry), 1);
  const nothing = { sum: 0, min: 0, max: 0, mostrecent: 0, all: [] };
  assert.deepEqual(read(), { ...nothing, ...lively({ sum: 0, min: undefined, max: undefined, mostrecent: undefined, all: [] }) });
});

test("gauge modes: where nobody lives, a live form has no sample, but for the sum", () => {
  const { first, others } = scene();
  const reader = new Thread(first.memory, undefined, 9).claim();
  for (const thread of [first, ...others]) thread.core.writerLeave();
  const samples = parsed(reader.scrape());
  assert.equal(samples.get("gauge_livesum"), 0);
  for (const mode of ["livemin", "livemax", "livemostrecent"]) assert.equal(samples.has(`gauge_${mode}`), false, mode);
  assert.equal(samples.get("gauge_min"), 2);
});

test("an unset part is not the minimum", () => {
  const { first, others } = scene();
  const low = first.family("gauge", { name: "low", mode: "min" });
  others[0].bind(low, "");
  first.set(first.bind(low, ""), 7);
  assert.equal(parsed(first.scrape()).get("low"), 7);
});

for (const mode of ["all", "liveall"]) {
  test(`gauge mode ${mode}: value is this thread's own part, or the first one; describe has all of them`, async (t) => {
    const registry = new Registry();
    t.after(() => registry.close());
    const level = registry.gauge({ name: "level", labelNames: ["of"], mode });
    const worker = await hired(
      registry,
      `const level = registry.gauge({ name: "level", labelNames: ["of"], mode: ${JSON.stringify(mode)} });
       const tasks = { set: (value) => (level.set({ of: "a" }, value), level.value("a")), value: () => level.value("a") };`,
    );
    t.after(() => worker.end());
    const parts = () => registry.describe()[0].series.map(({ labels, value }) => [labels.of, typeof labels.writer, value]);
    assert.equal(level.value("a"), 0);
    assert.equal(await worker.ask("set", 22), 22);
    assert.equal(level.value("a"), 22);
    level.set({ of: "a" }, 1);
    assert.equal(level.value("a"), 1);
    assert.equal(level.labels("a").value(), 1);
    assert.equal(await worker.ask("value"), 22);
    assert.deepEqual(
      parts().toSorted(([, , a], [, , b]) => a - b),
      [
        ["a", "string", 1],
        ["a", "string", 22],
      ],
    );
  });
}
