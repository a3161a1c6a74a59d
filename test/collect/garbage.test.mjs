// What a round leaves for the collector of its thread, once V8 has compiled it: it is the same few numbers, and no object for each file.
// Alone: it measures garbage.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { FakeHost } from "./fakes.mjs";

const PROCESSES = 400;
/** V8 compiles the last of it within some 20. */
const WARM = 40;
const ROUNDS = 60;
const MOST_KILOBYTES = 100;

test("a round of 400 processes leaves less than 100 kB, also one that looks at their descriptors", { timeout: 120_000 }, async () => {
  const host = new FakeHost();
  for (let pid = 1; pid <= PROCESSES; pid++) host.process(pid, { comm: `c${pid % 20}`, fds: 2, io: [0, 0], user: pid });
  host.write("diskstats", ` 8 0 sda ${"1 ".repeat(17)}\n`);
  host.write("net/dev", `lo: ${"1 ".repeat(16)}\n`);
  // So much room for what is young that nothing is collected meanwhile.
  const worker = new Worker(new URL("../../bench/probe-rounds.mjs", import.meta.url), {
    workerData: { warm: WARM, rounds: ROUNDS, proc: host.proc },
    resourceLimits: { maxYoungGenerationSizeMb: 256 },
  });
  const [kilobytes] = await once(worker, "message");
  await worker.terminate();
  assert.equal(kilobytes.length, ROUNDS);
  // One in which something was collected has less than none.
  const whole = kilobytes.filter((each) => each > 0).toSorted((a, b) => a - b);
  assert.ok(whole.length > ROUNDS / 2);
  const [median, most] = [whole[whole.length >> 1], whole.at(Math.floor(whole.length * 0.9))];
  assert.ok(median < MOST_KILOBYTES / 2 && most < MOST_KILOBYTES, `${median} kB, and ${most} kB of nine in ten: ${kilobytes}`);
});
