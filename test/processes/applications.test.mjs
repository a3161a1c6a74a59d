// Whose counts a page has: whoever says another application, or none, neither writes beside the others nor reads of them.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Collected, Counted } from "./fakes.mjs";
import { spool } from "./internals.mjs";

const { SpoolReader, SpoolWriter } = spool;

function place(t) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-applications-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function writer(t, dir, application) {
  const counted = new Counted();
  const own = new SpoolWriter(counted, { dir, application, flushSeconds: 0, signals: false });
  t.after(() => own.close());
  return { counted, own };
}

function reader(t, dir, application) {
  const made = [];
  const errors = [];
  const onError = (error) => errors.push(error);
  const options = { dir, application, compactSeconds: 0, askSeconds: 0, onError };
  const own = new SpoolReader(() => made[made.push(new Collected()) - 1], options);
  t.after(() => own.close());
  return { own, errors, totals: () => made.at(-1).totals };
}

for (const [what, there, asked, message] of [
  ["no application beside one", "shop", undefined, /for an application without a name: processes of application "shop" use it/],
  ["another application", "shop", "mail", /for application "mail": processes of application "shop" use it/],
  ["an application beside none", undefined, "mail", /for application "mail": processes of an application without a name use it/],
]) {
  test(`${what}: nothing of the living and of the dead is read, which is told once`, async (t) => {
    const dir = place(t);
    const dead = writer(t, dir, there);
    dead.counted.inc("jobs", 5);
    await dead.own.flush();
    const lives = writer(t, dir, there);
    lives.counted.inc("jobs", 2);
    await lives.own.flush();
    await dead.own.close();
    const theirs = reader(t, dir, there);
    await theirs.own.refresh();
    assert.equal(await theirs.own.compact(), true);
    assert.deepEqual(theirs.totals(), { jobs: 7 });
    assert.deepEqual(theirs.errors, []);
    const other = reader(t, dir, asked);
    await other.own.refresh();
    await other.own.refresh();
    assert.deepEqual(other.totals(), {});
    assert.equal(other.errors.length, 1);
    assert.match(other.errors[0].message, message);
    assert.equal(await other.own.compact(), false);
    // As it is for who writes.
    await assert.rejects(writer(t, dir, asked).own.flush(), message);
  });
}
