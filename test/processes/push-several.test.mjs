// Several pushers of one registry, as of two threads or to two receivers: whatever they say and wherever it meets, they are one process, and
// what was said last counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { by, Collector, to, TOKEN } from "./forward-tree.mjs";
import { built } from "./push-built.mjs";
import { clock } from "./push-fakes.mjs";

const { Bodies, Registry } = built;
const JOBS = "jobs_total";

/** A registry with pushers of its own name, and a counter. */
function pushing(t, { seconds, ...options } = {}) {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  const told = [];
  t.after(() => registry.close());
  const make = (collector, more = {}) =>
    built.pusher({
      url: "https://collector.example/push",
      token: TOKEN,
      registry,
      seconds,
      fetch: to(collector),
      onError: (error) => told.push(error.message),
      ...options,
      ...more,
    });
  return { registry, jobs, told, make };
}

function collecting(t, options) {
  const collector = new Collector(options);
  t.after(() => collector.close());
  return collector;
}

const jobsOf = async (collector) => sample(await collector.page(), JOBS);

test("pushers of one registry that take turns at a receiver are all heard, and each costs a whole image", async (t) => {
  const seconds = clock();
  const collector = collecting(t, { seconds });
  const { jobs, make, told } = pushing(t, { seconds });
  const pushers = [make(collector), make(collector), make(collector)];
  for (let i = 1; i <= 60; i++) {
    jobs.inc();
    seconds.now += 2.5;
    const { outcome } = await pushers[i % 3].push();
    assert.equal(outcome, "sent");
    assert.equal(await jobsOf(collector), i);
  }
  assert.deepEqual(told, []);
  assert.equal(collector.receiver.counts().processes, 1);
  // Their first images are whole ones by themselves.
  for (const { counts } of pushers) assert.equal(counts.behind, 19);
  // The one alone that goes on is incremental again.
  for (let i = 0; i < 10; i++) {
    jobs.inc();
    await pushers[0].push();
  }
  assert.equal(pushers[0].counts.behind, 19);
  assert.equal(await jobsOf(collector), 70);
});

test("pushers of one registry to receivers that never meet do not disturb each other", async (t) => {
  const seconds = clock();
  const collectors = [collecting(t, { seconds }), collecting(t, { seconds })];
  const { jobs, make } = pushing(t, { seconds });
  const pushers = collectors.map((collector) => make(collector));
  for (let i = 1; i <= 20; i++) {
    jobs.inc();
    for (const pusher of pushers) assert.equal((await pusher.push()).outcome, "sent");
  }
  for (const pusher of pushers) assert.equal(pusher.counts.behind, 0);
  for (const collector of collectors) assert.equal(await jobsOf(collector), 20);
});

test("the last word of one pusher counts behind another's, and whoever goes on keeps the process alive", async (t) => {
  const seconds = clock();
  const collector = collecting(t, { seconds });
  const { jobs, make, told } = pushing(t, { seconds });
  const [main, worker] = [make(collector), make(collector)];
  jobs.inc();
  await main.push();
  jobs.inc();
  await worker.push();
  jobs.inc();
  await worker.push();
  jobs.inc(50);
  assert.equal((await main.push({ ended: true })).outcome, "sent");
  assert.equal(await jobsOf(collector), 53);
  jobs.inc(7);
  assert.equal((await worker.push()).outcome, "sent");
  seconds.now += 100;
  assert.equal(await jobsOf(collector), 60);
  assert.deepEqual([collector.receiver.counts().processes, collector.receiver.counts().folded], [1, 0]);
  jobs.inc(3);
  assert.equal((await worker.push({ ended: true })).outcome, "sent");
  seconds.now += 100;
  assert.equal(await jobsOf(collector), 63);
  assert.equal(collector.receiver.counts().folded, 1);
  assert.deepEqual(told, []);
});

for (const stored of [false, true]) {
  test(`a process that pushes to two collectors under one root goes on where one of them is gone, ${stored ? "with" : "without"} stores`, async (t) => {
    const seconds = clock();
    const root = collecting(t, { seconds, stored });
    const collectors = [0, 1].map(() => collecting(t, { seconds, stored, forward: by(to(root)) }));
    const { jobs, make } = pushing(t, { seconds });
    const pushers = collectors.map((collector) => make(collector));
    jobs.inc();
    for (const i of [0, 1]) {
      await pushers[i].push();
      await collectors[i].forwarding.handOn();
    }
    assert.equal(await jobsOf(root), 1);
    for (let i = 0; i < 20; i++) {
      jobs.inc(10);
      seconds.now += 30;
      if (stored && i % 5 === 4) root.begin();
      assert.equal((await pushers[0].push()).outcome, "sent");
      await collectors[0].forwarding.handOn();
    }
    // Once, for the other one's image was the last one there.
    assert.ok(pushers[0].counts.pushes < 25);
    assert.equal(await jobsOf(collectors[0]), 201);
    seconds.now += 61;
    await pushers[0].push();
    await collectors[0].forwarding.handOn();
    assert.equal(await jobsOf(root), 201);
  });
}

test("pushers whose whole images need several bodies each take turns, body by body, and both come to an end", async (t) => {
  for (const count of [2, 3]) {
    const seconds = clock();
    const collector = collecting(t, { seconds, stored: true });
    const { registry, make, told, jobs } = pushing(t, { seconds, maxBytes: 65536 });
    for (let f = 0; f < 40; f++) {
      const big = registry.counter({ name: `big_${f}`, help: "Big.", labelNames: ["id"] });
      for (let i = 0; i < 100; i++)
        big
          .labels(
            String(Math.sin(f * 1000 + i))
              .slice(2)
              .repeat(4),
          )
          .inc();
    }
    const pushers = Array.from({ length: count }, () => make(collector));
    const done = pushers.map(() => false);
    let counted = 0;
    for (let i = 0; i < 200 && done.includes(false); i++) {
      jobs.inc();
      counted++;
      const { outcome, more } = await pushers[i % count].push();
      assert.equal(outcome, "sent");
      done[i % count] ||= !more && i > 2 * count;
    }
    assert.deepEqual(
      done,
      pushers.map(() => true),
    );
    assert.deepEqual(told, []);
    for (const pusher of pushers) for (let more = true; more;) ({ more } = await pusher.push());
    const page = await collector.page();
    assert.equal(sample(page, JOBS), counted);
    assert.equal(page.split("\n").length, 4001);
    collector.begin();
    assert.equal(await collector.page(), page);
  }
});

/** Counters that need several bodies: one stands in the first, and one in the last of them. */
function pushingMuch(t, options) {
  const there = pushing(t, { maxBytes: 65536, ...options });
  const big = there.registry.counter({ name: "big", help: "Big.", labelNames: ["id"] });
  for (let i = 0; i < 250; i++) {
    let id = "";
    for (let j = 0; id.length < 600; j++) id += String(Math.sin(i * 1000 + j)).slice(2);
    big.inc({ id });
  }
  const last = there.registry.counter({ name: "last", help: "Last." });
  const inc = (by) => {
    there.jobs.inc(by);
    last.inc(by);
  };
  const all = async (pusher) => {
    for (let more = true, outcome; more;) {
      ({ outcome, more } = await pusher.push());
      assert.equal(outcome, "sent");
    }
  };
  return { ...there, inc, all };
}

const bothOf = async (collector) => {
  const page = await collector.page();
  return [sample(page, JOBS), sample(page, "last_total")];
};

test("a late copy of an older whole image between two bodies of a newer one takes nothing from what a store keeps", async (t) => {
  const seconds = clock();
  const collector = collecting(t, { seconds, stored: true });
  const { make, inc, all } = pushingMuch(t, { seconds });
  const sent = [];
  let lateAt = -1;
  const fetch = async (url, init) => {
    sent.push(init);
    if (sent.length === lateAt) await to(collector)(url, sent[0]);
    return to(collector)(url, init);
  };
  const [one, other] = [make(collector, { fetch }), make(collector)];
  inc(10);
  await all(one);
  const bodies = sent.length;
  assert.ok(bodies > 1);
  inc(1);
  await all(other);
  inc(89);
  // It is refused first, for the other one has spoken. Then in front of its second body.
  lateAt = bodies + 3;
  await all(one);
  assert.equal(sent.length, 2 * bodies + 1);
  assert.deepEqual(await bothOf(collector), [100, 100]);
  collector.begin();
  assert.deepEqual(await bothOf(collector), [100, 100]);
  assert.deepEqual(collector.errors, []);
});

test("a whole image that was acknowledged counts before one that began later, came earlier and never ended, also behind new starts", async (t) => {
  const seconds = clock();
  const root = collecting(t, { seconds });
  const collector = collecting(t, { seconds, stored: true, forward: by(to(root)) });
  const { make, inc, all } = pushingMuch(t, { seconds });
  inc(10);
  await all(make(collector));
  await collector.forwarding.handOn();
  const later = make(collector);
  let before = async () => {
    inc(5);
    // Its first body, and it is no more.
    assert.equal((await later.push()).more, true);
    later.close();
  };
  const fetch = async (url, init) => {
    const first = before;
    before = undefined;
    await first?.();
    return to(collector)(url, init);
  };
  inc(90);
  await all(make(collector, { fetch }));
  assert.deepEqual(await bothOf(collector), [100, 100]);
  root.begin();
  await collector.forwarding.handOn();
  assert.deepEqual(await bothOf(root), [100, 100]);
  collector.begin();
  assert.deepEqual(await bothOf(collector), [100, 100]);
});

test("Bodies keeps behind a whole image what others have under way that is newer, and the baseline that counts", () => {
  const body = (generation, sequence, more = {}) => ({
    isFull: true,
    isWhole: true,
    baseline: 0,
    generation,
    sequence,
    until: sequence,
    ...more,
  });
  const [a, b] = [1n, 2n];
  const rest = { isWhole: false };
  for (const [what, fronts, baseline, kept] of [
    ["what is behind the beginning of the one that ended", [body(a, 5), body(b, 6), body(a, 5, rest)], 0, [0, 1, 2]],
    ["what is newer before it", [body(a, 4), body(b, 8), body(a, 7), body(a, 7, rest)], 0, [1, 2, 3]],
    ["nothing that began before it was seen", [body(b, 8), body(a, 7), body(a, 7, { ...rest, until: 8 })], 0, [1, 2]],
    ["nothing that is older, nor changes", [body(b, 6), body(b, 9, { ...rest, isFull: false }), body(a, 7)], 0, [2]],
    ["the baseline that counts, of another one", [body(b, 3, { baseline: 3 }), body(b, 5, rest), body(a, 7, { baseline: 4 })], 3, [0, 2]],
    ["no other baseline", [body(b, 3, { baseline: 3 }), body(a, 7, { baseline: 2 })], 2, [1]],
    ["its beginning, whatever copies of older ones came behind", [body(a, 4), body(a, 7), body(a, 4), body(a, 7, rest)], 0, [1, 2, 3]],
    [
      "its beginning by its baseline, with a copy of that, and of an older one",
      [
        body(a, 3, { baseline: 3, isBaseline: true }),
        body(a, 4, rest),
        body(a, 3, { baseline: 3, isBaseline: true }),
        body(a, 7, rest),
        body(a, 3, { baseline: 3, isBaseline: true }),
        body(a, 7, rest),
      ],
      3,
      [2, 3, 4, 5],
    ],
    ["all, where its beginning is not there", [body(b, 3), body(a, 4), body(a, 7, rest)], 0, [0, 1, 2]],
    ["its own baseline once", [body(a, 3, { baseline: 3 }), body(a, 7, { baseline: 3 })], 3, [1]],
  ]) {
    const bodies = new Bodies("0123456789abcdef");
    const keys = fronts.map((front) => bodies.added(10, front));
    const gone = bodies.completed(fronts.at(-1), baseline);
    assert.deepEqual(
      bodies.keys,
      kept.map((i) => keys[i]),
      what,
    );
    assert.equal(gone.length + kept.length, keys.length, what);
  }
});

test("wholeFirst puts the newest whole image that is there to its end in front, and nothing else anywhere", () => {
  const body = (generation, sequence, more = {}) => ({
    isFull: true,
    isWhole: true,
    isLast: false,
    isBaseline: false,
    generation,
    sequence,
    ...more,
  });
  const [a, b] = [1n, 2n];
  const rest = { isWhole: false };
  const last = { isWhole: false, isLast: true };
  for (const [what, fronts, order] of [
    ["one that another one began before", [body(b, 8), body(a, 7), body(b, 8, rest), body(a, 7, last)], [1, 3, 0, 2]],
    ["what changed since stays behind", [body(b, 8), body(a, 7, { isLast: true }), body(a, 9, { isFull: false })], [1, 0, 2]],
    ["with its baseline", [body(b, 8), body(a, 3, { isBaseline: true, isLast: true }), body(a, 7, last)], [1, 2, 0]],
    ["the newer one of two", [body(a, 9, { isLast: true }), body(b, 4, { isLast: true }), undefined], [0, 1, 2]],
    ["nothing where none has ended", [body(b, 8), body(a, 7), body(a, 7, rest)], [0, 1, 2]],
    ["nothing where its beginning is gone", [body(b, 8), body(a, 7, last)], [0, 1]],
    ["nothing by the end of a baseline alone", [body(b, 8), body(a, 3, { isBaseline: true, isLast: true })], [0, 1]],
    ["nothing of changes that end", [body(b, 8), body(a, 9, { isFull: false, isLast: true })], [0, 1]],
  ]) {
    const row = fronts.map((front, i) => ({ front, i }));
    assert.deepEqual(
      built.wholeFirst(row).map(({ i }) => i),
      order,
      what,
    );
  }
});
