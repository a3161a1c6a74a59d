// The long form of the faults runs something of what is asked for, or says that there is no such thing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const at = (name) => fileURLToPath(new URL(name, import.meta.url));

for (const [program, ...args] of [
  ["index.mjs", "--only", "deaths"],
  ["../races/index.mjs", "--rounds", "many"],
]) {
  test(`${program} ${args.join(" ")}: what is mistyped is said, and is no pass`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [at(program), ...args], { encoding: "utf8" });
    assert.equal(status, 64, stderr);
    assert.ok(stderr.startsWith(`${args.join(" ")}: `), stderr);
    assert.equal(stdout, "");
  });
}
