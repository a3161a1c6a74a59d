// The dashboards and rules: as their source makes them, with names that a real page has, and rules that Prometheus' own tool takes and runs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { collectDefaultMetrics } from "tallystick/runtime";
import { made } from "../../scripts/dashboards.mjs";

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (name) => readFileSync(at(`docs/dashboards/${name}`), "utf8");
const noPromtool = spawnSync("promtool", ["--version"]).status !== 0 && "promtool is not installed: apt-get install prometheus";
const FILES = ["http.json", "rules.yml", "runtime.json"];
/** What a middleware of requests shows. */
const HTTP = ["http_request_duration_seconds", "http_request_size_bytes", "http_response_size_bytes"];
const HTTP_NAMES = ["http_requests_in_flight", ...HTTP.flatMap((name) => ["_bucket", "_sum", "_count"].map((part) => name + part))];
const NAME = /\b(?:process|nodejs|http|tallystick)_[a-z0-9_]*[a-z0-9]\b/g;
/** Of labels and of rules, not of metrics. */
const OTHERS = new Set(["nodejs_eventloop_state"]);

/** Every query: of dashboards, of their variables, and of rules. */
function queries(name) {
  if (name === "rules.yml") return [...read(name).matchAll(/^ +expr: ([^]*?)(?=\n +(?:for|- record|- alert|record|alert):|\n +- name:|$)/gm)].map(([, expr]) => expr); // prettier-ignore
  const { panels, templating } = JSON.parse(read(name));
  return [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(({ query }) => query.query ?? ""),
  ];
}

const namesIn = (text) =>
  [...text.replaceAll(/\b\w+(?::\w+)+/g, "").matchAll(NAME)].map(([name]) => name).filter((name) => !OTHERS.has(name));

test("docs/dashboards has what scripts/dashboards.mjs makes, and nothing else", async () => {
  const all = await made();
  assert.deepEqual(Object.keys(all).sort(), FILES);
  for (const [name, text] of Object.entries(all)) assert.equal(read(name), text, `${name}: run node scripts/dashboards.mjs`);
  assert.deepEqual(readdirSync(at("docs/dashboards")).sort(), ["README.md", ...FILES]);
});

test("each metric that is asked for is one of a real page", async (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  const metrics = collectDefaultMetrics({ registry });
  t.after(() => metrics.close());
  // A run of the garbage collector, and two pages, between which there is something to be told.
  let page = "";
  const samples = () => new Set([...page.matchAll(/^([a-z_:][\w:]*)/gim)].map(([, name]) => name));
  for (
    const end = Date.now() + 20_000;
    !samples().has("nodejs_gc_duration_seconds_count") || !samples().has("tallystick_collector_age_seconds");
  ) {
    assert.ok(Date.now() < end, "the garbage collector was never told of");
    Array.from({ length: 200_000 }, (_, i) => ({ i }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    page = new TextDecoder().decode((await registry.expose({ statistics: true })).body);
  }
  const there = samples();
  const documented = readFileSync(at("docs/runtime.md"), "utf8");
  const isLinux = process.platform === "linux";
  const hasPressure = existsSync("/sys/fs/cgroup/memory.pressure");
  let asked = 0;
  for (const file of FILES) {
    for (const query of queries(file)) {
      for (const name of namesIn(query)) {
        asked++;
        if (name.startsWith("http_")) assert.ok(HTTP_NAMES.includes(name), `${file}: ${name}`);
        else if (name.startsWith("process_pressure_") && !hasPressure) assert.ok(documented.includes(`\`${name}\``), `${file}: ${name}`);
        else if (there.has(name) || isLinux) assert.ok(there.has(name), `${file}: ${name}`);
        else assert.ok(documented.includes(`\`${name}\``), `${file}: ${name}`);
      }
    }
  }
  assert.ok(asked > 50, `only ${asked} names were found`);
});

test("dashboards: panels have a place of their own, and every query parses", { skip: noPromtool }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tallystick-dashboards-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["runtime.json", "http.json"]) {
    const { panels } = JSON.parse(read(name));
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    assert.equal(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size, panels.length);
    for (const { gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24);
    const rules = panels.flatMap(({ targets = [] }) => targets).map(({ expr }, i) => ({ record: `query:number_${i}`, expr: expr.replaceAll("$__rate_interval", "5m") })); // prettier-ignore
    assert.ok(rules.length > 8);
    const file = join(folder, "queries.yml");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "queries", rules }] }));
    const checked = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.match(checked.stdout + checked.stderr, new RegExp(`${rules.length} rules found`));
  }
});

test("rules.yml: promtool takes it, and its alerts do what they say", { skip: noPromtool }, () => {
  const checked = spawnSync("promtool", ["check", "rules", at("docs/dashboards/rules.yml")], { encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  const run = spawnSync("promtool", ["test", "rules", at("test/dashboards/rules.test.yml")], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  // None is left out.
  const tested = readFileSync(at("test/dashboards/rules.test.yml"), "utf8");
  for (const [, alert] of read("rules.yml").matchAll(/- alert: "?(\w+)/g)) assert.match(tested, new RegExp(`alertname: ${alert}$`, "m"));
});
