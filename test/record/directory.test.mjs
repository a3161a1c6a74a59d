// A recorder's directory that cannot be written to: what is told at the start, and what becomes of samples where `close()` cannot write.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { recorder } from "tallystick/record";
import { folder, rowsIn, until, withFiles } from "./recorded.mjs";

const failed = (error) => assert.fail(error);

for (const thread of [true, false]) {
  const by = thread ? "a thread of its own" : "the thread that records";

  test(`a directory that nothing can be written to is told at the start, once, and samples go there once it can: ${by}`, async () => {
    const path = folder();
    writeFileSync(path, "a file");
    for (const dir of [path, join(path, "below")]) {
      const told = [];
      const samples = recorder({ dir, thread, flushSeconds: 0, onError: (error) => told.push(error) });
      await until("it is told", () => told.length > 0);
      assert.deepEqual([told[0].code, told[0].path], ["unwritable", dir]);
      assert.match(told[0].message, /ENOTDIR/);
      samples.record("x", 1);
      await wait(100);
      assert.equal(told.length, 1);
      rmSync(path);
      await samples.close();
      assert.equal(rowsIn(dir).length, 1);
      rmSync(path, { recursive: true });
      writeFileSync(path, "a file");
    }
  });
}

test("a directory without the right to write is told at the start; of one that is absent that which it will be made in is looked at", async () => {
  const parent = folder();
  mkdirSync(parent);
  const looked = [];
  const accessSync = (path) => {
    looked.push(path);
    throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  };
  const told = [];
  const own = fs.accessSync;
  fs.accessSync = accessSync;
  syncBuiltinESMExports();
  try {
    for (const [i, dir] of [parent, join(parent, "a", "b")].entries()) {
      const samples = recorder({ dir, thread: false, flushSeconds: 0, onError: (error) => told.push(error) });
      await until("it is told", () => told.length > i);
      await samples.close();
    }
  } finally {
    fs.accessSync = own;
    syncBuiltinESMExports();
  }
  assert.deepEqual(looked, [parent, parent]);
  assert.deepEqual(told.map(({ code, path }) => [code, path]), [["unwritable", parent], ["unwritable", join(parent, "a", "b")]]); // prettier-ignore
  assert.deepEqual(readdirSync(parent), []);
});

test("close() that cannot write rejects; the same recorder again has what waits, and so has the end of the process", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, flushSeconds: 0, onError: () => undefined });
  samples.record("x", 1);
  writeFileSync(dir, "a file");
  await assert.rejects(samples.close(), { code: "unwritable", message: /ENOTDIR/ });
  rmSync(dir);
  const again = recorder({ dir, thread: false, flushSeconds: 0, onError: failed });
  assert.notEqual(again, samples);
  await again.close();
  assert.equal(rowsIn(dir).length, 1);

  const last = folder();
  const source = `
    import { rmSync, writeFileSync } from "node:fs";
    import { recorder } from "tallystick/record";
    const [dir, thread, gives] = process.argv.slice(1);
    writeFileSync(dir, "a file");
    const samples = recorder({ dir, thread: thread === "true", flushSeconds: 0, onError: (error) => console.log(error.code) });
    samples.record("x", 1);
    await samples.close().catch(() => console.log("rejected"));
    if (gives === "true") rmSync(dir);
  `;
  for (const thread of [true, false]) {
    for (const gives of [true, false]) {
      rmSync(last, { recursive: true, force: true });
      const args = ["--input-type=module", "-e", source, last, String(thread), String(gives)];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: import.meta.dirname });
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, /rejected\n/);
      if (gives) assert.equal(rowsIn(last).length, 1);
      else assert.match(stdout, /unwritable\n/);
    }
  }
});

test("links to a directory that is made later lead to it before, too, and those in a circle nowhere", async () => {
  const root = folder();
  mkdirSync(root);
  symlinkSync("data/now", join(root, "current"));
  symlinkSync(join(root, "current"), join(root, "again"));
  symlinkSync("one", join(root, "other"));
  symlinkSync("other", join(root, "one"));
  const options = { thread: false, flushSeconds: 0, onError: failed };
  const samples = recorder({ dir: join(root, "again/below"), ...options });
  assert.equal(recorder({ dir: join(root, "data/now/below") }), samples);
  mkdirSync(join(root, "data/now"), { recursive: true });
  assert.equal(recorder({ dir: join(root, "current/below") }), samples);
  samples.record("early", 1);
  await samples.close();
  assert.equal(rowsIn(join(root, "data/now/below")).length, 1);
  const nowhere = recorder({ dir: join(root, "one"), ...options, onError: () => {} });
  assert.equal(recorder({ dir: join(root, "one") }), nowhere);
  await nowhere.close().catch(() => {});
});

test("a directory under two names is one recorder's, before it is there and after; where that cannot be told each row is there, too", async () => {
  const root = folder();
  mkdirSync(join(root, "real"), { recursive: true });
  symlinkSync("real", join(root, "link"));
  const real = realpathSync(root);
  const [one, other] = ["real", "link"].map((name) => join(root, name, "below"));
  const samples = recorder({ dir: other, thread: false, flushSeconds: 0, onError: failed });
  assert.equal(recorder({ dir: one }), samples);
  samples.record("a", 1);
  await samples.flush();
  assert.equal(recorder({ dir: join(root, "link/../link/below") }), samples);
  assert.match(inspect(samples), new RegExp(`in "${join(real, "real/below")}"`));
  await samples.close();
  const untold = Object.assign(() => assert.fail(), {
    native() {
      throw new Error("Requires read access");
    },
  });
  const both = [];
  await withFiles({ realpathSync: untold, readlinkSync: untold }, () => {
    for (const dir of [one, other]) both.push(recorder({ dir, thread: false, flushSeconds: 0, onError: failed }));
  });
  assert.notEqual(both[0], both[1]);
  for (let round = 0; round < 3; round++) {
    for (const [i, each] of both.entries()) {
      each.record(`of ${i}`, round);
      await each.flush();
    }
  }
  const labels = rowsIn(one).map(({ label }) => label);
  assert.deepEqual(labels.toSorted(), ["a", ...Array(3).fill("of 0"), ...Array(3).fill("of 1")]);
  for (const each of both) await each.close();
});
