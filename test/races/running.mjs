// Races in every runtime that is installed, by programs of their own, so that one that hangs or crashes is told with its seed.

import { fileURLToPath } from "node:url";
import { ran, run } from "../runtimes/programs.mjs";
import { runtimes } from "../../scripts/runtimes.mjs";
import { PAIRS } from "./pairs.mjs";

export { ran };
export const RUNTIMES = ["node", "node-current", "deno", "bun"];
export const NAMES = Object.keys(PAIRS);

const at = (file) => fileURLToPath(new URL(file, import.meta.url));

export function installed(runtime) {
  return runtimes()[runtime] !== undefined;
}

function replayed(runtime, seed, rounds, pair) {
  return `npm run races -- --seed ${seed} --pair ${pair} --runtime ${runtime} --rounds ${rounds}`;
}

/** What pairs came to in a runtime, a row each, and what is wrong, each with how it is played again. */
export async function races(runtime, seed, rounds, pairs, within) {
  const result = await run(runtime, at("race.mjs"), [seed, rounds, ...pairs].map(String), { within });
  const rows = result.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  const wrong = [];
  for (const { pair, wrong: outcome, error } of rows) {
    const what = outcome === undefined ? error : `came to "${outcome.outcome}" in round ${outcome.round}`;
    if (what !== undefined) wrong.push(`${pair}: ${what}; ${replayed(runtime, seed, rounds, pair)}`);
  }
  const missing = pairs.filter((pair) => !rows.some((row) => row.pair === pair));
  if (missing.length > 0) {
    const how = result.code === undefined ? "hangs" : `ended with ${result.code}`;
    wrong.push(`${missing[0]}: ${how}, ${result.stderr.trim().slice(-2000)}; ${replayed(runtime, seed, rounds, missing[0])}`);
  }
  return { rows, wrong };
}

/** What terminations came to in a runtime: a line of figures, or what is wrong. */
export async function terminations(runtime, seed, kills, within) {
  const result = await run(runtime, at("terminations.mjs"), [seed, kills].map(String), { within });
  const how = result.code === undefined ? "hangs" : `ended with ${result.code}`;
  const again = `npm run races -- --seed ${seed} --pair terminate/anything --runtime ${runtime} --rounds ${kills}`;
  if (result.code !== 0) return { wrong: `terminate/anything: ${how}, ${result.stdout}${result.stderr.trim().slice(-3000)}; ${again}` };
  return { row: JSON.parse(result.stdout) };
}
