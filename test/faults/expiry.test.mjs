// A series that is used, looked at by two walks at once: whatever one does in the middle of the other, it does not end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Death, memoryMade, Thread } from "./thread.mjs";

const EXPIRE = 60;

/** Time goes by for some instances, in steps that all of them count. */
function pass(threads, from, seconds) {
  for (let now = from; now <= from + seconds; now += 10) for (const thread of threads) thread.core.clockSet(now);
}

test("a look at a series that was just used, interrupted at any access by another look, ends it in neither", () => {
  let n = 0;
  for (let done = true; done;) {
    n++;
    done = false;
    const first = memoryMade();
    const jobs = first.family("counter", { name: "jobs", labelNames: ["l"], expireAfterSeconds: EXPIRE });
    const used = first.bind(jobs, 'l="used"');
    first.add(used);
    let theirs;
    const victim = new Thread(
      first.memory,
      (access) => {
        if (access !== n) return;
        done = true;
        // A second later by its clock.
        first.core.clockSet(1000 + 2 * EXPIRE + 1);
        theirs = first.scrape();
      },
      2,
    ).claim();
    first.scrape();
    pass([first, victim], 1000, 2 * EXPIRE);
    // Used for the first time since the last look.
    first.add(used);
    let mine;
    victim.run((thread) => (mine = thread.scrape()));
    if (!done) break;
    for (const text of [mine, theirs, first.scrape()]) assert.match(text, /jobs_total\{l="used"\} 2/, `access ${n}`);
  }
  assert.ok(n > 50, `the walk made only ${n} accesses`);
});

test("a look cut short at any access ends no series that is used", () => {
  let n = 0;
  for (let done = true; done;) {
    n++;
    const first = memoryMade();
    const jobs = first.family("counter", { name: "jobs", labelNames: ["l"], expireAfterSeconds: EXPIRE });
    const used = first.bind(jobs, 'l="used"');
    first.add(used);
    const victim = new Thread(
      first.memory,
      (access) => {
        if (access === n) throw new Death();
      },
      2,
    ).claim();
    first.scrape();
    pass([first, victim], 1000, 2 * EXPIRE);
    first.add(used);
    done = !victim.run((thread) => thread.scrape());
    assert.match(first.scrape(), /jobs_total\{l="used"\} 2/, `access ${n}`);
    assert.match(first.scrape(), /jobs_total\{l="used"\} 2/, `access ${n}`);
  }
  assert.ok(n > 50, `the walk made only ${n} accesses`);
});

test("a look at a series that is removed at any access of it goes on to its end, and nothing that was removed comes back", () => {
  let n = 0;
  for (let done = true; done;) {
    n++;
    done = false;
    const first = memoryMade();
    const jobs = first.family("counter", { name: "jobs", labelNames: ["l"], expireAfterSeconds: EXPIRE });
    for (const label of ["ended", "kept"]) first.add(first.bind(jobs, `l="${label}"`));
    const victim = new Thread(
      first.memory,
      (access) => {
        if (access !== n) return;
        done = true;
        first.remove(jobs, 'l="ended"');
      },
      2,
    ).claim();
    let made;
    // The hand looks at both.
    victim.run((thread) => (made = thread.bind(jobs, 'l="new"')));
    victim.run((thread) => thread.scrape());
    if (!done) break;
    assert.ok(made.cell > 0, `access ${n}`);
    const lines = first.scrape().split("\n");
    assert.deepEqual(
      lines.filter((line) => line.startsWith("jobs_total{")).sort(),
      ['jobs_total{l="kept"} 1', 'jobs_total{l="new"} 0'],
      `access ${n}`,
    );
  }
  assert.ok(n > 50, `the walk made only ${n} accesses`);
});
