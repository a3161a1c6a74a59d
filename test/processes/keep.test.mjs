// Runs that are over: kept where somebody keeps totals, whoever else looks at the directory; and else taken away by those who write.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beside } from "./beside.mjs";
import { Collected, Counted } from "./fakes.mjs";
import { Registry } from "tallystick";
import { spool } from "tallystick/processes";
import { spool as inside } from "./internals.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("keep", 3);

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
  // 64 looks a flush, and a run of one has an image, an id and itself: some 7 looks.
  for (let times = 0; times < Math.ceil((200 * 7) / 64); times++) await own.flush();
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

const JOB = fileURLToPath(new URL("fixtures/closing.mjs", import.meta.url));

for (const [thread, way] of [
  ["no thread", "exit"],
  ["no thread", "at once"],
  ["thread", "at once"],
]) {
  test(`spool: runs of jobs that are over before they flush by themselves do not pile up, ${thread}, ${way}`, async (t) => {
    const dir = folder(t);
    for (let job = 1; job <= 6; job++) {
      // Rejects where the code is another one than 0.
      const { stderr } = await promisify(execFile)(process.execPath, [JOB, dir, thread, way], { timeout: 60_000 });
      assert.equal(stderr, "");
      assert.deepEqual(runsOf(dir), [`run-${String(job).padStart(6, "0")}`]);
    }
  });
}

for (const [what, options] of [
  ["over runs", {}],
  ["in a named run", { run: "bills" }],
]) {
  test(`spool: of two registries one keeps totals, ${what}: what the other one left goes, and nothing of the first`, async (t) => {
    const dir = folder(t);
    for (let start = 1; start <= 4; start++) {
      const member = new Member(dir);
      const page = await member.run(async (own) => {
        const [bills, web] = [new Registry(), new Registry()];
        const keeper = spool({ dir, registry: bills, name: "bills", keepTotals: true, ...own });
        const other = spool({ dir, registry: web, name: "web" });
        bills.counter({ name: "bills", help: "Bills." }).inc();
        web.counter({ name: "pages", help: "Pages." }).inc();
        const texts = [];
        for (let round = 0; round < 3; round++) {
          texts.length = 0;
          for (const each of [bills, web]) texts.push(new TextDecoder().decode((await each.expose()).body));
          for (const each of [keeper, other]) await each.compact();
          for (const each of [keeper, other]) await each.flush();
        }
        return texts.join("");
      }, options);
      assert.match(page, new RegExp(`^bills_total ${start}$`, "m"));
      assert.match(page, /^pages_total 1$/m);
      await member.end();
      assert.deepEqual(runsOf(dir).filter((name) => name < "run-9").length, 1);
      assert.deepEqual(
        readdirSync(dir).filter((name) => name.startsWith("keep")),
        ["keep-bills"],
      );
    }
  });
}

test("SpoolWriter: whoever keeps none where totals are kept is told once what to do", async (t) => {
  const dir = folder(t);
  const before = new SpoolWriter(new Counted(), { dir, ...quiet, keepTotals: true, disk: new Elsewhere(GONE) });
  before.flushSync(false);
  for (let start = 0; start < 2; start++) {
    const errors = [];
    const disk = new Elsewhere();
    const own = new SpoolWriter(new Counted(), { dir, ...quiet, sweeps: true, disk, onError: (error) => errors.push(error) });
    for (let times = 0; times < 5; times++) {
      await own.flush();
      disk.now += 20_000;
    }
    await own.close();
    assert.deepEqual(
      errors.map(({ code, path }) => [code, path]),
      [["kept", join(dir, "keep")]],
    );
    assert.match(errors[0].message, /run-000001.*say keepTotals in all processes, or remove that file$/);
  }
  assert.ok(existsSync(join(dir, "run-000001")));
});

for (const [what, put] of [
  ["that others may write", (path) => (writeFileSync(path, ""), chmodSync(path, 0o666))],
  ["that is a directory", (path) => mkdirSync(path)],
]) {
  test(`spool: a file keep ${what} is told, by who keeps and who does not`, async (t) => {
    const dir = folder(t);
    put(join(dir, "keep"));
    const told = async (options) => {
      const errors = [];
      const onError = (error) => errors.push(error);
      const before = new SpoolWriter(new Counted(), { dir, ...quiet, onError, ...options, disk: new Elsewhere(GONE) });
      before.flushSync(false);
      const own = new SpoolWriter(new Counted(), { dir, ...quiet, sweeps: true, onError, ...options });
      await own.flush();
      await own.close();
      return new Set(errors.map(({ code, path }) => `${code} ${path}`));
    };
    for (const keepTotals of [false, true]) assert.deepEqual(await told({ keepTotals }), new Set([`not-ours ${join(dir, "keep")}`]));
    const collected = [];
    const reader = new SpoolReader(() => new Collected(), { dir, keepTotals: true, onError: (error) => collected.push(error.code) });
    await reader.refresh();
    reader.close();
    assert.deepEqual(collected, ["not-ours"]);
  });
}
