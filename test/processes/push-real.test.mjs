// Pushes with the core at both ends: what test/processes/push.test.mjs shows of fakes is true of every type of metric, by the
// page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sample, textOf } from "../bindings/hired.mjs";
import { built } from "./push-built.mjs";
import { clock, dice, FakeStore, hostile } from "./push-fakes.mjs";

const { Exporter, ImagePusher, imageReceiver, Registry, Source } = built;

const TO = "https://collector.example/push";
const TOKEN = "opensesame";
/** TALLYSTICK_RUNS=1000 looks for longer. */
const RUNS = Number(process.env.TALLYSTICK_RUNS ?? 10);
let instances = 1n;
let sources = 1000n;

/** What counts in one registry, under an instance of its own, as in a process of its own. */
class Counting {
  registry = new Registry();
  counted = { orders: new Map(), histogram: 0, native: 0, summary: 0 };

  constructor(seconds, fetch, options = {}) {
    const { registry } = this;
    this.orders = registry.counter({ name: "orders", help: "Orders.", labelNames: ["country"] });
    this.seconds = registry.histogram({ name: "order_seconds", help: "Seconds.", buckets: [1, 2, 4] });
    this.sizes = registry.histogram({ name: "order_sizes", help: "Sizes.", native: { schema: 3 } });
    this.waits = registry.summary({ name: "order_waits", help: "Waits.", quantiles: [0.5] });
    this.open = registry.gauge({ name: "open_orders", help: "Open.", mode: "livesum" });
    this.exporter = new Exporter(registry, {}, instances++);
    this.pusher = new ImagePusher(this.exporter, { url: TO, token: TOKEN, seconds, fetch, onError: () => undefined, ...options });
  }

  count(roll) {
    const country = ["de", "at", "ch", 'q"uo\nte'][Math.floor(roll() * 4)];
    const amount = Math.ceil(roll() * 5);
    this.orders.labels(country).inc(amount);
    this.counted.orders.set(country, (this.counted.orders.get(country) ?? 0) + amount);
    this.seconds.observe(Math.floor(roll() * 6));
    this.counted.histogram++;
    if (roll() < 0.5) {
      this.sizes.observe(roll() * 100);
      this.counted.native++;
      this.waits.observe(roll());
      this.counted.summary++;
    }
    this.open.set(Math.floor(roll() * 10));
  }
}

class Collecting {
  constructor(seconds, options = {}) {
    this.begin = () => {
      this.source?.close();
      this.registry?.close();
      this.registry = new Registry();
      const source = new Source(this.registry, sources++);
      this.source = source;
      const isOver = () => this.source !== source;
      this.receiver = imageReceiver(source, { token: TOKEN, seconds, onError: () => undefined, ...options }, isOver);
    };
    this.begin();
  }

  async page() {
    await this.receiver.settled();
    return textOf(this.registry);
  }
}

const escaped = (text) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function exact(page, processes, what) {
  const orders = new Map();
  for (const { counted } of processes) for (const [name, value] of counted.orders) orders.set(name, (orders.get(name) ?? 0) + value);
  for (const [name, value] of orders) assert.equal(sample(page, `orders_total{country="${escaped(name)}"}`), value, `${what}: ${name}`);
  const sum = (key) => processes.reduce((total, { counted }) => total + counted[key], 0);
  assert.equal(sample(page, "order_seconds_count"), sum("histogram"), what);
  assert.equal(sample(page, "order_sizes_count") ?? 0, sum("native"), what);
  assert.equal(sample(page, "order_waits_count") ?? 0, sum("summary"), what);
}

for (const crashes of [false, true]) {
  const when = crashes ? ", and the receiver is reset at any time" : "";
  test(`the core at both ends of a hostile network: totals never go back and end exact${when}`, async (t) => {
    let requests = 0;
    let resets = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const roll = dice(seed);
      const seconds = clock();
      const store = new FakeStore();
      const collecting = new Collecting(seconds, { store });
      const { network, rest } = hostile(roll, async () => {
        requests++;
        if (crashes && roll() < 0.05) {
          resets++;
          collecting.begin();
        }
        return collecting.receiver;
      });
      const fetch = async (url, init) => {
        const { receiver } = collecting;
        const response = await network(url, init);
        // Who is reset answers nothing more.
        if (receiver !== collecting.receiver) throw new Error("reset");
        return response;
      };
      const processes = Array.from({ length: 4 }, () => new Counting(seconds, fetch));
      const shown = new Map();
      const look = async () => {
        const page = await collecting.page();
        for (const line of page.split("\n").filter((each) => /_(total|bucket|count|sum)/.test(each) && !each.startsWith("#"))) {
          const name = line.slice(0, line.lastIndexOf(" "));
          const value = Number(line.slice(line.lastIndexOf(" ") + 1));
          assert.ok(value >= (shown.get(name) ?? 0), `seed ${seed}: ${name} went back from ${shown.get(name)} to ${value}`);
          shown.set(name, value);
        }
        return page;
      };
      for (let round = 0; round < 25; round++) {
        for (const one of processes) {
          for (let i = Math.floor(roll() * 4); i > 0; i--) one.count(roll);
          await one.pusher.push();
        }
        seconds.now += roll() * 30;
        await look();
      }
      await rest();
      for (const { pusher } of processes) {
        for (let i = 0; i < 200; i++) {
          seconds.now += 61;
          if ((await pusher.push()).outcome === "nothing") break;
        }
      }
      exact(await look(), processes, `seed ${seed}`);
      for (const { exporter, registry } of processes) {
        exporter.close();
        registry.close();
      }
      collecting.source.close();
      collecting.registry.close();
    }
    t.diagnostic(`${requests} requests arrived, ${resets} resets`);
    assert.ok(requests > 10 * RUNS && (!crashes || resets > RUNS));
  });
}

test("later lets a timer go that is a number, where Deno has such, and asks nobody where there is none", (t) => {
  const gone = [];
  t.mock.method(globalThis, "setTimeout", () => 7);
  globalThis.Deno = { unrefTimer: (timer) => gone.push(timer) };
  t.after(() => delete globalThis.Deno);
  assert.equal(
    built.later(1, () => undefined),
    7,
  );
  delete globalThis.Deno;
  assert.equal(
    built.later(1, () => undefined),
    7,
  );
  assert.deepEqual(gone, [7]);
});

test("one that was folded and comes back begins anew: nothing is there twice, and gauges of the dead are not there", async () => {
  const seconds = clock();
  const store = new FakeStore();
  const collecting = new Collecting(seconds, { store });
  const fetch = (url, init) => collecting.receiver(new Request(url, init));
  const roll = dice(1);
  const processes = Array.from({ length: 3 }, () => new Counting(seconds, fetch));
  for (const one of processes) {
    for (let i = 0; i < 20; i++) one.count(roll);
    one.open.set(1);
    assert.equal((await one.pusher.push()).outcome, "sent");
  }
  assert.equal(sample(await collecting.page(), "open_orders"), 3);
  seconds.now += 301;
  assert.equal(sample(await collecting.page(), "open_orders"), undefined);
  seconds.now += 3301;
  exact(await collecting.page(), processes, "folded");
  assert.equal(collecting.receiver.counts().folded, 3);
  collecting.begin();
  exact(await collecting.page(), processes, "folded, and loaded");
  for (const one of processes.slice(0, 2)) assert.equal((await one.pusher.push()).outcome, "sent");
  assert.equal(processes[0].pusher.counts.anew, 1);
  exact(await collecting.page(), processes, "back");
  assert.equal(sample(await collecting.page(), "open_orders"), 2);
  for (const one of processes.slice(0, 2)) {
    for (let i = 0; i < 20; i++) one.count(roll);
    await one.pusher.push();
  }
  exact(await collecting.page(), processes, "counting on");
  collecting.begin();
  exact(await collecting.page(), processes, "counting on, and loaded");
  seconds.now += 3602;
  exact(await collecting.page(), processes, "folded again");
  for (const one of processes) {
    await one.pusher.push();
    one.count(roll);
    await one.pusher.push();
  }
  exact(await collecting.page(), processes, "back again");
});
