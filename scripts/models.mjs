// npm run models [-- NAME ...]: checks the models of the core's protocols exhaustively, and that each finds what a mutant of it does wrong.
//
// A model is a *.pml beside the code that it describes; what it promises stands in its head. spin makes a program of it,
// a C compiler builds that, and it visits every state. A mutant is the same model with one order or one check taken out.

import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import process from "node:process";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { helped } from "../test/typed.mjs";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CC = process.env.CC ?? "cc";
/** Of one search. The largest of them takes half of it. */
const MEGABYTES = 6000;
/** More than the longest path there is; one that is cut off is no proof, and says so. */
const DEPTH = 1000000;
/** Of a small size a search takes less time than its program's optimisation and room do. */
const FULL = { optimised: "-O1", depth: DEPTH, hash: "-w22" };
const QUICK = { optimised: "-O0", depth: DEPTH / 10, hash: "-w18" };

/**
 * `quick` shrinks a model for npm test; mutants are found with and without it. `bounds` are further sizes of it, which
 * have no mutants of their own.
 */
export const MODELS = [
  {
    name: "slots",
    file: "assembly/store/slots.pml",
    quick: ["DEATHS=0"],
    bounds: [],
    mutants: ["STORED_NAME", "UNLOCKED_SWEEP", "NO_GENERATION", "NO_PROOF", "STORED_CLAIM", "LEAVE_BY_INDEX", "LATE_THREAD"],
    /** Those that `quick` has no room for. */
    slow: ["UNLOCKED_SWEEP", "NO_GENERATION", "LEAVE_BY_INDEX", "LATE_THREAD"],
  },
  {
    name: "publish",
    file: "assembly/store/publish.pml",
    quick: ["READERS=1"],
    bounds: [["WRITERS=3", "READERS=0"]],
    mutants: ["WRITERS=3 READERS=0 NO_TAG", "NO_LOOK", "NO_LIMBO", "PLAIN_SWAP"],
    slow: [],
  },
  {
    name: "record",
    file: "assembly/metric/record.pml",
    quick: ["OBSERVATIONS=2", "VALUES=3"],
    bounds: [["WEAK", "NO_COMPLETE", "OBSERVATIONS=2"], ["WRITERS=2", "OBSERVATIONS=2", "VALUES=2"], ["VECTORS"]],
    mutants: ["NO_CHECK", "NO_BEFORE", "CHECK_FIRST", "PENDING_LAST", "ACCIDENTS", "WEAK"],
    slow: ["NO_BEFORE", "WEAK"],
  },
];

/** What is not installed, of what models need; undefined where all is there. */
export async function lacking() {
  for (const [command, flag] of [
    ["spin", "-V"],
    [CC, "--version"],
  ]) {
    try {
      await run(command, [flag]);
    } catch (error) {
      if (error.code === "ENOENT") return `${command} is not installed`;
      throw error;
    }
  }
  return undefined;
}

function numberOf(text, pattern) {
  return Number(pattern.exec(text)?.[1] ?? NaN);
}

/** Visits every state of a model with these defines, up to the first error. */
export async function searched(file, defines, { optimised, depth, hash } = FULL) {
  const folder = mkdtempSync(join(tmpdir(), "tallystick-model-"));
  const from = performance.now();
  try {
    const flags = defines.map((define) => `-D${define}`);
    // By its name alone: spin writes beside itself.
    const source = join(folder, basename(file));
    copyFileSync(join(ROOT, file), source);
    await run("spin", ["-a", ...flags, basename(file)], { cwd: folder });
    // No -DBITSTATE: a hash of the states would be no proof.
    await run(CC, [optimised, "-w", "-DSAFETY", "-DCOLLAPSE", `-DMEMLIM=${MEGABYTES}`, "-o", "pan", "pan.c"], { cwd: folder });
    const { stdout } = await run(join(folder, "pan"), [`-m${depth}`, hash], { cwd: folder, maxBuffer: 1 << 24 });
    const errors = numberOf(stdout, /errors: (\d+)/);
    return {
      errors,
      error: /^pan:1: (.*) \(at depth/m.exec(stdout)?.[1],
      states: numberOf(stdout, /^\s*(\d+) states, stored/m),
      depth: numberOf(stdout, /depth reached (\d+)/),
      whole: !/max search depth too small|out of memory|Search not completed/.test(stdout) || errors > 0,
      seconds: (performance.now() - from) / 1000,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One search and what it says, as a row. */
async function row(model, how, defines, mutant) {
  // One that needs a size of its own says so.
  const sizes = mutant?.includes("=") ? [] : defines;
  const found = await searched(model.file, mutant === undefined ? defines : [...sizes, ...mutant.split(" ")], how);
  const holds = mutant === undefined ? found.errors === 0 && found.whole : found.errors > 0;
  return { model: model.name, bounds: defines.join(" "), mutant, holds, ...found };
}

/** Checks a model and its mutants; `told` hears of each row. Without `quick` at its full size. */
export async function checked(model, { quick = false, told = () => {} } = {}) {
  const defines = quick ? model.quick : [];
  const mutants = quick ? model.mutants.filter((mutant) => !model.slow.includes(mutant)) : model.mutants;
  const tasks = [[defines], ...(quick ? [] : model.bounds.map((bounds) => [bounds])), ...mutants.map((mutant) => [defines, mutant])];
  const rows = [];
  const lane = async () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const made = await row(model, quick ? QUICK : FULL, ...task);
      rows.push(made);
      told(made);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  return rows;
}

function line({ model, bounds, mutant, holds, states, depth, seconds, error }) {
  const what = mutant === undefined ? `${model} ${bounds}` : `${model} ${bounds} without ${mutant}`;
  const said =
    mutant === undefined ? (holds ? "holds" : `DOES NOT HOLD: ${error ?? "not searched to its end"}`) : holds ? "found" : "NOT FOUND";
  const figures = `${states.toLocaleString("en").padStart(12)} states ${`${depth}`.padStart(6)} deep ${seconds.toFixed(1).padStart(7)} s`;
  return `${what.replaceAll(/ +/g, " ").padEnd(64)} ${figures}  ${said}`;
}

async function main() {
  const names = MODELS.map(({ name }) => name);
  helped(`npm run models -- [NAME ...]\n\n  NAME  ${names.join(", ")}, each with its mutants; all without one`);
  const stranger = process.argv.slice(2).find((name) => !names.includes(name));
  if (stranger !== undefined) throw new Error(`There is no model ${stranger}: there are ${names.join(", ")}`);
  const missing = await lacking();
  if (missing !== undefined) throw new Error(`Models need spin and a C compiler: ${missing}`);
  const patterns = process.argv.slice(2);
  const rows = [];
  for (const model of MODELS.filter(({ name }) => patterns.length === 0 || patterns.includes(name))) {
    rows.push(...(await checked(model, { told: (made) => process.stderr.write(`${line(made)}\n`) })));
  }
  const order = rows.sort((a, b) => a.model.localeCompare(b.model) || Number(a.mutant !== undefined) - Number(b.mutant !== undefined));
  for (const each of order) console.log(line(each));
  const wrong = rows.filter(({ holds }) => !holds).length;
  console.log(`${rows.length - wrong} as promised, ${wrong} not`);
  process.exitCode = wrong === 0 && rows.length > 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
