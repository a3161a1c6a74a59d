// How long an event loop was held up: a meter for one thread, and the questions a parent thread asks its workers.
import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** The finest that libuv's timers offer. A loop that is on time reads as 0, since this is subtracted. */
const RESOLUTION_MILLISECONDS = 1;

export class StallMeter {
  #delay;
  #carriedMilliseconds = 0;
  #utilization = performance.eventLoopUtilization();

  /** Forgets what was measured and starts again. */
  watch() {
    this.#carriedMilliseconds = 0;
    this.#utilization = performance.eventLoopUtilization();
    this.#restart();
  }

  /** Runs `block` unmeasured: what a test does on purpose is no stall of the service. */
  without(block) {
    this.#carriedMilliseconds = this.#longest();
    this.#delay?.disable();
    block();
    this.#restart();
  }

  /** `{ longestMilliseconds, busyMilliseconds }` since `watch()`. */
  read() {
    const { active } = performance.eventLoopUtilization(this.#utilization);
    return { longestMilliseconds: this.#longest(), busyMilliseconds: active };
  }

  // A new histogram each time: a re-enabled one measures the time it was off as one long delay.
  #restart() {
    this.#delay?.disable();
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS });
    this.#delay.enable();
  }

  #longest() {
    const longest = this.#delay === undefined ? 0 : this.#delay.max / 1e6 - RESOLUTION_MILLISECONDS;
    return Math.max(this.#carriedMilliseconds, longest, 0);
  }
}

/** In a worker thread: answers what its parent asks with `watchStalls` and `readStalls`. */
export function answerStallQuestions(port) {
  const meter = new StallMeter();
  port.on("message", ({ stall }) => {
    if (stall === "watch") meter.watch();
    if (stall === "read") port.postMessage({ stalls: meter.read() });
  });
}

export function watchStalls(worker) {
  worker.postMessage({ stall: "watch" });
}

export function readStalls(worker) {
  return new Promise((resolve) => {
    function onMessage({ stalls }) {
      if (stalls === undefined) return;
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      resolve(stalls);
    }
    function onExit() {
      worker.off("message", onMessage);
      resolve({ longestMilliseconds: 0, busyMilliseconds: 0 });
    }
    worker.on("message", onMessage);
    worker.once("exit", onExit);
    worker.postMessage({ stall: "read" });
  });
}
