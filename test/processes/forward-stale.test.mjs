// A root that was started anew, and something old that arrives before what is new: nobody is content with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { by, Collector, Counting, to } from "./forward-tree.mjs";
import { clock } from "./push-fakes.mjs";

const orders = async (collector) => sample(await collector.page(), 'orders_total{country="de"}');

test("forward: one that changes nothing any more is asked for its image where the root has an older state of it", async (t) => {
  const seconds = clock();
  const root = new Collector({ seconds });
  let away = true;
  const one = new Collector({ seconds, forward: by(to(root)) });
  const cut = new Collector({ seconds, forward: by((url, init) => (away ? Promise.reject(new Error("away")) : to(root)(url, init))) });
  const counting = new Counting();
  t.after(() => [root, one, cut, counting].forEach((each) => each.close()));
  let home = cut;
  const pusher = counting.pusher({ seconds, fetch: (url, init) => to(home)(url, init) });
  counting.orders.labels("de").inc();
  await pusher.push();
  await cut.forwarding.handOn();
  home = one;
  counting.orders.labels("de").inc(99);
  await pusher.push();
  await one.forwarding.handOn();
  assert.equal(await orders(root), 100);
  root.begin();
  away = false;
  seconds.now += 61;
  await cut.forwarding.handOn();
  assert.equal(await orders(root), 1, "what is old arrives first");
  for (let i = 0; i < 3; i++) {
    await pusher.push();
    await one.forwarding.handOn();
    seconds.now += 61;
  }
  assert.equal(await orders(root), 100);
  assert.equal(pusher.counts.failures, 0);
});

test("forward: what the root lacks is asked for also where a late copy of another pusher's older image came in between", async (t) => {
  const seconds = clock();
  const root = new Collector({ seconds });
  const mid = new Collector({ seconds, forward: by(to(root)) });
  const counting = new Counting();
  t.after(() => [root, mid, counting].forEach((each) => each.close()));
  let copy;
  const copied = (url, init) => {
    copy = { url, init: { ...init, headers: { ...init.headers }, body: init.body.slice(), signal: undefined } };
    return to(mid)(url, init);
  };
  const [older, newer] = [copied, to(mid)].map((fetch) => counting.pusher({ seconds, fetch }));
  const pushed = async (pusher, by) => {
    counting.orders.labels("de").inc(by);
    assert.equal((await pusher.push()).outcome, "sent");
    await mid.forwarding.handOn();
  };
  await pushed(older, 1);
  await pushed(newer, 10);
  root.begin();
  await pushed(newer, 100);
  assert.equal(await orders(root), undefined, "it builds upon what is not there");
  assert.equal((await to(mid)(copy.url, copy.init)).status, 409, "it says nothing new, and all is wanted");
  await mid.forwarding.handOn();
  assert.equal(await orders(root), undefined);
  await pushed(newer, 1000);
  assert.deepEqual([await orders(mid), await orders(root)], [1111, 1111]);
});

test("imageReceiver asks one that changes nothing for its image where a late push of before a new start came in between", async (t) => {
  const seconds = clock();
  const root = new Collector({ seconds });
  const counting = new Counting();
  t.after(() => [root, counting].forEach((each) => each.close()));
  const late = [];
  const fetch = (url, init) => {
    const { headers } = init;
    late.push({ ...init, headers: { ...headers }, body: init.body.slice() });
    return to(root)(url, init);
  };
  const pusher = counting.pusher({ seconds, fetch });
  counting.orders.labels("de").inc();
  await pusher.push();
  root.begin();
  counting.orders.labels("de").inc(99);
  // The whole image is asked for: what changed was the second sequence.
  await pusher.push();
  assert.equal(await orders(root), 100);
  root.begin();
  await to(root)("https://collector.example/push", late[0]);
  assert.equal(await orders(root), 1);
  seconds.now += 61;
  await pusher.push();
  assert.equal(await orders(root), 100);
  assert.match(late.at(-2).headers["tallystick-state"], /^0{15}1-3$/);
});

test("imageReceiver refuses a state that is none", async (t) => {
  const root = new Collector({});
  t.after(() => root.close());
  const headers = { authorization: "Bearer opensesame", "content-type": "application/x-tallystick-image" };
  for (const [state, status] of [
    ["", 400],
    ["7", 400],
    ["0123456789abcdef-", 400],
    ["0123456789abcdef-7", 409],
  ]) {
    const more = { "tallystick-instance": "00000000000000ab", "tallystick-share": "nothing", "tallystick-state": state };
    const answer = await root.receiver(new Request("https://a.example/push", { method: "POST", headers: { ...headers, ...more } }));
    assert.equal(answer.status, status, state);
  }
});
