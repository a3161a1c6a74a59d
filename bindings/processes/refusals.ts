// Metrics of other processes that a source refuses, and who is told of it: once a name, for as long as it is refused. What
// another metric is in the way of may be shown before the next page is; so that is told of with the page.

import type { MetricsError, MetricsErrorCode } from "../errors.ts";

/** The codes of what another family is in the way of. */
export const MEETING: ReadonlySet<string> = new Set<MetricsErrorCode>(["definition-conflict", "name-clash"]);

interface Kept {
  readonly name: string;
  /** What is to be told with the next page, if anything. */
  error: MetricsError | undefined;
}

export class Refusals {
  readonly #tell: (error: MetricsError) => void;
  readonly #told = new Set<string>();
  /** By shapes: one name may have several. */
  readonly #kept = new Map<string, Kept>();

  constructor(tell: (error: MetricsError) => void) {
    this.#tell = tell;
  }

  /** Tells of a metric, unless that was done. */
  refuse(name: string, error: MetricsError): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#tell(error);
  }

  /** Another metric is in the way of one; without an error nobody is to be told. */
  keep(shape: string, name: string, error: MetricsError | undefined): void {
    this.#kept.set(shape, { name, error });
  }

  /** A metric is shown: whatever is in its way later is told of anew. */
  shown(shape: string, name: string): void {
    if (this.#kept.delete(shape)) this.#told.delete(name);
  }

  /** Tells of what is in the way of others now. */
  page(): void {
    for (const kept of this.#kept.values()) {
      if (kept.error === undefined) continue;
      this.refuse(kept.name, kept.error);
      kept.error = undefined;
    }
  }
}
