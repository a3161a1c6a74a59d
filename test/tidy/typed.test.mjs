// What is typed behind `npm run NAME --`: each of the long forms says with --help what there is, and begins nothing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const LONG = {
  differential: "test/differential/index.mjs",
  faults: "test/faults/index.mjs",
  fuzz: "test/fuzz/index.mjs",
  models: "scripts/models.mjs",
  races: "test/races/index.mjs",
};

test("npm run NAME -- --help: each long form says what there is", async () => {
  const each = async ([name, path]) => {
    const { stdout, stderr } = await run(process.execPath, [at(path), "--help"]);
    assert.match(stdout, new RegExp(`^npm run ${name} -- \\[`));
    assert.doesNotMatch(stdout, /undefined|, ,/);
    assert.equal(stderr, "");
  };
  await Promise.all(Object.entries(LONG).map(each));
});
