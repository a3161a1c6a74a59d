// An image of several pushes, and receivers that take turns behind one address: none of them ever has all of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, FakeReader, FakeWriter, ImagePusher, receiverOf, wire } from "./push-fakes.mjs";

const TO = { url: "https://collector.example/push", token: "opensesame" };

test("ImagePusher fails in words where parts of its image come to receivers that have not those before, and not for ever", async () => {
  const seconds = clock();
  const readers = [new FakeReader(), new FakeReader()];
  const receivers = readers.map((reader) => receiverOf(reader, { token: TO.token, seconds }));
  const writer = new FakeWriter({ perFrame: 30 });
  for (let i = 0; i < 1000; i++) writer.inc(`of some length, for frames to be large ${i}`);
  const errors = [];
  let requests = 0;
  let turns = 2;
  const fetch = (url, init) => wire(receivers[requests++ % turns])(url, init);
  const pusher = new ImagePusher(writer, { ...TO, seconds, fetch, maxBytes: 8192, onError: (error) => errors.push(error.message) });
  const outcomes = [];
  for (let i = 0; i < 30; i++) {
    outcomes.push((await pusher.push()).outcome);
    seconds.now += 1;
  }
  assert.ok(outcomes.includes("failed") && outcomes.includes("paused"));
  assert.ok(pusher.counts.failures >= 1);
  assert.ok(requests < 40, `${requests} requests`);
  assert.match(errors[0], /: it needs several pushes, and 3 times the receiver had not the ones before; where several receivers are/);
  turns = 1;
  seconds.now += 61;
  for (let more = true; more;) ({ more } = await pusher.push());
  assert.equal(await readers[0].shown("of some length, for frames to be large 7"), 1);
  // It is no failure any more that a receiver was started anew once.
  receivers[0] = receiverOf(readers[1], { token: TO.token, seconds });
  const { failures } = pusher.counts;
  for (let i = 0; i < 60; i++) {
    seconds.now += 61;
    writer.inc("of some length, for frames to be large 7");
    await pusher.push();
  }
  assert.equal(pusher.counts.failures, failures);
});
