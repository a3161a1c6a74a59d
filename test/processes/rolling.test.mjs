// A rolling release: an older and a newer version of a program, which has other buckets, share a spool. Processes of both are
// killed, collectors of both fold, and die, too. Whichever version serves has all of its own buckets, dead and living.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, Member } from "./members.mjs";

const VERSIONS = { older: [1, 2], newer: [1, 5] };

/** How often each version observed 1.5, 3 and 7, by all of its processes that ever were. */
const counts = { older: 0, newer: 0 };

/** Joins the spool; what it hears of is kept. */
async function joined(member) {
  await member.run(async () => {
    kept.told = [];
    kept.spool = spool({ dir, onError: (error) => kept.told.push(error.message) });
    await kept.spool.flush();
  });
  return member;
}

/** A process of a version that observed each once, and told of it. */
async function started(dir, version) {
  const member = await joined(new Member(dir));
  await member.run(async (buckets) => {
    const seconds = registry.histogram({ name: "seconds", help: "Seconds.", labelNames: ["a"], buckets });
    for (const value of [1.5, 3, 7]) seconds.observe({ a: "x" }, value);
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    await kept.spool.flush();
  }, VERSIONS[version]);
  counts[version]++;
  return member;
}

async function looked(member, version) {
  const values = await member.values();
  const told = (name) => values.get(`seconds_${name}`);
  const count = counts[version];
  assert.deepEqual(
    VERSIONS[version].map((bound) => told(`bucket{a="x",le="${bound}"}`)),
    version === "older" ? [0, count] : [0, 2 * count],
    version,
  );
  assert.equal(told('count{a="x"}'), 3 * count, version);
  assert.equal(told('sum{a="x"}'), 11.5 * count, version);
  assert.equal(values.get("jobs_total"), counts.older + counts.newer);
  const heard = await member.run(() => kept.told);
  assert.ok(heard.length === 1 && heard[0].includes('"seconds"'), heard.join("\n"));
}

const files = (dir) => readdirSync(join(dir, "run-000001")).length;

test("an older and a newer version of a histogram lose nothing of each other, whoever folds and whoever dies", async (t) => {
  const dir = folder(t);
  const others = { older: "newer", newer: "older" };
  // It holds the run.
  let serving = { older: await started(dir, "older"), newer: await started(dir, "newer") };
  for (let round = 0; round < 3; round++) {
    const victims = [await started(dir, "older"), await started(dir, "newer")];
    for (const victim of victims) await victim.kill();
    const version = round % 2 === 0 ? "newer" : "older";
    const before = files(dir);
    assert.equal(await serving[version].run(() => kept.spool.compact()), true);
    assert.ok(files(dir) < before, `${files(dir)} of ${before}`);
    for (const each of ["older", "newer"]) await looked(serving[each], each);
    // Who folded is killed, and another one of each version comes, which has not seen any of it.
    await serving[version].kill();
    const fresh = await started(dir, version);
    for (const [member, each] of [
      [fresh, version],
      [serving[others[version]], others[version]],
    ])
      await looked(member, each);
    serving = { ...serving, [version]: fresh };
  }
  // A collector of neither version has one of the two, and keeps both.
  const neither = await joined(new Member(dir));
  await serving.older.kill();
  await serving.newer.end();
  await neither.run(() => kept.spool.compact());
  const last = { older: await started(dir, "older"), newer: await started(dir, "newer") };
  for (const each of ["older", "newer"]) await looked(last[each], each);
});
