// The scrapes of a run, seen from the command: steers the scraping thread and answers questions about what it saw.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

export class Scrapes {
  #worker;
  #all = [];

  constructor(metrics) {
    this.#worker = new Worker(new URL("./scraper.mjs", import.meta.url), { workerData: { metrics } });
    this.#worker.on("message", (scrape) => this.#all.push(scrape));
    // A scraper that fails is a run with no scrapes, which the report refuses.
    this.#worker.on("error", (error) => console.error("The scraping thread failed:", error));
  }

  every(pauseMilliseconds) {
    this.#worker.postMessage({ pauseMilliseconds });
  }

  /** Resolves when the next scrape has come in. */
  async next() {
    await once(this.#worker, "message");
  }

  pause() {
    this.#worker.postMessage({});
  }

  async stop() {
    if (this.#worker.threadId === -1) return;
    this.#worker.postMessage({ stop: true });
    await once(this.#worker, "exit");
  }

  get done() {
    return this.#all.filter((scrape) => scrape.failure === undefined);
  }

  get failures() {
    return this.#all.filter((scrape) => scrape.failure !== undefined);
  }

  /** The scrapes that began between two times. Adjacent times share none and miss none. */
  begunWithin(beganMilliseconds, endedMilliseconds) {
    return this.done.filter((scrape) => scrape.beganMilliseconds >= beganMilliseconds && scrape.beganMilliseconds < endedMilliseconds);
  }

  /** The scrapes that began and ended between two times. */
  within(beganMilliseconds, endedMilliseconds) {
    return this.done.filter((scrape) => scrape.beganMilliseconds >= beganMilliseconds && scrape.endedMilliseconds <= endedMilliseconds);
  }
}

function durationMilliseconds(scrape) {
  return scrape.endedMilliseconds - scrape.beganMilliseconds;
}

/** 0 where there are none. */
export function slowestMilliseconds(scrapes) {
  return Math.max(0, ...scrapes.map(durationMilliseconds));
}

/** The duration that the share `quantile` of the scrapes did not exceed; 0 where there are none. */
export function quantileMilliseconds(scrapes, quantile) {
  const durations = scrapes.map(durationMilliseconds).sort((a, b) => a - b);
  return durations[Math.max(Math.ceil(durations.length * quantile) - 1, 0)] ?? 0;
}
