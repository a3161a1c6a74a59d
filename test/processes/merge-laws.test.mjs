// The laws of merging, for every type and every mode of gauges: whatever the order in which the images of processes come, how often and
// how late, what is lost on the way and who is folded with whom first, the page is the same in the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { spooling } from "./spooling.mjs";

const { Exporter, Registry, Source } = spooling;
const MODES = "shared sum min max mostrecent all livesum livemin livemax livemostrecent liveall".split(" ");
const STATES = ["idle", "busy", "gone"];
const help = "Help.";
const labelNames = ["a"];

/**
 * Bins of a summary lie around the first value that a series sees, 17 powers of ten up and down, and what is beyond is counted in the last:
 * that depends on who came first, without any merging, too.
 */
const WITHIN_SUMMARY = 1e6;
const within = (number) => Math.max(-WITHIN_SUMMARY, Math.min(WITHIN_SUMMARY, number));

/** What a process may do: each with a series and a number. */
const VERBS = {
  counter: (own, labels, number) => own.counter.inc(labels, Math.abs(number)),
  histogram: (own, labels, number) => own.histogram.observe(labels, number),
  native: (own, labels, number) => own.native.observe(labels, number),
  summary: (own, labels, number) => own.summary.observe(labels, within(number)),
  info: (own, labels, number) => own.info.set({ ...labels, version: `${Math.round(number)}` }),
  stateSet: (own, labels, number) => own.stateSet.set(labels, STATES[Math.abs(Math.round(number)) % STATES.length]),
  gaugeHistogram: (own, labels, number) => own.gaugeHistogram.set(labels, [number, 1]),
  unknown: (own, labels, number) => own.unknown.set(labels.a, number),
  remove: (own, labels) => own.counter.remove(labels),
  reset: (own) => own.histogram.reset(),
  ...Object.fromEntries(MODES.map((mode) => [mode, (own, labels, number) => own[mode].set(labels, number)])),
};

/** A process: a registry with all there is, and what tells others of it. */
class Member {
  #registry = new Registry();
  #exporter;
  #own;

  constructor(number) {
    const registry = this.#registry;
    const unknown = new Map();
    this.#own = {
      counter: registry.counter({ name: "counted", help, labelNames }),
      histogram: registry.histogram({ name: "observed", help, labelNames, buckets: [0, 1, 100] }),
      native: registry.histogram({ name: "finely", help, labelNames, native: true, buckets: [1] }),
      summary: registry.summary({ name: "summarized", help, labelNames, quantiles: [0.5, 0.9] }),
      info: registry.info({ name: "build", help, labelNames: ["a", "version"] }),
      stateSet: registry.stateSet({ name: "phase", help, labelNames, states: STATES }),
      gaugeHistogram: registry.gaugeHistogram({ name: "ages", help, labelNames, buckets: [1, 10] }),
      unknown,
    };
    for (const mode of MODES) this.#own[mode] = registry.gauge({ name: `level_${mode}`, help, labelNames, mode });
    registry.collect(() => [
      { type: "unknown", name: "told", help, labelNames, samples: [...unknown].map(([a, value]) => ({ labels: { a }, value })) },
    ]);
    this.#exporter = new Exporter(registry, {}, BigInt(number + 1));
  }

  count({ verb, a, number }) {
    VERBS[verb](this.#own, { a }, number);
  }

  /** The next sequence, as bytes: the whole image, or what changed since the last one. */
  async tell(full) {
    // Collectors run before a page.
    await this.#registry.expose();
    return Buffer.concat([...this.#exporter.frames({ full, ended: false })]);
  }

  close() {
    this.#exporter.close();
    this.#registry.close();
  }
}

/** Whoever adds up what processes tell. */
class Collector {
  #registry = new Registry();
  source = new Source(this.#registry, 1n);

  /** What it shows, line by line; when things began may be told by those that were there before. */
  page() {
    this.source.publish();
    const dialects = ["text", "openmetrics2"].map((dialect) => new TextDecoder().decode(this.#registry.exposeSync({ dialect }).body));
    return dialects
      .flatMap((text) => text.split("\n"))
      .filter((line) => line !== "" && !line.includes("tallystick_"))
      .map((line) => line.replace(/ st@[0-9.]+/, ""))
      .sort();
  }

  close() {
    this.source.close();
    this.#registry.close();
  }
}

const number = fc.oneof(
  fc.constantFrom(0, -0, 1, 0.1, -3, 1e-9, 1e15),
  fc.integer({ min: -20_000, max: 20_000 }).map((hundredths) => hundredths / 100),
);
const counting = fc.record({
  member: fc.nat(2),
  verb: fc.constantFrom(...Object.keys(VERBS)),
  a: fc.constantFrom("1", "2", "3"),
  number,
});
/** It always changes something. */
const SOMETHING = { verb: "counter", a: "1", number: 1 };
const script = (minLength) => fc.array(counting, { minLength, maxLength: 120 });

/** Runs a law with three processes, collectors that it asks for, and chance; closes all in the end. */
async function law(runs, arbitrary, check) {
  await fc.assert(
    fc.asyncProperty(arbitrary, fc.gen(), async (given, gen) => {
      const members = Array.from({ length: 3 }, (_, i) => new Member(i));
      const collectors = [];
      const collector = () => (collectors.push(new Collector()), collectors.at(-1));
      // By their numbers: of a counterexample's outcomes nobody reads the bytes.
      const chance = (outcomes) => outcomes[gen(fc.nat, outcomes.length - 1)];
      try {
        await check({ given, members, collector, chance });
      } finally {
        for (const one of [...members, ...collectors]) one.close();
      }
    }),
    { numRuns: runs },
  );
}

/** The page of whoever was told nothing but the whole image of each, in this order, and who of them lives. */
async function reference(members, fresh, dead = []) {
  for (const member of members) {
    const process = fresh.source.process();
    const { refused } = process.apply(await member.tell(true));
    assert.equal(refused, undefined);
    fresh.source.live(process, !dead.includes(member));
  }
  return fresh.page();
}

test("images merge to one page in any order, twice, late and in part, with pages in between and processes that seem dead", async () => {
  await law(25, script(30), async ({ given, members, collector, chance }) => {
    const late = collector();
    const ends = members.map((member) => ({ member, process: late.source.process(), whole: true, waiting: [] }));
    const taken = (end, bytes) => {
      const { behind, refused } = end.process.apply(bytes);
      assert.equal(behind, refused !== undefined, refused);
      if (behind) end.whole = true;
    };
    for (const step of given) {
      members[step.member].count(step);
      const end = chance(ends);
      const event = chance(["count", "tell", "tell", "lose", "delay", "again", "page", "dead", "back"]);
      if (event === "page") late.page();
      else if (event === "dead" || event === "back") late.source.live(end.process, event === "back");
      else if (event === "again" && end.waiting.length > 0) taken(end, chance(end.waiting));
      else if (event === "tell" || event === "lose" || event === "delay") {
        const bytes = await end.member.tell(end.whole);
        end.whole = false;
        if (event !== "lose") end.waiting.push(bytes);
        if (event === "tell") taken(end, bytes);
      }
    }
    const dead = [chance(members)];
    for (const end of ends) {
      // What was lost shows with the next thing that is told.
      end.member.count(SOMETHING);
      taken(end, await end.member.tell(end.whole));
      if (end.whole) taken(end, await end.member.tell(true));
      late.source.live(end.process, !dead.includes(end.member));
    }
    // All that ever was told, once more.
    for (const end of ends) for (const bytes of end.waiting) end.process.apply(bytes);
    assert.deepEqual(late.page(), await reference(members.reverse(), collector(), dead));
  });
});

test("what changed since an image makes it the whole image of now, however many sequences it was told in", async () => {
  await law(12, script(60), async ({ given, members, collector, chance }) => {
    const [one, merged, single] = [members[0], collector(), collector()];
    const process = merged.source.process();
    for (const step of given) {
      one.count(step);
      if (chance([true, false])) assert.equal(process.apply(await one.tell(false)).refused, undefined);
    }
    assert.equal(process.apply(await one.tell(false)).refused, undefined);
    assert.deepEqual(merged.page(), await reference([one], single));
  });
});

test("a sequence that builds upon a lost one changes nothing and asks for the whole image, which has all", async () => {
  await law(12, fc.tuple(script(5), script(5), script(5)), async ({ given, members, collector }) => {
    const [one, holed] = [members[0], collector()];
    const process = holed.source.process();
    const told = async (steps) => {
      for (const step of steps) one.count(step);
      one.count(SOMETHING);
      return one.tell(false);
    };
    assert.equal(process.apply(await told(given[0])).behind, false);
    const before = holed.page();
    assert.notEqual((await told(given[1])).length, 0);
    assert.equal(process.apply(await told(given[2])).behind, true);
    assert.deepEqual(holed.page(), before);
    assert.equal(process.apply(await one.tell(true)).refused, undefined);
    assert.deepEqual(holed.page(), await reference([one], collector()));
  });
});

test("the dead are folded to one page in any order and in any groups, whose totals are handed on", async () => {
  await law(20, script(30), async ({ given, members, collector, chance }) => {
    for (const step of given) members[step.member].count(step);
    const images = await Promise.all(members.map((member) => member.tell(true)));
    const folded = (into, image) => {
      const process = into.source.process();
      assert.equal(process.apply(image).refused, undefined);
      if (chance([true, false])) into.page();
      into.source.fold(process);
    };
    const flat = collector();
    for (const image of images) folded(flat, image);
    const [first, ...others] = chance([images, [...images].reverse(), [images[1], images[2], images[0]]]);
    let last = collector();
    folded(last, first);
    for (const image of others) {
      if (chance([true, false])) {
        const next = collector();
        const left = Buffer.concat([...last.source.retired()]);
        assert.equal(next.source.retire(left).consumed, left.length);
        last = next;
      }
      folded(last, image);
    }
    assert.deepEqual(last.page(), flat.page());
  });
});
