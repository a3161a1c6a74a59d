// Node, Deno and Bun in one spool: whichever way a process of theirs ends in order, its last word is in its file, its exit is what
// it would be without us, and a collector of any of them adds up all.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { runtimes } from "../../scripts/runtimes.mjs";
import { beside } from "./beside.mjs";
import { Collected, Counted } from "./fakes.mjs";
import { outfile, spool } from "./internals.mjs";

const { SpoolReader, SpoolWriter } = spool;
const test = beside("runtimes", 4);

const root = mkdtempSync(join(tmpdir(), "tallystick-runtimes-"));
after(() => rmSync(root, { recursive: true, force: true }));
const at = (name) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const FLAGS = { deno: ["run", "-A", "--quiet"] };
let logs = 0;

function begin(name, fixture, args) {
  const log = join(root, `log-${logs++}`);
  const descriptor = openSync(log, "w");
  const child = spawn(runtimes()[name], [...(FLAGS[name] ?? []), at(fixture), outfile, ...args], {
    stdio: ["ignore", descriptor, "ignore"],
  });
  const said = () => readFileSync(log, "utf8").split("\n").slice(0, -1);
  const closed = new Promise((resolve) => {
    child.on("close", (code, signal) => {
      closeSync(descriptor);
      resolve({ code, signal, lines: said() });
    });
  });
  return { child, closed, said };
}

async function until(what, is) {
  for (const from = Date.now(); !is(); await wait(10)) if (Date.now() - from > 30_000) throw new Error(`${what} did not happen`);
}

const lastOf = (lines, word) => Number(lines.findLast((line) => line.startsWith(`${word} `))?.split(" ")[1] ?? 0);

function collecting(dir, options) {
  const collected = new Collected();
  const reader = new SpoolReader(() => collected, { dir, compactSeconds: 0, ...options });
  return { reader, collected };
}

/** What a process says of its end: Deno has no code for a signal that it sends itself, but dies by it all the same. */
const WAYS = [
  { way: "idle", ends: { code: 0, signal: null } },
  { way: "exit", ends: { code: 3, signal: null } },
  { way: "throw", ends: { code: 1, signal: null } },
  { way: "term", ends: { code: null, signal: "SIGTERM" }, kill: "SIGTERM" },
  { way: "term", ends: { code: null, signal: "SIGINT" }, kill: "SIGINT" },
  { way: "term", ends: { code: null, signal: "SIGHUP" }, kill: "SIGHUP" },
  // There is always something that would run after the last word, if a turn came.
  { way: "term-fast", ends: { code: null, signal: "SIGTERM" }, kill: "SIGTERM" },
  { way: "term-heard", ends: { code: 4, signal: null }, kill: "SIGTERM" },
];

for (const name of ["node", "node-current", "deno", "bun"]) {
  for (const { way, ends, kill } of WAYS) {
    test(`SpoolWriter in ${name}: its last word is written, ${way}${kill === undefined ? "" : ` and ${kill}`}`, async (t) => {
      if (runtimes()[name] === undefined) {
        t.skip(`${name} is absent`);
        return;
      }
      const dir = join(root, `${name}-${way}-${kill}`);
      const { child, closed, said } = begin(name, "child.mjs", [dir, "1", way]);
      if (kill !== undefined) {
        await until("a count", () => lastOf(said(), "counting") > 2);
        child.kill(kill);
      }
      const { code, signal, lines } = await closed;
      assert.deepEqual({ code, signal }, ends);
      const { reader, collected } = collecting(dir);
      await reader.refresh();
      assert.equal(collected.totals.jobs, lastOf(lines, "counting"), lines.join("\n"));
      assert.equal(collected.totals.live_1, undefined);
      assert.deepEqual(
        lines.filter((line) => line.startsWith("error")),
        [],
      );
      reader.close();
    });
  }
}

/** Whether there is a program that gives another one a terminal. */
const hasTerminal = spawnSync("script", ["-qec", "true", "/dev/null"], { stdio: "ignore" }).status === 0;

test("spool in deno: with the permissions that it says it needs nobody is asked at the terminal", async (t) => {
  const deno = runtimes().deno;
  if (deno === undefined || !hasTerminal) {
    t.skip("Deno, or script(1), is absent");
    return;
  }
  const dir = join(root, "asked");
  const permissions = [`--allow-read=${dir}`, `--allow-write=${dir}`, "--allow-sys=hostname,uid"];
  const command = [deno, "run", ...permissions, at("asked.mjs"), dir].join(" ");
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { cwd: ROOT, encoding: "utf8", timeout: 20_000, input: "" });
  assert.match(stdout, /made run-000001/);
  assert.doesNotMatch(stdout, /Deno requests/);
});

test("Node, Deno and Bun in one spool: one sum; each flushes when it is asked to, and a collector in each sees the same", async () => {
  const dir = join(root, "all");
  const names = ["node", "node-current", "deno", "bun"].filter((name) => runtimes()[name] !== undefined);
  const anchor = new Counted();
  const keeper = new SpoolWriter(anchor, { dir, signals: false });
  await keeper.flush();
  const all = names.map((name, id) => ({ name, ...begin(name, "child.mjs", [dir, String(id), "wish"]) }));
  await Promise.all(all.map(({ name, said }) => until(`${name}'s flush`, () => lastOf(said(), "flushed") > 0)));
  const { reader, collected } = collecting(dir, { askSeconds: 5 });
  await reader.refresh();
  assert.equal(reader.statistics.live, names.length + 1);
  await wait(100);
  // Its timer is an hour: what comes now, comes because it was asked for.
  await reader.refresh();
  for (const [id, { name, said }] of all.entries()) {
    const shown = collected.totals[`process_${id}`];
    assert.ok(shown > 1 && shown <= lastOf(said(), "counting"), `${name}: ${shown}`);
  }
  for (const { child } of all) child.kill("SIGTERM");
  const ended = await Promise.all(all.map(({ closed }) => closed));
  await reader.refresh();
  await reader.compact();
  const sum = ended.reduce((total, { lines }) => total + lastOf(lines, "counting"), 0);
  assert.equal(collected.totals.jobs, sum);
  for (const name of names) {
    const { child, closed, said } = begin(name, "collector.mjs", [dir]);
    await until(`${name}'s total`, () => said().length > 2);
    child.kill("SIGKILL");
    const { lines } = await closed;
    assert.equal(lastOf(lines, "total"), sum, name);
  }
  reader.close();
  await keeper.close();
});
