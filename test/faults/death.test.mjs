// Death and descheduling at every access to memory of every verb, and around every atomic exchange and
// addition, by the instrumented core.
//
// Death: the verb throws at its n-th access, for all n, and its thread never runs again. Then a survivor
// scrapes, goes on counting, proves the death, adopts or folds, and after each step the page must be valid
// and exact: what the verb did is there whole or not at all, and everything else is untouched.
//
// Descheduling: at its n-th access the verb is interrupted by a whole verb of another thread and goes on
// afterwards, for all n and all pairs. Both must have happened, in some order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accesses } from "./accesses.mjs";
import { Death, memoryMade, Thread } from "./thread.mjs";
import { histogram, parsed } from "./page.mjs";

const VALUES = [1, 2, 4];

/** A memory with a counter, a histogram and a gauge, counted by two threads, one of which is hooked. */
function scene(hook) {
  const first = memoryMade();
  const victim = new Thread(first.memory, hook, 2).claim();
  const families = {
    jobs: first.family("counter", { name: "jobs", labelNames: ["queue"] }),
    sizes: first.family("histogram", { name: "sizes", labelNames: ["queue"], buckets: VALUES }),
    parts: first.family("gauge", { name: "parts", labelNames: ["queue"], mode: "sum" }),
    level: first.family("gauge", { name: "level", labelNames: ["queue"] }),
  };
  const hands = (thread) => ({
    mail: thread.bind(families.jobs, 'queue="mail"'),
    sizes: thread.bind(families.sizes, 'queue="mail"'),
    parts: thread.bind(families.parts, 'queue="mail"'),
    level: thread.bind(families.level, 'queue="mail"'),
  });
  const scene = { first, victim, families, mine: hands(first), theirs: hands(victim) };
  for (const [thread, hand] of [
    [first, scene.mine],
    [victim, scene.theirs],
  ]) {
    thread.add(hand.mail, 10);
    for (let i = 0; i < 6; i++) thread.observe(hand.sizes, VALUES[i % 3]);
    thread.set(hand.parts, 3);
    thread.sharedAdd(hand.level, 1);
  }
  return scene;
}

/** What is there before any verb: mail 20, 12 observations, parts 6, level 2. */
const START = { mail: 20, count: 12, parts: 6, level: 2 };

function page(thread, most) {
  const samples = parsed(thread.scrape(most));
  return {
    mail: samples.get('jobs_total{queue="mail"}'),
    other: samples.get('jobs_total{queue="other"}'),
    count: histogram(samples, "sizes", 'queue="mail"', VALUES),
    parts: samples.get('parts{queue="mail"}'),
    level: samples.get('level{queue="mail"}'),
    fresh: samples.get("fresh_total"),
  };
}

/** The verbs, and what they change: field -> values allowed after it was cut short. */
const verbs = {
  increment: { run: (t, s) => t.add(s.theirs.mail, 5), allowed: { mail: [20, 25] } },
  // Another value than the one before, so that what is pending is another one, too.
  observe: { run: (t, s) => t.observe(s.theirs.sizes, 2), allowed: { count: [12, 13] } },
  "set of a part": { run: (t, s) => t.set(s.theirs.parts, 8), allowed: { parts: [6, 11] } },
  "add to a shared gauge": { run: (t, s) => t.sharedAdd(s.theirs.level, 4), allowed: { level: [2, 6] } },
  "bind of a new series": { run: (t, s) => t.bind(s.families.jobs, 'queue="other"'), allowed: { other: [undefined, 0] } },
  "bind and count": {
    run: (t, s) => t.add(t.bind(s.families.jobs, 'queue="other"'), 2),
    allowed: { other: [undefined, 0, 2] },
  },
  registration: { run: (t) => t.bind(t.family("counter", { name: "fresh" }), ""), allowed: { fresh: [undefined, 0] } },
  remove: {
    run: (t, s) => t.remove(s.families.jobs, 'queue="mail"'),
    allowed: { mail: [undefined, 20] },
    // Cut short it may still take effect when the next one comes along, but not twice and not later.
    ends: "mail",
  },
  reset: { run: (t, s) => t.reset(s.families.sizes), allowed: { count: [0, 12] }, ends: "count" },
  clear: { run: (t, s) => t.clear(s.families.jobs), allowed: { mail: [undefined, 20] }, ends: "mail" },
  scrape: { run: (t) => t.scrape(64), allowed: {} },
  "claim of a slot": { run: (t) => (t.core.writerLeave(), t.claim()), allowed: {} },
};

function check(found, start, allowed, context) {
  for (const [field, value] of Object.entries(found)) {
    const may = allowed[field] ?? [start[field]];
    assert.ok(
      may.some((one) => Object.is(one, value)),
      `${context}: ${field} is ${value}, not one of ${may}`,
    );
  }
}

for (const [name, verb] of Object.entries(verbs)) {
  test(`${name}: death at every access leaves a page that is valid and exact`, () => {
    const places = accesses();
    for (const n of places) {
      const s = scene((access) => {
        if (access === n) throw new Death();
      });
      s.victim.run((t) => verb.run(t, s));
      const context = `${name}, access ${n}`;
      const after = page(s.first, 100);
      check(after, START, verb.allowed, context);

      // The survivor goes on as if nothing had happened.
      s.first.add(s.mine.mail, 100);
      s.first.observe(s.mine.sizes, 2);
      const more = page(s.first);
      const counted = (value) => (value === undefined ? 0 : value) + 100;
      if (verb.ends === "mail") assert.ok([100, 120].includes(more.mail), `${context}: mail is ${more.mail} after a further 100`);
      else assert.equal(more.mail, counted(after.mail), `${context}: a further count`);
      if (verb.ends === "count") assert.ok([1, 13].includes(more.count), `${context}: ${more.count} observations after a further one`);
      else assert.equal(more.count, after.count + 1, `${context}: a further observation`);

      // The death is proven; the slot is adopted, then folded when its new owner has left too.
      const slot = s.victim.slot();
      s.first.core.writerRevoke(slot);
      s.first.core.writerRetire(slot);
      assert.deepEqual({ ...page(s.first), other: after.other }, more, `${context}: after the proof`);
      const heir = new Thread(s.first.memory, undefined, 3).claim();
      const same = { ...more, other: page(s.first).other };
      assert.deepEqual(page(heir), same, `${context}: after adoption`);
      heir.add(heir.bind(s.families.jobs, 'queue="mail"'), 1000);
      heir.observe(heir.bind(s.families.sizes, 'queue="mail"'), 1);
      heir.core.writerLeave();
      const left = { ...same, mail: same.mail + 1000, count: same.count + 1 };
      assert.deepEqual(page(s.first), left, `${context}: after the heir`);
      for (let i = 0; i < s.first.core.writerCount(); i++) if (i !== s.first.slot()) s.first.fold(i);
      assert.deepEqual(page(s.first), left, `${context}: after folding`);
    }
    assert.ok(places.count > 3, `the verb made only ${places.count} accesses`);
  });
}

test("fold: death at every access of the folder, the next one ends it and no total moves", () => {
  const places = accesses();
  for (const n of places) {
    const s = scene((access) => {
      if (access === n) throw new Death();
    });
    const dead = new Thread(s.first.memory, undefined, 4).claim();
    dead.add(dead.bind(s.families.jobs, 'queue="mail"'), 7);
    dead.observe(dead.bind(s.families.sizes, 'queue="mail"'), 4);
    dead.set(dead.bind(s.families.parts, 'queue="mail"'), 2);
    const before = page(s.first);
    const slot = dead.slot();
    dead.core.writerLeave();
    s.victim.run((t) => t.fold(slot));
    const context = `fold, access ${n}`;
    assert.deepEqual(page(s.first), before, `${context}: after the folder's death`);
    s.first.core.writerRevoke(s.victim.slot());
    s.first.core.writerRetire(s.victim.slot());
    s.first.fold(slot);
    assert.deepEqual(page(s.first), before, `${context}: after the next folder`);
    const heir = new Thread(s.first.memory, undefined, 5).claim();
    heir.add(heir.bind(s.families.jobs, 'queue="mail"'), 1);
    heir.observe(heir.bind(s.families.sizes, 'queue="mail"'), 1);
    assert.deepEqual(page(s.first), { ...before, mail: before.mail + 1, count: before.count + 1 }, `${context}: after an heir`);
  }
  assert.ok(places.count > 50, `folding made only ${places.count} accesses`);
});

test("fold: death at every access of the folder, and the slots have new owners at once: what they count is there", () => {
  const places = accesses();
  for (const n of places) {
    const s = scene((access) => {
      if (access === n) throw new Death();
    });
    const dead = new Thread(s.first.memory, undefined, 4).claim();
    dead.add(dead.bind(s.families.jobs, 'queue="mail"'), 7);
    dead.observe(dead.bind(s.families.sizes, 'queue="mail"'), 4);
    const before = page(s.first);
    const slot = dead.slot();
    dead.core.writerLeave();
    s.victim.run((t) => t.fold(slot));
    s.first.core.writerRevoke(s.victim.slot());
    s.first.core.writerRetire(s.victim.slot());
    s.first.core.writersSweep();
    // No other folder in between: what the dead one began is ended by whoever adopts.
    for (const [i, thread] of [5, 6].entries()) {
      const heir = new Thread(s.first.memory, undefined, thread).claim();
      heir.add(heir.bind(s.families.jobs, 'queue="mail"'), 10);
      heir.observe(heir.bind(s.families.sizes, 'queue="mail"'), 1);
      const { mail, count } = page(s.first);
      assert.deepEqual({ mail, count }, { mail: before.mail + 10 * (i + 1), count: before.count + i + 1 }, `fold, access ${n}, heir ${i}`);
    }
  }
  assert.ok(places.count > 50, `folding made only ${places.count} accesses`);
});

/** What the other thread does in the middle: its effect on what is counted. */
const intruders = {
  scrape: { run: (t, s) => page(t, 100) && s, effect: {} },
  count: { run: (t, s) => (t.add(s.mine.mail, 100), t.observe(s.mine.sizes, 2)), effect: { mail: 100, count: 1 } },
  "bind of the same new series": {
    run: (t, s) => t.add(t.bind(s.families.jobs, 'queue="other"'), 50),
    effect: { other: 50 },
  },
  "registration of the same family": { run: (t) => t.add(t.bind(t.family("counter", { name: "fresh" }), ""), 3), effect: { fresh: 3 } },
  remove: { run: (t, s) => t.remove(s.families.jobs, 'queue="mail"'), ends: ["mail"] },
  "remove of the new series": { run: (t, s) => t.remove(s.families.jobs, 'queue="other"'), ends: ["other"] },
  reset: { run: (t, s) => (t.reset(s.families.jobs), t.reset(s.families.sizes)), ends: ["mail", "other", "count"] },
  // Believed dead, it goes on as a new writer; the part it had set before is the old one's and stays in the sum.
  "revoke of the interrupted": { run: (t, s) => t.core.writerRevoke(s.victim.slot()), effect: {}, also: { parts: [14] } },
};

const changes = {
  increment: { mail: 5 },
  observe: { count: 1 },
  "set of a part": { parts: 5 },
  "add to a shared gauge": { level: 4 },
  "bind of a new series": { other: 0 },
  "bind and count": { other: 2 },
  registration: { fresh: 0 },
  remove: {},
  reset: {},
  clear: {},
  scrape: {},
};

/** Every value a field may have when both verbs have come to their ends, in either order. */
function outcomes(field, verb, intruder) {
  const start = START[field];
  const plus = changes[verb]?.[field];
  const more = intruder.effect?.[field];
  const ended = verbs[verb].ends === field || (verb === "clear" && (field === "mail" || field === "other"));
  const endedToo = intruder.ends?.includes(field) ?? false;
  const base = start ?? 0;
  const all = new Set();
  const sum = base + (plus ?? 0) + (more ?? 0);
  for (const value of intruder.also?.[field] ?? []) all.add(value);
  all.add(start === undefined && plus === undefined && more === undefined ? undefined : sum);
  if (ended || endedToo) {
    for (const part of [0, plus ?? 0, more ?? 0, (plus ?? 0) + (more ?? 0)]) all.add(part);
    all.add(undefined);
    if (field === "count") all.delete(undefined);
    // Something that both threads ended at the latest in the middle cannot be untouched.
    if (endedToo || ended) all.delete(sum === base && base !== 0 ? base : -1);
  }
  return all;
}

for (const [name, verb] of Object.entries(verbs)) {
  if (name === "claim of a slot") continue;
  for (const [intruderName, intruder] of Object.entries(intruders)) {
    test(`${name}: interrupted at every access by ${intruderName}, both happen`, () => {
      const places = accesses();
      for (const n of places) {
        let interrupted = false;
        const s = scene((access) => {
          if (access !== n) return;
          interrupted = true;
          intruder.run(s.first, s);
        });
        s.victim.run((t) => verb.run(t, s));
        const context = `${name} interrupted at access ${n} by ${intruderName}`;
        if (!interrupted) continue;
        const found = page(s.first, 100);
        for (const [field, value] of Object.entries(found)) {
          const may = outcomes(field, name, intruder);
          assert.ok(may.has(value), `${context}: ${field} is ${value}, not one of ${[...may]}`);
        }
        // Both threads go on, and what they count from here on is exact.
        s.first.add(s.mine.mail, 100);
        s.victim.add(s.theirs.mail, 1000);
        s.first.observe(s.mine.sizes, 2);
        s.victim.observe(s.theirs.sizes, 4);
        const later = page(s.first);
        assert.equal(later.mail, (found.mail ?? 0) + 1100, `${context}: mail later`);
        assert.equal(later.count, found.count + 2, `${context}: observations later`);
      }
      assert.ok(places.count > 3, `the verb made only ${places.count} accesses`);
    });
  }
}
