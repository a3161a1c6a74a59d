// The event loop's delay, on a clock that goes on when it is told: what is late, what a scrape takes, and the numbers of a window.
// Alone: it measures how late an event loop is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";
import { inside, partOf } from "./internals.mjs";

const { delay, Delays, Lateness } = inside;
const near = (actual, expected, what) =>
  assert.ok(Math.abs(actual - expected) <= 0.02 * expected + 1e-9, `${what}: ${actual}, not ${expected}`);

test("Delays: least, most, mean and deviation are exact, quantiles are off by 2 % at most", () => {
  const delays = new Delays();
  for (let i = 1; i <= 1000; i++) delays.record(i / 1000);
  assert.equal(delays.count, 1000);
  assert.equal(delays.least, 0.001);
  assert.equal(delays.most, 1);
  near(delays.mean, 0.5005, "mean");
  near(delays.deviation, Math.sqrt((1000 ** 2 - 1) / 12) / 1000, "deviation");
  near(delays.quantile(0.5), 0.5, "p50");
  near(delays.quantile(0.9), 0.9, "p90");
  near(delays.quantile(0.99), 0.99, "p99");
  assert.equal(delays.quantile(1), 1);
});

test("Delays: a quantile never lies beyond what there was", () => {
  const delays = new Delays();
  delays.record(0.0123);
  for (const share of [0.01, 0.5, 0.99, 1]) assert.equal(delays.quantile(share), 0.0123);
  assert.equal(delays.deviation, 0);
});

test("Delays: 0, less than a microsecond and more than an hour have a bucket", () => {
  const delays = new Delays();
  for (const seconds of [0, 1e-9, 7200]) delays.record(seconds);
  assert.equal(delays.least, 0);
  assert.equal(delays.most, 7200);
  assert.equal(delays.quantile(0.3), 0);
  // Of what is longer than 17 minutes a quantile tells that it is.
  assert.ok(delays.quantile(1) > 1000);
});

test("Delays: clear() begins a new window", () => {
  const delays = new Delays();
  delays.record(5);
  delays.clear();
  delays.record(0.1);
  delays.record(0.3);
  assert.equal(delays.count, 2);
  assert.equal(delays.least, 0.1);
  assert.equal(delays.most, 0.3);
  near(delays.mean, 0.2, "mean");
  near(delays.quantile(1), 0.3, "p100");
});

test("Lateness: the time between two turns of the timer is not in it", () => {
  const lateness = new Lateness(10, 0);
  lateness.turned(10);
  assert.equal(lateness.newest, 0);
  lateness.turned(75);
  assert.equal(lateness.newest, 0.055);
  assert.equal(lateness.delays.most, 0.055);
  // A turn that comes early, as after a late one, is not late.
  lateness.turned(80);
  assert.equal(lateness.newest, 0);
});

test("Lateness: what the loop was late before a scrape counts, and what the scrape takes does not", () => {
  const lateness = new Lateness(10, 0);
  // Blocked for 200 ms, then a scrape comes in the same turn of the loop, and takes 3 seconds.
  lateness.rest(210);
  assert.equal(lateness.delays.most, 0.2);
  lateness.turned(3210);
  assert.equal(lateness.delays.count, 1);
  assert.equal(lateness.delays.most, 0.2);
  lateness.turned(3220);
  assert.equal(lateness.newest, 0);
  assert.equal(lateness.delays.count, 2);
});

test("Lateness: a scrape that begins in time, or while another one rests, tells nothing", () => {
  const lateness = new Lateness(10, 0);
  lateness.rest(5);
  lateness.rest(900);
  lateness.turned(1000);
  assert.equal(lateness.delays.count, 0);
});

const PAGE = ["", "_min", "_max", "_mean", "_stddev", "_p50", "_p90", "_p99"].map((what) => `nodejs_eventloop_lag${what}_seconds`);

test("delay: collectors that block for seconds at each scrape, before it and behind it, are not in it", async (t) => {
  const BLOCKED_MS = 1500;
  const { registry, part, shown } = partOf((sheet) => delay(sheet, "nodejs"), { eventLoopMonitoringPrecision: 1 });
  t.after(() => part.close());
  const block = () => {
    for (const until = performance.now() + BLOCKED_MS; performance.now() < until;);
  };
  const seen = [];
  registry.collect(block, { timeoutSeconds: 10 });
  registry.collect(() => seen.push(shown(registry.collectionBegan)));
  registry.collect(block, { timeoutSeconds: 10 });
  for (let i = 0; i < 3; i++) {
    await registry.expose();
    await sleep(30);
  }
  await registry.expose();
  for (const page of seen.slice(1)) {
    assert.deepEqual(Object.keys(page).toSorted(), PAGE.toSorted());
    for (const [name, value] of Object.entries(page)) assert.ok(value < BLOCKED_MS / 1000, `${name} is ${value}`);
  }
});

test("delay: an application that blocks is in it", async (t) => {
  const { part, shown } = partOf((sheet) => delay(sheet, "nodejs"));
  t.after(() => part.close());
  await sleep(50);
  shown();
  await sleep(50);
  for (const until = performance.now() + 300; performance.now() < until;);
  await sleep(50);
  const page = shown();
  assert.ok(page.nodejs_eventloop_lag_max_seconds >= 0.25, JSON.stringify(page));
  assert.ok(page.nodejs_eventloop_lag_min_seconds <= page.nodejs_eventloop_lag_p50_seconds);
  assert.ok(page.nodejs_eventloop_lag_p50_seconds <= page.nodejs_eventloop_lag_p99_seconds);
  assert.ok(page.nodejs_eventloop_lag_p99_seconds <= page.nodejs_eventloop_lag_max_seconds);
});

test("delay: two scrapes of one moment give the same, and before the first turn there is nothing", async (t) => {
  const { part, shown } = partOf((sheet) => delay(sheet, "nodejs"), { eventLoopMonitoringPrecision: 10_000 });
  t.after(() => part.close());
  assert.deepEqual(shown(), {});
  // The loop has turned: the timer rests no more.
  await immediate();
  // As if a turn of the timer had been seconds late.
  const late = shown(performance.now() + 20_000);
  assert.ok(late.nodejs_eventloop_lag_max_seconds > 5, JSON.stringify(late));
  assert.deepEqual(shown(), late);
});
