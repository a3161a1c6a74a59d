// Plans done with Debian's python3-prometheus-client: one process for all of them.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

// Debian's packages belong to Debian's own Python, and another one may come first on the path.
const PYTHON = "/usr/bin/python3";

const PROGRAM = `
import json, sys
from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, Summary
from prometheus_client.exposition import generate_latest as text
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
KINDS = {"counter": Counter, "gauge": Gauge, "histogram": Histogram, "summary": Summary, "info": Info, "stateSet": Enum}
def done(family, registry):
    options = {"registry": registry, "unit": family["unit"]}
    if family["kind"] == "histogram":
        options["buckets"] = [float(bound) for bound in family["buckets"]] + [float("inf")]
    if family["kind"] == "stateSet":
        options["states"] = family["states"]
    metric = KINDS[family["kind"]](family["name"], family["help"], family["labelNames"], **options)
    for step in family["operations"]:
        if step["verb"] == "remove":
            try:
                metric.remove(*step["labels"])
            except KeyError:
                pass
            continue
        series = metric.labels(*step["labels"]) if family["labelNames"] else metric
        if step["verb"] == "info":
            series.info(step["info"])
        elif step["verb"] == "state":
            series.state(step["state"])
        elif "exemplar" in step:
            getattr(series, step["verb"])(float(step["amount"]), exemplar=step["exemplar"])
        else:
            getattr(series, step["verb"])(float(step["amount"]))
for line in sys.stdin:
    registry = CollectorRegistry()
    for family in json.loads(line)["families"]:
        done(family, registry)
    print(json.dumps({"text": text(registry).decode(), "openmetrics": openmetrics(registry).decode()}))
`;

export const available = existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import prometheus_client.openmetrics.exposition"]).status === 0;
export const missing = "python3-prometheus-client is not installed: apt-get install python3-prometheus-client";

/** Pages by dialect, for each plan. */
export function clientPython(plans) {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", PROGRAM], {
    input: plans.map((plan) => `${JSON.stringify(plan)}\n`).join(""),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { ...process.env, PROMETHEUS_DISABLE_CREATED_SERIES: "True", PYTHONIOENCODING: "utf-8" },
  });
  if (status !== 0) throw new Error(`client_python ended with ${status}: ${stderr}`);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
