// A reader that sleeps twice in the middle of a copy while values of both signs are observed: sums come back to what they
// were, and what was read before an observation fits what was read behind it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryMade, Thread } from "./thread.mjs";

const KINDS = {
  histogram: { verb: "observe", options: { buckets: [-4, -2, -1, 1] } },
  "native histogram": { verb: "nativeObserve", options: { buckets: [-4, -2, -1, 1], native: { schema: -4 } } },
  summary: { verb: "summaryObserve", options: { quantiles: [0.5] } },
};
/** 1 and 0.5 fall into one bucket. The first two are there before. */
const VALUES = [-1, 1, -1, 0.5];
/** The sums that there are, by the count. */
const SUMS = [0, -1, 0, -1, -0.5];

/** The two accesses are so near to each other: a reading with its copies again takes no more. */
const NEAR = 60;

for (const [kind, { verb, options }] of Object.entries(KINDS)) {
  test(`${kind}: a copy over three observations of both signs is of one moment`, () => {
    const writer = memoryMade();
    let left;
    let handle;
    let at;
    const observed = () => writer[verb](handle, left.shift());
    const reader = new Thread(writer.memory, (access) => at.includes(access) && observed(), 2).claim();
    const family = writer.family(kind === "summary" ? "summary" : "histogram", { name: "moved", labelNames: [], ...options });
    const read = (thread) => {
      thread.cold(() => thread.core.seriesRead(family, thread.state(family), thread.input("")));
    };
    let pairs = 0;
    const seen = new Set();
    for (let first = 1; ; first++) {
      for (let second = first + 1; second <= first + NEAR; second++) {
        handle ??= writer.bind(family, "", 1);
        writer.reset(family);
        left = [...VALUES];
        observed();
        observed();
        at = [first, second];
        reader.run(read);
        const sum = reader.core.seriesValue();
        const counts = reader.view(reader.core.seriesBuckets(), 40);
        let count = 0;
        for (let i = 0; i < (kind === "summary" ? 1 : 5); i++) count += Number(counts.getBigUint64(8 * i, true));
        seen.add(count);
        assert.equal(sum, SUMS[count], `${count} observations, accesses ${first} and ${second}`);
        pairs++;
        if (reader.accesses < second) break;
      }
      if (reader.accesses < first) break;
    }
    assert.ok(pairs > 500, `${pairs}`);
    assert.deepEqual([...seen].sort(), [2, 3, 4]);
  });
}
