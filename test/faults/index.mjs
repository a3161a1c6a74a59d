// The long form of the faults: npm run faults [-- --seed N --changes N --most N --pairs N --only KIND --verb NAME --world NAME --runs N --all].
//
// Deaths are run at every change of every verb, or at `--changes` of them, and failing allocations at each of them. Suspensions are `--most` accesses of each
// verb and intruder, and two faults at once `--pairs` points of the grid; `--all` runs each of the former, and up to 400 points of each pair.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { chosen, numbered, typed } from "../typed.mjs";
import { CALLS, exhausted } from "./table/calls.mjs";
import { killed, KILLS } from "./killed.mjs";
import { soak } from "./table/soak.mjs";
import { watched } from "./table/watched.mjs";
import { WORLDS } from "./table/worlds.mjs";

const USAGE = `
npm run faults -- [--only KIND] [--verb NAME] [--world NAME] [--seed N] [--most N] [--pairs N] [--changes N] [--deaths N] [--runs N] [--all]

  --only     one kind of fault: none, death, suspension, "two at once", "no memory", calls, soak, accesses, processes, kills
  --verb     one verb of the core, as counterAdd
  --world    one of what it is done in
  --seed     of what is left to chance; what it was is said
  --most     suspensions of each verb and scene, 10 without it
  --pairs    pairs of a suspension and a death, 10000 without it
  --changes  changes of memory of each verb, all without it
  --deaths   of threads in one memory, 2000 without it
  --runs     random histories of pushes, 60 without it
  --all      each suspension and each pair
`;
const values = typed(USAGE, {
  seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
  changes: { type: "string", default: "Infinity" },
  most: { type: "string", default: "10" },
  pairs: { type: "string", default: "10000" },
  deaths: { type: "string", default: "2000" },
  runs: { type: "string", default: "60" },
  only: { type: "string" },
  verb: { type: "string" },
  world: { type: "string" },
  all: { type: "boolean", default: false },
});
const GRID = ["none", "death", "suspension", "two at once", "no memory"];
const number = (name) => numbered(USAGE, name, values[name]);
chosen(USAGE, "only", values.only, [...GRID, "calls", "soak", "accesses", "processes", "kills"]);
chosen(
  USAGE,
  "world",
  values.world,
  WORLDS.map(({ name }) => name),
);
chosen(
  USAGE,
  "verb",
  values.verb,
  WORLDS.filter(({ name }) => values.world === undefined || name === values.world).flatMap(({ verbs }) => Object.keys(verbs)),
);
const [seed, most, pairs, changes, deaths] = ["seed", "most", "pairs", "changes", "deaths"].map(number);
const rows = [];
const failures = [];
const isWanted = (part) => values.only === undefined || values.only === part;

let shown = 0;
function progress(text) {
  if (performance.now() - shown < 500) return;
  shown = performance.now();
  process.stderr.write(`\r${text.slice(0, 100).padEnd(100)}`);
}

process.stderr.write(`seed ${seed}\n`);
if (values.only === undefined || GRID.includes(values.only)) {
  let runs = 0;
  const found = await watched(
    {
      seed,
      deaths: changes,
      suspensions: values.all ? Infinity : most,
      pairs: values.all ? Infinity : pairs,
      points: values.all ? 400 : 1,
      allocations: Infinity,
      ...(values.only === undefined ? {} : { kinds: [values.only] }),
      ...(values.verb === undefined ? {} : { verbs: [values.verb] }),
      ...(values.world === undefined ? {} : { worlds: [values.world] }),
    },
    { heard: ({ world, kind, verb }) => progress(`${++runs} runs: ${world}, ${kind}, ${verb}`) },
  );
  for (const { world, fault, ...row } of found.rows) rows.push({ fault: `${fault} (${world})`, ...row });
  failures.push(...found.failures);
}

if (isWanted("calls")) {
  const row = { fault: "no memory (public calls)", verbs: CALLS.length, runs: 0, failures: 0 };
  for (const name of CALLS) {
    progress(`public calls without memory: ${name}`);
    const result = await exhausted(name);
    row.runs += result.runs;
    row.failures += result.failures.length;
    failures.push(...result.failures);
  }
  rows.push(row);
}

if (isWanted("soak")) {
  const result = soak(deaths, seed, (part) => progress(`deaths in one memory: ${(part * 100).toFixed(0)} %`));
  const [early, late] = result.used;
  const each = (late - early) / (result.deaths * 0.9);
  const wrong = [];
  if (result.back > 0) wrong.push(`totals went back ${result.back} times`);
  if (each > 64) wrong.push(`${each.toFixed(0)} bytes are lost by each thread`);
  failures.push(...wrong);
  rows.push({ fault: `deaths in one memory (${each.toFixed(1)} bytes each)`, verbs: 20, runs: result.deaths, failures: wrong.length });
}

/** A test that failed, with what it says, in TAP. */
const NOT_OK = /^ *not ok [\s\S]*?^ *\.\.\.$/gm;

/** Runs a test file in its long form; a row of what came of it. */
async function atLength(path, fault, env) {
  process.stderr.write(`\r${fault.padEnd(100)}`);
  const from = performance.now();
  const file = fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(process.execPath, ["--test", "--test-reporter=tap", file], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said += text;
    progress(`${fault}: ${said.match(/^ *(not )?ok /gm)?.length ?? 0} tests`);
  });
  const [code] = await once(child, "close");
  const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(said)?.[1] ?? 0);
  const runs = count("tests") - count("skipped");
  const wrong = Math.max(count("fail"), code === 0 && runs > 0 ? 0 : 1);
  if (wrong > 0) failures.push(`${fault}, ends with ${code}:\n${said.match(NOT_OK)?.join("\n") ?? said}`);
  rows.push({ fault, runs, skipped: count("skipped"), failures: wrong });
  // The next one may take as long, and somebody may end it: what this one came to is said.
  process.stderr.write(`\r${`${fault}: ${runs} tests, ${wrong} failed, ${Math.round((performance.now() - from) / 1000)} s`.padEnd(100)}\n`);
}

/** Test files whose scenes `npm test` disturbs at some accesses: accesses.mjs. */
const SCENES = ["death", "walk", "native", "record", "image", "import"];
/** Test files of which `npm test` has fewer processes. */
const PROCESSES = ["cluster", "kill", "kill-real", "compaction"];
/** Test files of which `npm test` has fewer random histories. */
const HISTORIES = ["push", "push-real"];
if (isWanted("accesses")) {
  for (const name of SCENES) await atLength(`${name}.test.mjs`, `each access of the scenes of ${name}`, { TALLYSTICK_STEP: "1" });
}
if (isWanted("processes")) {
  for (const name of PROCESSES) await atLength(`../processes/${name}.test.mjs`, `processes/${name}, at length`, { TALLYSTICK_LONG: "1" });
  const env = { TALLYSTICK_RUNS: values.runs };
  for (const name of HISTORIES) await atLength(`../processes/${name}.test.mjs`, `processes/${name}, ${values.runs} histories`, env);
}

for (const name of Object.keys(KILLS)) {
  if (!isWanted("kills")) continue;
  process.stderr.write(`\r${name.padEnd(100)}`);
  const { runs, failures: wrong, note } = await killed(name, { seed, long: true });
  failures.push(...wrong);
  rows.push({ fault: note === undefined ? name : `${name}: ${note}`, runs, failures: wrong.length });
}

if (rows.length === 0) failures.push("Nothing was run");
process.stderr.write("\r");
console.table(rows);
for (const failure of failures.slice(0, 20)) console.error(failure);
if (failures.length > 20) console.error(`and ${failures.length - 20} more`);
console.error(`seed ${seed}`);
process.exit(failures.length === 0 ? 0 : 1);
