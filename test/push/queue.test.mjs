// What waits: files that cannot be read, now or ever, that are gone, or too many for arguments; what is let go of while it is under way.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { answering } from "./answering.mjs";
import { inside } from "./internals.mjs";
import { registryOf, writing } from "./writing.mjs";

const { Delivery, DiskShelf, MemoryShelf, OwnOfRemoteWrite, Queue, snappy } = inside;
const LIMITS = { maxBytes: 1 << 20, maxAgeSeconds: 3600 };
const about = (samples, time = 0) => ({ samples, histograms: 0, exemplars: 0, time, version: 1 });

async function folderOf(t) {
  const folder = await mkdtemp(join(tmpdir(), "tallystick-queue-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function depthOf(t) {
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  return registry;
}

const failing = (code) => Object.assign(new Error(`${code}: cannot`), { code });

/** A queue over a shelf whose reads fail as `failure` says, and a way out of it. */
async function delivering({ failure, attempt = () => ({ kind: "sent", lost: undefined }), bodies = 3, limits = LIMITS }) {
  const told = [];
  const shelf = new DiskShelf("");
  const memory = new MemoryShelf();
  shelf.load = () => memory.load();
  shelf.put = (body) => memory.put(body);
  shelf.drop = (waiting) => memory.drop(waiting);
  shelf.get = async (waiting) => {
    const error = failure?.(waiting);
    if (error !== undefined) throw error;
    return memory.get(waiting);
  };
  const queue = new Queue(shelf, limits, { dropped: ({ samples }, why) => told.push([samples, why]), failed: assert.fail });
  const delivery = new Delivery(queue, {
    backoff: { least: 60, most: 60 },
    hasTimers: true,
    attempt: async (waiting) => attempt(waiting, queue),
    unread: (error) => error,
    told: (error) => told.push(error.message),
    changed: () => {},
  });
  for (let i = 1; i <= bodies; i++) await queue.put(new Uint8Array(i), about(i), 0);
  return { queue, delivery, told };
}

test("a directory that cannot be read at the start is read before the next round, and nothing in it is there twice", async (t) => {
  const folder = await folderOf(t);
  await new DiskShelf(folder).put(new Uint8Array(3), about(7));
  const told = [];
  const shelf = new DiskShelf(folder);
  const load = shelf.load.bind(shelf);
  let isFull = true;
  shelf.load = async () => {
    if (isFull) throw failing("EMFILE");
    return load();
  };
  const queue = new Queue(shelf, LIMITS, { dropped: assert.fail, failed: (error) => told.push(error.message) });
  for (let i = 0; i < 2; i++) {
    assert.equal(await queue.load(0), false);
    await queue.put(new Uint8Array(2), about(1, 1 + i), 0);
  }
  isFull = false;
  assert.equal(await queue.load(0), true);
  assert.deepEqual([queue.length, queue.bytes, queue.oldest], [3, 7, 0]);
  assert.deepEqual(told, ["EMFILE: cannot"]);
});

test("remoteWrite sends what an earlier process left where its directory can be read later alone", async (t) => {
  const folder = await folderOf(t);
  const at = join(folder, "queue");
  const { url, requests } = await answering(t);
  const earlier = new DiskShelf(at);
  await earlier.put(snappy(new Uint8Array(0)), about(1, Date.now()));
  await rename(at, join(folder, "away"));
  await writeFile(at, "a file in its place");
  const { writer } = writing(t, depthOf(t), url, { directory: at, include: ["depth"] });
  await writer.flush();
  assert.equal(requests.length, 1);
  await rm(at);
  await rename(join(folder, "away"), at);
  assert.equal(await writer.flush(), true);
  assert.equal(requests.length, 3, "what was left, and a round");
});

for (const code of ["EMFILE", "ENFILE", "ENOMEM"]) {
  test(`${code}: what cannot be read at the moment waits on, in its order, and is told once`, async () => {
    let isFull = true;
    const sent = [];
    const attempt = ({ samples }) => {
      sent.push(samples);
      return { kind: "sent", lost: undefined };
    };
    const { queue, delivery, told } = await delivering({ failure: () => (isFull ? failing(code) : undefined), attempt });
    const { now } = Date;
    Date.now = () => 0;
    try {
      assert.equal(await delivery.drain(), false);
      assert.equal(await delivery.drain(), false);
      assert.deepEqual([queue.length, told, delivery.counts], [3, [`${code}: cannot`], { sent: 0, dropped: 0, failures: 2 }]);
      isFull = false;
      assert.equal(await delivery.drain(), true);
      assert.deepEqual([sent, queue.length, delivery.counts.sent], [[1, 2, 3], 0, 6]);
    } finally {
      Date.now = now;
      delivery.over();
    }
  });
}

test("what can never be read, and what is gone, is dropped and told, and holds up nothing", async (t) => {
  const folder = await folderOf(t);
  const { requests, url } = await answering(t);
  const now = Date.now();
  const name = (number) => `${String(now).padStart(15, "0")}-0000000${number}-0123abcd.v1.s7.h2.e0.snappy`;
  await mkdir(join(folder, name(1)));
  await writeFile(join(folder, name(2)), "x");
  const shelf = new DiskShelf(folder);
  const told = [];
  const queue = new Queue(shelf, LIMITS, {
    dropped: ({ samples }, why, cause) => told.push([samples, why, cause?.code]),
    failed: ({ code }) => told.push(code),
  });
  await queue.load(Date.now());
  await queue.put(new Uint8Array(1), about(1, Date.now()), Date.now());
  await rm(join(folder, name(2)));
  const { waiting } = await queue.head(Date.now());
  assert.equal(waiting.samples, 1);
  // A folder cannot be removed as a file is.
  assert.deepEqual(told, ["ERR_FS_EISDIR", [7, "unreadable", undefined], [7, "gone", undefined]]);
  const { writer, told: words } = writing(t, depthOf(t), url, { directory: folder, include: ["depth"] });
  assert.equal(await writer.flush(), true);
  assert.deepEqual([writer.statistics.dropped, writer.statistics.sent, requests.length], [9, 2, 2]);
  assert.match(
    words.map(({ message }) => message).join("\n"),
    /^Cannot keep 7 samples and 2 native histograms for \S+ any longer: their file cannot be read: it is not this user's alone/m,
  );
});

test("a folder that somebody removes is made again", async (t) => {
  const folder = join(await folderOf(t), "queue");
  const { url } = await answering(t, (_, response) => response.writeHead(503).end());
  const { writer, told } = writing(t, depthOf(t), url, { directory: folder, include: ["depth"], retrySeconds: [60, 60] });
  await writer.flush();
  await rm(folder, { recursive: true });
  await writer.flush();
  await writer.flush();
  assert.equal((await readdir(folder)).length, 2);
  assert.deepEqual([writer.statistics.dropped, told.map(({ code }) => code)], [1, ["refused", "dropped"]]);
});

test("Queue: more requests than a call has arguments are loaded, in front of those that are there", async () => {
  const shelf = new MemoryShelf();
  const left = Array.from({ length: 200_000 }, (_, i) => ({ ...about(1, i), bytes: 1, name: `left-${i}` }));
  shelf.load = () => Promise.resolve(left);
  const queue = new Queue(shelf, { ...LIMITS, maxAgeSeconds: 1e9 }, { dropped: assert.fail, failed: assert.fail });
  await queue.put(new Uint8Array(1), about(2, 300_000), 0);
  await queue.load(0);
  assert.deepEqual([queue.length, queue.bytes, queue.oldest], [200_001, 200_001, 0]);
});

test("Queue: what is let go of while it is read is not handed out, nor counted twice", async () => {
  const dropped = [];
  const shelf = new MemoryShelf();
  const { get } = shelf;
  let isFirst = true;
  shelf.get = async (waiting) => {
    const body = await get.call(shelf, waiting);
    if (isFirst) {
      isFirst = false;
      await queue.put(new Uint8Array(8), about(2), 0);
    }
    return body;
  };
  const queue = new Queue(
    shelf,
    { maxBytes: 10, maxAgeSeconds: 10 },
    { dropped: ({ samples }) => dropped.push(samples), failed: assert.fail },
  );
  await queue.put(new Uint8Array(8), about(1), 0);
  assert.equal((await queue.head(0)).waiting.samples, 2);
  assert.deepEqual([dropped, queue.length, queue.bytes], [[1], 1, 8]);
});

test("Delivery: what is let go of while it is under way is counted as dropped alone", async () => {
  let isFirst = true;
  const attempt = async (_, queue) => {
    if (isFirst) await queue.put(new Uint8Array(10), about(4), 0);
    isFirst = false;
    return { kind: "sent", lost: undefined };
  };
  const { now } = Date;
  Date.now = () => 0;
  const { delivery, told } = await delivering({ attempt, bodies: 1, limits: { maxBytes: 10, maxAgeSeconds: 10 } });
  try {
    assert.equal(await delivery.drain(), true);
    assert.deepEqual([told, delivery.counts], [[[1, "full"]], { sent: 4, dropped: 0, failures: 0 }]);
  } finally {
    Date.now = now;
    delivery.over();
  }
});

test("Delivery: what is put behind the last one, just when there is no more, is sent by whoever waits", async () => {
  const { queue, delivery } = await delivering({ bodies: 1 });
  const { now } = Date;
  Date.now = () => 0;
  const { head } = queue;
  let second;
  queue.head = async (at) => {
    const found = await head.call(queue, at);
    if (found === undefined && second === undefined) {
      await queue.put(new Uint8Array(1), about(2), 0);
      second = delivery.drain();
    }
    return found;
  };
  try {
    assert.deepEqual([await delivery.drain(), await second], [true, true]);
    assert.deepEqual([queue.length, delivery.counts.sent], [0, 3]);
  } finally {
    Date.now = now;
    delivery.over();
  }
});

test("an empty directory is refused: it would be none, and fail with each request", (t) => {
  assert.throws(
    () => writing(t, depthOf(t), "http://receiver.example/", { directory: "" }),
    /^TypeError: Cannot use an empty directory of remoteWrite/,
  );
});

test("Queue: of a row of failures to keep what waits the first is told", async () => {
  const shelf = new MemoryShelf();
  const { put } = shelf;
  let code = "ENOSPC";
  shelf.put = async (body) => {
    if (code !== undefined) throw failing(code);
    return put.call(shelf, body);
  };
  const told = [];
  const queue = new Queue(shelf, LIMITS, { dropped: assert.fail, failed: (error) => told.push(error.code) });
  for (code of ["ENOSPC", "ENOSPC", undefined, "EIO", "EIO"]) await queue.put(new Uint8Array(1), about(1), 0);
  assert.deepEqual([told, queue.length], [["ENOSPC", "EIO"], 5]);
});

test("OwnOfRemoteWrite: what there is no room for makes nothing else count twice", () => {
  const counts = {};
  let isFull = true;
  const family = (_, { name }) => {
    if (isFull && !name.includes("samples")) throw new RangeError("full");
    const add = ({ outcome = "" }, value) => (counts[`${name} ${outcome}`] = (counts[`${name} ${outcome}`] ?? 0) + value);
    return { inc: add, set: () => {} };
  };
  const own = new OwnOfRemoteWrite({ family }, "http://receiver.example/");
  for (const sent of [5, 5, 7]) own.tell({ sent, dropped: 1, failures: 3, waitingBytes: 0 });
  isFull = false;
  for (let i = 0; i < 2; i++) own.tell({ sent: 7, dropped: 2, failures: 4, waitingBytes: 0 });
  assert.deepEqual(counts, {
    "tallystick_remote_write_samples sent": 7,
    "tallystick_remote_write_samples dropped": 2,
    "tallystick_remote_write_failures ": 4,
  });
});
