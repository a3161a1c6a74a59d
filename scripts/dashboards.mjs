// Makes the dashboards and rules in docs/dashboards/ of one source, so that a name that changes changes everywhere.
//
//   node scripts/dashboards.mjs            writes them

import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const FOLDER = fileURLToPath(new URL("../docs/dashboards/", import.meta.url));
const OF = '{job=~"$job",instance=~"$instance"}';
const INTERVAL = "[$__rate_interval]";

/** A query, and what its lines are called. */
const query = (expr, legend) => ({ expr: expr.replaceAll("{}", OF).replaceAll("[]", INTERVAL), legend });

/** A panel: its title, the unit of its axis as Grafana names it, and its queries. */
const panel = (title, unit, ...queries) => ({ title, unit, queries });

const RUNTIME = {
  uid: "tallystick-runtime",
  title: "Node: process and runtime",
  from: "process_start_time_seconds",
  rows: [
    [
      "Process",
      panel(
        "CPU, cores",
        "short",
        query("rate(process_cpu_user_seconds_total{}[])", "{{instance}} user"),
        query("rate(process_cpu_system_seconds_total{}[])", "{{instance}} system"),
      ),
      panel(
        "Memory",
        "bytes",
        query("process_resident_memory_bytes{}", "{{instance}} resident"),
        query("sum without (thread) (nodejs_heap_size_total_bytes{})", "{{instance}} heap"),
        query("sum without (thread) (nodejs_heap_size_used_bytes{})", "{{instance}} heap used"),
        query("sum without (thread) (nodejs_external_memory_bytes{})", "{{instance}} external"),
      ),
      panel("File descriptors", "short", query("process_open_fds{}", "{{instance}} open"), query("process_max_fds{}", "{{instance}} most")),
      panel("Uptime", "s", query("time() - process_start_time_seconds{}", "{{instance}}")),
    ],
    [
      "Event loops, by thread",
      panel(
        "Delay",
        "s",
        query("nodejs_eventloop_lag_p50_seconds{}", "{{instance}} {{thread}} p50"),
        query("nodejs_eventloop_lag_p99_seconds{}", "{{instance}} {{thread}} p99"),
        query("nodejs_eventloop_lag_max_seconds{}", "{{instance}} {{thread}} most"),
      ),
      panel(
        "Utilization",
        "percentunit",
        query(
          'rate(nodejs_eventloop_time_seconds_total{job=~"$job",instance=~"$instance",nodejs_eventloop_state="active"}[])',
          "{{instance}} {{thread}}",
        ),
      ),
      panel("What keeps it going", "short", query("nodejs_active_resources{}", "{{instance}} {{thread}} {{type}}")),
      panel(
        "Oldest values of collectors",
        "s",
        query("max by (instance, collector) (tallystick_collector_age_seconds{})", "{{instance}} {{collector}}"),
      ),
    ],
    [
      "Garbage and heap, by thread",
      panel(
        "Share of time in the garbage collector",
        "percentunit",
        query("rate(nodejs_gc_duration_seconds_sum{}[])", "{{instance}} {{thread}} {{kind}}"),
      ),
      panel(
        "Runs of the garbage collector",
        "ops",
        query("rate(nodejs_gc_duration_seconds_count{}[])", "{{instance}} {{thread}} {{kind}}"),
      ),
      panel(
        "99th percentile of a run",
        "s",
        query(
          "histogram_quantile(0.99, sum by (le, instance, kind) (rate(nodejs_gc_duration_seconds_bucket{}[])))",
          "{{instance}} {{kind}}",
        ),
      ),
      panel("Heap by space", "bytes", query("sum without (thread) (nodejs_heap_space_size_used_bytes{})", "{{instance}} {{space}}")),
    ],
    [
      "System",
      panel(
        "Input and output",
        "Bps",
        query("rate(process_io_read_bytes_total{}[])", "{{instance}} read"),
        query("rate(process_io_written_bytes_total{}[])", "{{instance}} written"),
      ),
      panel("Context switches", "ops", query("rate(process_context_switches_total{}[])", "{{instance}} {{type}}")),
      panel(
        "Page faults",
        "ops",
        query("rate(process_minor_pagefaults_total{}[])", "{{instance}} minor"),
        query("rate(process_major_pagefaults_total{}[])", "{{instance}} major"),
      ),
      panel(
        "Share of time that waits",
        "percentunit",
        query("rate(process_pressure_cpu_waiting_seconds_total{}[])", "{{instance}} processor"),
        query("rate(process_pressure_io_waiting_seconds_total{}[])", "{{instance}} storage"),
        query("rate(process_pressure_memory_waiting_seconds_total{}[])", "{{instance}} memory"),
      ),
    ],
  ],
};

const ERRORS = '{job=~"$job",instance=~"$instance",status=~"5.."}';
const HTTP = {
  uid: "tallystick-http",
  title: "HTTP: requests by route",
  from: "http_request_duration_seconds_count",
  rows: [
    [
      "Requests",
      panel("Requests", "reqps", query("sum by (method, route) (rate(http_request_duration_seconds_count{}[]))", "{{method}} {{route}}")),
      panel("By status", "reqps", query("sum by (status) (rate(http_request_duration_seconds_count{}[]))", "{{status}}")),
      panel(
        "Share that failed",
        "percentunit",
        query(
          `sum by (route) (rate(http_request_duration_seconds_count${ERRORS}[])) / sum by (route) (rate(http_request_duration_seconds_count{}[]))`,
          "{{route}}",
        ),
      ),
      panel("In flight", "short", query("sum by (instance) (http_requests_in_flight{})", "{{instance}}")),
    ],
    [
      "How long",
      ...[0.5, 0.9, 0.99].map((q) =>
        panel(
          `${q * 100} % were faster`,
          "s",
          query(
            `histogram_quantile(${q}, sum by (le, method, route) (rate(http_request_duration_seconds_bucket{}[])))`,
            "{{method}} {{route}}",
          ),
        ),
      ),
      panel(
        "Mean",
        "s",
        query(
          "sum by (route) (rate(http_request_duration_seconds_sum{}[])) / sum by (route) (rate(http_request_duration_seconds_count{}[]))",
          "{{route}}",
        ),
      ),
    ],
    [
      "How much",
      panel("Received", "Bps", query("sum by (route) (rate(http_request_size_bytes_sum{}[]))", "{{route}}")),
      panel("Sent", "Bps", query("sum by (route) (rate(http_response_size_bytes_sum{}[]))", "{{route}}")),
    ],
  ],
};

const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

function variables(from) {
  const values = (name, of) => ({
    name,
    type: "query",
    datasource: DATASOURCE,
    query: { query: of, refId: name },
    includeAll: true,
    multi: true,
    allValue: ".*",
    refresh: 2,
    sort: 1,
    current: { selected: true, text: ["All"], value: ["$__all"] },
  });
  return [
    { name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" },
    values("job", `label_values(${from}, job)`),
    values("instance", `label_values(${from}{job=~"$job"}, instance)`),
  ];
}

/** A dashboard as Grafana imports it: four panels a row, each six columns wide. */
function dashboard({ uid, title, from, rows }) {
  const panels = [];
  let y = 0;
  for (const [name, ...own] of rows) {
    panels.push({ id: panels.length + 1, type: "row", title: name, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] });
    const width = 24 / Math.max(2, own.length);
    for (const [i, { title: heading, unit, queries }] of own.entries()) {
      panels.push({
        id: panels.length + 1,
        type: "timeseries",
        title: heading,
        datasource: DATASOURCE,
        gridPos: { x: i * width, y: y + 1, w: width, h: 8 },
        fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 8, showPoints: "never" } }, overrides: [] },
        options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
        targets: queries.map(({ expr, legend }, at) => ({
          refId: String.fromCharCode(65 + at),
          datasource: DATASOURCE,
          expr,
          legendFormat: legend,
        })),
      });
    }
    y += 9;
  }
  return {
    uid,
    title,
    tags: ["tallystick"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: { list: variables(from) },
    panels,
  };
}

const record = (name, expr) => ({ record: name, expr });
const alert = (name, expr, minutes, severity, summary, description) => ({
  alert: name,
  expr,
  for: `${minutes}m`,
  labels: { severity },
  annotations: { summary, description },
});

const REQUESTS = "http_request_duration_seconds_count";
const RULES = [
  {
    name: "tallystick-runtime",
    rules: [
      record("instance:process_cpu_seconds:rate5m", "rate(process_cpu_seconds_total[5m])"),
      record("instance:nodejs_gc_duration_seconds:rate5m", "sum without (kind) (rate(nodejs_gc_duration_seconds_sum[5m]))"),
      record(
        "instance:nodejs_eventloop_active:rate5m",
        'sum without (nodejs_eventloop_state) (rate(nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}[5m]))',
      ),
      alert(
        "EventLoopDelayed",
        "nodejs_eventloop_lag_p99_seconds > 0.25",
        5,
        "warning",
        "An event loop of {{ $labels.instance }} is late",
        "One of a hundred turns comes {{ $value | humanizeDuration }} late{{ with $labels.thread }}, thread {{ . }}{{ end }}: something computes in it for too long.",
      ),
      alert(
        "EventLoopSaturated",
        "instance:nodejs_eventloop_active:rate5m > 0.95",
        10,
        "warning",
        "An event loop of {{ $labels.instance }} has no rest",
        "It is active for {{ $value | humanizePercentage }} of the time{{ with $labels.thread }}, thread {{ . }}{{ end }}: more work makes everything late.",
      ),
      alert(
        "GarbageCollectorBusy",
        "instance:nodejs_gc_duration_seconds:rate5m > 0.2",
        10,
        "warning",
        "The garbage collector of {{ $labels.instance }} is busy",
        "It takes {{ $value | humanizePercentage }} of the time{{ with $labels.thread }}, thread {{ . }}{{ end }}: the heap may be near its limit.",
      ),
      alert(
        "FileDescriptorsShort",
        "process_open_fds / process_max_fds > 0.85",
        5,
        "critical",
        "{{ $labels.instance }} has few file descriptors left",
        "{{ $value | humanizePercentage }} of those that it may have are open.",
      ),
      alert(
        "ProcessRestarts",
        "changes(process_start_time_seconds[30m]) > 3",
        0,
        "warning",
        "{{ $labels.instance }} begins again and again",
        "It began {{ $value }} times within half an hour.",
      ),
      alert(
        "MemoryPressure",
        "rate(process_pressure_memory_waiting_seconds_total[5m]) > 0.1",
        5,
        "warning",
        "{{ $labels.instance }} waits for memory",
        "For {{ $value | humanizePercentage }} of the time something in its cgroup does: it has too little.",
      ),
      alert(
        "CollectorStale",
        "max by (job, instance, collector) (tallystick_collector_age_seconds) > 300",
        5,
        "warning",
        "What {{ $labels.collector }} shows of {{ $labels.instance }} is old",
        "Its values are {{ $value | humanizeDuration }} old: its thread is blocked, or it fails.",
      ),
    ],
  },
  {
    name: "tallystick-http",
    rules: [
      record("job_route:http_requests:rate5m", `sum by (job, route) (rate(${REQUESTS}[5m]))`),
      record(
        "job_route:http_requests_failed:ratio_rate5m",
        `sum by (job, route) (rate(${REQUESTS}{status=~"5.."}[5m])) / sum by (job, route) (rate(${REQUESTS}[5m]))`,
      ),
      record(
        "job_route:http_request_duration_seconds:p99_5m",
        "histogram_quantile(0.99, sum by (le, job, route) (rate(http_request_duration_seconds_bucket[5m])))",
      ),
      alert(
        "HttpRequestsFail",
        "job_route:http_requests_failed:ratio_rate5m > 0.05 and job_route:http_requests:rate5m > 0.1",
        5,
        "critical",
        "{{ $labels.route }} of {{ $labels.job }} fails",
        "{{ $value | humanizePercentage }} of its requests end with 5xx.",
      ),
      alert(
        "HttpRequestsSlow",
        "job_route:http_request_duration_seconds:p99_5m > 1 and job_route:http_requests:rate5m > 0.1",
        10,
        "warning",
        "{{ $labels.route }} of {{ $labels.job }} is slow",
        "One of a hundred requests takes longer than {{ $value | humanizeDuration }}.",
      ),
    ],
  },
];

/** Text of YAML: JSON is YAML, and prettier writes it as people do. */
function yaml(value, indent = "") {
  if (Array.isArray(value)) return value.map((each) => `\n${indent}- ${yaml(each, `${indent}  `).trimStart()}`).join("");
  if (typeof value !== "object") return JSON.stringify(value);
  return Object.entries(value).map(([key, each]) => `\n${indent}${key}: ${yaml(each, `${indent}  `)}`).join(""); // prettier-ignore
}

/** What is in docs/dashboards/, by name. */
export async function made() {
  const config = await resolveConfig(FOLDER);
  const json = (value) => format(JSON.stringify(value), { ...config, parser: "json" });
  const rules = `# Made by scripts/dashboards.mjs: recording rules and alerts, for rule_files of Prometheus.\n${yaml({ groups: RULES }).trimStart()}\n`;
  return {
    "runtime.json": await json(dashboard(RUNTIME)),
    "http.json": await json(dashboard(HTTP)),
    "rules.yml": await format(rules, { ...config, parser: "yaml" }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(await made())) writeFileSync(FOLDER + name, text);
}
