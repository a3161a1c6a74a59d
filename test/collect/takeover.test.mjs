// A thread that probes dies, and another thread that asked for the same probe takes over: what is counted is counted once.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Registry } from "tallystick";
import { probe } from "tallystick/probe";
import { FakeHost, samplesOf } from "./fakes.mjs";

const SOURCE = `
  const { parentPort, workerData } = require("node:worker_threads");
  (async () => {
    const { join } = await import("tallystick");
    const { probe } = await import("tallystick/probe");
    probe({ registry: join(workerData.ticket), ...workerData.options });
    parentPort.postMessage("begun");
    setInterval(() => {}, 1000);
  })();`;
const NET = (bytes) => `Inter-|\n face |bytes\n  eth0: ${bytes} 2 0 0 0 0 0 0 4 5 0 0 0 0 0 0\n`;

/** The page as soon as it is so. */
async function pageWhere(registry, holds, what) {
  for (const until = Date.now() + 20_000; ; await delay(20)) {
    const page = samplesOf(new TextDecoder().decode(registry.exposeSync().body));
    if (holds(page)) return page;
    assert.ok(Date.now() < until, `${what}: ${JSON.stringify(page)}`);
  }
}

for (const by of ["command", "pid", "total"]) {
  test(`by ${by}: whoever takes over from a dead thread doubles nothing, and goes on`, { timeout: 60_000 }, async () => {
    const host = new FakeHost();
    const says = (user, ticks, bytes) => {
      host.process(1, { comm: "web", user, io: [user * 10, 0], fds: 1 });
      host.write("stat", `cpu  ${ticks} 0 0 0 0 0 0 0 0 0\n`);
      host.write("net/dev", NET(bytes));
    };
    says(1000, 50_000, 7000);
    host.process(2, { comm: "job", user: 100 });
    const registry = new Registry();
    const options = { proc: host.proc, by, periodSeconds: 0.1, slowSeconds: 0.1, budgetPercent: 100 };
    const worker = new Worker(SOURCE, { eval: true, workerData: { ticket: registry.ticket(), options } });
    await once(worker, "message");
    const labels = { command: 'command="web",', pid: 'command="web",pid="1",', total: "" }[by];
    const cpu = `processes_cpu_seconds_total{${labels}mode="user"}`;
    const read = `processes_read_bytes_total${labels === "" ? "" : `{${labels.slice(0, -1)}}`}`;
    // By pid it is the kernel's number, and elsewhere what was used since the first probe began.
    const from = by === "pid" ? 0 : 1000;
    const shows = (user, ticks, bytes) => (page) =>
      page[cpu] === (user - from) / 100 &&
      page[read] === (user - from) * 10 &&
      page['host_cpu_seconds_total{mode="user"}'] === ticks / 100 &&
      page['host_network_receive_bytes_total{device="eth0"}'] === bytes;
    await pageWhere(registry, (page) => page[read] !== undefined && page.tallystick_probe_up === 1, "a probe");
    says(1500, 60_000, 8000);
    await pageWhere(registry, shows(1500, 60_000, 8000), "the first probe");
    const probed = probe({ registry, ...options });
    await worker.terminate();
    host.remove(2);
    await pageWhere(registry, (page) => page.tallystick_probe_up === 0, "its end");
    const page = await pageWhere(registry, (now) => now.tallystick_probe_up === 1 && read in now, "another probe");
    assert.ok(shows(1500, 60_000, 8000)(page), JSON.stringify(page));
    if (by === "pid")
      assert.deepEqual(
        Object.keys(page).filter((name) => name.includes("job")),
        [],
        "it ended while nobody probed",
      );
    says(1600, 61_000, 8100);
    await pageWhere(registry, shows(1600, 61_000, 8100), "what came since");
    await probed.close();
    registry.close();
  });
}
