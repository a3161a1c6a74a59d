// A pool of worker threads with one queue. A thread that dies takes the jobs in its hands with it: their callers are
// told so, how far each had come is read from the thread's journal, and a new thread takes its place.
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { nowMilliseconds } from "./clock.mjs";
import { COMPUTING, COUNTED, COUNTING, Journal } from "./journal.mjs";
import { waiting, workerDeaths } from "./metrics.mjs";
import { readStalls, watchStalls } from "./stall.mjs";

/** Jobs in a thread's hands: one that it computes and some waiting in its port, so that it need not wait for us. */
const MAX_IN_HAND = 4;
/** Past this the service says so at once instead of letting every caller wait. */
const MAX_WAITING = 10_000;

export class Pool {
  #threads = new Set();
  #queue = [];
  #nextJob = 1;
  #closed = false;

  constructor(size) {
    for (let count = 0; count < size; count++) this.#start();
  }

  ready() {
    return Promise.all([...this.#threads].map((thread) => thread.ready));
  }

  /** Resolves to `{ status, body }`, or to `{ unavailable: reason }` when no thread will answer. */
  run(details) {
    if (this.#queue.length >= MAX_WAITING) return Promise.resolve({ unavailable: "queue full" });
    return new Promise((resolve) => {
      this.#queue.push({ message: { ...details, job: this.#nextJob }, resolve });
      this.#nextJob = this.#nextJob === 0x7fffffff ? 1 : this.#nextJob + 1;
      this.#dispatch();
    });
  }

  /** Terminates a thread that has been computing one job for at least `milliseconds`, and tells what that cost. */
  async terminateBusy(milliseconds) {
    const thread = await this.#busyFor(milliseconds);
    const { computingMilliseconds } = thread.journal.read();
    const beganMilliseconds = nowMilliseconds();
    await thread.worker.terminate();
    const death = await thread.death;
    return { beganMilliseconds, computingMilliseconds, ...death };
  }

  watchStalls() {
    for (const { worker } of this.#threads) watchStalls(worker);
  }

  readStalls() {
    return Promise.all([...this.#threads].map(({ worker }) => readStalls(worker)));
  }

  async close() {
    this.#closed = true;
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
    for (const { resolve } of this.#queue.splice(0)) resolve({ unavailable: "stopping" });
  }

  #start() {
    const journal = new Journal();
    const worker = new Worker(new URL("./worker.mjs", import.meta.url), {
      workerData: { journal: journal.buffer },
    });
    const thread = { worker, journal, inHand: new Map() };
    thread.ready = new Promise((resolve, reject) => {
      worker.on("message", (message) => {
        if (message.ready) resolve();
        if (message.answered !== undefined) this.#answered(thread, message);
      });
      // Not replaced: whatever broke it at its start would break the next one too, for ever.
      worker.on("exit", () => (this.#closed ? resolve() : reject(new Error("A worker thread died at its start"))));
    });
    thread.death = new Promise((resolve) => {
      worker.on("exit", () => resolve(this.#died(thread)));
    });
    worker.on("error", (error) => console.error("A worker thread failed:", error));
    this.#threads.add(thread);
    // A thread takes jobs before it is ready: they wait in its port.
    this.#dispatch();
    return thread;
  }

  #dispatch() {
    while (this.#queue.length > 0) {
      const thread = this.#freest();
      if (thread === undefined) break;
      const { message, resolve } = this.#queue.shift();
      thread.inHand.set(message.job, resolve);
      thread.worker.postMessage(message);
    }
    waiting.set(this.#queue.length);
  }

  #freest() {
    let freest;
    for (const thread of this.#threads) {
      if (thread.inHand.size < (freest?.inHand.size ?? MAX_IN_HAND)) freest = thread;
    }
    return freest;
  }

  #answered(thread, { answered, status, body }) {
    thread.inHand.get(answered)({ status, body });
    thread.inHand.delete(answered);
    this.#dispatch();
  }

  // Node delivers every message that a thread had posted before it emits "exit", and the thread has stopped by then:
  // a job still in hand here has no answer, and the journal does not change any more.
  async #died(thread) {
    const endedMilliseconds = nowMilliseconds();
    this.#threads.delete(thread);
    const { stage, job, status, length } = thread.journal.read();
    const lastIsLost = thread.inHand.has(job);
    const lost = thread.inHand.size;
    for (const resolve of thread.inHand.values()) resolve({ unavailable: "worker died" });
    if (this.#closed) return undefined;
    await thread.ready;
    workerDeaths.inc();
    const successor = this.#start();
    await successor.ready;
    return {
      endedMilliseconds,
      readyMilliseconds: nowMilliseconds(),
      lost,
      // In the thread's port, not begun.
      untouched: lost - (lastIsLost ? 1 : 0),
      computing: lastIsLost && stage === COMPUTING ? 1 : 0,
      counted: lastIsLost && stage === COUNTED ? [{ status, length }] : [],
      // Died between the first count and the last: each of its metrics may have it or not.
      undecided: lastIsLost && stage === COUNTING ? [{ status, length }] : [],
    };
  }

  async #busyFor(milliseconds) {
    for (;;) {
      for (const thread of this.#threads) {
        if (thread.journal.read().computingMilliseconds >= milliseconds) return thread;
      }
      await sleep(1);
    }
  }
}
