// Answers of strangers to all that sends: nobody throws where nobody asked, reads an answer without end, or counts twice. What is sent by
// pushers and collectors comes to a receiver, or not, whatever is answered; once answers are honest again the receiver has what was counted.

import assert from "node:assert/strict";
import { Registry } from "tallystick";
import { otlp } from "tallystick/otlp";
import { pusher, receiver } from "tallystick/push";
import { pushgateway } from "tallystick/pushgateway";
import { remoteWrite } from "tallystick/remote-write";
import { responseOf, strange } from "../strange.mjs";

const URL = "http://strange.example/push";
const TOKEN = "opensesame";
const SENDERS = ["push", "forward", "remote-write", "remote-write", "otlp", "pushgateway"];
/** Of one answer: OTLP's are read to 4 MiB, all others less far. */
const ANSWER_BYTES_MOST = (4 << 20) + (1 << 17);
const TIMEOUT_SECONDS = 0.02;
/** Longer than anybody pauses. */
const PAUSE_SECONDS = 4000;
const HONEST_MOST = 40;
/** What a Pushgateway says, and what takes its pushes. */
const TAKEN = [200, 202, 204];
const none = () => {};

/** A way there that answers by the script, then as `honest` does. */
function way(script, honest) {
  const left = [...script];
  const taken = { bytes: 0, requests: 0 };
  const send = async (url, init) => {
    taken.requests++;
    const answer = left.shift();
    const arrived = answer === undefined || answer.arrives ? await honest(url, init) : undefined;
    return answer === undefined ? arrived : responseOf(answer, taken);
  };
  return { send, taken, left };
}

function received(handler) {
  return (url, init) => handler(new Request(url, { ...init, body: init.body.slice() }));
}

async function shownBy(registry, name) {
  const text = new TextDecoder().decode((await registry.expose({ dialect: "text" })).body);
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (.*)$`, "m").exec(text)?.[1]);
}

/** Counts, and has each amount sent by a turn, until all answers are honest and a turn says that nothing is left; what was counted. */
async function counted(own, counts, left, turn) {
  const jobs = own.counter({ name: "jobs", help: "Jobs." });
  let sum = 0;
  for (let i = 0; i < HONEST_MOST; i++) {
    const amount = counts[i] ?? 0;
    jobs.inc(amount);
    sum += amount;
    if ((await turn(sum)) && left.length === 0 && i >= counts.length) break;
  }
  return sum;
}

/** What a pusher tells a receiver. */
async function pushed({ script, counts }) {
  let now = 0;
  const [own, there] = [new Registry(), new Registry()];
  const options = { token: TOKEN, seconds: () => now, onError: none };
  const handler = receiver({ ...options, registry: there, deadAfterSeconds: 1e6, foldAfterSeconds: 1e7 });
  const { send, taken, left } = way(script, received(handler));
  const push = pusher({ ...options, registry: own, url: URL, fetch: send, timeoutSeconds: TIMEOUT_SECONDS });
  const sum = await counted(own, counts, left, async () => {
    const { outcome, more } = await push.push();
    now += PAUSE_SECONDS;
    return outcome !== "failed" && !more;
  });
  assert.equal(await shownBy(there, "jobs_total"), sum, "what was counted is not what was received");
  await handler.close();
  for (const registry of [own, there]) registry.close();
  return taken;
}

/** What a collector hands on to the next one. */
async function handedOn({ script, counts }) {
  let now = 0;
  const [own, middle, there] = [new Registry(), new Registry(), new Registry()];
  const options = { token: TOKEN, seconds: () => now, onError: none, deadAfterSeconds: 1e6, foldAfterSeconds: 1e7 };
  const top = receiver({ ...options, registry: there });
  const { send, taken, left } = way(script, received(top));
  const forward = { url: URL, token: TOKEN, fetch: send, everySeconds: 300, timeoutSeconds: TIMEOUT_SECONDS, closeSeconds: 0 };
  const handler = receiver({ ...options, registry: middle, forward });
  const push = pusher({ token: TOKEN, seconds: () => now, onError: none, registry: own, url: URL, fetch: received(handler) });
  const sum = await counted(own, counts, left, async (all) => {
    await push.push();
    now += PAUSE_SECONDS;
    const { outcome } = await handler.forwarding.handOn();
    return outcome === "nothing" && (await shownBy(there, "jobs_total")) === all;
  });
  assert.equal(await shownBy(there, "jobs_total"), sum, "what was counted is not what was handed on");
  await handler.close();
  await top.close();
  for (const registry of [own, middle, there]) registry.close();
  return taken;
}

const empty = async () => new Response(null, { status: 204 });

/** What other systems are sent: how much arrived is theirs to know; here it is counted once what became of it. */
async function sent({ sender, version, script, counts }) {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  const { send, taken } = way(script, empty);
  const shared = { url: URL, registry, fetch: send, timeoutSeconds: TIMEOUT_SECONDS, include: ["jobs"] };
  const options = { ...shared, intervalSeconds: 3600, retrySeconds: [0.001, 0.002], closeSeconds: 0, onError: none };
  const one = sender === "otlp" ? otlp({ ...options, ...(version === 1 ? { protocol: "json" } : {}) }) : remoteWrite({ ...options, labels: { job: "x" }, ...(version === 0 ? {} : { version }) }); // prettier-ignore
  let rounds = 0;
  for (const amount of [...counts, ...script, 1]) {
    jobs.inc(typeof amount === "number" ? amount : 1);
    rounds++;
    const all = await one.flush();
    assert.equal(typeof all, "boolean");
    const { sent: arrived, dropped, failures } = one.statistics;
    for (const number of [arrived, dropped, failures]) assert.ok(Number.isSafeInteger(number) && number >= 0, `${number}`);
    // One sample, or one point, a round.
    assert.ok(arrived + dropped <= rounds, `${arrived} sent and ${dropped} dropped of ${rounds}`);
    assert.ok(failures <= taken.requests, `${failures} failures of ${taken.requests} requests`);
  }
  await one.close();
  registry.close();
  return taken;
}

async function gated({ script }) {
  const registry = new Registry();
  registry.counter({ name: "jobs", help: "Jobs." }).inc();
  const { send, taken, left } = way(script, empty);
  const gateway = pushgateway({ url: URL, job: "x", registry, fetch: send, timeoutSeconds: TIMEOUT_SECONDS });
  while (left.length > 0) {
    const { breaks, status } = left[0];
    const isTaken = breaks !== "connect" && TAKEN.includes(status);
    const error = await gateway.push().then(none, (thrown) => thrown);
    if (isTaken) assert.equal(error, undefined, error?.stack);
    else assert.equal(error?.name, "SendError", error?.stack);
    if (error !== undefined) assert.ok(error.message.length < 10_000);
  }
  registry.close();
  return taken;
}

const TRIED = { push: pushed, forward: handedOn, pushgateway: gated, otlp: sent, "remote-write": sent };

export const answers = {
  name: "answers",
  about: "answers to all that sends",
  runs: 20_000,
  short: 60,
  async open() {
    const unhandled = [];
    const heard = (error) => unhandled.push(error);
    process.on("unhandledRejection", heard);
    // What waits for an answer keeps no process alive.
    const alive = setInterval(none, 1000);
    return {
      input: (random) => ({
        sender: random.of(SENDERS),
        version: random.below(3),
        script: Array.from({ length: 1 + random.below(5) }, () => strange(random)),
        counts: Array.from({ length: 1 + random.below(4) }, () => random.below(10)),
      }),
      async check(input) {
        const taken = await TRIED[input.sender](input);
        assert.ok(taken.bytes <= ANSWER_BYTES_MOST * input.script.length, `${taken.bytes} bytes of answers were read`);
        assert.deepEqual(unhandled.splice(0), [], "a promise was rejected and nobody heard");
      },
      close() {
        clearInterval(alive);
        process.off("unhandledRejection", heard);
      },
    };
  },
};
