// Importing and joining keep no process alive, and an option switches joining off.

import { join } from "node:path";
import { equal, ok } from "node:assert/strict";
import { each, run, said, THREADED } from "./programs.mjs";
import { project } from "./packed.mjs";

const path = project("exit");
const WITHIN_MS = 8000;

async function ends(runtime, file, ...args) {
  const result = await run(runtime, join(path, file), args, { within: WITHIN_MS });
  equal(result.code, 0, said(result));
  ok(result.stdout.endsWith("the last statement\n") && result.stderr === "", said(result));
}

each(THREADED, "a process that imports, counts and collects ends by itself", (runtime) => ends(runtime, "exit.mjs", "alone"));
each(THREADED, "and one whose worker_threads do, too", (runtime) => ends(runtime, "exit.mjs", "thread"));
each(["deno", "bun"], "and one whose web Workers do, too", (runtime) => ends(runtime, "exit.mjs", "web"));
each(THREADED, "and one whose worker_threads began before its import", (runtime) => ends(runtime, "exit.mjs", "late"));
each(THREADED, "and one whose worker_threads alone import", (runtime) => ends(runtime, "exit.mjs", "never"));
each(THREADED, "threads join with no set-up", (runtime) => ends(runtime, "exit-join.mjs", "neither"));
each(THREADED, "configure({ join: false }) in the parent hands nothing to threads", (runtime) => ends(runtime, "exit-join.mjs", "parent"));
each(THREADED, "configure({ join: false }) in a thread takes nothing from the parent", (runtime) =>
  ends(runtime, "exit-join.mjs", "thread"),
);
each(THREADED, "a thread that leaves can count again", (runtime) => ends(runtime, "exit-leave.mjs"));
