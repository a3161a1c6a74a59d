// Gauge modes over threads that live, die, and are adopted or folded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryMade, Thread } from "../faults/thread.mjs";
import { parsed } from "../faults/page.mjs";

const MODES = ["sum", "livesum", "min", "max", "mostrecent", "all"];

/** Three threads set 5, 2 and 9 in this order; the value of each mode. */
function scene() {
  const first = memoryMade();
  const families = Object.fromEntries(MODES.map((mode) => [mode, first.family("gauge", { name: `gauge_${mode}`, mode })]));
  const others = [2, 9].map((value, i) => ({ thread: new Thread(first.memory, undefined, i + 2).claim(), value }));
  const set = (thread, value) => {
    for (const mode of MODES) {
      const handle = thread.bind(families[mode], "");
      const status = thread.core[mode === "mostrecent" ? "gaugeSetLatest" : "gaugeSet"](handle.cell, handle.token, value);
      assert.equal(status, 0);
    }
  };
  set(first, 5);
  for (const { thread, value } of others) set(thread, value);
  const read = () => {
    const samples = parsed(first.scrape());
    const all = [...samples]
      .filter(([name]) => name.startsWith("gauge_all"))
      .map(([, value]) => value)
      .sort();
    return { ...Object.fromEntries(MODES.slice(0, 5).map((mode) => [mode, samples.get(`gauge_${mode}`)])), all };
  };
  return { first, others: others.map(({ thread }) => thread), set, read };
}

test("gauge modes: the parts of live threads", () => {
  assert.deepEqual(scene().read(), { sum: 16, livesum: 16, min: 2, max: 9, mostrecent: 9, all: [2, 5, 9] });
});

for (const proof of ["left", "revoked", "folded"]) {
  test(`gauge modes: after one of them was ${proof}`, () => {
    const { first, others, read } = scene();
    const slot = others[1].slot();
    if (proof === "revoked") first.core.writerRevoke(slot);
    else others[1].core.writerLeave();
    if (proof === "folded") assert.ok(first.fold(slot) > 0);
    assert.deepEqual(read(), { sum: 16, livesum: 7, min: 2, max: 9, mostrecent: 9, all: [2, 5, 9] });
  });
}

test("gauge modes: a new owner of the slot does not overwrite what the dead one left", () => {
  const { first, others, set, read } = scene();
  others[1].core.writerLeave();
  const heir = new Thread(first.memory, undefined, 9).claim();
  assert.equal(heir.slot(), 2);
  assert.deepEqual(read(), { sum: 16, livesum: 7, min: 2, max: 9, mostrecent: 9, all: [2, 5] });
  set(heir, 1);
  assert.deepEqual(read(), { sum: 17, livesum: 8, min: 1, max: 9, mostrecent: 1, all: [1, 2, 5] });
});

test("gauge modes: reset and remove forget the dead too", () => {
  const { first, others, read } = scene();
  others[0].core.writerLeave();
  first.fold(1);
  const registry = first.core.registryFirst();
  first.core.registryEmpty(registry, first.state(registry), 1);
  assert.deepEqual(read(), { sum: 0, livesum: 0, min: 0, max: 0, mostrecent: 0, all: [] });
});

test("an unset part is not the minimum", () => {
  const { first, others } = scene();
  const low = first.family("gauge", { name: "low", mode: "min" });
  others[0].bind(low, "");
  first.set(first.bind(low, ""), 7);
  assert.equal(parsed(first.scrape()).get("low"), 7);
});
