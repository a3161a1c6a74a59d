// Who leaves a spool and joins it again, while the process lives: nothing that was counted before, between or after is lost or
// counted twice, on any page.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beside } from "./beside.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("rejoin", 3);

const ROUNDS = 3;

/** Leaves and joins; counts before, between and after. Returns what it counted. */
async function again(member, options) {
  return member.run(async (own) => {
    const jobs = registry.counter({ name: "jobs", help: "Jobs." });
    jobs.inc();
    await kept.spool?.close();
    jobs.inc(10);
    kept.spool = spool({ dir, ...own });
    jobs.inc(100);
    await kept.spool.flush();
    jobs.inc(1000);
    return 1111;
  }, options);
}

for (const [what, options] of [
  ["in its own thread", {}],
  ["in a thread of the spool's", { thread: true }],
  ["keeping totals", { keepTotals: true }],
  ["in a named run", { run: "r" }],
]) {
  for (const folds of [false, true]) {
    test(`spool: who leaves and joins again counts once, ${what}${folds ? ", folded in between" : ""}`, async (t) => {
      const dir = folder(t);
      const named = { run: options.run, keepTotals: options.keepTotals };
      const [reader, other, member] = [new Member(dir), new Member(dir), new Member(dir)];
      await reader.join({ ...named, write: false });
      await other.join(named);
      await other.run(() => kept.spool.flush());
      let total = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        total += await again(member, options);
        for (const [who, page] of Object.entries({ reader, other, member })) {
          assert.equal((await page.values()).get("jobs_total"), total, `${who} in round ${round}`);
        }
        if (!folds) continue;
        // A moment at which it is away.
        await member.run(() => kept.spool.close());
        total += await member.run(() => (registry.counter({ name: "jobs", help: "Jobs." }).inc(7), 7));
        for (const page of [reader, other]) {
          assert.equal((await page.values()).get("jobs_total"), total - 7, "while it is away");
          await page.run(() => kept.spool.compact());
          assert.equal((await page.values()).get("jobs_total"), total - 7, "while it is away, folded");
        }
      }
    });
  }
}

test("spool: whoever left has no live gauges on others' pages, and its end is known when the process ends", async (t) => {
  const dir = folder(t);
  const other = await new Member(dir).join();
  const member = await new Member(dir).join();
  await member.run(async () => {
    registry.gauge({ name: "open", help: "Open.", mode: "livesum" }).set(5);
    registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
    await kept.spool.flush();
  });
  assert.equal((await other.values()).get("open"), 5);
  await member.run(() => kept.spool.close());
  assert.equal((await other.values()).get("open"), undefined);
  assert.deepEqual(await other.run(() => kept.spool.processes().map(({ live }) => live)), [false]);
  assert.equal(await other.run(() => kept.spool.compact()), false);
  await member.join();
  await member.run(() => kept.spool.flush());
  assert.equal((await other.values()).get("open"), 5);
  await member.run(() => kept.spool.close());
  await member.end();
  assert.equal((await other.values()).get("jobs_total"), 3);
  assert.equal(await other.run(() => kept.spool.compact()), true);
  assert.equal((await other.values()).get("jobs_total"), 3);
});

test("spool: what registries left that are closed is folded while their process lives: files do not add up", async (t) => {
  const dir = folder(t);
  const other = await new Member(dir).join();
  await other.run(() => kept.spool.flush());
  const member = new Member(dir);
  const files = [];
  for (let round = 1; round <= 4; round++) {
    await member.run(async () => {
      const own = new Registry();
      const joined = spool({ dir, registry: own });
      own.counter({ name: "jobs", help: "Jobs." }).inc(5);
      await joined.flush();
      await joined.close();
      own.close();
    });
    assert.equal((await other.values()).get("jobs_total"), 5 * round);
    await other.run(() => kept.spool.compact());
    assert.equal((await other.values()).get("jobs_total"), 5 * round);
    files.push(readdirSync(join(dir, "run-000001")).filter((name) => /^[0-9a-f]/.test(name)).length);
  }
  assert.deepEqual(files, [2, 2, 2, 2]);
});

test("spool: who leaves its run, which ends without it, and comes back into the next one counts there with all it has", async (t) => {
  for (const keepTotals of [false, true]) {
    const dir = folder(t);
    const member = await new Member(dir).join({ keepTotals });
    await member.run(async () => {
      registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
      await kept.spool.close();
    });
    const next = await new Member(dir).join({ keepTotals });
    await next.run(async () => {
      registry.counter({ name: "jobs", help: "Jobs." }).inc(10);
      await kept.spool.flush();
    });
    assert.equal((await next.values()).get("jobs_total"), keepTotals ? 13 : 10);
    await next.run(() => kept.spool.compact());
    assert.equal((await next.values()).get("jobs_total"), keepTotals ? 13 : 10);
    await member.join({ keepTotals });
    await member.run(() => kept.spool.flush());
    for (const page of [next, member]) {
      assert.equal((await page.values()).get("jobs_total"), 13);
      await page.run(() => kept.spool.compact());
      assert.equal((await page.values()).get("jobs_total"), 13);
    }
    await member.end();
    assert.equal((await next.values()).get("jobs_total"), 13);
    await next.run(() => kept.spool.compact());
    assert.equal((await next.values()).get("jobs_total"), 13);
    assert.deepEqual(readdirSync(dir), [...(keepTotals ? ["keep"] : []), "run-000002"]);
  }
});
