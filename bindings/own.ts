// The library's own metrics of a registry. They use what is reserved beside `maxBytes`, so that a full memory
// can still say that it is full; where even that is used up they are silent.

import { now } from "./clock.ts";
import type { CounterFamily } from "./counter.ts";
import { type DefinitionOptions, FLAG_AGE, FLAG_OWN, type Kind } from "./definition.ts";
import type { GaugeFamily } from "./gauge.ts";
import type { Refusal } from "./family.ts";

type Register = (kind: Kind, wanted: DefinitionOptions, flags: number) => CounterFamily | GaugeFamily;

const FAILURES = {
  name: "tallystick_collector_failures",
  help: "Runs of a collector that threw or rejected, and scrapes that went without it because it was late.",
  labelNames: ["collector"],
};
const AGES = {
  name: "tallystick_collector_age_seconds",
  help: "Time since a collector last finished; before that, since it was registered.",
  labelNames: ["collector"],
  // Each thread has a part of its own, printed with a label `writer`. How old those of the dead are is nobody's concern.
  mode: "liveall",
} as const;
const REFUSED = {
  name: "tallystick_refused_observations",
  help:
    "Increments, sets and observations that did not reach their series: of reasons label_bytes and series they are in the overflow series, " +
    "where a bound handle counts once; of others nowhere.",
  labelNames: ["family", "reason"],
};

/** The names of what every registry may have. */
export const OWN_NAMES: readonly string[] = [FAILURES.name, AGES.name, REFUSED.name];

/** What reports on others throws nothing into them, not even where the memory is used up. */
export function silently(report: () => void): void {
  try {
    report();
  } catch {}
}

export class OwnMetrics {
  readonly #register: Register;
  /** When each collector finished last, in seconds since the epoch. */
  readonly #finished = new Map<string, number>();

  constructor(register: Register) {
    this.#register = register;
  }

  #family(kind: "counter", wanted: DefinitionOptions, flags: number): CounterFamily | undefined;
  #family(kind: "gauge", wanted: DefinitionOptions, flags: number): GaugeFamily | undefined;
  #family(kind: Kind, wanted: DefinitionOptions, flags: number): CounterFamily | GaugeFamily | undefined {
    try {
      return this.#register(kind, wanted, FLAG_OWN | flags);
    } catch {
      return undefined;
    }
  }

  collectorFailed(collector: string): void {
    silently(() => {
      this.#family("counter", FAILURES, 0)?.handle([collector]).inc();
      // Told again: a reset, a clear or another memory may have taken the age of one that does not finish.
      const seconds = this.#finished.get(collector) ?? now() / 1000;
      this.#family("gauge", AGES, FLAG_AGE)?.handle([collector]).set(seconds);
    });
  }

  /** Ages are told by the slot of the collector's thread: slots are few, threads come and go. */
  collectorFinished(collector: string): void {
    silently(() => {
      const seconds = now() / 1000;
      this.#finished.set(collector, seconds);
      this.#family("gauge", AGES, FLAG_AGE)?.handle([collector]).set(seconds);
    });
  }

  /** Its age is no longer told. Another thread's collector of the name tells its own at its next end or failure. */
  collectorGone(collector: string): void {
    silently(() => {
      this.#finished.delete(collector);
      this.#family("gauge", AGES, FLAG_AGE)?.remove(collector);
    });
  }

  refused(family: string, reason: Refusal): void {
    silently(() => this.#family("counter", REFUSED, 0)?.handle([family, reason]).inc());
  }
}
