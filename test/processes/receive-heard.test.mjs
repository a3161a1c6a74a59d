// When processes were heard of: what a store keeps of it, what collectors tell each other, and which names are remembered.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { by, Collector, Counting, to, TOKEN } from "./forward-tree.mjs";
import { built } from "./push-built.mjs";
import { clock, FakeStore } from "./push-fakes.mjs";

const { allRefused, Bodies, FoldedNames, Kept, words, wire } = built;
const open = async (collector) => sample(await collector.page(), 'open_livesum{shop="a"}');
const orders = async (collector) => sample(await collector.page(), 'orders_total{country="de"}');

/** A process that pushes, with a live gauge of 5 and a counter of 3. */
function pushing(t, seconds, collector) {
  const counting = new Counting();
  t.after(() => counting.close());
  counting.gauges[6].labels("a").set(5);
  counting.orders.labels("de").inc(3);
  return { counting, pusher: counting.pusher({ seconds, fetch: to(collector) }) };
}

test("imageReceiver with a store: who is dead is so after a new start, however often, and lives with its next push", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true });
  t.after(() => collector.close());
  const { pusher } = pushing(t, seconds, collector);
  await pusher.push();
  seconds.now += 200;
  collector.begin();
  assert.equal(await open(collector), 5, "not yet");
  for (let times = 0; times < 10; times++) {
    seconds.now += 200;
    collector.begin();
    assert.deepEqual([await open(collector), await orders(collector), collector.receiver.counts().dead], [undefined, 3, 1]);
  }
  await pusher.push();
  assert.deepEqual([await open(collector), await orders(collector), collector.receiver.counts().dead], [5, 3, 0]);
  assert.equal(pusher.counts.anew, 0);
});

test("imageReceiver with a store that could not be read reads it again, also where the clock went back since", async (t) => {
  for (const step of [31, -3600]) {
    const seconds = clock(100000);
    const collector = new Collector({ seconds, stored: true });
    t.after(() => collector.close());
    collector.store.unreadable = true;
    const { pusher } = pushing(t, seconds, collector);
    assert.equal((await pusher.push()).outcome, "failed");
    collector.store.unreadable = false;
    seconds.now += step;
    // By another one, which has no pause behind it.
    assert.equal((await pushing(t, seconds, collector).pusher.push()).outcome, "sent", `${step} s later`);
  }
});

test("imageReceiver with a store: that names were forgotten is known after a new start, and who may be one of them begins anew", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true });
  t.after(() => collector.close());
  for (let i = 0; i < 10_000; i++) {
    const folded = { sequence: 1, ended: true, heard: 200_000 + i };
    collector.store.kept.set(`folded/${(2 ** 40 + i).toString(16).padStart(16, "0")}`, new TextEncoder().encode(JSON.stringify(folded)));
  }
  const elsewhere = new Collector({ seconds });
  t.after(() => elsewhere.close());
  // One more than is remembered.
  seconds.now = 500_000;
  collector.begin();
  await pushing(t, seconds, collector).pusher.push({ ended: true });
  seconds.now += 31;
  await collector.page();
  assert.equal(collector.receiver.counts().folded, 10_000);
  for (const [silence, anew] of [
    [299_000, 0],
    [301_000, 1],
  ]) {
    collector.begin();
    // It pushed to another one before.
    let way = elsewhere;
    const { pusher } = pushing(t, seconds, { receiver: (request) => way.receiver(request) });
    seconds.now -= silence;
    await pusher.push();
    seconds.now += silence;
    way = collector;
    await pusher.push();
    assert.equal(pusher.counts.anew, anew, `silent for ${silence} s`);
  }
});

test("imageReceiver: whoever was asked to come back in an hour, as by a proxy, is neither dead nor folded", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds });
  t.after(() => collector.close());
  const counting = new Counting();
  t.after(() => counting.close());
  const answers = [];
  const fetch = async (url, init) => answers.pop() ?? to(collector)(url, init);
  const pusher = counting.pusher({ seconds, fetch });
  for (let times = 0; times < 300; times++) {
    counting.gauges[6].labels("a").set(5);
    counting.orders.labels("de").inc();
    await pusher.push();
    if (times === 0) answers.push(new Response("maintenance", { status: 503, headers: { "retry-after": "3600" } }));
    seconds.now += 15;
    assert.equal(await open(collector), 5);
  }
  assert.deepEqual([await orders(collector), pusher.counts.anew], [300, 0]);
});

test("imageReceiver with a store: the dead make room for others after a new start, but had time to come back", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true, maxProcesses: 1 });
  t.after(() => collector.close());
  await pushing(t, seconds, collector).pusher.push();
  for (let times = 0; times < 2; times++) {
    seconds.now += 200;
    collector.begin();
    await collector.page();
  }
  const { pusher } = pushing(t, seconds, collector);
  assert.equal((await pusher.push()).outcome, "failed");
  seconds.now += 120;
  assert.equal((await pusher.push()).outcome, "failed");
  seconds.now += 10;
  assert.deepEqual([(await pusher.push()).outcome, await orders(collector)], ["sent", 6]);
});

for (const [what, first] of Object.entries({
  "one more than it takes": () => undefined,
  "one for which there is no memory": (collector) => {
    const made = collector.source.process.bind(collector.source);
    collector.source.process = () => Object.assign(made(), { apply: () => assert.fail("the memory is used up") });
    return () => (collector.source.process = made);
  },
})) {
  test(`imageReceiver with a store that was away folds nobody for ${what} before they had time to come back`, async (t) => {
    const seconds = clock(100000);
    const collector = new Collector({ seconds, stored: true, maxProcesses: 3 });
    t.after(() => collector.close());
    const all = [1, 2, 3].map(() => pushing(t, seconds, collector));
    for (const { pusher } of all) await pusher.push();
    seconds.now += 600;
    collector.begin();
    for (const { counting } of all) counting.orders.labels("de").inc(10);
    const restored = first(collector);
    assert.equal((await pushing(t, seconds, collector).pusher.push()).outcome, "failed");
    restored?.();
    seconds.now += 61;
    for (const { pusher } of all) assert.equal((await pusher.push()).outcome, "sent");
    assert.deepEqual([await orders(collector), await open(collector), collector.receiver.counts().folded], [39, 15, 0]);
    assert.ok(all.every(({ pusher }) => pusher.counts.anew === 0));
  });
}

test("imageReceiver with a store: who came back behind a new start, and died since, makes room", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true, maxProcesses: 1, deadAfterSeconds: 10 });
  t.after(() => collector.close());
  const { pusher } = pushing(t, seconds, collector);
  await pusher.push();
  collector.begin();
  await collector.page();
  seconds.now += 61;
  await pusher.push();
  seconds.now += 20;
  assert.equal((await pushing(t, seconds, collector).pusher.push()).outcome, "sent");
  assert.equal(await orders(collector), 6);
});

test("imageReceiver with a store: who has ended makes room right behind a new start", async (t) => {
  const seconds = clock(100000);
  const away = () => Promise.reject(new Error("away"));
  const collector = new Collector({ seconds, stored: true, maxProcesses: 1, forward: by(away) });
  t.after(() => collector.close());
  const { pusher } = pushing(t, seconds, collector);
  await pusher.push();
  await pusher.push({ ended: true });
  collector.begin();
  assert.equal((await pushing(t, seconds, collector).pusher.push()).outcome, "sent");
  assert.equal(await orders(collector), 6);
});

test("imageReceiver with a store that was away for longer than it takes to fold waits until those who live have come back", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true });
  t.after(() => collector.close());
  const [silent, living] = [1, 2].map(() => pushing(t, seconds, collector));
  await silent.pusher.push();
  await living.pusher.push();
  seconds.now += 7200;
  collector.begin();
  assert.deepEqual([await open(collector), await orders(collector)], [undefined, 6]);
  seconds.now += 61;
  living.counting.orders.labels("de").inc();
  await living.pusher.push();
  assert.deepEqual([await open(collector), await orders(collector), living.pusher.counts.anew], [5, 7, 0]);
  assert.equal(collector.receiver.counts().folded, 0);
  seconds.now += 61;
  assert.equal(await orders(collector), 7);
  assert.equal(collector.receiver.counts().folded, 1, "and then folds who has not");
});

test("imageReceiver with a store: who has ended is dead after a new start, while its last word waits to be handed on", async (t) => {
  const seconds = clock(100000);
  const away = () => Promise.reject(new Error("away"));
  const collector = new Collector({ seconds, stored: true, forward: by(away) });
  t.after(() => collector.close());
  const { pusher } = pushing(t, seconds, collector);
  await pusher.push();
  await pusher.push({ ended: true });
  for (let times = 0; times < 2; times++) {
    assert.deepEqual([await open(collector), await orders(collector), collector.receiver.counts().dead], [undefined, 3, 1]);
    collector.begin();
  }
});

test("imageReceiver with a store notes when a process was heard of, but not with each push, and forgets it with the process", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true });
  t.after(() => collector.close());
  const { store } = collector;
  const change = store.change.bind(store);
  const noted = [];
  store.change = (put, remove) => {
    for (const [key, bytes] of put) if (key.startsWith("heard/")) noted.push(Number(new TextDecoder().decode(bytes)) - 100000);
    return change(put, remove);
  };
  const { counting, pusher } = pushing(t, seconds, collector);
  for (let times = 0; times < 20; times++) {
    await pusher.push();
    seconds.now += 5;
    counting.orders.labels("de").inc();
  }
  assert.deepEqual(noted, [0, 30, 60, 90]);
  await pusher.push({ ended: true });
  seconds.now += 31;
  await collector.page();
  assert.deepEqual([...store.kept.keys()].map((key) => key.replace(/[0-9a-f]{16}/, "")).toSorted(), ["folded/", "retired"]);
});

test("imageReceiver with a store whose clock went back notes when a process was heard of all the same, and who is dead", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true });
  t.after(() => collector.close());
  const { counting, pusher } = pushing(t, seconds, collector);
  const heard = () => [...collector.store.kept].filter(([key]) => key.startsWith("heard/")).map(([, bytes]) => Number(Buffer.from(bytes)));
  await pusher.push();
  assert.deepEqual(heard(), [100000]);
  seconds.now -= 50000;
  counting.orders.labels("de").inc();
  await pusher.push();
  assert.deepEqual(heard(), [50000]);
  seconds.now -= 10000;
  // Behind this start it was heard of in what is to come.
  collector.begin();
  assert.equal(await open(collector), 5);
  seconds.now += 301;
  assert.deepEqual([await open(collector), await orders(collector), collector.receiver.counts().dead], [undefined, 4, 1]);
});

test("imageReceiver: what another collector heard of a process earlier makes nobody dead", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds });
  t.after(() => collector.close());
  const { pusher } = pushing(t, seconds, collector);
  let instance;
  const fetch = collector.receiver;
  await pusher.push();
  collector.receiver = Object.assign((request) => ((instance = request.headers.get("tallystick-instance")), fetch(request)), fetch);
  seconds.now += 61;
  await pusher.push();
  const beat = {
    instance,
    share: "nothing",
    silentSeconds: undefined,
    ageSeconds: 1000,
    via: ["0123456789abcdef"],
    body: new Uint8Array(0),
  };
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": wire.IMAGES_TYPE };
  const answer = await fetch(new Request("https://collector.example/push", { method: "POST", headers, body: wire.rowOf([beat]) }));
  assert.deepEqual((await answer.json()).answers[0].status, 200);
  assert.deepEqual([await open(collector), collector.receiver.counts().dead], [5, 0]);
});

const nobody = (instance, silentSeconds) => ({ instance, share: "full", silentSeconds, ageSeconds: 0, via: [], body: new Uint8Array(0) });
const name = (number) => number.toString(16).padStart(16, "0");
const gone = (heard) => ({ sequence: 1, ended: true, heard });

test("FoldedNames keeps 10,000 names, and up to 100,000 of those that were heard of within 600 seconds", () => {
  const names = new FoldedNames(new Kept(undefined));
  for (let i = 0; i < 10010; i++) names.add(name(i), gone(1000), 1700);
  assert.equal(names.size, 10000);
  for (let i = 0; i < 90000; i++) names.add(name(20000 + i), gone(1700), 1700);
  // They stand behind those that are old enough.
  assert.equal(names.size, 90000);
  for (let i = 0; i < 10010; i++) names.add(name(200000 + i), gone(1700), 1700);
  assert.equal(names.size, 100000);
  assert.equal(names.answer(nobody(name(20000), undefined), 1700), undefined);
  assert.equal(names.answer(nobody(name(20010), undefined), 1700).status, 410);
  names.add(name(1), gone(2301), 2301);
  assert.equal(names.size, 10000);
});

test("FoldedNames forgets by the newest that it forgot, in whichever order they went", () => {
  const names = new FoldedNames(new Kept(undefined));
  names.add(name(1), gone(1000), 5000);
  names.add(name(2), gone(500), 5000);
  for (let i = 0; i < 10000; i++) names.add(name(10 + i), gone(5000), 9000);
  assert.equal(names.size, 10000);
  // Heard of last 299 s after the first one was.
  assert.equal(names.answer(nobody(name(3), 9000 - 1299), 9000).status, 410);
  assert.equal(names.answer(nobody(name(3), 9000 - 1301), 9000), undefined);
});

test("FoldedNames sends away who ended and says that it lives, and not whose collector says so", () => {
  const names = new FoldedNames(new Kept(undefined));
  names.add(name(1), gone(1000), 1000);
  const beat = { ...nobody(name(1), undefined), share: "nothing" };
  assert.equal(names.answer(beat, 1000).status, 410);
  assert.equal(names.answer({ ...beat, via: ["0123456789abcdef"] }, 1000).status, 200);
});

test("Bodies: a row is long by what its whole image had, in bodies as in bytes", () => {
  const row = new Bodies("0123456789abcdef");
  const whole = { isFull: true, isWhole: false, generation: 1n, sequence: 1, until: 1, baseline: 0 };
  const changes = { ...whole, isFull: false };
  for (let i = 0; i < 100; i++) row.added(10, { ...whole, isWhole: i === 0 });
  assert.equal(row.isLong, true, "nobody knows yet that it is a whole image");
  row.completed(whole, 0);
  assert.equal(row.isLong, false);
  for (let i = 0; i < 164; i++) {
    assert.equal(row.isLong, false);
    row.added(10, changes);
    row.completed(changes, 0);
  }
  row.added(10, changes);
  assert.equal(row.isLong, true);
});

test("imageReceiver with a store asks once for a whole image that needs more than 64 pushes", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true });
  const counting = new Counting();
  t.after(() => [collector, counting].forEach((each) => each.close()));
  for (let family = 0; family < 100; family++) {
    const big = counting.registry.counter({ name: `big_${family}`, help: "Big.", labelNames: ["id"] });
    for (let i = 0; i < 900; i++)
      big
        .labels(
          String(Math.sin(i + 1000 * family))
            .slice(2)
            .repeat(6),
        )
        .inc();
  }
  const pusher = counting.pusher({ seconds, fetch: to(collector), maxBytes: 4096 });
  const rounds = [];
  for (let times = 0; times < 3; times++) {
    counting.orders.labels("de").inc();
    let pushes = 1;
    while ((await pusher.push()).more) pushes++;
    rounds.push(pushes);
  }
  assert.ok(rounds[0] > 64, rounds.join());
  assert.deepEqual(rounds.slice(1), [1, 1]);
});

test("allRefused is what all of a row are answered, and not the first alone", () => {
  const none = { status: 503, why: words.NOT_KEPT };
  assert.equal(allRefused([none, none]), none);
  assert.equal(allRefused([none, { status: 508, why: "a loop" }]), undefined);
  assert.equal(allRefused([{ status: 508, why: "a loop" }, none]), undefined);
  assert.equal(allRefused([]), undefined);
});

test("imageReceiver takes what a receiver of before kept, which noted not when processes were heard of", async (t) => {
  const seconds = clock(100000);
  const collector = new Collector({ seconds, stored: true });
  t.after(() => collector.close());
  const { pusher } = pushing(t, seconds, collector);
  await pusher.push();
  const before = new FakeStore();
  for (const [key, bytes] of collector.store.kept) if (!key.startsWith("heard/")) before.kept.set(key, bytes);
  collector.store.kept = before.kept;
  seconds.now += 301;
  collector.begin();
  assert.deepEqual([await open(collector), await orders(collector)], [5, 3]);
});
