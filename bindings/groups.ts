// The registries of one memory that have collectors in this thread.
//
// Weakly: a registry that a program drops ends, and with it its collectors, whose callbacks may well hold it. Those that
// others lead to, the default one, joined ones and those with a ticket, are held until they have no collector.

import type { Weak } from "./runtime.ts";

/** The collectors of one registry. */
interface Group {
  /** Always the same one. */
  readonly weak: Weak<this>;
  /** Whether others than the program's objects lead to its registry. */
  readonly held: boolean;
}

export class Groups<T extends Group> implements Iterable<T> {
  readonly #all = new Set<Weak<T>>();
  readonly #held = new Set<T>();

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (const weak of this.#all) {
      const group = weak.deref();
      if (group === undefined) this.#all.delete(weak);
      else yield group;
    }
  }

  add(group: T): void {
    this.#all.add(group.weak);
    if (group.held) this.#held.add(group);
  }

  delete(group: T): void {
    this.#all.delete(group.weak);
    this.#held.delete(group);
  }
}
