// Tickets: which registry a thread has for one, and whose registries end with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { join, leave, MetricsError, Registry, registry } from "tallystick";

const text = (registry) => new TextDecoder().decode(registry.exposeSync().body);

/** A worker thread that runs these lines and posts what they give; it lives until it is told to end. */
async function started(t, lines, workerData) {
  const worker = new Worker(
    `import { parentPort, workerData } from "node:worker_threads";
     import { configure, join, Registry, registry } from "tallystick";
     parentPort.on("message", () => parentPort.close());
     parentPort.postMessage((() => { ${lines} })());`,
    { eval: true, workerData, execArgv: ["--input-type=module"] },
  );
  t.after(() => worker.terminate());
  const said = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  const ended = () =>
    new Promise((resolve) => {
      worker.once("exit", resolve);
      worker.postMessage("end");
    });
  return { said, ended };
}

const ALONE = 'configure({ join: false }); registry.counter({ name: "alone" }).inc(3); return registry.ticket();';

test("join: the ticket of one's own default registry gives that registry", () => {
  assert.equal(join(registry.ticket()), registry);
  assert.notEqual(join(new Registry().ticket()), registry);
});

test("join: a ticket that came by two messages gives one registry", () => {
  const shop = new Registry();
  const [one, two] = [structuredClone(shop.ticket()), structuredClone(shop.ticket())];
  assert.equal(join(one), join(two));
  assert.equal(join(structuredClone(registry.ticket())), registry);
});

test("join: the first thread's default registry stays where it is, for other threads inherit it", async (t) => {
  const { said: ticket } = await started(t, ALONE);
  const theirs = join(ticket);
  assert.notEqual(theirs, registry);
  assert.equal(join(ticket), theirs);
  assert.match(text(theirs), /^alone_total 3$/m);
  assert.doesNotMatch(text(registry), /alone/);
});

test("join: a thread that inherited its default registry keeps it", async (t) => {
  const { said: ticket } = await started(t, ALONE);
  registry.counter({ name: "inherited" });
  const { said } = await started(
    t,
    `const theirs = join(workerData);
     registry.counter({ name: "inherited" }).inc();
     return theirs !== registry && theirs.counter({ name: "alone" }).value() === 3;`,
    ticket,
  );
  assert.equal(said, true);
  assert.match(text(registry), /^inherited_total 1$/m);
});

test("join: a thread that does not join keeps its default registry, too", async (t) => {
  const { said } = await started(
    t,
    `configure({ join: false }); registry.counter({ name: "kept" }).inc();
     const theirs = join(workerData);
     return theirs !== registry && theirs.core !== registry.core;`,
    registry.ticket(),
  );
  assert.equal(said, true);
});

/** Makes a registry with some series; a thread does it, and this one. */
const MAKE =
  'const made = new Registry(); const sizes = made.histogram({ name: "sizes", labelNames: ["n"] }); for (let i = 0; i < 500; i++) sizes.observe({ n: i }, i);';

/** Bytes in use when what threads left is folded: a second after their end, or later on a busy machine. */
async function settled() {
  let before;
  for (let used = Infinity; used !== before;) {
    before = used;
    await pause(1300);
    used = registry.memoryUsage().used;
  }
  return before;
}

test("a registry ends with the thread that made it, unless there is a ticket of it", async (t) => {
  registry.counter({ name: "jobs" }).inc();
  const used = [];
  for (let i = 0; i < 40; i++) {
    const { ended } = await started(t, MAKE);
    await ended();
    if (i % 20 !== 19) continue;
    used.push(await settled());
  }
  // One registry has 107 KB.
  assert.ok(used[1] - used[0] < 20 * 10000, `${used} bytes`);
  const { said: ticket, ended } = await started(t, `${MAKE} return made.ticket();`);
  await ended();
  await pause(1300);
  assert.match(text(join(ticket)), /^sizes_count\{n="7"\} 1$/m);
});

test("leave: registries that this thread made end, but those there is a ticket of", () => {
  const [mine, given] = [new Registry(), new Registry()];
  for (const each of [mine, given]) each.counter({ name: "jobs" }).inc();
  given.ticket();
  const before = registry.memoryUsage().used;
  leave();
  assert.ok(registry.memoryUsage().used < before);
  assert.throws(
    () => text(mine),
    (error) => error instanceof MetricsError && error.code === "closed",
  );
  assert.match(text(given), /^jobs_total 1$/m);
  registry.counter({ name: "after" }).inc();
  assert.match(text(registry), /^after_total 1$/m);
});
