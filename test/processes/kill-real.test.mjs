// SIGKILL at random moments, over the real thing: processes that count and flush, and collectors that read and fold. No total
// goes back, nothing is lost but what was counted since the last flush, nothing is doubled, no histogram is torn.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, Member } from "./members.mjs";

const at = (name) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
/** `npm run faults` has more. */
const PROCESSES = process.env.TALLYSTICK_LONG === undefined ? 60 : 200;
const AT_ONCE = 6;

/** Of those that are killed, one in so many is it while it starts. */
const STARTING = 5;

/** Runs a fixture until it ends or is killed so many milliseconds after it has begun to say something; its whole lines. */
async function run(fixture, args, killAfter) {
  const child = spawn(process.execPath, [at(fixture), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
  let timer;
  const begin = () => (timer = setTimeout(() => child.kill("SIGKILL"), killAfter));
  if (killAfter !== undefined && Math.random() * STARTING < 1) begin();
  else if (killAfter !== undefined) child.stdout.once("data", begin);
  await once(child, "close");
  clearTimeout(timer);
  return text.split("\n").slice(0, -1);
}

const lastOf = (lines, word) => Number(lines.findLast((line) => line.startsWith(`${word} `))?.split(" ")[1] ?? 0);

test(`${PROCESSES} processes and their collectors are killed at random moments`, { timeout: 300_000 }, async (t) => {
  const dir = join(folder(t), "metrics");
  // A run lasts as long as one of its processes lives.
  const keeper = await new Member(dir).join({ collect: false });
  t.after(() => keeper.kill());
  await keeper.run(() => kept.spool.flush());
  let started = 0;
  let flushed = 0;
  let counting = 0;
  const worker = async () => {
    while (started < PROCESSES) {
      started++;
      const lines = await run("counting.mjs", [dir], Math.random() * 200);
      flushed += lastOf(lines, "flushed");
      counting += lastOf(lines, "counting");
    }
  };
  let isOver = false;
  const wrong = [];
  let pages = 0;
  let deaths = 0;
  const collector = async () => {
    while (!isOver) {
      let most = 0;
      for (const line of await run("summing.mjs", [dir], Math.random() * 1500)) {
        const [what, jobs, , whole] = line.split(" ");
        if (what !== "page" || whole !== "whole" || Number(jobs) < most) wrong.push(line);
        most = Math.max(most, Number(jobs));
        pages++;
      }
      deaths++;
    }
  };
  const collecting = [collector(), collector()];
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  isOver = true;
  await Promise.all(collecting);
  assert.deepEqual(wrong, []);
  const lines = await run("summing.mjs", [dir, "once"]);
  const [, jobs, count, whole, busy] = lines[0].split(" ");
  assert.ok(Number(jobs) >= flushed && Number(jobs) <= counting, `${jobs} is not from ${flushed} to ${counting}`);
  assert.equal(count, jobs);
  assert.equal(whole, "whole");
  assert.equal(busy, "0", "no live gauge is left");
  assert.equal(lines[1], `folded ${jobs}`);
  t.diagnostic(`${jobs} of ${flushed} to ${counting}; ${pages} pages, ${deaths} collectors killed`);
  const files = readdirSync(join(dir, "run-000001")).filter((name) => name.endsWith(".image"));
  assert.equal(files.length, 2, `${files}`);
});
