// Real disks that are full or may only be read, directories that are taken away and given back, ten thousand files of others, and readers
// that race with what removes old files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { recorder } from "tallystick/record";
import { folder, NAME, names, rowsIn, rowsOf, until } from "./recorded.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const failed = (error) => assert.fail(error);
const values = (rows) => rows.map(({ value }) => value);
const upTo = (count) => Array.from({ length: count }, (_, i) => i);

/** A disk of its own of so many bytes; `again` mounts it otherwise. Undefined where this user may mount nothing. */
function mounted(bytes) {
  const path = mkdtempSync(join(tmpdir(), "tallystick-disk-"));
  const mount = (options) => spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]).status === 0;
  if (!mount(`size=${bytes}`)) {
    rmdirSync(path);
    return undefined;
  }
  return {
    path,
    again: (options) => assert.ok(mount(`remount,size=${bytes},${options}`)),
    end() {
      spawnSync("umount", ["-l", path]);
      rmdirSync(path);
    },
  };
}

const probe = mounted(65536);
probe?.end();
const skip = probe === undefined ? "this user may mount no disk" : false;

for (const thread of [true, false]) {
  const by = thread ? "a thread of its own" : "the thread that records";

  test(`a real disk that is full: told once, no part of a file stays, all is written once there is room: ${by}`, { skip }, async (t) => {
    const disk = mounted(262_144);
    t.after(() => disk.end());
    writeFileSync(join(disk.path, "ballast"), "x".repeat(230_000));
    const dir = join(disk.path, "samples");
    const told = [];
    const samples = recorder({ dir, prefix: "full", thread, flushSeconds: 0.1, onError: (error) => told.push(error) });
    const label = samples.label("x".repeat(100));
    for (let i = 0; i < 1000; i++) label.record(i);
    await until("it is told", () => told.length > 0);
    await assert.rejects(samples.flush(), { code: "unwritable", message: /ENOSPC/ });
    await wait(1500);
    assert.deepEqual([told.length, told[0].code, told[0].path], [1, "unwritable", dir]);
    assert.deepEqual(readdirSync(dir), []);
    assert.deepEqual([samples.statistics.waiting, samples.statistics.dropped], [1000, 0]);
    rmSync(join(disk.path, "ballast"));
    await until("it is written", () => samples.statistics.written === 1000);
    await samples.close();
    assert.deepEqual(values(rowsIn(dir)), upTo(1000));
    assert.equal(told.length, 1);
  });

  test(
    `a disk that has room for a part of what waits has that part, and the rest once a reader takes it away: ${by}`,
    { skip },
    async (t) => {
      const disk = mounted(409_600);
      t.after(() => disk.end());
      const dir = join(disk.path, "samples");
      const told = [];
      const samples = recorder({ dir, prefix: "small", thread, flushSeconds: 0, onError: (error) => told.push(error) });
      const label = samples.label("x".repeat(40));
      for (let i = 0; i < 10_000; i++) label.record(i);
      await assert.rejects(samples.flush(), { code: "unwritable", message: /ENOSPC/ });
      const { written, waiting } = samples.statistics;
      assert.ok(written > 2000 && waiting > 2000 && written + waiting === 10_000, `${written} written, ${waiting} wait`);
      const taken = values(rowsIn(dir));
      assert.deepEqual(taken, upTo(written));
      for (let tries = 0; samples.statistics.waiting > 0 && tries < 10; tries++) {
        for (const name of names(dir)) rmSync(join(dir, name));
        await samples.flush().catch(() => undefined);
        taken.push(...values(rowsIn(dir)));
      }
      await samples.close();
      assert.deepEqual(taken, upTo(10_000));
      assert.ok(told.length <= 1);
    },
  );

  test(`a directory that becomes one to read only, and is written again: ${by}`, { skip }, async (t) => {
    const disk = mounted(4 << 20);
    t.after(() => disk.end());
    const told = [];
    const samples = recorder({ dir: disk.path, prefix: "readonly", thread, flushSeconds: 0.1, onError: (error) => told.push(error) });
    samples.record("x", 0);
    await until("the first file", () => samples.statistics.written === 1);
    disk.again("ro");
    for (let i = 1; i < 500; i++) samples.record("x", i);
    await until("it is told", () => told.length > 0);
    assert.match(told[0].message, /EROFS/);
    assert.equal(samples.statistics.waiting, 499);
    disk.again("rw");
    await until("it is written", () => samples.statistics.written === 500);
    await samples.close();
    assert.deepEqual([values(rowsIn(disk.path)), told.length], [upTo(500), 1]);
  });

  test(`a directory that is taken away under the writer, again and again, and given back: each row is there once: ${by}`, async () => {
    const dir = folder();
    mkdirSync(dir);
    const told = [];
    const samples = recorder({ dir, prefix: "taken", thread, flushSeconds: 0.02, onError: (error) => told.push(error) });
    const label = samples.label("x");
    const aside = [];
    let recorded = 0;
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 200; i++) label.record(recorded++);
      await wait(10);
      const path = `${dir}-${round}`;
      try {
        renameSync(dir, path);
      } catch (error) {
        // The one before was given back nowhere, and no file was due since.
        assert.equal(error.code, "ENOENT");
        continue;
      }
      aside.push(path);
      if (round % 2 === 0) continue;
      await wait(2);
      try {
        renameSync(path, dir);
        aside.pop();
      } catch (error) {
        // It was made anew meanwhile.
        assert.ok(["ENOTEMPTY", "EEXIST"].includes(error.code), error.code);
      }
    }
    await until("all is written", () => samples.statistics.written + samples.statistics.dropped === recorded);
    await samples.close();
    assert.equal(samples.statistics.dropped, 0);
    const found = values([dir, ...aside].filter((path) => existsSync(path)).flatMap(rowsIn));
    assert.deepEqual(
      found.toSorted((a, b) => a - b),
      upTo(recorded),
    );
    for (const error of told) assert.equal(error.code, "unwritable");
  });
}

test("ten thousand files of others: none is read or removed, what is ours is retained by its limits, and the program tells of the others", async () => {
  const dir = folder();
  mkdirSync(dir);
  const foreign = [];
  for (let i = 0; i < 10_000; i++) foreign.push(i % 4 === 0 ? `other.${String(i).padStart(32, "0")}.csv` : `file ${i}.txt`);
  for (const name of foreign) writeFileSync(join(dir, name), "not,ours\r\n");
  const samples = recorder({
    dir,
    prefix: "ours",
    thread: false,
    flushSeconds: 0,
    maxFileBytes: 65536,
    retainBytes: 65536,
    onError: failed,
  });
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 500; i++) samples.record("x", round * 500 + i);
    await samples.flush();
  }
  await samples.close();
  const there = readdirSync(dir);
  assert.deepEqual(there.filter((name) => !name.startsWith("ours.")).toSorted(), foreign.toSorted());
  const own = there.filter((name) => name.startsWith("ours."));
  const bytes = own.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  assert.ok(own.length >= 1 && own.length < 10 && bytes <= 65536 * 1.5, `${own.length} of ${bytes}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "record", "summary", dir, "--json"], { encoding: "utf8" });
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).rows, own.flatMap((name) => rowsOf(join(dir, name))).length);
  assert.match(stderr, /^tallystick: passed over 2500 files without the header /);
});

test("what removes old files and readers that take them away are in nobody's way: whatever is read is whole but for what was dropped, and nobody hears of it", async () => {
  const dir = folder();
  const samples = recorder({
    dir,
    prefix: "raced",
    flushSeconds: 0.01,
    maxFileBytes: 65536,
    retainBytes: 65536,
    ringBytes: 65536,
    onError: failed,
  });
  const label = samples.label("x".repeat(200));
  const seen = new Set();
  let [read, gone, recorded, missing] = [0, 0, 0, 0];
  // Whoever is quicker has a file: ENOENT is no harm, all else is.
  const tried = (act) => {
    try {
      return act();
    } catch (error) {
      assert.equal(error.code, "ENOENT");
      gone++;
      return undefined;
    }
  };
  const isDue = (seconds) => (seconds < 3 ? read < 100 || gone < 5 : seconds < 60 && read <= 20);
  for (const from = performance.now(); isDue((performance.now() - from) / 1000);) {
    for (let i = 0; i < 300; i++) label.record(recorded++);
    await wait(5);
    for (const [i, name] of (existsSync(dir) ? names(dir) : []).entries()) {
      const path = join(dir, name);
      if (seen.has(name) || tried(() => readFileSync(path)) === undefined) continue;
      const rows = tried(() => rowsOf(path));
      if (rows === undefined) continue;
      seen.add(name);
      read++;
      // A drain that is late finds a ring that dropped some, and counted them: nothing else is missing in a file, and nothing is there twice.
      for (const [k, { value }] of rows.entries()) {
        if (k === 0) continue;
        const gap = value - rows[k - 1].value - 1;
        assert.ok(gap >= 0, `${value} stands behind ${rows[k - 1].value}`);
        missing += gap;
      }
      if (i % 3 === 0) tried(() => rmSync(path));
    }
  }
  await samples.close();
  const { written, dropped, files } = samples.statistics;
  assert.equal(written + dropped, recorded);
  assert.ok(missing <= dropped, `${missing} are missing inside of files, and ${dropped} were dropped`);
  assert.ok(read > 20 && files > 20, `${read} of ${files}`);
  const bytes = readdirSync(dir).filter((name) => NAME.test(name)).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0); // prettier-ignore
  assert.ok(bytes <= 65536 * 2.5, `${bytes}`);
  assert.deepEqual(readdirSync(dir).filter((name) => !NAME.test(name)), []); // prettier-ignore
});
