// Collectors of the processes of a cluster: they run at the primary's scrape, and none of them delays it.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { cluster } from "tallystick/processes";

const COLLECTING = fileURLToPath(new URL("cluster-collecting.mjs", import.meta.url));
/** A scrape waits 50 ms; a timer on a machine that is busy comes late. */
const SCRAPE_MS = 150;

async function collecting(t, ...args) {
  const registry = new Registry();
  const shared = cluster({ registry, role: "primary" });
  const child = fork(COLLECTING, args);
  t.after(() => {
    shared.close();
    child.kill("SIGKILL");
  });
  shared.add(child);
  for await (const [message] of on(child)) if (message.ready) break;
  /** Values by name, of a scrape in which it was in time. */
  return async () => {
    for (;;) {
      const late = shared.statistics.lateTotal;
      const from = performance.now();
      const text = new TextDecoder().decode((await registry.expose()).body);
      const took = performance.now() - from;
      const values = Object.fromEntries([...text.matchAll(/^(collected\w*) (.*)$/gm)].map(([, name, value]) => [name, Number(value)]));
      if (shared.statistics.lateTotal === late) return { ...values, took };
    }
  };
}

async function* on(child) {
  for (;;) yield await once(child, "message");
}

test("cluster: a scrape of the primary runs the collectors of its workers, in all their threads, also those that await", async (t) => {
  const page = await collecting(t);
  const first = await page();
  assert.ok(first.collected >= 1, `collected is ${first.collected}`);
  const second = await page();
  assert.ok(second.collected > first.collected, `${first.collected}, then ${second.collected}`);
  assert.ok(second.collected_later > 0);
  assert.ok(second.collected_in_a_thread > first.collected_in_a_thread);
});

for (const how of ["slow", "hang", "throw"]) {
  test(`cluster: a collector of a worker that ${how === "slow" ? "takes long" : `${how}s`} delays no page, and costs the others nothing`, async (t) => {
    const page = await collecting(t, how);
    const first = await page();
    const second = await page();
    assert.ok(second.collected > first.collected, `${first.collected}, then ${second.collected}`);
    assert.ok(Math.min(first.took, second.took) < SCRAPE_MS, `${first.took} and ${second.took} ms`);
    if (how !== "slow") return;
    // It is shown by a later page.
    const until = performance.now() + 5000;
    while ((await page()).collected_slowly !== 1) assert.ok(performance.now() < until, "What it set is never shown");
  });
}
