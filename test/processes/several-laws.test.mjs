// Random histories of several pushers of one registry: over one receiver, and over two that hand on to one root; with answers that are lost,
// receivers that begin anew, gauges that go there and back, series that are removed and made anew, pushers that die.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { by, Collector, Counting, to } from "./forward-tree.mjs";
import { built } from "./push-built.mjs";
import { clock, dice, hostile } from "./push-fakes.mjs";

/** TALLYSTICK_RUNS=1000 looks for longer, TALLYSTICK_SEED=7 at one. */
const RUNS = Number(process.env.TALLYSTICK_RUNS ?? 60);
const SEED = process.env.TALLYSTICK_SEED;
const STEPS = 60;
/** Every such world's image needs several bodies. */
const LARGE = 8;

/** Counters whose labels fill more than one frame. */
function fill(registry, roll) {
  for (const name of ["big", "bigger", "biggest"]) {
    const big = registry.counter({ name, help: "Big.", labelNames: ["id"] });
    for (let i = 0; i < 50; i++) {
      let id = "";
      while (id.length < 1000) id += String(roll()).slice(2);
      big.inc({ id });
    }
  }
}

/** What only grows: counters that nobody removes, and what histograms have. */
function growing(text) {
  const lines = text
    .split("\n")
    .filter((line) => /^(?:steps_total|last_steps_total|order_(?:seconds|sizes)_(?:bucket|count|sum))[{ ]/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

function atLeast(there, least, what) {
  for (const [name, value] of least) assert.ok((there.get(name) ?? 0) >= value, `${what}: ${name} is ${there.get(name)}, not ${value}`);
}

class World {
  seconds = clock();
  reliable = false;
  did = { sent: 0, parts: 0, behind: 0, restarts: 0, died: 0 };
  rests = [];
  dead = [];

  constructor(seed, isLarge) {
    const roll = dice(seed);
    for (let i = 0; i < 5; i++) roll();
    this.roll = roll;
    const { seconds } = this;
    const options = { seconds, deadAfterSeconds: 1e6, foldAfterSeconds: 1e7 };
    this.counting = new Counting();
    this.steps = this.counting.registry.counter({ name: "steps", help: "Steps." });
    this.level = this.counting.registry.gauge({ name: "level", help: "Level." });
    if (isLarge) fill(this.counting.registry, roll);
    // In the last frame, as steps are in the first.
    this.lastSteps = this.counting.registry.counter({ name: "last_steps", help: "Steps." });
    const stored = () => roll() < 0.5;
    this.root = roll() < 0.5 ? new Collector({ ...options, stored: stored() }) : undefined;
    const made = () => {
      if (this.root === undefined) return new Collector({ ...options, stored: stored() });
      return new Collector({ ...options, stored: stored(), forward: by(this.#way(this.root)) });
    };
    this.collectors = Array.from({ length: this.root === undefined ? 1 : 2 }, made);
    this.shown = new Map([...this.collectors, ...(this.root === undefined ? [] : [this.root])].map((each) => [each, new Map()]));
    this.pushers = Array.from({ length: 2 + Number(roll() < 0.5) }, (_, i) => this.#pusher(i));
  }

  /** Anything may become of a request, and of its answer where the collector begins anew. */
  #way(collector) {
    const { network, rest } = hostile(
      () => (this.reliable ? 1 : this.roll()),
      () => collector.receiver,
    );
    this.rests.push(rest);
    return network;
  }

  #pusher(i) {
    const collector = this.collectors[i % this.collectors.length];
    // Now and then an image needs several bodies, where it has several frames.
    const maxBytes = this.roll() < 0.5 ? 4096 : undefined;
    const pusher = this.counting.pusher({ seconds: this.seconds, fetch: this.#way(collector), maxBytes });
    return { collector, pusher, stood: undefined };
  }

  #pick(list) {
    return list[Math.floor(this.roll() * list.length)];
  }

  async pushed(one) {
    const { collector, pusher } = one;
    // Of an image that goes in several pushes, what stood when the first of them began.
    const stood = one.stood ?? growing(textOf(this.counting.registry));
    const { outcome, more } = await pusher.push();
    one.stood = outcome === "sent" && more ? stood : undefined;
    if (outcome === "sent" && more) this.did.parts++;
    if (outcome === "sent" && !more) {
      this.did.sent++;
      atLeast(growing(await collector.page()), stood, "a push that was sent");
    }
    return more;
  }

  async look(collector) {
    const page = growing(await collector.page());
    atLeast(page, this.shown.get(collector), "a page");
    this.shown.set(collector, page);
  }

  async step() {
    const { counting, pushers } = this;
    this.seconds.now += this.roll() * 20;
    const what = this.roll();
    this.steps.inc();
    this.lastSteps.inc();
    if (what < 0.25) counting.count(Math.floor(this.roll() * 1000));
    else if (what < 0.7) await this.pushed(this.#pick(pushers));
    else if (what < 0.76) {
      // There and back: whoever comes last sees no change.
      const [one, other] = [this.#pick(pushers), this.#pick(pushers)];
      for (const [value, who] of [
        [5, one],
        [6, other],
        [5, one],
      ]) {
        this.level.set(value);
        await this.pushed(who);
      }
    } else if (what < 0.8) {
      const labels = { country: this.#pick(["de", "at"]) };
      counting.orders.remove(labels);
      if (this.roll() < 0.5) await this.pushed(this.#pick(pushers));
      if (this.roll() < 0.7) counting.orders.inc(labels, 1);
    } else if (what < 0.84) {
      this.did.died++;
      const i = Math.floor(this.roll() * pushers.length);
      // In the middle of a walk, or between two; another thread comes instead.
      if (this.roll() < 0.5) new built.Exporter(counting.registry, {}, 1n).frames({ full: true, ended: false }).next();
      this.dead.push(pushers[i].pusher);
      pushers[i] = this.#pusher(i);
    } else if (what < 0.88) {
      const collector = this.#pick([...this.shown.keys()]);
      this.did.restarts++;
      collector.begin();
      if (!collector.isStored) this.shown.set(collector, new Map());
    } else if (what < 0.94) {
      await this.#pick(this.collectors).forwarding?.handOn();
    } else {
      await this.look(this.#pick([...this.shown.keys()]));
    }
  }

  /** All arrives from now on, and whoever changes nothing says that it lives. */
  async settled() {
    this.reliable = true;
    for (const rest of this.rests) await rest();
    for (let round = 0; round < 6; round++) {
      this.seconds.now += 61;
      for (const one of this.pushers) while (await this.pushed(one));
      for (const { forwarding } of this.collectors) await forwarding?.handOn();
    }
    for (const { pusher } of this.pushers) this.did.behind += pusher.counts.behind;
  }

  async equal() {
    const direct = new Collector({ seconds: this.seconds });
    const mirror = this.counting.pusher({ seconds: this.seconds, fetch: to(direct) });
    try {
      assert.equal((await mirror.push()).outcome, "sent");
      const page = await direct.page();
      for (const collector of this.shown.keys()) assert.equal(await collector.page(), page);
    } finally {
      mirror.close();
      direct.close();
    }
  }

  close() {
    for (const pusher of [...this.dead, ...this.pushers.map((each) => each.pusher)]) pusher.close();
    for (const collector of this.shown.keys()) collector.close();
    this.counting.close();
  }
}

test("several pushers of one registry: what was sent is there, totals never go back, and in the end all pages are its own", async (t) => {
  const did = { sent: 0, parts: 0, behind: 0, restarts: 0, died: 0 };
  for (let seed = Number(SEED ?? 1); seed <= (SEED === undefined ? RUNS : Number(SEED)); seed++) {
    const world = new World(seed * 7919, seed % LARGE === 0);
    try {
      for (let i = 0; i < STEPS; i++) await world.step();
      await world.settled();
      for (const collector of world.shown.keys()) await world.look(collector);
      await world.equal();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
    } finally {
      world.close();
    }
    for (const key of Object.keys(did)) did[key] += world.did[key];
  }
  t.diagnostic(JSON.stringify(did));
  if (SEED === undefined)
    assert.ok(did.sent > 5 * RUNS && did.parts > RUNS / 4 && did.behind > RUNS && did.restarts > RUNS / 2 && did.died > RUNS / 2);
});
