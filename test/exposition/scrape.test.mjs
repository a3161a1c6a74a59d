// A real Prometheus scrapes the handlers: what it stores is what the registry holds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "tallystick";
import { exposed } from "./exposed.mjs";
import { OPENMETRICS, TEXT } from "./rules.mjs";
import { assertSound, listening, printedSeries, scraped, served, sorted, storedSeries, until } from "./scraping.mjs";
import { judged, prometheusServer } from "./validators.mjs";

const VALUES = [
  0,
  -0,
  1,
  0.1,
  -1.5,
  5e-324,
  2.2250738585072014e-308,
  2 ** 53,
  2 ** 64,
  1e21,
  1e-7,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  NaN,
  Infinity,
  -Infinity,
];
const STRINGS = [
  "",
  "plain",
  '"',
  "\\",
  "\n",
  "\r",
  "\t",
  "\0",
  '\\"\\n',
  "{}",
  ",",
  " # ",
  "é世🦀",
  "\ud83e",
  "\u2028",
  "\ufeff",
  "\u{10ffff}",
  "x".repeat(5000),
];

function filled(registry) {
  registry.setDefaultLabels({ app: 'the "app"\n', empty: "" });
  registry.counter({ name: "jobs", help: 'Says "jobs"\nand \\ more.' });
  const bytes = registry.counter({ name: "sent_bytes_total", help: "Sent.", unit: "bytes", labelNames: ["to", "constructor"] });
  STRINGS.forEach((to, i) => bytes.inc({ to, constructor: "x" }, 2 ** i + 0.5));
  const values = registry.gauge({ name: "values", help: "", labelNames: ["i"] });
  VALUES.forEach((value, i) => values.set({ i }, value));
  registry.gauge({ name: "parts", help: "", mode: "all" }).set(4);
  registry.gauge({ name: "unused", help: "", labelNames: ["a"] });
  const wait = registry.histogram({
    name: "wait_seconds",
    help: "Wait.",
    unit: "seconds",
    labelNames: ["path"],
    buckets: [1e-5, 0.5, 1, 1e6],
  });
  for (const value of [0, 1e-5, 0.75, 1, 1e6, 1e7]) wait.observe({ path: '/"a"\\b' }, value);
  const drift = registry.histogram({ name: "drift_seconds", help: "Falls.", buckets: [-1, 1] });
  drift.observe(-3);
}

test("handler and nodeHandler are scraped by a real Prometheus, in text and OpenMetrics, and every value comes back equal", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const registry = new Registry();
  t.after(() => registry.close());
  filled(registry);
  const text = served(t, registry.handler(), "text/plain;version=0.0.4");
  const openmetrics = served(t, registry.handler());
  const prometheus = await prometheusServer([
    { name: "text", port: await text.port },
    { name: "openmetrics", port: await openmetrics.port },
    { name: "node", port: await listening(t, registry.nodeHandler()) },
  ]);
  t.after(() => prometheus.stop());
  assert.equal((await scraped(prometheus)).length, 3);
  assert.deepEqual([...text.types], ["text/plain; version=0.0.4; charset=utf-8"]);
  assert.deepEqual([...openmetrics.types], ["application/openmetrics-text; version=1.0.0; charset=utf-8"]);
  for (const [job, dialect] of [
    ["text", TEXT],
    ["openmetrics", OPENMETRICS],
    ["node", OPENMETRICS],
  ]) {
    const stored = storedSeries(await prometheus.query(`{job="${job}"}`));
    assert.deepEqual(sorted(stored), sorted(printedSeries(exposed(registry, dialect))), job);
  }

  const jobs = registry.counter({ name: "jobs", help: 'Says "jobs"\nand \\ more.' });
  for (let i = 1; i <= 3; i++) {
    jobs.inc(10);
    await until(`jobs at ${i * 10}`, async () => {
      const results = await prometheus.query("jobs_total");
      return results.length === 3 && results.every(({ value }) => value[1] === String(i * 10)) ? true : undefined;
    });
  }
  for (const name of ["jobs_total", "sent_bytes_total", "wait_seconds_bucket", "wait_seconds_count"]) {
    const resets = await prometheus.query(`resets(${name}[1m])`);
    assert.ok(resets.length >= 3, name);
    assert.ok(
      resets.every(({ value }) => value[1] === "0"),
      name,
    );
  }
  await scraped(prometheus);
  await assertSound(prometheus);
});

test("handler says what is wrong to a real Prometheus when the registry is closed", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const registry = new Registry();
  const { port } = served(t, registry.handler());
  registry.close();
  const prometheus = await prometheusServer([{ name: "closed", port: await port }]);
  t.after(() => prometheus.stop());
  const target = await until("a failed scrape", async () => (await prometheus.targets()).find(({ health }) => health === "down"));
  assert.match(target.lastError, /500/);
});
