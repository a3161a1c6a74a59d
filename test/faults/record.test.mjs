// Death and descheduling at every access to memory of those who record, bind, name labels and drain.
//
// Death: a thread dies in the middle. Then a survivor drains; the death is proven; another thread takes its ring and goes on.
// Whatever is drained is whole: a row's time, value and label belong together. Rows, drops and what waits add up to what was
// recorded, and each sample is in one file once: a drain's file is named by its number and put in place before the commit,
// so one that is made again takes the place of the first.
//
// Descheduling: a drain is interrupted at every access by writers, also by one that comes around the ring, and writers by a
// drain; those who bind, name labels or make a recorder are interrupted by others who do the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { internals } from "../internals.mjs";
import { CAPACITY, FLUSH, Hand, NEWEST, OLDEST, RING_BYTES } from "./recording.mjs";
import { accesses } from "./accesses.mjs";
import { Death, memoryMade, Thread } from "./thread.mjs";

const { status } = internals;
const policies = { flush: FLUSH, oldest: OLDEST, newest: NEWEST };
/** What one death may cost: a block in hand, a ring or a recorder. */
const LOSS_BYTES = 8192;

/** A memory with a recorder that is on, a survivor and a thread with a hook, both with rings and labels. */
function scene(policy, hook, bound = true) {
  const first = memoryMade();
  const victim = new Thread(first.memory, hook, 2).claim();
  const recorder = first.core.recorderCreate(7n, policy, RING_BYTES, 4 * RING_BYTES, 16, 1024);
  first.core.recorderSwitch(recorder, 1);
  const mine = new Hand(first, recorder);
  const theirs = new Hand(victim, recorder, mine.files);
  mine.labels = theirs.labels = ["even", "odd"].map((text) => mine.label(text));
  mine.bind();
  if (bound) theirs.bind();
  return { first, victim, recorder, mine, theirs };
}

function buried(s) {
  const slot = s.victim.slot();
  s.first.core.writerRevoke(slot);
  s.first.core.writerRetire(slot);
}

function addsUp(hand, context) {
  const { recorded, rows, dropped, waiting } = hand.counts();
  assert.equal(rows + dropped + waiting, recorded, `${context}: ${rows} rows, ${dropped} dropped, ${waiting} wait`);
  return { recorded, rows, dropped, waiting };
}

/** All that was recorded is in the files once, but for what was dropped. */
function allThere(hand, context) {
  const { recorded, rows, dropped, waiting } = addsUp(hand, context);
  const values = hand.rows(context);
  assert.equal(new Set(values).size, values.length, `${context}: a row comes twice`);
  assert.equal(values.length, rows, `${context}: rows in files`);
  assert.equal(waiting, 0, context);
  assert.equal(rows + dropped, recorded, context);
  return values;
}

/** So many samples are in the victim's ring before it dies at its next one. */
const fills = {
  "a new ring": { before: 0, drainFirst: 0 },
  "a ring that is half full": { before: CAPACITY >> 1, drainFirst: 0 },
  "a full ring": { before: CAPACITY, drainFirst: 0 },
  "a ring that has come around": { before: 100, drainFirst: 100 },
};

for (const [name, policy] of Object.entries(policies)) {
  for (const [fillName, { before, drainFirst }] of Object.entries(fills)) {
    test(`sampleRecord, ${name}, ${fillName}: death at every access leaves whole samples and exact counts`, () => {
      const places = accesses();
      for (const n of places) {
        const s = scene(policy, (access) => {
          if (access === n) throw new Death();
        });
        const context = `sampleRecord, ${name}, ${fillName}, access ${n}`;
        if (drainFirst > 0) {
          s.theirs.recordAll(1, drainFirst);
          s.mine.drain();
        }
        s.theirs.recordAll(drainFirst + 1, drainFirst + before);
        const start = s.mine.counts();
        const finished = s.victim.run(() => s.theirs.record(1000));
        const cut = addsUp(s.mine, context);
        assert.ok([0, 1].includes(cut.recorded - start.recorded), `${context}: ${cut.recorded} recorded`);
        s.mine.record(2000);
        assert.equal(s.mine.drain(), status.OK, context);
        const values = new Set(allThere(s.mine, context));
        assert.ok(values.has(2000), context);
        // Where there is room nothing is lost by a death, and a full ring loses one.
        assert.ok(s.mine.counts().dropped <= (before === CAPACITY ? 1 : 0), `${context}: ${s.mine.counts().dropped} dropped`);
        // Before its end nothing of it is there but what it dropped, and after it all.
        if (before + 1 <= CAPACITY || policy !== OLDEST) {
          for (let i = 1; i <= drainFirst + before; i++) assert.ok(values.has(i), `${context}: ${i} is gone`);
        }
        if (finished) assert.equal(cut.recorded, start.recorded + 1, context);

        // Another thread has its ring, once the death is proven, and begins where it ended.
        buried(s);
        const heir = new Hand(new Thread(s.first.memory, undefined, 3).claim(), s.recorder, s.mine.files);
        heir.labels = s.mine.labels;
        assert.equal(heir.bind(), s.theirs.ring, `${context}: the ring of the dead`);
        for (let i = 3000; i < 3000 + CAPACITY; i++) assert.ok(heir.record(i) <= status.FLUSH, context);
        assert.equal(s.mine.drain(), status.OK, context);
        const later = allThere(s.mine, context);
        assert.deepEqual(
          later.filter((value) => value >= 3000 && value < 3000 + CAPACITY).sort((a, b) => a - b),
          Array.from({ length: CAPACITY }, (_, i) => 3000 + i),
          `${context}: what the heir recorded`,
        );
      }
      assert.ok(places.count > 8, `recording made only ${places.count} accesses`);
    });
  }
}

/** Verbs that are not hot, from where, and what holds when they were cut short or are over. */
const verbs = {
  "ringBind of a new ring": { bound: false, run: (s) => s.theirs.bind() },
  "ringBind of the own ring": { bound: true, run: (s) => s.theirs.bind() },
  "ringBind of a dead writer's ring": {
    bound: false,
    before: (s) => {
      const dead = new Thread(s.first.memory, undefined, 5).claim();
      new Hand(dead, s.recorder).bind();
      dead.core.writerLeave();
      s.victim.core.writerLeave();
      s.victim.claim();
    },
    run: (s) => s.theirs.bind(),
  },
  "labelIntern of a new label": { bound: true, run: (s) => s.theirs.label("new") },
  "labelIntern of a label that is there": { bound: true, run: (s) => s.theirs.label("odd") },
  "labelAdmit of a new label": { bound: true, run: (s) => s.theirs.admit("new") },
  "labelIntern of one label too many": {
    bound: true,
    before: (s) => Array.from({ length: 14 }, (_, i) => s.mine.label(`l${i}`)),
    run: (s) => s.theirs.label("new"),
    full: true,
  },
  recorderCreate: { bound: true, run: (s) => s.victim.core.recorderCreate(8n, OLDEST, RING_BYTES, RING_BYTES, 16, 1024) },
  recorderSwitch: { bound: true, run: (s) => s.victim.core.recorderSwitch(s.recorder, 1) },
};

for (const [name, verb] of Object.entries(verbs)) {
  test(`${name}: death at every access leaves a recorder that others go on with`, () => {
    const places = accesses();
    for (const n of places) {
      const s = scene(
        NEWEST,
        (access) => {
          if (access === n) throw new Death();
        },
        verb.bound,
      );
      const context = `${name}, access ${n}`;
      verb.before?.(s);
      s.mine.record(1);
      s.victim.run(() => verb.run(s));
      s.mine.record(2);
      addsUp(s.mine, context);
      // Labels are what they were, and a new one is one.
      assert.deepEqual(
        ["even", "odd"].map((text) => s.mine.label(text)),
        s.mine.labels,
        context,
      );
      const made = s.mine.label("new");
      assert.equal(made !== 0, verb.full === undefined, context);
      assert.equal(s.mine.label("new"), made, context);
      const another = s.first.core.recorderCreate(8n, OLDEST, RING_BYTES, RING_BYTES, 16, 1024);
      assert.ok(another > 0 && another !== s.recorder, context);
      assert.equal(s.first.core.recorderFind(8n), another, context);
      buried(s);
      // Rings are there for as many as the cap allows, but for one that a death took along.
      const heirs = [3, 4, 5].map((thread) => new Hand(new Thread(s.first.memory, undefined, thread).claim(), s.recorder, s.mine.files));
      const rings = heirs.map((heir) => heir.bind());
      assert.ok(rings.every((ring) => ring > 0) && new Set([...rings, s.mine.ring]).size === 4, `${context}: rings ${rings}`);
      heirs.forEach((heir, i) => {
        heir.labels = s.mine.labels;
        heir.record(10 + i);
      });
      assert.equal(s.mine.drain(), status.OK, context);
      assert.deepEqual(
        allThere(s.mine, context).sort((a, b) => a - b),
        [1, 2, 10, 11, 12],
        context,
      );
    }
    assert.ok(places.count > 1, `the verb made only ${places.count} accesses`);
  });
}

test("ringBind and recorderCreate: what a death at any access costs is bounded", () => {
  for (const run of [
    (s) => s.theirs.bind(),
    (s) => s.victim.core.recorderCreate(8n, OLDEST, RING_BYTES, RING_BYTES, 16, 1024),
    (s) => s.theirs.label("new"),
  ]) {
    const used = [];
    const places = accesses();
    for (const n of places) {
      const s = scene(
        NEWEST,
        (access) => {
          if (access === n) throw new Death();
        },
        false,
      );
      s.victim.run(() => run(s));
      const again = new Hand(new Thread(s.first.memory, undefined, 3).claim(), s.recorder);
      again.bind();
      again.label("new");
      s.first.core.recorderCreate(8n, OLDEST, RING_BYTES, RING_BYTES, 16, 1024);
      used.push(s.first.core.bytesReserved() - s.first.core.bytesFree());
    }
    // One that came to its end has all that it made, too.
    assert.ok(Math.max(...used) - Math.min(...used) <= LOSS_BYTES, `from ${Math.min(...used)} to ${Math.max(...used)} bytes`);
  }
});

for (const [name, policy] of Object.entries(policies)) {
  test(`drain, ${name}: death at every access, and the next drain has every sample once`, () => {
    const places = accesses();
    for (const n of places) {
      const s = scene(policy, (access) => {
        if (access === n) throw new Death();
      });
      const context = `drain, ${name}, access ${n}`;
      s.mine.recordAll(1, 4);
      s.mine.drain();
      s.mine.recordAll(5, 7);
      s.theirs.recordAll(8, 10);
      s.victim.run(() => s.theirs.drain());
      addsUp(s.mine, context);
      s.mine.record(11);
      // While it may live, it has the claim; but a drain that let go of it is over.
      const early = s.mine.drain();
      assert.ok(early === status.OK || early === status.CONFLICT, `${context}: ${early}`);
      buried(s);
      s.mine.record(12);
      addsUp(s.mine, context);
      assert.equal(s.mine.drain(), status.OK, context);
      const values = allThere(s.mine, context);
      assert.deepEqual(
        values.sort((a, b) => a - b),
        Array.from({ length: 12 }, (_, i) => i + 1),
        context,
      );
      assert.equal(s.mine.counts().dropped, 0, context);
      // Writers have the room again.
      for (let i = 1; i <= CAPACITY; i++) assert.ok(s.mine.record(100 + i) <= status.FLUSH && s.mine.counts().dropped === 0, context);
    }
    assert.ok(places.count > 100, `the drain made only ${places.count} accesses`);
  });
}

test("drains of three rows each: death at every access, and drains of another length have every sample once", () => {
  for (const bytes of [33 + 2 * 64, 33 + 6 * 64]) {
    const places = accesses();
    for (const n of places) {
      const s = scene(NEWEST, (access) => {
        if (access === n) throw new Death();
      });
      const context = `drains of three rows, access ${n}, then of ${bytes} bytes`;
      for (let i = 1; i <= 8; i++) (i % 3 === 0 ? s.mine : s.theirs).record(i);
      s.victim.run(() => s.theirs.drainAll(33 + 3 * 64));
      addsUp(s.mine, context);
      buried(s);
      s.mine.record(9);
      assert.equal(s.mine.drainAll(bytes), status.OK, context);
      assert.deepEqual(
        allThere(s.mine, context).sort((a, b) => a - b),
        Array.from({ length: 9 }, (_, i) => i + 1),
        context,
      );
      assert.equal(s.mine.counts().dropped, 0, context);
    }
    assert.ok(places.count > 200, `the drains made only ${places.count} accesses`);
  }
});

/** What happens in the middle of a drain: values that are recorded by whom. */
const intruders = {
  "one sample each": (s) => (s.mine.record(1001), s.theirsToo.record(1002)),
  "a writer that comes around the ring by one": (s) => s.mine.recordAll(1001, 1000 + CAPACITY - 2),
  "a writer that comes around all of it": (s) => s.mine.recordAll(1001, 1000 + 2 * CAPACITY),
};

for (const [name, policy] of Object.entries(policies)) {
  for (const [intruderName, intruder] of Object.entries(intruders)) {
    test(`drain, ${name}: interrupted at every access by ${intruderName}`, () => {
      const places = accesses();
      for (const n of places) {
        const s = scene(policy, (access) => {
          if (access !== n) return;
          intruder(s);
        });
        s.theirsToo = new Hand(new Thread(s.first.memory, undefined, 4).claim(), s.recorder, s.mine.files);
        s.theirsToo.labels = s.mine.labels;
        s.theirsToo.bind();
        const context = `drain, ${name}, interrupted at access ${n} by ${intruderName}`;
        s.mine.recordAll(1, 3);
        s.theirs.recordAll(4, 5);
        s.victim.run(() => assert.equal(s.theirs.drain(), status.OK, context));
        addsUp(s.mine, context);
        assert.equal(s.mine.drain(), status.OK, context);
        const values = allThere(s.mine, context);
        const { dropped } = s.mine.counts();
        if (policy !== OLDEST) {
          for (let i = 1; i <= 5; i++) assert.ok(values.includes(i), `${context}: ${i} is gone`);
        }
        if (intruderName === "one sample each") assert.equal(dropped, 0, context);
        // What one writer recorded of one label is in order, over all files.
        for (const odd of [0, 1]) {
          const own = values.filter((value) => value % 2 === odd && value !== 4 && value !== 5 && value !== 1002);
          assert.deepEqual(
            own,
            [...own].sort((a, b) => a - b),
            `${context}: the order of one writer`,
          );
        }
      }
      assert.ok(places.count > 100, `the drain made only ${places.count} accesses`);
    });
  }

  test(`sampleRecord, ${name}: interrupted at every access by a drain, both happen`, () => {
    for (const before of [1, CAPACITY >> 1, CAPACITY]) {
      const places = accesses();
      for (const n of places) {
        const s = scene(policy, (access) => {
          if (access !== n) return;
          assert.equal(s.mine.drain(1000), status.OK);
        });
        const context = `sampleRecord, ${name}, ${before} before, interrupted at access ${n}`;
        s.theirs.recordAll(1, before);
        s.victim.run(() => s.theirs.record(1000));
        addsUp(s.mine, context);
        assert.equal(s.mine.drain(1000), status.OK, context);
        const values = allThere(s.mine, context);
        assert.equal(s.mine.counts().recorded, before + 1, context);
        const most = before === CAPACITY ? 1 : 0;
        assert.ok(s.mine.counts().dropped <= most, `${context}: ${s.mine.counts().dropped} dropped`);
        for (let i = 2; i <= before; i++) assert.ok(values.includes(i), `${context}: ${i} is gone`);
      }
      assert.ok(places.count > 8, `recording made only ${places.count} accesses`);
    }
  });
}

test("drain with rests: interrupted at every access by who takes it where it rests, each sample is there once", () => {
  const places = accesses();
  const seen = new Set();
  for (const n of places) {
    let interrupted = false;
    let taken;
    const s = scene(NEWEST, (access) => {
      if (access !== n) return;
      interrupted = true;
      taken = s.mine.drain(60, "drainTake");
    });
    const context = `drain with rests, taken at access ${n}`;
    s.mine.recordAll(1, 4);
    s.theirs.recordAll(5, 8);
    let ended;
    s.victim.run(() => (ended = s.theirs.drainWithRests()));
    if (interrupted) seen.add(`${ended} ${taken}`);
    addsUp(s.mine, context);
    s.mine.record(9);
    assert.equal(s.mine.drain(), status.OK, context);
    assert.deepEqual(
      allThere(s.mine, context).sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
      context,
    );
  }
  // The one who rests has it and the other one none; or the other way around; or the one is over before the other begins.
  const { OK, GONE, CONFLICT } = status;
  assert.deepEqual([...seen].sort(), [`${CONFLICT} ${OK}`, `${GONE} ${OK}`, `${OK} ${CONFLICT}`, `${OK} ${OK}`].sort());
  assert.ok(places.count > 100, `the drain made only ${places.count} accesses`);
});

test("drain with rests: death at every access, and whoever takes it or begins anew has every sample once", () => {
  const places = accesses();
  for (const n of places) {
    const s = scene(NEWEST, (access) => {
      if (access === n) throw new Death();
    });
    const context = `drain with rests, death at access ${n}`;
    s.mine.recordAll(1, 4);
    s.theirs.recordAll(5, 8);
    s.victim.run(() => s.theirs.drainWithRests());
    const committed = s.mine.counts().rows;
    const early = s.mine.drain(60, "drainTake");
    assert.ok(early === status.OK || early === status.CONFLICT, `${context}: ${early}`);
    buried(s);
    s.mine.record(9);
    assert.equal(s.mine.drain(), status.OK, context);
    const { recorded, rows, dropped, waiting } = addsUp(s.mine, context);
    assert.deepEqual([recorded, rows, dropped, waiting], [9, 9, 0, 0], context);
    // What it gave and did not live to keep is in no file here.
    const found = s.mine.rows(context);
    assert.equal(new Set(found).size, found.length, context);
    assert.ok(found.length === 9 || (committed === 8 && found.length === 1), `${context}: ${found}`);
  }
  assert.ok(places.count > 100, `the drain made only ${places.count} accesses`);
});

test("drain: interrupted at every access by another drain, one of them has the claim", () => {
  const places = accesses();
  for (const n of places) {
    let interrupted = false;
    let other;
    const s = scene(NEWEST, (access) => {
      if (access !== n) return;
      interrupted = true;
      other = s.mine.drain();
    });
    const context = `drain, interrupted at access ${n} by another`;
    s.mine.recordAll(1, 3);
    s.theirs.recordAll(4, 5);
    let own;
    s.victim.run(() => (own = s.theirs.drain()));
    if (interrupted) assert.ok([own, other].includes(status.OK), `${context}: ${own} and ${other}`);
    for (const result of [own, other ?? own]) assert.ok(result === status.OK || result === status.CONFLICT, `${context}: ${result}`);
    assert.deepEqual(
      allThere(s.mine, context).sort((a, b) => a - b),
      [1, 2, 3, 4, 5],
      context,
    );
  }
  assert.ok(places.count > 100, `the drain made only ${places.count} accesses`);
});

test("ringBind, labelIntern, labelAdmit and recorderCreate: interrupted at every access by others who do the same", () => {
  for (const [what, run, both] of [
    ["bind", (hand) => hand.bind(), (one, two) => one > 0 && two > 0 && one !== two],
    ["label", (hand) => hand.label("new"), (one, two) => one > 0 && one === two],
    ["admit", (hand) => hand.admit("new"), (one, two) => one > 0 && one === two],
    ["create", (hand) => hand.core.recorderCreate(8n, OLDEST, RING_BYTES, RING_BYTES, 16, 1024), (one, two) => one > 0 && one === two],
  ]) {
    const places = accesses();
    for (const n of places) {
      let interrupted = false;
      let other;
      const s = scene(
        NEWEST,
        (access) => {
          if (access !== n) return;
          interrupted = true;
          const third = new Hand(new Thread(s.first.memory, undefined, 4).claim(), s.recorder);
          other = run(third);
        },
        false,
      );
      let own;
      s.victim.run(() => (own = run(s.theirs)));
      if (interrupted) assert.ok(both(own, other), `${what}, access ${n}: ${own} and ${other}`);
      // No number of a label is lost by it: the 16 that fit, fit. Two are there, and perhaps the new one.
      const isLabel = what === "label" || what === "admit";
      // The share of strangers is half of them, of which the new one is one.
      if (what === "admit") {
        for (let i = 0; i < 7; i++) assert.notEqual(s.mine.admit(`s${i}`), 0, `${what}, access ${n}: stranger ${i}`);
        assert.equal(s.mine.admit("one too many"), 0, `${what}, access ${n}`);
      }
      const rest = (isLabel ? 13 : 14) - (what === "admit" ? 7 : 0);
      for (let i = 0; i < rest; i++) assert.notEqual(s.mine.label(`l${i}`), 0, `${what}, access ${n}: label ${i}`);
      assert.equal(s.mine.label("one too many"), 0, `${what}, access ${n}`);
    }
    assert.ok(places.count > 10, `the verb made only ${places.count} accesses`);
  }
});

test("the counts: interrupted at every access by samples and drains they stay between what was and what is", () => {
  for (const policy of Object.values(policies)) {
    for (const what of ["Recorded", "Rows", "Dropped", "Waiting"]) {
      const places = accesses();
      for (const n of places) {
        const s = scene(policy, (access) => {
          if (access !== n) return;
          s.mine.recordAll(201, 200 + CAPACITY + 5);
          s.mine.drain();
          s.mine.recordAll(501, 505);
        });
        s.mine.recordAll(1, 3);
        s.theirs.recordAll(4, 5);
        const before = s.mine.counts()[what.toLowerCase()];
        let found;
        s.victim.run(() => (found = s.victim.core[`recorder${what}`](s.recorder)));
        const after = s.mine.counts()[what.toLowerCase()];
        const context = `recorder${what}, access ${n}: ${found}, ${before} before and ${after} after`;
        if (what === "Waiting") assert.ok(found >= 0 && found <= 2 * CAPACITY, context);
        else assert.ok(found >= before && found <= after, context);
      }
      assert.ok(places.count > 4, `counting made only ${places.count} accesses`);
    }
  }
});

test("a thread that is believed dead and lives records into another ring, and nothing is lost", () => {
  const places = accesses();
  for (const n of places) {
    const s = scene(NEWEST, (access) => {
      if (access !== n) return;
      s.first.core.writerRevoke(s.victim.slot());
    });
    s.theirs.record(1);
    let result;
    s.victim.run(() => (result = s.theirs.record(2)));
    if (result === status.STALE) {
      const old = s.theirs.ring;
      assert.notEqual(s.theirs.bind(), old, `access ${n}`);
      assert.equal(s.theirs.record(2), status.OK);
    }
    s.theirs.bind();
    assert.equal(s.theirs.record(3), status.OK, `access ${n}`);
    assert.equal(s.mine.drain(), status.OK);
    assert.deepEqual(
      allThere(s.mine, `revoked at access ${n}`).sort((a, b) => a - b),
      [1, 2, 3],
    );
  }
  assert.ok(places.count > 8, `recording made only ${places.count} accesses`);
});
