// Pushes that keep a distance: however many are asked for, few are sent, and the last state is what arrives.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clock, FakeReader, FakeWriter, ImagePusher, receiverOf, wire } from "./push-fakes.mjs";

// What waits keeps no process alive, and neither this one.
let alive;
before(() => (alive = setInterval(() => undefined, 1000)));
after(() => clearInterval(alive));

const TO = { url: "https://collector.example/push", token: "opensesame" };

function pair(options) {
  const reader = new FakeReader();
  const receiver = receiverOf(reader, { token: TO.token });
  const writer = new FakeWriter();
  const began = [];
  const fetch = (url, init) => {
    began.push(performance.now());
    return wire(receiver)(url, init);
  };
  return { reader, writer, began, pusher: new ImagePusher(writer, { ...TO, fetch, ...options }) };
}

test("ImagePusher with leastSeconds: a thousand pushes in a second become few, and the last state wins", async () => {
  const { reader, writer, began, pusher } = pair({ leastSeconds: 0.2 });
  const results = [];
  const from = performance.now();
  for (let i = 0; i < 1000; i++) {
    writer.inc("a");
    results.push(pusher.push());
    if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [first, ...rest] = await Promise.all(results);
  assert.equal(first.outcome, "sent");
  assert.ok(rest.every(({ outcome }) => outcome === "sent" || outcome === "nothing"));
  assert.equal(await reader.shown("a"), 1000);
  // Each began so much later than the one before, and was sent later still; a timer may be early by less than a millisecond.
  const most = 1 + (began.at(-1) - from) / 199;
  assert.ok(began.length >= 2 && began.length <= most, `${began.length} pushes, of ${most} at the most`);
});

test("ImagePusher with leastSeconds: calls that wait are answered together by one push, which has what came last", async () => {
  const { reader, writer, began, pusher } = pair({ leastSeconds: 0.3 });
  writer.inc("a");
  await pusher.push();
  assert.equal(pusher.due(0), false, "none is due so soon");
  writer.inc("a");
  const waiting = Array.from({ length: 50 }, () => pusher.push());
  writer.inc("a");
  const answers = await Promise.all(waiting);
  assert.ok(answers.every(({ outcome, sequence }) => outcome === "sent" && sequence === 2));
  assert.equal(began.length, 2);
  assert.equal(await reader.shown("a"), 3);
});

test("ImagePusher with leastSeconds: the last word does not wait, and answers those who do", async () => {
  const seconds = clock();
  const { reader, writer, began, pusher } = pair({ leastSeconds: 3600, seconds });
  writer.inc("a");
  await pusher.push();
  writer.inc("a");
  const waiting = pusher.push();
  const { outcome } = await pusher.push({ ended: true });
  assert.equal(outcome, "sent");
  assert.equal(await reader.shown("a"), 2);
  assert.equal((await waiting).outcome, "sent");
  assert.equal(began.length, 2, "one has what changed, and the end");
});

test("ImagePusher with leastSeconds: one that is closed answers those who wait", async () => {
  const { writer, pusher } = pair({ leastSeconds: 3600 });
  writer.inc("a");
  await pusher.push();
  const waiting = pusher.push();
  pusher.close();
  assert.equal((await waiting).outcome, "nothing");
});

test("ImagePusher with leastSeconds: a push that fails answers all that it would have, and the last word is tried once more", async () => {
  const seconds = clock();
  let fails = true;
  const { reader, writer, began, pusher } = pair({ leastSeconds: 120, seconds, onError: () => undefined });
  const failing = new ImagePusher(writer, {
    ...TO,
    leastSeconds: 120,
    seconds,
    onError: () => undefined,
    fetch: (url, init) => (fails ? (began.push(0), Promise.reject(new Error("away"))) : wire(reader.receiver)(url, init)),
  });
  pusher.close();
  writer.inc("a");
  assert.equal((await failing.push()).outcome, "failed");
  const waiting = Array.from({ length: 100 }, () => failing.push());
  seconds.now += 121;
  const answers = await Promise.all(waiting);
  assert.deepEqual([...new Set(answers.map(({ outcome }) => outcome))], ["failed"]);
  assert.ok(answers.every(({ error }) => error.message.endsWith("away")));
  assert.equal(began.length, 2, "one push for all");
  const late = failing.push();
  fails = false;
  assert.equal((await failing.push({ ended: true })).outcome, "sent");
  assert.notEqual((await late).outcome, "paused");
  assert.equal(await reader.shown("a"), 1);
});

for (const leastSeconds of [-1, Number.NaN, 3601]) {
  test(`ImagePusher refuses ${leastSeconds} as leastSeconds`, () => {
    assert.throws(() => pair({ leastSeconds }), /Cannot use .* as leastSeconds of pusher: it must be from 0 to 3600/);
  });
}

test("ImagePusher: of thousands of calls that wait for one that takes long each looks the more seldom the more there are", async () => {
  const seconds = clock();
  let answer;
  const { writer, pusher } = pair({ seconds, fetch: () => new Promise((resolve) => (answer = resolve)) });
  writer.inc("a");
  const first = pusher.push();
  while (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  const { setTimeout: own } = globalThis;
  const looks = [];
  globalThis.setTimeout = (act, milliseconds) => void looks.push({ act, milliseconds });
  const waiting = [];
  const pauses = (count) => {
    for (let i = 0; i < count; i++) waiting.push(pusher.push());
    return looks.splice(0);
  };
  try {
    assert.ok(pauses(60).every(({ milliseconds }) => milliseconds <= 5));
    seconds.now += 10;
    const many = pauses(7500);
    // 15 a millisecond.
    assert.ok(Math.abs(Math.max(...many.map(({ milliseconds }) => milliseconds)) - 500) < 1);
    assert.equal(many.filter(({ milliseconds }) => milliseconds <= 100).length, 1500);
    assert.ok(Math.max(...pauses(30_000).map(({ milliseconds }) => milliseconds)) < 1001);
    // One that is no more holds nobody up for longer than that.
    seconds.now += 2;
    assert.ok(pauses(1)[0].milliseconds <= 5);
  } finally {
    globalThis.setTimeout = own;
  }
  answer(Response.json({ sequence: writer.sequence }));
  assert.equal((await first).outcome, "sent");
});
