// What is asked for while something is under way: rounds and exports that began before, pauses, ways to a receiver that never come back, a clock that steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { otlp } from "tallystick/otlp";
import { remoteWrite } from "tallystick/remote-write";
import { judged } from "../exposition/validators.mjs";
import { answering, until } from "./answering.mjs";
import { collecting, protos as otlpProtos } from "./collecting.mjs";
import { protos, receiving } from "./receiving.mjs";
import { registryOf, writing } from "./writing.mjs";

const SENDERS = { remoteWrite, otlp };

function sending(t, make, options) {
  const told = [];
  const onError = (error) => told.push(error);
  const sender = make({ intervalSeconds: 0, closeSeconds: 0, retrySeconds: [0.001, 0.01], onError, ...options });
  t.after(() => sender.close());
  return { sender, told };
}

/** What a promise comes to, or "late" after ten seconds, which hold nobody up when it has come. */
async function unlessLate(promise) {
  const over = new AbortController();
  try {
    return await Promise.race([promise, sleep(10_000, "late", { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

/** A registry whose first page waits for `go` when it has been written. */
function held(t) {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  jobs.inc();
  const gate = { go: undefined, pages: 0 };
  const { expose } = registry;
  registry.expose = async (options) => {
    gate.pages++;
    const page = await expose.call(registry, options);
    if (gate.pages === 1) await new Promise((resolve) => (gate.go = resolve));
    return page;
  };
  return { registry, jobs, gate };
}

/** What a receiver was told of the counter, in order. */
async function receiverOf(t, name) {
  if (name === "remoteWrite") {
    const { write, series } = await receiving(t);
    const values = () => series().flatMap((each) => (each.name === "jobs_total" ? each.samples.map(({ value }) => value) : []));
    return { url: write, values };
  }
  const { url, requests, metrics } = await collecting(t);
  return { url, values: () => requests.map((_, i) => metrics(i).find((metric) => metric.name === "jobs").points[0].asDouble) };
}

for (const [name, make] of Object.entries(SENDERS)) {
  const file = name === "otlp" ? otlpProtos : protos;

  test(`${name}: flush sends what was counted before it, also behind a page that was written by then; all who ask share one`, async (t) => {
    if (!judged(t, file)) return;
    const { url, values } = await receiverOf(t, name);
    const { registry, jobs, gate } = held(t);
    const { sender, told } = sending(t, make, { registry, url, include: ["jobs"] });
    const first = sender.flush();
    await until("the first page", () => gate.go);
    jobs.inc(5);
    const others = [sender.flush(), sender.flush(), sender.flush()];
    gate.go();
    assert.deepEqual(await Promise.all([first, ...others]), [true, true, true, true]);
    assert.deepEqual([values(), gate.pages, told], [[1, 6], 2, []]);
    assert.equal(await sender.flush(), true);
    assert.equal(gate.pages, 3);
  });

  test(`${name}: close sends what was counted before it, also behind a page that was written by then`, async (t) => {
    if (!judged(t, file)) return;
    const { url, values } = await receiverOf(t, name);
    const { registry, jobs, gate } = held(t);
    const { sender, told } = sending(t, make, { registry, url, include: ["jobs"], closeSeconds: 5 });
    const first = sender.flush();
    await until("the first page", () => gate.go);
    jobs.inc(5);
    const closed = sender.close();
    gate.go();
    await Promise.all([first, closed]);
    assert.deepEqual([values().slice(0, 2), told], [[1, 6], []]);
  });

  test(`${name}: a flush behind one that fails has a page of its own, and what it rejects with is its own`, async (t) => {
    if (!judged(t, file)) return;
    const { url, values } = await receiverOf(t, name);
    const registry = registryOf(t);
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    const { expose } = registry;
    let fail;
    registry.expose = async (options) => {
      if (fail === undefined) await new Promise((_, reject) => (fail = () => reject(new RangeError("no page"))));
      return expose.call(registry, options);
    };
    const { sender } = sending(t, make, { registry, url, include: ["jobs"] });
    const first = sender.flush();
    await until("the first page", () => fail);
    const second = sender.flush();
    fail();
    await assert.rejects(first, /no page/);
    assert.equal(await second, true);
    assert.deepEqual(values(), [1]);
  });

  for (const [what, fetch] of [
    ["never answers", () => new Promise(() => {})],
    ["begins an answer and never ends it", async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))],
  ]) {
    test(`${name}: a way that ${what}, and does not heed its signal, is waited for as long as is said`, async (t) => {
      const registry = registryOf(t);
      registry.gauge({ name: "depth", help: "Depth." }).set(1);
      const { sender } = sending(t, make, { registry, url: "http://receiver.example/", fetch, timeoutSeconds: 0.05, closeSeconds: 0.2 });
      const answered = what !== "never answers";
      assert.equal(await unlessLate(sender.flush()), answered);
      assert.equal(await unlessLate(sender.close()), undefined);
    });
  }

  test(`${name}: a close whose time is over before anything was sent waits for no answer`, async (t) => {
    const registry = registryOf(t);
    registry.gauge({ name: "depth", help: "Depth." }).set(1);
    const { expose } = registry;
    registry.expose = async (options) => {
      await sleep(50);
      return expose.call(registry, options);
    };
    const fetch = () => new Promise(() => {});
    const { sender } = sending(t, make, { registry, url: "http://receiver.example/", fetch, timeoutSeconds: 60, closeSeconds: 0 });
    assert.equal(await unlessLate(sender.close()), undefined);
  });

  test(`${name}: null says nothing, under whatever name`, async (t) => {
    const { requests, url } = await answering(t);
    const registry = registryOf(t);
    registry.gauge({ name: "depth", help: "Depth." }).set(1);
    const nothing = { intervalSeconds: null, fetch: null, exemplars: null, retrySeconds: null, timeoutSeconds: null, auth: null };
    const { sender, told } = sending(t, make, { registry, url, ...nothing });
    assert.equal(await sender.flush(), true);
    assert.deepEqual([requests.length, told], [1, []]);
  });
}

for (const [what, ahead, behind] of [
  ["a little ahead keeps its order", 500_000, 1],
  ["a day ahead is wrong, and what comes when it is right again is right", 86_400_000, undefined],
]) {
  for (const [name, make] of Object.entries(SENDERS)) {
    test(`${name}: a clock that was ${what}`, async (t) => {
      if (!judged(t, name === "otlp" ? otlpProtos : protos)) return;
      const receiver = name === "otlp" ? await collecting(t) : await receiving(t);
      const registry = registryOf(t);
      const depth = registry.gauge({ name: "depth", help: "Depth.", labelNames: ["of"] });
      depth.set({ of: "disk" }, 1);
      const { sender } = sending(t, make, { registry, url: receiver.url, include: ["depth"] });
      let at = Date.now();
      t.mock.method(Date, "now", () => at);
      const times = [at, at + ahead, at + 10, at + 20];
      for (at of times) await sender.flush();
      const found =
        name === "otlp"
          ? receiver.requests.map((_, i) => Number(BigInt(receiver.metrics(i)[0].points[0].timeUnixNano) / 1_000_000n))
          : receiver.series().map(({ samples }) => samples[0].timestamp);
      const wanted = behind === undefined ? times : [times[0], times[1], times[1] + behind, times[1] + 2 * behind];
      assert.deepEqual(found, wanted);
    });
  }
}

test("remoteWrite: rounds that come in the pause behind a failure wait for its end; flush does not", async (t) => {
  const { requests, url } = await answering(t, (_, response) => response.writeHead(503).end());
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const { writer } = writing(t, registry, url, { intervalSeconds: 0.1, retrySeconds: [60, 60] });
  await until("some rounds", () => writer.statistics.waitingRequests >= 5);
  assert.equal(requests.length, 1);
  assert.equal(await writer.flush(), false);
  assert.equal(requests.length, 2);
});

test("remoteWrite: rounds send at once again behind a success", async (t) => {
  let status = 503;
  const { url } = await answering(t, (_, response) => response.writeHead(status).end());
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const { writer } = writing(t, registry, url, { intervalSeconds: 0.1, retrySeconds: [60, 60] });
  await until("a failure", () => writer.statistics.failures === 1);
  status = 200;
  assert.equal(await writer.flush(), true);
  const { sent } = writer.statistics;
  await until("rounds", () => writer.statistics.sent > sent + 1);
});
