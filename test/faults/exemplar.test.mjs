// An exemplar of a series that ends at the same moment: it is kept or it is late, and it is nobody else's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { internals } from "../internals.mjs";
import { memoryMade, Thread } from "./thread.mjs";

const { status } = internals;

const ends = {
  removed: (thread, jobs) => thread.remove(jobs, 'l="1"'),
  reset: (thread, jobs) => thread.reset(jobs),
  "removed and made again": (thread, jobs) => {
    thread.remove(jobs, 'l="1"');
    for (let i = 2; i < 6; i++) thread.add(thread.bind(jobs, `l="${i}"`));
  },
};

for (const [name, end] of Object.entries(ends)) {
  test(`an exemplar whose series is ${name} at any access of it is kept or STALE, and harms nothing`, () => {
    let n = 0;
    const used = new Set();
    for (let done = true; done;) {
      n++;
      done = false;
      const first = memoryMade();
      const jobs = first.family("counter", { name: "jobs", labelNames: ["l"], exemplars: true });
      const other = first.family("counter", { name: "other", labelNames: ["l"], exemplars: true });
      first.add(first.bind(other, 'l="kept"'), 7);
      const victim = new Thread(
        first.memory,
        (access) => {
          if (access !== n) return;
          done = true;
          end(first, jobs);
        },
        2,
      ).claim();
      const handle = victim.bind(jobs, 'l="1"');
      victim.add(handle);
      const length = victim.input('of="late"');
      let result;
      victim.run((thread) => (result = thread.core.exemplarSet(handle.cell, handle.token, 1, 1000, length)));
      if (!done) break;
      assert.ok(result === status.OK || result === status.STALE, `access ${n}: ${result}`);
      const text = first.scrape();
      assert.match(text, /other_total\{l="kept"\} 7/, `access ${n}`);
      first.clear(jobs);
      used.add(first.core.bytesReserved() - first.core.bytesFree());
      for (const line of text.split("\n")) assert.ok(!line.includes("late") || line.includes('l="1"'), `access ${n}: ${line}`);
    }
    assert.equal(used.size, 1, `bytes that are lost, or not: ${[...used]}`);
    assert.ok(n > 20, `the verb made only ${n} accesses`);
  });
}
