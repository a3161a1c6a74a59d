// A clock that stands until a test moves it: what it holds, and what it does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";
import { registry as defaultRegistry } from "tallystick";
import { fakeClock, freshRegistry, joinClock, valueOf } from "tallystick/testing";
import prom from "tallystick/prom-client";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";

const BEGIN = Date.UTC(2030, 0, 1);
const textOf = async (registry, options = {}) =>
  new TextDecoder().decode((await registry.expose({ dialect: "openmetrics", ...options })).body);

test("fakeClock: timers of every kind take what it was advanced by, to the millisecond", async (t) => {
  const clock = fakeClock(t);
  const registry = freshRegistry(t);
  const options = { help: "Took.", labelNames: ["of"] };
  const all = ["gauge", "histogram", "summary"].map((kind) => registry[kind]({ name: kind, ...options }));
  const ends = all.flatMap((metric) => [metric.startTimer({ of: "a" }), metric.labels({ of: "b" }).startTimer()]);
  clock.advance(0.3);
  for (const end of ends) assert.equal(end(), 0.3);
  clock.advance(0.1);
  for (const metric of all) metric.time({ of: "c" }, () => clock.advance(1.7));
  await Promise.all(
    all.map((metric) =>
      metric.time({ of: "d" }, async () => {
        await Promise.resolve();
        clock.advance(90);
      }),
    ),
  );
  assert.equal(valueOf(all[0], { of: "c" }), 1.7);
  for (const metric of all.slice(1)) {
    assert.deepEqual(["a", "b", "c"].map((of) => valueOf(metric, { of }).sum), [0.3, 0.3, 1.7]); // prettier-ignore
    assert.equal(valueOf(metric, { of: "d" }).sum, 270);
  }
  const still = all[1].startTimer({ of: "e" });
  assert.equal(still(), 0, "it stands");
});

test("fakeClock: dates: created, of exemplars, setToCurrentTime; set() moves them and lets no time pass", async (t) => {
  const clock = fakeClock(t, { now: BEGIN });
  const registry = freshRegistry(t);
  const [jobs, took, at] = [registry.counter({ name: "jobs", help: "Jobs." }), registry.histogram({ name: "took", help: "Took.", buckets: [1], exemplars: true }), registry.gauge({ name: "at", help: "At." })]; // prettier-ignore
  jobs.inc();
  clock.advance(10.5);
  took.observe(0.5, { trace_id: "a" });
  at.setToCurrentTime();
  const begin = BEGIN / 1000;
  assert.equal(valueOf(at), begin + 10.5);
  const end = took.startTimer();
  clock.set(new Date(BEGIN + 86_400_000));
  assert.equal(clock.now, BEGIN + 86_400_000);
  assert.equal(end(), 0);
  at.setToCurrentTime();
  assert.equal(valueOf(at), begin + 86_400);
  const page = await textOf(registry, { created: true });
  const numberIn = (pattern) => Number(pattern.exec(page)?.[1]);
  assert.equal(numberIn(/^jobs_created (\S+)$/m), begin);
  assert.equal(numberIn(/^took_created (\S+)$/m), begin);
  assert.equal(numberIn(/^took_bucket\{le="1.0"\} 2 # \{trace_id="a"\} 0.5 (\S+)$/m), begin + 10.5);
});

test("fakeClock: what is idle ends, and windows of summaries turn, when so much has passed", async (t) => {
  const clock = fakeClock(t, { now: BEGIN });
  const registry = freshRegistry(t);
  const idle = registry.gauge({ name: "idle", help: "Idle.", labelNames: ["of"], expireAfterSeconds: 600 });
  const took = registry.summary({ name: "took", help: "Took.", quantiles: [0.5], maxAgeSeconds: 60, ageBuckets: 6 });
  idle.set({ of: "a" }, 1);
  took.observe(2);
  // When it was touched last is seen by a look at it.
  assert.match(await textOf(registry), /^idle\{of="a"\} 1$/m);
  assert.ok(Math.abs(took.value().quantiles[0].value - 2) < 0.05);
  clock.advance(55);
  assert.ok(Math.abs(took.value().quantiles[0].value - 2) < 0.05);
  clock.advance(20);
  assert.ok(Number.isNaN(took.value().quantiles[0].value));
  clock.advance(500);
  assert.match(await textOf(registry), /^idle\{of="a"\} 1$/m);
  clock.advance(100);
  assert.doesNotMatch(await textOf(registry), /^idle\{of="a"\}/m);
  assert.equal(took.value().count, 1);
});

test("fakeClock: ages of collectors go by it, and neither the program's clocks nor its timers do", async (t) => {
  const clock = fakeClock(t, { now: BEGIN });
  const registry = freshRegistry(t);
  registry.collect(() => undefined, { name: "mine" });
  await textOf(registry);
  clock.advance(40);
  const page = new TextDecoder().decode(registry.exposeSync({ statistics: true }).body);
  assert.match(page, /^tallystick_collector_age_seconds\{collector="mine",writer="\d+"\} 40$/m);
  assert.ok(Math.abs(Date.now() - BEGIN) > 60_000);
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(performance.now() - from >= 15);
});

test("fakeClock: it ends with its test, or when it is closed; then time is the runtime's", async (t) => {
  const registry = freshRegistry(t);
  const at = registry.gauge({ name: "at", help: "At." });
  const isReal = () => (at.setToCurrentTime(), Math.abs(valueOf(at) * 1000 - Date.now()) < 60_000);
  await t.test("one", (own) => {
    fakeClock(own, { now: BEGIN });
    assert.ok(!isReal());
  });
  assert.ok(isReal());
  const ends = [];
  const clock = fakeClock((end) => ends.push(end), { now: BEGIN });
  assert.ok(!isReal());
  assert.throws(() => fakeClock(), { message: "Cannot hold the clock: somebody holds it in this thread, and has to close() that first" });
  ends[0]();
  clock.close();
  assert.ok(isReal());
  assert.throws(() => clock.advance(1), { message: "Cannot move the clock: it was closed" });
  assert.throws(() => clock.set(BEGIN), { message: "Cannot move the clock: it was closed" });
  const other = fakeClock();
  clock.close();
  other.advance(1);
  other.close();
});

test("fakeClock: what cannot be is refused, and moves nothing", (t) => {
  for (const now of [NaN, -1, 0, "2030", null, new Date(NaN), 1e15])
    assert.throws(() => fakeClock(undefined, { now }), { name: "RangeError", message: /^Cannot use .* as a time: / });
  for (const end of [null, 1, {}]) assert.throws(() => fakeClock(end), TypeError);
  const clock = fakeClock(t, { now: BEGIN });
  for (const seconds of [-1, NaN, Infinity, 1e10, "1", undefined]) assert.throws(() => clock.advance(seconds), RangeError);
  clock.advance(0);
  assert.equal(clock.now, BEGIN);
  for (const ticket of [undefined, {}, { clock: new ArrayBuffer(16) }, { clock: new SharedArrayBuffer(8) }])
    assert.throws(() => joinClock(ticket), { name: "TypeError", message: /^Cannot join the clock of / });
});

test("fakeClock: the default registry, the CommonJS copy of the library, and prom-client's API go by it", (t) => {
  const clock = fakeClock(t, { now: BEGIN });
  const { registry: cjs } = createRequire(import.meta.url)("tallystick");
  const took = new prom.Histogram({ name: "prom_took_seconds", help: "Took.", registers: [new prom.Registry()] });
  const ends = [defaultRegistry, cjs].map((each, i) => each.histogram({ name: `clock_took_${i}`, help: "Took." }).startTimer());
  ends.push(took.startTimer());
  clock.advance(2.5);
  assert.deepEqual(ends.map((end) => end()), [2.5, 2.5, 2.5]); // prettier-ignore
  for (const name of ["clock_took_0", "clock_took_1"]) defaultRegistry.remove(name);
});

each(THREADED, "fakeClock: a thread that shares the memory and joins it measures and dates by it", async (runtime) => {
  const result = await run(runtime, fileURLToPath(new URL("clock-program.mjs", import.meta.url)));
  assert.match(result.stdout, /^\{/, said(result));
  assert.deepEqual(JSON.parse(result.stdout), { seconds: 7200, sum: 7200, created: 7200, idle: false, real: true });
});
