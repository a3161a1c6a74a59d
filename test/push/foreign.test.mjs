// What newer receivers store: Prometheus 3 of remote write 2.0, and VictoriaMetrics of OTLP. Skipped by name unless TALLYSTICK_FOREIGN names a folder for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { otlp } from "tallystick/otlp";
import { until } from "./answering.mjs";
import { prometheus3, victoria } from "./foreign.mjs";
import { allTypes, registryOf, writing } from "./writing.mjs";

test("Prometheus 3 takes remote write 2.0 whole: values, native histograms, exemplars, metadata, names of UTF-8, and the end", async (t) => {
  const server = await prometheus3(t);
  if (server === undefined) return;
  const registry = registryOf(t);
  const { jobs, took } = allTypes(registry);
  jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "abc" });
  took.observe(0.9, { trace_id: "def" });
  registry.counter({ name: "my.jobs", help: "Jobs.", labelNames: ["a.b"], utf8: true }).inc({ "a.b": "ü" }, 3);
  const { writer, told } = writing(t, registry, `${server.url}/api/v1/write`, {
    version: 2,
    startTimestamps: "rc.3",
    labels: { job: "j" },
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await writer.flush(), true);
  assert.equal(await writer.flush(), true);
  assert.deepEqual([told, writer.statistics.version, writer.statistics.dropped], [[], 2, 0]);
  const query = async (expression) => (await server.json(`/api/v1/query?query=${encodeURIComponent(expression)}`)).data.result;
  const results = await query('{job="j",__name__!~"tallystick_.*"}');
  const of = (name, labels = {}) =>
    results.find(({ metric }) => metric.__name__ === name && Object.entries(labels).every(([label, value]) => metric[label] === value));
  assert.equal(of("jobs_total").value[1], "4");
  assert.equal(of("took_seconds_bucket", { le: "1.0" }).value[1], "3");
  assert.equal(of("my.jobs_total", { "a.b": "ü" }).value[1], "3");
  assert.equal(of("spread").histogram[1].count, "5");
  const { data } = await server.json(
    `/api/v1/query_exemplars?query=${encodeURIComponent('{job="j"}')}&start=${Date.now() / 1000 - 60}&end=${Date.now() / 1000 + 60}`,
  );
  assert.equal(data.flatMap(({ exemplars }) => exemplars).length, 2);
  await writer.close();
  assert.deepEqual((await query('{job="j",__name__=~"jobs_total|spread|depth"}')).length, writer.statistics.dropped === 0 ? 0 : 3);
  assert.doesNotMatch(server.log(), /level=ERROR/);
});

for (const temporality of ["cumulative", "delta"]) {
  test(`VictoriaMetrics takes OTLP, ${temporality}: names, units and values come back as Prometheus has them`, async (t) => {
    const server = await victoria(t);
    if (server === undefined) return;
    const registry = registryOf(t);
    allTypes(registry);
    const told = [];
    const exporter = otlp({
      url: `${server.url}/opentelemetry/v1/metrics`,
      registry,
      temporality,
      resource: { "service.name": "shop" },
      intervalSeconds: 0,
      onError: (error) => told.push(error),
    });
    t.after(() => exporter.close());
    assert.equal(await exporter.flush(), true);
    assert.deepEqual([told, exporter.statistics.dropped], [[], 0]);
    const series = await until("it is stored", async () => {
      await server.text("/internal/force_flush");
      const lines = (await server.text(`/api/v1/export?match[]=${encodeURIComponent('{__name__!=""}')}`)).trim().split("\n");
      const all = lines.filter((line) => line !== "").map((line) => JSON.parse(line));
      return all.length > 10 ? all : undefined;
    });
    const of = (name) => series.filter(({ metric }) => metric.__name__ === name).map(({ values }) => values.at(-1));
    assert.deepEqual(of("jobs_total"), [3]);
    assert.deepEqual(of("depth"), [-2.5]);
    assert.deepEqual(of("took_seconds_count"), [4]);
    assert.deepEqual(of("took_seconds_sum"), [1000000003.2]);
    assert.deepEqual(of("took_seconds_bucket").toSorted(), [0, 2, 3, 4]);
    assert.deepEqual(of("spread_count"), [5]);
    assert.deepEqual(of("sizes_count"), [3]);
  });
}
