// Processes of Node, Deno and Bun in one spool: one page, exact sums, whichever of them serves it, and after they are gone.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { runtimes } from "../../scripts/runtimes.mjs";
import { each, pathOf, ran, run, said, THREADED } from "./programs.mjs";
import { folder, project } from "./packed.mjs";

const path = project("processes");
const ARGUMENTS = { deno: ["run", "-A", "--no-lock", "--quiet"] };
const present = THREADED.filter((runtime) => runtimes()[runtime] !== undefined);

/** A process that counts, and stays until it is told to end. */
async function member(runtime, dir, amount) {
  const args = [...(ARGUMENTS[runtime] ?? []), join(path, "processes-member.mjs"), dir, String(amount), "stay", runtime];
  const child = spawn(pathOf(runtime), args, { cwd: path, stdio: ["pipe", "pipe", "inherit"] });
  const exit = once(child, "exit");
  await once(child.stdout, "data");
  return { child, exit };
}

async function page(runtime, dir) {
  const result = await run(runtime, join(path, "processes-collector.mjs"), [dir], { cwd: path });
  equal(result.code, 0, said(result));
  return result.stdout;
}

function counted(text, amount, alive) {
  match(text, new RegExp(`^jobs_total\\{kind="all"\\} ${amount}$`, "m"));
  match(text, new RegExp(`^seconds_bucket\\{le="1"\\} ${amount}$`, "m"));
  match(text, new RegExp(`^seconds_count ${amount}$`, "m"));
  match(text, new RegExp(`^seconds_sum ${amount / 4}$`, "m"));
  if (alive === 0) ok(!/^alive /m.test(text), text);
  else match(text, new RegExp(`^alive ${alive}$`, "m"));
}

test(`one spool of ${present.join(", ")}: one page, exact sums, whichever serves it`, { timeout: 120_000 }, async () => {
  const dir = join(folder("spool"), "metrics");
  const members = [];
  for (const [i, runtime] of present.entries()) members.push(await member(runtime, dir, 4 * (i + 1)));
  const sum = present.reduce((total, _, i) => total + 4 * (i + 1), 0);
  for (const runtime of present) {
    const text = await page(runtime, dir);
    counted(text, sum, present.length);
    for (const name of present) ok(text.includes(`runtime_info{name="${name}"} 1`), text);
  }
  for (const [i, { child, exit }] of members.entries()) {
    if (i % 2 === 0) child.kill("SIGKILL");
    else child.stdin.end();
    await exit;
    counted(await page(present[i], dir), sum, present.length - i - 1);
  }
});

each(THREADED, "a process that ends by itself leaves what it counted", async (runtime) => {
  const dir = join(folder("spool"), "metrics");
  for (let i = 1; i <= 2; i++) {
    const result = await run(runtime, join(path, "processes-member.mjs"), [dir, "8", "", runtime], { cwd: path });
    equal(result.code, 0, said(result));
    equal(result.stderr, "");
    counted(await page(runtime, dir), 8 * 1, 0);
  }
});

test(
  "Deno with the permission for the directory alone is in the spool, and without it says so and goes on",
  { timeout: 60_000 },
  async (t) => {
    if (runtimes().deno === undefined) {
      t.skip("deno is absent");
      return;
    }
    const dir = join(folder("spool"), "metrics");
    const args = [join(path, "processes-member.mjs"), dir, "8", "", "deno"];
    const allowed = ["run", "--no-prompt", "--no-lock", "--quiet", `--allow-read=${path},${dir}`, `--allow-write=${dir}`];
    const result = await ran(pathOf("deno"), [...allowed, ...args], { cwd: path });
    equal(result.code, 0, said(result));
    equal(result.stderr, "");
    counted(await page("node", dir), 8, 0);
    const refused = await ran(pathOf("deno"), ["run", "--no-prompt", "--no-lock", "--quiet", ...args], { cwd: path });
    equal(refused.code, 0, said(refused));
    match(refused.stderr, /^tallystick: Cannot use .* as a spool: Requires read access/m);
  },
);
