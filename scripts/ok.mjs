// npm run ok: the whole gate, and the only one. Every step runs, whatever failed before it; a table says which
// did, and the last line counts the tests.
//
// Behind the build, whose files others read, two steps run at a time: none of them writes what another one reads. Tests come last and alone.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PRETTIER = "node_modules/prettier/bin/prettier.cjs";
const OXLINT = "node_modules/oxlint/bin/oxlint";
const TSC = "node_modules/typescript/bin/tsc";

/** Name, arguments of node, the cure; tests last, for their counts end the output. */
const STEPS = [
  ["build", ["scripts/build.mjs"], "both Wasm artifacts and every door"],
  ["format", [PRETTIER, "--check", "."], "npm run format"],
  ["lint", [OXLINT], "what .oxlintrc.json asks for"],
  ["types of the bindings", [TSC, "-p", "tsconfig.json", "--noEmit"], "TypeScript, strict"],
  ["types of the core", [TSC, "-p", "tsconfig.assembly.json"], "AssemblyScript's sources read as TypeScript"],
  ["size", ["scripts/size.mjs"], "every door within its limit"],
  ["examples in the docs", ["scripts/docs.mjs"], "they run and print what they say"],
  ["tests", ["scripts/test.mjs"], "npm test: unit, bindings, every runtime, tidy"],
];

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Runs a program; its output is handed over. */
function run(args, heard) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let last = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8");
    child.stdout.on("data", (text) => {
      last = (last + text).slice(-400);
      heard(text);
    });
    child.stderr.on("data", heard);
    child.on("close", (code) => resolve({ code, last: last.trimEnd().split("\n").at(-1) ?? "" }));
  });
}

const rows = [];
let counts = "0 passed, 0 failed, 0 skipped";

/** Runs a step. Its output goes through, or, beside another one's, comes at its end. */
async function step([name, args, about], isBeside = false) {
  const row = { name, result: "absent", time: "", note: `${args[0]} is not there` };
  rows.push(row);
  // What a step runs may come later than the step.
  if (!existsSync(`${ROOT}${args[0]}`)) return;
  const head = `\n── ${name} ${"─".repeat(Math.max(4, 72 - name.length))}\n`;
  let text = head;
  if (!isBeside) process.stdout.write(head);
  const from = performance.now();
  const { code, last } = await run(args, (part) => (isBeside ? (text += part) : process.stdout.write(part)));
  if (isBeside) process.stdout.write(text);
  if (name === "tests" && /^\d+ passed, \d+ failed, \d+ skipped$/.test(last)) counts = last;
  Object.assign(row, {
    result: code === 0 ? "ok" : "FAILED",
    time: seconds(performance.now() - from),
    note: name === "tests" ? counts : about,
  });
}

const [build, ...rest] = STEPS;
const tests = rest.pop();
await step(build);
const lane = async () => {
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) await step(next, true);
};
await Promise.all([lane(), lane()]);
await step(tests);

const widest = Math.max(...rows.map(({ name }) => name.length));
console.log(`\n── ok? ${"─".repeat(68)}`);
for (const { name, result, time, note } of rows) {
  console.log(`  ${name.padEnd(widest)}  ${result.padEnd(6)}  ${time.padStart(8)}  ${note}`);
}
const bad = rows.filter(({ result }) => result !== "ok");
console.log(bad.length === 0 ? "\nok" : `\nnot ok: ${bad.map(({ name }) => name).join(", ")}`);
console.log(counts);
process.exitCode = bad.length === 0 ? 0 : 1;
