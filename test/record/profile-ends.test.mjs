// Node, Deno and Bun: whichever way a process or a thread ends, what it profiled is in whole files that DevTools opens.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { project } from "../runtimes/packed.mjs";
import { each, pathOf, run, said, THREADED } from "../runtimes/programs.mjs";
import { cpu, heap, most, profilesIn, read } from "./profiles.mjs";
import { folder, until } from "./recorded.mjs";

const path = project("profile");
cpSync(fileURLToPath(new URL("fixtures", import.meta.url)), path, { recursive: true });
const PROGRAM = join(path, "profiled.mjs");
const DENO = ["run", "-A", "--no-lock", "--quiet"];

/** Of all files of the directory: their threads, and who is seen in each. */
function seen(dir, pid) {
  for (const name of readdirSync(dir)) ok(!name.startsWith("."), `${name} was left`);
  return profilesIn(dir).map((file) => {
    if (pid !== undefined) equal(file.pid, pid);
    equal(statSync(file.path).mode & 0o777, 0o600);
    const profile = read(file.path);
    cpu(profile);
    const names = new Set(profile.nodes.map(({ callFrame }) => callFrame.functionName));
    return { thread: file.thread, main: names.has("busyMain"), worker: names.has("busyWorker"), profile };
  });
}

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
    const [only, ...others] = seen(dir);
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

for (const signal of ["SIGTERM", "SIGINT"]) {
  each(THREADED, `a profiled process that a signal ends: ${signal}`, async (runtime) => {
    const dir = folder();
    const { child, closed, text } = begin(runtime, dir, "signal");
    await until("profiling", () => text() === "ready\n");
    child.kill(signal);
    deepEqual(await closed, { code: null, signal });
    equal(text(), "ready\n");
    const [only, ...others] = seen(dir, child.pid);
    deepEqual(others, []);
    ok(only.main);
  });
}

each(THREADED, "a profiled process that is killed leaves whole files of what was before", async (runtime) => {
  const dir = folder();
  const { child, closed, text } = begin(runtime, dir, "killed");
  await until("profiling", () => text() === "ready\n");
  await until("two files", () => profilesIn(dir).length >= 2);
  child.kill("SIGKILL");
  deepEqual(await closed, { code: null, signal: "SIGKILL" });
  for (const { path: file } of profilesIn(dir)) cpu(read(file));
});

each(THREADED, "the end of a process has the other threads write what they profiled", async (runtime) => {
  const dir = folder();
  const result = await run(runtime, PROGRAM, [dir, "threads"], { cwd: path });
  equal(result.code, 4, said(result));
  equal(result.stdout, "", said(result));
  const files = seen(dir);
  equal(files.length, 2);
  ok(files.some(({ thread, main, worker }) => thread === 0 && main && !worker));
  ok(files.some(({ thread, main, worker }) => thread > 0 && worker && !main));
});

each(THREADED, "a thread that ends writes what it profiled", async (runtime) => {
  const dir = folder();
  const result = await run(runtime, PROGRAM, [dir, "ends"], { cwd: path });
  equal(result.code, 0, said(result));
  equal(result.stdout, "", said(result));
  deepEqual(
    seen(dir)
      .map(({ thread, worker }) => [thread > 0, worker])
      .toSorted(),
    [
      [false, false],
      [true, true],
    ],
  );
});

each(THREADED, "on() and off() of one thread are those of all", async (runtime) => {
  const dir = folder();
  const result = await run(runtime, PROGRAM, [dir, "switched"], { cwd: path });
  equal(result.code, 5, said(result));
  equal(result.stdout, "", said(result));
  const files = seen(dir);
  const threads = [...new Set(files.map(({ thread }) => thread))];
  equal(threads.length, 3);
  for (const thread of threads) {
    const own = files.filter((file) => file.thread === thread);
    // The first round is the one that began with the profiler.
    equal(own.length, 2, `${thread}`);
    // Between the two nobody was looked at.
    ok(own[1].profile.startTime - own[0].profile.endTime > 100_000, `${thread}`);
  }
});

each(["deno"], "profiler() says what Deno was not given", async (runtime) => {
  const dir = folder();
  const args = ["run", "--allow-read", "--allow-write", "--allow-env", "--no-lock", "--quiet", "--no-prompt"];
  const result = await run(runtime, PROGRAM, [dir, "idle"], { cwd: path, arguments: args });
  equal(result.code, 7, said(result));
  match(result.stdout, /^TypeError Cannot profile: .*sys access to "inspector"/);
  const allowed = await run(runtime, PROGRAM, [dir, "idle"], { cwd: path, arguments: [...args, "--allow-sys=inspector"] });
  equal(allowed.code, 0, said(allowed));
  equal(seen(dir).length, 1);
});

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

each(THREADED, "profiles of the heap are there in Node and Deno, and refused in Bun", async (runtime) => {
  const dir = folder();
  const file = join(path, "heap.mjs");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(file, HEAP);
  const result = await run(runtime, file, [dir], { cwd: path });
  if (runtime === "bun") {
    match(result.stdout, /^TypeError: Cannot profile: this runtime has no profiles of the heap; leave heap out/);
    return;
  }
  equal(result.stdout, "1 100000\n", said(result));
  equal(most(heap(read(profilesIn(dir, "heap")[0].path))), "keeper");
});
