// The spool's two ends together, in one process: what one writes the other reads.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Collected, Counted, frame } from "./fakes.mjs";
import { outfile, spool } from "./internals.mjs";

const { Compaction, Deaths, Shelf, SpoolReader, SpoolWriter, SystemDisk, headBytes } = spool;

/** What a shelf is told where nothing of it matters. */
const SHELF = {
  registry: "default",
  application: undefined,
  named: undefined,
  keepTotals: false,
  bytesMax: 1e9,
  skip: () => undefined,
  tell: () => {},
};

/** A directory that is gone when the test is over. */
function place(t) {
  const dir = join(mkdtempSync(join(tmpdir(), "tallystick-spool-")), "deep", "spool");
  t.after(() => rmSync(join(dir, "../.."), { recursive: true, force: true }));
  return dir;
}

/** A process of another namespace or time, as far as its file tells. */
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

const quiet = { flushSeconds: 0, signals: false };

function writer(t, dir, options = {}) {
  const counted = new Counted();
  const errors = [];
  const own = new SpoolWriter(counted, { dir, ...quiet, onError: (error) => errors.push(error), ...options });
  t.after(() => own.close());
  return { counted, own, errors };
}

function reader(t, dir, options = {}) {
  const made = [];
  const errors = [];
  const own = new SpoolReader(() => made[made.push(new Collected()) - 1], {
    dir,
    compactSeconds: 0,
    askSeconds: 0,
    onError: (error) => errors.push(error),
    ...options,
  });
  t.after(() => own.close());
  return { own, errors, made, totals: () => made.at(-1).totals };
}

/** Writes the last of a process that is gone: its pid is nobody's. */
function gone() {
  const disk = new Elsewhere({ pid: 4194304 + 7, started: "1" });
  // The dead do not hear.
  disk.watch = () => () => {};
  return disk;
}

const runsOf = (dir) => readdirSync(dir).filter((name) => name.startsWith("run-"));
const filesOf = (dir, run = "run-000001") => readdirSync(join(dir, run)).filter((name) => name.endsWith(".image"));

test("SpoolWriter makes the directory with its parents, and SpoolReader adds up what the writers count", async (t) => {
  const dir = place(t);
  const { own, totals } = reader(t, dir);
  const writers = Array.from({ length: 5 }, () => writer(t, dir));
  for (const [index, { counted, own: each }] of writers.entries()) {
    counted.inc("jobs", index + 1);
    await each.flush();
  }
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 15 });
  assert.deepEqual(runsOf(dir), ["run-000001"]);
  for (const { counted, own: each } of writers) {
    for (let name = 0; name < 200; name++) counted.inc(`other_${name}`);
    await each.flush();
  }
  await own.refresh();
  assert.equal(totals().other_199, 5);
  assert.equal(own.processes().length, 5);
  assert.equal(own.statistics.live, 5);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  assert.equal(statSync(join(dir, "run-000001", filesOf(dir)[0])).mode & 0o777, 0o600);
});

test("SpoolWriter: many that begin at once find one run", async (t) => {
  const dir = place(t);
  const writers = Array.from({ length: 20 }, () => writer(t, dir));
  await Promise.all(
    writers.map(({ counted, own }) => {
      counted.inc("jobs");
      return own.flush();
    }),
  );
  const { own, totals } = reader(t, dir);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 20 });
  assert.deepEqual(runsOf(dir), ["run-000001"]);
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith(".")),
    [],
  );
});

test("SpoolWriter: the next run of an application begins where nobody lives, and the collector follows", async (t) => {
  const dir = place(t);
  const first = writer(t, dir, { disk: gone() });
  first.counted.inc("jobs", 7);
  await first.own.flush();
  const { own, totals, made } = reader(t, dir);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 7 });
  const second = writer(t, dir);
  second.counted.inc("jobs", 1);
  await second.own.flush();
  assert.deepEqual(runsOf(dir), ["run-000001", "run-000002"]);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 1 });
  assert.equal(made[0].isClosed, true);
  await own.compact();
  assert.deepEqual(runsOf(dir), ["run-000002"]);
});

test("SpoolReader: where processes live shortly, the first refresh of each next one has lower runs removed", async (t) => {
  for (const keepTotals of [false, true]) {
    const dir = place(t);
    for (let run = 1; run <= 4; run++) {
      const { counted, own } = writer(t, dir);
      counted.inc("jobs", 5);
      await own.flush();
      const collector = reader(t, dir, { compactSeconds: 10, keepTotals });
      await collector.own.refresh();
      assert.deepEqual(collector.totals(), { jobs: keepTotals ? 5 * run : 5 });
      // Beside the scrape, and after it.
      for (const from = Date.now(); runsOf(dir).length > 1 && Date.now() - from < 5000;)
        await new Promise((resolve) => setTimeout(resolve, 5));
      assert.deepEqual(runsOf(dir), [own.statistics.run]);
      collector.own.close();
      await own.close();
    }
  }
});

test("SpoolReader keepTotals: what lower runs counted is taken along once", async (t) => {
  const dir = place(t);
  for (let run = 1; run <= 4; run++) {
    for (let process = 0; process < 3; process++) {
      // All but the first of a run find it living.
      const { counted, own } = writer(t, dir, { disk: process === 0 ? gone() : gone(), run: undefined });
      counted.inc("jobs", 1);
      await own.flush();
    }
    const { own, totals } = reader(t, dir, { keepTotals: true });
    await own.refresh();
    assert.deepEqual(totals(), { jobs: 3 * run });
    if (run === 2) continue;
    await own.compact();
    assert.deepEqual(totals(), { jobs: 3 * run });
    assert.equal(runsOf(dir).length, 1);
    const fresh = reader(t, dir, { keepTotals: true });
    await fresh.own.refresh();
    assert.deepEqual(fresh.totals(), { jobs: 3 * run });
  }
});

test("SpoolReader: the dead are folded, their files removed, their live gauges gone at once", async (t) => {
  const dir = place(t);
  const alive = writer(t, dir);
  alive.counted.inc("jobs");
  alive.counted.inc("live_jobs");
  await alive.own.flush();
  for (let index = 0; index < 10; index++) {
    const { counted, own } = writer(t, dir, { disk: gone() });
    counted.inc("jobs", 2);
    counted.inc("live_jobs", 5);
    await own.flush();
  }
  const { own, totals } = reader(t, dir);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 21, live_jobs: 1 });
  assert.equal(await own.compact(), true);
  assert.deepEqual(totals(), { jobs: 21, live_jobs: 1 });
  assert.deepEqual(filesOf(dir).length, 2);
  assert.equal(await own.compact(), false);
  alive.counted.inc("jobs");
  await alive.own.flush();
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 22, live_jobs: 1 });
  const fresh = reader(t, dir);
  await fresh.own.refresh();
  assert.deepEqual(fresh.totals(), { jobs: 22, live_jobs: 1 });
  await alive.own.close();
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 22 });
  await own.compact();
  assert.deepEqual(filesOf(dir), ["retired-2-default.image"]);
  // One that was away for that long.
  await fresh.own.refresh();
  assert.deepEqual(fresh.totals(), { jobs: 22 });
});

test("SpoolWriter writes anew what has grown, and readers begin anew with it", async (t) => {
  const dir = place(t);
  const { counted, own: each } = writer(t, dir);
  counted.inc("jobs", 1);
  await each.flush();
  const { own, totals } = reader(t, dir);
  const path = join(dir, "run-000001", filesOf(dir)[0]);
  const inodes = new Set();
  let most = 0;
  for (let round = 2; round < 2000; round++) {
    counted.inc("jobs");
    await each.flush();
    inodes.add(statSync(path).ino);
    most = Math.max(most, statSync(path).size);
    if (round % 10 === 0) {
      await own.refresh();
      assert.deepEqual(totals(), { jobs: round });
    }
  }
  assert.ok(inodes.size > 1);
  assert.ok(most < 70000, `${most} bytes`);
});

test("SpoolReader: a frame that is not whole waits, one that is corrupt is told of once and costs nobody else anything", async (t) => {
  const dir = place(t);
  const good = writer(t, dir);
  good.counted.inc("jobs", 1);
  await good.own.flush();
  const bad = writer(t, dir);
  bad.counted.inc("jobs", 10);
  await bad.own.flush();
  const path = join(dir, "run-000001", `${bad.counted.instance}-default.image`);
  const { own, totals, errors } = reader(t, dir);
  const next = frame({ instance: bad.counted.instance, full: false, ended: false, values: [["jobs", 100]] });
  for (let cut = 0; cut < next.length; cut++) {
    await own.refresh();
    assert.deepEqual(totals(), { jobs: 11 });
    appendFileSync(path, next.subarray(cut, cut + 1));
  }
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 101 });
  appendFileSync(path, "something else altogether");
  for (let times = 0; times < 3; times++) {
    appendFileSync(path, next);
    good.counted.inc("jobs");
    await good.own.flush();
    await own.refresh();
    assert.deepEqual(totals(), { jobs: 102 + times });
  }
  assert.equal(errors.length, 1);
  assert.match(errors[0].message, new RegExp(`Cannot read ".*" from byte \\d+ on: no frame begins here`));
  assert.equal(errors[0].path, path);
  assert.equal(own.statistics.refused, 1);
  truncateSync(path, 10);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 104 });
});

test("SpoolReader refuses links, files of others, what others may write, what is no file, what is too large or foreign, each once", async (t) => {
  const dir = place(t);
  const { counted, own: each } = writer(t, dir);
  counted.inc("jobs", 1);
  await each.flush();
  const run = join(dir, "run-000001");
  const real = join(run, `${counted.instance}-default.image`);
  const at = (digit) => join(run, `${digit.repeat(16)}-default.image`);
  symlinkSync(real, at("1"));
  writeFileSync(at("2"), readFileSync(real));
  chmodSync(at("2"), 0o666);
  mkdirSync(at("3"));
  writeFileSync(at("4"), "");
  writeFileSync(at("5"), "x".repeat(5000));
  writeFileSync(at("6"), readFileSync(real, "latin1").replace('"version":2', '"version":9'));
  writeFileSync(at("7"), "y".repeat(300_000));
  writeFileSync(join(run, "notes.txt"), "of somebody else");
  for (const name of ["4", "5", "6", "7"]) chmodSync(at(name), 0o600);
  const { own, totals, errors } = reader(t, dir, { fileBytesMax: 200_000 });
  for (let times = 0; times < 3; times++) {
    await own.refresh();
    assert.deepEqual(totals(), { jobs: 1 });
  }
  const told = errors.map(({ message }) => message).join("\n");
  assert.equal(errors.length, 7, told);
  assert.equal(own.statistics.refused, 7);
  for (const words of [
    "a symbolic link",
    "mode 666",
    "no regular file",
    "it has 0 bytes",
    "first line",
    "version is 9",
    "300000 bytes, and the limit is 200000",
  ]) {
    assert.match(told, new RegExp(words));
  }
  await own.compact();
  const left = readdirSync(run).filter((name) => !name.startsWith("id-"));
  assert.equal(left.length, 10, "nothing of it is removed");
  if (process.getuid?.() !== 0) return;
  // Only root can give files away.
  const { chownSync } = await import("node:fs");
  writeFileSync(at("8"), readFileSync(real), { mode: 0o600 });
  chownSync(at("8"), 12345, 12345);
  await own.refresh();
  assert.match(errors.at(-1).message, /belongs to user 12345/);
  assert.deepEqual(totals(), { jobs: 1 });
});

test("What is none of ours has no number: neither as a run nor as a retired file", async (t) => {
  const dir = place(t);
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o1777);
  // Another user's, were we root; what others may write is as foreign.
  for (const name of ["run-999999999999999", "run-000003"]) {
    mkdirSync(join(dir, name));
    chmodSync(join(dir, name), 0o777);
  }
  writeFileSync(join(dir, "run-000001"), "no directory");
  const all = [writer(t, dir), writer(t, dir), writer(t, dir, { disk: gone() })];
  for (const { counted, own } of all) {
    counted.inc("jobs", 5);
    await own.flush();
    assert.equal(own.statistics.run, "run-000002");
  }
  const run = join(dir, "run-000002");
  for (const number of [1, 7]) mkdirSync(join(run, `retired-${number}-default.image`), { mode: 0o700 });
  const { own, totals, errors } = reader(t, dir);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 15 });
  assert.equal(await own.compact(), true);
  assert.equal(own.statistics.retiredNumber, 2);
  assert.deepEqual(totals(), { jobs: 15 });
  assert.match(
    errors.map(({ message }) => message).join(),
    /retired-7-default.image" as a part of the spool: it is no regular file; it is left out/,
  );
  for (const { counted, own } of all.slice(0, 2)) {
    counted.inc("jobs", 1);
    await own.flush();
  }
  const again = reader(t, dir);
  await again.own.refresh();
  assert.deepEqual(again.totals(), { jobs: 17 });
});

test("SpoolWriter: no run gets a number that cannot be read back", async (t) => {
  const dir = place(t);
  mkdirSync(join(dir, "run-999999999999999"), { recursive: true, mode: 0o700 });
  const { own } = writer(t, dir);
  await assert.rejects(own.flush(), /no number is left above run-999999999999999: remove that/);
  assert.deepEqual(runsOf(dir), ["run-999999999999999"]);
  rmdirSync(join(dir, "run-999999999999999"));
  await own.flush();
  assert.deepEqual(runsOf(dir), ["run-000001"]);
});

test("A directory into which everybody may write is refused, and so is what is no directory; a sticky one is not", async (t) => {
  const dir = place(t);
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o777);
  const { own: each } = writer(t, dir);
  await assert.rejects(each.flush(), /every user may write to it; name a directory below it/);
  await assert.rejects(reader(t, dir).own.refresh(), /every user may write to it/);
  chmodSync(dir, 0o1777);
  await each.flush();
  writeFileSync(join(dir, "file"), "");
  await assert.rejects(writer(t, join(dir, "file")).own.flush(), /is no directory/);
  await assert.rejects(writer(t, join(dir, "file", "deeper")).own.flush(), /Cannot use .* as a spool/);
  // What somebody put there beforehand is passed by.
  symlinkSync(tmpdir(), join(dir, "run-000009"));
  const { own, errors } = reader(t, dir);
  await own.refresh();
  assert.match(errors[0].message, /run-000009.*symbolic link/);
  assert.equal(own.statistics.run, "run-000001");
});

test("Two applications in one directory: the second one is refused, and goes on counting", async (t) => {
  const dir = place(t);
  const shop = writer(t, dir, { application: "shop" });
  shop.counted.inc("jobs");
  await shop.own.flush();
  const mail = writer(t, dir, { application: "mail" });
  mail.counted.inc("jobs");
  await assert.rejects(
    mail.own.flush(),
    /for application "mail": processes of application "shop" use it; give each application a directory of its own/,
  );
  mail.own.flushSync(false);
  mail.own.flushSync(false);
  assert.equal(mail.errors.length, 1);
  const { own, errors } = reader(t, dir, { application: "mail" });
  await own.refresh();
  assert.match(errors[0].message, /for application "mail"/);
  assert.equal(own.statistics.files, 1);
});

test("SpoolWriter: a process whose file is gone takes another instance, with what it counts from then on, and says so once", async (t) => {
  const dir = place(t);
  const disk = new Elsewhere({ namespace: "pid:[1]" });
  const asleep = writer(t, dir, { disk });
  asleep.counted.inc("jobs", 5);
  await asleep.own.flush();
  const observer = new Elsewhere();
  const { own, totals } = reader(t, dir, { disk: observer });
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 5 });
  observer.now += 700_000;
  assert.equal(await own.compact(), true);
  assert.deepEqual(filesOf(dir), ["retired-1-default.image"]);
  const before = asleep.counted.instance;
  await asleep.own.flush();
  asleep.counted.inc("jobs", 2);
  await asleep.own.flush();
  assert.notEqual(asleep.counted.instance, before);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 7 });
  const fresh = reader(t, dir);
  await fresh.own.refresh();
  assert.deepEqual(fresh.totals(), { jobs: 7 });
  assert.equal(asleep.errors.length, 1);
  assert.match(asleep.errors[0].message, /taken for dead/);
  assert.equal(asleep.own.statistics.folded, 1);
});

test("SpoolWriter: whatever is deleted by hand is written anew, all of it and once, and told of in true words", async (t) => {
  for (const what of ["file", "files", "run", "all"]) {
    const dir = place(t);
    // The fifth run: one that is made again must not be below what readers know.
    mkdirSync(join(dir, "run-000004"), { recursive: true, mode: 0o700 });
    const { counted, own, errors } = writer(t, dir);
    await own.flush();
    const dead = writer(t, dir, { disk: gone() });
    dead.counted.inc("jobs", 50);
    await dead.own.flush();
    const other = writer(t, dir);
    for (const one of [{ counted, own }, other]) {
      one.counted.inc("jobs", 5);
      await one.own.flush();
    }
    const run = join(dir, own.statistics.run);
    assert.equal(own.statistics.run, other.own.statistics.run);
    const { own: observer, totals } = reader(t, dir);
    await observer.refresh();
    const { instance } = counted;
    const path = join(run, `${instance}-default.image`);
    if (what === "file") rmSync(path);
    if (what === "files") for (const name of readdirSync(run)) rmSync(join(run, name));
    if (what === "run") rmSync(run, { recursive: true });
    if (what === "all") rmSync(dir, { recursive: true });
    const shown = totals();
    counted.inc("jobs", 1);
    for (let times = 0; times < 2; times++) for (const one of [own, other.own]) await one.flush();
    await observer.refresh();
    assert.equal(totals().jobs, shown.jobs + 1, what);
    const fresh = reader(t, dir);
    await fresh.own.refresh();
    // What nobody has any more is the dead's file.
    assert.equal(fresh.totals().jobs % 50, 11, what);
    assert.equal(counted.instance, instance);
    assert.equal(own.statistics.folded, 0);
    assert.deepEqual([errors.length, errors[0].code, errors[0].path], [1, "removed", path]);
    assert.match(
      errors[0].message,
      /removed, replaced or cut by none of the spool's processes; all that this process counted is written anew/,
    );
    assert.equal(statSync(path).isFile(), true, what);
    // Whoever asks is heard there.
    assert.ok(readdirSync(run).includes("wanted"), what);
  }
});

test("SpoolWriter: whoever comes back to a run that a higher one took in counts from then on", async (t) => {
  const dir = place(t);
  const disk = new Elsewhere({ namespace: "pid:[1]" });
  const asleep = writer(t, dir, { disk });
  asleep.counted.inc("jobs", 5);
  await asleep.own.flush();
  const observer = new Elsewhere({ namespace: "pid:[2]" });
  const next = writer(t, dir, { disk: observer });
  mkdirSync(join(dir, "run-000002"), { mode: 0o700 });
  next.own.flushSync(false);
  next.counted.inc("jobs", 7);
  await next.own.flush();
  assert.equal(next.own.statistics.run, "run-000003");
  const { own, totals } = reader(t, dir, { disk: observer, keepTotals: true });
  await own.refresh();
  for (let times = 0; times < 2; times++) {
    observer.now += 700_000;
    await next.own.flush();
    await own.compact();
  }
  assert.deepEqual(readdirSync(dir), ["keep", "run-000003"]);
  asleep.counted.inc("jobs", 1);
  await asleep.own.flush();
  asleep.counted.inc("jobs", 1);
  await asleep.own.flush();
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 13 });
  assert.equal(asleep.own.statistics.folded, 1);
});

test("SpoolReader: silence of another container is a hint, then a death; steps of the clock are neither", async (t) => {
  const dir = place(t);
  const disk = new Elsewhere({ namespace: "pid:[1]" });
  const far = writer(t, dir, { disk });
  far.counted.inc("jobs", 5);
  far.counted.inc("live", 1);
  await far.own.flush();
  const observer = new Elsewhere();
  const { own, totals } = reader(t, dir, { disk: observer });
  const age = async (seconds, shown) => {
    observer.now += seconds * 1000;
    await own.refresh();
    assert.deepEqual(totals(), shown);
  };
  await age(0, { jobs: 5, live: 1 });
  await age(59, { jobs: 5, live: 1 });
  await age(2, { jobs: 5 });
  assert.equal(await own.compact(), false);
  // A beat, from a clock that stands at the epoch.
  disk.wall = () => 0;
  disk.now += 5000;
  await far.own.flush();
  await age(0, { jobs: 5, live: 1 });
  await age(59, { jobs: 5, live: 1 });
  disk.now += 5000;
  await far.own.flush();
  await age(59, { jobs: 5, live: 1 });
  // From one that is years ahead, and one that stands still.
  disk.wall = () => 4e12;
  for (let times = 0; times < 3; times++) {
    disk.now += 5000;
    await far.own.flush();
    await age(50, { jobs: 5, live: 1 });
  }
  await age(601, { jobs: 5 });
  assert.equal(await own.compact(), true);
  await age(0, { jobs: 5 });
});

test("SpoolReader: a file that somebody deleted still counts where it was read", async (t) => {
  const dir = place(t);
  const { counted, own: each } = writer(t, dir, { disk: gone() });
  counted.inc("jobs", 5);
  counted.inc("live", 1);
  await each.flush();
  const other = writer(t, dir, { run: undefined, disk: gone() });
  const { own, totals } = reader(t, dir);
  await own.refresh();
  rmSync(join(dir, "run-000001", `${counted.instance}-default.image`));
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 5 });
  assert.equal(await own.compact(), false);
  assert.deepEqual(totals(), { jobs: 5 });
  await other.own.close();
});

test("SpoolReader leaves out the instance of its own process", async (t) => {
  const dir = place(t);
  const one = writer(t, dir);
  const two = writer(t, dir);
  for (const { counted, own } of [one, two]) {
    counted.inc("jobs");
    await own.flush();
  }
  const { own, totals } = reader(t, dir, { skip: () => one.counted.instance });
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 1 });
});

test("Registries have files of their own in one run", async (t) => {
  const dir = place(t);
  for (const [registry, amount] of [
    ["default", 1],
    ["größer/als", 2],
  ]) {
    const { counted, own } = writer(t, dir, { registry });
    counted.inc("jobs", amount);
    await own.flush();
  }
  for (const [registry, amount] of [
    ["default", 1],
    ["größer/als", 2],
    ["none", undefined],
  ]) {
    const { own, totals } = reader(t, dir, { registry });
    await own.refresh();
    assert.equal(totals().jobs, amount);
  }
  assert.throws(() => writer(t, dir, { registry: "x".repeat(101) }), /1 to 100 bytes/);
  assert.throws(() => writer(t, dir, { run: "../up" }), /must match/);
  assert.throws(() => writer(t, dir, { flushSeconds: -1 }), /must be from 0 to 3600/);
});

test("SpoolWriter: a run that has a name is joined whoever lives there, and the dead of before are folded", async (t) => {
  const dir = place(t);
  for (let start = 0; start < 3; start++) {
    const { counted, own } = writer(t, dir, { run: "blue", disk: gone() });
    counted.inc("jobs");
    await own.flush();
  }
  assert.deepEqual(runsOf(dir), ["run-blue"]);
  const { own, totals } = reader(t, dir, { run: "blue" });
  await own.refresh();
  assert.equal(await own.compact(), true);
  assert.deepEqual(totals(), { jobs: 3 });
  const unnamed = reader(t, dir);
  await unnamed.own.refresh();
  assert.deepEqual(unnamed.totals(), {});
});

test("SpoolWriter follows into a higher run, and is counted once", async (t) => {
  const dir = place(t);
  const disk = new Elsewhere();
  const early = writer(t, dir, { disk });
  early.counted.inc("jobs", 3);
  await early.own.flush();
  // Somebody who thought that nobody lives there.
  mkdirSync(join(dir, "run-000002"), { mode: 0o700 });
  const late = writer(t, dir);
  late.counted.inc("jobs", 4);
  await late.own.flush();
  disk.now += 3000;
  await early.own.flush();
  const { own, totals } = reader(t, dir);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 7 });
  assert.deepEqual(filesOf(dir), []);
  assert.equal(early.own.statistics.folded, 0);
});

test("SpoolReader asks the processes to flush, and waits no longer than it may", async (t) => {
  const dir = place(t);
  const { counted, own: each } = writer(t, dir);
  counted.inc("jobs", 1);
  await each.flush();
  const { own, totals } = reader(t, dir, { askSeconds: 2 });
  await own.refresh();
  for (let round = 2; round < 20; round++) {
    counted.inc("jobs");
    const from = performance.now();
    await own.refresh();
    assert.deepEqual(totals(), { jobs: round });
    assert.ok(performance.now() - from < 1500);
  }
});

test("SpoolReader waits for a process that never answers only a few times, and never longer than it may", async (t) => {
  const dir = place(t);
  const deaf = new SystemDisk();
  deaf.watch = () => () => {};
  const { counted, own: each } = writer(t, dir, { disk: deaf });
  counted.inc("jobs");
  await each.flush();
  const { own } = reader(t, dir, { askSeconds: 0.05 });
  const times = [];
  for (let round = 0; round < 7; round++) {
    const from = performance.now();
    await own.refresh();
    times.push(performance.now() - from);
  }
  assert.ok(
    times.slice(0, 3).every((time) => time > 40),
    String(times),
  );
  assert.ok(Math.min(...times.slice(3)) < 40, String(times));
});

test("SpoolWriter watches a run of another container before it joins or follows it, and counts meanwhile", async (t) => {
  for (const isAlive of [true, false]) {
    const dir = place(t);
    // Of another host it does not hear that it is asked.
    const away = Object.assign(new Elsewhere({ namespace: "pid:[1]" }), { watch: () => () => {} });
    const far = writer(t, dir, { disk: away });
    far.counted.inc("jobs", 3);
    await far.own.flush();
    const disk = new Elsewhere();
    const near = writer(t, dir, { disk });
    let isDone = false;
    const flushed = near.own.flush().then(() => (isDone = true));
    near.counted.inc("jobs", 4);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(isDone, false);
    if (isAlive) {
      far.counted.inc("jobs");
      await far.own.flush();
    } else {
      disk.now += 8000;
    }
    await flushed;
    assert.deepEqual(runsOf(dir), isAlive ? ["run-000001"] : ["run-000001", "run-000002"]);
    const { own, totals } = reader(t, dir);
    await own.refresh();
    assert.deepEqual(totals(), { jobs: isAlive ? 8 : 4 });
  }
});

test("SpoolWriter: whoever must end before it knows whether others live joins them", async (t) => {
  const dir = place(t);
  const far = writer(t, dir, { disk: new Elsewhere({ namespace: "pid:[1]" }) });
  far.counted.inc("jobs", 3);
  await far.own.flush();
  const near = writer(t, dir, { disk: new Elsewhere() });
  const flushed = near.own.flush();
  near.counted.inc("jobs", 4);
  near.own.flushSync(true);
  const { own, totals } = reader(t, dir);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 7 });
  await flushed;
});

test("SpoolReader: after a reboot of the same host a short silence is a death; of another host it is none", async (t) => {
  for (const host of [undefined, "elsewhere"]) {
    const dir = place(t);
    const disk = new Elsewhere({ boot: "another", ...(host !== undefined && { host }) });
    const before = writer(t, dir, { disk });
    before.counted.inc("jobs", 3);
    await before.own.flush();
    const observer = new Elsewhere();
    const { own, totals } = reader(t, dir, { disk: observer });
    await own.refresh();
    assert.equal(await own.compact(), false);
    observer.now += 8000;
    await own.refresh();
    assert.equal(await own.compact(), host === undefined);
    assert.deepEqual(totals(), { jobs: 3 });
  }
});

test("A process of an earlier time that had the same pid is dead", async (t) => {
  const dir = place(t);
  const { counted, own: each } = writer(t, dir, { disk: new Elsewhere({ started: "12" }) });
  counted.inc("jobs", 3);
  counted.inc("live");
  await each.flush();
  const { own, totals } = reader(t, dir);
  await own.refresh();
  assert.deepEqual(totals(), { jobs: 3 });
  assert.equal(own.statistics.live, 0);
});

test("SpoolReader publishes in slices, with nothing done to the image in between", async (t) => {
  const dir = place(t);
  const { counted, own: left } = writer(t, dir);
  await left.flush();
  const dead = writer(t, dir, { disk: gone() });
  dead.counted.inc("jobs", 5);
  await dead.own.flush();
  counted.inc("jobs", 1);
  await left.flush();
  const disk = new Elsewhere();
  const log = [];
  class Sliced extends Collected {
    async published(pause) {
      for (let slice = 0; slice < 3; slice++) {
        log.push("slice");
        disk.now += 5;
        await pause();
      }
      if (this.isClosed) throw new Error("published after its end");
      this.publish();
      log.push("published");
    }
    fold(part) {
      log.push("fold");
      super.fold(part);
    }
  }
  const made = [];
  const make = () => made[made.push(new Sliced()) - 1];
  const options = { dir, disk, compactSeconds: 0, askSeconds: 0 };
  const own = new SpoolReader(make, options);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const compacting = own.refresh().then(() => own.compact());
  await own.refresh();
  assert.deepEqual(made[0].totals, { jobs: 6 });
  await compacting;
  clearInterval(timer);
  assert.ok(turns > 0);
  const order = log.join(" ").replaceAll("slice slice slice published", "whole");
  assert.match(order, /^(fold |whole ?)+$/, "whole ones");
  assert.doesNotMatch(order, /slice/);
  // Closed between two slices: the refresh ends, and nothing more is shown.
  const late = own.refresh();
  for (let times = 0; times < 1000 && log.at(-1) !== "slice"; times++) await new Promise((resolve) => setImmediate(resolve));
  own.close();
  await late;
  assert.equal(log.at(-1), "slice");
});

test("What an async onError throws is nobody's unhandled rejection", async (t) => {
  const dir = place(t);
  mkdirSync(join(dir, ".."), { recursive: true });
  writeFileSync(dir, "");
  let told = 0;
  const onError = async () => {
    told++;
    throw new Error("from a listener");
  };
  const { own } = writer(t, dir, { onError });
  own.flushSync(false);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(told, 1);
});

test("A directory below /proc is refused at once", { skip: !existsSync("/proc/self") && "there is no /proc" }, async () => {
  // Where it is tried for ever nothing in that process can end it.
  const code = `import(process.argv[1]).then(({ SystemDisk }) => {
    try { new SystemDisk().makeDirectory("/proc/nope/x/y", true); } catch (error) { console.log(error.code); }
  });`;
  const { stdout } = spawnSync(process.execPath, ["-e", code, outfile], { encoding: "utf8", timeout: 10_000, killSignal: "SIGKILL" });
  assert.equal(stdout, "ENOENT\n");
});

test("SpoolWriter: one that was folded because it said its last says nothing of it, and counts once", async (t) => {
  const dir = place(t);
  const keeper = writer(t, dir);
  await keeper.own.flush();
  const { own: collector, totals } = reader(t, dir);
  const disk = new SystemDisk();
  let compacted;
  // Between its file's coming into place and its look at the retired.
  disk.rename = (from, to) => {
    SystemDisk.prototype.rename.call(disk, from, to);
    if (!compacted) {
      const shelf = new Shelf(new SystemDisk(), new Deaths(new SystemDisk(), 60, 600), () => new Collected(), { ...SHELF, dir });
      for (const _ of new Compaction(shelf, "c".repeat(16), 600).run());
      compacted = true;
    }
  };
  const { counted, own, errors } = writer(t, dir, { disk });
  counted.inc("jobs", 5);
  own.flushSync(true);
  assert.equal(compacted, true);
  await collector.refresh();
  assert.deepEqual(totals(), { jobs: 5 });
  assert.deepEqual(errors, []);
  assert.equal(own.statistics.folded, 0);
});

test("heads say who left a file, whatever the names in it", () => {
  const identity = { pid: 7, started: "1", boot: undefined, namespace: undefined, host: "h".repeat(64) };
  const bytes = headBytes(identity, { application: "\u{1f600}".repeat(25), flushSeconds: 3600, takenBytes: 123456789, since: 123456 });
  assert.equal(bytes.length, spool.HEAD_BYTES);
  const head = spool.headOf(bytes);
  assert.equal(head.application, "\u{1f600}".repeat(25));
  assert.equal(head.pid, 7);
  assert.equal(head.ended, false);
  assert.equal(typeof spool.headOf(bytes.subarray(0, 100)), "string");
  assert.ok(existsSync(tmpdir()));
});
