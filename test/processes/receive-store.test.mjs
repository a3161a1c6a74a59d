// The store of a receiver in a directory: what strangers, other collectors and large fleets do to it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, {
  appendFileSync,
  mkdtempSync,
  promises,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundled, DOORS } from "../bundled.mjs";
import { Registry } from "tallystick";
import { pusher, receiver } from "tallystick/push";

const { JournalStore, SystemDisk } = await import(
  await bundled(
    "receive-store",
    `
      export { JournalStore } from "./bindings/processes/receive-journal.ts";
      export { SystemDisk } from "./bindings/processes/disk.ts";
    `,
    DOORS,
  )
);

/** Stores have no end but their process': a file that nobody refers to any more is an error in Node. */
const stores = [];

function opened(dir, disk = new SystemDisk(), tell = (error) => assert.fail(error)) {
  const store = new JournalStore(dir, disk, tell);
  stores.push(store);
  return store;
}

function place(t) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-store-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "store");
}

const journal = (dir) => join(dir, "journal");
const keysOf = (kept) => [...kept.keys()].toSorted().join();
const put = (store, key, length = 10) => store.change(new Map([[key, new Uint8Array(length).fill(65)]]), new Set());

/** As in a container: nobody sees from another one whether it lives. */
function container(number, seconds = { now: 0 }) {
  const disk = new SystemDisk();
  const identity = { ...disk.identity, pid: 1, namespace: `pid:[${number}]` };
  return Object.assign(disk, { identity, startOf: () => undefined, monotonic: () => 1000 * seconds.now });
}

/** What files are, for tests that stand between. */
async function handlesOf() {
  const file = await open(fileURLToPath(import.meta.url));
  await file.close();
  return Object.getPrototypeOf(file);
}

test("JournalStore takes a record that is in a text of strangers for none: neither for damage, nor for what counts", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  await put(store, "one");
  const record = readFileSync(journal(dir)).subarray(16);
  assert.equal(record.toString("latin1", 0, 4), "TLYJ");
  const { size } = statSync(journal(dir));
  const text = Buffer.concat([Buffer.alloc(100, 66), record, Buffer.alloc(100, 66), record, Buffer.alloc(3000, 66)]);
  await store.change(new Map([["two", text]]), new Set());
  const bytes = readFileSync(journal(dir));
  for (const end of [bytes.length - 1, bytes.length - 3000, size + 200, size + 16]) {
    writeFileSync(journal(dir), bytes.subarray(0, end));
    const told = [];
    const next = opened(dir, undefined, (error) => told.push(error.message));
    assert.equal(keysOf(await next.load()), "one", `cut at ${end} of ${bytes.length}`);
    assert.match(told.join(), /was cut at byte/);
    await put(next, "three");
    assert.equal(keysOf(await opened(dir).load()), "one,three");
  }
  // With another one behind it that counted it is damage, whatever is in its text.
  const damaged = Buffer.concat([bytes, record]);
  damaged[bytes.length - 5] ^= 1;
  writeFileSync(journal(dir), damaged);
  await assert.rejects(opened(dir).load(), new RegExp(`is damaged at byte ${size};`));
});

/**
 * One container stands still between its look at `owner` and its write, `act` comes then, and the disk has no room for a new journal for as
 * long as `disk.isFull`.
 */
async function still(t, dir, act) {
  const handles = await handlesOf();
  const { write } = handles;
  const { statfs } = promises;
  const disk = { isFull: true };
  t.after(() => Object.assign(handles, { write }) && Object.assign(promises, { statfs }));
  const old = opened(dir, container(1));
  await old.load();
  for (let i = 0; i < 3; i++) await put(old, `body/${i}`, 50000);
  const full = () => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  promises.statfs = async () => ({ bavail: disk.isFull ? 10000 : 1e9, bsize: 1 });
  handles.write = async function (bytes, from, length, at) {
    // There is room for less than a journal.
    handles.write = async function (...args) {
      return disk.isFull && args[2] > 10000 ? Promise.reject(full()) : write.apply(this, args);
    };
    await act(disk);
    return write.call(this, bytes, from, length, at);
  };
  await assert.rejects(put(old, "late", 300), /is another collector's store by now/);
  return disk;
}

const NARROW = /there is no room for a new one beside ".*journal", to which the collector that had it before may still write$/;
const THREE = "body/0,body/1,body/2";

test("JournalStore with no room for a new journal does not write where another container may still write", async (t) => {
  const dir = place(t);
  let next;
  const disk = await still(t, dir, async () => {
    next = opened(dir, container(2));
    assert.equal(keysOf(await next.load()), THREE);
    await assert.rejects(put(next, "two", 50), NARROW);
  });
  await assert.rejects(put(next, "two", 50), NARROW);
  disk.isFull = false;
  await put(next, "two", 50);
  await put(next, "three", 50);
  assert.equal(keysOf(await opened(dir, container(3)).load()), `${THREE},three,two`);
});

test("JournalStore with no room for a new journal goes on with the old one once nobody can stand still for so long", async (t) => {
  const dir = place(t);
  const seconds = { now: 1000 };
  let next;
  await still(t, dir, async () => {
    next = opened(dir, container(2, seconds));
    await next.load();
    seconds.now += 119;
    await assert.rejects(put(next, "two", 50), NARROW);
  });
  seconds.now += 1;
  // What the old one wrote meanwhile was acknowledged to nobody, and goes.
  await put(next, "two", 50);
  await put(next, "three", 50);
  const told = [];
  const last = opened(dir, container(3), (error) => told.push(error.message));
  assert.equal(keysOf(await last.load()), `${THREE},three,two`);
  assert.deepEqual(told, []);
});

test("JournalStore that goes on with the old journal cuts nothing off the one of whoever took the directory meanwhile", async (t) => {
  const dir = place(t);
  const seconds = { now: 0 };
  let next;
  const disk = await still(t, dir, async () => {
    next = opened(dir, container(2, seconds));
    await next.load();
  });
  seconds.now += 120;
  const { statfs } = promises;
  let last;
  promises.statfs = async () => {
    promises.statfs = statfs;
    const room = await statfs(dir);
    disk.isFull = false;
    last = opened(dir, container(3));
    await last.load();
    await put(last, "of the last one", 5000);
    return room;
  };
  await assert.rejects(put(next, "two", 50), /is another collector's store by now/);
  // The change under way when it was taken may be kept, or not.
  assert.match(keysOf(await opened(dir, container(4)).load()), new RegExp(`^${THREE},(?:late,)?of the last one$`));
});

test("JournalStore reads a journal in pieces: the system gives no more than 2 GiB at once, and readFile refuses more", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  await put(store, "one", 5000);
  await put(store, "two", 5000);
  const handles = await handlesOf();
  const { read } = handles;
  const { readFile } = promises;
  handles.read = function (bytes, from, length, at) {
    return read.call(this, bytes, from, Math.min(length, 1000), at);
  };
  promises.readFile = async (path, ...rest) => {
    if (String(path) === journal(dir)) throw Object.assign(new Error("File size is greater than 2 GiB"), { code: "ERR_FS_FILE_TOO_LARGE" });
    return readFile(path, ...rest);
  };
  t.after(() => Object.assign(handles, { read }) && Object.assign(promises, { readFile }));
  assert.equal(keysOf(await opened(dir).load()), "one,two");
});

test("JournalStore that cannot put a new journal in its place tries it again after 1 MiB, and not with each change", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  const { renameSync } = fs;
  let tries = 0;
  fs.renameSync = () => {
    tries++;
    throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  };
  syncBuiltinESMExports();
  t.after(() => {
    fs.renameSync = renameSync;
    syncBuiltinESMExports();
  });
  for (let i = 0; tries === 0; i++) {
    assert.ok(i < 20);
    await put(store, "one", 200000);
  }
  for (let i = 0; i < 5; i++) await put(store, "one", 200000);
  assert.equal(tries, 1);
  await put(store, "one", 200000);
  assert.equal(tries, 2);
  fs.renameSync = renameSync;
  syncBuiltinESMExports();
  for (let i = 0; i < 6; i++) await put(store, "one", 200000);
  assert.ok(statSync(journal(dir)).size < 2e6);
  assert.equal(keysOf(await opened(dir).load()), "one");
});

test("JournalStore makes the name of a new journal durable before anything is acknowledged in it", async (t) => {
  const dir = place(t);
  const { renameSync, fsyncSync } = fs;
  const done = [];
  fs.renameSync = (...args) => done.push("renamed") && renameSync(...args);
  fs.fsyncSync = (descriptor) => {
    if (fs.fstatSync(descriptor).isDirectory()) done.push("named");
    fsyncSync(descriptor);
  };
  syncBuiltinESMExports();
  t.after(() => {
    Object.assign(fs, { renameSync, fsyncSync });
    syncBuiltinESMExports();
  });
  await opened(dir).load();
  assert.deepEqual(done, ["renamed", "named"]);
});

test("JournalStore holds no file of a directory that is another one's by now", { skip: process.platform !== "linux" }, async (t) => {
  const dir = place(t);
  const held = () =>
    readdirSync("/proc/self/fd").filter((number) => {
      try {
        return readlinkSync(`/proc/self/fd/${number}`).startsWith(dir);
      } catch {
        return false;
      }
    }).length;
  const old = opened(dir, container(1));
  await old.load();
  const next = opened(dir, container(2));
  await next.load();
  assert.equal(held(), 2);
  await assert.rejects(put(old, "one"), /is another collector's store by now/);
  assert.equal(held(), 1, "what has no name any more takes room until it is closed");
});

test("JournalStore of two that begin at once has one of them, at whatever moment the other one stands still", async (t) => {
  for (const call of ["writeSync", "ftruncateSync", "closeSync"]) {
    const dir = place(t);
    let later;
    const was = fs[call];
    fs[call] = function (...args) {
      fs[call] = was;
      syncBuiltinESMExports();
      // Its word is longer.
      later = opened(dir, container(4026531836));
      return was.apply(this, args);
    };
    syncBuiltinESMExports();
    const first = opened(dir, container(1));
    assert.ok(later !== undefined, call);
    const begun = await Promise.allSettled([first.load(), later.load()]);
    assert.deepEqual(begun.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"], call);
    assert.match(begun.find(({ status }) => status === "rejected").reason.message, /is another collector's store by now/);
  }
});

test("collect --store: a directory that cannot be made ends it, also below /proc", { skip: process.platform !== "linux" }, () => {
  const cli = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
  const args = [cli, "collect", "--port", "0", "--push-token", "opensesame", "--store", "/proc/absent/store"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
  assert.equal(status, 64, stderr);
  assert.match(stderr, /^tallystick: ENOENT: .*\/proc\/absent/);
});

test("JournalStore cuts off what a full disk left of a change, and goes on where its process was seen to be dead", async (t) => {
  const dir = place(t);
  const dead = Object.assign(new SystemDisk(), { startOf: () => "" });
  const store = opened(dir, Object.assign(new SystemDisk(), { identity: { ...dead.identity, pid: 4194304 + 7 } }));
  await store.load();
  await put(store, "one", 20000);
  appendFileSync(journal(dir), Buffer.alloc(100, 1));
  const handles = await handlesOf();
  const { write } = handles;
  t.after(() => Object.assign(handles, { write }));
  handles.write = async function (...args) {
    if (args[2] > 10000) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    return write.apply(this, args);
  };
  const next = opened(dir, dead, () => undefined);
  assert.equal(keysOf(await next.load()), "one");
  await put(next, "two", 50);
  assert.equal(keysOf(await opened(dir, dead).load()), "one,two");
});

test("receiver that is started anew asks nobody for the whole image that its store has, and everybody whose row has grown long", async (t) => {
  const kept = new Map();
  const store = {
    load: async () => new Map(kept),
    change: async (put, remove) => {
      for (const [key, bytes] of put) kept.set(key, bytes.slice());
      for (const key of remove) kept.delete(key);
    },
  };
  const registries = [];
  t.after(() => registries.forEach((registry) => registry.close()));
  const registryNew = () => registries[registries.push(new Registry()) - 1];
  let receive;
  const begins = () => {
    receive?.close();
    receive = receiver({ registry: registryNew(), token: "opensesame", store, onError: (error) => assert.fail(error) });
  };
  const counted = registryNew();
  const jobs = counted.counter({ name: "jobs", help: "Jobs.", labelNames: ["job"] });
  // More than the 64 KiB that a row of bodies may have in any case.
  for (let i = 0; i < 6000; i++) jobs.labels(`${"a job of some name ".repeat(2)}${Math.sin(i)}`).inc();
  const asked = [];
  const fetching = async (url, init) => {
    const answer = await receive(new Request(url, init));
    asked.push((await answer.clone().json()).full === true);
    return answer;
  };
  const own = pusher({ url: "http://collector.example/push", token: "opensesame", registry: counted, fetch: fetching });
  begins();
  for (let i = 0; i < 3; i++) {
    jobs.labels("one").inc();
    assert.equal((await own.push()).outcome, "sent");
  }
  assert.ok([...kept.values()].some(({ length }) => length > 2 * 65536));
  begins();
  for (let i = 0; i < 3; i++) {
    jobs.labels("one").inc();
    assert.equal((await own.push()).outcome, "sent");
  }
  assert.deepEqual(
    asked,
    Array.from({ length: 6 }, () => false),
  );
  // 64 bodies more than twice those of the whole image.
  for (let i = 0; i < 65; i++) {
    if (i % 20 === 0) begins();
    jobs.labels("one").inc();
    await own.push();
  }
  assert.equal(asked.filter(Boolean).length, 1);
});
