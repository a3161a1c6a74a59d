// The end of a probe whose thread stands in the kernel: as that of a process whose disk is away, a reading of /proc may not return.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Registry } from "tallystick";
import { probe, ProbeError } from "tallystick/probe";
import { statLine } from "./fakes.mjs";

const noProc = process.platform !== "linux" && "there is no /proc";
const text = (registry) => new TextDecoder().decode(registry.exposeSync().body);

test("close() of a probe that hangs ends in time, tells it, and takes all from the page", { skip: noProc, timeout: 60_000 }, async () => {
  const proc = mkdtempSync(join(tmpdir(), "tallystick-probe-"));
  const load = join(proc, "loadavg");
  mkdirSync(join(proc, "1"));
  writeFileSync(join(proc, "1/stat"), statLine(1, { comm: "init" }));
  const registry = new Registry();
  const told = [];
  const options = { registry, proc, periodSeconds: 0.1, budgetPercent: 50, onError: (error) => told.push(error) };
  const probed = probe(options);
  const rounds = () => Number(/^tallystick_probe_rounds_total (\d+)/m.exec(text(registry))?.[1] ?? 0);
  while (rounds() < 2) await delay(20);
  // Whoever opens it waits for somebody that writes.
  spawnSync("mkfifo", [load]);
  for (let before = -1; before !== rounds(); before = rounds(), await delay(1000));
  let turns = 0;
  const turning = setInterval(() => turns++, 50);
  const from = performance.now();
  const closing = probed.close();
  assert.equal(probed.close(), closing);
  await closing;
  const seconds = (performance.now() - from) / 1000;
  clearInterval(turning);
  assert.ok(seconds > 4.9 && seconds < 20, `${seconds} s`);
  assert.ok(turns > 20, `the event loop turned ${turns} times`);
  assert.equal(text(registry), "");
  assert.deepEqual(
    told.map((error) => [error instanceof ProbeError, error.code]),
    [[true, "hung"]],
  );
  assert.match(told[0].message, /within 5 seconds: a reading of \/proc does not return/);
  // The name is free at once; the next one is not held up by the other.
  const other = probe({ ...options, proc: "/proc" });
  while (rounds() < 1) await delay(20);
  await other.close();
  const release = openSync(load, "r+");
  unlinkSync(load);
  closeSync(release);
  await delay(500);
  assert.equal(text(registry), "", "what it read at last is shown to nobody");
  assert.equal(told.length, 1);
  registry.close();
  rmSync(proc, { recursive: true });
});
