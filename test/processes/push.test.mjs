// Pushes: nothing is counted twice and nothing is lost, whatever becomes of requests and answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { clock, dice, FakeReader, FakeStore, FakeWriter, ImagePusher, hostile, receiverOf, wire } from "./push-fakes.mjs";

const URL = "https://collector.example/push?secret=1";
const TOKEN = "opensesame";
/** TALLYSTICK_RUNS=1000 looks for longer. */
const RUNS = Number(process.env.TALLYSTICK_RUNS ?? 20);

function pair(options = {}) {
  const seconds = clock();
  const reader = new FakeReader();
  const told = [];
  const receiver = receiverOf(reader, { token: TOKEN, seconds, onError: (error) => told.push(error.message), ...options.receiver });
  const writer = new FakeWriter(options.writer);
  const errors = [];
  const pusher = new ImagePusher(writer, {
    url: URL,
    token: TOKEN,
    seconds,
    fetch: wire(receiver),
    onError: (error) => errors.push(error.message),
    ...options.pusher,
  });
  return { seconds, reader, receiver, writer, pusher, told, errors };
}

test("ImagePusher pushes the whole once, then what changed, then nothing", async () => {
  const bodies = [];
  const { reader, writer, pusher, receiver } = pair({
    pusher: {
      fetch: (url, init) => {
        bodies.push(`${init.headers["tallystick-share"]} ${init.body.length}`);
        return receiver(new Request(url, init));
      },
    },
  });
  writer.inc("a", 2);
  writer.inc("b", 3);
  const { bytes, ...result } = await pusher.push();
  assert.deepEqual(result, { outcome: "sent", sequence: 1, more: false, pauseSeconds: 0 });
  writer.inc("a");
  assert.equal((await pusher.push()).sequence, 2);
  assert.equal((await pusher.push()).outcome, "nothing");
  assert.deepEqual([await reader.shown("a"), await reader.shown("b")], [3, 3]);
  assert.equal(bodies.length, 2);
  assert.match(bodies.join(), new RegExp(`^full ${bytes},changes \\d+$`));
});

test("ImagePusher makes calls that overlap wait, and pushes what came since once for all of them", async () => {
  let requests = 0;
  let running = 0;
  const { reader, writer, pusher, receiver } = pair({
    pusher: {
      fetch: async (url, init) => {
        requests++;
        assert.equal(++running, 1, "two pushes at once");
        await new Promise((resolve) => setTimeout(resolve, 20));
        const response = await receiver(new Request(url, init));
        running--;
        return response;
      },
    },
  });
  writer.inc("a");
  const first = pusher.push();
  assert.equal(pusher.due(0), false, "none is due while one runs");
  writer.inc("a");
  const rest = [pusher.push(), pusher.push(), pusher.push()];
  const results = await Promise.all([first, ...rest]);
  assert.deepEqual(
    results.map(({ outcome, sequence }) => [outcome, sequence]),
    [
      ["sent", 1],
      ["sent", 2],
      ["sent", 2],
      ["sent", 2],
    ],
  );
  assert.equal(requests, 2);
  assert.equal(await reader.shown("a"), 2);
});

test("ImagePusher pauses longer after each failure, tells each kind once, and makes good what failed", async () => {
  let broken = () => {
    throw new Error("connection refused");
  };
  const { reader, writer, pusher, receiver, errors, seconds } = pair({
    pusher: { fetch: (url, init) => broken() ?? receiver(new Request(url, init)) },
  });
  writer.inc("a");
  const pauses = [];
  for (let i = 0; i < 8; i++) {
    const { outcome, pauseSeconds } = await pusher.push();
    assert.equal(outcome, "failed");
    assert.equal((await pusher.push()).outcome, "paused");
    assert.equal(pusher.due(0), false);
    pauses.push(pauseSeconds);
    seconds.now += pauseSeconds;
    assert.equal(pusher.due(0), true);
  }
  for (const [i, pause] of pauses.entries()) {
    const full = Math.min(60, 2 ** i);
    assert.ok(pause >= full / 2 && pause <= full, `pause ${i} of ${pause}`);
  }
  assert.deepEqual(errors, ["Cannot push the image to https://collector.example/push: connection refused"]);
  broken = () => undefined;
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await reader.shown("a"), 1);
  assert.deepEqual(pusher.counts, { pushes: 1, failures: 8, bytes: pusher.counts.bytes, behind: 0, anew: 0 });
});

test("ImagePusher says what the answer says, and keeps what is secret in the URL to itself", async () => {
  for (const [status, said] of [
    [403, "the answer is 403, the token is not the one that it was given"],
    [500, "the answer is 500, broken"],
    [302, "the answer is 302, a redirect, which no push follows"],
  ]) {
    const { writer, pusher, errors } = pair({
      pusher: { fetch: async () => new Response(said === undefined ? "" : status === 500 ? "broken" : "", { status }) },
    });
    writer.inc("a");
    assert.equal((await pusher.push()).outcome, "failed");
    assert.deepEqual(errors, [`Cannot push the image to https://collector.example/push: ${said}`]);
  }
  const { writer, pusher, errors } = pair({ pusher: { fetch: async () => new Response("<html>") } });
  writer.inc("a");
  assert.equal((await pusher.push()).outcome, "failed");
  assert.match(errors[0], /the answer is 200, but no receiver's$/);
});

test("ImagePusher heeds Retry-After, within limits", async () => {
  for (const [given, least, most] of [
    ["30", 30, 30],
    ["100000", 90, 90],
    [new Date(Date.now() + 60e3).toUTCString(), 40, 61],
    [new Date(Date.now() + 1e9).toUTCString(), 90, 90],
    [new Date(Date.now() - 1e9).toUTCString(), 0.5, 1],
    ["soon", 0.5, 1],
    ["-5", 0.5, 1],
  ]) {
    const { writer, pusher } = pair({
      pusher: { fetch: async () => new Response("", { status: 503, headers: { "retry-after": given } }) },
    });
    writer.inc("a");
    const { pauseSeconds } = await pusher.push();
    assert.ok(pauseSeconds >= least && pauseSeconds <= most, `${given}: ${pauseSeconds}`);
  }
});

test("ImagePusher gives up a push that never comes back, and what that does later changes nothing", async () => {
  let hang = true;
  let late;
  const { reader, writer, pusher, receiver, seconds, errors } = pair({
    pusher: {
      timeoutSeconds: 1,
      fetch: async (url, init) => {
        if (hang) await new Promise((resolve) => (late = resolve));
        return receiver(new Request(url, { ...init, signal: undefined }));
      },
    },
  });
  writer.inc("a");
  const hanging = pusher.push();
  while (late === undefined) await new Promise((resolve) => setImmediate(resolve));
  hang = false;
  seconds.now += 3;
  assert.deepEqual(await pusher.push(), { outcome: "sent", sequence: 2, bytes: pusher.counts.bytes / 2, more: false, pauseSeconds: 0 });
  assert.match(errors.join(), /a push never came back, and was given up/);
  writer.inc("a");
  assert.equal((await pusher.push()).sequence, 3);
  late();
  assert.equal((await hanging).outcome, "failed");
  writer.inc("a");
  assert.equal((await pusher.push()).sequence, 4);
  assert.equal(await reader.shown("a"), 3);
});

test("ImagePusher gives up an answer that never ends, also where its fetch does not heed the signal", async () => {
  const body = { getReader: () => ({ read: () => new Promise(() => {}), cancel: async () => {} }) };
  const answers = [() => new Promise(() => {}), async () => ({ status: 200, headers: new Headers(), body })];
  for (const fetch of answers) {
    const { writer, pusher, errors } = pair({ pusher: { fetch, timeoutSeconds: 0.02 } });
    writer.inc("a", 2);
    // The timer of a signal keeps no process alive.
    const alive = setTimeout(() => {}, 5000);
    assert.equal((await pusher.push()).outcome, "failed");
    clearTimeout(alive);
    assert.equal(errors.length, 1);
  }
});

test("ImagePusher divides an image that is larger than a push", async () => {
  const sizes = [];
  const { reader, writer, pusher, receiver } = pair({
    writer: { perFrame: 20 },
    pusher: {
      maxBytes: 4096,
      fetch: (url, init) => {
        sizes.push(init.body.length);
        return receiver(new Request(url, init));
      },
    },
  });
  for (let i = 0; i < 1000; i++) writer.inc(`series_${i}`, i);
  let result = await pusher.push();
  assert.equal(result.more, true);
  for (; result.more; result = await pusher.push()) writer.inc("series_0");
  await pusher.push();
  for (let i = 1; i < 1000; i++) assert.equal(await reader.shown(`series_${i}`), i);
  assert.equal(await reader.shown("series_0"), writer.value("series_0"));
  assert.ok(sizes.length >= 4 && Math.max(...sizes) <= 4096, sizes.join());
});

test("ImagePusher compresses where it pays", async () => {
  const codings = [];
  const { reader, writer, pusher, receiver } = pair({
    pusher: {
      fetch: (url, init) => {
        codings.push(init.headers["content-encoding"]);
        return receiver(new Request(url, init));
      },
    },
  });
  writer.inc("small");
  await pusher.push();
  for (let i = 0; i < 200; i++) writer.inc(`series_${i}`);
  await pusher.push();
  assert.deepEqual(codings, [undefined, "gzip"]);
  assert.equal(await reader.shown("series_199"), 1);
});

test("ImagePusher makes bodies smaller that are refused as too large", async () => {
  const { reader, writer, pusher, seconds, told } = pair({ receiver: { maxBytes: 262144 }, writer: { perFrame: 200 } });
  for (let i = 0; i < 1000; i++) writer.inc(`series_${i}_`.padEnd(600, "x"));
  for (let i = 0; i < 40; i++) {
    const { outcome, more, pauseSeconds } = await pusher.push();
    if (outcome === "sent" && !more) break;
    seconds.now += pauseSeconds;
  }
  assert.equal(told[0], "Refused a push, 413: The body is longer than 262144 bytes, packed or unpacked");
  assert.equal(await reader.shown("series_999_".padEnd(600, "x")), 1);
});

test("ImagePusher says that it lives where nothing changes, and learns so that the receiver knows it no more", async () => {
  const receivers = [];
  const { writer, pusher, seconds } = pair({ pusher: { fetch: (url, init) => receivers.at(-1)(new Request(url, init)) } });
  const make = () => {
    const reader = new FakeReader();
    receivers.push(receiverOf(reader, { token: TOKEN, seconds }));
    return reader;
  };
  make();
  writer.inc("a");
  await pusher.push();
  seconds.now += 59;
  assert.equal((await pusher.push()).bytes, 0);
  const { counts } = receivers[0];
  assert.equal(counts().pushes, 1);
  seconds.now += 2;
  await pusher.push();
  assert.equal(counts().pushes, 2);
  const second = make();
  seconds.now += 60;
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await second.shown("a"), 1);
});

test("ImagePusher pushes the rest with ended, and nothing after it", async () => {
  const { reader, writer, pusher, receiver, seconds } = pair({ pusher: { maxBytes: 4096 }, writer: { perFrame: 20 } });
  for (let i = 0; i < 1000; i++) writer.inc(`series_${i}`);
  assert.equal((await pusher.push({ ended: true })).more, false);
  assert.equal(await reader.shown("series_999"), 1);
  writer.inc("series_0");
  const { outcome, error } = await pusher.push();
  assert.deepEqual([outcome, error.code], ["nothing", "closed"]);
  assert.equal(pusher.due(0), false);
  seconds.now += 31;
  await receiver.settled();
  assert.equal(receiver.counts().folded, 1);
  assert.equal(await reader.shown("series_999"), 1);
});

test("ImagePusher survives a walk that throws: the whole follows", async () => {
  const { reader, writer, pusher, seconds, errors } = pair();
  for (const name of "abcdef") writer.inc(name);
  await pusher.push();
  for (const name of "abcdef") writer.inc(name);
  writer.broken = new Error("no memory");
  const { pauseSeconds } = await pusher.push();
  assert.deepEqual(errors, ["Cannot write the image to push: no memory"]);
  writer.broken = undefined;
  seconds.now += pauseSeconds;
  await pusher.push();
  assert.equal(await reader.shown("f"), 2);
});

test("due() allows one push in so many seconds, and no longer for a clock that went back", async () => {
  const { writer, pusher, seconds } = pair();
  assert.equal(pusher.due(5), true);
  writer.inc("a");
  await pusher.push();
  assert.equal(pusher.due(5), false);
  seconds.now += 5;
  assert.equal(pusher.due(5), true);
  await pusher.push();
  seconds.now -= 1000;
  assert.equal(pusher.due(5), true);
});

for (const [what, make] of Object.entries({
  "a URL that is none": { url: "collector" },
  "a URL of another protocol": { url: "ftp://collector.example" },
  "a URL with a password": { url: "https://user:S3CRET@collector.example" },
  "a URL with a name alone": { url: "https://S3CRET@collector.example" },
  "a URL of another protocol with a password": { url: "ftp://user:S3CRET@collector.example" },
  "a URL that is none, with a password": { url: "http://user:S3CRET/@S3CRET@collector example" },
  "what is no URL, with a password": { url: "user:S3CRET@collector.example" },
  "no token": { token: "" },
  "a token of two lines": { token: "a\r\nb" },
  "a budget of nothing": { maxBytes: 0 },
  "a budget that is no number": { maxBytes: NaN },
  "an unknown option": { bytes: 1 },
})) {
  test(`ImagePusher refuses ${what}`, () => {
    assert.throws(
      () => new ImagePusher(new FakeWriter(), { url: URL, token: TOKEN, ...make }),
      /^(Type|Range)Error: Cannot (?![^]*S3CRET)/,
    );
  });
}

for (const crashes of [false, true]) {
  const when = crashes ? ", and the receiver is reset at any time" : "";
  test(`a network that drops, delays, doubles and reorders: totals never go back and end exact${when}`, async (t) => {
    let requests = 0;
    let resets = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const roll = dice(seed);
      const seconds = clock();
      const store = new FakeStore();
      let reader;
      let receiver;
      const begin = () => {
        reader = new FakeReader();
        receiver = receiverOf(reader, { token: TOKEN, seconds, store, onError: () => undefined });
      };
      begin();
      const { network, rest } = hostile(roll, async () => {
        requests++;
        if (crashes && roll() < 0.05) {
          resets++;
          begin();
        }
        return receiver;
      });
      const names = ["a", "b", "c", "d", "e"];
      const processes = Array.from({ length: 4 }, () => {
        const writer = new FakeWriter({ perFrame: 2 });
        const fetch = async (url, init) => {
          const receiving = receiver;
          const response = await network(url, init);
          // Who is reset answers nothing more.
          if (receiving !== receiver) throw new Error("reset");
          return response;
        };
        return { writer, pusher: new ImagePusher(writer, { url: URL, token: TOKEN, seconds, fetch, onError: () => undefined }) };
      });
      const shown = new Map();
      const look = async () => {
        await receiver.settled();
        for (const name of names) {
          const value = await reader.shown(name);
          assert.ok(value >= (shown.get(name) ?? 0), `seed ${seed}: ${name} went back from ${shown.get(name)} to ${value}`);
          shown.set(name, value);
        }
      };
      for (let round = 0; round < 40; round++) {
        for (const { writer, pusher } of processes) {
          for (const name of names) if (roll() < 0.6) writer.inc(name, Math.ceil(roll() * 5));
          await pusher.push();
        }
        seconds.now += roll() * 30;
        await look();
      }
      await rest();
      // All of them in each round: whoever is silent for an hour meanwhile is folded, and a store knows it after a reset, too.
      const done = new Set();
      for (let i = 0; i < 200 && done.size < processes.length; i++) {
        seconds.now += 61;
        for (const { pusher } of processes) if ((await pusher.push()).outcome === "nothing") done.add(pusher);
      }
      await look();
      for (const name of names) {
        const exact = processes.reduce((sum, { writer }) => sum + writer.value(name), 0);
        assert.equal(await reader.shown(name), exact, `seed ${seed}: ${name}`);
      }
    }
    t.diagnostic(`${requests} requests arrived, ${resets} resets`);
    assert.ok(requests > 10 * RUNS && (!crashes || resets > RUNS));
  });
}

test("ImagePusher: of an error that has the URL in it, as those of Deno and Bun, the query is in no message and no cause", async () => {
  const url = "https://collector.example/push?key=opensesame";
  const fetch = async (asked) => {
    throw new Error(`error sending request for url (${asked})`, { cause: new Error(`connecting to ${asked}`) });
  };
  const { writer, pusher, errors } = pair({ pusher: { url, fetch } });
  writer.inc("a");
  const { error } = await pusher.push();
  assert.match(error.message, /^Cannot push the image to https:\/\/collector\.example\/push: error sending request for url \(https:/);
  assert.equal(errors.length, 1);
  assert.doesNotMatch(inspect([error, errors], { depth: 9 }), /opensesame/);
});

test("ImagePusher says its last also where pushes pause: there may be no other time", async () => {
  let broken = true;
  const { reader, writer, pusher, receiver } = pair({
    pusher: {
      fetch: (url, init) => {
        if (broken) throw new Error("fetch failed", { cause: new Error("connect ECONNREFUSED") });
        return receiver(new Request(url, init));
      },
    },
  });
  writer.inc("a");
  const { outcome, error } = await pusher.push();
  assert.equal(outcome, "failed");
  assert.match(error.message, /: fetch failed: connect ECONNREFUSED$/);
  broken = false;
  assert.equal((await pusher.push()).outcome, "paused");
  assert.equal((await pusher.push({ ended: true })).outcome, "sent");
  assert.equal(await reader.shown("a"), 1);
});

test("ImagePusher says how much a receiver must take where a body cannot be divided", async () => {
  const { writer, pusher, errors, seconds } = pair({ pusher: { fetch: async () => new Response("", { status: 413 }) } });
  writer.inc("a");
  for (let i = 0; i < 3; i++) {
    const { outcome, pauseSeconds } = await pusher.push();
    assert.equal(outcome, "failed");
    seconds.now += pauseSeconds;
  }
  assert.equal(errors.length, 1);
  assert.match(errors[0], /the answer is 413, and its \d+ bytes cannot be divided; the receiver's maxBytes must be as much$/);
});

test("ImagePusher reads no more of an answer than a receipt can have", async () => {
  let pieces = 0;
  const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024).fill(120 + 0 * pieces++)) });
  const { writer, pusher } = pair({ pusher: { fetch: async () => new Response(endless()) } });
  writer.inc("a");
  const { outcome, error } = await pusher.push();
  assert.equal(outcome, "failed");
  assert.match(error.message, /: the answer is 200 and longer than 65536 bytes: no receiver's$/);
  assert.ok(pieces < 80);
});

test("push() refuses what it does not know: it would not be the last word that it was meant for", async () => {
  const { writer, pusher } = pair();
  writer.inc("a");
  assert.throws(() => pusher.push({ end: true }), { name: "TypeError", message: 'Cannot use option "end" of push: its options are ended' });
  assert.throws(() => pusher.push({ ended: "yes" }), { name: "TypeError", message: /ended/ });
  assert.throws(() => pusher.push(5), TypeError);
  assert.equal((await pusher.push({ ended: undefined })).outcome, "sent");
  assert.equal((await pusher.push({ ended: true })).outcome, "sent");
});

test("ImagePusher tells when it pushes again, once", async () => {
  let away = true;
  const { writer, pusher, errors, receiver, seconds } = pair({
    pusher: {
      fetch: async (url, init) => {
        if (away) throw new Error("away");
        return receiver(new Request(url, init));
      },
    },
  });
  writer.inc("a");
  for (let i = 0; i < 3; i++) seconds.now += (await pusher.push()).pauseSeconds;
  away = false;
  for (let i = 0; i < 3; i++) {
    await pusher.push();
    writer.inc("a");
  }
  assert.deepEqual(errors, [
    "Cannot push the image to https://collector.example/push: away",
    "Pushes the image to https://collector.example/push again",
  ]);
});
