// npm run races: the long form. [-- --seed N --pair NAME --runtime NAME --rounds N --kills N]
//
// Progress goes to stderr, a table of what pairs came to and how often to stdout. An outcome that was never seen says that
// the pair does not race there, or that such an overlap is rare; it is no failure.

import { chosen, numbered, typed } from "../typed.mjs";
import { NAMES, races, RUNTIMES, installed, terminations } from "./running.mjs";

const TERMINATE = "terminate/anything";
const USAGE = `
npm run races -- [--pair NAME] [--runtime NAME] [--rounds N] [--kills N] [--seed N]

  --pair     may be repeated: ${[...NAMES, TERMINATE].join(", ")}
  --runtime  may be repeated: ${RUNTIMES.join(", ")}; without it node, deno and bun
  --rounds   of each pair and runtime, 10000 without it
  --kills    terminations in each runtime, 10000 over all of them without it
  --seed     of what is left to chance; what it was is said
`;
const values = typed(USAGE, {
  seed: { type: "string", default: `${Math.floor(Math.random() * 2 ** 31)}` },
  pair: { type: "string", multiple: true, default: [...NAMES, TERMINATE] },
  runtime: { type: "string", multiple: true, default: RUNTIMES.filter(installed).filter((name) => name !== "node-current") },
  rounds: { type: "string", default: "10000" },
  kills: { type: "string" },
});
const [seed, rounds] = ["seed", "rounds"].map((name) => numbered(USAGE, name, values[name]));
/** 10,000 over three runtimes; where the pair is named its rounds are. */
const kills =
  values.kills === undefined
    ? values.pair.length === 1
      ? rounds
      : Math.ceil(10000 / values.runtime.length)
    : numbered(USAGE, "kills", values.kills);
for (const pair of values.pair) chosen(USAGE, "pair", pair, [...NAMES, TERMINATE]);
for (const runtime of values.runtime) chosen(USAGE, "runtime", runtime, RUNTIMES.filter(installed));

/** A round takes a fifth of a millisecond, a termination some 60; so a hanging one is told. */
const ROUND_MS = 20;
const KILL_MS = 1500;

const table = [];
const failures = [];
console.error(`seed ${seed}`);
for (const runtime of values.runtime) {
  for (const pair of values.pair) {
    const from = performance.now();
    process.stderr.write(`${runtime} ${pair} ... `);
    if (pair === TERMINATE) {
      const { row, wrong } = await terminations(runtime, seed, kills, 60000 + kills * KILL_MS);
      if (wrong !== undefined) failures.push(`${runtime}: ${wrong}`);
      else table.push({ runtime, pair, rounds: kills, overlaps: kills, outcomes: JSON.stringify(row) });
    } else {
      const { rows, wrong } = await races(runtime, seed, rounds, [pair], 60000 + rounds * ROUND_MS);
      failures.push(...wrong.map((text) => `${runtime}: ${text}`));
      for (const { seen, rounds: done, overlaps } of rows) {
        const outcomes = Object.entries(seen).map(([outcome, count]) => `${outcome}: ${count}${count === 0 ? " (never seen)" : ""}`);
        table.push({ runtime, pair, rounds: done, overlaps, outcomes: outcomes.join(" | ") });
      }
    }
    process.stderr.write(`${((performance.now() - from) / 1000).toFixed(1)} s\n`);
  }
}
for (const { runtime, pair, rounds: done, overlaps, outcomes } of table) {
  console.log(
    `${runtime.padEnd(8)} ${pair.padEnd(20)} ${`${done}`.padStart(7)} rounds ${`${overlaps}`.padStart(7)} overlapped  ${outcomes}`,
  );
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`seed ${seed}: ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
