// What a process resets or removes is its own: what others count of that series is back with the next page, once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { spooling } from "./spooling.mjs";

const { Exporter, Registry, Source } = spooling;

let sources = 7000n;
let instances = 1000n;

/** A process that counts, and tells what it has of it. */
function telling(registry = new Registry()) {
  const exporter = new Exporter(registry, {}, instances++);
  const told = (full) => Array.from(exporter.frames({ full, ended: false }), (frame) => frame.slice());
  return { registry, first: () => told(true), more: () => told(false) };
}

function collecting() {
  const registry = new Registry();
  const source = new Source(registry, sources++);
  const page = (name = "jobs") => {
    source.publish();
    const samples = textOf(registry).split("\n");
    return samples.filter((line) => line.startsWith(name)).sort();
  };
  const taken = (process, frames) => {
    for (const frame of frames) assert.equal(process.apply(frame).refused, undefined);
  };
  return { registry, source, page, taken };
}

const plain = { name: "jobs", help: "Jobs." };
const labelled = { ...plain, labelNames: ["a"] };

test("reset() ends what this process counted, and the next page has what others count of it", () => {
  const { registry, source, page, taken } = collecting();
  const other = telling();
  const jobs = registry.counter(plain);
  const theirs = other.registry.counter(plain);
  const process = source.process();
  jobs.inc(3);
  theirs.inc(40);
  taken(process, other.first());
  assert.deepEqual(page(), ["jobs_total 43"]);
  jobs.reset();
  assert.deepEqual(page(), ["jobs_total 40"]);
  jobs.inc();
  assert.deepEqual(page(), ["jobs_total 41"]);
  // Twice, and by way of the registry.
  registry.reset();
  registry.reset();
  assert.deepEqual(page(), ["jobs_total 40"]);
  theirs.inc(2);
  taken(process, other.more());
  assert.deepEqual(page(), ["jobs_total 42"]);
  source.fold(process);
  jobs.inc(5);
  assert.deepEqual(page(), ["jobs_total 47"]);
  // What the dead alone had stays away.
  jobs.reset();
  assert.deepEqual(page(), ["jobs_total 0"]);
  source.close();
});

for (const [how, ended] of [
  ["remove()", (jobs) => jobs.remove({ a: "1" })],
  ["removeMatching()", (jobs) => jobs.removeMatching({ a: "1" })],
  ["clear()", (jobs) => jobs.clear()],
]) {
  test(`${how} ends what this process counted, and the next page has what others count of it`, () => {
    const { registry, source, page, taken } = collecting();
    const jobs = registry.counter(labelled);
    const others = [telling(), telling()];
    const theirs = others.map((other) => other.registry.counter(labelled));
    const processes = others.map(() => source.process());
    jobs.inc({ a: "1" }, 3);
    theirs[0].inc({ a: "1" }, 40);
    theirs[1].inc({ a: "1" }, 500);
    others.forEach((other, i) => taken(processes[i], other.first()));
    assert.deepEqual(page(), ['jobs_total{a="1"} 543']);
    ended(jobs);
    assert.deepEqual(page(), ['jobs_total{a="1"} 540']);
    jobs.inc({ a: "1" });
    assert.deepEqual(page(), ['jobs_total{a="1"} 541']);
    theirs[0].inc({ a: "1" }, 2);
    taken(processes[0], others[0].more());
    assert.deepEqual(page(), ['jobs_total{a="1"} 543']);
    source.fold(processes[0]);
    assert.deepEqual(page(), ['jobs_total{a="1"} 543']);
    theirs[1].remove({ a: "1" });
    taken(processes[1], others[1].more());
    assert.deepEqual(page(), ['jobs_total{a="1"} 43']);
    source.close();
    assert.deepEqual(
      textOf(registry)
        .split("\n")
        .filter((line) => line.startsWith("jobs")),
      ['jobs_total{a="1"} 1'],
    );
  });
}

test("a series that ended here for nothing changed is not back before somebody counts on", () => {
  const { registry, source, page, taken } = collecting();
  const options = { ...labelled, expireAfterSeconds: 3600 };
  const other = telling();
  const jobs = registry.counter(options);
  const theirs = other.registry.counter(options);
  const process = source.process();
  theirs.inc({ a: "1" }, 40);
  taken(process, other.first());
  assert.deepEqual(page(), ['jobs_total{a="1"} 40']);
  jobs.reset();
  assert.deepEqual(page(), ['jobs_total{a="1"} 40']);
  // Which is what its end by itself does, too.
  jobs.remove({ a: "1" });
  assert.deepEqual(page(), []);
  theirs.inc({ a: "1" });
  taken(process, other.more());
  assert.deepEqual(page(), ['jobs_total{a="1"} 41']);
  source.close();
});

test("a histogram that was reset here has the others' buckets again", () => {
  const { registry, source, page, taken } = collecting();
  const options = { name: "jobs_seconds", help: "Seconds.", buckets: [1] };
  const other = telling();
  other.registry.histogram(options).observe(0.5);
  const own = registry.histogram(options);
  own.observe(2);
  taken(source.process(), other.first());
  const lines = ['jobs_seconds_bucket{le="+Inf"} 1', 'jobs_seconds_bucket{le="1"} 1', "jobs_seconds_count 1", "jobs_seconds_sum 0.5"];
  page();
  own.reset();
  assert.deepEqual(page(), lines);
  source.close();
});

for (const [how, removed] of [
  ["remove()", (registry) => assert.equal(registry.remove("jobs"), true)],
  ["clear()", (registry) => registry.clear()],
]) {
  test(`${how} of a registry ends what this process counted, and the next page has what the living count`, () => {
    const { registry, source, page, taken } = collecting();
    registry.counter(labelled).inc({ a: "1" }, 3);
    const others = [telling(), telling(), telling()];
    const theirs = others.map((other) => other.registry.counter(labelled));
    const processes = others.map(() => source.process());
    theirs[0].inc({ a: "1" }, 40);
    theirs[1].inc({ a: "2" }, 500);
    theirs[2].inc({ a: "3" }, 6000);
    others.forEach((other, i) => taken(processes[i], other.first()));
    assert.deepEqual(page(), ['jobs_total{a="1"} 43', 'jobs_total{a="2"} 500', 'jobs_total{a="3"} 6000']);
    source.fold(processes[2]);
    // What the dead alone had stays away.
    for (let times = 0; times < 2; times++) {
      removed(registry);
      for (let pages = 0; pages < 2; pages++) assert.deepEqual(page(), ['jobs_total{a="1"} 40', 'jobs_total{a="2"} 500']);
    }
    theirs[1].inc({ a: "2" });
    taken(processes[1], others[1].more());
    assert.deepEqual(page(), ['jobs_total{a="1"} 40', 'jobs_total{a="2"} 501']);
    // Who defines it anew means all of it.
    registry.counter(labelled).inc({ a: "1" }, 3);
    assert.deepEqual(page(), ['jobs_total{a="1"} 43', 'jobs_total{a="2"} 501', 'jobs_total{a="3"} 6000']);
    removed(registry);
    for (const process of processes.slice(0, 2)) source.drop(process);
    assert.deepEqual(page(), []);
    source.close();
  });
}

/** A process that counts, tells, and collects what others tell. */
function mutual() {
  const there = collecting();
  const { registry, source, page, taken } = there;
  const { first, more } = telling(registry);
  return { registry, source, page, taken, first, more, jobs: registry.counter(labelled) };
}

test("an image tells nothing of what others counted: neither their series nor their metrics", () => {
  const [own, other] = [mutual(), mutual()];
  const process = own.source.process();
  other.jobs.inc({ a: "1" }, 40);
  other.registry.gauge({ name: "level", help: "Level.", mode: "livesum", labelNames: ["a"] }).set({ a: "1" }, 2);
  other.registry.info({ name: "build", help: "Build." }).set({});
  own.taken(process, other.first());
  assert.deepEqual(own.page(), ['jobs_total{a="1"} 40']);
  const third = collecting();
  const images = third.source.process();
  const told = own.first();
  third.taken(images, told);
  assert.deepEqual([third.page(), images.series], [[], 0]);
  assert.doesNotMatch(Buffer.concat(told).toString("latin1"), /level|build/);
  // What it counts itself is told from then on, beside theirs and without.
  own.jobs.inc({ a: "1" }, 3);
  own.registry.gauge({ name: "level", help: "Level.", mode: "livesum", labelNames: ["a"] }).set({ a: "2" }, 5);
  third.taken(images, own.more());
  assert.deepEqual(third.page(), ['jobs_total{a="1"} 3']);
  assert.deepEqual(third.page("level"), ['level{a="2"} 5']);
  own.jobs.reset();
  assert.deepEqual(own.page(), ['jobs_total{a="1"} 40']);
  third.taken(images, own.more());
  assert.deepEqual(third.page(), []);
  own.jobs.inc({ a: "1" });
  other.jobs.remove({ a: "1" });
  own.taken(process, other.more());
  third.taken(images, own.more());
  assert.deepEqual([own.page(), third.page()], [['jobs_total{a="1"} 1'], ['jobs_total{a="1"} 1']]);
  for (const { source } of [own, other, third]) source.close();
});

test("a series that was removed where it was counted is gone from the pages of two processes that collect each other's", () => {
  const pair = [mutual(), mutual()];
  const processes = pair.map(({ source }) => source.process());
  const exchanged = () => pair.forEach(({ taken }, i) => taken(processes[i], pair[1 - i].more()));
  pair.forEach(({ taken }, i) => taken(processes[i], pair[1 - i].first()));
  for (let i = 0; i < 5; i++) {
    const labels = { a: `${i}` };
    pair[i % 2].jobs.inc(labels);
    for (let times = 0; times < 3; times++) {
      exchanged();
      for (const { page } of pair) assert.deepEqual(page(), [`jobs_total{a="${i}"} 1`]);
    }
    pair[i % 2].jobs.remove(labels);
    exchanged();
    for (const { page } of pair) page();
    exchanged();
    for (const { page } of pair) assert.deepEqual(page(), []);
  }
  for (const { source } of pair) source.close();
});

test("a metric that nobody who lives has makes way for another one, whoever had read what it counted", () => {
  const [reader, collector] = [collecting(), collecting()];
  const older = telling();
  const newer = telling();
  older.registry.gauge({ name: "jobs", help: "Jobs." }).set(1);
  newer.registry.counter(labelled).inc({ a: "1" }, 5);
  reader.taken(reader.source.process(), older.first());
  assert.deepEqual(reader.page(), ["jobs 1"]);
  const own = telling(reader.registry);
  const processes = [older, newer, own].map(() => collector.source.process());
  [older, newer, own].forEach((each, i) => collector.taken(processes[i], each.first()));
  assert.deepEqual(collector.page(), ["jobs 1"]);
  collector.source.fold(processes[0]);
  assert.deepEqual(collector.page(), ['jobs_total{a="1"} 5']);
  reader.source.close();
  collector.source.close();
});
