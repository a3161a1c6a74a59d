// Node, Deno and Bun: each thread profiles itself, all are switched together, and none of them loses what it has at an end.
// Alone: it counts the rounds of a profiler in a set time.

import { deepEqual, equal, ok } from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { fileURLToPath } from "node:url";
import { project } from "../runtimes/packed.mjs";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";
import { seenIn } from "./profiles.mjs";
import { folder } from "./recorded.mjs";

const path = project("profile-threads");
cpSync(fileURLToPath(new URL("fixtures", import.meta.url)), path, { recursive: true });
const PROGRAM = join(path, "profiled.mjs");
const AT_ONCE = 4;

// They wait for their ends more than they work, and each has a directory and a process of its own.
describe("profiles of several threads", { concurrency: AT_ONCE }, () => {
  each(THREADED, "the end of a process has the other threads write what they profiled", async (runtime) => {
    const dir = folder();
    const result = await run(runtime, PROGRAM, [dir, "threads"], { cwd: path });
    equal(result.code, 4, said(result));
    equal(result.stdout, "", said(result));
    const files = seenIn(dir);
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
      seenIn(dir)
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
    const files = seenIn(dir);
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
});
