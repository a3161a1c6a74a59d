// What the library tells of samples that it hands to another system: how many arrived, how many will not, what waits.

import type { Catalog } from "../catalog.ts";
import { define, FLAG_OWN } from "../definition.ts";
import type { Registry } from "../index.ts";
import type { Counter, Gauge } from "../metrics.ts";

const SAMPLES = {
  name: "tallystick_remote_write_samples",
  help: "Samples that a receiver of remote write took, and those that were dropped, native histograms among them.",
  labelNames: ["url", "outcome"],
};
const FAILURES = {
  name: "tallystick_remote_write_failures",
  help: "Requests of remote write that failed and were tried again.",
  labelNames: ["url"],
};
const WAITING = {
  name: "tallystick_remote_write_waiting_bytes",
  help: "Requests of remote write that wait to be sent.",
  labelNames: ["url"],
  mode: "livesum",
} as const;

export interface Told {
  readonly sent: number;
  readonly dropped: number;
  readonly failures: number;
  readonly waitingBytes: number;
}

/** Tells of one sender; where the memory is used up it is silent. */
export class OwnOfRemoteWrite {
  readonly #catalog: Catalog;
  readonly #url: string;
  readonly #told = { sent: 0, dropped: 0, failures: 0 };

  constructor(registry: Registry, url: string) {
    this.#catalog = registry;
    this.#url = url;
  }

  tell({ sent, dropped, failures, waitingBytes }: Told): void {
    try {
      const samples = this.#catalog.family("counter", define("counter", SAMPLES), FLAG_OWN) as unknown as Counter<["url", "outcome"]>;
      // Each by itself: there may be no room for the next one.
      samples.inc({ url: this.#url, outcome: "sent" }, sent - this.#told.sent);
      this.#told.sent = sent;
      samples.inc({ url: this.#url, outcome: "dropped" }, dropped - this.#told.dropped);
      this.#told.dropped = dropped;
      const failed = this.#catalog.family("counter", define("counter", FAILURES), FLAG_OWN) as unknown as Counter<["url"]>;
      failed.inc({ url: this.#url }, failures - this.#told.failures);
      this.#told.failures = failures;
      this.#waiting().set({ url: this.#url }, waitingBytes);
    } catch {}
  }

  /** Counts stay; what waits is nobody's any more. */
  over(): void {
    try {
      this.#waiting().remove({ url: this.#url });
    } catch {
      // The registry was closed before.
    }
  }

  #waiting(): Gauge<["url"]> {
    return this.#catalog.family("gauge", define("gauge", WAITING), FLAG_OWN) as unknown as Gauge<["url"]>;
  }
}
