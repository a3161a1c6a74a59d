// What Debian's Prometheus stores of remote write, of every type, and of what ends; and that it gets 1.0 where 2.0 was wanted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judged, prometheusServer } from "../exposition/validators.mjs";
import { until } from "./answering.mjs";
import { allTypes, registryOf, writing } from "./writing.mjs";

const FLAGS = ["--web.enable-remote-write-receiver", "--enable-feature=native-histograms,exemplar-storage"];

async function receiver(t) {
  const prometheus = await prometheusServer([], FLAGS);
  t.after(() => prometheus.stop());
  return { prometheus, url: `${prometheus.url}/api/v1/write` };
}

const key = ({ metric }) => JSON.stringify(Object.entries(metric).toSorted());

for (const version of [1, 2]) {
  test(`Prometheus 2.42, version ${version} wanted: every value comes back equal, native histograms and exemplars, too; nothing is dropped`, async (t) => {
    if (!judged(t, prometheusServer)) return;
    const { prometheus, url } = await receiver(t);
    const registry = registryOf(t);
    const { jobs, took, spread } = allTypes(registry);
    jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "abc" });
    took.observe(0.9, { trace_id: "def" });
    const { writer, told } = writing(t, registry, url, { version, labels: { job: "j", instance: "i" }, maxSamples: 7 });
    assert.equal(await writer.flush(), true);
    assert.equal(await writer.flush(), true);
    assert.deepEqual(
      told.map(({ code }) => code),
      version === 2 ? ["version"] : [],
    );
    assert.deepEqual([writer.statistics.version, writer.statistics.dropped], [1, 0]);
    const results = await prometheus.query('{job="j",__name__!~"tallystick_.*"}');
    const values = new Map(results.filter(({ value }) => value).map((each) => [key(each), each.value[1]]));
    const of = (name, labels = {}) => values.get(key({ metric: { __name__: name, job: "j", instance: "i", ...labels } }));
    assert.equal(values.size, 21);
    for (const [name, labels, value] of [
      ["jobs_total", { zone: "eu", Kind: "a" }, "4"],
      ["depth", {}, "-2.5"],
      ["odd", {}, "7"],
      ["build_info", { version: "1.2" }, "1"],
      ["state", { state: "down" }, "1"],
      ["state", { state: "up" }, "0"],
      ["took_seconds_bucket", { le: "1e-05" }, "0"],
      ["took_seconds_bucket", { le: "1.0" }, "3"],
      ["took_seconds_bucket", { le: "1e+06" }, "4"],
      ["took_seconds_bucket", { le: "+Inf" }, "5"],
      ["took_seconds_sum", {}, "1000000004.1"],
      ["took_seconds_count", {}, "5"],
      ["ages_bucket", { le: "2.0" }, "2"],
      ["ages_gsum", {}, "11"],
      ["ages_gcount", {}, "3"],
      ["sizes_sum", {}, "6"],
      ["sizes_count", {}, "3"],
    ]) {
      assert.equal(of(name, labels), value, name);
    }
    const [native] = results.filter(({ histogram }) => histogram);
    assert.equal(native.metric.__name__, "spread");
    const [, { count, sum, buckets }] = native.histogram;
    assert.deepEqual([count, sum], ["5", "100"]);
    assert.equal(
      buckets.reduce((all, bucket) => all + Number(bucket[3]), 0),
      5,
    );
    const [quantile] = await prometheus.query("histogram_quantile(1, spread)");
    assert.ok(Number(quantile.value[1]) >= 100);
    const exemplars = await prometheus.exemplars('{job="j"}');
    assert.deepEqual(exemplars.flatMap((each) => each.exemplars.map(({ labels, value }) => [labels.trace_id, value])).toSorted(), [
      ["abc", "1"],
      ["def", "0.9"],
    ]);
    // What ended is not there any more at once: without a marker it would be for five minutes.
    jobs.remove({ zone: "eu", Kind: "a" });
    spread.remove();
    await writer.flush();
    const left = await until("its end", async () => {
      const now = await prometheus.query('{job="j",__name__=~"jobs_total|spread|depth"}');
      return now.length === 1 ? now : undefined;
    });
    assert.equal(left[0].metric.__name__, "depth");
    await writer.flush();
    assert.doesNotMatch(prometheus.log(), /level=(warn|error)/);
  });
}

test("Prometheus 2.42: close ends all series at once", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const { prometheus, url } = await receiver(t);
  const registry = registryOf(t);
  allTypes(registry);
  const { writer, told } = writing(t, registry, url, { labels: { job: "j" }, closeSeconds: 5 });
  await writer.flush();
  assert.ok((await prometheus.query('{job="j"}')).length > 10);
  await writer.close();
  await until("all to be over", async () => (await prometheus.query('{job="j"}')).length === 0);
  assert.deepEqual(told, []);
});

test("Prometheus 2.42 that is away for a while: all samples arrive in their order when it is back", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const { prometheus, url } = await receiver(t);
  const registry = registryOf(t);
  const depth = registry.gauge({ name: "depth", help: "Depth." });
  let isAway = false;
  const own = (to, init) => (isAway ? Promise.reject(new Error("away")) : fetch(to, init));
  const { writer, told } = writing(t, registry, url, { fetch: own, labels: { job: "j" } });
  for (let i = 1; i <= 20; i++) {
    depth.set(i);
    isAway = i > 5 && i < 15;
    await writer.flush();
  }
  await until("all arrive", () => writer.statistics.waitingRequests === 0);
  const [{ values }] = await prometheus.query('depth{job="j"}[1m]');
  assert.deepEqual(
    values.map(([, value]) => Number(value)),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.equal(told.length, 1);
  assert.equal(writer.statistics.dropped, 0);
});

test("Prometheus 2.42 refuses what is too old: told in its words, not tried again", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const { url } = await receiver(t);
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const { writer, told } = writing(t, registry, url, { labels: { job: "j" } });
  await writer.flush();
  registry.collect(() => [{ type: "gauge", name: "old", help: "Old.", samples: [{ value: 1, timestamp: 1_600_000_000 }] }]);
  assert.equal(await writer.flush(), true);
  assert.deepEqual([told.length, told[0]?.code, told[0]?.status], [1, "refused", 400]);
  assert.match(told[0].message, /out of bounds/);
});
