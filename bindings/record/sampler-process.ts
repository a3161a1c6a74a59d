// What the system tells of this process, under the names that the telemetry module's importer for Pandas looks for, and of files.

import process from "node:process";
import type { Sampler } from "./sampler.ts";

/** Of a second. */
const MICRO = 1e-6;

export const sampleProcess: Sampler = (label) => {
  const user = label("user time");
  const system = label("system time");
  const rss = label("max rss", { whole: true });
  const reads = label("fs reads", { whole: true });
  const writes = label("fs writes", { whole: true });
  const waits = label("voluntary context switches", { whole: true });
  const stops = label("involuntary context switches", { whole: true });
  return {
    sample() {
      const usage = process.resourceUsage();
      user.record(usage.userCPUTime * MICRO);
      system.record(usage.systemCPUTime * MICRO);
      rss.record(usage.maxRSS);
      reads.record(usage.fsRead);
      writes.record(usage.fsWrite);
      waits.record(usage.voluntaryContextSwitches);
      stops.record(usage.involuntaryContextSwitches);
    },
    stop() {},
  };
};
