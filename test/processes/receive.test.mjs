// The receiver of pushes: who may push, how much, who is dead, and what a crash leaves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { clock, FakeReader, FakeStore, FakeWriter, ImagePusher, receiverOf, wire } from "./push-fakes.mjs";

const URL = "https://collector.example/push";
const TOKEN = "opensesame";
const TYPE = "application/x-tallystick-image";

function receiving(options = {}) {
  const seconds = clock();
  const reader = new FakeReader();
  const told = [];
  const receiver = receiverOf(reader, { token: TOKEN, seconds, onError: (error) => told.push(error.message), ...options });
  return { seconds, reader, receiver, told };
}

function imageOf(writer, options = { full: true, ended: false }) {
  return Buffer.concat([...writer.frames(options)]);
}

function posted(writer, body, headers = {}) {
  const all = {
    authorization: `Bearer ${TOKEN}`,
    "content-type": TYPE,
    "tallystick-instance": writer.instance,
    "tallystick-share": "full",
    ...headers,
  };
  for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name];
  return new Request(URL, { method: "POST", body, headers: all, duplex: "half" });
}

test("imageReceiver answers what it has, and shows it", async () => {
  const { receiver, reader } = receiving();
  const writer = new FakeWriter();
  writer.inc("a", 4);
  const response = await receiver(posted(writer, imageOf(writer)));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { sequence: 1 });
  assert.equal(await reader.shown("a"), 4);
});

for (const [what, status, make, more = {}] of [
  ["no token", 401, { headers: { authorization: undefined } }, { "www-authenticate": "Bearer" }],
  ["another scheme", 401, { headers: { authorization: `Basic ${TOKEN}` } }],
  ["a wrong token", 403, { headers: { authorization: "Bearer opensesamE" } }],
  ["the beginning of the token", 403, { headers: { authorization: "Bearer opens" } }],
  ["a GET", 405, { method: "GET" }, { allow: "POST" }],
  ["another type", 415, { headers: { "content-type": "text/plain" } }],
  ["another coding", 415, { headers: { "content-encoding": "br" } }, { "accept-encoding": "gzip" }],
  ["no instance", 400, { headers: { "tallystick-instance": undefined } }],
  ["an instance that is no number", 400, { headers: { "tallystick-instance": "zzzzzzzzzzzzzzzz" } }],
  ["another instance than the frames'", 400, { headers: { "tallystick-instance": "0123456789abcdef" } }],
  ["the instance of the retired", 400, { headers: { "tallystick-instance": "ffffffffffffffff" } }],
  ["a share that is none", 400, { headers: { "tallystick-share": "half" } }],
  ["a silence that is no number", 400, { headers: { "tallystick-silent": "-1" } }],
  ["no body", 400, { body: () => new Uint8Array(0) }],
  ["half a frame", 400, { body: (bytes) => bytes.subarray(0, bytes.length - 3) }],
  ["nonsense", 400, { body: () => Buffer.from([0, 0, 0, 8, 1, 2, 3, 4]) }],
  ["what is not compressed as it says", 400, { headers: { "content-encoding": "gzip" } }],
  ["what is compressed by half", 400, { headers: { "content-encoding": "gzip" }, body: (bytes) => gzipSync(bytes).subarray(0, 40) }],
  ["changes of whom it does not know", 409, { headers: { "tallystick-share": "changes" } }],
]) {
  test(`imageReceiver answers ${status} to ${what}`, async () => {
    const { receiver, reader, told } = receiving();
    const other = new FakeWriter();
    other.inc("a");
    await receiver(posted(other, imageOf(other)));
    const writer = new FakeWriter();
    writer.inc("a", 4);
    const bytes = imageOf(writer);
    const request = posted(writer, make.body?.(bytes) ?? bytes, make.headers);
    for (let i = 0; i < 3; i++) {
      const response = await receiver(make.method === undefined ? request.clone() : new Request(URL, { method: make.method }));
      assert.equal(response.status, status);
      for (const [name, value] of Object.entries(more)) assert.equal(response.headers.get(name), value);
      assert.ok(!(await response.text()).includes(TOKEN));
    }
    assert.equal(await reader.shown("a"), 1);
    assert.equal(told.length, status === 409 ? 0 : 1, told.join("\n"));
    assert.equal(receiver.counts().refused, 3);
    // Who has no token, or has to push anew, pushed no bad image.
    assert.equal(receiver.counts().refusedImages, [400, 415].includes(status) ? 3 : 0);
    // Whoever was refused comes as it should: nothing of it is left.
    assert.equal((await receiver(posted(writer, bytes))).status, 200);
    assert.equal(await reader.shown("a"), 5);
  });
}

test("imageReceiver tells of refused tokens once an address, and of a hundred at the most", async () => {
  let address = 0;
  const { receiver, told } = receiving({ address: () => `192.0.2.${address++ >> 1}` });
  const writer = new FakeWriter();
  for (let i = 0; i < 400; i++) await receiver(posted(writer, new Uint8Array(0), { authorization: "Bearer wrong" }));
  assert.equal(told.length, 100);
  assert.equal(told[0], "Refused a push from 192.0.2.0, 403: The token is not the one of this receiver");
  assert.equal(receiver.counts().refused, 400);
});

/** A body that counts how much of it was asked for. */
function endless(piece) {
  const body = { asked: 0, cancelled: false };
  body.stream = new ReadableStream({
    pull(controller) {
      body.asked += piece.length;
      controller.enqueue(piece);
    },
    cancel() {
      body.cancelled = true;
    },
  });
  return body;
}

test("imageReceiver stops reading at maxBytes, whatever was declared", async () => {
  const { receiver } = receiving({ maxBytes: 262144 });
  const writer = new FakeWriter();
  const body = endless(new Uint8Array(4096));
  assert.equal((await receiver(posted(writer, body.stream))).status, 413);
  assert.ok(body.asked <= 262144 + 3 * 4096, `${body.asked} bytes were read`);
  assert.equal(body.cancelled, true);
  const declared = endless(new Uint8Array(4096));
  const { headers } = posted(writer, "x", { "content-length": "262145" });
  assert.equal((await receiver({ method: "POST", headers, body: declared.stream })).status, 413);
  assert.ok(declared.asked <= 4096);
  assert.equal(receiver.counts().refusedImages, 2);
});

test("imageReceiver refuses a maxBytes that no image of a few families fits into, by its limits", () => {
  for (const maxBytes of [4096, 262143, 268435457, NaN]) {
    const message = `Cannot use ${maxBytes} as maxBytes of receiver: it must be from 262144 to 268435456`;
    assert.throws(() => receiving({ maxBytes }), { name: "RangeError", message });
  }
  receiving({ maxBytes: 262144 });
});

test("imageReceiver unpacks no more of a bomb than maxBytes", async () => {
  const { receiver } = receiving({ maxBytes: 1048576 });
  const writer = new FakeWriter();
  const bomb = gzipSync(new Uint8Array(268435456));
  assert.ok(bomb.length < 300000);
  const body = { at: 0 };
  body.stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(bomb.subarray(body.at, (body.at += 1024)));
      if (body.at >= bomb.length) controller.close();
    },
  });
  const before = process.memoryUsage().arrayBuffers;
  assert.equal((await receiver(posted(writer, body.stream, { "content-encoding": "gzip" }))).status, 413);
  assert.ok(body.at < 32768, `${body.at} of ${bomb.length} bytes were read`);
  assert.ok(process.memoryUsage().arrayBuffers - before < 33554432);
});

test("imageReceiver reads no body of whom it does not know the token", async () => {
  const { receiver } = receiving();
  const writer = new FakeWriter();
  const body = endless(new Uint8Array(4096));
  assert.equal((await receiver(posted(writer, body.stream, { authorization: undefined }))).status, 401);
  assert.ok(body.asked <= 4096);
});

function pushing(receiver, seconds, options = {}) {
  const writer = new FakeWriter();
  const errors = [];
  const fetch = wire(receiver);
  const pusher = new ImagePusher(writer, {
    url: URL,
    token: TOKEN,
    seconds,
    fetch,
    onError: (error) => errors.push(error.message),
    ...options,
  });
  return { writer, pusher, errors };
}

test("imageReceiver takes so many processes, folds the dead for new ones, and answers 429 to the rest", async () => {
  const { receiver, reader, seconds } = receiving({ maxProcesses: 2 });
  const processes = [1, 2, 3].map(() => pushing(receiver, seconds));
  for (const { writer } of processes) writer.inc("a");
  const outcomes = [];
  for (const { pusher } of processes) outcomes.push((await pusher.push()).outcome);
  assert.deepEqual(outcomes, ["sent", "sent", "failed"]);
  assert.match(processes[2].errors[0], /429, it has as many processes as it takes/);
  seconds.now += 299;
  await processes[1].pusher.push();
  seconds.now += 31;
  assert.equal((await processes[2].pusher.push()).outcome, "sent");
  assert.deepEqual(receiver.counts(), { processes: 2, dead: 0, silentSeconds: 31, folded: 1, pushes: 4, refused: 1, refusedImages: 0 });
  assert.equal(await reader.shown("a"), 3);
});

test("imageReceiver takes the silent for dead, and for alive again when they come back", async () => {
  const { receiver, reader, seconds } = receiving();
  const { writer, pusher, errors } = pushing(receiver, seconds);
  writer.inc("a");
  await pusher.push();
  seconds.now += 301;
  await receiver.settled();
  assert.deepEqual([reader.living, receiver.counts().dead, await reader.shown("a")], [0, 1, 1]);
  writer.inc("a");
  await pusher.push();
  assert.deepEqual([reader.living, receiver.counts().dead, await reader.shown("a")], [1, 0, 2]);
  assert.deepEqual(errors, []);
});

test("imageReceiver folds who was silent for long; one that comes back begins anew, and nothing is there twice", async () => {
  const { receiver, reader, seconds } = receiving();
  const { writer, pusher, errors } = pushing(receiver, seconds);
  writer.inc("a", 5);
  await pusher.push();
  const { instance } = writer;
  seconds.now += 3601;
  await receiver.settled();
  assert.deepEqual([receiver.counts().folded, await reader.shown("a")], [1, 5]);
  assert.equal((await pusher.push()).outcome, "sent");
  assert.notEqual(writer.instance, instance);
  assert.equal(await reader.shown("a"), 5);
  assert.match(errors.join(), /^Began anew at https:\/\/collector.example\/push: it took this process for dead/);
  writer.inc("a", 2);
  await pusher.push();
  assert.equal(await reader.shown("a"), 7);
  assert.deepEqual(pusher.counts.anew, 1);
});

test("imageReceiver takes a last word twice that was lost on the way back, before and after the fold", async () => {
  const { receiver, reader, seconds } = receiving();
  const writer = new FakeWriter();
  writer.inc("a");
  const last = imageOf(writer, { full: true, ended: true });
  for (let i = 0; i < 3; i++) {
    const response = await receiver(posted(writer, last));
    assert.deepEqual([response.status, await response.json()], [200, { sequence: 1 }]);
    seconds.now += 31;
    await receiver.settled();
    assert.equal(await reader.shown("a"), 1);
    assert.equal(receiver.counts().folded, 1);
  }
});

test("imageReceiver sends away whose name may be among those that it forgot", async () => {
  const { receiver, reader, seconds } = receiving({ maxProcesses: 20000 });
  const old = pushing(receiver, seconds);
  old.writer.inc("a");
  await old.pusher.push();
  seconds.now += 10;
  for (let i = 0; i < 10001; i++) {
    const writer = new FakeWriter();
    writer.inc("b");
    await receiver(posted(writer, imageOf(writer, { full: true, ended: true })));
    if (i === 0) {
      seconds.now += 3601;
      await receiver.settled();
      assert.equal(receiver.counts().folded, 2);
    }
  }
  seconds.now += 31;
  await receiver.settled();
  assert.equal(receiver.counts().folded, 10000);
  old.writer.inc("a");
  assert.equal((await old.pusher.push()).outcome, "sent");
  assert.equal(old.pusher.counts.anew, 1);
  assert.equal(await reader.shown("a"), 1);
  assert.equal(await reader.shown("b"), 10001);
});

test("imageReceiver with a store loses nothing that it acknowledged, and asks for short rows", async () => {
  const store = new FakeStore();
  const seconds = clock();
  let receiver;
  let reader;
  const begin = () => {
    reader = new FakeReader();
    receiver = receiverOf(reader, { token: TOKEN, seconds, store });
  };
  begin();
  const living = pushing((request) => receiver(request), seconds);
  const dying = pushing((request) => receiver(request), seconds);
  dying.writer.inc("a", 7);
  await dying.pusher.push();
  for (let i = 0; i < 200; i++) {
    living.writer.inc("a");
    assert.equal((await living.pusher.push()).outcome, "sent");
    if (i % 10 === 0) begin();
  }
  await receiver.settled();
  assert.equal(await reader.shown("a"), 207);
  assert.equal(living.pusher.counts.behind, 0);
  assert.ok([...store.kept.keys()].length < 70, `${store.kept.size} keys`);
  seconds.now += 3601;
  await receiver.settled();
  assert.deepEqual([...store.kept.keys()].map((key) => key.replace(/[0-9a-f]{16}/, "")).sort(), ["folded/", "folded/", "retired"]);
  begin();
  await receiver.settled();
  assert.equal(await reader.shown("a"), 207);
  await dying.pusher.push();
  assert.equal(dying.pusher.counts.anew, 1);
  assert.equal(await reader.shown("a"), 207);
});

test("imageReceiver shows and acknowledges nothing that it could not keep", async () => {
  const store = new FakeStore();
  const { receiver, reader, seconds, told } = receiving({ store });
  const { writer, pusher } = pushing(receiver, seconds);
  writer.inc("a");
  store.broken = new Error("no space");
  for (let i = 0; i < 3; i++) {
    assert.equal((await pusher.push()).outcome, "failed");
    assert.equal(await reader.shown("a"), 0);
    seconds.now += 61;
  }
  assert.deepEqual(
    told.filter((text) => text.startsWith("Cannot")),
    ["Cannot keep what was pushed: no space; pushes are refused until it can"],
  );
  store.broken = undefined;
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await reader.shown("a"), 1);
});

test("imageReceiver refuses pushes for as long as what was kept cannot be loaded", async () => {
  const store = new FakeStore();
  const first = receiving({ store });
  const { writer, pusher } = pushing((request) => receiver(request), first.seconds);
  let { receiver } = first;
  writer.inc("a", 3);
  await pusher.push();
  const second = receiving({ store, seconds: first.seconds });
  ({ receiver } = second);
  writer.inc("a");
  for (const breaks of [(broken) => (second.reader.full = broken), (broken) => (store.unreadable = broken)]) {
    breaks(true);
    assert.equal((await pusher.push()).outcome, "failed");
    assert.equal(await second.reader.shown("a"), 0);
    breaks(false);
    first.seconds.now += 61;
  }
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await second.reader.shown("a"), 4);
  assert.equal(pusher.counts.behind, 0);
  assert.match(
    second.told.join("\n"),
    /Cannot load what was kept of pushes: the memory is used up\n(.*\n)*Cannot load what was kept of pushes: cannot be read/,
  );
});

test("imageReceiver that cannot load what was kept tries it again after 30 s, and not with each request", async () => {
  const store = new FakeStore();
  const { receiver, reader, seconds } = receiving({ store });
  const { writer, pusher } = pushing(receiver, seconds);
  const load = store.load.bind(store);
  const retire = reader.retire.bind(reader);
  let loads = 0;
  store.load = () => (loads++, load());
  writer.inc("a");
  for (const breaks of [
    (broken) => (store.unreadable = broken),
    (broken) => (reader.retire = broken ? () => assert.fail("no room") : retire),
  ]) {
    breaks(true);
    for (let times = 0; times < 3; times++) {
      assert.equal((await receiver(posted(writer, imageOf(writer)))).status, 503);
      assert.equal(await reader.shown("a"), 0);
    }
    breaks(false);
    seconds.now += 29;
    assert.equal((await receiver(posted(writer, imageOf(writer)))).status, 503);
    seconds.now += 1;
  }
  assert.equal(loads, 2);
  assert.equal((await pusher.push()).outcome, "sent");
  assert.deepEqual([loads, await reader.shown("a")], [3, 1]);
});

test("imageReceiver whose loading fails half way has nothing of that half when it succeeds", async () => {
  const store = new FakeStore();
  const first = receiving({ store });
  for (const name of ["a", "a", "b"]) {
    const { writer, pusher } = pushing(first.receiver, first.seconds);
    writer.inc(name);
    await pusher.push();
  }
  const { receiver, reader, seconds } = receiving({ store });
  const made = reader.process.bind(reader);
  let left = 2;
  reader.process = () => (left-- > 0 ? made() : assert.fail("there is no room"));
  assert.equal(await reader.shown("a"), 0);
  left = Infinity;
  seconds.now += 30;
  assert.deepEqual([await reader.shown("a"), await reader.shown("b"), receiver.counts().processes], [2, 1, 3]);
});

test("imageReceiver goes on where what was kept is nonsense, and says so", async () => {
  const store = new FakeStore();
  store.kept.set("folded/0123456789abcdef", Buffer.from("{"));
  store.kept.set("somebody's", Buffer.from("x"));
  store.kept.set("body/0123456789abcdef/0000000000", Buffer.from("xxxxxxxxx"));
  const { receiver, reader, seconds, told } = receiving({ store });
  const { writer, pusher } = pushing(receiver, seconds);
  writer.inc("a");
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await reader.shown("a"), 1);
  assert.match(told.join("\n"), /Cannot use "folded\/0123456789abcdef" of what was kept of pushes/);
  assert.match(told.join("\n"), /Cannot use "somebody's"/);
});

test("imageReceiver answers 503 where the memory is full, and takes it when there is some", async () => {
  const { receiver, reader, seconds, told } = receiving();
  const { writer, pusher } = pushing(receiver, seconds);
  writer.inc("a");
  reader.full = true;
  assert.equal((await pusher.push()).outcome, "failed");
  assert.equal(told[0], "Cannot take in what was pushed: the memory is used up");
  reader.full = false;
  seconds.now += 61;
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await reader.shown("a"), 1);
});

test("imageReceiver that can not fold one process takes in what others push, and folds it when it can", async () => {
  for (const store of [undefined, new FakeStore()]) {
    const { receiver, reader, seconds, told } = receiving({ store });
    const [silent, ending, living] = [1, 2, 3].map(() => pushing(receiver, seconds));
    for (const { writer, pusher } of [silent, ending, living]) {
      writer.inc("a");
      await pusher.push();
    }
    const fold = reader.fold.bind(reader);
    let folds = 0;
    reader.fold = (process) => {
      if (process.instance !== silent.writer.instance) return fold(process);
      folds++;
      throw new Error("there is no room");
    };
    seconds.now += 3000;
    await living.pusher.push();
    await ending.pusher.push({ ended: true });
    seconds.now += 601;
    for (let times = 0; times < 3; times++) {
      living.writer.inc("a");
      assert.equal((await living.pusher.push()).outcome, "sent");
      assert.equal(await reader.shown("a"), 4 + times);
      assert.deepEqual([receiver.counts().processes, receiver.counts().folded, receiver.counts().dead], [2, 1, 1]);
      seconds.now += 31;
    }
    assert.equal(folds, 3);
    assert.deepEqual(told, ["Cannot take in what was pushed: there is no room"]);
    reader.fold = fold;
    await receiver.settled();
    assert.deepEqual([receiver.counts().processes, receiver.counts().folded, await reader.shown("a")], [1, 2, 6]);
  }
});

/** A reader that has memory for so many processes, and for what is `large` where it has so many besides. */
function roomFor(reader, most, besides) {
  const there = new Set();
  const process = reader.process.bind(reader);
  reader.process = () => {
    if (there.size >= most) throw new Error("the memory is used up");
    const made = process();
    there.add(made);
    const apply = made.apply.bind(made);
    made.apply = (bytes) => {
      const result = apply(bytes);
      if (made.values.has("large") && there.size > most - besides) throw new Error("the memory is used up");
      return result;
    };
    return made;
  };
  for (const verb of ["drop", "fold"]) {
    const act = reader[verb].bind(reader);
    reader[verb] = (gone) => {
      there.delete(gone);
      act(gone);
    };
  }
}

test("imageReceiver folds as many of the dead as what is pushed has no memory beside, the longest silent first", async () => {
  const { receiver, reader, seconds, told } = receiving();
  roomFor(reader, 10, 3);
  const dead = [];
  for (let i = 0; i < 8; i++) {
    dead.push(pushing(receiver, seconds));
    dead[i].writer.inc("a");
    await dead[i].pusher.push();
    seconds.now++;
  }
  seconds.now += 301;
  const large = pushing(receiver, seconds);
  large.writer.inc("large");
  assert.equal((await large.pusher.push()).outcome, "sent");
  assert.deepEqual(told, []);
  // One was not enough, and two more were.
  assert.deepEqual([receiver.counts().folded, receiver.counts().processes], [3, 6]);
  for (const { writer, pusher } of dead) {
    writer.inc("a");
    await pusher.push();
  }
  assert.deepEqual(
    dead.map(({ pusher }) => pusher.counts.anew),
    [1, 1, 1, 0, 0, 0, 0, 0],
  );
  assert.deepEqual([await reader.shown("large"), await reader.shown("a")], [1, 13]);
});

test("imageReceiver does not fold who comes back from the dead for want of memory for it", async () => {
  const { receiver, reader, seconds, told } = receiving();
  roomFor(reader, 2, 1);
  const [back, living] = [1, 2].map(() => pushing(receiver, seconds));
  for (const { writer, pusher } of [back, living]) {
    writer.inc("a");
    await pusher.push();
  }
  seconds.now += 301;
  await living.pusher.push();
  back.writer.inc("large");
  assert.equal((await back.pusher.push()).outcome, "failed");
  assert.deepEqual([told[0], receiver.counts().folded], ["Cannot take in what was pushed: the memory is used up", 0]);
  await living.pusher.push({ ended: true });
  seconds.now += 31;
  assert.equal((await back.pusher.push()).outcome, "sent");
  assert.deepEqual([back.pusher.counts.anew, await reader.shown("large")], [0, 1]);
});

test("imageReceiver leaves the memory of what does not fit to others", async () => {
  const { receiver, reader, seconds } = receiving();
  const [large, small] = [1, 2].map(() => pushing(receiver, seconds));
  large.writer.inc("large");
  small.writer.inc("a");
  const process = reader.process.bind(reader);
  let there = 0;
  reader.process = () => {
    const made = process();
    const apply = made.apply.bind(made);
    there++;
    made.apply = (bytes) => {
      const result = apply(bytes);
      if (made.values.has("large")) throw new Error("the memory is used up");
      return result;
    };
    return made;
  };
  const drop = reader.drop.bind(reader);
  reader.drop = (gone) => {
    there--;
    drop(gone);
  };
  for (let times = 0; times < 3; times++) {
    assert.equal((await large.pusher.push()).outcome, "failed");
    assert.deepEqual([there, receiver.counts().processes], [Math.min(times, 1), Math.min(times, 1)]);
    small.writer.inc("a");
    assert.equal((await small.pusher.push()).outcome, "sent");
    seconds.now += 61;
  }
  assert.deepEqual([await reader.shown("large"), await reader.shown("a")], [0, 4]);
});

test("imageReceiver keeps a thousand pushes that come at once by a few changes", async (t) => {
  const store = new FakeStore();
  const { receiver, reader, seconds } = receiving({ store });
  const processes = Array.from({ length: 1000 }, () => pushing(receiver, seconds));
  for (const { writer } of processes) writer.inc("a");
  await Promise.all(processes.map(({ pusher }) => pusher.push()));
  assert.equal(await reader.shown("a"), 1000);
  t.diagnostic(`${store.changes} changes of the store`);
  assert.ok(store.changes < 500);
});

/** A store whose next change waits until it is let go. */
class SlowStore extends FakeStore {
  go;

  change(put, remove) {
    return new Promise((resolve) => (this.go = resolve)).then(() => super.change(put, remove));
  }
}

test("imageReceiver that is over acknowledges nothing, keeps nothing, and counts nothing", async () => {
  const store = new FakeStore();
  const told = [];
  const over = { yet: false };
  const reader = new FakeReader();
  const options = { token: TOKEN, seconds: clock(), store, onError: (error) => told.push(error.message) };
  const receiver = receiverOf(reader, options, () => over.yet);
  const [first, second] = [new FakeWriter(), new FakeWriter()];
  first.inc("a");
  second.inc("a");
  assert.equal((await receiver(posted(first, imageOf(first)))).status, 200);
  over.yet = true;
  const [counts, kept] = [receiver.counts(), new Map(store.kept)];
  reader.process = () => assert.fail("it was touched");
  for (const headers of [{}, { authorization: undefined }]) {
    const answer = await receiver(posted(second, imageOf(second), headers));
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "10");
    assert.match(await answer.text(), /is closed/);
  }
  await receiver.settled();
  assert.deepEqual(receiver.counts(), counts);
  assert.deepEqual(store.kept, kept);
  assert.deepEqual(told, []);
});

for (const [what, kept] of [
  ["with a store acknowledges what that has", true],
  ["without one acknowledges nothing", false],
]) {
  test(`imageReceiver that ends while it takes a push in: one ${what}`, async () => {
    const over = { yet: false };
    const reader = new FakeReader();
    const store = kept ? new SlowStore() : undefined;
    const receiver = receiverOf(reader, { token: TOKEN, seconds: clock(), ...(kept ? { store } : {}) }, () => over.yet);
    const made = reader.process.bind(reader);
    // As it is applied, and not before.
    reader.process = () => {
      if (!kept) over.yet = true;
      return made();
    };
    const writer = new FakeWriter();
    writer.inc("a");
    const answered = receiver(posted(writer, imageOf(writer)));
    if (kept) {
      while (store.go === undefined) await new Promise((resolve) => setImmediate(resolve));
      over.yet = true;
      store.go();
    }
    assert.equal((await answered).status, kept ? 200 : 503);
    if (kept) assert.equal([...store.kept.keys()].filter((key) => key.startsWith("body/")).length, 1);
  });
}

test("imageReceiver answers whatever its onError does", async () => {
  for (const onError of [() => assert.fail("thrown"), () => Promise.reject(new Error("rejected"))]) {
    const { receiver } = receiving({ onError });
    assert.equal((await receiver(posted(new FakeWriter(), "nonsense"))).status, 400);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

for (const [what, make] of Object.entries({
  "no token": { token: "" },
  "no processes": { maxProcesses: 0 },
  "a fold before death": { deadAfterSeconds: 100, foldAfterSeconds: 99 },
  "an unknown option": { tokens: [] },
})) {
  test(`imageReceiver refuses ${what}`, () => {
    assert.throws(() => receiverOf(new FakeReader(), { token: TOKEN, ...make }), /^(Type|Range)Error: Cannot /);
  });
}
