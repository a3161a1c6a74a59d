// What the library tells of other processes: how many, how old what they said last is, and what was refused.

import type { Catalog } from "../catalog.ts";
import { define, type DefinitionOptions } from "../definition.ts";
import type { Counter, Gauge } from "../metrics.ts";

/** The core's flag of the library's own families. */
const FLAG_OWN = 1;

const PROCESSES = {
  name: "tallystick_processes",
  help: "Other processes that live and are part of this page.",
  labelNames: ["source"],
  mode: "livesum",
} as const;
const AGE = {
  name: "tallystick_image_age_seconds",
  help: "How long ago the process that said nothing for the longest time said what is on this page, of those that live.",
  labelNames: ["source"],
  mode: "livemax",
} as const;
const REFUSED = {
  name: "tallystick_refused_images",
  help: "Images of other processes, and metrics in them, that could not be taken in.",
  labelNames: ["source"],
};

export interface Told {
  readonly processes: number;
  readonly ageSeconds: number;
  /** In all. */
  readonly refused: number;
}

/** Tells of one source; where the memory is used up it is silent. */
export class OwnOfProcesses {
  readonly #catalog: Catalog;
  readonly #source: string;
  #refused = 0;

  constructor(catalog: Catalog, source: string) {
    this.#catalog = catalog;
    this.#source = source;
  }

  tell({ processes, ageSeconds, refused }: Told): void {
    try {
      const labels = { source: this.#source };
      this.#gauge(PROCESSES).set(labels, processes);
      if (processes > 0) this.#gauge(AGE).set(labels, ageSeconds);
      else this.#gauge(AGE).remove(labels);
      const counter = this.#catalog.family("counter", define("counter", REFUSED), FLAG_OWN) as unknown as Counter<["source"]>;
      counter.inc(labels, refused - this.#refused);
      this.#refused = refused;
    } catch {}
  }

  #gauge(options: DefinitionOptions): Gauge<["source"]> {
    return this.#catalog.family("gauge", define("gauge", options), FLAG_OWN) as unknown as Gauge<["source"]>;
  }
}
