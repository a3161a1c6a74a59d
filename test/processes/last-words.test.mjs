// Last words that come to receivers with what no process says, or at times when nobody looks for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { by, Collector, Counting, to, tree } from "./forward-tree.mjs";
import { clock, FakeWriter, ImagePusher } from "./push-fakes.mjs";

const NAME = "00000000000000ab";
const orders = async (collector) => sample(await collector.page(), 'orders_total{country="de"}') ?? 0;

function placed(t, options = {}) {
  const seconds = clock();
  const collector = new Collector({ seconds, ...options });
  const made = [collector];
  t.after(() => made.forEach((each) => each.close()));
  const process = () => {
    const counting = new Counting();
    made.push(counting);
    return { count: (amount) => counting.orders.labels("de").inc(amount), pusher: (fetch) => counting.pusher({ seconds, fetch }) };
  };
  return { seconds, collector, process };
}

for (const state of ["0000000000000001-9999999999999999", "0000000000000001-9007199254740992", "1-1", "0000000000000001--1", "NaN", ""]) {
  test(`imageReceiver refuses "${state}" for where a last word went, and hands on what others say`, async (t) => {
    const there = tree(t, { processes: 2 });
    const [forging, other] = there.processes;
    forging.inc();
    let last;
    const withheld = async (_url, init) => {
      last = init;
      throw new Error("withheld");
    };
    await forging.counting.pusher({ seconds: there.seconds, fetch: withheld }).push({ ended: true });
    const { body, headers } = last;
    const forged = { method: "POST", body, headers: { ...headers, "tallystick-state": state } };
    assert.equal((await there.mid.receiver(new Request("https://collector.example/push", forged))).status, 400);
    other.inc();
    await other.pusher.push();
    assert.equal((await there.handOn()).outcome, "sent");
    assert.equal(await there.orders(there.root), 1);
  });
}

for (const forward of [false, true]) {
  test(`imageReceiver folds who has ended half a minute behind its word, whenever it looked for the dead before, forwarding: ${forward}`, async (t) => {
    const root = new Collector({ seconds: clock() });
    t.after(() => root.close());
    const { seconds, collector, process } = placed(t, forward ? { forward: by(to(root)) } : {});
    const { count, pusher } = process();
    const [first, second] = [pusher(to(collector)), pusher(to(collector))];
    await collector.page();
    seconds.now += 29;
    count(1);
    await first.push({ ended: true });
    await collector.forwarding?.handOn();
    // The dead are looked for again.
    seconds.now += 2;
    await collector.page();
    count(2);
    assert.equal((await second.push()).outcome, "sent");
    assert.deepEqual([second.counts.anew, await orders(collector), collector.receiver.counts().folded], [0, 3, 0]);
    await second.push({ ended: true });
    await collector.forwarding?.handOn();
    for (let i = 0; i < 2; i++) {
      seconds.now += 31;
      assert.equal(await orders(collector), 3);
    }
    assert.equal(collector.receiver.counts().folded, 1);
  });
}

test("imageReceiver gives whoever ended before a new start the same half a minute", async (t) => {
  const { seconds, collector, process } = placed(t, { stored: true });
  const { count, pusher } = process();
  const [first, second] = [pusher(to(collector)), pusher(to(collector))];
  count(1);
  await first.push({ ended: true });
  collector.begin();
  seconds.now += 2;
  await collector.page();
  count(2);
  await second.push();
  assert.deepEqual([second.counts.anew, await orders(collector)], [0, 3]);
});

test("imageReceiver leaves out what a store has that says of no fold and no time, and takes pushes", async (t) => {
  const { seconds, collector, process } = placed(t, { stored: true });
  const { count, pusher } = process();
  const only = pusher(to(collector));
  count(1);
  await only.push();
  const kept = new TextEncoder();
  for (const [i, nonsense] of ["null", "7", '{"sequence":1,"ended":true}', "[]", "{"].entries()) {
    collector.store.kept.set(`folded/00000000000000a${i}`, kept.encode(nonsense));
  }
  for (const key of [`heard/${NAME}`, `since/${NAME}`, "forgotten"]) collector.store.kept.set(key, kept.encode("never"));
  for (const key of [...collector.store.kept.keys()].filter((each) => each.startsWith("heard/"))) {
    collector.store.kept.set(key, kept.encode("NaN"));
  }
  collector.begin();
  count(1);
  assert.equal((await only.push()).outcome, "sent");
  assert.equal(await orders(collector), 2);
  assert.equal(collector.errors.filter((text) => text.includes("folded/")).length, 5);
  seconds.now += 301;
  await collector.page();
  seconds.now += 3601;
  await collector.page();
  assert.equal(collector.receiver.counts().folded, 1, "it is silent since it was loaded");
});

test("a pusher whose first push was not answered says since when it tries: what it said may be folded, and its name forgotten", async (t) => {
  const { seconds, collector, process } = placed(t);
  const { count, pusher } = process();
  const silent = [];
  let way = "lost";
  const only = pusher(async (url, init) => {
    silent.push(init.headers["tallystick-silent"]);
    const answer = way === "away" ? undefined : await to(collector)(url, init);
    if (way !== "there") throw new Error(way);
    return answer;
  });
  count(1);
  await only.push({ ended: true });
  for (let i = 0; i < 2; i++) {
    seconds.now += 31;
    assert.equal(await orders(collector), 1);
  }
  assert.equal(collector.receiver.counts().folded, 1);
  way = "away";
  seconds.now += 100;
  await only.push({ ended: true });
  assert.deepEqual(silent, [undefined, "162"]);
});

test("forward: of what the next collector says of single processes it remembers twenty reasons, however many there are", async (t) => {
  const Own = Set;
  let most = 0;
  globalThis.Set = class extends Own {
    add(value) {
      super.add(value);
      if (typeof value === "string" && value.includes("of a process it says")) most = Math.max(most, this.size);
      return this;
    }
  };
  t.after(() => (globalThis.Set = Own));
  const there = tree(t);
  const [{ inc, pusher }] = there.processes;
  let number = 0;
  there.answers = async () => Response.json({ answers: [{ status: 400, why: `reason ${"x".repeat(number++)}` }] });
  for (let i = 0; i < 40; i++) {
    inc();
    await pusher.push();
    await there.handOn();
    there.seconds.now += 61;
  }
  assert.equal(there.mid.errors.length, 20);
  assert.equal(most, 20);
});

test("a last word says nothing of the one before where what was counted in between was walked once, in vain", async () => {
  const writer = new FakeWriter();
  const frames = writer.frames.bind(writer);
  let broken = false;
  writer.frames = function* (options) {
    if (options.ended && broken) throw new Error("no memory");
    // A step that looked in vain.
    yield new Uint8Array(0);
    yield* frames(options);
  };
  const states = [];
  const pusher = new ImagePusher(writer, {
    url: "https://collector.example/push",
    token: "opensesame",
    seconds: clock(),
    onError: () => undefined,
    fetch: async (_url, { headers }) => {
      states.push(headers["tallystick-state"]);
      throw new Error("the answer was lost");
    },
  });
  for (const isBroken of [false, false, true, false]) {
    if (isBroken) writer.inc("orders", 2);
    else if (states.length === 0) writer.inc("orders", 1);
    broken = isBroken;
    assert.equal((await pusher.push({ ended: true })).outcome, "failed");
  }
  assert.deepEqual(states, [undefined, "0000000000000001-1", undefined]);
});
