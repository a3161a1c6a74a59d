// Answers of what is no receiver, as of a proxy in front of it or of the page of a network that wants a login first: none of them is
// believed, and what was counted arrives when the receiver answers again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, FakeReader, FakeWriter, ImagePusher, receiverOf } from "./push-fakes.mjs";

const URL = "https://collector.example/push";
const TOKEN = "opensesame";

function between(t, options = {}) {
  const seconds = clock();
  const reader = new FakeReader();
  const receiver = receiverOf(reader, { token: TOKEN, seconds, onError: () => {}, ...options });
  const writer = new FakeWriter();
  const errors = [];
  const way = { stranger: undefined };
  const passed = (answer) => way.between?.(answer) ?? answer;
  const fetch = async (url, init) => way.stranger?.() ?? passed(await receiver(new Request(url, init)));
  const pusher = new ImagePusher(writer, { url: URL, token: TOKEN, seconds, fetch, onError: (error) => errors.push(error.message) });
  t.after(() => pusher.close());
  return { seconds, reader, receiver, writer, errors, way, pusher };
}

for (const [what, answer] of [
  ["410 of a page", () => new Response("<html>Gone</html>", { status: 410 })],
  ["410 of nothing", () => new Response(null, { status: 410 })],
  ["410 of a JSON", () => Response.json({ sequence: 1 }, { status: 410 })],
  ["200 of a page", () => new Response("<html>Log in first</html>")],
  ["200 of nothing", () => new Response(null)],
  ["200 of another JSON", () => Response.json({ status: "ok" })],
  ["200 of a number that no registry comes to", () => Response.json({ sequence: 1e300 })],
  ["200 of a number with a fraction", () => Response.json({ sequence: 7.5 })],
]) {
  test(`ImagePusher believes no ${what}: it goes on where it was`, async (t) => {
    const { reader, writer, errors, way, pusher, seconds } = between(t);
    writer.inc("a", 2);
    assert.equal((await pusher.push()).outcome, "sent");
    const { instance } = writer;
    way.stranger = answer;
    writer.inc("a", 5);
    const { outcome, error } = await pusher.push();
    assert.equal(outcome, "failed");
    assert.equal(error.message, `Cannot push the image to ${URL}: the answer is ${what.slice(0, 3)}, but no receiver's`);
    assert.deepEqual(errors, [error.message]);
    way.stranger = undefined;
    seconds.now += 120;
    assert.equal((await pusher.push()).outcome, "sent");
    assert.equal(writer.instance, instance, "it has not begun anew");
    assert.equal(pusher.counts.anew, 0);
    assert.equal(await reader.shown("a"), 7);
  });
}

for (const isReplaced of [false, true]) {
  test(`ImagePusher believes a receiver that says that it has folded it, behind a proxy with pages of its own: ${isReplaced}`, async (t) => {
    const { receiver, reader, writer, errors, way, pusher, seconds } = between(t, { foldAfterSeconds: 600 });
    const answers = [];
    if (isReplaced)
      way.between = (answer) => {
        answers.push(answer.status);
        return answer.ok ? answer : new Response("<html>An error occurred</html>", { status: answer.status });
      };
    writer.inc("a", 2);
    await pusher.push();
    const { instance } = writer;
    seconds.now += 700;
    await receiver.settled();
    writer.inc("a", 5);
    assert.equal((await pusher.push()).outcome, "sent");
    assert.notEqual(writer.instance, instance);
    assert.equal(pusher.counts.anew, 1);
    assert.match(errors.join(), /^Began anew/);
    writer.inc("a", 1);
    await pusher.push();
    assert.equal(await reader.shown("a"), 3);
    if (isReplaced) assert.deepEqual(answers, [200, 410, 200, 200, 200]);
  });
}
