// What one thread of a process does for all: two that wrote the image of one memory would write over each other's, and two
// that showed the same source would double it. A claim is held by a living thread; when that is dead another one has it.

import type { Catalog } from "../catalog.ts";
import { MetricsError } from "../errors.ts";
import { sourceName } from "./names.ts";
import { Source } from "./source.ts";

/** What is there for a registry and a name in this thread: asked for twice it is the same, until it is closed. */
export class Kept<T> {
  readonly #all = new WeakMap<Catalog, Map<string, T>>();

  /** What is there, or what `make` makes; that is told how to be forgotten. */
  of(catalog: Catalog, key: string, make: (forget: () => void) => T): T {
    let own = this.#all.get(catalog);
    if (own === undefined) this.#all.set(catalog, (own = new Map()));
    const there = own.get(key);
    if (there !== undefined) return there;
    const made = make(() => own.delete(key));
    own.set(key, made);
    return made;
  }
}

/** The claim of a name, or undefined where another thread, or another copy of the library, has it. `close` lets go of it. */
export function claimed(catalog: Catalog, what: string, text: string): { close(): void } | undefined {
  try {
    return new Source(catalog, sourceName(what, text));
  } catch (error) {
    if (error instanceof MetricsError && error.code === "source-taken") return undefined;
    throw error;
  }
}
