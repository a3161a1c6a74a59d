// The store of a receiver in a directory: what was durable once is there after whatever end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  promises,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundled, DOORS } from "../bundled.mjs";
import { Registry } from "tallystick";
import { pusher, receiver } from "tallystick/push";
import { dice } from "./push-fakes.mjs";

const { JournalStore, SystemDisk } = await import(
  await bundled(
    "receive-journal",
    `
      export { JournalStore } from "./bindings/processes/receive-journal.ts";
      export { SystemDisk } from "./bindings/processes/disk.ts";
    `,
    DOORS,
  )
);

function place(t) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-store-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "store");
}

/** Stores have no end but their process': a file that nobody refers to any more is an error in Node. */
const stores = [];

function opened(dir, disk = new SystemDisk(), tell = (error) => assert.fail(error)) {
  const store = new JournalStore(dir, disk, tell);
  stores.push(store);
  return store;
}

const journal = (dir) => join(dir, "journal");
const textOf = (kept) => JSON.stringify([...kept].map(([key, bytes]) => [key, Buffer.from(bytes).toString("base64")]).toSorted());
const put = (store, key, length = 10) => store.change(new Map([[key, new Uint8Array(length)]]), new Set());
const keysOf = (kept) => [...kept.keys()].toSorted().join();
const bytesOf = (roll, most) => Uint8Array.from({ length: Math.floor(roll() * most) }, () => Math.floor(roll() * 256));

/** Changes that a seed decides; what they come to after each. */
async function changed(store, roll, times, most) {
  const kept = new Map();
  const states = [];
  for (let i = 0; i < times; i++) {
    const put = new Map();
    const remove = new Set();
    for (let j = 0; j < 1 + roll() * 3; j++) put.set(`body/${Math.floor(roll() * 30)}`, bytesOf(roll, most));
    for (const key of kept.keys()) if (roll() < 0.1 && !put.has(key)) remove.add(key);
    await store.change(put, remove);
    for (const [key, bytes] of put) kept.set(key, bytes);
    for (const key of remove) kept.delete(key);
    states.push(textOf(kept));
  }
  return states;
}

test("JournalStore has what was changed, after a new start too, in a journal that does not grow without end", async (t) => {
  const dir = place(t);
  const roll = dice(7);
  let last = textOf([]);
  for (let start = 0; start < 4; start++) {
    const store = opened(dir);
    assert.equal(textOf(await store.load()), last);
    last = (await changed(store, roll, 1, 100)).at(-1);
    const all = await store.load();
    assert.equal(textOf(all), start === 0 ? last : textOf(all));
    last = textOf(all);
  }
  const store = opened(dir);
  await store.load();
  const large = new Uint8Array(100000);
  for (let i = 0; i < 16; i++) {
    large[0] = i;
    await store.change(new Map([["large", large]]), new Set());
    assert.ok(statSync(journal(dir)).size < 2 * 200000 + 1048576 + 100100, `after ${i}`);
  }
  assert.deepEqual(readdirSync(dir).toSorted(), ["journal", "owner"]);
  const again = await opened(dir).load();
  assert.equal(again.get("large")[0], 15);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  assert.equal(statSync(journal(dir)).mode & 0o777, 0o600);
});

test("JournalStore that was cut off anywhere has all changes that were whole, and goes on behind them", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  const sizes = [statSync(journal(dir)).size];
  const states = [textOf([])];
  const roll = dice(3);
  const kept = new Map();
  for (let i = 0; i < 4; i++) {
    kept.set(`body/${i % 3}`, bytesOf(roll, 40));
    await store.change(new Map([[`body/${i % 3}`, kept.get(`body/${i % 3}`)]]), new Set());
    sizes.push(statSync(journal(dir)).size);
    states.push(textOf(kept));
  }
  const whole = readFileSync(journal(dir));
  for (let cut = 0; cut <= whole.length; cut++) {
    for (const zeros of [0, 20]) {
      const end = cut === whole.length && zeros > 0 ? cut : cut + zeros;
      const bytes = Buffer.alloc(end);
      whole.copy(bytes, 0, 0, cut);
      writeFileSync(journal(dir), bytes);
      const told = [];
      const anew = opened(dir, undefined, (error) => told.push(error.message));
      const count = Math.max(0, sizes.filter((size) => size <= cut).length - 1);
      if (cut < sizes[0] && end > 0) {
        await assert.rejects(anew.load(), /is damaged at byte 0;/, "there was one whole record always");
        continue;
      }
      assert.equal(textOf(await anew.load()), states[count], `cut at ${cut}, ${zeros} zeros`);
      const rest = bytes.subarray(sizes[count], end);
      assert.equal(told.length, rest.length > 0 ? 1 : 0, told.join("\n"));
      if (rest.length > 0) assert.deepEqual(readFileSync(`${journal(dir)}.cut`), rest);
      if (cut % 5 > 0) continue;
      await anew.change(new Map([["more", new Uint8Array(3)]]), new Set());
      assert.equal((await opened(dir).load()).size, JSON.parse(states[count]).length + 1);
    }
  }
});

for (const [what, damage] of Object.entries({
  "whose first page is not there": (bytes, from) => bytes.fill(0, from, 4096),
  "of which a page in the middle is not there": (bytes) => bytes.fill(0, 8192, 12288),
  "of which the last page alone is there": (bytes, from) => bytes.fill(0, from, 12288),
  "with one bit that is wrong": (bytes) => (bytes[bytes.length - 20] ^= 1),
})) {
  test(`JournalStore cuts off a last change ${what}, tells it, and keeps it aside`, async (t) => {
    const dir = place(t);
    const store = opened(dir);
    await store.load();
    await put(store, "one", 3000);
    const from = statSync(journal(dir)).size;
    await store.change(new Map([["two", new Uint8Array(12000).fill(65)]]), new Set());
    const bytes = readFileSync(journal(dir));
    damage(bytes, from);
    for (let times = 0; times < 2; times++) {
      writeFileSync(journal(dir), bytes);
      const told = [];
      const next = opened(dir, undefined, (error) => told.push(error.message));
      assert.equal(keysOf(await next.load()), "one");
      assert.deepEqual(told, [
        `${JSON.stringify(journal(dir))} was cut at byte ${from}: the ${bytes.length - from} bytes behind it are no whole change. A crash leaves one so ` +
          "that was acknowledged to nobody; where they were damaged later, what they said is lost; " +
          `they are in ${JSON.stringify(`${journal(dir)}.cut`)}`,
      ]);
      assert.deepEqual(readFileSync(`${journal(dir)}.cut`), bytes.subarray(from));
      assert.deepEqual(readdirSync(dir).toSorted(), ["journal", "journal.cut", "owner"]);
      assert.equal(statSync(`${journal(dir)}.cut`).mode & 0o777, 0o600);
      await put(next, "three");
      assert.equal(keysOf(await opened(dir).load()), "one,three");
    }
  });
}

test("JournalStore that cannot keep aside what it cuts off says so, and goes on", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  await put(store, "one");
  appendFileSync(journal(dir), "xxx");
  mkdirSync(`${journal(dir)}.cut`);
  const told = [];
  const next = opened(dir, undefined, (error) => told.push(error.message));
  assert.equal(keysOf(await next.load()), "one");
  assert.equal(told.length, 1);
  assert.match(told[0], /the 3 bytes behind it are no whole change.*; they could not be kept aside: EISDIR/);
});

test("JournalStore takes nothing that was written anew for an end that was cut off", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  // What is written at once is 4 MiB: these are two records.
  await put(store, "one", 4194304);
  await put(store, "two", 3000);
  await opened(dir).load();
  const bytes = readFileSync(journal(dir));
  const second = bytes.indexOf("TLYJ", 1);
  for (const [at, where] of [
    [0, 0],
    [5, 0],
    [20, 0],
    [second, second],
    [second + 1000, second],
  ]) {
    const damaged = Buffer.from(bytes);
    damaged[at] ^= 1;
    writeFileSync(journal(dir), damaged);
    await assert.rejects(opened(dir).load(), new RegExp(`is damaged at byte ${where};`));
    assert.ok(readFileSync(journal(dir)).equals(damaged));
  }
});

test("JournalStore says where a journal is damaged, and leaves it as it is", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  for (const key of ["one", "two", "three"]) await store.change(new Map([[key, new Uint8Array(10)]]), new Set());
  const bytes = readFileSync(journal(dir));
  for (const at of [0, 4, 5, 7, 9, 13, 20, Math.floor(bytes.length / 3) + 6]) {
    const damaged = Buffer.from(bytes);
    damaged[at] ^= 0x55;
    writeFileSync(journal(dir), damaged);
    await assert.rejects(opened(dir).load(), /^Error: ".*journal" is damaged at byte \d+; put it aside to begin without it$/);
    assert.deepEqual(readFileSync(journal(dir)), damaged);
  }
});

test("JournalStore refuses a directory that a living process uses, or all may write to, and takes one of the dead", (t) => {
  const dir = place(t);
  const own = new SystemDisk();
  opened(dir);
  const disk = (pid, start) => Object.assign(new SystemDisk(), { identity: { ...own.identity, pid }, startOf: () => start });
  assert.throws(() => opened(dir, disk(own.identity.pid + 1, own.identity.started)), {
    message: `Cannot use ${JSON.stringify(dir)} as a store: process ${own.identity.pid} uses it; give each collector a directory of its own`,
  });
  for (const start of ["", "7"]) opened(dir, disk(own.identity.pid + 1, start));
  opened(dir);
  chmodSync(dir, 0o777);
  assert.throws(() => opened(dir), { message: `Cannot use ${JSON.stringify(dir)} as a store: every user may write to it` });
});

/** As in a container: a namespace of its own, in which nobody sees another one's processes. */
function container(number) {
  const disk = new SystemDisk();
  return Object.assign(disk, { identity: { ...disk.identity, pid: 1, namespace: `pid:[${number}]` }, startOf: () => undefined });
}

const LOST = { message: /store" is another collector's store by now, or was removed: this one has to be started anew to write there$/ };

/** Has `act` come before each sync of a file, with how many there were. */
async function atSyncs(t, act) {
  const file = await open(fileURLToPath(import.meta.url));
  const handles = Object.getPrototypeOf(file);
  await file.close();
  const { datasync } = handles;
  let syncs = 0;
  handles.datasync = async function () {
    await act(++syncs);
    return datasync.call(this);
  };
  const restored = () => (handles.datasync = datasync);
  t.after(restored);
  return restored;
}

test("JournalStore that another container has taken acknowledges nothing more, writes nothing more, and tears nothing", async (t) => {
  const dir = place(t);
  const old = opened(dir, container(1));
  await old.load();
  await put(old, "one");
  const next = opened(dir, container(2));
  assert.equal(keysOf(await next.load()), "one");
  await assert.rejects(put(old, "lost", 5000), LOST);
  await put(next, "two");
  const before = readFileSync(journal(dir));
  await assert.rejects(put(old, "lost", 5000), LOST);
  await assert.rejects(old.load(), LOST);
  assert.deepEqual(readFileSync(journal(dir)), before);
  await put(next, "three");
  assert.equal(keysOf(await opened(dir, container(3)).load()), "one,three,two");
});

test("JournalStore whose directory is taken while it writes a change has not acknowledged it", async (t) => {
  const dir = place(t);
  const old = opened(dir, container(1));
  await old.load();
  await put(old, "one");
  let next;
  const restored = await atSyncs(t, () => {
    restored();
    next = opened(dir, container(2));
  });
  await assert.rejects(put(old, "late"), LOST);
  // It was there before the other one read: it may be kept, or not.
  assert.match(keysOf(await next.load()), /^(?:late,)?one$/);
  await put(next, "two");
  assert.match(keysOf(await opened(dir, container(3)).load()), /^(?:late,)?one,two$/);
});

for (const [what, loads] of [
  ["and read", true],
  ["and not yet read", false],
]) {
  test(`JournalStore puts no new journal in the place of one whose directory was taken ${what} meanwhile`, async (t) => {
    const dir = place(t);
    const old = opened(dir, container(1));
    await old.load();
    let next;
    let size;
    for (let i = 0; next === undefined; i++) {
      assert.ok(i < 20);
      // The second one of a change is of a new journal.
      const restored = await atSyncs(t, async (syncs) => {
        if (syncs !== 2) return;
        restored();
        next = opened(dir, container(2));
        if (loads) await next.load();
        if (loads) await put(next, "two");
        size = statSync(journal(dir)).size;
      });
      await put(old, "large", 200000);
      restored();
    }
    assert.equal(statSync(journal(dir)).size, size);
    assert.deepEqual(readdirSync(dir).toSorted(), ["journal", "owner"]);
    await assert.rejects(put(old, "lost"), LOST);
    if (!loads) await next.load();
    assert.equal(keysOf(await opened(dir, container(3)).load()), loads ? "large,two" : "large");
  });
}

test("JournalStore whose journal, or whose owner, is not its own any more acknowledges nothing", async (t) => {
  for (const [what, act] of Object.entries({
    "another journal": (dir) => {
      writeFileSync(`${journal(dir)}.other`, readFileSync(journal(dir)));
      renameSync(`${journal(dir)}.other`, journal(dir));
    },
    "no journal": (dir) => rmSync(journal(dir)),
    "no owner": (dir) => rmSync(join(dir, "owner")),
    "half an owner": (dir) => truncateSync(join(dir, "owner"), 20),
    "another store of this process": (dir) => opened(dir),
    "no directory": (dir) => rmSync(dir, { recursive: true }),
  })) {
    const dir = place(t);
    const store = opened(dir);
    await store.load();
    await put(store, "one");
    act(dir);
    await assert.rejects(put(store, "two"), LOST, what);
  }
});

test("JournalStore acknowledges no change that it could not sync, and leaves nothing of it behind the next one", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  await put(store, "one");
  const restored = await atSyncs(t, () => assert.fail("it cannot be synced"));
  await assert.rejects(put(store, "long", 5000), /it cannot be synced/);
  restored();
  const { size } = statSync(journal(dir));
  await put(store, "next");
  assert.ok(statSync(journal(dir)).size < size - 4000);
  assert.equal(keysOf(await opened(dir).load()), "next,one");
});

/** A disk that has room for so many bytes in a directory: `disk.most` says how many. */
async function smallDisk(t, dir, most) {
  const file = await open(fileURLToPath(import.meta.url));
  const handles = Object.getPrototypeOf(file);
  await file.close();
  const disk = { most };
  const { write } = handles;
  const { statfs, writeFile } = promises;
  const left = () => readdirSync(dir).reduce((room, name) => room - statSync(join(dir, name)).size, disk.most);
  const full = () => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  handles.write = async function (bytes, from, length, at) {
    const room = Math.max(0, left());
    if (room >= length) return write.call(this, bytes, from, length, at);
    await write.call(this, bytes, from, room, at);
    await disk.failing?.();
    throw full();
  };
  promises.statfs = async () => ({ bavail: Math.max(0, left()), bsize: 1 });
  promises.writeFile = async (path, bytes, options) => (left() >= bytes.length ? writeFile(path, bytes, options) : Promise.reject(full()));
  t.after(() => Object.assign(handles, { write }) && Object.assign(promises, { statfs, writeFile }));
  return disk;
}

const FULL = { code: "ENOSPC" };
const names = (dir) => readdirSync(dir).toSorted().join();

test("JournalStore on a small disk is written anew before there is no room for it", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  await smallDisk(t, dir, 700000);
  for (let i = 0; i < 24; i++) await put(store, `body/${i}`, 10000);
  for (let i = 0; i < 200; i++) await put(store, `body/${i % 24}`, 10000);
  assert.equal(names(dir), "journal,owner");
  const again = opened(dir);
  assert.equal((await again.load()).size, 24);
  for (let i = 0; i < 50; i++) await put(again, `body/${i % 24}`, 10000);
});

test("JournalStore makes room of what is of no more use for a change that has none", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  for (let i = 0; i < 3; i++) await put(store, "one", 35000);
  const { size } = statSync(journal(dir));
  await smallDisk(t, dir, size + 50000);
  await put(store, "two", 100000);
  assert.ok(statSync(journal(dir)).size < 136000);
  assert.equal(keysOf(await opened(dir).load()), "one,two");
});

test("JournalStore on a full disk has what it had, and leaves no half of a new one or of a change", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  for (let i = 0; i < 3; i++) await put(store, "one", 35000);
  const { size } = statSync(journal(dir));
  const disk = await smallDisk(t, dir, size + 10000);
  for (const left of ["journal.new", "journal.0123456789abcdef.new"]) writeFileSync(join(dir, left), "x");
  let again;
  for (let times = 0; times < 3; times++) {
    again = opened(dir);
    assert.equal(keysOf(await again.load()), "one");
    assert.equal(names(dir), "journal,owner");
    await assert.rejects(put(again, "two", 100000), FULL);
    assert.equal(statSync(journal(dir)).size, size);
    assert.equal(names(dir), "journal,owner");
  }
  await put(again, "three");
  disk.most += 200000;
  await put(again, "two", 100000);
  assert.equal(keysOf(await opened(dir).load()), "one,three,two");
});

test("JournalStore on a full disk takes nothing away from who has the directory by now", async (t) => {
  const dir = place(t);
  const old = opened(dir, container(1));
  await old.load();
  await put(old, "one", 35000);
  const disk = await smallDisk(t, dir, statSync(journal(dir)).size + 10000);
  let next;
  disk.failing = async () => {
    disk.failing = undefined;
    next = opened(dir, container(2), () => undefined);
    // What the old one wrote of its change, or has not, is nobody's.
    await next.load();
    disk.most += 100000;
    await put(next, "two");
  };
  await assert.rejects(put(old, "late", 100000), LOST);
  await put(next, "three");
  assert.equal(keysOf(await opened(dir, container(3)).load()), "one,three,two");
});

test("JournalStore on a full disk cuts off what a crash left half written, though it cannot keep it aside", async (t) => {
  const dir = place(t);
  const store = opened(dir);
  await store.load();
  await put(store, "one", 35000);
  const { size } = statSync(journal(dir));
  appendFileSync(journal(dir), Buffer.alloc(20000, 1));
  await smallDisk(t, dir, size + 20000);
  const told = [];
  assert.equal(keysOf(await opened(dir, undefined, (error) => told.push(error.message)).load()), "one");
  assert.match(told.join(), /the 20000 bytes behind it are no whole change.*; they could not be kept aside: ENOSPC/);
  assert.equal(statSync(journal(dir)).size, size);
  assert.equal(names(dir), "journal,owner");
});

test("JournalStore takes a directory whatever its owner said, at whatever length", async (t) => {
  const dir = place(t);
  opened(dir);
  for (const said of ["", "x", "1 2 3 4\n", "y".repeat(500)]) {
    writeFileSync(join(dir, "owner"), said);
    const store = opened(dir);
    await store.load();
    await put(store, "one");
  }
});

test("receiver of a store that another container has taken answers 503, and says so once", async (t) => {
  const dir = place(t);
  const told = [];
  const store = opened(dir, container(1));
  const registry = new Registry();
  const counted = new Registry();
  t.after(() => [registry, counted].forEach((each) => each.close()));
  const taken = receiver({ token: "opensesame", registry, store, onError: (error) => told.push(error.message), address: () => "" });
  let refused = 0;
  const fetching = async (url, init) => {
    const answer = await taken(new Request(url, init));
    refused += Number(answer.status === 503);
    return answer;
  };
  counted.counter({ name: "jobs", help: "Jobs." }).inc();
  let now = 0;
  const own = pusher({
    url: "http://collector.example/push",
    token: "opensesame",
    registry: counted,
    fetch: fetching,
    onError: () => undefined,
    seconds: () => (now += 61),
  });
  assert.equal((await own.push()).outcome, "sent");
  await opened(dir, container(2)).load();
  for (let times = 0; times < 3; times++) {
    counted.counter({ name: "jobs", help: "Jobs." }).inc();
    assert.equal((await own.push()).outcome, "failed");
  }
  assert.equal(refused, 3);
  assert.equal(told.filter((text) => text.includes("is another collector's store by now")).length, 1, told.join("\n"));
});

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));

async function collecting(t, dir) {
  const env = { ...process.env, TALLYSTICK_PUSH_TOKEN: "opensesame" };
  const child = spawn(process.execPath, [CLI, "collect", "--port", "0", "--store", dir], { stdio: ["ignore", "pipe", "inherit"], env });
  t.after(() => child.kill("SIGKILL"));
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const url = value.slice("tallystick serves ".length);
  const page = async () => (await fetch(url)).text();
  const killed = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { push: String(new URL("/push", url)), page, killed };
}

test("collect --store: what was acknowledged is on the first page after a kill, of those that ended, too", async (t) => {
  const dir = place(t);
  let collector = await collecting(t, dir);
  const pushing = (amount) => {
    const registry = new Registry();
    t.after(() => registry.close());
    registry.counter({ name: "jobs", help: "Jobs." }).inc(amount);
    registry.gauge({ name: "open", help: "Open.", mode: "livesum" }).set(amount);
    const fetching = (_, init) => fetch(collector.push, init);
    const own = pusher({ url: "http://collector.example/push", token: "opensesame", registry, fetch: fetching, onError: () => undefined });
    return { registry, own };
  };
  const [ended, living] = [pushing(1000), pushing(1)];
  await ended.own.push({ ended: true });
  await living.own.push();
  for (let start = 0; start < 2; start++) {
    await collector.killed();
    collector = await collecting(t, dir);
    assert.match(await collector.page(), new RegExp(`^jobs_total ${1001 + start}$`, "m"));
    assert.match(await collector.page(), /^open 1$/m);
    living.registry.counter({ name: "jobs", help: "Jobs." }).inc();
    assert.equal((await living.own.push()).outcome, "sent");
  }
  assert.equal(living.own.counts.anew + living.own.counts.behind, 0);
  assert.ok(existsSync(journal(dir)));
});
