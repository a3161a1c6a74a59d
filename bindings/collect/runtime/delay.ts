// How late this thread's event loop comes to a timer: what a request has to wait, too. The time between two turns of the timer is not
// in it, as it is in the histogram of `node:perf_hooks`, and the scrape that asks is not, either: from the moment that it begins to
// run collectors the timer rests, until the event loop has turned. What the loop was late before that moment is counted.

import { clearInterval, setImmediate, setInterval } from "node:timers";
import { Delays } from "./delays.ts";
import type { Part, RuntimeName } from "./part.ts";
import type { Sheet } from "./sheet.ts";

export const DELAY_NAMES = ["eventLoopLag"];

const MILLISECONDS = 1e3;

/** A timer's turns, and what they tell. Times are in milliseconds. */
export class Lateness {
  readonly delays = new Delays();
  /** In seconds; NaN before the first one. */
  newest = NaN;
  readonly #periodMs: number;
  #last: number;
  #isResting = false;

  constructor(periodMs: number, now: number) {
    this.#periodMs = periodMs;
    this.#last = now;
  }

  turned(now: number): void {
    if (!this.#isResting) this.#recorded(Math.max(0, now - this.#last - this.#periodMs));
    this.#isResting = false;
    this.#last = now;
  }

  /** A scrape began then, and does what it does from now on: the next turn tells nothing. */
  rest(began: number): void {
    const late = began - this.#last - this.#periodMs;
    if (!this.#isResting && late > 0) this.#recorded(late);
    this.#isResting = true;
  }

  #recorded(late: number): void {
    this.newest = late / MILLISECONDS;
    this.delays.record(this.newest);
  }
}

/** Names and helps are prom-client's. */
const METRICS = [
  ["min", "livemin", "The minimum recorded event loop delay."],
  ["max", "livemax", "The maximum recorded event loop delay."],
  ["mean", "livemax", "The mean of the recorded event loop delays."],
  ["stddev", "livemax", "The standard deviation of the recorded event loop delays."],
  ["p50", "livemax", "The 50th percentile of the recorded event loop delays."],
  ["p90", "livemax", "The 90th percentile of the recorded event loop delays."],
  ["p99", "livemax", "The 99th percentile of the recorded event loop delays."],
] as const;

export function delay(sheet: Sheet, runtime: RuntimeName): Part {
  const name = `${runtime}_eventloop_lag`;
  const lag = sheet.one({ kind: "gauge", name: `${name}_seconds`, help: "Lag of event loop in seconds.", mode: "livemax" });
  const samples = METRICS.map(([what, mode, help]) => sheet.one({ kind: "gauge", name: `${name}_${what}_seconds`, help, mode }));
  const { precisionMs } = sheet.settings;
  const lateness = new Lateness(precisionMs, performance.now());
  const { delays } = lateness;
  /** Of the last window that had any. */
  let known: readonly number[] = [];
  const timer = setInterval(() => lateness.turned(performance.now()), precisionMs);
  timer.unref();
  return {
    collect({ began }) {
      lateness.rest(began);
      if (delays.count > 0) {
        const quantiles = [0.5, 0.9, 0.99].map((share) => delays.quantile(share));
        known = [delays.least, delays.most, delays.mean, delays.deviation, ...quantiles];
        delays.clear();
      }
      // The first thing that the loop does when this turn of it is over.
      setImmediate(() => lateness.turned(performance.now())).unref?.();
      if (known.length === 0) return;
      lag.is(lateness.newest);
      known.forEach((value, i) => samples[i]!.is(value));
    },
    close() {
      clearInterval(timer);
    },
  };
}
