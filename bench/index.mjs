// `npm run bench`: asks every question of this folder in every runtime, beside the rivals, and prints what came out.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installed } from "../scripts/npm.mjs";
import { installRuntimes, runtimes, version } from "../scripts/runtimes.mjs";
import { invocation } from "./harness.mjs";
import { noise } from "./report/noise.mjs";
import { number } from "./report/number.mjs";
import { report, SECTIONED } from "./report/report.mjs";
import { merged } from "./report/rows.mjs";
import { OURS, PLATFORM, SUBJECTS } from "./subjects.mjs";

const ROOT = new URL("../", import.meta.url);
const RUNTIMES = ["node", "node-current", "deno", "bun"];

/** Every question, in the order it is asked; `rivals` names those that have the feature where not all have. */
const BENCHES = [
  { name: "hot-counter" },
  { name: "hot-histogram" },
  { name: "hot-types" },
  { name: "compat", rivals: ["prom-client", "@prometheus-io/client"] },
  { name: "threads", rivals: ["@prometheus-io/client"] },
  { name: "consistency", rivals: [] },
  { name: "exposition" },
  { name: "dialects", rivals: [] },
  { name: "create" },
  { name: "churn", rivals: [] },
  { name: "memory" },
  { name: "startup" },
  { name: "attach" },
  { name: "multiprocess", rivals: [] },
  { name: "spool", rivals: [] },
  { name: "recorder", rivals: [] },
  { name: "cluster", rivals: ["prom-client", "@prometheus-io/client"] },
  { name: "exporter", rivals: [] },
  { name: "http", rivals: [] },
  { name: "exporter-load", rivals: ["prom-client"] },
  { name: "probe", rivals: [] },
  { name: "runtime", rivals: ["prom-client", "@prometheus-io/client", "@platformatic/prom-client"] },
  { name: "reports", rivals: [] },
  { name: "growth-series" },
  { name: "growth-threads", rivals: ["@prometheus-io/client"] },
  { name: "growth-buckets" },
  { name: "growth-labels" },
  { name: "stalls" },
  // What it bundles is the same wherever it is asked.
  { name: "size", runtimes: ["node"] },
];
/** Rounds of a run of everything, which takes some 40 minutes with two. */
const ROUNDS_OF_ALL = 2;
const NOISE_TURNS_QUICK = 10;

const USAGE = `node bench/index.mjs [--runtime ${RUNTIMES.join(",")}] [--only NAME[,NAME]] [--json FILE] [--quick] [--all [--report FOLDER]]

  --runtime  where to measure; without it node, and node-current for rivals that need a newer Node
  --only     some of: ${BENCHES.map(({ name }) => name).join(", ")};
             all rounds of them, where a run of everything keeps to its five minutes
  --json     also write an array of {bench, subject, runtime, unit, median, min, max}
  --quick    a few short rounds: whether it runs, not how fast
  --all      what has a section in REPORT.md in every runtime, in rounds that interleave them, and all else once; and
             writes that report with its pictures, in this folder or in that of --report. Some 40 minutes
`;

const listOf = (text, allowed, option) => {
  const names = text.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined || names.length === 0) {
    process.stderr.write(`Unknown name "${unknown ?? ""}" for --${option}\n\n${USAGE}`);
    process.exit(2);
  }
  return names;
};

function readOptions() {
  try {
    const options = {
      runtime: { type: "string" },
      only: { type: "string" },
      json: { type: "string" },
      quick: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      report: { type: "string" },
      help: { type: "boolean", default: false },
    };
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function installRivals() {
  const folder = new URL("rivals/", import.meta.url);
  if (existsSync(new URL("node_modules/.package-lock.json", folder))) return;
  process.stderr.write("Installing the rivals into bench/rivals (once, about 20 MB)\n");
  // `engines` is heeded rival by rival, when it is decided where each one runs.
  installed(fileURLToPath(folder), ["ignore", "ignore", "inherit"]);
}

/** Three numbers with dots, out of whatever a runtime says about its version. */
const versionOf = (runtime) => /\d+\.\d+\.\d+/.exec(version(runtime))[0];

/** Whether `version` is at least `minimum`, both as three numbers with dots. */
function atLeast(version, minimum = "0.0.0") {
  const [have, need] = [version, minimum].map((text) => text.split(".").map(Number));
  const index = need.findIndex((number, at) => number !== have[at]);
  return index === -1 || have[index] > need[index];
}

/** What to measure where: by default each rival once, on the machine's Node if that is new enough for it. */
function plan(wanted) {
  const suits = (runtime) => (subject) =>
    !runtime.startsWith("node") || runtimes()[runtime] === undefined || atLeast(versionOf(runtime), subject.minimumNode);
  if (wanted !== undefined) {
    return wanted.map((runtime) => ({ runtime, subjects: SUBJECTS.filter(suits(runtime)), always: true }));
  }
  const machine = { runtime: "node", subjects: SUBJECTS.filter(suits("node")), always: true };
  const newer = SUBJECTS.filter((subject) => !suits("node")(subject));
  if (newer.length === 0) return [machine];
  const ours = SUBJECTS.find(({ name }) => name === OURS);
  return [machine, { runtime: "node-current", subjects: [ours, ...newer], always: false }];
}

class Progress {
  #started = performance.now();
  #last = "";

  show(text) {
    if (!process.stderr.isTTY) {
      // A log gets a line per question and subject, not one per round.
      const short = text.replace(/ (round|run|second|warm-up).*/, "");
      if (short !== this.#last) process.stderr.write(`${this.#seconds()} ${short}\n`);
      this.#last = short;
      return;
    }
    process.stderr.write(`\r\x1b[2K${this.#seconds()} ${text.slice(0, (process.stderr.columns ?? 80) - 8)}`);
  }

  clear() {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
  }

  #seconds() {
    return `${Math.round((performance.now() - this.#started) / 1_000)} s`.padStart(6);
  }
}

/** One benchmark in one process of one runtime; its rows, and what went wrong. */
function measure(task, binary, position, progress) {
  const script = fileURLToPath(new URL("child.mjs", import.meta.url));
  const args = [...invocation(task.runtime, script), JSON.stringify(task)];
  const child = spawn(binary, args, { cwd: fileURLToPath(ROOT), stdio: ["ignore", "pipe", "pipe"] });
  const result = { rows: [], missing: [], errors: "" };
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith("{")) return;
    const message = JSON.parse(line);
    if (message.progress) progress.show(`[${position}] ${task.runtime} ${message.progress}`);
    if (message.row) result.rows.push(message.row);
    if (message.missing) result.missing.push(message);
  });
  child.stderr.on("data", (data) => (result.errors += data));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ ...result, failed: code === 0 ? undefined : (signal ?? code) }));
  });
}

const TITLE_WIDTH = 72;

/** A table per question and runtime: ours first, then the platform's own way, then the rivals, fastest first. */
function table(rows, versions) {
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.bench} ${row.runtime}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const rank = ({ subject }) => (subject === OURS ? 0 : subject === PLATFORM ? 1 : 2);
  const lines = [];
  for (const group of groups.values()) {
    const ours = group.find(({ subject }) => subject === OURS);
    const { bench, runtime, unit } = group[0];
    const title = `${bench}, ${unit} (${runtime} ${versions.get(runtime)})`;
    lines.push("", title.padEnd(TITLE_WIDTH) + ["median", "min", "max", "÷ ours"].map((text) => text.padStart(11)).join(""));
    for (const row of group.sort((a, b) => rank(a) - rank(b) || a.median - b.median)) {
      const ratio = ours === undefined || ours.median === 0 ? "" : number(row.median / ours.median);
      const cells = [number(row.median), number(row.min), number(row.max), ratio];
      lines.push(`  ${row.subject}`.padEnd(TITLE_WIDTH) + cells.map((text) => text.padStart(11)).join(""));
    }
  }
  return lines.join("\n");
}

/**
 * Every step of a run. One of everything has rounds, in which runtimes take turns, of what has a section in the report; the rest is
 * asked once, in `others`, which are those of a run without `--runtime`; a quick run asks it in the first of them.
 */
function stepsOf(where, others, chosen, { all, alone, quick }) {
  const steps = [];
  const rounds = all && !quick ? ROUNDS_OF_ALL : 1;
  const questions = BENCHES.filter(({ name }) => chosen.includes(name));
  const add = ({ runtime, subjects, always }, { name, rivals, runtimes: only }) => {
    const asked = subjects.filter((subject) => subject.name === OURS || (rivals?.includes(subject.name) ?? true));
    if ((!always && asked.length === 1) || !(only?.includes(runtime) ?? true)) return;
    steps.push({ bench: name, runtime, quick, alone, one: all, subjects: asked.map((subject) => subject.name) });
  };
  if (!all) {
    for (const place of where) for (const question of questions) add(place, question);
    return { steps, rounds };
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, question] of questions.entries()) {
      if (SECTIONED.includes(question.name)) {
        for (let turn = 0; turn < where.length; turn += 1) add(where[(turn + round + index) % where.length], question);
      } else if (round === 0) {
        for (const place of quick ? others.slice(0, 1) : others) add(place, question);
      }
    }
  }
  return { steps, rounds };
}

/** Takes every step; `{ rows, missing, failures }`, of which `missing` are reasons by whom they are of. */
async function taken(steps) {
  const binaries = runtimes();
  const progress = new Progress();
  const rows = [];
  const missing = new Map();
  const failures = [];
  for (const [index, task] of steps.entries()) {
    const position = `${index + 1}/${steps.length}`;
    const binary = binaries[task.runtime];
    if (binary === undefined) {
      missing.set(`${task.runtime} is not installed: nothing was measured in it`, task.subjects[0]);
      continue;
    }
    const result = await measure(task, binary, position, progress);
    rows.push(...result.rows);
    for (const { missing: subject, reason } of result.missing) {
      missing.set(`${subject} does not load in ${task.runtime}: ${reason}`, subject);
    }
    if (result.failed !== undefined) {
      failures.push(`${task.bench} in ${task.runtime} failed (${result.failed}):\n${result.errors.trim()}`);
    }
  }
  progress.clear();
  return { rows, missing, failures };
}

/** Writes REPORT.md and its pictures. */
function written(folder, { markdown, pictures }) {
  mkdirSync(join(folder, "report"), { recursive: true });
  writeFileSync(join(folder, "REPORT.md"), markdown);
  for (const [name, picture] of pictures) writeFileSync(join(folder, "report", name), picture);
  process.stdout.write(`\n${join(folder, "REPORT.md")}, with ${pictures.size} pictures\n`);
}

async function main() {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const { all, quick } = options;
  const names = BENCHES.map(({ name }) => name);
  const chosen = options.only === undefined ? names : listOf(options.only, names, "only");
  const wanted = options.runtime === undefined ? (all ? RUNTIMES : undefined) : listOf(options.runtime, RUNTIMES, "runtime");

  installRuntimes();
  installRivals();

  const began = performance.now();
  const load = loadavg();
  const turns = quick ? NOISE_TURNS_QUICK : undefined;
  const noiseBefore = all ? noise(turns) : undefined;
  const asked = options.runtime === undefined ? undefined : wanted;
  const { steps, rounds } = stepsOf(plan(wanted), plan(asked), chosen, { all, quick, alone: options.only !== undefined && !all });
  const { rows: each, missing, failures } = await taken(steps);
  const rows = merged(each);

  const versions = new Map([...new Set(rows.map(({ runtime }) => runtime))].map((name) => [name, versionOf(name)]));
  process.stdout.write(`${table(rows, versions)}\n`);
  process.stdout.write(`\n${rows.length} rows; "÷ ours": the median of a row by that of ${OURS} beside it.\n`);
  for (const line of [...missing.keys(), ...failures]) process.stderr.write(`\n${line}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  if (all) {
    const about = {
      noiseBefore,
      noiseAfter: noise(turns),
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? "unknown",
      load,
      seconds: (performance.now() - began) / 1_000,
      quick,
      rounds,
      versions,
    };
    const rivals = SUBJECTS.map(({ name }) => name).filter((name) => name !== OURS);
    const folder = options.report ?? fileURLToPath(new URL(".", import.meta.url));
    written(folder, report(rows, about, [...missing.keys(), ...failures], { ours: OURS, rivals }));
  }
  if (failures.length > 0 || [...missing.values()].includes(OURS)) process.exitCode = 1;
}

await main();
