// What other processes have under a name makes way for what this one registers by it: a rolling deploy has an older and a
// newer release in one spool, and no help text of the one may keep the other from starting.

import assert from "node:assert/strict";
import { test } from "node:test";
import { folder, Member } from "./members.mjs";

/** One that counts, and one that has shown it. */
async function beside(t, count, options) {
  const dir = folder(t);
  const [old, own] = [await new Member(dir).join(), await new Member(dir).join(options)];
  await old.run(count);
  await old.run(() => kept.spool.flush());
  await own.page();
  return { dir, old, own };
}

test("another help, limit, time to expire or exemplars: the local definition is the page's, with all that others have, unchanged", async (t) => {
  const { old, own } = await beside(t, () => {
    registry.counter({ name: "a", help: "Old." }).inc(3);
    registry.counter({ name: "b", help: "B.", labelNames: ["x"], maxSeries: 10 }).inc({ x: "1" }, 4);
    registry.counter({ name: "c", help: "C.", labelNames: ["x"], expireAfterSeconds: 100 }).inc({ x: "1" }, 5);
    registry.counter({ name: "d", help: "D.", exemplars: true }).inc(6);
    registry.counter({ name: "same", help: "Same." }).inc(7);
  });
  // What the dead left is shown again, too.
  const third = await new Member(await own.run(() => dir)).join();
  await third.run(() => registry.counter({ name: "a", help: "Old." }).inc(100));
  await third.end();
  assert.equal((await own.values()).get("a_total"), 103);
  await own.run(() => {
    registry.counter({ name: "a", help: "New." }).inc(10);
    registry.counter({ name: "b", help: "B.", labelNames: ["x"], maxSeries: 20 }).inc({ x: "1" }, 10);
    registry.counter({ name: "c", help: "C.", labelNames: ["x"], expireAfterSeconds: 20 }).inc({ x: "1" }, 10);
    registry.counter({ name: "d", help: "D.", exemplars: false }).inc(10);
    registry.counter({ name: "same", help: "Same." }).inc(10);
  });
  const page = await own.page();
  for (const line of ["# HELP a_total New.", "a_total 113", 'b_total{x="1"} 14', 'c_total{x="1"} 15', "d_total 16", "same_total 17"]) {
    assert.ok(page.split("\n").includes(line), `${line} in\n${page}`);
  }
  await old.run(() => registry.counter({ name: "a", help: "Old." }).inc(1000));
  await old.run(() => kept.spool.flush());
  assert.equal((await own.values()).get("a_total"), 1113);
  // It is registered here now: to register it otherwise is a mistake of this program.
  const twice = await own.run(() => {
    try {
      registry.counter({ name: "same", help: "Another." });
    } catch (error) {
      return error.code;
    }
  });
  assert.equal(twice, "definition-conflict");
});

test("other labels, another type, a name that would clash: the local family works, the image's is refused and told", async (t) => {
  const dir = folder(t);
  const [old, own] = [await new Member(dir).join(), new Member(dir)];
  await own.run(() => {
    kept.told = [];
    kept.spool = spool({ dir, onError: (error) => kept.told.push(error.message) });
  });
  await old.run(() => {
    registry.counter({ name: "labels", help: "L.", labelNames: ["a"] }).inc({ a: "1" });
    registry.counter({ name: "type", help: "T." }).inc();
    registry.counter({ name: "sizes_count", help: "S." }).inc();
    registry.counter({ name: "other", help: "O." }).inc();
  });
  await old.run(() => kept.spool.flush());
  await own.page();
  await own.run(() => {
    registry.counter({ name: "labels", help: "L.", labelNames: ["a", "b"] }).inc({ a: "1", b: "2" }, 20);
    registry.gauge({ name: "type", help: "T." }).set(30);
    registry.histogram({ name: "sizes", help: "S.", buckets: [1] }).observe(1);
  });
  const values = await own.values();
  assert.equal(values.get('labels_total{a="1",b="2"}'), 20);
  assert.equal(values.get("type"), 30);
  assert.equal(values.get("sizes_count"), 1);
  assert.equal(values.get("other_total"), 1);
  assert.equal(values.has('labels_total{a="1"}'), false);
  const told = await own.run(() => kept.told);
  for (const name of ["labels", "type"]) assert.equal(told.filter((text) => text.includes(`"${name}"`)).length, 1, told.join("\n"));
});

test("default labels, too, may be set: a metric of another process that has such a label makes way", async (t) => {
  const { own } = await beside(
    t,
    () => {
      registry.counter({ name: "a", help: "A.", labelNames: ["zone"] }).inc({ zone: "eu" });
      registry.counter({ name: "b", help: "B." }).inc();
    },
    {},
  );
  assert.equal((await own.values()).get('a_total{zone="eu"}'), 1);
  await own.run(() => registry.setDefaultLabels({ zone: "us" }));
  assert.deepEqual([...(await own.values())], [['b_total{zone="us"}', 1]]);
});

test("another thread than the one that collects may register otherwise", async (t) => {
  const { own } = await beside(t, () => registry.counter({ name: "a", help: "Old." }).inc(3));
  await own.run(async () => {
    const { Worker } = await import("node:worker_threads");
    const code = `import("tallystick").then(({ registry }) => { registry.counter({ name: "a", help: "New." }).inc(10); process.exit(); })`;
    const worker = new Worker(code, { eval: true });
    await new Promise((end, failed) => worker.once("exit", end).once("error", failed));
  });
  const page = await own.page();
  assert.match(page, /# HELP a_total New\.\n.*\na_total 13\n/);
});

test("default labels that are set after others were collected: no series has a name twice, and no total goes", async (t) => {
  const dir = folder(t);
  const [old, own] = [await new Member(dir).join(), await new Member(dir).join()];
  const count = (zone, amount) => {
    registry.setDefaultLabels({ zone, host: "h" });
    registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] }).inc({ queue: "q" }, amount);
  };
  await old.run(count, "eu", 1);
  await old.run(() => kept.spool.flush());
  for (const [zone, amount] of [
    ["eu", 10],
    ["ap", 100],
  ]) {
    const dead = await new Member(dir).join();
    await dead.run(count, zone, amount);
    await dead.end();
  }
  assert.deepEqual([...(await own.values())].sort(), [
    ['jobs_total{queue="q",host="h",zone="ap"}', 100],
    ['jobs_total{queue="q",host="h",zone="eu"}', 11],
  ]);
  await own.run(() => registry.setDefaultLabels({ zone: "us" }));
  assert.deepEqual([...(await own.values())], [['jobs_total{zone="us",queue="q",host="h"}', 111]]);
  await old.run(() => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] }).inc({ queue: "q" }, 1000));
  await old.run(() => kept.spool.flush());
  assert.deepEqual([...(await own.values())], [['jobs_total{zone="us",queue="q",host="h"}', 1111]]);
  // One that comes later reads what the dead left in a file, with labels that it has itself.
  const late = new Member(dir);
  await late.run(() => registry.setDefaultLabels({ zone: "xx", host: "x" }));
  await late.join();
  assert.deepEqual([...(await late.values())], [['jobs_total{zone="xx",host="x",queue="q"}', 1111]]);
});
