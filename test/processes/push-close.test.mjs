// What pushers, receivers and clusters leave behind when they are closed: nothing, in memory and on the page.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
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
