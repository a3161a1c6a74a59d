// The entries of the edge, where there are neither timers of one's own nor files: what they refuse, what a request may wait for, and that nothing comes back by itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Registry } from "tallystick";
import { answering } from "./answering.mjs";

const entry = (name) => import(new URL(`../../dist/esm/${name}.js`, import.meta.url));
const { remoteWrite } = await entry("remote-write-edge");
const { otlp } = await entry("otlp-edge");

function counted(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  registry.gauge({ name: "depth", help: "Depth." }).set(7);
  return registry;
}

function registryOfMany(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  const depth = registry.gauge({ name: "depth", help: "Depth.", labelNames: ["of"] });
  for (const of of "abcd") depth.set({ of }, 1);
  return registry;
}

/** How many go into one request. */
const most = { remoteWrite: "maxSamples", otlp: "maxPoints" };

for (const [name, make] of Object.entries({ remoteWrite, otlp })) {
  test(`${name} at the edge: flush sends, one that comes meanwhile is told so, and a failure waits for the next flush`, async (t) => {
    let status = 200;
    const { requests, url } = await answering(t, async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.writeHead(status).end();
    });
    const told = [];
    const registry = counted(t);
    const sender = make({ url, registry, retrySeconds: [0.001, 0.001], onError: ({ code }) => told.push(code) });
    t.after(() => sender.close());
    assert.deepEqual(await Promise.all([sender.flush(), sender.flush()]), [true, false]);
    assert.equal(requests.length, 1);
    status = 503;
    assert.equal(await sender.flush(), false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(requests.length, 2);
    status = 200;
    assert.equal(await sender.flush(), true);
    assert.deepEqual([told, sender.statistics.failures, sender.statistics.dropped], [["refused"], 1, 0]);
  });

  test(`${name} at the edge: a flush whose request ended in its middle is given up after a while`, async (t) => {
    const registry = counted(t);
    let isOver = true;
    const fetch = () => (isOver ? new Promise(() => {}) : Promise.resolve(new Response("")));
    const { now } = performance;
    t.after(() => (performance.now = now));
    const sender = make({ url: "http://receiver.example/", registry, fetch, timeoutSeconds: 5 });
    void sender.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await sender.flush(), false);
    const began = now.call(performance);
    performance.now = () => began + 11_000;
    isOver = false;
    assert.equal(await sender.flush(), true);
    await sender.close();
  });

  test(`${name} at the edge: a flush that goes on sending keeps others away, for however long`, async (t) => {
    const registry = registryOfMany(t);
    let at = 0;
    const { now } = performance;
    t.after(() => (performance.now = now));
    const others = [];
    const fetch = async () => {
      at += 8000;
      others.push(await sender.flush());
      return new Response("");
    };
    const sender = make({ url: "http://receiver.example/", registry, fetch, timeoutSeconds: 5, include: ["depth"], [most[name]]: 1 });
    performance.now = () => at;
    assert.equal(await sender.flush(), true);
    performance.now = now;
    assert.deepEqual(others, [false, false, false, false]);
    await sender.close();
  });

  test(`${name} at the edge: what it does not have is refused`, (t) => {
    const registry = counted(t);
    const url = "http://receiver.example/";
    assert.throws(() => make({ url, registry, intervalSeconds: 15 }), /intervalSeconds of \w+: this runtime has no timers/);
    if (name === "remoteWrite")
      assert.throws(() => make({ url, registry, directory: "x" }), /directory of remoteWrite: this runtime has no files/);
  });
}

test("nothing of the edge's entries asks for a module of a runtime, also later", () => {
  for (const name of ["remote-write-edge", "otlp-edge"]) {
    const text = readFileSync(new URL(`../../dist/esm/${name}.js`, import.meta.url), "utf8");
    assert.doesNotMatch(text, /"node:/, name);
  }
});
