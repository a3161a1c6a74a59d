// A directory that was removed while no process lived there, and in which others begin anew: their run has the number of the one
// that is gone, and is another one. And pages that are not one scrape late for who has just come.

import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beside } from "./beside.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("another", 3);

async function counting(dir, options = {}) {
  const member = await new Member(dir).join(options);
  await member.run(async () => {
    kept.jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] });
    await kept.spool.flush();
  });
  return member;
}

const counted = (member, value = "x", amount = 10) =>
  member.run(
    async (a, by) => {
      kept.jobs.inc({ a }, by);
      await kept.spool.flush();
    },
    value,
    amount,
  );

const sidecar = (dir, options = {}) => new Member(dir).join({ write: false, ...options });

const jobs = async (member, value = "x") => (await member.values()).get(`jobs_total{a="${value}"}`);

const idsIn = (dir) => readdirSync(dir).filter((name) => name.startsWith("id-"));

for (const keepTotals of [false, true]) {
  for (const run of [undefined, "mine"]) {
    const options = { keepTotals, run };
    test(`a run of the same number after rm -rf is another one: ${JSON.stringify(options)}`, async (t) => {
      const dir = folder(t);
      const path = join(dir, run === undefined ? "run-000001" : "run-mine");
      const collector = await sidecar(dir, options);
      const ids = new Set();
      for (let times = 0; times < 3; times++) {
        const one = await counting(dir, options);
        await counted(one);
        assert.equal(await jobs(collector), 10);
        ids.add(...idsIn(path));
        if (times === 1) await one.kill();
        else await one.end();
        // With what the dead had folded, and as it is.
        if (times === 2) await collector.run(() => kept.spool.compact());
        assert.equal(await jobs(collector), 10);
        rmSync(dir, { recursive: true });
        // Looked at while it was away, and not.
        if (times !== 1) assert.equal(await jobs(collector), 10, "what was read stays until there is another run");
        const other = await counting(dir, options);
        await counted(other);
        for (let pages = 0; pages < 2; pages++) assert.equal(await jobs(collector), 10);
        await counted(other, "x", 1);
        assert.equal(await jobs(collector), 11);
        ids.add(...idsIn(path));
        await other.kill();
        rmSync(dir, { recursive: true });
      }
      assert.equal(ids.size, 6);
    });
  }
}

test("a run that its members make again is the same one, with what the dead had", async (t) => {
  const dir = folder(t);
  const [one, other] = [await counting(dir), await counting(dir)];
  const dead = await counting(dir);
  for (const member of [one, other, dead]) await counted(member);
  await dead.kill();
  // It folds ten seconds after it began: what was folded would be gone with the directory.
  const collector = await sidecar(dir);
  const path = join(dir, "run-000001");
  const ids = idsIn(path);
  assert.equal(ids.length, 1);
  assert.equal(await jobs(collector), 30);
  for (const what of [path, dir]) {
    rmSync(what, { recursive: true });
    for (const member of [one, other]) await counted(member, "x", 1);
    assert.equal(await jobs(collector), what === path ? 32 : 34);
    assert.deepEqual(idsIn(path), ids);
  }
  // One who came after it has what the living have.
  const fresh = await sidecar(dir);
  assert.equal(await jobs(fresh), 24);
  // The id alone says nothing by its absence.
  rmSync(join(path, ids[0]));
  await counted(one, "x", 1);
  assert.equal(await jobs(collector), 35);
  await one.end();
  await other.end();
});

test("a run that an older version made has no id, and one that follows it is another", async (t) => {
  const dir = folder(t);
  const path = join(dir, "run-000001");
  const one = await counting(dir);
  rmSync(join(path, idsIn(path)[0]));
  const collector = await sidecar(dir);
  await counted(one);
  assert.equal(await jobs(collector), 10);
  await one.kill();
  rmSync(dir, { recursive: true });
  const other = await counting(dir);
  await counted(other);
  for (let pages = 0; pages < 2; pages++) assert.equal(await jobs(collector), 10);
});

test("a page has what a process counted that has just come, also where all others are dead", async (t) => {
  const dir = folder(t);
  const serving = await counting(dir);
  for (let times = 0; times < 4; times++) {
    const dead = await counting(dir, { flushSeconds: 60 });
    await counted(dead, "y");
    await dead.end();
    assert.equal(await jobs(serving, "y"), 10);
    await serving.run(() => kept.jobs.clear());
    assert.equal(await jobs(serving, "y"), undefined);
    // What it has not written, it writes when it is asked.
    const fresh = await counting(dir, { flushSeconds: 60 });
    await fresh.run(() => kept.jobs.inc({ a: "z" }, 10));
    assert.equal(await jobs(serving, "z"), 10);
    await fresh.end();
    await serving.run(() => kept.spool.compact());
    await serving.run(() => kept.jobs.clear());
  }
});
