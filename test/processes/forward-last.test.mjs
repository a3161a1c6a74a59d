// A collector that hands on, and what nobody can say again: last words, and what the dead had pushed. It arrives, or it is told and counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { built } from "./push-built.mjs";
import { Counting, to, tree } from "./forward-tree.mjs";

const { wire } = built;

function unpacked({ headers, body }) {
  return new Uint8Array(headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
}

for (const stored of [false, true]) {
  test(`forward: a last word arrives whole at a root that was started anew meanwhile, store in the middle: ${stored}`, async (t) => {
    const there = tree(t, { stored });
    const [one] = there.processes;
    one.inc(100);
    await there.pushed();
    await there.handOn();
    there.away = true;
    there.root.begin();
    one.inc();
    await there.pushed({ ended: true });
    there.away = false;
    await there.handOn();
    assert.equal(await there.orders(there.root), 101);
    assert.deepEqual([there.mid.forwarding.counts.waiting, there.mid.forwarding.counts.failures], [0, 0]);
    const { pushes, refused } = there.mid.receiver.counts();
    assert.deepEqual([pushes, refused], [3, 0], "what is asked for once more is no refusal");
  });
}

for (const [why, wait] of [
  ["much waits already", { forward: { maxWaitingBytes: 8192 } }],
  ["the root refused it just now", {}],
]) {
  test(`forward: the last word of one of whom the root lacks something is handed on, though ${why}`, async (t) => {
    const there = tree(t, { processes: 4, ...wait });
    const [one, ...others] = there.processes;
    one.inc(5);
    await there.pushed();
    if (wait.forward === undefined) {
      there.answers = async () => Response.json({ answers: there.processes.map(() => ({ status: 400, why: "no" })) });
      await there.handOn();
      there.answers = undefined;
      one.inc();
    } else {
      there.away = true;
      for (let i = 0; i < 100; i++) one.counting.orders.labels(`${i} of some length`).inc();
      await one.pusher.push();
      for (let i = 0; i < 20; i++) {
        others[i % 3].counting.orders.labels("at").inc();
        await others[i % 3].pusher.push();
      }
      one.inc();
      there.away = false;
    }
    assert.equal((await one.pusher.push({ ended: true })).outcome, "sent");
    there.seconds.now += 61;
    await there.handOn();
    assert.equal(await there.orders(there.root), 6);
  });
}

test("forward: where room is made, rows of the living go before what was pushed by one that is dead", async (t) => {
  const there = tree(t, { processes: 9, mid: { deadAfterSeconds: 60 }, forward: { maxWaitingBytes: 16384 } });
  const [dead, ...living] = there.processes;
  there.away = true;
  dead.inc(50);
  for (let i = 0; i < 100; i++) dead.counting.orders.labels(`${i} of some length`).inc();
  await dead.pusher.push();
  there.seconds.now += 130;
  await there.mid.page();
  for (let i = 0; i < 6; i++) {
    for (const { counting, pusher } of living) {
      counting.orders.labels("at").inc();
      await pusher.push();
    }
    there.seconds.now += 1;
  }
  assert.match(there.mid.errors.join("\n"), /would wait; processes are asked/);
  assert.ok(there.mid.forwarding.counts.failures > 0, "what is dropped is counted");
  there.away = false;
  there.seconds.now += 61;
  await there.handOn();
  assert.equal(await there.orders(there.root), 50);
});

test("forward: what is refused of one that ended is told as lost, and counted", async (t) => {
  for (const status of [400, 409, 410]) {
    const there = tree(t);
    there.processes[0].inc();
    await there.pushed({ ended: true });
    there.answers = async () => Response.json({ answers: [{ status, why: "no" }] });
    await there.handOn();
    const said = there.mid.errors.filter((error) => /of a process that ended, or fell silent, it says/.test(error));
    assert.equal(said.length, 1, `${status}: ${there.mid.errors}`);
    assert.ok(there.mid.forwarding.counts.failures > 0);
    assert.equal(there.mid.forwarding.counts.waiting, 0);
  }
});

test("forward: of all that may wait heartbeats are a part, and so is what keeping a body takes", async (t) => {
  const there = tree(t, { processes: 60, forward: { maxWaitingBytes: 8192 } });
  there.away = true;
  for (let round = 0; round < 3; round++) {
    for (const { inc } of there.processes) inc();
    await there.pushed();
    assert.ok(there.mid.forwarding.counts.waiting <= 10, `${there.mid.forwarding.counts.waiting} bodies wait`);
  }
  there.away = false;
  for (let round = 0; round < 3; round++) {
    there.seconds.now += 61;
    for (const { pusher } of there.processes) {
      await pusher.push();
      await there.handOn();
    }
  }
  assert.equal(await there.orders(there.root), 180);
});

test("forward: what waited for long is sent with its silence, whoever was new when it came", async (t) => {
  const there = tree(t);
  const silent = async () => {
    const { body, headers } = there.requests.at(-1);
    return wire.pushesIn(headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).map(({ silentSeconds }) => silentSeconds);
  };
  there.processes[0].inc();
  await there.pushed();
  there.answers = async () => new Response("", { status: 500 });
  await there.handOn();
  assert.deepEqual(await silent(), [undefined]);
  there.seconds.now += 100;
  await there.handOn();
  assert.deepEqual(await silent(), [100], "who did not answer may have it");
  const other = new Counting();
  t.after(() => other.close());
  const late = other.pusher({ seconds: there.seconds, fetch: to(there.mid) });
  await late.push();
  there.seconds.now += 1000;
  await there.handOn();
  assert.deepEqual(await silent(), [1100, 700], "for so long another one may have had it before");
});

test("forward: with a store what is handed on after a new start says how long its process is known, and no more", async (t) => {
  const there = tree(t, { stored: true });
  const silent = () => {
    const { body, headers } = there.requests.at(-1);
    return wire.pushesIn(headers["content-encoding"] === "gzip" ? gunzipSync(body) : body)[0].silentSeconds;
  };
  there.processes[0].inc();
  await there.pushed({ ended: true });
  there.answers = async () => new Response("", { status: 500 });
  for (const [waited, says] of [
    [100, undefined],
    [1000, 800],
  ]) {
    there.seconds.now += waited;
    there.mid.begin();
    await there.handOn();
    assert.equal(silent(), says);
  }
  there.answers = undefined;
  there.seconds.now += 61;
  await there.handOn();
  assert.equal(await there.orders(there.root), 1);
  there.seconds.now += 61;
  await there.mid.page();
  assert.deepEqual(
    [...there.mid.store.kept.keys()].filter((key) => /^(?:since|body)/.test(key)),
    [],
    "nothing is left of it",
  );
});

test("forward: of one that was to say its whole image and never did is told that it is lost, once it is folded", async (t) => {
  const there = tree(t, { mid: { deadAfterSeconds: 300, foldAfterSeconds: 600 } });
  const [{ inc, pusher }] = there.processes;
  inc(3);
  await pusher.push();
  await there.handOn();
  there.root.begin();
  inc(2);
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal((await there.handOn()).outcome, "failed");
  there.seconds.now += 400;
  await there.mid.page();
  // It may come back, and is asked for it then.
  assert.deepEqual(there.mid.errors, []);
  there.seconds.now += 400;
  await there.mid.page();
  assert.equal(there.mid.receiver.counts().folded, 1);
  assert.equal(there.mid.errors.length, 1);
  assert.match(there.mid.errors[0], /says 409, and took none of what waited/);
});

test("forward: who is to say its whole image with its last word is not folded before that is there, nor told as lost", async (t) => {
  for (const comes of [true, false]) {
    const there = tree(t);
    const [{ inc, counting }] = there.processes;
    const fetch = async (url, init) => {
      const answer = await to(there.mid)(url, init);
      if (answer.status !== 409) return answer;
      await there.handOn();
      there.seconds.now += 31;
      await there.mid.page();
      assert.equal(there.mid.receiver.counts().folded, 0);
      if (!comes) throw new Error("killed");
      return answer;
    };
    const pusher = counting.pusher({ seconds: there.seconds, fetch });
    inc(3);
    await pusher.push();
    await there.handOn();
    there.root.begin();
    inc(2);
    await pusher.push({ ended: true });
    assert.deepEqual(there.mid.errors, []);
    // No longer than an answer is waited for.
    for (let i = 0; i < 12; i++) {
      there.seconds.now += 31;
      await there.handOn();
      await there.mid.page();
    }
    assert.equal(there.mid.receiver.counts().folded, 1);
    assert.equal(await there.orders(there.root), comes ? 5 : undefined);
    assert.equal(there.mid.errors.length, comes ? 0 : 1);
  }
});

test("forward: silence goes on while a push waits, and who comes back from the dead can be asked again", async (t) => {
  const there = tree(t, { mid: { deadAfterSeconds: 100, foldAfterSeconds: 10000 } });
  const [{ inc, pusher }] = there.processes;
  inc();
  await pusher.push();
  await there.handOn();
  there.seconds.now += 7;
  inc();
  await pusher.push();
  there.seconds.now += 20;
  await there.handOn();
  const [push] = wire.pushesIn(unpacked(there.requests.at(-1)));
  assert.equal(push.silentSeconds, 27);
  there.away = true;
  inc();
  await pusher.push();
  there.seconds.now += 200;
  await there.mid.page();
  // Back again: what is refused now is said once more, and not lost.
  inc();
  await pusher.push();
  there.away = false;
  there.answers = async (url, init) =>
    Response.json({ answers: wire.pushesIn(unpacked(init)).map(() => ({ status: 409, why: "it builds upon what is not here" })) });
  there.seconds.now += 61;
  await there.handOn();
  assert.deepEqual(
    there.mid.errors.filter((said) => /lost/.test(said)),
    [],
  );
});

test("forward: what is behind a body that stays is not taken for answered", async (t) => {
  const there = tree(t);
  const [{ inc, pusher }] = there.processes;
  inc();
  await pusher.push();
  inc();
  await pusher.push();
  assert.equal(there.mid.forwarding.counts.waiting, 2);
  // As of one that had no room for the first.
  there.answers = async () =>
    Response.json({
      answers: [
        { status: 429, why: "no room" },
        { status: 200, sequence: 2 },
      ],
    });
  await there.handOn();
  assert.equal(there.mid.forwarding.counts.waiting, 2);
  there.answers = undefined;
  there.seconds.now += 61;
  await there.handOn();
  assert.equal(await there.orders(there.root), 2);
});

test("forward: a row is no longer than 1,024 bodies, whoever does not do as it is asked", async (t) => {
  const there = tree(t);
  const [{ inc, counting }] = there.processes;
  // A receipt without what it asks for.
  const fetch = async (url, init) => Response.json({ sequence: (await (await to(there.mid)(url, init)).json()).sequence });
  const pusher = counting.pusher({ seconds: there.seconds, fetch });
  for (let i = 0; i < 1025; i++) {
    inc();
    await pusher.push();
  }
  assert.equal(there.mid.forwarding.counts.waiting, 0);
  assert.match(there.mid.errors.join(), /processes are asked for their whole images later/);
});

test("forward: what the root asked for before it had what came behind is not asked of the process", async (t) => {
  for (const comesBehind of [true, false]) {
    const there = tree(t);
    const [{ inc, counting }] = there.processes;
    const shares = [];
    const fetch = (url, init) => {
      shares.push(init.headers["tallystick-share"]);
      return to(there.mid)(url, init);
    };
    const pusher = counting.pusher({ seconds: there.seconds, fetch });
    const push = () => {
      inc();
      return pusher.push();
    };
    await push();
    there.answers = async () => {
      there.answers = undefined;
      if (comesBehind) await push();
      return Response.json({ answers: [{ status: 200, sequence: 1, full: true }] });
    };
    await there.handOn();
    await push();
    await push();
    assert.deepEqual(shares.slice(-1), comesBehind ? ["changes"] : ["full"]);
  }
});

test("forward: what is lost is told once, also where its process is folded later", async (t) => {
  const there = tree(t);
  const [{ inc, pusher }] = there.processes;
  there.answers = async () => Response.json({ answers: [{ status: 400, why: "no" }] });
  inc();
  await pusher.push({ ended: true });
  await there.handOn();
  there.seconds.now += 400;
  await there.mid.page();
  assert.equal(there.mid.receiver.counts().folded, 1);
  assert.equal(there.mid.errors.filter((said) => said.endsWith("lost there")).length, 1);
});

test("forward: nothing is handed on once it is closed", async (t) => {
  const there = tree(t, { forward: { closeSeconds: 0.01 } });
  there.away = true;
  there.processes[0].inc();
  await there.pushed();
  await there.mid.receiver.handedOn();
  there.away = false;
  there.seconds.now += 61;
  const before = there.requests.length;
  assert.deepEqual(await there.handOn(), { outcome: "nothing" });
  assert.equal(there.requests.length, before);
});

test("forward: of one that was folded at the root what waited is told as lost, for it may be no more", async (t) => {
  const there = tree(t, { root: { deadAfterSeconds: 100, foldAfterSeconds: 200 }, mid: { foldAfterSeconds: 10000 } });
  const [{ inc, pusher }] = there.processes;
  inc(3);
  await pusher.push();
  await there.handOn();
  for (let i = 0; i < 3; i++) {
    there.seconds.now += 150;
    await there.root.page();
  }
  inc(2);
  assert.equal((await pusher.push()).outcome, "sent");
  await there.handOn();
  assert.equal(await there.orders(there.root), 3);
  assert.match(there.mid.errors.join(), /it says 410, and took none of what waited/);
});
