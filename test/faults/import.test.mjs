// Death and descheduling at every access to memory of whoever takes in what other processes counted.
//
// Death: a collecting thread dies while it applies a frame, publishes, folds a dead process, ends its source or takes one
// over. Then a survivor scrapes and counts on; the death is proven; another thread takes the source over, is told
// everything again, and publishes. At each step the page must be valid, and every series what it was before or what it
// was to be: never a part of one. And the memory must not lose more than a bounded number of bytes by it.
//
// Descheduling: it is interrupted at every access by a scrape, or by whoever removes, resets or clears what it is about to
// show, and a scrape by it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { internals } from "../internals.mjs";
import { accesses } from "./accesses.mjs";
import { Death, memoryMade, Thread } from "./thread.mjs";
import { bytesUsed, Collector, Teller } from "./images.mjs";
import { histogram, parsed } from "./page.mjs";

const { status } = internals;
const VALUES = [1, 2, 4];
/** What one death may cost: blocks in hand, and the table of one image's positions. */
const LOSS_BYTES = 2048;
/** Of who ends a source besides: the room of one frame and of what is known of its labels. */
const ROOM_BYTES = 262144;
/** Of who takes changes: the room of its writer's output, which stays with the slot for the next one of it. */
const OUTPUT_BYTES = 65536;

/** Registers the families of all processes. */
function families(thread) {
  return {
    jobs: thread.family("counter", { name: "jobs", labelNames: ["queue"] }),
    sizes: thread.family("histogram", { name: "sizes", labelNames: ["queue"], buckets: VALUES }),
    parts: thread.family("gauge", { name: "parts", labelNames: ["queue"], mode: "sum" }),
    level: thread.family("gauge", { name: "level", labelNames: ["queue"] }),
  };
}

function hands(thread, of) {
  return {
    mail: thread.bind(of.jobs, 'queue="mail"'),
    sizes: thread.bind(of.sizes, 'queue="mail"'),
    parts: thread.bind(of.parts, 'queue="mail"'),
    level: thread.bind(of.level, 'queue="mail"'),
  };
}

function counted(thread, hand, times) {
  for (let i = 0; i < times; i++) {
    thread.add(hand.mail, 10);
    for (const value of VALUES) thread.observe(hand.sizes, value);
    thread.sharedAdd(hand.level, 1);
  }
  thread.set(hand.parts, times);
}

/** The images of two processes: each a whole one, a sequence upon it, and a whole one in a new generation. */
const images = [1, 2].map((instance) => {
  const teller = new Teller(instance);
  const of = families(teller.thread);
  const hand = hands(teller.thread, of);
  counted(teller.thread, hand, 1);
  const whole = teller.tell();
  counted(teller.thread, hand, 2);
  teller.thread.add(teller.thread.bind(of.jobs, 'queue="late"'), 5);
  const delta = teller.tell(1);
  const again = teller.tell();
  return { whole, delta, again, parted: teller.tell(0, 2) };
});

/** What the page says after so many tellings of the two processes, and 1 of this one's own. */
function expected(one, two, own = 1) {
  const late = (one === 3 ? 5 : 0) + (two === 3 ? 5 : 0);
  const parts = (times) => (times === 3 ? 2 : times);
  return {
    mail: 10 * (own + one + two),
    late: late === 0 ? undefined : late,
    count: 3 * (own + one + two),
    parts: own + parts(one) + parts(two),
    level: own + one + two,
  };
}

function page(thread, most) {
  const samples = parsed(thread.scrape(most));
  return {
    mail: samples.get('jobs_total{queue="mail"}'),
    late: samples.get('jobs_total{queue="late"}'),
    count: histogram(samples, "sizes", 'queue="mail"', VALUES),
    parts: samples.get('parts{queue="mail"}'),
    level: samples.get('level{queue="mail"}'),
  };
}

/** A memory with a survivor that counts and a collecting thread with a hook; both processes' whole images are shown. */
function scene(hook) {
  const first = memoryMade();
  const victim = new Thread(first.memory, hook, 2).claim();
  const of = families(first);
  const hand = hands(first, of);
  counted(first, hand, 1);
  const collector = new Collector(victim);
  const [one, two] = [collector.process(), collector.process()];
  const s = { first, victim, of, hand, collector, one, two };
  collector.apply(one, images[0].whole);
  collector.apply(two, images[1].whole);
  collector.publish();
  return s;
}

/** What the collecting thread does, from where, and what the page may say when it was cut short. */
const verbs = {
  "a first whole image": {
    before: (s) => (s.three = s.collector.process()),
    run: (s) => s.collector.apply(s.three, images[0].again),
    from: expected(1, 1),
  },
  "a sequence": { run: (s) => s.collector.apply(s.two, images[1].delta), from: expected(1, 1), loss: OUTPUT_BYTES + LOSS_BYTES },
  "a whole image that takes the place of one": { run: (s) => s.collector.apply(s.two, images[1].again), from: expected(1, 1) },
  "the publishing of a sequence": {
    before: (s) => s.collector.apply(s.two, images[1].delta),
    run: (s) => s.collector.publish(),
    from: expected(1, 1),
    to: expected(1, 3),
  },
  "the publishing of a whole image": {
    before: (s) => s.collector.apply(s.two, images[1].again),
    run: (s) => s.collector.publish(),
    from: expected(1, 1),
    to: expected(1, 3),
  },
  "the first fold": { run: (s) => s.collector.fold(s.one), from: expected(1, 1) },
  "a further fold": { before: (s) => s.collector.fold(s.one), run: (s) => s.collector.fold(s.two), from: expected(1, 1) },
  "the drop of a process": { run: (s) => s.victim.core.processDrop(s.two), from: expected(1, 1) },
  "the end of the source": { run: (s) => s.collector.end(), from: expected(1, 1), to: expected(0, 0), loss: ROOM_BYTES + LOSS_BYTES },
};

function check(found, may, context) {
  for (const [field, value] of Object.entries(found)) {
    assert.ok(
      may.some((one) => field in one && Object.is(one[field], value)),
      `${context}: ${field} is ${value}, not one of ${may.map((one) => one[field])}`,
    );
  }
}

/** Proves the death of a thread; another one that may take its source over. */
function takenOver(s, hook, dead = s.victim) {
  s.first.core.writerRevoke(dead.slot());
  s.first.core.writerRetire(dead.slot());
  return new Thread(s.first.memory, hook, 3).claim();
}

/** Tells an heir everything; the page must not fall in between, and be exact in the end. */
function toldAgain(s, heir, shown, context) {
  const collector = new Collector(heir);
  assert.deepEqual(page(s.first), shown, `${context}: after the source was taken over`);
  for (const { again } of images) assert.equal(collector.apply(collector.process(), again), status.OK, context);
  check(page(s.first), [shown, { late: undefined }], `${context}: before the heir publishes`);
  for (let i = 0; i < 100; i++) {
    const published = collector.publish(1);
    assert.ok(published >= 0, `${context}: the heir publishes ${published}`);
    check(page(s.first), [shown, { late: undefined }, expected(3, 3, s.own)], `${context}: while the heir publishes`);
    if (published === 0) break;
  }
  assert.equal(collector.sweep(), status.OK);
  assert.deepEqual(page(s.first), expected(3, 3, s.own), `${context}: in the end`);
  return collector;
}

/** Counts on, and says that it is there. */
function countedOn(s, context) {
  const before = page(s.first);
  s.first.add(s.hand.mail, 10);
  for (const value of VALUES) s.first.observe(s.hand.sizes, value);
  s.first.sharedAdd(s.hand.level, 1);
  s.first.set(s.hand.parts, 2);
  s.own = 2;
  const after = page(s.first);
  assert.equal(after.mail, before.mail + 10, `${context}: a further count`);
  assert.equal(after.count, before.count + 3, `${context}: further observations`);
  assert.equal(after.level, before.level + 1, `${context}: a level`);
  assert.equal(after.parts, before.parts + 1, `${context}: a part`);
  return after;
}

/** Bytes in use when a source was taken over, told again and ended. */
function bytesAfter(s, collector) {
  collector.end();
  assert.deepEqual(page(s.first), expected(0, 0, s.own));
  for (let i = 0; i < 3; i++) {
    collector.thread.core.writerRest();
    s.first.reset(s.first.family("counter", { name: "swept" }));
  }
  return bytesUsed(s.first);
}

/** What is in use where nobody died. */
function bytesUndisturbed(verb) {
  const s = scene(() => {});
  verb.before?.(s);
  countedOn(s, "undisturbed");
  return bytesAfter(s, toldAgain(s, takenOver(s), page(s.first), "undisturbed"));
}

for (const [name, verb] of Object.entries(verbs)) {
  test(`${name}: death at every access leaves a page that is valid and exact, and a source to take over`, () => {
    const undisturbed = bytesUndisturbed(verb);
    const places = accesses();
    for (const n of places) {
      const s = scene((access) => {
        if (access === n) throw new Death();
      });
      verb.before?.(s);
      s.victim.run(() => verb.run(s));
      const context = `${name}, access ${n}`;
      // A series that was made, and of which nothing was shown, is one that nobody has counted in.
      check(page(s.first, 100), [verb.from, verb.to ?? verb.from, { late: 0 }], context);
      const shown = countedOn(s, context);
      const collector = toldAgain(s, takenOver(s), shown, context);
      const loss = bytesAfter(s, collector) - undisturbed;
      assert.ok(loss <= (verb.loss ?? LOSS_BYTES), `${context}: ${loss} bytes are lost`);
    }
    assert.ok(places.count > 20, `the verb made only ${places.count} accesses`);
  });
}

test("a source that is taken over: death at every access, and yet another thread takes it over", () => {
  const prepared = (hook) => {
    const s = scene(() => {});
    s.collector.fold(s.one);
    s.collector.apply(s.two, images[1].delta);
    s.collector.apply(s.collector.process(), images[0].parted.slice(0, 1));
    s.victim.core.processLabels(s.collector.process(), s.victim.input('zone="a"zone="a"') / 2, 8);
    return { ...s, heir: takenOver(s, hook) };
  };
  const one = prepared(() => {});
  new Collector(one.heir);
  countedOn(one, "undisturbed");
  const undisturbed = bytesAfter(one, toldAgain(one, takenOver(one, undefined, one.heir), page(one.first), "undisturbed"));
  const places = accesses();
  for (const n of places) {
    const s = prepared((access) => {
      if (access === n) throw new Death();
    });
    s.heir.run((t) => new Collector(t));
    const context = `takeover, access ${n}`;
    check(page(s.first), [expected(1, 1)], context);
    const shown = countedOn(s, context);
    const collector = toldAgain(s, takenOver(s, undefined, s.heir), shown, context);
    const loss = bytesAfter(s, collector) - undisturbed;
    assert.ok(loss <= LOSS_BYTES, `${context}: ${loss} bytes are lost`);
  }
  assert.ok(places.count > 50, `it made only ${places.count} accesses`);
});

const applied = {
  "a sequence": images[1].delta,
  "a whole image": images[1].again,
};

for (const name of [
  "a first whole image",
  "a sequence",
  "a whole image that takes the place of one",
  "a further fold",
  "the end of the source",
]) {
  const verb = verbs[name];
  test(`${name}: interrupted at every access by a scrape, which sees no half of it`, () => {
    const places = accesses();
    for (const n of places) {
      const s = scene((access) => {
        if (access !== n) return;
        check(page(s.first, 100), [verb.from, verb.to ?? verb.from, { late: 0 }], `${name}, access ${n}`);
      });
      verb.before?.(s);
      s.victim.run(() => verb.run(s));
    }
    assert.ok(places.count > 100, `the verb made only ${places.count} accesses`);
  });
}

for (const [name, frames] of Object.entries(applied)) {
  test(`the publishing of ${name}, interrupted at every access by a scrape: each series is the one before or the one after`, () => {
    const places = accesses();
    for (const n of places) {
      const s = scene((access) => {
        if (access !== n) return;
        check(page(s.first, 100), [expected(1, 1), expected(1, 3), { late: 0 }], `publishing ${name}, access ${n}`);
      });
      s.collector.apply(s.two, frames);
      s.victim.run(() => s.collector.publish());
      assert.deepEqual(page(s.first), expected(1, 3), `publishing ${name}, interrupted at access ${n}`);
    }
    assert.ok(places.count > 100, `it made only ${places.count} accesses`);
  });

  test(`a scrape, interrupted at every access by the publishing of ${name}: no series is torn`, () => {
    const places = accesses();
    for (const n of places) {
      let interrupted = false;
      const s = scene(() => {});
      s.collector.apply(s.two, frames);
      const reader = new Thread(
        s.first.memory,
        (access) => {
          if (access !== n) return;
          interrupted = true;
          s.collector.publish();
          // What was replaced would be used again now.
          s.collector.apply(s.one, images[0].delta);
        },
        4,
      ).claim();
      reader.run(() => check(page(reader, 100), [expected(1, 1), expected(1, 3), { late: 0 }], `a scrape, ${name} at access ${n}`));
      assert.deepEqual(page(s.first), interrupted ? expected(1, 3) : expected(1, 1));
    }
    assert.ok(places.count > 500, `it made only ${places.count} accesses`);
  });
}

/** What ends series here, and what of this process is left then. */
const intruders = {
  "the removal of a series": {
    run: (s) => s.first.remove(s.of.jobs, 'queue="mail"'),
    own: (own) => ({ ...own, mail: 0 }),
  },
  "a reset": {
    run: (s) => Object.values(s.of).forEach((family) => s.first.reset(family)),
    own: () => ({ mail: 0, count: 0, parts: 0, level: 0 }),
  },
  "the clearing of families": {
    run: (s) => Object.values(s.of).forEach((family) => s.first.clear(family)),
    own: () => ({ mail: 0, count: 0, parts: 0, level: 0 }),
  },
  "a count in a series that is new": {
    run: (s) => s.first.add(s.first.bind(s.of.jobs, 'queue="late"'), 50),
    own: (own) => own,
    late: 50,
  },
  "another source with the same series": {
    run: (s) => {
      const other = new Collector(new Thread(s.first.memory, undefined, 6).claim(), 8n);
      other.apply(other.process(), images[0].again);
      other.publish();
    },
    own: (own) => ({ mail: own.mail + 30, count: own.count + 9, parts: own.parts + 2, level: own.level + 3 }),
    late: 5,
  },
  "the end of all families": {
    run: (s) => {
      const registry = s.first.core.registryFirst();
      s.first.cold(() => s.first.core.registryEmpty(registry, s.first.state(registry), 0));
      s.of = families(s.first);
      s.hand = hands(s.first, s.of);
    },
    own: () => ({ mail: 0, count: 0, parts: 0, level: 0 }),
  },
};

for (const name of ["a first whole image", "a sequence", "the publishing of a sequence", "a further fold"]) {
  const verb = verbs[name];
  for (const [intruderName, intruder] of Object.entries(intruders)) {
    test(`${name}: interrupted at every access by ${intruderName}, nothing of other processes is lost`, () => {
      const places = accesses();
      for (const n of places) {
        let interrupted = false;
        const s = scene((access) => {
          if (access !== n) return;
          interrupted = true;
          intruder.run(s);
        });
        verb.before?.(s);
        const context = `${name} interrupted at access ${n} by ${intruderName}`;
        let result;
        assert.ok(
          s.victim.run(() => (result = verb.run(s))),
          context,
        );
        assert.ok(result >= 0, `${context}: ${result}`);
        if (!interrupted) continue;
        page(s.first, 100);
        assert.ok(s.collector.publish() >= 0, context);
        page(s.first);
        s.first.add(s.hand.mail, 10);
        for (const value of VALUES) s.first.observe(s.hand.sizes, value);
        s.first.sharedAdd(s.hand.level, 1);
        // All that is told from here on is shown, and with it what was told before.
        const folded = name === "a further fold";
        const tellers = folded ? [s.collector.process(), s.collector.process()] : [s.one, s.two];
        for (const [i, process] of tellers.entries()) assert.equal(s.collector.apply(process, images[i].parted), status.OK, context);
        assert.ok(s.collector.publish() >= 0, context);
        const own = intruder.own({ mail: 10, count: 3, parts: 1, level: 1 });
        const others = expected(3, 3, 0);
        if (s.three !== undefined) for (const field of Object.keys(others)) others[field] *= 1.5;
        // Of a series that ends here goes what only the dead had counted.
        const may = [0, 1, 2].map((dead) => ({
          mail: own.mail + 10 + others.mail + 10 * dead,
          count: own.count + 3 + others.count + 3 * dead,
          parts: own.parts + others.parts + dead,
          level: own.level + 1 + others.level,
          late: others.late + (intruder.late ?? 0),
        }));
        check(page(s.first), folded ? may : [may[0]], context);
      }
      assert.ok(places.count > 100, `the verb made only ${places.count} accesses`);
    });
  }
}

test("the removal of a series by a thread that dies at every access: others' part of it comes back with what they tell next", () => {
  const places = accesses();
  for (const n of places) {
    const s = scene((access) => {
      if (access === n) throw new Death();
    });
    const remover = s.victim;
    const heir = new Thread(s.first.memory, undefined, 5).claim();
    const collector = new Collector(heir, 8n);
    const process = collector.process();
    remover.run((t) => t.remove(s.of.jobs, 'queue="mail"'));
    const context = `removal, access ${n}`;
    assert.equal(collector.apply(process, images[0].again), status.OK, context);
    assert.ok(collector.publish() >= 0, context);
    const { mail, count } = page(s.first);
    assert.ok([30, 60].includes(mail), `${context}: ${mail}`);
    assert.equal(count, 18, context);
    s.first.core.writerRevoke(remover.slot());
    s.first.core.writerRetire(remover.slot());
    collector.thread.fold(remover.slot());
    s.first.add(s.hand.mail, 10);
    assert.ok([40, 70].includes(page(s.first).mail), context);
  }
  assert.ok(places.count > 20, `the verb made only ${places.count} accesses`);
});
