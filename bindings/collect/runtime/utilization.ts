// How long this thread's event loop was active, and how long it had nothing to do, as the runtime counts it: never while a scrape
// waits, always while it works. Names are those that OpenTelemetry's runtime metrics have in Prometheus.

import { performance } from "node:perf_hooks";
import type { Part, RuntimeName } from "./part.ts";
import type { Sheet } from "./sheet.ts";

export const UTILIZATION_NAMES = ["eventLoopUtilization"];

const MILLISECONDS = 1e3;

export function utilization(sheet: Sheet, runtime: RuntimeName): Part {
  const times = sheet.metric({
    kind: "counter",
    name: `${runtime}_eventloop_time_seconds_total`,
    help: "Time of the event loop: active where it ran something, idle where it waited.",
    labelNames: ["nodejs_eventloop_state"],
  });
  const active = times.sample(["active"]);
  const idle = times.sample(["idle"]);
  const ratio = sheet.one({
    kind: "gauge",
    name: `${runtime}_eventloop_utilization_ratio`,
    help: "Share of the time since the last collection in which the event loop was active.",
    mode: "livemax",
  });
  let last = { active: 0, idle: 0 };
  let share = NaN;
  return {
    collect() {
      const now = performance.eventLoopUtilization();
      // Before the loop begins, and in runtimes that do not count.
      if (now.active + now.idle <= 0) return;
      const worked = Math.max(0, now.active - last.active);
      const waited = Math.max(0, now.idle - last.idle);
      if (worked + waited > 0) share = worked / (worked + waited);
      last = { active: last.active + worked, idle: last.idle + waited };
      active.is(last.active / MILLISECONDS);
      idle.is(last.idle / MILLISECONDS);
      ratio.is(share);
    },
  };
}
