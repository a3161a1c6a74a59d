// Series of remote write that are not what they were: another type under the same name, names that 1.0 does not have, times of their own, exemplars that stay.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judged } from "../exposition/validators.mjs";
import { bitsOf, decoded, protos, receiving, taken } from "./receiving.mjs";
import { registryOf, writing } from "./writing.mjs";

const STALE = 0x7ff0000000000002n;

test("R3: a summary that is a histogram in the next round: quantiles end, and buckets are buckets, also at the same numbers", async (t) => {
  if (!judged(t, protos)) return;
  const { requests, write } = await receiving(t);
  const registry = registryOf(t);
  registry.summary({ name: "took", help: "Took.", quantiles: [0.5, 1] }).observe(7);
  const { writer } = writing(t, registry, write, { include: ["took"] });
  await writer.flush();
  registry.remove("took");
  registry.histogram({ name: "took", help: "Took.", buckets: [0.5, 1] }).observe(0.7);
  await writer.flush();
  const { series, bytes } = decoded(requests[1]);
  const bits = bitsOf(bytes, "1.2.1");
  assert.deepEqual(
    series.map(({ name, by, samples }, i) => [name, by.le ?? by.quantile, bits[i] === STALE ? "ends" : samples[0].value]),
    [
      ["took_bucket", "0.5", 0],
      ["took_bucket", "1.0", 1],
      ["took_bucket", "+Inf", 1],
      ["took_sum", undefined, 0.7],
      ["took_count", undefined, 1],
      ["took", "0.5", "ends"],
      ["took", "1.0", "ends"],
    ],
  );
});

test("R4: a gauge that is a native histogram in the next round, and the other way round, has one sample for each time, and no marker", async (t) => {
  if (!judged(t, protos)) return;
  const { requests, write } = await receiving(t);
  const registry = registryOf(t);
  const { writer } = writing(t, registry, write, { include: ["spread"] });
  for (const native of [false, true, false]) {
    registry.remove("spread");
    if (native) registry.histogram({ name: "spread", help: "Spread.", native: {} }).observe(1);
    else registry.gauge({ name: "spread", help: "Spread." }).set(1);
    await writer.flush();
  }
  assert.deepEqual(
    requests.map((request) => decoded(request).series.map(({ name, samples, histograms }) => [name, samples.length, histograms.length])),
    [[["spread", 1, 0]], [["spread", 0, 1]], [["spread", 1, 0]]],
  );
});

for (const [name, label] of [
  ["my.jobs", "ab"],
  ["myjobs", "a.b"],
]) {
  test(`S9: behind the fall to 1.0 no request has a name that 1.0 does not have, and what ends has its marker (${name}, ${label})`, async (t) => {
    if (!judged(t, protos)) return;
    const receiver = await receiving(t, (request, response) =>
      taken(request, response, request.headers["x-prometheus-remote-write-version"] === "2.0.0" ? 415 : 200),
    );
    const registry = registryOf(t);
    const named = registry.counter({ name, help: "Jobs.", labelNames: [label], utf8: true });
    named.inc({ [label]: "x" });
    const depth = registry.gauge({ name: "depth", help: "Depth.", labelNames: ["of"] });
    depth.set({ of: "disk" }, 1);
    const { writer, told } = writing(t, registry, receiver.write, { version: 2, include: [name, "depth"], closeSeconds: 5 });
    await writer.flush();
    depth.remove({ of: "disk" });
    named.inc({ [label]: "x" });
    await writer.flush();
    await writer.close();
    const requests = receiver.requests.map((request) => decoded(request)).filter(({ version }) => version === 1);
    const all = requests.map(({ series, bytes }) => {
      const bits = bitsOf(bytes, "1.2.1");
      return series.map((each, i) => [each.name, Object.keys(each.by)[0], bits[i] === STALE ? "ends" : each.samples[0].value]);
    });
    const [classic, by] = [`${name}_total`, label].map((text) => text.replace(".", "_"));
    assert.deepEqual(all, [
      [
        [classic, by, 1],
        ["depth", "of", 1],
      ],
      [
        [classic, by, 2],
        ["depth", "of", "ends"],
      ],
      [[classic, by, 2]],
      [[classic, by, "ends"]],
    ]);
    assert.deepEqual(
      told.map(({ code }) => code),
      ["version"],
    );
  });
}

for (const version of [1, 2]) {
  test(`R4, R5 of ${version}.0: a constant with a time of its own has no marker, so it may come back with the same one`, async (t) => {
    if (!judged(t, protos)) return;
    const { write, series } = await receiving(t);
    const registry = registryOf(t);
    const timestamp = Date.now() / 1000 - 60;
    let isThere = true;
    registry.collect(() => (isThere ? [{ type: "gauge", name: "timed", help: "Timed.", samples: [{ value: 1, timestamp }] }] : []));
    const { writer, told } = writing(t, registry, write, { version, include: ["timed"], closeSeconds: 5 });
    for (const there of [true, false, true, true]) {
      isThere = there;
      await writer.flush();
    }
    await writer.close();
    assert.deepEqual(
      series().map(({ samples }) => samples.map((sample) => sample.timestamp)),
      [[Math.round(timestamp * 1000)], [Math.round(timestamp * 1000)]],
    );
    assert.deepEqual(told, []);
  });
}

test("R5: what had a time of its own once and has none any more ends with a marker", async (t) => {
  if (!judged(t, protos)) return;
  const { requests, write } = await receiving(t);
  const registry = registryOf(t);
  let samples = [{ value: 1, timestamp: Date.now() / 1000 - 60 }];
  registry.collect(() => [{ type: "gauge", name: "timed", help: "Timed.", samples }]);
  const { writer } = writing(t, registry, write, { include: ["timed"] });
  await writer.flush();
  samples = [{ value: 2 }];
  await writer.flush();
  samples = [];
  await writer.flush();
  assert.deepEqual(bitsOf(decoded(requests[2]).bytes, "1.2.1"), [STALE]);
});

test("R7: exemplars of a native histogram go along once each, also where others come", async (t) => {
  if (!judged(t, protos)) return;
  const { write, series } = await receiving(t);
  const registry = registryOf(t);
  const spread = registry.histogram({ name: "spread", help: "Spread.", native: {}, exemplars: true });
  const { writer } = writing(t, registry, write, { include: ["spread"] });
  for (const [i, id] of ["a", "b", "c", "d"].entries()) {
    spread.observe(10 ** (3 * i), { trace_id: id });
    await writer.flush();
  }
  const ids = series().flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels[0][1]));
  assert.deepEqual(ids, ["a", "b", "c", "d"]);
});

for (const startTimestamps of ["rc.3", "rc.4"]) {
  test(`S7: no beginning is after its time, also where the clock stepped back (${startTimestamps})`, async (t) => {
    if (!judged(t, protos)) return;
    const receiver = await receiving(t);
    const registry = registryOf(t);
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    registry.histogram({ name: "spread", help: "Spread.", native: {} }).observe(1);
    const { writer } = writing(t, registry, receiver.write, { version: 2, startTimestamps, include: ["jobs", "spread"] });
    const at = Date.now() - 3_600_000;
    t.mock.method(Date, "now", () => at);
    await writer.flush();
    const starts = receiver.series(startTimestamps).map(({ samples, histograms, created_timestamp }) => {
      const [{ start_timestamp, timestamp }] = [...samples, ...histograms];
      assert.equal(timestamp, at);
      return startTimestamps === "rc.3" ? created_timestamp : start_timestamp;
    });
    assert.deepEqual(starts, [0, 0]);
  });
}

test("R7: exemplars of one series are in the order of their times, as receivers want them", async (t) => {
  if (!judged(t, protos)) return;
  const { write, series } = await receiving(t);
  const registry = registryOf(t);
  const spread = registry.histogram({ name: "spread", help: "Spread.", native: {}, exemplars: true });
  let at = Date.now();
  t.mock.method(Date, "now", () => (at += 10));
  for (const value of [1000, 1, 100, 10]) spread.observe(value, { trace_id: String(value) });
  const { writer } = writing(t, registry, write, { include: ["spread"] });
  await writer.flush();
  const [{ exemplars }] = series();
  const times = exemplars.map(({ timestamp }) => Number(timestamp));
  assert.ok(exemplars.length > 1, `${exemplars.length} exemplars`);
  assert.deepEqual(times, times.toSorted());
  assert.equal(new Set(times).size, times.length);
});
