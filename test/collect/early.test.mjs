// A thread that ends before it has begun: whoever probes is told, and the page says that nobody does.

import assert from "node:assert/strict";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { FakeHost } from "./fakes.mjs";

const threads = createRequire(import.meta.url)("node:worker_threads");
const { Worker } = threads;
let started;
threads.Worker = class extends Worker {
  constructor(...all) {
    super(...all);
    started = this;
  }
};
syncBuiltinESMExports();
const { Registry } = await import("tallystick");
const { probe } = await import("tallystick/probe");
const WITHIN_MS = 20_000;

function probing(t) {
  const host = new FakeHost();
  host.process(1, { comm: "web" });
  const registry = new Registry();
  const told = [];
  let hear;
  const heard = new Promise((resolve, reject) => {
    hear = resolve;
    // A probe keeps no process, and this one waits for it.
    const late = setTimeout(reject, WITHIN_MS, new Error("nobody is told"));
    t.after(() => clearTimeout(late));
  });
  const onError = (error) => {
    told.push(error);
    hear();
  };
  const probed = probe({ registry, proc: host.proc, periodSeconds: 0.2, onError });
  t.after(() => probed.close());
  heard.catch(() => undefined);
  return { registry, told, heard, probed };
}

const upOf = (registry) =>
  /^tallystick_probe_up (\d)$/m.exec(new TextDecoder().decode(registry.exposeSync({ statistics: true }).body))?.[1];

test("probe tells of a thread that ended before it ran, and shows that nobody probes", async (t) => {
  const { registry, told, heard } = probing(t);
  // Its code is 0, as of one that ended by itself.
  assert.equal(await started.terminate(), 0);
  await heard;
  assert.deepEqual(told.map(({ code, message }) => `${code}: ${message}`), ["thread: Cannot go on with the probe's thread: it ended; tallystick_probe_up is 0"]); // prettier-ignore
  assert.equal(upOf(registry), "0");
});

test("probe tells nothing of a thread that ended with its registry, or was closed before it ran", async (t) => {
  const { registry, told } = probing(t);
  const ended = new Promise((resolve) => started.once("exit", resolve));
  registry.close();
  await ended;
  const other = probing(t);
  await other.probed.close();
  assert.deepEqual([...told, ...other.told], []);
});
