// Burials: which slots a thread that hears of a death revokes. Several instances in one thread stand for threads.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundled } from "../bundled.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = await bundled(
  "threads",
  `
    export { begin } from "./bindings/threads.ts";
    export { Core } from "./bindings/core.ts";
    export { openThread } from "./bindings/thread.ts";
    export { setRuntime } from "./bindings/runtime.ts";
  `,
);
const { begin, Core, openThread, setRuntime } = await import(outfile);

const module = new WebAssembly.Module(readFileSync(at("../../build/core.wasm")));
/** The thread of a slot that nobody owns, as the core tells it. */
const NO_THREAD = -1;
let parent = 0;
setRuntime({
  module: () => module,
  shared: true,
  thread: 0,
  parent: () => parent,
  inherited: () => undefined,
  bequeath: () => undefined,
});
let born;
begin({ first: true, exitProves: true, watch: (tell) => (born = tell), later: () => undefined }, false, () => undefined);
const { core } = openThread();
core.ready();

/** An instance of a thread that another one started; it owns a slot. */
function thread(number, startedBy) {
  const made = Core.attach(module, core.memory, core.maxBytes, number);
  parent = startedBy;
  made.ready();
  return made;
}

/** The slots that are revoked when this thread is told of another one's end. */
function revokedBy(end) {
  const { verbs } = core;
  const revoked = [];
  core.verbs = { ...verbs, writerRevoke: (slot) => (revoked.push(verbs.writerThread(slot)), verbs.writerRevoke(slot)) };
  let died;
  born(end, (listener) => (died = listener));
  died();
  core.verbs = verbs;
  return revoked;
}

test("a burial takes the thread's slots and those of the threads that it had started", () => {
  thread(3, 0);
  thread(5, 3);
  thread(6, 5);
  const other = thread(7, 0);
  assert.deepEqual(revokedBy(3).sort(), [3, 5, 6]);
  assert.equal(other.verbs.writerOwned(), 1);
});

test("a burial passes by what is nobody's: a slot in the middle of a claim, and what a child left", () => {
  const child = thread(14, 13);
  thread(13, 0);
  const claiming = thread(NO_THREAD, 13);
  child.verbs.writerLeave();
  assert.deepEqual(revokedBy(13), [13]);
  assert.equal(claiming.verbs.writerOwned(), 1);
});
