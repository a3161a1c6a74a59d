// The example of the edge in real workerds: isolates that push to a Durable Object and to a collector over HTTP, while
// the object is reset, a workerd with isolates is killed, and the one with the object, too. Totals never go back, and
// end exact.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { collector, edge, example, samplesOf, TOKEN } from "./edge-workerd.mjs";
import { each } from "./programs.mjs";

const requestsOf = (service, path) => `edge_requests_total{service="${service}",path="${path}"}`;

async function answered(url, options) {
  const response = await fetch(url, options);
  return { status: response.status, text: await response.text() };
}

/** Counts what one isolate was asked for, what it answered, and what the collector has acknowledged at least. */
class Isolate {
  sent = 0;
  answered = 0;
  acknowledged = 0;
  results = {};

  constructor(address, service, path) {
    Object.assign(this, { address, service, path });
  }

  /** One request; `pushed` for one that waits until the collector has it. */
  async ask(pushed) {
    const before = this.answered;
    this.sent++;
    let text;
    try {
      ({ text } = await answered(`${this.address}${this.path}${pushed ? "?pushed" : ""}`));
    } catch {
      // It was killed, or is about to be.
      return undefined;
    }
    this.answered++;
    if (!pushed) return undefined;
    const { outcome } = JSON.parse(text);
    this.results[outcome] = (this.results[outcome] ?? 0) + 1;
    if (outcome === "sent") this.acknowledged = Math.max(this.acknowledged, before + 1);
    return outcome;
  }

  /** Asks until it is told to stop. */
  async run(going) {
    for (let i = 0; going(); i++) {
      await this.ask(i % 5 === 4);
      if (i % 10 === 0) await sleep(5);
    }
  }

  /** Until all that it counted has arrived. */
  async flushed() {
    for (let i = 0; i < 400; i++) {
      if ((await this.ask(true)) === "sent") return;
      await sleep(100);
    }
    assert.fail(`${this.service} did not get through: ${JSON.stringify(this.results)}`);
  }
}

/** Scrapes on and on; no sample of a counter or bucket may go back. */
async function watched(address, going) {
  const last = new Map();
  let pages = 0;
  while (going()) {
    try {
      const { status, text } = await answered(`${address()}/metrics`);
      if (status === 200) {
        pages++;
        const samples = samplesOf(text);
        for (const [name, value] of last) assert.ok(samples.get(name) >= value, `${name} went from ${value} to ${samples.get(name)}`);
        for (const [name, value] of samples) if (/_(total|bucket|count)/.test(name)) last.set(name, value);
      }
    } catch (error) {
      if (error.code === "ERR_ASSERTION") throw error;
    }
    await sleep(20);
  }
  return pages;
}

const HEADERS = {
  authorization: `Bearer ${TOKEN}`,
  "content-type": "application/x-tallystick-image",
  "tallystick-instance": "0123456789abcdef",
  "tallystick-share": "full",
};
/** From the first date on that workerd serves, and from one with everything that is new. */
const DATES = ["2023-01-01", "2026-11-01"];

for (const date of DATES) {
  each(["workerd"], `isolates of ${date} push to a Durable Object, which answers /metrics`, async (_, t) => {
    const where = await example(date);
    const { addresses } = await edge(t, where);
    const isolates = ["shop", "blog"].map((service) => new Isolate(addresses[service], service, "/"));
    // Many at once: pushes of one isolate wait for one another across requests.
    await Promise.all(isolates.flatMap((isolate) => Array.from({ length: 50 }, (_each, i) => isolate.ask(i % 2 === 0))));
    for (const isolate of isolates) await isolate.flushed();
    const { text } = await answered(`${addresses.collector}/metrics`);
    const samples = samplesOf(text);
    for (const { service, path, sent, answered: all } of isolates) {
      assert.equal(all, sent);
      assert.equal(samples.get(requestsOf(service, path)), sent);
      assert.equal(samples.get(`edge_request_seconds_count{service="${service}"}`), sent);
    }
    assert.equal(samples.get("edge_open_requests"), 0);
    const { text: state } = await answered(`${addresses.collector}/state`);
    const { processes, dead, folded, refused, pushes } = JSON.parse(state);
    assert.deepEqual({ processes, dead, folded, refused }, { processes: 2, dead: 0, folded: 0, refused: 0 });
    // Behind "push" stands the object's id, for its receiver has that name.
    const [told] = [...samples].filter(([series]) => /^tallystick_processes\{source="push [0-9a-f]{64}"\}$/.test(series));
    assert.equal(told?.[1], 2);
    // The receiver in workerd, by its own streams: what must not come in does not.
    const packed = gzipSync(new Uint8Array(67108864));
    for (const [status, more, body] of [
      [401, { authorization: "" }, "x"],
      [403, { authorization: `Bearer ${TOKEN}x` }, "x"],
      [413, { "content-encoding": "gzip" }, packed],
      [400, { "content-encoding": "gzip" }, packed.subarray(0, 1000)],
      [400, {}, "x"],
      [409, { "tallystick-share": "changes" }, "x"],
      [413, {}, new Uint8Array(8388609)],
    ]) {
      const headers = { ...HEADERS, ...more };
      const answer = answered(`${addresses.collector}/push`, { method: "POST", headers, body });
      // Who is still sending when a connection is closed may not come to read the answer.
      const late = body.length > 1048576 ? { status } : undefined;
      assert.equal((await answer.catch((error) => late ?? assert.fail(error))).status, status);
    }
    t.diagnostic(`${pushes} pushes of ${isolates.map(({ sent }) => sent).join(" and ")} requests`);
  });
}

each(["workerd"], "the object is reset, isolates and the collector are killed: totals never go back and end exact", async (_, t) => {
  const where = await example();
  let main = await edge(t, where);
  const collectorUrl = `${main.addresses.collector}/push`;
  const doomed = await edge(t, where, { storage: "doomed", collectorUrl });
  const far = await edge(t, where, { storage: "far", collectorUrl });
  const first = [
    new Isolate(main.addresses.shop, "shop", "/first"),
    new Isolate(main.addresses.blog, "blog", "/first"),
    new Isolate(doomed.addresses.far, "far", "/doomed"),
  ];
  const second = [new Isolate(far.addresses.far, "far", "/far")];
  const from = Date.now();
  const until = (milliseconds) => () => Date.now() - from < milliseconds;
  const resets = { count: 0 };
  const reset = async (going) => {
    while (going()) {
      await sleep(150 + 300 * Math.random());
      await answered(`${main.addresses.collector}/reset`).catch(() => undefined);
      resets.count++;
    }
  };
  const watch = watched(() => main.addresses.collector, until(9000));
  const resetting = reset(until(7500));
  // Behind the same addresses will be others when the collector is there again.
  let killed = false;
  const running = [...first.map((isolate) => isolate.run(() => !killed)), second[0].run(until(8000))];

  await sleep(2500);
  await doomed.kill();
  t.diagnostic(
    `killed the isolate of /doomed: ${first[2].sent} sent, ${first[2].answered} answered, ${first[2].acknowledged} acknowledged`,
  );
  await sleep(1500);
  const ports = Object.fromEntries(Object.entries(main.addresses).map(([name, address]) => [name, new URL(address).port]));
  killed = true;
  await main.kill();
  await sleep(300);
  main = await edge(t, where, { ports });
  await Promise.all(running.slice(0, 3));
  second.push(new Isolate(main.addresses.shop, "shop", "/second"), new Isolate(main.addresses.blog, "blog", "/second"));
  await Promise.all([...second.slice(1).map((isolate) => isolate.run(until(8000))), running[3], resetting]);

  for (const isolate of second) await isolate.flushed();
  const pages = await watch;
  const { text } = await answered(`${main.addresses.collector}/metrics`);
  const samples = samplesOf(text);
  for (const { service, path, sent, answered: all } of second) {
    assert.equal(all, sent, `${service}${path}`);
    assert.equal(samples.get(requestsOf(service, path)), sent);
  }
  for (const { service, path, sent, acknowledged } of first) {
    const value = samples.get(requestsOf(service, path));
    assert.ok(value >= acknowledged && value <= sent, `${service}${path}: ${value} is not from ${acknowledged} to ${sent}`);
  }
  // All of it once more from storage alone.
  await answered(`${main.addresses.collector}/reset`);
  const { text: again } = await answered(`${main.addresses.collector}/metrics`);
  const counted = [...samples].filter(([name]) => name.startsWith("edge_"));
  assert.ok(counted.length > 40);
  for (const [name, value] of counted) assert.equal(samplesOf(again).get(name), value, name);
  t.diagnostic(`${pages} pages, ${resets.count} resets, ${[...first, ...second].reduce((sum, { sent }) => sum + sent, 0)} requests`);
  for (const { service, path, sent, acknowledged, results } of [...first, ...second]) {
    t.diagnostic(
      `${service}${path}: ${sent} sent, ${acknowledged} acknowledged, ${samples.get(requestsOf(service, path))} on the page, ${JSON.stringify(results)}`,
    );
  }
});

each(["workerd"], "an isolate that was silent for long is folded, comes back under another name, and counts once", async (_, t) => {
  const where = await example(undefined, { DEAD_AFTER_SECONDS: 1, FOLD_AFTER_SECONDS: 1 });
  const { addresses } = await edge(t, where);
  const isolate = new Isolate(addresses.shop, "shop", "/");
  for (let i = 0; i < 10; i++) await isolate.ask(true);
  const page = async () => samplesOf((await answered(`${addresses.collector}/metrics`)).text);
  const state = async () => JSON.parse((await answered(`${addresses.collector}/state`)).text);
  const exact = async (wanted, what) => assert.equal((await page()).get(requestsOf("shop", "/")), wanted, what);
  const reset = () => answered(`${addresses.collector}/reset`);
  assert.ok((await page()).has("edge_open_requests"));
  await sleep(1500);
  await exact(10, "folded");
  assert.ok(!(await page()).has("edge_open_requests"), "a gauge of the living outlived them");
  assert.equal((await state()).folded, 1);
  await reset();
  await exact(10, "folded and loaded");
  // What it counted since its last push is the price: this very request.
  assert.equal(await isolate.ask(true), "sent");
  await exact(10, "come back");
  assert.equal((await state()).processes, 1);
  await isolate.ask(true);
  await exact(11, "counting on");
  await reset();
  await exact(11, "counting on and loaded");
  await sleep(1500);
  await exact(11, "folded once more");
  await reset();
  await exact(11, "folded once more and loaded");
  assert.deepEqual([(await state()).folded, (await state()).processes], [2, 0]);
});

each(["workerd"], "an isolate pushes to a collector in Node with a token; without, all goes on and it is told once", async (_, t) => {
  const where = await example();
  const node = await collector(t, where);
  const workerd = await edge(t, where, { collectorUrl: `${node.addresses.collector}/push` });
  const isolate = new Isolate(workerd.addresses.far, "far", "/");
  await Promise.all(Array.from({ length: 40 }, () => isolate.ask(false)));
  await isolate.flushed();
  const page = async () => samplesOf((await answered(`${node.addresses.collector}/metrics`)).text);
  assert.equal((await page()).get(requestsOf("far", "/")), isolate.sent);
  for (let i = 0; i < 3; i++) {
    const wrong = { method: "POST", headers: { authorization: "Bearer wrong" }, body: new Uint8Array(100000) };
    assert.equal((await answered(`${node.addresses.collector}/push`, wrong)).status, 403);
    assert.equal((await answered(`${node.addresses.collector}/push`, { method: "POST" })).status, 401);
  }
  assert.equal(node.said.split(", 403: ").length, 2, node.said);
  assert.equal(node.said.split(", 401: ").length, 2, node.said);
  assert.ok(!node.said.includes(TOKEN));
  // One that cannot be reached costs those who ask nothing.
  await node.kill();
  for (let i = 0; i < 10; i++) await isolate.ask(i === 5);
  assert.equal(isolate.answered, isolate.sent);
  assert.equal(isolate.results.failed, 1);
});
