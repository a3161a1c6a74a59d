// What the system has counted of this process, as `getrusage` tells it: all threads together, those that have ended, too.

import process from "node:process";
import type { Part } from "./part.ts";
import type { Sheet } from "./sheet.ts";

/** In a second. */
const MICROSECONDS = 1e6;
/** It counts neither faults by their kind nor switches. */
const UNCOUNTED = "win32";

/** The names of prom-client's groups, and of ours. */
export const USAGE_NAMES = ["processCpuTotal", "processPageFaults", "processContextSwitches"];

export function usage(sheet: Sheet): Part {
  const counter = (name: string, help: string) => sheet.one({ kind: "counter", name, help });
  const user = counter("process_cpu_user_seconds_total", "Total user CPU time spent in seconds.");
  const system = counter("process_cpu_system_seconds_total", "Total system CPU time spent in seconds.");
  const cpu = counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
  const minor = counter("process_minor_pagefaults_total", "Page faults that needed no reading from a disk.");
  const major = counter("process_major_pagefaults_total", "Page faults that needed a reading from a disk.");
  const switches = sheet.metric({
    kind: "counter",
    name: "process_context_switches_total",
    help: "Context switches of all threads: voluntary ones waited for something, others were made to.",
    labelNames: ["type"],
  });
  const waits = switches.sample(["voluntary"]);
  const stops = switches.sample(["involuntary"]);
  return {
    collect() {
      const used = process.resourceUsage();
      user.is(used.userCPUTime / MICROSECONDS);
      system.is(used.systemCPUTime / MICROSECONDS);
      cpu.is((used.userCPUTime + used.systemCPUTime) / MICROSECONDS);
      if (process.platform === UNCOUNTED) return;
      minor.is(used.minorPageFault);
      major.is(used.majorPageFault);
      waits.is(used.voluntaryContextSwitches);
      stops.is(used.involuntaryContextSwitches);
    },
  };
}
