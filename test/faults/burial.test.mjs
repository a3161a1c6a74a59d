// A slot in the middle of a claim: whoever buries the thread that had it before, or one without a number, leaves it to
// its claimer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryMade, Thread } from "./thread.mjs";

/** What a slot says where nobody owns it. */
const NO_THREAD = -1;

function buried(core, slot) {
  core.writerRevoke(slot);
  core.writerRetire(slot);
}

/** Every slot whose thread is this one. */
function bury(core, thread) {
  for (let slot = 0; slot < core.writerCount(); slot++) if (core.writerThread(slot) === thread) buried(core, slot);
}

/** What a thread counted into five series, as the page has it. */
function counted(first, letter) {
  return [...first.scrape().matchAll(new RegExp(`l="${letter}\\d"} (\\d+)`, "g"))].map(([, value]) => Number(value));
}

test("claim: a burial at any access of it takes no slot from its claimer, and no third thread counts into it", () => {
  let claimed = 0;
  for (let n = 1, over = false; !over; n++) {
    const first = memoryMade();
    const jobs = first.family("counter", { name: "jobs", labelNames: ["l"] });
    const dead = new Thread(first.memory, undefined, 2).claim();
    dead.add(dead.bind(jobs, 'l="dead"'), 1);
    buried(first.core, dead.slot());
    let other;
    const count = (thread, letter) => {
      for (let i = 0; i < 5; i++) thread.add(thread.bind(jobs, `l="${letter}${i}"`), i + 1);
    };
    const claimer = new Thread(
      first.memory,
      (access) => {
        if (access !== n) return;
        for (const thread of [NO_THREAD, 2]) bury(first.core, thread);
        other = new Thread(first.memory, undefined, 6).claim();
        count(other, "o");
      },
      4,
    );
    claimer.run((t) => t.claim());
    over = other === undefined;
    if (over) continue;
    claimed++;
    count(claimer, "c");
    count(other, "o");
    assert.notEqual(claimer.slot(), other.slot(), `access ${n}`);
    assert.equal(first.core.writerThread(claimer.slot()), 4, `access ${n}`);
    assert.equal(first.core.writerThread(other.slot()), 6, `access ${n}`);
    assert.deepEqual(counted(first, "c"), [1, 2, 3, 4, 5], `access ${n}`);
    assert.deepEqual(counted(first, "o"), [2, 4, 6, 8, 10], `access ${n}`);
  }
  assert.ok(claimed > 20, `the claim made only ${claimed} accesses`);
});

/** Time goes by for an instance: more than a quarantine. */
function passed(thread) {
  for (let seconds = 1000; seconds <= 1200; seconds += 10) thread.core.clockSet(seconds);
}

const verbs = {
  "a claim of a slot whose quarantine is over": (t) => t.claim(),
  "a proof of the death": (t, slot) => t.core.writerRetire(slot),
};

for (const [name, verb] of Object.entries(verbs)) {
  test(`${name}, interrupted at any access by a thread that takes the slot, leaves that thread's number there`, () => {
    let taken = 0;
    for (let n = 1, over = false; !over; n++) {
      const first = memoryMade();
      const dead = new Thread(first.memory, undefined, 2).claim();
      const slot = dead.slot();
      first.core.writerRevoke(slot);
      passed(first);
      let other;
      const late = new Thread(
        first.memory,
        (access) => {
          if (access !== n) return;
          other = new Thread(first.memory, undefined, 6);
          passed(other);
          other.claim();
        },
        4,
      );
      passed(late);
      late.run((t) => verb(t, slot));
      over = other === undefined;
      if (over) continue;
      taken += Number(other.slot() === slot);
      assert.equal(first.core.writerThread(other.slot()), 6, `access ${n}`);
    }
    assert.ok(taken > 0, "the slot was never taken");
  });
}
