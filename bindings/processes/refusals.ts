// Metrics of other processes that a source refuses, and who is told of it: once a name, for as long as it is refused.

import type { MetricsError, MetricsErrorCode } from "../errors.ts";

/** The codes of what another family is in the way of. */
export const MEETING: ReadonlySet<string> = new Set<MetricsErrorCode>(["definition-conflict", "name-clash"]);

export class Refusals {
  readonly #tell: (error: MetricsError) => void;
  readonly #told = new Set<string>();
  /** By shapes: one name may have several. */
  readonly #kept = new Set<string>();

  constructor(tell: (error: MetricsError) => void) {
    this.#tell = tell;
  }

  /** Tells of a metric, unless that was done. */
  refuse(name: string, error: MetricsError): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#tell(error);
  }

  /** Another metric is in the way of one. */
  keep(shape: string): void {
    this.#kept.add(shape);
  }

  /** A metric is shown: whatever is in its way later is told of anew. */
  shown(shape: string, name: string): void {
    if (this.#kept.delete(shape)) this.#told.delete(name);
  }
}
