// npm run fuzz -- [--only NAME] [--seed N] [--runs N] [--from N] [--minutes M]: every target, or those that are named, one after the other.
// What fails is written into the target's corpus and ends the program with 1.

import { typed } from "../typed.mjs";
import { Worker } from "node:worker_threads";
import { keep } from "./corpus.mjs";
import { inputOf } from "./fuzzing.mjs";
import { TARGETS, targetOf } from "./targets.mjs";

/** One input takes milliseconds, and a world that is made for it a second; before the first one all is bundled. */
const HANG_SECONDS = 120;
const BEGIN_SECONDS = 600;
const SHOWN_MS = 500;

const USAGE = `
npm run fuzz -- [--only NAME] [--seed N] [--from N] [--runs N] [--minutes M]

  --only     one target, may be repeated: ${TARGETS.join(", ")}
  --seed     of all inputs, by the clock without it; it is said
  --from     the first input
  --runs     inputs of each target instead of its own number
  --minutes  for all targets together, however many inputs that is
`;
const values = typed(USAGE, {
  only: { type: "string", multiple: true },
  seed: { type: "string" },
  runs: { type: "string" },
  from: { type: "string" },
  minutes: { type: "string" },
});

/** A number that was typed, or what is taken without it. */
function numberOf(name, otherwise) {
  const text = values[name];
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (text.trim() === "" || !(number >= 0)) {
    console.error(`--${name} ${text}: not a number from 0 on`);
    process.exit(64);
  }
  return number;
}

const seed = numberOf("seed", Date.now() % 2 ** 31);
const minutes = numberOf("minutes", undefined);
const unknown = values.only?.find((name) => !TARGETS.includes(name));
if (unknown !== undefined) {
  console.error(`--only ${unknown}: there are ${TARGETS.join(", ")}`);
  process.exit(64);
}
const chosen = TARGETS.filter((name) => values.only === undefined || values.only.includes(name));

/** Runs one in a thread, and ends it where it hangs. */
function tried(name) {
  const at = new BigInt64Array(new SharedArrayBuffer(8));
  const from = numberOf("from", 0);
  const runs = numberOf("runs", minutes === undefined ? undefined : Number.MAX_SAFE_INTEGER);
  const workerData = {
    name,
    seed,
    from,
    runs,
    seconds: minutes === undefined ? undefined : (minutes * 60) / chosen.length,
    at,
  };
  const worker = new Worker(new URL("thread.mjs", import.meta.url), { workerData, stdout: true });
  const begin = performance.now();
  return new Promise((resolve) => {
    let seen = -1n;
    let since = begin;
    const result = (rest) => {
      clearInterval(timer);
      process.stderr.write("\r\x1b[K");
      resolve({ seconds: (performance.now() - begin) / 1000, ...rest });
      worker.terminate().catch(() => undefined);
    };
    const timer = setInterval(() => {
      const run = Atomics.load(at, 0);
      if (run !== seen) [seen, since] = [run, performance.now()];
      const done = Math.max(0, Number(run) - 1 - from);
      const rate = done / ((performance.now() - begin) / 1000);
      process.stderr.write(`\r\x1b[K${name}: ${done.toLocaleString("en")} inputs, ${rate.toFixed(0)}/s`);
      const most = run === 0n ? BEGIN_SECONDS : HANG_SECONDS;
      if (performance.now() - since < most * 1000) return;
      const hanging = Math.max(0, Number(run) - 1);
      result({ tried: done, failures: [{ run: hanging, hangs: true, error: `hangs for ${most} s` }] });
    }, SHOWN_MS);
    worker.on("message", result);
    worker.on("error", (error) => {
      const run = Math.max(0, Number(Atomics.load(at, 0)) - 1);
      result({ tried: run - from, failures: [{ run, hangs: true, error: `ends its thread: ${error?.stack ?? error}` }] });
    });
    worker.on("exit", (code) => result({ tried: 0, failures: [{ run: 0, error: `its thread ended with code ${code}` }] }));
  });
}

const rows = [];
let failed = false;
console.log(`seed ${seed}`);
for (const name of chosen) {
  const { tried: runs, about = "", failures, seconds } = await tried(name);
  for (const { run, file, hangs, error } of failures) {
    failed = true;
    const written = file ?? (hangs ? keep(name, await inputOf(await targetOf(name), seed, run)) : "nothing");
    console.error(`${name}: input ${run} of seed ${seed} (corpus: ${written})\n${error}\n`);
  }
  const rate = Math.round(runs / seconds).toLocaleString("en");
  rows.push({ target: name, runs: runs.toLocaleString("en"), seed, "runs/s": rate, failures: failures.length, about });
  if (runs === 0) failed = true;
}
console.table(rows);
process.exit(failed ? 1 : 0);
