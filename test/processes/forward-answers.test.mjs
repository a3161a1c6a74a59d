// A collector that hands on, and what it is answered further up: whatever that is, it ends nothing, stops nothing, and nobody starves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { sample } from "../bindings/hired.mjs";
import { Counting, EXHAUSTED, tree } from "./forward-tree.mjs";
import { built } from "./push-built.mjs";

for (const wrong of [{ why: 5 }, { why: null }, { sequence: "7" }, { full: 1 }, { status: "200" }]) {
  test(`forward: an answer of ${JSON.stringify(wrong)} is no collector's, and ends neither handOn() nor close()`, async (t) => {
    const there = tree(t, { forward: { closeSeconds: 0.01 } });
    there.processes[0].inc();
    await there.pushed();
    there.answers = async () => Response.json({ answers: [{ status: 400, why: "no", ...wrong }] });
    const { outcome, error } = await there.handOn();
    assert.equal(outcome, "failed");
    assert.match(error.message, /the answer is 200, but no collector's$/);
    await there.mid.receiver.handedOn();
  });
}

test("forward: what throws while an answer is taken in is a failure, which handOn() and close() tell and survive", async (t) => {
  const there = tree(t, { forward: { closeSeconds: 0.01 } });
  there.processes[0].inc();
  await there.pushed();
  // As a way of one's own may answer.
  there.answers = async () => ({ status: 500, headers: new Headers(), text: async () => undefined });
  assert.equal((await there.handOn()).outcome, "failed");
  await there.mid.receiver.handedOn();
  assert.equal(there.mid.forwarding.counts.failures > 0, true);
  assert.match(there.mid.errors.join("\n"), /^Cannot hand images on to https:\/\/next\.example\/push: /);
});

test("forward: by its timer it goes on behind a request that heeds no signal and never comes back", async (t) => {
  const there = tree(t, { forward: { everySeconds: 0, timeoutSeconds: 0.001 } });
  there.answers = () => new Promise(() => undefined);
  there.processes[0].inc();
  await there.pushed({ ended: true });
  while (there.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  there.answers = undefined;
  while ((await there.orders(there.root)) !== 1) {
    there.seconds.now += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.match(
    there.mid.errors.join(),
    /^Cannot hand images on to https:\/\/next\.example\/push: The operation was aborted due to timeout/,
  );
});

test("forward: one for whom alone the root has no memory waits, and everybody else is handed on", async (t) => {
  const there = tree(t, { processes: 4, forward: { maxBytes: 8192 } });
  const [large, ...others] = there.processes;
  const { source } = there.root;
  const applied = source.applied.bind(source);
  source.applied = (process, frame) => (frame.length > 8000 ? EXHAUSTED : applied(process, frame));
  const family = large.counting.registry.counter({ name: "large", help: "Large.", labelNames: ["i"] });
  for (let i = 0; i < 900; i++) family.labels(`${i} ${"of some length ".repeat(3)}`).inc();
  // It is alone in its request, and in front of all others.
  await large.pusher.push();
  there.mid.forwarding.handOn();
  for (const { inc, pusher } of others) {
    inc();
    await pusher.push();
  }
  for (let i = 0; i < 3; i++) {
    await there.handOn();
    there.seconds.now += 61;
  }
  assert.equal(await there.orders(there.root), 3);
  assert.match(there.mid.errors.join("\n"), /of a process it says 503, Cannot import an image: the memory's limit/);
  delete source.applied;
  large.inc();
  await large.pusher.push();
  await there.handOn();
  assert.equal(await there.orders(there.root), 4);
  assert.equal(there.mid.forwarding.counts.waiting, 0);
});

test("imageReceiver answers 503 to a whole row where it is closed or cannot keep anything, and nothing of it is dropped", async (t) => {
  for (const why of ["closed", "broken"]) {
    const there = tree(t, { processes: 2, root: { stored: true } });
    for (const { inc } of there.processes) inc();
    await there.pushed();
    if (why === "broken") there.root.store.broken = new Error("the disk is full");
    else there.root.source = undefined;
    assert.equal((await there.handOn()).outcome, "failed");
    assert.deepEqual(there.statuses, [503], why);
    assert.equal(there.mid.forwarding.counts.waiting, 2);
    there.root.store.broken = undefined;
    if (why === "closed") there.root.begin();
    there.seconds.now += 61;
    assert.equal((await there.handOn()).outcome, "sent");
    assert.equal(await there.orders(there.root), 2);
  }
});

test("forward: gauges of who died leave the collector's own page, though its push still waits", async (t) => {
  const there = tree(t, { mid: { deadAfterSeconds: 300, foldAfterSeconds: 300 } });
  there.away = true;
  there.processes[0].live(7);
  await there.pushed();
  assert.equal(await there.open(there.mid), 7);
  for (let i = 0; i < 11; i++) {
    there.seconds.now += 30;
    await there.mid.page();
  }
  assert.equal(await there.open(there.mid), undefined);
  assert.deepEqual([there.mid.receiver.counts().processes, there.mid.receiver.counts().dead], [1, 1]);
});

test("forward: handOn() says sent where all is there, and failed where something was refused or asked for anew", async (t) => {
  for (const status of [429, 400, 409, 410, 503]) {
    const there = tree(t, { processes: 2 });
    await there.pushed();
    there.answers = async () =>
      Response.json({
        answers: [
          { status: 200, sequence: 1 },
          { status, why: "no" },
        ],
      });
    const { outcome, error } = await there.handOn();
    assert.equal(outcome, "failed", String(status));
    assert.match(error.message, /: of 2 bodies it took 1; the others wait, or their processes are asked for whole images$/);
    assert.deepEqual([there.mid.forwarding.counts.handedOn, there.mid.forwarding.counts.failures], [1, 1], String(status));
  }
});

test("forward: what fails is on the page, and what comes back in a circle is in the count of what was refused", async (t) => {
  const { receiver, Registry } = built;
  const registry = new Registry();
  const fetch = async () => new Response("", { status: 500 });
  const mid = receiver({
    token: "opensesame",
    registry,
    onError: () => undefined,
    forward: { url: "https://next.example/push", token: "opensesame", everySeconds: 300, fetch },
  });
  const counting = new Counting();
  t.after(() => {
    counting.close();
    registry.close();
  });
  await counting.pusher({ fetch: (url, init) => mid(new Request(url, init)) }).push();
  assert.equal((await mid.forwarding.handOn()).outcome, "failed");
  const page = new TextDecoder().decode((await registry.expose()).body);
  assert.equal(sample(page, 'tallystick_forward_failures_total{source="push"}'), 1);
  assert.ok(sample(page, 'tallystick_forward_waiting_bytes{source="push"}') > 0);
  const there = tree(t);
  await there.pushed();
  await there.handOn();
  const { body, headers } = there.requests.at(-1);
  const back = await there.mid.receiver(new Request("https://a.example/push", { method: "POST", body, headers }));
  assert.equal((await back.json()).answers[0].status, 508);
  assert.equal(there.mid.receiver.counts().refused, 1);
});

test("forward: a process is heard of as late as by whichever way says so, in whatever order", async (t) => {
  const { wire } = built;
  const there = tree(t, { root: { deadAfterSeconds: 300 } });
  there.processes[0].live(7);
  await there.pushed();
  await there.handOn();
  const row = (ageSeconds) => {
    const { body, headers } = there.requests[0];
    const [push] = wire.pushesIn(headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
    const more = { authorization: "Bearer opensesame", "content-type": wire.IMAGES_TYPE };
    const beat = wire.rowOf([{ ...push, share: "nothing", body: new Uint8Array(0), ageSeconds }]);
    return there.root.receiver(new Request("https://a.example/push", { method: "POST", body: beat, headers: more }));
  };
  there.seconds.now += 250;
  assert.equal((await row(10)).status, 200);
  // What is older says nothing.
  assert.equal((await row(200)).status, 200);
  there.seconds.now += 200;
  assert.equal(await there.open(there.root), 7);
  there.seconds.now += 100;
  assert.equal(await there.open(there.root), undefined);
});

test("forward: it reads no more of an answer than one to a thousand bodies can have", async (t) => {
  const there = tree(t);
  there.processes[0].inc();
  await there.pushed();
  let pieces = 0;
  there.answers = async () =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          pieces++;
          controller.enqueue(new Uint8Array(65536));
        },
      }),
    );
  assert.match((await there.handOn()).error.message, /: the answer is 200 and longer than 1048576 bytes: no receiver's$/);
  assert.ok(pieces < 25);
});

test("forward: that it hands on again is told, once", async (t) => {
  const there = tree(t);
  there.away = true;
  there.processes[0].inc();
  await there.pushed();
  await there.handOn();
  there.away = false;
  for (let i = 0; i < 3; i++) {
    there.seconds.now += 61;
    await there.handOn();
    there.processes[0].inc();
    await there.pushed();
  }
  assert.deepEqual(there.mid.errors, [
    "Cannot hand images on to https://next.example/push: away",
    "Hands images on to https://next.example/push again",
  ]);
});

test("forward: what waits for it was refused just now is neither nothing nor all", async (t) => {
  const there = tree(t, { processes: 2, root: { maxProcesses: 1 } });
  const [one, other] = there.processes;
  one.inc();
  await one.pusher.push();
  assert.equal((await there.handOn()).outcome, "sent");
  other.inc();
  await other.pusher.push();
  assert.equal((await there.handOn()).outcome, "failed");
  assert.equal((await there.handOn()).outcome, "paused");
  one.inc();
  await one.pusher.push();
  const { outcome, error } = await there.handOn();
  assert.deepEqual(
    [outcome, error.message],
    ["failed", "Cannot hand images on to https://next.example/push: 1 body of processes that it refused just now still waits"],
  );
});

test("forward: what is lost is told behind any number of reasons that single processes were refused for", async (t) => {
  const there = tree(t, { processes: 26 });
  let number = 0;
  there.answers = async () => Response.json({ answers: [{ status: 400, why: `no ${"x".repeat(number++)}` }] });
  for (const { inc, pusher } of there.processes.slice(1)) {
    inc();
    await pusher.push();
    await there.handOn();
  }
  assert.equal(there.mid.errors.length, 20);
  there.processes[0].inc();
  await there.processes[0].pusher.push({ ended: true });
  await there.handOn();
  assert.match(there.mid.errors.at(-1), /of a process that ended, or fell silent, it says 400/);
  assert.equal(there.mid.errors.length, 21);
});
