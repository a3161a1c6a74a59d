// What is removed in one process of a spool, over real processes that are all scraped: it is gone where nobody counts it, and what the dead
// had of it stays on the pages of the others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { folder, Member } from "./members.mjs";

const counts = (member, a, by = 1) =>
  member.run(
    (label, amount) => {
      registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] }).inc({ a: label }, amount);
    },
    a,
    by,
  );
const removes = (member, a) =>
  member.run((label) => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] }).remove({ a: label }), a);

test("a series that its process removed is gone from all pages, however often each was read by the others", async (t) => {
  const dir = folder(t);
  const members = await Promise.all([0, 1].map(() => new Member(dir).join()));
  const read = async () => {
    for (const member of [...members, ...members]) await member.values();
  };
  await counts(members[0], "lasting");
  for (let i = 0; i < 10; i++) {
    await counts(members[i % 2], `${i}`);
    await read();
    assert.equal(await removes(members[i % 2], `${i}`), true);
    await read();
  }
  for (const member of members) assert.deepEqual([...(await member.values())], [['jobs_total{a="lasting"}', 1]]);
});

test("what the dead had of a series stays with the others where one process removed it, and then folded another one", async (t) => {
  const dir = folder(t);
  const [one, other] = await Promise.all([0, 1].map(() => new Member(dir).join()));
  const dies = async (a) => {
    const dead = await new Member(dir).join();
    await counts(dead, a, 10);
    await dead.end();
  };
  const compacts = (member) => member.run(() => kept.spool.compact());
  await counts(one, "own");
  await dies("x");
  assert.equal(await compacts(other), true);
  const both = [
    ['jobs_total{a="own"}', 1],
    ['jobs_total{a="x"}', 10],
  ];
  for (const member of [one, other]) assert.deepEqual([...(await member.values())].toSorted(), both);
  assert.equal(await removes(one, "x"), true);
  assert.deepEqual([...(await one.values())], both.slice(0, 1));
  await dies("y");
  assert.equal(await compacts(one), true);
  assert.deepEqual([...(await one.values())].toSorted(), [both[0], ['jobs_total{a="y"}', 10]]);
  assert.deepEqual([...(await other.values())].toSorted(), [...both, ['jobs_total{a="y"}', 10]]);
});
