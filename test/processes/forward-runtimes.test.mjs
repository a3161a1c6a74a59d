// Handing on, and waiting for a push, in every runtime: timers differ, and keep no process alive in any.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runtimes } from "../../scripts/runtimes.mjs";
import { beside } from "./beside.mjs";

const test = beside("forward-runtimes", 8);

const FLAGS = { deno: ["run", "-A", "--quiet"] };

for (const name of ["node", "node-current", "deno", "bun"]) {
  const skip = runtimes()[name] === undefined && `${name} is not here`;
  for (const [fixture, says] of [
    ["push-least", "sent\n"],
    ["forward", "jobs_total 7\nsent\n"],
  ]) {
    test(`${fixture} in ${name}: says what it should, and ends by itself`, { skip, timeout: 60000 }, async () => {
      const file = fileURLToPath(new URL(`fixtures/${fixture}.mjs`, import.meta.url));
      const { stdout, stderr } = await promisify(execFile)(runtimes()[name], [...(FLAGS[name] ?? []), file], { timeout: 50000 });
      assert.equal(stdout, says, stderr);
    });
  }
}
