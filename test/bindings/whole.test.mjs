// What is set as a whole: infos, state sets, gauge histograms; and metrics of which nobody knows what they are.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { Registry } from "tallystick";
import { readProtobuf } from "../exposition/protobuf.mjs";
import { hired, lasting, sample, textOf } from "./hired.mjs";

function registryOf(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

/** The label values of an info that are told. */
const told = (registry) => [...textOf(registry).matchAll(/^build_info\{version="([^"]*)"\} 1$/gm)].map(([, version]) => version).sort();

test("info: set tells these labels and no others, add tells one more", (t) => {
  const registry = registryOf(t);
  const build = registry.info({ name: "build", help: "The build.", labelNames: ["version"] });
  assert.deepEqual(told(registry), []);
  build.set({ version: "1" });
  build.add({ version: "2" });
  build.add({ version: "2" });
  build.add({ version: "3" });
  assert.deepEqual(told(registry), ["1", "2", "3"]);
  build.set({ version: "2" });
  assert.deepEqual(told(registry), ["2"]);
  assert.equal(textOf(registry, "openmetrics"), '# TYPE build info\n# HELP build The build.\nbuild_info{version="2"} 1\n# EOF\n');
  assert.ok(build.remove("2"));
  assert.equal(build.remove("2"), false);
  assert.deepEqual(told(registry), []);
});

test("info: sets that follow one another at once leave the last one alone", (t) => {
  const registry = registryOf(t);
  const build = registry.info({ name: "build", labelNames: ["version"] });
  for (let version = 0; version < 1000; version++) {
    build.set({ version });
    build.add({ version: "a" });
  }
  build.set({ version: "last" });
  assert.deepEqual(told(registry), ["last"]);
});

test("info: without labels it is there from the start, and its name may be given with _info", (t) => {
  const registry = registryOf(t);
  const up = registry.info({ name: "up_info", help: "Runs." });
  assert.equal(up.name, "up");
  assert.equal(registry.info({ name: "up", help: "Runs." }), up);
  assert.equal(sample(textOf(registry), "up_info"), 1);
  up.clear();
  up.reset();
  assert.equal(sample(textOf(registry), "up_info"), 1);
  registry.clearSeries();
  up.set({});
  assert.equal(sample(textOf(registry), "up_info"), 1);
});

test("info: labelSets are told until a set", (t) => {
  const registry = registryOf(t);
  const build = registry.info({ name: "build", labelNames: ["version"], labelSets: [{ version: 1 }, { version: 2 }] });
  assert.deepEqual(told(registry), ["1", "2"]);
  build.set({ version: 3 });
  assert.deepEqual(told(registry), ["3"]);
});

test("info: a set replaces what other threads told, and of sets against each other one is left", async (t) => {
  const registry = registryOf(t);
  const build = registry.info({ name: "build", labelNames: ["version"] });
  const source = `const build = registry.info({ name: "build", labelNames: ["version"] });
    const tasks = {
      add: (version) => build.add({ version }),
      set: (version) => build.set({ version }),
      race(rounds) {
        for (let i = 0; i < rounds; i++) build.set({ version: data.name + i });
      },
    };`;
  const threads = await Promise.all(["a", "b"].map((name) => hired(registry, source, { name })));
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  build.set({ version: "here" });
  await threads[0].ask("add", "there");
  assert.deepEqual(told(registry), ["here", "there"]);
  await threads[1].ask("set", "mine");
  assert.deepEqual(told(registry), ["mine"]);
  build.set({ version: "here" });
  assert.deepEqual(told(registry), ["here"]);
  for (let round = 0; round < 40; round++) {
    await Promise.all(threads.map((thread) => thread.ask("race", 50)));
    const left = told(registry);
    assert.ok(left.length === 1 && /^[ab]49$/.test(left[0]), `${left} is left after round ${round}`);
  }
});

const STATES = ["starting", "running", "draining"];

test("state set: one state, several, none; the first holds until one is set", (t) => {
  const registry = registryOf(t);
  const phase = registry.stateSet({ name: "phase", help: "Phase.", states: STATES });
  const printed = () => STATES.map((state) => sample(textOf(registry), `phase{phase="${state}"}`));
  assert.deepEqual([phase.value(), printed()], [["starting"], [1, 0, 0]]);
  for (const [states, value, lines] of [
    ["draining", ["draining"], [0, 0, 1]],
    [["running"], ["running"], [0, 1, 0]],
    [
      ["draining", "starting", "draining"],
      ["starting", "draining"],
      [1, 0, 1],
    ],
    [[], [], [0, 0, 0]],
    ["starting", ["starting"], [1, 0, 0]],
  ]) {
    phase.set(states);
    assert.deepEqual([phase.value(), printed()], [value, lines], String(states));
  }
  phase.set([]);
  phase.reset();
  assert.deepEqual([phase.value(), printed()], [["starting"], [1, 0, 0]]);
  assert.match(textOf(registry, "openmetrics"), /^# TYPE phase stateset\n# HELP phase Phase\.\nphase\{phase="starting"\} 1\n/);
});

test("state set: each series has states of its own", (t) => {
  const registry = registryOf(t);
  const phase = registry.stateSet({ name: "phase", states: STATES, labelNames: ["node"], labelSets: [{ node: "a" }] });
  phase.set({ node: "b" }, ["running", "draining"]);
  phase.set({ node: "c" }, []);
  assert.deepEqual(
    ["a", "b", "c", "never"].map((node) => phase.value(node)),
    [["starting"], ["running", "draining"], [], ["starting"]],
  );
  assert.equal(sample(textOf(registry), 'phase{node="b",phase="draining"}'), 1);
  assert.ok(phase.remove({ node: "b" }));
  assert.equal(sample(textOf(registry), 'phase{node="b",phase="draining"}'), undefined);
});

test("state set: 52 states, each alone and all at once", (t) => {
  const registry = registryOf(t);
  const states = Array.from({ length: 52 }, (_, i) => `state ${i}`);
  const wide = registry.stateSet({ name: "wide", states });
  for (const state of states) {
    wide.set(state);
    assert.deepEqual(wide.value(), [state]);
    const on = [...textOf(registry).matchAll(/^wide\{wide="(.*)"\} 1$/gm)].map(([, name]) => name);
    assert.deepEqual(on, [state]);
  }
  wide.set(states);
  assert.deepEqual(wide.value(), states);
  assert.equal(textOf(registry).match(/\} 1$/gm).length, 52);
  wide.set([]);
  assert.deepEqual(wide.value(), []);
});

test("state set: a state that is not of the set is a RangeError, and nothing changes", (t) => {
  const registry = registryOf(t);
  const phase = registry.stateSet({ name: "phase", states: STATES });
  phase.set("running");
  for (const states of [undefined, null]) assert.throws(() => phase.set(states), { name: "TypeError", message: /"phase" without a state/ });
  for (const states of ["stopped", ["draining", "stopped"], 1]) {
    assert.throws(() => phase.set(states), /^RangeError: Cannot set "phase" to .*: its states are starting, running, draining$/);
    assert.deepEqual(phase.value(), ["running"]);
  }
});

test("state set: over threads the last write wins, and a scrape never sees a mixture", async (t) => {
  const registry = registryOf(t);
  const phase = registry.stateSet({ name: "phase", states: STATES });
  const source = `const phase = registry.stateSet({ name: "phase", states: ${JSON.stringify(STATES)} });
    const tasks = {
      set: (states) => phase.set(states),
      read: () => phase.value(),
      turn() { for (;;) { phase.set(["starting", "running"]); phase.set("draining"); } },
    };`;
  const thread = await hired(registry, source);
  t.after(() => thread.end());
  await thread.ask("set", ["running", "draining"]);
  assert.deepEqual(phase.value(), ["running", "draining"]);
  phase.set("starting");
  assert.deepEqual(await thread.ask("read"), ["starting"]);
  thread.start("turn");
  while (phase.value().join() === "starting") await pause(1);
  const seen = new Map();
  const goesOn = lasting(500, () => seen.size > 1);
  while (goesOn()) {
    const states = [...textOf(registry).matchAll(/^phase\{phase="(\w+)"\} 1$/gm)].map(([, state]) => state).join();
    seen.set(states, (seen.get(states) ?? 0) + 1);
  }
  await thread.end();
  assert.deepEqual([...seen.keys()].sort(), ["draining", "starting,running"].sort());
  phase.set([]);
  assert.deepEqual(phase.value(), []);
});

test("gauge histogram: set counts all values into buckets and replaces what was there", (t) => {
  const registry = registryOf(t);
  const ages = registry.gaugeHistogram({ name: "ages_seconds", help: "Ages.", buckets: [1, 10], unit: "seconds" });
  const nothing = { count: 0, sum: 0, buckets: [1, 10, Infinity].map((le) => ({ le, count: 0 })) };
  assert.deepEqual(ages.value(), nothing);
  ages.set([0.5, 1, 2, 100]);
  const value = { count: 4, sum: 103.5, buckets: [2, 3, 4].map((count, i) => ({ le: [1, 10, Infinity][i], count })) };
  assert.deepEqual(ages.value(), value);
  assert.deepEqual(textOf(registry, "openmetrics").split("\n").slice(-6, -2), [
    'ages_seconds_bucket{le="10.0"} 3',
    'ages_seconds_bucket{le="+Inf"} 4',
    "ages_seconds_gsum 103.5",
    "ages_seconds_gcount 4",
  ]);
  ages.set(new Set([-3]));
  assert.deepEqual(
    ages.value().buckets.map(({ count }) => count),
    [1, 1, 1],
  );
  assert.equal(ages.value().sum, -3);
  // What is refused replaces nothing.
  for (const values of [[1, NaN], [1, "2"], 5, undefined, null])
    assert.throws(() => ages.set(values), /^TypeError: Cannot set "ages_seconds" to .*: it is set to all values at once/);
  assert.equal(ages.value().sum, -3);
  ages.reset();
  assert.deepEqual(ages.value(), nothing);
  ages.set([Infinity]);
  assert.deepEqual([ages.value().count, ages.value().sum], [1, Infinity]);
  ages.clear();
  assert.deepEqual(ages.value(), nothing);
  assert.equal(sample(textOf(registry), "ages_seconds_count"), 0);
});

test("gauge histogram: each series is set on its own; labels, iterables and removal", (t) => {
  const registry = registryOf(t);
  const ages = registry.gaugeHistogram({ name: "ages", buckets: [1], labelNames: ["queue"], labelSets: [{ queue: "idle" }] });
  ages.set({ queue: "mail" }, Float64Array.of(1, 2));
  ages.set(
    { queue: "sms" },
    (function* () {
      yield 3;
    })(),
  );
  assert.deepEqual(
    ["idle", "mail", "sms", "never"].map((queue) => ages.value({ queue }).sum),
    [0, 3, 3, 0],
  );
  assert.equal(sample(textOf(registry), 'ages_count{queue="idle"}'), 0);
  assert.throws(() => ages.set([1]), /^RangeError: Cannot use 0 label values for "ages": it takes 1 \(queue\)$/);
  assert.throws(() => ages.set({ queue: "mail" }), /^TypeError: Cannot set "ages" to undefined/);
  assert.ok(ages.remove("mail"));
  assert.equal(ages.value("mail").count, 0);
  assert.equal(sample(textOf(registry), 'ages_count{queue="mail"}'), undefined);
});

test("gauge histogram: scrapes while other threads set it see one whole or the other, never a mixture", async (t) => {
  const registry = registryOf(t);
  const definition = { name: "depths", buckets: Array.from({ length: 40 }, (_, i) => i) };
  const depths = registry.gaugeHistogram(definition);
  // One thread sets 40 values in one bucket, the other one value in each of 40.
  const source = `const depths = registry.gaugeHistogram(data.definition);
    const tasks = { set() { for (;;) depths.set(data.values); } };`;
  const wholes = [Array(40).fill(39), Array.from({ length: 40 }, (_, i) => i)];
  const threads = await Promise.all(wholes.map((values) => hired(registry, source, { definition, values })));
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  const kinds = wholes.map((values) => {
    depths.set(values);
    return JSON.stringify(readProtobuf(registry.exposeSync({ dialect: "protobuf" }).body)[0].metrics[0]);
  });
  for (const thread of threads) thread.start("set");
  const seen = [0, 0];
  const used = registry.memoryUsage().used;
  const goesOn = lasting(800, () => Math.min(...seen) > 10);
  while (goesOn()) {
    const kind = kinds.indexOf(JSON.stringify(readProtobuf(registry.exposeSync({ dialect: "protobuf" }).body)[0].metrics[0]));
    assert.notEqual(kind, -1, "a mixture");
    seen[kind]++;
    const { count, sum } = depths.value();
    assert.ok(count === 40 && (sum === 1560 || sum === 780), `${count} values of ${sum}`);
  }
  assert.ok(seen[0] > 10 && seen[1] > 10, `seen ${seen}`);
  await Promise.all(threads.map((thread) => thread.end()));
  // What was replaced is used again: each setting takes half a kilobyte.
  for (let i = 0; i < 20000; i++) depths.set(wholes[1]);
  assert.ok(registry.memoryUsage().used < used + 4e6, `${used} bytes grew to ${registry.memoryUsage().used}`);
});

test("unknown: a value of which nobody knows what it is, set and added to from all threads", async (t) => {
  const registry = registryOf(t);
  const odd = registry.unknown({ name: "odd", help: "Odd.", labelNames: ["of"] });
  odd.set({ of: "a" }, 5);
  const thread = await hired(
    registry,
    `const odd = registry.unknown({ name: "odd", help: "Odd.", labelNames: ["of"] });
    const tasks = { change() { odd.inc({ of: "a" }, 2.5); odd.labels("b").set(-1); return odd.value("a"); } };`,
  );
  assert.equal(await thread.ask("change"), 7.5);
  await thread.end();
  await pause(0);
  odd.dec({ of: "a" }, 0.5);
  assert.deepEqual([odd.value("a"), odd.value("b"), odd.value("c")], [7, -1, 0]);
  assert.match(textOf(registry), /^# TYPE odd untyped\nodd\{of="a"\} 7\nodd\{of="b"\} -1$/m);
  assert.match(textOf(registry, "openmetrics"), /^# TYPE odd unknown$/m);
  const [family] = readProtobuf(registry.exposeSync({ dialect: "protobuf" }).body);
  assert.deepEqual([family.type, family.metrics.map(({ value }) => value)], ["untyped", [7, -1]]);
});
