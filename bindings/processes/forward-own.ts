// What the library tells of handing on to another collector: how much that one has, how often it failed, what waits.

import type { Catalog } from "../catalog.ts";
import { define, FLAG_OWN } from "../definition.ts";
import type { Counter, Gauge } from "../metrics.ts";
import type { ForwardCounts } from "./forward-settings.ts";

const HANDED_ON = {
  name: "tallystick_forwarded_pushes",
  help: "Pushes of other processes that were handed on and that the next collector acknowledged.",
  labelNames: ["source"],
};
const FAILURES = {
  name: "tallystick_forward_failures",
  help: "Requests to the next collector that failed, and pushes of single processes that it did not take or that had no room.",
  labelNames: ["source"],
};
const WAITING = {
  name: "tallystick_forward_waiting_bytes",
  help: "Pushes of other processes that wait to be handed on to the next collector.",
  labelNames: ["source"],
  mode: "livesum",
} as const;

/** Tells of one receiver that hands on; where the memory is used up it is silent. */
export class OwnOfForwarding {
  readonly #catalog: Catalog;
  readonly #labels: { readonly source: string };
  #told = { handedOn: 0, failures: 0 };

  constructor(catalog: Catalog, source: string) {
    this.#catalog = catalog;
    this.#labels = { source };
  }

  tell({ handedOn, failures, waitingBytes }: ForwardCounts): void {
    try {
      this.#counter(HANDED_ON).inc(this.#labels, handedOn - this.#told.handedOn);
      this.#counter(FAILURES).inc(this.#labels, failures - this.#told.failures);
      this.#gauge().set(this.#labels, waitingBytes);
      this.#told = { handedOn, failures };
    } catch {}
  }

  /** To be called when the receiver is closed, and nothing is told any more. */
  over(): void {
    try {
      for (const options of [HANDED_ON, FAILURES]) this.#counter(options).remove(this.#labels);
      this.#gauge().remove(this.#labels);
    } catch {
      // The registry was closed before, and with it all that was told.
    }
  }

  #counter(options: typeof HANDED_ON): Counter<["source"]> {
    return this.#catalog.family("counter", define("counter", options), FLAG_OWN) as unknown as Counter<["source"]>;
  }

  #gauge(): Gauge<["source"]> {
    return this.#catalog.family("gauge", define("gauge", WAITING), FLAG_OWN) as unknown as Gauge<["source"]>;
  }
}
