// One folder at a time: threads that fold the same slot, descheduled at every access by a whole verb of another one. A
// folder that rests between two verbs holds the slot, and what a dead one held has one heir.

import assert from "node:assert/strict";
import { test } from "node:test";
import { internals } from "../internals.mjs";
import { memoryMade, Thread } from "./thread.mjs";

const { status } = internals;
const CELLS = 3;
const FOLDING = 3;

/** A memory, a thread with three cells, and others; `deep` of them calls `task` at its n-th access. */
function scene(n, task) {
  const first = memoryMade();
  const jobs = first.family("counter", { name: "jobs", labelNames: ["l"] });
  const dead = new Thread(first.memory, undefined, 2).claim();
  for (let i = 0; i < CELLS; i++) dead.add(dead.bind(jobs, `l="${i}"`), i + 1);
  const made = { first, slot: dead.slot(), interrupted: false };
  const hook = (access) => {
    if (access !== n || made.interrupted) return;
    made.interrupted = true;
    task(made);
  };
  made.deep = new Thread(first.memory, hook, 3).claim();
  made.other = new Thread(first.memory, undefined, 4).claim();
  made.gone = new Thread(first.memory, undefined, 5).claim();
  dead.core.writerLeave();
  return made;
}

/** Folds what is left, by whoever may: nothing was lost, and nothing is there twice. */
function ended({ first, slot, deep, other }, context) {
  for (const thread of [deep, other]) for (let i = 0; i < CELLS + 1; i++) thread.fold(slot, 1);
  const counted = [...first.scrape().matchAll(/^jobs_total\{l="\d"\} (\d+)/gm)].map(([, value]) => Number(value));
  assert.deepEqual(counted, [1, 2, 3], context);
}

/** Calls `step` with 1, 2, 3 and so on until the verb has no such access any more; returns how many it had. */
function everyAccess(step) {
  let n = 1;
  while (step(n)) n++;
  return n - 1;
}

test("fold: one that rests between two verbs goes on, whoever was about to fold the slot when it began", () => {
  let held = 0;
  const accesses = everyAccess((n) => {
    let folded;
    const s = scene(n, ({ other, slot }) => (folded = other.core.writerFold(slot, 1)));
    let theirs;
    s.deep.run((t) => (theirs = t.core.writerFold(s.slot, 1)));
    if (folded === 1) {
      held++;
      assert.equal(theirs, status.ABSENT, `access ${n}: two threads fold`);
      assert.equal(s.other.core.writerFold(s.slot, 1), 1, `access ${n}: the folder was shut out`);
    }
    ended(s, `access ${n}`);
    return s.interrupted;
  });
  assert.ok(accesses > 50 && held > 3, `${held} of ${accesses}`);
});

test("writersSweep: what a dead folder held is let go only while nobody else has it", () => {
  let held = 0;
  const accesses = everyAccess((n) => {
    let folded;
    const s = scene(n, ({ other, slot }) => (folded = other.core.writerFold(slot, 1)));
    assert.equal(s.gone.core.writerFold(s.slot, 1), 1);
    s.gone.core.writerLeave();
    s.deep.run((t) => t.core.writersSweep());
    if (folded === 1) {
      held++;
      assert.equal(s.first.core.writerState(s.slot) & 3, FOLDING, `access ${n}: the folder's slot can be claimed`);
      assert.equal(s.other.core.writerFold(s.slot, 1), 1, `access ${n}: the folder was shut out`);
    }
    ended(s, `access ${n}`);
    return s.interrupted;
  });
  assert.ok(accesses > 10 && held > 3, `${held} of ${accesses}`);
});

test("fold: whoever has a dead folder's own slot is another one, and has not what that one held", () => {
  let held = 0;
  const accesses = everyAccess((n) => {
    let folded;
    const s = scene(n, ({ first, slot }) => {
      const heir = new Thread(first.memory, undefined, 6).claim();
      assert.equal(heir.slot(), s.gone.left);
      folded = heir.core.writerFold(slot, 1);
    });
    assert.equal(s.gone.core.writerFold(s.slot, 1), 1);
    s.gone.left = s.gone.slot();
    s.gone.core.writerLeave();
    let theirs;
    s.deep.run((t) => (theirs = t.core.writerFold(s.slot, 1)));
    if (folded === 1) {
      held++;
      assert.equal(theirs, status.ABSENT, `access ${n}: two threads fold`);
    }
    ended(s, `access ${n}`);
    return s.interrupted;
  });
  assert.ok(accesses > 50 && held > 3, `${held} of ${accesses}`);
});
