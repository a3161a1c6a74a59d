// What the tests of recordings have in common: a directory that is removed, and what is in its files.

import fs, { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = mkdtempSync(join(tmpdir(), "tallystick-record-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
let count = 0;

export const folder = () => join(root, String(count++));

const HEADER = "Timepoint,Measurement,Label,PID";

/** The rows of a file; throws for one that is not whole. Labels have no commas here. */
export function rowsOf(path) {
  const text = readFileSync(path, "utf8");
  const lines = text.split("\r\n");
  if (lines[0] !== HEADER || lines.at(-1) !== "" || lines.length < 3) throw new Error(`${path} is not whole: ${text.slice(0, 100)}`);
  return lines.slice(1, -1).map((line) => {
    const fields = line.split(",");
    const [time, value, label, pid] = fields;
    if (fields.length !== 4 || !/^\d{19}$/.test(time) || !(Number(value) >= 0))
      throw new Error(`${path} has a row that is not whole: ${line}`);
    return { time: BigInt(time), value: Number(value), label, pid: Number(pid) };
  });
}

export const NAME = /^[\w-]+\.[0-9a-f]{32}\.(csv|jsonl)$/;

/** The names of finished files, in the order in which a process wrote them. */
export const names = (dir) =>
  readdirSync(dir)
    .filter((name) => NAME.test(name))
    .sort();

/** All rows of a directory. */
export const rowsIn = (dir) => names(dir).flatMap((name) => rowsOf(join(dir, name)));

export async function until(what, is, milliseconds = 20_000) {
  for (const from = performance.now(); !is(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (performance.now() - from > milliseconds) throw new Error(`${what} did not happen`);
  }
}

/** Replaces functions of node:fs for as long as `act` runs. */
export async function withFiles(replaced, act) {
  const own = Object.fromEntries(Object.keys(replaced).map((name) => [name, fs[name]]));
  Object.assign(fs, replaced);
  syncBuiltinESMExports();
  try {
    await act(own);
  } finally {
    Object.assign(fs, own);
    syncBuiltinESMExports();
  }
}
