// Both ends without processes: channels that are told what to carry, and ends of images that fail.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import "./cluster-built.mjs";
import { FakeReader, FakeWriter } from "./cluster-fakes.mjs";

const { ClusterCollector, ClusterWorker, clusterRuntime, KEY } = await import(process.env.CLUSTER_BUILT);
const { host } = clusterRuntime();
let pids = 1;

/** The two ends of a channel as Node has them: in order, later, and not at all once it is closed. */
function channel({ holds = false } = {}) {
  const end = (pid) => Object.assign(new EventEmitter(), { pid, connected: true, channel: {}, sent: [] });
  const [child, process] = [end(pids++), end(0)];
  const held = [];
  const carry = (from, to) => (message, taken) => {
    if (!from.connected) throw new Error("The channel is closed");
    from.sent.push(message);
    const text = JSON.stringify(message);
    const arrives = () => to.emit("message", JSON.parse(text), undefined);
    if (from === process && holds) held.push(arrives);
    else setImmediate(arrives);
    setImmediate(() => taken?.(null));
    return true;
  };
  child.send = carry(child, process);
  process.send = carry(process, child);
  process.disconnect = () => {
    process.connected = child.connected = false;
    setImmediate(() => child.emit("disconnect"));
  };
  const release = () => {
    for (const arrives of held.splice(0)) arrives();
  };
  const die = () => {
    process.connected = child.connected = false;
    child.emit("exit", null, "SIGKILL");
    child.emit("disconnect");
  };
  return { child, process, release, die };
}

function collecting(t, options) {
  const reader = new FakeReader();
  const refused = [];
  const collector = new ClusterCollector(reader, host, { onRefused: (error) => refused.push(error), ...options });
  t.after(() => collector.close());
  return { reader, collector, refused };
}

/** A worker with its channel. */
function working(t, collector, options) {
  const ends = channel(options);
  const writer = new FakeWriter();
  const worker = new ClusterWorker(writer, ends.process, host);
  t.after(() => worker.close());
  collector.add(ends.child);
  return { ...ends, writer, worker };
}

const ours = (end) => end.sent.map((message) => message[KEY]);

test("ClusterCollector: 10,000 that come and go leave nothing behind", async (t) => {
  const { reader, collector } = collecting(t);
  const begin = () => {
    const ends = channel();
    const writer = new FakeWriter();
    writer.inc("counted");
    const worker = new ClusterWorker(writer, ends.process, host);
    collector.add(ends.child);
    return { ...ends, worker };
  };
  for (let i = 0; i < 100; i++) {
    const some = Array.from({ length: 100 }, begin);
    // On a machine that is busy a scrape may go without some of them.
    do await collector.scrape();
    while (collector.statistics.workers < 100 || collector.statistics.late > 0);
    for (const { child, die, worker } of some) {
      die();
      assert.equal(child.listenerCount("message") + child.listenerCount("exit") + child.listenerCount("disconnect"), 0);
      worker.close();
    }
  }
  await collector.scrape();
  assert.equal(reader.page.get("counted"), 10_000);
  assert.equal(reader.processes.size, 0);
  assert.equal(collector.statistics.workers, 0);
  assert.equal(collector.statistics.oldestSeconds, 0);
});

test("ClusterCollector: what was asked before a scrape is no answer to it", async (t) => {
  const { reader, collector } = collecting(t);
  const { writer, release } = working(t, collector, { holds: true });
  const answered = async () => {
    let done = false;
    const round = collector.scrape().then(() => (done = true));
    while (!done) {
      release();
      await sleep(1);
    }
    await round;
  };
  writer.inc("counted");
  await answered();
  // What it answers to this one is still on its way.
  await collector.scrape();
  assert.equal(collector.statistics.lateTotal, 1);
  writer.inc("counted", 5);
  await answered();
  assert.equal(reader.page.get("counted"), 6);
  assert.equal(collector.statistics.lateTotal, 1);
});

test("ClusterCollector: what is still in the channel when a worker exits is applied before it is folded", async (t) => {
  const { reader, collector } = collecting(t);
  const { child, process, writer, release } = working(t, collector, { holds: true });
  writer.inc("counted", 5);
  const round = collector.scrape();
  await sleep(10);
  child.emit("exit", 0, null);
  assert.equal(reader.folds, 0, "Its channel is open");
  release();
  process.disconnect();
  await sleep(10);
  release();
  await round;
  await sleep(10);
  await collector.scrape();
  assert.equal(reader.folds, 1);
  assert.equal(reader.page.get("counted"), 5);
});

for (const [frameMilliseconds, how] of [
  [0, "one message"],
  [1, "slices"],
]) {
  test(`ClusterCollector: asks for the whole image where one in ${how} builds upon what it has not`, async (t) => {
    const { reader, collector, refused } = collecting(t);
    const { process, writer } = working(t, collector);
    writer.inc("counted", 5);
    await collector.scrape();
    writer.frameMilliseconds = frameMilliseconds;
    // Another reads what it writes: the next sequence builds upon that.
    for (const _ of writer.frames({ full: true, ended: false }));
    writer.inc("counted", 1);
    for (const _ of writer.frames({ full: false, ended: false }));
    for (const name of ["counted", "others", "more", "most", "all"]) writer.inc(name, 1);
    // A machine that is busy may need more than the time that a scrape has.
    do await collector.scrape();
    while (collector.statistics.late > 0);
    assert.equal(reader.page.get("counted"), 7);
    assert.equal(reader.page.get("all"), 1);
    assert.deepEqual(refused, []);
    assert.ok(ours(process).filter((said) => said.answer !== undefined).length >= 3);
  });
}

test("ClusterCollector: an image that cannot be read is told once, and costs the others nothing", async (t) => {
  const { reader, collector, refused } = collecting(t);
  const { writer } = working(t, collector);
  const bad = working(t, collector);
  bad.writer.frames = function* () {
    yield new TextEncoder().encode('{"foreign":true}');
  };
  writer.inc("counted", 2);
  for (let i = 0; i < 6; i++) {
    await collector.scrape();
    assert.equal(reader.page.get("counted"), 2);
  }
  assert.equal(refused.length, 1);
  assert.equal(refused[0].code, "image-refused");
  assert.match(refused[0].message, /^Cannot collect what process \d+ counted: Cannot read the image: it is of version 9$/);
  const asked = ours(bad.child).length;
  await collector.scrape();
  assert.equal(ours(bad.child).length, asked, "It is asked no more");
});

test("ClusterCollector: a worker that cannot write says so, and its last image stays", async (t) => {
  const { reader, collector, refused } = collecting(t);
  const { writer } = working(t, collector);
  writer.inc("counted", 2);
  await collector.scrape();
  writer.fails = true;
  await collector.scrape();
  assert.equal(reader.page.get("counted"), 2);
  assert.match(refused[0].message, /counted: Error: Cannot write$/);
  writer.fails = false;
  writer.inc("counted", 2);
  await collector.scrape();
  await collector.scrape();
  assert.equal(reader.page.get("counted"), 4);
});

test("ClusterCollector: a scrape never fails: where memory is used up that is told, and tried again", async (t) => {
  const { reader, collector, refused } = collecting(t);
  const { writer, die } = working(t, collector);
  writer.inc("counted", 2);
  await collector.scrape();
  const { fold, publish } = FakeReader.prototype;
  reader.fold = reader.publish = () => {
    throw new Error("Cannot fold: memory is used up");
  };
  die();
  await collector.scrape();
  assert.equal(reader.page.get("counted"), 2);
  assert.equal(refused.length, 1);
  assert.match(refused[0].message, /^Cannot show what the processes of the cluster counted: Cannot fold/);
  Object.assign(reader, { fold, publish });
  await collector.scrape();
  assert.equal(reader.retired.get("counted"), 2);
  assert.equal(reader.processes.size, 0);
});

test("ClusterCollector: nonsense under our key is no error", async (t) => {
  const { collector, refused } = collecting(t);
  const { process, writer, worker: _worker, child } = working(t, collector);
  writer.inc("counted");
  for (const said of [null, 1, "frames", {}, { version: 99, name: "", frames: ["x"] }, { version: 1, name: "", frames: [1, null, {}] }]) {
    process.send({ [KEY]: said });
    child.send({ [KEY]: said });
  }
  process.send("text");
  child.send({ version: 1 });
  await sleep(10);
  await collector.scrape();
  assert.deepEqual(refused, []);
  assert.equal(collector.statistics.workers, 1);
});

test("ClusterWorker: an image that takes longer than a slice is one message where it is small, and some where it is large", async (t) => {
  const { reader, collector } = collecting(t);
  const { process, writer } = working(t, collector);
  await collector.scrape();
  writer.frameMilliseconds = 1;
  for (const [length, messages] of [
    [10, 1],
    [30000, 3],
  ]) {
    const before = ours(process).length;
    for (let i = 0; i < 6; i++) writer.inc(`${length}_${i}`.padEnd(length, "x"));
    await collector.scrape();
    const said = ours(process).slice(before);
    assert.equal(said.flatMap(({ frames }) => frames).length, 3);
    // The last one may have nothing but that it is the answer.
    assert.ok(said.length === messages || said.length === messages + 1, `${said.length} messages`);
    if (messages === 1) assert.equal(said.length, 1);
    assert.ok(said.at(-1).answer > 0);
    assert.equal(reader.page.get(`${length}_5`.padEnd(length, "x")), 1);
  }
});

test("ClusterWorker: pushes every second what changed, and no more than the channel takes", async (t) => {
  const { collector } = collecting(t);
  const { process, writer } = working(t, collector);
  await collector.scrape();
  const before = ours(process).length;
  await sleep(1100);
  assert.equal(ours(process).length, before, "Nothing changed");
  writer.inc("counted");
  await sleep(1100);
  assert.equal(ours(process).length, before + 1);
  const { send } = process;
  process.send = (message) => send(message);
  writer.inc("counted");
  await sleep(1100);
  writer.inc("counted");
  await sleep(1100);
  assert.equal(ours(process).length, before + 2, "The one before is still on its way");
});

test("ClusterWorker: one that begins again in the same process is the same one, or another where its memory is", async (t) => {
  const { reader, collector } = collecting(t);
  const { process, writer, worker } = working(t, collector);
  writer.inc("counted", 2);
  await collector.scrape();
  worker.close();
  await sleep(10);
  const again = new ClusterWorker(writer, process, host);
  await sleep(10);
  await collector.scrape();
  assert.equal(reader.page.get("counted"), 2);
  again.close();
  await sleep(10);
  const other = new FakeWriter();
  other.inc("counted", 3);
  const last = new ClusterWorker(other, process, host);
  t.after(() => last.close());
  await sleep(10);
  await collector.scrape();
  assert.equal(reader.page.get("counted"), 5);
});

test("ClusterWorker: one whose registry was closed says that it failed, to a wish and of its own accord, and lives", async (t) => {
  const { collector, refused } = collecting(t);
  const { writer, process: end, child } = working(t, collector);
  await collector.scrape();
  const rejections = [];
  const hear = (error) => rejections.push(error);
  process.on("unhandledRejection", hear);
  t.after(() => process.off("unhandledRejection", hear));
  const closed = () => {
    throw new Error("The registry is closed");
  };
  Object.defineProperties(writer, { instance: { get: closed }, sequence: { get: closed }, frames: { value: closed } });
  await collector.scrape();
  await sleep(1200);
  assert.deepEqual(rejections, []);
  const failures = ours(end).filter(({ failed }) => failed !== undefined);
  assert.ok(failures.some(({ answer }) => answer !== undefined));
  assert.ok(failures.some(({ answer }) => answer === undefined));
  assert.match(refused[0].message, new RegExp(`process ${child.pid} counted: Error: The registry is closed`));
});

const NONSENSE = [null, 0, -1, "x", "__proto__", {}, [null], [{}], { length: 1e9 }, true, 1e300, "A".repeat(1e6), ["A".repeat(6e6)]];

test("ClusterCollector: a child that says nonsense is refused, and neither a throw nor the end of anything", async (t) => {
  const { collector, refused } = collecting(t);
  const { child, writer } = working(t, collector);
  const other = working(t, collector);
  writer.inc("counted");
  other.writer.inc("counted", 2);
  for (const key of ["hello", "frames", "answer", "failed", "wish", "bye"]) {
    // A throw of a listener is one of emit.
    for (const value of NONSENSE) child.emit("message", { [KEY]: { version: 1, name: "", [key]: value } });
  }
  child.emit("message", { [KEY]: { version: 1, name: "", frames: Array.from({ length: 65537 }, () => "") } });
  for (const value of [null, 1, { version: 1, name: "" }]) child.emit("message", { [KEY]: value });
  await collector.scrape();
  assert.equal(refused.length, 1);
  assert.match(refused[0].message, /^Cannot collect what process \d+ counted: it said hello with 0$/);
  assert.equal(other.child.listenerCount("message"), 1);
});

test("ClusterWorker: nonsense of a parent is no wish", async (t) => {
  const { process: end } = working(t, collecting(t).collector);
  for (const wish of NONSENSE) end.emit("message", { [KEY]: { version: 1, name: "", wish } });
});

test("ClusterCollector: add refuses what is nothing, by name", (t) => {
  const { collector } = collecting(t);
  for (const child of [null, undefined, 1, {}, { process: null }, { process: {} }]) {
    assert.throws(() => collector.add(child), { name: "TypeError", message: /^Cannot collect from / });
  }
});
