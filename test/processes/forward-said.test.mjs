// A collector that was started anew hands on a last word that somebody further up has heard before, by another way: nothing is lost with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { to, tree } from "./forward-tree.mjs";

for (const isNew of [false, true]) {
  test(`forward: a last word that was heard by another way is not told as lost, behind a new start: ${isNew}`, async (t) => {
    const there = tree(t, { stored: true });
    const [{ counting }] = there.processes;
    const ways = [there.root, there.mid];
    const fetch = async (...request) => {
      const next = ways.shift();
      const answer = await to(next)(...request);
      if (next === there.root) throw new Error("the answer was lost");
      return answer;
    };
    const pusher = counting.pusher({ seconds: there.seconds, fetch });
    counting.orders.labels("de").inc(5);
    assert.equal((await pusher.push({ ended: true })).outcome, "failed");
    there.seconds.now += 31;
    assert.equal(await there.orders(there.root), 5);
    assert.equal(there.root.receiver.counts().folded, 1);
    assert.equal((await pusher.push({ ended: true })).outcome, "sent");
    if (isNew) there.mid.begin();
    if (isNew) await there.mid.page();
    await there.handOn();
    assert.deepEqual([there.mid.errors, there.mid.forwarding.counts.failures, there.mid.forwarding.counts.waiting], [[], 0, 0]);
    assert.equal(await there.orders(there.root), 5);
    there.seconds.now += 31;
    await there.mid.page();
    assert.deepEqual(
      [...there.mid.store.kept.keys()].filter((key) => key.startsWith("said/")),
      [],
      "with its process it is forgotten",
    );
  });
}
