// What this library prints is clean: every type, in both formats, however it is asked for.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Registry } from "tallystick";
import { lint } from "tallystick/lint";

const GOLDEN = new URL("../exposition/golden/", import.meta.url);

/** A registry with every type, with labels and without, and whatever escapes there are. */
function everything(t, options) {
  const registry = new Registry(options);
  t.after(() => registry.close());
  const labelNames = ["method"];
  const exemplar = { trace_id: "KOO5S4vxi0o" };
  const requests = registry.counter({ name: "requests", help: 'Requests "answered".\n\\', labelNames, exemplars: true });
  requests.inc({ method: 'G"E\\T\n' }, 3, exemplar);
  requests.inc({ method: "POST" });
  registry.counter({ name: "cpu_seconds", help: "CPU time.", unit: "seconds" }).inc(1.5);
  registry.counter({ name: "unused", help: "Nobody counted.", labelNames });
  registry.gauge({ name: "temperature_celsius", help: "Of the room.", unit: "celsius", labelNames }).set({ method: "" }, -3.5);
  registry.gauge({ name: "writers_busy", help: "By writer.", mode: "all" }).set(Infinity);
  for (const buckets of [undefined, [-1e6, -0.5, 0, 1e-5, 1, 1e6], []]) {
    const histogram = registry.histogram({
      name: `latency${buckets?.length ?? ""}_seconds`,
      help: "L.",
      labelNames,
      buckets,
      exemplars: true,
    });
    for (const method of ["GET", "PUT"]) for (const value of [0.005, 0.3, 7, 1e7]) histogram.observe({ method }, value, exemplar);
  }
  registry.histogram({ name: "reply_bytes", help: "Sizes.", native: true, buckets: [1, 10] }).observe(5);
  registry.histogram({ name: "native_bytes", help: "Sizes.", native: true }).observe(5);
  registry.summary({ name: "wait_seconds", help: "Waits.", labelNames, quantiles: [0, 0.5, 0.999, 1] }).observe({ method: "GET" }, 2);
  registry.summary({ name: "idle_seconds", help: "Nothing yet." });
  registry.info({ name: "build", help: "What runs.", labelNames: ["version"] }).set({ version: "1.2.3" });
  registry.stateSet({ name: "door", help: "The door.", states: ["open", "shut"], labelNames }).set({ method: "GET" }, "shut");
  registry.unknown({ name: "mystery", help: "Who knows." }).set(NaN);
  registry.gaugeHistogram({ name: "queue_items", help: "What waits.", buckets: [-1, 1, 5] }).set([-3, 2, 9]);
  const at = new Date("2026-01-01T00:00:00Z");
  registry.collect(() => [
    { type: "gauge", name: "sensor_volts", help: "Volts.", labelNames, samples: [{ labels: { method: "a" }, value: 5, timestamp: at }] },
  ]);
  return registry;
}

const decoder = new TextDecoder();
const OPEN = "application/openmetrics-text; version=1.0.0";
for (const [what, asked, options] of [
  ["text", {}],
  ["OpenMetrics", { accept: OPEN }],
  ["OpenMetrics with _created", { accept: OPEN, created: true }],
  ["text with default labels and the library's own metrics", { statistics: true }, { labels: { service: "shop" } }],
  ["OpenMetrics with default labels and the library's own metrics", { accept: OPEN, statistics: true }, { labels: { service: "shop" } }],
]) {
  test(`${what}: a registry of every type has no finding`, async (t) => {
    const { body, contentType } = await everything(t, options).expose(asked);
    assert.ok(body.length > 3000);
    assert.deepEqual(lint(body, { contentType }), []);
  });
}

for (const [what, accept] of [
  ["text", "text/plain;version=1.0.0;escaping=allow-utf-8"],
  ["OpenMetrics", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"],
]) {
  test(`${what}: names of any Unicode are clean for who asks for them, and in quotes for nobody else`, async (t) => {
    const registry = everything(t);
    registry
      .counter({ name: "http.requests", help: "R.", labelNames: ["http.method", "grün"], utf8: true })
      .inc({ "http.method": "GET", grün: 1 });
    const { body, contentType } = await registry.expose({ accept });
    assert.match(decoder.decode(body), /^\{"http\.requests_total","http\.method"="GET",/m);
    assert.deepEqual(lint(body, { contentType }), []);
    const rules = new Set(lint(body, { contentType: contentType.replace(/;[^;]*escaping=[^;]*/, "").replace("1.0.0", what === "text" ? "0.0.4" : "1.0.0") }).map(({ rule }) => rule)); // prettier-ignore
    assert.deepEqual([...rules], ["name"]);
    for (const escaping of ["underscores", "dots", "values"]) {
      const escaped = await registry.expose({ accept, escaping });
      assert.deepEqual(lint(escaped.body, { contentType: escaped.contentType }).filter(({ severity }) => severity === "error"), []); // prettier-ignore
    }
  });
}

test("every golden file of the library is read without an error", () => {
  let files = 0;
  for (const folder of ["", "types/", "names/"]) {
    for (const file of readdirSync(new URL(folder, GOLDEN))) {
      const [, dialect] = /\.(text|openmetrics)(?:\.[\w-]+)?\.txt$/.exec(file) ?? [];
      if (dialect === undefined) continue;
      files++;
      const found = lint(readFileSync(new URL(folder + file, GOLDEN)), { format: dialect, utf8: file.includes("allow-utf-8") });
      assert.deepEqual(found.filter(({ severity }) => severity === "error"), [], file); // prettier-ignore
    }
  }
  assert.ok(files > 30, `only ${files} files`);
});
