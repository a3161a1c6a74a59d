// Trees of collectors in one process: processes that count every type of metric, collectors that hand on, and the ways between them.

import { sample, textOf } from "../bindings/hired.mjs";
import { built } from "./push-built.mjs";
import { clock, FakeStore } from "./push-fakes.mjs";

const { Exporter, ImagePusher, imageReceiver, Registry, Source } = built;
/** As the core says that there is no memory: what a test may have it say of one process. */
export const { EXHAUSTED } = built.status;
export const TOKEN = "opensesame";
let instances = 1n;
let sources = 5000n;

const MODES = ["shared", "sum", "min", "max", "mostrecent", "all", "livesum", "livemin", "livemax", "livemostrecent", "liveall"];

/** What counts in one registry, under an instance of its own, as in a process of its own. */
export class Counting {
  registry = new Registry();
  #instance = instances++;

  constructor(labels) {
    const { registry } = this;
    if (labels !== undefined) registry.setDefaultLabels(labels);
    this.orders = registry.counter({ name: "orders", help: "Orders.", labelNames: ["country"] });
    this.seconds = registry.histogram({ name: "order_seconds", help: "Seconds.", buckets: [1, 2, 4] });
    this.sizes = registry.histogram({ name: "order_sizes", help: "Sizes.", native: { schema: 3 }, buckets: [8, 64] });
    this.waits = registry.summary({ name: "order_waits", help: "Waits.", quantiles: [0.5] });
    this.gauges = MODES.map((mode) => registry.gauge({ name: `open_${mode}`, help: "Open.", mode, labelNames: ["shop"] }));
    this.info = registry.info({ name: "build", help: "Build.", labelNames: ["version"] });
    this.door = registry.stateSet({ name: "door", help: "Door.", states: ["open", "shut"] });
    this.odd = registry.unknown({ name: "odd", help: "Odd." });
    this.queue = registry.gaugeHistogram({ name: "queue_ages", help: "Ages.", buckets: [1, 10] });
  }

  /** One more pusher of the same: to a receiver of its own, for each knows what it has told. */
  pusher(options) {
    const exporter = new Exporter(this.registry, {}, this.#instance);
    return new ImagePusher(exporter, { url: "https://collector.example/push", token: TOKEN, onError: () => undefined, ...options });
  }

  /** Something that depends on a number alone. */
  count(number) {
    const pick = (list) => list[number % list.length];
    this.orders.labels(pick(["de", "at", 'q"uo\nte'])).inc((number % 5) + 0.5);
    this.seconds.observe(number % 6);
    if (number % 2 === 0) this.sizes.observe(number % 100);
    if (number % 3 === 0) this.waits.observe(number % 8);
    this.gauges[number % MODES.length].labels(pick(["a", "b"])).set(number);
    if (number % 7 === 0) this.gauges[number % MODES.length].remove({ shop: "a" });
    if (number % 4 === 0) this.info.set({ version: String(number % 3) });
    if (number % 5 === 0) this.door.set(pick(["open", "shut"]));
    this.odd.set(number);
    this.queue.set([number % 3, number % 20]);
  }

  close() {
    this.registry.close();
  }
}

export class Collector {
  errors = [];
  #options;
  store;

  /** `stored`: it keeps what it acknowledged over `begin()`. */
  constructor({ stored = false, ...options }) {
    this.store = stored ? new FakeStore() : undefined;
    this.#options = options;
    this.begin();
  }

  /** Starts it, or starts it anew after a crash. */
  begin() {
    this.#end();
    this.registry = new Registry();
    this.source = new Source(this.registry, sources++);
    const onError = (error) => this.errors.push(error.message);
    const { source } = this;
    const isOver = () => this.source !== source;
    this.receiver = imageReceiver(source, { token: TOKEN, store: this.store, onError, ...this.#options }, isOver);
  }

  #end() {
    this.source?.close();
    this.registry?.close();
  }

  get isStored() {
    return this.store !== undefined;
  }

  get forwarding() {
    return this.receiver.forwarding;
  }

  /** All samples, in their order; but for the library's own, and without heads: a metric of the dead that has none left may have one. */
  async page() {
    await this.receiver.settled();
    return textOf(this.registry)
      .split("\n")
      .filter((line) => !/^(?:#|tallystick_|$)/.test(line))
      .toSorted()
      .join("\n");
  }

  close() {
    this.#end();
    this.source = undefined;
  }
}

/** The way to a collector, whoever it is by then. */
export function to(collector) {
  return (url, init) => collector.receiver(new Request(url, { ...init, signal: undefined }));
}

/** Forward options by which nothing is sent but when it is asked for. */
export function by(fetch, options = {}) {
  return { url: "https://next.example/push", token: TOKEN, everySeconds: 300, fetch, ...options };
}

/** Processes that push to a collector in the middle, which hands on to a root. */
export function tree(t, { processes = 1, stored = false, root = {}, mid = {}, forward = {} } = {}) {
  const seconds = clock();
  const there = { seconds, requests: [], statuses: [], away: false, root: new Collector({ seconds, ...root }) };
  const fetch = async (url, init) => {
    if (there.away) throw new Error("away");
    there.requests.push(init);
    const answer = await (there.answers?.(url, init) ?? to(there.root)(url, init));
    there.statuses.push(answer.status);
    return answer;
  };
  there.mid = new Collector({ seconds, stored, forward: by(fetch, forward), ...mid });
  there.processes = Array.from({ length: processes }, () => {
    const counting = new Counting();
    const pusher = counting.pusher({ seconds, fetch: to(there.mid) });
    return {
      counting,
      pusher,
      inc: (by = 1) => counting.orders.labels("de").inc(by),
      live: (by) => counting.gauges[6].labels("a").set(by),
    };
  });
  t.after(() => {
    for (const { counting } of there.processes) counting.close();
    there.mid.close();
    there.root.close();
  });
  there.pushed = async (options) => {
    for (const { pusher } of there.processes) await pusher.push(options);
  };
  there.handOn = () => there.mid.forwarding.handOn();
  there.orders = async (collector) => sample(await collector.page(), 'orders_total{country="de"}');
  there.open = async (collector) => sample(await collector.page(), 'open_livesum{shop="a"}');
  return there;
}
