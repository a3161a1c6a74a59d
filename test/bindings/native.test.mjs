// Native histograms against a reference in exact arithmetic: over threads, at their limit of buckets, beside classic
// buckets, while threads write, and when they die.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { Registry } from "tallystick";
import { bucketOf } from "../differential/exact.mjs";
import { readProtobuf } from "../exposition/protobuf.mjs";
import { hired, lasting, sample, textOf } from "./hired.mjs";

const bits = new BigUint64Array(1);
const float = new Float64Array(bits.buffer);

/** The bits of bounds, by schema and index, as Prometheus has them. */
const bounds = new Map();
for (const line of readFileSync(new URL("../exposition/vectors/native_bounds.tsv", import.meta.url), "utf8")
  .split("\n")
  .slice(1)) {
  const [schema, index, , upper] = line.split("\t");
  if (upper !== undefined) bounds.set(`${schema} ${index}`, BigInt(`0x${upper}`));
}

/** What a native histogram should have. */
function reference(values, schema, zeroThreshold = 2 ** -128) {
  const sides = { positive: new Map(), negative: new Map() };
  const known = new Map();
  let zeroCount = 0;
  for (const value of values) {
    if (Math.abs(value) <= zeroThreshold) {
      zeroCount++;
      continue;
    }
    const size = Math.abs(value);
    let index = known.get(size);
    if (index === undefined) known.set(size, (index = bucketOf(size, schema)));
    const side = value > 0 ? sides.positive : sides.negative;
    side.set(index, (side.get(index) ?? 0) + 1);
  }
  const listed = (side) => [...side].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
  return { schema, zeroCount, positive: listed(sides.positive), negative: listed(sides.negative) };
}

function registryOf(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

function protobufOf(registry, name) {
  return readProtobuf(registry.exposeSync({ dialect: "protobuf" }).body).find((family) => family.name === name);
}

/** A side of a native value as the judge of protobuf has it. */
const byIndex = (side) => Object.fromEntries(side.map(({ index, count }) => [index, count]));

test("the reference puts the doubles around each bound of the vectors where they do", () => {
  let compared = 0;
  for (const [key, upper] of bounds) {
    const [schema, index] = key.split(" ").map(Number);
    bits[0] = upper;
    if (!Number.isFinite(float[0]) || float[0] === Number.MAX_VALUE || float[0] < 2 ** -1022) continue;
    // Prometheus' roots are some doubles off on either side. No value that is drawn below has so many digits.
    for (const [step, wanted] of [
      [-4n, index],
      [4n, index + 1],
    ]) {
      bits[0] = upper + step;
      assert.equal(bucketOf(float[0], schema), wanted, `beside the bound of ${key}`);
    }
    compared++;
  }
  assert.ok(compared > 700, `${compared} compared`);
});

test("native histogram: every bound and the doubles beside it are in the buckets that the vectors say, in all schemas", (t) => {
  const registry = registryOf(t);
  for (let schema = -4; schema <= 8; schema++) {
    const name = `bounds_${schema + 4}`;
    const histogram = registry.histogram({ name, native: { schema, maxBuckets: 4096, zeroThreshold: 0 }, labelNames: ["index"] });
    for (const [key, upper] of bounds) {
      const [own, index] = key.split(" ").map(Number);
      bits[0] = upper;
      const bound = float[0];
      if (own !== schema || !Number.isFinite(bound) || bound === Number.MAX_VALUE || bound < 2 ** -1022) continue;
      histogram.observe({ index }, bound);
      bits[0] = upper + 1n;
      histogram.observe({ index }, -float[0]);
      const { native } = histogram.value(index);
      assert.deepEqual(
        [native.schema, native.positive, native.negative],
        [schema, [{ index, count: 1 }], [{ index: index + 1, count: 1 }]],
      );
    }
  }
});

/** Lognormal values, by sum exact in any order: multiples of 2^-20. */
const DRAWING = `
  const native = registry.histogram({ name: "drawn", ...data.options });
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const tasks = {
    observe({ count, signed, zeros }) {
      const values = new Float64Array(count);
      const bound = native.labels();
      for (let i = 0; i < count; i++) {
        const size = Math.round(Math.exp(normal()) * 2 ** 20) / 2 ** 20;
        values[i] = i % zeros === 0 ? 0 : signed && i % 3 === 0 ? -size : size;
        if (i % 2 === 0) bound.observe(values[i]);
        else native.observe(values[i]);
      }
      return values;
    },
  };`;

/** What four threads observed, and the histogram; each thread so many. */
async function drawn(t, options, task) {
  const registry = registryOf(t);
  const histogram = registry.histogram({ name: "drawn", ...options });
  const threads = await Promise.all([1, 2, 3, 4].map(() => hired(registry, DRAWING, { options })));
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  const told = await Promise.all(threads.map((thread) => thread.ask("observe", task)));
  const values = new Float64Array(task.count * 4);
  told.forEach((part, i) => values.set(part, i * task.count));
  return { registry, histogram, values };
}

/** A sum of multiples of 2^-20, without rounding. */
const exactSum = (values) => Number(values.reduce((sum, value) => sum + BigInt(value * 2 ** 20), 0n)) / 2 ** 20;

test("native histogram: a million lognormal observations of four threads are in the buckets of exact arithmetic", async (t) => {
  const { registry, histogram, values } = await drawn(t, { native: true }, { count: 250000, signed: false, zeros: 1000 });
  const wanted = reference(values, 3);
  const { native, count, sum } = histogram.value();
  assert.deepEqual(native, wanted);
  assert.equal(native.zeroCount, 1000);
  assert.equal(count, 1e6);
  assert.equal(sum, exactSum([...values]));
  const [metric] = protobufOf(registry, "drawn").metrics;
  assert.deepEqual([metric.count, metric.sum], [count, sum]);
  assert.deepEqual(metric.native.positive, byIndex(wanted.positive));
  assert.deepEqual([metric.native.schema, metric.native.zeroCount, metric.native.zeroThreshold], [3, 1000, 2 ** -128]);
  // What knows no native buckets is told count and sum.
  assert.equal(sample(textOf(registry), "drawn_count"), 1e6);
  assert.equal(sample(textOf(registry), 'drawn_bucket{le="+Inf"}'), 1e6);
});

test("native histogram: negative values beside positive ones and zeros, classic buckets beside native ones", async (t) => {
  const buckets = [-10, -1, 0, 0.5, 4, 100];
  const native = { schema: 5, maxBuckets: 4096, zeroThreshold: 0.125 };
  const { registry, histogram, values } = await drawn(t, { native, buckets }, { count: 20000, signed: true, zeros: 50 });
  const value = histogram.value();
  assert.deepEqual(value.native, reference(values, 5, 0.125));
  assert.ok(value.native.negative.length > 50 && value.native.zeroCount > 1600);
  const classic = [...buckets, Infinity].map((le) => ({ le, count: values.filter((each) => each <= le).length }));
  assert.deepEqual(value.buckets, classic);
  assert.equal(value.count, 80000);
  assert.equal(value.sum, exactSum([...values]));
  const [metric] = protobufOf(registry, "drawn").metrics;
  assert.deepEqual(metric.native.negative, byIndex(value.native.negative));
  assert.deepEqual(metric.native.positive, byIndex(value.native.positive));
  assert.deepEqual(metric.buckets, classic);
  const text = textOf(registry);
  for (const { le, count } of classic) assert.equal(sample(text, `drawn_bucket{le="${le === Infinity ? "+Inf" : le}"}`), count);
});

test("native histogram: past maxBuckets the resolution is halved, over all threads, and no observation is lost", async (t) => {
  for (const maxBuckets of [1, 7, 20, 60]) {
    const options = { native: { schema: 8, maxBuckets } };
    await t.test(`${maxBuckets} buckets`, async (inner) => {
      const { registry, histogram, values } = await drawn(inner, options, { count: 5000, signed: maxBuckets > 7, zeros: 100 });
      const { native, count, sum } = histogram.value();
      const filled = native.positive.length + native.negative.length;
      assert.ok(native.schema < 8 && (filled <= maxBuckets || native.schema === -4), `${filled} buckets of schema ${native.schema}`);
      assert.deepEqual(native, reference(values, native.schema));
      // And not further than it must.
      const finer = reference(values, native.schema + 1);
      assert.ok(finer.positive.length + finer.negative.length > maxBuckets, "a finer schema would do");
      assert.equal(count, 20000);
      assert.equal(sum, exactSum([...values]));
      assert.equal(protobufOf(registry, "drawn").metrics[0].native.schema, native.schema);
    });
  }
});

test("native histogram: a series that was removed or reset begins at its schema again", (t) => {
  const registry = registryOf(t);
  const sizes = registry.histogram({ name: "sizes", native: { schema: 4, maxBuckets: 4 }, labelNames: ["kind"] });
  const bound = sizes.labels("a");
  const fill = () => [1, 10, 100, 1000, 10000, 100000].forEach((value) => bound.observe(value));
  fill();
  const { schema } = sizes.value("a").native;
  assert.ok(schema < 4);
  for (const empty of [() => sizes.remove("a"), () => sizes.reset(), () => sizes.clear()]) {
    empty();
    bound.observe(3);
    assert.deepEqual(sizes.value("a").native, { ...reference([3], 4) });
    fill();
    assert.equal(sizes.value("a").native.schema, schema);
  }
});

const WORDS = new Int32Array(new SharedArrayBuffer(8));
/** Values of buckets of their own, so that the sum follows from the buckets: 2^i is bucket i of schema 0. */
const POWERS = `
  const powers = registry.histogram({ name: "powers", native: { schema: 0, maxBuckets: 60 } , buckets: [16] }).labels();
  const words = new Int32Array(data.words);
  const tasks = {
    observe() {
      for (let i = 0; ; i = (i + 7) % 30) {
        Atomics.add(words, 0, 1);
        powers.observe(2 ** i);
        Atomics.add(words, 1, 1);
      }
    },
  };`;

/** Throws where the parts of a scrape do not belong together; its count. */
function agreeing(registry, last) {
  const { metrics } = protobufOf(registry, "powers");
  const [{ count, sum, buckets, native }] = metrics;
  const sides = Object.entries(native.positive).map(([index, each]) => [Number(index), each]);
  assert.equal(native.schema, 0);
  assert.equal(
    sides.reduce((total, [, each]) => total + each, native.zeroCount),
    count,
  );
  assert.equal(
    sides.reduce((total, [index, each]) => total + each * 2 ** index, 0),
    sum,
  );
  // One bound of the classic buckets: 2^0 to 2^4.
  assert.equal(
    sides.reduce((total, [index, each]) => total + (index <= 4 ? each : 0), 0),
    buckets[0].count,
  );
  assert.deepEqual(Object.keys(native.negative), []);
  for (const [index, each] of sides) assert.ok(each >= (last.get(index) ?? 0), `bucket ${index}: ${each} after ${last.get(index)}`);
  for (const [index, each] of sides) last.set(index, each);
  return count;
}

test("native histogram: scrapes while threads write and die have a count, a sum and buckets that agree and never go back", async (t) => {
  const registry = registryOf(t);
  const powers = registry.histogram({ name: "powers", native: { schema: 0, maxBuckets: 60 }, buckets: [16] });
  const hire = async () => {
    const thread = await hired(registry, POWERS, { words: WORDS.buffer });
    thread.start("observe");
    return thread;
  };
  const threads = [await hire(), await hire()];
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  const last = new Map();
  let scrapes = 0;
  let deaths = 0;
  const count = () => {
    const least = Atomics.load(WORDS, 1);
    const now = agreeing(registry, last);
    const most = Atomics.load(WORDS, 0);
    scrapes++;
    assert.ok(now >= least && now <= most, `${now} is not between ${least} and ${most}`);
    return now;
  };
  while (Atomics.load(WORDS, 1) < 1000) await pause(1);
  const from = performance.now();
  for (const goesOn = lasting(2500, () => scrapes > 200 && deaths === 5); goesOn(); await pause(0)) {
    for (let i = 0; i < 10; i++) count();
    // Shorter than a scrape, and more often in the middle of an observation.
    for (let i = 0; i < 100; i++) {
      const { sum, native } = powers.value();
      assert.equal(
        native.positive.reduce((total, bucket) => total + bucket.count * 2 ** bucket.index, 0),
        sum,
      );
    }
    if (deaths < 5 && performance.now() - from > 400 * (deaths + 1)) {
      await threads.shift().end();
      count();
      deaths++;
      threads.push(await hire());
    }
  }
  while (threads.length > 0) await threads.shift().end();
  count();
  // Long enough for what nobody adopted to be folded.
  await pause(1300);
  const left = Atomics.load(WORDS, 0) - count();
  assert.ok(left >= 0 && left <= deaths + 2, `${left} told and not counted after ${deaths} deaths`);
  assert.ok(scrapes > 200 && deaths === 5, `${scrapes} scrapes, ${deaths} deaths`);
});
