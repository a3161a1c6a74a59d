// The end of a spool that is awaited: the process lives until then, and whoever joins again meanwhile begins behind it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Registry } from "tallystick";
import { spool } from "tallystick/processes";
import { beside } from "./beside.mjs";
import { Counted, frame } from "./fakes.mjs";
import { spool as inside } from "./internals.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("closing", 6);

const { headBytes, SpoolWriter, SystemDisk } = inside;
const FIXTURE = fileURLToPath(new URL("fixtures/closing.mjs", import.meta.url));
const WAYS = ["while it flushes", "while its first flush is under way", "after a page", "while a page is made", "twice", "at once"];

/** A run of another container, of which nobody can tell whether it lives. */
function elsewhere(dir, flushSeconds = 1) {
  const run = join(dir, "run-000001");
  mkdirSync(run, { mode: 0o700 });
  const identity = { ...new SystemDisk().identity, namespace: "pid:[1]", host: "elsewhere" };
  const head = headBytes(identity, { application: "", flushSeconds, takenBytes: 0, since: 0 });
  const image = frame({ instance: "a".repeat(16), full: true, ended: false, values: [["old", 1]] });
  writeFileSync(join(run, `${"a".repeat(16)}-default.image`), Buffer.concat([head, image]), { mode: 0o600 });
}

for (const thread of ["no thread", "thread"]) {
  for (const way of WAYS) {
    for (const unsure of way === "at once" || way.includes("first") ? [false, true] : [false]) {
      test(`spool: a process lives while close() is awaited, ${thread}, ${way}${unsure ? ", beside another container's" : ""}`, async (t) => {
        const dir = folder(t);
        if (unsure) elsewhere(dir);
        // Rejects where the code is another one than 0.
        const said = await promisify(execFile)(process.execPath, [FIXTURE, dir, thread, way], { timeout: 60_000 });
        assert.deepEqual(said, { stdout: "went on\n", stderr: "" });
      });
    }
  }

  test(`spool: one that is begun while the one before closes is another one, and begins behind it, ${thread}`, async (t) => {
    const dir = folder(t);
    const other = await new Member(dir).join();
    await other.run(() => kept.spool.flush());
    const member = new Member(dir);
    const said = await member.run(
      async (options) => {
        const jobs = registry.counter({ name: "jobs", help: "Jobs." });
        const all = [spool({ dir, ...options })];
        jobs.inc(1);
        await all[0].flush();
        for (let round = 0; round < 3; round++) {
          void all.at(-1).close();
          jobs.inc(10);
          all.push(spool({ dir, ...options }));
          jobs.inc(100);
        }
        await all.at(-1).flush();
        kept.spool = all.at(-1);
        return { different: new Set(all).size, same: spool({ dir, ...options }) === kept.spool, run: kept.spool.statistics.writer.run };
      },
      { thread: thread === "thread" },
    );
    assert.deepEqual(said, { different: 4, same: true, run: "run-000001" });
    for (const page of [member, other]) assert.equal((await page.values()).get("jobs_total"), 331);
    await member.run(() => (registry.counter({ name: "jobs", help: "Jobs." }).inc(1000), kept.spool.flush()));
    for (const page of [member, other]) assert.equal((await page.values()).get("jobs_total"), 1331);
    await member.run(() => kept.spool.close());
    await member.end();
    for (let times = 0; times < 2; times++) {
      assert.equal((await other.values()).get("jobs_total"), 1331);
      await other.run(() => kept.spool.compact());
    }
  });

  test(`spool: no page waits until it is known whether another container lives, nor shows its totals, ${thread}`, async (t) => {
    const dir = folder(t);
    elsewhere(dir, 3600);
    const registry = new Registry();
    registry.counter({ name: "fresh", help: "New." }).inc();
    const own = spool({ dir, registry, thread: thread === "thread" });
    t.after(() => own.close());
    const from = performance.now();
    for (let times = 0; times < 20; times++) {
      const text = new TextDecoder().decode((await registry.expose()).body);
      assert.match(text, /^fresh_total 1$/m);
      assert.doesNotMatch(text, /^old_total/m);
    }
    // Of 20 that each waited for it the last would be there in three hours; each its second would be 20.
    assert.ok(performance.now() - from < 10_000);
    assert.equal(own.statistics.reader.files, 0, "nothing of the other one was read");
  });
}

test("SpoolWriter: whoever comes asks those of other containers whether they live, and joins them before their next beat", async (t) => {
  const dir = folder(t);
  class Elsewhere extends SystemDisk {
    identity = { ...new SystemDisk().identity, namespace: "pid:[1]", host: "elsewhere" };
  }
  // Without a timer it has no beat at all.
  const quiet = { dir, flushSeconds: 0, signals: false };
  const far = new SpoolWriter(new Counted(), { ...quiet, disk: new Elsewhere() });
  const own = new SpoolWriter(new Counted(), quiet);
  t.after(() => Promise.all([own.close(), far.close()]));
  await far.flush();
  await own.flush();
  assert.equal(own.statistics.run, "run-000001");
});

test("spool: a page is whole once it is known who lives", async (t) => {
  const dir = folder(t);
  elsewhere(dir, 1);
  const registry = new Registry();
  registry.counter({ name: "jobs", help: "Jobs." }).inc();
  const own = spool({ dir, registry });
  t.after(() => own.close());
  await registry.expose();
  await own.flush();
  assert.equal(own.statistics.writer.run, "run-000002");
  const other = await new Member(dir).join();
  await other.run(async () => {
    registry.counter({ name: "jobs", help: "Jobs." }).inc(10);
    await kept.spool.flush();
  });
  await sleep(10);
  assert.match(new TextDecoder().decode((await registry.expose()).body), /^jobs_total 11$/m);
});
