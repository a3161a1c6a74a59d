// Bodies that do not come to their end: a receiver awaits none for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { clock, FakeReader, FakeWriter, receiverOf } from "./push-fakes.mjs";

const TOKEN = "opensesame";

function receiving(timeoutSeconds) {
  const told = [];
  const options = { token: TOKEN, timeoutSeconds, seconds: clock(), onError: (error) => told.push(error.message) };
  return { receiver: receiverOf(new FakeReader(), options), told };
}

/** A body whose end never comes, behind what is there of it; says when it is read no more. */
function stuck(...parts) {
  const body = { cancelled: false };
  body.stream = new ReadableStream({
    pull: (controller) => (parts.length === 0 ? new Promise(() => undefined) : controller.enqueue(parts.shift())),
    cancel: () => (body.cancelled = true),
  });
  return body;
}

function posted(body, headers = {}) {
  const own = {
    authorization: `Bearer ${TOKEN}`,
    "content-type": "application/x-tallystick-image",
    "tallystick-instance": new FakeWriter().instance,
    "tallystick-share": "full",
  };
  return new Request("https://collector.example/push", { method: "POST", body, headers: { ...own, ...headers }, duplex: "half" });
}

const packed = gzipSync(new Uint8Array(100000).map((_, i) => (i * 7919) % 251));
for (const [what, parts, headers] of [
  ["that never comes", [], {}],
  ["that stops", [new Uint8Array(100)], {}],
  ["that never comes, packed", [], { "content-encoding": "gzip" }],
  ["that stops, packed", [packed.subarray(0, packed.length / 2)], { "content-encoding": "gzip" }],
]) {
  test(`imageReceiver answers 408 to a body ${what}, and lets it go`, async () => {
    const { receiver, told } = receiving(0.05);
    const body = stuck(...parts);
    const answer = await receiver(posted(body.stream, headers));
    assert.equal(answer.status, 408);
    assert.equal(await answer.text(), "The body did not come to its end within 0.05 s\n");
    assert.equal(body.cancelled, true);
    assert.deepEqual(told, ["Refused a push, 408: The body did not come to its end within 0.05 s"]);
    assert.equal(receiver.counts().refused, 1);
  });
}

test("imageReceiver waits 30 s by default, and refuses a time that is none by name", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { receiver } = receiving();
  let status;
  let begun;
  const reads = new Promise((resolve) => (begun = resolve));
  const read = () => {
    begun();
    return new Promise(() => undefined);
  };
  const body = { getReader: () => ({ read, cancel: () => Promise.resolve() }) };
  const { method, headers } = posted(stuck().stream);
  const answered = receiver({ method, headers, body }).then((answer) => (status = answer.status));
  const turns = async () => {
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  await reads;
  t.mock.timers.tick(29999);
  await turns();
  assert.equal(status, undefined);
  t.mock.timers.tick(1);
  await answered;
  assert.equal(status, 408);
  for (const seconds of [0, -1, NaN, 1e9]) {
    assert.throws(() => receiving(seconds), {
      name: "RangeError",
      message: new RegExp(`^Cannot use ${seconds} as timeoutSeconds of receiver`),
    });
  }
});
