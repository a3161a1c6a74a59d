// The constant metrics that the collectors of a registry hand over.

import type { Catalog } from "./catalog.ts";
import { type ConstantFamily, type ConstantSet, Settings, shapeOf } from "./constant.ts";
import { constantInvalid } from "./errors.ts";

/** What a collector returns: nothing, or constant metrics. */
export type Collected = void | readonly ConstantFamily[];

export class Constants {
  readonly #catalog: Catalog;
  readonly #settings = new Settings();
  /** What each collector gave last. */
  readonly #given = new Map<object, Map<string, ConstantSet>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  #family(wanted: ConstantFamily): ConstantSet {
    const { type, name, help, unit, utf8, samples } = wanted;
    const labelNames = wanted.labelNames ?? Object.keys(samples[0]?.labels ?? {});
    const told = { help, unit, utf8 };
    const said = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
    return this.#catalog.constant(type, { name, labelNames, ...said, ...shapeOf(wanted) });
  }

  /** Sets what a collector returned, and ends what it returned before and does not return any more. */
  given(collector: object, result: unknown): void {
    const before = this.#given.get(collector);
    if (result === undefined && before === undefined) return;
    if (result !== undefined && !Array.isArray(result)) return;
    const families = (result ?? []) as readonly ConstantFamily[];
    const number = this.#settings.next(this.#catalog.core);
    const now = new Map<string, ConstantSet>();
    for (const family of families) {
      if (typeof family !== "object" || family === null || !Array.isArray(family.samples))
        throw constantInvalid(String((family as Partial<ConstantFamily> | null)?.name), "it must be an object with type, name and samples");
      // One without samples has no shape yet, and nothing to print.
      if (family.samples.length === 0) continue;
      const set = this.#family(family);
      set.setAll(family.samples, number);
      now.set(set.name, set);
    }
    for (const [name, set] of before ?? []) if (!now.has(name)) set.sweep(number);
    this.#given.set(collector, now);
  }

  /** Ends what a collector gave. */
  over(collector: object): void {
    if (this.#given.has(collector)) this.given(collector, []);
    this.#given.delete(collector);
  }
}
