// Death and descheduling at every access to memory of what native histograms and summaries do, as death.test.mjs has it for
// the other types: above all where a cell cannot take a value and another one takes its place and what it holds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accesses, accessesOf } from "./accesses.mjs";
import { Death, memoryMade, Thread } from "./thread.mjs";
import { histogram, parsed } from "./page.mjs";

const VALUES = [1, 2, 4];
const BLOCK = 'queue="mail"';

/**
 * Two threads that have counted: 1 thrice each, in a cell of eight slots around it, which 4 is not among; in `few` at
 * their limit of buckets; and a summary each.
 */
function scene(hook) {
  const first = memoryMade();
  const victim = new Thread(first.memory, hook, 2).claim();
  const families = {
    sizes: first.family("histogram", { name: "sizes", labelNames: ["queue"], buckets: VALUES, native: { schema: 3 } }),
    few: first.family("histogram", { name: "few", labelNames: ["queue"], buckets: VALUES, native: { schema: 3, maxBuckets: 1 } }),
    wait: first.family("summary", { name: "wait", labelNames: ["queue"], quantiles: [0.5] }),
  };
  const hands = (thread) => Object.fromEntries(Object.entries(families).map(([name, family]) => [name, thread.bind(family, BLOCK, 1)]));
  const made = { first, victim, families, mine: hands(first), theirs: hands(victim) };
  for (const [thread, hand] of [
    [first, made.mine],
    [victim, made.theirs],
  ]) {
    for (let i = 0; i < 3; i++) {
      thread.nativeObserve(hand.sizes, 1);
      thread.nativeObserve(hand.few, 1);
      thread.summaryObserve(hand.wait, 1);
    }
  }
  return made;
}

const START = { sizes: 6, few: 6, wait: 6 };

/** How many observations each has; throws where its buckets, its count and its sum do not belong together. */
function page(thread, s, most) {
  const samples = parsed(thread.scrape(most));
  const found = {};
  for (const name of ["sizes", "few"]) {
    found[name] = histogram(samples, name, BLOCK, VALUES);
    if (found[name] === undefined) continue;
    const { core } = thread;
    thread.cold(() => core.seriesRead(s.families[name], thread.state(s.families[name]), thread.input(BLOCK)));
    let sparse = core.seriesZeroCount();
    for (let i = 0; i < core.seriesSparseCount(0); i++) sparse += core.seriesSparseBucket(0, i);
    assert.equal(Number(sparse), found[name], `${name}: what its native buckets hold`);
  }
  found.wait = samples.get(`wait_count{${BLOCK}}`);
  if (found.wait !== undefined) {
    const sum = samples.get(`wait_sum{${BLOCK}}`);
    assert.ok(sum >= found.wait && sum <= 4 * found.wait, `the summary's sum is ${sum}, of ${found.wait}`);
  }
  return found;
}

const observed = (name, value) => ({
  run: (t, s) => (name === "wait" ? t.summaryObserve(s.theirs[name], value) : t.nativeObserve(s.theirs[name], value)),
  field: name,
});

const verbs = {
  observe: observed("sizes", 1),
  "observe of what the cell has no slot for": observed("sizes", 4),
  "observe past the limit of buckets": observed("few", 2),
  "observe far past the limit of buckets": observed("few", 4),
  "observe of a summary": observed("wait", 2),
  // A bind of nothing but a place for it.
  "bind for what the cell has no slot for": { run: (t, s) => t.bind(s.families.sizes, BLOCK, 4) },
  reset: { run: (t, s) => t.reset(s.families.sizes), field: "sizes", ends: true },
};

/** Whoever is left goes on, and the dead one's cells are adopted and then folded: nothing moves but by what is counted. */
function survived(s, context) {
  const before = page(s.first, s, 100);
  s.first.nativeObserve(s.mine.sizes, 4);
  s.first.nativeObserve(s.mine.few, 2);
  s.first.summaryObserve(s.mine.wait, 3);
  const plus = (found, n) => Object.fromEntries(Object.entries(found).map(([name, count]) => [name, (count ?? 0) + n]));
  let expected = plus(before, 1);
  const found = page(s.first, s);
  // A reset that was cut short is ended at the latest by the next one who comes along.
  if (found.sizes === 1) expected.sizes = 1;
  assert.deepEqual(found, expected, `${context}: a further observation each`);

  s.first.core.writerRevoke(s.victim.slot());
  s.first.core.writerRetire(s.victim.slot());
  assert.deepEqual(page(s.first, s), expected, `${context}: after the proof`);
  const heir = new Thread(s.first.memory, undefined, 3).claim();
  assert.deepEqual(page(heir, s), expected, `${context}: after adoption`);
  for (const [value, name] of [
    [1, "sizes"],
    [4, "sizes"],
    [4, "few"],
  ]) {
    heir.nativeObserve(heir.bind(s.families[name], BLOCK, value), value);
    expected = { ...expected, [name]: expected[name] + 1 };
    assert.deepEqual(page(heir, s), expected, `${context}: ${value} by the heir`);
  }
  heir.core.writerLeave();
  for (let i = 0; i < s.first.core.writerCount(); i++) if (i !== s.first.slot()) s.first.fold(i);
  assert.deepEqual(page(s.first, s), expected, `${context}: after folding`);
}

/** The same without an heir: the dead one's cells are folded as it left them, by one who dies in the middle of it. */
function folded(s, killAt, context) {
  const before = page(s.first, s);
  s.first.core.writerRevoke(s.victim.slot());
  s.first.core.writerRetire(s.victim.slot());
  const slot = s.victim.slot();
  const folder = new Thread(
    s.first.memory,
    (access) => {
      if (access === killAt) throw new Death();
    },
    5,
  );
  // A slot of its own, not the dead one's.
  s.first.core.writerFold(slot, 1);
  folder.claim();
  const mid = page(s.first, s);
  assert.deepEqual(mid, before, `${context}: after a first fold`);
  const finished = folder.slot() === slot || folder.run((t) => t.fold(slot));
  assert.deepEqual(page(s.first, s), before, `${context}: after the folder's death at ${killAt}`);
  s.first.core.writerRevoke(folder.slot());
  s.first.core.writerRetire(folder.slot());
  s.first.fold(slot);
  assert.deepEqual(page(s.first, s), before, `${context}: after the next folder`);
  return finished;
}

for (const [name, verb] of Object.entries(verbs)) {
  test(`${name}: death at every access leaves a page that is valid and exact`, () => {
    const places = accesses();
    for (const n of places) {
      const dying = () =>
        scene((access) => {
          if (access === n) throw new Death();
        });
      const s = dying();
      s.victim.run((t) => verb.run(t, s));
      const context = `${name}, access ${n}`;
      const after = page(s.first, s, 100);
      const allowed = (field) => (verb.field !== field ? [START[field]] : verb.ends ? [0, START[field]] : [START[field], START[field] + 1]);
      for (const field of Object.keys(START)) {
        assert.ok(allowed(field).includes(after[field]), `${context}: ${field} is ${after[field]}, not one of ${allowed(field)}`);
      }
      survived(s, context);

      const again = dying();
      again.victim.run((t) => verb.run(t, again));
      // A folder's death once, further on with every run.
      folded(again, 1 + ((n * 37) % 400), context);
    }
    assert.ok(places.count > 3, `the verb made only ${places.count} accesses`);
  });
}

const intruders = {
  scrape: { run: (t, s) => page(t, s, 100) },
  "observe of the same": {
    run: (t, s) => (t.nativeObserve(s.mine.sizes, 4), t.nativeObserve(s.mine.few, 4)),
    effect: { sizes: 1, few: 1 },
  },
  reset: { run: (t, s) => (t.reset(s.families.sizes), t.reset(s.families.few)), ends: true },
  remove: { run: (t, s) => (t.remove(s.families.sizes, BLOCK), t.remove(s.families.few, BLOCK)), ends: true },
  "revoke of the interrupted": { run: (t, s) => t.core.writerRevoke(s.victim.slot()) },
};

for (const [name, verb] of Object.entries(verbs)) {
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
        const found = page(s.first, s, 100);
        for (const field of ["sizes", "few"]) {
          const own = verb.field === field && !verb.ends ? 1 : 0;
          const more = intruder.effect?.[field] ?? 0;
          const all = START[field] + own + more;
          const ended = intruder.ends || (verb.ends && verb.field === field);
          // Where both end it or it is ended in the middle, what came before is gone and what came after is there.
          const may = ended ? [undefined, 0, own, more, own + more] : [all];
          assert.ok(may.includes(found[field]), `${context}: ${field} is ${found[field]}, not one of ${may}`);
        }
        s.first.nativeObserve(s.mine.sizes, 4);
        s.victim.nativeObserve(s.theirs.sizes, 2);
        s.first.nativeObserve(s.mine.few, 4);
        s.victim.nativeObserve(s.theirs.few, 2);
        const later = page(s.first, s);
        for (const field of ["sizes", "few"]) assert.equal(later[field], (found[field] ?? 0) + 2, `${context}: ${field} later`);
      }
      assert.ok(places.count > 3, `the verb made only ${places.count} accesses`);
    });
  }
}

test("a reset that dies anywhere in the middle of a cell's taking another's place is ended before anything else is counted", () => {
  const reset = (s, death) => {
    const third = new Thread(
      s.first.memory,
      (access) => {
        if (access === death) throw new Death();
      },
      6,
    );
    return third.claim().run(() => third.reset(s.families.sizes));
  };
  const deaths = accessesOf(() => reset(scene(), Infinity)).chosen;
  const whole = scene(() => {});
  const { chosen, count } = accessesOf(() => whole.victim.run((t) => t.nativeObserve(whole.theirs.sizes, 4)));
  let half = 0;
  // The cells' places change within the last of the accesses.
  for (const n of chosen.filter((at) => at >= count * 0.6)) {
    for (const death of deaths) {
      const s = scene((access) => {
        if (access === n) reset(s, death);
      });
      s.victim.run((t) => t.nativeObserve(s.theirs.sizes, 4));
      const context = `observe interrupted at access ${n} by a reset that dies at ${death}`;
      // Before anybody reads, and ends the reset.
      s.victim.nativeObserve(s.theirs.sizes, 2);
      s.first.nativeObserve(s.mine.sizes, 4);
      const { sizes } = page(s.first, s);
      half += sizes < 4;
      assert.ok([2, 3, 8, 9].includes(sizes), `${context}: ${sizes}`);
    }
  }
  assert.ok(half > 0, "no reset was ended by another one");
});
