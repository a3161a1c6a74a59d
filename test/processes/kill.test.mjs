// Processes and the collectors of their spool, killed at random moments: no collector ever sees a total fall, and in the
// end each process counts with at least what it had flushed and at most what it had counted.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Collected, Counted } from "./fakes.mjs";
import { outfile, spool } from "./internals.mjs";

const { SpoolReader, SpoolWriter } = spool;

/** Processes of one run, and starts of all of one that keeps totals: `npm run faults` has more. */
const [PROCESSES, STARTS] = process.env.TALLYSTICK_LONG === undefined ? [50, 4] : [250, 8];
const AT_ONCE = 6;
const at = (name) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const logs = mkdtempSync(join(tmpdir(), "tallystick-kill-logs-"));
after(() => rmSync(logs, { recursive: true, force: true }));
let runs = 0;

/** Runs a fixture to its end, whatever that is; gives what it said. To a file: a pipe may be full. */
function run(fixture, args, ending) {
  const log = join(logs, String(runs++));
  const descriptor = openSync(log, "w");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [at(fixture), outfile, ...args], { stdio: ["ignore", descriptor, "inherit"] });
    child.on("close", () => {
      closeSync(descriptor);
      // Whoever is killed may leave half a line.
      resolve(readFileSync(log, "utf8").split("\n").slice(0, -1));
    });
    ending(child, (word = "\n") => readFileSync(log, "utf8").includes(word));
  });
}

function whenBegun(hasBegun, act) {
  const timer = setInterval(() => {
    if (!hasBegun()) return;
    clearInterval(timer);
    act();
  }, 5);
}

test("a spool whose processes and collectors are killed at random moments loses and doubles nothing", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-kill-"));
  // Somebody lives all the time: it is one run.
  const anchor = new Counted();
  const keeper = new SpoolWriter(anchor, { dir, signals: false });
  anchor.inc("jobs", 0);
  await keeper.flush();
  t.after(async () => {
    await keeper.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const errors = [];
  const processes = Array.from({ length: PROCESSES }, (_, id) => ({ id, counting: 0, flushed: 0, isExact: false }));
  let next = 0;
  let falls = 0;
  let refreshes = 0;
  let deaths = 0;
  let compactions = 0;

  async function worker() {
    for (;;) {
      const one = processes[next++];
      if (one === undefined) return;
      const way = one.id % 10 === 0 ? "exit" : "busy";
      const lines = await run("child.mjs", [dir, String(one.id), way], (child, hasBegun) => {
        one.isExact = way === "exit";
        // Many before they have begun, many before they have flushed, all others in the middle of something; some are asked to go.
        const isAsked = one.id % 10 === 5;
        if (way === "exit") return;
        const end = () => {
          one.isExact = isAsked && hasBegun();
          child.kill(isAsked ? "SIGTERM" : "SIGKILL");
        };
        if (one.id % 3 === 0) setTimeout(end, 50 + Math.random() * 400);
        else
          whenBegun(
            () => hasBegun(one.id % 3 === 1 ? "flushed" : "\n"),
            () => setTimeout(end, Math.random() * 150),
          );
      });
      for (const line of lines) {
        const [what, number] = line.split(" ");
        if (what === "counting" || what === "flushed") one[what] = Number(number);
        else errors.push(line);
      }
    }
  }

  let isOver = false;
  async function collectors() {
    let most = 0;
    while (!isOver) {
      let own = 0;
      const lines = await run("collector.mjs", [dir], (child, hasBegun) => {
        // One in four wherever it is, the others behind their first look.
        const end = (most) => setTimeout(() => child.kill("SIGKILL"), Math.random() * most);
        if (deaths % 4 === 3) end(400);
        else whenBegun(hasBegun, () => end(1500));
      });
      for (const line of lines) {
        const [what, total, count] = line.split(" ");
        if (what !== "total") {
          errors.push(line);
          continue;
        }
        refreshes++;
        own = Number(count);
        if (Number(total) < most) falls++;
        most = Math.max(most, Number(total));
      }
      compactions += own;
      deaths++;
    }
  }

  const collecting = [collectors(), collectors()];
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  isOver = true;
  await Promise.all(collecting);

  const collected = new Collected();
  const reader = new SpoolReader(() => collected, {
    dir,
    compactSeconds: 0,
    askSeconds: 0,
    onError: (error) => errors.push(error.message),
  });
  const check = (when) => {
    let jobs = 0;
    for (const { id, counting, flushed, isExact } of processes) {
      const shown = collected.totals[`process_${id}`] ?? 0;
      jobs += shown;
      assert.ok(shown >= flushed && shown <= counting, `${when}, process ${id}: ${shown} is not from ${flushed} to ${counting}`);
      if (isExact) assert.equal(shown, counting, `${when}, process ${id} ended in order`);
    }
    // In one frame with that of its process; the others may be in a frame that a process did not live to write.
    assert.equal(collected.totals.jobs ?? 0, jobs, when);
    const [least, most] = ["flushed", "counting"].map((what) => processes.reduce((sum, one) => sum + one[what], 0));
    for (const name of ["other_0", "other_4"]) {
      const shown = collected.totals[name] ?? 0;
      assert.ok(shown >= least && shown <= most, `${when}, ${name}: ${shown} is not from ${least} to ${most}`);
    }
    assert.deepEqual(
      Object.keys(collected.totals).filter((name) => name.startsWith("live")),
      [],
      `${when}: live gauges`,
    );
  };
  await reader.refresh();
  check("read");
  await reader.compact();
  check("folded");
  await wait(20);
  reader.close();
  assert.deepEqual(errors, []);
  assert.equal(falls, 0);
  const left = readdirSync(join(dir, "run-000001")).filter((name) => name.endsWith(".image"));
  assert.equal(left.length, 2, `${left}`);
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith("run-")),
    ["run-000001"],
  );
  const begun = processes.filter(({ flushed }) => flushed > 0).length;
  assert.ok(begun > PROCESSES / 4, `only ${begun} came as far as a flush`);
  assert.ok(compactions > PROCESSES / 50, `only ${compactions} foldings`);
  t.diagnostic(`${begun} of ${PROCESSES} flushed; ${collected.totals.jobs} counted`);
  t.diagnostic(`${refreshes} refreshes by ${deaths} collectors, ${compactions} foldings`);
});

test("a spool that keeps totals does so over restarts of all its processes, whoever is killed meanwhile", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-restart-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const errors = [];
  const processes = [];
  const falls = [];
  let most = 0;
  let refreshes = 0;
  const note = (one, lines) => {
    for (const line of lines) {
      const [what, number] = line.split(" ");
      if (what === "counting" || what === "flushed") one[what] = Number(number);
      else if (what === "total") {
        refreshes++;
        if (Number(number) < most) falls.push(`from ${most} to ${number}`);
        most = Math.max(most, Number(number));
      } else errors.push(line);
    }
  };
  for (let start = 0; start < STARTS; start++) {
    const all = Array.from({ length: 5 }, () => {
      const one = { id: processes.length, counting: 0, flushed: 0 };
      processes.push(one);
      return run("child.mjs", [dir, String(one.id), "busy"], (child, hasBegun) => {
        whenBegun(hasBegun, () => setTimeout(() => child.kill("SIGKILL"), Math.random() * 300));
      }).then((lines) => note(one, lines));
    });
    // The collector goes with the others, before them or after.
    await run("collector.mjs", [dir, "keep"], (child, hasBegun) => {
      whenBegun(hasBegun, () => setTimeout(() => child.kill("SIGKILL"), Math.random() * 400));
    }).then((lines) => note({}, lines));
    await Promise.all(all);
  }
  const collected = [];
  const make = () => collected[collected.push(new Collected()) - 1];
  const reader = new SpoolReader(make, {
    dir,
    keepTotals: true,
    compactSeconds: 0,
    askSeconds: 0,
    onError: (error) => errors.push(error.message),
  });
  for (const when of ["read", "folded", "read again"]) {
    if (when === "folded") await reader.compact();
    else await reader.refresh();
    const { totals } = collected.at(-1);
    for (const { id, counting, flushed } of processes) {
      const shown = totals[`process_${id}`] ?? 0;
      assert.ok(shown >= flushed && shown <= counting, `${when}, process ${id}: ${shown} is not from ${flushed} to ${counting}`);
    }
    assert.ok(totals.jobs >= most, `${when}: ${totals.jobs} is less than ${most}; falls: ${falls}`);
  }
  assert.deepEqual(falls, []);
  reader.close();
  assert.deepEqual(errors, []);
  assert.equal(readdirSync(dir).filter((name) => name.startsWith("run-")).length, 1);
  t.diagnostic(`${refreshes} refreshes, ${most} at last`);
});
