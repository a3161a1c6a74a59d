// A receiver that is closed while something is under way: what comes behind it is another receiver's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { built } from "./push-built.mjs";
import { FakeStore } from "./push-fakes.mjs";

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

function headed(instance) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-tallystick-image" };
  return { headers: { ...headers, "tallystick-instance": instance, "tallystick-share": "nothing" } };
}
