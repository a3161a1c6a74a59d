// A process's end of the spool: whatever call to the file system fails or is its last, what a collector reads is what was
// counted up to some flush, never less than a flush that succeeded said, and never twice.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Collected, Counted } from "./fakes.mjs";
import { outfile, spool } from "./internals.mjs";
import { quickdir } from "./quick.mjs";

const { SpoolReader, SpoolWriter, SystemDisk } = spool;

const root = mkdtempSync(join(quickdir(), "tallystick-writer-"));
after(() => rmSync(root, { recursive: true, force: true }));
let places = 0;
const place = () => join(root, String(places++), "spool");

const CALLS = new Set("open write truncate touch rename remove removeDirectory makeDirectory names status statusOf read close".split(" "));

/** A disk with a clock that stands still until told, and `act` around its calls. */
function watched(act) {
  const system = new SystemDisk();
  let calls = 0;
  const state = { now: 1000, later: undefined };
  const disk = new Proxy(system, {
    get(target, name) {
      if (name === "monotonic") return () => state.now;
      if (name === "writeLater") return async (...args) => (await state.later, disk.write(...args));
      const value = target[name];
      if (typeof value !== "function") return value;
      if (!CALLS.has(name)) return value.bind(target);
      return (...args) => {
        const call = ++calls;
        act("before", call, name);
        const result = value.apply(target, args);
        act("after", call, name);
        return result;
      };
    },
  });
  return { disk, state, calls: () => calls };
}

async function totals(dir, options) {
  const collected = new Collected();
  const reader = new SpoolReader(() => collected, { dir, askSeconds: 0, compactSeconds: 0, onError: () => {}, ...options });
  await reader.refresh();
  reader.close();
  return collected.totals;
}

/** Joins, appends, writes anew, follows into a higher run, and ends: all that a writer does. Returns what each flush had. */
function life(dir, { disk, state }, flushed = () => {}) {
  const counted = new Counted();
  const writer = new SpoolWriter(counted, { dir, disk, flushSeconds: 0, signals: false, onError: () => {} });
  let failures = 0;
  const flush = (ended = false) => {
    counted.inc("jobs");
    writer.flushSync(ended);
    if (writer.statistics.failures === failures) flushed(counted.values.get("jobs"));
    failures = writer.statistics.failures;
  };
  for (let times = 0; times < 3; times++) flush();
  // Grown: the next one but one writes anew.
  for (let name = 0; name < 1500; name++) counted.inc(`other_${name}`, 123456);
  for (let times = 0; times < 2; times++) flush();
  for (let name = 0; name < 1500; name++) counted.inc(`other_${name}`, 123456);
  for (let times = 0; times < 2; times++) flush();
  mkdirSync(join(dir, "run-000007"), { mode: 0o700, recursive: true });
  state.now += 3000;
  flush();
  flush();
  return { counted, writer, flush };
}

class Killed extends Error {}

test("SpoolWriter: it may die at any call", async (t) => {
  const counting = watched(() => {});
  life(place(), counting);
  const count = counting.calls();
  t.diagnostic(`${count} calls`);
  assert.ok(count > 100);
  for (let n = 1; n <= count; n++) {
    for (const moment of ["before", "after"]) {
      const dir = place();
      let isDead = false;
      let least = 0;
      let most = 0;
      const mortal = watched((when, call) => {
        if (call === n && when === moment) isDead = true;
        if (isDead) throw new Killed();
      });
      life(dir, mortal, (jobs) => {
        if (isDead) return;
        least = jobs;
      });
      most = least + 1;
      // The run that nobody lived in is made in every life.
      const runs = readdirSync(dir).filter(
        (name) => name.startsWith("run-") && readdirSync(join(dir, name)).some((file) => file.endsWith(".image")),
      );
      const shown = [];
      for (const run of runs) {
        const alone = `${dir}-${run}`;
        mkdirSync(alone, { mode: 0o700 });
        renameSync(join(dir, run), join(alone, run));
        shown.push((await totals(alone)).jobs ?? 0);
      }
      const what = `dead ${moment} call ${n}: ${shown}`;
      assert.ok(shown.length <= 2, what);
      const highest = shown.at(-1) ?? 0;
      // On its way into the higher run it is in both, and collectors read the higher one.
      assert.ok(highest >= least && highest <= most, `${what}, not from ${least} to ${most}`);
      rmSync(dir, { recursive: true });
    }
  }
});

test("SpoolWriter: any call may fail, and the next flush writes what it could not", async () => {
  const counting = watched(() => {});
  life(place(), counting);
  for (let n = 1; n <= counting.calls(); n++) {
    for (const code of ["EIO", "ENOSPC"]) {
      for (const moment of code === "EIO" ? ["before", "after"] : ["before"]) {
        const dir = place();
        const failing = watched((when, call) => {
          if (call === n && when === moment) throw Object.assign(new Error(`${code}: it failed`), { code });
        });
        const { counted, writer, flush } = life(dir, failing);
        flush();
        flush();
        const shown = await totals(dir);
        const what = `${code} ${moment} call ${n}`;
        if (writer.statistics.folded === 0) assert.equal(shown.jobs, counted.values.get("jobs"), what);
        else assert.ok(shown.jobs > 0, what);
        writer.flushSync(true);
        await writer.close();
        assert.deepEqual(readdirSync(join(dir, "run-000007")).filter((name) => name.endsWith(".image")).length, 1, what);
        rmSync(dir, { recursive: true });
      }
    }
  }
});

test("SpoolWriter: what cannot wait overtakes what is being written, and nothing of either is torn", async () => {
  for (let round = 0; round < 30; round++) {
    const dir = place();
    const own = watched(() => {});
    const counted = new Counted();
    const errors = [];
    const options = { dir, disk: own.disk, flushSeconds: 0, signals: false, onError: (error) => errors.push(error) };
    const writer = new SpoolWriter(counted, options);
    counted.inc("jobs");
    if (round % 3 !== 0) await writer.flush();
    let release;
    own.state.later = new Promise((resolve) => (release = resolve));
    for (let name = 0; name < 500; name++) counted.inc(`other_${name}`, round);
    counted.inc("jobs");
    const late = writer.flush();
    await new Promise((resolve) => setImmediate(resolve));
    counted.inc("jobs");
    writer.flushSync(round % 2 === 0);
    assert.deepEqual((await totals(dir)).jobs, 3);
    counted.inc("jobs");
    release();
    await late;
    assert.deepEqual((await totals(dir)).jobs, 3, "the late one leaves no trace");
    await writer.flush();
    assert.deepEqual((await totals(dir)).jobs, 4);
    await writer.close();
    assert.deepEqual((await totals(dir)).other_499, round);
    assert.deepEqual(errors, []);
    const left = readdirSync(join(dir, "run-000001")).filter((name) => name.endsWith(".tmp"));
    assert.deepEqual(left, []);
    assert.deepEqual(
      readdirSync(dir).filter((name) => name !== "run-000001"),
      [],
    );
  }
});

test("SpoolWriter: an image that somebody cut is written anew, whole, and readers go on with it", async () => {
  for (const left of [0, 100, 512, -1]) {
    for (const sync of [false, true]) {
      const dir = place();
      const counted = new Counted();
      const errors = [];
      const writer = new SpoolWriter(counted, { dir, flushSeconds: 0, signals: false, onError: (error) => errors.push(error) });
      const collected = new Collected();
      const reader = new SpoolReader(() => collected, { dir, askSeconds: 0, compactSeconds: 0, onError: () => {} });
      counted.inc("jobs", 5);
      counted.inc("live_jobs", 2);
      await writer.flush();
      await reader.refresh();
      const path = join(dir, "run-000001", `${counted.instance}-default.image`);
      for (let times = 1; times <= 2; times++) {
        truncateSync(path, left < 0 ? statSync(path).size + left : left);
        await reader.refresh();
        assert.deepEqual(collected.totals.jobs, 4 + times, "what it said before counts");
        counted.inc("jobs");
        if (sync) writer.flushSync(false);
        else await writer.flush();
        const what = `cut to ${left}, ${times}`;
        assert.deepEqual(await totals(dir), { jobs: 5 + times, live_jobs: 2 }, what);
        await reader.refresh();
        assert.deepEqual(collected.totals, { jobs: 5 + times, live_jobs: 2 }, what);
      }
      assert.deepEqual(
        errors.map(({ code, message }) => [code, /was removed, replaced or cut/.test(message)]),
        [["removed", true]],
      );
      reader.close();
      await writer.close();
      assert.deepEqual((await totals(dir)).jobs, 7);
    }
  }
});

/** A file system of 256 KiB, where we may make one. */
function small(t) {
  const dir = join(root, `small-${places++}`);
  mkdirSync(dir);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", dir], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  t.after(() => execFileSync("umount", [dir]));
  return dir;
}

test("SpoolWriter: a disk that is full is told of once; what was counted is there when it has room", async (t) => {
  const dir = small(t);
  if (dir === undefined) {
    t.skip("only root can mount a small file system");
    return;
  }
  const counted = new Counted();
  const errors = [];
  const writer = new SpoolWriter(counted, { dir, flushSeconds: 0, signals: false, onError: (error) => errors.push(error) });
  for (let name = 0; name < 1000; name++) counted.inc(`other_${name}`);
  counted.inc("jobs");
  await writer.flush();
  const fill = () => {
    try {
      for (;;) writeFileSync(join(dir, "ballast"), Buffer.alloc(4096), { flag: "a" });
    } catch {}
  };
  fill();
  let last = 1;
  for (let times = 0; times < 10; times++) {
    counted.inc("jobs");
    for (let name = 0; name < 1000; name++) counted.inc(`other_${name}`);
    if (times % 2 === 0) {
      writer.flushSync(false);
    } else {
      await writer.flush().catch((error) => assert.match(error.message, /Cannot write the image.*ENOSPC.*it goes on counting/));
    }
    const shown = await totals(dir);
    assert.ok(shown.jobs >= last && shown.jobs <= counted.values.get("jobs"));
    last = shown.jobs;
  }
  assert.equal(errors.length, 1);
  assert.ok(writer.statistics.failures >= 9);
  rmSync(join(dir, "ballast"));
  await writer.flush();
  const shown = await totals(dir);
  assert.equal(shown.jobs, 11);
  assert.equal(shown.other_999, 11);
  await writer.close();
});

/** What a process of another user says that counts in a directory, until its first flush or error. */
function asNobody(dir) {
  const child = fileURLToPath(new URL("fixtures/child.mjs", import.meta.url));
  const options = { uid: 65534, gid: 65534, encoding: "utf8", timeout: 20_000 };
  const { stdout, stderr } = spawnSync(process.execPath, [child, outfile, dir, "1", "idle"], options);
  return stdout + stderr;
}

const byRoot = { skip: process.getuid?.() === 0 ? false : "only root can be somebody else" };

test("SpoolWriter: a directory that may not be written is told of", byRoot, () => {
  chmodSync(root, 0o755);
  const dir = place();
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  assert.match(asNobody(dir), /Cannot write the image of this process to .*EACCES/);
  assert.match(asNobody(join(dir, "deeper")), /Cannot use .* as a spool: EACCES/);
});

test("SpoolWriter: another user's run is passed by, and told of", byRoot, async () => {
  chmodSync(root, 0o755);
  const dir = place();
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  chmodSync(dir, 0o1777);
  const counted = new Counted();
  const writer = new SpoolWriter(counted, { dir, flushSeconds: 0, signals: false });
  counted.inc("jobs", 5);
  await writer.flush();
  const said = asNobody(dir);
  assert.match(
    said,
    /run-000001.* belongs to user 0, and all processes of a spool run as one user, here 65534: remove it once, where no process of that user needs it any more; it is left out/,
  );
  assert.match(said, /flushed 1/);
  assert.deepEqual(readdirSync(dir).sort(), ["run-000001", "run-000002"]);
  assert.deepEqual(await totals(dir), { jobs: 5 });
  await writer.close();
});

test("SpoolWriter: what a directory's path leads through may be missing a right, or be a file", async () => {
  const dir = place();
  mkdirSync(join(dir, ".."), { recursive: true });
  writeFileSync(dir, "");
  const errors = [];
  const counted = new Counted();
  const writer = new SpoolWriter(counted, { dir, flushSeconds: 0.02, signals: false, onError: (error) => errors.push(error) });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(errors.length, 1, "once, however often the timer tries");
  rmSync(dir);
  counted.inc("jobs");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(await totals(dir), { jobs: 1 });
  await writer.close();
});
