// Threads killed at random times while they count. No proof (V8 stops at loops and calls only; test/faults has
// the proof), but real threads, real deaths and every runtime.
// Alone: how late a death is told bounds the memory of its thread.

import { join } from "node:path";
import { equal, ok } from "node:assert/strict";
import { each, run, said, THREADED } from "./programs.mjs";
import { project } from "./packed.mjs";

const path = project("death");
/** `npm run faults` has 2,000 on Node, and 1,000 on Deno and on Bun. */
const KILLS = { node: 80, "node-current": 80, deno: 30, bun: 30 };
/** Threads at once, this one, and those whose end is not told yet when the next begins. */
const SLOTS = { node: 8, "node-current": 8, deno: 2 * 30, bun: 2 * 30 };
/** A slot has a quarter of a MiB of room for slices of text, once it has scraped, and a few slabs of cells. */
const SLOT_BYTES = 327680;
const DEATH_BYTES = 64;

/**
 * Bun 1.4.5 itself crashes in about one of 1,000 to 2,000 threads that are terminated in the middle of an exposition: a null
 * pointer of the engine's, in every tier of its compiler, and never for threads that only count. Nothing in
 * WebAssembly can do that to its host. Such a run says nothing about totals: there is another one, twice at most.
 */
const CRASHES = 2;

async function lived(runtime, t) {
  for (let crashes = 0; ; crashes++) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const result = await run(runtime, join(path, "death.mjs"), [String(KILLS[runtime]), String(seed)], { within: 60000 });
    const crashed = runtime === "bun" && result.code === "SIGSEGV" && result.stderr.includes("Bun has crashed");
    if (!crashed || crashes === CRASHES) return { seed, result };
    t.diagnostic(`seed ${seed}: ${result.stderr.match(/^panic: .*/m)?.[0]}, a crash of Bun's own`);
  }
}

each(THREADED, "threads killed at random times lower no total, stop no scrape and leave no memory", async (runtime, t) => {
  const { seed, result } = await lived(runtime, t);
  equal(result.code, 0, `seed ${seed}, ${said(result)}`);
  t.diagnostic(`seed ${seed}: ${result.stdout.trim()}`);
  const { kills, deaths, usage } = JSON.parse(result.stdout);
  equal(kills, KILLS[runtime]);
  const [warm, end] = usage;
  ok(end.slots <= SLOTS[runtime], `${end.slots} slots, seed ${seed}`);
  const grown = end.used - warm.used;
  ok(grown <= (end.slots - warm.slots) * SLOT_BYTES + deaths * DEATH_BYTES, `${grown} bytes more after ${deaths} deaths, seed ${seed}`);
});
