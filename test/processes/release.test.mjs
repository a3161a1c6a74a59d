// A collector that has no metrics of its own stands while releases come and go that define one otherwise: the page goes with
// those who live, the dead are kept, and of two versions that live the one that is shown stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { put } from "./database.mjs";
import { folder, Member } from "./members.mjs";
import { spooling } from "./spooling.mjs";

const { Exporter, readMultiprocessDir, Registry, Source } = spooling;

const seconds = (buckets) => (registry) => registry.histogram({ name: "work", help: "Work.", buckets }).observe(1.5);
const labelled = (labelNames, labels) => (registry) => registry.counter({ name: "work", help: "Work.", labelNames }).inc(labels, 5);

/** What two versions of a program count once, and whether a page has it so. */
const CHANGES = {
  buckets: [
    [seconds([1, 2]), /^work_bucket\{le="2"\} (\d+)/m],
    [seconds([1, 9]), /^work_bucket\{le="9"\} (\d+)/m],
  ],
  labels: [
    [labelled(["a"], { a: "x" }), /^work_total\{a="x"\} (\d+)/m, 5],
    [labelled(["a", "b"], { a: "x", b: "y" }), /^work_total\{a="x",b="y"\} (\d+)/m, 5],
  ],
  type: [
    [labelled([], {}), /^work_total (\d+)/m, 5],
    [seconds([1, 2]), /^work_bucket\{le="2"\} (\d+)/m],
  ],
  names: [
    [labelled([], {}), /^work_total (\d+)/m, 5],
    [(registry) => registry.gauge({ name: "work_total", help: "Work.", mode: "sum" }).set(3), /^work_total (\d+)/m, 3],
  ],
};

let sources = 9000n;
let instances = 5000n;

/** A collector that registers nothing. */
function collecting(retired = []) {
  const registry = new Registry();
  const told = [];
  const source = new Source(registry, sources++, (error) => told.push(error.message));
  assert.equal(source.retire(Buffer.concat(retired)).refused, undefined);
  return {
    registry,
    source,
    told,
    /** A process that counted once, and lives. */
    begun(count) {
      const own = new Registry();
      count(own);
      const process = source.process(undefined, `process ${instances}`);
      const exporter = new Exporter(own, {}, instances++);
      for (const frame of exporter.frames({ full: true, ended: false })) assert.equal(process.apply(frame.slice()).refused, undefined);
      return process;
    },
    ended(process) {
      source.live(process, false);
      source.fold(process);
    },
    page() {
      source.publish();
      return textOf(registry);
    },
    left() {
      const frames = Array.from(source.retired(), (frame) => frame.slice());
      source.close();
      return frames;
    },
  };
}

for (const [what, versions] of Object.entries(CHANGES)) {
  test(`the page goes with the living where ${what} change, there and back, and nothing is lost of either`, () => {
    let collector = collecting();
    const counts = [0, 0];
    const begun = (version) => {
      counts[version]++;
      return collector.begun(versions[version][0]);
    };
    const shows = (version) => {
      // Also with the next page.
      for (let pages = 0; pages < 2; pages++) {
        const text = collector.page();
        const [, pattern, each = 1] = versions[version];
        assert.equal(Number(pattern.exec(text)?.[1]), each * counts[version], text);
        assert.equal(text.match(/^# TYPE work/gm).length, 1);
        if (what !== "names") assert.doesNotMatch(text, versions[1 - version][1]);
      }
    };
    for (let round = 0, shown = 0; round < 4; round++, shown = 1 - shown) {
      const old = [begun(shown), begun(shown)];
      shows(shown);
      assert.equal(collector.told.length, 0);
      const next = [begun(1 - shown)];
      shows(shown);
      assert.equal(collector.told.length, 1);
      collector.ended(old.pop());
      next.push(begun(1 - shown));
      shows(shown);
      // Believed to be dead is enough, and who comes back takes nobody's place.
      collector.source.live(old[0], false);
      shows(1 - shown);
      collector.source.live(old[0], true);
      shows(1 - shown);
      assert.equal(collector.told.length, 2, "who is back is refused in its turn");
      collector.ended(old.pop());
      shows(1 - shown);
      assert.equal(collector.told.length, 2, "and the dead are not");
      // Also for a collector that comes now, to which the dead's file speaks first, and one that finds nobody.
      for (const process of next) collector.ended(process);
      shows(1 - shown);
      collector = collecting(collector.left());
      shows(1 - shown);
      assert.equal(collector.told.length, 0, "of the dead nobody is told");
      collector = collecting(collector.left());
      const fresh = begun(shown);
      shows(shown);
      assert.equal(collector.told.length, 0);
      collector.ended(fresh);
      shows(shown);
      const again = begun(1 - shown);
      shows(1 - shown);
      collector.ended(again);
    }
    collector.source.close();
  });
}

test("nobody is told of what makes way while all is read: of the dead, in whatever order they come", () => {
  const [[one], [other]] = CHANGES.buckets;
  for (const isFirst of [true, false]) {
    const collector = collecting();
    // A file that is there yet: whether its process lives is known behind it.
    const begun = () => collector.source.live(collector.begun(one), false);
    if (isFirst) begun();
    collector.begun(other);
    if (!isFirst) begun();
    for (let pages = 0; pages < 2; pages++) assert.match(collector.page(), /le="9"\} 1/);
    assert.deepEqual(collector.told, []);
    collector.begun(one);
    assert.match(collector.page(), /le="9"\} 1/);
    assert.equal(collector.told.length, 1);
    collector.source.close();
  }
});

test("what is registered here does not make way, nor does what another source shows", () => {
  const [[one], [other]] = CHANGES.buckets;
  const collector = collecting();
  const second = new Source(collector.registry, sources++);
  const own = new Registry();
  one(own);
  const process = second.process();
  for (const frame of new Exporter(own, {}, instances++).frames({ full: true, ended: false })) process.apply(frame.slice());
  second.publish();
  collector.begun(other);
  for (let pages = 0; pages < 3; pages++) {
    assert.match(collector.page(), /le="2"\} 1/);
    second.publish();
  }
  second.close();
  assert.match(collector.page(), /le="9"\} 1/);
  collector.registry.histogram({ name: "work", help: "Work.", buckets: [3] });
  for (let pages = 0; pages < 3; pages++) assert.match(collector.page(), /le="3"\} 0/);
  collector.source.close();
});

test("a metric that is refused is told of in words of other processes: whose, how both are, and what becomes of it", () => {
  const [[one], [other]] = CHANGES.buckets;
  const collector = collecting();
  collector.begun(one);
  const name = `process ${instances}`;
  collector.begun(other);
  collector.page();
  assert.deepEqual(collector.told, [
    `Cannot show metric "work" of ${name}, and of any other that defines it so: it is defined otherwise here; ` +
      "what they count of it is kept, and is shown here when no process has the other one any more\n" +
      '  here:   histogram "work", labels [], buckets [1, 2], help "Work."\n' +
      '  theirs: histogram "work", labels [], buckets [1, 9], help "Work."',
  ]);
  collector.source.close();
});

test("what Python's processes have otherwise is told of in such words, and shown when nobody has the other", async (t) => {
  const path = folder(t);
  put(path, "counter_1.db", [["work", "work_total", { a: "x" }, 5]]);
  const registry = new Registry();
  registry.counter({ name: "work", help: "Work.", labelNames: ["b"] }).inc({ b: "y" });
  const told = [];
  const reading = readMultiprocessDir(path, { registry, onError: (error) => told.push(error.message) });
  for (let times = 0; times < 2; times++) await reading.refresh();
  assert.equal(told.length, 1);
  assert.match(
    told[0],
    /^Cannot show metric "work" of Python's processes: it is defined otherwise here; it stays in their files, and is shown .*\n  here:   counter "work", labels \[b\]/,
  );
  assert.match(told[0], /\n  theirs: counter "work", labels \[a\]/);
  registry.remove("work");
  await reading.refresh();
  assert.match(textOf(registry), /^work_total\{a="x"\} 5$/m);
  reading.close();
});

/** A process of a release that counted, and joined. */
async function release(dir, buckets) {
  const member = new Member(dir);
  await member.run(async (own) => {
    kept.spool = spool({ dir });
    registry.histogram({ name: "work", help: "Work.", buckets: own }).observe(1.5);
    await kept.spool.flush();
  }, buckets);
  return member;
}

async function sidecar(dir) {
  const member = new Member(dir);
  await member.run(() => {
    kept.told = [];
    kept.spool = spool({ dir, write: false, onError: (error) => kept.told.push(error.message) });
  });
  return member;
}

async function shows(member, bound, count) {
  for (let pages = 0; pages < 2; pages++) {
    const values = await member.values();
    assert.equal(values.get(`work_bucket{le="${bound}"}`), count, [...values].join("\n"));
    assert.equal(values.get("work_count"), count);
  }
}

test("a rolling release with other buckets, and the way back, beside a collector that stands, and one that is killed", async (t) => {
  const dir = folder(t);
  let collector = await sidecar(dir);
  const old = [await release(dir, [1, 2]), await release(dir, [1, 2])];
  await shows(collector, 2, 2);
  const fresh = [await release(dir, [1, 5])];
  await shows(collector, 2, 2);
  const told = await collector.run(() => kept.told);
  assert.equal(told.length, 1);
  assert.match(
    told[0],
    new RegExp(`of process ${fresh[0].pid} \\(".*\\.image"\\), and of any other that defines it so: it is defined otherwise here; .*\\n`),
  );
  await old[0].kill();
  fresh.push(await release(dir, [1, 5]));
  await shows(collector, 2, 2);
  await old[1].kill();
  await shows(collector, 5, 2);
  assert.equal(await collector.run(() => kept.spool.compact()), true);
  await shows(collector, 5, 2);
  // Whoever comes after it has the dead's file in front of those who live.
  await collector.kill();
  collector = await sidecar(dir);
  await shows(collector, 5, 2);
  assert.deepEqual(await collector.run(() => kept.told), []);
  // The way back.
  const back = await release(dir, [1, 2]);
  await shows(collector, 5, 2);
  await fresh[0].kill();
  await shows(collector, 5, 2);
  await fresh[1].kill();
  await shows(collector, 2, 3);
  await collector.run(() => kept.spool.compact());
  await shows(collector, 2, 3);
  await collector.kill();
  collector = await sidecar(dir);
  await shows(collector, 2, 3);
  const last = await release(dir, [1, 5]);
  await back.kill();
  await shows(collector, 5, 3);
  // All are over, and another run begins with another version: it is not in the way of who is no more.
  await last.kill();
  const next = await release(dir, [1, 7]);
  await shows(collector, 7, 1);
  await next.kill();
});
