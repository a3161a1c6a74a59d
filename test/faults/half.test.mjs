// Half an observation in the middle of a reading: a reader sleeps at each of its accesses, and meanwhile a thread counts an
// observation that it never ends, the first of a cell or another one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Death, memoryMade, Thread } from "./thread.mjs";

const BLOCK = 'queue="mail"';
const BOUNDS = [1, 2, 4];
const VALUE = 1;
/** So many accesses before its end the observation stops: behind its sum, and in the middle of its check. */
const FROM_END = [0, 3];

const kinds = {
  histogram: { options: { buckets: BOUNDS }, verb: "observe" },
  "native histogram": { options: { buckets: BOUNDS, native: { schema: 3 } }, verb: "nativeObserve" },
};

/** What a reader takes that sleeps at its `n`-th access, while a thread that has counted `before` dies at its `m`-th of an observation. */
function taken({ options, verb }, before, n, m) {
  const first = memoryMade();
  const sizes = first.family("histogram", { name: "sizes", labelNames: ["queue"], ...options });
  const dying = (access) => {
    if (access === m) throw new Death();
  };
  const writer = new Thread(first.memory, dying, 2).claim();
  const handle = writer.bind(sizes, BLOCK, VALUE);
  for (const value of before) writer[verb](handle, value);
  let slept = false;
  const sleeping = (access) => {
    if (access !== n) return;
    slept = true;
    writer.run((t) => t[verb](handle, VALUE));
  };
  const reader = new Thread(first.memory, sleeping, 3).claim();
  const { core } = reader;
  const length = reader.input(BLOCK);
  let read;
  reader.run((t) => (read = core.seriesRead(sizes, t.state(sizes), length)));
  const view = new DataView(first.memory.buffer);
  const classic = Array.from({ length: read }, (_, i) => Number(view.getBigUint64(core.seriesBuckets() + 8 * i, true)));
  const sum = (counts) => counts.reduce((total, count) => total + count, 0);
  const native = Array.from({ length: core.seriesSparseCount(0) }, (_, i) => Number(core.seriesSparseBucket(0, i)));
  native.push(Number(core.seriesZeroCount()));
  return { slept, accesses: writer.accesses, sum: core.seriesValue(), classic: sum(classic), native: sum(native) };
}

for (const [name, kind] of Object.entries(kinds)) {
  test(`${name}: what is read belongs together, wherever an observation stopped and whenever that was seen`, () => {
    for (const before of [[], [0]]) {
      const { accesses } = taken(kind, before, 1, Infinity);
      for (const m of FROM_END.map((n) => accesses - n)) {
        let n = 1;
        for (let found; (found = taken(kind, before, n, m)).slept; n++) {
          const context = `access ${n}, ${m} of ${accesses} behind ${before.length} observations: ${JSON.stringify(found)}`;
          const more = found.classic - before.length;
          assert.ok(more === 0 || more === 1, context);
          assert.equal(found.sum, more * VALUE, context);
          if (name !== "histogram") assert.equal(found.native, found.classic, context);
        }
        assert.ok(n > 20, `the reading made only ${n} accesses`);
      }
    }
  });
}
