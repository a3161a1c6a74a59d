// What the library tells of other processes: how many, how old what they said last is, and what was refused.

import type { Catalog } from "../catalog.ts";
import { define, type DefinitionOptions, FLAG_OWN } from "../definition.ts";
import type { Counter, Gauge } from "../metrics.ts";

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
  help: "Images of other processes that could not be taken in, and metrics in them that cannot be shown, each once for all processes that have it.",
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
  #told = false;
  #over = false;

  constructor(catalog: Catalog, source: string) {
    this.#catalog = catalog;
    this.#source = source;
  }

  tell({ processes, ageSeconds, refused }: Told): void {
    // A scrape may come to its end after the source has.
    if (this.#over) return;
    this.#told = true;
    try {
      const labels = { source: this.#source };
      this.#gauge(PROCESSES).set(labels, processes);
      if (processes > 0) this.#gauge(AGE).set(labels, ageSeconds);
      else this.#gauge(AGE).remove(labels);
      this.#counter().inc(labels, refused - this.#refused);
      this.#refused = refused;
    } catch {}
  }

  /** The same of a source whose processes nobody can count: of what was refused alone. */
  tellRefused(refused: number): void {
    if (this.#over) return;
    this.#told = true;
    try {
      this.#counter().inc({ source: this.#source }, refused - this.#refused);
      this.#refused = refused;
    } catch {}
  }

  /** To be called when the source is closed: what was told of it would stay on the page as it was for ever. */
  over(): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#told) return;
    try {
      const labels = { source: this.#source };
      this.#gauge(PROCESSES).remove(labels);
      this.#gauge(AGE).remove(labels);
      this.#counter().remove(labels);
    } catch {
      // The registry was closed before, and with it all that was told.
    }
  }

  #counter(): Counter<["source"]> {
    return this.#catalog.family("counter", define("counter", REFUSED), FLAG_OWN) as unknown as Counter<["source"]>;
  }

  #gauge(options: DefinitionOptions): Gauge<["source"]> {
    return this.#catalog.family("gauge", define("gauge", options), FLAG_OWN) as unknown as Gauge<["source"]>;
  }
}
