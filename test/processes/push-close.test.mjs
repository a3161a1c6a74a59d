// What pushers, receivers and clusters leave behind when they are closed: nothing, in memory and on the page.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Registry } from "tallystick";
import { cluster } from "tallystick/processes";
import { pusher, receiver } from "tallystick/push";

const TO = { url: "https://collector.example/push", token: "opensesame" };
const page = async (registry) => new TextDecoder().decode((await registry.expose()).body);

function counting() {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["kind"], maxSeries: 10000 });
  for (let i = 0; i < 2000; i++) jobs.inc({ kind: i });
  return registry;
}

for (const [what, ends] of [
  ["that pushed its end", (own) => own.push({ ended: true })],
  ["that is closed", async (own) => [await own.push(), own.close()]],
]) {
  test(`pusher: one ${what} gives back what it remembers of the registry`, async () => {
    const registry = counting();
    const receive = receiver({ token: TO.token, registry: new Registry() });
    const fetch = (url, init) => receive(new Request(url, init));
    const used = [];
    for (let i = 0; i < 60; i++) {
      const own = pusher({ ...TO, registry, fetch, onError: () => undefined });
      await ends(own);
      if (i % 30 === 29) used.push(JSON.stringify(registry.memoryUsage()));
    }
    receive.close();
    assert.equal(used[1], used[0]);
  });
}

test("pusher: closed while a push runs, that push is given up, and others say that it was closed", async () => {
  let answer;
  const fetch = () => new Promise((resolve) => (answer = resolve));
  const own = pusher({ ...TO, registry: counting(), fetch });
  const [running, waiting] = [own.push(), own.push()];
  while (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  own.close();
  own.close();
  answer(Response.json({ sequence: 1 }));
  assert.equal((await running).outcome, "failed");
  const { outcome, error } = await waiting;
  assert.deepEqual([outcome, error.code, error.message], ["nothing", "closed", "Cannot push the image: its pusher was closed"]);
  assert.equal(own.due(0), false);
});

test("pusher: may be closed after its registry", () => {
  const registry = counting();
  const own = pusher({ ...TO, registry });
  registry.close();
  own.close();
});

test("receiver: closed, it leaves nothing of what it told on the page", async () => {
  const registry = new Registry();
  const receive = receiver({ token: TO.token, registry, onError: () => undefined });
  const own = pusher({ ...TO, registry: counting(), fetch: (url, init) => receive(new Request(url, init)) });
  await own.push();
  await receive(new Request(TO.url, { method: "POST" }));
  const before = await page(registry);
  for (const name of ["processes", "image_age_seconds", "refused_images_total"])
    assert.match(before, new RegExp(`^tallystick_${name}{`, "m"));
  receive.close();
  assert.doesNotMatch(await page(registry), /^(?:tallystick_(?:processes|image|refused)\w*{|jobs)/m);
});

/** Posts by node:http to a handler. */
async function served(t, handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}/push`;
}

/** Closes a registry in a thread of its own. */
async function closedElsewhere(registry) {
  const code = `
    const { workerData } = require("node:worker_threads");
    require("tallystick").join(workerData).close();
  `;
  const worker = new Worker(code, { eval: true, workerData: registry.ticket() });
  const [status] = await once(worker, "exit");
  assert.equal(status, 0);
}

for (const [what, ends] of [
  ["closed", ({ receive }) => receive.close()],
  ["of a registry that was closed", ({ registry }) => registry.close()],
  ["of a registry that another thread closed", ({ registry }) => closedElsewhere(registry)],
]) {
  test(`receiver: one ${what} acknowledges no push, and the next receiver has all of it`, async (t) => {
    const [registry, next, counted] = [new Registry(), new Registry(), new Registry()];
    const jobs = counted.counter({ name: "jobs", help: "Jobs." });
    const receive = receiver({ token: TO.token, registry, name: "ending", onError: (error) => assert.fail(error) });
    const after = receiver({ token: TO.token, registry: next, name: "ending" });
    const to = await served(t, receive.nodeHandler());
    let takes;
    const fetched = [];
    const fetch = async (url, init) => {
      const answer = await (takes === undefined ? globalThis.fetch(to, init) : takes(new Request(url, init)));
      fetched.push([answer.status, answer.headers.get("retry-after")]);
      return answer;
    };
    let now = 1000;
    const own = pusher({ ...TO, registry: counted, fetch, seconds: () => now, onError: () => undefined });
    t.after(() => own.close());
    jobs.inc(2);
    assert.equal((await own.push()).outcome, "sent");
    const counts = receive.counts();
    await ends({ receive, registry });
    receive.close();
    jobs.inc(3);
    assert.equal((await own.push()).outcome, "failed");
    takes = receive;
    now += 60;
    assert.equal((await own.push()).outcome, "failed");
    assert.deepEqual(fetched.splice(0), [
      [200, null],
      [503, "10"],
      [503, "10"],
    ]);
    await receive.settled();
    assert.deepEqual([receive.counts().pushes, receive.counts().refused], [counts.pushes, counts.refused]);
    takes = after;
    now += 60;
    assert.equal((await own.push()).outcome, "sent");
    assert.match(await page(next), /^jobs_total 5$/m);
    after.close();
  });
}

test("receiver: two of one registry tell apart what they know of others", async () => {
  const registry = new Registry();
  const [one, other] = [receiver({ token: TO.token, registry }), receiver({ token: TO.token, registry, name: "edge" })];
  const pushed = [one, other, other].map((receive, i) => {
    const counted = new Registry();
    counted.counter({ name: "jobs", help: "Jobs." }).inc(i + 1);
    const own = pusher({ ...TO, registry: counted, fetch: (url, init) => receive(new Request(url, init)) });
    return own.push().then(() => own.close());
  });
  await Promise.all(pushed);
  const told = async () => (await page(registry)).match(/^(?:jobs_total|tallystick_processes).*$/gm);
  assert.deepEqual(await told(), ["jobs_total 6", 'tallystick_processes{source="push"} 1', 'tallystick_processes{source="push edge"} 2']);
  one.close();
  assert.deepEqual(await told(), ["jobs_total 5", 'tallystick_processes{source="push edge"} 2']);
  other.close();
});

test("receiver: images that are none are counted as refused, and nobody who has to push anew", async () => {
  const registry = new Registry();
  let receive = receiver({ token: TO.token, registry, deadAfterSeconds: 1, foldAfterSeconds: 1, onError: () => undefined });
  const told = async () => Number(/^tallystick_refused_images_total\{source="push"\} (\d+)$/m.exec(await page(registry))[1]);
  const counted = new Registry();
  const jobs = counted.counter({ name: "jobs", help: "Jobs." });
  const bodies = [];
  const fetch = (url, init) => {
    bodies.push(init);
    return receive(new Request(url, init));
  };
  const own = pusher({ ...TO, registry: counted, fetch, onError: () => undefined });
  jobs.inc();
  await own.push();
  receive.close();
  // One that knows nothing asks for all, and one that was silent begins anew.
  let now = 1000;
  receive = receiver({ token: TO.token, registry, deadAfterSeconds: 1, foldAfterSeconds: 1, seconds: () => now });
  jobs.inc();
  await own.push();
  assert.equal(own.counts.behind, 1);
  now += 60;
  await receive.settled();
  jobs.inc();
  await own.push();
  assert.equal(own.counts.anew, 1);
  await receive(new Request(TO.url, { method: "POST" }));
  assert.equal(await told(), 0);
  receive.close();
  receive = receiver({ token: TO.token, registry, onError: () => undefined });
  // Another version, a bit that flipped, and what is none.
  const image = bodies.at(-1).headers["content-encoding"] === undefined ? bodies.at(-1) : assert.fail("it is packed");
  const versioned = image.body.slice();
  versioned[4]++;
  const flipped = image.body.slice();
  flipped[flipped.length - 1] ^= 1;
  for (const body of [versioned, flipped, new TextEncoder().encode("nonsense".repeat(20))]) {
    const { status } = await receive(new Request(TO.url, { ...image, headers: { ...image.headers, "tallystick-share": "full" }, body }));
    assert.equal(status, 400);
  }
  assert.equal(await told(), 3);
  receive.close();
  own.close();
});

for (const [what, onError] of [
  ["throws", () => assert.fail("of the application")],
  ["rejects", () => Promise.reject(new Error("of the application"))],
]) {
  test(`receiver.nodeHandler: where the answer cannot be given and onError ${what}, the request ends and the process goes on`, async (t) => {
    const registry = new Registry();
    const receive = receiver({ token: TO.token, registry, onError });
    t.after(() => receive.close());
    const handler = receive.nodeHandler();
    // Somebody in front of it has answered already.
    const to = await served(t, (request, response) => {
      response.writeHead(200).flushHeaders();
      handler(request, response);
    });
    const answer = await fetch(to, { method: "POST", body: "x" });
    await assert.rejects(answer.text());
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
}

test("cluster: closed, it leaves nothing of what it told on the page", async (t) => {
  const registry = new Registry();
  const shared = cluster({ registry, role: "primary" });
  const child = fork(fileURLToPath(new URL("cluster-counting.mjs", import.meta.url)), ["worker"]);
  t.after(() => child.kill("SIGKILL"));
  shared.add(child);
  await once(child, "message");
  assert.match(await page(registry), /^tallystick_processes{source="cluster"} 1$/m);
  // A stopped one is late.
  child.kill("SIGSTOP");
  for (let i = 0; i < 3; i++) await shared.scrape();
  assert.match(await page(registry), /^tallystick_late_processes_total{/m);
  shared.close();
  await shared.scrape();
  assert.doesNotMatch(await page(registry), /^tallystick_(?:processes|image|refused|late)\w*{/m);
});
