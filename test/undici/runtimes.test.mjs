// What undici tells in each runtime: Node's fetch and the package, in Deno the package alone, in Bun nothing, which is said.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const program = fileURLToPath(new URL("asking.mjs", import.meta.url));
const COUNTED = { node: 3, "node-current": 3, deno: 2, bun: 0 };
const BUN = "tallystick: Cannot observe undici here: Bun tells nothing of its requests, and nothing is counted\n";

each(THREADED, "fetch(), undici's fetch() and request() are counted where they tell", async (runtime) => {
  const result = await run(runtime, program, [], { cwd: ROOT, within: 60_000 });
  assert.equal(result.code, 0, said(result));
  assert.deepEqual(JSON.parse(result.stdout), { answers: ["text", "text", "text"], counted: COUNTED[runtime], inFlight: 0 });
  assert.equal(result.stderr.includes(BUN), runtime === "bun", result.stderr);
});

each(["node"], "the edge's entry says once that it counts nothing, and needs nothing of a runtime", async () => {
  const entry = fileURLToPath(new URL("../../dist/esm/undici-edge.js", import.meta.url));
  assert.doesNotMatch(readFileSync(entry, "utf8"), /from "node:/);
  const warned = [];
  const { warn } = console;
  console.warn = (text) => warned.push(text);
  try {
    const { observeUndici } = await import(entry);
    observeUndici()();
    observeUndici()();
    assert.throws(() => observeUndici({ maxHosts: 0 }), { name: "RangeError" });
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(warned, ["tallystick: Cannot observe undici here: this runtime tells nothing of its requests, and nothing is counted"]);
});
