// One registry, one way: who has processes by two ways is told, and so is a worker of whom nobody knows.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beside } from "./beside.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("ways", 3);

/** Runs a program to its end. */
async function ran(t, name, ...args) {
  const path = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  await once(child, "close");
  return { said: stdout.trimEnd().split("\n"), stderr };
}

async function kept(t, dir, path = dir) {
  const member = new Member(dir);
  t.after(() => member.kill());
  await member.run(
    (first, second) => {
      kept.told = [];
      kept.spools = [first, second].map((each) => spool({ dir: each, flushSeconds: 0, onError: (error) => kept.told.push(error.message) }));
      registry.counter({ name: "jobs", help: "Jobs." }).inc(5);
    },
    join(path, "a"),
    join(path, "b"),
  );
  return member;
}

test("one registry in two spools: told once, with both, as soon as a process is in them", async (t) => {
  const dir = folder(t);
  const one = await kept(t, dir);
  const own = () => kept.told;
  assert.equal((await one.values()).get("jobs_total"), 5);
  assert.deepEqual(await one.run(own), []);
  const two = await kept(t, dir);
  await two.run(() => Promise.all(kept.spools.map((each) => each.flush())));
  await one.values();
  await one.values();
  const [message, ...others] = await one.run(own);
  assert.match(
    message,
    /in the spool ".*\/[ab]" and in the spool ".*\/[ab]" of one registry: its page has their counts twice; use one of the two$/,
  );
  assert.deepEqual(others, []);
});

test("one registry that reads two spools of other processes: nothing is twice, and nothing is told", async (t) => {
  const dir = folder(t);
  for (const each of ["a", "b"]) {
    mkdirSync(join(dir, each), { mode: 0o700 });
    const member = new Member(join(dir, each));
    t.after(() => member.kill());
    await member.join({ flushSeconds: 0 });
    await member.run(async () => {
      registry.counter({ name: "jobs", help: "Jobs." }).inc(5);
      await kept.spool.flush();
    });
  }
  const both = new Member(dir);
  t.after(() => both.kill());
  await both.run(
    (first, second) => {
      kept.told = [];
      for (const each of [first, second]) spool({ dir: each, write: false, onError: (error) => kept.told.push(error.message) });
    },
    join(dir, "a"),
    join(dir, "b"),
  );
  assert.equal((await both.values()).get("jobs_total"), 10);
  assert.deepEqual(await both.run(() => kept.told), []);
});

test(
  "one registry in a spool and in a cluster: the primary, whose page has its worker twice, is told once",
  { timeout: 60_000 },
  async (t) => {
    const { said, stderr } = await ran(t, "both.mjs", join(folder(t), "m"));
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(
      said[0],
      /^Cannot count processes once that are in (a cluster|the spool ".*\/m") and in (a cluster|the spool ".*\/m") of one registry/,
    );
    assert.equal(stderr, "");
  },
);

for (const [what, args, words] of [
  [
    "whose primary does not collect is told so once",
    ["knows-nothing"],
    /call cluster\(\) there, or use spool\(\) where the primary is not yours/,
  ],
  ["whose primary collects is told nothing", ["collects"], /^$/],
  ["that collects, too, is told nothing of its own parent", ["knows-nothing", "both"], /^$/],
]) {
  test(`cluster(): a worker ${what}`, { timeout: 60_000 }, async (t) => {
    const { said, stderr } = await ran(t, "managed.mjs", ...args);
    assert.equal(said.length, 1);
    assert.match(said[0], words);
    assert.equal(stderr, "");
  });
}
