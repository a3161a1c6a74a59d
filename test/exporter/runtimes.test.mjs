// An exporter in every runtime that has threads: it answers while all others compute. alive.test.mjs has the rest.
// Alone: it says how late a scrape is while other threads compute.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { each, pathOf, run, said, THREADED } from "../runtimes/programs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCRAPES = 40;
/** On a machine that does other things, too: the figure is measured by the bench. */
const LATE_MS = 1500;

for (const collectors of [0, 1]) {
  each(THREADED, `scrapes are answered while all threads compute${collectors === 0 ? "" : ", and a collector cannot"}`, async (runtime) => {
    const program = fileURLToPath(new URL("blocking.mjs", import.meta.url));
    const args = [String(SCRAPES), String(collectors)];
    const result = await run(runtime, program, args, { cwd: ROOT, within: 60_000, env: { NODE_BINARY: pathOf("node") } });
    assert.match(result.stdout, /^\{/, said(result));
    const { from, to, begun, ended, took, turns } = JSON.parse(result.stdout.split("\n")[0]);
    assert.ok(from <= begun && ended <= to, `computed from ${from} to ${to}, scraped from ${begun} to ${ended}`);
    assert.equal(took.length, SCRAPES);
    assert.ok(Math.max(...took) < LATE_MS, `${Math.max(...took)} ms`);
    // What is counted meanwhile is there.
    assert.ok(turns.every((each, i) => i === 0 || each >= turns[i - 1]));
    assert.ok(turns.at(-1) > turns[0]);
  });
}
