// Half an observation in the middle of a reading: a reader that sleeps at any access, meanwhile a thread counts one that it
// never ends, or ends when the reader is through.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Death, memoryMade, Thread } from "./thread.mjs";
import { histogram, parsed } from "./page.mjs";

const VALUES = [1, 2, 4];
const BLOCK = 'queue="mail"';

const kinds = {
  histogram: { options: { buckets: VALUES }, observe: (t, handle, value) => t.observe(handle, value) },
  "native histogram": { options: { buckets: VALUES, native: { schema: 3 } }, observe: (t, handle, value) => t.nativeObserve(handle, value) },
};

/** What a reader takes that sleeps at its `n`-th access while a thread dies at its `m`-th of an observation; undefined where it has none. */
function taken({ options, observe }, before, value, n, m) {
  const first = memoryMade();
  const sizes = first.family("histogram", { name: "sizes", labelNames: ["queue"], ...options });
  const writer = new Thread(
    first.memory,
    (access) => {
      if (access === m) throw new Death();
    },
    2,
  ).claim();
  const handle = writer.bind(sizes, BLOCK, 1);
  for (const one of before) observe(writer, handle, one);
  const did = { slept: false, died: false };
  const reader = new Thread(
    first.memory,
    (access) => {
      if (access !== n) return;
      did.slept = true;
      did.died = !writer.run((t) => observe(t, handle, value));
    },
    3,
  ).claim();
  let text;
  reader.run((t) => (text = t.scrape()));
  return { ...did, text };
}

for (const [name, kind] of Object.entries(kinds)) {
  test(`${name}: what is read belongs together, wherever an observation stopped and whenever that was seen`, () => {
    let looked = 0;
    for (const before of [[], [2], [1, 1, 2]]) {
      for (const value of VALUES) {
        for (let m = 1, died = true; died; m++) {
          died = false;
          for (let n = 1, slept = true; slept; n++) {
            const found = taken(kind, before, value, n, m);
            ({ slept } = found);
            died ||= found.died;
            looked++;
            const count = histogram(parsed(found.text), "sizes", BLOCK, VALUES);
            assert.ok(count === before.length || count === before.length + 1, `${value} behind ${before}, ${m} of it at ${n}: ${count}`);
          }
        }
      }
    }
    assert.ok(looked > 1000, `${looked}`);
  });
}
