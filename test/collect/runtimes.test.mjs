// The same probe in every runtime that has threads and files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { runtimes } from "../../scripts/runtimes.mjs";

const program = fileURLToPath(new URL("probing.mjs", import.meta.url));
const noProc = process.platform !== "linux" && "there is no /proc";
const DENO = ["run", "--quiet", "--allow-all"];

function run(binary, args) {
  const { status, signal, stdout, stderr } = spawnSync(binary, [...args, program], {
    encoding: "utf8",
    timeout: 60_000,
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  assert.equal(status, 0, `${signal} ${stderr}`);
  return JSON.parse(stdout.split("\n")[0]);
}

const binaries = runtimes();
for (const [name, args] of [
  ["node", []],
  ["node-current", []],
  ["deno", DENO],
  ["bun", ["run"]],
]) {
  test(
    `${name}: a probe shows its process, closes, and keeps nobody alive`,
    { skip: noProc || (binaries[name] === undefined && `${name} is not installed`) },
    () => {
      const { lines, told, left } = run(binaries[name], args);
      const value = (key) => Number(lines.find((line) => line.startsWith(`${key} `))?.slice(key.length));
      assert.deepEqual(told, []);
      assert.equal(value("tallystick_probe_up"), 1);
      assert.ok(value("processes") >= 1);
      assert.ok(value("processes_threads") >= 2);
      assert.ok(value("processes_open_fds") > 3);
      assert.ok(value("processes_resident_memory_bytes") > 10e6);
      assert.ok(value("tallystick_probe_cpu_seconds_total") > 0);
      assert.equal(left, "");
    },
  );
}

test(
  "deno: without the permission it is told, and the program goes on",
  { skip: noProc || (binaries.deno === undefined && "deno is not installed") },
  () => {
    const { lines, told, left } = run(binaries.deno, [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read=dist,node_modules,package.json",
      "--allow-env",
    ]);
    assert.equal(told.length, 1);
    assert.match(told[0], /Cannot probe this host by "\/proc": Requires .*--allow-/);
    assert.deepEqual(lines, ["tallystick_probe_up 0"]);
    assert.equal(left, "");
  },
);
