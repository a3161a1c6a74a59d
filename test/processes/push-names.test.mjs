// What several pushers of one registry do where its name was folded: all of them go on under the next one, and nothing counts twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../bindings/hired.mjs";
import { by, Collector, to, TOKEN } from "./forward-tree.mjs";
import { built } from "./push-built.mjs";
import { clock, dice, hostile } from "./push-fakes.mjs";

const { Exporter, Registry } = built;
/** TALLYSTICK_RUNS=1000 looks for longer, TALLYSTICK_SEED=7 at one. */
const RUNS = Number(process.env.TALLYSTICK_RUNS ?? 40);
const SEED = process.env.TALLYSTICK_SEED;
const DEAD_SECONDS = 50;
const FOLD_SECONDS = 100;

class Process {
  registry = new Registry();
  jobs = this.registry.counter({ name: "jobs", help: "Jobs." });
  counted = 0;
  told = [];
  #seconds;

  constructor(seconds) {
    this.#seconds = seconds;
  }

  inc(by = 1) {
    this.jobs.inc(by);
    this.counted += by;
  }

  pusher(fetch, options = {}) {
    const onError = (error) => this.told.push(error.message);
    const { registry } = this;
    return built.pusher({ url: "https://c.example/push", token: TOKEN, registry, seconds: this.#seconds, fetch, onError, ...options });
  }
}

const jobsOf = async (collector) => sample(await collector.page(), "jobs_total") ?? 0;

function world(t, count, options = {}) {
  const seconds = clock();
  const made = (more) => {
    const collector = new Collector({ seconds, deadAfterSeconds: DEAD_SECONDS, foldAfterSeconds: FOLD_SECONDS, ...options, ...more });
    t.after(() => collector.close());
    return collector;
  };
  const root = count === 1 ? undefined : made();
  const collectors = Array.from({ length: count }, () => made(root === undefined ? {} : { forward: by(to(root)) }));
  const own = new Process(seconds);
  t.after(() => own.registry.close());
  /** Silent for so long that it is folded. */
  const silence = async (...these) => {
    for (let i = 0; i < 4; i++) {
      seconds.now += FOLD_SECONDS / 2;
      for (const collector of these) await collector.receiver.settled();
    }
  };
  return { seconds, made, root, collectors, own, silence };
}

for (const stored of [false, true]) {
  test(`pushers of a registry that was folded at their receiver go on under one name, ${stored ? "with" : "without"} a store`, async (t) => {
    const { seconds, collectors, own, silence } = world(t, 1, { stored });
    const [collector] = collectors;
    const [one, other] = [own.pusher(to(collector)), own.pusher(to(collector))];
    own.inc(10);
    for (const pusher of [one, other]) await pusher.push();
    await silence(collector);
    assert.equal(collector.receiver.counts().folded, 1);
    own.inc(5);
    assert.equal((await one.push()).outcome, "sent");
    assert.equal(await jobsOf(collector), 10);
    own.inc(3);
    assert.equal((await other.push()).outcome, "sent");
    assert.equal(await jobsOf(collector), 13);
    own.inc(2);
    seconds.now += 20;
    assert.equal((await one.push()).outcome, "sent");
    assert.equal(await jobsOf(collector), 15);
    // One that begins by now, too.
    const late = own.pusher(to(collector));
    own.inc(1);
    assert.equal((await late.push()).outcome, "sent");
    assert.equal(await jobsOf(collector), 16);
    assert.deepEqual([collector.receiver.counts().processes, collector.receiver.counts().folded], [1, 1]);
    const told = own.told.map((text) => /another pusher|it took this process for dead/.exec(text)?.[0]);
    assert.deepEqual(told, ["it took this process for dead", "another pusher"]);
    assert.deepEqual(
      [one, other, late].map(({ counts }) => counts.anew),
      [1, 1, 0],
    );
    if (!stored) return;
    const page = await collector.page();
    collector.begin();
    assert.equal(await collector.page(), page);
    own.inc(4);
    for (const pusher of [other, late, one]) assert.equal((await pusher.push()).outcome, "sent");
    collector.begin();
    assert.equal(await jobsOf(collector), 20);
  });
}

test("a registry that was folded at one of two collectors under a root counts once there, and at the other one", async (t) => {
  const { seconds, root, collectors, own } = world(t, 2);
  const pushers = collectors.map((collector) => own.pusher(to(collector)));
  const pushed = async (i) => {
    assert.equal((await pushers[i].push()).outcome, "sent");
    await collectors[i].forwarding.handOn();
  };
  own.inc(10);
  for (const i of [0, 1]) await pushed(i);
  for (let i = 0; i < 10; i++) {
    own.inc();
    seconds.now += 20;
    await pushed(1);
    await collectors[0].receiver.settled();
  }
  // Of the first one the root has not heard for long, of the process it has.
  assert.deepEqual(
    [collectors[0], root].map(({ receiver }) => receiver.counts().folded),
    [1, 0],
  );
  own.inc(4);
  await pushed(0);
  assert.deepEqual([await jobsOf(collectors[0]), await jobsOf(root)], [10, 20]);
  own.inc(6);
  await pushed(1);
  // The baseline of the first one is the earlier one: where both are known what was counted since is there.
  assert.deepEqual([await jobsOf(collectors[1]), await jobsOf(root)], [20, 26]);
  // The other one spoke there last: the whole image is asked for.
  for (let i = 0; i < 2; i++) {
    own.inc(1);
    await pushed(0);
  }
  assert.deepEqual([await jobsOf(collectors[0]), await jobsOf(root)], [18, 28]);
  await pushed(1);
  assert.deepEqual([await jobsOf(collectors[1]), await jobsOf(root)], [22, 28]);
  assert.equal(own.counted, 32);
  assert.equal(own.told.length, 2);
});

test("a name that was taken by a thread that died before it pushed, or in the middle of another one's walk, counts nothing twice", async (t) => {
  const { collectors, own } = world(t, 1);
  const [collector] = collectors;
  const pusher = own.pusher(to(collector));
  own.inc(10);
  await pusher.push();
  const rename = () => {
    const exporter = new Exporter(own.registry, {}, 0n, true);
    for (const baseline of [false, true]) exporter.frames({ full: true, ended: false, baseline }).next();
  };
  rename();
  own.inc(3);
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await jobsOf(collector), 10);
  own.inc(2);
  assert.equal((await pusher.push()).outcome, "sent");
  assert.equal(await jobsOf(collector), 12);
  // In the middle: what was walked is thrown away.
  let armed = false;
  const head = {
    get pod() {
      if (armed) {
        armed = false;
        rename();
      }
      return "a";
    },
  };
  const walking = new Exporter(own.registry, head, 0n, true);
  assert.equal([...walking.frames({ full: true, ended: false })].length, 2);
  const { instance } = walking;
  armed = true;
  const frames = [...walking.frames({ full: true, ended: false })];
  assert.notEqual(walking.instance, instance);
  for (const frame of frames) {
    const said = new DataView(frame.buffer).getBigUint64(24, true).toString(16).padStart(16, "0");
    assert.equal(said, walking.instance);
  }
  const flags = frames.map((frame) => frame[12]);
  assert.deepEqual(flags, [1 + 2 + 8, 1 + 2 + 16]);
});

/** A process of many series. */
function large(own) {
  for (let f = 0; f < 40; f++) {
    const big = own.registry.counter({ name: `big_${f}`, help: "Big.", labelNames: ["id"] });
    for (let i = 0; i < 250; i++)
      big
        .labels(
          String(Math.sin(f * 1000 + i))
            .slice(2)
            .repeat(4),
        )
        .inc(7);
  }
}

test("a folded process whose image needs many bodies comes back, part by part, with its baseline in front", async (t) => {
  const { collectors, own, silence } = world(t, 1, { maxBytes: 262144, stored: true });
  const [collector] = collectors;
  large(own);
  own.inc(10);
  const sizes = [];
  const fetch = (url, init) => {
    sizes.push(init.body.length);
    return to(collector)(url, init);
  };
  const pusher = own.pusher(fetch, { maxBytes: 65536 });
  const all = async () => {
    for (let more = true, pushed; more; { more } = pushed) {
      pushed = await pusher.push();
      assert.equal(pushed.outcome, "sent", pushed.error?.message);
    }
  };
  await all();
  const before = sizes.length;
  assert.ok(before > 3);
  const page = await collector.page();
  await silence(collector);
  own.inc(1);
  await all();
  assert.ok(sizes.length >= 3 * before - 3, `${sizes.length} bodies, ${before} before`);
  assert.ok(Math.max(...sizes) <= 65536 + 131072);
  assert.equal(await collector.page(), page);
  own.inc(5);
  await all();
  assert.equal(await jobsOf(collector), 15);
  collector.begin();
  assert.equal(await jobsOf(collector), 15);
  assert.equal(own.told.length, 1);
  // Whoever has lost the beginning is told all of it again, not half: less than nothing would be there, or twice as much.
  collector.store.kept.clear();
  collector.begin();
  own.inc(1);
  let shown = 0;
  for (let more = true; more;) {
    ({ more } = await pusher.push());
    const there = await jobsOf(collector);
    assert.ok(there === 0 || !more, `${there} in the middle`);
    shown = there;
  }
  assert.equal(shown, 6);
});

test("a folded process of many bodies is never taken without its baseline where a balancer gives it to several receivers", async (t) => {
  const { made, own, silence, seconds } = world(t, 1, { maxBytes: 262144 });
  const collectors = [made(), made()];
  large(own);
  own.inc(10);
  let turn = 0;
  let balanced = false;
  const fetch = (url, init) => to(collectors[balanced ? turn++ % 2 : 0])(url, init);
  const pusher = own.pusher(fetch, { maxBytes: 65536 });
  while ((await pusher.push()).more);
  await silence(...collectors);
  balanced = true;
  for (let i = 0; i < 30; i++) {
    await pusher.push();
    seconds.now += 61;
    for (const collector of collectors) assert.equal(await jobsOf(collector), collector === collectors[0] ? 10 : 0);
  }
  assert.match(own.told.join("\n"), /it needs several pushes, and 3 times/);
});

class Laws {
  seconds = clock();
  reliable = false;
  rests = [];
  over = [];
  did = { anew: 0, folded: 0, sent: 0 };

  constructor(seed) {
    const roll = dice(seed);
    for (let i = 0; i < 5; i++) roll();
    this.roll = roll;
    const { seconds } = this;
    const made = (more = {}) =>
      new Collector({ seconds, deadAfterSeconds: DEAD_SECONDS, foldAfterSeconds: FOLD_SECONDS, stored: roll() < 0.5, ...more });
    this.root = roll() < 0.5 ? made() : undefined;
    const way = (more) => (this.root === undefined ? {} : { forward: by(this.way(this.root), more) });
    this.collectors = Array.from({ length: this.root === undefined ? 1 + Number(roll() < 0.5) : 2 }, () => made(way()));
    this.all = [...this.collectors, ...(this.root === undefined ? [] : [this.root])];
    this.own = new Process(seconds);
    this.pushers = Array.from({ length: 2 + Number(roll() < 0.5) }, (_, i) => this.made(i));
  }

  way(collector) {
    const { network, rest } = hostile(
      () => (this.reliable ? 1 : this.roll()),
      () => collector.receiver,
    );
    this.rests.push(rest);
    return network;
  }

  made(i) {
    return this.own.pusher(this.way(this.collectors[i % this.collectors.length]), { maxBytes: this.roll() < 0.3 ? 4096 : undefined });
  }

  pick(list) {
    return list[Math.floor(this.roll() * list.length)];
  }

  async push(pusher, options) {
    const { outcome } = await pusher.push(options);
    if (outcome === "sent") this.did.sent++;
  }

  /** Nothing counts twice: no page has more than was counted. */
  async look() {
    for (const collector of this.all) {
      const there = await jobsOf(collector);
      assert.ok(there <= this.own.counted, `${there} of ${this.own.counted}`);
    }
  }

  async step() {
    const what = this.roll();
    this.seconds.now += this.roll() * (this.roll() < 0.1 ? 3 * FOLD_SECONDS : 20);
    this.own.inc(1 + Math.floor(this.roll() * 5));
    if (what < 0.6) await this.push(this.pick(this.pushers));
    else if (what < 0.65) {
      const i = Math.floor(this.roll() * this.pushers.length);
      if (this.roll() < 0.5) await this.push(this.pushers[i], { ended: true });
      this.over.push(this.pushers[i]);
      this.pushers[i] = this.made(i);
    } else if (what < 0.7) this.pick(this.all).begin();
    else if (what < 0.85) await this.pick(this.collectors).forwarding?.handOn();
    else await this.look();
  }

  async settled() {
    for (let round = 0; round < 4; round++) {
      // Nobody is silent for long from now on.
      for (const pusher of this.pushers) {
        this.seconds.now += 5;
        for (let more = true; more;) ({ more } = await pusher.push());
      }
      for (const { forwarding } of this.collectors) {
        this.seconds.now += 5;
        await forwarding?.handOn();
        await forwarding?.handOn();
      }
    }
  }

  async end() {
    this.reliable = true;
    for (const rest of this.rests) await rest();
    for (let i = 0; i < 4; i++) {
      this.seconds.now += 61;
      await this.settled();
    }
    await this.look();
    const before = [];
    for (const collector of this.all) before.push(await jobsOf(collector));
    this.own.inc(1000);
    await this.settled();
    for (const [i, collector] of this.all.entries())
      assert.equal((await jobsOf(collector)) - before[i], 1000, `collector ${i} of ${this.all.length}`);
    await this.look();
    for (const { counts } of [...this.over, ...this.pushers]) this.did.anew += counts.anew;
    for (const { receiver } of this.all) this.did.folded += receiver.counts().folded;
  }

  close() {
    for (const pusher of [...this.over, ...this.pushers]) pusher.close();
    for (const collector of this.all) collector.close();
    this.own.registry.close();
  }
}

test("several pushers of a registry that is folded here and there: nothing counts twice, and what is counted then counts once", async (t) => {
  const did = { anew: 0, folded: 0, sent: 0 };
  for (let seed = Number(SEED ?? 1); seed <= (SEED === undefined ? RUNS : Number(SEED)); seed++) {
    const laws = new Laws(seed * 104729);
    try {
      for (let i = 0; i < 60; i++) await laws.step();
      await laws.end();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
    } finally {
      laws.close();
    }
    for (const key of Object.keys(did)) did[key] += laws.did[key];
  }
  t.diagnostic(JSON.stringify(did));
  if (SEED === undefined) assert.ok(did.anew > RUNS && did.folded > RUNS && did.sent > 10 * RUNS);
});
