// How late this thread's event loop comes to a timer, in seconds: the mean and the worst of an interval. By a timer of our own, for
// the histograms of the runtimes measure three different things.

import { clearInterval, setInterval } from "node:timers";
import type { Sampler } from "./sampler.ts";

/** Fifty turns a second cost 0.03 % of a core. */
const TICK_MS = 20;

export const sampleDelay: Sampler = (label) => {
  const mean = label("event loop delay mean");
  const most = label("event loop delay max");
  let last = performance.now();
  let count = 0;
  let sum = 0;
  let worst = 0;
  const tick = () => {
    const now = performance.now();
    const late = Math.max(now - last - TICK_MS, 0);
    last = now;
    count++;
    sum += late;
    worst = Math.max(worst, late);
  };
  const timer = setInterval(tick, TICK_MS);
  timer.unref();
  return {
    sample() {
      // A loop that was blocked until now came to no timer meanwhile.
      if (performance.now() - last > TICK_MS) tick();
      if (count === 0) return;
      mean.record(sum / count / 1000);
      most.record(worst / 1000);
      count = 0;
      sum = 0;
      worst = 0;
    },
    stop() {
      clearInterval(timer);
    },
  };
};
