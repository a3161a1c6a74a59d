// Recordings for tests, the program that reads them, and Python, which has the last word on its own format.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { residentSync } from "../resident.mjs";

export const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
export const HEADER = "Timepoint,Measurement,Label,PID\r\n";
const PYTHON = "/usr/bin/python3";

export const NO_PYTHON = existsSync(PYTHON) ? false : `there is no ${PYTHON}`;
export const NO_PANDAS = NO_PYTHON || (spawnSync(PYTHON, ["-c", "import pandas"]).status === 0 ? false : "python3-pandas is not installed");

export function python(source, ...args) {
  return execFileSync(PYTHON, ["-c", source, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** A folder that is gone after the test, with these files. */
export function folder(t, files = {}) {
  const path = mkdtempSync(join(tmpdir(), "tallystick-recorded-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** A file of rows [timepoint, measurement, label, pid], as they are written. */
export const recording = (rows) => HEADER + rows.map((row) => `${row.join(",")}\r\n`).join("");
export const csv = (...rows) => recording(rows);

/** On a machine that is busy a run takes long enough to tell how far it is. */
const PROGRESS = /^tallystick: [\d.]+ of [\d.]+ .*million rows a second\n/gm;

const quiet = ({ status, stdout, stderr }) => ({ status, stdout, stderr: stderr.replaceAll(PROGRESS, "") });

/** Runs `tallystick record`, whatever COLUMNS says here. Progress is left out of what it told. */
export function run(...args) {
  return runWith({ COLUMNS: undefined }, ...args);
}

/** The same with variables of the environment. */
export function runWith(variables, ...args) {
  return quiet(residentSync(["record", ...args], { env: variables }));
}

/** The same as a process of its own. */
export function runAlone(variables, ...args) {
  const env = { ...process.env, ...variables };
  return quiet(spawnSync(process.execPath, [CLI, "record", ...args], { env, encoding: "utf8", maxBuffer: 1 << 28 }));
}

/** The text of standard output, of a run that told nothing. */
export function output(...args) {
  const { status, stdout, stderr } = run(...args);
  if (status !== 0 || stderr !== "") throw new Error(`${args.join(" ")}: ${status}, ${stderr}`);
  return stdout;
}

/** The most memory that a run took, in MB, and what it printed. */
export function measured(...args) {
  const source = `
    import { record } from ${JSON.stringify(new URL("../../dist/esm/record-program.js", import.meta.url).href)};
    const status = await record(process.argv.slice(1));
    console.error(JSON.stringify([status, process.resourceUsage().maxRSS / 1024]));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source, ...args], { encoding: "utf8" });
  const [status, megabytes] = JSON.parse(stderr.trimEnd().split("\n").at(-1));
  assert.equal(status, 0, stderr);
  return { megabytes, stdout };
}

/** A sequence that looks random and is the same each time: from 0 to 1. */
export function chances(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Files as Python's csv writes them: labels with all that must be quoted, floats and integers, inf and nan. */
export function writtenByPython(dir, rows) {
  const source = `
import csv, math, os, random, sys, uuid
random.seed(7)
labels = ["/users/{id} [GET]", 'say "x"', "a,b", "two\\nlines", "two\\r\\nmore", " ", "", "négatif 漢字 \\U0001F600", "max_rss"]
dir, rows = sys.argv[1], int(sys.argv[2])
start = 1764237600000000000
for part in range(3):
    name = "app." + uuid.UUID(int=random.getrandbits(128)).hex + ".csv"
    with open(os.path.join(dir, name), "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Timepoint", "Measurement", "Label", "PID"])
        for i, label in enumerate(labels):
            time = start + part * 7_000_000_000
            for _ in range(rows):
                time += random.randrange(10_000_000)
                if i == 0: value = random.lognormvariate(-4, 1.5)
                elif i == 1: value = random.gauss(0, 1000)
                elif i == 2: value = 10 ** random.uniform(-12, 18)
                elif i == 3: value = random.choice([0.0, -0.0, 1e-05, 1e16, 5e-324, 1.7976931348623157e308, 123456789.123])
                elif i == 4: value = random.choice([math.inf, math.nan, 1.5, 2.5])
                else: value = random.randrange(100_000)
                out.writerow([time, value, label, 4000 + part])
`;
  python(source, dir, String(rows));
}
