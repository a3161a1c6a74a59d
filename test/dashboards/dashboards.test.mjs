// The dashboards and rules: as their source makes them, with names that a real page has, and rules that Prometheus' own tool takes and runs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { instrument } from "tallystick/http";
import { collectDefaultMetrics } from "tallystick/runtime";
import { made } from "../../scripts/dashboards.mjs";

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (name) => readFileSync(at(`docs/dashboards/${name}`), "utf8");
const noPromtool = spawnSync("promtool", ["--version"]).status !== 0 && "promtool is not installed: apt-get install prometheus";
const FILES = ["http.json", "rules.yml", "runtime.json"];
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

/** Requests of a real server, one of which in ten fails, and takes longer than a second. */
async function requested(t, registry) {
  const route = ({ url }) => url;
  const server = instrument(
    createServer((request, response) => {
      const fails = request.url === "/fails";
      response.writeHead(fails ? 500 : 200);
      setTimeout(() => response.end("hello"), fails ? 1100 : 0);
    }),
    { registry, route },
  );
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const asked = async (path) => (await fetch(`http://127.0.0.1:${server.address().port}${path}`, { method: "POST", body: "b" })).text();
  await Promise.all(["/fine", "/fails"].map(asked));
}

/** The series of a page: name, labels as they are written, value. */
const seriesIn = (page) => [...page.matchAll(/^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gim)].map(([, name, labels = "", value]) => ({ name, labels, value: Number(value) })); // prettier-ignore
const labelNames = (labels) => [...labels.matchAll(/(\w+)="/g)].map(([, name]) => name);

test("each metric that is asked for is one of a real page", async (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  const metrics = collectDefaultMetrics({ registry });
  t.after(() => metrics.close());
  await requested(t, registry);
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
        if (name.startsWith("process_pressure_") && !hasPressure) assert.ok(documented.includes(`\`${name}\``), `${file}: ${name}`);
        else if (there.has(name) || isLinux) assert.ok(there.has(name), `${file}: ${name}`);
        else assert.ok(documented.includes(`\`${name}\``), `${file}: ${name}`);
      }
    }
  }
  assert.ok(asked > 50, `only ${asked} names were found`);
});

test("http.json and its rules: each label that is asked for is one that the middleware gives", async (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  await requested(t, registry);
  const page = new TextDecoder().decode((await registry.expose()).body);
  const labels = new Map();
  for (const { name, labels: own } of seriesIn(page)) labels.set(name, new Set([...(labels.get(name) ?? []), ...labelNames(own)]));
  const all = [...queries("http.json"), ...queries("rules.yml")].filter(
    (query) => namesIn(query).some((name) => name.startsWith("http_")) && !query.startsWith("label_values"),
  );
  assert.ok(all.length > 12, `${all.length} queries`);
  for (const query of all) {
    const there = new Set(["job", "instance", ...namesIn(query).flatMap((name) => [...(labels.get(name) ?? [])])]);
    const grouped = [...query.matchAll(/\b(?:by|without) \(([^)]*)\)/g)].flatMap(([, list]) => list.split(/,\s*/));
    const matched = [...query.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, name]) => name);
    assert.ok(grouped.length + matched.length > 0, query);
    for (const label of [...grouped, ...matched]) assert.ok(there.has(label), `${label} of ${query}`);
  }
  const legends = JSON.parse(read("http.json")).panels.flatMap(({ targets = [] }) => targets.flatMap(({ legendFormat }) => [...(legendFormat ?? "").matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name))); // prettier-ignore
  for (const label of legends) assert.ok(["job", "instance", "method", "route", "status"].includes(label), label);
});

test(
  "rules.yml: what the middleware shows of requests that fail and are slow makes promtool raise the alerts",
  { skip: noPromtool },
  async (t) => {
    const registry = new Registry();
    t.after(() => registry.close());
    await requested(t, registry);
    const page = new TextDecoder().decode((await registry.expose()).body);
    // Each minute as much again as was counted, a hundred times.
    const input = seriesIn(page)
      .filter(({ name }) => name.startsWith("http_"))
      .map(({ name, labels, value }) => ({ series: `${name}{job="shop",instance="a",${labels}}`, values: `0+${value * 100}x30` }));
    const alert = (alertname, labels, summary, description) => ({
      eval_time: "20m",
      alertname,
      exp_alerts: [{ exp_labels: { job: "shop", route: "/fails", ...labels }, exp_annotations: { summary, description } }],
    });
    const buckets = seriesIn(page).filter(
      ({ name, labels }) => name.endsWith("duration_seconds_bucket") && labels.includes('route="/fails"'),
    );
    const bounds = buckets.map(({ labels, value }) => ({ bound: Number(/le="([^"]+)"/.exec(labels)[1]), value }));
    const at99 = bounds.findIndex(({ value }) => value > 0);
    const p99 = bounds[at99 - 1].bound + (bounds[at99].bound - bounds[at99 - 1].bound) * 0.99;
    const rules = {
      rule_files: [at("docs/dashboards/rules.yml")],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: input,
          alert_rule_test: [
            alert("HttpRequestsFail", { severity: "critical" }, "/fails of shop fails", "100% of its requests end with 5xx."),
            alert(
              "HttpRequestsSlow",
              { severity: "warning" },
              "/fails of shop is slow",
              `One of a hundred requests takes longer than ${Number(p99.toPrecision(4))}s.`,
            ),
          ],
        },
      ],
    };
    const folder = mkdtempSync(join(tmpdir(), "tallystick-rules-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "real.yml");
    writeFileSync(file, JSON.stringify(rules));
    const run = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  },
);

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
