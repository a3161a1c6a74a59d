// Files of Python's client whose pid is another process by now: what it had of living processes is forgotten, and nothing
// of those that live.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { readMultiprocessDir } from "tallystick/processes";
import { bundled } from "../bundled.mjs";
import { put } from "./database.mjs";
import { folder } from "./members.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const contents = `export { Pids } from "./bindings/processes/pids.ts";`;
const outfile = await bundled("pids", contents, { platform: "neutral", external: ["node:*"] });
const { Pids } = await import(outfile);

const PATH = "/metrics/gauge_livesum_12.db";
const MAPPED = `7f00 rw-s 00000000 08:01 99 ${PATH}\n7f01 r-xp 00000000 08:01 1 /usr/bin/python3\n`;
const OTHER = "7f00 rw-s 00000000 08:01 99 /metrics/gauge_livesum_123.db\n7f01 rw-s 0 08:01 9 /x/gauge_livesum_12.db.old\n";
/** It began 5,000 s after the epoch. */
const LIVING = { exists: true, start: "400000", hidden: false, boot: 1000, changed: 6000, maps: undefined };

function systemOf(said) {
  const asked = { maps: 0 };
  const system = {
    exists: () => said.exists,
    startOf: () => said.start,
    isHidden: () => said.hidden,
    bootSeconds: () => said.boot,
    changeOf: () => (said.changed === undefined ? undefined : { seconds: said.changed, inode: BigInt(said.inode ?? 7) }),
    mapsOf: () => {
      asked.maps++;
      return said.maps;
    },
  };
  return { system, asked };
}

for (const [what, gone, said] of [
  ["of no process", true, { exists: false }],
  ["of one that waits to be reaped", true, { start: "" }],
  ["of another user's that is hidden", false, { start: "", hidden: true }],
  ["that changed while its process lived", false, {}],
  ["that is older than the process", true, { changed: 4000, maps: OTHER }],
  ["that is older than the process, which has it mapped", false, { changed: 4000, maps: MAPPED }],
  ["that is older than another user's process", true, { changed: 4000 }],
  ["that is as old as the process, which has it mapped", false, { changed: 5001, maps: MAPPED }],
  ["that is as old as the process, which has it not", true, { changed: 5001, maps: OTHER }],
  ["that is as old as another user's process", false, { changed: 5001 }],
  ["where the system tells no times of processes", false, { start: undefined, changed: 4000 }],
  ["where the system does not tell when it began", false, { boot: undefined, changed: 4000 }],
  ["that is no more", false, { changed: undefined }],
  ["where nobody may ask for processes", false, { exists: undefined, start: undefined }],
]) {
  test(`Pids: a file ${what} is ${gone ? "gone" : "not gone"}`, () => {
    const { system } = systemOf({ ...LIVING, ...said });
    const pids = new Pids(system);
    for (let i = 0; i < 2; i++) assert.equal(pids.isGone(12, PATH), gone);
  });
}

test("Pids: what is mapped is asked once, until process or file is another one", () => {
  const said = { ...LIVING, changed: 4000, maps: MAPPED };
  const { system, asked } = systemOf(said);
  const pids = new Pids(system);
  for (let i = 0; i < 10; i++) assert.equal(pids.isGone(12, PATH), false);
  assert.equal(asked.maps, 1);
  said.inode = 8;
  assert.equal(pids.isGone(12, PATH), false);
  assert.equal(asked.maps, 2);
  Object.assign(said, { start: "400100", maps: OTHER });
  assert.equal(pids.isGone(12, PATH), true);
});

const page = async (registry) => new TextDecoder().decode((await registry.expose()).body);
const skip = !existsSync("/proc/self/maps") && "the system tells nothing of processes";

/** A process that says its pid, and does nothing more; undefined where there is no such program. */
async function living(t, command, ...args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  const said = once(child.stdout, "data").then(([text]) => Number(String(text)));
  return Promise.race([said, once(child, "close").then(() => undefined)]).catch(() => undefined);
}

test("readMultiprocessDir: with forgetDead a pid that came back has no part in what the one before left", { skip }, async (t) => {
  const dir = folder(t);
  const pid = await living(t, process.execPath, "-e", "console.log(process.pid); setInterval(() => undefined, 1e6)");
  const own = `gauge_livesum_${pid}.db`;
  put(dir, own, [["busy", "busy", {}, 1]]);
  put(dir, `counter_${pid}.db`, [["jobs", "jobs_total", {}, 3]]);
  const registry = new Registry();
  const workers = readMultiprocessDir(dir, { registry, forgetDead: true });
  // Ahead of all doubt.
  utimesSync(join(dir, own), Date.now() / 1000 + 60, Date.now() / 1000 + 60);
  assert.match(await page(registry), /^busy 1$/m);
  utimesSync(join(dir, own), 1e9, 1e9);
  assert.doesNotMatch(await page(registry), /^busy/m);
  assert.match(await page(registry), /^jobs_total 3$/m);
  workers.close();
  const kept = readMultiprocessDir(dir, { registry });
  assert.match(await page(registry), /^busy 1$/m);
  kept.close();
});

test("readMultiprocessDir: with forgetDead an old file that a process has mapped is that of a living one", { skip }, async (t) => {
  const dir = folder(t);
  put(dir, "before", [["busy", "busy", {}, 1]]);
  const pid = await living(t, "python3", at("fixtures/mapping.py"), dir);
  if (pid === undefined) return t.skip("there is no python3");
  const own = join(dir, `gauge_livesum_${pid}.db`);
  utimesSync(own, 1e9, 1e9);
  const registry = new Registry();
  const workers = readMultiprocessDir(dir, { registry, forgetDead: true });
  assert.match(await page(registry), /^busy 1$/m);
  process.kill(pid, "SIGKILL");
  while (/^busy/m.test(await page(registry))) await new Promise((resolve) => setTimeout(resolve, 10));
  workers.close();
});

for (const [what, sliceMs] of [
  ["at once", Infinity],
  ["in the middle of a reading, too", 0],
]) {
  test(`readMultiprocessDir: closed, its lines leave the page ${what}`, async (t) => {
    const dir = folder(t);
    for (let i = 1; i < 40; i++) {
      put(dir, `counter_${i}.db`, [["jobs", "jobs_total", { i: String(i) }, 3]]);
      put(dir, `gauge_all_${i}.db`, [["busy", "busy", {}, 3]]);
      put(dir, `histogram_${i}.db`, [["took", "took_bucket", { le: "+Inf" }, 3]]);
    }
    const registry = new Registry();
    const workers = readMultiprocessDir(dir, { registry, sliceMs });
    assert.match(await page(registry), /^jobs_total.* 3$/m);
    const reading = workers.refresh();
    if (sliceMs === 0) await new Promise((resolve) => setImmediate(resolve));
    // Whoever asked for it a second time has the same.
    readMultiprocessDir(dir, { registry }).close();
    const text = await page(registry);
    assert.doesNotMatch(text, /^(?:jobs|busy|took|tallystick_collector\w*\{collector="python")/m);
    await Promise.all([reading, workers.refresh()]);
    assert.equal(await page(registry), text);
    const again = readMultiprocessDir(dir, { registry });
    workers.close();
    assert.equal(readMultiprocessDir(dir, { registry }), again);
    assert.match(await page(registry), /^jobs_total.* 3$/m);
    again.close();
  });
}
