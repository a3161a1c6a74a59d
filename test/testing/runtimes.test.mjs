// The same in every runtime, and under the test runners that there are: node:test, Jest, bun:test and Deno.test.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esm from "tallystick/testing";
import { runtimes } from "../../scripts/runtimes.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const DENO = ["--quiet", "--allow-all"];
const binaries = runtimes();
const absent = (name) => binaries[name] === undefined && `${name} is not installed`;

function run(name, args) {
  const { status, signal, stdout, stderr } = spawnSync(binaries[name], args, { encoding: "utf8", timeout: 60_000, cwd: at("../..") });
  assert.equal(status, 0, `${signal} ${stdout} ${stderr}`);
  return stdout + stderr;
}

for (const [name, args] of [
  ["node", []],
  ["node-current", []],
  ["deno", ["run", ...DENO]],
  ["bun", ["run"]],
]) {
  test(`${name}: values, numbers, comparisons and the lint`, { skip: absent(name) }, () => {
    const printed = run(name, [...args, at("counting.mjs")]);
    assert.deepEqual(JSON.parse(printed), [2, 1, "jobs_total: it is collected and not expected", [], 0]);
  });
}

test("Deno.test: each test has a registry of its own", { skip: absent("deno") }, () => {
  assert.match(run("deno", ["test", "--no-check", ...DENO, at("fixtures/deno-test.mjs")]), /2 passed/);
});

test("bun:test: each test has a registry of its own", { skip: absent("bun") }, () => {
  assert.match(run("bun", ["test", at("fixtures/bun_test.mjs")]), /2 pass\n 0 fail/);
});

const JEST = at("../runtimes/node_modules/jest/bin/jest.js");

test(
  "Jest: each test has a registry of its own, and timers go by fake ones",
  { skip: !existsSync(JEST) && "jest is not installed in test/runtimes" },
  () => {
    const config = { testMatch: ["**/*.spec.cjs"], transform: {}, watchman: false, cache: false };
    const args = [JEST, "--ci", "--runInBand", "--rootDir", at("fixtures"), "--config", JSON.stringify(config)];
    assert.match(run("node", args), /Tests: +3 passed, 3 total/);
  },
);

test("tallystick/testing as CommonJS has the same names, and reads registries of either", async () => {
  const require = createRequire(import.meta.url);
  const cjs = require("tallystick/testing");
  assert.deepEqual(Object.keys(cjs).filter((name) => name !== "__esModule").toSorted(), Object.keys(esm).toSorted()); // prettier-ignore
  const { Registry } = require("tallystick");
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs." });
  jobs.inc();
  assert.equal(esm.valueOf(jobs), 1);
  assert.equal(cjs.valueOf(registry, "jobs"), 1);
  registry.close();
});

test("docs/testing.md: the test that it shows passes", () => {
  const [, code] = /```js\n([^]*?)```/.exec(readFileSync(at("../../docs/testing.md"), "utf8"));
  const file = at("../../build/docs-testing-example.mjs");
  writeFileSync(file, code);
  const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", file], {
    encoding: "utf8",
    cwd: at("../.."),
    // A test runner within one says what it says to the outer one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^# pass 1$/m);
});
