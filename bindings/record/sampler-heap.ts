// The memory of this process, in bytes: the heap is that of the thread that samples.

import process from "node:process";
import type { Sampler } from "./sampler.ts";

export const sampleHeap: Sampler = (label) => {
  const used = label("heap used", { whole: true });
  const total = label("heap total", { whole: true });
  const external = label("external memory", { whole: true });
  const rss = label("rss", { whole: true });
  return {
    sample() {
      const usage = process.memoryUsage();
      used.record(usage.heapUsed);
      total.record(usage.heapTotal);
      external.record(usage.external);
      rss.record(usage.rss);
    },
    stop() {},
  };
};
