// Trees of collectors: whatever processes, trees, deliveries and restarts there are, the root's page is that of one receiver to which all
// processes pushed directly. So merging is associative (by any tree), commutative (in any order) and idempotent (by any ways, however
// often).

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { by, Collector, Counting, to } from "./forward-tree.mjs";
import { clock, dice, hostile } from "./push-fakes.mjs";

/** TALLYSTICK_RUNS=1000 looks for longer. */
const RUNS = Number(process.env.TALLYSTICK_RUNS ?? 60);
const DEAD_SECONDS = 300;
const LABELS = [undefined, { pod: "a" }, { pod: "b" }];

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ verb: fc.constant("count"), who: fc.nat(9), number: fc.nat(1000) }) },
  { weight: 6, arbitrary: fc.record({ verb: fc.constant("push"), who: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ verb: fc.constant("handOn"), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constantFrom("kill", "end"), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("restart"), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("look"), who: fc.nat(9) }) },
);
const world = fc.record({
  // Of each collector but the root: below which of those before it, and whether it has a store.
  collectors: fc.array(fc.record({ parent: fc.nat(9), stored: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  // Of each process: the collectors that it pushes to, by turns.
  processes: fc.array(fc.record({ homes: fc.array(fc.nat(9), { minLength: 1, maxLength: 2 }), labels: fc.nat(2) }), {
    minLength: 1,
    maxLength: 4,
  }),
  steps: fc.array(step, { minLength: 10, maxLength: 80 }),
  seed: fc.nat(),
});

class World {
  seconds = clock();
  reliable = false;
  isForgetful = false;
  shown = new Map();
  did = { restarts: 0, dead: 0 };

  constructor({ collectors, processes, seed }) {
    const { seconds } = this;
    const roll = dice(seed);
    const options = { seconds, deadAfterSeconds: DEAD_SECONDS, foldAfterSeconds: 1e7 };
    const rolled = () => (this.reliable ? 1 : roll());
    this.rests = [];
    /** Anything may become of a request, and of its answer where the collector crashes. */
    const way = (collector) => {
      const { network, rest } = hostile(rolled, () => collector().receiver);
      this.rests.push(rest);
      return async (url, init) => {
        const { receiver } = collector();
        const answer = await network(url, init);
        if (receiver !== collector().receiver) throw new Error("reset");
        return answer;
      };
    };
    this.roll = roll;
    this.direct = new Collector(options);
    this.tree = [new Collector({ ...options, stored: true })];
    for (const [i, { parent, stored }] of collectors.entries()) {
      const above = parent % (i + 1);
      const forward = by(way(() => this.tree[above]));
      this.tree.push(new Collector({ ...options, stored, forward }));
    }
    this.processes = processes.map(({ homes, labels }) => {
      const counting = new Counting(LABELS[labels]);
      const ways = homes.map((home) => way(() => this.tree[home % this.tree.length]));
      let turn = 0;
      const fetch = (url, init) => ways[turn++ % ways.length](url, init);
      const pusher = counting.pusher({ seconds, fetch });
      const mirror = counting.pusher({ seconds, fetch: to(this.direct) });
      return { counting, pusher, mirror, isEnding: false, isDead: false };
    });
  }

  async step({ verb, who, number }) {
    const process = this.processes[who % this.processes.length];
    const collector = this.tree[who % this.tree.length];
    this.seconds.now += this.roll() * 20;
    if (verb === "count" && !process.isEnding && !process.isDead) process.counting.count(number);
    if (verb === "push" && !process.isDead) await this.pushed(process);
    if (verb === "handOn") await collector.forwarding?.handOn();
    if (verb === "look") await this.look();
    if ((verb === "kill" || verb === "end") && !process.isDead && this.isForgetful) await this.noticed();
    if (verb === "kill" && !process.isDead) await this.pushed(process, true);
    if (verb === "end" && !process.isDead) {
      process.isEnding = true;
      await this.pushed(process);
    }
    if (verb === "restart") this.restarted(collector);
  }

  /**
   * Whoever dies has pushed just now, and it was acknowledged: nobody could know of more, and a collector that was started anew since the
   * push before would know of nothing.
   */
  async pushed(process, killed = false) {
    const { pusher, mirror, isEnding } = process;
    const { outcome, more } = await pusher.push({ ended: isEnding });
    if (outcome !== "sent" || more || !(isEnding || killed)) return more;
    await mirror.push({ ended: isEnding });
    process.isDead = true;
    this.did.dead++;
    return false;
  }

  /** What waits of the dead is lost where it is kept in memory alone: nobody says it again. */
  restarted(collector) {
    const isKept = collector.isStored || collector.forwarding === undefined;
    const holds = (collector.forwarding?.counts.waiting ?? 0) > 0 && this.processes.some(({ isDead }) => isDead);
    if (!isKept && holds) return;
    collector.begin();
    this.did.restarts++;
    if (!isKept) this.isForgetful = true;
  }

  /**
   * Those below a collector that forgot what waited in it say it again once they hear of that: the collectors by what they hand on next, a
   * process by its push behind that. Whoever dies before has nobody who says it again (docs/processes.md), so nobody dies before here.
   */
  async noticed() {
    const { reliable } = this;
    this.reliable = true;
    for (let round = 0; round < 2 * this.tree.length; round++) await this.round();
    this.reliable = reliable;
    this.isForgetful = false;
  }

  /** All say what they have, behind any pause. */
  async round() {
    this.seconds.now += 61;
    for (const process of this.processes) {
      if (process.isDead) continue;
      while (await this.pushed(process));
      await process.mirror.push();
    }
    for (const { forwarding } of this.tree.toReversed()) await forwarding?.handOn();
  }

  /** Totals never go back. */
  async look() {
    const page = await this.tree[0].page();
    for (const line of page
      .split("\n")
      .filter((each) => /^[^#]*_(total|bucket|count|sum)[{ ]/.test(each) && !/^(?:queue|open)_/.test(each))) {
      const name = line.slice(0, line.lastIndexOf(" "));
      const value = Number(line.slice(line.lastIndexOf(" ") + 1));
      assert.ok(value >= (this.shown.get(name) ?? 0), `${name} went back from ${this.shown.get(name)} to ${value}`);
      this.shown.set(name, value);
    }
  }

  /** Everything arrives from now on, and time passes: whoever lives says so, and the dead are known to be. */
  async settled() {
    this.reliable = true;
    // Whoever was started anew begins to count how long they are silent.
    for (const collector of this.tree) await collector.receiver.settled();
    for (const rest of this.rests) await rest();
    for (let round = 0; round < 14; round++) {
      await this.round();
    }
  }

  close() {
    for (const one of [...this.tree, this.direct]) one.close();
    for (const { counting, pusher, mirror } of this.processes) {
      // What they remember of a registry outlives it: a thousand worlds are one memory.
      pusher.close();
      mirror.close();
      counting.close();
    }
  }
}

test("forward: the root's page is that of one receiver to which all pushed directly", async (t) => {
  const did = { restarts: 0, dead: 0, handedOn: 0 };
  await fc.assert(
    fc.asyncProperty(world, async (made) => {
      const there = new World(made);
      try {
        for (const one of made.steps) await there.step(one);
        await there.settled();
        await there.look();
        assert.equal(await there.tree[0].page(), await there.direct.page());
        for (const { forwarding } of there.tree) {
          assert.equal(forwarding?.counts.waiting ?? 0, 0);
          assert.equal((await forwarding?.handOn())?.outcome ?? "nothing", "nothing");
          did.handedOn += forwarding?.counts.handedOn ?? 0;
        }
        did.restarts += there.did.restarts;
        did.dead += there.did.dead;
      } finally {
        there.close();
      }
    }),
    { numRuns: RUNS, includeErrorInReport: true, endOnFailure: true },
  );
  t.diagnostic(`${did.handedOn} pushes handed on, ${did.restarts} restarts, ${did.dead} processes died`);
  assert.ok(did.restarts > 0 && did.dead > 0 && did.handedOn > RUNS);
});
