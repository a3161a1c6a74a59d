// The budget, as the kernel counts it: a probe's own thread over a host of 1,070 processes.
// Alone: it measures what a probe costs.

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Registry } from "tallystick";
import { probe } from "tallystick/probe";
import { FakeHost } from "./fakes.mjs";

const noProc = process.platform !== "linux" && "the kernel does not count it";
const PROCESSES = 1070;
/** Rounds of so many processes cost more in a tenth of a second. */
const BUDGET_PERCENT = 6;
const FIRST_ROUNDS = 5;
const ROUNDS = 12;

function valueOf(registry, name) {
  const text = new TextDecoder().decode(registry.exposeSync().body);
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1] ?? 0);
}

test("a probe of 1,070 processes keeps to its budget, and sees them all", { skip: noProc, timeout: 120_000 }, async () => {
  const host = new FakeHost();
  host.process(1, { comm: "web", fds: 2, io: [0, 0], state: "R" });
  for (let pid = 2; pid <= PROCESSES; pid++) symlinkSync("1", join(host.proc, String(pid)));
  const registry = new Registry();
  const probed = probe({ registry, proc: host.proc, periodSeconds: 0.1, budgetPercent: BUDGET_PERCENT, by: "total" });
  const rounds = async (count) => {
    const until = valueOf(registry, "tallystick_probe_rounds_total") + count;
    while (valueOf(registry, "tallystick_probe_rounds_total") < until) await delay(10);
    return { cpu: valueOf(registry, "tallystick_probe_cpu_seconds_total"), seconds: performance.now() / 1000 };
  };
  const from = await rounds(FIRST_ROUNDS);
  const to = await rounds(ROUNDS);
  const percent = ((to.cpu - from.cpu) / (to.seconds - from.seconds)) * 100;
  assert.ok(valueOf(registry, "tallystick_probe_period_seconds") > 0.1, "the budget rules");
  // The round that was under way at the one end was paid for by a wait at the other.
  assert.ok(percent > 0 && percent < BUDGET_PERCENT * 1.25, `${percent} % of a core`);
  assert.equal(valueOf(registry, "processes"), PROCESSES);
  await probed.close();
  registry.close();
});
