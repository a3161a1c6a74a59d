// Node, Deno and Bun: whichever way a process or a thread ends, what it profiled is in whole files that DevTools opens.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { project } from "../runtimes/packed.mjs";
import { each, pathOf, run, said, THREADED } from "../runtimes/programs.mjs";
import { cpu, heap, most, profilesIn, read, seenIn } from "./profiles.mjs";
import { folder, until } from "./recorded.mjs";

const path = project("profile");
cpSync(fileURLToPath(new URL("fixtures", import.meta.url)), path, { recursive: true });
const PROGRAM = join(path, "profiled.mjs");
const AT_ONCE = 4;
const DENO = ["run", "-A", "--no-lock", "--quiet"];

const HEAP = `
import { profiler } from "tallystick/record";
try {
const profile = profiler({ dir: process.argv[2], cpu: false, heap: true, heapIntervalBytes: 4096 });
  const kept = [];
  function keeper() { for (let i = 0; i < 100_000; i++) kept.push({ i, text: [i] }); }
  keeper();
  console.log(profile.off().length, kept.length);
} catch (error) {
  console.log(String(error));
}
`;
writeFileSync(join(path, "heap.mjs"), HEAP);

const BESIDE = `
import { Session } from "node:inspector";
import { profiler } from "tallystick/record";
const theirs = new Session();
theirs.connect();
theirs.post("Profiler.enable");
theirs.post("Profiler.start");
const profile = profiler({ dir: process.argv[2], onError: ({ code }) => console.log(code) });
console.log(profile.off().length, theirs.post("Profiler.stop").profile.nodes.length > 0);
profile.on();
console.log(profile.off().length);
profile.on();
theirs.post("Profiler.stop");
console.log(profile.off().length);
`;
writeFileSync(join(path, "beside.mjs"), BESIDE);

// They wait for their ends more than they work, and each has a directory and a process of its own.
describe("profiles of processes that end", { concurrency: AT_ONCE }, () => {
  for (const [way, code] of [
    ["idle", 0],
    ["exit", 3],
    ["throw", 1],
  ]) {
    each(THREADED, `a profiled process that ends: ${way}`, async (runtime) => {
      const dir = folder();
      const result = await run(runtime, PROGRAM, [dir, way], { cwd: path });
      equal(result.code, code, said(result));
      equal(result.stdout, "", said(result));
      const [only, ...others] = seenIn(dir);
      deepEqual(others, []);
      ok(only.main && only.thread === 0);
      ok(Object.keys(cpu(only.profile)).includes("spun"));
      equal(statSync(dir).mode & 0o777, 0o700);
    });
  }

  function begin(runtime, dir, way) {
    const args = [...(runtime === "deno" ? DENO : []), PROGRAM, dir, way];
    const child = spawn(pathOf(runtime), args, { cwd: path, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
    const closed = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
    return { child, closed, text: () => text };
  }

  each(THREADED, "a profiled process that a signal ends", async (runtime) => {
    const dir = folder();
    const { child, closed, text } = begin(runtime, dir, "signal");
    await until("profiling", () => text() === "ready\n");
    child.kill("SIGTERM");
    deepEqual(await closed, { code: null, signal: "SIGTERM" });
    equal(text(), "ready\n");
    const [only, ...others] = seenIn(dir, child.pid);
    deepEqual(others, []);
    ok(only.main);
  });

  test("a profiled process that is killed leaves whole files of what was before, in every runtime", async () => {
    const present = THREADED.filter((runtime) => pathOf(runtime) !== undefined);
    const killed = async (runtime) => {
      const dir = folder();
      const { child, closed } = begin(runtime, dir, "killed");
      await until(`two files of ${runtime}`, () => profilesIn(dir).length >= 2);
      child.kill("SIGKILL");
      deepEqual(await closed, { code: null, signal: "SIGKILL" });
      for (const { path: file, pid } of profilesIn(dir)) {
        equal(pid, child.pid);
        cpu(read(file));
      }
    };
    await Promise.all(present.map(killed));
  });

  each(["deno"], "profiler() says what Deno was not given", async (runtime) => {
    const dir = folder();
    const args = ["run", "--allow-read", "--allow-write", "--allow-env", "--no-lock", "--quiet", "--no-prompt"];
    const result = await run(runtime, PROGRAM, [dir, "idle"], { cwd: path, arguments: args });
    equal(result.code, 7, said(result));
    match(result.stdout, /^TypeError Cannot profile: .*sys access to "inspector"/);
    const allowed = await run(runtime, PROGRAM, [dir, "idle"], { cwd: path, arguments: [...args, "--allow-sys"] });
    equal(allowed.code, 0, said(allowed));
    equal(seenIn(dir).length, 1);
  });

  each(THREADED, "profiles of the heap are there in Node and Deno, and refused in Bun", async (runtime) => {
    const dir = folder();
    const result = await run(runtime, join(path, "heap.mjs"), [dir], { cwd: path });
    if (runtime === "bun") {
      match(result.stdout, /^TypeError: Cannot profile: this runtime has no profiles of the heap; leave heap out/);
      return;
    }
    equal(result.stdout, "1 100000\n", said(result));
    equal(most(heap(read(profilesIn(dir, "heap")[0].path))), "keeper");
  });

  each(["bun"], "the one profile that a thread of Bun can have is left to whoever has it", async (runtime) => {
    const dir = folder();
    const result = await run(runtime, join(path, "beside.mjs"), [dir], { cwd: path });
    equal(result.stdout, "busy\n0 true\n1\nprofiler\n0\n", said(result));
    equal(seenIn(dir).length, 1);
  });
});
