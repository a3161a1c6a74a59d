// Which file is which: a file system gives the inode of a file that was replaced to the next one, at once, and its clock may stand
// still meanwhile. A file written in place of another one is that here: the same inode, on every file system.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { spooling } from "./spooling.mjs";
import { Collected, frame } from "./fakes.mjs";
import { spool } from "./internals.mjs";

const { Compaction, Deaths, Shelf, SpoolReader, SystemDisk, headBytes } = spool;
const INSTANCE = "a".repeat(16);

/** A process that lives until it is told to be dead. */
class Mortal extends SystemDisk {
  isDead = false;
  now = 1e6;

  startOf() {
    return this.isDead ? "" : this.identity.started;
  }

  monotonic() {
    return this.now;
  }
}

function scene(t, identity) {
  const disk = new Mortal();
  const dir = mkdtempSync(join(tmpdir(), "tallystick-identity-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const run = join(dir, "run-000001");
  mkdirSync(run, { mode: 0o700 });
  const path = join(run, `${INSTANCE}-default.image`);
  const errors = [];
  const images = [];
  const make = () => images[images.push(new Collected()) - 1];
  return {
    disk,
    path,
    run,
    errors,
    /** Another file with the same inode. `seconds`: what the file system says of its time. */
    puts(jobs, seconds, frames = 1) {
      const head = headBytes({ ...disk.identity, ...identity }, { application: "", flushSeconds: 1, takenBytes: 0, since: 0 });
      const all = Array.from({ length: frames }, (_, n) =>
        frame({ instance: INSTANCE, full: n === 0, ended: false, values: [["jobs", jobs - frames + 1 + n]] }),
      );
      const inode = statSync(path, { throwIfNoEntry: false })?.ino;
      writeFileSync(path, Buffer.concat([head, ...all]), { mode: 0o600 });
      if (seconds !== undefined) utimesSync(path, seconds, seconds);
      if (inode !== undefined) assert.equal(statSync(path).ino, inode);
    },
    reads() {
      const own = new SpoolReader(make, { dir, compactSeconds: 0, askSeconds: 0, disk, onError: (error) => errors.push(error) });
      t.after(() => own.close());
      return { own, jobs: async () => (await own.refresh(), images.at(-1).totals.jobs) };
    },
    shelves() {
      const settings = { registry: "default", application: undefined, named: undefined, keepTotals: false, bytesMax: 1e9 };
      const options = { dir, ...settings, skip: () => undefined, tell: (error) => errors.push(error) };
      const shelf = new Shelf(disk, new Deaths(disk, 60, 600), make, options);
      const compaction = new Compaction(shelf, "c".repeat(16), 600);
      return {
        jobs() {
          for (const _ of shelf.read());
          shelf.publish();
          return images.at(-1).totals.jobs;
        },
        folds() {
          const steps = compaction.run();
          let step = steps.next();
          while (!step.done) step = steps.next();
          return step.value;
        },
      };
    },
  };
}

test("SpoolReader: a file in place of another one is read from its front, whatever its inode", async (t) => {
  const { puts, reads, errors } = scene(t);
  puts(100);
  const { jobs } = reads();
  assert.equal(await jobs(), 100);
  puts(200, undefined, 3);
  assert.equal(await jobs(), 200, "a longer one");
  puts(300);
  assert.equal(await jobs(), 300, "a shorter one");
  assert.deepEqual(errors, []);
});

test("SpoolReader: nor does it matter that the time and the size are the same, where the file was young when it was read", async (t) => {
  const { puts, reads, errors } = scene(t);
  const seconds = Date.now() / 1000;
  puts(100, seconds);
  const { jobs } = reads();
  for (const count of [100, 200, 300]) {
    puts(count, seconds);
    assert.equal(await jobs(), count);
  }
  assert.deepEqual(errors, []);
});

test("SpoolReader: one that is in place of a refused one counts, and one that is written on is told of once", async (t) => {
  const { path, puts, reads, errors } = scene(t);
  writeFileSync(path, "x".repeat(600), { mode: 0o600 });
  const { own, jobs } = reads();
  assert.equal(await jobs(), undefined);
  writeFileSync(path, "x".repeat(700), { mode: 0o600 });
  assert.equal(await jobs(), undefined);
  assert.equal(own.statistics.refused, 1);
  puts(100);
  assert.equal(await jobs(), 100);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["refused"],
  );
});

test("Compaction: what is folded is what stands in the file by then, of the dead and of the lost", (t) => {
  // So long ago that no clock stands still, and the same all the same: a clock that was set back.
  const seconds = Date.now() / 1000 - 100;
  for (const [identity, dies] of [
    [{}, (disk) => ([disk.isDead, disk.now] = [true, disk.now + 2000])],
    [{ namespace: "pid:[1]" }, (disk) => (disk.now += 601_000)],
  ]) {
    const { disk, puts, shelves, errors } = scene(t, identity);
    puts(100, seconds);
    const { jobs, folds } = shelves();
    assert.equal(jobs(), 100);
    puts(200, seconds);
    dies(disk);
    assert.equal(folds(), true);
    assert.equal(jobs(), 200);
    assert.equal(shelves().jobs(), 200, "for others, too");
    assert.deepEqual(errors, []);
  }
});

test("left: who came back is not told dead, also where its file has the inode of the one that was left", (t) => {
  const { disk, path, puts } = scene(t);
  const { leaversSwept, Registry, remembered } = spooling;
  const fileOf = () => JSON.parse(readFileSync(path, "latin1").slice(22, 511)).file;
  const mark = () => readFileSync(path, "latin1")[511];
  puts(1);
  const registry = new Registry();
  remembered(disk, registry, { path, file: fileOf() });
  puts(2);
  registry.close();
  leaversSwept();
  assert.equal(mark(), "\n");
  const other = new Registry();
  remembered(disk, other, { path, file: fileOf() });
  other.close();
  leaversSwept();
  assert.equal(mark(), ".");
});

test("heads: a file of version 1, which does not say which one it is, is refused with words", async (t) => {
  const { path, puts, reads, errors } = scene(t);
  puts(1);
  const old = readFileSync(path, "latin1").replace(/"version":\d+,"file":"[0-9a-f]{16}"/, (now) => '"version":1'.padEnd(now.length, " "));
  writeFileSync(path, old, "latin1");
  assert.equal(await reads().jobs(), undefined);
  assert.match(errors[0].message, /its version is 1, and this library knows 2/);
});
