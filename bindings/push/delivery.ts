// What waits goes out: one request at a time, in its order, the same one again where that may help, with longer and longer pauses between.

import type { Counts } from "./batch.ts";
import { Backoff, type BackoffOptions } from "./backoff.ts";
import { later } from "../processes/later.ts";
import type { Queue, Waiting } from "./queue.ts";
import type { Bytes } from "./request.ts";

/** What became of a request. */
export type Outcome =
  /** It arrived, but for what was lost of it. */
  | { readonly kind: "sent"; readonly lost: Counts | undefined; readonly error?: Error }
  /** It will never arrive, but for what was taken of it. */
  | { readonly kind: "lost"; readonly lost: Counts; readonly error: Error }
  /** To be written otherwise, at once. */
  | { readonly kind: "anew" }
  | { readonly kind: "again"; readonly retrySeconds: number | undefined; readonly error: Error };

export interface DeliverySettings {
  readonly backoff: BackoffOptions;
  /** Whether it may come back by itself. */
  readonly hasTimers: boolean;
  readonly attempt: (waiting: Waiting, body: Bytes, cancel: AbortSignal) => Promise<Outcome>;
  /** Why what waits cannot be read now. */
  readonly unread: (cause: unknown) => Error;
  readonly told: (error: Error) => void;
  readonly changed: () => void;
}

export interface DeliveryCounts {
  /** Samples and histograms. */
  sent: number;
  dropped: number;
  /** Requests that failed and are tried again. */
  failures: number;
}

function valuesOf({ samples, histograms }: Counts): number {
  return samples + histograms;
}

export class Delivery {
  readonly counts: DeliveryCounts = { sent: 0, dropped: 0, failures: 0 };
  readonly #queue: Queue;
  readonly #settings: DeliverySettings;
  readonly #backoff: Backoff;
  readonly #cancel = new AbortController();
  #draining: Promise<boolean> | undefined;
  #timer: unknown;
  /** By the clock that only goes on: nothing is sent before, whoever asks. */
  #notBefore = -Infinity;
  /** Nothing is before, but for whoever asks. */
  #pausedUntil = -Infinity;
  #isOver = false;

  constructor(queue: Queue, settings: DeliverySettings) {
    this.#queue = queue;
    this.#settings = settings;
    this.#backoff = new Backoff(settings.backoff);
  }

  /** As `drain`, but not in the pause behind a failure. */
  async due(): Promise<boolean> {
    return performance.now() < this.#pausedUntil ? false : this.drain();
  }

  /** Sends all that waits. False where a request failed that is to be tried again, or the other end wants to be left alone. */
  async drain(): Promise<boolean> {
    // A promise of another request must not be waited for where there are only requests.
    if (!this.#settings.hasTimers) return this.#drained();
    while (!this.#isOver) {
      this.#draining ??= this.#once();
      if (!(await this.#draining)) return false;
      // It may have ended just before what was put behind it.
      if (this.#queue.length === 0) return true;
    }
    return this.#queue.length === 0;
  }

  async #once(): Promise<boolean> {
    try {
      return await this.#drained();
    } finally {
      this.#draining = undefined;
    }
  }

  async #drained(): Promise<boolean> {
    const early = this.#notBefore - performance.now();
    if (early > 0) {
      // A timer may come a little before its time.
      if (this.#settings.hasTimers) this.#again(early / 1000);
      return false;
    }
    for (;;) {
      if (this.#isOver) return false;
      const head = await this.#queue.head(Date.now()).catch((cause: unknown) => this.#settings.unread(cause));
      if (head === undefined) return true;
      if (head instanceof Error) {
        this.#failed(head, undefined);
        return false;
      }
      const outcome = await this.#settings.attempt(head.waiting, head.body, this.#cancel.signal);
      if (outcome.kind === "again") {
        this.#failed(outcome.error, outcome.retrySeconds);
        return false;
      }
      if (outcome.kind !== "anew") await this.#settled(head.waiting, outcome);
    }
  }

  async #settled(waiting: Waiting, outcome: Extract<Outcome, { kind: "sent" | "lost" }>): Promise<void> {
    this.#backoff.succeeded();
    this.#pausedUntil = -Infinity;
    const { lost, error } = outcome;
    // One that was let go of meanwhile was counted then.
    if (await this.#queue.done(waiting)) {
      const dropped = lost === undefined ? 0 : valuesOf(lost);
      this.counts.dropped += dropped;
      this.counts.sent += valuesOf(waiting) - dropped;
    }
    if (error !== undefined) this.#settings.told(error);
    this.#settings.changed();
  }

  #failed(error: Error, retrySeconds: number | undefined): void {
    if (this.#isOver) return;
    this.counts.failures++;
    // Of a row of failures the first is told.
    if (this.#backoff.failures === 0) this.#settings.told(error);
    const seconds = this.#backoff.failed(retrySeconds);
    const now = performance.now();
    if (retrySeconds !== undefined) this.#notBefore = now + retrySeconds * 1000;
    this.#pausedUntil = now + seconds * 1000;
    this.#settings.changed();
    if (this.#settings.hasTimers) this.#again(seconds);
  }

  #again(seconds: number): void {
    clearTimeout(this.#timer as ReturnType<typeof setTimeout>);
    this.#timer = later(seconds * 1000, () => void this.drain());
  }

  /** Goes on trying for so long, and keeps the process alive meanwhile. True where nothing waits any more. */
  async last(seconds: number): Promise<boolean> {
    const end = performance.now() + seconds * 1000;
    const timer = setTimeout(() => this.over(), seconds * 1000);
    try {
      while (!(await this.drain())) {
        const left = end - performance.now();
        if (this.#isOver || left <= 0) return false;
        const pause = Math.max(this.#notBefore - performance.now(), this.#settings.backoff.least * 1000);
        // What would come behind the end is not waited for.
        if (pause > left) return false;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      return true;
    } finally {
      clearTimeout(timer);
      this.over();
    }
  }

  /** Nothing is sent any more. */
  over(): void {
    this.#isOver = true;
    clearTimeout(this.#timer as ReturnType<typeof setTimeout>);
    this.#cancel.abort();
  }
}
