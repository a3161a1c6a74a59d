// Runs that are over: kept where somebody keeps totals, whoever else looks at the directory; and else taken away by those who write.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Collected, Counted } from "./fakes.mjs";
import { Registry } from "tallystick";
import { spool } from "tallystick/processes";
import { spool as inside } from "./internals.mjs";
import { folder, Member } from "./members.mjs";

const { SpoolReader, SpoolWriter, SystemDisk } = inside;

const runsOf = (dir) => readdirSync(dir).filter((name) => name.startsWith("run-"));

/** A process of the application that counts, and ends. */
async function lived(dir, amount, options) {
  const member = await new Member(dir).join(options);
  await member.run(async (own) => {
    registry.counter({ name: "jobs", help: "Jobs." }).inc(own);
    await kept.spool.flush();
  }, amount);
  await member.end();
}

for (const write of [false, true]) {
  test(`spool: totals that processes keep stay, though a collector that keeps none is beside them, write: ${write}`, async (t) => {
    const dir = folder(t);
    for (let run = 1; run <= 3; run++) {
      await lived(dir, 5, { keepTotals: true, collect: false });
      const other = await new Member(dir).join({ write, keepTotals: false });
      // Of the run that is over, or of its own.
      assert.equal((await other.values()).get("jobs_total"), write ? undefined : 5);
      await other.run(() => kept.spool.compact());
      await other.end();
    }
    assert.ok(existsSync(join(dir, "keep")));
    const keeper = await new Member(dir).join({ keepTotals: true });
    assert.equal((await keeper.values()).get("jobs_total"), 15);
    await keeper.run(() => kept.spool.compact());
    assert.equal((await keeper.values()).get("jobs_total"), 15);
    assert.equal(runsOf(dir).length, 1, "what was taken in is no more");
  });
}

test("spool: a collector that keeps totals says so, too, where there is something to keep", async (t) => {
  const dir = folder(t);
  const keeper = await new Member(dir).join({ write: false, keepTotals: true });
  await keeper.values();
  assert.deepEqual(readdirSync(dir), []);
  await lived(dir, 5, {});
  assert.equal((await keeper.values()).get("jobs_total"), 5);
  for (let run = 2; run <= 3; run++) {
    await lived(dir, 5, {});
    assert.equal((await keeper.values()).get("jobs_total"), 5 * run);
  }
});

test("spool: whoever only serves makes nothing; its page is its own until others begin, and then theirs", async (t) => {
  const dir = join(folder(t), "deep", "spool");
  const registry = new Registry();
  const errors = [];
  const own = spool({ dir, registry, write: false, onError: (error) => errors.push(error) });
  registry.counter({ name: "jobs", help: "Jobs." }).inc(2);
  const jobs = async () => Number(/^jobs_total (\d+)$/m.exec(new TextDecoder().decode((await registry.expose()).body))?.[1]);
  for (let times = 0; times < 2; times++) {
    assert.equal(await jobs(), 2);
    await own.refresh();
    assert.equal(await own.compact(), false);
    assert.deepEqual(own.statistics.reader, {
      isThere: false,
      run: undefined,
      files: 0,
      live: 0,
      bytes: 0,
      refused: 0,
      compactions: 0,
      retiredNumber: 0,
    });
  }
  assert.equal(existsSync(join(dir, "..")), false);
  const member = await new Member(dir).join();
  t.after(() => member.kill());
  await member.run(async () => {
    registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
    await kept.spool.flush();
  });
  assert.equal(await jobs(), 5);
  assert.equal(own.statistics.reader.isThere, true);
  assert.deepEqual(readdirSync(dir), ["run-000001"]);
  // What was read stays, where somebody takes it all away.
  await member.kill();
  rmSync(dir, { recursive: true });
  assert.equal(await jobs(), 5);
  assert.equal(await own.compact(), false);
  assert.equal(own.statistics.reader.isThere, false);
  assert.equal(existsSync(dir), false);
  assert.deepEqual(errors, []);
  await own.close();
  registry.close();
});

test("spool: whoever only reads removes no run; the next process that writes does, and no other's totals", async (t) => {
  const dir = folder(t);
  await lived(dir, 5, { thread: true });
  await lived(dir, 6, { collect: false, signals: false });
  assert.deepEqual(runsOf(dir), ["run-000002"], "the second one took the first one's away");
  const reader = await new Member(dir).join({ write: false });
  await reader.values();
  await reader.run(() => kept.spool.compact());
  assert.deepEqual(runsOf(dir), ["run-000002"]);
  const writer = await new Member(dir).join({ collect: false, flushSeconds: 0 });
  await writer.run(() => kept.spool.flush());
  assert.deepEqual(runsOf(dir), ["run-000003"]);
});

/** A disk of a process that is gone, and one whose clock is told. */
class Elsewhere extends SystemDisk {
  now = 1000;
  constructor(identity = {}) {
    super();
    this.identity = { ...this.identity, ...identity };
  }
  monotonic() {
    return this.now;
  }
}
const quiet = { flushSeconds: 0, signals: false, onError: () => {} };
const GONE = { pid: 4194304 + 7, started: "1" };

test("SpoolWriter: lower runs go where all in them are dead, some files at a time, and what is none of ours stays", async (t) => {
  const dir = folder(t);
  const dead = Array.from({ length: 200 }, () => new SpoolWriter(new Counted(), { dir, ...quiet, disk: new Elsewhere(GONE) }));
  for (const one of dead) one.flushSync(false);
  // Each finds nobody who lives.
  assert.equal(runsOf(dir).length, 200);
  writeFileSync(join(dir, "run-000001", "notes.txt"), "of somebody else");
  mkdirSync(join(dir, "run-000002", "folder"));
  const disk = new Elsewhere();
  const own = new SpoolWriter(new Counted(), { dir, ...quiet, disk, sweeps: true });
  await own.flush();
  const first = runsOf(dir).length;
  assert.ok(first > 100, `${first} are left`);
  for (let times = 0; times < 20; times++) await own.flush();
  assert.deepEqual(runsOf(dir), ["run-000001", "run-000002", "run-000201"]);
  assert.deepEqual(readdirSync(join(dir, "run-000001")), ["notes.txt"]);
  assert.deepEqual(readdirSync(join(dir, "run-000002")), ["folder"]);
  await own.close();
});

test("SpoolWriter: a lower run in which somebody may live stays until that is silent", async (t) => {
  const dir = folder(t);
  const far = new Elsewhere({ namespace: "pid:[1]" });
  const lower = new SpoolWriter(new Counted(), { dir, ...quiet, disk: far });
  lower.flushSync(false);
  mkdirSync(join(dir, "run-000002"), { mode: 0o700 });
  const disk = new Elsewhere();
  const own = new SpoolWriter(new Counted(), { dir, ...quiet, disk, sweeps: true });
  own.flushSync(false);
  for (const [seconds, runs] of [
    // The one between, in which nobody ever was, is gone.
    [0, ["run-000001", "run-000003"]],
    [50, ["run-000001", "run-000003"]],
    [30, ["run-000003"]],
  ]) {
    disk.now += 1000 * seconds;
    await own.flush();
    assert.deepEqual(runsOf(dir), runs, `after ${seconds} s more`);
  }
  await own.close();
});

test("SpoolWriter: where totals are kept no run goes", async (t) => {
  const dir = folder(t);
  const before = new SpoolWriter(new Counted(), { dir, ...quiet, keepTotals: true, disk: new Elsewhere(GONE) });
  before.flushSync(false);
  const file = statSync(join(dir, "keep"));
  assert.equal(file.mode & 0o777, 0o600);
  assert.equal(readFileSync(join(dir, "keep"), "utf8"), "");
  const own = new SpoolWriter(new Counted(), { dir, ...quiet, sweeps: true });
  await own.flush();
  assert.deepEqual(runsOf(dir), ["run-000001", "run-000002"]);
  const reader = new SpoolReader(() => new Collected(), { dir, onError: quiet.onError });
  await reader.compact();
  assert.deepEqual(runsOf(dir), ["run-000001", "run-000002"]);
  reader.close();
  await own.close();
});
