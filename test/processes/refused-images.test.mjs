// Images of whoever may push that say what no process can have counted: each is refused as a whole, in words, and leaves nothing; what
// cannot be told from a reset is taken, and no page shows less than nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lint } from "tallystick/lint";
import { framed, framesOf } from "../fuzz/frames.mjs";
import { spooling } from "./spooling.mjs";

const { Exporter, imageReceiver, Registry, Source } = spooling;
const TOKEN = "opensesame";
const help = "Help.";
const MARK = 1234.5678;

const decoder = new TextDecoder();
const pageOf = async (registry, dialect = "text") => decoder.decode((await registry.expose({ dialect })).body);
const rowOf = (exporter, options = {}) => Buffer.concat([...exporter.frames({ full: true, ended: false, ...options })]);

/** The bytes with others in the place of some that stand there once, or more often, and sound frames of them. */
function forged(row, from, to) {
  let found = 0;
  const frames = framesOf(row).map((frame) => {
    const bytes = Buffer.from(frame);
    const at = bytes.indexOf(from);
    if (at === -1) return frame;
    found++;
    return framed(Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + from.length)]));
  });
  assert.equal(found, 1, "what is forged is there once");
  return Buffer.concat(frames);
}

const double = (...values) => Buffer.from(Float64Array.from(values).buffer);

/** A collector with a process in it that is well. */
async function collector(t) {
  const registry = new Registry();
  const source = new Source(registry, 1n);
  const told = [];
  const receive = imageReceiver(source, { token: TOKEN, onError: (error) => told.push(error.message) }, () => false);
  t.after(() => source.close());
  const push = async (row, share = "full") => {
    const instance = Buffer.from(row.subarray(24, 32)).reverse().toString("hex");
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/x-tallystick-image" };
    Object.assign(headers, { "tallystick-instance": instance, "tallystick-share": share });
    return receive(new Request("https://c.example/push", { method: "POST", body: row, headers, duplex: "half" }));
  };
  const page = async (dialect = "openmetrics") => {
    await receive.settled();
    return pageOf(registry, dialect);
  };
  const other = member(t, 77n);
  other.counter.inc({ a: "other" }, 3);
  assert.equal((await push(rowOf(other.exporter))).status, 200);
  return { registry, source, receive, told, push, page };
}

function member(t, instance) {
  const registry = new Registry();
  const first = registry.counter({ name: "first", help });
  const counter = registry.counter({ name: "jobs", help, labelNames: ["a"] });
  const exporter = new Exporter(registry, {}, instance);
  t.after(() => exporter.close());
  return { registry, first, counter, exporter };
}

/** One that is forged: how it is made, what is forged, and the words of the answer. */
const FORGED = [
  ["a counter below 0", (own) => own.counter.inc({ a: "1" }, MARK), double(MARK), double(-1), /counter "jobs" is -1, and a counter is neither below 0 nor NaN/],
  ["a counter of NaN", (own) => own.counter.inc({ a: "1" }, MARK), double(MARK), double(NaN), /counter "jobs" is NaN, and/],
  ["a counter of -Infinity", (own) => own.counter.inc({ a: "1" }, MARK), double(MARK), double(-Infinity), /counter "jobs" is -Infinity, and/],
  [
    "a writer with two values",
    (own) => own.registry.gauge({ name: "each", help, mode: "all" }).set(MARK),
    Buffer.concat([Buffer.from([1, 0]), double(MARK)]),
    Buffer.concat([Buffer.from([2, 0]), double(MARK), Buffer.from([0]), double(MARK)]),
    /gauge "each" has two values of writer 0, and each writer has one at the most/,
  ],
  [
    "a help that ends with a carriage return",
    (own) => own.registry.gauge({ name: "level", help: "Levels!" }).set(1),
    Buffer.from("Levels!"),
    Buffer.from("Levels\r"),
    /the help of "level" is "Levels\\r": it must not end with a carriage return/,
  ],
]; // prettier-ignore

for (const [what, make, from, to, words] of FORGED) {
  test(`imageReceiver refuses ${what}, in words, and nothing is left`, async (t) => {
    const there = await collector(t);
    const before = [await there.page(), there.receive.counts().processes];
    const own = member(t, 5n);
    // In front of it and behind it what is sound.
    own.first.inc(9);
    make(own);
    own.registry.counter({ name: "zz_last", help }).inc(9);
    const row = rowOf(own.exporter);
    for (let i = 0; i < 2; i++) {
      const response = await there.push(forged(row, from, to));
      assert.equal(response.status, 400);
      assert.match(await response.text(), words);
    }
    assert.match(there.told.join(), words);
    const page = await there.page();
    assert.equal(page.split("\n").filter((line) => !line.startsWith("#")).join("\n"), before[0].split("\n").filter((line) => !line.startsWith("#")).join("\n")); // prettier-ignore
    assert.equal(there.receive.counts().processes, before[1]);
    // As it was it is taken.
    assert.equal((await there.push(row)).status, 200);
    assert.match(await there.page(), /first_total 9/);
  });

  test(`imageReceiver refuses ${what} in what changed, and what was there stays`, async (t) => {
    const there = await collector(t);
    const own = member(t, 5n);
    own.first.inc(9);
    assert.equal((await there.push(rowOf(own.exporter))).status, 200);
    await there.page();
    own.first.inc(0.25);
    make(own);
    const row = rowOf(own.exporter, { full: false });
    const response = await there.push(forged(row, from, to), "changes");
    assert.equal(response.status, 400);
    assert.match(await response.text(), words);
    assert.match(await there.page(), /first_total 9\n/);
    assert.equal((await there.push(row, "changes")).status, 200);
    assert.match(await there.page(), /first_total 9.25\n/);
  });
}

test("imageReceiver takes a counter of Infinity, sums below 0, and buckets below 0", async (t) => {
  const there = await collector(t);
  const own = member(t, 5n);
  own.counter.inc({ a: "1" }, Number.MAX_VALUE);
  own.counter.inc({ a: "1" }, Number.MAX_VALUE);
  own.registry.histogram({ name: "sizes", help, buckets: [-1, 0, 1] }).observe(-5);
  own.registry.summary({ name: "spent", help }).observe(-5);
  own.registry.histogram({ name: "finely", help, native: true }).observe(-5);
  assert.equal((await there.push(rowOf(own.exporter))).status, 200);
  const page = await there.page("text");
  for (const line of ['jobs_total{a="1"} +Inf', "sizes_sum -5", "spent_sum -5", "finely_sum -5"]) assert.ok(page.includes(line), line);
});

test("Source shows one value of a writer where two processes go by one name on a page", async (t) => {
  const there = await collector(t);
  for (const instance of [0x1_00000005n, 0x2_00000005n]) {
    const own = member(t, instance);
    own.registry.gauge({ name: "each", help, mode: "all" }).set(Number(instance >> 32n));
    assert.equal((await there.push(rowOf(own.exporter))).status, 200);
  }
  const lines = (await there.page()).split("\n").filter((line) => line.startsWith("each{"));
  assert.equal(lines.length, 1);
  assert.match(lines[0], /^each\{writer="00000005-\d+"\} [12]$/);
});

/** Everything that only grows, in a process that takes another name. */
function growing(t) {
  const registry = new Registry();
  const exporter = new Exporter(registry, {}, 5n);
  t.after(() => exporter.close());
  const all = [
    registry.counter({ name: "jobs", help }),
    registry.histogram({ name: "sizes", help, buckets: [1, 10] }),
    registry.histogram({ name: "finely", help, native: true, buckets: [1] }),
    registry.summary({ name: "spent", help }),
  ];
  const count = (times, value = 5) => {
    for (let i = 0; i < times; i++) {
      all[0].inc();
      for (const metric of all.slice(1)) metric.observe(value);
    }
  };
  const reset = () => all.forEach((metric) => metric.reset());
  const remove = () => all.forEach((metric) => metric.remove());
  return { registry, exporter, count, reset, remove };
}

/** Of each of those what a page counts; undefined where it is not there. */
const countsOf = (page) =>
  ["jobs_total", "sizes_count", "finely_count", "spent_count"].map((name) => {
    const line = page.split("\n").find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(" ")[1]);
  });

function faultsOf(page, format) {
  return lint(page, { format }).filter(({ severity }) => severity === "error").map(({ message, line }) => `${line}: ${message}`); // prettier-ignore
}

for (const how of ["reset", "remove"]) {
  test(`Source shows nothing below 0 of a process that took another name and then called ${how}(), living or folded`, async (t) => {
    const own = growing(t);
    const registry = new Registry();
    const source = new Source(registry, 1n);
    t.after(() => source.close());
    own.count(5);
    const row = rowOf(own.exporter, { baseline: true });
    const process = source.process();
    assert.equal(process.apply(row).refused, undefined);
    const page = async () => {
      source.publish();
      assert.deepEqual(faultsOf(await pageOf(registry, "openmetrics"), "openmetrics"), []);
      const text = await pageOf(registry);
      assert.deepEqual(faultsOf(text, "text"), []);
      return countsOf(text);
    };
    const next = () => assert.equal(process.apply(rowOf(own.exporter, { full: false })).refused, undefined);
    assert.deepEqual(await page(), [0, 0, 0, 0]);
    own.count(2);
    next();
    assert.deepEqual(await page(), [2, 2, 2, 2]);
    // Values of another bucket: a count of one may be less where that of all is more.
    own[how]();
    own.count(3, 0.5);
    next();
    assert.deepEqual(await page(), [0, 0, 0, 0]);
    own.count(3, 0.5);
    next();
    // The counter and the summary have more than their baselines, what has buckets not in all of them.
    assert.deepEqual(await page(), [1, 0, 0, 1]);
    source.fold(process);
    assert.deepEqual(await page(), [1, 0, 0, 1]);
    const kept = Buffer.concat([...source.retired()].map((frame) => frame.slice()));
    const other = new Source(new Registry(), 1n);
    t.after(() => other.close());
    assert.deepEqual(other.retire(kept), { consumed: kept.length, refused: undefined, behind: false, ended: false });
  });
}

test("Source never lets one process take from what others counted, by whatever baseline", async (t) => {
  const registry = new Registry();
  const source = new Source(registry, 1n);
  t.after(() => source.close());
  const others = Array.from({ length: 6 }, () => growing(t));
  const processes = others.map((each, i) => {
    each.count(i + 1);
    const process = source.process();
    const row = framesOf(rowOf(each.exporter)).map((frame) => {
      new DataView(frame.buffer).setBigUint64(24, BigInt(i + 100), true);
      return framed(frame);
    });
    assert.equal(process.apply(Buffer.concat(row)).refused, undefined);
    return process;
  });
  const page = async () => {
    source.publish();
    return countsOf(await pageOf(registry));
  };
  assert.deepEqual(await page(), [21, 21, 21, 21]);
  const liar = growing(t);
  liar.count(50);
  const frames = framesOf(rowOf(liar.exporter, { baseline: true }));
  // Its baseline, and behind that nothing of the same.
  liar.reset();
  const process = source.process();
  assert.equal(process.apply(Buffer.concat(frames)).refused, undefined);
  assert.equal(process.apply(rowOf(liar.exporter, { full: false })).refused, undefined);
  assert.deepEqual(await page(), [21, 21, 21, 21]);
  source.fold(processes[0]);
  source.fold(process);
  assert.deepEqual(await page(), [21, 21, 21, 21]);
});

test("Source takes whatever a registry tells, and its page is one that readers take", async () => {
  const amount = fc.oneof(
    fc.constantFrom(0, 5e-324, 0.1, 1, 2 ** 53, 1e300, Number.MAX_VALUE),
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  );
  const value = fc.oneof(fc.constantFrom(-0, 0, -1e300, 1e300, 5e-324, Infinity, -Infinity), fc.double({ noNaN: true }));
  const step = fc.record({
    what: fc.constantFrom("inc", "inc", "observe", "observe", "set", "reset", "remove", "rename", "tell", "tell"),
    amount,
    value,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      const registry = new Registry();
      const exporter = new Exporter(registry, {}, 5n);
      const there = new Registry();
      const source = new Source(there, 1n);
      const counter = registry.counter({ name: "jobs", help });
      const observed = [
        registry.histogram({ name: "sizes", help, buckets: [-1, 0, 10] }),
        registry.histogram({ name: "finely", help, native: true }),
        registry.summary({ name: "spent", help }),
      ];
      const gauges = ["shared", "sum", "all", "mostrecent"].map((mode) => registry.gauge({ name: `level_${mode}`, help, mode }));
      const resets = [counter, ...observed];
      let process = source.process();
      const told = (options) => assert.equal(process.apply(rowOf(exporter, options)).refused, undefined);
      told({});
      const acts = {
        inc: ({ amount }) => counter.inc(amount),
        observe: ({ value }) => observed.forEach((each) => each.observe(value)),
        set: ({ value }) => gauges.forEach((each) => each.set(value)),
        reset: () => resets.forEach((each) => each.reset()),
        remove: () => resets.forEach((each) => each.remove()),
        rename: () => {
          source.fold(process);
          process = source.process();
          told({ baseline: true });
        },
        tell: () => told({ full: false }),
      };
      for (const each of [...steps, { what: "tell" }]) acts[each.what](each);
      source.publish();
      for (const format of ["text", "openmetrics"]) assert.deepEqual(faultsOf(await pageOf(there, format), format), []);
      const kept = Buffer.concat([...source.retired()].map((frame) => frame.slice()));
      const next = new Source(new Registry(), 1n);
      assert.equal(next.retire(kept).refused, undefined);
      for (const one of [next, source]) one.close();
      exporter.close();
      registry.close();
      there.close();
    }),
    { numRuns: 40 },
  ); // prettier-ignore
});
