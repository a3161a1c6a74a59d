// What the dead left is, after the collector that folded them was started anew, what it was before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { spooling } from "./spooling.mjs";

const { Exporter, Registry, Source } = spooling;

let sources = 8000n;
let instances = 0x1000n;

/** The whole image of a process that counted. */
function imageOf(count, options) {
  const registry = new Registry(options);
  count(registry);
  const exporter = new Exporter(registry, {}, instances++);
  const frames = Array.from(exporter.frames({ full: true, ended: true }), (frame) => frame.slice());
  exporter.close();
  registry.close();
  return frames;
}

/** A collector, which begins with what one before it left. */
function collecting(left = [], options = {}, register = () => undefined, isShared = false) {
  const registry = new Registry(options);
  register(registry);
  const told = [];
  const source = new Source(registry, sources++, (error) => told.push(error.message), isShared);
  const bytes = Uint8Array.from(left.flatMap((frame) => [...frame]));
  assert.equal(source.retire(bytes).refused, undefined);
  return {
    registry,
    source,
    told,
    /** A process that said its last, folded where that is said. */
    dead(frames, folded = true) {
      const process = source.process();
      for (const frame of frames) assert.equal(process.apply(frame).refused, undefined);
      source.publish();
      if (folded) source.fold(process);
      return process;
    },
    page(name) {
      source.publish();
      return textOf(registry)
        .split("\n")
        .filter((line) => line.startsWith(name))
        .sort();
    },
    /** Its retired, and its end. */
    ended() {
      const all = Array.from(source.retired(), (frame) => frame.slice());
      source.close();
      registry.close();
      return all;
    },
  };
}

test("the writers of a gauge that prints all keep their processes, however often the collector begins anew", () => {
  const level = (value) => (registry) => registry.gauge({ name: "level", help: "Level.", mode: "all" }).set(value);
  let collector = collecting();
  const processes = [1, 2, 3].map((value) => collector.dead(imageOf(level(value)), false));
  const before = collector.page("level");
  assert.equal(before.length, 3);
  assert.equal(new Set(before.map((line) => line.split(" ")[0])).size, 3, before.join("\n"));
  for (const process of processes) collector.source.fold(process);
  assert.deepEqual(collector.page("level"), before);
  for (let times = 0; times < 3; times++) {
    collector = collecting(collector.ended());
    assert.deepEqual(collector.page("level"), before);
    // Beside one that lives, and has the same slot.
    const living = collector.dead(imageOf(level(9)), false);
    assert.deepEqual(
      collector.page("level").filter((line) => !line.endsWith(" 9")),
      before,
    );
    assert.equal(collector.page("level").length, 4);
    collector.source.drop(living);
  }
  collector.dead(imageOf(level(4)));
  const more = collector.page("level");
  assert.equal(new Set(more.map((line) => line.split(" ")[0])).size, 4);
  collector = collecting(collector.ended());
  assert.deepEqual(collector.page("level"), more);
  collector.ended();
});

const bucketed = (buckets) => (registry) => registry.histogram({ name: "seconds", help: "Seconds.", labelNames: ["a"], buckets });
const older = bucketed([1, 2]);
const newer = bucketed([1, 5]);
const slow = (register) => (registry) => register(registry).observe({ a: "x" }, 4);

const OLD_DEAD = [
  'seconds_bucket{a="x",le="+Inf"} 2',
  'seconds_bucket{a="x",le="1"} 0',
  'seconds_bucket{a="x",le="2"} 0',
  'seconds_count{a="x"} 2',
  'seconds_sum{a="x"} 8',
];
const NEW_DEAD = [
  'seconds_bucket{a="x",le="+Inf"} 1',
  'seconds_bucket{a="x",le="1"} 0',
  'seconds_bucket{a="x",le="5"} 1',
  'seconds_count{a="x"} 1',
  'seconds_sum{a="x"} 4',
];

test("what a collector has otherwise it keeps of the dead, for one that takes it", () => {
  let collector = collecting([], {}, newer);
  for (const counted of [older, older, newer]) collector.dead(imageOf(slow(counted)));
  assert.deepEqual(collector.page("seconds"), NEW_DEAD);
  assert.equal(collector.told.length, 1, collector.told.join("\n"));
  for (let times = 0; times < 2; times++) {
    collector = collecting(collector.ended(), {}, newer);
    assert.deepEqual(collector.page("seconds"), NEW_DEAD);
  }
  collector = collecting(collector.ended(), {}, older);
  assert.deepEqual(collector.page("seconds"), OLD_DEAD);
  // And back, with one more.
  collector.dead(imageOf(slow(newer)));
  collector = collecting(collector.ended(), {}, newer);
  assert.equal(collector.page("seconds").at(-2), 'seconds_count{a="x"} 2');
  collector.ended();
});

test("what is in the way may come and go: the living and the dead of what was refused show when it is gone", () => {
  const collector = collecting([], {}, newer);
  collector.dead(imageOf(slow(older)));
  const living = collector.dead(imageOf(slow(older)), false);
  assert.deepEqual(collector.page("seconds"), []);
  const { registry, source } = collector;
  const count = () => collector.page("seconds_count");
  for (let times = 0; times < 3; times++) {
    registry.remove("seconds");
    assert.deepEqual(count(), ['seconds_count{a="x"} 2']);
    newer(registry);
    assert.deepEqual(count(), []);
    // With nothing shown in between.
    registry.remove("seconds");
    newer(registry);
    assert.deepEqual(count(), []);
  }
  source.fold(living);
  assert.deepEqual(count(), []);
  registry.remove("seconds");
  assert.deepEqual(collector.page("seconds"), OLD_DEAD);
  older(registry).observe({ a: "x" }, 0.5);
  assert.deepEqual(count(), ['seconds_count{a="x"} 3']);
  registry.remove("seconds");
  older(registry);
  assert.deepEqual(count(), ['seconds_count{a="x"} 2']);
  collector.ended();
});

test("a name that meets another one, and a label that a registry says of all: kept until they are gone", () => {
  const counted = (registry) => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["zone"] }).inc({ zone: "eu" }, 3);
  const gauge = (registry) => registry.gauge({ name: "jobs_total", help: "Jobs." });
  const collector = collecting([], {}, gauge);
  collector.dead(imageOf(counted));
  const living = collector.dead(imageOf(counted), false);
  const page = () => collector.page("jobs_total{");
  assert.deepEqual(page(), []);
  collector.registry.remove("jobs_total");
  assert.deepEqual(page(), ['jobs_total{zone="eu"} 6']);
  collector.registry.setDefaultLabels({ zone: "us" });
  assert.deepEqual(page(), []);
  collector.source.fold(living);
  assert.deepEqual(page(), []);
  collector.registry.setDefaultLabels({});
  assert.deepEqual(page(), ['jobs_total{zone="eu"} 6']);
  const left = collector.ended();
  const labelled = collecting(left, { labels: { zone: "us" } });
  assert.deepEqual(labelled.page("jobs_total"), []);
  const again = collecting(labelled.ended());
  assert.deepEqual(again.page("jobs_total{"), ['jobs_total{zone="eu"} 6']);
  again.ended();
});

/** What collectors of all kinds of default labels show of one who left something. */
const KINDS = [{}, { zone: "us" }, { app: "shop" }, { app: "other", zone: "eu", host: "h" }];
const DEAD = [undefined, { app: "shop" }, { app: "a", zone: "eu" }, { zone: "ap", app: "a" }, { host: 'x"y\\z\n' }];
const jobsOf = (registry) => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] }).inc({ a: "1" }, 3);
const level = (registry) => registry.gauge({ name: "level", help: "Level.", mode: "all" }).set(2);

/** The pages that collectors show of images, none of them folded; or of what one left. */
function pages(left, images = []) {
  return KINDS.map((labels) => {
    const collector = collecting(left, { labels });
    for (const image of images) collector.dead(image, false);
    const page = [...collector.page("jobs"), ...collector.page("level")];
    collector.ended();
    return page;
  });
}

test("whoever folds, with whatever default labels: others show what they would have shown of the dead", () => {
  const images = DEAD.map((labels) => imageOf((registry) => [jobsOf(registry), level(registry)], { labels }));
  const wanted = pages([], images);
  assert.equal(wanted[0].length, 2 * DEAD.length - 1 + 1, wanted[0].join("\n"));
  assert.equal(wanted[3].filter((line) => line.startsWith("jobs")).length, 1);
  for (const first of KINDS) {
    for (const second of KINDS) {
      // One folds some, the next one the rest; and a third one that has nobody to fold writes it all again.
      let left = [];
      for (const [labels, some] of [
        [first, images.slice(0, 2)],
        [second, images.slice(2)],
        [first, []],
      ]) {
        const collector = collecting(left, { labels });
        for (const image of some) collector.dead(image);
        left = collector.ended();
      }
      assert.deepEqual(pages(left), wanted, JSON.stringify([first, second]));
    }
  }
});

test("default labels that come and go while others count: what is shown, folded and left is as if they had always been there", () => {
  const images = DEAD.map((labels) => imageOf((registry) => [jobsOf(registry), level(registry)], { labels }));
  const wanted = pages([], images);
  const lines = (collector) => [...collector.page("jobs"), ...collector.page("level")];
  // What one left whose labels are those of each kind, and of which some are among the retired when labels change.
  for (const first of KINDS) {
    const before = collecting([], { labels: first });
    for (const image of images.slice(0, 2)) before.dead(image);
    const collector = collecting(before.ended(), { labels: first });
    collector.dead(images[2]);
    const living = images.slice(3).map((image) => collector.dead(image, false));
    for (const labels of [...KINDS, ...KINDS.toReversed(), first]) {
      collector.registry.setDefaultLabels(labels);
      assert.deepEqual(lines(collector), wanted[KINDS.indexOf(labels)], JSON.stringify([first, labels]));
    }
    for (const process of living) collector.source.fold(process);
    for (const labels of KINDS) {
      collector.registry.setDefaultLabels(labels);
      assert.deepEqual(lines(collector), wanted[KINDS.indexOf(labels)], JSON.stringify([first, labels]));
    }
    assert.deepEqual(pages(collector.ended()), wanted);
  }
});

test("what is refused takes no more memory for more of the dead, nor for those who are gone", () => {
  const counted = (registry) => {
    const seconds = older(registry);
    for (let i = 0; i < 200; i++) seconds.observe({ a: `x${i}` }, 1.5);
  };
  const collector = collecting([], {}, newer);
  const used = [];
  for (let round = 0; round < 30; round++) {
    collector.dead(imageOf(counted));
    const living = collector.dead(imageOf(counted), false);
    assert.deepEqual(collector.page("seconds"), []);
    collector.source.drop(living);
    collector.source.publish();
    used.push(collector.registry.memoryUsage().used);
  }
  assert.ok(used[29] <= used[9], used.join(" "));
  collector.registry.remove("seconds");
  assert.equal(collector.page('seconds_count{a="x7"}')[0], 'seconds_count{a="x7"} 30');
  collector.ended();
});

const BLOCKS_MOST = 32;

/** Of a page's jobs: how many lines, their sum, and what those that overflowed have. */
function summed(lines) {
  const value = (line) => Number(line.split(" ").at(-1));
  const sum = (some) => some.reduce((all, line) => all + value(line), 0);
  return { lines: lines.length, sum: sum(lines), over: sum(lines.filter((line) => line.includes('pod="tallystick_overflow"'))) };
}

test("who have default labels of their own each are kept apart up to a limit, however many die and however often it is begun anew", () => {
  const SERIES = 20;
  const pod = (i) =>
    imageOf(
      (registry) => {
        const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] });
        for (let a = 0; a < SERIES; a++) jobs.inc({ a: `x${a}` });
      },
      { labels: { pod: `pod-${i}` } },
    );
  const own = { labels: { pod: "collector" } };
  let collector = collecting([], own);
  let deaths = 0;
  const more = (count) => {
    for (let i = 0; i < count; i++) collector.dead(pod(deaths++));
  };
  more(BLOCKS_MOST);
  collector.page("jobs");
  assert.deepEqual(collector.told, []);
  const used = [];
  for (let times = 0; times < 12; times++) {
    more(8);
    collector.page("jobs");
    used.push(collector.registry.memoryUsage().used);
  }
  assert.ok(used[11] <= used[1], used.join(" "));
  assert.deepEqual(summed(collector.page("jobs")), { lines: SERIES, sum: SERIES * deaths, over: 0 });
  assert.equal(collector.told.length, 1, collector.told.join("\n"));
  assert.match(collector.told[0], /more than 32 sets of default labels .* "tallystick_overflow"/);
  let left = collector.ended();
  const bytes = (frames) => frames.reduce((sum, frame) => sum + frame.length, 0);
  const first = bytes(left);
  // Who has no such label shows them, those that came first as they were; what one before did not tell apart is one.
  const apart = { lines: SERIES * (BLOCKS_MOST + 1), sum: SERIES * deaths, over: SERIES * (deaths - BLOCKS_MOST) };
  for (let times = 0; times < 3; times++) {
    collector = collecting(left);
    assert.deepEqual(summed(collector.page("jobs")), apart);
    assert.ok(collector.page("jobs").includes('jobs_total{a="x7",pod="pod-3"} 1'));
    left = collector.ended();
    collector = collecting(left, own);
    assert.deepEqual(summed(collector.page("jobs")), { ...apart, lines: SERIES, over: 0 });
    assert.deepEqual(collector.told, []);
    left = collector.ended();
    assert.ok(Math.abs(bytes(left) - first) < first / 10, `${first} ${bytes(left)}`);
  }
  // Default labels that go: the same.
  collector = collecting(left, own);
  collector.registry.setDefaultLabels({});
  assert.deepEqual(summed(collector.page("jobs")), apart);
  collector.registry.setDefaultLabels({ pod: "collector" });
  assert.deepEqual(summed(collector.page("jobs")), { ...apart, lines: SERIES, over: 0 });
  collector.ended();
});

test("more sets of default labels than are kept apart, of a collector that shows them, are read by one that does not", () => {
  const before = collecting();
  const deaths = 100;
  for (let i = 0; i < deaths; i++) before.dead(imageOf(jobsOf, { labels: { pod: `pod-${i}` } }));
  assert.equal(before.page("jobs").length, deaths);
  const collector = collecting(before.ended(), { labels: { pod: "collector" } });
  assert.deepEqual(collector.page("jobs"), [`jobs_total{pod="collector",a="1"} ${3 * deaths}`]);
  assert.equal(collector.told.length, 1);
  const again = collecting(collector.ended());
  assert.deepEqual(summed(again.page("jobs")), { lines: BLOCKS_MOST + 1, sum: 3 * deaths, over: 3 * (deaths - BLOCKS_MOST) });
  again.ended();
});

const labelled = (options) => (registry) => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"], ...options });
const jobs = (a, options) => (registry) => labelled(options)(registry).inc({ a }, 10);

test("what the dead had of a series that was removed here stays in what others read, and in nothing else", () => {
  for (const isShared of [true, false]) {
    const collector = collecting([], {}, labelled(), isShared);
    collector.dead(imageOf(jobs("x")));
    assert.deepEqual(collector.page("jobs"), ['jobs_total{a="x"} 10']);
    assert.equal(labelled()(collector.registry).remove({ a: "x" }), true);
    assert.deepEqual(collector.page("jobs"), []);
    // One that comes, and one of that series that comes and dies.
    for (const a of ["y", "x"]) {
      collector.dead(imageOf(jobs(a)));
      assert.deepEqual(collector.page("jobs").length, a === "y" ? 1 : 2);
    }
    assert.deepEqual(collector.page("jobs"), ['jobs_total{a="x"} 10', 'jobs_total{a="y"} 10']);
    const other = collecting(collector.ended(), {}, labelled());
    assert.deepEqual(other.page("jobs"), [`jobs_total{a="x"} ${isShared ? 20 : 10}`, 'jobs_total{a="y"} 10']);
    other.ended();
  }
});

test("what ended here for nothing changed is in no image of the dead any more", () => {
  const expiring = { expireAfterSeconds: 3600 };
  const collector = collecting([], {}, labelled(expiring), true);
  collector.dead(imageOf(jobs("x", expiring)));
  collector.page("jobs");
  // Which is what its end by itself does, too.
  labelled(expiring)(collector.registry).remove({ a: "x" });
  collector.dead(imageOf(jobs("y", expiring)));
  const other = collecting(collector.ended(), {}, labelled(expiring));
  assert.deepEqual(other.page("jobs"), ['jobs_total{a="y"} 10']);
  other.ended();
});
