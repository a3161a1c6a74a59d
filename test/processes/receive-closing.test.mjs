// A receiver that is closed while something is under way: what comes behind it is another receiver's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { built } from "./push-built.mjs";
import { FakeReader, FakeStore, FakeWriter, receiverOf } from "./push-fakes.mjs";

const { pusher, receiver, Registry } = built;
const token = "opensesame";
const url = "https://collector.example/push";

test("receiver: closed while its store loads, it pours nothing into the one that has its name by then", async (t) => {
  const [registry, own] = [new Registry(), new Registry()];
  const store = new FakeStore();
  const load = store.load.bind(store);
  let opened;
  store.load = () => (opened === undefined ? load() : Promise.all([load(), opened]).then(([kept]) => kept));
  t.after(() => [registry, own].forEach((each) => each.close()));
  const jobs = own.counter({ name: "jobs", help: "Jobs." });
  const page = async () => sample(new TextDecoder().decode((await registry.expose()).body), "jobs_total");
  const told = [];
  const begun = () => receiver({ token, registry, store, onError: (error) => told.push(error.message) });
  const pushes = pusher({ url, token, registry: own, fetch: (to, init) => received(new Request(to, init)) });
  let received = begun();
  jobs.inc(5);
  await pushes.push();
  await received.close();
  let open;
  opened = new Promise((resolve) => (open = resolve));
  received = begun();
  const waiting = [received.settled(), received(new Request(url, { method: "POST", ...headed("00000000000000ab") }))];
  await new Promise((resolve) => setImmediate(resolve));
  await received.close();
  opened = undefined;
  received = begun();
  assert.equal(await page(), 5);
  open();
  const [, answer] = await Promise.all(waiting);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /^This receiver is closed/);
  assert.equal(await page(), 5);
  jobs.inc();
  await pushes.push();
  assert.equal(await page(), 6);
  await received.close();
  assert.deepEqual(told, [], "it did not even try");
});

test("receiver: one is made of a name that a closed registry had a receiver of", async () => {
  for (let i = 0; i < 3; i++) {
    const registry = new Registry();
    const own = new Registry();
    const received = receiver({ token, registry });
    own.counter({ name: "jobs", help: "Jobs." }).inc(i);
    const pushed = pusher({ url, token, registry: own, fetch: (to, init) => received(new Request(to, init)) });
    assert.equal((await pushed.push()).outcome, "sent");
    assert.equal(sample(new TextDecoder().decode((await registry.expose()).body), "jobs_total"), i);
    assert.throws(() => receiver({ token, registry }), /Cannot make a receiver "default": this registry has one of that name/);
    // Whose receiver nobody closes.
    registry.close();
    own.close();
  }
});

test("imageReceiver answers 503 where too much waits for a store that does not answer, and takes what comes when it does", async () => {
  const reader = new FakeReader();
  const store = new FakeStore();
  const change = store.change.bind(store);
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  store.change = (put, remove) => gate.then(() => change(put, remove));
  const receive = receiverOf(reader, { token, store, maxBytes: 16777216 });
  const waiting = [];
  const writers = Array.from({ length: 6 }, () => new FakeWriter({ perFrame: 1 }));
  for (const writer of writers) {
    writer.inc("x".repeat(15e6));
    const [frame] = writer.frames({ full: true, ended: false });
    const { headers } = headed(writer.instance);
    waiting.push(receive(new Request(url, { method: "POST", body: frame, headers: { ...headers, "tallystick-share": "full" } })));
    // The first one is under way when the others come.
    if (waiting.length === 1) while (reader.living === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const last = await waiting[5];
  assert.equal(last.status, 503);
  assert.equal(last.headers.get("retry-after"), "10");
  assert.match(await last.text(), /^What was pushed before waits to be made durable, and there is no more room/);
  open();
  assert.deepEqual(
    (await Promise.all(waiting.slice(0, 5))).map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
});

test("imageReceiver: changes under the name of a whole image leave no process behind", async () => {
  const reader = new FakeReader();
  const receive = receiverOf(reader, { token, maxProcesses: 1 });
  const writer = new FakeWriter();
  writer.inc("a");
  Array.from(writer.frames({ full: true, ended: false }));
  writer.inc("a");
  const [body] = writer.frames({ full: false, ended: false });
  const headers = { ...headed(writer.instance).headers, "tallystick-share": "full" };
  assert.equal((await receive(new Request(url, { method: "POST", body, headers }))).status, 409);
  assert.equal(receive.counts().processes, 0);
});

function headed(instance) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-tallystick-image" };
  return { headers: { ...headers, "tallystick-instance": instance, "tallystick-share": "nothing" } };
}
