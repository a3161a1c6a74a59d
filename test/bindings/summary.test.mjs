// Summaries: count and sum of all time, quantiles of the last windows; over threads, over a death, and beside the clock.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { Registry } from "tallystick";
import { clockOf, hired, lasting, sample, textOf } from "./hired.mjs";

const ACCURACY = 0.01;
/** What rounding adds to it. */
const NEARLY = ACCURACY * (1 + 1e-9);

/** The value at a quantile's rank, as the summary defines it. */
const exact = (sorted, quantile) => sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)];

const near = (value, wanted) => Math.abs(value - wanted) <= NEARLY * Math.abs(wanted);

function registryOf(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

/** What a summary says of its quantiles, by them. */
const quantilesOf = (value) => Object.fromEntries(value.quantiles.map(({ quantile, value: at }) => [quantile, at]));

test("summary: count, sum and quantiles of what was observed, each quantile within the accuracy", (t) => {
  const registry = registryOf(t);
  const quantiles = [0, 0.25, 0.5, 0.9, 0.99, 1];
  const size = registry.summary({ name: "size_bytes", help: "Sizes.", quantiles });
  const values = Array.from({ length: 1000 }, (_, i) => (i + 1) * 3);
  // Not in their order.
  for (let i = 0; i < 1000; i++) size.observe(values[(i * 387) % 1000]);
  const { count, sum } = size.value();
  assert.equal(count, 1000);
  assert.equal(sum, 1501500);
  for (const { quantile, value } of size.value().quantiles) {
    assert.ok(near(value, exact(values, quantile)), `${quantile}: ${value} for ${exact(values, quantile)}`);
  }
  const text = textOf(registry);
  assert.match(text, /^# TYPE size_bytes summary$/m);
  assert.equal(sample(text, "size_bytes_count"), 1000);
  assert.equal(sample(text, "size_bytes_sum"), 1501500);
  for (const { quantile, value } of size.value().quantiles) assert.equal(sample(text, `size_bytes{quantile="${quantile}"}`), value);
});

test("summary: quantiles of negative values, of zeros and of both ends of the doubles", (t) => {
  const registry = registryOf(t);
  const level = registry.summary({ name: "level", quantiles: [0, 0.2, 0.5, 0.8, 1] });
  for (const value of [-1000, -1, 0, 0, 0, 2, 3000]) level.observe(value);
  const at = quantilesOf(level.value());
  assert.ok(near(at[0], -1000) && near(at[0.2], -1) && near(at[0.8], 2) && near(at[1], 3000), JSON.stringify(at));
  assert.equal(at[0.5], 0);
  assert.equal(level.value().sum, 2001);
  const ends = registry.summary({ name: "ends", quantiles: [0, 1], labelNames: ["end"] });
  for (const value of [5e-324, 1e-300, 1e300, Number.MAX_VALUE]) {
    ends.observe({ end: value }, value);
    const { 0: least, 1: most } = quantilesOf(ends.value(value));
    // What is not normal counts as 0.
    assert.ok(value < 1e-307 ? least === 0 && most === 0 : near(least, value) && least === most, `${value}: ${least}, ${most}`);
  }
});

test("summary: the accuracy that a metric asks for is the one it gets", (t) => {
  const registry = registryOf(t);
  const off = [0.001, 0.05, 0.2].map((accuracy, i) => {
    const tenths = registry.summary({ name: `tenths_${i}`, accuracy, quantiles: [0.5], labelNames: ["n"] });
    let worst = 0;
    for (let n = 1; n <= 500; n++) {
      const value = 1.01 ** n;
      tenths.observe({ n }, value);
      worst = Math.max(worst, Math.abs(quantilesOf(tenths.value(n))[0.5] / value - 1));
    }
    assert.ok(worst <= accuracy * (1 + 1e-9), `${worst} for ${accuracy}`);
    return worst;
  });
  // And it costs no more bins than that.
  assert.ok(off[0] < off[1] && off[1] < off[2] && off[2] > 0.1, off.join());
});

test("summary: without values its quantiles are NaN, and 0 is its count", (t) => {
  const registry = registryOf(t);
  const size = registry.summary({ name: "size", labelNames: ["kind"], labelSets: [{ kind: "a" }] });
  const nothing = { count: 0, sum: 0, quantiles: [0.5, 0.9, 0.95, 0.99].map((quantile) => ({ quantile, value: NaN })) };
  assert.deepEqual(size.value("a"), nothing);
  assert.deepEqual(size.value("never"), nothing);
  assert.match(textOf(registry), /^size\{kind="a",quantile="0.5"\} NaN$/m);
  size.observe({ kind: "a" }, 7);
  size.reset();
  assert.deepEqual(size.value("a"), nothing);
  size.observe({ kind: "a" }, 100);
  assert.ok(near(quantilesOf(size.value("a"))[0.5], 100));
  assert.ok(size.remove("a"));
  assert.deepEqual(size.value("a"), nothing);
});

test("summary: without quantiles it is count and sum", (t) => {
  const registry = registryOf(t);
  const size = registry.summary({ name: "size", quantiles: [] });
  size.observe(5);
  assert.deepEqual(size.value(), { count: 1, sum: 5, quantiles: [] });
  assert.equal(textOf(registry), "# TYPE size summary\nsize_sum 5\nsize_count 1\n");
});

test("summary: NaN and infinities are left out and counted as refused, a string is a TypeError", (t) => {
  const registry = registryOf(t);
  const size = registry.summary({ name: "size", labelNames: ["kind"] });
  const bound = size.labels("a");
  for (const value of [NaN, Infinity, -Infinity]) {
    bound.observe(value);
    size.observe({ kind: "a" }, value);
  }
  assert.throws(() => bound.observe("5"), /^TypeError: Cannot observe "5" in "size": the value is a string, not a number$/);
  assert.equal(size.value("a").count, 0);
  assert.equal(sample(textOf(registry), 'tallystick_refused_observations_total{family="size",reason="not_finite"}'), 6);
});

test("summary: timers observe seconds, with labels at either end, and time runs a function", async (t) => {
  const registry = registryOf(t);
  const took = registry.summary({ name: "took_seconds", labelNames: ["route"], unit: "seconds" });
  const end = took.startTimer();
  await pause(20);
  const seconds = end({ route: "a" });
  assert.equal(took.value("a").sum, seconds);
  assert.ok(seconds >= 0.019 && seconds < 10, `${seconds} s`);
  assert.equal(
    took.time({ route: "b" }, () => 5),
    5,
  );
  assert.equal(took.value("b").count, 1);
});

test("summary: a value counts for the quantiles for maxAgeSeconds at the most, for a window less at the least", (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const size = registry.summary({ name: "size", maxAgeSeconds: 10, ageBuckets: 5, quantiles: [0, 1] });
  const ends = () => Object.values(quantilesOf(size.value()));
  size.observe(1);
  // A window of 2 seconds for each value.
  for (const value of [10, 100, 1000, 10000]) {
    clock.pass(2);
    size.value();
    size.observe(value);
  }
  assert.ok(near(ends()[0], 1) && near(ends()[1], 10000), ends().join());
  for (const least of [10, 100, 1000, 10000]) {
    clock.pass(2);
    assert.ok(near(ends()[0], least) && near(ends()[1], 10000), `${ends()} for ${least}`);
  }
  clock.pass(2);
  assert.deepEqual(ends(), [NaN, NaN]);
  assert.deepEqual([size.value().count, size.value().sum], [5, 11111]);
  // A window that was used before holds nothing of then.
  size.observe(5);
  assert.ok(near(ends()[0], 5) && near(ends()[1], 5), ends().join());
});

test("summary: windows that nobody observed in are forgotten, too, and a clock that steps back loses no count", (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const size = registry.summary({ name: "size", maxAgeSeconds: 5, ageBuckets: 5, quantiles: [1] });
  size.observe(1000);
  clock.pass(3600);
  assert.ok(Number.isNaN(quantilesOf(size.value())[1]));
  size.observe(3);
  assert.ok(near(quantilesOf(size.value())[1], 3));
  clock.pass(-1800);
  size.value();
  size.observe(2);
  const { count, sum } = size.value();
  assert.deepEqual([count, sum], [3, 1005]);
  assert.ok(near(quantilesOf(size.value())[1], 2), "it observes on");
});

test("summary: windows turn for handles that only observe, while nobody scrapes", async (t) => {
  const registry = registryOf(t);
  const bound = registry.summary({ name: "size", maxAgeSeconds: 2, ageBuckets: 2, quantiles: [1] }).labels();
  bound.observe(1e6);
  // Longer than the windows reach back, and nothing but the handle.
  for (const end = performance.now() + 3600; performance.now() < end; await pause(20)) bound.observe(5);
  const most = quantilesOf(bound.value())[1];
  assert.ok(near(most, 5), `${most} for 5`);
});

const DISTRIBUTIONS = ["uniform", "lognormal", "bimodal"];
const QUANTILES = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];
const OBSERVER = `
  const summary = registry.summary({ name: "drawn", labelNames: ["of"], quantiles: data.quantiles, maxAgeSeconds: 5, ageBuckets: 5 });
  const slot = registry.gauge({ name: "slot", mode: "all" });
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const draw = {
    uniform: () => Math.random() * 1000,
    lognormal: () => Math.exp(normal() * 2),
    bimodal: () => (Math.random() < 0.6 ? 10 + normal() : 5000 + normal() * 100),
  };
  const handles = data.distributions.map((of) => ({ bound: summary.labels(of), next: draw[of] }));
  const tasks = {
    /** Which slot this thread has shows its part of the gauge. */
    slot: (mark) => slot.set(mark),
    /** Values are told before they are counted: words[0] of each distribution says how many are. */
    async observe({ until, words, values }) {
      const told = words.map((buffer) => new Int32Array(buffer));
      const drawn = values.map((buffer) => new Float64Array(buffer));
      while (Date.now() < until) {
        for (let n = 0; n < 200 && told[0][0] < drawn[0].length; n++) {
          handles.forEach(({ bound, next }, i) => {
            const value = next();
            drawn[i][told[i][0]] = value;
            Atomics.add(told[i], 0, 1);
            bound.observe(value);
          });
        }
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
    },
  };`;
const VALUES_MOST = 60000;
/** Windows of a second turn twice meanwhile; those of the first second are read for three more. */
const RUN_SECONDS = 2.3;
const LEAST_READ_SECONDS = 4;

/** Lets threads observe, one of which is killed; what they told, and what the summaries said. Undefined where it took too long. */
async function run(registry, threads) {
  const began = Date.now();
  const told = [];
  const task = () => {
    const buffers = (bytes) => DISTRIBUTIONS.map(() => new SharedArrayBuffer(bytes));
    const value = { until: began + RUN_SECONDS * 1000, words: buffers(4), values: buffers(VALUES_MOST * 8) };
    told.push(value);
    return value;
  };
  const running = threads.slice(1).map((thread) => thread.ask("observe", task()));
  threads[0].start("observe", task());
  await pause(RUN_SECONDS * 400);
  await threads[0].end();
  const heir = await hired(registry, OBSERVER, { distributions: DISTRIBUTIONS, quantiles: QUANTILES });
  threads[0] = heir;
  await heir.ask("slot", 5);
  running.push(heir.ask("observe", task()));
  await Promise.all(running);
  const summary = registry.summary({ name: "drawn", labelNames: ["of"], quantiles: QUANTILES, maxAgeSeconds: 5, ageBuckets: 5 });
  const read = DISTRIBUTIONS.map((of) => summary.value(of));
  if (Date.now() - began > LEAST_READ_SECONDS * 1000) return undefined;
  return DISTRIBUTIONS.map((of, i) => {
    const values = told.flatMap(({ words, values: drawn }) => [
      ...new Float64Array(drawn[i]).subarray(0, Atomics.load(new Int32Array(words[i]), 0)),
    ]);
    return { of, read: read[i], sorted: Float64Array.from(values).sort() };
  });
}

test("summary: four threads, windows that turn, one thread killed and its slot adopted: quantiles within the accuracy", async (t) => {
  const registry = registryOf(t);
  const summary = registry.summary({ name: "drawn", labelNames: ["of"], quantiles: QUANTILES, maxAgeSeconds: 5, ageBuckets: 5 });
  const slot = registry.gauge({ name: "slot", mode: "all" });
  const threads = [];
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  for (let i = 0; i < 4; i++) threads.push(await hired(registry, OBSERVER, { distributions: DISTRIBUTIONS, quantiles: QUANTILES }));
  let found;
  // A machine that is busy with something else may let the first windows go by.
  for (let round = 0; round < 4 && found === undefined; round++) {
    summary.clear();
    slot.clear();
    for (const [i, thread] of threads.entries()) await thread.ask("slot", i + 1);
    // Of ten seconds ago, in windows that are over before the others begin: no quantile is to show it.
    const real = Date.now;
    Date.now = () => real() - 10000;
    for (const of of DISTRIBUTIONS) for (let i = 0; i < 5000; i++) summary.observe({ of }, 1e9);
    assert.ok(near(quantilesOf(summary.value("uniform"))[0.5], 1e9));
    Date.now = real;
    found = await run(registry, threads);
  }
  assert.ok(found !== undefined, `no run ended within ${LEAST_READ_SECONDS} s`);
  const slots = [...textOf(registry).matchAll(/^slot\{writer="(\d+)"\} (\d)$/gm)].map(([, writer, mark]) => [Number(mark), writer]);
  // The heir's mark stands where the dead one's stood: it adopted the slot, and the cells with it.
  assert.deepEqual(slots.map(([mark]) => mark).sort(), [2, 3, 4, 5]);
  for (const { of, read, sorted } of found) {
    const counted = read.count - 5000;
    // The thread was killed between telling a value and counting it, or was not.
    assert.ok(
      sorted.length > 20000 && (counted === sorted.length || counted === sorted.length - 1),
      `${of}: ${counted} of ${sorted.length}`,
    );
    const sum = sorted.reduce((total, value) => total + value, 0) + 5e12;
    assert.ok(Math.abs(read.sum / sum - 1) < 1e-6, `${of}: ${read.sum} for ${sum}`);
    for (const { quantile, value } of read.quantiles) {
      const rank = Math.max(0, Math.ceil(quantile * sorted.length) - 1);
      const low = sorted[Math.max(0, Math.floor(rank - 1))];
      const high = sorted[Math.min(sorted.length - 1, Math.floor(rank + 1))];
      assert.ok(value >= low * (1 - NEARLY) && value <= high * (1 + NEARLY), `${of} ${quantile}: ${value} for ${low} to ${high}`);
    }
  }
  // And what is counted outlives its windows.
  const clock = clockOf(t);
  clock.pass(20);
  for (const { of, read } of found) {
    assert.equal(summary.value(of).count, read.count);
    assert.equal(summary.value(of).sum, read.sum);
    assert.ok(summary.value(of).quantiles.every(({ value }) => Number.isNaN(value)));
  }
});

test("summary: what a thread observed stays in its windows where nobody adopts its slot", async (t) => {
  const registry = registryOf(t);
  const size = registry.summary({ name: "size", quantiles: [0, 1] });
  const thread = await hired(
    registry,
    `const size = registry.summary({ name: "size", quantiles: [0, 1] });
    const tasks = { observe() { for (let i = 1; i <= 1000; i++) size.observe(i); } };`,
  );
  await thread.ask("observe");
  size.observe(5000);
  await thread.end();
  // The cells of counters are folded by then.
  await pause(1300);
  const { count, sum, quantiles } = size.value();
  assert.deepEqual([count, sum], [1001, 505500]);
  assert.ok(near(quantiles[0].value, 1) && near(quantiles[1].value, 5000), JSON.stringify(quantiles));
});

test("summary: whoever reads while threads observe sees sums that belong to their counts, and none goes back", async (t) => {
  const registry = registryOf(t);
  const steady = registry.summary({ name: "steady", quantiles: [0.5], maxAgeSeconds: 5, ageBuckets: 5 });
  // Without quantiles a reading is short, and often in the middle of an observation.
  const bare = registry.summary({ name: "bare", quantiles: [] });
  const source = `const steady = registry.summary({ name: "steady", quantiles: [0.5], maxAgeSeconds: 5, ageBuckets: 5 }).labels();
    const bare = registry.summary({ name: "bare", quantiles: [] }).labels();
    const tasks = { observe() { for (;;) { steady.observe(4096); for (let i = 0; i < 10; i++) bare.observe(4096); } } };`;
  const threads = [await hired(registry, source), await hired(registry, source)];
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  for (const thread of threads) thread.start("observe");
  while (steady.value().count < 100) await pause(1);
  const last = { steady: 0, bare: 0 };
  const agreeing = (name, count, sum) => {
    assert.equal(sum, count * 4096, name);
    assert.ok(count >= last[name], `${name}: ${count} after ${last[name]}`);
    last[name] = count;
  };
  let scrapes = 0;
  for (const goesOn = lasting(1500, () => scrapes > 100 && last.bare > 10000); goesOn(); scrapes++) {
    const text = textOf(registry);
    for (const name of ["steady", "bare"]) agreeing(name, sample(text, `${name}_count`), sample(text, `${name}_sum`));
    assert.ok(near(sample(text, 'steady{quantile="0.5"}'), 4096), text);
    for (let i = 0; i < 200; i++) {
      const { count, sum } = bare.value();
      agreeing("bare", count, sum);
    }
    if (scrapes % 16 === 0) await pause(0);
  }
  assert.ok(scrapes > 100 && last.bare > 10000, `${scrapes} scrapes of ${last.bare}`);
});
