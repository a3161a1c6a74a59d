// The ways by which what other processes counted comes to a registry: two spools, or one and a cluster. A process that is told
// of by two of them is on the page twice, which only whoever has both can see: by its instance.

import type { Catalog } from "../catalog.ts";
import { countedTwice } from "./refused.ts";

const ways = new WeakMap<Catalog, Set<Way>>();

export class Way {
  readonly #all: Set<Way>;
  readonly #what: string;
  readonly #instances: () => Iterable<string | undefined>;
  /** Those with which it was told of. */
  readonly #told = new WeakSet<Way>();

  /** `what`: as an error names it. */
  constructor(catalog: Catalog, what: string, instances: () => Iterable<string | undefined>) {
    let all = ways.get(catalog);
    if (all === undefined) ways.set(catalog, (all = new Set()));
    this.#all = all;
    this.#what = what;
    this.#instances = instances;
    all.add(this);
  }

  /** Looks for processes that came another way, too; each two ways are told of once. */
  look(tell: (error: Error) => void): void {
    if (this.#all.size < 2) return;
    const own = new Set(this.#instances());
    own.delete(undefined);
    for (const other of this.#all) {
      if (other === this || this.#told.has(other)) continue;
      for (const instance of other.#instances()) {
        if (!own.has(instance)) continue;
        this.#told.add(other);
        other.#told.add(this);
        tell(countedTwice(this.#what, other.#what));
        break;
      }
    }
  }

  close(): void {
    this.#all.delete(this);
  }
}
