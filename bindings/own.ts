// The library's own metrics of a registry. They use what is reserved beside `maxBytes`, so that a full memory
// can still say that it is full; where even that is used up they are silent.

import type { CounterFamily } from "./counter.ts";
import type { DefinitionOptions, Kind } from "./definition.ts";
import type { GaugeFamily } from "./gauge.ts";
import type { HistogramFamily } from "./histogram.ts";
import type { Refusal } from "./family.ts";

/** Flags of families, as the core knows them. */
const FLAG_OWN = 1;
export const FLAG_AGE = 2;

type Register = (kind: Kind, wanted: DefinitionOptions, flags: number) => CounterFamily | GaugeFamily | HistogramFamily;

const FAILURES = { name: "tallystick_collector_failures", help: "Runs of a collector that threw or rejected.", labelNames: ["collector"] };
const AGES = {
  name: "tallystick_collector_age_seconds",
  help: "Time since a collector last finished.",
  labelNames: ["collector", "writer"],
};
const REFUSED = {
  name: "tallystick_refused_observations",
  help: "Observations that did not reach their series: of label_bytes they are in the overflow series, of others nowhere.",
  labelNames: ["family", "reason"],
};

export class OwnMetrics {
  readonly #register: Register;

  constructor(register: Register) {
    this.#register = register;
  }

  #family(kind: "counter", wanted: DefinitionOptions, flags: number): CounterFamily | undefined;
  #family(kind: "gauge", wanted: DefinitionOptions, flags: number): GaugeFamily | undefined;
  #family(kind: Kind, wanted: DefinitionOptions, flags: number): CounterFamily | GaugeFamily | HistogramFamily | undefined {
    try {
      return this.#register(kind, wanted, FLAG_OWN | flags);
    } catch {
      return undefined;
    }
  }

  collectorFailed(collector: string): void {
    this.#family("counter", FAILURES, 0)?.handle([collector]).inc();
  }

  /** Ages are told by the slot of the collector's thread: slots are few, threads come and go. */
  collectorFinished(collector: string, writer: number): void {
    this.#family("gauge", AGES, FLAG_AGE)?.handle([collector, writer]).setToCurrentTime();
  }

  refused(family: string, reason: Refusal): void {
    this.#family("counter", REFUSED, 0)?.handle([family, reason]).inc();
  }
}
