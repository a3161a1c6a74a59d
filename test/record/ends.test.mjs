// Node, Deno and Bun: whichever way a process ends, what it recorded is in whole files; and all of them in one directory.

import { deepEqual, equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { project } from "../runtimes/packed.mjs";
import { each, NODES, pathOf, run, said, THREADED } from "../runtimes/programs.mjs";
import { folder, NAME, rowsIn, until } from "./recorded.mjs";

const path = project("record");
cpSync(fileURLToPath(new URL("fixtures", import.meta.url)), path, { recursive: true });
/** They wait for files and intervals. */
const TOGETHER = { together: true };
const ARGUMENTS = { deno: ["run", "-A", "--no-lock", "--quiet"] };

function begin(runtime, dir, way) {
  const args = [...(ARGUMENTS[runtime] ?? []), join(path, "ends.mjs"), dir, way];
  const child = spawn(pathOf(runtime), args, { cwd: path, stdio: ["ignore", "pipe", way === "throw" ? "ignore" : "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
  const lines = () => text.split("\n").slice(0, -1);
  const closed = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  return { child, closed, lines };
}

/** What is in the directory has whole files only, and these rows in order. */
function whole(dir, count) {
  deepEqual(
    readdirSync(dir).filter((name) => !NAME.test(name)),
    [],
  );
  const rows = rowsIn(dir);
  equal(rows.length, count);
  return rows;
}

const WAYS = [
  { way: "idle", code: 0 },
  { way: "exit", code: 3 },
  { way: "throw", code: 1 },
  { way: "closed", code: 0 },
  { way: "threads", code: 0 },
];

for (const { way, code } of WAYS) {
  each(
    THREADED,
    `a process that ends: ${way}`,
    async (runtime) => {
      const dir = folder();
      const { closed, lines } = begin(runtime, dir, way);
      deepEqual(await closed, { code, signal: null }, lines().join("\n"));
      const rows = whole(dir, parseInt(lines().at(-1), 10));
      equal(lines().length, 1, lines().join("\n"));
      if (way !== "threads")
        deepEqual(
          rows.map(({ value }) => value),
          Array.from({ length: 500 }, (_, i) => i + 1),
        );
    },
    TOGETHER,
  );
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  each(
    THREADED,
    `a process that a signal ends: ${signal}`,
    async (runtime) => {
      const dir = folder();
      const { child, closed, lines } = begin(runtime, dir, "signal");
      await until("samples", () => lines().length > 1);
      child.kill(signal);
      deepEqual(await closed, { code: null, signal });
      whole(dir, Number(lines().at(-1)));
    },
    TOGETHER,
  );
}

each(
  THREADED,
  "a process that is killed leaves what it had flushed, in whole files",
  async (runtime) => {
    const dir = folder();
    const { child, closed, lines } = begin(runtime, dir, "killed");
    await until("a flush", () => lines().length > 0);
    await until("more files", () => readdirSync(dir).length > 2);
    child.kill("SIGKILL");
    deepEqual(await closed, { code: null, signal: "SIGKILL" });
    const values = rowsIn(dir).map(({ value }) => value);
    ok(values.length > 500);
    deepEqual(
      values,
      Array.from(values, (_, i) => i + 1),
    );
  },
  TOGETHER,
);

each(
  THREADED,
  "a process whose one thread is stalled for good is written all the same",
  async (runtime) => {
    const dir = folder();
    const { child, closed } = begin(runtime, dir, "stalled");
    await until("a file", () => existsSync(dir) && rowsIn(dir).length === 500);
    child.kill("SIGKILL");
    await closed;
  },
  TOGETHER,
);

each(
  THREADED,
  "samplers of a process",
  async (runtime) => {
    const dir = folder();
    const { closed, lines } = begin(runtime, dir, "samples");
    deepEqual(await closed, { code: 0, signal: null });
    const rows = whole(dir, Number(lines().at(-1)));
    const labels = ["user time", "system time", "max rss", "heap used", "rss", "event loop delay max"];
    for (const label of labels) ok(rows.filter((row) => row.label === label).length >= 3, label);
  },
  TOGETHER,
);

each(NODES, "the CommonJS copy and the ES module's in one thread are one recorder", async (runtime) => {
  const dir = folder();
  const result = await run(runtime, join(path, "required.cjs"), [dir], { cwd: path });
  equal(result.code, 0, said(result));
  equal(result.stdout, "3\n");
  deepEqual(
    whole(dir, 3).map(({ label, value }) => [label, value]),
    [
      ["cjs", 1],
      ["esm", 2],
      ["cjs", 3],
    ],
  );
});

test("Node, Deno and Bun record into one directory", async () => {
  const dir = folder();
  const present = THREADED.filter((runtime) => pathOf(runtime) !== undefined);
  const all = present.map((runtime) => ({ runtime, ...begin(runtime, dir, "idle") }));
  await Promise.all(all.map(({ closed }) => closed));
  const rows = whole(dir, 500 * present.length);
  for (const { child, runtime } of all) equal(rows.filter(({ pid }) => pid === child.pid).length, 500, runtime);
});
