// What comes behind the last word of a process: the word itself once more, or what another thread of it goes on to count.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { by, Collector, Counting, to } from "./forward-tree.mjs";
import { clock } from "./push-fakes.mjs";

const orders = async (collector) => sample(await collector.page(), 'orders_total{country="de"}') ?? 0;
const open = async (collector) => sample(await collector.page(), 'open_livesum{shop="a"}');

/** A collector, and a process with as many pushers as are asked for. */
function placed(t, options = {}) {
  const seconds = clock();
  const collector = new Collector({ seconds, ...options });
  const counting = new Counting();
  t.after(() => [collector, counting].forEach((each) => each.close()));
  const pusher = (fetch = to(collector)) => counting.pusher({ seconds, fetch });
  const count = (amount) => counting.orders.labels("de").inc(amount);
  return { seconds, collector, counting, pusher, count };
}

for (const stored of [false, true]) {
  test(`imageReceiver sends a pusher to begin anew behind the last word of another one, stored: ${stored}`, async (t) => {
    const { seconds, collector, pusher, count } = placed(t, { stored });
    count(1);
    const [first, second] = [pusher(), pusher()];
    await first.push({ ended: true });
    seconds.now += 31;
    assert.equal(await orders(collector), 1);
    assert.equal(collector.receiver.counts().folded, 1);
    if (stored) collector.begin();
    assert.equal((await second.push()).outcome, "sent");
    assert.equal(second.counts.anew, 1);
    for (let times = 1; times < 4; times++) {
      count(100);
      assert.equal((await second.push()).outcome, "sent");
      assert.equal(await orders(collector), 1 + 100 * times);
      seconds.now += 31;
    }
    assert.equal(second.counts.anew, 1);
  });

  test(`imageReceiver takes what comes before its fold for a sign of life, stored: ${stored}`, async (t) => {
    const { seconds, collector, counting, pusher, count } = placed(t, { stored });
    const [first, second] = [pusher(), pusher()];
    counting.gauges[6].labels("a").set(5);
    count(1);
    await collector.page();
    await first.push({ ended: true });
    assert.deepEqual([collector.receiver.counts().dead, await open(collector)], [1, undefined]);
    count(2);
    await second.push();
    assert.deepEqual([collector.receiver.counts().dead, await open(collector)], [0, 5]);
    if (stored) collector.begin();
    for (let times = 0; times < 3; times++) {
      seconds.now += 31;
      assert.deepEqual([await orders(collector), await open(collector)], [3, 5]);
    }
    assert.deepEqual([collector.receiver.counts().folded, second.counts.anew], [0, 0]);
    await second.push({ ended: true });
    seconds.now += 31;
    assert.deepEqual([await orders(collector), await open(collector)], [3, undefined]);
    assert.equal(collector.receiver.counts().folded, 1);
  });
}

test("imageReceiver acknowledges a last word once more that says the same, and no other one", async (t) => {
  const { seconds, collector, pusher, count } = placed(t);
  let lost = false;
  const fetch = async (url, init) => {
    const answer = await to(collector)(url, init);
    if (lost) throw new Error("the answer was lost");
    return answer;
  };
  const [first, second] = [pusher(fetch), pusher(fetch)];
  count(1);
  await first.push();
  count(2);
  lost = true;
  assert.equal((await first.push({ ended: true })).outcome, "failed");
  lost = false;
  seconds.now += 31;
  assert.equal(await orders(collector), 3);
  assert.equal(collector.receiver.counts().folded, 1);
  assert.equal((await first.push({ ended: true })).outcome, "sent");
  assert.equal(first.counts.anew, 0);
  assert.equal(await orders(collector), 3);
  // Of another thread, with what nobody has.
  count(4);
  assert.equal((await second.push({ ended: true })).outcome, "sent");
  assert.equal(second.counts.anew, 1, "it is told, and not passed over");
});

test("imageReceiver acknowledges a whole image that is a last word once more, however long after it was said first", async (t) => {
  const { seconds, collector, pusher, count } = placed(t);
  let lost = true;
  const fetch = async (url, init) => {
    const answer = await to(collector)(url, init);
    if (lost) throw new Error("the answer was lost");
    return answer;
  };
  const only = pusher(fetch);
  count(1);
  assert.equal((await only.push({ ended: true })).outcome, "failed");
  lost = false;
  seconds.now += 31;
  assert.equal(await orders(collector), 1);
  assert.equal(collector.receiver.counts().folded, 1);
  // By the clock of whoever says it, which its image has.
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await only.push({ ended: true })).outcome, "sent");
  assert.deepEqual([only.counts.anew, await orders(collector)], [0, 1]);
});

/** Two collectors: a last word of changes comes late to the one, behind which it is folded there; the whole image is the other's wish. */
async function wordHeardByTwo(t) {
  const { seconds, collector: root, pusher, count } = placed(t);
  const middle = new Collector({ seconds, forward: by(to(root)) });
  t.after(() => middle.close());
  let way = to(middle);
  const sent = [];
  const only = pusher(async (url, init) => {
    sent.push(init);
    return way(url, init);
  });
  count(1);
  await only.push();
  await middle.forwarding.handOn();
  count(2);
  way = () => Promise.reject(new Error("it is late"));
  assert.equal((await only.push({ ended: true })).outcome, "failed");
  await to(root)("https://collector.example/push", sent.at(-1));
  seconds.now += 61;
  assert.deepEqual([await orders(root), root.receiver.counts().folded], [3, 1]);
  return { seconds, root, middle, only, count, sent, through: (next) => (way = next) };
}

test("imageReceiver acknowledges a whole image that says no more than a last word of changes that came by another way", async (t) => {
  const { seconds, root, middle, only, sent, through } = await wordHeardByTwo(t);
  through(to(middle));
  for (let times = 0; times < 3; times++) {
    // Each is a walk of its own, and each answer is lost.
    through(async (url, init) => {
      await to(root)(url, init);
      throw new Error("the answer was lost");
    });
    assert.equal((await only.push({ ended: true })).outcome, "failed");
    seconds.now += 301;
  }
  through(to(root));
  assert.equal((await only.push({ ended: true })).outcome, "sent");
  assert.match(sent.at(-1).headers["tallystick-state"], /^[0-9a-f]{16}-\d+$/);
  assert.deepEqual([only.counts.anew, await orders(root)], [0, 3]);
});

test("imageReceiver sends whoever counted behind its last word to begin anew", async (t) => {
  const { root, only, count, sent, through } = await wordHeardByTwo(t);
  count(4);
  through(to(root));
  assert.equal((await only.push({ ended: true })).outcome, "sent");
  assert.equal(sent.at(-1).headers["tallystick-state"], undefined);
  assert.equal(only.counts.anew, 1);
});

test("forward: a last word that was folded further up by another way is taken there with the whole image, too", async (t) => {
  const { root, middle, only, through } = await wordHeardByTwo(t);
  through(to(middle));
  assert.equal((await only.push({ ended: true })).outcome, "sent");
  assert.equal((await middle.forwarding.handOn()).outcome, "sent");
  assert.equal(middle.forwarding.counts.waiting, 0);
  assert.deepEqual([only.counts.anew, await orders(root), await orders(middle)], [0, 3, 3]);
  assert.deepEqual(middle.errors, []);
});

test("forward: a row that is handed on again behind the fold of its process is no loss", async (t) => {
  const seconds = clock();
  const root = new Collector({ seconds });
  let lost = true;
  const fetch = async (url, init) => {
    const answer = await to(root)(url, init);
    if (lost) throw new Error("the answer was lost");
    return answer;
  };
  const { collector, pusher, count } = placed(t, { seconds, forward: by(fetch) });
  t.after(() => root.close());
  const own = pusher();
  count(1);
  await own.push();
  count(2);
  await own.push();
  seconds.now += 61;
  await own.push();
  count(4);
  await own.push({ ended: true });
  await collector.forwarding.handOn();
  seconds.now += 31;
  assert.equal(await orders(root), 7);
  assert.equal(root.receiver.counts().folded, 1);
  lost = false;
  seconds.now += 61;
  assert.equal((await collector.forwarding.handOn()).outcome, "sent");
  assert.equal(await orders(root), 7);
  assert.deepEqual(
    collector.errors.filter((text) => !text.includes("the answer was lost")),
    ["Hands images on to https://next.example/push again"],
  );
});
