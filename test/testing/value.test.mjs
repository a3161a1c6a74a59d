// Values and numbers of series, as tests of an application read them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeRegistries, Registry } from "tallystick";
import { countOf, freshRegistry, valueOf } from "tallystick/testing";

const labelNames = ["kind"];

test("valueOf: a number of a counter, a gauge, an unknown; by the name with and without _total", (t) => {
  const registry = freshRegistry(t);
  registry.counter({ name: "jobs", help: "Jobs.", labelNames }).inc({ kind: "mail" }, 3);
  registry.gauge({ name: "depth", help: "Depth." }).set(-2.5);
  registry.unknown({ name: "mystery", help: "M." }).set(7);
  assert.equal(valueOf(registry, "jobs", { kind: "mail" }), 3);
  assert.equal(valueOf(registry, "jobs_total", { kind: "mail" }), 3);
  assert.equal(valueOf(registry, "jobs"), 3, "the only series needs no labels");
  assert.equal(valueOf(registry, "depth"), -2.5);
  assert.equal(valueOf(registry, "depth", {}), -2.5);
  assert.equal(valueOf(registry, "mystery"), 7);
  assert.throws(() => valueOf(registry, "depth_total"), /Cannot read metric "depth_total": the registry has jobs, depth, mystery$/);
});

test("valueOf: of histograms, summaries, infos and state sets what they are", (t) => {
  const registry = freshRegistry(t);
  registry.histogram({ name: "latency_seconds", help: "L.", buckets: [1, 2] }).observe(1.5);
  registry.gaugeHistogram({ name: "queue_items", help: "Q.", buckets: [1] }).set([0, 5]);
  registry.summary({ name: "wait_seconds", help: "W.", quantiles: [0.5] }).observe(4);
  registry.info({ name: "build", help: "B.", labelNames: ["version"] }).set({ version: "1.2" });
  registry.stateSet({ name: "door", help: "D.", states: ["open", "shut"] }).set("shut");
  assert.deepEqual(valueOf(registry, "latency_seconds"), {
    count: 1,
    sum: 1.5,
    buckets: [{ le: 1, count: 0 }, { le: 2, count: 1 }, { le: Infinity, count: 1 }],
  }); // prettier-ignore
  assert.deepEqual(valueOf(registry, "queue_items"), { count: 2, sum: 5, buckets: [{ le: 1, count: 1 }, { le: Infinity, count: 2 }] }); // prettier-ignore
  const { count, sum, quantiles } = valueOf(registry, "wait_seconds");
  assert.deepEqual([count, sum, quantiles[0].quantile], [1, 4, 0.5]);
  assert.ok(Math.abs(quantiles[0].value / 4 - 1) < 0.02);
  assert.equal(valueOf(registry, "build_info", { version: "1.2" }), 1);
  assert.deepEqual(valueOf(registry, "door"), ["shut"]);
});

test("valueOf: of a metric itself, whose series must be there", (t) => {
  const registry = freshRegistry(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames });
  assert.equal(jobs.value("mail"), 0);
  assert.throws(() => valueOf(jobs), /^Error: Cannot read jobs: the metric has no series$/);
  jobs.inc({ kind: "mail" }, 2);
  assert.equal(valueOf(jobs), 2);
  assert.equal(valueOf(jobs, { kind: "mail" }), 2);
  jobs.inc({ kind: 5 });
  assert.equal(valueOf(jobs, { kind: 5 }), 1, "values are compared as they are printed");
  assert.throws(
    () => valueOf(jobs),
    /^Error: Cannot read jobs without labels, which name one series: the metric has \{kind="mail"\}, \{kind="5"\}$/,
  );
  registry.remove("jobs");
  assert.throws(() => valueOf(jobs), /Cannot read metric "jobs": the registry has no metric$/);
});

test("valueOf: labels are all that the series has, and an Error says which there are", (t) => {
  const registry = freshRegistry(t);
  const two = registry.counter({ name: "two", help: "T.", labelNames: ["a", "b"] });
  for (let i = 0; i < 12; i++) two.inc({ a: i, b: 'x"y' });
  for (const labels of [{}, { a: 0 }, { b: 'x"y' }, { a: 0, b: "z" }, { a: 0, b: 'x"y', c: 1 }]) {
    assert.throws(() => valueOf(two, labels), /^Error: Cannot read two\{.*\}: the metric has \{a="0",b="x\\"y"\}, .* and 2 more$/);
  }
  assert.equal(valueOf(two, { b: 'x"y', a: 0 }), 1, "in any order");
});

test("valueOf: a name like another one is told", (t) => {
  const registry = freshRegistry(t);
  registry.counter({ name: "requests", help: "R." });
  assert.throws(() => valueOf(registry, "reqeusts"), /has requests; did you mean requests$/);
});

test("valueOf and countOf: of registries that are merged", (t) => {
  const [one, other] = [freshRegistry(t), freshRegistry(t)];
  one.gauge({ name: "a", help: "A." }).set(1);
  other.gauge({ name: "b", help: "B." }).set(2);
  const merged = mergeRegistries(one, other);
  assert.equal(valueOf(merged, "b"), 2);
  assert.equal(countOf(merged), 2);
});

test("valueOf and countOf of what is no registry: a TypeError; a curried metric has value() of its own", (t) => {
  const registry = freshRegistry(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames });
  for (const target of [undefined, null, 5, {}, jobs.curry({ kind: "a" })]) {
    assert.throws(() => valueOf(target, "jobs"), /^TypeError: Cannot read .*: it must be a registry, or a metric/);
    assert.throws(() => countOf(target), /^TypeError: Cannot read /);
  }
  assert.throws(() => valueOf(registry), /^TypeError: Cannot use undefined as the name of a metric: it must be a string$/);
  assert.throws(() => valueOf(registry, "jobs", "mail"), /^TypeError: Cannot use "mail" as the labels of "jobs": it must be an object$/);
  registry.close();
  assert.throws(() => valueOf(jobs), (error) => error.code === "closed"); // prettier-ignore
});

test("countOf: series of all metrics or of one, a histogram for each label set, none of the library's own", async (t) => {
  const registry = freshRegistry(t);
  assert.equal(countOf(registry), 0);
  const latency = registry.histogram({ name: "latency_seconds", help: "L.", labelNames });
  for (const kind of ["a", "b", "a"]) latency.observe({ kind }, 1);
  registry.counter({ name: "jobs", help: "Jobs." });
  registry.counter({ name: "empty", help: "E.", labelNames });
  registry.collect(() => {});
  await registry.expose();
  assert.equal(countOf(registry), 3);
  assert.equal(countOf(registry, "latency_seconds"), 2);
  assert.equal(countOf(registry, "jobs_total"), 1);
  assert.equal(countOf(registry, "empty"), 0);
  assert.throws(() => countOf(registry, "nothing"), /Cannot read metric "nothing": the registry has latency_seconds, jobs, empty$/);
  latency.remove("a");
  assert.equal(countOf(registry), 2);
});

test("valueOf: the sum over threads is that of the registry, and default labels are no labels of a series", () => {
  const registry = new Registry({ labels: { service: "shop" } });
  registry.counter({ name: "jobs", help: "Jobs.", labelNames }).inc({ kind: "a" });
  assert.equal(valueOf(registry, "jobs", { kind: "a" }), 1);
  registry.close();
});
