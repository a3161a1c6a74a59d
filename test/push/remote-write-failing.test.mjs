// Remote write where something fails: what is tried again and when, what never is, what is dropped and told (rule R6; the cases of the protocol's own suite for senders).

import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import SnappyJS from "snappyjs";
import { fetch as undiciFetch } from "undici";
import { remoteWrite } from "tallystick/remote-write";
import { answering, endless, nobody, standing, until } from "./answering.mjs";
import { inside } from "./internals.mjs";
import { registryOf, writing } from "./writing.mjs";

/** A gauge that counts the rounds: what arrives tells in which order. */
function counting(t) {
  const registry = registryOf(t);
  const depth = registry.gauge({ name: "depth", help: "Depth." });
  let round = 0;
  registry.collect(() => depth.set(++round));
  return registry;
}

/** The gauge's value in a request of the first version. */
function valueOf({ body }) {
  const bytes = Buffer.from(SnappyJS.uncompress(body));
  // Sample: tag 9, a double, tag 16. The label before it ends with the name.
  const at = bytes.indexOf("depth") + "depth".length;
  const from = bytes.indexOf(9, at);
  return bytes.readDoubleLE(from + 1);
}

const only = { include: ["depth"] };

for (const status of [500, 502, 503, 504, 599, 429]) {
  test(`R6: ${status} is tried again, the same bytes, until it arrives; the first of a row is told`, async (t) => {
    let left = 3;
    const { requests, url } = await answering(t, (_, response) => response.writeHead(left-- > 0 ? status : 200).end("overloaded"));
    const { writer, told } = writing(t, counting(t), url, only);
    assert.equal(await writer.flush(), false);
    await until("it arrives", () => writer.statistics.sent === 1);
    assert.equal(requests.length, 4);
    for (const { body } of requests) assert.deepEqual(body, requests[0].body);
    assert.deepEqual([told.length, told[0].code, told[0].status], [1, "refused", status]);
    assert.match(told[0].message, new RegExp(`^Cannot write to ${url}/: it answered ${status}, "overloaded"; it is tried again$`));
    assert.deepEqual([writer.statistics.failures, writer.statistics.dropped, writer.statistics.waitingRequests], [3, 0, 0]);
  });
}

for (const status of [400, 401, 403, 404, 408, 409, 413, 415, 422, 301, 307]) {
  test(`R6: ${status} is never tried again: it is told and counted, and what comes next goes on`, async (t) => {
    const { requests, url } = await answering(t, (_, response, number) => response.writeHead(number === 1 ? status : 200).end("no"));
    const { writer, told } = writing(t, counting(t), url, only);
    assert.equal(await writer.flush(), true);
    assert.equal(await writer.flush(), true);
    assert.deepEqual(requests.map(valueOf), [1, 2]);
    assert.deepEqual([told.length, told[0].code, told[0].status], [1, "refused", status]);
    assert.match(told[0].message, /"no"; 1 sample is not sent again$/);
    const { sent, dropped, failures } = writer.statistics;
    assert.deepEqual([sent, dropped, failures], [1, 1, 0]);
  });
}

test("R6: every 2xx is success, and its body does not matter", async (t) => {
  for (const status of [200, 201, 202, 204, 299]) {
    const { requests, url } = await answering(t, (_, response) =>
      response.writeHead(status).end(status === 204 ? undefined : "an error? no"),
    );
    const { writer, told } = writing(t, counting(t), url, only);
    assert.equal(await writer.flush(), true);
    assert.deepEqual([requests.length, told, writer.statistics.sent], [1, [], 1]);
  }
  const { url } = await answering(t, (_, response) => endless(response, 200));
  const { writer, told } = writing(t, counting(t), url, only);
  assert.equal(await writer.flush(), true);
  assert.deepEqual([told, writer.statistics.sent], [[], 1]);
});

for (const [what, header] of [
  ["seconds", () => "1"],
  ["a date", () => new Date(Date.now() + 2000).toUTCString()],
]) {
  test(`R6: Retry-After in ${what} is kept to, whoever asks; what waits keeps its order`, async (t) => {
    let first = true;
    const { requests, url } = await answering(t, (_, response) => {
      if (first) response.setHeader("retry-after", header());
      response.writeHead(first ? 429 : 200).end();
      first = false;
    });
    const { writer } = writing(t, counting(t), url, only);
    await standing(t, async () => {
      for (let i = 0; i < 3; i++) assert.equal(await writer.flush(), false);
      // Its own timer comes too early by this clock.
      await new Promise((resolve) => setTimeout(resolve, 2200));
      assert.equal(requests.length, 1);
    });
    await until("all arrive", () => writer.statistics.sent === 3);
    assert.deepEqual(requests.map(valueOf), [1, 1, 2, 3]);
    // A date has no fractions of a second.
    assert.ok(requests[1].at - requests[0].at > 950, `${requests[1].at - requests[0].at} ms`);
  });
}

test("R4: while a receiver fails, samples wait in their order, one request at a time, and a failure that ends is a new row", async (t) => {
  let isDown = true;
  let under = 0;
  const { requests, url } = await answering(t, async (_, response) => {
    under++;
    assert.equal(under, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    under--;
    response.writeHead(isDown ? 503 : 200).end();
  });
  const { writer, told } = writing(t, counting(t), url, only);
  for (let i = 0; i < 5; i++) assert.equal(await writer.flush(), false);
  assert.equal(writer.statistics.waitingRequests, 5);
  assert.ok(writer.statistics.waitingBytes > 0);
  isDown = false;
  await until("all arrive", () => writer.statistics.sent === 5);
  const values = requests.map(valueOf);
  assert.deepEqual([...new Set(values)], [1, 2, 3, 4, 5]);
  assert.deepEqual(values, values.toSorted());
  assert.equal(told.length, 1);
  isDown = true;
  assert.equal(await writer.flush(), false);
  assert.equal(told.length, 2);
  isDown = false;
  await until("the last arrives", () => writer.statistics.waitingRequests === 0);
});

test("nobody there, no answer in time, a reset, garbage: tried again, told with where to and why, and no secret", async (t) => {
  const silent = await answering(t, () => {});
  const reset = await answering(t, (_, response) => response.socket.resetAndDestroy());
  const garbage = await answering(t, (_, response) => response.socket.end("what?\r\n\r\n"));
  const half = await answering(t, (_, response) => response.socket.end("HTTP/1.1 200 OK\r\n"));
  const port = await nobody();
  for (const [url, words] of [
    [`http://ann:s3cret@127.0.0.1:${port}/w?key=s3cret`, /^Cannot write to http:\/\/127\.0\.0\.1:\d+\/w: .*ECONNREFUSED/],
    [silent.url, /no answer came within 0\.2 seconds$/],
    [reset.url, /^Cannot write to /],
    [garbage.url, /^Cannot write to /],
    [half.url, /^Cannot write to /],
  ]) {
    const { writer, told } = writing(t, counting(t), url, { ...only, timeoutSeconds: 0.2 });
    assert.equal(await writer.flush(), false, url);
    assert.equal(told[0].code, "no-answer");
    assert.match(told[0].message, words);
    assert.doesNotMatch(told[0].message, /s3cret/);
    await until("it is tried again", () => writer.statistics.failures > 2);
    assert.deepEqual([told.length, writer.statistics.waitingRequests], [1, 1]);
    await writer.close();
  }
});

test("a huge error body is not read to its end", async (t) => {
  const { requests, url } = await answering(t, (_, response) => endless(response, 500));
  const { writer, told } = writing(t, counting(t), url, only);
  assert.equal(await writer.flush(), false);
  assert.ok(told[0].message.length < 500);
  await until("it is tried again", () => requests.length > 2);
});

test("the queue is bounded in bytes: the oldest is dropped, told and counted, the last one stays", async (t) => {
  let isDown = true;
  const { requests, url } = await answering(t, (_, response) => response.writeHead(isDown ? 503 : 200).end());
  const { writer, told } = writing(t, counting(t), url, { ...only, queueBytes: 150, retrySeconds: [3600, 3600] });
  for (let i = 0; i < 10; i++) await writer.flush();
  const { waitingBytes, waitingRequests, dropped } = writer.statistics;
  assert.ok(waitingBytes <= 150 && waitingRequests > 1, `${waitingBytes} bytes in ${waitingRequests}`);
  assert.equal(dropped + waitingRequests, 10);
  const drops = told.filter(({ code }) => code === "dropped");
  assert.equal(drops.length, dropped);
  assert.match(drops[0].message, /^Cannot keep 1 sample for .* any longer: more than 150 bytes wait, and these are the oldest; queueBytes/);
  isDown = false;
  requests.length = 0;
  assert.equal(await writer.flush(), true);
  assert.equal(requests.map(valueOf).at(-1), 11);
  assert.ok(requests.length < 11 && requests.length > 1);
  const alone = writing(t, counting(t), url, { ...only, queueBytes: 0 });
  assert.equal(await alone.writer.flush(), true);
  assert.deepEqual([alone.told, alone.writer.statistics.sent], [[], 1]);
});

test("what is older than maxAgeSeconds is dropped, told and counted", async (t) => {
  let isDown = true;
  const { requests, url } = await answering(t, (_, response) => response.writeHead(isDown ? 503 : 200).end());
  const { writer, told } = writing(t, counting(t), url, { ...only, maxAgeSeconds: 100, retrySeconds: [3600, 3600] });
  const { now } = Date;
  t.after(() => (Date.now = now));
  await writer.flush();
  Date.now = () => now() + 90_000;
  await writer.flush();
  Date.now = () => now() + 101_000;
  isDown = false;
  requests.length = 0;
  assert.equal(await writer.flush(), true);
  Date.now = now;
  assert.deepEqual(requests.map(valueOf), [2, 3]);
  assert.match(told.at(-1).message, /they are older than 100 seconds, which is maxAgeSeconds$/);
  assert.deepEqual([writer.statistics.dropped, writer.statistics.sent], [1, 2]);
});

test("close tries for closeSeconds and tells what it gives up; one that hangs does not keep it", async (t) => {
  const down = await answering(t, (_, response) => response.writeHead(503).end());
  const silent = await answering(t, () => {});
  const polite = await answering(t, (_, response) => response.writeHead(429, { "retry-after": "60" }).end());
  for (const { url } of [down, silent, polite]) {
    const { writer, told } = writing(t, counting(t), url, { ...only, closeSeconds: 0.3 });
    const from = performance.now();
    await writer.close();
    assert.ok(performance.now() - from < 5000);
    const drops = told.filter(({ code }) => code === "dropped");
    assert.deepEqual([drops.length, writer.statistics.dropped, writer.statistics.waitingRequests], [2, 2, 0]);
    assert.match(drops[0].message, /it was closed, and they could not be sent in closeSeconds$/);
  }
  assert.ok(down.requests.length > 2);
  assert.equal(polite.requests.length, 1);
  let left = 5;
  const late = await answering(t, (_, response) => response.writeHead(left-- > 0 ? 503 : 200).end());
  const { writer } = writing(t, counting(t), late.url, { ...only, closeSeconds: 10 });
  await writer.close();
  assert.deepEqual([writer.statistics.dropped, writer.statistics.sent], [0, 2]);
});

test("an onError that throws, or a console without one, disturbs nothing", async (t) => {
  const { url } = await answering(t, (_, response) => response.writeHead(400).end());
  const registry = counting(t);
  const writer = remoteWrite({
    url,
    registry,
    intervalSeconds: 0,
    closeSeconds: 0,
    onError: () => {
      throw new Error("own fault");
    },
  });
  assert.equal(await writer.flush(), true);
  await writer.close();
  const warned = [];
  const { warn } = console;
  t.after(() => (console.warn = warn));
  console.warn = (text) => warned.push(text);
  const plain = remoteWrite({ url, registry, intervalSeconds: 0, closeSeconds: 0 });
  await plain.flush();
  console.warn = warn;
  assert.match(warned[0], /^tallystick: Cannot write to .* answered 400/);
  await plain.close();
});

test("its own way to the receiver is used, and may fail in any way", async (t) => {
  const { requests, url } = await answering(t);
  const asked = [];
  const own = (to, init) => {
    asked.push([to, init.method]);
    return undiciFetch(to, init);
  };
  const { writer } = writing(t, counting(t), url, { ...only, fetch: own });
  assert.equal(await writer.flush(), true);
  assert.deepEqual([asked, requests.length], [[[`${url}/`, "POST"]], 1]);
  for (const fails of [
    () => Promise.reject(new Error("own")),
    () => {
      throw "text";
    },
    () => Promise.resolve(undefined),
  ]) {
    // prettier-ignore
    const { writer: other, told } = writing(t, counting(t), url, { ...only, fetch: fails });
    assert.equal(await other.flush(), false);
    assert.equal(told[0].code, "no-answer");
  }
});

async function folderOf(t) {
  const folder = await mkdtemp(join(tmpdir(), "tallystick-queue-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("a directory outlives the process: what waited is sent first, in its order, and files go when they have arrived", async (t) => {
  const folder = join(await folderOf(t), "own", "queue");
  let isDown = true;
  const { requests, url } = await answering(t, (_, response) => response.writeHead(isDown ? 503 : 200).end());
  const first = writing(t, counting(t), url, { ...only, directory: folder });
  for (let i = 0; i < 3; i++) assert.equal(await first.writer.flush(), false);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  const files = readdirSync(folder);
  assert.equal(files.length, 3);
  for (const file of files) {
    assert.match(file, /^\d{15}-\d{8}-[0-9a-f]{8}\.v1\.s1\.h0\.e0\.snappy$/);
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
  }
  await first.writer.close();
  // Its last sample, and its end.
  assert.equal(readdirSync(folder).length, 5);
  assert.equal(first.told.filter(({ code }) => code === "dropped").length, 0);
  isDown = false;
  requests.length = 0;
  // Of others, and what a process that died in the middle of it left long ago.
  writeFileSync(join(folder, "notes.txt"), "mine");
  writeFileSync(join(folder, "000001700000000-00000001-0123abcd.half"), "ha");
  writeFileSync(join(folder, `${String(Date.now()).padStart(15, "0")}-00000001-0123abcd.half`), "ha");
  const second = writing(t, counting(t), url, { ...only, directory: folder });
  await until("it arrives by itself", () => requests.length === 5);
  assert.deepEqual(requests.slice(0, 4).map(valueOf), [1, 2, 3, 4]);
  assert.equal(await second.writer.flush(), true);
  assert.deepEqual([second.told, second.writer.statistics.sent], [[], 6]);
  assert.deepEqual(
    readdirSync(folder)
      .filter((file) => file !== "notes.txt" && !file.startsWith("0000017000000"))
      .map((file) => file.slice(15)),
    ["-00000001-0123abcd.half"],
  );
  assert.ok(!readdirSync(folder).includes("000001700000000-00000001-0123abcd.half"));
});

test("files that are empty, garbage or gone are told and do not hold up what is behind them", async (t) => {
  const folder = await folderOf(t);
  const { requests, url } = await answering(t, ({ body }, response) =>
    response.writeHead(body.equals(Buffer.from("garbage")) ? 400 : 200).end(),
  );
  const name = (number, version) => `${String(Date.now()).padStart(15, "0")}-0000000${number}-0123abcd.v${version}.s7.h0.e0.snappy`;
  writeFileSync(join(folder, name(1, 1)), "");
  writeFileSync(join(folder, name(2, 1)), "garbage");
  writeFileSync(join(folder, name(3, 2)), "garbage");
  const { writer, told } = writing(t, counting(t), url, { ...only, directory: folder });
  assert.equal(await writer.flush(), true);
  assert.deepEqual(
    told.map(({ code }) => code),
    ["dropped", "refused", "dropped"],
  );
  assert.equal(valueOf(requests.at(-1)), 1);
  const { sent, dropped } = writer.statistics;
  assert.deepEqual([sent, dropped], [1, 21]);
  assert.deepEqual(readdirSync(folder), []);
});

test("where files cannot be written memory has it, and that is told", async (t) => {
  const folder = await folderOf(t);
  writeFileSync(join(folder, "file"), "");
  const { requests, url } = await answering(t);
  const { writer, told } = writing(t, counting(t), url, { ...only, directory: join(folder, "file", "queue") });
  assert.equal(await writer.flush(), true);
  assert.equal(requests.length, 1);
  assert.ok(told.length > 0 && told.every(({ code }) => code === "disk"));
  assert.match(told[0].message, /^Cannot keep what waits in directory ".*": ENOTDIR.*; memory has it$/);
});

test("Queue: what is let go of while it is under way is counted once", async () => {
  const dropped = [];
  const queue = new inside.Queue(
    new inside.MemoryShelf(),
    { maxBytes: 10, maxAgeSeconds: 10 },
    { dropped: (each, why) => dropped.push([each.samples, why]), failed: assert.fail },
  );
  const about = (samples, time) => ({ samples, histograms: 0, exemplars: 0, time, version: 1 });
  await queue.put(new Uint8Array(8), about(1, 0), 0);
  const { waiting, body } = await queue.head(0);
  assert.deepEqual([waiting.samples, body.length], [1, 8]);
  await queue.put(new Uint8Array(8), about(2, 1), 1);
  assert.deepEqual(dropped, [[1, "full"]]);
  assert.equal(await queue.done(waiting), false);
  assert.deepEqual([queue.length, queue.bytes, queue.oldest], [1, 8, 1]);
  assert.equal(await queue.head(20_000), undefined);
  assert.deepEqual(dropped, [
    [1, "full"],
    [2, "old"],
  ]);
  assert.deepEqual([queue.length, queue.bytes, queue.oldest], [0, 0, undefined]);
});
