// The lives of a slot: whoever dies or sleeps at any access while it takes a slot, leaves one or says that another one's
// owner is dead, keeps no slot for good and ends nobody else's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Death, memoryMade, Thread } from "./thread.mjs";

const [RETIRED, ACTIVE, REVOKED] = [0, 1, 2];
const QUARANTINE_SECONDS = 120;
/** The first thread's slot. */
const FIRST = 0;

/** Time goes by for the memory, as these threads see it. */
function passed(seconds, ...threads) {
  for (const thread of threads) {
    thread.time ??= 1000;
    for (const until = thread.time + seconds; thread.time < until;)
      thread.core.clockSet((thread.time += Math.min(10, until - thread.time)));
  }
}

function states({ core }) {
  return Array.from({ length: core.writerCount() }, (_, slot) => core.writerState(slot));
}

/** What a burial does with each slot of a thread. */
function buried({ core }, thread) {
  for (let slot = 0; slot < core.writerCount(); slot++) {
    if (core.writerThread(slot) !== thread || core.writerRevoke(slot) !== 0) continue;
    core.writerRetire(slot);
  }
}

/** Calls `scene` with 1, 2, 3 and so on until the verb has no such access any more; returns how many it had. */
function everyAccess(scene) {
  let n = 1;
  while (scene(n)) n++;
  return n - 1;
}

/** A thread whose slot somebody else has behind its quarantine: it counted 1. Returns who has it, and counts 10. */
function replaced({ first, jobs, slot }, thread = 6) {
  first.core.writerRevoke(slot);
  // It may be revoked already, and nobody has seen it so.
  first.core.writersSweep();
  passed(QUARANTINE_SECONDS + 1, first);
  first.core.writersSweep();
  const other = new Thread(first.memory, undefined, thread).claim();
  if (other.slot() === slot) other.add((other.handle = other.bind(jobs, "")), 10);
  return other;
}

function scene(hook) {
  const first = memoryMade();
  const jobs = first.family("counter", { name: "jobs" });
  const victim = new Thread(first.memory, hook, 4).claim();
  victim.add(victim.bind(jobs, ""), 1);
  return { first, jobs, victim, slot: victim.slot() };
}

const counted = ({ first }) => Number(/^jobs_total (\d+)/m.exec(first.scrape())[1]);

test("writerLeave: one that sleeps at any access for longer than a quarantine ends no other owner of its slot", () => {
  let taken = 0;
  const accesses = everyAccess((n) => {
    let other;
    const s = scene((access) => {
      if (access === n) other = replaced(s);
    });
    s.victim.run((t) => t.core.writerLeave());
    if (other === undefined) return false;
    if (other.slot() !== s.slot) return true;
    taken++;
    assert.equal(s.first.core.writerState(s.slot), ACTIVE, `access ${n}: what became of the slot's new owner`);
    other.add(other.handle, 100);
    const third = new Thread(s.first.memory, undefined, 7).claim();
    assert.notEqual(third.slot(), s.slot, `access ${n}`);
    assert.equal(counted(s), 111, `access ${n}`);
    return true;
  });
  assert.ok(accesses > 5 && taken === accesses, `${taken} of ${accesses}`);
});

test("writerLeave: a death at any access keeps its slot no longer than a burial, or a quarantine", () => {
  for (const isTold of [true, false]) {
    const accesses = everyAccess((n) => {
      const s = scene((access) => {
        if (access === n) throw new Death();
      });
      const finished = s.victim.run((t) => t.core.writerLeave());
      if (isTold) buried(s.first, 4);
      // Nobody hears of a death where no thread hears of another one's end; whoever believes so revokes it.
      else s.first.core.writerRevoke(s.slot);
      s.first.core.writersSweep();
      passed(QUARANTINE_SECONDS + 1, s.first);
      s.first.core.writersSweep();
      assert.equal(s.first.core.writerState(s.slot), RETIRED, `access ${n}`);
      assert.equal(counted(s), 1, `access ${n}`);
      return !finished;
    });
    assert.ok(accesses > 5, `${accesses}`);
  }
});

for (const isNew of [false, true]) {
  const what = isNew ? "a slot that nobody had" : "a slot that was left";
  test(`writerClaim: a death at any access, of ${what}, keeps it no longer than its burial, and its heirs count for themselves`, () => {
    const accesses = everyAccess((n) => {
      const first = memoryMade();
      const jobs = first.family("counter", { name: "jobs", labelNames: ["l"] });
      if (!isNew) new Thread(first.memory, undefined, 3).claim().core.writerLeave();
      const hook = (access) => {
        if (access === n) throw new Death();
      };
      const finished = new Thread(first.memory, hook, 4).run((t) => t.claim());
      buried(first, 4);
      const left = states(first);
      assert.ok(
        left.every((state, slot) => slot === FIRST || state === RETIRED || state < 0),
        `access ${n}: the slots are ${left}`,
      );
      // As many heirs as there are slots; each has cells of its own, also behind a removal.
      const heirs = Array.from({ length: left.length }, (_, i) => new Thread(first.memory, undefined, 10 + i).claim());
      const slots = heirs.map((heir) => heir.slot());
      assert.equal(new Set([FIRST, ...slots]).size, heirs.length + 1, `access ${n}: ${slots}`);
      for (const thread of [first, ...heirs]) assert.equal(first.core.writerThread(thread.slot()), thread.thread, `access ${n}`);
      for (const heir of heirs) heir.add(heir.bind(jobs, 'l="gone"'), 1);
      first.remove(jobs, 'l="gone"');
      for (let i = 0; i < 3; i++) first.family("gauge", { name: `sifted_${i}` });
      for (const [i, heir] of [first, ...heirs].entries()) heir.handle = heir.bind(jobs, `l="${i}"`);
      for (const [i, heir] of [first, ...heirs].entries()) heir.add(heir.handle, i + 1);
      const found = [...first.scrape().matchAll(/^jobs_total\{l="\d"\} (\d+)/gm)].map(([, value]) => Number(value));
      assert.deepEqual(
        found,
        [first, ...heirs].map((_, i) => i + 1),
        `access ${n}`,
      );
      return !finished;
    });
    assert.ok(accesses > 20, `${accesses}`);
  });
}

test("writerRevoke: one that sleeps at any access shortens no quarantine of the slot's next owner", () => {
  let taken = 0;
  const accesses = everyAccess((n) => {
    let other;
    const s = scene();
    const late = new Thread(
      s.first.memory,
      (access) => {
        if (access !== n) return;
        other = replaced(s);
        // It is believed dead, too, and is not.
        s.first.core.writerRevoke(s.slot);
      },
      5,
    ).claim();
    late.run((t) => t.core.writerRevoke(s.slot));
    if (other === undefined) return false;
    if (other.slot() !== s.slot) return true;
    taken++;
    passed(QUARANTINE_SECONDS - 10, s.first);
    s.first.core.writersSweep();
    assert.equal(s.first.core.writerState(s.slot), REVOKED, `access ${n}: it may still run`);
    // What comes late may let it begin anew, once.
    passed(QUARANTINE_SECONDS + 1, s.first);
    s.first.core.writersSweep();
    assert.equal(s.first.core.writerState(s.slot), RETIRED, `access ${n}`);
    return true;
  });
  assert.ok(accesses > 5 && taken > 3, `${taken} of ${accesses}`);
});
