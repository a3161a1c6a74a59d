// A collector that hands on to another one: what becomes of what waits, of who dies, and of what is refused further up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { sample } from "../bindings/hired.mjs";
import { by, Collector, Counting, to, tree } from "./forward-tree.mjs";
import { built } from "./push-built.mjs";
import { clock } from "./push-fakes.mjs";

const { wire } = built;
const FOLD_SECONDS = 3600;

test("forward: several processes go in one request, which is acknowledged one by one and then forgotten", async (t) => {
  const there = tree(t, { processes: 5 });
  for (const { inc } of there.processes) inc(2);
  await there.pushed();
  assert.equal(there.mid.forwarding.counts.waiting, 5);
  assert.deepEqual(await there.handOn(), { outcome: "sent" });
  assert.equal(there.requests.length, 1);
  assert.equal(there.requests[0].headers["content-type"], "application/x-tallystick-images");
  const { waiting, waitingBytes, handedOn, failures } = there.mid.forwarding.counts;
  assert.deepEqual([waiting, waitingBytes, handedOn, failures], [0, 0, 5, 0]);
  assert.deepEqual(await there.handOn(), { outcome: "nothing" });
  assert.deepEqual([await there.orders(there.mid), await there.orders(there.root)], [10, 10]);
  assert.equal(there.root.receiver.counts().processes, 5);
});

test("forward: by a timer of its own what comes is handed on without being asked for", async (t) => {
  const there = tree(t, { forward: { everySeconds: 0 } });
  for (let i = 1; i <= 3; i++) {
    there.processes[0].inc();
    await there.pushed();
    while (there.mid.forwarding.counts.handedOn < i) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(await there.orders(there.root), 3);
});

test("rowOf and pushesIn are inverse, and no nonsense is taken for a row", () => {
  const body = new Uint8Array([1, 2, 3]);
  const pushes = [
    {
      instance: "00000000000000ab",
      share: "full",
      silentSeconds: undefined,
      ageSeconds: 0,
      via: ["0123456789abcdef"],
      state: undefined,
      body,
    },
    {
      instance: "fffffffffffffffe",
      share: "nothing",
      silentSeconds: 12.5,
      ageSeconds: 3,
      via: [],
      state: { generation: 2n ** 63n + 1n, until: 2 ** 53 - 1 },
      body: new Uint8Array(0),
    },
    {
      instance: "1000000000000000",
      share: "changes",
      silentSeconds: 0,
      ageSeconds: 1e9,
      via: ["ffffffffffffffff", "00000000000000ab"],
      state: undefined,
      body,
    },
  ];
  const row = wire.rowOf(pushes);
  assert.deepEqual(wire.pushesIn(row), pushes);
  assert.deepEqual(wire.pushesIn(wire.rowOf([])), []);
  const ends = [0, 8, 8 + 48 + 8 + 3, 8 + 48 + 8 + 3 + 48];
  for (let length = 0; length < row.length; length++) {
    const taken = wire.pushesIn(row.slice(0, length));
    // Cut between two entries it is a shorter row.
    assert.equal(taken?.length, ends.indexOf(length) > 0 ? ends.indexOf(length) - 1 : undefined, `${length} bytes`);
  }
  const wrong = (at, ...bytes) => {
    const other = row.slice();
    other.set(bytes, at);
    return wire.pushesIn(other);
  };
  assert.equal(wrong(0, 0), undefined, "no magic");
  assert.equal(wrong(4, 1), undefined, "another version");
  assert.equal(wrong(12, 3), undefined, "no share");
  assert.equal(wrong(14, 1), undefined, "not 0");
  assert.equal(wrong(8, 255, 255, 255, 255), undefined, "longer than it is");
  assert.equal(wrong(16, ...Array(8).fill(255)), undefined, "the retired");
  assert.equal(wrong(24, ...Array(8).fill(255)), undefined, "a silence that is no number");
  assert.equal(wrong(32, ...Array(8).fill(255)), undefined, "an age that is no number");
  assert.equal(wrong(54, 32), undefined, "a number that no double holds");
  const beats = Array.from({ length: wire.ENTRIES_MOST + 1 }, () => pushes[1]);
  assert.equal(wire.pushesIn(wire.rowOf(beats)), undefined);
  assert.equal(wire.pushesIn(wire.rowOf(beats.slice(1))).length, wire.ENTRIES_MOST);
});

/** Posts a row to a collector as another one would. */
function posted(collector, body, headers = {}) {
  const all = { authorization: "Bearer opensesame", "content-type": wire.IMAGES_TYPE, ...headers };
  return collector.receiver(new Request("https://next.example/push", { method: "POST", body, headers: all }));
}

test("imageReceiver refuses rows that are none, too large, or without the token, and counts them", async (t) => {
  const { root } = tree(t, { root: { maxBytes: 262144 } });
  assert.equal((await posted(root, "nonsense")).status, 400);
  assert.equal((await posted(root, wire.rowOf([]), { authorization: "Bearer other" })).status, 403);
  assert.equal((await posted(root, new Uint8Array(262144 + wire.HEADS_BYTES_MOST + 1))).status, 413);
  assert.equal(root.receiver.counts().refused, 3);
  assert.equal(root.receiver.counts().refusedImages, 2);
  assert.deepEqual(await (await posted(root, wire.rowOf([]))).json(), { answers: [] });
});

test("imageReceiver answers each entry as if it had come alone", async (t) => {
  const { root, processes } = tree(t, { processes: 2 });
  const bodies = [];
  for (const { counting, inc } of processes) {
    inc(3);
    const fetch = async (url, init) => {
      const { headers, body } = init;
      bodies.push({ instance: headers["tallystick-instance"], body: headers["content-encoding"] === "gzip" ? gunzipSync(body) : body });
      throw new Error("kept");
    };
    await counting.pusher({ fetch }).push();
  }
  const [one, other] = bodies.map((each) => ({ ...each, share: "full", silentSeconds: undefined, ageSeconds: 0, via: [] }));
  const broken = other.body.slice();
  broken[100] ^= 255;
  const nobody = "00000000000000ff";
  const row = [
    { ...one, instance: nobody },
    { ...other, body: broken },
    one,
    { ...one, share: "nothing", body: new Uint8Array(0) },
    { ...one, instance: nobody, share: "nothing", body: new Uint8Array(0) },
    one,
    { ...one, via: Array.from({ length: wire.HOPS_MOST + 1 }, () => nobody) },
  ];
  const { answers } = await (await posted(root, wire.rowOf(row))).json();
  assert.deepEqual(
    answers.map(({ status, sequence }) => [status, sequence]),
    [
      [400, undefined],
      [400, undefined],
      [200, 1],
      [200, 1],
      [409, undefined],
      [200, 1],
      [508, undefined],
    ],
  );
  assert.match(answers[6].why, /More than 16 collectors handed it on/);
  assert.equal(sample(await root.page(), 'orders_total{country="de"}'), 3);
});

test("forward: a collector of an earlier version is told of in words, and is not pestered", async (t) => {
  const there = tree(t);
  there.answers = async () => new Response("The body must be of type application/x-tallystick-image\n", { status: 415 });
  for (let i = 0; i < 20; i++) {
    there.processes[0].inc();
    await there.pushed();
    await there.handOn();
    there.seconds.now += 1;
  }
  assert.ok(there.requests.length >= 3 && there.requests.length <= 8, `${there.requests.length} requests`);
  assert.deepEqual(there.mid.errors, [
    "Cannot hand images on to https://next.example/push: the answer is 415, it takes no images of several processes: " +
      "that collector is of an earlier version, and has to be updated first",
  ]);
  there.answers = undefined;
  there.seconds.now += 60;
  await there.handOn();
  assert.equal(await there.orders(there.root), 20);
});

test("forward: Retry-After is heeded, and nothing that is no answer is taken for one", async (t) => {
  const there = tree(t);
  there.processes[0].inc();
  await there.pushed();
  there.answers = async () => new Response("", { status: 503, headers: { "retry-after": "80" } });
  assert.equal((await there.handOn()).outcome, "failed");
  there.answers = async () => Response.json({ answers: [] });
  there.seconds.now += 79;
  assert.equal((await there.handOn()).outcome, "paused");
  there.seconds.now += 2;
  assert.match((await there.handOn()).error.message, /the answer is 200, but no collector's$/);
  assert.equal(there.mid.forwarding.counts.waiting, 1);
  there.answers = undefined;
  there.seconds.now += 61;
  assert.equal((await there.handOn()).outcome, "sent");
  assert.equal(await there.orders(there.root), 1);
});

test("forward: a request that never comes back is given up, and two are never under way", async (t) => {
  const there = tree(t, { forward: { timeoutSeconds: 1 } });
  let late;
  there.answers = (url, init) => new Promise((resolve) => (late = () => resolve(to(there.root)(url, init))));
  there.processes[0].inc();
  await there.pushed();
  const hanging = there.handOn();
  while (late === undefined) await new Promise((resolve) => setImmediate(resolve));
  let isSecond = false;
  const second = there.handOn().then((result) => {
    isSecond = true;
    return result;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([there.requests.length, isSecond], [1, false]);
  there.answers = undefined;
  there.seconds.now += 3;
  assert.equal((await second).outcome, "sent");
  assert.match(there.mid.errors.join(), /a request never came back, and was given up/);
  late();
  assert.equal((await hanging).outcome, "failed");
  assert.equal(await there.orders(there.root), 1);
});

test("forward: what the root has lost it gets with the next push of each process, without a word from anybody", async (t) => {
  const there = tree(t, { processes: 2 });
  for (const { inc } of there.processes) inc(5);
  await there.pushed();
  await there.handOn();
  there.root.begin();
  assert.equal(await there.orders(there.root), undefined);
  // One counts on, the other one only says that it lives.
  there.processes[0].inc();
  there.seconds.now += 61;
  await there.pushed();
  await there.handOn();
  there.seconds.now += 61;
  await there.pushed();
  await there.handOn();
  assert.equal(await there.orders(there.root), 11);
  assert.equal(there.processes[1].pusher.counts.behind, 1);
});

for (const stored of [false, true]) {
  test(`forward: a collector in the middle that is started anew doubles nothing and loses nothing, store: ${stored}`, async (t) => {
    const there = tree(t, { processes: 2, stored });
    const [one, other] = there.processes;
    for (const { inc } of there.processes) inc(5);
    await there.pushed();
    await there.handOn();
    one.inc();
    other.inc();
    // It waits when the collector dies.
    await there.pushed();
    there.mid.begin();
    if (stored) {
      await there.handOn();
      assert.equal(await there.orders(there.root), 12);
    }
    one.inc();
    there.seconds.now += 61;
    await there.pushed();
    await there.handOn();
    assert.equal(await there.orders(there.root), 13);
    assert.equal(await there.orders(there.mid), 13);
    assert.equal(there.root.receiver.counts().processes, 2);
  });
}

test("forward: with a store what was not handed on is so by itself after a new start, though its process is no more", async (t) => {
  const there = tree(t, { stored: true, forward: { everySeconds: 0 } });
  there.away = true;
  there.processes[0].inc(4);
  await there.pushed({ ended: true });
  // Longer than folding takes: what was not handed on has to stay.
  there.seconds.now += 1000;
  await there.mid.page();
  there.away = false;
  there.mid.begin();
  while ((await there.orders(there.root)) !== 4) await new Promise((resolve) => setTimeout(resolve, 10));
});

test("forward: the last word of one that ended is tried until it has arrived, and then it is folded at both", async (t) => {
  const there = tree(t);
  there.processes[0].inc(3);
  there.processes[0].live(7);
  await there.pushed();
  await there.handOn();
  assert.equal(await there.open(there.root), 7);
  there.away = true;
  there.processes[0].inc();
  await there.pushed({ ended: true });
  for (let i = 0; i < 5; i++) {
    assert.notEqual((await there.handOn()).outcome, "sent");
    there.seconds.now += 61;
    await there.mid.page();
  }
  assert.equal(there.mid.receiver.counts().processes, 1, "it is not folded before");
  there.away = false;
  await there.handOn();
  there.seconds.now += 61;
  for (const collector of [there.root, there.mid]) {
    assert.equal(await there.orders(collector), 4);
    assert.equal(await there.open(collector), undefined);
    assert.deepEqual([collector.receiver.counts().processes, collector.receiver.counts().folded], [0, 1]);
  }
});

test("imageReceiver acknowledges a last word that is said again after its process was folded", async (t) => {
  const there = tree(t);
  const { counting, inc } = there.processes[0];
  let isLost = true;
  const fetch = async (url, init) => {
    const answer = await to(there.root)(url, init);
    if (isLost) throw new Error("the answer is lost");
    return answer;
  };
  const own = counting.pusher({ seconds: there.seconds, fetch });
  inc(3);
  assert.equal((await own.push({ ended: true })).outcome, "failed");
  there.seconds.now += 61;
  assert.equal(await there.orders(there.root), 3);
  assert.equal(there.root.receiver.counts().folded, 1);
  isLost = false;
  inc();
  assert.equal((await own.push({ ended: true })).outcome, "sent");
  assert.equal(await there.orders(there.root), 3);
});

test("Bodies without a store has one name of one that pushed, however often", () => {
  const bodies = new built.Bodies("00000000000000ab");
  for (let i = 0; i < 100; i++) {
    const front = { isFull: i % 10 === 0, isWhole: i % 10 === 0, generation: 1n, sequence: i, until: i, baseline: 0 };
    bodies.added(10, front);
    bodies.completed(front, 0);
    bodies.shortened();
    assert.equal(bodies.keys.length, 1);
  }
});

test("forward: closed, it hands on what waits, over failures; and gives up in time, in words", async (t) => {
  for (const [failures, closeSeconds, arrives] of [
    [0, 10, 3],
    [2, 10, 3],
    [Infinity, 0.3, undefined],
  ]) {
    const there = tree(t, { forward: { closeSeconds } });
    there.processes[0].inc(3);
    await there.pushed({ ended: true });
    let left = failures;
    there.answers = () => (left-- > 0 ? Promise.reject(new Error("away")) : undefined);
    await there.mid.receiver.handedOn();
    assert.equal(await there.orders(there.root), arrives);
    assert.equal(
      there.mid.errors.some((said) => /: 1 body still waited 0.3 s after this collector was closed, and is given up$/.test(said)),
      arrives === undefined,
    );
  }
});

test("forward: one that says nothing but that it lives is alive at the root, too, and one that died there is dead here", async (t) => {
  const there = tree(t, { processes: 2 });
  const [living, dying] = there.processes;
  living.live(1);
  dying.live(10);
  await there.pushed();
  await there.handOn();
  assert.equal(await there.open(there.root), 11);
  // Its last push waits for as long as it is dead.
  there.away = true;
  dying.live(20);
  await there.pushed();
  for (let i = 0; i < 7; i++) {
    there.seconds.now += 61;
    await living.pusher.push();
  }
  there.away = false;
  await there.handOn();
  assert.equal(await there.open(there.mid), 1);
  assert.equal(await there.open(there.root), 1);
  assert.equal(there.root.receiver.counts().processes, 2);
});

test("forward: who was folded at the root begins anew at both, and counts once", async (t) => {
  const there = tree(t);
  const [one] = there.processes;
  one.inc(5);
  one.live(3);
  await there.pushed();
  await there.handOn();
  there.away = true;
  for (let i = 0; i < 70; i++) {
    there.seconds.now += 61;
    await there.pushed();
  }
  assert.ok(70 * 61 > FOLD_SECONDS);
  await there.root.page();
  assert.equal(there.root.receiver.counts().folded, 1);
  there.away = false;
  await there.handOn();
  one.inc();
  await there.pushed();
  assert.equal(one.pusher.counts.anew, 1);
  one.inc(10);
  await there.pushed();
  await there.handOn();
  for (const collector of [there.mid, there.root]) {
    assert.equal(await there.orders(collector), 15, "what was counted since the last push before is lost, once");
    assert.equal(await there.open(collector), 3);
    assert.deepEqual([collector.receiver.counts().processes, collector.receiver.counts().folded], [1, 1]);
  }
});

test("forward: who was folded at the root, and cannot be folded here for want of memory, is so when there is some", async (t) => {
  const there = tree(t, { root: { deadAfterSeconds: 100, foldAfterSeconds: 200 }, mid: { foldAfterSeconds: 10000 } });
  const [one] = there.processes;
  one.inc(3);
  await there.pushed();
  await there.handOn();
  there.seconds.now += 250;
  await there.root.page();
  assert.equal(there.root.receiver.counts().folded, 1);
  const { source } = there.mid;
  const fold = source.fold.bind(source);
  let folds = 0;
  source.fold = () => assert.fail(`no room ${++folds}`);
  one.inc(2);
  await there.pushed();
  await there.handOn();
  for (let times = 0; times < 3; times++) assert.equal(await there.orders(there.mid), 5);
  assert.ok(folds >= 3);
  source.fold = fold;
  await there.mid.page();
  assert.equal(there.mid.receiver.counts().folded, 1);
});

test("forward: who was folded in the middle and not at the root begins anew, and counts once at both", async (t) => {
  const there = tree(t, { mid: { deadAfterSeconds: 100, foldAfterSeconds: 200 } });
  const [one] = there.processes;
  one.inc(5);
  one.live(3);
  await there.pushed();
  await there.handOn();
  there.seconds.now += 301;
  await there.mid.page();
  assert.deepEqual([there.mid.receiver.counts().folded, there.root.receiver.counts().folded], [1, 0]);
  await there.pushed();
  one.inc(10);
  await there.pushed();
  await there.handOn();
  for (const collector of [there.mid, there.root]) {
    assert.equal(await there.orders(collector), 15);
    assert.equal(await there.open(collector), 3);
  }
});

test("forward: one that waits long is replaced by its whole image, so what waits is bounded, and nothing is lost", async (t) => {
  const there = tree(t, { processes: 2 });
  there.away = true;
  let most = 0;
  for (let i = 0; i < 300; i++) {
    there.seconds.now += 1;
    for (const { inc } of there.processes) inc();
    await there.pushed();
    await there.handOn();
    most = Math.max(most, there.mid.forwarding.counts.waiting);
  }
  assert.ok(most > 100 && most <= 2 * 70, `${most} waited`);
  there.away = false;
  there.seconds.now += 61;
  await there.handOn();
  assert.equal(await there.orders(there.root), 600);
});

test("forward: more than may wait is dropped and told, of the living first, and asked for when there is room", async (t) => {
  const there = tree(t, { processes: 3, forward: { maxWaitingBytes: 4096 } });
  const [ended, ...living] = there.processes;
  there.away = true;
  ended.inc(100);
  await ended.pusher.push({ ended: true });
  for (let i = 0; i < 50; i++) {
    there.seconds.now += 1;
    for (const { inc, pusher } of living) {
      inc();
      await pusher.push();
    }
    await there.handOn();
    assert.ok(there.mid.forwarding.counts.waitingBytes <= 4096);
  }
  assert.match(there.mid.errors.join("\n"), /more than its maxWaitingBytes, which is 4096, would wait; processes are asked/);
  there.away = false;
  for (let i = 0; i < 3; i++) {
    there.seconds.now += 61;
    await there.handOn();
    for (const { pusher } of living) await pusher.push();
  }
  await there.handOn();
  assert.equal(await there.orders(there.root), 200);
});

test("forward: requests that are too large for the root are divided, and what cannot be is told", async (t) => {
  const there = tree(t, { processes: 40, forward: { maxBytes: 65536 } });
  let limit = 8000;
  there.answers = async (url, init) => {
    const bytes = new Uint8Array(
      await new Response(new Request(url, init).body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(),
    );
    return bytes.length > limit ? new Response("", { status: 413 }) : posted(there.root, bytes);
  };
  for (const { inc } of there.processes) inc();
  await there.pushed();
  assert.equal((await there.handOn()).outcome, "sent");
  assert.equal(await there.orders(there.root), 40);
  assert.match(there.mid.errors.join(), /the bodies are larger than its maxBytes; they are smaller from now on/);
  limit = 0;
  there.processes[0].inc();
  await there.processes[0].pusher.push();
  there.answers = async () => new Response("", { status: 413 });
  await there.handOn();
  assert.match(there.mid.errors.at(-1), /of a process it says 413, its \d+ bytes cannot be divided/);
  assert.equal(there.mid.forwarding.counts.waiting, 0);
  // It is asked for its whole image a while later, not with each push.
  there.answers = undefined;
  await there.processes[0].pusher.push();
  assert.equal(there.processes[0].pusher.counts.behind, 0);
  there.seconds.now += 61;
  await there.processes[0].pusher.push();
  await there.handOn();
  assert.equal(await there.orders(there.root), 41);
});

test("forward: those for whom the root has no place wait for one, and nobody else does", async (t) => {
  const there = tree(t, { processes: 3, root: { maxProcesses: 2 } });
  for (const { inc } of there.processes) inc();
  await there.pushed();
  await there.handOn();
  assert.equal(await there.orders(there.root), 2);
  assert.equal(there.mid.forwarding.counts.waiting, 1);
  assert.match(there.mid.errors.join(), /of a process it says 429, There are 2 processes already/);
  there.processes[0].inc();
  await there.processes[0].pusher.push({ ended: true });
  const before = there.requests.length;
  await there.handOn();
  assert.equal(there.requests.length, before + 1);
  there.seconds.now += 61;
  await there.handOn();
  assert.equal(await there.orders(there.root), 4);
});

test("forward: two that hand on to one another show the same, each process once, and what comes back is refused in words", async (t) => {
  const seconds = clock();
  const pair = [];
  let requests = 0;
  for (const other of [1, 0]) {
    const fetch = (url, init) => (requests++, to(pair[other])(url, init));
    pair.push(new Collector({ seconds, forward: by(fetch) }));
  }
  const counted = pair.map((collector) => {
    const counting = new Counting();
    return { counting, pusher: counting.pusher({ seconds, fetch: to(collector) }) };
  });
  t.after(() => {
    for (const { counting } of counted) counting.close();
    for (const collector of pair) collector.close();
  });
  for (let round = 1; round <= 5; round++) {
    for (const { counting, pusher } of counted) {
      counting.orders.labels("de").inc(round);
      await pusher.push();
    }
    for (let i = 0; i < 4; i++) for (const { forwarding } of pair) await forwarding.handOn();
    seconds.now += 5;
  }
  for (const { forwarding, errors, receiver } of pair) {
    assert.equal(forwarding.counts.waiting, 0);
    assert.equal(receiver.counts().processes, 2);
    const why = "This collector handed it on itself: collectors that forward to one another in a circle gain nothing by it";
    assert.deepEqual(errors.toSorted(), [
      `Cannot hand images on to https://next.example/push: of a process it says 508, ${why}`,
      `Refused a push, 508: ${why}`,
    ]);
  }
  assert.ok(requests <= 5 * 4, `${requests} requests`);
  const [one, other] = await Promise.all(pair.map((collector) => collector.page()));
  assert.equal(one, other);
  assert.equal(sample(one, 'orders_total{country="de"}'), 30);
});

test("forward: a collector's own image has what it counted itself, and nothing that it received", async (t) => {
  const { registry: own, pusher, receiver } = { registry: new built.Registry(), ...built };
  const [root, shown] = [new built.Registry(), new built.Registry()];
  const received = receiver({ token: "opensesame", registry: root });
  const fetch = (url, init) => received(new Request(url, init));
  const mid = receiver({ token: "opensesame", registry: own, forward: { url: "https://next.example/push", token: "opensesame", fetch } });
  const aside = receiver({ token: "opensesame", registry: shown });
  const counting = new Counting();
  t.after(async () => {
    await Promise.all([received, mid, aside].map((each) => each.close()));
    counting.close();
  });
  counting.orders.labels("de").inc(5);
  await counting.pusher({ fetch: (url, init) => mid(new Request(url, init)) }).push();
  own
    .counter({ name: "orders", help: "Orders.", labelNames: ["country"] })
    .labels("de")
    .inc(2);
  const text = async (registry) => new TextDecoder().decode((await registry.expose()).body);
  assert.equal(sample(await text(own), 'orders_total{country="de"}'), 7);
  for (const to of [(url, init) => aside(new Request(url, init)), fetch]) {
    const pushed = pusher({ url: "https://next.example/push", token: "opensesame", registry: own, fetch: to });
    assert.equal((await pushed.push()).outcome, "sent");
    pushed.close();
  }
  assert.equal(sample(await text(shown), 'orders_total{country="de"}'), 2);
  assert.equal((await mid.forwarding.handOn()).outcome, "sent");
  assert.equal(sample(await text(root), 'orders_total{country="de"}'), 7);
  const page = await text(own);
  assert.equal(sample(page, 'tallystick_forwarded_pushes_total{source="push"}'), 1);
  assert.equal(sample(page, 'tallystick_forward_failures_total{source="push"}'), 0);
  assert.equal(sample(page, 'tallystick_forward_waiting_bytes{source="push"}'), 0);
  await mid.close();
  assert.doesNotMatch(await text(own), /^tallystick_forward/m);
});

for (const [what, forward, word] of [
  ["no URL", { token: "a" }, /^TypeError: Cannot forward to undefined: it must be an http: or https: URL$/],
  ["a URL of files", { url: "file:///x", token: "a" }, /^TypeError: Cannot forward to "file:\/\/\/x"/],
  [
    "a URL with a password",
    { url: "https://user:S3CRET@a.example/push", token: "a" },
    /^TypeError: Cannot forward to "https:\/\/…@a\.example\/push": it must be without a user's name and a password$/,
  ],
  ["no token", { url: "https://a.example" }, /^TypeError: Cannot make receiver's forward: its token must be/],
  ["an option that is none", { url: "https://a.example", token: "a", every: 1 }, /every/],
  [
    "no time",
    { url: "https://a.example", token: "a", timeoutSeconds: 0 },
    /^RangeError: Cannot use 0 as timeoutSeconds of receiver's forward/,
  ],
  ["no room", { url: "https://a.example", token: "a", maxWaitingBytes: 1 }, /^RangeError: Cannot use 1 as maxWaitingBytes/],
]) {
  test(`receiver: refuses to forward with ${what}`, () => {
    assert.throws(
      () => built.receiver({ token: "a", forward }),
      (error) => word.test(String(error)) || assert.fail(String(error)),
    );
  });
}
