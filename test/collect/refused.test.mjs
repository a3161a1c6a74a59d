// What a probe is asked for and cannot show: it is told at once where it is known, and by the thread where only that finds out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MetricsError, Registry } from "tallystick";
import { probe, ProbeError } from "tallystick/probe";
import { FakeHost, FakeProbe, samplesOf } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const pageOf = (registry) => samplesOf(new TextDecoder().decode(registry.exposeSync().body));

/** As soon as something is told. */
async function first(told) {
  for (const until = Date.now() + 20_000; told.length === 0; await delay(20)) assert.ok(Date.now() < until, "nothing is told");
  return told[0];
}

for (const by of ["command", "pid", "total"]) {
  test(`probe() by ${by} refuses default labels that its metrics have, and begins nothing`, () => {
    for (const name of probing.reservedLabels({ by, tree: undefined })) {
      const registry = new Registry({ labels: { host: "a", [name]: "x" } });
      assert.throws(
        () => probe({ registry, by, onError: assert.fail }),
        (error) => error instanceof MetricsError && error.code === "label-conflict" && error.message.includes(`"${name}"`),
      );
      assert.deepEqual(pageOf(registry), {});
      registry.close();
    }
  });
}

test("every name that probe() takes as a default label is one that its metrics can be shown with", () => {
  for (const [by, names, tree] of [
    ["command", ["pid", "host"], undefined],
    ["total", ["pid", "command", "le"], undefined],
    ["total", ["device"], 1],
  ]) {
    const host = new FakeHost();
    host.process(1, { comm: "web", fds: 1, io: [1, 2], net: { tcp: ["01"], udp: ["01"] } });
    host.write("diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n");
    for (const name of names) {
      assert.ok(!probing.reservedLabels({ by, tree }).includes(name), name);
      const page = new FakeProbe(host, { by, tree }, new probing.Registry({ labels: { [name]: "x" } })).round().page();
      assert.equal(page[`tallystick_probe_up{${name}="x"}`], 1);
    }
  }
});

test("of a tree whose process is not there it is told once, and tallystick_probe_up is 0", { timeout: 60_000 }, async () => {
  const host = new FakeHost();
  host.process(1, { comm: "init" });
  const registry = new Registry();
  const told = [];
  const probed = probe({ registry, proc: host.proc, tree: 4_000_000, periodSeconds: 0.1, budgetPercent: 50, onError: (e) => told.push(e) });
  const error = await first(told);
  assert.ok(error instanceof ProbeError);
  assert.equal(error.code, "absent");
  assert.match(error.message, /^Cannot probe this host by ".*": it has no process 4000000 that may be read, and the tree of that one /);
  assert.equal(pageOf(registry).tallystick_probe_up, 0);
  await delay(500);
  assert.equal(told.length, 1);
  await probed.close();
  assert.deepEqual(pageOf(registry), {});
  registry.close();
});

test("a tree that was there and has ended is shown as nobody, and one that never was is not shown", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init" });
  host.process(100, { comm: "root" });
  const probe = new FakeProbe(host, { tree: 100 }).round();
  assert.equal(probe.page().tallystick_probe_up, 1);
  host.remove(100);
  const page = probe.round(12).page();
  assert.deepEqual([page.tallystick_probe_up, page['processes{command="root"}']], [1, 0]);
  const late = new FakeProbe(host, { tree: 300 }).round(2);
  const { tallystick_probe_up: up, ...rest } = late.page();
  assert.equal(up, 0);
  assert.equal("host_time_seconds" in rest, false, "whoever shows nothing is silent");
});
