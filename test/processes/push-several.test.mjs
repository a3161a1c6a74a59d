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
